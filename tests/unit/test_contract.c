#include "api/contract.h"
#include "api/json_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- categories and ids ------------------------------------------------------------ */

Test(contract, knows_the_documented_categories)
{
    size_t count = 0;
    while (CONTRACT_CATEGORIES[count] != NULL)
        count++;
    cr_expect_eq(count, 15);
    cr_expect(contract_category_known("customer"));
    cr_expect(contract_category_known("liquidation_address.drain"));
    cr_expect(contract_category_known("indexed_deposit"));
    cr_expect_not(contract_category_known("Customer"));
    cr_expect_not(contract_category_known("custome"));
    cr_expect_not(contract_category_known("starship"));
    cr_expect_not(contract_category_known(""));
    cr_expect_not(contract_category_known(NULL));
}

static const char id_42[] = "123456789012345678901234567890123456789012";
static const char id_43[] = "1234567890123456789012345678901234567890123";

Test(contract, an_id_has_1_to_42_visible_characters)
{
    cr_assert_eq(strlen(id_42), CONTRACT_ID_MAX);
    cr_expect(contract_id_valid("1"));
    cr_expect(contract_id_valid("wep_123"));
    cr_expect(contract_id_valid("wh_t8TAhPPYrRV2v8Asi9ed3sw"));
    cr_expect(contract_id_valid("7a1c2b84-5b60-4a1a-9d5c-0b1f5c2f7a11"));
    cr_expect(contract_id_valid(id_42));
    cr_expect(contract_id_valid("..."));
    cr_expect_not(contract_id_valid(id_43));
    cr_expect_not(contract_id_valid(""));
    cr_expect_not(contract_id_valid("."));
    cr_expect_not(contract_id_valid(".."));
    cr_expect_not(contract_id_valid("a b"));
    cr_expect_not(contract_id_valid("a\n"));
    cr_expect_not(contract_id_valid("\x1b[2J"));
    cr_expect_not(contract_id_valid("\x7f"));
    cr_expect_not(contract_id_valid("caf\xC3\xA9"));
    cr_expect_not(contract_id_valid(NULL));
}

Test(contract, statuses_have_names)
{
    cr_expect_str_eq(webhook_status_name(WEBHOOK_DISABLED), "disabled");
    cr_expect_str_eq(webhook_status_name(WEBHOOK_ACTIVE), "active");
    cr_expect_str_eq(webhook_status_name(WEBHOOK_DELETED), "deleted");
    cr_expect_str_eq(webhook_status_name(WEBHOOK_STATUS_UNKNOWN), "unknown");
    cr_expect_str_eq(webhook_status_name((enum webhook_status)99), "unknown");
}

Test(contract, a_delivery_succeeded_with_200_to_299)
{
    const int statuses[] = {200, 204, 299, 0, 100, 199, 300, 404, 500};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct log_entry entry = {.status = statuses[i]};
        cr_expect_eq(log_entry_succeeded(&entry), i < 3, "%d", statuses[i]);
    }
}

/* --- lists of strings --------------------------------------------------------------- */

Test(contract, string_lists_own_their_strings)
{
    struct string_list list = {0};
    struct string_list copy;
    char text[] = "transfer";
    cr_assert(string_list_add(&list, text));
    cr_assert(string_list_add(&list, "customer"));
    text[0] = 'X';
    cr_expect(string_list_has(&list, "transfer"));
    cr_expect(string_list_has(&list, "customer"));
    cr_expect_not(string_list_has(&list, "custom"));

    cr_assert(string_list_copy(&copy, &list));
    string_list_clear(&list);
    cr_expect_eq(list.count, 0);
    cr_expect_not(string_list_has(&list, "transfer"));
    cr_expect_eq(copy.count, 2);
    cr_expect_str_eq(copy.items[0], "transfer");
    cr_expect_str_eq(copy.items[1], "customer");
    string_list_clear(&copy);
    string_list_clear(&copy);
}

/* --- copies --------------------------------------------------------------------------- */

