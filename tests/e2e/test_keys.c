/* The keys that move, open, filter and look again: what each does on the screen of the real
   program, and what it makes the program ask. Actions at Bridge are in test_actions.c. */
#include "tests/e2e/session.h"
#include "tui/keymap.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEMO_ENDPOINTS = 4, LIST_MAX = 512 };

static struct session session;

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(keys, .fini = tear_down, .timeout = 100);

static void start(struct session_options options)
{
    session_begin(&session, options);
    session_open(&session, NULL);
}

/* Ids in the list that a path answers, in its order. Returns how many. */
static size_t ask_ids(const char *path, const char *name, char ids[][CONTRACT_ID_MAX + 1],
                      size_t max)
{
    cJSON *answer;
    cr_assert_eq(sandbox_client_ask(session.sandbox, "GET", path, NULL, &answer), 200);
    size_t count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "data"))
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(item, name));
        cr_assert_not_null(id);
        if (count < max)
            (void)snprintf(ids[count++], CONTRACT_ID_MAX + 1, "%s", id);
    }
    cJSON_Delete(answer);
    return count;
}

static void ask_endpoints(char ids[DEMO_ENDPOINTS][CONTRACT_ID_MAX + 1])
{
    cr_assert_eq(ask_ids("/v0/webhooks", "id", ids, DEMO_ENDPOINTS), DEMO_ENDPOINTS);
}

/* --- move ------------------------------------------------------------------ */

Test(keys, j_k_arrows_g_G_home_end_move_through_endpoints)
{
    char ids[DEMO_ENDPOINTS][CONTRACT_ID_MAX + 1], title[128];
    start((struct session_options){.demo = true});
    ask_endpoints(ids);
    cr_expect(session_selects(&session, ids[0]));
    cr_assert(screen_keys(session.screen, "j"));
    cr_expect(session_selects(&session, ids[1]));
    cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_expect(session_selects(&session, ids[2]));
    cr_assert(screen_keys(session.screen, "k"));
    cr_expect(session_selects(&session, ids[1]));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_expect(session_selects(&session, ids[0]));
    cr_assert(screen_keys(session.screen, "G"));
    cr_expect(session_selects(&session, ids[3]));
    cr_assert(screen_keys(session.screen, "g"));
    cr_expect(session_selects(&session, ids[0]));
    cr_assert(screen_press(session.screen, SCREEN_END));
    cr_expect(session_selects(&session, ids[3]));
    cr_assert(screen_press(session.screen, SCREEN_HOME));
    cr_expect(session_selects(&session, ids[0]));

    /* The panes of the selected endpoint follow, and are asked. */
    char path[SESSION_PATH_SIZE];
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_assert(screen_keys(session.screen, "j"));
    (void)snprintf(title, sizeof title, "2 Upcoming · %s", ids[1]);
    cr_expect(session_shows(&session, title));
    cr_expect(sandbox_client_wait(session.sandbox, session.screen, "GET",
                                  session_path(path, ids[1], "/events"), NULL, SESSION_LIMIT_MS));
    cr_expect(sandbox_client_wait(session.sandbox, session.screen, "GET",
                                  session_path(path, ids[1], "/logs"), NULL, SESSION_LIMIT_MS));
}

struct ids {
    char (*items)[CONTRACT_ID_MAX + 1];
    size_t count;
};

/* Which of the ids is in the selected row, or -1. */
static int selected_index(const struct ids *ids)
{
    const char *row = session_selected(&session);
    for (size_t i = 0; i < ids->count; i++)
        if (strstr(row, ids->items[i]) != NULL)
            return (int)i;
    return -1;
}

static bool is_not_the_last(struct screen *screen, const void *context)
{
    const struct ids *ids = context;
    (void)screen;
    int index = selected_index(ids);
    return index >= 0 && (size_t)index < ids->count - 1;
}

