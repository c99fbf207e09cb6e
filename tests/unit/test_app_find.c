/* `/` and `f`: what panes show, what the store is asked, and what its answers do. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){.width = 120, .height = 40});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(app_find, .init = start, .fini = stop);

static const struct list *list_of(enum pane pane)
{
    return &driver.app->lists[pane];
}

/* An answer of the store with so many rows from `newest` down. */
static void answer(uint64_t search, int64_t newest, size_t count, bool searched,
                   const char *trouble)
{
    static struct delivery rows[STATE_FOUND_MAX];
    static char ids[STATE_FOUND_MAX][24];
    for (size_t i = 0; i < count; i++) {
        int64_t id = newest - (int64_t)i;
        (void)snprintf(ids[i], sizeof ids[i], "wh_found%lld", (long long)id);
        rows[i] = (struct delivery){.id = id,
                                    .received_ms = DRIVER_NOW_MS - 100000 + id,
                                    .target = (char *)"/webhooks/old",
                                    .event_type = (char *)"card.created",
                                    .event_id = ids[i],
                                    .answer_us = -1,
                                    .sequence = -1};
    }
    struct store_search_progress progress = {
        .newest_id = newest, .oldest_id = searched ? 1 : newest / 2, .found = count};
    driver_send(&driver, &(struct message){.kind = MESSAGE_FOUND,
                                           .search = search,
                                           .found = rows,
                                           .found_count = count,
                                           .progress = &progress,
                                           .searched = searched,
                                           .whole = searched && count < STATE_FOUND_MAX,
                                           .text = trouble});
}

static uint64_t asked_search(void)
{
    cr_assert(driver.app->found.searching);
    return driver.app->found.generation;
}

/* --- panes 1 to 3 ------------------------------------------------------------------- */

Test(app_find, a_query_holds_its_panes_rows_against_columns_and_payloads)
{
    driver_keys(&driver, "fstatus:active");
    cr_expect(driver_shows(&driver, "2 of 4"));
    driver_keys(&driver, "<ctrl-u>!status:active<enter>");
    cr_expect(driver_shows(&driver, "1 Endpoints · !status:active"));
    cr_expect(driver_shows(&driver, "2 of 4"));
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
    driver_keys(&driver, "<esc>g");
    cr_expect_eq(list_of(PANE_ENDPOINTS)->count, 4u);

    driver_keys(&driver, "3fstatus:5xx<enter>");
    cr_expect_eq(list_of(PANE_DELIVERIES)->count, 1u);
    driver_keys(&driver, "f<ctrl-u>gateway<enter>");
    cr_expect_eq(list_of(PANE_DELIVERIES)->count, 1u);
    driver_keys(&driver, "2fcustomer<enter>");
    cr_expect_eq(list_of(PANE_UPCOMING)->count, 1u);
}

Test(app_find, filters_stay_with_their_panes)
{
    driver_keys(&driver, "2fcustomer<enter>3/200<enter>1");
    cr_expect(driver_shows(&driver, "2 Upcoming · wep_pay1 · customer"));
    cr_expect(driver_shows(&driver, "3 Deliveries · wep_pay1 /200"));
    driver_keys(&driver, "2<esc>");
    cr_expect_not(driver_shows(&driver, "· customer"));
    cr_expect(driver_shows(&driver, "/200"));
}

/* The words go first, then the query; only then q ends the program. */
Test(app_find, q_and_esc_take_one_filter_away_at_a_time)
{
    driver_keys(&driver, "fstatus:active<enter>/pay<enter>");
    cr_expect_eq(list_of(PANE_ENDPOINTS)->count, 1u);
    driver_keys(&driver, "q");
    cr_expect_null(driver_effect(&driver, EFFECT_QUIT));
    cr_expect_eq(list_of(PANE_ENDPOINTS)->count, 2u);
    driver_keys(&driver, "q");
    cr_expect_null(driver_effect(&driver, EFFECT_QUIT));
    cr_expect_eq(list_of(PANE_ENDPOINTS)->count, 4u);
    driver_keys(&driver, "q");
    cr_expect_not_null(driver_effect(&driver, EFFECT_QUIT));
}

