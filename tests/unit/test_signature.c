#include "api/signature.h"

#include "api/signing.h"
#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t T = VENDOR_T;
static const char BODY[] = "{\"event_id\":\"wh_1\"}";

/* --- the vendor's example ----------------------------------------------- */

static enum verdict judge(const char *header, const void *body, size_t length,
                          const struct public_key *key, int64_t now_ms)
{
    const struct public_key *keys[] = {key};
    return signature_verify(header, 1, body, length, keys, 1, now_ms, SIGNATURE_WINDOW_MS, NULL,
                            NULL);
}

Test(signature, the_vendors_example_is_genuine)
{
    struct vendor vendor = vendor_load();
    const struct public_key *keys[] = {vendor.key};
    struct error reason = {0};
    int index = -1;
    enum verdict verdict = signature_verify(vendor.header, 1, vendor.body, vendor.body_length, keys,
                                            1, T, SIGNATURE_WINDOW_MS, &index, &reason);
    cr_assert_eq(verdict, VERDICT_GENUINE, "%s", reason.message);
    cr_assert_eq(index, 0);
    struct signature signature;
    cr_assert(signature_parse(vendor.header, &signature, NULL));
    cr_assert_eq(signature.t_ms, T);
    cr_assert_str_eq(signature.t_text, "1705854411204");
    cr_assert_eq(signature.length, 256);
    cr_assert(signature_matches(&signature, vendor.body, vendor.body_length, vendor.key));
    public_key_free(vendor.key);
}

/* The reading that many handlers have: RSA-SHA256 straight over t, a dot and the body. */
Test(signature, the_vendors_example_fails_when_hashed_once)
{
    struct vendor vendor = vendor_load();
    struct signature signature;
    cr_assert(signature_parse(vendor.header, &signature, NULL));
    char message[2 * VENDOR_BYTES_MAX];
    int length = snprintf(message, sizeof message, "%s.%s", signature.t_text, vendor.body);
    char pem[VENDOR_BYTES_MAX];
    size_t pem_length = vendor_read("vendor-public-key.pem", pem);
    BIO *bio = BIO_new_mem_buf(pem, (int)pem_length);
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    EVP_MD_CTX *once = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestVerifyInit(once, NULL, EVP_sha256(), NULL, pkey), 1);
    cr_assert_neq(EVP_DigestVerify(once, signature.bytes, signature.length,
                                   (unsigned char *)message, (size_t)length),
                  1);
    EVP_MD_CTX_free(once);

    /* And by the same means, twice is right: the failure above is that of the one hash. */
    unsigned char digest[SIGNATURE_DIGEST_BYTES];
    cr_assert(signature_digest(signature.t_text, vendor.body, vendor.body_length, digest));
    EVP_MD_CTX *twice = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestVerifyInit(twice, NULL, EVP_sha256(), NULL, pkey), 1);
    cr_assert_eq(EVP_DigestVerify(twice, signature.bytes, signature.length, digest, sizeof digest),
                 1);
    EVP_MD_CTX_free(twice);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    public_key_free(vendor.key);
}

Test(signature, the_body_counts_to_the_byte)
{
    struct vendor vendor = vendor_load();
    size_t length = vendor.body_length;
    cr_assert_eq(judge(vendor.header, vendor.body, length, vendor.key, T), VERDICT_GENUINE);
    for (size_t i = 0; i < length; i++) {
        vendor.body[i] ^= 1;
        cr_assert_eq(judge(vendor.header, vendor.body, length, vendor.key, T),
                     VERDICT_WRONG_SIGNATURE, "byte %zu", i);
        vendor.body[i] ^= 1;
    }
    cr_assert_eq(judge(vendor.header, vendor.body, length - 1, vendor.key, T),
                 VERDICT_WRONG_SIGNATURE);
    cr_assert_eq(judge(vendor.header, vendor.body, length + 1, vendor.key, T),
                 VERDICT_WRONG_SIGNATURE, "a NUL at the end");
    cr_assert_eq(judge(vendor.header, NULL, 0, vendor.key, T), VERDICT_WRONG_SIGNATURE);
    public_key_free(vendor.key);
}

