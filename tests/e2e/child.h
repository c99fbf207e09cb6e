/*
 * What every program that a test starts gets: a home of its own, an environment from scratch,
 * no inherited descriptors, and death when the test dies.
 *
 * Waiting is always for a state and with a limit, never a sleep.
 */
#ifndef BRIDGETOP_TESTS_E2E_CHILD_H
#define BRIDGETOP_TESTS_E2E_CHILD_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The program under test: the environment's BRIDGETOP_BIN as an absolute path. NULL, after a line
   on stderr, when it is not set or not there. */
const char *child_program(void);

int64_t child_clock_ms(void); /* a clock that never steps back: CLOCK_MONOTONIC */
int64_t child_clock_ns(void); /* the same, finer */

/* --- home ----------------------------------------------------------------- */

/* A fresh temporary folder: HOME of the started program, and where it is started. */
struct child_home {
    char path[128];
};

bool child_home_make(struct child_home *home, struct error *error);
void child_home_remove(struct child_home *home); /* with all that is in it; twice is fine */

/* `name` below the home, in `out`. Returns out. */
const char *child_home_path(const struct child_home *home, const char *name, char *out,
                            size_t size);

/* Writes a small file below the home. */
bool child_home_write(const struct child_home *home, const char *name, const void *bytes,
                      size_t length, struct error *error);

/* --- environment ---------------------------------------------------------- */

/* PATH, HOME, TMPDIR (the same), XDG_STATE_HOME (below it), LANG, TERM (NULL: none), the
   sanitizers' options, and `more` ("NAME=value", ends with NULL; NULL is fine), which wins. NULL
   when memory is out. */
char **child_environment(const struct child_home *home, const char *term, const char *const *more);
void child_environment_free(char **environment);

/* --- life ------------------------------------------------------------------ */

/* In a forked child, descriptors 0 to 2 being set: runs the program in `directory`. A name without
   a slash is looked up in the new PATH. */
_Noreturn void child_become(const char *directory, char *const *argv, char *const *environment);

/* Waits for the end. True with *code the exit code, or 128 + the signal that killed it. */
bool child_wait(pid_t pid, int limit_ms, int *code);

void child_kill(pid_t pid); /* SIGKILL, and reaps */

/* --- run to the end, without a terminal ------------------------------------ */

struct child_run {
    int code; /* as of child_wait(), -1: over the limit, and killed */
    char *out;
    size_t out_length;
    char *err;
    size_t err_length;
};

enum { CHILD_OUTPUT_MAX = 8 * 1024 * 1024 };

/* Runs argv with `input` on standard input, and takes what it writes. False when it could not be
   run, or wrote more than CHILD_OUTPUT_MAX. */
bool child_run(char *const *argv, const struct child_home *home, char *const *environment,
               const void *input, size_t input_length, int limit_ms, struct child_run *run,
               struct error *error);
void child_run_clear(struct child_run *run);

#endif
