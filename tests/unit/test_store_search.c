/* The search index, and searches by it and without it: what they find is what reading every row
   finds. */
#include "api/delivery_query.h"
#include "api/segment.h"
#include "api/store_file.h"
#include "api/store_index.h"
#include "api/store_private.h"
#include "api/store_search.h"
#include "tests/bench/store_fill.h"
#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define NOW_MS INT64_C(1714672099465)

enum { ROWS = 2 * SEGMENT_ROWS + 700 };

static struct query query;

static void set_up(void)
{
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    tzset();
    place_make();
}

TestSuite(store_search, .init = set_up, .fini = place_remove, .timeout = 120);

static void fill(size_t rows)
{
    struct store_fill how = {.seed = 3, .rows = rows, .newest_ms = NOW_MS, .step_ms = 1000};
    struct error error = {0};
    cr_assert(store_fill(place.path, &how, &error), "%s", error.message);
}

static struct store *open_store(enum store_mode mode)
{
    struct error error = {0};
    struct store *store = store_open(place.path, mode, &error);
    cr_assert(store != NULL, "%s", error.message);
    return store;
}

static void put(const char *body, size_t length, enum verdict verdict)
{
    struct store *store = open_store(STORE_WRITE);
    struct delivery delivery = {.received_ms = NOW_MS,
                                .target = (char *)"/hooks/x",
                                .body = (char *)body,
                                .body_length = length,
                                .verdict = verdict,
                                .answer_status = verdict == VERDICT_GENUINE ? 200 : 400,
                                .sequence = -1};
    cr_assert(store_begin(store, NULL));
    cr_assert(store_insert_delivery(store, &delivery, NULL));
    cr_assert(store_commit(store, NULL));
    store_close(store);
}

static void execute(const char *sql)
{
    struct store *store = open_store(STORE_WRITE);
    cr_assert_eq(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(store->db));
    store_close(store);
}

static int64_t number(const char *sql)
{
    struct store *store = open_store(STORE_READ);
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    store_close(store);
    return value;
}

/* Steps to the end; returns how many steps had something to do. */
static int index_all(void)
{
    struct error error = {0};
    struct store_index *index = store_index_open(place.path, &error);
    cr_assert(index != NULL, "%s", error.message);
    int steps = 0;
    enum store_index_result result;
    while ((result = store_index_step(index, &error)) == STORE_INDEX_MORE)
        steps++;
    cr_assert_eq(result, STORE_INDEX_IDLE, "%s", error.message);
    store_index_close(index);
    return steps;
}

/* --- what a search found ------------------------------------------------------------- */

struct hits {
    int64_t ids[ROWS + 100];
    size_t count;
    size_t reports;
    size_t stop_after_reports; /* 0: never */
    size_t stop_after_hits;
    const struct store_search_progress *progress;
};

static struct hits hits;
static struct store_search_progress progress;

static bool take_hit(const struct delivery *summary, void *context)
{
    struct hits *taken = context;
    cr_assert(summary->body == NULL && summary->id > 0);
    taken->ids[taken->count++] = summary->id;
    return taken->stop_after_hits == 0 || taken->count < taken->stop_after_hits;
}

static bool take_report(const struct store_search_progress *now, void *context)
{
    struct hits *taken = context;
    cr_assert_leq(now->oldest_id, now->newest_id + 1);
    taken->reports++;
    return taken->stop_after_reports == 0 || taken->reports < taken->stop_after_reports;
}

static void parse(const char *text)
{
    struct query_error wrong;
    cr_assert(query_parse(text, strlen(text), QUERY_ARRIVALS, NOW_MS, &query, &wrong), "%s: %s",
              text, wrong.message);
}

