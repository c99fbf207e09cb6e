/*
 * What the inbox's two sides share. Private to the inbox.
 *
 *   inbox.c          the loop's side: takes requests, begins and ends
 *   inbox_answers.c  and sends answers, at once or later, and tells of arrivals
 *   inbox_verify.c   the first thread: verifies, and decides what is answered
 *   inbox_thread.c   the second, which is "the thread" elsewhere: stores, indexes
 *   inbox_upkeep.c   and when it keeps the store within its bounds
 *
 * A delivery is an item all its way: it goes from the loop to the first thread in `queue`, on to
 * the second in `verified`, and comes back in `done`; between these it is in the batch of one
 * thread. The lists are used under the lock alone, and keep the order of arrival. Whoever has an
 * item in a list of its own has it to itself.
 *
 * An order for answers is taken by items as they are queued: so it counts in the order of arrival,
 * whatever batches they come into. The status is stored with the item; the pause is the loop's.
 *
 * Everything in struct inbox belongs to one side, or to both under the lock, as is written there.
 */
#ifndef BRIDGETOP_API_INBOX_PRIVATE_H
#define BRIDGETOP_API_INBOX_PRIVATE_H

#include "api/forward_store.h"
#include "api/inbox.h"
#include "api/spare_time.h"
#include "api/store.h"
#include "api/store_index.h"
#include "api/store_renew.h"
#include "api/store_upkeep.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a repeat
   that is on disk, the delivery has become the summary of its event's row. */
struct inbox_item {
    struct inbox_item *next;
    struct exchange *exchange;
    size_t bytes;             /* that it takes of the queue */
    struct delivery delivery; /* id is 0 unless it is on disk */
    int64_t attempt;          /* which of its event's, once it is on disk */
    int status;               /* that it is answered with, once it is on disk */
    int64_t answer_us;        /* once it is answered; -1 before */

    /* On demand; status 0: it is not. */
    struct answer_order order;
    uint64_t order_number;
    uint64_t due_ms; /* by the loop's clock, while the answer waits */

    bool late_status;                    /* it is another one than it was stored with */
    int64_t forward_id;                  /* queued for an application; 0: it is not */
    enum forward_state forwarded_before; /* of a repeat that is not: what became of its event */
};

/* First in, first out. Zeroed, it is empty. */
struct inbox_list {
    struct inbox_item *first;
    struct inbox_item *last;
    size_t count;
};

void inbox_list_append(struct inbox_list *list, struct inbox_item *item);
void inbox_list_join(struct inbox_list *list, struct inbox_list *more); /* which is empty then */
struct inbox_item *inbox_list_take(struct inbox_list *list);            /* NULL when it is empty */

/* How long an answer took: known to the loop once it is sent, written by the thread later. */
struct inbox_time {
    int64_t id;
    int64_t attempt;
    int64_t answer_us;
    int status; /* 0: that it was stored with */
};

struct inbox_times {
    struct inbox_time items[INBOX_TIMES_MAX];
    size_t count;
};

/* What a stored delivery is answered with, by its verdict. */
enum { INBOX_ACCEPTED = 200, INBOX_REFUSED = 400, INBOX_LATER = 503 };

struct inbox {
    struct inbox_config config;
    char *store_path;
    char *export_folder;
    uv_async_t handed_back;
    uv_timer_t pause; /* until the first of what waits is due */
    uv_thread_t verifier;
    uv_thread_t thread;

    /* The loop's. */
    size_t unanswered;         /* handed to the thread */
    struct inbox_list delayed; /* answers that wait, the one that is due first in front */
    bool told_trouble;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;

    /* The first thread's. */
    struct keyring_match match; /* too large for a stack, filled for each delivery */

