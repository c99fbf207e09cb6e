/* One row an event: what repeats, what only claims to, and what the file itself holds on to. */
#include "api/store.h"
#include "api/store_private.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store *store;

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
}

static void tear_down(void)
{
    store_close(store);
    place_remove();
}

TestSuite(store_attempts, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- helpers ------------------------------------------------------------------- */

struct put {
    int64_t id;
    int64_t attempts;
};

static struct put put_as(enum verdict verdict, const char *event_id, const char *body,
                         size_t length)
{
    struct error error = {0};
    struct header header = {"X-Webhook-Signature", "t=7,v0=AA=="};
    struct delivery delivery = {
        .received_ms = 1700000000000,
        .peer = "203.0.113.7:51234",
        .target = "/hooks",
        .webhook_id = "wep_1",
        .headers = {.items = &header, .count = 1},
        .event_id = (char *)event_id,
        .body = (char *)body,
        .body_length = length,
        .verdict = verdict,
        .answer_status = verdict == VERDICT_GENUINE ? 200 : 400,
    };
    cr_assert(store_begin(store, &error), "%s", error.message);
    cr_assert(store_insert_delivery(store, &delivery, &error), "%s", error.message);
    cr_assert(store_commit(store, &error), "%s", error.message);
    return (struct put){delivery.id, delivery.attempts};
}

static struct put put_genuine(const char *event_id, const char *body)
{
    return put_as(VERDICT_GENUINE, event_id, body, strlen(body));
}

static int64_t query(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK, "%s", sql);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static int run(const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

static struct delivery load(int64_t id)
{
    struct delivery delivery;
    struct error error = {0};
    cr_assert(store_load_delivery(store, id, &delivery, &error), "%s", error.message);
    cr_assert(store_load_attempts(store, &delivery, &error), "%s", error.message);
    return delivery;
}

static struct store_counts counts(void)
{
    struct store_counts counts;
    cr_assert(store_counts(store, &counts, NULL));
    return counts;
}

/* --- repeats --------------------------------------------------------------------- */

Test(store_attempts, a_repeat_becomes_an_attempt_of_the_row)
{
    struct put first = put_genuine("wh_1", "{}");
    struct put other = put_genuine("wh_2", "{}");
    struct put again = put_genuine("wh_1", "{}");
    cr_expect_eq(first.attempts, 1);
    cr_expect_neq(other.id, first.id);
    cr_expect_eq(again.id, first.id);
    cr_expect_eq(again.attempts, 2);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 2);
    cr_expect_eq(counts().deliveries, 2);
    cr_expect_eq(counts().genuine, 2);
    cr_expect_eq(counts().repeats, 1);

    struct delivery delivery = load(first.id);
    cr_expect_eq(delivery.attempts, 2);
    cr_assert_eq(delivery.repeats.count, 1);
    const struct attempt *attempt = &delivery.repeats.items[0];
    cr_expect_eq(attempt->number, 2);
    cr_expect_eq(attempt->received_ms, 1700000000000);
    cr_expect_str_eq(attempt->peer, "203.0.113.7:51234");
    cr_expect_str_eq(attempt->target, "/hooks");
    cr_expect_str_eq(attempt->webhook_id, "wep_1");
    cr_expect_str_eq(attempt->signature, "t=7,v0=AA==");
    cr_expect_eq(attempt->answer_status, 200);
    cr_expect_eq(attempt->answer_us, -1);
    cr_expect_eq(attempt->body_length, -1);
    delivery_clear(&delivery);
}

Test(store_attempts, a_body_that_differs_is_kept_byte_for_byte)
{
    static const char different[] = "{\"a\":\0\xff}";
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_expect_eq(put_as(VERDICT_GENUINE, "wh_1", different, sizeof different - 1).id, id);
    cr_expect_eq(put_as(VERDICT_GENUINE, "wh_1", "", 0).attempts, 3);
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 4);
    struct delivery delivery = load(id);
    cr_assert_eq(delivery.repeats.count, 3);
    cr_expect_eq(delivery.repeats.items[0].body_length, sizeof different - 1);
    cr_expect_eq(delivery.repeats.items[1].body_length, 0);
    cr_expect_eq(delivery.repeats.items[2].body_length, -1);
    cr_expect_str_eq(delivery.body, "{}");
    delivery_clear(&delivery);

    char *body = NULL;
    size_t length;
    cr_assert(store_load_attempt_body(store, id, 2, &body, &length, NULL));
    cr_assert_eq(length, sizeof different - 1);
    cr_expect_arr_eq(body, different, sizeof different);
    free(body);
    cr_assert(store_load_attempt_body(store, id, 4, &body, &length, NULL));
    cr_expect(length == 2 && strcmp(body, "{}") == 0);
    free(body);
    cr_expect_not(store_load_attempt_body(store, id, 5, &body, &length, NULL));
}

