/* The mouse in the dashboard: what a cell means, and what a click, the wheel and a drag do there.
 */
#include "tests/unit/app_driver.h"
#include "tui/app_private.h"
#include "tui/hit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct driver driver;

static void start_at(int width, int height)
{
    driver_start(&driver, &(struct driver_config){.width = width,
                                                  .height = height,
                                                  .environment = ENVIRONMENT_SANDBOX});
}

static void start(void)
{
    start_at(120, 40);
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(mouse, .init = start, .fini = stop);

static void restart(int width, int height)
{
    stop();
    start_at(width, height);
}

static void point(enum mouse_kind kind, int x, int y)
{
    struct message message = {.kind = MESSAGE_MOUSE, .mouse = {kind, x, y}};
    message.hit = hit_at(driver.app, x, y);
    driver_send(&driver, &message);
}

/* Where a place in the screen's text is, in columns: glyphs before it are one column each. */
static void find_place(const char *screen, const char *at, int *x, int *y)
{
    *x = *y = 0;
    for (; screen < at; screen++) {
        if (*screen == '\n')
            (*y)++, *x = 0;
        else if (((unsigned char)*screen & 0xC0) != 0x80)
            (*x)++;
    }
}

static void find(const char *text, int *x, int *y)
{
    const char *screen = driver_screen(&driver);
    const char *at = strstr(screen, text);
    cr_assert_not_null(at, "no '%s' in\n%s", text, screen);
    find_place(screen, at, x, y);
}

/* The last one: the line that is typed is below all else that says the same. */
static void find_last(const char *text, int *x, int *y)
{
    const char *screen = driver_screen(&driver);
    const char *last = NULL;
    for (const char *at = screen; (at = strstr(at, text)) != NULL; at++)
        last = at;
    cr_assert_not_null(last, "no '%s' in\n%s", text, screen);
    find_place(screen, last, x, y);
}

static void click(const char *text)
{
    int x, y;
    find(text, &x, &y);
    point(MOUSE_PRESS, x, y);
    point(MOUSE_RELEASE, x, y);
}

static const char *selected(void)
{
    return state_selected_endpoint(driver.app)->webhook.id;
}

/* --- choosing ------------------------------------------------------------------------- */

Test(mouse, a_click_chooses_and_a_second_one_opens)
{
    click("wep_kyc3");
    cr_expect_str_eq(selected(), "wep_kyc3");
    cr_expect_eq(driver.app->inspector.kind, INSPECTOR_NONE);
    click("wep_kyc3");
    cr_expect_eq(driver.app->inspector.kind, INSPECTOR_ENDPOINT);
}

Test(mouse, a_click_on_another_pane_goes_there)
{
    click("not genuine");
    cr_expect_eq(driver.app->focus, PANE_LIVE);
    cr_expect_eq(driver.app->inspector.kind, INSPECTOR_NONE);
    cr_expect_eq(state_selected_live(driver.app)->serial, 2U);
    cr_expect_not(driver.app->lists[PANE_LIVE].following, "moving up pauses");
}

Test(mouse, wrapped_rows_are_hit_where_they_are)
{
    restart(80, 24);
    driver_keys(&driver, "w");
    click("/ledger");
    cr_expect_str_eq(selected(), "wep_ledg4");
    driver_keys(&driver, "g");
    click("/kyc");
    cr_expect_str_eq(selected(), "wep_kyc3");
}

Test(mouse, the_wheel_moves_what_it_is_over)
{
    int x, y;
    find("wep_kyc3", &x, &y);
    driver_keys(&driver, "4");
    point(MOUSE_WHEEL_DOWN, x, y);
    cr_expect_eq(driver.app->focus, PANE_LIVE, "the focus stays");
    cr_expect_str_eq(selected(), "wep_ledg4");
    point(MOUSE_WHEEL_UP, x, y);
    cr_expect_str_eq(selected(), "wep_pay1");
    driver_keys(&driver, "2<enter>");
    size_t before = driver.app->inspector.cursor;
    point(MOUSE_WHEEL_DOWN, driver.app->layout.inspector.x + 5, 20);
    cr_expect_gt(driver.app->inspector.cursor, before);
}

Test(mouse, a_head_sorts_and_turns_round)
{
    const struct list *list = &driver.app->lists[PANE_ENDPOINTS];
    driver_keys(&driver, "4");
    click("URL");
    cr_expect_eq(driver.app->focus, PANE_ENDPOINTS);
    cr_expect(list->sorted && !list->reversed);
    cr_expect(driver_shows(&driver, "URL▲"));
    cr_expect_str_eq(driver.app->endpoints[list->rows[0]].webhook.id, "wep_card2");
    click("URL▲");
    cr_expect(driver_shows(&driver, "URL▼"));
    click("URL▼");
    cr_expect(driver_shows(&driver, "URL▲"));
    click("STATE");
    cr_expect_eq(list->sort_column, 0U);
    cr_expect_not(list->reversed, "another column begins anew");
}

Test(mouse, another_pane_closes_the_line_of_this_one)
{
    driver_keys(&driver, "fcard");
    click("not genuine");
    cr_expect_eq(driver.app->focus, PANE_LIVE);
    driver_keys(&driver, "k");
    cr_expect_eq(driver.app->lists[PANE_LIVE].query.length, 0U);
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].asked, "card", "it is kept");
}

