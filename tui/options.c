#include "tui/options.h"

#include "api/signature.h"
#include "api/transfer.h"
#include "tui/config.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of whoever receives, the dashboard and `listen`. */
#define RECEIVE_HELP                                                                               \
    "  --tls-cert FILE      receive by https: the certificate and its chain, PEM\n"                \
    "  --tls-key FILE       and its key\n"                                                         \
    "  --allow CIDR         only these addresses may connect; may be repeated\n"                   \
    "  --trust-proxy CIDR   whose X-Forwarded-For says where a delivery comes from\n"              \
    "  --keep LIMIT         what is older (30d), more (100000) or larger (2GB) is deleted\n"       \
    "  --keep-export FOLDER after it was written there as JSON lines\n"                            \
    "  --answer-next ORDER  answer the first deliveries so: '500 x3 after 2s'\n"                   \
    "  --forward URL        hand each genuine delivery on to this application, as it came\n"       \
    "  --forward-when all   what is not genuine, too\n"                                            \
    "  --answer app         that application's answer goes back to Bridge; store: 200, once "      \
    "stored\n"                                                                                     \
    "  --answer-limit SECONDS  how long it is waited for (10)\n"

const char OPTIONS_HELP[] =
    "bridgetop: a terminal dashboard for Bridge webhooks\n"
    "\n"
    "  bridgetop [--demo | --sandbox | --api-url URL] [--listen ADDR:PORT|none] [--db FILE]\n"
    "            [--poll SECONDS] [--read-only] [--unmask] [--public-key FILE]…\n"
    "            [--tls-cert FILE --tls-key FILE] [--allow CIDR]… [--trust-proxy CIDR]…\n"
    "            [--keep 30d|100000|2GB]… [--keep-export FOLDER] [--answer-next ORDER]\n"
    "            [--forward URL|none] [--forward-when genuine|all] [--answer store|app]\n"
    "            [--answer-limit SECONDS]\n"
    "            [--theme auto|dark|light|contrast|mono] [--mouse] [--bell] [--title]\n"
    "            [--config FILE|none]\n"
    "  bridgetop listen  [--json] …           the same receiver without a screen (--help tells)\n"
    "  bridgetop doctor  [--json] …           looks at all that it needs, and says how to mend it\n"
    "  bridgetop verify  (--public-key FILE)… --signature HEADER [--at MS|any]   body on stdin\n"
    "  bridgetop drill   [--key FILE] URL     tests a handler of your own\n"
    "  bridgetop sandbox [--port N] [--tunnel HTTPS-ORIGIN=HTTP-URL] [--rate EVENTS-PER-MINUTE]\n"
    "                    [--seed N]\n"
    "  bridgetop --help | --version\n"
    "\n"
    "  --demo               an embedded sandbox: no account, no key, no network\n"
    "  --sandbox            Bridge's sandbox API instead of production\n"
    "  --api-url URL        another base URL; http only to this machine\n"
    "  --listen ADDR:PORT   where deliveries are received (127.0.0.1:8787); none: nowhere\n"
    "  --db FILE            the store ($XDG_STATE_HOME/bridgetop/…)\n"
    "  --poll SECONDS       how often Bridge is asked for what is on screen (5)\n"
    "  --read-only          change nothing at Bridge\n"
    "  --unmask             show personal and banking data from the start\n"
    "  --public-key FILE    check deliveries with this key too; no API key is needed "
    "then\n" RECEIVE_HELP
    "  --theme NAME         colours: auto (asks the terminal for its background), dark, light,\n"
    "                       contrast, mono\n"
    "  --mouse              choose, scroll and drag with the mouse\n"
    "  --bell               ring the bell when something fails\n"
    "  --title              say so in the window's title\n"
    "  --config FILE        keys and options ($XDG_CONFIG_HOME/bridgetop/config); none: no file\n"
    "\n"
    "The API key comes from the environment: BRIDGE_API_KEY. Inside, ? shows the keys.\n"
    "Exit codes: 0 ended, 1 failed while running, 2 usage, 3 cannot listen, 4 store,\n"
    "5 terminal. verify: 0 genuine, 1 not genuine, 2 usage. doctor: 0 nothing is bad, 1 something\n"
    "is, 2 usage.\n";

