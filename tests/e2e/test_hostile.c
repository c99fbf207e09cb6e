/* Hostile text from the outside of the process to the terminal: arguments that are quoted in
   errors, signatures that are judged, requests that the sandbox tells of, deliveries that the
   dashboard shows. */
#include "tests/hostile.h"

#include "tests/e2e/child.h"
#include "tests/e2e/http.h"
#include "tests/e2e/screen.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"
#include "tui/exit_code.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 600, SMALL = 12, OPENED = 12 };

static struct hostile_list list;
static struct child_home home;
static struct child_run run;
static struct screen *screen;
static struct session session;
static struct sender *sender;

static void set_up(void)
{
    struct error error;
    cr_assert(hostile_list_make(&list));
    cr_assert(child_home_make(&home, &error), "%s", error.message);
}

static void tear_down(void)
{
    session_end(&session);
    screen_free(screen);
    sender_free(sender);
    child_run_clear(&run);
    child_home_remove(&home);
    hostile_list_free(&list);
}

TestSuite(hostile, .init = set_up, .fini = tear_down, .timeout = 120);

/* --- the list in fewer pieces: each costs a process or a request ------------------------------ */

/* The next text, at most TEXT_MAX bytes: one entry, or some small ones, without NULs if `string`.
   Returns false at the end. */
static bool next_text(size_t *index, bool string, char text[TEXT_MAX + 1], size_t *length)
{
    enum { TOGETHER = 60 };
    *length = 0;
    while (*index < list.count) {
        const struct hostile *hostile = &list.items[*index];
        if (*length > 0 && (hostile->length > SMALL || *length > TOGETHER))
            break;
        ++*index;
        for (size_t i = 0; i < hostile->length && *length < TEXT_MAX; i++)
            if (!string || hostile->bytes[i] != '\0')
                text[(*length)++] = hostile->bytes[i];
        if (hostile->length > SMALL)
            break;
    }
    text[*length] = '\0';
    return *length > 0;
}

/* --- lines --------------------------------------------------------------------------------------
 */

static void run_program(char *const *argv, const char *input)
{
    char **environment = child_environment(&home, "xterm-256color", NULL);
    struct error error;
    cr_assert_not_null(environment);
    child_run_clear(&run);
    cr_assert(
        child_run(argv, &home, environment, input, strlen(input), SCREEN_LIMIT_MS, &run, &error),
        "%s", error.message);
    child_environment_free(environment);
}

/* At most `most` lines, each of them fit for a terminal. */
static void expect_lines(const char *what, const char *text, size_t length, size_t most)
{
    size_t lines = 0;
    const char *end = text + length;
    for (const char *line = text; line < end; lines++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        cr_assert_not_null(newline, "%s: a line without an end: %s", what, text);
        cr_assert_null(hostile_find(line, (size_t)(newline - line)), "%s: %s", what, text);
        line = newline + 1;
    }
    cr_assert_leq(lines, most, "%s: %s", what, text);
}

/* Where a text is an argument, and how many lines of standard error it may lead to. */
static const struct {
    const char *before[4];
    size_t lines;
} CALLS[] = {
    {{"--api-url"}, 1},
    {{"--demo", "--listen"}, 1},
    {{"--public-key"}, 1},
    {{"--demo", "--poll"}, 1},
    {{"--demo"}, 1},
    {{"--demo", "--theme"}, 1},
    {{"--demo", "--"}, 1},
    {{"verify", "--at"}, 2},
    {{"verify", "--signature", "x", "--public-key"}, 1},
    {{"verify"}, 2},
    {{"sandbox"}, 2},
    {{"sandbox", "--port"}, 2},
    {{"sandbox", "--tunnel"}, 2},
    {{"sandbox", "--rate"}, 2},
    {{"sandbox", "--seed"}, 2},
};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS, ARGUMENTS = 8 };

/* Between plain letters, so that none is taken for an option, or none at all. */
static void call_with(size_t call, const char *text)
{
    char argument[TEXT_MAX + 3];
    char *argv[ARGUMENTS] = {(char *)child_program()};
    size_t count = 1;
    cr_assert_not_null(argv[0]);
    (void)snprintf(argument, sizeof argument, "x%sx", text);
    for (size_t i = 0; i < 4 && CALLS[call].before[i] != NULL; i++)
        argv[count++] = (char *)CALLS[call].before[i];
    argv[count] = argument;
    run_program(argv, "");
    cr_assert_eq(run.code, EXIT_CODE_USAGE, "%s %s: %d %s", CALLS[call].before[0], argument,
                 run.code, run.err);
    cr_assert_eq(run.out_length, 0);
    expect_lines(CALLS[call].before[0], run.err, run.err_length, CALLS[call].lines);
    cr_assert_gt(run.err_length, 0);
}

