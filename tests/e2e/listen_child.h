/*
 * `bridgetop listen` as a child: what it prints, line by line, and how it ends.
 *
 * Standard error goes to the file "listen.err" of the home.
 */
#ifndef BRIDGETOP_TESTS_E2E_LISTEN_CHILD_H
#define BRIDGETOP_TESTS_E2E_LISTEN_CHILD_H

#include "tests/e2e/child.h"

#include <stdbool.h>
#include <stdint.h>

struct listen_child;

enum { LISTEN_LIMIT_MS = 20000 };

/* Starts `bridgetop listen --db store.db --listen 127.0.0.1:0 --config none` with `more` arguments
   (ends with NULL), and with --json waits until it is ready. Fails the test when it is not. */
struct listen_child *listen_child_start(const struct child_home *home,
                                        const char *const *environment, const char *const *more);

/* The same without waiting. */
struct listen_child *listen_child_begin(const struct child_home *home,
                                        const char *const *environment, const char *const *more);

uint16_t listen_child_port(const struct listen_child *child);
pid_t listen_child_pid(const struct listen_child *child);

/* Waits for a line on standard output that has the text, after the one that was waited for last.
   Valid until the next call. NULL, with what was printed on stderr, when none comes. */
const char *listen_child_line(struct listen_child *child, const char *text);

/* How many whole lines that have the text were printed so far, waited for or not. */
size_t listen_child_count(struct listen_child *child, const char *text);

void listen_child_close_output(struct listen_child *child); /* nobody reads any more */

/* Waits for the end, and takes what it still prints. The exit code, -1 when it goes on. */
int listen_child_wait(struct listen_child *child);
int listen_child_stop(struct listen_child *child, int signal_number); /* sends it, and waits */

/* Waits until the text is in listen.err. */
bool listen_child_complains(const struct child_home *home, const char *text);

void listen_child_free(struct listen_child *child); /* kills it if it still runs; NULL is fine */

#endif
