#include "api/headers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(headers, keep_order_case_and_doubles)
{
    struct header_list list = {0};
    char name[] = "X-Thing";
    cr_assert(header_list_add(&list, "Host", "localhost"));
    cr_assert(header_list_add(&list, name, "first"));
    cr_assert(header_list_add(&list, "x-thing", ""));
    name[0] = '?';
    cr_assert_eq(list.count, 3);
    cr_expect_str_eq(list.items[0].name, "Host");
    cr_expect_str_eq(list.items[1].name, "X-Thing");
    cr_expect_str_eq(list.items[1].value, "first");
    cr_expect_str_eq(list.items[2].name, "x-thing");
    cr_expect_str_eq(list.items[2].value, "");
    header_list_clear(&list);
    cr_expect_eq(list.count, 0);
    header_list_clear(&list);
}

Test(headers, names_compare_without_case)
{
    struct header_list list = {0};
    cr_assert(header_list_add(&list, "X-WEBHOOK-Signature", "1"));
    cr_assert(header_list_add(&list, "x-webhook-signature", "2"));
    cr_expect_str_eq(header_list_find(&list, "X-Webhook-Signature"), "1");
    cr_expect_eq(header_list_count(&list, "X-Webhook-SIGNATURE"), 2);
    cr_expect_null(header_list_find(&list, "X-Webhook-Signatur"));
    cr_expect_null(header_list_find(&list, "X-Webhook-Signatures"));
    cr_expect_null(header_list_find(&list, ""));
    cr_expect_eq(header_list_count(&list, "X-Webhook"), 0);
    header_list_clear(&list);
}

/* Letters only: '@' and '`', '[' and '{' differ by the bit that makes a letter small. */
Test(headers, only_ascii_letters_have_two_cases)
{
    struct header_list list = {0};
    cr_assert(header_list_add(&list, "a@b", "1"));
    cr_assert(header_list_add(&list, "a[", "2"));
    cr_assert(header_list_add(&list, "\xC9", "3"));
    cr_expect_null(header_list_find(&list, "a`b"));
    cr_expect_null(header_list_find(&list, "a{"));
    cr_expect_null(header_list_find(&list, "\xE9"));
    cr_expect_str_eq(header_list_find(&list, "A@B"), "1");
    header_list_clear(&list);
}

Test(headers, an_empty_list_finds_nothing)
{
    struct header_list list = {0};
    cr_expect_null(header_list_find(&list, "Host"));
    cr_expect_eq(header_list_count(&list, "Host"), 0);
}

Test(headers, the_list_ends_at_its_limit)
{
    struct header_list list = {0};
    for (int i = 0; i < HEADER_COUNT_MAX; i++) {
        char value[16];
        (void)snprintf(value, sizeof value, "%d", i);
        cr_assert(header_list_add(&list, "N", value));
    }
    cr_expect_not(header_list_add(&list, "N", "one more"));
    cr_expect_eq(list.count, HEADER_COUNT_MAX);
    cr_expect_eq(header_list_count(&list, "n"), HEADER_COUNT_MAX);
    cr_expect_str_eq(list.items[HEADER_COUNT_MAX - 1].value, "99");
    header_list_clear(&list);
}

Test(headers, a_copy_is_one_block_of_the_same_fields)
{
    struct header_list list = {0}, copy;
    cr_assert(header_list_add(&list, "Host", "localhost"));
    cr_assert(header_list_add(&list, "X-Thing", ""));
    cr_assert(header_list_add(&list, "x-thing", "second"));
    cr_expect_eq(header_list_bytes(&list), 5 + 10 + 8 + 1 + 8 + 7);
    cr_assert(header_list_copy(&copy, &list));
    header_list_clear(&list);
    cr_assert_eq(copy.count, 3);
    cr_expect_str_eq(copy.items[0].name, "Host");
    cr_expect_str_eq(copy.items[0].value, "localhost");
    cr_expect_str_eq(copy.items[1].value, "");
    cr_expect_str_eq(header_list_find(&copy, "X-THING"), "");
    cr_expect_eq(header_list_count(&copy, "x-thing"), 2);

    cr_expect_not(header_list_add(&copy, "More", "1"));
    cr_expect_not(header_list_set(&copy, "Host", "elsewhere"));
    cr_expect_str_eq(header_list_find(&copy, "Host"), "localhost");
    header_list_remove(&copy, "X-Thing");
    cr_assert_eq(copy.count, 1);
    cr_expect_str_eq(copy.items[0].name, "Host");
    header_list_clear(&copy);
    cr_expect_eq(copy.count, 0);

    cr_assert(header_list_copy(&copy, &list)); /* of an empty one, to which can be added */
    cr_expect(header_list_add(&copy, "Host", "localhost"));
    header_list_clear(&copy);
}