/* What is typed next comes where the click was, in each line that is typed. */
Test(mouse, a_click_in_a_line_puts_the_cursor_there)
{
    static const struct {
        const char *open, *text, *typed;
        enum place place;
    } LINES[] = {
        {"/", "/walet", "wallet", PLACE_FILTER}, {"f", "find walet", "wallet", PLACE_QUERY},
        {":", ":walet", "wallet", PLACE_PROMPT}, {"?/", "/walet", "wallet", PLACE_HELP_FILTER},
        {"\r/", "/walet", "wallet", PLACE_FIND},
    };
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        int x, y;
        restart(120, 40);
        driver_keys(&driver, LINES[i].open);
        driver_keys(&driver, "walet");
        cr_assert_eq(state_place(driver.app), LINES[i].place, "%zu", i);
        find_last(LINES[i].text, &x, &y);
        x += (int)strlen(LINES[i].text);
        cr_expect_eq(keys_line(driver.app)->cursor, 5);
        point(MOUSE_PRESS, x - 2, y);
        driver_keys(&driver, "l");
        cr_expect_str_eq(keys_line(driver.app)->text, LINES[i].typed);
        point(MOUSE_PRESS, x + 20, y);
        cr_expect_eq(keys_line(driver.app)->cursor, 6, "behind its end is its end");
    }
}

Test(mouse, a_pane_that_is_left_has_been_seen)
{
    driver_keys(&driver, "4k");
    driver_arrive(&driver, 4, VERDICT_GENUINE);
    cr_expect_gt(list_new_count(driver.app, PANE_LIVE), 0U);
    click("wep_kyc3");
    cr_expect_eq(list_new_count(driver.app, PANE_LIVE), 0U);
}

Test(mouse, tabs_are_chosen)
{
    restart(80, 24);
    click("4 Live");
    cr_expect_eq(driver.app->focus, PANE_LIVE);
    click("2 Upcoming");
    cr_expect_eq(driver.app->focus, PANE_UPCOMING);
    driver_keys(&driver, "<enter>");
    click("1 Endpoints");
    cr_expect_eq(driver.app->focus, PANE_ENDPOINTS);
    cr_expect_eq(driver.app->inspector.kind, INSPECTOR_NONE);
}

Test(mouse, a_line_of_the_inspector_is_chosen)
{
    driver_keys(&driver, "2<enter>");
    struct rect rect = driver.app->layout.inspector;
    point(MOUSE_PRESS, rect.x + 4, rect.y + 4);
    cr_expect_eq(driver.app->inspector.cursor, 3U);
}

Test(mouse, beside_the_inspector_a_row_is_shown_in_it)
{
    restart(160, 40);
    driver_keys(&driver, "<enter>");
    cr_assert_gt(driver.app->layout.inspector.x, 0);
    click("cards");
    cr_expect_str_eq(selected(), "wep_card2");
    cr_expect(driver_shows(&driver, "─ Endpoint wep_card2"));
}

/* --- keys, questions, menus ------------------------------------------------------------- */

Test(mouse, keys_of_the_footer_are_pressed)
{
    click("E disable");
    cr_expect(driver.app->question.open);
    click("n Esc no");
    cr_expect_not(driver.app->question.open);
    click("? help");
    cr_expect(driver.app->help.open);
}

