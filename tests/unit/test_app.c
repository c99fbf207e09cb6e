/* Lists, selection, following, filters, pages: keys in, state and screen out. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
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

TestSuite(app, .init = start, .fini = stop);

static const char *selected(void)
{
    const struct endpoint *endpoint = state_selected_endpoint(driver.app);
    return endpoint != NULL ? endpoint->webhook.id : "";
}

static void tell_webhooks(const char *json)
{
    struct error error;
    struct webhook_list list = {0};
    cr_assert(webhook_list_decode(json, strlen(json), &list, &error));
    driver_send(&driver, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list});
    webhook_list_clear(&list);
}

/* --- moving ------------------------------------------------------------------------ */

Test(app, every_way_to_move)
{
    static const struct {
        const char *keys;
        const char *lands_on;
    } steps[] = {
        {"j", "wep_card2"},     {"<down>", "wep_kyc3"}, {"k", "wep_card2"},
        {"<up>", "wep_pay1"},   {"G", "wep_ledg4"},     {"g", "wep_pay1"},
        {"<end>", "wep_ledg4"}, {"<home>", "wep_pay1"}, {"<pgdn>", "wep_ledg4"},
        {"<pgup>", "wep_pay1"}, {"k", "wep_pay1"},      {"Gj", "wep_ledg4"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        driver_keys(&driver, steps[i].keys);
        cr_expect_str_eq(selected(), steps[i].lands_on, "after %s", steps[i].keys);
    }
}

Test(app, moving_among_endpoints_asks_for_what_is_shown)
{
    driver_keys(&driver, "j");
    const struct effect *effect = driver_effect(&driver, EFFECT_FOCUS);
    cr_assert_not_null(effect);
    cr_expect_str_eq(effect->webhook_id, "wep_card2");
    driver_keys(&driver, "2");
    cr_expect(driver_shows(&driver, "2 Upcoming · wep_card2"));
    cr_expect(driver_shows(&driver, "Asking Bridge"));
}

Test(app, panes_are_chosen_by_number_and_in_turn)
{
    static const struct {
        const char *keys;
        enum pane pane;
    } steps[] = {{"<tab>", PANE_UPCOMING},
                 {"<tab><tab>", PANE_LIVE},
                 {"<tab>", PANE_GAPS},
                 {"<tab>", PANE_ENDPOINTS},
                 {"<shift-tab>", PANE_GAPS},
                 {"<shift-tab>", PANE_LIVE},
                 {"5", PANE_GAPS},
                 {"1", PANE_ENDPOINTS},
                 {"2", PANE_UPCOMING},
                 {"3", PANE_DELIVERIES},
                 {"4", PANE_LIVE}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        driver_keys(&driver, steps[i].keys);
        cr_expect_eq(driver.app->focus, steps[i].pane, "after %s", steps[i].keys);
    }
}

/* --- selection ----------------------------------------------------------------------- */

Test(app, selection_follows_the_id_when_the_order_changes)
{
    driver_keys(&driver, "j");
    tell_webhooks("[{\"id\":\"wep_new\",\"url\":\"https://x.example/\",\"status\":\"active\"},"
                  "{\"id\":\"wep_kyc3\",\"status\":\"active\"},"
                  "{\"id\":\"wep_card2\",\"status\":\"active\"}]");
    cr_expect_str_eq(selected(), "wep_card2");
    cr_expect_null(driver_effect(&driver, EFFECT_FOCUS), "it is the same endpoint");
}

Test(app, selection_stays_near_when_its_row_goes)
{
    driver_keys(&driver, "jj");
    tell_webhooks("[{\"id\":\"wep_pay1\",\"status\":\"active\"},"
                  "{\"id\":\"wep_card2\",\"status\":\"active\"},"
                  "{\"id\":\"wep_ledg4\",\"status\":\"active\"}]");
    cr_expect_str_eq(selected(), "wep_ledg4");
    const struct effect *effect = driver_effect(&driver, EFFECT_FOCUS);
    cr_assert_not_null(effect);
    cr_expect_str_eq(effect->webhook_id, "wep_ledg4");
}

Test(app, events_and_logs_survive_a_refresh_of_the_endpoints)
{
    tell_webhooks("[{\"id\":\"wep_pay1\",\"status\":\"disabled\"}]");
    cr_expect_eq(state_selected_endpoint(driver.app)->upcoming.count, 2U);
    cr_expect_eq(state_selected_endpoint(driver.app)->logs.count, 3U);
    cr_expect(driver_shows(&driver, "○ disabled"));
}

Test(app, an_empty_account_says_so)
{
    tell_webhooks("[]");
    cr_expect(driver_shows(&driver, "no webhook endpoints"));
}

/* --- following ----------------------------------------------------------------------- */

Test(app, live_follows_pauses_and_counts)
{
    driver_keys(&driver, "4");
    cr_expect(driver_shows(&driver, "following"));
    driver_keys(&driver, "k");
    cr_expect(driver_shows(&driver, "paused, 0 new since"));
    const struct live_row *before = state_selected_live(driver.app);
    cr_assert_not_null(before);
    uint64_t serial = before->serial;
    driver_arrive(&driver, 4, VERDICT_GENUINE);
    driver_arrive(&driver, 5, VERDICT_GENUINE);
    cr_expect(driver_shows(&driver, "paused, 2 new since"));
    cr_expect_eq(state_selected_live(driver.app)->serial, serial, "the cursor stays");
    driver_keys(&driver, "F");
    cr_expect(driver_shows(&driver, "following"));
    cr_expect_eq(state_selected_live(driver.app)->serial, 5U);
    driver_keys(&driver, "F");
    cr_expect(driver_shows(&driver, "paused"));
    driver_keys(&driver, "G");
    cr_expect(driver_shows(&driver, "following"), "the end follows again");
}

Test(app, live_is_bounded_and_keeps_its_cursor)
{
    for (int i = 0; i < STATE_LIVE_MAX; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    cr_expect_leq(driver.app->live_count, (size_t)STATE_LIVE_MAX);
    driver_keys(&driver, "4k");
    uint64_t serial = state_selected_live(driver.app)->serial;
    for (int i = 0; i < STATE_LIVE_DROP; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    cr_expect_leq(driver.app->live_count, (size_t)STATE_LIVE_MAX);
    cr_expect_eq(state_selected_live(driver.app)->serial, serial);
    cr_expect_eq(driver.app->arrived, 3 + STATE_LIVE_MAX + STATE_LIVE_DROP);
}

Test(app, a_row_that_was_dropped_leaves_the_cursor_at_the_oldest)
{
    for (int i = 0; driver.app->live_count < STATE_LIVE_MAX; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    driver_keys(&driver, "4gjjj");
    driver_arrive(&driver, 1, VERDICT_GENUINE);
    cr_expect_eq(state_selected_live(driver.app)->serial, driver.app->live[0].serial);
}

Test(app, a_paused_row_stays_on_its_line_when_older_ones_go)
{
    for (int i = 0; driver.app->live_count < STATE_LIVE_MAX; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    driver_keys(&driver, "4<pgup><pgup>jj");
    const struct list *list = &driver.app->lists[PANE_LIVE];
    size_t line = list->cursor - list->top;
    cr_assert_gt(line, 0U);
    driver_arrive(&driver, 1, VERDICT_GENUINE);
    cr_expect_lt(driver.app->live_count, (size_t)STATE_LIVE_MAX);
    cr_expect_eq(list->cursor - list->top, line);
}

static void tell_logs(int first, int count)
{
    char json[16384];
    struct error error;
    struct log_list logs = {0};
    size_t at = (size_t)snprintf(json, sizeof json, "[");
    for (int i = first + count - 1; i >= first; i--)
        at += (size_t)snprintf(json + at, sizeof json - at,
                               "%s{\"status\":200,\"event_id\":\"wh_l%d\","
                               "\"created_at\":\"2024-05-02T17:%02d:%02d.000Z\"}",
                               at > 1 ? "," : "", i, i / 60, i % 60);
    (void)snprintf(json + at, sizeof json - at, "]");
    cr_assert(log_list_decode(json, strlen(json), &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
}

Test(app, a_paused_log_stays_on_its_line_when_bridges_moves_on)
{
    tell_logs(0, 100);
    driver_keys(&driver, "3kkk");
    const struct list *list = &driver.app->lists[PANE_DELIVERIES];
    size_t line = list->cursor - list->top;
    cr_assert_gt(line, 3U);
    tell_logs(3, 100);
    cr_expect_str_eq(state_selected_log(driver.app)->event_id, "wh_l96");
    cr_expect_eq(list->cursor - list->top, line);
    cr_expect(driver_shows(&driver, "paused, 3 new since"));
}

Test(app, deliveries_follow_the_newest_too)
{
    driver_keys(&driver, "3");
    cr_expect_str_eq(state_selected_log(driver.app)->event_id, "wh_a0", "newest last");
    driver_keys(&driver, "k");
    cr_expect_str_eq(state_selected_log(driver.app)->event_id, "wh_a1");
    struct error error;
    struct log_list logs = {0};
    static const char json[] = "[{\"status\":200,\"event_id\":\"wh_b1\","
                               "\"created_at\":\"2024-05-02T17:48:10.000Z\"},"
                               "{\"status\":200,\"event_id\":\"wh_a0\","
                               "\"created_at\":\"2024-05-02T17:47:59.000Z\"},"
                               "{\"status\":502,\"event_id\":\"wh_a1\","
                               "\"created_at\":\"2024-05-02T17:47:49.000Z\"}]";
    cr_assert(log_list_decode(json, sizeof json - 1, &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
    cr_expect_str_eq(state_selected_log(driver.app)->event_id, "wh_a1", "the cursor stays");
    cr_expect(driver_shows(&driver, "paused, 1 new since"));
}

Test(app, types_of_logged_events_are_learned_from_the_account)
{
    struct error error;
    struct log_list logs = {0};
    static const char json[] = "[{\"status\":200,\"event_id\":\"wh_q\"}]";
    struct message message = {.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs};
    cr_assert(log_list_decode(json, sizeof json - 1, &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + STATE_LEARN_MS});
    driver_send(&driver, &message);
    cr_expect_not_null(driver_effect(&driver, EFFECT_LEARN));
    driver_send(&driver, &message);
    cr_expect_null(driver_effect(&driver, EFFECT_LEARN), "not at every poll");

    struct event_list events = {0};
    static const char known[] = "[{\"event_id\":\"wh_q\",\"event_type\":\"customer.created\"}]";
    cr_assert(event_list_decode(known, sizeof known - 1, &events, &error));
    driver_send(&driver, &(struct message){.kind = MESSAGE_LEARNED, .events = &events});
    cr_expect(driver_shows(&driver, "customer.created"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_TICK,
                                           .now_ms = DRIVER_NOW_MS + 2 * STATE_LEARN_MS});
    driver_send(&driver, &message);
    cr_expect_null(driver_effect(&driver, EFFECT_LEARN), "all are known");
    event_list_clear(&events);
    log_list_clear(&logs);
}

Test(app, a_pane_says_that_it_could_not_be_asked)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_FAILED,
                                           .call = API_LOGS,
                                           .webhook_id = "wep_pay1",
                                           .text = "500 internal server error"});
    cr_expect(driver_shows(&driver, "! 500 internal server"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "2 Upcoming · wep_pay1"));
    struct log_list none = {0};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &none});
    cr_expect_not(driver_shows(&driver, "! 500"));
}

Test(app, an_endpoint_that_is_gone_has_nothing_to_say)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_FAILED,
                                           .call = API_LOGS,
                                           .webhook_id = "wep_deleted",
                                           .text = "Unknown webhook id"});
    cr_expect_not(driver_shows(&driver, "Unknown webhook id"));
}

Test(app, an_inspected_endpoint_is_shown_as_it_is_now)
{
    struct event event = {.id = (char *)"wh_9", .created_ms = DRIVER_NOW_MS - 60 * 1000};
    struct event_list events = {.items = &event, .count = 1};
    tell_webhooks("[{\"id\":\"wep_new\",\"status\":\"active\"}]");
    driver_keys(&driver, "<enter>jj");
    size_t cursor = driver.app->inspector.cursor;
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_UPCOMING, .webhook_id = "wep_new", .events = &events});
    cr_expect(driver_shows(&driver, "1 event"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "flows: the first event is 1 min old"));
    cr_expect_eq(driver.app->inspector.cursor, cursor);
    tell_webhooks("[{\"id\":\"wep_new\",\"status\":\"disabled\"}]");
    cr_expect(driver_shows(&driver, "held: the endpoint is disabled"), "%s",
              driver_screen(&driver));
}

