/* Times: what is read is written and read again as the same moment, by another reckoning too. */
#include "tests/fuzz/fuzz.h"

#include "api/contract.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int64_t FIRST_MS = -62167219200000; /* 0000-01-01T00:00:00.000Z */
static const int64_t LAST_MS = 253402300799999;  /* 9999-12-31T23:59:59.999Z */

static int number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

static void check_written(int64_t ms)
{
    char text[CONTRACT_TIME_SIZE], again[CONTRACT_TIME_SIZE];
    int64_t clamped = ms < FIRST_MS ? FIRST_MS : ms > LAST_MS ? LAST_MS : ms;
    int64_t read;
    contract_time_format(ms, text);
    FUZZ_CHECK(strlen(text) == CONTRACT_TIME_SIZE - 1);
    FUZZ_CHECK(contract_time_parse(text, &read) && read == clamped);
    contract_time_format(read, again);
    FUZZ_CHECK(strcmp(text, again) == 0);

    struct tm parts = {.tm_year = number(text) - 1900,
                       .tm_mon = number(text + 5) - 1,
                       .tm_mday = number(text + 8),
                       .tm_hour = number(text + 11),
                       .tm_min = number(text + 14),
                       .tm_sec = number(text + 17)};
    FUZZ_CHECK((int64_t)timegm(&parts) * 1000 + number(text + 20) == clamped);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    const char *text = fuzz_string(&input);
    int64_t ms = INT64_MIN;
    if (contract_time_parse(text, &ms)) {
        /* An offset may lead beyond the years that can be written. */
        FUZZ_CHECK(ms >= FIRST_MS - 86400000 && ms <= LAST_MS + 86400000);
        check_written(ms);
    } else {
        FUZZ_CHECK(ms == INT64_MIN);
    }
    check_written(fuzz_integer(&input));
    fuzz_end(&input);
    return 0;
}
