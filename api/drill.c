#include "api/drill.h"

#include "api/buffer.h"
#include "api/contract.h"
#include "api/signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCE = 1000, MINUTE_MS = 60 * 1000 };

static const struct {
    const char *name;
    bool wanted;
    const char *advice; /* when it did the other thing */
} CASES[DRILL_CASES] = {
    [DRILL_GENUINE] =
        {"genuine", true,
         "it does not take what is genuine: has it the key that --show-key prints, and "
         "does it hash twice?"},
    [DRILL_DUPLICATE] = {"duplicate", true,
                         "Bridge repeats deliveries: what is there already is answered 200, too"},
    [DRILL_OUT_OF_ORDER] =
        {"out of order", true,
         "deliveries overtake each other: take them, and order by event_sequence"},
    [DRILL_UNKNOWN] =
        {"unknown category", true,
         "Bridge adds categories: answer 200 to what is not known, or its queue stops"},
    [DRILL_LARGE] = {"1 MB body", true, "a body of 1 MB must pass its limits, and its proxy's"},
    [DRILL_SLOW] = {"slow sender", true, "a sender may take some seconds for its request"},
    [DRILL_STALE] = {"stale", false,
                     "a t of more than ten minutes ago must be refused, or old deliveries can be "
                     "replayed"},
    [DRILL_CHANGED] = {"one byte changed", false,
                       "it takes changed bodies: is the signature checked at all, over the raw "
                       "bytes?"},
    [DRILL_WRONG_KEY] = {"wrong key", false, "it takes what another key has signed"},
    [DRILL_SINGLE_HASH] = {"single hash", false,
                           "it takes one SHA-256 where Bridge takes two: then it refuses Bridge's"},
    [DRILL_NO_HEADER] = {"header missing", false, "it takes what nobody has signed"},
    [DRILL_DOUBLED_HEADER] = {"header doubled", false,
                              "of two signatures it picks one: refuse both, or a proxy and it may "
                              "pick different ones"},
    [DRILL_MALFORMED_HEADER] = {"header malformed", false, "it takes a header that cannot be read"},
};

const char *drill_name(enum drill_case which)
{
    return CASES[which].name;
}

bool drill_wants_200(enum drill_case which)
{
    return CASES[which].wanted;
}

/* --- bodies ------------------------------------------------------------------- */

/* A retry is the same event. */
static enum drill_case event_of(enum drill_case which)
{
    return which == DRILL_DUPLICATE ? DRILL_GENUINE : which;
}

static bool make_body(enum drill_case which, int64_t now_ms, uint64_t run, struct buffer *body)
{
    char time[CONTRACT_TIME_SIZE];
    enum drill_case event = event_of(which);
    const char *category = which == DRILL_UNKNOWN ? "drill_category_of_tomorrow" : "transfer";
    int sequence = SEQUENCE + (which == DRILL_OUT_OF_ORDER ? -1 : (int)event);
    contract_time_format(now_ms, time);
    buffer_printf(body,
                  "{\"api_version\":\"v0\",\"event_id\":\"wh_drill_%016" PRIx64 "_%d\","
                  "\"event_developer_id\":\"drill\",\"event_category\":\"%s\","
                  "\"event_type\":\"%s.created\",\"event_object_id\":\"drill_%016" PRIx64 "\","
                  "\"event_object_status\":\"awaiting_funds\",\"event_object\":{"
                  "\"id\":\"drill_%016" PRIx64
                  "\",\"state\":\"awaiting_funds\",\"amount\":\"1.00\","
                  "\"currency\":\"usd\",\"note\":\"Zo\xc3\xab \\u0026 a drill\",\"padding\":\"",
                  run, (int)event, category, category, run, run);
    size_t padding = which == DRILL_LARGE ? DRILL_LARGE_BYTES - 200 : 600;
    while (body->length < padding && buffer_append(body, "0123456789abcdef", 16))
        continue;
    buffer_printf(body,
                  "\"},\"event_object_changes\":{},\"event_created_at\":\"%s\","
                  "\"event_sequence\":%d}",
                  time, sequence);
    return !body->failed;
}

