/*
 * `bridgetop listen`: receives deliveries without a screen, for as long as it is left running.
 *
 * Standard output has a line for each event (tui/listen_output.h), standard error what goes wrong.
 * SIGTERM and SIGINT end it in order, SIGHUP has certificate and key files read anew. Run by
 * systemd, it says when it is ready, and that it is alive (api/notify.h).
 */
#ifndef BRIDGETOP_TUI_CMD_LISTEN_H
#define BRIDGETOP_TUI_CMD_LISTEN_H

#include "tui/exit_code.h"
#include "tui/options.h"

enum { LISTEN_POLL_MS = 60 * 1000, LISTEN_POLL_SOON_MS = 5 * 1000 };

/* argv[0] is "listen". `environment` has the API key, or none. */
enum exit_code cmd_listen(int argc, char **argv, const struct options_environment *environment);

#endif
