#include "api/sandbox_tunnel.h"

#include "api/buffer.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct url_parts {
    char *scheme, *host, *port, *path, *query, *user;
};

static void take_part(CURLU *handle, CURLUPart what, unsigned flags, char **part)
{
    if (curl_url_get(handle, what, part, flags) != CURLUE_OK)
        *part = NULL;
}

static void clear_parts(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->port);
    curl_free(parts->path);
    curl_free(parts->query);
    curl_free(parts->user);
    *parts = (struct url_parts){0};
}

/* False when it is no http or https URL. */
static bool split_url(const char *url, struct url_parts *parts)
{
    *parts = (struct url_parts){0};
    CURLU *handle = curl_url();
    bool done = handle != NULL && curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK;
    if (done) {
        take_part(handle, CURLUPART_SCHEME, 0, &parts->scheme);
        take_part(handle, CURLUPART_HOST, 0, &parts->host);
        take_part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, &parts->port);
        take_part(handle, CURLUPART_PATH, 0, &parts->path);
        take_part(handle, CURLUPART_QUERY, 0, &parts->query);
        take_part(handle, CURLUPART_USER, 0, &parts->user);
    }
    curl_url_cleanup(handle);
    bool web = parts->scheme && parts->host && parts->port && parts->path &&
               (strcasecmp(parts->scheme, "https") == 0 || strcasecmp(parts->scheme, "http") == 0);
    if (!web)
        clear_parts(parts);
    return web;
}

static bool is_https(const struct url_parts *parts)
{
    return strcasecmp(parts->scheme, "https") == 0;
}

const char *sandbox_url_problem(const char *url)
{
    if (strlen(url) > SANDBOX_URL_MAX)
        return "is too long";
    for (const char *at = url; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7F)
            return "holds blanks or control characters";
    struct url_parts parts;
    if (!split_url(url, &parts))
        return "must be a valid https URL";
    const char *problem = NULL;
    if (!is_https(&parts))
        problem = "must begin with https://";
    else if (parts.user != NULL)
        problem = "must not hold a user name";
    clear_parts(&parts);
    return problem;
}

bool sandbox_tunnel_check(const struct sandbox_tunnel *tunnel, struct error *error)
{
    struct url_parts parts;
    if (!split_url(tunnel->origin, &parts) || !is_https(&parts)) {
        clear_parts(&parts);
        return error_set(error, "a tunnel's origin must begin with https://: %s", tunnel->origin);
    }
    bool bare = strcmp(parts.path, "/") == 0 && parts.query == NULL && parts.user == NULL;
    clear_parts(&parts);
    if (!bare)
        return error_set(error, "a tunnel's origin has no path: %s", tunnel->origin);
    if (!split_url(tunnel->target, &parts))
        return error_set(error, "a tunnel's target must be an http URL: %s", tunnel->target);
    bool plain = parts.query == NULL && parts.user == NULL;
    clear_parts(&parts);
    return plain ||
           error_set(error, "a tunnel's target has no query and no user: %s", tunnel->target);
}

static bool has_origin(const struct url_parts *parts, const char *origin)
{
    struct url_parts wanted;
    bool same = split_url(origin, &wanted) && strcasecmp(parts->scheme, wanted.scheme) == 0 &&
                strcasecmp(parts->host, wanted.host) == 0 && strcmp(parts->port, wanted.port) == 0;
    clear_parts(&wanted);
    return same;
}

static char *join(const char *target, const struct url_parts *parts)
{
    struct buffer out;
    buffer_init(&out, (size_t)2 * SANDBOX_URL_MAX);
    size_t length = strlen(target);
    while (length > 0 && target[length - 1] == '/')
        length--;
    buffer_append(&out, target, length);
    buffer_append_string(&out, parts->path);
    if (parts->query != NULL) {
        buffer_append_string(&out, "?");
        buffer_append_string(&out, parts->query);
    }
    return buffer_take(&out, NULL);
}

char *sandbox_tunnel_map(const struct sandbox_tunnel *tunnels, size_t count, const char *url)
{
    struct url_parts parts;
    char *mapped = NULL;
    if (!split_url(url, &parts))
        return NULL;
    for (size_t i = 0; i < count && mapped == NULL; i++)
        if (has_origin(&parts, tunnels[i].origin))
            mapped = join(tunnels[i].target, &parts);
    clear_parts(&parts);
    return mapped;
}
