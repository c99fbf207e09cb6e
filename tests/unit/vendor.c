#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <stdio.h>

size_t vendor_read(const char *name, char bytes[VENDOR_BYTES_MAX])
{
    char path[128];
    (void)snprintf(path, sizeof path, "tests/vectors/%s", name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "cannot open %s: run from the top of the tree", path);
    size_t length = fread(bytes, 1, VENDOR_BYTES_MAX - 1, file);
    (void)fclose(file);
    bytes[length] = '\0';
    return length;
}

struct vendor vendor_load(void)
{
    struct vendor vendor;
    char pem[VENDOR_BYTES_MAX];
    vendor_read("vendor-signature-header.txt", vendor.header);
    vendor.body_length = vendor_read("vendor-body.json", vendor.body);
    size_t length = vendor_read("vendor-public-key.pem", pem);
    struct error error = {0};
    vendor.key = public_key_from_pem(pem, length, &error);
    cr_assert_not_null(vendor.key, "%s", error.message);
    return vendor;
}
