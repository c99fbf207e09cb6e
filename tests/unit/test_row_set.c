#include "api/row_set.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static unsigned seed = 7;

static unsigned random_below(unsigned most)
{
    seed = seed * 1103515245u + 12345u;
    return seed / 65536u % most;
}

/* One row in `share` is in the set. */
static struct row_set make(unsigned share)
{
    struct row_set set = {0};
    for (unsigned row = 0; row < SEGMENT_ROWS; row++)
        if (random_below(share) == 0)
            row_set_add(&set, row);
    return set;
}

static void check_round_trip(const struct row_set *set)
{
    struct buffer buffer;
    buffer_init(&buffer, SEGMENT_ROWS);
    row_set_append(&buffer, set);
    cr_assert_not(buffer.failed);
    cr_expect_leq(buffer.length, (size_t)ROW_SET_BYTES + 2);
    struct byte_reader reader = {(unsigned char *)buffer.data,
                                 (unsigned char *)buffer.data + buffer.length};
    struct byte_reader skipper = reader;
    struct row_set read;
    cr_assert(row_set_read(&reader, &read));
    cr_expect_eq(reader.at, reader.end);
    cr_expect_eq(memcmp(&read, set, sizeof read), 0);
    cr_expect(row_set_skip(&skipper) && skipper.at == skipper.end);
    buffer_clear(&buffer);
}

Test(row_set, comes_back_as_it_was_written)
{
    static const unsigned shares[] = {1, 2, 3, 5, 8, 20, 100, 500, 5000};
    struct row_set set = {0};
    check_round_trip(&set);
    row_set_add(&set, 0);
    check_round_trip(&set);
    row_set_add(&set, SEGMENT_ROWS - 1);
    check_round_trip(&set);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        set = make(shares[i]);
        check_round_trip(&set);
        struct row_set turned;
        row_set_fill(&turned);
        row_set_remove(&turned, &set);
        check_round_trip(&turned);
        cr_expect_eq(row_set_count(&set) + row_set_count(&turned), (unsigned)SEGMENT_ROWS);
    }
}

Test(row_set, walks_down)
{
    struct row_set set = {0};
    row_set_add(&set, 0);
    row_set_add(&set, 63);
    row_set_add(&set, 64);
    row_set_add(&set, 2047);
    cr_expect_eq(row_set_at_most(&set, 2047), 2047);
    cr_expect_eq(row_set_at_most(&set, 2046), 64);
    cr_expect_eq(row_set_at_most(&set, 64), 64);
    cr_expect_eq(row_set_at_most(&set, 63), 63);
    cr_expect_eq(row_set_at_most(&set, 62), 0);
    cr_expect_eq(row_set_at_most(&set, -1), -1);
    set = (struct row_set){0};
    cr_expect_eq(row_set_at_most(&set, 2047), -1);
}

Test(row_set, bytes_that_are_no_set_are_refused)
{
    for (int round = 0; round < 200000; round++) {
        size_t length = random_below(12);
        unsigned char *bytes = malloc(length + 1);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)random_below(256);
        struct byte_reader reader = {bytes, bytes + length};
        struct row_set set;
        (void)row_set_read(&reader, &set);
        cr_assert(reader.at <= bytes + length);
        free(bytes);
    }
    static const unsigned char beyond[] = {2 << 2, 0x80 | 1, 16}; /* row 2048 */
    struct byte_reader reader = {beyond, beyond + sizeof beyond};
    struct row_set set;
    cr_expect_not(row_set_read(&reader, &set));
    static const unsigned char twice[] = {2 << 2, 1, 0};
    reader = (struct byte_reader){twice, twice + sizeof twice};
    cr_expect_not(row_set_read(&reader, &set));
    static const unsigned char kind[] = {3};
    reader = (struct byte_reader){kind, kind + sizeof kind};
    cr_expect_not(row_set_read(&reader, &set));
}
