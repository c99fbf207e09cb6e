/*
 * How long to wait before trying again: growing pauses with jitter, bounded.
 */
#ifndef BRIDGETOP_API_BACKOFF_H
#define BRIDGETOP_API_BACKOFF_H

#include <stdint.h>

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MAX_MS = 60 * 1000,
    BACKOFF_RETRY_AFTER_MAX_MS = 15 * 60 * 1000, /* a server may not ask for more */
};

/* The pause before attempt `failures` + 1, after that many failures in a row (1 and up): doubles
   from first_ms to max_ms, then between half and all of it by `random`. */
int64_t backoff_pause_ms(unsigned failures, int64_t first_ms, int64_t max_ms, uint64_t random);

/* Reads Retry-After: seconds, or an HTTP date against now_ms (RFC 9110, 10.2.3).
   Milliseconds to wait, capped, or -1 when there is none or it cannot be read. */
int64_t backoff_retry_after_ms(const char *value, int64_t now_ms);

/* Reads X-RateLimit-Reset, which no standard defines: seconds to wait, or the time it ends in
   seconds or milliseconds since 1970. As above, capped, or -1. */
int64_t backoff_rate_reset_ms(const char *value, int64_t now_ms);

/* Reads an HTTP date (RFC 9110, 5.6.7): milliseconds since 1970, or -1. */
int64_t backoff_http_date_ms(const char *value);

#endif
