#include "api/forward_store.h"

#include "api/sha256.h"
#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

/* --- queueing ------------------------------------------------------------------ */

/* The first bytes of a SHA-256: objects are spread evenly, and alike wherever the file is written.
 */
static bool lane_of(const char *object_id, const char *event_id, int64_t delivery_id, bool genuine,
                    int64_t *lane)
{
    if (!genuine) {
        *lane = -1 - delivery_id % FORWARD_STRAY_LANES;
        return true;
    }
    unsigned char digest[SHA256_BYTES];
    const char *name = object_id != NULL ? object_id : event_id;
    bool made = name != NULL ? sha256(name, strlen(name), digest)
                             : sha256(&delivery_id, sizeof delivery_id, digest);
    uint64_t number = 0;
    for (size_t i = 0; made && i < sizeof number; i++)
        number = number << 8 | digest[i];
    *lane = (int64_t)(number >> 1);
    return made;
}

enum forward_state store_read_forward_state(sqlite3_stmt *statement, int column)
{
    int64_t state = sqlite3_column_int64(statement, column);
    return state >= FORWARD_NONE && state <= FORWARD_GIVEN_UP ? (enum forward_state)state
                                                              : FORWARD_NONE;
}

static bool same_path(const char *one, const char *other)
{
    size_t length = strcspn(one, "?");
    return length == strcspn(other, "?") && memcmp(one, other, length) == 0;
}

/* An endpoint whose URL has changed is the same one; where its id is not known, the path names it.
   What was handed on of an attempt that is not kept any more (its target is NULL) may have been
   this one's: nothing goes twice. */
static bool same_endpoint(const char *webhook_id, const char *target,
                          const struct delivery *delivery)
{
    if (target == NULL)
        return true;
    if (webhook_id != NULL && delivery->webhook_id != NULL)
        return strcmp(webhook_id, delivery->webhook_id) == 0;
    return same_path(target, delivery->target != NULL ? delivery->target : "");
}

/* Whether the event waits, or has been taken, as it came to this one's endpoint. */
static bool look_before(struct store *store, const struct delivery *delivery,
                        enum forward_state *before)
{
    sqlite3_stmt *statement = store_prepare(store, FIND_FORWARDS);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, delivery->id);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        enum forward_state state = store_read_forward_state(statement, 0);
        if (state > *before &&
            same_endpoint((const char *)sqlite3_column_text(statement, 1),
                          (const char *)sqlite3_column_text(statement, 2), delivery))
            *before = state;
    }
    store_finish(statement);
    return code == SQLITE_DONE;
}

static bool insert_forward(struct store *store, const struct forward *forward, int64_t lane)
{
    sqlite3_stmt *statement = store_prepare(store, QUEUE_FORWARD);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, forward->delivery_id);
    (void)sqlite3_bind_int64(statement, 2, forward->attempt);
    (void)sqlite3_bind_int(statement, 3, (int)forward->kind);
    (void)sqlite3_bind_int64(statement, 4, lane);
    (void)sqlite3_bind_int64(statement, 5, forward->queued_ms);
    return store_run(statement);
}

bool store_note_forwarded(struct store *store, int64_t delivery_id, enum forward_state state)
{
    sqlite3_stmt *statement = store_prepare(store, NOTE_FORWARDED);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, delivery_id);
    (void)sqlite3_bind_int(statement, 2, (int)state);
    return store_run(statement);
}

static bool queue(struct store *store, const struct forward *forward, const char *object_id,
                  const char *event_id, bool genuine, int64_t *id, struct error *error)
{
    int64_t lane;
    if (!lane_of(object_id, event_id, forward->delivery_id, genuine, &lane))
        return error_set(error, "cannot write %s: out of memory", store->path);
    if (!insert_forward(store, forward, lane))
        return store_failed(store, "write", error);
    *id = sqlite3_last_insert_rowid(store->db);
    return store_note_forwarded(store, forward->delivery_id, FORWARD_WAITING) ||
           store_failed(store, "write", error);
}

