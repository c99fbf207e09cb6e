/* Two side by side: marked events, and an attempt with another body beside the first. */
#include "tests/unit/inspector_driver.h"

TestSuite(inspector_sides, .init = set_up, .fini = tear_down);

/* --- two side by side --------------------------------------------------------------------------
 */

Test(inspector_sides, compares_two_marked_events)
{
    driver_keys(&driver, "2g  =");
    cr_expect(driver_shows(&driver, "wh_a1 beside wh_a2"));
    cr_expect(driver_shows(&driver, "▾ Comparison"));
    cr_expect(driver_shows(&driver, "- \"wh_a1\""));
    cr_expect(driver_shows(&driver, "+ \"wh_a2\""));
    cr_expect(driver_shows(&driver, "(not there)"));
    driver_keys(&driver, "s");
    cr_expect_not(driver.app->question.open, "which of the two?");
    driver_keys(&driver, "J<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

Test(inspector_sides, equal_fields_of_two_are_one_line)
{
    static const char ONE[] = "{\"a\":1,\"b\":{\"c\":2,\"d\":3},\"e\":\"old\",\"f\":4}";
    static const char OTHER[] = "{\"a\":1,\"b\":{\"c\":2,\"d\":3},\"e\":\"new\",\"f\":4}";
    driver_keys(&driver, "4g  =");
    cr_expect(driver_shows(&driver, "being read from the store"));
    struct delivery delivery = {.id = 2, .body = (char *)OTHER, .body_length = sizeof OTHER - 1};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 2, .delivery = &delivery});
    delivery = (struct delivery){.id = 1, .body = (char *)ONE, .body_length = sizeof ONE - 1};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 1, .delivery = &delivery});
    cr_expect(driver_shows(&driver, "1 of 5 fields differ"));
    cr_expect(driver_shows(&driver, "▸ 4 equal fields"), "behind those that differ");
    cr_expect(driver_shows(&driver, "- \"old\""));
    cr_expect_not(driver_shows(&driver, "b.c"));
    go_to("4 equal fields");
    driver_keys(&driver, "l");
    cr_expect(driver_shows(&driver, "b.c      = 2"));
    driver_keys(&driver, "h/b.d");
    cr_expect(driver_shows(&driver, "b.d      = 3"), "found in a folded run");
}

static void compare_bodies(const char *one, const char *other)
{
    driver_keys(&driver, "4g  =");
    struct delivery delivery = {.id = 1, .body = (char *)one, .body_length = strlen(one)};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 1, .delivery = &delivery});
    delivery = (struct delivery){.id = 2, .body = (char *)other, .body_length = strlen(other)};
    driver_send(&driver,
                &(struct message){.kind = MESSAGE_LOADED, .delivery_id = 2, .delivery = &delivery});
}

Test(inspector_sides, a_single_equal_field_is_no_run)
{
    compare_bodies("{\"a\":1,\"b\":2}", "{\"a\":3,\"b\":2}");
    cr_expect(driver_shows(&driver, "b        = 2"));
}

Test(inspector_sides, sides_that_do_not_fit_stand_one_below_the_other)
{
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 80, .height = 24});
    compare_bodies("{\"short\":\"a\",\"id\":\"dcd1380b-0b1b-433d-8d77-22c7da13b970\"}",
                   "{\"short\":\"b\",\"id\":\"dcd1380b-0b1b-433d-8d77-96807dd76f19\"}");
    cr_expect(driver_shows(&driver, "short    - \"a\"                            + \"b\""));
    cr_expect(driver_shows(&driver, "  id       - \"dcd1380b-0b1b-433d-8d77-22c7da13b970\""));
    cr_expect(driver_shows(&driver, "           + \"dcd1380b-0b1b-433d-8d77-96807dd76f19\""));
    driver_keys(&driver, "/96807<enter>");
    cr_expect(driver_shows(&driver, "1 of 1"));
    cr_expect_eq(count_marked(), 5U);
    driver_keys(&driver, "<esc>w");
    cr_expect(driver_shows(&driver, "- \"dcd1380b-0b1b-433d-8d77-22c7… + "), "%s",
              driver_screen(&driver));
}