Test(app_find, esc_takes_a_line_that_is_not_right_away)
{
    driver_keys(&driver, "fstat:x<esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
    cr_expect_eq(list_of(PANE_ENDPOINTS)->query.length, 0u);
    cr_expect_eq(list_of(PANE_ENDPOINTS)->wrong.message[0], '\0');
}

/* --- what is wrong --------------------------------------------------------------------- */

static const struct cell *cell_at(int x, int y)
{
    (void)driver_screen(&driver);
    return grid_cell(&driver.grid, x, y);
}

Test(app_find, a_wrong_term_is_marked_and_what_stands_before_it_holds)
{
    driver_keys(&driver, "fpay stat:active");
    cr_expect(driver_shows(&driver, "unknown field stat: did you mean status?"));
    cr_expect_eq(list_of(PANE_ENDPOINTS)->count, 1u); /* of "pay" */
    int y = driver.app->layout.status.y;
    int x = 6; /* behind "find " */
    cr_expect_eq(cell_at(x, y)->style.role, ROLE_NORMAL);
    cr_expect_eq(cell_at(x + 4, y)->style.role, ROLE_BAD);
    cr_expect_eq(cell_at(x + 4, y)->style.bits, STYLE_UNDERLINE);
    cr_expect_eq(cell_at(x + 7, y)->style.role, ROLE_BAD);
    cr_expect_eq(cell_at(x + 8, y)->style.role, ROLE_NORMAL);
    driver_keys(&driver, "<enter>");
    cr_expect_eq(state_place(driver.app), PLACE_QUERY);
    driver_keys(&driver, "<ctrl-u>pay<enter>");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
}

Test(app_find, the_empty_line_says_what_there_is_to_type)
{
    driver_keys(&driver, "f");
    cr_expect(driver_shows(&driver, "status:"));
    cr_expect_not(driver_shows(&driver, "verdict:"));
    driver_keys(&driver, "<esc>4f");
    cr_expect(driver_shows(&driver, "verdict:"));
}

/* --- history ------------------------------------------------------------------------------ */

Test(app_find, up_brings_recent_ones_back)
{
    driver_keys(&driver, "fpay<enter><esc>fcard<enter><esc>f");
    driver_keys(&driver, "half<up>");
    cr_expect_str_eq(list_of(PANE_ENDPOINTS)->query.text, "card");
    cr_expect_eq(list_of(PANE_ENDPOINTS)->count, 1u);
    driver_keys(&driver, "<up>");
    cr_expect_str_eq(list_of(PANE_ENDPOINTS)->query.text, "pay");
    driver_keys(&driver, "<down><down>");
    cr_expect_str_eq(list_of(PANE_ENDPOINTS)->query.text, "half");
    driver_keys(&driver, "<esc>/<up>");
    cr_expect_str_eq(list_of(PANE_ENDPOINTS)->filter.text, "");
}

/* --- pane 4: the store ------------------------------------------------------------------------ */

Test(app_find, pane_4_asks_the_store_and_shows_its_rows)
{
    driver_keys(&driver, "4ftype:card");
    const struct effect *effect = driver_effect(&driver, EFFECT_SEARCH);
    cr_assert_not_null(effect);
    cr_expect_str_eq(effect->query, "type:card");
    cr_expect_eq(effect->above, 0);
    cr_expect_gt(effect->delay_ms, 0u);                   /* another key may follow */
    cr_expect(driver_shows(&driver, "transfer.created")); /* until an answer comes */
    uint64_t search = effect->search;
    answer(search, 900, 2, false, NULL);
    cr_expect(driver_shows(&driver, "card.created"));
    cr_expect_eq(state_live_count(driver.app), 2u);
    answer(search, 898, 3, true, NULL);
    cr_expect_eq(list_of(PANE_LIVE)->count, 5u);
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "4 Live · 127.0.0.1:8787 · type:card"));
    for (size_t i = 0; i < 5; i++) /* oldest first */
        cr_expect_eq(state_live_row(driver.app, i)->delivery.id, 896 + (int64_t)i);
    driver_keys(&driver, "g<enter>");
    const struct effect *load = driver_effect(&driver, EFFECT_LOAD);
    cr_assert_not_null(load);
    cr_expect_eq(load->delivery_id, 896);
}

