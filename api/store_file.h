/*
 * The store's file: where it is made, whose it is, how it is laid out. Private to the store.
 *
 * Layout, version 2:
 *
 *   deliveries    one row an arrival. Small columns first, headers and body last: a list of
 *                 summaries never reads the pages that a large body spills over to.
 *                 `verdict` is enum verdict as a number.
 *   answer_times  how long each answer took, known only after its row was committed. A table of
 *                 its own: eleven bytes are written then, not the delivery's page once more.
 *   endpoints     what the API said last about each endpoint, and since when.
 *   counts        one row that is kept by whoever inserts: counting a million rows takes long.
 *   search_segments, search_grams   since version 2: the search index (api/segment.h), made from
 *                 deliveries in the background (api/store_index.h). Grams are chunks by
 *                 segment << 32 | first gram. A segment counts once its row is there. Both may be
 *                 emptied at any time: they are made again.
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
    STORE_SCHEMA_VERSION = 2,          /* PRAGMA user_version */
    STORE_PAGE_SIZE = 8192,            /* bodies of 1.5 KB: a fifth faster than 4,096 */
    STORE_BUSY_MS = 1000,              /* for another program's write to end */
    STORE_LOG_KEEP = 64 * 1024 * 1024, /* bytes of write-ahead log that are kept for reuse */
};

/* A connection that is checked, configured and of this schema; NULL with a line otherwise. */
sqlite3 *store_file_open(const char *path, enum store_mode mode, struct error *error);

/* "cannot <what> <path>: <SQLite's words> (<the system's words>)". Returns false. */
bool store_file_error(sqlite3 *db, const char *what, const char *path, struct error *error);

#endif
