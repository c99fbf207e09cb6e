/*
 * Signed events, made once and sent again and again; who has been told that which is stored.
 */
#ifndef BRIDGETOP_TESTS_CRASH_EVENTS_H
#define BRIDGETOP_TESTS_CRASH_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENTS = 3000 };

struct event_to_send {
    char *request;
    size_t request_length;
    const char *body; /* the end of the request */
    size_t body_length;
    atomic_int accepted; /* times 200 has come for it, by the store of now */
};

struct events {
    char *pem;
    struct event_to_send items[EVENTS];
    atomic_size_t next; /* that has not been sent to the store of now */
};

/* Bodies of 100 bytes to 20 KB. Signed by the vendor's documentation. */
bool events_make(struct events *events, uint64_t seed);
void events_free(struct events *events);

/* A new store: nothing has been sent. */
void events_reset(struct events *events);

/* Senders, each on a thread with a connection of its own, until it breaks or all was sent; one in
   eight deliveries is one that came before. */
struct senders;
struct senders *senders_start(struct events *events, uint16_t port, uint64_t seed);

/* Waits until so many were accepted since they started, or none of them is left. */
void senders_wait_for(const struct senders *senders, int accepted);

/* Once the receiver is gone. Returns how many were accepted. */
int senders_join(struct senders *senders);

#endif
