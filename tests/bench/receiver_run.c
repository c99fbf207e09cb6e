#include "tests/bench/receiver_run.h"

#include "api/inbox.h"
#include "tests/bench/figures.h"
#include "tests/e2e/child.h"
#include "tui/listen_output.h"

#include <poll.h>

enum {
    LOOK_MS = 300,
    QUIET_CPU_MS = 2, /* in a look */
    QUIET_LOOKS = 4,  /* so: it has done with what came */
    LOOKS_MAX = 100,
};

static bool look(const struct server *server, struct usage *usage, struct error *error)
{
    return usage_read(server_pid(server), usage) || error_set(error, "the receiver has ended");
}

static bool apply(struct load *load, const struct load_plan *plan, int ms,
                  struct load_result *result, struct error *error)
{
    if (!load_start(load, plan, error))
        return false;
    (void)load_wait(load, ms);
    *result = load_stop(load);
    return result->refused == 0 || error_set(error, "of %lld deliveries %lld were refused or lost",
                                             (long long)result->sent, (long long)result->refused);
}

/* What is left to do once nothing arrives: of it, the index of the search is most. Milliseconds on
   a core. */
static double work_afterwards(const struct server *server)
{
    struct usage first, before, after;
    int quiet = 0;
    if (!usage_read(server_pid(server), &first))
        return FIGURE_NONE;
    after = first;
    for (int i = 0; i < LOOKS_MAX && quiet < QUIET_LOOKS; i++) {
        before = after;
        (void)poll(NULL, 0, LOOK_MS);
        if (!usage_read(server_pid(server), &after))
            return FIGURE_NONE;
        quiet = after.cpu_ms - before.cpu_ms < QUIET_CPU_MS ? quiet + 1 : 0;
    }
    return after.cpu_ms - first.cpu_ms;
}

/* What the receiver's threads have used, in milliseconds of a core. */
struct shares {
    double verify, store, print;
};

static struct shares read_shares(const struct server *server)
{
    pid_t pid = server_pid(server);
    return (struct shares){
        .verify = usage_of_threads(pid, INBOX_VERIFIER_NAME),
        .store = usage_of_threads(pid, INBOX_THREAD_NAME),
        .print = usage_of_threads(pid, LISTEN_OUTPUT_THREAD_NAME),
    };
}

static bool measure_flat_out(const struct run_plan *plan, const struct load_plan *load_plan,
                             const struct server *server, struct load *load,
                             double figures[RUN_FIGURES], int64_t *stored, struct error *error)
{
    struct usage before, after;
    struct load_result warm, result;
    struct load_plan rest = *load_plan;
    if (!look(server, &before, error))
        return false;
    figures[RUN_IDLE_MB] = before.rss_mb;
    if (!apply(load, load_plan, plan->warm_ms, &warm, error) || !look(server, &before, error))
        return false;
    struct shares first = read_shares(server);
    rest.count = load_left(load);
    if (!apply(load, &rest, plan->measure_ms, &result, error) || !look(server, &after, error))
        return false;
    if (result.stored == 0)
        return error_set(error, "no delivery was answered in time");
    struct shares last = read_shares(server);
    double printed = last.print - first.print;
    double us = 1000 / (double)result.stored; /* a delivery, for each millisecond of all */
    *stored = warm.stored + result.stored;
    figures[RUN_RATE] = (double)result.stored / result.seconds;
    figures[RUN_P50_MS] = result.p50_ms;
    figures[RUN_P99_MS] = result.p99_ms;
    figures[RUN_P999_MS] = result.p999_ms;
    figures[RUN_CPU_US] = (after.cpu_ms - before.cpu_ms - printed) * us;
    if (plan->server.kind == SERVER_BRIDGETOP) {
        figures[RUN_VERIFY_US] = (last.verify - first.verify) * us;
        figures[RUN_STORE_US] = (last.store - first.store) * us;
        figures[RUN_PRINT_US] = printed * us;
    }
    figures[RUN_PEAK_MB] = after.peak_mb;
    return true;
}

static bool measure_paced(const struct run_plan *plan, const struct load_plan *flat_out,
                          struct load *load, double figures[RUN_FIGURES], int64_t *stored,
                          struct error *error)
{
    struct load_plan paced = *flat_out;
    struct load_result result;
    paced.rate = plan->paced_rate;
    paced.count = load_left(load);
    if (!apply(load, &paced, plan->paced_ms, &result, error))
        return false;
    *stored += result.stored;
    figures[RUN_PACED_P50_MS] = result.p50_ms;
    figures[RUN_PACED_P99_MS] = result.p99_ms;
    return true;
}

static bool measure(const struct run_plan *plan, const struct server *server, struct load *load,
                    double figures[RUN_FIGURES], int64_t *stored, struct error *error)
{
    struct load_plan load_plan = plan->load;
    load_plan.port = server_port(server);
    load_plan.count = load_left(load);
    if (!measure_flat_out(plan, &load_plan, server, load, figures, stored, error))
        return false;
    if (plan->paced_rate == 0)
        return true;
    figures[RUN_AFTER_US] = work_afterwards(server) * 1000 / (double)*stored;
    return measure_paced(plan, &load_plan, load, figures, stored, error);
}

bool run_measure(const struct run_plan *plan, struct load *load, double figures[RUN_FIGURES],
                 struct error *error)
{
    int64_t stored = 0, bytes = -1;
    for (int i = 0; i < RUN_FIGURES; i++)
        figures[i] = FIGURE_NONE;
    struct server *server = server_start(&plan->server, error);
    if (server == NULL)
        return false;
    bool measured = measure(plan, server, load, figures, &stored, error);
    bool ended = server_stop(server, &bytes);
    if (plan->server.store == NULL && bytes > 0 && stored > 0)
        figures[RUN_DISK] = (double)bytes / (double)stored;
    return measured && (ended || error_set(error, "the receiver did not end well"));
}

double run_median(const struct run_rounds *rounds, enum run_figure figure)
{
    static struct samples samples;
    samples.count = 0;
    for (int i = 0; i < rounds->count; i++)
        if (rounds->figures[i][figure] >= 0)
            samples_add(&samples, rounds->figures[i][figure]);
    return samples_percentile(&samples, 50);
}
