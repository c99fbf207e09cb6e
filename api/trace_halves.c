/* Findings about attempts of which both halves are there, and disagree. */
#include "api/trace_private.h"

#include <stdio.h>
#include <string.h>

/* Attempts of one endpoint whose halves disagree alike: that is said once. */
struct disagreement {
    enum trace_what what;             /* TRACE_WHATS: they agree */
    const struct trace_entry *logged; /* of the first attempt */
    const struct trace_entry *other;  /* what arrived, or claims to have */
    const struct trace_entry *last_logged, *last_other;
    size_t count;
    int64_t longest_us; /* until what arrived was answered; -1: not known */
};

static enum trace_what judge(const struct trace_entry *logged, const struct trace_entry *other)
{
    if (other->kind == TRACE_CLAIMED)
        return TRACE_REFUSED_HERE;
    int answered = trace_answer_status(other);
    if (logged->log->status == answered || (log_entry_succeeded(logged->log) && answered == 200))
        return TRACE_WHATS;
    bool no_answer = logged->log->status == 0 || trace_is_timeout(logged->log);
    if (answered != 200 || !no_answer)
        return TRACE_ANSWER_CHANGED;
    return trace_is_timeout(logged->log) && trace_answer_us(other) / 1000 >= TRACE_SLOW_MS
               ? TRACE_TOOK_TOO_LONG
               : TRACE_ANSWER_LOST;
}

static bool is_same(const struct disagreement *a, const struct disagreement *b)
{
    if (a->what != b->what || a->logged->endpoint != b->logged->endpoint ||
        !trace_same_status(a->logged->log, b->logged->log))
        return false;
    if (a->what != TRACE_REFUSED_HERE)
        return trace_answer_status(a->other) == trace_answer_status(b->other);
    return a->other->delivery->verdict == b->other->delivery->verdict &&
           a->other->delivery->answer_status == b->other->delivery->answer_status;
}

static struct disagreement disagreement_at(const struct trace *trace, size_t at)
{
    const struct trace_entry *logged = &trace->entries[at];
    struct disagreement one = {.what = TRACE_WHATS, .longest_us = -1};
    if (logged->kind != TRACE_LOGGED || logged->pair == TRACE_NOBODY)
        return one;
    one.logged = one.last_logged = logged;
    one.other = one.last_other = &trace->entries[logged->pair];
    one.count = 1;
    one.what = judge(logged, one.other);
    if (one.other->kind == TRACE_ARRIVED)
        one.longest_us = trace_answer_us(one.other);
    return one;
}

/* False: they agree, or it was told with one before. */
static bool collect_disagreement(const struct trace *trace, size_t at, struct disagreement *all)
{
    *all = disagreement_at(trace, at);
    if (all->what == TRACE_WHATS)
        return false;
    for (size_t i = 0; i < trace->count; i++) {
        struct disagreement one = disagreement_at(trace, i);
        if (i == at || one.what == TRACE_WHATS || !is_same(&one, all))
            continue;
        if (i < at)
            return false;
        all->last_logged = one.logged;
        all->last_other = one.other;
        all->count++;
        if (one.longest_us > all->longest_us)
            all->longest_us = one.longest_us;
    }
    return true;
}

static const char *status_of(const struct disagreement *all)
{
    return all->logged->log->status_text != NULL ? all->logged->log->status_text : "no status";
}

/* Answered 200 here, and Bridge says that nothing came in time, or at all. */
static void say_no_answer(struct trace *trace, const struct disagreement *all, const char *times)
{
    char took[TRACE_TIME_SIZE];
    int answered = trace_answer_status(all->other);
    const char *up_to = all->count > 1 && all->longest_us >= 0 ? "up to " : "";
    trace_say_answer(all->longest_us, took);
    if (all->what == TRACE_TOOK_TOO_LONG)
        trace_find(
            trace, all->what, TRACE_BAD,
            "arrived %s and answered %d, yet Bridge logged a time-out (%.40s): the answer took "
            "%s%s",
            times, answered, status_of(all), up_to, took);
    else
        trace_find(
            trace, all->what, TRACE_BAD,
            "arrived %s and answered %d after %s%s, yet Bridge logged %.40s: the answer was lost "
            "or held up on its way back",
            times, answered, up_to, took, status_of(all));
}

/* Claims that came when attempts were logged with their answer. */
static void say_refused(struct trace *trace, const struct trace_known *known,
                        const struct disagreement *all)
{
    const struct delivery *claim = all->other->delivery;
    char times[TRACE_TIMES_SIZE];
    trace_say_times(known, all->logged->told_ms, all->last_logged->told_ms, all->count, times);
    if (log_entry_succeeded(all->logged->log))
        trace_find(trace, all->what, TRACE_BAD,
                   "Bridge logged %.40s %s, while what arrived here then was refused with %d (%s): "
                   "something in between answers by itself, and changes what it hands on",
                   status_of(all), times, claim->answer_status, verdict_name(claim->verdict));
    else
        trace_find(trace, all->what, TRACE_BAD,
                   "Bridge logged %.40s %s: what arrived here then was refused (%s); open %s for "
                   "the reason",
                   status_of(all), times, verdict_name(claim->verdict),
                   all->count > 1 ? "one of them" : "it");
}

static void say_disagreement(struct trace *trace, const struct trace_known *known,
                             const struct disagreement *all)
{
    char times[TRACE_TIMES_SIZE];
    if (all->what == TRACE_REFUSED_HERE) {
        say_refused(trace, known, all);
        return;
    }
    trace_say_times(known, all->other->told_ms, all->last_other->told_ms, all->count, times);
    if (all->count > 1)
        (void)strncat(times, ",", sizeof times - strlen(times) - 1);
    if (all->what != TRACE_ANSWER_CHANGED) {
        say_no_answer(trace, all, times);
        return;
    }
    trace_find(trace, all->what, TRACE_BAD,
               "arrived %s and was answered %d here, yet Bridge logged %.40s: something between "
               "Bridge and this receiver gave another answer",
               times, trace_answer_status(all->other), status_of(all));
}

void trace_find_disagreeing(struct trace *trace, const struct trace_known *known)
{
    struct disagreement all;
    for (size_t i = 0; i < trace->count; i++)
        if (collect_disagreement(trace, i, &all))
            say_disagreement(trace, known, &all);
}
