#include "api/contract.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expect_parsed(const char *text, int64_t expected)
{
    int64_t ms = -77;
    cr_expect(contract_time_parse(text, &ms), "%s", text);
    cr_expect_eq(ms, expected, "%s: %lld", text, (long long)ms);
}

Test(contract_time, reads_utc_and_offsets)
{
    expect_parsed("1970-01-01T00:00:00Z", 0);
    expect_parsed("1970-01-01T00:00:00.001Z", 1);
    expect_parsed("1969-12-31T23:59:59.999Z", -1);
    expect_parsed("2024-05-02T17:48:19.465Z", 1714672099465);
    expect_parsed("2024-05-02t17:48:19.465z", 1714672099465);
    expect_parsed("2024-05-02 17:48:19.465Z", 1714672099465);
    expect_parsed("2024-05-02T19:48:19.465+02:00", 1714672099465);
    expect_parsed("2024-05-02T19:48:19.465+0200", 1714672099465);
    expect_parsed("2024-05-02T19:48:19.465+02", 1714672099465);
    expect_parsed("2024-05-02T14:18:19.465-03:30", 1714672099465);
    expect_parsed("2024-05-02T17:48:19.465-00:00", 1714672099465);
    expect_parsed("2024-05-03T01:48:19.465+08:00", 1714672099465);
    expect_parsed("1970-01-01T00:00:00+00:01", -60 * 1000);
    expect_parsed("2016-12-31T23:59:60Z", 1483228800000);
}

Test(contract_time, fractions_are_cut_to_milliseconds)
{
    expect_parsed("1970-01-01T00:00:00.5Z", 500);
    expect_parsed("1970-01-01T00:00:00,25Z", 250);
    expect_parsed("1970-01-01T00:00:00.1239Z", 123);
    expect_parsed("1970-01-01T00:00:00.999999999Z", 999);
    expect_parsed("1969-12-31T23:59:59.9999Z", -1);
    expect_parsed("1970-01-01T00:00:00.00000000000000000000000000000000000000009+00:00", 0);
}

Test(contract_time, knows_the_calendar)
{
    expect_parsed("2000-02-29T00:00:00Z", 951782400000);
    expect_parsed("2024-02-29T00:00:00Z", 1709164800000);
    expect_parsed("2024-03-01T00:00:00Z", 1709251200000);
    expect_parsed("2100-03-01T00:00:00Z", 4107542400000);
    expect_parsed("0000-01-01T00:00:00Z", -62167219200000);
    expect_parsed("0000-02-29T00:00:00Z", -62162121600000);
    expect_parsed("9999-12-31T23:59:59.999Z", 253402300799999);
    expect_parsed("0000-01-01T00:00:00+23:59", -62167219200000 - 86340000);
    expect_parsed("9999-12-31T23:59:59.999-23:59", 253402300799999 + 86340000);
}