Test(app, what_is_not_known_of_an_endpoint_is_not_counted)
{
    tell_webhooks("[{\"id\":\"wep_new\",\"status\":\"active\"}]");
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "not known yet"), "%s", driver_screen(&driver));
    cr_expect_not(driver_shows(&driver, "0 events"));
    driver_keys(&driver, "<esc>");
    struct event_list none = {0};
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_UPCOMING, .webhook_id = "wep_new", .events = &none});
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "0 events"), "%s", driver_screen(&driver));
}

Test(app, elements_that_are_no_endpoints_are_counted)
{
    tell_webhooks("[{\"id\":\"wep_1\",\"status\":\"active\"},{\"id\":7},{\"url\":\"x\"}]");
    cr_expect(driver_shows(&driver, "2 endpoints unreadable"));
    cr_expect(driver_shows(&driver, "2 of Bridge's endpoints could not be read"));
}

Test(app, endpoints_of_the_store_show_until_bridge_answers)
{
    driver_stop(&driver);
    driver_start(&driver, &(struct driver_config){.width = 120,
                                                  .height = 40,
                                                  .environment = ENVIRONMENT_SANDBOX,
                                                  .empty = true});
    struct error error;
    struct webhook_list list = {0};
    static const char json[] = "[{\"id\":\"wep_old\",\"status\":\"active\"}]";
    cr_assert(webhook_list_decode(json, sizeof json - 1, &list, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list, .as_stored = true});
    cr_expect(driver_shows(&driver, "as last seen"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list});
    cr_expect_not(driver_shows(&driver, "as last seen"));
    webhook_list_clear(&list);
}

