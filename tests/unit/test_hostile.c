/* What is untrusted comes out of the gate, and reaches the cells of a screen, as nothing that a
   terminal obeys and nothing that hides or reorders. The whole list, in every place. */
#include "tests/hostile.h"
#include "tests/unit/hostile_tour.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { HOSTILE_MIN = 200, PLACES_MIN = 60, LARGE = 4096, STAND_IN_PER_BYTE = 8 };

static struct hostile_list list;

static void set_up(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cr_assert(hostile_list_make(&list));
}

static void tear_down(void)
{
    hostile_list_free(&list);
}

TestSuite(hostile, .init = set_up, .fini = tear_down);

/* --- the list, and its judge -------------------------------------------------------------- */

Test(hostile, list_is_long_and_hostile)
{
    size_t harmless = 0;
    cr_expect_geq(list.count, HOSTILE_MIN);
    for (size_t i = 0; i < list.count; i++) {
        cr_expect_gt(list.items[i].length, 0, "%s", list.items[i].name);
        harmless += hostile_find(list.items[i].bytes, list.items[i].length) == NULL;
    }
    cr_expect_lt(harmless, 30, "only sizes, scripts and frames are harmless as bytes: %zu",
                 harmless);
}

Test(hostile, judge_knows_what_is_forbidden)
{
    static const char *const FORBIDDEN[] = {
        "\033",         "\n",           "\t",           "\177",     "\302\233", "\233",
        "\342\200\256", "\342\200\213", "\355\240\200", "\300\200", "\342\202", "\364\220\200\200"};
    for (size_t i = 0; i < sizeof FORBIDDEN / sizeof *FORBIDDEN; i++)
        cr_expect_not_null(hostile_find(FORBIDDEN[i], strlen(FORBIDDEN[i])), "%zu", i);
    static const char FINE[] = "Z\303\274rich \346\235\261 e\314\201 \360\237\230\200 \342\224\202";
    cr_expect_null(hostile_find(FINE, sizeof FINE - 1));
    cr_expect_not_null(hostile_find("\0", 1));
}

/* --- the gate --------------------------------------------------------------------------------- */

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7E)
            return false;
    return true;
}

static void check_gated(const struct hostile *hostile, size_t size, bool ascii)
{
    char *out = malloc(size);
    cr_assert_not_null(out);
    size_t length = text_gate_string(out, size, hostile->bytes, hostile->length, ascii);
    cr_assert_lt(length, size, "%s", hostile->name);
    cr_assert_eq(strlen(out), length, "%s", hostile->name);
    const char *found = hostile_find(out, length);
    cr_assert_null(found, "%s lets out \\x%02X…", hostile->name, (unsigned char)*found);
    cr_assert(!ascii || is_ascii(out, length), "%s", hostile->name);
    free(out);
}

Test(hostile, gate_lets_nothing_out)
{
    for (size_t i = 0; i < list.count; i++) {
        const struct hostile *hostile = &list.items[i];
        check_gated(hostile, hostile->length * STAND_IN_PER_BYTE + 1, false);
        check_gated(hostile, hostile->length * STAND_IN_PER_BYTE + 1, true);
    }
}

Test(hostile, gate_lets_nothing_out_when_cut_anywhere)
{
    enum { SIZES = 40 };
    for (size_t i = 0; i < list.count; i++) {
        for (size_t size = 1; size < SIZES; size++) {
            check_gated(&list.items[i], size, false);
            check_gated(&list.items[i], size, true);
        }
    }
}

/* The beginning of a text that somebody has cut, at each of its bytes. */
Test(hostile, gate_lets_nothing_out_of_what_is_cut)
{
    for (size_t i = 0; i < list.count; i++) {
        struct hostile part = list.items[i];
        if (part.length > LARGE)
            continue;
        while (part.length-- > 0)
            check_gated(&part, part.length * STAND_IN_PER_BYTE + 1, false);
    }
}

/* --- the screen ------------------------------------------------------------------------------ */

struct looking {
    const char *name;
    size_t places;
};

static bool is_safe_glyph(const struct glyph *glyph, bool ascii)
{
    bool printable = glyph->base >= 0x20 && glyph->base < 0x7F && glyph->width == 1;
    if (ascii || (printable && glyph->marks[0] == 0))
        return printable && glyph->marks[0] == 0;
    if (!hostile_may_be_shown(glyph->base) || wcwidth((wchar_t)glyph->base) != glyph->width)
        return false;
    for (size_t i = 0; i < TEXT_MARKS_MAX && glyph->marks[i] != 0; i++)
        if (!hostile_may_be_shown(glyph->marks[i]) || wcwidth((wchar_t)glyph->marks[i]) != 0)
            return false;
    return true;
}

