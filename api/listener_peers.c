#include "api/listener_peers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct ip_address counted_as(const struct ip_address *address)
{
    struct ip_address counted = *address;
    if (!ip_address_is_v4(address))
        memset(counted.bytes + 8, 0, 8);
    return counted;
}

/* FNV-1a. Whoever makes his addresses collide makes a chain no longer than there are
   connections. */
static struct peer **bucket_of(struct peers *peers, const struct ip_address *counted)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < sizeof counted->bytes; i++)
        hash = (hash ^ counted->bytes[i]) * 16777619U;
    return &peers->buckets[hash % PEER_BUCKETS];
}

struct peer *peers_enter(struct peers *peers, const struct ip_address *address)
{
    struct ip_address counted = counted_as(address);
    struct peer **bucket = bucket_of(peers, &counted);
    struct peer *peer = *bucket;
    while (peer != NULL && memcmp(&peer->address, &counted, sizeof counted) != 0)
        peer = peer->next;
    if (peer == NULL) {
        peer = calloc(1, sizeof *peer);
        if (peer == NULL)
            return NULL;
        peer->address = counted;
        peer->next = *bucket;
        *bucket = peer;
    }
    peer->connections++;
    return peer;
}

void peers_leave(struct peers *peers, struct peer *peer)
{
    if (--peer->connections > 0)
        return;
    struct peer **link = bucket_of(peers, &peer->address);
    while (*link != peer)
        link = &(*link)->next;
    *link = peer->next;
    free(peer);
}
