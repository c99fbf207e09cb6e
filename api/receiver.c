#include "api/receiver_private.h"

#include "api/signature.h"
#include "api/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAIN_LOOK_MS = 10, HANDLES = 2 };

void receiver_say(const struct receiver *receiver, enum receiver_tone tone, const char *line)
{
    if (!receiver->closing)
        receiver->config.notice(tone, line, receiver->config.context);
}

/* --- what the inbox tells --------------------------------------------------------- */

static void on_arrived(struct delivery *delivery, const struct inbox_answer *answer, void *context)
{
    struct receiver *receiver = context;
    if (delivery->verdict == VERDICT_WRONG_SIGNATURE || delivery->verdict == VERDICT_NO_KEY)
        receiver_look_for_keys(receiver);
    receiver->config.arrived(delivery, answer, receiver->config.context);
}

static void on_answered(int64_t id, const struct inbox_answer *answer, void *context)
{
    struct receiver *receiver = context;
    if (receiver->config.answered != NULL)
        receiver->config.answered(id, answer, receiver->config.context);
}

static void on_trouble(const char *message, void *context)
{
    struct receiver *receiver = context;
    receiver->storing_fails = message != NULL;
    receiver->config.trouble(message, receiver->config.context);
}

static void on_notice(const char *line, void *context)
{
    receiver_say(context, RECEIVER_WARNS, line);
}

static void on_forward_notice(enum receiver_tone tone, const char *line, void *context)
{
    receiver_say(context, tone, line);
}

static void on_queued(int64_t forward_id, void *context)
{
    struct receiver *receiver = context;
    if (receiver->forward != NULL)
        forwarder_arrived(receiver_forward_forwarder(receiver->forward), forward_id);
}

static bool on_ask(int64_t forward_id, struct inbox_item *item, void *context)
{
    struct receiver *receiver = context;
    return receiver->forward != NULL &&
           receiver_forward_ask(receiver->forward, receiver->inbox, forward_id, item);
}

bool receiver_replay(struct receiver *receiver, const int64_t *delivery_ids, size_t count,
                     enum forward_kind kind,
                     void (*done)(size_t queued, const char *error, void *context), void *context)
{
    return receiver->forward != NULL &&
           forwarder_replay(receiver_forward_forwarder(receiver->forward), delivery_ids, count,
                            kind, done, context);
}

static void on_activity(void *context)
{
    struct receiver *receiver = context;
    if (receiver->config.activity != NULL)
        receiver->config.activity(receiver->config.context);
}

static void on_removed(const struct inbox_stored *stored, void *context)
{
    struct receiver *receiver = context;
    if (receiver->config.removed != NULL)
        receiver->config.removed(stored, receiver->config.context);
}

void receiver_order_answers(struct receiver *receiver, const struct answer_order *order)
{
    inbox_order_answers(receiver->inbox, order);
}

struct answer_order receiver_ordered(const struct receiver *receiver)
{
    return inbox_ordered(receiver->inbox);
}

/* --- what it is --------------------------------------------------------------------- */

const char *receiver_address(const struct receiver *receiver)
{
    return receiver->address;
}

uint16_t receiver_port(const struct receiver *receiver)
{
    return listener_port(receiver->listener);
}

static bool is_loopback(const char *text)
{
    struct ip_address address;
    struct cidr_list loopback = {0};
    bool inside = strcmp(text, "localhost") == 0;
    if (!inside && ip_address_parse(text, &address) &&
        cidr_list_add(&loopback, "127.0.0.0/8", NULL) && cidr_list_add(&loopback, "::1", NULL))
        inside = cidr_list_contains(&loopback, &address);
    cidr_list_clear(&loopback);
    return inside;
}

bool receiver_exposed(const struct receiver *receiver)
{
    return receiver->config.tls_certificate == NULL && !is_loopback(receiver->config.address);
}

bool receiver_tls_days(const struct receiver *receiver, int *days)
{
    if (receiver->files.tls == NULL)
        return false;
    *days = tls_days_left(receiver->files.tls, ambient_wall_ms(&receiver->config.ambient));
    return true;
}

bool receiver_is_alive(struct receiver *receiver)
{
    return inbox_is_alive(receiver->inbox, &receiver->inbox_turns);
}

/* --- the end -------------------------------------------------------------------------- */

static void handle_gone(uv_handle_t *handle)
{
    struct receiver *receiver = handle->data;
    if (--receiver->open_handles > 0)
        return;
    void (*closed)(void *context) = receiver->closed;
    void *context = receiver->closed_context;
    receiver_files_clear(&receiver->files);
    webhook_list_clear(&receiver->webhooks);
    free(receiver);
    if (closed != NULL)
        closed(context);
}

