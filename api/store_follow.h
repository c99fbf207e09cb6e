/*
 * What another program has written to a store since it was last looked at, for those who show it.
 * Bounded reads through a connection of one's own.
 */
#ifndef BRIDGETOP_API_STORE_FOLLOW_H
#define BRIDGETOP_API_STORE_FOLLOW_H

#include "api/store.h"

/* Changes whenever another connection has committed (PRAGMA data_version); cheap. */
bool store_data_version(struct store *store, int64_t *version, struct error *error);

/* Calls `each` with summaries, oldest first, at most `limit`, of ids above `after`. As
   store_recent_deliveries() for the rest. */
bool store_deliveries_after(struct store *store, int64_t after, size_t limit,
                            bool (*each)(const struct delivery *summary, void *context),
                            void *context, struct error *error);

/* What changes of a row after it was committed. */
struct store_note {
    int64_t id;
    int64_t answer_us; /* -1: not known */
    int64_t attempts;
    int answer_status; /* 0: as it was stored */
    enum forward_state forwarded;
};

/* Those of ids above `after` that have any, oldest first: at most `most` of them. */
bool store_notes_after(struct store *store, int64_t after, struct store_note *notes, size_t most,
                       size_t *count, struct error *error);

#endif