Test(contract, copies_stand_alone)
{
    struct webhook webhook = {
        .id = strdup("wep_1"),
        .url = strdup("https://a.example/"),
        .status = WEBHOOK_ACTIVE,
        .status_text = strdup("active"),
        .created_at = strdup("2024-05-02T17:48:19.465Z"),
    };
    struct webhook webhook_twin;
    cr_assert(string_list_add(&webhook.categories, "transfer"));
    cr_assert(webhook_copy(&webhook_twin, &webhook));
    webhook_clear(&webhook);
    cr_expect_str_eq(webhook_twin.id, "wep_1");
    cr_expect_str_eq(webhook_twin.url, "https://a.example/");
    cr_expect_eq(webhook_twin.status, WEBHOOK_ACTIVE);
    cr_expect_str_eq(webhook_twin.status_text, "active");
    cr_expect_null(webhook_twin.public_key);
    cr_expect(string_list_has(&webhook_twin.categories, "transfer"));
    cr_expect_str_eq(webhook_twin.created_at, "2024-05-02T17:48:19.465Z");
    webhook_clear(&webhook_twin);
    cr_expect_null(webhook_twin.id);

    struct event event = {.id = strdup("wh_1"),
                          .sequence = 7,
                          .created_ms = -1,
                          .raw = strdup("{}"),
                          .raw_length = 2};
    struct event event_twin;
    cr_assert(event_copy(&event_twin, &event));
    event_clear(&event);
    cr_expect_str_eq(event_twin.id, "wh_1");
    cr_expect_eq(event_twin.sequence, 7);
    cr_expect_eq(event_twin.created_ms, -1);
    cr_expect_str_eq(event_twin.raw, "{}");
    cr_expect_eq(event_twin.raw_length, 2);
    cr_expect_null(event_twin.type);
    event_clear(&event_twin);

    struct log_entry entry = {.status = 500, .status_text = strdup("500"), .created_ms = 12};
    struct log_entry entry_twin;
    cr_assert(log_entry_copy(&entry_twin, &entry));
    log_entry_clear(&entry);
    cr_expect_eq(entry_twin.status, 500);
    cr_expect_str_eq(entry_twin.status_text, "500");
    cr_expect_eq(entry_twin.created_ms, 12);
    cr_expect_null(entry_twin.event_id);
    cr_expect_null(entry_twin.raw);
    log_entry_clear(&entry_twin);
}

/* --- bodies of the calls ------------------------------------------------------------------ */

static void expect_body(char *body, const char *expected)
{
    cr_assert_not_null(body);
    cr_expect_str_eq(body, expected);
    cr_expect(json_valid(body, strlen(body)));
    free(body);
}

Test(contract, writes_the_bodies_of_the_calls)
{
    struct string_list categories = {0};
    struct string_list none = {0};
    cr_assert(string_list_add(&categories, "transfer"));
    cr_assert(string_list_add(&categories, "customer"));

    expect_body(webhook_create_encode("https://a.example/h", "webhook_creation", &categories),
                "{\"url\":\"https://a.example/h\",\"event_epoch\":\"webhook_creation\","
                "\"event_categories\":[\"transfer\",\"customer\"]}");
    expect_body(webhook_create_encode("https://a.example/h", "beginning_of_time", NULL),
                "{\"url\":\"https://a.example/h\",\"event_epoch\":\"beginning_of_time\"}");
    expect_body(webhook_update_encode("https://b.example/", WEBHOOK_STATUS_UNKNOWN, NULL),
                "{\"url\":\"https://b.example/\"}");
    expect_body(webhook_update_encode(NULL, WEBHOOK_ACTIVE, NULL), "{\"status\":\"active\"}");
    expect_body(webhook_update_encode(NULL, WEBHOOK_DISABLED, &none),
                "{\"status\":\"disabled\",\"event_categories\":[]}");
    expect_body(webhook_update_encode(NULL, WEBHOOK_STATUS_UNKNOWN, NULL), "{}");
    expect_body(event_send_encode("wh_1"), "{\"event_id\":\"wh_1\"}");
    string_list_clear(&categories);
}

Test(contract, text_in_bodies_is_escaped)
{
    expect_body(event_send_encode("a\"b\\c\n\x1b"), "{\"event_id\":\"a\\\"b\\\\c\\n\\u001b\"}");
}

Test(contract, deleted_is_never_an_update)
{
    cr_expect_null(webhook_update_encode(NULL, WEBHOOK_DELETED, NULL));
}
