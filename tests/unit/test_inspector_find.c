/* Finding in the inspector: what is found, counted, marked and scrolled to. */
#include "tests/unit/inspector_driver.h"

#include <stdlib.h>

TestSuite(inspector_find, .init = set_up, .fini = tear_down);

/* --- finding --------------------------------------------------------------------------------- */

Test(inspector_find, finds_in_folded_parts_and_unfolds_them)
{
    open_body(EVENT);
    driver_keys(&driver, "H/needle");
    cr_expect(driver_shows(&driver, "1 of 1"));
    expect_path("event_object.source.deep[0].id");
    cr_expect(driver_shows(&driver, "\"id\": \"needle\""));
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "/needle 1 of 1"), "the count stays in the title");
    size_t marked = 0;
    (void)driver_screen(&driver);
    for (int i = 0; i < driver.grid.width * driver.grid.height; i++)
        marked += driver.grid.cells[i].style.role == ROLE_MATCH;
    cr_expect_eq(marked, strlen("needle"));
    driver_keys(&driver, "<esc>");
    cr_expect_neq(inspector()->kind, INSPECTOR_NONE, "Esc clears the search first");
    cr_expect_not(driver_shows(&driver, "1 of 1"));
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

/* What the list was filtered by is what one looks for in its rows. */
Test(inspector_find, n_begins_with_what_the_list_was_found_by)
{
    driver_keys(&driver, "2ftype:transfer 12.50<enter><enter>n");
    cr_expect_str_eq(inspector()->find.needle.text, "12.50", "a word before a field");
    cr_expect(driver_shows(&driver, "/12.50 1 of 1"), "%s", driver_screen(&driver));
    expect_path("event_object.amount");
    driver_keys(&driver, "<esc><esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
    driver_keys(&driver, "<esc>/a1<enter><enter>N");
    cr_expect_str_eq(inspector()->find.needle.text, "a1");
    driver_keys(&driver, "<esc><esc><esc>f!nowhere<enter><enter>n");
    cr_expect(driver_shows(&driver, "nothing is searched for"), "%s", driver_screen(&driver));
    cr_expect_not(inspector_finds(inspector()));
}

static void resize(int width)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = width, .height = 24});
}

Test(inspector_find, the_title_tells_what_there_is_room_for)
{
    open_body("{\"event_object\":{\"email\":\"a@b.co\"}}");
    driver_keys(&driver, "/no such thing<enter>");
    resize(80);
    cr_expect(driver_shows(&driver, " /no such thing no match · masked · line 1 of "), "%s",
              driver_screen(&driver));
    resize(70);
    cr_expect(driver_shows(&driver, "─ /no such thing no match · masked ─┐"), "%s",
              driver_screen(&driver));
    resize(50);
    cr_expect(driver_shows(&driver, "─ masked no match ─┐"), "%s", driver_screen(&driver));
}

Test(inspector_find, n_and_N_walk_the_matches_around)
{
    open_body("{\"event_object\":{\"a\":\"Hit\",\"b\":[\"hit HIT\"],\"c\":0}}");
    driver_keys(&driver, "/hit<enter>");
    cr_expect(driver_shows(&driver, "1 of 3"));
    expect_path("event_object.a");
    driver_keys(&driver, "n");
    cr_expect(driver_shows(&driver, "2 of 3"));
    driver_keys(&driver, "n");
    cr_expect(driver_shows(&driver, "3 of 3"));
    expect_path("event_object.b[0]");
    driver_keys(&driver, "n");
    cr_expect(driver_shows(&driver, "1 of 3"));
    driver_keys(&driver, "N");
    cr_expect(driver_shows(&driver, "3 of 3"));
    driver_keys(&driver, "jN");
    cr_expect(driver_shows(&driver, "3 of 3"), "from where the cursor is");
    driver_keys(&driver, "gn");
    cr_expect(driver_shows(&driver, "1 of 3"));
    driver_keys(&driver, "<esc>n");
    cr_expect(driver_shows(&driver, "nothing is searched for"));
}

Test(inspector_find, what_is_nowhere_leaves_the_cursor_where_it_was)
{
    open_body(EVENT);
    go_to("\"payment_rail\"");
    driver_keys(&driver, "/need");
    expect_path("event_object.source.deep[0].id");
    driver_keys(&driver, "ed");
    cr_expect(driver_shows(&driver, "no match"));
    expect_path("event_object.source.payment_rail");
    driver_keys(&driver, "<esc>");
    expect_path("event_object.source.payment_rail");
    driver_paste(&driver, "x");
    cr_expect(driver_shows(&driver, "nothing here takes a paste"));
    driver_keys(&driver, "/");
    driver_paste(&driver, "needle");
    cr_expect(driver_shows(&driver, "1 of 1"));
}

Test(inspector_find, a_search_goes_on_in_the_next_event)
{
    driver_keys(&driver, "4g<enter>");
    load(EVENT, strlen(EVENT));
    driver_keys(&driver, "/needle<enter>J");
    load(EVENT, strlen(EVENT));
    cr_expect(driver_shows(&driver, "/needle 1 of 1"));
}

