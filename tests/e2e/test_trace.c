/* One event, one story: contradictions that are provoked at the sandbox, as the program says them.
 */
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct session session;
static struct sender *sender;

/* --- another receiver, or what stands before this one ------------ */

enum manner {
    ANSWERS,     /* 200, whatever comes */
    FAILS,       /* 500 */
    HANDS_TWICE, /* every request twice to the receiver: its answer goes back */
    CHANGES,     /* hands it on, and answers 502 all the same */
};

static struct {
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool running;
    atomic_int manner;
} elsewhere = {.listener = -1};

enum { MESSAGE_SIZE = 16 * 1024 };

/* One whole request or answer, by its Content-Length. */
static size_t read_message(int from, char message[MESSAGE_SIZE])
{
    size_t length = 0;
    ssize_t got;
    while (length < MESSAGE_SIZE - 1 &&
           (got = read(from, message + length, MESSAGE_SIZE - 1 - length)) > 0) {
        length += (size_t)got;
        message[length] = '\0';
        const char *end = strstr(message, "\r\n\r\n");
        const char *field = strcasestr(message, "content-length:");
        if (end == NULL)
            continue;
        size_t body = field != NULL && field < end
                          ? strtoul(field + sizeof "content-length:" - 1, NULL, 10)
                          : 0;
        if (length >= (size_t)(end + 4 - message) + body)
            break;
    }
    return length;
}

/* What the receiver answers to it. */
static size_t hand_on(const char *request, size_t length, char answer[MESSAGE_SIZE])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(session.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int receiver = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t answered = 0;
    if (connect(receiver, (struct sockaddr *)&address, sizeof address) == 0 &&
        write(receiver, request, length) == (ssize_t)length)
        answered = read_message(receiver, answer);
    (void)close(receiver);
    return answered;
}

static void send_back(int connection, const char *answer, size_t length)
{
    if (write(connection, answer, length) != (ssize_t)length)
        perror("elsewhere");
}

#define PLAIN(status, length, body)                                                                \
    "HTTP/1.1 " status " So\r\nContent-Length: " length "\r\nConnection: close\r\n\r\n" body

static void answer_one(int connection)
{
    static const char YES[] = PLAIN("200", "15", "{\"not\":\"yours\"}");
    static const char NO[] = PLAIN("500", "5", "no db");
    static const char CHANGED[] = PLAIN("502", "3", "bad");
    char request[MESSAGE_SIZE], answer[MESSAGE_SIZE];
    enum manner manner = (enum manner)atomic_load(&elsewhere.manner);
    size_t length = read_message(connection, request), answered = 0;
    if (length > 0 && (manner == HANDS_TWICE || manner == CHANGES))
        answered = hand_on(request, length, answer);
    if (length > 0 && manner == HANDS_TWICE)
        answered = hand_on(request, length, answer);
    if (manner == ANSWERS)
        send_back(connection, YES, sizeof YES - 1);
    else if (manner == FAILS)
        send_back(connection, NO, sizeof NO - 1);
    else if (manner == CHANGES)
        send_back(connection, CHANGED, sizeof CHANGED - 1);
    else
        send_back(connection, answer, answered);
    (void)shutdown(connection, SHUT_WR);
    while (read(connection, request, sizeof request) > 0) {
    }
    (void)close(connection);
}

static void *serve(void *context)
{
    (void)context;
    int connection;
    while ((connection = accept(elsewhere.listener, NULL, NULL)) >= 0)
        answer_one(connection);
    return NULL;
}

static void start_elsewhere(enum manner manner)
{
    atomic_store(&elsewhere.manner, manner);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    elsewhere.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(elsewhere.listener, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(listen(elsewhere.listener, 8), 0);
    cr_assert_eq(getsockname(elsewhere.listener, (struct sockaddr *)&address, &length), 0);
    elsewhere.port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&elsewhere.thread, NULL, serve, NULL), 0);
    atomic_store(&elsewhere.running, true);
}

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
    sender = NULL;
    if (!atomic_exchange(&elsewhere.running, false))
        return;
    (void)shutdown(elsewhere.listener, SHUT_RDWR);
    (void)pthread_join(elsewhere.thread, NULL);
    (void)close(elsewhere.listener);
}

TestSuite(trace, .fini = tear_down, .timeout = 100);

/* --- helpers ------------------------------------------------------------------- */

