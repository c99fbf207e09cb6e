/* The signature header: what is read is what was written, and nothing else is taken for it. */
#include "tests/fuzz/fuzz.h"

#include "api/signature.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_fields(const struct signature *signature, const char *value)
{
    size_t digits = strlen(signature->t_text);
    FUZZ_CHECK(digits >= 1 && digits <= 18 && strspn(signature->t_text, "0123456789") == digits);
    FUZZ_CHECK(signature->t_ms == strtoll(signature->t_text, NULL, 10));
    FUZZ_CHECK(signature->length >= SIGNATURE_KEY_BITS_MIN / 8 &&
               signature->length <= SIGNATURE_BYTES_MAX);

    /* Both stand in the header as they are: canonical base64 has one form. */
    char field[SIGNATURE_BYTES_MAX / 3 * 4 + 16];
    (void)snprintf(field, sizeof field, "t=%s", signature->t_text);
    FUZZ_CHECK(strstr(value, field) != NULL);
    memcpy(field, "v0=", 4);
    EVP_EncodeBlock((unsigned char *)field + 3, signature->bytes, (int)signature->length);
    FUZZ_CHECK(strstr(value, field) != NULL);
}

static void check_again(const struct signature *signature)
{
    char base64[SIGNATURE_BYTES_MAX / 3 * 4 + 8];
    char header[sizeof base64 + 64];
    EVP_EncodeBlock((unsigned char *)base64, signature->bytes, (int)signature->length);
    struct signature again = {0};
    static const char *const before[] = {"", "v1=x,"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        (void)snprintf(header, sizeof header, "%st=%s,v0=%s", before[i], signature->t_text, base64);
        FUZZ_CHECK(signature_parse(header, &again, NULL));
        FUZZ_CHECK(again.t_ms == signature->t_ms && again.length == signature->length &&
                   strcmp(again.t_text, signature->t_text) == 0 &&
                   memcmp(again.bytes, signature->bytes, again.length) == 0);
        (void)snprintf(header, sizeof header, "t=%s,v0=%s,t=%s", signature->t_text, base64,
                       signature->t_text);
        FUZZ_CHECK(!signature_parse(header, &again, NULL));
        (void)snprintf(header, sizeof header, "t=%s,v0=%s,v0=%s", signature->t_text, base64,
                       base64);
        FUZZ_CHECK(!signature_parse(header, &again, NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct signature signature;
    struct error error = {0};
    fuzz_begin(&input, bytes, length);
    const char *value = fuzz_string(&input);
    if (signature_parse(value, &signature, &error)) {
        FUZZ_CHECK(strlen(value) <= SIGNATURE_HEADER_MAX);
        check_fields(&signature, value);
        check_again(&signature);
    } else {
        FUZZ_CHECK(error.message[0] != '\0');
        FUZZ_CHECK(fuzz_is_harmless(error.message, strlen(error.message)));
    }
    fuzz_end(&input);
    return 0;
}
