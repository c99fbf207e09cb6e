/*
 * SHA-256 by OpenSSL. Looking the algorithm up costs OpenSSL 3 more than hashing a hundred bytes:
 * it is looked up once.
 */
#ifndef BRIDGETOP_API_SHA256_H
#define BRIDGETOP_API_SHA256_H

#include <stdbool.h>
#include <stddef.h>

enum { SHA256_BYTES = 32 };

struct sha256_part {
    const void *bytes; /* not NULL, also when empty */
    size_t length;
};

/* Of the parts, one behind the other. False when memory is out. Any thread. */
bool sha256_parts(const struct sha256_part *parts, size_t count,
                  unsigned char digest[SHA256_BYTES]);

bool sha256(const void *bytes, size_t length, unsigned char digest[SHA256_BYTES]);

#endif