const char OPTIONS_LISTEN_HELP[] =
    "bridgetop listen: receives deliveries, verifies and stores them, without a screen\n"
    "\n"
    "  bridgetop listen [--json] [--unmask] [--listen ADDR:PORT] [--db FILE]\n"
    "                   [--sandbox | --api-url URL] [--poll SECONDS] [--public-key FILE]…\n"
    "                   [--tls-cert FILE --tls-key FILE] [--allow CIDR]… [--trust-proxy CIDR]…\n"
    "                   [--keep 30d|100000|2GB]… [--keep-export FOLDER] [--answer-next ORDER]\n"
    "                   [--forward URL|none] [--forward-when genuine|all]\n"
    "                   [--answer store|app] [--answer-limit SECONDS] [--config FILE|none]\n"
    "\n"
    "  --json               one JSON line for each event on standard output; else one for people\n"
    "  --unmask             with personal and banking data, which is masked otherwise\n"
    "  --listen ADDR:PORT   where deliveries are received (127.0.0.1:8787)\n"
    "  --db FILE            the store ($XDG_STATE_HOME/bridgetop/…)\n"
    "  --sandbox            the store and the API of Bridge's sandbox instead of production\n"
    "  --api-url URL        another API; http only to this machine\n"
    "  --poll SECONDS       how often Bridge is asked for endpoints and keys (60)\n"
    "  --public-key FILE    check deliveries with this key too; may be repeated\n" RECEIVE_HELP
    "  --config FILE        options ($XDG_CONFIG_HOME/bridgetop/config); none: no file\n"
    "\n"
    "With an API key in BRIDGE_API_KEY, Bridge is asked for the endpoints' keys; without one, "
    "those\n"
    "that the store remembers and those given are used. SIGHUP reads certificate and keys anew.\n"
    "SIGTERM and SIGINT end it once what arrived is stored and answered.\n"
    "Exit codes: 0 ended, 1 failed while running, 2 usage, 3 cannot listen, 4 store.\n";

const char OPTIONS_DOCTOR_HELP[] =
    "bridgetop doctor: looks at key, API, clock, store, listener, terminal and at each endpoint's\n"
    "state, key, queue and URL, and says how to mend what is not well. It changes nothing.\n"
    "\n"
    "  bridgetop doctor [--json] [--sandbox | --api-url URL] [--listen ADDR:PORT|none] [--db "
    "FILE]\n"
    "                   [--public-key FILE]… [--tls-cert FILE --tls-key FILE] [--config "
    "FILE|none]\n"
    "\n"
    "  --json               one JSON line for each thing on standard output\n"
    "\n"
    "The other options are those of the dashboard: what they would have it use is looked at.\n"
    "Exit codes: 0 nothing is bad, 1 something is, 2 usage.\n";

static const char NO_KEY[] =
    "no API key. One of these goes on:\n"
    "  BRIDGE_API_KEY=… bridgetop             production\n"
    "  BRIDGE_API_KEY=… bridgetop --sandbox   Bridge's sandbox\n"
    "  bridgetop --public-key FILE            only listen, and verify with "
    "that key\n"
    "  bridgetop --demo                       try it: no key, no network";

bool options_split_address(const char *text, char *address, size_t size, uint16_t *port,
                           struct error *error)
{
    const char *colon = strrchr(text, ':');
    const char *begin = text;
    const char *end = colon;
    if (colon != NULL && text[0] == '[' && colon > text && colon[-1] == ']') {
        begin++;
        end--;
    } else if (colon != NULL && memchr(text, ':', (size_t)(colon - text)) != NULL) {
        return error_set(error, "'%s': an IPv6 address is written in brackets: [::1]:8787", text);
    }
    if (colon == NULL || end == begin || (size_t)(end - begin) >= size)
        return error_set(error, "'%s' is not ADDR:PORT, like 127.0.0.1:8787", text);
    char *rest;
    errno = 0;
    long number = strtol(colon + 1, &rest, 10);
    if (!isdigit((unsigned char)colon[1]) || *rest != '\0' || errno != 0 || number > 65535)
        return error_set(error, "'%s': a port is a number from 0 to 65535", text);
    memcpy(address, begin, (size_t)(end - begin));
    address[end - begin] = '\0';
    *port = (uint16_t)number;
    return true;
}

