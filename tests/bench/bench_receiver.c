/*
 * What the receiver does: `make bench`.
 *
 * `bridgetop listen --json` under deliveries that were signed before, each sent once, from a
 * generator on the same machine; and Node's http with crypto in the same way (peer.js), storing
 * nothing and storing in a file. Each measurement has a receiver and a store of its own. All of
 * them are made in rounds, and a figure is the median of its rounds. Figures of a shared machine
 * drift: compare within one run.
 *
 *   BENCH_QUICK=1      one short round, small stores: a look whether it works
 *   BENCH_MS=N         milliseconds of load a measurement (2,000)
 *   BENCH_ROUNDS=N     (3)
 *   BENCH_EVENTS=N     events in the largest store (1,000,000)
 *   BENCH_IDLE_S=N     how long idling is watched (60)
 *   BENCH_PARTS="…"    some of: speed cores pinned growth idle
 *   BENCH_NODE=0       bridgetop alone
 */
#include "tests/bench/cores.h"
#include "tests/bench/openssl.h"
#include "tests/bench/receiver_idle.h"
#include "tests/bench/receiver_run.h"
#include "tests/bench/stores.h"
#include "tests/bench/table.h"
#include "tests/e2e/child.h"
#include "tests/e2e/sender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SIZES = 3,
    WARM_MS = 1000,
    PACED_RATE = 1000,
    PACED_MS = 5000,
    RATE_MAX = 30000,              /* a second, of what is signed beforehand */
    CORPUS_AGE_MS = 7 * 60 * 1000, /* signatures are good for ten minutes */
    USUAL_CONNECTIONS = 64,
    PATH_SIZE = 512,
};

static const double AIM_STORING_PEER = 2.5, AIM_VERIFY_SHARE = 0.5;
static const double AIM_PINNED_KEPT = 1.6, AIM_PINNED_NEW = 2.5, AIM_PINNED_TLS_NEW = 2000;
static const double AIM_CPU_US = 30;
static const double AIM_P99_64_MS = 10, AIM_P99_512_MS = 60;
static const double AIM_PACED_P50_MS = 1, AIM_PACED_P99_MS = 5;

static const char *const SUBJECTS[SERVER_KINDS] = {"bridgetop", "node", "node, file"};

struct bench {
    bool quick;
    const char *parts;
    int rounds, measure_ms, warm_ms, paced_ms, idle_s;
    int64_t sizes[SIZES];
    bool node;
    const char *program;
    char *peer;   /* absolute, as everything is started elsewhere */
    char *folder; /* where the stores are */
    struct child_home home;
    char key[PATH_SIZE], certificate[PATH_SIZE], certificate_key[PATH_SIZE];
    struct sender *sender;
    struct corpus *corpus;
    struct load *load;
    int64_t signed_ms;
    double verify_speed;
    int failed; /* measurements */
    struct table table;
};

