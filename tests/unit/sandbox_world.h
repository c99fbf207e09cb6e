/*
 * For tests of the sandbox: a loop with the sandbox, a receiver behind a tunnel, and a client.
 *
 * The wall clock is the test's own, so that no retry is waited for.
 */
#ifndef BRIDGETOP_TESTS_SANDBOX_WORLD_H
#define BRIDGETOP_TESTS_SANDBOX_WORLD_H

#include "api/contract.h"
#include "api/listener.h"
#include "api/sandbox.h"
#include "api/signature.h"
#include "api/transfer.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { WORLD_DELIVERIES_MAX = 16, WORLD_ANSWERS_MAX = 16 };

struct received {
    char *body;
    size_t length;
    char signature[SIGNATURE_HEADER_MAX];
    char content_type[64];
    char target[128];
};

struct world {
    uv_loop_t loop;
    struct ambient ambient;
    int64_t ahead_ms; /* of the real clock */
    struct sandbox *sandbox;
    struct listener *receiver;
    struct transfer_pool *pool;
    char target[64];
    struct received received[WORLD_DELIVERIES_MAX];
    size_t received_count;
    int answers[WORLD_ANSWERS_MAX]; /* what the receiver says, in order; 0 is 200 */
    struct exchange *silent;        /* held without an answer, where an answer is -1 */
    unsigned posts;
};

extern struct world world;

/* The wall clock as the sandbox sees it. */
int64_t world_now_ms(void *context);

/* The config's tunnels, ambient and seed are filled in. */
void world_open(struct sandbox_config config);
void world_open_plain(void);
void world_close(void);

/* --- asking ------------------------------------------------------------- */

struct reply {
    bool done;
    enum transfer_failure failure;
    int status;
    char *body;
    char content_type[64];
    char retry_after[16];
    int64_t elapsed_us;
};

/* Starts a request with an API key; the reply's body is freed by the test once it is done. */
void world_begin(struct reply *reply, const char *method, const char *path, const char *body,
                 const char *idempotency_key);
struct reply world_ask_keyed(const char *method, const char *path, const char *body,
                             const char *idempotency_key);
void world_on_reply(const struct transfer_result *result, void *context); /* a transfer_done */

/* The answer as JSON, after its status has been checked; POST gets an Idempotency-Key. */
cJSON *world_ask(int status, const char *method, const char *path, const char *body);
void world_tell(int status, const char *method, const char *path, const char *body);

/* --- what happens ------------------------------------------------------- */

void world_create(const char *url, const char *status, char id[CONTRACT_ID_MAX + 1]);
void world_happen(const char *category);
struct log_list world_logs(const char *id);

/* Asks until so many attempts are on log: each question lets the loop turn. */
void world_await_logs(const char *id, size_t count);

/* The verdict on a delivery by the key that the API names. */
enum verdict world_judge(const struct received *received, const char *id);

#endif
