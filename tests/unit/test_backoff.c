#include "api/backoff.h"

#include <criterion/criterion.h>

static const int64_t NOW = INT64_C(1714672099465); /* 2024-05-02T17:48:19.465Z */

Test(backoff, doubles_from_the_first_pause_to_the_longest)
{
    const int64_t whole[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    for (unsigned i = 0; i < sizeof whole / sizeof *whole; i++) {
        /* The jitter's ends: no random bits give half, the last value of the range gives all. */
        uint64_t last = (uint64_t)(whole[i] - whole[i] / 2);
        cr_assert_eq(backoff_pause_ms(i + 1, 1000, 60000, 0), whole[i] / 2);
        cr_assert_eq(backoff_pause_ms(i + 1, 1000, 60000, last), whole[i]);
    }
}

Test(backoff, stays_between_half_and_all_for_any_random_bits)
{
    uint64_t random = 1;
    for (int i = 0; i < 1000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        int64_t pause = backoff_pause_ms(3, 1000, 60000, random);
        cr_assert(pause >= 2000 && pause <= 4000, "%ld", (long)pause);
    }
}

Test(backoff, does_not_overflow_after_any_number_of_failures)
{
    cr_assert_eq(backoff_pause_ms(4000000000u, 1000, 60000, 0), 30000);
    cr_assert_eq(backoff_pause_ms(0, 1000, 60000, 0), 500);
    cr_assert_eq(backoff_pause_ms(1, 1, 60000, UINT64_MAX) <= 1, 1);
}

Test(backoff, reads_seconds)
{
    cr_assert_eq(backoff_retry_after_ms("0", NOW), 0);
    cr_assert_eq(backoff_retry_after_ms("7", NOW), 7000);
    cr_assert_eq(backoff_retry_after_ms(" 7 ", NOW), 7000);
}

Test(backoff, caps_what_a_server_may_ask_for)
{
    cr_assert_eq(backoff_retry_after_ms("900", NOW), BACKOFF_RETRY_AFTER_MAX_MS);
    cr_assert_eq(backoff_retry_after_ms("901", NOW), BACKOFF_RETRY_AFTER_MAX_MS);
    cr_assert_eq(backoff_retry_after_ms("99999999999999999999999999", NOW),
                 BACKOFF_RETRY_AFTER_MAX_MS);
    cr_assert_eq(backoff_retry_after_ms("Fri, 31 Dec 2100 23:59:59 GMT", NOW),
                 BACKOFF_RETRY_AFTER_MAX_MS);
}

Test(backoff, reads_the_three_forms_of_an_http_date)
{
    /* 17:48:29 is 9,535 ms after NOW. */
    cr_assert_eq(backoff_retry_after_ms("Thu, 02 May 2024 17:48:29 GMT", NOW), 9535);
    cr_assert_eq(backoff_retry_after_ms("Thursday, 02-May-24 17:48:29 GMT", NOW), 9535);
    cr_assert_eq(backoff_retry_after_ms("Thu May  2 17:48:29 2024", NOW), 9535);
}

Test(backoff, a_date_that_has_passed_is_no_pause)
{
    cr_assert_eq(backoff_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", NOW), 0);
}

Test(backoff, refuses_what_it_cannot_read)
{
    const char *const values[] = {NULL, "", " ", "-5", "1.5", "7 s", "soon", "20240502", "0x10"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int64_t expected = i == 7 ? BACKOFF_RETRY_AFTER_MAX_MS : -1; /* digits are seconds */
        cr_assert_eq(backoff_retry_after_ms(values[i], NOW), expected, "%s", values[i]);
    }
}

Test(backoff, reads_a_rate_limit_reset_as_a_pause_or_as_a_time)
{
    cr_assert_eq(backoff_rate_reset_ms("30", NOW), 30000);
    cr_assert_eq(backoff_rate_reset_ms("1714672109", NOW), 9535);
    cr_assert_eq(backoff_rate_reset_ms("1714672109000", NOW), 9535);
    cr_assert_eq(backoff_rate_reset_ms("1714672000", NOW), 0);
    cr_assert_eq(backoff_rate_reset_ms("9999999999999999999999", NOW), BACKOFF_RETRY_AFTER_MAX_MS);
    cr_assert_eq(backoff_rate_reset_ms("soon", NOW), -1);
    cr_assert_eq(backoff_rate_reset_ms(NULL, NOW), -1);
}

Test(backoff, reads_the_date_header)
{
    cr_assert_eq(backoff_http_date_ms("Thu, 02 May 2024 17:48:19 GMT"), INT64_C(1714672099000));
    cr_assert_eq(backoff_http_date_ms("1714672099"), -1);
    cr_assert_eq(backoff_http_date_ms(NULL), -1);
}
