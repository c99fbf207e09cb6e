#include "tui/cmd_verify.h"

#include "api/ambient.h"
#include "api/contract.h"
#include "tui/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char HELP[] =
    "Usage: bridgetop verify (--public-key FILE)… --signature HEADER [--at MS|any] < BODY\n"
    "\n"
    "Says whether Bridge signed the body on standard input, and why.\n"
    "\n"
    "  --public-key FILE   the endpoint's public key, PEM; may be repeated: then the verdict "
    "names\n"
    "                      the file whose key it was\n"
    "  --signature HEADER  the delivery's X-Webhook-Signature, with or without its name\n"
    "  --at MS|any         judge the age of t as of MS milliseconds since 1970 (default: now);\n"
    "                      any: do not judge it\n"
    "  --help              this text\n"
    "\n"
    "The body must be the bytes that were received: a newline at its end counts.\n"
    "Exit codes: 0 genuine, 1 not genuine, 2 nothing could be judged.\n";

/* --- arguments ---------------------------------------------------------- */

static bool add_key_path(const char *path, struct verify_options *options, struct error *error)
{
    if (options->key_count == VERIFY_KEYS_MAX)
        return error_set(error, "--public-key may be given %d times at most", VERIFY_KEYS_MAX);
    options->key_paths[options->key_count++] = path;
    return true;
}

static bool parse_at(const char *text, struct verify_options *options, struct error *error)
{
    if (strcmp(text, "any") == 0) {
        options->at = VERIFY_AT_ANY;
        return true;
    }
    enum { DIGITS_MAX = 18 }; /* what fits in an int64_t whatever the digits are */
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > DIGITS_MAX || text[length] != '\0') {
        error_set(error, "--at takes milliseconds since 1970 or any, not '%s'", text);
        return false;
    }
    options->at = VERIFY_AT_MS;
    options->at_ms = 0;
    for (size_t i = 0; i < length; i++)
        options->at_ms = 10 * options->at_ms + (text[i] - '0');
    return true;
}

bool verify_options_parse(int argc, char **argv, struct verify_options *options,
                          struct error *error)
{
    static const struct option LONG[] = {
        {"public-key", required_argument, NULL, 'k'},
        {"signature", required_argument, NULL, 's'},
        {"at", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct verify_options){.at = VERIFY_AT_NOW};
    optind = 0; /* begin anew: the caller may have used getopt() before */
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, ":h", LONG, NULL)) != -1) {
        switch (option) {
        case 'k':
            if (!add_key_path(optarg, options, error))
                return false;
            break;
        case 's':
            options->signature = optarg;
            break;
        case 'a':
            if (!parse_at(optarg, options, error))
                return false;
            break;
        case 'h':
            options->help = true;
            return true;
        default:
            command_bad_option(option, argv, error);
            return false;
        }
    }
    if (optind < argc)
        error_set(error, "unexpected argument '%s'; the body comes on standard input",
                  argv[optind]);
    else if (options->key_count == 0)
        error_set(error, "--public-key FILE is missing");
    else if (options->signature == NULL)
        error_set(error, "--signature HEADER is missing");
    else
        return true;
    return false;
}

/* --- input -------------------------------------------------------------- */

bool verify_read(int fd, struct buffer *bytes, struct error *error)
{
    char chunk[65536];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, "%s", strerror(errno));
        if ((size_t)got > bytes->maximum - bytes->length)
            return error_set(error, "more than %zu bytes", bytes->maximum);
        if (!buffer_append(bytes, chunk, (size_t)got))
            return error_set(error, "out of memory");
    }
}

