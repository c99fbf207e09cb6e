/*
 * Which URLs a webhook may have, and where a tunnel takes them.
 */
#ifndef BRIDGETOP_API_SANDBOX_TUNNEL_H
#define BRIDGETOP_API_SANDBOX_TUNNEL_H

#include "api/error.h"
#include "api/sandbox.h"

#include <stdbool.h>
#include <stddef.h>

enum { SANDBOX_URL_MAX = 2048 };

/* NULL when it is a URL that deliveries can go to, else what is wrong with it. */
const char *sandbox_url_problem(const char *url);

/* Whether the origin is https without a path, and the target an http or https URL. */
bool sandbox_tunnel_check(const struct sandbox_tunnel *tunnel, struct error *error);

/* The local URL of a webhook's, allocated; NULL when no tunnel has its origin. Host names compare
   without case, and 443 is https's port whether it is written or not (RFC 3986, 6.2). */
char *sandbox_tunnel_map(const struct sandbox_tunnel *tunnels, size_t count, const char *url);

#endif
