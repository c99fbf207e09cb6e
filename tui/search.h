/*
 * Searches of the store off the loop: one at a time, each on one of libuv's threads with a
 * connection of its own.
 *
 * A new search cancels the one before. Answers come on the loop as MESSAGE_FOUND: the first page as
 * soon as it is there, then what was found since, at growing distances, and at last one with
 * `searched`. What was cancelled answers no more.
 */
#ifndef BRIDGETOP_TUI_SEARCH_H
#define BRIDGETOP_TUI_SEARCH_H

#include "api/ambient.h"
#include "tui/app.h"

#include <uv.h>

enum {
    SEARCH_PAGE = 100,     /* rows that are shown as soon as there are so many */
    SEARCH_FIRST_MS = 15,  /* or what there is by then, be it one row */
    SEARCH_ANSWER_MS = 120 /* between two answers, at most twice as long as between those before;
                              and until one that nothing has been found so far */
};

struct search;

struct search_config {
    const char *store_path; /* must outlive it */
    struct ambient ambient; /* used from the threads, too */
    void (*answer)(const struct message *message, void *context);
    void *context;
};

/* NULL when memory is out. */
struct search *search_new(uv_loop_t *loop, const struct search_config *config);

/* Begins after delay_ms, unless it is replaced before; an empty query only ends the one before. */
void search_begin(struct search *search, uint64_t number, const char *query, int64_t above,
                  uint64_t delay_ms);

/* Cancels, and frees once its thread and its handles have ended. NULL is fine. */
void search_close(struct search *search);

#endif