/* As if the receiver had been there for a while: what came before it is not known of. */
static void receive_for_long(void)
{
    char path[192];
    sqlite3 *db = NULL;
    (void)child_home_path(&session.home, "store.db", path, sizeof path);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, SESSION_LIMIT_MS);
    cr_assert_eq(
        sqlite3_exec(db, "UPDATE receiving SET began_ms = began_ms - 3600000", NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(db);
}

static void start(const char *tunnel)
{
    session_begin(&session, (struct session_options){.tunnel = tunnel, .width = 220, .height = 45});
}

static void open_dashboard(void)
{
    session_open(&session, NULL);
    receive_for_long();
}

/* The trace of the newest row of a pane, once it has one that says both. */
static void trace_newest(const char *pane, const char *event_id, const char *word)
{
    char shown[16], title[80];
    (void)snprintf(shown, sizeof shown, "%.8s", event_id);
    (void)snprintf(title, sizeof title, "Trace of %s", event_id);
    cr_assert(screen_keys(session.screen, pane));
    cr_assert(session_shows_row(&session, shown, word));
    cr_assert(session_keys_show(&session, "Gt", title));
}

static void sign_with(const char *endpoint, const char *how)
{
    cr_assert(sandbox_client_sign_with(session.sandbox, endpoint, how));
}

/* --- contradictions --------------------------------------------------------------- */

Test(trace, an_endpoint_whose_url_leads_elsewhere)
{
    char tunnel[96], endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start_elsewhere(ANSWERS);
    (void)snprintf(tunnel, sizeof tunnel, "https://elsewhere.example=http://127.0.0.1:%u",
                   (unsigned)elsewhere.port);
    start(tunnel);
    cr_assert(
        sandbox_client_create(session.sandbox, "https://elsewhere.example/hook", true, endpoint));
    open_dashboard();
    session_event(&session, "transfer", event);
    trace_newest("3", event, "200");
    cr_expect(session_shows_row(&session, "✗ Bridge logged 200 at ", ", nothing arrived here"));
    cr_expect(session_shows(&session, "nothing arrived here: another receiver answers at"));
    cr_expect(session_shows_row(&session, "created:", "transfer."));
    cr_expect(session_shows_row(&session, "Bridge to wep_", ": 200"));
    cr_expect(session_shows(&session, "answered: {\"not\":\"yours\"}"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Trace of"));
}

Test(trace, a_tunnel_that_does_not_reach_the_receiver)
{
    char endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start("https://broken.example=http://127.0.0.1:9");
    cr_assert(
        sandbox_client_create(session.sandbox, "https://broken.example/hook", true, endpoint));
    open_dashboard();
    session_event(&session, "transfer", event);
    trace_newest("3", event, "connection refused");
    cr_expect(session_shows(&session, "is broken before it comes to this receiver"));
    cr_expect(session_shows(&session, "Bridge tries again"));
    cr_expect(session_shows_row(&session, "queued for wep_", "number 1"));
}

Test(trace, an_answer_that_takes_longer_than_the_sender_waits)
{
    char endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start(NULL);
    session_endpoint(&session, "/slow", true, endpoint);
    open_dashboard();
    cr_assert(screen_keys(session.screen, ":answer 200 x1 after 12s\r"));
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(session_shows_row(&session, "✗ arrived at ", "and answered 200, yet Bridge logged"));
    cr_expect(
        session_shows(&session, "yet Bridge logged a time-out (timeout): the answer took 12"));
    cr_expect(session_shows(&session, "on demand"), "and whose doing that is");
}

Test(trace, a_signature_that_is_refused_here)
{
    char endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start(NULL);
    session_endpoint(&session, "/refused", true, endpoint);
    sign_with(endpoint, "wrong_key");
    open_dashboard();
    session_event(&session, "transfer", event);
    trace_newest("3", event, "400");
    cr_expect(session_shows(&session, "what arrived here then was refused (not genuine)"));
    cr_expect(session_shows(&session, "that names this event: not counted"));
    cr_expect_not(screen_has(session.screen, "another receiver"));
    /* Then it comes in order, and joins. */
    sign_with(endpoint, "official");
    cr_expect(session_shows(&session, "arrived here: verified, answered 200"));
    cr_expect(session_shows_row(&session, "Bridge to wep_", ": 200"));
}

Test(trace, what_is_held_by_a_disabled_endpoint_and_then_sent_by_hand)
{
    char endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start(NULL);
    session_endpoint(&session, "/held", false, endpoint);
    session_event(&session, "transfer", event);
    open_dashboard();
    cr_assert(session_keys_show(&session, "2", "wh_"));
    cr_assert(session_keys_show(&session, "t", "which is disabled: it is not delivered until"));
    cr_assert(session_keys_show(&session, "s", "Bridge delivers event wh_"));
    cr_assert(session_keys_hide(&session, "y", "Bridge delivers event wh_"));
    cr_expect(session_shows(&session, "arrived here: verified, answered 200"));
    cr_expect(session_shows_row(&session, "Bridge to wep_", ": 200"));
    cr_expect(session_shows(&session, "has it in its queue still"));
    cr_expect_not(screen_has(session.screen, "another receiver"));
}

Test(trace, another_answer_on_the_way_and_one_on_demand)
{
    char endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start(NULL);
    session_endpoint(&session, "/ordered", true, endpoint);
    open_dashboard();
    cr_assert(screen_keys(session.screen, ":answer 500 x1\r"));
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(session_shows(&session, "answered 500 on demand"));
    cr_expect(session_shows_row(&session, "Bridge to wep_", ": 500"));
    cr_expect(session_shows(&session, "attempt 2: verified, answered 200"), "the retry");
    cr_expect(session_shows_row(&session, "Bridge to wep_", ": 200"));
    cr_expect_not(screen_has(session.screen, "✗ arrived"), "nothing contradicts that");
}

/* Logs of an endpoint that is not selected are asked for. */
Test(trace, two_endpoints_of_which_one_leads_elsewhere)
{
    char tunnel[96], here[CONTRACT_ID_MAX + 1], there[CONTRACT_ID_MAX + 1];
    char event[CONTRACT_ID_MAX + 1];
    start_elsewhere(ANSWERS);
    (void)snprintf(tunnel, sizeof tunnel, "https://elsewhere.example=http://127.0.0.1:%u",
                   (unsigned)elsewhere.port);
    start(tunnel);
    session_endpoint(&session, "/here", true, here);
    cr_assert(sandbox_client_create(session.sandbox, "https://elsewhere.example/x", true, there));
    open_dashboard();
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(session_shows(&session, "arrived here: verified, answered 200"));
    cr_expect(session_shows(&session, "another receiver answers at"));
    cr_expect(session_shows(&session, "(https://elsewhere.example/x)"));
}

Test(trace, what_the_application_makes_of_it)
{
    char url[64], endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start_elsewhere(FAILS);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/app", (unsigned)elsewhere.port);
    const char *const more[] = {"--forward", url, NULL};
    start(NULL);
    session_endpoint(&session, "/handed-on", true, endpoint);
    session_open(&session, more);
    receive_for_long();
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(session_shows(&session, "the application has not taken it: it last answered 500"));
    cr_expect(session_shows(&session, "handed on to the application: 500"));
    cr_expect(session_shows(&session, "answered: no db"));
    atomic_store(&elsewhere.manner, ANSWERS);
    cr_expect(session_shows(&session, "handed on to the application: 200"), "the next try");
    cr_expect(screen_wait_no_text(session.screen, "has not taken it", SESSION_LIMIT_MS));
}

/* Only the first is tried while the application is down. */
Test(trace, what_waits_for_an_application_that_is_down)
{
    static const char *const MORE[] = {"--forward", "http://127.0.0.1:9/app", NULL};
    char endpoint[CONTRACT_ID_MAX + 1], first[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start(NULL);
    session_endpoint(&session, "/waits", true, endpoint);
    session_open(&session, MORE);
    receive_for_long();
    session_event(&session, "transfer", first);
    cr_assert(session_shows(&session, "DOWN, 1 wait"));
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(session_shows(&session, "waits to be handed on to the application since "));
    cr_expect(session_shows(&session, "waits since then to be handed on to the application"));
}

/* An endpoint whose tunnel leads through what stands before the receiver. */
static void start_behind(enum manner manner)
{
    char tunnel[96], endpoint[CONTRACT_ID_MAX + 1];
    start_elsewhere(manner);
    (void)snprintf(tunnel, sizeof tunnel, "https://behind.example=http://127.0.0.1:%u",
                   (unsigned)elsewhere.port);
    start(tunnel);
    cr_assert(sandbox_client_create(session.sandbox, "https://behind.example/x", true, endpoint));
    open_dashboard();
}

Test(trace, a_proxy_that_sends_a_request_twice)
{
    char event[CONTRACT_ID_MAX + 1];
    start_behind(HANDS_TWICE);
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(session_shows(&session, "has the signature of an attempt before it: one and the"));
    cr_expect(session_shows(&session, "arrived here, attempt 2: verified, answered 200"));
    cr_expect_not(screen_has(session.screen, "has no such attempt:"));
}

Test(trace, a_proxy_that_gives_another_answer)
{
    char event[CONTRACT_ID_MAX + 1];
    start_behind(CHANGES);
    session_event(&session, "transfer", event);
    trace_newest("4", event, "✓ verified");
    cr_expect(
        session_shows(&session, "and was answered 200 here, yet Bridge logged 502: something"));
    cr_expect(session_shows_row(&session, "Bridge to wep_", ": 502"));
}

/* --- the history of an object ----------------------------------------------------- */

static bool tells_changes(struct screen *screen, const void *context)
{
    (void)context;
    return screen_has(screen, "History of") && screen_has(screen, " → ");
}

Test(trace, i_tells_what_changed_and_Enter_opens_an_event)
{
    char endpoint[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    start(NULL);
    session_endpoint(&session, "/story", true, endpoint);
    open_dashboard();
    for (int i = 0; i < 12; i++) /* some go on with a story */
        session_event(&session, "transfer", event);
    cr_assert(session_keys_show(&session, "4", "12 arrived"));
    cr_assert(session_keys_show(&session, "G", "/story"));
    cr_assert(session_keys_show(&session, "i", "History of"));
    bool told = false;
    for (int i = 0; i < 12 && !told; i++) { /* the first of them that has a past */
        cr_assert(session_shows(&session, "Enter opens an event"));
        told = tells_changes(session.screen, NULL);
        if (!told)
            cr_assert(screen_keys(session.screen, "K"));
        screen_pump(session.screen, 100);
    }
    cr_assert(told, "%s", screen_text(session.screen));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "Verification"));
    cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "History of"));
    cr_expect(session_keys_show(&session, "t", "Trace of wh_"));
    cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "History of"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "History of"));
}

