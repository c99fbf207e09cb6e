#include "tui/cmd_sandbox.h"

#include "api/ambient.h"
#include "api/buffer.h"
#include "api/sandbox_tunnel.h"
#include "tui/command.h"
#include "tui/exit_code.h"
#include "tui/text.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static const char HELP[] =
    "Usage: bridgetop sandbox [--port N] [--tunnel HTTPS-ORIGIN=HTTP-URL]\n"
    "                         [--rate EVENTS-PER-MINUTE] [--seed N] [--demo] [--quiet]\n"
    "\n"
    "A stand-in for the Bridge side on 127.0.0.1: the API, events that come by themselves,\n"
    "signed deliveries with retries. Ends with Ctrl-C.\n"
    "\n"
    "  --port N            where to listen (default 8788; 0: any free port)\n"
    "  --tunnel HTTPS-ORIGIN=HTTP-URL\n"
    "                      deliver what goes to this origin to that URL; may be repeated\n"
    "                      (default https://hooks.example.com=http://127.0.0.1:8787)\n"
    "  --rate N            events a minute (default 12, with --demo 25; 0: only on demand)\n"
    "  --seed N            one seed gives one run (default 1)\n"
    "  --demo              begin with the demo's endpoints and their past\n"
    "  --quiet             no line for each request and delivery\n"
    "  --help              this text\n"
    "\n"
    "Exit codes: 0 ended by a signal, 1 broke while running, 2 usage, 3 cannot listen.\n";

#define TUNNEL_ORIGIN "https://hooks.example.com"
#define TUNNEL_TARGET "http://127.0.0.1:8787"

/* --- arguments ---------------------------------------------------------- */

static bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool good = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value <= most;
    if (good)
        *number = value;
    return good;
}

static bool parse_port(const char *text, struct sandbox_options *options, struct error *error)
{
    uint64_t port = 0;
    if (!parse_number(text, UINT16_MAX, &port))
        return error_set(error, "--port takes a number from 0 to 65535, not '%s'", text);
    options->port = (uint16_t)port;
    return true;
}

static bool parse_rate(const char *text, struct sandbox_options *options, struct error *error)
{
    char *end;
    double rate = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(rate) || rate < 0 || rate > SANDBOX_RATE_MAX)
        return error_set(error, "--rate takes 0 to %d events a minute, not '%s'", SANDBOX_RATE_MAX,
                         text);
    options->rate = rate;
    return true;
}

static bool parse_seed(const char *text, struct sandbox_options *options, struct error *error)
{
    return parse_number(text, UINT64_MAX, &options->seed) ||
           error_set(error, "--seed takes a whole number, not '%s'", text);
}

static bool parse_tunnel(char *text, struct sandbox_options *options, struct error *error)
{
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return error_set(error, "--tunnel takes HTTPS-ORIGIN=HTTP-URL, not '%s'", text);
    if (options->tunnel_count == SANDBOX_TUNNELS_MAX)
        return error_set(error, "more than %d tunnels", SANDBOX_TUNNELS_MAX);
    *equals = '\0';
    struct sandbox_tunnel tunnel = {.origin = text, .target = equals + 1};
    if (!sandbox_tunnel_check(&tunnel, error))
        return false;
    options->tunnels[options->tunnel_count++] = tunnel;
    return true;
}

enum {
    OPTION_PORT = COMMAND_OPTION,
    OPTION_TUNNEL,
    OPTION_RATE,
    OPTION_SEED,
    OPTION_DEMO,
    OPTION_QUIET
};

static bool parse_option(int option, char **argv, struct sandbox_options *options,
                         struct error *error)
{
    switch (option) {
    case OPTION_PORT:
        return parse_port(optarg, options, error);
    case OPTION_TUNNEL:
        return parse_tunnel(optarg, options, error);
    case OPTION_RATE:
        return parse_rate(optarg, options, error);
    case OPTION_SEED:
        return parse_seed(optarg, options, error);
    case OPTION_DEMO:
        options->demo = true;
        return true;
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        command_bad_option(option, argv, error);
        return false;
    }
}

