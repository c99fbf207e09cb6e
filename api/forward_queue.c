#include "api/forward_queue.h"

#include "api/backoff.h"
#include "api/contract.h"
#include "api/signing_file.h"
#include "api/store_private.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whose next forward is known. */
struct lane {
    int64_t key;
    int64_t id; /* of that forward */
    int64_t next_ms;
    bool given; /* out */
};

struct forward_queue {
    char *path;
    struct store *store; /* NULL: to be opened */
    dev_t device;
    ino_t inode;
    uint64_t file; /* counts the files that had this name */

    struct lane lanes[FORWARD_LANES_KNOWN];
    size_t lane_count;
    int64_t looked_at; /* of all rows up to this one that wait, the lane is known */
    bool more;         /* there may be others above */
    int64_t held_above;

    struct signing_key *key; /* NULL: not needed yet */
};

void forward_item_clear(struct forward_item *item)
{
    header_list_clear(&item->headers);
    free(item->target);
    free(item->body);
    *item = (struct forward_item){0};
}

bool forward_key_path(const char *store_path, char *path, size_t size)
{
    int length = snprintf(path, size, "%s.replay-key.pem", store_path);
    return length > 0 && (size_t)length < size;
}

/* --- the store ------------------------------------------------------------------- */

struct forward_queue *forward_queue_new(const char *store_path)
{
    struct forward_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL || (queue->path = strdup(store_path)) == NULL) {
        free(queue);
        return NULL;
    }
    queue->more = true;
    queue->held_above = INT64_MAX;
    return queue;
}

/* Lanes that were given out stay: what became of them is still to be heard. */
static void forget_rest(struct forward_queue *queue)
{
    size_t kept = 0;
    for (size_t i = 0; i < queue->lane_count; i++)
        if (queue->lanes[i].given)
            queue->lanes[kept++] = queue->lanes[i];
    queue->lane_count = kept;
    queue->looked_at = 0;
    queue->more = true;
}

static void close_store(struct forward_queue *queue)
{
    store_close(queue->store);
    queue->store = NULL;
    forget_rest(queue);
}

void forward_queue_free(struct forward_queue *queue)
{
    if (queue == NULL)
        return;
    store_close(queue->store);
    signing_key_free(queue->key);
    free(queue->path);
    free(queue);
}

/* A store that was set aside and begun anew has other forwards by the same numbers. */
static bool open_store(struct forward_queue *queue, struct error *error)
{
    struct stat status;
    if (queue->store != NULL)
        return true;
    queue->store = store_open(queue->path, STORE_WRITE, error);
    if (queue->store == NULL)
        return false;
    if (stat(queue->path, &status) != 0)
        status = (struct stat){0};
    if (status.st_dev != queue->device || status.st_ino != queue->inode) {
        queue->file++;
        queue->lane_count = 0;
        queue->device = status.st_dev;
        queue->inode = status.st_ino;
    }
    (void)sqlite3_exec(queue->store->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
    return true;
}

static bool begin(struct forward_queue *queue, struct error *error)
{
    if (!open_store(queue, error))
        return false;
    if (store_begin(queue->store, error))
        return true;
    close_store(queue);
    return false;
}

/* Commits, or takes all of it back: then the file is opened anew for the next time. */
static bool end(struct forward_queue *queue, bool done, struct error *error)
{
    if (done && store_commit(queue->store, error))
        return true;
    store_rollback(queue->store);
    close_store(queue);
    return false;
}

/* --- lanes --------------------------------------------------------------------------- */

static struct lane *find_lane(struct forward_queue *queue, int64_t key)
{
    for (size_t i = 0; i < queue->lane_count; i++)
        if (queue->lanes[i].key == key)
            return &queue->lanes[i];
    return NULL;
}

static void drop_lane(struct forward_queue *queue, struct lane *lane)
{
    *lane = queue->lanes[--queue->lane_count];
}

/* A clock that was wrong when it was written does not put it off for ever. */
static int64_t at_most(int64_t next_ms, int64_t now_ms)
{
    return next_ms < now_ms + FORWARD_PAUSE_MAX_MS ? next_ms : now_ms + FORWARD_PAUSE_MAX_MS;
}

void forward_queue_hold_above(struct forward_queue *queue, int64_t forward_id)
{
    queue->held_above = forward_id;
}

bool forward_queue_newest(struct forward_queue *queue, int64_t *forward_id, struct error *error)
{
    if (!open_store(queue, error))
        return false;
    sqlite3_stmt *statement = store_prepare(queue->store, NEWEST_FORWARD);
    bool read = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
    if (read)
        *forward_id = sqlite3_column_int64(statement, 0);
    else
        (void)store_failed(queue->store, "read", error);
    if (statement != NULL)
        store_finish(statement);
    return read;
}

static bool is_held(const struct forward_queue *queue, sqlite3_stmt *statement, int kind)
{
    return sqlite3_column_int64(statement, 0) > queue->held_above &&
           sqlite3_column_int64(statement, kind) == FORWARD_ARRIVAL;
}

static bool is_due(const struct lane *lane, int64_t now_ms)
{
    return lane->given || lane->next_ms <= now_ms;
}

/* Lanes that wait to be tried again leave room for others: however many an application refuses, the
   rest goes. */
static size_t due_lanes(const struct forward_queue *queue, int64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < queue->lane_count; i++)
        count += is_due(&queue->lanes[i], now_ms);
    return count;
}

