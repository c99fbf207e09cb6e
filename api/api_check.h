/*
 * What an answer of Bridge's API says of the key, the API, this machine's clock, and an endpoint.
 * Pure.
 */
#ifndef BRIDGETOP_API_API_CHECK_H
#define BRIDGETOP_API_API_CHECK_H

#include "api/check.h"
#include "api/client.h"
#include "api/contract.h"

#include <stddef.h>
#include <stdint.h>

enum {
    API_CHECK_LINES_MAX = 3,
    ENDPOINT_CHECK_LINES_MAX = 3,
    CLOCK_WARN_MS = 60 * 1000, /* half of the replay window is bad */
};

/* "API key", "API", "clock", of the answer to a list of endpoints from `host`. Returns how many. */
size_t api_check(const struct api_result *result, const char *host, int64_t now_ms,
                 struct check_line lines[API_CHECK_LINES_MAX]);

/* The same where there is no key to ask with; `key_files`: public keys were given instead. */
size_t api_check_without_key(size_t key_files, struct check_line lines[API_CHECK_LINES_MAX]);

/* "state", "key", "queue". NULL lists: they could not be asked. The log is given as Bridge gives
   it, and is put in the order of time. Returns how many. */
size_t endpoint_check(const struct webhook *webhook, const struct event_list *upcoming,
                      struct log_list *logs, int64_t now_ms,
                      struct check_line lines[ENDPOINT_CHECK_LINES_MAX]);

#endif
