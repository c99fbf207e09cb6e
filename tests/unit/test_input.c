#include "tui/input.h"

#include "tui/key.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 4096 };

static const char *name_of_key(char32_t key)
{
    static const char *const NAMES[] = {
        [KEYS_UP - KEYS_SPECIAL] = "up",        [KEYS_DOWN - KEYS_SPECIAL] = "down",
        [KEYS_LEFT - KEYS_SPECIAL] = "left",    [KEYS_RIGHT - KEYS_SPECIAL] = "right",
        [KEYS_PAGE_UP - KEYS_SPECIAL] = "pgup", [KEYS_PAGE_DOWN - KEYS_SPECIAL] = "pgdn",
        [KEYS_HOME - KEYS_SPECIAL] = "home",    [KEYS_END - KEYS_SPECIAL] = "end",
        [KEYS_INSERT - KEYS_SPECIAL] = "ins",   [KEYS_DELETE - KEYS_SPECIAL] = "del",
        [KEYS_BACKSPACE - KEYS_SPECIAL] = "bs", [KEYS_SHIFT_TAB - KEYS_SPECIAL] = "btab",
    };
    static const char *const FUNCTIONS[] = {"f1", "f2", "f3", "f4",  "f5",  "f6",
                                            "f7", "f8", "f9", "f10", "f11", "f12"};
    if (key >= KEYS_F1)
        return FUNCTIONS[key - KEYS_F1];
    return NAMES[key - KEYS_SPECIAL];
}

static const char *const MICE[] = {[MOUSE_PRESS] = "press",
                                   [MOUSE_DRAG] = "drag",
                                   [MOUSE_RELEASE] = "release",
                                   [MOUSE_WHEEL_UP] = "wheelup",
                                   [MOUSE_WHEEL_DOWN] = "wheeldown"};

/* Writes an event as a word: `a`, `U+00E9`, `up`, `"pasted"`. */
static void show(char *shown, const struct terminal_event *event)
{
    size_t used = strlen(shown);
    size_t room = SHOWN_MAX - used;
    const char *gap = used > 0 ? " " : "";
    char *at = shown + used;
    if (event->kind == TERMINAL_BACKGROUND)
        (void)snprintf(at, room, "%s#%04x%04x%04x", gap, event->background[0], event->background[1],
                       event->background[2]);
    else if (event->kind == TERMINAL_ATTRIBUTES)
        (void)snprintf(at, room, "%sattributes", gap);
    else if (event->kind == TERMINAL_MOUSE)
        (void)snprintf(at, room, "%s%s@%d,%d", gap, MICE[event->mouse.kind], event->mouse.x,
                       event->mouse.y);
    else if (event->kind == TERMINAL_PASTE)
        (void)snprintf(at, room, "%s\"%s\"", gap, event->paste);
    else if (event->key > KEYS_SPECIAL)
        (void)snprintf(at, room, "%s%s", gap, name_of_key(event->key));
    else if (event->key > ' ' && event->key < 0x7F)
        (void)snprintf(at, room, "%s%c", gap, (char)event->key);
    else
        (void)snprintf(at, room, "%sU+%04X", gap, (unsigned)event->key);
    free(event->paste);
}

static enum input_result drain(struct input *input, bool waited, char *shown)
{
    struct terminal_event event;
    enum input_result result;
    while ((result = input_next(input, waited, &event)) == INPUT_EVENT)
        show(shown, &event);
    return result;
}

static void feed(struct input *input, const char *bytes, size_t length)
{
    size_t room;
    unsigned char *space = input_space(input, &room);
    cr_assert_leq(length, room);
    memcpy(space, bytes, length);
    input_filled(input, length);
}

/* The same events must come whether the bytes arrive at once or one at a time. */
static void check(const char *bytes, size_t length, const char *expected)
{
    for (size_t step = length; step > 0; step = step > 1 ? 1 : 0) {
        char shown[SHOWN_MAX] = "";
        struct input input;
        input_init(&input);
        for (size_t at = 0; at < length; at += step) {
            feed(&input, bytes + at, step);
            (void)drain(&input, false, shown);
        }
        (void)drain(&input, true, shown);
        cr_expect_str_eq(shown, expected);
        input_clear(&input);
    }
}

#define KEYS(bytes, expected) check((bytes), sizeof(bytes) - 1, (expected))