Test(inspector_sides, the_heads_of_a_comparison_stay)
{
    char one[600] = "{\"x\":0", other[600] = "{\"x\":1";
    for (int i = 0; i < 30; i++) {
        (void)snprintf(one + strlen(one), sizeof one - strlen(one), ",\"k%d\":1", i);
        (void)snprintf(other + strlen(other), sizeof other - strlen(other), ",\"k%d\":2", i);
    }
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 80, .height = 24});
    (void)snprintf(one + strlen(one), sizeof one - strlen(one), "}");
    (void)snprintf(other + strlen(other), sizeof other - strlen(other), "}");
    compare_bodies(one, other);
    for (const char *key = "gG"; *key != '\0'; key++) {
        driver_keys(&driver, (char[]){*key, '\0'});
        cr_expect(driver_shows(&driver, "FIELD    - 17:48:10 verified"));
        cr_expect(driver_shows(&driver, "+ 17:48:11 not genuine"));
        cr_expect(driver_shows(&driver, "transfer.created"));
    }
    cr_expect(driver_shows(&driver, "k29"));
    driver_keys(&driver, "g");
    cr_expect_not(inspector_point(inspector(), 1), "the head is no line");
    cr_expect(inspector_point(inspector(), 3));
    cr_expect_eq(inspector()->cursor, 1U);
}

Test(inspector_sides, says_what_a_comparison_needs)
{
    driver_keys(&driver, "2=");
    cr_expect(driver_shows(&driver, "comparing takes two marked events"));
    driver_keys(&driver, " =");
    cr_expect(driver_shows(&driver, "1 marked"));
    driver_keys(&driver, "4g =");
    cr_expect(driver_shows(&driver, "wh_a1 beside wh_live1"), "one of each pane");
    driver_keys(&driver, "<esc>  =");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
    cr_expect(driver_shows(&driver, "4 marked"));
}

/* --- attempts ------------------------------------------------------------------------ */

Test(inspector_sides, attempts_are_a_section_that_folds)
{
    static const char BODY[] = "{\"a\":1}";
    struct attempt attempts[] = {
        {.number = 102,
         .received_ms = DRIVER_NOW_MS - 5000,
         .peer = (char *)"203.0.113.7:1",
         .target = (char *)"/hooks",
         .webhook_id = (char *)"wep_pay1",
         .answer_status = 200,
         .answer_us = 1500,
         .body_length = -1},
        {.number = 103,
         .received_ms = DRIVER_NOW_MS,
         .peer = (char *)"203.0.113.8:2",
         .target = (char *)"/other",
         .signature = (char *)"nothing readable",
         .answer_status = 200,
         .answer_us = -1,
         .body_length = 34},
    };
    driver_keys(&driver, "4g<enter>");
    const struct effect *effect = driver_effect(&driver, EFFECT_LOAD);
    cr_assert_not_null(effect);
    struct delivery delivery = {.id = effect->delivery_id,
                                .body = (char *)BODY,
                                .body_length = sizeof BODY - 1,
                                .attempts = 103,
                                .repeats = {.items = attempts, .count = 2}};
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = delivery.id,
                                           .delivery = &delivery});
    driver_keys(&driver, "z");
    const struct inspector_section *section = &inspector()->sections[2];
    cr_assert_eq(section->id, SECTION_ATTEMPTS);
    cr_expect_str_eq(section->note, "103, not all with the same body");
    cr_expect_eq(section->after - section->first, 4);
    cr_expect(driver_shows(&driver, "from 127.0.0.1:5000 to wep_pay1 /webhooks/payments"));
    cr_expect(driver_shows(&driver, "100 more, which are not kept"));
    cr_expect(driver_shows(&driver, "from 203.0.113.7:1 to wep_pay1 /hooks"));
    cr_expect(driver_shows(&driver, "another body of 34 bytes (Enter compares)"));
    go_to("Attempts");
    driver_keys(&driver, "h");
    cr_expect_not(driver_shows(&driver, "which are not kept"));
    cr_expect(driver_shows(&driver, "Attempts"));
}