Test(mouse, no_click_answers_a_question_with_yes)
{
    driver_keys(&driver, "E");
    click("yes, do it");
    for (int y = 0; y < driver.app->height; y++)
        for (int x = 0; x < driver.app->width; x += 3)
            if (hit_at(driver.app, x, y).kind != HIT_KEY)
                point(MOUSE_PRESS, x, y);
    cr_expect(driver.app->question.open, "and what lies below is not hit");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    cr_expect_str_eq(selected(), "wep_pay1");
}

/* Everything that can be pressed or turned over a dialog, and what it must leave alone. */
static void expect_covered(const char *what)
{
    enum pane focus = driver.app->focus;
    uint64_t live = state_selected_live(driver.app)->serial;
    int border = driver.app->layout.panes[PANE_LIVE].y;
    for (int y = 0; y < driver.app->height; y++) {
        for (int x = 0; x < driver.app->width; x += 2) {
            if (hit_at(driver.app, x, y).kind == HIT_KEY)
                continue;
            point(MOUSE_PRESS, x, y);
            point(MOUSE_DRAG, x + 1, y + 1);
            point(MOUSE_RELEASE, x + 1, y + 1);
            point(MOUSE_WHEEL_DOWN, x, y);
        }
    }
    cr_expect_str_eq(selected(), "wep_pay1", "%s", what);
    cr_expect_eq(driver.app->focus, focus, "%s", what);
    cr_expect_eq(state_selected_live(driver.app)->serial, live, "%s", what);
    cr_expect_eq(driver.app->inspector.kind, INSPECTOR_NONE, "%s", what);
    cr_expect_eq(driver.app->layout.panes[PANE_LIVE].y, border, "%s", what);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        cr_expect_not(driver.app->lists[pane].sorted, "%s", what);
}

Test(mouse, nothing_goes_through_what_is_open)
{
    static const char *const OPEN[] = {"E", "D", "c", "u", "x", "4x", "y", ":theme "};
    static const int SIZES[][2] = {{120, 40}, {80, 24}, {40, 10}};
    for (size_t size = 0; size < sizeof SIZES / sizeof *SIZES; size++) {
        for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN; i++) {
            restart(SIZES[size][0], SIZES[size][1]);
            driver_keys(&driver, OPEN[i]);
            enum place place = state_place(driver.app);
            expect_covered(OPEN[i]);
            cr_expect_eq(state_place(driver.app), place, "%s is still open", OPEN[i]);
        }
    }
}

/* A press on a column from where a text begins. */
static void click_at(const char *text, int columns)
{
    int x, y;
    find(text, &x, &y);
    point(MOUSE_PRESS, x + columns, y);
    point(MOUSE_RELEASE, x + columns, y);
}

Test(mouse, fields_of_the_form_are_chosen)
{
    const struct endpoint_form *form = &driver.app->form;
    driver_keys(&driver, "chttps://a.example/");
    click("[ ] kyc_link");
    cr_expect_eq(form->field, FORM_CATEGORIES);
    cr_expect(driver_shows(&driver, "[x] kyc_link"));
    click("[x] kyc_link");
    cr_expect(driver_shows(&driver, "[ ] kyc_link"));
    click("everything that ever");
    cr_expect(driver_shows(&driver, "(*) everything"));
    click("from now on");
    cr_expect(driver_shows(&driver, "(*) from now on"));
    click_at("Another ", 20);
    cr_expect_eq(form->field, FORM_OTHER);
    click_at("https://a.", 8);
    driver_keys(&driver, "b");
    cr_expect_str_eq(form->url.text, "https://ba.example/");
    click("Enter go on");
    cr_expect(driver.app->question.open);
    click("n leave it");
    cr_expect_not(driver.app->question.open);
    cr_expect(driver.app->form_open);
}

/* Every field, wherever it is drawn, at every size. */
Test(mouse, a_click_finds_what_is_drawn)
{
    static const int SIZES[][2] = {{300, 100}, {120, 40}, {80, 24}, {60, 15}, {40, 10}};
    for (size_t size = 0; size < sizeof SIZES / sizeof *SIZES; size++) {
        restart(SIZES[size][0], SIZES[size][1]);
        driver_keys(&driver, "chttps://a.example/");
        for (int i = 0; i < 20; i++) {
            if (driver_shows(&driver, "[ ] customer"))
                break;
            driver_keys(&driver, "<down>");
        }
        click("[ ] customer");
        cr_expect(driver_shows(&driver, "[x] customer"), "%d", SIZES[size][0]);
        driver_keys(&driver, "<esc>");
        cr_assert(driver.app->question.open);
        click("n go on typing");
        cr_expect_not(driver.app->question.open, "%d", SIZES[size][0]);
    }
}

