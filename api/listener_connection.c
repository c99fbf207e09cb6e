#include "api/listener_private.h"

#include "api/forwarded.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t REQUEST_US = (uint64_t)LISTENER_REQUEST_MS * 1000;
static const uint64_t IDLE_US = (uint64_t)LISTENER_IDLE_MS * 1000;
static const uint64_t HANDSHAKE_US = (uint64_t)LISTENER_HANDSHAKE_MS * 1000;
static const uint64_t LINGER_US = (uint64_t)LISTENER_LINGER_MS * 1000;

static const struct http_limits http_limits = {
    .head_bytes = LISTENER_HEAD_MAX,
    .header_count = HEADER_COUNT_MAX,
    .body_bytes = LISTENER_BODY_MAX,
    .extra_bytes = LISTENER_EXTRA_MAX,
};

static void enter(struct connection *connection, enum connection_state state, uint64_t allowed_us)
{
    uint64_t now = listener_now_us(connection->listener);
    connection->state = state;
    connection->since_us = now;
    connection->deadline_us =
        allowed_us == LISTENER_NO_DEADLINE ? LISTENER_NO_DEADLINE : now + allowed_us;
}

/* --- from accept to close ---------------------------------------------------------- */

static bool settle_in(struct connection *connection, const struct sockaddr *address)
{
    struct listener *listener = connection->listener;
    if (!ip_address_of(address, &connection->address))
        return false;
    connection->port =
        ntohs(address->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                             : ((const struct sockaddr_in *)address)->sin_port);
    connection->trusted = cidr_list_contains(listener->config.trust_proxy, &connection->address);
    if (listener->config.tls != NULL) {
        connection->stream = tls_stream_new(listener->config.tls, connection->fd);
        if (connection->stream == NULL)
            return false;
    }
    connection->peer = peers_enter(&listener->peers, &connection->address);
    return connection->peer != NULL;
}

struct connection *connection_new(struct listener *listener, int fd, const struct sockaddr *address)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return NULL;
    }
    connection->listener = listener;
    connection->fd = fd;
    if (!settle_in(connection, address)) {
        close(fd);
        connection_free(connection);
        return NULL;
    }
    /* Often the first bytes have come with it. */
    connection->readable = true;
    connection->writable = true;
    http_request_init(&connection->http, &http_limits);
    buffer_init(&connection->body, LISTENER_BODY_MAX);
    buffer_init(&connection->unread, LISTENER_RECEIVE_SIZE);
    buffer_init(&connection->unsent, SIZE_MAX);
    if (connection->stream != NULL)
        enter(connection, CONNECTION_HANDSHAKE, HANDSHAKE_US);
    else
        enter(connection, CONNECTION_READING, IDLE_US);
    return connection;
}

void connection_free(struct connection *connection)
{
    http_request_clear(&connection->http);
    buffer_clear(&connection->body);
    buffer_clear(&connection->unread);
    buffer_clear(&connection->unsent);
    tls_stream_free(connection->stream);
    free(connection);
}

static void forget_body(struct connection *connection)
{
    connection->listener->body_bytes -= connection->body.length;
    buffer_clear(&connection->body);
}