Test(input, characters)
{
    KEYS("jG?", "j G ?");
    KEYS("\xc3\xa9\xe6\x9d\xb1\xf0\x9f\x98\x80", "U+00E9 U+6771 U+1F600");
    KEYS(" \t", "U+0020 U+0009");
}

Test(input, control_keys)
{
    KEYS("\x03\x0c\x1a", "U+0003 U+000C U+001A");
    KEYS("\r", "U+000D");
    KEYS("\n", "U+000D");
    KEYS("\x7f\b", "bs bs");
    KEYS("a\0b", "a b");
}

Test(input, bad_utf8_is_no_key)
{
    KEYS("\xff\x80q", "q");
    KEYS("\xe2\x82q", "q");
    KEYS("\xc0\xafq", "q");
    KEYS("\xc2\x9bq", "q"); /* a C1 control */
}

Test(input, cursor_keys_in_both_modes)
{
    KEYS("\033[A\033[B\033[C\033[D", "up down right left");
    KEYS("\033OA\033OB\033OC\033OD", "up down right left");
}

Test(input, home_and_end_of_all_terminals)
{
    KEYS("\033[H\033[F", "home end");
    KEYS("\033OH\033OF", "home end");
    KEYS("\033[1~\033[4~", "home end");
    KEYS("\033[7~\033[8~", "home end");
}

Test(input, editing_keys)
{
    KEYS("\033[2~\033[3~\033[5~\033[6~\033[Z", "ins del pgup pgdn btab");
    KEYS("\033OM", "U+000D");
}

Test(input, modifiers_are_ignored)
{
    KEYS("\033[1;5A\033[1;2D\033[5;3~", "up left pgup");
    KEYS("\033[5$\033[6^q", "pgup pgdn q");
}

Test(input, the_mouse)
{
    KEYS("\033[<0;1;1M\033[<0;1;1m", "press@0,0 release@0,0");
    KEYS("\033[<32;120;40Mq\033[<36;500;300M", "drag@119,39 q drag@499,299");
    KEYS("\033[<64;5;6M\033[<65;5;6M\033[<80;5;6M", "wheelup@4,5 wheeldown@4,5 wheelup@4,5");
    KEYS("\033[<0;99999;99999M", "press@99998,99998");
}

/* Other buttons, and what is none: nothing of it may be taken for keys. */
Test(input, wrong_mouse_reports_are_swallowed_whole)
{
    KEYS("\033[<1;2;3M\033[<2;2;3M\033[<35;2;3M\033[<66;2;3M\033[<128;2;3Mq", "q");
    KEYS("\033[<M\033[<0M\033[<0;1M\033[<0;1;M\033[<;;M\033[<0;1;1;1Mq", "q");
    KEYS("\033[<0;0;1M\033[<0;1;0M\033[<0;123456;1M\033[<999999;1;1Mq", "q");
    KEYS("\033[<0;-1;1M\033[<0;1:1;1M\033[<0;1;1 M\033[<65;1;1mq", "q");
}

Test(input, function_keys_of_all_terminals)
{
    KEYS("\033OP\033OQ\033OR\033OS", "f1 f2 f3 f4");
    KEYS("\033[11~\033[12~\033[13~\033[14~", "f1 f2 f3 f4");
    KEYS("\033[[A\033[[B\033[[C\033[[D\033[[E", "f1 f2 f3 f4 f5");
    KEYS("\033[15~\033[17~\033[18~\033[19~\033[20~\033[21~\033[23~\033[24~",
         "f5 f6 f7 f8 f9 f10 f11 f12");
    KEYS("\033[1;5P\033[1;2S\033[15;5~", "f1 f4 f5");
}

/* Their tails are D, 1, q and the like: keys that do things. */
Test(input, unknown_sequences_are_swallowed_whole)
{
    KEYS("\033[24;80R\033[25~\033[16~\033[?1;2h\033[>1c\033[>1q\033[Ia", "a");
    KEYS("\033[[Fq", "q");
    KEYS("\033OTq", "q");
    KEYS("\033[27;5;9~q", "q");
    KEYS("\033[201~q", "q"); /* the end of a paste that was none */
}

Test(input, broken_sequence_gives_way_to_what_broke_it)
{
    KEYS("\033[12\033[A", "up");
    KEYS("\033[1\rj", "U+000D j");
}

