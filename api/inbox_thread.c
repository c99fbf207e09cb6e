#include "api/inbox_private.h"

#include "api/segment.h"
#include "api/store_activity.h"
#include "api/store_periods.h"
#include "api/thread_signals.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* --- what is to be done --------------------------------------------- */

struct work {
    struct inbox_list batch;
    bool spare; /* nothing else waits: time for upkeep and the search index */
};

/* Everything that was verified while the last batch was written, within bounds. */
static void take_batch(struct inbox *inbox, struct inbox_list *batch)
{
    size_t bytes = 0;
    while (inbox->verified.first != NULL && batch->count < INBOX_BATCH_MAX &&
           bytes < INBOX_BATCH_BYTES_MAX) {
        struct inbox_item *item = inbox_list_take(&inbox->verified);
        bytes += item->delivery.body_length;
        inbox_list_append(batch, item);
    }
}

static bool index_due(const struct inbox *inbox)
{
    return inbox->newest_id >= inbox->index_at;
}

/* The endpoints come before what only tidies up. */
static bool spare_work_waits(const struct inbox *inbox)
{
    return inbox->unsaved.items == NULL && (index_due(inbox) || inbox_upkeep_due(inbox));
}

/* Deliveries are on their way to this thread, which is woken when they come. */
static bool more_comes(const struct inbox *inbox)
{
    return inbox->queue.first != NULL || !inbox->verifier_idle;
}

static bool spare_work_due(const struct inbox *inbox)
{
    return spare_work_waits(inbox) && !more_comes(inbox) &&
           ambient_steady_us(&inbox->config.ambient) >= inbox->spare.next_us;
}

/* Nanoseconds after which there is something to do though nothing comes. */
static uint64_t longest_wait(const struct inbox *inbox)
{
    bool times = inbox->timeless > 0 || inbox->new_times.count > 0;
    uint64_t wait = times ? INBOX_TIMES_PAUSE_NS : UINT64_MAX;
    uint64_t at = spare_work_waits(inbox) ? inbox->spare.next_us : inbox->upkeep_at_us;
    if (inbox->unsaved.items != NULL || at == UINT64_MAX || more_comes(inbox))
        return wait;
    uint64_t now = ambient_steady_us(&inbox->config.ambient);
    uint64_t until = at > now ? (at - now) * 1000 : 0;
    return until < wait ? until : wait;
}

/* With deliveries, answer times cost nothing: they are written with them. When no more come,
   they are written by themselves, once for all that gathered within a pause. While nothing
   arrives and nothing can become due the thread sleeps without a timer. */
static bool wait_for_work(struct inbox *inbox)
{
    bool times_due = false;
    while (!inbox->stop && inbox->verified.first == NULL && !inbox->webhooks_changed &&
           inbox->notes.count == 0 && !times_due && !spare_work_due(inbox)) {
        uint64_t wait = longest_wait(inbox);
        if (wait == UINT64_MAX)
            uv_cond_wait(&inbox->work, &inbox->lock);
        else if (uv_cond_timedwait(&inbox->work, &inbox->lock, wait) != 0)
            times_due = wait >= INBOX_TIMES_PAUSE_NS && inbox->new_times.count > 0;
    }
    return inbox->verified.first != NULL || inbox->webhooks_changed || inbox->notes.count > 0 ||
           inbox->new_times.count > 0 || (!inbox->stop && spare_work_due(inbox));
}

/* False when there is nothing more to do, ever. */
static bool take_work(struct inbox *inbox, struct work *work)
{
    struct webhook_list replaced = {0};
    *work = (struct work){0};
    uv_mutex_lock(&inbox->lock);
    inbox->waiting = true;
    bool more = wait_for_work(inbox);
    inbox->waiting = false;
    inbox->turns.store++;
    take_batch(inbox, &work->batch);
    if (inbox->webhooks_changed) {
        replaced = inbox->unsaved;
        inbox->unsaved = inbox->webhooks;
        inbox->unsaved_times = inbox->webhooks_times;
        inbox->webhooks = (struct webhook_list){0};
        inbox->webhooks_changed = false;
    }
    activity_notes_join(&inbox->unsaved_notes, &inbox->notes);
    work->spare = work->batch.count == 0 && !inbox->stop && spare_work_due(inbox);
    inbox->times.count = work->spare ? 0 : inbox->new_times.count;
    memcpy(inbox->times.items, inbox->new_times.items,
           inbox->times.count * sizeof inbox->times.items[0]);
    if (!work->spare)
        inbox->new_times.count = 0;
    uv_mutex_unlock(&inbox->lock);
    webhook_list_clear(&replaced);
    return more;
}

