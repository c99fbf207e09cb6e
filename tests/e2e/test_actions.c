/* The keys that change something at Bridge: asked first, sent once and as the contract says, and
   told in the end. What Bridge was asked is read from the sandbox's record. */
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct session session;
static char id[CONTRACT_ID_MAX + 1]; /* of the one endpoint that most tests have */
static char path[SESSION_PATH_SIZE]; /* of its calls */

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(actions, .fini = tear_down, .timeout = 100);

/* Wide, so that no line about what happened is cut. */
static void start(bool active)
{
    session_begin(&session, (struct session_options){.width = 200, .height = 40});
    session_endpoint(&session, "/here", active, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, active ? "● active" : "○ disabled", id));
    cr_assert(sandbox_client_forget(session.sandbox));
    (void)session_path(path, id, "");
}

static void expect_status(const char *expected)
{
    char status[32];
    sandbox_client_status(session.sandbox, id, status);
    cr_expect_str_eq(status, expected);
}

/* Everything that is no yes leaves it: the question goes, and Bridge is not asked. */
static void expect_nothing_without_yes(const char *key, const char *question)
{
    cr_assert(session_keys_show(&session, key, question));
    cr_expect(session_keys_hide(&session, "n", question));
    cr_assert(session_keys_show(&session, key, question));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, question));
    cr_assert(session_keys_show(&session, key, question));
    cr_assert(screen_press(session.screen, SCREEN_ENTER));
    cr_assert(screen_keys(session.screen, "x Ysq"));
    cr_assert(screen_paste(session.screen, "y"));
    cr_expect(session_shows(&session, "nothing here takes a paste"));
    cr_expect(screen_has(session.screen, question), "still asked");
    cr_expect_eq(session_changes_after_poll(&session), 0);
    cr_expect(session_keys_hide(&session, "n", question));
}

/* --- e and E --------------------------------------------------------------- */

Test(actions, e_enables_after_a_yes)
{
    start(false);
    expect_nothing_without_yes("e", "Enable endpoint");
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_expect(session_shows(&session, SESSION_ORIGIN "/here"));
    cr_expect(session_keys_show(&session, "y", "is active: Bridge delivers to it"));
    cr_expect(session_shows_row(&session, "● active", id));
    cr_expect(session_only_change(&session, "PUT", path, "{\"status\":\"active\"}"));
    expect_status("active");
    cr_expect(session_keys_show(&session, "e", "is active already"), "nothing left to ask");
    cr_expect(session_only_change(&session, "PUT", path, "{\"status\":\"active\"}"));
}

Test(actions, E_disables_after_a_yes)
{
    char words[96];
    start(true);
    expect_nothing_without_yes("E", "Disable endpoint");
    cr_assert(session_keys_show(&session, "E", "Disable endpoint"));
    (void)snprintf(words, sizeof words, "%s is disabled", id);
    cr_expect(session_keys_show(&session, "y", words));
    cr_expect(session_shows_row(&session, "○ disabled", id));
    cr_expect(session_only_change(&session, "PUT", path, "{\"status\":\"disabled\"}"));
    expect_status("disabled");
    cr_expect(session_keys_show(&session, "E", "is disabled already"));
}

/* --- s ----------------------------------------------------------------------- */

/* Presses s and y: that very event is sent, as one POST, and is said to be. */
static void expect_sent(const char *event)
{
    char send[SESSION_PATH_SIZE], body[96], words[160];
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", event);
    (void)snprintf(words, sizeof words, "sent %s to %s: The event has been queued", event, id);
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_assert(session_keys_show(&session, "s", "Send event"));
    cr_expect(session_shows(&session, event), "the question names it");
    cr_expect(session_keys_show(&session, "y", words));
    cr_expect(session_only_change(&session, "POST", session_path(send, id, "/send"), body));
}

