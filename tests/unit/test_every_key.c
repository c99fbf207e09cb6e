/* Every key of the table, in every place where it holds, does what its scenario says. */
#include "tests/key_scenarios.h"
#include "tests/unit/app_driver.h"
#include "tui/key.h"
#include "tui/view.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_SIZE = 256, WIDTH = 80, HEIGHT = 24, WIDTH_MAX = 200 };

TestSuite(every_key, .timeout = 120);

/* --- on the way -------------------------------------------------------------------- */

/* "<id4>" is of the driver's first endpoint. */
static void type(struct driver *driver, const char *keys)
{
    static const char TOKEN[] = "<id4>", ID4[] = "pay1";
    char text[KEYS_SIZE];
    const char *token = keys != NULL ? strstr(keys, TOKEN) : NULL;
    if (keys == NULL)
        return;
    if (token == NULL)
        (void)snprintf(text, sizeof text, "%s", keys);
    else
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(token - keys), keys, ID4,
                       token + sizeof TOKEN - 1);
    driver_keys(driver, text);
}

struct seen {
    enum place place;
    struct cell cells[WIDTH_MAX * HEIGHT];
    int cursor_x, cursor_y;
    bool shows;
};

static void look(struct driver *driver, const struct key_scenario *scenario, struct seen *seen)
{
    view_draw(driver->app, &driver->grid);
    *seen = (struct seen){.place = state_place(driver->app),
                          .cursor_x = driver->grid.cursor_x,
                          .cursor_y = driver->grid.cursor_y};
    size_t count = (size_t)driver->grid.width * (size_t)driver->grid.height;
    memcpy(seen->cells, driver->grid.cells, count * sizeof seen->cells[0]);
    seen->shows = scenario->text != NULL && driver_shows(driver, scenario->text);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->glyph.base == b->glyph.base && a->glyph.width == b->glyph.width &&
           memcmp(a->glyph.marks, b->glyph.marks, sizeof a->glyph.marks) == 0 &&
           a->style.role == b->style.role && a->style.bits == b->style.bits;
}

static bool same_picture(const struct seen *a, const struct seen *b)
{
    bool same = a->cursor_x == b->cursor_x && a->cursor_y == b->cursor_y;
    for (size_t i = 0; same && i < sizeof a->cells / sizeof a->cells[0]; i++)
        same = same_cell(&a->cells[i], &b->cells[i]);
    return same;
}

/* What is expected, as it did not hold before. */
static bool came_true(const struct driver *driver, const struct key_scenario *scenario,
                      const struct seen *before, const struct seen *after)
{
    switch (scenario->outcome) {
    case KEY_LEADS_TO:
        return after->place != before->place && ((unsigned)after->place & scenario->to) != 0;
    case KEY_CHANGES:
        return after->place == before->place && !same_picture(before, after);
    case KEY_SHOWS:
        return !before->shows && after->shows;
    case KEY_STAYS:
        return after->place == before->place && same_picture(before, after);
    case KEY_COPIES:
        return driver_effect(driver, EFFECT_COPY) != NULL;
    case KEY_REPAINTS:
        return driver_effect(driver, EFFECT_REPAINT) != NULL;
    case KEY_SUSPENDS:
        return driver_effect(driver, EFFECT_SUSPEND) != NULL;
    case KEY_QUITS:
        return driver_effect(driver, EFFECT_QUIT) != NULL;
    }
    return false;
}

/* --- one key ----------------------------------------------------------------------- */

/* KEYS_NONE: by its name. */
static void act(struct driver *driver, const struct binding *binding,
                const struct key_scenario *scenario, char32_t key)
{
    char line[KEYS_SIZE];
    if (key != KEYS_NONE) {
        driver_send(driver, &(struct message){.kind = MESSAGE_KEY, .key = key});
        return;
    }
    (void)snprintf(line, sizeof line, ":%s %s<enter>", binding->name,
                   scenario->argument != NULL ? scenario->argument : "");
    driver_keys(driver, line);
}

static void press(const struct binding *binding, enum place place, char32_t key)
{
    static struct seen before, after;
    char name[KEY_NAME_SIZE];
    const struct key_scenario *scenario = key_scenario_find(binding->action, place);
    const char *way = key_scenario_way(place);
    cr_assert_not_null(way, "tests/key_scenarios.c says no way to place %#x", (unsigned)place);
    cr_expect_not_null(scenario, "\"%s\" in place %#x has no scenario in tests/key_scenarios.c",
                       binding->name, (unsigned)place);
    if (scenario == NULL)
        return;
    struct driver driver;
    driver_start(&driver,
                 &(struct driver_config){.width = scenario->width > 0 ? scenario->width : WIDTH,
                                         .height = HEIGHT,
                                         .environment = ENVIRONMENT_SANDBOX});
    driver_gaps(&driver);
    type(&driver, scenario->first);
    type(&driver, way);
    type(&driver, scenario->then);
    look(&driver, scenario, &before);
    cr_expect_eq(before.place, place, "\"%s\": on the way to %#x one got to %#x:\n%s",
                 binding->name, (unsigned)place, (unsigned)before.place, driver_screen(&driver));
    act(&driver, binding, scenario, key);
    look(&driver, scenario, &after);
    cr_expect(came_true(&driver, scenario, &before, &after),
              "%s (\"%s\") in place %#x does not do what tests/key_scenarios.c says; now in place "
              "%#x:\n%s",
              key_name(key, name), binding->name, (unsigned)place, (unsigned)after.place,
              driver_screen(&driver));
    driver_stop(&driver);
}

Test(every_key, does_what_its_scenario_says_wherever_it_holds)
{
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        for (size_t bit = 0; bit < KEYMAP_PLACES; bit++)
            for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++)
                if ((KEYMAP[row].places >> bit & 1) != 0 &&
                    (k == 0 || KEYMAP[row].keys[k] != KEYS_NONE))
                    press(&KEYMAP[row], (enum place)(1U << bit), KEYMAP[row].keys[k]);
}

/* What is no longer bound is no longer told. */
Test(every_key, every_scenario_is_of_a_binding)
{
    const struct key_scenario *scenario;
    for (size_t i = 0; (scenario = key_scenario_at(i)) != NULL; i++)
        for (size_t bit = 0; bit < KEYMAP_PLACES; bit++)
            if ((scenario->places >> bit & 1) != 0)
                cr_expect_not_null(keymap_binding(scenario->action, (enum place)(1U << bit)),
                                   "scenario %zu: action %d holds in no place %#x", i,
                                   (int)scenario->action, 1U << bit);
}
