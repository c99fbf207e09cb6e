/*
 * How many connections each address has.
 *
 * An IPv6 address counts by its first 64 bits: whoever has one has all of those (RFC 6177).
 */
#ifndef BRIDGETOP_API_LISTENER_PEERS_H
#define BRIDGETOP_API_LISTENER_PEERS_H

#include "api/cidr.h"

enum { PEER_BUCKETS = 256 };

struct peer {
    struct ip_address address;
    size_t connections;
    struct peer *next; /* in its bucket */
};

/* Zeroed, it is empty. */
struct peers {
    struct peer *buckets[PEER_BUCKETS];
};

/* The peer with that address, with one connection more. NULL when memory is out. */
struct peer *peers_enter(struct peers *peers, const struct ip_address *address);

/* One connection less; with the last one the peer is freed. */
void peers_leave(struct peers *peers, struct peer *peer);

#endif
