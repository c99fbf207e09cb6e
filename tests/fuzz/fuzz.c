#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_failed(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* --- parts ---------------------------------------------------------------- */

void fuzz_begin(struct fuzz_input *input, const uint8_t *bytes, size_t length)
{
    *input = (struct fuzz_input){.at = (const char *)bytes, .left = length};
}

void fuzz_end(struct fuzz_input *input)
{
    for (size_t i = 0; i < input->count; i++)
        free(input->parts[i]);
}

unsigned char fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return (unsigned char)*input->at++;
}

int64_t fuzz_integer(struct fuzz_input *input)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | fuzz_byte(input);
    return (int64_t)number;
}

static char *keep(struct fuzz_input *input, size_t size)
{
    char *part = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(part != NULL && input->count < FUZZ_PARTS_MAX);
    part[0] = '\0';
    input->parts[input->count++] = part;
    return part;
}

/* What is left once the parts are used up is one empty part after another. */
static const char *cut(struct fuzz_input *input, size_t *length)
{
    const char *start = input->at;
    const size_t between = sizeof FUZZ_BETWEEN - 1;
    const char *end =
        input->left > 0 ? memmem(input->at, input->left, FUZZ_BETWEEN, between) : NULL;
    *length = end != NULL ? (size_t)(end - start) : input->left;
    size_t taken = end != NULL ? *length + between : *length;
    if (taken > 0)
        input->at += taken;
    input->left -= taken;
    return start;
}

const char *fuzz_part(struct fuzz_input *input, size_t *length)
{
    const char *bytes = cut(input, length);
    char *part = keep(input, *length);
    if (*length > 0)
        memcpy(part, bytes, *length);
    return part;
}

const char *fuzz_string(struct fuzz_input *input)
{
    size_t length;
    const char *bytes = cut(input, &length);
    if (length > 0)
        length = strnlen(bytes, length);
    char *part = keep(input, length + 1);
    if (length > 0)
        memcpy(part, bytes, length);
    part[length] = '\0';
    return part;
}

/* --- properties ------------------------------------------------------------- */

size_t fuzz_utf8(const char *bytes, size_t length, char32_t *character)
{
    const unsigned char *at = (const unsigned char *)bytes;
    *character = 0;
    if (length == 0)
        return 0;
    size_t count = at[0] < 0x80   ? 1
                   : at[0] < 0xC2 ? 0
                   : at[0] < 0xE0 ? 2
                   : at[0] < 0xF0 ? 3
                   : at[0] < 0xF5 ? 4
                                  : 0;
    if (count == 0 || count > length)
        return 0;
    char32_t value = count == 1 ? at[0] : at[0] & (0x7FU >> count);
    for (size_t i = 1; i < count; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3FU);
    }
    bool overlong = (count == 3 && value < 0x800) || (count == 4 && value < 0x10000);
    if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        return 0;
    *character = value;
    return count;
}

static bool each_is(const char *bytes, size_t length, bool (*good)(char32_t))
{
    while (length > 0) {
        char32_t character;
        size_t taken = fuzz_utf8(bytes, length, &character);
        if (taken == 0 || !good(character))
            return false;
        bytes += taken;
        length -= taken;
    }
    return true;
}

static bool is_any(char32_t character)
{
    (void)character;
    return true;
}

static bool is_harmless(char32_t character)
{
    return character >= 0x20 && !(character >= 0x7F && character <= 0x9F) && character != 0x61C &&
           !(character >= 0x200B && character <= 0x200F) &&
           !(character >= 0x2028 && character <= 0x202E) &&
           !(character >= 0x2060 && character <= 0x206F) && character != 0xFEFF;
}

bool fuzz_is_utf8(const char *bytes, size_t length)
{
    return each_is(bytes, length, is_any);
}

bool fuzz_is_harmless(const char *bytes, size_t length)
{
    return each_is(bytes, length, is_harmless);
}
