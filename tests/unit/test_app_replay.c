/* Handing events on once more, from the dashboard. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <string.h>

static struct driver driver;

static void receive(enum receiving_how how)
{
    struct receiving receiving = {.how = how, .address = "127.0.0.1:8787"};
    driver_send(&driver, &(struct message){.kind = MESSAGE_RECEIVING, .receiving = &receiving});
}

static void name_application(const char *name)
{
    struct forwarder_state state = {name, NULL, 0};
    driver_send(&driver, &(struct message){.kind = MESSAGE_FORWARDING, .forwarding = &state});
}

static void set_up(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 140, .height = 44, .environment = ENVIRONMENT_SANDBOX});
    receive(RECEIVING_HERE);
    name_application("127.0.0.1:3000");
    driver_keys(&driver, "4");
}

static void tear_down(void)
{
    driver_stop(&driver);
}

TestSuite(app_replay, .init = set_up, .fini = tear_down, .timeout = 60);

static void expect_shown(const char *text)
{
    cr_expect(driver_shows(&driver, text), "no '%s' in:\n%s", text, driver_screen(&driver));
}

static void arrive(int64_t id, int64_t age_ms, enum verdict verdict)
{
    char event_id[24];
    (void)snprintf(event_id, sizeof event_id, "wh_new%d", (int)id);
    struct delivery delivery = {.id = id,
                                .received_ms = driver.app->now_ms - age_ms,
                                .peer = "127.0.0.1:1",
                                .method = "POST",
                                .target = "/hooks",
                                .reason = "a reason",
                                .verdict = verdict,
                                .event_id = event_id,
                                .event_type = "transfer.created",
                                .answer_status = 200,
                                .answer_us = 300,
                                .attempts = 1,
                                .sequence = -1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

static void queued(size_t count, const char *error)
{
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_REPLAYED, .count = count, .error = error});
}

Test(app_replay, asks_and_says_where_it_goes_and_what_the_signature_is_good_for)
{
    arrive(1001, 2 * 60 * 1000, VERDICT_GENUINE);
    driver_keys(&driver, "Gr");
    expect_shown("Replay event");
    expect_shown("wh_new1001 (transfer.created) goes to 127.0.0.1:3000 once ");
    expect_shown("signed by Bridge 2 min ago, which is still good");
    driver_keys(&driver, "y");
    const struct effect *effect = driver_effect(&driver, EFFECT_REPLAY);
    cr_assert_not_null(effect);
    cr_expect_eq(driver.app->replay.count, 1);
    cr_expect_eq(driver.app->replay.ids[0], 1001);
    cr_expect_eq(driver.app->replay.kind, FORWARD_REPLAY);
    queued(1, NULL);
    expect_shown("wh_new1001 (transfer.created) goes to 127.0.0.1:3000 once more");
    expect_shown("✓ verified →…");
}

Test(app_replay, of_an_old_signature_it_says_what_that_means_and_what_helps)
{
    arrive(1001, 3 * 60 * 60 * 1000, VERDICT_GENUINE);
    driver_keys(&driver, "Gr");
    expect_shown("signed by Bridge 3 h ago: an application that checks");
    expect_shown("For one of now, s");
    expect_shown(":replay --resign");
    driver_keys(&driver, "n");
    cr_expect_null(driver_effect(&driver, EFFECT_REPLAY));
}

Test(app_replay, what_came_again_has_the_signature_of_then)
{
    arrive(1001, 3 * 60 * 60 * 1000, VERDICT_GENUINE);
    struct delivery again = {.id = 1001, .event_id = "wh_new1001", .attempts = 2, .sequence = -1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &again});
    driver_keys(&driver, "Gr");
    expect_shown("signed by Bridge 0 s ago, which is still good");
}

Test(app_replay, of_what_is_not_genuine_nothing_is_claimed)
{
    arrive(1001, 1000, VERDICT_WRONG_SIGNATURE);
    driver_keys(&driver, "Gr");
    expect_shown("It is not genuine, and goes as it came.");
}

Test(app_replay, the_marked_ones_go_together_and_are_unmarked_then)
{
    arrive(1001, 1000, VERDICT_GENUINE);
    arrive(1002, 500, VERDICT_GENUINE);
    driver_keys(&driver, "Gk  r");
    expect_shown("Replay events");
    expect_shown("replay all 2");
    driver_keys(&driver, "y");
    cr_expect_eq(driver.app->replay.count, 2);
    queued(1, NULL);
    expect_shown("1 of 2 go to 127.0.0.1:3000: the others are not in the store any more");
    cr_expect_eq(list_mark_count(driver.app, PANE_LIVE), 0);
}

Test(app_replay, what_cannot_be_queued_stays_marked)
{
    arrive(1001, 1000, VERDICT_GENUINE);
    driver_keys(&driver, "G ry");
    queued(0, "the disk is full");
    expect_shown("could not be replayed: the disk is full");
    cr_expect_eq(list_mark_count(driver.app, PANE_LIVE), 1);
}

Test(app_replay, signed_anew_it_shows_the_key_for_the_applications_configuration)
{
    arrive(1001, 1000, VERDICT_GENUINE);
    driver_keys(&driver, "G:replay --resign<enter>");
    cr_assert_not_null(driver_effect(&driver, EFFECT_REPLAY_KEY));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_REPLAY_KEY, .text = "-----BEGIN PUBLIC KEY"});
    expect_shown("Replay event, signed anew");
    expect_shown("-----BEGIN PUBLIC KEY");
    expect_shown("a key of this machine's own");
    expect_shown("its body byte for byte");
    cr_expect_not(driver_shows(&driver, "It is not genuine"));
    driver_keys(&driver, "y");
    cr_expect_not_null(driver_effect(&driver, EFFECT_REPLAY));
    cr_expect_eq(driver.app->replay.kind, FORWARD_RESIGNED);
}

/* There is a signature that holds on it then. */
Test(app_replay, signed_anew_what_is_not_genuine_is_said_to_be_none)
{
    arrive(1001, 1000, VERDICT_WRONG_SIGNATURE);
    driver_keys(&driver, "G:replay --resign<enter>");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_REPLAY_KEY, .text = "-----BEGIN PUBLIC KEY"});
    expect_shown("It is not genuine");
    expect_shown("-----BEGIN PUBLIC KEY");
    driver_keys(&driver, "n");
    arrive(1002, 500, VERDICT_GENUINE);
    driver_keys(&driver, "Gk  :replay --resign<enter>");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_REPLAY_KEY, .text = "-----BEGIN PUBLIC KEY"});
    expect_shown("Not all of them are genuine");
}

