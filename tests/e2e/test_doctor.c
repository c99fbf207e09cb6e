/* What is said of a delivery that is not genuine, in the inspector, for each of the sender's ways.
 */
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
}

TestSuite(doctor, .fini = tear_down, .timeout = 200);

static void start(void)
{
    static const char *const MORE[] = {"--public-key", "key.pem", NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session,
                  (struct session_options){.listening_only = true, .width = 160, .height = 50});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
    cr_assert(screen_keys(session.screen, "4"));
}

static void expect(enum sender_way way, const char *words)
{
    static unsigned number;
    char body[64], id[24];
    struct http_answer answer;
    struct error error;
    (void)snprintf(id, sizeof id, "wh_%u", ++number);
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", id);
    cr_assert(sender_deliver(sender, way, session.port, "/x", body, &answer, &error), "%s",
              error.message);
    cr_expect_eq(answer.status, 400);
    http_answer_clear(&answer);
    cr_assert(session_shows(&session, id));
    cr_assert(session_keys_show(&session, "4G\r", "Verification"));
    cr_expect(session_shows(&session, words));
    cr_expect(session_shows(&session, "to do"));
    cr_expect(screen_row_with(session.screen, "✓ verified", NULL) < 0, "a hint is no verdict");
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Verification"));
}

Test(doctor, the_inspector_says_why)
{
    start();
    expect(SENDER_SINGLE_HASH, "It is signed over one SHA-256");
    expect(SENDER_STALE, "t is 50 min");
    expect(SENDER_FUTURE, "that it may be ahead");
    expect(SENDER_NO_HEADER, "There is no X-Webhook-Signature header");
    expect(SENDER_BAD_HEADER, "cannot be read");
    expect(SENDER_TWO_HEADERS, "comes 2 times");
    expect(SENDER_WRONG_KEY, "No change that was tried makes it fit");
    session_quit(&session);
}
