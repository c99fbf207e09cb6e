#include "api/inbox.h"

#include "api/buffer.h"
#include "api/segment.h"
#include "api/store.h"
#include "api/store_index.h"
#include "api/thread_signals.h"

#include <stdlib.h>
#include <string.h>

/* A delivery on its way: from the loop's queue to the thread's batch to the loop's answers. The
   headers are the exchange's (valid until it is answered), all else is the item's. */
struct item {
    struct item *next;
    struct exchange *exchange;
    struct delivery delivery; /* id is 0 unless it is on disk */
};

struct item_list {
    struct item *first;
    struct item *last;
    size_t count;
};

struct answer_time {
    int64_t id;
    int64_t answer_us;
};

struct answer_times {
    struct answer_time items[INBOX_TIMES_MAX];
    size_t count;
};

struct inbox {
    struct inbox_config config;
    char *store_path;
    uv_async_t handed_back;
    uv_thread_t thread;

    /* The loop's. */
    size_t unanswered; /* handed to the thread */
    bool told_trouble;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;

    /* The thread's, once it runs. */
    struct store *store; /* NULL after a failure: opened again for the next batch */
    struct webhook_list unsaved;
    struct keyring_match match; /* too large for a stack, filled for each delivery */
    struct answer_times times;  /* to be written */
    struct store_index *index;  /* NULL while there is nothing to index */
    int64_t newest_id;          /* that was stored */
    int64_t index_at;           /* once this row is stored there is something to index */

    uv_mutex_t lock;
    uv_cond_t work;

    /* Both's, under the lock. */
    struct item_list queue;
    size_t queued_bytes; /* bodies in the queue and in the batch that is being written */
    struct keyring *keyring;
    struct webhook_list webhooks; /* to be remembered */
    bool webhooks_changed;
    struct item_list done;
    size_t timeless; /* stored, and handed back; their answer times are to come */
    struct answer_times new_times;
    bool failing;
    struct error trouble;
    int64_t stored;
    bool stop;  /* nothing more will be queued */
    bool ended; /* the thread is at its end */
};

/* --- items ------------------------------------------------------------------ */

static void item_free(struct item *item)
{
    item->delivery.headers = (struct header_list){0};
    delivery_clear(&item->delivery);
    free(item);
}

static struct item *item_new(struct exchange *exchange)
{
    const struct listener_request *request = exchange_request(exchange);
    struct item *item = calloc(1, sizeof *item);
    if (item == NULL)
        return NULL;
    item->exchange = exchange;
    item->delivery = (struct delivery){
        .received_ms = request->received_ms,
        .peer = strdup(request->peer),
        .method = strdup(request->method),
        .target = strdup(request->target),
        .headers = *request->headers,
        .answer_us = -1,
        .sequence = -1,
    };
    struct delivery *delivery = &item->delivery;
    if (delivery->peer != NULL && delivery->method != NULL && delivery->target != NULL)
        delivery->body = exchange_take_body(exchange, &delivery->body_length);
    if (delivery->body == NULL) {
        item_free(item);
        return NULL;
    }
    return item;
}

static void list_append(struct item_list *list, struct item *item)
{
    item->next = NULL;
    if (list->last != NULL)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->count++;
}

static struct item *list_take(struct item_list *list)
{
    struct item *item = list->first;
    if (item == NULL)
        return NULL;
    list->first = item->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    return item;
}

/* --- answers ------------------------------------------------------------------ */

/* The same bytes each time: a sender learns from an answer whether to try again, nothing else. */
struct answer {
    int status;
    const char *body;
    const char *header; /* besides Content-Type and Content-Length; may be NULL */
    const char *value;
};

static const struct answer ACCEPTED = {200, "{\"status\":\"stored\"}\n", NULL, NULL};
static const struct answer REFUSED = {400, "{\"error\":\"delivery refused\"}\n", NULL, NULL};
static const struct answer UNAVAILABLE = {503, "{\"error\":\"try again later\"}\n", "Retry-After",
                                          "5"};
