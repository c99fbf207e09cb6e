#include "api/tls.h"

#include "api/cidr.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 24 * 60 * 60 };

struct tls {
    atomic_uint references;
    SSL_CTX *context;
    int64_t expires_ms;
    bool self_signed;
    char names[TLS_NAMES_MAX];
};

/* --- files ---------------------------------------------------------------------- */

/* A descriptor's contents as a BIO of its own, or NULL with errno. */
static BIO *read_whole(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return NULL;
    if (!S_ISREG(status.st_mode) || status.st_size > TLS_FILE_MAX) {
        errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
        return NULL;
    }
    BIO *memory = BIO_new(BIO_s_mem());
    char bytes[4096];
    ssize_t got = 0;
    size_t all = 0;
    while (memory != NULL && all <= TLS_FILE_MAX && (got = read(fd, bytes, sizeof bytes)) > 0) {
        all += (size_t)got;
        if (BIO_write(memory, bytes, (int)got) != (int)got)
            got = -1;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    if (memory != NULL && got == 0)
        return memory;
    BIO_free(memory);
    errno = memory == NULL ? ENOMEM : got > 0 ? EFBIG : errno;
    return NULL;
}

static BIO *read_file(const char *path, struct error *error)
{
    /* Not blocking: it might be a pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    BIO *memory = fd >= 0 ? read_whole(fd) : NULL;
    if (memory == NULL)
        (void)error_set(error, "cannot read %s: %s", path,
                        errno == EINVAL ? "not a regular file" : strerror(errno));
    if (fd >= 0)
        close(fd);
    return memory;
}

/* --- certificates ---------------------------------------------------------------- */

static const char *name_of(const X509 *certificate, char *text, size_t size)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    if (name == NULL || X509_NAME_oneline(name, text, (int)size) == NULL)
        (void)snprintf(text, size, "?");
    return text;
}

static int64_t time_of(const ASN1_TIME *time)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return INT64_MIN;
    return (int64_t)timegm(&parts) * 1000;
}

static bool key_acceptable(EVP_PKEY *key)
{
    if (key == NULL)
        return false;
    int kind = EVP_PKEY_get_base_id(key);
    return kind == EVP_PKEY_EC ||
           (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= TLS_RSA_BITS_MIN);
}

/* "2026-11-28" */
static const char *day_of(int64_t ms, char text[32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(text, 32, "%Y-%m-%d", &parts) == 0)
        (void)snprintf(text, 32, "?");
    return text;
}

static bool valid_at(const X509 *certificate, int64_t now_ms, const char *path, struct error *error)
{
    char name[128];
    char day[32];
    int64_t from = time_of(X509_get0_notBefore(certificate));
    int64_t until = time_of(X509_get0_notAfter(certificate));
    if (now_ms > until)
        return error_set(error, "%s: the certificate for %s expired on %s", path,
                         name_of(certificate, name, sizeof name), day_of(until, day));
    if (now_ms < from)
        return error_set(error, "%s: the certificate for %s is not valid before %s", path,
                         name_of(certificate, name, sizeof name), day_of(from, day));
    return true;
}

static bool signed_by(X509 *certificate, X509 *issuer)
{
    return X509_check_issued(issuer, certificate) == X509_V_OK &&
           X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

static bool check_chain(STACK_OF(X509) * chain, int64_t now_ms, const char *path,
                        struct error *error)
{
    char name[128];
    char issuer[128];
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        if (!valid_at(certificate, now_ms, path, error))
            return false;
        if (!key_acceptable(X509_get0_pubkey(certificate)))
            return error_set(error,
                             "%s: the key of the certificate for %s is neither RSA of at least "
                             "%d bits nor of an elliptic curve",
                             path, name_of(certificate, name, sizeof name), TLS_RSA_BITS_MIN);
        if (i > 0 && !signed_by(sk_X509_value(chain, i - 1), certificate))
            return error_set(error,
                             "%s: the chain is broken: the certificate for %s is not signed by "
                             "the next one, for %s",
                             path, name_of(sk_X509_value(chain, i - 1), name, sizeof name),
                             name_of(certificate, issuer, sizeof issuer));
    }
    return true;
}

/* Owned by the caller. */
static STACK_OF(X509) * read_chain(const char *path, struct error *error)
{
    BIO *file = read_file(path, error);
    STACK_OF(X509) *chain = sk_X509_new_null();
    X509 *certificate;
    if (file == NULL || chain == NULL)
        goto failed;
    ERR_clear_error();
    while ((certificate = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL)
        if (sk_X509_num(chain) >= TLS_CHAIN_MAX || sk_X509_push(chain, certificate) <= 0) {
            X509_free(certificate);
            (void)error_set(error, "%s: more than %d certificates", path, TLS_CHAIN_MAX);
            goto failed;
        }
    /* At the end of the file there is no further one; anything else is a broken one. */
    bool to_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!to_the_end)
        (void)error_set(error, "%s: a certificate in it is damaged", path);
    else if (sk_X509_num(chain) == 0)
        (void)error_set(error, "%s: no certificate in PEM form in it", path);
    else {
        BIO_free(file);
        return chain;
    }
failed:
    BIO_free(file);
    sk_X509_pop_free(chain, X509_free);
    return NULL;
}

