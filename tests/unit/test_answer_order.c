#include "api/answer_order.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(answer_order);

static void expect(const char *text, int status, unsigned left, int64_t delay_ms)
{
    struct answer_order order;
    struct error error = {""};
    cr_expect(answer_order_parse(text, &order, &error), "'%s': %s", text, error.message);
    cr_expect_eq(order.status, status, "'%s': %d", text, order.status);
    cr_expect_eq(order.left, left, "'%s': %u", text, order.left);
    cr_expect_eq(order.delay_ms, delay_ms, "'%s': %lld", text, (long long)order.delay_ms);
}

static void expect_wrong(const char *text, const char *words)
{
    struct answer_order order = {.status = 1, .left = 1};
    struct error error = {""};
    cr_expect_not(answer_order_parse(text, &order, &error), "'%s' was taken", text);
    cr_expect_not_null(strstr(error.message, words), "'%s': %s", text, error.message);
    cr_expect_eq(order.left, 0, "'%s' leaves an order", text);
}

Test(answer_order, is_read_from_words)
{
    expect("500", 500, 1, 0);
    expect("500 x3 after 2s", 500, 3, 2000);
    expect("  500\tX3   after  2s ", 500, 3, 2000);
    expect("429 after 500ms x10", 429, 10, 500);
    expect("503 ×2", 503, 2, 0);
    expect("200 after 1.5s", 200, 1, 1500);
    expect("200 after 0.05s", 200, 1, 50);
    expect("599 x100 after 1m", 599, 100, 60 * 1000);
    expect("500 after 60s", 500, 1, 60 * 1000);
    expect("500 ×3 after 2 s", 500, 3, 2000);
    expect("500 after 1 min x2", 500, 2, 60 * 1000);
    expect("500 after 0.001 m", 500, 1, 60);
    expect("500 after 0s", 500, 1, 0);
    expect("normal", 0, 0, 0);
    expect(" Normal ", 0, 0, 0);
}

Test(answer_order, what_is_none_is_told_in_words)
{
    expect_wrong("", "a status is 200 to 599");
    expect_wrong("199", "a status is 200 to 599");
    expect_wrong("600", "a status is 200 to 599");
    expect_wrong("5oo", "a status is 200 to 599");
    expect_wrong("-500", "a status is 200 to 599");
    expect_wrong("18446744073709552116", "a status is 200 to 599"); /* 500 in 64 bits */
    expect_wrong("500 x0", "x1 to x100");
    expect_wrong("500 x101", "x1 to x100");
    expect_wrong("500 x", "x1 to x100");
    expect_wrong("500 3", "xN and 'after DURATION'");
    expect_wrong("500 x3 x4", "twice");
    expect_wrong("500 after 1s after 2s", "twice");
    expect_wrong("500 after", "after how long?");
    expect_wrong("500 after 2", "after how long?");
    expect_wrong("500 after x2", "after how long?");
    expect_wrong("500 after 1.s", "after how long?");
    expect_wrong("500 after 2 x3", "after how long?");
    expect_wrong("500 after s 2", "after how long?");
    expect_wrong("500 after 1.0000s", "after how long?");
    expect_wrong("500 after 61s", "60 s at most");
    expect_wrong("500 after 60.001s", "60 s at most");
    expect_wrong("500 after 99999999999999999999m", "60 s at most");
    expect_wrong("normal x3", "nothing behind it");
}

static void expect_text(int status, unsigned left, int64_t delay_ms, const char *wanted)
{
    char text[ANSWER_ORDER_SIZE];
    struct answer_order order = {status, left, delay_ms};
    cr_expect_str_eq(answer_order_text(&order, text), wanted);
}

Test(answer_order, is_told_in_words)
{
    expect_text(500, 3, 2000, "500 ×3 after 2 s");
    expect_text(500, 1, 0, "500 ×1");
    expect_text(429, 100, 60000, "429 ×100 after 1 min");
    expect_text(200, 2, 1500, "200 ×2 after 1.5 s");
    expect_text(200, 2, 500, "200 ×2 after 500 ms");
    expect_text(0, 0, 0, "normal");
}
