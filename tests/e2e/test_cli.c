/* The command line, as a user or a script meets it: what is printed where, and the exit codes of
   README's table. */
#include "tests/e2e/child.h"
#include "tests/e2e/http.h"
#include "tests/e2e/sandbox_client.h"
#include "tests/e2e/screen.h"
#include "tests/e2e/sender.h"
#include "tui/exit_code.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 12, VERIFY_EXIT_NOT_GENUINE = 1 };

static struct child_home home;
static struct child_run run;

static void set_up(void)
{
    struct error error;
    cr_assert(child_home_make(&home, &error), "%s", error.message);
    run = (struct child_run){.code = -1};
}

static void tear_down(void)
{
    child_run_clear(&run);
    child_home_remove(&home);
}

TestSuite(cli, .init = set_up, .fini = tear_down, .timeout = 120);

/* Runs the program without a terminal; arguments end with NULL. */
static void run_program(const char *const *arguments, const char *const *environment,
                        const void *input, size_t length)
{
    const char *argv[ARGUMENTS_MAX + 2] = {child_program()};
    cr_assert_not_null(argv[0]);
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++)
        argv[i + 1] = arguments[i];
    char **all = child_environment(&home, "xterm-256color", environment);
    struct error error;
    child_run_clear(&run);
    cr_assert(
        child_run((char *const *)argv, &home, all, input, length, SCREEN_LIMIT_MS, &run, &error),
        "%s", error.message);
    child_environment_free(all);
}

#define RUN(...) run_program((const char *const[]){__VA_ARGS__, NULL}, NULL, NULL, 0)

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* One line on standard error that has `part`, nothing on standard output. */
static void expect_one_line(const char *what, int code, const char *part)
{
    cr_expect_eq(run.code, code, "%s: exit code %d: %s", what, run.code, run.err);
    cr_expect_eq(run.out_length, 0U, "%s: %s", what, run.out);
    cr_expect_eq(count_lines(run.err), 1U, "%s: %s", what, run.err);
    cr_expect_eq(strncmp(run.err, "bridgetop", strlen("bridgetop")), 0, "%s: %s", what, run.err);
    cr_expect_not_null(strstr(run.err, part), "%s: '%s' is not in: %s", what, part, run.err);
}

static size_t read_whole(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "%s", path);
    size_t length = fread(bytes, 1, size - 1, file);
    (void)fclose(file);
    bytes[length] = '\0';
    cr_assert(length > 0 && length < size - 1, "%s", path);
    return length;
}

/* --- usage ----------------------------------------------------------------- */

Test(cli, without_a_key_names_all_ways_on)
{
    run_program((const char *const[]){NULL}, NULL, NULL, 0);
    cr_expect_eq(run.code, EXIT_CODE_USAGE);
    cr_expect_eq(run.out_length, 0U);
    static const char *const WAYS[] = {"BRIDGE_API_KEY", "--sandbox", "--public-key", "--demo"};
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++)
        cr_expect_not_null(strstr(run.err, WAYS[i]), "%s: %s", WAYS[i], run.err);
    cr_expect_leq(count_lines(run.err), 6U, "it is short: %s", run.err);

    run_program((const char *const[]){"--sandbox", NULL},
                (const char *const[]){"BRIDGE_API_KEY=", NULL}, NULL, 0);
    cr_expect_eq(run.code, EXIT_CODE_USAGE, "an empty key is none");
}

