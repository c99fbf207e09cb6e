/*
 * What is on its way to the terminal.
 *
 * A pseudo-terminal whose reader is slow or gone (a laptop that sleeps with an SSH
 * session open) blocks a write as soon as a few kilobytes wait, and does not tell
 * beforehand: TIOCOUTQ is always 0 there, and POLLOUT says only that something fits.
 * ncurses' own writes would block then, or spin on a non-blocking descriptor. So
 * ncurses writes into a memory file, and what it wrote is sent from here, as far as
 * the terminal takes it.
 */
#ifndef BRIDGETOP_TUI_OUTPUT_H
#define BRIDGETOP_TUI_OUTPUT_H

#include "api/buffer.h"
#include "api/error.h"

#include <stdbool.h>
#include <stdio.h>

enum {
    OUTPUT_MAX = 8 * 1024 * 1024, /* bytes that wait; the largest frame is far below */
    OUTPUT_WAIT_MS = 10,
    OUTPUT_WAITS = 30,
};

struct output {
    int fd;     /* non-blocking; the caller's */
    FILE *sink; /* for ncurses to write to */
    struct buffer pending;
    size_t sent; /* of pending */
};

bool output_open(struct output *output, int fd, struct error *error);
void output_close(struct output *output); /* what is pending is dropped */

/* Queues bytes. */
void output_append(struct output *output, const char *bytes);

/* Queues what has been written to the sink since the last time, as `append` makes it (NULL: as it
   is). False when it was too much: all
   that was pending is dropped, for half a frame is worse than none. */
typedef void (*output_append_frame)(struct buffer *out, const char *bytes, size_t length);
bool output_collect(struct output *output, output_append_frame append);

/* Drops what has been written to the sink since the last time. */
void output_discard(struct output *output);

/* Sends what the terminal takes now; true when nothing is left. A terminal that is gone takes
   everything: its end is noticed where keys are read. */
bool output_send(struct output *output);

/* The same, waiting for a slow terminal OUTPUT_WAITS times up to OUTPUT_WAIT_MS; what is left then
   is dropped: a stalled terminal must not hold up the end. */
void output_send_and_drop(struct output *output);

#endif
