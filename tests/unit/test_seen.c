/* What is new until it was seen, and failures that ring and are counted in the title. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <string.h>

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

TestSuite(seen, .init = start, .fini = stop);

static size_t new_rows(enum pane pane)
{
    return list_new_count(driver.app, pane);
}

Test(seen, a_row_is_new_until_its_pane_is_left)
{
    cr_expect_eq(new_rows(PANE_LIVE), 3U, "they came while pane 1 had the focus");
    cr_expect(driver_shows(&driver, "3 · 3 new ▼ following"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "│•17:48:10"), "%s", driver_screen(&driver));
    driver_keys(&driver, "4");
    cr_expect_eq(new_rows(PANE_LIVE), 3U, "so that one sees which");
    driver_keys(&driver, "1");
    cr_expect_eq(new_rows(PANE_LIVE), 0U);
    cr_expect_not(driver_shows(&driver, "•"));
}

Test(seen, what_a_log_in_focus_follows_is_seen)
{
    driver_keys(&driver, "4");
    driver_arrive(&driver, 4, VERDICT_GENUINE);
    cr_expect_eq(new_rows(PANE_LIVE), 0U);
    driver_keys(&driver, "?");
    driver_arrive(&driver, 5, VERDICT_GENUINE);
    cr_expect_eq(new_rows(PANE_LIVE), 1U, "the help hides it");
}

Test(seen, what_is_opened_is_seen)
{
    driver_keys(&driver, "41");
    driver_arrive(&driver, 4, VERDICT_GENUINE);
    driver_keys(&driver, "4");
    cr_expect_eq(new_rows(PANE_LIVE), 1U, "so that one sees which");
    driver_keys(&driver, "<enter>");
    cr_expect_eq(new_rows(PANE_LIVE), 0U);
}

Test(seen, a_paused_log_is_seen_as_far_as_the_cursor_came)
{
    driver_keys(&driver, "4k");
    for (int i = 4; i < 8; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    cr_expect_eq(new_rows(PANE_LIVE), 4U);
    driver_keys(&driver, "jj");
    cr_expect_eq(new_rows(PANE_LIVE), 3U);
    driver_keys(&driver, "k");
    cr_expect_eq(new_rows(PANE_LIVE), 3U);
    driver_keys(&driver, "G");
    cr_expect_eq(new_rows(PANE_LIVE), 0U);
}

Test(seen, the_log_at_the_start_is_not_new)
{
    cr_expect_eq(new_rows(PANE_DELIVERIES), 0U);
    struct delivery stored = {.id = 9, .received_ms = DRIVER_NOW_MS, .verdict = VERDICT_STALE};
    driver_keys(&driver, "41");
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORED, .delivery = &stored});
    cr_expect_eq(new_rows(PANE_LIVE), 0U);
    cr_expect_null(driver_effect(&driver, EFFECT_ALERT), "and an old failure rings no bell");
}

static void tell_logs(const char *json)
{
    struct error error;
    struct log_list logs = {0};
    cr_assert(log_list_decode(json, strlen(json), &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
}

static void tick(int64_t after_ms)
{
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + after_ms});
}

Test(seen, a_failure_that_bridge_logs_is_new_and_rings)
{
    tick(60000); /* of what came at the start */
    tick(70000);
    driver_keys(&driver, "j");
    tell_logs("{\"data\":[{\"status\":500,\"event_id\":\"wh_b\",\"created_at\":"
              "\"2024-05-02T17:48:09.000Z\"},{\"status\":200,\"event_id\":\"wh_a0\",\"created_at\":"
              "\"2024-05-02T17:47:59.000Z\"}]}");
    cr_expect_not_null(driver_effect(&driver, EFFECT_ALERT));
    cr_expect_eq(driver.app->failures, 1U);
    driver_keys(&driver, "k");
    cr_expect_eq(new_rows(PANE_DELIVERIES), 1U);
    cr_expect(driver_shows(&driver, "✓✗"), "the endpoint's history: %s", driver_screen(&driver));
}

/* --- alerts ------------------------------------------------------------------------------- */

Test(seen, the_bell_rings_at_most_every_five_seconds)
{
    tick(10000);
    cr_expect_not_null(driver_effect(&driver, EFFECT_ALERT), "what came at the start");
    driver_arrive(&driver, 10, VERDICT_STALE);
    cr_expect_null(driver_effect(&driver, EFFECT_ALERT));
    tick(14999);
    cr_expect_null(driver_effect(&driver, EFFECT_ALERT));
    tick(15000);
    cr_expect_not_null(driver_effect(&driver, EFFECT_ALERT), "late, but not forgotten");
    tick(30000);
    cr_expect_null(driver_effect(&driver, EFFECT_ALERT), "once");
    driver_arrive(&driver, 11, VERDICT_GENUINE);
    cr_expect_null(driver_effect(&driver, EFFECT_ALERT));
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORING, .text = "disk full"});
    cr_expect_not_null(driver_effect(&driver, EFFECT_ALERT));
}

Test(seen, the_title_counts_failures_until_a_key)
{
    char title[200];
    driver_keys(&driver, "j");
    state_title(driver.app, title, sizeof title);
    cr_expect_str_eq(title, "bridgetop · SANDBOX");
    driver_arrive(&driver, 10, VERDICT_STALE);
    driver_arrive(&driver, 11, VERDICT_WRONG_SIGNATURE);
    state_title(driver.app, title, sizeof title);
    cr_expect_str_eq(title, "✗ 2 failed · bridgetop · SANDBOX");
    driver_keys(&driver, "j");
    state_title(driver.app, title, sizeof title);
    cr_expect_str_eq(title, "bridgetop · SANDBOX");
}