    /* The second thread's, once it runs. */
    struct store *store; /* NULL after a failure: opened again for the next batch */
    struct webhook_list unsaved;
    struct list_times unsaved_times;
    struct activity_notes unsaved_notes;
    struct webhook_list known;   /* as they were saved last: for a new file, should there be one */
    struct inbox_times times;    /* to be written */
    struct store_index *index;   /* NULL while there is nothing to index */
    int64_t newest_id;           /* that was stored */
    int64_t index_at;            /* once this row is stored there is something to index */
    struct store_upkeep *upkeep; /* NULL until it is first needed */
    size_t unkept;               /* rows stored since the last look at the bounds */
    bool upkeep_more;            /* that look found something to do */
    bool upkeep_failed;          /* and was told */
    int64_t deleted;             /* as of the last look */
    int64_t receiving_ms; /* since when it receives for this file; 0: the file has not been told */
    struct spare_time spare; /* for upkeep and the index */
    uint64_t upkeep_at_us;   /* steady: the next look, if nothing comes before; UINT64_MAX: none */

    uv_mutex_t lock;
    uv_cond_t arrived; /* for the first thread */
    uv_cond_t work;    /* for the second */

    /* All of them's, under the lock. */
    struct inbox_list queue;
    struct inbox_list verified;
    size_t queued_bytes; /* headers and bodies in both, in what the threads have taken of them, and in `done` */
    struct answer_order order;
    uint64_t order_number; /* of orders so far */
    struct keyring *keyring;
    struct webhook_list webhooks; /* to be remembered */
    struct list_times webhooks_times;
    struct activity_notes notes; /* to be written */
    struct inbox_list done;
    size_t timeless; /* stored, and handed back; their answer times are to come */
    struct inbox_times new_times;
    struct inbox_turns turns; /* of each thread */
    bool webhooks_changed;
    bool activity;      /* there may be some, to be told */
    bool verifier_idle; /* the first has nothing in hand, and saw no more in the queue */
    bool waiting;       /* the second has nothing to do */
    bool failing;
    struct error trouble;
    struct error notice; /* about the store, to be told; "" is none */
    struct inbox_stored stored;
    bool removed; /* rows were deleted, to be told */
    bool stop;    /* nothing more will be queued */
    bool ended;   /* the thread is at its end */
};

/* NULL is not fine. */
void inbox_item_free(struct inbox_item *item);

/* --- inbox_answers.c, on the loop ---------------------------------------------------- */

void inbox_respond_health(struct inbox *inbox, struct exchange *exchange);
void inbox_respond_unavailable(struct exchange *exchange);
void inbox_respond_not_allowed(struct exchange *exchange);

/* Of what the thread has handed back, in this order: answers all that need not wait; has their
   times written; tells of all, and has the others wait. The list is empty then. */
void inbox_answer_all(const struct inbox *inbox, const struct inbox_list *done);
void inbox_note_times(struct inbox *inbox, const struct inbox_list *done);
void inbox_tell_arrivals(struct inbox *inbox, struct inbox_list *done);

/* Answers what waits because that was ordered, and was due by then (UINT64_MAX: all). */
void inbox_answer_delayed(struct inbox *inbox, uint64_t until_ms);

/* --- on the first thread ------------------------------------------------------------------ */

/* The thread: context is the inbox, which has its lock and its conditions. It ends once `stop` is
   set and the queue is empty. */
void inbox_verify_run(void *context);

/* --- on the second ------------------------------------------------------------------------ */

/* The thread's other work (inbox_upkeep.c), a step at a time. Due: whether there is some. */
bool inbox_upkeep_due(const struct inbox *inbox);
void inbox_upkeep_after_batch(struct inbox *inbox, size_t rows);
void inbox_upkeep_when_idle(struct inbox *inbox);
void inbox_upkeep_close(struct inbox *inbox);

/* Has a line told about the store. */
void inbox_notice(struct inbox *inbox, const struct error *line);

/* Opens the store, and notes what there is to tell of it. On the thread, or before that runs. */
bool inbox_open_store(struct inbox *inbox, struct error *error);

/* The thread: context is the inbox, which has its lock, its handle and an open store. It ends once
   `stop` is set and nothing is left to be done; it closes the store, sets `ended` and wakes the
   loop. */
void inbox_thread_run(void *context);

#endif
