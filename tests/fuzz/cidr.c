/* Addresses and ranges: read as inet_pton() reads them, printed and read again the same, and a
   range has what it covers bit by bit. */
#include "tests/fuzz/fuzz.h"

#include "api/cidr.h"

#include <arpa/inet.h>
#include <string.h>

static bool same(const struct ip_address *one, const struct ip_address *other)
{
    return memcmp(one->bytes, other->bytes, sizeof one->bytes) == 0;
}

static void check_address(const char *text)
{
    struct ip_address address, again;
    unsigned char wanted[16];
    bool v4 = inet_pton(AF_INET, text, wanted) == 1;
    bool v6 = !v4 && inet_pton(AF_INET6, text, wanted) == 1;
    bool parsed = ip_address_parse(text, &address);
    FUZZ_CHECK(parsed == (v4 || v6));
    if (!parsed)
        return;
    FUZZ_CHECK(v4 ? memcmp(address.bytes + 12, wanted, 4) == 0
                  : memcmp(address.bytes, wanted, 16) == 0);
    FUZZ_CHECK(!v4 || ip_address_is_v4(&address));
    char printed[IP_ADDRESS_TEXT_MAX];
    FUZZ_CHECK(ip_address_text(&address, printed) == printed);
    FUZZ_CHECK(ip_address_parse(printed, &again) && same(&address, &again));
}

static bool covered(const struct cidr *cidr, const struct ip_address *address)
{
    for (unsigned bit = 0; bit < cidr->prefix; bit++)
        if (((cidr->network.bytes[bit / 8] ^ address->bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return false;
    return cidr->v4 == ip_address_is_v4(address);
}

static void check_range(const char *text, const char *other)
{
    struct cidr cidr;
    struct error error = {0};
    if (!cidr_parse(text, &cidr, &error)) {
        FUZZ_CHECK(error.message[0] != '\0');
        return;
    }
    FUZZ_CHECK(cidr.prefix <= 128 && cidr_contains(&cidr, &cidr.network));
    for (unsigned bit = cidr.prefix; bit < 128; bit++)
        FUZZ_CHECK((cidr.network.bytes[bit / 8] >> (7 - bit % 8) & 1) == 0);
    for (unsigned bit = 0; bit < 128; bit++) {
        struct ip_address near = cidr.network;
        near.bytes[bit / 8] ^= (unsigned char)(1 << (7 - bit % 8));
        FUZZ_CHECK(cidr_contains(&cidr, &near) == covered(&cidr, &near));
    }
    struct ip_address address;
    if (ip_address_parse(other, &address))
        FUZZ_CHECK(cidr_contains(&cidr, &address) == covered(&cidr, &address));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    const char *text = fuzz_string(&input);
    const char *other = fuzz_string(&input);
    check_address(text);
    check_range(text, other);
    fuzz_end(&input);
    return 0;
}
