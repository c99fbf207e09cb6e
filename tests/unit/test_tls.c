#include "api/tls.h"
#include "tests/unit/certificates.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_MS INT64_C(86400000)
#define NOW_MS (INT64_C(20000) * DAY_MS) /* 2024-10-04 */

/* A chain of three: root, intermediate, server. */
struct pki {
    struct certificate_folder folder;
    EVP_PKEY *keys[3];
    X509 *certificates[4]; /* the server's first, then NULL */
    char chain_path[CERTIFICATE_PATH_MAX];
    char key_path[CERTIFICATE_PATH_MAX];
};

static void pki_make(struct pki *pki, int64_t intermediate_until_ms)
{
    certificate_folder_make(&pki->folder);
    for (size_t i = 0; i < 3; i++)
        pki->keys[i] = test_key_p256();
    struct certificate_wish root = {.name = "root",
                                    .others = "",
                                    .key = pki->keys[2],
                                    .from_ms = NOW_MS - DAY_MS,
                                    .until_ms = NOW_MS + 900 * DAY_MS,
                                    .authority = true};
    pki->certificates[2] = test_certificate(&root);
    struct certificate_wish between = root;
    between.name = "between";
    between.key = pki->keys[1];
    between.until_ms = intermediate_until_ms;
    between.issuer = pki->certificates[2];
    between.issuer_key = pki->keys[2];
    pki->certificates[1] = test_certificate(&between);
    struct certificate_wish server = {.name = "hooks.example.com",
                                      .others = "DNS:hooks.example.com,DNS:*.example.net,"
                                                "IP:192.0.2.7,IP:2001:db8::7",
                                      .key = pki->keys[0],
                                      .issuer = pki->certificates[1],
                                      .issuer_key = pki->keys[1],
                                      .from_ms = NOW_MS - DAY_MS,
                                      .until_ms = NOW_MS + 90 * DAY_MS + 5000};
    pki->certificates[0] = test_certificate(&server);
    pki->certificates[3] = NULL;
    write_pem(&pki->folder, "chain.pem", pki->certificates, NULL, NULL, pki->chain_path);
    write_pem(&pki->folder, "key.pem", NULL, pki->keys[0], NULL, pki->key_path);
}

static void pki_clear(struct pki *pki)
{
    for (size_t i = 0; i < 3; i++) {
        EVP_PKEY_free(pki->keys[i]);
        X509_free(pki->certificates[i]);
    }
    certificate_folder_remove(&pki->folder);
}

Test(tls, loads_a_chain_and_says_what_it_is)
{
    struct pki pki;
    pki_make(&pki, NOW_MS + 900 * DAY_MS);
    struct error error = {0};
    struct tls *tls = tls_load(pki.chain_path, pki.key_path, NOW_MS, &error);
    cr_assert_not_null(tls, "%s", error.message);
    cr_assert_str_eq(tls_names(tls), "hooks.example.com, *.example.net, 192.0.2.7, "
                                     "2001:db8::7");
    cr_assert_eq(tls_expires_ms(tls), NOW_MS + 90 * DAY_MS + 5000);
    cr_assert_eq(tls_days_left(tls, NOW_MS), 90);
    cr_assert_eq(tls_days_left(tls, NOW_MS + 6000), 89);
    cr_assert_eq(tls_days_left(tls, NOW_MS + 90 * DAY_MS + 5000), 0);
    cr_assert_eq(tls_days_left(tls, NOW_MS + 90 * DAY_MS + 6000), -1);
    cr_assert_null(tls_warning(tls));
    tls_unref(tls_ref(tls));
    tls_unref(tls);
    tls_unref(NULL);
    pki_clear(&pki);
}

Test(tls, counts_the_days_of_what_ends_first)
{
    struct pki pki;
    pki_make(&pki, NOW_MS + 7 * DAY_MS);
    struct error error = {0};
    struct tls *tls = tls_load(pki.chain_path, pki.key_path, NOW_MS, &error);
    cr_assert_not_null(tls, "%s", error.message);
    cr_assert_eq(tls_days_left(tls, NOW_MS), 7);
    tls_unref(tls);
    pki_clear(&pki);
}

