#include "api/signature.h"

#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Headers are made from the vendor's v0 so that nothing but the one thing is wrong with them. */
static const char *vendor_v0(void)
{
    static char header[VENDOR_BYTES_MAX];
    vendor_read("vendor-signature-header.txt", header);
    return strstr(header, "v0=") + strlen("v0=");
}

static void assert_parses(const char *header)
{
    struct signature signature;
    struct error error = {0};
    cr_assert(signature_parse(header, &signature, &error), "\"%s\": %s", header, error.message);
    cr_assert_eq(signature.length, 256);
}

static void assert_malformed(const char *header, const char *because)
{
    struct signature signature;
    struct error error = {0};
    cr_assert_not(signature_parse(header, &signature, &error), "\"%s\" was taken", header);
    cr_assert_not_null(strstr(error.message, because), "\"%s\": got \"%s\", not \"%s\"", header,
                       error.message, because);
}

Test(signature_header, is_read_in_any_order_and_beside_unknown_fields)
{
    static const char *const FORMATS[] = {
        "t=1705854411204,v0=%s",
        "v0=%s,t=1705854411204",
        "t=1705854411204,v0=%s,v1=abc",
        "v1=,t=1705854411204,v0=%s",
        "v00=x,t=1705854411204,v0=%s",
        "T=5,t=1705854411204,V0=x,v0=%s",
        "a=b=c,a=b,t=1705854411204,v0=%s",
        "  t=1705854411204,v0=%s\t ",
        "t=0,v0=%s",
        "t=999999999999999999,v0=%s",
        "t=000000000000000001,v0=%s",
    };
    char header[VENDOR_BYTES_MAX];
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(header, sizeof header, FORMATS[i], vendor_v0());
#pragma GCC diagnostic pop
        assert_parses(header);
    }
}

Test(signature_header, malformed_fields_are_refused_by_name)
{
    static const struct {
        const char *before; /* of the vendor's v0 */
        const char *after;
        const char *because;
    } CASES[] = {
        {"t=1,t=1,v0=", "", "t comes twice"},
        {"t=1,t=2,v0=", "", "t comes twice"},
        {"t=,t=1,v0=", "", "t is empty"},
        {"v0=", "", "t is missing"},
        {"T=1,v0=", "", "t is missing"},
        {"t=,v0=", "", "t is empty"},
        {"t=-1,v0=", "", "t is not a whole number"},
        {"t=+1,v0=", "", "t is not a whole number"},
        {"t=1.5,v0=", "", "t is not a whole number"},
        {"t=1e3,v0=", "", "t is not a whole number"},
        {"t=0x10,v0=", "", "t is not a whole number"},
        {"t=1=1,v0=", "", "t is not a whole number"},
        {"t=\xD9\xA1,v0=", "", "field 1 holds"}, /* an Arabic digit */
        {"t=1000000000000000000,v0=", "", "more than 18 digits"},
        {"t=0000000000000000001,v0=", "", "more than 18 digits"},
        {"t=99999999999999999999999,v0=", "", "more than 18 digits"},
        {"t=1,v0=", "=", "v0 is not canonical"},
        {"t=1,v0==", "", "v0 is not canonical"},
        {"t=1,v0=", ",", "field 3 is not of the form"},
        {"t=1,,v0=", "", "field 2 is not of the form"},
        {",t=1,v0=", "", "field 1 is not of the form"},
        {"t=1,v1,v0=", "", "field 2 is not of the form"},
        {"t=1,=x,v0=", "", "field 2 is not of the form"},
        {"t=1;v0=", "", "t is not a whole number"},
        {"t=1, v0=", "", "field 2 holds a blank"},
        {"t= 1,v0=", "", "field 1 holds a blank"},
        {"t=1 ,v0=", "", "field 1 holds a blank"},
        {"t =1,v0=", "", "field 1 holds a blank"},
        {"t=1,v0= ", "", "field 2 holds a blank"},
        {"t=1,v0=", "\n", "field 2 holds a blank"},
        {"t=1,v0=", "\r", "field 2 holds a blank"},
        {"t=1,v0=", "\x01", "field 2 holds a blank"},
        {"t=1,x=\x7F,v0=", "", "field 2 holds a blank"},
        {"t=1,v1=", "", "v0 is missing"},
        {"t=1,V0=", "", "v0 is missing"},
    };
    char header[VENDOR_BYTES_MAX];
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        (void)snprintf(header, sizeof header, "%s%s%s", CASES[i].before, vendor_v0(),
                       CASES[i].after);
        assert_malformed(header, CASES[i].because);
    }
    (void)snprintf(header, sizeof header, "t=1,v0=%s,v0=%s", vendor_v0(), vendor_v0());
    assert_malformed(header, "v0 comes twice");
    (void)snprintf(header, sizeof header, "t=1,v0=%s,v0=", vendor_v0());
    assert_malformed(header, "v0 comes twice");
    assert_malformed("", "it is empty");
    assert_malformed(" \t", "it is empty");
    assert_malformed("t=1", "v0 is missing");
    assert_malformed("t=1,v0=", "v0 is empty");
    assert_malformed("nonsense", "field 1 is not of the form");
}

