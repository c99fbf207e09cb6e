/*
 * The one gate through which untrusted text reaches a terminal, and how wide it is.
 *
 * Bytes go in, glyphs come out. A glyph is safe to draw by construction: C0, DEL,
 * C1, bytes that are not UTF-8, bidi controls, zero-width characters, line and
 * paragraph separators, private-use and unassigned oddities, and BOM come out as visible
 * stand-ins (`^[`, `<U+202E>`, `<FF>`), combining marks beyond
 * TEXT_MARKS_MAX are dropped, and a mark with nothing to stand on gets a blank.
 * Only this module makes glyphs, and a cell of the grid takes nothing else.
 *
 * In ASCII mode every glyph is one printable ASCII character; others come out as
 * their stand-in (`<U+00E9>`), except the program's own drawing, see text_ascii_twin().
 */
#ifndef BRIDGETOP_TUI_TEXT_H
#define BRIDGETOP_TUI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum { TEXT_MARKS_MAX = 2 };

struct glyph {
    char32_t base;
    char32_t marks[TEXT_MARKS_MAX]; /* 0 where unused */
    uint8_t width;                  /* columns: 1 or 2 */
};

struct text_gate {
    const unsigned char *next;
    const unsigned char *end;
    char stand_in[16]; /* ASCII that is still to come out */
    uint8_t stand_in_at;
    bool ascii;
};

void text_gate_init(struct text_gate *gate, const char *bytes, size_t length, bool ascii);

/* The next glyph; false at the end. */
bool text_gate_next(struct text_gate *gate, struct glyph *glyph);

/* The glyph of one character of the program's own, as the gate would let it out; `?` where it
   would be a stand-in. */
struct glyph text_glyph(char32_t character, bool ascii);

/* For stderr, logs, titles: gated UTF-8 into `out`, NUL-terminated, cut to whole glyphs
   that fit in `size` bytes. Returns the length. Tab and newline are stand-ins too. */
size_t text_gate_string(char *out, size_t size, const char *bytes, size_t length, bool ascii);

/* Columns that the gated text takes. */
size_t text_width(const char *bytes, size_t length, bool ascii);

/* How many bytes from the front fit into `width` columns, in whole characters with their marks and
   whole stand-ins: where to break a line. `columns` (may be NULL) is what they take. */
size_t text_fit(const char *bytes, size_t length, size_t width, bool ascii, size_t *columns);

/* Writes the glyph as UTF-8, at most TEXT_GLYPH_BYTES and a NUL; returns the length. */
enum { TEXT_GLYPH_BYTES = 4 * (1 + TEXT_MARKS_MAX) };
size_t text_glyph_utf8(const struct glyph *glyph, char out[TEXT_GLYPH_BYTES + 1]);

/* Reads one strictly encoded UTF-8 character (no overlong form, no surrogate). Returns the bytes
   it takes, or 0 when there is none at `bytes`; *character is 0 then. */
size_t text_decode(const char *bytes, size_t length, char32_t *character);

/* Writes one character as UTF-8 without a NUL; returns the bytes it takes. */
size_t text_encode(char32_t character, char out[4]);

/* The ASCII character that stands for one of the program's own drawing characters
   (│ ─ ┌ … ● ▶ etc.), or 0 for any other. */
char text_ascii_twin(char32_t character);

/* The same for the Linux console, whose fonts hold 256 or 512 signs: 0, too, for what they have. */
char text_console_twin(char32_t character);

#endif
