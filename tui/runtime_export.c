/* An export: a thread of its own reads the store with a connection of its own and writes the file;
   the loop hears how far it is a few times a second. */
#include "api/new_file.h"
#include "api/store.h"
#include "api/store_search.h"
#include "api/thread_signals.h"
#include "tui/runtime_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    REPORT_MS = 200,
    IDS_MAX = 4 * 1000 * 1000, /* of one export: 32 MB */
    LIST_MAX = 20000,          /* entries of a folder that are looked at */
};

struct export_task {
    struct runtime *runtime;
    uv_thread_t thread;
    uv_async_t news;
    atomic_bool stop;
    atomic_bool ended;
    atomic_uint_fast64_t done, total;
    const struct export_request *request; /* the state's, which leaves it alone meanwhile */
    char path[LINE_EDIT_MAX + 4096];
    char base[128];

    /* the thread's, until it has ended */
    struct new_file file;
    struct exporter exporter;
    int64_t *ids;
    size_t id_count, id_capacity;
    uint64_t told_us;
    enum export_stage stage;
    struct error error;
};

/* "~" and "~/…" are in the home. */
static void expand(const char *path, char *out, size_t size)
{
    const char *home =
        path[0] == '~' && (path[1] == '/' || path[1] == '\0') ? getenv("HOME") : NULL;
    (void)snprintf(out, size, "%s%s", home != NULL ? home : "", home != NULL ? path + 1 : path);
}

/* --- the thread --------------------------------------------------------------------- */

static bool go_on(struct export_task *task)
{
    uint64_t now_us = ambient_steady_us(&task->runtime->ambient);
    if (now_us - task->told_us >= REPORT_MS * UINT64_C(1000)) {
        task->told_us = now_us;
        (void)uv_async_send(&task->news);
    }
    return !atomic_load(&task->stop);
}

static bool keep_id(const struct delivery *summary, void *context)
{
    struct export_task *task = context;
    if (task->id_count == task->id_capacity) {
        size_t capacity = task->id_capacity > 0 ? task->id_capacity * 2 : 1024;
        int64_t *ids =
            capacity <= IDS_MAX * (size_t)2 ? realloc(task->ids, capacity * sizeof *ids) : NULL;
        if (ids == NULL)
            return error_set(&task->error, "too many events: narrow the query");
        task->ids = ids;
        task->id_capacity = capacity;
    }
    task->ids[task->id_count++] = summary->id;
    return go_on(task);
}

static bool searching(const struct store_search_progress *progress, void *context)
{
    (void)progress;
    return go_on(context);
}

/* What the query finds now, oldest first. */
static bool find_ids(struct export_task *task, struct store *store)
{
    const char *text = task->request->query;
    struct query query;
    struct query_error wrong;
    struct store_search_progress progress;
    if (!query_parse(text, strlen(text), QUERY_ARRIVALS, task->request->now_ms, &query, &wrong))
        return error_set(&task->error, "%s", wrong.message);
    struct store_search search = {.query = &query,
                                  .limit = IDS_MAX,
                                  .found = keep_id,
                                  .progress = searching,
                                  .context = task};
    enum store_search_result result = store_search(store, &search, &progress, &task->error);
    for (size_t i = 0; i < task->id_count / 2; i++) {
        int64_t other = task->ids[task->id_count - 1 - i];
        task->ids[task->id_count - 1 - i] = task->ids[i];
        task->ids[i] = other;
    }
    if (result == STORE_SEARCH_STOPPED && task->id_count >= IDS_MAX)
        return error_set(&task->error, "too many events: narrow the query");
    return result == STORE_SEARCH_WHOLE;
}

static bool put(const void *bytes, size_t length, void *context)
{
    struct export_task *task = context;
    return new_file_write(&task->file, bytes, length, &task->error);
}

