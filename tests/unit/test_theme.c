#include "tui/theme.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* Relative luminance (WCAG 2) of a grey, or of a colour's channel. */
static double grey(int level)
{
    double value = level / 255.0;
    return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* What xterm's palette shows for an index of 16 and up: a cube of six steps, then greys. */
static double channel(int step)
{
    static const int LEVELS[] = {0, 95, 135, 175, 215, 255};
    return grey(LEVELS[step]);
}

static double luminance(int color)
{
    cr_assert(color >= 16 && color <= 255, "%d has no fixed colour", color);
    if (color >= 232)
        return grey(8 + (color - 232) * 10);
    int cube = color - 16;
    return 0.2126 * channel(cube / 36) + 0.7152 * channel(cube / 6 % 6) +
           0.0722 * channel(cube % 6);
}

static double contrast(double one, double other)
{
    return one > other ? (one + 0.05) / (other + 0.05) : (other + 0.05) / (one + 0.05);
}

static struct look look_in(enum theme theme, enum role role, uint8_t bits, int colors)
{
    return theme_look(theme, (struct style){.role = (uint8_t)role, .bits = bits}, colors);
}

static bool is_quiet(enum role role)
{
    return role == ROLE_DIM || role == ROLE_BORDER || role == ROLE_COLUMN;
}

/* Text on the terminal's own background, whose luminance is given, or on one of ours. */
static void expect_readable(enum theme theme, double background, double least, double least_quiet)
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        struct look shown = look_in(theme, role, 0, 256);
        if (shown.background >= 0)
            cr_expect_geq(contrast(luminance(shown.foreground), luminance(shown.background)), least,
                          "theme %d role %d", theme, role);
        else if (shown.foreground >= 0)
            cr_expect_geq(contrast(luminance(shown.foreground), background),
                          is_quiet(role) ? least_quiet : least, "theme %d role %d", theme, role);
    }
}

Test(theme, not_knowing_the_background_is_readable_on_dark_and_on_light)
{
    expect_readable(THEME_AUTO, 0, 3.3, 3.3);
    expect_readable(THEME_AUTO, 1, 3.3, 3.3);
}

/* WCAG 2 asks 4.5 of text (AA). */
Test(theme, dark_is_readable_on_dark_backgrounds)
{
    expect_readable(THEME_DARK, 0, 4.5, 3);
    expect_readable(THEME_DARK, grey(0x28), 4.5, 3);
}

Test(theme, light_is_readable_on_light_backgrounds)
{
    expect_readable(THEME_LIGHT, 1, 4.5, 3);
    expect_readable(THEME_LIGHT, grey(0xEE), 4.5, 3);
}

/* The terminal's background must not count, so there is none of it; 7 is AAA. */
Test(theme, high_contrast_is_so_on_any_background)
{
    expect_readable(THEME_CONTRAST, 0, 7, 7);
    for (enum role role = 0; role < ROLE_COUNT; role++)
        for (uint8_t bits = 0; bits < 8; bits++)
            for (int colors = 8; colors <= 256; colors *= 2) {
                struct look shown = look_in(THEME_CONTRAST, role, bits, colors);
                cr_expect_geq(shown.background, 0, "role %d in %d", role, colors);
                cr_expect_geq(shown.foreground, 0, "role %d in %d", role, colors);
                cr_expect_not(shown.dim, "role %d in %d", role, colors);
            }
}

Test(theme, selected_row_stays_readable)
{
    static const double LEAST[THEME_MONO] = {
        [THEME_AUTO] = 3.5, [THEME_DARK] = 4.5, [THEME_LIGHT] = 4.5, [THEME_CONTRAST] = 7};
    for (enum theme theme = 0; theme < THEME_MONO; theme++)
        for (enum role role = 0; role < ROLE_COUNT; role++)
            for (int quiet = 0; quiet < 2; quiet++) {
                uint8_t bits = (uint8_t)(STYLE_SELECTED | (quiet ? STYLE_QUIET : 0));
                struct look shown = look_in(theme, role, bits, 256);
                cr_assert_geq(shown.background, 0, "role %d", role);
                cr_expect_geq(contrast(luminance(shown.foreground), luminance(shown.background)),
                              LEAST[theme], "theme %d role %d quiet %d", theme, role, quiet);
            }
}

Test(theme, selected_row_keeps_hues)
{
    for (enum theme theme = THEME_AUTO; theme <= THEME_LIGHT; theme++)
        cr_expect_neq(look_in(theme, ROLE_GOOD, STYLE_SELECTED, 256).foreground,
                      look_in(theme, ROLE_BAD, STYLE_SELECTED, 256).foreground);
}

Test(theme, few_colours_stay_in_the_palette)
{
    for (enum theme theme = 0; theme < THEME_COUNT; theme++)
        for (enum role role = 0; role < ROLE_COUNT; role++)
            for (int colors = 8; colors <= 16; colors += 8) {
                struct look shown = look_in(theme, role, 0, colors);
                cr_expect(shown.foreground >= -1 && shown.foreground < 8);
                cr_expect(shown.background >= -1 && shown.background < 8);
            }
}

static void expect_no_color(struct look shown, enum theme theme, enum role role)
{
    cr_expect_eq(shown.foreground, -1, "theme %d role %d", theme, role);
    cr_expect_eq(shown.background, -1, "theme %d role %d", theme, role);
}

