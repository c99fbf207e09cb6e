/* `e`: what the question says of the endpoint's URL, as it comes. */
#include "tests/unit/app_driver.h"
#include "tui/look.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(int width, int height, enum environment environment)
{
    driver_start(&driver, &(struct driver_config){
                              .width = width, .height = height, .environment = environment});
}

static void set_up(void)
{
    start(80, 24, ENVIRONMENT_SANDBOX);
}

static void tear_down(void)
{
    driver_stop(&driver);
}

TestSuite(app_look, .init = set_up, .fini = tear_down);

/* The third endpoint is disabled. */
static uint64_t ask(void)
{
    driver_keys(&driver, "jje");
    const struct effect *effect = driver_effect(&driver, EFFECT_CHECK_URL);
    cr_assert_not_null(effect, "%s", driver_screen(&driver));
    cr_expect_str_eq(effect->url, "https://hooks.example.com/webhooks/kyc");
    return effect->check;
}

static void say(struct url_report *report, enum check_tone tone, const char *what, const char *text)
{
    check_say(&report->lines[report->count++], tone, what, "%s", text);
}

static struct url_report good(void)
{
    struct url_report report = {0};
    say(&report, CHECK_OK, "https", "the URL is https");
    say(&report, CHECK_OK, "certificate", "its chain holds, up to an authority trusted here");
    say(&report, CHECK_OK, "names", "it is for hooks.example.com");
    say(&report, CHECK_OK, "validity", "60 days left");
    say(&report, CHECK_OK, "answer", "a bridgetop answers, in 12 ms, with 3 keys");
    return report;
}

static struct url_report bad(void)
{
    struct url_report report = {0};
    say(&report, CHECK_OK, "https", "the URL is https");
    say(&report, CHECK_BAD, "certificate", "signed by itself: nobody vouches for it");
    say(&report, CHECK_BAD, "names", "it is for localhost, not for hooks.example.com");
    say(&report, CHECK_WARN, "validity", "only 5 days left");
    say(&report, CHECK_OK, "answer", "404 to a GET, in 83 ms: something else than bridgetop");
    return report;
}

static void checked(uint64_t id, struct url_report report)
{
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_CHECKED, .check = id, .url_report = &report});
}

static void know_upcoming(const char *webhook_id, size_t count)
{
    static struct event items[CONTRACT_UPCOMING];
    struct event_list events = {.items = items, .count = count};
    for (size_t i = 0; i < count; i++)
        items[i] = (struct event){.id = "wh_x", .sequence = -1};
    driver_send(
        &driver,
        &(struct message){.kind = MESSAGE_UPCOMING, .webhook_id = webhook_id, .events = &events});
}

static enum role role_of(const char *text)
{
    struct look_line lines[LOOK_LINES_MAX];
    size_t count = look_lines(driver.app, lines);
    for (size_t i = 0; i < count; i++)
        if (strstr(lines[i].text, text) != NULL)
            return lines[i].role;
    cr_assert_fail("no line has %s", text);
    return ROLE_NORMAL;
}

Test(app_look, lines_fill_in_while_it_is_open)
{
    uint64_t id = ask();
    cr_expect(driver_shows(&driver, "… certificate"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "… events waiting"));
    know_upcoming("wep_kyc3", 3);
    cr_expect(driver_shows(&driver, "events waiting: 3"), "%s", driver_screen(&driver));
    checked(id, good());
    cr_expect(driver_shows(&driver, "✓ the URL is https"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "✓ names: it is for hooks.example.com"));
    cr_expect(driver_shows(&driver, "✓ answer: a bridgetop answers, in 12 ms"));
    cr_expect_not(driver_shows(&driver, "…"));
    cr_expect_not(driver_shows(&driver, "would fail"));
    know_upcoming("wep_kyc3", CONTRACT_UPCOMING);
    cr_expect(driver_shows(&driver, "events waiting: 10 or more"));
}

Test(app_look, what_is_red_warns_and_the_person_decides)
{
    uint64_t id = ask();
    checked(id, bad());
    cr_expect(driver_shows(&driver, "✗ certificate: signed by itself"), "%s",
              driver_screen(&driver));
    cr_expect(driver_shows(&driver, "! validity: only 5 days left"));
    cr_expect(driver_shows(&driver, "As it is, deliveries to this URL would fail."));
    cr_expect_eq(role_of("certificate"), ROLE_BAD);
    cr_expect_eq(role_of("validity"), ROLE_WARN);
    cr_expect_eq(role_of("answer"), ROLE_GOOD);
    driver_keys(&driver, "y");
    const struct effect *call = driver_effect(&driver, EFFECT_CALL);
    cr_assert_not_null(call);
    cr_expect_eq(call->request.status, WEBHOOK_ACTIVE);
}

