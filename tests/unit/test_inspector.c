/* The inspector as keys in, screen out; what it is made of has tests of its own. */
#include "tests/unit/inspector_driver.h"

#include <stdlib.h>

TestSuite(inspector, .init = set_up, .fini = tear_down);

/* --- what it shows ------------------------------------------------------------------------- */

Test(inspector, shows_the_object_as_it_was_written)
{
    open_body(EVENT);
    cr_expect(driver_shows(&driver, "\"a\": 1\n") || driver_shows(&driver, "\"a\": 1 "));
    cr_expect(driver_shows(&driver, "\"a\": 1e400"), "a doubled key, and what overflows a number");
    cr_expect(driver_shows(&driver, "\"text\": \"caf\\u00e9 \\/\""));
    cr_expect(driver_shows(&driver, "▸ Event  2 other members"));
    go_to("Event");
    driver_keys(&driver, "l");
    cr_expect(driver_shows(&driver, "\"event_id\": \"wh_1\""));
    cr_expect(driver_shows(&driver, "\"unknown\": [1]"));
    size_t objects = 0;
    for (const char *at = driver_screen(&driver); (at = strstr(at, "\"tr_1\"")) != NULL; at++)
        objects++;
    cr_expect_eq(objects, 1U, "the object is shown once");
}

Test(inspector, marks_what_of_a_value_changed)
{
    open_body(EVENT);
    cr_expect(driver_shows(&driver, "- \"12.50\""));
    cr_expect(driver_shows(&driver, "+ \"13.50\""));
    (void)driver_screen(&driver);
    size_t bad = 0, good = 0;
    for (int y = 0; y < driver.grid.height; y++) {
        for (int x = 0; x < driver.grid.width; x++) {
            const struct cell *cell = grid_cell(&driver.grid, x, y);
            if ((cell->style.bits & STYLE_UNDERLINE) == 0)
                continue;
            bad += cell->style.role == ROLE_BAD && cell->glyph.base == U'2';
            good += cell->style.role == ROLE_GOOD && cell->glyph.base == U'3';
        }
    }
    cr_expect_eq(bad, 1U, "the old digit, and no other");
    cr_expect_eq(good, 1U);
}

Test(inspector, changes_of_another_shape_are_a_tree)
{
    open_body("{\"event_object\":{},\"event_object_changes\":{\"a\":{\"before\":1,\"new\":2}}}");
    cr_expect(driver_shows(&driver, "▾ Changes  1 member"));
    cr_expect(driver_shows(&driver, "\"before\": 1"));
}

Test(inspector, one_odd_change_leaves_the_others_side_by_side)
{
    open_body("{\"event_object\":{},\"event_object_changes\":{\"state\":[\"a\",\"b\"],"
              "\"odd\":{\"x\":1,\"y\":[]},\"amount\":{\"new\":2,\"old\":1}}}");
    cr_expect(driver_shows(&driver, "▾ Changes  3 fields, 1 not as old and new"));
    cr_expect(driver_shows(&driver, "- \"a\""));
    cr_expect(driver_shows(&driver, "+ \"b\""));
    cr_expect(driver_shows(&driver, "- 1 "), "old comes first, whatever was sent first");
    cr_expect(driver_shows(&driver, "+ 2"));
    cr_expect_not(driver_shows(&driver, "(not there)"));
    go_to("odd.x");
    expect_path("event_object_changes.odd.x");
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 60, .height = 30});
    driver_keys(&driver, "g");
    go_to("odd.y");
    driver_keys(&driver, "j");
    expect_path("event_object_changes.odd.y");
}

Test(inspector, no_changes_are_no_section)
{
    open_body("{\"event_object\":{\"id\":1},\"event_object_changes\":{}}");
    cr_expect_not(driver_shows(&driver, "Changes"));
    cr_expect(driver_shows(&driver, "▸ Event  1 other member\n") ||
              driver_shows(&driver, "▸ Event  1 other member "));
    driver_keys(&driver, "<esc>");
    open_body("{\"event_object\":{\"id\":1},\"event_object_changes\":null}");
    cr_expect_not(driver_shows(&driver, "Changes"));
}

