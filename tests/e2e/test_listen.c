/* `bridgetop listen` as an operations team runs it: lines, signals, certificates, a service
   manager, and dashboards on the same store. */
#include "tests/e2e/http.h"
#include "tests/e2e/listen_child.h"
#include "tests/e2e/sandbox_client.h"
#include "tests/e2e/screen.h"
#include "tests/e2e/sender.h"
#include "tests/unit/certificates.h"
#include "tui/exit_code.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define EVENT(id)                                                                                  \
    "{\"api_version\":\"v0\",\"event_id\":\"" id "\",\"event_category\":\"transfer\","             \
    "\"event_type\":\"transfer.created\",\"event_object\":{\"email\":\"ann@example.com\"}}"

#define DAY_MS INT64_C(86400000)

static struct child_home home;
static struct sender *sender;
static struct listen_child *child;
static struct screen *screens[3];
static struct certificate_folder certificates;
static struct error error;

static void set_up(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert(child_home_make(&home, &error), "%s", error.message);
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&home, "key.pem", pem, strlen(pem), &error));
}

static void tear_down(void)
{
    for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++)
        screen_free(screens[i]);
    listen_child_free(child);
    sender_free(sender);
    if (certificates.path[0] != '\0')
        certificate_folder_remove(&certificates);
    child_home_remove(&home);
}

TestSuite(listen, .init = set_up, .fini = tear_down, .timeout = 180);

#define START(...)                                                                                 \
    child = listen_child_start(&home, NULL,                                                        \
                               (const char *const[]){"--json", "--public-key", "key.pem",          \
                                                     __VA_ARGS__ __VA_OPT__(, ) NULL})

static int deliver_to(uint16_t port, enum sender_way way, const char *body)
{
    struct http_answer answer;
    if (!sender_deliver(sender, way, port, "/hooks", body, &answer, &error))
        return 0;
    int status = answer.status;
    http_answer_clear(&answer);
    return status;
}

static int deliver(enum sender_way way, const char *body)
{
    return deliver_to(listen_child_port(child), way, body);
}

static cJSON *parse_line(const char *text)
{
    const char *line = listen_child_line(child, text);
    cr_assert_not_null(line);
    cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
    cr_assert_not_null(json, "%s", line);
    return json;
}

static void expect_text(const cJSON *json, const char *name, const char *value)
{
    const char *found = cJSON_GetStringValue(cJSON_GetObjectItem(json, name));
    cr_expect(found != NULL && strcmp(found, value) == 0, "%s is %s, not %s", name,
              found != NULL ? found : "absent", value);
}

static void expect_number(const cJSON *json, const char *name, double value)
{
    cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(json, name)), value, "%s", name);
}

/* --- lines --------------------------------------------------------------------- */

Test(listen, prints_one_json_line_an_event)
{
    START();
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
    cJSON *line = parse_line("\"kind\":\"event\"");
    expect_text(line, "verdict", "verified");
    expect_text(line, "event_id", "wh_1");
    expect_text(line, "target", "/hooks");
    expect_number(line, "answer_status", 200);
    cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(line, "masked")));
    const char *body = cJSON_GetStringValue(cJSON_GetObjectItem(line, "body"));
    cr_expect(strstr(body, "wh_1") != NULL && strstr(body, "ann@example.com") == NULL, "%s", body);
    cJSON_Delete(line);

    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
    line = parse_line("\"kind\":\"repeat\"");
    expect_text(line, "event_id", "wh_1");
    expect_number(line, "attempts", 2);
    expect_text(line, "target", "/hooks");
    cr_expect(cJSON_IsString(cJSON_GetObjectItem(line, "received_at")));
    cr_expect(cJSON_IsString(cJSON_GetObjectItem(line, "peer")));
    cJSON_Delete(line);

    cr_expect_eq(deliver(SENDER_TAMPERED, EVENT("wh_2")), 400);
    line = parse_line("\"kind\":\"event\"");
    expect_text(line, "verdict", "not genuine");
    const cJSON *finding = cJSON_GetArrayItem(cJSON_GetObjectItem(line, "diagnosis"), 0);
    expect_text(finding, "kind", "unexplained");
    cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(finding, "shown")));
    cJSON_Delete(line);

    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    line = parse_line("\"kind\":\"stopped\"");
    expect_text(line, "reason", "SIGTERM");
    expect_number(line, "received", 3);
    expect_number(line, "verified", 2);
    cJSON_Delete(line);
}

