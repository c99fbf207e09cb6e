/* The real program before an application: handing on, its own answers, replays. */
#include "tests/e2e/application.h"
#include "tests/e2e/listen_child.h"
#include "tests/e2e/screen.h"
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
static struct application *application;
static struct screen *screen; /* a dashboard beside the receiver */

static void set_up(void)
{
    application = application_new();
    cr_assert_not_null(application);
}

static void tear_down(void)
{
    session_end(&session);
    screen_free(screen);
    listen_child_free(child);
    sender_free(sender);
    application_free(application);
    if (home.path[0] != '\0')
        child_home_remove(&home);
}

TestSuite(forward, .init = set_up, .fini = tear_down, .timeout = 100);

#define EVENT                                                                                      \
    "{\"api_version\":\"v0\",\"event_id\":\"wh_1\",\"event_category\":\"transfer\","               \
    "\"event_type\":\"transfer.created\",\"event_object_id\":\"obj_1\"}"

static void listen_with(const char *option, const char *value)
{
    struct error error;
    cr_assert(child_home_make(&home, &error), "%s", error.message);
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&home, "key.pem", pem, strlen(pem), &error));
    child = listen_child_start(&home, NULL,
                               (const char *const[]){"--json", "--public-key", "key.pem",
                                                     "--forward", application_url(application),
                                                     option, value, NULL});
}

/* The status; the answer's body is kept. */
static char answered[512];

static int deliver(enum sender_way way)
{
    struct error error;
    struct http_answer answer;
    cr_assert(
        sender_deliver(sender, way, listen_child_port(child), "/hooks", EVENT, &answer, &error),
        "%s", error.message);
    int status = answer.status;
    (void)snprintf(answered, sizeof answered, "%s", answer.body);
    http_answer_clear(&answer);
    return status;
}

static void expect_line(const char *text)
{
    const char *line = listen_child_line(child, "\"kind\":\"forward\"");
    cr_assert_not_null(line);
    cr_expect(strstr(line, text) != NULL, "no %s in %s", text, line);
}

Test(forward, what_is_genuine_goes_on_as_it_came_and_nothing_else_does)
{
    static char request[APPLICATION_REQUEST_MAX];
    listen_with(NULL, NULL);
    cr_expect_eq(deliver(SENDER_WRONG_KEY), 400);
    cr_expect_eq(deliver(SENDER_GENUINE), 200);
    expect_line("\"status\":200,\"error\":null");
    application_last(application, request);
    cr_expect(strncmp(request, "POST /hooks HTTP/1.1\r\n", 22) == 0, "%s", request);
    cr_expect(strstr(request, "\r\n\r\n" EVENT) != NULL, "%s", request);
    cr_expect(strcasestr(request, "\r\nX-Webhook-Signature: t=") != NULL, "%s", request);
    cr_expect_eq(application_count(application), 1);
    cr_expect_eq(listen_child_stop(child, SIGTERM), 0);
}

Test(forward, what_the_application_refuses_comes_again_after_a_pause)
{
    application_answer(application, 503, "later");
    listen_with(NULL, NULL);
    cr_expect_eq(deliver(SENDER_GENUINE), 200);
    expect_line("\"status\":503");
    application_answer(application, 204, "");
    expect_line("\"try\":2,\"status\":204");
    cr_expect_eq(deliver(SENDER_GENUINE), 200); /* a repeat of what was taken */
    cr_expect_not_null(listen_child_line(child, "\"kind\":\"repeat\""));
    cr_expect_eq(listen_child_stop(child, SIGTERM), 0);
    cr_expect_eq(application_count(application), 2);
}

