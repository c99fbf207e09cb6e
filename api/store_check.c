#include "api/store_check.h"

#include "api/store_private.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* --- beside it ---------------------------------------------------------------------- */

/* The nearest folder above it that is there. Freed by the caller; NULL when memory is out. */
static char *folder_of(const char *path)
{
    char *folder = strdup(path);
    struct stat status;
    do {
        char *above = folder != NULL ? strdup(dirname(folder)) : NULL;
        free(folder);
        folder = above;
    } while (folder != NULL && stat(folder, &status) != 0 && strcmp(folder, "/") != 0 &&
             strcmp(folder, ".") != 0);
    return folder;
}

static void say_room(const char *folder, struct check_line *lines, size_t *count)
{
    enum { BYTES_A_MB = 1000000 };
    struct statvfs system;
    if (statvfs(folder, &system) != 0)
        return;
    uint64_t free_mb = (uint64_t)system.f_bavail * system.f_frsize / BYTES_A_MB;
    if (free_mb >= STORE_CHECK_ROOM_MB)
        return;
    struct check_line *line = &lines[(*count)++];
    check_say(line, CHECK_WARN, "disk", "%" PRIu64 " MB free beside the store", free_mb);
    check_mend(line, "make room, or bound the store with --keep: what cannot be stored gets 503");
}

/* --- its contents -------------------------------------------------------------------- */

static int64_t steady_ms(void)
{
    enum { NS_A_MS = 1000000 };
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_A_MS;
}

static int is_late(void *until_ms)
{
    return steady_ms() >= *(const int64_t *)until_ms;
}

enum soundness { SOUND, UNSOUND, UNKNOWN, UNREADABLE };

/* What SQLite finds first, in its words. */
static enum soundness look_through(sqlite3 *db, int64_t limit_ms, char *fault, size_t size)
{
    enum { INSTRUCTIONS = 1000 }; /* of SQLite's, between two looks at the time */
    sqlite3_stmt *statement = NULL;
    int64_t until_ms = steady_ms() + limit_ms;
    enum soundness found = UNREADABLE;
    sqlite3_progress_handler(db, INSTRUCTIONS, is_late, &until_ms);
    int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *words = (const char *)sqlite3_column_text(statement, 0);
        found = words != NULL && strcmp(words, "ok") == 0 ? SOUND : UNSOUND;
        (void)snprintf(fault, size, "%.200s", words != NULL ? words : "?");
    } else if ((code & 0xff) == SQLITE_INTERRUPT) {
        found = UNKNOWN;
    } else {
        (void)snprintf(fault, size, "%.200s", sqlite3_errmsg(db));
    }
    (void)sqlite3_finalize(statement);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    return found;
}

static void say_contents(struct store *store, const struct store_file_state *state,
                         int64_t limit_ms, struct check_line *line)
{
    char fault[256] = "";
    char counted[64] = "";
    struct store_counts counts;
    if (state->version == STORE_SCHEMA_VERSION && store_counts(store, &counts, NULL))
        (void)snprintf(counted, sizeof counted, "%" PRId64 " deliveries, ", counts.deliveries);
    else if (state->version < STORE_SCHEMA_VERSION)
        (void)snprintf(counted, sizeof counted,
                       "of an older version, which a receiver brings up, ");
    switch (look_through(store->db, limit_ms, fault, sizeof fault)) {
    case SOUND:
        check_say(line, CHECK_OK, "store", "%ssound: %.160s", counted, store->path);
        break;
    case UNKNOWN:
        check_say(line, CHECK_OK, "store", "%sno fault found in %g s, it is large: %.160s", counted,
                  (double)limit_ms / 1000, store->path);
        break;
    case UNSOUND:
        check_say(line, CHECK_BAD, "store", "it is damaged: %s", fault);
        check_mend(line,
                   "stop what uses it and restore a backup, or move it away: a new one is made");
        break;
    case UNREADABLE:
        check_say(line, CHECK_BAD, "store", "it cannot be read: %s", fault);
        check_mend(line, "look at the disk (dmesg), and restore a backup");
        break;
    }
}

static void say_absent(const char *path, const char *folder, struct check_line *line)
{
    if (access(folder, W_OK | X_OK) == 0) {
        check_say(line, CHECK_OK, "store", "not there yet: %.200s will be made", path);
        return;
    }
    check_say(line, CHECK_BAD, "store", "it cannot be made in %.160s: %s", folder, strerror(errno));
    check_mend(line, "let this user write there, or name another file with --db");
}

static void say_store(const char *path, const char *folder, bool held, int64_t limit_ms,
                      struct check_line *line)
{
    struct stat status;
    struct store_file_state state;
    struct error error = {""};
    if (stat(path, &status) != 0 && errno == ENOENT) {
        say_absent(path, folder, line);
        return;
    }
    struct store *store = store_open_as_it_is(path, STORE_READ, &state, &error);
    if (store == NULL) {
        check_say(line, CHECK_BAD, "store", "%s", error.message);
        if (state.damaged)
            check_mend(line, "a receiver sets it aside and begins a new one; a backup keeps more");
        else
            check_mend(line, "correct that, or name another file with --db");
        return;
    }
    say_contents(store, &state, limit_ms, line);
    store_close(store);
    bool writable = access(path, W_OK) == 0 && access(folder, W_OK | X_OK) == 0;
    if (line->tone == CHECK_OK && !held && !writable) {
        check_say(line, CHECK_BAD, "store", "this user cannot write it: %.200s", path);
        check_mend(line, "let this user write it and its folder, or name another file with --db");
    }
}

size_t store_check(const char *path, bool held, int64_t limit_ms,
                   struct check_line lines[STORE_CHECK_LINES_MAX])
{
    size_t count = 1;
    char *folder = folder_of(path);
    if (folder == NULL) {
        check_say(&lines[0], CHECK_WARN, "store", "not looked at: out of memory");
        check_mend(&lines[0], "end other programs");
        return count;
    }
    say_store(path, folder, held, limit_ms, &lines[0]);
    say_room(folder, lines, &count);
    free(folder);
    return count;
}
