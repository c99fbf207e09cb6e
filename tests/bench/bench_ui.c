/*
 * What the interface costs: `make bench-ui`.
 *
 * The real program in a real pseudo-terminal before a terminal emulator; how a finished frame is
 * told is in watch.h. htop and tig are measured in the same way where they are installed. Figures
 * of a shared machine drift: compare within one run.
 *
 * "Cold" is a store of whose file the system has nothing in memory.
 *
 *   BENCH_QUICK=1      few repetitions, small stores, short idling: a look whether it works
 *   BENCH_EVENTS=N     events in the largest store (1,000,000)
 *   BENCH_IDLE_S=N     how long it is watched idling (60)
 */
#include "tests/bench/history.h"
#include "tests/bench/load.h"
#include "tests/bench/stores.h"
#include "tests/bench/table.h"
#include "tests/bench/watch.h"
#include "tests/e2e/child.h"
#include "tests/e2e/http.h"
#include "tests/e2e/sandbox_client.h"
#include "tests/e2e/screen.h"
#include "tests/e2e/sender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SIZES = 3,
    SETTLE_MS = 400,
    GAP_MS = 23,
    QUIET_MS = 150,
    PAGES_IN_A_ROW = 10,
    LOAD_CONNECTIONS = 64,
    KEY_MS = 60, /* at most, of what is pressed under load */
    NAME_SIZE = 48
};

/* The aims. Times in milliseconds, memory in 10^6 bytes. */
static const double AIM_FIRST_MS[SIZES] = {50, FIGURE_NONE, 60};
static const double AIM_MEMORY_MB[SIZES] = {20, 24, 26};
static const double AIM_MEMORY_LOAD_MB = 40;
static const double AIM_KEY_P50_MS = 1, AIM_KEY_P99_MS = 16, AIM_KEY_LOAD_P99_MS = 50;
static const double AIM_FIRST_BYTES = 4000, AIM_MOVE_BYTES = 400, AIM_ROW_BYTES = 250;
static const double AIM_CLOCK_BYTES = 10; /* a second */
static const double AIM_IDLE_CPU_PERCENT = 0.1, AIM_IDLE_WAKEUPS = 2;
static const double AIM_QUERY_MS = 200;
static const double AIM_FRAMES_A_S = 10, AIM_KB_A_S = 30;

/* The columns of the table. */
enum subject { SUBJECT_BRIDGETOP, SUBJECT_HTOP, SUBJECT_TIG };

struct bench {
    bool quick;
    int64_t sizes[SIZES];
    int idle_s;
    int keys, starts, rows, load_s;
    const char *program;
    char *folder; /* absolute, as the programs run elsewhere */
    struct child_home home;
    struct sender *sender;
    struct corpus *corpus;
    struct load *load;
    struct table table;
    uint16_t port;
    int held; /* keeps the port ours */
};