_Static_assert(INBOX_RETRY_AFTER_S == 5, "UNAVAILABLE says so in text");
static const struct answer NOT_ALLOWED = {405, "{\"error\":\"method not allowed\"}\n", "Allow",
                                          "GET, HEAD, POST"};

static int64_t respond(struct exchange *exchange, const struct answer *answer)
{
    struct header header = {(char *)answer->header, (char *)answer->value};
    struct header_list headers = {.items = &header, .count = answer->header != NULL};
    return exchange_respond(exchange, answer->status, "application/json", &headers, answer->body,
                            strlen(answer->body));
}

static void respond_health(struct inbox *inbox, struct exchange *exchange)
{
    uv_mutex_lock(&inbox->lock);
    bool failing = inbox->failing;
    int64_t stored = inbox->stored;
    size_t keys = keyring_count(inbox->keyring);
    uv_mutex_unlock(&inbox->lock);

    struct buffer body;
    buffer_init(&body, 256);
    (void)buffer_printf(
        &body, "{\"service\":\"bridgetop\",\"status\":\"%s\",\"stored\":%lld,\"keys\":%zu}\n",
        failing ? "storage failing" : "ok", (long long)stored, keys);
    if (body.failed)
        (void)respond(exchange, &UNAVAILABLE);
    else
        (void)exchange_respond(exchange, 200, "application/json", NULL, body.data, body.length);
    buffer_clear(&body);
}

/* --- the loop: in --------------------------------------------------------------- */

static bool queue_has_room(const struct inbox *inbox, size_t body_length)
{
    return inbox->queue.count < INBOX_QUEUE_MAX &&
           body_length <= INBOX_QUEUE_BYTES_MAX - inbox->queued_bytes;
}

/* Room is asked for first: a delivery that finds none keeps its body in the exchange. */
static bool enqueue(struct inbox *inbox, struct exchange *exchange)
{
    uv_mutex_lock(&inbox->lock);
    bool room = queue_has_room(inbox, exchange_request(exchange)->body_length);
    uv_mutex_unlock(&inbox->lock);
    struct item *item = room ? item_new(exchange) : NULL;
    if (item == NULL)
        return false;

    uv_mutex_lock(&inbox->lock);
    inbox->queued_bytes += item->delivery.body_length;
    list_append(&inbox->queue, item);
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
    inbox->unanswered++;
    return true;
}

void inbox_handle(struct exchange *exchange, void *context)
{
    struct inbox *inbox = context;
    const char *method = exchange_request(exchange)->method;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        respond_health(inbox, exchange);
    else if (strcmp(method, "POST") != 0)
        (void)respond(exchange, &NOT_ALLOWED);
    else if (inbox->closing || !enqueue(inbox, exchange))
        (void)respond(exchange, &UNAVAILABLE);
}

void inbox_set_keys(struct inbox *inbox, struct keyring *keyring)
{
    uv_mutex_lock(&inbox->lock);
    struct keyring *old = inbox->keyring;
    inbox->keyring = keyring_ref(keyring);
    uv_mutex_unlock(&inbox->lock);
    keyring_unref(old);
}

static bool copy_webhooks(struct webhook_list *to, const struct webhook_list *from)
{
    *to = (struct webhook_list){.items = calloc(from->count + 1, sizeof *to->items)};
    if (to->items == NULL)
        return false;
    for (size_t i = 0; i < from->count; i++) {
        if (!webhook_copy(&to->items[i], &from->items[i])) {
            webhook_list_clear(to);
            return false;
        }
        to->count++;
    }
    return true;
}

/* A newer list replaces one that is still waiting. Without memory the store keeps what it has. */
void inbox_remember_webhooks(struct inbox *inbox, const struct webhook_list *list)
{
    struct webhook_list copy;
    if (inbox->closing || !copy_webhooks(&copy, list))
        return;
    uv_mutex_lock(&inbox->lock);
    struct webhook_list old = inbox->webhooks;
    inbox->webhooks = copy;
    inbox->webhooks_changed = true;
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
    webhook_list_clear(&old);
}