/* --- filter --------------------------------------------------------------------------- */

Test(app, filter_finds_in_every_column_while_typing)
{
    driver_keys(&driver, "/");
    cr_expect(driver.app->filtering);
    driver_keys(&driver, "c");
    driver_keys(&driver, "ard_tr");
    cr_expect_eq(driver.app->lists[PANE_ENDPOINTS].count, 1U);
    cr_expect_str_eq(selected(), "wep_card2");
    driver_keys(&driver, "<esc>");
    cr_expect_eq(driver.app->lists[PANE_ENDPOINTS].count, 4U);
    cr_expect_str_eq(selected(), "wep_card2", "the selection survives");
    driver_keys(&driver, "/DISABLED HOOKS<enter>");
    cr_expect_not(driver.app->filtering);
    cr_expect_eq(driver.app->lists[PANE_ENDPOINTS].count, 1U, "every word, whatever its case");
    cr_expect_str_eq(selected(), "wep_kyc3");
    cr_expect(driver_shows(&driver, "1 of 4"));
    driver_keys(&driver, "<esc>");
    cr_expect_eq(driver.app->lists[PANE_ENDPOINTS].count, 4U);
}

Test(app, filter_keeps_what_arrives_out_until_it_matches)
{
    driver_keys(&driver, "4/not genuine<enter>");
    cr_expect_eq(driver.app->lists[PANE_LIVE].count, 1U);
    driver_arrive(&driver, 4, VERDICT_GENUINE);
    cr_expect_eq(driver.app->lists[PANE_LIVE].count, 1U);
    driver_arrive(&driver, 5, VERDICT_WRONG_SIGNATURE);
    cr_expect_eq(driver.app->lists[PANE_LIVE].count, 2U);
}