void connection_close(struct connection *connection)
{
    struct listener *listener = connection->listener;
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (connection->stream != NULL && connection->state != CONNECTION_LINGERING)
        tls_stream_end(connection->stream);
    /* By itself it would stay registered while a forked child has the descriptor too. */
    if (connection->registered)
        (void)epoll_ctl(listener->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
    close(connection->fd);
    forget_body(connection);
    peers_leave(&listener->peers, connection->peer);
    listener_unready(listener, connection);
    connection->state = CONNECTION_CLOSED;
    TAILQ_REMOVE(&listener->connections, connection, all);
    TAILQ_INSERT_TAIL(&listener->closed, connection, all);
    listener->connection_count--;
    listener_settle(listener);
    listener_start_accepting(listener);
}

/* --- sending ----------------------------------------------------------------------------- */

/* Closing with bytes unread resets the connection, and the peer may lose the answer with it (RFC
   9112, 9.6). So where more may be coming, it is read away for a while. */
static void begin_lingering(struct connection *connection)
{
    connection_end_sending(connection);
    connection->discarded = 0;
    connection->readable = true;
    enter(connection, CONNECTION_LINGERING, LINGER_US);
    listener_make_ready(connection->listener, connection);
}

/* The answer is out. */
static void sent_all(struct connection *connection)
{
    struct listener *listener = connection->listener;
    buffer_clear(&connection->unsent);
    bool more = connection->unread.length > connection->unread_at;
    if (connection->close_after && (connection->linger || more)) {
        begin_lingering(connection);
        return;
    }
    if (connection->close_after) {
        connection_close(connection);
        return;
    }
    http_request_reset(&connection->http);
    connection->requests++;
    enter(connection, CONNECTION_READING, IDLE_US);
    if (more || connection->readable)
        listener_make_ready(listener, connection);
    else if (!connection_register(connection))
        connection_close(connection);
}

/* As much as the socket takes. What the peer does not read, it must read in time. */
static void send_unsent(struct connection *connection)
{
    struct buffer *unsent = &connection->unsent;
    while (connection->unsent_at < unsent->length) {
        size_t sent = 0;
        enum stream_result result =
            connection_send(connection, unsent->data + connection->unsent_at,
                            unsent->length - connection->unsent_at, &sent);
        if (result == STREAM_ENDED || (result == STREAM_WAITS && !connection_register(connection)))
            connection_close(connection);
        if (result != STREAM_DONE)
            return;
        connection->unsent_at += sent;
    }
    sent_all(connection);
}

/* Straight from where it was made, in one call; only a rest is kept. */
static void send_answer(struct connection *connection, struct buffer *answer)
{
    size_t sent = 0;
    enum stream_result result = connection_send(connection, answer->data, answer->length, &sent);
    enter(connection, CONNECTION_SENDING, REQUEST_US);
    if (result == STREAM_ENDED) {
        connection_close(connection);
    } else if (sent == answer->length) {
        sent_all(connection);
    } else {
        connection->unsent_at = 0;
        if (buffer_append(&connection->unsent, answer->data + sent, answer->length - sent))
            send_unsent(connection);
        else
            connection_close(connection);
    }
}

static const char *date_now(struct listener *listener)
{
    int64_t wall_ms = ambient_wall_ms(&listener->config.ambient);
    if (wall_ms / 1000 != listener->date_s || listener->date[0] == '\0') {
        listener->date_s = wall_ms / 1000;
        http_date(wall_ms, listener->date);
    }
    return listener->date;
}

static void give_answer(struct connection *connection, struct http_answer *answer)
{
    struct listener *listener = connection->listener;
    struct buffer *made = &listener->answer;
    forget_body(connection);
    connection->close_after = answer->close;
    answer->date = date_now(listener);
    made->length = 0;
    made->failed = false;
    if (http_answer_append(made, answer))
        send_answer(connection, made);
    else
        connection_close(connection);
    if (made->capacity > LISTENER_ANSWER_KEPT)
        buffer_clear(made);
}

/* Without the handler. Nothing more is understood of what comes. */
static void refuse(struct connection *connection, int status)
{
    static const char body[] = "{\"error\":\"request refused\"}\n";
    struct header retry = {"Retry-After", LISTENER_RETRY_AFTER_S};
    const struct header_list headers = {.items = &retry, .count = status == 503};
    connection->listener->counts.refused++;
    connection->linger = true;
    give_answer(connection, &(struct http_answer){.status = status,
                                                  .content_type = "application/json",
                                                  .headers = &headers,
                                                  .body = body,
                                                  .length = sizeof body - 1,
                                                  .close = true});
}

/* A request that was begun is told; silence is just ended. */
void connection_expire(struct connection *connection)
{
    struct listener_counts *counts = &connection->listener->counts;
    bool begun = connection->state == CONNECTION_READING && http_request_begun(&connection->http);
    counts->tls_failed += connection->state == CONNECTION_HANDSHAKE;
    counts->timed_out += begun;
    if (begun)
        refuse(connection, 408);
    else
        connection_close(connection);
}

/* --- handing over ---------------------------------------------------------------------- */

/* "127.0.0.1:51234", "[::1]:51234" */
static const char *socket_peer(struct connection *connection)
{
    char host[IP_ADDRESS_TEXT_MAX];
    bool v4 = ip_address_is_v4(&connection->address);
    if (connection->from[0] == '\0')
        (void)snprintf(connection->from, sizeof connection->from, v4 ? "%s:%u" : "[%s]:%u",
                       ip_address_text(&connection->address, host), connection->port);
    return connection->from;
}

/* Fills in whom the request comes from. False when that one may not ask. */
static bool find_client(struct connection *connection, struct listener_request *request)
{
    const struct listener_config *config = &connection->listener->config;
    struct ip_address client = connection->address;
    request->peer = socket_peer(connection);
    request->via = NULL;
    if (connection->trusted && forwarded_client(request->headers, config->trust_proxy, &client)) {
        request->via = request->peer;
        request->peer = ip_address_text(&client, connection->client);
    }
    /* Others than proxies were asked when they connected. */
    return !connection->trusted || config->allow == NULL || config->allow->count == 0 ||
           cidr_list_contains(config->allow, &client);
}

static void hand_over(struct connection *connection)
{
    struct listener *listener = connection->listener;
    struct exchange *exchange = &connection->exchange;
    const struct http_request *http = &connection->http;
    exchange->request = (struct listener_request){
        .method = http->method,
        .target = http->target,
        .headers = &http->headers,
        .body = connection->body.data != NULL ? connection->body.data : "",
        .body_length = connection->body.length,
        .received_ms = ambient_wall_ms(&listener->config.ambient),
    };
    if (!find_client(connection, &exchange->request)) {
        listener->counts.not_allowed++;
        refuse(connection, 403);
        return;
    }
    enter(connection, CONNECTION_HANDED, LISTENER_NO_DEADLINE);
    exchange->whole_us = connection->since_us;
    listener->counts.handed_over++;
    listener->config.handler(exchange, listener->config.context);
}

/* --- reading -------------------------------------------------------------------------- */

/* A sender that asks is told to go on, unless it has not waited (RFC 9110, 10.1.1). */
static bool let_go_on(struct connection *connection, size_t at_hand)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const struct http_request *http = &connection->http;
    if (!http->expects_continue || http->content_length == 0 || at_hand > 0)
        return true;
    /* The socket has room: nothing is under way on it. */
    size_t sent = 0;
    return connection_send(connection, go_on, sizeof go_on - 1, &sent) == STREAM_DONE &&
           sent == sizeof go_on - 1;
}

