/* Marks: which rows have one, how long they last, and what is sent of them. */
#include "tests/unit/app_driver.h"

#include "tui/marks.h"
#include "tui/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the set ---------------------------------------------------------------------- */

Test(marks, a_set_holds_each_key_once)
{
    struct marks marks = {0};
    cr_expect(marks_put(&marks, "b"));
    cr_expect(marks_put(&marks, "a"));
    cr_expect(marks_put(&marks, "b"));
    cr_expect_eq(marks.count, 2U);
    cr_expect(marks_has(&marks, "a"));
    cr_expect_not(marks_has(&marks, "ab"));
    marks_drop(&marks, "ab");
    marks_drop(&marks, "a");
    cr_expect_eq(marks.count, 1U);
    cr_expect_not(marks_has(&marks, "a"));
    marks_clear(&marks);
    cr_expect_not(marks_has(&marks, "b"));
}

Test(marks, a_set_is_bounded)
{
    struct marks marks = {0};
    char key[16];
    for (int i = 0; i < MARKS_MAX; i++) {
        (void)snprintf(key, sizeof key, "%d", i * 7919 % MARKS_MAX);
        cr_assert(marks_put(&marks, key));
    }
    cr_expect_not(marks_put(&marks, "one more"));
    cr_expect(marks_put(&marks, "7"), "what is marked stays so");
    cr_expect_eq(marks.count, (size_t)MARKS_MAX);
    for (size_t i = 1; i < marks.count; i++)
        cr_assert_lt(strcmp(marks.keys[i - 1], marks.keys[i]), 0);
    marks_clear(&marks);
}

/* --- in a list ---------------------------------------------------------------------- */

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 100, .height = 30, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(list_marks, .init = start, .fini = stop);

static bool shows(const char *text)
{
    return driver_shows(&driver, text);
}

static size_t marked(enum pane pane)
{
    return list_mark_count(driver.app, pane);
}

Test(list_marks, space_marks_and_moves_on)
{
    driver_keys(&driver, " ");
    cr_expect(list_marked(driver.app, PANE_ENDPOINTS, "wep_pay1"));
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].selected, "wep_card2");
    cr_expect(shows("1 Endpoints · 1 marked"), "%s", driver_screen(&driver));
    cr_expect(shows("│■● stuck"), "%s", driver_screen(&driver));
    driver_keys(&driver, "k ");
    cr_expect_eq(marked(PANE_ENDPOINTS), 0U);
    cr_expect_not(shows("marked"));
}

/* It drew rows of the endpoint before, which the new one has not. */
Test(list_marks, space_in_pane_1_moves_panes_2_and_3_along)
{
    driver_keys(&driver, "1 ");
    cr_expect_eq(driver.app->lists[PANE_UPCOMING].count, 0U);
    cr_expect_eq(driver.app->lists[PANE_DELIVERIES].count, 0U);
    cr_expect_not_null(driver_effect(&driver, EFFECT_FOCUS));
    (void)driver_screen(&driver);
}

Test(list_marks, a_star_marks_what_the_filter_shows_and_takes_it_back)
{
    driver_keys(&driver, "/pa<enter>*");
    cr_expect_eq(marked(PANE_ENDPOINTS), 2U);
    driver_keys(&driver, "<esc>*");
    cr_expect_eq(marked(PANE_ENDPOINTS), 4U, "all are, where some were not");
    driver_keys(&driver, "/pa<enter>*");
    cr_expect_eq(marked(PANE_ENDPOINTS), 2U, "those that are hidden stay");
    cr_expect(list_marked(driver.app, PANE_ENDPOINTS, "wep_kyc3"));
}

Test(list_marks, they_are_walked_in_order)
{
    driver_keys(&driver, "4g j ");
    size_t walked[4];
    size_t count = 0;
    for (size_t i = 0; list_mark_next(driver.app, PANE_LIVE, &i) && count < 4; i++)
        walked[count++] = i;
    cr_assert_eq(count, 2U);
    cr_expect_eq(walked[0], 0U);
    cr_expect_eq(walked[1], 2U);
}

Test(list_marks, they_stay_while_rows_come_and_go_with_theirs)
{
    driver_keys(&driver, "4g ");
    for (int i = 10; i < 10 + STATE_LIVE_MAX - 4; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    cr_expect_eq(marked(PANE_LIVE), 1U);
    for (int i = 0; i < 2; i++)
        driver_arrive(&driver, 5000 + i, VERDICT_GENUINE);
    cr_expect_eq(marked(PANE_LIVE), 0U, "the row was the oldest, and made room");
}

Test(list_marks, another_endpoint_begins_without)
{
    driver_keys(&driver, "2 ");
    cr_expect_eq(marked(PANE_UPCOMING), 1U);
    driver_keys(&driver, "1jk");
    cr_expect_eq(marked(PANE_UPCOMING), 0U);
}

/* --- sending them -------------------------------------------------------------------- */

static const struct api_request *call(void)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_CALL);
    cr_assert_not_null(effect, "no call was made:\n%s", driver_screen(&driver));
    return &effect->request;
}

