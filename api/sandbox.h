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
 *                               begins so (with or without /v0). Also "method":"POST", and
 *                               "performed":true: the request is carried out, and only its answer
 *                               is lost. Kind "none", or count 0, ends the faults of that path
 *   GET    /sandbox/faults      those that still wait; DELETE ends them all
 *   POST   /sandbox/events      {"category":"transfer"} lets one event happen now; answers it
 *   GET    /sandbox/webhooks    the endpoints with what the API does not tell: failed tries of the
 *                               event at the head of the queue, whether retries have stopped
 *   PUT    /sandbox/webhooks/ID {"sign_with":"wrong_key|stale|single_hash|tampered|official",
 *                               "fail_share":0.3}: how its deliveries go wrong
 *
 * A delivery succeeds with any status of 200 to 299 (see log_entry_succeeded()). The vendor retries
 * for two days; here the pauses grow from 2 s to a minute, and after 16 tries an endpoint's queue
 * stops until a send to it succeeds.
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

#define SANDBOX_API_KEY                                                                            \
    "sk-sandbox-bridgetop" /* what the demo uses; any non-empty key is taken                       \
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

    /* May be NULL. One line for each API request and each delivery, on the sandbox's loop. It
       quotes bytes from outside: gate it before a terminal. */
    void (*line)(const char *line, void *context);
    void *context;
};

struct sandbox;

/* Listens when it returns; the config's strings are copied. A demo's endpoints come a little
   later, once their keys are made: requests wait for them. After a failure run the loop until it
   ends before it is closed. */
struct sandbox *sandbox_new(uv_loop_t *loop, const struct sandbox_config *config,
                            struct error *error);
uint16_t sandbox_port(const struct sandbox *sandbox);

/* Ends everything; `closed` (may be NULL) on the loop, when all is freed. */
void sandbox_close(struct sandbox *sandbox, void (*closed)(void *context), void *context);

struct sandbox_thread;

/* Returns once the API is there. The config's strings are copied; `ambient` and `line` are
   called on the sandbox's thread. */
struct sandbox_thread *sandbox_thread_start(const struct sandbox_config *config,
                                            struct error *error);
uint16_t sandbox_thread_port(const struct sandbox_thread *thread);
void sandbox_thread_stop(struct sandbox_thread *thread); /* waits for the thread; NULL is fine */

#endif
