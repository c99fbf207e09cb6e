/* The activity: our actions as they are noted, and the page. */
#include "tests/unit/app_driver.h"
#include "tui/messages.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 100, .height = 30, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(app_activity, .init = start, .fini = stop);

static const struct activity *noted(size_t number)
{
    for (size_t i = 0; i < driver.effects.count; i++)
        if (driver.effects.items[i].kind == EFFECT_NOTE && number-- == 0)
            return &driver.effects.items[i].note->activity;
    cr_assert_fail("nothing is noted");
    return NULL;
}

Test(app_activity, an_action_is_noted_as_it_begins_and_as_it_ends)
{
    driver_keys(&driver, "Ey");
    const struct activity *begun = noted(0);
    cr_expect_str_eq(begun->text, "disabling wep_pay1: under way");
    cr_expect_eq(begun->fields, ACTIVITY_STATE);
    cr_expect_str_eq(begun->before, "state: active");
    cr_expect_str_eq(begun->after, "state: disabled");
    cr_expect_eq(begun->ended_ms, 0);
    int64_t token = begun->token;
    driver_answer(&driver, API_REFUSED, "409 conflict");
    const struct activity *ended = noted(0);
    cr_expect_eq(ended->token, token);
    cr_expect_eq(ended->outcome, ACTIVITY_REFUSED);
    cr_expect_neq(ended->ended_ms, 0);
    cr_expect_str_eq(ended->text, "disabling wep_pay1: refused: 409 conflict");
}

Test(app_activity, what_was_sent_is_noted_once_it_was)
{
    driver_keys(&driver, "sy");
    cr_expect_null(driver_effect(&driver, EFFECT_NOTE));
    driver_answer(&driver, API_UNAVAILABLE, "timed out");
    cr_expect_str_eq(noted(0)->text, "sending wh_a1 to wep_pay1: not sure: timed out");
    cr_expect_eq(noted(0)->outcome, ACTIVITY_UNCERTAIN);
    cr_expect_eq(noted(0)->fields, 0);
    cr_expect_eq(noted(0)->token, 0);
}

static void read_rows(int64_t id, const char *text, enum activity_who who)
{
    struct activity row = {.id = id,
                           .who = who,
                           .outcome = ACTIVITY_DONE,
                           .at_ms = DRIVER_NOW_MS,
                           .text = (char *)text,
                           .before = (char *)"",
                           .after = (char *)""};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_ACTIVITY, .activity = &row, .activity_count = 1});
}

/* What is noted of a send is read again to know what was sent by hand. */
static const struct activity *note_of(void)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_NOTE);
    cr_assert_not_null(effect);
    return &effect->note->activity;
}

Test(app_activity, what_was_sent_is_known_by_its_note)
{
    char event_id[CONTRACT_ID_MAX + 1];
    driver_keys(&driver, "2sy");
    driver_answer(&driver, API_OK, "on its way");
    cr_assert(activity_sent_event(note_of(), event_id), "%s", note_of()->text);
    cr_expect_str_eq(event_id, "wh_a1");
    driver_keys(&driver, "2sy");
    driver_answer(&driver, API_UNAVAILABLE, "timed out");
    cr_expect(activity_sent_event(note_of(), event_id), "it may have been sent");
    driver_keys(&driver, "2sy");
    driver_answer(&driver, API_REFUSED, "no such event");
    cr_expect_not(activity_sent_event(note_of(), event_id));
}

Test(app_activity, what_others_did_is_told_once)
{
    uint64_t before = driver.app->said.total;
    read_rows(DRIVER_ACTIVITY + 1, "wep_1 was active and is disabled", ACTIVITY_OTHERS);
    cr_expect(driver_shows(&driver, "at Bridge: wep_1 was active and is disabled"));
    read_rows(DRIVER_ACTIVITY + 1, "wep_1 was active and is disabled", ACTIVITY_OTHERS);
    read_rows(DRIVER_ACTIVITY + 2, "enabled wep_1", ACTIVITY_OWN);
    cr_expect_eq(driver.app->said.total, before + 1);
}

