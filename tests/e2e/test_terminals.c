/* The real program on terminals of many kinds, with every number of colours: what it sends is what
   their terminfo has, and what it says with colours it says without them. */
#include "tests/e2e/second_screen.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct session session;
static struct second_screen second;
static struct sender *sender;

static void set_up(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8")); /* for the emulator */
}

static void tear_down(void)
{
    second_screen_free(&second);
    session_end(&session);
    sender_free(sender);
    sender = NULL;
}

TestSuite(terminals, .init = set_up, .fini = tear_down, .timeout = 200);

/* How many colours are used of those that its terminfo has, and the beginnings of control functions
 * that it does not. */
static const struct kind {
    const char *term;
    int colors;
    const char *absent[6];
} KINDS[] = {
    {"xterm-256color", 256, {"\033[34h", NULL}},
    {"xterm-16color", 8, {"\033[34h", NULL}}, /* of sixteen, the first are used (tui/theme.c) */
    {"xterm", 8, {"\033[34h", NULL}},
    {"tmux-256color", 256, {"\033[?12l", "\033[22;0;0t", NULL}},
    {"tmux", 8, {"\033[?12l", "\033[22;0;0t", NULL}},
    {"screen-256color", 256, {"\033[?12l", "\033[22;0;0t", NULL}},
    {"screen", 8, {"\033[?12l", "\033[22;0;0t", NULL}},
    {"alacritty", 256, {"\033[34h", NULL}},
    {"linux", 8, {"\033]", "\033P", "\033[?1049", "\033[?1002", NULL}},
    {"vt220", 0, {"\033]", "\033P", "\033[?1049", "\033[?1002", NULL}},
    {"vt100", 0, {"\033]", "\033P", "\033[?1049", "\033[c", "\033[?25l", NULL}},
};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static void deliver(enum sender_way way, const char *path)
{
    struct http_answer answer;
    struct error error;
    cr_assert(sender_deliver(sender, way, session.port, path,
                             "{\"event_id\":\"wh_1\",\"event_type\":\"transfer.😀\"}", &answer,
                             &error),
              "%s", error.message);
    http_answer_clear(&answer);
}

static void start(const char *term, const char *more)
{
    const char *const arguments[] = {"--public-key", "key.pem", "--mouse", "--title", more, NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){.listening_only = true, .term = term});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, arguments);
    cr_assert(
        second_screen_init(&second, session.screen,
                           EMULATOR_TITLE | EMULATOR_ASK | EMULATOR_COPY | EMULATOR_COPY_TMUX));
}

static bool is_colored(void)
{
    int width, height;
    screen_size(session.screen, &width, &height);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            struct screen_cell cell = screen_cell(session.screen, x, y);
            if (!cell.default_foreground || !cell.default_background)
                return true;
        }
    }
    return false;
}

/* The colours that one attribute of a control sequence speaks of: 256 in 38;5;N and 48;5;N, 16 in
   90 to 107, 8 in 30 to 47. */
static int colors_of(long attribute)
{
    if (attribute == 38 || attribute == 48)
        return 256;
    if (attribute >= 90 && attribute <= 107)
        return 16;
    return attribute >= 30 && attribute <= 47 ? 8 : 0;
}

static int colors_in(const char *numbers)
{
    int most = 0;
    for (const char *at = numbers; *at != 'm';) {
        char *end;
        int colors = colors_of(strtol(at, &end, 10));
        if (colors == 256)
            return colors; /* an index follows */
        most = colors > most ? colors : most;
        at = *end == ';' ? end + 1 : end;
    }
    return most;
}

/* The most of all that was sent. */
static int colors_sent(void)
{
    size_t length;
    const char *output = screen_output(session.screen, &length);
    int most = 0;
    for (size_t i = 0; i + 2 < length; i++) {
        if (output[i] != '\033' || output[i + 1] != '[')
            continue;
        const char *numbers = output + i + 2;
        size_t count = strspn(numbers, "0123456789;");
        int colors = numbers[count] == 'm' ? colors_in(numbers) : 0;
        most = colors > most ? colors : most;
    }
    return most;
}

/* States have a sign and a word each; what is selected, and where the keys go, is marked as well.
 */
static void expect_told_without_colors(const char *term)
{
    bool has_ticks = strcmp(term, "linux") != 0; /* its fonts have none */
    cr_expect(session_shows_row(&session, has_ticks ? "✓ verified" : "+ verified", "/good"), "%s",
              term);
    cr_expect(session_shows_row(&session, has_ticks ? "✗ not genuine" : "x not genuine", "/forged"),
              "%s", term);
    cr_expect(
        session_shows_row(&session, has_ticks ? "✗ no signature" : "x no signature", "/plain"),
        "%s", term);
    cr_expect(session_shows(&session, "▼ following"), "%s", term);
}

/* Once a frame is whole: in the middle of one a glyph may be, too. */
static void expect_agreement(const char *term)
{
    enum { QUIET_MS = 60 };
    cr_expect(screen_wait_quiet(session.screen, QUIET_MS, SESSION_LIMIT_MS), "%s", term);
    cr_expect(second_screen_agrees(&second, session.screen), "%s", term);
}

