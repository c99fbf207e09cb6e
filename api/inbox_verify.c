/* The first of the inbox's threads. While the second waits for the disk, this one goes on. */
#include "api/inbox_private.h"

#include "api/thread_signals.h"

#include <pthread.h>
#include <string.h>

/* NULL stays NULL. False when memory is out. */
static bool copy(char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return *to != NULL || from == NULL;
}

/* The time of arrival counts for the replay window: waiting in the queue makes nothing stale. What
   memory was not enough for is VERDICT_UNDECIDED: it is not stored, and the sender comes again. */
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
    if (!copy(&delivery->reason, reason.message) ||
        !copy(&delivery->webhook_id, key >= 0 ? match->webhook_ids[key] : match->path_webhook_id) ||
        !delivery_read_event(delivery))
        delivery->verdict = VERDICT_UNDECIDED;
}

static void decide_answer(struct inbox_item *item)
{
    struct delivery *delivery = &item->delivery;
    delivery->on_demand = item->order.status != 0;
    item->status = delivery->on_demand                    ? item->order.status
                   : delivery->verdict == VERDICT_GENUINE ? INBOX_ACCEPTED
                                                          : INBOX_REFUSED;
    delivery->answer_status = item->status;
}

/* --- a turn -------------------------------------------------------------------------------- */

/* Few at a time, so that the other thread has something to do meanwhile. False when there is
   nothing more to do, ever. */
static bool take(struct inbox *inbox, struct inbox_list *batch, struct keyring **keyring)
{
    uv_mutex_lock(&inbox->lock);
    while (!inbox->stop && inbox->queue.first == NULL)
        uv_cond_wait(&inbox->arrived, &inbox->lock);
    inbox->verifier_idle = inbox->queue.first == NULL;
    inbox->turns.verify++;
    while (inbox->queue.first != NULL && batch->count < INBOX_VERIFY_MAX)
        inbox_list_append(batch, inbox_list_take(&inbox->queue));
    *keyring = keyring_ref(inbox->keyring);
    uv_mutex_unlock(&inbox->lock);
    return batch->count > 0;
}

static void hand_on(struct inbox *inbox, struct inbox_list *batch)
{
    uv_mutex_lock(&inbox->lock);
    inbox_list_join(&inbox->verified, batch);
    inbox->verifier_idle = inbox->queue.first == NULL;
    uv_cond_signal(&inbox->work);
    uv_mutex_unlock(&inbox->lock);
}

void inbox_verify_run(void *context)
{
    struct inbox *inbox = context;
    struct inbox_list batch = {0};
    struct keyring *keyring;
    thread_signals_block(NULL);
    (void)pthread_setname_np(pthread_self(), INBOX_VERIFIER_NAME);
    while (take(inbox, &batch, &keyring)) {
        for (struct inbox_item *item = batch.first; item != NULL; item = item->next) {
            verify(inbox, keyring, &item->delivery);
            decide_answer(item);
        }
        keyring_unref(keyring);
        hand_on(inbox, &batch);
    }
    keyring_unref(keyring);
}
