/*
 * What is asked of the API, and when.
 *
 * The list of endpoints, and the upcoming events and logs of the one in focus,
 * are asked every interval; the logs of the others in turn, those whose rows are
 * shown first, at a rate that does not grow with their number. Failures stretch every pause
 * (backoff with jitter, Retry-After obeyed):
 *
 *   the list fails,       all share one cause: everything pauses, then the list is tried
 *   or a call gets 401,   alone until it answers. This is what health tells
 *   429, Retry-After
 *   an endpoint's call    the list is asked at once. If it answers, that call alone waits,
 *   gets a 5xx, or none   longer each time, and health stays well; if not, see above
 *   an endpoint's call    that call alone waits, longer each time, and the list is asked at
 *   gets a 404            once: an endpoint that it leaves out is not asked again
 *   anything else         that call alone waits, longer each time
 *
 * Every failure of an endpoint's call is told as such, whatever its cause.
 *
 * Who has a clock that ticks may lend its beat (poller_beat()): what is asked again and again goes
 * out with it, rather than in a wake-up of its own.
 *
 * What is due when is api/schedule.h; this module asks it, and tells what came of it.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_POLLER_H
#define BRIDGETOP_API_POLLER_H

#include "api/ambient.h"
#include "api/client.h"
#include "api/contract.h"
#include "api/schedule.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum {
    POLLER_INTERVAL_MS = 5 * 1000,
    POLLER_INTERVAL_MIN_MS = SCHEDULE_INTERVAL_MIN_MS,
    POLLER_BACKGROUND_MS = SCHEDULE_BACKGROUND_MS, /* at most one request this often for what is
                                                      not in focus */
    POLLER_BEAT_MS = 1000,
    POLLER_LATE_MS = 50,
    POLLER_IN_FLIGHT_MAX = SCHEDULE_IN_FLIGHT_MAX,
    POLLER_SHOWN_MAX = SCHEDULE_SHOWN_MAX,
    POLLER_WANTED_MAX = 64,
    POLLER_FRESH_MS = 5 * 1000,
};

struct poller;

/* How the API is doing. */
struct api_health {
    bool ever_ok;
    int64_t last_ok_ms;      /* wall clock */
    int64_t latency_ms;      /* of the last success */
    unsigned failures;       /* in a row; 0: well */
    char message[ERROR_MAX]; /* of the last failure, "" when well */
    int64_t next_try_ms;     /* wall clock; 0: well, or nothing is planned */
    bool clock_known;        /* by the last success */
    int64_t clock_ahead_ms;  /* of Bridge's, right to about a second */
};

struct poller_config {
    int64_t interval_ms; /* 0: POLLER_INTERVAL_MS; at least POLLER_INTERVAL_MIN_MS */
    bool beats;          /* poller_beat() will be called */
    struct ambient ambient;

    /* On the loop. What is shown is owned by the poller and gone after the call. */
    void (*webhooks)(const struct webhook_list *list, void *context);
    void (*upcoming)(const char *webhook_id, const struct event_list *list, void *context);
    void (*logs)(const char *webhook_id, const struct log_list *list, void *context);
    void (*health)(const struct api_health *health, void *context);
    /* A call about one endpoint failed, for whatever reason: what is known of it grows old. It is
       told after health, where both are. */
    void (*failed)(enum api_call call, const char *webhook_id, const char *message, void *context);
    void *context;
};

/* Begins with the list at once. The client must outlive it. NULL when memory is out. */
struct poller *poller_new(uv_loop_t *loop, struct client *client,
                          const struct poller_config *config);

/* To be called soon after each full second of the wall clock, if that was promised. One that stays
   out costs POLLER_LATE_MS. */
void poller_beat(struct poller *poller);

/* When the list that was handed out last was asked for (wall clock); 0: none was. */
int64_t poller_list_asked_ms(const struct poller *poller);

/* Which endpoints have a row on screen: their logs are asked more often than those of the rest.
   Replaces what was said before; copied, the first POLLER_SHOWN_MAX of them. Cheap enough to be
   called with each frame. */
void poller_show(struct poller *poller, const char *const *webhook_ids, size_t count);

/* Which endpoint's details are on screen (NULL: none). It is asked at once if its answers are older
   than a second or so. */
void poller_focus(struct poller *poller, const char *webhook_id);

/* Somebody waits for logs and upcoming events of these endpoints: they are asked for once, one
   after another, but for what was answered within POLLER_FRESH_MS. Copied, at most
   POLLER_WANTED_MAX. */
void poller_want(struct poller *poller, const char *const *webhook_ids, size_t count);

/* Asks the list, what is in focus and shown rows that failed now, whatever the pause (but not
   before a Retry-After). */
void poller_refresh(struct poller *poller);

/* This endpoint was deleted by us: it is not asked again, even while lists still name it, answers
   about it that are under way are dropped, and the list is asked anew. */
void poller_forget(struct poller *poller, const char *webhook_id);

/* Cancels what is under way and frees; `closed` (may be NULL) on the loop. The client is not
 * closed. */
void poller_close(struct poller *poller, void (*closed)(void *context), void *context);

#endif