/* --- the thread: what is to be done --------------------------------------------- */

struct work {
    struct item_list batch;
    struct keyring *keyring;
    bool spare; /* nothing else waits: time for the search index */
};

/* Everything that has queued up while the last batch was written, within bounds. */
static void take_batch(struct inbox *inbox, struct item_list *batch)
{
    size_t bytes = 0;
    while (inbox->queue.first != NULL && batch->count < INBOX_BATCH_MAX &&
           bytes < INBOX_BATCH_BYTES_MAX) {
        struct item *item = list_take(&inbox->queue);
        bytes += item->delivery.body_length;
        list_append(batch, item);
    }
}

static bool index_due(const struct inbox *inbox)
{
    return inbox->newest_id >= inbox->index_at;
}

/* With deliveries, answer times cost nothing: they are written with them. When no more come,
   they are written by themselves, once for all that gathered within a pause. While nothing
   arrives the thread sleeps without a timer. */
static bool wait_for_work(struct inbox *inbox)
{
    bool times_due = false;
    if (index_due(inbox) && inbox->unsaved.items == NULL && !inbox->stop)
        return true;
    while (!inbox->stop && inbox->queue.first == NULL && !inbox->webhooks_changed && !times_due) {
        if (inbox->timeless == 0 && inbox->new_times.count == 0)
            uv_cond_wait(&inbox->work, &inbox->lock);
        else if (uv_cond_timedwait(&inbox->work, &inbox->lock, INBOX_TIMES_PAUSE_NS) != 0)
            times_due = inbox->new_times.count > 0;
    }
    return inbox->queue.first != NULL || inbox->webhooks_changed || inbox->new_times.count > 0;
}

/* False when there is nothing more to do, ever. */
static bool take_work(struct inbox *inbox, struct work *work)
{
    struct webhook_list replaced = {0};
    *work = (struct work){0};
    uv_mutex_lock(&inbox->lock);
    bool more = wait_for_work(inbox);
    take_batch(inbox, &work->batch);
    work->keyring = keyring_ref(inbox->keyring);
    if (inbox->webhooks_changed) {
        replaced = inbox->unsaved;
        inbox->unsaved = inbox->webhooks;
        inbox->webhooks = (struct webhook_list){0};
        inbox->webhooks_changed = false;
    }
    work->spare = index_due(inbox) && work->batch.count == 0 && inbox->unsaved.items == NULL;
    inbox->times.count = work->spare ? 0 : inbox->new_times.count;
    memcpy(inbox->times.items, inbox->new_times.items,
           inbox->times.count * sizeof inbox->times.items[0]);
    if (!work->spare)
        inbox->new_times.count = 0;
    uv_mutex_unlock(&inbox->lock);
    webhook_list_clear(&replaced);
    return more;
}

/* --- the thread: verify ------------------------------------------------------------ */

static char *copy_or_null(const char *string)
{
    return string != NULL ? strdup(string) : NULL;
}

/* The time of arrival counts for the replay window: waiting in the queue makes nothing stale. */
static void verify(struct inbox *inbox, const struct keyring *keyring, struct delivery *delivery)
{
    struct keyring_match *match = &inbox->match;
    struct error reason = {0};
    int key = -1;
    keyring_match(keyring, delivery->target, match);
    delivery->verdict =
        signature_verify(header_list_find(&delivery->headers, CONTRACT_SIGNATURE_HEADER),
                         header_list_count(&delivery->headers, CONTRACT_SIGNATURE_HEADER),
                         delivery->body, delivery->body_length, match->keys, match->count,
                         delivery->received_ms, inbox->config.window_ms, &key, &reason);
    delivery->reason = strdup(reason.message);
    delivery->webhook_id =
        copy_or_null(key >= 0 ? match->webhook_ids[key] : match->path_webhook_id);
    delivery->answer_status =
        delivery->verdict == VERDICT_GENUINE ? ACCEPTED.status : REFUSED.status;
    delivery_read_event(delivery);
}