static _Noreturn void give_up(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void tell(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
}

static double at_least_shown(double value)
{
    return value < 0 ? (double)WATCH_LIMIT_MS : value;
}

/* --- programs -------------------------------------------------------------------- */

struct started {
    struct screen *screen;
    struct watched first; /* frame */
};

static struct started start(struct bench *bench, char *const *argv, const char *const *environment,
                            int width, int height, const char *ready)
{
    struct error error;
    struct screen_options options = {.argv = argv,
                                     .home = &bench->home,
                                     .environment = environment,
                                     .width = width,
                                     .height = height};
    int64_t started_ns = child_clock_ns();
    struct screen *screen = screen_start(&options, &error);
    if (screen == NULL)
        give_up(argv[0], error.message);
    struct watched first = watch_start(screen, started_ns, ready);
    if (first.ms < 0)
        give_up(argv[0], "no first frame");
    return (struct started){screen, first};
}

/* Listening only, with the sender's key: deliveries are what is measured. */
static struct started start_bridgetop(struct bench *bench, const char *store, int width, int height)
{
    char listen[32], key[256];
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", (unsigned)bench->port);
    (void)child_home_path(&bench->home, "key.pem", key, sizeof key);
    char *argv[] = {(char *)bench->program, (char *)"--listen",     listen, (char *)"--db",
                    (char *)store,          (char *)"--public-key", key,    NULL};
    return start(bench, argv, NULL, width, height, "? help");
}

static struct started start_htop(struct bench *bench)
{
    char *argv[] = {(char *)"htop", NULL};
    return start(bench, argv, NULL, 80, 24, "F10");
}

static struct started start_tig(struct bench *bench)
{
    char *argv[] = {(char *)"tig", (char *)"-C", (char *)"history", NULL};
    return start(bench, argv, NULL, 80, 24, "Change number");
}

/* Keys that lead to what is measured. */
static void prepare(struct screen *screen, const char *keys)
{
    if (!screen_keys(screen, keys) || !screen_wait_quiet(screen, QUIET_MS, WATCH_LIMIT_MS))
        give_up(keys, "the screen does not come to rest");
}

static double memory_of(struct screen *screen)
{
    struct usage usage;
    return usage_read(screen_pid(screen), &usage) ? usage.rss_mb : FIGURE_NONE;
}

/* --- keys ------------------------------------------------------------------------ */

struct key_costs {
    struct samples ms;
    struct samples bytes;
};

/* Presses one key `stretch` times, then the other, and so on, at uneven distances so as not to beat
   with a program's clock. */
static void press(struct screen *screen, const char *const keys[2], int count, int stretch,
                  watch_look look, struct key_costs *costs)
{
    *costs = (struct key_costs){0};
    for (int i = 0; i < count; i++) {
        struct watched watched = watch_keys(screen, keys[i / stretch % 2], look);
        samples_add(&costs->ms, at_least_shown(watched.ms));
        if (watched.ms >= 0)
            samples_add(&costs->bytes, watched.bytes);
        screen_pump(screen, GAP_MS + i * 7 % GAP_MS);
    }
}

/* Down first: every list begins at its top, or is taken up before. */
static const char *const MOVES[2] = {"j", "k"};
static const char *const ARROWS[2] = {"\033OB", "\033OA"};
static const char *const PAGES[2] = {"\033[6~", "\033[5~"};

static void measure_moves(struct bench *bench, enum subject subject, struct screen *screen,
                          const char *const keys[2])
{
    static struct key_costs costs;
    press(screen, keys, bench->keys, 1, watch_bars, &costs);
    table_row(&bench->table, AIM_KEY_P50_MS, "cursor move to finished frame, idle, p50, ms")
        ->values[subject] = samples_percentile(&costs.ms, 50);
    table_row(&bench->table, AIM_KEY_P99_MS, "cursor move to finished frame, idle, p99, ms")
        ->values[subject] = samples_percentile(&costs.ms, 99);
    table_row(&bench->table, AIM_MOVE_BYTES, "cursor move, p50, bytes")->values[subject] =
        samples_percentile(&costs.bytes, 50);
}

static void measure_pages(struct bench *bench, enum subject subject, struct screen *screen,
                          int stretch, const char *what)
{
    static struct key_costs costs;
    press(screen, PAGES, bench->keys / 2, stretch, watch_all, &costs);
    table_row(&bench->table, AIM_KEY_P50_MS, "a page of the list%s, p50, ms", what)
        ->values[subject] = samples_percentile(&costs.ms, 50);
    table_row(&bench->table, AIM_KEY_P99_MS, "a page of the list%s, p99, ms", what)
        ->values[subject] = samples_percentile(&costs.ms, 99);
    table_row(&bench->table, FIGURE_NONE, "a page of the list%s, p50, bytes", what)
        ->values[subject] = samples_percentile(&costs.bytes, 50);
}

/* --- start and size ---------------------------------------------------------------- */

/* "1,000,000 events", "0 events" */
static void name_size(char name[NAME_SIZE], int64_t events)
{
    char digits[24], out[32];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)events), to = 0;
    for (size_t i = 0; i < length; i++) {
        out[to++] = digits[i];
        if ((length - i - 1) % 3 == 0 && i + 1 < length)
            out[to++] = ',';
    }
    out[to] = '\0';
    (void)snprintf(name, NAME_SIZE, "%s events", out);
}

