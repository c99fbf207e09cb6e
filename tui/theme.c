#include "tui/theme.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * A role is written in an ink, and a theme says what each ink looks like: a new theme is one more
 * palette. Contrast is WCAG 2's, of relative luminance.
 *
 * With 16 or 8 colours the palette belongs to the user, who has made its red, green and blue
 * readable. Only the first 8 are used there: many palettes keep shades of the background among the
 * other 8, and text in them could not be seen. Dim is left to the terminal.
 */

enum { BOLD = 1, DIM = 2, UNDERLINE = 4, REVERSE = 8 };

enum ink {
    INK_TEXT = 0,
    INK_QUIET,
    INK_FOOTER,
    INK_FOCUS,
    INK_GOOD,
    INK_WARN,
    INK_BAD,
    INK_INFO,
    INK_NUMBER,
    INK_WORD,
    INK_PRODUCTION, /* this and the next stand on a background of their own */
    INK_FIELD,
    INK_COUNT
};

static const struct role_ink {
    uint8_t ink;
    uint8_t attributes;
    uint8_t mono; /* attributes where there is no colour */
} ROLES[ROLE_COUNT] = {
    [ROLE_NORMAL] = {INK_TEXT, 0, 0},
    [ROLE_DIM] = {INK_QUIET, 0, DIM},
    [ROLE_STRONG] = {INK_TEXT, BOLD, BOLD},
    [ROLE_BORDER] = {INK_QUIET, 0, DIM},
    [ROLE_BORDER_FOCUS] = {INK_FOCUS, 0, BOLD},
    [ROLE_TITLE] = {INK_TEXT, BOLD, BOLD},
    [ROLE_COLUMN] = {INK_QUIET, UNDERLINE, UNDERLINE},
    [ROLE_HEADER] = {INK_TEXT, 0, 0},
    [ROLE_FOOTER] = {INK_FOOTER, 0, 0},
    [ROLE_KEY] = {INK_FOCUS, BOLD, BOLD},
    [ROLE_GOOD] = {INK_GOOD, 0, 0},
    [ROLE_WARN] = {INK_WARN, 0, BOLD},
    [ROLE_BAD] = {INK_BAD, BOLD, BOLD},
    [ROLE_INFO] = {INK_INFO, 0, 0},
    [ROLE_PRODUCTION] = {INK_PRODUCTION, BOLD, BOLD | REVERSE},
    [ROLE_DIALOG_BORDER] = {INK_FOCUS, BOLD, BOLD},
    [ROLE_DANGER] = {INK_BAD, BOLD, BOLD},
    [ROLE_FIELD] = {INK_FIELD, 0, UNDERLINE},
    [ROLE_JSON_KEY] = {INK_FOCUS, 0, BOLD},
    [ROLE_JSON_STRING] = {INK_GOOD, 0, 0},
    [ROLE_JSON_NUMBER] = {INK_NUMBER, 0, 0},
    [ROLE_JSON_WORD] = {INK_WORD, 0, 0},
};

struct paint {
    int16_t foreground, background;
    uint8_t attributes;
};

struct ink_paint {
    struct paint in_256;
    int16_t on_bar; /* foreground on the selected row, 256 colours */
    struct paint in_8;
};

struct palette {
    struct ink_paint inks[INK_COUNT];
    int16_t bar, quiet_bar; /* background of the selected row, in 256 colours */
    struct paint bar_in_8;
};

/* --- colours ------------------------------------------------------------------- */

enum {
    DEFAULT = -1,
    /* of the 8 */
    BLACK = 0,
    RED = 1,
    GREEN = 2,
    YELLOW = 3,
    BLUE = 4,
    MAGENTA = 5,
    CYAN = 6,
    WHITE = 7,
    /* of the 256 */
    BLACK_256 = 16,
    WHITE_256 = 231,
    DEEP_RED_256 = 160,
};

/* Each foreground has a luminance near 0.18, where the contrast against black equals the contrast
   against white. */
static const struct palette EITHER = {
    .inks =
        {
            [INK_TEXT] = {{DEFAULT, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, 0}},
            [INK_QUIET] = {{243, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, DIM}},
            [INK_FOOTER] = {{243, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, 0}},
            [INK_FOCUS] = {{32, DEFAULT, 0}, 153, {CYAN, DEFAULT, 0}},
            [INK_GOOD] = {{28, DEFAULT, 0}, 120, {GREEN, DEFAULT, 0}},
            [INK_WARN] = {{136, DEFAULT, 0}, 221, {YELLOW, DEFAULT, 0}},
            [INK_BAD] = {{196, DEFAULT, 0}, 217, {RED, DEFAULT, 0}},
            [INK_INFO] = {{30, DEFAULT, 0}, 153, {CYAN, DEFAULT, 0}},
            [INK_NUMBER] = {{100, DEFAULT, 0}, 221, {YELLOW, DEFAULT, 0}},
            [INK_WORD] = {{133, DEFAULT, 0}, 219, {DEFAULT, DEFAULT, BOLD}},
            [INK_PRODUCTION] = {{WHITE_256, DEEP_RED_256, 0}, WHITE_256, {WHITE, RED, 0}},
            [INK_FIELD] = {{WHITE_256, 238, 0}, WHITE_256, {DEFAULT, DEFAULT, UNDERLINE}},
        },
    .bar = 24,
    .quiet_bar = 238,
    .bar_in_8 = {DEFAULT, DEFAULT, REVERSE},
};

