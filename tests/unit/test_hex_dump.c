#include "tui/hex_dump.h"

#include <criterion/criterion.h>
#include <string.h>

static char text[HEX_DUMP_SIZE];

Test(hex_dump, shows_offset_bytes_and_ascii)
{
    (void)hex_dump_line(text, "A\0\n{\xFFwxyz0123456!", 17, 16, 0, NULL, NULL, NULL);
    cr_expect_str_eq(
        text, "000000  41 00 0a 7b ff 77 78 79  7a 30 31 32 33 34 35 36  |A..{.wxyz0123456|");
    (void)hex_dump_line(text, "A\0\n{\xFFwxyz0123456!", 17, 16, 1, NULL, NULL, NULL);
    cr_expect_str_eq(text, "000010  21                                                |!|");
}

Test(hex_dump, takes_fewer_to_a_line_where_it_is_narrow)
{
    cr_expect_eq(hex_dump_bytes(76), 16U);
    cr_expect_eq(hex_dump_bytes(75), 8U);
    cr_expect_eq(hex_dump_bytes(36), 4U);
    for (int width = 28; width < 120; width++) {
        size_t length =
            hex_dump_line(text, "0123456789abcdef", 16, hex_dump_bytes(width), 0, NULL, NULL, NULL);
        cr_expect_leq(length, (size_t)width, "%d: %s", width, text);
    }
}

Test(hex_dump, ends_where_the_bytes_end)
{
    cr_expect_eq(hex_dump_lines(0, 16), 0U);
    cr_expect_eq(hex_dump_lines(16, 16), 1U);
    cr_expect_eq(hex_dump_lines(17, 16), 2U);
    cr_expect_eq(hex_dump_line(text, "x", 1, 16, 1, NULL, NULL, NULL), 0U);
    cr_expect_str_eq(text, "");
}

static bool is_third(size_t offset, const void *context)
{
    (void)context;
    return offset == 2;
}

Test(hex_dump, hides_what_it_is_told_to)
{
    (void)hex_dump_line(text, "abcd", 4, 4, 0, is_third, NULL, NULL);
    cr_expect_str_eq(text, "000000  61 62  •• 64  |ab•d|");
    char all[16];
    memset(all, 'x', sizeof all);
    cr_expect_lt(hex_dump_line(text, all, 16, 16, 0, NULL, NULL, NULL), sizeof text);
}

Test(hex_dump, says_where_each_byte_stands)
{
    struct hex_dump_place places[HEX_DUMP_BYTES_MAX];
    (void)hex_dump_line(text, "abcdEf", 6, 8, 0, is_third, NULL, places);
    cr_expect_eq(memcmp(text + places[0].hex, "61", places[0].hex_length), 0);
    cr_expect_eq(memcmp(text + places[2].hex, "••", places[2].hex_length), 0);
    cr_expect_eq(memcmp(text + places[4].hex, "45", places[4].hex_length), 0);
    cr_expect_eq(memcmp(text + places[2].ascii, "•", places[2].ascii_length), 0);
    cr_expect_eq(memcmp(text + places[5].ascii, "f|", 2), 0, "%s", text + places[5].ascii);
}
