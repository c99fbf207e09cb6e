/*
 * How it is going, in a few figures: events a minute, share verified, how long answers take.
 *
 * Pure and bounded: the last GLANCE_MINUTES minutes are counted, and the last GLANCE_RECENT
 * arrivals are kept. What is shown settles: but for the first arrival, it is computed again every
 * GLANCE_SETTLE_MS only, so that the figures can be read, and a new row does not send all of them
 * over a slow line.
 */
#ifndef BRIDGETOP_TUI_GLANCE_H
#define BRIDGETOP_TUI_GLANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GLANCE_MINUTES = 15,
    GLANCE_RECENT = 256,
    GLANCE_SETTLE_MS = 5000,
    GLANCE_STEPS = 12, /* of five seconds: the minute that goes before now */
    GLANCE_FEW = 16,   /* so few arrivals are counted at once: each changes the shares by much */
};

struct glance_figures {
    uint32_t minutes[GLANCE_MINUTES]; /* arrivals, oldest minute first; the last goes on */
    uint32_t last_minute;             /* arrivals of the last sixty seconds */
    size_t arrivals;                  /* how many the shares are of; 0: nothing is known */
    int verified_percent;             /* rounded down: 100 means all */
    int64_t p50_us, p95_us;           /* of our answers; -1 when none is known */
};

struct glance {
    int64_t minute;                   /* the newest that is counted, since 1970 */
    uint32_t minutes[GLANCE_MINUTES]; /* a ring, by minute */
    int64_t step;                     /* the newest that is counted, since 1970 */
    uint32_t steps[GLANCE_STEPS];     /* a ring, by step */
    bool verified[GLANCE_RECENT];     /* rings */
    int64_t answer_us[GLANCE_RECENT]; /* -1: not answered */
    size_t count;
    size_t next;
    int64_t settled_ms; /* 0: never */
    struct glance_figures shown;
};

/* One arrival. Times may go back: what is older than the window is not counted in a minute. */
void glance_add(struct glance *glance, int64_t received_ms, bool verified, int64_t answer_us);

/* The clock. Settles the figures when it is time. */
void glance_tick(struct glance *glance, int64_t now_ms);

/* The minutes as bars, at most `most` of the newest: ▁ where nothing came, █ for the highest.
   NUL-terminated; returns the columns. */
enum { GLANCE_SPARK_SIZE = GLANCE_MINUTES * 3 + 1 };
size_t glance_spark(const struct glance_figures *figures, size_t most,
                    char text[GLANCE_SPARK_SIZE]);

#endif