Test(app_replay, the_key_can_be_shown_and_copied_without_anything_to_replay)
{
    driver_keys(&driver, ":replay --show-key<enter>");
    cr_assert_not_null(driver_effect(&driver, EFFECT_REPLAY_KEY));
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_REPLAY_KEY, .text = "-----BEGIN PUBLIC KEY"});
    expect_shown("The key of replays signed anew");
    driver_keys(&driver, "y");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_str_eq(driver.app->copy.bytes.data, "-----BEGIN PUBLIC KEY");
    cr_expect_null(driver_effect(&driver, EFFECT_REPLAY));
}

Test(app_replay, a_key_that_cannot_be_read_is_told)
{
    driver_keys(&driver, ":replay --show-key<enter>");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_REPLAY_KEY, .error = "cannot use the key"});
    expect_shown("cannot use the key");
    cr_expect_not(driver.app->question.open);
}

Test(app_replay, without_an_application_it_says_how_there_is_one)
{
    name_application(NULL);
    driver_keys(&driver, "r");
    expect_shown("start with --forward URL");
    receive(RECEIVING_THERE);
    driver_keys(&driver, "r");
    expect_shown("the process that receives hands nothing on");
    receive(RECEIVING_NOBODY);
    driver_keys(&driver, "r");
    expect_shown("nobody receives now");
    driver_keys(&driver, ":replay --often<enter>");
    expect_shown("it takes --resign|--show-key");
}

Test(app_replay, what_it_was_answered_is_told_once)
{
    struct forward_try attempt = {.number = 1, .status = 401, .took_us = 2500};
    struct forward_report report = {
        .delivery_id = 1001, .kind = FORWARD_REPLAY, .state = FORWARD_WAITING, .attempt = &attempt};
    struct message message = {.kind = MESSAGE_FORWARDED,
                              .delivery_id = 1001,
                              .forwarded = FORWARD_WAITING,
                              .report_of_try = &report};
    driver_send(&driver, &message);
    expect_shown("127.0.0.1:3000 answered the replay with 401 after 2.5 ms; it is tried again");
    uint64_t said = driver.app->said.total;
    attempt.number = 2;
    driver_send(&driver, &message);
    cr_expect_eq(driver.app->said.total, said);
}

/* An endpoint cannot be handed on. */
Test(app_replay, the_footer_names_the_key_where_it_does_something)
{
    arrive(1001, 0, VERDICT_GENUINE);
    driver_keys(&driver, "G<enter>");
    expect_shown("r replay");
    driver_keys(&driver, "<esc>1<enter>");
    cr_expect_not(driver_shows(&driver, "r replay"), "%s", driver_screen(&driver));
    driver_keys(&driver, "r");
    expect_shown("only what arrived here can be replayed: pane 4");
}
