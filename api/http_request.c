#include "api/http_request.h"

#include "api/http_request_head.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_FIRST_CAPACITY = 512,
    HEAD_KEPT_CAPACITY = 4096, /* from one request to the next */
    FIELDS_KEPT_CAPACITY = 48,
    CHUNK_DIGITS_MAX = 16,
};

/* --- kinds of bytes ---------------------------------------------------------------- */

static bool is_text(char byte)
{
    unsigned char b = (unsigned char)byte;
    return (b >= ' ' && b != 0x7f) || b == '\t';
}

/* Whether one of eight bytes is a control byte, the tab included. */
static bool any_control(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = ones << 7;
    uint64_t low = (word - ones * ' ') & ~word;
    uint64_t against_del = word ^ (ones * 0x7f);
    uint64_t del = (against_del - ones) & ~against_del;
    return ((low | del) & highs) != 0;
}

/* How many bytes come before the first control byte other than the tab. */
static size_t text_run(const char *bytes, size_t length)
{
    size_t at = 0;
    for (;;) {
        uint64_t word;
        while (length - at >= sizeof word &&
               (memcpy(&word, bytes + at, sizeof word), !any_control(word)))
            at += sizeof word;
        size_t end = length - at < sizeof word ? length : at + sizeof word;
        while (at < end && is_text(bytes[at]))
            at++;
        if (at < end || at == length)
            return at;
    }
}

/* --- memory ------------------------------------------------------------------------ */

static enum http_event refuse(struct http_request *request, int status)
{
    request->state = HTTP_AT_REFUSAL;
    request->status = status;
    return HTTP_REFUSED;
}

static const char *moved(const char *string, const char *from, const char *to)
{
    return string != NULL ? to + (string - from) : NULL;
}

/* What points into the head goes along. */
static bool grow_head(struct http_request *request, size_t need)
{
    size_t capacity = request->head_capacity ? request->head_capacity : HEAD_FIRST_CAPACITY;
    while (capacity < need)
        capacity *= 2;
    char *head = malloc(capacity);
    if (head == NULL)
        return false;
    char *old = request->head;
    if (old != NULL)
        memcpy(head, old, request->head_length);
    request->method = moved(request->method, old, head);
    request->target = moved(request->target, old, head);
    for (size_t i = 0; i < request->headers.count; i++) {
        struct header *field = &request->headers.items[i];
        field->name = head + (field->name - old);
        field->value = head + (field->value - old);
    }
    free(old);
    request->head = head;
    request->head_capacity = capacity;
    return true;
}

static bool append(struct http_request *request, const char *bytes, size_t length)
{
    size_t need = request->head_length + length;
    if (need > request->head_capacity && !grow_head(request, need))
        return false;
    if (length > 0)
        memcpy(request->head + request->head_length, bytes, length);
    request->head_length = need;
    return true;
}

void http_request_init(struct http_request *request, const struct http_limits *limits)
{
    *request = (struct http_request){.limits = limits};
}

void http_request_reset(struct http_request *request)
{
    struct http_request kept = {
        .limits = request->limits,
        .head = request->head,
        .head_capacity = request->head_capacity,
        .headers = {.items = request->headers.items, .capacity = request->headers.capacity},
    };
    if (kept.head_capacity > HEAD_KEPT_CAPACITY) {
        free(kept.head);
        kept.head = NULL;
        kept.head_capacity = 0;
    }
    if (kept.headers.capacity > FIELDS_KEPT_CAPACITY) {
        free(kept.headers.items);
        kept.headers = (struct header_list){0};
    }
    *request = kept;
}

void http_request_clear(struct http_request *request)
{
    free(request->head);
    free(request->headers.items); /* the strings are in the head */
    http_request_init(request, request->limits);
}

bool http_request_begun(const struct http_request *request)
{
    return request->state != HTTP_AT_START || request->after_cr;
}

/* --- lines ----------------------------------------------------------------------- */

enum line { LINE_MORE, LINE_WHOLE, LINE_TOO_LONG, LINE_BAD, LINE_NO_MEMORY };

/* Gathers a line behind what the head has; once it is whole, it ends with a NUL instead of CR LF.
   `most` is for all lines together. */