static void add_defaults(struct sandbox_options *options)
{
    if (options->rate < 0)
        options->rate = options->demo ? SANDBOX_RATE_DEMO : SANDBOX_RATE_DEFAULT;
    if (options->tunnel_count == 0)
        options->tunnels[options->tunnel_count++] =
            (struct sandbox_tunnel){.origin = TUNNEL_ORIGIN, .target = TUNNEL_TARGET};
}

bool sandbox_options_parse(int argc, char **argv, struct sandbox_options *options,
                           struct error *error)
{
    static const struct option LONG[] = {
        {"port", required_argument, NULL, OPTION_PORT},
        {"tunnel", required_argument, NULL, OPTION_TUNNEL},
        {"rate", required_argument, NULL, OPTION_RATE},
        {"seed", required_argument, NULL, OPTION_SEED},
        {"demo", no_argument, NULL, OPTION_DEMO},
        {"quiet", no_argument, NULL, OPTION_QUIET},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct sandbox_options){.port = SANDBOX_PORT_DEFAULT, .seed = 1, .rate = -1};
    optind = 0; /* begin anew: the caller may have used getopt() before */
    opterr = 0;
    int option;
    while (!options->help && (option = getopt_long(argc, argv, ":h", LONG, NULL)) != -1)
        if (!parse_option(option, argv, options, error))
            return false;
    if (!options->help && optind < argc)
        return error_set(error, "unexpected argument '%s'", argv[optind]);
    add_defaults(options);
    return true;
}

/* --- output ------------------------------------------------------------- */

/* Lines quote requests and arguments: bytes from outside. */
static size_t gate(char *out, size_t size, const char *line)
{
    return text_gate_string(out, size, line, strlen(line), command_is_ascii());
}

/* Where lines go. */
struct output {
    int fd;
    bool torn; /* the last line was taken in part */
};

/* A terminal that polls writable may still hold a blocking write up, where a pipe takes PIPE_BUF
   bytes at once: it gets a descriptor of its own that does not block. Standard output itself stays
   as it is, for others may share it. */
static int open_output(void)
{
    const char *terminal = isatty(STDOUT_FILENO) ? ttyname(STDOUT_FILENO) : NULL;
    int fd = -1;
    if (terminal != NULL)
        fd = open(terminal, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 ? fd : STDOUT_FILENO;
}

/* A reader that is slow, or gone to lunch with the pipe open, must not hold the loop: a line that
   cannot be written at once is left out, and after one that was torn the next begins afresh. */
static void print_line(const char *line, void *context)
{
    struct output *output = context;
    char gated[PIPE_BUF];
    struct pollfd out = {.fd = output->fd, .events = POLLOUT};
    size_t length = output->torn ? 1 : 0;
    gated[0] = '\n';
    length += gate(gated + length, sizeof gated - 1 - length, line);
    gated[length++] = '\n';
    if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0)
        return;
    ssize_t written;
    do
        written = write(output->fd, gated, length);
    while (written < 0 && errno == EINTR);
    if (written > 0)
        output->torn = (size_t)written < length;
}

static void write_tunnels(struct buffer *out, const struct sandbox_options *options)
{
    for (size_t i = 0; i < options->tunnel_count; i++)
        buffer_printf(out, "  Tunnel     %s is delivered to %s\n", options->tunnels[i].origin,
                      options->tunnels[i].target);
}

/* A dashboard's --listen for the first tunnel: the authority of its target. */
static void write_dashboard(struct buffer *out, const struct sandbox_options *options,
                            uint16_t port)
{
    const char *authority = strstr(options->tunnels[0].target, "://") + 3;
    buffer_printf(out,
                  "A dashboard on it:\n"
                  "  BRIDGE_API_KEY=%s bridgetop --api-url http://127.0.0.1:%u/v0 --listen %.*s\n",
                  SANDBOX_API_KEY, port, (int)strcspn(authority, "/"), authority);
}