/* --- signatures ------------------------------------------------------------------ */

static bool add_signature(struct drill_request *request, char *value)
{
    bool added =
        value != NULL && header_list_add(&request->headers, CONTRACT_SIGNATURE_HEADER, value);
    free(value);
    return added;
}

static bool sign(enum drill_case which, const struct drill_keys *keys, int64_t now_ms,
                 struct drill_request *request)
{
    const char *body = request->body;
    size_t length = request->body_length;
    switch (which) {
    case DRILL_NO_HEADER:
        return true;
    case DRILL_STALE:
        return add_signature(
            request,
            signing_key_sign(keys->own, now_ms - SIGNATURE_WINDOW_MS - MINUTE_MS, body, length));
    case DRILL_WRONG_KEY:
        return add_signature(request, signing_key_sign(keys->wrong, now_ms, body, length));
    case DRILL_SINGLE_HASH:
        return add_signature(request,
                             signing_key_sign_single_hash(keys->own, now_ms, body, length));
    case DRILL_MALFORMED_HEADER:
        return header_list_add(&request->headers, CONTRACT_SIGNATURE_HEADER,
                               "t=now,v0=not-base64!");
    case DRILL_DOUBLED_HEADER:
        return add_signature(request, signing_key_sign(keys->wrong, now_ms, body, length)) &&
               add_signature(request, signing_key_sign(keys->own, now_ms, body, length));
    default:
        return add_signature(request, signing_key_sign(keys->own, now_ms, body, length));
    }
}

bool drill_make(enum drill_case which, const struct drill_keys *keys, int64_t now_ms, uint64_t run,
                struct drill_request *request, struct error *error)
{
    struct buffer body;
    *request = (struct drill_request){0};
    buffer_init(&body, DRILL_LARGE_BYTES + 1024);
    if (make_body(which, now_ms, run, &body))
        request->body = buffer_take(&body, &request->body_length);
    buffer_clear(&body);
    request->bytes_a_s = which == DRILL_SLOW ? DRILL_SLOW_BYTES_A_S : 0;
    if (request->body == NULL ||
        !header_list_add(&request->headers, "Content-Type", "application/json") ||
        !sign(which, keys, now_ms, request)) {
        drill_request_clear(request);
        return error_set(error, "out of memory");
    }
    char *amount = strstr(request->body, "1.00");
    if (which == DRILL_CHANGED && amount != NULL)
        *amount = '9';
    return true;
}

void drill_request_clear(struct drill_request *request)
{
    header_list_clear(&request->headers);
    free(request->body);
    *request = (struct drill_request){0};
}

/* --- judging -------------------------------------------------------------------- */

bool drill_judge(enum drill_case which, int status, char advice[DRILL_ADVICE_SIZE])
{
    enum { OK = 200, FIRST_REFUSAL = 400, FIRST_FAILURE = 500 };
    bool refused = status >= FIRST_REFUSAL && status < FIRST_FAILURE;
    bool wanted = CASES[which].wanted;
    const char *why = CASES[which].advice;
    advice[0] = '\0';
    if (wanted ? status == OK : refused)
        return true;
    if (status == 0)
        why = "it did not answer";
    else if (status >= FIRST_FAILURE)
        why = wanted ? "it failed: Bridge would send it again for two days"
                     : "it failed where it should refuse: 400 says that it was looked at";
    else if (wanted && !refused)
        why = "Bridge takes anything but 200 for a failure, and sends it again";
    else if (!wanted && (status < OK || status >= 300))
        why = "a refusal is a 4xx: answer 400";
    (void)snprintf(advice, DRILL_ADVICE_SIZE, "%s", why);
    return false;
}
