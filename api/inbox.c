#include "api/inbox_private.h"

#include <stdlib.h>
#include <string.h>

/* --- items ------------------------------------------------------------------ */

void inbox_item_free(struct inbox_item *item)
{
    delivery_clear(&item->delivery);
    free(item);
}

static struct inbox_item *item_new(struct exchange *exchange)
{
    const struct listener_request *request = exchange_request(exchange);
    struct inbox_item *item = calloc(1, sizeof *item);
    if (item == NULL)
        return NULL;
    item->exchange = exchange;
    item->delivery = (struct delivery){
        .received_ms = request->received_ms,
        .peer = strdup(request->peer),
        .method = strdup(request->method),
        .target = strdup(request->target),
        .answer_us = -1,
        .sequence = -1,
    };
    item->answer_us = -1;
    struct delivery *delivery = &item->delivery;
    if (delivery->peer != NULL && delivery->method != NULL && delivery->target != NULL &&
        header_list_copy(&delivery->headers, request->headers))
        delivery->body = exchange_take_body(exchange, &delivery->body_length);
    if (delivery->body == NULL) {
        inbox_item_free(item);
        return NULL;
    }
    return item;
}

void inbox_list_append(struct inbox_list *list, struct inbox_item *item)
{
    item->next = NULL;
    if (list->last != NULL)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->count++;
}

void inbox_list_join(struct inbox_list *list, struct inbox_list *more)
{
    if (more->first == NULL)
        return;
    if (list->last != NULL)
        list->last->next = more->first;
    else
        list->first = more->first;
    list->last = more->last;
    list->count += more->count;
    *more = (struct inbox_list){0};
}

struct inbox_item *inbox_list_take(struct inbox_list *list)
{
    struct inbox_item *item = list->first;
    if (item == NULL)
        return NULL;
    list->first = item->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    return item;
}

/* --- in --------------------------------------------------------------- */

static size_t bytes_of(const struct listener_request *request)
{
    return request->body_length + header_list_bytes(request->headers) + strlen(request->target);
}

static bool queue_has_room(const struct inbox *inbox, size_t bytes)
{
    return inbox->queue.count + inbox->verified.count < INBOX_QUEUE_MAX &&
           bytes <= INBOX_QUEUE_BYTES_MAX - inbox->queued_bytes;
}

/* Under the lock: as items are queued they take from what is ordered. */
static void take_order(struct inbox *inbox, struct inbox_item *item)
{
    if (inbox->order.left == 0)
        return;
    inbox->order.left--;
    item->order = inbox->order;
    item->order_number = inbox->order_number;
}

/* Room is asked for first: a delivery that finds none keeps its body in the exchange. */
static bool enqueue(struct inbox *inbox, struct exchange *exchange)
{
    size_t bytes = bytes_of(exchange_request(exchange));
    uv_mutex_lock(&inbox->lock);
    bool room = queue_has_room(inbox, bytes);
    uv_mutex_unlock(&inbox->lock);
    struct inbox_item *item = room ? item_new(exchange) : NULL;
    if (item == NULL)
        return false;

    uv_mutex_lock(&inbox->lock);
    item->bytes = bytes;
    inbox->queued_bytes += item->bytes;
    take_order(inbox, item);
    inbox_list_append(&inbox->queue, item);
    uv_cond_signal(&inbox->arrived);
    uv_mutex_unlock(&inbox->lock);
    inbox->unanswered++;
    return true;
}

void inbox_handle(struct exchange *exchange, void *context)
{
    struct inbox *inbox = context;
    const char *method = exchange_request(exchange)->method;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        inbox_respond_health(inbox, exchange);
    else if (strcmp(method, "POST") != 0)
        inbox_respond_not_allowed(exchange);
    else if (inbox->closing || !enqueue(inbox, exchange))
        inbox_respond_unavailable(exchange);
}

void inbox_set_keys(struct inbox *inbox, struct keyring *keyring)
{
    uv_mutex_lock(&inbox->lock);
    struct keyring *old = inbox->keyring;
    inbox->keyring = keyring_ref(keyring);
    uv_mutex_unlock(&inbox->lock);
    keyring_unref(old);
}

