/*
 * The receivers that are ended. The one that is killed is the program itself, `bridgetop listen`.
 * The one whose power is cut is the same listener, inbox and store on a loop of their own, in a
 * child process of the test: what was written and not synced can be lost only where SQLite writes
 * through tests/faulty_vfs.h.
 */
#ifndef BRIDGETOP_TESTS_CRASH_RECEIVER_H
#define BRIDGETOP_TESTS_CRASH_RECEIVER_H

#include "tests/e2e/child.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct receiver {
    pid_t pid;
    uint16_t port;
    FILE *output;     /* of the program */
    pthread_t reader; /* of that */
    int lost;         /* end of a pipe: how many writes a power cut has lost comes here */
};

/* Starts the program on the store at `path`; it takes what the key in the file has signed within
   its window. Its lines are read as they come, and what it has to complain of is on stderr. False
   when it is not ready. */
bool receiver_start_program(struct receiver *receiver, const char *program,
                            const struct child_home *home, const char *path, const char *key_path);

/* Ends it with SIGKILL. False when it had ended by itself. */
bool receiver_kill(struct receiver *receiver);

/* Starts the other; it takes what the key has signed, of any time. What it has not synced is lost
   when its power is cut, all of it where `seed` is 0, some writes after that is asked for, as
   `moment` says. The caller has no threads at this moment. */
bool receiver_start_forgetful(struct receiver *receiver, const char *path, const char *pem,
                              uint64_t seed, uint64_t moment);

/* Ends it, and loses what was not synced. Returns how many writes that were, or -1. */
int receiver_cut_power(struct receiver *receiver);

#endif
