/* How deliveries get to the dashboard: it receives them itself, or follows the process that does.
 */
#include "api/store.h"
#include "api/store_renew.h"
#include "tui/runtime_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(struct runtime *runtime, enum tone tone, const char *text)
{
    runtime_post(runtime, &(struct message){.kind = MESSAGE_SAY, .tone = tone, .text = text});
}

/* --- what is told ------------------------------------------------------------------- */

static void on_trouble(const char *text, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_STORING, .text = text});
}

static void on_removed(const struct inbox_stored *stored, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_COUNTED,
                                            .arrived = stored->deliveries,
                                            .genuine = stored->genuine});
}

static void on_activity(void *context)
{
    runtime_activity_changed(context);
}

static void tell_receiving(struct runtime *runtime, const struct receiving *receiving)
{
    runtime_post(runtime, &(struct message){.kind = MESSAGE_RECEIVING, .receiving = receiving});
}

static void tell_own(struct runtime *runtime)
{
    struct receiving own = {.how = RECEIVING_HERE, .exposed = receiver_exposed(runtime->receiver)};
    own.tls = receiver_tls_days(runtime->receiver, &own.tls_days);
    runtime->tls_days = own.tls_days;
    own.order = receiver_ordered(runtime->receiver);
    (void)snprintf(own.address, sizeof own.address, "%s", receiver_address(runtime->receiver));
    tell_receiving(runtime, &own);
}

static void on_arrived(const struct delivery *summary, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = summary});
}

/* What of an order is left changes with the deliveries that take from it. */
static void on_received(struct delivery *delivery, const struct inbox_answer *answer, void *context)
{
    struct runtime *runtime = context;
    on_arrived(delivery, context);
    if (answer->on_demand && runtime->receiver != NULL)
        tell_own(runtime);
}

static void on_answered(int64_t id, int64_t answer_us, int status, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_ANSWERED,
                                            .delivery_id = id,
                                            .answer_us = answer_us,
                                            .answer_status = status});
}

static void on_forward_changed(const struct forwarder_state *state, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_FORWARDING, .forwarding = state});
}

static void on_forward_seen(int64_t id, enum forward_state state, void *context)
{
    runtime_post(context, &(struct message){
                              .kind = MESSAGE_FORWARDED, .delivery_id = id, .forwarded = state});
}

static void on_forwarded(const struct forward_report *report, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_FORWARDED,
                                            .delivery_id = report->delivery_id,
                                            .forwarded = report->state,
                                            .report_of_try = report});
}

/* Of a repeat, the row keeps the first one's time. */
static void on_answered_late(int64_t id, const struct inbox_answer *answer, void *context)
{
    if (answer->attempt <= 1)
        runtime_post(context, &(struct message){.kind = MESSAGE_ANSWERED,
                                                .delivery_id = id,
                                                .answer_us = answer->answer_us,
                                                .answer_status = answer->status});
}

void runtime_receive_order(struct runtime *runtime, const struct answer_order *order)
{
    if (runtime->receiver == NULL)
        return;
    receiver_order_answers(runtime->receiver, order);
    tell_own(runtime);
}

/* Before there is anything to show it on, the last line is kept. */
static void on_notice(enum receiver_tone tone, const char *line, void *context)
{
    struct runtime *runtime = context;
    runtime->early_tone = tone == RECEIVER_WARNS ? TONE_WARN : TONE_INFO;
    if (runtime->app == NULL) {
        (void)snprintf(runtime->early_notice, sizeof runtime->early_notice, "%s", line);
        return;
    }
    say(runtime, runtime->early_tone, line);
    if (runtime->receiver != NULL)
        tell_own(runtime);
}

/* --- receiving ------------------------------------------------------------------------ */