Test(signature, t_counts_as_it_was_sent)
{
    struct vendor vendor = vendor_load();
    char header[VENDOR_BYTES_MAX];
    const char *v0 = strchr(vendor.header, ',');
    static const char *const OTHERS[] = {"1705854411205", "01705854411204", "170585441120"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        (void)snprintf(header, sizeof header, "t=%s%s", OTHERS[i], v0);
        cr_assert_eq(judge(header, vendor.body, vendor.body_length, vendor.key, T),
                     VERDICT_WRONG_SIGNATURE, "%s", OTHERS[i]);
    }
    public_key_free(vendor.key);
}

Test(signature, every_bit_of_the_signature_counts)
{
    struct vendor vendor = vendor_load();
    struct signature signature;
    cr_assert(signature_parse(vendor.header, &signature, NULL));
    for (size_t i = 0; i < signature.length; i += 17) {
        signature.bytes[i] ^= 0x80;
        cr_assert_not(signature_matches(&signature, vendor.body, vendor.body_length, vendor.key));
        signature.bytes[i] ^= 0x80;
    }
    signature.length--;
    cr_assert_not(signature_matches(&signature, vendor.body, vendor.body_length, vendor.key));
    public_key_free(vendor.key);
}

/* --- verdicts ----------------------------------------------------------- */

static struct public_key *public_half(const struct signing_key *key)
{
    const char *pem = signing_key_public_pem(key);
    struct error error = {0};
    struct public_key *half = public_key_from_pem(pem, strlen(pem), &error);
    cr_assert_not_null(half, "%s", error.message);
    return half;
}

struct pair {
    struct signing_key *signing;
    struct public_key *public;
    char *header; /* over BODY at T */
};

static struct pair pair_new(void)
{
    struct pair pair = {.signing = signing_key_from_seed(1, NULL)};
    cr_assert_not_null(pair.signing);
    pair.public = public_half(pair.signing);
    pair.header = signing_key_sign(pair.signing, T, BODY, strlen(BODY));
    cr_assert_not_null(pair.header);
    return pair;
}

static void pair_free(struct pair *pair)
{
    free(pair->header);
    public_key_free(pair->public);
    signing_key_free(pair->signing);
}

Test(signature_verdict, the_window_includes_its_edges)
{
    struct pair pair = pair_new();
    size_t length = strlen(BODY);
    int64_t window = SIGNATURE_WINDOW_MS;
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, T), VERDICT_GENUINE);
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, T + window), VERDICT_GENUINE);
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, T + window + 1), VERDICT_STALE);
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, T - window), VERDICT_GENUINE);
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, T - window - 1), VERDICT_FUTURE);
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, INT64_MAX), VERDICT_STALE);
    cr_assert_eq(judge(pair.header, BODY, length, pair.public, INT64_MIN), VERDICT_FUTURE);
    pair_free(&pair);
}

Test(signature_verdict, a_negative_window_is_none)
{
    struct pair pair = pair_new();
    const struct public_key *keys[] = {pair.public};
    static const int64_t NOWS[] = {INT64_MIN, 0, INT64_MAX};
    for (size_t i = 0; i < sizeof NOWS / sizeof *NOWS; i++)
        cr_assert_eq(
            signature_verify(pair.header, 1, BODY, strlen(BODY), keys, 1, NOWS[i], -1, NULL, NULL),
            VERDICT_GENUINE);
    cr_assert_eq(
        signature_verify(pair.header, 1, BODY, strlen(BODY), keys, 1, T + 1, 0, NULL, NULL),
        VERDICT_STALE);
    pair_free(&pair);
}

Test(signature_verdict, without_a_fitting_key_t_does_not_matter)
{
    struct pair pair = pair_new();
    static const int64_t NOWS[] = {0, 1705854411204, INT64_MAX};
    for (size_t i = 0; i < sizeof NOWS / sizeof *NOWS; i++)
        cr_assert_eq(judge(pair.header, "{}", 2, pair.public, NOWS[i]), VERDICT_WRONG_SIGNATURE);
    pair_free(&pair);
}

