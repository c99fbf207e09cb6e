/* `bridgetop doctor`, before a sandbox, a receiver that is well, and things that are not. */
#include "tests/e2e/child.h"
#include "tests/e2e/http.h"
#include "tests/e2e/listen_child.h"
#include "tests/e2e/sandbox_client.h"
#include "tests/e2e/screen.h"
#include "tests/unit/certificates.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16, WELL = 0, BAD = 1, USAGE = 2 };

#define DAY_MS INT64_C(86400000)
#define KEY    "sk-very-secret-of-the-doctor"

static struct child_home home;
static struct child_run run;
static struct listen_child *child;
static struct sandbox_client *sandbox;
static struct certificate_folder folder;
static char both[CERTIFICATE_PATH_MAX], trust[CERTIFICATE_PATH_MAX + 16];
static struct error error;

static void set_up(void)
{
    cr_assert(child_home_make(&home, &error), "%s", error.message);
    certificate_folder_make(&folder);
}

static void tear_down(void)
{
    listen_child_free(child);
    (void)sandbox_client_stop(sandbox);
    child_run_clear(&run);
    certificate_folder_remove(&folder);
    child_home_remove(&home);
}

TestSuite(cmd_doctor, .init = set_up, .fini = tear_down, .timeout = 120);

/* --- running it --------------------------------------------------------------------- */

static void run_doctor(const char *key, const char *const *arguments)
{
    const char *argv[ARGUMENTS_MAX + 1] = {child_program(), "doctor", "--config",
                                           "none",          "--db",   "store.db"};
    size_t count = 6;
    for (; *arguments != NULL && count < ARGUMENTS_MAX; arguments++)
        argv[count++] = *arguments;
    const char *variables[] = {trust[0] != '\0' ? trust : "A=b", key, NULL};
    char **environment = child_environment(&home, "xterm-256color", variables);
    child_run_clear(&run);
    cr_assert(child_run((char *const *)argv, &home, environment, NULL, 0, 2 * SCREEN_LIMIT_MS, &run,
                        &error),
              "%s", error.message);
    child_environment_free(environment);
    cr_expect_null(strstr(run.out, KEY), "the key is in\n%s", run.out);
    cr_expect_null(strstr(run.err, KEY), "the key is in\n%s", run.err);
}

#define DOCTOR(...)         run_doctor("BRIDGE_API_KEY=" KEY, (const char *const[]){__VA_ARGS__, NULL})
#define DOCTOR_WITHOUT(...) run_doctor(NULL, (const char *const[]){__VA_ARGS__, NULL})

static bool says(const char *text)
{
    bool found = strstr(run.out, text) != NULL;
    if (!found)
        (void)fprintf(stderr, "no \"%s\" in\n%s\n%s\n", text, run.out, run.err);
    return found;
}

/* --- what it looks at ----------------------------------------------------------------- */

static void start_sandbox(void)
{
    sandbox =
        sandbox_client_start(&home, (const char *const[]){"--rate", "0", "--quiet", NULL}, &error);
    cr_assert_not_null(sandbox, "%s", error.message);
}

static const char *api(void)
{
    return sandbox_client_url(sandbox);
}

static void make_certificate(int days)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    struct certificate_wish wish = {.name = "localhost",
                                    .key = test_key_p256(),
                                    .from_ms = now_ms - DAY_MS,
                                    .until_ms = now_ms + days * DAY_MS + DAY_MS / 2};
    X509 *certificate = test_certificate(&wish);
    write_pem(&folder, "both.pem", (X509 *[]){certificate, NULL}, wish.key, NULL, both);
    (void)snprintf(trust, sizeof trust, "SSL_CERT_FILE=%s", both);
    X509_free(certificate);
    EVP_PKEY_free(wish.key);
}

/* A receiver behind https, whose store knows the endpoint's key, and an endpoint that leads to it.
 */
static void start_receiver(char id[CONTRACT_ID_MAX + 1], bool active)
{
    char url[64];
    child = listen_child_start(&home, (const char *const[]){"BRIDGE_API_KEY=" KEY, NULL},
                               (const char *const[]){"--json", "--api-url", api(), "--poll", "1",
                                                     "--tls-cert", both, "--tls-key", both, NULL});
    (void)snprintf(url, sizeof url, "https://localhost:%u/hooks", listen_child_port(child));
    cr_assert(sandbox_client_create(sandbox, url, active, id));
}

