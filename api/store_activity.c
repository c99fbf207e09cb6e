#include "api/store_activity.h"

#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    SETTLED_WITHIN_MS = 60 * 60 * 1000, /* an action without an answer is not waited for longer */
    UNCERTAIN_MAX = 8,
};

_Static_assert(ACTIVITY_OWN == 1 && ACTIVITY_DONE == 1 && ACTIVITY_UNCERTAIN == 3 &&
                   ACTIVITY_EXISTENCE == 16,
               "the statements say so in text");

static bool failed(struct store *store, struct error *error)
{
    return store_failed(store, "write", error);
}

/* --- rows ----------------------------------------------------------------------- */

static void bind_row(sqlite3_stmt *statement, const struct activity *activity)
{
    (void)sqlite3_bind_int64(statement, 1, activity->token);
    (void)sqlite3_bind_int(statement, 2, (int)activity->who);
    (void)sqlite3_bind_int(statement, 3, (int)activity->outcome);
    (void)sqlite3_bind_int64(statement, 4, activity->at_ms);
    (void)sqlite3_bind_int64(statement, 5, activity->since_ms);
    (void)sqlite3_bind_int64(statement, 6, activity->ended_ms);
    (void)sqlite3_bind_int64(statement, 7, (int64_t)activity->fields);
    store_bind_text(statement, 8, activity->webhook_id);
    store_bind_text(statement, 9, activity->text != NULL ? activity->text : "");
    store_bind_text(statement, 10, activity->before != NULL ? activity->before : "");
    store_bind_text(statement, 11, activity->after != NULL ? activity->after : "");
}

static bool run_with_row(struct store *store, enum statement which, const struct activity *activity,
                         struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (statement == NULL)
        return failed(store, error);
    bind_row(statement, activity);
    return store_run(statement) || failed(store, error);
}

/* The end of an action whose beginning could not be written is a row of its own. */
static bool put_own(struct store *store, const struct activity *activity, struct error *error)
{
    if (activity->token != 0 && activity->ended_ms != 0) {
        if (!run_with_row(store, END_ACTIVITY, activity, error))
            return false;
        if (sqlite3_changes64(store->db) > 0)
            return true;
    }
    return run_with_row(store, INSERT_ACTIVITY, activity, error);
}

static bool trim(struct store *store, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, TRIM_ACTIVITY);
    if (statement == NULL)
        return failed(store, error);
    (void)sqlite3_bind_int(statement, 1, ACTIVITY_KEPT);
    return store_run(statement) || failed(store, error);
}

/* Where it was still as before, as late as that is known. */
static bool find_since(struct store *store, struct activity *activity, bool known,
                       const struct list_times *times, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LAST_SEEN);
    if (statement == NULL)
        return failed(store, error);
    store_bind_text(statement, 1, known ? activity->webhook_id : NULL);
    int code = sqlite3_step(statement);
    int64_t seen = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    bool read = code == SQLITE_ROW || failed(store, error);
    store_finish(statement);
    activity->since_ms = seen > times->since_ms ? seen : times->since_ms;
    if (activity->since_ms >= activity->at_ms)
        activity->since_ms = 0;
    return read;
}

static bool insert_others(struct store *store, struct activity *activity, bool known,
                          const struct list_times *times, struct error *error)
{
    activity->at_ms = times->answered_ms;
    return find_since(store, activity, known, times, error) &&
           run_with_row(store, INSERT_ACTIVITY, activity, error) && trim(store, error);
}

/* --- whose it is ------------------------------------------------------------------ */

static bool ask(struct store *store, sqlite3_stmt *statement, bool *yes, struct error *error)
{
    int code = sqlite3_step(statement);
    *yes = code == SQLITE_ROW;
    bool asked = code == SQLITE_ROW || code == SQLITE_DONE || failed(store, error);
    store_finish(statement);
    return asked;
}

/* An action of ours was not over when the list was asked for. */
static bool was_under_way(struct store *store, const char *webhook_id, bool is_new,
                          const struct list_times *times, bool *yes, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, OWN_UNDER_WAY);
    if (statement == NULL)
        return failed(store, error);
    store_bind_text(statement, 1, webhook_id);
    (void)sqlite3_bind_int64(statement, 2, times->answered_ms);
    (void)sqlite3_bind_int64(statement, 3, times->asked_ms);
    (void)sqlite3_bind_int(statement, 4, is_new);
    (void)sqlite3_bind_int64(statement, 5, times->answered_ms - ACTIVITY_LATE_MS);
    return ask(store, statement, yes, error);
}

