#include "api/signing_file.h"

#include "api/new_file.h"
#include "api/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct signing_key *signing_file_read(const char *path, bool *absent, struct error *error)
{
    char pem[SIGNATURE_PEM_MAX + 1];
    struct signing_key *key = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *absent = fd < 0 && errno == ENOENT;
    ssize_t length = fd >= 0 ? read(fd, pem, sizeof pem) : -1;
    if (length < 0)
        error_set(error, "%s", strerror(errno));
    else
        key = signing_key_from_pem(pem, (size_t)length, error);
    if (fd >= 0)
        (void)close(fd);
    OPENSSL_cleanse(pem, sizeof pem);
    if (key == NULL)
        error_prefix(error, "cannot use the key in '%s'", path);
    return key;
}

static bool write_key(const char *path, const struct signing_key *key, uint64_t random,
                      struct error *error)
{
    struct new_file file;
    char *pem = signing_key_private_pem(key);
    if (pem == NULL)
        return error_set(error, "cannot write the key to '%s': out of memory", path);
    bool written = new_file_begin(&file, path, false, false, random, error) == NEW_FILE_OK;
    if (written && !new_file_write(&file, pem, strlen(pem), error)) {
        new_file_abandon(&file);
        written = false;
    } else if (written) {
        written = new_file_commit(&file, error) == NEW_FILE_OK;
    }
    OPENSSL_cleanse(pem, strlen(pem));
    free(pem);
    return written || error_prefix(error, "cannot write the key to '%s'", path);
}

struct signing_key *signing_file_read_or_make(const char *path, uint64_t random,
                                              struct error *error)
{
    bool absent;
    struct signing_key *key = signing_file_read(path, &absent, error);
    if (key != NULL || !absent)
        return key;
    key = signing_key_generate(error);
    if (key != NULL && !write_key(path, key, random, error)) {
        signing_key_free(key);
        key = NULL;
    }
    return key;
}
