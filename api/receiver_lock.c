#include "api/receiver_lock.h"

#include "api/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MODE = 0600,
    LINE_BYTES = 160, /* always all of them, blanks at the end: a line never has another's rest */
    PID_DIGITS_MAX = 10,
    TRIES = 10, /* the file was replaced between opening and locking it */
};

struct receiver_lock {
    int fd;
    enum receiver_kind kind;
};

static const char *const KINDS[] = {[RECEIVER_UNKNOWN] = "unknown",
                                    [RECEIVER_DASHBOARD] = "dashboard",
                                    [RECEIVER_LISTEN] = "listen"};

const char *receiver_kind_name(enum receiver_kind kind)
{
    return KINDS[kind];
}

/* --- the file ------------------------------------------------------------------ */

/* A store that is there may have several names; one that is not yet lies in a folder that may. */
static bool real_path(const char *store_path, char real[PATH_MAX])
{
    if (realpath(store_path, real) != NULL)
        return true;
    char copy[PATH_MAX];
    char folder[PATH_MAX];
    size_t length = strlen(store_path);
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, store_path, length + 1);
    if (realpath(dirname(copy), folder) == NULL)
        return false;
    memcpy(copy, store_path, length + 1);
    return snprintf(real, PATH_MAX, "%s/%s", folder, basename(copy)) < PATH_MAX;
}

bool receiver_lock_path(const char *store_path, char *path, size_t size)
{
    char real[PATH_MAX];
    int length =
        snprintf(path, size, "%s.receiver", real_path(store_path, real) ? real : store_path);
    return length > 0 && (size_t)length < size;
}

static int open_file(const char *path, int access)
{
    return open(path, access | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, FILE_MODE);
}

/* --- the line ------------------------------------------------------------------- */

static bool is_address(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static void read_kind(struct receiver_holder *holder, const char *word)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (strcmp(word, KINDS[i]) == 0)
            holder->kind = (enum receiver_kind)i;
}

static void read_pid(struct receiver_holder *holder, const char *word)
{
    size_t digits = strspn(word, "0123456789");
    long long number = digits > 0 && digits <= PID_DIGITS_MAX && word[digits] == '\0'
                           ? strtoll(word, NULL, 10)
                           : 0;
    holder->pid = number <= INT_MAX ? (pid_t)number : 0;
}

static void parse_line(char *line, struct receiver_holder *holder)
{
    char *rest = NULL;
    const char *pid = strtok_r(line, " \n", &rest);
    const char *kind = strtok_r(NULL, " \n", &rest);
    const char *address = strtok_r(NULL, " \n", &rest);
    if (pid != NULL)
        read_pid(holder, pid);
    if (kind != NULL)
        read_kind(holder, kind);
    if (address != NULL && strlen(address) < sizeof holder->address && is_address(address))
        memcpy(holder->address, address, strlen(address) + 1);
}

static void read_line(int fd, struct receiver_holder *holder)
{
    char line[LINE_BYTES + 1];
    *holder = (struct receiver_holder){0};
    ssize_t length = pread(fd, line, LINE_BYTES, 0);
    line[length > 0 ? length : 0] = '\0';
    parse_line(line, holder);
}

/* What cannot be written is no reason not to receive: others then see a holder without a name. */
static void write_line(const struct receiver_lock *lock, pid_t pid, const char *address)
{
    char line[LINE_BYTES + 1];
    int length = snprintf(line, sizeof line, "%d %s %.*s", (int)pid, KINDS[lock->kind],
                          RECEIVER_ADDRESS_MAX - 1, address);
    memset(line + length, ' ', (size_t)(LINE_BYTES - length));
    line[LINE_BYTES - 1] = '\n';
    ssize_t written = pwrite(lock->fd, line, LINE_BYTES, 0);
    (void)written;
}

/* --- the lock ---------------------------------------------------------------------- */

static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* A file that was deleted or replaced after it was opened locks nothing for anybody else. */
static bool is_still_there(int fd, const char *path)
{
    struct stat ours;
    struct stat there;
    return fstat(fd, &ours) == 0 && S_ISREG(ours.st_mode) && lstat(path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static enum receiver_lock_result try_to_lock(const char *path, int *fd,
                                             struct receiver_holder *holder, struct error *error)
{
    struct flock wanted = whole_file(F_WRLCK);
    *fd = open_file(path, O_RDWR | O_CREAT);
    if (*fd < 0) {
        error_set(error, "cannot create %s: %s", path, strerror(errno));
        return RECEIVER_LOCK_FAILED;
    }
    if (fcntl(*fd, F_OFD_SETLK, &wanted) == 0)
        return RECEIVER_LOCK_TAKEN;
    bool held = errno == EAGAIN || errno == EACCES;
    if (held)
        read_line(*fd, holder);
    else
        error_set(error, "cannot lock %s: %s", path, strerror(errno));
    (void)close(*fd);
    return held ? RECEIVER_LOCK_HELD : RECEIVER_LOCK_FAILED;
}

static struct receiver_lock *lock_new(int fd, enum receiver_kind kind)
{
    struct receiver_lock *lock = calloc(1, sizeof *lock);
    if (lock == NULL)
        return NULL;
    *lock = (struct receiver_lock){.fd = fd, .kind = kind};
    write_line(lock, getpid(), "");
    return lock;
}

enum receiver_lock_result receiver_lock_take(const char *store_path, enum receiver_kind kind,
                                             struct receiver_lock **lock,
                                             struct receiver_holder *holder, struct error *error)
{
    char path[PATH_MAX];
    *lock = NULL;
    *holder = (struct receiver_holder){0};
    if (!folders_make(store_path, error))
        return RECEIVER_LOCK_FAILED;
    if (!receiver_lock_path(store_path, path, sizeof path)) {
        error_set(error, "the store's path is too long");
        return RECEIVER_LOCK_FAILED;
    }
    for (int i = 0; i < TRIES; i++) {
        int fd;
        enum receiver_lock_result result = try_to_lock(path, &fd, holder, error);
        if (result != RECEIVER_LOCK_TAKEN)
            return result;
        if (is_still_there(fd, path) && (*lock = lock_new(fd, kind)) != NULL)
            return RECEIVER_LOCK_TAKEN;
        (void)close(fd);
    }
    error_set(error, "cannot lock %s: it does not stay where it is", path);
    return RECEIVER_LOCK_FAILED;
}

void receiver_lock_set_address(struct receiver_lock *lock, const char *address)
{
    write_line(lock, getpid(), address);
}

void receiver_lock_release(struct receiver_lock *lock)
{
    if (lock == NULL)
        return;
    /* While it is ours: later the line may be another's. Closing lets the lock go. */
    write_line(lock, 0, "");
    (void)close(lock->fd);
    free(lock);
}

enum receiver_lock_state receiver_lock_look(const char *store_path, struct receiver_holder *holder)
{
    char path[PATH_MAX];
    struct flock wanted = whole_file(F_WRLCK);
    *holder = (struct receiver_holder){0};
    int fd = receiver_lock_path(store_path, path, sizeof path) ? open_file(path, O_RDWR) : -1;
    if (fd < 0)
        return RECEIVER_LOCK_IS_FREE;
    bool held = fcntl(fd, F_OFD_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK;
    read_line(fd, holder);
    (void)close(fd);
    if (!held)
        holder->pid = 0;
    return held ? RECEIVER_LOCK_IS_HELD : RECEIVER_LOCK_IS_FREE;
}
