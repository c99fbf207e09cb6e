#include "tui/key.h"

#include "tui/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The first name of a key is the one that is printed. */
static const struct {
    const char *name;
    const char *label; /* NULL: the name */
    char32_t key;
} NAMES[] = {
    {"Space", NULL, ' '},
    {"Semicolon", ";", ';'}, /* begins a comment in the configuration file */
    {"Tab", NULL, KEYS_TAB},
    {"Shift-Tab", NULL, KEYS_SHIFT_TAB},
    {"Enter", NULL, KEYS_ENTER},
    {"Return", NULL, KEYS_ENTER},
    {"Esc", NULL, KEYS_ESCAPE},
    {"Escape", NULL, KEYS_ESCAPE},
    {"Up", "↑", KEYS_UP},
    {"Down", "↓", KEYS_DOWN},
    {"Left", "←", KEYS_LEFT},
    {"Right", "→", KEYS_RIGHT},
    {"PgUp", NULL, KEYS_PAGE_UP},
    {"PageUp", NULL, KEYS_PAGE_UP},
    {"PgDn", NULL, KEYS_PAGE_DOWN},
    {"PageDown", NULL, KEYS_PAGE_DOWN},
    {"Home", NULL, KEYS_HOME},
    {"End", NULL, KEYS_END},
    {"Ins", NULL, KEYS_INSERT},
    {"Insert", NULL, KEYS_INSERT},
    {"Del", NULL, KEYS_DELETE},
    {"Delete", NULL, KEYS_DELETE},
    {"Backspace", NULL, KEYS_BACKSPACE},
    {"F1", NULL, KEYS_F1},
    {"F2", NULL, KEYS_F1 + 1},
    {"F3", NULL, KEYS_F1 + 2},
    {"F4", NULL, KEYS_F1 + 3},
    {"F5", NULL, KEYS_F1 + 4},
    {"F6", NULL, KEYS_F1 + 5},
    {"F7", NULL, KEYS_F1 + 6},
    {"F8", NULL, KEYS_F1 + 7},
    {"F9", NULL, KEYS_F1 + 8},
    {"F10", NULL, KEYS_F1 + 9},
    {"F11", NULL, KEYS_F1 + 10},
    {"F12", NULL, KEYS_F12},
};
enum { NAME_COUNT = sizeof NAMES / sizeof NAMES[0] };

enum { DELETE = 0x7F, C1_END = 0xA0 };

static const char *describe(char32_t key, bool for_reader, char name[KEY_NAME_SIZE])
{
    name[0] = '\0';
    if (key == KEYS_NONE)
        return name;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (NAMES[i].key != key)
            continue;
        bool labelled = for_reader && NAMES[i].label != NULL;
        (void)snprintf(name, KEY_NAME_SIZE, "%s", labelled ? NAMES[i].label : NAMES[i].name);
        return name;
    }
    if (key < 0x20)
        (void)snprintf(name, KEY_NAME_SIZE, "Ctrl-%c", (char)(key + '@'));
    else if (key < KEYS_SPECIAL)
        name[text_encode(key, name)] = '\0';
    return name;
}

const char *key_name(char32_t key, char name[KEY_NAME_SIZE])
{
    return describe(key, false, name);
}

const char *key_label(char32_t key, char name[KEY_NAME_SIZE])
{
    return describe(key, true, name);
}

/* What a terminal sends for Ctrl and a character, as tui/input.h reads it. Ctrl-@ is NUL, and NUL
   is no key. */
static bool parse_control(unsigned char character, char32_t *key)
{
    int upper = toupper(character);
    if (upper <= '@' || upper > '_')
        return false;
    char32_t control = KEYS_CTRL((char32_t)upper);
    *key = control == '\n'   ? (char32_t)KEYS_ENTER
           : control == '\b' ? (char32_t)KEYS_BACKSPACE
                             : control;
    return true;
}

static bool parse_character(const char *name, size_t length, char32_t *key)
{
    char32_t character;
    if (text_decode(name, length, &character) != length || length == 0)
        return false;
    if (character <= ' ' || (character >= DELETE && character < C1_END))
        return false;
    *key = character;
    return true;
}

bool key_parse(const char *name, size_t length, char32_t *key)
{
    static const char CTRL[] = "Ctrl-";
    enum { CTRL_LENGTH = sizeof CTRL - 1 };
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (strlen(NAMES[i].name) != length || strncasecmp(NAMES[i].name, name, length) != 0)
            continue;
        *key = NAMES[i].key;
        return true;
    }
    if (length == CTRL_LENGTH + 1 && strncasecmp(name, CTRL, CTRL_LENGTH) == 0)
        return parse_control((unsigned char)name[CTRL_LENGTH], key);
    if (length == 2 && name[0] == '^')
        return parse_control((unsigned char)name[1], key);
    return parse_character(name, length, key);
}
