/* What the trace of an event says: contradictions first, then the time line. */
#include "api/duration.h"
#include "api/redact.h"
#include "api/trace.h"
#include "tui/app_private.h"
#include "tui/rows.h"
#include "tui/text.h"
#include "tui/told.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_SHOWN = 240, /* bytes of an answer's body that a line shows */
    MOMENT_SIZE = 40,
    PAUSED_SIZE = 80, /* with the pause */
    TENTHS_MS = 10000,
};

/* --- what is known ------------------------------------------------------------------- */

/* What of it lives as long as it is told. */
struct telling {
    struct trace_known known;
    struct trace_endpoint *endpoints;
    struct trace_period *periods;
    struct trace trace;
};

/* "20 s" is no point in time: where ages are shown, findings have the clock's time all the same. */
static void say_time(int64_t ms, char *text, size_t size, void *context)
{
    const struct app *app = context;
    enum times times = app->times == TIMES_RELATIVE ? TIMES_LOCAL : app->times;
    rows_format_moment(text, size, times, ms, app->now_ms);
}

static void fill_endpoints(const struct app *app, struct telling *telling)
{
    for (size_t i = 0; i < app->endpoint_count; i++) {
        const struct endpoint *endpoint = &app->endpoints[i];
        telling->endpoints[i] = (struct trace_endpoint){
            .webhook = &endpoint->webhook,
            .logs = endpoint->logs_known ? &endpoint->logs : NULL,
            .logs_ms = endpoint->logs_ms,
            .upcoming = endpoint->upcoming_known ? &endpoint->upcoming : NULL,
            .upcoming_ms = endpoint->upcoming_ms,
        };
    }
    telling->known.endpoints = telling->endpoints;
    telling->known.endpoint_count = app->endpoint_count;
}

static void fill_store(const struct app *app, const struct event_record *record,
                       struct telling *telling)
{
    struct trace_known *known = &telling->known;
    known->stored = true;
    known->first = record->found ? &record->delivery : NULL;
    known->forwards = &record->forwards;
    known->claims = record->claims;
    known->claim_count = record->claim_count;
    known->more_claims = record->more_claims;
    known->kept_from_ms = record->kept_from_ms;
    for (size_t i = 0; i < record->period_count; i++) {
        const struct store_period *period = &record->periods[i];
        int64_t until = period->until_ms == INT64_MAX ? app->now_ms : period->until_ms;
        telling->periods[i] = (struct trace_period){period->began_ms, until};
    }
    known->periods = telling->periods;
    known->period_count = record->period_count;
}

static void telling_clear(struct telling *telling)
{
    trace_clear(&telling->trace);
    free(telling->endpoints);
    free(telling->periods);
}

/* False when memory is out. */
static bool telling_make(struct app *app, const struct trace_told *told, struct telling *telling)
{
    *telling = (struct telling){
        .known = {.event_id = told->event_id,
                  .event = told->event.id != NULL ? &told->event : NULL,
                  .kept_from_ms = INT64_MIN,
                  .clock_known = app->health.clock_known,
                  .clock_ahead_ms = app->health.clock_ahead_ms,
                  .now_ms = app->now_ms,
                  .say_time = say_time,
                  .context = app},
        .endpoints = calloc(app->endpoint_count + 1, sizeof *telling->endpoints),
        .periods = calloc(STORE_PERIODS_KEPT, sizeof *telling->periods),
    };
    if (telling->endpoints != NULL && telling->periods != NULL) {
        fill_endpoints(app, telling);
        if (told->record != NULL)
            fill_store(app, told->record, telling);
        if (trace_make(&telling->trace, &telling->known))
            return true;
    }
    telling_clear(telling);
    return false;
}

/* --- findings -------------------------------------------------------------------------- */

static enum role role_of(enum trace_tone tone)
{
    static const enum role ROLES[] = {[TRACE_BAD] = ROLE_BAD,
                                      [TRACE_WARN] = ROLE_WARN,
                                      [TRACE_GOOD] = ROLE_GOOD,
                                      [TRACE_PLAIN] = ROLE_NORMAL};
    return ROLES[tone];
}

static const char *sign_of(enum trace_tone tone)
{
    static const char *const SIGNS[] = {
        [TRACE_BAD] = "✗", [TRACE_WARN] = "!", [TRACE_GOOD] = "✓", [TRACE_PLAIN] = "·"};
    return SIGNS[tone];
}