static enum store_search_result search_for(const char *text, int64_t above, size_t limit)
{
    struct error error = {0};
    parse(text);
    hits.count = hits.reports = 0;
    struct store *store = open_store(STORE_READ);
    struct store_search search = {.query = &query,
                                  .above = above,
                                  .limit = limit,
                                  .found = take_hit,
                                  .progress = take_report,
                                  .context = &hits};
    enum store_search_result result = store_search(store, &search, &progress, &error);
    cr_assert_neq(result, STORE_SEARCH_FAILED, "%s: %s", text, error.message);
    store_close(store);
    return result;
}

/* Reads every row, newest first. */
static size_t brute_force(int64_t above, int64_t *ids)
{
    struct store *store = open_store(STORE_READ);
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    cr_assert_eq(sqlite3_prepare_v2(store->db,
                                    "SELECT " STORE_SEARCHED_COLUMNS
                                    ", (SELECT answer_status FROM delivery_notes WHERE "
                                    "delivery_id = d.id) FROM deliveries d WHERE d.id > ?1 "
                                    "ORDER BY d.id DESC",
                                    -1, &statement, NULL),
                 SQLITE_OK);
    (void)sqlite3_bind_int64(statement, 1, above);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct delivery delivery = store_read_searched(statement);
        struct delivery_subject subject;
        int last = sqlite3_column_count(statement) - 1;
        if (sqlite3_column_type(statement, last) != SQLITE_NULL)
            delivery.answer_status = sqlite3_column_int(statement, last);
        delivery_subject(&delivery, &subject);
        if (query_matches(&query, &subject.subject))
            ids[count++] = delivery.id;
    }
    (void)sqlite3_finalize(statement);
    store_close(store);
    return count;
}

static void expect_as_read(const char *text, int64_t above)
{
    static int64_t ids[ROWS + 100];
    cr_expect_eq(search_for(text, above, SIZE_MAX), STORE_SEARCH_WHOLE);
    size_t count = brute_force(above, ids);
    cr_expect_eq(hits.count, count, "%s: found %zu of %zu", text, hits.count, count);
    cr_expect_eq(memcmp(hits.ids, ids, count * sizeof ids[0]), 0, "%s", text);
    cr_expect_eq(progress.found, hits.count);
    cr_expect_leq(progress.oldest_id, above + 1);
}

static const char *const QUERIES[] = {
    "",
    "amount",
    "AMOUNT",
    "payment_processed",
    "!payment_processed",
    "type:transfer",
    "!type:transfer",
    "category:customer",
    "!category:customer,transfer",
    "status:payment_processed,approved",
    "endpoint:bench_3 amount !verified",
    "path:/hooks/2",
    "id:wh",
    "!id:wh",
    "object:a",
    "!object:1",
    "verified",
    "!verified",
    "verdict:not-genuine,stale",
    "answer:4xx",
    "!answer:400",
    "answer:>200",
    "size:>1kB",
    "size:<800 type:card",
    "!size:>1kB",
    "since:30m",
    "since:30m until:10m",
    "!since:30m",
    "until:1h amount",
    "ab",
    "z",
    "!ab",
    "\"\\\"status\\\":\"",
    "abc",
    "!abc",
    "dead",
    "none_of_them_has_this",
    "!none_of_them_has_this",
    "reason:keys",
    "from:127.0.0.1",
    "made by its key",
    "\"not genuine\"",
    "!hooks",
    "!hooks/3 bench",
    "!genuine",
    "!transfer amount",
    "!not",
    "sta",
    "!sta",
    "id:sta",
    "nowhere_to_be_found amount",
};

Test(store_search, finds_what_reading_every_row_finds_with_and_without_an_index)
{
    fill(ROWS);
    put("{\"name\":\"\xc3\x9cnal ACME\"}", 22, VERDICT_STALE);
    put("", 0, VERDICT_NO_HEADER);
    put("\x00\xff\x80 noise", 9, VERDICT_NO_HEADER);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sizeof QUERIES / sizeof QUERIES[0]; i++)
            expect_as_read(QUERIES[i], 0);
        expect_as_read("amount", SEGMENT_ROWS + 5);
        expect_as_read("!amount", ROWS);
        expect_as_read("amount", ROWS + 50);
        expect_as_read("acme", 0);
        cr_expect_eq(hits.count, 1u);
        if (pass == 0)
            cr_expect_gt(index_all(), 10);
    }
    cr_expect_eq(number("SELECT count(*) FROM search_segments"), 2);
}

