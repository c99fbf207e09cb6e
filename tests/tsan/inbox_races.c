/*
 * The inbox under ThreadSanitizer: `make tsan`.
 *
 * One receiver on one loop, twelve senders, and beside them everything that shares something with
 * its two sides: keys change, answers are ordered, endpoints are written, a watchdog looks in,
 * retention deletes what has just come, and readers with connections of their own search, page and
 * load. Each round is a new inbox on a new store, and is closed while the last answers go out. A
 * data race ends the program with ThreadSanitizer's exit status; what the program finds wrong by
 * itself, with 1.
 *
 * Environment: TSAN_ROUNDS (10).
 */
#include "tests/crash/events.h"

#include "api/inbox.h"
#include "api/store_search.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROUNDS = 10,
    KEPT = 400, /* rows: less than are sent */
    READERS = 2,
    MEDDLE_MS = 2,
    FOUND_MAX = 50,
};

struct reader {
    pthread_t thread;
    struct round *round;
    const char *query;
    long searches, loaded;
};

struct round {
    char directory[64];
    char path[128];
    uv_loop_t loop;
    uv_timer_t meddle;
    uv_async_t all_sent;
    struct inbox *inbox;
    struct listener *listener;
    struct keyring *keyrings[2];
    struct webhook webhooks[2];
    long turns, arrived, removals, repeats, ordered, late;
    struct inbox_turns seen_turns;
    struct senders *senders;
    pthread_t joiner;
    int accepted;
    atomic_bool over;
    struct reader readers[READERS];
};

static struct events events;

static void die(const char *what)
{
    (void)fprintf(stderr, "tsan: %s\n", what);
    exit(1);
}

/* --- what is told on the loop ----------------------------------------------------------- */

static void on_arrived(struct delivery *delivery, const struct inbox_answer *answer, void *context)
{
    struct round *round = context;
    round->arrived++;
    round->ordered += answer->on_demand;
    round->repeats += delivery->attempts > 1;
    if (answer->answer_us >= 0 && delivery->id % 2 == 0) /* as may be done, then */
        delivery_clear(delivery);
}

static void on_answered(int64_t id, const struct inbox_answer *answer, void *context)
{
    (void)id, (void)answer;
    struct round *round = context;
    round->late++;
}

static void on_line(const char *line, void *context)
{
    (void)context;
    if (line != NULL)
        die(line);
}

static void on_removed(const struct inbox_stored *stored, void *context)
{
    struct round *round = context;
    round->removals += stored->deliveries > 0;
}

/* --- what goes on beside ---------------------------------------------------------------- */

/* Both rings have the key, so that every delivery is genuine. */
static void on_meddle(uv_timer_t *timer)
{
    struct round *round = timer->data;
    struct webhook_list list = {.items = round->webhooks,
                                .count = 1 + (size_t)(round->turns / 3 % 2)};
    round->turns++;
    inbox_set_keys(round->inbox, round->keyrings[round->turns % 2]);
    /* Accepted all the same, and every other time some of them later. */
    struct answer_order order = {.status = 200, .left = 3, .delay_ms = round->turns % 4};
    inbox_order_answers(round->inbox, round->turns % 8 != 0 ? &order : &(struct answer_order){0});
    (void)inbox_ordered(round->inbox);
    if (round->turns % 3 == 0)
        inbox_remember_webhooks(round->inbox, &list, NULL);
    if (round->turns % 5 == 0)
        inbox_note(round->inbox,
                   &(struct activity_note){
                       .activity = {.who = ACTIVITY_OWN, .at_ms = 1, .text = "an action"}});
    (void)inbox_is_alive(round->inbox, &round->seen_turns);
}

struct page {
    int64_t ids[FOUND_MAX];
    size_t count;
};

static bool take_id(const struct delivery *summary, void *context)
{
    struct page *page = context;
    if (page->count < FOUND_MAX)
        page->ids[page->count++] = summary->id;
    return page->count < FOUND_MAX;
}

static bool go_on(const struct store_search_progress *progress, void *context)
{
    (void)progress;
    (void)context;
    return true;
}

/* What a row was deleted meanwhile is not there: no error of the reader's. */
static void load_page(struct store *store, const struct page *page, struct reader *reader)
{
    struct error error;
    for (size_t i = 0; i < page->count; i += 7) {
        struct delivery delivery = {0};
        char *body = NULL;
        size_t length;
        if (!store_load_delivery(store, page->ids[i], &delivery, &error))
            continue;
        reader->loaded++;
        (void)store_load_attempts(store, &delivery, &error);
        if (store_load_attempt_body(store, delivery.id, 2, &body, &length, &error))
            free(body);
        delivery_clear(&delivery);
    }
}

static void read_once(struct store *store, struct reader *reader)
{
    static const char *const fails = "a search failed";
    struct error error = {0};
    struct query query;
    struct query_error wrong;
    struct page page = {0};
    struct store_search_progress progress;
    struct store_counts counts;
    if (!query_parse(reader->query, strlen(reader->query), QUERY_ARRIVALS, 0, &query, &wrong))
        die(wrong.message);
    struct store_search search = {
        .query = &query, .limit = FOUND_MAX, .found = take_id, .progress = go_on, .context = &page};
    if (store_search(store, &search, &progress, &error) == STORE_SEARCH_FAILED)
        die(error.message[0] != '\0' ? error.message : fails);
    load_page(store, &page, reader);
    page.count = 0;
    if (!store_recent_deliveries(store, INT64_MAX, FOUND_MAX, take_id, &page, &error) ||
        !store_counts(store, &counts, &error))
        die(error.message);
    load_page(store, &page, reader);
    reader->searches++;
}

