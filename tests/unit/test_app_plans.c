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

Test(plans, read_only_refuses_at_the_key)
{
    driver.app->read_only = true;
    for (const char *key = "eEscuD"; *key != '\0'; key++) {
        driver_keys(&driver, (char[]){*key, '\0'});
        cr_expect_not(driver.app->question.open || driver.app->form_open, "%c", *key);
        expect_line("read-only: nothing is changed at Bridge");
        driver_keys(&driver, "g");
    }
    driver_keys(&driver, "2<enter>s");
    cr_expect_not(driver.app->question.open, "from the inspector");
    expect_line("read-only: nothing is changed at Bridge");
}

/* --- which endpoint ---------------------------------------------------------------------- */

/* A delivery that was for an endpoint, under the cursor of pane 4. */
static void arrived_for(const char *webhook_id)
{
    struct delivery delivery = {.id = 9,
                                .received_ms = DRIVER_NOW_MS,
                                .method = (char *)"POST",
                                .target = (char *)"/x",
                                .body = (char *)"{}",
                                .body_length = 2,
                                .webhook_id = (char *)webhook_id};
    driver_keys(&driver, "4G");
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

Test(plans, in_pane_4_the_endpoint_is_the_deliverys_own)
{
    static const struct {
        const char *key, *title;
    } ASKED[] = {{"E", "Disable endpoint"}, {"D", "Delete endpoint"}, {"u", "Change wep_card2"}};
    arrived_for("wep_card2");
    cr_expect_str_eq(state_selected_endpoint(driver.app)->webhook.id, "wep_pay1");
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
        driver_keys(&driver, ASKED[i].key);
        expect_line(ASKED[i].title);
        expect_line("wep_card2");
        driver_keys(&driver, "<esc>");
    }
    arrived_for("wep_kyc3");
    driver_keys(&driver, "ey");
    cr_expect_str_eq(call()->webhook_id, "wep_kyc3");
}

Test(plans, in_pane_4_no_endpoint_is_guessed)
{
    arrived_for(NULL);
    for (const char *key = "eEuD"; *key != '\0'; key++) {
        driver_keys(&driver, (char[]){*key, '\0'});
        cr_expect_not(driver.app->question.open || driver.app->form_open, "%c", *key);
        expect_line("no endpoint is known for this delivery");
        driver_keys(&driver, "G");
    }
    arrived_for("wep_gone");
    driver_keys(&driver, "D");
    expect_line("endpoint, wep_gone, is none of the account's");
    driver_keys(&driver, "/nothing like it<enter>E");
    expect_line("no delivery is selected");
    driver_keys(&driver, "<esc>3E");
    expect_line("wep_pay1 · SANDBOX");
}

Test(plans, an_endpoint_that_is_only_the_selected_one_is_told)
{
    static const char WORDS[] = "not known: this";
    driver_keys(&driver, "4s");
    cr_expect_not(driver_shows(&driver, WORDS));
    driver_keys(&driver, "n");
    arrived_for("wep_gone");
    driver.app->live[driver.app->live_count - 1].delivery.event_id = strdup("wh_lost");
    driver_keys(&driver, "s");
    cr_assert(driver.app->question.open);
    expect_line("wep_pay1 · SANDBOX");
    expect_line(WORDS);
    driver_keys(&driver, "n<enter>s");
    expect_line(WORDS);
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

Test(plans, an_older_line_does_not_cover_the_keys)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 40, .height = 10});
    for (const char *key = "Ecux"; *key != '\0'; key++) {
        driver_send(&driver, &(struct message){
                                 .kind = MESSAGE_SAY, .tone = TONE_BAD, .text = "an older line"});
        driver_keys(&driver, (char[]){*key, '\0'});
        cr_expect_not(driver_shows(&driver, "an older line"), "%c", *key);
        driver_keys(&driver, "<esc>");
    }
}

/* Whatever the size and the dialog: the header's first line, the status line and the keys stay. */
Test(plans, dialogs_leave_the_lines_around_the_panes)
{
    static const int SIZES[][2] = {{300, 100}, {120, 40}, {80, 24}, {60, 15}, {40, 10}};
    static const char *const OPEN[] = {"E", "D", "c", "u", "u/2<enter>", "4x", "*s"};
    for (size_t size = 0; size < sizeof SIZES / sizeof *SIZES; size++) {
        for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN; i++) {
            stop();
            driver_start(&driver, &(struct driver_config){.width = SIZES[size][0],
                                                          .height = SIZES[size][1],
                                                          .environment = ENVIRONMENT_SANDBOX});
            driver_keys(&driver, OPEN[i]);
            expect_line("SANDBOX  masked");
            cr_expect(driver_shows(&driver, "Esc leave") || driver_shows(&driver, "Esc no"));
            driver_send(&driver, &(struct message){.kind = MESSAGE_SAY,
                                                   .tone = TONE_INFO,
                                                   .text = "a line that says something"});
            expect_line("a line that says something");
        }
    }
}

