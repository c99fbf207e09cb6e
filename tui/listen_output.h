/*
 * What `bridgetop listen` writes to standard output: a line for each event, by a thread of its own.
 *
 * The loop hands over which row it is; the thread reads it from the store, makes the line, masks
 * it, and waits for whoever reads. Behind a slow reader the queue fills, and then lines are left
 * out, and counted in a line of their own: deliveries are stored and answered all the same.
 *
 * As JSON each line is one object with a `kind`:
 *
 *   event      a delivery, as exports have it (api/export.h); one that is not genuine with
 *              `diagnosis`, a list of kind, shown, what, remedy (api/doctor.h), where the last
 *              diagnosis is LISTEN_DIAGNOSIS_PAUSE_MS ago
 *   repeat     id, event_id, attempts, answer_status, answer_ms: that event came again;
 *              answer_on_demand: true, where a person had chosen its answer
 *   left_out   count: lines that nobody read in time
 *   ready, stopped, error, notice   of the program itself; made by tui/cmd_listen.c
 *
 * Otherwise an event is one line for a person, gated.
 */
#ifndef BRIDGETOP_TUI_LISTEN_OUTPUT_H
#define BRIDGETOP_TUI_LISTEN_OUTPUT_H

#include "api/error.h"
#include "api/inbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum {
    LISTEN_QUEUE_MAX = 4096,     /* lines that wait; rows by number, not their text */
    LISTEN_QUEUE_SPARE = 32,     /* of them, for the program's own */
    LISTEN_OUTPUT_END_MS = 2000, /* for the reader, at the end */
    LISTEN_DIAGNOSIS_PAUSE_MS = 50,
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

    /* On the loop, once: nobody reads any more. Nothing is written from then on. */
    void (*gone)(void *context);
    void *context;
};

struct listen_output *listen_output_new(uv_loop_t *loop, const struct listen_output_config *config,
                                        struct error *error);

/* What has been stored, by its row, and how it was answered. */
void listen_output_delivery(struct listen_output *output, int64_t id,
                            const struct inbox_answer *answer);

/* How far this machine's clock is ahead of Bridge's: for diagnoses. */
void listen_output_clock(struct listen_output *output, int64_t ahead_ms);

/* A whole line without its end, as it is; copied. */
void listen_output_line(struct listen_output *output, const char *line);

/* The same of what an application was handed: left out as a delivery's line is, where nobody reads
   in time. */
void listen_output_forward(struct listen_output *output, const char *line);

/* Writes what is queued, for LISTEN_OUTPUT_END_MS at most; `closed` on the loop. NULL is not fine.
 */
void listen_output_close(struct listen_output *output, void (*closed)(void *context),
                         void *context);

#endif
