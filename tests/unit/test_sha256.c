#include "api/sha256.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *hex_of(const unsigned char digest[SHA256_BYTES])
{
    static char hex[2 * SHA256_BYTES + 1];
    for (size_t i = 0; i < SHA256_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return hex;
}

/* FIPS 180-4's own examples, of NIST. */
Test(sha256, it_is_the_standards)
{
    unsigned char digest[SHA256_BYTES];
    cr_assert(sha256("abc", 3, digest));
    cr_expect_str_eq(hex_of(digest),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cr_assert(sha256("", 0, digest));
    cr_expect_str_eq(hex_of(digest),
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(sha256, parts_are_one_text)
{
    const struct sha256_part parts[] = {{"a", 1}, {"", 0}, {"bc", 2}};
    unsigned char whole[SHA256_BYTES], digest[SHA256_BYTES];
    cr_assert(sha256("abc", 3, whole));
    cr_assert(sha256_parts(parts, 3, digest));
    cr_expect_eq(memcmp(whole, digest, sizeof digest), 0);
}
