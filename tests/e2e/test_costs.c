/* What a screen costs over a slow line. The bounds are generous: an idle screen must not be a
   repaint, and a new row must not be one either. A whole repaint here is some 10,000 bytes. */
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
    ROW_BYTES_MAX = 1200,
    ROWS = 40, /* more than the pane has: it scrolls */
    MEASURED_ROWS = 10,
};

/* What the clock at the end of the second line shows, in seconds of its day. */
static int shown_time(struct screen *screen)
{
    const char *row = screen_row(screen, 1);
    size_t length = strlen(row);
    int hours, minutes, seconds;
    if (length < 8 || sscanf(row + length - 8, "%2d:%2d:%2d", &hours, &minutes, &seconds) != 3)
        return -1;
    return (hours * 60 + minutes) * 60 + seconds;
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

static void wait_for_rows(int count)
{
    char arrived[32];
    (void)snprintf(arrived, sizeof arrived, "%d arrived", count);
    cr_assert(session_shows(&session, arrived));
}

Test(costs, a_new_row_costs_little)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.poll = "3600"});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows(&session, id));
    for (int i = 0; i < ROWS - MEASURED_ROWS; i++)
        session_event(&session, "transfer", event);
    wait_for_rows(ROWS - MEASURED_ROWS);
    size_t before = screen_bytes(session.screen);
    for (int i = ROWS - MEASURED_ROWS; i < ROWS; i++) {
        session_event(&session, "transfer", event);
        wait_for_rows(i + 1);
    }
    size_t row = (screen_bytes(session.screen) - before) / MEASURED_ROWS;
    (void)fprintf(stderr, "costs: %zu bytes a new row\n", row);
    cr_expect_gt(row, 0U);
    cr_expect_lt(row, (size_t)ROW_BYTES_MAX);
}
