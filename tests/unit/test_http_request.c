#include "api/http_request.h"
#include "tests/unit/http_shapes.h"
#include "tests/unit/listener_driver.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct http_limits limits = {
    .head_bytes = 8192, .header_count = 50, .body_bytes = 1024 * 1024, .extra_bytes = 4096};

/* A parser, and what it has given of the body. */
struct reader {
    struct http_request request;
    enum http_event event; /* the last one */
    size_t heads;
    char *body;
    size_t body_length;
    size_t rest; /* bytes it did not take */
};

static void reader_init(struct reader *reader)
{
    *reader = (struct reader){.event = HTTP_MORE, .body = calloc(1, limits.body_bytes + 1)};
    http_request_init(&reader->request, &limits);
}

static void reader_clear(struct reader *reader)
{
    http_request_clear(&reader->request);
    free(reader->body);
}

/* The bytes are copied to where nothing else is, so that reading beyond them shows. */
static void feed(struct reader *reader, const char *bytes, size_t length)
{
    char *alone = malloc(length > 0 ? length : 1);
    if (length > 0)
        memcpy(alone, bytes, length);
    const char *next = alone;
    do {
        size_t used = 0;
        reader->event = http_request_feed(&reader->request, next, length, &used);
        cr_assert_leq(used, length);
        next += used;
        length -= used;
        if (reader->event == HTTP_HEAD) {
            reader->heads++;
        } else if (reader->event == HTTP_BODY) {
            cr_assert_gt(reader->request.body_length, 0);
            cr_assert_leq(reader->body_length + reader->request.body_length, limits.body_bytes);
            memcpy(reader->body + reader->body_length, reader->request.body,
                   reader->request.body_length);
            reader->body_length += reader->request.body_length;
        }
    } while (reader->event == HTTP_HEAD || reader->event == HTTP_BODY);
    reader->rest = length;
    free(alone);
}

static void feed_text(struct reader *reader, const char *text)
{
    feed(reader, text, strlen(text));
}

static void expect_golden(const struct reader *reader, const char *how, size_t where)
{
    static const char *const fields[][2] = {{"Host", "hooks.example.com"},
                                            {"Content-Type", "application/json"},
                                            {"X-Twice", "one"},
                                            {"Content-Length", "12"},
                                            {"x-twice", "two"},
                                            {"X-Webhook-Signature", "t=1,v0=QUJD"}};
    const struct http_request *request = &reader->request;
    cr_assert_eq(reader->event, HTTP_COMPLETE, "%s %zu", how, where);
    cr_assert_eq(reader->heads, 1);
    cr_assert_str_eq(request->method, "POST");
    cr_assert_str_eq(request->target, "/hooks/a%20b?x=1&y");
    cr_assert_eq(request->content_length, 12);
    cr_assert(request->keep_alive);
    cr_assert_not(request->expects_continue);
    cr_assert_eq(request->headers.count, 6);
    for (size_t i = 0; i < 6; i++) {
        cr_assert_str_eq(request->headers.items[i].name, fields[i][0]);
        cr_assert_str_eq(request->headers.items[i].value, fields[i][1]);
    }
    cr_assert_eq(reader->body_length, 12);
    cr_assert(memcmp(reader->body, "{\"a\":\"\xc3\xa9\n\0\"}", 12) == 0);
}

Test(http_request, reads_a_request_in_any_split)
{
    for (size_t cut = 0; cut <= GOLDEN_LENGTH; cut++) {
        struct reader reader;
        reader_init(&reader);
        cr_assert_not(http_request_begun(&reader.request));
        feed(&reader, GOLDEN, cut);
        cr_assert_eq(http_request_begun(&reader.request), cut > 0);
        feed(&reader, GOLDEN + cut, GOLDEN_LENGTH - cut);
        expect_golden(&reader, "cut at", cut);
        cr_assert_eq(reader.rest, 0);
        reader_clear(&reader);
    }
    for (size_t size = 1; size < 20; size++) {
        struct reader reader;
        reader_init(&reader);
        for (size_t at = 0; at < GOLDEN_LENGTH; at += size)
            feed(&reader, GOLDEN + at, GOLDEN_LENGTH - at < size ? GOLDEN_LENGTH - at : size);
        expect_golden(&reader, "in pieces of", size);
        reader_clear(&reader);
    }
}

Test(http_request, leaves_what_comes_after_to_the_next)
{
    struct reader reader;
    reader_init(&reader);
    char both[2 * 512];
    cr_assert_leq(2 * GOLDEN_LENGTH, sizeof both);
    memcpy(both, GOLDEN, GOLDEN_LENGTH);
    memcpy(both + GOLDEN_LENGTH, GOLDEN, GOLDEN_LENGTH);
    for (size_t extra = 0; extra <= GOLDEN_LENGTH; extra += 7) {
        feed(&reader, both, GOLDEN_LENGTH + extra);
        expect_golden(&reader, "with more behind it", extra);
        cr_assert_eq(reader.rest, extra);
        feed(&reader, "x", 1);
        expect_golden(&reader, "fed further", extra);
        cr_assert_eq(reader.rest, 1);
        http_request_reset(&reader.request);
        reader.heads = reader.body_length = 0;
    }
    reader_clear(&reader);
}

