/*
 * Proof that Bridge signed a delivery.
 *
 * The header is `X-Webhook-Signature: t=<ms since epoch>,v0=<base64>`. What is
 * signed is t, a dot, and the raw body; `digest` is its SHA-256; v0 is an RSA
 * PKCS#1 v1.5 SHA-256 signature over `digest` as the message. So the hash is
 * taken twice: verifying with one SHA-256 rejects every genuine event.
 * tests/vectors holds the vendor's own example.
 *
 * Nothing here reads a clock: the time is a parameter.
 */
#ifndef BRIDGETOP_API_SIGNATURE_H
#define BRIDGETOP_API_SIGNATURE_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIGNATURE_WINDOW_MS = 10 * 60 * 1000, /* how old, or early, t may be */
    SIGNATURE_KEY_BITS_MIN = 2048,
    SIGNATURE_KEY_BITS_MAX = 8192,
    SIGNATURE_BYTES_MAX = SIGNATURE_KEY_BITS_MAX / 8,
    SIGNATURE_HEADER_MAX = 2048,      /* longer is malformed */
    SIGNATURE_EXPONENT_BITS_MAX = 64, /* larger ones only make verifying slow */
    SIGNATURE_PEM_MAX = 16384,
    SIGNATURE_DIGEST_BYTES = 32, /* SHA-256 */
};

enum verdict {
    VERDICT_GENUINE = 0,
    VERDICT_NO_HEADER,       /* no signature header */
    VERDICT_BAD_HEADER,      /* doubled, or not t=…,v0=<canonical base64> */
    VERDICT_NO_KEY,          /* no key to check with */
    VERDICT_WRONG_SIGNATURE, /* no candidate key made it over this body */
    VERDICT_STALE,           /* genuine, but t is too old: a replay, or a slow retry */
    VERDICT_FUTURE,          /* genuine, but t is ahead of this clock by more than the window */
    VERDICT_UNDECIDED,       /* memory ran out: nothing is known of it. Never stored */
};

/* A short word for lists: "verified", "no signature", "malformed", "no key",
   "not genuine", "stale", "future". */
const char *verdict_name(enum verdict verdict);

/* --- the header --------------------------------------------------------- */

struct signature {
    int64_t t_ms;
    char t_text[21]; /* the digits as sent: they are what is signed */
    unsigned char bytes[SIGNATURE_BYTES_MAX];
    size_t length;
};

/* Reads one header value. `t` is 1 to 18 digits; `v0` is canonical, padded
   base64 of a signature of SIGNATURE_KEY_BITS_MIN to _MAX bits; other fields with a name and a `=`
   are ignored; each of t and v0 must come exactly once, in any order. Blanks around the
   value are no part of it (RFC 9110, 5.5); blanks inside make it malformed. On failure
   `error` names the place, without quoting the value. */
bool signature_parse(const char *value, struct signature *signature, struct error *error);

/* --- keys --------------------------------------------------------------- */

struct public_key; /* does not change once made: may be shared by threads */

/* Reads a PEM public key; `\n` as two characters is taken for a newline. Only
   RSA of SIGNATURE_KEY_BITS_MIN to _MAX bits with an odd exponent over 65536 is a
   key; anything else is NULL with a reason. */
struct public_key *public_key_from_pem(const char *pem, size_t length, struct error *error);
void public_key_free(struct public_key *key);

/* How long this key's signatures are, in bytes. */
size_t public_key_signature_length(const struct public_key *key);

/* --- verification ------------------------------------------------------- */

/* What v0 is a signature of: the SHA-256 of t, a dot and the body. False when memory is out. */
bool signature_digest(const char *t_text, const void *body, size_t length,
                      unsigned char digest[SIGNATURE_DIGEST_BYTES]);

/* Whether `key` signed this t and body: the official form and nothing else. False, too, when
   memory is out. */
bool signature_matches(const struct signature *signature, const void *body, size_t length,
                       const struct public_key *key);

/* Whether v0 is `key`'s signature of a message with this SHA-256: for whoever looks for what else
   may have been signed (doctor.h). False, too, when memory is out. */
bool signature_matches_hash(const struct signature *signature,
                            const unsigned char hash[SIGNATURE_DIGEST_BYTES],
                            const struct public_key *key);

/* The whole judgement of one delivery. `header` is the first signature header or
   NULL, `header_count` how many there were. The keys are tried in order; *key_index is the
   one that made it, or -1. `window_ms` < 0 skips the replay window; a t exactly `window_ms` old or
   early is inside. `reason` is a full sentence for a person, also when genuine; where a well-known
   mistake of a sender explains a wrong signature, it says so. `key_index` and `reason` may be NULL.
 */
enum verdict signature_verify(const char *header, size_t header_count, const void *body,
                              size_t length, const struct public_key *const *keys, size_t key_count,
                              int64_t now_ms, int64_t window_ms, int *key_index,
                              struct error *reason);

#endif
