/*
 * `bridgetop drill`: sends a handler what it must take and what it must refuse, and shows a table
 * of what it should have answered and what it did.
 *
 * Deliveries are signed with a key of one's own, whose public half is given to the handler in place
 * of Bridge's: Bridge's own key is private, so nobody else can send what is genuine. The table goes
 * to standard output, what is wrong with the call to standard error.
 */
#ifndef BRIDGETOP_TUI_CMD_DRILL_H
#define BRIDGETOP_TUI_CMD_DRILL_H

#include "tui/options.h"

enum {
    DRILL_EXIT_FITS = 0,
    DRILL_EXIT_DOES_NOT = 1, /* also: nobody could be reached */
    DRILL_EXIT_USAGE = 2,    /* also: a key that cannot be used, a table that cannot be written */
    DRILL_TIMEOUT_S = 30,    /* for one answer: longer than a sender waits */
};

/* argv[0] is "drill"; `environment` says where the key lies if none is named. Blocks until all is
   done. Returns the exit code. */
int cmd_drill(int argc, char **argv, const struct options_environment *environment);

#endif
