/*
 * The sandbox's world: what happened, who is subscribed, what is still to be
 * delivered, and how deliveries went.
 *
 * No network, no clock, no signatures: times are passed in, and attempts are
 * handed out and reported back. Each endpoint delivers in order and one at a time; a
 * failure holds its queue up and is tried again with growing pauses, until they end
 * (days in the vendor's case, minutes here) and the queue stops. A send that
 * succeeds starts it again.
 */
#ifndef BRIDGETOP_API_SANDBOX_STATE_H
#define BRIDGETOP_API_SANDBOX_STATE_H

#include "api/sandbox_random.h"
#include "api/sandbox_stories.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SANDBOX_EVENTS_MAX = 5000, /* the oldest are forgotten, delivered or not */
    SANDBOX_ENDPOINTS_MAX = 200,
    SANDBOX_LOGS_MAX = 200, /* of each endpoint */
    SANDBOX_SENDS_MAX = 100,
    SANDBOX_SEND_DELAY_MS = 500, /* "delivery is not immediate" */
    SANDBOX_RETRY_FIRST_MS = 2 * 1000,
    SANDBOX_RETRY_MAX_MS = 60 * 1000,
    SANDBOX_TRIES_MAX = 16, /* then the queue stops: the vendor's two days */
    SANDBOX_LOG_BODY_MAX = 1024,
    SANDBOX_LOG_STATUS_SIZE = 32,
};

struct signing_key;
struct sandbox_state;

/* How an endpoint's deliveries are signed. */
enum sandbox_signer {
    SANDBOX_SIGN_OFFICIAL,
    SANDBOX_SIGN_WRONG_KEY,   /* with a key that is not the endpoint's */
    SANDBOX_SIGN_STALE,       /* genuine, but too old to be taken */
    SANDBOX_SIGN_SINGLE_HASH, /* the common mistake: hashed once only */
    SANDBOX_SIGN_TAMPERED,    /* the body is altered after it was signed */
};

struct sandbox_log {
    char status[SANDBOX_LOG_STATUS_SIZE]; /* "200", "timeout" */
    char event_id[SANDBOX_ID_SIZE];
    char *body; /* the start of what the receiver answered, or NULL */
    size_t body_length;
    int64_t created_ms;
};

struct sandbox_send {
    char event_id[SANDBOX_ID_SIZE];
    int64_t due_ms;
};

/* Read freely; written by the functions below, but for the fields that say so. */
struct sandbox_endpoint {
    char id[SANDBOX_ID_SIZE];
    char *url;
    bool active;
    uint32_t categories; /* bit i is CONTRACT_CATEGORIES[i] */
    int64_t created_ms;
    char *public_pem;
    bool key_is_escaped;     /* its key is answered with `\n` as two characters */
    struct signing_key *key; /* owned; NULL where nothing is signed */

    /* Set at will: how deliveries go wrong. */
    enum sandbox_signer sign_with;
    double fail_share; /* of attempts that the tunnel answers itself, with 502 */
    size_t reserve;    /* keep so many events queued: a demo's upcoming events */

    struct sandbox_random faults;
    int64_t cursor; /* the queue begins at this sequence */
    unsigned tries; /* failed ones, of the event at the cursor */
    int64_t next_try_ms;
    bool stopped; /* retries have ended */
    bool busy;    /* an attempt is under way */
    struct sandbox_send sends[SANDBOX_SENDS_MAX];
    size_t send_count;
    struct sandbox_log logs[SANDBOX_LOGS_MAX]; /* a ring: see sandbox_endpoint_log() */
    size_t log_total;
};

struct sandbox_state *sandbox_state_new(uint64_t seed, double events_per_minute, int64_t start_ms);
void sandbox_state_free(struct sandbox_state *state);

/* --- time --------------------------------------------------------------- */

/* Lets happen what the rate has brought up to now. Their times are those at which they were due,
   not those at which somebody looked. */
void sandbox_state_advance(struct sandbox_state *state, int64_t now_ms);