Test(inspector, nothing_else_is_no_section)
{
    open_body("{\"event_object\":{\"id\":1}}");
    cr_expect(driver_shows(&driver, "▾ Object  1 member"));
    cr_expect_not(driver_shows(&driver, "Event"));
}

Test(inspector, a_body_that_is_no_event_is_a_payload)
{
    open_body("[1,{\"a\":2}]");
    cr_expect(driver_shows(&driver, "▾ Payload  2 elements"));
    driver_keys(&driver, "<esc>");
    open_body("not \x1b[31m JSON\r\nat all");
    cr_expect(driver_shows(&driver, "▾ Payload  2 lines of text"));
    cr_expect(driver_shows(&driver, "not ^[[31m JSON"));
    driver_keys(&driver, "<esc>");
    open_body("");
    cr_expect(driver_shows(&driver, "▾ Payload"));
    cr_expect(driver_shows(&driver, "▸ Raw  0 exact bytes"));
}

Test(inspector, sizes_are_grouped_by_thousands)
{
    enum { ELEMENTS = 1500 };
    char body[2 * ELEMENTS + 2] = "[";
    for (size_t i = 0; i < ELEMENTS; i++)
        memcpy(&body[1 + 2 * i], i + 1 < ELEMENTS ? "0," : "0]", 3);
    open_body(body);
    cr_expect(driver_shows(&driver, "▾ Payload  1,500 elements"));
    driver_keys(&driver, "H");
    cr_expect(driver_shows(&driver, "▸ Raw  3,001 exact bytes"));
}

Test(inspector, stands_beside_the_list_where_there_is_room)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 160, .height = 45});
    driver_keys(&driver, "2<enter>");
    cr_expect(driver_shows(&driver, "2 Upcoming"));
    cr_expect(driver_shows(&driver, "Upcoming event wh_a1"));
    cr_expect_not(driver_shows(&driver, "4 Live"));
    driver_keys(&driver, "z");
    cr_expect_not(driver_shows(&driver, "2 Upcoming"));
    cr_expect_eq(driver.app->layout.inspector.width, 160);
    driver_keys(&driver, "z");
    cr_expect(driver_shows(&driver, "2 Upcoming"));
    driver_keys(&driver, "<esc>");
    cr_expect(driver_shows(&driver, "4 Live"));
    driver_keys(&driver, "<enter>");
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 129, .height = 45});
    cr_expect_eq(driver.app->layout.inspector.width, 129);
}

/* --- walking and folding -------------------------------------------------------------------- */

/* What the inspector says stands there for minutes. */
Test(inspector, says_an_age_with_the_time_at_which_it_was_so)
{
    driver_keys(&driver, "4g<enter>");
    load(EVENT, strlen(EVENT));
    cr_expect(driver_shows(&driver, "2024-05-02T17:48:10.465Z (17:48:10 here)"));
    driver_keys(&driver, "T");
    if (driver_shows(&driver, "UTC)"))
        driver_keys(&driver, "T");
    cr_expect(driver_shows(&driver, "ago at 17:48:19)"), "%s", driver_screen(&driver));
}

Test(inspector, tells_where_the_cursor_is)
{
    open_body(EVENT);
    expect_path(NULL);
    go_to("\"payment_rail\"");
    expect_path("event_object.source.payment_rail");
    cr_expect(driver_shows(&driver, "event_object.source.payment_rail"));
    struct inspector_selection selection;
    cr_assert(inspector_selected(inspector(), &selection));
    cr_expect_eq(strncmp(selection.body->bytes + selection.node->value, "\"ach\"",
                         selection.node->value_length),
                 0);
    go_to("Object");
    expect_path("event_object");
    go_to("amount");
    expect_path("event_object_changes.amount[1]");
    go_to("Headers");
    expect_path(NULL);
}

