/* `:answer` in the dashboard: what it orders, how the header says so, and how a row does. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(int width, int height)
{
    driver_start(&driver, &(struct driver_config){.width = width,
                                                  .height = height,
                                                  .environment = ENVIRONMENT_SANDBOX});
}

static void set_up(void)
{
    start(80, 24);
}

static void tear_down(void)
{
    driver_stop(&driver);
}

TestSuite(app_answer, .init = set_up, .fini = tear_down);

static void receive(struct receiving receiving)
{
    (void)snprintf(receiving.address, sizeof receiving.address, "127.0.0.1:8787");
    driver_send(&driver, &(struct message){.kind = MESSAGE_RECEIVING, .receiving = &receiving});
}

static void ordered(int status, unsigned left, int64_t delay_ms)
{
    receive((struct receiving){.how = RECEIVING_HERE, .order = {status, left, delay_ms}});
}

static bool first_line_has(const char *text)
{
    const char *screen = driver_screen(&driver);
    const char *found = strstr(screen, text);
    return found != NULL && found < strchr(screen, '\n');
}

Test(app_answer, what_is_typed_becomes_an_order)
{
    driver_keys(&driver, ":answer 500 x3 after 2s<enter>");
    const struct effect *effect = driver_effect(&driver, EFFECT_ANSWER);
    cr_assert_not_null(effect, "%s", driver_screen(&driver));
    cr_expect_eq(effect->order.status, 500);
    cr_expect_eq(effect->order.left, 3);
    cr_expect_eq(effect->order.delay_ms, 2000);
    cr_expect(driver_shows(&driver, "answered 500 ×3 after 2 s"));
}

Test(app_answer, normal_ends_it)
{
    ordered(500, 3, 2000);
    driver_keys(&driver, ":answer normal<enter>");
    const struct effect *effect = driver_effect(&driver, EFFECT_ANSWER);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->order.left, 0);
    ordered(0, 0, 0);
    cr_expect(driver_shows(&driver, "answers are normal again"));
    cr_expect_not(driver_shows(&driver, "ANSWERING"));
}

Test(app_answer, what_is_wrong_is_told_in_words_and_orders_nothing)
{
    static const char *const LINES[][2] = {
        {":answer 99<enter>", "a status is 200 to 599"},
        {":answer 500 x1000<enter>", "x1 to x100"},
        {":answer 500 after 2h<enter>", "after how long?"},
        {":answer 500 after 90s<enter>", "60 s at most"},
    };
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        driver_keys(&driver, LINES[i][0]);
        cr_expect_null(driver_effect(&driver, EFFECT_ANSWER));
        cr_expect(driver_shows(&driver, LINES[i][1]), "%s:\n%s", LINES[i][0],
                  driver_screen(&driver));
    }
    driver_keys(&driver, ":answer<enter>"); /* asks for the rest */
    cr_expect_eq(state_place(driver.app), PLACE_PROMPT);
    cr_expect(driver_shows(&driver, "503"), "%s", driver_screen(&driver));
    driver_keys(&driver, "<esc>:answ");
    cr_expect(driver_shows(&driver, "500 x3 after 2s"), "%s", driver_screen(&driver));
}

Test(app_answer, who_does_not_receive_says_so)
{
    static const struct {
        struct receiving receiving;
        const char *words;
    } rows[] = {
        {{.how = RECEIVING_THERE, .pid = 4711}, "another process receives and answers (pid 4711)"},
        {{.how = RECEIVING_THERE}, "another process receives and answers"},
        {{.how = RECEIVING_NOBODY}, "nobody receives deliveries now"},
        {{.how = RECEIVING_NOT}, "this dashboard does not receive"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        receive(rows[i].receiving);
        driver_keys(&driver, ":answer 500<enter>");
        cr_expect_null(driver_effect(&driver, EFFECT_ANSWER));
        cr_expect(driver_shows(&driver, rows[i].words), "%s", driver_screen(&driver));
    }
}

/* --- the header -------------------------------------------------------------------- */

Test(app_answer, the_header_says_so_as_long_as_it_lasts)
{
    static const int WIDTHS[] = {80, 100, 200};
    for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
        driver_stop(&driver);
        start(WIDTHS[i], 24);
        cr_expect_not(driver_shows(&driver, "ANSWERING"));
        ordered(500, 2, 2000);
        cr_expect(first_line_has("ANSWERING 500 ×2 after 2 s"), "%s", driver_screen(&driver));
        ordered(500, 1, 2000);
        cr_expect(first_line_has("ANSWERING 500 ×1 after 2 s"), "%s", driver_screen(&driver));
        ordered(0, 0, 0);
        cr_expect_not(driver_shows(&driver, "ANSWERING"));
        cr_expect(driver_shows(&driver, "listening 127.0.0.1:8787"));
    }
}

