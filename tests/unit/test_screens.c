/* The whole interface as state in, screen text out: see screen_matrix.h. */
#include "tests/unit/screen_matrix.h"

static void say_health(struct driver *driver, const struct api_health *health)
{
    driver_send(driver, &(struct message){.kind = MESSAGE_HEALTH, .health = health});
}

/* --- the dashboard ----------------------------------------------------------------- */

SCREEN(endpoints, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "j");
}

SCREEN(upcoming, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2");
}

SCREEN(deliveries, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "3");
}

SCREEN(live, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "4");
}

/* More than fits, and the cursor is held above the newest. */
SCREEN(live_paused, .environment = ENVIRONMENT_CUSTOM)
{
    driver_keys(driver, "4k");
    for (int i = 4; i < 30; i++)
        driver_arrive(driver, i, VERDICT_GENUINE);
}

SCREEN(nothing_known_yet, .environment = ENVIRONMENT_DEMO, .empty = true)
{
    driver_keys(driver, "");
}

SCREEN(listening_only, .environment = ENVIRONMENT_NONE, .empty = true)
{
    driver_arrive(driver, 1, VERDICT_NO_KEY);
    driver_keys(driver, "4");
}

SCREEN_AT(too_small, 10, 3, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "");
}

/* --- the header and the line below --------------------------------------------------- */

SCREEN(storing_trouble, .environment = ENVIRONMENT_SANDBOX)
{
    driver_send(driver, &(struct message){.kind = MESSAGE_STORING,
                                          .text = "cannot write /data/sandbox.db: database or "
                                                  "disk is full (No space left on device)"});
}

SCREEN(api_away, .environment = ENVIRONMENT_PRODUCTION)
{
    struct api_health health = {.ever_ok = true,
                                .last_ok_ms = DRIVER_NOW_MS - 95 * 1000,
                                .latency_ms = 12,
                                .failures = 3,
                                .message = "cannot reach api.bridge.xyz:443 (timed out)",
                                .next_try_ms = DRIVER_NOW_MS + 8000};
    say_health(driver, &health);
}

SCREEN(one_poll_failed, .environment = ENVIRONMENT_SANDBOX)
{
    driver_send(driver, &(struct message){.kind = MESSAGE_FAILED,
                                          .call = API_UPCOMING_EVENTS,
                                          .webhook_id = "wep_pay1",
                                          .text = "500 internal server error"});
    driver_keys(driver, "2");
}

SCREEN(nothing_to_paste_into, .environment = ENVIRONMENT_DEMO)
{
    driver_paste(driver, "https://");
}

SCREEN(copy_menu, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4y");
}

/* --- questions and what becomes of them ------------------------------------------------ */

SCREEN(question_disable, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "E");
}

SCREEN(answering, .environment = ENVIRONMENT_SANDBOX)
{
    struct receiving receiving = {
        .how = RECEIVING_HERE, .address = "127.0.0.1:8787", .order = {500, 2, 2000}};
    struct delivery delivery = {.id = 9,
                                .received_ms = DRIVER_NOW_MS - 3000,
                                .peer = (char *)"127.0.0.1:5000",
                                .method = (char *)"POST",
                                .target = (char *)"/webhooks/payments",
                                .body_length = 1312,
                                .verdict = VERDICT_GENUINE,
                                .reason = (char *)"signed",
                                .webhook_id = (char *)"wep_pay1",
                                .answer_status = 500,
                                .answer_us = 2003000,
                                .on_demand = true,
                                .event_id = (char *)"wh_demand",
                                .event_type = (char *)"transfer.created",
                                .object_status = (char *)"awaiting_funds",
                                .sequence = 9,
                                .attempts = 1};
    driver_keys(driver, "4");
    driver_send(driver, &(struct message){.kind = MESSAGE_RECEIVING, .receiving = &receiving});
    driver_send(driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

/* What is found at the URL has not come yet. */
SCREEN(question_enable, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "jje");
}

SCREEN(question_enable_bad, .environment = ENVIRONMENT_SANDBOX)
{
    static struct url_report report;
    report = (struct url_report){.count = URL_CHECK_LINES_MAX};
    check_say(&report.lines[0], CHECK_OK, "https", "the URL is https");
    check_say(&report.lines[1], CHECK_BAD, "certificate",
              "its chain leads to no authority trusted here (1 certificate came)");
    check_say(&report.lines[2], CHECK_BAD, "names",
              "it is for other.example.com, not for hooks.example.com");
    check_say(&report.lines[3], CHECK_WARN, "validity", "only 5 days left");
    check_say(&report.lines[4], CHECK_OK, "answer", "a bridgetop answers, in 83 ms, with 3 keys");
    driver_keys(driver, "jje");
    driver_send(driver, &(struct message){.kind = MESSAGE_CHECKED,
                                          .check = driver->app->question.look.id,
                                          .url_report = &report});
}

SCREEN(question_send, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2s");
}

SCREEN(question_delete, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "Dpa");
}

