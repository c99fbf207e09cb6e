#include "api/key_file.h"

#include "api/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads at most one byte more than is allowed. */
static ssize_t read_all(int fd, char *text, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(fd, text + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static char *check(char *text, ssize_t length, struct error *error)
{
    if (length > KEY_FILE_MAX) {
        error_set(error, "more than %d bytes", KEY_FILE_MAX);
        return NULL;
    }
    struct public_key *key = public_key_from_pem(text, (size_t)length, error);
    if (key == NULL)
        return NULL;
    public_key_free(key);
    text[length] = '\0';
    char *pem = strdup(text);
    if (pem == NULL)
        error_set(error, "out of memory");
    return pem;
}

char *key_file_read(const char *path, struct error *error)
{
    char text[KEY_FILE_MAX + 2];
    char *pem = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t length = fd >= 0 ? read_all(fd, text, sizeof text - 1) : -1;
    if (length < 0)
        error_set(error, "%s", strerror(errno));
    else
        pem = check(text, length, error);
    if (fd >= 0)
        (void)close(fd);
    if (pem == NULL)
        error_prefix(error, "%s", path);
    return pem;
}
