/* The trace of an event, and the history of an object, in the dashboard: keys and messages in, text
   out. */
#include "tests/unit/inspector_driver.h"
#include "tui/app_private.h"
#include "tui/told.h"

#include <stdlib.h>

TestSuite(app_trace, .init = set_up, .fini = tear_down);

static struct event_record *record_new(void)
{
    struct event_record *record = calloc(1, sizeof *record);
    cr_assert_not_null(record);
    record->kept_from_ms = INT64_MIN;
    record->periods[0] = (struct store_period){DRIVER_NOW_MS - 3600000, INT64_MAX, true};
    record->period_count = 1;
    return record;
}

/* An event that came here so many seconds ago. */
static struct event_record *record_of(const char *event_id, int64_t ago_s)
{
    struct event_record *record = record_new();
    static const char BODY[] = "{\"event_id\":\"%s\",\"event_category\":\"transfer\","
                               "\"event_type\":\"transfer.created\",\"event_object_id\":\"tr_1\","
                               "\"event_object_status\":\"awaiting_funds\",\"event_sequence\":1,"
                               "\"event_created_at\":\"2024-05-02T17:47:00.000Z\","
                               "\"event_object\":{\"email\":\"jane@example.com\"}}";
    char body[600];
    (void)snprintf(body, sizeof body, BODY, event_id);
    struct delivery delivery = {.id = 7,
                                .received_ms = DRIVER_NOW_MS - ago_s * 1000,
                                .verdict = VERDICT_GENUINE,
                                .webhook_id = (char *)"wep_pay1",
                                .event_id = (char *)event_id,
                                .target = (char *)"/webhooks/payments",
                                .answer_status = 200,
                                .answer_us = 850,
                                .sequence = 1,
                                .attempts = 1};
    cr_assert(delivery_copy_summary(&record->delivery, &delivery));
    cr_assert(inspector_copy_bytes(body, strlen(body), &record->delivery.body,
                                   &record->delivery.body_length));
    record->found = true;
    return record;
}

/* The answer to what was looked up; the record is handed over. */
static void answer(struct event_record *record, const char *trouble)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_LOOK_UP);
    cr_assert_not_null(effect, "nothing is looked up:\n%s", driver_screen(&driver));
    cr_assert_null(effect->object_id);
    driver_send(&driver, &(struct message){.kind = MESSAGE_TRACED,
                                           .search = effect->search,
                                           .record = record != NULL ? &record : NULL,
                                           .text = trouble});
    if (record != NULL) {
        event_record_clear(record);
        free(record);
    }
}

static void expect_shows(const char *text)
{
    cr_expect(driver_shows(&driver, text), "%s in:\n%s", text, driver_screen(&driver));
}

Test(app_trace, opens_on_a_log_entry_and_says_what_contradicts)
{
    driver_keys(&driver, "3g"); /* wh_9z, logged 200 */
    driver_keys(&driver, "t");
    expect_shows("Trace of wh_9z");
    expect_shows("the store is being read");
    cr_expect_not_null(driver_effect(&driver, EFFECT_WANT), "logs of all endpoints");
    answer(record_new(), NULL);
    expect_shows("Bridge logged 200 at 17:47:39, nothing arrived here: another receiver answers");
    expect_shows("Bridge to wep_pay1: 200");
    cr_expect_not_null(driver_effect(&driver, EFFECT_LEARN), "what it says is not known");
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
    cr_expect_eq(state_looks_up(driver.app), 0);
}

Test(app_trace, opens_on_an_arrival_and_leads_back_to_its_inspector)
{
    driver_keys(&driver, "4g<enter>");
    load("{\"event_id\":\"wh_live1\"}", 23);
    go_to("Headers");
    size_t line = inspector()->cursor;
    driver_keys(&driver, "t");
    expect_shows("Trace of wh_live1");
    answer(record_of("wh_live1", 9), NULL);
    expect_shows("created: transfer.created, awaiting_funds");
    expect_shows("arrived here: verified, answered 200 after 0.85 ms, at");
    cr_expect_eq(inspector()->depth, 1);
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_DELIVERY);
    cr_expect_eq(inspector()->cursor, line, "back where one was");
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

