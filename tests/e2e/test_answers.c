/* Answers on demand, before a sender that does what Bridge does: it tries again. */
#include "tests/e2e/listen_child.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct session session;
static struct child_home home;
static struct listen_child *child;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    listen_child_free(child);
    sender_free(sender);
    if (home.path[0] != '\0')
        child_home_remove(&home);
}

TestSuite(answers, .fini = tear_down, .timeout = 100);

Test(answers, what_was_refused_on_demand_comes_again_and_is_one_event)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.width = 200, .height = 40});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "● active", id));
    cr_assert(
        session_keys_show(&session, ":answer 500 x2 after 300ms", ":answer 500 x2 after 300ms"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "ANSWERING 500 ×2 after 300 ms"));
    session_event(&session, "transfer", event);
    cr_expect(session_shows(&session, "ANSWERING 500 ×1 after 300 ms"));
    cr_expect(session_shows_row(&session, "500* 3", event));
    cr_expect(session_shows(&session, "answers are normal again"));
    cr_expect(session_shows(&session, "listening 127.0.0.1"));
    cr_expect(session_shows_row(&session, "✓ verified ×3", event), "until it is accepted");
    cr_expect(session_shows(&session, "1 arrived, 0 refused"));
    cr_expect(session_follows(&session, "3 Deliveries", 3), "Bridge's own log has all three");

    cr_assert(screen_keys(session.screen, "4"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Attempts"));
    cr_expect(session_shows(&session, "500 on demand after 3"));
    cr_expect(session_shows(&session, "answered 200"));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Attempts"));
    session_quit(&session);
}

/* At 80 columns, and what is typed wrong. */
Test(answers, a_narrow_screen_says_it_and_a_slip_is_told)
{
    session_begin(&session, (struct session_options){.width = 80, .height = 24});
    session_open(&session, NULL);
    cr_assert(screen_keys(session.screen, ":answer 700"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "a status is 200 to 599"));
    cr_assert(screen_keys(session.screen, ":answer 429 x3 after 2s"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "ANSWERING 429 ×3 after 2 s"));
    cr_assert(screen_keys(session.screen, ":answer normal"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "answers are normal again"));
    cr_expect(session_shows(&session, "listening 127.0.0.1"));
    session_quit(&session);
}

/* What waits for its answer does not hold up the end. */
Test(answers, quitting_answers_what_waits)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    static const char *const ORDER[] = {"--answer-next", "503 x1 after 60s", NULL};
    session_begin(&session, (struct session_options){.width = 200, .height = 40});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, ORDER);
    cr_assert(session_shows(&session, "ANSWERING 503 ×1 after 1 min"));
    session_event(&session, "transfer", event);
    cr_expect(session_shows_row(&session, "503* …", event));
    session_quit(&session);
    session_open(&session, NULL);
    cr_expect(session_shows_row(&session, "503* ", event), "it was stored");
    cr_expect(session_shows_row(&session, "×2", event), "and came again");
}

/* --- without a screen ------------------------------------------------------------------ */

#define EVENT                                                                                      \
    "{\"api_version\":\"v0\",\"event_id\":\"wh_1\",\"event_category\":\"transfer\","               \
    "\"event_type\":\"transfer.created\"}"

static int deliver(void)
{
    struct error error;
    struct http_answer answer;
    cr_assert(sender_deliver(sender, SENDER_GENUINE, listen_child_port(child), "/hooks", EVENT,
                             &answer, &error),
              "%s", error.message);
    int status = answer.status;
    http_answer_clear(&answer);
    return status;
}

Test(answers, listen_takes_an_order_and_tells_what_became_of_it)
{
    struct error error;
    cr_assert(child_home_make(&home, &error), "%s", error.message);
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&home, "key.pem", pem, strlen(pem), &error));
    child = listen_child_start(&home, NULL,
                               (const char *const[]){"--json", "--public-key", "key.pem",
                                                     "--answer-next", "500 x2 after 200ms", NULL});
    cr_expect_not_null(listen_child_line(
        child, "the next deliveries are answered 500 ×2 after 200 ms; they are stored as always"));
    cr_expect_eq(deliver(), 500);
    cr_expect_eq(deliver(), 500);
    cr_expect_eq(deliver(), 200);
    const char *line = listen_child_line(child, "\"kind\":\"event\"");
    cr_assert_not_null(line);
    cr_expect_not_null(strstr(line, "\"answer_status\":500"), "%s", line);
    cr_expect_not_null(strstr(line, "\"answer_on_demand\":true"), "%s", line);
    cr_expect_not_null(strstr(line, "\"verdict\":\"verified\""), "%s", line);
    line = listen_child_line(child, "\"kind\":\"repeat\"");
    cr_assert_not_null(line);
    cr_expect_not_null(strstr(line, "\"attempts\":2,\"answer_status\":500"), "%s", line);
    cr_expect_not_null(strstr(line, "\"answer_on_demand\":true"), "%s", line);
    line = listen_child_line(child, "\"kind\":\"repeat\"");
    cr_assert_not_null(line);
    cr_expect_not_null(strstr(line, "\"attempts\":3,\"answer_status\":200"), "%s", line);
    cr_expect_null(strstr(line, "on_demand"), "%s", line);
    cr_expect_eq(listen_child_count(child, "answers are normal again"), 1);
    cr_expect_eq(listen_child_stop(child, SIGTERM), 0);
}
