/*
 * What is handed on is neither lost nor turned round: `make forward-soak`.
 *
 * Events of many objects are sent to `bridgetop listen`, which hands them on to an application. The
 * application is killed and started again at random moments, and so is bridgetop; the application
 * also refuses some and hangs up on some. At the end the application has taken each event at least
 * once, and of one object never an event before the one before it: what comes again is the one
 * that came last. Nothing comes again but what a kill or a broken connection left open, and nothing
 * at all after a last, orderly, new beginning.
 *
 * With FORWARD_ANSWER=app the application's own answers go back, and it is the senders who try
 * again
 * (--answer app): then an event has as many forwards as it was asked for.
 *
 * Environment: FORWARD_EVENTS (10000), FORWARD_APP_KILLS (5), FORWARD_KILLS (3), FORWARD_SEED (from
 * the clock; it is printed), BRIDGETOP_BIN (build/bridgetop).
 */
#include "tests/forward/application.h"
#include "tests/forward/senders.h"

#include "api/forward_store.h"
#include "api/store_private.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS = 10000,
    APP_KILLS = 5,
    KILLS = 3,
    OBJECTS_MAX = 500,
    EVENTS_AN_OBJECT = 20,
    KILLS_MAX = 64,
    AWAY_MAX_MS = 1500,
    UNDER_WAY = 8, /* requests at once: what one kill can have come again */
    LIMIT_MS = 5 * 60 * 1000,
    LOOK_MS = 2,
};

struct soak {
    char directory[64];
    char store[96];
    char key_file[96];
    char notes[96];
    char application_url[64];
    char address[32];
    uint16_t port;
    const char *program;
    pid_t pid;
    struct application application;
    struct signing_key *key;
    uint64_t seed;
    uint32_t objects, events; /* events of each object */
    const char *answer;       /* "store" or "app" */
    int app_kills, kills;
    int64_t began_ms;
};

static struct soak soak;

/* --- small things ----------------------------------------------------------------- */

static uint64_t next_random(void)
{
    soak.seed = soak.seed * 6364136223846793005u + 1442695040888963407u;
    return soak.seed >> 33;
}