/* When the next event or attempt is due; INT64_MAX: nothing is planned. */
int64_t sandbox_state_next_ms(struct sandbox_state *state);

/* --- events ------------------------------------------------------------- */

/* One event, now. NULL when memory is out. The state keeps it. */
const struct sandbox_event *sandbox_state_happen(struct sandbox_state *state, const char *category,
                                                 int64_t now_ms);

/* Sequences that are kept: from the first to one before the end. */
int64_t sandbox_state_first(const struct sandbox_state *state);
int64_t sandbox_state_end(const struct sandbox_state *state);
const struct sandbox_event *sandbox_state_event_at(const struct sandbox_state *state,
                                                   int64_t sequence);
const struct sandbox_event *sandbox_state_event(const struct sandbox_state *state, const char *id);

/* The bit of a documented category; 0 for any other. */
uint32_t sandbox_category_bit(const char *category);
uint32_t sandbox_categories_all(void);

/* --- endpoints ---------------------------------------------------------- */

/* The seed of the key that the next endpoint is to have (`ahead` 0), or one after that; and of a
   key that no endpoint has. */
uint64_t sandbox_state_key_seed(const struct sandbox_state *state, unsigned ahead);
uint64_t sandbox_state_stray_key_seed(const struct sandbox_state *state);

struct sandbox_subscription {
    const char *url;
    uint32_t categories;
    bool from_beginning; /* event_epoch beginning_of_time */
    const char *public_pem;
    struct signing_key *key; /* taken over, also on failure */
};

/* Disabled at first. NULL when there are SANDBOX_ENDPOINTS_MAX, or memory is out. */
struct sandbox_endpoint *sandbox_state_create(struct sandbox_state *state,
                                              const struct sandbox_subscription *subscription,
                                              int64_t now_ms);
void sandbox_state_delete(struct sandbox_state *state, struct sandbox_endpoint *endpoint);

size_t sandbox_state_endpoint_count(const struct sandbox_state *state);
struct sandbox_endpoint *sandbox_state_endpoint_at(const struct sandbox_state *state, size_t index);
struct sandbox_endpoint *sandbox_state_endpoint(const struct sandbox_state *state, const char *id);

/* Takes the key over. False when memory is out: it is freed then. */
bool sandbox_endpoint_set_key(struct sandbox_endpoint *endpoint, struct signing_key *key);

/* False when memory is out. */
bool sandbox_endpoint_set_url(struct sandbox_endpoint *endpoint, const char *url);

/* Newest first; NULL past the last one. */
const struct sandbox_log *sandbox_endpoint_log(const struct sandbox_endpoint *endpoint,
                                               size_t index);

/* --- the queue ---------------------------------------------------------- */

/* The events that this endpoint will be given next, of those categories, in order. */
size_t sandbox_state_upcoming(const struct sandbox_state *state,
                              const struct sandbox_endpoint *endpoint, uint32_t categories,
                              const struct sandbox_event **events, size_t max);

/* Queues one attempt beside the queue. False when too many wait already. */
bool sandbox_state_send(struct sandbox_endpoint *endpoint, const struct sandbox_event *event,
                        int64_t now_ms);

struct sandbox_attempt {
    char endpoint_id[SANDBOX_ID_SIZE];
    char event_id[SANDBOX_ID_SIZE];
    int64_t sequence;
    bool is_send;
    unsigned number; /* 1 and up, for the queue's attempts */
    char *body;      /* allocated: the event may be forgotten meanwhile */
    size_t body_length;
};

/* Hands out an attempt that is due. Each ends in sandbox_state_finish(). */
bool sandbox_state_take(struct sandbox_state *state, int64_t now_ms,
                        struct sandbox_attempt *attempt);

/* What became of it: logs it, moves the queue on or holds it up, and clears the attempt. `status`
   is an HTTP status or a word; 200 to 299 is a success. `body` may be NULL. */
void sandbox_state_finish(struct sandbox_state *state, struct sandbox_attempt *attempt,
                          int64_t now_ms, const char *status, const char *body, size_t length);

void sandbox_attempt_clear(struct sandbox_attempt *attempt);

#endif
