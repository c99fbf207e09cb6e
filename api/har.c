#include "api/har.h"

#include "api/contract.h"
#include "api/json_write.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void put(struct buffer *to, const char *text)
{
    buffer_append_string(to, text);
}

static void member(struct buffer *to, const char *name, const char *value)
{
    buffer_printf(to, ",\"%s\":", name);
    json_write_string(to, value != NULL ? value : "");
}

static void pair(struct buffer *to, bool first, const char *name, size_t name_length,
                 const char *value, size_t value_length)
{
    put(to, first ? "{\"name\":" : ",{\"name\":");
    json_write_bytes(to, name, name_length);
    put(to, ",\"value\":");
    json_write_bytes(to, value, value_length);
    put(to, "}");
}

static void write_headers(struct buffer *to, const struct header_list *headers)
{
    put(to, ",\"headers\":[");
    for (size_t i = 0; i < headers->count; i++)
        pair(to, i == 0, headers->items[i].name, strlen(headers->items[i].name),
             headers->items[i].value, strlen(headers->items[i].value));
    put(to, "]");
}

/* "a=1; b=2" of every Cookie field. */
static void write_cookies(struct buffer *to, const struct header_list *headers)
{
    bool first = true;
    put(to, ",\"cookies\":[");
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, "Cookie") != 0)
            continue;
        for (const char *at = headers->items[i].value; *at != '\0';) {
            at += strspn(at, "; ");
            size_t length = strcspn(at, ";");
            const char *equals = memchr(at, '=', length);
            size_t name = equals != NULL ? (size_t)(equals - at) : length;
            size_t skip = equals != NULL ? name + 1 : name;
            if (length > 0)
                pair(to, first, at, name, at + skip, length - skip);
            first = first && length == 0;
            at += length;
        }
    }
    put(to, "]");
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decodes %XX and + in place; returns the length. */
static size_t url_decode(char *text, size_t length)
{
    size_t out = 0;
    for (size_t at = 0; at < length; at++) {
        int high = at + 2 < length && text[at] == '%' ? hex_digit(text[at + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
        if (low >= 0) {
            text[out++] = (char)(high << 4 | low);
            at += 2;
        } else {
            text[out] = text[at];
            if (text[out] == '+')
                text[out] = ' ';
            out++;
        }
    }
    return out;
}

static void write_query(struct buffer *to, const char *target)
{
    const char *question = target != NULL ? strchr(target, '?') : NULL;
    char *query = question != NULL ? strdup(question + 1) : NULL;
    bool first = true;
    put(to, ",\"queryString\":[");
    for (char *at = query; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "&");
        bool more = at[length] == '&';
        char *equals = memchr(at, '=', length);
        size_t name = equals != NULL ? (size_t)(equals - at) : length;
        char *value = at + (equals != NULL ? name + 1 : name);
        size_t value_length = url_decode(value, length - (size_t)(value - at));
        name = url_decode(at, name);
        if (length > 0)
            pair(to, first, at, name, value, value_length);
        first = first && length == 0;
        at += length + more;
    }
    put(to, "]");
    free(query);
}

/* HAR wants it whole: with the scheme that a proxy in front names, and the Host that was asked. */
static void write_url(struct buffer *to, const struct delivery *delivery)
{
    const char *host = header_list_find(&delivery->headers, "Host");
    const char *scheme = header_list_find(&delivery->headers, "X-Forwarded-Proto");
    bool https = scheme != NULL && strcasecmp(scheme, "https") == 0;
    struct buffer url;
    buffer_init(&url, to->maximum);
    buffer_append_string(&url, https ? "https://" : "http://");
    buffer_append_string(&url, host != NULL ? host : "127.0.0.1");
    buffer_append_string(&url, delivery->target != NULL ? delivery->target : "/");
    put(to, ",\"url\":");
    json_write_bytes(to, url.data != NULL ? url.data : "", url.length);
    to->failed = to->failed || url.failed;
    buffer_clear(&url);
}

static void write_request(struct buffer *to, const struct delivery *delivery)
{
    const char *type = header_list_find(&delivery->headers, "Content-Type");
    put(to, ",\"request\":{\"method\":");
    json_write_string(to, delivery->method != NULL ? delivery->method : "POST");
    write_url(to, delivery);
    put(to, ",\"httpVersion\":\"HTTP/1.1\"");
    write_cookies(to, &delivery->headers);
    write_headers(to, &delivery->headers);
    write_query(to, delivery->target);
    if (delivery->body != NULL) {
        bool text = json_is_utf8(delivery->body, delivery->body_length);
        put(to, ",\"postData\":{\"mimeType\":");
        json_write_string(to, type != NULL ? type : "");
        put(to, ",\"text\":");
        if (text)
            json_write_bytes(to, delivery->body, delivery->body_length);
        else
            json_write_base64(to, delivery->body, delivery->body_length);
        put(to, text ? "}" : ",\"comment\":\"base64\"}");
    }
    buffer_printf(to, ",\"headersSize\":-1,\"bodySize\":%zu}", delivery->body_length);
}

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 503:
        return "Service Unavailable";
    default:
        return "";
    }
}

void har_entry(struct buffer *to, const struct delivery *delivery)
{
    char time[CONTRACT_TIME_SIZE];
    double ms = delivery->answer_us >= 0 ? (double)delivery->answer_us / 1000.0 : 0.0;
    contract_time_format(delivery->received_ms, time);
    buffer_printf(to, "{\"startedDateTime\":\"%s\",\"time\":%.3f", time, ms);
    write_request(to, delivery);
    buffer_printf(to,
                  ",\"response\":{\"status\":%d,\"statusText\":\"%s\",\"httpVersion\":\"HTTP/1.1\","
                  "\"cookies\":[],\"headers\":[],\"content\":{\"size\":0,\"mimeType\":\"\","
                  "\"comment\":\"not kept\"},\"redirectURL\":\"\",\"headersSize\":-1,"
                  "\"bodySize\":-1}",
                  delivery->answer_status, status_text(delivery->answer_status));
    buffer_printf(to, ",\"cache\":{},\"timings\":{\"send\":0,\"wait\":%.3f,\"receive\":0}", ms);
    member(to, "comment", delivery->reason);
    member(to, "_verdict", verdict_name(delivery->verdict));
    if (delivery->webhook_id != NULL)
        member(to, "_endpoint", delivery->webhook_id);
    if (delivery->event_id != NULL)
        member(to, "_event_id", delivery->event_id);
    if (delivery->event_type != NULL)
        member(to, "_event_type", delivery->event_type);
    put(to, "}");
}

void har_begin(struct buffer *to)
{
    put(to, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"bridgetop\",\"version\":"
            "\"" BRIDGETOP_VERSION "\"},\"entries\":[\n");
}

void har_end(struct buffer *to)
{
    put(to, "\n]}}\n");
}
