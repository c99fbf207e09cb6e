#include "tui/key.h"
#include "tui/keymap.h"

#include <criterion/criterion.h>
#include <string.h>

enum { PLACES = 10 };

Test(keymap, every_row_has_a_key_a_label_and_help)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *binding = &KEYMAP[i];
        cr_expect_neq(binding->action, ACTION_NONE, "row %zu", i);
        cr_expect_neq(binding->places, 0U, "row %zu", i);
        cr_expect_neq(binding->keys[0], (char32_t)KEYS_NONE, "row %zu", i);
        cr_expect(binding->label != NULL && binding->label[0] != '\0', "row %zu", i);
        cr_expect(binding->help != NULL && binding->help[0] != '\0', "row %zu", i);
    }
}

Test(keymap, no_key_means_two_things_in_one_place)
{
    for (size_t place = 0; place < PLACES; place++)
        for (size_t i = 0; i < KEYMAP_COUNT; i++)
            for (size_t k = 0; k < KEYMAP_KEYS_MAX && (KEYMAP[i].places >> place & 1) != 0; k++)
                if (KEYMAP[i].keys[k] != KEYS_NONE)
                    cr_expect_eq(keymap_find((enum place)(1 << place), KEYMAP[i].keys[k]),
                                 &KEYMAP[i], "row %zu (%s) in place %zu", i, KEYMAP[i].label,
                                 place);
}

Test(keymap, every_action_can_be_reached)
{
    for (int action = ACTION_NONE + 1; action <= ACTION_QUIT; action++) {
        bool found = false;
        for (size_t i = 0; i < KEYMAP_COUNT; i++)
            found |= KEYMAP[i].action == (enum action)action;
        cr_expect(found, "action %d has no key", action);
    }
}

/* Half of the tools that people know delete with d, the other half open something. */
Test(keymap, d_stays_unbound)
{
    for (size_t place = 0; place < PLACES; place++)
        cr_expect_null(keymap_find((enum place)(1 << place), 'd'));
}

/* A stray Enter must not do anything in a question of yes or no. */
Test(keymap, enter_does_nothing_in_a_question)
{
    cr_expect_null(keymap_find(PLACE_QUESTION, KEYS_ENTER));
    cr_expect_null(keymap_find(PLACE_QUESTION, ' '));
    cr_expect_null(keymap_find(PLACE_TYPED, 'y'));
}

Test(keymap, ways_out_hold_everywhere)
{
    for (size_t place = 0; place < PLACES; place++) {
        static const struct {
            char32_t key;
            enum action action;
        } wanted[] = {{KEYS_CTRL('C'), ACTION_QUIT},
                      {KEYS_CTRL('L'), ACTION_REPAINT},
                      {KEYS_CTRL('Z'), ACTION_SUSPEND}};
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            const struct binding *binding = keymap_find((enum place)(1 << place), wanted[i].key);
            cr_assert_not_null(binding);
            cr_expect_eq(binding->action, wanted[i].action);
        }
    }
}

Test(keymap, no_key_is_no_binding)
{
    cr_expect_null(keymap_find(PLACE_ENDPOINTS, KEYS_NONE));
}