static void load_repeated(const char *body, struct attempt *repeat)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_LOAD);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->attempt, 0);
    struct delivery delivery = {.id = effect->delivery_id,
                                .body = (char *)body,
                                .body_length = strlen(body),
                                .attempts = 2,
                                .repeats = {.items = repeat, .count = 1}};
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = delivery.id,
                                           .delivery = &delivery});
}

Test(inspector_sides, an_attempt_with_another_body_opens_beside_the_first)
{
    static const char FIRST[] = "{\"a\":1,\"b\":\"same\",\"c\":0}";
    static const char OTHER[] = "{\"a\":2,\"b\":\"same\",\"c\":0}";
    struct attempt repeat = {.number = 2,
                             .received_ms = DRIVER_NOW_MS,
                             .peer = (char *)"203.0.113.8:2",
                             .target = (char *)"/hooks",
                             .answer_status = 200,
                             .answer_us = -1,
                             .body_length = sizeof OTHER - 1};
    driver_keys(&driver, "4g<enter>");
    load_repeated(FIRST, &repeat);
    go_to("1");
    driver_keys(&driver, "<enter>");
    cr_expect_null(driver_effect(&driver, EFFECT_LOAD), "the first is what is shown");
    go_to("2");
    driver_keys(&driver, "<enter>");
    const struct effect *effect = driver_effect(&driver, EFFECT_LOAD);
    cr_assert_not_null(effect);
    cr_expect_eq(effect->attempt, 2);
    struct delivery loaded = {.body = (char *)OTHER, .body_length = sizeof OTHER - 1};
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = effect->delivery_id,
                                           .attempt = 2,
                                           .delivery = &loaded});
    cr_expect(driver_shows(&driver, "─ Attempt 2 of wh_live1 ─"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "attempt 1"));
    cr_expect(driver_shows(&driver, "1 of 3 fields differ"));
    cr_expect(driver_shows(&driver, "- 1"));
    cr_expect(driver_shows(&driver, "+ 2"));
    cr_expect(driver_shows(&driver, "Payload  3 members"));
    driver_keys(&driver, "yb");
    cr_assert_not_null(driver_effect(&driver, EFFECT_COPY));
    cr_expect_eq(driver.app->copy.bytes.length, sizeof OTHER - 1);
    cr_expect_eq(memcmp(driver.app->copy.bytes.data, OTHER, sizeof OTHER - 1), 0);
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_DELIVERY);
    cr_expect_eq(inspector()->sections[inspector()->lines[inspector()->cursor].section].id,
                 SECTION_ATTEMPTS, "back where it was opened");
    driver_keys(&driver, "<esc>");
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

Test(inspector_sides, an_attempt_that_comes_too_late_or_not_at_all)
{
    struct attempt repeat = {.number = 2,
                             .peer = (char *)"203.0.113.8:2",
                             .target = (char *)"/hooks",
                             .answer_status = 200,
                             .body_length = 5};
    struct delivery loaded = {.body = (char *)"other", .body_length = 5};
    driver_keys(&driver, "4g<enter>");
    load_repeated("{}", &repeat);
    go_to("2");
    driver_keys(&driver, "<enter>");
    int64_t id = driver_effect(&driver, EFFECT_LOAD)->delivery_id;
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = id,
                                           .attempt = 2,
                                           .text = "the store holds no attempt 2"});
    cr_expect(driver_shows(&driver, "the store holds no attempt 2"));
    cr_expect_eq(inspector()->kind, INSPECTOR_DELIVERY);
    driver_keys(&driver, "<enter><esc>");
    driver_send(&driver,
                &(struct message){
                    .kind = MESSAGE_LOADED, .delivery_id = id, .attempt = 2, .delivery = &loaded});
    cr_expect_eq(inspector()->kind, INSPECTOR_NONE);
}

Test(inspector_sides, one_attempt_is_no_section)
{
    open_body("{\"a\":1}");
    for (size_t i = 0; i < inspector()->section_count; i++)
        cr_expect_neq(inspector()->sections[i].id, SECTION_ATTEMPTS);
}
