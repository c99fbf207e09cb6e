#include "tests/e2e/http.h"

#include "api/buffer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)size;
    return buffer_append(context, bytes, count) ? count : 0;
}

static bool add_headers(struct curl_slist **list, const char *const *headers)
{
    for (; headers != NULL && *headers != NULL; headers++) {
        struct curl_slist *longer = curl_slist_append(*list, *headers);
        if (longer == NULL)
            return false;
        *list = longer;
    }
    return true;
}

static void set_request(CURL *curl, const struct http_request *request, struct curl_slist *headers,
                        struct buffer *body)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)HTTP_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (request->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    }
}

bool http_ask(const struct http_request *request, struct http_answer *answer, struct error *error)
{
    *answer = (struct http_answer){0};
    struct buffer body;
    buffer_init(&body, HTTP_ANSWER_MAX);
    struct curl_slist *headers = NULL;
    bool ok = false;
    CURL *curl = curl_easy_init();
    if (curl == NULL || !add_headers(&headers, request->headers)) {
        (void)error_set(error, "out of memory");
        goto out;
    }
    set_request(curl, request, headers, &body);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        (void)error_set(error, "%s %s: %s", request->method, request->url,
                        curl_easy_strerror(code));
        goto out;
    }
    long status = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    answer->body = buffer_take(&body, &answer->length);
    ok = answer->body != NULL || error_set(error, "out of memory");
out:
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    buffer_clear(&body);
    return ok;
}

void http_answer_clear(struct http_answer *answer)
{
    free(answer->body);
    *answer = (struct http_answer){0};
}

int http_reserve_port(uint16_t *port, struct error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int yes = 1;
    int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (held < 0 || setsockopt(held, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(held, (struct sockaddr *)&address, length) != 0 ||
        getsockname(held, (struct sockaddr *)&address, &length) != 0) {
        (void)error_set(error, "no port: %s", strerror(errno));
        if (held >= 0)
            (void)close(held);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return held;
}