static bool parse_seconds(const char *text, int64_t *ms, struct error *error)
{
    char *rest;
    errno = 0;
    double seconds = strtod(text, &rest);
    if (rest == text || *rest != '\0' || errno != 0 || !(seconds >= 1 && seconds <= 3600))
        return error_set(error, "--poll '%s': a number of seconds from 1 to 3600", text);
    *ms = (int64_t)(seconds * 1000);
    return true;
}

/* "https://host:1234/v0" → "host:1234", and the base without a trailing slash. */
static bool set_api_url(struct options *options, const char *url, struct error *error)
{
    if (!client_url_acceptable(url, error))
        return error_prefix(error, "--api-url %.200s", url);
    if (strlen(url) >= sizeof options->base_url)
        return error_set(error, "--api-url: longer than %zu characters",
                         sizeof options->base_url - 1);
    memcpy(options->base_url, url, strlen(url) + 1);
    size_t length = strlen(options->base_url);
    while (length > 0 && options->base_url[length - 1] == '/')
        options->base_url[--length] = '\0';
    const char *host = strstr(options->base_url, "://");
    host = host != NULL ? host + 3 : options->base_url;
    (void)snprintf(options->api_host, sizeof options->api_host, "%.*s", (int)strcspn(host, "/"),
                   host);
    return true;
}

