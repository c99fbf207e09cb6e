/*
 * Follows a store that another program writes: what arrives there is told within a moment, and who
 * receives for it.
 *
 * Changes are noticed by inotify on the store's folder, and in any case every FOLLOW_LOOK_MS, when
 * whoever has a clock anyway says that time goes by. Then a job on libuv's threads looks at the
 * lock (receiver_lock.h), at the store's data_version, and reads what is new, in pages. While
 * nothing happens nothing wakes up but for that.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_FOLLOW_H
#define BRIDGETOP_API_FOLLOW_H

#include "api/activity.h"
#include "api/ambient.h"
#include "api/contract.h"
#include "api/forwarder.h"
#include "api/receiver_lock.h"
#include "api/store_follow.h"

#include <uv.h>

enum {
    FOLLOW_PAUSE_MS = 100,     /* after a change: many are read as one */
    FOLLOW_LOOK_MS = 5 * 1000, /* without one: a receiver that was killed leaves no other sign */
    FOLLOW_PAGE = 256,         /* rows read by one job */
    FOLLOW_BEHIND_MAX = 2000,  /* rows; of more, the newest of them are told */
    FOLLOW_NOTES = 512,        /* the newest rows whose attempts and answers are followed */
};

struct follow;

struct follow_config {
    const char *store_path;
    int64_t newest_id; /* rows above are news */
    struct ambient ambient;

    /* All on the loop. A row that is new, or one of the newest that has come again (its attempts
       are more than before). */
    void (*arrived)(const struct delivery *summary, void *context);
    /* How long the answer to one of the newest rows took, where it was not known yet, and its
       status where that is another than the row was stored with, else 0. */
    void (*answered)(int64_t id, int64_t answer_us, int status, void *context);
    /* What became of handing on one of the newest rows has changed. */
    void (*forwarded)(int64_t id, enum forward_state state, void *context);
    /* Whom the receiver hands on to (name NULL: to nobody), and how that is. */
    void (*forward_changed)(const struct forwarder_state *state, void *context);
    void (*counted)(const struct store_counts *counts, void *context); /* after rows */
    /* Who has the lock, or had it last: first after the beginning, then after each change, and with
       each look while it is free. Rows that a receiver wrote before it left are told before. */
    void (*receiver)(enum receiver_lock_state state, const struct receiver_holder *holder,
                     void *context);
    void (*activity)(void *context); /* there is new activity in the store; may be NULL */
    /* The store cannot be read or written (a line), or can again (NULL). */
    void (*trouble)(const char *line, void *context);
    void *context;
};

/* NULL when memory is out. Looks at once. */
struct follow *follow_new(uv_loop_t *loop, const struct follow_config *config);

/* At every tick of a clock: looks where the last look is long ago. */
void follow_tick(struct follow *follow);

/* Keeps the endpoints in the store, for the receiver takes their keys from there. Copied; a list
   that brings nothing new is not written. */
void follow_remember_webhooks(struct follow *follow, const struct webhook_list *list,
                              const struct list_times *times);

/* Has an action of ours noted in the store, as inbox_note() does. */
void follow_note(struct follow *follow, const struct activity_note *note);

/* No callback comes after this; `closed` (may be NULL) on the loop when all is gone. */
void follow_close(struct follow *follow, void (*closed)(void *context), void *context);

#endif
