/* What a check of an endpoint's URL finds, before servers and certificates of the test's own. */
#include "api/listener.h"
#include "api/url_check.h"
#include "tests/unit/certificates.h"
#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

static uv_loop_t loop;
static struct url_checker *checker;
static struct url_report report;
static bool told;

static void set_up(void)
{
    struct ambient ambient = ambient_system();
    cr_assert_eq(uv_loop_init(&loop), 0);
    checker = url_checker_new(&loop, &ambient, NULL);
    cr_assert_not_null(checker);
}

static void tear_down(void)
{
    url_checker_close(checker, NULL, NULL);
    run_dry(&loop);
    unsetenv("SSL_CERT_FILE");
}

TestSuite(url_check, .init = set_up, .fini = tear_down, .timeout = 60);

static void on_checked(const struct url_report *found, void *context)
{
    (void)context;
    cr_expect_not(told);
    report = *found;
    told = true;
}

static void check(const char *url)
{
    told = false;
    cr_assert_neq(url_checker_ask(checker, url, on_checked, NULL), 0);
    cr_assert_not(told, "before it had been asked");
    run_until(&loop, &told);
}

/* --- lines ---------------------------------------------------------------------- */

static const struct check_line *line_of(const char *what)
{
    for (size_t i = 0; i < report.count; i++)
        if (strcmp(report.lines[i].what, what) == 0)
            return &report.lines[i];
    return NULL;
}

static void expect(const char *what, enum check_tone tone, const char *words)
{
    const struct check_line *line = line_of(what);
    cr_assert_not_null(line, "no line of %s", what);
    cr_expect_eq(line->tone, tone, "%s: %s is %s", what, line->text, check_tone_name(line->tone));
    cr_expect_not_null(strstr(line->text, words), "%s: %s", what, line->text);
    cr_expect_eq(line->remedy[0] != '\0', line->tone != CHECK_OK, "%s: %s", what, line->remedy);
}

/* --- a server with a certificate -------------------------------------------------- */

struct server {
    struct certificate_folder folder;
    char path[CERTIFICATE_PATH_MAX]; /* of certificate and key */
    char trusted[CERTIFICATE_PATH_MAX];
    struct tls *tls;
    struct listener *listener;
    int status;
    const char *body;
    size_t requests;
    bool closed;
};

static struct server server;

static void answer(struct exchange *exchange, void *context)
{
    (void)context;
    const struct listener_request *request = exchange_request(exchange);
    server.requests++;
    cr_expect_str_eq(request->method, "GET");
    cr_expect_null(header_list_find(request->headers, "Api-Key"));
    (void)exchange_respond(exchange, server.status, "application/json", NULL, server.body,
                           strlen(server.body));
}

#define OURS "{\"service\":\"bridgetop\",\"status\":\"ok\",\"stored\":7,\"keys\":3}\n"

struct wish {
    const char *name;   /* "localhost" */
    const char *others; /* alternative names, or NULL */
    int from_days, days;
    bool chained;        /* signed by an authority of its own, which alone is trusted */
    bool without_issuer; /* which is not known here */
    bool untrusted;
};

static void write_certificates(const struct wish *wish, int64_t now_ms)
{
    struct certificate_wish authority = {.name = "Test Authority",
                                         .key = test_key_p256(),
                                         .from_ms = now_ms - 100 * DAY_MS,
                                         .until_ms = now_ms + 100 * DAY_MS,
                                         .authority = true};
    X509 *issuer = test_certificate(&authority);
    struct certificate_wish own = {
        .name = wish->name,
        .others = wish->others,
        .key = test_key_p256(),
        .issuer = wish->chained ? issuer : NULL,
        .issuer_key = authority.key,
        .from_ms = now_ms + wish->from_days * DAY_MS,
        .until_ms = now_ms + wish->days * DAY_MS + DAY_MS / 2,
    };
    X509 *certificate = test_certificate(&own);
    struct error error;
    write_pem(&server.folder, "both.pem", (X509 *[]){certificate, NULL}, own.key, NULL,
              server.path);
    write_pem(&server.folder, "trusted.pem", (X509 *[]){wish->chained ? issuer : certificate, NULL},
              NULL, NULL, server.trusted);
    server.tls = tls_load(server.path, server.path, own.from_ms + 1000, &error);
    cr_assert_not_null(server.tls, "%s", error.message);
    X509_free(certificate);
    X509_free(issuer);
    EVP_PKEY_free(own.key);
    EVP_PKEY_free(authority.key);
}

