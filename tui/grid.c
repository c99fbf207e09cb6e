#include "tui/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINTF_MAX = 1024 }; /* bytes of one grid_printf(): wider than any screen is useless */

/* --- cells -------------------------------------------------------------- */

static const struct cell BLANK = {.glyph = {.base = U' ', .width = 1}};

static int clamp(int value, int maximum)
{
    if (value < 1)
        return 1;
    return value > maximum ? maximum : value;
}

bool grid_init(struct grid *grid, int width, int height, bool ascii)
{
    *grid = (struct grid){.ascii = ascii, .cursor_x = -1, .cursor_y = -1};
    return grid_resize(grid, width, height);
}

bool grid_resize(struct grid *grid, int width, int height)
{
    width = clamp(width, GRID_WIDTH_MAX);
    height = clamp(height, GRID_HEIGHT_MAX);
    if (grid->cells == NULL || width != grid->width || height != grid->height) {
        struct cell *cells = calloc((size_t)width * (size_t)height, sizeof *cells);
        grid_free(grid);
        if (cells == NULL)
            return false;
        grid->cells = cells;
        grid->width = width;
        grid->height = height;
    }
    grid_clear(grid);
    return true;
}

void grid_free(struct grid *grid)
{
    free(grid->cells);
    grid->cells = NULL;
    grid->width = 0;
    grid->height = 0;
}

void grid_clear(struct grid *grid)
{
    size_t count = (size_t)grid->width * (size_t)grid->height;
    for (size_t i = 0; i < count; i++)
        grid->cells[i] = BLANK;
    grid->cursor_x = -1;
    grid->cursor_y = -1;
}

struct rect grid_rect(const struct grid *grid)
{
    return (struct rect){.width = grid->width, .height = grid->height};
}

static struct cell *cell_at(const struct grid *grid, int x, int y)
{
    if (x < 0 || y < 0 || x >= grid->width || y >= grid->height)
        return NULL;
    return &grid->cells[(size_t)y * (size_t)grid->width + (size_t)x];
}

const struct cell *grid_cell(const struct grid *grid, int x, int y)
{
    return cell_at(grid, x, y);
}

static void set_blank(struct grid *grid, int x, int y)
{
    struct cell *cell = cell_at(grid, x, y);
    if (cell != NULL)
        cell->glyph = BLANK.glyph;
}

/* A wide glyph that reaches into the columns from x up to end, or out of them, loses its other half
   when they are overwritten: that half becomes blank. */
static void cut_wide_neighbours(struct grid *grid, int x, int end, int y)
{
    const struct cell *first = grid_cell(grid, x, y);
    if (first != NULL && first->glyph.width == 0)
        set_blank(grid, x - 1, y);
    const struct cell *last = grid_cell(grid, end - 1, y);
    if (last != NULL && last->glyph.width == 2)
        set_blank(grid, end, y);
}

static void put(struct grid *grid, int x, int y, struct style style, struct glyph glyph)
{
    int end = x + glyph.width;
    if (y < 0 || y >= grid->height || end <= 0 || x >= grid->width)
        return;
    if (x < 0 || end > grid->width) { /* half of a wide glyph would be outside */
        x = x < 0 ? 0 : x;
        end = x + 1;
        glyph = BLANK.glyph;
    }
    cut_wide_neighbours(grid, x, end, y);
    *cell_at(grid, x, y) = (struct cell){.glyph = glyph, .style = style};
    if (glyph.width == 2)
        *cell_at(grid, x + 1, y) = (struct cell){.style = style};
}

/* --- text --------------------------------------------------------------- */

