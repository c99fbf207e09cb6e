#include "tests/unit/http_script.h"

#include "api/buffer.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct script_answer {
    struct script_answer *next;
    char *bytes;
    size_t length;
    enum script_after after;
};

struct script_connection {
    struct script_connection *next;
    struct script_server *server;
    uv_tcp_t tcp;
    struct buffer input;
    unsigned number;
};

struct script_server {
    struct http_script *script;
    uv_tcp_t tcp;
    struct script_connection *connections;
    struct script_answer *answers;
};

struct reply {
    uv_write_t write;
    struct script_connection *connection;
    struct script_answer *answer;
};

/* --- sending ------------------------------------------------------------------ */

static void answer_free(struct script_answer *answer)
{
    free(answer->bytes);
    free(answer);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct script_connection *connection = handle->data;
    buffer_clear(&connection->input);
    free(connection);
}

static void connection_drop(struct script_connection *connection, bool reset)
{
    if (uv_is_closing((uv_handle_t *)&connection->tcp))
        return;
    for (struct script_connection **at = &connection->server->connections; *at != NULL;
         at = &(*at)->next) {
        if (*at == connection) {
            *at = connection->next;
            break;
        }
    }
    if (!reset || uv_tcp_close_reset(&connection->tcp, on_connection_closed) != 0)
        uv_close((uv_handle_t *)&connection->tcp, on_connection_closed);
}

static void on_written(uv_write_t *write, int status)
{
    struct reply *reply = write->data;
    if (status == 0 && reply->answer->after != SCRIPT_KEEP)
        connection_drop(reply->connection, reply->answer->after == SCRIPT_RESET);
    answer_free(reply->answer);
    free(reply);
}

static void send_next_answer(struct script_connection *connection)
{
    struct script_server *server = connection->server;
    struct script_answer *answer = server->answers;
    if (answer == NULL)
        return;
    server->answers = answer->next;
    struct reply *reply = calloc(1, sizeof *reply);
    cr_assert_not_null(reply);
    reply->write.data = reply;
    reply->connection = connection;
    reply->answer = answer;
    uv_buf_t bytes = uv_buf_init(answer->bytes, (unsigned)answer->length);
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    cr_assert_eq(uv_write(&reply->write, stream, &bytes, 1, on_written), 0);
}

/* --- receiving ------------------------------------------------------------------ */

const char *script_header(const struct script_request *request, const char *name, char *value,
                          size_t size)
{
    const char *line = strstr(request->text, "\r\n");
    while (line != NULL && line + 2 < request->body) {
        line += 2;
        size_t length = strlen(name);
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *from = line + length + 1;
            from += strspn(from, " ");
            (void)snprintf(value, size, "%.*s", (int)strcspn(from, "\r"), from);
            return value;
        }
        line = strstr(line, "\r\n");
    }
    return NULL;
}

/* Takes one whole request off the input. */
static bool take_request(struct script_connection *connection)
{
    struct http_script *script = connection->server->script;
    struct buffer *input = &connection->input;
    char *end = input->length > 0 ? strstr(input->data, "\r\n\r\n") : NULL;
    if (end == NULL)
        return false;
    cr_assert_lt(script->request_count, (unsigned)SCRIPT_REQUESTS_MAX);
    struct script_request *request = &script->requests[script->request_count];
    size_t head = (size_t)(end - input->data) + 4;
    cr_assert_lt(head, (size_t)SCRIPT_TEXT_MAX);
    size_t kept = input->length < SCRIPT_TEXT_MAX ? input->length : SCRIPT_TEXT_MAX - 1;
    memcpy(request->text, input->data, kept);
    request->text[kept] = '\0';
    request->body = request->text + head;
    char number[32];
    const char *length = script_header(request, "Content-Length", number, sizeof number);
    size_t whole = head + (length == NULL ? 0 : strtoul(length, NULL, 10));
    if (input->length < whole)
        return false;
    if (whole < kept)
        request->text[whole] = '\0';
    request->length = whole;
    cr_assert_eq(sscanf(request->text, "%15s %1023s", request->method, request->target), 2);
    request->connection = connection->number;
    script->request_count++;
    memmove(input->data, input->data + whole, input->length - whole + 1);
    input->length -= whole;
    return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    buffer->base = malloc(suggested);
    buffer->len = buffer->base == NULL ? 0 : suggested;
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct script_connection *connection = stream->data;
    if (length > 0)
        cr_assert(buffer_append(&connection->input, buffer->base, (size_t)length));
    free(buffer->base);
    while (length > 0 && take_request(connection))
        send_next_answer(connection);
    if (length < 0)
        connection_drop(connection, false);
}

static void on_accept(uv_stream_t *stream, int status)
{
    struct script_server *server = stream->data;
    cr_assert_eq(status, 0);
    struct script_connection *connection = calloc(1, sizeof *connection);
    cr_assert_not_null(connection);
    connection->server = server;
    connection->number = ++server->script->accepted;
    connection->tcp.data = connection;
    buffer_init(&connection->input, SCRIPT_INPUT_MAX);
    connection->next = server->connections;
    server->connections = connection;
    uv_tcp_init(stream->loop, &connection->tcp);
    cr_assert_eq(uv_accept(stream, (uv_stream_t *)&connection->tcp), 0);
    cr_assert_eq(uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read), 0);
}

