/*
 * One blocking HTTP request to a server on this machine.
 */
#ifndef BRIDGETOP_TESTS_E2E_HTTP_H
#define BRIDGETOP_TESTS_E2E_HTTP_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_TIMEOUT_MS = 20 * 1000, HTTP_ANSWER_MAX = 16 * 1024 * 1024 };

struct http_request {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: value", ends with NULL; NULL is fine */
    const void *body;           /* NULL: none */
    size_t body_length;
};

struct http_answer {
    int status;
    char *body; /* NUL-terminated */
    size_t length;
};

/* False when there was no answer: nobody listens, or the connection was dropped. */
bool http_ask(const struct http_request *request, struct http_answer *answer, struct error *error);
void http_answer_clear(struct http_answer *answer);

/* A free port of 127.0.0.1, held so that no other process is given it. The descriptor neither
   listens nor hinders one program that binds the port with SO_REUSEADDR; close it at the end. */
int http_reserve_port(uint16_t *port, struct error *error);

#endif
