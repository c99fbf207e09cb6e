/* A line of 9,600 baud, 960 bytes a second, while 1,000 events a second arrive. Time is counted in
   slices of a tenth of a second: so many events, then so many bytes, however long that takes here.
 */
#include "tests/e2e/repaint.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    EVENTS_A_SLICE = 100,
    BYTES_A_SLICE = 96,
    SLICES = 20,
    OUTSTANDING_MAX = 4000, /* a whole frame at 80×24 */
    KEY_SLICES_MAX = 60,    /* what was outstanding, and the frame that the key leads to */
};

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
    sender = NULL;
}

TestSuite(slow_line, .fini = tear_down, .timeout = 200);

static void start(void)
{
    static const char *const MORE[] = {"--public-key", "key.pem", "--theme", "dark", NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session,
                  (struct session_options){.listening_only = true, .width = 80, .height = 24});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
    cr_assert(session_keys_show(&session, "4", "Nothing has arrived"));
}

static void deliver(unsigned number)
{
    char body[128];
    struct http_answer answer;
    struct error error;
    (void)snprintf(body, sizeof body, "{\"event_id\":\"wh_%08u\",\"event_type\":\"transfer.%u\"}",
                   number, number * 7919);
    cr_assert(sender_deliver(sender, SENDER_GENUINE, session.port, "/x", body, &answer, &error),
              "%s", error.message);
    cr_expect_eq(answer.status, 200);
    http_answer_clear(&answer);
}

/* A tenth of a second. Returns the bytes that came. */
static size_t live(unsigned *events)
{
    for (int i = 0; i < EVENTS_A_SLICE; i++)
        deliver(++*events);
    return screen_take_bytes(session.screen, BYTES_A_SLICE);
}

Test(slow_line, frames_are_skipped_and_never_queued)
{
    unsigned events = 0;
    size_t taken = 0;
    start();
    for (int slice = 0; slice < SLICES; slice++)
        taken += live(&events);
    cr_expect_geq(taken, (size_t)(SLICES - 1) * BYTES_A_SLICE, "the line is never idle");
    cr_assert_eq(kill(screen_pid(session.screen), SIGSTOP), 0);
    size_t outstanding = 0;
    size_t count;
    while ((count = screen_take_bytes(session.screen, 1024)) > 0)
        outstanding += count;
    cr_assert_eq(kill(screen_pid(session.screen), SIGCONT), 0);
    (void)fprintf(stderr, "slow line: %zu bytes outstanding\n", outstanding);
    cr_expect_leq(outstanding, (size_t)OUTSTANDING_MAX);
    session_quit(&session);
}

/* What a slow reader sees at the end is all that there is, and no trace of a frame before. */
Test(slow_line, the_end_is_what_a_fast_reader_sees)
{
    unsigned events = 0;
    char arrived[32], last[32];
    start();
    for (int slice = 0; slice < SLICES; slice++)
        (void)live(&events);
    (void)snprintf(arrived, sizeof arrived, " %u,%03u ▼", events / 1000, events % 1000);
    (void)snprintf(last, sizeof last, "transfer.%u ", events * 7919);
    cr_assert(session_shows(&session, arrived));
    cr_assert(session_shows(&session, last));
    cr_expect(repaint_changes_nothing(session.screen));
    session_quit(&session);
}

Test(slow_line, keys_act_within_two_frames)
{
    unsigned events = 0;
    start();
    for (int slice = 0; slice < SLICES; slice++)
        (void)live(&events);
    cr_assert(screen_keys(session.screen, "?"));
    int slices = 0;
    for (; !screen_has(session.screen, " Help ") && slices < 3 * KEY_SLICES_MAX; slices++)
        (void)live(&events);
    (void)fprintf(stderr, "slow line: a key shows after %d slices\n", slices);
    cr_expect_leq(slices, KEY_SLICES_MAX);
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, " Help "));
    session_quit(&session);
}