/* Every text in one of the places, and every place many times. */
Test(hostile, errors_quote_arguments_in_one_line)
{
    char text[TEXT_MAX + 1];
    size_t length;
    size_t call = 0;
    for (size_t i = 0; next_text(&i, true, text, &length);)
        call_with(call++ % CALL_COUNT, text);
    cr_expect_gt(call, 4 * CALL_COUNT);
}

/* A forged line of the program's own was one newline away. */
Test(hostile, a_newline_in_an_argument_begins_no_line)
{
    for (size_t call = 0; call < CALL_COUNT; call++)
        call_with(call, "\nbridgetop: all is well\r\nyes");
}

Test(hostile, unknown_options_are_quoted_in_one_line)
{
    static const char *const TEXTS[] = {"--x\nbridgetop: all is well", "--\033]0;owned\007",
                                        "-\033", "--x\302\2332J", "--\342\200\256x=\r"};
    static const char *const COMMANDS[] = {"--demo", "verify", "sandbox"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        for (size_t c = 0; c < sizeof COMMANDS / sizeof *COMMANDS; c++) {
            char *argv[] = {(char *)child_program(), (char *)COMMANDS[c], (char *)TEXTS[i], NULL};
            run_program(argv, "");
            cr_expect_eq(run.code, EXIT_CODE_USAGE);
            expect_lines(COMMANDS[c], run.err, run.err_length, c == 0 ? 1 : 2);
        }
    }
}

/* --- verify
 * --------------------------------------------------------------------------------------- */

Test(hostile, verify_judges_in_lines_of_its_own)
{
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&home, "key.pem", pem, strlen(pem), &error), "%s", error.message);
    char text[TEXT_MAX + 1];
    size_t length;
    for (size_t i = 0; next_text(&i, true, text, &length);) {
        char signature[TEXT_MAX + 64];
        (void)snprintf(signature, sizeof signature, "%s%s", i % 2 == 0 ? "t=1,v0=" : "", text);
        char *argv[] = {(char *)child_program(),
                        (char *)"verify",
                        (char *)"--public-key",
                        (char *)"key.pem",
                        (char *)"--signature",
                        signature,
                        NULL};
        run_program(argv, text);
        cr_assert_eq(run.code, 1, "%d: %s", run.code, run.err);
        cr_assert_gt(run.out_length, 0);
        expect_lines("verify", run.out, run.out_length, 3);
        cr_assert_eq(run.err_length, 0, "%s", run.err);
    }
}

/* --- on a terminal
 * --------------------------------------------------------------------------------- */

/* What a terminal would obey or hide by, and what nothing here has a reason to send. */
static const char *const NEVER_SENT[] = {
    "\033]",
    "\033P",
    "\033_",
    "\033^",
    "\033X",
    "\033c",
    "\033k",
    "\033[200~",
    "\033[201~",
    "\033[6n",
    "\033[5n",
    "\033[?1000",
    "\033[?1003",
    "\033[21t",
    "\001",
    "\005",
    "\006",
    "\007",
    "\016",
    "\030",
    "\032",
    "\177",
    "\302\200",
    "\302\205",
    "\302\220",
    "\302\233",
    "\302\234",
    "\302\235",
    "\302\237",
    "\330\234",
    "\342\200\213",
    "\342\200\215",
    "\342\200\216",
    "\342\200\217",
    "\342\200\250",
    "\342\200\251",
    "\342\200\252",
    "\342\200\253",
    "\342\200\254",
    "\342\200\255",
    "\342\200\256",
    "\342\201\240",
    "\342\201\246",
    "\342\201\247",
    "\342\201\250",
    "\342\201\251",
    "\357\270\217",
    "\357\273\277",
    "\363\240\201\201",
    "\363\240\204\200",
    "\355\240\200",
};

static void expect_nothing_sent(const struct screen *shown)
{
    for (size_t i = 0; i < sizeof NEVER_SENT / sizeof *NEVER_SENT; i++) {
        const unsigned char *bytes = (const unsigned char *)NEVER_SENT[i];
        cr_expect_not(screen_sent(shown, NEVER_SENT[i]), "%zu: %02X %02X…", i, bytes[0], bytes[1]);
    }
    cr_expect_str_eq(screen_title(shown), "");
}

/* Each byte as %XX, for a URL. */
static void escape(char *out, size_t size, const char *text, size_t length)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < length && at + 4 <= size; i++)
        at += (size_t)snprintf(out + at, size - at, "%%%02X", (unsigned char)text[i]);
}

static bool find_port(struct screen *shown, const void *context)
{
    static const char ADDRESS[] = "http://127.0.0.1:";
    unsigned long *port = *(unsigned long *const *)context;
    const char *at = strstr(screen_text(shown), ADDRESS);
    char *end = NULL;
    if (at != NULL)
        *port = strtoul(at + strlen(ADDRESS), &end, 10);
    return end != NULL && strncmp(end, "/v0", 3) == 0;
}