static enum receiver_start begin_receiving(struct runtime *runtime, struct error *error)
{
    const struct options *options = runtime->options;
    struct receiver_config config = {
        .kind = RECEIVER_DASHBOARD,
        .store_path = runtime->store_path,
        .address = options->listen_address,
        .port = options->listen_port,
        .forwarded = on_forwarded,
        .forward_changed = on_forward_changed,
        .ambient = runtime->ambient,
        .arrived = on_received,
        .answered = on_answered_late,
        .trouble = on_trouble,
        .removed = on_removed,
        .activity = on_activity,
        .notice = on_notice,
        .context = runtime,
    };
    receive_options_apply(&options->receive, &config);
    return receiver_start(&runtime->loop, &config, &runtime->receiver, &runtime->holder, error);
}

/* Who only looks needs a store to look at, too. */
static enum exit_code make_store(struct runtime *runtime)
{
    struct receiver_lock *lock;
    struct store_news news = {0};
    struct store *store = store_open(runtime->store_path, STORE_READ, NULL);
    if (store == NULL &&
        receiver_lock_take(runtime->store_path, RECEIVER_DASHBOARD, &lock, &runtime->holder,
                           runtime->error) == RECEIVER_LOCK_TAKEN) {
        store = store_open_to_receive(runtime->store_path, ambient_wall_ms(&runtime->ambient),
                                      &news, runtime->error);
        receiver_lock_release(lock);
    } else if (store == NULL) { /* it is being made just now, or cannot be */
        store = store_open(runtime->store_path, STORE_READ, runtime->error);
    }
    bool made = store != NULL;
    store_close(store);
    return made ? EXIT_CODE_OK : EXIT_CODE_STORE;
}

enum exit_code runtime_receive(struct runtime *runtime)
{
    if (!runtime->options->listen)
        return make_store(runtime);
    switch (begin_receiving(runtime, runtime->error)) {
    case RECEIVER_STARTED:
        receiver_order_answers(runtime->receiver, &runtime->options->answer_next);
        return EXIT_CODE_OK;
    case RECEIVER_HELD:
        return EXIT_CODE_OK;
    case RECEIVER_NO_FILES:
        return EXIT_CODE_USAGE;
    case RECEIVER_NO_ADDRESS:
        return EXIT_CODE_LISTEN;
    case RECEIVER_NO_STORE:
        return EXIT_CODE_STORE;
    case RECEIVER_FAILED:
        break;
    }
    return EXIT_CODE_FAILED;
}

/* --- following -------------------------------------------------------------------------- */

static void on_counted(const struct store_counts *counts, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_COUNTED,
                                            .arrived = counts->deliveries,
                                            .genuine = counts->genuine});
}

static void on_unreadable(const char *line, void *context)
{
    say(context, line != NULL ? TONE_BAD : TONE_GOOD,
        line != NULL ? line : "the store can be read again");
}

static void tell_other(struct runtime *runtime, enum receiver_lock_state state,
                       const struct receiver_holder *holder)
{
    struct receiving other = {.how = RECEIVING_THERE, .pid = holder->pid};
    (void)snprintf(other.address, sizeof other.address, "%s", holder->address);
    if (state == RECEIVER_LOCK_IS_FREE)
        other.how = runtime->options->listen ? RECEIVING_NOBODY : RECEIVING_NOT;
    tell_receiving(runtime, &other);
}

/* A dashboard that received has left: this one does now. After `bridgetop listen` nobody takes
   over, for its supervisor starts it again. */
static bool take_over(struct runtime *runtime, const struct receiver_holder *before)
{
    struct error error;
    if (!runtime->options->listen || before->kind != RECEIVER_DASHBOARD)
        return false;
    enum receiver_start result = begin_receiving(runtime, &error);
    if (result != RECEIVER_STARTED && result != RECEIVER_HELD && !runtime->takeover_failed)
        say(runtime, TONE_BAD, error.message);
    runtime->takeover_failed = result != RECEIVER_STARTED && result != RECEIVER_HELD;
    if (result != RECEIVER_STARTED)
        return false;
    follow_close(runtime->follow, NULL, NULL);
    runtime->follow = NULL;
    tell_own(runtime);
    say(runtime, TONE_INFO, "the dashboard that received has left: this one receives now");
    return true;
}

