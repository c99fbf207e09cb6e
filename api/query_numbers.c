#include "api/query_numbers.h"

#include <string.h>
#include <time.h>

enum { NUMBER_MAX = 1000000000 }; /* what is typed may not be larger */

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Takes 1 to `most` digits off the front. */
static bool take_number(struct query_text *text, size_t most, int64_t *number)
{
    size_t digits = 0;
    *number = 0;
    while (digits < text->length && digits < most && is_digit(text->bytes[digits]))
        *number = 10 * *number + (text->bytes[digits++] - '0');
    text->bytes += digits;
    text->length -= digits;
    return digits > 0 && *number <= NUMBER_MAX;
}

static bool take(struct query_text *text, const char *word)
{
    size_t length = strlen(word);
    if (text->length < length || memcmp(text->bytes, word, length) != 0)
        return false;
    text->bytes += length;
    text->length -= length;
    return true;
}

static bool is_word(struct query_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

/* --- comparisons ---------------------------------------------------------------- */

enum comparison { EQUAL, MORE, AT_LEAST, LESS, AT_MOST };

static enum comparison take_comparison(struct query_text *text)
{
    if (take(text, ">="))
        return AT_LEAST;
    if (take(text, "<="))
        return AT_MOST;
    if (take(text, ">"))
        return MORE;
    return take(text, "<") ? LESS : EQUAL;
}

static void set_range(struct query_term *term, enum comparison comparison, int64_t number)
{
    term->kind = QUERY_IS_RANGE;
    term->low = comparison == LESS || comparison == AT_MOST ? INT64_MIN : number;
    term->high = comparison == MORE || comparison == AT_LEAST ? INT64_MAX : number;
    term->low += comparison == MORE;
    term->high -= comparison == LESS;
}

/* Three digits, of 1xx to 5xx (RFC 9110, 15). */
bool query_read_status(struct query_text text, struct query_term *term)
{
    enum { STATUS_MIN = 100, STATUS_MAX = 599 };
    if (text.length == 3 && text.bytes[0] >= '1' && text.bytes[0] <= '5' && text.bytes[1] == 'x' &&
        text.bytes[2] == 'x') {
        int hundred = (text.bytes[0] - '0') * 100;
        set_range(term, EQUAL, hundred);
        term->high = hundred + 99;
        return true;
    }
    enum comparison comparison = take_comparison(&text);
    int64_t status;
    if (!take_number(&text, 3, &status) || text.length > 0 || status < STATUS_MIN ||
        status > STATUS_MAX)
        return false;
    set_range(term, comparison, status);
    if (term->low < 1)
        term->low = 1; /* no answer at all is none below 400 */
    return true;
}

bool query_read_size(struct query_text text, struct query_term *term)
{
    enum comparison comparison = take_comparison(&text);
    int64_t size;
    if (!take_number(&text, 10, &size))
        return false;
    int64_t unit = 1;
    if (take(&text, "k"))
        unit = 1000;
    else if (take(&text, "m"))
        unit = INT64_C(1000) * 1000;
    (void)take(&text, "b");
    if (text.length > 0)
        return false;
    set_range(term, comparison, size * unit);
    return true;
}

/* --- times ------------------------------------------------------------------------- */

static bool take_unit(struct query_text *text, int64_t *ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"min", MINUTE_MS}, {"s", SECOND_MS}, {"m", MINUTE_MS},
                 {"h", HOUR_MS},     {"d", DAY_MS},    {"w", 7 * DAY_MS}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (take(text, units[i].name)) {
            *ms = units[i].ms;
            return true;
        }
    return false;
}

/* "2h", "1d12h": how long ago. */
static bool read_span(struct query_text text, int64_t *ms)
{
    enum { YEARS_MAX = 100 };
    *ms = 0;
    while (text.length > 0) {
        int64_t number;
        int64_t unit;
        if (!take_number(&text, 6, &number) || !take_unit(&text, &unit))
            return false;
        *ms += number * unit;
        if (*ms > YEARS_MAX * 366 * DAY_MS)
            return false;
    }
    return *ms > 0;
}

/* A moment, and how long the unit is that it was given in: a day, a minute, a second. */
struct moment {
    struct tm tm;
    bool utc;
    int64_t unit_ms;
};

static bool take_clock(struct query_text *text, struct moment *moment)
{
    int64_t hour;
    int64_t minute;
    int64_t second = 0;
    moment->unit_ms = MINUTE_MS;
    if (!take_number(text, 2, &hour) || !take(text, ":") || !take_number(text, 2, &minute))
        return false;
    if (take(text, ":")) {
        moment->unit_ms = SECOND_MS;
        if (!take_number(text, 2, &second))
            return false;
    }
    moment->tm.tm_hour = (int)hour;
    moment->tm.tm_min = (int)minute;
    moment->tm.tm_sec = (int)second;
    return hour < 24 && minute < 60 && second < 60;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct query_text *text, struct moment *moment)
{
    int64_t year;
    int64_t month;
    int64_t day;
    if (!take_number(text, 4, &year) || !take(text, "-") || !take_number(text, 2, &month) ||
        !take(text, "-") || !take_number(text, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month((int)year, (int)month))
        return false;
    moment->tm.tm_year = (int)year - 1900;
    moment->tm.tm_mon = (int)month - 1;
    moment->tm.tm_mday = (int)day;
    moment->unit_ms = DAY_MS;
    return true;
}

static bool local_day(int64_t ms, int days_back, struct moment *moment)
{
    time_t seconds = (time_t)(ms / SECOND_MS);
    struct tm now;
    if (localtime_r(&seconds, &now) == NULL)
        return false;
    moment->tm.tm_year = now.tm_year;
    moment->tm.tm_mon = now.tm_mon;
    moment->tm.tm_mday = now.tm_mday - days_back; /* mktime() carries */
    moment->unit_ms = DAY_MS;
    return true;
}

static bool read_moment(struct query_text text, int64_t now_ms, struct moment *moment)
{
    *moment = (struct moment){.tm.tm_isdst = -1};
    if (is_word(text, "today") || is_word(text, "yesterday"))
        return local_day(now_ms, text.bytes[0] == 'y', moment);
    if (text.length > 2 && memchr(text.bytes, '-', text.length) == NULL)
        return local_day(now_ms, 0, moment) && take_clock(&text, moment) && text.length == 0;
    if (!take_date(&text, moment))
        return false;
    if ((take(&text, "t") || take(&text, " ")) && !take_clock(&text, moment))
        return false;
    moment->utc = take(&text, "z");
    return text.length == 0;
}

/* A day may have 23 or 25 hours: its end is the next one's beginning. */
static int64_t moment_ms(struct moment moment, bool end)
{
    if (end && moment.unit_ms == DAY_MS)
        moment.tm.tm_mday++;
    time_t seconds = moment.utc ? timegm(&moment.tm) : mktime(&moment.tm);
    int64_t ms = (int64_t)seconds * SECOND_MS;
    if (end && moment.unit_ms != DAY_MS)
        ms += moment.unit_ms;
    return end ? ms - 1 : ms;
}

bool query_read_time(struct query_text text, bool until, int64_t now_ms, struct query_term *term)
{
    int64_t span;
    struct moment moment;
    int64_t at;
    if (read_span(text, &span))
        at = now_ms - span;
    else if (read_moment(text, now_ms, &moment))
        at = moment_ms(moment, until);
    else
        return false;
    set_range(term, until ? AT_MOST : AT_LEAST, at);
    if (until)
        term->low = 0; /* what has no time is not before any */
    return true;
}