static struct tls *load_self_signed(EVP_PKEY *key, const char *others, struct error *error)
{
    struct certificate_folder folder;
    certificate_folder_make(&folder);
    struct certificate_wish wish = {.name = "hooks.example.com",
                                    .others = others,
                                    .key = key,
                                    .from_ms = NOW_MS - DAY_MS,
                                    .until_ms = NOW_MS + DAY_MS};
    X509 *certificates[] = {test_certificate(&wish), NULL};
    char path[CERTIFICATE_PATH_MAX];
    write_pem(&folder, "both.pem", certificates, key, NULL, path);
    struct tls *tls = tls_load(path, path, NOW_MS, error);
    X509_free(certificates[0]);
    certificate_folder_remove(&folder);
    return tls;
}

Test(tls, takes_one_file_with_both_and_warns_of_a_self_signed_one)
{
    struct error error = {0};
    EVP_PKEY *key = test_key_rsa(2048);
    struct tls *tls = load_self_signed(key, "", &error);
    cr_assert_not_null(tls, "%s", error.message);
    cr_assert_str_eq(tls_names(tls), "hooks.example.com");
    cr_assert_str_eq(tls_warning(tls), "it is signed by itself: Bridge does not deliver to it");
    tls_unref(tls);
    EVP_PKEY_free(key);
}

Test(tls, refuses_weak_and_unusual_keys)
{
    EVP_PKEY *keys[] = {test_key_rsa(1024), EVP_PKEY_Q_keygen(NULL, NULL, "RSA-PSS", (size_t)2048),
                        NULL};
    for (size_t i = 0; keys[i] != NULL; i++) {
        struct error error = {0};
        cr_assert_null(load_self_signed(keys[i], NULL, &error));
        cr_assert_not_null(strstr(error.message, "both.pem: the key of the certificate for "
                                                 "/CN=hooks.example.com is neither RSA of at "
                                                 "least 2048 bits nor of an elliptic curve"),
                           "%s", error.message);
        EVP_PKEY_free(keys[i]);
    }
}

Test(tls, cuts_many_names)
{
    char others[256] = "";
    for (int i = 0; i < 9; i++)
        (void)snprintf(others + strlen(others), sizeof others - strlen(others),
                       "%sDNS:%d234567890123456789.invalid", i > 0 ? "," : "", i);
    struct error error = {0};
    EVP_PKEY *key = test_key_p256();
    struct tls *tls = load_self_signed(key, others, &error);
    cr_assert_not_null(tls, "%s", error.message);
    cr_assert_lt(strlen(tls_names(tls)), TLS_NAMES_MAX);
    cr_assert(strncmp(tls_names(tls), "0234567890123456789.invalid, 1", 30) == 0);
    tls_unref(tls);
    EVP_PKEY_free(key);
}

/* "FOLDER" stands for the folder's path. */
static void expect_line(const struct pki *pki, const char *certificate, const char *key,
                        int64_t now_ms, const char *line)
{
    struct error error = {0};
    cr_expect_null(tls_load(certificate, key, now_ms, &error), "%s", line);
    const char *at = strstr(error.message, pki->folder.path);
    cr_assert_not_null(at, "%s", error.message);
    char shown[ERROR_MAX];
    (void)snprintf(shown, sizeof shown, "%.*s%s", (int)(at - error.message), error.message,
                   at + strlen(pki->folder.path) + 1);
    const char *again = strstr(shown, pki->folder.path);
    if (again != NULL)
        memmove(shown + (again - shown), again + strlen(pki->folder.path) + 1,
                strlen(again + strlen(pki->folder.path) + 1) + 1);
    cr_expect_str_eq(shown, line);
    cr_expect_null(strchr(error.message, '\n'));
}