/* A newer list replaces one that is still waiting. Without memory the store keeps what it has. */
void inbox_remember_webhooks(struct inbox *inbox, const struct webhook_list *list,
                             const struct list_times *times)
{
    struct webhook_list copy;
    if (inbox->closing || !webhook_list_copy(&copy, list))
        return;
    uv_mutex_lock(&inbox->lock);
    struct webhook_list old = inbox->webhooks;
    inbox->webhooks = copy;
    inbox->webhooks_times = times != NULL ? *times : (struct list_times){0};
    inbox->webhooks_changed = true;
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
    webhook_list_clear(&old);
}

void inbox_note(struct inbox *inbox, const struct activity_note *note)
{
    if (inbox->closing)
        return;
    uv_mutex_lock(&inbox->lock);
    (void)activity_notes_add(&inbox->notes, note);
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
}

bool inbox_is_alive(struct inbox *inbox, struct inbox_turns *turns)
{
    uv_mutex_lock(&inbox->lock);
    bool verifies = (inbox->verifier_idle && inbox->queue.first == NULL) ||
                    inbox->turns.verify != turns->verify;
    bool stores =
        (inbox->waiting && inbox->verified.first == NULL) || inbox->turns.store != turns->store;
    bool alive = verifies && stores;
    *turns = inbox->turns;
    uv_mutex_unlock(&inbox->lock);
    return alive;
}

/* --- out --------------------------------------------------------------------- */

/* The last of them that was queued, or 0. */
static int64_t newest_queued(const struct inbox_list *done)
{
    int64_t newest = 0;
    for (const struct inbox_item *item = done->first; item != NULL; item = item->next)
        if (item->forward_id > newest)
            newest = item->forward_id;
    return newest;
}

static void tell_trouble(struct inbox *inbox, bool failing, const struct error *trouble)
{
    if (failing == inbox->told_trouble)
        return;
    inbox->told_trouble = failing;
    if (inbox->config.trouble != NULL)
        inbox->config.trouble(failing ? trouble->message : NULL, inbox->config.context);
}

static bool copy_config(struct inbox *inbox, const struct inbox_config *config)
{
    inbox->config = *config;
    inbox->store_path = strdup(config->store_path);
    inbox->config.store_path = inbox->store_path;
    if (config->export_folder != NULL)
        inbox->export_folder = strdup(config->export_folder);
    inbox->config.export_folder = inbox->export_folder;
    return inbox->store_path != NULL &&
           (config->export_folder == NULL || inbox->export_folder != NULL);
}

static void free_config(struct inbox *inbox)
{
    if (inbox == NULL)
        return;
    free(inbox->store_path);
    free(inbox->export_folder);
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
    webhook_list_clear(&inbox->known);
    webhook_list_clear(&inbox->webhooks);
    activity_notes_clear(&inbox->notes);
    activity_notes_clear(&inbox->unsaved_notes);
    uv_cond_destroy(&inbox->work);
    uv_cond_destroy(&inbox->arrived);
    uv_mutex_destroy(&inbox->lock);
    free_config(inbox);
    free(inbox);
    if (closed != NULL)
        closed(context);
}

static void on_pause_closed(uv_handle_t *handle)
{
    struct inbox *inbox = handle->data;
    uv_close((uv_handle_t *)&inbox->handed_back, on_closed);
}

static void close_handles(struct inbox *inbox)
{
    uv_close((uv_handle_t *)&inbox->pause, on_pause_closed);
}

static void let_threads_end(struct inbox *inbox)
{
    uv_mutex_lock(&inbox->lock);
    inbox->stop = true;
    uv_cond_signal(&inbox->arrived);
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
}