Test(cli, wrong_arguments_are_one_line_each)
{
    static const struct {
        const char *arguments[5];
        const char *part;
    } CASES[] = {
        {{"--nonsense"}, "unknown option --nonsense"},
        {{"-x"}, "unknown option -x"},
        {{"--db"}, "--db wants a value"},
        {{"--demo=yes"}, "--demo=yes"},
        {{"--demo", "--sandbox"}, "exclude each other"},
        {{"--demo", "--poll", "0"}, "--poll '0'"},
        {{"--demo", "--poll", "nan"}, "--poll 'nan'"},
        {{"--demo", "--listen", "8787"}, "ADDR:PORT"},
        {{"--demo", "--listen", "127.0.0.1:65536"}, "0 to 65535"},
        {{"--demo", "--listen", "::1:8787"}, "brackets"},
        {{"--demo", "start"}, "'start' is not a command"},
        {{"--api-url", "http://api.example.com/v0"}, "--api-url http://api.example.com/v0"},
        {{"--public-key", "absent.pem"}, "absent.pem: No such file"},
        {{"--demo", "--db", ""}, "--db wants a file name"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        run_program(CASES[i].arguments, (const char *const[]){"BRIDGE_API_KEY=sk-secret", NULL},
                    NULL, 0);
        expect_one_line(CASES[i].arguments[0], EXIT_CODE_USAGE, CASES[i].part);
        cr_expect_null(strstr(run.err, "sk-secret"));
    }
}

Test(cli, a_key_with_a_line_break_is_refused_before_anything_starts)
{
    run_program((const char *const[]){"--sandbox", NULL},
                (const char *const[]){"BRIDGE_API_KEY=sk-secret\r", NULL}, NULL, 0);
    expect_one_line("a key with a line break", EXIT_CODE_USAGE,
                    "BRIDGE_API_KEY holds a line break or a blank: ");
    cr_expect_null(strstr(run.err, "secret"));
}

Test(cli, a_file_that_is_no_key_is_refused)
{
    struct error error;
    cr_assert(child_home_write(&home, "not.pem", "hello\n", 6, &error), "%s", error.message);
    RUN("--public-key", "not.pem");
    expect_one_line("no PEM", EXIT_CODE_USAGE, "--public-key not.pem: ");
}

Test(cli, what_it_quotes_goes_through_the_gate)
{
    RUN("--\033]0;owned\a\xe2\x80\xae");
    expect_one_line("controls", EXIT_CODE_USAGE, "unknown option");
    cr_expect_null(strchr(run.err, '\033'));
    cr_expect_null(strchr(run.err, '\a'));
    cr_expect_null(strstr(run.err, "\xe2\x80\xae"));
}

static void write_config(const char *text)
{
    struct error error;
    cr_assert(child_home_write(&home, "own", text, strlen(text), &error), "%s", error.message);
}

Test(cli, a_wrong_configuration_is_one_line_with_file_and_line)
{
    write_config("[keys]\n# two of them\nenable = E\n");
    RUN("--demo", "--config", "own");
    expect_one_line("a clash of keys", EXIT_CODE_USAGE,
                    "own:3: E is bound to enable and disable in pane 1");
    write_config("[options]\napi-key = sk-live-canary\n");
    RUN("--demo", "--config", "own");
    expect_one_line("a key in a file", EXIT_CODE_USAGE, "own:2: an API key does not belong");
    cr_expect_null(strstr(run.err, "canary"));
    RUN("--demo", "--config", "/dev/null");
    expect_one_line("no file", EXIT_CODE_USAGE, "/dev/null: not a regular file");
    RUN("--demo", "--config", "nowhere");
    expect_one_line("no file", EXIT_CODE_USAGE, "nowhere: No such file");
}

Test(cli, helps_on_standard_output)
{
    RUN("--help");
    cr_expect_eq(run.code, EXIT_CODE_OK);
    cr_expect_eq(run.err_length, 0U);
    static const char *const PARTS[] = {
        "--demo",
        "--sandbox",
        "--api-url URL",
        "--listen ADDR:PORT|none",
        "--db FILE",
        "--poll",
        "--read-only",
        "--unmask",
        "--public-key",
        "bridgetop verify",
        "--signature HEADER",
        "--at",
        "--tunnel",
        "bridgetop sandbox",
        "--rate",
        "--seed",
        "--help",
        "--version",
        "BRIDGE_API_KEY",
    };
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++)
        cr_expect_not_null(strstr(run.out, PARTS[i]), "%s is not in the help", PARTS[i]);

    RUN("verify", "--help");
    cr_expect_eq(run.code, EXIT_CODE_OK);
    cr_expect_not_null(strstr(run.out, "--public-key FILE"));
    RUN("sandbox", "--help");
    cr_expect_eq(run.code, EXIT_CODE_OK);
    cr_expect_not_null(strstr(run.out, "--tunnel"));
}

Test(cli, tells_its_version)
{
    RUN("--version");
    cr_expect_eq(run.code, EXIT_CODE_OK);
    cr_expect_eq(run.err_length, 0U);
    cr_expect_str_eq(run.out, "bridgetop " BRIDGETOP_VERSION "\n");
}

