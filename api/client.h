/*
 * One asynchronous call of the Bridge Webhooks API: URL, headers, retries,
 * errors as values.
 *
 * The API key goes into the Api-Key header of requests to the base URL and
 * nowhere else: not into messages, not to another host (redirects are not
 * followed). POST carries an Idempotency-Key that is made once per call and
 * reused by its retries; PUT and DELETE carry none.
 *
 * Retries: network errors, 429 and 5xx, with growing pauses and jitter, and never
 * before Retry-After; other 4xx are final. Where Retry-After asks for more than
 * CLIENT_PAUSE_MAX_MS, the call ends at once and says so. A DELETE whose retry answers 404 has
 * succeeded: the first try had deleted it.
 *
 * Requests share one kept-alive connection (HTTP/2 where it is offered). Calls that change
 * something go ahead of those that only ask; only where one of these hangs over HTTP/1.1 does an
 * action get a second connection, after a second.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_CLIENT_H
#define BRIDGETOP_API_CLIENT_H

#include "api/ambient.h"
#include "api/contract.h"
#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum {
    CLIENT_CONNECT_TIMEOUT_MS = 5 * 1000,
    CLIENT_TIMEOUT_MS = 20 * 1000,
    CLIENT_ANSWER_MAX = 16 * 1024 * 1024,
    CLIENT_ACTION_ATTEMPTS = 4,      /* for calls that a person waits for */
    CLIENT_PAUSE_MAX_MS = 60 * 1000, /* before a retry: longer than a person waits */
    CLIENT_KEY_MAX = 4096,           /* bytes of an API key */
};

struct client;

enum api_call {
    API_LIST_WEBHOOKS,
    API_CREATE_WEBHOOK,
    API_UPDATE_WEBHOOK,
    API_DELETE_WEBHOOK,
    API_UPCOMING_EVENTS,
    API_SEND_EVENT,
    API_LOGS,
    API_LIST_EVENTS,
};

/* Whether the call changes something at Bridge. */
bool api_call_changes(enum api_call call);

struct api_request {
    enum api_call call;
    const char *webhook_id;
    const char *event_id;                 /* send */
    const char *url;                      /* create; update: NULL leaves it */
    const char *epoch;                    /* create: "webhook_creation" or "beginning_of_time" */
    enum webhook_status status;           /* update: UNKNOWN leaves it */
    const struct string_list *categories; /* create; update: NULL leaves them */
    const char *category;                 /* lists of events: NULL is all */
    const char *starting_after;           /* list events */
    const char *ending_before;
    int limit;         /* list events: 1–500, 0 is the API's default */
    unsigned attempts; /* 0 and 1: no retry */
};

enum api_outcome {
    API_OK,
    API_REFUSED,     /* an answer of 4xx, a read-only client, ids that are none: final */
    API_UNAVAILABLE, /* network, 429, 5xx: may work later */
    API_UNREADABLE,  /* an answer that is not what the contract says: a redirect, too much, a body
                        that is something else. A change may have happened */
};

struct api_result {
    enum api_call call;
    enum api_outcome outcome;
    int http_status;    /* 0: no answer */
    struct error error; /* not API_OK: what is wrong, then why, in Bridge's words if it gave any */
    int64_t retry_after_ms; /* asked for by the server, or -1 */
    int64_t latency_ms;     /* of the last attempt */
    int64_t server_date_ms; /* the Date header, or -1 */
    unsigned attempts;

    /* By call; zero otherwise. Freed after the callback: take or copy. */
    struct webhook webhook;       /* create, update, delete (there perhaps only id and status) */
    struct webhook_list webhooks; /* list */
    struct event_list events;     /* upcoming, list events */
    struct log_list logs;         /* logs */
    char *message;                /* send; NULL when the answer held none */
};

/* How far this machine's clock is ahead of the server's, by the answer's Date (RFC 9110, 6.6.1),
   which counts whole seconds: right to about a second. False where there was none. */
bool api_result_clock_ahead(const struct api_result *result, int64_t now_ms, int64_t *ahead_ms);

/* Called once, on the loop, never before client_call() has returned. */
typedef void (*client_done)(struct api_result *result, void *context);

/* Called before each pause that precedes a retry: the line ends with "next try in 4 s". */
typedef void (*client_retrying)(const char *line, void *context);

struct client_config {
    const char *base_url; /* without a trailing slash; https, or http to this machine */
    const char *api_key;  /* copied; erased when the client is freed */
    bool read_only;       /* calls that change something are refused here, before the network */
    struct ambient ambient;

    /* 0 is the default: CLIENT_CONNECT_TIMEOUT_MS, CLIENT_TIMEOUT_MS, BACKOFF_FIRST_MS,
       CLIENT_ANSWER_MAX. */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    int64_t retry_first_ms;
    size_t answer_max;
};

/* Whether the key may be sent there: https, or http to a loopback address; without user, query
   and fragment. The error never quotes the URL. */
bool client_url_acceptable(const char *url, struct error *error);

/* Whether it can be a key at all: there, of ordinary length, and without what no header may hold.
   The error never quotes it. */
bool client_key_acceptable(const char *api_key, struct error *error);

/* NULL for a URL or a key that is not acceptable, or when memory is out. */
struct client *client_new(uv_loop_t *loop, const struct client_config *config, struct error *error);

/* Starts a call; everything is copied. Returns a handle; 0 only when memory is out to the last
   byte, and then `done` is not called. A refused call (read-only, ids that are not ids) ends
   through `done` as well. `retrying` may be NULL. */
uint64_t client_call(struct client *client, const struct api_request *request, client_done done,
                     client_retrying retrying, void *context);

/* The callbacks will not be called. An unknown handle is fine. */
void client_cancel(struct client *client, uint64_t handle);

/* Cancels everything; `closed` (may be NULL) is called on the loop when the client has been freed.
   Also from inside a callback. */
void client_close(struct client *client, void (*closed)(void *context), void *context);

/* What such a call would send, for a person to read: method and path below the base URL, that there
   will be an Idempotency-Key, and the body. Never the API key. Cut to fit, NUL-terminated. False
   for a call that cannot be made. */
bool client_preview(const struct api_request *request, char *text, size_t size);

#endif
