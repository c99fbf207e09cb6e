#include "tests/e2e/repaint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOCK_ROW = 1 };

struct shown {
    struct screen_cell cell;
    char text[SCREEN_CELL_BYTES];
};

struct picture {
    int width, height;
    size_t bytes; /* had been sent */
    struct shown *cells;
};

static struct shown shown_at(const struct screen *screen, int x, int y)
{
    struct shown shown = {0};
    struct screen_cell cell = screen_cell(screen, x, y);
    shown.cell.width = cell.width;
    if (cell.width ==
        0) /* libvterm leaves the right half of a wide one in its colours from before */
        return shown;
    shown.cell.reverse = cell.reverse;
    shown.cell.underline = cell.underline;
    memcpy(shown.cell.background, cell.background, sizeof cell.background);
    (void)screen_cell_text(screen, x, y, shown.text);
    if (strcmp(shown.text, " ") == 0)
        shown.text[0] = '\0';
    if (shown.text[0] != '\0') { /* a blank has no foreground */
        shown.cell.bold = cell.bold;
        memcpy(shown.cell.foreground, cell.foreground, sizeof cell.foreground);
    }
    return shown;
}

static bool take_picture(struct picture *picture, const struct screen *screen)
{
    screen_size(screen, &picture->width, &picture->height);
    picture->bytes = screen_bytes(screen);
    picture->cells =
        calloc((size_t)picture->width * (size_t)picture->height, sizeof *picture->cells);
    if (picture->cells == NULL)
        return false;
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++)
            picture->cells[y * picture->width + x] = shown_at(screen, x, y);
    return true;
}

static bool same_shown(const struct shown *one, const struct shown *other)
{
    return one->cell.width == other->cell.width && one->cell.bold == other->cell.bold &&
           one->cell.underline == other->cell.underline &&
           one->cell.reverse == other->cell.reverse &&
           memcmp(one->cell.foreground, other->cell.foreground, 3) == 0 &&
           memcmp(one->cell.background, other->cell.background, 3) == 0 &&
           strcmp(one->text, other->text) == 0;
}

/* Where another cell is shown than in the picture; false if nowhere. */
static bool differs(const struct picture *picture, const struct screen *screen, int *x, int *y)
{
    for (*y = 0; *y < picture->height; ++*y) {
        for (*x = 0; *x < picture->width && *y != CLOCK_ROW; ++*x) {
            struct shown shown = shown_at(screen, *x, *y);
            const struct shown *before = &picture->cells[*y * picture->width + *x];
            if (!same_shown(&shown, before))
                return true;
        }
    }
    return false;
}

static void report_cell(const char *what, int x, int y, const struct shown *shown)
{
    const struct screen_cell *cell = &shown->cell;
    (void)fprintf(stderr, "at %d,%d %s \"%s\", width %d, #%02x%02x%02x on #%02x%02x%02x%s%s%s\n", x,
                  y, what, shown->text, cell->width, cell->foreground[0], cell->foreground[1],
                  cell->foreground[2], cell->background[0], cell->background[1],
                  cell->background[2], cell->bold ? ", bold" : "",
                  cell->underline ? ", underlined" : "", cell->reverse ? ", reverse" : "");
}

/* The whole line: what one cell of it says is seldom enough to tell what stood there. */
static void report_line(const struct picture *picture, int y)
{
    (void)fputs("the line was \"", stderr);
    for (int x = 0; x < picture->width; x++) {
        const struct shown *shown = &picture->cells[y * picture->width + x];
        if (shown->cell.width > 0)
            (void)fputs(shown->text[0] != '\0' ? shown->text : " ", stderr);
    }
    (void)fputs("\"\n", stderr);
}

/* It was cleared since. */
static bool is_painted_again(struct screen *screen, const void *context)
{
    const struct picture *picture = context;
    int x, y;
    size_t length;
    const char *output = screen_output(screen, &length);
    return length > picture->bytes &&
           memmem(output + picture->bytes, length - picture->bytes, "\033[H\033[2J", 7) != NULL &&
           !differs(picture, screen, &x, &y);
}

bool repaint_changes_nothing(struct screen *screen)
{
    struct picture picture;
    int x, y;
    if (!take_picture(&picture, screen))
        return false;
    bool same =
        screen_keys(screen, "\f") && screen_wait_for(screen, is_painted_again, &picture,
                                                     "the same, painted again", SCREEN_LIMIT_MS);
    if (!same && differs(&picture, screen, &x, &y)) {
        struct shown now = shown_at(screen, x, y);
        report_cell("there was", x, y, &picture.cells[y * picture.width + x]);
        report_cell("there is", x, y, &now);
        report_line(&picture, y);
    }
    free(picture.cells);
    return same;
}