Test(store_attempts, what_is_no_event_is_known_by_its_body)
{
    struct put a = put_genuine(NULL, "a");
    struct put b = put_genuine(NULL, "b");
    struct put empty = put_genuine(NULL, "");
    struct put named_a = put_genuine("a", "a"); /* an id that reads as the other's body */
    cr_expect(a.id != b.id && b.id != empty.id && empty.id != named_a.id && named_a.id != a.id);
    cr_expect_eq(put_genuine(NULL, "a").id, a.id);
    cr_expect_eq(put_genuine(NULL, "").id, empty.id);
    cr_expect_eq(put_genuine("a", "other").id, named_a.id);
}

Test(store_attempts, the_newest_are_kept_and_all_are_counted)
{
    enum { ALL = STORE_ATTEMPTS_KEPT + 20 };
    int64_t id = 0;
    for (int i = 0; i < ALL; i++)
        id = put_genuine("wh_1", "{}").id;
    struct delivery delivery = load(id);
    cr_expect_eq(delivery.attempts, ALL);
    cr_assert_eq(delivery.repeats.count, STORE_ATTEMPTS_KEPT);
    for (int i = 0; i < STORE_ATTEMPTS_KEPT; i++)
        cr_expect_eq(delivery.repeats.items[i].number, ALL - STORE_ATTEMPTS_KEPT + 1 + i);
    cr_expect_eq(counts().repeats, ALL - 1);
    delivery_clear(&delivery);
}

/* Bodies that differ are bounded in bytes, too: the oldest attempts go with theirs. */
Test(store_attempts, what_differs_is_kept_within_its_bytes)
{
    enum { MIB = 1024 * 1024, FIT = STORE_ATTEMPT_BYTES_KEPT / MIB, ALL = FIT + 4 };
    char *body = malloc(MIB);
    cr_assert_not_null(body);
    memset(body, 'x', MIB);
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 2);
    for (int i = 0; i < ALL; i++) {
        body[0] = (char)('a' + i);
        cr_expect_eq(put_as(VERDICT_GENUINE, "wh_1", body, MIB).id, id);
    }
    struct delivery delivery = load(id);
    cr_expect_eq(delivery.attempts, 2 + ALL);
    cr_assert_eq(delivery.repeats.count, FIT);
    for (int i = 0; i < FIT; i++) {
        char *kept = NULL;
        size_t length;
        cr_expect_eq(delivery.repeats.items[i].number, 2 + ALL - FIT + 1 + i);
        cr_assert(store_load_attempt_body(store, id, delivery.repeats.items[i].number, &kept,
                                          &length, NULL));
        cr_expect(length == MIB && kept[0] == 'a' + ALL - FIT + i);
        free(kept);
    }
    delivery_clear(&delivery);
    free(body);
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 3 + ALL, "one without costs nothing");
    delivery = load(id);
    cr_expect_eq(delivery.repeats.count, FIT + 1);
    delivery_clear(&delivery);
}

