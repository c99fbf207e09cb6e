/* `e` looks at the endpoint's URL before it asks: here at the dashboard's own listener, which
   receives by https. */
#include "tests/e2e/http.h"
#include "tests/e2e/session.h"
#include "tests/unit/certificates.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

static struct session session;
static struct certificate_folder folder;
static char both[CERTIFICATE_PATH_MAX], other[CERTIFICATE_PATH_MAX];
static char id[CONTRACT_ID_MAX + 1];

static void set_up(void)
{
    certificate_folder_make(&folder);
}

static void tear_down(void)
{
    session_end(&session);
    certificate_folder_remove(&folder);
}

TestSuite(look, .init = set_up, .fini = tear_down, .timeout = 100);

static void make_certificate(const char *file, const char *name, int days, char path[])
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    struct certificate_wish wish = {.name = name,
                                    .key = test_key_p256(),
                                    .from_ms = now_ms - DAY_MS,
                                    .until_ms = now_ms + days * DAY_MS + DAY_MS / 2};
    X509 *certificate = test_certificate(&wish);
    write_pem(&folder, file, (X509 *[]){certificate, NULL}, wish.key, NULL, path);
    X509_free(certificate);
    EVP_PKEY_free(wish.key);
}

/* A dashboard with that certificate, and a disabled endpoint whose URL leads to it. */
static void start(bool trusted, int width, int height)
{
    static char variable[CERTIFICATE_PATH_MAX + 32];
    char url[64];
    (void)snprintf(variable, sizeof variable, "SSL_CERT_FILE=%s", trusted ? both : other);
    session_begin(&session,
                  (struct session_options){.width = width, .height = height, .variable = variable});
    (void)snprintf(url, sizeof url, "https://localhost:%u/here", (unsigned)session.port);
    cr_assert(sandbox_client_create(session.sandbox, url, false, id));
    session_open(&session, (const char *const[]){"--tls-cert", both, "--tls-key", both, NULL});
    cr_assert(session_shows(&session, "○ disabled"));
}

Test(look, a_url_that_is_well_is_said_to_be)
{
    char event[CONTRACT_ID_MAX + 1];
    make_certificate("both.pem", "localhost", 60, both);
    start(true, 120, 40);
    session_event(&session, "transfer", event);
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_expect(session_shows(&session, "✓ the URL is https"));
    cr_expect(session_shows(&session, "✓ certificate: its chain holds"));
    cr_expect(session_shows(&session, "✓ names: it is for localhost"));
    cr_expect(session_shows(&session, "✓ validity: 60 days left"));
    cr_expect(session_shows(&session, "✓ answer: a bridgetop answers, in "));
    cr_expect(session_shows(&session, "with 1 key"));
    cr_expect(session_shows(&session, "events waiting: 1"));
    cr_expect(session_shows(&session, "y enable it "));
    cr_expect(session_keys_show(&session, "y", "is active: Bridge delivers to it"));
    session_quit(&session);
}

Test(look, what_is_wrong_warns_and_the_person_decides)
{
    make_certificate("both.pem", "elsewhere.example", 5, both);
    make_certificate("other.pem", "other.example", 5, other);
    start(false, 80, 24);
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_expect(session_shows(&session, "✗ certificate: signed by itself"));
    cr_expect(session_shows(&session, "As it is, deliveries to this URL would fail."));
    cr_expect(session_shows(&session, "y enable it all the same"));
    cr_expect(session_keys_show(&session, "y", "is active: Bridge delivers to it"));
    session_quit(&session);
}

Test(look, names_and_days_are_told_on_a_narrow_screen)
{
    make_certificate("both.pem", "elsewhere.example", 5, both);
    start(true, 80, 24);
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_expect(session_shows(&session, "✗ names: it is for elsewhere.example, not for localhost"));
    cr_expect(session_shows(&session, "! validity: only 5 days left"));
    cr_expect(session_keys_hide(&session, "n", "Enable endpoint"));
    session_quit(&session);
}

/* It can be answered at once, and left at once. */
Test(look, nothing_waits_for_a_url_that_does_not_answer)
{
    int held;
    uint16_t port;
    char url[64];
    struct error error;
    held = http_reserve_port(&port, &error); /* bound, and nobody listens */
    cr_assert_geq(held, 0, "%s", error.message);
    session_begin(&session, (struct session_options){.width = 80, .height = 24});
    (void)snprintf(url, sizeof url, "https://localhost:%u/here", (unsigned)port);
    cr_assert(sandbox_client_create(session.sandbox, url, false, id));
    session_open(&session, NULL);
    cr_assert(session_shows(&session, "○ disabled"));
    cr_assert(session_keys_show(&session, "e", "✗ answer: cannot reach localhost"));
    cr_assert(session_keys_hide(&session, "n", "Enable endpoint"));
    cr_assert(screen_keys(session.screen, "ey"));
    cr_expect(session_shows(&session, "is active: Bridge delivers to it"));
    session_quit(&session);
}