Test(inspector, h_folds_and_goes_up_and_l_unfolds)
{
    open_body(EVENT);
    go_to("\"payment_rail\"");
    driver_keys(&driver, "h");
    expect_path("event_object.source");
    driver_keys(&driver, "h");
    cr_expect(driver_shows(&driver, "▸ \"source\": {2}  \"payment_rail\": \"ach\", \"deep\": […]"));
    driver_keys(&driver, "<left>");
    expect_path("event_object");
    driver_keys(&driver, "h");
    cr_expect(driver_shows(&driver, "▸ Object"));
    cr_expect_not(driver_shows(&driver, "\"tr_1\""));
    driver_keys(&driver, "<right>");
    cr_expect(driver_shows(&driver, "\"tr_1\""));
    cr_expect(driver_shows(&driver, "▸ \"source\""), "what was folded below stays so");
    go_to("\"source\"");
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "\"payment_rail\": \"ach\"\n") ||
              driver_shows(&driver, "▾ \"source\""));
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "▸ \"source\""));
}

Test(inspector, H_and_L_fold_all)
{
    open_body(EVENT);
    go_to("\"payment_rail\"");
    driver_keys(&driver, "H");
    cr_expect_eq(inspector()->line_count, inspector()->section_count);
    expect_path("event_object");
    driver_keys(&driver, "L");
    cr_expect(driver_shows(&driver, "\"id\": \"needle\""));
    driver_keys(&driver, "G");
    cr_expect(driver_shows(&driver, "000000  7b 22") || driver_shows(&driver, "|{\"even"));
}

Test(inspector, tab_goes_from_section_to_section)
{
    open_body(EVENT);
    static const enum section_id ORDER[] = {SECTION_VERIFICATION, SECTION_CHANGES, SECTION_OBJECT,
                                            SECTION_EVENT,        SECTION_HEADERS, SECTION_RAW,
                                            SECTION_SUMMARY};
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
        driver_keys(&driver, "<tab>");
        const struct inspector_line *line = &inspector()->lines[inspector()->cursor];
        cr_expect_eq(line->item, INSPECTOR_HEADING);
        cr_expect_eq(inspector()->sections[line->section].id, ORDER[i], "step %zu", i);
    }
    driver_keys(&driver, "jj<shift-tab>");
    cr_expect_eq(inspector()->cursor, 0U, "first to its own beginning");
    driver_keys(&driver, "<shift-tab>");
    cr_expect_eq(inspector()->cursor, inspector()->line_count - 1, "then around");
}

Test(inspector, a_line_taller_than_the_window_is_scrolled_through)
{
    char body[4001];
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 80, .height = 24});
    memset(body, 'x', sizeof body - 1);
    memcpy(body, "BEGIN", 5);
    memcpy(body + sizeof body - 4, "END", 4);
    open_body(body);
    go_to("BEGIN");
    cr_expect_not(driver_shows(&driver, "xEND"));
    size_t line = inspector()->cursor;
    for (int i = 0; i < 100 && inspector()->cursor == line && !driver_shows(&driver, "xEND"); i++)
        driver_keys(&driver, "j");
    cr_expect(driver_shows(&driver, "xEND"));
    cr_expect_eq(inspector()->cursor, line, "its end is seen before the next line is reached");
    for (int i = 0; i < 100 && !driver_shows(&driver, "BEGIN"); i++)
        driver_keys(&driver, "k");
    cr_expect(driver_shows(&driver, "BEGIN"));
    cr_expect_eq(inspector()->cursor, line);
    driver_keys(&driver, "w");
    cr_expect(driver_shows(&driver, "xxx…"), "cut");
    cr_expect(driver_shows(&driver, "▸ Raw"));
}

Test(inspector, pages_pass_over_nothing)
{
    char body[8192] = "[";
    for (int i = 0; i < 400; i++)
        (void)sprintf(body + strlen(body), "%s\"n%03d %s\"", i > 0 ? "," : "", i,
                      i % 7 == 0 ? "a long one" : "");
    (void)sprintf(body + strlen(body), "]");
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 60, .height = 20});
    open_body(body);
    bool seen[400] = {false};
    for (int page = 0; page < 60; page++) {
        const char *screen = driver_screen(&driver);
        for (int i = 0; i < 400; i++) {
            char text[8];
            (void)snprintf(text, sizeof text, "n%03d ", i);
            seen[i] |= strstr(screen, text) != NULL;
        }
        driver_keys(&driver, "<pgdn>");
    }
    for (int i = 0; i < 400; i++)
        cr_expect(seen[i], "element %d", i);
}

/* --- from event to event -------------------------------------------------------------------- */

