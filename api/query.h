/*
 * The filter language: what `f` takes, for a pane and for the whole store.
 *
 *   type:transfer status:payment_processed !verified since:2h amount "acme ltd"
 *
 * Terms are separated by blanks, and all of them must hold. A word holds where it stands anywhere
 * in the columns or in the payload as it was sent. `field:value` holds where the value stands in
 * that field; `a,b` means either. `!` before a term inverts it; quotes hold blanks, commas and
 * colons, and within them \" and \\ stand for themselves. ASCII letters match in either case.
 *
 *   text      type category status endpoint id object path url from reason
 *   numbers   answer:400  answer:4xx  size:>1kB  size:<=2MB  (also status: in the delivery log)
 *   verdicts  verified    verdict:stale,future
 *   time      since:2h  until:30m  since:2026-11-20  until:2026-11-20T10:00  since:today
 *             A date is in local time unless it ends with Z; until a date includes that day.
 *
 * Which fields there are depends on the pane: QUERY_FIELDS. Parsing and evaluation are pure: the
 * time is a parameter, and nothing is allocated. A query is bounded: a text of QUERY_TEXT_MAX
 * bytes and QUERY_TERMS_MAX terms of QUERY_ANY_MAX values each.
 */
#ifndef BRIDGETOP_API_QUERY_H
#define BRIDGETOP_API_QUERY_H

#include "api/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUERY_TEXT_MAX = 2048, QUERY_TERMS_MAX = 32, QUERY_ANY_MAX = 8 };

/* What is looked through: each has fields of its own. */
enum query_scope {
    QUERY_ENDPOINTS = 1 << 0,
    QUERY_UPCOMING = 1 << 1,
    QUERY_DELIVERIES = 1 << 2,
    QUERY_ARRIVALS = 1 << 3, /* what arrived here: the store */
};

enum query_field {
    QUERY_WORD, /* no field: anywhere */
    QUERY_TYPE,
    QUERY_CATEGORY,
    QUERY_STATUS,
    QUERY_ENDPOINT,
    QUERY_ID,
    QUERY_OBJECT,
    QUERY_PATH,
    QUERY_URL,
    QUERY_FROM,
    QUERY_REASON,
    QUERY_TEXT_FIELDS, /* those above are texts, those below are not */
    QUERY_ANSWER = QUERY_TEXT_FIELDS,
    QUERY_SIZE,
    QUERY_VERDICT,
    QUERY_TIME,
};

struct query_field_info {
    const char *name; /* as it is typed, without the colon */
    enum query_field field;
    unsigned scopes;     /* bits of enum query_scope */
    const char *wants;   /* "a span like 2h, or a date like 2026-11-20" */
    const char *example; /* "since:2h" */
};

/* The fields, for help and completion. */
extern const struct query_field_info QUERY_FIELDS[];
extern const size_t QUERY_FIELDS_COUNT;

/* --- parsing ------------------------------------------------------------- */

enum query_kind {
    QUERY_IS_TEXT,    /* one of the values stands in the field */
    QUERY_IS_RANGE,   /* low <= number <= high */
    QUERY_IS_VERDICT, /* a bit of verdicts is set */
};

struct query_value {
    size_t at; /* in query->bytes */
    size_t length;
};

struct query_term {
    enum query_field field;
    enum query_kind kind;
    bool inverted;
    struct query_value any[QUERY_ANY_MAX];
    size_t any_count;
    int64_t low, high;
    unsigned verdicts; /* bits 1 << enum verdict */
};

struct query {
    struct query_term terms[QUERY_TERMS_MAX];
    size_t count;
    char bytes[QUERY_TEXT_MAX]; /* the values, ASCII letters small, without NULs between */
    size_t length;
};

/* Where a query is wrong, in bytes of its text, and what would be right. */
struct query_error {
    size_t start;
    size_t length;
    char message[240];
};

/* Reads `length` bytes, any bytes. False with the first wrong term; the query is empty then. An
   empty text is a query without terms. Spans count back from now_ms. */
bool query_parse(const char *text, size_t length, enum query_scope scope, int64_t now_ms,
                 struct query *query, struct query_error *error);

/* --- evaluation ------------------------------------------------------------ */

struct query_text {
    const char *bytes; /* NULL: absent */
    size_t length;
};

/* What a row is to a query. */
struct query_subject {
    struct query_text fields[QUERY_TEXT_FIELDS]; /* by enum query_field; [QUERY_WORD] is not used */
    const struct query_text *texts;              /* where words are looked for */
    size_t text_count;
    int answer; /* HTTP status, 0: none */
    int64_t size;
    enum verdict verdict;
    int64_t time_ms;
};

bool query_matches(const struct query *query, const struct query_subject *subject);

/* One term alone. */
bool query_term_holds(const struct query *query, const struct query_term *term,
                      const struct query_subject *subject);

/* A term's value as bytes; its ASCII letters are small. */
struct query_text query_value(const struct query *query, const struct query_term *term, size_t i);

/* A text of a NUL-terminated string; NULL is absent. */
struct query_text query_text_of(const char *string);

/* Where `needle` (ASCII letters small) first stands in `text` from `from` on, whatever the case of
   ASCII letters. False when nowhere, and for an empty needle. */
bool query_find(struct query_text text, size_t from, struct query_text needle, size_t *at);

#endif
