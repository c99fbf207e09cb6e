/* What queues, clocks and the store say; and what all of it rests on. */
#include "api/trace_private.h"

#include "api/duration.h"
#include "api/queue_watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLOCK_TOLD_MS = 5000, /* from here on two clocks' times confuse */
    NOTED_MAX = 32,       /* endpoints of which it is said what is known */
};

/* --- what took long ---------------------------------------------------------------------- */

/* Said once, of the slowest. */
static void find_slow(struct trace *trace, const struct trace_known *known)
{
    const struct trace_entry *slowest = NULL, *longest = NULL;
    int64_t longest_ms = 0;
    char at[TRACE_TIME_SIZE], took[TRACE_TIME_SIZE], way[DURATION_SIZE];
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->kind != TRACE_ARRIVED)
            continue;
        bool told =
            entry->pair != TRACE_NOBODY && !log_entry_succeeded(trace->entries[entry->pair].log);
        if (!told && trace_answer_us(entry) / 1000 >= TRACE_SLOW_MS &&
            (slowest == NULL || trace_answer_us(entry) > trace_answer_us(slowest)))
            slowest = entry;
        int64_t way_ms = entry->told_ms - trace_ahead_ms(known) - entry->at_ms;
        if (way_ms > longest_ms) {
            longest = entry;
            longest_ms = way_ms;
        }
    }
    if (slowest != NULL) {
        (void)trace_says_time(known, slowest->told_ms, at);
        trace_say_answer(trace_answer_us(slowest), took);
        trace_find(trace, TRACE_SLOW_ANSWER, TRACE_WARN,
                   "the answer to what arrived at %s took %s: for Bridge that may be a time-out",
                   at, took);
    }
    if (known->clock_known && longest_ms >= TRACE_SLOW_MS + TRACE_SLACK_MS) {
        (void)trace_says_time(known, longest->told_ms, at);
        duration_format(longest_ms, way);
        trace_find(trace, TRACE_SLOW_WAY, TRACE_WARN,
                   "what arrived at %s was signed %s before: it was long on its way, or kept and "
                   "sent on",
                   at, way);
    }
}

/* --- attempts of one endpoint ------------------------------------------------------------- */

static void find_again(struct trace *trace, const struct trace_known *known, size_t endpoint)
{
    int64_t succeeded_ms = -1;
    size_t again = 0;
    char at[TRACE_TIME_SIZE];
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->kind != TRACE_LOGGED || entry->endpoint != endpoint || entry->told_ms < 0)
            continue;
        again += succeeded_ms >= 0;
        if (succeeded_ms < 0 && log_entry_succeeded(entry->log))
            succeeded_ms = entry->told_ms;
    }
    if (again == 0)
        return;
    (void)trace_says_time(known, succeeded_ms, at);
    trace_find(
        trace, TRACE_AGAIN_AFTER_SUCCESS, TRACE_PLAIN,
        "delivered to %s at %s, and %zu time%s again: a send by hand leaves the event in its "
        "queue, and comes once more itself",
        trace_endpoint_name(known, endpoint), at, again, again == 1 ? "" : "s");
}

/* When this endpoint's log last has a success of the event, -1: never. */
static int64_t last_success(const struct trace *trace, size_t endpoint)
{
    int64_t last = -1;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->kind == TRACE_LOGGED && entry->endpoint == endpoint &&
            log_entry_succeeded(entry->log) && entry->told_ms > last)
            last = entry->told_ms;
    }
    return last;
}

