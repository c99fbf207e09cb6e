/*
 * What the question whether to enable an endpoint says of its URL, line by line: a sign, words, and
 * a role. Each sign has its own colour, and none is told by colour alone.
 */
#ifndef BRIDGETOP_TUI_LOOK_H
#define BRIDGETOP_TUI_LOOK_H

#include "tui/state.h"
#include "tui/theme.h"

#include <stddef.h>

enum { LOOK_LINES_MAX = URL_CHECK_LINES_MAX + 2, LOOK_TEXT_SIZE = CHECK_TEXT_MAX + 40 };

struct look_line {
    enum role role;
    char text[LOOK_TEXT_SIZE]; /* "✗ certificate: signed by itself: nobody vouches for it" */
};

/* Of the open question; returns how many, 0 where it is about something else. */
size_t look_lines(const struct app *app, struct look_line lines[LOOK_LINES_MAX]);

/* "✓", "!", "✗", and the role that goes with it. */
const char *look_sign(enum check_tone tone, enum role *role);

#endif
