#include "api/transfer_easy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEEPALIVE_S = 30 };

/* --- the URL --------------------------------------------------------------- */

bool transfer_host_is_loopback(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1)
        return (ntohl(address.s_addr) >> 24) == 127;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static bool read_url(struct transfer_easy *easy, const char *url, struct error *error)
{
    char *scheme = NULL;
    char *port = NULL;
    char *host = NULL;
    bool ok = false;
    CURLU *parts = curl_url();
    if (parts == NULL) {
        error_set(error, "out of memory");
        goto out;
    }
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    if (code == CURLUE_OK)
        code = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(parts, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (code != CURLUE_OK || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
        error_set(error, "not an http or https URL: %s", url);
        goto out;
    }
    easy->host = strdup(host);
    if (asprintf(&easy->origin, "%s://%s:%s", scheme, host, port) < 0)
        easy->origin = NULL;
    ok = easy->host != NULL && easy->origin != NULL;
    if (!ok)
        error_set(error, "out of memory");
out:
    curl_free(scheme);
    curl_free(port);
    curl_free(host);
    curl_url_cleanup(parts);
    return ok;
}

/* "api.bridge.xyz:443" */
static const char *authority(const struct transfer_easy *easy)
{
    return strstr(easy->origin, "://") + 3;
}

/* --- headers --------------------------------------------------------------- */

static bool is_token(const char *name)
{
    static const char marks[] = "!#$%&'*+-.^_`|~"; /* RFC 9110, 5.6.2 */
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr(marks, *c) == NULL)
            return false;
    return *name != '\0';
}

static bool is_field_value(const char *value)
{
    for (const char *c = value; *c != '\0'; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

static bool append_line(struct transfer_easy *easy, const char *line, struct error *error)
{
    struct curl_slist *longer = curl_slist_append(easy->headers, line);
    if (longer == NULL)
        return error_set(error, "out of memory");
    easy->headers = longer;
    return true;
}

static bool append_header(struct transfer_easy *easy, const struct header *header,
                          struct error *error)
{
    if (!is_token(header->name) || !is_field_value(header->value))
        return error_set(error, "a header holds characters that cannot be sent");
    char *line = NULL;
    /* libcurl's notation: "Name:" alone takes a header away, "Name;" sends it empty. */
    bool empty = header->value[0] == '\0';
    if (asprintf(&line, "%s%s%s", header->name, empty ? ";" : ": ", header->value) < 0)
        return error_set(error, "out of memory");
    bool ok = append_line(easy, line, error);
    explicit_bzero(line, strlen(line));
    free(line);
    return ok;
}

static bool set_headers(struct transfer_easy *easy, const struct transfer_request *request,
                        struct error *error)
{
    const struct header_list *headers = request->headers;
    /* libcurl adds these two by itself to a body: one waits a second for a 100, the
       other claims an HTML form. */
    if (!append_line(easy, "Expect:", error))
        return false;
    bool typed = headers != NULL && header_list_find(headers, "Content-Type") != NULL;
    if (!typed && !append_line(easy, "Content-Type:", error))
        return false;
    bool accepts = headers != NULL && header_list_find(headers, "Accept") != NULL;
    if (request->exact && !accepts && !append_line(easy, "Accept:", error))
        return false;
    for (size_t i = 0; headers != NULL && i < headers->count; i++)
        if (!append_header(easy, &headers->items[i], error))
            return false;
    return true;
}

/* --- the answer, as it comes in -------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer_easy *easy = context;
    size_t length = size * count;
    easy->body_bytes += length;
    if (easy->cut_answer && easy->body_bytes <= TRANSFER_CUT_MAX) {
        size_t room = easy->answer_max - easy->body.length;
        return buffer_append(&easy->body, bytes, length < room ? length : room) ? length : 0;
    }
    return !easy->cut_answer && buffer_append(&easy->body, bytes, length) ? length : 0;
}

/* Only counts: libcurl keeps them for curl_easy_nextheader(), and has no limit of its own for their
   sum in this version. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    struct transfer_easy *easy = context;
    easy->header_bytes += size * count;
    easy->headers_too_large = easy->header_bytes > TRANSFER_HEADER_BYTES_MAX;
    return easy->headers_too_large ? 0 : size * count;
}

static int on_sending(void *context, char *remote_address, char *local_address, int remote_port,
                      int local_port)
{
    (void)remote_address, (void)local_address, (void)remote_port, (void)local_port;
    struct transfer_easy *easy = context;
    easy->sends++;
    return CURL_PREREQFUNC_OK;
}

/* --- options ---------------------------------------------------------------- */

static unsigned set_method(CURL *curl, const struct transfer_request *request)
{
    if (strcmp(request->method, "GET") == 0 && request->body == NULL)
        return curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    unsigned failed = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->body == NULL && strcmp(request->method, "DELETE") == 0)
        return failed;
    /* The size first: it says how much is copied. */
    failed |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                               request->body == NULL ? 0 : (curl_off_t)request->body_length);
    failed |= curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS,
                               request->body == NULL ? "" : (const char *)request->body);
    return failed;
}

