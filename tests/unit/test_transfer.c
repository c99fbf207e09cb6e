#include "api/buffer.h"
#include "api/transfer.h"
#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A label over 63 bytes fits into no question (RFC 1035, 2.3.4), so the resolver gives up
   without asking anybody. */
#define UNRESOLVABLE                                                                               \
    "a123456789012345678901234567890123456789012345678901234567890123456789.invalid"

static uv_loop_t loop;
static struct http_script script;
static struct transfer_pool *pool;
static bool pool_closed;

/* What one callback was told; the body as a copy. */
struct told {
    bool done;
    unsigned calls;
    unsigned order; /* among all callbacks */
    struct transfer_result result;
    char body[4096];
    char header[256]; /* the answer's X-Test */
};

static unsigned told_so_far;

static void tell(const struct transfer_result *result, void *context)
{
    struct told *told = context;
    told->done = true;
    told->calls++;
    told->order = ++told_so_far;
    told->result = *result;
    if (result->body != NULL)
        (void)snprintf(told->body, sizeof told->body, "%s", result->body);
    const char *header = header_list_find(&result->headers, "X-Test");
    (void)snprintf(told->header, sizeof told->header, "%s", header == NULL ? "" : header);
}

static void note_closed(void *context)
{
    *(bool *)context = true;
}

static void set_up(void)
{
    uv_loop_init(&loop);
    http_script_start(&script, &loop);
    pool = transfer_pool_new(&loop, 1, NULL);
    cr_assert_not_null(pool);
}

static void tear_down(void)
{
    if (pool != NULL)
        transfer_pool_close(pool, note_closed, &pool_closed);
    http_script_stop(&script);
    run_dry(&loop);
    cr_assert(pool_closed);
}

TestSuite(transfer, .init = set_up, .fini = tear_down);

static struct transfer_request request_to(const char *method, const char *url)
{
    return (struct transfer_request){
        .method = method,
        .url = url,
        .connect_timeout_ms = 5000,
        .timeout_ms = 5000,
        .answer_max = 100000,
    };
}

static uint64_t start(const char *method, const char *path, struct told *told)
{
    char url[256];
    (void)snprintf(url, sizeof url, "%s%s", script.url, path);
    struct transfer_request request = request_to(method, url);
    uint64_t handle = transfer_start(pool, &request, tell, told);
    cr_assert_neq(handle, 0);
    return handle;
}

static void fetch(const struct transfer_request *request, struct told *told)
{
    cr_assert_neq(transfer_start(pool, request, tell, told), 0);
    cr_assert(!told->done, "a callback before transfer_start() returned");
    run_until(&loop, &told->done);
}

static void expect_failure(const struct told *told, enum transfer_failure failure,
                           const char *words)
{
    cr_assert_eq(told->result.failure, failure, "%d: %s", (int)told->result.failure,
                 told->result.error.message);
    cr_assert_not_null(strstr(told->result.error.message, words), "%s", told->result.error.message);
}

/* --- requests and answers ------------------------------------------------------ */

Test(transfer, brings_status_headers_and_body)
{
    http_script_answer(&script, 207, "X-Test: first\r\nX-Test: second\r\n", "hello");
    struct told told = {0};
    start("GET", "/a?b=c", &told);
    run_until(&loop, &told.done);
    cr_assert_eq(told.result.failure, TRANSFER_OK, "%s", told.result.error.message);
    cr_assert_eq(told.result.status, 207);
    cr_assert_str_eq(told.body, "hello");
    cr_assert_eq(told.result.body_length, 5);
    cr_assert_str_eq(told.header, "first");
    cr_assert_gt(told.result.elapsed_us, 0);
    cr_assert_str_eq(script.requests[0].method, "GET");
    cr_assert_str_eq(script.requests[0].target, "/a?b=c");
    cr_assert_eq(told.calls, 1);
}

