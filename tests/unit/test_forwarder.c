/* Handing on to an application: a scripted server is the application. */
#include "api/forwarder.h"

#include "tests/unit/http_script.h"
#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 64 };

static uv_loop_t loop;
static struct http_script script;
static struct forward_to to;
static struct forwarder *forwarder;
static struct store *store;
static unsigned tries;
static struct {
    int64_t delivery_id;
    int status;
    enum forward_state state;
} tried[TRIES_MAX];
static char trouble[ERROR_MAX];
static unsigned downs, ups;
static int64_t waiting;
static bool closed;
static bool awaits;

static void on_tried(const struct forward_report *report, void *context)
{
    (void)context;
    cr_assert_lt(tries, (unsigned)TRIES_MAX);
    tried[tries].delivery_id = report->delivery_id;
    tried[tries].status = report->attempt->status;
    tried[tries++].state = report->state;
}

static void on_changed(const struct forwarder_state *state, void *context)
{
    (void)context;
    downs += state->trouble != NULL && trouble[0] == '\0';
    ups += state->trouble == NULL && trouble[0] != '\0';
    (void)snprintf(trouble, sizeof trouble, "%s", state->trouble != NULL ? state->trouble : "");
    waiting = state->waiting;
    cr_expect_str_eq(state->name, to.name);
}

static bool expects_trouble;

static void on_trouble(const char *line, void *context)
{
    (void)context;
    cr_expect(line == NULL || expects_trouble, "%s", line);
}

static void on_closed(void *context)
{
    (void)context;
    closed = true;
    forwarder = NULL;
}

static void open_forwarder(const char *url)
{
    struct error error = {0};
    cr_assert(forward_to_read(url, &to, &error), "%s", error.message);
    struct forwarder_config config = {
        .store_path = place.path,
        .to = &to,
        .ambient = ambient_system(),
        .awaits = awaits,
        .tried = on_tried,
        .changed = on_changed,
        .trouble = on_trouble,
    };
    closed = false;
    forwarder = forwarder_new(&loop, &config, &error);
    cr_assert(forwarder != NULL, "%s", error.message);
}

static void close_forwarder(void)
{
    forwarder_close(forwarder, on_closed, NULL);
    run_until(&loop, &closed);
}

static void set_up(void)
{
    uv_loop_init(&loop);
    place_make();
    store = place_open(STORE_WRITE);
    http_script_start(&script, &loop);
}

static void tear_down(void)
{
    if (forwarder != NULL)
        close_forwarder();
    http_script_stop(&script);
    run_dry(&loop);
    store_close(store);
    place_remove();
}

TestSuite(forwarder, .init = set_up, .fini = tear_down, .timeout = 60);

/* Gives the forward's id. */
static int64_t arrive(const char *event_id, const char *object_id)
{
    struct delivery delivery = place_delivery("{\"a\":1}", 7, VERDICT_GENUINE);
    int64_t id;
    enum forward_state before;
    struct ambient ambient = ambient_system();
    delivery.event_id = strdup(event_id);
    delivery.object_id = strdup(object_id);
    cr_assert(header_list_add(&delivery.headers, "Host", "hooks.example.com"));
    cr_assert(header_list_add(&delivery.headers, "X-Webhook-Signature", "t=1,v0=A"));
    cr_assert(header_list_add(&delivery.headers, "User-Agent", "Bridge"));
    place_begin(store);
    (void)place_insert(store, &delivery);
    cr_assert(store_queue_forward(store, &delivery, ambient_wall_ms(&ambient), &id, &before, NULL));
    place_commit(store);
    delivery_clear(&delivery);
    if (forwarder != NULL)
        forwarder_look(forwarder);
    return id;
}

static enum forward_state state_of(int64_t delivery_id)
{
    struct forward_list list;
    cr_assert(store_load_forwards(store, delivery_id, &list, NULL));
    enum forward_state state = list.items[list.count - 1].state;
    forward_list_clear(&list);
    return state;
}

/* --- what is sent ------------------------------------------------------------------ */

