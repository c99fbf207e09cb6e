#include "tui/cmd_verify.h"

#include "api/signing.h"
#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_PATH "tests/vectors/vendor-public-key.pem"
#define GENUINE  "genuine: signed by this key, t is 2024-01-21T16:26:51.204Z"

/* --- arguments ---------------------------------------------------------- */

/* Counts the arguments up to the NULL. */
static int count(char **argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    return argc;
}

#define ARGV(...)                                                                                  \
    (char *[])                                                                                     \
    {                                                                                              \
        "verify", __VA_ARGS__, NULL                                                                \
    }

static struct verify_options parse(char **argv)
{
    struct verify_options options;
    struct error error = {0};
    cr_assert(verify_options_parse(count(argv), argv, &options, &error), "%s", error.message);
    return options;
}

static void assert_usage(char **argv, const char *message)
{
    struct verify_options options;
    struct error error = {0};
    cr_assert_not(verify_options_parse(count(argv), argv, &options, &error));
    cr_assert_str_eq(error.message, message);
}

Test(verify, options_are_read)
{
    struct verify_options options = parse(ARGV("--public-key", "k", "--signature", "s"));
    cr_assert_eq(options.key_count, 1u);
    cr_assert_str_eq(options.key_paths[0], "k");
    cr_assert_str_eq(options.signature, "s");
    cr_assert_eq(options.at, VERIFY_AT_NOW);
    cr_assert_not(options.help);

    options = parse(ARGV("--at=any", "--signature=s", "--public-key=k"));
    cr_assert_eq(options.at, VERIFY_AT_ANY);
    options = parse(ARGV("--signature=s", "--public-key=k", "--at", "1705854411204"));
    cr_assert_eq(options.at, VERIFY_AT_MS);
    cr_assert_eq(options.at_ms, VENDOR_T);
    options = parse(ARGV("--signature=s", "--public-key=k", "--at", "999999999999999999"));
    cr_assert_eq(options.at_ms, 999999999999999999);
    cr_assert(parse(ARGV("--help")).help);
    cr_assert(parse(ARGV("-h")).help);
}

Test(verify, options_that_cannot_be_used_are_named)
{
    assert_usage(ARGV(NULL), "--public-key FILE is missing");
    assert_usage(ARGV("--signature", "s"), "--public-key FILE is missing");
    assert_usage(ARGV("--public-key", "k"), "--signature HEADER is missing");
    assert_usage(ARGV("--public-key"), "option '--public-key' needs a value");
    assert_usage(ARGV("--publik-key", "k"), "unknown option '--publik-key'");
    assert_usage(ARGV("--help=x"), "unknown option '--help=x'");
    assert_usage(ARGV("-x"), "unknown option '-x'");
    assert_usage(ARGV("-xy"), "unknown option '-x'");
    assert_usage(ARGV("--public-key", "k", "--signature", "s", "body.json"),
                 "unexpected argument 'body.json'; the body comes on standard input");
    static const char *const BAD[] = {
        "", "now", "-1", "+1", "1.5", "ANY", "1 ", " 1", "1ms", "0x10", "1000000000000000000"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char at[64];
        char message[128];
        (void)snprintf(at, sizeof at, "--at=%s", BAD[i]);
        (void)snprintf(message, sizeof message,
                       "--at takes milliseconds since 1970 or any, not '%s'", BAD[i]);
        assert_usage(ARGV("--public-key", "k", "--signature", "s", at), message);
    }
}

/* --- the verdict -------------------------------------------------------- */

static void assert_report(const struct verify_options *options, const char *body, int64_t now_ms,
                          int code, const char *expected)
{
    struct vendor vendor = vendor_load();
    char line[VERIFY_LINE_SIZE];
    struct verify_options with_key = *options;
    const struct public_key *key = vendor.key;
    with_key.key_paths[with_key.key_count++] = "k";
    cr_assert_eq(verify_report(&with_key, &key, body, strlen(body), now_ms, line), code, "%s",
                 line);
    cr_assert_str_eq(line, expected);
    public_key_free(vendor.key);
}