Test(app_find, answers_to_what_is_not_asked_any_more_are_passed_over)
{
    driver_keys(&driver, "4fa");
    uint64_t first = asked_search();
    driver_keys(&driver, "b");
    uint64_t second = asked_search();
    cr_expect_neq(first, second);
    answer(first, 900, 5, true, NULL);
    cr_expect_not(driver.app->found.open);
    answer(second, 900, 2, true, NULL);
    cr_expect_eq(list_of(PANE_LIVE)->count, 2u);
    driver_keys(&driver, "<esc>");
    cr_expect_str_eq(driver_effect(&driver, EFFECT_SEARCH)->query, "");
    answer(second, 900, 2, true, NULL);
    cr_expect_eq(list_of(PANE_LIVE)->count, 3u); /* what arrived */
}

Test(app_find, keys_are_answered_while_the_store_is_searched)
{
    driver_keys(&driver, "4fa<enter>");
    cr_expect(driver.app->found.searching);
    driver_keys(&driver, "1jj");
    cr_expect_eq(list_of(PANE_ENDPOINTS)->cursor, 2u);
    cr_expect(driver.app->found.searching);
}

Test(app_find, new_arrivals_that_match_join_with_one_search_at_a_time)
{
    driver_keys(&driver, "4fa<enter>");
    uint64_t search = asked_search();
    driver_arrive(&driver, 10, VERDICT_GENUINE);
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH)); /* one is under way */
    answer(search, 900, 2, true, NULL);
    const struct effect *effect = driver_effect(&driver, EFFECT_SEARCH);
    cr_assert_not_null(effect); /* for what came meanwhile */
    cr_expect_eq(effect->above, 900);
    cr_expect_eq(effect->search, search);
    driver_arrive(&driver, 11, VERDICT_GENUINE);
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
    answer(search, 902, 2, true, NULL);
    cr_expect_eq(list_of(PANE_LIVE)->count, 4u);
    cr_expect_eq(state_live_row(driver.app, 3)->delivery.id, 902);
    cr_expect_eq(driver_effect(&driver, EFFECT_SEARCH)->above, 902);
    answer(search, 902, 0, true, NULL);
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
    cr_expect(driver_shows(&driver, "4 of"));
}

static void answered(int64_t id, int status)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_ANSWERED,
                                           .delivery_id = id,
                                           .answer_us = 4000,
                                           .answer_status = status});
}

/* An application's own answer comes after the row was looked at. */
Test(app_find, what_is_answered_later_joins_and_leaves)
{
    driver_keys(&driver, "4fanswer:200 card<enter>");
    uint64_t search = asked_search();
    answer(search, 900, 2, true, NULL);
    cr_expect_eq(list_of(PANE_LIVE)->count, 2u);
    answered(899, 500);
    cr_expect_eq(list_of(PANE_LIVE)->count, 1u);
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
    answered(895, 200); /* not shown: whether the rest holds, the store knows */
    const struct effect *effect = driver_effect(&driver, EFFECT_SEARCH);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->above, 894);
    answered(893, 200); /* meanwhile */
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
    answer(search, 900, 1, false, NULL);
    answer(search, 895, 1, true, NULL);
    cr_expect_eq(driver_effect(&driver, EFFECT_SEARCH)->above, 892);
    cr_expect_eq(list_of(PANE_LIVE)->count, 2u); /* 900 once */
    cr_expect_eq(state_live_row(driver.app, 0)->delivery.id, 895);
    cr_expect_eq(state_live_row(driver.app, 1)->delivery.id, 900);
    answer(search, 900, 0, true, NULL);
    answered(800, 404);
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
}

Test(app_find, what_the_store_does_not_know_yet_is_taken_from_what_arrived)
{
    driver_keys(&driver, "4fcard");
    answer(asked_search(), 3, 3, true, NULL);
    cr_expect_eq(driver.app->found.rows[0].delivery.id, 3);
    cr_expect_eq(driver.app->found.rows[0].delivery.answer_us,
                 driver.app->live[2].delivery.answer_us);
    cr_expect_gt(driver.app->live[2].delivery.answer_us, 0);
    driver_keys(&driver, "s");
    answer(asked_search(), 99, 1, true, NULL);
    cr_expect_eq(driver.app->found.rows[0].delivery.answer_us, -1, "nobody knows");
}

