#include "api/keep_export.h"

#include "api/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MODE = 0600 };

static bool make_name(struct keep_export *export, const char *folder, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    return asprintf(&export->name, "%s/bridgetop-%04d%02d%02d.jsonl", folder, utc.tm_year + 1900,
                    utc.tm_mon + 1, utc.tm_mday) > 0;
}

/* The folder as well: the file may be new in it. */
static bool open_in(struct keep_export *export, const char *folder)
{
    struct stat status;
    int parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return false;
    int fd = open(export->name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                  FILE_MODE);
    bool ok = fd >= 0 && fstat(fd, &status) == 0;
    if (ok && !S_ISREG(status.st_mode)) {
        errno = EINVAL;
        ok = false;
    }
    ok = ok && (fsync(parent) == 0 || errno == EINVAL) && (export->file = fdopen(fd, "a")) != NULL;
    int code = errno;
    if (ok)
        export->before = status.st_size;
    else if (fd >= 0)
        close(fd);
    close(parent);
    errno = code;
    return ok;
}

bool keep_export_begin(struct keep_export *export, const char *folder, int64_t now_ms,
                       struct error *error)
{
    *export = (struct keep_export){0};
    if (!make_name(export, folder, now_ms))
        return error_set(error, "cannot export before deleting: out of memory");
    if (open_in(export, folder))
        return true;
    (void)error_set(error, "cannot export to %s before deleting: %m", export->name);
    free(export->name);
    return false;
}

static bool write_bytes(const void *bytes, size_t length, void *context)
{
    return fwrite(bytes, 1, length, context) == length;
}

bool keep_export_add(struct keep_export *export, const struct delivery *delivery,
                     struct error *error)
{
    struct exporter exporter = {
        .format = EXPORT_JSONL, .write = write_bytes, .context = export->file};
    return (export_begin(&exporter) && export_delivery(&exporter, delivery) &&
            export_end(&exporter)) ||
           error_set(error, "cannot export to %s before deleting: %m", export->name);
}

bool keep_export_end(struct keep_export *export, bool keep, struct error *error)
{
    bool kept = keep && fflush(export->file) == 0 && fdatasync(fileno(export->file)) == 0;
    if (keep && !kept)
        (void)error_set(error, "cannot export to %s before deleting: %m", export->name);
    int fd = dup(fileno(export->file)); /* closing writes what is left over */
    (void)fclose(export->file);
    if (!kept && fd >= 0 && ftruncate(fd, export->before) != 0)
        kept = false;
    if (fd >= 0)
        close(fd);
    free(export->name);
    *export = (struct keep_export){0};
    return kept || !keep;
}