static const struct palette DARK = {
    .inks =
        {
            [INK_TEXT] = {{DEFAULT, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, 0}},
            [INK_QUIET] = {{245, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, DIM}},
            [INK_FOOTER] = {{246, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, 0}},
            [INK_FOCUS] = {{75, DEFAULT, 0}, 153, {CYAN, DEFAULT, 0}},
            [INK_GOOD] = {{114, DEFAULT, 0}, 120, {GREEN, DEFAULT, 0}},
            [INK_WARN] = {{214, DEFAULT, 0}, 221, {YELLOW, DEFAULT, 0}},
            [INK_BAD] = {{203, DEFAULT, 0}, 224, {RED, DEFAULT, 0}},
            [INK_INFO] = {{80, DEFAULT, 0}, 159, {CYAN, DEFAULT, 0}},
            [INK_NUMBER] = {{179, DEFAULT, 0}, 221, {YELLOW, DEFAULT, 0}},
            [INK_WORD] = {{176, DEFAULT, 0}, 225, {DEFAULT, DEFAULT, BOLD}},
            [INK_PRODUCTION] = {{WHITE_256, DEEP_RED_256, 0}, WHITE_256, {WHITE, RED, 0}},
            [INK_FIELD] = {{WHITE_256, 238, 0}, WHITE_256, {DEFAULT, DEFAULT, UNDERLINE}},
        },
    .bar = 24,
    .quiet_bar = 238,
    .bar_in_8 = {DEFAULT, DEFAULT, REVERSE},
};

/* Of 8 colours, yellow and cyan are left out as foregrounds: few palettes have them dark enough. */
static const struct palette LIGHT = {
    .inks =
        {
            [INK_TEXT] = {{DEFAULT, DEFAULT, 0}, BLACK_256, {DEFAULT, DEFAULT, 0}},
            [INK_QUIET] = {{242, DEFAULT, 0}, BLACK_256, {DEFAULT, DEFAULT, DIM}},
            [INK_FOOTER] = {{240, DEFAULT, 0}, BLACK_256, {DEFAULT, DEFAULT, 0}},
            [INK_FOCUS] = {{25, DEFAULT, 0}, 18, {BLUE, DEFAULT, 0}},
            [INK_GOOD] = {{22, DEFAULT, 0}, 22, {GREEN, DEFAULT, 0}},
            [INK_WARN] = {{94, DEFAULT, 0}, 58, {MAGENTA, DEFAULT, 0}},
            [INK_BAD] = {{124, DEFAULT, 0}, 88, {RED, DEFAULT, 0}},
            [INK_INFO] = {{23, DEFAULT, 0}, 23, {BLUE, DEFAULT, 0}},
            [INK_NUMBER] = {{58, DEFAULT, 0}, 58, {MAGENTA, DEFAULT, 0}},
            [INK_WORD] = {{90, DEFAULT, 0}, 90, {DEFAULT, DEFAULT, BOLD}},
            [INK_PRODUCTION] = {{WHITE_256, DEEP_RED_256, 0}, WHITE_256, {WHITE, RED, 0}},
            [INK_FIELD] = {{BLACK_256, 252, 0}, BLACK_256, {DEFAULT, DEFAULT, UNDERLINE}},
        },
    .bar = 189,
    .quiet_bar = 253,
    .bar_in_8 = {DEFAULT, DEFAULT, REVERSE},
};

/* At least 7 to 1 everywhere (WCAG 2's AAA), so nothing is dim, and a bar has one colour. */
static const struct palette CONTRAST = {
    .inks =
        {
            [INK_TEXT] = {{WHITE_256, BLACK_256, 0}, BLACK_256, {WHITE, BLACK, 0}},
            [INK_QUIET] = {{253, BLACK_256, 0}, BLACK_256, {WHITE, BLACK, 0}},
            [INK_FOOTER] = {{WHITE_256, BLACK_256, 0}, BLACK_256, {WHITE, BLACK, 0}},
            [INK_FOCUS] = {{226, BLACK_256, 0}, BLACK_256, {YELLOW, BLACK, 0}},
            [INK_GOOD] = {{120, BLACK_256, 0}, BLACK_256, {GREEN, BLACK, 0}},
            [INK_WARN] = {{214, BLACK_256, 0}, BLACK_256, {YELLOW, BLACK, BOLD}},
            [INK_BAD] = {{217, BLACK_256, 0}, BLACK_256, {WHITE, RED, 0}},
            [INK_INFO] = {{123, BLACK_256, 0}, BLACK_256, {CYAN, BLACK, 0}},
            [INK_NUMBER] = {{229, BLACK_256, 0}, BLACK_256, {YELLOW, BLACK, 0}},
            [INK_WORD] = {{219, BLACK_256, 0}, BLACK_256, {WHITE, BLACK, BOLD}},
            [INK_PRODUCTION] = {{WHITE_256, 124, 0}, WHITE_256, {WHITE, RED, 0}},
            [INK_FIELD] = {{WHITE_256, 18, 0}, WHITE_256, {WHITE, BLUE, UNDERLINE}},
        },
    .bar = WHITE_256,
    .quiet_bar = 250,
    .bar_in_8 = {BLACK, WHITE, 0},
};

