/*
 * An application that deliveries are handed on to: a thread of the test that takes one request at a
 * time, keeps the last, and answers what it was told to.
 */
#ifndef BRIDGETOP_TESTS_E2E_APPLICATION_H
#define BRIDGETOP_TESTS_E2E_APPLICATION_H

#include <stddef.h>
#include <stdint.h>

struct application;

enum { APPLICATION_REQUEST_MAX = 16 * 1024 };

/* Listens on a free port of this machine, and answers 200. NULL when it cannot. */
struct application *application_new(void);
void application_free(struct application *application); /* NULL is fine */

/* "http://127.0.0.1:40123" */
const char *application_url(const struct application *application);

/* From now on. The body is text. */
void application_answer(struct application *application, int status, const char *body);

/* How many requests it has taken, and the last of them as it came. */
size_t application_count(struct application *application);
void application_last(struct application *application, char request[APPLICATION_REQUEST_MAX]);

#endif