/* An application's own answer comes after the row, and after the index. */
Test(store_search, what_was_answered_later_is_found_by_that_answer)
{
    static const char *const ANSWERS[] = {"answer:500",         "answer:5xx amount", "answer:200",
                                          "!answer:200",        "!answer:5xx",       "answer:>200",
                                          "answer:503 !amount", "answer:404"};
    static const int64_t LATE[] = {1, 7, SEGMENT_ROWS, SEGMENT_ROWS + 1, ROWS};
    fill(ROWS);
    for (int pass = 0; pass < 3; pass++) {
        struct store *store = open_store(STORE_WRITE);
        for (size_t i = 0; pass != 1 && i < sizeof LATE / sizeof *LATE; i++)
            cr_assert(store_set_answer_status(store, LATE[i] + pass, 1, i % 2 ? 503 : 500, NULL));
        store_close(store);
        for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++)
            expect_as_read(ANSWERS[i], 0);
        expect_as_read("answer:5xx", 0);
        cr_expect_eq(hits.count, pass < 2 ? 5u : 9u, "%zu", hits.count);
        if (pass == 0)
            cr_expect_gt(index_all(), 0);
    }
}

/* Words cut out of the bodies themselves, from anywhere. */
Test(store_search, finds_whatever_stands_in_a_body)
{
    fill(SEGMENT_ROWS + 50);
    (void)index_all();
    struct store *store = open_store(STORE_READ);
    unsigned random = 99;
    for (int round = 0; round < 60; round++) {
        random = random * 1103515245u + 12345u;
        struct delivery delivery;
        int64_t id = random / 65536u % (SEGMENT_ROWS + 50) + 1;
        cr_assert(store_load_delivery(store, id, &delivery, NULL));
        random = random * 1103515245u + 12345u;
        size_t length = random / 65536u % 30 + 1;
        size_t at = random / 7u % (delivery.body_length - length);
        char text[80] = "\"";
        size_t used = 1;
        for (size_t i = 0; i < length; i++) {
            if (strchr("\"\\", delivery.body[at + i]) != NULL)
                text[used++] = '\\';
            text[used++] = delivery.body[at + i];
        }
        text[used++] = '"';
        text[used] = '\0';
        delivery_clear(&delivery);
        expect_as_read(text, 0);
        bool there = false;
        for (size_t i = 0; i < hits.count; i++)
            there = there || hits.ids[i] == id;
        cr_expect(there, "%s is not found in %lld", text, (long long)id);
    }
    store_close(store);
}

/* --- making the index ------------------------------------------------------------------- */

Test(store_search, a_segment_is_indexed_when_it_is_whole)
{
    fill(SEGMENT_ROWS - 1);
    cr_expect_eq(index_all(), 0);
    put("x", 1, VERDICT_GENUINE);
    cr_expect_gt(index_all(), 0);
    cr_expect_eq(number("SELECT count(*) FROM search_segments"), 1);
    cr_expect_eq(index_all(), 0);
}

Test(store_search, a_row_that_is_larger_than_a_slice_is_indexed_in_parts)
{
    enum { LARGE = 1024 * 1024 };
    char *body = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        body[i] = (char)('a' + i % 7);
    memcpy(body + STORE_INDEX_SLICE_BYTES - 20, "NeedleAtACut", 12);
    memcpy(body + LARGE - 12, "NeedleAtEnd!", 12);
    put(body, LARGE, VERDICT_GENUINE);
    /* Across every place at which a slice may end. */
    for (size_t at = 100; at + 8 < LARGE; at += 1024)
        memcpy(body + at, "q9w8e7r6", 8);
    put(body, LARGE, VERDICT_GENUINE);
    free(body);
    fill(SEGMENT_ROWS);
    cr_expect_gt(index_all(), 2 * LARGE / STORE_INDEX_SLICE_BYTES);
    expect_as_read("needleatacut", 0);
    cr_expect_eq(hits.count, 2u);
    expect_as_read("needleatend!", 0);
    expect_as_read("q9w8e7r6", 0);
    cr_expect_eq(hits.count, 1u);
}

