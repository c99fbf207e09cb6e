#include "tui/cmd_verify.h"

#include "api/ambient.h"
#include "api/contract.h"
#include "tui/text.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char HELP[] =
    "Usage: bridgetop verify --public-key FILE --signature HEADER [--at MS|any] < BODY\n"
    "\n"
    "Says whether Bridge signed the body on standard input, and why.\n"
    "\n"
    "  --public-key FILE   the endpoint's public key, PEM\n"
    "  --signature HEADER  the delivery's X-Webhook-Signature, with or without its name\n"
    "  --at MS|any         judge the age of t as of MS milliseconds since 1970 (default: now);\n"
    "                      any: do not judge it\n"
    "  --help              this text\n"
    "\n"
    "The body must be the bytes that were received: a newline at its end counts.\n"
    "Exit codes: 0 genuine, 1 not genuine, 2 nothing could be judged.\n";

/* --- arguments ---------------------------------------------------------- */

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

static void describe_bad_option(int option, char **argv, struct error *error)
{
    if (option == ':')
        error_set(error, "option '%s' needs a value", argv[optind - 1]);
    /* optopt is a short option's letter; of the known ones it is named only in --help=x. */
    else if (optopt != 0 && optopt != 'h')
        error_set(error, "unknown option '-%c'", optopt);
    else
        error_set(error, "unknown option '%s'", argv[optind - 1]);
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
            options->public_key_path = optarg;
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
            describe_bad_option(option, argv, error);
            return false;
        }
    }
    if (optind < argc)
        error_set(error, "unexpected argument '%s'; the body comes on standard input",
                  argv[optind]);
    else if (options->public_key_path == NULL)
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

int verify_report(const struct verify_options *options, const struct public_key *key,
                  const void *body, size_t length, int64_t now_ms, char line[VERIFY_LINE_SIZE])
{
    char value[SIGNATURE_HEADER_MAX + 2];
    header_value(options->signature, value);
    int64_t as_of_ms = options->at == VERIFY_AT_MS ? options->at_ms : now_ms;
    int64_t window_ms = options->at == VERIFY_AT_ANY ? -1 : SIGNATURE_WINDOW_MS;
    struct error reason = {0};
    enum verdict verdict =
        signature_verify(value, 1, body, length, &key, 1, as_of_ms, window_ms, NULL, &reason);

    if (verdict == VERDICT_GENUINE) {
        struct signature signature;
        char t[CONTRACT_TIME_SIZE];
        (void)signature_parse(value, &signature, NULL);
        contract_time_format(signature.t_ms, t);
        (void)snprintf(line, VERIFY_LINE_SIZE, "genuine: signed by this key, t is %s", t);
        return VERIFY_EXIT_GENUINE;
    }
    bool signed_by_key = verdict == VERDICT_STALE || verdict == VERDICT_FUTURE;
    (void)snprintf(line, VERIFY_LINE_SIZE, "not genuine: %s%s%s",
                   signed_by_key ? "signed by this key, but " : "", reason.message,
                   signed_by_key ? " (--at any leaves the age of t out)" : "");
    return VERIFY_EXIT_NOT_GENUINE;
}

/* --- the command -------------------------------------------------------- */

/* Lines quote arguments and file names: bytes from outside. */
static bool print_gated(FILE *to, const char *prefix, const char *line)
{
    char gated[4 * VERIFY_LINE_SIZE];
    bool ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    text_gate_string(gated, sizeof gated, line, strlen(line), ascii);
    return fprintf(to, "%s%s\n", prefix, gated) >= 0 && fflush(to) == 0;
}

static int fail(const struct error *error)
{
    (void)print_gated(stderr, "bridgetop verify: ", error->message);
    return VERIFY_EXIT_USAGE;
}

static int fail_usage(const struct error *error)
{
    (void)fail(error);
    (void)fputs("Try 'bridgetop verify --help'.\n", stderr);
    return VERIFY_EXIT_USAGE;
}

static int judge_input(const struct verify_options *options)
{
    struct error error = {0};
    struct public_key *key = load_key(options->public_key_path, &error);
    if (key == NULL)
        return fail(&error);
    struct buffer body;
    buffer_init(&body, VERIFY_BODY_MAX);
    int code = VERIFY_EXIT_USAGE;
    if (!read_body(&body, &error)) {
        (void)fail(&error);
        goto out;
    }
    struct ambient ambient = ambient_system();
    char line[VERIFY_LINE_SIZE];
    code = verify_report(options, key, body.data, body.length, ambient_wall_ms(&ambient), line);
    if (!print_gated(stdout, "", line)) {
        error_set(&error, "cannot write the verdict to standard output: %s", strerror(errno));
        code = fail(&error);
    }
out:
    buffer_clear(&body);
    public_key_free(key);
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
