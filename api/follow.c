#include "api/follow.h"

#include "api/store_activity.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROWS_MAX = 2 * FOLLOW_PAGE }; /* new ones, and such as have come again */

/* Which file a name led to. */
struct file_identity {
    dev_t device;
    ino_t inode;
};

/* The job's own, between jobs too. */
struct reader {
    struct store *store; /* NULL: to be opened */
    struct file_identity file;
    int64_t version;                       /* of the data, when all was read */
    int64_t newest_id;                     /* that was told */
    struct store_note notes[FOLLOW_NOTES]; /* as they were told, by id */
    size_t note_count;
    bool noted;          /* there are some to compare with */
    int64_t activity_id; /* the newest; -1: not looked at yet */
};

/* What one job found out. */
struct found {
    enum receiver_lock_state state;
    struct receiver_holder holder;
    struct delivery rows[ROWS_MAX];
    size_t row_count;
    struct store_note answers[FOLLOW_NOTES];
    size_t answer_count;
    struct store_note forwards[FOLLOW_NOTES];
    size_t forward_count;
    struct forward_target target; /* where it was read: `counted` */
    int64_t waiting;
    struct store_counts counts;
    bool counted;
    bool activity;
    bool more;
    bool failed;
    struct error error;
};

struct follow {
    uv_loop_t *loop;
    struct follow_config config;
    char store_path[PATH_MAX];

    char folder[PATH_MAX];
    char name[NAME_MAX + 1]; /* of the store in it */
    uv_fs_event_t watch;
    bool watching;
    uv_timer_t pause;
    uint64_t looked_us;

    uv_work_t work;
    bool working;
    bool again; /* something changed while a job ran */
    struct reader reader;
    struct found found;
    struct webhook_list to_remember; /* waits for a job */
    struct webhook_list remembering; /* the job's */
    struct list_times to_remember_times;
    struct list_times remembering_times;
    struct activity_notes to_note;
    struct activity_notes noting; /* the job's; what could not be written stays */

    bool told_receiver;
    enum receiver_lock_state state;
    struct receiver_holder holder;
    bool told_trouble;

