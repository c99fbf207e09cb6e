/*
 * The receiver that is killed: listener, inbox and store on a loop of their own, in a child
 * process.
 */
#ifndef BRIDGETOP_TESTS_CRASH_RECEIVER_H
#define BRIDGETOP_TESTS_CRASH_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct receiver {
    pid_t pid;
    uint16_t port;
    int lost; /* end of a pipe: how many writes a power cut has lost comes here */
};

/* Starts one on the store at `path`; it takes what the key has signed, of any time. `forgetful`:
   what it has not synced is lost when its power is cut, all of it where `seed` is 0, some writes
   after that is asked for, as `moment` says. The caller has no threads at this moment. */
bool receiver_start(struct receiver *receiver, const char *path, const char *pem, bool forgetful,
                    uint64_t seed, uint64_t moment);

/* Ends it with SIGKILL. */
void receiver_kill(struct receiver *receiver);

/* Ends it, and loses what was not synced. Returns how many writes that were, or -1. */
int receiver_cut_power(struct receiver *receiver);

#endif
