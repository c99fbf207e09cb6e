/*
 * Which event was sent with which bytes, and whether a 200 came for it. Any thread.
 */
#ifndef BRIDGETOP_TESTS_SOAK_LEDGER_H
#define BRIDGETOP_TESTS_SOAK_LEDGER_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

struct ledger *ledger_new(void); /* aborts when memory is out, as all of it does */
void ledger_free(struct ledger *ledger);

/* A delivery was answered with this status; 0: not at all. What has no event id is not kept. */
void ledger_answered(struct ledger *ledger, const char *body, size_t length, int status);

struct ledger_counts {
    size_t events;   /* different ones that were sent */
    size_t accepted; /* of them, answered 200 at least once */
    size_t answers;  /* of 200, repeats included */
    size_t refused;  /* other answers */
    size_t unanswered;
};
struct ledger_counts ledger_counts(const struct ledger *ledger);

/* What the store holds against it. */
struct ledger_check {
    size_t rows;    /* genuine ones */
    size_t repeats; /* more attempts of theirs */
};

/* Every event that was accepted has one row with the bytes that were sent, and no other event has
   two. */
bool ledger_check(const struct ledger *ledger, const char *store_path, struct ledger_check *check,
                  struct error *error);

#endif
