/*
 * What the `openssl` program says and makes.
 */
#ifndef BRIDGETOP_TESTS_BENCH_OPENSSL_H
#define BRIDGETOP_TESTS_BENCH_OPENSSL_H

#include "tests/e2e/child.h"

/* RSA-2048 signatures that one core verifies a second, measured for so long; FIGURE_NONE when it
   does not say. */
double openssl_verify_speed(const struct child_home *home, int seconds);

/* Writes a certificate of its own for 127.0.0.1, and its P-256 key, as cert.pem and cert-key.pem
   into the home. */
bool openssl_certificate(const struct child_home *home, struct error *error);

#endif
