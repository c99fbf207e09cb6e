#include "api/new_file.h"

#include "api/contract.h"
#include "api/count.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the words of whom it concerns. */
static bool failed(struct error *error, const char *what, const char *name)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return error_set(error, "cannot %s %s: the disk is full", what, name);
    case EACCES:
    case EPERM:
        return error_set(error, "cannot %s %s: no permission", what, name);
    case EROFS:
        return error_set(error, "cannot %s %s: that disk can only be read", what, name);
    case ENOENT:
        return error_set(error, "cannot %s %s: there is no such folder", what, name);
    case ENOTDIR:
        return error_set(error, "cannot %s %s: what should be a folder is none", what, name);
    default:
        return error_set(error, "cannot %s %s: %s", what, name, strerror(errno));
    }
}

static void describe(const struct stat *status, struct error *error)
{
    char time[CONTRACT_TIME_SIZE], bytes[COUNT_SIZE];
    contract_time_format((int64_t)status->st_mtime * 1000, time);
    if (S_ISLNK(status->st_mode))
        (void)error_set(error, "a link; what it leads to stays as it is");
    else
        (void)error_set(error, "%s bytes, written %.10s %.5s UTC",
                        count_format(bytes, sizeof bytes, status->st_size), time, time + 11);
}

/* Whether the name is free, or may be taken. */
static enum new_file_result look(const struct new_file *file, struct error *error)
{
    struct stat status;
    if (fstatat(file->parent, file->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? NEW_FILE_OK
                               : (failed(error, "look at", file->name), NEW_FILE_FAILED);
    if (S_ISDIR(status.st_mode))
        (void)error_set(error, "%s is a folder", file->name);
    else if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        (void)error_set(error, "%s is no ordinary file", file->name);
    else if (file->folder >= 0)
        (void)error_set(error, "%s is a file: one each needs a folder of a new name", file->name);
    else if (file->replace)
        return NEW_FILE_OK;
    else {
        describe(&status, error);
        return NEW_FILE_EXISTS;
    }
    return NEW_FILE_FAILED;
}

static bool open_parent(struct new_file *file, const char *path, struct error *error)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/' && file->folder == 0)
        length--;
    size_t name = length;
    while (name > 0 && path[name - 1] != '/')
        name--;
    if (name == length || strcmp(path + name, ".") == 0 || strcmp(path + name, "..") == 0)
        return error_set(error, "%s is a folder: name a file in it", path);
    if (length - name > NEW_FILE_NAME_MAX - 16)
        return error_set(error, "that name is too long");
    (void)snprintf(file->name, sizeof file->name, "%.*s", (int)(length - name), path + name);
    char *parent = name > 0 ? strndup(path, name) : strdup(".");
    if (parent == NULL)
        return error_set(error, "out of memory");
    file->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = file->parent >= 0 || failed(error, "open", parent);
    free(parent);
    return ok;
}

static FILE *create(int folder, const char *name)
{
    int fd =
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && file == NULL)
        (void)close(fd);
    return file;
}

static bool create_temporary(struct new_file *file, uint64_t random)
{
    (void)snprintf(file->temporary, sizeof file->temporary, ".%.*s.%012" PRIx64,
                   NEW_FILE_NAME_MAX - 16, file->name, random & UINT64_C(0xFFFFFFFFFFFF));
    if (file->folder < 0) {
        file->file = create(file->parent, file->temporary);
        return file->file != NULL;
    }
    if (mkdirat(file->parent, file->temporary, (mode_t)0700) != 0)
        return false;
    file->folder =
        openat(file->parent, file->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (file->folder < 0)
        (void)unlinkat(file->parent, file->temporary, AT_REMOVEDIR);
    return file->folder >= 0;
}

enum new_file_result new_file_begin(struct new_file *file, const char *path, bool folder,
                                    bool replace, uint64_t random, struct error *error)
{
    *file = (struct new_file){.parent = -1, .folder = folder ? 0 : -1, .replace = replace};
    enum new_file_result result = NEW_FILE_FAILED;
    if (open_parent(file, path, error))
        result = look(file, error);
    if (result == NEW_FILE_OK && !create_temporary(file, random)) {
        (void)failed(error, "write", path);
        result = NEW_FILE_FAILED;
    }
    if (result != NEW_FILE_OK && file->parent >= 0)
        (void)close(file->parent);
    return result;
}

static bool close_file(struct new_file *file, bool sync)
{
    if (file->file == NULL)
        return true;
    bool ok = fflush(file->file) == 0 && (!sync || fsync(fileno(file->file)) == 0);
    int saved = errno;
    ok = fclose(file->file) == 0 && ok;
    if (!ok && saved != 0)
        errno = saved;
    file->file = NULL;
    return ok;
}

bool new_file_next(struct new_file *file, const char *name, struct error *error)
{
    if (!close_file(file, false))
        return failed(error, "write", file->name);
    file->file = create(file->folder, name);
    return file->file != NULL || failed(error, "write", name);
}

bool new_file_write(struct new_file *file, const void *bytes, size_t length, struct error *error)
{
    if (fwrite(bytes, 1, length, file->file) != length)
        return failed(error, "write", file->name);
    file->bytes += length;
    return true;
}

/* Where the file system knows neither way, a folder is only taken where nothing is. */
static bool give_name(struct new_file *file)
{
    if (file->replace)
        return renameat(file->parent, file->temporary, file->parent, file->name) == 0;
    if (renameat2(file->parent, file->temporary, file->parent, file->name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (file->folder >= 0)
        return renameat(file->parent, file->temporary, file->parent, file->name) == 0;
    return linkat(file->parent, file->temporary, file->parent, file->name, 0) == 0 &&
           unlinkat(file->parent, file->temporary, 0) == 0;
}

enum new_file_result new_file_commit(struct new_file *file, struct error *error)
{
    bool ok = close_file(file, file->folder < 0) && (file->folder < 0 || syncfs(file->folder) == 0);
    if (!ok)
        (void)failed(error, "write", file->name);
    enum new_file_result result = ok ? look(file, error) : NEW_FILE_FAILED;
    if (result == NEW_FILE_OK && !give_name(file)) {
        result = errno == EEXIST ? NEW_FILE_EXISTS : NEW_FILE_FAILED;
        (void)failed(error, "write", file->name);
    }
    if (result != NEW_FILE_OK) {
        new_file_abandon(file);
        return result;
    }
    (void)fsync(file->parent);
    if (file->folder >= 0)
        (void)close(file->folder);
    (void)close(file->parent);
    return NEW_FILE_OK;
}

static void empty_folder(int folder)
{
    DIR *entries = fdopendir(folder);
    if (entries == NULL) {
        (void)close(folder);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
    (void)closedir(entries);
}

void new_file_abandon(struct new_file *file)
{
    (void)close_file(file, false);
    if (file->folder >= 0)
        empty_folder(file->folder);
    (void)unlinkat(file->parent, file->temporary, file->folder >= 0 ? AT_REMOVEDIR : 0);
    (void)close(file->parent);
}
