/* Screens of an event's trace and an object's history: see screen_matrix.h. */
#include "tests/unit/screen_matrix.h"
#include "tui/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000 };

static char signature[400];

static struct delivery arrival(int64_t ago_ms, int64_t answer_us)
{
    enum { BASE64_OF_256 = 342 };
    int length = snprintf(signature, sizeof signature,
                          "t=%lld,v0=", (long long)(DRIVER_NOW_MS - ago_ms - 3));
    memset(signature + length, 'A', BASE64_OF_256);
    memcpy(signature + length + BASE64_OF_256, "==", sizeof "==");
    return (struct delivery){.id = 7,
                             .received_ms = DRIVER_NOW_MS - ago_ms,
                             .verdict = VERDICT_GENUINE,
                             .webhook_id = (char *)"wep_pay1",
                             .event_id = (char *)"wh_a1",
                             .target = (char *)"/webhooks/payments",
                             .answer_status = 200,
                             .answer_us = answer_us,
                             .attempts = 1};
}

/* Logged 502 before it came, then as a time-out, and queued; and something claims to be it. */
static void tell_trace(struct driver *driver)
{
    static const char LOGS[] =
        "[{\"status\":200,\"event_id\":\"wh_a0\",\"created_at\":\"2024-05-02T17:46:00.000Z\"},"
        "{\"status\":\"502\",\"event_id\":\"wh_a1\",\"response_body\":\"<html>bad gateway\","
        "\"created_at\":\"2024-05-02T17:48:08.000Z\"},"
        "{\"status\":\"timeout\",\"event_id\":\"wh_a1\",\"response_body\":\"to jane@example.com\","
        "\"created_at\":\"2024-05-02T17:48:15.000Z\"}]";
    struct log_list logs = {0};
    struct error error;
    cr_assert(log_list_decode(LOGS, sizeof LOGS - 1, &logs, &error));
    driver_send(driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
    struct event_record *record = calloc(1, sizeof *record);
    struct delivery came = arrival(10 * SECOND, INT64_C(6000000));
    record->kept_from_ms = INT64_MIN;
    record->periods[0] = (struct store_period){DRIVER_NOW_MS - 3600 * SECOND, INT64_MAX, true};
    record->period_count = 1;
    record->found = delivery_copy_summary(&record->delivery, &came) &&
                    header_list_add(&record->delivery.headers, "X-Webhook-Signature", signature);
    struct delivery claim = arrival(2 * SECOND, 900);
    claim.verdict = VERDICT_WRONG_SIGNATURE;
    claim.answer_status = 400;
    claim.reason = (char *)"no key of the endpoint made this signature";
    record->claim_count = delivery_copy_summary(&record->claims[0], &claim);
    driver_send(driver, &(struct message){.kind = MESSAGE_TRACED,
                                          .search = state_looks_up(driver->app),
                                          .record = &record});
    cr_assert_null(record);
}

SCREEN(trace, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "2gt");
    tell_trace(driver);
}

SCREEN(trace_time_line, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "2gt");
    tell_trace(driver);
    driver_keys(driver, "<tab>jj");
}

static void add(struct object_history *history, int number, const char *status, const char *was,
                const char *amount)
{
    char body[400], id[32];
    (void)snprintf(id, sizeof id, "wh_live%d", number);
    (void)snprintf(body, sizeof body,
                   "{\"event_id\":\"%s\",\"event_object\":{\"amount\":\"%s\",\"email\":"
                   "\"jane%d@example.com\"},\"event_object_changes\":{\"state\":[\"%s\",\"%s\"]},"
                   "\"event_created_at\":\"2024-05-02T17:4%d:00.000Z\"}",
                   id, amount, number / 2, was, status, number);
    struct delivery delivery = {.id = number,
                                .received_ms = DRIVER_NOW_MS - 100 * SECOND + number,
                                .event_id = id,
                                .event_type = (char *)"transfer.updated.status_transitioned",
                                .object_id = (char *)"tr_1",
                                .object_status = (char *)status,
                                .sequence = 40 + number,
                                .body = body,
                                .body_length = strlen(body),
                                .attempts = 1};
    cr_assert(object_history_add_delivery(history, &delivery));
}

SCREEN(history, .environment = ENVIRONMENT_SANDBOX)
{
    struct object_history *history = object_history_new();
    driver_keys(driver, "4gi");
    add(history, 1, "awaiting_funds", "", "10.00");
    add(history, 2, "funds_received", "awaiting_funds", "12.50");
    add(history, 3, "awaiting_funds", "funds_received", "12.50");
    add(history, 5, "payment_processed", "payment_submitted", "12.50");
    object_history_make(history);
    driver_send(driver, &(struct message){.kind = MESSAGE_HISTORY,
                                          .search = state_looks_up(driver->app),
                                          .history = &history,
                                          .object_id = "tr_1",
                                          .searched = true,
                                          .whole = true});
    driver_keys(driver, "jj");
}