/* --- before the screen is taken ---------------------------------------------- */

/* Starts in a terminal, and expects that it ends by itself with one line and nothing drawn. */
static void expect_refusal(const char *const *arguments, const char *term,
                           const char *const *environment, int code, const char *part)
{
    const char *argv[ARGUMENTS_MAX + 2] = {child_program()};
    cr_assert_not_null(argv[0]);
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++)
        argv[i + 1] = arguments[i];
    struct screen_options options = {.argv = (char *const *)argv,
                                     .home = &home,
                                     .environment = environment,
                                     .term = term,
                                     .width = 200,
                                     .height = 10};
    struct error error = {""};
    struct screen *screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), code, "%s", part);
    cr_expect(screen_has(screen, part), "'%s' is not in: %s", part, screen_text(screen));
    cr_expect_eq(strncmp(screen_row(screen, 0), "bridgetop: ", 11), 0);
    cr_expect_str_eq(screen_row(screen, 1), "", "one line: %s", screen_text(screen));
    cr_expect_not(screen_sent(screen, "\033"), "nothing is drawn");
    cr_expect(screen_is_whole(screen, &error), "%s", error.message);
    screen_free(screen);
}

#define REFUSES(code, part, ...)                                                                   \
    expect_refusal((const char *const[]){__VA_ARGS__, NULL}, NULL, NULL, code, part)

Test(cli, needs_a_terminal)
{
    RUN("--demo");
    expect_one_line("no terminal at all", EXIT_CODE_TERMINAL, "is not a terminal");

    /* Standard input is one, standard output is not. */
    char script[PATH_MAX + 64];
    const char *program = child_program();
    cr_assert_not_null(program);
    (void)snprintf(script, sizeof script, "'%s' --demo >out; echo code $?; stat -c 'size %%s' out",
                   program);
    char *argv[] = {"bash", "--norc", "-c", script, NULL};
    struct screen_options options = {.argv = argv, .home = &home};
    struct error error;
    struct screen *screen = screen_start(&options, &error);
    cr_assert_not_null(screen, "%s", error.message);
    cr_expect_eq(screen_wait_exit(screen, SCREEN_LIMIT_MS), 0);
    cr_expect(screen_has(screen, "bridgetop: standard output is not a terminal"));
    cr_expect(screen_has(screen, "code 5"));
    cr_expect(screen_has(screen, "size 0"));
    screen_free(screen);
}

Test(cli, needs_to_know_the_terminal)
{
    static const char *const DEMO[] = {"--demo", NULL};
    static const char *const UNSET[] = {"TERM=", NULL};
    expect_refusal(DEMO, "no-such-terminal", NULL, EXIT_CODE_TERMINAL, "'no-such-terminal' (TERM)");
    expect_refusal(DEMO, "dumb", NULL, EXIT_CODE_TERMINAL, "'dumb' cannot move its cursor (TERM)");
    expect_refusal(DEMO, NULL, UNSET, EXIT_CODE_TERMINAL, "TERM is not set");
    expect_refusal(DEMO, "../../../etc/passwd", NULL, EXIT_CODE_TERMINAL, "(TERM)");
}

Test(cli, needs_a_free_address)
{
    uint16_t port;
    struct error error;
    int held = http_reserve_port(&port, &error);
    cr_assert(held >= 0, "%s", error.message);
    cr_assert_eq(listen(held, 1), 0);
    char address[32], said[96];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", port);
    (void)snprintf(said, sizeof said, "cannot listen on %s: address already in use", address);
    REFUSES(EXIT_CODE_LISTEN, said, "--demo", "--listen", address);
    (void)close(held);

    /* A documentation address (RFC 5737) is nobody's, here neither. */
    REFUSES(EXIT_CODE_LISTEN, "cannot listen on 192.0.2.1:8787", "--demo", "--listen",
            "192.0.2.1:8787");
}