Test(app, filter_takes_a_paste_and_letters_are_not_keys_there)
{
    driver_keys(&driver, "/qD");
    driver_paste(&driver, "E\nx");
    cr_expect_not(driver.app->question.open);
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].filter.text, "qDE x");
    cr_expect_null(driver_effect(&driver, EFFECT_QUIT));
}

Test(app, a_paste_outside_of_a_field_presses_no_keys)
{
    driver_paste(&driver, "Dy");
    cr_expect_not(driver.app->question.open);
    cr_expect(driver_shows(&driver, "nothing here takes a paste"));
}

/* --- pages ------------------------------------------------------------------------------ */

Test(app, detail_opens_folds_and_closes)
{
    driver_keys(&driver, "2<enter>");
    cr_expect(driver_shows(&driver, "Upcoming event wh_a1"));
    cr_expect(driver_shows(&driver, "12345678901234567890"), "digits as they were sent");
    cr_expect_not(driver_shows(&driver, "000000  "));
    driver_keys(&driver, "G<enter>");
    cr_expect(driver_shows(&driver, "000000  "), "exact bytes");
    driver_keys(&driver, "<enter><esc>");
    cr_expect_not(driver_shows(&driver, "Upcoming event wh_a1"));
    driver_keys(&driver, "<enter>q");
    cr_expect_eq(driver.app->inspector.kind, INSPECTOR_NONE);
    cr_expect_null(driver_effect(&driver, EFFECT_QUIT), "q steps back first");
    driver_keys(&driver, "q");
    cr_expect_not_null(driver_effect(&driver, EFFECT_QUIT));
}