Test(inspector, J_and_K_keep_folds_and_the_selected_path)
{
    driver_keys(&driver, "4g<enter>");
    load(EVENT, strlen(EVENT));
    go_to("\"deep\"");
    driver_keys(&driver, "h");
    go_to("\"payment_rail\"");
    driver_keys(&driver, "J");
    cr_expect(driver_shows(&driver, "Arrived: wh_live1"), "until the next one is there");
    load(EVENT, strlen(EVENT));
    cr_expect(driver_shows(&driver, "Arrived: wh_live2"));
    expect_path("event_object.source.payment_rail");
    cr_expect(driver_shows(&driver, "▸ \"deep\""));

    /* One that has no such path: the nearest above it. */
    static const char OTHER[] = "{\"event_object\":{\"source\":{\"x\":1}}}";
    driver_keys(&driver, "J");
    load(OTHER, sizeof OTHER - 1);
    expect_path("event_object.source");
    driver_keys(&driver, "J");
    cr_expect(driver_shows(&driver, "this is the last one"));
    driver_keys(&driver, "KK");
    load(EVENT, strlen(EVENT));
    cr_expect(driver_shows(&driver, "Arrived: wh_live1"));
    driver_keys(&driver, "K");
    cr_expect(driver_shows(&driver, "this is the first one"));
}

Test(inspector, the_list_waits_on_the_row_that_is_shown)
{
    driver_keys(&driver, "4<enter>");
    load(EVENT, strlen(EVENT));
    driver_arrive(&driver, 9, VERDICT_GENUINE);
    cr_expect_str_eq(state_selected_live(driver.app)->delivery.event_id, "wh_live3");
    driver_keys(&driver, "<esc>");
    cr_expect(driver.app->lists[PANE_LIVE].following, "it follows again");
    cr_expect_str_eq(state_selected_live(driver.app)->delivery.event_id, "wh_live9");
    driver_keys(&driver, "<enter>K<esc>");
    cr_expect_not(driver.app->lists[PANE_LIVE].following, "stepping pauses");
    cr_expect_str_eq(state_selected_live(driver.app)->delivery.event_id, "wh_live3");
}

Test(inspector, s_sends_what_is_shown_whatever_is_marked_or_moved)
{
    driver_keys(&driver, "2jj kg<enter>");
    cr_expect(driver_shows(&driver, "Upcoming event wh_a1"));
    driver_keys(&driver, "s");
    cr_expect(driver_shows(&driver, "Bridge delivers event wh_a1"), "%s", driver_screen(&driver));
    driver_keys(&driver, "n");
    struct event_list none = {0};
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_UPCOMING, .webhook_id = "wep_pay1", .events = &none});
    driver_keys(&driver, "s");
    cr_expect(driver_shows(&driver, "Bridge delivers event wh_a1"));
}

Test(inspector, a_long_path_is_cut_at_its_front_between_steps)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 50, .height = 20});
    open_body("{\"event_object\":{\"a member with a long name. And more\":"
              "{\"source\":{\"payment_rail\":[{\"id\":\"needle\"}]}}}}");
    driver_keys(&driver, "/needle<enter>");
    cr_expect(driver_shows(&driver, "\n …source.payment_rail[0].id\n"), "%s",
              driver_screen(&driver));
}

Test(inspector, headers_stay_in_their_columns)
{
    char value[200];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 80, .height = 40});
    driver_keys(&driver, "4<enter>");
    struct delivery delivery = {.id = driver_effect(&driver, EFFECT_LOAD)->delivery_id,
                                .body = (char *)"{}",
                                .body_length = 2};
    cr_assert(header_list_add(&delivery.headers, "X-Webhook-Signature", value));
    cr_assert(header_list_add(&delivery.headers, "A", "short"));
    cr_assert(header_list_add(&delivery.headers, "X-Forwarded-By-A-Proxy-With-A-Name", "named"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = delivery.id,
                                           .delivery = &delivery});
    header_list_clear(&delivery.headers);
    cr_expect(driver_shows(&driver, "  X-Webhook-Signature       vvvvv"), "%s",
              driver_screen(&driver));
    cr_expect(
        driver_shows(&driver, "  signature        vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv… ("));
    cr_expect(driver_shows(&driver, "                            vvvvv"));
    cr_expect(driver_shows(&driver, "  A                         short"));
    cr_expect(driver_shows(&driver, "  X-Forwarded-By-A-Proxy-   named"));
    cr_expect(driver_shows(&driver, "  With-A-Name  "));
    driver_keys(&driver, "w");
    cr_expect(driver_shows(&driver, "  X-Forwarded-By-A-Proxy-W… named"));
}

