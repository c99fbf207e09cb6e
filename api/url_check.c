#include "api/url_check.h"

#include "api/cidr.h"
#include "api/json_value.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- words ------------------------------------------------------------------------- */

static struct check_line *add(struct url_report *report)
{
    return &report->lines[report->count++];
}

/* Bytes from outside, as a line may have them. */
static void add_printable(char *text, size_t size, const char *bytes, size_t length)
{
    size_t at = strlen(text);
    for (size_t i = 0; i < length && at + 1 < size; i++)
        text[at++] = (char)(bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?');
    text[at] = '\0';
}

static void add_text(char *text, size_t size, const char *more)
{
    add_printable(text, size, more, strlen(more));
}

enum check_tone url_report_tone(const struct url_report *report)
{
    enum check_tone worst = CHECK_OK;
    for (size_t i = 0; i < report->count; i++)
        worst = report->lines[i].tone > worst ? report->lines[i].tone : worst;
    return worst;
}

/* --- the URL ------------------------------------------------------------------------ */

enum { HOST_MAX = 256 };

struct url_parts {
    bool https;
    char host[HOST_MAX]; /* an IPv6 address without its brackets */
};

static bool read_url(const char *url, struct url_parts *parts)
{
    char *scheme = NULL, *host = NULL;
    CURLU *read = curl_url();
    *parts = (struct url_parts){0};
    bool ok = read != NULL && url != NULL &&
              curl_url_set(read, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
              curl_url_get(read, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(read, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              strlen(host) < sizeof parts->host;
    if (ok) {
        size_t length = strlen(host);
        bool bracketed = host[0] == '[' && host[length - 1] == ']';
        parts->https = strcmp(scheme, "https") == 0;
        ok = parts->https || strcmp(scheme, "http") == 0;
        (void)snprintf(parts->host, sizeof parts->host, "%.*s",
                       (int)(bracketed ? length - 2 : length), host + bracketed);
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(read);
    return ok;
}

bool url_check_askable(const char *url, struct url_report *report)
{
    struct url_parts parts;
    *report = (struct url_report){0};
    if (read_url(url, &parts))
        return true;
    struct check_line *line = add(report);
    check_say(line, CHECK_BAD, "https", "this is no https URL");
    check_mend(line, "give the endpoint another URL: https://, a host, a path");
    return false;
}

static void say_https(const struct url_parts *parts, struct url_report *report)
{
    struct check_line *line = add(report);
    if (parts->https) {
        check_say(line, CHECK_OK, "https", "the URL is https");
        return;
    }
    check_say(line, CHECK_BAD, "https", "the URL is http: Bridge delivers to https alone");
    check_mend(line, "give the endpoint an https URL");
}

/* --- the certificate ------------------------------------------------------------------ */

static X509 *read_certificate(const struct transfer_certificate *shown)
{
    BIO *memory = shown->pem != NULL ? BIO_new_mem_buf(shown->pem, -1) : NULL;
    X509 *certificate = memory != NULL ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
    BIO_free(memory);
    return certificate;
}

static void say_chain(const struct transfer_certificate *shown, struct url_report *report)
{
    struct check_line *line = add(report);
    char why[160] = "";
    switch (shown->verdict) {
    case X509_V_OK:
        check_say(line, CHECK_OK, "certificate",
                  "its chain holds, up to an authority trusted here");
        return;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        check_say(line, CHECK_BAD, "certificate", "signed by itself: nobody vouches for it");
        check_mend(line,
                   "use one of a public authority: certbot, Caddy or a tunnel service gets it");
        return;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        check_say(line, CHECK_BAD, "certificate",
                  "its chain leads to no authority trusted here (%zu certificate%s came)",
                  shown->chain, shown->chain == 1 ? "" : "s");
        check_mend(line,
                   "have the server send the certificates between as well (fullchain.pem), of "
                   "a public authority");
        return;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        check_say(line, CHECK_BAD, "certificate", "it, or one of its chain, has expired");
        check_mend(line, "renew it, and have the server read the new one");
        return;
    default:
        add_text(why, sizeof why, X509_verify_cert_error_string(shown->verdict));
        check_say(line, CHECK_BAD, "certificate", "it does not hold: %s", why);
        check_mend(line, "use one of a public authority, with its whole chain");
        return;
    }
}

/* An address, or a host's name; false where it is neither. */
static bool name_text(const GENERAL_NAME *name, char *text, size_t size)
{
    const ASN1_STRING *string = name->type == GEN_DNS     ? name->d.dNSName
                                : name->type == GEN_IPADD ? name->d.iPAddress
                                                          : NULL;
    if (string == NULL)
        return false;
    const unsigned char *bytes = ASN1_STRING_get0_data(string);
    size_t length = (size_t)ASN1_STRING_length(string);
    text[0] = '\0';
    if (name->type == GEN_DNS)
        add_printable(text, size, (const char *)bytes, length);
    else if (length == sizeof(struct in_addr))
        (void)inet_ntop(AF_INET, bytes, text, (socklen_t)size);
    else if (length == sizeof(struct in6_addr))
        (void)inet_ntop(AF_INET6, bytes, text, (socklen_t)size);
    return text[0] != '\0';
}

/* "hooks.example.com, *.example.com and 3 more" */
static void list_names(X509 *certificate, char *text, size_t size)
{
    enum { NAMES_SHOWN = 3 };
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t count = 0;
    char name[INET6_ADDRSTRLEN + 20]; /* of a longer one, as much */
    text[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (!name_text(sk_GENERAL_NAME_value(names, i), name, sizeof name) ||
            count++ >= NAMES_SHOWN)
            continue;
        add_text(text, size, count > 1 ? ", " : "");
        add_text(text, size, name);
    }
    GENERAL_NAMES_free(names);
    if (count > NAMES_SHOWN) {
        (void)snprintf(name, sizeof name, " and %zu more", count - NAMES_SHOWN);
        add_text(text, size, name);
    }
}

/* By its alternative names alone (RFC 9110, 4.3.4). */
static bool fits(X509 *certificate, const char *host)
{
    struct ip_address address;
    if (ip_address_parse(host, &address))
        return X509_check_ip_asc(certificate, host, 0) == 1;
    return X509_check_host(certificate, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

static void say_names(X509 *certificate, const struct url_parts *parts, struct url_report *report)
{
    struct check_line *line = add(report);
    char names[256];
    list_names(certificate, names, sizeof names);
    if (fits(certificate, parts->host)) {
        check_say(line, CHECK_OK, "names", "it is for %s", names);
        return;
    }
    if (names[0] == '\0')
        check_say(line, CHECK_BAD, "names", "it names no host (no subjectAltName)");
    else
        check_say(line, CHECK_BAD, "names", "it is for %s, not for %.100s", names, parts->host);
    check_mend(line, "get one for %.100s, or correct the URL's host", parts->host);
}

static bool time_of(const ASN1_TIME *time, int64_t *ms)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *ms = (int64_t)timegm(&parts) * 1000;
    return true;
}

static void say_days(X509 *certificate, int64_t now_ms, struct url_report *report)
{
    static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;
    static const char RENEW[] = "renew it, and have the server read the new one";
    struct check_line *line = add(report);
    int64_t from, until;
    if (!time_of(X509_get0_notBefore(certificate), &from) ||
        !time_of(X509_get0_notAfter(certificate), &until)) {
        check_say(line, CHECK_BAD, "validity", "its dates cannot be read");
        check_mend(line, "get another one");
    } else if (now_ms < from) {
        check_say(line, CHECK_BAD, "validity", "it is not valid yet");
        check_mend(line, "look at this machine's clock, or wait");
    } else if (now_ms > until) {
        int64_t days = (now_ms - until) / DAY_MS;
        check_say(line, CHECK_BAD, "validity", "it expired %" PRId64 " day%s ago", days,
                  days == 1 ? "" : "s");
        check_mend(line, "%s", RENEW);
    } else {
        int64_t days = (until - now_ms) / DAY_MS;
        bool soon = days < URL_CHECK_WARN_DAYS;
        check_say(line, soon ? CHECK_WARN : CHECK_OK, "validity", "%s%" PRId64 " day%s left",
                  soon ? "only " : "", days, days == 1 ? "" : "s");
        if (soon)
            check_mend(line, "%s", RENEW);
    }
}

static void say_certificate(const struct transfer_certificate *shown, const struct url_parts *parts,
                            int64_t now_ms, struct url_report *report)
{
    if (!parts->https || !shown->seen)
        return;
    say_chain(shown, report);
    X509 *certificate = read_certificate(shown);
    if (certificate == NULL) {
        struct check_line *line = add(report);
        check_say(line, CHECK_BAD, "names", "its names and dates cannot be read");
        check_mend(line, "get another one");
        return;
    }
    say_names(certificate, parts, report);
    say_days(certificate, now_ms, report);
    X509_free(certificate);
}

/* --- the answer ------------------------------------------------------------------------- */

static const char *remedy_for(enum transfer_failure failure)
{
    switch (failure) {
    case TRANSFER_UNRESOLVED:
        return "correct the host in the URL, or its entry in the DNS";
    case TRANSFER_UNREACHABLE:
        return "start what listens there: web server, proxy or tunnel";
    case TRANSFER_TIMED_OUT:
        return "look whether a firewall is between, and whether the server hangs";
    case TRANSFER_TLS:
        return "have the server speak TLS 1.2 or 1.3 at that port";
    case TRANSFER_NO_TRUST:
        return "correct SSL_CERT_FILE, or install the system's certificates (ca-certificates)";
    case TRANSFER_BROKEN:
        return "look at the server's own log";
    case TRANSFER_TOO_LARGE:
        return "let a page that small answer there";
    case TRANSFER_IMPOSSIBLE:
    case TRANSFER_OK:
        break;
    }
    return "";
}

/* What `bridgetop` answers to a GET, wherever it is (api/inbox.h). */
static bool is_ours(const struct transfer_result *result, bool *storing, int64_t *keys)
{
    enum { WORD_MAX = 64 };
    struct json_value json;
    size_t error_at;
    struct json_field fields[] = {{.name = "service"}, {.name = "status"}, {.name = "keys"}};
    char *service = NULL, *status = NULL;
    if (result->body_length >= URL_CHECK_ANSWER_MAX ||
        !json_value_read(result->body, result->body_length, &json, &error_at))
        return false;
    json_fields_find(json, fields, sizeof fields / sizeof fields[0]);
    bool ours = json_value_string(fields[0].value, WORD_MAX, &service) && service != NULL &&
                strcmp(service, "bridgetop") == 0 &&
                json_value_string(fields[1].value, WORD_MAX, &status) && status != NULL &&
                json_value_integer(fields[2].value, keys);
    *storing = ours && strcmp(status, "ok") == 0;
    free(service);
    free(status);
    return ours;
}

static void say_ours(struct check_line *line, bool storing, int64_t keys, int64_t ms)
{
    if (!storing) {
        check_say(line, CHECK_BAD, "answer",
                  "a bridgetop answers, in %" PRId64
                  " ms, and it cannot store: every delivery gets 503",
                  ms);
        check_mend(line, "look there: its header says why");
    } else if (keys == 0) {
        check_say(line, CHECK_WARN, "answer",
                  "a bridgetop answers, in %" PRId64
                  " ms, and it knows no key: every delivery gets 400",
                  ms);
        check_mend(line, "start it with an API key, or give --public-key");
    } else {
        check_say(line, CHECK_OK, "answer",
                  "a bridgetop answers, in %" PRId64 " ms, with %" PRId64 " key%s", ms, keys,
                  keys == 1 ? "" : "s");
    }
}

/* A handler of deliveries may well refuse a GET; what stands before one says 502 to 504 when it
   does not reach it. */
static void say_status(struct check_line *line, int status, int64_t ms)
{
    static const char BEHIND[] = "start what stands behind it, or correct where it leads";
    if (status >= 500) {
        check_say(line, CHECK_BAD, "answer",
                  "%d to a GET, in %" PRId64 " ms: something is broken "
                  "there",
                  status, ms);
        check_mend(line, "%s", BEHIND);
    } else if (status >= 300 && status < 400) {
        check_say(line, CHECK_WARN, "answer",
                  "%d to a GET, in %" PRId64 " ms: it leads elsewhere, "
                  "and only 200 is success",
                  status, ms);
        check_mend(line, "give the endpoint the URL that it leads to");
    } else {
        check_say(line, CHECK_OK, "answer",
                  "%d to a GET, in %" PRId64 " ms: something else than "
                  "bridgetop",
                  status, ms);
    }
}

static void say_answer(const struct transfer_result *result, struct url_report *report)
{
    struct check_line *line = add(report);
    int64_t ms = (result->elapsed_us + 999) / 1000;
    bool storing;
    int64_t keys;
    if (result->failure != TRANSFER_OK) {
        char why[CHECK_TEXT_MAX] = "";
        add_text(why, sizeof why, result->error.message);
        bool ours = result->failure == TRANSFER_NO_TRUST; /* says nothing of the URL */
        check_say(line, ours ? CHECK_WARN : CHECK_BAD, "answer", "%.300s", why);
        check_mend(line, "%s", remedy_for(result->failure));
    } else if (is_ours(result, &storing, &keys)) {
        report->bridgetop = true;
        say_ours(line, storing, keys, ms);
    } else {
        say_status(line, result->status, ms);
    }
}

void url_check_report(const char *url, const struct transfer_result *result, int64_t now_ms,
                      struct url_report *report)
{
    struct url_parts parts;
    if (!url_check_askable(url, report) || !read_url(url, &parts))
        return;
    say_https(&parts, report);
    say_certificate(&result->certificate, &parts, now_ms, report);
    ERR_clear_error(); /* what OpenSSL noted is nobody else's on this thread */
    say_answer(result, report);
}

/* --- on the loop --------------------------------------------------------------------- */

struct check {
    struct check *next;
    struct url_checker *checker;
    uint64_t handle;
    uint64_t transfer;
    char *url;
    url_checked done;
    void *context;
};

struct url_checker {
    struct transfer_pool *pool;
    struct ambient ambient;
    struct check *checks;
    uint64_t last_handle;
    void (*closed)(void *context);
    void *closed_context;
};

static void forget(struct url_checker *checker, struct check *check)
{
    struct check **at = &checker->checks;
    while (*at != check)
        at = &(*at)->next;
    *at = check->next;
    free(check->url);
    free(check);
}

static void on_answer(const struct transfer_result *result, void *context)
{
    struct check *check = context;
    struct url_report report;
    url_checked done = check->done;
    void *done_context = check->context;
    url_check_report(check->url, result, ambient_wall_ms(&check->checker->ambient), &report);
    forget(check->checker, check);
    done(&report, done_context);
}

struct url_checker *url_checker_new(uv_loop_t *loop, const struct ambient *ambient,
                                    struct error *error)
{
    struct url_checker *checker = calloc(1, sizeof *checker);
    if (checker == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    checker->ambient = *ambient;
    checker->pool = transfer_pool_new(loop, URL_CHECK_CONNECTIONS, error);
    if (checker->pool != NULL)
        return checker;
    free(checker);
    return NULL;
}

/* What is no URL ends as a transfer that is impossible, and its report says so. */
uint64_t url_checker_ask(struct url_checker *checker, const char *url, url_checked done,
                         void *context)
{
    struct transfer_request request = {
        .method = "GET",
        .url = url,
        .connect_timeout_ms = URL_CHECK_CONNECT_MS,
        .timeout_ms = URL_CHECK_MS,
        .answer_max = URL_CHECK_ANSWER_MAX,
        .cut_answer = true,
        .inspect = true,
    };
    struct check *check = calloc(1, sizeof *check);
    if (check == NULL)
        return 0;
    *check = (struct check){.next = checker->checks,
                            .checker = checker,
                            .handle = checker->last_handle + 1,
                            .url = strdup(url),
                            .done = done,
                            .context = context};
    if (check->url != NULL)
        check->transfer = transfer_start(checker->pool, &request, on_answer, check);
    if (check->transfer == 0) {
        free(check->url);
        free(check);
        return 0;
    }
    checker->checks = check;
    return ++checker->last_handle;
}

void url_checker_cancel(struct url_checker *checker, uint64_t handle)
{
    struct check *check = checker->checks;
    while (check != NULL && check->handle != handle)
        check = check->next;
    if (check == NULL)
        return;
    transfer_cancel(checker->pool, check->transfer);
    forget(checker, check);
}

static void pool_gone(void *context)
{
    struct url_checker *checker = context;
    void (*closed)(void *context) = checker->closed;
    void *closed_context = checker->closed_context;
    free(checker);
    if (closed != NULL)
        closed(closed_context);
}

void url_checker_close(struct url_checker *checker, void (*closed)(void *context), void *context)
{
    checker->closed = closed;
    checker->closed_context = context;
    while (checker->checks != NULL)
        forget(checker, checker->checks);
    transfer_pool_close(checker->pool, pool_gone, checker);
}
