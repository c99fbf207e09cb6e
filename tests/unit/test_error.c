#include "api/error.h"

#include <criterion/criterion.h>
#include <string.h>

Test(error, a_line_is_set_and_the_result_is_false)
{
    struct error error = {"before"};
    cr_expect_not(error_set(&error, "cannot open %s (%d)", "x", 7));
    cr_expect_str_eq(error.message, "cannot open x (7)");
    cr_expect_not(error_set(&error, "%s", ""));
    cr_expect_str_eq(error.message, "");
}

Test(error, nobody_has_to_ask)
{
    cr_expect_not(error_set(NULL, "%d", 1));
    cr_expect_not(error_prefix(NULL, "%d", 1));
}

Test(error, a_prefix_goes_in_front)
{
    struct error error = {"disk full"};
    cr_expect_not(error_prefix(&error, "cannot store delivery %d", 3));
    cr_expect_str_eq(error.message, "cannot store delivery 3: disk full");
    (void)error_prefix(&error, "now");
    cr_expect_str_eq(error.message, "now: cannot store delivery 3: disk full");
}

Test(error, its_own_message_may_be_an_argument)
{
    struct error error = {"why"};
    (void)error_set(&error, "what, for %s; and %s", error.message, error.message);
    cr_expect_str_eq(error.message, "what, for why; and why");
    (void)error_prefix(&error, "%.4s", error.message);
    cr_expect_str_eq(error.message, "what: what, for why; and why");
}

Test(error, a_long_line_is_cut)
{
    struct error error;
    char text[2 * ERROR_MAX];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)error_set(&error, "%s", text);
    cr_expect_eq(strlen(error.message), ERROR_MAX - 1);
    (void)error_prefix(&error, "prefix");
    cr_expect_eq(strlen(error.message), ERROR_MAX - 1);
    cr_expect(strncmp(error.message, "prefix: aaa", 11) == 0);
    (void)error_prefix(&error, "%s", text);
    cr_expect_eq(strlen(error.message), ERROR_MAX - 1);
}

/* Behind `plain` letters the line has room for that much of the character. */
static size_t length_when_cut(size_t plain, const char *character)
{
    struct error error;
    char text[ERROR_MAX + 16];
    memset(text, 'a', plain);
    (void)stpcpy(text + plain, character);
    (void)error_set(&error, "%sxxxxxxxx", text);
    return strlen(error.message);
}

Test(error, a_character_is_never_cut)
{
    const size_t room = ERROR_MAX - 1;
    const char *const characters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t i = 0; i < 3; i++) {
        size_t bytes = strlen(characters[i]);
        cr_expect_eq(length_when_cut(room - bytes, characters[i]), room);
        for (size_t present = 0; present < bytes; present++)
            cr_expect_eq(length_when_cut(room - present, characters[i]), room - present);
    }
}

Test(error, bytes_that_are_no_characters_stay)
{
    cr_expect_eq(length_when_cut(ERROR_MAX - 3, "\x80\x80\x80"), ERROR_MAX - 1);
    struct error error;
    (void)error_set(&error, "short \xE2\x82");
    cr_expect_str_eq(error.message, "short \xE2\x82");
}