Test(actions, s_sends_the_selected_event)
{
    char first[CONTRACT_ID_MAX + 1], second[CONTRACT_ID_MAX + 1];
    start(false);
    cr_expect(session_keys_show(&session, "s", "has no upcoming event to send"));
    session_event(&session, "transfer", first);
    session_event(&session, "customer", second);
    cr_assert(session_shows_row(&session, "2 Upcoming", " 2 ─┐"));
    expect_nothing_without_yes("s", "Send event");

    expect_sent(first); /* from the endpoint's row: its first upcoming one */
    cr_expect(session_shows_row(&session, "✓ verified", "transfer.created"));
    cr_assert(screen_keys(session.screen, "2G"));
    expect_sent(second);
    cr_expect(session_shows_row(&session, "✓ verified", "customer."));
    cr_assert(session_follows(&session, "3 Deliveries", 2));
    cr_assert(screen_keys(session.screen, "3g"));
    expect_sent(first); /* from the log */
    cr_expect(session_shows_row(&session, "✓ verified ×2", first), "one event, sent twice");
    cr_expect(session_follows(&session, "4 Live", 2));
    cr_expect(session_shows_row(&session, "2 Upcoming", " 2 ─┐"), "the queue stays as it is");
    cr_assert(screen_keys(session.screen, "4"));
    expect_sent(second); /* and from what arrived */
    expect_status("disabled");
}

/* --- D ----------------------------------------------------------------------- */

