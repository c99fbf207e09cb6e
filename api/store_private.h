/*
 * What the parts of the store share: its connection and its statements. Private to the store.
 */
#ifndef BRIDGETOP_API_STORE_PRIVATE_H
#define BRIDGETOP_API_STORE_PRIVATE_H

#include "api/buffer.h"
#include "api/store.h"

#include <sqlite3.h>

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    INSERT_DELIVERY,
    ADD_COUNTS,
    SET_ANSWER_TIME,
    RECENT_DELIVERIES,
    LOAD_DELIVERY,
    LOAD_COUNTS,
    LOAD_SUMMARY, /* for searches */
    LOAD_SEARCHED,
    SCAN_SEARCHED,
    NEWEST_DELIVERY,
    LOAD_SEGMENT,
    LOAD_GRAMS,
    FORGET_LISTED,
    PUT_LISTED,
    PUT_ENDPOINT,
    RETIRE_ENDPOINTS,
    LOAD_ENDPOINTS,
    STATEMENTS,
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[STATEMENTS]; /* prepared when first used, kept */
    struct store_counts uncounted;        /* inserted in this transaction */
};

/* "cannot <what> <file>: why", from SQLite's last failure. Returns false. */
bool store_failed(struct store *store, const char *what, struct error *error);

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

/* What a search looks at: a delivery without headers. The strings and the body are SQLite's, until
   the statement moves on. */
#define STORE_SEARCHED_COLUMNS                                                                     \
    "d.id, d.received_ms, d.verdict, d.answer_status, d.sequence, d.webhook_id, d.event_id, "      \
    "d.event_type, d.object_id, d.object_status, d.peer, d.method, d.target, d.reason, "           \
    "length(d.body), NULL, d.body"
struct delivery store_read_searched(sqlite3_stmt *statement);

/* The same of a row of summaries, without a body. */
struct delivery store_read_summary(sqlite3_stmt *statement);

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