static void say_next(struct trace *trace, const struct trace_known *known, size_t endpoint)
{
    const struct trace_endpoint *of = &known->endpoints[endpoint];
    static const struct log_list nothing;
    struct queue_watch watch = queue_watch_of(of->upcoming, of->logs != NULL ? of->logs : &nothing);
    const char *name = trace_endpoint_name(known, endpoint);
    int64_t now = known->now_ms - trace_ahead_ms(known);
    char next[DURATION_SIZE + 16] = "at a time that is not known", left[DURATION_SIZE];
    if (watch.failures == 0)
        return;
    if (queue_left_ms(&watch, now) <= 0) {
        trace_find(
            trace, TRACE_GIVEN_UP, TRACE_BAD,
            "failed for two days: Bridge has given it up, and delivers nothing to %s until a "
            "send succeeds",
            name);
        return;
    }
    duration_format(queue_left_ms(&watch, now), left);
    if (watch.next_ms >= 0 && watch.next_ms <= now)
        (void)snprintf(next, sizeof next, "about now");
    else if (watch.next_ms >= 0) {
        char until[DURATION_SIZE];
        duration_format(watch.next_ms - now, until);
        (void)snprintf(next, sizeof next, "in about %s", until);
    }
    trace_find(trace, TRACE_TRIED_AGAIN, TRACE_WARN,
               "it failed %zu time%s for %s: Bridge tries again %s, and gives it up in %s",
               watch.failures, watch.failures == 1 ? "" : "s", name, next, left);
}

static void say_waits(struct trace *trace, const struct trace_known *known,
                      const struct trace_entry *queued)
{
    const struct trace_endpoint *of = &known->endpoints[queued->endpoint];
    static const struct log_list nothing;
    struct queue_watch head = queue_watch_of(of->upcoming, of->logs != NULL ? of->logs : &nothing);
    char failed[64] = "";
    if (head.failures > 0)
        (void)snprintf(failed, sizeof failed, ", which failed %zu time%s", head.failures,
                       head.failures == 1 ? "" : "s");
    trace_find(trace, TRACE_WAITS_BEHIND, head.failures > 0 ? TRACE_WARN : TRACE_PLAIN,
               "waits for %s behind %.42s%s: number %" PRId64 " of its queue",
               trace_endpoint_name(known, queued->endpoint), of->upcoming->items[0].id, failed,
               queued->number);
}

static void find_queued(struct trace *trace, const struct trace_known *known,
                        const struct trace_entry *queued)
{
    const struct trace_endpoint *of = &known->endpoints[queued->endpoint];
    int64_t success = last_success(trace, queued->endpoint);
    char at[TRACE_TIME_SIZE];
    if (queued->past)
        return; /* the queue was asked for too early to know of it */
    if (success >= 0) {
        (void)trace_says_time(known, success, at);
        trace_find(
            trace, TRACE_QUEUED_AFTER_SUCCESS, TRACE_PLAIN,
            "Bridge logged a success at %s, and %s has it in its queue still: it was sent by "
            "hand, and comes once more by itself",
            at, trace_endpoint_name(known, queued->endpoint));
    } else if (of->webhook->status == WEBHOOK_DISABLED) {
        trace_find(
            trace, TRACE_HELD, TRACE_WARN,
            "queued for %s, which is disabled: it is not delivered until that is enabled, or "
            "it is sent by hand",
            trace_endpoint_name(known, queued->endpoint));
    } else if (queued->number > 1) {
        say_waits(trace, known, queued);
    } else {
        say_next(trace, known, queued->endpoint);
    }
}

static const struct trace_entry *queued_for(const struct trace *trace, size_t endpoint)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->entries[i].kind == TRACE_QUEUED && trace->entries[i].endpoint == endpoint)
            return &trace->entries[i];
    return NULL;
}

/* Whether the log reaches back to the event's beginning: then it has all attempts. */
static bool log_is_whole(const struct trace_known *known, size_t endpoint)
{
    const struct log_list *logs = known->endpoints[endpoint].logs;
    return logs != NULL && logs->count > 0 && known->event != NULL &&
           known->event->created_ms >= 0 && logs->items[0].created_ms >= 0 &&
           logs->items[0].created_ms <= known->event->created_ms;
}