Test(listen, unmasked_lines_hold_the_body_as_it_came)
{
    START("--unmask");
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
    cJSON *line = parse_line("\"kind\":\"event\"");
    expect_text(line, "body", EVENT("wh_1"));
    cr_expect_null(cJSON_GetObjectItem(line, "masked"));
    cJSON_Delete(line);
    cr_expect_eq(listen_child_stop(child, SIGINT), EXIT_CODE_OK);
    cr_expect_not_null(listen_child_line(child, "\"reason\":\"SIGINT\""));
}

Test(listen, without_json_a_line_is_for_people_and_gated)
{
    child = listen_child_begin(&home, NULL, (const char *const[]){"--public-key", "key.pem", NULL});
    const char *ready = listen_child_line(child, "listening on 127.0.0.1:");
    cr_assert_not_null(ready);
    uint16_t port = (uint16_t)strtoul(strstr(ready, "127.0.0.1:") + 10, NULL, 10);
    cr_expect_eq(deliver_to(port, SENDER_GENUINE,
                            "{\"event_id\":\"wh_1\",\"event_type\":\"transfer.created\","
                            "\"event_object_status\":\"\\u001b[2J\\u202e\"}"),
                 200);
    const char *line = listen_child_line(child, "transfer.created");
    cr_assert_not_null(line);
    cr_expect_not_null(strstr(line, "verified"), "%s", line);
    cr_expect_null(strchr(line, '\x1b'), "%s", line);
    cr_expect_not_null(strstr(line, "^[[2J<U+202E>"), "%s", line);
    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    cr_expect_not_null(listen_child_line(child, "stopped (SIGTERM): 1 received, 1 verified"));
}

Test(listen, a_reader_that_goes_ends_it_in_order)
{
    START();
    listen_child_close_output(child);
    cr_expect_eq(listen_child_wait(child), EXIT_CODE_OK);
}

/* A pipe takes 64 KiB: then nobody reads, and senders are answered all the same. */
Test(listen, a_reader_that_does_not_read_holds_up_no_sender)
{
    enum { DELIVERIES = 40, BODY = 16 * 1024 };
    char body[BODY + 1];
    START("--unmask");
    for (int i = 0; i < DELIVERIES; i++) {
        int length = snprintf(body, sizeof body, "{\"event_id\":\"wh_%d\",\"event_type\":\"", i);
        memset(body + length, 'x', sizeof body - 1 - (size_t)length);
        memcpy(body + BODY - 2, "\"}", 3);
        cr_assert_eq(deliver(SENDER_GENUINE, body), 200, "%d", i);
    }
    cr_assert_not_null(listen_child_line(child, "\"event_id\":\"wh_39\""), "it reads on at last");
    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    cr_expect_eq(listen_child_count(child, "\"kind\":\"event\""), DELIVERIES);
}

Test(listen, a_reader_that_never_reads_again_does_not_hold_up_the_end)
{
    enum { DELIVERIES = 40 };
    static char body[64 * 1024];
    START("--unmask");
    memset(body, 'x', sizeof body - 1);
    for (int i = 0; i < DELIVERIES; i++)
        cr_assert_eq(deliver(SENDER_TAMPERED, body), 400, "%d", i);
    int code = -1;
    (void)kill(listen_child_pid(child), SIGTERM);
    cr_expect(child_wait(listen_child_pid(child), LISTEN_LIMIT_MS, &code));
    cr_expect_eq(code, EXIT_CODE_OK);
}

/* --- under attack -------------------------------------------------------------------- */

enum { SLOW = 1000, SLOW_A_SENDER = SLOW / 2, SLOW_MS = 5000, A_BYTE_MS = 1000 };

static bool allow_descriptors(rlim_t count)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max < count)
        return false;
    files.rlim_cur = count;
    return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