static void deliver(int number, const char *status, const char *was)
{
    char body[400];
    struct error error;
    struct http_answer answer;
    (void)snprintf(body, sizeof body,
                   "{\"event_id\":\"wh_told%d\",\"event_category\":\"transfer\","
                   "\"event_type\":\"transfer.updated\",\"event_object_id\":\"tr_told\","
                   "\"event_object_status\":\"%s\",\"event_sequence\":%d,"
                   "\"event_object\":{\"state\":\"%s\"},"
                   "\"event_object_changes\":{\"state\":[\"%s\",\"%s\"]},"
                   "\"event_created_at\":\"2024-05-02T17:4%d:00.000Z\"}",
                   number, status, number, status, was, status, number);
    cr_assert(sender_deliver(sender, SENDER_GENUINE, session.port, "/here", body, &answer, &error),
              "%s", error.message);
    cr_expect_eq(answer.status, 200);
    http_answer_clear(&answer);
}

/* The sandbox's stories only go forward, and none of their events is lost. */
Test(trace, i_tells_a_step_back_and_a_jump)
{
    static const char *const MORE[] = {"--public-key", "key.pem", NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){.listening_only = true, .width = 260});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
    cr_assert(session_shows(&session, "LISTENING ONLY"));
    deliver(1, "awaiting_funds", "");
    deliver(2, "funds_received", "awaiting_funds");
    deliver(5, "payment_processed", "payment_submitted");
    cr_assert(session_keys_show(&session, "4G", "3 arrived"));
    cr_assert(session_keys_show(&session, "i", "History of tr_told"));
    cr_expect(session_shows(&session, "! a jump: it says that it was payment_submitted, and the "
                                      "event before left it at funds_received: one between them "
                                      "is missing"));
    cr_expect_not(screen_has(session.screen, "a step back"));
    deliver(3, "payment_submitted", "funds_received"); /* it was only late */
    cr_expect(screen_wait_no_text(session.screen, "a jump", SESSION_LIMIT_MS));
    deliver(6, "funds_received", "payment_processed");
    cr_expect(session_shows(&session, "! a step back: it had left funds_received before"));
    cr_expect(session_shows_row(&session, "payment_processed → funds_received", "wh_told6"));
}
