/* What a screen costs over a slow line of 9,600 baud: 960 bytes are a second of it. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct session session;

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(costs, .fini = tear_down, .timeout = 100);

enum {
    TICK_BYTES_MAX = 10,
    ROW_BYTES_MAX = 250,
    WIDE_ROW_BYTES_MAX = 320, /* at 120×40 */
    FIRST_BYTES_MAX = 4000,
    MOVE_BYTES_MAX = 400,
    ROWS = 40, /* more than the pane has: it scrolls */
    MEASURED_ROWS = 10,
    MOVES = 4,
};

/* What the clock at the end of the second line shows, in seconds of its day. */
static int shown_time(struct screen *screen)
{
    const char *row = screen_row(screen, 1);
    size_t length = strlen(row);
    const char *time = length >= 8 ? row + length - 8 : "";
    long parts[3] = {0};
    for (size_t i = 0; i < 3; i++, time++) {
        char *end;
        parts[i] = strtol(time, &end, 10);
        if (end != time + 2 || (i < 2 && *end != ':'))
            return -1;
        time = end;
    }
    return (int)((parts[0] * 60 + parts[1]) * 60 + parts[2]);
}

static bool is_as_late(struct screen *screen, const void *seconds)
{
    return shown_time(screen) >= *(const int *)seconds;
}

static int wait_until(int seconds)
{
    cr_assert(
        screen_wait_for(session.screen, is_as_late, &seconds, "a later clock", SESSION_LIMIT_MS));
    return shown_time(session.screen);
}

/* Midnight comes between two looks once a day; a tick may be passed over. */
static size_t bytes_a_tick(int ticks)
{
    enum { SETTLED_S = 7 }; /* the header's figures are those of what came before */
    int from = wait_until((shown_time(session.screen) + SETTLED_S) % (24 * 3600));
    size_t before = screen_bytes(session.screen);
    int to = wait_until((from + ticks) % (24 * 3600));
    cr_assert_gt(to, from);
    return (screen_bytes(session.screen) - before) / (size_t)(to - from);
}

Test(costs, an_idle_screen_costs_little)
{
    session_begin(&session, (struct session_options){.poll = "3600"});
    session_open(&session, NULL);
    size_t first = screen_bytes(session.screen);
    size_t tick = bytes_a_tick(4);
    (void)fprintf(stderr, "costs: %zu bytes until the first answer, %zu a tick\n", first, tick);
    cr_expect_gt(tick, 0U, "the clock goes on");
    cr_expect_lt(tick, (size_t)TICK_BYTES_MAX);
}

/* The least of a few stretches: on a busy machine an answer may take so much longer that its time
   is shown anew. */
Test(costs, answers_that_say_nothing_new_cost_nothing)
{
    enum { STRETCHES = 4 };
    char id[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.poll = "1"});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows(&session, "● active"));
    size_t least = SIZE_MAX;
    for (int i = 0; i < STRETCHES && least >= TICK_BYTES_MAX; i++) {
        size_t tick = bytes_a_tick(3);
        least = tick < least ? tick : least;
    }
    (void)fprintf(stderr, "costs: %zu bytes a tick while the API is asked\n", least);
    cr_expect_gt(least, 0U, "the clock goes on");
    cr_expect_lt(least, (size_t)TICK_BYTES_MAX);
}

static void wait_for_rows(int count)
{
    char rows[32];
    (void)snprintf(rows, sizeof rows, " %d ▼ following", count);
    cr_assert(session_shows(&session, rows));
}

/* Bytes for a new row of the live pane, which is full and scrolls. */
static size_t bytes_a_row(int width, int height)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session,
                  (struct session_options){.poll = "3600", .width = width, .height = height});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows(&session, "● active"));
    cr_assert(session_keys_show(&session, "4", "4 Live ·"));
    for (int i = 0; i < ROWS - MEASURED_ROWS; i++)
        session_event(&session, "transfer", event);
    wait_for_rows(ROWS - MEASURED_ROWS);
    size_t before = screen_bytes(session.screen);
    for (int i = ROWS - MEASURED_ROWS; i < ROWS; i++) {
        session_event(&session, "transfer", event);
        wait_for_rows(i + 1);
    }
    size_t row = (screen_bytes(session.screen) - before) / MEASURED_ROWS;
    (void)fprintf(stderr, "costs: %zu bytes a new row at %d×%d\n", row, width, height);
    cr_expect_gt(row, 0U);
    return row;
}

Test(costs, a_new_row_costs_little)
{
    cr_expect_leq(bytes_a_row(80, 24), (size_t)ROW_BYTES_MAX);
}

Test(costs, a_new_row_costs_little_with_all_panes)
{
    cr_expect_leq(bytes_a_row(120, 40), (size_t)WIDE_ROW_BYTES_MAX);
}

Test(costs, a_first_frame_and_a_cursor_move_cost_little)
{
    session_begin(&session, (struct session_options){
                                .demo = true, .poll = "3600", .width = 80, .height = 24});
    session_open(&session, NULL);
    cr_assert(screen_wait_quiet(session.screen, 300, SESSION_LIMIT_MS));
    size_t first = screen_bytes(session.screen);
    cr_assert(session_keys_show(&session, "3k", "paused"));
    cr_assert(screen_wait_quiet(session.screen, 300, SESSION_LIMIT_MS));
    size_t move = SIZE_MAX; /* the least of a few: the demo goes on meanwhile */
    for (int i = 0; i < MOVES; i++) {
        size_t before = screen_bytes(session.screen);
        cr_assert(screen_keys(session.screen, "k"));
        cr_assert(screen_wait_quiet(session.screen, 300, SESSION_LIMIT_MS));
        size_t sent = screen_bytes(session.screen) - before;
        move = sent < move ? sent : move;
    }
    cr_expect_gt(move, 20U, "the cursor moved");
    (void)fprintf(stderr, "costs: %zu bytes at the start, %zu a cursor move at 80×24\n", first,
                  move);
    cr_expect_leq(first, (size_t)FIRST_BYTES_MAX);
    cr_expect_leq(move, (size_t)MOVE_BYTES_MAX);
}
