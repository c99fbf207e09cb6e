#include "tests/faulty_vfs.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what was not synced ---------------------------------------------------------- */

struct change {
    struct change *before;
    sqlite3_int64 old_size; /* of the file */
    sqlite3_int64 offset;
    size_t length;        /* of the bytes that were there */
    size_t new_length;    /* of those that were written; 0: it was cut at offset */
    unsigned char *bytes; /* the old ones, then the new ones */
};

/* A file by its name: several connections have it open. */
struct tracked {
    struct tracked *next;
    char *path;
    struct change *last;
};

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
    struct tracked *files;
    bool remembers;
    enum faulty_op op;
    int countdown; /* 0: no fault */
    int times;
    int code;
    int failed;
    int cut_in; /* writes; 0: no power cut is to come */
    uint64_t cut_seed;
    void (*gone)(int lost, void *context);
    void *gone_context;
} faulty = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct faulty_file {
    sqlite3_file base;
    struct tracked *tracked; /* NULL: a temporary one */
    sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->real;
}

static struct tracked *track(const char *path)
{
    struct tracked *file = faulty.files;
    while (file != NULL && strcmp(file->path, path) != 0)
        file = file->next;
    if (file != NULL)
        return file;
    file = calloc(1, sizeof *file);
    if (file == NULL || (file->path = strdup(path)) == NULL)
        abort();
    file->next = faulty.files;
    faulty.files = file;
    return file;
}

static void forget_changes(struct tracked *file)
{
    while (file != NULL && file->last != NULL) {
        struct change *change = file->last;
        file->last = change->before;
        free(change->bytes);
        free(change);
    }
}

/* Keeps what is about to be replaced: a range, or all from an offset on (new_length 0). */
static void remember(struct faulty_file *file, const void *new_bytes, size_t new_length,
                     sqlite3_int64 offset)
{
    if (!faulty.remembers || file->tracked == NULL)
        return;
    struct change *change = calloc(1, sizeof *change);
    if (change == NULL || file->real->pMethods->xFileSize(file->real, &change->old_size) != 0)
        abort();
    sqlite3_int64 there = change->old_size > offset ? change->old_size - offset : 0;
    change->offset = offset;
    change->new_length = new_length;
    change->length =
        new_length > 0 && (sqlite3_int64)new_length < there ? new_length : (size_t)there;
    change->bytes = malloc(change->length + new_length + 1);
    if (change->bytes == NULL ||
        (change->length > 0 &&
         file->real->pMethods->xRead(file->real, change->bytes, (int)change->length, offset) != 0))
        abort();
    if (new_length > 0)
        memcpy(change->bytes + change->length, new_bytes, new_length);
    change->before = file->tracked->last;
    file->tracked->last = change;
}

/* --- faults -------------------------------------------------------------------------- */

/* Under the lock. 0: no fault. */
static int fault(enum faulty_op op)
{
    if (faulty.countdown == 0 || op != faulty.op)
        return 0;
    if (faulty.countdown > 1) {
        faulty.countdown--;
        return 0;
    }
    if (faulty.failed >= faulty.times)
        return 0;
    faulty.failed++;
    return faulty.code;
}

static void take_lock(void)
{
    pthread_mutex_lock(&faulty.lock);
}

static void give_lock(void)
{
    pthread_mutex_unlock(&faulty.lock);
}

/* --- the methods of a file -------------------------------------------------------------- */

static int cut_all(uint64_t seed);

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
    take_lock();
    int code = fault(FAULTY_READ);
    if (code == 0)
        code = real_of(file)->pMethods->xRead(real_of(file), bytes, length, offset);
    give_lock();
    return code;
}

static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
    take_lock();
    int code = fault(FAULTY_WRITE);
    int written = code == 0 ? length : length / 2;
    if (written > 0) {
        remember((struct faulty_file *)file, bytes, (size_t)written, offset);
        int result = real_of(file)->pMethods->xWrite(real_of(file), bytes, written, offset);
        code = code != 0 ? code : result;
    }
    if (faulty.cut_in > 0 && --faulty.cut_in == 0)
        faulty.gone(cut_all(faulty.cut_seed), faulty.gone_context);
    give_lock();
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    take_lock();
    int code = fault(FAULTY_TRUNCATE);
    if (code == 0) {
        remember((struct faulty_file *)file, NULL, 0, size);
        code = real_of(file)->pMethods->xTruncate(real_of(file), size);
    }
    give_lock();
    return code;
}

/* The real thing is left out: there is no real power cut to fear, and it takes long. */
static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    take_lock();
    int code = fault(FAULTY_SYNC);
    if (code == 0)
        forget_changes(((struct faulty_file *)file)->tracked);
    give_lock();
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_check_lock(sqlite3_file *file, int *result)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    enum { WRITE_LOCK = 0 };
    int code = 0;
    if (offset == WRITE_LOCK && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE)) {
        take_lock();
        code = fault(FAULTY_LOCK);
        give_lock();
    }
    return code != 0 ? code
                     : real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

