#include "api/poller.h"
#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is asked when is shown in test_schedule.c; here: that it is asked, and told. */

static const int64_t WALL = INT64_C(1714672099465);

static uv_loop_t loop;
static struct http_script script;
static struct client *client;
static struct poller *poller;
static bool client_closed;
static bool poller_closed;

/* What the poller told, newest last. */
static struct {
    unsigned lists;
    unsigned upcomings;
    unsigned logs;
    unsigned healths;
    unsigned failures;
    size_t count; /* elements of the last list of any kind */
    char id[64];  /* of the last upcoming or logs */
    struct api_health health;
    unsigned troubles; /* healths that were not well */
    enum api_call failed_call;
    char failed_id[64];
    char failed_message[ERROR_MAX];
    bool done; /* what a test waits for */
} told;

static bool (*wanted)(void);      /* sets told.done */
static const char *focus_on_list; /* chosen when the first list comes */
static bool close_when_listed;
static bool close_when_unwell;

static int64_t fixed_wall(void *context)
{
    (void)context;
    return WALL;
}

/* A clock that goes, for what goes with its seconds. */
static int64_t real_wall(void *context)
{
    (void)context;
    return WALL + (int64_t)(uv_hrtime() / 1000000);
}

static uint64_t real_steady(void *context)
{
    (void)context;
    return uv_hrtime() / 1000;
}

static uint64_t no_random(void *context)
{
    (void)context;
    return 0; /* pauses are half of what they double to */
}

static const struct ambient AMBIENT = {fixed_wall, real_steady, no_random, NULL};

static void note_closed(void *context)
{
    *(bool *)context = true;
}

static void check(void)
{
    if (wanted != NULL && wanted())
        told.done = true;
}

static void on_webhooks(const struct webhook_list *list, void *context)
{
    cr_assert_eq(context, &told);
    told.lists++;
    told.count = list->count;
    if (close_when_listed) {
        poller_close(poller, note_closed, &poller_closed);
        cr_assert(!poller_closed, "closed before the loop turned");
        poller = NULL;
    } else if (focus_on_list != NULL && told.lists == 1) {
        poller_focus(poller, focus_on_list);
    }
    check();
}

static void on_upcoming(const char *webhook_id, const struct event_list *list, void *context)
{
    cr_assert_eq(context, &told);
    told.upcomings++;
    told.count = list->count;
    (void)snprintf(told.id, sizeof told.id, "%s", webhook_id);
    check();
}

static void on_logs(const char *webhook_id, const struct log_list *list, void *context)
{
    cr_assert_eq(context, &told);
    told.logs++;
    told.count = list->count;
    (void)snprintf(told.id, sizeof told.id, "%s", webhook_id);
    check();
}

static void on_health(const struct api_health *health, void *context)
{
    cr_assert_eq(context, &told);
    told.healths++;
    told.health = *health;
    told.troubles += health->failures > 0;
    if (close_when_unwell && health->failures > 0) {
        poller_close(poller, note_closed, &poller_closed);
        poller = NULL;
    }
    check();
}

static void on_failed(enum api_call call, const char *webhook_id, const char *message,
                      void *context)
{
    cr_assert_eq(context, &told);
    told.failures++;
    told.failed_call = call;
    (void)snprintf(told.failed_id, sizeof told.failed_id, "%s", webhook_id);
    (void)snprintf(told.failed_message, sizeof told.failed_message, "%s", message);
    check();
}

static void set_up(void)
{
    memset(&told, 0, sizeof told);
    uv_loop_init(&loop);
    http_script_start(&script, &loop);
    struct client_config config = {
        .base_url = script.url, .api_key = "sk-test-0123456789", .ambient = AMBIENT};
    struct error error;
    client = client_new(&loop, &config, &error);
    cr_assert_not_null(client, "%s", error.message);
}

static bool beats;

