#include "api/trace.h"

#include "api/trace_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- what an entry says ----------------------------------------------------------- */

int64_t trace_sane(int64_t time)
{
    const int64_t most = INT64_MAX / 16; /* microseconds of 18,000 years */
    return time > most ? most : time < -most ? -most : time;
}

int trace_answer_status(const struct trace_entry *entry)
{
    return entry->attempt != NULL ? entry->attempt->answer_status : entry->delivery->answer_status;
}

int64_t trace_answer_us(const struct trace_entry *entry)
{
    return trace_sane(entry->attempt != NULL ? entry->attempt->answer_us
                                             : entry->delivery->answer_us);
}

bool trace_on_demand(const struct trace_entry *entry)
{
    return entry->attempt != NULL ? entry->attempt->on_demand : entry->delivery->on_demand;
}

const char *trace_signature(const struct trace_entry *entry)
{
    return entry->attempt != NULL
               ? entry->attempt->signature
               : header_list_find(&entry->delivery->headers, CONTRACT_SIGNATURE_HEADER);
}

const char *trace_endpoint_id(const struct trace_entry *entry)
{
    return entry->attempt != NULL ? entry->attempt->webhook_id : entry->delivery->webhook_id;
}

bool trace_waits_untried(const struct forward *forward)
{
    return forward->state == FORWARD_WAITING && forward->tries_made == 0;
}

int64_t trace_apart_ms(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

int64_t trace_ahead_ms(const struct trace_known *known)
{
    return known->clock_known ? trace_sane(known->clock_ahead_ms) : 0;
}

bool trace_says_time(const struct trace_known *known, int64_t ms, char text[TRACE_TIME_SIZE])
{
    text[0] = '\0';
    if (ms >= 0)
        known->say_time(ms, text, TRACE_TIME_SIZE, known->context);
    return ms >= 0;
}

void trace_say_times(const struct trace_known *known, int64_t first_ms, int64_t last_ms,
                     size_t count, char text[TRACE_TIMES_SIZE])
{
    char first[TRACE_TIME_SIZE], last[TRACE_TIME_SIZE];
    (void)trace_says_time(known, first_ms, first);
    (void)trace_says_time(known, last_ms, last);
    if (count == 1)
        (void)snprintf(text, TRACE_TIMES_SIZE, "at %s", first);
    else
        (void)snprintf(text, TRACE_TIMES_SIZE, "%zu times, %s to %s", count, first, last);
}

bool trace_same_status(const struct log_entry *a, const struct log_entry *b)
{
    const char *one = a->status_text != NULL ? a->status_text : "";
    const char *other = b->status_text != NULL ? b->status_text : "";
    return strcmp(one, other) == 0;
}

void trace_say_answer(int64_t us, char text[TRACE_TIME_SIZE])
{
    enum { FRACTIONS_US = 10000, SECOND_US = 1000000, WHOLE_US = 50000 };
    if (us < 0)
        (void)snprintf(text, TRACE_TIME_SIZE, "a time that is not known");
    else if (us < FRACTIONS_US)
        (void)snprintf(text, TRACE_TIME_SIZE, "%.2f ms", (double)us / 1000.0);
    else if (us < SECOND_US)
        (void)snprintf(text, TRACE_TIME_SIZE, "%" PRId64 " ms", us / 1000);
    else if (us % SECOND_US < WHOLE_US)
        (void)snprintf(text, TRACE_TIME_SIZE, "%" PRId64 " s", us / SECOND_US);
    else
        (void)snprintf(text, TRACE_TIME_SIZE, "%.1f s", (double)us / SECOND_US);
}

const char *trace_endpoint_name(const struct trace_known *known, size_t endpoint)
{
    return endpoint != TRACE_NOBODY ? known->endpoints[endpoint].webhook->id : "an endpoint";
}

bool trace_is_timeout(const struct log_entry *entry)
{
    enum { GATEWAY_TIMEOUT = 504, ORIGIN_TIMEOUT = 524 }; /* of what stands before a receiver */
    if (entry->status != 0)
        return entry->status == GATEWAY_TIMEOUT || entry->status == ORIGIN_TIMEOUT;
    const char *text = entry->status_text != NULL ? entry->status_text : "";
    return strcasestr(text, "timeout") != NULL || strcasestr(text, "timed out") != NULL ||
           strcasestr(text, "time-out") != NULL;
}

void trace_find(struct trace *trace, enum trace_what what, enum trace_tone tone, const char *format,
                ...)
{
    if (trace->finding_count == TRACE_FINDINGS_MAX)
        return;
    struct trace_finding *finding = &trace->findings[trace->finding_count++];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(finding->text, sizeof finding->text, format, args);
    va_end(args);
    finding->what = what;
    finding->tone = tone;
}

/* --- entries ------------------------------------------------------------------------ */

struct line {
    struct trace_entry *entries;
    size_t count;
    size_t logged;
    const struct trace_known *known;
};

static bool is_event(const struct log_entry *entry, const char *event_id)
{
    return entry->event_id != NULL && strcmp(entry->event_id, event_id) == 0;
}

/* At least as many as there will be. */
static size_t count_entries(const struct trace_known *known)
{
    size_t count = 1 + known->claim_count;
    if (known->first != NULL)
        count += 1 + known->first->repeats.count;
    for (size_t i = 0; known->forwards != NULL && i < known->forwards->count; i++)
        count += known->forwards->items[i].try_count + 1; /* which it waits for */
    for (size_t i = 0; i < known->endpoint_count; i++) {
        const struct log_list *logs = known->endpoints[i].logs;
        for (size_t j = 0; logs != NULL && j < logs->count; j++)
            count += is_event(&logs->items[j], known->event_id);
        count++; /* in its queue */
    }
    return count;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001B3); /* FNV-1a */
    return hash;
}