static void write_welcome(struct buffer *out, const struct sandbox_options *options, uint16_t port)
{
    buffer_printf(out, "The sandbox answers at http://127.0.0.1:%u/v0\n", port);
    buffer_printf(out, "  API key    %s (any other is taken too)\n", SANDBOX_API_KEY);
    buffer_printf(out, "  Events     %g a minute, seed %" PRIu64 "\n", options->rate,
                  options->seed);
    write_tunnels(out, options);
    buffer_append_string(out, "\n");
    write_dashboard(out, options, port);
    buffer_printf(out,
                  "Let an event happen:\n"
                  "  curl -d '{\"category\":\"transfer\"}' http://127.0.0.1:%u/sandbox/events\n"
                  "Let the next three requests fail:\n"
                  "  curl -X PUT -d '{\"kind\":\"500\",\"count\":3}' "
                  "http://127.0.0.1:%u/sandbox/faults\n\n",
                  port, port);
}

/* Once, before the loop runs: this may wait for the reader. */
static bool print_welcome(const struct sandbox_options *options, uint16_t port)
{
    struct buffer out;
    buffer_init(&out, (size_t)64 * 1024);
    write_welcome(&out, options, port);
    bool done = !out.failed;
    char *line = out.data;
    while (done && *line != '\0') {
        char gated[4096];
        size_t length = strcspn(line, "\n");
        line[length] = '\0';
        (void)gate(gated, sizeof gated, line);
        done = puts(gated) >= 0;
        line += length + 1;
    }
    buffer_clear(&out);
    return done && fflush(stdout) == 0;
}

/* --- running ------------------------------------------------------------ */

struct server {
    uv_loop_t loop;
    uv_signal_t interrupted;
    uv_signal_t terminated;
    struct sandbox *sandbox;
    struct output output;
};

static void stop(struct server *server)
{
    uv_close((uv_handle_t *)&server->interrupted, NULL);
    uv_close((uv_handle_t *)&server->terminated, NULL);
    sandbox_close(server->sandbox, NULL, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    stop(handle->data);
}

static void watch_signals(struct server *server)
{
    (void)uv_signal_init(&server->loop, &server->interrupted);
    (void)uv_signal_init(&server->loop, &server->terminated);
    server->interrupted.data = server;
    server->terminated.data = server;
    (void)uv_signal_start(&server->interrupted, on_signal, SIGINT);
    (void)uv_signal_start(&server->terminated, on_signal, SIGTERM);
}

static bool start(struct server *server, const struct sandbox_options *options, struct error *error)
{
    struct sandbox_config config = {
        .port = options->port,
        .seed = options->seed,
        .events_per_minute = options->rate,
        .tunnels = options->tunnels,
        .tunnel_count = options->tunnel_count,
        .demo = options->demo,
        .ambient = ambient_system(),
        .line = options->quiet ? NULL : print_line,
        .context = &server->output,
    };
    server->sandbox = sandbox_new(&server->loop, &config, error);
    return server->sandbox != NULL;
}

static int serve(const struct sandbox_options *options)
{
    struct server server = {.output.fd = open_output()};
    struct error error = {0};
    int code = EXIT_CODE_OK;
    if (uv_loop_init(&server.loop) != 0) {
        command_complain("sandbox", "cannot start: no event loop");
        return EXIT_CODE_FAILED;
    }
    if (!start(&server, options, &error)) {
        command_complain("sandbox", error.message);
        code = EXIT_CODE_LISTEN;
    } else {
        watch_signals(&server); /* before anybody can know that it runs */
        if (!print_welcome(options, sandbox_port(server.sandbox))) {
            command_complain("sandbox", "cannot write to standard output");
            code = EXIT_CODE_FAILED;
            stop(&server);
        }
    }
    (void)uv_run(&server.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&server.loop);
    if (server.output.fd != STDOUT_FILENO)
        (void)close(server.output.fd);
    return code;
}

int cmd_sandbox(int argc, char **argv)
{
    struct sandbox_options options;
    struct error error = {0};
    if (!sandbox_options_parse(argc, argv, &options, &error)) {
        command_complain_of_usage("sandbox", error.message);
        return EXIT_CODE_USAGE;
    }
    if (options.help)
        return fputs(HELP, stdout) >= 0 && fflush(stdout) == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    return serve(&options);
}
