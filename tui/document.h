/*
 * A text of many lines to scroll in: the help.
 *
 * A document owns copies of all its bytes. Lines are logical; document_wrap()
 * breaks them into rows for a width, with continuation rows indented as their line.
 */
#ifndef BRIDGETOP_TUI_DOCUMENT_H
#define BRIDGETOP_TUI_DOCUMENT_H

#include "api/buffer.h"
#include "tui/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DOCUMENT_LINES_MAX = 200000, /* beyond it the document says that it was cut */
    DOCUMENT_BYTES_MAX = 24 * 1024 * 1024,
    DOCUMENT_LABEL_WIDTH = 16,
};

struct document_span {
    uint32_t offset; /* into bytes */
    uint32_t length;
    uint8_t role;
};

struct document_line {
    uint32_t first_span;
    uint16_t span_count;
    uint16_t indent; /* columns */
    uint16_t hang;   /* by how much more the rows are indented in which it goes on */
};

struct document_row {
    uint32_t line;
    uint32_t span; /* where the row begins: a span of the line, and a byte of it */
    uint32_t byte;
    bool continued;
};

struct document {
    struct buffer bytes;
    struct document_span *spans;
    size_t span_count, span_capacity;
    struct document_line *lines;
    size_t line_count, line_capacity;
    struct document_row *rows;
    size_t row_count, row_capacity;
    bool cut; /* a limit or the memory was reached */
};

void document_init(struct document *document);
void document_clear(struct document *document);

/* A blank line, a heading, "label   value", and plain text (split at newlines). Values may be NULL,
   shown as a dash. */
void document_blank(struct document *document);
void document_heading(struct document *document, const char *text);
void document_field(struct document *document, const char *label, enum role role,
                    const char *value);
void document_fieldf(struct document *document, const char *label, enum role role,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void document_text(struct document *document, enum role role, const char *text, size_t length);

/* Computes the rows for a width. */
void document_wrap(struct document *document, int width, bool ascii);

/* Draws rows from `top` on. Pure. */
void document_draw(const struct document *document, struct grid *grid, struct rect rect,
                   size_t top);

#endif
