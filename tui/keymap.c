#include "tui/keymap.h"

#include "tui/key.h"

#include <stdio.h>
#include <string.h>

const struct binding KEYMAP[] = {
    {ACTION_OPEN, PLACE_LISTS, {KEYS_ENTER}, "open", "open", "open: all fields, headers, payload"},
    {ACTION_BACK,
     PLACE_LISTS,
     {KEYS_ESCAPE},
     "clear",
     NULL,
     "clears the filter, or the line below"},
    {ACTION_BACK, PLACE_PAGES, {KEYS_ESCAPE, 'q'}, "back", "back", "one step back"},
    {ACTION_TOGGLE_FOLD,
     PLACE_DETAIL,
     {KEYS_ENTER},
     "toggle-fold",
     "fold",
     "fold or unfold the section or member"},
    {ACTION_FOLD, PLACE_DETAIL, {'h', KEYS_LEFT}, "fold", NULL, "fold; then go to what it is in"},
    {ACTION_UNFOLD, PLACE_DETAIL, {'l', KEYS_RIGHT}, "unfold", NULL, "unfold"},
    {ACTION_FOLD_ALL, PLACE_DETAIL, {'H'}, "fold-all", NULL, "fold all"},
    {ACTION_UNFOLD_ALL, PLACE_DETAIL, {'L'}, "unfold-all", NULL, "unfold all, exact bytes too"},
    {ACTION_NEXT_SECTION, PLACE_DETAIL, {KEYS_TAB}, "next-section", "section", "next section"},
    {ACTION_PREVIOUS_SECTION,
     PLACE_DETAIL,
     {KEYS_SHIFT_TAB},
     "previous-section",
     NULL,
     "previous section"},
    {ACTION_NEXT_EVENT, PLACE_DETAIL, {'J'}, "next-event", "next", "next row of the list behind"},
    {ACTION_PREVIOUS_EVENT,
     PLACE_DETAIL,
     {'K'},
     "previous-event",
     "previous",
     "previous row of the list behind"},
    {ACTION_ZOOM, PLACE_DETAIL, {'z'}, "zoom", "zoom", "the whole screen, and back"},
    {ACTION_FIND, PLACE_DETAIL, {'/'}, "find", "find", "find text, in folded parts too"},
    {ACTION_NEXT_MATCH, PLACE_DETAIL, {'n'}, "next-match", NULL, "next match"},
    {ACTION_PREVIOUS_MATCH, PLACE_DETAIL, {'N'}, "previous-match", NULL, "previous match"},
    {ACTION_COMPARE,
     PLACE_LISTS,
     {'='},
     "compare",
     "compare",
     "compare the two marked events, field by field"},

    {ACTION_TRACE,
     PLACE_UPCOMING | PLACE_LOGS | PLACE_GAPS | PLACE_DETAIL,
     {'t'},
     "trace",
     "trace",
     "the event's whole way, and contradictions"},
    {ACTION_HISTORY,
     PLACE_UPCOMING | PLACE_LOGS | PLACE_GAPS | PLACE_DETAIL,
     {'i'},
     "history",
     "history",
     "all events of its object, and what changed"},

    {ACTION_COPY,
     PLACE_LISTS | PLACE_DETAIL,
     {'y'},
     "copy",
     "copy",
     "copy a part of it to the clipboard"},
    {ACTION_COPY, PLACE_MESSAGES, {'y'}, "copy-message", "copy", "copy the message"},
    {ACTION_COPY, PLACE_ACTIVITY, {'y'}, "copy-activity", "copy", "copy the line, and its sides"},
    {ACTION_COPY_BODY, PLACE_COPY, {'b'}, "copy-body", "body", "copy the body, or Bridge's JSON"},
    {ACTION_COPY_HEADERS, PLACE_COPY, {'h'}, "copy-headers", "headers", "copy the headers"},
    {ACTION_COPY_ID, PLACE_COPY, {'i'}, "copy-id", "id", "copy the id"},
    {ACTION_COPY_SIGNATURE,
     PLACE_COPY,
     {'s'},
     "copy-signature",
     "signature",
     "copy the signature header"},
    {ACTION_COPY_NODE,
     PLACE_COPY,
     {'p'},
     "copy-node",
     "path",
     "copy path and value of the selected member"},
    {ACTION_COPY_CURL,
     PLACE_COPY,
     {'c'},
     "copy-curl",
     "curl",
     "copy a curl command that sends this delivery again"},
    {ACTION_COPY_URL, PLACE_COPY, {'u'}, "copy-url", "URL", "copy the endpoint's URL"},
    {ACTION_DECLINE, PLACE_COPY, {KEYS_ESCAPE}, "copy-nothing", "leave", "copy nothing"},
    {ACTION_MASK,
     PLACE_LISTS | PLACE_DETAIL,
     {'m'},
     "mask",
     "mask",
     "mask personal and banking data, or show it"},

    {ACTION_ENABLE, PLACE_LISTS, {'e'}, "enable", "enable", "enable the selected endpoint"},
    {ACTION_DISABLE, PLACE_LISTS, {'E'}, "disable", "disable", "disable the selected endpoint"},
    {ACTION_SEND,
     PLACE_LISTS,
     {'s'},
     "send",
     "send",
     "send the marked events, or the selected; on an endpoint, its first upcoming one"},
    {ACTION_SEND, PLACE_DETAIL, {'s'}, "send-again", "send", "send this event again"},
    {ACTION_CREATE, PLACE_ENDPOINTS, {'c'}, "create", "create", "create an endpoint"},
    {ACTION_CREATE,
     PLACE_UPCOMING | PLACE_LOGS | PLACE_GAPS,
     {'c'},
     "create",
     NULL,
     "create an endpoint"},
    {ACTION_REPLAY,
     PLACE_LIVE | PLACE_DETAIL,
     {'r'},
     "replay",
     "replay",
     "hand the marked events on again, or the selected, to the application"},
    {ACTION_CHANGE,
     PLACE_ENDPOINTS,
     {'u'},
     "change",
     "change",
     "change the endpoint's URL, categories"},
    {ACTION_CHANGE,
     PLACE_UPCOMING | PLACE_LOGS | PLACE_GAPS,
     {'u'},
     "change",
     NULL,
     "change the endpoint's URL, categories"},
    {ACTION_DELETE, PLACE_ENDPOINTS, {'D'}, "delete", "delete", "delete the selected endpoint"},
    {ACTION_DELETE,
     PLACE_UPCOMING | PLACE_LOGS | PLACE_GAPS,
     {'D'},
     "delete",
     NULL,
     "delete the selected endpoint"},

    {ACTION_EXPORT,
     PLACE_LISTS | PLACE_DETAIL,
     {'x'},
     "export",
     "export",
     "write events to a file: as they came, JSON lines, HAR, curl"},
    {ACTION_MARK, PLACE_LISTS, {' '}, "mark", "mark", "mark the row or unmark it, and move on"},
    {ACTION_MARK_ALL, PLACE_LISTS, {'*'}, "mark-all", NULL, "mark all rows shown, or unmark them"},
    {ACTION_SORT, PLACE_LISTS, {'o'}, "sort", "sort", "sort by the next column"},
    {ACTION_SORT_REVERSE, PLACE_LISTS, {'O'}, "sort-reverse", NULL, "sort the other way round"},
    {ACTION_WRAP,
     PLACE_LISTS | PLACE_DETAIL,
     {'w'},
     "wrap",
     "wrap",
     "show long values whole, or cut"},
    {ACTION_TIMES,
     PLACE_LISTS | PLACE_DETAIL | PLACE_MESSAGES | PLACE_ACTIVITY,
     {'T'},
     "time",
     "times",
     "times as local, UTC, or how long ago"},
    {ACTION_FOLLOW, PLACE_LOGS, {'F'}, "follow", "follow", "follow the newest; moving up pauses"},
    {ACTION_FILTER, PLACE_LISTS, {'/'}, "filter", "filter", "filter the pane as you type"},
    {ACTION_QUERY,
     PLACE_LISTS,
     {'f'},
     "query",
     "find",
     "find words and fields, payloads too; in live, in the whole store"},
    {ACTION_REFRESH,
     PLACE_LISTS | PLACE_DETAIL,
     {'R'},
     "refresh",
     "refresh",
     "ask Bridge again now"},

    {ACTION_ANSWER,
     PLACE_LISTS | PLACE_DETAIL,
     {0},
     "answer",
     NULL,
     "answers for the next deliveries: 500 x3 after 2s"},

    {ACTION_DOWN, PLACE_LISTS | PLACE_PAGES, {'j', KEYS_DOWN}, "down", NULL, "down"},
    {ACTION_UP, PLACE_LISTS | PLACE_PAGES, {'k', KEYS_UP}, "up", NULL, "up"},
    {ACTION_TOP, PLACE_LISTS | PLACE_PAGES, {'g', KEYS_HOME}, "top", NULL, "first row"},
    {ACTION_BOTTOM,
     PLACE_LISTS | PLACE_PAGES,
     {'G', KEYS_END},
     "bottom",
     NULL,
     "last row; in a log, follow again"},
    {ACTION_PAGE_DOWN,
     PLACE_LISTS | PLACE_PAGES,
     {KEYS_PAGE_DOWN, KEYS_CTRL('F')},
     "page-down",
     NULL,
     "a page down"},
    {ACTION_PAGE_UP,
     PLACE_LISTS | PLACE_PAGES,
     {KEYS_PAGE_UP, KEYS_CTRL('B')},
     "page-up",
     NULL,
     "a page up"},

    {ACTION_NEXT_PANE, PLACE_LISTS, {KEYS_TAB}, "next-pane", "pane", "next pane"},
    {ACTION_PREVIOUS_PANE, PLACE_LISTS, {KEYS_SHIFT_TAB}, "previous-pane", NULL, "previous pane"},
    {ACTION_PANE, PLACE_LISTS | PLACE_DETAIL, {0}, "pane", NULL, "go to a pane"},
    {ACTION_PANE_1, PLACE_LISTS | PLACE_DETAIL, {'1'}, "endpoints", NULL, "endpoints"},
    {ACTION_PANE_2, PLACE_LISTS | PLACE_DETAIL, {'2'}, "upcoming", NULL, "upcoming events"},
    {ACTION_PANE_3, PLACE_LISTS | PLACE_DETAIL, {'3'}, "deliveries", NULL, "deliveries"},
    {ACTION_PANE_4, PLACE_LISTS | PLACE_DETAIL, {'4'}, "live", NULL, "live"},
    {ACTION_PANE_5, PLACE_LISTS | PLACE_DETAIL, {'5'}, "gaps", NULL, "what is missing"},

    {ACTION_CONFIRM, PLACE_QUESTION, {'y'}, "yes", "yes, do it", "do it"},
    {ACTION_DECLINE, PLACE_QUESTION, {'n', KEYS_ESCAPE}, "no", "no", "leave it as it is"},
    {ACTION_DOWN,
     PLACE_QUESTION,
     {'j', KEYS_DOWN},
     "read-on",
     "more",
     "more of a question that is longer than its frame"},
    {ACTION_UP, PLACE_QUESTION, {'k', KEYS_UP}, "read-back", NULL, "back"},
    {ACTION_DOWN, PLACE_TYPED, {KEYS_DOWN}, "typed-read-on", "more", "more of the question"},
    {ACTION_UP, PLACE_TYPED, {KEYS_UP}, "typed-read-back", NULL, "back"},
    {ACTION_PAGE_DOWN,
     PLACE_QUESTION | PLACE_TYPED,
     {KEYS_PAGE_DOWN},
     "read-page",
     NULL,
     "the next frame of it"},
    {ACTION_PAGE_UP,
     PLACE_QUESTION | PLACE_TYPED,
     {KEYS_PAGE_UP},
     "read-page-back",
     NULL,
     "the frame before"},
    {ACTION_SUBMIT,
     PLACE_TYPED,
     {KEYS_ENTER},
     "confirm-delete",
     "delete",
     "delete, once the id is typed"},
    {ACTION_DECLINE, PLACE_TYPED, {KEYS_ESCAPE}, "leave", "leave it", "leave it as it is"},
    {ACTION_NEXT_FIELD, PLACE_FORM, {KEYS_TAB}, "next-field", "field", "next field"},
    {ACTION_PREVIOUS_FIELD, PLACE_FORM, {KEYS_SHIFT_TAB}, "previous-field", NULL, "previous field"},
    {ACTION_DOWN, PLACE_FORM, {KEYS_DOWN}, "line-down", NULL, "next line, through the categories"},
    {ACTION_UP, PLACE_FORM, {KEYS_UP}, "line-up", NULL, "the line before"},
    {ACTION_NEXT_CHOICE,
     PLACE_FORM,
     {KEYS_RIGHT},
     "choice-right",
     NULL,
     "next choice or column; in a line, right"},
    {ACTION_PREVIOUS_CHOICE,
     PLACE_FORM,
     {KEYS_LEFT},
     "choice-left",
     NULL,
     "previous choice or column; in a line, left"},
    {ACTION_TICK, PLACE_FORM, {' '}, "tick", "tick", "tick, untick, choose"},
    {ACTION_SUBMIT, PLACE_FORM, {KEYS_ENTER}, "go-on", "go on", "go on to the question"},
    {ACTION_DECLINE, PLACE_FORM, {KEYS_ESCAPE}, "close-form", "leave it", "close the form"},
    {ACTION_NEXT_FIELD, PLACE_EXPORT, {KEYS_DOWN}, "next-line", NULL, "next line"},
    {ACTION_PREVIOUS_FIELD, PLACE_EXPORT, {KEYS_UP}, "previous-line", NULL, "previous line"},
    {ACTION_NEXT_CHOICE,
     PLACE_EXPORT,
     {KEYS_RIGHT},
     "next-choice",
     "choose",
     "next choice; in the path, right"},
    {ACTION_PREVIOUS_CHOICE,
     PLACE_EXPORT,
     {KEYS_LEFT},
     "previous-choice",
     NULL,
     "previous choice; in the path, left"},
    {ACTION_TICK, PLACE_EXPORT, {' '}, "choose", NULL, "next choice; in the path, a blank"},
    {ACTION_COMPLETE,
     PLACE_EXPORT,
     {KEYS_TAB},
     "complete-path",
     "next, complete",
     "next line; in the path, complete it"},
    {ACTION_COMPLETE_BACK,
     PLACE_EXPORT,
     {KEYS_SHIFT_TAB},
     "complete-path-back",
     NULL,
     "previous line; in the path, the completion before"},
    {ACTION_SUBMIT, PLACE_EXPORT, {KEYS_ENTER}, "write", "write", "write the file"},
    {ACTION_DECLINE, PLACE_EXPORT, {KEYS_ESCAPE}, "close-export", "leave it", "close the dialog"},
    {ACTION_UNDO, PLACE_LINES, {KEYS_CTRL('_')}, "undo", NULL, "take back what was typed last"},
    {ACTION_REDO, PLACE_LINES, {KEYS_CTRL('Y')}, "redo", NULL, "type it again"},
    {ACTION_SUBMIT, PLACE_FILTER, {KEYS_ENTER}, "keep-filter", "keep", "keep the filter"},
    {ACTION_DECLINE, PLACE_FILTER, {KEYS_ESCAPE}, "clear-filter", "clear", "clear the filter"},
    {ACTION_SUBMIT, PLACE_QUERY, {KEYS_ENTER}, "keep-query", "keep", "keep what is found"},
    {ACTION_DECLINE, PLACE_QUERY, {KEYS_ESCAPE}, "clear-query", "clear", "show all again"},
    {ACTION_OLDER,
     PLACE_FILTER | PLACE_QUERY,
     {KEYS_UP},
     "older-filter",
     "recent",
     "an earlier one"},
    {ACTION_NEWER, PLACE_FILTER | PLACE_QUERY, {KEYS_DOWN}, "newer-filter", NULL, "a later one"},
    {ACTION_SUBMIT, PLACE_FIND, {KEYS_ENTER}, "keep-find", "keep", "keep it, and walk the matches"},
    {ACTION_DECLINE, PLACE_FIND, {KEYS_ESCAPE}, "stop-find", "clear", "search no more"},

    {ACTION_SUBMIT, PLACE_HELP, {KEYS_ENTER}, "run-selected", "run", "do what is selected"},
    {ACTION_FILTER, PLACE_HELP, {'/'}, "filter-help", "filter", "filter this help as you type"},
    {ACTION_SUBMIT, PLACE_HELP_FILTER, {KEYS_ENTER}, "keep-words", "keep", "keep the filter"},
    {ACTION_DECLINE, PLACE_HELP_FILTER, {KEYS_ESCAPE}, "clear-words", "clear", "clear the filter"},
    {ACTION_DOWN, PLACE_HELP_FILTER, {KEYS_DOWN}, "next-found", NULL, "down"},
    {ACTION_UP, PLACE_HELP_FILTER, {KEYS_UP}, "previous-found", NULL, "up"},

    {ACTION_FILTER,
     PLACE_MESSAGES | PLACE_ACTIVITY,
     {'/'},
     "filter-lines",
     "filter",
     "filter these lines as you type"},
    {ACTION_SUBMIT, PLACE_PAGE_FILTER, {KEYS_ENTER}, "keep-lines", "keep", "keep the filter"},
    {ACTION_DECLINE, PLACE_PAGE_FILTER, {KEYS_ESCAPE}, "clear-lines", "clear", "clear the filter"},
    {ACTION_DOWN, PLACE_PAGE_FILTER, {KEYS_DOWN}, "found-down", NULL, "down"},
    {ACTION_UP, PLACE_PAGE_FILTER, {KEYS_UP}, "found-up", NULL, "up"},

    {ACTION_PROMPT,
     PLACE_LISTS | PLACE_DETAIL,
     {':'},
     "command",
     "command",
     "do something by its name"},
    {ACTION_SUBMIT, PLACE_PROMPT, {KEYS_ENTER}, "run", "run", "do what the line says"},
    {ACTION_COMPLETE, PLACE_PROMPT, {KEYS_TAB}, "complete", "complete", "the next completion"},
    {ACTION_COMPLETE_BACK,
     PLACE_PROMPT,
     {KEYS_SHIFT_TAB},
     "complete-back",
     NULL,
     "the completion before"},
    {ACTION_OLDER, PLACE_PROMPT, {KEYS_UP}, "older-line", "history", "the line before"},
    {ACTION_NEWER, PLACE_PROMPT, {KEYS_DOWN}, "newer-line", NULL, "the next line again"},
    {ACTION_DECLINE, PLACE_PROMPT, {KEYS_ESCAPE}, "close-prompt", "leave", "leave the prompt"},
    {ACTION_THEME,
     PLACE_LISTS | PLACE_DETAIL,
     {0},
     "theme",
     NULL,
     "other colours, or the next ones"},
    {ACTION_LAYOUT, PLACE_LISTS | PLACE_DETAIL, {0}, "layout", NULL, "put dragged borders back"},
    {ACTION_MESSAGES,
     PLACE_LISTS | PLACE_DETAIL,
     {'M'},
     "messages",
     "messages",
     "what the line below has said, whole, with its times"},
    {ACTION_BACK, PLACE_MESSAGES, {'M'}, "close-messages", NULL, "close the messages"},
    {ACTION_ACTIVITY,
     PLACE_LISTS | PLACE_DETAIL,
     {'a'},
     "activity",
     "activity",
     "what was done to the endpoints: by others, and by us"},
    {ACTION_SIDES,
     PLACE_ACTIVITY,
     {KEYS_ENTER},
     "sides",
     "before, after",
     "show before and after whole, or not"},
    {ACTION_BACK, PLACE_ACTIVITY, {'a'}, "close-activity", NULL, "close the activity"},
    {ACTION_HELP,
     PLACE_LISTS | PLACE_DETAIL | PLACE_MESSAGES | PLACE_ACTIVITY,
     {'?'},
     "help",
     "help",
     "the keys, and what they do"},
    {ACTION_BACK, PLACE_HELP, {'?'}, "close-help", NULL, "close this help"},
    {ACTION_REPAINT, PLACE_ANYWHERE, {KEYS_CTRL('L')}, "repaint", NULL, "repaint the screen"},
    {ACTION_SUSPEND, PLACE_ANYWHERE, {KEYS_CTRL('Z')}, "suspend", NULL, "suspend to the shell"},
    {ACTION_QUIT, PLACE_LISTS, {'q'}, "quit", "quit", "quit"},
    {ACTION_QUIT,
     PLACE_ANYWHERE,
     {KEYS_CTRL('C')},
     "quit-now",
     NULL,
     "quit at once, from anywhere"},
};

