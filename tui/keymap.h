/*
 * One table of what can be done: key, name, where it holds, help text.
 *
 * The footer, the help page and the tests are all drawn from it. A place is what has
 * the keys at the moment: one of the five panes, a detail view, the help, a
 * question, a form, a filter line, or the command prompt.
 *
 * The table's keys are those that hold unless others are assigned; which ones are is a
 * value of its own, struct keymap, so that two of them can differ in one process.
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
    PLACE_FIND = 1 << 10, /* a search is typed in a detail view */
    PLACE_HELP_FILTER = 1 << 11,
    PLACE_PROMPT = 1 << 12,
    PLACE_COPY = 1 << 13,  /* what is to be copied is asked for */
    PLACE_QUERY = 1 << 14, /* the filter language is typed */
    PLACE_EXPORT = 1 << 15,
    PLACE_MESSAGES = 1 << 16, /* the log of what was said */
    PLACE_ACTIVITY = 1 << 17, /* what was done to the endpoints */
    PLACE_GAPS = 1 << 18,
    PLACE_PAGE_FILTER = 1 << 19, /* words that lines of the messages or the activity are to have */

    PLACE_LOGS = PLACE_DELIVERIES | PLACE_LIVE,
    PLACE_LISTS = PLACE_ENDPOINTS | PLACE_UPCOMING | PLACE_LOGS | PLACE_GAPS,
    PLACE_PAGES = PLACE_DETAIL | PLACE_HELP | PLACE_MESSAGES | PLACE_ACTIVITY,
    PLACE_LINES = PLACE_TYPED | PLACE_FORM | PLACE_FILTER | PLACE_FIND | PLACE_HELP_FILTER |
                  PLACE_PAGE_FILTER | PLACE_PROMPT | PLACE_QUERY |
                  PLACE_EXPORT, /* where text is typed */
    KEYMAP_PLACES = 20,         /* how many there are: the bits above */
    PLACE_ANYWHERE = (1 << KEYMAP_PLACES) - 1,
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
    ACTION_PANE,
    ACTION_PANE_1,
    ACTION_PANE_2,
    ACTION_PANE_3,
    ACTION_PANE_4,
    ACTION_PANE_5,
    ACTION_OPEN,
    ACTION_BACK,
    ACTION_FOLD,
    ACTION_UNFOLD,
    ACTION_TOGGLE_FOLD,
    ACTION_FOLD_ALL,
    ACTION_UNFOLD_ALL,
    ACTION_NEXT_SECTION,
    ACTION_PREVIOUS_SECTION,
    ACTION_NEXT_EVENT,
    ACTION_PREVIOUS_EVENT,
    ACTION_ZOOM,
    ACTION_FIND,
    ACTION_NEXT_MATCH,
    ACTION_PREVIOUS_MATCH,
    ACTION_COMPARE,
    ACTION_TRACE,
    ACTION_HISTORY,
    ACTION_COPY,
    ACTION_COPY_BODY,
    ACTION_COPY_HEADERS,
    ACTION_COPY_ID,
    ACTION_COPY_SIGNATURE,
    ACTION_COPY_NODE,
    ACTION_COPY_CURL,
    ACTION_COPY_URL,
    ACTION_MASK,
    ACTION_ENABLE,
    ACTION_DISABLE,
    ACTION_SEND,
    ACTION_DELETE,
    ACTION_EXPORT,
    ACTION_CREATE,
    ACTION_CHANGE,
    ACTION_REFRESH,
    ACTION_ANSWER,
    ACTION_REPLAY,
    ACTION_MARK,
    ACTION_MARK_ALL,
    ACTION_SORT,
    ACTION_SORT_REVERSE,
    ACTION_WRAP,
    ACTION_TIMES,
    ACTION_FOLLOW,
    ACTION_FILTER,
    ACTION_QUERY,
    ACTION_THEME,
    ACTION_LAYOUT,
    ACTION_HELP,
    ACTION_MESSAGES,
    ACTION_ACTIVITY,
    ACTION_SIDES,
    ACTION_PROMPT,
    ACTION_COMPLETE,
    ACTION_COMPLETE_BACK,
    ACTION_OLDER,
    ACTION_NEWER,
    ACTION_CONFIRM,
    ACTION_DECLINE,
    ACTION_SUBMIT,
    ACTION_NEXT_FIELD,
    ACTION_PREVIOUS_FIELD,
    ACTION_TICK,
    ACTION_NEXT_CHOICE,
    ACTION_PREVIOUS_CHOICE,
    ACTION_UNDO,
    ACTION_REDO,
    ACTION_SUSPEND,
    ACTION_REPAINT,
    ACTION_QUIT,
};

enum {
    KEYMAP_KEYS_MAX = 3,
    KEYMAP_ROWS_MAX = 192,
    KEYMAP_LABEL_SIZE = 64,  /* with its NUL: as many names as there may be keys */
    KEYMAP_WHERE_SIZE = 160, /* the same for places */
};

struct binding {
    enum action action;
    unsigned places; /* bits of enum place */
    char32_t keys[KEYMAP_KEYS_MAX];
    const char *name;   /* words as they are typed: "next-pane"; one action's in a place */
    const char *footer; /* one or two words, or NULL: not in the footer */
    const char *help;   /* a phrase */
};

/* The table, in the order of the help page. */
extern const struct binding KEYMAP[];
extern const size_t KEYMAP_COUNT;

/* Places as one reads them: "the panes and the inspector". Returns `text`. */
const char *keymap_where(unsigned places, char text[KEYMAP_WHERE_SIZE]);

/* What may be typed behind the name, "" for nothing: `a|b` is one of these, in capitals anything;
   in brackets where it may be left out. */
const char *keymap_argument(const struct binding *binding);

/* Another name that is taken for it in the prompt where nothing of that name holds; "" for none. */
const char *keymap_alias(const struct binding *binding);

/* The places of a name: "lists", "live", "inspector". False: there are none of that name. */
bool keymap_place_by_name(const char *name, size_t length, unsigned *places);

/* Whether an action cannot do without an argument. */
bool keymap_wants_argument(const struct binding *binding);

/* Whether an action needs the API. */
bool keymap_asks_bridge(enum action action);

/* --- which keys are assigned ------------------------------------------------ */

/* By row of the table and by place, first those without a gap, then KEYS_NONE. */
struct keymap {
    char32_t keys[KEYMAP_ROWS_MAX][KEYMAP_PLACES][KEYMAP_KEYS_MAX];
};

/* The keys of the table. */
void keymap_init(struct keymap *keymap);

/* What a key does in a place, or NULL. */
const struct binding *keymap_find(const struct keymap *keymap, enum place place, char32_t key);

/* The first row of an action that holds in a place, or NULL. */
const struct binding *keymap_binding(enum action action, enum place place);

/* The KEYMAP_KEYS_MAX keys of a row in a place where it holds. */
const char32_t *keymap_keys(const struct keymap *keymap, const struct binding *binding,
                            enum place place);

/* The keys of a row as a person reads them: "j ↓"; what has none is typed: ":next-pane". Returns
   `text`. */
const char *keymap_label(const struct keymap *keymap, const struct binding *binding,
                         enum place place, char text[KEYMAP_LABEL_SIZE]);

/* The same of an action's first key alone; "" when it does not hold there. */
const char *keymap_key_label(const struct keymap *keymap, enum action action, enum place place,
                             char text[KEYMAP_LABEL_SIZE]);

#endif
