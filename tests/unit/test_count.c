#include "api/count.h"

#include <criterion/criterion.h>

Test(count, is_grouped_by_thousands)
{
    char text[COUNT_SIZE];
    cr_expect_str_eq(count_format(text, sizeof text, 0), "0");
    cr_expect_str_eq(count_format(text, sizeof text, 999), "999");
    cr_expect_str_eq(count_format(text, sizeof text, 1206), "1,206");
    cr_expect_str_eq(count_format(text, sizeof text, INT64_MAX), "9,223,372,036,854,775,807");
    cr_expect_str_eq(count_format(text, sizeof text, -5), "0");
    char narrow[4];
    cr_expect_str_eq(count_format(narrow, sizeof narrow, 1206), "1,2");
}
