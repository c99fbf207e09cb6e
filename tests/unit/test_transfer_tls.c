#include "api/listener.h"
#include "api/transfer.h"
#include "tests/unit/certificates.h"
#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a server with a certificate of our making --------------------------------- */

#define DAY_MS INT64_C(86400000)

struct tls_server {
    struct certificate_folder folder;
    char path[CERTIFICATE_PATH_MAX]; /* of certificate and key */
    struct tls *tls;                 /* NULL: it speaks plain HTTP */
    struct listener *listener;
    bool closed;
};

static void answer_ok(struct exchange *exchange, void *context)
{
    (void)context;
    (void)exchange_respond(exchange, 200, "text/plain", NULL, "secure", 6);
}

/* Self-signed, for `name`, from two days ago until `days` from now. */
static void tls_server_make(struct tls_server *server, const char *name, int days)
{
    struct ambient ambient = ambient_system();
    int64_t now_ms = ambient_wall_ms(&ambient);
    struct certificate_wish wish = {.name = name,
                                    .key = test_key_p256(),
                                    .from_ms = now_ms - 2 * DAY_MS,
                                    .until_ms = now_ms + days * DAY_MS};
    X509 *certificates[] = {test_certificate(&wish), NULL};
    *server = (struct tls_server){0};
    certificate_folder_make(&server->folder);
    write_pem(&server->folder, "both.pem", certificates, wish.key, NULL, server->path);
    struct error error = {0};
    /* Loaded while it was valid. */
    server->tls = tls_load(server->path, server->path, wish.from_ms + 1000, &error);
    cr_assert_not_null(server->tls, "%s", error.message);
    X509_free(certificates[0]);
    EVP_PKEY_free(wish.key);
}

static void tls_server_clear(struct tls_server *server)
{
    tls_unref(server->tls);
    certificate_folder_remove(&server->folder);
}

static void trust(const struct tls_server *server)
{
    setenv("SSL_CERT_FILE", server->path, 1);
}

static void on_listener_closed(void *context)
{
    ((struct tls_server *)context)->closed = true;
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

static struct told fetch(struct tls_server *server)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct listener_config config = {.address = "127.0.0.1",
                                     .ambient = ambient_system(),
                                     .handler = answer_ok,
                                     .tls = server->tls};
    server->listener = listener_new(&loop, &config, NULL);
    cr_assert_not_null(server->listener);
    char url[64];
    (void)snprintf(url, sizeof url, "https://localhost:%u/", listener_port(server->listener));
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
    listener_close(server->listener, on_listener_closed, server);
    run_until(&loop, &server->closed);
    run_dry(&loop);
    return told;
}

static void expect_refused(const char *name, int days, bool trusted, const char *words)
{
    struct tls_server server;
    tls_server_make(&server, name, days);
    if (trusted)
        trust(&server);
    struct told told = fetch(&server);
    tls_server_clear(&server);
    cr_assert_eq(told.result.failure, TRANSFER_TLS, "%s", told.result.error.message);
    const char *line = told.result.error.message;
    cr_assert_not_null(strstr(line, "the certificate of localhost is not valid ("), "%s", line);
    cr_assert_not_null(strstr(line, words), "%s", line);
}

Test(transfer_tls, talks_to_a_server_whose_certificate_is_trusted)
{
    struct tls_server server;
    tls_server_make(&server, "localhost", 2);
    trust(&server);
    struct told told = fetch(&server);
    tls_server_clear(&server);
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
    tls_server_make(&server, "localhost", 2);
    struct told told = fetch(&server);
    tls_server_clear(&server);
    cr_assert_eq(told.result.failure, TRANSFER_NO_TRUST);
    cr_assert_not_null(strstr(told.result.error.message, "/nonexistent/trust.pem"), "%s",
                       told.result.error.message);
}

Test(transfer_tls, says_when_the_server_speaks_no_tls)
{
    /* To the client's hello it answers 400. */
    struct tls_server server = {0};
    struct told told = fetch(&server);
    cr_assert_eq(told.result.failure, TRANSFER_TLS, "%s", told.result.error.message);
    cr_assert_not_null(strstr(told.result.error.message, "no TLS with localhost:"), "%s",
                       told.result.error.message);
}