/* It failed, and is neither queued nor was it ever delivered. */
static void find_dropped(struct trace *trace, const struct trace_known *known, size_t endpoint)
{
    const struct trace_endpoint *of = &known->endpoints[endpoint];
    int64_t last_ms = -1;
    size_t failures = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->kind != TRACE_LOGGED || entry->endpoint != endpoint)
            continue;
        failures++;
        last_ms = entry->told_ms > last_ms ? entry->told_ms : last_ms;
    }
    if (failures == 0 || last_success(trace, endpoint) >= 0 || of->upcoming == NULL ||
        of->upcoming->count >= CONTRACT_UPCOMING || queued_for(trace, endpoint) != NULL ||
        of->upcoming_ms - trace_ahead_ms(known) < last_ms + TRACE_LAG_MS ||
        !log_is_whole(known, endpoint))
        return;
    trace_find(trace, TRACE_DROPPED, TRACE_BAD,
               "failed %zu time%s for %s, and is not in its queue: Bridge does not try again by "
               "itself; s sends it",
               failures, failures == 1 ? "" : "s", trace_endpoint_name(known, endpoint));
}

/* --- the event ------------------------------------------------------------------------------ */

static void find_late(struct trace *trace, const struct trace_known *known)
{
    char after[DURATION_SIZE];
    const struct trace_entry *first = NULL;
    for (size_t i = 0; i < trace->count && first == NULL; i++)
        if (trace->entries[i].kind == TRACE_LOGGED || trace->entries[i].kind == TRACE_ARRIVED)
            first = &trace->entries[i];
    if (first == NULL || known->event == NULL || known->event->created_ms < 0 ||
        first->at_ms == INT64_MAX || first->endpoint == TRACE_NOBODY)
        return;
    int64_t after_ms = first->at_ms - known->event->created_ms;
    if (after_ms < TRACE_LATE_MS || !log_is_whole(known, first->endpoint))
        return;
    duration_format(after_ms, after);
    trace_find(trace, TRACE_LATE_FIRST, TRACE_PLAIN,
               "the first attempt came %s after the event: its queue was held up, or its endpoint "
               "disabled",
               after);
}

static bool takes(const struct webhook *webhook, const char *category)
{
    return webhook->categories.count == 0 || string_list_has(&webhook->categories, category);
}

/* Nothing was tried: why not. Only where all logs and queues are known. */
static void find_untried(struct trace *trace, const struct trace_known *known)
{
    const struct event *event = known->event;
    bool taken = false;
    if (event == NULL || event->created_ms < 0 || event->category == NULL ||
        known->endpoint_count == 0 || trace->logged > 0 || trace->arrivals > 0)
        return;
    if (known->now_ms - trace_ahead_ms(known) - event->created_ms < TRACE_LAG_MS)
        return;
    for (size_t i = 0; i < known->endpoint_count; i++) {
        const struct trace_endpoint *of = &known->endpoints[i];
        bool takes_it = takes(of->webhook, event->category);
        taken = taken || takes_it;
        if (queued_for(trace, i) != NULL)
            return;
        if (takes_it && (of->upcoming == NULL || of->logs == NULL || !log_is_whole(known, i)))
            return;
    }
    if (!taken)
        trace_find(trace, TRACE_NOBODY_TAKES, TRACE_WARN,
                   "no endpoint takes %s events: nobody is told of it", event->category);
    else
        trace_find(trace, TRACE_NO_ATTEMPT, TRACE_PLAIN,
                   "no attempt is in any log, nor is it among what comes next: more than %d events "
                   "wait before it, or no endpoint was there when it happened",
                   CONTRACT_UPCOMING);
}

static void find_of_store(struct trace *trace, const struct trace_known *known)
{
    const struct delivery *first = known->first;
    size_t other_bodies = 0;
    int64_t number = 0;
    for (size_t i = 0; first != NULL && i < first->repeats.count; i++)
        if (first->repeats.items[i].body_length >= 0 && other_bodies++ == 0)
            number = first->repeats.items[i].number;
    if (other_bodies > 0)
        trace_find(trace, TRACE_OTHER_BODY, TRACE_WARN,
                   "attempt %" PRId64
                   "%s came with another body than the first, and genuine: Bridge "
                   "says something else of the same event",
                   number, other_bodies > 1 ? " and others" : "");
    int64_t lost = first != NULL ? first->attempts - 1 - (int64_t)first->repeats.count : 0;
    if (lost > 0)
        trace_find(trace, TRACE_NOT_KEPT, TRACE_PLAIN,
                   "it arrived %" PRId64 " times; %" PRId64 " of them are counted, and not kept",
                   first->attempts, lost);
    size_t paired = 0;
    for (size_t i = 0; i < trace->count; i++)
        paired += trace->entries[i].kind == TRACE_CLAIMED && trace->entries[i].pair != TRACE_NOBODY;
    if (known->claim_count > paired || known->more_claims)
        trace_find(trace, TRACE_CLAIMS, TRACE_WARN,
                   "%zu%s that name%s this event arrived and %s not genuine: shown apart, and not "
                   "counted",
                   known->claim_count,
                   known->more_claims        ? " or more deliveries"
                   : known->claim_count == 1 ? " delivery"
                                             : " deliveries",
                   known->claim_count == 1 && !known->more_claims ? "s" : "",
                   known->claim_count == 1 && !known->more_claims ? "is" : "are");
}