/* How it went where nothing contradicts: "delivered", "not delivered yet". */
static void tell_course(struct app *app, const struct trace *trace, bool read)
{
    struct inspector *inspector = &app->inspector;
    if (!read)
        inspector_field(inspector, "", ROLE_DIM, "the store is being read…");
    else if (trace->succeeded > 0 && trace->arrivals > 0)
        inspector_fieldf(
            inspector, "✓", ROLE_GOOD,
            "delivered: Bridge logged %zu attempt%s, of which %zu succeeded; it arrived "
            "here, and nothing contradicts that",
            trace->logged, trace->logged == 1 ? "" : "s", trace->succeeded);
    else if (trace->arrivals > 0)
        inspector_field(inspector, "✓", ROLE_GOOD,
                        "it arrived here; Bridge's log says nothing of it");
    else if (trace->logged > 0)
        inspector_field(inspector, "·", ROLE_NORMAL, "it has not arrived here");
    else
        inspector_field(inspector, "·", ROLE_NORMAL,
                        "no attempt is known: it has not arrived here, and no log that was asked "
                        "for has it");
}

static void tell_findings(struct app *app, const struct trace_told *told, const struct trace *trace)
{
    struct inspector *inspector = &app->inspector;
    size_t contradictions = 0;
    for (size_t i = 0; i < trace->finding_count; i++)
        contradictions += trace->findings[i].tone == TRACE_BAD;
    inspector_add_fields(inspector, SECTION_FINDINGS);
    if (contradictions > 0)
        inspector_note(inspector, "%zu contradiction%s or failure%s", contradictions,
                       contradictions == 1 ? "" : "s", contradictions == 1 ? "" : "s");
    for (size_t i = 0; i < trace->finding_count; i++) {
        const struct trace_finding *finding = &trace->findings[i];
        inspector_field(inspector, sign_of(finding->tone), role_of(finding->tone), finding->text);
        inspector_field_of(inspector, 1 + (uint64_t)finding->what * 2);
    }
    if (told->trouble[0] != '\0')
        inspector_field(inspector, "✗", ROLE_BAD, told->trouble);
    else if (contradictions == 0 && (trace->finding_count == 0 || trace->succeeded > 0))
        tell_course(app, trace, told->record != NULL);
}

/* --- the time line ------------------------------------------------------------------------ */

/* "09:12:04  + 42 s" */
static void say_moment(const struct app *app, const struct trace_entry *entry, bool pause,
                       char text[PAUSED_SIZE])
{
    char moment[MOMENT_SIZE] = "no time", since[MOMENT_SIZE];
    if (entry->told_ms >= 0)
        rows_format_moment(moment, sizeof moment, app->times, entry->told_ms, app->now_ms);
    (void)snprintf(text, PAUSED_SIZE, "%s", moment);
    if (!pause || entry->pause_ms < 0)
        return;
    if (entry->pause_ms < 1000)
        (void)snprintf(since, sizeof since, "%" PRId64 " ms", entry->pause_ms);
    else if (entry->pause_ms < TENTHS_MS)
        (void)snprintf(since, sizeof since, "%.1f s", (double)entry->pause_ms / 1000.0);
    else
        duration_format(entry->pause_ms, since);
    (void)snprintf(text, PAUSED_SIZE, "%s  + %s", moment, since);
}

/* An answer's body, masked as payloads are, as a line of its own. */
static void tell_answer(struct app *app, const char *bytes, size_t length, uint64_t id)
{
    while (length > 0 && (unsigned char)bytes[length - 1] <= ' ')
        length--;
    char *masked = NULL;
    size_t shown_length = length;
    const char *shown = bytes;
    if (length == 0)
        return;
    if (app->masked) {
        masked = redact_copy(bytes, length, REDACT_JSON_OR_TEXT, &shown_length, NULL);
        shown = masked != NULL ? masked : REDACT_MASK;
        if (masked == NULL)
            shown_length = sizeof REDACT_MASK - 1;
    }
    size_t cut = shown_length < ANSWER_SHOWN ? shown_length : ANSWER_SHOWN;
    while (cut < shown_length && cut > 0 && ((unsigned char)shown[cut] & 0xC0) == 0x80)
        cut--;
    inspector_fieldf(&app->inspector, "", ROLE_DIM, "  answered: %.*s%s", (int)cut, shown,
                     cut < shown_length ? "…" : "");
    inspector_field_of(&app->inspector, id);
    free(masked);
}