/* Scrolls through the live pane, which has the newest of the stored ones. */
static void measure_scroll(struct bench *bench, size_t size, struct screen *screen,
                           const char *events)
{
    char what[NAME_SIZE + 4];
    prepare(screen, "4g");
    (void)snprintf(what, sizeof what, ", %s", events);
    measure_pages(bench, SUBJECT_BRIDGETOP, screen, PAGES_IN_A_ROW, what);
    table_row(&bench->table, AIM_MEMORY_MB[size], "memory after scrolling, %s, MB", events)
        ->values[SUBJECT_BRIDGETOP] = memory_of(screen);
}

/* The first start warms the caches and is not counted; the last one is looked at. */
static void measure_store(struct bench *bench, size_t size)
{
    char path[STORES_PATH_MAX], events[NAME_SIZE];
    struct error error;
    struct samples first = {0};
    struct started program = {0};
    name_size(events, bench->sizes[size]);
    tell(events);
    if (!stores_get(bench->folder, bench->sizes[size], path, &error))
        give_up("the store", error.message);
    for (int i = 0; i <= bench->starts; i++) {
        screen_free(program.screen);
        program = start_bridgetop(bench, path, 80, 24);
        if (i > 0)
            samples_add(&first, program.first.ms);
    }
    screen_pump(program.screen, SETTLE_MS);
    table_row(&bench->table, AIM_FIRST_MS[size], "start to first frame, %s, p50, ms", events)
        ->values[SUBJECT_BRIDGETOP] = samples_percentile(&first, 50);
    table_row(&bench->table, AIM_MEMORY_MB[size], "memory at the first frame, %s, MB", events)
        ->values[SUBJECT_BRIDGETOP] = memory_of(program.screen);
    if (size == 0)
        table_row(&bench->table, AIM_FIRST_BYTES, "first frame, bytes")->values[SUBJECT_BRIDGETOP] =
            program.first.bytes;
    else
        measure_scroll(bench, size, program.screen, events);
    screen_free(program.screen);
}

/* --- rows and load ----------------------------------------------------------------- */

static void measure_new_rows(struct bench *bench, struct screen *screen)
{
    struct samples bytes = {0};
    prepare(screen, "4G");
    for (int i = 0; i < bench->rows; i++) {
        size_t before = screen_bytes(screen);
        if (!load_one(bench->load, bench->port))
            give_up("an event", "was not answered 200");
        (void)screen_wait_quiet(screen, QUIET_MS, WATCH_LIMIT_MS);
        samples_add(&bytes, (double)(screen_bytes(screen) - before));
    }
    table_row(&bench->table, AIM_ROW_BYTES, "a new row, p50, bytes")->values[SUBJECT_BRIDGETOP] =
        samples_percentile(&bytes, 50);
}

static void print_rate(int rate, const struct load_result *result)
{
    (void)printf("load of %d events/s: %.0f/s sent over %.1f s, %lld of %lld answered 200, "
                 "%lld otherwise\n",
                 rate, (double)result->sent / result->seconds, result->seconds,
                 (long long)result->stored, (long long)result->sent, (long long)result->refused);
}

static void start_load(struct bench *bench, int rate)
{
    struct error error;
    const struct load_plan plan = {.port = bench->port,
                                   .connections = LOAD_CONNECTIONS,
                                   .keep_alive = true,
                                   .rate = rate,
                                   .count = load_left(bench->load),
                                   .cpu = -1};
    if (!load_start(bench->load, &plan, &error))
        give_up("the load", error.message);
}

