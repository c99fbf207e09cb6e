/* What is missing, as pane 5 shows it: rows go as events arrive, and s sends them again. */
#include "tests/unit/app_driver.h"
#include "tui/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 160, .height = 44, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(app_gaps, .init = start, .fini = stop);

static void arrive_for(const char *webhook_id, const char *event_id, enum verdict verdict)
{
    struct delivery delivery = {.id = 77,
                                .received_ms = DRIVER_NOW_MS,
                                .peer = (char *)"127.0.0.1:5000",
                                .method = (char *)"POST",
                                .target = (char *)"/",
                                .verdict = verdict,
                                .reason = (char *)"",
                                .event_id = (char *)event_id,
                                .webhook_id = (char *)webhook_id,
                                .attempts = 1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

/* Again: first for one, now for another. */
static void arrive_again_for(const char *first, const char *now, const char *event_id)
{
    struct delivery delivery = {.id = 77,
                                .received_ms = DRIVER_NOW_MS,
                                .peer = (char *)"127.0.0.1:5000",
                                .method = (char *)"POST",
                                .target = (char *)"/",
                                .verdict = VERDICT_GENUINE,
                                .reason = (char *)"",
                                .event_id = (char *)event_id,
                                .webhook_id = (char *)first,
                                .newest_webhook_id = (char *)now,
                                .attempts = 2};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

static void arrive(const char *event_id, enum verdict verdict)
{
    arrive_for(NULL, event_id, verdict);
}

Test(app_gaps, what_is_newly_missing_is_told_once)
{
    uint64_t before = driver.app->said.total;
    driver_gaps(&driver);
    cr_expect(driver_shows(&driver, "5 events are missing here that Bridge has: 5 shows them"));
    cr_expect(driver_shows(&driver, "5 MISSING"));
    driver_gaps(&driver);
    cr_expect_eq(driver.app->said.total, before + 1);
}

Test(app_gaps, a_row_goes_as_its_event_arrives)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5jj");
    cr_expect(driver_shows(&driver, "failed: 502 3 times"));
    arrive("wh_gap3", VERDICT_WRONG_SIGNATURE);
    cr_expect(driver_shows(&driver, "failed: 502 3 times"), "what is not genuine is not it");
    arrive("wh_gap3", VERDICT_GENUINE);
    cr_expect_not(driver_shows(&driver, "failed: 502 3 times"));
    cr_expect(driver_shows(&driver, "wh_gap3, which was missing, has arrived; still missing: 4"),
              "%s", driver_screen(&driver));
    arrive("wh_gap6", VERDICT_GENUINE); /* once more: it was not missing */
    cr_expect(driver_shows(&driver, "repeated: came 3 times"));
    cr_expect_eq(rows_total(driver.app, PANE_GAPS), GAP_REASONS - 1);
}

Test(app_gaps, what_arrives_for_one_endpoint_is_still_missing_for_another)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5jj");
    arrive_for("wep_card2", "wh_gap3", VERDICT_GENUINE);
    cr_expect(driver_shows(&driver, "failed: 502 3 times"));
    arrive_again_for("wep_card2", "wep_kyc3", "wh_gap3");
    cr_expect(driver_shows(&driver, "failed: 502 3 times"));
    arrive_again_for("wep_card2", "wep_pay1", "wh_gap3");
    cr_expect_not(driver_shows(&driver, "failed: 502 3 times"), "now it came for that one too");
}

/* What is said of one arrival must not outlive what a comparison finds. */
Test(app_gaps, what_a_comparison_finds_no_more_is_told)
{
    driver_gaps(&driver);
    arrive("wh_gap3", VERDICT_GENUINE);
    cr_expect(driver_shows(&driver, "has arrived; still missing: 4"));
    struct gaps none = {.compared = true, .whole = true, .from_ms = 1, .until_ms = DRIVER_NOW_MS};
    driver_send(&driver, &(struct message){.kind = MESSAGE_GAPS, .gaps = &none});
    cr_expect(driver_shows(&driver, "compared again with Bridge: 4 fewer; still missing: 0"), "%s",
              driver_screen(&driver));
    uint64_t said = driver.app->said.total;
    none = (struct gaps){.compared = true, .whole = true, .from_ms = 1, .until_ms = DRIVER_NOW_MS};
    driver_send(&driver, &(struct message){.kind = MESSAGE_GAPS, .gaps = &none});
    cr_expect_eq(driver.app->said.total, said, "and not again");
}

Test(app_gaps, a_store_that_is_younger_than_all_events_says_so)
{
    struct gaps none = {.compared = true,
                        .whole = true,
                        .seen = 12,
                        .older = 12,
                        .from_ms = 1,
                        .until_ms = DRIVER_NOW_MS};
    driver_send(&driver, &(struct message){.kind = MESSAGE_GAPS, .gaps = &none});
    driver_keys(&driver, "5");
    cr_expect(driver_shows(&driver, "no event of Bridge's list is as young as that"));
    cr_expect(driver_shows(&driver, "12 events are older than what this store has"));
}

Test(app_gaps, what_fails_leaves_what_was_found)
{
    driver_gaps(&driver);
    struct gaps failed = {.trouble = "Bridge's events could not be asked for: 503"};
    driver_send(&driver, &(struct message){.kind = MESSAGE_GAPS, .gaps = &failed});
    cr_expect_eq(rows_total(driver.app, PANE_GAPS), GAP_REASONS);
    driver_keys(&driver, "M");
    cr_expect(driver_shows(&driver, "Bridge's events could not be asked for: 503"));
}

Test(app_gaps, s_asks_to_send_it_to_the_endpoint_it_was_for)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5js");
    cr_expect(driver_shows(&driver, "wep_card2 · SANDBOX"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "Bridge delivers event wh_gap2"));
    driver_keys(&driver, "y");
    const struct effect *effect = driver_effect(&driver, EFFECT_CALL);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->request.call, API_SEND_EVENT);
    cr_expect_str_eq(effect->request.webhook_id, "wep_card2");
    cr_expect_str_eq(effect->request.event_id, "wh_gap2");
}

