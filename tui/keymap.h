/*
 * One table of what can be done: key, name, where it holds, help text.
 *
 * The footer, the help page and the tests are all drawn from it. A place is what has
 * the keys at the moment: one of the four panes, a detail view, the help, a
 * question, a form, or the filter line.
 */
#ifndef BRIDGETOP_TUI_KEYMAP_H
#define BRIDGETOP_TUI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

enum place {
    PLACE_ENDPOINTS = 1 << 0,
    PLACE_UPCOMING = 1 << 1,
    PLACE_DELIVERIES = 1 << 2,
    PLACE_LIVE = 1 << 3,
    PLACE_DETAIL = 1 << 4,
    PLACE_HELP = 1 << 5,
    PLACE_QUESTION = 1 << 6, /* y or n */
    PLACE_TYPED = 1 << 7,    /* a question that wants characters typed */
    PLACE_FORM = 1 << 8,
    PLACE_FILTER = 1 << 9,

    PLACE_LOGS = PLACE_DELIVERIES | PLACE_LIVE,
    PLACE_LISTS = PLACE_ENDPOINTS | PLACE_UPCOMING | PLACE_LOGS,
    PLACE_PAGES = PLACE_DETAIL | PLACE_HELP,
    PLACE_ANYWHERE = (1 << 10) - 1,
};

enum action {
    ACTION_NONE,
    ACTION_DOWN,
    ACTION_UP,
    ACTION_TOP,
    ACTION_BOTTOM,
    ACTION_PAGE_DOWN,
    ACTION_PAGE_UP,
    ACTION_NEXT_PANE,
    ACTION_PREVIOUS_PANE,
    ACTION_PANE_1,
    ACTION_PANE_2,
    ACTION_PANE_3,
    ACTION_PANE_4,
    ACTION_OPEN,
    ACTION_BACK,
    ACTION_EXACT,
    ACTION_ENABLE,
    ACTION_DISABLE,
    ACTION_SEND,
    ACTION_DELETE,
    ACTION_CREATE,
    ACTION_CHANGE,
    ACTION_REFRESH,
    ACTION_MARK,
    ACTION_MARK_ALL,
    ACTION_FOLLOW,
    ACTION_FILTER,
    ACTION_HELP,
    ACTION_CONFIRM,
    ACTION_DECLINE,
    ACTION_SUBMIT,
    ACTION_NEXT_FIELD,
    ACTION_PREVIOUS_FIELD,
    ACTION_TICK,
    ACTION_SUSPEND,
    ACTION_REPAINT,
    ACTION_QUIT,
};

enum { KEYMAP_KEYS_MAX = 3 };

struct binding {
    enum action action;
    unsigned places; /* bits of enum place */
    char32_t keys[KEYMAP_KEYS_MAX];
    const char *label;  /* the keys as a person reads them: "j ↓" */
    const char *footer; /* one or two words, or NULL: not in the footer */
    const char *help;   /* a phrase */
};

/* The table, in the order of the help page. */
extern const struct binding KEYMAP[];
extern const size_t KEYMAP_COUNT;

/* Whether an action needs the API. */
bool keymap_asks_bridge(enum action action);

/* What a key does in a place, or NULL. */
const struct binding *keymap_find(enum place place, char32_t key);

#endif