/* Retention deletes it between two slices, and the next row is shorter than what was read of it. */
Test(store_search, a_row_may_be_deleted_while_it_is_indexed_in_parts)
{
    enum { LARGE = 1024 * 1024, SLICES = 4 };
    char *body = malloc(LARGE);
    memset(body, 'x', LARGE);
    put(body, LARGE, VERDICT_GENUINE);
    free(body);
    put("{\"short\":\"NeedleBehind\"}", 24, VERDICT_GENUINE);
    fill(SEGMENT_ROWS);
    struct store_index *index = store_index_open(place.path, NULL);
    cr_assert(index != NULL);
    for (int i = 0; i < SLICES; i++)
        cr_assert_eq(store_index_step(index, NULL), STORE_INDEX_MORE);
    execute("DELETE FROM deliveries WHERE id = 1");
    while (store_index_step(index, NULL) == STORE_INDEX_MORE)
        continue;
    store_index_close(index);
    expect_as_read("needlebehind", 0);
    cr_expect_eq(hits.count, 1u);
    cr_expect_eq(number("SELECT count(*) FROM search_segments"), 1);
}

Test(store_search, noise_leaves_the_index_incomplete_and_the_results_whole)
{
    enum { LARGE = 900 * 1024 };
    char *body = malloc(LARGE);
    unsigned random = 1;
    for (size_t i = 0; i < LARGE; i++) {
        random = random * 1103515245u + 12345u;
        body[i] = (char)(random / 65536u);
    }
    put(body, LARGE, VERDICT_NO_KEY);
    free(body);
    fill(SEGMENT_ROWS);
    (void)index_all();
    cr_expect_eq(number("SELECT complete FROM search_segments"), 0);
    expect_as_read("payment_processed", 0);
    expect_as_read("verdict:no-key", 0);
    expect_as_read("!amount", 0);
}

Test(store_search, what_was_left_half_made_is_made_again)
{
    fill(SEGMENT_ROWS);
    struct store_index *index = store_index_open(place.path, NULL);
    cr_assert(index != NULL);
    while (number("SELECT count(*) FROM search_grams") == 0)
        cr_assert_eq(store_index_step(index, NULL), STORE_INDEX_MORE);
    store_index_close(index);
    cr_expect_eq(number("SELECT count(*) FROM search_segments"), 0);
    execute("INSERT INTO search_grams VALUES (5, x'FFFF')"); /* of a program that cut elsewhere */
    (void)index_all();
    cr_expect_eq(number("SELECT count(*) FROM search_grams WHERE key = 5"), 0);
    expect_as_read("amount", 0);
}

Test(store_search, a_file_that_is_locked_is_not_waited_for)
{
    fill(SEGMENT_ROWS);
    struct store_index *index = store_index_open(place.path, NULL);
    struct store *other = open_store(STORE_WRITE);
    struct error error = {0};
    cr_assert(store_begin(other, NULL));
    enum store_index_result result;
    while ((result = store_index_step(index, &error)) == STORE_INDEX_MORE)
        ;
    cr_expect_eq(result, STORE_INDEX_FAILED);
    cr_expect(strstr(error.message, "locked") != NULL, "%s", error.message);
    store_rollback(other);
    store_close(other);
    while ((result = store_index_step(index, &error)) == STORE_INDEX_MORE)
        ;
    cr_expect_eq(result, STORE_INDEX_IDLE);
    store_index_close(index);
    cr_expect_eq(number("SELECT count(*) FROM search_segments"), 1);
}