Test(verify, the_window_is_judged_now_or_then_or_not_at_all)
{
    struct vendor vendor = vendor_load();
    const char *body = vendor.body;
    struct verify_options options = {.signature = vendor.header};
    int64_t later = VENDOR_T + 12 * 60 * 1000 + 3000;
    static const char STALE[] =
        "not genuine: signed by this key, but t is 12 min 3 s old; deliveries older than 10 min "
        "are refused so that Bridge sends them again with a fresh one (--at any leaves the age of "
        "t out)";
    assert_report(&options, body, VENDOR_T, 0, GENUINE);
    assert_report(&options, body, later, 1, STALE);
    assert_report(&options, body, VENDOR_T - 3600 * 1000, 1,
                  "not genuine: signed by this key, but t is 1 h ahead of this machine's clock, "
                  "and more than 10 min is refused; check that the clock is right (--at any leaves "
                  "the age of t out)");
    options.at = VERIFY_AT_ANY;
    assert_report(&options, body, later, 0, GENUINE);
    options.at = VERIFY_AT_MS;
    options.at_ms = VENDOR_T;
    assert_report(&options, body, later, 0, GENUINE);
    options.at_ms = later;
    assert_report(&options, body, VENDOR_T, 1, STALE);
    public_key_free(vendor.key);
}

Test(verify, the_header_may_come_with_its_name_and_blanks)
{
    struct vendor vendor = vendor_load();
    static const char *const AROUND[][2] = {
        {"X-Webhook-Signature: ", ""},
        {"x-webhook-signature:", "\r\n"},
        {"  X-WEBHOOK-SIGNATURE:\t", " \n"},
        {"\n ", "\n"},
    };
    char header[2 * VENDOR_BYTES_MAX];
    for (size_t i = 0; i < sizeof AROUND / sizeof *AROUND; i++) {
        (void)snprintf(header, sizeof header, "%s%s%s", AROUND[i][0], vendor.header, AROUND[i][1]);
        struct verify_options options = {.signature = header};
        assert_report(&options, vendor.body, VENDOR_T, 0, GENUINE);
    }
    public_key_free(vendor.key);
}

Test(verify, what_is_not_genuine_is_told_with_its_reason)
{
    struct vendor vendor = vendor_load();
    struct verify_options options = {.signature = vendor.header, .at = VERIFY_AT_ANY};
    assert_report(&options, "{}", 0, 1,
                  "not genuine: the key did not sign this body: the body or t was changed on the "
                  "way, or the sender has another key");
    char echoed[VENDOR_BYTES_MAX + 1];
    (void)snprintf(echoed, sizeof echoed, "%s\n", vendor.body);
    assert_report(&options, echoed, 0, 1,
                  "not genuine: the key did not sign this body: the signature fits without the "
                  "newline that ends the body; something added it");
    options.signature = "";
    assert_report(&options, "{}", 0, 1,
                  "not genuine: the X-Webhook-Signature header cannot be read: it is empty");
    options.signature = "X-Webhook-Signature:";
    assert_report(&options, "{}", 0, 1,
                  "not genuine: the X-Webhook-Signature header cannot be read: it is empty");
    options.signature = "t=1,t=1";
    assert_report(&options, "{}", 0, 1,
                  "not genuine: the X-Webhook-Signature header cannot be read: t comes twice");
    char oversize[10000];
    memset(oversize, 'x', sizeof oversize - 1);
    oversize[sizeof oversize - 1] = '\0';
    options.signature = oversize;
    assert_report(&options, "{}", 0, 1,
                  "not genuine: the X-Webhook-Signature header cannot be read: it is longer than "
                  "2048 bytes");
    public_key_free(vendor.key);
}

/* --- the command -------------------------------------------------------- */

struct run {
    int code;
    char out[4096];
    char err[4096];
};

static FILE *redirect(int fd)
{
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    cr_assert_eq(dup2(fileno(file), fd), fd);
    return file;
}