static int connect_slowly(unsigned who, uint16_t port)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + who)};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void send_a_byte(const int *fds, size_t at)
{
    static const char REQUEST[] = "POST /hooks HTTP/1.1\r\nHost: a\r\n";
    for (size_t i = 0; i < SLOW; i++)
        cr_assert_eq(send(fds[i], REQUEST + at, 1, MSG_NOSIGNAL), 1, "%zu was closed", i);
}

/* `name`: "VmRSS:", what is resident. */
static long status_kib(pid_t pid, const char *name)
{
    char path[64], line[256];
    long kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    while (kib == 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtol(line + strlen(name), NULL, 10);
    (void)fclose(file);
    return kib;
}

/* AddressSanitizer keeps what is freed, and reserves terabytes of addresses: it has the tests of
   leaks. */
static bool keeps_what_is_freed(pid_t pid)
{
    enum { TERABYTE_KIB = 1024 * 1024 * 1024 };
    return status_kib(pid, "VmSize:") > TERABYTE_KIB;
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t deliver_timed(void)
{
    int64_t begin_ns = child_clock_ns();
    cr_assert_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
    return child_clock_ns() - begin_ns;
}

/* A byte a second from each of a thousand; the time of a genuine delivery has its connection, its
   signing and its commit in it. */
Test(listen, a_thousand_slow_senders_hold_up_nobody)
{
    enum { WARM = 200, TIMES_MAX = 20000, P99_MS = 100, GROWTH_KIB = 16 * 1024 };
    static int fds[SLOW];
    static int64_t times[TIMES_MAX];
    size_t count = 0, bytes = 0;
    if (!allow_descriptors(4096))
        cr_skip_test("this machine allows too few descriptors");
    START();
    for (size_t i = 0; i < WARM; i++)
        (void)deliver_timed();
    long before_kib = status_kib(listen_child_pid(child), "VmRSS:");
    for (unsigned i = 0; i < SLOW; i++)
        fds[i] = connect_slowly(1 + i / SLOW_A_SENDER, listen_child_port(child));
    int64_t begin_ms = child_clock_ms();
    while (child_clock_ms() - begin_ms < SLOW_MS && count < TIMES_MAX) {
        if (child_clock_ms() - begin_ms >= (int64_t)bytes * A_BYTE_MS)
            send_a_byte(fds, bytes++);
        times[count++] = deliver_timed();
    }
    long grown_kib = status_kib(listen_child_pid(child), "VmRSS:") - before_kib;
    cr_expect_geq(bytes, 5U);
    cr_expect_geq(count, 100U);
    qsort(times, count, sizeof times[0], compare_times);
    int64_t p99_us = times[count - 1 - count / 100] / 1000;
    cr_expect_leq(p99_us, P99_MS * 1000, "p99 of %zu: %lld us", count, (long long)p99_us);
    if (!keeps_what_is_freed(listen_child_pid(child)))
        cr_expect_leq(grown_kib, GROWTH_KIB, "grown by %ld KiB", grown_kib);
    for (size_t i = 0; i < SLOW; i++)
        (void)close(fds[i]);
    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
}

/* --- its standard descriptors --------------------------------------------------------- */

/* A port that is free, as far as can be known. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

/* Until what listens there takes a delivery. */
static void wait_for_port(uint16_t port)
{
    int64_t until_ms = child_clock_ms() + LISTEN_LIMIT_MS;
    int status;
    while ((status = deliver_to(port, SENDER_GENUINE, EVENT("wh_1"))) == 0 &&
           child_clock_ms() < until_ms)
        (void)poll(NULL, 0, 5);
    cr_assert_eq(status, 200);
}

/* Started without standard input, output and error: what it opens must not get their numbers, or
   its lines go there. */
Test(listen, without_standard_descriptors_it_receives_and_ends)
{
    uint16_t port = free_port();
    char address[32];
    int code = -1;
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    const char *argv[] = {child_program(), "listen",       "--json",  "--db",
                          "store.db",      "--config",     "none",    "--listen",
                          address,         "--public-key", "key.pem", NULL};
    char **environment = child_environment(&home, NULL, NULL);
    cr_assert_not_null(environment);
    pid_t pid = fork();
    if (pid == 0) {
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
            (void)close(fd);
        child_become(home.path, (char *const *)argv, environment);
    }
    cr_assert_gt(pid, 0);
    wait_for_port(port);
    (void)kill(pid, SIGTERM);
    cr_expect(child_wait(pid, LISTEN_LIMIT_MS, &code));
    cr_expect_eq(code, EXIT_CODE_OK);
    child_environment_free(environment);
}

/* Whoever starts it may have limited how large files become: beyond that a write raises a signal,
   which ends a program that does not mind it. The store meets it, and standard error has. */
Test(listen, a_limit_of_file_sizes_is_a_full_disk_and_no_end)
{
    enum { LIMIT = 4 * 1024 * 1024, BODY = 256 * 1024, MANY = 2 * LIMIT / BODY };
    uint16_t port = free_port();
    char address[32];
    static char body[BODY + 1];
    int code = -1, status = 200;
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    const char *argv[] = {child_program(), "listen", "--db",         "store.db", "--config", "none",
                          "--listen",      address,  "--public-key", "key.pem",  NULL};
    char path[256];
    int err = open(child_home_path(&home, "listen.err", path, sizeof path),
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    cr_assert_geq(err, 0);
    char **environment = child_environment(&home, NULL, NULL);
    cr_assert_not_null(environment);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit limit = {.rlim_cur = LIMIT, .rlim_max = LIMIT};
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        (void)signal(SIGXFSZ, SIG_DFL); /* whatever this test was started with */
        if (ftruncate(err, LIMIT) != 0 || dup2(err, STDERR_FILENO) < 0)
            _exit(127);
        child_become(home.path, (char *const *)argv, environment);
    }
    cr_assert_gt(pid, 0);
    wait_for_port(port);
    memset(body, 'x', BODY);
    for (int i = 0; i < MANY && status == 200; i++) {
        (void)snprintf(body, sizeof body, "%d", i);
        body[strlen(body)] = 'x';
        status = deliver_to(port, SENDER_GENUINE, body);
    }
    cr_expect_eq(status, 503);
    (void)kill(pid, SIGTERM);
    cr_expect(child_wait(pid, LISTEN_LIMIT_MS, &code));
    cr_expect_eq(code, EXIT_CODE_OK);
    (void)close(err);
    child_environment_free(environment);
}

Test(listen, a_full_disk_behind_its_output_is_told_once)
{
    char command[512];
    static const char TOLD[] = "standard output cannot be written to, and lines are left out: "
                               "No space left on device";
    uint16_t port = free_port();
    (void)snprintf(command, sizeof command,
                   "exec '%s' listen --json --db store.db --config none --public-key key.pem "
                   "--listen 127.0.0.1:%u >/dev/full 2>listen.err",
                   child_program(), (unsigned)port);
    const char *argv[] = {"sh", "-c", command, NULL};
    char **environment = child_environment(&home, NULL, NULL);
    int code = -1;
    pid_t pid = fork();
    if (pid == 0)
        child_become(home.path, (char *const *)argv, environment);
    cr_assert_gt(pid, 0);
    cr_expect(listen_child_complains(&home, TOLD));
    for (int i = 0; i < 3; i++)
        cr_expect_eq(deliver_to(port, SENDER_GENUINE, EVENT("wh_1")), 200);
    (void)kill(pid, SIGTERM);
    cr_expect(child_wait(pid, LISTEN_LIMIT_MS, &code));
    cr_expect_eq(code, EXIT_CODE_OK);
    char text[4096] = "", path[256];
    FILE *file = fopen(child_home_path(&home, "listen.err", path, sizeof path), "re");
    cr_assert_not_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    const char *told = strstr(text, TOLD);
    cr_assert_not_null(told);
    cr_expect_null(strstr(told + 1, TOLD), "once: %s", text);
    child_environment_free(environment);
}

/* --- one receiver a store --------------------------------------------------------- */

Test(listen, a_second_one_on_the_store_is_told_who_has_it)
{
    START();
    struct listen_child *second =
        listen_child_begin(&home, NULL, (const char *const[]){"--public-key", "key.pem", NULL});
    char pid[64];
    (void)snprintf(pid, sizeof pid, "bridgetop listen (pid %d, 127.0.0.1:%u) receives for this",
                   (int)listen_child_pid(child), (unsigned)listen_child_port(child));
    cr_expect_eq(listen_child_wait(second), EXIT_CODE_LISTEN);
    cr_expect(listen_child_complains(&home, pid));
    listen_child_free(second);
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200, "the first goes on");
}

Test(listen, a_killed_one_leaves_nothing_in_the_way)
{
    START();
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
    cr_expect_eq(listen_child_stop(child, SIGKILL), 128 + SIGKILL);
    listen_child_free(child);
    START();
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
    cr_expect_not_null(listen_child_line(child, "\"kind\":\"repeat\""), "the store has the first");
}

/* --- the end ------------------------------------------------------------------------ */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_all(int fd, const char *text)
{
    cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static bool is_refused(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused = connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
    (void)close(fd);
    return refused;
}

Test(listen, what_is_under_way_is_let_arrive_and_answered)
{
    char head[2048];
    char answer[512] = "";
    struct timespec now;
    START();
    (void)clock_gettime(CLOCK_REALTIME, &now);
    char *value =
        sender_sign(sender, SENDER_GENUINE, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
                    EVENT("wh_1"), sizeof EVENT("wh_1") - 1);
    (void)snprintf(head, sizeof head,
                   "POST /hooks HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: %s\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   value, sizeof EVENT("wh_1") - 1);
    free(value);
    int fd = connect_to(listen_child_port(child));
    send_all(fd, head);
    /* The connection is accepted, for this answer comes after it. */
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_0")), 200);
    (void)kill(listen_child_pid(child), SIGTERM);
    send_all(fd, EVENT("wh_1"));
    ssize_t length = recv(fd, answer, sizeof answer - 1, 0);
    (void)close(fd);
    cr_expect(length > 0 && strncmp(answer, "HTTP/1.1 200", 12) == 0, "%s", answer);
    cr_expect_eq(listen_child_wait(child), EXIT_CODE_OK);
    cr_expect_not_null(listen_child_line(child, "\"received\":2,\"verified\":2"));
    cr_expect(is_refused(listen_child_port(child)));
}

/* --- who may send ---------------------------------------------------------------------- */

Test(listen, only_allowed_addresses_are_served)
{
    START("--allow", "192.0.2.0/24", "--allow", "2001:db8::/32");
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 0);
    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    cr_expect_not_null(listen_child_line(child, "\"received\":0"));
    listen_child_free(child);
    START("--allow", "192.0.2.0/24", "--allow", "127.0.0.0/8");
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_1")), 200);
}

static void post_forwarded(void)
{
    char url[64];
    const char *headers[] = {"X-Forwarded-For: 203.0.113.9", NULL};
    struct http_answer answer;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)listen_child_port(child));
    struct http_request request = {
        .method = "POST", .url = url, .headers = headers, .body = "{}", .body_length = 2};
    cr_assert(http_ask(&request, &answer, &error), "%s", error.message);
    http_answer_clear(&answer);
}

