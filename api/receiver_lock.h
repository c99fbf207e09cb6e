/*
 * Which process receives for a store: a lock on a file beside it, "NAME.receiver".
 *
 * The lock is of the open file description (F_OFD_SETLK), so it ends with its process, however that
 * ends, and nothing that is left behind stops anybody. The file has one line, "PID KIND ADDRESS",
 * for whoever finds the lock taken; it stays when the lock goes, and then says what kind the last
 * receiver was (PID is 0 where it has left in order). It is never deleted: a second process that
 * had opened it before would then lock another file than a third.
 *
 * Calls take a few system calls on a file of 160 bytes.
 */
#ifndef BRIDGETOP_API_RECEIVER_LOCK_H
#define BRIDGETOP_API_RECEIVER_LOCK_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum receiver_kind {
    RECEIVER_UNKNOWN,
    RECEIVER_DASHBOARD, /* when it leaves, another dashboard takes over */
    RECEIVER_LISTEN,    /* its supervisor starts it again */
};

enum { RECEIVER_ADDRESS_MAX = 96 };

/* What the line says, read as one that anybody may have written. */
struct receiver_holder {
    pid_t pid; /* 0: not known */
    enum receiver_kind kind;
    char address[RECEIVER_ADDRESS_MAX]; /* "https://127.0.0.1:8787", printable ASCII, or "" */
};

struct receiver_lock;

enum receiver_lock_result {
    RECEIVER_LOCK_TAKEN, /* *lock is the caller's */
    RECEIVER_LOCK_HELD,  /* by *holder */
    RECEIVER_LOCK_FAILED,
};

/* Takes the lock for the store at this path, whose folder is made (0700) where it is absent. Links
   are followed, so that all names of a store have one lock. */
enum receiver_lock_result receiver_lock_take(const char *store_path, enum receiver_kind kind,
                                             struct receiver_lock **lock,
                                             struct receiver_holder *holder, struct error *error);

/* Says where it listens, once that is known. */
void receiver_lock_set_address(struct receiver_lock *lock, const char *address);

/* NULL is fine. */
void receiver_lock_release(struct receiver_lock *lock);

enum receiver_lock_state {
    RECEIVER_LOCK_IS_HELD,
    RECEIVER_LOCK_IS_FREE, /* *holder is who had it last: kind RECEIVER_UNKNOWN for nobody */
};

/* Whether somebody has it, without taking it. */
enum receiver_lock_state receiver_lock_look(const char *store_path, struct receiver_holder *holder);

/* "NAME.receiver" of the store. False when memory is out, in `path` of this size. */
bool receiver_lock_path(const char *store_path, char *path, size_t size);

/* "dashboard", "listen", "unknown". */
const char *receiver_kind_name(enum receiver_kind kind);

#endif
