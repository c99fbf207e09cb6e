/*
 * A file, or a folder of files, that appears whole or not at all.
 *
 * It is written under another name beside its own (".NAME.XXXXXXXXXXXX", made with O_EXCL, 0600; a
 * folder 0700), brought to disk, and then given its name, which no link is followed for. What has
 * that name already is never replaced unless that was said; and then only a file or a link, never
 * a folder or a device. Blocks: not for the loop's thread.
 */
#ifndef BRIDGETOP_API_NEW_FILE_H
#define BRIDGETOP_API_NEW_FILE_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { NEW_FILE_NAME_MAX = 255 };

enum new_file_result {
    NEW_FILE_OK,
    NEW_FILE_EXISTS, /* with a line that says what it is: "3 kB, of 2024-05-02" */
    NEW_FILE_FAILED, /* with a line */
};

struct new_file {
    int parent; /* the folder in which it is to be */
    int folder; /* -1: a single file */
    FILE *file; /* open for writing, or NULL */
    char name[NEW_FILE_NAME_MAX + 1];
    char temporary[NEW_FILE_NAME_MAX + 1];
    bool replace;
    uint64_t bytes;
};

/* `random` makes the temporary name. After anything but OK there is nothing to clean up. */
enum new_file_result new_file_begin(struct new_file *file, const char *path, bool folder,
                                    bool replace, uint64_t random, struct error *error);

/* In a folder: ends the file before, and begins this one. The name is a plain one. */
bool new_file_next(struct new_file *file, const char *name, struct error *error);
bool new_file_write(struct new_file *file, const void *bytes, size_t length, struct error *error);

/* Gives it its name. Whatever comes of it, the file is closed, and no other remains. */
enum new_file_result new_file_commit(struct new_file *file, struct error *error);

/* Removes what was written. */
void new_file_abandon(struct new_file *file);

#endif
