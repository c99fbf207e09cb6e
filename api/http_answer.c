#include "api/http_answer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* For a person who looks at the wire; a client goes by the number. */
static const char *phrase_of(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "";
}

static void append_number(struct buffer *out, size_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    (void)buffer_append(out, digits + at, sizeof digits - at);
}

static void append_field(struct buffer *out, const char *name, const char *value)
{
    (void)buffer_append_string(out, name);
    (void)buffer_append_string(out, ": ");
    (void)buffer_append_string(out, value);
    (void)buffer_append_string(out, "\r\n");
}

/* RFC 9110, 5.6.2 and 5.5 */
static bool field_acceptable(const struct header *field)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (field->name[0] == '\0' || field->name[strspn(field->name, token)] != '\0')
        return false;
    for (const char *c = field->value; *c != '\0'; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

static bool append_fields(struct buffer *out, const struct header_list *headers)
{
    for (size_t i = 0; headers != NULL && i < headers->count; i++) {
        if (!field_acceptable(&headers->items[i]))
            return false;
        append_field(out, headers->items[i].name, headers->items[i].value);
    }
    return true;
}

/* These have no body, and no length to tell (RFC 9110, 8.6). */
static bool bodiless(int status)
{
    return status < 200 || status == 204 || status == 304;
}

bool http_answer_append(struct buffer *out, const struct http_answer *answer)
{
    (void)buffer_append_string(out, "HTTP/1.1 ");
    append_number(out, (size_t)answer->status);
    (void)buffer_append_string(out, " ");
    (void)buffer_append_string(out, phrase_of(answer->status));
    (void)buffer_append_string(out, "\r\n");
    if (answer->date != NULL)
        append_field(out, "Date", answer->date);
    struct header type = {"Content-Type", (char *)answer->content_type};
    const struct header_list types = {.items = &type, .count = answer->content_type != NULL};
    if (!append_fields(out, &types) || !append_fields(out, answer->headers))
        return false;
    if (answer->close)
        append_field(out, "Connection", "close");
    bool empty = bodiless(answer->status);
    if (!empty) {
        (void)buffer_append_string(out, "Content-Length: ");
        append_number(out, answer->length);
        (void)buffer_append_string(out, "\r\n");
    }
    (void)buffer_append_string(out, "\r\n");
    if (!empty && !answer->head_only)
        (void)buffer_append(out, answer->body, answer->length);
    return !out->failed;
}

/* Not strftime(): the names of days and months are English, whatever the locale. */
void http_date(int64_t wall_ms, char text[HTTP_DATE_SIZE])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm t = {0};
    if (gmtime_r(&seconds, &t) == NULL || t.tm_year < -1900 || t.tm_year > 8099)
        t = (struct tm){.tm_mday = 1};
    (void)snprintf(text, HTTP_DATE_SIZE, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days[t.tm_wday],
                   (unsigned)t.tm_mday % 100, months[t.tm_mon],
                   (unsigned)(t.tm_year + 1900) % 10000, (unsigned)t.tm_hour % 100,
                   (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100);
}
