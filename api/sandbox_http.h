/*
 * A request to the sandbox and its answer, as data; and the shapes of refusals.
 */
#ifndef BRIDGETOP_API_SANDBOX_HTTP_H
#define BRIDGETOP_API_SANDBOX_HTTP_H

#include "api/buffer.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SANDBOX_ANSWER_MAX = 8 * 1024 * 1024,
    SANDBOX_BODY_MAX = 64 * 1024, /* of a request: 413 */
    SANDBOX_QUERY_VALUE_SIZE = 128,
};

struct sandbox_request {
    const char *method;
    const char *target;  /* path and query */
    const char *api_key; /* headers; NULL when absent */
    const char *idempotency_key;
    const char *body;
    size_t body_length;
    int64_t now_ms;
};

struct sandbox_answer {
    int status;
    const char *content_type;
    char allow[64];        /* the header of a 405, or "" */
    int64_t retry_after_s; /* or -1 */
    struct buffer body;
};

/* What answering still needs; asked again once it is there. */
enum sandbox_need { SANDBOX_NEEDS_NOTHING, SANDBOX_NEEDS_KEY, SANDBOX_NEEDS_STRAY_KEY };

void sandbox_answer_init(struct sandbox_answer *answer);
void sandbox_answer_clear(struct sandbox_answer *answer); /* can be used again */

/* {"code":…,"message":…} */
void sandbox_answer_error(struct sandbox_answer *answer, int status, const char *code,
                          const char *message);

/* {"code":"required","location":"header","name":…,"message":"Missing … header"} */
void sandbox_answer_header_missing(struct sandbox_answer *answer, int status, const char *name);

/* {"errors":[{"code":"unexpected",…}]}, the shape of a 500. */
void sandbox_answer_unexpected(struct sandbox_answer *answer);

/* {"message":…} */
void sandbox_answer_message(struct sandbox_answer *answer, int status, const char *message);

/* What is wrong with a request's parts, all of it in one answer:
   {"code":"invalid_parameters",…,"source":{"location":"body","key":{"url":"reason"}}} */
enum { SANDBOX_PROBLEMS_MAX = 8 };

struct sandbox_problems {
    const char *location; /* "body", "query" */
    struct {
        const char *name;
        const char *reason;
    } items[SANDBOX_PROBLEMS_MAX];
    size_t count;
};

void sandbox_problem_add(struct sandbox_problems *problems, const char *name, const char *reason);
void sandbox_answer_problems(struct sandbox_answer *answer,
                             const struct sandbox_problems *problems);

/* --- reading a request -------------------------------------------------- */

/* Whether the target's path is `pattern`, in which one segment may be "*": that segment is copied
   to `id` then (NULL: not wanted; cut to fit, so that it is no known id). */
bool sandbox_path_matches(const char *target, const char *pattern, char *id, size_t size);

/* The first value of a query's name, percent-decoded (RFC 3986, 2.1) and cut to fit. */
bool sandbox_query_value(const char *target, const char *name,
                         char value[SANDBOX_QUERY_VALUE_SIZE]);

/* The body as a JSON object; else NULL, and `answer` says why. No body is an empty object where
   `may_be_empty`. */
cJSON *sandbox_request_object(const struct sandbox_request *request, bool may_be_empty,
                              struct sandbox_answer *answer);

/* A member's text, or NULL where it is absent or no string. */
const char *sandbox_string_in(const cJSON *object, const char *name);

#endif
