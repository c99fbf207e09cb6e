/* The command of a delivery, run by sh with the real curl: what arrives is what came. */
#include "api/curl.h"
#include "tests/e2e/child.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(curl_command, .timeout = 120);

enum { RUN_MS = 30 * 1000, REQUEST_MAX = 4 * 1024 * 1024 };

/* --- a server that keeps what one request is, byte for byte ------------------------------ */

struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    struct buffer request;
};

/* Whether the bytes are a whole request. */
static bool is_whole(const struct buffer *request)
{
    const char *end = request->length > 0 ? strstr(request->data, "\r\n\r\n") : NULL;
    if (end == NULL)
        return false;
    size_t body = request->length - (size_t)(end + 4 - request->data);
    if (strstr(request->data, "Transfer-Encoding: chunked\r\n") != NULL)
        return strcmp(request->data + request->length - 5, "0\r\n\r\n") == 0;
    const char *field = strcasestr(request->data, "\r\nContent-Length: ");
    return field == NULL || field > end || body >= strtoull(field + 18, NULL, 10);
}

static void *serve(void *context)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
                                 "ok";
    struct server *server = context;
    int fd = accept(server->fd, NULL, NULL);
    char bytes[65536];
    ssize_t count;
    while (fd >= 0 && !is_whole(&server->request) && (count = read(fd, bytes, sizeof bytes)) > 0)
        (void)buffer_append(&server->request, bytes, (size_t)count);
    if (fd >= 0) {
        (void)!write(fd, answer, sizeof answer - 1);
        (void)close(fd);
    }
    return NULL;
}