Test(app_activity, an_end_takes_the_place_of_its_beginning)
{
    driver_keys(&driver, "a");
    read_rows(4, "enabling wep_1: under way", ACTIVITY_OWN);
    cr_expect(driver_shows(&driver, "you: enabling wep_1: under way"));
    cr_expect(driver_shows(&driver, "4 of 4"));
    read_rows(4, "enabled wep_1", ACTIVITY_OWN);
    cr_expect(driver_shows(&driver, "you: enabled wep_1"));
    cr_expect_not(driver_shows(&driver, "under way"));
    cr_expect(driver_shows(&driver, "4 of 4"));
}

Test(app_activity, enter_shows_before_and_after_whole)
{
    driver_keys(&driver, "a");
    cr_expect_not(driver_shows(&driver, "before  URL"));
    driver_keys(&driver, "<enter>");
    cr_expect(driver_shows(&driver, "before  URL: https://old.example.com/webhooks/cards"), "%s",
              driver_screen(&driver));
    cr_expect(driver_shows(&driver, "after   URL: https://hooks.example.com/webhooks/cards"));
    cr_expect(driver_shows(&driver, "categories: card_transaction"));
    driver_keys(&driver, "<esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ACTIVITY);
    driver_keys(&driver, "k<enter>");
    cr_expect(driver_shows(&driver, "no endpoint was changed"));
    driver_keys(&driver, "<esc><esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
}

Test(app_activity, what_happened_unseen_says_since_when)
{
    driver_keys(&driver, "a");
    cr_expect(driver_shows(&driver, "others: wep_kyc3 was active and is disabled (since 08:48:19)"),
              "%s", driver_screen(&driver));
}

Test(app_activity, older_rows_are_read_as_the_oldest_is_reached)
{
    driver.app->activity.whole = false;
    driver_keys(&driver, "a");
    cr_expect_eq(driver_effect(&driver, EFFECT_ACTIVITY)->above, 0, "what is new alone");
    driver_keys(&driver, "g");
    cr_assert_not_null(driver_effect(&driver, EFFECT_ACTIVITY));
    cr_expect_eq(driver_effect(&driver, EFFECT_ACTIVITY)->above, 1);
    struct activity row = {.text = (char *)"older", .before = (char *)"", .after = (char *)""};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ACTIVITY,
                                           .activity = &row,
                                           .activity_count = 1,
                                           .older = true,
                                           .whole = true});
    cr_expect(driver_shows(&driver, "2 of 4"), "%s", driver_screen(&driver));
    driver_keys(&driver, "g");
    cr_expect(driver_shows(&driver, "1 of 4"));
    cr_expect_null(driver_effect(&driver, EFFECT_ACTIVITY));
}

/* What is held is bounded, whatever comes. */
Test(app_activity, the_newest_rows_are_held)
{
    driver_keys(&driver, "a");
    for (int i = 0; i < ACTIVITY_LISTED_MAX + 10; i++)
        read_rows(4 + i, "row", ACTIVITY_OWN);
    cr_expect_eq(driver.app->activity.count, ACTIVITY_LISTED_MAX);
    cr_expect_eq(driver.app->activity.items[ACTIVITY_LISTED_MAX - 1].id, ACTIVITY_LISTED_MAX + 13);
    cr_expect_eq(driver.app->activity.page.selected, ACTIVITY_LISTED_MAX - 1);
}

static size_t shown_lines(const char *words)
{
    size_t count = 0;
    const char *at = driver_screen(&driver);
    while ((at = strstr(at, words)) != NULL) {
        at += strlen(words);
        count++;
    }
    return count;
}

