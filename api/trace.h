/*
 * The whole way of one event: what Bridge's logs, its queues and the store say of it, joined by
 * event id on one time line, and what of it contradicts what, in words.
 *
 * Pure: what is known goes in, entries and findings come out. What is only not known is never taken
 * for a contradiction:
 *
 *   clocks     Bridge's times are by Bridge's clock, those of arrivals by this machine's. A genuine
 *              delivery says by Bridge's clock when it was signed (`t`), and each attempt is signed
 *              anew (contract, "Deliveries"): so log and arrivals are joined by Bridge's clock
 *              alone. What is done here with an arrival stands beside it on the line, by the time
 *              that has passed here since. Where a time of Bridge's is held against the receiver's
 *              else, the difference of the clocks is allowed for as far as it is known, and
 *              TRACE_SLACK_MS besides.
 *   logs       say nothing of what is older than their oldest entry, nor of what came later than
 *              TRACE_LAG_MS before they were asked for.
 *   the store  says "nothing arrived" only of times at which a receiver is known to have run for
 *              it, of which nothing was deleted, and of answers that this receiver does not give
 *              without keeping the request (413, 503, …).
 *   a log's time may be that of the attempt's beginning or of its end: the contract is silent.
 *
 * An attempt is one delivery (api/delivery.h); one that was sent by hand looks like any other.
 * What is not genuine is told apart: it never stands for an arrival.
 */
#ifndef BRIDGETOP_API_TRACE_H
#define BRIDGETOP_API_TRACE_H

#include "api/contract.h"
#include "api/delivery.h"
#include "api/forward_store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRACE_SLACK_MS = 2 * 1000,    /* the clocks' difference is known to about a second */
    TRACE_MATCH_MS = 30 * 1000,   /* between an arrival, or its answer, and the log's time of it */
    TRACE_ATTEMPT_MS = 10 * 1000, /* an attempt that ended in an answer began so long ago at most */
    TRACE_LAG_MS = 10 * 1000,     /* until an attempt must be in Bridge's log */
    TRACE_SLOW_MS = 5 * 1000,     /* an answer, or a way here, that took so long is told */
    TRACE_LATE_MS = 5 * 60 * 1000,    /* and a first attempt so long after the event */
    TRACE_RECENT_MS = 60 * 60 * 1000, /* an empty log says something of this last while only */
    TRACE_FINDINGS_MAX = 24,
    TRACE_LOGGED_MAX = 200,      /* attempts of each endpoint that are looked at, the newest */
    TRACE_LOGGED_ALL_MAX = 1000, /* of all together */
    TRACE_TEXT_SIZE = 400,
    TRACE_LABEL_SIZE = 48,
};

#define TRACE_NOBODY SIZE_MAX

/* --- what is known -------------------------------------------------------------- */

/* When a receiver ran for the store, by this machine's clock. */
struct trace_period {
    int64_t began_ms;
    int64_t until_ms;
};

/* What Bridge has said of one endpoint; NULL: not (yet). */
struct trace_endpoint {
    const struct webhook *webhook;
    const struct log_list *logs; /* oldest first */
    int64_t logs_ms;             /* when they were asked for, by this machine's clock */
    const struct event_list *upcoming;
    int64_t upcoming_ms;
};

/* All of it is borrowed. */
struct trace_known {
    const char *event_id;
    const struct event *event; /* NULL: what it says is not known */
    const struct trace_endpoint *endpoints;
    size_t endpoint_count;
    bool stored;                   /* the store has been read: what follows is what it has */
    const struct delivery *first;  /* with headers and repeats; NULL: it has none */
    const struct delivery *claims; /* not genuine, but name the event; oldest first */
    size_t claim_count;
    bool more_claims;
    const struct forward_list *forwards; /* of `first`; NULL: none */
    const struct trace_period *periods;  /* in order of time */
    size_t period_count;
    int64_t kept_from_ms; /* what arrived before may have been deleted; INT64_MIN: nothing was */
    bool clock_known;
    int64_t clock_ahead_ms; /* this machine's, of Bridge's */
    int64_t now_ms;

    /* Says a time as the reader wants it ("09:12:04"). */
    void (*say_time)(int64_t ms, char *text, size_t size, void *context);
    void *context;
};

/* --- what comes of it ------------------------------------------------------------- */

enum trace_tone { TRACE_BAD, TRACE_WARN, TRACE_GOOD, TRACE_PLAIN }; /* the worst first */

enum trace_kind {
    TRACE_CREATED,
    TRACE_LOGGED,    /* an attempt in Bridge's log */
    TRACE_ARRIVED,   /* a genuine delivery */
    TRACE_CLAIMED,   /* one that is not, but names the event */
    TRACE_FORWARDED, /* a try to hand it on to the application */
    TRACE_WAITING,   /* to be handed on, and not tried yet: told as of when it began to wait */
    TRACE_QUEUED,    /* is queued for an endpoint, or was: as of when that was asked for */
};