static void collect(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

/* A test has a process of its own, so its standard streams may be exchanged. */
static struct run run(char **argv, const void *body, size_t length)
{
    struct run run;
    (void)fflush(NULL);
    FILE *in = redirect(STDIN_FILENO);
    FILE *out = redirect(STDOUT_FILENO);
    FILE *err = redirect(STDERR_FILENO);
    cr_assert_eq(fwrite(body, 1, length, in), length);
    (void)fflush(in);
    rewind(in);
    run.code = cmd_verify(count(argv), argv);
    (void)fflush(NULL);
    collect(out, run.out, sizeof run.out);
    collect(err, run.err, sizeof run.err);
    (void)fclose(in);
    return run;
}

Test(verify, the_vendors_example_is_genuine_through_the_command)
{
    struct vendor vendor = vendor_load();
    struct run result =
        run(ARGV("--public-key", KEY_PATH, "--signature", vendor.header, "--at", "any"),
            vendor.body, vendor.body_length);
    cr_assert_str_eq(result.err, "");
    cr_assert_str_eq(result.out, GENUINE "\n");
    cr_assert_eq(result.code, 0);

    result = run(ARGV("--public-key", KEY_PATH, "--signature", vendor.header), vendor.body,
                 vendor.body_length);
    cr_assert_eq(result.code, 1, "in 2024 it was fresh: %s", result.out);
    cr_assert_eq(strncmp(result.out, "not genuine: signed by this key, but t is ", 42), 0, "%s",
                 result.out);

    vendor.body[3] ^= 1;
    result = run(ARGV("--public-key", KEY_PATH, "--signature", vendor.header, "--at", "any"),
                 vendor.body, vendor.body_length);
    cr_assert_eq(result.code, 1);
    cr_assert_eq(strncmp(result.out, "not genuine: the key did not sign", 33), 0, "%s", result.out);
    public_key_free(vendor.key);
}

Test(verify, of_several_keys_the_one_that_signed_is_named)
{
    char other[] = "/tmp/verify-key-XXXXXX";
    struct vendor vendor = vendor_load();
    struct signing_key *key = signing_key_generate(NULL);
    const char *pem = signing_key_public_pem(key);
    int fd = mkstemp(other);
    cr_assert(fd >= 0 && write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem));
    (void)close(fd);
    char *const *orders[] = {ARGV("--public-key", KEY_PATH, "--public-key", other, "--signature",
                                  vendor.header, "--at", "any"),
                             ARGV("--public-key", other, "--public-key", KEY_PATH, "--signature",
                                  vendor.header, "--at", "any")};
    for (size_t i = 0; i < 2; i++) {
        struct run result = run((char **)orders[i], vendor.body, vendor.body_length);
        cr_expect_str_eq(result.out, "genuine: signed by the key in '" KEY_PATH "', t is "
                                     "2024-01-21T16:26:51.204Z\n");
        cr_expect_eq(result.code, 0, "%s", result.err);
    }
    struct run result =
        run(ARGV("--public-key", other, "--public-key", KEY_PATH, "--signature", vendor.header),
            vendor.body, vendor.body_length);
    cr_expect_eq(result.code, 1);
    cr_expect_eq(strncmp(result.out, "not genuine: signed by the key in '" KEY_PATH "', but t", 71),
                 0, "%s", result.out);
    /* The hints take all of them, too. */
    char longer[VENDOR_BYTES_MAX + 2];
    (void)snprintf(longer, sizeof longer, "%s\n", vendor.body);
    result = run(ARGV("--public-key", other, "--public-key", KEY_PATH, "--signature", vendor.header,
                      "--at", "any"),
                 longer, vendor.body_length + 1);
    cr_expect(strstr(result.out, "\nshown: Without the line end") != NULL, "%s", result.out);
    result = run(ARGV("--public-key", other, "--public-key", "tests/vectors", "--signature", "s"),
                 "", 0);
    cr_expect_eq(result.code, 2);
    cr_expect(strstr(result.err, "cannot use the public key in 'tests/vectors'") != NULL, "%s",
              result.err);
    (void)unlink(other);
    signing_key_free(key);
    public_key_free(vendor.key);
}

Test(verify, what_the_verdict_says_is_not_said_again)
{
    struct run result =
        run(ARGV("--public-key", KEY_PATH, "--signature", "t=1,v1=QUJD", "--at", "any"), "{}", 2);
    cr_expect_eq(result.code, 1);
    const char *first = strstr(result.out, "cannot be read: v0 is missing\nto do: ");
    cr_expect(first != NULL, "%s", result.out);
    cr_expect(first != NULL && strstr(first + 1, "cannot be read") == NULL, "%s", result.out);
}

Test(verify, keys_beyond_the_limit_are_refused)
{
    char *argv[2 * VERIFY_KEYS_MAX + 6] = {"verify", "--signature", "s"};
    for (size_t i = 0; i <= VERIFY_KEYS_MAX; i++) {
        argv[3 + 2 * i] = "--public-key";
        argv[4 + 2 * i] = "k";
    }
    assert_usage(argv, "--public-key may be given 64 times at most");
    argv[3 + 2 * VERIFY_KEYS_MAX] = NULL;
    cr_expect_eq(parse(argv).key_count, (size_t)VERIFY_KEYS_MAX);
}