/* Every word must be there: in the line, or in what was before and after. */
Test(app_activity, a_filter_leaves_what_has_its_words)
{
    read_rows(DRIVER_ACTIVITY + 1, "wep_1 has another URL than before", ACTIVITY_OTHERS);
    read_rows(DRIVER_ACTIVITY + 2, "enabled wep_1", ACTIVITY_OWN);
    driver_keys(&driver, "a/OTHERS: wep_1");
    cr_expect(driver_shows(&driver, "Activity /OTHERS: wep_1"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "1 of 1"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "others: wep_1 has another URL"));
    cr_expect_not(driver_shows(&driver, "enabled wep_1"));
    cr_expect_not(driver_shows(&driver, "wep_card2"));
    driver_keys(&driver, "<enter>");
    cr_expect_eq(state_place(driver.app), PLACE_ACTIVITY);
    driver_keys(&driver, "kjgG"); /* there is nowhere to go */
    cr_expect(driver_shows(&driver, "1 of 1"), "%s", driver_screen(&driver));
    driver_keys(&driver, "<esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ACTIVITY, "first the filter goes");
    cr_expect(driver_shows(&driver, "enabled wep_1"));
    driver_keys(&driver, "/old.example.com");
    cr_expect_eq(shown_lines("you: changed wep_card2"), 1u, "its URL was that before");
    cr_expect(driver_shows(&driver, "1 of 1"));
    driver_keys(&driver, "<ctrl-u>no such words");
    cr_expect(driver_shows(&driver, "No line has these words"), "%s", driver_screen(&driver));
    driver_keys(&driver, "<enter><enter>y");
    cr_expect_null(driver_effect(&driver, EFFECT_COPY));
    driver_keys(&driver, "q");
    cr_expect_eq(state_place(driver.app), PLACE_ACTIVITY);
    driver_keys(&driver, "q");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
    driver_keys(&driver, "a");
    cr_expect_not(driver_shows(&driver, "Activity /"), "it begins anew");
}

Test(app_activity, a_filter_over_none_finds_none)
{
    driver_stop(&driver);
    driver_start(&driver, &(struct driver_config){.width = 100, .height = 30, .empty = true});
    driver_keys(&driver, "a/x<bs>y<enter>jkGgy");
    cr_expect(driver_shows(&driver, " Activity /y"), "%s", driver_screen(&driver));
    driver_keys(&driver, "<esc><esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS, "%s", driver_screen(&driver));
    driver_keys(&driver, "M/x<bs>y<enter>jkGgy");
    cr_expect(driver_shows(&driver, " Messages /y"), "%s", driver_screen(&driver));
}

Test(app_activity, what_comes_while_a_filter_holds)
{
    driver_keys(&driver, "a/wep_9<enter>");
    read_rows(DRIVER_ACTIVITY + 1, "enabled wep_9", ACTIVITY_OWN);
    read_rows(DRIVER_ACTIVITY + 2, "enabled wep_8", ACTIVITY_OWN);
    cr_expect(driver_shows(&driver, "1 of 1"), "%s", driver_screen(&driver));
    cr_expect_not(driver_shows(&driver, "wep_8"));
    read_rows(DRIVER_ACTIVITY + 3, "disabled wep_9", ACTIVITY_OWN);
    cr_expect(driver_shows(&driver, "2 of 2"), "the newest stays selected:\n%s",
              driver_screen(&driver));
    driver_keys(&driver, "k");
    cr_expect(driver_shows(&driver, "1 of 2"));
}

/* A filter is for all that is kept. */
Test(app_activity, a_filter_has_older_rows_read_until_the_page_is_full)
{
    driver.app->activity.whole = false;
    driver_keys(&driver, "a/wep_old");
    const struct effect *effect = driver_effect(&driver, EFFECT_ACTIVITY);
    cr_assert_null(effect, "as it is on its way");
    struct activity row = {.text = (char *)"older", .before = (char *)"", .after = (char *)""};
    struct message older = {
        .kind = MESSAGE_ACTIVITY, .activity = &row, .activity_count = 1, .older = true};
    driver_send(&driver, &older);
    effect = driver_effect(&driver, EFFECT_ACTIVITY);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->above, 0);
    row.text = (char *)"enabled wep_old";
    row.id = -1;
    older.whole = true;
    driver_send(&driver, &older);
    cr_expect_null(driver_effect(&driver, EFFECT_ACTIVITY), "there are no more");
    cr_expect(driver_shows(&driver, "you: enabled wep_old") ||
                  driver_shows(&driver, "others: enabled wep_old"),
              "%s", driver_screen(&driver));
}
