/*
 * Rows of a store that somebody else wrote: every column can be of any type and hold any bytes.
 *
 * What is read stays within its bounds, nothing becomes genuine that does not say so in so many
 * words, bodies come back as they are, and a delivery that is inserted beside it is either in the
 * store afterwards or refused.
 */
#include "tests/fuzz/fuzz.h"

#include "api/store.h"
#include "api/store_activity.h"
#include "api/store_bridge.h"
#include "api/store_private.h"
#include "api/store_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROW = 1, EDITS_MAX = 6 };

static const char *const COLUMNS[][2] = {
    {"deliveries", "received_ms"},
    {"deliveries", "verdict"},
    {"deliveries", "answer_status"},
    {"deliveries", "sequence"},
    {"deliveries", "webhook_id"},
    {"deliveries", "event_id"},
    {"deliveries", "event_type"},
    {"deliveries", "object_id"},
    {"deliveries", "object_status"},
    {"deliveries", "peer"},
    {"deliveries", "method"},
    {"deliveries", "target"},
    {"deliveries", "reason"},
    {"deliveries", "headers"},
    {"deliveries", "body"},
    {"deliveries", "event_key"},
    {"delivery_notes", "answer_us"},
    {"delivery_notes", "attempts"},
    {"attempts", "received_ms"},
    {"attempts", "peer"},
    {"attempts", "target"},
    {"attempts", "webhook_id"},
    {"attempts", "signature"},
    {"attempts", "answer_status"},
    {"attempts", "answer_us"},
    {"attempts", "body"},
    {"endpoints", "id"},
    {"endpoints", "url"},
    {"endpoints", "status"},
    {"endpoints", "categories"},
    {"endpoints", "public_key"},
    {"endpoints", "created_at"},
    {"endpoints", "retired_ms"},
    {"counts", "deliveries"},
    {"counts", "genuine"},
    {"counts", "repeats"},
    {"counts", "refused_bytes"},
    {"event_keys_0", "id"},
    {"search_segments", "complete"},
    {"search_segments", "oldest_ms"},
    {"search_segments", "newest_ms"},
    {"search_segments", "smallest"},
    {"search_segments", "largest"},
    {"search_segments", "facets"},
    {"search_grams", "grams"},
    {"forwards", "kind"},
    {"forwards", "state"},
    {"forwards", "lane"},
    {"forwards", "next_ms"},
    {"forward_tries", "status"},
    {"forward_tries", "error"},
    {"forward_tries", "answer"},
    {"delivery_notes", "forwarded"},
    {"delivery_notes", "answer_status"},
    {"activity", "who"},
    {"activity", "outcome"},
    {"activity", "fields"},
    {"activity", "webhook_id"},
    {"activity", "text"},
    {"activity", "before"},
    {"activity", "after"},
    {"bridge_events", "id"},
    {"bridge_events", "category"},
    {"bridge_events", "type"},
    {"bridge_events", "sequence"},
    {"bridge_events", "created_ms"},
    {"bridge_events", "never_ms"},
    {"bridge_events", "raw"},
    {"bridge_place", "bottom"},
    {"bridge_place", "oldest_ms"},
    {"receiving", "began_ms"},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS, VERDICT_COLUMN = 1, BODY_COLUMN = 14 };

static struct store *store;
static sqlite3_stmt *updates[COLUMN_COUNT];

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fuzz_failed(__FILE__, __LINE__, why);
}

static struct delivery new_delivery(void)
{
    struct delivery delivery = {
        .received_ms = 1714672099465,
        .peer = "127.0.0.1:1",
        .method = "POST",
        .target = "/hooks/one",
        .reason = "the signature is genuine",
        .webhook_id = "wep_1",
        .body = "{\"event_id\":\"wh_1\"}",
        .answer_status = 200,
        .answer_us = -1,
        .event_id = "wh_1",
        .event_type = "transfer.created",
        .sequence = 1,
    };
    delivery.body_length = strlen(delivery.body);
    return delivery;
}

