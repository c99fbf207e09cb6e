/* Hostile text delivered to the real program, pasted wherever it takes text, and looked at,
   searched, compared, copied and exported with every key that does so. Two terminal emulators read
   along: one refuses all that was not meant, and both must show the same. */
#include "tests/hostile.h"

#include "tests/e2e/second_screen.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 300, SMALL = 12, TOGETHER = 60, WRITE_EVERY = 8, COMPARE_EVERY = 4 };

static struct hostile_list list;
static struct session session;
static struct second_screen second;
static struct sender *sender;

static void set_up(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8")); /* for the emulator */
    cr_assert(hostile_list_make(&list));
}

static void tear_down(void)
{
    second_screen_free(&second);
    session_end(&session);
    sender_free(sender);
    hostile_list_free(&list);
}

TestSuite(hostile_keys, .init = set_up, .fini = tear_down, .timeout = 300);

/* The next text without NULs: one entry, cut, or some small ones. False at the end. */
static bool next_text(size_t *index, char text[TEXT_MAX + 1])
{
    size_t length = 0;
    while (*index < list.count) {
        const struct hostile *hostile = &list.items[*index];
        if (length > 0 && (hostile->length > SMALL || length > TOGETHER))
            break;
        ++*index;
        for (size_t i = 0; i < hostile->length && length < TEXT_MAX; i++)
            if (hostile->bytes[i] != '\0')
                text[length++] = hostile->bytes[i];
        if (hostile->length > SMALL)
            break;
    }
    text[length] = '\0';
    return length > 0;
}

/* --- a delivery of it ------------------------------------------------------------------------ */

static void append_escaped(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++)
        (void)buffer_printf(out, "%%%02X", (unsigned char)*text);
}

/* As JSON would have it, and every second time as it should not be: raw controls. */
static void append_name(struct buffer *out, const char *text, bool raw)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = byte != '"' && byte != '\\' && (raw || byte >= 0x20);
        (void)buffer_printf(out, plain ? "%c" : "\\u%04x", byte);
    }
}

static void deliver(const char *text, bool raw)
{
    struct buffer path, name, body;
    struct http_answer answer = {0};
    struct error error;
    buffer_init(&path, 4096);
    buffer_init(&name, 4096);
    buffer_init(&body, 65536);
    (void)buffer_append_string(&path, "/");
    append_escaped(&path, text);
    append_name(&name, text, raw);
    (void)buffer_printf(
        &body,
        "{\"event_id\":\"wh_hostile\",\"event_category\":\"%s\",\"event_type\":\"%s\","
        "\"event_object_id\":\"%s\",\"event_object_status\":\"%s\",\"event_object\":{\"%s\":"
        "\"%s\",\"list\":[\"%s\"]},\"event_object_changes\":{\"%s\":[\"%s\",\"new %s\"]}}",
        name.data, name.data, name.data, name.data, name.data, name.data, name.data, name.data,
        name.data, name.data);
    cr_assert_not(path.failed || name.failed || body.failed);
    cr_assert(
        sender_deliver(sender, SENDER_GENUINE, session.port, path.data, body.data, &answer, &error),
        "%s", error.message);
    http_answer_clear(&answer);
    buffer_clear(&path);
    buffer_clear(&name);
    buffer_clear(&body);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static void keys(const char *text)
{
    cr_assert(screen_keys(session.screen, text));
}

/* Out of whatever is open. */
static void leave(void)
{
    keys("\033\033\033\033");
}

/* A terminal takes the end of a paste out of what is pasted; those keys would be anything. */
static void paste(const char *text)
{
    if (strstr(text, "\033[201~") == NULL)
        cr_assert(screen_paste(session.screen, text));
}

/* Where text is typed: what is typed, what is said of it, and what comes back with the up arrow. */
static void press_lines(const char *text, bool writes)
{
    static const char *const LINES[] = {":", ":filter ", ":theme ", "4/", "4f", "4fid:", "?/"};
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        keys(LINES[i]);
        paste(text);
        keys("\t\r");
        leave();
    }
    keys(":\033[A\033[A");
    leave();
    keys("4/\033[A");
    leave();
    keys("4f\033[A");
    leave();
    keys("4x"); /* as it was left */
    leave();
    keys("4x\033[A\025");
    paste(text);
    keys(writes ? "\t\r" : "\t");
    leave();
}

static void press_inspector(const char *text)
{
    cr_assert(session_keys_show(&session, "4G\r", "Verification"));
    cr_assert(screen_wait_no_text(session.screen, "being read", SESSION_LIMIT_MS));
    keys("LG");
    for (const char *what = "bhispcu"; *what != '\0'; what++) {
        char copy[] = {'y', *what, '\0'};
        keys(copy);
    }
    keys("gHzmm/");
    paste(text);
    keys("\rnN");
    keys("\t\t\tw");
    leave();
}

static void press_comparison(void)
{
    keys("4G\033[A  =");
    keys("LGgH/a\r");
    leave();
    keys("4**");
}

/* All keys before are done then. */
static void expect_agreement(const char *text)
{
    cr_assert(session_keys_show(&session, "?", " Help "));
    cr_assert(second_screen_agrees(&second, session.screen), "%s", text);
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, " Help "));
    cr_assert(second_screen_agrees(&second, session.screen), "%s", text);
}

static void start(void)
{
    static const char *const MORE[] = {"--public-key", "key.pem", "--unmask",
                                       "--title",      "--bell",  NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){.listening_only = true});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
    cr_assert(second_screen_init(&second, session.screen,
                                 EMULATOR_BELL | EMULATOR_TITLE | EMULATOR_ASK | EMULATOR_COPY));
    cr_assert(session_shows(&session, "LISTENING ONLY"));
}

Test(hostile_keys, nothing_but_what_is_meant_reaches_the_terminal)
{
    char text[TEXT_MAX + 1];
    size_t count = 0;
    start();
    for (size_t i = 0; next_text(&i, text); count++) {
        deliver(text, count % 2 == 1);
        press_lines(text, count % WRITE_EVERY == 0);
        press_inspector(text);
        if (count % COMPARE_EVERY == 1)
            press_comparison();
        expect_agreement(text);
    }
    cr_expect_gt(second.emulator.copies, 3 * count, "%zu copies of %zu texts",
                 second.emulator.copies, count);
    cr_expect_str_eq(second.emulator.title.data, "bridgetop · LISTENING ONLY");
    cr_expect_str_eq(screen_title(session.screen), "bridgetop · LISTENING ONLY");
    keys("q");
    cr_expect_eq(screen_wait_exit(session.screen, SESSION_LIMIT_MS), 0);
    cr_expect(second_screen_takes(&second, session.screen));
    cr_expect_not(second.emulator.title_kept, "the title from before is back");
}
