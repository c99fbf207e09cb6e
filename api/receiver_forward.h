/*
 * A receiver's handing on: the forwarder, what is told of it in words, and replays that another
 * process has queued.
 *
 * Only the receiver hands on. A dashboard that follows it queues a replay in the store and then
 * touches the receiver's lock file (receiver_forward_call()), which is watched: so nothing wakes up
 * for the store's own writes, and nobody looks in vain.
 *
 * Private to the receiver but for receiver_forward_call(). All of it belongs to the loop's thread.
 */
#ifndef BRIDGETOP_API_RECEIVER_FORWARD_H
#define BRIDGETOP_API_RECEIVER_FORWARD_H

#include "api/receiver.h"

struct receiver_forward;

/* For config->forward, which is not NULL; the store is there and the lock is taken. `notice` gets
   `context`. NULL with a line. */
struct receiver_forward *receiver_forward_new(uv_loop_t *loop, const struct receiver_config *config,
                                              void (*notice)(enum receiver_tone tone,
                                                             const char *line, void *context),
                                              void *context, struct error *error);

/* A receiver that hands nothing on: whoever follows it is not to be told of the one before, which
   may have been killed. At the beginning; what cannot be written is no trouble. */
void receiver_forward_nothing(const char *store_path);

struct forwarder *receiver_forward_forwarder(struct receiver_forward *forward);

/* Has an item of the inbox answered by the application. False: it cannot be. */
bool receiver_forward_ask(struct receiver_forward *forward, struct inbox *inbox, int64_t forward_id,
                          struct inbox_item *item);

/* `closed` gets `context`, on the loop, when all is gone. */
void receiver_forward_close(struct receiver_forward *forward, void (*closed)(void *context),
                            void *context);

/* From another process: there is something new in the queue. A few system calls. */
void receiver_forward_call(const char *store_path);

#endif
