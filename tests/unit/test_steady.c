#include "tui/steady.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <string.h>

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(steady, .init = use_utf8);

static void check(const char *bytes, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 4096);
    steady_append(&out, bytes, strlen(bytes));
    cr_expect_str_eq(out.data, expected);
    buffer_clear(&out);
}

Test(steady, what_terminals_agree_on_is_sent_as_it_is)
{
    static const char *const TEXTS[] = {"\033[2;3Habc\033[m",
                                        "Zürich",
                                        "e\u0301 o\u0302\u0301",
                                        "東京、한국",
                                        "Привет",
                                        "שלום",
                                        "مرحبا",
                                        "│ ● ✓ ▶ … ⚠"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        check(TEXTS[i], TEXTS[i]);
}

Test(steady, around_what_they_do_not_the_cursor_is_kept)
{
    check("a😀b", "a\0337  \0338😀\0338\033[2Cb");
    check("\033[1m\U0001FAE0\033[m", "\033[1m\0337  \0338\U0001FAE0\0338\033[2C\033[m");
    check("क\u0941x", "\0337 \0338क\u0941\0338\033[1Cx");
    check("xe\u0487", "x\0337 \0338e\u0487\0338\033[1C");
    check("東\u0301", "\0337  \0338東\u0301\0338\033[2C");
    check("⌚⌚", "\0337  \0338⌚\0338\033[2C\0337  \0338⌚\0338\033[2C");
}

Test(steady, bytes_that_are_no_text_pass)
{
    check("", "");
    check("\xff\x80", "\xff\x80");
    check("a\xe2\x82", "a\xe2\x82");
}
