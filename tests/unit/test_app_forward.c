/* What is handed on to an application, in the dashboard. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <string.h>

static struct driver driver;

static void set_up(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 140, .height = 40, .environment = ENVIRONMENT_SANDBOX});
}

static void receive(enum receiving_how how)
{
    struct receiving receiving = {.how = how, .address = "127.0.0.1:8787"};
    driver_send(&driver, &(struct message){.kind = MESSAGE_RECEIVING, .receiving = &receiving});
}

static void tear_down(void)
{
    driver_stop(&driver);
}

TestSuite(app_forward, .init = set_up, .fini = tear_down, .timeout = 60);

static void tell(const char *name, const char *trouble, int64_t waiting)
{
    struct forwarder_state state = {name, trouble, waiting};
    driver_send(&driver, &(struct message){.kind = MESSAGE_FORWARDING, .forwarding = &state});
}

static void expect_shown(const char *text)
{
    const char *screen = driver_screen(&driver);
    cr_expect(strstr(screen, text) != NULL, "no '%s' in:\n%s", text, screen);
}

static void expect_not_shown(const char *text)
{
    const char *screen = driver_screen(&driver);
    cr_expect(strstr(screen, text) == NULL, "'%s' in:\n%s", text, screen);
}

static void arrive_again(int64_t attempts, enum forward_state state)
{
    struct delivery delivery = {.id = 7,
                                .received_ms = driver.app->now_ms,
                                .peer = "127.0.0.1:1",
                                .method = "POST",
                                .target = "/hooks",
                                .reason = "the signature is genuine",
                                .event_id = "wh_7",
                                .event_type = "transfer.created",
                                .answer_status = 200,
                                .answer_us = 300,
                                .attempts = attempts,
                                .forwarded = state,
                                .sequence = -1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = &delivery});
}

static void arrive(void)
{
    arrive_again(1, FORWARD_NONE);
}

static void try(enum forward_state state)
{
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_FORWARDED, .delivery_id = 7, .forwarded = state});
}

Test(app_forward, the_header_names_the_application_and_what_waits_for_it)
{
    expect_not_shown("→");
    tell("127.0.0.1:3000", NULL, 0);
    expect_shown("→ 127.0.0.1:3000 ");
    expect_not_shown(" wait");
    tell("127.0.0.1:3000", NULL, 12);
    expect_shown("→ 127.0.0.1:3000 · 12 wait");
    tell("127.0.0.1:3000", "cannot reach it", 10000);
    expect_shown("→ 127.0.0.1:3000 DOWN, 10,000+ wait");
    tell(NULL, NULL, 0);
    expect_not_shown("127.0.0.1:3000");
}

/* One that was killed leaves its word in the store. */
Test(app_forward, nobody_hands_on_where_nobody_receives)
{
    tell("127.0.0.1:3000", NULL, 0);
    receive(RECEIVING_NOBODY);
    expect_not_shown("→ 127.0.0.1:3000");
    receive(RECEIVING_THERE);
    expect_shown("→ 127.0.0.1:3000");
}

Test(app_forward, a_row_is_marked_with_what_became_of_it)
{
    tell("127.0.0.1:3000", NULL, 0);
    arrive();
    expect_not_shown("verified →");
    try(FORWARD_WAITING);
    expect_shown("✓ verified →…");
    try(FORWARD_DONE);
    expect_shown("✓ verified →✓");
}

/* The application is down, and others are tried before it. */
Test(app_forward, a_row_that_waits_for_its_first_try_says_so)
{
    tell("127.0.0.1:3000", NULL, 0);
    arrive_again(1, FORWARD_WAITING);
    expect_shown("✓ verified →…");
    try(FORWARD_GIVEN_UP);
    expect_shown("✓ verified →✗");
    arrive_again(2, FORWARD_WAITING);
    expect_shown("✓ verified ×2 →…");
}

Test(app_forward, what_is_given_up_is_said)
{
    tell("127.0.0.1:3000", NULL, 0);
    arrive();
    try(FORWARD_GIVEN_UP);
    expect_shown("✓ verified →✗");
    expect_shown("wh_7 was not taken by 127.0.0.1:3000: it is given up");
}

Test(app_forward, the_inspector_has_each_try_with_its_answer_masked)
{
    struct forward_try tries[] = {{.number = 1,
                                   .at_ms = driver.app->now_ms,
                                   .error = "cannot reach 127.0.0.1:3000",
                                   .answer = ""},
                                  {.number = 2,
                                   .at_ms = driver.app->now_ms,
                                   .took_us = 3500,
                                   .status = 500,
                                   .answer = "{\"email\":\"ada@example.com\"}",
                                   .answer_length = 27}};
    struct forward forward = {.id = 1,
                              .delivery_id = 7,
                              .attempt = 1,
                              .state = FORWARD_WAITING,
                              .queued_ms = driver.app->now_ms,
                              .next_ms = driver.app->now_ms + 90000,
                              .tries_made = 2,
                              .tries = tries,
                              .try_count = 2};
    struct forward_list list = {&forward, 1};
    struct delivery delivery = {.id = 7,
                                .received_ms = driver.app->now_ms,
                                .event_id = "wh_7",
                                .body = "{}",
                                .body_length = 2,
                                .attempts = 1,
                                .sequence = -1};
    tell("127.0.0.1:3000", NULL, 1);
    arrive();
    driver_keys(&driver, "4\r");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 7, .delivery = &delivery});
    expect_not_shown("Forwarded");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_FORWARDS, .delivery_id = 7, .forwards = &list});
    expect_shown("Forwarded  to 127.0.0.1:3000");
    expect_shown(", waits, again in ");
    expect_shown("cannot reach 127.0.0.1:3000");
    expect_shown("500 after 3.5 ms");
    expect_not_shown("ada@example.com");
    driver_keys(&driver, "m");
    expect_shown("ada@example.com");

    forward.state = FORWARD_DONE;
    forward.kind = FORWARD_RESIGNED;
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_FORWARDS, .delivery_id = 7, .forwards = &list});
    expect_shown("replayed, signed anew");
    expect_shown(", taken");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_FORWARDS, .delivery_id = 8, .forwards = &list});
    try(FORWARD_DONE); /* what became of it is asked for again */
    cr_expect_eq(driver.effects.items[driver.effects.count - 1].kind, EFFECT_FORWARDS);
}
