#include "tui/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void document_init(struct document *document)
{
    *document = (struct document){0};
    buffer_init(&document->bytes, DOCUMENT_BYTES_MAX);
}

void document_clear(struct document *document)
{
    buffer_clear(&document->bytes);
    free(document->spans);
    free(document->lines);
    free(document->rows);
    document_init(document);
}

enum { HANG = 2, TEXT_WIDTH_MIN = 8 };

/* --- building ------------------------------------------------------------------ */

/* Room for one more element; false (and the document is cut) when memory is out. */
static bool room(struct document *document, void **items, size_t count, size_t *capacity,
                 size_t size)
{
    if (count < *capacity)
        return true;
    size_t larger = *capacity ? *capacity * 2 : 64;
    void *moved = realloc(*items, larger * size);
    if (moved == NULL) {
        document->cut = true;
        return false;
    }
    *items = moved;
    *capacity = larger;
    return true;
}

static bool begin_line(struct document *document, size_t indent)
{
    if (document->cut)
        return false;
    if (document->line_count == DOCUMENT_LINES_MAX) {
        document->cut = true;
        return false;
    }
    if (!room(document, (void **)&document->lines, document->line_count, &document->line_capacity,
              sizeof *document->lines))
        return false;
    document->lines[document->line_count++] = (struct document_line){
        .first_span = (uint32_t)document->span_count,
        .indent = (uint16_t)indent,
        .hang = HANG,
    };
    return true;
}

/* Adds a span to the last line over bytes that are in the buffer already. */
static void add_span(struct document *document, enum role role, size_t offset, size_t length)
{
    if (document->cut || !room(document, (void **)&document->spans, document->span_count,
                               &document->span_capacity, sizeof *document->spans))
        return;
    document->spans[document->span_count++] = (struct document_span){
        .offset = (uint32_t)offset,
        .length = (uint32_t)length,
        .role = (uint8_t)role,
    };
    document->lines[document->line_count - 1].span_count++;
}

static void append(struct document *document, enum role role, const char *text, size_t length)
{
    size_t offset = document->bytes.length;
    if (document->cut)
        return;
    if (!buffer_append(&document->bytes, text, length)) {
        document->cut = true;
        return;
    }
    add_span(document, role, offset, length);
}

void document_blank(struct document *document)
{
    (void)begin_line(document, 0);
}

void document_heading(struct document *document, const char *text)
{
    if (document->line_count > 0)
        document_blank(document);
    if (begin_line(document, 0))
        append(document, ROLE_TITLE, text, strlen(text));
}

void document_field(struct document *document, const char *label, enum role role, const char *value)
{
    if (!begin_line(document, 2))
        return;
    document->lines[document->line_count - 1].hang = DOCUMENT_LABEL_WIDTH + 1;
    static const char blanks[DOCUMENT_LABEL_WIDTH + 1] = "                ";
    size_t width = text_width(label, strlen(label), false);
    size_t padding = width < DOCUMENT_LABEL_WIDTH ? DOCUMENT_LABEL_WIDTH - width : 0;
    append(document, ROLE_DIM, label, strlen(label));
    append(document, ROLE_DIM, blanks, padding);
    append(document, ROLE_DIM, " ", 1);
    if (value == NULL)
        append(document, ROLE_DIM, "–", strlen("–"));
    else
        append(document, role, value, strlen(value));
}

void document_fieldf(struct document *document, const char *label, enum role role,
                     const char *format, ...)
{
    char value[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(value, sizeof value, format, args);
    va_end(args);
    document_field(document, label, role, value);
}

void document_text(struct document *document, enum role role, const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        if (!begin_line(document, 2))
            return;
        append(document, role, text, (size_t)(stop - text));
        text = newline != NULL ? newline + 1 : end;
    }
}

/* --- rows ---------------------------------------------------------------------- */

static int indent_of(const struct document_line *line, bool continued, int width)
{
    int indent = line->indent + (continued ? line->hang : 0);
    return indent > width - TEXT_WIDTH_MIN ? 0 : indent;
}

static bool add_row(struct document *document, struct document_row row)
{
    if (!room(document, (void **)&document->rows, document->row_count, &document->row_capacity,
              sizeof *document->rows))
        return false;
    document->rows[document->row_count++] = row;
    return true;
}

/* The bytes of a span from `from` on, as a gate. */
static void gate_span(const struct document *document, const struct document_span *span,
                      size_t from, bool ascii, struct text_gate *gate)
{
    text_gate_init(gate, document->bytes.data + span->offset + from, span->length - from, ascii);
}

/* Where a line may go on in the next row. */
struct place_in_line {
    uint32_t span;
    uint32_t byte;
    int column; /* that the row had reached there */
};