/* The sandbox on a terminal of its own; returns its port. */
static unsigned long start_sandbox(void)
{
    char *argv[] = {(char *)child_program(),
                    (char *)"sandbox",
                    (char *)"--port",
                    (char *)"0",
                    (char *)"--rate",
                    (char *)"0",
                    NULL};
    struct screen_options options = {.argv = argv, .home = &home, .width = 200, .height = 50};
    struct error error;
    screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
    unsigned long number = 0;
    unsigned long *port = &number;
    cr_assert(
        screen_wait_for(screen, find_port, (const void *)&port, "its address", SCREEN_LIMIT_MS));
    return number;
}

static void ask_sandbox(unsigned long port, const char *path)
{
    static const char *const HEADERS[] = {"Api-Key: sk-test", NULL};
    char url[3 * TEXT_MAX + 65];
    struct error error;
    struct http_answer answer = {0};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%lu/v0/%s", port, path);
    struct http_request request = {.method = "GET", .url = url, .headers = HEADERS};
    cr_assert(http_ask(&request, &answer, &error), "%s: %s", url, error.message);
    http_answer_clear(&answer);
}

Test(hostile, the_sandbox_tells_of_requests_in_lines)
{
    unsigned long port = start_sandbox();
    char text[TEXT_MAX + 1];
    size_t length;
    for (size_t i = 0; next_text(&i, false, text, &length);) {
        static const char FOLDER[] = "webhooks/";
        char path[sizeof FOLDER + 3 * TEXT_MAX];
        memcpy(path, FOLDER, sizeof FOLDER);
        escape(path + sizeof FOLDER - 1, sizeof path - sizeof FOLDER + 1, text, length);
        ask_sandbox(port, path);
        screen_pump(screen, 1);
    }
    ask_sandbox(port, "the-last-one");
    cr_expect(screen_wait_text(screen, "the-last-one", SCREEN_LIMIT_MS));
    cr_expect_not(screen_sent(screen, "\033"));
    cr_expect_not(screen_sent(screen, "\b"));
    cr_expect_not(screen_sent(screen, "\t"));
    expect_nothing_sent(screen);
}

/* A terminal that takes nothing, as one that was stopped with Ctrl-S, must not hold the API up. */
Test(hostile, the_sandbox_answers_while_nobody_reads_its_lines)
{
    enum { MORE_THAN_A_TERMINAL_HOLDS = 1000, LINE = 150 };
    unsigned long port = start_sandbox();
    char path[LINE + 1];
    memset(path, 'x', LINE);
    path[LINE] = '\0';
    for (int i = 0; i < MORE_THAN_A_TERMINAL_HOLDS; i++)
        ask_sandbox(port, path);
}

/* An event whose every name is the text, as JSON would have it. Ids that are none are not taken. */
static void write_event(char *body, size_t size, size_t number, const char *text, size_t length)
{
    char name[6 * TEXT_MAX + 1] = "";
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
        if (byte != 0)
            at += (size_t)snprintf(name + at, sizeof name - at, plain ? "%c" : "\\u%04x", byte);
    }
    (void)snprintf(
        body, size,
        "{\"event_id\":\"wh_hostile%zu\",\"event_category\":\"%s\",\"event_type\":\"%s\","
        "\"event_object_id\":\"%s\",\"event_object_status\":\"%s\"}",
        number, name, name, name, name);
}

static void deliver_all(void)
{
    char text[TEXT_MAX + 1];
    size_t length;
    for (size_t i = 0; next_text(&i, false, text, &length);) {
        char path[3 * TEXT_MAX + 2] = "/";
        static char body[5 * 6 * TEXT_MAX + 256];
        struct http_answer answer = {0};
        struct error error;
        escape(path + 1, sizeof path - 1, text, length);
        write_event(body, sizeof body, i, text, length);
        cr_assert(sender_deliver(sender, SENDER_GENUINE, session.port, path, body, &answer, &error),
                  "%s", error.message);
        http_answer_clear(&answer);
        screen_pump(session.screen, 1);
    }
}

Test(hostile, the_dashboard_shows_deliveries_of_it)
{
    static const char *const MORE[] = {"--public-key", "key.pem", "--theme", "dark",
                                       NULL}; /* so that it asks for no colour */
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){.listening_only = true});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
    cr_assert(session_shows(&session, "LISTENING ONLY"));
    deliver_all();
    cr_assert(session_shows(&session, "✓ verified"));
    cr_assert(session_shows(&session, "<U+E0"));
    for (int i = 0; i < OPENED; i++) {
        cr_assert(session_press_shows(&session, SCREEN_ENTER, "Verification"));
        cr_assert(screen_wait_no_text(session.screen, "being read", SESSION_LIMIT_MS));
        cr_assert(session_keys_show(&session, "G", "exact bytes"));
        cr_assert(screen_press(session.screen, SCREEN_ENTER));
        cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Verification"));
        cr_assert(screen_press(session.screen, SCREEN_PAGE_UP));
        cr_assert(screen_keys(session.screen, "kkk"));
    }
    expect_nothing_sent(session.screen);
    session_quit(&session);
}
