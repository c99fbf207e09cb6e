/*
 * The search index's bytes, which come back from a file: read as they are, and as they were made.
 *
 * Arbitrary bytes are read within their bounds; what was built from texts is found again in the
 * rows where it stands, and nothing else is.
 */
#include "tests/fuzz/fuzz.h"

#include "api/segment.h"

#include <stdlib.h>
#include <string.h>

static bool same_set(const struct row_set *one, const struct row_set *other)
{
    return memcmp(one, other, sizeof *one) == 0;
}

/* A set that was read is written and read again as the same one. */
static void check_set(const char *bytes, size_t length)
{
    struct byte_reader reader = {(const unsigned char *)bytes,
                                 (const unsigned char *)bytes + length};
    struct byte_reader skip = reader;
    struct row_set set, again;
    bool read = row_set_read(&reader, &set);
    FUZZ_CHECK(reader.at >= (const unsigned char *)bytes && reader.at <= reader.end);
    bool skipped = row_set_skip(&skip);
    FUZZ_CHECK(!read || (skipped && skip.at == reader.at));
    if (!read)
        return;
    unsigned count = 0;
    for (unsigned row = 0; row < SEGMENT_ROWS; row++)
        count += row_set_has(&set, row);
    FUZZ_CHECK(count == row_set_count(&set) && row_set_empty(&set) == (count == 0));
    struct buffer made;
    buffer_init(&made, 2 * ROW_SET_BYTES);
    row_set_append(&made, &set);
    FUZZ_CHECK(!made.failed);
    struct byte_reader own = {(const unsigned char *)made.data,
                              (const unsigned char *)made.data + made.length};
    FUZZ_CHECK(row_set_read(&own, &again) && own.at == own.end && same_set(&set, &again));
    buffer_clear(&made);
}

static void on_facet(const char *value, size_t length, const struct row_set *rows, void *context)
{
    size_t *seen = context;
    *seen += length + row_set_count(rows);
    for (size_t i = 0; i < length; i++) /* every byte is there to be read */
        *seen += (unsigned char)value[i];
}

static void check_hostile(const char *bytes, size_t length, uint32_t first, uint32_t gram)
{
    struct row_set rows;
    size_t seen = 0;
    (void)segment_find_gram(bytes, length, first, gram, &rows);
    (void)segment_find_gram(bytes, length, gram, gram, &rows);
    for (int facet = 0; facet < SEGMENT_FACETS; facet++)
        (void)segment_each_facet(bytes, length, (enum segment_facet)facet, on_facet, &seen);
    check_set(bytes, length);
}

/* --- building ------------------------------------------------------------------ */

enum { TEXTS = 3 };

struct texts {
    const char *bytes[TEXTS];
    size_t length[TEXTS];
    unsigned row[TEXTS];
};

struct wanted {
    const struct texts *texts;
    size_t seen;
};

