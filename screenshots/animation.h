/*
 * Pictures one after the other, as an animated PNG (APNG; in the PNG specification since its third
 * edition): what has no notion of it shows the first picture.
 *
 * A frame keeps only the rectangle in which it differs from the one before.
 */
#ifndef BRIDGETOP_SCREENSHOTS_ANIMATION_H
#define BRIDGETOP_SCREENSHOTS_ANIMATION_H

#include "api/error.h"

#include <cairo.h>
#include <stdbool.h>

enum { ANIMATION_FRAMES_MAX = 500, ANIMATION_MS_MAX = 60 * 1000 };

struct animation;

struct animation *animation_new(void); /* NULL when memory is out */
void animation_free(struct animation *animation);

/* Adds a picture (CAIRO_FORMAT_ARGB32, all of one size) that is shown for so long. One that shows
   nothing new makes the one before last longer. */
bool animation_add(struct animation *animation, cairo_surface_t *picture, int ms,
                   struct error *error);

/* Writes the file: it plays for ever. */
bool animation_write(const struct animation *animation, const char *path, struct error *error);

#endif
