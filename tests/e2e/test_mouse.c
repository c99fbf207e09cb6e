/* The mouse in the real program: reports in, and the modes that ask for them put back. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct session session;

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(mouse, .fini = tear_down, .timeout = 100);

static void start(const char *const *more)
{
    session_begin(&session, (struct session_options){.demo = true});
    session_open(&session, more);
    cr_assert(session_shows(&session, "/webhooks/ledger"));
}

static const char *const WITH_MOUSE[] = {"--mouse", NULL};

/* A report of the button or the wheel (64, 65) on the cell where a text begins. */
static void report(int button, int x, int y, char final)
{
    char bytes[40];
    (void)snprintf(bytes, sizeof bytes, "\033[<%d;%d;%d%c", button, x + 1, y + 1, final);
    cr_assert(screen_keys(session.screen, bytes));
}

static void click(const char *text)
{
    int x;
    cr_assert(session_shows(&session, text));
    int y = screen_row_with(session.screen, text, &x);
    cr_assert_geq(y, 0, "%s", text);
    report(0, x, y, 'M');
    report(0, x, y, 'm');
}

Test(mouse, clicks_the_wheel_and_drags_do_what_they_point_at)
{
    start(WITH_MOUSE);
    cr_expect(screen_sent(session.screen, "\033[?1002h\033[?1006h"));
    click("/webhooks/kyc");
    cr_expect(session_selects(&session, "/webhooks/kyc"));
    int x;
    int y = screen_row_with(session.screen, "/webhooks/kyc", &x);
    report(65, x, y, 'M');
    cr_expect(session_selects(&session, "/webhooks/ledger"));
    report(64, x, y, 'M');
    cr_expect(session_selects(&session, "/webhooks/payments"));
    click("/webhooks/payments");
    cr_expect(session_shows(&session, "─ Endpoint wep_"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ Endpoint wep_"));

    click("URL");
    cr_expect(session_shows(&session, "URL▲"));
    click("URL▲");
    cr_expect(session_shows(&session, "URL▼"));
    click("4 Live");
    cr_expect(session_keys_show(&session, "c", "─ New endpoint"));
    click("/webhooks/kyc"); /* behind the dialog */
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ New endpoint"));
    cr_expect(session_shows(&session, "F follow"), "pane 4 still has the keys");

    y = screen_row_with(session.screen, "2 Upcoming", &x);
    cr_assert_geq(y, 0);
    report(0, x, y, 'M');
    report(32, x, y + 4, 'M');
    report(0, x, y + 4, 'm');
    cr_expect(screen_wait_row(session.screen, "2 Upcoming", "3 Deliveries", SESSION_LIMIT_MS));
    cr_expect(session_keys_show(&session, "?", "─ Help"));
    cr_expect(session_keys_hide(&session, "?", "─ Help"));
    cr_assert(session_shows(&session, "E disable")); /* the last line of a frame */
    cr_expect_eq(screen_row_with(session.screen, "2 Upcoming", &x), y + 4);
    click("E disable");
    cr_expect(session_shows(&session, "Disable endpoint"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Disable endpoint"));
    session_quit(&session);
}

Test(mouse, it_is_the_terminals_unless_asked_for)
{
    start(NULL);
    cr_expect_not(screen_sent(session.screen, "\033[?1002h"));
    cr_expect_not(screen_sent(session.screen, "\033[?1006h"));
    click("/webhooks/kyc");
    cr_expect(session_keys_show(&session, "?", "─ Help"));
    cr_expect(session_keys_hide(&session, "?", "─ Help"));
    cr_expect(session_selects(&session, "/webhooks/payments"), "reports are not even listened to");
    session_quit(&session);
    cr_expect_null(session.screen);
}

Test(mouse, a_crash_puts_the_mouse_back)
{
    struct error error = {""};
    start(WITH_MOUSE);
    cr_assert_eq(kill(screen_pid(session.screen), SIGABRT), 0);
    (void)screen_wait_exit(session.screen, SESSION_LIMIT_MS);
    cr_expect(screen_is_whole(session.screen, &error), "%s", error.message);
    cr_expect(screen_sent(session.screen, "\033[?1006l\033[?1002l"));
}
