/*
 * All of it together, for long: `make soak HOURS=…`.
 *
 * A sandbox whose API and deliveries go wrong now and then, a relay that loses some deliveries and
 * keeps account of the answers, `bridgetop listen`, which is ended and killed and started again,
 * and a dashboard beside it in a pseudo-terminal, in which keys are pressed. Memory, descriptors
 * and threads of each are to stay flat; at the end, every event that was answered 200 is in the
 * store, byte for byte, and none is twice.
 *
 *   HOURS=N, SOAK_MINUTES=N, SOAK_S=N   how long (10 minutes)
 *   SOAK_RATE=N                         events a minute (900); each goes to two endpoints
 *   SOAK_SEED=N                         of what goes wrong, and of the keys
 */
#include "tests/e2e/child.h"
#include "tests/e2e/http.h"
#include "tests/e2e/sandbox_client.h"
#include "tests/e2e/screen.h"
#include "tests/soak/health.h"
#include "tests/soak/ledger.h"
#include "tests/soak/relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LIMIT_MS = 20 * 1000,
    SAMPLE_MS = 1000,
    KEY_MS = 150,
    ESCAPE_MS = 40, /* longer than a program waits for the rest of a key */
    TELL_MS = 60 * 1000,
    LOSES_ONE_IN = 50,
    LIVES = 12, /* of the receiver, at most: the first is half of the time, then they are short */
    LIFE_MIN_MS = 5 * 1000,
    RECEIVERS_MAX = 64,
    DRAIN_MS = 3 * 1000,
    PATH_SIZE = 256,
    ENDPOINTS = 2,
};

#define ORIGIN "https://hooks.example.com"

/* The limits: kilobytes of memory, descriptors, threads. */
static const int64_t RECEIVER_MOST[HEALTH_FIGURES] = {48 * 1024, 64, 12};
static const int64_t DASHBOARD_MOST[HEALTH_FIGURES] = {40 * 1000 * 1000 / 1024, 64, 12};
static const int64_t SANDBOX_MOST[HEALTH_FIGURES] = {96 * 1024, 64, 12};

struct soak {
    const char *program;
    int64_t length_ms;
    int64_t started_ms;
    uint64_t seed;
    struct child_home home;
    char store[PATH_SIZE];
    struct sandbox_client *sandbox;
    pid_t sandbox_pid;
    char endpoints[ENDPOINTS][CONTRACT_ID_MAX + 1];
    struct ledger *ledger;
    struct relay *relay;
    struct screen *dashboard;
    pid_t receiver;
    uint16_t port;
    int held; /* keeps the port ours */
    int kills, ends;
    struct health sandbox_health, dashboard_health;
    struct health receiver_health[RECEIVERS_MAX]; /* one a life */
    int receivers;
};

static struct soak soak;

/* Leaves nothing behind. */
static void clear(void)
{
    screen_free(soak.dashboard);
    if (soak.receiver > 0)
        child_kill(soak.receiver);
    (void)sandbox_client_stop(soak.sandbox);
    child_home_remove(&soak.home);
}