/* Until the receiver has asked for the endpoint's key. */
static void await_key(void)
{
    for (int i = 0; i < 100; i++) {
        DOCTOR("--api-url", api());
        if (strstr(run.out, "with 1 key") != NULL)
            return;
    }
    cr_assert_fail("the receiver never had a key:\n%s", run.out);
}

Test(cmd_doctor, where_all_is_well_it_ends_well)
{
    char id[CONTRACT_ID_MAX + 1], pid[64];
    make_certificate(60);
    start_sandbox();
    start_receiver(id, true);
    await_key();
    cr_expect_eq(run.code, WELL, "%d:\n%s", run.code, run.out);
    cr_expect(says("ok    API key      accepted"));
    cr_expect(says("ok    clock        within"));
    cr_expect(says("ok    store        0 deliveries, sound: store.db"));
    (void)snprintf(pid, sizeof pid, "bridgetop listen (pid %d) receives for this store",
                   (int)listen_child_pid(child));
    cr_expect(says(pid));
    cr_expect(says(id));
    cr_expect(says("ok    state        active"));
    cr_expect(says("ok    key          its public key can be used (RSA, 2048 bits)"));
    cr_expect(says("ok    queue        empty"));
    cr_expect(says("ok    certificate  its chain holds"));
    cr_expect(says("ok    names        it is for localhost"));
    cr_expect(says("ok    validity     60 days left"));
    cr_expect(says("ok    answer       a bridgetop answers"));
    cr_expect(says("All is well."));
    cr_expect_str_empty(run.err);
}

/* One line an object, and the same in it. */
Test(cmd_doctor, as_json_each_thing_is_a_line)
{
    char id[CONTRACT_ID_MAX + 1];
    int tones[3] = {0}, lines = 0;
    make_certificate(5);
    start_sandbox();
    start_receiver(id, true);
    DOCTOR("--json", "--api-url", api());
    char *rest = run.out;
    const cJSON *tone;
    bool about_endpoint = false, done = false;
    for (char *line = strtok_r(run.out, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest), lines++) {
        cJSON *json = cJSON_Parse(line);
        cr_assert_not_null(json, "%s", line);
        tone = cJSON_GetObjectItem(json, "tone");
        const char *word = tone != NULL ? cJSON_GetStringValue(tone) : "";
        tones[0] += strcmp(word, "ok") == 0;
        tones[1] += strcmp(word, "warn") == 0;
        tones[2] += strcmp(word, "bad") == 0;
        const char *endpoint = cJSON_GetStringValue(cJSON_GetObjectItem(json, "endpoint"));
        about_endpoint |= endpoint != NULL && strcmp(endpoint, id) == 0;
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(json, "kind")), "done") == 0) {
            done = true;
            cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(json, "ok")), tones[0]);
            cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(json, "warn")), tones[1]);
            cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(json, "bad")), tones[2]);
        }
        cJSON_Delete(json);
    }
    cr_expect(done && about_endpoint);
    cr_expect_geq(tones[1], 1, "5 days are warned of");
    cr_expect_eq(run.code, tones[2] > 0 ? BAD : WELL);
    cr_expect_gt(lines, 10);
}

Test(cmd_doctor, what_is_not_well_is_told_with_a_way_to_mend_it)
{
    char id[CONTRACT_ID_MAX + 1], port[32];
    uint16_t taken;
    int held = http_reserve_port(&taken, &error); /* nobody listens there */
    cr_assert(held >= 0, "%s", error.message);
    start_sandbox();
    cr_assert(sandbox_client_create(sandbox, "https://localhost:1/dead", true, id));
    cr_assert(child_home_write(&home, "store.db", "not a store at all, just text", 29, &error));
    /* The sandbox itself has this one. */
    (void)snprintf(port, sizeof port, "127.0.0.1:%s", strrchr(api(), ':') + 1);
    *strchr(strchr(port, ':'), '/') = '\0';
    DOCTOR("--api-url", api(), "--listen", port);
    cr_expect_eq(run.code, BAD);
    cr_expect(says("bad   store        "));
    cr_expect(says("left alone"));
    cr_expect(says("bad   listener     cannot listen on 127.0.0.1:"));
    cr_expect(says("→ end what has it"));
    cr_expect(says("bad   answer       cannot reach localhost:1"));
    cr_expect(says("→ start what listens there"));
    cr_expect(says(" bad, "));
    (void)close(held);
}

