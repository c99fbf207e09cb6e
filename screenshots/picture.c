#include "screenshots/picture.h"

#include <cairo.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Fonts of Debian packages. The second is for what the first has no glyph for. */
#define FONT          "JetBrains Mono"
#define FONT_FALLBACK "DejaVu Sans Mono"

/* Logical pixels, before scaling. */
enum { LETTER = 14, PADDING = 14, TITLE_BAR = 34, CORNER = 10, DOT = 6, DOT_STEP = 20 };

static const double TITLE_BAR_ALPHA = 0.08; /* of the foreground over the background */
static const double TITLE_ALPHA = 0.6;
static const uint8_t DOT_COLORS[3][3] = {
    {0xe0, 0x6c, 0x75}, {0xd7, 0xa8, 0x5f}, {0x7f, 0xb0, 0x6a}};

const struct screen_palette PICTURE_PALETTE = {
    .foreground = {0xd5, 0xd9, 0xe0},
    .background = {0x15, 0x18, 0x1e},
    .colors = {{0x23, 0x27, 0x30},
               {0xe0, 0x6c, 0x75},
               {0x7f, 0xb0, 0x6a},
               {0xd7, 0xa8, 0x5f},
               {0x61, 0x9f, 0xe0},
               {0xc1, 0x7e, 0xd6},
               {0x56, 0xb0, 0xb8},
               {0xc3, 0xc8, 0xd1},
               {0x6b, 0x73, 0x82},
               {0xf0, 0x86, 0x8e},
               {0x98, 0xc8, 0x82},
               {0xe8, 0xc0, 0x7a},
               {0x82, 0xb8, 0xf2},
               {0xd6, 0x98, 0xe8},
               {0x74, 0xc8, 0xd0},
               {0xff, 0xff, 0xff}},
};

const struct screen_palette PICTURE_LIGHT_PALETTE = {
    .foreground = {0x2a, 0x2e, 0x36},
    .background = {0xfa, 0xfa, 0xf8},
    .colors = {{0x2a, 0x2e, 0x36},
               {0xc0, 0x36, 0x42},
               {0x3f, 0x7d, 0x2b},
               {0x99, 0x6a, 0x12},
               {0x27, 0x62, 0xb0},
               {0x8c, 0x3f, 0xa8},
               {0x1c, 0x78, 0x80},
               {0xd5, 0xd8, 0xde},
               {0x6b, 0x73, 0x82},
               {0xd2, 0x4a, 0x55},
               {0x52, 0x94, 0x3c},
               {0xb0, 0x7d, 0x20},
               {0x3a, 0x78, 0xc8},
               {0xa2, 0x55, 0xbd},
               {0x2c, 0x8f, 0x98},
               {0xff, 0xff, 0xff}},
};

struct canvas {
    cairo_t *cairo;
    const struct screen_palette *palette;
    cairo_scaled_font_t *fonts[4]; /* regular, bold, and their fallbacks */
    double scale;
    double cell_width, cell_height, ascent;
    double left, top; /* of the first cell */
};

/* --- fonts ----------------------------------------------------------------- */

