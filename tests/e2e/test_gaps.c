/* What is missing: events that another receiver answered are found, sent again by hand, and go from
   the list as they arrive; what is only waiting is never claimed. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct session session;
static char id[CONTRACT_ID_MAX + 1];

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(gaps, .fini = tear_down, .timeout = 200);

enum { PATIENT_MS = 60 * 1000 };

static void start(bool active)
{
    session_begin(&session, (struct session_options){.width = 160, .height = 40});
    session_endpoint(&session, "/here", active, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, active ? "● active" : "○ disabled", id));
}

static bool has_text(struct screen *screen, const void *context)
{
    return screen_has(screen, context);
}

static bool shows_in_time(const char *text)
{
    return screen_wait_for(session.screen, has_text, text, text, PATIENT_MS);
}

/* One receiver has a store of its own, and answers what the first then misses. */
Test(gaps, what_another_receiver_answered_is_found_and_sent_again)
{
    char event[CONTRACT_ID_MAX + 1], lost[CONTRACT_ID_MAX + 1];
    char line[160];
    start(true);
    session_event(&session, "transfer", event);
    cr_assert(session_shows(&session, "1 arrived"));
    cr_assert(session_keys_show(&session, "5", "Nothing is missing since"));
    session_quit(&session);

    char store[SESSION_PATH_SIZE * 2];
    (void)child_home_path(&session.home, "other.db", store, sizeof store);
    const char *other[] = {"--db", store, NULL};
    session_open(&session, other);
    session_event(&session, "transfer", lost);
    cr_assert(session_shows(&session, "1 arrived"));
    session_quit(&session);

    session_open(&session, NULL);
    cr_assert(session_keys_show(&session, "5", "5 Gaps"));
    cr_assert(shows_in_time("answered elsewhere: 200 was answered, not here"));
    cr_expect(session_shows(&session, "1 MISSING"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "Bridge's event"));
    cr_expect(session_shows(&session, lost));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Bridge's event"));
    cr_assert(session_keys_show(&session, " s", "Send 1 event"));
    cr_assert(screen_keys(session.screen, "y"));
    (void)snprintf(line, sizeof line, "%s, which was missing, has arrived; still missing: 0", lost);
    cr_expect(session_shows(&session, line));
    cr_expect(session_shows(&session, "Nothing is missing since"));
    /* And is not found again. */
    cr_expect(session_keys_show(&session, "R", "refreshed: "));
    cr_expect_not(screen_has(session.screen, "answered elsewhere"));
}

/* The queue of a disabled endpoint grows, and nothing of it is missing. */
Test(gaps, what_waits_is_not_missing)
{
    char event[CONTRACT_ID_MAX + 1];
    start(false);
    for (int i = 0; i < 3; i++)
        session_event(&session, "transfer", event);
    cr_assert(session_keys_show(&session, "5", "5 Gaps"));
    cr_assert(shows_in_time("3 events of Bridge's list"));
    cr_expect(screen_has(session.screen, "Nothing is missing"));
    cr_expect_not(screen_has(session.screen, "MISSING"));
}

/* As from Bridge's own dashboard, of which this one knows nothing. */
static void send_elsewhere(const char *event)
{
    char path[SESSION_PATH_SIZE + 8], body[CONTRACT_ID_MAX + 32];
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s/send", id);
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", event);
    cr_assert_eq(sandbox_client_ask(session.sandbox, "POST", path, body, NULL) / 100, 2);
}

Test(gaps, what_came_twice_is_told)
{
    char event[CONTRACT_ID_MAX + 1];
    start(true);
    session_event(&session, "transfer", event);
    cr_assert(session_shows(&session, "✓ verified"));
    send_elsewhere(event);
    cr_assert(session_shows(&session, "✓ verified ×2"));
    cr_assert(session_keys_show(&session, "5", "5 Gaps"));
    cr_expect(shows_in_time("repeated: came 2 times, 1 after a 200"));
    cr_expect_not(screen_has(session.screen, "MISSING"));
}

/* The second of two is sent before the first is delivered. */
Test(gaps, what_came_out_of_order_is_told)
{
    char first[CONTRACT_ID_MAX + 1], second[CONTRACT_ID_MAX + 1];
    start(false);
    session_event(&session, "transfer", first);
    session_event(&session, "transfer", second);
    send_elsewhere(second);
    cr_assert(session_shows(&session, "1 arrived"));
    cr_assert(session_keys_show(&session, "1e", "Enable endpoint"));
    cr_assert(session_keys_show(&session, "y", "2 arrived"));
    cr_assert(session_keys_show(&session, "5", "5 Gaps"));
    cr_expect(shows_in_time("out of order: by its sequence number"));
    cr_expect_not(screen_has(session.screen, "MISSING"));
}

/* The same, sent from here: it is what was asked for. */
Test(gaps, what_was_sent_by_hand_is_neither)
{
    char first[CONTRACT_ID_MAX + 1], second[CONTRACT_ID_MAX + 1];
    start(false);
    session_event(&session, "transfer", first);
    session_event(&session, "transfer", second);
    cr_assert(session_keys_show(&session, "2", "transfer.updated"));
    cr_assert(session_keys_show(&session, "js", "Send event"));
    cr_assert(session_keys_show(&session, "y", "1 arrived"));
    cr_assert(session_keys_show(&session, "1e", "Enable endpoint"));
    cr_assert(session_keys_show(&session, "y", "✓ verified ×2"));
    cr_assert(session_keys_show(&session, "5", "5 Gaps"));
    cr_assert(shows_in_time("Nothing is missing since"));
    cr_expect(session_keys_show(&session, "R", "refreshed: "));
    cr_expect_not(screen_has(session.screen, "out of order"));
    cr_expect_not(screen_has(session.screen, "repeated"));
}

/* The API fails for a while: what was found stays, and nothing is claimed because of it. */
Test(gaps, a_failing_api_claims_nothing)
{
    char event[CONTRACT_ID_MAX + 1];
    start(true);
    session_event(&session, "transfer", event);
    cr_assert(session_shows(&session, "1 arrived"));
    cr_assert(session_keys_show(&session, "5", "Nothing is missing since"));
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"500\",\"count\":1000,"
                                                    "\"path\":\"/webhooks\"}"));
    session_event(&session, "transfer", event);
    cr_expect(session_shows(&session, "2 arrived"));
    cr_expect_not(screen_has(session.screen, "MISSING"));
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"none\",\"path\":\"/webhooks\"}"));
    cr_expect(session_keys_show(&session, "R", "2 events of Bridge's list"));
    cr_expect_not(screen_has(session.screen, "MISSING"));
}

/* Bridge's list fails, and all else goes on; then it is gone on with. */
Test(gaps, a_list_that_cannot_be_had_is_said_and_tried_again)
{
    start(true);
    cr_assert(session_keys_show(&session, "5", "Bridge has no events of the last two days"));
    cr_assert(sandbox_client_fault(session.sandbox, "{\"kind\":\"500\",\"count\":1,"
                                                    "\"path\":\"/webhook_events\"}"));
    cr_expect(session_keys_show(&session, "R", "Bridge's events could not be asked for"));
}
