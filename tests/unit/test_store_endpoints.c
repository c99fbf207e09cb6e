/* The endpoints that a store remembers, with their keys. */
#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store_endpoints, .init = place_make, .fini = place_remove, .timeout = 60);

static struct webhook webhook_of(const char *id, const char *url, const char *key)
{
    struct webhook webhook = {
        .id = strdup(id),
        .url = strdup(url),
        .status = WEBHOOK_ACTIVE,
        .status_text = strdup("active"),
        .public_key = key != NULL ? strdup(key) : NULL,
    };
    cr_assert(string_list_add(&webhook.categories, "transfer"));
    cr_assert(string_list_add(&webhook.categories, "odd\ncategory"));
    return webhook;
}

static void put(struct store *store, struct webhook *items, size_t count, int64_t now_ms)
{
    struct error error = {0};
    const struct webhook_list list = {.items = items, .count = count};
    cr_assert(store_put_webhooks(store, &list, now_ms, &error), "%s", error.message);
}

static struct webhook_list load_webhooks(struct store *store)
{
    struct webhook_list list;
    struct error error = {0};
    cr_assert(store_load_webhooks(store, &list, &error), "%s", error.message);
    return list;
}

static void expect_ids(struct store *store, const char *one, const char *two)
{
    struct webhook_list list = load_webhooks(store);
    cr_assert_eq(list.count, (size_t)(one != NULL) + (size_t)(two != NULL));
    if (one != NULL)
        cr_expect_str_eq(list.items[0].id, one);
    if (two != NULL)
        cr_expect_str_eq(list.items[1].id, two);
    webhook_list_clear(&list);
}

static void expect_key(struct store *store, const char *key)
{
    struct webhook_list list = load_webhooks(store);
    cr_assert_eq(list.count, 1);
    cr_expect_str_eq(list.items[0].public_key, key);
    webhook_list_clear(&list);
}

Test(store_endpoints, endpoints_come_back_as_they_were)
{
    struct store *store = place_open(STORE_WRITE);
    struct webhook two[] = {webhook_of("wep_2", "https://a/x", "KEY 2"),
                            webhook_of("wep_1", "https://a/y", "KEY 1")};
    free(two[1].status_text);
    two[1].status_text = strdup("paused");
    two[1].status = WEBHOOK_STATUS_UNKNOWN;
    two[1].created_at = strdup("2024-05-02T17:48:19.465Z");
    put(store, two, 2, PLACE_TIME_MS);
    store_close(store);

    store = place_open(STORE_READ);
    struct webhook_list list = load_webhooks(store);
    cr_assert_eq(list.count, 2);
    cr_expect_str_eq(list.items[0].id, "wep_2");
    cr_expect_str_eq(list.items[0].url, "https://a/x");
    cr_expect_eq(list.items[0].status, WEBHOOK_ACTIVE);
    cr_expect_str_eq(list.items[0].public_key, "KEY 2");
    cr_expect_null(list.items[0].created_at);
    cr_assert_eq(list.items[0].categories.count, 2);
    cr_expect_str_eq(list.items[0].categories.items[0], "transfer");
    cr_expect_str_eq(list.items[0].categories.items[1], "odd\ncategory");
    cr_expect_eq(list.items[1].status, WEBHOOK_STATUS_UNKNOWN);
    cr_expect_str_eq(list.items[1].status_text, "paused");
    cr_expect_str_eq(list.items[1].created_at, "2024-05-02T17:48:19.465Z");
    webhook_list_clear(&list);
    webhook_clear(&two[0]);
    webhook_clear(&two[1]);
    store_close(store);
}

Test(store_endpoints, an_endpoint_that_is_gone_is_retired_and_may_return)
{
    struct store *store = place_open(STORE_WRITE);
    struct webhook two[] = {webhook_of("wep_1", "https://a/x", "KEY 1"),
                            webhook_of("wep_2", "https://a/y", "KEY 2")};
    put(store, two, 2, PLACE_TIME_MS);
    put(store, &two[1], 1, PLACE_TIME_MS + 5);
    expect_ids(store, "wep_2", NULL);
    cr_expect_eq(place_query(store->db, "SELECT retired_ms FROM endpoints WHERE id = 'wep_1' "
                                        "AND public_key = 'KEY 1'"),
                 PLACE_TIME_MS + 5);
    put(store, two, 2, PLACE_TIME_MS + 9);
    expect_ids(store, "wep_1", "wep_2");
    cr_expect_eq(place_query(store->db, "SELECT first_seen_ms FROM endpoints WHERE id = 'wep_1'"),
                 PLACE_TIME_MS);
    put(store, NULL, 0, PLACE_TIME_MS + 10);
    expect_ids(store, NULL, NULL);
    webhook_clear(&two[0]);
    webhook_clear(&two[1]);
    store_close(store);
}

Test(store_endpoints, a_changed_key_replaces_and_an_absent_one_does_not)
{
    struct store *store = place_open(STORE_WRITE);
    struct webhook old = webhook_of("wep_1", "https://a/x", "OLD");
    struct webhook new = webhook_of("wep_1", "https://a/x", "NEW");
    struct webhook none = webhook_of("wep_1", "https://a/x", NULL);
    put(store, &old, 1, PLACE_TIME_MS);
    put(store, &new, 1, PLACE_TIME_MS + 1);
    expect_key(store, "NEW");
    put(store, &none, 1, PLACE_TIME_MS + 2);
    expect_key(store, "NEW");
    webhook_clear(&old);
    webhook_clear(&new);
    webhook_clear(&none);
    store_close(store);
}

/* The list is asked every few seconds: that must not keep a disk awake. */
Test(store_endpoints, an_unchanged_list_writes_nothing)
{
    struct store *store = place_open(STORE_WRITE);
    struct webhook webhook = webhook_of("wep_1", "https://a/x", "KEY");
    put(store, &webhook, 1, PLACE_TIME_MS);
    sqlite3 *other = place_open_raw(place.path);
    int64_t version = place_query(other, "PRAGMA data_version");
    put(store, &webhook, 1, PLACE_TIME_MS + 5000);
    cr_expect_eq(place_query(other, "PRAGMA data_version"), version);
    put(store, &webhook, 1, PLACE_TIME_MS + 3600 * 1000);
    cr_expect_neq(place_query(other, "PRAGMA data_version"), version);
    cr_expect_eq(place_query(other, "SELECT last_seen_ms FROM endpoints"),
                 PLACE_TIME_MS + 3600 * 1000);
    sqlite3_close(other);
    webhook_clear(&webhook);
    store_close(store);
}

Test(store_endpoints, endpoints_join_a_transaction_that_is_open)
{
    struct store *store = place_open(STORE_WRITE);
    struct webhook webhook = webhook_of("wep_1", "https://a/x", "KEY");
    place_begin(store);
    put(store, &webhook, 1, PLACE_TIME_MS);
    store_rollback(store);
    expect_ids(store, NULL, NULL);
    webhook_clear(&webhook);
    store_close(store);
}
