#include "tui/theme.h"

#include <stddef.h>

/*
 * The terminal's own background stays, and nobody knows whether it is dark or light. So in 256
 * colours each foreground has a luminance near 0.18, where the contrast against black equals the
 * contrast against white (WCAG 2, relative luminance). With 16 or 8 colours the palette belongs to
 * the user, who has made red, green and yellow readable; dim is left to the terminal.
 */

enum {
    DEFAULT = -1,
    /* of the 8 */
    BLACK = 0,
    RED = 1,
    GREEN = 2,
    YELLOW = 3,
    CYAN = 6,
    WHITE = 7,
    /* of the 256 */
    BLACK_256 = 16,
    GREEN_256 = 28,
    TEAL_256 = 30,
    BLUE_256 = 32,
    OLIVE_256 = 100,
    MAGENTA_256 = 133,
    AMBER_256 = 136,
    DEEP_RED_256 = 160,
    RED_256 = 196,
    BRIGHT_YELLOW_256 = 220,
    WHITE_256 = 231,
    GREY_256 = 243,
    FIELD_256 = 238,
    /* the bars under the selected row, and brighter foregrounds that are readable on both */
    SELECTED_256 = 24,
    SELECTED_QUIET_256 = 238,
    ON_BAR_GREEN = 120,
    ON_BAR_BLUE = 153,
    ON_BAR_RED = 217,
    ON_BAR_PINK = 219,
    ON_BAR_YELLOW = 221,
    ON_BAR_GREY = 251,
};

enum { BOLD = 1, DIM = 2, UNDERLINE = 4, REVERSE = 8 };

struct paint {
    int16_t foreground, background;
    uint8_t attributes;
};

static const struct role_paint {
    struct paint in_256;
    int16_t on_bar; /* foreground on the selected row, 256 colours */
    struct paint in_8;
    uint8_t mono; /* attributes where there is no colour */
} ROLES[ROLE_COUNT] = {
    [ROLE_NORMAL] = {{DEFAULT, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, 0}, 0},
    [ROLE_DIM] = {{GREY_256, DEFAULT, 0}, ON_BAR_GREY, {DEFAULT, DEFAULT, DIM}, DIM},
    [ROLE_STRONG] = {{DEFAULT, DEFAULT, BOLD}, WHITE_256, {DEFAULT, DEFAULT, BOLD}, BOLD},
    [ROLE_BORDER] = {{GREY_256, DEFAULT, 0}, ON_BAR_GREY, {DEFAULT, DEFAULT, DIM}, DIM},
    [ROLE_BORDER_FOCUS] = {{BLUE_256, DEFAULT, BOLD}, ON_BAR_BLUE, {CYAN, DEFAULT, BOLD}, BOLD},
    [ROLE_TITLE] = {{DEFAULT, DEFAULT, BOLD}, WHITE_256, {DEFAULT, DEFAULT, BOLD}, BOLD},
    [ROLE_COLUMN] = {{GREY_256, DEFAULT, UNDERLINE},
                     ON_BAR_GREY,
                     {DEFAULT, DEFAULT, DIM | UNDERLINE},
                     UNDERLINE},
    [ROLE_HEADER] = {{DEFAULT, DEFAULT, 0}, WHITE_256, {DEFAULT, DEFAULT, 0}, 0},
    [ROLE_FOOTER] = {{GREY_256, DEFAULT, 0}, ON_BAR_GREY, {DEFAULT, DEFAULT, 0}, 0},
    [ROLE_KEY] = {{BLUE_256, DEFAULT, BOLD}, ON_BAR_BLUE, {CYAN, DEFAULT, BOLD}, BOLD},
    [ROLE_SELECTED] = {{WHITE_256, SELECTED_256, 0},
                       WHITE_256,
                       {DEFAULT, DEFAULT, REVERSE},
                       REVERSE},
    [ROLE_SELECTED_QUIET] = {{WHITE_256, SELECTED_QUIET_256, 0},
                             WHITE_256,
                             {DEFAULT, DEFAULT, BOLD | UNDERLINE},
                             BOLD | UNDERLINE},
    [ROLE_GOOD] = {{GREEN_256, DEFAULT, 0}, ON_BAR_GREEN, {GREEN, DEFAULT, 0}, 0},
    [ROLE_WARN] = {{AMBER_256, DEFAULT, 0}, ON_BAR_YELLOW, {YELLOW, DEFAULT, 0}, BOLD},
    [ROLE_BAD] = {{RED_256, DEFAULT, BOLD}, ON_BAR_RED, {RED, DEFAULT, BOLD}, BOLD},
    [ROLE_INFO] = {{TEAL_256, DEFAULT, 0}, ON_BAR_BLUE, {CYAN, DEFAULT, 0}, 0},
    [ROLE_PRODUCTION] = {{WHITE_256, DEEP_RED_256, BOLD},
                         WHITE_256,
                         {WHITE, RED, BOLD},
                         BOLD | REVERSE},
    [ROLE_MATCH] = {{BLACK_256, BRIGHT_YELLOW_256, 0},
                    BLACK_256,
                    {BLACK, YELLOW, 0},
                    BOLD | UNDERLINE},
    [ROLE_DIALOG_BORDER] = {{BLUE_256, DEFAULT, BOLD}, ON_BAR_BLUE, {CYAN, DEFAULT, BOLD}, BOLD},
    [ROLE_DANGER] = {{RED_256, DEFAULT, BOLD}, ON_BAR_RED, {RED, DEFAULT, BOLD}, BOLD},
    [ROLE_FIELD] = {{WHITE_256, FIELD_256, 0}, WHITE_256, {DEFAULT, DEFAULT, UNDERLINE}, UNDERLINE},
    [ROLE_JSON_KEY] = {{BLUE_256, DEFAULT, 0}, ON_BAR_BLUE, {CYAN, DEFAULT, 0}, BOLD},
    [ROLE_JSON_STRING] = {{GREEN_256, DEFAULT, 0}, ON_BAR_GREEN, {GREEN, DEFAULT, 0}, 0},
    [ROLE_JSON_NUMBER] = {{OLIVE_256, DEFAULT, 0}, ON_BAR_YELLOW, {YELLOW, DEFAULT, 0}, 0},
    [ROLE_JSON_WORD] = {{MAGENTA_256, DEFAULT, 0}, ON_BAR_PINK, {DEFAULT, DEFAULT, BOLD}, 0},
};