/* --- shapes ------------------------------------------------------------------------ */

/* In small pieces, and whole. */
static size_t next_size(size_t size, size_t length)
{
    return size < 17 || size == length ? size + 1 : length;
}

Test(http_request, refuses_what_can_be_read_in_two_ways)
{
    size_t count = 0;
    for (const struct http_shape *shape = http_refused; shape->name != NULL; shape++, count++) {
        size_t length = http_shape_length(shape);
        for (size_t size = 1; size <= length; size = next_size(size, length)) {
            struct reader reader;
            reader_init(&reader);
            for (size_t at = 0; at < length && reader.event == HTTP_MORE; at += size)
                feed(&reader, shape->bytes + at, length - at < size ? length - at : size);
            cr_expect_eq(reader.event, HTTP_REFUSED, "%s, in pieces of %zu: not refused",
                         shape->name, size);
            cr_expect_eq(reader.request.status, shape->status, "%s, in pieces of %zu: %d",
                         shape->name, size, reader.request.status);
            feed_text(&reader, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            cr_expect_eq(reader.event, HTTP_REFUSED, "%s: goes on", shape->name);
            reader_clear(&reader);
        }
    }
    cr_assert_geq(count, 50);
}

Test(http_request, takes_what_can_be_read_in_one_way)
{
    for (const struct http_taken_shape *shape = http_taken; shape->name != NULL; shape++) {
        size_t length = strlen(shape->bytes);
        for (size_t size = 1; size <= length; size = next_size(size, length)) {
            struct reader reader;
            reader_init(&reader);
            for (size_t at = 0; at < length; at += size)
                feed(&reader, shape->bytes + at, length - at < size ? length - at : size);
            cr_expect_eq(reader.event, HTTP_COMPLETE, "%s: %d", shape->name, reader.request.status);
            cr_expect_eq(reader.rest, 0, "%s", shape->name);
            reader.body[reader.body_length] = '\0';
            cr_expect_str_eq(reader.body, shape->body, "%s", shape->name);
            reader_clear(&reader);
        }
    }
}

Test(http_request, takes_the_path_of_a_whole_url)
{
    static const char *const cases[][2] = {
        {"http://other/", "/"},
        {"http://other", "/"},
        {"HTTPS://other:8443/a/b?c=d", "/a/b?c=d"},
        {"https://o?c=d", "/?c=d"},
        {"http://[2001:db8::1]:80/x//y", "/x//y"},
        {"http://other//h", "//h"},
        {"//other/x", "//other/x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reader reader;
        reader_init(&reader);
        feed_text(&reader, "GET ");
        feed_text(&reader, cases[i][0]);
        feed_text(&reader, " HTTP/1.1\r\nHost: h\r\n\r\n");
        cr_assert_eq(reader.event, HTTP_COMPLETE, "%s", cases[i][0]);
        cr_assert_str_eq(reader.request.target, cases[i][1]);
        reader_clear(&reader);
    }
}

Test(http_request, knows_whether_another_may_follow)
{
    static const struct {
        const char *bytes;
        bool keep_alive;
        bool expects_continue;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: a , CLOSE,b\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: enclose, closed, \"close\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: enclose, closed\r\n\r\n", true, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: a\r\nconnection: close\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n", true, false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false, false},
        {"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reader reader;
        reader_init(&reader);
        feed_text(&reader, cases[i].bytes);
        cr_assert_eq(reader.event, HTTP_COMPLETE);
        cr_expect_eq(reader.request.keep_alive, cases[i].keep_alive, "%s", cases[i].bytes);
        cr_expect_eq(reader.request.expects_continue, cases[i].expects_continue, "%s",
                     cases[i].bytes);
        reader_clear(&reader);
    }
}

/* --- limits -------------------------------------------------------------------------- */

/* A head of exactly that many bytes, with one field that fills it. */
static enum http_event feed_head_of(struct reader *reader, size_t bytes)
{
    static const char begin[] = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    size_t filling = bytes - strlen(begin) - strlen("\r\n\r\n");
    feed_text(reader, begin);
    for (size_t i = 0; i < filling; i++)
        feed(reader, "x", 1);
    feed_text(reader, "\r\n\r\n");
    return reader->event;
}

Test(http_request, bounds_the_head)
{
    struct reader reader;
    reader_init(&reader);
    cr_assert_eq(feed_head_of(&reader, limits.head_bytes), HTTP_COMPLETE);
    http_request_reset(&reader.request);
    cr_assert_eq(feed_head_of(&reader, limits.head_bytes + 1), HTTP_REFUSED);
    cr_assert_eq(reader.request.status, 431);
    reader_clear(&reader);

    reader_init(&reader);
    feed_text(&reader, "GET /");
    for (size_t i = 0; i < limits.head_bytes && reader.event == HTTP_MORE; i++)
        feed_text(&reader, "a");
    cr_assert_eq(reader.event, HTTP_REFUSED);
    cr_assert_eq(reader.request.status, 414);
    reader_clear(&reader);

    for (size_t more = 0; more < 2; more++) {
        reader_init(&reader);
        feed_text(&reader, "GET / HTTP/1.1\r\nHost: h\r\n");
        for (size_t i = 1; i < limits.header_count + more; i++)
            feed_text(&reader, "X: y\r\n");
        feed_text(&reader, "\r\n");
        cr_assert_eq(reader.event, more ? HTTP_REFUSED : HTTP_COMPLETE);
        cr_assert_eq(reader.request.status, more ? 431 : 0);
        cr_assert_eq(reader.request.headers.count, limits.header_count);
        reader_clear(&reader);
    }
}

/* Each piece until it is refused, `most` times at most. */
static size_t feed_many(struct reader *reader, const char *piece, size_t most)
{
    size_t count = 0;
    while (count < most && reader->event == HTTP_MORE) {
        feed_text(reader, piece);
        count++;
    }
    return count;
}

static void begin_chunks(struct reader *reader)
{
    reader_init(reader);
    feed_text(reader, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    cr_assert_eq(reader->event, HTTP_MORE);
    cr_assert_eq(reader->request.content_length, -1);
}

Test(http_request, bounds_what_comes_with_chunks)
{
    struct reader reader;
    begin_chunks(&reader); /* an extension without an end */
    feed_text(&reader, "1;");
    cr_assert_eq(feed_many(&reader, "x", SIZE_MAX), limits.extra_bytes + 1);
    cr_assert_eq(reader.request.status, 413);
    reader_clear(&reader);

    begin_chunks(&reader); /* many extensions */
    cr_assert_eq(feed_many(&reader, "1;extension=1234\r\na\r\n", SIZE_MAX),
                 limits.extra_bytes / strlen("extension=1234") + 1);
    cr_assert_eq(reader.request.status, 413);
    reader_clear(&reader);

    begin_chunks(&reader); /* trailers */
    feed_text(&reader, "0\r\n");
    cr_assert_eq(feed_many(&reader, "Trailer-1234: 1234567890123456\r\n", SIZE_MAX),
                 limits.extra_bytes / strlen("Trailer-1234: 1234567890123456\r\n") + 1);
    cr_assert_eq(reader.request.status, 431);
    reader_clear(&reader);

    begin_chunks(&reader); /* chunks of one byte, without an end */
    cr_assert_eq(feed_many(&reader, "1\r\na\r\n", SIZE_MAX), limits.body_bytes + 1);
    cr_assert_eq(reader.request.status, 413);
    cr_assert_eq(reader.body_length, limits.body_bytes);
    reader_clear(&reader);

    begin_chunks(&reader); /* as much as may be */
    feed_many(&reader, "1\r\na\r\n", limits.body_bytes);
    feed_text(&reader, "0;bye\r\nX: y\r\n\r\n");
    cr_assert_eq(reader.event, HTTP_COMPLETE);
    cr_assert_eq(reader.body_length, limits.body_bytes);
    cr_assert_eq(reader.request.headers.count, 2);
    reader_clear(&reader);
}

/* Trailers are gathered behind the head, whose strings must stay what they are. */
Test(http_request, keeps_the_head_while_trailers_come)
{
    struct reader reader;
    begin_chunks(&reader);
    feed_text(&reader, "1\r\na\r\n0\r\n");
    for (int i = 0; i < 3; i++) {
        feed_text(&reader, "X: ");
        feed_many(&reader, "0123456789", 100);
        feed_text(&reader, "\r\n");
    }
    feed_text(&reader, "\r\n");
    cr_assert_eq(reader.event, HTTP_COMPLETE);
    cr_assert_str_eq(reader.request.method, "POST");
    cr_assert_str_eq(reader.request.target, "/");
    cr_assert_eq(reader.request.headers.count, 2);
    cr_assert_str_eq(reader.request.headers.items[1].name, "Transfer-Encoding");
    cr_assert_str_eq(reader.request.headers.items[1].value, "chunked");
    reader_clear(&reader);
}

Test(http_request, takes_memory_as_bytes_come_and_gives_it_back)
{
    struct reader reader;
    reader_init(&reader);
    cr_assert_null(reader.request.head);
    feed_text(&reader, "GET / HTTP/1.1\r\nHost: h\r\n");
    cr_assert_leq(reader.request.head_capacity, 512);
    for (size_t i = 1; i < limits.header_count; i++)
        feed_text(&reader, "X: 0123456789012345678901234567890123456789012345678901234567890123456"
                           "7890123456789012345678901234567890123456789012345678901234567890\r\n");
    cr_assert_eq(reader.event, HTTP_MORE);
    http_request_reset(&reader.request);
    cr_assert_null(reader.request.head);
    cr_assert_null(reader.request.headers.items);
    feed(&reader, GOLDEN, GOLDEN_LENGTH);
    char *kept = reader.request.head;
    http_request_reset(&reader.request);
    cr_assert_eq(reader.request.head, kept);
    reader_clear(&reader);
}