static bool may_look_on(const struct forward_queue *queue, size_t due)
{
    return queue->more && due < FORWARD_LANES_MAX && queue->lane_count < FORWARD_LANES_KNOWN;
}

/* Rows that wait, in order, until there is no room for another lane. */
static bool look_on(struct forward_queue *queue, int64_t now_ms, struct error *error)
{
    size_t due = due_lanes(queue, now_ms);
    if (!may_look_on(queue, due))
        return true;
    sqlite3_stmt *statement = store_prepare(queue->store, WAITING_AFTER);
    if (statement == NULL)
        return store_failed(queue->store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, queue->looked_at);
    (void)sqlite3_bind_int(statement, 2, FORWARD_LOOKED_AT);
    int code, rows = 0;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(statement, 0);
        int64_t key = sqlite3_column_int64(statement, 1);
        if (is_held(queue, statement, 3)) {
            code = SQLITE_DONE; /* whoever lets it go looks again */
            break;
        }
        if (find_lane(queue, key) == NULL) {
            if (!may_look_on(queue, due))
                break;
            struct lane *lane = &queue->lanes[queue->lane_count++];
            *lane = (struct lane){.key = key,
                                  .id = id,
                                  .next_ms = at_most(sqlite3_column_int64(statement, 2), now_ms)};
            due += is_due(lane, now_ms);
        }
        queue->looked_at = id;
        rows++;
    }
    queue->more = code == SQLITE_ROW || rows == FORWARD_LOOKED_AT;
    bool read =
        code == SQLITE_ROW || code == SQLITE_DONE || store_failed(queue->store, "read", error);
    store_finish(statement);
    return read;
}

/* The lane has come to the end of its forward: its next one, if there is one. */
static bool move_lane(struct forward_queue *queue, struct lane *lane, int64_t now_ms)
{
    sqlite3_stmt *statement = store_prepare(queue->store, NEXT_IN_LANE);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, lane->key);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && is_held(queue, statement, 2)) {
        drop_lane(queue, lane);
        queue->looked_at = 0;
    } else if (code == SQLITE_ROW)
        *lane = (struct lane){.key = lane->key,
                              .id = sqlite3_column_int64(statement, 0),
                              .next_ms = at_most(sqlite3_column_int64(statement, 1), now_ms)};
    else if (code == SQLITE_DONE)
        drop_lane(queue, lane);
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* --- what became of them -------------------------------------------------------------- */

/* How far it had come. *known: it is there. */
struct progress {
    bool known;
    int64_t tries, failures, queued_ms;
};

