#include "api/tls.h"
#include "tests/unit/certificates.h"
#include "tests/unit/listener_driver.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- a server with a certificate ---------------------------------------------------- */

static struct tls *new_tls(const char *name)
{
    struct certificate_folder folder;
    certificate_folder_make(&folder);
    struct certificate_wish wish = {
        .name = name, .key = test_key_p256(), .from_ms = 0, .until_ms = 4000000000000};
    X509 *certificates[] = {test_certificate(&wish), NULL};
    char path[CERTIFICATE_PATH_MAX];
    write_pem(&folder, "both.pem", certificates, wish.key, NULL, path);
    struct error error = {0};
    struct tls *tls = tls_load(path, path, 1000, &error);
    cr_assert_not_null(tls, "%s", error.message);
    X509_free(certificates[0]);
    EVP_PKEY_free(wish.key);
    certificate_folder_remove(&folder);
    return tls;
}

static void start(struct server *server)
{
    struct tls *tls = new_tls("one.example");
    server_start_with(server, "127.0.0.1", &(struct listener_config){.tls = tls});
    tls_unref(tls);
}

/* --- a client that speaks TLS ---------------------------------------------------------- */

struct client {
    struct wire wire;
    SSL *ssl;
    char in[4096];
    size_t length;
    bool ended;
    bool failed;
};

static SSL_CTX *client_context(int version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    cr_assert_not_null(context);
    if (version != 0) {
        SSL_CTX_set_min_proto_version(context, version);
        SSL_CTX_set_max_proto_version(context, version);
    }
    /* What old protocols need is for the server to refuse, not for this side. */
    cr_assert_eq(SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0"), 1);
    return context;
}

static void client_connect(struct client *client, struct server *server, SSL_CTX *context)
{
    *client = (struct client){0};
    wire_connect(&client->wire, server);
    client->ssl = SSL_new(context);
    SSL_set_fd(client->ssl, client->wire.fd);
    SSL_set_connect_state(client->ssl);
}

static void client_close(struct client *client)
{
    SSL_free(client->ssl);
    wire_close(&client->wire);
}

/* Whether it is done, one way or the other. */
static bool tried(struct client *client, int code)
{
    if (code > 0)
        return true;
    int reason = SSL_get_error(client->ssl, code);
    ERR_clear_error();
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
        return false;
    client->ended = true;
    client->failed = reason != SSL_ERROR_ZERO_RETURN;
    return true;
}

static bool shake_hands(struct client *client)
{
    ERR_clear_error();
    WAIT_FOR(client->wire.server, tried(client, SSL_do_handshake(client->ssl)));
    return !client->failed;
}

static void client_send(struct client *client, const char *bytes, size_t length)
{
    ERR_clear_error();
    WAIT_FOR(client->wire.server, tried(client, SSL_write(client->ssl, bytes, (int)length)));
}

static bool client_receive(struct client *client)
{
    int got = SSL_read(client->ssl, client->in + client->length,
                       (int)(sizeof client->in - client->length - 1));
    if (got > 0)
        client->length += (size_t)got;
    client->in[client->length] = '\0';
    (void)tried(client, got);
    return client->ended;
}

static bool client_received(struct client *client, const char *text)
{
    (void)client_receive(client);
    return strstr(client->in, text) != NULL;
}

/* --- tests ------------------------------------------------------------------------------- */

Test(listener_tls, serves_requests_through_each_version)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct server server;
    start(&server);
    for (size_t i = 0; i < 2; i++) {
        SSL_CTX *context = client_context(versions[i]);
        struct client client;
        client_connect(&client, &server, context);
        cr_assert(shake_hands(&client));
        for (size_t k = 0; k < 3; k++) {
            client_send(&client, GOLDEN, GOLDEN_LENGTH);
            WAIT_FOR(&server, client_received(&client, "\r\n\r\nok"));
            assert_golden(&server);
            client.length = 0;
        }
        client_close(&client);
        SSL_CTX_free(context);
        WAIT_FOR(&server, listener_connections(server.listener) == 0);
    }
    cr_assert_eq(server.count, 6);
    cr_assert_eq(listener_counts(server.listener).tls_failed, 0);
    server_stop(&server);
}