/* A row in each table, in a file that does not insist on types any more. */
static void fill(const char *path)
{
    struct error error = {0};
    struct webhook webhook = {
        .id = "wep_1", .url = "https://example.com/hooks/one", .public_key = "key"};
    int64_t forward;
    enum forward_state before;
    store = store_open(path, STORE_WRITE, &error);
    FUZZ_CHECK(store != NULL && store_begin(store, &error));
    for (int attempt = 0; attempt < 2; attempt++) {
        struct delivery delivery = new_delivery();
        FUZZ_CHECK(header_list_add(&delivery.headers, "Host", "example.com"));
        FUZZ_CHECK(store_insert_delivery(store, &delivery, &error) && delivery.id == ROW);
        FUZZ_CHECK(store_queue_forward(store, &delivery, 1, &forward, &before, &error));
        header_list_clear(&delivery.headers);
    }
    FUZZ_CHECK(store_set_answer_time(store, ROW, 1, 100, &error) && store_commit(store, &error));
    FUZZ_CHECK(store_put_webhooks(store, &(struct webhook_list){.items = &webhook, .count = 1}, 1,
                                  &error));
    store_close(store);

    /* The product's own connection would not have it. */
    sqlite3 *db;
    FUZZ_CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    run(db, "INSERT INTO search_segments VALUES (0, 1, 0, 9e15, 0, 9e15, x'00');"
            "INSERT INTO search_grams VALUES (0, x'00');"
            "INSERT INTO forward_tries VALUES (1, 1, 1, 1, 1, 200, NULL, x'00');"
            "INSERT INTO activity VALUES (1, 0, 0, 1, 2, 1, 0, 1, 'wep_1', 'text', 'a: b', 'a: c');"
            "INSERT INTO bridge_events VALUES (1, 'wh_1', 1, 'transfer', 'transfer.created', NULL,"
            " NULL, 1714672099465, 1, 0, x'7b226576656e745f6964223a2277685f31227d');"
            "INSERT INTO bridge_place VALUES (1, 'wh_1', 2, 1);"
            "INSERT INTO receiving VALUES (1, 1, NULL);"
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT, WITHOUT', 'WITHOUT'),"
            " ') STRICT', ')');"
            "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE sql NOT LIKE"
            " '%TRIGGER%' AND name <> 'attempts';"
            "PRAGMA writable_schema = OFF;");
    sqlite3_close(db);
}

static char path[64];
static char directory[] = "/tmp/bridgetop-fuzz-XXXXXX";

static void clean_up(void)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        sqlite3_finalize(updates[i]);
    store_close(store);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char name[sizeof path + 8];
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
    (void)rmdir(directory);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    struct error error = {0};
    FUZZ_CHECK(mkdtemp(directory) != NULL);
    (void)snprintf(path, sizeof path, "%s/store.db", directory);
    fill(path);
    store = store_open(path, STORE_WRITE, &error);
    FUZZ_CHECK(store != NULL);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        char sql[96];
        (void)snprintf(sql, sizeof sql, "UPDATE OR IGNORE %s SET %s = ?", COLUMNS[i][0],
                       COLUMNS[i][1]);
        FUZZ_CHECK(sqlite3_prepare_v2(store->db, sql, -1, &updates[i], NULL) == SQLITE_OK);
    }
    (void)atexit(clean_up);
    return 0;
}

/* --- writing ----------------------------------------------------------------------- */

/* What the two columns that matter most were set to. */
struct written {
    bool genuine;
    const char *body; /* NULL: not a blob */
    size_t body_length;
};

static void edit(struct fuzz_input *input, struct written *written)
{
    size_t column = fuzz_byte(input) % COLUMN_COUNT;
    sqlite3_stmt *statement = updates[column];
    size_t length;
    const char *bytes;
    bool is_verdict = column == VERDICT_COLUMN, is_body = column == BODY_COLUMN;
    int64_t integer = 0;
    (void)sqlite3_reset(statement);
    switch (fuzz_byte(input) % 5) {
    case 0:
        (void)sqlite3_bind_null(statement, 1);
        break;
    case 1:
        integer = fuzz_integer(input);
        (void)sqlite3_bind_int64(statement, 1, integer);
        is_verdict = is_verdict && integer != 0;
        break;
    case 2:
        integer = fuzz_integer(input);
        (void)sqlite3_bind_double(statement, 1, (double)integer / 3.0);
        is_verdict = is_verdict && integer != 0; /* a column of integers makes one of 0.0 */
        break;
    case 3:
        bytes = fuzz_part(input, &length);
        (void)sqlite3_bind_text(statement, 1, bytes, (int)length, SQLITE_TRANSIENT);
        /* A column of numbers makes a number of "0". */
        is_verdict = is_verdict && memchr(bytes, '0', length) == NULL;
        break;
    default:
        bytes = fuzz_part(input, &length);
        (void)sqlite3_bind_blob(statement, 1, length > 0 ? bytes : "", (int)length,
                                SQLITE_TRANSIENT);
        if (is_body)
            *written = (struct written){written->genuine, bytes, length};
        is_body = false;
    }
    FUZZ_CHECK(sqlite3_step(statement) == SQLITE_DONE);
    (void)sqlite3_reset(statement);
    if (column == VERDICT_COLUMN)
        written->genuine = !is_verdict;
    if (is_body)
        written->body = NULL;
}