Test(keys, PgUp_PgDn_move_by_pages)
{
    static char ids[LIST_MAX][CONTRACT_ID_MAX + 1];
    char endpoints[DEMO_ENDPOINTS][CONTRACT_ID_MAX + 1], path[SESSION_PATH_SIZE];
    /* One pane at a time, and so wide that ids are whole beside the longest type and answer: a
       delivery from before anybody listened may be logged with a long one. */
    start((struct session_options){.demo = true, .width = 540, .height = 27});
    ask_endpoints(endpoints);
    size_t count = ask_ids(session_path(path, endpoints[0], "/logs"), "event_id", ids, LIST_MAX);
    cr_assert(count > 100, "%zu rows are no pages", count);
    cr_assert(screen_keys(session.screen, "3"));
    cr_assert(session_follows(&session, "─ 3 Deliveries", 200));

    /* Bridge lists the newest first; the pane shows it last. */
    cr_assert(screen_keys(session.screen, "g"));
    cr_assert(session_selects(&session, ids[count - 1]));
    cr_assert(screen_press(session.screen, SCREEN_PAGE_DOWN));
    struct ids all = {ids, count};
    cr_assert(screen_wait_for(session.screen, is_not_the_last, &all, "another row to be selected",
                              SESSION_LIMIT_MS));
    int page = (int)count - 1 - selected_index(&all);
    cr_assert(page > 5 && page < 40, "a page of %d rows", page);
    cr_assert(screen_press(session.screen, SCREEN_PAGE_DOWN));
    cr_expect(session_selects(&session, ids[count - 1 - 2 * (size_t)page]));
    cr_assert(screen_press(session.screen, SCREEN_PAGE_UP));
    cr_expect(session_selects(&session, ids[count - 1 - (size_t)page]));
    cr_assert(screen_press(session.screen, SCREEN_PAGE_UP));
    cr_expect(session_selects(&session, ids[count - 1]));
    cr_assert(screen_press(session.screen, SCREEN_PAGE_UP));
    cr_expect(session_selects(&session, ids[count - 1]), "and no further");
}

Test(keys, a_selection_survives_what_changes_around_it)
{
    char ids[DEMO_ENDPOINTS][CONTRACT_ID_MAX + 1], path[SESSION_PATH_SIZE];
    start((struct session_options){.demo = true});
    ask_endpoints(ids);
    cr_assert(screen_keys(session.screen, "jj"));
    cr_assert(session_selects(&session, ids[2]));
    cr_assert_eq(
        sandbox_client_ask(session.sandbox, "DELETE", session_path(path, ids[0], ""), NULL, NULL),
        200);
    cr_assert(screen_wait_no_text(session.screen, ids[0], SESSION_LIMIT_MS));
    cr_expect(session_selects(&session, ids[2]));
}

/* --- panes ----------------------------------------------------------------- */

Test(keys, Tab_ShiftTab_and_numbers_choose_a_pane)
{
    enum { PANES = 5 };
    static const char *const TITLES[PANES] = {"┌─ 1 Endpoints", "┌─ 2 Upcoming", "┌─ 3 Deliveries",
                                              "┌─ 4 Live", "┌─ 5 Gaps"};
    start((struct session_options){.demo = true, .width = 80, .height = 24});
    for (size_t i = 1; i <= PANES; i++)
        cr_expect(session_press_shows(&session, SCREEN_TAB, TITLES[i % PANES]));
    for (size_t i = PANES; i-- > 0;)
        cr_expect(session_press_shows(&session, SCREEN_SHIFT_TAB, TITLES[i]));
    cr_expect(session_keys_show(&session, "3", TITLES[2]));
    cr_expect(session_keys_show(&session, "2", TITLES[1]));
    cr_expect(session_keys_show(&session, "5", TITLES[4]));
    cr_expect(session_keys_show(&session, "4", TITLES[3]));
    cr_expect(session_keys_show(&session, "1", TITLES[0]));
    cr_expect_not(screen_has(session.screen, TITLES[3]), "one pane at a time");
}

/* --- open and back --------------------------------------------------------- */