static bool take_body(struct connection *connection)
{
    struct listener *listener = connection->listener;
    const struct http_request *http = &connection->http;
    if (http->body_length > LISTENER_BODIES_MAX - listener->body_bytes ||
        !buffer_append(&connection->body, http->body, http->body_length))
        return false;
    listener->body_bytes += http->body_length;
    return true;
}

/* Where bytes come from: what was just received, or what an earlier read left over. */
struct input {
    const char *bytes;
    size_t length;
    size_t used;
    bool left_over;
};

/* What belongs to the next request waits for its turn. False when memory is out. */
static bool keep_rest(struct connection *connection, const struct input *input)
{
    if (!input->left_over)
        return input->used == input->length ||
               buffer_append(&connection->unread, input->bytes + input->used,
                             input->length - input->used);
    connection->unread_at += input->used;
    if (input->used == input->length) {
        buffer_clear(&connection->unread);
        connection->unread_at = 0;
    }
    return true;
}

/* Up to the end of one request. */
static void feed(struct connection *connection, struct input *input)
{
    struct http_request *http = &connection->http;
    bool begun = http_request_begun(http);
    for (;;) {
        size_t taken = 0;
        enum http_event event = http_request_feed(http, input->bytes + input->used,
                                                  input->length - input->used, &taken);
        input->used += taken;
        switch (event) {
        case HTTP_MORE:
            (void)keep_rest(connection, input);
            if (!begun)
                enter(connection, CONNECTION_READING, REQUEST_US);
            return;
        case HTTP_HEAD:
            if (!let_go_on(connection, input->length - input->used)) {
                connection_close(connection);
                return;
            }
            break;
        case HTTP_BODY:
            if (!take_body(connection)) {
                refuse(connection, 503);
                return;
            }
            break;
        case HTTP_COMPLETE:
            if (keep_rest(connection, input))
                hand_over(connection);
            else
                connection_close(connection);
            return;
        case HTTP_REFUSED:
            refuse(connection, http->status);
            return;
        }
    }
}

/* --- a turn -------------------------------------------------------------------------------- */

/* Each step says whether there may be more to do at once. */

static bool await(struct connection *connection)
{
    if (!connection_register(connection))
        connection_close(connection);
    return false;
}