static bool load_progress(struct store *store, const struct forward_result *result,
                          struct progress *progress)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_FORWARD_PROGRESS);
    *progress = (struct progress){0};
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, result->id);
    (void)sqlite3_bind_int64(statement, 2, result->delivery_id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *progress = (struct progress){.known = true,
                                      .tries = sqlite3_column_int64(statement, 0),
                                      .failures = sqlite3_column_int64(statement, 1),
                                      .queued_ms = sqlite3_column_int64(statement, 2)};
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static void decide(struct forward_result *result, struct progress *progress, int64_t now_ms,
                   uint64_t random)
{
    result->state = FORWARD_WAITING;
    result->next_ms = now_ms;
    progress->tries++;
    switch (result->outcome) {
    case FORWARD_TAKEN:
        result->state = FORWARD_DONE;
        break;
    case FORWARD_HOPELESS:
        result->state = FORWARD_GIVEN_UP;
        break;
    case FORWARD_UNREACHED:
        result->next_ms += FORWARD_PAUSE_FIRST_MS; /* whoever sends them waits longer */
        if (now_ms - progress->queued_ms >= FORWARD_UNREACHED_MS)
            result->state = FORWARD_GIVEN_UP;
        break;
    case FORWARD_REFUSED:
        if (++progress->failures >= FORWARD_FAILURES_MAX || result->lane < 0) /* not genuine */
            result->state = FORWARD_GIVEN_UP;
        else
            result->next_ms += backoff_pause_ms(
                (unsigned)progress->failures, FORWARD_PAUSE_FIRST_MS, FORWARD_PAUSE_MAX_MS, random);
        break;
    }
}

static bool insert_try(struct store *store, const struct forward_result *result, int64_t number)
{
    const struct forward_try *attempt = &result->attempt;
    sqlite3_stmt *statement = store_prepare(store, INSERT_FORWARD_TRY);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, result->delivery_id);
    (void)sqlite3_bind_int64(statement, 2, result->id);
    (void)sqlite3_bind_int64(statement, 3, number);
    (void)sqlite3_bind_int64(statement, 4, attempt->at_ms);
    (void)sqlite3_bind_int64(statement, 5, attempt->took_us);
    (void)sqlite3_bind_int(statement, 6, attempt->status);
    store_bind_text(statement, 7, attempt->error);
    store_bind_blob(statement, 8, attempt->answer,
                    attempt->answer_length < FORWARD_ANSWER_KEPT ? attempt->answer_length
                                                                 : FORWARD_ANSWER_KEPT);
    if (!store_run(statement))
        return false;
    if (number <= FORWARD_TRIES_KEPT)
        return true;
    statement = store_prepare(store, TRIM_FORWARD_TRIES);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, result->delivery_id);
    (void)sqlite3_bind_int64(statement, 2, result->id);
    (void)sqlite3_bind_int64(statement, 3, number - FORWARD_TRIES_KEPT);
    return store_run(statement);
}

static bool update_forward(struct store *store, const struct forward_result *result,
                           const struct progress *progress)
{
    sqlite3_stmt *statement = store_prepare(store, UPDATE_FORWARD);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, result->id);
    (void)sqlite3_bind_int(statement, 2, (int)result->state);
    (void)sqlite3_bind_int64(statement, 3, progress->tries);
    (void)sqlite3_bind_int64(statement, 4, progress->failures);
    (void)sqlite3_bind_int64(statement, 5, result->next_ms);
    return store_run(statement) && store_note_forwarded(store, result->delivery_id, result->state);
}

/* What is gone from the store, or in another file, has been forgotten there. */
static bool write_result(struct forward_queue *queue, struct forward_result *result, int64_t now_ms,
                         uint64_t random)
{
    struct progress progress = {0};
    result->state = FORWARD_NONE;
    if (result->file != queue->file)
        return true;
    if (!load_progress(queue->store, result, &progress))
        return false;
    if (!progress.known)
        return true;
    decide(result, &progress, now_ms, random);
    result->attempt.number = progress.tries;
    return insert_try(queue->store, result, progress.tries) &&
           update_forward(queue->store, result, &progress);
}