/* Feeds the text in pieces of so many bytes. */
static void expect_in_pieces(const char *text, size_t size, const char *wanted)
{
    char shown[SHOWN_MAX] = "";
    struct input input;
    input_init(&input);
    for (size_t at = 0, length = strlen(text); at < length; at += size) {
        feed(&input, text + at, size < length - at ? size : length - at);
        (void)drain(&input, false, shown);
    }
    cr_expect_str_eq(shown, wanted, "in pieces of %zu", size);
    input_clear(&input);
}

/* Found by tests/fuzz/input.c: what of it came later was taken for keys. */
Test(input, what_is_too_long_is_skipped_to_its_end_in_any_split)
{
    enum { MANY = INPUT_SEQUENCE_MAX + 8 };
    char middle[MANY + 1], text[MANY + 8];
    memset(middle, '1', MANY);
    middle[MANY] = '\0';
    for (size_t size = 1; size <= sizeof text; size++) {
        (void)snprintf(text, sizeof text, "\033[%sqj", middle);
        expect_in_pieces(text, size, "j");
        (void)snprintf(text, sizeof text, "\033[%s\033[A", middle);
        expect_in_pieces(text, size, "up");
        (void)snprintf(text, sizeof text, "\033]%sq\007j", middle);
        expect_in_pieces(text, size, "j");
    }
}

Test(input, escape_is_undecided_until_waited_for)
{
    struct input input;
    input_init(&input);
    char shown[SHOWN_MAX] = "";
    feed(&input, "\033", 1);
    cr_expect_eq(drain(&input, false, shown), INPUT_UNDECIDED);
    cr_expect_str_eq(shown, "");
    cr_expect_eq(drain(&input, true, shown), INPUT_NOTHING);
    cr_expect_str_eq(shown, "U+001B");
    input_clear(&input);
}

Test(input, escape_followed_by_keys)
{
    KEYS("\033q", "U+001B q");
    KEYS("\033\033", "U+001B U+001B");
    KEYS("\033\033[A", "U+001B up");
    KEYS("\033[", "U+001B [");
    KEYS("\033O", "U+001B O");
    KEYS("\033O1", "U+001B O 1");
}

Test(input, background_is_told)
{
    KEYS("\033]11;rgb:1515/1818/1e1e\033\\q", "#151518181e1e q");
    KEYS("\033]11;rgb:FFFF/ffff/0000\007q", "#ffffffff0000 q");
    KEYS("\033]11;rgb:f/80/000\007", "#ffff80800000");
    KEYS("\033]11;rgba:0000/8000/ffff/c0c0\007", "#00008000ffff");
    KEYS("a\033]11;rgb:0/0/0\007\033[A", "a #000000000000 up");
}

Test(input, attributes_are_told)
{
    KEYS("\033[?62;22c\033[?6c", "attributes attributes");
}

/* Its digits would be keys that do things: d, e, D. */
Test(input, other_answers_are_swallowed_whole)
{
    static const char *const ANSWERS[] = {"11;",
                                          "11;?",
                                          "11;rgb:",
                                          "11;rgb:dd/ee",
                                          "11;rgb:dd/ee/",
                                          "11;rgb:d//e",
                                          "11;rgb:d/e/x",
                                          "11;rgb:d/e/d/e",
                                          "11;rgb:ddddd/e/d",
                                          "11;rgba:d/e/d",
                                          "11;#ddeedd",
                                          "10;rgb:d/e/d",
                                          "111;rgb:d/e/d",
                                          "11rgb",
                                          "52;c;ZGVk",
                                          "4;1;rgb:d/e/d",
                                          "11",
                                          "11;rgb:d/e/d;d/e/d"};
    for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
        char bytes[64];
        bool is_none = strcmp(ANSWERS[i], "11rgb") == 0; /* keys after all, from the first letter */
        int length = snprintf(bytes, sizeof bytes, "\033]%s\033\\q", ANSWERS[i]);
        if (is_none)
            check(bytes, (size_t)length, "r g b U+001B \\ q");
        else
            check(bytes, (size_t)length, "q");
        (void)snprintf(bytes, sizeof bytes, "\033]%s\007q", ANSWERS[i]);
        check(bytes, (size_t)length - 1, is_none ? "r g b U+0007 q" : "q");
    }
}