static void check_kind(const struct kind *kind)
{
    start(kind->term, NULL);
    deliver(SENDER_GENUINE, "/good");
    deliver(SENDER_WRONG_KEY, "/forged");
    deliver(SENDER_NO_HEADER, "/plain");
    expect_told_without_colors(kind->term);
    cr_expect_eq(is_colored(), kind->colors > 0, "%s", kind->term);
    expect_agreement(kind->term);
    cr_assert(session_keys_show(&session, "?", " Help "));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, " Help "));
    cr_assert(session_keys_show(&session, "4G\r", "Verification"));
    cr_assert(screen_keys(session.screen, "yb"));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Verification"));
    expect_agreement(kind->term);
    for (size_t i = 0; kind->absent[i] != NULL; i++)
        cr_expect_not(screen_sent(session.screen, kind->absent[i]), "%s: ESC%s", kind->term,
                      kind->absent[i] + 1);
    cr_expect_eq(colors_sent(), kind->colors, "%s", kind->term);
    session_quit(&session);
    tear_down();
}

static void check_kinds(size_t first)
{
    for (size_t i = first; i < KIND_COUNT; i += 3)
        check_kind(&KINDS[i]);
}

/* In thirds, which run at the same time. */
Test(terminals, each_gets_what_it_has_1)
{
    check_kinds(0);
}

Test(terminals, each_gets_what_it_has_2)
{
    check_kinds(1);
}

Test(terminals, each_gets_what_it_has_3)
{
    check_kinds(2);
}

/* --- the background, asked where it answers ------------------------------------------------------
 */

static const uint8_t GREEN_ON_EITHER[3] = {0, 135, 0};
static const uint8_t GREEN_ON_DARK[3] = {135, 215, 135};
static const uint8_t GREEN_ON_LIGHT[3] = {0, 95, 0};

/* The colour of what is well. */
static bool has_green(struct screen *screen, const void *color)
{
    int x;
    int y = screen_row_with(screen, "✓ verified", &x);
    struct screen_cell cell = screen_cell(screen, x, y);
    return y >= 0 && memcmp(cell.foreground, color, 3) == 0;
}

static void expect_green(const uint8_t color[3], const char *when)
{
    cr_expect(screen_wait_for(session.screen, has_green, color, when, SESSION_LIMIT_MS), "%s",
              when);
}

/* Typed as the terminal's own, after the keys before it were taken: none of it may become a key. */
static void answer(const char *bytes)
{
    cr_assert(screen_keys(session.screen, bytes));
    cr_assert(session_keys_show(&session, "?", " Help "), "after ESC%.40s", bytes + 1);
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, " Help "));
    cr_expect(second_screen_agrees(&second, session.screen));
    cr_expect(session_shows(&session, "✓ verified"));
}

static void start_asking(const char *more)
{
    start("xterm-256color", more);
    cr_assert(screen_keys(session.screen, "4"));
    deliver(SENDER_GENUINE, "/good");
    cr_assert(session_shows(&session, "✓ verified"));
}

Test(terminals, an_answer_that_comes_late_and_in_pieces_chooses_the_theme)
{
    static const char ANSWER[] = "\033]11;rgb:fdfd/f6f6/e3e3\033\\";
    start_asking(NULL);
    expect_green(GREEN_ON_EITHER, "before the answer");
    cr_assert(session_keys_show(&session, "?", " Help ")); /* it is late */
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, " Help "));
    enum { QUIET_MS = 100 }; /* no terminal puts another answer into the midst of one */
    cr_assert(screen_wait_quiet(session.screen, QUIET_MS, SESSION_LIMIT_MS));
    enum { WHOLE = 4 }; /* what comes of less, after a while, is the Esc key and others */
    char begin[WHOLE + 1] = "";
    memcpy(begin, ANSWER, WHOLE);
    cr_assert(screen_keys(session.screen, begin));
    for (size_t i = WHOLE; i + 1 < sizeof ANSWER; i++) {
        char byte[] = {ANSWER[i], '\0'};
        (void)screen_take(session.screen, 1);
        cr_assert(screen_keys(session.screen, byte));
    }
    expect_green(GREEN_ON_LIGHT, "after the answer");
    session_quit(&session);
}

Test(terminals, wrong_and_hostile_answers_change_nothing)
{
    static const char *const WRONG[] = {
        "\033]11;rgb:ff/ff\033\\",
        "\033]11;rgb:fffff/fffff/fffff\007",
        "\033]11;rgb:gg/00/00\007",
        "\033]11;white\007",
        "\033]11;?\033\\",
        "\033]10;rgb:ff/ff/ff\007",
        "\033]11;rgb:ff/ff/ff/ff\007",
        "\033]4;11;rgb:ff/ff/ff\007",
        "\033]11;rgb:ff/ff/ffqDyqDy\007",
        "\033]11;\007",
        "\033]52;c;cXFxcQ==\007",
        "\033[?62;22c\033[?1;2c\033[?c",
        "\033[0n\033[24;80R\033[>1;4000;20c\033[8;1;1t",
    };
    start_asking(NULL);
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        answer(WRONG[i]);
    char flood[8192] = "\033]11;rgb:";
    size_t begin = strlen(flood);
    memset(flood + begin, 'q', sizeof flood - begin - 2);
    flood[sizeof flood - 2] = '\a';
    answer(flood);
    answer("\033]11;rgb:ff/ff/\033"); /* without an end: Esc is one */
    answer("\033]11;qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\r\033");
    expect_green(GREEN_ON_EITHER, "after all of them");
    answer("\033]11;rgba:0000/0000/0000/ffff\007");
    expect_green(GREEN_ON_DARK, "after a right one");
    session_quit(&session);
}

Test(terminals, an_answer_counts_for_nothing_where_a_theme_was_chosen)
{
    start_asking("--theme=light");
    expect_green(GREEN_ON_LIGHT, "from the start");
    answer("\033]11;rgb:00/00/00\007");
    expect_green(GREEN_ON_LIGHT, "after an answer");
    cr_expect_not(screen_sent(session.screen, "\033]11;?"));
    session_quit(&session);
}
