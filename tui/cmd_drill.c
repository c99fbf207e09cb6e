#include "tui/cmd_drill.h"

#include "api/ambient.h"
#include "api/drill.h"
#include "api/folders.h"
#include "api/libcurl.h"
#include "api/signature.h"
#include "api/signing_file.h"
#include "tui/command.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char HELP[] =
    "Usage: bridgetop drill [--key FILE] URL\n"
    "       bridgetop drill [--key FILE] --show-key\n"
    "\n"
    "Tests a handler of Bridge's webhooks: sends it genuine deliveries and others, and shows what\n"
    "it should answer and what it did. Events are of the category transfer, with ids that begin\n"
    "with wh_drill_: for a handler in development, not for one that moves money.\n"
    "\n"
    "  --show-key   print the public half of the key that it signs with, to be given to the\n"
    "               handler in place of Bridge's; make the key where it is not there\n"
    "  --key FILE   that key, PEM ($XDG_STATE_HOME/bridgetop/drill-key.pem)\n"
    "  --help       this text\n"
    "\n"
    "Exit codes: 0 all answers fit, 1 not all, or nobody answers there, 2 usage, or a key that\n"
    "cannot be used.\n";

struct drill_options {
    const char *key_path;
    bool key_named; /* with --key */
    char default_key[PATH_MAX];
    const char *url;
    bool show_key;
    bool help;
};

static int fail(const struct error *error)
{
    command_complain("drill", error->message);
    return DRILL_EXIT_USAGE;
}

static int fail_usage(const struct error *error)
{
    command_complain_of_usage("drill", error->message);
    return DRILL_EXIT_USAGE;
}

/* --- arguments -------------------------------------------------------------------- */

static bool is_web_url(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

static bool check_options(const struct drill_options *options, struct error *error)
{
    if (options->key_named && options->key_path[0] == '\0')
        error_set(error, "--key takes a file's name");
    else if (options->show_key && options->url != NULL)
        error_set(error, "--show-key sends nothing: no URL");
    else if (!options->show_key && options->url == NULL)
        error_set(error, "the handler's URL is missing");
    else if (!options->show_key && !is_web_url(options->url))
        error_set(error, "the URL must begin with http:// or https://, not '%s'", options->url);
    else
        return true;
    return false;
}

enum { OPTION_KEY = COMMAND_OPTION, OPTION_SHOW_KEY };

static bool take_option(int option, char **argv, struct drill_options *options, struct error *error)
{
    switch (option) {
    case OPTION_KEY:
        options->key_path = optarg;
        options->key_named = true;
        return true;
    case OPTION_SHOW_KEY:
        options->show_key = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        command_bad_option(option, argv, error);
        return false;
    }
}

static bool parse(int argc, char **argv, struct drill_options *options, struct error *error)
{
    static const struct option LONG[] = {
        {"key", required_argument, NULL, OPTION_KEY},
        {"show-key", no_argument, NULL, OPTION_SHOW_KEY},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct drill_options){0};
    optind = 0; /* begin anew: the caller may have used getopt() before */
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, ":h", LONG, NULL)) != -1)
        if (!take_option(option, argv, options, error))
            return false;
    if (options->help)
        return true;
    if (optind < argc)
        options->url = argv[optind++];
    if (optind == argc)
        return check_options(options, error);
    error_set(error, "unexpected argument '%s'", argv[optind]);
    return false;
}

/* --- the key -------------------------------------------------------------------------- */

/* Where none is named, it is one of the program's own files. */
static bool choose_key(struct drill_options *options, const struct options_environment *environment,
                       struct error *error)
{
    if (options->key_named)
        return true;
    options->key_path = options->default_key;
    return options_state_path(environment, "drill-key.pem", options->default_key,
                              sizeof options->default_key, error) ||
           error_prefix(error, "there is no place for a key, name one with --key");
}

static int show_key(const struct drill_options *options)
{
    struct error error = {0};
    struct ambient ambient = ambient_system();
    if (!options->key_named && !folders_make(options->key_path, &error))
        return fail(&error);
    struct signing_key *key =
        signing_file_read_or_make(options->key_path, ambient_random_u64(&ambient), &error);
    if (key == NULL)
        return fail(&error);
    bool shown = fputs(signing_key_public_pem(key), stdout) >= 0 && fflush(stdout) == 0;
    signing_key_free(key);
    if (shown)
        return DRILL_EXIT_FITS;
    error_set(&error, "cannot write the key to standard output: %s", strerror(errno));
    return fail(&error);
}

/* --- sending ---------------------------------------------------------------------------- */

struct answer {
    int status; /* 0: none */
    CURLcode code;
    double seconds;
    char why[CURL_ERROR_SIZE]; /* there is none */
};

/* What the handler writes is not looked at, and bounded by the time there is. */
static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

static struct curl_slist *header_lines(const struct header_list *headers)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list != NULL && i < headers->count; i++) {
        char line[2 * SIGNATURE_HEADER_MAX];
        (void)snprintf(line, sizeof line, "%s: %s", headers->items[i].name,
                       headers->items[i].value);
        struct curl_slist *more = curl_slist_append(list, line);
        if (more == NULL)
            curl_slist_free_all(list);
        list = more;
    }
    return list;
}

/* One connection serves all. Redirects are answers, as they are to Bridge. */
static bool set_up(CURL *curl, const char *url, const struct drill_request *request,
                   struct curl_slist *headers, struct answer *answer)
{
    curl_easy_reset(curl);
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)request->bytes_a_s) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)DRILL_TIMEOUT_S) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, answer->why) == CURLE_OK;
}