bool store_queue_forward(struct store *store, const struct delivery *delivery, int64_t now_ms,
                         int64_t *id, enum forward_state *before, struct error *error)
{
    struct forward forward = {.delivery_id = delivery->id,
                              .attempt = delivery->attempts,
                              .kind = FORWARD_ARRIVAL,
                              .queued_ms = now_ms};
    *id = 0;
    *before = FORWARD_NONE;
    if (delivery->attempts > 1 && !look_before(store, delivery, before))
        return store_failed(store, "write", error);
    return *before != FORWARD_NONE ||
           queue(store, &forward, delivery->object_id, delivery->event_id,
                 delivery->verdict == VERDICT_GENUINE, id, error);
}

bool store_queue_replay(struct store *store, int64_t delivery_id, enum forward_kind kind,
                        int64_t now_ms, int64_t *id, struct error *error)
{
    struct forward forward = {
        .delivery_id = delivery_id, .attempt = 1, .kind = kind, .queued_ms = now_ms};
    sqlite3_stmt *statement = store_prepare(store, LOAD_LANE_NAMES);
    *id = 0;
    if (statement == NULL)
        return store_failed(store, "write", error);
    (void)sqlite3_bind_int64(statement, 1, delivery_id);
    int code = sqlite3_step(statement);
    bool queued = code == SQLITE_DONE;
    if (code == SQLITE_ROW)
        forward.attempt = sqlite3_column_int64(statement, 2);
    if (code == SQLITE_ROW)
        queued = queue(store, &forward, (const char *)sqlite3_column_text(statement, 0),
                       (const char *)sqlite3_column_text(statement, 1),
                       sqlite3_column_type(statement, 3) == SQLITE_INTEGER &&
                           sqlite3_column_int64(statement, 3) == VERDICT_GENUINE,
                       id, error);
    else if (code != SQLITE_DONE)
        (void)store_failed(store, "write", error);
    store_finish(statement);
    return queued;
}

/* --- reading --------------------------------------------------------------------- */

void forward_try_clear(struct forward_try *attempt)
{
    free(attempt->error);
    free(attempt->answer);
    *attempt = (struct forward_try){0};
}

void forward_list_clear(struct forward_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        for (size_t j = 0; j < list->items[i].try_count; j++)
            forward_try_clear(&list->items[i].tries[j]);
        free(list->items[i].tries);
    }
    free(list->items);
    *list = (struct forward_list){0};
}

/* A file that was tampered with makes nothing of it that there is not. */
static enum forward_kind read_kind(sqlite3_stmt *statement, int column)
{
    int64_t kind = sqlite3_column_int64(statement, column);
    return kind >= FORWARD_ARRIVAL && kind <= FORWARD_RESIGNED ? (enum forward_kind)kind
                                                               : FORWARD_ARRIVAL;
}

static struct forward read_forward(sqlite3_stmt *statement, int64_t delivery_id)
{
    return (struct forward){
        .id = sqlite3_column_int64(statement, 0),
        .delivery_id = delivery_id,
        .attempt = sqlite3_column_int64(statement, 1),
        .kind = read_kind(statement, 2),
        .state = store_read_forward_state(statement, 3),
        .queued_ms = sqlite3_column_int64(statement, 4),
        .next_ms = sqlite3_column_int64(statement, 5),
        .tries_made = sqlite3_column_int64(statement, 6),
    };
}