static int64_t steady_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void rest(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static int number_from(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? (int)strtol(text, NULL, 10) : otherwise;
}

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

static void stop_bridgetop(int signal)
{
    if (soak.pid <= 0)
        return;
    (void)kill(soak.pid, signal);
    (void)waitpid(soak.pid, NULL, 0);
    soak.pid = 0;
}

static void tidy(void)
{
    stop_bridgetop(SIGKILL);
    application_kill(&soak.application);
    if (soak.directory[0] != '\0')
        (void)nftw(soak.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    soak.directory[0] = '\0';
}

static void fail(const char *what, long number)
{
    (void)fprintf(stderr, "forward: %s (%ld)\n", what, number);
    tidy();
    exit(1);
}

static void check_time(const char *what)
{
    if (steady_ms() - soak.began_ms > LIMIT_MS)
        fail(what, (long)application_count(&soak.application));
}

/* --- bridgetop ------------------------------------------------------------------------ */

static uint16_t free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    if (fd >= 0)
        (void)close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

/* What it says of itself, an error above all, is the test's own output. */
static void start_bridgetop(void)
{
    (void)fflush(NULL);
    soak.pid = fork();
    if (soak.pid != 0)
        return;
    int nowhere = open("/dev/null", O_RDWR);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(nowhere, STDIN_FILENO);
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
    (void)unsetenv("BRIDGE_API_KEY");
    (void)execl(soak.program, soak.program, "listen", "--config", "none", "--db", soak.store,
                "--listen", soak.address, "--public-key", soak.key_file, "--forward",
                soak.application_url, "--answer", soak.answer, (char *)NULL);
    _exit(127);
}

static void check_bridgetop(void)
{
    int status;
    if (soak.pid > 0 && waitpid(soak.pid, &status, WNOHANG) == soak.pid) {
        soak.pid = 0;
        fail("bridgetop has ended by itself", status);
    }
}

/* --- the store -------------------------------------------------------------------------- */

static int64_t query(const char *sql)
{
    struct store *store = store_open(soak.store, STORE_READ, NULL);
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (store != NULL && sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    store_close(store);
    return value;
}

static void wait_until_nothing_waits(void)
{
    while (query("SELECT count(*) FROM forwards WHERE state = 1") != 0) {
        check_bridgetop();
        check_time("some still wait");
        rest(50);
    }
}

/* --- what must hold ----------------------------------------------------------------------- */

/* Of each object each event, in order; what comes again is the last. Returns how many do. */
static long check_notes(void)
{
    size_t count;
    long again = 0;
    struct note *notes = application_notes(&soak.application, &count);
    int64_t *last = calloc(soak.objects, sizeof *last);
    if (notes == NULL || last == NULL)
        fail("the application's notes cannot be read", 0);
    for (uint32_t i = 0; i < soak.objects; i++)
        last[i] = -1;
    for (size_t i = 0; i < count; i++) {
        if (notes[i].object >= soak.objects || notes[i].number >= soak.events)
            fail("an event that nobody sent", (long)i);
        int64_t *now = &last[notes[i].object];
        if (notes[i].number == *now)
            again++;
        else if (notes[i].number != *now + 1)
            fail("out of order, or twice", (long)i);
        *now = notes[i].number;
    }
    for (uint32_t i = 0; i < soak.objects; i++)
        if (last[i] != (int64_t)soak.events - 1)
            fail("lost: an object's events end with", (long)last[i]);
    free(notes);
    free(last);
    return again;
}

/* --- the run ---------------------------------------------------------------------------------- */

/* When something is killed: once so many events have been taken. */
struct moment {
    uint32_t at;
    bool is_application;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *one = a;
    const struct moment *other = b;
    return (one->at > other->at) - (one->at < other->at);
}

static int choose_moments(struct moment moments[KILLS_MAX])
{
    int count = 0;
    uint32_t all = soak.objects * soak.events;
    for (int i = 0; i < soak.app_kills + soak.kills && count < KILLS_MAX; i++)
        moments[count++] = (struct moment){.at = (uint32_t)(next_random() % all),
                                           .is_application = i < soak.app_kills};
    qsort(moments, (size_t)count, sizeof moments[0], by_time);
    return count;
}

static void kill_one(const struct moment *moment)
{
    if (!moment->is_application) {
        stop_bridgetop(SIGKILL);
        start_bridgetop();
        return;
    }
    application_kill(&soak.application);
    rest((long)(next_random() % AWAY_MAX_MS));
    if (!application_start(&soak.application, next_random()))
        fail("the application cannot be started again", soak.application.port);
}

static void run(void)
{
    struct moment moments[KILLS_MAX];
    int count = choose_moments(moments);
    int next = 0;
    uint32_t all = soak.objects * soak.events;
    struct senders_config config = {soak.port, soak.key, soak.objects, soak.events};
    struct senders *senders = senders_start(&config);
    if (senders == NULL)
        fail("no senders", 0);
    while (senders_accepted(senders) < all || next < count) {
        check_bridgetop();
        check_time("not all are accepted and taken");
        if (next < count && application_count(&soak.application) >= moments[next].at)
            kill_one(&moments[next++]);
        else
            rest(LOOK_MS);
    }
    senders_join(senders);
    wait_until_nothing_waits();
}

static void write_key(void)
{
    struct error error = {0};
    soak.key = signing_key_generate(&error);
    FILE *file = soak.key != NULL ? fopen(soak.key_file, "w") : NULL;
    if (file == NULL || fputs(signing_key_public_pem(soak.key), file) < 0 || fclose(file) != 0)
        fail("no key", 0);
}

static void set_up(void)
{
    int events = number_from("FORWARD_EVENTS", EVENTS);
    const char *program = getenv("BRIDGETOP_BIN");
    const char *answer = getenv("FORWARD_ANSWER");
    soak.program = program != NULL ? program : "build/bridgetop";
    soak.answer = answer != NULL && strcmp(answer, "app") == 0 ? "app" : "store";
    soak.objects = (uint32_t)(events / EVENTS_AN_OBJECT);
    soak.objects = soak.objects > OBJECTS_MAX ? OBJECTS_MAX : soak.objects > 0 ? soak.objects : 1;
    soak.events = (uint32_t)events / soak.objects;
    soak.app_kills = number_from("FORWARD_APP_KILLS", APP_KILLS);
    soak.kills = number_from("FORWARD_KILLS", KILLS);
    soak.seed = (uint64_t)number_from("FORWARD_SEED", (int)(time(NULL) & 0x7fffffff));
    (void)printf("forward: FORWARD_SEED=%" PRIu64 "\n", soak.seed);
    soak.began_ms = steady_ms();
    strcpy(soak.directory, "/tmp/bridgetop-forward-XXXXXX");
    if (mkdtemp(soak.directory) == NULL)
        fail("no folder", 0);
    (void)snprintf(soak.store, sizeof soak.store, "%s/store.db", soak.directory);
    (void)snprintf(soak.key_file, sizeof soak.key_file, "%s/public.pem", soak.directory);
    (void)snprintf(soak.notes, sizeof soak.notes, "%s/notes", soak.directory);
    soak.application.notes = soak.notes;
    write_key();
    if (!application_start(&soak.application, next_random()))
        fail("the application cannot be started", 0);
    soak.port = free_port();
    (void)snprintf(soak.address, sizeof soak.address, "127.0.0.1:%u", (unsigned)soak.port);
    (void)snprintf(soak.application_url, sizeof soak.application_url, "http://127.0.0.1:%u/app",
                   (unsigned)soak.application.port);
}

/* An orderly end and a new beginning: what is done is done. */
static void begin_once_more(void)
{
    enum { WATCH_MS = 1500 };
    size_t before = application_count(&soak.application);
    stop_bridgetop(SIGTERM);
    start_bridgetop();
    rest(WATCH_MS);
    check_bridgetop();
    if (application_count(&soak.application) != before)
        fail("something was handed on again after a restart",
             (long)application_count(&soak.application));
}

int main(void)
{
    set_up();
    start_bridgetop();
    run();
    long again = check_notes();
    int64_t rows = query("SELECT count(DISTINCT delivery_id) FROM forwards WHERE state = 2");
    if (strcmp(soak.answer, "store") == 0 &&
        query("SELECT count(*) FROM forwards WHERE state <> 2") != 0)
        fail("not all are done", 0);
    if (query("SELECT count(*) FROM forwards WHERE state = 2") != rows)
        fail("some are done twice", (long)rows);
    if (rows != (int64_t)soak.objects * soak.events)
        fail("not every event is done", (long)rows);
    if (again > (soak.app_kills + soak.kills) * UNDER_WAY)
        fail("more came again than the kills left open", again);
    begin_once_more();
    int64_t tries = query("SELECT sum(tries) FROM forwards");
    (void)printf("forward: %" PRIu32 " events of %" PRIu32 " objects, application killed %d times, "
                 "bridgetop %d times: each taken, in order; %ld came again; %" PRId64
                 " tries, %.1f s\n",
                 soak.objects * soak.events, soak.objects, soak.app_kills, soak.kills, again, tries,
                 (double)(steady_ms() - soak.began_ms) / 1000);
    signing_key_free(soak.key);
    tidy();
    return 0;
}
