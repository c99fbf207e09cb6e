/*
 * Whether a screen that came to be change by change is what would be painted at once: nothing torn,
 * nothing left of what was there before.
 */
#ifndef BRIDGETOP_TESTS_E2E_REPAINT_H
#define BRIDGETOP_TESTS_E2E_REPAINT_H

#include "tests/e2e/screen.h"

#include <stdbool.h>

/* Presses Ctrl-L, and waits until all of the screen was painted again and each cell has the text,
   colours and attributes that it had. The second row is left out: its clock goes on. Nothing else
   may change meanwhile. False, with a report to stderr, when that does not come. */
bool repaint_changes_nothing(struct screen *screen);

#endif