Test(list_marks, one_question_sends_all_one_after_another)
{
    driver_keys(&driver, "2*s");
    cr_expect(shows("Send 2 events"), "%s", driver_screen(&driver));
    cr_expect(shows("wep_pay1 · SANDBOX"));
    cr_expect(shows("y send all 2"));
    driver_keys(&driver, "y");
    cr_expect_str_eq(call()->event_id, "wh_a1");
    cr_expect_str_eq(call()->webhook_id, "wep_pay1");
    cr_expect(shows("sending 1 of 2 to wep_pay1"), "%s", driver_screen(&driver));
    driver_answer(&driver, API_OK, "");
    cr_expect_eq(marked(PANE_UPCOMING), 1U, "sent, so no longer marked");
    cr_expect_str_eq(call()->event_id, "wh_a2");
    cr_expect_null(driver_effect(&driver, EFFECT_REFRESH), "that comes at the end");
    driver_answer(&driver, API_OK, "");
    cr_expect_eq(marked(PANE_UPCOMING), 0U);
    cr_expect(shows("sent 2 events to wep_pay1"), "%s", driver_screen(&driver));
    cr_expect_not_null(driver_effect(&driver, EFFECT_REFRESH));
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
}

Test(list_marks, no_leaves_them_unsent_and_marked)
{
    driver_keys(&driver, "2*sn");
    cr_expect_eq(marked(PANE_UPCOMING), 2U);
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    driver_keys(&driver, "s");
    cr_expect(shows("Send 2 events"));
}

Test(list_marks, what_failed_stays_marked)
{
    driver_keys(&driver, "2*sy");
    driver_answer(&driver, API_REFUSED, "409 too soon");
    driver_answer(&driver, API_OK, "");
    cr_expect(shows("sent 1 of 2 events to wep_pay1; the others stay marked: 409 too soon"), "%s",
              driver_screen(&driver));
    cr_expect(list_marked(driver.app, PANE_UPCOMING, "wh_a1"));
    cr_expect_eq(marked(PANE_UPCOMING), 1U);
}

Test(list_marks, three_failures_in_a_row_are_the_end)
{
    for (int i = 4; i < 9; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    driver_keys(&driver, "4*sy");
    for (int i = 0; i < 3; i++)
        driver_answer(&driver, API_REFUSED, "401 no such key");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    cr_expect(shows("sent 0 of 8 events"), "%s", driver_screen(&driver));
    cr_expect_eq(marked(PANE_LIVE), 8U);
}

Test(list_marks, escape_stops_after_the_call_under_way)
{
    driver_keys(&driver, "2*sy");
    struct effects under_way = driver.effects;
    driver_keys(&driver, "<esc>");
    cr_expect(shows("then stopping"), "%s", driver_screen(&driver));
    driver_keys(&driver, "s");
    cr_expect(shows("still being sent"), "%s", driver_screen(&driver));
    driver.effects = under_way;
    driver_answer(&driver, API_OK, "");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    cr_expect(shows("stopped: 1 of 2 events are sent to wep_pay1"), "%s", driver_screen(&driver));
}

Test(list_marks, arrivals_go_to_their_own_endpoints_and_each_event_once)
{
    driver_arrive(&driver, 1, VERDICT_GENUINE); /* the same event again */
    driver_keys(&driver, "4*s");
    cr_expect(shows("Send 3 events"), "%s", driver_screen(&driver));
    driver_keys(&driver, "n1* s");
    cr_expect(shows("none of the 3 marked rows names an event to send"), "%s",
              driver_screen(&driver));
}

Test(list_marks, endpoints_send_their_first_upcoming_event)
{
    driver_keys(&driver, "1  s");
    cr_expect(shows("Send 1 event"), "%s", driver_screen(&driver));
    cr_expect(shows("1 marked row names no event that can be sent"), "%s", driver_screen(&driver));
    driver_keys(&driver, "y");
    cr_expect_str_eq(call()->event_id, "wh_a1");
}

Test(list_marks, more_than_can_be_sent_is_said)
{
    for (int i = 10; i < 10 + SEND_QUEUE_MAX; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    driver_keys(&driver, "4*s");
    cr_expect_not(driver.app->question.open);
    cr_expect(shows("203 rows are marked: at most 200 events go at once"), "%s",
              driver_screen(&driver));
}