static cairo_scaled_font_t *open_font(const char *family, bool bold, double size)
{
    cairo_font_face_t *face = cairo_toy_font_face_create(
        family, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_matrix_t letter, identity;
    cairo_matrix_init_scale(&letter, size, size);
    cairo_matrix_init_identity(&identity);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
    cairo_scaled_font_t *font = cairo_scaled_font_create(face, &letter, &identity, options);
    cairo_font_options_destroy(options);
    cairo_font_face_destroy(face);
    return font;
}

static void open_fonts(struct canvas *canvas, double scale)
{
    double size = LETTER * scale;
    canvas->scale = scale;
    canvas->fonts[0] = open_font(FONT, false, size);
    canvas->fonts[1] = open_font(FONT, true, size);
    canvas->fonts[2] = open_font(FONT_FALLBACK, false, size);
    canvas->fonts[3] = open_font(FONT_FALLBACK, true, size);
    cairo_font_extents_t extents;
    cairo_text_extents_t letter;
    cairo_scaled_font_extents(canvas->fonts[0], &extents);
    cairo_scaled_font_text_extents(canvas->fonts[0], "M", &letter);
    canvas->cell_width = round(letter.x_advance);
    canvas->cell_height = round(extents.height * 0.98);
    canvas->ascent = round(extents.ascent * 0.98);
    canvas->left = round(PADDING * scale);
    canvas->top = round((TITLE_BAR + PADDING * 0.7) * scale);
}

static void close_fonts(struct canvas *canvas)
{
    for (size_t i = 0; i < 4; i++)
        cairo_scaled_font_destroy(canvas->fonts[i]);
}

/* Draws the text with the first of the two fonts that has all its glyphs. */
static void draw_text(struct canvas *canvas, double x, double y, bool bold, const char *text)
{
    for (size_t attempt = 0; attempt < 2; attempt++) {
        cairo_scaled_font_t *font = canvas->fonts[attempt * 2 + bold];
        cairo_glyph_t *glyphs = NULL;
        int count = 0;
        if (cairo_scaled_font_text_to_glyphs(font, x, y, text, (int)strlen(text), &glyphs, &count,
                                             NULL, NULL, NULL) != CAIRO_STATUS_SUCCESS)
            return;
        bool complete = true;
        for (int i = 0; i < count; i++)
            complete = complete && glyphs[i].index != 0;
        if (complete || attempt == 1) {
            cairo_set_scaled_font(canvas->cairo, font);
            cairo_show_glyphs(canvas->cairo, glyphs, count);
        }
        cairo_glyph_free(glyphs);
        if (complete)
            return;
    }
}

static void set_color(struct canvas *canvas, const uint8_t rgb[3], double alpha)
{
    cairo_set_source_rgba(canvas->cairo, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0, alpha);
}

static void fill(struct canvas *canvas, double x, double y, double width, double height)
{
    cairo_rectangle(canvas->cairo, x, y, width, height);
    cairo_fill(canvas->cairo);
}

/* --- line drawing: drawn by hand, so that neighbours join -------------------- */

enum { LIGHT = 1, HEAVY = 2, DOUBLE = 3 };

/* The weight of each arm, two bits each: left, right, up, down. */
#define ARMS(l, r, u, d) ((l) | (r) << 2 | (u) << 4 | (d) << 6)

static const struct {
    uint32_t character;
    uint8_t arms;
} LINES[] = {
    {0x2500, ARMS(1, 1, 0, 0)}, {0x2501, ARMS(2, 2, 0, 0)}, {0x2502, ARMS(0, 0, 1, 1)},
    {0x2503, ARMS(0, 0, 2, 2)}, {0x250C, ARMS(0, 1, 0, 1)}, {0x250F, ARMS(0, 2, 0, 2)},
    {0x2510, ARMS(1, 0, 0, 1)}, {0x2513, ARMS(2, 0, 0, 2)}, {0x2514, ARMS(0, 1, 1, 0)},
    {0x2517, ARMS(0, 2, 2, 0)}, {0x2518, ARMS(1, 0, 1, 0)}, {0x251B, ARMS(2, 0, 2, 0)},
    {0x251C, ARMS(0, 1, 1, 1)}, {0x2523, ARMS(0, 2, 2, 2)}, {0x2524, ARMS(1, 0, 1, 1)},
    {0x252B, ARMS(2, 0, 2, 2)}, {0x252C, ARMS(1, 1, 0, 1)}, {0x2533, ARMS(2, 2, 0, 2)},
    {0x2534, ARMS(1, 1, 1, 0)}, {0x253B, ARMS(2, 2, 2, 0)}, {0x253C, ARMS(1, 1, 1, 1)},
    {0x254B, ARMS(2, 2, 2, 2)}, {0x2550, ARMS(3, 3, 0, 0)}, {0x2551, ARMS(0, 0, 3, 3)},
    {0x2574, ARMS(1, 0, 0, 0)}, {0x2575, ARMS(0, 0, 1, 0)}, {0x2576, ARMS(0, 1, 0, 0)},
    {0x2577, ARMS(0, 0, 0, 1)}, {0x2578, ARMS(2, 0, 0, 0)}, {0x2579, ARMS(0, 0, 2, 0)},
    {0x257A, ARMS(0, 2, 0, 0)}, {0x257B, ARMS(0, 0, 0, 2)},
};

static double thickness(const struct canvas *canvas)
{
    return fmax(1, round(canvas->scale));
}

/* A line from the middle of the cell to an edge, `off` to the side of the middle; it goes a little
   past the middle so that arms meet. */
static void draw_arm_at(struct canvas *canvas, double x, double y, unsigned side, double off)
{
    double t = thickness(canvas);
    double middle_x = x + floor((canvas->cell_width - t) / 2);
    double middle_y = y + floor((canvas->cell_height - t) / 2);
    double right = x + canvas->cell_width, bottom = y + canvas->cell_height;
    if (side == 0)
        fill(canvas, x, middle_y + off, middle_x + t - x, t);
    else if (side == 1)
        fill(canvas, middle_x, middle_y + off, right - middle_x, t);
    else if (side == 2)
        fill(canvas, middle_x + off, y, t, middle_y + t - y);
    else
        fill(canvas, middle_x + off, middle_y, t, bottom - middle_y);
}

static void draw_arm(struct canvas *canvas, double x, double y, unsigned side, unsigned weight)
{
    double t = thickness(canvas);
    double apart = weight == DOUBLE ? round(t * 1.5) : 0;
    draw_arm_at(canvas, x, y, side, -apart);
    if (weight != LIGHT)
        draw_arm_at(canvas, x, y, side, weight == HEAVY ? t : apart);
}

/* ╭ ╮ ╯ ╰ */
static void draw_corner(struct canvas *canvas, double x, double y, uint32_t character)
{
    double t = thickness(canvas);
    double middle_x = x + floor((canvas->cell_width - t) / 2) + t / 2;
    double middle_y = y + floor((canvas->cell_height - t) / 2) + t / 2;
    double radius = canvas->cell_width / 2;
    bool to_right = character == 0x256D || character == 0x2570;
    bool to_bottom = character == 0x256D || character == 0x256E;
    double side = to_right ? 1 : -1, down = to_bottom ? 1 : -1;
    cairo_t *cairo = canvas->cairo;
    cairo_set_line_width(cairo, t);
    cairo_move_to(cairo, middle_x, to_bottom ? y + canvas->cell_height : y);
    cairo_line_to(cairo, middle_x, middle_y + down * radius);
    cairo_curve_to(cairo, middle_x, middle_y + down * radius * 0.45,
                   middle_x + side * radius * 0.45, middle_y, middle_x + side * radius, middle_y);
    cairo_line_to(cairo, to_right ? x + canvas->cell_width : x, middle_y);
    cairo_stroke(cairo);
}

/* Eighths, halves, quadrants and shades that terminals draw bars with. */
static bool draw_block(struct canvas *canvas, double x, double y, uint32_t c, const uint8_t rgb[3])
{
    double w = canvas->cell_width, h = canvas->cell_height;
    if (c == 0x2580)
        fill(canvas, x, y, w, round(h / 2));
    else if (c >= 0x2581 && c <= 0x2588)
        fill(canvas, x, y + h - round(h * (c - 0x2580) / 8), w, round(h * (c - 0x2580) / 8));
    else if (c >= 0x2589 && c <= 0x258F)
        fill(canvas, x, y, round(w * (0x2590 - c) / 8), h);
    else if (c == 0x2590)
        fill(canvas, x + round(w / 2), y, w - round(w / 2), h);
    else if (c >= 0x2591 && c <= 0x2593) {
        set_color(canvas, rgb, 0.25 * (c - 0x2590));
        fill(canvas, x, y, w, h);
    } else
        return false;
    return true;
}

static bool draw_line(struct canvas *canvas, double x, double y, uint32_t character)
{
    if (character >= 0x256D && character <= 0x2570) {
        draw_corner(canvas, x, y, character);
        return true;
    }
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        if (LINES[i].character != character)
            continue;
        for (unsigned side = 0; side < 4; side++) {
            unsigned weight = LINES[i].arms >> (2 * side) & 3;
            if (weight != 0)
                draw_arm(canvas, x, y, side, weight);
        }
        return true;
    }
    return false;
}

