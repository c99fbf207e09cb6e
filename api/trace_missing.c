/* Attempts of which one half is missing: logged and not here, or here and not logged. */
#include "api/trace_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- what can be known of the store ------------------------------------------------- */

enum coverage {
    COVERED,
    NO_RECEIVER, /* none is known to have run all the while */
    BEFORE_ALL,  /* nor before: the store is younger */
    DELETED,     /* what arrived then may have been deleted since */
};

/* Of the attempts the newest are kept: between the first and those, others may have arrived. */
static bool is_among_the_lost(const struct trace_known *known, int64_t at_ms)
{
    const struct delivery *first = known->first;
    if (first == NULL || first->attempts - 1 <= (int64_t)first->repeats.count)
        return false;
    return at_ms >= trace_sane(first->received_ms) - TRACE_SLACK_MS &&
           (first->repeats.count == 0 ||
            at_ms <= trace_sane(first->repeats.items[0].received_ms) + TRACE_MATCH_MS);
}

/* Whether an attempt that was logged at this time of Bridge's would be known here. */
static enum coverage covers(const struct trace_known *known, const struct trace_entry *entry)
{
    int64_t at = entry->told_ms + trace_ahead_ms(known);
    int64_t most = trace_is_timeout(entry->log) ? TRACE_MATCH_MS : TRACE_ATTEMPT_MS;
    int64_t from = at - most - TRACE_SLACK_MS, to = at + TRACE_SLACK_MS;
    if (known->period_count == 0 || at < known->periods[0].began_ms)
        return BEFORE_ALL;
    if (from < known->kept_from_ms || is_among_the_lost(known, at))
        return DELETED;
    for (size_t i = 0; i < known->period_count; i++)
        if (known->periods[i].began_ms <= from && known->periods[i].until_ms >= to)
            return COVERED;
    return NO_RECEIVER;
}

/* --- logged, and not here ------------------------------------------------------------ */

/* When this receiver answers so without keeping the request under its event; NULL: it never does.
 */
static const char *own_answer(int status)
{
    switch (status) {
    case 400:
        return "to what is not genuine, which need not name its event, and to what is no request";
    case 405:
        return "to what is no POST";
    case 408:
        return "to a request that takes too long";
    case 413:
        return "to a body over 1 MiB";
    case 414:
    case 431:
        return "to a request with too long a line or headers";
    case 501:
    case 505:
        return "to a request in another form of HTTP";
    case 503:
        return "when it cannot store, or has too much to do";
    default:
        return NULL;
    }
}

static enum trace_what class_of(const struct trace_known *known, const struct trace_entry *entry)
{
    const struct log_entry *log = entry->log;
    if (covers(known, entry) != COVERED)
        return TRACE_NOT_KNOWN_HERE;
    if (log_entry_succeeded(log))
        return TRACE_OTHER_RECEIVER;
    if (log->status == 0)
        return TRACE_NOT_REACHED;
    if (own_answer(log->status) != NULL)
        return TRACE_PERHAPS_OURS;
    if (log->status == 502 || log->status == 504 || (log->status >= 520 && log->status <= 530))
        return TRACE_STOOD_BEFORE;
    return TRACE_ANSWERED_ELSEWHERE;
}

/* Attempts of one endpoint that say the same of the same cause. */
struct group {
    const struct trace_entry *first, *last;
    size_t count;
};

/* False: the entry belongs to the group of one before it. */
static bool group_of(const struct trace *trace, size_t at, struct group *group)
{
    const struct trace_entry *of = &trace->entries[at];
    *group = (struct group){.first = of, .last = of};
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->missing != of->missing || entry->endpoint != of->endpoint ||
            !trace_same_status(entry->log, of->log))
            continue;
        if (i < at)
            return false;
        group->last = entry;
        group->count++;
    }
    return true;
}

enum { LOGGED_SIZE = TRACE_TIMES_SIZE + 48 };

