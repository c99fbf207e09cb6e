#include "tui/listen_output.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PIPE_BYTES = 4096, MEBIBYTE = 1 << 20 };

static uv_loop_t loop;
static struct listen_output *output;
static int ends[2]; /* of the pipe that it writes to */
static bool gone;
static bool closed;
static char failing[128];
static size_t failing_told;

static void on_failing(const char *message, void *context)
{
    (void)context;
    (void)snprintf(failing, sizeof failing, "%s", message != NULL ? message : "");
    failing_told++;
}

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

static void open_output(int fd, int64_t end_ms)
{
    struct error error;
    struct listen_output_config config = {.fd = fd,
                                          .store_path = "/nowhere/store.db",
                                          .json = true,
                                          .end_ms = end_ms,
                                          .gone = on_gone,
                                          .failing = on_failing};
    output = listen_output_new(&loop, &config, &error);
    cr_assert_not_null(output, "%s", error.message);
}

static void start(int64_t end_ms)
{
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(uv_loop_init(&loop), 0);
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    open_output(ends[1], end_ms);
}

enum { PATIENT_MS = 60 * 1000 };

/* Under valgrind all of the lines take longer than LISTEN_OUTPUT_END_MS. */
static void set_up(void)
{
    start(PATIENT_MS);
}

static void set_up_as_it_is(void)
{
    start(0);
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

TestSuite(listen_output, .init = set_up, .fini = tear_down, .timeout = 120);
TestSuite(listen_output_end, .init = set_up_as_it_is, .fini = tear_down, .timeout = 60);

struct reader {
    char text[16 * 1024 * 1024];
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
        listen_output_row(output, 1, &answer);
    listen_output_line(output, "{\"kind\":\"error\"}");
    close_and_read();
    cr_expect_eq(count_of("{\"kind\":\"error\"}\n"), 1);
}

/* As the inbox hands them over, all of it allocated. */
static struct delivery delivery_with(int64_t id, size_t body_length)
{
    struct delivery delivery = {
        .id = id,
        .verdict = VERDICT_GENUINE,
        .peer = strdup("127.0.0.1:5000"),
        .method = strdup("POST"),
        .target = strdup("/hooks/1"),
        .event_id = strdup("wh_1"),
        .reason = strdup("signed by wep_1"),
        .sequence = -1,
        .attempts = 1,
        .body = malloc(body_length + 1),
        .body_length = body_length,
    };
    cr_assert_not_null(delivery.body);
    memset(delivery.body, 'b', body_length);
    delivery.body[body_length] = '\0';
    cr_assert(header_list_add(&delivery.headers, "X-Trace", "a trace"));
    return delivery;
}

/* The store is nowhere: what was handed over whole needs none. */
Test(listen_output, a_delivery_is_told_with_what_it_brought)
{
    struct delivery delivery = delivery_with(7, 3);
    const struct inbox_answer answer = {.attempt = 1, .status = 200, .answer_us = 1500};
    listen_output_delivery(output, &delivery, &answer);
    cr_expect_null(delivery.body, "it was taken");
    cr_expect_null(delivery.event_id);
    delivery = delivery_with(7, 3);
    listen_output_delivery(
        output, &delivery,
        &(struct inbox_answer){.attempt = 2, .status = 503, .answer_us = 250, .on_demand = true});
    close_and_read();
    char *second = strchr(reader.text, '\n');
    cr_assert_not_null(second);
    *second++ = '\0';
    cr_expect(strncmp(reader.text, "{\"kind\":\"event\",\"id\":7,", 23) == 0, "%s", reader.text);
    cr_expect_not_null(strstr(reader.text, "\"headers\":[[\"X-Trace\",\"a trace\"]]"));
    cr_expect_not_null(strstr(reader.text, "\"answer_status\":200,\"answer_ms\":1.500,"));
    cr_expect_not_null(strstr(reader.text, "\"body\":\"bbb\"}"));
    cr_expect_str_eq(second,
                     "{\"kind\":\"repeat\",\"id\":7,\"event_id\":\"wh_1\",\"received_at\":null,"
                     "\"endpoint\":null,\"peer\":null,\"target\":null,\"attempts\":2,"
                     "\"answer_status\":503,\"answer_ms\":0.250,\"answer_on_demand\":true}\n");
}

/* Nobody reads, so all of them wait. Beyond the bound they wait by their number, and are to be read
   from the store, which is nowhere. */
Test(listen_output, what_waits_whole_is_bounded)
{
    enum { BODY = 64 * 1024, MANY = 2 * LISTEN_QUEUE_BYTES / BODY };
    const struct inbox_answer answer = {.attempt = 1, .status = 200};
    for (int i = 0; i < MANY; i++) {
        struct delivery delivery = delivery_with(i + 1, BODY);
        listen_output_delivery(output, &delivery, &answer);
        cr_expect_null(delivery.body);
    }
    close_and_read();
    enum { ROOM = LISTEN_QUEUE_BYTES / BODY };
    size_t events = count_of("{\"kind\":\"event\"");
    cr_expect_geq(events, ROOM - 2);
    cr_expect_leq(events, ROOM);
    cr_expect_geq(count_of("{\"kind\":\"left_out\""), 1);
}

/* On the test's thread, while the output goes on. */
static void read_until(const char *text, size_t times)
{
    while (count_of(text) < times) {
        ssize_t length =
            read(ends[0], reader.text + reader.length, sizeof reader.text - 1 - reader.length);
        cr_assert_gt(length, 0);
        reader.length += (size_t)length;
        reader.text[reader.length] = '\0';
    }
}

/* More than the bound in all, and never half of it at once: none has to be read from the store. */
Test(listen_output, what_was_printed_makes_room_again)
{
    enum { BODY = 512 * 1024, AT_ONCE = LISTEN_QUEUE_BYTES / BODY / 4, ROUNDS = 6 };
    const struct inbox_answer answer = {.attempt = 1, .status = 200};
    (void)fcntl(ends[1], F_SETPIPE_SZ, MEBIBYTE);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < AT_ONCE; i++) {
            struct delivery delivery = delivery_with((int64_t)(round * AT_ONCE + i + 1), BODY);
            listen_output_delivery(output, &delivery, &answer);
        }
        read_until("\n", (round + 1) * AT_ONCE);
    }
    cr_expect_eq(count_of("{\"kind\":\"event\""), ROUNDS * AT_ONCE);
    (void)close(ends[0]);
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

