/* Questions and actions at Bridge: nothing without a yes, and one line that says what happened. */
#include "tests/unit/app_driver.h"

#include "tui/key.h"

#include <criterion/criterion.h>
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

TestSuite(plans, .init = start, .fini = stop);

static const struct api_request *call(void)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_CALL);
    cr_assert_not_null(effect, "no call was made:\n%s", driver_screen(&driver));
    return &effect->request;
}

static void expect_line(const char *text)
{
    cr_expect(driver_shows(&driver, text), "'%s' is not on\n%s", text, driver_screen(&driver));
}

Test(plans, enable_asks_then_calls_then_says)
{
    driver_keys(&driver, "jje");
    cr_expect(driver.app->question.open);
    expect_line("wep_kyc3 · SANDBOX");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    driver_keys(&driver, "y");
    cr_expect_eq(call()->call, API_UPDATE_WEBHOOK);
    cr_expect_eq(call()->status, WEBHOOK_ACTIVE);
    cr_expect_str_eq(call()->webhook_id, "wep_kyc3");
    cr_expect_null(call()->url);
    cr_expect_null(call()->categories);
    expect_line("enabling wep_kyc3…");
    driver_answer(&driver, API_OK, "");
    expect_line("wep_kyc3 is active");
    cr_expect_eq(state_find_endpoint(driver.app, "wep_kyc3")->webhook.status, WEBHOOK_ACTIVE);
    cr_expect_not_null(driver_effect(&driver, EFFECT_REFRESH));
}

Test(plans, only_y_does_it)
{
    static const char *const others[] = {"n", "<esc>"};
    static const char *const nothing[] = {"<enter>", " ", "Y", "e", "q", "<tab>", "1"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        driver_keys(&driver, "E");
        driver_keys(&driver, others[i]);
        cr_expect_not(driver.app->question.open, "%s leaves it", others[i]);
        cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    }
    driver_keys(&driver, "E");
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        driver_keys(&driver, nothing[i]);
        cr_expect(driver.app->question.open, "%s does nothing", nothing[i]);
        cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    }
    driver_paste(&driver, "y");
    cr_expect(driver.app->question.open, "a paste is no answer");
}

Test(plans, failure_ends_in_bridges_words)
{
    driver_keys(&driver, "Ey");
    driver_answer(&driver, API_REFUSED, "403 forbidden: key has no webhook scope");
    expect_line("could not disable wep_pay1: 403 forbidden: key has no webhook scope");
    cr_expect_eq(state_find_endpoint(driver.app, "wep_pay1")->webhook.status, WEBHOOK_ACTIVE);
}

Test(plans, retries_show_while_it_is_under_way)
{
    driver_keys(&driver, "Ey");
    driver_send(&driver, &(struct message){.kind = MESSAGE_RETRYING,
                                           .plan = driver.app->plan_serial,
                                           .text = "503 service unavailable; next try in 4 s"});
    expect_line("disabling wep_pay1… 503 service unavailable; next try in 4 s");
    driver_keys(&driver, "E");
    cr_expect_not(driver.app->question.open, "one action at a time for an endpoint");
    expect_line("the last action is still under way");
}

Test(plans, a_waiting_action_hides_no_other_outcome)
{
    driver_keys(&driver, "Ey");
    driver_send(&driver, &(struct message){.kind = MESSAGE_RETRYING,
                                           .plan = driver.app->plan_serial,
                                           .text = "503; next try in 20 s"});
    driver_keys(&driver, "jEy");
    driver_answer(&driver, API_OK, "");
    expect_line("wep_card2 is disabled");
}

Test(plans, failed_send_names_the_event)
{
    driver_keys(&driver, "2sy");
    driver_answer(&driver, API_REFUSED, "404 not found");
    expect_line("could not send wh_a1 to wep_pay1: 404 not found");
}

Test(plans, bridges_words_are_read_to_their_end_on_a_narrow_screen)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 60, .height = 15});
    driver_keys(&driver, "2sy");
    driver_answer(&driver, API_REFUSED,
                  "422 the receiver of this endpoint has answered nothing for a week");
    expect_line("nothing for a week");
    expect_line("could not send wh_a1 to wep_pay1");
}

Test(plans, what_it_is_already_is_not_asked)
{
    driver_keys(&driver, "e");
    cr_expect_not(driver.app->question.open);
    expect_line("wep_pay1 is active already");
}

Test(plans, delete_wants_the_end_of_the_id)
{
    static const char *const wrong[] = {"<enter>", "pay2<enter>", "<ctrl-u>wep_pay1<enter>",
                                        "<ctrl-u>PAY1<enter>", "<ctrl-u>y<enter>"};
    driver_keys(&driver, "D");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        driver_keys(&driver, wrong[i]);
        cr_expect(driver.app->question.open, "%s", wrong[i]);
        cr_expect_null(driver_effect(&driver, EFFECT_CALL), "%s", wrong[i]);
    }
    driver_keys(&driver, "<ctrl-u>pay1");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL), "typing alone does nothing");
    driver_keys(&driver, "<enter>");
    cr_expect_eq(call()->call, API_DELETE_WEBHOOK);
    cr_expect_str_eq(call()->webhook_id, "wep_pay1");
    driver_answer(&driver, API_OK, "");
    expect_line("wep_pay1 is deleted");
    cr_expect_null(state_find_endpoint(driver.app, "wep_pay1"));
    cr_expect_str_eq(driver_effect(&driver, EFFECT_FORGET)->webhook_id, "wep_pay1");
}