/* The lock goes when nothing is held any more that the next receiver wants. */
void receiver_end_if_idle(struct receiver *receiver)
{
    if (!receiver->ended || receiver->working)
        return;
    receiver_lock_release(receiver->lock);
    uv_close((uv_handle_t *)&receiver->look, handle_gone);
    uv_close((uv_handle_t *)&receiver->drain, handle_gone);
}

static void listener_gone(void *context)
{
    struct receiver *receiver = context;
    receiver->listener = NULL;
    receiver->ended = true;
    receiver_end_if_idle(receiver);
}

static void inbox_gone(void *context)
{
    struct receiver *receiver = context;
    receiver->inbox = NULL;
    if (receiver->listener != NULL)
        listener_close(receiver->listener, listener_gone, receiver);
    else
        listener_gone(receiver);
}

static void forward_gone(void *context)
{
    struct receiver *receiver = context;
    receiver->forward = NULL;
    inbox_close(receiver->inbox, inbox_gone, receiver);
}

/* Before the inbox: who waits there for the application's answer gets one. */
static void close_forward(struct receiver *receiver)
{
    struct receiver_forward *forward = receiver->forward;
    receiver->forward = NULL;
    if (forward != NULL)
        receiver_forward_close(forward, forward_gone, receiver);
    else
        forward_gone(receiver);
}

static void on_drain(uv_timer_t *timer)
{
    struct receiver *receiver = timer->data;
    if (listener_connections(receiver->listener) > 0 &&
        uv_now(receiver->loop) < receiver->drain_until_ms)
        return;
    uv_timer_stop(timer);
    close_forward(receiver);
}

/* At a screen nobody waits for a sender that has said half a request: it will try again. */
static void begin_draining(struct receiver *receiver)
{
    listener_pause(receiver->listener);
    inbox_order_answers(receiver->inbox, &(struct answer_order){0});
    uint64_t most = receiver->config.kind == RECEIVER_LISTEN ? RECEIVER_DRAIN_MS : 0;
    receiver->drain_until_ms = uv_now(receiver->loop) + most;
    uv_timer_start(&receiver->drain, on_drain, 0, DRAIN_LOOK_MS);
}

void receiver_close(struct receiver *receiver, void (*closed)(void *context), void *context)
{
    receiver->closing = true;
    receiver->closed = closed;
    receiver->closed_context = context;
    uv_timer_stop(&receiver->look);
    if (receiver->listener != NULL)
        begin_draining(receiver);
    else if (receiver->inbox != NULL)
        close_forward(receiver);
    else
        inbox_gone(receiver);
}

/* --- the beginning -------------------------------------------------------------------- */

static struct receiver *receiver_new(uv_loop_t *loop, const struct receiver_config *config)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);
    if (receiver == NULL)
        return NULL;
    receiver->loop = loop;
    receiver->config = *config;
    receiver->warned_days = RECEIVER_TLS_WARN_DAYS;
    receiver->open_handles = HANDLES;
    uv_timer_init(loop, &receiver->look);
    uv_timer_init(loop, &receiver->drain);
    receiver->look.data = receiver->drain.data = receiver;
    return receiver;
}

static enum receiver_start read_files(struct receiver *receiver, struct error *error)
{
    const struct receiver_config *config = &receiver->config;
    receiver->files_seen = receiver_files_digest(config);
    receiver_files_read(&receiver->files, config);
    if (config->tls_certificate != NULL && receiver->files.tls == NULL) {
        error_set(error, "%s", receiver->files.tls_error.message);
        return RECEIVER_NO_FILES;
    }
    if (!receiver->files.keys_ok) {
        error_set(error, "%s", receiver->files.key_error.message);
        return RECEIVER_NO_FILES;
    }
    return RECEIVER_STARTED;
}

static void describe_holder(const struct receiver_holder *holder, struct error *error)
{
    if (holder->pid == 0)
        error_set(error, "another bridgetop receives for this store");
    else
        error_set(error, "%s (pid %d%s%s) receives for this store already",
                  holder->kind == RECEIVER_LISTEN ? "bridgetop listen" : "a dashboard",
                  (int)holder->pid, holder->address[0] != '\0' ? ", " : "", holder->address);
}

static enum receiver_start take_lock(struct receiver *receiver, struct receiver_holder *holder,
                                     struct error *error)
{
    switch (receiver_lock_take(receiver->config.store_path, receiver->config.kind, &receiver->lock,
                               holder, error)) {
    case RECEIVER_LOCK_TAKEN:
        return RECEIVER_STARTED;
    case RECEIVER_LOCK_HELD:
        describe_holder(holder, error);
        return RECEIVER_HELD;
    case RECEIVER_LOCK_FAILED:
        break;
    }
    return RECEIVER_NO_STORE;
}