Test(cli, needs_a_store_that_can_be_written)
{
    struct error error;
    char path[256];
    cr_assert_eq(mkdir(child_home_path(&home, "folder", path, sizeof path), 0700), 0);
    cr_assert(child_home_write(&home, "notes.txt", "not a database, and dear to me\n", 31, &error));

    REFUSES(EXIT_CODE_STORE, "folder: it is a directory", "--demo", "--db", "folder");
    REFUSES(EXIT_CODE_STORE, "cannot create ", "--demo", "--db", "notes.txt/store.db");
    REFUSES(EXIT_CODE_STORE, "cannot create ", "--demo", "--db", "/proc/bridgetop/store.db");
    REFUSES(EXIT_CODE_STORE, "not a regular file", "--demo", "--db", "/dev/null");
    REFUSES(EXIT_CODE_STORE, "is not a bridgetop store", "--demo", "--db", "notes.txt");

    char kept[64];
    (void)read_whole(child_home_path(&home, "notes.txt", path, sizeof path), kept, sizeof kept);
    cr_expect_str_eq(kept, "not a database, and dear to me\n");
}

Test(cli, needs_a_folder_for_the_default_store)
{
    /* The default store's folder cannot be made: a file is in its way. */
    struct error error;
    cr_assert(child_home_write(&home, "state", "", 0, &error), "%s", error.message);
    char state[256], name[288];
    (void)snprintf(state, sizeof state, "XDG_STATE_HOME=%s",
                   child_home_path(&home, "state", name, sizeof name));
    const char *const environment[] = {state, "BRIDGE_API_KEY=sk-secret", NULL};
    expect_refusal((const char *const[]){"--api-url", "http://127.0.0.1:9/v0", NULL}, NULL,
                   environment, EXIT_CODE_STORE, "state");
}

/* --- verify ---------------------------------------------------------------- */

struct vector {
    char key_path[PATH_MAX];
    char header[1024];
    char body[8192];
    size_t body_length;
};

static void load_vector(struct vector *vector)
{
    cr_assert_not_null(realpath("tests/vectors/vendor-public-key.pem", vector->key_path));
    (void)read_whole("tests/vectors/vendor-signature-header.txt", vector->header,
                     sizeof vector->header);
    vector->header[strcspn(vector->header, "\n")] = '\0';
    vector->body_length =
        read_whole("tests/vectors/vendor-body.json", vector->body, sizeof vector->body);
}

static void verify(const struct vector *vector, const char *at)
{
    const char *arguments[] = {
        "verify",
        "--public-key",
        vector->key_path,
        "--signature",
        vector->header,
        at != NULL ? "--at" : NULL,
        at,
        NULL,
    };
    run_program(arguments, NULL, vector->body, vector->body_length);
    cr_expect_eq(run.err_length, 0U, "%s", run.err);
    /* The verdict; what was found, unless the verdict says that; what is to be done. */
    const char *second = strchr(run.out, '\n');
    bool said = second != NULL && strncmp(second, "\nto do: ", strlen("\nto do: ")) == 0;
    cr_expect_eq(count_lines(run.out), run.code == 0 ? 1U : said ? 2U : 3U, "%s", run.out);
    cr_expect(run.code == 0 || strstr(run.out, "\nto do: ") != NULL, "%s", run.out);
}

Test(cli, verifies_the_vendors_example)
{
    struct vector vector;
    load_vector(&vector);
    verify(&vector, "any");
    cr_expect_eq(run.code, 0);
    cr_expect_eq(strncmp(run.out, "genuine: ", 9), 0, "%s", run.out);

    verify(&vector, NULL);
    cr_expect_eq(run.code, VERIFY_EXIT_NOT_GENUINE, "years old by now");
    cr_expect_eq(strncmp(run.out, "not genuine: signed by this key, but ", 37), 0, "%s", run.out);

    char at[32];
    (void)snprintf(at, sizeof at, "%.*s", (int)strspn(vector.header + 2, "0123456789"),
                   vector.header + 2);
    verify(&vector, at);
    cr_expect_eq(run.code, 0, "at its own time: %s", run.out);
}