Test(listen, a_trusted_proxy_says_where_a_delivery_comes_from)
{
    START("--trust-proxy", "127.0.0.1");
    post_forwarded();
    cJSON *line = parse_line("\"kind\":\"event\"");
    expect_text(line, "peer", "203.0.113.9");
    cJSON_Delete(line);
    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    listen_child_free(child);
    START();
    post_forwarded();
    const char *peer = listen_child_line(child, "\"kind\":\"event\"");
    cr_assert_not_null(peer);
    cr_expect_not_null(strstr(peer, "\"peer\":\"127.0.0.1:"), "%s", peer);
}

/* --- certificates ----------------------------------------------------------------------- */

static char certificate_path[CERTIFICATE_PATH_MAX];
static char tls_key_path[CERTIFICATE_PATH_MAX];

/* The files of a certificate with this name. */
static void write_certificate(const char *name)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    EVP_PKEY *key = test_key_p256();
    struct certificate_wish wish = {.name = name,
                                    .key = key,
                                    .from_ms = (int64_t)now.tv_sec * 1000 - DAY_MS,
                                    .until_ms = (int64_t)now.tv_sec * 1000 + 30 * DAY_MS};
    X509 *certificate = test_certificate(&wish);
    X509 *list[] = {certificate, NULL};
    write_pem(&certificates, "cert.pem", list, NULL, NULL, certificate_path);
    write_pem(&certificates, "key.pem", (X509 *[]){NULL}, key, NULL, tls_key_path);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Whether a client is shown the certificate of this name. */
