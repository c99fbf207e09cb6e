/*
 * Public keys that are given by hand, as files.
 */
#ifndef BRIDGETOP_API_KEY_FILE_H
#define BRIDGETOP_API_KEY_FILE_H

#include "api/error.h"

enum { KEY_FILE_MAX = 16 * 1024 }; /* bytes */

/* Reads one PEM key from a regular file, or a pipe that has it at once, and checks that deliveries
   can be verified with it. The PEM is the caller's, to be freed. NULL with a line that names the
   file. */
char *key_file_read(const char *path, struct error *error);

#endif