/* Nothing is delivered there yet. */
Test(cmd_doctor, of_a_disabled_endpoint_the_url_is_only_warned_of)
{
    char id[CONTRACT_ID_MAX + 1];
    start_sandbox();
    cr_assert(sandbox_client_create(sandbox, "https://localhost:1/dead", false, id));
    DOCTOR("--api-url", api(), "--listen", "none");
    cr_expect_eq(run.code, WELL, "%s", run.out);
    cr_expect(says("ok    state        disabled"));
    cr_expect(says("warn  answer       cannot reach localhost:1"));
    cr_expect(says("none is wanted (--listen none)"));
    cr_expect(says("not there yet: store.db will be made"));
    char path[256];
    (void)child_home_path(&home, "store.db", path, sizeof path);
    cr_expect_neq(access(path, F_OK), 0, "it makes nothing");
}

Test(cmd_doctor, of_very_many_endpoints_the_first_are_looked_at)
{
    enum { MANY = 52 };
    char id[CONTRACT_ID_MAX + 1], url[64];
    start_sandbox();
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(url, sizeof url, "https://localhost:1/hook%d", i);
        cr_assert(sandbox_client_create(sandbox, url, false, id), "%d", i);
    }
    DOCTOR("--api-url", api(), "--listen", "none");
    cr_expect_eq(run.code, WELL, "%s", run.out);
    cr_expect(says("warn  endpoints    50 of 52 are looked at below"));
    cr_expect(says("https://localhost:1/hook0"));
}

Test(cmd_doctor, without_a_key_the_rest_is_looked_at)
{
    DOCTOR_WITHOUT("--listen", "127.0.0.1:0");
    cr_expect_eq(run.code, BAD);
    cr_expect(says("bad   API key      none: BRIDGE_API_KEY is not set"));
    cr_expect(says("read -rs BRIDGE_API_KEY"));
    cr_expect(says("ok    listener     127.0.0.1, port 0: free"));
}

Test(cmd_doctor, an_api_that_is_away_leaves_what_the_store_remembers)
{
    char id[CONTRACT_ID_MAX + 1];
    make_certificate(60);
    start_sandbox();
    start_receiver(id, true);
    await_key();
    cr_expect_eq(sandbox_client_stop(sandbox), 0);
    sandbox = NULL;
    DOCTOR("--api-url", "http://127.0.0.1:1/v0");
    cr_expect_eq(run.code, BAD);
    cr_expect(says("bad   API          cannot reach 127.0.0.1:1"));
    cr_expect(says("(as the store remembers it)"));
    cr_expect(says("ok    answer       a bridgetop answers"));
    cr_expect(says("warn  queue        not known"));
}

Test(cmd_doctor, usage_is_told_as_such)
{
    DOCTOR("--theme", "dark");
    cr_expect_eq(run.code, USAGE);
    cr_expect_not_null(strstr(run.err, "--theme is nothing that 'doctor' looks at"), "%s", run.err);
    cr_expect_str_empty(run.out);
    DOCTOR("--help");
    cr_expect_eq(run.code, WELL);
    cr_expect(says("Exit codes: 0 nothing is bad"));
}

/* In a terminal it looks at that, too. */
Test(cmd_doctor, a_terminal_is_looked_at)
{
    const char *argv[] = {child_program(), "doctor",   "--config", "none", "--db",
                          "store.db",      "--listen", "none",     NULL};
    struct screen_options options = {.argv = (char *const *)argv,
                                     .home = &home,
                                     .term = "xterm-256color",
                                     .width = 80,
                                     .height = 40};
    struct screen *screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), BAD, "no key");
    cr_expect_geq(screen_row_with(screen, "TERM is xterm-256color, which is known", NULL), 0);
    cr_expect_geq(screen_row_with(screen, "80 columns, 40 lines: one pane at a time", NULL), 0);
    cr_expect_geq(screen_row_with(screen, "UTF-8", NULL), 0);
    cr_expect_geq(screen_row_with(screen, "colours      256", NULL), 0);
    screen_free(screen);
}
