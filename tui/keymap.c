#include "tui/keymap.h"

#include "tui/key.h"

const struct binding KEYMAP[] = {
    {ACTION_OPEN, PLACE_LISTS, {KEYS_ENTER}, "Enter", "open", "open: all fields, headers, payload"},
    {ACTION_BACK, PLACE_LISTS, {KEYS_ESCAPE}, "Esc", NULL, "clears the filter, or the line below"},
    {ACTION_BACK, PLACE_PAGES, {KEYS_ESCAPE, 'q'}, "Esc q", "back", "one step back"},
    {ACTION_EXACT, PLACE_DETAIL, {'x'}, "x", "exact bytes", "exact bytes, or laid out again"},

    {ACTION_ENABLE, PLACE_LISTS, {'e'}, "e", "enable", "enable the selected endpoint"},
    {ACTION_DISABLE, PLACE_LISTS, {'E'}, "E", "disable", "disable the selected endpoint"},
    {ACTION_SEND,
     PLACE_LISTS,
     {'s'},
     "s",
     "send",
     "send the marked events, or the selected; on an endpoint, its first upcoming one"},
    {ACTION_CREATE, PLACE_LISTS, {'c'}, "c", "create", "create an endpoint"},
    {ACTION_CHANGE, PLACE_LISTS, {'u'}, "u", "change", "change the endpoint's URL, categories"},
    {ACTION_DELETE, PLACE_LISTS, {'D'}, "D", "delete", "delete the selected endpoint"},

    {ACTION_MARK, PLACE_LISTS, {' '}, "Space", NULL, "mark the row or unmark it, and move on"},
    {ACTION_MARK_ALL, PLACE_LISTS, {'*'}, "*", NULL, "mark all rows shown, or unmark them"},
    {ACTION_FOLLOW, PLACE_LOGS, {'F'}, "F", "follow", "follow the newest; moving up pauses"},
    {ACTION_FILTER, PLACE_LISTS, {'/'}, "/", "filter", "filter the pane as you type"},
    {ACTION_REFRESH, PLACE_LISTS | PLACE_DETAIL, {'R'}, "R", "refresh", "ask Bridge again now"},

    {ACTION_DOWN, PLACE_LISTS | PLACE_PAGES, {'j', KEYS_DOWN}, "j ↓", NULL, "down"},
    {ACTION_UP, PLACE_LISTS | PLACE_PAGES, {'k', KEYS_UP}, "k ↑", NULL, "up"},
    {ACTION_TOP, PLACE_LISTS | PLACE_PAGES, {'g', KEYS_HOME}, "g Home", NULL, "first row"},
    {ACTION_BOTTOM,
     PLACE_LISTS | PLACE_PAGES,
     {'G', KEYS_END},
     "G End",
     NULL,
     "last row; in a log, follow again"},
    {ACTION_PAGE_DOWN,
     PLACE_LISTS | PLACE_PAGES,
     {KEYS_PAGE_DOWN, KEYS_CTRL('F')},
     "PgDn",
     NULL,
     "a page down"},
    {ACTION_PAGE_UP,
     PLACE_LISTS | PLACE_PAGES,
     {KEYS_PAGE_UP, KEYS_CTRL('B')},
     "PgUp",
     NULL,
     "a page up"},

    {ACTION_NEXT_PANE, PLACE_LISTS, {KEYS_TAB}, "Tab", "pane", "next pane"},
    {ACTION_PREVIOUS_PANE, PLACE_LISTS, {KEYS_SHIFT_TAB}, "Shift-Tab", NULL, "previous pane"},
    {ACTION_PANE_1, PLACE_LISTS, {'1'}, "1", NULL, "endpoints"},
    {ACTION_PANE_2, PLACE_LISTS, {'2'}, "2", NULL, "upcoming events"},
    {ACTION_PANE_3, PLACE_LISTS, {'3'}, "3", NULL, "deliveries"},
    {ACTION_PANE_4, PLACE_LISTS, {'4'}, "4", NULL, "live"},

    {ACTION_CONFIRM, PLACE_QUESTION, {'y'}, "y", "yes, do it", "do it"},
    {ACTION_DECLINE, PLACE_QUESTION, {'n', KEYS_ESCAPE}, "n Esc", "leave it", "leave it as it is"},
    {ACTION_SUBMIT, PLACE_TYPED, {KEYS_ENTER}, "Enter", "delete", "delete, once the id is typed"},
    {ACTION_DECLINE, PLACE_TYPED, {KEYS_ESCAPE}, "Esc", "leave it", "leave it as it is"},
    {ACTION_NEXT_FIELD, PLACE_FORM, {KEYS_TAB, KEYS_DOWN}, "Tab ↓", "next field", "next field"},
    {ACTION_PREVIOUS_FIELD,
     PLACE_FORM,
     {KEYS_SHIFT_TAB, KEYS_UP},
     "Shift-Tab ↑",
     NULL,
     "previous field"},
    {ACTION_TICK, PLACE_FORM, {' '}, "Space", "tick", "tick, untick, choose"},
    {ACTION_SUBMIT, PLACE_FORM, {KEYS_ENTER}, "Enter", "go on", "go on to the question"},
    {ACTION_DECLINE, PLACE_FORM, {KEYS_ESCAPE}, "Esc", "leave it", "close the form"},
    {ACTION_SUBMIT, PLACE_FILTER, {KEYS_ENTER}, "Enter", "keep", "keep the filter"},
    {ACTION_DECLINE, PLACE_FILTER, {KEYS_ESCAPE}, "Esc", "clear", "clear the filter"},

    {ACTION_HELP, PLACE_LISTS | PLACE_DETAIL, {'?'}, "?", "help", "this help"},
    {ACTION_BACK, PLACE_HELP, {'?'}, "?", NULL, "close this help"},
    {ACTION_REPAINT, PLACE_ANYWHERE, {KEYS_CTRL('L')}, "Ctrl-L", NULL, "repaint the screen"},
    {ACTION_SUSPEND, PLACE_ANYWHERE, {KEYS_CTRL('Z')}, "Ctrl-Z", NULL, "suspend to the shell"},
    {ACTION_QUIT, PLACE_LISTS, {'q'}, "q", "quit", "quit"},
    {ACTION_QUIT, PLACE_ANYWHERE, {KEYS_CTRL('C')}, "Ctrl-C", NULL, "quit at once, from anywhere"},
};

const size_t KEYMAP_COUNT = sizeof KEYMAP / sizeof KEYMAP[0];

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

const struct binding *keymap_find(enum place place, char32_t key)
{
    if (key == KEYS_NONE)
        return NULL;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        if ((KEYMAP[i].places & (unsigned)place) == 0)
            continue;
        for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++)
            if (KEYMAP[i].keys[k] == key)
                return &KEYMAP[i];
    }
    return NULL;
}
