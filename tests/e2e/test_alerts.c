/* The bell and the window's title: only when asked for, and the title from before comes back. */
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define KEY_FILE "key.pem"

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
    sender = NULL;
}

TestSuite(alerts, .fini = tear_down, .timeout = 100);

static void start(bool asked_for)
{
    static const char *const ASKED[] = {"--public-key", KEY_FILE, "--bell", "--title", NULL};
    static const char *const SILENT[] = {"--public-key", KEY_FILE, NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){.listening_only = true});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, KEY_FILE, pem, strlen(pem), &error));
    session_open_away(&session, asked_for ? ASKED : SILENT);
    cr_assert(session_shows(&session, "LISTENING ONLY"));
}

static void deliver(enum sender_way way, const char *shown)
{
    struct http_answer answer;
    struct error error;
    cr_assert(sender_deliver(sender, way, session.port, "/x", "{}", &answer, &error), "%s",
              error.message);
    http_answer_clear(&answer);
    cr_assert(session_shows(&session, shown));
}

static bool has_title(struct screen *screen, const void *title)
{
    return strcmp(screen_title(screen), title) == 0;
}

static void expect_title(const char *title)
{
    cr_expect(screen_wait_for(session.screen, has_title, title, title, SESSION_LIMIT_MS),
              "the title is '%s'", screen_title(session.screen));
}

Test(alerts, a_failure_rings_and_names_the_window)
{
    start(true);
    expect_title("bridgetop · LISTENING ONLY");
    deliver(SENDER_GENUINE, "1 arrived, 0 refused");
    cr_expect_not(screen_sent(session.screen, "\a"));
    deliver(SENDER_WRONG_KEY, "2 arrived, 1 refused");
    expect_title("✗ 1 failed · bridgetop · LISTENING ONLY");
    cr_expect(screen_sent(session.screen, "\a"));
    cr_assert(screen_keys(session.screen, "j"));
    expect_title("bridgetop · LISTENING ONLY");
    cr_expect(screen_sent(session.screen, "\033[22;2t"), "kept");
    cr_assert(screen_keys(session.screen, "q"));
    cr_expect_eq(screen_wait_exit(session.screen, SESSION_LIMIT_MS), 0);
    cr_expect(screen_sent(session.screen, "\033[23;2t"), "and brought back");
}

Test(alerts, nothing_rings_unasked)
{
    start(false);
    deliver(SENDER_WRONG_KEY, "1 arrived, 1 refused");
    cr_expect_not(screen_sent(session.screen, "\a"));
    cr_expect_not(screen_sent(session.screen, "\033]2;"));
    cr_expect_str_eq(screen_title(session.screen), "");
    session_quit(&session);
}
