#include "api/json_plain.h"

#include <criterion/criterion.h>

enum { ROOM = 40 };

/* Every byte at every place of text that is plain around it. */
Test(json_plain, it_ends_at_the_first_other_byte)
{
    char text[ROOM];
    for (int byte = 0; byte < 256; byte++) {
        bool plain = byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
        for (size_t at = 0; at < sizeof text; at++)
            for (int around = ' '; around <= '~'; around += '~' - ' ') {
                memset(text, around, sizeof text);
                text[at] = (char)byte;
                cr_assert_eq(json_plain_run(text, sizeof text), plain ? sizeof text : at,
                             "byte %d at %zu", byte, at);
            }
    }
}

Test(json_plain, it_reads_no_further_than_told)
{
    char text[ROOM];
    memset(text, 'a', sizeof text);
    for (size_t length = 0; length <= sizeof text; length++)
        cr_expect_eq(json_plain_run(text, length), length);
}
