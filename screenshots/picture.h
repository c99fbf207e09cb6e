/*
 * A terminal's screen as a PNG: its cells, in a window with a title bar.
 */
#ifndef BRIDGETOP_SCREENSHOTS_PICTURE_H
#define BRIDGETOP_SCREENSHOTS_PICTURE_H

#include "api/error.h"
#include "tests/e2e/screen.h"

#include <cairo.h>
#include <stdbool.h>

/* The colours of the pictures' terminals, for screen_set_palette(). */
extern const struct screen_palette PICTURE_PALETTE;
extern const struct screen_palette PICTURE_LIGHT_PALETTE;

/* The window at `scale` times 14 pixels a letter, the caller's to destroy; its status says how it
   went. The palette is the screen's. */
cairo_surface_t *picture_draw(struct screen *screen, const struct screen_palette *palette,
                              const char *title, double scale);

/* The same into a file. */
bool picture_write(struct screen *screen, const struct screen_palette *palette, const char *title,
                   double scale, const char *path, struct error *error);

#endif
