/*
 * What the parts of the store share: its connection and its statements. Private to the store.
 */
#ifndef BRIDGETOP_API_STORE_PRIVATE_H
#define BRIDGETOP_API_STORE_PRIVATE_H

#include "api/activity.h"
#include "api/buffer.h"
#include "api/forward_store.h"
#include "api/store.h"
#include "api/store_file.h"

#include <sqlite3.h>

enum statement {
    BEGIN,
    BEGIN_READ,
    COMMIT,
    ROLLBACK,
    INSERT_DELIVERY,
    ADD_COUNTS,
    FIND_EVENT_KEY,
    DROP_EVENT_KEY_0, /* one for each of the levels, in order */
    DROP_EVENT_KEY_1,
    DROP_EVENT_KEY_2,
    LOAD_EVENT,
    COUNT_ATTEMPT,
    INSERT_ATTEMPT,
    TRIM_ATTEMPTS,
    TRIM_ATTEMPT_BODIES,
    SET_ATTEMPT_TIME,
    DELETE_DELIVERY, /* what a row consists of, in order */
    DELETE_NOTES,
    DELETE_ATTEMPTS,
    DELETE_FORWARD_TRIES,
    DELETE_FORWARDS,
    LOAD_ATTEMPTS,
    LOAD_ATTEMPT_BODY,
    HAS_DELIVERY,
    SET_ANSWER_TIME,
    SET_ANSWER_STATUS,
    SET_ATTEMPT_STATUS,
    NOTE_ON_DEMAND,
    RECENT_DELIVERIES,
    DELIVERIES_AFTER, /* for followers */
    NOTES_AFTER,
    DATA_VERSION,
    LOAD_DELIVERY,
    LOAD_COUNTS,
    LOAD_SUMMARY, /* for searches */
    LOAD_SEARCHED,
    NEWEST_DELIVERY,
    OLDEST_DELIVERY,
    LOAD_SEGMENT,
    LOAD_GRAMS,
    LATE_ANSWERS,
    FORGET_LISTED,
    PUT_LISTED,
    PUT_ENDPOINT,
    RETIRE_ENDPOINTS,
    LOAD_ENDPOINTS,
    LOAD_ALL_ENDPOINTS,
    QUEUE_FORWARD, /* what is handed on */
    FIND_FORWARDS,
    LOAD_LANE_NAMES,
    LOAD_FORWARDS,
    LOAD_FORWARD_TRIES,
    COUNT_WAITING,
    WAITING_AFTER,
    NEXT_IN_LANE,
    NEWEST_FORWARD,
    LOAD_FORWARD,
    LOAD_FORWARD_PROGRESS,
    UPDATE_FORWARD,
    NOTE_FORWARDED,
    INSERT_FORWARD_TRY,
    TRIM_FORWARD_TRIES,
    LOAD_FORWARD_TARGET,
    SET_FORWARD_TARGET,
    NAME_EVENT, /* all of one event */
    LOAD_CLAIMS,
    LOAD_BEGINNING,
    END_LEFT_PERIODS, /* when a receiver ran */
    FIND_PERIOD,
    BEGIN_PERIOD,
    TRIM_PERIODS,
    END_PERIOD,
    LOAD_PERIODS,
    LOAD_ENDPOINT,
    RETIRE_ENDPOINT,
    KNOWS_ENDPOINTS,
    INSERT_ACTIVITY,
    END_ACTIVITY,
    TRIM_ACTIVITY,
    SETTLE_ACTIVITY,
    OWN_UNDER_WAY,
    OWN_DELETED,
    OWN_UNCERTAIN,
    LAST_SEEN,
    NEWEST_ACTIVITY,
    KEY_CHANGED,
    LOAD_ACTIVITY,
    STATEMENTS,
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[STATEMENTS]; /* prepared when first used, kept */
    struct store_counts uncounted;        /* inserted in this transaction */
    bool damaged;                         /* SQLite has found its contents corrupt */
};