static void measure_frames_under_load(struct bench *bench, struct screen *screen, int rate)
{
    (void)screen_wait_quiet(screen, QUIET_MS, WATCH_LIMIT_MS);
    start_load(bench, rate);
    screen_pump(screen, 500);
    size_t before = screen_bytes(screen);
    int frames = watch_frames(screen, bench->load_s * 1000);
    double bytes = (double)(screen_bytes(screen) - before);
    struct load_result result = load_stop(bench->load);
    print_rate(rate, &result);
    table_row(&bench->table, AIM_FRAMES_A_S, "frames a second at %d events/s", rate)
        ->values[SUBJECT_BRIDGETOP] = (double)frames / bench->load_s;
    table_row(&bench->table, AIM_KB_A_S, "kB a second at %d events/s", rate)
        ->values[SUBJECT_BRIDGETOP] = bytes / 1000 / bench->load_s;
}

/* All panes at once: the cursor moves in the endpoints' while rows arrive in the live one. */
static void measure_keys_under_load(struct bench *bench, const char *store, int rate)
{
    static struct key_costs costs;
    struct started program = start_bridgetop(bench, store, 120, 40);
    prepare(program.screen, "1");
    start_load(bench, rate);
    screen_pump(program.screen, 500);
    press(program.screen, MOVES, bench->keys, 1, watch_bars, &costs);
    double memory = memory_of(program.screen);
    struct load_result result = load_stop(bench->load);
    print_rate(rate, &result);
    table_row(&bench->table, FIGURE_NONE, "cursor move, %d events/s, p50, ms", rate)
        ->values[SUBJECT_BRIDGETOP] = samples_percentile(&costs.ms, 50);
    table_row(&bench->table, AIM_KEY_LOAD_P99_MS, "cursor move, %d events/s, p99, ms", rate)
        ->values[SUBJECT_BRIDGETOP] = samples_percentile(&costs.ms, 99);
    table_row(&bench->table, AIM_MEMORY_LOAD_MB, "memory at %d events/s, MB", rate)
        ->values[SUBJECT_BRIDGETOP] = memory;
    screen_free(program.screen);
}

/* From the last key of each query until something that was found is shown, with all of the store's
   file in the system's memory or with none of it. */
static void measure_query(struct bench *bench, struct screen *screen, const char *store,
                          const char *const queries[], double aim, const char *what)
{
    for (int cold = 0; cold < 2; cold++) {
        struct samples ms = {0};
        struct error error;
        for (size_t i = 0; queries[i] != NULL; i++) {
            prepare(screen, "f");
            if (cold ? !stores_chill(store, &error) : !stores_warm(store, &error))
                give_up("the store", error.message);
            samples_add(&ms, watch_query(screen, queries[i]));
            prepare(screen, "\033");
        }
        table_row(&bench->table, aim, "query to first results, %s, %s, worst, ms", what,
                  cold ? "cold" : "warm")
            ->values[SUBJECT_BRIDGETOP] = samples_percentile(&ms, 100);
    }
}

static void measure_queries(struct bench *bench, const char *store)
{
    static const char *const NEAR[] = {"status:payment_processed", "wire", "!verified sepa", NULL};
    static const char *const FAR[] = {"until:20d amount", NULL};
    static const char *const NONE[] = {"\"nowhere to be found\"", "!hooks", NULL};
    struct started program = start_bridgetop(bench, store, 80, 24);
    prepare(program.screen, "4");
    measure_query(bench, program.screen, store, NEAR, AIM_QUERY_MS, "near");
    measure_query(bench, program.screen, store, FAR, AIM_QUERY_MS, "20 days down");
    measure_query(bench, program.screen, store, NONE, FIGURE_NONE, "there are none");
    screen_free(program.screen);
}

/* Signed when they are needed: a signature is good for ten minutes. A load takes all that are left
   and is stopped, so each gets a share of its own. */
