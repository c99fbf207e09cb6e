/*
 * An SQLite VFS that fails on demand, and that can lose what was not synced.
 *
 * Installed, it is the default: everything that opens a store uses it, on any thread. It passes all
 * on to the VFS that was the default before.
 *
 * A fault: the n-th operation of a kind from now on ends with a code of SQLite's, and as many more
 * as are asked for. A write that fails has written half.
 *
 * Forgetting: what each file was like when it was last synced is remembered, by keeping what every
 * write and truncation since has replaced. A power cut puts the files back to that, in part or as a
 * whole, and no operation comes to an end any more: the process has to exit. Directories are taken
 * to be on disk at once.
 */
#ifndef BRIDGETOP_TESTS_FAULTY_VFS_H
#define BRIDGETOP_TESTS_FAULTY_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum faulty_op {
    FAULTY_OPEN,
    FAULTY_READ,
    FAULTY_WRITE,
    FAULTY_SYNC,
    FAULTY_TRUNCATE,
    FAULTY_LOCK, /* the one that who writes must have (sqlite.org/walformat.html, 2.3.1) */
    FAULTY_OPS
};

enum { FAULTY_FOREVER = 1 << 30 };

/* False when SQLite does not take it. */
bool faulty_vfs_install(void);

/* One fault at a time; `nth` counts from 1. */
void faulty_vfs_fail(enum faulty_op op, int nth, int code, int times);

/* None any more; returns how many operations have failed since it was set. */
int faulty_vfs_heal(void);

/* From now on, what was not synced can be lost. */
void faulty_vfs_remember(void);

/* Loses it. `seed` 0: all of it; else it decides which writes had come to the disk by themselves.
   Returns how many were lost. Everybody else waits from now on. */
int faulty_vfs_cut_power(uint64_t seed);

/* The same, right after the n-th write from now on, before anything syncs it. `gone` is called
   then, by whoever wrote, and does not return. */
void faulty_vfs_cut_power_at(int nth_write, uint64_t seed, void (*gone)(int lost, void *context),
                             void *context);

#endif