Test(plans, send_means_the_selected_event)
{
    driver_keys(&driver, "sy");
    cr_expect_str_eq(call()->event_id, "wh_a1", "on an endpoint: its first upcoming one");
    driver_answer(&driver, API_OK, "");
    expect_line("sent wh_a1 to wep_pay1: Event queued");
    driver_keys(&driver, "2jsy");
    cr_expect_str_eq(call()->event_id, "wh_a2");
    driver_answer(&driver, API_OK, "");
    driver_keys(&driver, "3ksy");
    cr_expect_str_eq(call()->event_id, "wh_a1", "the logged one");
    driver_answer(&driver, API_OK, "");
    driver_keys(&driver, "4sy");
    cr_expect_str_eq(call()->event_id, "wh_live3", "the one that arrived");
    cr_expect_eq(call()->call, API_SEND_EVENT);
    cr_expect_str_eq(call()->webhook_id, "wep_pay1");
}

Test(plans, send_without_an_event_says_so)
{
    driver_keys(&driver, "js");
    cr_expect_not(driver.app->question.open);
    expect_line("the upcoming events of wep_card2 are not known yet");
    struct event_list none = {0};
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_UPCOMING, .webhook_id = "wep_card2", .events = &none});
    driver_keys(&driver, "s");
    expect_line("wep_card2 has no upcoming event to send");
}

Test(plans, create_goes_through_the_form_and_a_question)
{
    driver_keys(&driver, "c<enter>");
    cr_expect(driver.app->form_open, "an unfinished form is not sent");
    cr_expect_not(driver.app->question.open);
    driver_keys(&driver, "https://new.example/hook<tab><down> <enter>");
    cr_expect(driver.app->question.open);
    driver_keys(&driver, "n");
    cr_expect(driver.app->form_open, "a no leads back to the form");
    driver_keys(&driver, "<enter>y");
    cr_expect_eq(call()->call, API_CREATE_WEBHOOK);
    cr_expect_str_eq(call()->url, "https://new.example/hook");
    cr_expect_str_eq(call()->epoch, "webhook_creation");
    cr_assert_not_null(call()->categories);
    cr_expect_eq(call()->categories->count, 1U);
    cr_expect_str_eq(call()->categories->items[0], "customer");
    driver_answer(&driver, API_OK, "");
    expect_line("created wep_new5, disabled");
    cr_expect_str_eq(state_selected_endpoint(driver.app)->webhook.id, "wep_new5");
    cr_expect_not(driver.app->form_open);
}

Test(plans, create_from_the_beginning_of_time)
{
    driver_keys(&driver, "chttps://new.example<tab> <enter>y");
    cr_expect_str_eq(call()->epoch, "beginning_of_time");
    cr_expect_null(call()->categories, "none ticked: left to Bridge");
}

Test(plans, categories_of_an_active_endpoint_change_in_one_call)
{
    driver_keys(&driver, "u<tab> <enter>y");
    cr_expect_eq(call()->call, API_UPDATE_WEBHOOK);
    cr_expect_null(call()->url);
    cr_expect_eq(call()->status, WEBHOOK_STATUS_UNKNOWN);
    cr_expect_eq(call()->categories->count, 1U, "customer is unticked, transfer stays");
    driver_answer(&driver, API_OK, "");
    expect_line("wep_pay1 is changed");
}

Test(plans, url_of_a_disabled_endpoint_changes_in_one_call)
{
    driver_keys(&driver, "jju/2<enter>y");
    cr_expect_str_eq(call()->url, "https://hooks.example.com/webhooks/kyc/2");
    cr_expect_eq(call()->status, WEBHOOK_STATUS_UNKNOWN);
    driver_answer(&driver, API_OK, "");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
}

Test(plans, url_of_an_active_endpoint_is_disable_change_enable)
{
    driver_keys(&driver, "u/2<enter>");
    expect_line("disable it");
    driver_keys(&driver, "y");
    cr_expect_eq(call()->status, WEBHOOK_DISABLED);
    cr_expect_null(call()->url);
    driver_answer(&driver, API_OK, "");
    cr_expect_str_eq(call()->url, "https://hooks.example.com/webhooks/payments/2");
    cr_expect_eq(call()->status, WEBHOOK_STATUS_UNKNOWN);
    driver_answer(&driver, API_OK, "");
    cr_expect_eq(call()->status, WEBHOOK_ACTIVE);
    cr_expect_null(call()->url);
    driver_answer(&driver, API_OK, "");
    expect_line("wep_pay1 is changed and active again");
}