static void find_on_demand(struct trace *trace)
{
    size_t chosen = 0;
    for (size_t i = 0; i < trace->count; i++)
        chosen += trace->entries[i].kind == TRACE_ARRIVED && trace_on_demand(&trace->entries[i]);
    if (chosen > 0)
        trace_find(
            trace, TRACE_ON_DEMAND, TRACE_PLAIN,
            "%zu of the answers here %s chosen on demand (:answer): what Bridge made of %s is "
            "no accident",
            chosen, chosen == 1 ? "was" : "were", chosen == 1 ? "it" : "them");
}

/* The application is down, or has enough to do with what came before. */
static void say_waiting(struct trace *trace, const struct trace_known *known,
                        const struct forward *waits)
{
    char since[TRACE_TIME_SIZE];
    bool long_since = known->now_ms - trace_sane(waits->queued_ms) >= TRACE_SLOW_MS;
    if (trace_says_time(known, waits->queued_ms, since))
        trace_find(trace, TRACE_NOT_TRIED, long_since ? TRACE_WARN : TRACE_PLAIN,
                   "waits to be %s since %s: no try yet", trace_handing_on(waits->kind), since);
}

/* Bridge holds it for delivered, and the application has not got it. */
static void find_not_taken(struct trace *trace, const struct trace_known *known)
{
    const struct forward *lacking = NULL, *waits = NULL;
    char last[64] = "no try yet", next[TRACE_TIME_SIZE + 16] = "";
    for (size_t i = 0; known->forwards != NULL && i < known->forwards->count; i++) {
        const struct forward *forward = &known->forwards->items[i];
        if (forward->state == FORWARD_DONE)
            return;
        if (trace_waits_untried(forward))
            waits = waits != NULL ? waits : forward;
        else if (forward->state != FORWARD_NONE && forward->tries_made > 0)
            lacking = forward;
    }
    if (waits != NULL)
        say_waiting(trace, known, waits);
    if (lacking == NULL)
        return;
    const struct forward_try *tried =
        lacking->try_count > 0 ? &lacking->tries[lacking->try_count - 1] : NULL;
    if (tried != NULL && tried->status != 0)
        (void)snprintf(last, sizeof last, "answered %d", tried->status);
    else if (tried != NULL)
        (void)snprintf(last, sizeof last, "gave no answer");
    if (lacking->state == FORWARD_WAITING &&
        trace_says_time(known, lacking->next_ms, next + sizeof ", next at " - 1))
        memcpy(next, ", next at ", sizeof ", next at " - 1);
    trace_find(trace, TRACE_NOT_TAKEN, TRACE_BAD,
               "it is here, and the application has not taken it: it last %s, after %" PRId64
               " tr%s%s%s",
               last, lacking->tries_made, lacking->tries_made == 1 ? "y" : "ies",
               lacking->state == FORWARD_WAITING ? "" : ", and it is given up", next);
}

static void find_clock(struct trace *trace, const struct trace_known *known)
{
    char off[DURATION_SIZE];
    int64_t ahead = trace_ahead_ms(known);
    if (ahead > -CLOCK_TOLD_MS && ahead < CLOCK_TOLD_MS)
        return;
    duration_format(ahead < 0 ? -ahead : ahead, off);
    trace_find(trace, TRACE_CLOCK, TRACE_WARN,
               "this machine's clock is about %s %s Bridge's: times of arrivals are by this clock, "
               "and the line is in the order of Bridge's",
               off, ahead > 0 ? "ahead of" : "behind");
}