Test(theme, no_colours_means_none)
{
    for (enum role role = 0; role < ROLE_COUNT; role++)
        for (uint8_t bits = 0; bits < 8; bits++) {
            for (enum theme theme = 0; theme < THEME_COUNT; theme++)
                expect_no_color(look_in(theme, role, bits, 0), theme, role);
            expect_no_color(look_in(THEME_MONO, role, bits, 8), THEME_MONO, role);
            expect_no_color(look_in(THEME_MONO, role, bits, 256), THEME_MONO, role);
        }
}

static bool same(struct look one, struct look other)
{
    return one.foreground == other.foreground && one.background == other.background &&
           one.bold == other.bold && one.dim == other.dim && one.underline == other.underline &&
           one.reverse == other.reverse;
}

static void expect_told_apart(enum theme theme, int colors)
{
    struct look normal = look_in(theme, ROLE_NORMAL, 0, colors);
    struct look selected = look_in(theme, ROLE_NORMAL, STYLE_SELECTED, colors);
    struct look quiet = look_in(theme, ROLE_NORMAL, STYLE_SELECTED | STYLE_QUIET, colors);
    cr_expect(!same(normal, selected));
    cr_expect(!same(normal, quiet));
    cr_expect(!same(selected, quiet));
    cr_expect(!same(look_in(theme, ROLE_BORDER, 0, colors),
                    look_in(theme, ROLE_BORDER_FOCUS, 0, colors)));
    cr_expect(!same(normal, look_in(theme, ROLE_PRODUCTION, 0, colors)));
    cr_expect(!same(normal, look_in(theme, ROLE_FIELD, 0, colors)));
    cr_expect(look_in(theme, ROLE_NORMAL, STYLE_UNDERLINE, colors).underline);
}

/* What must be told apart is so in every theme, on every kind of terminal. */
Test(theme, focus_selection_and_production_show_everywhere)
{
    static const int COLORS[] = {256, 16, 8, 0};
    for (enum theme theme = 0; theme < THEME_COUNT; theme++)
        for (size_t i = 0; i < sizeof COLORS / sizeof *COLORS; i++)
            expect_told_apart(theme, COLORS[i]);
}

/* Reversed cells of several colours would be a patchwork. */
Test(theme, selection_in_few_colours_is_one_bar)
{
    for (enum theme theme = 0; theme < THEME_COUNT; theme++) {
        struct look bar = look_in(theme, ROLE_NORMAL, STYLE_SELECTED, 8);
        cr_expect_eq(bar.reverse, theme != THEME_CONTRAST);
        for (enum role role = 0; role < ROLE_COUNT; role++) {
            struct look shown = look_in(theme, role, STYLE_SELECTED, 8);
            cr_expect_eq(shown.reverse, bar.reverse);
            cr_expect_eq(shown.foreground, bar.foreground);
            cr_expect_eq(shown.background, bar.background);
        }
    }
}

Test(theme, unknown_role_is_normal)
{
    cr_expect(same(theme_look(THEME_AUTO, (struct style){.role = 255}, 256),
                   look_in(THEME_AUTO, ROLE_NORMAL, 0, 256)));
}

Test(theme, names)
{
    static const char *const NAMES[] = {"auto", "dark", "light", "contrast", "mono"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        enum theme theme = THEME_COUNT;
        cr_expect(theme_by_name(NAMES[i], &theme), "%s", NAMES[i]);
        cr_expect_eq(theme, (enum theme)i, "%s", NAMES[i]);
    }
    enum theme theme = THEME_LIGHT;
    cr_expect_not(theme_by_name("Dark", &theme));
    cr_expect_not(theme_by_name("", &theme));
    cr_expect_eq(theme, THEME_LIGHT);
}

static enum theme for_background(unsigned red, unsigned green, unsigned blue)
{
    return theme_for_background((const uint16_t[3]){(uint16_t)(red * 257), (uint16_t)(green * 257),
                                                    (uint16_t)(blue * 257)});
}

Test(theme, background_decides)
{
    cr_expect_eq(for_background(0, 0, 0), THEME_DARK);
    cr_expect_eq(for_background(0x00, 0x2b, 0x36), THEME_DARK); /* Solarized, both */
    cr_expect_eq(for_background(0xfd, 0xf6, 0xe3), THEME_LIGHT);
    cr_expect_eq(for_background(0x00, 0x00, 0xff), THEME_DARK);
    cr_expect_eq(for_background(0xff, 0xff, 0x00), THEME_LIGHT);
    cr_expect_eq(for_background(0xff, 0xff, 0xff), THEME_LIGHT);
}

Test(theme, colorfgbg_is_read)
{
    cr_expect_eq(theme_for_colorfgbg("15;0"), THEME_DARK);
    cr_expect_eq(theme_for_colorfgbg("0;15"), THEME_LIGHT);
    cr_expect_eq(theme_for_colorfgbg("0;default;15"), THEME_LIGHT);
    cr_expect_eq(theme_for_colorfgbg("0;7"), THEME_LIGHT);
    cr_expect_eq(theme_for_colorfgbg("12;8"), THEME_DARK);
    static const char *const NOTHING[] = {"", "15", "15;", "15;default", "0;16", "0;-1", "0;7x"};
    for (size_t i = 0; i < sizeof NOTHING / sizeof *NOTHING; i++)
        cr_expect_eq(theme_for_colorfgbg(NOTHING[i]), THEME_AUTO, "'%s'", NOTHING[i]);
    cr_expect_eq(theme_for_colorfgbg(NULL), THEME_AUTO);
}
