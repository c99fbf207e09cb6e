/*
 * A terminal's screen as a PNG: its cells, in a window with a title bar.
 */
#ifndef BRIDGETOP_SCREENSHOTS_PICTURE_H
#define BRIDGETOP_SCREENSHOTS_PICTURE_H

#include "api/error.h"
#include "tests/e2e/screen.h"

#include <stdbool.h>

/* The colours of the pictures' terminals, for screen_set_palette(). */
extern const struct screen_palette PICTURE_PALETTE;
extern const struct screen_palette PICTURE_LIGHT_PALETTE;

/* Draws at `scale` times 14 pixels a letter, and writes the file. The palette is the screen's. */
bool picture_write(struct screen *screen, const struct screen_palette *palette, const char *title,
                   double scale, const char *path, struct error *error);

#endif
