/*
 * Work off the loop of which only the newest counts: a search of the store, a look-up in it.
 *
 * One job at a time is waited for. A new one begins after a pause, in which more may be typed, and
 * cancels the one before: that is told so, and answers no more. A job runs on one of libuv's
 * threads; what it has so far is answered on the loop whenever it says, and the rest at its end.
 *
 * All but latest_is_cancelled() and latest_tell() belong to the loop's thread.
 */
#ifndef BRIDGETOP_TUI_LATEST_H
#define BRIDGETOP_TUI_LATEST_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct latest;
struct latest_kind;

/* The first member of a job. */
struct latest_job {
    uv_work_t work;
    const struct latest_kind *kind;
    struct latest *latest; /* NULL once nobody waits for it any more; the loop's */

    uv_mutex_t lock; /* for what both threads use of the job, and of this: */
    bool cancelled;
    uv_async_t *ready; /* NULL: must not be told any more */
};

struct latest_kind {
    void (*run)(struct latest_job *job);                /* on the thread */
    void (*answer)(struct latest_job *job, bool ended); /* what there is; last with `ended`, also
                                                           where it could not be run at all */
    void (*free)(struct latest_job *job);
};

struct latest {
    uv_loop_t *loop;
    const struct latest_kind *kind;
    uv_timer_t delay;
    uv_async_t ready;
    struct latest_job *waiting; /* begins after the pause */
    struct latest_job *job;     /* the one whose answers count, or NULL */
    int handles;                /* that are open */
    bool closing;
    void (*closed)(void *context);
    void *context;
};

/* False when the system is out of descriptors: then there is nothing to be closed. */
bool latest_init(struct latest *latest, uv_loop_t *loop, const struct latest_kind *kind);

/* For a new job, which is zeroed. False: it cannot be one, and is to be freed otherwise. */
bool latest_job_init(struct latest *latest, struct latest_job *job);

/* Before a job is freed by its kind. */
void latest_job_clear(struct latest_job *job);

/* Takes the job over, once none is closing. */
void latest_begin(struct latest *latest, struct latest_job *job, uint64_t delay_ms);
void latest_cancel(struct latest *latest);

bool latest_is_cancelled(struct latest_job *job);

/* Has what there is answered. */
void latest_tell(struct latest_job *job);

/* Cancels; `closed` is called once the handles have ended. A job that still runs frees itself. */
void latest_close(struct latest *latest, void (*closed)(void *context), void *context);

#endif