static size_t body_max(const struct transfer_easy *easy)
{
    return easy->cut_answer ? TRANSFER_CUT_MAX : easy->answer_max;
}

static unsigned set_limits(struct transfer_easy *easy, const struct transfer_request *request)
{
    CURL *curl = easy->curl;
    unsigned failed = 0;
    failed |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    failed |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    failed |= curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)body_max(easy));
    failed |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, request->exact ? 1L : 0L);
    failed |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    failed |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    /* No signals for time-outs, and no waiting for a resolver's thread at the end. */
    failed |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    failed |= curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    return failed;
}

static unsigned set_connection(struct transfer_easy *easy)
{
    CURL *curl = easy->curl;
    unsigned failed = 0;
    failed |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Better to wait for the first connection, which may carry all, than to open more; without TLS
       there is no HTTP/2 to wait for. */
    bool tls = strncmp(easy->origin, "https:", 6) == 0;
    failed |= curl_easy_setopt(curl, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
    failed |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    failed |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    failed |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    failed |= curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    failed |= curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
    failed |= curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
    /* The curl command and OpenSSL obey this variable; libcurl leaves it to its user. */
    const char *ca_file = getenv("SSL_CERT_FILE");
    if (ca_file != NULL && ca_file[0] != '\0')
        failed |= curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    /* An empty proxy means none, whatever the environment says. */
    if (transfer_host_is_loopback(easy->host))
        failed |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    return failed;
}

static void keep_pem(X509 *certificate, struct transfer_certificate *kept)
{
    BIO *memory = certificate != NULL ? BIO_new(BIO_s_mem()) : NULL;
    char *bytes;
    if (memory != NULL && PEM_write_bio_X509(memory, certificate) == 1) {
        long length = BIO_get_mem_data(memory, &bytes);
        if (length > 0 && length < TRANSFER_PEM_MAX)
            kept->pem = strndup(bytes, (size_t)length);
    }
    BIO_free(memory);
}

/* In place of OpenSSL's own verification: what that says is told, and stops nothing. */
static int on_certificate(X509_STORE_CTX *chain, void *context)
{
    struct transfer_certificate *certificate = &((struct transfer_easy *)context)->certificate;
    (void)ERR_set_mark(); /* what is noted meanwhile is no failure of the handshake */
    bool holds = X509_verify_cert(chain) == 1;
    int verdict = X509_STORE_CTX_get_error(chain);
    STACK_OF(X509) *came = X509_STORE_CTX_get0_untrusted(chain);
    free(certificate->pem);
    *certificate = (struct transfer_certificate){.seen = true};
    certificate->verdict = holds                  ? X509_V_OK
                           : verdict != X509_V_OK ? verdict
                                                  : X509_V_ERR_UNSPECIFIED;
    certificate->chain = came != NULL ? (size_t)sk_X509_num(came) : 0;
    keep_pem(X509_STORE_CTX_get0_cert(chain), certificate);
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    (void)ERR_pop_to_mark();
    return 1;
}

static CURLcode on_tls_context(CURL *curl, void *tls, void *context)
{
    (void)curl;
    SSL_CTX_set_cert_verify_callback(tls, on_certificate, context);
    return CURLE_OK;
}

/* What is known of a server by a connection that trusted anybody is used for nothing else: no
   connection is shared, and no session resumed, which would show no certificate either. */
static unsigned set_inspection(struct transfer_easy *easy)
{
    CURL *curl = easy->curl;
    unsigned failed = 0;
    failed |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
    failed |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, easy);
    failed |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    failed |= curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    failed |= curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    failed |= curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    return failed;
}

static unsigned set_callbacks(struct transfer_easy *easy)
{
    CURL *curl = easy->curl;
    unsigned failed = 0;
    failed |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->curl_error);
    failed |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    failed |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy);
    failed |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    failed |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, easy);
    failed |= curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_sending);
    failed |= curl_easy_setopt(curl, CURLOPT_PREREQDATA, easy);
    return failed;
}

