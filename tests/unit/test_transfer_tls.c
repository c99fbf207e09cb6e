#include "api/transfer.h"
#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <microhttpd.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- a server with a certificate of our making --------------------------------- */

struct tls_server {
    struct MHD_Daemon *daemon;
    char *key_pem;
    char *certificate_pem;
    char url[64];
    char trust_file[64];
};

static char *pem_of(EVP_PKEY *key, X509 *certificate)
{
    BIO *memory = BIO_new(BIO_s_mem());
    cr_assert_not_null(memory);
    if (certificate != NULL)
        cr_assert_eq(PEM_write_bio_X509(memory, certificate), 1);
    else
        cr_assert_eq(PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL), 1);
    char *bytes = NULL;
    long length = BIO_get_mem_data(memory, &bytes);
    char *pem = strndup(bytes, (size_t)length);
    BIO_free(memory);
    return pem;
}

/* Self-signed, for `name`, from two days ago until `days` from now. */
static X509 *certificate_for(EVP_PKEY *key, const char *name, int days)
{
    X509 *certificate = X509_new();
    cr_assert_not_null(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400L);
    X509_set_pubkey(certificate, key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    char names[128];
    (void)snprintf(names, sizeof names, "DNS:%s", name);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    return certificate;
}

static enum MHD_Result answer_ok(void *context, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_length, void **request)
{
    (void)context, (void)url, (void)method, (void)version, (void)upload, (void)upload_length;
    (void)request;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(6, "secure", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static void trust(struct tls_server *server)
{
    (void)snprintf(server->trust_file, sizeof server->trust_file, "/tmp/bridgetop-trust-XXXXXX");
    int file = mkstemp(server->trust_file);
    cr_assert_geq(file, 0);
    size_t length = strlen(server->certificate_pem);
    cr_assert_eq(write(file, server->certificate_pem, length), (ssize_t)length);
    close(file);
    setenv("SSL_CERT_FILE", server->trust_file, 1);
}

static void tls_server_start(struct tls_server *server, const char *name, int days)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    cr_assert_not_null(key);
    X509 *certificate = certificate_for(key, name, days);
    *server = (struct tls_server){.key_pem = pem_of(key, NULL),
                                  .certificate_pem = pem_of(NULL, certificate)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer_ok, NULL,
        MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_KEY, server->key_pem,
        MHD_OPTION_HTTPS_MEM_CERT, server->certificate_pem, MHD_OPTION_END);
    cr_assert_not_null(server->daemon);
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)snprintf(server->url, sizeof server->url, "https://localhost:%u/", info->port);
}

static void tls_server_stop(struct tls_server *server)
{
    MHD_stop_daemon(server->daemon);
    free(server->key_pem);
    free(server->certificate_pem);
    if (server->trust_file[0] != '\0')
        unlink(server->trust_file);
}

/* --- what a client makes of it ---------------------------------------------------- */

struct told {
    bool done;
    struct transfer_result result;
    char body[64];
};

static void tell(const struct transfer_result *result, void *context)
{
    struct told *told = context;
    told->done = true;
    told->result = *result;
    if (result->body != NULL)
        (void)snprintf(told->body, sizeof told->body, "%s", result->body);
}

static struct told fetch(const char *url)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct transfer_pool *pool = transfer_pool_new(&loop, 1, NULL);
    cr_assert_not_null(pool);
    struct transfer_request request = {
        .method = "GET",
        .url = url,
        .connect_timeout_ms = 8000,
        .timeout_ms = 8000,
        .answer_max = 1000,
    };
    struct told told = {0};
    cr_assert_neq(transfer_start(pool, &request, tell, &told), 0);
    run_until(&loop, &told.done);
    transfer_pool_close(pool, NULL, NULL);
    run_dry(&loop);
    return told;
}

static void expect_refused(const char *name, int days, bool trusted, const char *words)
{
    struct tls_server server;
    tls_server_start(&server, name, days);
    if (trusted)
        trust(&server);
    struct told told = fetch(server.url);
    tls_server_stop(&server);
    cr_assert_eq(told.result.failure, TRANSFER_TLS, "%s", told.result.error.message);
    const char *line = told.result.error.message;
    cr_assert_not_null(strstr(line, "the certificate of localhost is not valid ("), "%s", line);
    cr_assert_not_null(strstr(line, words), "%s", line);
}

Test(transfer_tls, talks_to_a_server_whose_certificate_is_trusted)
{
    struct tls_server server;
    tls_server_start(&server, "localhost", 2);
    trust(&server);
    struct told told = fetch(server.url);
    tls_server_stop(&server);
    cr_assert_eq(told.result.failure, TRANSFER_OK, "%s", told.result.error.message);
    cr_assert_str_eq(told.body, "secure");
}

Test(transfer_tls, refuses_a_certificate_that_nobody_vouches_for)
{
    unsetenv("SSL_CERT_FILE");
    expect_refused("localhost", 2, false, "self-signed certificate");
}

Test(transfer_tls, refuses_a_certificate_that_has_expired)
{
    expect_refused("localhost", -1, true, "certificate has expired");
}

Test(transfer_tls, refuses_a_certificate_of_another_name)
{
    expect_refused("elsewhere.example", 2, true, "'localhost'");
}

Test(transfer_tls, says_when_the_trusted_certificates_cannot_be_read)
{
    setenv("SSL_CERT_FILE", "/nonexistent/trust.pem", 1);
    struct tls_server server;
    tls_server_start(&server, "localhost", 2);
    struct told told = fetch(server.url);
    tls_server_stop(&server);
    cr_assert_eq(told.result.failure, TRANSFER_TLS);
    cr_assert_not_null(strstr(told.result.error.message, "/nonexistent/trust.pem"), "%s",
                       told.result.error.message);
}

Test(transfer_tls, says_when_the_server_speaks_no_tls)
{
    /* Plain HTTP: libmicrohttpd answers the client's hello with 400 or closes. */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer_ok, NULL,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    cr_assert_not_null(daemon);
    char url[64];
    (void)snprintf(url, sizeof url, "https://localhost:%u/",
                   MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    struct told told = fetch(url);
    MHD_stop_daemon(daemon);
    cr_assert_eq(told.result.failure, TRANSFER_TLS, "%s", told.result.error.message);
    cr_assert_not_null(strstr(told.result.error.message, "no TLS with localhost:"), "%s",
                       told.result.error.message);
}
