/*
 * What receives deliveries, put together: the lock, the store with its inbox, the listener with its
 * certificate, and the keys. The dashboard and `bridgetop listen` run the same.
 *
 *   beginning   certificate and key files are read, the lock is taken, the store is opened (made,
 *               migrated, set aside where it is corrupt), the address is bound
 *   end         no new connections; requests under way are let arrive, for RECEIVER_DRAIN_MS at
 *               most; what arrived is committed and answered; the sockets close; the lock goes last
 *
 * Keys are those of the endpoints that were named last (in the store, until
 * receiver_set_webhooks()) and of the files given by hand. Where a delivery is refused, the
 * endpoints in the store are looked at again, for another program may have written new ones.
 *
 * The certificate and the key files are read anew when they change, on libuv's threads, once they
 * have stood still for a moment; what cannot be used then leaves the old one in place, and is told.
 *
 * All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_RECEIVER_H
#define BRIDGETOP_API_RECEIVER_H

#include "api/ambient.h"
#include "api/cidr.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/error.h"
#include "api/forwarder.h"
#include "api/inbox.h"
#include "api/keep.h"
#include "api/receiver_lock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    RECEIVER_DRAIN_MS = 1000,
    RECEIVER_FILES_LOOK_MS = 10 * 1000, /* at the files given by hand, whether they changed */
    RECEIVER_FILES_SETTLE_MS = 1000,    /* two files are not replaced at once */
    RECEIVER_KEY_FILES_MAX = 16,
    RECEIVER_KEYS_LOOK_MS = 2 * 1000, /* at the store's endpoints, no more often */
    RECEIVER_TLS_WARN_DAYS = 14,
};

struct receiver;

enum receiver_tone { RECEIVER_SAYS, RECEIVER_WARNS };

/* Everything it points to outlives the receiver. */
struct receiver_config {
    enum receiver_kind kind;
    const char *store_path;
    const char *address;
    uint16_t port; /* 0: any free one */

    const char *tls_certificate; /* files; both or neither: plain HTTP */
    const char *tls_key;
    const char *const *key_files; /* PEM public keys, at most RECEIVER_KEY_FILES_MAX */
    size_t key_file_count;

    const struct cidr_list *allow; /* as in struct listener_config */
    const struct cidr_list *trust_proxy;
    struct store_keep keep;
    const char *export_folder; /* NULL: what `keep` deletes is not exported */
    struct ambient ambient;

    /* As in struct inbox_config. */
    void (*arrived)(struct delivery *delivery, const struct inbox_answer *answer, void *context);
    void (*answered)(int64_t id, const struct inbox_answer *answer, void *context);
    void (*trouble)(const char *message, void *context);
    void (*removed)(const struct inbox_stored *stored, void *context);
    void (*activity)(void *context); /* there may be new activity in the store; may be NULL */

    /* An application that deliveries are handed on to (api/forwarder.h); NULL: none. What is not
       genuine as well, where that is said. */
    const struct forward_to *forward;
    bool forward_all;
    bool forward_answers;      /* what it answers goes back to the sender of what is genuine */
    int64_t forward_answer_ms; /* within this limit */
    void (*forwarded)(const struct forward_report *report, void *context);
    void (*forward_changed)(const struct forwarder_state *state, void *context);

    /* On the loop: a line for a person, about the store, the certificate or the keys. */
    void (*notice)(enum receiver_tone tone, const char *line, void *context);
    void *context;
};

enum receiver_start {
    RECEIVER_STARTED,
    RECEIVER_HELD,       /* another process receives for this store: *holder, and a line */
    RECEIVER_NO_FILES,   /* a certificate or a key that cannot be used */
    RECEIVER_NO_ADDRESS, /* it cannot be listened on */
    RECEIVER_NO_STORE,
    RECEIVER_FAILED,
};

/* Listens before it returns. For all but RECEIVER_STARTED there is a line in `error`, and the loop
   has to turn until what was begun is gone again. */
enum receiver_start receiver_start(uv_loop_t *loop, const struct receiver_config *config,
                                   struct receiver **started, struct receiver_holder *holder,
                                   struct error *error);

/* "127.0.0.1:8787", "https://[::]:8787". */
const char *receiver_address(const struct receiver *receiver);
uint16_t receiver_port(const struct receiver *receiver);

/* Whether other machines reach it without TLS. */
bool receiver_exposed(const struct receiver *receiver);

/* Whole days until the certificate ends. False without one. */
bool receiver_tls_days(const struct receiver *receiver, int *days);

/* The keys in use, endpoints' and given ones together. */
size_t receiver_key_count(const struct receiver *receiver);

/* What the API said last: deliveries are checked with the keys of these endpoints, and they are
   remembered in the store. A list that brings nothing new costs a digest of it; while storing fails
   it is written anyway, which finds out whether it works again. A key that cannot be used is
   noticed. */
void receiver_set_webhooks(struct receiver *receiver, const struct webhook_list *list,
                           const struct list_times *times);

/* Has an action of ours noted, as inbox_note() does. */
void receiver_note(struct receiver *receiver, const struct activity_note *note);

/* As inbox_order_answers() and inbox_ordered(). */
void receiver_order_answers(struct receiver *receiver, const struct answer_order *order);
struct answer_order receiver_ordered(const struct receiver *receiver);

/* Hands deliveries of the store on once more (forwarder_replay()). False where there is no
   application, too. */
bool receiver_replay(struct receiver *receiver, const int64_t *delivery_ids, size_t count,
                     enum forward_kind kind,
                     void (*done)(size_t queued, const char *error, void *context), void *context);

/* For a watchdog: whether the thread that stores has got on since this was asked last, or has
   nothing to do. */
bool receiver_is_alive(struct receiver *receiver);

/* SIGHUP: reads certificate and key files anew, whether they changed or not. `done` (may be NULL)
   is called on the loop once that has come to an end, unless the receiver is closed before. */
void receiver_reload(struct receiver *receiver, void (*done)(void *context));

/* Ends it in order; `closed` is called on the loop when all is gone, and the receiver is freed. No
   other callback comes after this call but `arrived`, `answered` and `trouble`. Answers that wait
   because that was ordered are given at once. */
void receiver_close(struct receiver *receiver, void (*closed)(void *context), void *context);

#endif
