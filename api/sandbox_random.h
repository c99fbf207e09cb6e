/*
 * The sandbox's own random numbers: one seed gives one run.
 *
 * splitmix64 (Steele, Lea, Flood 2014): small, fast, and good enough to tell
 * stories with. Nothing secret is made from it.
 */
#ifndef BRIDGETOP_API_SANDBOX_RANDOM_H
#define BRIDGETOP_API_SANDBOX_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct sandbox_random {
    uint64_t state;
};

/* A stream of its own for each pair, so that one part drawing more does not shift another. */
struct sandbox_random sandbox_random_stream(uint64_t seed, uint64_t stream);

uint64_t sandbox_random_next(struct sandbox_random *random);
uint64_t sandbox_random_below(struct sandbox_random *random, uint64_t limit); /* limit > 0 */
double sandbox_random_unit(struct sandbox_random *random);                    /* [0, 1) */

enum { SANDBOX_ID_SIZE = 4 + 22 + 1, SANDBOX_UUID_SIZE = 37 };

/* "wh_t8TAhPPYrRV2v8Asi9ed3s": the prefix (at most 4 characters) and 22 of base 62. */
void sandbox_random_id(struct sandbox_random *random, const char *prefix, char id[SANDBOX_ID_SIZE]);

/* A version 4 UUID (RFC 9562). */
void sandbox_random_uuid(struct sandbox_random *random, char uuid[SANDBOX_UUID_SIZE]);

/* `digits` characters out of `alphabet`, and a NUL. */
void sandbox_random_text(struct sandbox_random *random, const char *alphabet, char *text,
                         size_t digits);

#endif
