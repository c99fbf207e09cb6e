/* Names of keys: a name that is read is written again as one that means the same key. */
#include "tests/fuzz/fuzz.h"

#include "tui/key.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    size_t name_length;
    fuzz_begin(&input, bytes, length);
    const char *name = fuzz_part(&input, &name_length);
    char32_t key = 0x12345678, again;
    char written[KEY_NAME_SIZE], label[KEY_NAME_SIZE];
    if (key_parse(name, name_length, &key)) {
        FUZZ_CHECK(key != KEYS_NONE && key <= KEYS_F12);
        FUZZ_CHECK(key_name(key, written) == written);
        FUZZ_CHECK(written[0] != '\0' && fuzz_is_utf8(written, strlen(written)));
        FUZZ_CHECK(key_parse(written, strlen(written), &again) && again == key);
        FUZZ_CHECK(key_label(key, label) == label && label[0] != '\0');
        FUZZ_CHECK(fuzz_is_utf8(label, strlen(label)));
    } else {
        FUZZ_CHECK(key == 0x12345678);
    }
    /* Any number at all has a name that fits. */
    key = (char32_t)fuzz_integer(&input);
    FUZZ_CHECK(strlen(key_name(key, written)) < KEY_NAME_SIZE);
    FUZZ_CHECK(strlen(key_label(key, label)) < KEY_NAME_SIZE);
    fuzz_end(&input);
    return 0;
}
