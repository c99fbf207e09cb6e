#include "api/buffer.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

Test(buffer, grows_and_stays_a_string)
{
    struct buffer buffer;
    buffer_init(&buffer, 100000);
    cr_expect_null(buffer.data);
    size_t expected = 0;
    for (int i = 0; i < 1000; i++) {
        cr_assert(buffer_append(&buffer, "abc", 3));
        cr_assert(buffer_append_string(&buffer, "de"));
        cr_assert(buffer_printf(&buffer, "%d-%s", i % 10, "x"));
        expected += 8;
        cr_assert_eq(buffer.length, expected);
        cr_assert_eq(buffer.data[expected], '\0');
    }
    cr_expect(strncmp(buffer.data, "abcde0-xabcde1-x", 16) == 0);
    cr_expect_not(buffer.failed);
    buffer_clear(&buffer);
}

Test(buffer, takes_any_bytes)
{
    struct buffer buffer;
    buffer_init(&buffer, 10);
    cr_assert(buffer_append(&buffer, "a\0b", 3));
    cr_assert(buffer_append(&buffer, NULL, 0));
    cr_expect_eq(buffer.length, 3);
    cr_expect(memcmp(buffer.data, "a\0b", 4) == 0);
    buffer_clear(&buffer);
}

Test(buffer, is_full_at_its_maximum_and_not_before)
{
    struct buffer buffer;
    buffer_init(&buffer, 5);
    cr_expect(buffer_append_string(&buffer, "12345"));
    cr_expect_not(buffer.failed);
    cr_expect_not(buffer_append_string(&buffer, "6"));
    cr_expect(buffer.failed);
    cr_expect_str_eq(buffer.data, "12345");
    cr_expect_leq(buffer.capacity, 6);
    buffer_clear(&buffer);

    buffer_init(&buffer, 5);
    cr_expect(buffer_printf(&buffer, "%05d", 7));
    cr_expect_str_eq(buffer.data, "00007");
    cr_expect_not(buffer_printf(&buffer, "%c", 'x'));
    cr_expect_str_eq(buffer.data, "00007");
    buffer_clear(&buffer);

    buffer_init(&buffer, 0);
    cr_expect(buffer_append(&buffer, "", 0));
    cr_expect_not(buffer_append(&buffer, "x", 1));
    buffer_clear(&buffer);
}

Test(buffer, a_failure_lasts_until_it_is_cleared)
{
    struct buffer buffer;
    buffer_init(&buffer, 5);
    cr_assert(buffer_append_string(&buffer, "1"));
    cr_expect_not(buffer_append_string(&buffer, "123456"));
    cr_expect_not(buffer_append_string(&buffer, "2"), "it would fit, but one before it was lost");
    cr_expect_not(buffer_printf(&buffer, "2"));
    cr_expect_str_eq(buffer.data, "1");
    buffer_clear(&buffer);
    cr_expect(buffer_append_string(&buffer, "2"));
    cr_expect_str_eq(buffer.data, "2");
    buffer_clear(&buffer);
}

Test(buffer, a_length_beyond_everything_is_refused)
{
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    cr_assert(buffer_append_string(&buffer, "abc"));
    cr_expect_not(buffer_append(&buffer, "", SIZE_MAX));
    cr_expect_str_eq(buffer.data, "abc");
    buffer_clear(&buffer);
}

/* Half a surrogate pair is a wide character that no locale can write: printf fails. */
Test(buffer, what_cannot_be_formatted_is_a_failure)
{
    struct buffer buffer;
    buffer_init(&buffer, 100);
    const wchar_t half[] = {0xD800, 0};
    cr_expect_not(buffer_printf(&buffer, "%ls", half));
    cr_expect(buffer.failed);
    buffer_clear(&buffer);
}

Test(buffer, hands_its_bytes_over)
{
    struct buffer buffer;
    size_t length = 99;
    buffer_init(&buffer, 100);
    char *taken = buffer_take(&buffer, &length);
    cr_assert_not_null(taken);
    cr_expect_str_eq(taken, "");
    cr_expect_eq(length, 0);
    free(taken);

    cr_assert(buffer_append_string(&buffer, "again"));
    taken = buffer_take(&buffer, NULL);
    cr_expect_str_eq(taken, "again");
    cr_expect_null(buffer.data);
    cr_expect_eq(buffer.length, 0);
    free(taken);
}

Test(buffer, a_failed_one_hands_nothing_over)
{
    struct buffer buffer;
    buffer_init(&buffer, 3);
    cr_assert(buffer_append_string(&buffer, "abc"));
    cr_assert_not(buffer_append_string(&buffer, "d"));
    cr_expect_null(buffer_take(&buffer, NULL));
    cr_expect_null(buffer.data);
    cr_expect_not(buffer.failed);
}

Test(buffer, cut_back_it_has_not_failed)
{
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_cut(&buffer, 0); /* nothing has been appended yet */
    cr_assert(buffer_append_string(&buffer, "12345"));
    cr_expect_not(buffer_append_string(&buffer, "6789"));
    buffer_cut(&buffer, 5);
    cr_expect_not(buffer.failed);
    cr_expect_str_eq(buffer.data, "12345");
    buffer_cut(&buffer, 2);
    cr_expect_str_eq(buffer.data, "12");
    cr_expect_eq(buffer.length, 2);
    buffer_cut(&buffer, 7); /* no longer than it is */
    cr_expect_eq(buffer.length, 2);
    cr_assert(buffer_append_string(&buffer, "345678"));
    cr_expect_str_eq(buffer.data, "12345678");
    buffer_clear(&buffer);
}

/* At each place where the room that there is may end. */
Test(buffer, prints_the_same_into_any_room)
{
    for (size_t filled = 0; filled < 300; filled++) {
        struct buffer buffer;
        buffer_init(&buffer, filled + 40);
        for (size_t i = 0; i < filled; i++)
            cr_assert(buffer_append(&buffer, "x", 1));
        cr_assert(buffer_printf(&buffer, "%s-%d", "a text of some length: thirty", 1234567));
        cr_expect_str_eq(buffer.data + filled, "a text of some length: thirty-1234567");
        cr_expect_eq(buffer.length, filled + 37);
        cr_expect_not(buffer_printf(&buffer, "%d", 1234));
        cr_expect_str_eq(buffer.data + filled, "a text of some length: thirty-1234567");
        cr_expect(buffer.failed);
        cr_expect_not(buffer_printf(&buffer, "%d", 1));
        cr_expect_eq(buffer.length, filled + 37);
        buffer_clear(&buffer);
    }
}