Test(app, a_delivery_is_read_from_the_store_when_opened)
{
    driver_keys(&driver, "4<enter>");
    const struct effect *effect = driver_effect(&driver, EFFECT_LOAD);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->delivery_id, 3);
    cr_expect(driver_shows(&driver, "being read from the store"));

    struct delivery delivery = {.id = 3, .body = strdup("{\"a\":1e999}"), .body_length = 11};
    cr_assert(header_list_add(&delivery.headers, "X-Webhook-Signature", "t=1,v0=abc"));
    cr_assert(header_list_add(&delivery.headers, "x-twice", "one"));
    cr_assert(header_list_add(&delivery.headers, "x-twice", "two"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = delivery.id,
                                           .delivery = &delivery});
    delivery_clear(&delivery);
    cr_expect(driver_shows(&driver, "t=1,v0=abc"));
    cr_expect(driver_shows(&driver, "two"));
    driver_keys(&driver, "G");
    cr_expect(driver_shows(&driver, "1e999"));
}

/* --- answers that say nothing new ---------------------------------------------------------- */

static void expect_still(const struct message *message, bool still, const char *what)
{
    static char before[64 * 1024];
    (void)snprintf(before, sizeof before, "%s", driver_screen(&driver));
    driver_send(&driver, message);
    cr_expect_eq(driver.effects.still, still, "%s", what);
    if (still)
        cr_expect_str_eq(driver_screen(&driver), before, "%s", what);
}

