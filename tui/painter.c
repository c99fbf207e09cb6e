#define NCURSES_WIDECHAR 1

#include "tui/painter.h"

#include "tui/input.h"
#include "tui/steady.h"

#include <curses.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

enum { STYLE_BITS = 8 };

/* A style as ncurses takes it. */
struct rendition {
    bool known;
    bool blank_shows; /* underlined or reversed: a blank of it can be seen */
    int16_t background;
    attr_t attributes;
    short pair;
};

static struct {
    SCREEN *screen; /* NULL: closed */
    int colors;
    bool console; /* the Linux console: few signs in its font */
    enum theme theme;
    struct cell *shown; /* what ncurses has been told, row by row; NULL: nothing yet */
    int shown_width;
    int shown_height;
    struct rendition renditions[ROLE_COUNT][STYLE_BITS];
} painter;

/* --- whether it can ---------------------------------------------------------------- */

static bool describe_setup_failure(struct error *error, const char *type, int reason)
{
    if (reason < 0)
        return error_set(error, "cannot look up terminal type '%s' (TERM): no terminfo database",
                         type);
    if (reason == 0)
        return error_set(error, "unknown terminal type '%s' (TERM)", type);
    return error_set(error, "terminal type '%s' cannot move its cursor (TERM)", type);
}

bool painter_can(const char *type, struct error *error)
{
    int reason;
    if (setupterm(type, STDOUT_FILENO, &reason) != OK)
        return describe_setup_failure(error, type, reason);
    bool moves = cursor_address != NULL;
    del_curterm(cur_term);
    return moves || describe_setup_failure(error, type, 1);
}

int painter_type_colors(const char *type)
{
    int reason;
    if (setupterm(type, STDOUT_FILENO, &reason) != OK)
        return 0;
    int colors = max_colors;
    del_curterm(cur_term);
    return colors > 0 ? colors : 0;
}

/* --- beginning and end --------------------------------------------------------------- */

