/* The footer: what is useful first, all of it where there is room. */
#include "tests/unit/app_driver.h"
#include "tui/config.h"
#include "tui/footer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(int width, int height)
{
    driver_start(&driver, &(struct driver_config){.width = width,
                                                  .height = height,
                                                  .environment = ENVIRONMENT_SANDBOX});
}

/* How many keys of the place the footer tells, and how many it could. */
static size_t count_told(size_t *all)
{
    enum place place = state_place(driver.app);
    size_t told = 0;
    *all = 0;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        char label[KEYMAP_LABEL_SIZE];
        char text[KEYMAP_LABEL_SIZE + 32];
        char why[KEYMAP_WHERE_SIZE];
        if (KEYMAP[i].footer == NULL || state_why_not(driver.app, &KEYMAP[i], place, why) != NULL)
            continue;
        (void)snprintf(text, sizeof text, " %s %s",
                       keymap_label(&driver.app->keymap, &KEYMAP[i], place, label),
                       KEYMAP[i].footer);
        (*all)++;
        told += driver_shows(&driver, text);
    }
    return told;
}

Test(footer, a_wide_screen_tells_every_key_of_its_place)
{
    static const struct {
        int width, height;
    } SIZES[] = {{120, 40}, {130, 28}, {200, 50}, {LAYOUT_ONE_LINE_FOOTER, 40}, {300, 100}};
    static const char *const PLACES[] = {"1", "2", "3", "4", "1<enter>", "2<enter>", "/", "c", ":"};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++)
        for (size_t p = 0; p < sizeof PLACES / sizeof PLACES[0]; p++) {
            size_t all;
            start(SIZES[i].width, SIZES[i].height);
            driver_keys(&driver, PLACES[p]);
            size_t told = count_told(&all);
            cr_expect_eq(told, all, "%zu of %zu keys:\n%s", told, all, driver_screen(&driver));
            driver_stop(&driver);
        }
}

Test(footer, a_narrow_one_tells_the_most_useful_and_where_the_others_are)
{
    static const struct {
        const char *keys;
        const char *footer; /* its beginning */
    } ROWS[] = {
        {"1", " Enter open  e enable"},   {"2", " Enter open  s send"},
        {"3", " Enter open  / filter"},   {"4", " Enter open  f find"},
        {"1<enter>", " Esc q back  "},    {":", " Enter run  Esc leave  Tab complete"},
        {"/", " Enter keep  Esc clear "},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        start(LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN);
        driver_keys(&driver, ROWS[i].keys);
        cr_expect(driver_shows(&driver, ROWS[i].footer), "%s", driver_screen(&driver));
        if (((unsigned)state_place(driver.app) & (PLACE_LISTS | PLACE_DETAIL)) != 0)
            cr_expect(driver_shows(&driver, "? help"));
        driver_stop(&driver);
    }
}

/* y, x, m, :, Space, o, T, w. */
Test(footer, at_80_columns_the_keys_that_people_miss_stand_there)
{
    static const char *const WORDS[] = {"y copy",     "x export", "m mask",  ": command",
                                        "Space mark", "o sort",   "T times", "w wrap"};
    for (int pane = 2; pane <= 4; pane++) {
        char keys[2] = {(char)('0' + pane), '\0'};
        start(80, 24);
        driver_keys(&driver, keys);
        for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
            cr_expect(driver_shows(&driver, WORDS[i]), "%s:\n%s", WORDS[i], driver_screen(&driver));
        driver_stop(&driver);
    }
}

Test(footer, what_would_be_refused_takes_no_room)
{
    start(80, 24);
    cr_expect(driver_shows(&driver, "E disable"));
    driver.app->read_only = true;
    cr_expect_not(driver_shows(&driver, "E disable"));
    cr_expect(driver_shows(&driver, "m mask"), "%s", driver_screen(&driver));
    driver_stop(&driver);
}

static bool no_option(void *context, const char *name, const char *value, struct error *error)
{
    (void)context;
    return error_set(error, "no option: %s = %s", name, value);
}

Test(footer, what_was_left_without_a_key_takes_no_room)
{
    static const char CONFIG[] = "[keys]\ncreate = none\nhelp = none\n";
    struct error error;
    start(120, 40);
    cr_expect(driver_shows(&driver, "c create"));
    cr_assert(config_parse("config", CONFIG, sizeof CONFIG - 1, &driver.app->keymap, no_option,
                           NULL, &error));
    cr_expect_not(driver_shows(&driver, ":create"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, ":help help"), "the way to more stays: %s",
              driver_screen(&driver));
    driver_stop(&driver);
}

Test(footer, the_copy_menu_shows_all_of_its_keys_at_any_size)
{
    static const struct {
        int width, height;
    } SIZES[] = {{40, 10}, {40, 30}, {80, 24}, {120, 40}};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        size_t all;
        start(SIZES[i].width, SIZES[i].height);
        driver_keys(&driver, "4y");
        cr_assert_eq(state_place(driver.app), PLACE_COPY);
        size_t told = count_told(&all);
        cr_expect_eq(told, all, "%zu of %zu keys:\n%s", told, all, driver_screen(&driver));
        cr_expect(driver_shows(&driver, "copy what?"));
        struct rect rect = footer_rect(driver.app);
        enum action action;
        cr_expect(footer_key_at(driver.app, 1, rect.y, &action), "the mouse finds it");
        cr_expect_eq(action, ACTION_COPY_BODY);
        driver_stop(&driver);
    }
}
