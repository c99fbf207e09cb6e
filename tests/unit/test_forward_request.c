/* What goes to the application: URL and headers. */
#include "api/forward_request.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_read(const char *text, const char *name, const char *target, const char *url)
{
    struct forward_to to;
    struct error error = {0};
    cr_assert(forward_to_read(text, &to, &error), "%s: %s", text, error.message);
    cr_expect_str_eq(to.name, name);
    char *made = forward_url(&to, target);
    cr_expect_str_eq(made, url);
    free(made);
}

static void expect_refused(const char *text)
{
    struct forward_to to;
    struct error error = {0};
    cr_expect_not(forward_to_read(text, &to, &error), "%s", text);
    cr_expect(strstr(error.message, "http://127.0.0.1:3000/bridge") != NULL);
}

Test(forward_request, a_url_without_a_path_has_each_go_to_its_own)
{
    expect_read("http://127.0.0.1:3000", "127.0.0.1:3000", "/hooks/one?a=b",
                "http://127.0.0.1:3000/hooks/one?a=b");
    expect_read("http://127.0.0.1:3000/", "127.0.0.1:3000", "/", "http://127.0.0.1:3000/");
    expect_read("https://app.example.com", "app.example.com", "/x", "https://app.example.com/x");
    expect_read("http://[::1]:3000", "[::1]:3000", "/x", "http://[::1]:3000/x");
}

Test(forward_request, a_url_with_a_path_is_where_all_go)
{
    expect_read("http://127.0.0.1:3000/bridge", "127.0.0.1:3000", "/hooks/one?a=b",
                "http://127.0.0.1:3000/bridge");
    expect_read("http://127.0.0.1:3000/?a=b", "127.0.0.1:3000", "/x", "http://127.0.0.1:3000/?a=b");
    expect_read("http://127.0.0.1:3000?a=b", "127.0.0.1:3000", "/x", "http://127.0.0.1:3000?a=b");
}

Test(forward_request, a_target_from_outside_reaches_no_other_host)
{
    expect_read("http://127.0.0.1:3000", "127.0.0.1:3000", "@evil.example/x",
                "http://127.0.0.1:3000/");
    expect_read("http://127.0.0.1:3000", "127.0.0.1:3000", "http://evil.example/x",
                "http://127.0.0.1:3000/");
    expect_read("http://127.0.0.1:3000", "127.0.0.1:3000", "/a#b", "http://127.0.0.1:3000/a");
    expect_read("http://127.0.0.1:3000", "127.0.0.1:3000", NULL, "http://127.0.0.1:3000/");
}

Test(forward_request, what_is_no_url_is_refused)
{
    expect_refused("");
    expect_refused("127.0.0.1:3000");
    expect_refused("ftp://127.0.0.1/");
    expect_refused("http://");
    expect_refused("http://user:secret@127.0.0.1/");
    expect_refused("http://127.0.0.1/a#b");
    expect_refused("http://127.0.0.1/a b");
    expect_refused("http://127.0.0.1:99999/");
    char long_one[FORWARD_URL_MAX + 32];
    memset(long_one, 'a', sizeof long_one);
    memcpy(long_one, "http://127.0.0.1/", 17);
    long_one[sizeof long_one - 1] = '\0';
    expect_refused(long_one);
}

Test(forward_request, headers_of_the_connection_stay_behind_and_no_other)
{
    static const char *const LINES[][2] = {
        {"Host", "hooks.example.com"},
        {"Content-Type", "application/json"},
        {"X-Webhook-Signature", "t=1,v0=A"},
        {"Connection", "keep-alive, X-Hop"},
        {"X-Hop", "1"},
        {"connection", "close"},
        {"Keep-Alive", "timeout=5"},
        {"TE", "trailers"},
        {"Trailer", "X-T"},
        {"Transfer-Encoding", "chunked"},
        {"Upgrade", "h2c"},
        {"Expect", "100-continue"},
        {"Proxy-Connection", "close"},
        {"Content-Length", "2"},
        {"X-Forwarded-For", "203.0.113.7"},
        {"X-Twice", "1"},
        {"User-Agent", "Bridge"},
        {"x-twice", "2"},
    };
    struct header_list headers = {0};
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++)
        cr_assert(header_list_add(&headers, LINES[i][0], LINES[i][1]));
    cr_assert(forward_filter_headers(&headers));
    static const char *const LEFT[] = {"Content-Type", "X-Webhook-Signature", "X-Forwarded-For",
                                       "X-Twice",      "User-Agent",          "x-twice"};
    cr_assert_eq(headers.count, sizeof LEFT / sizeof LEFT[0]);
    for (size_t i = 0; i < headers.count; i++)
        cr_expect_str_eq(headers.items[i].name, LEFT[i]);
    header_list_clear(&headers);
}