static _Noreturn void give_up(const char *what, const char *why)
{
    (void)fprintf(stderr, "soak: FAILED: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* xorshift64 */
static uint64_t next_random(void)
{
    soak.seed ^= soak.seed << 13;
    soak.seed ^= soak.seed >> 7;
    soak.seed ^= soak.seed << 17;
    return soak.seed;
}

static int64_t number_of(const char *name, int64_t otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? strtoll(value, NULL, 10) : otherwise;
}

static int64_t passed_ms(void)
{
    return child_clock_ms() - soak.started_ms;
}

/* --- the receiver ------------------------------------------------------------------ */

static void begin_health(struct health *health, const char *name, pid_t pid,
                         const int64_t most[HEALTH_FIGURES])
{
    *health = (struct health){.name = name, .pid = pid};
    memcpy(health->most, most, sizeof health->most);
}

static void become_receiver(char *const *environment)
{
    char address[32], errors[PATH_SIZE];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)soak.port);
    const char *argv[] = {soak.program,
                          "listen",
                          "--json",
                          "--config",
                          "none",
                          "--listen",
                          address,
                          "--db",
                          soak.store,
                          "--poll",
                          "2",
                          "--api-url",
                          sandbox_client_url(soak.sandbox),
                          NULL};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int errors_fd = open(child_home_path(&soak.home, "listen.err", errors, sizeof errors),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (dup2(nowhere, STDOUT_FILENO) < 0 || dup2(errors_fd, STDERR_FILENO) < 0)
        _exit(127);
    child_become(soak.home.path, (char *const *)argv, environment);
}

static bool takes_connections(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(soak.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0;
    if (fd >= 0)
        (void)close(fd);
    return taken;
}

static void start_receiver(void)
{
    const char *more[] = {"BRIDGE_API_KEY=sk-sandbox-bridgetop", NULL};
    char **environment = child_environment(&soak.home, NULL, more);
    if (environment == NULL || soak.receivers == RECEIVERS_MAX)
        abort();
    soak.receiver = fork();
    if (soak.receiver == 0)
        become_receiver(environment);
    child_environment_free(environment);
    int64_t until = child_clock_ms() + LIMIT_MS;
    while (!takes_connections()) {
        int code;
        if (child_clock_ms() > until || child_wait(soak.receiver, 0, &code))
            give_up("the receiver", "does not start");
        (void)poll(NULL, 0, 5);
    }
    begin_health(&soak.receiver_health[soak.receivers++], "listen", soak.receiver, RECEIVER_MOST);
}

static void stop_receiver(bool kill_it)
{
    int code;
    (void)kill(soak.receiver, kill_it ? SIGKILL : SIGTERM);
    if (!child_wait(soak.receiver, LIMIT_MS, &code))
        give_up("the receiver", "does not end");
    soak.receiver = 0;
    if (code != (kill_it ? 128 + SIGKILL : 0))
        give_up("the receiver", "ended with another code than 0");
    soak.kills += kill_it;
    soak.ends += !kill_it;
}

/* --- what goes wrong --------------------------------------------------------------- */

static void spoil_api(void)
{
    static const char *const FAULTS[] = {
        "{\"kind\":\"500\",\"count\":3}",
        "{\"kind\":\"429\",\"count\":2,\"retry_after\":1}",
        "{\"kind\":\"drop\",\"count\":2}",
        "{\"kind\":\"html\",\"count\":2}",
        "{\"kind\":\"slow\",\"count\":2,\"delay_ms\":800}",
    };
    if (!sandbox_client_fault(soak.sandbox, FAULTS[next_random() % 5]))
        give_up("the sandbox", "takes no fault");
}

/* The second endpoint's deliveries; the first one's are always right. */
static void spoil_signatures(void)
{
    static const char *const WAYS[] = {"wrong_key", "stale", "single_hash", "tampered", "official"};
    size_t way = next_random() % 8; /* right for half of the time */
    if (!sandbox_client_sign_with(soak.sandbox, soak.endpoints[1], WAYS[way < 4 ? way : 4]))
        give_up("the sandbox", "does not sign otherwise");
}

/* --- the dashboard ----------------------------------------------------------------- */

/* Pressed wherever those before have led: nothing that does something by itself. Help does what its
   selected row says on Enter, and one of them quits. */
static const char *const ANYWHERE[] = {
    "j", "k", "j", "k", "g",  "G",  "\t", "\033[Z", "1",       "2",       "3",    "4",    "h", "l",
    "H", "L", "J", "K", "z",  "w",  "o",  "O",      "T",       "F",       "m",    "R",    " ", "*",
    "=", "?", "n", "N", "yb", "yi", "/",  "f",      "\033[5~", "\033[6~", "\014", "\033",
};

/* Pressed in the lists, once everything that was open has been left. */
static const char *const IN_LISTS[] = {
    "\r",
    "4\r",
    "2\r",
    "/card\r",
    "/\033[A\r",
    "4ftransfer\r",
    "4fstatus:payment_processed since:2h\r",
    "4f!verified\r",
    ":sort size\r",
    ":theme light\r",
    ":theme dark\r",
    ":refresh\r",
    "e",
    "s",
    "D",
    "c",
    "x",
};

static void send_keys(const char *keys)
{
    int code = -1;
    if (screen_keys(soak.dashboard, keys))
        return;
    if (child_wait(screen_pid(soak.dashboard), LIMIT_MS, &code))
        (void)fprintf(stderr, "soak: the dashboard has ended with %d\n", code);
    give_up("the dashboard", "takes no keys");
}

static void leave(void)
{
    for (int i = 0; i < 4; i++) {
        send_keys("\033");
        screen_pump(soak.dashboard, ESCAPE_MS);
    }
}

static void press_something(void)
{
    static const int SIZES[][2] = {{80, 24}, {120, 40}, {200, 60}, {40, 10}, {132, 30}};
    if (next_random() % 64 == 0) {
        const int *size = SIZES[next_random() % 5];
        screen_resize(soak.dashboard, size[0], size[1]);
    }
    if (next_random() % 4 != 0) {
        send_keys(ANYWHERE[next_random() % (sizeof ANYWHERE / sizeof ANYWHERE[0])]);
        return;
    }
    leave();
    send_keys(IN_LISTS[next_random() % (sizeof IN_LISTS / sizeof IN_LISTS[0])]);
}

static void start_dashboard(void)
{
    char address[32];
    struct error error = {0};
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)soak.port);
    const char *argv[] = {
        soak.program, "--config", "none",     "--read-only", "--listen",
        address,      "--db",     soak.store, "--api-url",   sandbox_client_url(soak.sandbox),
        NULL};
    const struct screen_options options = {
        .argv = (char *const *)argv,
        .home = &soak.home,
        .environment = (const char *const[]){"BRIDGE_API_KEY=sk-sandbox-bridgetop", NULL},
        .width = 160,
        .height = 40};
    soak.dashboard = screen_start(&options, &error);
    if (soak.dashboard == NULL)
        give_up("the dashboard", error.message);
    if (!screen_wait_text(soak.dashboard, "receiver: pid", LIMIT_MS))
        give_up("the dashboard", "does not follow the receiver");
    begin_health(&soak.dashboard_health, "dashboard", screen_pid(soak.dashboard), DASHBOARD_MOST);
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Whatever was open: it still shows, and ends when asked to. */
static void end_dashboard(void)
{
    leave();
    screen_resize(soak.dashboard, 160, 40);
    if (!screen_keys(soak.dashboard, "4G") ||
        !screen_wait_text(soak.dashboard, "receiver: pid", LIMIT_MS))
        give_up("the dashboard", "does not show the receiver any more");
    for (int i = 0; i < 8 && !has_ended(screen_pid(soak.dashboard)); i++) {
        (void)screen_keys(soak.dashboard, "q");
        screen_pump(soak.dashboard, KEY_MS);
    }
    int code = screen_wait_exit(soak.dashboard, LIMIT_MS);
    if (code != 0)
        give_up("the dashboard", "does not end with 0");
    screen_free(soak.dashboard);
    soak.dashboard = NULL;
}

/* --- from beginning to end --------------------------------------------------------- */

static void start_sandbox(void)
{
    struct error error = {0};
    char tunnel[96], rate[24], seed[24];
    (void)snprintf(tunnel, sizeof tunnel, ORIGIN "=http://127.0.0.1:%u",
                   (unsigned)relay_port(soak.relay));
    (void)snprintf(rate, sizeof rate, "%lld", (long long)number_of("SOAK_RATE", 900));
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)soak.seed % 100000);
    soak.sandbox = sandbox_client_start(
        &soak.home,
        (const char *const[]){"--tunnel", tunnel, "--rate", rate, "--seed", seed, "--quiet", NULL},
        &error);
    if (soak.sandbox == NULL)
        give_up("the sandbox", error.message);
    if (!sandbox_client_create(soak.sandbox, ORIGIN "/first", true, soak.endpoints[0]) ||
        !sandbox_client_create(soak.sandbox, ORIGIN "/second", true, soak.endpoints[1]))
        give_up("the sandbox", "makes no endpoints");
    begin_health(&soak.sandbox_health, "sandbox", sandbox_client_pid(soak.sandbox), SANDBOX_MOST);
}

