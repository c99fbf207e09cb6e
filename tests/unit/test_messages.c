/* The log of what was said: bounded, readable whole, harmless when it is copied. */
#include "tests/unit/app_driver.h"
#include "tui/hit.h"
#include "tui/messages.h"

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

static void stop(void)
{
    driver_stop(&driver);
}

static void say(const char *text)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_SAY, .tone = TONE_BAD, .text = text});
}

static void say_numbered(int from, int to)
{
    char text[32];
    for (int i = from; i < to; i++) {
        (void)snprintf(text, sizeof text, "message %d.", i);
        say(text);
    }
}

static const char *selected(void)
{
    return said_at(&driver.app->said, driver.app->messages.selected)->text;
}

TestSuite(messages, .fini = stop);

Test(messages, what_the_next_key_took_away_is_there_with_its_time)
{
    start(80, 24);
    say("it broke");
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_TICK, .now_ms = DRIVER_NOW_MS + 61 * 1000});
    driver_keys(&driver, "j:paen<enter>jM");
    cr_expect_eq(state_place(driver.app), PLACE_MESSAGES);
    cr_expect(driver_shows(&driver, "17:48:19 ✗ it broke"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "17:49:20 ! no command ':paen'"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "2 of 2"));
    driver_keys(&driver, "<esc>");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
    driver_keys(&driver, ":messages<enter>");
    cr_expect_eq(state_place(driver.app), PLACE_MESSAGES);
}

Test(messages, the_newest_two_hundred_are_kept)
{
    start(80, 24);
    say_numbered(0, SAID_MAX + 50);
    driver_keys(&driver, "M");
    cr_expect(driver_shows(&driver, "200 of 200"));
    cr_expect(driver_shows(&driver, "message 249."));
    driver_keys(&driver, "g");
    cr_expect(driver_shows(&driver, "message 50."));
    cr_expect_not(driver_shows(&driver, "message 49."));
    cr_expect(driver_shows(&driver, "1 of 200"));
}

/* It does not slip to another when there are more, and gives way only when it goes itself. */
Test(messages, the_selected_one_stays_selected)
{
    start(80, 24);
    say_numbered(0, SAID_MAX);
    driver_keys(&driver, "Mgj");
    cr_expect_str_eq(selected(), "message 1.");
    say_numbered(200, 201);
    cr_expect_str_eq(selected(), "message 1.");
    say_numbered(201, 204);
    cr_expect_str_eq(selected(), "message 4.", "the oldest that is left");
    cr_expect(driver_shows(&driver, "1 of 200"));
}

/* A line at a time where it is longer than the page, there and back. */
Test(messages, a_long_one_can_be_read_whole_on_the_smallest_screen)
{
    char text[STATE_TEXT_MAX] = "";
    for (int i = 0; i < 45; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "word%02d ", i);
    start(LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN);
    say("before it");
    say(text);
    say("after it");
    driver_keys(&driver, "Mg");
    bool seen[45] = {false};
    for (int press = 0; press < 40; press++) {
        for (int i = 0; i < 45; i++) {
            char word[16];
            (void)snprintf(word, sizeof word, "word%02d", i);
            seen[i] = seen[i] || driver_shows(&driver, word);
        }
        driver_keys(&driver, "j");
    }
    for (int i = 0; i < 45; i++)
        cr_expect(seen[i], "word%02d was never there", i);
    cr_expect(driver_shows(&driver, "after it"));
    cr_expect_str_eq(selected(), "after it");
    for (int press = 0; press < 40; press++)
        driver_keys(&driver, "k");
    cr_expect_str_eq(selected(), "before it");
    cr_expect(driver_shows(&driver, "before it"));
}

Test(messages, pages_go_through_all_of_them)
{
    start(80, 24);
    say_numbered(0, 100);
    driver_keys(&driver, "Mg");
    int pages = 0;
    for (; strcmp(selected(), "message 99.") != 0 && pages < 20; pages++)
        driver_keys(&driver, "<pgdn>");
    cr_expect_eq(pages, (99 + messages_page(driver.app) - 1) / messages_page(driver.app));
    for (; strcmp(selected(), "message 0.") != 0 && pages < 40; pages++)
        driver_keys(&driver, "<pgup>");
    cr_expect_str_eq(selected(), "message 0.");
}

Test(messages, with_none_every_key_is_harmless)
{
    start(80, 24);
    driver_keys(&driver, "MjkGg<pgdn><pgup>y");
    cr_expect(driver_shows(&driver, "Nothing has been said yet."));
    cr_expect_null(driver_effect(&driver, EFFECT_COPY));
    driver_keys(&driver, "M");
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS);
}

