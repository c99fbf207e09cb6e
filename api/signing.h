/*
 * The other side of the signature: private keys, for the sandbox and for tests.
 *
 * Never part of receiving: a listener holds public keys only.
 */
#ifndef BRIDGETOP_API_SIGNING_H
#define BRIDGETOP_API_SIGNING_H

#include "api/error.h"

#include <stddef.h>
#include <stdint.h>

struct signing_key;

/* An RSA-2048 key that depends on nothing but the seed, so that one sandbox seed
   gives one run. It proves nothing to anyone: whoever knows the seed has the
   key. Takes some 100 ms: never call it on a loop that draws. */
struct signing_key *signing_key_from_seed(uint64_t seed, struct error *error);

/* A new key of 2048 bits from OpenSSL's random numbers. Takes some 100 ms. */
struct signing_key *signing_key_generate(struct error *error);

/* A private RSA key of 2048 bits in PEM, without a passphrase. */
struct signing_key *signing_key_from_pem(const char *pem, size_t length, struct error *error);

/* The private half as PEM (PKCS #8), allocated, for a file that its owner alone can read. NULL when
   memory is out. */
char *signing_key_private_pem(const struct signing_key *key);

void signing_key_free(struct signing_key *key);

/* The public half as PEM, owned by the key. */
const char *signing_key_public_pem(const struct signing_key *key);

/* The header's value for this t and body, allocated: "t=…,v0=…". NULL when memory is out.
   The key may be used by several threads at once. */
char *signing_key_sign(const struct signing_key *key, int64_t t_ms, const void *body,
                       size_t length);

/* The same with the well-known mistake: hashed once instead of twice. A receiver must refuse it. */
char *signing_key_sign_single_hash(const struct signing_key *key, int64_t t_ms, const void *body,
                                   size_t length);

#endif
