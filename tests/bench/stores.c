#include "tests/bench/stores.h"

#include "api/store.h"
#include "api/store_file.h"
#include "api/store_index.h"
#include "tests/bench/store_fill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SEED = 1, STEP_MS = 3000 };

/* Endpoints as Bridge would have named them, for the first pane. */
static bool put_endpoints(const char *path, struct error *error)
{
    char ids[STORES_ENDPOINTS][32], urls[STORES_ENDPOINTS][64];
    struct webhook webhooks[STORES_ENDPOINTS];
    for (int i = 0; i < STORES_ENDPOINTS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "wep_bench_%d", i + 1);
        (void)snprintf(urls[i], sizeof urls[i], "https://hooks.example.com/hooks/%d", i + 1);
        webhooks[i] = (struct webhook){.id = ids[i],
                                       .url = urls[i],
                                       .status = WEBHOOK_ACTIVE,
                                       .status_text = (char *)"active"};
    }
    struct webhook_list list = {.items = webhooks, .count = STORES_ENDPOINTS};
    struct store *store = store_open(path, STORE_WRITE, error);
    bool put = store != NULL && store_put_webhooks(store, &list, (int64_t)time(NULL) * 1000, error);
    store_close(store);
    return put;
}

/* As a receiver does it while nothing arrives; here at once. */
static bool make_index(const char *path, struct error *error)
{
    struct store_index *index = store_index_open(path, error);
    enum store_index_result result = STORE_INDEX_FAILED;
    if (index != NULL) {
        do
            result = store_index_step(index, error);
        while (result == STORE_INDEX_MORE);
    }
    store_index_close(index);
    return result == STORE_INDEX_IDLE;
}

static bool write_store(const char *path, int64_t count, struct error *error)
{
    struct store_fill fill = {.seed = SEED,
                              .rows = (size_t)count,
                              .newest_ms = (int64_t)time(NULL) * 1000,
                              .step_ms = STEP_MS};
    (void)fprintf(stderr, "bench: storing %lld events in %s\n", (long long)count, path);
    return store_fill(path, &fill, error) && put_endpoints(path, error) && make_index(path, error);
}

/* --- keeping --------------------------------------------------------------------- */

static void remove_store(const char *path)
{
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    char file[STORES_PATH_MAX + 8];
    for (size_t i = 0; i < sizeof ENDINGS / sizeof ENDINGS[0]; i++) {
        (void)snprintf(file, sizeof file, "%s%s", path, ENDINGS[i]);
        (void)unlink(file);
    }
}

static bool is_usable(const char *path, int64_t count)
{
    struct error error;
    struct store_counts counts = {0};
    if (access(path, F_OK) != 0)
        return false;
    struct store *store = store_open(path, STORE_READ, &error);
    bool read = store != NULL && store_counts(store, &counts, &error);
    store_close(store);
    return read && counts.deliveries >= count && counts.deliveries <= count + count / 5;
}

bool stores_get(const char *folder, int64_t count, char path[STORES_PATH_MAX], struct error *error)
{
    (void)snprintf(path, STORES_PATH_MAX, "%s/store-%d-%lld.db", folder, STORE_SCHEMA_VERSION,
                   (long long)count);
    if (is_usable(path, count))
        return true;
    remove_store(path);
    if (write_store(path, count, error))
        return true;
    remove_store(path);
    return false;
}

/* --- what the system has of it ------------------------------------------------------- */

static bool read_all(int fd)
{
    static char bytes[1 << 20];
    ssize_t got;
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        ;
    return got == 0;
}

/* Only pages that are on disk can be forgotten. */
static bool forget_all(int fd)
{
    if (fsync(fd) != 0)
        return false;
    errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return errno == 0;
}

static bool with_file(const char *path, bool (*act)(int fd), struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool done = (fd >= 0 && act(fd)) || error_set(error, "cannot read %s: %m", path);
    if (fd >= 0)
        (void)close(fd);
    return done;
}

bool stores_chill(const char *path, struct error *error)
{
    return with_file(path, forget_all, error);
}

bool stores_warm(const char *path, struct error *error)
{
    return with_file(path, read_all, error);
}
