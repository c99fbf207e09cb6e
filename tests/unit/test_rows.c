#include "tui/rows.h"

#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

Test(rows, ages)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{-5, "0 s"},
                 {0, "0 s"},
                 {59999, "59 s"},
                 {60 * 1000, "1 min"},
                 {60 * 60 * 1000 - 1, "59 min"},
                 {60 * 60 * 1000, "1 h"},
                 {INT64_C(47) * 3600 * 1000, "47 h"},
                 {INT64_C(48) * 3600 * 1000, "2 d"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rows_format_age(text, sizeof text, cases[i].ms);
        cr_expect_str_eq(text, cases[i].text);
    }
}

Test(rows, durations_and_sizes)
{
    char text[32];
    rows_format_duration(text, sizeof text, -1);
    cr_expect_str_eq(text, "–");
    rows_format_duration(text, sizeof text, 850);
    cr_expect_str_eq(text, "0.85 ms");
    rows_format_duration(text, sizeof text, 1234);
    cr_expect_str_eq(text, "1.2 ms");
    rows_format_duration(text, sizeof text, 12345);
    cr_expect_str_eq(text, "12 ms");
    rows_format_duration(text, sizeof text, 1400000);
    cr_expect_str_eq(text, "1.4 s");
    rows_format_size(text, sizeof text, 999);
    cr_expect_str_eq(text, "999 B");
    rows_format_size(text, sizeof text, 1312);
    cr_expect_str_eq(text, "1.3 kB");
    rows_format_size(text, sizeof text, 9949);
    cr_expect_str_eq(text, "9.9 kB");
    rows_format_size(text, sizeof text, 9950);
    cr_expect_str_eq(text, "10 kB");
    rows_format_size(text, sizeof text, 999499);
    cr_expect_str_eq(text, "999 kB");
    rows_format_size(text, sizeof text, 999500);
    cr_expect_str_eq(text, "1.0 MB");
    rows_format_size(text, sizeof text, 1048576);
    cr_expect_str_eq(text, "1.0 MB");
}

Test(rows, times_name_the_day_only_when_it_is_another)
{
    char text[32];
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    tzset();
    rows_format_time(text, sizeof text, DRIVER_NOW_MS, DRIVER_NOW_MS);
    cr_expect_str_eq(text, "17:48:19");
    rows_format_time(text, sizeof text, DRIVER_NOW_MS - INT64_C(86400000), DRIVER_NOW_MS);
    cr_expect_str_eq(text, "05-01 17:48");
}

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 120, .height = 40, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(row_cells, .init = start, .fini = stop);

static void expect_cell(enum pane pane, size_t index, size_t column, const char *text,
                        enum role role)
{
    struct row_cell cell;
    rows_cell(driver.app, pane, index, column, &cell);
    cr_expect_str_eq(cell.text, text);
    cr_expect_eq(cell.role, role, "%s", text);
}

/* State is a word as well as a colour. */
Test(row_cells, endpoints)
{
    expect_cell(PANE_ENDPOINTS, 0, ENDPOINT_STATE, "● stuck", ROLE_BAD);
    expect_cell(PANE_ENDPOINTS, 1, ENDPOINT_STATE, "● active", ROLE_GOOD);
    expect_cell(PANE_ENDPOINTS, 2, ENDPOINT_STATE, "○ disabled", ROLE_WARN);
    expect_cell(PANE_ENDPOINTS, 3, ENDPOINT_STATE, "paused_by_moon", ROLE_INFO);
    expect_cell(PANE_ENDPOINTS, 0, ENDPOINT_CATEGORIES, "transfer, customer", ROLE_DIM);
    expect_cell(PANE_ENDPOINTS, 0, ENDPOINT_LAST, "200 · 17:47:59", ROLE_GOOD);
    expect_cell(PANE_ENDPOINTS, 0, ENDPOINT_SHARE, "66 %", ROLE_WARN);
    expect_cell(PANE_ENDPOINTS, 1, ENDPOINT_LAST, "…", ROLE_DIM);
}

/* Upcoming events are asked for the selected endpoint alone: the log tells of the others. */
Test(row_cells, an_endpoint_that_was_never_selected_and_is_stuck)
{
    struct log_entry entries[] = {
        {.event_id = (char *)"wh_c1", .status = 500, .created_ms = DRIVER_NOW_MS - 1000},
        {.event_id = (char *)"wh_c1", .status = 500, .created_ms = DRIVER_NOW_MS - 5000},
        {.event_id = (char *)"wh_c0", .status = 200, .created_ms = DRIVER_NOW_MS - 9000}};
    struct log_list logs = {.items = entries, .count = 3};
    struct message message = {.kind = MESSAGE_LOGS, .webhook_id = "wep_card2", .logs = &logs};
    driver_send(&driver, &message);
    expect_cell(PANE_ENDPOINTS, 1, ENDPOINT_STATE, "● stuck", ROLE_BAD);
    entries[0].event_id = (char *)"wh_c2";
    entries[0].status = 200;
    driver_send(&driver, &message);
    expect_cell(PANE_ENDPOINTS, 1, ENDPOINT_STATE, "● active", ROLE_GOOD);
}

