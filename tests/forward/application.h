/*
 * The application that deliveries are handed on to: a process of its own that can be killed. Each
 * request it takes is noted in a file before it is answered; now and then it refuses one, or hangs
 * up on it, and notes nothing.
 */
#ifndef BRIDGETOP_TESTS_FORWARD_APPLICATION_H
#define BRIDGETOP_TESTS_FORWARD_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct application {
    pid_t pid;
    uint16_t port;
    const char *notes; /* the file */
};

/* One event that it took. */
struct note {
    uint32_t object;
    uint32_t number; /* of the object's events, from 0 on */
};

/* Listens on application->port (any free one, and kept, where that is 0). The caller's threads are
   not in the way. */
bool application_start(struct application *application, uint64_t seed);
void application_kill(struct application *application);

/* How many it has noted so far. */
size_t application_count(const struct application *application);

/* All of them in order, to be freed. NULL when they cannot be read. */
struct note *application_notes(const struct application *application, size_t *count);

#endif