/* --- the script ------------------------------------------------------------------ */

void http_script_start(struct http_script *script, uv_loop_t *loop)
{
    *script = (struct http_script){.loop = loop};
    (void)signal(SIGPIPE, SIG_IGN); /* libuv and libcurl leave that to the program */
    struct script_server *server = calloc(1, sizeof *server);
    cr_assert_not_null(server);
    script->server = server;
    server->script = script;
    server->tcp.data = server;
    struct sockaddr_in address;
    int length = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &server->tcp);
    cr_assert_eq(uv_tcp_bind(&server->tcp, (struct sockaddr *)&address, 0), 0);
    cr_assert_eq(uv_listen((uv_stream_t *)&server->tcp, 16, on_accept), 0);
    cr_assert_eq(uv_tcp_getsockname(&server->tcp, (struct sockaddr *)&address, &length), 0);
    script->port = ntohs(address.sin_port);
    (void)snprintf(script->url, sizeof script->url, "http://127.0.0.1:%u", script->port);
}

static void on_server_closed(uv_handle_t *handle)
{
    struct script_server *server = handle->data;
    while (server->answers != NULL) {
        struct script_answer *answer = server->answers;
        server->answers = answer->next;
        answer_free(answer);
    }
    free(server);
}

void http_script_stop(struct http_script *script)
{
    while (script->server->connections != NULL)
        connection_drop(script->server->connections, false);
    uv_close((uv_handle_t *)&script->server->tcp, on_server_closed);
}

void http_script_raw(struct http_script *script, const void *bytes, size_t length,
                     enum script_after after)
{
    struct script_answer *answer = calloc(1, sizeof *answer);
    cr_assert_not_null(answer);
    answer->bytes = malloc(length + 1);
    cr_assert_not_null(answer->bytes);
    memcpy(answer->bytes, bytes, length);
    answer->length = length;
    answer->after = after;
    struct script_answer **at = &script->server->answers;
    while (*at != NULL)
        at = &(*at)->next;
    *at = answer;
}

void http_script_answer(struct http_script *script, int status, const char *headers,
                        const char *body)
{
    char *bytes = NULL;
    int length = asprintf(&bytes, "HTTP/1.1 %d Word\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                          headers == NULL ? "" : headers, strlen(body), body);
    cr_assert(length > 0);
    http_script_raw(script, bytes, (size_t)length, SCRIPT_KEEP);
    free(bytes);
}

/* --- the loop ---------------------------------------------------------------------- */

/* A turn runs its timers first and then waits for the next thing to happen, which may be nothing:
   when what is waited for came true in a timer, the turn must end without waiting. */
struct limit {
    uv_timer_t timer;
    uv_prepare_t before_waiting;
    const bool *done;
    const unsigned *count;
    unsigned least;
    bool late;
};

static void on_limit(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static bool is_reached(const struct limit *limit)
{
    return (limit->done != NULL && *limit->done) ||
           (limit->count != NULL && *limit->count >= limit->least);
}

static void before_waiting(uv_prepare_t *prepare)
{
    const struct limit *limit = prepare->data;
    if (is_reached(limit))
        uv_stop(prepare->loop);
}

static void limit_begin(struct limit *limit, uv_loop_t *loop)
{
    limit->late = false;
    uv_timer_init(loop, &limit->timer);
    limit->timer.data = &limit->late;
    uv_timer_start(&limit->timer, on_limit, SCRIPT_LIMIT_MS, 0);
    uv_prepare_init(loop, &limit->before_waiting);
    limit->before_waiting.data = limit;
    uv_prepare_start(&limit->before_waiting, before_waiting);
}

static void limit_end(struct limit *limit, uv_loop_t *loop)
{
    uv_close((uv_handle_t *)&limit->timer, NULL);
    uv_close((uv_handle_t *)&limit->before_waiting, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

static void run_until_reached(uv_loop_t *loop, struct limit *limit)
{
    limit_begin(limit, loop);
    while (!is_reached(limit) && !limit->late)
        uv_run(loop, UV_RUN_ONCE);
    limit_end(limit, loop);
}

void run_until(uv_loop_t *loop, const bool *done)
{
    struct limit limit = {.done = done};
    run_until_reached(loop, &limit);
    cr_assert(*done, "not done after %d ms", SCRIPT_LIMIT_MS);
}

void run_until_count(uv_loop_t *loop, const unsigned *count, unsigned least)
{
    struct limit limit = {.count = count, .least = least};
    run_until_reached(loop, &limit);
    cr_assert(*count >= least, "%u of %u after %d ms", *count, least, SCRIPT_LIMIT_MS);
}

void run_dry(uv_loop_t *loop)
{
    struct limit limit = {0};
    limit_begin(&limit, loop);
    uv_unref((uv_handle_t *)&limit.timer);
    uv_unref((uv_handle_t *)&limit.before_waiting);
    while (uv_loop_alive(loop) && !limit.late)
        uv_run(loop, UV_RUN_ONCE);
    limit_end(&limit, loop);
    cr_assert(!limit.late, "something stays on the loop");
    cr_assert_eq(uv_loop_close(loop), 0, "a handle was not closed");
}
