/*
 * A receiver's way to its store: what is of an older version is brought up to this one, with a
 * backup beside it; what is corrupt is set aside under a dated name, and a new store begun.
 *
 *   NAME.v2-20240502-174819.backup        as it was before, by its version (times are UTC)
 *   NAME.corrupt-20240502-174819, …-wal   as it was found, with its log
 *
 * Neither is ever written to again or deleted, and no file is replaced. For the one who receives:
 * those who only read use store_open().
 */
#ifndef BRIDGETOP_API_STORE_RENEW_H
#define BRIDGETOP_API_STORE_RENEW_H

#include "api/store.h"

enum store_news_kind { STORE_NO_NEWS, STORE_MIGRATED, STORE_SET_ASIDE };

struct store_news {
    enum store_news_kind kind;
    struct error line; /* for a person: what was done, and the other file's name */
};

/* Opens for writing. `now_ms` is for the names. Fails as store_open() does; what cannot be backed
   up is not migrated, and what cannot be set aside stays. Migrating takes as long as copying the
   file twice. */
struct store *store_open_to_receive(const char *path, int64_t now_ms, struct store_news *news,
                                    struct error *error);

/* Sets the file aside: close every connection of this program first. */
bool store_set_aside(const char *path, int64_t now_ms, struct store_news *news,
                     struct error *error);

#endif