const size_t KEYMAP_COUNT = sizeof KEYMAP / sizeof KEYMAP[0];

_Static_assert(sizeof KEYMAP / sizeof KEYMAP[0] <= KEYMAP_ROWS_MAX, "struct keymap is too small");

bool keymap_asks_bridge(enum action action)
{
    switch (action) {
    case ACTION_ENABLE:
    case ACTION_DISABLE:
    case ACTION_SEND:
    case ACTION_CREATE:
    case ACTION_CHANGE:
    case ACTION_DELETE:
    case ACTION_REFRESH:
        return true;
    default:
        return false;
    }
}

/* What may be typed behind a name: most take nothing. */
static const struct {
    const char *name;
    const char *argument;
} ARGUMENTS[] = {
    {"answer", "normal|STATUS [xN] [after DURATION]"},
    {"copy", "[body|headers|id|signature|node|curl|url]"},
    {"export", "[raw|jsonl|har|curl] [PATH]"},
    {"filter", "[WORDS]"},
    {"layout", "[reset]"},
    {"pane", "endpoints|upcoming|deliveries|live|gaps"},
    {"replay", "[--resign|--show-key]"},
    {"sort", "[COLUMN]"},
    {"theme", "[auto|dark|light|contrast|mono]"},
    {"query", "[TERMS]"},
    {"time", "[local|utc|relative]"},
};