Test(actions, D_deletes_once_the_id_is_typed)
{
    char other[CONTRACT_ID_MAX + 1], words[96], wrong[5], right[5];
    session_begin(&session, (struct session_options){.width = 200, .height = 40});
    session_endpoint(&session, "/first", true, id);
    session_endpoint(&session, "/second", true, other);
    session_open(&session, NULL);
    cr_assert(session_selects(&session, id));
    (void)session_path(path, id, "");
    (void)snprintf(right, sizeof right, "%s", id + strlen(id) - 4);
    (void)snprintf(wrong, sizeof wrong, "%s", other + strlen(other) - 4);
    cr_assert_str_neq(right, wrong);
    cr_assert(sandbox_client_forget(session.sandbox));

    /* A stray Enter, a yes, and what is not the end of this id do nothing. */
    cr_assert(session_keys_show(&session, "D", "Delete endpoint"));
    cr_expect(session_shows(&session, "Type the last 4 characters"));
    cr_assert(screen_keys(session.screen, "\r\r"));
    cr_assert(session_keys_show(&session, "y\r", "of its id: y"));
    cr_assert(screen_press(session.screen, SCREEN_BACKSPACE));
    cr_assert(screen_keys(session.screen, wrong));
    cr_assert(screen_keys(session.screen, "\r"));
    cr_expect(session_shows(&session, wrong));
    cr_expect(session_shows(&session, "Enter (not yet)"));
    cr_expect_eq(session_changes_after_poll(&session), 0);
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Delete endpoint"));

    /* Typed right, and left alone. */
    cr_assert(session_keys_show(&session, "D", "Delete endpoint"));
    cr_assert(session_keys_show(&session, right, "Enter delete it"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Delete endpoint"));
    cr_expect_eq(session_changes_after_poll(&session), 0);

    cr_assert(session_keys_show(&session, "D", "Delete endpoint"));
    cr_assert(session_keys_show(&session, right, "Enter delete it"));
    (void)snprintf(words, sizeof words, "%s is deleted", id);
    cr_expect(session_press_shows(&session, SCREEN_ENTER, words));
    cr_expect(session_only_change(&session, "DELETE", path, NULL));
    cr_expect(screen_wait_no_text(session.screen, "/first", SESSION_LIMIT_MS));
    cr_expect(session_selects(&session, other));
    expect_status("gone");

    /* What is gone is not asked any more. */
    cr_assert(sandbox_client_forget(session.sandbox));
    (void)session_changes_after_poll(&session);
    cr_expect_eq(sandbox_client_count(session.sandbox, "GET", path, NULL), 0);
}

/* --- c ----------------------------------------------------------------------- */

#define CTRL_U "\x15" /* empties a line */

Test(actions, c_creates_an_endpoint)
{
    start(false);
    cr_assert(session_keys_show(&session, "c", "New endpoint"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "New endpoint"));
    cr_assert(session_keys_show(&session, "c", "New endpoint"));
    cr_expect_not(screen_has(session.screen, "must begin"), "nothing is typed yet");
    cr_expect(session_keys_show(&session, "http://no", "must begin with https://"));
    cr_expect(session_keys_show(&session, "\r", "URL: must begin with https://"));
    cr_assert(screen_keys(session.screen, CTRL_U));
    cr_assert(screen_paste(session.screen, SESSION_ORIGIN "/fresh\n"));
    cr_expect(session_shows(&session, "ready: Enter asks once more"), "Enter asked nothing before");

    /* The epoch, and two categories: the first, and the seventh. */
    cr_expect(session_shows(&session, "(*) from now on"));
    cr_expect(session_keys_show(&session, "\t ", "(*) everything that ever happened"));
    cr_expect(session_keys_show(&session, "\t ", "[x] customer"));
    cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_expect(session_keys_show(&session, " ", "[x] external_account"));
    cr_expect(session_keys_show(&session, " ", "[ ] external_account"), "and unticked");
    for (int i = 0; i < 5; i++)
        cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_expect(session_keys_show(&session, " ", "[x] transfer"));
    cr_assert(screen_press(session.screen, SCREEN_UP));
    cr_expect(session_keys_show(&session, "  ", "[ ] static_memo.activity"));
    cr_assert(screen_press(session.screen, SCREEN_SHIFT_TAB));
    cr_expect(session_keys_show(&session, " ", "(*) from now on"), "the list is one field");
    cr_expect(session_keys_show(&session, " ", "(*) everything"));

    cr_assert(session_press_shows(&session, SCREEN_ESCAPE, "Throw away what is typed"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "Throw away what is typed"));

    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Create endpoint"));
    cr_expect(session_shows(&session, "customer, transfer"));
    cr_expect(session_keys_hide(&session, "n", "Create endpoint"));
    cr_expect(session_shows(&session, "New endpoint"), "back in the form");
    cr_expect_eq(session_changes_after_poll(&session), 0);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Create endpoint"));
    cr_expect(session_keys_show(&session, "y", "disabled: e enables it"));
    cr_expect(screen_wait_no_text(session.screen, "New endpoint", SESSION_LIMIT_MS));
    cr_expect(session_only_change(&session, "POST", "/v0/webhooks",
                                  "{\"url\":\"" SESSION_ORIGIN "/fresh\","
                                  "\"event_epoch\":\"beginning_of_time\","
                                  "\"event_categories\":[\"customer\",\"transfer\"]}"));
    cr_expect(session_selects(&session, SESSION_ORIGIN "/fresh"), "e would enable the new one");
    cr_expect(session_shows_row(&session, "○ disabled", "/fresh"));
}

Test(actions, c_with_nothing_ticked_leaves_the_categories_to_Bridge)
{
    start(false);
    cr_assert(session_keys_show(&session, "c", "New endpoint"));
    cr_assert(session_keys_show(&session, SESSION_ORIGIN "/all\r", "Create endpoint"));
    cr_expect(session_keys_show(&session, "y", "disabled: e enables it"));
    cr_expect(session_only_change(&session, "POST", "/v0/webhooks",
                                  "{\"url\":\"" SESSION_ORIGIN
                                  "/all\",\"event_epoch\":\"webhook_creation\"}"));
}

/* --- u ----------------------------------------------------------------------- */

/* The changes on record are these PUTs on the endpoint, in this order, answered so. */
struct put {
    const char *body;
    int status;
};

static void expect_puts(const struct put *puts, int count)
{
    cJSON *changes = session_changes(&session);
    cr_expect_eq(cJSON_GetArraySize(changes), count);
    for (int i = 0; i < count; i++) {
        const cJSON *request = cJSON_GetArrayItem(changes, i);
        cr_expect(session_is_request(request, "PUT", path, puts[i].body), "request %d", i);
        cr_expect_eq(session_status(request), puts[i].status, "request %d", i);
    }
    cJSON_Delete(changes);
}

Test(actions, u_changes_the_url_of_a_disabled_endpoint)
{
    char words[96];
    start(false);
    cr_assert(session_keys_show(&session, "u", "nothing is changed yet"));
    cr_assert(screen_press(session.screen, SCREEN_ENTER));
    cr_expect(session_keys_show(&session, "/v2", "ready: Enter asks once more"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Change endpoint"));
    cr_expect(session_keys_hide(&session, "n", "Change endpoint"));
    cr_expect_eq(session_changes_after_poll(&session), 0);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Change endpoint"));
    (void)snprintf(words, sizeof words, "%s is changed", id);
    cr_expect(session_keys_show(&session, "y", words));
    cr_expect(
        session_only_change(&session, "PUT", path, "{\"url\":\"" SESSION_ORIGIN "/here/v2\"}"));
    cr_expect(session_shows_row(&session, id, SESSION_ORIGIN "/here/v2"));
}

Test(actions, u_changes_categories_alone)
{
    start(false);
    cr_assert_eq(sandbox_client_ask(session.sandbox, "PUT", path,
                                    "{\"event_categories\":[\"transfer\"]}", NULL),
                 200);
    cr_assert(screen_wait_no_text(session.screen, "customer", SESSION_LIMIT_MS));
    cr_assert(sandbox_client_forget(session.sandbox));
    cr_assert(session_keys_show(&session, "u", "[x] transfer"));
    cr_assert(screen_keys(session.screen, "\t"));
    cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_assert(screen_press(session.screen, SCREEN_DOWN));
    cr_expect(session_keys_show(&session, " ", "[x] kyc_link"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Change endpoint"));
    cr_expect(session_keys_show(&session, "y", "is changed"));
    cr_expect(session_only_change(&session, "PUT", path,
                                  "{\"event_categories\":[\"kyc_link\",\"transfer\"]}"));
    cr_expect(session_shows_row(&session, id, "kyc_link, transfer"));
}

Test(actions, u_on_an_active_endpoint_disables_changes_enables_after_one_question)
{
    start(true);
    cr_assert(session_keys_show(&session, "u", "nothing is changed yet"));
    cr_assert(screen_keys(session.screen, "/v2\r"));
    cr_assert(session_shows(&session, "Only a disabled endpoint may change its URL"));
    cr_expect(session_keys_hide(&session, "n", "Only a disabled endpoint"));
    cr_expect_eq(session_changes_after_poll(&session), 0);
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "Only a disabled endpoint"));
    cr_expect(session_keys_show(&session, "y", "is changed and active again"));
    static const struct put PUTS[] = {{"{\"status\":\"disabled\"}", 200},
                                      {"{\"url\":\"" SESSION_ORIGIN "/here/v2\"}", 200},
                                      {"{\"status\":\"active\"}", 200}};
    expect_puts(PUTS, 3);
    cr_expect(session_shows_row(&session, "● active", "/here/v2"));
    expect_status("active");
}

Test(actions, u_refused_enables_an_active_endpoint_again)
{
    start(true);
    cr_assert(session_keys_show(&session, "u", "nothing is changed yet"));
    cr_assert(screen_keys(session.screen, CTRL_U "https://me@hooks.example.com/x\r"));
    cr_assert(session_shows(&session, "Only a disabled endpoint may change its URL"));
    cr_expect(session_keys_show(&session, "y", "keeps its old URL and is active again"));
    cr_expect(session_shows_row(&session, "active again", "must not hold a user name"),
              "Bridge's own words");
    static const struct put PUTS[] = {{"{\"status\":\"disabled\"}", 200},
                                      {"{\"url\":\"https://me@hooks.example.com/x\"}", 400},
                                      {"{\"status\":\"active\"}", 200}};
    expect_puts(PUTS, 3);
    cr_expect(session_shows_row(&session, "● active", SESSION_ORIGIN "/here"));
}

Test(actions, a_url_that_Bridge_refuses_is_told_in_its_words)
{
    start(false);
    cr_assert(session_keys_show(&session, "u", "nothing is changed yet"));
    cr_assert(screen_keys(session.screen, CTRL_U "https://me@hooks.example.com/x\r"));
    cr_assert(session_shows(&session, "Change endpoint"));
    cr_expect(session_keys_show(&session, "y", "could not change"));
    cr_expect(session_shows_row(&session, "could not change", "must not hold a user name"));
    static const struct put PUT = {"{\"url\":\"https://me@hooks.example.com/x\"}", 400};
    expect_puts(&PUT, 1);
}

/* --- read-only ----------------------------------------------------------------- */

Test(actions, read_only_sends_no_change)
{
    static const char *const READ_ONLY[] = {"--read-only", NULL};
    static const char KEYS[] = "eEscuD";
    session_begin(&session, (struct session_options){.width = 200, .height = 40});
    session_endpoint(&session, "/here", false, id);
    session_open(&session, READ_ONLY);
    cr_assert(session_shows_row(&session, "○ disabled", id));
    cr_assert(session_shows(&session, "READ-ONLY"));
    cr_assert(sandbox_client_forget(session.sandbox));
    for (size_t i = 0; KEYS[i] != '\0'; i++) {
        char key[] = {KEYS[i], '\0'};
        cr_expect(session_keys_show(&session, key, "read-only: nothing is changed at Bridge"));
        cr_expect(session_keys_hide(&session, "1", "read-only: nothing"));
        cr_expect_not(screen_has(session.screen, "leave it"), "%s asks nothing", key);
    }
    cr_expect_eq(session_changes_after_poll(&session), 0);
    expect_status("disabled");
}
