#include "api/segment.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BLOCK = 64 * 1024,
    FIRST_ROOM = 8, /* bytes for a gram's rows; doubled up to ROW_SET_BYTES */
    FIRST_GRAMS = 8 * 1024,
    FIRST_SLOTS = 16 * 1024, /* at most half of them are taken */
    ALL_FACETS = (1 << SEGMENT_FACETS) - 1,
};

/* Where the rows of a gram are kept while they come: distances at first, one bit a row once those
   would take more. */
struct gram {
    uint32_t code;
    uint16_t next; /* one above the last row */
    uint16_t used;
    uint16_t room;
    bool bits;
    unsigned char *rows;
};

struct facet {
    enum segment_facet facet;
    size_t length;
    char value[SEGMENT_FACET_BYTES_MAX];
    struct row_set rows;
};

struct arena_block {
    struct arena_block *before;
    unsigned char bytes[ARENA_BLOCK];
};

struct segment_builder {
    struct gram *grams;
    size_t gram_count;
    size_t gram_room;
    uint32_t *slots; /* an open hash table: gram's index + 1, 0 is free */
    size_t slot_count;
    struct arena_block *arena;
    size_t arena_used;
    struct facet *facets[SEGMENT_FACETS * SEGMENT_FACETS_MAX];
    size_t facet_count;
    unsigned covered; /* bits of enum segment_facet */
    bool incomplete;
    bool failed;
    size_t written; /* grams that are in chunks */
};