/* --- store ---------------------------------------------------------------- */

/* Of what is asked of the application, and has been before. */
static void decide_repeat(const struct inbox *inbox, struct inbox_item *item)
{
    if (inbox->config.ask == NULL || item->delivery.on_demand || item->attempt <= 1 ||
        item->forwarded_before != FORWARD_WAITING)
        return;
    item->status = INBOX_LATER;
    item->late_status = true;
}

static bool write_time(struct store *store, const struct inbox_time *time, struct error *error)
{
    return store_set_answer_time(store, time->id, time->attempt, time->answer_us, error) &&
           (time->status == 0 ||
            store_set_answer_status(store, time->id, time->attempt, time->status, error));
}

static bool write_times(struct inbox *inbox, struct error *error)
{
    for (size_t i = 0; i < inbox->times.count; i++)
        if (!write_time(inbox->store, &inbox->times.items[i], error))
            return false;
    return true;
}

static bool insert(struct inbox *inbox, struct inbox_item *item, struct error *error)
{
    struct delivery *delivery = &item->delivery;
    enum inbox_queues queues = inbox->config.queues;
    bool queued = queues == INBOX_QUEUES_ALL ||
                  (queues == INBOX_QUEUES_GENUINE && delivery->verdict == VERDICT_GENUINE);
    if (!store_insert_delivery(inbox->store, delivery, error) ||
        (queued && !store_queue_forward(inbox->store, delivery, delivery->received_ms,
                                        &item->forward_id, &item->forwarded_before, error)))
        return false;
    delivery->forwarded = item->forward_id != 0 ? FORWARD_WAITING : item->forwarded_before;
    return true;
}

static bool insert_batch(struct inbox *inbox, struct inbox_list *batch, bool genuine_only,
                         struct error *error)
{
    for (struct inbox_item *item = batch->first; item != NULL; item = item->next) {
        bool genuine = item->delivery.verdict == VERDICT_GENUINE;
        bool decided = item->delivery.verdict != VERDICT_UNDECIDED;
        if ((genuine || (decided && !genuine_only)) && !insert(inbox, item, error))
            return false;
    }
    return true;
}

/* What was inserted is nowhere if the transaction did not end well. */
static void undo(struct inbox *inbox, struct inbox_list *batch)
{
    store_rollback(inbox->store);
    for (struct inbox_item *item = batch->first; item != NULL; item = item->next) {
        item->delivery.id = item->delivery.attempts = item->forward_id = 0;
        item->delivery.forwarded = FORWARD_NONE;
    }
}

/* The disk may have room for some: of a batch that failed, what is genuine is tried once more, by
   itself. Then junk that is too large takes nothing genuine down with it. */
static bool write_batch(struct inbox *inbox, struct inbox_list *batch, struct error *error)
{
    if (!store_begin(inbox->store, error))
        return false;
    if (insert_batch(inbox, batch, false, error) && write_times(inbox, error) &&
        store_commit(inbox->store, error))
        return true;
    undo(inbox, batch);
    if (!store_begin(inbox->store, NULL))
        return false;
    if (!insert_batch(inbox, batch, true, NULL) || !store_commit(inbox->store, NULL))
        undo(inbox, batch);
    return false;
}

/* Before the endpoints: what of those is our own doing shows in these. */
static bool write_notes(struct inbox *inbox, struct error *error)
{
    if (inbox->unsaved_notes.count == 0)
        return true;
    if (!store_put_notes(inbox->store, &inbox->unsaved_notes,
                         ambient_wall_ms(&inbox->config.ambient), error))
        return false;
    activity_notes_clear(&inbox->unsaved_notes);
    return true;
}

static bool write_webhooks(struct inbox *inbox, struct error *error)
{
    struct list_times times = inbox->unsaved_times;
    if (times.answered_ms == 0) /* not told: now */
        times.asked_ms = times.answered_ms = ambient_wall_ms(&inbox->config.ambient);
    if (!store_put_list(inbox->store, &inbox->unsaved, &times, error))
        return false;
    webhook_list_clear(&inbox->known);
    inbox->known = inbox->unsaved;
    inbox->unsaved = (struct webhook_list){0};
    return true;
}

void inbox_notice(struct inbox *inbox, const struct error *line)
{
    uv_mutex_lock(&inbox->lock);
    inbox->notice = *line;
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}

