#include "tests/unit/certificates.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

EVP_PKEY *test_key_p256(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    cr_assert_not_null(key);
    return key;
}

EVP_PKEY *test_key_rsa(unsigned bits)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    cr_assert_not_null(key);
    return key;
}

static void add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    cr_assert_not_null(extension, "%s", value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

X509 *test_certificate(const struct certificate_wish *wish)
{
    X509 *certificate = X509_new();
    cr_assert_not_null(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), wish->issuer != NULL ? 2 : 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(wish->from_ms / 1000));
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(wish->until_ms / 1000));
    X509_set_pubkey(certificate, wish->key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)wish->name, -1,
                               -1, 0);
    X509_set_issuer_name(certificate,
                         wish->issuer != NULL ? X509_get_subject_name(wish->issuer) : subject);
    char names[256];
    if (wish->others != NULL)
        (void)snprintf(names, sizeof names, "%s", wish->others);
    else
        (void)snprintf(names, sizeof names, "DNS:%s", wish->name);
    if (names[0] != '\0')
        add_extension(certificate, NID_subject_alt_name, names);
    if (wish->authority)
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    EVP_PKEY *signer = wish->issuer != NULL ? wish->issuer_key : wish->key;
    cr_assert_gt(X509_sign(certificate, signer, EVP_sha256()), 0);
    return certificate;
}

/* --- files ----------------------------------------------------------------------- */

void certificate_folder_make(struct certificate_folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/bridgetop-certificates-XXXXXX");
    cr_assert_not_null(mkdtemp(folder->path));
}

void certificate_folder_remove(struct certificate_folder *folder)
{
    DIR *entries = opendir(folder->path);
    cr_assert_not_null(entries);
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
    cr_assert_eq(rmdir(folder->path), 0);
}

static FILE *create(const struct certificate_folder *folder, const char *name,
                    char path[CERTIFICATE_PATH_MAX])
{
    (void)snprintf(path, CERTIFICATE_PATH_MAX, "%s/%s", folder->path, name);
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    return file;
}

void write_pem(const struct certificate_folder *folder, const char *name, X509 *const *certificates,
               EVP_PKEY *key, const char *passphrase, char path[CERTIFICATE_PATH_MAX])
{
    FILE *file = create(folder, name, path);
    for (; certificates != NULL && *certificates != NULL; certificates++)
        cr_assert_eq(PEM_write_X509(file, *certificates), 1);
    if (key != NULL)
        cr_assert_eq(PEM_write_PrivateKey(file, key, passphrase != NULL ? EVP_aes_128_cbc() : NULL,
                                          (const unsigned char *)passphrase,
                                          passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
                                          NULL),
                     1);
    cr_assert_eq(fclose(file), 0);
}

void write_text(const struct certificate_folder *folder, const char *name, const char *text,
                char path[CERTIFICATE_PATH_MAX])
{
    FILE *file = create(folder, name, path);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}