static bool serves(const char *name)
{
    char url[64];
    char subject[64];
    struct child_run run;
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", (unsigned)listen_child_port(child));
    (void)snprintf(subject, sizeof subject, "CN=%s", name);
    char *argv[] = {"curl", "-skv", "--noproxy", "*", url, NULL};
    char **environment = child_environment(&home, NULL, NULL);
    cr_assert(child_run(argv, &home, environment, NULL, 0, LISTEN_LIMIT_MS, &run, &error), "%s",
              error.message);
    child_environment_free(environment);
    bool found = run.code == 0 && strstr(run.err, subject) != NULL;
    if (!found)
        (void)fprintf(stderr, "%s is not in:\n%s\n", subject, run.err);
    child_run_clear(&run);
    return found;
}

Test(listen, a_renewed_certificate_is_taken_and_a_bad_one_is_not)
{
    certificate_folder_make(&certificates);
    write_certificate("first.example.com");
    START("--tls-cert", certificate_path, "--tls-key", tls_key_path);
    cr_expect(serves("first.example.com"));

    write_certificate("second.example.com");
    (void)kill(listen_child_pid(child), SIGHUP);
    cr_assert_not_null(listen_child_line(child, "second.example.com, 29 days left"));
    cr_expect(serves("second.example.com"));

    write_text(&certificates, "key.pem", "no key", tls_key_path);
    (void)kill(listen_child_pid(child), SIGHUP);
    cr_assert_not_null(listen_child_line(child, "the certificate stays as it was"));
    cr_expect(serves("second.example.com"));
    cr_expect(listen_child_complains(&home, "the certificate stays as it was"));

    write_certificate("third.example.com");
    cr_assert_not_null(listen_child_line(child, "third.example.com, 29 days left"),
                       "it is seen without a signal");
    cr_expect(serves("third.example.com"));
}

