#include "api/store_event.h"

#include "api/store_bridge.h"
#include "api/store_private.h"

#include <string.h>

/* --- its row --------------------------------------------------------------------- */

static bool is_row_of(struct store *store, int64_t id, const char *event_id, bool *is)
{
    sqlite3_stmt *statement = store_prepare(store, NAME_EVENT);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    const char *name = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 1) : NULL;
    *is = name != NULL && strcmp(name, event_id) == 0 &&
          sqlite3_column_int64(statement, 0) == VERDICT_GENUINE;
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* Numbers that other events have are stepped over, as when the row was written. */
bool store_find_event(struct store *store, const char *event_id, int64_t *id, struct error *error)
{
    int64_t key;
    bool is = false, read = true;
    *id = 0;
    if (!store_event_key(event_id, NULL, 0, &key))
        return error_set(error, "cannot read %s: out of memory", store->path);
    for (int64_t probe = 0; read && !is && probe < EVENT_KEY_PROBES; probe++) {
        sqlite3_stmt *statement = store_prepare(store, FIND_EVENT_KEY);
        read = statement != NULL;
        if (!read)
            break;
        (void)sqlite3_bind_int64(statement, 1, key + probe);
        int code = sqlite3_step(statement);
        int64_t found = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        store_finish(statement);
        read = (code == SQLITE_ROW || code == SQLITE_DONE) &&
               (found == 0 || is_row_of(store, found, event_id, &is));
        *id = is ? found : 0;
    }
    return read || store_failed(store, "read", error);
}

/* --- what only names it ------------------------------------------------------------ */

static bool load_claims(struct store *store, const char *event_id, struct event_record *record,
                        struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_CLAIMS);
    int code = SQLITE_DONE;
    bool copied = true;
    if (statement == NULL)
        return store_failed(store, "read", error);
    store_bind_text(statement, 1, event_id);
    (void)sqlite3_bind_int64(statement, 2, STORE_CLAIMS_MAX + 1);
    while (copied && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct delivery summary = store_read_summary(statement);
        record->more_claims = record->claim_count == STORE_CLAIMS_MAX;
        if (record->more_claims)
            break;
        copied = delivery_copy_summary(&record->claims[record->claim_count], &summary);
        record->claim_count += copied;
    }
    bool read = copied && (code == SQLITE_DONE || code == SQLITE_ROW);
    if (!copied)
        (void)error_set(error, "cannot read %s: out of memory", store->path);
    else if (!read)
        (void)store_failed(store, "read", error);
    store_finish(statement);
    for (size_t i = 0; i < record->claim_count / 2; i++) { /* they come newest first */
        struct delivery swap = record->claims[i];
        record->claims[i] = record->claims[record->claim_count - 1 - i];
        record->claims[record->claim_count - 1 - i] = swap;
    }
    return read;
}

/* --- all of it ----------------------------------------------------------------------- */

/* Ids are never given twice: where the first is not there any more, rows were deleted, the oldest
   first. */
static bool load_beginning(struct store *store, struct event_record *record, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_BEGINNING);
    record->kept_from_ms = INT64_MIN;
    if (statement == NULL)
        return store_failed(store, "read", error);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && sqlite3_column_int64(statement, 0) > 1)
        record->kept_from_ms = sqlite3_column_int64(statement, 1);
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", error);
}

static bool load(struct store *store, const char *event_id, struct event_record *record,
                 struct error *error)
{
    int64_t id;
    if (!store_find_event(store, event_id, &id, error))
        return false;
    if (id != 0) {
        record->found = store_load_delivery(store, id, &record->delivery, error) &&
                        store_load_attempts(store, &record->delivery, error) &&
                        store_load_forwards(store, id, &record->forwards, error);
        if (!record->found)
            return false;
    }
    if (!store_load_bridge_event(store, event_id, &record->told, NULL))
        record->told = (struct event){0}; /* it is not there */
    return load_claims(store, event_id, record, error) && load_beginning(store, record, error) &&
           store_load_periods(store, record->periods, &record->period_count, error);
}

bool store_load_event(struct store *store, const char *event_id, struct event_record *record,
                      struct error *error)
{
    *record = (struct event_record){0};
    /* In one transaction: what is told together was so together. */
    if (!store_run_plain(store, BEGIN_READ))
        return store_failed(store, "read", error);
    bool loaded = load(store, event_id, record, error);
    (void)store_run_plain(store, COMMIT);
    if (!loaded)
        event_record_clear(record);
    return loaded;
}

void event_record_clear(struct event_record *record)
{
    delivery_clear(&record->delivery);
    forward_list_clear(&record->forwards);
    event_clear(&record->told);
    for (size_t i = 0; i < record->claim_count; i++)
        delivery_clear(&record->claims[i]);
    *record = (struct event_record){0};
}
