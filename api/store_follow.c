#include "api/store_follow.h"

#include "api/store_private.h"

bool store_data_version(struct store *store, int64_t *version, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, DATA_VERSION);
    bool ok = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
    if (ok)
        *version = sqlite3_column_int64(statement, 0);
    else
        (void)store_failed(store, "read", error);
    store_finish(statement);
    return ok;
}

bool store_deliveries_after(struct store *store, int64_t after, size_t limit,
                            bool (*each)(const struct delivery *summary, void *context),
                            void *context, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, DELIVERIES_AFTER);
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, after);
    (void)sqlite3_bind_int64(statement, 2, limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct delivery summary = store_read_summary(statement);
        if (!each(&summary, context)) {
            code = SQLITE_DONE;
            break;
        }
    }
    bool ok = code == SQLITE_DONE || store_failed(store, "read", error);
    store_finish(statement);
    return ok;
}

bool store_notes_after(struct store *store, int64_t after, struct store_note *notes, size_t most,
                       size_t *count, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, NOTES_AFTER);
    int code = SQLITE_DONE;
    *count = 0;
    if (statement == NULL)
        return store_failed(store, "read", error);
    (void)sqlite3_bind_int64(statement, 1, after);
    while (*count < most && (code = sqlite3_step(statement)) == SQLITE_ROW)
        notes[(*count)++] =
            (struct store_note){.id = sqlite3_column_int64(statement, 0),
                                .answer_us = sqlite3_column_int64(statement, 1),
                                .answer_status = sqlite3_column_int(statement, 4),
                                .attempts = sqlite3_column_int64(statement, 2),
                                .forwarded = store_read_forward_state(statement, 3)};
    bool ok = code == SQLITE_DONE || code == SQLITE_ROW || store_failed(store, "read", error);
    store_finish(statement);
    return ok;
}
