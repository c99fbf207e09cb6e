#include "api/listener_connection.h"

#include "api/listener_framing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    /* How much of a chunked body that is too large is read, so that its sender gets to
       read the 413: libmicrohttpd takes no answer in the midst of a body. */
    SURPLUS_MAX = 4 * LISTENER_BODY_MAX,
};

static const uint64_t REQUEST_US = (uint64_t)LISTENER_REQUEST_MS * 1000;
static const uint64_t IDLE_US = (uint64_t)LISTENER_IDLE_S * 1000000;

static uint64_t now_us(const struct connection *connection)
{
    return ambient_steady_us(&listener_config(connection->listener)->ambient);
}

/* --- from accept to close ------------------------------------------------------ */

static void format_peer(struct connection *connection, const struct sockaddr *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        (void)snprintf(connection->peer, sizeof connection->peer, "[%s]:%u", host,
                       ntohs(in6->sin6_port));
    } else if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        (void)snprintf(connection->peer, sizeof connection->peer, "%s:%u", host,
                       ntohs(in->sin_port));
    }
}

/* A first byte is not seen by itself, only a whole request line. But silence is ended after
   LISTENER_IDLE_S, so whoever is still here had begun by then. */
static void await_request(struct connection *connection)
{
    connection->exchange.phase = PHASE_BETWEEN;
    connection->deadline_us = now_us(connection) + IDLE_US + REQUEST_US;
}

static struct connection *connection_new(struct listener *listener, struct MHD_Connection *mhd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->listener = listener;
    connection->mhd = mhd;
    connection->exchange.connection = connection;
    buffer_init(&connection->exchange.body, LISTENER_BODY_MAX);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr != NULL)
        format_peer(connection, info->client_addr);
    await_request(connection);
    return connection;
}

static void exchange_clear(struct exchange *exchange)
{
    header_list_clear(&exchange->headers);
    listener_return_bytes(exchange->connection->listener, exchange->body.length);
    buffer_clear(&exchange->body);
    exchange->crowded = false;
    free(exchange->method);
    free(exchange->target);
    exchange->method = NULL;
    exchange->target = NULL;
    exchange->surplus = 0;
    exchange->request = (struct listener_request){0};
    if (exchange->response != NULL)
        MHD_destroy_response(exchange->response);
    exchange->response = NULL;
}

void connection_notify(void *listener, struct MHD_Connection *mhd, void **context,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *connection = connection_new(listener, mhd);
        *context = connection;
        if (connection != NULL)
            listener_add(listener, connection);
    } else if (*context != NULL) {
        struct connection *connection = *context;
        *context = NULL;
        listener_remove(listener, connection);
        exchange_clear(&connection->exchange);
        free(connection);
    }
}

static int connection_fd(const struct connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL ? info->connect_fd : -1;
}

/* A request that was begun is told 408; nothing has been sent for it before. The shutdown hangs
   the socket up, and libmicrohttpd closes it without reading what may have come meanwhile. */
void connection_expire(struct connection *connection)
{
    static const char timed_out[] = "HTTP/1.1 408 Request Timeout\r\n"
                                    "Connection: close\r\nContent-Length: 0\r\n\r\n";
    int fd = connection_fd(connection);
    connection->deadline_us = CONNECTION_NO_DEADLINE;
    if (connection->exchange.phase < PHASE_HANDED)
        (void)send(fd, timed_out, sizeof timed_out - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_RDWR);
}

/* --- reading a request ---------------------------------------------------------- */

void *connection_read_target(void *listener, const char *target, struct MHD_Connection *mhd)
{
    (void)listener;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *connection = info != NULL ? info->socket_context : NULL;
    if (connection == NULL)
        return NULL;
    struct exchange *exchange = &connection->exchange;
    exchange_clear(exchange);
    exchange->phase = PHASE_HEAD;
    exchange->target = strdup(target);
    uint64_t deadline = now_us(connection) + REQUEST_US;
    if (deadline < connection->deadline_us)
        connection->deadline_us = deadline;
    return connection;
}