Test(transfer, an_empty_body_is_a_string)
{
    http_script_answer(&script, 204, NULL, "");
    struct told told = {.body = "untouched"};
    start("DELETE", "/", &told);
    run_until(&loop, &told.done);
    cr_assert_eq(told.result.failure, TRANSFER_OK);
    cr_assert_str_eq(told.body, "");
    cr_assert_str_eq(script.requests[0].method, "DELETE");
}

Test(transfer, sends_body_and_headers_and_nothing_of_its_own_among_them)
{
    http_script_answer(&script, 200, NULL, "");
    struct header_list headers = {0};
    header_list_add(&headers, "Content-Type", "application/json");
    header_list_add(&headers, "Api-Key", "secret");
    header_list_add(&headers, "X-Empty", "");
    char url[128];
    (void)snprintf(url, sizeof url, "%s/hooks", script.url);
    struct transfer_request request = request_to("POST", url);
    request.body = "{\"a\":1}";
    request.body_length = 7;
    request.headers = &headers;
    struct told told = {0};
    fetch(&request, &told);
    header_list_clear(&headers);
    cr_assert_eq(told.result.status, 200);
    const struct script_request *seen = &script.requests[0];
    char value[64];
    cr_assert_str_eq(seen->method, "POST");
    cr_assert_str_eq(seen->body, "{\"a\":1}");
    cr_assert_str_eq(script_header(seen, "Api-Key", value, sizeof value), "secret");
    cr_assert_str_eq(script_header(seen, "Content-Type", value, sizeof value), "application/json");
    cr_assert_str_eq(script_header(seen, "X-Empty", value, sizeof value), "");
    cr_assert_null(script_header(seen, "Authorization", value, sizeof value));
}

/* Over a megabyte libcurl would ask for a 100 first, and wait a second for it. */
Test(transfer, asks_no_leave_to_send_a_large_body)
{
    http_script_answer(&script, 200, NULL, "");
    struct transfer_request request = request_to("POST", script.url);
    request.body_length = 2 * 1024 * 1024;
    char *body = malloc(request.body_length);
    cr_assert_not_null(body);
    memset(body, 'x', request.body_length);
    request.body = body;
    struct told told = {0};
    fetch(&request, &told);
    free(body);
    char value[64];
    cr_assert_eq(told.result.status, 200, "%s", told.result.error.message);
    cr_assert_gt(script.requests[0].length, request.body_length);
    cr_assert_null(script_header(&script.requests[0], "Expect", value, sizeof value));
}

Test(transfer, a_post_without_a_body_has_length_zero_and_no_type)
{
    http_script_answer(&script, 200, NULL, "");
    struct told told = {0};
    start("POST", "/", &told);
    run_until(&loop, &told.done);
    char value[64];
    cr_assert_str_eq(script_header(&script.requests[0], "Content-Length", value, sizeof value),
                     "0");
    cr_assert_null(script_header(&script.requests[0], "Content-Type", value, sizeof value));
}

Test(transfer, puts_a_body)
{
    http_script_answer(&script, 200, NULL, "");
    char url[128];
    (void)snprintf(url, sizeof url, "%s/p", script.url);
    struct transfer_request request = request_to("PUT", url);
    request.body = "{}";
    request.body_length = 2;
    struct told told = {0};
    fetch(&request, &told);
    cr_assert_str_eq(script.requests[0].method, "PUT");
    cr_assert_str_eq(script.requests[0].body, "{}");
}

Test(transfer, keeps_one_connection_for_many_requests)
{
    enum { MANY = 12 };
    struct told told[MANY] = {0};
    for (int i = 0; i < MANY; i++) {
        char body[16];
        (void)snprintf(body, sizeof body, "%d", i);
        http_script_answer(&script, 200, NULL, body);
    }
    for (int i = 0; i < MANY; i++)
        start("GET", "/", &told[i]);
    for (int i = 0; i < MANY; i++) {
        run_until(&loop, &told[i].done);
        char body[16];
        (void)snprintf(body, sizeof body, "%d", i);
        cr_assert_str_eq(told[i].body, body);
    }
    cr_assert_eq(script.accepted, 1);
}