const char *keymap_argument(const struct binding *binding)
{
    for (size_t i = 0; i < sizeof ARGUMENTS / sizeof ARGUMENTS[0]; i++)
        if (strcmp(ARGUMENTS[i].name, binding->name) == 0)
            return ARGUMENTS[i].argument;
    return "";
}

/* The footer says "find" of the query, as the inspector does of its own search. */
const char *keymap_alias(const struct binding *binding)
{
    return binding->action == ACTION_QUERY ? "find" : "";
}

bool keymap_wants_argument(const struct binding *binding)
{
    const char *argument = keymap_argument(binding);
    return argument[0] != '\0' && argument[0] != '[';
}

/* --- places ---------------------------------------------------------------------- */

/* A group stands before what it is made of. */
static const struct {
    unsigned places;
    const char *name; /* in the configuration file */
    const char *words;
} WHERE[] = {
    {PLACE_LISTS, "lists", "the panes"},
    {PLACE_LOGS, "logs", "panes 3 and 4"},
    {PLACE_ENDPOINTS, "endpoints", "pane 1"},
    {PLACE_UPCOMING, "upcoming", "pane 2"},
    {PLACE_DELIVERIES, "deliveries", "pane 3"},
    {PLACE_LIVE, "live", "pane 4"},
    {PLACE_GAPS, "gaps", "pane 5"},
    {PLACE_DETAIL, "inspector", "the inspector"},
    {PLACE_COPY, "copy", "the copy menu"},
    {PLACE_HELP, "help", "the help"},
    {PLACE_MESSAGES, "messages", "the messages"},
    {PLACE_ACTIVITY, "activity", "the activity"},
    {PLACE_QUESTION | PLACE_TYPED, "questions", "a question"},
    {PLACE_QUESTION, "question", "a question"},
    {PLACE_TYPED, "typed", "a question that wants typing"},
    {PLACE_FORM, "form", "a form"},
    {PLACE_EXPORT, "export", "the export dialog"},
    {PLACE_FILTER, "filter", "the filter line"},
    {PLACE_QUERY, "query", "the query line"},
    {PLACE_FIND, "find", "the find line"},
    {PLACE_HELP_FILTER, "help-filter", "the help's filter line"},
    {PLACE_PAGE_FILTER, "line-filter", "the line filter"},
    {PLACE_PROMPT, "prompt", "the command prompt"},
};