static void on_closed(void *context)
{
    (void)context;
    server.closed = true;
}

/* Checks a URL of a host that leads to it. */
static void check_server(const char *host, const struct wish *wish, int status, const char *body)
{
    struct ambient ambient = ambient_system();
    char url[128];
    server = (struct server){.status = status, .body = body};
    certificate_folder_make(&server.folder);
    write_certificates(wish, ambient_wall_ms(&ambient));
    if (!wish->untrusted && !wish->without_issuer)
        setenv("SSL_CERT_FILE", server.trusted, 1);
    struct listener_config config = {
        .address = "127.0.0.1", .ambient = ambient, .handler = answer, .tls = server.tls};
    server.listener = listener_new(&loop, &config, NULL);
    cr_assert_not_null(server.listener);
    (void)snprintf(url, sizeof url, "https://%s:%u/hooks", host, listener_port(server.listener));
    check(url);
    listener_close(server.listener, on_closed, NULL);
    run_until(&loop, &server.closed);
    tls_unref(server.tls);
    certificate_folder_remove(&server.folder);
}

Test(url_check, all_is_well)
{
    check_server("localhost", &(struct wish){.name = "localhost", .days = 60}, 200, OURS);
    expect("https", CHECK_OK, "https");
    expect("certificate", CHECK_OK, "chain holds");
    expect("names", CHECK_OK, "it is for localhost");
    expect("validity", CHECK_OK, "60 days left");
    expect("answer", CHECK_OK, "a bridgetop answers, in ");
    expect("answer", CHECK_OK, "with 3 keys");
    cr_expect_eq(url_report_tone(&report), CHECK_OK);
    cr_expect_eq(report.count, URL_CHECK_LINES_MAX);
    cr_expect_eq(server.requests, 1);
}

Test(url_check, a_chain_up_to_an_authority_holds)
{
    check_server("localhost", &(struct wish){.name = "localhost", .days = 60, .chained = true}, 200,
                 OURS);
    expect("certificate", CHECK_OK, "chain holds");
}

Test(url_check, a_chain_without_its_authority_does_not)
{
    check_server(
        "localhost",
        &(struct wish){.name = "localhost", .days = 60, .chained = true, .without_issuer = true},
        200, OURS);
    expect("certificate", CHECK_BAD, "leads to no authority trusted here (1 certificate came)");
    expect("names", CHECK_OK, "localhost");
    expect("answer", CHECK_OK, "a bridgetop answers"); /* and the rest is told all the same */
    cr_expect_eq(url_report_tone(&report), CHECK_BAD);
}

Test(url_check, nobody_vouches_for_one_that_signed_itself)
{
    check_server("localhost", &(struct wish){.name = "localhost", .days = 60, .untrusted = true},
                 200, OURS);
    expect("certificate", CHECK_BAD, "signed by itself");
}

Test(url_check, an_expired_one_says_since_when)
{
    check_server("localhost", &(struct wish){.name = "localhost", .from_days = -50, .days = -4},
                 200, OURS);
    expect("certificate", CHECK_BAD, "has expired");
    expect("validity", CHECK_BAD, "it expired 3 days ago");
}

