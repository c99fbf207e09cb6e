/*
 * Drives a trace in tests: what is known of one event is put together in words, and what is said of
 * it is looked for. The event is wh_1, made at T0; its endpoint is wep_1, and a second one wep_2.
 *
 * Each file of tests that includes this has an event of its own.
 */
#ifndef BRIDGETOP_TESTS_TRACE_DRIVER_H
#define BRIDGETOP_TESTS_TRACE_DRIVER_H

#include "api/trace.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    S = 1000,
    MINUTE = 60 * S,
    HOUR = 60 * MINUTE,
    LOGS_MAX = 256,
    REPEATS_MAX = 8,
    CLAIMS_MAX = 4
};

static const int64_t T0 = INT64_C(1700000000000); /* when the event was made */

static struct webhook webhooks[2];
static struct log_entry entries[2][LOGS_MAX];
static struct log_list logs[2];
static struct event queues[2][CONTRACT_UPCOMING];
static struct event_list upcoming[2];
static struct trace_endpoint endpoints[2];
static struct event event;
static struct delivery first, *claims; /* CLAIMS_MAX of these */
static struct attempt repeats[REPEATS_MAX];
static char signatures[REPEATS_MAX + 1][400];
static struct trace_period periods[2];
static struct trace_known known;
static struct trace trace;

/* Seconds after the event: "+12 s", "+12.5 s". */
static inline void say_time(int64_t ms, char *text, size_t size, void *context)
{
    (void)context;
    if ((ms - T0) % S == 0)
        (void)snprintf(text, size, "%+lld s", (long long)((ms - T0) / S));
    else
        (void)snprintf(text, size, "%+.3f s", (double)(ms - T0) / S);
}

static inline char *signature(size_t which, int64_t t_ms)
{
    enum { BASE64_OF_256 = 342 };
    int length =
        snprintf(signatures[which], sizeof signatures[which], "t=%lld,v0=", (long long)t_ms);
    memset(signatures[which] + length, 'A', BASE64_OF_256);
    memcpy(signatures[which] + length + BASE64_OF_256, "==", sizeof "==");
    return signatures[which];
}

static inline void set_up(void)
{
    webhooks[0] = (struct webhook){
        .id = (char *)"wep_1", .url = (char *)"https://a.example/b", .status = WEBHOOK_ACTIVE};
    webhooks[1] = (struct webhook){
        .id = (char *)"wep_2", .url = (char *)"https://b.example/b", .status = WEBHOOK_ACTIVE};
    cr_assert(string_list_add(&webhooks[0].categories, "transfer"));
    cr_assert(string_list_add(&webhooks[1].categories, "transfer"));
    event = (struct event){.id = (char *)"wh_1",
                           .type = (char *)"transfer.updated",
                           .category = (char *)"transfer",
                           .object_status = (char *)"funds_received",
                           .created_ms = T0,
                           .sequence = 7};
    memset(entries, 0, sizeof entries);
    memset(queues, 0, sizeof queues);
    for (size_t i = 0; i < 2; i++) {
        logs[i] = (struct log_list){.items = entries[i]};
        upcoming[i] = (struct event_list){.items = queues[i]};
        endpoints[i] = (struct trace_endpoint){.webhook = &webhooks[i],
                                               .logs = &logs[i],
                                               .logs_ms = T0 + 10 * MINUTE,
                                               .upcoming = &upcoming[i],
                                               .upcoming_ms = T0 + 10 * MINUTE};
    }
    periods[0] = (struct trace_period){T0 - HOUR, T0 + 10 * MINUTE};
    known = (struct trace_known){.event_id = "wh_1",
                                 .event = &event,
                                 .endpoints = endpoints,
                                 .endpoint_count = 1,
                                 .stored = true,
                                 .periods = periods,
                                 .period_count = 1,
                                 .kept_from_ms = INT64_MIN,
                                 .clock_known = true,
                                 .now_ms = T0 + 10 * MINUTE,
                                 .say_time = say_time};
    first = (struct delivery){0};
    claims = calloc(CLAIMS_MAX, sizeof *claims);
    cr_assert_not_null(claims);
}

static inline void tear_down(void)
{
    trace_clear(&trace);
    header_list_clear(&first.headers);
    free(claims);
    for (size_t i = 0; i < 2; i++)
        string_list_clear(&webhooks[i].categories);
}

