/*
 * A second terminal emulator beside libvterm: the strict one, which refuses what bridgetop does not
 * mean to send (tests/terminal_emulator.h).
 *
 * Both get the same bytes, and must show the same: what one of them takes in another way than the
 * other, terminals would.
 */
#ifndef BRIDGETOP_TESTS_E2E_SECOND_SCREEN_H
#define BRIDGETOP_TESTS_E2E_SECOND_SCREEN_H

#include "tests/e2e/screen.h"
#include "tests/terminal_emulator.h"

#include <stdbool.h>
#include <stddef.h>

struct second_screen {
    struct emulator emulator;
    size_t fed; /* bytes of the screen's output */
};

/* Of the screen's present size, before it has got anything. `may` is of enum emulator_may. */
bool second_screen_init(struct second_screen *second, const struct screen *screen, unsigned may);
void second_screen_free(struct second_screen *second);

/* Takes in what the screen has got since the last time. False, with a report to stderr, when there
   was something that is not allowed. */
bool second_screen_takes(struct second_screen *second, const struct screen *screen);

/* The same, and false too when another cell is shown than there. Not for what is shown after the
   end: it has no main screen. */
bool second_screen_agrees(struct second_screen *second, const struct screen *screen);

#endif
