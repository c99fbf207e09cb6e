/*
 * The vendor's own example of a signed delivery, as tests/vectors holds it.
 */
#ifndef BRIDGETOP_TESTS_UNIT_VENDOR_H
#define BRIDGETOP_TESTS_UNIT_VENDOR_H

#include "api/signature.h"

#include <stddef.h>
#include <stdint.h>

enum { VENDOR_BYTES_MAX = 4096 };

#define VENDOR_T INT64_C(1705854411204)

struct vendor {
    char header[VENDOR_BYTES_MAX];
    char body[VENDOR_BYTES_MAX];
    size_t body_length;
    struct public_key *key;
};

/* Reads a file of tests/vectors, adds a NUL, and returns its length. Ends the test when it cannot.
 */
size_t vendor_read(const char *name, char bytes[VENDOR_BYTES_MAX]);

/* The caller frees the key. */
struct vendor vendor_load(void);

#endif