static void on_receiver(enum receiver_lock_state state, const struct receiver_holder *holder,
                        void *context)
{
    struct runtime *runtime = context;
    if (state == RECEIVER_LOCK_IS_HELD || !take_over(runtime, holder))
        tell_other(runtime, state, holder);
}

static bool begin_following(struct runtime *runtime, int64_t newest_id)
{
    struct follow_config config = {
        .store_path = runtime->store_path,
        .newest_id = newest_id,
        .ambient = runtime->ambient,
        .arrived = on_arrived,
        .answered = on_answered,
        .forwarded = on_forward_seen,
        .forward_changed = on_forward_changed,
        .counted = on_counted,
        .activity = on_activity,
        .receiver = on_receiver,
        .trouble = on_unreadable,
        .context = runtime,
    };
    runtime->follow = follow_new(&runtime->loop, &config);
    return runtime->follow != NULL || error_set(runtime->error, "out of memory");
}

bool runtime_receive_shown(struct runtime *runtime, int64_t newest_id)
{
    if (runtime->receiver == NULL) {
        if (runtime->holder.pid != 0)
            tell_other(runtime, RECEIVER_LOCK_IS_HELD, &runtime->holder);
        if (runtime->options->answer_next.left > 0)
            say(runtime, TONE_WARN,
                "--answer-next does nothing here: this dashboard does not "
                "receive");
        return begin_following(runtime, newest_id);
    }
    tell_own(runtime);
    if (runtime->early_notice[0] != '\0')
        say(runtime, runtime->early_tone, runtime->early_notice);
    return true;
}

/* --- meanwhile ----------------------------------------------------------------------------- */

void runtime_receive_webhooks(struct runtime *runtime, const struct webhook_list *list)
{
    uint64_t now = webhook_list_digest(list);
    struct list_times times = {
        .asked_ms = poller_list_asked_ms(runtime->poller),
        .answered_ms = ambient_wall_ms(&runtime->ambient),
        .since_ms = runtime->listed_ms,
    };
    bool again =
        runtime->noted_ms != 0; /* after an action of ours, until one was asked for later */
    if (times.asked_ms > runtime->noted_ms)
        runtime->noted_ms = 0;
    runtime->listed_ms = times.asked_ms;
    if (runtime->receiver != NULL)
        receiver_set_webhooks(runtime->receiver, list, &times);
    else if (runtime->follow != NULL && (again || now != runtime->webhooks_seen))
        follow_remember_webhooks(runtime->follow, list, &times);
    runtime->webhooks_seen = now;
}

/* Programs number their actions alike: the token says which one's it is. */
void runtime_receive_note(struct runtime *runtime, const struct activity_note *note)
{
    struct activity_note own = *note;
    while (runtime->tokens == 0)
        runtime->tokens =
            (int64_t)(ambient_random_u64(&runtime->ambient) >> 1) & ~INT64_C(0xffffffff);
    if (own.activity.token != 0)
        own.activity.token = runtime->tokens | (own.activity.token & INT64_C(0xffffffff));
    if (own.activity.fields != 0)
        runtime->noted_ms = ambient_wall_ms(&runtime->ambient);
    if (runtime->receiver != NULL)
        receiver_note(runtime->receiver, &own);
    else if (runtime->follow != NULL)
        follow_note(runtime->follow, &own);
}

void runtime_receive_tick(struct runtime *runtime)
{
    int days;
    if (runtime->follow != NULL)
        follow_tick(runtime->follow);
    if (runtime->receiver != NULL && receiver_tls_days(runtime->receiver, &days) &&
        days != runtime->tls_days)
        tell_own(runtime);
}

void runtime_receive_close(struct runtime *runtime, void (*closed)(void *context))
{
    struct follow *follow = runtime->follow;
    struct receiver *receiver = runtime->receiver;
    runtime->follow = NULL;
    runtime->receiver = NULL;
    if (follow != NULL)
        follow_close(follow, receiver == NULL ? closed : NULL, runtime);
    if (receiver != NULL)
        receiver_close(receiver, closed, runtime);
    if (follow == NULL && receiver == NULL)
        closed(runtime);
}