static uint64_t identity(const struct trace_known *known, const struct trace_entry *entry)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    int64_t row = entry->kind == TRACE_CLAIMED ? entry->delivery->id
                  : entry->forward != NULL     ? entry->forward->id
                                               : 0;
    int64_t number = entry->kind == TRACE_QUEUED ? 0 : entry->number;
    int64_t told = entry->kind == TRACE_QUEUED ? 0 : entry->told_ms; /* asked again, it is that */
    hash = mix(hash, &entry->kind, sizeof entry->kind);
    hash = mix(hash, &told, sizeof told);
    hash = mix(hash, &row, sizeof row);
    hash = mix(hash, &number, sizeof number);
    if (entry->endpoint != TRACE_NOBODY) {
        const char *id = known->endpoints[entry->endpoint].webhook->id;
        hash = mix(hash, id, strlen(id));
    }
    return hash;
}

static struct trace_entry *add(struct line *line, enum trace_kind kind, enum trace_tone tone,
                               int64_t told_ms, int64_t at_ms)
{
    struct trace_entry *entry = &line->entries[line->count++];
    *entry = (struct trace_entry){.kind = kind,
                                  .tone = tone,
                                  .told_ms = trace_sane(told_ms),
                                  .at_ms = at_ms == INT64_MAX ? at_ms : trace_sane(at_ms),
                                  .pause_ms = -1,
                                  .endpoint = TRACE_NOBODY,
                                  .pair = TRACE_NOBODY,
                                  .missing = TRACE_WHATS};
    return entry;
}

static void add_created(struct line *line)
{
    const struct event *event = line->known->event;
    if (event == NULL || event->created_ms < 0)
        return;
    struct trace_entry *entry =
        add(line, TRACE_CREATED, TRACE_PLAIN, event->created_ms, event->created_ms);
    (void)snprintf(entry->text, sizeof entry->text, "created: %s%s%s",
                   event->type != NULL ? event->type : "an event",
                   event->object_status != NULL ? ", " : "",
                   event->object_status != NULL ? event->object_status : "");
}

static void add_logged(struct line *line, size_t endpoint)
{
    const struct trace_known *known = line->known;
    const struct log_list *logs = known->endpoints[endpoint].logs;
    size_t taken = 0;
    for (size_t i = logs != NULL ? logs->count : 0; i > 0; i--) {
        const struct log_entry *log = &logs->items[i - 1];
        if (!is_event(log, known->event_id))
            continue;
        if (taken++ == TRACE_LOGGED_MAX || line->logged++ >= TRACE_LOGGED_ALL_MAX)
            break;
        enum trace_tone tone = log_entry_succeeded(log) ? TRACE_GOOD : TRACE_BAD;
        struct trace_entry *entry = add(line, TRACE_LOGGED, tone, log->created_ms,
                                        log->created_ms >= 0 ? log->created_ms : INT64_MAX);
        entry->endpoint = endpoint;
        entry->log = log;
        (void)snprintf(entry->text, sizeof entry->text, "Bridge to %s: %s",
                       trace_endpoint_name(known, endpoint),
                       log->status_text != NULL ? log->status_text : "no status");
    }
}

