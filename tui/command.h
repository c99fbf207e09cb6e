/*
 * What the subcommands share in how they speak: options that they do not know, and lines on
 * standard error. All of it passes the text gate: lines quote arguments and file names.
 */
#ifndef BRIDGETOP_TUI_COMMAND_H
#define BRIDGETOP_TUI_COMMAND_H

#include "api/error.h"

#include <stdbool.h>
#include <stdio.h>

enum { COMMAND_OPTION = 256 }; /* values of long options begin here: no letter is taken for them */

/* Says what is wrong with the option that getopt_long(3) has just given back as ':' or '?', where
   the options' text begins with ':' and -h is the only letter. */
void command_bad_option(int option, char **argv, struct error *error);

/* Whether the locale has no UTF-8. */
bool command_is_ascii(void);

/* The prefix as it is, the line, a line end, and out with it. False when it could not be written.
 */
bool command_print(FILE *to, const char *prefix, const char *line);

/* "bridgetop NAME: …" on standard error; of usage, with where help is. */
void command_complain(const char *name, const char *message);
void command_complain_of_usage(const char *name, const char *message);

#endif