/* --- why it is not genuine --------------------------------------------------------------- */

static struct doctor_report diagnosis_of(enum doctor_kind kind, bool shown, const char *what)
{
    struct doctor_report report = {.count = 1};
    report.findings[0] =
        (struct doctor_finding){.kind = kind, .shown = shown, .remedy = "Mend it."};
    (void)snprintf(report.findings[0].what, DOCTOR_LINE_SIZE, "%s", what);
    return report;
}

Test(inspector, a_diagnosis_comes_after_the_body_and_is_a_hint)
{
    open_body(EVENT);
    int64_t id = inspector()->delivery_id;
    struct doctor_report report = diagnosis_of(DOCTOR_SINGLE_HASH, true, "Hashed \033[31monce.");
    driver_send(
        &driver,
        &(struct message){.kind = MESSAGE_DIAGNOSED, .delivery_id = id + 1, .diagnosis = &report});
    cr_expect_not(driver_shows(&driver, "Hashed"), "it is another's");
    go_to("Object");
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_DIAGNOSED, .delivery_id = id, .diagnosis = &report});
    cr_expect(driver_shows(&driver, "? shown"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "Hashed ^[[31monce."), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "to do"));
    report = diagnosis_of(DOCTOR_TRUNCATED, false, "Cut.");
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_DIAGNOSED, .delivery_id = id, .diagnosis = &report});
    cr_expect(driver_shows(&driver, "? hint"));
    driver_keys(&driver, "<esc><enter>");
    cr_expect_not(driver_shows(&driver, "? hint"), "a delivery that is opened anew has none yet");
}

Test(inspector, a_diagnosis_that_repeats_the_reason_is_but_what_to_do)
{
    open_body(EVENT);
    cr_expect(driver_shows(&driver, "a reason for a person"));
    struct doctor_report report =
        diagnosis_of(DOCTOR_MALFORMED_HEADER, true, "A reason for a person.");
    driver_send(&driver, &(struct message){.kind = MESSAGE_DIAGNOSED,
                                           .delivery_id = inspector()->delivery_id,
                                           .diagnosis = &report});
    cr_expect_not(driver_shows(&driver, "A reason for a person."));
    cr_expect(driver_shows(&driver, "Mend it."), "%s", driver_screen(&driver));
}

/* --- great and odd --------------------------------------------------------------------------- */

/* A body of a megabyte: opened, walked through and searched without laying all of it out each time,
   which would take minutes. */
Test(inspector, a_great_body_costs_what_is_on_screen, .timeout = 60)
{
    enum { SIZE = 1 << 20, STEPS = 3000 };
    char *body = malloc(SIZE + 128);
    cr_assert_not_null(body);
    size_t length = (size_t)sprintf(body, "{\"event_object\":[");
    for (size_t first = length; length < SIZE;)
        length += (size_t)sprintf(body + length, "%s{\"id\":\"tr_%zu\",\"n\":[1,2]}",
                                  length > first ? "," : "", length);
    length += (size_t)sprintf(body + length, "]}");
    driver_keys(&driver, "4<enter>");
    load(body, length);
    for (int i = 0; i < STEPS; i++) {
        driver_keys(&driver, i % 3 == 0 ? "<pgdn>" : "j");
        (void)driver_screen(&driver);
    }
    cr_expect_gt(inspector()->cursor, (size_t)STEPS);
    driver_keys(&driver, "G/tr_9999<enter>nN<esc>HL");
    cr_expect_not(driver_shows(&driver, "not all of it"));
    free(body);
}

