#include "api/listener.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LIMIT_MS = 20 * 1000, /* no state is waited for longer than this */
    HELD_MAX = 300,
    WALL_MS = 1700000000,
};

/* --- a server on a loop, and what it was asked -------------------------------- */

enum reply { REPLY_AT_ONCE, REPLY_LATER, REPLY_DROP, REPLY_CLOSE_LISTENER };

struct server {
    uv_loop_t loop;
    uv_timer_t tick; /* wakes the loop while a test waits */
    struct listener *listener;
    uint64_t skipped_us; /* added to the clock */
    enum reply reply;
    int status;
    const char *answer;
    size_t answer_length;
    const struct header_list *answer_headers;

    size_t count;
    struct exchange *held[HELD_MAX];
    size_t held_count;
    char method[32];
    char target[512];
    char peer[80];
    int64_t received_ms;
    struct header_list headers;
    char *body;
    size_t body_length;
    bool closed;
};

static int64_t wall(void *context)
{
    (void)context;
    return WALL_MS;
}

static uint64_t steady(void *context)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 +
           ((struct server *)context)->skipped_us;
}

static void respond(struct server *server, struct exchange *exchange)
{
    exchange_respond(exchange, server->status, "text/plain", server->answer_headers, server->answer,
                     server->answer_length);
}

static void on_closed(void *context)
{
    ((struct server *)context)->closed = true;
}

static void record(struct server *server, const struct listener_request *request)
{
    server->count++;
    (void)snprintf(server->method, sizeof server->method, "%s", request->method);
    (void)snprintf(server->target, sizeof server->target, "%s", request->target);
    (void)snprintf(server->peer, sizeof server->peer, "%s", request->peer);
    server->received_ms = request->received_ms;
    header_list_clear(&server->headers);
    for (size_t i = 0; i < request->headers->count; i++)
        header_list_add(&server->headers, request->headers->items[i].name,
                        request->headers->items[i].value);
    free(server->body);
    server->body_length = request->body_length;
    server->body = malloc(request->body_length + 1);
    memcpy(server->body, request->body, request->body_length + 1);
}