static const char *target_of(const struct trace_entry *entry)
{
    return entry->attempt != NULL ? entry->attempt->target : entry->delivery->target;
}

static void tell_entry(struct app *app, const struct trace_entry *entry)
{
    struct inspector *inspector = &app->inspector;
    char moment[PAUSED_SIZE];
    uint64_t id = entry->id & ~UINT64_C(1);
    say_moment(app, entry, entry->kind != TRACE_CLAIMED, moment);
    const char *target = entry->kind == TRACE_ARRIVED ? target_of(entry) : NULL;
    char *masked = target != NULL && app->masked ? redact_target(target) : NULL;
    if (target != NULL && app->masked)
        target = masked != NULL ? masked : REDACT_MASK;
    inspector_fieldf(inspector, moment, role_of(entry->tone), "%s%s%s", entry->text,
                     target != NULL ? ", at " : "", target != NULL ? target : "");
    inspector_field_of(inspector, id);
    free(masked);
    if (entry->kind == TRACE_LOGGED && entry->log->response_body != NULL)
        tell_answer(app, entry->log->response_body, strlen(entry->log->response_body), id | 1);
    else if (entry->kind == TRACE_FORWARDED)
        tell_answer(app, entry->tried->answer, entry->tried->answer_length, id | 1);
    else if (entry->kind == TRACE_CLAIMED && entry->delivery->reason != NULL) {
        inspector_fieldf(inspector, "", ROLE_DIM, "  %s", entry->delivery->reason);
        inspector_field_of(inspector, id | 1);
    }
}

static void tell_line(struct app *app, const struct trace *trace)
{
    struct inspector *inspector = &app->inspector;
    size_t claims = 0;
    inspector_add_fields(inspector, SECTION_TIME_LINE);
    for (size_t i = 0; i < trace->count; i++) {
        bool claim = trace->entries[i].kind == TRACE_CLAIMED;
        claims += claim;
        if (!claim)
            tell_entry(app, &trace->entries[i]);
    }
    if (trace->count == claims)
        inspector_field(inspector, "", ROLE_DIM, "nothing is known yet");
    else
        inspector_note(inspector, "%zu entries, and the pauses between", trace->count - claims);
    if (claims == 0)
        return;
    inspector_add_fields(inspector, SECTION_CLAIMS);
    inspector_note(inspector, "%zu that name%s this event: not counted", claims,
                   claims == 1 ? "s" : "");
    for (size_t i = 0; i < trace->count; i++)
        if (trace->entries[i].kind == TRACE_CLAIMED)
            tell_entry(app, &trace->entries[i]);
}

/* --- by endpoint, where there are several ------------------------------------------------- */

struct share {
    size_t logged, arrived, queued;
    char statuses[160]; /* "502, 502, 200" */
};

static void take_share(const struct trace *trace, size_t endpoint, struct share *share)
{
    size_t used = 0;
    *share = (struct share){0};
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->endpoint != endpoint)
            continue;
        share->arrived += entry->kind == TRACE_ARRIVED;
        if (entry->kind == TRACE_QUEUED && !entry->past)
            share->queued = (size_t)entry->number;
        if (entry->kind != TRACE_LOGGED)
            continue;
        const char *status =
            entry->log->status_text != NULL ? entry->log->status_text : "no status";
        if (used < sizeof share->statuses)
            used += (size_t)snprintf(share->statuses + used, sizeof share->statuses - used, "%s%s",
                                     share->logged > 0 ? ", " : "", status);
        share->logged++;
    }
}

static void tell_share(struct app *app, const struct webhook *webhook, const struct share *share)
{
    char queued[48] = "";
    if (share->queued > 0)
        (void)snprintf(queued, sizeof queued, ", queued: number %zu", share->queued);
    inspector_fieldf(&app->inspector, webhook->id, ROLE_NORMAL,
                     "%zu attempt%s logged%s%s%s, arrived here %zu time%s%s, %s", share->logged,
                     share->logged == 1 ? "" : "s", share->logged > 0 ? " (" : "", share->statuses,
                     share->logged > 0 ? ")" : "", share->arrived, share->arrived == 1 ? "" : "s",
                     queued, webhook->url != NULL ? webhook->url : "no URL");
}

