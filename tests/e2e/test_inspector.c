/* The keys of the inspector, on the screen of the real program. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct session session;

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(inspector, .fini = tear_down, .timeout = 100);

/* The demo's first endpoint, its upcoming events in focus. */
static void start(int width, int height)
{
    session_begin(&session,
                  (struct session_options){.demo = true, .width = width, .height = height});
    session_open(&session, NULL);
    cr_assert(session_keys_show(&session, "2", "2 Upcoming · wep_"));
    cr_assert(session_shows(&session, "wh_"));
}

Test(inspector, h_l_H_L_and_Enter_fold_and_unfold)
{
    start(110, 60);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "▾ Object"));
    cr_expect(session_shows(&session, "\"id\": "));
    cr_expect(session_keys_hide(&session, "H", "\"id\": "));
    cr_expect(session_shows(&session, "▸ Object"));
    cr_expect(session_keys_show(&session, "L", "\"event_id\": "));
    cr_expect(session_keys_show(&session, "g", "line 1 of"));
    cr_expect(session_keys_show(&session, "h", "▸ Summary"));
    cr_expect(session_keys_show(&session, "l", "▾ Summary"));
    cr_expect(session_press_shows(&session, SCREEN_LEFT, "▸ Summary"));
    cr_expect(session_press_shows(&session, SCREEN_RIGHT, "▾ Summary"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "▸ Summary"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "▾ Summary"));
}

Test(inspector, Tab_walks_sections_and_the_line_below_says_where_one_is)
{
    start(110, 60);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "▾ Object"));
    cr_assert(session_keys_show(&session, "/\"id\"", "1 of "));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "event_object.id"));
    cr_expect(session_press_hides(&session, SCREEN_SHIFT_TAB, "event_object.id"));
    cr_expect(session_keys_show(&session, "j", "event_object.id"));
    cr_expect(session_press_hides(&session, SCREEN_TAB, "event_object.id"));
}

Test(inspector, slash_finds_n_and_N_walk_and_Esc_clears_first)
{
    start(110, 60);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "▾ Object"));
    cr_assert(session_keys_show(&session, "H/api_version", "1 of "));
    cr_expect(session_shows(&session, "▾ Event"), "what it is in is unfolded");
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "/api_version 1 of "));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "/api_version"));
    cr_assert(session_keys_show(&session, "/wh_", "2 of 2"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "/wh_ 2 of 2"));
    cr_expect(session_keys_show(&session, "n", "1 of 2"), "around");
    cr_expect(session_keys_show(&session, "N", "2 of 2"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "/wh_"));
    cr_expect(screen_has(session.screen, "Upcoming event"), "still open");
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Upcoming event"));
}

Test(inspector, J_and_K_step_beside_the_list_and_z_takes_the_whole_screen)
{
    char first[128];
    start(160, 45);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Upcoming event wh_"));
    cr_expect(screen_has(session.screen, "2 Upcoming"), "the list stays beside it");
    int x;
    int y = screen_row_with(session.screen, "Upcoming event wh_", &x);
    cr_assert_geq(y, 0);
    const char *title = strstr(screen_row(session.screen, y), "Upcoming event wh_");
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(title, "─") - 1, title);
    cr_expect(session_keys_hide(&session, "J", first));
    cr_expect(session_shows(&session, "Upcoming event wh_"));
    cr_expect(session_keys_show(&session, "K", first));
    cr_expect(session_keys_hide(&session, "z", "2 Upcoming ·"));
    cr_expect(session_keys_show(&session, "z", "2 Upcoming ·"));
}

Test(inspector, s_asks_to_send_what_is_shown)
{
    start(110, 60);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "▾ Object"));
    cr_expect(session_keys_show(&session, "s", "Bridge delivers event wh_"));
    cr_expect(session_keys_hide(&session, "n", "Bridge delivers event wh_"));
    cr_expect(screen_has(session.screen, "▾ Object"), "still open");
}

Test(inspector, equals_compares_two_marked_events)
{
    start(110, 60);
    cr_expect(session_keys_show(&session, "=", "comparing takes two marked events"));
    cr_assert(session_keys_show(&session, "  =", "▾ Comparison"));
    cr_expect(session_shows(&session, "fields differ"));
    cr_expect(session_shows_row(&session, "event_id", "+ \"wh_"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "▾ Comparison"));
}
