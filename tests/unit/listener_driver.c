#include "tests/unit/listener_driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* --- the server ----------------------------------------------------------------- */

static int64_t wall(void *context)
{
    (void)context;
    return DRIVER_WALL_MS;
}

static uint64_t steady(void *context)
{
    struct server *server = context;
    if (server->clock_read != NULL)
        server->clock_read(server);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 + server->skipped_us;
}

void server_respond(struct server *server, struct exchange *exchange)
{
    exchange_respond(exchange, server->status, "text/plain", server->answer_headers, server->answer,
                     server->answer_length);
}

static void on_closed(void *context)
{
    ((struct server *)context)->closed = true;
}

void server_close(struct server *server)
{
    listener_close(server->listener, on_closed, server);
    server->listener = NULL;
}

static void record(struct server *server, const struct listener_request *request)
{
    server->count++;
    (void)snprintf(server->method, sizeof server->method, "%s", request->method);
    (void)snprintf(server->target, sizeof server->target, "%s", request->target);
    (void)snprintf(server->peer, sizeof server->peer, "%s", request->peer);
    (void)snprintf(server->via, sizeof server->via, "%s", request->via ? request->via : "");
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
        server_respond(server, exchange);
        break;
    case REPLY_LATER:
        cr_assert(server->held_count < DRIVER_HELD_MAX);
        server->held[server->held_count++] = exchange;
        break;
    case REPLY_DROP:
        exchange_drop(exchange);
        break;
    case REPLY_CLOSE_LISTENER:
        server_close(server);
        break;
    }
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

struct listener_config server_config(struct server *server, const char *address, uint16_t port)
{
    return (struct listener_config){
        .address = address,
        .port = port,
        .ambient = {.wall_ms = wall, .steady_us = steady, .context = server},
        .handler = handle,
        .context = server,
    };
}

void server_start_with(struct server *server, const char *address,
                       const struct listener_config *wish)
{
    *server = (struct server){.status = 200, .answer = "ok", .answer_length = 2};
    uv_loop_init(&server->loop);
    uv_timer_init(&server->loop, &server->tick);
    struct listener_config config = server_config(server, address, 0);
    config.tls = wish->tls;
    config.allow = wish->allow;
    config.trust_proxy = wish->trust_proxy;
    struct error error = {0};
    server->listener = listener_new(&server->loop, &config, &error);
    cr_assert(server->listener != NULL, "%s", error.message);
}

void server_start_on(struct server *server, const char *address)
{
    server_start_with(server, address, &(struct listener_config){0});
}

void server_start(struct server *server)
{
    server_start_on(server, "127.0.0.1");
}

void server_turn(struct server *server)
{
    uv_update_time(&server->loop);
    /* Repeats: a tick that is due before the loop waits would leave nothing to end the wait. */
    uv_timer_start(&server->tick, on_tick, 1, 1);
    uv_run(&server->loop, UV_RUN_ONCE);
}

int64_t driver_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void server_stop(struct server *server)
{
    if (server->listener != NULL)
        server_close(server);
    WAIT_FOR(server, server->closed);
    uv_close((uv_handle_t *)&server->tick, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    cr_assert(uv_loop_close(&server->loop) == 0, "handles are left on the loop");
    header_list_clear(&server->headers);
    free(server->body);
}

/* --- a client that speaks bytes ------------------------------------------------- */

static void wire_connect_between(struct wire *client, struct server *server, const char *from,
                                 const char *address, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    cr_assert(is_v4 || inet_pton(AF_INET6, address, &v6.sin6_addr) == 1);
    *client = (struct wire){.server = server};
    client->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET};
    if (from != NULL) {
        cr_assert_eq(inet_pton(AF_INET, from, &own.sin_addr), 1);
        cr_assert_eq(bind(client->fd, (struct sockaddr *)&own, sizeof own), 0);
    }
    const struct sockaddr *to = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    cr_assert(connect(client->fd, to, is_v4 ? sizeof v4 : sizeof v6) == 0);
    const int on = 1;
    cr_assert(setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    cr_assert(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0);
}

void wire_connect_to(struct wire *client, struct server *server, const char *address, uint16_t port)
{
    wire_connect_between(client, server, NULL, address, port);
}

void wire_connect_from(struct wire *client, struct server *server, const char *from)
{
    wire_connect_between(client, server, from, "127.0.0.1", listener_port(server->listener));
}

void wire_connect(struct wire *client, struct server *server)
{
    wire_connect_to(client, server, "127.0.0.1", listener_port(server->listener));
}

void wire_close(struct wire *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    free(client->in);
    client->in = NULL;
}

static void wire_receive(struct wire *client)
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
void wire_send(struct wire *client, const void *bytes, size_t length)
{
    const char *next = bytes;
    int64_t end = driver_now_ms() + DRIVER_LIMIT_MS;
    while (length > 0) {
        ssize_t sent = send(client->fd, next, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent > 0) {
            next += sent;
            length -= (size_t)sent;
        } else {
            cr_assert(driver_now_ms() < end, "the server does not read");
            server_turn(client->server);
        }
        wire_receive(client);
    }
}

void wire_say(struct wire *client, const char *text)
{
    wire_send(client, text, strlen(text));
}

bool wire_received(struct wire *client, const char *text)
{
    wire_receive(client);
    return client->in != NULL && strstr(client->in, text) != NULL;
}

bool wire_ended(struct wire *client)
{
    wire_receive(client);
    return client->ended;
}

/* Length of the first whole answer in what came, or 0. */
static size_t answer_length(const struct wire *client)
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

bool wire_answered(struct wire *client)
{
    wire_receive(client);
    return answer_length(client) > 0;
}

/* The status of the first answer, which is then forgotten; 0 when there was none before the end. */
int wire_next_status(struct wire *client)
{
    WAIT_FOR(client->server, wire_answered(client) || client->ended);
    size_t length = client->in != NULL ? answer_length(client) : 0;
    if (length == 0)
        return 0;
    int status = (int)strtol(client->in + strlen("HTTP/1.1 "), NULL, 10);
    client->length -= length;
    memmove(client->in, client->in + length, client->length + 1);
    return status;
}

/* --- requests -------------------------------------------------------------------- */

const char GOLDEN[] = "POST /hooks/a%20b?x=1&y HTTP/1.1\r\n"
                      "Host: hooks.example.com\r\n"
                      "Content-Type: application/json\r\n"
                      "X-Twice: one\r\n"
                      "Content-Length: 12\r\n"
                      "x-twice: two\r\n"
                      "X-Webhook-Signature: t=1,v0=QUJD\r\n"
                      "\r\n"
                      "{\"a\":\"\xc3\xa9\n\0\"}";

const size_t GOLDEN_LENGTH = sizeof GOLDEN - 1;

void assert_golden(const struct server *server)
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