Test(messages, what_is_copied_has_passed_the_gate)
{
    start(80, 24);
    say("refused: \033]52;c;ZXZpbA==\a\x9b"
        "31m \xe2\x80\xae"
        "abc");
    driver_keys(&driver, "My");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    const struct buffer *copied = &driver.app->copy.bytes;
    for (size_t i = 0; i < copied->length; i++)
        cr_expect(copied->data[i] >= 0x20 && copied->data[i] < 0x7F, "byte %zu: %02x", i,
                  (unsigned)(unsigned char)copied->data[i]);
    cr_expect(strstr(copied->data, "refused: ^[]52;c;") != NULL, "%s", copied->data);
    driver_send(&driver, &(struct message){.kind = MESSAGE_COPIED});
    cr_expect(driver_shows(&driver, "message copied: "));
}

static void health(const char *trouble)
{
    struct api_health health = {.ever_ok = true, .failures = trouble[0] != '\0'};
    (void)snprintf(health.message, sizeof health.message, "%s", trouble);
    driver_send(&driver, &(struct message){.kind = MESSAGE_HEALTH, .health = &health});
}

/* Each is cut where it stands on the screen. */
Test(messages, troubles_are_kept_once_each)
{
    start(120, 40);
    for (int i = 0; i < 3; i++) {
        health("cannot reach 127.0.0.1:9000");
        driver_send(&driver, &(struct message){.kind = MESSAGE_FAILED,
                                               .call = API_LOGS,
                                               .webhook_id = "wep_pay1",
                                               .text = "cannot reach 127.0.0.1:9000"});
        driver_send(&driver, &(struct message){.kind = MESSAGE_FAILED,
                                               .call = API_UPCOMING_EVENTS,
                                               .webhook_id = "wep_pay1",
                                               .text = "404 not found: no such webhook"});
    }
    health("");
    driver_send(&driver, &(struct message){.kind = MESSAGE_STORING, .text = "disk is full"});
    static const char *const WANTED[] = {"cannot reach 127.0.0.1:9000",
                                         "404 not found: no such webhook", "Bridge answers again",
                                         "NOT STORING: disk is full"};
    cr_assert_eq(driver.app->said.total, sizeof WANTED / sizeof WANTED[0]);
    for (size_t i = 0; i < driver.app->said.total; i++)
        cr_expect_str_eq(said_at(&driver.app->said, i)->text, WANTED[i]);
}

Test(messages, it_lies_over_the_inspector_and_any_size_can_be_drawn)
{
    start(120, 40);
    say_numbered(0, 300);
    say("a long one that needs more than one line where the screen is as narrow as it may be, and "
        "is there whole");
    driver_keys(&driver, "2<enter>Mk");
    for (int width = 1; width < 200; width += 7)
        for (int height = 1; height < 60; height += 3) {
            driver_send(&driver, &(struct message){
                                     .kind = MESSAGE_RESIZE, .width = width, .height = height});
            (void)driver_screen(&driver);
            driver_keys(&driver, height % 2 == 0 ? "j" : "k");
        }
    driver_keys(&driver, "q");
    cr_expect_eq(state_place(driver.app), PLACE_DETAIL);
}

static void mouse(enum mouse_kind kind, int x, int y)
{
    struct message message = {.kind = MESSAGE_MOUSE, .mouse = {kind, x, y}};
    message.hit = hit_at(driver.app, x, y);
    driver_send(&driver, &message);
}

Test(messages, the_mouse_selects_and_scrolls)
{
    start(80, 24);
    say_numbered(0, 100);
    driver_keys(&driver, "M");
    int top = driver.app->layout.body.y + 1;
    mouse(MOUSE_PRESS, 20, top);
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, "message %d.", 100 - messages_page(driver.app));
    cr_expect_str_eq(selected(), wanted);
    mouse(MOUSE_WHEEL_UP, 20, top);
    (void)snprintf(wanted, sizeof wanted, "message %d.", 100 - messages_page(driver.app) - 3);
    cr_expect_str_eq(selected(), wanted);
    mouse(MOUSE_PRESS, 20, driver.app->layout.tab_bar.y);
    mouse(MOUSE_PRESS, 3, driver.app->layout.tab_bar.y);
    cr_expect_eq(state_place(driver.app), PLACE_ENDPOINTS, "a tab leads out of it");
}

Test(messages, a_filter_leaves_what_has_its_words)
{
    start(80, 24);
    say_numbered(0, 40);
    driver_keys(&driver, "M/age 1");
    cr_expect(driver_shows(&driver, "message 1."), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "message 31."));
    cr_expect_not(driver_shows(&driver, "message 30."));
    driver_keys(&driver, "<up>");
    cr_expect_str_eq(selected(), "message 21.");
    driver_keys(&driver, "<enter>g");
    cr_expect_str_eq(selected(), "message 1.");
    driver_keys(&driver, "<pgdn>");
    cr_expect_str_eq(selected(), "message 31.");
    driver_keys(&driver, "<esc>");
    cr_expect_str_eq(selected(), "message 31.", "it stays where it was");
    cr_expect(driver_shows(&driver, "message 30."));
}
