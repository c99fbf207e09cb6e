#include "api/forward_request.h"

#include "api/libcurl.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- where to ------------------------------------------------------------------- */

static char *part_of(CURLU *url, CURLUPart what)
{
    char *text = NULL;
    return curl_url_get(url, what, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool name_it(struct forward_to *to, const char *host, const char *port)
{
    int length = snprintf(to->name, sizeof to->name, "%s%s%s", host, port != NULL ? ":" : "",
                          port != NULL ? port : "");
    return length > 0 && (size_t)length < sizeof to->name;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* A URL without a path has "/" for libcurl: whether one was typed is seen in the text. */
static bool has_path(const char *text)
{
    const char *host = strstr(text, "://");
    const char *slash = host != NULL ? strpbrk(host + 3, "/?") : NULL;
    return slash != NULL && strcmp(slash, "/") != 0;
}

bool forward_to_read(const char *text, struct forward_to *to, struct error *error)
{
    if (!libcurl_load(error))
        return false;
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL, *fragment = NULL;
    *to = (struct forward_to){.own_path = has_path(text)};
    size_t length = strlen(text);
    bool ok = url != NULL && length < sizeof to->url && is_printable(text) &&
              strstr(text, "://") != NULL &&
              curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK;
    if (ok) {
        scheme = part_of(url, CURLUPART_SCHEME);
        host = part_of(url, CURLUPART_HOST);
        port = part_of(url, CURLUPART_PORT);
        fragment = part_of(url, CURLUPART_FRAGMENT);
        ok = scheme != NULL && host != NULL && fragment == NULL && strchr(text, '#') == NULL &&
             (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
             name_it(to, host, port);
    }
    if (ok) {
        memcpy(to->url, text, length + 1);
        if (!to->own_path && to->url[length - 1] == '/')
            to->url[length - 1] = '\0';
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(fragment);
    curl_url_cleanup(url);
    return ok || error_set(error, "it must be an http:// or https:// URL, as in "
                                  "http://127.0.0.1:3000/bridge");
}

/* What follows a # would not be sent at all. */
char *forward_url(const struct forward_to *to, const char *target)
{
    char *url = NULL;
    if (to->own_path)
        return strdup(to->url);
    if (target == NULL || target[0] != '/')
        target = "/";
    int length = (int)strcspn(target, "#");
    return asprintf(&url, "%s%.*s", to->url, length, target) >= 0 ? url : NULL;
}

/* --- headers ----------------------------------------------------------------------- */

/* Connection is a list of names, over as many fields as there are. */
static bool remove_named(struct header_list *headers)
{
    const char *value;
    while ((value = header_list_find(headers, "Connection")) != NULL) {
        char *names = strdup(value);
        char *rest = NULL;
        if (names == NULL)
            return false;
        header_list_remove(headers, "Connection");
        for (char *name = strtok_r(names, ", \t", &rest); name != NULL;
             name = strtok_r(NULL, ", \t", &rest))
            header_list_remove(headers, name);
        free(names);
    }
    return true;
}

bool forward_filter_headers(struct header_list *headers)
{
    static const char *const DROPPED[] = {
        "Keep-Alive", "Proxy-Connection", "TE",   "Trailer",       "Transfer-Encoding",
        "Upgrade",    "Expect",           "Host", "Content-Length"};
    if (!remove_named(headers))
        return false;
    for (size_t i = 0; i < sizeof DROPPED / sizeof DROPPED[0]; i++)
        header_list_remove(headers, DROPPED[i]);
    return true;
}