static bool continue_at(struct document *document, size_t line, struct place_in_line at)
{
    return add_row(
        document, (struct document_row){
                      .line = (uint32_t)line, .span = at.span, .byte = at.byte, .continued = true});
}

/* Takes the next character's glyphs and returns their columns, 0 at the end: a stand-in
   (`<U+202E>`) is many glyphs of one character, and is not torn. */
static int next_character(struct text_gate *gate, bool *blank)
{
    struct glyph glyph;
    if (!text_gate_next(gate, &glyph))
        return 0;
    *blank = glyph.base == ' ';
    int width = glyph.width;
    while (gate->stand_in[gate->stand_in_at] != '\0' && text_gate_next(gate, &glyph))
        width += glyph.width;
    return width;
}

/* Breaks one line into rows: after the last blank that fits, or within a word that is longer than
   a row. A blank before the column in which the next row would begin is none: breaking there
   gains nothing. */
static void wrap_line(struct document *document, size_t index, int width, bool ascii)
{
    const struct document_line line = document->lines[index];
    const int restart = indent_of(&line, true, width);
    int column = indent_of(&line, false, width);
    struct place_in_line blank = {0};
    if (!add_row(document, (struct document_row){.line = (uint32_t)index}))
        return;
    for (uint32_t s = 0; s < line.span_count; s++) {
        const struct document_span *span = &document->spans[line.first_span + s];
        struct text_gate gate;
        gate_span(document, span, 0, ascii, &gate);
        const unsigned char *begin = gate.next;
        while (true) {
            struct place_in_line here = {s, (uint32_t)(gate.next - begin), column};
            bool is_blank = false;
            int columns = next_character(&gate, &is_blank);
            if (columns == 0)
                break;
            if (column + columns > width && !is_blank) {
                if (blank.column == 0)
                    blank = here;
                if (!continue_at(document, index, blank))
                    return;
                column = restart + column - blank.column;
                blank.column = 0;
            }
            column += columns;
            if (is_blank && column > restart)
                blank = (struct place_in_line){s, (uint32_t)(gate.next - begin), column};
        }
    }
}

void document_wrap(struct document *document, int width, bool ascii)
{
    document->row_count = 0;
    if (document->cut && document->line_count > 0) {
        static const char note[] = "… cut here: too long to show";
        document->cut = false;
        document->line_count -= document->line_count == DOCUMENT_LINES_MAX;
        if (document->bytes.length + sizeof note > document->bytes.maximum)
            document->bytes.maximum += sizeof note;
        document->bytes.failed = false;
        if (begin_line(document, 0))
            append(document, ROLE_WARN, note, sizeof note - 1);
    }
    for (size_t i = 0; i < document->line_count; i++)
        wrap_line(document, i, width, ascii);
}

/* The row in which the same line goes on, or NULL. */
static const struct document_row *continuation(const struct document *document, size_t index)
{
    const struct document_row *row = &document->rows[index];
    return index + 1 < document->row_count && row[1].line == row->line ? row + 1 : NULL;
}

/* Where the row's part of span `s` ends. Blanks at the end of a broken row are not drawn: they may
   stand beyond its width. */
static size_t end_in_row(const struct document *document, const struct document_span *span,
                         size_t s, const struct document_row *next)
{
    if (next == NULL)
        return span->length;
    size_t to = s == next->span ? next->byte : span->length;
    bool ends_row = s == next->span || (s + 1 == next->span && next->byte == 0);
    const char *bytes = document->bytes.data + span->offset;
    while (ends_row && to > 0 && bytes[to - 1] == ' ')
        to--;
    return to;
}

static void draw_row(const struct document *document, struct grid *grid, struct rect rect, int y,
                     size_t index)
{
    const struct document_row *row = &document->rows[index];
    const struct document_line *line = &document->lines[row->line];
    const struct document_row *next = continuation(document, index);
    size_t stop = next != NULL ? next->span + 1 : line->span_count;
    int x = indent_of(line, row->continued, rect.width);
    for (size_t s = row->span; s < stop; s++) {
        const struct document_span *span = &document->spans[line->first_span + s];
        size_t from = s == row->span ? row->byte : 0;
        size_t to = end_in_row(document, span, s, next);
        if (to > from)
            x += grid_bytes(grid, rect.x + x, y, rect.width - x, style_of((enum role)span->role),
                            document->bytes.data + span->offset + from, to - from);
    }
}

void document_draw(const struct document *document, struct grid *grid, struct rect rect, size_t top)
{
    for (int y = 0; y < rect.height && top + (size_t)y < document->row_count; y++)
        draw_row(document, grid, rect, rect.y + y, top + (size_t)y);
}
