#include "api/signature.h"

#include "api/duration.h"

#include "api/sha256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    T_DIGITS_MAX = 18, /* 10^18 ms and any window still fit in an int64_t */
    BASE64_MAX = (SIGNATURE_BYTES_MAX + 2) / 3 * 4,
    DIAGNOSIS_KEYS_MAX = 4, /* keys that are tried again to explain a wrong signature */
};

const char *verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_GENUINE:
        return "verified";
    case VERDICT_NO_HEADER:
        return "no signature";
    case VERDICT_BAD_HEADER:
        return "malformed";
    case VERDICT_NO_KEY:
        return "no key";
    case VERDICT_WRONG_SIGNATURE:
        return "not genuine";
    case VERDICT_STALE:
        return "stale";
    case VERDICT_FUTURE:
        return "future";
    case VERDICT_UNDECIDED:
        return "undecided";
    }
    return "unknown";
}

/* --- the header --------------------------------------------------------- */

struct span {
    const char *start;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trim(const char *value)
{
    struct span span = {value, strlen(value)};
    while (span.length > 0 && is_blank(span.start[0])) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.start[span.length - 1]))
        span.length--;
    return span;
}

static bool span_is(struct span span, const char *string)
{
    return span.length == strlen(string) && memcmp(span.start, string, span.length) == 0;
}

static bool read_t(struct span digits, struct signature *signature, struct error *error)
{
    if (digits.length == 0)
        return error_set(error, "t is empty");
    int64_t t_ms = 0;
    for (size_t i = 0; i < digits.length; i++) {
        char c = digits.start[i];
        if (c < '0' || c > '9')
            return error_set(error, "t is not a whole number of milliseconds");
        if (i == T_DIGITS_MAX)
            return error_set(error, "t has more than %d digits", T_DIGITS_MAX);
        t_ms = 10 * t_ms + (c - '0');
    }
    signature->t_ms = t_ms;
    memcpy(signature->t_text, digits.start, digits.length);
    signature->t_text[digits.length] = '\0';
    return true;
}

/* EVP_DecodeBlock() takes blanks around the text, bits set below the padding and too much of it;
   encoding its result again and comparing leaves only the one canonical form. */
static bool decode_canonical(struct span base64, unsigned char bytes[BASE64_MAX / 4 * 3],
                             size_t *length)
{
    if (base64.length % 4 != 0 || base64.length == 0 || base64.length > BASE64_MAX)
        return false;
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)base64.start, (int)base64.length);
    for (size_t i = base64.length; i > base64.length - 2 && base64.start[i - 1] == '='; i--)
        decoded--;
    if (decoded <= 0)
        return false;
    unsigned char again[BASE64_MAX + 1];
    int encoded = EVP_EncodeBlock(again, bytes, decoded);
    *length = (size_t)decoded;
    return (size_t)encoded == base64.length && memcmp(again, base64.start, base64.length) == 0;
}

static bool read_v0(struct span base64, struct signature *signature, struct error *error)
{
    if (base64.length == 0)
        return error_set(error, "v0 is empty");
    if (base64.length > BASE64_MAX)
        return error_set(error, "v0 is longer than a signature of %d bits", SIGNATURE_KEY_BITS_MAX);
    unsigned char bytes[BASE64_MAX / 4 * 3];
    size_t length;
    if (!decode_canonical(base64, bytes, &length))
        return error_set(error, "v0 is not canonical base64");
    if (length < SIGNATURE_KEY_BITS_MIN / 8 || length > SIGNATURE_BYTES_MAX)
        return error_set(error, "v0 holds %zu bytes; a signature has %d to %d", length,
                         SIGNATURE_KEY_BITS_MIN / 8, SIGNATURE_BYTES_MAX);
    memcpy(signature->bytes, bytes, length);
    signature->length = length;
    return true;
}

