/*
 * When a frame is finished, as a person before the terminal would say: what the key was to change
 * has changed on the emulator's screen, and the program has stopped writing.
 *
 * The time is that of the read which brought the last byte before a pause of WATCH_PAUSE_MS, from
 * just before the key was written. So it has the kernel's way to the program and back in it, and
 * not the emulator's own work. A frame that comes for another reason within the pause is counted
 * in: under load the figure is rather too high than too low.
 */
#ifndef BRIDGETOP_TESTS_BENCH_WATCH_H
#define BRIDGETOP_TESTS_BENCH_WATCH_H

#include "tests/bench/figures.h"
#include "tests/e2e/screen.h"

enum { WATCH_PAUSE_MS = 3, WATCH_LIMIT_MS = 5000 };

/* What a key changes, as a number that differs before and after. */
typedef uint64_t (*watch_look)(struct screen *screen);
uint64_t watch_bars(struct screen *screen); /* which rows are marked over most of their width */
uint64_t watch_all(struct screen *screen);  /* all text, and those rows */

struct watched {
    double ms;    /* FIGURE_NONE: nothing changed within WATCH_LIMIT_MS */
    double bytes; /* written for it */
};

/* Types the keys, and waits for the finished frame. */
struct watched watch_keys(struct screen *screen, const char *keys, watch_look look);

/* Types a query into the open query line of pane 4. Milliseconds until the pane shows something
   that was found, or that there is nothing; WATCH_LIMIT_MS when it never does. */
double watch_query(struct screen *screen, const char *query);

/* From started_ns until the text is shown and the frame with it is finished. */
struct watched watch_start(struct screen *screen, int64_t started_ns, const char *text);

/* Takes output in for so long; returns how many bursts of it came, more than a pause apart. */
int watch_frames(struct screen *screen, int ms);

#endif
