#include "api/doctor_store.h"

#include "api/contract.h"
#include "api/key_file.h"
#include "api/store_activity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ring {
    struct doctor_key keys[DOCTOR_KEYS_MAX];
    struct public_key *owned[DOCTOR_KEYS_MAX];
    size_t count;
};

/* Takes the PEM's key, if it is one and there is room. */
static void add_key(struct ring *ring, const char *pem, struct doctor_key key)
{
    if (ring->count == DOCTOR_KEYS_MAX || pem == NULL)
        return;
    struct public_key *owned = public_key_from_pem(pem, strlen(pem), NULL);
    if (owned == NULL)
        return;
    key.key = owned;
    ring->keys[ring->count] = key;
    ring->owned[ring->count++] = owned;
}

static void add_files(struct ring *ring, const char *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *pem = key_file_read(files[i], NULL);
        add_key(ring, pem, (struct doctor_key){0});
        free(pem);
    }
}

static void add_endpoints(struct ring *ring, const struct webhook_list *webhooks)
{
    for (size_t i = 0; i < webhooks->count; i++) {
        const struct webhook *webhook = &webhooks->items[i];
        add_key(ring, webhook->public_key,
                (struct doctor_key){.webhook_id = webhook->id,
                                    .url = webhook->url,
                                    .retired = webhook->status == WEBHOOK_DELETED});
    }
}

/* Such a verdict is for what is signed: who received it had one more key. */
static void blame_the_key(const struct delivery *delivery, struct doctor_report *report)
{
    bool signed_once = delivery->verdict == VERDICT_STALE || delivery->verdict == VERDICT_FUTURE;
    struct doctor_finding *finding = &report->findings[0];
    if (!signed_once || finding->kind != DOCTOR_UNEXPLAINED)
        return;
    *finding = (struct doctor_finding){.kind = DOCTOR_NO_KEY};
    (void)snprintf(finding->what, sizeof finding->what,
                   "It is signed, but by a key that is not known here.");
    (void)snprintf(finding->remedy, sizeof finding->remedy,
                   "Whoever received it was given that key with --public-key: give it here, too.");
}

/* Of a key that an endpoint had before nothing is kept, but that it had another one. */
static bool look_for_new_key(struct store *store, const struct delivery *delivery,
                             struct doctor_report *report, struct error *error)
{
    int64_t at_ms;
    char moment[CONTRACT_TIME_SIZE];
    struct doctor_finding *finding = &report->findings[0];
    if (delivery->webhook_id == NULL || finding->kind != DOCTOR_UNEXPLAINED)
        return true;
    if (!store_key_changed(store, delivery->webhook_id, &at_ms, error))
        return false;
    if (at_ms == 0)
        return true;
    contract_time_format(at_ms, moment);
    *finding = (struct doctor_finding){.kind = DOCTOR_OLD_KEY};
    (void)snprintf(finding->what, sizeof finding->what,
                   "%.60s has another public key since %s: this may be signed with the one before.",
                   delivery->webhook_id, moment);
    (void)snprintf(
        finding->remedy, sizeof finding->remedy,
        "Nothing, if Bridge sends it again with the new key. If only what is sent now is "
        "refused, something else is wrong: compare the body with the event as Bridge "
        "lists it.");
    return true;
}

bool doctor_examine_stored(struct store *store, const struct delivery *delivery,
                           const char *const *key_files, size_t key_file_count,
                           const int64_t *clock_ahead_ms, struct doctor_report *report,
                           struct error *error)
{
    struct ring ring = {.count = 0};
    struct webhook_list webhooks = {0};
    *report = (struct doctor_report){0};
    if (!store_load_all_webhooks(store, &webhooks, error))
        return false;
    add_files(&ring, key_files, key_file_count);
    add_endpoints(&ring, &webhooks);
    const struct doctor_case patient = {
        .headers = &delivery->headers,
        .target = delivery->target,
        .body = delivery->body != NULL ? delivery->body : "",
        .body_length = delivery->body_length,
        .received_ms = delivery->received_ms,
        .window_ms = SIGNATURE_WINDOW_MS,
        .keys = ring.keys,
        .key_count = ring.count,
        .clock_known = clock_ahead_ms != NULL,
        .clock_ahead_ms = clock_ahead_ms != NULL ? *clock_ahead_ms : 0,
    };
    doctor_examine(&patient, report);
    blame_the_key(delivery, report);
    bool looked = look_for_new_key(store, delivery, report, error);
    for (size_t i = 0; i < ring.count; i++)
        public_key_free(ring.owned[i]);
    webhook_list_clear(&webhooks);
    return looked;
}
