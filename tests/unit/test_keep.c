#include "api/keep.h"

#include <criterion/criterion.h>
#include <string.h>

static struct store_keep kept(const char *text)
{
    struct store_keep keep = {0};
    struct error error = {0};
    cr_assert(keep_add(&keep, text, &error), "%s", error.message);
    return keep;
}

Test(keep, an_age)
{
    cr_expect_eq(kept("90s").age_ms, 90000);
    cr_expect_eq(kept("5m").age_ms, 300000);
    cr_expect_eq(kept("2h").age_ms, 7200000);
    cr_expect_eq(kept("30d").age_ms, INT64_C(2592000000));
    cr_expect_eq(kept("1W").age_ms, 604800000);
    cr_expect_eq(kept("30d").count, 0);
    cr_expect_eq(kept("30d").bytes, 0);
}

Test(keep, a_count)
{
    cr_expect_eq(kept("1").count, 1);
    cr_expect_eq(kept("1000000000").count, KEEP_NUMBER_MAX);
    cr_expect_eq(kept("100000").age_ms, 0);
}

Test(keep, a_size)
{
    cr_expect_eq(kept("5kB").bytes, 5000);
    cr_expect_eq(kept("64mb").bytes, 64000000);
    cr_expect_eq(kept("2GB").bytes, INT64_C(2000000000));
    cr_expect_eq(kept("1tb").bytes, INT64_C(1000000000000));
    cr_expect_eq(kept("1KiB").bytes, 1024);
    cr_expect_eq(kept("64MiB").bytes, 67108864);
    cr_expect_eq(kept("2GiB").bytes, INT64_C(2147483648));
}

Test(keep, several_of_different_kinds)
{
    struct store_keep keep = {0};
    cr_expect(keep_add(&keep, "30d", NULL) && keep_add(&keep, "100000", NULL) &&
              keep_add(&keep, "2GB", NULL));
    cr_expect(keep.age_ms > 0 && keep.count == 100000 && keep.bytes > 0);
    struct error error = {0};
    cr_expect_not(keep_add(&keep, "1h", &error));
    cr_expect(strstr(error.message, "already") != NULL, "%s", error.message);
    cr_expect_eq(keep.age_ms, INT64_C(2592000000));
}

Test(keep, anything_else_is_refused)
{
    static const char *const texts[] = {"",      "0",    "0d",           "d",
                                        "-1",    "+1d",  " 1d",          "1 d",
                                        "1dd",   "1.5d", "1e3",          "0x1",
                                        "2gibb", "30 d", "1000000001d",  "99999999999999999999",
                                        "2G",    "1y",   "1000000000TB", "1d\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct store_keep keep = {0};
        struct error error = {0};
        cr_expect_not(keep_add(&keep, texts[i], &error), "%s", texts[i]);
        cr_expect(strstr(error.message, "is not an age (30d)") != NULL, "%s", error.message);
        cr_expect(keep.age_ms == 0 && keep.count == 0 && keep.bytes == 0);
    }
}