Test(plans, a_filled_in_form_is_not_closed_without_a_question)
{
    driver_keys(&driver, "c<esc>");
    cr_expect_not(driver.app->form_open, "an empty one is");
    driver_keys(&driver, "chttps://new.example/<esc>");
    expect_line("Throw away what is typed");
    cr_expect_not(driver_shows(&driver, "leave it"), "leaving the form is what y does");
    expect_line("what is typed in it is lost");
    driver_keys(&driver, "<esc>");
    cr_expect(driver.app->form_open);
    cr_expect_str_eq(driver.app->form.url.text, "https://new.example/");
    driver_keys(&driver, "<esc>n<esc>y");
    cr_expect_not(driver.app->form_open);
    driver_keys(&driver, "c");
    cr_expect_str_eq(driver.app->form.url.text, "", "it was thrown away");
}

Test(plans, what_bridge_refuses_is_not_typed_again)
{
    driver_keys(&driver, "chttps://new.example/<tab><tab> <enter>y");
    driver_answer(&driver, API_REFUSED, "422 that host is not reachable");
    expect_line(
        "could not create the endpoint: 422 that host is not reachable; c has what was typed");
    driver_keys(&driver, "u");
    cr_expect_str_eq(driver.app->form.url.text, driver.app->form.old_url, "another form");
    driver_keys(&driver, "<esc>c");
    cr_expect_str_eq(driver.app->form.url.text, "https://new.example/");
    expect_line("[x] customer");
    driver_keys(&driver, "2<enter>y");
    driver_answer(&driver, API_OK, "");
    driver_keys(&driver, "c");
    cr_expect_str_eq(driver.app->form.url.text, "", "it is done");
}

Test(plans, a_change_that_was_refused_comes_back_for_its_endpoint)
{
    driver_keys(&driver, "u/2<enter>y");
    driver_answer(&driver, API_OK, "");
    driver_answer(&driver, API_REFUSED, "422 no");
    driver_answer(&driver, API_OK, "");
    expect_line("u has what was typed");
    driver_keys(&driver, "ju");
    cr_expect_str_eq(driver.app->form.webhook_id, "wep_card2");
    cr_expect_str_eq(driver.app->form.url.text, driver.app->form.old_url);
    driver_keys(&driver, "<esc>ku");
    cr_expect_str_eq(driver.app->form.url.text, "https://hooks.example.com/webhooks/payments/2");
    cr_expect_str_eq(driver.app->form.old_url, "https://hooks.example.com/webhooks/payments");
}

Test(plans, a_category_that_is_typed_is_not_lost_with_its_field)
{
    driver_keys(&driver, "chttps://a.example/<shift-tab>brand_new<tab>");
    cr_expect_eq(driver.app->form.field, FORM_URL);
    expect_line("[x] brand_new");
    expect_line("brand_new is in the list now, and ticked");
}

Test(plans, a_blank_in_a_url_is_told)
{
    driver_keys(&driver, "c ");
    expect_line("a URL has no blanks: %20 stands for one");
    cr_expect_str_eq(driver.app->form.url.text, "");
}

/* --- pastes ------------------------------------------------------------------------------- */

static const char *url_typed(void)
{
    cr_assert_not_null(driver.app);
    return driver.app->form.url.text;
}

Test(plans, a_paste_of_lines_is_one_value_in_a_field)
{
    driver_keys(&driver, "c");
    driver_paste(&driver, "  https://a.example/x \r\n");
    cr_expect_str_eq(url_typed(), "https://a.example/x");
    cr_expect_eq(driver.app->notice.tone, TONE_NONE, "a line break at the end is no second line");
    driver_keys(&driver, "<ctrl-u>");
    driver_paste(&driver, "\nhttps://a.example/\n\nhttps://b.example/\ny\n");
    cr_expect_str_eq(url_typed(), "https://a.example/");
    cr_expect(driver.app->form_open, "a line break is no Enter");
    cr_expect_not(driver.app->question.open);
    expect_line("pasted the first of 3 lines: there is room for one");
}

Test(plans, a_paste_of_lines_is_joined_where_words_are_looked_for)
{
    driver_keys(&driver, "/");
    driver_paste(&driver, "pay\r\n  men\tts\n");
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].filter.text, "pay men ts");
    expect_line("pasted 2 lines as one");
    driver_keys(&driver, "<esc>/");
    driver_paste(&driver, " wep");
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].filter.text, " wep", "one line is as it is");
}

Test(plans, what_a_paste_loses_of_control_characters_is_not_called_its_end)
{
    driver_keys(&driver, "/");
    driver_paste(&driver, "a\x1b[31mb\x07\x7f");
    cr_expect_str_eq(driver.app->lists[PANE_ENDPOINTS].filter.text, "a[31mb");
    cr_expect_not(driver_shows(&driver, "too long"), "%s", driver_screen(&driver));
}

Test(plans, a_paste_that_does_not_fit_is_told)
{
    static char text[3 * LINE_EDIT_MAX];
    driver_keys(&driver, "c");
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "é", 2);
    driver_paste(&driver, text);
    cr_expect_eq(driver.app->form.url.length, (size_t)LINE_EDIT_MAX);
    expect_line("what was pasted is too long: its end is left out");
    driver_keys(&driver, "<ctrl-u>x");
    driver_paste(&driver, text);
    cr_expect_eq(driver.app->form.url.length, (size_t)LINE_EDIT_MAX - 1, "whole characters");
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
    driver_keys(&driver, "<up>");
    cr_expect_not(driver_shows(&driver, "\"active\""), "it had stopped at its end");
    for (int i = 0; i < 60; i++)
        driver_keys(&driver, "<up>");
    expect_line("https://hooks.example.com");
}