/* --- the thread: store ---------------------------------------------------------------- */

static bool write_times(struct inbox *inbox, struct error *error)
{
    for (size_t i = 0; i < inbox->times.count; i++)
        if (!store_set_answer_time(inbox->store, inbox->times.items[i].id, 1,
                                   inbox->times.items[i].answer_us, error))
            return false;
    return true;
}

static bool insert_batch(struct inbox *inbox, struct item_list *batch, bool genuine_only,
                         struct error *error)
{
    for (struct item *item = batch->first; item != NULL; item = item->next) {
        bool genuine = item->delivery.verdict == VERDICT_GENUINE;
        if ((genuine || !genuine_only) &&
            !store_insert_delivery(inbox->store, &item->delivery, error))
            return false;
    }
    return true;
}

/* What was inserted is nowhere if the transaction did not end well. */
static void undo(struct inbox *inbox, struct item_list *batch)
{
    store_rollback(inbox->store);
    for (struct item *item = batch->first; item != NULL; item = item->next)
        item->delivery.id = 0;
}

/* The disk may have room for some: of a batch that failed, what is genuine is tried once more, by
   itself. Then junk that is too large takes nothing genuine down with it. */
static bool write_batch(struct inbox *inbox, struct item_list *batch, struct error *error)
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

static bool write_webhooks(struct inbox *inbox, struct error *error)
{
    if (!store_put_webhooks(inbox->store, &inbox->unsaved, ambient_wall_ms(&inbox->config.ambient),
                            error))
        return false;
    webhook_list_clear(&inbox->unsaved);
    return true;
}

static bool store_ready(struct inbox *inbox, struct error *error)
{
    if (inbox->store == NULL)
        inbox->store = store_open(inbox->store_path, STORE_WRITE, error);
    return inbox->store != NULL;
}

/* After any failure the file is opened anew for the next batch, whatever the cause was: so
   service resumes by itself when it is gone. */
static void settle(struct inbox *inbox, bool written, const struct error *error)
{
    struct store_counts counts = {0};
    bool counted = inbox->store != NULL && store_counts(inbox->store, &counts, NULL);
    if (!written) {
        store_close(inbox->store);
        inbox->store = NULL;
    }
    uv_mutex_lock(&inbox->lock);
    if (counted)
        inbox->stored = counts.deliveries;
    if (!written && !inbox->failing)
        inbox->trouble = *error;
    inbox->failing = !written;
    uv_mutex_unlock(&inbox->lock);
}

/* The exchanges' headers must not be looked at any more once the loop can answer. */
static size_t drop_payload(struct delivery *delivery)
{
    free(delivery->body);
    delivery->body = NULL;
    delivery->headers = (struct header_list){0};
    return delivery->body_length;
}

static void hand_back(struct inbox *inbox, struct item_list *batch)
{
    size_t bytes = 0;
    size_t stored = 0;
    for (struct item *item = batch->first; item != NULL; item = item->next) {
        bytes += drop_payload(&item->delivery);
        stored += item->delivery.id != 0;
    }
    uv_mutex_lock(&inbox->lock);
    inbox->queued_bytes -= bytes;
    inbox->timeless += stored;
    struct item *item;
    while ((item = list_take(batch)) != NULL)
        list_append(&inbox->done, item);
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}

/* Deliveries are answered before anything else is written. */
static void store_deliveries(struct inbox *inbox, struct item_list *batch)
{
    struct error error = {0};
    bool written = store_ready(inbox, &error) && write_batch(inbox, batch, &error);
    settle(inbox, written, &error);
    for (const struct item *item = batch->first; item != NULL; item = item->next)
        if (item->delivery.id > inbox->newest_id)
            inbox->newest_id = item->delivery.id;
    hand_back(inbox, batch);
}