static void tell_endpoints(struct app *app, const struct trace *trace)
{
    struct share share;
    size_t involved = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        if (pass == 1 && involved < 2)
            return;
        if (pass == 1)
            inspector_add_fields(&app->inspector, SECTION_ENDPOINTS);
        for (size_t i = 0; i < app->endpoint_count; i++) {
            take_share(trace, i, &share);
            if (share.logged + share.arrived + share.queued == 0)
                continue;
            involved += pass == 0;
            if (pass == 1)
                tell_share(app, &app->endpoints[i].webhook, &share);
        }
    }
}

/* --- all of it ------------------------------------------------------------------------------ */

static void tell_event(struct app *app, const struct trace_told *told)
{
    struct inspector *inspector = &app->inspector;
    const struct event *event = &told->event;
    inspector_add_fields(inspector, SECTION_SUMMARY);
    inspector_field(inspector, "id", ROLE_STRONG, told->event_id);
    if (event->id == NULL) {
        inspector_field(inspector, "", ROLE_DIM,
                        told->asked_bridge
                            ? "what it says is not known: it is not among Bridge's newest events"
                            : "what it says is not known");
        return;
    }
    inspector_field(inspector, "type", ROLE_NORMAL, event->type);
    inspector_field(inspector, "object", ROLE_NORMAL, event->object_id);
    inspector_field(inspector, "object status", ROLE_NORMAL, event->object_status);
    if (event->sequence >= 0)
        inspector_fieldf(inspector, "sequence", ROLE_NORMAL, "%" PRId64, event->sequence);
    inspector_field(inspector, "created at", ROLE_NORMAL, event->created_at);
}

static void tell_known(struct app *app, const struct trace *trace)
{
    struct inspector *inspector = &app->inspector;
    inspector_add_fields(inspector, SECTION_KNOWN);
    for (size_t i = 0; i < trace->note_count; i++)
        inspector_field(inspector, trace->notes[i].label, ROLE_NORMAL, trace->notes[i].text);
    for (size_t i = 0; i < app->endpoint_count; i++)
        if (app->endpoints[i].logs_trouble[0] != '\0')
            inspector_fieldf(inspector, app->endpoints[i].webhook.id, ROLE_BAD,
                             "its log could not be asked for: %s", app->endpoints[i].logs_trouble);
}

void app_trace_tell(struct app *app)
{
    const struct trace_told *told = app->inspector.trace;
    struct telling telling;
    if (!telling_make(app, told, &telling)) {
        inspector_add_fields(&app->inspector, SECTION_FINDINGS);
        inspector_field(&app->inspector, "✗", ROLE_BAD,
                        "the trace could not be made: out of memory");
        return;
    }
    tell_findings(app, told, &telling.trace);
    tell_line(app, &telling.trace);
    tell_endpoints(app, &telling.trace);
    tell_event(app, told);
    tell_known(app, &telling.trace);
    telling_clear(&telling);
}

/* --- what a line of it stands for --------------------------------------------------------------
 */

static bool open_entry(struct app *app, const struct telling *telling,
                       const struct trace_entry *entry, struct effects *effects)
{
    const struct trace_known *known = &telling->known;
    switch (entry->kind) {
    case TRACE_CREATED:
        return known->event != NULL && app_inspector_open_event(app, known->event);
    case TRACE_QUEUED:
        return app_inspector_open_event(
            app, &known->endpoints[entry->endpoint].upcoming->items[entry->number - 1]);
    case TRACE_LOGGED:
        return app_inspector_open_log(app, entry->log);
    case TRACE_ARRIVED:
    case TRACE_CLAIMED:
        return app_inspector_open_delivery(app, entry->delivery, effects);
    case TRACE_FORWARDED:
    case TRACE_WAITING:
        return app_inspector_open_delivery(app, known->first, effects);
    }
    return false;
}

bool app_trace_open_selected(struct app *app, struct effects *effects)
{
    struct telling telling;
    uint64_t id = inspector_selected_field(&app->inspector) & ~UINT64_C(1);
    bool opened = false;
    if (id == 0 || app->inspector.kind != INSPECTOR_TRACE ||
        !telling_make(app, app->inspector.trace, &telling))
        return false;
    for (size_t i = 0; i < telling.trace.count; i++)
        if ((telling.trace.entries[i].id & ~UINT64_C(1)) == id) {
            opened = open_entry(app, &telling, &telling.trace.entries[i], effects);
            break;
        }
    telling_clear(&telling);
    return opened;
}