Test(signature_verdict, the_key_that_made_it_is_named)
{
    struct pair pair = pair_new();
    struct vendor vendor = vendor_load();
    struct signing_key *other_signing = signing_key_from_seed(2, NULL);
    struct public_key *other = public_half(other_signing);
    const struct public_key *keys[] = {vendor.key, other, pair.public, pair.public};
    struct error reason = {0};
    int index = -1;
    cr_assert_eq(signature_verify(pair.header, 1, BODY, strlen(BODY), keys, 4, T,
                                  SIGNATURE_WINDOW_MS, &index, &reason),
                 VERDICT_GENUINE);
    cr_assert_eq(index, 2);
    cr_assert_eq(signature_verify(pair.header, 1, BODY, strlen(BODY), keys, 4, T + 3600 * 1000,
                                  SIGNATURE_WINDOW_MS, &index, &reason),
                 VERDICT_STALE);
    cr_assert_eq(index, 2, "a stale one is genuine all the same");
    cr_assert_eq(signature_verify(pair.header, 1, BODY, strlen(BODY), keys, 2, T,
                                  SIGNATURE_WINDOW_MS, &index, &reason),
                 VERDICT_WRONG_SIGNATURE);
    cr_assert_eq(index, -1);
    cr_assert_str_eq(reason.message, "none of the 2 known keys signed this body: the body or t was "
                                     "changed on the way, or the sender has another key");
    cr_assert_eq(ERR_peek_error(), 0, "OpenSSL's error queue must stay empty");
    public_key_free(other);
    signing_key_free(other_signing);
    public_key_free(vendor.key);
    pair_free(&pair);
}

static void assert_reason(const struct pair *pair, const char *header, const char *body,
                          int64_t now_ms, int64_t window_ms, enum verdict expected,
                          const char *reason)
{
    const struct public_key *keys[] = {pair->public};
    struct error error = {0};
    cr_assert_eq(
        signature_verify(header, 1, body, strlen(body), keys, 1, now_ms, window_ms, NULL, &error),
        expected, "%s", error.message);
    cr_assert_str_eq(error.message, reason);
}

Test(signature_verdict, reasons_are_sentences_to_act_on)
{
    struct pair pair = pair_new();
    const int64_t window = SIGNATURE_WINDOW_MS;
    const int64_t minute = 60 * 1000;
    const char *header = pair.header;
    assert_reason(&pair, header, BODY, T + 250, window, VERDICT_GENUINE,
                  "the signature is genuine, and t is 250 ms old");
    assert_reason(&pair, header, BODY, T - 4000, window, VERDICT_GENUINE,
                  "the signature is genuine, and t is 4 s ahead of this machine's clock");
    assert_reason(&pair, header, BODY, 0, -1, VERDICT_GENUINE,
                  "the signature is genuine; the age of t was not asked for");
    assert_reason(&pair, header, BODY, T + 12 * minute + 3000, window, VERDICT_STALE,
                  "t is 12 min 3 s old; deliveries older than 10 min are refused so that Bridge "
                  "sends them again with a fresh one");
    assert_reason(&pair, header, BODY, T + window + 1, window, VERDICT_STALE,
                  "t is 10 min 1 s old; deliveries older than 10 min are refused so that Bridge "
                  "sends them again with a fresh one");
    assert_reason(&pair, header, BODY, T + 2 * 24 * 60 * minute + 60 * minute, window,
                  VERDICT_STALE,
                  "t is 2 d 1 h old; deliveries older than 10 min are refused so that Bridge "
                  "sends them again with a fresh one");
    assert_reason(&pair, header, BODY, T - 61 * minute, window, VERDICT_FUTURE,
                  "t is 1 h 1 min ahead of this machine's clock, and more than 10 min is refused; "
                  "check that the clock is right");
    assert_reason(&pair, header, "{}", T, window, VERDICT_WRONG_SIGNATURE,
                  "the key did not sign this body: the body or t was changed on the way, or the "
                  "sender has another key");
    pair_free(&pair);
}

