#include "api/doctor_store.h"

#include "api/contract.h"
#include "api/signing.h"
#include "api/store_activity.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t NOW_MS = INT64_C(1700000000000);
static char key_path[128];
static struct store *store;
static struct signing_key *keys[2];
static struct error error;

static void set_up(void)
{
    place_make();
    (void)snprintf(key_path, sizeof key_path, "%s/key.pem", place.directory);
    store = place_open(STORE_WRITE);
    for (size_t i = 0; i < 2; i++)
        cr_assert_not_null(keys[i] = signing_key_from_seed(i + 1, &error));
}

static void tear_down(void)
{
    store_close(store);
    place_remove();
    for (size_t i = 0; i < 2; i++)
        signing_key_free(keys[i]);
}

TestSuite(doctor_store, .init = set_up, .fini = tear_down, .timeout = 60);

static struct webhook webhook_of(const char *id, const char *url, const struct signing_key *key)
{
    return (struct webhook){.id = (char *)id,
                            .url = (char *)url,
                            .status = WEBHOOK_ACTIVE,
                            .status_text = (char *)"active",
                            .public_key = (char *)signing_key_public_pem(key)};
}

static void put(struct webhook *items, size_t count)
{
    struct webhook_list list = {.items = items, .count = count};
    cr_assert(store_put_webhooks(store, &list, NOW_MS, &error), "%s", error.message);
}

static struct doctor_finding examine(const struct signing_key *key, const char *const *files,
                                     size_t count)
{
    struct doctor_report report;
    struct delivery delivery = {
        .target = (char *)"/a?x=1", .body = (char *)"{}", .body_length = 2, .received_ms = NOW_MS};
    char *value = signing_key_sign(key, NOW_MS, "{}", 2);
    cr_assert(header_list_add(&delivery.headers, CONTRACT_SIGNATURE_HEADER, value));
    cr_assert(doctor_examine_stored(store, &delivery, files, count, NULL, &report, &error), "%s",
              error.message);
    header_list_clear(&delivery.headers);
    free(value);
    return report.findings[0];
}

Test(doctor_store, endpoints_that_are_there_and_those_that_are_gone)
{
    struct webhook two[] = {webhook_of("wep_a", "https://h/a", keys[0]),
                            webhook_of("wep_b", "https://h/b", keys[1])};
    put(two, 2);
    cr_expect_eq(examine(keys[0], NULL, 0).kind, DOCTOR_NOTHING_WRONG);
    struct doctor_finding other = examine(keys[1], NULL, 0);
    cr_expect_eq(other.kind, DOCTOR_OTHER_KEY);
    cr_expect(strstr(other.what, "wep_b") != NULL && strstr(other.what, "x=1") == NULL, "%s",
              other.what);
    put(two, 1);
    cr_expect_eq(examine(keys[1], NULL, 0).kind, DOCTOR_OLD_KEY);
}

Test(doctor_store, keys_given_by_hand)
{
    cr_expect_eq(examine(keys[0], NULL, 0).kind, DOCTOR_NO_KEY);
    FILE *file = fopen(key_path, "w");
    cr_assert(file != NULL && fputs(signing_key_public_pem(keys[0]), file) >= 0);
    cr_assert_eq(fclose(file), 0);
    const char *files[] = {"/nowhere/key.pem", key_path};
    cr_expect_eq(examine(keys[0], files, 2).kind, DOCTOR_NOTHING_WRONG);
    cr_expect_eq(examine(keys[1], files, 2).kind, DOCTOR_UNEXPLAINED);
}

/* A dashboard beside a receiver does not have the keys that only that one was given. */
Test(doctor_store, what_was_signed_by_a_key_that_is_not_known_here)
{
    static const enum verdict VERDICTS[] = {VERDICT_STALE, VERDICT_FUTURE};
    struct webhook one = webhook_of("wep_a", "https://h/a", keys[0]);
    put(&one, 1);
    for (size_t i = 0; i < 2; i++) {
        struct doctor_report report;
        struct delivery delivery = {
            .body = (char *)"{}", .body_length = 2, .received_ms = NOW_MS, .verdict = VERDICTS[i]};
        char *value = signing_key_sign(keys[1], NOW_MS, "{}", 2);
        cr_assert(header_list_add(&delivery.headers, CONTRACT_SIGNATURE_HEADER, value));
        cr_assert(doctor_examine_stored(store, &delivery, NULL, 0, NULL, &report, &error));
        cr_expect_eq(report.findings[0].kind, DOCTOR_NO_KEY, "%s", report.findings[0].what);
        header_list_clear(&delivery.headers);
        free(value);
    }
}

Test(doctor_store, the_clock_is_held_against_bridges)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct webhook one = webhook_of("wep_a", "https://h/a", keys[0]);
    struct doctor_report report;
    struct delivery delivery = {.target = (char *)"/a",
                                .body = (char *)"{}",
                                .body_length = 2,
                                .received_ms = NOW_MS + HOUR_MS};
    char *value = signing_key_sign(keys[0], NOW_MS, "{}", 2);
    cr_assert(header_list_add(&delivery.headers, CONTRACT_SIGNATURE_HEADER, value));
    put(&one, 1);
    cr_assert(doctor_examine_stored(store, &delivery, NULL, 0, NULL, &report, &error));
    cr_expect_eq(report.findings[0].kind, DOCTOR_STALE);
    cr_assert(
        doctor_examine_stored(store, &delivery, NULL, 0, &(int64_t){HOUR_MS}, &report, &error));
    cr_expect_eq(report.findings[0].kind, DOCTOR_CLOCK);
    header_list_clear(&delivery.headers);
    free(value);
}

/* The key that it had before is not kept. */
Test(doctor_store, an_endpoint_that_has_another_key_since)
{
    struct webhook one = webhook_of("wep_a", "https://h/a", keys[0]);
    put(&one, 1);
    struct doctor_report report;
    struct delivery delivery = {.webhook_id = (char *)"wep_a",
                                .target = (char *)"/a",
                                .body = (char *)"{}",
                                .body_length = 2,
                                .received_ms = NOW_MS};
    char *value = signing_key_sign(keys[0], NOW_MS, "{}", 2);
    cr_assert(header_list_add(&delivery.headers, CONTRACT_SIGNATURE_HEADER, value));
    one = webhook_of("wep_a", "https://h/a", keys[1]);
    struct webhook_list list = {.items = &one, .count = 1};
    struct list_times times = {.asked_ms = NOW_MS, .answered_ms = NOW_MS + 1};
    cr_assert(store_put_list(store, &list, &times, &error), "%s", error.message);
    cr_assert(doctor_examine_stored(store, &delivery, NULL, 0, NULL, &report, &error));
    cr_expect_eq(report.findings[0].kind, DOCTOR_OLD_KEY, "%s", report.findings[0].what);
    cr_expect_not(report.findings[0].shown);
    cr_expect(strstr(report.findings[0].what, "wep_a has another public key since 20") != NULL);
    delivery.webhook_id = NULL;
    cr_assert(doctor_examine_stored(store, &delivery, NULL, 0, NULL, &report, &error));
    cr_expect_eq(report.findings[0].kind, DOCTOR_UNEXPLAINED);
    header_list_clear(&delivery.headers);
    free(value);
}