Test(app, an_answer_that_says_nothing_new_needs_no_frame)
{
    struct endpoint *endpoint = &driver.app->endpoints[0];
    struct webhook webhooks[8];
    cr_assert_leq(driver.app->endpoint_count, 8U);
    for (size_t i = 0; i < driver.app->endpoint_count; i++)
        webhooks[i] = driver.app->endpoints[i].webhook;
    struct webhook_list list = {webhooks, driver.app->endpoint_count, 0};
    expect_still(&(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list}, true, "list");

    struct event events[16];
    struct event_list upcoming = {events, endpoint->upcoming.count, 0};
    cr_assert(upcoming.count > 0 && upcoming.count <= 16);
    for (size_t i = 0; i < upcoming.count; i++)
        cr_assert(event_copy(&events[i], &endpoint->upcoming.items[i]));
    struct message answer = {
        .kind = MESSAGE_UPCOMING, .webhook_id = endpoint->webhook.id, .events = &upcoming};
    expect_still(&answer, true, "events");

    struct log_entry entries[64];
    struct log_list logs = {entries, endpoint->logs.count, 0};
    cr_assert(logs.count > 1 && logs.count <= 64);
    for (size_t i = 0; i < logs.count; i++) /* newest first, as Bridge sends them */
        cr_assert(log_entry_copy(&entries[logs.count - 1 - i], &endpoint->logs.items[i]));
    struct message logged = {
        .kind = MESSAGE_LOGS, .webhook_id = endpoint->webhook.id, .logs = &logs};
    expect_still(&logged, true, "logs");

    event_clear(&events[0]);
    events[0] = events[--upcoming.count];
    expect_still(&answer, false, "one event less");
    expect_still(&answer, true, "again");
    log_entry_clear(&entries[--logs.count]);
    expect_still(&logged, false, "the oldest entry has gone");
    expect_still(&logged, true, "again");
    driver_send(&driver, &(struct message){.kind = MESSAGE_FAILED,
                                           .call = API_LOGS,
                                           .webhook_id = endpoint->webhook.id,
                                           .text = "timed out"});
    expect_still(&logged, false, "the trouble is over");

    webhooks[1].status = WEBHOOK_DISABLED;
    webhooks[1].status_text = (char *)"disabled";
    webhooks[1].url = (char *)"https://elsewhere.example.com/";
    expect_still(&(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list}, false, "list");
    for (size_t i = 0; i < upcoming.count; i++)
        event_clear(&events[i]);
    for (size_t i = 0; i < logs.count; i++)
        log_entry_clear(&entries[i]);
}

Test(app, the_time_of_an_answer_is_shown_anew_when_it_is_another)
{
    struct api_health health = {.ever_ok = true, .last_ok_ms = DRIVER_NOW_MS, .latency_ms = 200};
    struct message message = {.kind = MESSAGE_HEALTH, .health = &health};
    driver_send(&driver, &message);
    cr_assert(driver_shows(&driver, "200 ms"));
    static const struct {
        int64_t ms;
        bool still;
        const char *shown;
    } ANSWERS[] = {
        {200, true, "200 ms"},  {234, true, "200 ms"},  {151, true, "200 ms"},
        {400, false, "400 ms"}, {200, false, "200 ms"}, {3, false, "3 ms"},
        {12, true, "3 ms"},     {20, false, "20 ms"},
    };
    for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
        health.latency_ms = ANSWERS[i].ms;
        expect_still(&message, ANSWERS[i].still, ANSWERS[i].shown);
        cr_expect(driver_shows(&driver, ANSWERS[i].shown), "%s", ANSWERS[i].shown);
    }
    health.failures = 1;
    expect_still(&message, false, "it fails");
    health.failures = 0;
    expect_still(&message, false, "it is well again");
    driver_keys(&driver, "R");
    expect_still(&message, false, "a person asked");
}

Test(app, an_answer_to_another_question_is_not_shown)
{
    driver_keys(&driver, "4<enter>");
    struct delivery delivery = {.id = 2, .body = strdup("other"), .body_length = 5};
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = delivery.id,
                                           .delivery = &delivery});
    delivery_clear(&delivery);
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 2, .text = "another's"});
    cr_expect(driver_shows(&driver, "being read from the store"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = 3,
                                           .text = "store: no such delivery"});
    cr_expect(driver_shows(&driver, "no such delivery"));
}

Test(app, help_is_drawn_from_the_key_table)
{
    driver_keys(&driver, "?");
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        bool found = false;
        driver_keys(&driver, "g");
        for (int page = 0; page < 10 && !found; page++) {
            /* Long help is broken at blanks: its first words are enough to find it. */
            char words[25];
            (void)snprintf(words, sizeof words, "%s", KEYMAP[i].help);
            found = driver_shows(&driver, words);
            driver_keys(&driver, "<pgdn>");
        }
        cr_expect(found, "no help for %s: %s", KEYMAP[i].name, KEYMAP[i].help);
    }
    driver_keys(&driver, "?");
    cr_expect_not(driver.app->help.open);
}

