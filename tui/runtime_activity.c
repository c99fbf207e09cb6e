/* Reads the store's activity for the state: on libuv's threads, with a connection of its own. */
#include "api/store_activity.h"
#include "tui/runtime_private.h"

#include <stdlib.h>

struct reading {
    uv_work_t work;
    struct runtime *runtime;
    int64_t after;
    int64_t before; /* INT64_MAX: the newest */
    bool older;
    struct activity rows[ACTIVITY_PAGE]; /* newest first */
    size_t count;
    bool read;
};

static bool keep(const struct activity *row, void *context)
{
    struct reading *reading = context;
    return activity_copy(&reading->rows[reading->count], row) && ++reading->count < ACTIVITY_PAGE;
}

static void read_work(uv_work_t *work)
{
    struct reading *reading = work->data;
    struct store *store = store_open(reading->runtime->store_path, STORE_READ, NULL);
    reading->read = store != NULL && store_load_activity(store, reading->after, reading->before,
                                                         ACTIVITY_PAGE, keep, reading, NULL);
    store_close(store);
}

static void turn_round(struct reading *reading)
{
    for (size_t i = 0; i < reading->count / 2; i++) {
        struct activity row = reading->rows[i];
        reading->rows[i] = reading->rows[reading->count - 1 - i];
        reading->rows[reading->count - 1 - i] = row;
    }
}

static void read_done(uv_work_t *work, int status)
{
    struct reading *reading = work->data;
    struct runtime *runtime = reading->runtime;
    turn_round(reading);
    if (!reading->older)
        runtime->activity_reading = false;
    if (status == 0 && !runtime->quitting && (reading->read || reading->older))
        runtime_post(runtime,
                     &(struct message){.kind = MESSAGE_ACTIVITY,
                                       .activity = reading->rows,
                                       .activity_count = reading->count,
                                       .older = reading->older,
                                       .whole = reading->read && reading->count < ACTIVITY_PAGE});
    for (size_t i = 0; i < reading->count; i++)
        activity_clear(&reading->rows[i]);
    free(reading);
    if (runtime->activity_again && !runtime->activity_reading && !runtime->quitting)
        runtime_activity_changed(runtime);
}

static bool begin(struct runtime *runtime, int64_t after, int64_t before, bool older)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL)
        return false;
    reading->work.data = reading;
    reading->runtime = runtime;
    reading->after = after;
    reading->before = before;
    reading->older = older;
    if (uv_queue_work(&runtime->loop, &reading->work, read_work, read_done) == 0)
        return true;
    free(reading);
    return false;
}

/* The end of an action is no new row: some are read again. */
void runtime_activity_changed(struct runtime *runtime)
{
    if (runtime->app == NULL || runtime->quitting)
        return;
    runtime->activity_again = runtime->activity_reading;
    if (!runtime->activity_reading)
        runtime->activity_reading =
            begin(runtime, runtime->app->activity.told_id - ACTIVITY_AGAIN, INT64_MAX, false);
}

void runtime_activity_older(struct runtime *runtime, int64_t before)
{
    (void)begin(runtime, 0, before, true);
}