Test(signature_verdict, well_known_mistakes_are_explained_and_refused)
{
    struct pair pair = pair_new();
    char *once = signing_key_sign_single_hash(pair.signing, T, BODY, strlen(BODY));
    assert_reason(&pair, once, BODY, T, SIGNATURE_WINDOW_MS, VERDICT_WRONG_SIGNATURE,
                  "the key did not sign this body: the signature is over a single SHA-256, and "
                  "Bridge hashes twice");
    struct signature signature;
    cr_assert(signature_parse(once, &signature, NULL));
    cr_assert_not(signature_matches(&signature, BODY, strlen(BODY), pair.public));
    free(once);

    char with_newline[sizeof BODY + 1];
    (void)snprintf(with_newline, sizeof with_newline, "%s\n", BODY);
    assert_reason(&pair, pair.header, with_newline, T, SIGNATURE_WINDOW_MS, VERDICT_WRONG_SIGNATURE,
                  "the key did not sign this body: the signature fits without the newline that "
                  "ends the body; something added it");
    pair_free(&pair);
}

Test(signature_verdict, a_body_may_hold_nuls_and_may_be_empty)
{
    struct pair pair = pair_new();
    static const char NULS[] = "a\0b\0";
    char *header = signing_key_sign(pair.signing, T, NULS, sizeof NULS);
    cr_assert_eq(judge(header, NULS, sizeof NULS, pair.public, T), VERDICT_GENUINE);
    cr_assert_eq(judge(header, NULS, sizeof NULS - 1, pair.public, T), VERDICT_WRONG_SIGNATURE);
    free(header);
    header = signing_key_sign(pair.signing, T, NULL, 0);
    cr_assert_eq(judge(header, NULL, 0, pair.public, T), VERDICT_GENUINE);
    free(header);
    pair_free(&pair);
}

Test(signature_verdict, every_verdict_has_a_name_of_its_own)
{
    for (int i = VERDICT_GENUINE; i <= VERDICT_FUTURE; i++)
        for (int j = VERDICT_GENUINE; j < i; j++)
            cr_assert_str_neq(verdict_name((enum verdict)i), verdict_name((enum verdict)j));
    cr_assert_str_eq(verdict_name(VERDICT_GENUINE), "verified");
    cr_assert_str_eq(verdict_name(VERDICT_FUTURE), "future");
}

Test(signature_verdict, no_header_and_two_have_verdicts_of_their_own)
{
    struct vendor vendor = vendor_load();
    const struct public_key *keys[] = {vendor.key};
    struct error reason = {0};
    int index = 7;
    cr_assert_eq(signature_verify(NULL, 0, "", 0, keys, 1, T, 0, &index, &reason),
                 VERDICT_NO_HEADER);
    cr_assert_eq(index, -1);
    cr_assert_str_eq(reason.message, "there is no X-Webhook-Signature header");
    cr_assert_eq(signature_verify(vendor.header, 2, vendor.body, vendor.body_length, keys, 1, T,
                                  SIGNATURE_WINDOW_MS, &index, &reason),
                 VERDICT_BAD_HEADER);
    cr_assert_str_eq(reason.message, "the X-Webhook-Signature header comes 2 times");
    cr_assert_eq(signature_verify("t=1,t=1", 1, "", 0, keys, 1, T, 0, NULL, &reason),
                 VERDICT_BAD_HEADER);
    cr_assert_str_eq(reason.message,
                     "the X-Webhook-Signature header cannot be read: t comes twice");
    cr_assert_eq(signature_verify(vendor.header, 1, vendor.body, vendor.body_length, NULL, 0, T,
                                  SIGNATURE_WINDOW_MS, NULL, &reason),
                 VERDICT_NO_KEY);
    public_key_free(vendor.key);
}

/* --- threads ------------------------------------------------------------ */

static void *judge_often(void *context)
{
    const struct pair *pair = context;
    size_t genuine = 0;
    for (int i = 0; i < 200; i++) {
        genuine += judge(pair->header, BODY, strlen(BODY), pair->public, T) == VERDICT_GENUINE;
        genuine += judge(pair->header, "{}", 2, pair->public, T) == VERDICT_WRONG_SIGNATURE;
    }
    return genuine == 400 ? context : NULL;
}

Test(signature, keys_may_be_shared_by_threads)
{
    struct pair pair = pair_new();
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, judge_often, &pair), 0);
    for (size_t i = 0; i < 4; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        cr_assert_not_null(result);
    }
    pair_free(&pair);
}