/* Where the next one cannot be read, the lane is looked for again. */
static void settle_lane(struct forward_queue *queue, const struct forward_result *result,
                        int64_t now_ms)
{
    struct lane *lane = find_lane(queue, result->lane);
    if (lane == NULL || lane->id != result->id || result->file != queue->file)
        return;
    lane->given = false;
    if (result->state == FORWARD_WAITING)
        lane->next_ms = result->next_ms;
    else if (!move_lane(queue, lane, now_ms))
        close_store(queue);
}

bool forward_queue_finish(struct forward_queue *queue, struct forward_result *results, size_t count,
                          int64_t now_ms, uint64_t random, struct error *error)
{
    if (count == 0)
        return true;
    if (!begin(queue, error))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < count; i++)
        done =
            write_result(queue, &results[i], now_ms, random + i * UINT64_C(0x9E3779B97F4A7C15)) ||
            store_failed(queue->store, "write", error);
    if (!end(queue, done, error))
        return false;
    for (size_t i = 0; queue->store != NULL && i < count; i++)
        settle_lane(queue, &results[i], now_ms);
    return true;
}

/* --- what is next ------------------------------------------------------------------------ */

static bool load_forward(struct store *store, int64_t id, struct forward_item *item)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_FORWARD);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        int64_t kind = sqlite3_column_int64(statement, 2);
        item->delivery_id = sqlite3_column_int64(statement, 0);
        item->attempt = sqlite3_column_int64(statement, 1);
        item->kind = kind == FORWARD_REPLAY || kind == FORWARD_RESIGNED ? (enum forward_kind)kind
                                                                        : FORWARD_ARRIVAL;
        item->queued_ms = sqlite3_column_int64(statement, 3);
    }
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* It may have come to another endpoint. */
static bool take_target(struct delivery *delivery, const struct attempt *attempt)
{
    if (attempt->target == NULL || attempt->target[0] == '\0')
        return true;
    free(delivery->target);
    delivery->target = strdup(attempt->target);
    return delivery->target != NULL;
}

/* Of a repeat its own path and signature are kept, and its body where that was another one. */
static bool become_repeat(struct store *store, struct delivery *delivery, int64_t number,
                          struct error *error)
{
    if (!store_load_attempts(store, delivery, error))
        return false;
    const struct attempt *attempt = NULL;
    for (size_t i = 0; i < delivery->repeats.count; i++)
        if (delivery->repeats.items[i].number == number)
            attempt = &delivery->repeats.items[i];
    if (attempt == NULL)
        return true; /* it is kept no more: the first one says the same */
    if (!take_target(delivery, attempt))
        return error_set(error, "out of memory");
    if (attempt->signature == NULL)
        header_list_remove(&delivery->headers, CONTRACT_SIGNATURE_HEADER);
    else if (!header_list_set(&delivery->headers, CONTRACT_SIGNATURE_HEADER, attempt->signature))
        return error_set(error, "out of memory");
    if (attempt->body_length < 0)
        return true;
    free(delivery->body);
    delivery->body = NULL;
    return store_load_attempt_body(store, delivery->id, number, &delivery->body,
                                   &delivery->body_length, error);
}

static bool sign_anew(struct forward_queue *queue, struct forward_item *item, int64_t now_ms,
                      uint64_t random, struct error *error)
{
    char path[PATH_MAX];
    if (queue->key == NULL && forward_key_path(queue->path, path, sizeof path))
        queue->key = signing_file_read_or_make(path, random, error);
    if (queue->key == NULL)
        return false;
    char *value = signing_key_sign(queue->key, now_ms, item->body, item->body_length);
    bool signed_anew =
        value != NULL && header_list_set(&item->headers, CONTRACT_SIGNATURE_HEADER, value);
    free(value);
    return signed_anew || error_set(error, "cannot sign it: out of memory");
}

