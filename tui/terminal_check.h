/*
 * Whether the terminal that the program is started on can show the dashboard.
 */
#ifndef BRIDGETOP_TUI_TERMINAL_CHECK_H
#define BRIDGETOP_TUI_TERMINAL_CHECK_H

#include "api/check.h"
#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { TERMINAL_CHECK_LINES_MAX = 5 };

/* As the kernel, terminfo and the environment say; strings may be NULL. */
struct terminal_facts {
    bool there;           /* standard input and output are a terminal */
    const char *term;     /* TERM */
    struct error trouble; /* why the type cannot be used; "" where it can */
    bool utf8;
    int colors;
    bool no_color; /* NO_COLOR */
    int width, height;
    const char *tmux, *sty;
};

/* Of this process. */
struct terminal_facts terminal_facts(void);

/* Pure: "terminal", "size", "characters", "colours", "clipboard". Returns how many. */
size_t terminal_check_lines(const struct terminal_facts *facts,
                            struct check_line lines[TERMINAL_CHECK_LINES_MAX]);

#endif