Test(input, answer_gives_way_to_what_breaks_it)
{
    KEYS("\033]11;rgb:1\033[A", "up");
    KEYS("\033]11;rgb:1\rj", "U+000D j");
    KEYS("\033]11;rgb:1\033]11;rgb:f/f/f\007", "#ffffffffffff");
    KEYS("\033]", "U+001B ]"); /* Alt-] */
    KEYS("\033]q", "U+001B ] q");
    KEYS("\033]1q", "q");
}

Test(input, endless_answer_is_skipped)
{
    char bytes[1000] = "\033]11;rgb:";
    size_t start = strlen(bytes);
    static const char *const ENDS[] = {"\007q", "\033\\q", "\033q", "\rq"};
    static const char *const KEYS_AFTER[] = {"q", "q", "U+001B q", "U+000D q"};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        size_t length = strlen(ENDS[i]);
        memset(bytes + start, 'D', sizeof bytes - start);
        memcpy(bytes + sizeof bytes - length, ENDS[i], length);
        check(bytes, sizeof bytes, KEYS_AFTER[i]);
    }
}

/* A link may cut a sequence anywhere: once it is surely one, it waits as long as it takes. */
Test(input, sequence_that_comes_in_pieces)
{
    struct input input;
    input_init(&input);
    char shown[SHOWN_MAX] = "";
    feed(&input, "\033[1;", 4);
    cr_expect_eq(drain(&input, true, shown), INPUT_NOTHING);
    feed(&input, "5D", 2);
    cr_expect_eq(drain(&input, true, shown), INPUT_NOTHING);
    cr_expect_str_eq(shown, "left");
    input_clear(&input);
}

Test(input, paste_is_data)
{
    KEYS("a\033[200~qD\033[A\x03\033[201~b", "a \"qD\033[A\x03\" b");
    KEYS("\033[200~\033[201~", "\"\"");
    KEYS("\033[200~x\033[201\033[201~", "\"x\033[201\"");
}

Test(input, paste_is_normalised)
{
    KEYS("\033[200~a\r\nb\rc\nd\033[201~", "\"a\nb\nc\nd\"");
    KEYS("\033[200~\xff\0\xe2\x82\xac\033[201~", "\"??€\"");
}

Test(input, paste_is_bounded)
{
    struct input input;
    input_init(&input);
    char shown[SHOWN_MAX] = "";
    feed(&input, "\033[200~", 6);
    (void)drain(&input, false, shown);
    char block[1000];
    memset(block, 'x', sizeof block);
    for (size_t sent = 0; sent < 2 * TERMINAL_PASTE_MAX; sent += sizeof block) {
        feed(&input, block, sizeof block);
        cr_assert_eq(drain(&input, false, shown), INPUT_NOTHING);
    }
    feed(&input, "\033[201~q", 7);
    struct terminal_event event;
    cr_assert_eq(input_next(&input, false, &event), INPUT_EVENT);
    cr_expect_eq(event.kind, TERMINAL_PASTE);
    cr_expect_eq(event.paste_length, TERMINAL_PASTE_MAX);
    free(event.paste);
    (void)drain(&input, false, shown);
    cr_expect_str_eq(shown, "q");
    input_clear(&input);
}

/* Whatever comes, there is room for more afterwards, and no event is out of range. */
Test(input, any_bytes_leave_room)
{
    struct input input;
    input_init(&input);
    uint64_t random = 88172645463325252U;
    for (int round = 0; round < 20000; round++) {
        size_t room;
        unsigned char *space = input_space(&input, &room);
        cr_assert_gt(room, 0);
        size_t count = room < 16 ? room : 16;
        for (size_t i = 0; i < count; i++) {
            static const char LIKELY[] = "\033[O]0129;~A\x80\xe2$?\007";
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            space[i] = (unsigned char)(random & 1 ? LIKELY[(random >> 8) % (sizeof LIKELY - 1)]
                                                  : (char)(random >> 16));
        }
        input_filled(&input, count);
        struct terminal_event event;
        while (input_next(&input, round % 2 == 0, &event) == INPUT_EVENT) {
            cr_assert(event.kind == TERMINAL_PASTE || event.kind == TERMINAL_BACKGROUND ||
                      event.kind == TERMINAL_ATTRIBUTES || event.kind == TERMINAL_MOUSE ||
                      (event.key != KEYS_NONE && event.key <= KEYS_F12));
            free(event.paste);
        }
    }
    input_clear(&input);
}