static inline void logged_at(size_t endpoint, const char *id, const char *status, int64_t after_ms)
{
    struct log_entry *entry = &entries[endpoint][logs[endpoint].count++];
    *entry = (struct log_entry){.event_id = (char *)id,
                                .status = (int)strtol(status, NULL, 10),
                                .status_text = (char *)status,
                                .created_ms = T0 + after_ms};
}

static inline void logged(const char *status, int64_t after_ms)
{
    logged_at(0, "wh_1", status, after_ms);
}

/* An arrival, signed as it came. */
static inline void arrived_signed(int64_t after_ms, int64_t signed_after_ms, int status,
                                  int64_t answer_us)
{
    if (known.first == NULL) {
        first = (struct delivery){.id = 1,
                                  .received_ms = T0 + after_ms,
                                  .verdict = VERDICT_GENUINE,
                                  .webhook_id = (char *)"wep_1",
                                  .event_id = (char *)"wh_1",
                                  .answer_status = status,
                                  .answer_us = answer_us,
                                  .attempts = 1,
                                  .repeats = {.items = repeats}};
        cr_assert(header_list_add(&first.headers, CONTRACT_SIGNATURE_HEADER,
                                  signature(0, T0 + signed_after_ms)));
        known.first = &first;
        return;
    }
    size_t at = first.repeats.count++;
    first.attempts++;
    repeats[at] = (struct attempt){.number = first.attempts,
                                   .received_ms = T0 + after_ms,
                                   .webhook_id = (char *)"wep_1",
                                   .signature = signature(at + 1, T0 + signed_after_ms),
                                   .answer_status = status,
                                   .answer_us = answer_us,
                                   .body_length = -1};
}

static inline void arrived(int64_t after_ms)
{
    arrived_signed(after_ms, after_ms - 1, 200, 800);
}

static inline void claimed(int64_t after_ms)
{
    cr_assert_lt(known.claim_count, CLAIMS_MAX);
    size_t at = known.claim_count++;
    claims[at] = (struct delivery){.id = (int64_t)at + 2,
                                   .received_ms = T0 + after_ms,
                                   .verdict = VERDICT_WRONG_SIGNATURE,
                                   .event_id = (char *)"wh_1",
                                   .answer_status = 400,
                                   .answer_us = -1,
                                   .attempts = 1};
    known.claims = claims;
}

static inline void queue(size_t endpoint, const char *id)
{
    queues[endpoint][upcoming[endpoint].count++] =
        (struct event){.id = (char *)id, .created_ms = T0};
}

static inline void make(void)
{
    trace_clear(&trace);
    cr_assert(trace_make(&trace, &known));
    cr_assert_not_null(trace.entries);
}

static inline const struct trace_finding *find(enum trace_what what)
{
    for (size_t i = 0; i < trace.finding_count; i++)
        if (trace.findings[i].what == what)
            return &trace.findings[i];
    return NULL;
}

static inline void expect_words(enum trace_what what, const char *words)
{
    make();
    const struct trace_finding *finding = find(what);
    cr_assert_not_null(finding, "nothing of it is said; first: %s",
                       trace.finding_count > 0 ? trace.findings[0].text : "nothing at all");
    cr_expect_str_eq(finding->text, words);
}

static inline void expect_silence(void)
{
    make();
    cr_expect_eq(trace.finding_count, 0, "%s", trace.findings[0].text);
}

static inline void expect_not(enum trace_what what)
{
    make();
    const struct trace_finding *finding = find(what);
    cr_expect_null(finding, "%s", finding != NULL ? finding->text : "");
}

static struct forward_try tries[2];
static struct forward handed_on;
static struct forward_list forwards;

static inline void hand_on(enum forward_state state)
{
    tries[0] =
        (struct forward_try){.number = 1, .at_ms = T0 + 2 * S, .took_us = 3000, .status = 500};
    tries[1] = (struct forward_try){
        .number = 2, .at_ms = T0 + 4 * S, .error = (char *)"connection refused"};
    handed_on = (struct forward){.id = 1,
                                 .state = state,
                                 .next_ms = T0 + 8 * S,
                                 .tries_made = 2,
                                 .tries = tries,
                                 .try_count = 2};
    forwards = (struct forward_list){.items = &handed_on, .count = 1};
    known.forwards = &forwards;
}

#endif