/* store_open() without a look at the version. */
struct store *store_open_as_it_is(const char *path, enum store_mode mode,
                                  struct store_file_state *state, struct error *error);

/* "cannot <what> <file>: why", from SQLite's last failure. Returns false. */
bool store_failed(struct store *store, const char *what, struct error *error);

/* Whether SQLite's last call failed only because another connection had the file. */
bool store_busy(const struct store *store);

/* A statement, reset and with nothing bound; NULL when it cannot be prepared. */
sqlite3_stmt *store_prepare(struct store *store, enum statement which);

/* Ends a statement: it holds no lock and no pointer to what was bound. */
void store_finish(sqlite3_stmt *statement);

/* Steps a statement that gives no rows, and ends it. */
bool store_run(sqlite3_stmt *statement);
bool store_run_plain(struct store *store, enum statement which); /* prepares it, too */

/* What is bound must outlive the run. NULL text is NULL; NULL bytes of length 0 are an empty blob.
 */
void store_bind_text(sqlite3_stmt *statement, int index, const char *text);
void store_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length);

/* What the store knows an event by (api/store_file.h): its id, or of a body that is no event the
   body, as a number. Numbers that are taken by another event are stepped over, so an event's is one
   of EVENT_KEY_PROBES from here on. False when memory is out. */
enum { EVENT_KEY_PROBES = 4 };
bool store_event_key(const char *event_id, const void *body, size_t length, int64_t *key);

/* The key is taken: where it is by the same event, adds an attempt to its row (*attached), and sets
   delivery->id and ->attempts. Where it is another's, moves on to the next key; where that row is
   gone, the key is free again. */
bool store_attach_attempt(struct store *store, int64_t *key, struct delivery *delivery,
                          bool *attached, struct error *error);

/* Forgets that an event has the row: part of deleting it. */
bool store_drop_event_key(struct store *store, int64_t first_key, int64_t id);

/* One endpoint that is not retired; *known: there is one. And writes one. In a transaction. */
bool store_load_webhook(struct store *store, const char *id, struct webhook *webhook, bool *known,
                        struct error *error);
bool store_put_webhook(struct store *store, const struct webhook *webhook, int64_t now_ms,
                       struct error *error);

/* The endpoint was as the store has it, and a list says it is (NULL: was or is not there). Notes
   what others did, unless *ours: an action of ours was under way about it then, and what the list
   says of it does not count. */
bool store_note_difference(struct store *store, const struct webhook *was, const struct webhook *is,
                           const struct list_times *times, bool *ours, struct error *error);

/* What a search looks at: a delivery without headers. The strings and the body are SQLite's, until
   the statement moves on. */
#define STORE_SEARCHED_COLUMNS                                                                     \
    "d.id, d.received_ms, d.verdict, d.answer_status, d.sequence, d.webhook_id, d.event_id, "      \
    "d.event_type, d.object_id, d.object_status, d.peer, d.method, d.target, d.reason, "           \
    "length(d.body), NULL, NULL, NULL, NULL, d.body"
struct delivery store_read_searched(sqlite3_stmt *statement);

/* The same of a row of summaries, without a body. */
struct delivery store_read_summary(sqlite3_stmt *statement);

/* A column of a file that anybody may have written. */
enum forward_state store_read_forward_state(sqlite3_stmt *statement, int column);

/* In an open transaction, beside the delivery: the state of the newest of its forwards. */
bool store_note_forwarded(struct store *store, int64_t delivery_id, enum forward_state state);

/* Lists of strings in a blob, each followed by a NUL. */
struct string_reader {
    const char *at;
    const char *end;
};

void store_encode_string(struct buffer *buffer, const char *string); /* marks it when failed */
struct string_reader store_read_strings(sqlite3_stmt *statement, int column);

/* The next string, or NULL at the end, or where the rest has no NUL (at is not end then). */
const char *store_next_string(struct string_reader *reader);

#endif
