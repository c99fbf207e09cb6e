/*
 * What was acknowledged is never lost: `make crash`.
 *
 * A receiver under load is ended at a random moment, again and again on the same store: the
 * program, `bridgetop listen`, with SIGKILL; and one that is built of the same parts
 * (tests/crash/receiver.h) by a power cut, which loses what was not synced (tests/faulty_vfs.h),
 * all of it or some of it. After each time every event that had been answered with 200 must be in
 * the store byte for byte, as one row, with as many attempts as were acknowledged, and the file
 * must be whole. That holds after a power cut only if every 200 left after the sync that covers its
 * row.
 *
 * Environment: CRASH_KILLS (500), CRASH_CUTS (200), CRASH_SEED (from the clock; it is printed),
 * BRIDGETOP_BIN (the program).
 */
#include "tests/crash/events.h"
#include "tests/crash/receiver.h"

#include "api/store_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KILLS = 500, CUTS = 200, ROUNDS_A_STORE = 20, ACCEPTED_MAX = 150, LATER_US = 3000 };

struct totals {
    int rounds;
    int64_t accepted;
    int64_t rows;
    int64_t repeats;
    int64_t lost;       /* writes */
    int without_a_loss; /* rounds */
};

static struct events events;
static const char *program;
static struct child_home home;
static char path[256], key_path[256];

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static bool new_store(void)
{
    child_home_remove(&home);
    if (!child_home_make(&home, NULL) ||
        !child_home_write(&home, "key.pem", events.pem, strlen(events.pem), NULL))
        return false;
    (void)child_home_path(&home, "store.db", path, sizeof path);
    (void)child_home_path(&home, "key.pem", key_path, sizeof key_path);
    return events_reset(&events);
}

/* --- what must be there ----------------------------------------------------------------- */

static bool wrong(const char *what, long number)
{
    (void)fprintf(stderr, "crash: %s (event %ld)\n", what, number);
    return false;
}

static bool is_whole(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    bool whole = sqlite3_prepare_v2(store->db, "PRAGMA integrity_check", -1, &statement, NULL) ==
                     SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW &&
                 strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    (void)sqlite3_finalize(statement);
    return whole;
}

/* One row, exact, with as many attempts as were acknowledged. */
static bool check_row(sqlite3_stmt *row, bool *seen)
{
    long number = -1;
    const char *event_id = (const char *)sqlite3_column_text(row, 0);
    if (event_id != NULL && strncmp(event_id, "wh_", 3) == 0)
        number = strtol(event_id + 3, NULL, 10);
    if (number < 0 || number >= EVENTS)
        return wrong("a row that nobody sent", number);
    const struct event_to_send *event = &events.items[number];
    if (seen[number])
        return wrong("two rows", number);
    seen[number] = true;
    if ((size_t)sqlite3_column_bytes(row, 1) != event->body_length ||
        memcmp(sqlite3_column_blob(row, 1), event->body, event->body_length) != 0)
        return wrong("other bytes", number);
    if (sqlite3_column_int(row, 2) < atomic_load(&event->accepted))
        return wrong("fewer attempts than were acknowledged", number);
    return true;
}

static bool check_rows(struct store *store)
{
    static bool seen[EVENTS];
    sqlite3_stmt *rows = NULL;
    memset(seen, 0, sizeof seen);
    bool right = sqlite3_prepare_v2(store->db,
                                    "SELECT event_id, body, ifnull(attempts, 1) FROM deliveries "
                                    "LEFT JOIN delivery_notes ON delivery_id = id",
                                    -1, &rows, NULL) == SQLITE_OK;
    int code = SQLITE_ERROR;
    while (right && (code = sqlite3_step(rows)) == SQLITE_ROW)
        right = check_row(rows, seen);
    (void)sqlite3_finalize(rows);
    if (right && code != SQLITE_DONE)
        return wrong("rows cannot be read", -1);
    for (long i = 0; right && i < EVENTS; i++)
        if (atomic_load(&events.items[i].accepted) > 0 && !seen[i])
            return wrong("acknowledged, and not there", i);
    return right;
}

