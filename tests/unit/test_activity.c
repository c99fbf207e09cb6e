/* What others changed, found between two answers of Bridge's. */
#include "api/activity.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct webhook one, other;
static struct activity found;

static struct webhook read_webhook(const char *json)
{
    struct webhook webhook = {0};
    struct error error;
    cr_assert(webhook_decode(json, strlen(json), &webhook, &error), "%s", error.message);
    return webhook;
}

static void compare(const char *was, const char *is, unsigned except)
{
    webhook_clear(&one);
    webhook_clear(&other);
    activity_clear(&found);
    if (was != NULL)
        one = read_webhook(was);
    if (is != NULL)
        other = read_webhook(is);
    cr_assert(
        activity_compare(was != NULL ? &one : NULL, is != NULL ? &other : NULL, except, &found));
}

static void clear(void)
{
    webhook_clear(&one);
    webhook_clear(&other);
    activity_clear(&found);
}

TestSuite(activity, .fini = clear);

#define WEP(rest) "{\"id\":\"wep_1\"," rest "}"
#define A                                                                                          \
    WEP("\"url\":\"https://x.example/\",\"status\":\"active\",\"public_key\":\"A\","               \
        "\"event_categories\":[\"transfer\",\"customer\"]")

Test(activity, nothing_differs_where_only_the_order_of_categories_does)
{
    compare(A,
            WEP("\"url\":\"https://x.example/\",\"status\":\"active\",\"public_key\":\"A\","
                "\"event_categories\":[\"customer\",\"transfer\"]"),
            0);
    cr_expect_eq(found.fields, 0);
    cr_expect_null(found.text);
}

/* Some answers leave it out. */
Test(activity, an_answer_without_a_key_says_nothing_of_the_key)
{
    compare(A,
            WEP("\"url\":\"https://x.example/\",\"status\":\"active\","
                "\"event_categories\":[\"customer\",\"transfer\"]"),
            0);
    cr_expect_eq(found.fields, 0);
}

Test(activity, a_change_is_told_field_by_field_with_both_sides)
{
    compare(A,
            WEP("\"url\":\"https://y.example/\",\"status\":\"disabled\",\"public_key\":\"B\","
                "\"event_categories\":[\"transfer\",\"card_account\"]"),
            0);
    cr_expect_eq(found.fields, ACTIVITY_STATE | ACTIVITY_URL | ACTIVITY_CATEGORIES | ACTIVITY_KEY);
    cr_expect_str_eq(found.webhook_id, "wep_1");
    cr_expect_str_eq(found.text,
                     "wep_1 was active and is disabled; had the URL https://x.example/ and has "
                     "https://y.example/; now has the category card_account; no longer has the "
                     "category customer; has another public key than before");
    cr_expect_str_eq(found.before, "state: active\nURL: https://x.example/\n"
                                   "categories: transfer, customer\nkey: SHA-256 559aead08264d579");
    cr_expect_str_eq(found.after, "state: disabled\nURL: https://y.example/\n"
                                  "categories: transfer, card_account\n"
                                  "key: SHA-256 df7e70e5021544f4");
}

Test(activity, what_is_excepted_is_not_told)
{
    compare(A,
            WEP("\"url\":\"https://x.example/\",\"status\":\"disabled\",\"public_key\":\"A\","
                "\"event_categories\":[\"transfer\"]"),
            ACTIVITY_STATE);
    cr_expect_eq(found.fields, ACTIVITY_CATEGORIES);
    cr_expect_str_eq(found.text, "wep_1 no longer has the category customer");
    cr_expect_str_eq(found.before, "categories: transfer, customer");
}

Test(activity, an_endpoint_comes_and_goes_whole)
{
    compare(NULL, A, 0);
    cr_expect_eq(found.fields, ACTIVITY_EXISTENCE);
    cr_expect_str_eq(found.text, "wep_1 is new, active, for https://x.example/");
    cr_expect_str_eq(found.before, "");
    cr_expect(strstr(found.after, "URL: https://x.example/\ncategories: transfer, customer") !=
              NULL);
    compare(A, NULL, 0);
    cr_expect_str_eq(found.text, "wep_1 is no longer there, it was active, for https://x.example/");
    cr_expect_str_eq(found.after, "");
    compare(A, WEP("\"status\":\"deleted\""), 0);
    cr_expect_eq(found.fields, ACTIVITY_EXISTENCE);
    cr_expect_str_eq(found.after, "");
}

Test(activity, a_value_cannot_pass_for_another_line)
{
    compare(A,
            WEP("\"url\":\"https://x.example/\\nstate: deleted\",\"status\":\"active\","
                "\"event_categories\":[\"transfer\",\"customer\"]"),
            0);
    cr_expect_str_eq(found.after, "URL: https://x.example/ state: deleted");
    cr_expect_null(strchr(found.text, '\n'));
}

Test(activity, sides_are_bounded)
{
    enum { SIZE = 80 * 1024, LONG = 60 * 1024 };
    static char json[SIZE];
    size_t at = (size_t)snprintf(json, SIZE, "{\"id\":\"wep_1\",\"url\":\"https://%0*d", LONG, 1);
    at += (size_t)snprintf(json + at, SIZE - at, "\",\"event_categories\":[\"c\"");
    for (int i = 0; i < 400; i++)
        at += (size_t)snprintf(json + at, SIZE - at, ",\"category_of_some_length\"");
    (void)snprintf(json + at, SIZE - at, "]}");
    compare(A, json, 0);
    cr_expect_lt(strlen(found.after), ACTIVITY_SIDE_MAX);
    cr_expect_not_null(strstr(found.after, "categories: "));
    cr_expect_not_null(strstr(found.after, "000…"));
}

Test(activity, a_side_is_covered_line_by_line)
{
    cr_expect(activity_covers("state: active\nURL: a", "URL: a"));
    cr_expect(activity_covers("state: active\nURL: a", "URL: a\nstate: active"));
    cr_expect_not(activity_covers("state: active\nURL: ab", "URL: a"));
    cr_expect_not(activity_covers("URL: a", "state: active"));
    cr_expect_not(activity_covers("URL: a", ""));
}

Test(activity, of_too_many_notes_the_oldest_go)
{
    struct activity_notes notes = {0};
    for (int i = 0; i < ACTIVITY_NOTES_MAX + 3; i++)
        cr_assert(activity_notes_add(
            &notes, &(struct activity_note){.activity = {.token = i + 1, .text = (char *)"t"}}));
    cr_expect_eq(notes.count, ACTIVITY_NOTES_MAX);
    cr_expect_eq(notes.items[0].activity.token, 4);
    activity_notes_clear(&notes);
}
