/*
 * What the fuzz targets share: parts of an input, and properties that hold of every output.
 *
 * A target is a file with LLVMFuzzerTestOneInput(). It hands the bytes to the product and checks
 * what comes out with FUZZ_CHECK(); a property that does not hold ends the process, and libFuzzer
 * keeps the input. Nothing that is checked here is taken from the product's own readers where it
 * can be said in a few lines: two that share a mistake would agree.
 *
 * Where a target wants several texts, they stand in the input one after another, with a line
 * between them: corpora and dictionaries stay readable.
 */
#ifndef BRIDGETOP_TESTS_FUZZ_FUZZ_H
#define BRIDGETOP_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

/* libFuzzer calls it once for each input. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What libFuzzer calls first, where it is there. Always 0. */
int LLVMFuzzerInitialize(int *count, char ***arguments);

#define FUZZ_CHECK(what) ((what) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #what))

/* Says which property did not hold, and ends the process. */
void fuzz_failed(const char *file, int line, const char *what) __attribute__((noreturn));

/* --- parts ---------------------------------------------------------------- */

#define FUZZ_BETWEEN "\n%%\n"

enum { FUZZ_PARTS_MAX = 128 };

struct fuzz_input {
    const char *at;
    size_t left;
    char *parts[FUZZ_PARTS_MAX]; /* each in memory of its own: reading beyond it is noticed */
    size_t count;
};

void fuzz_begin(struct fuzz_input *input, const uint8_t *bytes, size_t length);
void fuzz_end(struct fuzz_input *input); /* frees the parts */

/* The next byte, 0 behind the last. */
unsigned char fuzz_byte(struct fuzz_input *input);

/* A number of eight bytes. */
int64_t fuzz_integer(struct fuzz_input *input);

/* The bytes up to the next FUZZ_BETWEEN, or to the end; exactly `*length` bytes of memory (one more
   where that is 0). */
const char *fuzz_part(struct fuzz_input *input, size_t *length);

/* The same as a string: ends at a NUL. */
const char *fuzz_string(struct fuzz_input *input);

/* --- properties ------------------------------------------------------------- */

/* One character of shortest-form UTF-8 (RFC 3629); 0 when there is none. */
size_t fuzz_utf8(const char *bytes, size_t length, char32_t *character);

bool fuzz_is_utf8(const char *bytes, size_t length);

/* Whether a terminal does nothing with it but draw it: UTF-8 without C0, DEL, C1, bidi controls,
   zero-width characters and BOM. */
bool fuzz_is_harmless(const char *bytes, size_t length);

#endif
