/* The exact bytes that put text into a clipboard, and when none are sent. */
#include "tui/clipboard.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_sequence(enum clipboard_route route, const char *wanted)
{
    static const char text[] = "Zo\xc3\xab\n\033";
    struct buffer out;
    buffer_init(&out, 1000);
    cr_assert(clipboard_sequence(route, text, sizeof text - 1, &out));
    cr_expect_eq(out.length, strlen(wanted));
    cr_expect_str_eq(out.data, wanted);
    buffer_clear(&out);
}

Test(clipboard, exact_bytes)
{
    expect_sequence(CLIPBOARD_PLAIN, "\033]52;c;Wm/Dqwob\a");
    expect_sequence(CLIPBOARD_TMUX, "\033Ptmux;\033\033]52;c;Wm/Dqwob\a\033\\\033]52;c;Wm/Dqwob\a");
    expect_sequence(CLIPBOARD_SCREEN, "\033P\033]52;c;Wm/Dqwob\a\033\\");
}

Test(clipboard, screen_gets_it_in_pieces)
{
    char text[3000];
    struct buffer plain;
    struct buffer out;
    memset(text, 'x', sizeof text);
    buffer_init(&plain, 10000);
    buffer_init(&out, 10000);
    cr_assert(clipboard_sequence(CLIPBOARD_PLAIN, text, sizeof text, &plain));
    cr_assert(clipboard_sequence(CLIPBOARD_SCREEN, text, sizeof text, &out));
    size_t joined = 0;
    for (size_t at = 0; at < out.length;) {
        cr_assert_eq(memcmp(out.data + at, "\033P", 2), 0);
        const char *end = memmem(out.data + at + 2, out.length - at - 2, "\033\\", 2);
        cr_assert_not_null(end);
        size_t length = (size_t)(end - (out.data + at)) - 2;
        cr_expect_leq(length + 4, (size_t)CLIPBOARD_SCREEN_CHUNK);
        cr_assert_leq(joined + length, plain.length);
        cr_expect_eq(memcmp(out.data + at + 2, plain.data + joined, length), 0);
        joined += length;
        at += length + 4;
    }
    cr_expect_eq(joined, plain.length);
    buffer_clear(&plain);
    buffer_clear(&out);
}

Test(clipboard, what_is_too_much_is_refused)
{
    char *text = calloc(1, CLIPBOARD_BYTES_MAX + 1);
    struct buffer out;
    cr_assert_not_null(text);
    buffer_init(&out, (size_t)4 * CLIPBOARD_BASE64_MAX);
    cr_expect(clipboard_sequence(CLIPBOARD_PLAIN, text, CLIPBOARD_BYTES_MAX, &out));
    cr_expect_eq(out.length, (size_t)CLIPBOARD_BASE64_MAX + strlen("\033]52;c;\a"));
    cr_expect_not(clipboard_sequence(CLIPBOARD_PLAIN, text, CLIPBOARD_BYTES_MAX + 1, &out));
    cr_expect_not(clipboard_sequence(CLIPBOARD_PLAIN, text, 0, &out));
    cr_expect_not(clipboard_sequence(CLIPBOARD_NONE, "a", 1, &out));
    buffer_clear(&out);
    free(text);
}

Test(clipboard, the_environment_says_the_way)
{
    static const struct {
        const char *term, *tmux, *sty;
        enum clipboard_route route;
    } cases[] = {
        {"xterm-256color", NULL, NULL, CLIPBOARD_PLAIN},
        {"alacritty", "", "", CLIPBOARD_PLAIN},
        {"tmux-256color", "/tmp/tmux-0/default,1,0", NULL, CLIPBOARD_TMUX},
        {"screen-256color", "/tmp/tmux-0/default,1,0", "1.a", CLIPBOARD_TMUX},
        {"tmux-256color", NULL, NULL, CLIPBOARD_TMUX}, /* over SSH the variable is lost */
        {"screen", NULL, "123.pts-0.host", CLIPBOARD_SCREEN},
        {"screen", NULL, NULL, CLIPBOARD_PLAIN},
        {"linux", NULL, NULL, CLIPBOARD_NONE},
        {"vt100", NULL, NULL, CLIPBOARD_NONE},
        {"dumb", NULL, NULL, CLIPBOARD_NONE},
        {"", NULL, NULL, CLIPBOARD_NONE},
        {NULL, NULL, NULL, CLIPBOARD_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(clipboard_route(cases[i].term, cases[i].tmux, cases[i].sty), cases[i].route,
                     "case %zu", i);
}
