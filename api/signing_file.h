/*
 * A private key of this machine's own, in a file that its owner alone can read: what `drill` signs
 * with, and replays that are signed anew. Blocks, and making a key takes some 100 ms: not for the
 * loop's thread.
 */
#ifndef BRIDGETOP_API_SIGNING_FILE_H
#define BRIDGETOP_API_SIGNING_FILE_H

#include "api/error.h"
#include "api/signing.h"

#include <stdbool.h>
#include <stdint.h>

/* NULL with a line that names the file; *absent: there is no such file. */
struct signing_key *signing_file_read(const char *path, bool *absent, struct error *error);

/* The same, but makes the key where it is absent: 0600, whole or not at all, and never in place of
   another. `random` is for a temporary name. */
struct signing_key *signing_file_read_or_make(const char *path, uint64_t random,
                                              struct error *error);

#endif