/* It takes writes, and fails them: that is no full disk. */
Test(listen_output, a_terminal_that_hangs_up_has_gone)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert_geq(terminal, 0);
    cr_assert_eq(unlockpt(terminal), 0);
    int other = open(ptsname(terminal), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    cr_assert_geq(other, 0);
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    closed = false;
    open_output(other, PATIENT_MS);
    (void)close(terminal);
    listen_output_line(output, "nobody reads this");
    while (!gone)
        (void)uv_run(&loop, UV_RUN_ONCE);
    cr_expect_eq(failing_told, 0, "%s", failing);
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)close(other);
}

Test(listen_output_end, a_reader_that_reads_nothing_does_not_hold_it_up)
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

/* --- a file that may not grow: a full disk, as far as who writes can see ------------------- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void run_until_told(size_t times)
{
    while (failing_told < times)
        (void)uv_run(&loop, UV_RUN_ONCE);
}

static void read_file(int fd)
{
    ssize_t length = pread(fd, reader.text, sizeof reader.text - 1, 0);
    cr_assert_geq(length, 0);
    reader.text[length] = '\0';
}

/* The first line is cut where the file must not grow; those after it find no room at all. */
Test(listen_output, a_line_that_a_full_disk_cut_is_ended_first)
{
    static const char BEGUN[] = "{\"line\":\"the first one\"}";
    char path[] = "/tmp/bridgetop-unit-XXXXXX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    (void)unlink(path);
    (void)signal(SIGXFSZ, SIG_IGN);
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    closed = false;
    open_output(file, PATIENT_MS);
    limit_files(10);
    listen_output_line(output, BEGUN);
    run_until_told(1);
    cr_expect_str_eq(failing, strerror(EFBIG));
    for (int i = 0; i < 3; i++)
        listen_output_line(output, "{\"line\":\"lost, or late\"}");
    limit_files(RLIM_INFINITY);
    listen_output_line(output, "{\"line\":\"the last one\"}");
    run_until_told(2);
    cr_expect_str_eq(failing, "", "it was told that it goes on");
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    read_file(file);
    cr_expect_eq(strncmp(reader.text, BEGUN, sizeof BEGUN - 1), 0, "%s", reader.text);
    cr_expect_eq(reader.text[sizeof BEGUN - 1], '\n', "%s", reader.text);
    cr_expect_not_null(strstr(reader.text, "\n{\"line\":\"the last one\"}\n"), "%s", reader.text);
    (void)close(file);
}

/* Nothing can be written, and it is not tried without a line; all are counted. */
Test(listen_output, what_a_full_disk_refuses_is_counted)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int file = memfd_create("output", MFD_CLOEXEC);
    int under = dup(full);
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    closed = false;
    open_output(under, PATIENT_MS);
    for (int i = 0; i < 100; i++)
        listen_output_line(output, "{\"kind\":\"line\"}");
    run_until_told(1);
    cr_expect_str_eq(failing, strerror(ENOSPC));
    cr_assert_eq(dup2(file, under), under);
    listen_output_line(output, "{\"kind\":\"line\"}");
    listen_output_close(output, on_closed, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    read_file(file);
    size_t left_out = 0;
    static const char LEFT_OUT[] = "{\"kind\":\"left_out\",\"count\":";
    for (const char *at = reader.text; (at = strstr(at, LEFT_OUT)) != NULL;) {
        at += sizeof LEFT_OUT - 1;
        left_out += (size_t)strtol(at, NULL, 10);
    }
    cr_expect_gt(left_out, 0);
    cr_expect_eq(left_out + count_of("{\"kind\":\"line\"}\n"), 101, "%s", reader.text);
    (void)close(under);
    (void)close(full);
    (void)close(file);
}

/* As many as have room whole, though there is no body: who sends has chosen the path. */
Test(listen_output, long_paths_are_bounded_as_well)
{
    enum { TARGET = 16 * 1024, MANY = 2 * LISTEN_QUEUE_BYTES / TARGET };
    const struct inbox_answer answer = {.attempt = 1, .status = 200};
    for (int i = 0; i < MANY; i++) {
        struct delivery delivery = delivery_with(i + 1, 0);
        free(delivery.target);
        delivery.target = malloc(TARGET);
        cr_assert_not_null(delivery.target);
        memset(delivery.target, '/', TARGET - 1);
        delivery.target[TARGET - 1] = '\0';
        listen_output_delivery(output, &delivery, &answer);
    }
    close_and_read();
    cr_expect_leq(count_of("{\"kind\":\"event\""), LISTEN_QUEUE_BYTES / TARGET);
    cr_expect_geq(count_of("{\"kind\":\"left_out\""), 1);
}