static _Noreturn void give_up(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* --- what is sent ------------------------------------------------------------------ */

/* For a receiver with a new store the events may be those of another one. */
static void supply(struct bench *bench, bool never_sent)
{
    struct error error;
    int64_t now_ms = child_clock_ms();
    if (bench->load != NULL && !never_sent && now_ms - bench->signed_ms < CORPUS_AGE_MS) {
        load_rewind(bench->load);
        return;
    }
    size_t count = (size_t)RATE_MAX * (size_t)(bench->warm_ms + bench->measure_ms) / 1000 +
                   (size_t)PACED_RATE * (size_t)bench->paced_ms / 1000;
    load_free(bench->load);
    corpus_free(bench->corpus);
    bench->load = NULL;
    bench->signed_ms = now_ms;
    bench->corpus =
        corpus_new(bench->sender, "/hooks/1", count, (uint64_t)child_clock_ns(), &error);
    if (bench->corpus != NULL)
        bench->load = load_new(bench->corpus, &error);
    if (bench->load == NULL)
        give_up("what is to be sent", error.message);
}

static struct server_plan server_plan(const struct bench *bench, enum server_kind kind, bool tls)
{
    return (struct server_plan){
        .kind = kind,
        .program = bench->program,
        .peer = bench->peer,
        .public_key = bench->key,
        .certificate = tls ? bench->certificate : NULL,
        .certificate_key = tls ? bench->certificate_key : NULL,
        .core = -1,
    };
}

/* --- how connections are used ------------------------------------------------------- */

struct manner {
    int connections;
    bool tls, keep_alive, pinned;
    bool is_usual; /* the one that other figures are of, too */
    double aim_p99_ms;
    double aim_peer; /* times the storing peer's rate */
    double aim_rate; /* deliveries a second of the receiver's core: making handshakes costs a
                        generator more than answering them */
};

static const struct manner MANNERS[] = {
    {1, false, true, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {64, false, true, false, true, AIM_P99_64_MS, AIM_STORING_PEER, FIGURE_NONE},
    {512, false, true, false, false, AIM_P99_512_MS, FIGURE_NONE, FIGURE_NONE},
    {1, false, false, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {64, false, false, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {512, false, false, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {1, true, true, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {64, true, true, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {512, true, true, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {1, true, false, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {64, true, false, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {512, true, false, false, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {64, false, true, true, false, FIGURE_NONE, AIM_PINNED_KEPT, FIGURE_NONE},
    {64, false, false, true, false, FIGURE_NONE, AIM_PINNED_NEW, FIGURE_NONE},
    {64, true, true, true, false, FIGURE_NONE, FIGURE_NONE, FIGURE_NONE},
    {64, true, false, true, false, FIGURE_NONE, FIGURE_NONE, AIM_PINNED_TLS_NEW},
};

enum { MANNERS_COUNT = sizeof MANNERS / sizeof MANNERS[0], NAME_SIZE = 64 };

static void name_manner(const struct manner *manner, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "%s%s, %s, %d", manner->pinned ? "a core each, " : "",
                   manner->tls ? "https" : "http", manner->keep_alive ? "kept" : "new",
                   manner->connections);
}

/* One that fails is told, and counts for nothing; the others go on. */
static void take_round(struct bench *bench, const struct run_plan *plan, struct run_rounds *rounds,
                       const char *name)
{
    struct error error;
    if (run_measure(plan, bench->load, rounds->figures[rounds->count], &error)) {
        rounds->count++;
        return;
    }
    (void)fprintf(stderr, "bench: %s: %s: %s\n", SUBJECTS[plan->server.kind], name, error.message);
    bench->failed++;
}

/* Quick: those that have aims, and no more. */
static bool is_wanted(const struct bench *bench, const struct manner *manner)
{
    int cores[2];
    bool has_aim = manner->aim_p99_ms >= 0 || manner->aim_peer >= 0 || manner->aim_rate >= 0;
    if (strstr(bench->parts, manner->pinned ? "pinned" : "cores") == NULL)
        return false;
    return (has_aim || !bench->quick) && (!manner->pinned || cores_two(cores));
}

static void measure_manner(struct bench *bench, const struct manner *manner, enum server_kind kind,
                           struct run_rounds *rounds)
{
    int cores[2] = {-1, -1};
    if (manner->pinned)
        (void)cores_two(cores);
    struct run_plan plan = {
        .server = server_plan(bench, kind, manner->tls),
        .load = {.connections = manner->connections,
                 .keep_alive = manner->keep_alive,
                 .tls = manner->tls,
                 .cpu = cores[1]},
        .warm_ms = bench->warm_ms,
        .measure_ms = bench->measure_ms,
    };
    plan.server.core = cores[0];
    supply(bench, false);
    char name[NAME_SIZE];
    name_manner(manner, name);
    take_round(bench, &plan, rounds, name);
}

static void show_manner(struct bench *bench, const struct manner *manner,
                        const struct run_rounds rounds[SERVER_KINDS])
{
    char name[NAME_SIZE];
    double rates[SERVER_KINDS];
    struct table *table = &bench->table;
    name_manner(manner, name);
    for (int kind = 0; kind < SERVER_KINDS; kind++) {
        rates[kind] = run_median(&rounds[kind], RUN_RATE);
        table_row(table, FIGURE_NONE, "%s: deliveries/s", name)->values[kind] = rates[kind];
        table_row(table, FIGURE_NONE, "%s: p50, ms", name)->values[kind] =
            run_median(&rounds[kind], RUN_P50_MS);
        table_row(table, manner->aim_p99_ms, "%s: p99, ms", name)->values[kind] =
            run_median(&rounds[kind], RUN_P99_MS);
        table_row(table, FIGURE_NONE, "%s: p99.9, ms", name)->values[kind] =
            run_median(&rounds[kind], RUN_P999_MS);
        table_row(table, manner->is_usual ? AIM_CPU_US : FIGURE_NONE, "%s: CPU a delivery, us",
                  name)
            ->values[kind] = run_median(&rounds[kind], RUN_CPU_US);
        double cpu_us = run_median(&rounds[kind], RUN_CPU_US);
        if (manner->aim_rate >= 0 && cpu_us > 0)
            table_row_at_least(table, manner->aim_rate, "%s: deliveries a CPU second", name)
                ->values[kind] = 1e6 / cpu_us;
        if (!manner->is_usual)
            continue;
        table_row(table, FIGURE_NONE, "%s: of it, verifying, us", name)->values[kind] =
            run_median(&rounds[kind], RUN_VERIFY_US);
        table_row(table, FIGURE_NONE, "%s: of it, storing, us", name)->values[kind] =
            run_median(&rounds[kind], RUN_STORE_US);
        table_row(table, FIGURE_NONE, "%s: CPU of printing, us", name)->values[kind] =
            run_median(&rounds[kind], RUN_PRINT_US);
        table_row(table, FIGURE_NONE, "%s: memory, peak, MB", name)->values[kind] =
            run_median(&rounds[kind], RUN_PEAK_MB);
        table_row(table, FIGURE_NONE, "%s: disk a delivery, bytes", name)->values[kind] =
            run_median(&rounds[kind], RUN_DISK);
    }
    if (rates[SERVER_NODE] > 0)
        table_row(table, FIGURE_NONE, "%s: times node's rate", name)->values[SERVER_BRIDGETOP] =
            rates[SERVER_BRIDGETOP] / rates[SERVER_NODE];
    if (rates[SERVER_NODE_FILE] > 0)
        table_row_at_least(table, manner->aim_peer, "%s: times node's rate with a file", name)
            ->values[SERVER_BRIDGETOP] = rates[SERVER_BRIDGETOP] / rates[SERVER_NODE_FILE];
    double our_cpu = run_median(&rounds[SERVER_BRIDGETOP], RUN_CPU_US);
    double peer_cpu = run_median(&rounds[SERVER_NODE_FILE], RUN_CPU_US);
    if (our_cpu > 0 && peer_cpu > 0)
        table_row(table, FIGURE_NONE, "%s: CPU of node with a file, times ours", name)
            ->values[SERVER_BRIDGETOP] = peer_cpu / our_cpu;
    if (manner->is_usual && bench->verify_speed > 0)
        table_row_at_least(table, AIM_VERIFY_SHARE, "%s: share of what a core verifies", name)
            ->values[SERVER_BRIDGETOP] = rates[SERVER_BRIDGETOP] / bench->verify_speed;
}

/* Who is compared is measured one after the other. */
static void measure_manners(struct bench *bench)
{
    static struct run_rounds rounds[MANNERS_COUNT][SERVER_KINDS];
    for (int round = 0; round < bench->rounds; round++)
        for (size_t i = 0; i < MANNERS_COUNT; i++)
            for (int kind = 0; kind < SERVER_KINDS; kind++)
                if (is_wanted(bench, &MANNERS[i]) && (kind == SERVER_BRIDGETOP || bench->node))
                    measure_manner(bench, &MANNERS[i], (enum server_kind)kind, &rounds[i][kind]);
    for (size_t i = 0; i < MANNERS_COUNT; i++)
        if (is_wanted(bench, &MANNERS[i]))
            show_manner(bench, &MANNERS[i], rounds[i]);
}

/* --- what is stored already ------------------------------------------------------- */

static void name_size(char name[NAME_SIZE], int64_t events)
{
    (void)snprintf(name, NAME_SIZE, "%lld stored", (long long)events);
}

static void measure_size(struct bench *bench, size_t size, const char *store,
                         struct run_rounds *rounds)
{
    struct run_plan plan = {
        .server = server_plan(bench, SERVER_BRIDGETOP, false),
        .load = {.connections = USUAL_CONNECTIONS, .keep_alive = true, .cpu = -1},
        .warm_ms = bench->warm_ms,
        .measure_ms = bench->measure_ms,
        .paced_rate = PACED_RATE,
        .paced_ms = bench->paced_ms,
    };
    plan.server.store = bench->sizes[size] > 0 ? store : NULL;
    supply(bench, plan.server.store != NULL);
    char name[NAME_SIZE];
    name_size(name, bench->sizes[size]);
    take_round(bench, &plan, rounds, name);
}

static void show_size(struct bench *bench, size_t size, const struct run_rounds *rounds)
{
    static const struct {
        enum run_figure figure;
        const char *name;
        double aim;
    } ROWS[] = {
        {RUN_RATE, "deliveries/s", FIGURE_NONE},
        {RUN_P50_MS, "p50, ms", FIGURE_NONE},
        {RUN_P99_MS, "p99, ms", AIM_P99_64_MS},
        {RUN_P999_MS, "p99.9, ms", FIGURE_NONE},
        {RUN_CPU_US, "CPU a delivery, us", AIM_CPU_US},
        {RUN_PRINT_US, "CPU of printing, us", FIGURE_NONE},
        {RUN_AFTER_US, "CPU a delivery afterwards, us", FIGURE_NONE},
        {RUN_DISK, "disk a delivery, bytes", FIGURE_NONE},
        {RUN_IDLE_MB, "memory at the start, MB", FIGURE_NONE},
        {RUN_PEAK_MB, "memory, peak, MB", FIGURE_NONE},
        {RUN_PACED_P50_MS, "1,000/s: p50, ms", AIM_PACED_P50_MS},
        {RUN_PACED_P99_MS, "1,000/s: p99, ms", AIM_PACED_P99_MS},
    };
    char name[NAME_SIZE];
    name_size(name, bench->sizes[size]);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        table_row(&bench->table, ROWS[i].aim, "%s: %s", name, ROWS[i].name)
            ->values[SERVER_BRIDGETOP] = run_median(rounds, ROWS[i].figure);
}

static void measure_growth(struct bench *bench)
{
    static struct run_rounds rounds[SIZES];
    char stores[SIZES][STORES_PATH_MAX] = {""};
    struct error error;
    for (int round = 0; round < bench->rounds; round++)
        for (size_t i = 0; i < SIZES; i++) {
            if (bench->sizes[i] > 0 &&
                !stores_get(bench->folder, bench->sizes[i], stores[i], &error))
                give_up("the store", error.message);
            measure_size(bench, i, stores[i], &rounds[i]);
        }
    for (size_t i = 0; i < SIZES; i++)
        show_size(bench, i, &rounds[i]);
}

/* --- all of it --------------------------------------------------------------------- */

static int64_t number_of(const char *name, int64_t otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? strtoll(value, NULL, 10) : otherwise;
}

static void read_settings(struct bench *bench)
{
    bench->quick = number_of("BENCH_QUICK", 0) != 0;
    int64_t events = number_of("BENCH_EVENTS", bench->quick ? 20000 : 1000000);
    bench->sizes[1] = events / 10;
    bench->sizes[2] = events;
    int64_t rounds = number_of("BENCH_ROUNDS", bench->quick ? 1 : 3);
    bench->rounds = rounds < 1 ? 1 : rounds > RUN_ROUNDS_MAX ? RUN_ROUNDS_MAX : (int)rounds;
    bench->measure_ms = (int)number_of("BENCH_MS", bench->quick ? 500 : 2000);
    bench->warm_ms = bench->quick ? WARM_MS / 4 : WARM_MS;
    bench->paced_ms = bench->quick ? PACED_MS / 4 : PACED_MS;
    bench->idle_s = (int)number_of("BENCH_IDLE_S", bench->quick ? 4 : 60);
    bench->parts = getenv("BENCH_PARTS");
    if (bench->parts == NULL || bench->parts[0] == '\0')
        bench->parts = "speed cores pinned growth idle";
}

static bool write_keys(struct bench *bench, struct error *error)
{
    bench->sender = sender_new(error);
    if (bench->sender == NULL)
        return false;
    const char *pem = sender_public_pem(bench->sender);
    (void)child_home_path(&bench->home, "key.pem", bench->key, PATH_SIZE);
    (void)child_home_path(&bench->home, "cert.pem", bench->certificate, PATH_SIZE);
    (void)child_home_path(&bench->home, "cert-key.pem", bench->certificate_key, PATH_SIZE);
    return child_home_write(&bench->home, "key.pem", pem, strlen(pem), error) &&
           openssl_certificate(&bench->home, error);
}

static void configure(struct bench *bench, const char *folder, const char *peer)
{
    struct error error = {0};
    read_settings(bench);
    bench->verify_speed = FIGURE_NONE;
    bench->program = child_program();
    bench->folder = realpath(folder, NULL);
    bench->peer = realpath(peer, NULL);
    if (bench->folder == NULL || bench->peer == NULL)
        give_up(bench->folder == NULL ? folder : peer, strerror(errno));
    if (bench->program == NULL)
        exit(EXIT_FAILURE);
    /* Stores lie beside the build: what is in memory alone would be faster than any disk. */
    if (setenv("TMPDIR", bench->folder, 1) != 0 || !child_home_make(&bench->home, &error) ||
        setenv("TMPDIR", bench->home.path, 1) != 0 || !write_keys(bench, &error))
        give_up("a folder and keys", error.message);
    bool with_node = number_of("BENCH_NODE", 1) != 0;
    bench->node = with_node && server_has_node();
    for (int kind = 0; kind < SERVER_KINDS; kind++) {
        bench->table.subjects[kind] = SUBJECTS[kind];
        if (kind != SERVER_BRIDGETOP && !bench->node)
            bench->table.absent[kind] = with_node ? "not installed" : "not asked for";
    }
}

static void print_head(const struct bench *bench)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    (void)printf("bridgetop's receiver: %ld cores, load %.1f at the start; %d rounds of %.1f s%s\n",
                 sysconf(_SC_NPROCESSORS_ONLN), load, bench->rounds,
                 (double)bench->measure_ms / 1000,
                 bench->quick ? "; quick, not for comparing" : "");
}

static struct bench bench; /* what it holds goes with the program, however that ends */

static void clear(void)
{
    load_free(bench.load);
    corpus_free(bench.corpus);
    sender_free(bench.sender);
    child_home_remove(&bench.home);
    free(bench.folder);
    free(bench.peer);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: bench-receiver FOLDER PEER.js, with BRIDGETOP_BIN\n");
        return EXIT_FAILURE;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)atexit(clear);
    configure(&bench, argv[1], argv[2]);
    print_head(&bench);
    if (strstr(bench.parts, "speed") != NULL || strstr(bench.parts, "cores") != NULL) {
        bench.verify_speed = openssl_verify_speed(&bench.home, bench.quick ? 1 : 3);
        table_row(&bench.table, FIGURE_NONE, "openssl speed rsa2048: a core verifies, /s")
            ->values[SERVER_BRIDGETOP] = bench.verify_speed;
    }
    measure_manners(&bench);
    if (strstr(bench.parts, "growth") != NULL)
        measure_growth(&bench);
    if (strstr(bench.parts, "idle") != NULL) {
        char store[STORES_PATH_MAX];
        struct error error;
        if (!stores_get(bench.folder, bench.sizes[SIZES - 1], store, &error) ||
            !idle_measure(&bench.home, bench.program, bench.key, store, bench.idle_s, &bench.table,
                          &error))
            give_up("idling", error.message);
    }
    size_t missed = table_print(&bench.table);
    (void)printf("%zu aims missed, %d measurements failed\n", missed, bench.failed);
    return bench.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
