/*
 * Which rows of a segment may match a query, as the search index has it. Private to the store's
 * search.
 *
 * A row that is not among them does not match; of one that is, some terms may be known to hold
 * without looking at it. Costs a read for the segment and about one for each word: which of a
 * word's sequences leaves nothing is remembered from one segment to the next, and looked up first.
 */
#ifndef BRIDGETOP_API_STORE_CANDIDATES_H
#define BRIDGETOP_API_STORE_CANDIDATES_H

#include "api/query.h"
#include "api/row_set.h"
#include "api/store_private.h"

struct candidates {
    struct row_set rows;                  /* that may match */
    struct row_set sure[QUERY_TERMS_MAX]; /* of each term: rows that hold it for certain */

    /* Of a query that asks for the answer: rows that were answered after they were stored, and so
       with what neither they nor the index have (an application's own answer), and the status. */
    struct row_set late;
    uint16_t answers[SEGMENT_ROWS];
};

struct candidate_finder;

/* Borrows both. NULL with a line when memory is out, or the store has no index tables. */
struct candidate_finder *candidate_finder_new(struct store *store, const struct query *query,
                                              struct error *error);
void candidate_finder_free(struct candidate_finder *finder); /* NULL is fine */

enum candidates_found {
    CANDIDATES_FOUND,   /* there may be none */
    CANDIDATES_UNKNOWN, /* the segment is not indexed: every row may match, none for certain */
    CANDIDATES_FAILED,  /* with a line */
};

/* Holds no lock and no snapshot when it returns. */
enum candidates_found candidates_find(struct candidate_finder *finder, int64_t segment,
                                      struct candidates *candidates, struct error *error);

#endif