static int64_t clamp(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

static bool read_try(sqlite3_stmt *statement, struct forward_try *attempt)
{
    const char *error = (const char *)sqlite3_column_text(statement, 4);
    const void *answer = sqlite3_column_blob(statement, 5);
    *attempt = (struct forward_try){
        .number = sqlite3_column_int64(statement, 0),
        .at_ms = sqlite3_column_int64(statement, 1),
        .took_us = sqlite3_column_int64(statement, 2),
        .status = (int)clamp(sqlite3_column_int64(statement, 3), 999),
        .error = error != NULL ? strdup(error) : NULL,
        .answer_length = (size_t)clamp(sqlite3_column_bytes(statement, 5), FORWARD_ANSWER_KEPT),
    };
    attempt->answer = calloc(1, attempt->answer_length + 1);
    if (attempt->answer != NULL && attempt->answer_length > 0)
        memcpy(attempt->answer, answer, attempt->answer_length);
    return attempt->answer != NULL && (error == NULL || attempt->error != NULL);
}

/* SQLITE_DONE, or what went wrong. They come newest first. */
static int load_forwards(struct store *store, int64_t delivery_id, struct forward_list *list)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_FORWARDS);
    if (statement == NULL)
        return SQLITE_ERROR;
    int code = SQLITE_NOMEM;
    (void)sqlite3_bind_int64(statement, 1, delivery_id);
    (void)sqlite3_bind_int(statement, 2, FORWARD_LISTED_MAX);
    list->items = calloc(FORWARD_LISTED_MAX, sizeof *list->items);
    while (list->items != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW)
        list->items[list->count++] = read_forward(statement, delivery_id);
    store_finish(statement);
    for (size_t i = 0; list->items != NULL && i < list->count / 2; i++) {
        struct forward swap = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = swap;
    }
    return code;
}

static int load_tries(struct store *store, struct forward *forward)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_FORWARD_TRIES);
    if (statement == NULL)
        return SQLITE_ERROR;
    int code = SQLITE_NOMEM;
    (void)sqlite3_bind_int64(statement, 1, forward->delivery_id);
    (void)sqlite3_bind_int64(statement, 2, forward->id);
    (void)sqlite3_bind_int(statement, 3, FORWARD_TRIES_KEPT);
    forward->tries = calloc(FORWARD_TRIES_KEPT, sizeof *forward->tries);
    while (forward->tries != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW)
        if (!read_try(statement, &forward->tries[forward->try_count++])) {
            code = SQLITE_NOMEM;
            break;
        }
    store_finish(statement);
    return code;
}

bool store_load_forwards(struct store *store, int64_t delivery_id, struct forward_list *list,
                         struct error *error)
{
    *list = (struct forward_list){0};
    int code = load_forwards(store, delivery_id, list);
    for (size_t i = 0; code == SQLITE_DONE && i < list->count; i++)
        code = load_tries(store, &list->items[i]);
    if (code == SQLITE_DONE)
        return true;
    forward_list_clear(list);
    return code == SQLITE_NOMEM ? error_set(error, "cannot read %s: out of memory", store->path)
                                : store_failed(store, "read", error);
}

bool store_count_waiting(struct store *store, int64_t *waiting, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, COUNT_WAITING);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int(statement, 1, FORWARD_WAITING_COUNTED);
    bool counted = sqlite3_step(statement) == SQLITE_ROW || store_failed(store, "read", error);
    if (counted)
        *waiting = sqlite3_column_int64(statement, 0);
    store_finish(statement);
    return counted;
}

/* --- whom it goes to ---------------------------------------------------------------- */

void forward_target_clear(struct forward_target *target)
{
    free(target->name);
    free(target->trouble);
    *target = (struct forward_target){0};
}

static char *copy_column(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? strdup(text) : NULL;
}

bool store_load_forward_target(struct store *store, struct forward_target *target,
                               struct error *error)
{
    *target = (struct forward_target){0};
    sqlite3_stmt *statement = store_prepare(store, LOAD_FORWARD_TARGET);
    if (statement == NULL)
        return store_failed(store, "read", error);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        target->name = copy_column(statement, 0);
        target->trouble = copy_column(statement, 1);
    }
    bool read = code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}

bool store_set_forward_target(struct store *store, const struct forward_target *target,
                              struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, SET_FORWARD_TARGET);
    if (statement == NULL)
        return store_failed(store, "write", error);
    store_bind_text(statement, 1, target->name);
    store_bind_text(statement, 2, target->trouble);
    return store_run(statement) || store_failed(store, "write", error);
}
