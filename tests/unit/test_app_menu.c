/* The command prompt and the help in the dashboard: keys in, state and screen out. */
#include "tests/unit/app_driver.h"
#include "tui/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 120, .height = 40, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(menu, .init = start, .fini = stop);

/* --- the command prompt -------------------------------------------------------------- */

Test(menu, a_command_does_what_its_key_does)
{
    driver_keys(&driver, ":pane live<enter>");
    cr_expect_eq(driver.app->focus, PANE_LIVE);
    driver_keys(&driver, ":refresh<enter>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_REFRESH));
    driver_keys(&driver, "1:dis<enter>");
    cr_expect(driver_shows(&driver, "Disable endpoint"));
    driver_keys(&driver, "n:quit<enter>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_QUIT));
    driver_keys(&driver, ":filter card<enter>");
    cr_expect(driver_shows(&driver, "1 Endpoints /card"));
    cr_expect(driver_shows(&driver, "1 of 4"));
}

Test(menu, what_was_wrong_is_forgotten_with_the_next_key)
{
    driver_keys(&driver, ":paen live<enter>");
    cr_expect(driver_shows(&driver, "no command ':paen'"));
    driver_keys(&driver, "j");
    cr_expect_not(driver_shows(&driver, "no command"));
    driver_keys(&driver, ":paen live<enter>:pane live<enter>");
    cr_expect_not(driver_shows(&driver, "no command"));
    cr_expect_eq(driver.app->focus, PANE_LIVE);
}

Test(menu, what_happened_by_itself_stays_until_it_could_be_read)
{
    const struct message later = {.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 60 * 1000};
    const struct message say = {.kind = MESSAGE_SAY, .tone = TONE_BAD, .text = "it broke"};
    driver_send(&driver, &say);
    driver_keys(&driver, "j");
    cr_expect(driver_shows(&driver, "it broke"), "the key was on its way already");
    driver_send(&driver, &later);
    cr_expect(driver_shows(&driver, "it broke"), "nobody has seen it");
    driver_keys(&driver, "j");
    cr_expect_not(driver_shows(&driver, "it broke"));
}

Test(menu, arguments_choose_instead_of_going_on_to_the_next)
{
    driver_keys(&driver, ":time utc<enter>");
    cr_expect_eq(driver.app->times, TIMES_UTC);
    driver_keys(&driver, ":time local<enter>");
    cr_expect_eq(driver.app->times, TIMES_LOCAL);
    driver_keys(&driver, "4:sort size<enter>");
    cr_expect(driver.app->lists[PANE_LIVE].sorted);
    driver_keys(&driver, ":sort xyzzy<enter>");
    cr_expect(
        driver_shows(&driver, "no column of this pane is called 'xyzzy': it has time|verified"),
        "%s", driver_screen(&driver));
}

/* Each pane's own. */
Test(menu, columns_are_completed_and_named)
{
    static const char *const FIRST[PANE_COUNT] = {"state", "seq", "time", "time", "time"};
    for (enum pane pane = 0; pane < PANE_COUNT; pane++) {
        char key[2] = {(char)('1' + (int)pane), '\0'};
        char line[32];
        driver_keys(&driver, key);
        driver_keys(&driver, ":sort ");
        cr_expect_eq(driver.app->prompt.match_count, rows_columns(pane));
        cr_expect(driver_shows(&driver, FIRST[pane]));
        driver_keys(&driver, "<tab>");
        (void)snprintf(line, sizeof line, "sort %s", FIRST[pane]);
        cr_expect_str_eq(driver.app->prompt.line.text, line);
        for (size_t column = 0; column < rows_columns(pane); column++) {
            driver_keys(&driver, "<enter>");
            cr_expect(driver.app->lists[pane].sorted);
            cr_expect_eq(driver.app->lists[pane].sort_column, column, "%s:\n%s",
                         rows_column_name(pane, column), driver_screen(&driver));
            driver_keys(&driver, ":<up>");
            driver_keys(&driver, "<ctrl-u>sort ");
            for (size_t i = 0; i < column + 2; i++)
                driver_keys(&driver, "<tab>");
        }
        driver_keys(&driver, "<esc>");
    }
}

Test(menu, the_help_names_columns_too)
{
    driver_keys(&driver, "4?/next column<enter>");
    cr_expect(driver_shows(&driver, ":sort time|verified|type|object|event|endpoint|size|answer"),
              "%s", driver_screen(&driver));
}

Test(menu, find_is_the_query_in_the_panes)
{
    driver_keys(&driver, ":find status:x<enter>");
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].asked, "status:x");
}