static bool read_field(struct span field, size_t number, struct signature *signature,
                       struct error *error)
{
    const char *equals = memchr(field.start, '=', field.length);
    if (equals == NULL || equals == field.start)
        return error_set(error, "field %zu is not of the form name=value", number);
    struct span name = {field.start, (size_t)(equals - field.start)};
    struct span value = {equals + 1, field.length - name.length - 1};
    for (size_t i = 0; i < field.length; i++)
        if (field.start[i] <= ' ' || field.start[i] > '~')
            return error_set(error,
                             "field %zu holds a blank, a control character or bytes that "
                             "are not ASCII",
                             number);
    if (span_is(name, "t")) {
        if (signature->t_text[0] != '\0')
            return error_set(error, "t comes twice");
        return read_t(value, signature, error);
    }
    if (span_is(name, "v0")) {
        if (signature->length > 0)
            return error_set(error, "v0 comes twice");
        return read_v0(value, signature, error);
    }
    return true;
}

bool signature_parse(const char *value, struct signature *signature, struct error *error)
{
    *signature = (struct signature){0};
    if (strnlen(value, SIGNATURE_HEADER_MAX + 1) > SIGNATURE_HEADER_MAX)
        return error_set(error, "it is longer than %d bytes", SIGNATURE_HEADER_MAX);
    struct span rest = trim(value);
    if (rest.length == 0)
        return error_set(error, "it is empty");
    const char *end = rest.start + rest.length;
    const char *start = rest.start;
    for (size_t number = 1;; number++) {
        const char *comma = memchr(start, ',', (size_t)(end - start));
        struct span field = {start, (size_t)((comma ? comma : end) - start)};
        if (!read_field(field, number, signature, error))
            return false;
        if (comma == NULL)
            break;
        start = comma + 1;
    }
    if (signature->t_text[0] == '\0')
        return error_set(error, "t is missing");
    if (signature->length == 0)
        return error_set(error, "v0 is missing");
    return true;
}

/* --- keys --------------------------------------------------------------- */

/* The context is set up once and only ever copied, which threads may do at the same time. A copy
   costs a sixth of a verification, so one that has done its work lies ready for the next: for one
   thread at a time, others make their own. */
struct public_key {
    EVP_PKEY_CTX *verifier;
    _Atomic(EVP_PKEY_CTX *) *spare;
    size_t signature_length;
};

/* The vendor's API sends keys with `\n` as two characters in some answers. */
static char *with_newlines(const char *pem, size_t length, size_t *result_length)
{
    char *text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (pem[i] == '\\' && i + 1 < length && pem[i + 1] == 'n') {
            text[at++] = '\n';
            i++;
        } else {
            text[at++] = pem[i];
        }
    }
    text[at] = '\0';
    *result_length = at;
    return text;
}

static bool only_white_space(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* One block of the type PUBLIC KEY (RFC 7468, 13) and nothing around it but white space. */
static EVP_PKEY *read_pem(const char *text, size_t length, struct error *error)
{
    static const char BEGIN[] = "-----BEGIN ";
    const char *start = text + strspn(text, " \t\r\n");
    if (strlen(text) != length || strncmp(start, BEGIN, sizeof BEGIN - 1) != 0) {
        error_set(error, "it is not PEM: it does not start with -----BEGIN PUBLIC KEY-----");
        return NULL;
    }
    EVP_PKEY *pkey = NULL;
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long der_length = 0;
    BIO *bio = BIO_new_mem_buf(start, -1);
    if (bio == NULL || !PEM_read_bio(bio, &name, &header, &der, &der_length)) {
        error_set(error, "its PEM block is damaged or cut off");
        goto out;
    }
    if (strcmp(name, PEM_STRING_PUBLIC) != 0) {
        error_set(error, "it is a PEM block of the type %.40s, not PUBLIC KEY", name);
        goto out;
    }
    char *rest = NULL;
    long rest_length = BIO_get_mem_data(bio, &rest);
    if (header[0] != '\0' || (rest_length > 0 && !only_white_space(rest))) {
        error_set(error, "there is more in it than one PEM public key");
        goto out;
    }
    const unsigned char *at = der;
    pkey = d2i_PUBKEY(NULL, &at, der_length);
    if (pkey == NULL || at != der + der_length) {
        error_set(error, "its PEM block does not hold a public key");
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
out:
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return pkey;
}

/* EVP verifies with whatever key it is given, however weak: so weak keys end here. */
static bool check_key(const EVP_PKEY *pkey, struct error *error)
{
    if (!EVP_PKEY_is_a(pkey, "RSA")) {
        const char *type = EVP_PKEY_get0_type_name(pkey);
        return error_set(error, "it is a key of the type %s, not RSA", type ? type : "unknown");
    }
    int bits = EVP_PKEY_get_bits(pkey);
    if (bits < SIGNATURE_KEY_BITS_MIN || bits > SIGNATURE_KEY_BITS_MAX)
        return error_set(error, "it has %d bits; only RSA keys of %d to %d bits are taken", bits,
                         SIGNATURE_KEY_BITS_MIN, SIGNATURE_KEY_BITS_MAX);
    BIGNUM *n = NULL;
    BIGNUM *e = NULL;
    bool fine = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) &&
                EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) && BN_is_odd(n) &&
                BN_is_odd(e) && BN_num_bits(e) > 16 &&
                BN_num_bits(e) <= SIGNATURE_EXPONENT_BITS_MAX;
    BN_free(n);
    BN_free(e);
    if (!fine)
        return error_set(error,
                         "its modulus is even, or its exponent is not odd and of 17 to %d "
                         "bits",
                         SIGNATURE_EXPONENT_BITS_MAX);
    return true;
}

/* RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2). */
static EVP_PKEY_CTX *new_verifier(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *verifier = EVP_PKEY_CTX_new(pkey, NULL);
    if (verifier != NULL && EVP_PKEY_verify_init(verifier) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(verifier, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(verifier, EVP_sha256()) == 1)
        return verifier;
    EVP_PKEY_CTX_free(verifier);
    return NULL;
}

static struct public_key *new_public_key(EVP_PKEY *pkey, struct error *error)
{
    struct public_key *key = calloc(1, sizeof *key);
    if (key != NULL) {
        key->verifier = new_verifier(pkey);
        key->spare = calloc(1, sizeof *key->spare);
    }
    if (key == NULL || key->verifier == NULL || key->spare == NULL) {
        public_key_free(key);
        error_set(error, "out of memory");
        return NULL;
    }
    key->signature_length = (size_t)EVP_PKEY_get_size(pkey);
    return key;
}

struct public_key *public_key_from_pem(const char *pem, size_t length, struct error *error)
{
    if (length > SIGNATURE_PEM_MAX) {
        error_set(error, "it is longer than %d bytes", SIGNATURE_PEM_MAX);
        return NULL;
    }
    size_t text_length = 0;
    char *text = with_newlines(pem, length, &text_length);
    if (text == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    /* What OpenSSL leaves in the thread's error queue would be taken for its own by the next
       TLS connection on this thread. */
    ERR_set_mark();
    struct public_key *key = NULL;
    EVP_PKEY *pkey = read_pem(text, text_length, error);
    if (pkey != NULL && check_key(pkey, error))
        key = new_public_key(pkey, error);
    EVP_PKEY_free(pkey); /* the context holds a reference of its own */
    ERR_pop_to_mark();
    free(text);
    return key;
}

void public_key_free(struct public_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_CTX_free(key->verifier);
    if (key->spare != NULL)
        EVP_PKEY_CTX_free(atomic_load(key->spare));
    free(key->spare);
    free(key);
}

size_t public_key_signature_length(const struct public_key *key)
{
    return key->signature_length;
}

/* --- verification ------------------------------------------------------- */

bool signature_digest(const char *t_text, const void *body, size_t length,
                      unsigned char digest[SIGNATURE_DIGEST_BYTES])
{
    const struct sha256_part parts[] = {{t_text, strlen(t_text)}, {".", 1}, {body, length}};
    return sha256_parts(parts, sizeof parts / sizeof parts[0], digest);
}

enum match { SIGNED, NOT_SIGNED, NO_MEMORY };

/* EVP_PKEY_verify() returns the same for a wrong signature and where memory ran out. Of a wrong
   one, the RSA code has told the error queue what is wrong with it; else the queue says that memory
   ran out, or nothing that helps. */
static enum match why_not(void)
{
    enum match match = NO_MEMORY;
    unsigned long code;
    while ((code = ERR_get_error()) != 0) {
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            return NO_MEMORY;
        if (ERR_GET_LIB(code) == ERR_LIB_RSA)
            match = NOT_SIGNED;
    }
    return match;
}

static EVP_PKEY_CTX *take_verifier(const struct public_key *key)
{
    EVP_PKEY_CTX *verifier = atomic_exchange(key->spare, NULL);
    return verifier != NULL ? verifier : EVP_PKEY_CTX_dup(key->verifier);
}

/* One that has failed is not trusted with the next. */
static void give_back(const struct public_key *key, EVP_PKEY_CTX *verifier, enum match match)
{
    EVP_PKEY_CTX *none = NULL;
    if (match != SIGNED || !atomic_compare_exchange_strong(key->spare, &none, verifier))
        EVP_PKEY_CTX_free(verifier);
}

/* Leaves the error queue empty, as it is between calls: see public_key_from_pem(). */
static enum match hash_is_signed(const struct signature *signature,
                                 const unsigned char hash[SIGNATURE_DIGEST_BYTES],
                                 const struct public_key *key)
{
    if (signature->length != key->signature_length)
        return NOT_SIGNED;
    ERR_clear_error();
    EVP_PKEY_CTX *verifier = take_verifier(key);
    enum match match = NO_MEMORY;
    if (verifier != NULL)
        match = EVP_PKEY_verify(verifier, signature->bytes, signature->length, hash,
                                SIGNATURE_DIGEST_BYTES) == 1
                    ? SIGNED
                    : why_not();
    give_back(key, verifier, match);
    ERR_clear_error();
    return match;
}

/* The signature is made over the digest as a message, so the digest is hashed once more. */
static enum match digest_is_signed(const struct signature *signature,
                                   const unsigned char digest[SIGNATURE_DIGEST_BYTES],
                                   const struct public_key *key)
{
    unsigned char hash[SIGNATURE_DIGEST_BYTES];
    if (!sha256(digest, SIGNATURE_DIGEST_BYTES, hash))
        return NO_MEMORY;
    return hash_is_signed(signature, hash, key);
}

bool signature_matches(const struct signature *signature, const void *body, size_t length,
                       const struct public_key *key)
{
    unsigned char digest[SIGNATURE_DIGEST_BYTES];
    return signature_digest(signature->t_text, body, length, digest) &&
           digest_is_signed(signature, digest, key) == SIGNED;
}

bool signature_matches_hash(const struct signature *signature,
                            const unsigned char hash[SIGNATURE_DIGEST_BYTES],
                            const struct public_key *key)
{
    return hash_is_signed(signature, hash, key) == SIGNED;
}

/* --- the judgement ------------------------------------------------------ */

/* SIGNED: *index is the key. NO_MEMORY: one of them may have. */
static enum match find_signer(const struct signature *signature,
                              const unsigned char digest[SIGNATURE_DIGEST_BYTES],
                              const struct public_key *const *keys, size_t key_count, int *index)
{
    enum match found = NOT_SIGNED;
    for (size_t i = 0; i < key_count; i++) {
        enum match match = digest_is_signed(signature, digest, keys[i]);
        if (match == SIGNED) {
            *index = (int)i;
            return SIGNED;
        }
        if (match == NO_MEMORY)
            found = NO_MEMORY;
    }
    return found;
}

/* Signed as anything but the official form is not genuine, but the person who looks into
   it is helped by knowing which mistake it was. */
static const char *diagnose(const struct signature *signature, const char *body, size_t length,
                            const struct public_key *const *keys, size_t key_count)
{
    unsigned char digest[SIGNATURE_DIGEST_BYTES];
    unsigned char trimmed[SIGNATURE_DIGEST_BYTES];
    bool ends_line = length > 0 && body[length - 1] == '\n';
    if (!signature_digest(signature->t_text, body, length, digest) ||
        (ends_line && !signature_digest(signature->t_text, body, length - 1, trimmed)))
        return NULL;
    for (size_t i = 0; i < key_count && i < DIAGNOSIS_KEYS_MAX; i++) {
        if (hash_is_signed(signature, digest, keys[i]) == SIGNED)
            return "the signature is over a single SHA-256, and Bridge hashes twice";
        if (ends_line && digest_is_signed(signature, trimmed, keys[i]) == SIGNED)
            return "the signature fits without the newline that ends the body; something added it";
    }
    return NULL;
}

static void explain_wrong(const struct signature *signature, const void *body, size_t length,
                          const struct public_key *const *keys, size_t key_count,
                          struct error *reason)
{
    const char *mistake = diagnose(signature, body, length, keys, key_count);
    if (mistake == NULL)
        mistake = "the body or t was changed on the way, or the sender has another key";
    if (key_count == 1)
        error_set(reason, "the key did not sign this body: %s", mistake);
    else
        error_set(reason, "none of the %zu known keys signed this body: %s", key_count, mistake);
}

/* The age of a t that is proven to be the sender's. */
static enum verdict judge_age(int64_t age_ms, int64_t window_ms, struct error *reason)
{
    char age[DURATION_SIZE];
    char window[DURATION_SIZE];
    duration_format(age_ms < 0 ? -age_ms : age_ms, age);
    duration_format(window_ms, window);
    if (age_ms > window_ms) {
        error_set(reason,
                  "t is %s old; deliveries older than %s are refused so that Bridge sends them "
                  "again with a fresh one",
                  age, window);
        return VERDICT_STALE;
    }
    if (age_ms < -window_ms) {
        error_set(reason,
                  "t is %s ahead of this machine's clock, and more than %s is refused; check that "
                  "the clock is right",
                  age, window);
        return VERDICT_FUTURE;
    }
    error_set(reason, "the signature is genuine, and t is %s %s", age,
              age_ms < 0 ? "ahead of this machine's clock" : "old");
    return VERDICT_GENUINE;
}

static int64_t subtract_clamped(int64_t a, int64_t b)
{
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference) || difference == INT64_MIN)
        return a < b ? -INT64_MAX : INT64_MAX;
    return difference;
}