Test(app_look, nothing_waits_for_it)
{
    uint64_t id = ask();
    driver_keys(&driver, "y");
    cr_expect_not_null(driver_effect(&driver, EFFECT_CALL));
    checked(id, bad()); /* too late for anything */
    cr_expect_not(driver_shows(&driver, "certificate"));
    cr_expect_not(driver.app->question.open);
}

Test(app_look, a_report_of_another_question_is_left_alone)
{
    uint64_t first = ask();
    driver_keys(&driver, "ne");
    uint64_t second = driver_effect(&driver, EFFECT_CHECK_URL)->check;
    cr_expect_neq(first, second);
    checked(first, bad());
    cr_expect(driver_shows(&driver, "… certificate"), "%s", driver_screen(&driver));
    driver_keys(&driver, "nE"); /* about something else: no lines */
    checked(second, bad());
    cr_expect_not(driver_shows(&driver, "certificate"));
}

Test(app_look, a_url_that_is_none_is_told_at_once)
{
    struct webhook webhook = {.id = "wep_odd",
                              .url = "not a url\n✓ trusted",
                              .status = WEBHOOK_DISABLED,
                              .status_text = "disabled"};
    struct webhook_list list = {.items = &webhook, .count = 1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &list});
    driver_keys(&driver, "ge");
    cr_expect_null(driver_effect(&driver, EFFECT_CHECK_URL));
    cr_expect(driver_shows(&driver, "✗ this is no https URL"), "%s", driver_screen(&driver));
}

Test(app_look, the_demo_asks_nobody)
{
    driver_stop(&driver);
    start(80, 24, ENVIRONMENT_DEMO);
    driver_keys(&driver, "jje");
    cr_expect_null(driver_effect(&driver, EFFECT_CHECK_URL));
    cr_expect(driver_shows(&driver, "in the demo the URL is not asked"), "%s",
              driver_screen(&driver));
}

/* All of it can be read on the smallest screen. */
Test(app_look, a_low_screen_scrolls_to_every_line)
{
    driver_stop(&driver);
    start(40, 10, ENVIRONMENT_SANDBOX);
    uint64_t id = ask();
    checked(id, bad());
    static const char *const WANTED[] = {
        "✗ certificate:", "✗ names:", "! validity:", "✓ answer:", "would fail."};
    bool seen[sizeof WANTED / sizeof WANTED[0]] = {false};
    for (int i = 0; i < 40; i++) {
        for (size_t k = 0; k < sizeof WANTED / sizeof WANTED[0]; k++)
            seen[k] |= driver_shows(&driver, WANTED[k]);
        cr_expect(driver_shows(&driver, "y enable it all the same"), "the keys stay:\n%s",
                  driver_screen(&driver));
        driver_keys(&driver, "<down>");
    }
    for (size_t k = 0; k < sizeof WANTED / sizeof WANTED[0]; k++)
        cr_expect(seen[k], "never saw %s:\n%s", WANTED[k], driver_screen(&driver));
}

/* The footer names the key as long as there is more. */
Test(app_look, what_scrolls_says_so_and_how)
{
    driver_stop(&driver);
    start(40, 10, ENVIRONMENT_SANDBOX);
    checked(ask(), bad());
    cr_expect(driver_shows(&driver, "j ↓ more"), "%s", driver_screen(&driver));
    driver_keys(&driver, "j");
    cr_expect_eq(driver.app->question.top, 1u);
    driver_keys(&driver, "<pgdn>");
    cr_expect_gt(driver.app->question.top, 4u);
    driver_keys(&driver, "k");
    driver_keys(&driver, "<pgup>");
    cr_expect_eq(driver.app->question.top, 0u);
    for (int i = 0; i < 10; i++)
        driver_keys(&driver, "<pgdn>");
    cr_expect(driver_shows(&driver, "would fail."), "%s", driver_screen(&driver));
    cr_expect_not(driver_shows(&driver, "j ↓ more"), "%s", driver_screen(&driver));
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 120, .height = 40});
    cr_expect_not(driver_shows(&driver, " more"), "all of it shows:\n%s", driver_screen(&driver));
}