struct trace_entry {
    enum trace_kind kind;
    enum trace_tone tone;
    uint64_t id;      /* the same each time the trace is made anew */
    int64_t told_ms;  /* as who tells of it has it, by their clock */
    int64_t at_ms;    /* by Bridge's clock: the order of the line; INT64_MAX: has none */
    int64_t pause_ms; /* since the entry before, those of claims left out; -1: there is none */
    size_t endpoint;  /* of known->endpoints, or TRACE_NOBODY */
    size_t pair;      /* LOGGED: the entry that arrived by it, ARRIVED: that logged it; or
                         TRACE_NOBODY */
    int missing;      /* LOGGED, and nothing arrived: which enum trace_what is said of it, else
                         TRACE_WHATS */
    bool past;        /* QUEUED: its endpoint has taken it since */
    const struct log_entry *log;     /* LOGGED */
    const struct delivery *delivery; /* ARRIVED: the event's row; CLAIMED */
    const struct attempt *attempt;   /* ARRIVED: a repeat; NULL: the first */
    const struct forward *forward;   /* FORWARDED, WAITING */
    const struct forward_try *tried; /* FORWARDED */
    int64_t number; /* ARRIVED, FORWARDED: of the attempt, or try; WAITING: the forward's id;
                       QUEUED: place in the queue, 1 is next */
    char text[TRACE_TEXT_SIZE];
};

enum trace_what {
    TRACE_OTHER_RECEIVER,      /* logged as a success, and nothing arrived */
    TRACE_NOT_REACHED,         /* logged without an answer, and nothing arrived */
    TRACE_STOOD_BEFORE,        /* an answer of what stands before a receiver, and nothing arrived */
    TRACE_PERHAPS_OURS,        /* one that this receiver gives, too, without keeping anything */
    TRACE_ANSWERED_ELSEWHERE,  /* any other answer, and nothing arrived */
    TRACE_NOT_KNOWN_HERE,      /* logged while no receiver is known to have run */
    TRACE_TOOK_TOO_LONG,       /* answered well, logged as a time-out, and the answer took long */
    TRACE_ANSWER_LOST,         /* the same, and it did not, or a failure without an answer */
    TRACE_ANSWER_CHANGED,      /* one answer here, another in the log */
    TRACE_REFUSED_HERE,        /* what arrived then was not genuine */
    TRACE_NOT_LOGGED,          /* arrived, and the log has no such attempt */
    TRACE_NOT_LOGGED_YET,      /* and was asked for before it could have one */
    TRACE_SAME_SIGNATURE,      /* one request came more than once */
    TRACE_OTHER_BODY,          /* attempts differ in their bodies */
    TRACE_AGAIN_AFTER_SUCCESS, /* delivered again although it had succeeded */
    TRACE_QUEUED_AFTER_SUCCESS,
    TRACE_WAITS_BEHIND, /* another event of the queue */
    TRACE_HELD,         /* the endpoint is disabled */
    TRACE_TRIED_AGAIN,  /* it fails, and Bridge tries again */
    TRACE_GIVEN_UP,
    TRACE_DROPPED,      /* it failed, and is not queued any more */
    TRACE_NOBODY_TAKES, /* no endpoint takes its category */
    TRACE_NO_ATTEMPT,   /* none in any log, and in no queue's beginning */
    TRACE_LATE_FIRST,   /* the first attempt came long after the event */
    TRACE_SLOW_ANSWER,  /* it was in time all the same */
    TRACE_SLOW_WAY,     /* long between signature and arrival */
    TRACE_CLAIMS,       /* something else claims to be this event */
    TRACE_ON_DEMAND,    /* answers that a person chose (api/answer_order.h) */
    TRACE_NOT_TAKEN,    /* answered well here, and the application has not taken it */
    TRACE_NOT_TRIED,    /* and it has not been handed on: it waits */
    TRACE_NOT_KEPT,     /* not all attempts are kept */
    TRACE_CLOCK,        /* the clocks differ so much that times cannot be compared by eye */
    TRACE_WHATS
};

struct trace_finding {
    enum trace_what what;
    enum trace_tone tone;
    char text[TRACE_TEXT_SIZE];
};

/* What it rests on, line by line: what was asked for and when, and how clocks were compared. */
struct trace_note {
    char label[TRACE_LABEL_SIZE];
    char text[TRACE_TEXT_SIZE];
};

struct trace {
    struct trace_entry *entries; /* in order of time */
    size_t count;
    struct trace_finding findings[TRACE_FINDINGS_MAX]; /* the worst first */
    size_t finding_count;
    struct trace_note *notes;
    size_t note_count;
    size_t arrivals;  /* that are kept here; the store may have counted more */
    size_t logged;    /* attempts in the logs */
    size_t succeeded; /* of them */
};

/* Overwrites `trace`, whose entries point into what is known. False when memory is out; it is empty
   then. */
bool trace_make(struct trace *trace, const struct trace_known *known);
void trace_clear(struct trace *trace);

/* Whether Bridge's word for an attempt's end says that it waited too long. */
bool trace_is_timeout(const struct log_entry *entry);

#endif
