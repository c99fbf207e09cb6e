/*
 * Certificates and keys of a test's own making, in files of a folder that goes with it.
 */
#ifndef BRIDGETOP_TESTS_CERTIFICATES_H
#define BRIDGETOP_TESTS_CERTIFICATES_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

enum { CERTIFICATE_PATH_MAX = 96 };

struct certificate_wish {
    const char *name;   /* common name, and DNS name unless `others` is given */
    const char *others; /* subjectAltName as OpenSSL's configuration has it, or NULL */
    EVP_PKEY *key;
    X509 *issuer; /* NULL: signed by itself */
    EVP_PKEY *issuer_key;
    int64_t from_ms;
    int64_t until_ms;
    bool authority;
};

EVP_PKEY *test_key_p256(void);
EVP_PKEY *test_key_rsa(unsigned bits);
X509 *test_certificate(const struct certificate_wish *wish);

/* A folder under /tmp; removed with the files in it. */
struct certificate_folder {
    char path[48];
};

void certificate_folder_make(struct certificate_folder *folder);
void certificate_folder_remove(struct certificate_folder *folder);

/* Writes PEM into a file there, in this order: certificates up to NULL, then the key where it is
   not NULL, encrypted where there is a passphrase. */
void write_pem(const struct certificate_folder *folder, const char *name, X509 *const *certificates,
               EVP_PKEY *key, const char *passphrase, char path[CERTIFICATE_PATH_MAX]);
void write_text(const struct certificate_folder *folder, const char *name, const char *text,
                char path[CERTIFICATE_PATH_MAX]);

#endif