static void begin(int64_t interval_ms)
{
    struct poller_config config = {
        .interval_ms = interval_ms,
        .beats = beats,
        .ambient = {beats ? real_wall : fixed_wall, real_steady, no_random, NULL},
        .webhooks = on_webhooks,
        .upcoming = on_upcoming,
        .logs = on_logs,
        .health = on_health,
        .failed = on_failed,
        .context = &told,
    };
    poller = poller_new(&loop, client, &config);
    cr_assert_not_null(poller);
    cr_assert_eq(told.lists + told.healths, 0);
}

static void close_client(void *context)
{
    poller_closed = true;
    (void)context;
    client_close(client, note_closed, &client_closed);
}

static void tear_down(void)
{
    if (poller != NULL)
        poller_close(poller, close_client, NULL);
    else
        close_client(NULL);
    http_script_stop(&script);
    run_dry(&loop);
    cr_assert(poller_closed && client_closed);
}

TestSuite(poller, .init = set_up, .fini = tear_down);

static void wait_for(bool (*condition)(void))
{
    wanted = condition;
    told.done = condition();
    run_until(&loop, &told.done);
    wanted = NULL;
}

static void expect_target(unsigned index, const char *target)
{
    cr_assert_lt(index, script.request_count);
    cr_assert_str_eq(script.requests[index].target, target);
}

static void answer_list(const char *body)
{
    http_script_answer(&script, 200, NULL, body);
}

static const char ONE[] = "{\"count\":1,\"data\":[{\"id\":\"w0\",\"status\":\"active\"}]}";
static const char TWO[] = "[{\"id\":\"w0\"},{\"id\":\"w1\"}]";
static const char EVENTS[] = "{\"data\":[{\"event_id\":\"e1\"},{\"event_id\":\"e2\"}]}";
static const char LOGS[] = "{\"data\":[{\"event_id\":\"e1\",\"status\":\"200\"}]}";

static bool listed(void)
{
    return told.lists > 0 && told.healths > 0;
}

static bool listed_twice(void)
{
    return told.lists > 1;
}

static bool all_three(void)
{
    return told.lists > 0 && told.upcomings > 0 && told.logs > 0 && told.healths > 2;
}

static bool all_three_twice(void)
{
    return told.lists > 1 && told.upcomings > 1 && told.logs > 1;
}

static bool well(void)
{
    return told.healths > 0 && told.health.failures == 0;
}

static bool failing(void)
{
    return told.health.failures > 0;
}

static bool failing_twice(void)
{
    return told.health.failures > 1;
}

static bool unwell_and_failed(void)
{
    return told.health.failures > 0 && told.failures > 0;
}

static bool one_failed(void)
{
    return told.failures > 0;
}

/* --- asking and telling ------------------------------------------------------------ */

Test(poller, asks_the_list_and_then_what_is_shown)
{
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, EVENTS);
    http_script_answer(&script, 200, NULL, LOGS);
    focus_on_list = "w0";
    begin(0);
    wait_for(all_three);
    expect_target(0, "/webhooks");
    expect_target(1, "/webhooks/w0/events");
    expect_target(2, "/webhooks/w0/logs");
    cr_assert_str_eq(told.id, "w0");
    cr_assert_eq(told.count, 1);
    cr_assert_eq(script.accepted, 1);
    cr_assert_eq(told.failures, 0);
}

Test(poller, reports_health_with_each_success)
{
    answer_list(ONE);
    begin(0);
    wait_for(listed);
    cr_assert(told.health.ever_ok);
    cr_assert_eq(told.health.last_ok_ms, WALL);
    cr_assert_geq(told.health.latency_ms, 0);
    cr_assert_eq(told.health.failures, 0);
    cr_assert_str_eq(told.health.message, "");
    cr_assert_eq(told.health.next_try_ms, 0);
}

Test(poller, asks_the_logs_of_what_is_not_shown)
{
    answer_list(TWO);
    http_script_answer(&script, 200, NULL, LOGS);
    begin(0);
    run_until_count(&loop, &script.request_count, 2);
    expect_target(1, "/webhooks/w0/logs");
}