Test(keys, Enter_opens_Esc_and_q_step_back_and_q_quits)
{
    start((struct session_options){.demo = true});
    cr_assert(session_follows(&session, "─ 3 Deliveries", 200));
    cr_assert(session_shows_row(&session, "2 Upcoming", "10 ─┐"));
    cr_assert(session_shows_row(&session, "✗ not genuine", "/webhooks/ledger"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "─ Endpoint wep_"));
    cr_expect(session_shows(&session, "BEGIN PUBLIC KEY"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ Endpoint wep_"));
    cr_assert(session_shows(&session, "┌─ 1 Endpoints"));

    cr_assert(screen_keys(session.screen, "2"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "─ Upcoming event wh_"));
    cr_expect(session_shows(&session, "▾ Object"));
    cr_expect(session_keys_hide(&session, "q", "─ Upcoming event wh_"));

    cr_assert(screen_keys(session.screen, "3"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "─ Delivery of wh_"));
    cr_expect(session_shows(&session, "Response body"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ Delivery of wh_"));

    cr_assert(screen_keys(session.screen, "4"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "─ Arrived: wh_"));
    cr_expect(session_shows(&session, "▾ Verification"));
    cr_expect(session_keys_hide(&session, "q", "─ Arrived: wh_"));

    /* Esc at the top stays; q leaves, whole. */
    cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "┌─ 1 Endpoints"));
    session_quit(&session);
}

/* The number in "line N of M". */
static int line_shown(void)
{
    int x, line = -1;
    int y = screen_row_with(session.screen, "line ", &x);
    const char *at = y >= 0 ? strstr(screen_row(session.screen, y), "line ") : NULL;
    if (at != NULL)
        line = (int)strtol(at + strlen("line "), NULL, 10);
    return line;
}

static bool is_line(struct screen *screen, const void *context)
{
    (void)screen;
    return line_shown() == *(const int *)context;
}

static bool shows_line(int line)
{
    char what[32];
    (void)snprintf(what, sizeof what, "line %d", line);
    return screen_wait_for(session.screen, is_line, &line, what, SESSION_LIMIT_MS);
}

enum { PAGE_LEAST = 10 };

static bool is_far_below(struct screen *screen, const void *context)
{
    (void)screen;
    return line_shown() > *(const int *)context + PAGE_LEAST;
}

Test(keys, the_inspector_scrolls_and_unfolds_exact_bytes)
{
    start((struct session_options){.demo = true, .width = 80, .height = 24});
    cr_assert(session_keys_show(&session, "2", "┌─ 2 Upcoming"));
    cr_assert(session_shows(&session, "wh_"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "line 1 of"));
    cr_assert(screen_keys(session.screen, "jj"));
    cr_expect(shows_line(3));
    cr_assert(screen_keys(session.screen, "k"));
    cr_expect(shows_line(2));
    cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_expect(shows_line(3));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_expect(shows_line(2));

    int before = 2;
    cr_assert(screen_press(session.screen, SCREEN_PAGE_DOWN));
    cr_assert(
        screen_wait_for(session.screen, is_far_below, &before, "another page", SESSION_LIMIT_MS));
    int page = line_shown() - before;
    cr_expect(page < 24, "a page of %d lines", page);
    cr_assert(screen_press(session.screen, SCREEN_PAGE_UP));
    cr_expect(shows_line(2));
    cr_assert(screen_keys(session.screen, "G"));
    cr_assert(screen_wait_for(session.screen, is_far_below, &before, "the end", SESSION_LIMIT_MS));
    int end = line_shown();
    cr_assert(screen_press(session.screen, SCREEN_HOME));
    cr_expect(shows_line(1));
    cr_assert(screen_press(session.screen, SCREEN_END));
    cr_expect(shows_line(end));
    cr_assert(screen_keys(session.screen, "g"));
    cr_expect(shows_line(1));

    cr_assert(session_keys_show(&session, "G", "▸ Raw"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "000000  7b"));
    cr_expect(session_keys_show(&session, "G", "\"}"), "the last bytes of the event");
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ Upcoming event"));
}

/* --- look again, follow, filter --------------------------------------------- */

Test(keys, R_asks_again_now)
{
    char first[CONTRACT_ID_MAX + 1], second[CONTRACT_ID_MAX + 1], path[SESSION_PATH_SIZE];
    session_begin(&session, (struct session_options){.poll = "3600"});
    session_endpoint(&session, "/first", false, first);
    session_open(&session, NULL);
    cr_assert(session_shows(&session, "3 Deliveries · wep_"));
    cr_assert(sandbox_client_wait(session.sandbox, session.screen, "GET",
                                  session_path(path, first, "/logs"), NULL, SESSION_LIMIT_MS));
    session_endpoint(&session, "/second", false, second);
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_assert(sandbox_client_fault(session.sandbox,
                                   "{\"kind\":\"slow\",\"path\":\"/webhooks\",\"delay_ms\":500}"));
    cr_expect_not(screen_has(session.screen, second));

    cr_expect(session_keys_show(&session, "R", second));
    cr_expect(screen_sent(session.screen, "asking Bridge again…"));
    cr_expect(sandbox_client_wait(session.sandbox, session.screen, "GET",
                                  session_path(path, first, "/events"), NULL, SESSION_LIMIT_MS));
    cr_expect(sandbox_client_wait(session.sandbox, session.screen, "GET",
                                  session_path(path, first, "/logs"), NULL, SESSION_LIMIT_MS));
    cr_expect(screen_wait_no_text(session.screen, "asking Bridge again…", SESSION_LIMIT_MS),
              "it says when it is done");
}

Test(keys, F_follows_and_moving_up_pauses_and_counts)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){0});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    for (int i = 0; i < 3; i++)
        session_event(&session, "transfer", event);
    cr_assert(session_follows(&session, "4 Live", 3));
    cr_assert(session_follows(&session, "3 Deliveries", 3));

    cr_assert(screen_keys(session.screen, "4"));
    cr_expect(session_keys_show(&session, "k", "3 · paused, 0 new since"));
    session_event(&session, "customer", event);
    session_event(&session, "customer", event);
    cr_expect(session_shows_row(&session, "4 Live", "5 · paused, 2 new since"));
    cr_expect(session_selects(&session, "transfer.updated"), "the selected row stays");
    cr_assert(screen_keys(session.screen, "F"));
    cr_expect(session_follows(&session, "4 Live", 5));
    cr_expect(session_selects(&session, "customer."));
    cr_assert(screen_keys(session.screen, "F"));
    cr_expect(session_shows_row(&session, "4 Live", "5 · paused, 0 new since"));
    cr_assert(screen_keys(session.screen, "G"));
    cr_expect(session_follows(&session, "4 Live", 5));

    /* The log of the endpoint in the same way. */
    cr_assert(session_follows(&session, "3 Deliveries", 5));
    cr_assert(screen_keys(session.screen, "3"));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_expect(session_shows_row(&session, "3 Deliveries", "5 · paused, 0 new since"));
    session_event(&session, "transfer", event);
    cr_expect(session_shows_row(&session, "3 Deliveries", "6 · paused, 1 new since"));
    cr_assert(screen_keys(session.screen, "F"));
    cr_expect(session_follows(&session, "3 Deliveries", 6));
}

