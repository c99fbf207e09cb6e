#include "api/signing.h"

#include "api/signature.h"

#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_BYTES = 2048 / 8,
    PRIME_BYTES = KEY_BYTES / 2,
    PUBLIC_EXPONENT = 65537,
    CANDIDATES_MAX = 20000, /* one in some 350 odd numbers of that size is a prime */
    HEADER_SIZE = 2 + 20 + 4 + (KEY_BYTES + 2) / 3 * 4 + 1, /* "t=", t, ",v0=", base64 */
};

struct signing_key {
    EVP_PKEY *pkey;
    char *public_pem;
};

/* --- primes from a seed ------------------------------------------------- */

/* The candidate's bytes are SHA-256 of a line that says all they depend on. The two top bits are
   set so that the product of two primes has its full length, the lowest so that it is odd. */
static bool derive_candidate(uint64_t seed, char label, unsigned counter, BIGNUM *candidate)
{
    unsigned char bytes[PRIME_BYTES];
    for (size_t at = 0; at < sizeof bytes; at += SIGNATURE_DIGEST_BYTES) {
        char line[96];
        int length = snprintf(line, sizeof line, "bridgetop sandbox key %" PRIu64 " %c %u %zu",
                              seed, label, counter, at);
        if (EVP_Digest(line, (size_t)length, bytes + at, NULL, EVP_sha256(), NULL) != 1)
            return false;
    }
    bytes[0] |= 0xC0;
    bytes[sizeof bytes - 1] |= 0x01;
    return BN_bin2bn(bytes, (int)sizeof bytes, candidate) != NULL;
}

/* The test draws random witnesses, but its answer does not depend on them: a prime always passes,
   and that a composite does has a chance of less than 2^-128. */
static bool derive_prime(uint64_t seed, char label, BIGNUM *prime, BN_CTX *context)
{
    for (unsigned counter = 0; counter < CANDIDATES_MAX; counter++) {
        if (!derive_candidate(seed, label, counter, prime))
            return false;
        BN_ULONG rest = BN_mod_word(prime, PUBLIC_EXPONENT);
        if (rest <= 1)
            continue; /* e must have no factor in common with p - 1 */
        int answer = BN_check_prime(prime, context, NULL);
        if (answer != 0)
            return answer == 1;
    }
    return false;
}

/* --- the key ------------------------------------------------------------ */

struct rsa_numbers {
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *q_inverse;
};

/* RFC 8017, 3.2. */
static bool compute_numbers(uint64_t seed, struct rsa_numbers *rsa, BN_CTX *context)
{
    BIGNUM *p1 = BN_CTX_get(context);
    BIGNUM *q1 = BN_CTX_get(context);
    BIGNUM *phi = BN_CTX_get(context);
    return phi != NULL && derive_prime(seed, 'p', rsa->p, context) &&
           derive_prime(seed, 'q', rsa->q, context) && BN_cmp(rsa->p, rsa->q) != 0 &&
           BN_set_word(rsa->e, PUBLIC_EXPONENT) && BN_mul(rsa->n, rsa->p, rsa->q, context) &&
           BN_sub(p1, rsa->p, BN_value_one()) && BN_sub(q1, rsa->q, BN_value_one()) &&
           BN_mul(phi, p1, q1, context) && BN_mod_inverse(rsa->d, rsa->e, phi, context) &&
           BN_mod(rsa->dp, rsa->d, p1, context) && BN_mod(rsa->dq, rsa->d, q1, context) &&
           BN_mod_inverse(rsa->q_inverse, rsa->q, rsa->p, context);
}

static EVP_PKEY *build_pkey(const struct rsa_numbers *rsa)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (context == NULL || builder == NULL ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, rsa->n) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, rsa->e) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, rsa->d) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, rsa->p) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, rsa->q) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, rsa->dp) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, rsa->dq) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, rsa->q_inverse))
        goto out;
    params = OSSL_PARAM_BLD_to_param(builder);
    if (params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
        pkey = NULL;
out:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

static EVP_PKEY *derive_pkey(uint64_t seed)
{
    EVP_PKEY *pkey = NULL;
    BN_CTX *context = BN_CTX_new();
    if (context == NULL)
        return NULL;
    BN_CTX_start(context);
    struct rsa_numbers rsa = {
        .n = BN_CTX_get(context),
        .e = BN_CTX_get(context),
        .d = BN_CTX_get(context),
        .p = BN_CTX_get(context),
        .q = BN_CTX_get(context),
        .dp = BN_CTX_get(context),
        .dq = BN_CTX_get(context),
        .q_inverse = BN_CTX_get(context),
    };
    /* After a BN_CTX_get() that failed all later ones fail: the last one tells. */
    if (rsa.q_inverse != NULL && compute_numbers(seed, &rsa, context))
        pkey = build_pkey(&rsa);
    BN_CTX_end(context);
    BN_CTX_free(context);
    return pkey;
}

static char *public_pem(const EVP_PKEY *pkey)
{
    char *pem = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL && PEM_write_bio_PUBKEY(bio, pkey) == 1) {
        char *data = NULL;
        long length = BIO_get_mem_data(bio, &data);
        pem = strndup(data, (size_t)length);
    }
    BIO_free(bio);
    return pem;
}

