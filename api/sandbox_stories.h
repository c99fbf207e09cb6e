/*
 * Events that tell believable stories: a transfer from awaiting_funds to
 * payment_processed, a customer through KYC, a card and what is bought with it.
 *
 * Several stories run at once, and each event is the next step of one of them.
 * Everything comes from the seed and the times that are passed in: the same
 * calls give the same ids and bodies.
 */
#ifndef BRIDGETOP_API_SANDBOX_STORIES_H
#define BRIDGETOP_API_SANDBOX_STORIES_H

#include "api/sandbox_random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox_stories;

struct sandbox_event {
    char id[SANDBOX_ID_SIZE];
    const char *category; /* one of CONTRACT_CATEGORIES */
    int64_t sequence;
    int64_t created_ms;
    char *json; /* the event as it is listed and delivered; allocated */
    size_t length;
};

struct sandbox_stories *sandbox_stories_new(uint64_t seed);
void sandbox_stories_free(struct sandbox_stories *stories);

/* The next event, of that category where one is given (one of CONTRACT_CATEGORIES). False when
   memory is out. */
bool sandbox_stories_next(struct sandbox_stories *stories, const char *category, int64_t sequence,
                          int64_t now_ms, struct sandbox_event *event);

void sandbox_event_clear(struct sandbox_event *event);

#endif