Test(mouse, fields_of_the_export_are_chosen)
{
    const struct export_dialog *dialog = &driver.app->export_dialog;
    driver_keys(&driver, "4x");
    click("HAR 1.2");
    cr_expect_eq(dialog->format, EXPORT_HAR);
    cr_expect_str_eq(dialog->path.text, "wh_live3.har");
    click("all 3 shown");
    cr_expect_eq(dialog->what, EXPORT_SHOWN);
    click_at("events.har", 3);
    cr_expect_eq(dialog->field, EXPORT_FIELD_PATH);
    driver_keys(&driver, "X");
    cr_expect_str_eq(dialog->path.text, "eveXnts.har");
    click("Esc leave it");
    cr_expect_not(dialog->open);
    restart(40, 10);
    driver_keys(&driver, "4x");
    click("raw body < 1/4 >");
    cr_expect_eq(driver.app->export_dialog.format, EXPORT_JSONL, "the next one");
}

Test(mouse, no_click_deletes)
{
    driver_keys(&driver, "Dpay1");
    click("Enter delete it");
    click("Enter delete  ");
    cr_expect(driver.app->question.open);
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    click_at("of its id: pay1", 12);
    driver_keys(&driver, "x");
    cr_expect_str_eq(driver.app->question.answer.text, "pxay1");
}

Test(mouse, the_wheel_scrolls_a_question)
{
    restart(40, 10);
    driver_keys(&driver, "u/2<enter>");
    cr_expect_not(driver_shows(&driver, "Only a disabled"));
    for (int i = 0; i < 4; i++)
        point(MOUSE_WHEEL_DOWN, 20, 4);
    cr_expect(driver_shows(&driver, "Only a disabled"));
}

Test(mouse, a_question_ends_a_drag)
{
    int before = driver.app->layout.panes[PANE_LIVE].y;
    point(MOUSE_PRESS, 5, before);
    driver_keys(&driver, "1E");
    point(MOUSE_DRAG, 5, before - 3);
    cr_expect_eq(driver.app->layout.panes[PANE_LIVE].y, before);
}

Test(mouse, the_help_is_a_menu)
{
    driver_keys(&driver, "?");
    int x, y;
    find("ask Bridge again now", &x, &y);
    point(MOUSE_PRESS, x, y);
    cr_expect_str_eq(driver.app->help.rows[driver.app->help.cursor].binding->name, "refresh");
    cr_expect(driver.app->help.open);
    point(MOUSE_PRESS, x, y);
    cr_expect_not_null(driver_effect(&driver, EFFECT_REFRESH));
    driver_keys(&driver, "?");
    size_t before = driver.app->help.cursor;
    point(MOUSE_WHEEL_DOWN, 10, 10);
    cr_expect_eq(driver.app->help.cursor, before + 3);
    find("Here, in", &x, &y);
    point(MOUSE_PRESS, x, y);
    cr_expect_eq(driver.app->help.cursor, before + 3, "a heading is not chosen");
}

Test(mouse, a_completion_is_chosen)
{
    driver_keys(&driver, ":theme ");
    click("contrast");
    cr_expect_str_eq(driver.app->prompt.line.text, "theme contrast");
    click("auto");
    cr_expect(driver.app->prompt.open);
    cr_expect_str_eq(driver.app->prompt.line.text, "theme auto");
}

/* --- borders ---------------------------------------------------------------------------- */

static void drag(int from_x, int from_y, int x, int y)
{
    point(MOUSE_PRESS, from_x, from_y);
    point(MOUSE_DRAG, x, y);
    point(MOUSE_RELEASE, x, y);
}

