#include "tests/unit/app_driver.h"

#include "tui/key.h"
#include "tui/view.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- the account ---------------------------------------------------------------- */

static const char WEBHOOKS[] =
    "{\"count\":4,\"data\":["
    "{\"id\":\"wep_pay1\",\"url\":\"https://hooks.example.com/webhooks/payments\","
    "\"status\":\"active\",\"public_key\":\"-----BEGIN PUBLIC KEY-----\\nMIIB\\n-----END PUBLIC "
    "KEY-----\\n\",\"event_categories\":[\"transfer\",\"customer\"]},"
    "{\"id\":\"wep_card2\",\"url\":\"https://hooks.example.com/webhooks/cards\","
    "\"status\":\"active\",\"event_categories\":[\"card_transaction\"]},"
    "{\"id\":\"wep_kyc3\",\"url\":\"https://hooks.example.com/webhooks/kyc\","
    "\"status\":\"disabled\",\"event_categories\":[\"kyc_link\",\"brand_new\"]},"
    "{\"id\":\"wep_ledg4\",\"url\":\"https://hooks.example.com/webhooks/ledger\","
    "\"status\":\"paused_by_moon\",\"event_categories\":[]}]}";

static const char EVENTS[] =
    "{\"data\":["
    "{\"api_version\":\"v0\",\"event_id\":\"wh_a1\",\"event_category\":\"transfer\","
    "\"event_type\":\"updated.status_transitioned\",\"event_object_id\":\"tr_77\","
    "\"event_object_status\":\"payment_submitted\",\"event_sequence\":41,"
    "\"event_object\":{\"id\":\"tr_77\",\"amount\":\"12.50\",\"n\":12345678901234567890,"
    "\"source\":{\"payment_rail\":\"ach\"}},"
    "\"event_object_changes\":{\"state\":[\"funds_received\",\"payment_submitted\"]},"
    "\"event_created_at\":\"2024-05-02T17:48:07.465Z\"},"
    "{\"event_id\":\"wh_a2\",\"event_category\":\"customer\",\"event_type\":\"customer.created\","
    "\"event_object_id\":\"cu_9\",\"event_object_status\":null,\"event_sequence\":42,"
    "\"event_created_at\":\"2024-05-02T17:46:19.465Z\"}]}";

static const char LOGS[] =
    "{\"count\":3,\"data\":["
    "{\"status\":200,\"event_id\":\"wh_a0\",\"response_body\":\"{\\\"ok\\\":true}\","
    "\"created_at\":\"2024-05-02T17:47:59.000Z\"},"
    "{\"status\":\"502\",\"event_id\":\"wh_a1\",\"response_body\":\"<html>\\u001b[31mbad "
    "gateway\",\"created_at\":\"2024-05-02T17:47:49.000Z\"},"
    "{\"status\":200,\"event_id\":\"wh_9z\",\"response_body\":\"\","
    "\"created_at\":\"2024-05-02T17:47:39.000Z\"}]}";

/* What was done to the endpoints, as the store would have it. */
static void tell_activity(struct driver *driver)
{
    struct activity rows[] = {
        {.id = 1,
         .at_ms = DRIVER_NOW_MS - 3600 * 1000,
         .since_ms = DRIVER_NOW_MS - 9 * 3600 * 1000,
         .fields = ACTIVITY_STATE,
         .outcome = ACTIVITY_DONE,
         .webhook_id = (char *)"wep_kyc3",
         .text = (char *)"wep_kyc3 was active and is disabled",
         .before = (char *)"state: active",
         .after = (char *)"state: disabled"},
        {.id = 2,
         .who = ACTIVITY_OWN,
         .outcome = ACTIVITY_REFUSED,
         .at_ms = DRIVER_NOW_MS - 120 * 1000,
         .ended_ms = DRIVER_NOW_MS - 119 * 1000,
         .webhook_id = (char *)"wep_pay1",
         .text = (char *)"sending wh_a1 to wep_pay1: refused: 404 not found",
         .before = (char *)"",
         .after = (char *)""},
        {.id = 3,
         .who = ACTIVITY_OWN,
         .outcome = ACTIVITY_DONE,
         .at_ms = DRIVER_NOW_MS - 60 * 1000,
         .ended_ms = DRIVER_NOW_MS - 60 * 1000,
         .fields = ACTIVITY_URL | ACTIVITY_CATEGORIES,
         .webhook_id = (char *)"wep_card2",
         .text = (char *)"changed wep_card2",
         .before = (char *)"URL: https://old.example.com/webhooks/cards\ncategories: transfer",
         .after = (char *)"URL: https://hooks.example.com/webhooks/cards\n"
                          "categories: card_transaction"},
    };
    driver->app->activity.asked = true;
    driver_send(driver, &(struct message){.kind = MESSAGE_ACTIVITY,
                                          .activity = rows,
                                          .activity_count = sizeof rows / sizeof rows[0],
                                          .older = true,
                                          .whole = true});
}

