/*
 * The configuration file: keys of one's own, and options that hold unless the command line says
 * otherwise.
 *
 *     [keys]
 *     enable = a Ctrl-E        ; an action's name, and up to three keys
 *     inspector.down = J       ; in one place alone
 *     theme = none             ; no key; the name still works behind `:`
 *
 *     [options]
 *     theme = light
 *
 * What is not understood is refused with the file's name and the line's number, never skipped:
 * a key that silently does something else than one thinks can hurt. No value is repeated in what
 * is said of it, for somebody may have written a secret there.
 *
 * A key means one thing in a place. Some cannot be given away: Ctrl-C always quits; what is typed
 * into a line is text; a question is never answered by a key that one presses to go on
 * (Enter, Space), and there is a way out of everything.
 */
#ifndef BRIDGETOP_TUI_CONFIG_H
#define BRIDGETOP_TUI_CONFIG_H

#include "api/error.h"
#include "tui/keymap.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CONFIG_BYTES_MAX = 64 * 1024,
    CONFIG_LINE_MAX = 180, /* bytes; inih breaks lines at 200 */
    CONFIG_ASSIGNMENTS_MAX = 256,
};

/* Takes one of [options]: false, and why, when there is none of that name or it cannot have that
   value. `error` is of the value alone: file and line are put before it. */
typedef bool (*config_option)(void *context, const char *name, const char *value,
                              struct error *error);

/* Reads text into `keymap`, which holds the table's keys before (keymap_init()). False with one
   line that begins "path:line: " at the first thing that is wrong. */
bool config_parse(const char *path, const char *text, size_t length, struct keymap *keymap,
                  config_option option, void *context, struct error *error);

/* The same of a file. A missing one is nothing unless it is `required`; one that is no regular file
   is not opened for longer than it takes to see that. */
bool config_load(const char *path, bool required, struct keymap *keymap, config_option option,
                 void *context, struct error *error);

/* "yes", "no", "true", "false", "on", "off". */
bool config_bool(const char *value, bool *result);

#endif