/* --- a service manager --------------------------------------------------------------------- */

static int bind_manager(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s", name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, length), 0);
    return fd;
}

/* Waits for a message that begins with this. */
static bool manager_hears(int fd, const char *text)
{
    char said[1024];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int64_t until = child_clock_ms() + LISTEN_LIMIT_MS;
    while (child_clock_ms() < until) {
        if (poll(&wait, 1, 100) != 1)
            continue;
        ssize_t length = recv(fd, said, sizeof said - 1, 0);
        said[length > 0 ? length : 0] = '\0';
        if (strncmp(said, text, strlen(text)) == 0)
            return true;
    }
    (void)fprintf(stderr, "%s was not heard\n", text);
    return false;
}

Test(listen, tells_a_service_manager_how_it_goes)
{
    char name[104];
    char variable[128];
    (void)snprintf(name, sizeof name, "%.90s/notify", home.path);
    (void)snprintf(variable, sizeof variable, "NOTIFY_SOCKET=@%s", name);
    int fd = bind_manager(name);
    child = listen_child_start(&home, (const char *const[]){variable, "WATCHDOG_USEC=200000", NULL},
                               (const char *const[]){"--json", "--public-key", "key.pem", NULL});
    cr_expect(manager_hears(fd, "READY=1\nSTATUS=listening on 127.0.0.1:"));
    cr_expect(manager_hears(fd, "WATCHDOG=1\n"));
    cr_expect(manager_hears(fd, "WATCHDOG=1\n"));
    (void)kill(listen_child_pid(child), SIGHUP);
    cr_expect(manager_hears(fd, "RELOADING=1\nMONOTONIC_USEC="));
    cr_expect(manager_hears(fd, "READY=1\n"));
    (void)kill(listen_child_pid(child), SIGTERM);
    cr_expect(manager_hears(fd, "STOPPING=1\n"));
    cr_expect_eq(listen_child_wait(child), EXIT_CODE_OK);
    (void)close(fd);
}