static void add_queued(struct line *line, size_t endpoint)
{
    const struct trace_known *known = line->known;
    const struct trace_endpoint *of = &known->endpoints[endpoint];
    for (size_t i = 0; of->upcoming != NULL && i < of->upcoming->count; i++) {
        if (strcmp(of->upcoming->items[i].id, known->event_id) != 0)
            continue;
        struct trace_entry *entry = add(line, TRACE_QUEUED, TRACE_PLAIN, of->upcoming_ms,
                                        of->upcoming_ms - trace_ahead_ms(known));
        entry->endpoint = endpoint;
        entry->number = (int64_t)i + 1;
        (void)snprintf(entry->text, sizeof entry->text, "queued for %s: number %zu of what is next",
                       trace_endpoint_name(known, endpoint), i + 1);
        return;
    }
}

static size_t endpoint_by_id(const struct trace_known *known, const char *id)
{
    for (size_t i = 0; id != NULL && i < known->endpoint_count; i++)
        if (strcmp(known->endpoints[i].webhook->id, id) == 0)
            return i;
    return TRACE_NOBODY;
}

/* By Bridge's clock: an attempt is signed as it begins. */
static int64_t began_ms(const struct trace_known *known, const struct trace_entry *entry)
{
    struct signature signature;
    const char *header = trace_signature(entry);
    if (entry->kind == TRACE_ARRIVED && header != NULL && signature_parse(header, &signature, NULL))
        return signature.t_ms;
    return entry->told_ms - trace_ahead_ms(known);
}

static void add_arrived(struct line *line, const struct attempt *attempt)
{
    const struct trace_known *known = line->known;
    const struct delivery *first = known->first;
    char answered[TRACE_TIME_SIZE], number[40] = "";
    struct trace_entry *entry = add(line, TRACE_ARRIVED, TRACE_GOOD,
                                    attempt != NULL ? attempt->received_ms : first->received_ms, 0);
    entry->delivery = first;
    entry->attempt = attempt;
    entry->number = attempt != NULL ? attempt->number : 1;
    entry->at_ms = began_ms(known, entry);
    entry->endpoint = endpoint_by_id(known, trace_endpoint_id(entry));
    if (trace_answer_status(entry) != 200)
        entry->tone = TRACE_BAD;
    if (first->attempts > 1)
        (void)snprintf(number, sizeof number, ", attempt %" PRId64, entry->number);
    trace_say_answer(trace_answer_us(entry), answered);
    (void)snprintf(entry->text, sizeof entry->text, "arrived here%s: %s, answered %d%s after %s",
                   number, verdict_name(VERDICT_GENUINE), trace_answer_status(entry),
                   trace_on_demand(entry) ? " on demand" : "", answered);
}

const char *trace_handing_on(enum forward_kind kind)
{
    switch (kind) {
    case FORWARD_ARRIVAL:
        break;
    case FORWARD_REPLAY:
        return "replayed to the application";
    case FORWARD_RESIGNED:
        return "signed anew and replayed to the application";
    }
    return "handed on to the application";
}

/* Where a time of this machine's stands among Bridge's, as seen from an arrival, which has both: to
   the millisecond, while the clocks' difference is known to about a second. */
static int64_t beside(const struct trace_entry *arrival, int64_t here_ms)
{
    return arrival->at_ms + (trace_sane(here_ms) - arrival->told_ms);
}

/* The arrival that is handed on; the first one where its own is not kept. */
static const struct trace_entry *arrival_of(const struct line *line, const struct forward *forward)
{
    const struct trace_entry *arrival = NULL;
    for (size_t i = 0; i < line->count; i++) {
        const struct trace_entry *entry = &line->entries[i];
        if (entry->kind == TRACE_ARRIVED && (arrival == NULL || entry->number == forward->attempt))
            arrival = entry;
    }
    return arrival;
}