/* Lists may go on naming for a while what was deleted. */
static bool was_deleted(struct store *store, const char *webhook_id, bool *yes, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, OWN_DELETED);
    if (statement == NULL)
        return failed(store, error);
    store_bind_text(statement, 1, webhook_id);
    return ask(store, statement, yes, error);
}

/* The fields in which an endpoint is as an action asked for. */
static unsigned as_asked(const struct webhook *is, unsigned fields, const char *wanted)
{
    unsigned same = 0;
    for (unsigned field = 1; is != NULL && field < ACTIVITY_EXISTENCE; field <<= 1) {
        char *side = (fields & field) != 0 ? activity_side(is, field) : NULL;
        if (side != NULL && activity_covers(wanted, side))
            same |= field;
        free(side);
    }
    return same;
}

/* Of an action that got no answer: which fields of the difference it has led to. */
static unsigned led_to(sqlite3_stmt *statement, const struct webhook *was, const struct webhook *is,
                       unsigned fields)
{
    const char *wanted = (const char *)sqlite3_column_text(statement, 1);
    unsigned own = (unsigned)sqlite3_column_int64(statement, 2);
    bool creates = sqlite3_column_type(statement, 3) == SQLITE_NULL;
    if (wanted == NULL)
        return 0;
    if (was == NULL)
        return creates && as_asked(is, ACTIVITY_URL, wanted) != 0 ? ACTIVITY_ALL : 0;
    if (is == NULL)
        return (own & ACTIVITY_EXISTENCE) != 0 && !creates ? ACTIVITY_ALL : 0;
    return creates ? 0 : as_asked(is, fields & own, wanted);
}

static bool settle_one(struct store *store, int64_t id, const char *webhook_id, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, SETTLE_ACTIVITY);
    if (statement == NULL)
        return failed(store, error);
    (void)sqlite3_bind_int64(statement, 1, id);
    store_bind_text(statement, 2, webhook_id);
    return store_run(statement) || failed(store, error);
}

/* What our actions without an answer have led to after all: *ours gets the fields. */
static bool settle(struct store *store, const struct webhook *was, const struct webhook *is,
                   unsigned fields, int64_t now_ms, unsigned *ours, struct error *error)
{
    const char *webhook_id = is != NULL ? is->id : was->id;
    int64_t settled[UNCERTAIN_MAX];
    size_t count = 0;
    sqlite3_stmt *statement = store_prepare(store, OWN_UNCERTAIN);
    if (statement == NULL)
        return failed(store, error);
    store_bind_text(statement, 1, webhook_id);
    (void)sqlite3_bind_int64(statement, 2, now_ms - SETTLED_WITHIN_MS);
    (void)sqlite3_bind_int(statement, 3, UNCERTAIN_MAX);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && count < UNCERTAIN_MAX) {
        unsigned same = led_to(statement, was, is, fields & ~*ours);
        *ours |= same;
        if (same != 0)
            settled[count++] = sqlite3_column_int64(statement, 0);
    }
    bool done = code == SQLITE_ROW || code == SQLITE_DONE || failed(store, error);
    store_finish(statement);
    for (size_t i = 0; done && i < count; i++)
        done = settle_one(store, settled[i], webhook_id, error);
    return done;
}

static bool out_of_memory(struct store *store, struct error *error)
{
    return error_set(error, "cannot write %s: out of memory", store->path);
}

bool store_note_difference(struct store *store, const struct webhook *was, const struct webhook *is,
                           const struct list_times *times, bool *ours, struct error *error)
{
    struct activity activity;
    const char *webhook_id = is != NULL ? is->id : was->id;
    unsigned led = 0;
    *ours = false;
    if (!activity_compare(was, is, 0, &activity))
        return out_of_memory(store, error);
    unsigned fields = activity.fields;
    activity_clear(&activity);
    if (fields == 0)
        return true;
    if (!was_under_way(store, webhook_id, was == NULL, times, ours, error) ||
        (!*ours && was == NULL && !was_deleted(store, webhook_id, ours, error)))
        return false;
    if (*ours)
        return true;
    if (!settle(store, was, is, fields, times->answered_ms, &led, error))
        return false;
    if (!activity_compare(was, is, led, &activity))
        return out_of_memory(store, error);
    bool noted = activity.fields == 0 || insert_others(store, &activity, was != NULL, times, error);
    activity_clear(&activity);
    return noted;
}