Test(inspector, any_bytes_at_any_size)
{
    static const char DEEP[] = "{\"event_object\":{\"\":{\"\":[[[[[[[[[[\"deep\"]]]]]]]]]]}}}";
    char body[512];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)i;
    for (int width = 40; width < 180; width += 13) {
        driver_send(&driver,
                    &(struct message){.kind = MESSAGE_RESIZE, .width = width, .height = width / 4});
        driver_keys(&driver, "4<enter>");
        load(body, sizeof body);
        driver_keys(&driver, "LG<pgup>/\xFF<enter>nH<tab><enter>zw");
        (void)driver_screen(&driver);
        driver_keys(&driver, "zw<esc><esc>");
        driver_keys(&driver, "4<enter>");
        load(DEEP, sizeof DEEP - 1);
        driver_keys(&driver, "/deep<enter>");
        cr_expect(driver_shows(&driver, "\"deep\""), "%s", driver_screen(&driver));
        driver_keys(&driver, "<esc><esc>");
    }
}

Test(inspector, points_at_the_line_on_a_row)
{
    open_body(EVENT);
    cr_assert(inspector_point(inspector(), 1));
    cr_expect_eq(inspector()->cursor, 1U);
    cr_expect_not(inspector_point(inspector(), 500));
    cr_expect_eq(inspector()->cursor, 1U);
}

Test(inspector, hides_a_body_until_it_has_been_judged)
{
    static const char body[] = "{\"a\":1}";
    struct inspector of_its_own = {0};
    struct redact_spans nothing = {0};
    size_t index;
    inspector_begin(&of_its_own);
    cr_assert(inspector_add_body(&of_its_own, body, strlen(body), &index));
    cr_expect(inspector_body_hides(0, &of_its_own.bodies[index]));
    cr_expect(inspector_masks(&of_its_own));
    inspector_hide(&of_its_own, index, &nothing);
    cr_expect_not(inspector_body_hides(0, &of_its_own.bodies[index]));
    cr_expect_not(inspector_masks(&of_its_own));
    inspector_clear(&of_its_own);
}

Test(inspector, hides_bytes_in_the_tree_the_dump_and_the_search)
{
    open_body("{\"event_object\":{\"name\":\"Alice Liddell\",\"memo\":\"to Alice, with thanks\"}}");
    struct redact_spans spans = {.items = calloc(2, sizeof *spans.items), .count = 2};
    cr_assert_not_null(spans.items);
    const char *body = inspector()->bodies[0].bytes;
    spans.items[0].start = (uint32_t)(strstr(body, "Alice Liddell") - body);
    spans.items[0].length = (uint32_t)strlen("Alice Liddell");
    spans.items[1].start = (uint32_t)(strstr(body, "Alice, with") - body);
    spans.items[1].length = (uint32_t)strlen("Alice");
    inspector_hide(inspector(), 0, &spans);
    cr_expect_eq(spans.count, 0U, "they are the inspector's now");
    cr_expect(inspector_masks(inspector()));
    driver_keys(&driver, "L");
    cr_expect(driver_shows(&driver, "\"name\": \"•••\""));
    cr_expect(driver_shows(&driver, "\"memo\": \"to •••, with thanks\""));
    driver_keys(&driver, "/Alice<enter>");
    cr_expect(driver_shows(&driver, "no match"));
    driver_keys(&driver, "<esc>H");
    go_to("Object");
    driver_keys(&driver, "l");
    cr_expect_not(driver_shows(&driver, "Liddell"));
    driver_keys(&driver, "G<enter>G");
    cr_expect_not(driver_shows(&driver, "ddell"), "%s", driver_screen(&driver));
    cr_expect_not(driver_shows(&driver, "6c 69 63 65"), "nor as hexadecimal");
    inspector()->unmasked = true;
    cr_expect(driver_shows(&driver, "ddell"));
}

/* The suite's screen has no room for a list beside it. */
Test(inspector, z_says_so_where_nothing_is_left_to_take)
{
    open_body(EVENT);
    driver_keys(&driver, "z");
    cr_expect(driver_shows(&driver, "it has the whole screen"), "%s", driver_screen(&driver));
    cr_expect_not(inspector()->zoomed);
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 160, .height = 40});
    driver_keys(&driver, "z");
    cr_expect(inspector()->zoomed);
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 100, .height = 40});
    driver_keys(&driver, "z");
    cr_expect(inspector()->zoomed, "what it is where there is room stays");
}