static void configure(void)
{
    struct error error = {0};
    int64_t minutes = number_of("SOAK_MINUTES", 60 * number_of("HOURS", 0));
    int64_t seconds = number_of("SOAK_S", minutes > 0 ? 60 * minutes : 600);
    soak.length_ms = 1000 * (seconds > 0 ? seconds : 1);
    soak.seed = (uint64_t)number_of("SOAK_SEED", child_clock_ns()) | 1;
    soak.program = child_program();
    if (soak.program == NULL)
        exit(EXIT_FAILURE);
    soak.held = http_reserve_port(&soak.port, &error);
    if (soak.held < 0 || !child_home_make(&soak.home, &error))
        give_up("a port and a folder", error.message);
    (void)child_home_path(&soak.home, "store.db", soak.store, sizeof soak.store);
    (void)printf("soak: %lld s, SOAK_SEED=%llu\n", (long long)seconds,
                 (unsigned long long)soak.seed);
}

static void sample(void)
{
    if (!health_sample(&soak.sandbox_health) || !health_sample(&soak.dashboard_health) ||
        (soak.receiver > 0 && !health_sample(&soak.receiver_health[soak.receivers - 1])))
        give_up("a program", "has ended by itself");
}

static void tell(void)
{
    struct ledger_counts counts = ledger_counts(soak.ledger);
    const struct health *receiver = &soak.receiver_health[soak.receivers - 1];
    (void)printf("soak: %4lld s: %zu events, %zu accepted; memory of listen, dashboard, sandbox at "
                 "most %lld, %lld, %lld kB\n",
                 (long long)passed_ms() / 1000, counts.events, counts.accepted,
                 (long long)receiver->highest[HEALTH_RSS_KB],
                 (long long)soak.dashboard_health.highest[HEALTH_RSS_KB],
                 (long long)soak.sandbox_health.highest[HEALTH_RSS_KB]);
}