/* Many more than one a second: the first screen comes at once. */
Test(poller, asks_the_logs_of_shown_rows_first)
{
    const char *const shown[] = {"w1", "w3", "w2"};
    answer_list("[{\"id\":\"w0\"},{\"id\":\"w1\"},{\"id\":\"w2\"},{\"id\":\"w3\"}]");
    for (int i = 0; i < 3; i++)
        http_script_answer(&script, 200, NULL, LOGS);
    begin(60000);
    poller_show(poller, shown, 3);
    run_until_count(&loop, &told.logs, 3);
    expect_target(1, "/webhooks/w1/logs");
    expect_target(2, "/webhooks/w2/logs");
    expect_target(3, "/webhooks/w3/logs");
}

Test(poller, asks_again_after_the_interval)
{
    answer_list("[]");
    answer_list(ONE);
    uint64_t before = uv_hrtime();
    begin(1); /* the least is a second */
    wait_for(listed_twice);
    cr_assert_geq(uv_hrtime() - before, UINT64_C(990000000));
    cr_assert_eq(told.count, 1);
}

Test(poller, asks_even_if_the_promised_beat_stays_out)
{
    beats = true;
    answer_list("[]");
    answer_list(ONE);
    begin(1);
    wait_for(listed_twice);
    cr_assert_eq(told.count, 1);
}

Test(poller, a_refresh_asks_all_that_is_shown_now)
{
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, EVENTS);
    http_script_answer(&script, 200, NULL, LOGS);
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, EVENTS);
    http_script_answer(&script, 200, NULL, LOGS);
    focus_on_list = "w0";
    begin(60000);
    wait_for(all_three);
    poller_refresh(poller);
    wait_for(all_three_twice);
    cr_assert_eq(script.request_count, 6);
}

Test(poller, an_endpoint_that_left_the_list_is_not_asked)
{
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, EVENTS);
    http_script_answer(&script, 200, NULL, LOGS);
    focus_on_list = "w0";
    begin(60000);
    wait_for(all_three);

    /* The events may go out beside the list, which says that nothing is there; the logs do not,
       and after it nothing but the list does. */
    for (int i = 0; i < 3; i++)
        answer_list("[]");
    poller_refresh(poller);
    run_until_count(&loop, &told.lists, 2);
    poller_refresh(poller);
    run_until_count(&loop, &told.lists, 3);
    unsigned about_it = 0;
    for (unsigned i = 3; i < script.request_count; i++)
        about_it += strcmp(script.requests[i].target, "/webhooks") != 0;
    cr_assert_leq(about_it, 1);
    cr_assert_eq(told.logs, 1);
}

/* --- failures -------------------------------------------------------------------------- */

Test(poller, a_failed_first_list_is_told_with_the_next_try_and_tried_again)
{
    http_script_answer(&script, 503, NULL, "");
    answer_list(ONE);
    begin(0);
    wait_for(failing);
    cr_assert(!told.health.ever_ok);
    cr_assert_eq(told.health.failures, 1);
    cr_assert_not_null(strstr(told.health.message, "503"), "%s", told.health.message);
    cr_assert(told.health.next_try_ms > WALL && told.health.next_try_ms <= WALL + 500, "%ld",
              (long)(told.health.next_try_ms - WALL));
    cr_assert_eq(told.lists, 0);
    wait_for(well);
    cr_assert_eq(told.lists, 1);
    cr_assert_str_eq(told.health.message, "");
    cr_assert_eq(told.health.next_try_ms, 0);
}

Test(poller, a_refused_key_says_what_to_check_and_is_tried_seldom)
{
    http_script_answer(&script, 401, NULL,
                       "{\"code\":\"invalid_credentials\",\"message\":\"Invalid Api-Key header\"}");
    answer_list(ONE);
    begin(0);
    wait_for(failing);
    cr_assert_not_null(strstr(told.health.message, "401"), "%s", told.health.message);
    cr_assert_not_null(
        strstr(told.health.message, ": is BRIDGE_API_KEY the key of this environment?"), "%s",
        told.health.message);
    cr_assert_gt(told.health.next_try_ms, WALL + 7000);
    /* A person may ask at once. */
    poller_refresh(poller);
    cr_assert_leq(told.health.next_try_ms, WALL);
    wait_for(well);
}