/* The file's name tells environments apart: keys of one never verify deliveries of another. */
static void store_name(const struct options *options, char *name, size_t size)
{
    if (options->environment != ENVIRONMENT_CUSTOM) {
        bool sandbox = strcmp(options->base_url, CONTRACT_SANDBOX_URL) == 0;
        (void)snprintf(name, size, "%s", sandbox ? "sandbox" : "production");
        return;
    }
    (void)snprintf(name, size, "%s", options->api_host);
    for (char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
            *c = '_';
}

bool options_state_path(const struct options_environment *environment, const char *name, char *path,
                        size_t size, struct error *error)
{
    const char *state = environment->xdg_state_home;
    int length;
    /* A relative path in an XDG variable is to be ignored (XDG Base Directory Specification). */
    if (state != NULL && state[0] == '/')
        length = snprintf(path, size, "%s/bridgetop/%s", state, name);
    else if (environment->home != NULL && environment->home[0] == '/')
        length = snprintf(path, size, "%s/.local/state/bridgetop/%s", environment->home, name);
    else
        return error_set(error, "neither XDG_STATE_HOME nor HOME is set");
    return (size_t)length < size || error_set(error, "the path to '%s' is too long", name);
}

static bool default_store(struct options *options, const struct options_environment *environment,
                          struct error *error)
{
    char name[160], file[sizeof name + 3];
    store_name(options, name, sizeof name);
    (void)snprintf(file, sizeof file, "%s.db", name);
    if (options_state_path(environment, file, options->store_path, sizeof options->store_path,
                           error))
        return true;
    char why[ERROR_MAX];
    (void)snprintf(why, sizeof why, "%s", error->message);
    return error_set(error, "%.400s: name a store with --db", why);
}

enum option_id {
    DEMO = 256,
    SANDBOX,
    API_URL,
    LISTEN,
    DB,
    POLL,
    READ_ONLY,
    UNMASK,
    RECEIVE, /* one of tui/options_receive.h */
    JSON,
    ANSWER_NEXT,
    THEME,
    MOUSE,
    BELL,
    TITLE,
    CONFIG,
};

static const struct option LONG_OPTIONS[] = {
    {"demo", no_argument, NULL, DEMO},
    {"sandbox", no_argument, NULL, SANDBOX},
    {"api-url", required_argument, NULL, API_URL},
    {"listen", required_argument, NULL, LISTEN},
    {"db", required_argument, NULL, DB},
    {"poll", required_argument, NULL, POLL},
    {"read-only", no_argument, NULL, READ_ONLY},
    {"unmask", no_argument, NULL, UNMASK},
    {"tls-cert", required_argument, NULL, RECEIVE},
    {"tls-key", required_argument, NULL, RECEIVE},
    {"allow", required_argument, NULL, RECEIVE},
    {"trust-proxy", required_argument, NULL, RECEIVE},
    {"keep", required_argument, NULL, RECEIVE},
    {"keep-export", required_argument, NULL, RECEIVE},
    {"public-key", required_argument, NULL, RECEIVE},
    {"forward", required_argument, NULL, RECEIVE},
    {"forward-when", required_argument, NULL, RECEIVE},
    {"answer", required_argument, NULL, RECEIVE},
    {"answer-limit", required_argument, NULL, RECEIVE},
    {"json", no_argument, NULL, JSON},
    {"answer-next", required_argument, NULL, ANSWER_NEXT},
    {"theme", required_argument, NULL, THEME},
    {"mouse", no_argument, NULL, MOUSE},
    {"bell", no_argument, NULL, BELL},
    {"title", no_argument, NULL, TITLE},
    {"config", required_argument, NULL, CONFIG},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static bool choose(struct options *options, enum environment environment, struct error *error)
{
    if (options->environment != ENVIRONMENT_PRODUCTION)
        return error_set(error, "--demo, --sandbox and --api-url exclude each other");
    options->environment = environment;
    return true;
}

static bool take(struct options *options, int id, const char *value, char **argv,
                 struct error *error)
{
    switch (id) {
    case DEMO:
        return choose(options, ENVIRONMENT_DEMO, error);
    case SANDBOX:
        (void)snprintf(options->base_url, sizeof options->base_url, "%s", CONTRACT_SANDBOX_URL);
        return choose(options, ENVIRONMENT_SANDBOX, error);
    case API_URL:
        return choose(options, ENVIRONMENT_CUSTOM, error) && set_api_url(options, value, error);
    case LISTEN:
        options->listen = strcmp(value, "none") != 0;
        options->listen_given = true;
        return !options->listen || (options_split_address(value, options->listen_address,
                                                          sizeof options->listen_address,
                                                          &options->listen_port, error) ||
                                    error_prefix(error, "--listen"));
    case DB:
        if (value[0] == '\0' || strlen(value) >= sizeof options->store_path)
            return error_set(error, "--db wants a file name");
        memcpy(options->store_path, value, strlen(value) + 1);
        return true;
    case POLL:
        return parse_seconds(value, &options->poll_ms, error);
    case BELL:
        options->bell = true;
        return true;
    case TITLE:
        options->title = true;
        return true;
    case READ_ONLY:
        options->read_only = true;
        return true;
    case UNMASK:
        options->unmasked = true;
        return true;
    case JSON:
        options->json = true;
        return true;
    case ANSWER_NEXT:
        return answer_order_parse(value, &options->answer_next, error) ||
               error_prefix(error, "--answer-next");
    case THEME:
        return theme_by_name(value, &options->theme) ||
               error_set(error, "--theme '%.100s': auto, dark, light, contrast or mono", value);
    case MOUSE:
        options->mouse = true;
        return true;
    case CONFIG:
        return true; /* read before all others: find_config() */
    case 'h':
        options->help = true;
        return true;
    case 'V':
        options->version = true;
        return true;
    case ':':
        return error_set(error, "option %s wants a value (--help tells)", argv[optind - 1]);
    default:
        return error_set(error, "unknown option %s (--help tells)", argv[optind - 1]);
    }
}

/* What the other command has is told as such: it is easily mistaken. */
static bool belongs(const struct options *options, int id, const char *name, struct error *error)
{
    static const int DASHBOARD_ONLY[] = {DEMO, READ_ONLY, THEME, MOUSE, BELL, TITLE};
    static const int NOT_LOOKED_AT[] = {UNMASK, POLL, ANSWER_NEXT};
    if (id == JSON && !options->listening && !options->looking)
        return error_set(error, "--json is of 'bridgetop listen' and of 'bridgetop doctor'");
    for (size_t i = 0; i < sizeof NOT_LOOKED_AT / sizeof NOT_LOOKED_AT[0]; i++)
        if (options->looking && id == NOT_LOOKED_AT[i])
            return error_set(error, "--%s is nothing that 'doctor' looks at", name);
    for (size_t i = 0; i < sizeof DASHBOARD_ONLY / sizeof DASHBOARD_ONLY[0]; i++)
        if (options->listening && id == DASHBOARD_ONLY[i])
            return error_set(error, "--%s is the dashboard's: 'listen' has no screen", name);
    for (size_t i = 0; i < sizeof DASHBOARD_ONLY / sizeof DASHBOARD_ONLY[0]; i++)
        if (options->looking && id == DASHBOARD_ONLY[i])
            return error_set(error, "--%s is nothing that 'doctor' looks at", name);
    return true;
}

static bool take_one(struct options *options, int id, const char *name, char **argv,
                     struct error *error)
{
    if (!belongs(options, id, name, error))
        return false;
    if (id != RECEIVE)
        return take(options, id, optarg, argv, error);
    if (receive_options_take(&options->receive, name, optarg, RECEIVE_COMMAND_LINE, error))
        return true;
    bool names_it = strncmp(error->message, optarg, strlen(optarg)) == 0; /* "not.pem: it is no…" */
    return error_set(error, "--%s%s %s", name, names_it ? "" : ":", error->message);
}

/* What is handed on to bridgetop itself would arrive, and be handed on. */
static bool check_no_circle(const struct options *options, struct error *error)
{
    const struct forward_to *to = options->receive.forward;
    const char *colon = to != NULL ? strrchr(to->name, ':') : NULL;
    char host[FORWARD_NAME_MAX];
    if (colon == NULL || !options->listen || options->listen_port == 0 ||
        strtol(colon + 1, NULL, 10) != options->listen_port)
        return true;
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - to->name), to->name);
    if (!transfer_host_is_loopback(host) && strcmp(host, options->listen_address) != 0)
        return true;
    return error_set(
        error, "--forward %.200s would hand on to bridgetop itself, which listens there", to->url);
}