/* --- health, clock, size ------------------------------------------------------------------ */

Test(app, says_in_words_what_is_wrong_with_the_api)
{
    struct api_health health = {.ever_ok = true,
                                .last_ok_ms = DRIVER_NOW_MS - 65 * 1000,
                                .failures = 2,
                                .message = "cannot reach api.bridge.xyz:443 (timed out)",
                                .next_try_ms = DRIVER_NOW_MS + 8000};
    driver_send(&driver, &(struct message){.kind = MESSAGE_HEALTH, .health = &health});
    cr_expect(
        driver_shows(&driver, "API fails, next try in 8 s, last success 1 min ago: cannot reach"),
        "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "listening 127.0.0.1:8787"), "the listener stays");
}

Test(app, a_clock_that_is_off_is_told)
{
    struct api_health health = {
        .ever_ok = true, .last_ok_ms = DRIVER_NOW_MS, .latency_ms = 12, .clock_known = true};
    struct message message = {.kind = MESSAGE_HEALTH, .health = &health};
    health.clock_ahead_ms = 59 * 1000;
    driver_send(&driver, &message);
    cr_expect_not(driver_shows(&driver, "CLOCK"));
    health.clock_ahead_ms = 3 * 60 * 1000;
    driver_send(&driver, &message);
    cr_expect(driver_shows(&driver, "CLOCK 3 min AHEAD"), "%s", driver_screen(&driver));
    health.clock_ahead_ms = -7200 * 1000;
    driver_send(&driver, &message);
    cr_expect(driver_shows(&driver, "CLOCK 2 h BEHIND"), "%s", driver_screen(&driver));
}

Test(app, refresh_asks_and_says_how_it_went)
{
    driver_keys(&driver, "R");
    cr_expect_not_null(driver_effect(&driver, EFFECT_REFRESH));
    cr_expect(driver_shows(&driver, "asking Bridge again"));
    struct api_health health = {.ever_ok = true, .last_ok_ms = DRIVER_NOW_MS, .latency_ms = 7};
    driver_send(&driver, &(struct message){.kind = MESSAGE_HEALTH, .health = &health});
    cr_expect(driver_shows(&driver, "Bridge answered in 7 ms"));
}

Test(app, good_news_pass_and_bad_news_stay)
{
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_SAY, .tone = TONE_GOOD, .text = "well done"});
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 60 * 1000});
    cr_expect_not(driver_shows(&driver, "well done"));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_SAY, .tone = TONE_BAD, .text = "went wrong"});
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 600 * 1000});
    cr_expect(driver_shows(&driver, "went wrong"));
    driver_keys(&driver, "<esc>");
    cr_expect_not(driver_shows(&driver, "went wrong"), "until it is dismissed");
}

Test(app, a_failing_store_is_a_banner_until_it_works)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORING, .text = "disk is full"});
    cr_expect(driver_shows(&driver, "NOT STORING: disk is full"));
    cr_expect(driver_shows(&driver, "NOT STORING 127.0.0.1:8787"));
    driver_keys(&driver, "e");
    cr_expect(driver_shows(&driver, "active already"), "it hides no other line");
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORING, .text = NULL});
    cr_expect(driver_shows(&driver, "storing works again"));
}

static void tell_waiting(size_t count)
{
    struct event events[CONTRACT_UPCOMING];
    for (size_t i = 0; i < CONTRACT_UPCOMING; i++)
        events[i] = (struct event){.id = (char *)"wh_q",
                                   .created_ms = DRIVER_NOW_MS,
                                   .raw = (char *)"{}",
                                   .raw_length = 2};
    struct event_list list = {.items = events, .count = count};
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_UPCOMING, .webhook_id = "wep_pay1", .events = &list});
}

