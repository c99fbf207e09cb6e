/* What is said of a URL, its certificate and its answer: whatever these are, a few lines that end,
   each with a way to mend what is not well, in printable characters but for the URL's own host. */
#include "tests/fuzz/fuzz.h"

#include "api/url_check.h"

#include <openssl/err.h>
#include <string.h>

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void check_line(const struct check_line *line)
{
    bool ours = strcmp(line->what, "names") != 0; /* quotes the host */
    FUZZ_CHECK(memchr(line->what, '\0', sizeof line->what) != NULL && line->what[0] != '\0');
    FUZZ_CHECK(memchr(line->text, '\0', sizeof line->text) != NULL && line->text[0] != '\0');
    FUZZ_CHECK(memchr(line->remedy, '\0', sizeof line->remedy) != NULL);
    FUZZ_CHECK(!ours || is_printable(line->text));
    FUZZ_CHECK((line->tone == CHECK_OK) == (line->remedy[0] == '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct url_report report;
    struct transfer_result result = {0};
    fuzz_begin(&input, bytes, length);
    result.failure = fuzz_byte(&input) % 2 == 0 ? TRANSFER_OK : TRANSFER_UNREACHABLE;
    result.status = 100 + fuzz_byte(&input) * 2;
    result.elapsed_us = fuzz_byte(&input) * 1000;
    result.certificate.seen = fuzz_byte(&input) % 2 == 0;
    result.certificate.verdict = fuzz_byte(&input);
    result.certificate.chain = fuzz_byte(&input);
    int64_t now_ms = fuzz_integer(&input) % (INT64_C(1) << 50);
    const char *url = fuzz_string(&input);
    result.certificate.pem = (char *)fuzz_string(&input);
    result.body = (char *)fuzz_part(&input, &result.body_length);
    error_set(&result.error, "why: %s", fuzz_string(&input));
    ERR_clear_error();
    url_check_report(url, &result, now_ms, &report);
    FUZZ_CHECK(ERR_peek_error() == 0);
    FUZZ_CHECK(report.count >= 1 && report.count <= URL_CHECK_LINES_MAX);
    for (size_t i = 0; i < report.count; i++)
        check_line(&report.lines[i]);
    fuzz_end(&input);
    return 0;
}