Test(menu, the_prompt_works_over_the_inspector)
{
    driver_keys(&driver, "2<enter>:theme light<enter>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_THEME));
    cr_expect_eq(driver.app->theme, THEME_LIGHT);
    cr_expect_eq(state_place(driver.app), PLACE_DETAIL);
    driver_keys(&driver, ":enable<enter>");
    cr_expect(driver_shows(&driver, "':enable' holds only in the panes"));
    driver_keys(&driver, ":theme<enter>");
    cr_expect_eq(driver.app->theme, THEME_CONTRAST, "the next one");
}

Test(menu, the_list_above_the_line_tells_names_keys_and_reasons)
{
    driver_keys(&driver, ":");
    cr_expect(driver_shows(&driver, "─ Commands ─"));
    cr_expect(driver_shows(&driver, "Enter         open: all fields"));
    driver_keys(&driver, "tick");
    cr_expect(driver_shows(&driver, "only in a form"));
    driver_keys(&driver, "<ctrl-u>theme <tab><tab>");
    cr_expect_str_eq(driver.app->prompt.line.text, "theme dark");
    cr_expect(driver_shows(&driver, "2 of 5"));
    driver_keys(&driver, "<esc>");
    cr_expect_not(driver_shows(&driver, "─ Commands ─"));
    cr_expect_eq(driver.app->theme, THEME_AUTO, "Esc ran nothing");
}

Test(menu, keys_in_the_prompt_are_text)
{
    driver_keys(&driver, ":qDe?1/:");
    cr_expect_eq(driver.app->focus, PANE_ENDPOINTS);
    cr_expect_str_eq(driver.app->prompt.line.text, "qDe?1/:");
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "no command ':qDe?1/:'"));
    cr_expect_not(driver.app->prompt.open);
    driver_keys(&driver, ":<up>");
    cr_expect_str_eq(driver.app->prompt.line.text, "qDe?1/:");
}

Test(menu, what_wants_an_argument_asks_for_it)
{
    driver_keys(&driver, ":pane<enter>");
    cr_expect(driver.app->prompt.open);
    cr_expect_str_eq(driver.app->prompt.line.text, "pane ");
    driver_keys(&driver, "up<tab><enter>");
    cr_expect_eq(driver.app->focus, PANE_UPCOMING);
}

Test(menu, a_paste_goes_into_the_line)
{
    driver_keys(&driver, ":");
    driver_paste(&driver, "pane live");
    cr_expect(driver_shows(&driver, ":pane live"));
    driver_keys(&driver, "<enter>");
    cr_expect_eq(driver.app->focus, PANE_LIVE);
}

/* --- the help ------------------------------------------------------------------------- */

Test(menu, help_begins_with_the_place_it_was_asked_from)
{
    driver_keys(&driver, "4?");
    cr_expect(driver_shows(&driver, "Here, in pane 4"));
    cr_expect(driver_shows(&driver, "follow the newest"));
    driver_keys(&driver, "?2<enter>?");
    cr_expect(driver_shows(&driver, "Here, in the inspector"));
    cr_expect_eq(driver.app->help.rows[0].place, PLACE_DETAIL);
    cr_expect_eq(driver.app->help.cursor, 1U, "not on the heading");
}