enum verdict signature_verify(const char *header, size_t header_count, const void *body,
                              size_t length, const struct public_key *const *keys, size_t key_count,
                              int64_t now_ms, int64_t window_ms, int *key_index,
                              struct error *reason)
{
    int no_index;
    int *index = key_index ? key_index : &no_index;
    *index = -1;
    if (header == NULL || header_count == 0) {
        error_set(reason, "there is no X-Webhook-Signature header");
        return VERDICT_NO_HEADER;
    }
    if (header_count > 1) {
        error_set(reason, "the X-Webhook-Signature header comes %zu times", header_count);
        return VERDICT_BAD_HEADER;
    }
    struct signature signature;
    if (!signature_parse(header, &signature, reason)) {
        error_prefix(reason, "the X-Webhook-Signature header cannot be read");
        return VERDICT_BAD_HEADER;
    }
    if (key_count == 0) {
        error_set(reason, "no public key is known yet to check the signature with");
        return VERDICT_NO_KEY;
    }
    unsigned char digest[SIGNATURE_DIGEST_BYTES];
    enum match match = NO_MEMORY;
    if (signature_digest(signature.t_text, body, length, digest))
        match = find_signer(&signature, digest, keys, key_count, index);
    if (match == NO_MEMORY) {
        error_set(reason, "out of memory while the signature was checked");
        return VERDICT_UNDECIDED;
    }
    if (match == NOT_SIGNED) {
        explain_wrong(&signature, body, length, keys, key_count, reason);
        return VERDICT_WRONG_SIGNATURE;
    }
    if (window_ms < 0) {
        error_set(reason, "the signature is genuine; the age of t was not asked for");
        return VERDICT_GENUINE;
    }
    return judge_age(subtract_clamped(now_ms, signature.t_ms), window_ms, reason);
}