/* A passphrase would have to be typed at every start and every renewal. */
static int no_passphrase(char *buffer, int size, int writing, void *asked)
{
    (void)buffer, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

static EVP_PKEY *read_key(const char *path, struct error *error)
{
    BIO *file = read_file(path, error);
    if (file == NULL)
        return NULL;
    bool encrypted = false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, &encrypted);
    BIO_free(file);
    ERR_clear_error();
    if (encrypted)
        (void)error_set(error, "%s: the key is encrypted; one without a passphrase is needed",
                        path);
    else if (key == NULL)
        (void)error_set(error, "%s: no private key in PEM form in it", path);
    return key;
}

/* --- names ------------------------------------------------------------------------- */

static void add_name(struct tls *tls, const char *name, size_t length)
{
    size_t used = strlen(tls->names);
    const char *between = used > 0 ? ", " : "";
    if (used + strlen(between) + length >= sizeof tls->names)
        return;
    (void)snprintf(tls->names + used, sizeof tls->names - used, "%s%.*s", between, (int)length,
                   name);
}

static void add_address(struct tls *tls, const ASN1_OCTET_STRING *octets)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr *socket_address = (const struct sockaddr *)&v6;
    int length = ASN1_STRING_length(octets);
    if (length == (int)sizeof v4.sin_addr) {
        memcpy(&v4.sin_addr, ASN1_STRING_get0_data(octets), sizeof v4.sin_addr);
        socket_address = (const struct sockaddr *)&v4;
    } else if (length == (int)sizeof v6.sin6_addr) {
        memcpy(&v6.sin6_addr, ASN1_STRING_get0_data(octets), sizeof v6.sin6_addr);
    } else {
        return;
    }
    struct ip_address address;
    char text[IP_ADDRESS_TEXT_MAX];
    if (!ip_address_of(socket_address, &address))
        return;
    (void)ip_address_text(&address, text);
    add_name(tls, text, strlen(text));
}

static void read_names(struct tls *tls, X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS)
            add_name(tls, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
                     (size_t)ASN1_STRING_length(name->d.dNSName));
        else if (name->type == GEN_IPADD)
            add_address(tls, name->d.iPAddress);
    }
    GENERAL_NAMES_free(names);
    char subject[128];
    if (tls->names[0] == '\0' &&
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, subject,
                                  sizeof subject) > 0)
        add_name(tls, subject, strlen(subject));
}

/* --- the context --------------------------------------------------------------------- */

/* A client that offers HTTP/1.1 among others gets it; one that does not offer it may still mean it,
   and if not, its first bytes are refused. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                           const unsigned char *offered, unsigned offered_length, void *context)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl, (void)context;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, offered,
                              offered_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *new_context(void)
{
    /* RFC 9325, 4.2: forward secrecy, authenticated encryption. */
    static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return NULL;
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, ciphers) != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* Released buffers: 34 KB less for each connection that waits. */
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); /* one call for a record's head and its body */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(context, 1);
    (void)SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return context;
}

static bool use_chain(SSL_CTX *context, STACK_OF(X509) * chain, EVP_PKEY *key)
{
    if (SSL_CTX_use_certificate(context, sk_X509_value(chain, 0)) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1)
        return false;
    for (int i = 1; i < sk_X509_num(chain); i++)
        if (SSL_CTX_add1_chain_cert(context, sk_X509_value(chain, i)) != 1)
            return false;
    return true;
}

static struct tls *tls_new(STACK_OF(X509) * chain, EVP_PKEY *key)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL)
        return NULL;
    atomic_init(&tls->references, 1);
    tls->context = new_context();
    if (tls->context == NULL || !use_chain(tls->context, chain, key)) {
        ERR_clear_error();
        tls_unref(tls);
        return NULL;
    }
    tls->expires_ms = INT64_MAX;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t until = time_of(X509_get0_notAfter(sk_X509_value(chain, i)));
        tls->expires_ms = until < tls->expires_ms ? until : tls->expires_ms;
    }
    X509 *own = sk_X509_value(chain, 0);
    tls->self_signed = X509_check_issued(own, own) == X509_V_OK;
    read_names(tls, own);
    return tls;
}

struct tls *tls_load(const char *certificate_path, const char *key_path, int64_t now_ms,
                     struct error *error)
{
    struct tls *tls = NULL;
    EVP_PKEY *key = NULL;
    STACK_OF(X509) *chain = read_chain(certificate_path, error);
    if (chain == NULL || !check_chain(chain, now_ms, certificate_path, error))
        goto out;
    key = read_key(key_path, error);
    if (key == NULL)
        goto out;
    if (X509_check_private_key(sk_X509_value(chain, 0), key) != 1) {
        (void)error_set(error, "the key in %s is not that of the certificate in %s", key_path,
                        certificate_path);
        goto out;
    }
    tls = tls_new(chain, key);
    if (tls == NULL)
        (void)error_set(error, "%s: cannot be used: out of memory, or not for a server",
                        certificate_path);
out:
    ERR_clear_error();
    EVP_PKEY_free(key);
    sk_X509_pop_free(chain, X509_free);
    return tls;
}