static void add_forwarded(struct line *line, const struct forward *forward)
{
    char took[TRACE_TIME_SIZE];
    const struct trace_entry *arrival = arrival_of(line, forward);
    for (size_t i = 0; i < forward->try_count; i++) {
        const struct forward_try *tried = &forward->tries[i];
        bool taken = tried->status >= 200 && tried->status <= 299;
        int64_t at_ms = arrival != NULL ? beside(arrival, tried->at_ms)
                                        : trace_sane(tried->at_ms) - trace_ahead_ms(line->known);
        struct trace_entry *entry =
            add(line, TRACE_FORWARDED, taken ? TRACE_GOOD : TRACE_BAD, tried->at_ms, at_ms);
        entry->forward = forward;
        entry->tried = tried;
        entry->number = tried->number;
        trace_say_answer(tried->took_us, took);
        if (tried->status != 0)
            (void)snprintf(entry->text, sizeof entry->text, "%s: %d after %s",
                           trace_handing_on(forward->kind), tried->status, took);
        else
            (void)snprintf(entry->text, sizeof entry->text, "%s: no answer (%.160s)",
                           trace_handing_on(forward->kind),
                           tried->error != NULL ? tried->error : "why is not known");
    }
}

/* It has no time yet: what comes of it comes after all else. */
static void add_waiting(struct line *line, const struct forward *forward)
{
    if (!trace_waits_untried(forward))
        return;
    bool long_since = line->known->now_ms - trace_sane(forward->queued_ms) >= TRACE_SLOW_MS;
    struct trace_entry *entry = add(line, TRACE_WAITING, long_since ? TRACE_WARN : TRACE_PLAIN,
                                    forward->queued_ms, INT64_MAX);
    entry->forward = forward;
    entry->number = forward->id;
    (void)snprintf(entry->text, sizeof entry->text, "waits since then to be %s: no try yet",
                   trace_handing_on(forward->kind));
}

/* The arrival nearest to a time of this machine's that came straight here, or NULL. One that was
   long on its way says less of the clocks than is known of them. */
static const struct trace_entry *arrival_near(const struct line *line, int64_t here_ms)
{
    const struct trace_known *known = line->known;
    const struct trace_entry *nearest = NULL;
    for (size_t i = 0; i < line->count; i++) {
        const struct trace_entry *entry = &line->entries[i];
        int64_t way_ms = entry->told_ms - entry->at_ms - trace_ahead_ms(known);
        if (entry->kind != TRACE_ARRIVED ||
            (known->clock_known && (way_ms > TRACE_SLACK_MS || way_ms < -TRACE_SLACK_MS)))
            continue;
        if (nearest == NULL ||
            trace_apart_ms(entry->told_ms, here_ms) < trace_apart_ms(nearest->told_ms, here_ms))
            nearest = entry;
    }
    return nearest;
}

static void add_claimed(struct line *line, const struct delivery *claim)
{
    int64_t here_ms = trace_sane(claim->received_ms);
    const struct trace_entry *near = arrival_near(line, here_ms);
    struct trace_entry *entry =
        add(line, TRACE_CLAIMED, TRACE_WARN, here_ms,
            near != NULL ? beside(near, here_ms) : here_ms - trace_ahead_ms(line->known));
    entry->delivery = claim;
    entry->endpoint = endpoint_by_id(line->known, claim->webhook_id);
    (void)snprintf(entry->text, sizeof entry->text,
                   "something arrived that names this event: %s, answered %d, not counted",
                   verdict_name(claim->verdict), claim->answer_status);
}

static int by_time(const void *a, const void *b)
{
    const struct trace_entry *one = a, *other = b;
    if ((one->kind == TRACE_WAITING) != (other->kind == TRACE_WAITING))
        return one->kind == TRACE_WAITING ? 1 : -1;
    if (one->at_ms != other->at_ms)
        return one->at_ms < other->at_ms ? -1 : 1;
    if ((one->kind == TRACE_LOGGED) != (other->kind == TRACE_LOGGED) &&
        one->kind != TRACE_CREATED && other->kind != TRACE_CREATED)
        return one->kind == TRACE_LOGGED ? 1 : -1; /* its end is logged */
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return (one->number > other->number) - (one->number < other->number);
}