static bool is_unreached(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_URL_MALFORMAT:
        return true;
    default:
        return false;
    }
}

static struct answer ask(CURL *curl, const char *url, const struct drill_request *request)
{
    struct answer answer = {0};
    struct curl_slist *headers = header_lines(&request->headers);
    long status = 0;
    if (headers == NULL || !set_up(curl, url, request, headers, &answer)) {
        (void)snprintf(answer.why, sizeof answer.why, "out of memory");
    } else {
        CURLcode code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &answer.seconds);
        answer.code = code;
        if (code == CURLE_OK &&
            curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
            answer.status = (int)status;
        else if (answer.why[0] == '\0')
            (void)snprintf(answer.why, sizeof answer.why, "%s", curl_easy_strerror(code));
    }
    curl_slist_free_all(headers);
    return answer;
}

/* --- the table --------------------------------------------------------------------------- */

static void print_head(void)
{
    (void)printf("%-5s %-17s %-8s %-8s %11s\n", "", "delivery", "should", "did", "after");
}

/* What it means that a row does not fit. */
static bool print_reason(const struct answer *answer, const char *advice)
{
    char why[DRILL_ADVICE_SIZE + CURL_ERROR_SIZE + 2];
    (void)snprintf(why, sizeof why, "%s%s%s", advice, answer->status == 0 ? ": " : "",
                   answer->status == 0 ? answer->why : "");
    return command_print(stdout, "      ", why);
}

/* *failed is why the row before has no answer: a handler that went away is not told of in every
   row. */
static bool print_row(enum drill_case which, const struct answer *answer, bool fits,
                      const char *advice, CURLcode *failed)
{
    char status[16] = "none";
    if (answer->status > 0)
        (void)snprintf(status, sizeof status, "%d", answer->status);
    bool printed =
        printf("%-5s %-17s %-8s %-8s %8.0f ms\n", fits ? "ok" : "FAIL", drill_name(which),
               drill_wants_200(which) ? "200" : "4xx", status, 1000 * answer->seconds) >= 0;
    bool again = answer->code != CURLE_OK && answer->code == *failed;
    *failed = answer->code;
    if (printed && !fits && !again)
        printed = print_reason(answer, advice);
    return printed && fflush(stdout) == 0;
}

/* How many fit; NOBODY_THERE, or BROKEN off, with a line. */
enum { BROKEN = -1, NOBODY_THERE = -2 };

static int run_all(CURL *curl, const char *url, const struct drill_keys *keys, struct error *error)
{
    struct ambient ambient = ambient_system();
    uint64_t run = ambient_random_u64(&ambient);
    int fitting = 0;
    CURLcode failed = CURLE_OK;
    for (int i = 0; i < DRILL_CASES; i++) {
        enum drill_case which = (enum drill_case)i;
        struct drill_request request;
        char advice[DRILL_ADVICE_SIZE];
        if (!drill_make(which, keys, ambient_wall_ms(&ambient), run, &request, error))
            return BROKEN;
        struct answer answer = ask(curl, url, &request);
        drill_request_clear(&request);
        if (i == 0 && is_unreached(answer.code)) {
            error_set(error, "nothing was tested, for nobody could be reached at %.200s: %s", url,
                      answer.why);
            return NOBODY_THERE;
        }
        if (i == 0)
            print_head();
        bool fits = drill_judge(which, answer.status, advice);
        fitting += fits;
        if (!print_row(which, &answer, fits, advice, &failed)) {
            error_set(error, "cannot write the table to standard output: %s", strerror(errno));
            return BROKEN;
        }
    }
    (void)printf("%d of %d fit\n", fitting, (int)DRILL_CASES);
    return fflush(stdout) == 0 ? fitting : BROKEN;
}

static int drill(const struct drill_options *options)
{
    struct error error = {0};
    bool absent;
    struct drill_keys keys = {0};
    struct signing_key *own = signing_file_read(options->key_path, &absent, &error);
    if (own == NULL) {
        if (absent)
            error_set(&error,
                      "there is no key at '%.300s': bridgetop drill%s --show-key makes one and "
                      "prints its public half for the handler",
                      options->key_path, options->key_named ? " --key …" : "");
        return fail(&error);
    }
    bool loaded = libcurl_load(&error);
    struct signing_key *wrong = loaded ? signing_key_generate(&error) : NULL;
    CURL *curl = loaded ? curl_easy_init() : NULL;
    int fitting = BROKEN;
    keys = (struct drill_keys){own, wrong};
    if (curl == NULL && wrong != NULL)
        error_set(&error, "out of memory");
    if (curl != NULL && wrong != NULL)
        fitting = run_all(curl, options->url, &keys, &error);
    curl_easy_cleanup(curl);
    signing_key_free(wrong);
    signing_key_free(own);
    if (fitting < 0)
        (void)fail(&error);
    if (fitting == BROKEN)
        return DRILL_EXIT_USAGE;
    return fitting == DRILL_CASES ? DRILL_EXIT_FITS : DRILL_EXIT_DOES_NOT;
}

int cmd_drill(int argc, char **argv, const struct options_environment *environment)
{
    struct drill_options options;
    struct error error = {0};
    if (!parse(argc, argv, &options, &error))
        return fail_usage(&error);
    if (options.help)
        return fputs(HELP, stdout) >= 0 && fflush(stdout) == 0 ? DRILL_EXIT_FITS : DRILL_EXIT_USAGE;
    if (!choose_key(&options, environment, &error))
        return fail(&error);
    return options.show_key ? show_key(&options) : drill(&options);
}