const char *keymap_where(unsigned places, char text[KEYMAP_WHERE_SIZE])
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof WHERE / sizeof WHERE[0] && at < KEYMAP_WHERE_SIZE - 1; i++) {
        if ((places & WHERE[i].places) != WHERE[i].places)
            continue;
        places &= ~WHERE[i].places;
        const char *joint = at == 0 ? "" : places == 0 ? " and " : ", ";
        at += (size_t)snprintf(text + at, KEYMAP_WHERE_SIZE - at, "%s%s", joint, WHERE[i].words);
    }
    return text;
}

bool keymap_place_by_name(const char *name, size_t length, unsigned *places)
{
    for (size_t i = 0; i < sizeof WHERE / sizeof WHERE[0]; i++) {
        if (strlen(WHERE[i].name) != length || memcmp(WHERE[i].name, name, length) != 0)
            continue;
        *places = WHERE[i].places;
        return true;
    }
    return false;
}

/* --- which keys are assigned ------------------------------------------------- */

static size_t row_of(const struct binding *binding)
{
    return (size_t)(binding - KEYMAP);
}

/* A place is one bit: its number. */
static size_t index_of(enum place place)
{
    return (size_t)__builtin_ctz((unsigned)place);
}

void keymap_init(struct keymap *keymap)
{
    *keymap = (struct keymap){0};
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        for (size_t place = 0; place < KEYMAP_PLACES; place++)
            if ((KEYMAP[row].places >> place & 1) != 0)
                memcpy(keymap->keys[row][place], KEYMAP[row].keys, sizeof KEYMAP[row].keys);
}