Test(listener_tls, reads_records_cut_anywhere_and_many_in_one)
{
    struct server server;
    start(&server);
    SSL_CTX *context = client_context(0);
    struct client client;
    client_connect(&client, &server, context);
    cr_assert(shake_hands(&client));
    for (size_t cut = 1; cut < GOLDEN_LENGTH; cut++) {
        client_send(&client, GOLDEN, cut);
        server_turn(&server);
        client_send(&client, GOLDEN + cut, GOLDEN_LENGTH - cut);
        WAIT_FOR(&server, client_received(&client, "\r\n\r\nok"));
        assert_golden(&server);
        client.length = 0;
    }
    size_t before = server.count;
    char many[5 * 512];
    for (size_t i = 0; i < 5; i++)
        memcpy(many + i * GOLDEN_LENGTH, GOLDEN, GOLDEN_LENGTH);
    client_send(&client, many, 5 * GOLDEN_LENGTH);
    WAIT_FOR(&server, server.count == before + 5);
    client_close(&client);
    SSL_CTX_free(context);
    server_stop(&server);
}

/* As large as it may be: many records, more than the sockets and the buffers hold. */
Test(listener_tls, takes_a_large_body_and_gives_a_large_answer)
{
    enum { LENGTH = 8 * 1024 * 1024 };
    struct server server;
    start(&server);
    char *answer = malloc(LENGTH);
    for (size_t i = 0; i < LENGTH; i++)
        answer[i] = (char)('a' + i % 26);
    server.answer = answer;
    server.answer_length = LENGTH;
    SSL_CTX *context = client_context(0);
    struct client client;
    client_connect(&client, &server, context);
    cr_assert(shake_hands(&client));
    char head[100];
    (void)snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n",
                   LISTENER_BODY_MAX);
    client_send(&client, head, strlen(head));
    client_send(&client, answer, LISTENER_BODY_MAX);
    WAIT_FOR(&server, server.count == 1);
    cr_assert_eq(server.body_length, LISTENER_BODY_MAX);
    cr_assert(memcmp(server.body, answer, LISTENER_BODY_MAX) == 0);

    size_t total = 0;
    bool in_head = true;
    while (total < LENGTH) {
        (void)client_receive(&client);
        cr_assert_not(client.ended);
        char *body = client.in;
        if (in_head && (body = strstr(client.in, "\r\n\r\n")) != NULL)
            body += 4;
        if (body != NULL) {
            size_t count = client.length - (size_t)(body - client.in);
            cr_assert(memcmp(body, answer + total, count) == 0, "at %zu", total);
            total += count;
            client.length = 0;
            in_head = false;
        }
        server_turn(&server);
    }
    client_close(&client);
    SSL_CTX_free(context);
    free(answer);
    server_stop(&server);
}

Test(listener_tls, refuses_old_versions)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION};
    struct server server;
    start(&server);
    for (size_t i = 0; i < 2; i++) {
        SSL_CTX *context = client_context(versions[i]);
        struct client client;
        client_connect(&client, &server, context);
        cr_assert_not(shake_hands(&client));
        WAIT_FOR(&server, listener_counts(server.listener).tls_failed == i + 1);
        client_close(&client);
        SSL_CTX_free(context);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}

Test(listener_tls, refuses_to_renegotiate)
{
    struct server server;
    start(&server);
    SSL_CTX *context = client_context(TLS1_2_VERSION);
    struct client client;
    client_connect(&client, &server, context);
    cr_assert(shake_hands(&client));
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, client_received(&client, "\r\n\r\nok"));
    cr_assert_eq(SSL_renegotiate(client.ssl), 1);
    cr_assert_not(shake_hands(&client));
    client_close(&client);
    SSL_CTX_free(context);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert_eq(server.count, 1);
    server_stop(&server);
}

Test(listener_tls, ends_what_is_no_tls)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *answer; /* begins with */
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27, "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nHost: h\r\n\r\n", 28, "HTTP/1.1 400 "},
        {"\0\0\0\0\0\0\0\0\0\0\0\0", 12, ""},
        {"SSH-2.0-OpenSSH_9.2\r\n", 21, ""},
        {"\x16\x03\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, ""},
        {"\x17\x03\x03\x00\x05hello", 10, ""},
        {"\x15\x03\x03\x00\x02\x02\x28", 7, ""},
    };
    const size_t count = sizeof cases / sizeof cases[0];
    struct server server;
    start(&server);
    for (size_t i = 0; i < count; i++) {
        struct wire client;
        wire_connect(&client, &server);
        wire_send(&client, cases[i].bytes, cases[i].length);
        WAIT_FOR(&server, wire_ended(&client));
        cr_assert_eq(listener_counts(server.listener).tls_failed, i + 1, "case %zu", i);
        if (cases[i].answer[0] != '\0')
            cr_assert(wire_received(&client, cases[i].answer), "case %zu", i);
        wire_close(&client);
    }
    cr_assert_eq(server.count, 0);
    server_stop(&server);
}

