/*
 * The loop: signals, timers, callbacks into messages, effects into calls, and at
 * most one paint a turn.
 */
#ifndef BRIDGETOP_TUI_RUNTIME_H
#define BRIDGETOP_TUI_RUNTIME_H

#include "api/ambient.h"
#include "api/error.h"
#include "tui/exit_code.h"
#include "tui/options.h"

/* Runs the dashboard to its end. `api_key` may be NULL (listening only, demo). Failures before the
   screen is taken, and those that end it, are in `error`; the terminal is whole again
   when this returns. */
enum exit_code runtime_run(const struct options *options, const char *api_key,
                           const struct ambient *ambient, struct error *error);

#endif