static bool take_all(struct options *options, int argc, char **argv, struct error *error)
{
    int id;
    int index = 0;
    optind = 0; /* glibc: start over, also when called a second time */
    opterr = 0;
    while ((id = getopt_long(argc, argv, "+:hV", LONG_OPTIONS, &index)) != -1)
        if (!take_one(options, id, LONG_OPTIONS[index].name, argv, error))
            return false;
    if (optind < argc && (options->listening || options->looking))
        return error_set(error, "unexpected argument '%s' (--help tells)", argv[optind]);
    if (optind < argc)
        return error_set(error,
                         "'%s' is not a command (listen, doctor, verify, sandbox; --help tells)",
                         argv[optind]);
    return receive_options_check(&options->receive, error) && check_no_circle(options, error);
}

/* --- the configuration file ---------------------------------------------------- */

/* What of the command line comes before the file: which one it is. NULL: the usual one. */
static const char *find_config(int argc, char **argv, bool *wanted)
{
    const char *path = NULL;
    int id;
    *wanted = true;
    optind = 0;
    opterr = 0;
    while ((id = getopt_long(argc, argv, "+:hV", LONG_OPTIONS, NULL)) != -1) {
        if (id == CONFIG)
            path = optarg;
        if (id == 'h' || id == 'V')
            *wanted = false;
    }
    return path;
}

static bool take_times(struct options *options, const char *value)
{
    static const char *const NAMES[] = {
        [TIMES_LOCAL] = "local", [TIMES_UTC] = "utc", [TIMES_RELATIVE] = "relative"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strcmp(value, NAMES[i]) == 0) {
            options->times = (enum times)i;
            return true;
        }
    return false;
}

/* Of the dashboard alone: what `listen` prints may be kept, so that it wants to be asked for
   there. */
static bool take_unmask(struct options *options, const char *value)
{
    bool unmasked;
    if (!config_bool(value, &unmasked))
        return false;
    options->unmasked = unmasked && !options->listening;
    return true;
}

/* One line of [options]. Which Bridge is asked is not among them: a file should not send anyone to
   production. */
static bool take_setting(void *context, const char *name, const char *value, struct error *error)
{
    struct options *options = context;
    struct error ignored;
    if (receive_options_have(name))
        return receive_options_take(&options->receive, name, value, RECEIVE_FILE, error) ||
               error_prefix(error, "%s", name);
    if (strcmp(name, "theme") == 0)
        return theme_by_name(value, &options->theme) ||
               error_set(error, "theme is auto, dark, light, contrast or mono");
    if (strcmp(name, "poll") == 0)
        return parse_seconds(value, &options->poll_ms, &ignored) ||
               error_set(error, "poll is a number of seconds from 1 to 3600");
    if (strcmp(name, "listen") == 0) {
        bool ok = take(options, LISTEN, value, NULL, &ignored);
        options->listen_given = false; /* the demo still takes any free port */
        return ok || error_set(error, "listen is ADDR:PORT, like 127.0.0.1:8787, or none");
    }
    if (strcmp(name, "time") == 0)
        return take_times(options, value) || error_set(error, "time is local, utc or relative");
    if (strcmp(name, "mouse") == 0)
        return config_bool(value, &options->mouse) || error_set(error, "mouse is yes or no");
    if (strcmp(name, "bell") == 0)
        return config_bool(value, &options->bell) || error_set(error, "bell is yes or no");
    if (strcmp(name, "title") == 0)
        return config_bool(value, &options->title) || error_set(error, "title is yes or no");
    if (strcmp(name, "read-only") == 0)
        return config_bool(value, &options->read_only) ||
               error_set(error, "read-only is yes or no");
    if (strcmp(name, "unmask") == 0)
        return take_unmask(options, value) || error_set(error, "unmask is yes or no");
    return error_set(error, "there is no option '%.60s' here", name);
}

