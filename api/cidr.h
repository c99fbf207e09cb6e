/*
 * IP addresses and ranges of them: "10.0.0.0/8", "2001:db8::/32", "192.0.2.7".
 *
 * An IPv4 address that is written or received as an IPv6 one (::ffff:192.0.2.7, RFC 4291, 2.5.5.2)
 * is the IPv4 address: a range of one family never contains an address of the other, however that
 * came in.
 *
 * Pure: numbers only, nothing is resolved.
 */
#ifndef BRIDGETOP_API_CIDR_H
#define BRIDGETOP_API_CIDR_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
    CIDR_LIST_MAX = 256,
    IP_ADDRESS_TEXT_MAX = 46, /* INET6_ADDRSTRLEN */
};

/* IPv4 addresses are kept mapped, so that equal addresses are equal bytes. */
struct ip_address {
    unsigned char bytes[16];
};

struct cidr {
    struct ip_address network; /* the bits beyond the prefix are 0 */
    unsigned char prefix;      /* of the 128 bits: an IPv4 /8 is 104 */
    bool v4;
};

/* Zeroed, it is empty. */
struct cidr_list {
    struct cidr *items;
    size_t count;
};

/* "192.0.2.7", "::1", "::ffff:192.0.2.7"; no zone, no brackets. False when it is none. */
bool ip_address_parse(const char *text, struct ip_address *address);

/* Of a socket's peer. False for other families than IPv4 and IPv6. */
bool ip_address_of(const struct sockaddr *socket_address, struct ip_address *address);

bool ip_address_is_v4(const struct ip_address *address);

/* An IPv4 address as such. Returns `text`. */
const char *ip_address_text(const struct ip_address *address, char text[IP_ADDRESS_TEXT_MAX]);

/* A range, or one address. On failure a line that says what is wrong with it; so also for a range
   that has bits beyond its prefix, with the range that may have been meant. */
bool cidr_parse(const char *text, struct cidr *cidr, struct error *error);

bool cidr_contains(const struct cidr *cidr, const struct ip_address *address);

/* Parses and adds; false with a line when it is no range or the list is full. */
bool cidr_list_add(struct cidr_list *list, const char *text, struct error *error);

/* Whether a range in the list has the address; NULL is an empty list. */
bool cidr_list_contains(const struct cidr_list *list, const struct ip_address *address);

void cidr_list_clear(struct cidr_list *list);

#endif
