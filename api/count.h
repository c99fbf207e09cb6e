/*
 * Numbers of many digits, for people.
 */
#ifndef BRIDGETOP_API_COUNT_H
#define BRIDGETOP_API_COUNT_H

#include <stddef.h>
#include <stdint.h>

enum { COUNT_SIZE = 32 }; /* has room for each */

/* "1,000,000"; below 0 as 0. What has no room in `size` is cut. Returns the text. */
const char *count_format(char *text, size_t size, int64_t count);

#endif