Test(app, a_queue_that_grows_is_said_in_the_header_and_the_inspector)
{
    tell_waiting(2);
    cr_expect_not(driver_shows(&driver, "GROWING"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 120000});
    tell_waiting(6);
    cr_expect(driver_shows(&driver, "1 QUEUE GROWING"), "%s", driver_screen(&driver));
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "grows: 2 waited 2 min ago, 6 now"));
    tell_waiting(0);
    cr_expect_not(driver_shows(&driver, "GROWING"));
}

/* The first of its events fails. */
static void tell_stuck(void)
{
    static const char LOGS[] = "[{\"status\":\"502\",\"event_id\":\"wh_q\","
                               "\"created_at\":\"2024-05-02T17:48:15.000Z\"}]";
    struct log_list logs = {0};
    struct error error;
    tell_waiting(6);
    cr_assert(log_list_decode(LOGS, sizeof LOGS - 1, &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
}

static void resize(int width, int height)
{
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_RESIZE, .width = width, .height = height});
}

Test(app, what_is_most_urgent_has_the_one_line_of_a_low_screen)
{
    static const int sizes[][2] = {{40, 10}, {64, 12}, {80, 12}, {120, 12}};
    tell_waiting(0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(sizes[i][0], sizes[i][1]);
        cr_expect(driver_shows(&driver, "listening"), "%s", driver_screen(&driver));
    }
    tell_stuck();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(sizes[i][0], sizes[i][1]);
        cr_expect(driver_shows(&driver, "1 QUEUE STUCK"), "%s", driver_screen(&driver));
        cr_expect(driver_shows(&driver, "API"), "%s", driver_screen(&driver));
    }
    cr_expect(driver_shows(&driver, "listening 127.0.0.1:8787"), "where there is room for both");
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORING, .text = "disk is full"});
    resize(40, 10);
    cr_expect(driver_shows(&driver, "NOT STORING"), "what is lost is more urgent");
    cr_expect(driver_shows(&driver, "STUCK"), "%s", driver_screen(&driver));
}

Test(app, a_queue_that_is_stuck_does_not_count_as_growing_too)
{
    tell_waiting(2);
    driver_send(&driver, &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 120000});
    tell_waiting(6);
    cr_expect(driver_shows(&driver, "1 QUEUE GROWING"));
    tell_stuck();
    cr_expect(driver_shows(&driver, "1 QUEUE STUCK"), "%s", driver_screen(&driver));
    cr_expect_not(driver_shows(&driver, "GROWING"));
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "grows: 2 waited 2 min ago, 6 now"), "how it grows is told");
}

Test(app, every_size_can_be_drawn_with_everything_open)
{
    static const char *const places[] = {"", "2<enter>", "?", "D", "c", "/x"};
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        driver_keys(&driver, places[p]);
        for (int width = 1; width <= 200; width += 7)
            for (int height = 1; height <= 70; height += 3) {
                driver_send(&driver, &(struct message){
                                         .kind = MESSAGE_RESIZE, .width = width, .height = height});
                (void)driver_screen(&driver);
            }
        driver_keys(&driver, "<esc><esc><esc>");
    }
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 120, .height = 40});
    cr_expect(driver_shows(&driver, "4 Live"));
}

Test(app, untrusted_text_is_gated_wherever_it_shows)
{
    tell_webhooks("[{\"id\":\"wep_1\",\"url\":\"https://\\u001b[31ma\\u202eb\\r\\n\\u0007\","
                  "\"status\":\"\\u009bx\"}]");
    const char *screen = driver_screen(&driver);
    for (const char *c = screen; *c != '\0'; c++)
        cr_assert((unsigned char)*c >= 0x20 || *c == '\n', "byte %02x", (unsigned char)*c);
    cr_expect(strstr(screen, "^[[31m") != NULL);
    cr_expect(strstr(screen, "<U+202E>") != NULL);
}

Test(app, keys_for_the_terminal_become_effects)
{
    driver_keys(&driver, "<ctrl-l>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_REPAINT));
    driver_keys(&driver, "<ctrl-z>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_SUSPEND));
    driver_keys(&driver, "D<ctrl-c>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_QUIT), "also from a question");
}