/* Monochrome has none. */
static const struct palette *const PALETTES[THEME_COUNT] = {
    [THEME_AUTO] = &EITHER,
    [THEME_DARK] = &DARK,
    [THEME_LIGHT] = &LIGHT,
    [THEME_CONTRAST] = &CONTRAST,
};

/* --- looks --------------------------------------------------------------------- */

static struct look look_of(struct paint paint, uint8_t more)
{
    uint8_t attributes = paint.attributes | more;
    return (struct look){
        .foreground = paint.foreground,
        .background = paint.background,
        .bold = attributes & BOLD,
        .dim = attributes & DIM,
        .underline = attributes & UNDERLINE,
        .reverse = attributes & REVERSE,
    };
}

static struct look plain_look(const struct palette *palette, const struct role_ink *role,
                              int colors)
{
    if (palette == NULL || colors < 8)
        return look_of((struct paint){DEFAULT, DEFAULT, 0}, role->mono);
    const struct ink_paint *ink = &palette->inks[role->ink];
    return look_of(colors >= 256 ? ink->in_256 : ink->in_8, role->attributes);
}

/* The row is a bar of one background, and each cell keeps its role's hue in a shade that is
   readable there; what has a background of its own keeps that. */
static struct look bar_look(const struct palette *palette, const struct role_ink *role, bool quiet)
{
    struct look look = plain_look(palette, role, 256);
    if (look.background == palette->inks[INK_TEXT].in_256.background) {
        look.background = palette->bar;
        if (quiet)
            look.background = palette->quiet_bar;
        look.foreground = palette->inks[role->ink].on_bar;
    }
    return look;
}

/* With fewer colours the bar is reversed (quiet: underlined), all in one colour: a patchwork of
   reversed colours could not be read. */
static struct look selected_look(const struct palette *palette, const struct role_ink *role,
                                 bool quiet, int colors)
{
    static const struct paint REVERSED = {DEFAULT, DEFAULT, REVERSE};
    if (palette != NULL && colors >= 256)
        return bar_look(palette, role, quiet);
    struct look plain = plain_look(palette, role, colors);
    struct look look = plain;
    if (!quiet)
        look = look_of(palette != NULL && colors >= 8 ? palette->bar_in_8 : REVERSED, 0);
    look.bold = plain.bold || quiet;
    look.underline = plain.underline || quiet;
    look.dim = false;
    return look;
}

struct look theme_look(enum theme theme, struct style style, int colors)
{
    const struct palette *palette = PALETTES[theme < THEME_COUNT ? theme : THEME_AUTO];
    const struct role_ink *role = &ROLES[style.role < ROLE_COUNT ? style.role : ROLE_NORMAL];
    struct look look = (style.bits & STYLE_SELECTED) != 0
                           ? selected_look(palette, role, (style.bits & STYLE_QUIET) != 0, colors)
                           : plain_look(palette, role, colors);
    look.underline = look.underline || (style.bits & STYLE_UNDERLINE) != 0;
    return look;
}

/* --- choosing one ---------------------------------------------------------------- */

static const char *const NAMES[THEME_COUNT] = {
    [THEME_AUTO] = "auto",         [THEME_DARK] = "dark", [THEME_LIGHT] = "light",
    [THEME_CONTRAST] = "contrast", [THEME_MONO] = "mono",
};

const char *theme_name(enum theme theme)
{
    return NAMES[theme];
}

bool theme_by_name(const char *name, enum theme *theme)
{
    for (enum theme i = 0; i < THEME_COUNT; i++)
        if (strcmp(name, NAMES[i]) == 0) {
            *theme = i;
            return true;
        }
    return false;
}

static double linear(uint16_t channel)
{
    double value = channel / 65535.0;
    return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

enum theme theme_for_background(const uint16_t background[3])
{
    const double as_far_from_black_as_from_white = 0.179;
    double luminance = 0.2126 * linear(background[0]) + 0.7152 * linear(background[1]) +
                       0.0722 * linear(background[2]);
    return luminance > as_far_from_black_as_from_white ? THEME_LIGHT : THEME_DARK;
}

enum theme theme_for_colorfgbg(const char *value)
{
    const char *background = value != NULL ? strrchr(value, ';') : NULL;
    if (background == NULL)
        return THEME_AUTO;
    char *end;
    long index = strtol(background + 1, &end, 10);
    if (end == background + 1 || *end != '\0' || index < 0 || index > 15)
        return THEME_AUTO;
    const long grey = 7, dark_grey = 8;
    return index == grey || index > dark_grey ? THEME_LIGHT : THEME_DARK;
}
