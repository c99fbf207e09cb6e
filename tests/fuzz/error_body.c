/* Answers that say what went wrong: one line of text in UTF-8, within its size, whatever came. */
#include "tests/fuzz/fuzz.h"

#include "api/contract.h"
#include "api/error.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    int status = fuzz_byte(&input) * 3;
    size_t size = (size_t)fuzz_byte(&input) * 3;
    size_t body_length;
    const char *body = fuzz_part(&input, &body_length);

    char whole[ERROR_MAX];
    contract_error_decode(status, body, body_length, whole, sizeof whole);
    size_t whole_length = strlen(whole);
    FUZZ_CHECK(whole_length > 0 && whole_length < sizeof whole);
    FUZZ_CHECK(fuzz_is_utf8(whole, whole_length));
    FUZZ_CHECK(strpbrk(whole, "\r\n") == NULL);
    FUZZ_CHECK(status == 0 || strtol(whole, NULL, 10) == status); /* it comes first, if any */

    if (size > 0) {
        char *cut = malloc(size); /* its end is watched */
        FUZZ_CHECK(cut != NULL);
        contract_error_decode(status, body, body_length, cut, size);
        size_t cut_length = strnlen(cut, size);
        FUZZ_CHECK(cut_length < size && fuzz_is_utf8(cut, cut_length));
        FUZZ_CHECK(strpbrk(cut, "\r\n") == NULL);
        free(cut);
    }
    fuzz_end(&input);
    return 0;
}
