/*
 * The demo's endpoints, and the past that they have when it begins.
 */
#ifndef BRIDGETOP_API_SANDBOX_DEMO_H
#define BRIDGETOP_API_SANDBOX_DEMO_H

#include "api/sandbox_state.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SANDBOX_DEMO_ENDPOINTS = 4,
    SANDBOX_DEMO_PAST_MS = 25 * 60 * 1000,
};

/* Adds the endpoints at that origin: one healthy, one that fails now and then, one disabled, one
   that has begun to sign with a key that is not its own. They have lived through
   SANDBOX_DEMO_PAST_MS of events before now_ms, by the rules of the state, with a receiver that
   answered well. Keys are those of sandbox_state_key_seed(state, 0…3) and are taken over. */
bool sandbox_demo_begin(struct sandbox_state *state, const char *origin,
                        struct signing_key *keys[SANDBOX_DEMO_ENDPOINTS], int64_t now_ms);

#endif