/* What is missing: rows of every reason, each of another event. */
void driver_gaps(struct driver *driver)
{
    static const char *const WHY[GAP_REASONS] = {
        [GAP_MISSING] = "no attempt in the log",
        [GAP_ANSWERED] = "200 was answered, not here",
        [GAP_FAILED] = "502 3 times",
        [GAP_GIVEN_UP] = "timed out 16 times",
        [GAP_NEVER] = "in two days, or since",
        [GAP_REPEATED] = "came 3 times",
        [GAP_DISORDERED] = "by its sequence number",
    };
    struct gaps gaps = {
        .rows = calloc(GAP_REASONS, sizeof *gaps.rows),
        .count = GAP_REASONS,
        .total = GAP_REASONS,
        .compared = true,
        .whole = true,
        .pages = 1,
        .events = 120,
        .seen = 150,
        .older = 30,
        .from_ms = DRIVER_NOW_MS - 8 * 3600 * 1000,
        .seen_from_ms = DRIVER_NOW_MS - 54 * 3600 * 1000,
        .until_ms = DRIVER_NOW_MS - 12 * 1000,
        .here = 2,
        .judged = 2,
    };
    cr_assert_not_null(gaps.rows);
    for (size_t i = 0; i < GAP_REASONS; i++) {
        char json[400];
        struct error error;
        (void)snprintf(json, sizeof json,
                       "{\"event_id\":\"wh_gap%zu\",\"event_category\":\"transfer\","
                       "\"event_type\":\"transfer.updated\",\"event_object_id\":\"tr_%zu\","
                       "\"event_object_status\":\"funds_received\",\"event_sequence\":%zu,"
                       "\"event_object\":{\"amount\":\"%zu.50\"},"
                       "\"event_created_at\":\"2024-05-02T1%zu:12:04.000Z\"}",
                       i + 1, i + 1, 40 - i, i, 7 - i);
        cr_assert(event_decode(json, strlen(json), &gaps.rows[i].event, &error), "%s",
                  error.message);
        gaps.rows[i].reason = (enum gap_reason)i;
        (void)snprintf(gaps.rows[i].why, sizeof gaps.rows[i].why, "%s", WHY[i]);
        (void)snprintf(gaps.rows[i].webhook_id, sizeof gaps.rows[i].webhook_id, "%s",
                       i == GAP_NEVER ? ""
                       : i % 2 == 0   ? "wep_pay1"
                                      : "wep_card2");
    }
    cr_assert(string_list_add(&gaps.categories, "transfer"));
    cr_assert(string_list_add(&gaps.categories, "virtual_account"));
    cr_assert(string_list_add(&gaps.categories, "card_account"));
    driver_send(driver, &(struct message){.kind = MESSAGE_GAPS, .gaps = &gaps});
}

static void tell_account(struct driver *driver)
{
    struct error error;
    struct webhook_list webhooks = {0};
    struct event_list events = {0};
    struct log_list logs = {0};
    cr_assert(webhook_list_decode(WEBHOOKS, sizeof WEBHOOKS - 1, &webhooks, &error));
    cr_assert(event_list_decode(EVENTS, sizeof EVENTS - 1, &events, &error));
    cr_assert(log_list_decode(LOGS, sizeof LOGS - 1, &logs, &error));
    driver_send(driver, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &webhooks});
    driver_send(driver, &(struct message){
                            .kind = MESSAGE_UPCOMING, .webhook_id = "wep_pay1", .events = &events});
    driver_send(driver,
                &(struct message){.kind = MESSAGE_LOGS, .webhook_id = "wep_pay1", .logs = &logs});
    struct api_health health = {
        .ever_ok = true, .last_ok_ms = DRIVER_NOW_MS - 2000, .latency_ms = 12};
    driver_send(driver, &(struct message){.kind = MESSAGE_HEALTH, .health = &health});
    tell_activity(driver);
    driver_arrive(driver, 1, VERDICT_GENUINE);
    driver_arrive(driver, 2, VERDICT_WRONG_SIGNATURE);
    driver_arrive(driver, 3, VERDICT_STALE);
    driver_send(driver, &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS});
    webhook_list_clear(&webhooks);
    event_list_clear(&events);
    log_list_clear(&logs);
}

