/*
 * The keys that are known, by endpoint.
 *
 * A keyring is filled by one thread and then handed out by reference count and
 * never changed again: the loop makes a new one when the endpoints change, the
 * inbox goes on with the one it holds until it takes the next.
 *
 * Which keys a delivery is checked with: those of the endpoints whose URL path
 * is the path it came to; where no endpoint has that path, every key. A key
 * given by hand (no endpoint) counts as matching every path.
 */
#ifndef BRIDGETOP_API_KEYRING_H
#define BRIDGETOP_API_KEYRING_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { KEYRING_MAX = 1000 };

struct public_key;
struct keyring;

struct keyring *keyring_new(void);
struct keyring *keyring_ref(struct keyring *keyring);
void keyring_unref(struct keyring *keyring); /* NULL is fine */

/* Adds an endpoint's key. `webhook_id` and `url` are NULL for a key given by hand.
   False with a reason when the PEM is not a usable key or the ring is full. */
bool keyring_add(struct keyring *keyring, const char *webhook_id, const char *url, const char *pem,
                 struct error *error);

size_t keyring_count(const struct keyring *keyring);

struct keyring_match {
    const struct public_key *keys[KEYRING_MAX]; /* candidates, owned by the keyring */
    const char *webhook_ids[KEYRING_MAX];       /* beside them; NULL: given by hand */
    size_t count;
    const char *path_webhook_id; /* the first endpoint with that path, or NULL */
};

/* Fills in the candidates for a request to `target` (path and perhaps a query). */
void keyring_match(const struct keyring *keyring, const char *target, struct keyring_match *match);

/* The path of a URL, or of a request target, as it is compared: without query and
   fragment, "" as "/", without a trailing slash otherwise. Copies into `path`, cut to fit. */
void keyring_path(const char *url, char *path, size_t size);

#endif