/* --- cells ----------------------------------------------------------------- */

static void draw_background(struct canvas *canvas, struct screen *screen, int column, int row)
{
    struct screen_cell cell = screen_cell(screen, column, row);
    const uint8_t *color = cell.reverse ? cell.foreground : cell.background;
    if (memcmp(color, canvas->palette->background, 3) == 0)
        return;
    set_color(canvas, color, 1);
    fill(canvas, canvas->left + column * canvas->cell_width,
         canvas->top + row * canvas->cell_height, canvas->cell_width, canvas->cell_height);
}

static void draw_cell(struct canvas *canvas, struct screen *screen, int column, int row)
{
    struct screen_cell cell = screen_cell(screen, column, row);
    double x = canvas->left + column * canvas->cell_width;
    double y = canvas->top + row * canvas->cell_height;
    const uint8_t *color = cell.reverse ? cell.background : cell.foreground;
    set_color(canvas, color, 1);
    if (cell.underline) {
        double t = fmax(1, round(canvas->scale * 0.8));
        fill(canvas, x, y + canvas->ascent + 2 * t, canvas->cell_width, t);
    }
    char text[SCREEN_CELL_BYTES];
    if (cell.character == 0 || cell.character == ' ')
        return;
    if (draw_line(canvas, x, y, cell.character) || draw_block(canvas, x, y, cell.character, color))
        return;
    draw_text(canvas, x, y + canvas->ascent, cell.bold,
              screen_cell_text(screen, column, row, text));
}