static struct MHD_Response *response_new(const char *content_type,
                                         const struct header_list *headers, const void *body,
                                         size_t length)
{
    /* Copied: the pointer is not written through. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return NULL;
    bool complete = content_type == NULL ||
                    MHD_add_response_header(response, "Content-Type", content_type) == MHD_YES;
    for (size_t i = 0; complete && headers != NULL && i < headers->count; i++)
        complete = MHD_add_response_header(response, headers->items[i].name,
                                           headers->items[i].value) == MHD_YES;
    if (!complete) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

/* Without a response, MHD_NO closes the connection. */
static enum MHD_Result send_answer(struct connection *connection)
{
    struct exchange *exchange = &connection->exchange;
    exchange->phase = PHASE_SENDING;
    connection->deadline_us = now_us(connection) + REQUEST_US;
    if (exchange->response == NULL)
        return MHD_NO;
    if (listener_draining(connection->listener))
        (void)MHD_add_response_header(exchange->response, "Connection", "close");
    return MHD_queue_response(connection->mhd, exchange->status, exchange->response);
}

/* Nothing more is read from a connection whose request has been refused. */
static enum MHD_Result refuse(struct connection *connection, unsigned status)
{
    static const char body[] = "{\"error\":\"request refused\"}\n";
    struct exchange *exchange = &connection->exchange;
    exchange->status = status;
    exchange->response = response_new("application/json", NULL, body, sizeof body - 1);
    if (exchange->response != NULL)
        (void)MHD_add_response_header(exchange->response, "Connection", "close");
    return send_answer(connection);
}

struct collecting {
    struct header_list *headers;
    uintptr_t next; /* where the next field begins when nothing is skipped */
    bool whole;     /* nothing has been */
    bool copied;
};

static enum MHD_Result collect_header(void *context, enum MHD_ValueKind kind, const char *name,
                                      size_t name_size, const char *value, size_t value_size)
{
    (void)kind;
    struct collecting *collecting = context;
    if (name == NULL || value == NULL) {
        collecting->whole = false;
        return MHD_NO;
    }
    const size_t colon = 1;
    if ((uintptr_t)name != collecting->next ||
        (uintptr_t)value < (uintptr_t)name + name_size + colon)
        collecting->whole = false;
    collecting->next = (uintptr_t)value + value_size + strlen("\r\n");
    collecting->copied = header_list_add(collecting->headers, name, value);
    return collecting->copied ? MHD_YES : MHD_NO;
}

static size_t head_size(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL ? info->header_size : 0;
}

/* libmicrohttpd 0.9 drops parts of a head without a word: what follows a NUL, folded lines,
   the first of two blanks; a field without a name ends the head, and the rest is read as the
   next request; a lone CR or LF ends a line (all measured with 0.9.75). It leaves the head in
   place, so a dropped part shows as a gap between what it reports. */
static bool parts_may_be_missing(void)
{
    return strncmp(MHD_get_version(), "0.", 2) == 0;
}

/* Copies the fields. Whether all of the head has been accounted for is in `whole`. */
static void collect_head(struct connection *connection, const char *method, const char *version,
                         struct collecting *collecting)
{
    struct exchange *exchange = &connection->exchange;
    const size_t blank = 1;
    uintptr_t target = (uintptr_t)method + strlen(method) + blank;
    collecting->headers = &exchange->headers;
    collecting->copied = true;
    collecting->whole = (uintptr_t)version == target + strlen(exchange->target) + blank;
    collecting->next = (uintptr_t)version + strlen(version) + strlen("\r\n");
    MHD_get_connection_values_n(connection->mhd, MHD_HEADER_KIND, collect_header, collecting);
    if (collecting->next + strlen("\r\n") != (uintptr_t)method + head_size(connection->mhd))
        collecting->whole = false;
    if (!parts_may_be_missing())
        collecting->whole = true;
}

static void trim_values(struct header_list *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        char *value = headers->items[i].value;
        size_t length = strlen(value);
        while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
            value[--length] = '\0';
    }
}

/* 0, or the status that refuses the request. */
static unsigned judge_head(struct connection *connection, const char *method, const char *version)
{
    struct exchange *exchange = &connection->exchange;
    exchange->method = strdup(method);
    if (exchange->method == NULL || exchange->target == NULL)
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    struct collecting collecting;
    collect_head(connection, method, version, &collecting);
    if (exchange->headers.count == HEADER_COUNT_MAX && !collecting.copied)
        return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
    if (!collecting.copied)
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    const struct framing_head head = {exchange->method, exchange->target, version,
                                      &exchange->headers};
    if (!collecting.whole || !framing_acceptable(&head))
        return MHD_HTTP_BAD_REQUEST;
    if (framing_content_length(&exchange->headers) > LISTENER_BODY_MAX)
        return MHD_HTTP_CONTENT_TOO_LARGE;
    trim_values(&exchange->headers); /* only now: libmicrohttpd reads them with their blanks */
    return 0;
}