static void handle(struct exchange *exchange, void *context)
{
    struct server *server = context;
    record(server, exchange_request(exchange));
    switch (server->reply) {
    case REPLY_AT_ONCE:
        respond(server, exchange);
        break;
    case REPLY_LATER:
        cr_assert(server->held_count < HELD_MAX);
        server->held[server->held_count++] = exchange;
        break;
    case REPLY_DROP:
        exchange_drop(exchange);
        break;
    case REPLY_CLOSE_LISTENER:
        listener_close(server->listener, on_closed, server);
        server->listener = NULL;
        break;
    }
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static struct listener_config config_of(struct server *server, const char *address, uint16_t port)
{
    return (struct listener_config){
        .address = address,
        .port = port,
        .ambient = {.wall_ms = wall, .steady_us = steady, .context = server},
        .handler = handle,
        .context = server,
    };
}

static void server_start_on(struct server *server, const char *address)
{
    *server = (struct server){.status = 200, .answer = "ok", .answer_length = 2};
    uv_loop_init(&server->loop);
    uv_timer_init(&server->loop, &server->tick);
    struct listener_config config = config_of(server, address, 0);
    struct error error = {0};
    server->listener = listener_new(&server->loop, &config, &error);
    cr_assert(server->listener != NULL, "%s", error.message);
}

static void server_start(struct server *server)
{
    server_start_on(server, "127.0.0.1");
}

/* One turn of the loop that does not last longer than a millisecond. */
static void turn(struct server *server)
{
    uv_timer_start(&server->tick, on_tick, 1, 0);
    uv_run(&server->loop, UV_RUN_ONCE);
}

static int64_t real_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Runs the loop until `condition` holds; fails the test when that takes too long. */
#define WAIT_FOR(server, condition)                                                                \
    for (int64_t wait_end = real_ms() + LIMIT_MS; !(condition); turn(server))                      \
    cr_assert(real_ms() < wait_end, "not reached: %s", #condition)

static void server_stop(struct server *server)
{
    if (server->listener != NULL)
        listener_close(server->listener, on_closed, server);
    server->listener = NULL;
    WAIT_FOR(server, server->closed);
    uv_close((uv_handle_t *)&server->tick, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    cr_assert(uv_loop_close(&server->loop) == 0, "handles are left on the loop");
    header_list_clear(&server->headers);
    free(server->body);
}

/* --- a client that speaks bytes ------------------------------------------------- */

struct client {
    struct server *server;
    int fd;
    char *in;
    size_t length;
    bool ended;
};

static void client_connect(struct client *client, struct server *server)
{
    *client = (struct client){.server = server};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(listener_port(server->listener)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    cr_assert(connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0);
}

static void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    free(client->in);
    client->in = NULL;
}

static void client_receive(struct client *client)
{
    char bytes[65536];
    ssize_t got;
    while (!client->ended && (got = recv(client->fd, bytes, sizeof bytes, 0)) != 0) {
        if (got < 0 && errno == EAGAIN)
            return;
        if (got < 0)
            break;
        client->in = realloc(client->in, client->length + (size_t)got + 1);
        memcpy(client->in + client->length, bytes, (size_t)got);
        client->length += (size_t)got;
        client->in[client->length] = '\0';
    }
    client->ended = true;
}

/* Sends what the server takes; a server that has closed takes nothing more. */
static void client_send(struct client *client, const void *bytes, size_t length)
{
    const char *next = bytes;
    int64_t end = real_ms() + LIMIT_MS;
    while (length > 0) {
        ssize_t sent = send(client->fd, next, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent > 0) {
            next += sent;
            length -= (size_t)sent;
        } else {
            cr_assert(real_ms() < end, "the server does not read");
            turn(client->server);
        }
        client_receive(client);
    }
}

static void client_say(struct client *client, const char *text)
{
    client_send(client, text, strlen(text));
}

static bool received(struct client *client, const char *text)
{
    client_receive(client);
    return client->in != NULL && strstr(client->in, text) != NULL;
}

static bool ended(struct client *client)
{
    client_receive(client);
    return client->ended;
}

/* Length of the first whole answer in what came, or 0. */
static size_t answer_length(const struct client *client)
{
    const char *head_end = client->in != NULL ? strstr(client->in, "\r\n\r\n") : NULL;
    if (head_end == NULL)
        return 0;
    const char *field = strcasestr(client->in, "\r\nContent-Length:");
    size_t length = (size_t)(head_end + 4 - client->in);
    if (field != NULL && field < head_end)
        length += strtoul(field + 17, NULL, 10);
    return length <= client->length ? length : 0;
}

static bool answered(struct client *client)
{
    client_receive(client);
    return answer_length(client) > 0;
}

/* The status of the first answer, which is then forgotten; 0 when there was none before the end. */
static int next_status(struct client *client)
{
    WAIT_FOR(client->server, answered(client) || client->ended);
    size_t length = client->in != NULL ? answer_length(client) : 0;
    if (length == 0)
        return 0;
    int status = (int)strtol(client->in + strlen("HTTP/1.1 "), NULL, 10);
    client->length -= length;
    memmove(client->in, client->in + length, client->length + 1);
    return status;
}

/* --- requests -------------------------------------------------------------------- */

static const char GOLDEN[] = "POST /hooks/a%20b?x=1&y HTTP/1.1\r\n"
                             "Host: hooks.example.com\r\n"
                             "Content-Type: application/json\r\n"
                             "X-Twice: one\r\n"
                             "Content-Length: 12\r\n"
                             "x-twice: two\r\n"
                             "X-Webhook-Signature: t=1,v0=QUJD\r\n"
                             "\r\n"
                             "{\"a\":\"\xc3\xa9\n\0\"}";

static const size_t GOLDEN_LENGTH = sizeof GOLDEN - 1;

static void assert_golden(const struct server *server)
{
    cr_assert_str_eq(server->method, "POST");
    cr_assert_str_eq(server->target, "/hooks/a%20b?x=1&y");
    cr_assert_eq(server->body_length, 12);
    cr_assert(memcmp(server->body, "{\"a\":\"\xc3\xa9\n\0\"}", 12) == 0);
    const char *const names[] = {"Host",           "Content-Type", "X-Twice",
                                 "Content-Length", "x-twice",      "X-Webhook-Signature"};
    const char *const values[] = {"hooks.example.com", "application/json", "one", "12", "two",
                                  "t=1,v0=QUJD"};
    cr_assert_eq(server->headers.count, 6);
    for (size_t i = 0; i < 6; i++) {
        cr_assert_str_eq(server->headers.items[i].name, names[i]);
        cr_assert_str_eq(server->headers.items[i].value, values[i]);
    }
}

Test(listener, hands_over_a_request_as_it_came)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, answered(&client));
    cr_assert(strncmp(client.in, "HTTP/1.1 200 ", 13) == 0);
    cr_assert(received(&client, "Content-Type: text/plain\r\n"));
    cr_assert(received(&client, "\r\n\r\nok"));
    assert_golden(&server);
    cr_assert_eq(server.received_ms, WALL_MS);
    struct sockaddr_in own;
    socklen_t own_length = sizeof own;
    getsockname(client.fd, (struct sockaddr *)&own, &own_length);
    char peer[40];
    (void)snprintf(peer, sizeof peer, "127.0.0.1:%u", ntohs(own.sin_port));
    cr_assert_str_eq(server.peer, peer);
    client_close(&client);
    server_stop(&server);
}

Test(listener, reads_a_request_that_comes_in_pieces)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    for (size_t cut = 1; cut < GOLDEN_LENGTH; cut++) {
        client_send(&client, GOLDEN, cut);
        turn(&server);
        turn(&server);
        client_send(&client, GOLDEN + cut, GOLDEN_LENGTH - cut);
        cr_assert_eq(next_status(&client), 200);
        cr_assert_eq(server.count, cut);
        assert_golden(&server);
    }
    client_close(&client);
    server_stop(&server);
}