/* Reads alone: the next receiver finds the file and its log as they were left. */
static bool check(struct store_counts *counts)
{
    struct error error = {0};
    struct store *store = store_open(path, STORE_READ, &error);
    if (store == NULL) {
        (void)fprintf(stderr, "crash: %s\n", error.message);
        return false;
    }
    bool right = (is_whole(store) || wrong("the file is not whole", -1)) && check_rows(store) &&
                 store_counts(store, counts, &error);
    store_close(store);
    return right;
}

/* --- rounds ------------------------------------------------------------------------------- */

/* Some way into the load, and then some time. */
static void wait_a_while(const struct senders *senders, uint64_t *seed)
{
    senders_wait_for(senders, (int)(next_random(seed) % ACCEPTED_MAX));
    struct timespec later = {.tv_nsec = (long)(next_random(seed) % LATER_US) * 1000};
    (void)nanosleep(&later, NULL);
}

static bool start(struct receiver *receiver, bool cut, uint64_t *seed)
{
    if (!cut)
        return receiver_start_program(receiver, program, &home, path, key_path);
    uint64_t survivors = next_random(seed) % 2 == 0 ? 0 : next_random(seed) | 1;
    return receiver_start_forgetful(receiver, path, events.pem, survivors, next_random(seed));
}

static bool run_round(struct totals *totals, bool cut, uint64_t *seed)
{
    struct receiver receiver = {0};
    struct store_counts counts = {0};
    if ((totals->rounds % ROUNDS_A_STORE == 0 || atomic_load(&events.next) >= EVENTS) &&
        !new_store())
        return wrong("no new store", -1);
    if (!start(&receiver, cut, seed))
        return wrong("the receiver does not start", -1);
    struct senders *senders = senders_start(&events, receiver.port, next_random(seed));
    wait_a_while(senders, seed);
    int lost = cut ? receiver_cut_power(&receiver) : 0;
    bool killed = cut || receiver_kill(&receiver);
    totals->accepted += senders_join(senders);
    totals->lost += lost;
    totals->without_a_loss += lost == 0;
    totals->rounds++;
    if (!killed)
        return wrong("the receiver had ended by itself", -1);
    if (lost < 0)
        return wrong("the power could not be cut", -1);
    if (!check(&counts))
        return false;
    if (totals->rounds % ROUNDS_A_STORE == 0) {
        totals->rows += counts.deliveries;
        totals->repeats += counts.repeats;
    }
    return true;
}

static bool run_rounds(struct totals *totals, int rounds, bool cut, uint64_t *seed)
{
    while (totals->rounds < rounds)
        if (!run_round(totals, cut, seed)) {
            (void)fprintf(stderr, "crash: in round %d; the store is left in %s\n", totals->rounds,
                          home.path);
            return false;
        }
    child_home_remove(&home);
    return true;
}

static int from_environment(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? (int)strtol(text, NULL, 10) : otherwise;
}

int main(void)
{
    struct totals kills = {0}, cuts = {0};
    const char *given = getenv("CRASH_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 "\n", seed);
    program = child_program();
    if (program == NULL || !events_make(&events, seed))
        return 1;
    bool right = run_rounds(&kills, from_environment("CRASH_KILLS", KILLS), false, &seed) &&
                 run_rounds(&cuts, from_environment("CRASH_CUTS", CUTS), true, &seed);
    events_free(&events);
    if (!right)
        return 1;
    printf("%d kills of the program: %" PRId64 " deliveries acknowledged, all there\n",
           kills.rounds, kills.accepted);
    printf("%d power cuts: %" PRId64 " deliveries acknowledged, all there; %" PRId64
           " writes lost, none in %d of the cuts\n",
           cuts.rounds, cuts.accepted, cuts.lost, cuts.without_a_loss);
    bool proved = (kills.rounds == 0 || kills.accepted > 0) &&
                  (cuts.rounds == 0 || (cuts.accepted > 0 && cuts.lost > 0));
    if (!proved)
        printf("NOT PROVED\n");
    return proved ? 0 : 1;
}