int grid_bytes(struct grid *grid, int x, int y, int width, struct style style, const char *bytes,
               size_t length)
{
    if (width > grid->width - x)
        width = grid->width - x;
    if (width <= 0)
        return 0;

    struct text_gate gate;
    text_gate_init(&gate, bytes, length, grid->ascii);
    struct glyph glyph;
    int used = 0;
    while (text_gate_next(&gate, &glyph)) {
        if (used + glyph.width > width) {
            if (used < width)
                put(grid, x + used, y, style, BLANK.glyph);
            put(grid, x + width - 1, y, style, text_glyph(U'…', grid->ascii));
            return width;
        }
        put(grid, x + used, y, style, glyph);
        used += glyph.width;
    }
    return used;
}

int grid_text(struct grid *grid, int x, int y, int width, struct style style, const char *text)
{
    return grid_bytes(grid, x, y, width, style, text, strlen(text));
}

int grid_printf(struct grid *grid, int x, int y, int width, struct style style, const char *format,
                ...)
{
    char text[PRINTF_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return length < 0 ? 0 : grid_text(grid, x, y, width, style, text);
}

int grid_text_right(struct grid *grid, int x, int y, int width, struct style style,
                    const char *text)
{
    size_t length = strlen(text);
    size_t needed = text_width(text, length, grid->ascii);
    if (width > 0 && needed < (size_t)width) {
        x += width - (int)needed;
        width = (int)needed;
    }
    return grid_bytes(grid, x, y, width, style, text, length);
}

/* --- drawing ------------------------------------------------------------ */

void grid_hline(struct grid *grid, int x, int y, int count, struct style style, char32_t character)
{
    struct glyph glyph = text_glyph(character, grid->ascii);
    int end = count > grid->width - x ? grid->width : x + count;
    for (int at = x < 0 ? 0 : x; at < end; at++)
        put(grid, at, y, style, glyph);
}

void grid_vline(struct grid *grid, int x, int y, int count, struct style style, char32_t character)
{
    struct glyph glyph = text_glyph(character, grid->ascii);
    int end = count > grid->height - y ? grid->height : y + count;
    for (int at = y < 0 ? 0 : y; at < end; at++)
        put(grid, x, at, style, glyph);
}

static struct rect clip(const struct grid *grid, struct rect rect)
{
    int right = rect.width > grid->width - rect.x ? grid->width : rect.x + rect.width;
    int bottom = rect.height > grid->height - rect.y ? grid->height : rect.y + rect.height;
    rect.x = rect.x < 0 ? 0 : rect.x;
    rect.y = rect.y < 0 ? 0 : rect.y;
    rect.width = right - rect.x;
    rect.height = bottom - rect.y;
    return rect;
}

void grid_fill(struct grid *grid, struct rect rect, struct style style)
{
    rect = clip(grid, rect);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        grid_hline(grid, rect.x, y, rect.width, style, U' ');
}

void grid_paint(struct grid *grid, struct rect rect, enum role role)
{
    rect = clip(grid, rect);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++)
            cell_at(grid, x, y)->style.role = (uint8_t)role;
}

void grid_mark(struct grid *grid, struct rect rect, uint8_t bits)
{
    rect = clip(grid, rect);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++)
            cell_at(grid, x, y)->style.bits |= bits;
}

/* --- for tests ---------------------------------------------------------- */

char *grid_to_text(const struct grid *grid)
{
    size_t row = (size_t)grid->width * TEXT_GLYPH_BYTES + 1;
    char *text = malloc((size_t)grid->height * row + 1);
    if (text == NULL)
        return NULL;
    size_t length = 0;
    for (int y = 0; y < grid->height; y++) {
        size_t start = length;
        for (int x = 0; x < grid->width; x++) {
            const struct cell *cell = grid_cell(grid, x, y);
            char utf8[TEXT_GLYPH_BYTES + 1];
            if (cell->glyph.width == 0)
                continue;
            size_t count = text_glyph_utf8(&cell->glyph, utf8);
            memcpy(text + length, utf8, count);
            length += count;
        }
        while (length > start && text[length - 1] == ' ')
            length--;
        text[length++] = '\n';
    }
    text[length] = '\0';
    return text;
}