Test(poller, not_even_a_refresh_asks_before_retry_after)
{
    http_script_answer(&script, 429, "Retry-After: 60\r\n", "");
    begin(0);
    wait_for(failing);
    cr_assert_gt(told.health.next_try_ms, WALL + 59000);
    unsigned healths = told.healths;
    poller_refresh(poller);
    cr_assert_eq(told.healths, healths + 1);
    cr_assert_gt(told.health.next_try_ms, WALL + 59000);
    uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_eq(script.request_count, 1);
}

Test(poller, an_unreadable_list_is_a_failure_of_the_api)
{
    answer_list("<html>");
    answer_list("<html>");
    begin(0);
    wait_for(failing_twice);
    cr_assert_not_null(strstr(told.health.message, "expected a list of webhooks"), "%s",
                       told.health.message);
    cr_assert_eq(told.failures, 0);
}

Test(poller, a_call_without_an_answer_while_the_list_answers_is_its_own_failure)
{
    answer_list(ONE);
    http_script_raw(&script, "", 0, SCRIPT_CLOSE); /* the events: twice, for libcurl asks again */
    http_script_raw(&script, "", 0, SCRIPT_CLOSE);
    http_script_answer(&script, 200, NULL, LOGS); /* was under way */
    answer_list(ONE);
    focus_on_list = "w0";
    begin(60000);
    wait_for(one_failed);
    cr_assert_eq(told.failed_call, API_UPCOMING_EVENTS);
    cr_assert_str_eq(told.failed_id, "w0");
    cr_assert_not_null(strstr(told.failed_message, "without an answer"), "%s", told.failed_message);
    wait_for(listed_twice);
    cr_assert_eq(told.troubles, 0);
    cr_assert_eq(told.failures, 1);
}

Test(poller, a_5xx_of_the_logs_while_the_list_answers_is_their_own_failure)
{
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, EVENTS);
    http_script_answer(&script, 502, NULL, "<html>");
    answer_list(ONE);
    focus_on_list = "w0";
    begin(60000);
    wait_for(one_failed);
    cr_assert_eq(told.failed_call, API_LOGS);
    cr_assert_not_null(strstr(told.failed_message, "502"), "%s", told.failed_message);
    wait_for(listed_twice);
    cr_assert_eq(told.troubles, 0);
    cr_assert_eq(script.request_count, 4);
}

Test(poller, a_5xx_that_the_list_shares_is_told_by_both)
{
    answer_list(ONE);
    for (int i = 0; i < 3; i++) /* events, logs, list */
        http_script_answer(&script, 503, NULL, "");
    answer_list(ONE);
    focus_on_list = "w0";
    begin(60000);
    wait_for(unwell_and_failed);
    cr_assert_eq(told.failures, 2);
    cr_assert_eq(told.health.failures, 1);
    cr_assert_not_null(strstr(told.health.message, "503"), "%s", told.health.message);
    wait_for(well);
    cr_assert_eq(told.lists, 2);
}

Test(poller, a_rate_limit_of_any_call_is_told_by_its_pane_and_pauses_all)
{
    answer_list(ONE);
    http_script_answer(&script, 429, "Retry-After: 60\r\n", "");
    focus_on_list = "w0";
    begin(0);
    wait_for(unwell_and_failed);
    cr_assert_eq(told.failed_call, API_UPCOMING_EVENTS);
    cr_assert_not_null(strstr(told.failed_message, "429"), "%s", told.failed_message);
    cr_assert_gt(told.health.next_try_ms, WALL + 59000);
}

Test(poller, a_callback_of_a_failure_may_close_it)
{
    close_when_unwell = true;
    answer_list(ONE);
    http_script_answer(&script, 401, NULL, "");
    focus_on_list = "w0";
    begin(0);
    run_until(&loop, &poller_closed);
    cr_assert_eq(told.troubles, 1);
    cr_assert_eq(told.failures, 0);
}