Test(tls, says_in_a_line_what_is_wrong_with_the_files)
{
    struct pki pki;
    pki_make(&pki, NOW_MS + 900 * DAY_MS);
    const char *chain = pki.chain_path;
    const char *key = pki.key_path;
    char path[CERTIFICATE_PATH_MAX];
    struct certificate_folder *folder = &pki.folder;

    (void)snprintf(path, sizeof path, "%s/none", folder->path);
    expect_line(&pki, path, key, NOW_MS, "cannot read none: No such file or directory");
    expect_line(&pki, chain, path, NOW_MS, "cannot read none: No such file or directory");
    char here[CERTIFICATE_PATH_MAX];
    (void)snprintf(here, sizeof here, "%s/.", folder->path);
    expect_line(&pki, here, key, NOW_MS, "cannot read .: not a regular file");
    (void)snprintf(path, sizeof path, "%s/pipe", folder->path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_line(&pki, path, key, NOW_MS, "cannot read pipe: not a regular file");

    write_text(folder, "empty", "", path);
    expect_line(&pki, path, key, NOW_MS, "empty: no certificate in PEM form in it");
    expect_line(&pki, chain, path, NOW_MS, "empty: no private key in PEM form in it");
    expect_line(&pki, key, key, NOW_MS, "key.pem: no certificate in PEM form in it");
    expect_line(&pki, chain, chain, NOW_MS, "chain.pem: no private key in PEM form in it");
    write_text(folder, "damaged", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
               path);
    expect_line(&pki, path, key, NOW_MS, "damaged: a certificate in it is damaged");
    char *large = malloc(TLS_FILE_MAX + 2);
    memset(large, 'x', TLS_FILE_MAX + 1);
    large[TLS_FILE_MAX + 1] = '\0';
    write_text(folder, "large", large, path);
    free(large);
    expect_line(&pki, path, key, NOW_MS, "cannot read large: File too large");

    write_pem(folder, "locked", NULL, pki.keys[0], "secret", path);
    expect_line(&pki, chain, path, NOW_MS,
                "locked: the key is encrypted; one without a passphrase is needed");
    write_pem(folder, "other", NULL, pki.keys[1], NULL, path);
    expect_line(&pki, chain, path, NOW_MS,
                "the key in other is not that of the certificate in chain.pem");

    expect_line(&pki, chain, key, NOW_MS - 2 * DAY_MS,
                "chain.pem: the certificate for /CN=hooks.example.com is not valid before "
                "2024-10-03");
    expect_line(&pki, chain, key, NOW_MS + 91 * DAY_MS,
                "chain.pem: the certificate for /CN=hooks.example.com expired on 2025-01-02");
    pki_clear(&pki);
}

Test(tls, wants_each_certificate_signed_by_the_next)
{
    struct pki pki;
    pki_make(&pki, NOW_MS + 2 * DAY_MS);
    char path[CERTIFICATE_PATH_MAX];
    X509 *skipped[] = {pki.certificates[0], pki.certificates[2], NULL};
    write_pem(&pki.folder, "skipped", skipped, NULL, NULL, path);
    expect_line(&pki, path, pki.key_path, NOW_MS,
                "skipped: the chain is broken: the certificate for /CN=hooks.example.com is not "
                "signed by the next one, for /CN=root");

    /* The name fits, the signature does not. */
    struct certificate_wish wish = {.name = "between",
                                    .key = pki.keys[0],
                                    .from_ms = NOW_MS - DAY_MS,
                                    .until_ms = NOW_MS + DAY_MS,
                                    .authority = true};
    X509 *impostor = test_certificate(&wish);
    X509 *forged[] = {pki.certificates[0], impostor, NULL};
    write_pem(&pki.folder, "forged", forged, NULL, NULL, path);
    expect_line(&pki, path, pki.key_path, NOW_MS,
                "forged: the chain is broken: the certificate for /CN=hooks.example.com is not "
                "signed by the next one, for /CN=between");
    X509_free(impostor);

    expect_line(&pki, pki.chain_path, pki.key_path, NOW_MS + 3 * DAY_MS,
                "chain.pem: the certificate for /CN=between expired on 2024-10-06");

    X509 *alone[] = {pki.certificates[0], NULL};
    struct error error = {0};
    write_pem(&pki.folder, "alone", alone, NULL, NULL, path);
    struct tls *tls = tls_load(path, pki.key_path, NOW_MS, &error);
    cr_assert_not_null(tls, "%s", error.message);
    tls_unref(tls);

    X509 *many[TLS_CHAIN_MAX + 2] = {NULL};
    for (size_t i = 0; i < TLS_CHAIN_MAX + 1; i++)
        many[i] = pki.certificates[0];
    write_pem(&pki.folder, "many", many, NULL, NULL, path);
    expect_line(&pki, path, pki.key_path, NOW_MS, "many: more than 10 certificates");
    pki_clear(&pki);
}