static void make_load(struct bench *bench, int rate, int seconds)
{
    struct error error;
    load_free(bench->load);
    corpus_free(bench->corpus);
    bench->load = NULL;
    bench->corpus = corpus_new(bench->sender, "/hooks/1", (size_t)rate * (size_t)seconds,
                               (uint64_t)child_clock_ns(), &error);
    if (bench->corpus != NULL)
        bench->load = load_new(bench->corpus, &error);
    if (bench->load == NULL)
        give_up("the load", error.message);
}

static void measure_largest(struct bench *bench)
{
    const int keys_s = 1 + bench->keys * KEY_MS / 1000;
    char path[STORES_PATH_MAX];
    struct error error;
    if (!stores_get(bench->folder, bench->sizes[SIZES - 1], path, &error))
        give_up("the store", error.message);
    tell("queries");
    measure_queries(bench, path);
    tell("keys and rows");
    struct started program = start_bridgetop(bench, path, 80, 24);
    prepare(program.screen, "4kkk");
    measure_moves(bench, SUBJECT_BRIDGETOP, program.screen, MOVES);
    make_load(bench, bench->rows, 1);
    measure_new_rows(bench, program.screen);
    tell("load");
    make_load(bench, 1000, bench->load_s + 1);
    measure_frames_under_load(bench, program.screen, 1000);
    screen_free(program.screen);
    make_load(bench, 1000, keys_s);
    measure_keys_under_load(bench, path, 1000);
    make_load(bench, 5000, keys_s);
    measure_keys_under_load(bench, path, 5000);
}

/* --- others ------------------------------------------------------------------------ */

static bool is_installed(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/usr/bin/%s", name);
    return access(path, X_OK) == 0;
}

static void measure_other(struct bench *bench, enum subject subject,
                          struct started (*begin)(struct bench *bench), const char *const moves[2])
{
    struct samples first = {0};
    struct started program = {0};
    for (int i = 0; i <= bench->starts; i++) {
        screen_free(program.screen);
        program = begin(bench);
        if (i > 0)
            samples_add(&first, program.first.ms);
    }
    screen_pump(program.screen, SETTLE_MS);
    char events[NAME_SIZE], what[NAME_SIZE + 4];
    name_size(events, 0);
    table_row(&bench->table, FIGURE_NONE, "start to first frame, %s, p50, ms", events)
        ->values[subject] = samples_percentile(&first, 50);
    table_row(&bench->table, FIGURE_NONE, "memory at the first frame, %s, MB", events)
        ->values[subject] = memory_of(program.screen);
    table_row(&bench->table, FIGURE_NONE, "first frame, bytes")->values[subject] =
        program.first.bytes;
    measure_moves(bench, subject, program.screen, moves);
    name_size(events, bench->sizes[1]);
    (void)snprintf(what, sizeof what, ", %s", events);
    /* htop has few processes to show. */
    measure_pages(bench, subject, program.screen, subject == SUBJECT_HTOP ? 1 : PAGES_IN_A_ROW,
                  what);
    screen_free(program.screen);
}

/* --- idle -------------------------------------------------------------------------- */

/* The first answers have come, and the header's figures are those of what came before. Bridge's
   list of events is gone through once, gently, which is no idling either. */
enum { IDLERS = 4, FIRST_ANSWERS_MS = 7000, FIRST_PASS_MS = 5 * 60 * 1000 };

struct idler {
    const char *how; /* bridgetop's are told apart */
    enum subject subject;
    struct screen *screen;
    struct usage before;
    size_t bytes;
};

