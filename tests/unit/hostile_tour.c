#include "tests/unit/hostile_tour.h"

#include "tui/told.h"
#include "tui/view.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tour {
    struct driver driver;
    char *text; /* up to the first NUL, and no longer than decoding leaves it */
    char *bytes;
    size_t length;
    size_t text_length; /* of bytes, cut as a text is, NULs included */
    char id[CONTRACT_ID_MAX + 1];
    tour_visit visit;
    void *context;
};

enum { DELIVERY_NUMBER = 1, TYPED_MAX = 40, PAGES = 2 };

static void look(struct tour *tour, const char *place, bool shows)
{
    view_draw(tour->driver.app, &tour->driver.grid);
    tour->visit(&tour->driver, place, shows, tour->context);
}

static void keys(struct tour *tour, const char *text, const char *place, bool shows)
{
    driver_keys(&tour->driver, text);
    look(tour, place, shows);
}

static void tell(struct tour *tour, struct message message)
{
    driver_send(&tour->driver, &message);
}

/* --- what there is ----------------------------------------------------------------------- */

static void tell_endpoints(struct tour *tour)
{
    char *categories[] = {tour->text, (char *)"transfer", tour->text};
    struct webhook webhooks[2] = {{
        .id = tour->id,
        .url = tour->text,
        .status_text = tour->text,
        .public_key = tour->text,
        .categories = {.items = categories, .count = 3},
        .created_at = tour->text,
    }};
    webhooks[1] = webhooks[0];
    webhooks[1].id = (char *)"wep_2";
    struct webhook_list list = {.items = webhooks, .count = 2, .skipped = 1};
    tell(tour, (struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list});
}

static void tell_events(struct tour *tour)
{
    struct event event = {
        .id = tour->id,
        .developer_id = tour->text,
        .category = tour->text,
        .type = tour->text,
        .object_id = tour->text,
        .object_status = tour->text,
        .created_at = tour->text,
        .created_ms = -1,
        .sequence = -1,
        .raw = tour->bytes,
        .raw_length = tour->text_length,
    };
    struct event_list list = {.items = &event, .count = 1};
    tell(tour, (struct message){.kind = MESSAGE_UPCOMING, .webhook_id = tour->id, .events = &list});
    tell(tour, (struct message){.kind = MESSAGE_LEARNED, .events = &list});
}

static void tell_logs(struct tour *tour)
{
    struct log_entry entry = {
        .status_text = tour->text,
        .event_id = tour->id,
        .response_body = tour->text,
        .created_at = tour->text,
        .created_ms = -1,
        .raw = tour->bytes,
        .raw_length = tour->text_length,
    };
    struct log_list list = {.items = &entry, .count = 1};
    tell(tour, (struct message){.kind = MESSAGE_LOGS, .webhook_id = tour->id, .logs = &list});
}

static struct delivery delivery_of(struct tour *tour)
{
    return (struct delivery){
        .id = DELIVERY_NUMBER,
        .received_ms = DRIVER_NOW_MS,
        .peer = tour->text,
        .method = tour->text,
        .target = tour->text,
        .body_length = tour->length,
        .verdict = VERDICT_WRONG_SIGNATURE,
        .reason = tour->text,
        .webhook_id = tour->id,
        .answer_status = 400,
        .event_id = tour->text,
        .event_type = tour->text,
        .object_id = tour->text,
        .object_status = tour->text,
        .sequence = -1,
    };
}