Test(store_attempts, each_has_its_own_time_to_answer)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_assert_eq(put_genuine("wh_1", "{}").attempts, 2);
    cr_expect(store_set_answer_time(store, id, 1, 11, NULL)); /* after the repeat was counted */
    cr_expect(store_set_answer_time(store, id, 2, 22, NULL));
    cr_expect(store_set_answer_time(store, id, 3, 33, NULL)); /* which is not there */
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 3);
    struct delivery delivery = load(id);
    cr_expect_eq(delivery.answer_us, 11);
    cr_expect_eq(delivery.attempts, 3);
    cr_expect_eq(delivery.repeats.items[0].answer_us, 22);
    cr_expect_eq(delivery.repeats.items[1].answer_us, -1);
    delivery_clear(&delivery);
}

/* --- what is not genuine --------------------------------------------------------------- */

Test(store_attempts, what_is_not_genuine_merges_with_nothing)
{
    static const enum verdict verdicts[] = {VERDICT_NO_HEADER, VERDICT_BAD_HEADER,
                                            VERDICT_NO_KEY,    VERDICT_WRONG_SIGNATURE,
                                            VERDICT_STALE,     VERDICT_FUTURE};
    enum { VERDICTS = sizeof verdicts / sizeof verdicts[0] };
    for (size_t i = 0; i < VERDICTS; i++) /* before the genuine one, and after */
        cr_expect_eq(put_as(verdicts[i], "wh_1", "{}", 2).attempts, 1);
    struct put genuine = put_genuine("wh_1", "{}");
    cr_expect_eq(genuine.attempts, 1);
    for (size_t i = 0; i < VERDICTS; i++) {
        struct put refused = put_as(verdicts[i], "wh_1", "{}", 2);
        cr_expect_neq(refused.id, genuine.id);
        cr_expect_eq(refused.attempts, 1);
    }
    cr_expect_eq(counts().deliveries, 2 * VERDICTS + 1);
    cr_expect_eq(counts().genuine, 1);
    cr_expect_eq(counts().repeats, 0);
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 2);
    /* Of each: the body, "X-Webhook-Signature\0t=7,v0=AA==\0", "/hooks" and "wh_1". */
    cr_expect_eq(counts().refused_bytes, (int64_t)(2 * VERDICTS * (2 + 20 + 12 + 6 + 4)));
}

/* --- the file itself --------------------------------------------------------------------- */

#define INSERT_RAW(verdict, key)                                                                   \
    "INSERT INTO deliveries (received_ms, verdict, answer_status, sequence, event_id, peer, "      \
    "method, target, reason, headers, body, event_key) VALUES (1, " verdict ", 200, -1, 'wh_1', "  \
    "'', '', '', '', x'', x'', " key ")"

Test(store_attempts, the_file_takes_no_second_row_from_anyone)
{
    cr_expect_eq(run(INSERT_RAW("0", "5")), SQLITE_OK);
    cr_expect_eq(run(INSERT_RAW("0", "5")) & 0xff, SQLITE_CONSTRAINT);
    cr_expect_eq(run("INSERT INTO event_keys_1 SELECT * FROM event_keys_0;"
                     "DELETE FROM event_keys_0"),
                 SQLITE_OK);
    cr_expect_eq(run(INSERT_RAW("0", "5")) & 0xff, SQLITE_CONSTRAINT);
    cr_expect_eq(run("INSERT INTO event_keys_2 SELECT * FROM event_keys_1;"
                     "DELETE FROM event_keys_1"),
                 SQLITE_OK);
    cr_expect_eq(run(INSERT_RAW("0", "5")) & 0xff, SQLITE_CONSTRAINT);
    cr_expect_eq(run(INSERT_RAW("0", "NULL")) & 0xff, SQLITE_CONSTRAINT);
    cr_expect_eq(run(INSERT_RAW("3", "5")) & 0xff, SQLITE_CONSTRAINT);
    cr_expect_eq(query("SELECT count(*) FROM deliveries"), 1);
    cr_expect_eq(run(INSERT_RAW("3", "NULL")), SQLITE_OK);
}

