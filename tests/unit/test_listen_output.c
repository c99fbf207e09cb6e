#include "tui/listen_output.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIPE_BYTES = 4096 };

static uv_loop_t loop;
static struct listen_output *output;
static int ends[2]; /* of the pipe that it writes to */
static bool gone;
static bool closed;

static void on_gone(void *context)
{
    (void)context;
    gone = true;
}

static void on_closed(void *context)
{
    (void)context;
    closed = true;
}

static void set_up(void)
{
    struct error error;
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(uv_loop_init(&loop), 0);
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    struct listen_output_config config = {
        .fd = ends[1], .store_path = "/nowhere/store.db", .json = true, .gone = on_gone};
    output = listen_output_new(&loop, &config, &error);
    cr_assert_not_null(output, "%s", error.message);
}

static void tear_down(void)
{
    if (!closed) {
        listen_output_close(output, on_closed, NULL);
        (void)uv_run(&loop, UV_RUN_DEFAULT);
    }
    cr_expect(closed);
    cr_expect_eq(uv_loop_close(&loop), 0);
    (void)close(ends[1]);
}

TestSuite(listen_output, .init = set_up, .fini = tear_down, .timeout = 60);

struct reader {
    char text[1024 * 1024];
    size_t length;
};

static struct reader reader;

/* Until the writer has closed its end. */
static void read_all(void *context)
{
    (void)context;
    ssize_t length;
    while ((length = read(ends[0], reader.text + reader.length,
                          sizeof reader.text - 1 - reader.length)) > 0)
        reader.length += (size_t)length;
    reader.text[reader.length] = '\0';
}

/* Closes with somebody who reads all of it meanwhile. */
static void close_and_read(void)
{
    uv_thread_t thread;
    cr_assert_eq(uv_thread_create(&thread, read_all, NULL), 0);
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)close(ends[1]);
    (void)uv_thread_join(&thread);
    ends[1] = open("/dev/null", O_RDONLY | O_CLOEXEC); /* for tear_down() to close */
}

static size_t count_of(const char *text)
{
    size_t count = 0;
    for (const char *at = reader.text; (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    return count;
}

Test(listen_output, lines_come_in_order_and_whole)
{
    char line[64];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(line, sizeof line, "{\"line\":%04d}", i);
        listen_output_line(output, line);
    }
    close_and_read();
    cr_expect_eq(count_of("\n"), 1000);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(strtol(reader.text + (size_t)i * 14 + 8, NULL, 10), i);
}

/* Nobody reads: the pipe fills, then the queue, then lines are left out, and all are accounted
   for: at once, or in parts where the thread finds room in the pipe meanwhile. */
Test(listen_output, what_is_left_out_is_counted)
{
    enum { LINES = 2 * LISTEN_QUEUE_MAX };
    static const char LEFT_OUT[] = "{\"kind\":\"left_out\",\"count\":";
    char line[128];
    for (int i = 0; i < LINES; i++) {
        (void)snprintf(line, sizeof line, "{\"line\":%090d}", i);
        listen_output_line(output, line);
    }
    close_and_read();
    size_t written = count_of("{\"line\":"), left_out = 0;
    for (const char *at = reader.text; (at = strstr(at, LEFT_OUT)) != NULL;) {
        at += sizeof LEFT_OUT - 1;
        left_out += (size_t)strtol(at, NULL, 10);
    }
    cr_expect_gt(left_out, 0);
    cr_expect_eq(written + left_out, LINES, "%zu written, %zu left out", written, left_out);
    cr_expect_geq(written, LISTEN_QUEUE_MAX);
}

/* Deliveries leave room for the program's own lines. */
Test(listen_output, its_own_lines_find_room_behind_deliveries)
{
    char line[8192];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    listen_output_line(output, line); /* larger than the pipe: the thread waits in it */
    const struct inbox_answer answer = {.attempt = 1, .status = 200};
    for (int i = 0; i < 2 * LISTEN_QUEUE_MAX; i++)
        listen_output_delivery(output, 1, &answer);
    listen_output_line(output, "{\"kind\":\"error\"}");
    close_and_read();
    cr_expect_eq(count_of("{\"kind\":\"error\"}\n"), 1);
}

Test(listen_output, a_reader_that_goes_is_noticed_without_a_line)
{
    (void)close(ends[0]);
    while (!gone)
        (void)uv_run(&loop, UV_RUN_ONCE);
    listen_output_line(output, "nobody reads this");
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(closed);
}

Test(listen_output, a_reader_that_reads_nothing_does_not_hold_up_the_end)
{
    char line[8192];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    for (int i = 0; i < 10; i++)
        listen_output_line(output, line);
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(closed);
    (void)close(ends[0]);
}