/* "200 at 09:12:04", "502 3 times, 09:12:04 to 09:20:00". */
static void say_logged(const struct trace_known *known, const struct group *group,
                       char text[LOGGED_SIZE])
{
    char times[TRACE_TIMES_SIZE];
    const char *status = group->first->log->status_text;
    trace_say_times(known, group->first->told_ms, group->last->told_ms, group->count, times);
    (void)snprintf(text, LOGGED_SIZE, "%.40s %s", status != NULL ? status : "no status", times);
}

static void say_not_known(struct trace *trace, const struct trace_known *known,
                          const struct group *group, const char *times)
{
    static const char *const WHY[] = {
        [COVERED] = "",
        [NO_RECEIVER] = "no receiver is known to have run for this store all the while",
        [BEFORE_ALL] = "no receiver is known to have run for this store by then",
        [DELETED] = "what came then may have been deleted since",
    };
    trace_find(trace, TRACE_NOT_KNOWN_HERE, TRACE_PLAIN,
               "Bridge logged %s (%s); whether that arrived here is not known: %s", times,
               trace_endpoint_name(known, group->first->endpoint),
               WHY[covers(known, group->first)]);
}

static void say_missing(struct trace *trace, const struct trace_known *known,
                        const struct group *group)
{
    char times[LOGGED_SIZE];
    enum trace_what what = (enum trace_what)group->first->missing;
    const struct webhook *webhook = known->endpoints[group->first->endpoint].webhook;
    const char *url = webhook->url != NULL ? webhook->url : webhook->id;
    int status = group->first->log->status;
    say_logged(known, group, times);
    switch (what) {
    case TRACE_OTHER_RECEIVER:
        trace_find(trace, what, TRACE_BAD,
                   "Bridge logged %s, nothing arrived here: another receiver answers at this URL "
                   "(%.140s)",
                   times, url);
        break;
    case TRACE_NOT_REACHED:
        trace_find(trace, what, TRACE_BAD,
                   "Bridge logged %s, nothing arrived here: the way to %.140s is broken before it "
                   "comes to this receiver",
                   times, url);
        break;
    case TRACE_STOOD_BEFORE:
        trace_find(trace, what, TRACE_BAD,
                   "Bridge logged %s, nothing arrived here: what stands before this receiver (a "
                   "tunnel, a proxy) answered, and could not reach it",
                   times);
        break;
    case TRACE_PERHAPS_OURS:
        trace_find(
            trace, what, TRACE_WARN,
            "Bridge logged %s, and nothing of it is found here: this receiver answers so %s; "
            "or what stands before it does",
            times, own_answer(status));
        break;
    case TRACE_ANSWERED_ELSEWHERE:
        trace_find(trace, what, TRACE_BAD,
                   "Bridge logged %s, nothing arrived here, and this receiver never answers so: "
                   "another program answers at %.140s",
                   times, url);
        break;
    default:
        say_not_known(trace, known, group, times);
        break;
    }
}

static void find_not_here(struct trace *trace, const struct trace_known *known)
{
    struct group group;
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_entry *entry = &trace->entries[i];
        if (entry->kind == TRACE_LOGGED && entry->pair == TRACE_NOBODY && entry->told_ms >= 0)
            entry->missing = (int)class_of(known, entry);
    }
    for (size_t i = 0; i < trace->count; i++)
        if (trace->entries[i].missing != TRACE_WHATS && group_of(trace, i, &group))
            say_missing(trace, known, &group);
}

/* --- here, and not logged ------------------------------------------------------------- */

enum log_word { LOG_LACKS_IT, LOG_TOO_EARLY, LOG_SAYS_NOTHING };