static bool step_handshake(struct connection *connection)
{
    struct listener *listener = connection->listener;
    if (listener->handshakes_left == 0) {
        listener_make_ready(listener, connection);
        return false;
    }
    listener->handshakes_left--;
    switch (tls_stream_handshake(connection->stream)) {
    case TLS_DONE:
        enter(connection, CONNECTION_READING, IDLE_US);
        return true;
    case TLS_WANT_READ:
    case TLS_WANT_WRITE:
        return await(connection);
    case TLS_NOT_TLS: /* told in plain, which it understands */
        tls_stream_free(connection->stream);
        connection->stream = NULL;
        listener->counts.tls_failed++;
        refuse(connection, 400);
        return false;
    case TLS_ENDED:
    case TLS_FAILED:
        break;
    }
    listener->counts.tls_failed++;
    connection_close(connection);
    return false;
}

static bool step_reading(struct connection *connection)
{
    struct buffer *unread = &connection->unread;
    struct input input = {0};
    if (unread->length > connection->unread_at) {
        input.bytes = unread->data + connection->unread_at;
        input.length = unread->length - connection->unread_at;
        input.left_over = true;
        feed(connection, &input);
        return true;
    }
    if (!connection->readable)
        return await(connection);
    switch (connection_receive(connection, &input.length)) {
    case STREAM_DONE:
        input.bytes = connection->listener->received;
        feed(connection, &input);
        return true;
    case STREAM_WAITS:
        return await(connection);
    case STREAM_ENDED:
        break;
    }
    connection_close(connection);
    return false;
}

static bool step_lingering(struct connection *connection)
{
    size_t got = 0;
    if (!connection->readable)
        return await(connection);
    enum stream_result result = connection_discard(connection, &got);
    connection->discarded += got;
    if (result == STREAM_WAITS)
        return await(connection);
    if (result == STREAM_DONE && connection->discarded <= LISTENER_LINGER_BYTES)
        return true;
    connection_close(connection);
    return false;
}

static bool step(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_HANDSHAKE:
        return step_handshake(connection);
    case CONNECTION_READING:
        return step_reading(connection);
    case CONNECTION_SENDING:
        send_unsent(connection);
        return connection->state != CONNECTION_SENDING;
    case CONNECTION_LINGERING:
        return step_lingering(connection);
    case CONNECTION_HANDED:
    case CONNECTION_CLOSED:
        break;
    }
    return false;
}

void connection_run(struct connection *connection)
{
    for (int i = 0; i < LISTENER_STEPS_A_TURN; i++)
        if (!step(connection) || connection->listener->closing)
            return;
    listener_make_ready(connection->listener, connection);
}

/* --- the owner's side ---------------------------------------------------------------- */

static struct connection *connection_of(struct exchange *exchange)
{
    return (struct connection *)((char *)exchange - offsetof(struct connection, exchange));
}

const struct listener_request *exchange_request(const struct exchange *exchange)
{
    return &exchange->request;
}

char *exchange_take_body(struct exchange *exchange, size_t *length)
{
    struct connection *connection = connection_of(exchange);
    exchange->request.body = "";
    exchange->request.body_length = 0;
    *length = 0;
    connection->listener->body_bytes -= connection->body.length;
    return buffer_take(&connection->body, length);
}

int64_t exchange_respond(struct exchange *exchange, int status, const char *content_type,
                         const struct header_list *headers, const void *body, size_t length)
{
    struct connection *connection = connection_of(exchange);
    struct listener *listener = connection->listener;
    const struct http_request *http = &connection->http;
    int64_t elapsed_us = (int64_t)(listener_now_us(listener) - exchange->whole_us);
    bool last =
        listener->socket < 0 || connection->requests + 1 >= LISTENER_REQUESTS_PER_CONNECTION_MAX;
    connection->linger = last && http->keep_alive; /* it may have sent the next one */
    give_answer(connection, &(struct http_answer){.status = status,
                                                  .content_type = content_type,
                                                  .headers = headers,
                                                  .body = body,
                                                  .length = length,
                                                  .close = last || !http->keep_alive,
                                                  .head_only = strcmp(http->method, "HEAD") == 0});
    listener_reap(listener);
    return elapsed_us;
}

void exchange_drop(struct exchange *exchange)
{
    struct connection *connection = connection_of(exchange);
    struct listener *listener = connection->listener;
    connection_close(connection);
    listener_reap(listener);
}