const char32_t *keymap_keys(const struct keymap *keymap, const struct binding *binding,
                            enum place place)
{
    return keymap->keys[row_of(binding)][index_of(place)];
}

const struct binding *keymap_find(const struct keymap *keymap, enum place place, char32_t key)
{
    if (key == KEYS_NONE)
        return NULL;
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++)
            if (keymap->keys[row][index_of(place)][k] == key)
                return &KEYMAP[row];
    return NULL;
}

const struct binding *keymap_binding(enum action action, enum place place)
{
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        if (KEYMAP[row].action == action && (KEYMAP[row].places & (unsigned)place) != 0)
            return &KEYMAP[row];
    return NULL;
}

const char *keymap_label(const struct keymap *keymap, const struct binding *binding,
                         enum place place, char text[KEYMAP_LABEL_SIZE])
{
    const char32_t *keys = keymap_keys(keymap, binding, place);
    size_t at = 0;
    for (size_t k = 0; k < KEYMAP_KEYS_MAX && keys[k] != KEYS_NONE; k++) {
        char name[KEY_NAME_SIZE];
        int length = snprintf(text + at, KEYMAP_LABEL_SIZE - at, "%s%s", k > 0 ? " " : "",
                              key_label(keys[k], name));
        at += (size_t)length;
    }
    if (at == 0)
        (void)snprintf(text, KEYMAP_LABEL_SIZE, ":%s", binding->name);
    return text;
}

const char *keymap_key_label(const struct keymap *keymap, enum action action, enum place place,
                             char text[KEYMAP_LABEL_SIZE])
{
    const struct binding *binding = keymap_binding(action, place);
    text[0] = '\0';
    if (binding == NULL)
        return text;
    char32_t first = keymap_keys(keymap, binding, place)[0];
    if (first == KEYS_NONE)
        return keymap_label(keymap, binding, place, text);
    char name[KEY_NAME_SIZE];
    (void)snprintf(text, KEYMAP_LABEL_SIZE, "%s", key_label(first, name));
    return text;
}
