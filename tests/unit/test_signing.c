#include "api/signing.h"

#include "api/signature.h"

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static struct signing_key *key_of(uint64_t seed)
{
    struct error error = {0};
    struct signing_key *key = signing_key_from_seed(seed, &error);
    cr_assert_not_null(key, "%s", error.message);
    return key;
}

/* Written down once: a seed that gives another key one day breaks recorded runs. */
Test(signing, a_seed_gives_this_key_for_good)
{
    struct signing_key *key = key_of(0);
    cr_assert_str_eq(signing_key_public_pem(key),
                     "-----BEGIN PUBLIC KEY-----\n"
                     "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA+t4cdW+Uv51ZJ/8+2qFa\n"
                     "AkUM9/sCU3O+pqSxCzk+qdr4vAmLNJLCLwUDbQQUHwpebNbvGzwtmDV2D44HVqt9\n"
                     "dPl8BkJohnD/fdhCFTvPFH0rDhWE43SyI1hVopZfWKCwqkjM9hvc1NFnHWLLF1II\n"
                     "ZJkTJOtxLB2bZ0w2WbHqDQe1Qlep+xw+p44Waww5+x1qFc7OrKDDpohhu/g5nw+J\n"
                     "iA1qTgNz85YsPUuCTBpUh3SJ7GYot1+iTT2944ifS5xpcZx18PYE2bcekeSGqxYd\n"
                     "7xMJ4KlxE5LP3zNoMp4206Tu7+1vCkcFEMGJO2OPBXcMWn6/OOPmgSG4KFPho1IF\n"
                     "BwIDAQAB\n"
                     "-----END PUBLIC KEY-----\n");
    signing_key_free(key);
}

Test(signing, one_seed_gives_one_key_and_one_signature)
{
    struct signing_key *first = key_of(UINT64_MAX);
    struct signing_key *second = key_of(UINT64_MAX);
    cr_assert_str_eq(signing_key_public_pem(first), signing_key_public_pem(second));
    char *one = signing_key_sign(first, 1705854411204, "{}", 2);
    char *other = signing_key_sign(second, 1705854411204, "{}", 2);
    cr_assert_str_eq(one, other);
    free(one);
    free(other);
    signing_key_free(first);
    signing_key_free(second);
}

Test(signing, seeds_give_keys_of_their_own)
{
    struct signing_key *first = key_of(1);
    struct signing_key *second = key_of(2);
    cr_assert_str_neq(signing_key_public_pem(first), signing_key_public_pem(second));
    signing_key_free(first);
    signing_key_free(second);
}

Test(signing, the_key_is_rsa_2048)
{
    struct signing_key *key = key_of(3);
    const char *pem = signing_key_public_pem(key);
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    cr_assert_not_null(pkey);
    cr_assert(EVP_PKEY_is_a(pkey, "RSA"));
    cr_assert_eq(EVP_PKEY_get_bits(pkey), 2048);
    BIGNUM *e = NULL;
    cr_assert_eq(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e), 1);
    cr_assert(BN_is_word(e, 65537));
    BN_free(e);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    cr_assert_eq(ERR_peek_error(), 0, "OpenSSL's error queue must stay empty");
    signing_key_free(key);
}

Test(signing, the_header_reads_back)
{
    struct signing_key *key = key_of(4);
    char *header = signing_key_sign(key, 7, "{}", 2);
    cr_assert_eq(strncmp(header, "t=7,v0=", 7), 0);
    struct signature signature;
    struct error error = {0};
    cr_assert(signature_parse(header, &signature, &error), "%s", error.message);
    cr_assert_eq(signature.t_ms, 7);
    cr_assert_eq(signature.length, 256);
    free(header);

    /* The longest t there is: malformed to a receiver, but no overflow here. */
    header = signing_key_sign(key, INT64_MIN, "{}", 2);
    cr_assert_eq(strncmp(header, "t=-9223372036854775808,v0=", 26), 0);
    cr_assert_not(signature_parse(header, &signature, NULL));
    free(header);
    signing_key_free(key);
}

Test(signing, what_was_signed_is_genuine_and_the_single_hash_is_not)
{
    struct signing_key *key = key_of(5);
    const char *pem = signing_key_public_pem(key);
    struct public_key *public = public_key_from_pem(pem, strlen(pem), NULL);
    cr_assert_not_null(public);
    struct signature signature;
    char *header = signing_key_sign(key, 1705854411204, "{}", 2);
    cr_assert(signature_parse(header, &signature, NULL));
    cr_assert(signature_matches(&signature, "{}", 2, public));
    free(header);
    header = signing_key_sign_single_hash(key, 1705854411204, "{}", 2);
    cr_assert(signature_parse(header, &signature, NULL));
    cr_assert_not(signature_matches(&signature, "{}", 2, public));
    free(header);
    public_key_free(public);
    signing_key_free(key);
}

Test(signing, freeing_none_is_fine)
{
    signing_key_free(NULL);
}
