/*
 * Deliveries that a handler of Bridge's webhooks must take, and such that it must refuse: what
 * `bridgetop drill` sends, and how it judges the answers. Pure: time, random numbers and keys come
 * in, nothing is sent here.
 *
 * A genuine delivery is answered 200: Bridge takes anything else for a failure and sends it again
 * (contract, "Deliveries"). What is not genuine is refused with any 4xx.
 */
#ifndef BRIDGETOP_API_DRILL_H
#define BRIDGETOP_API_DRILL_H

#include "api/error.h"
#include "api/headers.h"
#include "api/signing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DRILL_LARGE_BYTES = 1000 * 1000, DRILL_SLOW_BYTES_A_S = 256, DRILL_ADVICE_SIZE = 256 };

enum drill_case {
    DRILL_GENUINE,
    DRILL_DUPLICATE,    /* the same event, signed anew, as a retry is */
    DRILL_OUT_OF_ORDER, /* a lower event_sequence than that of before */
    DRILL_UNKNOWN,      /* a category that is not in the contract yet */
    DRILL_LARGE,        /* DRILL_LARGE_BYTES */
    DRILL_SLOW,         /* DRILL_SLOW_BYTES_A_S */
    DRILL_STALE,        /* signed well, but t is eleven minutes old */
    DRILL_CHANGED,      /* one byte of the body, after it was signed */
    DRILL_WRONG_KEY,
    DRILL_SINGLE_HASH,
    DRILL_NO_HEADER,
    DRILL_DOUBLED_HEADER, /* another's signature, and then the right one */
    DRILL_MALFORMED_HEADER,
    DRILL_CASES
};

/* "single hash". */
const char *drill_name(enum drill_case which);

/* Whether it is to be answered 200; else with a refusal. */
bool drill_wants_200(enum drill_case which);

struct drill_keys {
    const struct signing_key *own;   /* whose public half the handler has */
    const struct signing_key *wrong; /* another */
};

struct drill_request {
    struct header_list headers; /* Content-Type and signature */
    char *body;
    size_t body_length;
    size_t bytes_a_s; /* 0: as fast as it goes */
};

/* `run` is random: the events of one run have it in their ids, so that a handler that knows those
   of an earlier run takes these for new. False with a line when memory is out. */
bool drill_make(enum drill_case which, const struct drill_keys *keys, int64_t now_ms, uint64_t run,
                struct drill_request *request, struct error *error);
void drill_request_clear(struct drill_request *request);

/* Whether the handler did what it should; status 0: there was no answer. Where it did not, what
   that means and what to do. */
bool drill_judge(enum drill_case which, int status, char advice[DRILL_ADVICE_SIZE]);

#endif
