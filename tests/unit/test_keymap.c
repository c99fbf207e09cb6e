#include "tui/key.h"
#include "tui/keymap.h"

#include <criterion/criterion.h>
#include <string.h>

static struct keymap keymap;

static void start(void)
{
    keymap_init(&keymap);
}

TestSuite(keymap, .init = start);

static const struct binding *find(size_t place, char32_t key)
{
    return keymap_find(&keymap, (enum place)(1 << place), key);
}

static bool is_kebab_case(const char *name)
{
    size_t length = strlen(name);
    return length >= 2 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
           name[0] >= 'a' && name[length - 1] != '-' && strstr(name, "--") == NULL;
}

Test(keymap, every_row_has_a_name_a_place_and_help)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *binding = &KEYMAP[i];
        cr_expect_neq(binding->action, ACTION_NONE, "row %zu", i);
        cr_expect_neq(binding->places, 0U, "row %zu", i);
        cr_assert(binding->name != NULL, "row %zu", i);
        cr_expect(is_kebab_case(binding->name), "row %zu: '%s'", i, binding->name);
        cr_expect(binding->help != NULL && binding->help[0] != '\0', "row %zu", i);
    }
}

Test(keymap, no_key_means_two_things_in_one_place)
{
    for (size_t place = 0; place < KEYMAP_PLACES; place++)
        for (size_t i = 0; i < KEYMAP_COUNT; i++)
            for (size_t k = 0; k < KEYMAP_KEYS_MAX && (KEYMAP[i].places >> place & 1) != 0; k++)
                if (KEYMAP[i].keys[k] != KEYS_NONE)
                    cr_expect_eq(find(place, KEYMAP[i].keys[k]), &KEYMAP[i],
                                 "row %zu (%s) in place %zu", i, KEYMAP[i].name, place);
}

Test(keymap, no_name_means_two_actions_in_one_place)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        for (size_t other = 0; other < KEYMAP_COUNT; other++)
            if (strcmp(KEYMAP[i].name, KEYMAP[other].name) == 0 &&
                (KEYMAP[i].places & KEYMAP[other].places) != 0)
                cr_expect_eq(i, other, "%s", KEYMAP[i].name);
}

Test(keymap, every_action_can_be_reached)
{
    for (int action = ACTION_NONE + 1; action <= ACTION_QUIT; action++) {
        bool found = false;
        for (size_t i = 0; i < KEYMAP_COUNT; i++)
            found |= KEYMAP[i].action == (enum action)action;
        cr_expect(found, "action %d has no row", action);
    }
}

/* Half of the tools that people know delete with d, the other half open something. */
Test(keymap, d_stays_unbound)
{
    for (size_t place = 0; place < KEYMAP_PLACES; place++)
        cr_expect_null(find(place, 'd'));
}

/* A stray Enter must not do anything in a question of yes or no. */
Test(keymap, enter_does_nothing_in_a_question)
{
    cr_expect_null(keymap_find(&keymap, PLACE_QUESTION, KEYS_ENTER));
    cr_expect_null(keymap_find(&keymap, PLACE_QUESTION, ' '));
    cr_expect_null(keymap_find(&keymap, PLACE_TYPED, 'y'));
}

Test(keymap, ways_out_hold_everywhere)
{
    for (size_t place = 0; place < KEYMAP_PLACES; place++) {
        static const struct {
            char32_t key;
            enum action action;
        } wanted[] = {{KEYS_CTRL('C'), ACTION_QUIT},
                      {KEYS_CTRL('L'), ACTION_REPAINT},
                      {KEYS_CTRL('Z'), ACTION_SUSPEND}};
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            const struct binding *binding = find(place, wanted[i].key);
            cr_assert_not_null(binding);
            cr_expect_eq(binding->action, wanted[i].action);
        }
    }
}

Test(keymap, no_key_is_no_binding)
{
    cr_expect_null(keymap_find(&keymap, PLACE_ENDPOINTS, KEYS_NONE));
}

/* --- labels ---------------------------------------------------------------- */

static const char *label(enum action action, enum place place)
{
    static char text[KEYMAP_LABEL_SIZE];
    return keymap_label(&keymap, keymap_binding(action, place), place, text);
}