static enum line take_line(struct http_request *request, const char *bytes, size_t length,
                           size_t most, size_t *used)
{
    size_t at = 0;
    if (!request->after_cr) {
        at = text_run(bytes, length);
        if (at > most - request->taken)
            return LINE_TOO_LONG;
        if (!append(request, bytes, at))
            return LINE_NO_MEMORY;
        request->taken += at;
        *used = at;
        if (at == length)
            return LINE_MORE;
        if (bytes[at] != '\r')
            return LINE_BAD;
        if (most - request->taken < strlen("\r\n"))
            return LINE_TOO_LONG;
        request->taken += strlen("\r\n");
        request->after_cr = true;
        *used = ++at;
    }
    if (at == length)
        return LINE_MORE;
    if (bytes[at] != '\n')
        return LINE_BAD;
    *used = at + 1;
    request->after_cr = false;
    return append(request, "", 1) ? LINE_WHOLE : LINE_NO_MEMORY;
}

static enum http_event refuse_line(struct http_request *request, enum line line, int too_long)
{
    return refuse(request, line == LINE_TOO_LONG ? too_long : line == LINE_NO_MEMORY ? 503 : 400);
}

/* --- the end of the head ------------------------------------------------------------- */

static enum http_event end_head(struct http_request *request)
{
    int status = http_head_end(request);
    if (status != 0)
        return refuse(request, status);
    /* A client of 1.0 does not wait for it (RFC 9110, 10.1.1), and is answered and closed. */
    if (request->version_1_0)
        request->keep_alive = request->expects_continue = false;
    request->taken = 0;
    if (request->codings > 0) {
        request->content_length = -1;
        request->state = HTTP_AT_CHUNK_SIZE;
    } else {
        request->left = (uint64_t)request->content_length;
        request->state = request->left > 0 ? HTTP_AT_SIZED_BODY : HTTP_AT_END;
    }
    return HTTP_HEAD;
}

/* An empty line may come before the request (RFC 9112, 2.2); one, so that it is no way to
   keep a connection busy. */
static enum http_event take_request_line(struct http_request *request, const char *bytes,
                                         size_t length, size_t *used)
{
    enum line line = take_line(request, bytes, length, request->limits->head_bytes, used);
    if (line == LINE_MORE) {
        if (*used > 0 && !request->after_cr)
            request->state = HTTP_AT_REQUEST_LINE;
        return HTTP_MORE;
    }
    if (line != LINE_WHOLE)
        return refuse_line(request, line, 414);
    bool empty = request->head_length == request->line + 1;
    if (empty && request->line == 0) {
        request->state = HTTP_AT_REQUEST_LINE;
        request->line = request->head_length;
        return HTTP_MORE;
    }
    request->keep_alive = true;
    int status = http_head_request_line(request);
    if (status != 0)
        return refuse(request, status);
    request->state = HTTP_AT_FIELD;
    request->line = request->head_length;
    return HTTP_MORE;
}

static enum http_event take_field(struct http_request *request, const char *bytes, size_t length,
                                  size_t *used)
{
    enum line line = take_line(request, bytes, length, request->limits->head_bytes, used);
    if (line == LINE_MORE)
        return HTTP_MORE;
    if (line != LINE_WHOLE)
        return refuse_line(request, line, 431);
    if (request->head_length == request->line + 1)
        return end_head(request);
    int status = http_head_field(request);
    if (status != 0)
        return refuse(request, status);
    request->line = request->head_length;
    return HTTP_MORE;
}

/* --- the body ----------------------------------------------------------------------- */

