#include "api/row_set.h"

#include <string.h>

void row_set_fill(struct row_set *set)
{
    memset(set, 0xFF, sizeof *set);
}

void row_set_add(struct row_set *set, unsigned row)
{
    set->words[row / 64] |= UINT64_C(1) << row % 64;
}

bool row_set_has(const struct row_set *set, unsigned row)
{
    return (set->words[row / 64] >> row % 64 & 1) != 0;
}

bool row_set_empty(const struct row_set *set)
{
    for (size_t i = 0; i < ROW_SET_WORDS; i++)
        if (set->words[i] != 0)
            return false;
    return true;
}

unsigned row_set_count(const struct row_set *set)
{
    unsigned count = 0;
    for (size_t i = 0; i < ROW_SET_WORDS; i++)
        count += (unsigned)__builtin_popcountll(set->words[i]);
    return count;
}

void row_set_and(struct row_set *set, const struct row_set *other)
{
    for (size_t i = 0; i < ROW_SET_WORDS; i++)
        set->words[i] &= other->words[i];
}

void row_set_or(struct row_set *set, const struct row_set *other)
{
    for (size_t i = 0; i < ROW_SET_WORDS; i++)
        set->words[i] |= other->words[i];
}

void row_set_remove(struct row_set *set, const struct row_set *other)
{
    for (size_t i = 0; i < ROW_SET_WORDS; i++)
        set->words[i] &= ~other->words[i];
}

int row_set_at_most(const struct row_set *set, int row)
{
    if (row < 0)
        return -1;
    int word = row / 64;
    uint64_t bits = set->words[word] & (UINT64_MAX >> (63 - row % 64));
    while (bits == 0 && word > 0)
        bits = set->words[--word];
    return bits != 0 ? word * 64 + 63 - __builtin_clzll(bits) : -1;
}

/* --- bytes ----------------------------------------------------------------- */

enum { VARINT_BYTES = 5, SEVEN_BITS = 0x7F, MORE = 0x80 };

/* The two lowest bits of a set's head; its length in bytes is above them. */
enum encoding { MEMBERS, MISSING, BITS, ENCODINGS };

void varint_append(struct buffer *buffer, uint32_t number)
{
    unsigned char bytes[VARINT_BYTES];
    size_t length = 0;
    for (; number > SEVEN_BITS; number >>= 7)
        bytes[length++] = (unsigned char)(number | MORE);
    bytes[length++] = (unsigned char)number;
    (void)buffer_append(buffer, bytes, length);
}

bool varint_read(struct byte_reader *reader, uint32_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_BYTES && reader->at < reader->end; shift += 7) {
        unsigned char byte = *reader->at++;
        *number |= (uint32_t)(byte & SEVEN_BITS) << shift;
        if ((byte & MORE) == 0)
            return true;
    }
    return false;
}

static void append_head(struct buffer *buffer, enum encoding encoding, size_t length)
{
    varint_append(buffer, (uint32_t)length << 2 | encoding);
}

/* Distances from one member to the next, the first from -1, so that none is 0. Returns the bytes,
   or 0 when they are more than `most`: bits are as good then. */
static size_t write_distances(const struct row_set *set, unsigned char *bytes, size_t most)
{
    size_t length = 0;
    int last = -1;
    for (size_t word = 0; word < ROW_SET_WORDS; word++) {
        for (uint64_t bits = set->words[word]; bits != 0; bits &= bits - 1) {
            int row = (int)word * 64 + __builtin_ctzll(bits);
            unsigned distance = (unsigned)(row - last);
            last = row;
            if (length + 2 > most)
                return 0;
            if (distance > SEVEN_BITS)
                bytes[length++] = (unsigned char)(distance | MORE);
            bytes[length++] = (unsigned char)(distance > SEVEN_BITS ? distance >> 7 : distance);
        }
    }
    return length;
}

void row_set_append(struct buffer *buffer, const struct row_set *set)
{
    unsigned char bytes[ROW_SET_BYTES];
    unsigned count = row_set_count(set);
    struct row_set turned;
    row_set_fill(&turned);
    row_set_remove(&turned, set);
    bool few = count <= SEGMENT_ROWS / 2;
    size_t length = write_distances(few ? set : &turned, bytes, sizeof bytes);
    if (length > 0 || count == 0 || count == SEGMENT_ROWS) {
        append_head(buffer, few ? MEMBERS : MISSING, length);
        (void)buffer_append(buffer, bytes, length);
        return;
    }
    append_head(buffer, BITS, ROW_SET_BYTES);
    for (size_t word = 0; word < ROW_SET_WORDS; word++)
        for (size_t byte = 0; byte < 8; byte++)
            bytes[word * 8 + byte] = (unsigned char)(set->words[word] >> 8 * byte);
    (void)buffer_append(buffer, bytes, sizeof bytes);
}

void row_set_append_distances(struct buffer *buffer, const unsigned char *bytes, size_t length)
{
    append_head(buffer, MEMBERS, length);
    (void)buffer_append(buffer, bytes, length);
}

static bool read_head(struct byte_reader *reader, enum encoding *encoding,
                      struct byte_reader *content)
{
    uint32_t head;
    if (!varint_read(reader, &head) || (head & 3) >= ENCODINGS ||
        head >> 2 > (size_t)(reader->end - reader->at))
        return false;
    *encoding = (enum encoding)(head & 3);
    *content = (struct byte_reader){reader->at, reader->at + (head >> 2)};
    reader->at = content->end;
    return true;
}

static bool read_distances(struct byte_reader content, struct row_set *set)
{
    uint32_t distance;
    uint64_t next = 0; /* one above the last member */
    while (content.at < content.end) {
        if (!varint_read(&content, &distance) || distance == 0 || distance > SEGMENT_ROWS - next)
            return false;
        next += distance;
        row_set_add(set, (unsigned)next - 1);
    }
    return true;
}

bool row_set_read(struct byte_reader *reader, struct row_set *set)
{
    enum encoding encoding;
    struct byte_reader content;
    *set = (struct row_set){0};
    if (!read_head(reader, &encoding, &content))
        return false;
    if (encoding == BITS) {
        if (content.end - content.at != ROW_SET_BYTES)
            return false;
        for (size_t i = 0; i < ROW_SET_BYTES; i++)
            set->words[i / 8] |= (uint64_t)content.at[i] << 8 * (i % 8);
        return true;
    }
    if (!read_distances(content, set))
        return false;
    if (encoding == MISSING) {
        struct row_set all;
        row_set_fill(&all);
        row_set_remove(&all, set);
        *set = all;
    }
    return true;
}

bool row_set_skip(struct byte_reader *reader)
{
    enum encoding encoding;
    struct byte_reader content;
    return read_head(reader, &encoding, &content);
}
