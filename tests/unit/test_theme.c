#include "tui/theme.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* What xterm's palette shows for an index of 16 and up: a cube of six steps, then greys. */
static double channel(int step)
{
    static const int LEVELS[] = {0, 95, 135, 175, 215, 255};
    double value = LEVELS[step] / 255.0;
    return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(int color)
{
    cr_assert(color >= 16 && color <= 255, "%d has no fixed colour", color);
    if (color >= 232) {
        double value = (8 + (color - 232) * 10) / 255.0;
        return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
    }
    int cube = color - 16;
    return 0.2126 * channel(cube / 36) + 0.7152 * channel(cube / 6 % 6) +
           0.0722 * channel(cube % 6);
}

static double contrast(double one, double other)
{
    return one > other ? (one + 0.05) / (other + 0.05) : (other + 0.05) / (one + 0.05);
}

static struct look look(enum role role, uint8_t bits, int colors)
{
    return theme_look((struct style){.role = (uint8_t)role, .bits = bits}, colors);
}

/* Text on the terminal's own background is readable whether that is black or white; text on a
   background of ours is readable on that. */
Test(theme, readable_on_dark_and_on_light)
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        struct look shown = look(role, 0, 256);
        if (shown.background >= 0) {
            cr_expect_geq(contrast(luminance(shown.foreground), luminance(shown.background)), 4.0,
                          "role %d", role);
        } else if (shown.foreground >= 0) {
            cr_expect_geq(contrast(luminance(shown.foreground), 0), 3.3, "role %d", role);
            cr_expect_geq(contrast(luminance(shown.foreground), 1), 3.3, "role %d", role);
        }
    }
}

Test(theme, selected_row_keeps_colours_and_stays_readable)
{
    for (enum role role = 0; role < ROLE_COUNT; role++)
        for (int quiet = 0; quiet < 2; quiet++) {
            uint8_t bits = (uint8_t)(STYLE_SELECTED | (quiet ? STYLE_QUIET : 0));
            struct look shown = look(role, bits, 256);
            cr_assert_geq(shown.background, 0, "role %d", role);
            cr_expect_geq(contrast(luminance(shown.foreground), luminance(shown.background)), 3.5,
                          "role %d quiet %d", role, quiet);
        }
    cr_expect_neq(look(ROLE_GOOD, STYLE_SELECTED, 256).foreground,
                  look(ROLE_BAD, STYLE_SELECTED, 256).foreground);
    cr_expect_neq(look(ROLE_NORMAL, STYLE_SELECTED, 256).background,
                  look(ROLE_NORMAL, STYLE_SELECTED | STYLE_QUIET, 256).background);
}

Test(theme, few_colours_stay_in_the_palette)
{
    for (enum role role = 0; role < ROLE_COUNT; role++)
        for (int colors = 8; colors <= 16; colors += 8) {
            struct look shown = look(role, 0, colors);
            cr_expect(shown.foreground >= -1 && shown.foreground < 8);
            cr_expect(shown.background >= -1 && shown.background < 8);
        }
}

Test(theme, no_colours_means_none)
{
    for (enum role role = 0; role < ROLE_COUNT; role++)
        for (uint8_t bits = 0; bits < 8; bits++) {
            cr_expect_eq(look(role, bits, 0).foreground, -1);
            cr_expect_eq(look(role, bits, 0).background, -1);
        }
}

static bool same(struct look one, struct look other)
{
    return one.foreground == other.foreground && one.background == other.background &&
           one.bold == other.bold && one.dim == other.dim && one.underline == other.underline &&
           one.reverse == other.reverse;
}

/* What must be told apart is so on every kind of terminal. */
Test(theme, focus_selection_and_production_show_everywhere)
{
    static const int COLORS[] = {256, 16, 8, 0};
    for (size_t i = 0; i < sizeof COLORS / sizeof *COLORS; i++) {
        int colors = COLORS[i];
        struct look normal = look(ROLE_NORMAL, 0, colors);
        struct look selected = look(ROLE_NORMAL, STYLE_SELECTED, colors);
        struct look quiet = look(ROLE_NORMAL, STYLE_SELECTED | STYLE_QUIET, colors);
        cr_expect(!same(normal, selected));
        cr_expect(!same(normal, quiet));
        cr_expect(!same(selected, quiet));
        cr_expect(!same(look(ROLE_BORDER, 0, colors), look(ROLE_BORDER_FOCUS, 0, colors)));
        cr_expect(!same(normal, look(ROLE_PRODUCTION, 0, colors)));
        cr_expect(!same(normal, look(ROLE_FIELD, 0, colors)));
        cr_expect(!same(normal, look(ROLE_MATCH, 0, colors)));
        cr_expect(look(ROLE_NORMAL, STYLE_UNDERLINE, colors).underline);
    }
}

/* Reversed cells of several colours would be a patchwork. */
Test(theme, selection_in_few_colours_is_one_bar)
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        struct look shown = look(role, STYLE_SELECTED, 8);
        cr_expect(shown.reverse);
        cr_expect_eq(shown.foreground, -1);
        cr_expect_eq(shown.background, -1);
    }
}

Test(theme, unknown_role_is_normal)
{
    cr_expect(same(theme_look((struct style){.role = 255}, 256), look(ROLE_NORMAL, 0, 256)));
}