    int open_handles;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- the job: on a thread of its own --------------------------------------------------- */

static struct file_identity identify(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return (struct file_identity){0};
    return (struct file_identity){status.st_dev, status.st_ino};
}

static void forget_file(struct reader *reader)
{
    store_close(reader->store);
    reader->store = NULL;
    reader->version = -1;
}

/* A store that was set aside and begun anew has other rows by the same numbers. */
static bool open_reader(struct follow *follow, struct error *error)
{
    struct reader *reader = &follow->reader;
    struct file_identity now = identify(follow->store_path);
    bool same = now.device == reader->file.device && now.inode == reader->file.inode;
    if (!same) {
        if (reader->file.inode != 0) {
            reader->newest_id = 0;
            reader->note_count = 0;
        }
        forget_file(reader);
    }
    if (reader->store == NULL)
        reader->store = store_open(follow->store_path, STORE_READ, error);
    if (reader->store != NULL)
        reader->file = now;
    return reader->store != NULL;
}

static bool add_row(const struct delivery *summary, void *context)
{
    struct found *found = context;
    return found->row_count < ROWS_MAX &&
           delivery_copy_summary(&found->rows[found->row_count], summary) && ++found->row_count > 0;
}

/* A row says whom its first attempt was for. */
static void read_whom(struct reader *reader, struct delivery *row)
{
    if (row->attempts < 2 || !store_load_attempt(reader->store, row, INT64_MAX, NULL) ||
        row->repeats.count == 0)
        return;
    row->newest_webhook_id = row->repeats.items[0].webhook_id;
    row->repeats.items[0].webhook_id = NULL;
    attempt_list_clear(&row->repeats);
}

static bool read_rows(struct reader *reader, int64_t newest, struct found *found)
{
    int64_t after = reader->newest_id;
    if (newest - after > FOLLOW_BEHIND_MAX)
        after = newest - FOLLOW_BEHIND_MAX;
    if (!store_deliveries_after(reader->store, after, FOLLOW_PAGE, add_row, found, &found->error))
        return false;
    for (size_t i = 0; i < found->row_count; i++)
        read_whom(reader, &found->rows[i]);
    found->more = found->row_count == FOLLOW_PAGE;
    reader->newest_id = found->row_count > 0 ? found->rows[found->row_count - 1].id : newest;
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct store_note *one = a;
    const struct store_note *other = b;
    return (one->id > other->id) - (one->id < other->id);
}

/* As it was told: with the row, where that is new, or as a note. */
static struct store_note told_note(const struct reader *reader, const struct found *found,
                                   int64_t id)
{
    struct store_note plain = {.id = id, .answer_us = -1, .attempts = 1};
    const struct store_note *before =
        bsearch(&plain, reader->notes, reader->note_count, sizeof plain, by_id);
    if (before != NULL)
        return *before;
    for (size_t i = 0; i < found->row_count; i++)
        if (found->rows[i].id == id)
            return (struct store_note){.id = id,
                                       .answer_us = found->rows[i].answer_us,
                                       .answer_status = found->rows[i].answer_status,
                                       .attempts = found->rows[i].attempts,
                                       .forwarded = found->rows[i].forwarded};
    return plain;
}

/* False where it has to be told another time. */
static bool tell_note(struct reader *reader, const struct store_note *now, struct found *found)
{
    struct store_note before = told_note(reader, found, now->id);
    struct delivery summary = {0};
    bool other = now->answer_status != 0 && now->answer_status != before.answer_status;
    bool told = true;
    if (now->attempts > before.attempts) {
        told = store_load_summary(reader->store, now->id, &summary, NULL);
        if (told)
            read_whom(reader, &summary);
        told = told && add_row(&summary, found);
        delivery_clear(&summary);
    } else if (other || (now->answer_us >= 0 && before.answer_us < 0)) {
        found->answers[found->answer_count++] = *now;
    }
    if (now->forwarded != before.forwarded)
        found->forwards[found->forward_count++] = *now;
    return told;
}

static bool read_notes(struct reader *reader, struct found *found)
{
    struct store_note notes[FOLLOW_NOTES];
    size_t count;
    if (!store_notes_after(reader->store, reader->newest_id - FOLLOW_NOTES, notes, FOLLOW_NOTES,
                           &count, &found->error))
        return false;
    while (count > 0 && notes[count - 1].id > reader->newest_id)
        count--; /* of rows that are not told yet */
    for (size_t i = 0; reader->noted && i < count; i++)
        if (!tell_note(reader, &notes[i], found))
            notes[i].attempts = 0; /* is compared again */
    memcpy(reader->notes, notes, count * sizeof notes[0]);
    reader->note_count = count;
    reader->noted = true;
    return true;
}

/* Only whether there is some: reading it is for those who show it. An action's end is no new row,
   but the store has changed: it may be that. */
static bool read_activity(struct reader *reader, struct found *found)
{
    int64_t newest;
    if (!store_newest_activity(reader->store, &newest, &found->error))
        return false;
    found->activity = newest > 0 || reader->activity_id > 0;
    reader->activity_id = newest;
    return true;
}

static bool read_news(struct reader *reader, struct found *found)
{
    int64_t version;
    int64_t newest;
    if (!store_data_version(reader->store, &version, &found->error))
        return false;
    if (version == reader->version)
        return true;
    if (!read_activity(reader, found) || !store_newest_id(reader->store, &newest, &found->error) ||
        !read_rows(reader, newest, found) || !read_notes(reader, found) ||
        !store_counts(reader->store, &found->counts, &found->error) ||
        !store_load_forward_target(reader->store, &found->target, &found->error) ||
        !store_count_waiting(reader->store, &found->waiting, &found->error))
        return false;
    found->counted = true;
    if (!found->more)
        reader->version = version;
    return true;
}

/* Our own actions before the endpoints: what of those is our own doing shows in these. */
static bool write_ours(struct follow *follow, struct error *error)
{
    int64_t now_ms = ambient_wall_ms(&follow->config.ambient);
    if (follow->remembering.items == NULL && follow->noting.count == 0)
        return true;
    struct store *store = store_open(follow->store_path, STORE_WRITE, error);
    bool written = store != NULL && (follow->noting.count == 0 ||
                                     store_put_notes(store, &follow->noting, now_ms, error));
    if (written)
        activity_notes_clear(&follow->noting);
    written =
        written && (follow->remembering.items == NULL ||
                    store_put_list(store, &follow->remembering, &follow->remembering_times, error));
    store_close(store);
    return written;
}

static void look(uv_work_t *work)
{
    struct follow *follow = work->data;
    struct found *found = &follow->found;
    memset(found, 0, sizeof *found);
    found->state = receiver_lock_look(follow->store_path, &found->holder);
    found->failed = !write_ours(follow, &found->error) || !open_reader(follow, &found->error) ||
                    !read_news(&follow->reader, found);
    if (found->failed)
        forget_file(&follow->reader);
}

/* --- on the loop ------------------------------------------------------------------------- */

static void end_if_idle(struct follow *follow);
static void begin_job(struct follow *follow);

static void tell_rows(struct follow *follow, struct found *found)
{
    const struct follow_config *config = &follow->config;
    for (size_t i = 0; i < found->row_count; i++)
        if (!follow->closing)
            config->arrived(&found->rows[i], config->context);
    for (size_t i = 0; i < found->answer_count && !follow->closing; i++)
        config->answered(found->answers[i].id, found->answers[i].answer_us,
                         found->answers[i].answer_status, config->context);
    for (size_t i = 0; i < found->forward_count && !follow->closing; i++)
        config->forwarded(found->forwards[i].id, found->forwards[i].forwarded, config->context);
    if (found->counted && !follow->closing)
        config->counted(&found->counts, config->context);
    struct forwarder_state forward = {found->target.name, found->target.trouble, found->waiting};
    if (found->counted && !follow->closing)
        config->forward_changed(&forward, config->context);
    if (found->activity && config->activity != NULL && !follow->closing)
        config->activity(config->context);
}

static bool same_holder(const struct follow *follow, const struct found *found)
{
    return follow->state == found->state && follow->holder.pid == found->holder.pid &&
           follow->holder.kind == found->holder.kind &&
           strcmp(follow->holder.address, found->holder.address) == 0;
}

static void tell_receiver(struct follow *follow, const struct found *found)
{
    if (follow->closing || found->more ||
        (follow->told_receiver && found->state == RECEIVER_LOCK_IS_HELD &&
         same_holder(follow, found)))
        return;
    follow->told_receiver = true;
    follow->state = found->state;
    follow->holder = found->holder;
    follow->config.receiver(found->state, &found->holder, follow->config.context);
}

static void tell_trouble(struct follow *follow, const struct found *found)
{
    if (follow->closing || found->failed == follow->told_trouble)
        return;
    follow->told_trouble = found->failed;
    follow->config.trouble(found->failed ? found->error.message : NULL, follow->config.context);
}

static void clear_rows(struct found *found)
{
    forward_target_clear(&found->target);
    for (size_t i = 0; i < found->row_count; i++)
        delivery_clear(&found->rows[i]);
    found->row_count = 0;
}

static void looked(uv_work_t *work, int status)
{
    struct follow *follow = work->data;
    struct found *found = &follow->found;
    webhook_list_clear(&follow->remembering);
    if (status == 0) {
        tell_rows(follow, found);
        tell_trouble(follow, found);
        tell_receiver(follow, found);
        clear_rows(found);
    }
    follow->working = false; /* not before: a callback may close this */
    if (follow->closing)
        end_if_idle(follow);
    else if (status == 0 && (found->more || follow->again))
        begin_job(follow);
}

static void begin_job(struct follow *follow)
{
    follow->again = follow->working;
    if (follow->working)
        return;
    follow->remembering = follow->to_remember;
    follow->remembering_times = follow->to_remember_times;
    follow->to_remember = (struct webhook_list){0};
    activity_notes_join(&follow->noting, &follow->to_note);
    follow->looked_us = ambient_steady_us(&follow->config.ambient);
    follow->working = uv_queue_work(follow->loop, &follow->work, look, looked) == 0;
}

static void on_change(uv_fs_event_t *watch, const char *name, int events, int status);

static void begin_watching(struct follow *follow)
{
    follow->watching = uv_fs_event_start(&follow->watch, on_change, follow->folder, 0) == 0;
}

/* First the watch, then the look: nothing that changes between them is missed. */
static void on_pause(uv_timer_t *timer)
{
    struct follow *follow = timer->data;
    begin_watching(follow);
    begin_job(follow);
}

/* "store.db", "store.db-wal", "store.db.receiver". */
static bool is_of_the_store(const struct follow *follow, const char *name)
{
    size_t length = strlen(follow->name);
    return name == NULL || (strncmp(name, follow->name, length) == 0 &&
                            (name[length] == '\0' || strcmp(name + length, "-wal") == 0 ||
                             strcmp(name + length, ".receiver") == 0));
}

/* Under load each commit would wake the loop: the watch rests until they are read. */
static void on_change(uv_fs_event_t *watch, const char *name, int events, int status)
{
    struct follow *follow = watch->data;
    (void)events;
    if (status == 0 && !is_of_the_store(follow, name))
        return;
    uv_fs_event_stop(watch);
    uv_timer_start(&follow->pause, on_pause, FOLLOW_PAUSE_MS, 0);
}

void follow_tick(struct follow *follow)
{
    uint64_t since_us = ambient_steady_us(&follow->config.ambient) - follow->looked_us;
    if (follow->working || uv_is_active((uv_handle_t *)&follow->pause))
        return;
    if (!follow->watching || since_us >= (uint64_t)FOLLOW_LOOK_MS * 1000) {
        if (!follow->watching)
            begin_watching(follow);
        begin_job(follow);
    }
}

void follow_note(struct follow *follow, const struct activity_note *note)
{
    (void)activity_notes_add(&follow->to_note, note);
    begin_job(follow);
}

void follow_remember_webhooks(struct follow *follow, const struct webhook_list *list,
                              const struct list_times *times)
{
    struct webhook_list copy;
    if (!webhook_list_copy(&copy, list))
        return;
    webhook_list_clear(&follow->to_remember);
    follow->to_remember = copy;
    follow->to_remember_times = *times;
    begin_job(follow);
}

/* --- beginning and end ---------------------------------------------------------------------- */

static bool split_path(struct follow *follow)
{
    char folder[PATH_MAX];
    char file[PATH_MAX];
    if (realpath(follow->config.store_path, folder) == NULL &&
        snprintf(folder, sizeof folder, "%s", follow->config.store_path) >= (int)sizeof folder)
        return false;
    memcpy(file, folder, sizeof file);
    (void)snprintf(follow->folder, sizeof follow->folder, "%s", dirname(folder));
    return snprintf(follow->name, sizeof follow->name, "%s", basename(file)) <
           (int)sizeof follow->name;
}

struct follow *follow_new(uv_loop_t *loop, const struct follow_config *config)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL)
        return NULL;
    follow->loop = loop;
    follow->config = *config;
    (void)snprintf(follow->store_path, sizeof follow->store_path, "%s", config->store_path);
    follow->reader.newest_id = config->newest_id;
    follow->reader.version = -1;
    if (!split_path(follow)) {
        free(follow);
        return NULL;
    }
    uv_fs_event_init(loop, &follow->watch);
    uv_timer_init(loop, &follow->pause);
    follow->open_handles = 2;
    follow->watch.data = follow->pause.data = follow->work.data = follow;
    begin_watching(follow);
    begin_job(follow);
    return follow;
}

static void handle_gone(uv_handle_t *handle)
{
    struct follow *follow = handle->data;
    if (--follow->open_handles > 0)
        return;
    void (*closed)(void *context) = follow->closed;
    void *context = follow->closed_context;
    webhook_list_clear(&follow->to_remember);
    activity_notes_clear(&follow->to_note);
    activity_notes_clear(&follow->noting);
    free(follow);
    if (closed != NULL)
        closed(context);
}

/* The reader goes on the loop: it has written nothing, so closing it writes nothing back, unless it
   is the last of all connections. */
static void end_if_idle(struct follow *follow)
{
    if (!follow->closing || follow->working)
        return;
    store_close(follow->reader.store);
    follow->reader.store = NULL;
    uv_close((uv_handle_t *)&follow->watch, handle_gone);
    uv_close((uv_handle_t *)&follow->pause, handle_gone);
}

void follow_close(struct follow *follow, void (*closed)(void *context), void *context)
{
    follow->closing = true;
    follow->closed = closed;
    follow->closed_context = context;
    end_if_idle(follow);
}
