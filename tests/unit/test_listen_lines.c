/* The lines of the receiver: of what came once, and again. */
#include "tui/listen_lines.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024 };

static const int64_t FIRST_MS = INT64_C(1700000000000);

static struct store *store;
static struct listen_lines lines;
static struct buffer text;

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
    lines = (struct listen_lines){.store_path = place.path};
    buffer_init(&text, TEXT_MAX);
}

static void tear_down(void)
{
    buffer_clear(&text);
    listen_lines_close(&lines);
    store_close(store);
    place_remove();
}

TestSuite(listen_lines, .init = set_up, .fini = tear_down, .timeout = 60);

/* Of one event; the target names a person. */
static int64_t put(int64_t received_ms, const char *peer, const char *webhook_id)
{
    struct error error;
    struct delivery delivery = {.received_ms = received_ms,
                                .peer = (char *)peer,
                                .target = (char *)"/hooks?email=ann@example.com",
                                .webhook_id = (char *)webhook_id,
                                .event_id = (char *)"wh_1",
                                .event_type = (char *)"transfer.created",
                                .body = (char *)"{}",
                                .body_length = 2,
                                .verdict = VERDICT_GENUINE,
                                .answer_status = 200};
    place_begin(store);
    cr_assert(store_insert_delivery(store, &delivery, &error), "%s", error.message);
    place_commit(store);
    return delivery.id;
}

static void add(int64_t id, int64_t attempt)
{
    const struct inbox_answer answer = {.attempt = attempt, .status = 200, .answer_us = 1500};
    cr_assert(listen_lines_row(&lines, &text, id, &answer, 0));
}

/* It came twice, a minute apart. */
static const char *both(bool json, bool masked)
{
    int64_t id = put(FIRST_MS, "203.0.113.7:1", "wep_1");
    cr_assert_eq(put(FIRST_MS + 60000, "203.0.113.8:2", "wep_2"), id);
    lines.json = json;
    lines.masked = masked;
    add(id, 1);
    add(id, 2);
    return text.data;
}

Test(listen_lines, each_attempt_is_told_as_it_came)
{
    cr_expect_str_eq(
        both(false, false),
        "2023-11-14T22:13:20.000Z verified transfer.created wh_1 "
        "/hooks?email=ann@example.com from 203.0.113.7:1 (2 B, 200 in 1.5 ms)\n"
        "2023-11-14T22:14:20.000Z verified transfer.created wh_1 "
        "/hooks?email=ann@example.com from 203.0.113.8:2 (2 B, 200 in 1.5 ms) attempt 2\n");
}

Test(listen_lines, a_line_for_a_person_is_masked)
{
    const char *made = both(false, true);
    cr_expect_not_null(strstr(made, "/hooks?email="), "%s", made);
    cr_expect_null(strstr(made, "ann"), "%s", made);
}

Test(listen_lines, a_repeat_says_when_from_where_and_for_whom)
{
    const char *repeat = strstr(both(true, true), "{\"kind\":\"repeat\"");
    cr_assert_not_null(repeat);
    cr_expect_not_null(strstr(repeat, "\"event_id\":\"wh_1\","
                                      "\"received_at\":\"2023-11-14T22:14:20.000Z\","
                                      "\"endpoint\":\"wep_2\",\"peer\":\"203.0.113.8:2\","
                                      "\"target\":\"/hooks?email="),
                       "%s", repeat);
    cr_expect_null(strstr(repeat, "ann"), "%s", repeat);
}

/* Its attempts are bounded: of one that is not kept any more, nothing is made up. */
Test(listen_lines, what_is_not_kept_of_an_attempt_is_null)
{
    lines.json = true;
    add(put(FIRST_MS, "203.0.113.7:1", "wep_1"), 2);
    cr_expect_not_null(strstr(text.data, "\"received_at\":null,\"endpoint\":null,"
                                         "\"peer\":null,\"target\":null,\"attempts\":2"),
                       "%s", text.data);
}