static bool load_payload(struct forward_queue *queue, struct forward_item *item, int64_t now_ms,
                         uint64_t random, struct error *error)
{
    struct delivery delivery = {0};
    bool loaded =
        store_load_delivery(queue->store, item->delivery_id, &delivery, error) &&
        (item->attempt <= 1 || become_repeat(queue->store, &delivery, item->attempt, error));
    if (loaded) {
        item->target = delivery.target;
        item->headers = delivery.headers;
        item->body = delivery.body;
        item->body_length = delivery.body_length;
        delivery.target = delivery.body = NULL;
        delivery.headers = (struct header_list){0};
    }
    delivery_clear(&delivery);
    return loaded &&
           (item->kind != FORWARD_RESIGNED || sign_anew(queue, item, now_ms, random, error));
}

/* False where the store fails; an item that cannot be sent says why itself. */
static bool load_item(struct forward_queue *queue, const struct lane *lane, int64_t now_ms,
                      uint64_t random, struct forward_item *item, struct error *error)
{
    struct error why = {0};
    *item = (struct forward_item){.id = lane->id, .lane = lane->key, .file = queue->file};
    if (!load_forward(queue->store, lane->id, item))
        return store_failed(queue->store, "read", error);
    if (!load_payload(queue, item, now_ms, random, &why))
        item->error = why;
    return true;
}

static struct lane *oldest_due(struct forward_queue *queue, int64_t now_ms)
{
    struct lane *oldest = NULL;
    for (size_t i = 0; i < queue->lane_count; i++) {
        struct lane *lane = &queue->lanes[i];
        if (!lane->given && lane->next_ms <= now_ms && (oldest == NULL || lane->id < oldest->id))
            oldest = lane;
    }
    return oldest;
}

bool forward_queue_take(struct forward_queue *queue, int64_t now_ms, uint64_t random,
                        struct forward_item *items, size_t most, size_t *count, struct error *error)
{
    *count = 0;
    queue->more = true; /* whoever asks has heard of something new, or has waited */
    if (!open_store(queue, error))
        return false;
    if (!look_on(queue, now_ms, error)) {
        close_store(queue);
        return false;
    }
    struct lane *lane;
    while (*count < most && (lane = oldest_due(queue, now_ms)) != NULL) {
        if (!load_item(queue, lane, now_ms, random, &items[*count], error)) {
            forward_item_clear(&items[*count]);
            break; /* what is here is given out; the rest is asked for again */
        }
        lane->given = true;
        ++*count;
    }
    return true;
}

int64_t forward_queue_wait_ms(const struct forward_queue *queue, int64_t now_ms)
{
    int64_t wait = may_look_on(queue, due_lanes(queue, now_ms)) ? 0 : -1;
    for (size_t i = 0; i < queue->lane_count; i++) {
        const struct lane *lane = &queue->lanes[i];
        int64_t until = lane->next_ms > now_ms ? lane->next_ms - now_ms : 0;
        if (!lane->given && (wait < 0 || until < wait))
            wait = until;
    }
    return wait;
}

/* --- the rest ------------------------------------------------------------------------------ */

bool forward_queue_replay(struct forward_queue *queue, const int64_t *ids, size_t count,
                          enum forward_kind kind, int64_t now_ms, size_t *queued,
                          struct error *error)
{
    *queued = 0;
    if (!begin(queue, error))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        int64_t id;
        done = store_queue_replay(queue->store, ids[i], kind, now_ms, &id, error);
        *queued += done && id != 0;
    }
    return end(queue, done, error);
}

bool forward_queue_waiting(struct forward_queue *queue, int64_t *waiting, struct error *error)
{
    return open_store(queue, error) && store_count_waiting(queue->store, waiting, error);
}

bool forward_queue_publish(struct forward_queue *queue, const struct forward_target *target,
                           struct error *error)
{
    return begin(queue, error) &&
           end(queue, store_set_forward_target(queue->store, target, error), error);
}
