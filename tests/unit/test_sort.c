/* The order of rows, how times are shown, and rows that take more lines than one. */
#include "tests/unit/app_driver.h"

#include "tui/app_private.h"
#include "tui/rows.h"

#include <criterion/criterion.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 120, .height = 30, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(sort, .init = start, .fini = stop);

/* The keys of a pane's rows as shown, each followed by a blank. */
static const char *order(enum pane pane)
{
    static char text[1024];
    const struct list *list = &driver.app->lists[pane];
    char key[ROW_KEY_SIZE];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        rows_key(driver.app, pane, list->rows[i], key);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s ", key);
    }
    return text;
}

static void arrive(int number, size_t bytes, int64_t answer_us, const char *type)
{
    struct delivery delivery = {.id = number,
                                .received_ms = DRIVER_NOW_MS + number,
                                .body_length = bytes,
                                .answer_us = answer_us,
                                .verdict = VERDICT_GENUINE,
                                .event_type = (char *)type};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

/* Rows 1 to 3 are of the fixed account: 1,312 bytes, 850 µs, transfer.created. */
Test(sort, by_value_not_by_text)
{
    arrive(4, 9, 1000000, "Customer.created"); /* "9 B" and "1.0 s" as text come last and first */
    arrive(5, 20000, 2, "kyc");
    cr_assert(list_sort_by(driver.app, PANE_LIVE, "size"));
    cr_expect_str_eq(order(PANE_LIVE), "4 1 2 3 5 ");
    cr_assert(list_sort_by(driver.app, PANE_LIVE, "-ANSWER"));
    cr_expect_str_eq(order(PANE_LIVE), "4 1 2 3 5 ", "equals stay in the order of the data");
    cr_assert(list_sort_by(driver.app, PANE_LIVE, "ty"));
    cr_expect_str_eq(order(PANE_LIVE), "4 5 1 2 3 ", "text, in any case");
    cr_expect_not(list_sort_by(driver.app, PANE_LIVE, "nothing"));
    cr_expect_not(list_sort_by(driver.app, PANE_LIVE, ""));
    cr_expect_not(list_sort_by(driver.app, PANE_LIVE, "-"));
}

Test(sort, o_goes_from_column_to_column_and_the_head_shows_it)
{
    driver_keys(&driver, "1o");
    cr_expect(driver_shows(&driver, "STATE▲"), "%s", driver_screen(&driver));
    driver_keys(&driver, "O");
    cr_expect(driver_shows(&driver, "STATE▼"), "%s", driver_screen(&driver));
    driver_keys(&driver, "o");
    cr_expect(driver_shows(&driver, "ID▲"), "%s", driver_screen(&driver));
    cr_expect_str_eq(order(PANE_ENDPOINTS), "wep_card2 wep_kyc3 wep_ledg4 wep_pay1 ");
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].selected, "wep_pay1",
                     "the cursor stays on its row");
    for (int i = 0; i < 6; i++)
        driver_keys(&driver, "o");
    cr_expect_not(driver_shows(&driver, "▲"));
    cr_expect_str_eq(order(PANE_ENDPOINTS), "wep_pay1 wep_card2 wep_kyc3 wep_ledg4 ");
}

/* A column that has no room otherwise takes another one's. */
Test(sort, the_head_shows_it_on_any_screen)
{
    static const struct {
        int width, height;
    } SIZES[] = {{40, 10}, {80, 24}, {110, 28}, {300, 100}};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE,
                                               .width = SIZES[i].width,
                                               .height = SIZES[i].height});
        for (enum pane pane = PANE_ENDPOINTS; pane <= PANE_LIVE; pane++) {
            char key[2] = {(char)('1' + pane), '\0'};
            driver_keys(&driver, key);
            for (size_t column = 0; column < rows_columns(pane); column++) {
                char title[ROW_TITLE_SIZE];
                driver_keys(&driver, "o");
                rows_column_title(driver.app, pane, column, title);
                cr_expect_not_null(strstr(title, "▲"));
                cr_expect(driver_shows(&driver, title), "%s:\n%s", title, driver_screen(&driver));
            }
            driver_keys(&driver, "o");
        }
    }
}

Test(sort, a_sorted_log_does_not_follow_and_takes_new_rows_where_they_belong)
{
    driver_keys(&driver, "4O");
    cr_expect_str_eq(order(PANE_LIVE), "3 2 1 ", "the newest first");
    cr_expect_not(driver.app->lists[PANE_LIVE].following);
    cr_expect_eq(driver.app->lists[PANE_LIVE].cursor, 0U);
    arrive(4, 10, 10, "a");
    cr_expect_str_eq(order(PANE_LIVE), "4 3 2 1 ");
    cr_expect_str_eq(driver.app->lists[PANE_LIVE].selected, "3", "and the cursor stays on its row");
    driver_keys(&driver, "G");
    cr_expect_str_eq(driver.app->lists[PANE_LIVE].selected, "1");
    cr_expect_not(driver.app->lists[PANE_LIVE].following);
    driver_keys(&driver, "F");
    cr_expect_str_eq(order(PANE_LIVE), "1 2 3 4 ", "what follows is in its own order");
    cr_expect_str_eq(driver.app->lists[PANE_LIVE].selected, "4");
}

