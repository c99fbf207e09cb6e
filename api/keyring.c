#include "api/keyring.h"

#include "api/signature.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct public_key *key;
    char *webhook_id; /* NULL: given by hand */
    char *path;       /* NULL: matches every path */
};

struct keyring {
    atomic_size_t references;
    struct entry *entries;
    size_t count;
    size_t capacity;
};

struct keyring *keyring_new(void)
{
    struct keyring *keyring = calloc(1, sizeof *keyring);
    if (keyring != NULL)
        atomic_init(&keyring->references, 1);
    return keyring;
}

struct keyring *keyring_ref(struct keyring *keyring)
{
    atomic_fetch_add_explicit(&keyring->references, 1, memory_order_relaxed);
    return keyring;
}

static void entry_clear(struct entry *entry)
{
    public_key_free(entry->key);
    free(entry->webhook_id);
    free(entry->path);
}

void keyring_unref(struct keyring *keyring)
{
    /* Release and acquire: whoever frees must see what every other holder did before letting go. */
    if (keyring == NULL ||
        atomic_fetch_sub_explicit(&keyring->references, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < keyring->count; i++)
        entry_clear(&keyring->entries[i]);
    free(keyring->entries);
    free(keyring);
}

/* --- paths -------------------------------------------------------------- */

struct span {
    const char *start;
    size_t length;
};

static struct span path_of(const char *url)
{
    /* A request target is a path already, and may hold "://" in its query; it comes as a whole URL
       when the sender takes this for a proxy (RFC 9112, 3.2.2). */
    const char *start = url;
    if (*url != '/') {
        const char *authority = strstr(url, "://");
        if (authority != NULL)
            start = authority + 3 + strcspn(authority + 3, "/?#");
    }
    size_t length = strcspn(start, "?#");
    while (length > 0 && start[length - 1] == '/')
        length--;
    return length > 0 ? (struct span){start, length} : (struct span){"/", 1};
}

void keyring_path(const char *url, char *path, size_t size)
{
    struct span span = path_of(url);
    (void)snprintf(path, size, "%.*s", (int)span.length, span.start);
}

/* --- filling ------------------------------------------------------------ */

static bool reserve_one(struct keyring *keyring)
{
    if (keyring->count < keyring->capacity)
        return true;
    size_t capacity = keyring->capacity ? 2 * keyring->capacity : 8;
    struct entry *entries = realloc(keyring->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    keyring->entries = entries;
    keyring->capacity = capacity;
    return true;
}

bool keyring_add(struct keyring *keyring, const char *webhook_id, const char *url, const char *pem,
                 struct error *error)
{
    if (keyring->count == KEYRING_MAX)
        return error_set(error, "there are %d keys already", KEYRING_MAX);
    struct entry entry = {.key = public_key_from_pem(pem, strlen(pem), error)};
    if (entry.key == NULL)
        return false;
    if (webhook_id != NULL)
        entry.webhook_id = strdup(webhook_id);
    if (url != NULL) {
        struct span path = path_of(url);
        entry.path = strndup(path.start, path.length);
    }
    if ((webhook_id != NULL && entry.webhook_id == NULL) || (url != NULL && entry.path == NULL) ||
        !reserve_one(keyring)) {
        entry_clear(&entry);
        return error_set(error, "out of memory");
    }
    keyring->entries[keyring->count++] = entry;
    return true;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->count;
}

/* --- matching ----------------------------------------------------------- */

static bool has_path(const struct entry *entry, struct span path)
{
    return entry->path != NULL && strlen(entry->path) == path.length &&
           memcmp(entry->path, path.start, path.length) == 0;
}

void keyring_match(const struct keyring *keyring, const char *target, struct keyring_match *match)
{
    struct span path = path_of(target);
    const struct entry *first = NULL;
    for (size_t i = 0; i < keyring->count && first == NULL; i++)
        if (has_path(&keyring->entries[i], path))
            first = &keyring->entries[i];

    match->path_webhook_id = first ? first->webhook_id : NULL;
    match->count = 0;
    for (size_t i = 0; i < keyring->count; i++) {
        const struct entry *entry = &keyring->entries[i];
        if (first != NULL && entry->path != NULL && !has_path(entry, path))
            continue;
        match->keys[match->count] = entry->key;
        match->webhook_ids[match->count] = entry->webhook_id;
        match->count++;
    }
}
