/*
 * The SQLite file: what arrived, and the keys that are known.
 *
 * WAL, synchronous=FULL: what was committed survives a power cut. A `struct
 * store` is one connection and belongs to one thread; other threads and other
 * programs open their own on the same file. What arrives is written by the
 * inbox's second thread. The file and its directory are created with modes 0600 and 0700.
 *
 * Every function that can fail fills `error` with a line that names the file.
 */
#ifndef BRIDGETOP_API_STORE_H
#define BRIDGETOP_API_STORE_H

#include "api/contract.h"
#include "api/delivery.h"
#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum store_mode { STORE_WRITE, STORE_READ };

/* Opens, and creates where absent (STORE_WRITE; parent directories too). A file of a newer schema,
   or one that is not ours, is refused with a message and left alone; so is an older one, and a
   corrupt one: what is to be done with those is a receiver's to do (api/store_renew.h). What
   another program has locked is waited for, for a second at most: here and in store_begin(). */
struct store *store_open(const char *path, enum store_mode mode, struct error *error);
void store_close(struct store *store);

/* Whether something failed because the file's contents are corrupt. Closing it then leaves file and
   log as they are. */
bool store_damaged(const struct store *store);

/* One transaction at a time (BEGIN IMMEDIATE). After a failed insert or commit, roll back.
   Beginning fails as well when the file has been moved or deleted: what is written then is lost. */
bool store_begin(struct store *store, struct error *error);
bool store_commit(struct store *store, struct error *error);
void store_rollback(struct store *store);

/* Of one event, the newest; counting goes on. */
enum {
    STORE_ATTEMPTS_KEPT = 100,
    STORE_ATTEMPT_BYTES_KEPT = 8 * 1024 * 1024, /* of bodies that differ from the first's */
};

/* Inserts with headers and exact body, and sets delivery->id and ->attempts. A genuine delivery of
   an event that is there already adds no row: it becomes an attempt of that event's row, whose id
   it gets, with the body where it differs; ->attempts is its number (2 and up). What is one event:
   one event id, or where the body has none, one body. What is not genuine is always a row. */
bool store_insert_delivery(struct store *store, struct delivery *delivery, struct error *error);

/* Notes how long the answer to an attempt (1: the first) took. A row that is gone is no error. */
bool store_set_answer_time(struct store *store, int64_t id, int64_t attempt, int64_t answer_us,
                           struct error *error);

/* Notes that an attempt was answered otherwise than it was stored with. As above. */
bool store_set_answer_status(struct store *store, int64_t id, int64_t attempt, int status,
                             struct error *error);

/* Makes the stored endpoints those of `list`: new and changed keys are written, endpoints that are
   no longer there are marked retired, and their keys are kept but no longer used. An endpoint that
   comes without a key keeps the one that is known. In the open transaction, or else in one of its
   own; a list that brings nothing new writes nothing. */
bool store_put_webhooks(struct store *store, const struct webhook_list *list, int64_t now_ms,
                        struct error *error);

/* The endpoints that are not retired, as they were last seen. */
bool store_load_webhooks(struct store *store, struct webhook_list *list, struct error *error);

/* Those that are retired too, behind the others, with the status WEBHOOK_DELETED. */
bool store_load_all_webhooks(struct store *store, struct webhook_list *list, struct error *error);

/* Calls `each` with summaries, newest first, at most `limit`, of ids below `before` (INT64_MAX for
   the newest). `each` returns false to stop; it owns nothing of what it is shown. */
bool store_recent_deliveries(struct store *store, int64_t before, size_t limit,
                             bool (*each)(const struct delivery *summary, void *context),
                             void *context, struct error *error);

/* One delivery, whole. False with an error when it is not there. */
bool store_load_delivery(struct store *store, int64_t id, struct delivery *delivery,
                         struct error *error);

/* Fills in delivery->repeats, without bodies, for the row delivery->id: all that are kept, or one
   alone, the newest of those up to `number`. */
bool store_load_attempts(struct store *store, struct delivery *delivery, struct error *error);
bool store_load_attempt(struct store *store, struct delivery *delivery, int64_t number,
                        struct error *error);

/* The exact body of an attempt that is kept, NUL-terminated besides, to be freed. */
bool store_load_attempt_body(struct store *store, int64_t id, int64_t number, char **body,
                             size_t *length, struct error *error);

/* The newest row's id, or 0. */
bool store_newest_id(struct store *store, int64_t *id, struct error *error);

/* One row's summary. */
bool store_load_summary(struct store *store, int64_t id, struct delivery *summary,
                        struct error *error);

struct store_counts {
    int64_t deliveries;    /* rows */
    int64_t genuine;       /* of them */
    int64_t repeats;       /* attempts besides the first of each event, those not kept included */
    int64_t refused_bytes; /* that senders chose of what is not genuine */
};

/* Kept, not counted: cheap at any size. */
bool store_counts(struct store *store, struct store_counts *counts, struct error *error);

#endif
