/* Writing JSON: any bytes give a string that is JSON, harmless to look at, and means the bytes. */
#include "tests/fuzz/fuzz.h"

#include "api/json_text.h"
#include "api/json_write.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* As the characters of ISO 8859-1 where they are not UTF-8. */
static void check_meaning(const char *decoded, size_t decoded_length, const char *bytes,
                          size_t length)
{
    if (fuzz_is_utf8(bytes, length)) {
        FUZZ_CHECK(decoded_length == length && memcmp(decoded, bytes, length) == 0);
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        char32_t character;
        size_t taken = fuzz_utf8(decoded + at, decoded_length - at, &character);
        FUZZ_CHECK(taken > 0 && character == (unsigned char)bytes[i]);
        at += taken;
    }
    FUZZ_CHECK(at == decoded_length);
}

static void check_string(const char *bytes, size_t length)
{
    struct buffer made;
    buffer_init(&made, 6 * length + 16);
    json_write_bytes(&made, bytes, length);
    FUZZ_CHECK(!made.failed && json_valid(made.data, made.length));
    for (size_t i = 0; i < made.length; i++)
        FUZZ_CHECK((unsigned char)made.data[i] >= ' ' && made.data[i] != 0x7F);
    size_t decoded_length;
    char *decoded = json_string_decode(made.data, made.length, &decoded_length);
    FUZZ_CHECK(decoded != NULL);
    check_meaning(decoded, decoded_length, bytes, length);
    free(decoded);
    buffer_clear(&made);
}

static void check_base64(const char *bytes, size_t length)
{
    struct buffer made;
    buffer_init(&made, 2 * length + 16);
    json_write_base64(&made, bytes, length);
    FUZZ_CHECK(!made.failed && json_valid(made.data, made.length));
    FUZZ_CHECK(made.length == (length + 2) / 3 * 4 + 2);
    unsigned char *wanted = malloc((length + 2) / 3 * 4 + 1);
    FUZZ_CHECK(wanted != NULL);
    int count = EVP_EncodeBlock(wanted, (const unsigned char *)bytes, (int)length);
    FUZZ_CHECK(memcmp(wanted, made.data + 1, (size_t)count) == 0);
    free(wanted);
    buffer_clear(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    size_t text_length;
    fuzz_begin(&input, bytes, length);
    const char *text = fuzz_part(&input, &text_length);
    FUZZ_CHECK(json_is_utf8(text, text_length) == fuzz_is_utf8(text, text_length));
    check_string(text, text_length);
    check_base64(text, text_length);
    fuzz_end(&input);
    return 0;
}
