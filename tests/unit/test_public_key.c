#include "api/signature.h"

#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *pem_of(EVP_PKEY *pkey, bool private)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int done = private ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
                       : PEM_write_bio_PUBKEY(bio, pkey);
    cr_assert_eq(done, 1);
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)length);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return pem;
}

/* A number of that length is all that loading looks at: 2^(bits-1) + 1. */
static char *rsa_pem(int bits, const char *exponent_hex)
{
    BIGNUM *n = BN_new();
    BIGNUM *e = NULL;
    BN_set_bit(n, bits - 1);
    BN_set_bit(n, 0);
    BN_hex2bn(&e, exponent_hex);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_fromdata_init(context);
    cr_assert_eq(EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return pem_of(pkey, false);
}

static void assert_key_refused(const char *pem, const char *because)
{
    struct error error = {0};
    struct public_key *key = public_key_from_pem(pem, strlen(pem), &error);
    cr_assert_null(key, "taken: %.60s", pem);
    cr_assert_not_null(strstr(error.message, because), "got \"%s\", not \"%s\"", error.message,
                       because);
    cr_assert_eq(ERR_peek_error(), 0, "OpenSSL's error queue must stay empty");
}

static void assert_key_taken(const char *pem)
{
    struct error error = {0};
    struct public_key *key = public_key_from_pem(pem, strlen(pem), &error);
    cr_assert_not_null(key, "%s", error.message);
    public_key_free(key);
}

Test(public_key, strength_has_limits)
{
    static const struct {
        int bits;
        const char *exponent;
        const char *refused; /* NULL: taken */
    } CASES[] = {
        {512, "10001", "it has 512 bits"},
        {1024, "10001", "it has 1024 bits"},
        {2047, "10001", "it has 2047 bits"},
        {2048, "10001", NULL},
        {4096, "10001", NULL},
        {8192, "10001", NULL},
        {8193, "10001", "it has 8193 bits"},
        {2048, "3", "its exponent is not odd"},
        {2048, "FFFF", "its exponent is not odd"},
        {2048, "10002", "its exponent is not odd"},
        {2048, "FFFFFFFFFFFFFFFF", NULL},
        {2048, "10000000000000001", "its exponent is not odd"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char *pem = rsa_pem(CASES[i].bits, CASES[i].exponent);
        if (CASES[i].refused)
            assert_key_refused(pem, CASES[i].refused);
        else
            assert_key_taken(pem);
        free(pem);
    }
}

Test(public_key, other_algorithms_are_refused)
{
    char *pem = pem_of(EVP_EC_gen("P-256"), false);
    assert_key_refused(pem, "type EC, not RSA");
    free(pem);
    pem = pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), false);
    assert_key_refused(pem, "type ED25519, not RSA");
    free(pem);
}

Test(public_key, a_private_key_is_refused)
{
    char *pem = pem_of(EVP_EC_gen("P-256"), true);
    assert_key_refused(pem, "type PRIVATE KEY, not PUBLIC KEY");
    free(pem);
}

Test(public_key, a_certificate_is_refused)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
    X509_set_pubkey(certificate, pkey);
    cr_assert_neq(X509_sign(certificate, pkey, EVP_sha256()), 0);
    BIO *bio = BIO_new(BIO_s_mem());
    cr_assert_eq(PEM_write_bio_X509(bio, certificate), 1);
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)length);
    assert_key_refused(pem, "type CERTIFICATE, not PUBLIC KEY");
    free(pem);
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(pkey);
}

