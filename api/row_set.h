/*
 * Which of the 2,048 rows of a segment: a set of small numbers, and its bytes in the store.
 *
 * Written in the shortest of three ways: the distances between its members, those between what is
 * missing, or one bit a row. What is read is not trusted: a decoder stays within its bytes, and
 * says when they are no set.
 */
#ifndef BRIDGETOP_API_ROW_SET_H
#define BRIDGETOP_API_ROW_SET_H

#include "api/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEGMENT_ROWS = 2048,
    ROW_SET_WORDS = SEGMENT_ROWS / 64,
    ROW_SET_BYTES =
        SEGMENT_ROWS / 8, /* of one bit a row: no encoding takes more, but for its head */
};

struct row_set {
    uint64_t words[ROW_SET_WORDS];
};

void row_set_fill(struct row_set *set); /* every row */
void row_set_add(struct row_set *set, unsigned row);
bool row_set_has(const struct row_set *set, unsigned row);
bool row_set_empty(const struct row_set *set);
unsigned row_set_count(const struct row_set *set);
void row_set_and(struct row_set *set, const struct row_set *other);
void row_set_or(struct row_set *set, const struct row_set *other);
void row_set_remove(struct row_set *set, const struct row_set *other);

/* The largest member that is not above `row`, or -1. */
int row_set_at_most(const struct row_set *set, int row);

/* --- bytes ----------------------------------------------------------------- */

/* Little-endian, seven bits a byte. */
void varint_append(struct buffer *buffer, uint32_t number);

struct byte_reader {
    const unsigned char *at;
    const unsigned char *end;
};

bool varint_read(struct byte_reader *reader, uint32_t *number);

void row_set_append(struct buffer *buffer, const struct row_set *set);

/* Distances as row_set_append() would write them: for who has them already. */
void row_set_append_distances(struct buffer *buffer, const unsigned char *bytes, size_t length);

bool row_set_read(struct byte_reader *reader, struct row_set *set);
bool row_set_skip(struct byte_reader *reader);

#endif
