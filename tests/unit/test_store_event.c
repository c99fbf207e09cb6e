/* All that a store has of one event, and when a receiver ran for it. */
#include "api/store_event.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct store *store;
static struct event_record record;

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
}

static void tear_down(void)
{
    event_record_clear(&record);
    store_close(store);
    place_remove();
}

TestSuite(store_event, .init = set_up, .fini = tear_down, .timeout = 60);

static int64_t put(const char *event_id, enum verdict verdict, int64_t received_ms,
                   const char *body)
{
    struct delivery delivery = place_delivery(body, strlen(body), verdict);
    delivery.event_id = strdup(event_id);
    delivery.received_ms = received_ms;
    place_begin(store);
    int64_t id = place_insert(store, &delivery);
    place_commit(store);
    delivery_clear(&delivery);
    return id;
}

static void load(const char *event_id)
{
    struct error error = {0};
    event_record_clear(&record);
    cr_assert(store_load_event(store, event_id, &record, &error), "%s", error.message);
}

Test(store_event, its_row_with_its_attempts_and_what_only_names_it)
{
    (void)put("wh_0", VERDICT_GENUINE, 10, "{}");
    (void)put("wh_1", VERDICT_WRONG_SIGNATURE, 11, "{}");
    int64_t id = put("wh_1", VERDICT_GENUINE, 12, "{\"a\":1}");
    (void)put("wh_1", VERDICT_GENUINE, 13, "{\"a\":1}");
    (void)put("wh_1", VERDICT_STALE, 14, "{}");
    (void)put("wh_2", VERDICT_STALE, 15, "{}");
    load("wh_1");
    cr_expect(record.found);
    cr_expect_eq(record.delivery.id, id);
    cr_expect_str_eq(record.delivery.body, "{\"a\":1}");
    cr_expect_eq(record.delivery.attempts, 2);
    cr_assert_eq(record.delivery.repeats.count, 1);
    cr_expect_eq(record.delivery.repeats.items[0].received_ms, 13);
    cr_assert_eq(record.claim_count, 2);
    cr_expect_eq(record.claims[0].received_ms, 11);
    cr_expect_eq(record.claims[1].verdict, VERDICT_STALE);
    cr_expect_not(record.more_claims);
    cr_expect_eq(record.forwards.count, 0);
    cr_expect_eq(record.kept_from_ms, INT64_MIN);
}

Test(store_event, an_event_that_never_came)
{
    (void)put("wh_2", VERDICT_WRONG_SIGNATURE, 11, "{}");
    load("wh_1");
    cr_expect_not(record.found);
    cr_expect_eq(record.claim_count, 0);
    load("wh_2");
    cr_expect_not(record.found, "it only claims to be");
    cr_expect_eq(record.claim_count, 1);
}

Test(store_event, claims_are_bounded_the_newest_stay)
{
    for (int i = 0; i <= STORE_CLAIMS_MAX; i++)
        (void)put("wh_1", VERDICT_WRONG_SIGNATURE, 100 + i, "{}");
    load("wh_1");
    cr_expect_eq(record.claim_count, STORE_CLAIMS_MAX);
    cr_expect(record.more_claims);
    cr_expect_eq(record.claims[0].received_ms, 101);
}

Test(store_event, another_event_may_have_its_number)
{
    int64_t key, id = put("wh_2", VERDICT_GENUINE, 1, "{}");
    char sql[200];
    cr_assert(store_event_key("wh_1", NULL, 0, &key));
    (void)snprintf(sql, sizeof sql, "UPDATE event_keys_0 SET key = %lld WHERE id = %lld",
                   (long long)key, (long long)id);
    place_execute(store->db, sql);
    load("wh_1");
    cr_expect_not(record.found);
    int64_t own = put("wh_1", VERDICT_GENUINE, 2, "{}");
    load("wh_1");
    cr_expect(record.found);
    cr_expect_eq(record.delivery.id, own);
}

Test(store_event, what_was_deleted_bounds_what_can_be_known)
{
    (void)put("wh_1", VERDICT_GENUINE, 10, "{}");
    (void)put("wh_2", VERDICT_GENUINE, 20, "{}");
    place_execute(store->db, "DELETE FROM deliveries WHERE id = 1");
    load("wh_2");
    cr_expect_eq(record.kept_from_ms, 20);
    place_execute(store->db, "DELETE FROM deliveries");
    load("wh_2");
    cr_expect_eq(record.kept_from_ms, INT64_MAX, "all went");
}

Test(store_event, its_claims_are_found_by_an_index_that_what_is_genuine_is_not_in)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_CLAIMS);
    char plan[400] = "", sql[1200];
    sqlite3_stmt *explain = NULL;
    (void)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", sqlite3_sql(statement));
    cr_assert_eq(sqlite3_prepare_v2(store->db, sql, -1, &explain, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(explain), SQLITE_ROW);
    (void)snprintf(plan, sizeof plan, "%s", (const char *)sqlite3_column_text(explain, 3));
    (void)sqlite3_finalize(explain);
    cr_expect(strstr(plan, "claims (event_id=?)") != NULL, "%s", plan);
}

/* --- when a receiver ran ------------------------------------------------------------ */

static struct store_period periods[STORE_PERIODS_KEPT];
static size_t count;

static void load_periods(void)
{
    struct error error = {0};
    cr_assert(store_load_periods(store, periods, &count, &error), "%s", error.message);
}

static void expect_period(size_t at, int64_t began_ms, int64_t until_ms, bool open)
{
    cr_assert_lt(at, count);
    cr_expect_eq(periods[at].began_ms, began_ms);
    cr_expect_eq(periods[at].until_ms, until_ms);
    cr_expect_eq(periods[at].open, open);
}

static int64_t begin(int64_t began_ms, int64_t now_ms)
{
    struct error error = {0};
    cr_assert(store_begin_period(store, &began_ms, now_ms, &error), "%s", error.message);
    return began_ms;
}

Test(store_event, periods_begin_and_end)
{
    load_periods();
    cr_expect_eq(count, 0);
    cr_expect_eq(begin(0, 100), 100);
    cr_expect_eq(begin(100, 150), 100, "it goes on");
    load_periods();
    cr_assert_eq(count, 1);
    expect_period(0, 100, 100, true);
    cr_assert(store_end_period(store, 100, 200, NULL));
    cr_expect_eq(begin(0, 300), 300);
    load_periods();
    cr_assert_eq(count, 2);
    expect_period(0, 100, 200, false);
    expect_period(1, 300, 300, true);
}

Test(store_event, a_receiver_that_was_killed_ran_up_to_its_last_row)
{
    (void)begin(0, 100);
    (void)put("wh_1", VERDICT_GENUINE, 170, "{}");
    load_periods();
    expect_period(0, 100, 170, true);
    (void)begin(0, 300);
    (void)put("wh_2", VERDICT_GENUINE, 400, "{}");
    load_periods();
    expect_period(0, 100, 170, false);
    expect_period(1, 300, 400, true);
}

Test(store_event, another_file_knows_of_no_receiver_before_it)
{
    cr_expect_eq(begin(100, 500), 500);
    load_periods();
    cr_assert_eq(count, 1);
    expect_period(0, 500, 500, true);
}

Test(store_event, periods_are_bounded_the_newest_stay)
{
    for (int64_t i = 1; i <= STORE_PERIODS_KEPT + 5; i++)
        (void)begin(0, i);
    load_periods();
    cr_expect_eq(count, STORE_PERIODS_KEPT);
    expect_period(0, 6, 6, false);
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM receiving"), STORE_PERIODS_KEPT);
}