Test(app_trace, a_line_opens_what_it_stands_for)
{
    driver_keys(&driver, "3gjt"); /* wh_a1, logged 502, and queued */
    answer(record_of("wh_a1", 30), NULL);
    expect_shows("queued for wep_pay1");
    go_to("17:47:49");
    driver_keys(&driver, "<enter>");
    cr_expect_eq(inspector()->kind, INSPECTOR_LOG);
    cr_expect_str_eq(inspector()->log.event_id, "wh_a1");
    driver_keys(&driver, "K");
    expect_shows("this is the first one");
    cr_expect_eq(inspector()->kind, INSPECTOR_LOG);
    driver_keys(&driver, "J");
    cr_expect_eq(inspector()->kind, INSPECTOR_DELIVERY, "the next line's");
    driver_keys(&driver, "J");
    cr_expect_eq(inspector()->kind, INSPECTOR_EVENT, "when it was made");
    expect_shows("Event wh_a1");
    driver_keys(&driver, "JJ");
    expect_shows("this is the last one");
    cr_expect_eq(inspector()->kind, INSPECTOR_EVENT, "in its queue");
    cr_expect_eq(inspector()->depth, 1);
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_TRACE);
}

Test(app_trace, what_comes_joins_and_the_cursor_stays)
{
    driver_keys(&driver, "4gt");
    answer(record_of("wh_live1", 9), NULL);
    go_to("17:48:10"); /* the arrival */
    uint64_t on = inspector_selected_field(inspector());
    cr_assert_neq(on, 0);
    struct error error;
    struct log_list logs = {0};
    static const char LOGS[] =
        "[{\"status\":\"timeout\",\"event_id\":\"wh_live1\",\"response_body\":"
        "\"to jane@example.com\",\"created_at\":\"2024-05-02T17:47:30.000Z\"}]";
    cr_assert(log_list_decode(LOGS, sizeof LOGS - 1, &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
    expect_shows("Bridge to wep_pay1: timeout");
    expect_shows("answered: to ***");
    cr_expect_eq(inspector_selected_field(inspector()), on);
    driver_keys(&driver, "m");
    expect_shows("answered: to jane@example.com");
    driver_arrive(&driver, 1, VERDICT_GENUINE); /* once more */
    answer(record_of("wh_live1", 1), NULL);
    driver_arrive(&driver, 2, VERDICT_GENUINE); /* another event */
    cr_expect_null(driver_effect(&driver, EFFECT_LOOK_UP));
}

/* An answer belongs to the entry above it, and so do all its rows. */
Test(app_trace, an_answer_that_is_wrapped_keeps_its_indent)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 80, .height = 24});
    driver_keys(&driver, "4gt");
    answer(record_of("wh_live1", 9), NULL);
    struct error error;
    struct log_list logs = {0};
    static const char LOGS[] =
        "[{\"status\":\"502\",\"event_id\":\"wh_live1\",\"response_body\":\"the gateway has not "
        "found anybody who answers at this address, and says so at length, so that no row of "
        "eighty columns is enough for it, nor are "
        "two\",\"created_at\":\"2024-05-02T17:48:12.000Z\"}]";
    cr_assert(log_list_decode(LOGS, sizeof LOGS - 1, &logs, &error));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    log_list_clear(&logs);
    driver_keys(&driver, "m");
    go_to("answered:");
    const char *screen = driver_screen(&driver), *answered = strstr(screen, "answered: the");
    cr_assert_not_null(answered, "%s", screen);
    const char *begin = answered;
    while (begin > screen && begin[-1] != '\n')
        begin--;
    for (int row = 0; row < 2; row++) {
        const char *below = strchr(row == 0 ? answered : begin, '\n');
        cr_assert_not_null(below);
        size_t indent = (size_t)(answered - begin), blanks = sizeof "│" - 1;
        begin = below + 1;
        answered = begin + indent;
        blanks += strspn(begin + blanks, " ");
        cr_expect_eq(blanks, indent, "%s", screen);
    }
}

Test(app_trace, one_reading_at_a_time)
{
    driver_keys(&driver, "4gt");
    const struct effect effect = *driver_effect(&driver, EFFECT_LOOK_UP);
    driver_arrive(&driver, 1, VERDICT_GENUINE);
    cr_expect_null(driver_effect(&driver, EFFECT_LOOK_UP));
    struct event_record *record = record_new();
    driver_send(
        &driver,
        &(struct message){.kind = MESSAGE_TRACED, .search = effect.search + 7, .record = &record});
    cr_expect_not_null(record, "the answer to another question is not taken");
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_TRACED, .search = effect.search, .record = &record});
    cr_expect_null(record);
    cr_expect_not_null(driver_effect(&driver, EFFECT_LOOK_UP), "what came meanwhile");
}

