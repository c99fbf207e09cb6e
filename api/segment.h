/*
 * One segment of the search index: 2,048 rows and where which three bytes stand in them.
 *
 * Rows are cut into segments by their ids: segment n has the ids n * 2048 + 1 to (n + 1) * 2048,
 * and is written once, when all of them are there. It never changes after that, so there is
 * nothing to merge, and a deliverer never waits for more than a slice of work.
 *
 *   grams    for every three bytes that follow each other in a row's texts (ASCII letters small),
 *            the set of rows. Sorted and cut into chunks of about SEGMENT_CHUNK_BYTES: the distance
 *            from the gram before, then the set, and so on.
 *   facets   for columns with few values, each value and its rows, exactly.
 *
 * The first tells which rows may hold a word; those are read to be sure. The second decides by
 * itself. FTS5's trigram tokenizer was measured against this, over 100,000 bodies of 1.3 KB: 890
 * bytes of index a row, 350 µs to build one, up to 100 ms in one transaction when it merges, and
 * its candidates have to be read as well.
 *
 * Pure: no file. The bytes come back from a store that is not trusted: readers stay within them.
 */
#ifndef BRIDGETOP_API_SEGMENT_H
#define BRIDGETOP_API_SEGMENT_H

#include "api/buffer.h"
#include "api/row_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GRAM_BYTES = 3,
    SEGMENT_CHUNK_BYTES = 3900,     /* two to a page of the store */
    SEGMENT_CHUNK_MAX = 8192,       /* the last gram may go over by a set's bytes */
    SEGMENT_GRAMS_MAX = 192 * 1024, /* of one segment: only noise has more */
    SEGMENT_FACETS_MAX = 64,        /* values of one column: with more it is not covered */
    SEGMENT_FACET_BYTES_MAX = 256,  /* of one value: likewise */
};

/* Columns that have facets. Part of the file's format. */
enum segment_facet {
    FACET_TYPE,
    FACET_STATUS,
    FACET_ENDPOINT,
    FACET_PATH,
    FACET_VERDICT, /* enum verdict, one byte */
    FACET_ANSWER,  /* decimal digits */
    SEGMENT_FACETS
};

/* The three bytes as one number. */
uint32_t segment_gram(const char *bytes);

/* --- building --------------------------------------------------------------- */

struct segment_builder;

/* NULL when memory is out. Takes 2 to 15 MB while a segment is being built. */
struct segment_builder *segment_builder_new(void);
void segment_builder_free(struct segment_builder *builder);

/* Adds a text, or a part of it (parts overlap by GRAM_BYTES - 1), of a row. Rows come in ascending
   order. */
void segment_builder_text(struct segment_builder *builder, unsigned row, const char *bytes,
                          size_t length);
void segment_builder_facet(struct segment_builder *builder, unsigned row, enum segment_facet facet,
                           const char *bytes, size_t length);

/* No more rows come: sorts. False when memory ran out on the way. */
bool segment_builder_seal(struct segment_builder *builder);

/* Whether every gram is in it: else one that is not there says nothing. */
bool segment_builder_complete(const struct segment_builder *builder);

/* Appends the next chunk and names its first gram; false at the end. */
bool segment_builder_chunk(struct segment_builder *builder, struct buffer *chunk, uint32_t *first);

void segment_builder_facets(const struct segment_builder *builder, struct buffer *facets);

/* --- reading ---------------------------------------------------------------- */

enum segment_found { SEGMENT_FOUND, SEGMENT_ABSENT, SEGMENT_DAMAGED };

/* Looks a gram up in the chunk that would have it. */
enum segment_found segment_find_gram(const void *chunk, size_t length, uint32_t first,
                                     uint32_t gram, struct row_set *rows);

/* Walks the facets of one column: calls `each` with every value and its rows. SEGMENT_ABSENT: the
   column is not covered. */
enum segment_found segment_each_facet(const void *facets, size_t length, enum segment_facet facet,
                                      void (*each)(const char *value, size_t value_length,
                                                   const struct row_set *rows, void *context),
                                      void *context);

#endif