Test(keys, slash_filters_as_one_types_and_Esc_clears)
{
    start((struct session_options){.demo = true});
    cr_assert(session_shows(&session, "/webhooks/kyc"));
    cr_expect(session_keys_show(&session, "/", "Enter keep"));
    cr_expect(session_keys_show(&session, "Kyc", "┌─ 1 Endpoints /Kyc"));
    cr_expect(screen_wait_no_text(session.screen, "/webhooks/payments", SESSION_LIMIT_MS));
    cr_expect(session_shows(&session, "1 of 4"));
    cr_expect(session_selects(&session, "/webhooks/kyc"));
    cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "/webhooks/payments"));
    cr_expect(screen_wait_no_text(session.screen, "/Kyc", SESSION_LIMIT_MS));

    /* Kept with Enter, and cleared later. */
    cr_assert(session_keys_show(&session, "/ledger", "1 of 4"));
    cr_expect(session_press_hides(&session, SCREEN_ENTER, "Enter keep"));
    cr_expect(session_shows(&session, "1 of 4"));
    cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "/webhooks/payments"));

    /* Keys in the line are text. */
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_expect(session_keys_show(&session, "/qDesR?4", "/qDesR?4"));
    cr_expect(session_shows(&session, "0 of 4"));
    cr_expect_not(screen_has(session.screen, "Delete endpoint"));
    cr_expect(session_press_shows(&session, SCREEN_BACKSPACE, "/qDesR?"));
    cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "/webhooks/payments"));
    cr_expect_eq(session_changes_after_poll(&session), 0);
}

/* --- help and the screen itself ---------------------------------------------- */

Test(keys, question_mark_shows_help_from_the_table)
{
    start((struct session_options){.demo = true, .width = 120, .height = 100});
    cr_assert(session_keys_show(&session, "?", "─ Help"));
    struct keymap keymap;
    keymap_init(&keymap);
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        char label[KEYMAP_LABEL_SIZE], words[160];
        unsigned first = KEYMAP[i].places & -KEYMAP[i].places;
        (void)keymap_label(&keymap, &KEYMAP[i], (enum place)first, label);
        (void)snprintf(words, sizeof words, "/%s\r", KEYMAP[i].name);
        cr_assert(screen_keys(session.screen, words));
        cr_expect(screen_wait_row(session.screen, label, KEYMAP[i].help, SESSION_LIMIT_MS));
        cr_assert(screen_keys(session.screen, "/"));
        cr_expect(session_press_shows(&session, SCREEN_ESCAPE, "Here, in pane 1"));
    }
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ Help"));
    cr_assert(session_keys_show(&session, "?", "─ Help"));
    cr_expect(session_keys_hide(&session, "?", "─ Help"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "─ Endpoint wep_"));
    cr_assert(session_keys_show(&session, "?", "─ Help"));
    cr_expect(session_keys_show(&session, "q", "─ Endpoint wep_"), "one step back, not out");
}

