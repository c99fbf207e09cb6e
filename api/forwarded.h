/*
 * Whom a request comes from, when a proxy passes it on.
 *
 * Each proxy adds the address it was asked from at the end of X-Forwarded-For, and whoever stands
 * in front of the first may have written anything before that. So the list is read from its end,
 * and only as far as the addresses are those of proxies that are trusted.
 */
#ifndef BRIDGETOP_API_FORWARDED_H
#define BRIDGETOP_API_FORWARDED_H

#include "api/cidr.h"
#include "api/headers.h"

/* The right-most address of all X-Forwarded-For fields that is not trusted; the left-most where all
   are. Ports and brackets are left out. False when there is none, or when something that is
   no address ("unknown") comes before it is found: the client is then not known. */
bool forwarded_client(const struct header_list *headers, const struct cidr_list *trusted,
                      struct ip_address *client);

#endif