Test(plans, a_refused_url_leaves_the_endpoint_active_as_it_was)
{
    driver_keys(&driver, "u/2<enter>y");
    driver_answer(&driver, API_OK, "");
    driver_answer(&driver, API_REFUSED, "400 url: not reachable");
    cr_expect_eq(call()->status, WEBHOOK_ACTIVE, "it is enabled again");
    driver_answer(&driver, API_OK, "");
    expect_line("wep_pay1 keeps its old URL and is active again: 400 url: not reachable");
    cr_expect_eq(state_find_endpoint(driver.app, "wep_pay1")->webhook.status, WEBHOOK_ACTIVE);
}

Test(plans, if_it_cannot_be_enabled_again_that_is_said)
{
    driver_keys(&driver, "u/2<enter>y");
    driver_answer(&driver, API_OK, "");
    driver_answer(&driver, API_REFUSED, "400 no");
    driver_answer(&driver, API_UNAVAILABLE, "503 away");
    expect_line("wep_pay1 could not be changed (400 no) and is DISABLED: 503 away");

    driver_keys(&driver, "ey");
    driver_answer(&driver, API_OK, "");
    driver_keys(&driver, "u/3<enter>y");
    driver_answer(&driver, API_OK, "");
    driver_answer(&driver, API_OK, "");
    driver_answer(&driver, API_UNAVAILABLE, "503 away");
    expect_line("has its new URL but could not be enabled again: 503 away");
}

Test(plans, a_failed_first_step_changes_nothing)
{
    driver_keys(&driver, "u/2<enter>y");
    driver_answer(&driver, API_UNAVAILABLE, "503 away");
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    expect_line("could not change wep_pay1: 503 away");
}

Test(plans, an_answer_to_no_plan_is_ignored)
{
    struct api_result result = {.call = API_UPDATE_WEBHOOK, .outcome = API_OK};
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESULT, .plan = 0, .result = &result});
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESULT, .plan = 77, .result = &result});
    driver_send(&driver, &(struct message){.kind = MESSAGE_RETRYING, .plan = 77, .text = "x"});
    cr_expect_eq(driver.effects.count, 0U);
}

Test(plans, without_an_api_there_is_nothing_to_change)
{
    driver_stop(&driver);
    driver_start(&driver, &(struct driver_config){
                              .width = 100, .height = 30, .environment = ENVIRONMENT_NONE});
    static const char *const keys[] = {"e", "E", "s", "D", "c", "u", "R"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        driver_keys(&driver, keys[i]);
        cr_expect_eq(driver.effects.count, 0U);
        cr_expect_not(driver.app->question.open);
        expect_line("only listens");
    }
}

/* --- what is asked shows what is sent, and production asks for more ------------------------- */

Test(plans, the_question_shows_the_request)
{
    driver_keys(&driver, "chttps://a.example/x<shift-tab>brand_new<enter><enter>");
    cr_assert(driver.app->question.open, "%s", driver_screen(&driver));
    const char *text = driver.app->question.text;
    cr_expect_not_null(strstr(text, "POST /webhooks\nIdempotency-Key: made when sent\n{"), "%s",
                       text);
    cr_expect_not_null(strstr(text, "\"url\":\"https://a.example/x\""), "%s", text);
    cr_expect_not_null(strstr(text, "\"brand_new\""), "%s", text);
    expect_line("Create endpoint · SANDBOX");
    driver_keys(&driver, "y");
    cr_expect_str_eq(call()->categories->items[0], "brand_new");
}

Test(plans, undo_in_the_form)
{
    driver_keys(&driver, "chttps://a.example/x");
    driver_send(&driver, &(struct message){.kind = MESSAGE_KEY, .key = KEYS_CTRL('_')});
    cr_expect_str_eq(driver.app->form.url.text, "https://a.example");
    driver_send(&driver, &(struct message){.kind = MESSAGE_KEY, .key = KEYS_CTRL('Y')});
    cr_expect_str_eq(driver.app->form.url.text, "https://a.example/x");
}

Test(plans, production_wants_the_whole_id)
{
    driver.app->environment = ENVIRONMENT_PRODUCTION;
    driver_keys(&driver, "Dpay1<enter>");
    cr_expect(driver.app->question.open);
    cr_expect_null(driver_effect(&driver, EFFECT_CALL));
    driver_keys(&driver, "<ctrl-u>wep_pay1<enter>");
    cr_expect_eq(call()->call, API_DELETE_WEBHOOK);
}

Test(plans, a_long_question_is_read_line_by_line)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 40, .height = 10});
    driver_keys(&driver, "u/2<enter>");
    cr_assert(driver.app->question.open);
    cr_expect_not(driver_shows(&driver, "\"active\""));
    expect_line("y change it    n leave it");
    for (int i = 0; i < 60; i++)
        driver_keys(&driver, "<down>");
    cr_expect(driver_shows(&driver, "\"active\""), "%s", driver_screen(&driver));
    expect_line("y change it    n leave it");
    for (int i = 0; i < 60; i++)
        driver_keys(&driver, "<up>");
    expect_line("https://hooks.example.com");
}
