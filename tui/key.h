/*
 * A key press as a number: a Unicode code point, or one of these.
 *
 * Control keys are their control characters (Ctrl-L is 0x0C, Enter 0x0D, Tab 0x09, Esc 0x1B,
 * Backspace always KEYS_BACKSPACE).
 */
#ifndef BRIDGETOP_TUI_KEY_H
#define BRIDGETOP_TUI_KEY_H

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
};

#define KEYS_CTRL(letter) ((letter)&0x1F)

#endif