/* The right half of a wide glyph is empty, and there is one behind each. */
static bool is_in_place(const struct grid *grid, int x, int y)
{
    const struct cell *cell = grid_cell(grid, x, y);
    const struct cell *before = grid_cell(grid, x - 1, y);
    bool behind_wide = before != NULL && before->glyph.width == 2;
    bool overhangs = x + cell->glyph.width > grid->width;
    return (cell->glyph.width == 0) == behind_wide && !overhangs;
}

static void look_at_cells(struct driver *driver, const char *place, bool shows, void *context)
{
    struct looking *looking = context;
    const struct grid *grid = &driver->grid;
    (void)shows;
    looking->places++;
    for (int y = 0; y < grid->height; y++) {
        for (int x = 0; x < grid->width; x++) {
            const struct glyph *glyph = &grid_cell(grid, x, y)->glyph;
            if (!is_in_place(grid, x, y) ||
                (glyph->width > 0 && !is_safe_glyph(glyph, grid->ascii)))
                cr_assert_fail("%s in %s: U+%04X at %d,%d", looking->name, place,
                               (unsigned)glyph->base, x, y);
        }
    }
}

/* Single characters go together: a tour takes a while. Returns how many items were taken. */
static size_t join_small(size_t begin, char *bytes, size_t *length)
{
    enum { SMALL = 6, TOGETHER = 6 };
    size_t count = 0;
    *length = 0;
    while (begin + count < list.count && count < TOGETHER &&
           list.items[begin + count].length <= SMALL) {
        const struct hostile *hostile = &list.items[begin + count++];
        memcpy(bytes + *length, hostile->bytes, hostile->length);
        *length += hostile->length;
    }
    return count;
}

/* Of every `step` tours one, the first of them at `first`; of each text at most `longest` bytes. */
static void take_through(struct driver_config config, size_t first, size_t step, size_t longest)
{
    size_t tours = 0;
    for (size_t i = 0; i < list.count; tours++) {
        char together[64];
        struct hostile hostile = list.items[i];
        const char *name = list.items[i].name;
        size_t length;
        size_t count = join_small(i, together, &length);
        if (count > 0)
            hostile = (struct hostile){.bytes = together, .length = length};
        i += count > 0 ? count : 1;
        if (tours % step != first)
            continue;
        if (hostile.length > longest)
            hostile.length = longest;
        struct looking looking = {.name = name};
        tour_run(&config, hostile.bytes, hostile.length, look_at_cells, &looking);
        cr_assert_gt(looking.places, PLACES_MIN);
    }
}

#define SCREEN(w, h, a)                                                                            \
    (struct driver_config)                                                                         \
    {                                                                                              \
        .width = (w), .height = (h), .ascii = (a)                                                  \
    }

/* In quarters, which run at the same time, and stay far from a test's time on a busy machine. */
#define QUARTER(number)                                                                            \
    Test(hostile, no_place_shows_it_as_it_is_##number)                                             \
    {                                                                                              \
        take_through(SCREEN(120, 40, false), (number)-1, 4, SIZE_MAX);                             \
    }

QUARTER(1)
QUARTER(2)
QUARTER(3)
QUARTER(4)

Test(hostile, no_place_shows_it_as_it_is_in_ascii_1)
{
    take_through(SCREEN(80, 24, true), 0, 4, LARGE);
}

Test(hostile, no_place_shows_it_as_it_is_in_ascii_2)
{
    take_through(SCREEN(80, 24, true), 2, 4, LARGE);
}

Test(hostile, no_place_shows_it_as_it_is_on_other_sizes)
{
    take_through(SCREEN(60, 15, false), 1, 8, LARGE);
    take_through(SCREEN(200, 60, false), 1, 20, LARGE);
    take_through(SCREEN(20, 5, false), 2, 20, LARGE);
}

/* That the tour leads where it says: text without harm is there to be read. */
static void look_for_text(struct driver *driver, const char *place, bool shows, void *context)
{
    if (shows)
        cr_expect(driver_shows(driver, context), "not in %s:\n%s", place, driver_screen(driver));
}

Test(hostile, every_place_is_reached)
{
    struct driver_config configs[] = {SCREEN(120, 40, false), SCREEN(80, 24, true)};
    for (size_t i = 0; i < 2; i++)
        tour_run(&configs[i], "SEEN", 4, look_for_text, (void *)"SEEN");
}
