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
    driver_keys(driver, "chttps://hooks.example.org/new<tab><tab> <tab> ");
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
                                   .text = "1234 bytes, written 2024-05-01 10:00 UTC"};
    driver_keys(driver, "4x<enter>");
    driver_send(driver, &(struct message){.kind = MESSAGE_EXPORT, .report = &report});
}