static enum log_word log_word_of(const struct trace_known *known, const struct trace_entry *entry)
{
    if (entry->endpoint == TRACE_NOBODY || known->endpoints[entry->endpoint].logs == NULL)
        return LOG_SAYS_NOTHING;
    const struct trace_endpoint *endpoint = &known->endpoints[entry->endpoint];
    const struct log_list *logs = endpoint->logs;
    int64_t us = trace_answer_us(entry);
    int64_t ended = entry->told_ms + (us > 0 ? us / 1000 : 0);
    if (endpoint->logs_ms < ended + TRACE_LAG_MS)
        return LOG_TOO_EARLY;
    if (logs->count == 0)
        return known->now_ms - entry->told_ms < TRACE_RECENT_MS ? LOG_LACKS_IT : LOG_SAYS_NOTHING;
    for (size_t i = 0; i < logs->count; i++)
        if (logs->items[i].created_ms < 0)
            return LOG_SAYS_NOTHING; /* it may be that one */
    return logs->items[0].created_ms <= entry->at_ms - TRACE_SLACK_MS ? LOG_LACKS_IT
                                                                      : LOG_SAYS_NOTHING;
}

/* The same request once more: told by its signature. */
static bool came_before(const struct trace *trace, size_t at)
{
    const char *signature = trace_signature(&trace->entries[at]);
    for (size_t i = 0; i < at && signature != NULL; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        const char *other = entry->kind == TRACE_ARRIVED ? trace_signature(entry) : NULL;
        if (other != NULL && strcmp(signature, other) == 0)
            return true;
    }
    return false;
}

static void find_not_logged(struct trace *trace, const struct trace_known *known)
{
    size_t early = 0, lacking = 0;
    const struct trace_entry *early_one = NULL, *lacking_one = NULL;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_entry *entry = &trace->entries[i];
        if (entry->kind != TRACE_ARRIVED || entry->pair != TRACE_NOBODY || came_before(trace, i))
            continue;
        enum log_word word = log_word_of(known, entry);
        if (word == LOG_TOO_EARLY && early++ == 0)
            early_one = entry;
        if (word == LOG_LACKS_IT && lacking++ == 0)
            lacking_one = entry;
    }
    char at[TRACE_TIME_SIZE], asked[TRACE_TIME_SIZE], more[48] = "";
    if (lacking > 0) {
        (void)trace_says_time(known, lacking_one->told_ms, at);
        if (lacking > 1)
            (void)snprintf(more, sizeof more, " (and %zu more like it)", lacking - 1);
        trace_find(trace, TRACE_NOT_LOGGED, TRACE_WARN,
                   "arrived here at %s, genuine%s, yet Bridge's log of %s has no such attempt: "
                   "something on the way kept it and sent it on, or Bridge logs it late",
                   at, more, trace_endpoint_name(known, lacking_one->endpoint));
    }
    if (early > 0) {
        (void)trace_says_time(known, early_one->told_ms, at);
        (void)trace_says_time(known, known->endpoints[early_one->endpoint].logs_ms, asked);
        trace_find(trace, TRACE_NOT_LOGGED_YET, TRACE_PLAIN,
                   "arrived here at %s, and Bridge's log of %s has no such attempt yet: it was "
                   "asked for at %s",
                   at, trace_endpoint_name(known, early_one->endpoint), asked);
    }
}

static void find_same_signature(struct trace *trace, const struct trace_known *known)
{
    size_t again = 0;
    char at[TRACE_TIME_SIZE] = "";
    for (size_t i = 0; i < trace->count; i++)
        if (trace->entries[i].kind == TRACE_ARRIVED && came_before(trace, i) && again++ == 0)
            (void)trace_says_time(known, trace->entries[i].told_ms, at);
    if (again > 0)
        trace_find(trace, TRACE_SAME_SIGNATURE, TRACE_WARN,
                   "what arrived at %s%s has the signature of an attempt before it: one and the "
                   "same request came again, sent twice by something on the way, or by somebody "
                   "who has it",
                   at, again > 1 ? " and later" : "");
}

void trace_find_missing(struct trace *trace, const struct trace_known *known)
{
    if (!known->stored)
        return;
    find_not_here(trace, known);
    find_not_logged(trace, known);
    find_same_signature(trace, known);
}
