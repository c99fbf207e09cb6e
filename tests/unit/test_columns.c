/* Wide, combining and right-to-left text in every place that shows text: each frame, separator and
   bar is in the cell in which it is when plain text of the same width stands there. */
#include "tests/unit/hostile_tour.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURES_MAX = 1000, TEXT_SIZE = 512 };

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(columns, .init = use_utf8);

/* What the program draws itself, cell by cell; 0 elsewhere. */
struct pictures {
    const char *name;
    char32_t *items[PICTURES_MAX];
    size_t count; /* of items */
    size_t at;    /* the next to compare */
};

static char32_t line_of(const struct grid *grid, int x, int y)
{
    char32_t base = grid_cell(grid, x, y)->glyph.base;
    /* Box drawing, but for what fills the rest of a row behind a title: titles are cut to whole
       glyphs, and so differ by a column. */
    bool is_line = base > U'─' && base < 0x2580;
    if (base == U'┃' || base == U'█') /* a scroll bar: how long it is, is the bytes' affair */
        return U'│';
    return is_line ? base : 0;
}

static void keep(struct driver *driver, const char *place, bool shows, void *context)
{
    struct pictures *pictures = context;
    const struct grid *grid = &driver->grid;
    (void)place;
    (void)shows;
    cr_assert_lt(pictures->count, PICTURES_MAX);
    char32_t *picture = calloc((size_t)grid->width * (size_t)grid->height, sizeof *picture);
    cr_assert_not_null(picture);
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++)
            picture[y * grid->width + x] = line_of(grid, x, y);
    pictures->items[pictures->count++] = picture;
}

/* The rows of a column from y on that are a side of a frame. */
static int side_below(const struct grid *grid, int x, int y)
{
    int rows = 0;
    while (y + rows < grid->height && line_of(grid, x, y + rows) == U'│')
        rows++;
    return rows;
}

/* Whether a frame begins here that is whole, and has the middle of the screen in it. */
static bool is_middle_frame(const struct grid *grid, int x, int y)
{
    int right = x + 1;
    if (line_of(grid, x, y) != U'┌')
        return false;
    while (right < grid->width && line_of(grid, right, y) == 0)
        right++;
    int rows = side_below(grid, x, y + 1);
    int end = y + 1 + rows;
    bool whole = right < grid->width && end < grid->height && line_of(grid, right, y) == U'┐' &&
                 side_below(grid, right, y + 1) == rows && line_of(grid, x, end) == U'└' &&
                 line_of(grid, right, end) == U'┘';
    return whole && x < grid->width / 2 && right > grid->width / 2 && y < grid->height / 2 &&
           end > grid->height / 2;
}

static bool has_middle_frame(const struct grid *grid)
{
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++)
            if (is_middle_frame(grid, x, y))
                return true;
    return false;
}

/* What has this name or begins with it is laid out by the screen's size alone. The size of others
   depends on where words are broken, which is between whole glyphs. */
static bool is_fixed(const char *place)
{
    static const char *const FIXED[] = {
        "endpoints",   "upcoming",    "deliveries", "live", "header",     "detail of",
        "filter line", "query line",  "find line",  "form", "comparison", "help's filter line",
        "pane",        "sorted pane", "copy menu",  "row",  "match"};
    for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        if (strncmp(place, FIXED[i], strlen(FIXED[i])) == 0)
            return true;
    return false;
}

static bool is_question(const char *place)
{
    return strncmp(place, "question", strlen("question")) == 0;
}

static void compare(struct driver *driver, const char *place, bool shows, void *context)
{
    struct pictures *pictures = context;
    const struct grid *grid = &driver->grid;
    (void)shows;
    cr_assert_lt(pictures->at, pictures->count, "%s: more places than with plain text",
                 pictures->name);
    const char32_t *picture = pictures->items[pictures->at++];
    if (is_question(place))
        cr_assert(has_middle_frame(grid), "%s in %s:\n%s", pictures->name, place,
                  driver_screen(driver));
    if (!is_fixed(place))
        return;
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++)
            cr_assert_eq(line_of(grid, x, y), picture[y * grid->width + x],
                         "%s in %s, at %d,%d:\n%s", pictures->name, place, x, y,
                         driver_screen(driver));
}

static const struct {
    const char *name;
    const char *text;
} TEXTS[] = {
    {"Chinese", "東京都新宿区西新宿"},
    {"Korean in letters that are joined", "\u1112\u1161\u11ab\u1100\u1173\u11af"},
    {"emoji", "😀🎉🧾💶🚀"},
    {"a family of emoji", "👨\u200D👩\u200D👧"},
    {"emoji with variation selectors", "❤\uFE0F☎\uFE0E⚠\uFE0F"},
    {"skin tones", "👍🏽👋🏿"},
    {"flags", "🇩🇪🇯🇵"},
    {"keycaps", "№1\uFE0F\u20E3#\uFE0F\u20E3"},
    {"combining marks", "Åu\u0308rich e\u0301e\u0302\u0301 n\u0303"},
    {"many combining marks", "ña\u0300\u0301\u0302\u0303\u0304\u0305\u0306b"},
    {"Hebrew with points", "שָׁלוֹם עוֹלָם"},
    {"Arabic with marks", "مَرْحَبًا بِالعَالَم"},
    {"Arabic, embedded", "\u202Bمرحبا\u202C \u2067abc\u2069"},
    {"Hindi", "नमस्ते दुनिया"},
    {"Thai", "สวัสดีชาวโลก"},
    {"Burmese", "မြန်မာနိုင်ငံ"},
    {"half and full width", "ＡＢＣ ｱｲｳ"},
    {"wide with a mark", "東\u0301京\u0302"},
    {"young emoji", "\U0001FAE0\U0001FAF6\U0001F9C3"},
};
enum { TEXT_COUNT = sizeof TEXTS / sizeof *TEXTS };

/* As wide, of letters that no key of the dashboard's is bound to. */
static void write_plain(char *plain, const char *text)
{
    static const char LETTER[] = "\u00E4";
    size_t width = text_width(text, strlen(text), false);
    cr_assert_lt(width * 2, TEXT_SIZE);
    plain[0] = '\0';
    for (size_t i = 0; i < width; i++)
        memcpy(plain + 2 * i, LETTER, sizeof LETTER);
}

static void check_at(struct driver_config config)
{
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        char plain[TEXT_SIZE];
        struct pictures pictures = {.name = TEXTS[i].name};
        write_plain(plain, TEXTS[i].text);
        tour_run(&config, plain, strlen(plain), keep, &pictures);
        tour_run(&config, TEXTS[i].text, strlen(TEXTS[i].text), compare, &pictures);
        cr_expect_eq(pictures.at, pictures.count);
        for (size_t p = 0; p < pictures.count; p++)
            free(pictures.items[p]);
    }
}

Test(columns, stay_right_in_every_place)
{
    check_at((struct driver_config){.width = 120, .height = 40});
}

Test(columns, stay_right_beside_the_inspector)
{
    check_at((struct driver_config){.width = 200, .height = 50});
}

Test(columns, stay_right_on_a_small_screen)
{
    check_at((struct driver_config){.width = 80, .height = 24});
}