Test(url_check, one_that_ends_soon_is_warned_of)
{
    check_server("localhost", &(struct wish){.name = "localhost", .days = 13}, 200, OURS);
    expect("validity", CHECK_WARN, "only 13 days left");
    cr_expect_eq(url_report_tone(&report), CHECK_WARN);
    check_server("localhost", &(struct wish){.name = "localhost", .days = 14}, 200, OURS);
    expect("validity", CHECK_OK, "14 days left");
}

Test(url_check, one_of_the_future_is_not_valid_yet)
{
    check_server("localhost", &(struct wish){.name = "localhost", .from_days = 2, .days = 60}, 200,
                 OURS);
    expect("validity", CHECK_BAD, "not valid yet");
    expect("certificate", CHECK_BAD, "not yet valid");
}

Test(url_check, another_name_is_told)
{
    check_server("localhost",
                 &(struct wish){.name = "hooks.example.com",
                                .others = "DNS:hooks.example.com,DNS:*.example.com,IP:192.0.2.7,"
                                          "DNS:fourth.example.com,DNS:fifth.example.com",
                                .days = 60},
                 200, OURS);
    expect("names", CHECK_BAD,
           "it is for hooks.example.com, *.example.com, 192.0.2.7 and 2 more, not for localhost");
}

Test(url_check, an_address_is_a_name_as_well)
{
    check_server("127.0.0.1",
                 &(struct wish){.name = "x", .others = "IP:127.0.0.1,IP:::1", .days = 60}, 200,
                 OURS);
    expect("names", CHECK_OK, "it is for 127.0.0.1, ::1");
    check_server("127.0.0.1", &(struct wish){.name = "127.0.0.1", .days = 60}, 200, OURS);
    expect("names", CHECK_BAD, "not for 127.0.0.1"); /* as a DNS name it is none */
}

/* As RFC 9110 has it, and as browsers do. */
Test(url_check, a_common_name_alone_is_no_name)
{
    check_server("localhost", &(struct wish){.name = "localhost", .others = "", .days = 60}, 200,
                 OURS);
    expect("names", CHECK_BAD, "it names no host (no subjectAltName)");
}

/* A certificate may say anything. */
Test(url_check, what_a_certificate_says_cannot_make_a_line)
{
    check_server("localhost",
                 &(struct wish){.name = "localhost",
                                .others = "DNS:ok\n\xE2\x9C\x93 trusted\x1b[31m,DNS:localhost",
                                .days = 60},
                 200, OURS);
    const struct check_line *line = line_of("names");
    cr_assert_not_null(line);
    for (const char *c = line->text; *c != '\0'; c++)
        cr_expect(*c >= ' ' && *c <= '~', "byte %d in '%s'", *c, line->text);
}

/* --- answers -------------------------------------------------------------------------- */

static void answers(int status, const char *body)
{
    check_server("localhost", &(struct wish){.name = "localhost", .days = 60}, status, body);
}

Test(url_check, another_server_is_told_by_its_status)
{
    answers(404, "<html>");
    expect("answer", CHECK_OK, "404 to a GET");
    answers(200, "{\"service\":\"other\",\"status\":\"ok\",\"keys\":1}");
    expect("answer", CHECK_OK, "200 to a GET");
    answers(200, "{\"service\":\"bridgetop\"}");
    expect("answer", CHECK_OK, "something else than bridgetop");
    answers(502, "");
    expect("answer", CHECK_BAD, "502 to a GET");
    answers(301, "");
    expect("answer", CHECK_WARN, "301 to a GET");
}

Test(url_check, a_bridgetop_that_cannot_accept_is_told)
{
    answers(200, "{\"service\":\"bridgetop\",\"status\":\"ok\",\"stored\":7,\"keys\":0}");
    expect("answer", CHECK_WARN, "knows no key");
    answers(200,
            "{\"service\":\"bridgetop\",\"status\":\"storage failing\",\"stored\":7,\"keys\":1}");
    expect("answer", CHECK_BAD, "cannot store");
}