static unsigned char small(char character)
{
    unsigned char byte = (unsigned char)character;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

uint32_t segment_gram(const char *bytes)
{
    return (uint32_t)small(bytes[0]) << 16 | (uint32_t)small(bytes[1]) << 8 | small(bytes[2]);
}

/* --- from beginning to end ------------------------------------------------------ */

struct segment_builder *segment_builder_new(void)
{
    struct segment_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->covered = ALL_FACETS;
    builder->arena_used = ARENA_BLOCK;
    builder->gram_room = FIRST_GRAMS;
    builder->slot_count = FIRST_SLOTS;
    builder->grams = calloc(builder->gram_room, sizeof *builder->grams);
    builder->slots = calloc(builder->slot_count, sizeof *builder->slots);
    if (builder->grams != NULL && builder->slots != NULL)
        return builder;
    segment_builder_free(builder);
    return NULL;
}

void segment_builder_free(struct segment_builder *builder)
{
    if (builder == NULL)
        return;
    for (struct arena_block *block = builder->arena; block != NULL;) {
        struct arena_block *before = block->before;
        free(block);
        block = before;
    }
    for (size_t i = 0; i < builder->facet_count; i++)
        free(builder->facets[i]);
    free(builder->grams);
    free(builder->slots);
    free(builder);
}

/* What outgrew its room stays behind: all of it goes at once. */
static unsigned char *take_room(struct segment_builder *builder, size_t size)
{
    if (size > ARENA_BLOCK - builder->arena_used) {
        struct arena_block *block = malloc(sizeof *block);
        if (block == NULL)
            return NULL;
        block->before = builder->arena;
        builder->arena = block;
        builder->arena_used = 0;
    }
    unsigned char *room = builder->arena->bytes + builder->arena_used;
    builder->arena_used += size;
    return room;
}

/* --- grams ------------------------------------------------------------------------ */

/* Knuth's multiplicative hash; the table is a power of two. */
static size_t slot_of(const struct segment_builder *builder, uint32_t code)
{
    return (size_t)((code * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (builder->slot_count - 1);
}

static uint32_t *find_slot(const struct segment_builder *builder, uint32_t code)
{
    size_t slot = slot_of(builder, code);
    while (builder->slots[slot] != 0 && builder->grams[builder->slots[slot] - 1].code != code)
        slot = (slot + 1) & (builder->slot_count - 1);
    return &builder->slots[slot];
}

static bool grow(struct segment_builder *builder)
{
    size_t room = builder->gram_room * 2;
    struct gram *grams = realloc(builder->grams, room * sizeof *grams);
    if (grams == NULL)
        return false;
    builder->grams = grams;
    builder->gram_room = room;
    uint32_t *slots = calloc(builder->slot_count * 2, sizeof *slots);
    if (slots == NULL)
        return false;
    free(builder->slots);
    builder->slots = slots;
    builder->slot_count *= 2;
    for (size_t i = 0; i < builder->gram_count; i++)
        *find_slot(builder, builder->grams[i].code) = (uint32_t)i + 1;
    return true;
}

/* NULL when there are too many, or memory is out. */
static struct gram *find_gram(struct segment_builder *builder, uint32_t code)
{
    if (builder->slots == NULL || builder->grams == NULL)
        return NULL; /* sealed */
    uint32_t *slot = find_slot(builder, code);
    if (*slot != 0)
        return &builder->grams[*slot - 1];
    if (builder->gram_count == SEGMENT_GRAMS_MAX) {
        builder->incomplete = true;
        return NULL;
    }
    if (builder->gram_count == builder->gram_room) {
        if (!grow(builder)) {
            builder->failed = true;
            return NULL;
        }
        slot = find_slot(builder, code);
    }
    struct gram *gram = &builder->grams[builder->gram_count++];
    *gram = (struct gram){.code = code};
    *slot = (uint32_t)builder->gram_count;
    return gram;
}

static bool make_room(struct segment_builder *builder, struct gram *gram)
{
    size_t room = gram->room > 0 ? gram->room * (size_t)2 : FIRST_ROOM;
    unsigned char *rows = take_room(builder, room);
    if (rows == NULL)
        return false;
    memset(rows, 0, room);
    if (gram->rows != NULL)
        memcpy(rows, gram->rows, gram->used);
    gram->rows = rows;
    gram->room = (uint16_t)room;
    return true;
}

static void set_bit(struct gram *gram, unsigned row)
{
    gram->rows[row / 8] = (unsigned char)(gram->rows[row / 8] | 1u << row % 8);
}

/* From distances to bits, in the same room. */
static void turn_into_bits(struct gram *gram)
{
    unsigned char distances[ROW_SET_BYTES];
    memcpy(distances, gram->rows, gram->used);
    memset(gram->rows, 0, ROW_SET_BYTES);
    struct byte_reader reader = {distances, distances + gram->used};
    uint32_t distance;
    unsigned next = 0;
    while (varint_read(&reader, &distance) && next + distance <= SEGMENT_ROWS) {
        next += distance;
        set_bit(gram, next - 1);
    }
    gram->bits = true;
}

static void add_row(struct segment_builder *builder, struct gram *gram, unsigned row)
{
    if (gram->next == row + 1)
        return; /* stands there more than once */
    unsigned distance = row + 1 - gram->next;
    size_t needed = distance > 0x7F ? 2 : 1;
    if (gram->rows == NULL || (!gram->bits && gram->used + needed > gram->room)) {
        if (gram->room == ROW_SET_BYTES)
            turn_into_bits(gram);
        else if (!make_room(builder, gram)) {
            builder->failed = true;
            return;
        }
    }
    gram->next = (uint16_t)(row + 1);
    if (gram->bits) {
        set_bit(gram, row);
        return;
    }
    if (needed == 2)
        gram->rows[gram->used++] = (unsigned char)(distance | 0x80);
    gram->rows[gram->used++] = (unsigned char)(needed == 2 ? distance >> 7 : distance);
}

void segment_builder_text(struct segment_builder *builder, unsigned row, const char *bytes,
                          size_t length)
{
    if (length < GRAM_BYTES)
        return;
    uint32_t code = (uint32_t)small(bytes[0]) << 8 | small(bytes[1]);
    for (size_t i = GRAM_BYTES - 1; i < length; i++) {
        code = (code << 8 | small(bytes[i])) & 0xFFFFFF;
        struct gram *gram = find_gram(builder, code);
        if (gram != NULL)
            add_row(builder, gram, row);
    }
}

/* --- facets ------------------------------------------------------------------------- */

static struct facet *find_facet(struct segment_builder *builder, enum segment_facet facet,
                                const char *bytes, size_t length)
{
    size_t values = 0;
    for (size_t i = 0; i < builder->facet_count; i++) {
        struct facet *known = builder->facets[i];
        if (known->facet != facet)
            continue;
        values++;
        if (known->length == length && memcmp(known->value, bytes, length) == 0)
            return known;
    }
    struct facet *made = values < SEGMENT_FACETS_MAX && length <= SEGMENT_FACET_BYTES_MAX
                             ? calloc(1, sizeof *made)
                             : NULL;
    if (made == NULL)
        return NULL;
    made->facet = facet;
    made->length = length;
    memcpy(made->value, bytes, length);
    builder->facets[builder->facet_count++] = made;
    return made;
}

void segment_builder_facet(struct segment_builder *builder, unsigned row, enum segment_facet facet,
                           const char *bytes, size_t length)
{
    if ((builder->covered >> facet & 1) == 0)
        return;
    struct facet *known = find_facet(builder, facet, bytes, length);
    if (known != NULL)
        row_set_add(&known->rows, row);
    else
        builder->covered &= ~(1u << facet);
}

void segment_builder_facets(const struct segment_builder *builder, struct buffer *facets)
{
    varint_append(facets, builder->covered);
    for (size_t i = 0; i < builder->facet_count; i++) {
        const struct facet *facet = builder->facets[i];
        if ((builder->covered >> facet->facet & 1) == 0)
            continue;
        varint_append(facets, facet->facet);
        varint_append(facets, (uint32_t)facet->length);
        (void)buffer_append(facets, facet->value, facet->length);
        row_set_append(facets, &facet->rows);
    }
}

/* --- chunks --------------------------------------------------------------------------- */

static int by_code(const void *a, const void *b)
{
    const struct gram *one = a;
    const struct gram *other = b;
    return (one->code > other->code) - (one->code < other->code);
}

bool segment_builder_seal(struct segment_builder *builder)
{
    qsort(builder->grams, builder->gram_count, sizeof *builder->grams, by_code);
    free(builder->slots);
    builder->slots = NULL;
    return !builder->failed;
}

bool segment_builder_complete(const struct segment_builder *builder)
{
    return !builder->incomplete;
}

static void append_rows(struct buffer *chunk, const struct gram *gram)
{
    if (!gram->bits) {
        row_set_append_distances(chunk, gram->rows, gram->used);
        return;
    }
    struct row_set rows = {0};
    for (size_t i = 0; i < ROW_SET_BYTES; i++)
        rows.words[i / 8] |= (uint64_t)gram->rows[i] << 8 * (i % 8);
    row_set_append(chunk, &rows);
}

bool segment_builder_chunk(struct segment_builder *builder, struct buffer *chunk, uint32_t *first)
{
    if (builder->written == builder->gram_count)
        return false;
    *first = builder->grams[builder->written].code;
    uint32_t last = *first;
    while (builder->written < builder->gram_count && chunk->length < SEGMENT_CHUNK_BYTES) {
        const struct gram *gram = &builder->grams[builder->written++];
        varint_append(chunk, gram->code - last);
        last = gram->code;
        append_rows(chunk, gram);
    }
    return true;
}

/* --- reading ---------------------------------------------------------------------------- */

static struct byte_reader reader_of(const void *bytes, size_t length)
{
    const unsigned char *at = bytes != NULL ? bytes : (const unsigned char *)"";
    return (struct byte_reader){at, at + length};
}

enum segment_found segment_find_gram(const void *chunk, size_t length, uint32_t first,
                                     uint32_t gram, struct row_set *rows)
{
    struct byte_reader reader = reader_of(chunk, length);
    uint64_t code = first;
    while (reader.at < reader.end) {
        uint32_t distance;
        if (!varint_read(&reader, &distance))
            return SEGMENT_DAMAGED;
        code += distance;
        if (code > gram)
            return SEGMENT_ABSENT;
        if (code == gram)
            return row_set_read(&reader, rows) ? SEGMENT_FOUND : SEGMENT_DAMAGED;
        if (!row_set_skip(&reader))
            return SEGMENT_DAMAGED;
    }
    return SEGMENT_ABSENT;
}

enum segment_found segment_each_facet(const void *facets, size_t length, enum segment_facet facet,
                                      void (*each)(const char *value, size_t value_length,
                                                   const struct row_set *rows, void *context),
                                      void *context)
{
    struct byte_reader reader = reader_of(facets, length);
    uint32_t covered;
    if (!varint_read(&reader, &covered))
        return SEGMENT_DAMAGED;
    if ((covered >> facet & 1) == 0)
        return SEGMENT_ABSENT;
    while (reader.at < reader.end) {
        uint32_t which;
        uint32_t bytes;
        struct row_set rows;
        if (!varint_read(&reader, &which) || !varint_read(&reader, &bytes) ||
            bytes > (size_t)(reader.end - reader.at))
            return SEGMENT_DAMAGED;
        const char *value = (const char *)reader.at;
        reader.at += bytes;
        if (which != facet ? !row_set_skip(&reader) : !row_set_read(&reader, &rows))
            return SEGMENT_DAMAGED;
        if (which == facet)
            each(value, bytes, &rows, context);
    }
    return SEGMENT_FOUND;
}