Test(app_find, a_late_answer_is_no_matter_to_other_queries)
{
    driver_keys(&driver, "4fcard<enter>");
    answer(asked_search(), 900, 2, true, NULL);
    answered(899, 500);
    answered(895, 500);
    cr_expect_null(driver_effect(&driver, EFFECT_SEARCH));
    cr_expect_eq(list_of(PANE_LIVE)->count, 2u);
    cr_expect_eq(state_live_row(driver.app, 0)->delivery.answer_status, 500);
}

Test(app_find, results_are_bounded_and_say_so)
{
    driver_keys(&driver, "4fa<enter>");
    uint64_t search = asked_search();
    answer(search, 50000, STATE_FOUND_MAX, true, NULL);
    cr_expect(driver_shows(&driver, "2,000+ of"));
    driver_arrive(&driver, 12, VERDICT_GENUINE);
    answer(search, 50003, 3, true, NULL);
    cr_expect_eq(driver.app->found.count, (size_t)STATE_FOUND_MAX);
    cr_expect_eq(driver.app->found.rows[0].delivery.id, 50003);
    cr_expect_eq(driver.app->found.rows[3].delivery.id, 50000);
}

Test(app_find, says_how_far_it_is_that_nothing_was_found_and_what_failed)
{
    driver_keys(&driver, "4fa<enter>");
    uint64_t search = asked_search();
    cr_expect(driver_shows(&driver, "searching"));
    answer(search, 900, 0, false, NULL);
    cr_expect(driver_shows(&driver, "50 % searched"));
    cr_expect(driver_shows(&driver, "Searching the store"));
    answer(search, 900, 0, true, NULL);
    cr_expect(driver_shows(&driver, "Nothing in the store matches"));
    driver_keys(&driver, "f<ctrl-u>b<enter>");
    answer(asked_search(), 0, 0, true, "cannot search /x/y.db: disk I/O error");
    cr_expect(driver_shows(&driver, "cannot search /x/y.db: disk I/O error"));
}

Test(app_find, words_narrow_what_was_found)
{
    driver_keys(&driver, "4ftype:card<enter>");
    answer(asked_search(), 900, 12, true, NULL);
    driver_keys(&driver, "/none<enter>");
    cr_expect(driver_shows(&driver, "0 of 12 found"));
    driver_keys(&driver, "<esc>");
    cr_expect_eq(list_of(PANE_LIVE)->count, 12u);
}

Test(app_find, the_live_list_may_be_full_while_results_show)
{
    driver_keys(&driver, "4fa<enter>");
    answer(asked_search(), 900, 5, true, NULL);
    for (int i = 0; i < STATE_LIVE_MAX + 10; i++)
        driver_arrive(&driver, 1000 + i, VERDICT_GENUINE);
    cr_expect_eq(list_of(PANE_LIVE)->count, 5u);
    driver_keys(&driver, "<esc>");
    cr_expect_eq(list_of(PANE_LIVE)->count, driver.app->live_count);
    cr_expect(driver_shows(&driver, "newest"));
}

/* --- highlights ---------------------------------------------------------------------------------
 */

static size_t matched_cells(enum pane pane)
{
    (void)driver_screen(&driver);
    struct rect rect = driver.app->layout.panes[pane];
    size_t count = 0;
    for (int y = rect.y + 1; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++)
            count += grid_cell(&driver.grid, x, y)->style.role == ROLE_MATCH;
    return count;
}

Test(app_find, what_was_found_is_marked_in_the_cells)
{
    cr_expect_eq(matched_cells(PANE_ENDPOINTS), 0u);
    driver_keys(&driver, "/KYC");
    cr_expect_eq(matched_cells(PANE_ENDPOINTS), 9u); /* id, URL, category */
    driver_keys(&driver, "<esc>fid:kyc !bitcoin<enter>");
    cr_expect_eq(matched_cells(PANE_ENDPOINTS), 9u);
    driver_keys(&driver, "<esc>f!kyc<enter>");
    cr_expect_eq(matched_cells(PANE_ENDPOINTS), 0u);
}