static struct look look_of(struct paint paint)
{
    return (struct look){
        .foreground = paint.foreground,
        .background = paint.background,
        .bold = paint.attributes & BOLD,
        .dim = paint.attributes & DIM,
        .underline = paint.attributes & UNDERLINE,
        .reverse = paint.attributes & REVERSE,
    };
}

static struct look plain_look(const struct role_paint *role, int colors)
{
    if (colors >= 256)
        return look_of(role->in_256);
    if (colors >= 8)
        return look_of(role->in_8);
    return look_of((struct paint){DEFAULT, DEFAULT, role->mono});
}

/* In 256 colours the row is a bar of one background, and each cell keeps its role's hue in a shade
   that is readable there; what has a background of its own keeps that. With fewer colours the bar
   is the terminal's reverse (quiet: underlined), all in one colour: a patchwork of reversed
   colours could not be read. */
static struct look selected_look(const struct role_paint *role, bool quiet, int colors)
{
    struct look look = plain_look(role, colors);
    if (colors >= 256) {
        if (look.background == DEFAULT) {
            look.background = quiet ? SELECTED_QUIET_256 : SELECTED_256;
            look.foreground = role->on_bar;
        }
        return look;
    }
    if (quiet) {
        look.bold = true;
        look.dim = false;
        look.underline = true;
        return look;
    }
    return (struct look){.foreground = DEFAULT,
                         .background = DEFAULT,
                         .bold = look.bold,
                         .underline = look.underline,
                         .reverse = true};
}

struct look theme_look(struct style style, int colors)
{
    const struct role_paint *role = &ROLES[style.role < ROLE_COUNT ? style.role : ROLE_NORMAL];
    struct look look = (style.bits & STYLE_SELECTED) != 0
                           ? selected_look(role, (style.bits & STYLE_QUIET) != 0, colors)
                           : plain_look(role, colors);
    look.underline = look.underline || (style.bits & STYLE_UNDERLINE) != 0;
    return look;
}