Test(cli, verify_finds_any_changed_byte)
{
    struct vector vector;
    load_vector(&vector);
    vector.body[vector.body_length / 2] ^= 1;
    verify(&vector, "any");
    cr_expect_eq(run.code, VERIFY_EXIT_NOT_GENUINE);
    cr_expect_eq(strncmp(run.out, "not genuine: ", 13), 0, "%s", run.out);

    load_vector(&vector);
    vector.body[vector.body_length++] = '\n';
    verify(&vector, "any");
    cr_expect_eq(run.code, VERIFY_EXIT_NOT_GENUINE, "a newline counts");
    cr_expect(strstr(run.out, "\nshown: Without the line end") != NULL, "%s", run.out);

    load_vector(&vector);
    (void)snprintf(vector.header, sizeof vector.header, "v0=nothing");
    verify(&vector, "any");
    cr_expect_eq(run.code, VERIFY_EXIT_NOT_GENUINE, "no t");
}

Test(cli, verify_tells_a_missing_second_hash)
{
    struct error error;
    struct sender *sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    const char *pem = sender_public_pem(sender);
    struct vector vector = {.key_path = "key.pem", .body = "{\"a\":1}", .body_length = 7};
    cr_assert(child_home_write(&home, "key.pem", pem, strlen(pem), &error));
    char *header = sender_sign(sender, SENDER_SINGLE_HASH, (int64_t)time(NULL) * 1000, vector.body,
                               vector.body_length);
    (void)snprintf(vector.header, sizeof vector.header, "%s", header);
    free(header);
    sender_free(sender);
    verify(&vector, NULL);
    cr_expect_eq(run.code, VERIFY_EXIT_NOT_GENUINE);
    cr_expect_not_null(strstr(run.out, "hashes twice"), "%s", run.out);
}

Test(cli, verify_that_cannot_judge_says_why)
{
    struct vector vector;
    load_vector(&vector);
    const char *const CASES[][7] = {
        {"verify"},
        {"verify", "--public-key", vector.key_path},
        {"verify", "--signature", vector.header},
        {"verify", "--public-key", "absent.pem", "--signature", vector.header},
        {"verify", "--public-key", vector.key_path, "--signature", vector.header, "--at=soon"},
        {"verify", "--public-key", vector.key_path, "--signature", vector.header, "body.json"},
        {"verify", "--nonsense"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        run_program(CASES[i], NULL, vector.body, vector.body_length);
        cr_expect_eq(run.code, EXIT_CODE_USAGE, "case %zu: %s", i, run.err);
        cr_expect_eq(run.out_length, 0U, "case %zu: %s", i, run.out);
        cr_expect_eq(strncmp(run.err, "bridgetop verify: ", 18), 0, "case %zu: %s", i, run.err);
    }
}

/* --- sandbox --------------------------------------------------------------- */

Test(cli, sandbox_ends_well_and_gives_its_port_back)
{
    struct error error;
    struct sandbox_client *sandbox = sandbox_client_start(&home, NULL, &error);
    cr_assert_not_null(sandbox, "%s", error.message);
    cr_expect_eq(sandbox_client_ask(sandbox, "GET", "/v0/webhooks", NULL, NULL), 200);

    const char *url = sandbox_client_url(sandbox); /* http://127.0.0.1:N/v0 */
    char port[8];
    (void)snprintf(port, sizeof port, "%.*s", (int)strcspn(url + strlen("http://127.0.0.1:"), "/"),
                   url + strlen("http://127.0.0.1:"));
    RUN("sandbox", "--port", port);
    expect_one_line("port in use", EXIT_CODE_LISTEN, port);

    cr_expect_eq(sandbox_client_stop(sandbox), 0, "SIGTERM asks it to end");
}

Test(cli, sandbox_refuses_wrong_arguments)
{
    static const char *const CASES[][3] = {
        {"sandbox", "--nonsense"},  {"sandbox", "--port", "65536"},
        {"sandbox", "--rate", "x"}, {"sandbox", "--tunnel", "here"},
        {"sandbox", "now"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *arguments[] = {CASES[i][0], CASES[i][1], CASES[i][2], NULL};
        run_program(arguments, NULL, NULL, 0);
        cr_expect_eq(run.code, EXIT_CODE_USAGE, "case %zu: %s", i, run.err);
        cr_expect_eq(run.out_length, 0U, "case %zu: %s", i, run.out);
        cr_expect_eq(strncmp(run.err, "bridgetop sandbox: ", 19), 0, "case %zu: %s", i, run.err);
    }
}