static struct public_key *load_key(const char *path, struct error *error)
{
    struct public_key *key = NULL;
    struct buffer pem;
    buffer_init(&pem, SIGNATURE_PEM_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        error_set(error, "%s", strerror(errno));
    else if (verify_read(fd, &pem, error))
        key = public_key_from_pem(pem.data ? pem.data : "", pem.length, error);
    if (key == NULL)
        error_prefix(error, "cannot use the public key in '%s'", path);
    if (fd >= 0)
        (void)close(fd);
    buffer_clear(&pem);
    return key;
}

static void free_keys(struct public_key *keys[VERIFY_KEYS_MAX])
{
    for (size_t i = 0; i < VERIFY_KEYS_MAX; i++)
        public_key_free(keys[i]);
}

/* All of the options. False with a line; those that were loaded are there all the same. */
static bool load_keys(const struct verify_options *options,
                      struct public_key *keys[VERIFY_KEYS_MAX], struct error *error)
{
    for (size_t i = 0; i < options->key_count; i++) {
        keys[i] = load_key(options->key_paths[i], error);
        if (keys[i] == NULL)
            return false;
    }
    return true;
}

static bool read_body(struct buffer *body, struct error *error)
{
    if (isatty(STDIN_FILENO))
        (void)fputs("reading the body from this terminal; end it with Ctrl-D\n", stderr);
    return verify_read(STDIN_FILENO, body, error) ||
           error_prefix(error, "cannot read the body on standard input");
}

/* --- the verdict -------------------------------------------------------- */

static bool is_white_space(char c)
{
    return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

/* The bare value, out of a line that may have been copied with the header's name. What is too long
   is cut to a length that is still too long. */
static void header_value(const char *given, char value[SIGNATURE_HEADER_MAX + 2])
{
    static const char NAME[] = CONTRACT_SIGNATURE_HEADER ":";
    while (is_white_space(*given))
        given++;
    if (strncasecmp(given, NAME, sizeof NAME - 1) == 0)
        given += sizeof NAME - 1;
    while (is_white_space(*given))
        given++;
    size_t length = strlen(given);
    while (length > 0 && is_white_space(given[length - 1]))
        length--;
    if (length > SIGNATURE_HEADER_MAX + 1)
        length = SIGNATURE_HEADER_MAX + 1;
    memcpy(value, given, length);
    value[length] = '\0';
}

enum { WHOSE_SIZE = 240 };

/* "this key", or "the key in 'two.pem'". */
static void name_key(const struct verify_options *options, int index, char name[WHOSE_SIZE])
{
    if (options->key_count > 1 && index >= 0)
        (void)snprintf(name, WHOSE_SIZE, "the key in '%.200s'", options->key_paths[index]);
    else
        (void)snprintf(name, WHOSE_SIZE, "this key");
}

int verify_report(const struct verify_options *options, const struct public_key *const *keys,
                  const void *body, size_t length, int64_t now_ms, char line[VERIFY_LINE_SIZE])
{
    char value[SIGNATURE_HEADER_MAX + 2];
    header_value(options->signature, value);
    int64_t as_of_ms = options->at == VERIFY_AT_MS ? options->at_ms : now_ms;
    int64_t window_ms = options->at == VERIFY_AT_ANY ? -1 : SIGNATURE_WINDOW_MS;
    struct error reason = {0};
    int index = -1;
    char whose[WHOSE_SIZE];
    enum verdict verdict = signature_verify(value, 1, body, length, keys, options->key_count,
                                            as_of_ms, window_ms, &index, &reason);
    name_key(options, index, whose);

    if (verdict == VERDICT_GENUINE) {
        struct signature signature;
        char t[CONTRACT_TIME_SIZE];
        (void)signature_parse(value, &signature, NULL);
        contract_time_format(signature.t_ms, t);
        (void)snprintf(line, VERIFY_LINE_SIZE, "genuine: signed by %s, t is %s", whose, t);
        return VERIFY_EXIT_GENUINE;
    }
    bool signed_by_key = verdict == VERDICT_STALE || verdict == VERDICT_FUTURE;
    (void)snprintf(line, VERIFY_LINE_SIZE, "%s: %s%s%s%s%s",
                   verdict == VERDICT_UNDECIDED ? "undecided" : "not genuine",
                   signed_by_key ? "signed by " : "", signed_by_key ? whose : "",
                   signed_by_key ? ", but " : "", reason.message,
                   signed_by_key ? " (--at any leaves the age of t out)" : "");
    return VERIFY_EXIT_NOT_GENUINE;
}

void verify_diagnose(const struct verify_options *options, const struct public_key *const *keys,
                     const void *body, size_t length, int64_t now_ms, struct doctor_report *report)
{
    char value[SIGNATURE_HEADER_MAX + 2];
    header_value(options->signature, value);
    struct header header = {.name = (char[]){CONTRACT_SIGNATURE_HEADER}, .value = value};
    const struct header_list headers = {.items = &header, .count = 1};
    struct doctor_key known[VERIFY_KEYS_MAX] = {{0}};
    for (size_t i = 0; i < options->key_count; i++)
        known[i].key = keys[i];
    const struct doctor_case patient = {
        .headers = &headers,
        .body = body != NULL ? body : "",
        .body_length = length,
        .received_ms = options->at == VERIFY_AT_MS ? options->at_ms : now_ms,
        .window_ms = options->at == VERIFY_AT_ANY ? -1 : SIGNATURE_WINDOW_MS,
        .keys = known,
        .key_count = options->key_count,
    };
    doctor_examine(&patient, report);
    if (report->findings[0].kind == DOCTOR_NOTHING_WRONG)
        report->count = 0;
}

/* --- the command -------------------------------------------------------- */

static int fail(const struct error *error)
{
    command_complain("verify", error->message);
    return VERIFY_EXIT_USAGE;
}

static int fail_usage(const struct error *error)
{
    command_complain_of_usage("verify", error->message);
    return VERIFY_EXIT_USAGE;
}

/* `reason` stands in the line above. */
static bool print_diagnosis(const struct doctor_report *report, const char *reason)
{
    bool printed = true;
    for (size_t i = 0; printed && i < report->count; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        printed = (doctor_repeats(finding, reason) ||
                   command_print(stdout, finding->shown ? "shown: " : "hint: ", finding->what)) &&
                  (finding->remedy[0] == '\0' || command_print(stdout, "to do: ", finding->remedy));
    }
    return printed;
}

static int judge_input(const struct verify_options *options)
{
    struct error error = {0};
    struct public_key *loaded[VERIFY_KEYS_MAX] = {NULL};
    const struct public_key *const *keys = (const struct public_key *const *)loaded;
    struct buffer body;
    buffer_init(&body, VERIFY_BODY_MAX);
    int code = VERIFY_EXIT_USAGE;
    if (!load_keys(options, loaded, &error) || !read_body(&body, &error)) {
        (void)fail(&error);
        goto out;
    }
    struct ambient ambient = ambient_system();
    char line[VERIFY_LINE_SIZE];
    int64_t now_ms = ambient_wall_ms(&ambient);
    struct doctor_report report = {0};
    code = verify_report(options, keys, body.data, body.length, now_ms, line);
    if (code == VERIFY_EXIT_NOT_GENUINE)
        verify_diagnose(options, keys, body.data, body.length, now_ms, &report);
    const char *colon = strstr(line, ": ");
    const char *reason = colon != NULL ? colon + 2 : NULL;
    if (!command_print(stdout, "", line) || !print_diagnosis(&report, reason)) {
        error_set(&error, "cannot write the verdict to standard output: %s", strerror(errno));
        code = fail(&error);
    }
out:
    buffer_clear(&body);
    free_keys(loaded);
    return code;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_options options;
    struct error error = {0};
    if (!verify_options_parse(argc, argv, &options, &error))
        return fail_usage(&error);
    if (options.help)
        return fputs(HELP, stdout) >= 0 && fflush(stdout) == 0 ? VERIFY_EXIT_GENUINE
                                                               : VERIFY_EXIT_USAGE;
    return judge_input(&options);
}