Test(store_search, two_programs_may_make_the_same_segment)
{
    fill(SEGMENT_ROWS);
    struct store_index *one = store_index_open(place.path, NULL);
    struct store_index *other = store_index_open(place.path, NULL);
    enum store_index_result a = STORE_INDEX_MORE;
    enum store_index_result b = STORE_INDEX_MORE;
    while (a == STORE_INDEX_MORE || b == STORE_INDEX_MORE) {
        a = store_index_step(one, NULL);
        b = store_index_step(other, NULL);
    }
    cr_expect_eq(a, STORE_INDEX_IDLE);
    cr_expect_eq(b, STORE_INDEX_IDLE);
    store_index_close(one);
    store_index_close(other);
    cr_expect_eq(number("SELECT count(*) FROM search_segments"), 1);
    expect_as_read("payment_processed", 0);
}

/* --- an index that is not to be trusted ---------------------------------------------------- */

Test(store_search, a_damaged_index_hides_nothing_that_it_does_not_deny)
{
    fill(SEGMENT_ROWS);
    (void)index_all();
    execute("UPDATE search_segments SET facets = x'FFFFFFFFFF'");
    expect_as_read("type:transfer !status:payment_processed answer:4xx !verified", 0);
    execute("UPDATE search_grams SET grams = substr(grams, 1, 1)");
    (void)search_for("amount", 0, SIZE_MAX);
    execute("UPDATE search_grams SET grams = randomblob(3000)");
    (void)search_for("amount payment !status", 0, SIZE_MAX);
    execute("UPDATE search_segments SET facets = randomblob(3000)");
    (void)search_for("type:transfer !status:payment_processed", 0, SIZE_MAX);
    execute("DELETE FROM search_segments; DELETE FROM search_grams");
    expect_as_read("amount", 0);
    cr_expect_gt(index_all(), 0);
    expect_as_read("amount", 0);
}

Test(store_search, a_store_without_its_tables_is_an_error_that_names_it)
{
    fill(10);
    execute("DROP TABLE search_grams");
    struct store *store = open_store(STORE_READ);
    struct error error = {0};
    parse("amount");
    struct store_search search = {.query = &query, .limit = 1, .found = take_hit, .context = &hits};
    cr_expect_eq(store_search(store, &search, &progress, &error), STORE_SEARCH_FAILED);
    cr_expect(strstr(error.message, place.path) != NULL, "%s", error.message);
    store_close(store);
}

/* --- what is read --------------------------------------------------------------------------- */

struct pages {
    struct store *store;
    size_t hits;
    int at_first_hit;
};

/* Pages that were read from the file so far. */
static int pages_read(struct store *store)
{
    int now = 0;
    int highest = 0;
    cr_assert_eq(sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_MISS, &now, &highest, 0),
                 SQLITE_OK);
    return now;
}

static bool note_pages(const struct delivery *summary, void *context)
{
    struct pages *pages = context;
    (void)summary;
    if (pages->hits++ == 0)
        pages->at_first_hit = pages_read(pages->store);
    return true;
}

/* Returns how many pages the whole search read. */
static int search_pages(const char *text, struct pages *pages)
{
    struct error error = {0};
    parse(text);
    *pages = (struct pages){.store = open_store(STORE_READ)};
    struct store_search search = {
        .query = &query, .limit = SIZE_MAX, .found = note_pages, .context = pages};
    cr_expect_eq(store_search(pages->store, &search, &progress, &error), STORE_SEARCH_WHOLE, "%s",
                 error.message);
    int all = pages_read(pages->store);
    store_close(pages->store);
    return all;
}

enum { FEW_PAGES = 16 }; /* of about five rows each, and what leads to them */

