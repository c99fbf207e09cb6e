#include "api/folders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_MODE = 0700 };

bool folders_make(const char *path, struct error *error)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(error, "the path is too long: %.100s…", path);
    for (char *slash = part; (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
        *slash = '\0';
        if (mkdir(part, FOLDER_MODE) != 0 && errno != EEXIST)
            return error_set(error, "cannot create the directory %s: %s", part, strerror(errno));
    }
    return true;
}