Test(verify, usage_errors_go_to_standard_error)
{
    struct run result = run(ARGV(NULL), "", 0);
    cr_assert_eq(result.code, 2);
    cr_assert_str_eq(result.out, "");
    cr_assert_str_eq(result.err, "bridgetop verify: --public-key FILE is missing\n"
                                 "Try 'bridgetop verify --help'.\n");
    result = run(ARGV("--help"), "", 0);
    cr_assert_eq(result.code, 0);
    cr_assert_str_eq(result.err, "");
    cr_assert_eq(strncmp(result.out, "Usage: bridgetop verify ", 24), 0);
}

Test(verify, untrusted_text_is_gated)
{
    struct run result = run(ARGV("--\033[2J\n"), "", 0);
    cr_assert_eq(result.code, 2);
    cr_assert_null(strchr(result.err, '\033'));
    cr_assert_not_null(strstr(result.err, "unknown option '--^[[2J"), "%s", result.err);
}

Test(verify, a_key_file_that_is_none_is_refused)
{
    static const char *const CASES[][2] = {
        {"tests/vectors/absent.pem", "No such file or directory"},
        {"tests/vectors", "Is a directory"},
        {"tests/vectors/vendor-body.json", "it is not PEM"},
        {"/dev/null", "it is not PEM"},
        {"/dev/zero", "more than 16384 bytes"},
    };
    char expected[256];
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s", CASES[i][0]);
        struct run result = run(ARGV("--public-key", path, "--signature", "s"), "", 0);
        (void)snprintf(expected, sizeof expected,
                       "bridgetop verify: cannot use the public key in '%s': %s", CASES[i][0],
                       CASES[i][1]);
        cr_assert_eq(strncmp(result.err, expected, strlen(expected)), 0, "%s", result.err);
        cr_assert_eq(result.code, 2);
        cr_assert_str_eq(result.out, "");
    }
}

Test(verify, a_body_is_read_up_to_its_maximum)
{
    enum { MAXIMUM = VERIFY_BODY_MAX };
    struct signing_key *signing = signing_key_from_seed(1, NULL);
    char key_path[] = "/tmp/bridgetop-test-XXXXXX";
    int fd = mkstemp(key_path);
    cr_assert_geq(fd, 0);
    const char *pem = signing_key_public_pem(signing);
    cr_assert_eq(write(fd, pem, strlen(pem)), (ssize_t)strlen(pem));
    (void)close(fd);
    char *body = calloc(1, MAXIMUM + 1); /* NULs: the body is binary */
    cr_assert_not_null(body);
    char *header = signing_key_sign(signing, VENDOR_T, body, MAXIMUM);

    struct run result =
        run(ARGV("--public-key", key_path, "--signature", header, "--at", "any"), body, MAXIMUM);
    cr_expect_str_eq(result.out, GENUINE "\n");
    cr_expect_eq(result.code, 0);
    result = run(ARGV("--public-key", key_path, "--signature", header, "--at", "any"), body,
                 MAXIMUM + 1);
    cr_expect_str_eq(result.out, "");
    cr_expect_str_eq(result.err, "bridgetop verify: cannot read the body on standard input: more "
                                 "than 16777216 bytes\n");
    cr_expect_eq(result.code, 2);
    free(header);
    free(body);
    signing_key_free(signing);
    (void)unlink(key_path);
}

Test(verify, a_verdict_that_cannot_be_written_is_no_success)
{
    struct vendor vendor = vendor_load();
    char **argv = ARGV("--public-key", KEY_PATH, "--signature", vendor.header, "--at", "any");
    FILE *in = redirect(STDIN_FILENO);
    cr_assert_eq(fwrite(vendor.body, 1, vendor.body_length, in), vendor.body_length);
    rewind(in);
    FILE *err = redirect(STDERR_FILENO);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    cr_assert_geq(full, 0);
    cr_assert_eq(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    int code = cmd_verify(count(argv), argv);
    char text[512];
    (void)fflush(stderr);
    collect(err, text, sizeof text);
    (void)fclose(in);
    (void)close(full);
    cr_assert_eq(code, 2);
    cr_assert_str_eq(text,
                     "bridgetop verify: cannot write the verdict to standard output: No space "
                     "left on device\n");
    public_key_free(vendor.key);
}