static void *read_on(void *context)
{
    struct reader *reader = context;
    struct error error = {0};
    struct store *store = store_open(reader->round->path, STORE_READ, &error);
    if (store == NULL)
        die(error.message);
    while (!atomic_load(&reader->round->over))
        read_once(store, reader);
    store_close(store);
    return NULL;
}

/* --- a round ---------------------------------------------------------------------------- */

static void *join(void *context)
{
    struct round *round = context;
    round->accepted = senders_join(round->senders);
    (void)uv_async_send(&round->all_sent);
    return NULL;
}

static void on_inbox_closed(void *context)
{
    struct round *round = context;
    round->inbox = NULL;
    listener_close(round->listener, NULL, NULL);
}

static void on_all_sent(uv_async_t *async)
{
    struct round *round = async->data;
    uv_close((uv_handle_t *)async, NULL);
    uv_close((uv_handle_t *)&round->meddle, NULL);
    inbox_close(round->inbox, on_inbox_closed, round);
}

static void open_round(struct round *round)
{
    struct error error = {0};
    struct inbox_config config = {.store_path = round->path,
                                  .ambient = ambient_system(),
                                  .window_ms = -1,
                                  .keep = {.count = KEPT},
                                  .arrived = on_arrived,
                                  .answered = on_answered,
                                  .trouble = on_line,
                                  .removed = on_removed,
                                  .context = round};
    strcpy(round->directory, "/tmp/bridgetop-tsan-XXXXXX");
    if (mkdtemp(round->directory) == NULL || uv_loop_init(&round->loop) != 0)
        die("no room for a round");
    (void)snprintf(round->path, sizeof round->path, "%s/store.db", round->directory);
    for (size_t i = 0; i < 2; i++) {
        char *id = i == 0 ? "wep_1" : "wep_2";
        round->webhooks[i] = (struct webhook){.id = id,
                                              .url = "https://example.com/hooks",
                                              .status = WEBHOOK_ACTIVE,
                                              .public_key = events.pem};
        round->keyrings[i] = keyring_new();
        if (round->keyrings[i] == NULL ||
            !keyring_add(round->keyrings[i], id, "https://example.com/hooks", events.pem, &error))
            die(error.message);
    }
    round->inbox = inbox_new(&round->loop, &config, &error);
    if (round->inbox == NULL)
        die(error.message);
    inbox_set_keys(round->inbox, round->keyrings[0]);
    struct listener_config listen = {.address = "127.0.0.1",
                                     .ambient = ambient_system(),
                                     .handler = inbox_handle,
                                     .context = round->inbox};
    round->listener = listener_new(&round->loop, &listen, &error);
    if (round->listener == NULL)
        die(error.message);
}

static void start_threads(struct round *round, uint64_t seed)
{
    static const char *const queries[READERS] = {"wh_1", "category:transfer ab"};
    (void)uv_async_init(&round->loop, &round->all_sent, on_all_sent);
    round->all_sent.data = round;
    (void)uv_timer_init(&round->loop, &round->meddle);
    round->meddle.data = round;
    (void)uv_timer_start(&round->meddle, on_meddle, MEDDLE_MS, MEDDLE_MS);
    for (size_t i = 0; i < READERS; i++) {
        round->readers[i] = (struct reader){.round = round, .query = queries[i]};
        if (pthread_create(&round->readers[i].thread, NULL, read_on, &round->readers[i]) != 0)
            die("no thread");
    }
    events_reset(&events);
    round->senders = senders_start(&events, listener_port(round->listener), seed);
    if (pthread_create(&round->joiner, NULL, join, round) != 0)
        die("no thread");
}

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

static void run_round(uint64_t seed)
{
    static struct round round;
    long searches = 0, loaded = 0;
    memset(&round, 0, sizeof round);
    open_round(&round);
    start_threads(&round, seed);
    (void)uv_run(&round.loop, UV_RUN_DEFAULT);
    (void)pthread_join(round.joiner, NULL);
    atomic_store(&round.over, true);
    for (size_t i = 0; i < READERS; i++) {
        (void)pthread_join(round.readers[i].thread, NULL);
        searches += round.readers[i].searches;
        loaded += round.readers[i].loaded;
        keyring_unref(round.keyrings[i]);
    }
    if (uv_loop_close(&round.loop) != 0)
        die("something is left on the loop");
    (void)nftw(round.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    printf("%d accepted, %ld told (%ld repeats, %ld on demand, %ld of them late), %ld removals, "
           "%ld searches, %ld rows read\n",
           round.accepted, round.arrived, round.repeats, round.ordered, round.late, round.removals,
           searches, loaded);
    /* What is answered on demand has a body of its own, which senders do not count. */
    if (round.accepted + round.ordered < EVENTS || round.arrived < round.accepted ||
        round.repeats == 0 || round.ordered == 0 || round.late == 0 || round.removals == 0 ||
        searches == 0 || loaded == 0)
        die("a round in which not everything went on");
}

int main(void)
{
    const char *given = getenv("TSAN_ROUNDS");
    int rounds = given != NULL && given[0] != '\0' ? (int)strtol(given, NULL, 10) : ROUNDS;
    if (!events_make(&events, 1))
        return 1;
    for (int i = 0; i < rounds; i++)
        run_round((uint64_t)i + 1);
    events_free(&events);
    return 0;
}