Test(forwarder, a_delivery_goes_on_byte_for_byte_with_its_headers_and_none_besides)
{
    http_script_answer(&script, 201, NULL, "thanks");
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &tries, 1);
    char host[80], expected[512];
    (void)script_header(&script.requests[0], "Host", host, sizeof host);
    (void)snprintf(expected, sizeof expected,
                   "POST /hooks/bridge?x=1 HTTP/1.1\r\nHost: %s\r\n"
                   "X-Webhook-Signature: t=1,v0=A\r\nUser-Agent: Bridge\r\n"
                   "Content-Length: 7\r\n\r\n{\"a\":1}",
                   host);
    /* Where Content-Length stands is libcurl's affair. */
    cr_expect_eq(script.requests[0].length, strlen(expected), "%s", script.requests[0].text);
    cr_expect(strstr(script.requests[0].text, "t=1,v0=A\r\nUser-Agent: Bridge\r\n") != NULL, "%s",
              script.requests[0].text);
    cr_expect_str_eq(script.requests[0].body, "{\"a\":1}");
    cr_expect_eq(tried[0].status, 201);
    cr_expect_eq(tried[0].state, FORWARD_DONE);
    cr_expect_eq(state_of(1), FORWARD_DONE);
}

Test(forwarder, what_waits_in_the_store_goes_when_it_begins)
{
    (void)arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_1");
    http_script_answer(&script, 200, NULL, "");
    http_script_answer(&script, 200, NULL, "");
    open_forwarder(script.url);
    run_until_count(&loop, &tries, 2);
    cr_expect_eq(tried[0].delivery_id, 1);
    cr_expect_eq(tried[1].delivery_id, 2);
    cr_expect_eq(waiting, 0);
}

Test(forwarder, one_object_waits_for_its_answer_and_another_does_not)
{
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_1");
    (void)arrive("wh_3", "obj_2");
    run_until_count(&loop, &script.request_count, 2);
    cr_expect_eq(state_of(2), FORWARD_WAITING);
    for (int i = 0; i < 50; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect_eq(script.request_count, 2);
}

Test(forwarder, an_answer_that_is_no_2xx_is_asked_for_again)
{
    http_script_answer(&script, 302, "Location: /elsewhere\r\n", "");
    http_script_answer(&script, 200, NULL, "");
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &tries, 2);
    cr_expect_eq(tried[0].status, 302);
    cr_expect_eq(tried[0].state, FORWARD_WAITING);
    cr_expect_eq(tried[1].state, FORWARD_DONE);
    cr_expect_str_eq(script.requests[1].target, "/hooks/bridge?x=1");
}

Test(forwarder, of_a_long_answer_the_beginning_is_kept)
{
    static char body[200 * 1024];
    memset(body, 'a', sizeof body - 1);
    http_script_answer(&script, 200, NULL, body);
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &tries, 1);
    cr_expect_eq(tried[0].state, FORWARD_DONE);
    struct forward_list list;
    cr_assert(store_load_forwards(store, 1, &list, NULL));
    cr_expect_eq(list.items[0].tries[0].answer_length, FORWARD_ANSWER_KEPT);
    forward_list_clear(&list);
}

/* --- an application that is not there ------------------------------------------------- */

Test(forwarder, an_application_that_is_down_is_told_once_and_what_waits_goes_when_it_is_back)
{
    char url[80];
    http_script_answer(&script, 200, NULL, "");
    http_script_answer(&script, 200, NULL, "");
    open_forwarder("http://127.0.0.1:9"); /* discard: nobody listens there */
    (void)arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_2");
    run_until_count(&loop, &tries, 2);
    cr_expect_eq(downs, 1);
    cr_expect(strstr(trouble, "127.0.0.1:9") != NULL, "%s", trouble);
    cr_expect_eq(tried[0].state, FORWARD_WAITING);
    struct forward_target target;
    cr_assert(store_load_forward_target(store, &target, NULL));
    cr_expect_str_eq(target.name, "127.0.0.1:9");
    forward_target_clear(&target);
    close_forwarder();
    cr_assert(store_load_forward_target(store, &target, NULL));
    cr_expect_null(target.name);

    (void)snprintf(url, sizeof url, "%s/app", script.url);
    tries = 0;
    trouble[0] = '\0';
    open_forwarder(url);
    run_until_count(&loop, &tries, 2);
    cr_expect_eq(tried[0].state, FORWARD_DONE);
    cr_expect_eq(tried[1].state, FORWARD_DONE);
    cr_expect_eq(script.request_count, 2);
    cr_expect_str_eq(script.requests[0].target, "/app");
}