SCREEN(question_delete_typed, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "Dpay1");
}

SCREEN(question_delete_production, .environment = ENVIRONMENT_PRODUCTION)
{
    driver_keys(driver, "D");
}

SCREEN(question_disable_production, .environment = ENVIRONMENT_PRODUCTION)
{
    driver_keys(driver, "E");
}

SCREEN(call_under_way, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "Ey");
}

SCREEN(call_done, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "Ey");
    driver_answer(driver, API_OK, "");
}

SCREEN(call_refused, .environment = ENVIRONMENT_SANDBOX)
{
    driver_keys(driver, "Ey");
    driver_answer(driver, API_REFUSED, "400 the webhook cannot be disabled now");
}

/* --- forms --------------------------------------------------------------------------- */

SCREEN(form_create, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "chttps://hooks.example.org/new");
}

SCREEN(form_create_category, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "chttps://hooks.example.org/new<tab><tab> <down> ");
}

SCREEN(form_change, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "jju");
}

SCREEN(form_question, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "u/2<enter>");
}

/* --- what is open -------------------------------------------------------------------- */

SCREEN(detail_endpoint, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "<enter>");
}

SCREEN(detail_event, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2<enter>");
}

SCREEN(detail_event_end, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2<enter>G");
}

SCREEN(detail_event_raw, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2<enter>G<enter>");
}

SCREEN(detail_log, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "3k<enter>");
}

/* The store's answer to what Enter asked for. */
static void load(struct driver *driver)
{
    static const char BODY[] =
        "{\"api_version\":\"v0\",\"event_id\":\"wh_live3\",\"event_category\":\"transfer\","
        "\"event_type\":\"transfer.created\",\"event_object_id\":\"tr_1\","
        "\"event_object_status\":\"awaiting_funds\",\"event_sequence\":3,"
        "\"event_object\":{\"id\":\"tr_1\",\"amount\":\"100.00\",\"n\":12345678901234567890,"
        "\"note\":\"\\u00fcber 1\\/2\",\"tags\":[],\"on_behalf_of\":\"cust_alice\","
        "\"source\":{\"payment_rail\":\"ach_push\",\"currency\":\"usd\"}},"
        "\"event_object_changes\":{\"state\":[null,\"awaiting_funds\"]},"
        "\"event_created_at\":\"2024-05-02T17:48:12.465Z\"}";
    struct header headers[] = {
        {.name = (char *)"Content-Type", .value = (char *)"application/json"},
        {.name = (char *)"X-Webhook-Signature", .value = (char *)"t=1714672092465,v0=bm90IG9uZQ=="},
    };
    const struct effect *effect = driver_effect(driver, EFFECT_LOAD);
    const struct live_row *row = state_selected_live(driver->app);
    cr_assert(effect != NULL && row != NULL);
    struct delivery delivery = row->delivery;
    delivery.headers = (struct header_list){.items = headers, .count = 2};
    delivery.body = (char *)BODY;
    delivery.body_length = sizeof BODY - 1;
    driver_send(driver, &(struct message){.kind = MESSAGE_LOADED,
                                          .delivery_id = effect->delivery_id,
                                          .delivery = &delivery});
}

SCREEN(detail_live, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4<enter>");
    load(driver);
}

SCREEN(detail_live_end, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4<enter>");
    load(driver);
    driver_keys(driver, "G");
}

SCREEN(detail_live_changes, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4<enter>");
    load(driver);
    driver_keys(driver, "/awaiting<enter>n");
}

SCREEN(detail_live_folded, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4<enter>");
    load(driver);
    driver_keys(driver, "H<tab><tab><tab>l");
}

SCREEN(detail_live_zoomed, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4<enter>");
    load(driver);
    driver_keys(driver, "z");
}

SCREEN_AT(detail_beside, 160, 45, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4g<enter>");
    load(driver);
    driver_keys(driver, "/rail<enter>");
}

SCREEN(comparison, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2  =");
}

SCREEN(find_typed, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2<enter>/transfer");
}

