#include "api/sandbox_delivery.h"

#include "api/contract.h"
#include "api/sandbox_tunnel.h"
#include "api/signature.h"
#include "api/transfer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTIONS_PER_HOST = 8,
    STALE_BY_MS = SIGNATURE_WINDOW_MS + 60 * 1000,
    LINE_SIZE = 512,
};

struct sandbox_delivery {
    struct sandbox_delivery_config config;
    struct transfer_pool *pool;
    const struct signing_key *stray;
    struct parcel *under_way;
};

/* One attempt that is under way. */
struct parcel {
    struct sandbox_delivery *delivery;
    struct sandbox_attempt attempt;
    struct parcel *next;
    struct parcel **here; /* what points at it */
};

struct sandbox_delivery *sandbox_delivery_new(uv_loop_t *loop,
                                              const struct sandbox_delivery_config *config,
                                              struct error *error)
{
    struct sandbox_delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    delivery->config = *config;
    delivery->pool = transfer_pool_new(loop, CONNECTIONS_PER_HOST, error);
    if (delivery->pool == NULL) {
        free(delivery);
        return NULL;
    }
    return delivery;
}

void sandbox_delivery_set_stray(struct sandbox_delivery *delivery, const struct signing_key *key)
{
    delivery->stray = key;
}

static int64_t now_of(const struct sandbox_delivery *delivery)
{
    return ambient_wall_ms(&delivery->config.ambient);
}

/* --- the outcome -------------------------------------------------------- */

static void tell(const struct sandbox_delivery *delivery, const struct sandbox_attempt *attempt,
                 const char *status)
{
    char line[LINE_SIZE], kind[32] = "send";
    if (delivery->config.line == NULL)
        return;
    if (!attempt->is_send)
        (void)snprintf(kind, sizeof kind, "attempt %u", attempt->number);
    (void)snprintf(line, sizeof line, "delivery %s to %s: %s (%s)", attempt->event_id,
                   attempt->endpoint_id, status, kind);
    delivery->config.line(line, delivery->config.line_context);
}

static void finish(struct sandbox_delivery *delivery, struct sandbox_attempt *attempt,
                   const char *status, const char *body, size_t length)
{
    tell(delivery, attempt, status);
    sandbox_state_finish(delivery->config.state, attempt, now_of(delivery), status, body, length);
}

static void free_parcel(struct parcel *parcel)
{
    *parcel->here = parcel->next;
    if (parcel->next != NULL)
        parcel->next->here = parcel->here;
    sandbox_attempt_clear(&parcel->attempt);
    free(parcel);
}

static const char *failure_word(enum transfer_failure failure)
{
    switch (failure) {
    case TRANSFER_UNRESOLVED:
        return "host not found";
    case TRANSFER_UNREACHABLE:
        return "connection refused";
    case TRANSFER_TIMED_OUT:
        return "timeout";
    case TRANSFER_TLS:
    case TRANSFER_NO_TRUST:
        return "TLS error";
    case TRANSFER_BROKEN:
        return "connection broken";
    case TRANSFER_TOO_LARGE:
        return "answer too large";
    default:
        return "not sent";
    }
}

static void on_done(const struct transfer_result *result, void *context)
{
    struct parcel *parcel = context;
    struct sandbox_delivery *delivery = parcel->delivery;
    if (result->failure == TRANSFER_OK) {
        char status[SANDBOX_LOG_STATUS_SIZE];
        (void)snprintf(status, sizeof status, "%d", result->status);
        finish(delivery, &parcel->attempt, status, result->body, result->body_length);
    } else {
        finish(delivery, &parcel->attempt, failure_word(result->failure), NULL, 0);
    }
    free_parcel(parcel);
    delivery->config.finished(delivery->config.context);
}

/* --- the signature ------------------------------------------------------ */

/* Alters the last digit: the body stays JSON, and says something else. */
static void tamper(struct sandbox_attempt *attempt)
{
    for (size_t at = attempt->body_length; at-- > 0;) {
        if (!isdigit((unsigned char)attempt->body[at]))
            continue;
        attempt->body[at] = attempt->body[at] == '1' ? '2' : '1';
        return;
    }
}

