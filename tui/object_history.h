/*
 * All events of one object, in their order, with what changed from each to the next.
 *
 * Pure, and for a thread of its own: comparing payloads takes its time. Events come in in any order
 * and from two sources, each once: what arrived here, and what Bridge has told of. Where all have a
 * sequence that is their order, else the time at which they were made, or came.
 *
 * A status is a step back where the object had left it before. It is a jump where the event says
 * itself (`event_object_changes`) that the object came from another status than the event before
 * it had: then one is missing. The contract has no list of states: nothing else is judged.
 *
 * Bounded: OBJECT_EVENTS_MAX events, the newest that came in first; payloads of OBJECT_BYTES_MAX
 * are compared, others are not, which is said.
 */
#ifndef BRIDGETOP_TUI_OBJECT_HISTORY_H
#define BRIDGETOP_TUI_OBJECT_HISTORY_H

#include "api/contract.h"
#include "api/delivery.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OBJECT_EVENTS_MAX = 200,
    OBJECT_BYTES_MAX = 8 * 1024 * 1024,
    OBJECT_CHANGES_MAX = 24, /* of one event that are told */
    OBJECT_VALUE_MAX = 120,  /* bytes of a value */
    OBJECT_PATH_MAX = 128,
    OBJECT_ID_SIZE = 128, /* of an object's id with its NUL; longer ones are none */
};

/* A value as it was written, cut; "" where there is none on that side. */
struct object_value {
    char text[OBJECT_VALUE_MAX + 4];
    bool hidden; /* personal or banking data */
};

struct object_change {
    char path[OBJECT_PATH_MAX]; /* below the object */
    struct object_value old, new;
};

struct object_event {
    char *event_id;
    char *type;
    char *status;             /* or NULL */
    char *was;                /* the status before it, as it says itself, or NULL */
    int64_t sequence;         /* -1: absent */
    int64_t created_ms;       /* -1: not known */
    int64_t received_ms;      /* -1: it has not come here */
    struct delivery delivery; /* its summary; id 0: likewise */
    struct event bridge;      /* as Bridge told of it; no id: it is from what arrived */
    bool back;                /* to a status that was left before */
    bool jump;                /* from another status than the one before it had */
    bool late;                /* it came here after one that is later */
    bool compared;            /* with the one before: `changes` are all there are */
    struct object_change *changes;
    size_t change_count;
    size_t more_changes; /* that are not told */

    /* Until they are compared. */
    char *body;
    size_t body_length;
};

struct object_history {
    struct object_event *events; /* in order, once it is made */
    size_t count;
    bool more; /* there are older ones that are left out */
    size_t bytes;
};

/* NULL when memory is out. */
struct object_history *object_history_new(void);
void object_history_free(struct object_history *history); /* NULL is fine */

/* Takes what it needs of a whole genuine delivery, or of an event that Bridge told of; one that is
   there already is left out. False: there is no room for more (`more` is set), or no memory. */
bool object_history_add_delivery(struct object_history *history, const struct delivery *delivery);
bool object_history_add_event(struct object_history *history, const struct event *event);

/* All are there: orders and compares them. What was compared is no longer kept. */
void object_history_make(struct object_history *history);

#endif