/* A new file does not know the endpoints: they are written again. */
static void tell_news(struct inbox *inbox, const struct store_news *news)
{
    if (news->kind == STORE_NO_NEWS)
        return;
    if (news->kind == STORE_SET_ASIDE && inbox->unsaved.items == NULL) {
        inbox->unsaved = inbox->known;
        inbox->unsaved_times = (struct list_times){0};
        inbox->known = (struct webhook_list){0};
    }
    uv_mutex_lock(&inbox->lock);
    inbox->notice = news->line;
    uv_mutex_unlock(&inbox->lock);
}

bool inbox_open_store(struct inbox *inbox, struct error *error)
{
    struct store_counts counts;
    struct store_news news;
    inbox->store = store_open_to_receive(inbox->store_path, ambient_wall_ms(&inbox->config.ambient),
                                         &news, error);
    tell_news(inbox, &news);
    if (inbox->store == NULL || !store_counts(inbox->store, &counts, error) ||
        !store_newest_id(inbox->store, &inbox->newest_id, error))
        return false;
    uv_mutex_lock(&inbox->lock);
    inbox->stored = (struct inbox_stored){counts.deliveries, counts.genuine};
    uv_mutex_unlock(&inbox->lock);
    if (news.kind != STORE_NO_NEWS || inbox->index_at == 0)
        inbox->index_at = SEGMENT_ROWS;
    return true;
}

/* So that it can be told later whether something would be in the file, had it come. Where that
   cannot be written it is not known, which is no trouble to anyone. */
static void begin_period(struct inbox *inbox)
{
    if (inbox->store != NULL)
        (void)store_begin_period(inbox->store, &inbox->receiving_ms,
                                 ambient_wall_ms(&inbox->config.ambient), NULL);
}

static void end_period(struct inbox *inbox)
{
    if (inbox->store != NULL && inbox->receiving_ms != 0)
        (void)store_end_period(inbox->store, inbox->receiving_ms,
                               ambient_wall_ms(&inbox->config.ambient), NULL);
}

static bool store_ready(struct inbox *inbox, struct error *error)
{
    if (inbox->store != NULL)
        return true;
    bool opened = inbox_open_store(inbox, error);
    begin_period(inbox);
    return opened;
}

static void close_store(struct inbox *inbox)
{
    inbox_upkeep_close(inbox);
    store_index_close(inbox->index);
    inbox->index = NULL;
    store_close(inbox->store);
    inbox->store = NULL;
}

/* SQLite has found the file corrupt while it was in use: it makes room for a new one. */
static bool replace_store(struct inbox *inbox, struct error *error)
{
    struct store_news news = {0};
    close_store(inbox);
    if (!store_set_aside(inbox->store_path, ambient_wall_ms(&inbox->config.ambient), &news, error))
        return false;
    bool opened = inbox_open_store(inbox, error);
    begin_period(inbox);
    inbox->index_at = SEGMENT_ROWS;
    tell_news(inbox, &news);
    return opened;
}

/* After any failure the file is opened anew for the next batch, whatever the cause was: so
   service resumes by itself when it is gone. */
static void settle(struct inbox *inbox, bool written, const struct error *error)
{
    struct store_counts counts = {0};
    bool counted = inbox->store != NULL && store_counts(inbox->store, &counts, NULL);
    if (!written)
        close_store(inbox);
    uv_mutex_lock(&inbox->lock);
    if (counted)
        inbox->stored = (struct inbox_stored){counts.deliveries, counts.genuine};
    if (!written && !inbox->failing)
        inbox->trouble = *error;
    inbox->failing = !written;
    uv_mutex_unlock(&inbox->lock);
}

/* Under the lock. What was not stored comes again, and is answered as was ordered then. */
static void give_order_back(struct inbox *inbox, const struct inbox_item *item)
{
    if (item->order.status == 0 || item->delivery.id != 0 ||
        item->order_number != inbox->order_number)
        return;
    inbox->order =
        (struct answer_order){item->order.status, inbox->order.left + 1, item->order.delay_ms};
}

static void hand_back(struct inbox *inbox, struct inbox_list *batch)
{
    size_t stored = 0;
    for (struct inbox_item *item = batch->first; item != NULL; item = item->next)
        stored += item->delivery.id != 0;
    uv_mutex_lock(&inbox->lock);
    inbox->timeless += stored;
    struct inbox_item *item;
    while ((item = inbox_list_take(batch)) != NULL) {
        give_order_back(inbox, item);
        inbox_list_append(&inbox->done, item);
    }
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}

/* The row of a repeat's event is told instead of the repeat. Where it cannot be read, the repeat
   itself is, under the row's id: the fields of the event are the same. */
