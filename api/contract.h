/*
 * The Bridge Webhooks API as data: webhooks, events, delivery logs, errors.
 *
 * Facts are the vendor's public documentation and public clients of it. What
 * sources disagree on is read leniently: bare arrays, status as number or
 * string, absent or null fields, unknown categories and fields, PEM with
 * `\n` as two characters. A webhook or an event without an id that is one is
 * skipped and counted, never a reason to drop the rest of a list. Of a name that
 * comes twice in one object the last counts, as in most readers (RFC 8259, 4).
 *
 * Strings are allocated, owned by the struct, NUL-terminated; NULL means absent
 * or null. They are untrusted text. `*_clear` frees the fields and zeroes the
 * struct; clearing a zeroed struct is fine. `*_copy` overwrites `to` without
 * clearing it; where memory runs out, `to` is left empty.
 */
#ifndef BRIDGETOP_API_CONTRACT_H
#define BRIDGETOP_API_CONTRACT_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTRACT_PRODUCTION_URL   "https://api.bridge.xyz/v0"
#define CONTRACT_SANDBOX_URL      "https://api.sandbox.bridge.xyz/v0"
#define CONTRACT_SIGNATURE_HEADER "X-Webhook-Signature"

enum {
    CONTRACT_ID_MAX = 42,        /* characters of an id, a byte each */
    CONTRACT_UPCOMING = 10,      /* events that GET /webhooks/{id}/events names */
    CONTRACT_LIST_MAX = 1000,    /* elements that are read of any one list */
    CONTRACT_STRING_MAX = 65536, /* bytes that are kept of any one string but raw */
    CONTRACT_TIME_SIZE = 25,     /* "2024-05-02T17:48:19.465Z" and a NUL */
};

/* --- categories --------------------------------------------------------- */

/* The documented event categories, in the vendor's order, then NULL. */
extern const char *const CONTRACT_CATEGORIES[];

bool contract_category_known(const char *category);

/* Whether it is an id: 1 to 42 visible ASCII characters, and not "." or "..", which a URL path
   would swallow. Others than ASCII have never been seen. NULL is none. */
bool contract_id_valid(const char *id);

struct string_list {
    char **items;
    size_t count;
};

bool string_list_add(struct string_list *list, const char *string); /* copies */
bool string_list_has(const struct string_list *list, const char *string);
bool string_list_copy(struct string_list *to, const struct string_list *from);
void string_list_clear(struct string_list *list);

/* --- time --------------------------------------------------------------- */

/* Reads ISO 8601 in UTC or with an offset, with or without a fraction, to
   milliseconds since 1970. False (and *ms untouched) when it is not one. */
bool contract_time_parse(const char *text, int64_t *ms);

/* Writes "2024-05-02T17:48:19.465Z". Years 0 to 9999; others are clamped. */
void contract_time_format(int64_t ms, char text[CONTRACT_TIME_SIZE]);

/* --- webhook ------------------------------------------------------------ */

enum webhook_status {
    WEBHOOK_STATUS_UNKNOWN, /* a word that is not documented: see status_text */
    WEBHOOK_DISABLED,
    WEBHOOK_ACTIVE,
    WEBHOOK_DELETED,
};

const char *webhook_status_name(enum webhook_status status);

struct webhook {
    char *id; /* never NULL after decoding */
    char *url;
    enum webhook_status status;
    char *status_text; /* as sent */
    char *public_key;  /* PEM with real newlines */
    struct string_list categories;
    char *created_at;
};

struct webhook_list {
    struct webhook *items;
    size_t count;
    size_t skipped; /* elements that were not webhooks, and those after CONTRACT_LIST_MAX */
};

/* --- event -------------------------------------------------------------- */

struct event {
    char *id; /* never NULL after decoding */
    char *developer_id;
    char *category;
    char *type; /* with a category in front, also where it came without */
    char *object_id;
    char *object_status;
    char *created_at;
    int64_t created_ms; /* created_at read, or -1 */
    int64_t sequence;   /* orders events; -1 when absent */
    char *raw;          /* this event's JSON exactly as it came */
    size_t raw_length;
};

struct event_list {
    struct event *items;
    size_t count;
    size_t skipped;
};