/* Times that cannot be written are no trouble to anyone: they are let go. */
static void store_times(struct inbox *inbox)
{
    struct error error = {0};
    struct item_list none = {0};
    if (inbox->store != NULL && write_batch(inbox, &none, &error))
        settle(inbox, true, NULL);
}

static void store_webhooks(struct inbox *inbox)
{
    struct error error = {0};
    bool written = store_ready(inbox, &error) && write_webhooks(inbox, &error);
    settle(inbox, written, &error);
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

static void run(void *context)
{
    struct inbox *inbox = context;
    struct work work;
    thread_signals_block(NULL);

    while (take_work(inbox, &work)) {
        for (struct item *item = work.batch.first; item != NULL; item = item->next)
            verify(inbox, work.keyring, &item->delivery);
        keyring_unref(work.keyring);
        if (work.batch.count > 0)
            store_deliveries(inbox, &work.batch);
        else if (inbox->times.count > 0)
            store_times(inbox);
        if (inbox->unsaved.items != NULL)
            store_webhooks(inbox);
        if (work.spare)
            index_some(inbox);
    }
    keyring_unref(work.keyring);
    store_index_close(inbox->index);
    store_close(
        inbox->store); /* here, not on the loop: the last one to close writes the log back */
    inbox->store = NULL;

    uv_mutex_lock(&inbox->lock);
    inbox->ended = true;
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}

/* --- the loop: out --------------------------------------------------------------------- */

static const struct answer *answer_for(const struct delivery *delivery)
{
    if (delivery->id == 0)
        return &UNAVAILABLE;
    return delivery->verdict == VERDICT_GENUINE ? &ACCEPTED : &REFUSED;
}

static void answer_all(const struct item_list *done)
{
    for (struct item *item = done->first; item != NULL; item = item->next) {
        struct delivery *delivery = &item->delivery;
        const struct answer *answer = answer_for(delivery);
        delivery->answer_status = answer->status;
        delivery->answer_us = respond(item->exchange, answer);
    }
}

/* Times beyond the bound are let go: the thread is too far behind to care. */
static void note_times(struct inbox *inbox, const struct item_list *done)
{
    struct answer_times *times = &inbox->new_times;
    uv_mutex_lock(&inbox->lock);
    for (const struct item *item = done->first; item != NULL; item = item->next) {
        if (item->delivery.id == 0)
            continue;
        inbox->timeless--;
        if (times->count < INBOX_TIMES_MAX)
            times->items[times->count++] =
                (struct answer_time){item->delivery.id, item->delivery.answer_us};
    }
    uv_mutex_unlock(&inbox->lock);
}

static void tell_arrivals(struct inbox *inbox, struct item_list *done)
{
    struct item *item;
    while ((item = list_take(done)) != NULL) {
        if (item->delivery.id != 0 && inbox->config.arrived != NULL)
            inbox->config.arrived(&item->delivery, inbox->config.context);
        item_free(item);
    }
}

static void tell_trouble(struct inbox *inbox, bool failing, const struct error *trouble)
{
    if (failing == inbox->told_trouble)
        return;
    inbox->told_trouble = failing;
    if (inbox->config.trouble != NULL)
        inbox->config.trouble(failing ? trouble->message : NULL, inbox->config.context);
}

/* Also frees an inbox whose thread never ran. */
static void on_closed(uv_handle_t *handle)
{
    struct inbox *inbox = handle->data;
    void (*closed)(void *context) = inbox->closed;
    void *context = inbox->closed_context;
    store_close(inbox->store);
    keyring_unref(inbox->keyring);
    webhook_list_clear(&inbox->unsaved);
    webhook_list_clear(&inbox->webhooks);
    uv_cond_destroy(&inbox->work);
    uv_mutex_destroy(&inbox->lock);
    free(inbox->store_path);
    free(inbox);
    if (closed != NULL)
        closed(context);
}

static void let_thread_end(struct inbox *inbox)
{
    uv_mutex_lock(&inbox->lock);
    inbox->stop = true;
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
}

static void on_handed_back(uv_async_t *handle)
{
    struct inbox *inbox = handle->data;
    uv_mutex_lock(&inbox->lock);
    struct item_list done = inbox->done;
    inbox->done = (struct item_list){0};
    bool failing = inbox->failing;
    struct error trouble = inbox->trouble;
    bool ended = inbox->ended;
    uv_mutex_unlock(&inbox->lock);

    size_t answered = done.count;
    answer_all(&done);
    note_times(inbox, &done);
    tell_arrivals(inbox, &done);
    tell_trouble(inbox, failing, &trouble);
    inbox->unanswered -= answered;
    if (ended) {
        (void)uv_thread_join(&inbox->thread);
        uv_close((uv_handle_t *)&inbox->handed_back, on_closed);
    } else if (inbox->closing && answered > 0 && inbox->unanswered == 0) {
        let_thread_end(inbox);
    }
}

/* --- from beginning to end -------------------------------------------------------------- */

/* A stored key that is of no use any more is left out. */
static bool load_keys(struct inbox *inbox, struct error *error)
{
    struct webhook_list webhooks;
    inbox->keyring = keyring_new();
    if (inbox->keyring == NULL)
        return error_set(error, "cannot receive deliveries: out of memory");
    if (!store_load_webhooks(inbox->store, &webhooks, error))
        return false;
    for (size_t i = 0; i < webhooks.count; i++) {
        const struct webhook *webhook = &webhooks.items[i];
        if (webhook->public_key != NULL)
            (void)keyring_add(inbox->keyring, webhook->id, webhook->url, webhook->public_key, NULL);
    }
    webhook_list_clear(&webhooks);
    return true;
}

static bool open_store(struct inbox *inbox, struct error *error)
{
    struct store_counts counts;
    inbox->store = store_open(inbox->store_path, STORE_WRITE, error);
    if (inbox->store == NULL || !store_counts(inbox->store, &counts, error) ||
        !load_keys(inbox, error))
        return false;
    inbox->stored = counts.deliveries;
    inbox->newest_id = counts.deliveries; /* or more: ids grow with rows */
    inbox->index_at = SEGMENT_ROWS;
    return true;
}

struct inbox *inbox_new(uv_loop_t *loop, const struct inbox_config *config, struct error *error)
{
    struct inbox *inbox = calloc(1, sizeof *inbox);
    if (inbox == NULL || (inbox->store_path = strdup(config->store_path)) == NULL) {
        free(inbox);
        (void)error_set(error, "cannot receive deliveries: out of memory");
        return NULL;
    }
    inbox->config = *config;
    inbox->config.store_path = inbox->store_path;
    if (!open_store(inbox, error))
        goto no_store;
    int code = uv_mutex_init(&inbox->lock);
    if (code != 0)
        goto no_lock;
    if ((code = uv_cond_init(&inbox->work)) != 0)
        goto no_condition;
    if ((code = uv_async_init(loop, &inbox->handed_back, on_handed_back)) != 0)
        goto no_handle;
    inbox->handed_back.data = inbox;
    if ((code = uv_thread_create(&inbox->thread, run, inbox)) == 0)
        return inbox;

    (void)error_set(error, "cannot receive deliveries: %s", uv_strerror(code));
    uv_close((uv_handle_t *)&inbox->handed_back, on_closed);
    return NULL;

no_handle:
    uv_cond_destroy(&inbox->work);
no_condition:
    uv_mutex_destroy(&inbox->lock);
no_lock:
    (void)error_set(error, "cannot receive deliveries: %s", uv_strerror(code));
no_store:
    store_close(inbox->store);
    keyring_unref(inbox->keyring);
    free(inbox->store_path);
    free(inbox);
    return NULL;
}

void inbox_close(struct inbox *inbox, void (*closed)(void *context), void *context)
{
    inbox->closing = true;
    inbox->closed = closed;
    inbox->closed_context = context;
    if (inbox->unanswered == 0)
        let_thread_end(inbox);
}
