/*
 * Verify, then store, then answer.
 *
 * Deliveries come from a listener on the loop and are queued to one thread, which
 * verifies them with the keys it was given and stores them in batches: everything
 * that queued up while the last batch was written forms the next, and one
 * transaction commits it. Only then does the loop send the answer:
 *
 *   200  genuine, and on disk
 *   400  not genuine or outside the replay window, and on disk; the same body
 *        for every refusal: the reason is for the person at the screen
 *   503  could not be stored, or the queue is full (Retry-After)
 *
 * While nothing waits, the thread makes the store's search index, a few milliseconds at a time
 * (store_index.h).
 *
 * GET and HEAD answer a small health JSON on any path, other methods 405.
 *
 * What could not be stored was not: the batch is rolled back, what is genuine in it is tried once
 * more by itself, and the file is opened anew for the next batch. So service resumes when the
 * cause is gone.
 */
#ifndef BRIDGETOP_API_INBOX_H
#define BRIDGETOP_API_INBOX_H

#include "api/ambient.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/error.h"
#include "api/keyring.h"
#include "api/listener.h"

#include <uv.h>

enum {
    INBOX_QUEUE_MAX = 4096,                   /* deliveries that wait for the thread: then 503 */
    INBOX_QUEUE_BYTES_MAX = 64 * 1024 * 1024, /* and their bodies together: then 503 */
    INBOX_BATCH_MAX = 512,                    /* deliveries in one transaction */
    INBOX_BATCH_BYTES_MAX = 8 * 1024 * 1024,  /* a batch takes no more once it has these */
    INBOX_RETRY_AFTER_S = 5,
    INBOX_TIMES_MAX = 4096,            /* answer times that wait to be written; more are let go */
    INBOX_TIMES_PAUSE_NS = 1000000000, /* after the last batch, before they are written alone */
};

struct inbox;

struct inbox_config {
    const char *store_path;
    struct ambient ambient; /* used from the inbox thread too: wall_ms must be thread-safe */
    int64_t window_ms;      /* SIGNATURE_WINDOW_MS */

    /* On the loop, after the answer went out, for each delivery that is on disk (the others got a
       503 and come again). The delivery is a summary, owned by the inbox. */
    void (*arrived)(const struct delivery *summary, void *context);

    /* On the loop, when storing begins to fail (a line) and when it works again (NULL), which the
       next delivery, or the next list of endpoints, shows. */
    void (*trouble)(const char *message, void *context);
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
   replaced by this one. */
void inbox_remember_webhooks(struct inbox *inbox, const struct webhook_list *list);

/* Answers what is queued, commits, ends the thread; `closed` is called on the loop, and the inbox
   is freed. Close the listener after that, not before. Handing it a request meanwhile answers 503.
 */
void inbox_close(struct inbox *inbox, void (*closed)(void *context), void *context);

#endif