static void become_row(struct inbox *inbox, struct inbox_item *item)
{
    struct delivery row;
    if (inbox->store == NULL || !store_load_summary(inbox->store, item->delivery.id, &row, NULL))
        return;
    char *webhook_id = item->delivery.webhook_id;
    item->delivery.webhook_id = NULL;
    delivery_clear(&item->delivery);
    row.newest_webhook_id = webhook_id;
    row.attempts = item->attempt; /* as of this one, whatever came after it in its batch */
    item->delivery = row;
}

static void finish_item(struct inbox *inbox, struct inbox_item *item)
{
    if (item->delivery.id > inbox->newest_id)
        inbox->newest_id = item->delivery.id;
    item->attempt = item->delivery.attempts;
    decide_repeat(inbox, item);
    if (item->delivery.id != 0 && item->attempt > 1)
        become_row(inbox, item);
}

static bool all_decided(const struct inbox_list *batch, struct error *error)
{
    for (const struct inbox_item *item = batch->first; item != NULL; item = item->next)
        if (item->delivery.verdict == VERDICT_UNDECIDED)
            return error_set(error, "out of memory: a delivery could not be verified");
    return true;
}

/* Deliveries are answered before anything else is written. */
static void store_deliveries(struct inbox *inbox, struct inbox_list *batch)
{
    struct error error = {0};
    bool written = store_ready(inbox, &error) && write_batch(inbox, batch, &error);
    if (!written && inbox->store != NULL && store_damaged(inbox->store))
        written = replace_store(inbox, &error) && write_batch(inbox, batch, &error);
    for (struct inbox_item *item = batch->first; item != NULL; item = item->next)
        finish_item(inbox, item);
    spare_time_worked(&inbox->spare, ambient_steady_us(&inbox->config.ambient));
    settle(inbox, written && all_decided(batch, &error), &error);
    hand_back(inbox, batch);
}

/* Times that cannot be written are no trouble to anyone: they are let go. */
static void store_times(struct inbox *inbox)
{
    struct error error = {0};
    struct inbox_list none = {0};
    if (inbox->store != NULL && write_batch(inbox, &none, &error))
        settle(inbox, true, NULL);
}

static void store_webhooks(struct inbox *inbox)
{
    struct error error = {0};
    bool written = store_ready(inbox, &error) && write_notes(inbox, &error) &&
                   (inbox->unsaved.items == NULL || write_webhooks(inbox, &error));
    settle(inbox, written, &error);
    uv_mutex_lock(&inbox->lock);
    inbox->activity |= written;
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}

/* One slice. An index that cannot be made is no trouble to a sender, and searches read the rows
   themselves meanwhile: it is tried again when as many rows have come again. */
static void index_some(struct inbox *inbox)
{
    enum store_index_result result = STORE_INDEX_FAILED;
    if (inbox->index == NULL)
        inbox->index = store_index_open(inbox->store_path, NULL);
    if (inbox->index != NULL)
        result = store_index_step(inbox->index, NULL);
    if (result == STORE_INDEX_MORE)
        return;
    inbox->index_at = SEGMENT_ROWS + (result == STORE_INDEX_IDLE ? store_index_end(inbox->index) - 1
                                                                 : inbox->newest_id);
    store_index_close(inbox->index); /* takes no memory while it has nothing to do */
    inbox->index = NULL;
}

static void do_spare_work(struct inbox *inbox)
{
    uint64_t begun_us = ambient_steady_us(&inbox->config.ambient);
    if (inbox_upkeep_due(inbox))
        inbox_upkeep_when_idle(inbox);
    else
        index_some(inbox);
    spare_time_used(&inbox->spare, begun_us, ambient_steady_us(&inbox->config.ambient));
}

void inbox_thread_run(void *context)
{
    struct inbox *inbox = context;
    struct work work;
    thread_signals_block(NULL);
    (void)pthread_setname_np(pthread_self(), INBOX_THREAD_NAME);
    begin_period(inbox);

    while (take_work(inbox, &work)) {
        size_t rows = work.batch.count;
        if (rows > 0)
            store_deliveries(inbox, &work.batch);
        else if (inbox->times.count > 0)
            store_times(inbox);
        if (inbox->unsaved.items != NULL || inbox->unsaved_notes.count > 0)
            store_webhooks(inbox);
        if (rows > 0)
            inbox_upkeep_after_batch(inbox, rows);
        else if (work.spare)
            do_spare_work(inbox);
    }
    end_period(inbox);
    close_store(inbox); /* here, not on the loop: the last one to close writes the log back */

    uv_mutex_lock(&inbox->lock);
    inbox->ended = true;
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}
