#include "tests/bench/receiver_idle.h"

#include "tests/bench/server.h"
#include "tests/e2e/screen.h"

enum { IDLERS = 3, SETTLE_MS = 3000, PUMP_MS = 100 };

static const double AIM_LISTEN_WAKEUPS = 60, AIM_LISTEN_MB = 12; /* a minute */
static const double AIM_DASHBOARD_CPU = 0.1, AIM_DASHBOARD_WAKEUPS = 120;

struct idler {
    const char *name;
    double aim_cpu, aim_wakeups, aim_mb;
    struct server *server; /* either of the two */
    struct screen *screen;
    struct usage before;
};

static struct screen *start_dashboard(const struct child_home *home, const char *program,
                                      const char *key, const char *store, const char *listen,
                                      struct error *error)
{
    const char *argv[] = {program, "--config", "none",         "--listen", listen,
                          "--db",  store,      "--public-key", key,        NULL};
    const struct screen_options options = {
        .argv = (char *const *)argv, .home = home, .width = 120, .height = 40};
    struct screen *screen = screen_start(&options, error);
    if (screen != NULL && screen_wait_text(screen, "? help", SCREEN_LIMIT_MS))
        return screen;
    if (screen != NULL)
        (void)error_set(error, "a dashboard shows nothing");
    screen_free(screen);
    return NULL;
}

static bool read_idler(const struct idler *idler, struct usage *usage, struct error *error)
{
    pid_t pid = idler->server != NULL ? server_pid(idler->server) : screen_pid(idler->screen);
    return usage_read(pid, usage) || error_set(error, "%s has ended", idler->name);
}

static void show(const struct idler *idler, const struct usage *after, double seconds,
                 struct table *table)
{
    table_row(table, idler->aim_cpu, "idle %s: CPU of a core, %%", idler->name)->values[0] =
        (after->cpu_ms - idler->before.cpu_ms) / seconds / 10;
    table_row(table, idler->aim_wakeups, "idle %s: wake-ups a minute", idler->name)->values[0] =
        (double)(after->wakeups - idler->before.wakeups) * 60 / seconds;
    table_row(table, idler->aim_mb, "idle %s: memory, MB", idler->name)->values[0] = after->rss_mb;
}

static void pump(struct idler idlers[IDLERS], int64_t ms)
{
    int64_t until = child_clock_ms() + ms;
    while (child_clock_ms() < until)
        for (int i = 0; i < IDLERS; i++)
            if (idlers[i].screen != NULL)
                screen_pump(idlers[i].screen, PUMP_MS);
}

static bool watch(struct idler idlers[IDLERS], int seconds, struct table *table,
                  struct error *error)
{
    bool read = true;
    pump(idlers, SETTLE_MS);
    for (int i = 0; read && i < IDLERS; i++)
        read = read_idler(&idlers[i], &idlers[i].before, error);
    int64_t start_ns = child_clock_ns();
    if (read)
        pump(idlers, (int64_t)seconds * 1000);
    double watched_s = (double)(child_clock_ns() - start_ns) / 1e9;
    for (int i = 0; read && i < IDLERS; i++) {
        struct usage after;
        read = read_idler(&idlers[i], &after, error);
        if (read)
            show(&idlers[i], &after, watched_s, table);
    }
    return read;
}

bool idle_measure(const struct child_home *home, const char *program, const char *key,
                  const char *store, int seconds, struct table *table, struct error *error)
{
    char own[256];
    const struct server_plan listen = {.kind = SERVER_BRIDGETOP,
                                       .program = program,
                                       .public_key = key,
                                       .store = store,
                                       .core = -1};
    struct idler idlers[IDLERS] = {
        {.name = "listen",
         .aim_cpu = FIGURE_NONE,
         .aim_wakeups = AIM_LISTEN_WAKEUPS,
         .aim_mb = AIM_LISTEN_MB},
        {.name = "dashboard beside it",
         .aim_cpu = AIM_DASHBOARD_CPU,
         .aim_wakeups = AIM_DASHBOARD_WAKEUPS,
         .aim_mb = FIGURE_NONE},
        {.name = "dashboard that receives",
         .aim_cpu = AIM_DASHBOARD_CPU,
         .aim_wakeups = AIM_DASHBOARD_WAKEUPS,
         .aim_mb = FIGURE_NONE},
    };
    bool ok = false;
    idlers[0].server = server_start(&listen, error);
    if (idlers[0].server == NULL)
        goto out;
    idlers[1].screen = start_dashboard(home, program, key, store, "127.0.0.1:0", error);
    if (idlers[1].screen == NULL)
        goto out;
    idlers[2].screen = start_dashboard(
        home, program, key, child_home_path(home, "own.db", own, sizeof own), "127.0.0.1:0", error);
    ok = idlers[2].screen != NULL && watch(idlers, seconds, table, error);
out:
    screen_free(idlers[2].screen);
    screen_free(idlers[1].screen);
    (void)server_stop(idlers[0].server, NULL);
    return ok;
}