/* --- delivery log ------------------------------------------------------- */

struct log_entry {
    int status;        /* what the endpoint answered; 0 when it is not a number */
    char *status_text; /* as sent, "200" or "timeout" */
    char *event_id;    /* NULL when absent: a failed attempt is shown all the same */
    char *response_body;
    char *created_at;
    int64_t created_ms; /* or -1 */
    char *raw;
    size_t raw_length;
};

struct log_list {
    struct log_entry *items;
    size_t count;
    size_t skipped;
};

/* A delivery succeeded when the endpoint answered 200 to 299: the vendor asks for
   200 and shows other 2xx as delivered. */
bool log_entry_succeeded(const struct log_entry *entry);

/* Bridge gives the newest first. A list of one entry, or of none, is taken so, too. */
bool log_list_newest_first(const struct log_list *list);

/* Puts a list as Bridge gave it in the order of time, the oldest first. What is of one moment stays
   as it was given, turned round where the newest came first. */
void log_list_sort(struct log_list *list);

/* --- decoding ----------------------------------------------------------- */

/* Each reads `length` bytes of JSON into a zeroed struct. On failure the struct
   is empty and `error` says what was expected. Lists are read from
   {"data":[…]} or a bare array. */
bool webhook_decode(const char *json, size_t length, struct webhook *webhook, struct error *error);
bool webhook_list_decode(const char *json, size_t length, struct webhook_list *list,
                         struct error *error);
bool event_decode(const char *json, size_t length, struct event *event, struct error *error);
/* The same of text that need not be an event: *found is whether it is one. False only when memory
   is out. */
bool event_decode_if_one(const char *json, size_t length, struct event *event, bool *found);
bool event_list_decode(const char *json, size_t length, struct event_list *list,
                       struct error *error);
bool log_list_decode(const char *json, size_t length, struct log_list *list, struct error *error);

/* The "message" of an answer, allocated, or NULL when there is none. */
char *contract_message_decode(const char *json, size_t length);

/* What an error answer says, as one line of at most `size` bytes: the vendor's
   own words where a documented shape is found (code and message, names, the first
   of "errors", the reasons of "source"), else the status line's meaning and, for
   text that is not JSON, nothing of its body. E.g. "404 not found",
   "400 url: must begin with https:// (invalid_parameters)". */
void contract_error_decode(int http_status, const char *body, size_t length, char *line,
                           size_t size);

/* --- encoding ----------------------------------------------------------- */

/* Bodies of the calls, allocated; NULL when memory is out. For an update, NULL
   fields (and WEBHOOK_STATUS_UNKNOWN) are left out; WEBHOOK_DELETED gives NULL, for an endpoint is
   deleted by another call. Without categories (NULL) Bridge decides; an empty list is sent as one.
 */
char *webhook_create_encode(const char *url, const char *epoch,
                            const struct string_list *categories);
char *webhook_update_encode(const char *url, enum webhook_status status,
                            const struct string_list *categories);
char *event_send_encode(const char *event_id);

bool webhook_copy(struct webhook *to, const struct webhook *from);
bool event_copy(struct event *to, const struct event *from);
bool log_entry_copy(struct log_entry *to, const struct log_entry *from);

/* Whether both say the same: members for an endpoint, bytes for what keeps its JSON. */
bool webhook_equals(const struct webhook *a, const struct webhook *b);
bool event_equals(const struct event *a, const struct event *b);
bool log_entry_equals(const struct log_entry *a, const struct log_entry *b);

void webhook_clear(struct webhook *webhook);
void webhook_list_clear(struct webhook_list *list);

/* Copies all of it. Overwrites `to` without clearing it; where memory runs out, `to` is left empty.
 */
bool webhook_list_copy(struct webhook_list *to, const struct webhook_list *from);

/* Of what the API says of each: ids, URLs, states, keys, categories. Differs, but for chance, where
   any of it does. */
uint64_t webhook_list_digest(const struct webhook_list *list);
void event_clear(struct event *event);
void event_list_clear(struct event_list *list);
void log_entry_clear(struct log_entry *entry);
void log_list_clear(struct log_list *list);

#endif