static bool method_known(const char *method)
{
    static const char *const known[] = {"GET", "POST", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(method, known[i]) == 0)
            return true;
    return false;
}

bool transfer_easy_init(struct transfer_easy *easy, const struct transfer_request *request,
                        struct error *error)
{
    *easy = (struct transfer_easy){.timeout_ms = request->timeout_ms,
                                   .answer_max = request->answer_max,
                                   .cut_answer = request->cut_answer};
    buffer_init(&easy->body, request->answer_max);
    if (!method_known(request->method))
        return error_set(error, "not a method: %s", request->method);
    if (!read_url(easy, request->url, error) || !set_headers(easy, request, error))
        return false;
    easy->curl = curl_easy_init();
    if (easy->curl == NULL)
        return error_set(error, "out of memory");
    unsigned failed = 0;
    failed |= curl_easy_setopt(easy->curl, CURLOPT_URL, request->url);
    failed |= curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER, easy->headers);
    failed |= set_method(easy->curl, request);
    failed |= set_limits(easy, request);
    failed |= set_connection(easy);
    if (request->inspect)
        failed |= set_inspection(easy);
    failed |= set_callbacks(easy);
    if (failed != 0)
        return error_set(error, "cannot prepare a request to %s (out of memory?)", authority(easy));
    return true;
}

/* --- the result -------------------------------------------------------------- */

/* System messages begin with a capital; inside a line they do not. */
static const char *uncapitalized(const char *text, char *copy, size_t size)
{
    (void)snprintf(copy, size, "%s", text);
    if (isupper((unsigned char)copy[0]) && islower((unsigned char)copy[1]))
        copy[0] = (char)tolower((unsigned char)copy[0]);
    return copy;
}

/* Why the socket failed: the system's word where there is one. */
static const char *socket_reason(const struct transfer_easy *easy, CURLcode code, char *text,
                                 size_t size)
{
    long number = 0;
    (void)curl_easy_getinfo(easy->curl, CURLINFO_OS_ERRNO, &number);
    if (number != 0)
        return uncapitalized(strerrordesc_np((int)number) ? strerrordesc_np((int)number) : "?",
                             text, size);
    return uncapitalized(easy->curl_error[0] ? easy->curl_error : curl_easy_strerror(code), text,
                         size);
}

static enum transfer_failure unreachable(const struct transfer_easy *easy, CURLcode code,
                                         struct error *error)
{
    char reason[CURL_ERROR_SIZE];
    /* libcurl's own line names whom it called; where that is not the host, a proxy
       is what cannot be reached. */
    if (easy->curl_error[0] != '\0' && strstr(easy->curl_error, easy->host) == NULL)
        uncapitalized(easy->curl_error, reason, sizeof reason);
    else
        socket_reason(easy, code, reason, sizeof reason);
    error_set(error, "cannot reach %s (%s)", authority(easy), reason);
    return TRANSFER_UNREACHABLE;
}

static bool reached(const struct transfer_easy *easy, CURLINFO stage)
{
    curl_off_t microseconds = 0;
    (void)curl_easy_getinfo(easy->curl, stage, &microseconds);
    return microseconds > 0;
}

static enum transfer_failure timed_out(const struct transfer_easy *easy, struct error *error)
{
    double seconds = (double)easy->timeout_ms / 1000;
    if (!reached(easy, CURLINFO_NAMELOOKUP_TIME_T))
        error_set(error, "cannot resolve %s (timed out)", easy->host);
    else if (!reached(easy, CURLINFO_PRETRANSFER_TIME_T))
        error_set(error, "cannot reach %s (timed out)", authority(easy));
    else if (!reached(easy, CURLINFO_STARTTRANSFER_TIME_T))
        error_set(error, "no answer from %s within %g s", authority(easy), seconds);
    else
        error_set(error, "the answer of %s did not end within %g s", authority(easy), seconds);
    return TRANSFER_TIMED_OUT;
}

static enum transfer_failure bad_certificate(const struct transfer_easy *easy, struct error *error)
{
    char reason[CURL_ERROR_SIZE];
    long verdict = X509_V_ERR_UNSPECIFIED;
    (void)curl_easy_getinfo(easy->curl, CURLINFO_SSL_VERIFYRESULT, &verdict);
    /* A chain that holds but belongs to another name has no code, only libcurl's line. */
    bool unnamed = verdict == X509_V_OK || verdict == X509_V_ERR_UNSPECIFIED;
    uncapitalized(unnamed ? easy->curl_error : X509_verify_cert_error_string(verdict), reason,
                  sizeof reason);
    error_set(error, "the certificate of %s is not valid (%s)", easy->host, reason);
    return TRANSFER_TLS;
}