/* The keys that the inbox took from the store lack those given by hand. */
static bool load_webhooks(struct receiver *receiver, struct error *error)
{
    struct webhook_list webhooks = {0};
    struct store *store = store_open(receiver->config.store_path, STORE_READ, error);
    bool ok = store != NULL && store_load_webhooks(store, &webhooks, error);
    store_close(store);
    receiver->webhooks_digest = 0; /* of no list: this one is taken in any case */
    if (ok && !receiver_take_webhooks(receiver, &webhooks))
        ok = error_set(error, "out of memory");
    webhook_list_clear(&webhooks);
    return ok;
}

static enum inbox_queues queues(const struct receiver_config *config)
{
    if (config->forward == NULL)
        return INBOX_QUEUES_NOTHING;
    return config->forward_all ? INBOX_QUEUES_ALL : INBOX_QUEUES_GENUINE;
}

static enum receiver_start open_store(struct receiver *receiver, struct error *error)
{
    struct inbox_config config = {
        .store_path = receiver->config.store_path,
        .ambient = receiver->config.ambient,
        .window_ms = SIGNATURE_WINDOW_MS,
        .keep = receiver->config.keep,
        .export_folder = receiver->config.export_folder,
        .arrived = on_arrived,
        .answered = on_answered,
        .trouble = on_trouble,
        .notice = on_notice,
        .removed = on_removed,
        .queues = queues(&receiver->config),
        .queued = on_queued,
        .activity = on_activity,
        .ask = receiver->config.forward_answers ? on_ask : NULL,
        .context = receiver,
    };
    receiver->inbox = inbox_new(receiver->loop, &config, error);
    return receiver->inbox != NULL && load_webhooks(receiver, error) ? RECEIVER_STARTED
                                                                     : RECEIVER_NO_STORE;
}

static enum receiver_start begin_forwarding(struct receiver *receiver, struct error *error)
{
    if (receiver->config.forward == NULL) {
        receiver_forward_nothing(receiver->config.store_path);
        return RECEIVER_STARTED;
    }
    receiver->forward =
        receiver_forward_new(receiver->loop, &receiver->config, on_forward_notice, receiver, error);
    return receiver->forward != NULL ? RECEIVER_STARTED : RECEIVER_FAILED;
}

static const struct cidr_list *some(const struct cidr_list *list)
{
    return list != NULL && list->count > 0 ? list : NULL;
}

static enum receiver_start bind_address(struct receiver *receiver, struct error *error)
{
    const char *address = receiver->config.address;
    struct listener_config config = {
        .address = address,
        .port = receiver->config.port,
        .ambient = receiver->config.ambient,
        .handler = inbox_handle,
        .context = receiver->inbox,
        .tls = receiver->files.tls,
        .allow = some(receiver->config.allow),
        .trust_proxy = some(receiver->config.trust_proxy),
    };
    receiver->listener = listener_new(receiver->loop, &config, error);
    if (receiver->listener == NULL)
        return RECEIVER_NO_ADDRESS;
    (void)snprintf(receiver->address, sizeof receiver->address,
                   strchr(address, ':') != NULL ? "%s[%s]:%u" : "%s%s:%u",
                   config.tls != NULL ? "https://" : "", address,
                   (unsigned)listener_port(receiver->listener));
    receiver_lock_set_address(receiver->lock, receiver->address);
    return RECEIVER_STARTED;
}

enum receiver_start receiver_start(uv_loop_t *loop, const struct receiver_config *config,
                                   struct receiver **started, struct receiver_holder *holder,
                                   struct error *error)
{
    struct receiver *receiver = receiver_new(loop, config);
    *started = NULL;
    if (receiver == NULL) {
        error_set(error, "out of memory");
        return RECEIVER_FAILED;
    }
    enum receiver_start result = read_files(receiver, error);
    if (result == RECEIVER_STARTED)
        result = take_lock(receiver, holder, error);
    if (result == RECEIVER_STARTED)
        result = open_store(receiver, error);
    if (result == RECEIVER_STARTED)
        result = bind_address(receiver, error);
    if (result == RECEIVER_STARTED)
        result = begin_forwarding(receiver, error);
    if (result != RECEIVER_STARTED) {
        receiver_close(receiver, NULL, NULL);
        return result;
    }
    receiver_watch_files(receiver);
    *started = receiver;
    return RECEIVER_STARTED;
}
