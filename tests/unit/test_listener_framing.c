#include "api/listener_framing.h"
#include "tests/unit/listener_driver.h"

#include <stdio.h>
#include <string.h>

struct shape {
    const char *name;
    const char *bytes;
    size_t length; /* 0: up to the NUL */
};

#define H              "Host: h\r\n"
#define BYTES(literal) literal, sizeof(literal) - 1

/* Each could be read in two ways by two implementations, or is not HTTP at all. */
static const struct shape refused[] = {
    {"both lengths",
     "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0},
    {"both lengths, the other way round",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
     "Content-Length: 5\r\n\r\n0\r\n\r\n",
     0},
    {"lengths that differ",
     "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n"
     "Content-Length: 2\r\n\r\nab",
     0},
    {"doubled length", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
     0},
    {"a list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\na", 0},
    {"length with a sign", "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na", 0},
    {"negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\na", 0},
    {"length in hex", "POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\na", 0},
    {"length with a fraction", "POST / HTTP/1.1\r\n" H "Content-Length: 1.0\r\n\r\na", 0},
    {"empty length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\na", 0},
    {"length with a blank inside", "POST / HTTP/1.1\r\n" H "Content-Length: 1 1\r\n\r\na", 0},
    {"length over 64 bits", "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\na",
     0},
    {"blank before the length's colon", "POST / HTTP/1.1\r\n" H "Content-Length : 1\r\n\r\na", 0},
    {"tab before the coding's colon",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 0},
    {"coding twice",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0},
    {"coding twice in one",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 0},
    {"coding that is not chunked",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0},
    {"coding identity", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", 0},
    {"coding with a prefix", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
     0},
    {"coding with a parameter",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", 0},
    {"quoted coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 0},
    {"coding with a vertical tab",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 0},
    {"empty coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 0},
    {"coding on 1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0},
    {"a request hidden behind a coding on 1.0",
     "POST / HTTP/1.0\r\n" H "Connection: keep-alive\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\n" H "\r\n",
     0},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 0},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 0},
    {"two Hosts on 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 0},
    {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 0},
    {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 0},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", 0},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", 0},
    {"HTTP/0.9 with a version", "GET / HTTP/0.9\r\n" H "\r\n", 0},
    {"HTTP/0.9", "GET /\r\n\r\n", 0},
    {"HTTP/11", "GET / HTTP/11\r\n" H "\r\n", 0},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n", 0},
    {"lower-case version", "GET / http/1.1\r\n" H "\r\n", 0},
    {"version of another protocol", "GET / ICY/1.1\r\n" H "\r\n", 0},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0},
    {"NUL in a value", BYTES("GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n")},
    {"NUL in a name", BYTES("GET / HTTP/1.1\r\n" H "X\0Y: a\r\n\r\n")},
    {"NUL in the target", BYTES("GET /a\0b HTTP/1.1\r\n" H "\r\n")},
    {"NUL in the method", BYTES("GE\0T / HTTP/1.1\r\n" H "\r\n")},
    {"escape in a value", "GET / HTTP/1.1\r\n" H "X: a\x1b[31m\r\n\r\n", 0},
    {"DEL in a value", "GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n", 0},
    {"vertical tab in a value", "GET / HTTP/1.1\r\n" H "X: a\vb\r\n\r\n", 0},
    {"CR in a value", "GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n", 0},
    {"CR that begins a field", "GET / HTTP/1.1\r\n" H "X: a\rContent-Length: 5\r\n\r\n", 0},
    {"lines that end in LF", "GET / HTTP/1.1\nHost: h\n\n", 0},
    {"folded length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n 1\r\n\r\na", 0},
    {"blank after the coding",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 0},
    {"NUL after the coding",
     BYTES("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\0, x\r\n\r\n0\r\n\r\n")},
    {"NUL in the last value", BYTES("GET / HTTP/1.1\r\n" H "X: a\0\r\n\r\n")},
    {"NUL after the version", BYTES("GET / HTTP/1.1\0 x\r\n" H "\r\n")},
    {"NUL for a colon", BYTES("GET / HTTP/1.1\r\n" H "X\0 a\r\n\r\n")},
    {"a field without a name that ends the head",
     "POST / HTTP/1.1\r\n" H
     ": a\r\nContent-Length: 37\r\n\r\nGET /hidden HTTP/1.1\r\nHost: hidden\r\n\r\n",
     0},
    {"folded line", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 0},
    {"folded coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 0},
    {"first field folded", "GET / HTTP/1.1\r\n X: a\r\n" H "\r\n", 0},
    {"field without a colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n", 0},
    {"field without a name", "GET / HTTP/1.1\r\n" H ": a\r\n\r\n", 0},
    {"blank in a name", "GET / HTTP/1.1\r\n" H "X Y: a\r\n\r\n", 0},
    {"brackets in a name", "GET / HTTP/1.1\r\n" H "X(Y): a\r\n\r\n", 0},
    {"two blanks before the target", "GET  / HTTP/1.1\r\n" H "\r\n", 0},
    {"two blanks after the target", "GET /  HTTP/1.1\r\n" H "\r\n", 0},
    {"blank in the target", "GET /a b HTTP/1.1\r\n" H "\r\n", 0},
    {"tab for a blank", "GET\t/\tHTTP/1.1\r\n" H "\r\n", 0},
    {"whole URL as target", "GET http://other/ HTTP/1.1\r\n" H "\r\n", 0},
    {"authority as target", "CONNECT other:443 HTTP/1.1\r\n" H "\r\n", 0},
    {"asterisk as target", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 0},
    {"target without a slash", "GET x HTTP/1.1\r\n" H "\r\n", 0},
    {"no target", "GET HTTP/1.1\r\n" H "\r\n", 0},
    {"method that is no token", "G(T / HTTP/1.1\r\n" H "\r\n", 0},
    {"blank before the method", " GET / HTTP/1.1\r\n" H "\r\n", 0},
    {"a TLS greeting", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")},
    {"chunk size with a sign",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n", 0},
    {"chunk size with 0x",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 0},
    {"negative chunk size",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n", 0},
    {"chunk size over 64 bits",
     "POST / HTTP/1.1\r\n" H
     "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n",
     0},
    {"no chunk size",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n", 0},
    {"chunk longer than its size",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 0},
    {"blank before the chunk size",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n", 0},
};

/* Sends a shape on a connection of its own and waits until the server has closed that.
   The status, or 0 when there was no answer. */
static int refusal_of(struct server *server, const struct shape *shape)
{
    struct wire client;
    wire_connect(&client, server);
    wire_send(&client, shape->bytes, shape->length ? shape->length : strlen(shape->bytes));
    int64_t begin = driver_now_ms();
    WAIT_FOR(server, wire_ended(&client));
    cr_assert(driver_now_ms() - begin < LISTENER_IDLE_S * 1000L, "%s: left open", shape->name);
    /* libmicrohttpd 0.9.75 sends the head of its own error pages twice: not looked at. */
    int status = wire_next_status(&client);
    wire_close(&client);
    return status;
}

Test(listener_framing, refuses_what_can_be_read_in_two_ways)
{
    struct server server;
    server_start(&server);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int status = refusal_of(&server, &refused[i]);
        cr_assert(status == 400 || status == 413 || status == 505 || status == 0, "%s: answered %d",
                  refused[i].name, status);
        cr_assert_eq(server.count, 0, "%s: handed over", refused[i].name);
    }
    server_stop(&server);
}

/* Odd, but there is one way to read it. */
static const struct {
    const char *name;
    const char *bytes;
    const char *body;
} accepted[] = {
    {"lower-case names", "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\n\r\na", "a"},
    {"no blank after the colon", "POST / HTTP/1.1\r\nHost:h\r\nContent-Length:1\r\n\r\na", "a"},
    {"many blanks around a value",
     "POST / HTTP/1.1\r\n" H "X: \t a b \t \r\nContent-Length: 1\r\n\r\na", "a"},
    {"empty value", "POST / HTTP/1.1\r\n" H "X:\r\nContent-Length: 1\r\n\r\na", "a"},
    {"empty Host", "POST / HTTP/1.1\r\nHost:\r\nContent-Length: 1\r\n\r\na", "a"},
    {"Host with a port", "POST / HTTP/1.1\r\nHost: [::1]:8787\r\nContent-Length: 1\r\n\r\na", "a"},
    {"bytes over 127",
     "POST /\xc3\xa9 HTTP/1.1\r\n" H "X: \xff\xc3\xa9\r\nContent-Length: 1\r\n\r\na", "a"},
    {"all of a token", "M-x!#$%&'*+.^_`|~ / HTTP/1.1\r\n" H "x!#$%&'*+-.^_`|~9: a\r\n\r\n", ""},
    {"odd target", "GET /%00%0d%0a/../a+b?a=1&a=1&&=;x#%zz? HTTP/1.1\r\n" H "\r\n", ""},
    {"empty line before", "\r\nGET / HTTP/1.1\r\n" H "\r\n", ""},
    {"cookies", "GET / HTTP/1.1\r\n" H "Cookie: a=b; c=\"d\"; e\r\nCookie: f\r\nX: y\r\n\r\n", ""},
    {"POST without a length", "POST / HTTP/1.1\r\n" H "\r\n", ""},
    {"length 0", "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", ""},
    {"GET with a body", "GET / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\na", "a"},
    {"1.0 without Host", "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na", "a"},
    {"1.0 kept alive", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
     "a"},
    {"chunks",
     "POST / HTTP/1.1\r\n" H
     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
     "abc0123456789"},
    {"chunks in capitals",
     "POST / HTTP/1.1\r\n" H "transfer-encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", "a"},
    {"chunk with an extension",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n000\r\n\r\n", "a"},
    {"chunks with a trailer",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", "a"},
    {"form",
     "POST / HTTP/1.1\r\n" H
     "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b",
     "a=b"},
    {"unknown expectation", "POST / HTTP/1.1\r\n" H "Expect: x\r\nContent-Length: 1\r\n\r\na", "a"},
    {"an upgrade that is not taken",
     "POST / HTTP/1.1\r\n" H "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: "
     "h2c\r\nHTTP2-Settings: \r\nContent-Length: 1\r\n\r\na",
     "a"},
};

Test(listener_framing, takes_what_can_be_read_in_one_way)
{
    struct server server;
    server_start(&server);
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct wire client;
        wire_connect(&client, &server);
        wire_say(&client, accepted[i].bytes);
        cr_assert_eq(wire_next_status(&client), 200, "%s: refused", accepted[i].name);
        cr_assert_str_eq(server.body, accepted[i].body, "%s", accepted[i].name);
        const char *value = header_list_find(&server.headers, "X");
        cr_assert(value == NULL || strpbrk(value, "\t") == NULL, "%s", accepted[i].name);
        wire_close(&client);
    }
    cr_assert_eq(server.count, sizeof accepted / sizeof accepted[0]);
    server_stop(&server);
}

Test(listener_framing, reads_the_length)
{
    static const struct {
        const char *value;
        int64_t length;
    } cases[] = {
        {NULL, -1},
        {"0", 0},
        {"0017", 17},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", INT64_MAX},
        {"99999999999999999999999999", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct header_list headers = {0};
        if (cases[i].value != NULL)
            cr_assert(header_list_add(&headers, "content-length", cases[i].value));
        cr_assert_eq(framing_content_length(&headers), cases[i].length);
        header_list_clear(&headers);
    }
}
