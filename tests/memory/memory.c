/*
 * Out of memory, at each place where memory is asked for: `make memory`.
 *
 * A scenario runs again and again; in its nth run the nth allocation fails, of the product or of
 * any library, until a run has none left to fail. Whatever fails, the program goes on; what it
 * answers and tells is true; nothing is leaked; and once there is memory, it works.
 *
 * Environment: MEMORY_STEP=N fails every Nth only (1), MEMORY_EVER=1 fails all that come after it,
 * too, MEMORY_FROM=N begins there.
 */
#include "tests/memory/memory.h"

#include "tests/memory/allocator.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WARM_RUNS = 3, DESCRIPTORS = 200 };

static const char *scenario_name;
static long scenario_nth;
static int wrongs;

void memory_wrong(const char *what)
{
    (void)fprintf(stderr, "memory: %s, allocation %ld: %s; it was asked for at\n", scenario_name,
                  scenario_nth, what);
    allocator_tell();
    wrongs++;
}

static void on_crash(int number)
{
    (void)allocator_disarm();
    (void)signal(number, SIG_DFL);
    memory_wrong("the program ends by a signal");
    (void)raise(number);
}

/* LeakSanitizer's: what the dynamic linker keeps of a library that is loaded when it is needed. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:_dl_map_object_deps\n";
}

/* --- loops ------------------------------------------------------------------------------ */

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events;
}

void memory_loop_init(uv_loop_t *loop)
{
    uv_poll_t high;
    int ends[2];
    if (uv_loop_init(loop) != 0 || pipe(ends) != 0)
        abort();
    int fd = fcntl(ends[0], F_DUPFD_CLOEXEC, DESCRIPTORS);
    if (fd < 0 || uv_poll_init(loop, &high, fd) != 0 ||
        uv_poll_start(&high, UV_READABLE, on_ready) != 0)
        abort();
    uv_close((uv_handle_t *)&high, NULL);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    (void)close(fd);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

bool memory_turn_until(uv_loop_t *loop, bool (*holds)(void), int64_t patience_ms)
{
    uv_timer_t tick;
    uint64_t until = uv_hrtime() + (uint64_t)patience_ms * 1000000;
    bool held = holds();
    (void)uv_timer_init(loop, &tick);
    (void)uv_timer_start(&tick, on_tick, 2, 2);
    while (!held && uv_hrtime() < until) {
        (void)uv_run(loop, UV_RUN_ONCE);
        held = holds();
    }
    uv_close((uv_handle_t *)&tick, NULL);
    while (uv_is_active((uv_handle_t *)&tick))
        (void)uv_run(loop, UV_RUN_NOWAIT);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    return held;
}

/* --- runs -------------------------------------------------------------------------------- */

static long from_environment(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? strtol(text, NULL, 10) : otherwise;
}

/* One run. What it leaves behind is a leak if it does so again; else it was made once, and kept. */
static bool run_once(memory_scenario scenario, long nth, bool ever)
{
    bool failed = false;
    long left = 0;
    for (int i = 0; i < 2; i++) {
        long live = allocator_live();
        failed = scenario(nth, ever);
        left = allocator_live() - live;
        if (left <= 0)
            return failed;
    }
    char what[64];
    (void)snprintf(what, sizeof what, "%ld blocks are leaked", left);
    memory_wrong(what);
    return failed;
}

static void run(const char *name, memory_scenario scenario)
{
    long step = from_environment("MEMORY_STEP", 1);
    bool ever = from_environment("MEMORY_EVER", 0) != 0;
    scenario_name = name;
    scenario_nth = 0;
    for (int i = 0; i < WARM_RUNS; i++) /* what is made once and kept, also where all fails */
        (void)scenario(i == 1, false);
    long nth = from_environment("MEMORY_FROM", 1);
    bool failed = true;
    for (; failed; nth += step) {
        scenario_nth = nth;
        failed = run_once(scenario, nth, ever);
    }
    printf("%s: up to %ld allocations failed%s\n", name, nth - step - 1, ever ? " for ever" : "");
    (void)fflush(stdout);
}

int main(void)
{
    static char said[BUFSIZ];
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE};
    (void)setvbuf(stdout, said, _IOLBF, sizeof said);
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)signal(signals[i], on_crash);
    allocator_arm(1, false); /* what backtraces need is loaded */
    free(malloc(1));
    (void)allocator_disarm();
    memory_delivery_begin();
    run("one delivery", memory_delivery);
    memory_delivery_end();
    memory_poll_begin();
    run("one poll", memory_poll);
    memory_poll_end();
    if (wrongs > 0)
        printf("%d wrong\n", wrongs);
    return wrongs > 0;
}