Test(forward, the_applications_own_answer_goes_back_until_it_has_taken_it)
{
    application_answer(application, 418, "short and stout");
    listen_with("--answer", "app");
    cr_expect_eq(deliver(SENDER_GENUINE), 418);
    cr_expect_str_eq(answered, "short and stout");
    const char *line = listen_child_line(child, "\"kind\":\"event\"");
    cr_assert_not_null(line);
    cr_expect(strstr(line, "\"answer_status\":418") != NULL, "%s", line);
    application_answer(application, 200, "thanks");
    cr_expect_eq(deliver(SENDER_GENUINE), 200);
    cr_expect_str_eq(answered, "thanks");
    cr_expect_eq(deliver(SENDER_GENUINE), 200);
    cr_expect_str_eq(answered, "{\"status\":\"stored\"}\n");
    cr_expect_eq(application_count(application), 2);
    cr_expect_eq(deliver(SENDER_WRONG_KEY), 400);
    cr_expect_eq(application_count(application), 2);
    cr_expect_eq(listen_child_stop(child, SIGTERM), 0);
}

Test(forward, the_dashboard_shows_what_was_taken_and_replays_it)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.width = 200, .height = 50});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, (const char *const[]){"--forward", application_url(application), NULL});
    cr_assert(session_shows(&session, application_url(application) + strlen("http://")));
    session_event(&session, "transfer", event);
    cr_assert(session_shows_row(&session, "✓ verified →✓", event));
    cr_assert(session_keys_show(&session, "4r", "Replay event"));
    cr_assert(session_keys_show(&session, "y", "answered the replay with 200"));
    cr_expect_eq(application_count(application), 2);
    cr_assert(screen_keys(session.screen, ":replay --resign"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "-----END PUBLIC KEY-----"));
    cr_assert(session_keys_hide(&session, "n", "-----END PUBLIC KEY-----"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Forwarded"));
    cr_expect(session_shows(&session, "replayed"));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Forwarded"));
    session_quit(&session);
}

/* On the store of the receiver that runs. */
static void open_dashboard_beside_it(void)
{
    struct error error;
    static const char *const LINE[] = {"--db",         "store.db", "--listen", "127.0.0.1:0",
                                       "--public-key", "key.pem",  "--config", "none"};
    char *argv[2 + sizeof LINE / sizeof LINE[0]] = {(char *)child_program()};
    memcpy(argv + 1, LINE, sizeof LINE);
    struct screen_options options = {.argv = argv, .home = &home, .width = 140, .height = 40};
    screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
    cr_assert(screen_wait_text(screen, "receiver: pid", SCREEN_LIMIT_MS));
}

Test(forward, a_dashboard_beside_it_shows_what_the_application_answered_and_finds_it)
{
    application_answer(application, 418, "short and stout");
    listen_with("--answer", "app");
    open_dashboard_beside_it();
    cr_assert(screen_keys(screen, "4fanswer:418\r"));
    cr_assert(screen_wait_text(screen, "0 of 0", SCREEN_LIMIT_MS));
    cr_expect_eq(deliver(SENDER_GENUINE), 418);
    cr_expect(screen_wait_text(screen, "1 of 1", SCREEN_LIMIT_MS));
    cr_expect(screen_wait_text(screen, " 418 ", SCREEN_LIMIT_MS));
    cr_expect_eq(listen_child_stop(child, SIGTERM), 0);
}

/* The receiver hands on, whoever asks for it. */
Test(forward, a_dashboard_beside_it_shows_what_was_taken_and_has_it_replayed)
{
    listen_with(NULL, NULL);
    cr_expect_eq(deliver(SENDER_GENUINE), 200);
    expect_line("\"what\":\"arrival\"");
    open_dashboard_beside_it();
    cr_assert(screen_wait_text(screen, "verified →✓", SCREEN_LIMIT_MS));
    cr_assert(screen_wait_text(screen, application_url(application) + strlen("http://"),
                               SCREEN_LIMIT_MS));
    cr_assert(screen_keys(screen, "4r"));
    cr_assert(screen_wait_text(screen, "Replay event", SCREEN_LIMIT_MS));
    cr_assert(screen_keys(screen, "y"));
    expect_line("\"what\":\"replay\"");
    cr_expect_eq(application_count(application), 2);
    cr_expect_eq(listen_child_stop(child, SIGTERM), 0);
}
