/*
 * The HTTP parser: any split of the bytes gives the same events.
 *
 * A connection's bytes are read whole and in pieces, request after request, as a listener reads
 * them. What is handed over keeps what http_request.h says of it: a token, a path, fields without
 * control bytes, one Host, one way to tell the length; and never more than the limits let in.
 */
#include "tests/fuzz/fuzz.h"

#include "api/http_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOG_MAX = 64 * 1024, SIZES = 8 };

static const struct http_limits LIMITS = {
    .head_bytes = 400, .header_count = 12, .body_bytes = 300, .extra_bytes = 60};

/* What came of a connection's bytes, as text. Parts of a body are one. */
struct log {
    char bytes[LOG_MAX];
    size_t length;
};

static void note(struct log *log, const char *bytes, size_t length)
{
    FUZZ_CHECK(length <= sizeof log->bytes - log->length);
    if (length > 0)
        memcpy(log->bytes + log->length, bytes, length);
    log->length += length;
}

static void note_string(struct log *log, const char *string)
{
    note(log, string, strlen(string) + 1);
}

static void note_number(struct log *log, int64_t number)
{
    note(log, (const char *)&number, sizeof number);
}

/* --- a head in order -------------------------------------------------------------- */

static bool is_token(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static void check_value(const char *value)
{
    size_t length = strlen(value);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(((unsigned char)value[i] >= ' ' && value[i] != 0x7F) || value[i] == '\t');
    FUZZ_CHECK(length == 0 ||
               (strchr(" \t", value[0]) == NULL && strchr(" \t", value[length - 1]) == NULL));
}

static void check_framing(const struct http_request *request)
{
    size_t lengths = header_list_count(&request->headers, "Content-Length");
    size_t codings = header_list_count(&request->headers, "Transfer-Encoding");
    FUZZ_CHECK(lengths + codings <= 1);
    FUZZ_CHECK((request->content_length < 0) == (codings == 1));
    if (codings == 1)
        FUZZ_CHECK(
            strcasecmp(header_list_find(&request->headers, "Transfer-Encoding"), "chunked") == 0);
    if (lengths == 1) {
        const char *value = header_list_find(&request->headers, "Content-Length");
        FUZZ_CHECK(value[0] != '\0' && value[strspn(value, "0123456789")] == '\0');
        FUZZ_CHECK(strtoll(value, NULL, 10) == request->content_length);
    }
    FUZZ_CHECK(lengths + codings > 0 || request->content_length == 0);
    FUZZ_CHECK(request->content_length <= (int64_t)LIMITS.body_bytes);
}

static void check_head(const struct http_request *request)
{
    FUZZ_CHECK(is_token(request->method));
    FUZZ_CHECK(request->target[0] == '/');
    for (const char *at = request->target; *at != '\0'; at++)
        FUZZ_CHECK((unsigned char)*at > ' ' && *at != 0x7F);
    FUZZ_CHECK(request->headers.count <= LIMITS.header_count);
    FUZZ_CHECK(header_list_count(&request->headers, "Host") <= 1);
    for (size_t i = 0; i < request->headers.count; i++) {
        FUZZ_CHECK(is_token(request->headers.items[i].name));
        check_value(request->headers.items[i].value);
    }
    check_framing(request);
}

static void note_head(struct log *log, const struct http_request *request)
{
    note_string(log, request->method);
    note_string(log, request->target);
    for (size_t i = 0; i < request->headers.count; i++) {
        note_string(log, request->headers.items[i].name);
        note_string(log, request->headers.items[i].value);
    }
    note_number(log, request->content_length);
    note_number(log, request->keep_alive + 2 * request->expects_continue);
}

/* --- a connection ------------------------------------------------------------------- */

struct connection {
    struct http_request request;
    struct log *log;
    size_t body;
    bool ended;
};

/* Returns whether the parser wants no more of the piece. */
static bool take(struct connection *connection, enum http_event event, const char *piece,
                 size_t length)
{
    struct http_request *request = &connection->request;
    switch (event) {
    case HTTP_MORE:
        return true;
    case HTTP_HEAD:
        check_head(request);
        note_head(connection->log, request);
        break;
    case HTTP_BODY:
        FUZZ_CHECK(request->body >= piece && request->body_length > 0 &&
                   request->body + request->body_length <= piece + length);
        note(connection->log, request->body, request->body_length);
        connection->body += request->body_length;
        FUZZ_CHECK(connection->body <= LIMITS.body_bytes);
        break;
    case HTTP_COMPLETE:
        FUZZ_CHECK(request->content_length < 0 ||
                   (size_t)request->content_length == connection->body);
        note_head(connection->log, request); /* it still stands */
        note_string(connection->log, "complete");
        connection->ended = !request->keep_alive;
        connection->body = 0;
        http_request_reset(request);
        FUZZ_CHECK(!http_request_begun(request));
        break;
    case HTTP_REFUSED:
        FUZZ_CHECK(request->status >= 400 && request->status <= 505);
        note_string(connection->log, "refused");
        note_number(connection->log, request->status);
        connection->ended = true;
        break;
    }
    return connection->ended;
}

static void feed(struct connection *connection, const char *bytes, size_t length)
{
    char *piece = malloc(length > 0 ? length : 1); /* its ends are watched */
    FUZZ_CHECK(piece != NULL);
    memcpy(piece, bytes, length);
    for (size_t at = 0;;) {
        size_t used = SIZE_MAX;
        enum http_event event =
            http_request_feed(&connection->request, piece + at, length - at, &used);
        FUZZ_CHECK(used <= length - at);
        FUZZ_CHECK(event != HTTP_MORE || used == length - at);
        if (take(connection, event, piece + at, length - at))
            break;
        at += used;
    }
    free(piece);
}

static void read_all(struct log *log, const char *bytes, size_t length, const unsigned char *sizes)
{
    struct connection connection = {.log = log};
    log->length = 0;
    http_request_init(&connection.request, &LIMITS);
    for (size_t at = 0, piece = 0; at < length && !connection.ended; piece++) {
        size_t size = sizes == NULL ? length : sizes[piece % SIZES] + 1U;
        size = size > length - at ? length - at : size;
        feed(&connection, bytes + at, size);
        at += size;
    }
    note_number(log, http_request_begun(&connection.request));
    http_request_clear(&connection.request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct log whole, parts;
    struct fuzz_input input;
    unsigned char sizes[SIZES];
    fuzz_begin(&input, bytes, length);
    for (size_t i = 0; i < SIZES; i++) {
        unsigned char size = fuzz_byte(&input);
        sizes[i] = size < 128 ? size % 8 : size;
    }
    read_all(&whole, input.at, input.left, NULL);
    read_all(&parts, input.at, input.left, sizes);
    FUZZ_CHECK(whole.length == parts.length && memcmp(whole.bytes, parts.bytes, whole.length) == 0);
    fuzz_end(&input);
    return 0;
}