Test(keys, question_mark_filters_and_Enter_runs)
{
    start((struct session_options){.demo = true});
    cr_assert(session_keys_show(&session, "?", "─ Help"));
    cr_expect(session_keys_show(&session, "/create an", "1 of 1"));
    cr_expect(session_press_hides(&session, SCREEN_ENTER, "Enter keep"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "New endpoint"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "New endpoint"));
}

Test(keys, colon_runs_commands_by_name)
{
    start((struct session_options){.demo = true});
    cr_assert(session_shows(&session, "/webhooks/kyc"));
    cr_expect(session_keys_show(&session, ":", "─ Commands"));
    cr_expect(session_keys_show(&session, "pane d\t", ":pane deliveries"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "F follow"));
    cr_expect_not(screen_has(session.screen, "─ Commands"));
    cr_expect(session_keys_show(&session, ":endpoints\r:filter Kyc\r", "1 of 4"));
    cr_expect(session_keys_show(&session, ":clear\r", "/webhooks/payments"));
    cr_expect(session_keys_show(&session, ":theme light\r", "theme: light"));
    cr_expect(session_keys_show(&session, ":theme auto\r", "theme: auto"));
    cr_expect(session_keys_show(&session, ":refrehs\r", "did you mean ':refresh'?"));
    cr_expect(session_keys_show(&session, ":", "─ Commands"));
    cr_expect(session_press_shows(&session, SCREEN_UP, ":refrehs"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "─ Commands"));
    cr_expect(session_keys_show(&session, ":delete\r", "Delete endpoint"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Delete endpoint"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "─ Endpoint wep_"));
    cr_expect(session_keys_show(&session, ":enable\r", "holds only in the panes"));
    cr_expect(session_keys_hide(&session, ":back\r", "─ Endpoint wep_"));
}

Test(keys, a_configuration_file_assigns_others)
{
    static const char CONFIG[] = "[keys]\ncreate = F5 Ctrl-N\nhelp = F1\nlive.down = n\n"
                                 "[options]\ntheme = mono\n";
    struct error error;
    session_begin(&session, (struct session_options){.demo = true});
    cr_assert(child_home_write(&session.home, "own", CONFIG, sizeof CONFIG - 1, &error), "%s",
              error.message);
    session_open(&session, (const char *const[]){"--config", "own", NULL});
    cr_expect(session_shows(&session, "F5 Ctrl-N create"));
    cr_expect(session_keys_show(&session, "\x0e", "New endpoint"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "New endpoint"));
    cr_expect(session_keys_show(&session, "\x1b[15~", "New endpoint"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "New endpoint"));
    cr_expect(session_keys_show(&session, "\x1bOP", "─ Help"));
    cr_expect(session_keys_show(&session, "/an endpoint\r", "F5 Ctrl-N"));
}

static bool has_sent(struct screen *screen, const void *context)
{
    return screen_bytes(screen) >= *(const size_t *)context;
}

Test(keys, CtrlL_repaints_all_of_it)
{
    enum { REPAINT = 3000 }; /* a turn of the clock is a few bytes */
    start((struct session_options){.demo = true, .poll = "3600"});
    cr_assert(session_follows(&session, "─ 3 Deliveries", 200));
    size_t wanted = screen_bytes(session.screen) + REPAINT;
    cr_assert(screen_keys(session.screen, "\x0c"));
    cr_expect(screen_wait_for(session.screen, has_sent, &wanted, "a repaint", SESSION_LIMIT_MS));
    cr_expect(session_shows(&session, "┌─ 1 Endpoints"));
}

Test(keys, an_unbound_d_does_nothing)
{
    start((struct session_options){.demo = true});
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_assert(screen_keys(session.screen, "d\r"));
    cr_expect(session_shows(&session, "─ Endpoint wep_"), "Enter opens: no question was asked");
    cr_expect_eq(session_changes_after_poll(&session), 0);
}