Test(signature_header, base64_is_canonical_and_of_a_signatures_length)
{
    char header[VENDOR_BYTES_MAX];
    int start = snprintf(header, sizeof header, "t=1,v0=%s", vendor_v0());
    size_t end = (size_t)start; /* "…fw==" */
    assert_parses(header);

    header[end - 1] = '\0';
    assert_malformed(header, "v0 is not canonical base64"); /* one = */
    header[end - 2] = '\0';
    assert_malformed(header, "v0 is not canonical base64"); /* none */
    memcpy(header + end - 2, "====", 5);
    assert_malformed(header, "v0 is not canonical base64");
    memcpy(header + end - 3, "x==", 4); /* bits below the padding */
    assert_malformed(header, "v0 is not canonical base64");
    memcpy(header + end - 3, "w=A", 4);
    assert_malformed(header, "v0 is not canonical base64");
    memcpy(header + end - 3, "A==", 4);
    assert_parses(header);
    header[20] = '-'; /* the URL alphabet */
    assert_malformed(header, "v0 is not canonical base64");
    header[20] = '=';
    assert_malformed(header, "v0 is not canonical base64");
    header[20] = '%';
    assert_malformed(header, "v0 is not canonical base64");

    assert_malformed("t=1,v0=QUJD", "v0 holds 3 bytes");
    assert_malformed("t=1,v0====", "v0 is not canonical base64");
    assert_malformed("t=1,v0=====", "v0 is not canonical base64");
}

static void header_with_bytes(char header[VENDOR_BYTES_MAX], size_t bytes)
{
    static unsigned char zeros[SIGNATURE_BYTES_MAX + 1];
    int used = snprintf(header, VENDOR_BYTES_MAX, "t=1,v0=");
    (void)EVP_EncodeBlock((unsigned char *)header + used, zeros, (int)bytes);
}

Test(signature_header, signatures_of_all_key_lengths_and_no_others_fit)
{
    char header[VENDOR_BYTES_MAX];
    struct signature signature;
    static const size_t FINE[] = {SIGNATURE_KEY_BITS_MIN / 8, 384, 512, SIGNATURE_BYTES_MAX};
    for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++) {
        header_with_bytes(header, FINE[i]);
        cr_assert(signature_parse(header, &signature, NULL));
        cr_assert_eq(signature.length, FINE[i]);
    }
    header_with_bytes(header, SIGNATURE_KEY_BITS_MIN / 8 - 1);
    assert_malformed(header, "v0 holds 255 bytes");
    header_with_bytes(header, SIGNATURE_BYTES_MAX + 1);
    assert_malformed(header, "v0 holds 1025 bytes");
}

Test(signature_header, is_read_up_to_its_maximum)
{
    char header[VENDOR_BYTES_MAX];
    int used = snprintf(header, sizeof header, "t=1,v0=%s,v1=", vendor_v0());
    memset(header + used, 'x', sizeof header - (size_t)used);
    header[SIGNATURE_HEADER_MAX] = '\0';
    assert_parses(header);
    header[SIGNATURE_HEADER_MAX] = 'x';
    header[SIGNATURE_HEADER_MAX + 1] = '\0';
    assert_malformed(header, "it is longer than 2048 bytes");

    used = snprintf(header, sizeof header, "t=1,v0=");
    memset(header + used, 'A', 1372);
    header[used + 1372] = '\0';
    assert_malformed(header, "v0 is longer than a signature of 8192 bits");
}

Test(signature_header, a_nul_ends_it)
{
    char header[VENDOR_BYTES_MAX];
    (void)snprintf(header, sizeof header, "t=1,v0=%s", vendor_v0());
    header[100] = '\0';
    assert_malformed(header, "v0 is not canonical base64");
    header[3] = '\0';
    assert_malformed(header, "v0 is missing");
}
