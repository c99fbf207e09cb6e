/* Sizes that change at random, by hand as it were, while events arrive and keys are pressed: where
   they come to rest, the screen is what would be painted there at once. */
#include "tests/e2e/repaint.h"
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    ROUNDS = 30,
    STEPS_MAX = 6, /* sizes on the way to the one that stays */
    NARROWEST = 2, /* libvterm writes outside where a wide glyph is wider than all of it */
    WIDTH_MIN = 40,
    WIDTH_MAX = 400,
    HEIGHT_MIN = 10,
    HEIGHT_MAX = 120,
    QUIET_MS = 250, /* two frames and a half */
};

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
    sender = NULL;
}

TestSuite(sizes, .fini = tear_down, .timeout = 200);

/* --- chance, the same each time ------------------------------------------------------------- */

static unsigned state;

/* 0 up to `most`. Numerical Recipes' generator; its high bits. */
static int chance(int most)
{
    state = state * 1664525U + 1013904223U;
    return (int)((state >> 8) % (unsigned)(most + 1));
}

/* --- what happens meanwhile --------------------------------------------------------------------
 */

static void start(int width, int height)
{
    static const char *const MORE[] = {"--public-key", "key.pem", "--theme", "dark", NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){
                                .listening_only = true, .width = width, .height = height});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, MORE);
}

static void deliver(void)
{
    static unsigned number;
    char body[192];
    struct http_answer answer;
    struct error error;
    (void)snprintf(
        body, sizeof body,
        "{\"event_id\":\"wh_%u\",\"event_type\":\"transfer.東京%u\",\"event_object_status\":"
        "\"e\u0301\",\"event_object\":{\"note\":\"%0*u\"}}",
        number, number * 7919, 40, number);
    number++;
    cr_assert(sender_deliver(sender, SENDER_GENUINE, session.port, "/x", body, &answer, &error),
              "%s", error.message);
    http_answer_clear(&answer);
}

/* Not T: ages go on by themselves. */
static void press(void)
{
    static const char *const KEYS[] = {"j", "k",  "G",    "g",    "1",  "2",    "3",
                                       "4", "\t", "\r",   "z",    "?",  "w",    "o",
                                       "y", ":",  "\033", "/a\r", "fx", "\033", "\033"};
    cr_assert(screen_keys(session.screen, KEYS[chance(sizeof KEYS / sizeof *KEYS - 1)]));
}

static void choose_size(int *width, int *height)
{
    bool below = chance(5) == 0;
    *width = below ? NARROWEST + chance(WIDTH_MIN) : WIDTH_MIN + chance(WIDTH_MAX - WIDTH_MIN);
    *height = below ? 1 + chance(HEIGHT_MIN) : HEIGHT_MIN + chance(HEIGHT_MAX - HEIGHT_MIN);
}

static void change_size(void)
{
    int width, height;
    for (int steps = chance(STEPS_MAX); steps >= 0; steps--) {
        choose_size(&width, &height);
        screen_resize(session.screen, width, height);
        deliver();
        press();
        (void)screen_take(session.screen, chance(3));
    }
}

static void expect_settled(const char *what)
{
    int width, height;
    screen_size(session.screen, &width, &height);
    cr_assert(screen_wait_quiet(session.screen, QUIET_MS, SESSION_LIMIT_MS));
    cr_assert(repaint_changes_nothing(session.screen), "%s, at %d×%d", what, width, height);
}

static void change_at_random(unsigned seed)
{
    char what[32];
    state = seed;
    start(0, 0);
    for (int round = 0; round < ROUNDS; round++) {
        change_size();
        (void)snprintf(what, sizeof what, "seed %u, round %d", seed, round);
        expect_settled(what);
    }
}

Test(sizes, at_random_end_as_if_painted_at_once)
{
    change_at_random(1);
}

Test(sizes, at_random_end_as_if_painted_at_once_2)
{
    change_at_random(20);
}

/* Terminals cut what does not fit any more, and have nothing there when they grow again; who asks
   for the size after both sees none that differs. */
Test(sizes, shrinking_and_growing_back_at_once_leaves_no_hole)
{
    start(120, 40);
    for (int i = 0; i < 30; i++)
        deliver();
    cr_assert(session_shows(&session, "30 arrived"));
    cr_assert(screen_wait_quiet(session.screen, QUIET_MS, SESSION_LIMIT_MS));
    for (int i = 0; i < 10; i++) {
        screen_resize(session.screen, 50, 12);
        screen_resize(session.screen, 120, 40);
        cr_assert(session_shows(&session, "q quit"));
        cr_assert(session_shows(&session, "30 arrived"));
        expect_settled("back again");
    }
    session_quit(&session);
}