static int small(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool has_gram(const char *bytes, size_t length, const char *gram)
{
    for (size_t i = 0; i + GRAM_BYTES <= length; i++)
        if (small(bytes[i]) == small(gram[0]) && small(bytes[i + 1]) == small(gram[1]) &&
            small(bytes[i + 2]) == small(gram[2]))
            return true;
    return false;
}

static void check_facet(const char *value, size_t length, const struct row_set *rows, void *context)
{
    struct wanted *wanted = context;
    struct row_set expected = {0};
    for (size_t i = 0; i < TEXTS; i++)
        if (wanted->texts->length[i] == length &&
            memcmp(wanted->texts->bytes[i], value, length) == 0)
            row_set_add(&expected, wanted->texts->row[i]);
    FUZZ_CHECK(!row_set_empty(&expected) && same_set(&expected, rows));
    wanted->seen += row_set_count(rows);
}

/* The chunk that would have the gram is the last that begins at or before it. */
static enum segment_found find(struct buffer *chunks, const uint32_t *firsts, size_t count,
                               uint32_t gram, struct row_set *rows)
{
    size_t chunk = count;
    for (size_t i = 0; i < count && firsts[i] <= gram; i++)
        chunk = i;
    if (chunk == count)
        return SEGMENT_ABSENT;
    return segment_find_gram(chunks[chunk].data, chunks[chunk].length, firsts[chunk], gram, rows);
}

static void check_gram(struct buffer *chunks, const uint32_t *firsts, size_t count,
                       const struct texts *texts, const char *gram)
{
    struct row_set rows = {0}, expected = {0};
    char folded[GRAM_BYTES] = {(char)small(gram[0]), (char)small(gram[1]), (char)small(gram[2])};
    for (size_t i = 0; i < TEXTS; i++)
        if (has_gram(texts->bytes[i], texts->length[i], gram))
            row_set_add(&expected, texts->row[i]);
    enum segment_found found = find(chunks, firsts, count, segment_gram(folded), &rows);
    FUZZ_CHECK((found == SEGMENT_FOUND) == !row_set_empty(&expected));
    FUZZ_CHECK(found != SEGMENT_DAMAGED);
    FUZZ_CHECK(found != SEGMENT_FOUND || same_set(&rows, &expected));
}

static void check_built(const struct texts *texts)
{
    enum { CHUNKS_MAX = 64, GRAMS_LOOKED_UP = 64 };
    struct segment_builder *builder = segment_builder_new();
    FUZZ_CHECK(builder != NULL);
    for (size_t i = 0; i < TEXTS; i++) {
        segment_builder_text(builder, texts->row[i], texts->bytes[i], texts->length[i]);
        segment_builder_facet(builder, texts->row[i], FACET_TYPE, texts->bytes[i],
                              texts->length[i]);
    }
    FUZZ_CHECK(segment_builder_seal(builder) && segment_builder_complete(builder));
    struct buffer chunks[CHUNKS_MAX], facets;
    uint32_t firsts[CHUNKS_MAX];
    size_t count = 0;
    for (;; count++) {
        FUZZ_CHECK(count < CHUNKS_MAX);
        buffer_init(&chunks[count], SEGMENT_CHUNK_MAX);
        if (!segment_builder_chunk(builder, &chunks[count], &firsts[count]))
            break;
        FUZZ_CHECK(!chunks[count].failed && (count == 0 || firsts[count] > firsts[count - 1]));
    }
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t at = 0; at + GRAM_BYTES <= texts->length[i] && at < GRAMS_LOOKED_UP; at++)
            check_gram(chunks, firsts, count, texts, texts->bytes[i] + at);
    check_gram(chunks, firsts, count, texts, "\x7F\x01\x02");

    buffer_init(&facets, 64 * 1024);
    segment_builder_facets(builder, &facets);
    struct wanted wanted = {.texts = texts};
    enum segment_found found =
        segment_each_facet(facets.data, facets.length, FACET_TYPE, check_facet, &wanted);
    FUZZ_CHECK(found != SEGMENT_DAMAGED);
    FUZZ_CHECK(found != SEGMENT_FOUND || wanted.seen == TEXTS);
    buffer_clear(&facets);
    for (size_t i = 0; i <= count; i++)
        buffer_clear(&chunks[i]);
    segment_builder_free(builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    unsigned char how = fuzz_byte(&input);
    uint32_t first = fuzz_byte(&input) | (uint32_t)fuzz_byte(&input) << 16;
    uint32_t gram = first + fuzz_byte(&input);
    if (how % 64 != 0) { /* a builder takes some megabytes: now and then */
        size_t hostile_length;
        const char *hostile = fuzz_part(&input, &hostile_length);
        check_hostile(hostile, hostile_length, first, gram);
    } else {
        struct texts texts;
        for (size_t i = 0; i < TEXTS; i++) {
            texts.bytes[i] = fuzz_part(&input, &texts.length[i]);
            texts.row[i] = (unsigned)(first % 600 + i * (1 + how));
        }
        check_built(&texts);
    }
    fuzz_end(&input);
    return 0;
}