/* newterm() takes these signals where nobody has: that is the loop's business. */
static SCREEN *new_screen(FILE *sink)
{
    static const int TAKEN[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { TAKEN_COUNT = sizeof TAKEN / sizeof *TAKEN };
    struct sigaction before[TAKEN_COUNT];
    for (size_t i = 0; i < TAKEN_COUNT; i++)
        (void)sigaction(TAKEN[i], NULL, &before[i]);
    SCREEN *screen = newterm(NULL, sink, stdin);
    for (size_t i = 0; i < TAKEN_COUNT; i++)
        (void)sigaction(TAKEN[i], &before[i], NULL);
    return screen;
}

/* Terminals with direct colours take an index above 7 for red, green and blue. */
static int usable_colors(void)
{
    const char *refused = getenv("NO_COLOR");
    if ((refused != NULL && *refused != '\0') || !has_colors())
        return 0;
    if (start_color() != OK || use_default_colors() != OK)
        return 0;
    if (COLORS > 256 || COLORS < 16)
        return COLORS < 8 ? 0 : 8;
    return COLORS == 256 ? 256 : 16;
}

static void forget_shown(void)
{
    free(painter.shown);
    painter.shown = NULL;
}

bool painter_open(FILE *sink, struct error *error)
{
    painter.screen = new_screen(sink);
    if (painter.screen == NULL)
        return error_set(error, "cannot use this terminal (TERM is '%s')", getenv("TERM"));
    painter.colors = usable_colors();
    const char *type = getenv("TERM");
    painter.console = type != NULL && strncmp(type, "linux", strlen("linux")) == 0;
    memset(painter.renditions, 0, sizeof painter.renditions);
    (void)nonl();        /* our modes leave \n alone: it moves down and nothing else */
    (void)typeahead(-1); /* keys are none of ncurses' business */
    idlok(stdscr, TRUE); /* rows that moved may be scrolled */
    scrollok(stdscr, FALSE);
    (void)curs_set(0);
    (void)refresh(); /* its own start waits within it until a frame goes out: now, not with ours */
    return true;
}

void painter_close(void)
{
    forget_shown();
    delscreen(painter.screen);
    painter.screen = NULL;
}

int painter_colors(void)
{
    return painter.colors;
}

bool painter_can_answer(void)
{
    return user9 != NULL && strcmp(user9, INPUT_ASK_ATTRIBUTES) == 0;
}

static bool has_control(const char *capability, const char *wanted)
{
    return capability != NULL && strncmp(capability, wanted, strlen(wanted)) == 0;
}

bool painter_can_steady(void)
{
    return has_control(save_cursor, STEADY_SAVE) && has_control(restore_cursor, STEADY_RESTORE) &&
           has_control(parm_right_cursor, STEADY_FORWARD);
}

void painter_size(int *width, int *height)
{
    *width = COLS;
    *height = LINES;
}

void painter_resize(int width, int height)
{
    if (width != COLS || height != LINES)
        (void)resize_term(height, width);
    clearok(curscr, TRUE);
    forget_shown();
}

/* --- control sequences ----------------------------------------------------------------- */

static struct controls *being_written; /* tputs() takes no context */

static int write_control(int byte)
{
    if (being_written->length < CONTROLS_MAX)
        being_written->bytes[being_written->length++] = (char)byte;
    return byte;
}

static void add_control(const char *capability)
{
    if (capability != NULL)
        (void)tputs(capability, 1, write_control);
}

static void add_whole_scroll_region(void)
{
    if (change_scroll_region != NULL)
        add_control(tparm(change_scroll_region, 0, LINES - 1));
}

struct controls painter_enter_controls(void)
{
    struct controls controls = {0};
    being_written = &controls;
    add_control(enter_ca_mode);
    add_whole_scroll_region();
    add_control(exit_attribute_mode);
    add_control(exit_insert_mode);
    add_control(enter_am_mode);
    add_control(cursor_invisible);
    being_written = NULL;
    return controls;
}

struct controls painter_leave_controls(void)
{
    struct controls controls = {0};
    being_written = &controls;
    add_control(exit_attribute_mode);
    add_control(orig_pair);
    add_whole_scroll_region();
    add_control(tparm(cursor_address, LINES - 1, 0));
    if (exit_ca_mode == NULL) /* the frame stays: the shell goes on below it */
        add_control("\r\n");
    add_control(exit_ca_mode);
    add_control(cursor_normal);
    being_written = NULL;
    return controls;
}

/* The cursor is hidden then, as ncurses must be made to know. */
void painter_entered(void)
{
    (void)curs_set(0);
    clearok(curscr, TRUE);
}

/* --- styles ---------------------------------------------------------------------------- */

void painter_set_theme(enum theme theme)
{
    painter.theme = theme;
    memset(painter.renditions, 0, sizeof painter.renditions);
    forget_shown();
}

static short pair_of(struct look look)
{
    if (look.foreground < 0 && look.background < 0)
        return 0;
    int pair = alloc_pair(look.foreground, look.background);
    return (short)(pair > 0 ? pair : 0);
}

/* Looked up once a style: a frame has thousands of cells, and some dozen styles. */
static const struct rendition *rendition_of(struct style style)
{
    size_t role = style.role < ROLE_COUNT ? style.role : ROLE_NORMAL;
    struct rendition *rendition = &painter.renditions[role][style.bits % STYLE_BITS];
    if (!rendition->known) {
        struct look look = theme_look(painter.theme, style, painter.colors);
        rendition->known = true;
        rendition->pair = pair_of(look);
        rendition->background = look.background;
        rendition->blank_shows = look.underline || look.reverse;
        rendition->attributes = (look.bold ? A_BOLD : 0) | (look.dim ? A_DIM : 0) |
                                (look.underline ? A_UNDERLINE : 0) | (look.reverse ? A_REVERSE : 0);
    }
    return rendition;
}

/* A blank shows its background alone: it goes out in the style of what is before it where that
   looks the same, so that the style need not be changed twice for it. */
static const struct rendition *rendition_after(const struct rendition *before,
                                               const struct cell *cell)
{
    const struct rendition *rendition = rendition_of(cell->style);
    bool same = before != NULL && cell->glyph.base == U' ' && cell->glyph.marks[0] == 0 &&
                before->background == rendition->background && !before->blank_shows &&
                !rendition->blank_shows;
    return same ? before : rendition;
}

/* --- frames ---------------------------------------------------------------------------- */

static cchar_t to_curses(const struct cell *cell, const struct rendition *rendition)
{
    wchar_t twin = painter.console ? text_console_twin(cell->glyph.base) : 0;
    wchar_t text[TEXT_MARKS_MAX + 2] = {twin != 0 ? twin : (wchar_t)cell->glyph.base};
    for (size_t i = 0; i < TEXT_MARKS_MAX && twin == 0; i++)
        text[i + 1] = (wchar_t)cell->glyph.marks[i];
    cchar_t character;
    (void)setcchar(&character, text, rendition->attributes, rendition->pair, NULL);
    return character;
}

static bool same_cell(const struct cell *one, const struct cell *other)
{
    return one->glyph.base == other->glyph.base && one->glyph.width == other->glyph.width &&
           memcmp(one->glyph.marks, other->glyph.marks, sizeof one->glyph.marks) == 0 &&
           one->style.role == other->style.role && one->style.bits == other->style.bits;
}

static bool same_row(const struct cell *one, const struct cell *other, int width)
{
    for (int x = 0; x < width; x++)
        if (!same_cell(&one[x], &other[x]))
            return false;
    return true;
}

/* The copy of what ncurses has been told, of the grid's size. NULL when memory is out: every row is
   told again then. */
static struct cell *shown_for(const struct grid *grid)
{
    if (painter.shown_width != grid->width || painter.shown_height != grid->height)
        forget_shown();
    if (painter.shown == NULL)
        painter.shown = calloc((size_t)grid->width * (size_t)grid->height, sizeof *painter.shown);
    painter.shown_width = grid->width;
    painter.shown_height = grid->height;
    return painter.shown;
}

/* The last column of the last row, where a terminal would scroll, is written a column too early by
   ncurses and pushed right by inserting the one before it, unless wrapping can be turned off (tmux
   and screen have no such capability). It inserts one cell, whatever the glyph there takes: a wide
   one that reaches into those two columns would stand apart from its half. */
static bool breaks_corner(const struct cell *row, int width, int x, int y)
{
    bool inserts = auto_right_margin && (enter_am_mode == NULL || exit_am_mode == NULL);
    return inserts && y == LINES - 1 && x >= width - 3 && row[x].glyph.width == 2;
}

static void tell_row(const struct cell *row, int width, int y)
{
    static cchar_t characters[GRID_WIDTH_MAX];
    const struct rendition *rendition = NULL;
    int count = 0;
    for (int x = 0; x < width; x++) {
        if (row[x].glyph.width == 0) /* ncurses fills the right half of a wide one itself */
            continue;
        rendition = rendition_after(rendition, &row[x]);
        if (breaks_corner(row, width, x, y)) {
            struct cell blank = {.glyph = text_glyph(U' ', true), .style = row[x].style};
            characters[count++] = to_curses(&blank, rendition);
            characters[count++] = to_curses(&blank, rendition);
        } else {
            characters[count++] = to_curses(&row[x], rendition);
        }
    }
    (void)mvadd_wchnstr(y, 0, characters, count);
}

static bool has_doubtful(const struct cell *row, int width)
{
    for (int x = 0; x < width; x++)
        if (row[x].glyph.width > 0 && steady_is_doubtful(&row[x].glyph))
            return true;
    return false;
}

static void tell_changed_rows(const struct grid *grid)
{
    struct cell *shown = shown_for(grid);
    size_t width = (size_t)grid->width;
    for (int y = 0; y < grid->height && y < LINES; y++) {
        const struct cell *row = &grid->cells[(size_t)y * width];
        struct cell *before = shown != NULL ? &shown[(size_t)y * width] : NULL;
        if (before != NULL && same_row(row, before, grid->width))
            continue;
        tell_row(row, grid->width, y);
        /* Where a terminal took such a glyph for wider, the one behind it is gone: all anew. */
        if (has_doubtful(row, grid->width) || (before != NULL && has_doubtful(before, grid->width)))
            (void)wredrawln(stdscr, y, 1);
        if (before != NULL)
            memcpy(before, row, width * sizeof *row);
    }
}

static void tell_cursor(const struct grid *grid)
{
    bool visible = grid->cursor_x >= 0 && grid->cursor_y >= 0;
    (void)curs_set(visible);
    leaveok(stdscr, !visible);
    if (visible)
        (void)move(grid->cursor_y, grid->cursor_x);
}

void painter_draw(const struct grid *grid)
{
    tell_changed_rows(grid);
    tell_cursor(grid);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
}