static char *sign(const struct sandbox_delivery *delivery, const struct sandbox_endpoint *endpoint,
                  struct sandbox_attempt *attempt)
{
    const struct signing_key *key = endpoint->key;
    int64_t t_ms = now_of(delivery);
    if (endpoint->sign_with == SANDBOX_SIGN_WRONG_KEY && delivery->stray != NULL)
        key = delivery->stray;
    if (endpoint->sign_with == SANDBOX_SIGN_STALE)
        t_ms -= STALE_BY_MS;
    if (endpoint->sign_with == SANDBOX_SIGN_SINGLE_HASH)
        return signing_key_sign_single_hash(key, t_ms, attempt->body, attempt->body_length);
    char *signature = signing_key_sign(key, t_ms, attempt->body, attempt->body_length);
    if (endpoint->sign_with == SANDBOX_SIGN_TAMPERED)
        tamper(attempt);
    return signature;
}

/* --- the way out -------------------------------------------------------- */

static bool tunnel_breaks(struct sandbox_endpoint *endpoint)
{
    return endpoint->fail_share > 0 &&
           sandbox_random_unit(&endpoint->faults) < endpoint->fail_share;
}

static struct parcel *wrap(struct sandbox_delivery *delivery, const struct sandbox_attempt *attempt)
{
    struct parcel *parcel = malloc(sizeof *parcel);
    if (parcel == NULL)
        return NULL;
    *parcel = (struct parcel){
        .delivery = delivery,
        .attempt = *attempt,
        .next = delivery->under_way,
        .here = &delivery->under_way,
    };
    if (parcel->next != NULL)
        parcel->next->here = &parcel->next;
    delivery->under_way = parcel;
    return parcel;
}

/* True when the attempt is on its way and belongs to a parcel. */
static bool post(struct sandbox_delivery *delivery, const char *url, const char *signature,
                 const struct sandbox_attempt *attempt)
{
    struct header_list headers = {0};
    struct parcel *parcel = NULL;
    bool started = false;
    if (!header_list_add(&headers, "content-type", "application/json") ||
        !header_list_add(&headers, CONTRACT_SIGNATURE_HEADER, signature))
        goto out;
    struct transfer_request request = {
        .method = "POST",
        .url = url,
        .headers = &headers,
        .body = attempt->body,
        .body_length = attempt->body_length,
        .connect_timeout_ms = SANDBOX_DELIVERY_CONNECT_MS,
        .timeout_ms = SANDBOX_DELIVERY_TIMEOUT_MS,
        .answer_max = SANDBOX_DELIVERY_ANSWER_MAX,
    };
    parcel = wrap(delivery, attempt);
    started = parcel != NULL && transfer_start(delivery->pool, &request, on_done, parcel) != 0;
    if (parcel != NULL && !started) {
        parcel->attempt = (struct sandbox_attempt){0}; /* the caller's still */
        free_parcel(parcel);
    }
out:
    header_list_clear(&headers);
    return started;
}

static void carry(struct sandbox_delivery *delivery, struct sandbox_attempt *attempt)
{
    struct sandbox_endpoint *endpoint =
        sandbox_state_endpoint(delivery->config.state, attempt->endpoint_id);
    char *url =
        sandbox_tunnel_map(delivery->config.tunnels, delivery->config.tunnel_count, endpoint->url);
    if (url == NULL) {
        finish(delivery, attempt, "host not found", NULL, 0);
        return;
    }
    if (tunnel_breaks(endpoint)) {
        finish(delivery, attempt, "502", SANDBOX_TUNNEL_ANSWER, strlen(SANDBOX_TUNNEL_ANSWER));
    } else {
        char *signature = sign(delivery, endpoint, attempt);
        if (signature == NULL || !post(delivery, url, signature, attempt))
            finish(delivery, attempt, "not sent", NULL, 0);
        free(signature);
    }
    free(url);
}

void sandbox_delivery_run(struct sandbox_delivery *delivery)
{
    struct sandbox_attempt attempt;
    while (sandbox_state_take(delivery->config.state, now_of(delivery), &attempt))
        carry(delivery, &attempt);
}

void sandbox_delivery_close(struct sandbox_delivery *delivery, void (*closed)(void *context),
                            void *context)
{
    struct transfer_pool *pool = delivery->pool;
    struct parcel *next;
    for (struct parcel *parcel = delivery->under_way; parcel != NULL; parcel = next) {
        next = parcel->next;
        free_parcel(parcel);
    }
    free(delivery);
    /* Cancels the transfers before it returns: none of them calls back into what was freed. */
    transfer_pool_close(pool, closed, context);
}