static struct screen *start_asking(struct bench *bench, struct sandbox_client **sandbox)
{
    struct error error;
    char store[256];
    *sandbox = sandbox_client_start(
        &bench->home, (const char *const[]){"--demo", "--rate", "0", "--quiet", NULL}, &error);
    if (*sandbox == NULL)
        give_up("the sandbox", error.message);
    char *argv[] = {(char *)bench->program,
                    (char *)"--api-url",
                    (char *)sandbox_client_url(*sandbox),
                    (char *)"--listen",
                    (char *)"127.0.0.1:0",
                    (char *)"--db",
                    (char *)child_home_path(&bench->home, "asking.db", store, sizeof store),
                    NULL};
    return start(bench, argv, (const char *const[]){"BRIDGE_API_KEY=sk-sandbox-bridgetop", NULL},
                 120, 40, "API ok")
        .screen;
}

static void begin_idling(struct idler *idler)
{
    if (!usage_read(screen_pid(idler->screen), &idler->before))
        give_up("idling", "the program ended");
    idler->bytes = screen_bytes(idler->screen);
}

static void end_idling(struct bench *bench, struct idler *idler, double seconds)
{
    struct usage after;
    if (!usage_read(screen_pid(idler->screen), &after))
        give_up("idling", "the program ended");
    table_row(&bench->table, AIM_IDLE_CPU_PERCENT, "idle%s, CPU of one core, %%", idler->how)
        ->values[idler->subject] = (after.cpu_ms - idler->before.cpu_ms) / seconds / 10;
    table_row(&bench->table, AIM_IDLE_WAKEUPS, "idle%s, wake-ups a second", idler->how)
        ->values[idler->subject] = (double)(after.wakeups - idler->before.wakeups) / seconds;
    table_row(&bench->table, AIM_CLOCK_BYTES * 60, "idle%s, bytes a minute", idler->how)
        ->values[idler->subject] =
        (double)(screen_bytes(idler->screen) - idler->bytes) * 60 / seconds;
}

/* Pane 5 says while it is going through the list. */
static void await_first_pass(struct screen *screen)
{
    bool seen = screen_keys(screen, "5") &&
                screen_wait_text(screen, "Nothing is missing", SCREEN_LIMIT_MS) &&
                screen_wait_no_text(screen, "so far)", FIRST_PASS_MS) && screen_keys(screen, "1") &&
                screen_wait_quiet(screen, QUIET_MS, WATCH_LIMIT_MS);
    if (!seen)
        give_up("idling", "the list of events was not gone through");
}

/* All at the same time: none of them does anything. The sandbox that bridgetop asks is a process of
   its own, sends nothing, and is not counted. */
static void measure_idle(struct bench *bench)
{
    enum { ASKING = 1 };
    struct idler idlers[IDLERS];
    size_t count = 0;
    char path[STORES_PATH_MAX];
    struct error error;
    struct sandbox_client *sandbox;
    tell("idle");
    if (!stores_get(bench->folder, bench->sizes[SIZES - 1], path, &error))
        give_up("the store", error.message);
    idlers[count++] = (struct idler){.how = ", listening only",
                                     .subject = SUBJECT_BRIDGETOP,
                                     .screen = start_bridgetop(bench, path, 80, 24).screen};
    idlers[count++] = (struct idler){
        .how = "", .subject = SUBJECT_BRIDGETOP, .screen = start_asking(bench, &sandbox)};
    if (bench->table.absent[SUBJECT_HTOP] == NULL)
        idlers[count++] =
            (struct idler){.how = "", .subject = SUBJECT_HTOP, .screen = start_htop(bench).screen};
    if (bench->table.absent[SUBJECT_TIG] == NULL)
        idlers[count++] =
            (struct idler){.how = "", .subject = SUBJECT_TIG, .screen = start_tig(bench).screen};
    if (!bench->quick)
        await_first_pass(idlers[ASKING].screen);
    for (size_t i = 0; i < count; i++)
        screen_pump(idlers[i].screen, bench->quick ? SETTLE_MS : FIRST_ANSWERS_MS / (int)count);
    for (size_t i = 0; i < count; i++)
        begin_idling(&idlers[i]);
    int64_t start_ns = child_clock_ns();
    while (child_clock_ns() - start_ns < (int64_t)bench->idle_s * 1000000000)
        for (size_t i = 0; i < count; i++)
            screen_pump(idlers[i].screen, 50);
    double seconds = (double)(child_clock_ns() - start_ns) / 1e9;
    for (size_t i = 0; i < count; i++) {
        end_idling(bench, &idlers[i], seconds);
        screen_free(idlers[i].screen);
    }
    (void)sandbox_client_stop(sandbox);
}

