/*
 * A scripted HTTP server for tests: raw bytes out, in order, requests recorded.
 *
 * It listens on a free port of 127.0.0.1, on the test's own loop. The n-th request,
 * over whatever connection it comes, gets the n-th answer; a request that has
 * none is left waiting. What it sends is up to the test: it need not be HTTP.
 */
#ifndef BRIDGETOP_TESTS_HTTP_SCRIPT_H
#define BRIDGETOP_TESTS_HTTP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    SCRIPT_REQUESTS_MAX = 64,
    SCRIPT_TEXT_MAX = 8192,
    SCRIPT_INPUT_MAX = 4 * 1024 * 1024,
    SCRIPT_LIMIT_MS = 60 * 1000 /* under valgrind the demo takes ten seconds to make its keys */
};

enum script_after {
    SCRIPT_KEEP,  /* the connection stays */
    SCRIPT_CLOSE, /* it is closed behind the bytes */
    SCRIPT_RESET, /* it is reset */
};

struct script_request {
    char text[SCRIPT_TEXT_MAX]; /* request line and headers, then the body, NUL-terminated */
    char method[16];
    char target[1024];
    size_t length;       /* of the whole request; text keeps its beginning */
    const char *body;    /* inside text */
    unsigned connection; /* 1: the first that was accepted, and so on */
};

struct http_script {
    uv_loop_t *loop;
    struct script_request requests[SCRIPT_REQUESTS_MAX];
    unsigned request_count;
    unsigned accepted;
    char url[64]; /* "http://127.0.0.1:40123" */
    uint16_t port;
    struct script_server *server;
};

void http_script_start(struct http_script *script, uv_loop_t *loop);
void http_script_stop(struct http_script *script); /* closed once the loop has run dry */

/* Queues an answer of raw bytes, copied. */
void http_script_raw(struct http_script *script, const void *bytes, size_t length,
                     enum script_after after);

/* Queues "HTTP/1.1 STATUS", the header lines (each with its \r\n; may be NULL), Content-Length,
   body. */
void http_script_answer(struct http_script *script, int status, const char *headers,
                        const char *body);

/* A header's value in a recorded request, copied into `value`, or NULL when it has none. */
const char *script_header(const struct script_request *request, const char *name, char *value,
                          size_t size);

/* Runs the loop until *done. Fails the test after SCRIPT_LIMIT_MS. */
void run_until(uv_loop_t *loop, const bool *done);

/* The same, until a counter has come so far. */
void run_until_count(uv_loop_t *loop, const unsigned *count, unsigned least);

/* Runs the loop until nothing is left on it and closes it. Fails the test when something stays. */
void run_dry(uv_loop_t *loop);

#endif