static void tell_delivery(struct tour *tour)
{
    struct delivery delivery = delivery_of(tour);
    tell(tour, (struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

static void tell_loaded(struct tour *tour)
{
    struct delivery delivery = delivery_of(tour);
    delivery.body = tour->bytes;
    cr_assert(header_list_add(&delivery.headers, tour->text, tour->text));
    cr_assert(header_list_add(&delivery.headers, CONTRACT_SIGNATURE_HEADER, tour->text));
    tell(tour, (struct message){.kind = MESSAGE_LOADED, .delivery = &delivery});
    header_list_clear(&delivery.headers);
}

static void tell_health(struct tour *tour, bool fails)
{
    struct api_health health = {.ever_ok = true, .failures = fails};
    (void)snprintf(health.message, sizeof health.message, "%s", fails ? tour->text : "");
    tell(tour, (struct message){.kind = MESSAGE_HEALTH, .health = &health});
}

static void paste(struct tour *tour)
{
    tell(tour,
         (struct message){.kind = MESSAGE_PASTE, .text = tour->bytes, .length = tour->length});
}

/* Characters above ASCII, one key each: the others are keys of the dashboard's. */
static void type(struct tour *tour)
{
    size_t at = 0;
    for (int typed = 0; typed < TYPED_MAX && at < tour->length; typed++) {
        char32_t character;
        size_t taken = text_decode(tour->bytes + at, tour->length - at, &character);
        at += taken > 0 ? taken : 1;
        if (character >= 0x80)
            tell(tour, (struct message){.kind = MESSAGE_KEY, .key = character});
    }
}

/* --- where it shows ------------------------------------------------------------------------ */

/* The long values of a row, sorted by each column, as they are and masked. */
static void visit_rows(struct tour *tour)
{
    for (const char *pane = "1234"; *pane != '\0'; pane++) {
        char wrapped[] = {*pane, 'w', '\0'};
        keys(tour, wrapped, "row with its long values", true);
        keys(tour, "ooO", "sorted pane", true);
        keys(tour, "m", "row, the other way masked", false);
        keys(tour, "mF", "row", false);
        driver_keys(&tour->driver, "w");
    }
}

static void visit_panes(struct tour *tour)
{
    look(tour, "endpoints", true);
    keys(tour, "2", "upcoming", true);
    keys(tour, "3", "deliveries", true);
    keys(tour, "4", "live", true);
    tell_health(tour, true);
    look(tour, "header of an API that fails", true);
    tell_health(tour, false);
}

/* Panes of an endpoint that could not be asked, which have nothing else to show. */
static void visit_troubles(struct tour *tour)
{
    static const enum api_call CALLS[] = {API_UPCOMING_EVENTS, API_LOGS};
    for (size_t i = 0; i < 2; i++) {
        tell(tour, (struct message){.kind = MESSAGE_FAILED,
                                    .call = CALLS[i],
                                    .webhook_id = tour->id,
                                    .text = tour->text});
        tell(tour, (struct message){.kind = MESSAGE_FAILED,
                                    .call = CALLS[i],
                                    .webhook_id = "wep_2",
                                    .text = tour->text});
    }
    keys(tour, "2", "upcoming that is old", true);
    keys(tour, "3", "deliveries that are old", true);
    driver_keys(&tour->driver, "1j");
    keys(tour, "2", "upcoming that is not known", true);
    keys(tour, "3", "deliveries that are not known", true);
    driver_keys(&tour->driver, "1k");
}

/* A detail view as it opened, page by page, unfolded with its bytes, folded, and searched. */
static void visit_pages(struct tour *tour, const char *place)
{
    for (int page = 0; page < PAGES; page++)
        keys(tour, "<pgdn>", place, false);
    keys(tour, "G", place, false);
    keys(tour, "L", "all unfolded", false);
    for (int page = 0; page < PAGES; page++)
        keys(tour, "<pgup>", "all unfolded", false);
    keys(tour, "H", "all folded", false);
    keys(tour, "gl<tab>l<tab>l<tab>l", "sections of folded members", false);
    keys(tour, "z", "whole screen", false);
    keys(tour, "mLw", "unmasked, lines cut", false);
    keys(tour, "mw", "masked, lines wrapped", false);
    keys(tour, "J", "next of the list", false);
    keys(tour, "K", "previous of the list", false);
    driver_keys(&tour->driver, "/");
    paste(tour);
    look(tour, "find line", true);
    keys(tour, "<enter>n", "match", false);
    driver_keys(&tour->driver, "<esc><esc>");
}

/* An upcoming event beside what arrived, which has the text as its body. */
static void visit_comparison(struct tour *tour)
{
    driver_keys(&tour->driver, "2*4*");
    keys(tour, "=", "comparison, without a body", true);
    tell_loaded(tour);
    look(tour, "comparison", true);
    keys(tour, "L<pgdn>", "comparison, unfolded", false);
    driver_keys(&tour->driver, "<esc>*2*");
}

static void visit_details(struct tour *tour)
{
    keys(tour, "1<enter>", "detail of an endpoint", true);
    visit_pages(tour, "detail of an endpoint");
    keys(tour, "2<enter>", "detail of an event", true);
    visit_pages(tour, "detail of an event");
    keys(tour, "3<enter>", "detail of a log entry", true);
    visit_pages(tour, "detail of a log entry");
    keys(tour, "4<enter>", "detail of a delivery, without its body", true);
    tell_loaded(tour);
    look(tour, "detail of a delivery", true);
    visit_pages(tour, "detail of a delivery");
    visit_comparison(tour);
    driver_keys(&tour->driver, "4<enter>");
    tell(tour, (struct message){.kind = MESSAGE_LOADED, .text = tour->text});
    look(tour, "detail of a delivery that cannot be read", true);
    driver_keys(&tour->driver, "<esc>");
    keys(tour, "?", "help", false);
    keys(tour, "G", "help", false);
    driver_keys(&tour->driver, "/");
    paste(tour);
    type(tour);
    look(tour, "help's filter line", true);
    keys(tour, "<enter>", "help with a filter", false);
    driver_keys(&tour->driver, "<esc><esc>");
}

/* The store's, in a trace: what came, what was handed on, what claims to be it. */
static struct event_record *record_of(struct tour *tour)
{
    struct event_record *record = calloc(1, sizeof *record);
    struct delivery delivery = delivery_of(tour);
    cr_assert_not_null(record);
    record->kept_from_ms = INT64_MIN;
    cr_assert(delivery_copy_summary(&record->claims[record->claim_count++], &delivery));
    delivery.verdict = VERDICT_GENUINE;
    record->found = delivery_copy_summary(&record->delivery, &delivery);
    record->forwards.items = calloc(1, sizeof *record->forwards.items);
    struct forward_try *tries = calloc(2, sizeof *tries);
    cr_assert(record->forwards.items != NULL && tries != NULL);
    tries[0] = (struct forward_try){.number = 1, .error = strdup(tour->text)};
    tries[1] = (struct forward_try){.number = 2,
                                    .status = 500,
                                    .answer = strdup(tour->text),
                                    .answer_length = strlen(tour->text)};
    record->forwards.items[0] = (struct forward){.tries = tries, .try_count = 2, .tries_made = 2};
    record->forwards.count = 1;
    return record;
}

static void visit_trace(struct tour *tour)
{
    keys(tour, "2t", "trace that is read", false);
    if (state_looks_up(tour->driver.app) == 0)
        return; /* the event's id is none */
    struct event_record *record = record_of(tour);
    tell(tour, (struct message){.kind = MESSAGE_TRACED,
                                .search = state_looks_up(tour->driver.app),
                                .record = &record});
    cr_assert_null(record);
    look(tour, "trace", true);
    keys(tour, "L", "trace, all of it", true);
    visit_pages(tour, "trace");
    keys(tour, "2t", "trace that is read", false);
    tell(tour, (struct message){.kind = MESSAGE_TRACED,
                                .search = state_looks_up(tour->driver.app),
                                .text = tour->text});
    look(tour, "trace that cannot be read", true);
    driver_keys(&tour->driver, "<esc>");
}

static void visit_history(struct tour *tour)
{
    static const char *const IDS[] = {"wh_h1", "wh_h2", "wh_h3"};
    struct object_history *history = object_history_new();
    cr_assert_not_null(history);
    for (int i = 0; i < 3; i++) {
        struct delivery delivery = delivery_of(tour);
        delivery.id = i + 1;
        delivery.event_id = (char *)IDS[i];
        delivery.verdict = VERDICT_GENUINE;
        delivery.sequence = i;
        delivery.body = tour->bytes;
        delivery.object_status = i == 1 ? (char *)"else" : tour->text;
        (void)object_history_add_delivery(history, &delivery);
    }
    object_history_make(history);
    keys(tour, "2i", "history that is read", false);
    tell(tour, (struct message){.kind = MESSAGE_HISTORY,
                                .search = state_looks_up(tour->driver.app),
                                .history = &history,
                                .object_id = tour->text,
                                .searched = true,
                                .text = tour->text});
    object_history_free(history);
    look(tour, "history", true);
    visit_pages(tour, "history");
}

static void visit_status_line(struct tour *tour)
{
    for (enum tone tone = TONE_INFO; tone <= TONE_BAD; tone++) {
        tell(tour, (struct message){.kind = MESSAGE_SAY, .tone = tone, .text = tour->text});
        look(tour, "status line", true);
    }
    tell(tour, (struct message){.kind = MESSAGE_FAILED,
                                .call = API_LIST_WEBHOOKS,
                                .webhook_id = "wep_none",
                                .text = tour->text});
    look(tour, "failure of no endpoint", true);
    tell(tour, (struct message){.kind = MESSAGE_SAY, .tone = TONE_NONE, .text = ""});
    tell(tour, (struct message){.kind = MESSAGE_STORING, .text = tour->text});
    look(tour, "storing that fails", true);
    tell(tour, (struct message){.kind = MESSAGE_STORING});
    keys(tour, "M", "messages", false);
    keys(tour, "g", "messages", false);
    keys(tour, "y", "message that is copied", false);
    driver_keys(&tour->driver, "<esc>");
}

static void visit_gaps(struct tour *tour)
{
    struct gaps gaps = {.rows = calloc(1, sizeof *gaps.rows),
                        .count = 1,
                        .total = 1,
                        .compared = true,
                        .events = 1,
                        .seen = 1,
                        .from_ms = DRIVER_NOW_MS,
                        .until_ms = DRIVER_NOW_MS};
    if (gaps.rows == NULL)
        return;
    gaps.rows[0].event = (struct event){.id = strdup("wh_gap"),
                                        .type = strdup(tour->text),
                                        .object_id = strdup(tour->text),
                                        .object_status = strdup(tour->text),
                                        .sequence = -1,
                                        .created_ms = DRIVER_NOW_MS};
    (void)snprintf(gaps.rows[0].why, sizeof gaps.rows[0].why, "%s", tour->text);
    (void)string_list_add(&gaps.categories, tour->text);
    tell(tour, (struct message){.kind = MESSAGE_GAPS, .gaps = &gaps});
    keys(tour, "5", "gaps", true);
    keys(tour, "w", "gaps, values whole", true);
    keys(tour, "w<enter>", "event that is missing", false);
    driver_keys(&tour->driver, "<esc>");
    keys(tour, "1<enter>", "endpoint with categories that were seen", false);
    driver_keys(&tour->driver, "<esc>");
    struct gaps failed = {0};
    (void)snprintf(failed.trouble, sizeof failed.trouble, "%s", tour->text);
    tell(tour, (struct message){.kind = MESSAGE_GAPS, .gaps = &failed});
    keys(tour, "5", "gaps that cannot be found", false);
    driver_keys(&tour->driver, "1");
}

static void visit_activity(struct tour *tour)
{
    struct activity row = {
        .id = DRIVER_ACTIVITY + 1,
        .outcome = ACTIVITY_DONE,
        .at_ms = DRIVER_NOW_MS,
        .fields = ACTIVITY_URL,
        .text = (char *)tour->text,
        .before = (char *)tour->text,
        .after = (char *)tour->text,
    };
    driver_keys(&tour->driver, "a");
    tell(tour, (struct message){.kind = MESSAGE_ACTIVITY, .activity = &row, .activity_count = 1});
    look(tour, "activity", true);
    keys(tour, "<enter>", "activity with its sides", true);
    keys(tour, "y", "activity that is copied", false);
    driver_keys(&tour->driver, "<esc><esc>");
}

/* What was typed is a command that is not known, in the line, in what is said of it, and in the
   history. */
static void visit_prompt(struct tour *tour)
{
    driver_keys(&tour->driver, ":");
    paste(tour);
    type(tour);
    look(tour, "command prompt", true);
    keys(tour, "<left><left><bs><tab>", "command prompt that is edited", false);
    keys(tour, "<enter>", "command that is not known", false);
    driver_keys(&tour->driver, ":<up>");
    look(tour, "command prompt's history", false);
    driver_keys(&tour->driver, "<esc>:theme ");
    paste(tour);
    look(tour, "argument in the command prompt", true);
    keys(tour, "<enter>", "argument that is not known", false);
    driver_keys(&tour->driver, ":filter ");
    paste(tour);
    keys(tour, "<enter>", "filter from the command prompt", false);
    driver_keys(&tour->driver, "/<esc>");
}

/* What is copied does not show; the file's name does. */
static void visit_copies(struct tour *tour)
{
    for (const char *pane = "1234"; *pane != '\0'; pane++) {
        char open[] = {*pane, 'y', '\0'};
        keys(tour, open, "copy menu", true);
        for (const char *what = "bhispcu"; *what != '\0'; what++) {
            char copy[] = {'y', *what, '\0'};
            keys(tour, "<esc>", "copy menu that was left", true);
            keys(tour, copy, "copy", true);
            tell(tour, (struct message){.kind = MESSAGE_COPIED, .text = tour->text});
            look(tour, "copy in a file", true);
            tell(tour, (struct message){.kind = MESSAGE_COPIED, .error = tour->text});
            look(tour, "copy that failed", true);
        }
    }
}

static void visit_filter(struct tour *tour)
{
    for (const char *pane = "1234"; *pane != '\0'; pane++) {
        char open[] = {*pane, '/', '\0'};
        driver_keys(&tour->driver, open);
        paste(tour);
        look(tour, "filter line", true);
        type(tour);
        keys(tour, "<left><left><bs><end>", "filter line that is edited", false);
        keys(tour, "<enter>", "pane with a filter", false);
        keys(tour, "/<esc>", "pane without a filter", true);
    }
}

static void visit_query(struct tour *tour)
{
    for (const char *pane = "1234"; *pane != '\0'; pane++) {
        char open[] = {*pane, 'f', '\0'};
        driver_keys(&tour->driver, open);
        paste(tour);
        look(tour, "query line", true);
        type(tour);
        keys(tour, "<home>type:", "query line that is wrong", false);
        keys(tour, "<enter>", "pane with a query", false);
        keys(tour, "<ctrl-u><esc>f<up>", "query line with an earlier one", false);
        keys(tour, "<esc>", "pane without a query", true);
    }
}

static void visit_found(struct tour *tour)
{
    driver_keys(&tour->driver, "4fx<enter>");
    struct delivery found = {.id = 7,
                             .target = tour->text,
                             .event_id = tour->id,
                             .event_type = tour->text,
                             .object_status = tour->text,
                             .sequence = -1};
    struct message message = {.kind = MESSAGE_FOUND,
                              .search = tour->driver.app->found.generation,
                              .found = &found,
                              .found_count = 1,
                              .searched = true};
    driver_send(&tour->driver, &message);
    look(tour, "results of the store", true);
    driver_keys(&tour->driver, "f<ctrl-u>y<enter>");
    message.search = tour->driver.app->found.generation;
    message.found_count = 0;
    message.text = tour->text;
    driver_send(&tour->driver, &message);
    look(tour, "search that failed", true);
    driver_keys(&tour->driver, "<esc>");
}

/* The call that was just agreed to: tried again, refused, or done. */
static void visit_call(struct tour *tour, enum api_outcome outcome, const char *place)
{
    const struct effect *call = driver_effect(&tour->driver, EFFECT_CALL);
    if (call == NULL)
        return;
    uint64_t plan = call->plan;
    look(tour, place, false);
    tell(tour, (struct message){.kind = MESSAGE_RETRYING, .plan = plan, .text = tour->text});
    look(tour, place, true);
    struct api_result result = {.call = call->request.call, .outcome = outcome};
    result.message = tour->text;
    result.webhook = (struct webhook){.id = tour->id, .url = tour->text};
    result.webhook.status_text = tour->text;
    (void)snprintf(result.error.message, sizeof result.error.message, "%s", tour->text);
    tell(tour, (struct message){.kind = MESSAGE_RESULT, .plan = plan, .result = &result});
    look(tour, place, true);
}

/* The path, what it may be completed to, what is in the way, and what goes wrong. */
static void visit_export(struct tour *tour)
{
    struct path_names names = {.count = 3};
    struct export_report exists = {.stage = EXPORT_EXISTS, .text = tour->text};
    struct export_report failed = {.stage = EXPORT_FAILED, .text = tour->text};
    struct export_report done = {.stage = EXPORT_DONE, .done = 1, .bytes = 1};
    for (size_t i = 0; i < names.count; i++)
        (void)snprintf(names.names[i], EXPORT_NAME_SIZE, "%zu%s", i, tour->text);
    keys(tour, "4x", "export dialog", false);
    driver_keys(&tour->driver, "<up><ctrl-u>");
    paste(tour);
    type(tour);
    look(tour, "export dialog's path", false);
    driver_keys(&tour->driver, "<ctrl-u><tab>");
    tell(tour, (struct message){.kind = MESSAGE_PATHS, .paths = &names});
    look(tour, "completions of a path", false);
    keys(tour, "<tab><tab>", "completed path", false);
    driver_keys(&tour->driver, "<enter>");
    tell(tour, (struct message){.kind = MESSAGE_EXPORT, .report = &exists});
    look(tour, "question about a file", false);
    driver_keys(&tour->driver, "y");
    tell(tour, (struct message){.kind = MESSAGE_EXPORT, .report = &failed});
    look(tour, "export that failed", false);
    driver_keys(&tour->driver, "x<up><ctrl-u>");
    paste(tour);
    driver_keys(&tour->driver, "<enter>");
    tell(tour, (struct message){.kind = MESSAGE_EXPORT, .report = &done});
    look(tour, "export that is done", false);
    driver_keys(&tour->driver, "<esc>");
}

static void visit_questions(struct tour *tour)
{
    keys(tour, "1E", "question", true);
    driver_keys(&tour->driver, "n");
    keys(tour, "D", "question that wants typing", true);
    paste(tour);
    type(tour);
    look(tour, "question with what was typed", true);
    driver_keys(&tour->driver, "<esc>");
    keys(tour, "2s", "question about an event", true);
    driver_keys(&tour->driver, "y");
    visit_call(tour, API_REFUSED, "send that is refused");
    driver_keys(&tour->driver, "2sy");
    visit_call(tour, API_OK, "send that is done");
    keys(tour, "4s", "question about an event that arrived", false);
    driver_keys(&tour->driver, "<esc>");
}

/* The URL being the text; then the last fields, which are the endpoint's own categories. */
static void visit_fields(struct tour *tour, const char *place)
{
    paste(tour);
    type(tour);
    look(tour, place, true);
    keys(tour, "<left><left><left><bs>", place, false);
    keys(tour, "<home>", place, false);
    keys(tour, "<tab>", place, false);
    keys(tour, "<shift-tab><shift-tab>", place, false);
    keys(tour, "<shift-tab> ", place, false);
    driver_keys(&tour->driver, "<esc>");
}

static void visit_forms(struct tour *tour)
{
    keys(tour, "1u", "form with categories of its own", true);
    visit_fields(tour, "form with categories of its own");
    keys(tour, "c", "form of a new endpoint", false);
    visit_fields(tour, "form of a new endpoint");

    driver_keys(&tour->driver, "1u<ctrl-u>https://x.example/");
    paste(tour);
    look(tour, "form with an URL", true);
    keys(tour, "<enter>", "question about a change", true);
    driver_keys(&tour->driver, "y");
    visit_call(tour, API_REFUSED, "change that is refused");
    driver_keys(&tour->driver, "<esc><esc>");
    driver_keys(&tour->driver, "c<ctrl-u>https://x.example/");
    paste(tour);
    keys(tour, "<enter>", "question about a new endpoint", true);
    driver_keys(&tour->driver, "y");
    visit_call(tour, API_OK, "creation that is done");
    driver_keys(&tour->driver, "<esc><esc>");
}

/* --- all of it ------------------------------------------------------------------------------ */

static void begin(struct tour *tour, const struct driver_config *config)
{
    struct driver_config empty = *config;
    empty.empty = true;
    empty.environment = ENVIRONMENT_CUSTOM;
    driver_start(&tour->driver, &empty);
    struct app *app = tour->driver.app;
    (void)snprintf(app->api_host, sizeof app->api_host, "%s", tour->text);
    (void)snprintf(app->receiving.address, sizeof app->receiving.address, "%s", tour->text);
    look(tour, "screen without data", true);
    tell_endpoints(tour);
    tell_events(tour);
    tell_logs(tour);
    tell_delivery(tour);
}

void tour_run(const struct driver_config *config, const char *bytes, size_t length,
              tour_visit visit, void *context)
{
    size_t text_length = length < CONTRACT_STRING_MAX ? length : CONTRACT_STRING_MAX;
    char *text = strndup(bytes, text_length);
    char *copy = malloc(length + 1);
    cr_assert(text != NULL && copy != NULL);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    struct tour tour = {
        .text = text,
        .bytes = copy,
        .length = length,
        .text_length = text_length,
        .visit = visit,
        .context = context,
    };
    (void)snprintf(tour.id, sizeof tour.id, "%s", text[0] != '\0' ? text : "wep_1");

    begin(&tour, config);
    visit_panes(&tour);
    visit_rows(&tour);
    visit_details(&tour);
    visit_trace(&tour);
    visit_history(&tour);
    visit_status_line(&tour);
    visit_activity(&tour);
    visit_gaps(&tour);
    visit_copies(&tour);
    visit_filter(&tour);
    visit_query(&tour);
    visit_found(&tour);
    visit_prompt(&tour);
    visit_questions(&tour);
    visit_export(&tour);
    visit_forms(&tour);
    visit_troubles(&tour);

    driver_stop(&tour.driver);
    free(copy);
    free(text);
}
