/*
 * The sandbox's control room: the record of requests, faults on demand, events
 * on demand, how an endpoint's deliveries go wrong, and its private key: it can
 * be had, so that a drill can sign what a handler that knows the endpoint's
 * public key must take, and be made another one.
 */
#ifndef BRIDGETOP_API_SANDBOX_CONTROL_H
#define BRIDGETOP_API_SANDBOX_CONTROL_H

#include "api/sandbox_http.h"
#include "api/sandbox_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SANDBOX_RECORD_MAX = 1000,          /* requests; the oldest are forgotten */
    SANDBOX_RECORD_BODY_MAX = 4 * 1024, /* bytes that are kept of each body */
    SANDBOX_FAULTS_MAX = 32,
    SANDBOX_FAULT_DELAY_MAX_MS = 5 * 60 * 1000,
    SANDBOX_PATH_MAX = 256,
};

enum sandbox_fault_kind {
    SANDBOX_FAULT_NONE,
    SANDBOX_FAULT_SLOW, /* answered rightly, after delay_ms */
    SANDBOX_FAULT_429,
    SANDBOX_FAULT_500,
    SANDBOX_FAULT_DROP, /* the connection is closed without an answer */
    SANDBOX_FAULT_HTML, /* 502 from a proxy in between */
};

struct sandbox_fault {
    enum sandbox_fault_kind kind;
    unsigned count; /* how many requests it still meets */
    char method[8]; /* "": any */
    char path[SANDBOX_PATH_MAX];
    int64_t delay_ms;
    int64_t retry_after_s; /* of a 429; -1: no such header */
    bool performed;        /* the request is carried out, and only its answer is lost */
};

struct sandbox_control;

struct sandbox_control *sandbox_control_new(struct sandbox_state *state);
void sandbox_control_free(struct sandbox_control *control);

bool sandbox_control_owns(const char *target);

/* Puts an API request on record, in the order of arrival, with status 0: not answered. Returns its
   number, for the status. */
uint64_t sandbox_control_record(struct sandbox_control *control,
                                const struct sandbox_request *request);
void sandbox_control_answered(struct sandbox_control *control, uint64_t number, int status);

/* The fault that this request meets (and that is one fewer from now on), or one of kind NONE. */
struct sandbox_fault sandbox_control_meet(struct sandbox_control *control,
                                          const struct sandbox_request *request);

/* Turns an answer into that of the fault; not for SLOW and DROP. */
void sandbox_fault_answer(const struct sandbox_fault *fault, struct sandbox_answer *answer);

/* Answers a request below /sandbox. `have_stray`: there is a key to sign wrongly with; without it,
   a request for that needs one first. */
enum sandbox_need sandbox_control_answer(struct sandbox_control *control,
                                         const struct sandbox_request *request, bool have_stray,
                                         struct sandbox_answer *answer);

#endif