/* --- keys from Bridge ------------------------------------------------------------------------ */

Test(listen, with_an_api_key_it_learns_the_endpoints_keys)
{
    char port[8];
    char listen_at[32];
    char tunnel[96];
    char id[CONTRACT_ID_MAX + 1];
    uint16_t number;
    int held = http_reserve_port(&number, &error);
    (void)snprintf(port, sizeof port, "%u", (unsigned)number);
    (void)snprintf(listen_at, sizeof listen_at, "127.0.0.1:%s", port);
    (void)snprintf(tunnel, sizeof tunnel, "https://hooks.example.com=http://%s", listen_at);
    const char *arguments[] = {"--rate", "0", "--quiet", "--tunnel", tunnel, NULL};
    struct sandbox_client *sandbox = sandbox_client_start(&home, arguments, &error);
    cr_assert_not_null(sandbox, "%s", error.message);
    cr_assert(sandbox_client_create(sandbox, "https://hooks.example.com/one", true, id));
    child =
        listen_child_start(&home, (const char *const[]){"BRIDGE_API_KEY=sk-test", NULL},
                           (const char *const[]){"--json", "--api-url", sandbox_client_url(sandbox),
                                                 "--listen", listen_at, "--poll", "1", NULL});
    cr_assert(sandbox_client_wait(sandbox, NULL, "GET", "/v0/webhooks", NULL, LISTEN_LIMIT_MS));
    char event[CONTRACT_ID_MAX + 1];
    cr_assert(sandbox_client_event(sandbox, "transfer", event));
    cJSON *line = parse_line("\"verdict\":\"verified\"");
    expect_text(line, "endpoint", id);
    cJSON_Delete(line);
    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    cr_expect_eq(sandbox_client_stop(sandbox), 0);
    (void)close(held);
}

/* --- dashboards on the same store ---------------------------------------------------------------
 */

#define SHOWS(screen, text) cr_assert(screen_wait_text(screen, text, SCREEN_LIMIT_MS))

static struct screen *start_dashboard(const char *listen_at)
{
    char *argv[] = {(char *)child_program(), "--db",    "store.db", "--listen", (char *)listen_at,
                    "--public-key",          "key.pem", "--config", "none",     NULL};
    struct screen_options options = {.argv = argv, .home = &home, .width = 120, .height = 40};
    struct screen *screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
    SHOWS(screen, "1 Endpoints");
    return screen;
}

static void receiver_line(char out[64], pid_t pid)
{
    (void)snprintf(out, 64, "receiver: pid %d", (int)pid);
}

Test(listen, dashboards_show_what_it_receives_and_do_not_fight_for_it)
{
    char at[32];
    char receiver[64];
    START();
    (void)snprintf(at, sizeof at, "127.0.0.1:%u", (unsigned)listen_child_port(child));
    receiver_line(receiver, listen_child_pid(child));
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_before")), 200);
    for (size_t i = 0; i < 2; i++) {
        screens[i] = start_dashboard(at);
        SHOWS(screens[i], receiver);
        SHOWS(screens[i], "1 arrived, 0 refused");
    }
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_live")), 200);
    cr_expect_eq(deliver(SENDER_TAMPERED, EVENT("wh_bad")), 400);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(screen_wait_row(screens[i], "not genuine", "/hooks", SCREEN_LIMIT_MS));
        SHOWS(screens[i], "3 arrived, 1 refused");
    }
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_live")), 200);
    SHOWS(screens[1], "×2");

    cr_assert(screen_keys(screens[0], "q"));
    cr_expect_eq(screen_wait_exit(screens[0], SCREEN_LIMIT_MS), EXIT_CODE_OK);
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_after")), 200, "it goes on");
    SHOWS(screens[1], "4 arrived, 1 refused");

    cr_expect_eq(listen_child_stop(child, SIGTERM), EXIT_CODE_OK);
    SHOWS(screens[1], "no receiver");
    cr_expect(is_refused(listen_child_port(child)), "nobody takes over from it");
    listen_child_free(child);
    START("--listen", at);
    receiver_line(receiver, listen_child_pid(child));
    SHOWS(screens[1], receiver);
    cr_expect_eq(deliver(SENDER_GENUINE, EVENT("wh_again")), 200);
    SHOWS(screens[1], "5 arrived, 1 refused");
}