static void on_handed_back(uv_async_t *handle)
{
    struct inbox *inbox = handle->data;
    uv_mutex_lock(&inbox->lock);
    struct inbox_list done = inbox->done;
    inbox->done = (struct inbox_list){0};
    for (const struct inbox_item *item = done.first; item != NULL; item = item->next)
        inbox->queued_bytes -= item->bytes;
    bool failing = inbox->failing;
    struct error trouble = inbox->trouble;
    struct error notice = inbox->notice;
    inbox->notice = (struct error){0};
    struct inbox_stored stored = inbox->stored;
    bool removed = inbox->removed;
    inbox->removed = false;
    bool activity = inbox->activity;
    inbox->activity = false;
    bool ended = inbox->ended;
    uv_mutex_unlock(&inbox->lock);

    size_t answered = done.count;
    int64_t queued = newest_queued(&done);
    inbox_answer_all(inbox, &done);
    inbox_note_times(inbox, &done);
    inbox_tell_arrivals(inbox, &done);
    if (inbox->closing)
        inbox_answer_delayed(inbox, UINT64_MAX);
    if (queued != 0)
        inbox->config.queued(queued, inbox->config.context);
    tell_trouble(inbox, failing, &trouble);
    if (notice.message[0] != '\0' && inbox->config.notice != NULL)
        inbox->config.notice(notice.message, inbox->config.context);
    if (removed && inbox->config.removed != NULL)
        inbox->config.removed(&stored, inbox->config.context);
    if (activity && inbox->config.activity != NULL)
        inbox->config.activity(inbox->config.context);
    inbox->unanswered -= answered;
    if (ended) {
        (void)uv_thread_join(&inbox->thread);
        (void)uv_thread_join(&inbox->verifier);
        close_handles(inbox);
    } else if (inbox->closing && answered > 0 && inbox->unanswered == 0) {
        let_threads_end(inbox);
    }
}

/* --- from beginning to end -------------------------------------------------------------- */

/* A stored key that is of no use any more is left out. */
static bool load_keys(struct inbox *inbox, struct error *error)
{
    struct webhook_list *webhooks = &inbox->known;
    inbox->keyring = keyring_new();
    if (inbox->keyring == NULL)
        return error_set(error, "cannot receive deliveries: out of memory");
    if (!store_load_webhooks(inbox->store, webhooks, error))
        return false;
    for (size_t i = 0; i < webhooks->count; i++) {
        const struct webhook *webhook = &webhooks->items[i];
        if (webhook->public_key != NULL)
            (void)keyring_add(inbox->keyring, webhook->id, webhook->url, webhook->public_key, NULL);
    }
    return true;
}

/* Both, or none: 0, or libuv's code. */
static int start_threads(struct inbox *inbox)
{
    inbox->verifier_idle = true;
    int code = uv_thread_create(&inbox->verifier, inbox_verify_run, inbox);
    if (code != 0)
        return code;
    code = uv_thread_create(&inbox->thread, inbox_thread_run, inbox);
    if (code != 0) {
        let_threads_end(inbox);
        (void)uv_thread_join(&inbox->verifier);
    }
    return code;
}

struct inbox *inbox_new(uv_loop_t *loop, const struct inbox_config *config, struct error *error)
{
    struct inbox *inbox = calloc(1, sizeof *inbox);
    if (inbox == NULL || !copy_config(inbox, config)) {
        free_config(inbox);
        free(inbox);
        (void)error_set(error, "cannot receive deliveries: out of memory");
        return NULL;
    }
    int code = uv_mutex_init(&inbox->lock);
    if (code != 0)
        goto no_lock;
    if ((code = uv_cond_init(&inbox->work)) != 0)
        goto no_work;
    if ((code = uv_cond_init(&inbox->arrived)) != 0)
        goto no_arrived;
    if (!inbox_open_store(inbox, error) || !load_keys(inbox, error))
        goto no_store;
    if ((code = uv_async_init(loop, &inbox->handed_back, on_handed_back)) != 0)
        goto no_store;
    (void)uv_timer_init(loop, &inbox->pause);
    inbox->handed_back.data = inbox->pause.data = inbox;
    if ((code = start_threads(inbox)) == 0) {
        (void)uv_async_send(&inbox->handed_back); /* there may be a notice */
        return inbox;
    }
    (void)error_set(error, "cannot receive deliveries: %s", uv_strerror(code));
    close_handles(inbox);
    return NULL;

no_store:
    store_close(inbox->store);
    keyring_unref(inbox->keyring);
    webhook_list_clear(&inbox->known);
    uv_cond_destroy(&inbox->arrived);
no_arrived:
    uv_cond_destroy(&inbox->work);
no_work:
    uv_mutex_destroy(&inbox->lock);
no_lock:
    if (code != 0)
        (void)error_set(error, "cannot receive deliveries: %s", uv_strerror(code));
    free_config(inbox);
    free(inbox);
    return NULL;
}

void inbox_close(struct inbox *inbox, void (*closed)(void *context), void *context)
{
    inbox->closing = true;
    inbox->closed = closed;
    inbox->closed_context = context;
    inbox_answer_delayed(inbox, UINT64_MAX);
    if (inbox->unanswered == 0)
        let_threads_end(inbox);
}