static void draw_cursor(struct canvas *canvas, struct screen *screen)
{
    int column, row;
    if (!screen_cursor(screen, &column, &row))
        return;
    double width = fmax(1, round(canvas->scale * 1.5));
    set_color(canvas, canvas->palette->foreground, 1);
    fill(canvas, canvas->left + column * canvas->cell_width,
         canvas->top + row * canvas->cell_height, width, canvas->cell_height);
}

/* --- the window ------------------------------------------------------------ */

static void round_corners(struct canvas *canvas, double width, double height)
{
    double r = CORNER * canvas->scale;
    cairo_t *cairo = canvas->cairo;
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, width - r, r, r, -M_PI / 2, 0);
    cairo_arc(cairo, width - r, height - r, r, 0, M_PI / 2);
    cairo_arc(cairo, r, height - r, r, M_PI / 2, M_PI);
    cairo_arc(cairo, r, r, r, M_PI, 3 * M_PI / 2);
    cairo_close_path(cairo);
    cairo_clip(cairo);
}

static void draw_window(struct canvas *canvas, double width, double height, const char *title)
{
    double scale = canvas->scale;
    round_corners(canvas, width, height);
    set_color(canvas, canvas->palette->background, 1);
    cairo_paint(canvas->cairo);
    set_color(canvas, canvas->palette->foreground, TITLE_BAR_ALPHA);
    fill(canvas, 0, 0, width, TITLE_BAR * scale);
    for (size_t i = 0; i < 3; i++) {
        set_color(canvas, DOT_COLORS[i], 1);
        cairo_arc(canvas->cairo, (DOT_STEP + (double)i * DOT_STEP) * scale, TITLE_BAR * scale / 2,
                  DOT * scale, 0, 2 * M_PI);
        cairo_fill(canvas->cairo);
    }
    cairo_text_extents_t extents;
    cairo_scaled_font_text_extents(canvas->fonts[0], title, &extents);
    set_color(canvas, canvas->palette->foreground, TITLE_ALPHA);
    draw_text(canvas, round((width - extents.x_advance) / 2),
              round((TITLE_BAR * scale + canvas->ascent * 0.72) / 2), false, title);
}

cairo_surface_t *picture_draw(struct screen *screen, const struct screen_palette *palette,
                              const char *title, double scale)
{
    struct canvas canvas = {.palette = palette};
    int columns, rows;
    screen_size(screen, &columns, &rows);
    open_fonts(&canvas, scale);
    double width = 2 * canvas.left + columns * canvas.cell_width;
    double height = canvas.top + rows * canvas.cell_height + round(PADDING * 0.7 * scale);
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)width, (int)height);
    canvas.cairo = cairo_create(surface);
    draw_window(&canvas, width, height, title);
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++)
            draw_background(&canvas, screen, column, row);
        for (int column = 0; column < columns; column++)
            draw_cell(&canvas, screen, column, row);
    }
    draw_cursor(&canvas, screen);
    cairo_destroy(canvas.cairo);
    close_fonts(&canvas);
    return surface;
}

bool picture_write(struct screen *screen, const struct screen_palette *palette, const char *title,
                   double scale, const char *path, struct error *error)
{
    cairo_surface_t *surface = picture_draw(screen, palette, title, scale);
    cairo_status_t status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png(surface, path);
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ||
           error_set(error, "cannot write %s: %s", path, cairo_status_to_string(status));
}
