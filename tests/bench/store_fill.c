#include "tests/bench/store_fill.h"

#include "api/sandbox_stories.h"
#include "api/store.h"
#include "api/store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILL_BATCH = 2000,     /* rows of a transaction */
    FILL_ENDPOINTS = 4,    /* wep_bench_1 to _4, at /hooks/1 to /hooks/4 */
    FILL_ONE_IN_BAD = 128, /* deliveries are not genuine: of a million, fewer than are kept */
    FILL_ANSWER_US = 900,
};

static bool add_headers(struct delivery *delivery)
{
    static const char signature[] =
        "t=1714672099465,v0=cGxhY2Vob2xkZXIgb2YgYSBzaWduYXR1cmUgdGhhdCBoYXMgaXRzIHVzdWFsIGxlbmd0aCw"
        "gc28gdGhhdCByb3dzIGFyZSBhcyBsYXJnZSBhcyB0aGV5IGFyZQ==";
    return header_list_add(&delivery->headers, "Host", "hooks.example.com") &&
           header_list_add(&delivery->headers, "Content-Type", "application/json") &&
           header_list_add(&delivery->headers, "X-Webhook-Signature", signature);
}

static bool put_row(struct store *store, const struct sandbox_event *event, size_t number,
                    int64_t received_ms, struct error *error)
{
    char webhook_id[32];
    char target[32];
    bool bad = number % FILL_ONE_IN_BAD == FILL_ONE_IN_BAD - 1;
    size_t endpoint = number % FILL_ENDPOINTS + 1;
    (void)snprintf(webhook_id, sizeof webhook_id, "wep_bench_%zu", endpoint);
    (void)snprintf(target, sizeof target, "/hooks/%zu", endpoint);
    struct delivery delivery = {
        .received_ms = received_ms,
        .peer = (char *)"127.0.0.1:40000",
        .method = (char *)"POST",
        .target = target,
        .webhook_id = webhook_id,
        .body = event->json,
        .body_length = event->length,
        .verdict = bad ? VERDICT_WRONG_SIGNATURE : VERDICT_GENUINE,
        .reason = (char *)(bad ? "none of the keys made this signature" : "made by its key"),
        .answer_status = bad ? 400 : 200,
        .answer_us = -1,
    };
    delivery_read_event(&delivery);
    bool put = (add_headers(&delivery) || error_set(error, "out of memory")) &&
               store_insert_delivery(store, &delivery, error) &&
               store_set_answer_time(store, delivery.id, 1, FILL_ANSWER_US, error);
    delivery.peer = delivery.method = delivery.target = NULL;
    delivery.webhook_id = delivery.reason = delivery.body = NULL;
    delivery_clear(&delivery);
    return put;
}

static bool put_next(struct store *store, struct sandbox_stories *stories,
                     const struct store_fill *fill, size_t number, struct error *error)
{
    struct sandbox_event event = {0};
    int64_t ms = fill->newest_ms - (int64_t)(fill->rows - 1 - number) * fill->step_ms;
    bool put = (sandbox_stories_next(stories, NULL, (int64_t)number + 1, ms, &event) ||
                error_set(error, "out of memory")) &&
               put_row(store, &event, number, ms, error);
    sandbox_event_clear(&event);
    return put;
}

bool store_fill(const char *path, const struct store_fill *fill, struct error *error)
{
    struct store *store = store_open(path, STORE_WRITE, error);
    struct sandbox_stories *stories = sandbox_stories_new(fill->seed);
    bool filled = store != NULL && (stories != NULL || error_set(error, "out of memory"));
    if (filled)
        (void)sqlite3_exec(store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    for (size_t i = 0; filled && i < fill->rows; i++) {
        if (i % FILL_BATCH == 0)
            filled = store_begin(store, error);
        filled = filled && put_next(store, stories, fill, i, error);
        if (filled && (i % FILL_BATCH == FILL_BATCH - 1 || i == fill->rows - 1))
            filled = store_commit(store, error);
    }
    if (store != NULL && !filled)
        store_rollback(store);
    sandbox_stories_free(stories);
    store_close(store);
    return filled;
}