/* "000012-wh_abc.json": an id that could be anything else than a name is left out. */
static bool next_file(struct export_task *task, const char *id)
{
    static const char SAFE[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    char name[128];
    size_t length = id != NULL ? strlen(id) : 0;
    bool safe =
        length > 0 && length <= CONTRACT_ID_MAX && length <= 80 && strspn(id, SAFE) == length;
    if (!task->request->folder)
        return true;
    (void)snprintf(name, sizeof name, "%06zu%s%s.json", task->exporter.count + 1, safe ? "-" : "",
                   safe ? id : "");
    return new_file_next(&task->file, name, &task->error);
}

static bool write_ids(struct export_task *task, struct store *store, const int64_t *ids,
                      size_t count)
{
    bool ok = true;
    atomic_store(&task->total, count);
    for (size_t i = 0; ok && i < count && go_on(task); i++) {
        struct delivery delivery = {0};
        ok = store_load_delivery(store, ids[i], &delivery, &task->error) &&
             next_file(task, delivery.event_id) && export_delivery(&task->exporter, &delivery);
        delivery_clear(&delivery);
        atomic_store(&task->done, i + 1);
    }
    return ok;
}

static bool write_records(struct export_task *task)
{
    const struct export_request *request = task->request;
    bool ok = true;
    atomic_store(&task->total, request->record_count);
    for (size_t i = 0; ok && i < request->record_count; i++) {
        const struct export_record *record = &request->records[i];
        ok = next_file(task, record->id) &&
             export_json(&task->exporter, record->json, record->length);
        atomic_store(&task->done, i + 1);
    }
    return ok;
}

static bool write_all(struct export_task *task)
{
    const struct export_request *request = task->request;
    if (request->records != NULL)
        return write_records(task);
    struct store *store = store_open(task->runtime->store_path, STORE_READ, &task->error);
    bool ok = store != NULL && (!request->stored || find_ids(task, store));
    const int64_t *ids = request->stored ? task->ids : request->ids;
    size_t count = request->stored ? task->id_count : request->id_count;
    ok = ok && (count > 0 || error_set(&task->error, "no event is left of those"));
    ok = ok && export_begin(&task->exporter) && write_ids(task, store, ids, count) &&
         export_end(&task->exporter);
    store_close(store);
    return ok;
}

static enum export_stage stage_of(enum new_file_result result)
{
    return result == NEW_FILE_OK       ? EXPORT_DONE
           : result == NEW_FILE_EXISTS ? EXPORT_EXISTS
                                       : EXPORT_FAILED;
}

static void run(void *context)
{
    struct export_task *task = context;
    const struct export_request *request = task->request;
    thread_signals_block(NULL);
    enum new_file_result result =
        new_file_begin(&task->file, task->path, request->folder, request->replace,
                       ambient_random_u64(&task->runtime->ambient), &task->error);
    task->stage = stage_of(result);
    if (result == NEW_FILE_OK) {
        bool ok = write_all(task);
        if (ok && !atomic_load(&task->stop)) {
            task->stage = stage_of(new_file_commit(&task->file, &task->error));
        } else {
            new_file_abandon(&task->file);
            task->stage = atomic_load(&task->stop) ? EXPORT_STOPPED : EXPORT_FAILED;
            if (task->stage == EXPORT_FAILED && task->error.message[0] == '\0')
                (void)error_set(&task->error, "out of memory");
        }
    }
    atomic_store(&task->ended, true);
    (void)uv_async_send(&task->news);
}

/* --- the loop ------------------------------------------------------------------------- */

static void gone(uv_handle_t *handle)
{
    struct export_task *task = handle->data;
    free(task->ids);
    free(task);
}

static void on_news(uv_async_t *async)
{
    struct export_task *task = async->data;
    struct runtime *runtime = task->runtime;
    bool ended = atomic_load(&task->ended);
    struct export_report report = {.stage = ended ? task->stage : EXPORT_RUNNING,
                                   .done = atomic_load(&task->done),
                                   .total = atomic_load(&task->total)};
    if (ended) {
        (void)uv_thread_join(&task->thread);
        runtime->exporting = NULL;
        report.bytes = task->file.bytes;
        report.text = task->error.message;
        uv_close((uv_handle_t *)async, gone);
    }
    if (!runtime->quitting)
        runtime_post(runtime, &(struct message){.kind = MESSAGE_EXPORT, .report = &report});
}

static void fail(struct runtime *runtime)
{
    struct export_report report = {.stage = EXPORT_FAILED, .text = "out of memory"};
    runtime_post(runtime, &(struct message){.kind = MESSAGE_EXPORT, .report = &report});
}

void runtime_export(struct runtime *runtime)
{
    struct export_task *task = calloc(1, sizeof *task);
    if (task == NULL || uv_async_init(&runtime->loop, &task->news, on_news) != 0) {
        free(task);
        fail(runtime);
        return;
    }
    const struct app *app = runtime->app;
    task->runtime = runtime;
    task->news.data = task;
    task->request = &app->exporting.request;
    expand(task->request->path, task->path, sizeof task->path);
    (void)state_receiver_url(app, task->base);
    task->exporter = (struct exporter){.format = task->request->format,
                                       .masked = task->request->masked,
                                       .base = task->base,
                                       .write = put,
                                       .context = task};
    if (uv_thread_create(&task->thread, run, task) != 0) {
        uv_close((uv_handle_t *)&task->news, gone);
        fail(runtime);
        return;
    }
    runtime->exporting = task;
}

void runtime_export_stop(struct runtime *runtime)
{
    if (runtime->exporting != NULL)
        atomic_store(&runtime->exporting->stop, true);
}

/* --- what a path may be completed to ------------------------------------------------------ */

struct listing {
    uv_work_t work;
    struct runtime *runtime;
    char path[LINE_EDIT_MAX + 4096];
    struct path_names names;
};

/* Names that are no plain text are left out: nobody could type them. */
static bool is_plain(const char *name)
{
    for (const char *at = name; *at != '\0';) {
        char32_t character;
        size_t taken = text_decode(at, strlen(at), &character);
        if (taken == 0 || character < ' ' || (character >= 0x7F && character < 0xA0))
            return false;
        at += taken;
    }
    return true;
}

/* Puts it where it belongs in the order; the last falls out of a full list. */
static void insert(struct path_names *names, const char *name)
{
    size_t at = names->count;
    while (at > 0 && strcmp(names->names[at - 1], name) > 0)
        at--;
    if (names->count == EXPORT_NAMES_MAX)
        names->more = true;
    else
        names->count++;
    if (at >= names->count)
        return;
    memmove(names->names[at + 1 < EXPORT_NAMES_MAX ? at + 1 : at], names->names[at],
            (names->count - 1 - at) * sizeof names->names[0]);
    (void)snprintf(names->names[at], sizeof names->names[at], "%s", name);
}

static void list(struct listing *listing)
{
    char *slash = strrchr(listing->path, '/');
    const char *prefix = slash != NULL ? slash + 1 : listing->path;
    size_t length = strlen(prefix);
    char folder[sizeof listing->path] = ".";
    if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - listing->path) + 1,
                       listing->path);
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    for (int seen = 0; entries != NULL && seen < LIST_MAX; seen++) {
        entry = readdir(entries);
        if (entry == NULL)
            break;
        const char *name = entry->d_name;
        bool hidden = name[0] == '.' && prefix[0] != '.';
        struct stat status;
        char shown[EXPORT_NAME_SIZE];
        if (hidden || strncmp(name, prefix, length) != 0 || strcmp(name, ".") == 0 ||
            strcmp(name, "..") == 0 || !is_plain(name) || strlen(name) > EXPORT_NAME_SIZE - 2)
            continue;
        bool is_folder = fstatat(dirfd(entries), name, &status, 0) == 0 && S_ISDIR(status.st_mode);
        (void)snprintf(shown, sizeof shown, "%.254s%s", name, is_folder ? "/" : "");
        insert(&listing->names, shown);
    }
    if (entries != NULL)
        (void)closedir(entries);
}

static void list_work(uv_work_t *work)
{
    list(work->data);
}

static void list_done(uv_work_t *work, int status)
{
    struct listing *listing = work->data;
    if (status == 0 && !listing->runtime->quitting)
        runtime_post(listing->runtime,
                     &(struct message){.kind = MESSAGE_PATHS, .paths = &listing->names});
    free(listing);
}

void runtime_complete_path(struct runtime *runtime)
{
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return;
    listing->work.data = listing;
    listing->runtime = runtime;
    expand(runtime->app->export_dialog.path.text, listing->path, sizeof listing->path);
    if (uv_queue_work(&runtime->loop, &listing->work, list_work, list_done) != 0)
        free(listing);
}
