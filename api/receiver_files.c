#include "api/receiver_files.h"

#include "api/key_file.h"

#include <stdlib.h>
#include <sys/stat.h>

static void read_keys(struct receiver_files *files, const struct receiver_config *config)
{
    files->keys_ok = true;
    for (size_t i = 0; files->keys_ok && i < config->key_file_count; i++) {
        char *pem = key_file_read(config->key_files[i], &files->key_error);
        files->keys_ok = pem != NULL;
        if (pem != NULL)
            files->pems[files->pem_count++] = pem;
    }
}

void receiver_files_read(struct receiver_files *files, const struct receiver_config *config)
{
    *files = (struct receiver_files){0};
    if (config->tls_certificate != NULL)
        files->tls = tls_load(config->tls_certificate, config->tls_key,
                              ambient_wall_ms(&config->ambient), &files->tls_error);
    read_keys(files, config);
}

void receiver_files_clear(struct receiver_files *files)
{
    tls_unref(files->tls);
    for (size_t i = 0; i < files->pem_count; i++)
        free(files->pems[i]);
    *files = (struct receiver_files){0};
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++, value >>= 8)
        hash = (hash ^ (value & 0xFF)) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

static uint64_t mix_file(uint64_t hash, const char *path)
{
    struct stat status;
    if (path == NULL || stat(path, &status) != 0)
        return mix(hash, 0);
    hash = mix(mix(hash, (uint64_t)status.st_dev), (uint64_t)status.st_ino);
    hash = mix(mix(hash, (uint64_t)status.st_size), (uint64_t)status.st_mtim.tv_sec);
    return mix(hash, (uint64_t)status.st_mtim.tv_nsec);
}

uint64_t receiver_files_digest(const struct receiver_config *config)
{
    uint64_t hash = 0xcbf29ce484222325u;
    hash = mix_file(mix_file(hash, config->tls_certificate), config->tls_key);
    for (size_t i = 0; i < config->key_file_count; i++)
        hash = mix_file(hash, config->key_files[i]);
    return hash;
}
