/* Public keys: whatever is taken for one is RSA of the sizes that are allowed, by OpenSSL's own
   reading; and no text crashes the reader or leaves errors behind. */
#include "tests/fuzz/fuzz.h"

#include "api/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* The two characters `\n` are taken for a newline, and blanks before the key for nothing. */
static char *with_newlines(const char *pem, size_t length)
{
    char *text = malloc(length + 1);
    size_t at = 0;
    FUZZ_CHECK(text != NULL);
    for (size_t i = 0; i < length; i++) {
        bool escape = pem[i] == '\\' && i + 1 < length && pem[i + 1] == 'n';
        text[at++] = pem[i];
        if (escape)
            text[at - 1] = '\n';
        i += escape;
    }
    text[at] = '\0';
    return text;
}

static void check_strong(const char *pem, size_t length)
{
    char *text = with_newlines(pem, length);
    BIO *bio = BIO_new_mem_buf(text + strspn(text, " \t\r\n"), -1);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    FUZZ_CHECK(key != NULL && EVP_PKEY_is_a(key, "RSA"));
    int bits = EVP_PKEY_get_bits(key);
    FUZZ_CHECK(bits >= SIGNATURE_KEY_BITS_MIN && bits <= SIGNATURE_KEY_BITS_MAX);
    BIGNUM *e = NULL;
    FUZZ_CHECK(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e));
    FUZZ_CHECK(BN_is_odd(e) && BN_num_bits(e) > 16);
    BN_free(e);
    EVP_PKEY_free(key);
    BIO_free(bio);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct error error = {0};
    size_t pem_length;
    fuzz_begin(&input, bytes, length);
    const char *pem = fuzz_part(&input, &pem_length);
    ERR_clear_error();
    struct public_key *key = public_key_from_pem(pem, pem_length, &error);
    FUZZ_CHECK(ERR_peek_error() == 0);
    if (key != NULL)
        check_strong(pem, pem_length);
    else
        FUZZ_CHECK(error.message[0] != '\0' && strchr(error.message, '\n') == NULL);
    public_key_free(key);
    fuzz_end(&input);
    return 0;
}
