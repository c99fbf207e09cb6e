/*
 * `bridgetop doctor`: looks at all that a dashboard or `listen` with the same options would need,
 * and at each endpoint, and says how to mend what is not well. It changes nothing, here or at
 * Bridge, and prints no secret.
 *
 * The table goes to standard output: this machine first, then the endpoints, each once all of it is
 * known. With --json each line is one object:
 *
 *   check   endpoint (null: this machine), what, tone ("ok", "warn", "bad"), text, remedy (or null)
 *   done    ok, warn, bad: how many
 */
#ifndef BRIDGETOP_TUI_CMD_DOCTOR_H
#define BRIDGETOP_TUI_CMD_DOCTOR_H

#include "tui/options.h"

enum {
    DOCTOR_EXIT_WELL = 0,
    DOCTOR_EXIT_BAD = 1,
    DOCTOR_EXIT_USAGE = 2,     /* also: nothing could be looked at, or printed */
    DOCTOR_ENDPOINTS_MAX = 50, /* of the account; the rest is named */
    DOCTOR_API_MS = 10 * 1000, /* for one answer of the API */
};

/* argv[0] is "doctor". `environment` has the API key, or none. Blocks until all is done. Returns
   the exit code. */
int cmd_doctor(int argc, char **argv, const struct options_environment *environment);

#endif