Test(app_trace, a_store_that_cannot_be_read_is_said)
{
    driver_keys(&driver, "4gt");
    answer(NULL, "cannot read /data/x.db: disk I/O error");
    expect_shows("cannot read /data/x.db: disk I/O error");
}

Test(app_trace, J_and_K_go_through_the_list)
{
    driver_keys(&driver, "3gt");
    expect_shows("Trace of wh_9z");
    driver_keys(&driver, "J");
    expect_shows("Trace of wh_a1");
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
    driver_keys(&driver, "3g<enter>tJ");
    expect_shows("Trace of wh_a1");
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_LOG);
    cr_expect_str_eq(inspector()->log.event_id, "wh_a1", "of the row that it went to");
}

Test(app_trace, copies_and_sends_the_event_that_it_is_about)
{
    driver_keys(&driver, "4gt");
    answer(record_of("wh_live1", 9), NULL);
    driver_keys(&driver, "yi");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_str_eq(driver.app->copy.bytes.data, "wh_live1");
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED});
    driver_keys(&driver, "s");
    expect_shows("Bridge delivers event wh_live1");
}

Test(app_trace, what_has_no_event_has_no_trace)
{
    struct delivery delivery = {.id = 9, .received_ms = DRIVER_NOW_MS, .verdict = VERDICT_NO_KEY};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    driver_keys(&driver, "4Gt");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
    expect_shows("no event is selected that could be traced");
    driver_keys(&driver, "i");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

Test(app_trace, what_was_opened_one_from_the_other_is_bounded)
{
    driver_keys(&driver, "4g");
    for (int i = 0; i < 2 * INSPECTOR_DEPTH_MAX; i++) {
        driver_keys(&driver, "t");
        answer(record_of("wh_live1", 9), NULL);
        go_to("17:48:10");
        driver_keys(&driver, "<enter>");
        cr_assert_eq(inspector()->kind, INSPECTOR_DELIVERY);
        cr_assert_leq(inspector()->depth, INSPECTOR_DEPTH_MAX);
    }
    for (size_t i = 0; i <= INSPECTOR_DEPTH_MAX; i++)
        driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

/* --- the history of an object ------------ */

static void add(struct object_history *history, int number, const char *status, const char *was,
                const char *amount)
{
    char body[400], id[32];
    (void)snprintf(id, sizeof id, "wh_live%d", number);
    (void)snprintf(body, sizeof body,
                   "{\"event_id\":\"%s\",\"event_object\":{\"amount\":\"%s\",\"email\":"
                   "\"jane%d@example.com\"},\"event_object_changes\":{\"state\":[\"%s\",\"%s\"]},"
                   "\"event_created_at\":\"2024-05-02T17:4%d:00.000Z\"}",
                   id, amount, number, was, status, number);
    struct delivery delivery = {.id = number,
                                .received_ms = DRIVER_NOW_MS - 100000 + number,
                                .event_id = id,
                                .event_type = (char *)"transfer.updated",
                                .object_id = (char *)"tr_1",
                                .object_status = (char *)status,
                                .sequence = number,
                                .body = body,
                                .body_length = strlen(body),
                                .attempts = 1};
    cr_assert(object_history_add_delivery(history, &delivery));
}

static struct object_history *history_new(void)
{
    struct object_history *history = object_history_new();
    cr_assert_not_null(history);
    add(history, 1, "awaiting_funds", "", "10");
    add(history, 2, "funds_received", "awaiting_funds", "12");
    add(history, 3, "awaiting_funds", "funds_received", "12");
    add(history, 4, "payment_processed", "payment_submitted", "12");
    object_history_make(history);
    return history;
}

static void answer_history(struct object_history *history, const char *object_id, bool ended)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_LOOK_UP);
    cr_assert_not_null(effect);
    cr_assert_not_null(effect->object_id);
    driver_send(&driver, &(struct message){.kind = MESSAGE_HISTORY,
                                           .search = effect->search,
                                           .history = &history,
                                           .object_id = object_id,
                                           .searched = ended,
                                           .whole = ended});
    object_history_free(history);
}