Test(public_key, garbage_is_refused)
{
    char pem[VENDOR_BYTES_MAX];
    size_t length = vendor_read("vendor-public-key.pem", pem);
    char changed[2 * VENDOR_BYTES_MAX];

    assert_key_refused("", "not PEM");
    assert_key_refused("null", "not PEM");
    assert_key_refused("ssh-rsa AAAA", "not PEM");
    assert_key_refused("-----BEGIN PUBLIC KEY-----", "damaged or cut off");
    assert_key_refused("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
                       "damaged or cut off");
    assert_key_refused("-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n",
                       "does not hold a public key");

    (void)snprintf(changed, sizeof changed, "%s", pem);
    changed[length / 2] = '!';
    assert_key_refused(changed, "damaged or cut off");
    changed[length / 2] = '\0';
    assert_key_refused(changed, "damaged or cut off");

    (void)snprintf(changed, sizeof changed, "%strailing", pem);
    assert_key_refused(changed, "more in it than one");
    (void)snprintf(changed, sizeof changed, "%s%s", pem, pem);
    assert_key_refused(changed, "more in it than one");
    (void)snprintf(changed, sizeof changed, "leading\n%s", pem);
    assert_key_refused(changed, "not PEM");
    (void)snprintf(changed, sizeof changed, "-----BEGIN PUBLIC KEY-----\nA: b\n\n%s",
                   strchr(pem, '\n') + 1);
    assert_key_refused(changed, "more in it than one");
    (void)snprintf(changed, sizeof changed, "\n\t %s \r\n\n", pem);
    assert_key_taken(changed);

    struct error error = {0};
    cr_assert_null(public_key_from_pem(pem, length + 1, &error), "a NUL at the end");
}

Test(public_key, der_with_a_tail_is_refused)
{
    char pem[VENDOR_BYTES_MAX];
    size_t length = vendor_read("vendor-public-key.pem", pem);
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long der_length = 0;
    cr_assert_eq(PEM_read_bio(bio, &name, &header, &der, &der_length), 1);
    unsigned char longer[1024] = {0};
    memcpy(longer, der, (size_t)der_length);
    BIO *out = BIO_new(BIO_s_mem());
    PEM_write_bio(out, "PUBLIC KEY", "", longer, der_length + 1);
    char *data = NULL;
    long data_length = BIO_get_mem_data(out, &data);
    char *changed = strndup(data, (size_t)data_length);
    assert_key_refused(changed, "does not hold a public key");
    free(changed);
    BIO_free(out);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
}

Test(public_key, size_has_a_limit)
{
    char pem[SIGNATURE_PEM_MAX + 2];
    size_t length = vendor_read("vendor-public-key.pem", pem);
    memset(pem + length, '\n', sizeof pem - length);
    pem[SIGNATURE_PEM_MAX] = '\0';
    assert_key_taken(pem);
    pem[SIGNATURE_PEM_MAX] = '\n';
    pem[SIGNATURE_PEM_MAX + 1] = '\0';
    assert_key_refused(pem, "it is longer than 16384 bytes");
}

Test(public_key, newlines_may_come_as_two_characters)
{
    struct vendor vendor = vendor_load();
    char pem[VENDOR_BYTES_MAX];
    char escaped[2 * VENDOR_BYTES_MAX];
    size_t length = vendor_read("vendor-public-key.pem", pem);
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (pem[i] == '\n')
            escaped[at++] = '\\';
        escaped[at++] = (char)(pem[i] == '\n' ? 'n' : pem[i]);
    }
    struct error error = {0};
    struct public_key *key = public_key_from_pem(escaped, at, &error);
    cr_assert_not_null(key, "%s", error.message);
    struct signature signature;
    cr_assert(signature_parse(vendor.header, &signature, NULL));
    cr_assert(signature_matches(&signature, vendor.body, vendor.body_length, key));
    public_key_free(key);
    public_key_free(vendor.key);
}

Test(public_key, of_another_length_fits_no_signature)
{
    struct vendor vendor = vendor_load();
    struct signature signature;
    cr_assert(signature_parse(vendor.header, &signature, NULL));
    char *pem = rsa_pem(4096, "10001");
    struct public_key *key = public_key_from_pem(pem, strlen(pem), NULL);
    cr_assert_not_null(key);
    cr_assert_not(signature_matches(&signature, vendor.body, vendor.body_length, key));
    cr_assert_eq(ERR_peek_error(), 0, "OpenSSL's error queue must stay empty");
    public_key_free(key);
    free(pem);
    public_key_free(vendor.key);
}

Test(public_key, freeing_none_is_fine)
{
    public_key_free(NULL);
}