/* The header counts them: the list says which. */
Test(row_cells, an_endpoint_whose_queue_is_given_up)
{
    driver.app->now_ms += QUEUE_RETRIES_MS;
    expect_cell(PANE_ENDPOINTS, 0, ENDPOINT_STATE, "● given up", ROLE_BAD);
    expect_cell(PANE_ENDPOINTS, 1, ENDPOINT_STATE, "● active", ROLE_GOOD);
}

Test(row_cells, upcoming_and_deliveries)
{
    expect_cell(PANE_UPCOMING, 0, UPCOMING_SEQUENCE, "41", ROLE_DIM);
    expect_cell(PANE_UPCOMING, 0, UPCOMING_TYPE, "transfer.updated.status_transitioned",
                ROLE_NORMAL);
    expect_cell(PANE_UPCOMING, 0, UPCOMING_OBJECT, "payment_submitted tr_77", ROLE_NORMAL);
    expect_cell(PANE_UPCOMING, 1, UPCOMING_TIME, "17:46:19", ROLE_DIM);
    expect_cell(PANE_DELIVERIES, 1, DELIVERY_STATUS, "502", ROLE_BAD);
    expect_cell(PANE_DELIVERIES, 1, DELIVERY_TYPE, "transfer.updated.status_transitioned",
                ROLE_NORMAL);
    expect_cell(PANE_DELIVERIES, 0, DELIVERY_TYPE, "–", ROLE_NORMAL);
}

Test(row_cells, live)
{
    expect_cell(PANE_LIVE, 0, LIVE_VERDICT, "✓ verified", ROLE_GOOD);
    expect_cell(PANE_LIVE, 1, LIVE_VERDICT, "✗ not genuine", ROLE_BAD);
    expect_cell(PANE_LIVE, 2, LIVE_VERDICT, "✗ stale", ROLE_BAD);
    expect_cell(PANE_LIVE, 0, LIVE_ENDPOINT, "wep_pay1 /webhooks/payments", ROLE_NORMAL);
    expect_cell(PANE_LIVE, 0, LIVE_ANSWER, "0.85 ms", ROLE_DIM);
}

Test(row_cells, a_type_is_learned_from_genuine_deliveries_only)
{
    struct delivery delivery = {.verdict = VERDICT_WRONG_SIGNATURE,
                                .event_id = (char *)"wh_9z",
                                .event_type = (char *)"forged.type"};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    expect_cell(PANE_DELIVERIES, 0, DELIVERY_TYPE, "–", ROLE_NORMAL);
    delivery.verdict = VERDICT_GENUINE;
    delivery.event_type = (char *)"customer.created";
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    expect_cell(PANE_DELIVERIES, 0, DELIVERY_TYPE, "customer.created", ROLE_NORMAL);
}

/* --- attempts of one event -------------------------------------------------------- */

static void arrive_again(int64_t id, int64_t attempts)
{
    struct delivery delivery = {
        .id = id, .received_ms = DRIVER_NOW_MS, .event_id = (char *)"wh_1", .attempts = attempts};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

Test(row_cells, an_attempt_is_counted_in_its_events_row)
{
    size_t rows = driver.app->live_count;
    int64_t arrived = driver.app->arrived;
    arrive_again(driver.app->live[0].delivery.id, 2);
    expect_cell(PANE_LIVE, 0, LIVE_VERDICT, "✓ verified ×2", ROLE_GOOD);
    arrive_again(driver.app->live[0].delivery.id, 10000);
    expect_cell(PANE_LIVE, 0, LIVE_VERDICT, "✓ verified ×10000", ROLE_GOOD);
    cr_expect_eq(driver.app->live_count, rows);
    cr_expect_eq(driver.app->arrived, arrived);
    expect_cell(PANE_LIVE, 0, LIVE_ANSWER, "0.85 ms", ROLE_DIM);
}

Test(row_cells, an_attempt_of_an_event_that_is_not_shown_shows_its_row)
{
    size_t rows = driver.app->live_count;
    int64_t arrived = driver.app->arrived;
    arrive_again(999, 3);
    cr_expect_eq(driver.app->live_count, rows + 1);
    expect_cell(PANE_LIVE, rows, LIVE_VERDICT, "✓ verified ×3", ROLE_GOOD);
    cr_expect_eq(driver.app->arrived, arrived, "its row has been counted");
}