Test(poller, an_unreadable_answer_about_one_endpoint_does_not_stop_the_rest)
{
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, "{}");
    http_script_answer(&script, 200, NULL, LOGS);
    focus_on_list = "w0";
    begin(60000);
    wait_for(one_failed);
    cr_assert_eq(told.failed_call, API_UPCOMING_EVENTS);
    cr_assert_str_eq(told.failed_id, "w0");
    cr_assert_not_null(strstr(told.failed_message, "expected a list of events"), "%s",
                       told.failed_message);
    run_until_count(&loop, &told.logs, 1);
    cr_assert_eq(told.health.failures, 0);
}

static const char NOT_FOUND[] = "{\"code\":\"not_found\",\"message\":\"Not found\"}";

Test(poller, an_endpoint_that_answers_404_and_is_no_longer_listed_is_dropped)
{
    answer_list(TWO);
    http_script_answer(&script, 404, NULL, NOT_FOUND);
    answer_list("[{\"id\":\"w1\"}]");
    begin(60000);
    wait_for(one_failed);
    cr_assert_str_eq(told.failed_id, "w0");
    cr_assert_eq(told.failed_call, API_LOGS);
    cr_assert_not_null(strstr(told.failed_message, "404"));
    wait_for(listed_twice);
    cr_assert_eq(told.troubles, 0);
    poller_focus(poller, "w0");
    poller_refresh(poller);
    answer_list("[{\"id\":\"w1\"}]");
    run_until_count(&loop, &told.lists, 3);
    for (unsigned i = 2; i < script.request_count; i++)
        cr_assert_null(strstr(script.requests[i].target, "w0"), "%s", script.requests[i].target);
}

/* A proxy may answer 404, too. */
Test(poller, an_endpoint_that_answers_404_and_is_still_listed_is_asked_again)
{
    answer_list(ONE);
    http_script_answer(&script, 200, NULL, EVENTS);
    http_script_answer(&script, 404, NULL, NOT_FOUND);
    answer_list(ONE);
    focus_on_list = "w0";
    begin(60000);
    wait_for(listed_twice);
    cr_assert_eq(told.failures, 1);
    cr_assert_eq(told.failed_call, API_LOGS);
    cr_assert_eq(told.troubles, 0);
    cr_assert_eq(script.request_count, 4);

    for (int i = 0; i < 3; i++) /* in whatever order, for each can read it */
        answer_list("{\"data\":[]}");
    poller_refresh(poller);
    run_until_count(&loop, &told.logs, 1);
    cr_assert_eq(told.failures, 1);
}

/* --- forgetting and closing ---------------------------------------------------------------- */

Test(poller, forgetting_drops_answers_under_way_and_asks_the_list_anew)
{
    answer_list(ONE);
    focus_on_list = "w0";
    begin(60000);
    run_until_count(&loop, &script.request_count, 2); /* the events, which nobody answers */
    poller_forget(poller, "w0");
    answer_list("[]");
    wait_for(listed_twice);
    cr_assert_eq(script.request_count, 3);
    expect_target(2, "/webhooks");
    cr_assert_eq(told.upcomings + told.logs, 0);
}

Test(poller, a_list_from_before_the_end_of_an_endpoint_is_not_told)
{
    begin(60000);
    run_until_count(&loop, &script.request_count, 1);
    poller_forget(poller, "w0");
    answer_list("[]");
    wait_for(listed);
    cr_assert_eq(told.count, 0);
    cr_assert_eq(told.lists, 1);
    cr_assert_eq(script.request_count, 2);
}

Test(poller, a_callback_may_close_it)
{
    answer_list(ONE);
    close_when_listed = true;
    begin(0);
    run_until(&loop, &poller_closed);
    cr_assert_eq(told.lists, 1);
    cr_assert_eq(told.healths, 0);
}

Test(poller, closing_ends_what_is_under_way_without_a_word)
{
    begin(0);
    run_until_count(&loop, &script.request_count, 1);
    poller_close(poller, note_closed, &poller_closed);
    poller = NULL;
    run_until(&loop, &poller_closed);
    answer_list(ONE);
    uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_eq(told.lists + told.healths + told.failures, 0);
}