/* Takes the key over, which may be NULL. */
static struct signing_key *wrap(EVP_PKEY *pkey, struct error *error)
{
    struct signing_key *key = pkey != NULL ? calloc(1, sizeof *key) : NULL;
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        error_set(error, "cannot make a signing key: out of memory");
        return NULL;
    }
    key->pkey = pkey;
    key->public_pem = public_pem(pkey);
    if (key->public_pem == NULL) {
        error_set(error, "cannot make a signing key: out of memory");
        signing_key_free(key);
        return NULL;
    }
    return key;
}

struct signing_key *signing_key_from_seed(uint64_t seed, struct error *error)
{
    ERR_set_mark();
    struct signing_key *key = wrap(derive_pkey(seed), error);
    ERR_pop_to_mark();
    return key;
}

struct signing_key *signing_key_generate(struct error *error)
{
    ERR_set_mark();
    struct signing_key *key = wrap(EVP_RSA_gen(8 * KEY_BYTES), error);
    ERR_pop_to_mark();
    return key;
}

/* A key that wants one is none for us, and nobody is asked. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

struct signing_key *signing_key_from_pem(const char *pem, size_t length, struct error *error)
{
    struct signing_key *key = NULL;
    ERR_set_mark();
    BIO *bio = length <= SIGNATURE_PEM_MAX ? BIO_new_mem_buf(pem, (int)length) : NULL;
    EVP_PKEY *pkey = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    if (pkey != NULL && EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) == 8 * KEY_BYTES) {
        key = wrap(pkey, error);
    } else {
        error_set(error, "it is no private RSA key of %d bits without a passphrase", 8 * KEY_BYTES);
        EVP_PKEY_free(pkey);
    }
    ERR_pop_to_mark();
    return key;
}

char *signing_key_private_pem(const struct signing_key *key)
{
    char *pem = NULL;
    BIO *bio = BIO_new(BIO_s_secmem());
    if (bio != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
        char *data = NULL;
        long length = BIO_get_mem_data(bio, &data);
        pem = strndup(data, (size_t)length);
    }
    BIO_free(bio);
    return pem;
}

void signing_key_free(struct signing_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key->public_pem);
    free(key);
}

const char *signing_key_public_pem(const struct signing_key *key)
{
    return key->public_pem;
}

/* --- signing ------------------------------------------------------------ */

static char *sign_hash(const struct signing_key *key, const char *t_text,
                       const unsigned char hash[SIGNATURE_DIGEST_BYTES])
{
    char *header = NULL;
    unsigned char bytes[KEY_BYTES];
    size_t length = sizeof bytes;
    ERR_set_mark();
    EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new(key->pkey, NULL);
    if (signer == NULL || EVP_PKEY_sign_init(signer) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(signer, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(signer, EVP_sha256()) != 1 ||
        EVP_PKEY_sign(signer, bytes, &length, hash, SIGNATURE_DIGEST_BYTES) != 1)
        goto out;
    header = malloc(HEADER_SIZE);
    if (header == NULL)
        goto out;
    int used = snprintf(header, HEADER_SIZE, "t=%s,v0=", t_text);
    (void)EVP_EncodeBlock((unsigned char *)header + used, bytes, (int)length);
out:
    EVP_PKEY_CTX_free(signer);
    ERR_pop_to_mark();
    return header;
}

static char *sign(const struct signing_key *key, int64_t t_ms, const void *body, size_t length,
                  bool twice)
{
    char t_text[21];
    (void)snprintf(t_text, sizeof t_text, "%" PRId64, t_ms);
    unsigned char hash[SIGNATURE_DIGEST_BYTES];
    if (!signature_digest(t_text, body, length, hash))
        return NULL;
    if (twice && EVP_Digest(hash, sizeof hash, hash, NULL, EVP_sha256(), NULL) != 1)
        return NULL;
    return sign_hash(key, t_text, hash);
}

char *signing_key_sign(const struct signing_key *key, int64_t t_ms, const void *body, size_t length)
{
    return sign(key, t_ms, body, length, true);
}

char *signing_key_sign_single_hash(const struct signing_key *key, int64_t t_ms, const void *body,
                                   size_t length)
{
    return sign(key, t_ms, body, length, false);
}