/* --- the VFS --------------------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *opened, int flags,
                    int *out_flags)
{
    (void)vfs;
    struct faulty_file *file = (struct faulty_file *)opened;
    *file = (struct faulty_file){.real = (sqlite3_file *)(file + 1)};
    take_lock();
    int code = fault(FAULTY_OPEN);
    if (code == 0)
        code = faulty.real->xOpen(faulty.real, name, file->real, flags, out_flags);
    if (code == 0) {
        file->base.pMethods = &faulty.methods;
        if (name != NULL && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0)
            file->tracked = track(name);
    }
    give_lock();
    return code;
}

/* A file of that name is another one from now on. */
static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    take_lock();
    forget_changes(track(name));
    int code = faulty.real->xDelete(faulty.real, name, sync);
    give_lock();
    return code;
}

bool faulty_vfs_install(void)
{
    faulty.real = sqlite3_vfs_find(NULL);
    if (faulty.real == NULL)
        return false;
    faulty.methods = (sqlite3_io_methods){
        .iVersion = 2, /* no memory-mapped reads */
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_unlock,
        .xCheckReservedLock = file_check_lock,
        .xFileControl = file_control,
        .xSectorSize = file_sector_size,
        .xDeviceCharacteristics = file_device,
        .xShmMap = file_shm_map,
        .xShmLock = file_shm_lock,
        .xShmBarrier = file_shm_barrier,
        .xShmUnmap = file_shm_unmap,
    };
    faulty.vfs = *faulty.real; /* time, randomness and names are the real one's */
    faulty.vfs.zName = "faulty";
    faulty.vfs.szOsFile = (int)sizeof(struct faulty_file) + faulty.real->szOsFile;
    faulty.vfs.xOpen = vfs_open;
    faulty.vfs.xDelete = vfs_delete;
    return sqlite3_vfs_register(&faulty.vfs, 1) == SQLITE_OK;
}

void faulty_vfs_fail(enum faulty_op op, int nth, int code, int times)
{
    take_lock();
    faulty.op = op;
    faulty.countdown = nth;
    faulty.code = code;
    faulty.times = times;
    faulty.failed = 0;
    give_lock();
}

int faulty_vfs_heal(void)
{
    take_lock();
    faulty.countdown = 0;
    int failed = faulty.failed;
    give_lock();
    return failed;
}

void faulty_vfs_remember(void)
{
    take_lock();
    faulty.remembers = true;
    give_lock();
}

/* --- the power cut ------------------------------------------------------------------------------
 */

static void put(int fd, const unsigned char *bytes, size_t length, sqlite3_int64 offset)
{
    if (length > 0 && pwrite(fd, bytes, length, offset) != (ssize_t)length)
        abort();
}

static void cut_to(int fd, sqlite3_int64 size)
{
    if (ftruncate(fd, size) != 0)
        abort();
}

static void undo(int fd, const struct change *change)
{
    put(fd, change->bytes, change->length, change->offset);
    cut_to(fd, change->old_size);
}

static void redo(int fd, const struct change *change)
{
    if (change->new_length > 0)
        put(fd, change->bytes + change->length, change->new_length, change->offset);
    else
        cut_to(fd, change->offset);
}

/* The oldest first. */
static int redo_some(int fd, const struct change *change, uint64_t *seed)
{
    if (change == NULL)
        return 0;
    int redone = redo_some(fd, change->before, seed);
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    if (*seed >> 63 != 0)
        return redone;
    redo(fd, change);
    return redone + 1;
}

static int cut(struct tracked *file, uint64_t *seed)
{
    int lost = 0;
    int fd = file->last != NULL ? open(file->path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    for (const struct change *change = file->last; change != NULL; change = change->before, lost++)
        undo(fd, change);
    if (*seed != 0)
        lost -= redo_some(fd, file->last, seed);
    close(fd);
    return lost;
}

static int cut_all(uint64_t seed)
{
    int lost = 0;
    for (struct tracked *file = faulty.files; file != NULL; file = file->next)
        lost += cut(file, &seed);
    return lost;
}

int faulty_vfs_cut_power(uint64_t seed)
{
    take_lock(); /* for good */
    return cut_all(seed);
}

void faulty_vfs_cut_power_at(int nth_write, uint64_t seed, void (*gone)(int lost, void *context),
                             void *context)
{
    take_lock();
    faulty.cut_in = nth_write;
    faulty.cut_seed = seed;
    faulty.gone = gone;
    faulty.gone_context = context;
    give_lock();
}