struct tls *tls_ref(struct tls *tls)
{
    atomic_fetch_add(&tls->references, 1);
    return tls;
}

void tls_unref(struct tls *tls)
{
    if (tls == NULL || atomic_fetch_sub(&tls->references, 1) > 1)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}

int64_t tls_expires_ms(const struct tls *tls)
{
    return tls->expires_ms;
}

int tls_days_left(const struct tls *tls, int64_t now_ms)
{
    int64_t left = (tls->expires_ms - now_ms) / 1000;
    return (int)(left >= 0 ? left / DAY_S : (left - DAY_S + 1) / DAY_S);
}

const char *tls_names(const struct tls *tls)
{
    return tls->names;
}

const char *tls_warning(const struct tls *tls)
{
    return tls->self_signed ? "it is signed by itself: Bridge does not deliver to it" : NULL;
}

/* --- the socket -------------------------------------------------------------------- */

/* OpenSSL's own way to a socket is write(), which raises SIGPIPE when the peer has gone. */

static int socket_write(BIO *bio, const char *bytes, int length)
{
    ssize_t count;
    do
        count = send((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)length, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (count < 0 && errno == EAGAIN)
        BIO_set_retry_write(bio);
    return (int)count;
}

static int socket_read(BIO *bio, char *bytes, int size)
{
    ssize_t count;
    do
        count = recv((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)size, 0);
    while (count < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (count < 0 && errno == EAGAIN)
        BIO_set_retry_read(bio);
    if (count == 0)
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return (int)count;
}

static long socket_control(BIO *bio, int what, long number, void *pointer)
{
    (void)number, (void)pointer;
    if (what == BIO_CTRL_EOF)
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *socket_method;
static pthread_once_t socket_method_once = PTHREAD_ONCE_INIT;

static void free_socket_method(void)
{
    BIO_meth_free(socket_method);
}

static void make_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == NULL || BIO_meth_set_write(method, socket_write) != 1 ||
        BIO_meth_set_read(method, socket_read) != 1 ||
        BIO_meth_set_ctrl(method, socket_control) != 1) {
        BIO_meth_free(method);
        return;
    }
    socket_method = method;
    (void)atexit(free_socket_method);
}

static BIO *socket_bio(int fd)
{
    (void)pthread_once(&socket_method_once, make_socket_method);
    BIO *bio = socket_method != NULL ? BIO_new(socket_method) : NULL;
    if (bio == NULL)
        return NULL;
    BIO_set_data(bio, (void *)(intptr_t)fd);
    BIO_set_init(bio, 1);
    return bio;
}

/* --- streams ----------------------------------------------------------------------- */

struct tls_stream {
    struct tls *tls;
    SSL *ssl;
};

struct tls_stream *tls_stream_new(struct tls *tls, int fd)
{
    struct tls_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return NULL;
    stream->tls = tls_ref(tls);
    stream->ssl = SSL_new(tls->context);
    BIO *bio = stream->ssl != NULL ? socket_bio(fd) : NULL;
    if (bio == NULL) {
        tls_stream_free(stream);
        return NULL;
    }
    SSL_set_bio(stream->ssl, bio, bio);
    SSL_set_accept_state(stream->ssl);
    return stream;
}

void tls_stream_free(struct tls_stream *stream)
{
    if (stream == NULL)
        return;
    SSL_free(stream->ssl);
    tls_unref(stream->tls);
    free(stream);
}

/* The errors of this thread were cleared before the call. */
static enum tls_result result_of(const SSL *ssl, int code)
{
    if (code > 0)
        return TLS_DONE;
    switch (SSL_get_error(ssl, code)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        break;
    }
    unsigned long reason = ERR_peek_last_error();
    ERR_clear_error();
    if (ERR_GET_LIB(reason) == ERR_LIB_SSL && ERR_GET_REASON(reason) == SSL_R_HTTP_REQUEST)
        return TLS_NOT_TLS;
    return TLS_FAILED;
}

enum tls_result tls_stream_handshake(struct tls_stream *stream)
{
    ERR_clear_error();
    return result_of(stream->ssl, SSL_do_handshake(stream->ssl));
}

enum tls_result tls_stream_read(struct tls_stream *stream, void *bytes, size_t size, size_t *got)
{
    ERR_clear_error();
    return result_of(stream->ssl, SSL_read_ex(stream->ssl, bytes, size, got));
}

enum tls_result tls_stream_write(struct tls_stream *stream, const void *bytes, size_t length,
                                 size_t *sent)
{
    ERR_clear_error();
    return result_of(stream->ssl, SSL_write_ex(stream->ssl, bytes, length, sent));
}

bool tls_stream_pending(const struct tls_stream *stream)
{
    return SSL_has_pending(stream->ssl) == 1;
}

void tls_stream_end(struct tls_stream *stream)
{
    ERR_clear_error();
    if (SSL_is_init_finished(stream->ssl))
        (void)SSL_shutdown(stream->ssl);
    ERR_clear_error();
}