static void fill(struct line *line)
{
    const struct trace_known *known = line->known;
    add_created(line);
    for (size_t i = 0; i < known->endpoint_count; i++) {
        add_logged(line, i);
        add_queued(line, i);
    }
    if (known->first != NULL)
        add_arrived(line, NULL);
    for (size_t i = 0; known->first != NULL && i < known->first->repeats.count; i++)
        add_arrived(line, &known->first->repeats.items[i]);
    for (size_t i = 0; i < known->claim_count; i++)
        add_claimed(line, &known->claims[i]);
    for (size_t i = 0; known->forwards != NULL && i < known->forwards->count; i++)
        add_forwarded(line, &known->forwards->items[i]);
    for (size_t i = 0; known->forwards != NULL && i < known->forwards->count; i++)
        add_waiting(line, &known->forwards->items[i]);
    qsort(line->entries, line->count, sizeof *line->entries, by_time);
    const struct trace_entry *before = NULL;
    for (size_t i = 0; i < line->count; i++) {
        struct trace_entry *entry = &line->entries[i];
        entry->id = identity(known, entry);
        if (entry->kind == TRACE_CLAIMED)
            continue; /* it is told apart */
        if (before != NULL && entry->at_ms != INT64_MAX)
            entry->pause_ms = entry->at_ms - before->at_ms;
        before = entry;
    }
}

/* --- what has passed ------------------------------------------------------------------- */

/* Taken by its endpoint, as far as its log and this receiver know; by this machine's clock. */
static bool is_taken(const struct trace *trace, const struct trace_entry *entry, size_t endpoint,
                     int64_t ahead_ms, int64_t *taken_ms)
{
    if (entry->kind == TRACE_LOGGED) {
        *taken_ms = entry->told_ms + ahead_ms;
        return entry->endpoint == endpoint && entry->told_ms >= 0 &&
               log_entry_succeeded(entry->log);
    }
    if (entry->kind != TRACE_ARRIVED)
        return false;
    int64_t us = trace_answer_us(entry);
    int status = trace_answer_status(entry);
    *taken_ms = entry->told_ms + (us > 0 ? us / 1000 : 0);
    return (entry->endpoint == endpoint || trace_endpoint_id(entry) == NULL) && status >= 200 &&
           status <= 299 &&
           (entry->pair == TRACE_NOBODY || log_entry_succeeded(trace->entries[entry->pair].log));
}

/* A queue that was asked for before the event was taken from it says what was, not what is. */
static void find_past(struct trace *trace, const struct trace_known *known)
{
    int64_t taken_ms;
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_entry *queued = &trace->entries[i];
        if (queued->kind != TRACE_QUEUED)
            continue;
        for (size_t j = 0; j < trace->count && !queued->past; j++)
            queued->past = is_taken(trace, &trace->entries[j], queued->endpoint,
                                    trace_ahead_ms(known), &taken_ms) &&
                           queued->told_ms < taken_ms + TRACE_LAG_MS;
        if (queued->past)
            (void)snprintf(queued->text, sizeof queued->text,
                           "was queued for %s then: number %" PRId64 " of what was next",
                           trace_endpoint_name(known, queued->endpoint), queued->number);
    }
}

/* --- all of it ------------------------------------------------------------------------- */

static void count_up(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        trace->arrivals += entry->kind == TRACE_ARRIVED;
        trace->logged += entry->kind == TRACE_LOGGED;
        trace->succeeded += entry->kind == TRACE_LOGGED && log_entry_succeeded(entry->log);
    }
}

/* Keeps the order in which they were found among those of one tone. */
static void sort_findings(struct trace *trace)
{
    struct trace_finding *findings = trace->findings;
    for (size_t i = 1; i < trace->finding_count; i++) {
        for (size_t j = i; j > 0 && findings[j].tone < findings[j - 1].tone; j--) {
            struct trace_finding swap = findings[j];
            findings[j] = findings[j - 1];
            findings[j - 1] = swap;
        }
    }
}

bool trace_make(struct trace *trace, const struct trace_known *known)
{
    *trace = (struct trace){0};
    trace->entries = calloc(count_entries(known), sizeof *trace->entries);
    if (trace->entries == NULL)
        return false;
    struct line line = {.entries = trace->entries, .known = known};
    fill(&line);
    trace->count = line.count;
    if (!trace_pair(trace)) {
        trace_clear(trace);
        return false;
    }
    find_past(trace, known);
    count_up(trace);
    trace_find_missing(trace, known);
    trace_find_disagreeing(trace, known);
    trace_find_others(trace, known);
    sort_findings(trace);
    if (trace_note(trace, known))
        return true;
    trace_clear(trace);
    return false;
}

void trace_clear(struct trace *trace)
{
    free(trace->entries);
    free(trace->notes);
    *trace = (struct trace){0};
}