static bool take_config(struct options *options, int argc, char **argv,
                        const struct options_environment *environment, struct error *error)
{
    char path[OPTIONS_PATH_MAX];
    bool wanted;
    const char *chosen = find_config(argc, argv, &wanted);
    const char *base = environment->xdg_config_home;
    int length = 0;
    keymap_init(&options->keymap);
    if (!wanted || (chosen != NULL && strcmp(chosen, "none") == 0))
        return true;
    if (chosen != NULL)
        length = snprintf(path, sizeof path, "%s", chosen);
    else if (base != NULL && base[0] == '/')
        length = snprintf(path, sizeof path, "%s/bridgetop/config", base);
    else if (environment->home != NULL && environment->home[0] == '/')
        length = snprintf(path, sizeof path, "%s/.config/bridgetop/config", environment->home);
    else
        return true;
    if ((size_t)length >= sizeof path)
        return error_set(error, "the configuration file's path is too long");
    return config_load(path, chosen != NULL, &options->keymap, take_setting, options, error);
}

static bool parse_all(struct options *options, int argc, char **argv,
                      const struct options_environment *environment, struct error *error)
{
    if (!take_config(options, argc, argv, environment, error) ||
        !take_all(options, argc, argv, error))
        return false;
    if (options->help || options->version || options->environment == ENVIRONMENT_DEMO)
        return true;
    return (options->store_path[0] != '\0' || default_store(options, environment, error)) &&
           (environment->api_key == NULL || client_key_acceptable(environment->api_key, error));
}

static bool check_dashboard(struct options *options, const struct options_environment *environment,
                            struct error *error)
{
    if (options->poll_ms == 0)
        options->poll_ms = POLLER_INTERVAL_MS;
    if (options->help || options->version)
        return true;
    if (options->environment == ENVIRONMENT_DEMO) {
        /* Nothing to configure: any free port, so that the demo runs beside a real one. */
        if (!options->listen_given)
            options->listen_port = 0;
        return true;
    }
    if (environment->api_key != NULL)
        return true;
    options->environment = ENVIRONMENT_NONE;
    options->key_missing = options->receive.key_file_count == 0;
    return !options->key_missing || error_set(error, "%s", NO_KEY);
}

static bool check_listen(struct options *options, const struct options_environment *environment,
                         struct error *error)
{
    if (environment->api_key == NULL)
        options->environment = ENVIRONMENT_NONE;
    return options->listen || options->help || options->version ||
           error_set(error, "--listen none: then there is nothing to do");
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .environment = ENVIRONMENT_PRODUCTION,
        .base_url = CONTRACT_PRODUCTION_URL,
        .listen = true,
        .listen_address = "127.0.0.1",
        .listen_port = 8787,
    };
}

bool options_parse(struct options *options, int argc, char **argv,
                   const struct options_environment *environment, struct error *error)
{
    set_defaults(options);
    if (parse_all(options, argc, argv, environment, error) &&
        check_dashboard(options, environment, error))
        return true;
    options_clear(options);
    return false;
}

bool options_parse_listen(struct options *options, int argc, char **argv,
                          const struct options_environment *environment, struct error *error)
{
    set_defaults(options);
    options->listening = true;
    if (parse_all(options, argc, argv, environment, error) &&
        check_listen(options, environment, error))
        return true;
    options_clear(options);
    return false;
}

bool options_parse_doctor(struct options *options, int argc, char **argv,
                          const struct options_environment *environment, struct error *error)
{
    set_defaults(options);
    options->looking = true;
    if (parse_all(options, argc, argv, environment, error))
        return true;
    options_clear(options);
    return false;
}

void options_clear(struct options *options)
{
    receive_options_clear(&options->receive);
}