Test(contract_time, refuses_what_is_no_time)
{
    const char *const texts[] = {
        "",
        "now",
        "1714672099465",
        "2024-05-02",
        "2024-05-02T17:48Z",
        "2024-05-02T17:48:19",
        "2024-05-02T17:48:19.Z",
        "2024-05-02T17:48:19.465",
        "2024-05-02T17:48:19.465Zz",
        "2024-05-02T17:48:19.465Z ",
        " 2024-05-02T17:48:19.465Z",
        "20240502T174819Z",
        "2024-5-2T17:48:19Z",
        "24-05-02T17:48:19Z",
        "+2024-05-02T17:48:19Z",
        "-024-05-02T17:48:19Z",
        "10000-01-01T00:00:00Z",
        "2024-00-02T17:48:19Z",
        "2024-13-02T17:48:19Z",
        "2024-05-00T17:48:19Z",
        "2024-05-32T17:48:19Z",
        "2024-04-31T17:48:19Z",
        "2023-02-29T17:48:19Z",
        "1900-02-29T17:48:19Z",
        "2100-02-29T17:48:19Z",
        "2024-05-02T24:00:00Z",
        "2024-05-02T17:60:19Z",
        "2024-05-02T17:48:61Z",
        "2024-05-02T17:48:-1Z",
        "2024-05-02T17:48:19+24:00",
        "2024-05-02T17:48:19+02:60",
        "2024-05-02T17:48:19+02:",
        "2024-05-02T17:48:19+2",
        "2024-05-02T17:48:19+02:0",
        "2024-05-02T17:48:19+02:000",
        "2024-05-02T17:48:19~02:00",
        "2024-05-02T17:48:19 UTC",
        "2024/05/02T17:48:19Z",
        "2024-05-02_17:48:19Z",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms = -77;
        cr_expect_not(contract_time_parse(texts[i], &ms), "%s", texts[i]);
        cr_expect_eq(ms, -77, "%s changed the time", texts[i]);
    }
    int64_t ms = -77;
    cr_expect_not(contract_time_parse(NULL, &ms));
}

/* Each prefix in a block of its own size: a read behind the NUL would be seen. */
Test(contract_time, stops_at_the_end_of_the_text)
{
    const char *whole = "2024-05-02T19:48:19.465+02:00";
    for (size_t cut = 0; cut < strlen(whole); cut++) {
        char *text = strndup(whole, cut);
        int64_t ms;
        bool complete = strcmp(text, "2024-05-02T19:48:19.465+02") == 0;
        cr_expect_eq(contract_time_parse(text, &ms), complete, "%s", text);
        free(text);
    }
}

static void expect_formatted(int64_t ms, const char *expected)
{
    char text[CONTRACT_TIME_SIZE];
    contract_time_format(ms, text);
    cr_expect_str_eq(text, expected);
}

Test(contract_time, writes_milliseconds_in_utc)
{
    expect_formatted(0, "1970-01-01T00:00:00.000Z");
    expect_formatted(-1, "1969-12-31T23:59:59.999Z");
    expect_formatted(1714672099465, "2024-05-02T17:48:19.465Z");
    expect_formatted(951782400000, "2000-02-29T00:00:00.000Z");
    expect_formatted(1735689599999, "2024-12-31T23:59:59.999Z");
    expect_formatted(-62167219200000, "0000-01-01T00:00:00.000Z");
    expect_formatted(253402300799999, "9999-12-31T23:59:59.999Z");
}

Test(contract_time, clamps_what_cannot_be_written)
{
    expect_formatted(-62167219200001, "0000-01-01T00:00:00.000Z");
    expect_formatted(INT64_MIN, "0000-01-01T00:00:00.000Z");
    expect_formatted(253402300800000, "9999-12-31T23:59:59.999Z");
    expect_formatted(INT64_MAX, "9999-12-31T23:59:59.999Z");
}

/* Every day of all years there and back, against the C library's calendar. */
Test(contract_time, agrees_with_the_calendar_of_the_c_library)
{
    const int64_t day = 86400000;
    for (int64_t ms = -62167219200000; ms <= 253402300799999; ms += day) {
        char text[CONTRACT_TIME_SIZE];
        int64_t back = 0;
        time_t seconds = (time_t)(ms / 1000);
        struct tm tm;
        contract_time_format(ms + 1, text);
        cr_assert_not_null(gmtime_r(&seconds, &tm));
        int year =
            (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
        int month = (text[5] - '0') * 10 + (text[6] - '0');
        int month_day = (text[8] - '0') * 10 + (text[9] - '0');
        if (year != tm.tm_year + 1900 || month != tm.tm_mon + 1 || month_day != tm.tm_mday)
            cr_assert_fail("%s is not day %lld", text, (long long)(ms / day));
        if (!contract_time_parse(text, &back) || back != ms + 1)
            cr_assert_fail("%s does not come back", text);
    }
}
