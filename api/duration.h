/*
 * How long something took or is ago, in words.
 */
#ifndef BRIDGETOP_API_DURATION_H
#define BRIDGETOP_API_DURATION_H

#include <stdint.h>

enum { DURATION_SIZE = 32 };

/* "820 ms", "12 s", "3 min 20 s", "2 d 4 h": of 0 and more, the two largest units, rounded up to
   whole seconds, so that what is just over a limit does not read as the limit. */
void duration_format(int64_t ms, char text[DURATION_SIZE]);

#endif
