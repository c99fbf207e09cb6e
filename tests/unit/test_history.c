#include "tui/history.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(history, walks_back_and_returns_to_what_was_typed)
{
    struct history history = {0};
    cr_expect_null(history_older(&history, "x"));
    history_rest(&history);
    history_add(&history, "one");
    history_add(&history, "two");
    history_add(&history, "");
    cr_expect_str_eq(history_older(&history, "half"), "two");
    cr_expect_str_eq(history_older(&history, "two"), "one");
    cr_expect_null(history_older(&history, "one"));
    cr_expect_str_eq(history_newer(&history), "two");
    cr_expect_str_eq(history_newer(&history), "half");
    cr_expect_null(history_newer(&history));
    history_clear(&history);
}

Test(history, what_comes_again_is_the_newest_and_no_earlier_one_of_itself)
{
    struct history history = {0};
    history_add(&history, "one");
    history_add(&history, "two");
    history_add(&history, "one");
    cr_expect_eq(history.count, 2u);
    cr_expect_str_eq(history_older(&history, "one"), "two");
    history_clear(&history);
}

Test(history, keeps_so_many)
{
    struct history history = {0};
    char text[16];
    for (int i = 0; i < HISTORY_MAX + 10; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        history_add(&history, text);
    }
    cr_expect_eq(history.count, (size_t)HISTORY_MAX);
    cr_expect_str_eq(history.items[0], "10");
    history_clear(&history);
}
