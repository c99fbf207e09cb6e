/*
 * Answers by Idempotency-Key: a request that is repeated is answered again, not done again.
 */
#ifndef BRIDGETOP_API_SANDBOX_REPLAYS_H
#define BRIDGETOP_API_SANDBOX_REPLAYS_H

#include "api/sandbox_http.h"

enum {
    SANDBOX_REPLAYS_MAX = 1000, /* the oldest are forgotten */
    SANDBOX_IDEMPOTENCY_KEY_MAX = 255,
};

struct sandbox_replays;

struct sandbox_replays *sandbox_replays_new(void);
void sandbox_replays_free(struct sandbox_replays *replays);

enum sandbox_replay {
    SANDBOX_REPLAY_NONE,
    SANDBOX_REPLAY_SAME,  /* `answer` is the first one's */
    SANDBOX_REPLAY_OTHER, /* the key was used for something else */
};

enum sandbox_replay sandbox_replays_find(const struct sandbox_replays *replays,
                                         const struct sandbox_request *request,
                                         struct sandbox_answer *answer);

/* Without memory it is not remembered. */
void sandbox_replays_add(struct sandbox_replays *replays, const struct sandbox_request *request,
                         const struct sandbox_answer *answer);

#endif