/* A value longer than one line shows, with "needle" over each end of its lines, and once within. */
Test(inspector_find, finds_over_the_parts_of_a_long_value)
{
    enum { SIZE = 3 * INSPECTOR_PART };
    char *body = malloc(SIZE + 64);
    cr_assert_not_null(body);
    memset(body, 'x', SIZE + 64);
    memcpy(body, "{\"event_object\":\"", 17);
    char *value = body + 16; /* its quote */
    memcpy(value + INSPECTOR_PART - 3, "Needle", 6);
    memcpy(value + INSPECTOR_PART + 100, "needle", 6);
    memcpy(value + 2 * INSPECTOR_PART - 1, "needle", 6);
    memcpy(body + SIZE + 60, "\"}", 3);
    driver_keys(&driver, "4<enter>");
    load(body, SIZE + 62);
    driver_keys(&driver, "/needle<enter>");
    cr_expect(driver_shows(&driver, "/needle 1 of 3"));
    cr_expect_eq(count_marked(), 12U, "the one over the end, and the one after it: %zu",
                 count_marked());
    driver_keys(&driver, "nn");
    cr_expect(driver_shows(&driver, "/needle 3 of 3"));
    cr_expect_eq(count_marked(), 6U, "the row that the match is on is shown");

    struct redact_spans spans = {.items = calloc(1, sizeof *spans.items), .count = 1};
    cr_assert_not_null(spans.items);
    spans.items[0].start = 16 + 2 * INSPECTOR_PART + 2;
    spans.items[0].length = 1;
    inspector_hide(inspector(), 0, &spans);
    driver_keys(&driver, "<esc>/needle<enter>");
    cr_expect(driver_shows(&driver, "of 2"), "not where some of it is hidden");
    free(body);
}

Test(inspector_find, finds_in_the_dump_of_what_is_no_text)
{
    static const char BODY[] = "\x00\x01wxyz0123456789ab Needle \xFF\xD8 tail";
    driver_keys(&driver, "4<enter>");
    load(BODY, sizeof BODY - 1);
    driver_keys(&driver, "/needle<enter>");
    cr_expect(driver_shows(&driver, "/needle 1 of 2"), "in the payload, and in the dump");
    driver_keys(&driver, "n");
    cr_expect(driver_shows(&driver, "/needle 2 of 2"));
    cr_expect(driver_shows(&driver, "4e 65 65 64 6c  65"), "%s", driver_screen(&driver));
    cr_expect_eq(count_marked(), 6 + 18 + 6U, "in the payload, as hexadecimal, as ASCII");
    driver_keys(&driver, "<esc>/89ab need<enter>n");
    cr_expect(driver_shows(&driver, "/89ab need 2 of 2"), "over the end of a line");
    driver_keys(&driver, "<esc>/ffd8<enter>");
    cr_expect(driver_shows(&driver, "/ffd8 1 of 1"));
    cr_expect_eq(count_marked(), 5 + 2U);
    driver_keys(&driver, "<esc>/ff d9<enter>");
    cr_expect(driver_shows(&driver, "no match"));
}

Test(inspector_find, finds_bytes_of_text_only_as_bytes)
{
    open_body("{\"event_object\":{\"a\":\"ab\"}}");
    driver_keys(&driver, "/ab<enter>");
    cr_expect(driver_shows(&driver, "/ab 1 of 1"), "the dump says the same once more");
    driver_keys(&driver, "<esc>/22 61 62 22<enter>");
    cr_expect(driver_shows(&driver, "1 of 1"));
    cr_expect(driver_shows(&driver, "▾ Raw"));
    cr_expect_eq(count_marked(), 12 + 4U);
    struct redact_spans spans = {.items = calloc(1, sizeof *spans.items), .count = 1};
    cr_assert_not_null(spans.items);
    spans.items[0].start =
        (uint32_t)(strstr(inspector()->bodies[0].bytes, "ab") - inspector()->bodies[0].bytes);
    spans.items[0].length = 2;
    inspector_hide(inspector(), 0, &spans);
    driver_keys(&driver, "<esc>/22 61 62<enter>");
    cr_expect(driver_shows(&driver, "no match"), "what is hidden cannot be guessed at");
}

/* A match far behind where its line is cut, and one in a line that is not. */
Test(inspector_find, what_is_found_is_not_cut)
{
    char body[1200] = "{\"event_object\":{\"long\":\"";
    size_t length = strlen(body);
    memset(body + length, 'x', 1000);
    length += 1000;
    (void)snprintf(body + length, sizeof body - length, "needle\",\"b\":\"needle\"}}");
    open_body(body);
    driver_keys(&driver, "w");
    cr_expect(driver_shows(&driver, "xxxx… "));
    cr_expect_not(driver_shows(&driver, "needle\","));
    driver_keys(&driver, "/needle<enter>");
    cr_expect(driver_shows(&driver, "1 of 2"));
    cr_expect_eq(count_marked(), 12U, "both are on screen");
    driver_keys(&driver, "n");
    cr_expect_eq(count_marked(), 6U, "the long line is cut again");
    driver_keys(&driver, "N<esc>");
    cr_expect(driver_shows(&driver, "xxxx… "));
    cr_expect(driver_shows(&driver, "\"b\": \"needle\""));
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 60, .height = 12});
    driver_keys(&driver, "/needle<enter>");
    cr_expect_eq(count_marked(), 12U, "%s", driver_screen(&driver));
    driver_keys(&driver, "n<esc>");
    cr_expect(driver_shows(&driver, "\"b\": \"needle\""));
}
