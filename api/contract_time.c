/*
 * The contract's times, without the C library's calendar: timegm() and strftime() depend on
 * what they are linked with and lose milliseconds.
 *
 * Dates are of the Gregorian calendar, carried back before its beginning as ISO 8601 does. Days
 * are counted from 0000-01-01, so that every year that can be written has a number that is not
 * negative.
 */
#include "api/contract.h"

enum {
    YEAR_MAX = 9999,
    DAYS_TO_1970 = 719528,
    MS_A_SECOND = 1000,
    MS_A_MINUTE = 60 * MS_A_SECOND,
    MS_A_HOUR = 60 * MS_A_MINUTE,
    MS_A_DAY = 24 * MS_A_HOUR,
};

static bool leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 0000-01-01 to the first of January of that year. */
static int days_before_year(int year)
{
    return 365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap_year(year));
}

static int days_before_date(int year, int month, int day)
{
    int days = days_before_year(year) + day - 1;
    for (int earlier = 1; earlier < month; earlier++)
        days += days_in_month(year, earlier);
    return days;
}

/* --- reading ------------------------------------------------------------------- */

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Reads exactly `digits` of them. */
static bool read_number(const char **at, int digits, int minimum, int maximum, int *number)
{
    int value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!is_digit(**at))
            return false;
        value = 10 * value + (**at - '0');
    }
    *number = value;
    return value >= minimum && value <= maximum;
}

static bool read_character(const char **at, const char *allowed)
{
    for (; *allowed != '\0'; allowed++) {
        if (**at == *allowed) {
            (*at)++;
            return true;
        }
    }
    return false;
}

/* "2024-05-02" to days since 1970. */
static bool read_date(const char **at, int *days)
{
    int year;
    int month;
    int day;
    if (!read_number(at, 4, 0, YEAR_MAX, &year) || !read_character(at, "-") ||
        !read_number(at, 2, 1, 12, &month) || !read_character(at, "-") ||
        !read_number(at, 2, 1, days_in_month(year, month), &day))
        return false;
    *days = days_before_date(year, month, day) - DAYS_TO_1970;
    return true;
}

/* ".465" of any length to milliseconds; what is finer is cut off. */
static bool read_fraction(const char **at, int *ms)
{
    *ms = 0;
    if (!read_character(at, ".,"))
        return true;
    if (!is_digit(**at))
        return false;
    for (int weight = 100; is_digit(**at); weight /= 10, (*at)++)
        *ms += weight * (**at - '0');
    return true;
}

/* "17:48:19.465" to milliseconds. A leap second, :60, is the first of the next minute. */
static bool read_clock(const char **at, int *ms)
{
    int hour;
    int minute;
    int second;
    int fraction;
    if (!read_number(at, 2, 0, 23, &hour) || !read_character(at, ":") ||
        !read_number(at, 2, 0, 59, &minute) || !read_character(at, ":") ||
        !read_number(at, 2, 0, 60, &second) || !read_fraction(at, &fraction))
        return false;
    *ms = hour * MS_A_HOUR + minute * MS_A_MINUTE + second * MS_A_SECOND + fraction;
    return true;
}

/* "Z", "+02:00", "-0330" or "+02" to milliseconds east of UTC. */
static bool read_zone(const char **at, int *ms)
{
    *ms = 0;
    if (read_character(at, "Zz"))
        return true;
    bool west = **at == '-';
    int hours;
    int minutes = 0;
    if (!read_character(at, "+-") || !read_number(at, 2, 0, 23, &hours))
        return false;
    bool colon = read_character(at, ":");
    if ((colon || is_digit(**at)) && !read_number(at, 2, 0, 59, &minutes))
        return false;
    *ms = (hours * MS_A_HOUR + minutes * MS_A_MINUTE) * (west ? -1 : 1);
    return true;
}

bool contract_time_parse(const char *text, int64_t *ms)
{
    int days;
    int clock;
    int zone;
    const char *at = text;
    if (text == NULL || !read_date(&at, &days) || !read_character(&at, "Tt ") ||
        !read_clock(&at, &clock) || !read_zone(&at, &zone) || *at != '\0')
        return false;
    *ms = (int64_t)days * MS_A_DAY + clock - zone;
    return true;
}

/* --- writing --------------------------------------------------------------------- */

/* Writes that many digits and the character behind them. */
static char *put_number(char *at, int number, int digits, char after)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    at[digits] = after;
    return at + digits + 1;
}

void contract_time_format(int64_t ms, char text[CONTRACT_TIME_SIZE])
{
    const int64_t first = -(int64_t)DAYS_TO_1970 * MS_A_DAY;
    const int64_t last = first + (int64_t)days_before_year(YEAR_MAX + 1) * MS_A_DAY - 1;
    if (ms < first)
        ms = first;
    if (ms > last)
        ms = last;
    int days = (int)((ms - first) / MS_A_DAY);
    int clock = (int)((ms - first) % MS_A_DAY);

    /* 146,097 days are 400 years; the guess is right or one year off. */
    int year = (int)((int64_t)days * 400 / 146097);
    while (days_before_year(year) > days)
        year--;
    while (days_before_year(year + 1) <= days)
        year++;
    int month = 1;
    while (days_before_date(year, month, days_in_month(year, month)) < days)
        month++;
    int day = days - days_before_date(year, month, 1) + 1;

    char *at = put_number(text, year, 4, '-');
    at = put_number(at, month, 2, '-');
    at = put_number(at, day, 2, 'T');
    at = put_number(at, clock / MS_A_HOUR, 2, ':');
    at = put_number(at, clock / MS_A_MINUTE % 60, 2, ':');
    at = put_number(at, clock / MS_A_SECOND % 60, 2, '.');
    at = put_number(at, clock % MS_A_SECOND, 3, 'Z');
    *at = '\0';
}
