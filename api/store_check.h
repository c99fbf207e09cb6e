/*
 * Whether a store's file is well: there, readable, sound, with room to grow. For a person who asks;
 * nothing is changed, and nothing is made.
 */
#ifndef BRIDGETOP_API_STORE_CHECK_H
#define BRIDGETOP_API_STORE_CHECK_H

#include "api/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_CHECK_MS = 5 * 1000, /* of reading it, at most: SQLite's quick check reads all of it */
    STORE_CHECK_LINES_MAX = 2,
    STORE_CHECK_ROOM_MB = 100, /* less is warned of */
};

/* Lines "store" and, where less than that is free beside it, "disk". `held`: another process
   receives for it, and so need not be able to write here. Reads files, for as long as `limit_ms`:
   not on a loop. Returns how many. */
size_t store_check(const char *path, bool held, int64_t limit_ms,
                   struct check_line lines[STORE_CHECK_LINES_MAX]);

#endif
