/*
 * Verify, then store, then answer.
 *
 * Deliveries come from a listener on the loop and are queued to one thread, which
 * verifies them with the keys it was given, and hands them on to another, which stores
 * them in batches: everything that was verified while the last batch was written forms
 * the next, and one transaction commits it. Only then does the loop send the answer:
 *
 *   200  genuine, and on disk
 *   400  not genuine or outside the replay window, and on disk; the same body
 *        for every refusal: the reason is for the person at the screen
 *   503  could not be stored, or the queue is full (Retry-After)
 *
 * A genuine delivery of an event that is there already becomes an attempt of that event's row
 * (store.h): it is answered as the first was.
 *
 * While nothing waits, the second thread keeps the store within its bounds and makes its search
 * index, a few milliseconds at a time (store_upkeep.h, store_index.h); as long as deliveries keep
 * coming, in a tenth of the time at most (spare_time.h). Under load it takes a step of the former
 * after a batch, more while a bound is passed by far.
 *
 * A person may order other answers for the next deliveries (answer_order.h): each is verified and
 * stored as always, with the status that it is answered with, and marked. What waits for its answer
 * keeps its connection, and nobody else waiting. 503 stays what it is, and is none of those.
 *
 * GET and HEAD answer a small health JSON on any path, other methods 405.
 *
 * What could not be stored was not: the batch is rolled back, what is genuine in it is tried once
 * more by itself, and the file is opened anew for the next batch. So service resumes when the
 * cause is gone. A file that has become corrupt is set aside, and the batch goes to a new one.
 */
#ifndef BRIDGETOP_API_INBOX_H
#define BRIDGETOP_API_INBOX_H

#include "api/activity.h"
#include "api/ambient.h"
#include "api/answer_order.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/error.h"
#include "api/forwarder.h"
#include "api/keep.h"
#include "api/keyring.h"
#include "api/listener.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum {
    INBOX_QUEUE_MAX = 4096,                   /* deliveries that wait for a thread: then 503 */
    INBOX_QUEUE_BYTES_MAX = 64 * 1024 * 1024, /* headers and bodies together: then 503 */
    INBOX_VERIFY_MAX = 32,                    /* deliveries that are verified, then handed on */
    INBOX_BATCH_MAX = 512,                    /* deliveries in one transaction */
    INBOX_BATCH_BYTES_MAX = 8 * 1024 * 1024,  /* a batch takes no more once it has these */
    INBOX_RETRY_AFTER_S = 5,
    INBOX_DELAYED_MAX = 256, /* answers that wait because that was ordered; more go at once */
    INBOX_TIMES_MAX = 4096,  /* answer times that wait to be written; more are let go */
    INBOX_UPKEEP_ROWS = 256, /* a look at the bounds each time so many have come */
    INBOX_UPKEEP_STEPS = 4,  /* after a batch, while a bound is passed by far */
    INBOX_TIMES_PAUSE_NS = 1000000000, /* after the last batch, before they are written alone */
};

/* As the system shows them: top -H. */
#define INBOX_VERIFIER_NAME "verify"
#define INBOX_THREAD_NAME   "store"

struct inbox;
struct inbox_item; /* a delivery on its way */

/* What each thread has done so far. */
struct inbox_turns {
    uint64_t verify;
    uint64_t store;
};

struct inbox_stored {
    int64_t deliveries;
    int64_t genuine;
};

/* The answer to one arrival. */
struct inbox_answer {
    int64_t attempt; /* which of its event's, 1 and up */
    int status;
    bool on_demand;
    int64_t answer_us; /* from the last byte read; -1: it still waits */
};

/* Which deliveries are queued for an application (api/forward_store.h), with them, in one
   transaction. */
enum inbox_queues { INBOX_QUEUES_NOTHING, INBOX_QUEUES_GENUINE, INBOX_QUEUES_ALL };

struct inbox_config {
    const char *store_path;
    struct ambient ambient; /* used from the inbox's threads too: wall_ms must be thread-safe */
    int64_t window_ms;      /* SIGNATURE_WINDOW_MS */