/* Whether the time that something has is over; then it has the next. */
static bool is_due(int64_t *at_ms, int64_t every_ms)
{
    if (passed_ms() < *at_ms)
        return false;
    *at_ms = passed_ms() + every_ms;
    return true;
}

static void run(void)
{
    int64_t life_ms = soak.length_ms / LIVES > LIFE_MIN_MS ? soak.length_ms / LIVES : LIFE_MIN_MS;
    int64_t sample_at = 0, tell_at = TELL_MS, life_at = soak.length_ms / 2, api_at = 1000,
            signatures_at = 2000;
    while (passed_ms() < soak.length_ms) {
        press_something();
        screen_pump(soak.dashboard, KEY_MS);
        if (is_due(&sample_at, SAMPLE_MS))
            sample();
        if (is_due(&tell_at, TELL_MS))
            tell();
        if (is_due(&api_at, 7000))
            spoil_api();
        if (is_due(&signatures_at, 5000))
            spoil_signatures();
        if (life_at + life_ms / 2 < soak.length_ms && is_due(&life_at, life_ms)) {
            stop_receiver(soak.receivers % 2 == 1);
            screen_pump(soak.dashboard, KEY_MS);
            start_receiver();
        }
    }
}

static void show(const struct health *health)
{
    for (int i = 0; i < HEALTH_FIGURES; i++) {
        int64_t early, late;
        health_medians(health, (enum health_figure)i, &early, &late);
        (void)printf("%-10s %-12s second quarter %8lld, last %8lld, highest %8lld of %8lld\n",
                     health->name, health_figure_name((enum health_figure)i), (long long)early,
                     (long long)late, (long long)health->highest[i], (long long)health->most[i]);
    }
}

static bool judge(const struct health *health)
{
    struct error error;
    bool flat = health_is_flat(health, &error);
    show(health);
    if (!flat)
        (void)fprintf(stderr, "soak: FAILED: %s\n", error.message);
    return flat;
}

static bool judge_all(void)
{
    bool flat = judge(&soak.sandbox_health);
    flat = judge(&soak.dashboard_health) && flat;
    for (int i = 0; i < soak.receivers; i++)
        flat = judge(&soak.receiver_health[i]) && flat;
    return flat;
}

/* Nothing happens any more, and what was under way comes to its end. */
static void wind_down(void)
{
    screen_pump(soak.dashboard, DRAIN_MS);
    end_dashboard();
    if (sandbox_client_stop(soak.sandbox) != 0)
        give_up("the sandbox", "does not end with 0");
    soak.sandbox = NULL;
    relay_stop(soak.relay);
    stop_receiver(false);
}

static bool account(void)
{
    struct ledger_check check;
    struct error error = {0};
    struct ledger_counts counts = ledger_counts(soak.ledger);
    bool right = ledger_check(soak.ledger, soak.store, &check, &error);
    (void)printf("events: %zu sent, %zu accepted; %zu answers of 200, %zu others, %zu deliveries "
                 "lost\nstore: %zu events, %zu repeats; receiver ended %d times, killed %d times\n",
                 counts.events, counts.accepted, counts.answers, counts.refused, counts.unanswered,
                 check.rows, check.repeats, soak.ends, soak.kills);
    if (!right)
        (void)fprintf(stderr, "soak: FAILED: %s\n", error.message);
    if (counts.accepted == 0)
        (void)fprintf(stderr, "soak: FAILED: nothing was accepted\n");
    return right && counts.accepted > 0;
}

int main(void)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    configure();
    (void)atexit(clear);
    soak.ledger = ledger_new();
    soak.relay = relay_start(soak.ledger, soak.port, soak.seed, LOSES_ONE_IN);
    start_sandbox();
    start_receiver();
    start_dashboard();
    soak.started_ms = child_clock_ms();
    run();
    wind_down();
    bool fine = judge_all();
    fine = account() && fine;
    ledger_free(soak.ledger);
    (void)printf("soak: %s\n", fine ? "passed" : "FAILED");
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
