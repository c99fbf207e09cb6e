/*
 * A stand-in for the Bridge side: the API, its states, its queue, and signed
 * deliveries with retries. For the demo, for trying things, for tests.
 *
 * It follows the contract's rules and errors: https-only URLs, a URL that
 * changes only while disabled, 404 after delete, idempotency. Each endpoint has a
 * key pair of its own. Events tell stories (a transfer from awaiting_funds to
 * payment_processed, a customer through KYC, card transactions), and come at `rate`.
 * One seed gives one run.
 *
 * It is an HTTP server on 127.0.0.1. Besides the API under /v0 it has a control
 * room under /sandbox (no key needed):
 *
 *   GET    /sandbox/requests    every API request so far: method, path, Idempotency-Key, body,
 *                               answered status (the newest 1,000)
 *   DELETE /sandbox/requests    forget them
 *   PUT    /sandbox/faults      {"kind":"slow|429|500|drop|html","count":N,"path":"/webhooks",
 *                               "delay_ms":N,"retry_after":N}: the next N API requests whose path
 *                               begins so
 *   POST   /sandbox/events      {"category":"transfer"} lets one event happen now; answers it
 *   PUT    /sandbox/webhooks/ID {"sign_with":"wrong_key|stale|single_hash|tampered|official",
 *                               "fail_share":0.3}: how its deliveries go wrong
 *
 * Threads: sandbox_new() runs on the caller's loop; sandbox_thread_start() gives it a loop
 * and a thread of its own, for the demo, whose dashboard must not wait for it.
 */
#ifndef BRIDGETOP_API_SANDBOX_H
#define BRIDGETOP_API_SANDBOX_H

#include "api/ambient.h"
#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define SANDBOX_API_KEY "sk-sandbox-bridgetop" /* what the demo uses; any non-empty key is taken   \
                                                */

enum { SANDBOX_TUNNELS_MAX = 16 };

/* As a real tunnel: a webhook URL below the https origin is delivered below the http URL. Origins
   without a tunnel are not reachable, which is logged as a failed attempt. */
struct sandbox_tunnel {
    const char *origin; /* "https://hooks.example.com" */
    const char *target; /* "http://127.0.0.1:8787" */
};

struct sandbox_config {
    uint16_t port; /* 0: any free one */
    uint64_t seed;
    double events_per_minute; /* 0: only on demand */
    const struct sandbox_tunnel *tunnels;
    size_t tunnel_count;
    bool demo; /* begin with the demo's endpoints: one healthy, one that fails now and then, one
                  disabled, one that signs with a key that is not its own, all at the
                  first tunnel's origin, and with a past: logs and a queue */
    struct ambient ambient;
};

struct sandbox;

struct sandbox *sandbox_new(uv_loop_t *loop, const struct sandbox_config *config,
                            struct error *error);
uint16_t sandbox_port(const struct sandbox *sandbox);
void sandbox_close(struct sandbox *sandbox, void (*closed)(void *context), void *context);

struct sandbox_thread;

/* Returns once the API answers. The config's strings are copied. */
struct sandbox_thread *sandbox_thread_start(const struct sandbox_config *config,
                                            struct error *error);
uint16_t sandbox_thread_port(const struct sandbox_thread *thread);
void sandbox_thread_stop(struct sandbox_thread *thread); /* waits for the thread; NULL is fine */

#endif
