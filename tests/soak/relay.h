/*
 * The way from the sandbox to the receiver: passes deliveries on, keeps account of what was
 * answered, and now and then loses one, before it arrives or with its answer.
 */
#ifndef BRIDGETOP_TESTS_SOAK_RELAY_H
#define BRIDGETOP_TESTS_SOAK_RELAY_H

#include "tests/soak/ledger.h"

struct relay;

/* Listens on a port of its own and passes on to `to`, both of 127.0.0.1. One delivery in `loses`
   is lost; 0: none. Aborts where it cannot. */
struct relay *relay_start(struct ledger *ledger, uint16_t to, uint64_t seed, unsigned loses);
uint16_t relay_port(const struct relay *relay);
size_t relay_lost(const struct relay *relay);

/* What is under way is finished. */
void relay_stop(struct relay *relay);

#endif