Test(transfer, comes_back_with_a_new_connection_when_the_kept_one_was_closed)
{
    static const char last[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    http_script_raw(&script, last, sizeof last - 1, SCRIPT_CLOSE);
    http_script_answer(&script, 200, NULL, "again");
    struct told first = {0};
    struct told second = {0};
    start("GET", "/", &first);
    run_until(&loop, &first.done);
    start("GET", "/", &second);
    run_until(&loop, &second.done);
    cr_assert_str_eq(second.body, "again");
    cr_assert_eq(script.accepted, 2);
}

Test(transfer, the_urgent_goes_ahead_of_what_waits_and_around_what_hangs)
{
    struct told told[4] = {0};
    http_script_raw(&script, "", 0, SCRIPT_KEEP);
    for (int i = 0; i < 3; i++)
        http_script_answer(&script, 200, NULL, "");
    uint64_t hanging = start("GET", "/hangs", &told[0]);
    run_until_count(&loop, &script.request_count, 1);
    start("GET", "/waits", &told[1]);
    char url[128];
    (void)snprintf(url, sizeof url, "%s/urgent-1", script.url);
    struct transfer_request request = request_to("POST", url);
    request.urgent = true;
    transfer_start(pool, &request, tell, &told[2]);
    (void)snprintf(url, sizeof url, "%s/urgent-2", script.url);
    transfer_start(pool, &request, tell, &told[3]);
    run_until(&loop, &told[2].done);
    run_until(&loop, &told[3].done);
    cr_assert_eq(told[2].order, 1);
    cr_assert_eq(told[3].order, 2);
    cr_assert_eq(script.request_count, 3, "the spare connection is for the urgent alone");
    cr_assert_eq(script.accepted, 2);
    transfer_cancel(pool, hanging);
    run_until(&loop, &told[1].done);
    cr_assert_eq(told[1].order, 3);
    cr_assert(!told[0].done);
}

Test(transfer, the_urgent_keeps_to_the_one_connection_while_answers_come)
{
    struct told told[2] = {0};
    http_script_answer(&script, 200, NULL, "");
    http_script_answer(&script, 200, NULL, "");
    start("GET", "/poll", &told[0]);
    struct transfer_request request = request_to("POST", script.url);
    request.urgent = true;
    transfer_start(pool, &request, tell, &told[1]);
    run_until(&loop, &told[1].done);
    cr_assert(told[0].done);
    cr_assert_eq(script.accepted, 1);
}

Test(transfer, the_urgent_share_one_spare_connection)
{
    struct told told[3] = {0};
    struct transfer_request request = request_to("POST", script.url);
    request.urgent = true;
    for (int i = 0; i < 2; i++)
        http_script_raw(&script, "", 0, SCRIPT_KEEP);
    http_script_answer(&script, 200, NULL, "");
    uint64_t first = transfer_start(pool, &request, tell, &told[0]);
    transfer_start(pool, &request, tell, &told[1]);
    run_until_count(&loop, &script.request_count, 2);
    transfer_start(pool, &request, tell, &told[2]);
    for (int i = 0; i < 10; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_eq(script.request_count, 2);
    cr_assert_eq(script.accepted, 2);
    transfer_cancel(pool, first);
    run_until(&loop, &told[2].done);
}

Test(transfer, follows_no_redirect)
{
    char headers[128];
    (void)snprintf(headers, sizeof headers, "Location: %s/elsewhere\r\n", script.url);
    http_script_answer(&script, 302, headers, "");
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    cr_assert_eq(told.result.status, 302);
    cr_assert_eq(script.request_count, 1);
}

Test(transfer, shows_the_final_answer_after_an_interim_one)
{
    static const char bytes[] = "HTTP/1.1 103 Early Hints\r\nX-Test: interim\r\n\r\n"
                                "HTTP/1.1 200 OK\r\nX-Test: final\r\nTransfer-Encoding: chunked\r\n"
                                "\r\n2\r\nok\r\n0\r\nX-Test: trailer\r\n\r\n";
    http_script_raw(&script, bytes, sizeof bytes - 1, SCRIPT_KEEP);
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    cr_assert_eq(told.result.status, 200);
    cr_assert_str_eq(told.header, "final");
    cr_assert_str_eq(told.body, "ok");
}

/* --- what goes wrong -------------------------------------------------------------- */

Test(transfer, says_what_cannot_be_reached)
{
    uint16_t port = script.port;
    http_script_stop(&script);
    uv_run(&loop, UV_RUN_NOWAIT);
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    http_script_start(&script, &loop);
    char words[64];
    (void)snprintf(words, sizeof words, "cannot reach 127.0.0.1:%u (connection refused)", port);
    expect_failure(&told, TRANSFER_UNREACHABLE, words);
}

Test(transfer, says_what_cannot_be_resolved)
{
    struct transfer_request request = request_to("GET", "http://" UNRESOLVABLE "/");
    struct told told = {0};
    fetch(&request, &told);
    expect_failure(&told, TRANSFER_UNRESOLVED, "cannot resolve " UNRESOLVABLE);
}

/* The last running transfer that times out is reported by libcurl only if asked. */
enum { CONNECTED_MS = 500 }; /* connecting is over by then, also under valgrind */

Test(transfer, says_when_no_answer_comes)
{
    struct transfer_request request = request_to("GET", script.url);
    request.timeout_ms = CONNECTED_MS;
    struct told told = {0};
    fetch(&request, &told);
    expect_failure(&told, TRANSFER_TIMED_OUT, "no answer from 127.0.0.1:");
    expect_failure(&told, TRANSFER_TIMED_OUT, "within 0.5 s");
}

/* Several that end in one call of libcurl are all told. */
Test(transfer, says_so_of_all_that_time_out_at_once)
{
    enum { MANY = 6 };
    bool closed = false;
    transfer_pool_close(pool, note_closed, &closed);
    run_until(&loop, &closed);
    pool = transfer_pool_new(&loop, MANY, NULL);
    cr_assert_not_null(pool);
    struct told told[MANY] = {0};
    struct transfer_request request = request_to("GET", script.url);
    request.timeout_ms = 100;
    for (int i = 0; i < MANY; i++)
        transfer_start(pool, &request, tell, &told[i]);
    uv_sleep(120); /* a loop that was busy elsewhere: all of them are due in its next turn */
    for (int i = 0; i < MANY; i++) {
        run_until(&loop, &told[i].done);
        expect_failure(&told[i], TRANSFER_TIMED_OUT, "127.0.0.1");
    }
}

Test(transfer, says_when_an_answer_does_not_end)
{
    static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    http_script_raw(&script, bytes, sizeof bytes - 1, SCRIPT_KEEP);
    struct transfer_request request = request_to("GET", script.url);
    request.timeout_ms = CONNECTED_MS;
    struct told told = {0};
    fetch(&request, &told);
    expect_failure(&told, TRANSFER_TIMED_OUT, "did not end within 0.5 s");
    cr_assert_null(told.result.body);
}

Test(transfer, waiting_in_the_pool_does_not_count_as_time)
{
    /* The first takes its whole time; the second would have run out of its own by then. */
    struct transfer_request request = request_to("GET", script.url);
    request.timeout_ms = CONNECTED_MS;
    struct told first = {0};
    struct told second = {0};
    transfer_start(pool, &request, tell, &first);
    transfer_start(pool, &request, tell, &second);
    run_until(&loop, &first.done);
    cr_assert_eq(first.result.failure, TRANSFER_TIMED_OUT);
    cr_assert(!second.done);
    http_script_answer(&script, 200, NULL, "in time");
    run_until(&loop, &second.done);
    cr_assert_str_eq(second.body, "in time");
}

static void expect_broken(const char *bytes, enum script_after after, const char *words)
{
    http_script_raw(&script, bytes, strlen(bytes), after);
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    expect_failure(&told, TRANSFER_BROKEN, words);
}

Test(transfer, says_when_the_connection_ends_without_an_answer)
{
    expect_broken("", SCRIPT_CLOSE, "closed the connection without an answer");
}

Test(transfer, says_when_the_connection_is_reset)
{
    expect_broken("", SCRIPT_RESET, "the connection to 127.0.0.1:");
}

Test(transfer, says_when_the_answer_is_cut_off)
{
    expect_broken("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", SCRIPT_CLOSE, "was cut off");
}

Test(transfer, says_when_it_is_not_http)
{
    expect_broken("220 mail.example.com ESMTP\r\n", SCRIPT_CLOSE, "does not speak HTTP");
}

Test(transfer, says_when_nobody_answers_the_tls_handshake)
{
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", script.port);
    struct transfer_request request = request_to("GET", url);
    request.connect_timeout_ms = 100;
    struct told told = {0};
    fetch(&request, &told);
    expect_failure(&told, TRANSFER_TIMED_OUT, "cannot reach 127.0.0.1:");
}

/* --- limits -------------------------------------------------------------------------- */

static void expect_size(size_t size, bool announced, enum transfer_failure failure)
{
    struct buffer bytes;
    buffer_init(&bytes, 1000000);
    if (announced)
        buffer_printf(&bytes, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
    else
        buffer_append_string(&bytes, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    for (size_t i = 0; i < size; i++)
        buffer_append(&bytes, "x", 1);
    http_script_raw(&script, bytes.data, bytes.length, announced ? SCRIPT_KEEP : SCRIPT_CLOSE);
    buffer_clear(&bytes);
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    cr_assert_eq(told.result.failure, failure, "%s", told.result.error.message);
    if (failure == TRANSFER_TOO_LARGE)
        expect_failure(&told, failure, "is larger than 100000 bytes");
    else
        cr_assert_eq(told.result.body_length, size);
}

Test(transfer, an_answer_of_the_limit_is_read)
{
    expect_size(100000, true, TRANSFER_OK);
    expect_size(100000, false, TRANSFER_OK);
}

Test(transfer, an_answer_over_the_limit_is_refused)
{
    expect_size(100001, true, TRANSFER_TOO_LARGE);
    expect_size(100001, false, TRANSFER_TOO_LARGE);
}

Test(transfer, headers_without_end_are_refused)
{
    struct buffer bytes;
    buffer_init(&bytes, 1000000);
    buffer_append_string(&bytes, "HTTP/1.1 200 OK\r\n");
    while (bytes.length <= TRANSFER_HEADER_BYTES_MAX)
        buffer_append_string(&bytes, "X-Filler: and so on, and so on, and so on, and so on\r\n");
    http_script_raw(&script, bytes.data, bytes.length, SCRIPT_KEEP);
    buffer_clear(&bytes);
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    expect_failure(&told, TRANSFER_TOO_LARGE, "the headers of the answer");
}

Test(transfer, more_headers_than_the_list_holds_are_left_out)
{
    struct buffer bytes;
    buffer_init(&bytes, 100000);
    buffer_append_string(&bytes, "HTTP/1.1 200 OK\r\nX-Test: kept\r\n");
    for (int i = 0; i < 2 * HEADER_COUNT_MAX; i++)
        buffer_printf(&bytes, "X-%d: y\r\n", i);
    buffer_append_string(&bytes, "Content-Length: 2\r\n\r\nok");
    http_script_raw(&script, bytes.data, bytes.length, SCRIPT_KEEP);
    buffer_clear(&bytes);
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    cr_assert_eq(told.result.failure, TRANSFER_OK);
    cr_assert_str_eq(told.header, "kept");
    cr_assert_str_eq(told.body, "ok");
}

Test(transfer, more_transfers_than_may_wait_fail_each_with_a_line)
{
    struct told *told = calloc(TRANSFER_WAITING_MAX + 2, sizeof *told);
    for (int i = 0; i < TRANSFER_WAITING_MAX + 2; i++)
        start("GET", "/", &told[i]);
    run_until(&loop, &told[TRANSFER_WAITING_MAX + 1].done);
    expect_failure(&told[TRANSFER_WAITING_MAX], TRANSFER_IMPOSSIBLE, "too many requests");
    expect_failure(&told[TRANSFER_WAITING_MAX + 1], TRANSFER_IMPOSSIBLE, "too many requests");
    cr_assert(!told[0].done);
    transfer_pool_close(pool, note_closed, &pool_closed);
    pool = NULL;
    run_until(&loop, &pool_closed);
    for (int i = 0; i < TRANSFER_WAITING_MAX; i++)
        cr_assert(!told[i].done);
    free(told);
}

/* --- what is refused before it is sent --------------------------------------------------- */

static void expect_impossible(const char *method, const char *url, const char *name,
                              const char *value, const char *words)
{
    struct header_list headers = {0};
    if (name != NULL)
        header_list_add(&headers, name, value);
    struct transfer_request request = request_to(method, url);
    request.headers = &headers;
    struct told told = {0};
    fetch(&request, &told);
    header_list_clear(&headers);
    expect_failure(&told, TRANSFER_IMPOSSIBLE, words);
    cr_assert_null(strstr(told.result.error.message, "secret"));
    cr_assert_eq(script.accepted, 0);
}

Test(transfer, refuses_headers_that_would_smuggle_another)
{
    expect_impossible("GET", script.url, "Api-Key", "secret\r\nX-Other: 1", "a header holds");
    expect_impossible("GET", script.url, "Api-Key", "secret\n", "a header holds");
    expect_impossible("GET", script.url, "Api-Key", "secret\x7f", "a header holds");
    expect_impossible("GET", script.url, "Api-Key\r\nX", "secret", "a header holds");
    expect_impossible("GET", script.url, "Api Key", "secret", "a header holds");
    expect_impossible("GET", script.url, "", "secret", "a header holds");
}

Test(transfer, refuses_other_protocols_methods_and_urls)
{
    expect_impossible("GET", "file:///etc/passwd", NULL, NULL, "not an http or https URL");
    expect_impossible("GET", "ftp://127.0.0.1/", NULL, NULL, "not an http or https URL");
    expect_impossible("GET", "127.0.0.1", NULL, NULL, "not an http or https URL");
    expect_impossible("GET", "", NULL, NULL, "not an http or https URL");
    expect_impossible("GET", "http://user:pass@127.0.0.1/", NULL, NULL, "not an http or https URL");
    expect_impossible("TRACE", script.url, NULL, NULL, "not a method");
}

Test(transfer, uses_no_proxy_for_this_machine)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    http_script_answer(&script, 200, NULL, "direct");
    struct told told = {0};
    start("GET", "/", &told);
    run_until(&loop, &told.done);
    cr_assert_str_eq(told.body, "direct");
}

Test(transfer, uses_the_proxy_of_the_environment_for_others)
{
    setenv("http_proxy", script.url, 1);
    http_script_answer(&script, 200, NULL, "by proxy");
    struct transfer_request request = request_to("GET", "http://name.invalid/x");
    struct told told = {0};
    fetch(&request, &told);
    cr_assert_str_eq(told.body, "by proxy");
    cr_assert_str_eq(script.requests[0].target, "http://name.invalid/x");
}

Test(transfer, names_the_proxy_that_cannot_be_reached)
{
    char proxy[64];
    (void)snprintf(proxy, sizeof proxy, "%s", script.url);
    http_script_stop(&script);
    uv_run(&loop, UV_RUN_NOWAIT);
    setenv("http_proxy", proxy, 1);
    struct transfer_request request = request_to("GET", "http://name.invalid/x");
    struct told told = {0};
    fetch(&request, &told);
    http_script_start(&script, &loop);
    expect_failure(&told, TRANSFER_UNREACHABLE, "cannot reach name.invalid:80 (");
    expect_failure(&told, TRANSFER_UNREACHABLE, "127.0.0.1");
}

/* --- cancelling and closing, also from inside callbacks ------------------------------------- */

Test(transfer, a_cancelled_transfer_is_silent_and_makes_room)
{
    struct told first = {0};
    struct told second = {0};
    uint64_t handle = start("GET", "/never-answered", &first);
    start("GET", "/", &second);
    run_until_count(&loop, &script.request_count, 1);
    transfer_cancel(pool, handle);
    transfer_cancel(pool, handle);
    transfer_cancel(pool, 12345);
    http_script_answer(&script, 200, NULL, "");
    run_until(&loop, &second.done);
    cr_assert(!first.done);
}

Test(transfer, what_waits_or_has_failed_can_be_cancelled)
{
    struct told told[3] = {0};
    start("GET", "/", &told[0]);
    uint64_t waiting = start("GET", "/", &told[1]);
    struct transfer_request request = request_to("GET", "nonsense");
    uint64_t failed = transfer_start(pool, &request, tell, &told[2]);
    transfer_cancel(pool, waiting);
    transfer_cancel(pool, failed);
    http_script_answer(&script, 200, NULL, "");
    run_until(&loop, &told[0].done);
    cr_assert(!told[1].done && !told[2].done);
}

struct chain {
    struct told told;
    uint64_t self;
    uint64_t other;
    struct told next;
};

static void cancel_and_go_on(const struct transfer_result *result, void *context)
{
    struct chain *chain = context;
    transfer_cancel(pool, chain->self);
    transfer_cancel(pool, chain->other);
    start("GET", "/next", &chain->next);
    tell(result, &chain->told);
}

Test(transfer, callbacks_may_cancel_and_start)
{
    http_script_answer(&script, 200, NULL, "1");
    http_script_answer(&script, 200, NULL, "2");
    struct chain chain = {0};
    struct told other = {0};
    struct transfer_request request = request_to("GET", script.url);
    chain.self = transfer_start(pool, &request, cancel_and_go_on, &chain);
    chain.other = start("GET", "/other", &other);
    run_until(&loop, &chain.next.done);
    cr_assert(chain.told.done && !other.done);
    cr_assert_str_eq(chain.next.body, "2");
    cr_assert_str_eq(script.requests[1].target, "/next");
}

static void close_pool(const struct transfer_result *result, void *context)
{
    tell(result, context);
    transfer_pool_close(pool, note_closed, &pool_closed);
    cr_assert(!pool_closed, "closed before the loop turned");
    pool = NULL;
}

Test(transfer, callbacks_may_close_the_pool)
{
    http_script_answer(&script, 200, NULL, "");
    struct told told = {0};
    struct told other = {0};
    struct transfer_request request = request_to("GET", script.url);
    transfer_start(pool, &request, close_pool, &told);
    start("GET", "/", &other);
    run_until(&loop, &pool_closed);
    cr_assert(told.done && !other.done);
}

Test(transfer, a_callback_of_a_failed_start_may_close_the_pool)
{
    struct told told = {0};
    struct told other = {0};
    struct transfer_request request = request_to("GET", "nonsense");
    transfer_start(pool, &request, close_pool, &told);
    transfer_start(pool, &request, tell, &other);
    run_until(&loop, &pool_closed);
    cr_assert(told.done && !other.done);
}

Test(transfer, closing_does_not_wait_for_a_name)
{
    struct told told = {0};
    struct transfer_request request = request_to("GET", "http://" UNRESOLVABLE "/");
    transfer_start(pool, &request, tell, &told);
    uv_run(&loop, UV_RUN_NOWAIT);
    transfer_pool_close(pool, note_closed, &pool_closed);
    pool = NULL;
    run_until(&loop, &pool_closed);
}

Test(transfer, closing_ends_what_is_under_way_without_a_callback)
{
    struct told told = {0};
    start("GET", "/", &told);
    run_until_count(&loop, &script.request_count, 1);
    transfer_pool_close(pool, note_closed, &pool_closed);
    pool = NULL;
    run_until(&loop, &pool_closed);
    cr_assert(!told.done);
}