Test(menu, help_tells_every_row_once)
{
    driver_keys(&driver, "?");
    const struct help *help = &driver.app->help;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        int told = 0;
        for (size_t row = 0; row < help->count; row++)
            told += help->rows[row].binding == &KEYMAP[i];
        cr_expect_eq(told, 1, "%s: %d times", KEYMAP[i].name, told);
    }
}

Test(menu, help_filters_and_runs_what_is_selected)
{
    driver_keys(&driver, "?/bridge again");
    cr_expect(driver_shows(&driver, "Help /bridge again"));
    cr_expect(driver_shows(&driver, "1 of 1"));
    driver_keys(&driver, "<enter>");
    cr_expect_eq(state_place(driver.app), PLACE_HELP);
    driver_keys(&driver, "<enter>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_REFRESH));
    cr_expect_not(driver.app->help.open);
}

Test(menu, what_does_not_hold_says_so_and_help_stays)
{
    driver_keys(&driver, "?/untick<enter><enter>");
    cr_expect(driver.app->help.open);
    cr_expect(driver_shows(&driver, "':tick' does not hold here: only in a form"));
    driver_keys(&driver, "<esc>");
    cr_expect(driver.app->help.open, "the filter goes first");
    cr_expect_eq(driver.app->help.filter.length, 0U);
    driver_keys(&driver, "<esc>");
    cr_expect_not(driver.app->help.open);
}

Test(menu, no_match_is_said_and_harms_nothing)
{
    driver_keys(&driver, "?/xyzzy");
    cr_expect(driver_shows(&driver, "no key, name or help has these words"));
    driver_keys(&driver, "<enter><enter>jkGg<pgdn><pgup>");
    cr_expect(driver.app->help.open);
    driver_keys(&driver, "/<esc>");
    cr_expect_gt(driver.app->help.count, 20U);
}

Test(menu, the_cursor_never_rests_on_a_heading)
{
    driver_keys(&driver, "?");
    const struct help *help = &driver.app->help;
    for (size_t i = 0; i < help->count + 3; i++) {
        cr_expect_null(help->rows[help->cursor].heading, "row %zu", help->cursor);
        driver_keys(&driver, "j");
    }
    cr_expect_eq(help->cursor, help->count - 1);
    for (size_t i = 0; i < help->count + 3; i++) {
        cr_expect_null(help->rows[help->cursor].heading, "row %zu", help->cursor);
        driver_keys(&driver, "k");
    }
    cr_expect_eq(help->cursor, 1U);
    for (int page = 0; page < 6; page++) {
        driver_keys(&driver, page < 3 ? "<pgdn>" : "<pgup>");
        cr_expect_null(help->rows[help->cursor].heading, "page %d", page);
    }
}

Test(menu, what_wants_an_argument_goes_on_in_the_prompt)
{
    driver_keys(&driver, "?/go to a pane<enter><enter>");
    cr_expect(driver.app->prompt.open);
    cr_expect_str_eq(driver.app->prompt.line.text, "pane ");
}

/* --- other keys ------------------------------------------------------------------------ */

/* A key of another's choice is what footer, help and prompt tell. */
Test(menu, assigned_keys_are_told_everywhere)
{
    const struct binding *enable = keymap_binding(ACTION_ENABLE, PLACE_ENDPOINTS);
    for (size_t place = 0; place < 4; place++)
        driver.app->keymap.keys[enable - KEYMAP][place][0] = U'é';
    cr_expect(driver_shows(&driver, "é enable"));
    driver_keys(&driver, "e");
    cr_expect_not(driver.app->question.open);
    driver_keys(&driver, "?/enable the selected");
    cr_expect(driver_shows(&driver, " é               enable the selected"));
    driver_keys(&driver, "<esc><esc>:enable");
    cr_expect(driver_shows(&driver, "é             enable the selected"));
}