static void server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    buffer_init(&server->request, REQUEST_MAX);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(server->fd, 0);
    cr_assert_eq(bind(server->fd, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(getsockname(server->fd, (struct sockaddr *)&address, &length), 0);
    cr_assert_eq(listen(server->fd, 1), 0);
    server->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* The request, once all of it is there. */
static void server_stop(struct server *server)
{
    (void)shutdown(server->fd, SHUT_RDWR); /* wakes an accept that nobody came to */
    (void)pthread_join(server->thread, NULL);
    (void)close(server->fd);
}

/* --- running ---------------------------------------------------------------------------------- */

/* Runs the command, and keeps what arrived. */
static void run(const struct delivery *delivery, struct server *server)
{
    server_start(server);
    char base[64];
    (void)snprintf(base, sizeof base, "http://127.0.0.1:%u", server->port);
    struct buffer script;
    buffer_init(&script, CURL_COMMAND_MAX);
    cr_assert(curl_command(&script, delivery, base));

    struct error error;
    struct child_home home;
    cr_assert(child_home_make(&home, &error), "%s", error.message);
    /* What a user may have set: none of it is to show in the request. */
    static const char rc[] = "user-agent = meddler\nheader = \"X-Rc: 1\"\n";
    cr_assert(child_home_write(&home, ".curlrc", rc, sizeof rc - 1, &error));
    cr_assert(child_home_write(&home, "send.sh", script.data, script.length, &error));
    static const char *const more[] = {"http_proxy=http://127.0.0.1:1/", NULL};
    char **environment = child_environment(&home, NULL, more);
    char *argv[] = {(char[]){"sh"}, (char[]){"send.sh"}, NULL};
    struct child_run result;
    bool ran = child_run(argv, &home, environment, "", 0, RUN_MS, &result, &error);
    server_stop(server);
    cr_assert(ran, "%s", error.message);
    cr_expect_eq(result.code, 0, "%.*s\n%s", (int)script.length, script.data, result.err);
    cr_expect_eq(strcmp(result.out, "ok"), 0, "%s", result.out);
    child_run_clear(&result);
    child_environment_free(environment);
    child_home_remove(&home);
    buffer_clear(&script);
}

/* The head that has to arrive, and the body. */
static void expect_request(const struct delivery *delivery, const char *head, const char *body,
                           size_t length)
{
    struct server server = {0};
    run(delivery, &server);
    const struct buffer *request = &server.request;
    size_t head_length = strlen(head);
    cr_assert_geq(request->length, head_length, "it is %s", request->data);
    cr_expect_eq(memcmp(request->data, head, head_length), 0, "wanted:\n%s\ncame:\n%.*s", head,
                 (int)head_length, request->data);
    cr_expect_eq(request->length - head_length, length);
    cr_expect_eq(memcmp(request->data + head_length, body, length), 0, "%s came as %s", body,
                 request->data + head_length);
    buffer_clear(&server.request);
}

/* A delivery that points to constants: not to be cleared but for its headers. */
static struct delivery delivery_of(const char *method, const char *target,
                                   const char *const *headers, const char *body, size_t length)
{
    struct delivery delivery = {
        .method = (char *)method,
        .target = (char *)target,
        .body = (char *)body,
        .body_length = length,
    };
    for (; headers[0] != NULL; headers += 2)
        cr_assert(header_list_add(&delivery.headers, headers[0], headers[1]));
    return delivery;
}

/* --- heads --------------------------------------------------------------------------------------
 */

Test(curl_command, sends_the_same_head)
{
    static const char *const headers[] = {"Host",
                                          "hooks.example.com",
                                          "X-Webhook-Signature",
                                          "t=1700000000000,v0=QUJD+/8=",
                                          "Accept",
                                          "*/*",
                                          "Content-Length",
                                          "12",
                                          "X-Twice",
                                          "one",
                                          "x-twice",
                                          "it's \"two\" $(id) `id` \\ !!",
                                          "Connection",
                                          "close",
                                          "X-Empty",
                                          "",
                                          "X-Latin",
                                          "caf\xE9\t\xC2\x9B",
                                          "Content-Type",
                                          "application/json; charset=utf-8",
                                          "X-Semicolon",
                                          "a;",
                                          "User-Agent",
                                          "Bridge/1.0 (+https://bridge.xyz)",
                                          NULL};
    struct delivery delivery =
        delivery_of("POST", "/webhooks/wep_1?a=1&b=%20", headers, "{\"x\":\"y'z\"}\n", 12);
    expect_request(&delivery,
                   "POST /webhooks/wep_1?a=1&b=%20 HTTP/1.1\r\n"
                   "Host: hooks.example.com\r\n"
                   "X-Webhook-Signature: t=1700000000000,v0=QUJD+/8=\r\n"
                   "Accept: */*\r\n"
                   "Content-Length: 12\r\n"
                   "X-Twice: one\r\n"
                   "x-twice: it's \"two\" $(id) `id` \\ !!\r\n"
                   "Connection: close\r\n"
                   "X-Empty:\r\n"
                   "X-Latin: caf\xE9\t\xC2\x9B\r\n"
                   "Content-Type: application/json; charset=utf-8\r\n"
                   "X-Semicolon: a;\r\n"
                   "User-Agent: Bridge/1.0 (+https://bridge.xyz)\r\n\r\n",
                   "{\"x\":\"y'z\"}\n", 12);
    header_list_clear(&delivery.headers);
}

static const char *const ONLY_HOST[] = {"Host", "h", NULL};

Test(curl_command, adds_nothing_of_its_own)
{
    struct delivery delivery = delivery_of("POST", "/", ONLY_HOST, "", 0);
    expect_request(&delivery, "POST / HTTP/1.1\r\nHost: h\r\n\r\n", "", 0);
    header_list_clear(&delivery.headers);
}

Test(curl_command, sends_an_empty_body)
{
    static const char *const headers[] = {"Host", "h", "Content-Length", "0", NULL};
    struct delivery delivery = delivery_of("PUT", "/", headers, "", 0);
    expect_request(&delivery, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "", 0);
    header_list_clear(&delivery.headers);
}

Test(curl_command, sends_chunks_where_chunks_came)
{
    static const char *const headers[] = {"Host", "h", "Transfer-Encoding", "chunked", NULL};
    struct delivery delivery = delivery_of("POST", "/", headers, "abc", 3);
    expect_request(&delivery, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "3\r\nabc\r\n0\r\n\r\n", 13);
    header_list_clear(&delivery.headers);
}

Test(curl_command, sends_the_same_target)
{
    static const char *const targets[] = {
        "/a/../b/./c",   "//double//",     "/[1-3]{a,b}?q=[x]", "/a#b?c",  "/'\"`$(id)\\",
        "/%2e%2e/%zz",   "/a;b=c?d&e==f&", "/caf\xC3\xA9/\xFF", "/?",      "/a|b^c~!*()<>",
        "/http://other", "/@file",         "/-option",          "/a?b?c?", "/\xE2\x80\xAE"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char head[256];
        (void)snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: h\r\n\r\n", targets[i]);
        struct delivery delivery = delivery_of("POST", targets[i], ONLY_HOST, "", 0);
        expect_request(&delivery, head, "", 0);
        header_list_clear(&delivery.headers);
    }
}

/* --- bodies -------------------------------------------------------------------------------------
 */

static void expect_body(const char *body, size_t length)
{
    char count[24], head[128];
    (void)snprintf(count, sizeof count, "%zu", length);
    (void)snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n",
                   length);
    const char *const headers[] = {"Host", "h", "Content-Length", count, NULL};
    struct delivery delivery = delivery_of("POST", "/", headers, body, length);
    expect_request(&delivery, head, body, length);
    header_list_clear(&delivery.headers);
}

Test(curl_command, sends_the_same_body)
{
#define BODY(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
    static const struct {
        const char *bytes;
        size_t length;
    } bodies[] = {
        BODY("{\"event_id\":\"wh_1\"}"),
        BODY("@/etc/passwd"),
        BODY("@-"),
        BODY("'"),
        BODY("'; echo broken >&2; exit 9; '"),
        BODY("$(exit 9) `exit 9` ${HOME} \\\\ \\n \" ! # & | ; ~ *"),
        BODY("two\nlines\n\n"),
        BODY("\n"),
        BODY("\r\ncarriage\r\n"),
        BODY("END\nEND\n"),
        BODY("a\0b\0"),
        BODY("\0"),
        BODY("\x1B]52;c;aGk=\x07"),
        BODY("--data-raw"),
        BODY("caf\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC"),
        BODY("\xE2\x80\xAE\xEF\xBB\xBF\xFF\xFE"),
        BODY("%s%n%d"),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        expect_body(bodies[i].bytes, bodies[i].length);
}

/* As large as the listener takes them, of every byte; and over what a word may hold. */
Test(curl_command, sends_a_large_body)
{
    size_t length = 1024 * 1024;
    char *body = malloc(length);
    cr_assert_not_null(body);
    for (size_t i = 0; i < length; i++)
        body[i] = (char)(i * 31 + i / 256);
    expect_body(body, length);
    for (size_t i = 0; i < length; i++)
        body[i] = (char)('a' + i % 26);
    expect_body(body, 200 * 1024);
    expect_body(body, CURL_TEXT_MAX);
    memset(body, '\'', CURL_TEXT_MAX); /* what takes the most room in quotes */
    expect_body(body, CURL_TEXT_MAX);
    free(body);
}