Test(store_attempts, an_event_is_found_wherever_its_key_has_gone)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_expect_eq(run("INSERT INTO event_keys_1 SELECT * FROM event_keys_0;"
                     "DELETE FROM event_keys_0"),
                 SQLITE_OK);
    cr_expect_eq(put_genuine("wh_1", "{}").id, id);
    cr_expect_eq(run("INSERT INTO event_keys_2 SELECT * FROM event_keys_1;"
                     "DELETE FROM event_keys_1"),
                 SQLITE_OK);
    cr_expect_eq(put_genuine("wh_1", "{}").id, id);
}

Test(store_attempts, two_events_with_one_key_are_two_rows)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    int64_t key;
    char sql[160];
    cr_assert(store_event_key("wh_2", NULL, 0, &key));
    (void)snprintf(sql, sizeof sql, "UPDATE event_keys_0 SET key = %lld", (long long)key);
    cr_assert_eq(run(sql), SQLITE_OK); /* as if both ids led to one number */
    struct put other = put_genuine("wh_2", "{}");
    cr_expect_neq(other.id, id);
    cr_expect_eq(other.attempts, 1);
    cr_expect_eq(put_genuine("wh_2", "{}").id, other.id);
    cr_expect_eq(counts().repeats, 1);
}

Test(store_attempts, the_key_of_a_row_that_is_gone_is_free)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_assert_eq(run("DELETE FROM deliveries"), SQLITE_OK);
    struct put again = put_genuine("wh_1", "{}");
    cr_expect_gt(again.id, id);
    cr_expect_eq(again.attempts, 1);
    cr_expect_eq(put_genuine("wh_1", "{}").id, again.id);
}

/* A row of a verdict that is not known counts as not genuine (store_read_summary). */
Test(store_attempts, a_row_that_was_tampered_with_is_no_events)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_assert_eq(run("UPDATE deliveries SET verdict = 99"), SQLITE_OK);
    cr_expect_neq(put_genuine("wh_1", "{}").id, id);
}

/* Found by tests/fuzz/store_rows.c. */
Test(store_attempts, a_number_that_was_tampered_with_does_not_make_attempts_fewer_than_one)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 2);
    cr_assert_eq(run("UPDATE delivery_notes SET attempts = -7; DELETE FROM attempts"), SQLITE_OK);
    struct put again = put_genuine("wh_1", "{}");
    cr_expect_eq(again.id, id);
    cr_expect_eq(again.attempts, 2);
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 3);
}

/* Found by tests/fuzz/store_rows.c: text is more than any number, and may be one below 1. */
Test(store_attempts, a_number_that_became_text_does_not_make_attempts_fewer_than_one)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 2);
    store_close(store);
    place_execute_in_file("PRAGMA writable_schema = ON;"
                          "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')"
                          "  WHERE name = 'delivery_notes'");
    store = place_open(STORE_WRITE);
    cr_assert_eq(run("UPDATE delivery_notes SET attempts = CAST(' -7' AS BLOB);"
                     "DELETE FROM attempts"),
                 SQLITE_OK);
    struct put again = put_genuine("wh_1", "{}");
    cr_expect_eq(again.id, id);
    cr_expect_eq(again.attempts, 2);
    cr_expect_eq(put_genuine("wh_1", "{}").attempts, 3);
}

Test(store_attempts, a_rollback_takes_attempts_back)
{
    int64_t id = put_genuine("wh_1", "{}").id;
    struct delivery again = {.event_id = "wh_1", .body = "{}", .body_length = 2};
    cr_assert(store_begin(store, NULL) && store_insert_delivery(store, &again, NULL));
    store_rollback(store);
    struct delivery delivery = load(id);
    cr_expect_eq(delivery.attempts, 1);
    cr_expect_eq(delivery.repeats.count, 0);
    cr_expect_eq(counts().repeats, 0);
    delivery_clear(&delivery);
}