    struct store_keep keep;    /* zeroed: all of what is genuine */
    const char *export_folder; /* what `keep` deletes is exported here first; NULL: it is not */

    /* On the loop, for each delivery that is on disk (the others got a 503 and come again), after
       the answer went out, or before where that waits. Of a repeat the delivery is a summary, that
       of the event's row, as the first attempt left it, with the number of attempts so far. It is
       the inbox's, and freed afterwards: who wants one that was answered takes it, and leaves it
       zeroed. */
    void (*arrived)(struct delivery *delivery, const struct inbox_answer *answer, void *context);

    /* On the loop: an answer that waited went out. `id` is the row's. May be NULL. */
    void (*answered)(int64_t id, const struct inbox_answer *answer, void *context);

    enum inbox_queues queues;
    /* On the loop, once for each batch: some were queued, up to this one (and those of them whose
       answer is waited for have been asked for). May be NULL where nothing is. */
    void (*queued)(int64_t forward_id, void *context);

    /* Where the application's own answers go back (NULL: they do not). On the loop, for what is
       genuine and queued: has this answered by inbox_answer(), once, not before this returned.
       False: it cannot be, and is answered 503. A repeat of what the application has taken is
       answered 200, and 503 while it waits. */
    bool (*ask)(int64_t forward_id, struct inbox_item *item, void *context);

    /* On the loop, when storing begins to fail (a line) and when it works again (NULL), which the
       next delivery, or the next list of endpoints, shows. */
    void (*trouble)(const char *message, void *context);

    /* On the loop, not before inbox_new() has returned: a line about what was done to the store: it
       was migrated, set aside as corrupt, or cannot be kept within its bounds. May be NULL. */
    void (*notice)(const char *line, void *context);

    /* On the loop: rows were deleted, and this is what is left. May be NULL. */
    void (*removed)(const struct inbox_stored *stored, void *context);

    /* On the loop: there may be new activity in the store. May be NULL. */
    void (*activity)(void *context);
    void *context;
};

/* Opens the store (creating it where absent) and starts the thread. Until keys are set,
   those that the store remembers are used. */
struct inbox *inbox_new(uv_loop_t *loop, const struct inbox_config *config, struct error *error);

/* A listener_handler; the context is the inbox. */
void inbox_handle(struct exchange *exchange, void *context);

/* Deliveries from now on are checked with these keys. Takes a reference of its own. */
void inbox_set_keys(struct inbox *inbox, struct keyring *keyring);

/* Has the endpoints kept in the store (copies the list); a list that could not be written yet is
   replaced by this one. `times`: when it was asked for; NULL: just now. */
void inbox_remember_webhooks(struct inbox *inbox, const struct webhook_list *list,
                             const struct list_times *times);

/* Has an action of ours noted in the store: before any list that waits, so that what it changed is
   not taken for another's change. Copied. While the store cannot be written, notes wait. */
void inbox_note(struct inbox *inbox, const struct activity_note *note);

/* The next order->left deliveries that arrive are answered so, in place of an order before; none
   left: as always again, and what still waits is answered at once. One that could not be stored is
   answered 503 and does not count. */
void inbox_order_answers(struct inbox *inbox, const struct answer_order *order);

/* What of it is still to come. */
struct answer_order inbox_ordered(struct inbox *inbox);

/* The application's answer to what was asked for. Where there was none: 502, or 504 when it took
   too long; 503 when this program ends. */
void inbox_answer(struct inbox *inbox, struct inbox_item *item,
                  const struct forward_answer *answer);

/* Whether each thread has done something since *turns (0 at first), which becomes what they have
   done so far, or waits for something to do. For a watchdog. */
bool inbox_is_alive(struct inbox *inbox, struct inbox_turns *turns);

/* Answers what is queued and what waits, commits, ends the threads; `closed` is called on the loop,
   and the inbox is freed. Close the listener after that, not before. Handing it a request meanwhile
   answers 503.
 */
void inbox_close(struct inbox *inbox, void (*closed)(void *context), void *context);

#endif