Test(store_search, the_newest_results_are_told_before_much_is_read)
{
    static const char *const FOUND_AT_ONCE[] = {"amount", "type:.", "", "!none_of_them_has_this"};
    struct pages pages;
    fill(ROWS);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < sizeof FOUND_AT_ONCE / sizeof FOUND_AT_ONCE[0]; i++) {
            int all = search_pages(FOUND_AT_ONCE[i], &pages);
            cr_expect_gt(pages.hits, SEGMENT_ROWS, "%s", FOUND_AT_ONCE[i]);
            cr_expect_leq(pages.at_first_hit, FEW_PAGES, "%s", FOUND_AT_ONCE[i]);
            cr_expect_gt(all, 10 * FEW_PAGES, "%s", FOUND_AT_ONCE[i]);
        }
        if (pass == 0) /* without an index, then with a rest that has none, then with all of it */
            (void)index_all();
        else if (pass == 1) {
            fill(SEGMENT_ROWS - ROWS % SEGMENT_ROWS);
            (void)index_all();
        }
    }
}

/* A word of three bytes, and one that stands in a column of few values, in every row. */
Test(store_search, what_the_index_denies_of_every_row_is_not_read)
{
    static const char *const DENIED[] = {"!sta", "!hooks", "!bench_", "nowhere_to_be_found"};
    struct pages pages;
    fill(2 * SEGMENT_ROWS);
    (void)index_all();
    for (size_t i = 0; i < sizeof DENIED / sizeof DENIED[0]; i++) {
        int all = search_pages(DENIED[i], &pages);
        cr_expect_eq(pages.hits, 0u, "%s", DENIED[i]);
        cr_expect_leq(all, 2 * FEW_PAGES, "%s: %d pages", DENIED[i], all);
    }
}

/* --- ends ------------------------------------------------------------------------------------ */

Test(store_search, stops_at_its_limit_newest_first)
{
    fill(SEGMENT_ROWS + 10);
    (void)index_all();
    cr_expect_eq(search_for("", 0, 25), STORE_SEARCH_STOPPED);
    cr_expect_eq(hits.count, 25u);
    for (size_t i = 0; i < 25; i++)
        cr_expect_eq(hits.ids[i], (int64_t)(SEGMENT_ROWS + 10 - i));
    cr_expect_eq(progress.oldest_id, (int64_t)(SEGMENT_ROWS + 10 - 24));
}

Test(store_search, is_cancelled_by_its_callbacks)
{
    fill(2 * SEGMENT_ROWS);
    (void)index_all();
    hits.stop_after_hits = 3;
    cr_expect_eq(search_for("", 0, SIZE_MAX), STORE_SEARCH_STOPPED);
    cr_expect_eq(hits.count, 3u);
    hits.stop_after_hits = 0;
    hits.stop_after_reports = 1;
    cr_expect_eq(search_for("none_of_them_has_this", 0, SIZE_MAX), STORE_SEARCH_STOPPED);
    cr_expect_eq(hits.reports, 1u);
    cr_expect_gt(progress.oldest_id, 1);
    cr_expect_eq(search_for("!wh_", 0, SIZE_MAX), STORE_SEARCH_STOPPED); /* reads every row */
    cr_expect_geq(progress.oldest_id, (int64_t)SEGMENT_ROWS);
    hits.stop_after_reports = 0;
}

Test(store_search, an_empty_store_is_searched_at_once)
{
    struct store *store = open_store(STORE_WRITE);
    store_close(store);
    cr_expect_eq(search_for("amount", 0, 10), STORE_SEARCH_WHOLE);
    cr_expect_eq(hits.count, 0u);
}

/* A writer goes on while a search reads. */
Test(store_search, does_not_see_rows_that_come_after_it_began)
{
    fill(SEGMENT_ROWS);
    cr_expect_eq(search_for("", SEGMENT_ROWS, 10), STORE_SEARCH_WHOLE);
    cr_expect_eq(hits.count, 0u);
    put("{}", 2, VERDICT_GENUINE);
    cr_expect_eq(search_for("", SEGMENT_ROWS, 10), STORE_SEARCH_WHOLE);
    cr_expect_eq(hits.count, 1u);
}
