/* What is done to the endpoints, by us and by others, as the activity list tells it: whose it was,
   once, and from before the program was started. */
#include "api/signing.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct session session;
static char id[CONTRACT_ID_MAX + 1];
static char path[SESSION_PATH_SIZE];

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(activity, .fini = tear_down, .timeout = 100);

static void start(void)
{
    session_begin(&session, (struct session_options){.width = 160, .height = 40});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "● active", id));
    (void)session_path(path, id, "");
}

static void others_put(const char *json)
{
    cr_assert_eq(sandbox_client_ask(session.sandbox, "PUT", path, json, NULL), 200);
}

/* "others: ID was disabled and is active" */
static bool shows(const char *who, const char *words)
{
    char line[160];
    (void)snprintf(line, sizeof line, "%s %s%s%s", who, who[0] == 'y' ? words : id, " ",
                   who[0] == 'y' ? id : words);
    return session_shows(&session, line);
}

static int count(const char *text)
{
    int rows = 0, width, height;
    screen_size(session.screen, &width, &height);
    for (int y = 0; y < height; y++)
        rows += strstr(screen_row(session.screen, y), text) != NULL;
    return rows;
}

/* The one undoes the other within a moment: each is told as whose it was. */
Test(activity, ours_is_ours_and_anothers_right_after_is_theirs)
{
    start();
    cr_assert(session_keys_show(&session, "E", "Disable endpoint"));
    cr_assert(session_keys_show(&session, "y", "is disabled"));
    cr_assert(session_keys_show(&session, "a", "Activity"));
    cr_expect(shows("you:", "disabled"));
    others_put("{\"status\":\"active\"}");
    cr_expect(shows("others:", "was disabled and is active"));
    cr_expect_eq(count("others:"), 1);
    cr_expect_eq(count("you:"), 1);
}

/* And what was signed with the key before is explained by that. */
Test(activity, another_key_is_told_and_explains_what_is_refused)
{
    char control[SESSION_PATH_SIZE];
    start();
    struct signing_key *key = signing_key_generate(NULL);
    char *pem = signing_key_private_pem(key);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "private_key", pem);
    char *json = cJSON_PrintUnformatted(body);
    (void)snprintf(control, sizeof control, "/sandbox/webhooks/%s", id);
    cr_assert_eq(sandbox_client_ask(session.sandbox, "PUT", control, json, NULL), 200);
    cr_assert(session_keys_show(&session, "a", "Activity"));
    cr_expect(shows("others:", "has another public key than before"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "before  key: SHA-256 "));
    cr_expect(session_shows(&session, "after   key: SHA-256 "));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "before  key"));
    cr_assert(session_press_hides(&session, SCREEN_ESCAPE, "Activity"));
    cr_assert(sandbox_client_sign_with(session.sandbox, id, "wrong_key"));
    session_event(&session, "transfer", control);
    cr_assert(session_shows(&session, "✗ not genuine"));
    cr_assert(session_keys_show(&session, "4G", "▶"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "has another public key since"));
    cJSON_free(json);
    cJSON_Delete(body);
    free(pem);
    signing_key_free(key);
}

/* One receives, the other follows and acts: both list it once, as ours. */
Test(activity, of_two_dashboards_on_one_store_neither_takes_the_others_change_for_a_strangers)
{
    static const char *const FOLLOWS[] = {"--listen", "none", NULL};
    start();
    struct session follower = session;
    session_open(&follower, FOLLOWS);
    cr_assert(session_shows_row(&follower, "● active", id));
    cr_assert(session_keys_show(&follower, "E", "Disable endpoint"));
    cr_assert(session_keys_show(&follower, "y", "is disabled"));
    cr_assert(session_keys_show(&session, "a", "Activity"));
    cr_expect(shows("you:", "disabled"));
    others_put("{\"status\":\"active\"}");
    cr_expect(shows("others:", "was disabled and is active"));
    cr_expect_eq(count("others:"), 1);
    cr_expect_eq(count("you:"), 1);
    cr_expect(session_keys_show(&follower, "a", "others:"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Activity"));
    session_quit(&session);
    cr_expect(session_press_hides(&follower, SCREEN_ESCAPE, "Activity"));
    session_quit(&follower);
}

Test(activity, what_was_done_meanwhile_is_found_at_the_next_start)
{
    start();
    session_quit(&session);
    others_put("{\"event_categories\":[\"customer\"]}");
    session_open(&session, NULL);
    cr_expect(session_shows(&session, "at Bridge: "));
    cr_assert(session_keys_show(&session, "a", "Activity"));
    cr_expect(session_shows(&session, "others: ")); /* not only in the status line */
    cr_expect(session_shows(&session, "no longer has the category"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, "after   categories: customer"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "after   categories"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Activity"));
    session_quit(&session);
    session_open(&session, NULL);
    cr_assert(session_keys_show(&session, "a", "Activity"));
    cr_expect(session_shows(&session, "others: "));
    cr_expect_eq(count("others:"), 1, "it is not found again");
}