Test(sort, panes_are_sorted_each_by_itself_and_refreshes_keep_it)
{
    driver_keys(&driver, "2O1jk2");
    cr_expect(driver.app->lists[PANE_UPCOMING].sorted);
    cr_expect_not(driver.app->lists[PANE_DELIVERIES].sorted);
    cr_expect_str_eq(order(PANE_UPCOMING), "wh_a2 wh_a1 ", "another endpoint and back");
}

Test(sort, with_a_filter)
{
    arrive(4, 9, 1, "kyc");
    driver_keys(&driver, "4O/transfer<enter>");
    cr_expect_str_eq(order(PANE_LIVE), "3 2 1 ");
    arrive(5, 9, 1, "kyc");
    arrive(6, 9, 1, "transfer");
    cr_expect_str_eq(order(PANE_LIVE), "6 3 2 1 ");
}

Test(sort, a_full_log_lets_the_oldest_go)
{
    driver_keys(&driver, "4O");
    for (int i = 4; i <= STATE_LIVE_MAX + 1; i++)
        arrive(i, 9, 1, "a");
    const struct list *list = &driver.app->lists[PANE_LIVE];
    cr_expect_eq(list->count, (size_t)(STATE_LIVE_MAX + 1 - STATE_LIVE_DROP));
    cr_expect_eq(driver.app->live[list->rows[0]].delivery.id, STATE_LIVE_MAX + 1);
    cr_expect_lt(list->cursor, list->count);
}

/* --- times ------------------------------------------------------------------------------- */

Test(sort, t_goes_from_local_to_utc_to_relative)
{
    cr_assert_eq(setenv("TZ", "XST-2", 1), 0); /* two hours ahead of UTC */
    tzset();
    list_measure(driver.app, PANE_LIVE);
    cr_expect(driver_shows(&driver, "19:48:10  ✓ verified"), "%s", driver_screen(&driver));
    driver_keys(&driver, "T");
    cr_expect(driver_shows(&driver, "TIME UTC"));
    cr_expect(driver_shows(&driver, "LAST UTC"));
    cr_expect(driver_shows(&driver, "17:48:10  ✓ verified"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "17:48:19 UTC"), "the header's clock");
    driver_keys(&driver, "T");
    cr_expect(driver_shows(&driver, "LAST AGE"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "<10 s     ✓ verified"), "%s", driver_screen(&driver));
    driver_keys(&driver, "T");
    cr_expect_not(driver_shows(&driver, "UTC"));
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    tzset();
}

/* --- wrapping -------------------------------------------------------------------------------- */

static void wide_delivery(int number)
{
    struct delivery delivery = {.id = number,
                                .received_ms = DRIVER_NOW_MS,
                                .verdict = VERDICT_GENUINE,
                                .event_type = (char *)"a.type",
                                .target = (char *)"/a/path/that/is/longer/than/the/column/has/"
                                                  "room/for/so/that/it/is/cut/and/the/end/shows/"
                                                  "on/this/screen/of/a/hundred/and/twenty/"
                                                  "columns/or/less/than/that"};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

Test(sort, w_shows_the_selected_row_whole)
{
    wide_delivery(4);
    cr_expect_not(driver_shows(&driver, "/a/path/that"));
    driver_keys(&driver, "4w");
    cr_expect(driver_shows(&driver, "/a/path/that"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "less/than/that"), "%s", driver_screen(&driver));
    driver_keys(&driver, "w");
    cr_expect_not(driver_shows(&driver, "/a/path/that"));
}

/* What fits stands where it stands in a row of one line: figures flush right, matches marked. */
Test(sort, w_leaves_what_fits_as_it_is)
{
    arrive(4, 10, 4800,
           "a.type.that.is.longer.than.the.column/has.room.for/as.is.needed/to.wrap.it"
           ".on.lines.of.its.own/on.this/screen");
    driver_keys(&driver, "4G");
    cr_expect(driver_shows(&driver, "4.8 ms │"), "%s", driver_screen(&driver));
    driver_keys(&driver, "w");
    cr_expect(driver_shows(&driver, "of.its.own"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "4.8 ms │"), "%s", driver_screen(&driver));
}

/* At the lower edge the rows above move up; the row under the cursor is always whole. */
Test(sort, a_wrapped_row_at_the_edge_is_seen)
{
    for (int i = 4; i < 60; i++)
        wide_delivery(i);
    driver_keys(&driver, "4w");
    for (const char *keys = "GkkgjjGkg"; *keys != '\0'; keys++) {
        char key[2] = {*keys, '\0'};
        driver_keys(&driver, key);
        if (*keys != 'g' && *keys != 'j')
            cr_expect(driver_shows(&driver, "/a/path/that"), "after %s: %s", key,
                      driver_screen(&driver));
    }
}