Test(mouse, borders_are_dragged_and_put_back)
{
    const struct rect *panes = driver.app->layout.panes;
    struct rect before[PANE_COUNT];
    memcpy(before, panes, sizeof before);
    drag(5, panes[PANE_UPCOMING].y, 5, panes[PANE_UPCOMING].y + 3);
    cr_expect_eq(panes[PANE_ENDPOINTS].height, before[PANE_ENDPOINTS].height + 3);
    drag(panes[PANE_DELIVERIES].x, panes[PANE_DELIVERIES].y + 3, 40, panes[PANE_DELIVERIES].y + 3);
    cr_expect_eq(panes[PANE_DELIVERIES].x, 40);
    cr_expect_eq(panes[PANE_LIVE].y, before[PANE_LIVE].y, "the others stay where they are");
    drag(5, panes[PANE_LIVE].y, 5, panes[PANE_LIVE].y - 2);
    cr_expect_eq(panes[PANE_LIVE].y, before[PANE_LIVE].y - 2);
    point(MOUSE_DRAG, 5, 5);
    cr_expect_eq(panes[PANE_LIVE].y, before[PANE_LIVE].y - 2, "it was let go");
    driver_keys(&driver, ":layout reset<enter>");
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        cr_expect_eq(memcmp(&panes[pane], &before[pane], sizeof before[pane]), 0, "%d", (int)pane);
}

Test(mouse, a_press_on_a_frame_chooses_its_pane)
{
    struct rect before = driver.app->layout.panes[PANE_LIVE];
    click("4 Live");
    cr_expect_eq(driver.app->focus, PANE_LIVE);
    cr_expect_eq(driver.app->layout.panes[PANE_LIVE].y, before.y);
    click("2 Upcoming");
    cr_expect_eq(driver.app->focus, PANE_UPCOMING);
    point(MOUSE_PRESS, 5, before.y - 1);
    point(MOUSE_DRAG, 5, before.y - 1);
    cr_expect_eq(driver.app->layout.panes[PANE_LIVE].y, before.y, "the lower edge of pane 2");
    point(MOUSE_DRAG, 5, before.y - 3);
    cr_expect_eq(driver.app->layout.panes[PANE_LIVE].y, before.y - 3);
    point(MOUSE_RELEASE, 5, before.y - 3);
}

Test(mouse, the_inspectors_border_is_dragged)
{
    restart(200, 40);
    driver_keys(&driver, "<enter>");
    struct rect before = driver.app->layout.inspector;
    drag(before.x, 10, before.x + 20, 10);
    cr_expect_eq(driver.app->layout.inspector.x, before.x + 20);
    cr_expect_eq(driver.app->layout.inspector.width, before.width - 20);
}

/* However far borders are dragged and however the screen is resized then, all panes stay whole. */
Test(mouse, any_input_leaves_panes_that_can_be_read)
{
    uint64_t random = 88172645463325252U;
    for (int round = 0; round < 20000; round++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        int x = (int)(random >> 8 & 0xFF) - 4;
        int y = (int)(random >> 16 & 0x3F) - 4;
        if (random % 97 == 0)
            driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE,
                                                   .width = 110 + (int)(random >> 32 & 0x7F),
                                                   .height = 28 + (int)(random >> 40 & 0x1F)});
        else if (random % 31 == 0)
            driver_keys(&driver, "<esc>");
        else
            point((enum mouse_kind)(random >> 24) % (MOUSE_WHEEL_DOWN + 1), x, y);
        if (random % 211 == 0)
            (void)driver_screen(&driver);
        if (driver.app->layout.tabs || driver.app->inspector.kind != INSPECTOR_NONE)
            continue;
        bool gaps = driver.app->layout.panes[PANE_GAPS].width > 0;
        for (enum pane pane = 0; pane < PANE_COUNT; pane++) {
            bool middle = pane == PANE_UPCOMING || pane == PANE_DELIVERIES;
            if (gaps ? middle : pane == PANE_GAPS)
                continue;
            cr_assert(driver.app->layout.panes[pane].height >= 6 &&
                          driver.app->layout.panes[pane].width >= 30,
                      "round %d pane %d", round, (int)pane);
        }
    }
}

Test(mouse, nothing_is_hit_where_nothing_is)
{
    static const int OUTSIDE[][2] = {{-1, 5}, {5, -1}, {5, 40}, {120, 5}, {99999, 99999}};
    for (size_t i = 0; i < sizeof OUTSIDE / sizeof OUTSIDE[0]; i++)
        cr_expect_eq(hit_at(driver.app, OUTSIDE[i][0], OUTSIDE[i][1]).kind, HIT_NOTHING);
    restart(20, 5);
    cr_expect_eq(hit_at(driver.app, 5, 2).kind, HIT_NOTHING);
}
