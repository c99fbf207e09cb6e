/*
 * The folders that lead to a file of this program's own: made where they are not there, for their
 * owner alone. Blocks, shortly.
 */
#ifndef BRIDGETOP_API_FOLDERS_H
#define BRIDGETOP_API_FOLDERS_H

#include "api/error.h"

#include <stdbool.h>

/* Up to the last slash of `path`: mode 0700, those that are there stay as they are. False with a
   line that names the one that could not be made. */
bool folders_make(const char *path, struct error *error);

#endif