Test(url_check, of_a_long_answer_only_the_beginning_counts)
{
    char *long_body = calloc(1, 1000 * 1000 + 1);
    memset(long_body, 'x', 1000 * 1000);
    answers(200, long_body);
    expect("answer", CHECK_OK, "200 to a GET");
    free(long_body);
}

Test(url_check, plain_http_is_bad_and_asked_all_the_same)
{
    struct http_script script;
    char url[128];
    http_script_start(&script, &loop);
    http_script_answer(&script, 200, NULL, OURS);
    (void)snprintf(url, sizeof url, "%s/hooks", script.url);
    check(url);
    expect("https", CHECK_BAD, "http: Bridge delivers to https alone");
    expect("answer", CHECK_OK, "a bridgetop answers");
    cr_expect_null(line_of("certificate"));
    cr_expect_str_eq(script.requests[0].method, "GET");
    cr_expect_str_eq(script.requests[0].target, "/hooks");
    http_script_stop(&script);
}

Test(url_check, who_cannot_be_reached_is_told_with_the_reason)
{
    char url[128];
    server = (struct server){.status = 200, .body = OURS}; /* speaks no TLS */
    struct listener_config config = {
        .address = "127.0.0.1", .ambient = ambient_system(), .handler = answer};
    server.listener = listener_new(&loop, &config, NULL);
    cr_assert_not_null(server.listener);
    (void)snprintf(url, sizeof url, "https://localhost:%u/", listener_port(server.listener));
    check(url);
    listener_close(server.listener, on_closed, NULL);
    run_until(&loop, &server.closed);
    expect("https", CHECK_OK, "https");
    expect("answer", CHECK_BAD, "no TLS with localhost");
    check("https://127.0.0.1:1/");
    expect("answer", CHECK_BAD, "cannot reach 127.0.0.1:1");
    cr_expect_null(line_of("names"));
}

Test(url_check, trust_that_cannot_be_read_is_no_fault_of_the_url)
{
    setenv("SSL_CERT_FILE", "/nonexistent/trust.pem", 1);
    check_server("localhost", &(struct wish){.name = "localhost", .days = 60, .untrusted = true},
                 200, OURS);
    expect("answer", CHECK_WARN, "/nonexistent/trust.pem");
    cr_expect_eq(url_report_tone(&report), CHECK_WARN);
}

Test(url_check, what_is_no_url_is_told)
{
    static const char *const URLS[] = {"",
                                       "hooks",
                                       "ftp://example.com/",
                                       "https://",
                                       "https://user:secret@example.com/",
                                       "https://a b/"};
    for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
        check(URLS[i]);
        cr_expect_eq(report.count, 1, "%s", URLS[i]);
        expect("https", CHECK_BAD, "no https URL");
        cr_expect_not(url_check_askable(URLS[i], &report));
    }
    cr_expect(url_check_askable("https://[::1]:8443/hooks?a=b", &report));
    cr_expect_not(url_check_askable(NULL, &report));
}

/* --- ending ----------------------------------------------------------------------------- */

Test(url_check, what_is_cancelled_or_closed_is_not_told)
{
    struct http_script script;
    char url[128];
    http_script_start(&script, &loop); /* never answers */
    (void)snprintf(url, sizeof url, "%s/", script.url);
    told = false;
    uint64_t first = url_checker_ask(checker, url, on_checked, NULL);
    uint64_t second = url_checker_ask(checker, url, on_checked, NULL);
    cr_assert(first != 0 && second != 0 && first != second);
    run_until_count(&loop, &script.request_count, 2);
    url_checker_cancel(checker, first);
    url_checker_cancel(checker, first);
    url_checker_cancel(checker, 4711);
    url_checker_close(checker, NULL, NULL);
    http_script_stop(&script);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_not(told);
    struct ambient ambient = ambient_system();
    checker = url_checker_new(&loop, &ambient, NULL); /* for the end */
    cr_assert_not_null(checker);
}