static enum http_event take_body(struct http_request *request, const char *bytes, size_t length,
                                 enum http_state after, size_t *used)
{
    if (length == 0)
        return HTTP_MORE;
    *used = length < request->left ? length : (size_t)request->left;
    request->left -= *used;
    request->body = bytes;
    request->body_length = *used;
    if (request->left == 0)
        request->state = after;
    return HTTP_BODY;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum http_event take_chunk_size(struct http_request *request, const char *bytes,
                                       size_t length, size_t *used)
{
    for (; *used < length; ++*used) {
        char byte = bytes[*used];
        int digit = hex_digit(byte);
        if (digit < 0) {
            if (request->digits == 0 || (byte != '\r' && byte != ';'))
                return refuse(request, 400);
            request->state = byte == ';' ? HTTP_AT_CHUNK_EXTENSION : HTTP_AT_CHUNK_LINE_END;
            ++*used;
            return HTTP_MORE;
        }
        if (++request->digits > CHUNK_DIGITS_MAX)
            return refuse(request, 400);
        request->left = request->left * 16 + (uint64_t)digit;
        if (request->left > request->limits->body_bytes - request->body_so_far)
            return refuse(request, 413);
    }
    return HTTP_MORE;
}

static enum http_event take_chunk_extension(struct http_request *request, const char *bytes,
                                            size_t length, size_t *used)
{
    *used = text_run(bytes, length);
    if (*used > request->limits->extra_bytes - request->taken)
        return refuse(request, 413);
    request->taken += *used;
    if (*used == length)
        return HTTP_MORE;
    if (bytes[*used] != '\r')
        return refuse(request, 400);
    ++*used;
    request->state = HTTP_AT_CHUNK_LINE_END;
    return HTTP_MORE;
}

static enum http_event take_chunk_line_end(struct http_request *request, const char *bytes,
                                           size_t length, size_t *used)
{
    if (length == 0)
        return HTTP_MORE;
    if (bytes[0] != '\n')
        return refuse(request, 400);
    *used = 1;
    request->body_so_far += request->left;
    request->digits = 0;
    request->line = request->head_length;
    request->state = request->left > 0 ? HTTP_AT_CHUNK : HTTP_AT_TRAILER;
    return HTTP_MORE;
}

static enum http_event take_chunk_end(struct http_request *request, const char *bytes,
                                      size_t length, size_t *used)
{
    for (; *used < length; ++*used) {
        if (bytes[*used] != (request->after_cr ? '\n' : '\r'))
            return refuse(request, 400);
        request->after_cr = !request->after_cr;
        if (!request->after_cr) {
            ++*used;
            request->state = HTTP_AT_CHUNK_SIZE;
            break;
        }
    }
    return HTTP_MORE;
}

/* Each is checked and then written over by the next. */
static enum http_event take_trailer(struct http_request *request, const char *bytes, size_t length,
                                    size_t *used)
{
    enum line line = take_line(request, bytes, length, request->limits->extra_bytes, used);
    if (line == LINE_MORE)
        return HTTP_MORE;
    if (line != LINE_WHOLE)
        return refuse_line(request, line, 431);
    bool last = request->head_length == request->line + 1;
    if (!last && !http_head_trailer(request))
        return refuse(request, 400);
    request->head_length = request->line;
    if (last)
        request->state = HTTP_AT_END;
    return HTTP_MORE;
}

/* --- feeding ----------------------------------------------------------------------------- */

static enum http_event step(struct http_request *request, const char *bytes, size_t length,
                            size_t *used)
{
    switch (request->state) {
    case HTTP_AT_START:
    case HTTP_AT_REQUEST_LINE:
        return take_request_line(request, bytes, length, used);
    case HTTP_AT_FIELD:
        return take_field(request, bytes, length, used);
    case HTTP_AT_SIZED_BODY:
        return take_body(request, bytes, length, HTTP_AT_END, used);
    case HTTP_AT_CHUNK_SIZE:
        return take_chunk_size(request, bytes, length, used);
    case HTTP_AT_CHUNK_EXTENSION:
        return take_chunk_extension(request, bytes, length, used);
    case HTTP_AT_CHUNK_LINE_END:
        return take_chunk_line_end(request, bytes, length, used);
    case HTTP_AT_CHUNK:
        return take_body(request, bytes, length, HTTP_AT_CHUNK_END, used);
    case HTTP_AT_CHUNK_END:
        return take_chunk_end(request, bytes, length, used);
    case HTTP_AT_TRAILER:
        return take_trailer(request, bytes, length, used);
    case HTTP_AT_END:
        return HTTP_COMPLETE;
    case HTTP_AT_REFUSAL:
        break;
    }
    return HTTP_REFUSED;
}

enum http_event http_request_feed(struct http_request *request, const char *bytes, size_t length,
                                  size_t *used)
{
    enum http_event event;
    size_t taken;
    *used = 0;
    do {
        taken = 0;
        event = step(request, bytes + *used, length - *used, &taken);
        *used += taken;
    } while (event == HTTP_MORE && (*used < length || request->state == HTTP_AT_END));
    return event;
}