/* --- our own ---------------------------------------------------------------------- */

/* What the answer says but for what was asked for is of others. */
static bool put_answer(struct store *store, const struct activity_note *note, int64_t now_ms,
                       struct error *error)
{
    const struct list_times times = {.asked_ms = now_ms, .answered_ms = now_ms};
    struct webhook was = {0};
    struct activity activity = {0};
    bool known;
    if (note->answer.url == NULL) /* it says too little of the endpoint */
        return true;
    bool put = store_load_webhook(store, note->answer.id, &was, &known, error);
    if (put && known)
        put = activity_compare(&was, &note->answer, note->activity.fields, &activity) ||
              out_of_memory(store, error);
    put = put && (activity.fields == 0 || insert_others(store, &activity, true, &times, error)) &&
          store_put_webhook(store, &note->answer, now_ms, error);
    activity_clear(&activity);
    webhook_clear(&was);
    return put;
}

static bool retire(struct store *store, const char *webhook_id, int64_t now_ms, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, RETIRE_ENDPOINT);
    if (statement == NULL)
        return failed(store, error);
    store_bind_text(statement, 1, webhook_id);
    (void)sqlite3_bind_int64(statement, 2, now_ms);
    return store_run(statement) || failed(store, error);
}

static bool put_note(struct store *store, const struct activity_note *note, int64_t now_ms,
                     struct error *error)
{
    return put_own(store, &note->activity, error) &&
           (!note->answered || put_answer(store, note, now_ms, error)) &&
           (!note->gone || retire(store, note->activity.webhook_id, now_ms, error));
}

bool store_put_notes(struct store *store, const struct activity_notes *notes, int64_t now_ms,
                     struct error *error)
{
    bool put = store_begin(store, error);
    for (size_t i = 0; put && i < notes->count; i++)
        put = put_note(store, &notes->items[i], now_ms, error);
    put = put && trim(store, error) && store_commit(store, error);
    if (!put)
        store_rollback(store);
    return put;
}

/* --- reading ------------------------------------------------------------------------- */

bool store_newest_activity(struct store *store, int64_t *id, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, NEWEST_ACTIVITY);
    if (statement == NULL)
        return store_failed(store, "read", error);
    int code = sqlite3_step(statement);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    bool read = code == SQLITE_ROW || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}

_Static_assert(ACTIVITY_KEY == 8, "as KEY_CHANGED has it");

bool store_key_changed(struct store *store, const char *webhook_id, int64_t *at_ms,
                       struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, KEY_CHANGED);
    *at_ms = 0;
    if (statement == NULL)
        return store_failed(store, "read", error);
    store_bind_text(statement, 1, webhook_id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *at_ms = sqlite3_column_int64(statement, 0);
    bool read = code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}

/* The strings are SQLite's. */
static struct activity read_row(sqlite3_stmt *statement)
{
    return (struct activity){
        .id = sqlite3_column_int64(statement, 0),
        .who = sqlite3_column_int(statement, 1) == ACTIVITY_OWN ? ACTIVITY_OWN : ACTIVITY_OTHERS,
        .outcome = (enum activity_outcome)(sqlite3_column_int(statement, 2) & 3),
        .at_ms = sqlite3_column_int64(statement, 3),
        .since_ms = sqlite3_column_int64(statement, 4),
        .ended_ms = sqlite3_column_int64(statement, 5),
        .fields = (unsigned)sqlite3_column_int64(statement, 6) & ACTIVITY_ALL,
        .webhook_id = (char *)sqlite3_column_text(statement, 7),
        .text = (char *)sqlite3_column_text(statement, 8),
        .before = (char *)sqlite3_column_text(statement, 9),
        .after = (char *)sqlite3_column_text(statement, 10),
    };
}

bool store_load_activity(struct store *store, int64_t after, int64_t before, size_t limit,
                         bool (*each)(const struct activity *activity, void *context),
                         void *context, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_ACTIVITY);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, after);
    (void)sqlite3_bind_int64(statement, 2, before);
    (void)sqlite3_bind_int64(statement, 3, (int64_t)limit);
    int code;
    bool more = true;
    while (more && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct activity activity = read_row(statement);
        more = activity.text == NULL || activity.before == NULL || activity.after == NULL ||
               each(&activity, context);
    }
    bool read = !more || code == SQLITE_DONE || store_failed(store, "read", error);
    store_finish(statement);
    return read;
}