SCREEN(detail_live_loading, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4<enter>");
}

/* --- find, help ---------------------------------------------------------------------- */

SCREEN(filter, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "/card");
}

SCREEN(filter_kept_without_a_match, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "/nothing like it<enter>");
}

SCREEN(help, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "?");
}

SCREEN(help_filtered, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "?/pane");
}

static void tick(struct driver *driver, int64_t seconds)
{
    driver_send(driver,
                &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + seconds * 1000});
}

/* --- the messages ---------------------------------------------------------------------- */

SCREEN(messages, .environment = ENVIRONMENT_DEMO)
{
    static const char LONG[] =
        "could not enable wep_pay1: 422 unprocessable request: the endpoint's "
        "URL answered 404 to a test delivery, and has to answer 2xx before it "
        "can be enabled";
    driver_keys(driver, "R");
    tick(driver, 3);
    driver_send(driver, &(struct message){.kind = MESSAGE_SAY, .tone = TONE_BAD, .text = LONG});
    tick(driver, 21);
    driver_send(driver, &(struct message){.kind = MESSAGE_STORING, .text = "disk is full"});
    tick(driver, 35);
    driver_send(driver, &(struct message){.kind = MESSAGE_STORING});
    driver_keys(driver, "mM");
}

SCREEN(messages_none, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "M");
}

/* --- what is missing -------------------------------------------------------------------- */

SCREEN(gaps, .environment = ENVIRONMENT_DEMO)
{
    driver_gaps(driver);
    driver_keys(driver, "5 ");
}

SCREEN(gaps_elsewhere, .environment = ENVIRONMENT_DEMO)
{
    driver_gaps(driver);
}

SCREEN(gaps_opened, .environment = ENVIRONMENT_DEMO)
{
    driver_gaps(driver);
    driver_keys(driver, "5j<enter>");
}

SCREEN(gaps_not_compared, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "5");
}

SCREEN(gaps_none, .environment = ENVIRONMENT_DEMO)
{
    struct gaps gaps = {
        .compared = true,
        .whole = true,
        .pages = 2,
        .seen = 150,
        .events = 120,
        .older = 30,
        .from_ms = DRIVER_NOW_MS - 8 * 3600 * 1000,
        .until_ms = DRIVER_NOW_MS - 12 * 1000,
        .here = 2,
        .judged = 1,
    };
    driver_send(driver, &(struct message){.kind = MESSAGE_GAPS, .gaps = &gaps});
    driver_keys(driver, "5");
}

SCREEN(gaps_without_api, .environment = ENVIRONMENT_NONE, .empty = true)
{
    driver_keys(driver, "5");
}

SCREEN(categories_seen, .environment = ENVIRONMENT_DEMO)
{
    driver_gaps(driver);
    driver_keys(driver, "1<enter>");
}

/* --- the activity --------------------------------------------------------------------- */

SCREEN(activity, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "a<enter>");
}

SCREEN(activity_none, .environment = ENVIRONMENT_DEMO, .empty = true)
{
    driver_keys(driver, "a");
    driver_send(driver, &(struct message){.kind = MESSAGE_ACTIVITY, .older = true, .whole = true});
}

/* --- the command prompt ---------------------------------------------------------------- */

SCREEN(prompt, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, ":");
}

SCREEN(prompt_completed, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, ":theme <tab><tab>");
}

SCREEN(prompt_over_a_detail, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2<enter>:ena");
}

/* --- exporting ------------------------------------------------------------------------- */

SCREEN(export, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4x");
}

SCREEN(export_marked, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "4**g  x<down><right>");
}

SCREEN(export_needs_arrival, .environment = ENVIRONMENT_DEMO)
{
    driver_keys(driver, "2x<down><right><right>");
}

SCREEN(export_under_way, .environment = ENVIRONMENT_DEMO)
{
    struct export_report report = {.stage = EXPORT_RUNNING, .done = 12000, .total = 80000};
    driver_keys(driver, "4x<enter>");
    driver_send(driver, &(struct message){.kind = MESSAGE_EXPORT, .report = &report});
}

SCREEN(export_replaces, .environment = ENVIRONMENT_DEMO)
{
    struct export_report report = {.stage = EXPORT_EXISTS,
                                   .text = "1,234 bytes, written 2024-05-01 10:00 UTC"};
    driver_keys(driver, "4x<enter>");
    driver_send(driver, &(struct message){.kind = MESSAGE_EXPORT, .report = &report});
}
