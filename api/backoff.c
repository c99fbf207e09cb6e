#include "api/backoff.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stddef.h>

int64_t backoff_pause_ms(unsigned failures, int64_t first_ms, int64_t max_ms, uint64_t random)
{
    int64_t pause = first_ms;
    for (unsigned i = 1; i < failures && pause < max_ms; i++)
        pause *= 2;
    if (pause > max_ms)
        pause = max_ms;
    /* Half of it is jitter: clients that failed together must not come back together. */
    int64_t half = pause / 2;
    return half + (int64_t)(random % (uint64_t)(pause - half + 1));
}

static int64_t capped(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms < BACKOFF_RETRY_AFTER_MAX_MS ? ms : BACKOFF_RETRY_AFTER_MAX_MS;
}

/* Digits and nothing else but blanks around them; -1 when it is not that. Stops
   growing far above any limit, so it cannot overflow. */
static int64_t read_digits(const char *text)
{
    const int64_t enough = INT64_C(1) << 52;
    while (*text == ' ' || *text == '\t')
        text++;
    if (!isdigit((unsigned char)*text))
        return -1;
    int64_t value = 0;
    for (; isdigit((unsigned char)*text); text++)
        if (value < enough)
            value = value * 10 + (*text - '0');
    while (*text == ' ' || *text == '\t')
        text++;
    return *text == '\0' ? value : -1;
}

int64_t backoff_http_date_ms(const char *value)
{
    /* All three forms begin with the name of a day; curl_getdate alone would
       take a bare number for a date as well. */
    if (value == NULL || !isalpha((unsigned char)*value))
        return -1;
    time_t seconds = curl_getdate(value, NULL);
    return seconds < 0 ? -1 : (int64_t)seconds * 1000;
}

int64_t backoff_retry_after_ms(const char *value, int64_t now_ms)
{
    if (value == NULL)
        return -1;
    int64_t seconds = read_digits(value);
    if (seconds >= 0)
        return seconds > BACKOFF_RETRY_AFTER_MAX_MS ? BACKOFF_RETRY_AFTER_MAX_MS
                                                    : capped(seconds * 1000);
    int64_t date = backoff_http_date_ms(value);
    return date < 0 ? -1 : capped(date - now_ms);
}

int64_t backoff_rate_reset_ms(const char *value, int64_t now_ms)
{
    enum { EPOCH_FROM = 1000 * 1000 * 1000 }; /* 2001 in seconds; as a pause, 31 years */
    int64_t number = value == NULL ? -1 : read_digits(value);
    if (number < EPOCH_FROM)
        return number < 0 ? -1 : backoff_retry_after_ms(value, now_ms);
    /* Three digits more are milliseconds. */
    int64_t at_ms = number < INT64_C(1000) * EPOCH_FROM ? number * 1000 : number;
    return capped(at_ms - now_ms);
}
