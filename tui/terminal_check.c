#include "tui/terminal_check.h"

#include "tui/clipboard.h"
#include "tui/command.h"
#include "tui/layout.h"
#include "tui/painter.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct terminal_facts terminal_facts(void)
{
    const char *no_color = getenv("NO_COLOR");
    struct winsize size = {0};
    struct terminal_facts facts = {
        .there = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO),
        .term = getenv("TERM"),
        .utf8 = !command_is_ascii(),
        .no_color = no_color != NULL && no_color[0] != '\0',
        .tmux = getenv("TMUX"),
        .sty = getenv("STY"),
    };
    if (facts.there && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        facts.width = size.ws_col;
        facts.height = size.ws_row;
    }
    if (facts.term == NULL || facts.term[0] == '\0')
        error_set(&facts.trouble, "TERM is not set");
    else if (facts.there && painter_can(facts.term, &facts.trouble))
        facts.colors = painter_type_colors(facts.term);
    return facts;
}

static bool say_type(const struct terminal_facts *facts, struct check_line *line)
{
    if (!facts->there) {
        check_say(line, CHECK_OK, "terminal", "not looked at: this is started without one");
        return false;
    }
    if (facts->trouble.message[0] != '\0') {
        check_say(line, CHECK_BAD, "terminal", "%.200s", facts->trouble.message);
        check_mend(line, "set TERM to what this terminal is (xterm-256color), or install its "
                         "description (ncurses-term)");
        return false;
    }
    check_say(line, CHECK_OK, "terminal", "TERM is %.80s, which is known", facts->term);
    return true;
}

static void say_size(const struct terminal_facts *facts, struct check_line *line)
{
    int width = facts->width, height = facts->height;
    if (width < LAYOUT_WIDTH_MIN || height < LAYOUT_HEIGHT_MIN) {
        check_say(line, CHECK_BAD, "size", "%d columns and %d lines: too small", width, height);
        check_mend(line, "make it %d by %d at least", LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN);
    } else {
        check_say(line, CHECK_OK, "size", "%d columns, %d lines: %s", width, height,
                  width >= LAYOUT_ALL_WIDTH && height >= LAYOUT_ALL_HEIGHT ? "all panes at once"
                                                                           : "one pane at a time");
    }
}

static void say_characters(const struct terminal_facts *facts, struct check_line *line)
{
    if (facts->utf8) {
        check_say(line, CHECK_OK, "characters", "UTF-8");
        return;
    }
    check_say(line, CHECK_WARN, "characters", "the locale has no UTF-8: drawing is ASCII");
    check_mend(line, "export LANG=C.UTF-8");
}

static void say_colors(const struct terminal_facts *facts, struct check_line *line)
{
    if (facts->no_color) {
        check_say(line, CHECK_OK, "colours", "none, by NO_COLOR; no state is told by colour alone");
    } else if (facts->colors == 0) {
        check_say(line, CHECK_OK, "colours", "none; no state is told by colour alone");
    } else {
        check_say(line, CHECK_OK, "colours", "%d", facts->colors);
    }
}

static void say_clipboard(const struct terminal_facts *facts, struct check_line *line)
{
    switch (clipboard_route(facts->term, facts->tmux, facts->sty)) {
    case CLIPBOARD_NONE:
        check_say(line, CHECK_OK, "clipboard", "none here: y writes a file beside the store");
        break;
    case CLIPBOARD_TMUX:
        check_say(line, CHECK_OK, "clipboard",
                  "through tmux, where it is let: set -s "
                  "set-clipboard on");
        break;
    case CLIPBOARD_SCREEN:
        check_say(line, CHECK_OK, "clipboard", "through screen, to a terminal that takes OSC 52");
        break;
    case CLIPBOARD_PLAIN:
        check_say(line, CHECK_OK, "clipboard", "by OSC 52, where the terminal's settings let it");
        break;
    }
}

size_t terminal_check_lines(const struct terminal_facts *facts,
                            struct check_line lines[TERMINAL_CHECK_LINES_MAX])
{
    if (!say_type(facts, &lines[0]))
        return 1;
    say_size(facts, &lines[1]);
    say_characters(facts, &lines[2]);
    say_colors(facts, &lines[3]);
    say_clipboard(facts, &lines[4]);
    return TERMINAL_CHECK_LINES_MAX;
}