Test(app_answer, the_smallest_screen_has_the_status)
{
    driver_stop(&driver);
    start(40, 10);
    ordered(500, 2, 2000);
    cr_expect(first_line_has("ANSWERING 500 ×2"), "%s", driver_screen(&driver));
}

Test(app_answer, storing_that_fails_is_said_first)
{
    ordered(500, 2, 2000);
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORING, .text = "disk is full"});
    cr_expect(driver_shows(&driver, "NOT STORING"));
    cr_expect_not(first_line_has("ANSWERING"));
}

/* --- rows ---------------------------------------------------------------------------- */

static struct delivery on_demand(int64_t answer_us)
{
    return (struct delivery){
        .id = 9,
        .received_ms = DRIVER_NOW_MS,
        .peer = (char *)"127.0.0.1:5000",
        .method = (char *)"POST",
        .target = (char *)"/webhooks/payments",
        .verdict = VERDICT_GENUINE,
        .reason = (char *)"signed",
        .answer_status = 500,
        .answer_us = answer_us,
        .on_demand = true,
        .event_id = (char *)"wh_demand",
        .event_type = (char *)"transfer.created",
        .sequence = 9,
        .attempts = 1,
    };
}

Test(app_answer, a_row_says_that_its_answer_was_on_demand)
{
    struct delivery delivery = on_demand(-1);
    driver_keys(&driver, "4");
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    cr_expect(driver_shows(&driver, "500* …"), "%s", driver_screen(&driver));
    driver_send(&driver, &(struct message){
                             .kind = MESSAGE_ANSWERED, .delivery_id = 9, .answer_us = 2003000});
    cr_expect(driver_shows(&driver, "500* 2s"), "%s", driver_screen(&driver));
}

/* An application that answers itself: the row is there before. */
Test(app_answer, a_row_says_that_it_was_answered_otherwise_than_200)
{
    struct delivery delivery = on_demand(-1);
    delivery.on_demand = false;
    delivery.answer_status = 200;
    driver_keys(&driver, "4");
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    cr_expect_not(driver_shows(&driver, "200 "), "%s", driver_screen(&driver));
    driver_send(&driver, &(struct message){.kind = MESSAGE_ANSWERED,
                                           .delivery_id = 9,
                                           .answer_us = 12000,
                                           .answer_status = 502});
    cr_expect(driver_shows(&driver, "502 12ms"), "%s", driver_screen(&driver));
}

Test(app_answer, the_inspector_says_it_in_words_and_of_each_attempt)
{
    struct delivery delivery = on_demand(2000000);
    struct attempt second = {.number = 2,
                             .received_ms = DRIVER_NOW_MS,
                             .peer = (char *)"127.0.0.1:5000",
                             .target = (char *)"/webhooks/payments",
                             .answer_status = 503,
                             .answer_us = 1500,
                             .body_length = -1,
                             .on_demand = true};
    struct attempt third = second;
    third.number = 3;
    third.answer_status = 200;
    third.on_demand = false;
    struct attempt repeats[] = {second, third};
    driver_keys(&driver, "4");
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    driver_keys(&driver, "G<enter>");
    delivery.attempts = 3;
    delivery.body = (char *)"{}";
    delivery.body_length = 2;
    delivery.repeats = (struct attempt_list){repeats, 2};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 9, .delivery = &delivery});
    cr_expect(driver_shows(&driver, "500 on demand after 2"), "%s", driver_screen(&driver));
    driver_stop(&driver); /* the attempts are long lines */
    start(200, 50);
    driver_keys(&driver, "4");
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    driver_keys(&driver, "G<enter>z");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 9, .delivery = &delivery});
    cr_expect(driver_shows(&driver, "answered 503 on demand after"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "answered 200 after"), "%s", driver_screen(&driver));
}

/* A pause that was ordered is none of the answers' times. */
Test(app_answer, the_figures_of_answer_times_leave_it_out)
{
    struct delivery delivery = on_demand(60 * 1000 * 1000);
    for (int i = 0; i < 5; i++)
        driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
    driver_send(&driver, &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 60000});
    cr_expect_leq(driver.app->glance.shown.p95_us, 850);
}
