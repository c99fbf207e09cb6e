/*
 * Carries the sandbox's due deliveries through the tunnels: signs, posts, reports back.
 *
 * All of it belongs to the loop's thread; a signature takes about a millisecond of it.
 */
#ifndef BRIDGETOP_API_SANDBOX_DELIVERY_H
#define BRIDGETOP_API_SANDBOX_DELIVERY_H

#include "api/ambient.h"
#include "api/error.h"
#include "api/sandbox.h"
#include "api/sandbox_state.h"
#include "api/signing.h"

#include <stddef.h>
#include <uv.h>

enum {
    SANDBOX_DELIVERY_TIMEOUT_MS = 10 * 1000,
    SANDBOX_DELIVERY_CONNECT_MS = 5 * 1000,
    SANDBOX_DELIVERY_ANSWER_MAX = 64 * 1024,
};

/* What the tunnel answers in the place of a receiver that it cannot reach. */
#define SANDBOX_TUNNEL_ANSWER                                                                      \
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"

struct sandbox_delivery;

struct sandbox_delivery_config {
    struct sandbox_state *state;
    const struct sandbox_tunnel *tunnels; /* must outlive the deliveries */
    size_t tunnel_count;
    struct ambient ambient;
    void (*finished)(void *context); /* one has ended: others may be due */
    void *context;
    void (*line)(const char *line, void *context); /* may be NULL */
    void *line_context;
};

struct sandbox_delivery *sandbox_delivery_new(uv_loop_t *loop,
                                              const struct sandbox_delivery_config *config,
                                              struct error *error);

/* The key of endpoints that sign with a wrong one; the caller keeps it. */
void sandbox_delivery_set_stray(struct sandbox_delivery *delivery, const struct signing_key *key);

/* Starts everything that is due. */
void sandbox_delivery_run(struct sandbox_delivery *delivery);

/* Abandons what is under way; `closed` on the loop, when all is freed. The state must live until
   this returns. */
void sandbox_delivery_close(struct sandbox_delivery *delivery, void (*closed)(void *context),
                            void *context);

#endif
