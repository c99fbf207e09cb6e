/*
 * Searches the whole store, newest first.
 *
 * For a thread of its own: it blocks for as long as it takes, with a `struct store` that is that
 * thread's, and without holding a snapshot for long, so that a checkpoint can go on. What the index
 * (api/segment.h) has is looked up there, and of the rows that may match those are read about
 * which it cannot be sure. Rows that are newer than the index, and words of fewer than three bytes,
 * are searched by reading. What has to be read is read in groups of rows, oldest first, and told
 * newest first; the first groups are of few rows. Either way every row is looked at, or known not
 * to match: results are complete once `oldest_id` has come down to 1.
 */
#ifndef BRIDGETOP_API_STORE_SEARCH_H
#define BRIDGETOP_API_STORE_SEARCH_H

#include "api/query.h"
#include "api/store.h"

/* How far a search has come. */
struct store_search_progress {
    int64_t newest_id; /* the newest row when it began */
    int64_t oldest_id; /* rows from here on up have been searched */
    size_t found;
};

struct store_search {
    const struct query *query; /* of QUERY_ARRIVALS */
    int64_t above;             /* only rows with ids above; 0: all */
    size_t limit;              /* ends after so many */

    /* A summary that matches; it owns nothing. False ends the search. */
    bool (*found)(const struct delivery *summary, void *context);

    /* Every few milliseconds while nothing is found, too. False ends the search: so it is
       cancelled. */
    bool (*progress)(const struct store_search_progress *progress, void *context);
    void *context;
};

enum store_search_result {
    STORE_SEARCH_WHOLE,   /* everything has been searched */
    STORE_SEARCH_STOPPED, /* by the limit or a callback */
    STORE_SEARCH_FAILED,  /* with a line */
};

/* `progress` is left with how far it came. */
enum store_search_result store_search(struct store *store, const struct store_search *search,
                                      struct store_search_progress *progress, struct error *error);

#endif