void trace_find_others(struct trace *trace, const struct trace_known *known)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->entries[i].kind == TRACE_QUEUED)
            find_queued(trace, known, &trace->entries[i]);
    for (size_t i = 0; i < known->endpoint_count; i++) {
        find_again(trace, known, i);
        find_dropped(trace, known, i);
    }
    find_late(trace, known);
    if (known->stored) {
        find_untried(trace, known);
        find_slow(trace, known);
        find_of_store(trace, known);
        find_not_taken(trace, known);
        find_on_demand(trace);
    }
    find_clock(trace, known);
}

/* --- what it rests on ------------------------------------------------------------------------ */

static void note(struct trace *trace, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct trace *trace, const char *label, const char *format, ...)
{
    struct trace_note *line = &trace->notes[trace->note_count++];
    va_list args;
    (void)snprintf(line->label, sizeof line->label, "%s", label);
    va_start(args, format);
    (void)vsnprintf(line->text, sizeof line->text, format, args);
    va_end(args);
}

static void note_endpoint(struct trace *trace, const struct trace_known *known, size_t endpoint)
{
    const struct trace_endpoint *of = &known->endpoints[endpoint];
    const char *name = trace_endpoint_name(known, endpoint);
    char since[TRACE_TIME_SIZE] = "", asked[TRACE_TIME_SIZE];
    size_t attempts = 0;
    for (size_t i = 0; i < trace->count; i++)
        attempts +=
            trace->entries[i].kind == TRACE_LOGGED && trace->entries[i].endpoint == endpoint;
    if (of->logs == NULL) {
        note(trace, name, "its log is not known yet");
        return;
    }
    (void)trace_says_time(known, of->logs_ms, asked);
    if (of->logs->count > 0)
        (void)trace_says_time(known, of->logs->items[0].created_ms, since);
    note(trace, name, "%zu attempt%s of this event; its log has %zu entr%s%s%s, asked for at %s",
         attempts, attempts == 1 ? "" : "s", of->logs->count, of->logs->count == 1 ? "y" : "ies",
         since[0] != '\0' ? " since " : "", since, asked);
}

static void note_clock(struct trace *trace, const struct trace_known *known)
{
    char off[DURATION_SIZE];
    int64_t ahead = trace_ahead_ms(known);
    duration_format(ahead < 0 ? -ahead : ahead, off);
    if (!known->clock_known)
        note(trace, "clocks",
             "how far Bridge's and this machine's differ is not known: they are taken for equal");
    else
        note(trace, "clocks", "this machine's is %s %s Bridge's, to about a second: allowed for",
             off, ahead < 0 ? "behind" : "ahead of");
}

static void note_store(struct trace *trace, const struct trace_known *known)
{
    char since[TRACE_TIME_SIZE], until[TRACE_TIME_SIZE];
    if (!known->stored) {
        note(trace, "store", "being read…");
        return;
    }
    if (known->period_count == 0) {
        note(trace, "store", "when a receiver ran for it is not known");
        return;
    }
    (void)trace_says_time(known, known->periods[0].began_ms, since);
    (void)trace_says_time(known, known->periods[known->period_count - 1].until_ms, until);
    note(trace, "store", "a receiver ran for it %s, from %s to %s",
         known->period_count > 1 ? "on and off" : "all the time", since, until);
}

bool trace_note(struct trace *trace, const struct trace_known *known)
{
    enum { BESIDES = 3 };
    size_t noted = known->endpoint_count < NOTED_MAX ? known->endpoint_count : NOTED_MAX;
    trace->notes = calloc(noted + BESIDES, sizeof *trace->notes);
    if (trace->notes == NULL)
        return false;
    note_store(trace, known);
    for (size_t i = 0; i < noted; i++)
        note_endpoint(trace, known, i);
    if (noted < known->endpoint_count)
        note(trace, "…", "and %zu more endpoints", known->endpoint_count - noted);
    note_clock(trace, known);
    return true;
}