Test(forwarder, a_connection_that_breaks_is_no_sign_that_it_is_down)
{
    http_script_raw(&script, "", 0, SCRIPT_CLOSE);
    http_script_answer(&script, 200, NULL, "");
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &tries, 2);
    cr_expect_eq(tried[0].status, 0);
    cr_expect_eq(tried[1].state, FORWARD_DONE);
    cr_expect_eq(downs, 0);
}

/* --- replays ------------------------------------------------------------------------------ */

static bool replay_done;
static size_t replayed;

static void on_replayed(size_t queued, const char *error, void *context)
{
    (void)context;
    cr_expect(error == NULL, "%s", error);
    replayed = queued;
    replay_done = true;
}

Test(forwarder, a_replay_is_one_more_try_of_what_was_done)
{
    http_script_answer(&script, 200, NULL, "");
    http_script_answer(&script, 200, NULL, "");
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &tries, 1);
    const int64_t ids[] = {1, 99};
    cr_assert(forwarder_replay(forwarder, ids, 2, FORWARD_REPLAY, on_replayed, NULL));
    run_until(&loop, &replay_done);
    cr_expect_eq(replayed, 1);
    run_until_count(&loop, &tries, 2);
    cr_expect_eq(tried[1].state, FORWARD_DONE);
    cr_expect_eq(script.request_count, 2);
    static int64_t too_many[FORWARD_REPLAYS_MAX + 1];
    cr_expect_not(forwarder_replay(forwarder, too_many, FORWARD_REPLAYS_MAX + 1, FORWARD_REPLAY,
                                   on_replayed, NULL));
}

/* Told as failed, it would be asked for again, and go twice. */
Test(forwarder, a_replay_that_was_queued_is_told_so_though_the_queue_cannot_be_read_then)
{
    http_script_answer(&script, 200, NULL, "");
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &tries, 1);
    /* It takes another, but a replay's lane cannot be read. */
    place_execute(store->db,
                  "ALTER TABLE forwards RENAME TO kept;"
                  "CREATE VIEW forwards AS SELECT id, delivery_id, attempt, kind,"
                  "  CASE kind WHEN 1 THEN abs(-9223372036854775807 - 1) ELSE lane END AS lane,"
                  "  state, queued_ms, next_ms, tries, failures FROM kept;"
                  "CREATE TRIGGER keeps INSTEAD OF INSERT ON forwards BEGIN"
                  "  INSERT INTO kept (delivery_id, attempt, kind, lane, state, queued_ms, next_ms)"
                  "  VALUES (new.delivery_id, new.attempt, new.kind, new.lane, new.state,"
                  "  new.queued_ms, new.next_ms); END;");
    expects_trouble = true;
    const int64_t id = 1;
    cr_assert(forwarder_replay(forwarder, &id, 1, FORWARD_REPLAY, on_replayed, NULL));
    run_until(&loop, &replay_done); /* without an error */
    cr_expect_eq(replayed, 1);
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM kept WHERE kind = 1"), 1);
}

/* --- an answer that is waited for ----------------------------------------------------------- */

static bool answered;
static struct forward_answer given;
static char given_type[80], given_body[80];

static void on_answer(const struct forward_answer *answer, void *context)
{
    (void)context;
    answered = true;
    given = *answer;
    (void)snprintf(given_type, sizeof given_type, "%s",
                   answer->content_type != NULL ? answer->content_type : "");
    (void)snprintf(given_body, sizeof given_body, "%s", answer->body);
}

Test(forwarder, who_waits_gets_the_applications_own_answer_once_it_is_on_file)
{
    http_script_answer(&script, 202, "Content-Type: text/plain\r\n", "later");
    open_forwarder(script.url);
    cr_assert(forwarder_await(forwarder, arrive("wh_1", "obj_1"), 5000, on_answer, NULL));
    run_until(&loop, &answered);
    cr_expect_eq(given.kind, FORWARD_ANSWERED);
    cr_expect_eq(given.status, 202);
    cr_expect_str_eq(given_type, "text/plain");
    cr_expect_str_eq(given_body, "later");
    cr_expect_eq(state_of(1), FORWARD_DONE);
}