Test(app_gaps, s_sends_all_that_are_marked_each_to_its_own)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5  s");
    cr_expect(driver_shows(&driver, "2 endpoints: each event to its own"), "%s",
              driver_screen(&driver));
    driver_keys(&driver, "y");
    cr_expect_str_eq(driver_effect(&driver, EFFECT_CALL)->request.event_id, "wh_gap1");
    driver_answer(&driver, API_OK, NULL);
    cr_expect_str_eq(driver_effect(&driver, EFFECT_CALL)->request.event_id, "wh_gap2");
    cr_expect_str_eq(driver_effect(&driver, EFFECT_CALL)->request.webhook_id, "wep_card2");
}

/* What has arrived would only arrive once more. */
Test(app_gaps, s_sends_of_the_marked_only_what_is_missing)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5*s");
    cr_expect(driver_shows(&driver, "Send 5 events"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "2 of the 7 marked rows are left out"), "%s",
              driver_screen(&driver));
    cr_expect(driver_shows(&driver, "(1 repeated, 1 out of order)"));
    driver_keys(&driver, "y");
    for (int i = 1; i <= 5; i++) {
        char event_id[16];
        (void)snprintf(event_id, sizeof event_id, "wh_gap%d", i);
        cr_assert_not_null(driver_effect(&driver, EFFECT_CALL));
        cr_expect_str_eq(driver_effect(&driver, EFFECT_CALL)->request.event_id, event_id);
        driver_answer(&driver, API_OK, NULL);
    }
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    cr_expect(driver_shows(&driver, "sent 5 events"));
    cr_expect_eq(list_mark_count(driver.app, PANE_GAPS), 2, "those that were left out");
    driver_keys(&driver, "s");
    cr_expect(driver_shows(&driver, "none of the 2 marked rows is missing"));
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
}

Test(app_gaps, one_that_is_left_out_is_told_as_one)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5 jjjj s");
    cr_expect(driver_shows(&driver, "Send 1 event"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "1 of the 2 marked rows is left out: its event has arrived"),
              "%s", driver_screen(&driver));
}

/* The rows come anew with each comparison: the cursor and the marks stay on theirs. */
Test(app_gaps, a_new_comparison_leaves_cursor_and_marks)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5j k");
    arrive("wh_gap1", VERDICT_GENUINE);
    driver_gaps(&driver); /* it is there again: the store lost it */
    cr_expect_eq(list_mark_count(driver.app, PANE_GAPS), 1);
    cr_expect_str_eq(state_selected_gap(driver.app)->event.id, "wh_gap2");
}

Test(app_gaps, filter_query_sort_and_copy_hold_there)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5/given<enter>");
    cr_expect_eq(driver.app->lists[PANE_GAPS].count, 1);
    driver_keys(&driver, "<esc>fid:wh_gap5<enter>");
    cr_expect_eq(driver.app->lists[PANE_GAPS].count, 1);
    driver_keys(&driver, "<esc>:sort time<enter>g");
    cr_expect_str_eq(state_selected_gap(driver.app)->event.id, "wh_gap7");
    driver_keys(&driver, "yi");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_str_eq(driver.app->copy.bytes.data, "wh_gap7");
}

Test(app_gaps, all_that_is_shown_can_be_exported)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5:export jsonl /tmp/gaps.jsonl<enter>");
    cr_assert_not_null(driver_effect(&driver, EFFECT_EXPORT), "%s", driver_screen(&driver));
    const struct export_request *request = &driver.app->exporting.request;
    cr_expect_eq(request->record_count, GAP_REASONS);
    cr_expect_str_eq(request->records[0].id, "wh_gap1");
    cr_expect_not_null(strstr(request->records[0].json, "\"amount\":\"0.50\""));
}

/* More were found than there is room for. */
Test(app_gaps, the_title_says_of_how_many)
{
    driver_gaps(&driver);
    driver.app->gaps.total = 731;
    driver_keys(&driver, "5");
    cr_expect(driver_shows(&driver, "7 of 731"));
}

Test(app_gaps, an_event_is_opened_as_bridge_has_it)
{
    driver_gaps(&driver);
    driver_keys(&driver, "5<enter>");
    cr_expect(driver_shows(&driver, "missing: no attempt in the log"));
    cr_expect(driver_shows(&driver, "\"amount\": \"0.50\""), "%s", driver_screen(&driver));
    driver_keys(&driver, "J");
    cr_expect(driver_shows(&driver, "answered elsewhere: 200 was answered, not here"));
    driver_keys(&driver, "<esc>2<enter>");
    cr_expect_not(driver_shows(&driver, "answered elsewhere"), "it was of another event");
}
