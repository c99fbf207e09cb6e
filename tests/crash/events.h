/*
 * Signed events, made once and sent again and again; who has been told that which is stored.
 *
 * A receiver takes a signature for ten minutes: they are signed anew for a new store where theirs
 * are old.
 */
#ifndef BRIDGETOP_TESTS_CRASH_EVENTS_H
#define BRIDGETOP_TESTS_CRASH_EVENTS_H

#include <openssl/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { EVENTS = 3000 };

struct event_to_send {
    char *request;
    size_t request_length;
    char *body; /* the request ends with it */
    size_t body_length;
    atomic_int accepted; /* times 200 has come for it, by the store of now */
};

struct events {
    EVP_PKEY *key;
    char *pem; /* its public half */
    time_t signed_at;
    struct event_to_send items[EVENTS];
    atomic_size_t next; /* that has not been sent to the store of now */
};

/* Bodies of 100 bytes to 20 KB. Signed by the vendor's documentation. */
bool events_make(struct events *events, uint64_t seed);
void events_free(struct events *events);

/* A new store: nothing has been sent. While nobody sends. False when they cannot be signed. */
bool events_reset(struct events *events);

/* Senders, each on a thread with a connection of its own, until it breaks or all was sent; one in
   eight deliveries is one that came before. */
struct senders;
struct senders *senders_start(struct events *events, uint16_t port, uint64_t seed);

/* Waits until so many were accepted since they started, or none of them is left. */
void senders_wait_for(const struct senders *senders, int accepted);

/* Once the receiver is gone. Returns how many were accepted. */
int senders_join(struct senders *senders);

#endif
