/*
 * What the parts of the forwarder share. Private to it.
 *
 *   forwarder.c         the queue's jobs, beginning and end
 *   forwarder_flight.c  one request, and who waits for its answer
 */
#ifndef BRIDGETOP_API_FORWARDER_PRIVATE_H
#define BRIDGETOP_API_FORWARDER_PRIVATE_H

#include "api/forwarder.h"
#include "api/transfer.h"

enum flight_state {
    FLIGHT_FREE,
    FLIGHT_UNDER_WAY,
    FLIGHT_ENDED,   /* what became of it is to be written */
    FLIGHT_WRITING, /* a job does */
};

/* Somebody who waits for the answer to one. */
struct awaited {
    int64_t forward_id; /* 0: unused */
    uint64_t until_us;
    bool too_late; /* and was told: the forward has lost its turn */
    forward_answered answered;
    void *context;
};

/* What goes back to him. */
struct reply {
    struct awaited whose; /* forward_id 0: nobody's */
    enum forward_answer_kind kind;
    int status;
    char *content_type;
    char *body;
    size_t body_length;
};

/* One request, from when it was given out until what became of it is on file. */
struct flight {
    struct forwarder *forwarder;
    enum flight_state state;
    struct forward_item item; /* its body and headers only until it has begun */
    uint64_t handle;
    int64_t at_ms;
    struct forward_result result;
    struct reply reply;
};

struct replay {
    struct replay *next;
    int64_t *ids;
    size_t count;
    enum forward_kind kind;
    void (*done)(size_t queued, const char *error, void *context);
    void *context;
    size_t queued;
};

/* What one job does, and what it found. */
struct job {
    struct forward_result results[FORWARD_CONNECTIONS];
    struct flight *whose[FORWARD_CONNECTIONS];
    size_t result_count;
    bool written;
    struct replay *replay; /* or NULL */
    bool replayed;         /* it is in the queue, whatever came after */
    bool publishes;
    struct forward_target target;
    size_t most;
    struct forward_item items[FORWARD_CONNECTIONS];
    size_t item_count;
    int64_t now_ms;
    uint64_t random;
    int64_t arrived;
    int64_t wait_ms;
    int64_t waiting;
    bool ok;
    struct error error;
};

struct forwarder {
    uv_loop_t *loop;
    struct forwarder_config config;
    struct transfer_pool *pool;
    struct forward_queue *queue; /* the job's, while one works */
    struct flight flights[FORWARD_CONNECTIONS];
    struct awaited *awaited; /* FORWARD_AWAITED_MAX of them */
    size_t awaited_count;
    struct replay *replays; /* in order */
    size_t replay_count;    /* deliveries in them */

    int64_t arrived; /* arrivals up to here may go */

    uv_work_t work;
    bool working, again;
    struct job job;
    uv_timer_t wake;
    uv_timer_t late; /* for those who wait */

    unsigned unreached; /* in a row */
    uint64_t ask_at_us; /* while it cannot be reached */
    struct error down;  /* why; "" while it can */
    bool to_publish;
    int64_t waiting;
    bool told, told_trouble;

    bool closing, drained;
    uv_timer_t drain;
    int open_handles;
    void (*closed)(void *context);
    void *closed_context;
};

static inline uint64_t forwarder_now_us(const struct forwarder *forwarder)
{
    return ambient_steady_us(&forwarder->config.ambient);
}

/* Begins a job, or another one once that which works is done. */
void forwarder_begin_job(struct forwarder *forwarder);

size_t forwarder_count(const struct forwarder *forwarder, enum flight_state state);

/* --- forwarder_flight.c ---------------------------------------------------------- */

/* Begins a request, in a flight that is free. Takes the item over. */
void flight_begin(struct flight *flight, struct forward_item *item);

/* Ends all that are under way without a result: they go again after a restart. */
void flights_cancel(struct forwarder *forwarder);

/* Who waits for this one's answer gets it; nobody is fine. */
void flight_reply(struct flight *flight);
void flight_clear(struct flight *flight);

/* Whether somebody waits whose turn may still come in time. */
bool awaited_some(const struct forwarder *forwarder);

/* All of them are told that the program ends. */
void awaited_end(struct forwarder *forwarder);

#endif
