/*
 * The command line, configuration file and environment of the dashboard, and of `bridgetop listen`,
 * as a checked struct.
 */
#ifndef BRIDGETOP_TUI_OPTIONS_H
#define BRIDGETOP_TUI_OPTIONS_H

#include "api/error.h"
#include "tui/options_receive.h"
#include "tui/state.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_PATH_MAX = 4096 };

struct options {
    enum environment environment;
    char base_url[512];
    char api_host[128]; /* host and port of base_url */
    bool listen;
    bool listen_given;
    char listen_address[64];
    uint16_t listen_port;
    char store_path[OPTIONS_PATH_MAX]; /* "" for the demo without --db: a temporary one */
    int64_t poll_ms;                   /* 0: nothing was said */
    bool read_only;
    bool unmasked;
    enum theme theme;
    enum times times;
    bool mouse;
    bool bell;
    bool title;
    struct keymap keymap;
    struct answer_order answer_next; /* for the first deliveries that arrive */
    struct receive_options receive;  /* freed by options_clear() */
    bool listening;                  /* `bridgetop listen`: what follows is its alone */
    bool looking;                    /* `bridgetop doctor` */
    bool json;                       /* of these two */
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

/* Where a file of the program's own lies: $XDG_STATE_HOME/bridgetop/NAME, else below HOME. False
   with a line when neither is set, or the path does not fit. */
bool options_state_path(const struct options_environment *environment, const char *name, char *path,
                        size_t size, struct error *error);

/* Reads the configuration file, and argv (argv[0] is the program), which wins. False with a line
   for stderr: exit with EXIT_CODE_USAGE. A missing key is such a failure too, and its lines name
   the ways on; so is one that can be none, and its line holds nothing of it. */
bool options_parse(struct options *options, int argc, char **argv,
                   const struct options_environment *environment, struct error *error);

/* The same for `bridgetop listen` (argv[0] is "listen"): without what is the dashboard's alone,
   with
   --json, and without an API key as well as with one. */
bool options_parse_listen(struct options *options, int argc, char **argv,
                          const struct options_environment *environment, struct error *error);

/* The same for `bridgetop doctor` (argv[0] is "doctor"), which looks at what these options would
 * use.
 */
bool options_parse_doctor(struct options *options, int argc, char **argv,
                          const struct options_environment *environment, struct error *error);

void options_clear(struct options *options);

/* Splits "127.0.0.1:8787", "[::1]:8787", "localhost:0". */
bool options_split_address(const char *text, char *address, size_t size, uint16_t *port,
                           struct error *error);

extern const char OPTIONS_HELP[];
extern const char OPTIONS_LISTEN_HELP[];
extern const char OPTIONS_DOCTOR_HELP[];

#endif
