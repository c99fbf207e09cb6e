/*
 * `bridgetop sandbox`: the stand-in for the Bridge side, as a server of its own.
 *
 * Standard output tells what to do next, then a line for each API request and each
 * delivery. It runs until SIGINT or SIGTERM.
 */
#ifndef BRIDGETOP_TUI_CMD_SANDBOX_H
#define BRIDGETOP_TUI_CMD_SANDBOX_H

#include "api/error.h"
#include "api/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SANDBOX_PORT_DEFAULT = 8788,
    SANDBOX_RATE_DEFAULT = 12,
    SANDBOX_RATE_DEMO = 25,
    SANDBOX_RATE_MAX = 6000,
};

/* argv[0] is "sandbox". Returns the exit code (tui/exit_code.h). */
int cmd_sandbox(int argc, char **argv);

/* --- its parts, for tests ----------------------------------------------- */

struct sandbox_options {
    uint16_t port;
    uint64_t seed;
    double rate;
    bool demo;
    bool quiet;
    bool help;
    struct sandbox_tunnel tunnels[SANDBOX_TUNNELS_MAX]; /* point into argv, which is split for it */
    size_t tunnel_count;
};

/* False with one line when the arguments cannot be used. Without a --tunnel there is one to where a
   dashboard listens by default. */
bool sandbox_options_parse(int argc, char **argv, struct sandbox_options *options,
                           struct error *error);

#endif
