/*
 * The Bridge Webhooks API of the sandbox: a request in, an answer out, and the
 * state changed by the contract's rules.
 */
#ifndef BRIDGETOP_API_SANDBOX_API_H
#define BRIDGETOP_API_SANDBOX_API_H

#include "api/sandbox_http.h"
#include "api/sandbox_replays.h"
#include "api/sandbox_state.h"

struct sandbox_api {
    struct sandbox_state *state;
    struct sandbox_replays *replays;
};

/* Answers a request below /v0, and 404 anything else. Creating an endpoint needs a key
   from sandbox_state_key_seed(state, 0): where `*key` is NULL and the request is otherwise well,
   SANDBOX_NEEDS_KEY is returned and nothing has changed. A key that was used is taken over and *key
   set to NULL. */
enum sandbox_need sandbox_api_answer(const struct sandbox_api *api,
                                     const struct sandbox_request *request,
                                     struct signing_key **key, struct sandbox_answer *answer);

#endif
