/*
 * The store's file: where it is made, whose it is, how it is laid out. Private to the store.
 *
 * Layout, version 10:
 *
 *   deliveries    one row an event that is genuine, and one for each arrival that is not. Small
 * columns first, headers and body last: a list of summaries never reads the pages that a large body
 * spills over to. `verdict` is enum verdict as a number. `event_key`, since version 3, is what a
 *                 genuine event is known by; NULL in rows that are older or not genuine.
 *   delivery_notes   what is known only after a row was committed: how long its answer took (-1:
 * not known), how many attempts of its event there were. A table of its own: a few bytes are
 * written then, not the delivery's page once more. No row: nothing yet. `on_demand`, since version
 * 5, is 1 where a person had chosen the answer: there, and not behind the body, because lists show
 * it. attempts      since version 3: arrivals of an event besides the first, the newest of each.
 * `body` is NULL where it is that of the row; `on_demand` as above. event_keys_0, _1, _2   since
 * version 3: which events have a row. A trigger on deliveries holds every new one against all
 * three, so that the file itself has at most one row an event. New keys go to _0, which is small,
 * and move on in sorted runs (api/store_upkeep.h): keys are spread evenly, so one index of a
 * million would cost a page of its own to read, log and write back for each event. endpoints what
 * the API said last about each endpoint, and since when. counts one row that is kept by whoever
 * inserts: counting a million rows takes long. search_segments, search_grams   since version 2: the
 * search index (api/segment.h), made from deliveries in the background (api/store_index.h). Grams
 * are chunks by segment << 32 | first gram. A segment counts once its row is there. Both may be
 * emptied at any time: they are made again.
 *   activity      since version 7: what others changed, and our own actions (api/store_activity.h)
 *   bridge_events, bridge_place, bridge_here   since version 8: what was seen at Bridge
 * (api/store_bridge.h)
 *
 *   forwards, forward_tries, forward_target   since version 4: what is handed on to an application
 *                 (api/forward_store.h). delivery_notes.forwarded is the newest one's state.
 *
 *   receiving     since version 6: when a receiver ran for it (api/store_periods.h).
 *
 *   claims        since version 9: which rows that are not genuine name an event (an index).
 *
 * counts.refused_bytes has, since version 10, all that a sender chose the length of.
 *
 * Lists of strings (headers, categories) are blobs: each string followed by a NUL. Headers are
 * name, value, name, value, in the order of arrival.
 */
#ifndef BRIDGETOP_API_STORE_FILE_H
#define BRIDGETOP_API_STORE_FILE_H

#include "api/error.h"
#include "api/store.h"

#include <sqlite3.h>
#include <stdbool.h>

enum {
    STORE_APPLICATION_ID = 0x42544f50, /* "BTOP", in the file's header */
    STORE_SCHEMA_VERSION = 10,         /* PRAGMA user_version */
    STORE_PAGE_SIZE = 8192,            /* bodies of 1.5 KB: a fifth faster than 4,096 */
    STORE_BUSY_MS = 1000,              /* for another program's write to end */
    STORE_LOG_KEEP = 64 * 1024 * 1024, /* bytes of write-ahead log that are kept for reuse */
};

/* Of a delivery's row, in SQL: bytes that whoever sent it chose. */
#define STORE_ROW_BYTES                                                                            \
    "(length(body) + length(headers) + length(CAST(target AS BLOB))"                               \
    " + ifnull(length(CAST(event_id AS BLOB)), 0) + ifnull(length(CAST(event_type AS BLOB)), 0)"   \
    " + ifnull(length(CAST(object_id AS BLOB)), 0)"                                                \
    " + ifnull(length(CAST(object_status AS BLOB)), 0))"

struct store_file_state {
    int64_t version; /* of its schema: this one's, or an older one's */
    bool damaged;    /* it was not opened: it is ours, and SQLite finds it corrupt */
};

/* A connection that is checked, configured and not of a newer schema; NULL with a line otherwise.
 */
sqlite3 *store_file_open(const char *path, enum store_mode mode, struct store_file_state *state,
                         struct error *error);

/* Closes it (NULL is fine). `untouched`: as the file is, without writing its log back. */
void store_file_close(sqlite3 *db, bool untouched);

/* In an open transaction: brings the layout from the version it has (*from) to this one. What the
   rows need besides is the caller's. */
bool store_file_raise(sqlite3 *db, const char *path, int64_t *from, struct error *error);

/* Whether SQLite's last failure was of the file's contents. */
bool store_file_damaged(sqlite3 *db);

/* A new or renamed entry is on disk only once its directory has been synced. */
void store_file_sync_parent(const char *path);

/* "cannot <what> <path>: <SQLite's words> (<the system's words>)". Returns false. */
bool store_file_error(sqlite3 *db, const char *what, const char *path, struct error *error);

#endif