Test(listener, answers_later)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    server.skipped_us += 1000000;
    const struct listener_request *request = exchange_request(server.held[0]);
    cr_assert_str_eq(request->target, "/hooks/a%20b?x=1&y");
    size_t length = 0;
    char *body = exchange_take_body(server.held[0], &length);
    cr_assert_eq(length, 12);
    cr_assert(memcmp(body, "{\"a\":\"\xc3\xa9\n\0\"}", 12) == 0);
    cr_assert_eq(request->body_length, 0);
    free(body);
    int64_t elapsed = exchange_respond(server.held[0], 503, "application/json", NULL, "{}", 2);
    cr_assert(elapsed >= 1000000 && elapsed < 1000000 + (int64_t)LIMIT_MS * 1000);
    cr_assert_eq(next_status(&client), 503);
    client_close(&client);
    server_stop(&server);
}

Test(listener, closes_with_exchanges_outstanding)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client clients[3];
    for (size_t i = 0; i < 3; i++) {
        client_connect(&clients[i], &server);
        client_send(&clients[i], GOLDEN, i < 2 ? GOLDEN_LENGTH : GOLDEN_LENGTH - 1);
    }
    WAIT_FOR(&server, server.held_count == 2);
    listener_close(server.listener, on_closed, &server);
    server.listener = NULL;
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(next_status(&clients[i]), 0);
        cr_assert(ended(&clients[i]));
        client_close(&clients[i]);
    }
    server_stop(&server);
}

Test(listener, says_where_and_why_it_cannot_listen)
{
    struct server server;
    server_start(&server);
    struct error error = {0};
    struct listener_config config = config_of(&server, "127.0.0.1", listener_port(server.listener));
    cr_assert_null(listener_new(&server.loop, &config, &error));
    char expected[ERROR_MAX];
    (void)snprintf(expected, sizeof expected,
                   "cannot listen on 127.0.0.1:%u: address already in use", config.port);
    cr_assert_str_eq(error.message, expected);

    config = config_of(&server, "192.0.2.1", 8787);
    cr_assert_null(listener_new(&server.loop, &config, &error));
    cr_assert_str_eq(error.message, "cannot listen on 192.0.2.1:8787: address not available");

    config = config_of(&server, "example.com", 8787);
    cr_assert_null(listener_new(&server.loop, &config, &error));
    cr_assert_str_eq(error.message, "cannot listen on example.com:8787: not an IP address");

    config = config_of(&server, "2001:db8::1", 8787);
    cr_assert_null(listener_new(&server.loop, &config, &error));
    cr_assert_str_eq(error.message, "cannot listen on [2001:db8::1]:8787: address not available");
    server_stop(&server);
}

Test(listener, serves_many_requests_on_one_connection)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    for (size_t i = 0; i < 5; i++)
        client_send(&client, GOLDEN, GOLDEN_LENGTH);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(next_status(&client), 200);
    cr_assert_eq(server.count, 5);
    cr_assert_eq(listener_connections(server.listener), 1);
    client_say(&client, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    cr_assert_eq(next_status(&client), 200);
    WAIT_FOR(&server, ended(&client));
    client_close(&client);
    server_stop(&server);
}

Test(listener, drops_without_an_answer)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_DROP;
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(next_status(&client), 0);
    cr_assert_eq(client.length, 0);
    client_close(&client);

    server.reply = REPLY_LATER;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    exchange_drop(server.held[0]);
    cr_assert_eq(next_status(&client), 0);
    cr_assert_eq(client.length, 0);
    client_close(&client);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}