/* --- all of it --------------------------------------------------------------------- */

static int64_t number_of(const char *name, int64_t otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? strtoll(value, NULL, 10) : otherwise;
}

static void configure(struct bench *bench, const char *folder)
{
    struct error error;
    bench->quick = number_of("BENCH_QUICK", 0) != 0;
    int64_t events = number_of("BENCH_EVENTS", bench->quick ? 20000 : 1000000);
    bench->sizes[1] = events / 10;
    bench->sizes[2] = events;
    bench->idle_s = (int)number_of("BENCH_IDLE_S", bench->quick ? 4 : 60);
    bench->keys = bench->quick ? 40 : 300;
    bench->starts = bench->quick ? 2 : 7;
    bench->rows = bench->quick ? 8 : 40;
    bench->load_s = bench->quick ? 2 : 10;
    bench->program = child_program();
    bench->folder = realpath(folder, NULL);
    if (bench->folder == NULL)
        give_up(folder, strerror(errno));
    if (bench->program == NULL)
        exit(EXIT_FAILURE);
    bench->held = http_reserve_port(&bench->port, &error);
    if (bench->held < 0 || !child_home_make(&bench->home, &error))
        give_up("a port and a folder", error.message);
    bench->sender = sender_new(&error);
    if (bench->sender == NULL ||
        !child_home_write(&bench->home, "key.pem", sender_public_pem(bench->sender),
                          strlen(sender_public_pem(bench->sender)), &error))
        give_up("a key", error.message);
    bench->table.subjects[SUBJECT_BRIDGETOP] = "bridgetop";
    bench->table.subjects[SUBJECT_HTOP] = "htop";
    bench->table.subjects[SUBJECT_TIG] = "tig";
    bench->table.absent[SUBJECT_HTOP] = is_installed("htop") ? NULL : "not installed";
    bench->table.absent[SUBJECT_TIG] =
        is_installed("tig") && is_installed("git") ? NULL : "not installed";
}

static void print_head(const struct bench *bench)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    (void)printf("bridgetop's interface: %ld cores, load %.1f at the start; %d keys, %d starts, "
                 "%d s idle%s\n",
                 sysconf(_SC_NPROCESSORS_ONLN), load, bench->keys, bench->starts, bench->idle_s,
                 bench->quick ? "; quick, not for comparing" : "");
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench_ui FOLDER (for stores), with BRIDGETOP_BIN\n");
        return EXIT_FAILURE;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    configure(&bench, argv[1]);
    print_head(&bench);
    for (size_t i = 0; i < SIZES; i++)
        measure_store(&bench, i);
    measure_largest(&bench);
    if (bench.table.absent[SUBJECT_HTOP] == NULL) {
        tell("htop");
        measure_other(&bench, SUBJECT_HTOP, start_htop, ARROWS);
    }
    if (bench.table.absent[SUBJECT_TIG] == NULL) {
        tell("tig");
        struct error error;
        if (!history_make(&bench.home, &error))
            give_up("tig's history", error.message);
        measure_other(&bench, SUBJECT_TIG, start_tig, MOVES);
    }
    measure_idle(&bench);
    size_t missed = table_print(&bench.table);
    (void)printf("%zu above their aim\n", missed);
    load_free(bench.load);
    corpus_free(bench.corpus);
    sender_free(bench.sender);
    child_home_remove(&bench.home);
    free(bench.folder);
    (void)close(bench.held);
    return EXIT_SUCCESS;
}
