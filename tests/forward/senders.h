/*
 * Who sends the events: each object's one after another, each until it is answered 200, whatever
 * becomes of the receiver meanwhile.
 */
#ifndef BRIDGETOP_TESTS_FORWARD_SENDERS_H
#define BRIDGETOP_TESTS_FORWARD_SENDERS_H

#include "api/signing.h"

#include <stdbool.h>
#include <stdint.h>

struct senders;

struct senders_config {
    uint16_t port; /* of the receiver, on this machine */
    const struct signing_key *key;
    uint32_t objects;
    uint32_t events; /* of each object */
};

/* NULL when they cannot be started. */
struct senders *senders_start(const struct senders_config *config);

/* How many events have been answered 200. */
uint32_t senders_accepted(const struct senders *senders);

/* Waits for them, and frees. */
void senders_join(struct senders *senders);

#endif