void driver_arrive(struct driver *driver, int number, enum verdict verdict)
{
    char id[32];
    (void)snprintf(id, sizeof id, "wh_live%d", number);
    struct delivery delivery = {
        .id = number,
        .received_ms = DRIVER_NOW_MS - 10000 + number * INT64_C(1000),
        .peer = (char *)"127.0.0.1:5000",
        .method = (char *)"POST",
        .target = (char *)"/webhooks/payments",
        .body_length = 1312,
        .verdict = verdict,
        .reason = (char *)"a reason for a person",
        .webhook_id = (char *)"wep_pay1",
        .answer_status = verdict == VERDICT_GENUINE ? 200 : 400,
        .answer_us = 850,
        .event_id = id,
        .event_type = (char *)"transfer.created",
        .object_id = (char *)"tr_1",
        .object_status = (char *)"awaiting_funds",
        .sequence = number,
    };
    driver_send(driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

/* --- driving ---------------------------------------------------------------------- */

void driver_start(struct driver *driver, const struct driver_config *config)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    tzset();
    *driver = (struct driver){.app = calloc(1, sizeof *driver->app)};
    cr_assert_not_null(driver->app);
    struct app_config app = {
        .environment = config->environment,
        .api_host = "127.0.0.1:9000",
        .listener = "127.0.0.1:8787",
        .ascii = config->ascii,
        .now_ms = DRIVER_NOW_MS,
        .activity_id = DRIVER_ACTIVITY,
        .width = config->width,
        .height = config->height,
    };
    cr_assert(app_init(driver->app, &app));
    cr_assert(grid_init(&driver->grid, config->width, config->height, config->ascii));
    if (!config->empty)
        tell_account(driver);
}

void driver_stop(struct driver *driver)
{
    app_clear(driver->app);
    free(driver->app);
    grid_free(&driver->grid);
}

void driver_send(struct driver *driver, const struct message *message)
{
    driver->effects.count = 0;
    driver->effects.still = false;
    app_update(driver->app, message, &driver->effects);
}

static const struct {
    const char *name;
    char32_t key;
} NAMED_KEYS[] = {
    {"<enter>", KEYS_ENTER},
    {"<esc>", KEYS_ESCAPE},
    {"<tab>", KEYS_TAB},
    {"<shift-tab>", KEYS_SHIFT_TAB},
    {"<up>", KEYS_UP},
    {"<down>", KEYS_DOWN},
    {"<left>", KEYS_LEFT},
    {"<right>", KEYS_RIGHT},
    {"<pgup>", KEYS_PAGE_UP},
    {"<pgdn>", KEYS_PAGE_DOWN},
    {"<home>", KEYS_HOME},
    {"<end>", KEYS_END},
    {"<bs>", KEYS_BACKSPACE},
    {"<ctrl-l>", KEYS_CTRL('L')},
    {"<ctrl-z>", KEYS_CTRL('Z')},
    {"<ctrl-c>", KEYS_CTRL('C')},
    {"<ctrl-u>", KEYS_CTRL('U')},
};

static char32_t next_key(const char **keys)
{
    for (size_t i = 0; i < sizeof NAMED_KEYS / sizeof NAMED_KEYS[0]; i++) {
        size_t length = strlen(NAMED_KEYS[i].name);
        if (strncmp(*keys, NAMED_KEYS[i].name, length) == 0) {
            *keys += length;
            return NAMED_KEYS[i].key;
        }
    }
    return (char32_t)(unsigned char)*(*keys)++;
}

void driver_keys(struct driver *driver, const char *keys)
{
    while (*keys != '\0')
        driver_send(driver, &(struct message){.kind = MESSAGE_KEY, .key = next_key(&keys)});
}

void driver_paste(struct driver *driver, const char *text)
{
    driver_send(driver,
                &(struct message){.kind = MESSAGE_PASTE, .text = text, .length = strlen(text)});
}

void driver_answer(struct driver *driver, enum api_outcome outcome, const char *error)
{
    const struct effect *effect = driver_effect(driver, EFFECT_CALL);
    cr_assert_not_null(effect, "no call is under way:\n%s", driver_screen(driver));
    struct api_result result = {.call = effect->request.call, .outcome = outcome};
    (void)snprintf(result.error.message, sizeof result.error.message, "%s", error);
    const struct endpoint *endpoint = state_find_endpoint(driver->app, effect->request.webhook_id);
    if (outcome == API_OK && effect->request.call == API_CREATE_WEBHOOK) {
        result.webhook = (struct webhook){.id = strdup("wep_new5"),
                                          .url = strdup(effect->request.url),
                                          .status = WEBHOOK_DISABLED,
                                          .status_text = strdup("disabled")};
    } else if (outcome == API_OK && endpoint != NULL) {
        cr_assert(webhook_copy(&result.webhook, &endpoint->webhook));
        if (effect->request.status != WEBHOOK_STATUS_UNKNOWN)
            result.webhook.status = effect->request.status;
        if (effect->request.url != NULL) {
            free(result.webhook.url);
            result.webhook.url = strdup(effect->request.url);
        }
    }
    if (outcome == API_OK && effect->request.call == API_SEND_EVENT)
        result.message = (char *)"Event queued";
    driver_send(driver,
                &(struct message){.kind = MESSAGE_RESULT, .plan = effect->plan, .result = &result});
    webhook_clear(&result.webhook);
}

const struct effect *driver_effect(const struct driver *driver, enum effect_kind kind)
{
    for (size_t i = 0; i < driver->effects.count; i++)
        if (driver->effects.items[i].kind == kind)
            return &driver->effects.items[i];
    return NULL;
}

/* --- the screen --------------------------------------------------------------------- */

const char *driver_screen(struct driver *driver)
{
    static char *text;
    free(text);
    if (driver->grid.width != driver->app->width || driver->grid.height != driver->app->height)
        cr_assert(grid_resize(&driver->grid, driver->app->width, driver->app->height));
    view_draw(driver->app, &driver->grid);
    text = grid_to_text(&driver->grid);
    cr_assert_not_null(text);
    return text;
}

bool driver_shows(struct driver *driver, const char *text)
{
    return strstr(driver_screen(driver), text) != NULL;
}
