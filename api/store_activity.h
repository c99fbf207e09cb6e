/*
 * The activity of a store (api/activity.h): what others changed, found where a list of endpoints is
 * stored and in the same transaction, so that several programs on one store note it once; and our
 * own actions.
 *
 * An action of ours is noted as it begins, with the fields it changes, and again as it ends, with
 * Bridge's answer, which becomes the stored endpoint. So what is found later is of others:
 *
 *   a list that was asked for before our action was over   says nothing of that endpoint
 *   a field that our action set                            is not compared with the answer
 *   what our action asked for, without an answer           is ours once a list shows it
 *
 * The newest ACTIVITY_KEPT rows are kept.
 */
#ifndef BRIDGETOP_API_STORE_ACTIVITY_H
#define BRIDGETOP_API_STORE_ACTIVITY_H

#include "api/activity.h"
#include "api/store.h"

/* As store_put_webhooks(), with when the list was asked for. A store that knows no endpoint yet
   finds none new. */
bool store_put_list(struct store *store, const struct webhook_list *list,
                    const struct list_times *times, struct error *error);

/* Writes the notes, and what others did that their answers show. In one transaction. */
bool store_put_notes(struct store *store, const struct activity_notes *notes, int64_t now_ms,
                     struct error *error);

/* The newest row's id, or 0. */
bool store_newest_activity(struct store *store, int64_t *id, struct error *error);

/* When an endpoint was last seen with another public key than before, or 0. */
bool store_key_changed(struct store *store, const char *webhook_id, int64_t *at_ms,
                       struct error *error);

/* Calls `each` with rows of ids below `before` (INT64_MAX for the newest) and above `after`, newest
   first, at most `limit`. `each` returns false to stop; it owns nothing of what it is shown. */
bool store_load_activity(struct store *store, int64_t after, int64_t before, size_t limit,
                         bool (*each)(const struct activity *activity, void *context),
                         void *context, struct error *error);

#endif
