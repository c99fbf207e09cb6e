#include "api/store_periods.h"

#include "api/store_private.h"

static bool run(struct store *store, enum statement which, int64_t first, int64_t second)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, first);
    if (sqlite3_bind_parameter_count(statement) > 1)
        (void)sqlite3_bind_int64(statement, 2, second);
    return store_run(statement);
}

/* Whether the file has the period, and it goes on. */
static bool goes_on(struct store *store, int64_t began_ms, bool *does)
{
    sqlite3_stmt *statement = store_prepare(store, FIND_PERIOD);
    if (statement == NULL)
        return false;
    (void)sqlite3_bind_int64(statement, 1, began_ms);
    int code = sqlite3_step(statement);
    *does = code == SQLITE_ROW;
    store_finish(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_begin_period(struct store *store, int64_t *began_ms, int64_t now_ms, struct error *error)
{
    bool does = false;
    if (*began_ms != 0 && !goes_on(store, *began_ms, &does))
        return store_failed(store, "read", error);
    if (does)
        return true;
    *began_ms = 0;
    if (!store_begin(store, error))
        return false;
    if (store_run_plain(store, END_LEFT_PERIODS) && run(store, BEGIN_PERIOD, now_ms, 0) &&
        run(store, TRIM_PERIODS, STORE_PERIODS_KEPT, 0)) {
        bool committed = store_commit(store, error);
        *began_ms = committed ? now_ms : 0;
        return committed;
    }
    (void)store_failed(store, "write", error);
    store_rollback(store);
    return false;
}

bool store_end_period(struct store *store, int64_t began_ms, int64_t now_ms, struct error *error)
{
    if (!store_begin(store, error))
        return false;
    if (run(store, END_PERIOD, began_ms, now_ms))
        return store_commit(store, error);
    (void)store_failed(store, "write", error);
    store_rollback(store);
    return false;
}

/* They come newest first. */
static void reverse(struct store_period *periods, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct store_period swap = periods[i];
        periods[i] = periods[count - 1 - i];
        periods[count - 1 - i] = swap;
    }
}

bool store_load_periods(struct store *store, struct store_period periods[STORE_PERIODS_KEPT],
                        size_t *count, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, LOAD_PERIODS);
    int code = SQLITE_DONE;
    *count = 0;
    if (statement == NULL)
        return store_failed(store, "read", error);
    while (*count < STORE_PERIODS_KEPT && (code = sqlite3_step(statement)) == SQLITE_ROW)
        periods[(*count)++] = (struct store_period){
            .began_ms = sqlite3_column_int64(statement, 0),
            .until_ms = sqlite3_column_int64(statement, 1),
            .open = sqlite3_column_int(statement, 2) != 0,
        };
    bool read = code == SQLITE_DONE || code == SQLITE_ROW || store_failed(store, "read", error);
    store_finish(statement);
    reverse(periods, *count);
    return read;
}
