/*
 * Columns that stay right where a terminal takes a glyph for wider or narrower than we do.
 *
 * How wide an emoji or a Burmese vowel sign is, each terminal reads in a table of its own, of its
 * own year (libvterm's and glibc's differ in 2,646 of the characters that the gate lets out). One
 * column off moves all that follows in the row. So around a doubtful glyph the cursor is kept, its
 * columns are cleared, and afterwards the cursor is put where we take it to be:
 *
 *   save cursor, blanks, restore cursor, the glyph, restore cursor, forward by its columns
 *
 * which needs no knowledge of where that is. What is not doubtful costs nothing. Pure: the bytes
 * that draw a frame go in, those to send come out.
 */
#ifndef BRIDGETOP_TUI_STEADY_H
#define BRIDGETOP_TUI_STEADY_H

#include "api/buffer.h"
#include "tui/text.h"

#include <stdbool.h>
#include <stddef.h>

/* The three control functions, as nearly all terminals have them (terminfo's sc, rc and cuf). */
#define STEADY_SAVE    "\0337"
#define STEADY_RESTORE "\0338"
#define STEADY_FORWARD "\033[%p1%dC"

/* Whether terminals are known to differ: marks but for the usual European ones, scripts that join
   or stack letters, emoji, and what is younger than ten years. */
bool steady_is_doubtful(const struct glyph *glyph);

/* Appends a frame's bytes: gated UTF-8 and control functions of ASCII. */
void steady_append(struct buffer *out, const char *bytes, size_t length);

#endif