/* The head is there, the body is not: the moment to refuse both. */
static enum MHD_Result begin(struct connection *connection, const char *method, const char *version)
{
    unsigned refusal = judge_head(connection, method, version);
    if (refusal != 0)
        return refuse(connection, refusal);
    connection->exchange.phase = PHASE_BODY;
    return MHD_YES;
}

/* What cannot be kept is still read, in bounds: the answer that says so comes after it. */
static enum MHD_Result take_body(struct connection *connection, const char *bytes, size_t *size)
{
    struct exchange *exchange = &connection->exchange;
    bool borrowed = listener_borrow_bytes(connection->listener, *size);
    if (!borrowed)
        exchange->crowded = true;
    if (exchange->crowded || !buffer_append(&exchange->body, bytes, *size)) {
        exchange->surplus += *size;
        if (borrowed)
            listener_return_bytes(connection->listener, *size);
    }
    *size = 0;
    return exchange->surplus <= SURPLUS_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result hand_over(struct connection *connection)
{
    struct exchange *exchange = &connection->exchange;
    const struct listener_config *config = listener_config(connection->listener);
    if (exchange->crowded)
        return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE);
    if (exchange->body.failed)
        return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE);

    exchange->request = (struct listener_request){
        .method = exchange->method,
        .target = exchange->target,
        .headers = &exchange->headers,
        .body = exchange->body.data != NULL ? exchange->body.data : "",
        .body_length = exchange->body.length,
        .peer = connection->peer,
        .received_ms = ambient_wall_ms(&config->ambient),
    };
    exchange->whole_us = now_us(connection);
    exchange->phase = PHASE_HANDED;
    connection->deadline_us = CONNECTION_NO_DEADLINE;
    config->handler(exchange, config->context);
    if (exchange->phase == PHASE_ANSWERED)
        return send_answer(connection);
    MHD_suspend_connection(connection->mhd);
    connection->suspended = true;
    return MHD_YES;
}

enum MHD_Result connection_serve(void *listener, struct MHD_Connection *mhd, const char *path,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **context)
{
    (void)mhd;
    (void)path; /* decoded and without the query: the target is what came */
    struct connection *connection = *context;
    if (connection == NULL)
        return MHD_NO;
    enum exchange_phase phase = connection->exchange.phase;
    if (listener_ending(listener) && phase != PHASE_ANSWERED)
        return MHD_NO;
    switch (phase) {
    case PHASE_HEAD:
        return begin(connection, method, version);
    case PHASE_BODY:
        if (*upload_size > 0)
            return take_body(connection, upload, upload_size);
        return hand_over(connection);
    case PHASE_ANSWERED:
        return send_answer(connection);
    case PHASE_BETWEEN:
    case PHASE_HANDED:
    case PHASE_SENDING:
        break;
    }
    return MHD_NO;
}

void connection_complete(void *listener, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)listener;
    (void)mhd;
    (void)code;
    struct connection *connection = *context;
    *context = NULL;
    if (connection == NULL)
        return;
    exchange_clear(&connection->exchange);
    await_request(connection);
}

/* --- the owner's side ------------------------------------------------------------ */

static void finish(struct exchange *exchange)
{
    struct connection *connection = exchange->connection;
    exchange->phase = PHASE_ANSWERED;
    if (!connection->suspended)
        return; /* within the handler: hand_over() goes on */
    connection->suspended = false;
    MHD_resume_connection(connection->mhd);
    listener_run_soon(connection->listener);
}

void connection_abandon(struct connection *connection)
{
    if (connection->exchange.phase == PHASE_HANDED)
        finish(&connection->exchange);
}

const struct listener_request *exchange_request(const struct exchange *exchange)
{
    return &exchange->request;
}

char *exchange_take_body(struct exchange *exchange, size_t *length)
{
    exchange->request.body = "";
    exchange->request.body_length = 0;
    *length = 0;
    listener_return_bytes(exchange->connection->listener, exchange->body.length);
    return buffer_take(&exchange->body, length);
}

int64_t exchange_respond(struct exchange *exchange, int status, const char *content_type,
                         const struct header_list *headers, const void *body, size_t length)
{
    int64_t elapsed_us = (int64_t)(now_us(exchange->connection) - exchange->whole_us);
    exchange->status = (unsigned)status;
    exchange->response = response_new(content_type, headers, body, length);
    finish(exchange);
    return elapsed_us;
}

void exchange_drop(struct exchange *exchange)
{
    finish(exchange);
}