Test(forwarder, what_was_refused_to_who_waits_is_not_tried_again_here)
{
    http_script_answer(&script, 500, NULL, "no");
    open_forwarder(script.url);
    cr_assert(forwarder_await(forwarder, arrive("wh_1", "obj_1"), 5000, on_answer, NULL));
    run_until(&loop, &answered);
    cr_expect_eq(given.status, 500);
    cr_expect_str_eq(given_body, "no");
    cr_expect_eq(state_of(1), FORWARD_GIVEN_UP);
}

Test(forwarder, who_waits_hears_at_once_that_nobody_is_there)
{
    open_forwarder("http://127.0.0.1:9");
    for (int i = 1; i <= 3; i++) {
        char event[16];
        (void)snprintf(event, sizeof event, "wh_%d", i);
        answered = false;
        cr_assert(forwarder_await(forwarder, arrive(event, "obj_1"), 60000, on_answer, NULL));
        run_until(&loop, &answered);
        cr_expect_eq(given.kind, FORWARD_NO_ANSWER);
        cr_expect_eq(state_of(i), FORWARD_GIVEN_UP);
    }
}

Test(forwarder, an_answer_that_takes_too_long_is_waited_for_no_more)
{
    open_forwarder(script.url);
    cr_assert(forwarder_await(forwarder, arrive("wh_1", "obj_1"), 50, on_answer, NULL));
    run_until(&loop, &answered);
    cr_expect_eq(given.kind, FORWARD_TOO_LATE);
    run_until_count(&loop, &tries, 1);
    cr_expect_eq(state_of(1), FORWARD_GIVEN_UP);
}

Test(forwarder, what_had_no_turn_within_the_time_is_not_sent_later)
{
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1"); /* has no answer */
    run_until_count(&loop, &script.request_count, 1);
    cr_assert(forwarder_await(forwarder, arrive("wh_2", "obj_1"), 50, on_answer, NULL));
    run_until(&loop, &answered);
    cr_expect_eq(given.kind, FORWARD_TOO_LATE);
    cr_expect_eq(state_of(2), FORWARD_WAITING);
    place_execute(store->db, "UPDATE forwards SET state = 2 WHERE id = 1");
    close_forwarder(); /* the end of the first */
    cr_expect_eq(script.request_count, 1);
}

Test(forwarder, where_answers_are_waited_for_nothing_goes_before_somebody_has_said_so)
{
    http_script_answer(&script, 200, NULL, "");
    http_script_answer(&script, 200, NULL, "");
    http_script_answer(&script, 200, NULL, "");
    (void)arrive("wh_0", "obj_0"); /* of before */
    awaits = true;
    open_forwarder(script.url);
    run_until_count(&loop, &tries, 1);
    int64_t id = arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_1");
    forwarder_look(forwarder);
    for (int i = 0; i < 50; i++)
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect_eq(script.request_count, 1);
    cr_assert(forwarder_await(forwarder, id, 5000, on_answer, NULL));
    run_until(&loop, &answered);
    cr_expect_eq(tries, 2);
    forwarder_arrived(forwarder, id + 1);
    run_until_count(&loop, &tries, 3);
    cr_expect_eq(tried[2].delivery_id, 3);
}

/* --- the end ------------------------------------------------------------------------------- */

Test(forwarder, what_is_under_way_at_the_end_is_let_come_to_its_end)
{
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &script.request_count, 1);
    forwarder_close(forwarder, on_closed, NULL);
    cr_expect_not(closed);
    run_until(&loop, &closed);
    cr_expect_eq(state_of(1), FORWARD_WAITING); /* no answer came: it goes again */
}

Test(forwarder, who_waits_at_the_end_is_told_so)
{
    open_forwarder(script.url);
    (void)arrive("wh_1", "obj_1");
    run_until_count(&loop, &script.request_count, 1);
    cr_assert(forwarder_await(forwarder, arrive("wh_2", "obj_1"), 5000, on_answer, NULL));
    forwarder_close(forwarder, on_closed, NULL);
    cr_expect(answered);
    cr_expect_eq(given.kind, FORWARD_ENDING);
    run_until(&loop, &closed);
    cr_expect_eq(state_of(2), FORWARD_WAITING);
}
