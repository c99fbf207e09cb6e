/* How rows write ages, durations, sizes and times. */
#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
enum { KILOBYTE = 1000 };
enum { MILLISECOND_US = 1000, TEN_MILLISECONDS_US = 10000, SECOND_US = 1000000 };

void rows_format_age(char *text, size_t size, int64_t age_ms)
{
    int64_t s = age_ms > 0 ? age_ms / 1000 : 0;
    if (s < MINUTE_S)
        (void)snprintf(text, size, "%" PRId64 " s", s);
    else if (s < HOUR_S)
        (void)snprintf(text, size, "%" PRId64 " min", s / MINUTE_S);
    else if (s < 48 * (int64_t)HOUR_S)
        (void)snprintf(text, size, "%" PRId64 " h", s / HOUR_S);
    else
        (void)snprintf(text, size, "%" PRId64 " d", s / DAY_S);
}

void rows_format_duration(char *text, size_t size, int64_t us)
{
    if (us < 0)
        (void)snprintf(text, size, "–");
    else if (us < MILLISECOND_US)
        (void)snprintf(text, size, "%.2f ms", (double)us / 1e3);
    else if (us < TEN_MILLISECONDS_US)
        (void)snprintf(text, size, "%.1f ms", (double)us / 1e3);
    else if (us < SECOND_US)
        (void)snprintf(text, size, "%" PRId64 " ms", us / MILLISECOND_US);
    else
        (void)snprintf(text, size, "%.1f s", (double)us / 1e6);
}

/* In six columns, up to 10 MB. */
void rows_format_size(char *text, size_t size, size_t bytes)
{
    enum { TEN_KILOBYTES = 9950, ALMOST_MEGABYTE = 999500 }; /* where rounding changes the form */
    if (bytes < KILOBYTE)
        (void)snprintf(text, size, "%zu B", bytes);
    else if (bytes < TEN_KILOBYTES)
        (void)snprintf(text, size, "%.1f kB", (double)bytes / 1e3);
    else if (bytes < ALMOST_MEGABYTE)
        (void)snprintf(text, size, "%.0f kB", (double)bytes / 1e3);
    else
        (void)snprintf(text, size, "%.1f MB", (double)bytes / 1e6);
}

static void format_time(char *text, size_t size, int64_t ms, int64_t now_ms, bool utc)
{
    struct tm *(*split)(const time_t *, struct tm *) = utc ? gmtime_r : localtime_r;
    time_t then_s = (time_t)(ms / 1000);
    time_t now_s = (time_t)(now_ms / 1000);
    struct tm then;
    struct tm now;
    text[0] = '\0';
    if (split(&then_s, &then) == NULL || split(&now_s, &now) == NULL)
        return;
    bool today = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
    (void)strftime(text, size, today ? "%H:%M:%S" : "%m-%d %H:%M", &then);
}

void rows_format_time(char *text, size_t size, int64_t ms, int64_t now_ms)
{
    format_time(text, size, ms, now_ms, false);
}

/* Seconds would have every row change at every tick: their tens are said. */
static void format_coarse_age(char *text, size_t size, int64_t age_ms)
{
    int64_t s = age_ms > 0 ? age_ms / 1000 : 0;
    if (s < 10)
        (void)snprintf(text, size, "<10 s");
    else if (s < MINUTE_S)
        (void)snprintf(text, size, "%" PRId64 "0 s", s / 10);
    else
        rows_format_age(text, size, age_ms);
}

void rows_format_moment(char *text, size_t size, enum times times, int64_t ms, int64_t now_ms)
{
    if (times == TIMES_RELATIVE)
        format_coarse_age(text, size, now_ms - ms);
    else
        format_time(text, size, ms, now_ms, times == TIMES_UTC);
}

void rows_format_clock(char *text, size_t size, enum times times, int64_t now_ms)
{
    char time[16];
    format_time(time, sizeof time, now_ms, now_ms, times == TIMES_UTC);
    (void)snprintf(text, size, "%s%s", time, times == TIMES_UTC ? " UTC" : "");
}
