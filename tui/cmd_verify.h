/*
 * `bridgetop verify`: whether Bridge signed a body, said in one line.
 *
 * The body comes on standard input, byte for byte as it was received. The verdict with its
 * reason goes to standard output; what is wrong with the call goes to standard error.
 */
#ifndef BRIDGETOP_TUI_CMD_VERIFY_H
#define BRIDGETOP_TUI_CMD_VERIFY_H

#include "api/buffer.h"
#include "api/doctor.h"
#include "api/error.h"
#include "api/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VERIFY_EXIT_GENUINE = 0,
    VERIFY_EXIT_NOT_GENUINE = 1,
    VERIFY_EXIT_USAGE = 2, /* also: nothing could be judged, or the verdict not be written */
    VERIFY_BODY_MAX = 16 * 1024 * 1024,
    VERIFY_KEYS_MAX = 64,
    VERIFY_LINE_SIZE = 2 * ERROR_MAX,
};

/* argv[0] is "verify". Returns the exit code. */
int cmd_verify(int argc, char **argv);

/* --- its parts, for tests ----------------------------------------------- */

enum verify_at {
    VERIFY_AT_NOW,
    VERIFY_AT_MS,  /* the replay window is judged as if it were at_ms */
    VERIFY_AT_ANY, /* it is not judged */
};

struct verify_options {
    const char *key_paths[VERIFY_KEYS_MAX];
    size_t key_count;
    const char *signature; /* as given: the header's value, perhaps with its name in front */
    enum verify_at at;
    int64_t at_ms;
    bool help;
};

/* False with one line when the arguments cannot be used. With --help nothing else is needed. */
bool verify_options_parse(int argc, char **argv, struct verify_options *options,
                          struct error *error);

/* Reads to the end, at most the buffer's maximum: more is an error. */
bool verify_read(int fd, struct buffer *bytes, struct error *error);

/* Judges, writes the verdict's line (not yet gated, no newline), returns the exit code. The keys
   are those of the options' files, in that order; of several the line names whose it was. */
int verify_report(const struct verify_options *options, const struct public_key *const *keys,
                  const void *body, size_t length, int64_t now_ms, char line[VERIFY_LINE_SIZE]);

/* Why it is not genuine and what to do: hints. `report` is empty where it is genuine. */
void verify_diagnose(const struct verify_options *options, const struct public_key *const *keys,
                     const void *body, size_t length, int64_t now_ms, struct doctor_report *report);

#endif