Test(keymap, labels_say_the_keys_that_are_assigned)
{
    cr_expect_str_eq(label(ACTION_DOWN, PLACE_LIVE), "j ↓");
    cr_expect_str_eq(label(ACTION_PAGE_DOWN, PLACE_LIVE), "PgDn Ctrl-F");
    cr_expect_str_eq(label(ACTION_DECLINE, PLACE_QUESTION), "n Esc");
    cr_expect_str_eq(label(ACTION_TICK, PLACE_FORM), "Space");

    const struct binding *down = keymap_binding(ACTION_DOWN, PLACE_LIVE);
    char32_t *keys = keymap.keys[down - KEYMAP][__builtin_ctz(PLACE_LIVE)];
    keys[0] = KEYS_F1;
    keys[1] = KEYS_NONE;
    cr_expect_str_eq(label(ACTION_DOWN, PLACE_LIVE), "F1");
    cr_expect_str_eq(label(ACTION_DOWN, PLACE_UPCOMING), "j ↓", "another place keeps its own");
    cr_expect_eq(keymap_find(&keymap, PLACE_LIVE, KEYS_F1), down);
    cr_expect_null(keymap_find(&keymap, PLACE_LIVE, 'j'));
    keys[0] = KEYS_NONE;
    cr_expect_str_eq(label(ACTION_DOWN, PLACE_LIVE), ":down");
}

Test(keymap, an_actions_first_key_is_told_alone)
{
    char text[KEYMAP_LABEL_SIZE];
    cr_expect_str_eq(keymap_key_label(&keymap, ACTION_DECLINE, PLACE_QUESTION, text), "n");
    cr_expect_str_eq(keymap_key_label(&keymap, ACTION_CONFIRM, PLACE_LIVE, text), "");
}

/* --- names of keys --------------------------------------------------------------- */

Test(keymap, every_key_of_the_table_has_a_name_that_is_read_again)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        for (size_t k = 0; k < KEYMAP_KEYS_MAX && KEYMAP[i].keys[k] != KEYS_NONE; k++) {
            char name[KEY_NAME_SIZE];
            char32_t key = KEYS_NONE;
            (void)key_name(KEYMAP[i].keys[k], name);
            cr_expect(key_parse(name, strlen(name), &key), "%s: '%s'", KEYMAP[i].name, name);
            cr_expect_eq(key, KEYMAP[i].keys[k], "%s: '%s'", KEYMAP[i].name, name);
        }
}

Test(keymap, key_names)
{
    static const struct {
        const char *text;
        char32_t key; /* KEYS_NONE: it is no name */
        const char *name;
    } rows[] = {
        {"e", 'e', "e"},
        {"E", 'E', "E"},
        {"#", '#', "#"},
        {"^", '^', "^"},
        {"é", U'é', "é"},
        {"space", ' ', "Space"},
        {"SHIFT-TAB", KEYS_SHIFT_TAB, "Shift-Tab"},
        {"pageup", KEYS_PAGE_UP, "PgUp"},
        {"F1", KEYS_F1, "F1"},
        {"f12", KEYS_F12, "F12"},
        {"Ctrl-F", KEYS_CTRL('F'), "Ctrl-F"},
        {"ctrl-f", KEYS_CTRL('F'), "Ctrl-F"},
        {"^F", KEYS_CTRL('F'), "Ctrl-F"},
        {"Ctrl-\\", 0x1C, "Ctrl-\\"},
        {"Ctrl-I", KEYS_TAB, "Tab"},
        {"Ctrl-M", KEYS_ENTER, "Enter"},
        {"Ctrl-J", KEYS_ENTER, "Enter"},
        {"Ctrl-H", KEYS_BACKSPACE, "Backspace"},
        {"Ctrl-[", KEYS_ESCAPE, "Esc"},
        {"Ctrl-@", KEYS_NONE, NULL},
        {"Ctrl-1", KEYS_NONE, NULL},
        {"Ctrl-", KEYS_NONE, NULL},
        {"F13", KEYS_NONE, NULL},
        {"F0", KEYS_NONE, NULL},
        {"", KEYS_NONE, NULL},
        {" ", KEYS_NONE, NULL},
        {"\x01", KEYS_NONE, NULL},
        {"\xff", KEYS_NONE, NULL},
        {"\xc2\x80", KEYS_NONE, NULL},
        {"ab", KEYS_NONE, NULL},
        {"Alt-x", KEYS_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char32_t key = KEYS_NONE;
        bool parsed = key_parse(rows[i].text, strlen(rows[i].text), &key);
        cr_expect_eq(parsed, rows[i].key != KEYS_NONE, "'%s'", rows[i].text);
        cr_expect_eq(key, rows[i].key, "'%s'", rows[i].text);
        char name[KEY_NAME_SIZE];
        if (parsed)
            cr_expect_str_eq(key_name(key, name), rows[i].name);
    }
    char name[KEY_NAME_SIZE];
    cr_expect_str_eq(key_name(KEYS_NONE, name), "");
    cr_expect_str_eq(key_label(KEYS_UP, name), "↑");
}
