#include "api/sandbox_demo.h"

#include "api/contract.h"
#include "api/sandbox_delivery.h"
#include "api/signing.h"

#include <stdio.h>
#include <string.h>

enum {
    PAST_GAP_MS = 2400, /* between two events */
    RESERVE = 12,       /* so that ten upcoming events are always there */
    KYC_DISABLED_AGO_MS = 4 * 60 * 1000,
    KEY_WENT_WRONG_AGO_MS = 2 * PAST_GAP_MS, /* the first retries come within seconds */
};

#define GOOD_ANSWER    "{\"status\":\"stored\"}\n"
#define REFUSED_ANSWER "{\"error\":\"delivery refused\"}\n"

static const char *const PAYMENTS[] = {"transfer",
                                       "virtual_account",
                                       "virtual_account.activity",
                                       "liquidation_address",
                                       "liquidation_address.drain",
                                       NULL};
static const char *const CARDS[] = {"card_account", "card_transaction", "card_withdrawal",
                                    "posted_card_account_transaction", NULL};
static const char *const KYC[] = {"customer", "kyc_link", "external_account", NULL};
static const char *const LEDGER[] = {"transfer", "static_memo.activity", "indexed_deposit",
                                     "shift4_base_deposit", NULL};

static const struct role {
    const char *path;
    const char *const *categories;
    double fail_share;
} ROLES[SANDBOX_DEMO_ENDPOINTS] = {
    {"/webhooks/payments", PAYMENTS, 0},
    {"/webhooks/cards", CARDS, 0.25},
    {"/webhooks/kyc", KYC, 0},
    {"/webhooks/ledger", LEDGER, 0},
};

enum { ROLE_KYC = 2, ROLE_LEDGER = 3 };

static struct sandbox_endpoint *add_endpoint(struct sandbox_state *state, const char *origin,
                                             const struct role *role, struct signing_key *key,
                                             int64_t now_ms)
{
    char url[512];
    struct sandbox_subscription subscription = {
        .url = url,
        .from_beginning = true,
        .public_pem = signing_key_public_pem(key),
        .key = key,
    };
    (void)snprintf(url, sizeof url, "%s%s", origin, role->path);
    for (size_t i = 0; role->categories[i] != NULL; i++)
        subscription.categories |= sandbox_category_bit(role->categories[i]);
    struct sandbox_endpoint *endpoint = sandbox_state_create(state, &subscription, now_ms);
    if (endpoint == NULL)
        return NULL;
    endpoint->active = true;
    endpoint->fail_share = role->fail_share;
    endpoint->reserve = RESERVE;
    return endpoint;
}

struct reply {
    const char *status;
    const char *body;
};

/* What the tunnel, or the receiver of that time, answered. */
static struct reply reply_to(struct sandbox_endpoint *endpoint)
{
    if (endpoint->fail_share > 0 && sandbox_random_unit(&endpoint->faults) < endpoint->fail_share)
        return (struct reply){"502", SANDBOX_TUNNEL_ANSWER};
    if (endpoint->sign_with != SANDBOX_SIGN_OFFICIAL)
        return (struct reply){"400", REFUSED_ANSWER};
    return (struct reply){"200", GOOD_ANSWER};
}

static void answer_attempt(struct sandbox_state *state, struct sandbox_attempt *attempt,
                           int64_t now_ms)
{
    struct sandbox_endpoint *endpoint = sandbox_state_endpoint(state, attempt->endpoint_id);
    struct reply reply = reply_to(endpoint);
    int64_t took_ms = 20 + (int64_t)sandbox_random_below(&endpoint->faults, 180);
    sandbox_state_finish(state, attempt, now_ms + took_ms, reply.status, reply.body,
                         strlen(reply.body));
}

static void live_until(struct sandbox_state *state, int64_t *now_ms, int64_t end_ms)
{
    struct sandbox_attempt attempt;
    for (; *now_ms < end_ms; *now_ms += PAST_GAP_MS) {
        sandbox_state_happen(state, NULL, *now_ms);
        while (sandbox_state_take(state, *now_ms, &attempt))
            answer_attempt(state, &attempt, *now_ms);
    }
}

bool sandbox_demo_begin(struct sandbox_state *state, const char *origin,
                        struct signing_key *keys[SANDBOX_DEMO_ENDPOINTS], int64_t now_ms)
{
    struct sandbox_endpoint *endpoints[SANDBOX_DEMO_ENDPOINTS];
    int64_t past_ms = now_ms - SANDBOX_DEMO_PAST_MS;
    bool all = true;
    for (size_t i = 0; i < SANDBOX_DEMO_ENDPOINTS; i++) {
        endpoints[i] = add_endpoint(state, origin, &ROLES[i], keys[i], past_ms);
        all = all && endpoints[i] != NULL;
    }
    if (!all)
        return false;
    live_until(state, &past_ms, now_ms - KYC_DISABLED_AGO_MS);
    endpoints[ROLE_KYC]->active = false;
    live_until(state, &past_ms, now_ms - KEY_WENT_WRONG_AGO_MS);
    endpoints[ROLE_LEDGER]->sign_with = SANDBOX_SIGN_WRONG_KEY;
    endpoints[ROLE_LEDGER]->reserve--; /* so that one is due at once */
    live_until(state, &past_ms, now_ms);
    return true;
}
