/*
 * Colour by role, not by place: what a cell means, and how each kind of terminal shows it.
 *
 * Views name roles; only the terminal asks what a role looks like. State is
 * never told by colour alone: a word or a sign stands beside it.
 */
#ifndef BRIDGETOP_TUI_THEME_H
#define BRIDGETOP_TUI_THEME_H

#include <stdbool.h>
#include <stdint.h>

enum theme {
    THEME_AUTO = 0, /* the background is not known: readable on dark and on light */
    THEME_DARK,
    THEME_LIGHT,
    THEME_CONTRAST, /* on a black of its own, whatever the terminal's background */
    THEME_MONO,
    THEME_COUNT
};

enum role {
    ROLE_NORMAL = 0,
    ROLE_DIM,          /* what matters less: ages, units, placeholders */
    ROLE_STRONG,       /* what matters more */
    ROLE_BORDER,       /* frames of what has no focus */
    ROLE_BORDER_FOCUS, /* the frame that has it */
    ROLE_TITLE,
    ROLE_COLUMN,         /* column heads */
    ROLE_HEADER,         /* the top line */
    ROLE_FOOTER,         /* the bottom line */
    ROLE_KEY,            /* a key's name in footer, help, dialogs */
    ROLE_SELECTED,       /* the row under the cursor, pane in focus */
    ROLE_SELECTED_QUIET, /* the same in a pane without focus */
    ROLE_GOOD,
    ROLE_WARN,
    ROLE_BAD,
    ROLE_INFO,
    ROLE_PRODUCTION, /* the word that must not be missed */
    ROLE_MATCH,      /* found text */
    ROLE_DIALOG_BORDER,
    ROLE_DANGER, /* frame and title of a destructive dialog */
    ROLE_FIELD,  /* where text is typed */
    ROLE_JSON_KEY,
    ROLE_JSON_STRING,
    ROLE_JSON_NUMBER,
    ROLE_JSON_WORD, /* true, false, null */
    ROLE_COUNT
};

/* What a cell adds to its role. */
enum style_bits {
    STYLE_SELECTED = 1 << 0, /* on the row under the cursor: keeps its role's colour if it can */
    STYLE_QUIET = 1 << 1,    /* with STYLE_SELECTED: pane without focus */
    STYLE_UNDERLINE = 1 << 2,
};

struct style {
    uint8_t role;
    uint8_t bits;
};

/* How a terminal shows a role. Colours are indexes of the terminal's palette, -1 its default. */
struct look {
    int16_t foreground;
    int16_t background;
    bool bold, dim, underline, reverse;
};

/* The look of a style on a terminal with that many colours (256, 16, 8; 0: none, or NO_COLOR). */
struct look theme_look(enum theme theme, struct style style, int colors);

const char *theme_name(enum theme theme);

/* The theme of that name ("auto", "dark", …). False, and *theme as it was, when there is none. */
bool theme_by_name(const char *name, enum theme *theme);

/* THEME_DARK or THEME_LIGHT: red, green and blue, each from 0 to 65535. */
enum theme theme_for_background(const uint16_t background[3]);

/* The same of COLORFGBG, which some terminals set: "15;0", foreground and background as indexes of
   the 16 colours. It may be inherited from another terminal: a hint. THEME_AUTO when it (or NULL)
   says nothing. */
enum theme theme_for_colorfgbg(const char *value);

#endif
