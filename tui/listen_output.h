/*
 * What `bridgetop listen` writes to standard output: a line for each event, by a thread of its own.
 *
 * The loop hands deliveries over as they came; the thread makes their lines (tui/listen_lines.h),
 * as many as wait, writes these together, and waits for whoever reads. Behind a slow reader the
 * queue fills: first up to LISTEN_QUEUE_BYTES, beyond which rows wait by their number and are read
 * from the store again, then up to LISTEN_QUEUE_MAX, beyond which lines are left out, and counted
 * in a line of their own. Deliveries are stored and answered all the same.
 *
 * On a full disk lines are left out as well. One that had been begun is ended first, once there is
 * room again: no line stands in the middle of another.
 *
 * Besides these lines there are ready, stopped, error and notice, of the program itself
 * (tui/listen_say.h).
 */
#ifndef BRIDGETOP_TUI_LISTEN_OUTPUT_H
#define BRIDGETOP_TUI_LISTEN_OUTPUT_H

#include "api/delivery.h"
#include "api/error.h"
#include "api/inbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum {
    LISTEN_QUEUE_MAX = 4096,              /* lines that wait */
    LISTEN_QUEUE_SPARE = 32,              /* of them, for the program's own */
    LISTEN_QUEUE_BYTES = 8 * 1024 * 1024, /* of deliveries that wait whole for their lines */
    LISTEN_OUTPUT_END_MS = 2000,          /* for the reader, at the end, unless told otherwise */
};

#define LISTEN_OUTPUT_THREAD_NAME "print" /* as the system shows it: top -H */

struct listen_output;

struct listen_output_config {
    int fd; /* stays the caller's; may be a pipe, a file, a terminal, a socket */
    const char *store_path;
    bool json;
    bool masked;
    bool ascii;
    const char *const *key_files; /* given by hand: for diagnoses; outlive the output */
    size_t key_file_count;
    int64_t end_ms; /* how long a reader is waited for at the end; 0: LISTEN_OUTPUT_END_MS */

    /* On the loop, once: nobody reads any more. Nothing is written from then on. */
    void (*gone)(void *context);

    /* On the loop: lines cannot be written, and why; they are left out, and it is tried again with
       each. NULL: they can again. */
    void (*failing)(const char *message, void *context);
    void *context;
};

struct listen_output *listen_output_new(uv_loop_t *loop, const struct listen_output_config *config,
                                        struct error *error);

/* What has been stored, and how it was answered. Takes the delivery, and leaves it zeroed. */
void listen_output_delivery(struct listen_output *output, struct delivery *delivery,
                            const struct inbox_answer *answer);

/* The same by its row. */
void listen_output_row(struct listen_output *output, int64_t id, const struct inbox_answer *answer);

/* How far this machine's clock is ahead of Bridge's: for diagnoses. */
void listen_output_clock(struct listen_output *output, int64_t ahead_ms);

/* A whole line without its end, as it is; copied. */
void listen_output_line(struct listen_output *output, const char *line);

/* The same of what an application was handed: left out as a delivery's line is, where nobody reads
   in time. */
void listen_output_forward(struct listen_output *output, const char *line);

/* Writes what is queued, for config->end_ms at most; `closed` on the loop. NULL is not fine.
 */
void listen_output_close(struct listen_output *output, void (*closed)(void *context),
                         void *context);

#endif