Test(listen, a_dashboard_takes_over_from_a_dashboard)
{
    uint16_t port;
    char at[32];
    char receiver[64];
    int held = http_reserve_port(&port, &error);
    (void)snprintf(at, sizeof at, "127.0.0.1:%u", (unsigned)port);
    screens[0] = start_dashboard(at);
    SHOWS(screens[0], "listening 127.0.0.1:");
    receiver_line(receiver, screen_pid(screens[0]));
    screens[1] = start_dashboard(at);
    SHOWS(screens[1], receiver);
    cr_expect_eq(deliver_to(port, SENDER_GENUINE, EVENT("wh_1")), 200);
    SHOWS(screens[1], "1 arrived");
    cr_assert(screen_keys(screens[0], "q"));
    cr_expect_eq(screen_wait_exit(screens[0], SCREEN_LIMIT_MS), EXIT_CODE_OK);
    SHOWS(screens[1], "listening 127.0.0.1:");
    cr_expect_eq(deliver_to(port, SENDER_GENUINE, EVENT("wh_2")), 200);
    SHOWS(screens[1], "2 arrived");

    /* And from one that was killed. */
    screens[2] = start_dashboard(at);
    receiver_line(receiver, screen_pid(screens[1]));
    SHOWS(screens[2], receiver);
    (void)kill(screen_pid(screens[1]), SIGKILL);
    SHOWS(screens[2], "listening 127.0.0.1:");
    cr_expect_eq(deliver_to(port, SENDER_GENUINE, EVENT("wh_3")), 200);
    SHOWS(screens[2], "3 arrived");
    (void)close(held);
}

/* --- what cannot be --------------------------------------------------------------------------- */

Test(listen, what_cannot_be_used_is_one_line_and_a_code)
{
    static const struct {
        const char *arguments[4];
        int code;
        const char *says;
    } CASES[] = {
        {{"--theme", "dark"}, EXIT_CODE_USAGE, "--theme is the dashboard's"},
        {{"--listen", "none"}, EXIT_CODE_USAGE, "nothing to do"},
        {{"--tls-cert", "key.pem"}, EXIT_CODE_USAGE, "--tls-cert and --tls-key go together"},
        {{"--tls-cert", "key.pem", "--tls-key", "absent.pem"}, EXIT_CODE_USAGE, "key.pem"},
        {{"--public-key", "absent.pem"}, EXIT_CODE_USAGE, "absent.pem: No such file"},
        {{"--allow", "10.0.0.0/33"}, EXIT_CODE_USAGE, "10.0.0.0/33"},
        {{"--keep", "soon"}, EXIT_CODE_USAGE, "--keep"},
        {{"--keep-export", "absent"}, EXIT_CODE_USAGE, "'absent' is not a folder"},
        {{"extra"}, EXIT_CODE_USAGE, "unexpected argument 'extra'"},
        {{"--db", "/proc/self/no/store.db"}, EXIT_CODE_STORE, "cannot create"},
        {{"--listen", "192.0.2.1:1"}, EXIT_CODE_LISTEN, "cannot listen on 192.0.2.1:1"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *arguments[5] = {NULL};
        char path[256];
        (void)unlink(child_home_path(&home, "listen.err", path, sizeof path));
        memcpy(arguments, CASES[i].arguments, sizeof CASES[i].arguments);
        child = listen_child_begin(&home, NULL, arguments);
        cr_expect_eq(listen_child_wait(child), CASES[i].code, "%s", CASES[i].says);
        cr_expect(listen_child_complains(&home, CASES[i].says));
        listen_child_free(child);
        child = NULL;
    }
}