/* --- reading ------------------------------------------------------------------------- */

static size_t touch(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static bool on_summary(const struct delivery *summary, void *context)
{
    size_t *seen = context;
    FUZZ_CHECK(summary->verdict <= VERDICT_FUTURE && summary->attempts >= 1);
    *seen += touch(summary->webhook_id) + touch(summary->event_id) + touch(summary->event_type) +
             touch(summary->object_id) + touch(summary->object_status) + touch(summary->peer) +
             touch(summary->method) + touch(summary->target) + touch(summary->reason);
    return true;
}

static void read_attempts(struct delivery *delivery)
{
    struct error error = {0};
    if (!store_load_attempts(store, delivery, &error)) {
        FUZZ_CHECK(error.message[0] != '\0');
        return;
    }
    FUZZ_CHECK(delivery->repeats.count <= STORE_ATTEMPTS_KEPT);
    for (size_t i = 0; i < delivery->repeats.count; i++) {
        const struct attempt *attempt = &delivery->repeats.items[i];
        char *body = NULL;
        size_t length;
        (void)(touch(attempt->peer) + touch(attempt->target) + touch(attempt->signature));
        if (store_load_attempt_body(store, ROW, attempt->number, &body, &length, &error))
            FUZZ_CHECK(body[length] == '\0');
        free(body);
    }
}

static void read_forwards(void)
{
    struct error error = {0};
    struct forward_list list;
    if (!store_load_forwards(store, ROW, &list, &error)) {
        FUZZ_CHECK(error.message[0] != '\0' && list.count == 0);
        return;
    }
    FUZZ_CHECK(list.count <= FORWARD_LISTED_MAX);
    for (size_t i = 0; i < list.count; i++) {
        FUZZ_CHECK(list.items[i].kind <= FORWARD_RESIGNED &&
                   list.items[i].state <= FORWARD_GIVEN_UP);
        for (size_t j = 0; j < list.items[i].try_count; j++) {
            const struct forward_try *attempt = &list.items[i].tries[j];
            FUZZ_CHECK(attempt->answer[attempt->answer_length] == '\0');
            (void)touch(attempt->error);
        }
    }
    forward_list_clear(&list);
}

static bool on_activity(const struct activity *activity, void *context)
{
    size_t *seen = context;
    FUZZ_CHECK(activity->who <= ACTIVITY_OWN && activity->outcome <= ACTIVITY_UNCERTAIN);
    *seen += touch(activity->webhook_id) + touch(activity->text) + touch(activity->before) +
             touch(activity->after);
    return true;
}

/* What others changed is found beside whatever stands there. */
static void read_activity(void)
{
    struct error error = {0};
    size_t seen = 0;
    if (!store_load_activity(store, 0, INT64_MAX, 10, on_activity, &seen, &error))
        FUZZ_CHECK(error.message[0] != '\0');
}

static void read_bridge(void)
{
    struct error error = {0};
    struct bridge_events events = {0};
    struct event_walk_place place;
    struct gap_list gaps;
    struct reconcile_endpoint endpoint = {
        .id = "wep_1", .active = true, .here = true, .log_known = true, .upcoming_known = true};
    if (store_load_bridge_place(store, &place, &error))
        FUZZ_CHECK(memchr(place.bottom, '\0', sizeof place.bottom) != NULL);
    if (!store_load_bridge_events(store, &events, &error)) {
        FUZZ_CHECK(error.message[0] != '\0' && events.count == 0);
        return;
    }
    struct reconcile_known known = {.events = events.items,
                                    .event_count = events.count,
                                    .endpoints = &endpoint,
                                    .endpoint_count = 1,
                                    .began_ms = events.began_ms,
                                    .kept_from_ms = events.kept_from_ms,
                                    .now_ms = INT64_C(1714672099465)};
    FUZZ_CHECK(reconcile(&known, &gaps));
    for (size_t i = 0; i < gaps.count; i++) {
        struct event event;
        FUZZ_CHECK(gaps.items[i].event < events.count);
        if (store_load_bridge_event(store, events.items[gaps.items[i].event].id, &event, &error))
            (void)(touch(event.id) + touch(event.type) + touch(event.raw));
        event_clear(&event);
    }
    gap_list_clear(&gaps);
    bridge_events_clear(&events);
}

static void read_delivery(const struct written *written)
{
    struct error error = {0};
    struct delivery delivery = {0}, summary = {0};
    size_t seen = 0;
    if (store_load_delivery(store, ROW, &delivery, &error)) {
        (void)on_summary(&delivery, &seen);
        FUZZ_CHECK(delivery.verdict != VERDICT_GENUINE || written->genuine);
        FUZZ_CHECK(delivery.headers.count <= HEADER_COUNT_MAX);
        FUZZ_CHECK(delivery.body != NULL && delivery.body[delivery.body_length] == '\0');
        if (written->body != NULL)
            FUZZ_CHECK(delivery.body_length == written->body_length &&
                       memcmp(delivery.body, written->body, written->body_length) == 0);
        read_attempts(&delivery);
    } else {
        FUZZ_CHECK(error.message[0] != '\0' && delivery.id == 0);
    }
    if (store_load_summary(store, ROW, &summary, &error)) {
        (void)on_summary(&summary, &seen);
        FUZZ_CHECK(summary.verdict != VERDICT_GENUINE || written->genuine);
    }
    delivery_clear(&delivery);
    delivery_clear(&summary);
}

static bool on_progress(const struct store_search_progress *progress, void *context)
{
    (void)progress;
    (void)context;
    return true;
}

static void read_search(const char *text)
{
    static struct query query;
    struct query_error wrong;
    struct error error = {0};
    size_t seen = 0;
    struct store_search_progress progress;
    if (!query_parse(text, strlen(text), QUERY_ARRIVALS, 1714672099465, &query, &wrong))
        return;
    struct store_search search = {.query = &query,
                                  .limit = 10,
                                  .found = on_summary,
                                  .progress = on_progress,
                                  .context = &seen};
    if (store_search(store, &search, &progress, &error) == STORE_SEARCH_FAILED)
        FUZZ_CHECK(error.message[0] != '\0');
}

static void read_rest(void)
{
    struct error error = {0};
    struct webhook_list list;
    struct store_counts counts;
    size_t seen = 0;
    int64_t id;
    (void)store_recent_deliveries(store, INT64_MAX, 10, on_summary, &seen, &error);
    (void)store_counts(store, &counts, &error);
    (void)store_newest_id(store, &id, &error);
    if (store_load_webhooks(store, &list, &error)) {
        for (size_t i = 0; i < list.count; i++)
            FUZZ_CHECK(list.items[i].id != NULL && list.items[i].status <= WEBHOOK_DELETED);
        webhook_list_clear(&list);
    }
}

static void insert(void)
{
    struct error error = {0};
    struct delivery delivery = new_delivery(), again = {0};
    delivery.body_length--; /* not the row's body */
    if (store_insert_delivery(store, &delivery, &error)) {
        FUZZ_CHECK(delivery.id >= ROW && delivery.attempts >= 1);
        FUZZ_CHECK(store_load_delivery(store, delivery.id, &again, &error) || delivery.id == ROW);
        delivery_clear(&again);
    } else {
        FUZZ_CHECK(error.message[0] != '\0');
    }
    store->uncounted = (struct store_counts){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct written written = {.genuine = true};
    fuzz_begin(&input, bytes, length);
    size_t edits = 1 + fuzz_byte(&input) % EDITS_MAX;
    run(store->db, "BEGIN");
    for (size_t i = 0; i < edits; i++)
        edit(&input, &written);
    read_delivery(&written);
    read_activity();
    read_bridge();
    read_forwards();
    read_rest();
    read_search(fuzz_string(&input));
    insert();
    run(store->db, "ROLLBACK");
    fuzz_end(&input);
    return 0;
}
