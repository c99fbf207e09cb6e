/*
 * A key press as a number: a Unicode code point, or one of these; and its name.
 *
 * Control keys are their control characters (Ctrl-L is 0x0C, Enter 0x0D, Tab 0x09, Esc 0x1B,
 * Backspace always KEYS_BACKSPACE).
 */
#ifndef BRIDGETOP_TUI_KEY_H
#define BRIDGETOP_TUI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

enum key {
    KEYS_NONE = 0,
    KEYS_TAB = 0x09,
    KEYS_ENTER = 0x0D,
    KEYS_ESCAPE = 0x1B,
    KEYS_SPECIAL = 0x110000, /* above Unicode */
    KEYS_UP,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_HOME,
    KEYS_END,
    KEYS_INSERT,
    KEYS_DELETE,
    KEYS_BACKSPACE,
    KEYS_SHIFT_TAB,
    KEYS_F1,
    KEYS_F12 = KEYS_F1 + 11,
};

#define KEYS_CTRL(letter) ((letter)&0x1F)

enum { KEY_NAME_SIZE = 12 }; /* with its NUL */

/* As it is written in a configuration file: "e", "Ctrl-F", "Space", "Shift-Tab", "F5". "" for
   KEYS_NONE. Returns `name`. */
const char *key_name(char32_t key, char name[KEY_NAME_SIZE]);

/* The same for a reader: arrows are arrows. */
const char *key_label(char32_t key, char name[KEY_NAME_SIZE]);

/* The key of that name, upper case or lower but for single characters; "Ctrl-F" may be "^F".
   False, and *key as it was, when there is none of that name, or no terminal could send it. */
bool key_parse(const char *name, size_t length, char32_t *key);

#endif
