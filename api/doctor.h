/*
 * Why a delivery is not genuine: hypotheses are tried, one after another, and the report says which
 * of them would make the signature verify, and what to do.
 *
 * A finding is a hint. What is *shown* was proved by the signature itself: with that one change it
 * is one by a known key. What is *likely* was only seen in the delivery. Neither makes a delivery
 * genuine: the verdict is signature.h's alone, over the bytes as they came.
 *
 * Pure: no clock, no I/O. Bounded: at most DOCTOR_KEYS_MAX keys, DOCTOR_HASHED_MAX bytes hashed and
 * DOCTOR_CHECKS_MAX signatures checked; what is left untried then is said. That can still take a
 * tenth of a second, so it is not for a loop that draws.
 */
#ifndef BRIDGETOP_API_DOCTOR_H
#define BRIDGETOP_API_DOCTOR_H

#include "api/headers.h"
#include "api/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DOCTOR_KEYS_MAX = 64,
    DOCTOR_CHECKS_MAX = 4096,
    DOCTOR_HASHED_MAX = 64 * 1024 * 1024,
    DOCTOR_INFLATED_MAX = 4 * 1024 * 1024, /* of a compressed body */
    DOCTOR_FINDINGS_MAX = 4,
    DOCTOR_LINE_SIZE = 320,
};

enum doctor_kind {
    DOCTOR_NOTHING_WRONG, /* it verifies, and t is in the window */
    DOCTOR_UNEXPLAINED,   /* nothing that was tried fits */

    /* the header */
    DOCTOR_NO_HEADER,
    DOCTOR_RENAMED_HEADER,
    DOCTOR_DOUBLED_HEADER,
    DOCTOR_MALFORMED_HEADER,
    DOCTOR_LOOSE_BASE64,

    /* the time */
    DOCTOR_SECONDS,
    DOCTOR_STALE,
    DOCTOR_FUTURE,
    DOCTOR_CLOCK,

    /* the key */
    DOCTOR_NO_KEY,
    DOCTOR_OTHER_KEY,
    DOCTOR_OLD_KEY,
    DOCTOR_KEY_SIZE,

    /* what was signed */
    DOCTOR_SINGLE_HASH,
    DOCTOR_HEX_DIGEST,
    DOCTOR_BODY_ALONE,

    /* the body */
    DOCTOR_NEWLINE_ADDED,
    DOCTOR_NEWLINE_TAKEN,
    DOCTOR_LINE_ENDS,
    DOCTOR_BOM_ADDED,
    DOCTOR_BOM_TAKEN,
    DOCTOR_BLANKS_ADDED,
    DOCTOR_REENCODED,
    DOCTOR_CHARSET,
    DOCTOR_COMPRESSED,
    DOCTOR_TRUNCATED,
    DOCTOR_EMPTY_BODY,
    DOCTOR_NOT_JSON,
    DOCTOR_KINDS
};

/* "single_hash": for JSON. */
const char *doctor_kind_name(enum doctor_kind kind);

struct doctor_key {
    const struct public_key *key;
    const char *webhook_id; /* NULL: given by hand */
    const char *url;        /* may be NULL */
    bool retired;           /* its endpoint is no longer there */
};

struct doctor_case {
    const struct header_list *headers;
    const char *target; /* path and query as sent; NULL where it is not known */
    const void *body;
    size_t body_length;
    int64_t received_ms;
    int64_t window_ms; /* < 0: t is not judged */
    const struct doctor_key *keys;
    size_t key_count;

    /* Where this machine's clock was held against another, how far it is ahead. */
    bool clock_known;
    int64_t clock_ahead_ms;
};

struct doctor_finding {
    enum doctor_kind kind;
    bool shown;                    /* by the signature; else likely */
    char what[DOCTOR_LINE_SIZE];   /* a sentence; may quote what was sent: for the text gate */
    char remedy[DOCTOR_LINE_SIZE]; /* what to do, a sentence, or "" */
};

struct doctor_report {
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX]; /* the best first; at least one */
    size_t count;
    size_t checks;  /* signatures checked */
    bool exhausted; /* a limit was reached: not all was tried */
};

void doctor_examine(const struct doctor_case *patient, struct doctor_report *report);

/* Whether `what` says no more than the verdict's reason, which may be NULL, already has: then what
   is to be done is all that is new. */
bool doctor_repeats(const struct doctor_finding *finding, const char *reason);

#endif