Test(listener_tls, ends_a_handshake_that_takes_too_long)
{
    struct server server;
    start(&server);
    struct wire silent;
    struct wire slow;
    wire_connect(&silent, &server);
    wire_connect(&slow, &server);
    wire_send(&slow, "\x16\x03\x01\x02", 4);
    WAIT_FOR(&server, listener_connections(server.listener) == 2);
    server.skipped_us += (uint64_t)LISTENER_HANDSHAKE_MS * 1000;
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert(wire_ended(&silent) && wire_ended(&slow));
    cr_assert_eq(listener_counts(server.listener).tls_failed, 2);
    wire_close(&silent);
    wire_close(&slow);
    server_stop(&server);
}

/* SIGPIPE is not ignored here: a write to a peer that has gone must not raise it. */
Test(listener_tls, outlives_peers_that_go_before_their_answer)
{
    struct server server;
    start(&server);
    server.reply = REPLY_LATER;
    SSL_CTX *context = client_context(0);
    for (size_t i = 0; i < 4; i++) {
        const struct linger reset = {.l_onoff = 1};
        struct client client;
        client_connect(&client, &server, context);
        cr_assert(shake_hands(&client));
        client_send(&client, GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, server.held_count == i + 1);
        if (i % 2 == 0)
            setsockopt(client.wire.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        client_close(&client);
        server_turn(&server);
        server_respond(&server, server.held[i]);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    SSL_CTX_free(context);
    server_stop(&server);
}

static bool has_name(const struct client *client, const char *name)
{
    X509 *certificate = SSL_get1_peer_certificate(client->ssl);
    cr_assert_not_null(certificate);
    bool same = X509_check_host(certificate, name, 0, 0, NULL) == 1;
    X509_free(certificate);
    return same;
}

Test(listener_tls, goes_over_to_a_renewed_certificate)
{
    struct server server;
    start(&server);
    SSL_CTX *context = client_context(0);
    struct client before;
    client_connect(&before, &server, context);
    cr_assert(shake_hands(&before));
    struct tls *renewed = new_tls("two.example");
    listener_set_tls(server.listener, renewed);
    tls_unref(renewed);
    struct client after;
    client_connect(&after, &server, context);
    cr_assert(shake_hands(&after));
    cr_assert(has_name(&before, "one.example"));
    cr_assert(has_name(&after, "two.example"));
    struct client *const clients[] = {&before, &after};
    for (size_t i = 0; i < 2; i++) {
        client_send(clients[i], GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, client_received(clients[i], "\r\n\r\nok"));
        client_close(clients[i]);
    }
    SSL_CTX_free(context);
    server_stop(&server);
}

static SSL_SESSION *ticket;

static int keep_ticket(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1;
}

Test(listener_tls, resumes_a_session)
{
    struct server server;
    start(&server);
    SSL_CTX *context = client_context(0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context, keep_ticket);
    for (size_t i = 0; i < 2; i++) {
        struct client client;
        client_connect(&client, &server, context);
        if (ticket != NULL)
            cr_assert_eq(SSL_set_session(client.ssl, ticket), 1);
        cr_assert(shake_hands(&client));
        client_send(&client, GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, client_received(&client, "\r\n\r\nok"));
        cr_assert_eq(SSL_session_reused(client.ssl), i == 1);
        SSL_shutdown(client.ssl);
        client_close(&client);
    }
    SSL_SESSION_free(ticket);
    SSL_CTX_free(context);
    server_stop(&server);
}

Test(listener_tls, chooses_http_1_1_where_it_is_offered)
{
    struct server server;
    start(&server);
    SSL_CTX *context = client_context(0);
    cr_assert_eq(SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\x02h2\x08http/1.1", 12),
                 0);
    struct client client;
    client_connect(&client, &server, context);
    cr_assert(shake_hands(&client));
    const unsigned char *chosen = NULL;
    unsigned length = 0;
    SSL_get0_alpn_selected(client.ssl, &chosen, &length);
    cr_assert_eq(length, 8);
    cr_assert(memcmp(chosen, "http/1.1", 8) == 0);
    client_close(&client);
    SSL_CTX_free(context);
    server_stop(&server);
}

Test(listener_tls, serves_many_connections_at_once)
{
    enum { COUNT = 30 };
    struct server server;
    struct client clients[COUNT];
    start(&server);
    SSL_CTX *context = client_context(0);
    for (size_t i = 0; i < COUNT; i++) {
        client_connect(&clients[i], &server, context);
        cr_assert(shake_hands(&clients[i]));
    }
    cr_assert_eq(listener_connections(server.listener), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        client_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, client_received(&clients[i], "\r\n\r\nok"));
        client_close(&clients[i]);
    }
    SSL_CTX_free(context);
    server_stop(&server);
}
