/*
 * The dashboard's command line, configuration file and environment, as a checked struct.
 */
#ifndef BRIDGETOP_TUI_OPTIONS_H
#define BRIDGETOP_TUI_OPTIONS_H

#include "api/error.h"
#include "tui/state.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_PATH_MAX = 4096, OPTIONS_PEM_MAX = 16384 };

struct options {
    enum environment environment;
    char base_url[512];
    char api_host[128]; /* host and port of base_url */
    bool listen;
    bool listen_given;
    char listen_address[64];
    uint16_t listen_port;
    char store_path[OPTIONS_PATH_MAX]; /* "" for the demo without --db: a temporary one */
    int64_t poll_ms;
    bool read_only;
    bool unmasked;
    enum theme theme;
    enum times times;
    bool mouse;
    bool bell;
    bool title;
    struct keymap keymap;
    char *public_key; /* PEM of --public-key, or NULL; freed by options_clear() */
    bool help;
    bool version;
    bool key_missing; /* why parsing failed: the error is some lines that quote nothing */
};

/* Where defaults come from, so that tests give their own. */
struct options_environment {
    const char *xdg_state_home;  /* may be NULL */
    const char *xdg_config_home; /* may be NULL */
    const char *home;            /* may be NULL */
    const char *api_key;         /* NULL: none */
};

/* Reads the configuration file, and argv (argv[0] is the program), which wins. False with a line
   for stderr: exit with EXIT_CODE_USAGE. A missing key is such a failure too, and its lines name
   the ways on; so is one that can be none, and its line holds nothing of it. */
bool options_parse(struct options *options, int argc, char **argv,
                   const struct options_environment *environment, struct error *error);
void options_clear(struct options *options);

/* Splits "127.0.0.1:8787", "[::1]:8787", "localhost:0". */
bool options_split_address(const char *text, char *address, size_t size, uint16_t *port,
                           struct error *error);

extern const char OPTIONS_HELP[];

#endif
