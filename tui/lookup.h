/*
 * Looks events and objects up in the store, off the loop: one at a time, each on one of libuv's
 * threads with a connection of its own.
 *
 * A new one cancels the one before. Answers come on the loop: MESSAGE_TRACED once; MESSAGE_HISTORY
 * with what was found so far, at growing distances, and at last one with `searched`. What was
 * cancelled answers no more.
 */
#ifndef BRIDGETOP_TUI_LOOKUP_H
#define BRIDGETOP_TUI_LOOKUP_H

#include "api/ambient.h"
#include "tui/app.h"

#include <uv.h>

enum {
    LOOKUP_FIRST_MS = 100, /* after which what has been found of an object is told */
    LOOKUP_AGAIN_MS = 100, /* what arrives again and again is not read for each time */
};

struct lookup;

struct lookup_config {
    const char *store_path; /* must outlive it */
    struct ambient ambient; /* used from the threads, too */
    void (*answer)(const struct message *message, void *context);
    void *context;
};

/* NULL when memory is out. */
struct lookup *lookup_new(uv_loop_t *loop, const struct lookup_config *config);

/* What is to be looked up: copied. */
struct lookup_wanted {
    uint64_t number; /* of the answer: message.search */
    const char *event_id;
    const char *object_id; /* NULL: the event; else the object's events, "" for that of the event */
    const struct event_list *bridge; /* what Bridge told of the object; NULL: nothing */
    uint64_t delay_ms;
};

void lookup_begin(struct lookup *lookup, const struct lookup_wanted *wanted);
void lookup_stop(struct lookup *lookup);

/* Cancels, and frees once its thread and its handles have ended. NULL is fine. */
void lookup_close(struct lookup *lookup);

#endif