static enum transfer_failure too_large(const struct transfer_easy *easy, struct error *error)
{
    if (easy->headers_too_large)
        error_set(error, "the headers of the answer of %s are larger than %d KB", authority(easy),
                  TRANSFER_HEADER_BYTES_MAX / 1024);
    else
        error_set(error, "the answer of %s is larger than %zu bytes", authority(easy),
                  body_max(easy));
    return TRANSFER_TOO_LARGE;
}

static enum transfer_failure explain(const struct transfer_easy *easy, CURLcode code,
                                     struct error *error)
{
    char reason[CURL_ERROR_SIZE];
    switch (code) {
    case CURLE_OK:
        return TRANSFER_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
        error_set(error, "cannot resolve %s", easy->host);
        return TRANSFER_UNRESOLVED;
    case CURLE_COULDNT_RESOLVE_PROXY:
        error_set(error, "cannot resolve the proxy (%s)", easy->curl_error);
        return TRANSFER_UNRESOLVED;
    case CURLE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return unreachable(easy, code, error);
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(easy, error);
    case CURLE_PEER_FAILED_VERIFICATION:
        return bad_certificate(easy, error);
    case CURLE_SSL_CACERT_BADFILE:
        error_set(error, "cannot read the trusted certificates (%s)", easy->curl_error);
        return TRANSFER_NO_TRUST;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        error_set(error, "no TLS with %s (%s)", authority(easy),
                  socket_reason(easy, code, reason, sizeof reason));
        return TRANSFER_TLS;
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return too_large(easy, error);
    case CURLE_GOT_NOTHING:
        error_set(error, "%s closed the connection without an answer", authority(easy));
        return TRANSFER_BROKEN;
    case CURLE_PARTIAL_FILE:
        error_set(error, "the answer of %s was cut off", authority(easy));
        return TRANSFER_BROKEN;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, which is no HTTP that anyone means */
        error_set(error, "%s does not speak HTTP", authority(easy));
        return TRANSFER_BROKEN;
    case CURLE_URL_MALFORMAT:
    case CURLE_OUT_OF_MEMORY:
        error_set(error, "cannot ask %s (%s)", authority(easy), curl_easy_strerror(code));
        return TRANSFER_IMPOSSIBLE;
    default:
        error_set(error, "the connection to %s broke (%s)", authority(easy),
                  socket_reason(easy, code, reason, sizeof reason));
        return TRANSFER_BROKEN;
    }
}

/* The final answer's headers: not those of a 1xx before it, not the trailers. */
static void copy_headers(CURL *curl, struct header_list *headers)
{
    struct curl_header *header = NULL;
    while ((header = curl_easy_nextheader(curl, CURLH_HEADER, -1, header)) != NULL)
        if (!header_list_add(headers, header->name, header->value))
            return; /* what is more than the list holds is not of interest */
}

void transfer_easy_result(struct transfer_easy *easy, CURLcode code, struct transfer_result *result)
{
    curl_off_t elapsed = 0;
    (void)curl_easy_getinfo(easy->curl, CURLINFO_TOTAL_TIME_T, &elapsed);
    result->elapsed_us = elapsed;
    result->sends = easy->sends;
    result->failure = explain(easy, code, &result->error);
    result->certificate = easy->certificate; /* handed over */
    easy->certificate = (struct transfer_certificate){0};
    if (result->failure != TRANSFER_OK)
        return;

    long status = 0;
    long version = 0;
    (void)curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy->curl, CURLINFO_HTTP_VERSION, &version);
    result->status = (int)status;
    result->http2 = version == CURL_HTTP_VERSION_2_0;
    copy_headers(easy->curl, &result->headers);
    result->body = buffer_take(&easy->body, &result->body_length);
    if (result->body == NULL) {
        result->failure = TRANSFER_IMPOSSIBLE;
        error_set(&result->error, "out of memory");
    }
}

void transfer_easy_clear(struct transfer_easy *easy)
{
    curl_easy_cleanup(easy->curl); /* NULL is fine */
    for (struct curl_slist *line = easy->headers; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(easy->headers);
    buffer_clear(&easy->body);
    free(easy->certificate.pem);
    free(easy->host);
    free(easy->origin);
    *easy = (struct transfer_easy){0};
}
