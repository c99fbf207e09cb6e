#include "api/http_answer.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_bytes(const struct http_answer *answer, const char *bytes)
{
    struct buffer out;
    buffer_init(&out, 4096);
    cr_assert(http_answer_append(&out, answer));
    cr_assert_str_eq(out.data, bytes);
    buffer_clear(&out);
}

Test(http_answer, is_head_and_body)
{
    struct header fields[] = {{"Retry-After", "5"}, {"X-Twice", "a\tb"}, {"X-Twice", ""}};
    const struct header_list headers = {.items = fields, .count = 3};
    expect_bytes(&(struct http_answer){.status = 503,
                                       .content_type = "application/json",
                                       .headers = &headers,
                                       .body = "{}",
                                       .length = 2,
                                       .date = "Sun, 06 Nov 1994 08:49:37 GMT",
                                       .close = true},
                 "HTTP/1.1 503 Service Unavailable\r\n"
                 "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                 "Content-Type: application/json\r\n"
                 "Retry-After: 5\r\nX-Twice: a\tb\r\nX-Twice: \r\n"
                 "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
    expect_bytes(&(struct http_answer){.status = 299, .body = "", .length = 0},
                 "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
}

Test(http_answer, leaves_out_a_body_that_may_not_be)
{
    expect_bytes(&(struct http_answer){.status = 200, .body = "{}", .length = 2, .head_only = true},
                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    expect_bytes(&(struct http_answer){.status = 204, .body = "{}", .length = 2},
                 "HTTP/1.1 204 No Content\r\n\r\n");
    expect_bytes(&(struct http_answer){.status = 304, .body = "{}", .length = 2},
                 "HTTP/1.1 304 Not Modified\r\n\r\n");
}

Test(http_answer, refuses_fields_that_could_end_the_head)
{
    static const struct header cases[] = {
        {"X", "a\r\nSet-Cookie: b"}, {"X", "a\n"},    {"X", "\x1b[0m"}, {"X", "\x7f"},
        {"X: y\r\nZ", "a"},          {"X Y", "a"},    {"", "a"},        {"X:", "a"},
        {"X\xc3\xa9", "a"},          {"\r\n\r\n", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct header field = cases[i];
        const struct header_list headers = {.items = &field, .count = 1};
        struct buffer out;
        buffer_init(&out, 4096);
        cr_expect_not(http_answer_append(
            &out, &(struct http_answer){.status = 200, .headers = &headers, .body = ""}));
        buffer_clear(&out);
    }
    struct buffer out;
    buffer_init(&out, 4096);
    cr_assert_not(http_answer_append(
        &out, &(struct http_answer){.status = 200, .content_type = "a\r\nb: c", .body = ""}));
    buffer_clear(&out);
    buffer_init(&out, 20);
    cr_assert_not(http_answer_append(&out, &(struct http_answer){.status = 200, .body = ""}));
    buffer_clear(&out);
}

Test(http_answer, writes_dates_as_http_has_them)
{
    static const struct {
        int64_t wall_ms;
        const char *text;
    } cases[] = {
        {784111777000, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {784111777999, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {1709164800000, "Thu, 29 Feb 2024 00:00:00 GMT"},
        {253402300799000, "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[HTTP_DATE_SIZE];
        http_date(cases[i].wall_ms, text);
        cr_expect_str_eq(text, cases[i].text);
    }
    char text[HTTP_DATE_SIZE];
    http_date(INT64_MAX, text);
    cr_assert_eq(strlen(text), HTTP_DATE_SIZE - 1);
    http_date(INT64_MIN, text);
    cr_assert_eq(strlen(text), HTTP_DATE_SIZE - 1);
}