Test(app_trace, a_history_says_steps_back_and_jumps)
{
    driver_keys(&driver, "4gji");
    expect_shows("History of tr_1");
    cr_expect_str_eq(driver_effect(&driver, EFFECT_LOOK_UP)->object_id, "tr_1");
    answer_history(history_new(), "tr_1", true);
    expect_shows("awaiting_funds → funds_received");
    expect_shows("! a step back: it had left awaiting_funds before");
    expect_shows("! a jump: it says that it was payment_submitted");
    expect_shows("amount: \"10\" → \"12\"");
    expect_shows("email: *** → ***");
    cr_expect_str_eq(told_event(driver.app), "wh_live2", "on the event from which it was opened");
    driver_keys(&driver, "m");
    expect_shows("email: \"jane1@example.com\" → \"jane2@example.com\"");
}

Test(app_trace, a_history_opens_its_events_and_walks_them)
{
    driver_keys(&driver, "4gji");
    answer_history(history_new(), "tr_1", true);
    driver_keys(&driver, "<enter>");
    cr_expect_eq(inspector()->kind, INSPECTOR_DELIVERY);
    cr_expect_str_eq(inspector()->delivery.event_id, "wh_live2");
    driver_keys(&driver, "J");
    cr_expect_str_eq(inspector()->delivery.event_id, "wh_live3");
    driver_keys(&driver, "KK");
    cr_expect_str_eq(inspector()->delivery.event_id, "wh_live1");
    driver_keys(&driver, "t");
    expect_shows("Trace of wh_live1");
    driver_keys(&driver, "i");
    cr_expect_eq(inspector()->depth, 3);
    driver_keys(&driver, "<esc><esc><esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_OBJECT);
    driver_keys(&driver, "yi");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_str_eq(driver.app->copy.bytes.data, "wh_live1");
}

Test(app_trace, a_history_of_a_log_entry_asks_which_object_that_is)
{
    driver_keys(&driver, "3gi"); /* wh_9z: Bridge's log names no objects */
    const struct effect *effect = driver_effect(&driver, EFFECT_LOOK_UP);
    cr_assert_not_null(effect);
    cr_expect_str_eq(effect->event_id, "wh_9z");
    cr_expect_str_eq(effect->object_id, "");
    cr_expect_not_null(driver_effect(&driver, EFFECT_LEARN));
    answer_history(NULL, "", true);
    expect_shows("which object the event is about is not known");
    struct event told = {.id = (char *)"wh_9z",
                         .object_id = (char *)"tr_9",
                         .object_status = (char *)"returned",
                         .sequence = 4,
                         .created_ms = DRIVER_NOW_MS,
                         .raw = (char *)"{}",
                         .raw_length = 2};
    struct event_list events = {.items = &told, .count = 1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_LEARNED, .events = &events});
    effect = driver_effect(&driver, EFFECT_LOOK_UP);
    cr_assert_not_null(effect);
    cr_expect_str_eq(effect->object_id, "tr_9");
    cr_assert_eq(effect->bridge->count, 1);
    struct object_history *history = object_history_new();
    cr_assert(object_history_add_event(history, &told));
    object_history_make(history);
    answer_history(history, "tr_9", true);
    expect_shows("returned");
    expect_shows("told by Bridge");
    driver_keys(&driver, "<enter>");
    cr_expect_eq(inspector()->kind, INSPECTOR_EVENT);
}

Test(app_trace, events_of_the_object_join_its_history)
{
    driver_keys(&driver, "4gi");
    answer_history(history_new(), "tr_1", false);
    expect_shows("the store is being searched");
    driver_arrive(&driver, 5, VERDICT_WRONG_SIGNATURE); /* no event of it */
    driver_arrive(&driver, 6, VERDICT_GENUINE);
    cr_expect_null(driver_effect(&driver, EFFECT_LOOK_UP), "once the one under way has ended");
    driver_send(&driver, &(struct message){.kind = MESSAGE_HISTORY,
                                           .search = state_looks_up(driver.app),
                                           .searched = true,
                                           .whole = true});
    cr_expect_not_null(driver_effect(&driver, EFFECT_LOOK_UP));
}
