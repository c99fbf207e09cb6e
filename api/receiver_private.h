/*
 * The receiver's insides, shared by api/receiver.c (beginning and end, and what the inbox tells)
 * and api/receiver_keys.c (the keys and the certificate, and that they are read anew).
 */
#ifndef BRIDGETOP_API_RECEIVER_PRIVATE_H
#define BRIDGETOP_API_RECEIVER_PRIVATE_H

#include "api/inbox.h"
#include "api/listener.h"
#include "api/receiver.h"
#include "api/receiver_files.h"
#include "api/receiver_forward.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct receiver {
    uv_loop_t *loop;
    struct receiver_config config;
    struct receiver_lock *lock;
    struct inbox *inbox;
    struct listener *listener;
    struct receiver_forward *forward; /* NULL: nothing is handed on */
    char address[RECEIVER_ADDRESS_MAX];

    /* Keys. */
    struct receiver_files files;
    struct webhook_list webhooks; /* named last */
    uint64_t webhooks_digest;
    int64_t noted_ms; /* lists that were asked for before say nothing of what we did; 0: none */
    size_t key_count;
    bool storing_fails;
    struct inbox_turns inbox_turns; /* for the watchdog */
    uint64_t keys_looked_us;        /* at the store's endpoints; 0: never */

    /* What changed of the files. */
    uv_timer_t look;
    uint64_t files_seen; /* the digest of what was read last */
    uint64_t files_new;  /* another one that was seen since, or 0 */
    int warned_days;
    void (*reloaded)(void *context);

    /* One job at a time on libuv's threads. */
    uv_work_t work;
    bool working;
    bool reload_wanted; /* while another job runs */

    uv_timer_t drain;
    uint64_t drain_until_ms;
    int open_handles;
    bool closing;
    bool ended; /* all but the handles */
    void (*closed)(void *context);
    void *closed_context;
};

/* A line for a person, unless it is closing. */
void receiver_say(const struct receiver *receiver, enum receiver_tone tone, const char *line);

/* The list's keys are used from now on. False: they are those of before. */
bool receiver_take_webhooks(struct receiver *receiver, const struct webhook_list *list);

/* Begins to look whether the files change, if there are any, and warns of a certificate that ends
   soon. */
void receiver_watch_files(struct receiver *receiver);

/* A delivery's key is not known: another program may have written it to the store. */
void receiver_look_for_keys(struct receiver *receiver);

/* A job or a handle has come to its end: closing may be over, and the receiver freed. */
void receiver_end_if_idle(struct receiver *receiver);

#endif
