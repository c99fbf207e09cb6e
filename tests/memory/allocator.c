#include "tests/memory/allocator.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES_MAX = 40, EARLY_BYTES = 64 * 1024 };

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
} behind;

static atomic_long calls, live;
static atomic_long fails_at; /* LONG_MAX would do; 0: nothing fails */
static atomic_bool fails_ever, failed;
static _Thread_local bool exempt, inside;
static void *frames[FRAMES_MAX];
static int frame_count;

/* --- before the others are known -------------------------------------------------------- */

/* Looking them up may need some memory, which is never given back. */
static _Alignas(16) char early[EARLY_BYTES];
static size_t early_used;

static void *early_alloc(size_t size)
{
    size_t rounded = (size + 31) / 16 * 16;
    if (rounded > EARLY_BYTES - early_used)
        abort();
    void *block = early + early_used;
    early_used += rounded;
    return block;
}

static bool is_early(const void *block)
{
    return (const char *)block >= early && (const char *)block < early + EARLY_BYTES;
}

static bool look_up(void)
{
    static bool looking;
    if (behind.free != NULL)
        return true;
    if (looking)
        return false;
    looking = true;
    *(void **)&behind.malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&behind.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&behind.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&behind.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&behind.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void **)&behind.free = dlsym(RTLD_NEXT, "free");
    return true;
}

/* --- failing -------------------------------------------------------------------------------- */

static bool fails_now(void)
{
    long at = atomic_load(&fails_at);
    if (exempt || inside || at == 0)
        return false;
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (call != at && !(call > at && atomic_load(&fails_ever)))
        return false;
    if (call == at) {
        inside = true;
        frame_count = backtrace(frames, FRAMES_MAX);
        inside = false;
    }
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    if (block != NULL && !exempt)
        atomic_fetch_add(&live, 1);
    return block;
}

void *malloc(size_t size)
{
    if (!look_up())
        return early_alloc(size);
    return fails_now() ? NULL : counted(behind.malloc(size));
}

void *calloc(size_t count, size_t size)
{
    if (!look_up())
        return early_alloc(count * size);
    return fails_now() ? NULL : counted(behind.calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (!look_up())
        return early_alloc(size);
    if (block == NULL)
        return malloc(size);
    if (size == 0) {
        free(block);
        return NULL;
    }
    return fails_now() ? NULL : behind.realloc(block, size);
}

void free(void *block)
{
    if (block == NULL || is_early(block) || !look_up())
        return;
    if (!exempt)
        atomic_fetch_sub(&live, 1);
    behind.free(block);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (!look_up() || fails_now())
        return ENOMEM;
    int status = behind.posix_memalign(block, alignment, size);
    if (status == 0)
        (void)counted(*block);
    return status;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (!look_up() || fails_now())
        return NULL;
    return counted(behind.aligned_alloc(alignment, size));
}

/* --- for the test ----------------------------------------------------------------------------- */

void allocator_arm(long nth, bool ever)
{
    atomic_store(&calls, 0);
    atomic_store(&failed, false);
    atomic_store(&fails_ever, ever);
    atomic_store(&fails_at, nth);
}

bool allocator_disarm(void)
{
    atomic_store(&fails_at, 0);
    return atomic_load(&failed);
}

void allocator_exempt_thread(void)
{
    exempt = true;
}

long allocator_live(void)
{
    return atomic_load(&live);
}

void allocator_tell(void)
{
    inside = true;
    backtrace_symbols_fd(frames, frame_count, STDERR_FILENO);
    inside = false;
}
