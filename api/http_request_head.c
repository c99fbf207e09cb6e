#include "api/http_request_head.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_FIRST_CAPACITY = 12 };

/* --- kinds of bytes ---------------------------------------------------------------- */

/* RFC 9110, 5.6.2 */
static const bool token_byte[256] = {
    ['!'] = true,         ['#'] = true,         ['$'] = true,         ['%'] = true, ['&'] = true,
    ['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true, ['.'] = true,
    ['^'] = true,         ['_'] = true,         ['`'] = true,         ['|'] = true, ['~'] = true,
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};

/* What a name, an address or a port may be made of (RFC 3986, 3.2.2 and 3.2.3); not the comma,
   which would make a list of it. */
static const bool host_byte[256] = {
    ['!'] = true,         ['$'] = true, ['%'] = true, ['&'] = true,         ['\''] = true,
    ['('] = true,         [')'] = true, ['*'] = true, ['+'] = true,         ['-'] = true,
    ['.'] = true,         [':'] = true, [';'] = true, ['='] = true,         ['['] = true,
    [']'] = true,         ['_'] = true, ['~'] = true, ['0' ... '9'] = true, ['A' ... 'Z'] = true,
    ['a' ... 'z'] = true,
};

static size_t run_of(const bool kind[256], const char *text)
{
    size_t length = 0;
    while (kind[(unsigned char)text[length]])
        length++;
    return length;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* `word` is in lower case. Not by the locale: in Turkish an I is not an i. */
static bool is_word(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++)
        if (lower(text[i]) != word[i])
            return false;
    return word[length] == '\0';
}

/* --- the request line ----------------------------------------------------------------- */

/* Of "http://host/path?query" the path and query, written over the host where there is no path
   (RFC 9112, 3.2.2). NULL when it is no such URL, or one with a user in it. */
static char *path_of_url(char *target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i]);
        if (strlen(target) < length || !is_word(target, length, schemes[i]))
            continue;
        char *host = target + length;
        char *path = host + run_of(host_byte, host);
        if (path == host || (*path != '/' && *path != '?' && *path != '\0'))
            return NULL;
        if (*path != '/')
            *--path = '/';
        return path;
    }
    return NULL;
}

/* The other forms (an authority, "*") are for proxies. */
static char *path_of(char *target)
{
    if (target[0] == '/')
        return target;
    return path_of_url(target);
}

/* 0, or the status that refuses it. */
static int read_version(struct http_request *request, const char *version)
{
    if (strcmp(version, "HTTP/1.1") == 0)
        return 0;
    request->version_1_0 = true;
    if (strcmp(version, "HTTP/1.0") == 0)
        return 0;
    bool other = strlen(version) == strlen("HTTP/1.1") && strncmp(version, "HTTP/", 5) == 0 &&
                 version[5] >= '0' && version[5] <= '9' && version[6] == '.' && version[7] >= '0' &&
                 version[7] <= '9';
    return other ? 505 : 400;
}

int http_head_request_line(struct http_request *request)
{
    char *method = request->head + request->line;
    char *blank = method + run_of(token_byte, method);
    if (blank == method || *blank != ' ')
        return 400;
    char *target = blank + 1;
    char *second = strchr(target, ' ');
    if (second == NULL || memchr(target, '\t', (size_t)(second - target)) != NULL)
        return 400;
    *blank = '\0';
    *second = '\0';
    request->method = method;
    request->target = path_of(target);
    if (request->target == NULL)
        return 400;
    return read_version(request, second + 1);
}

/* --- fields ------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int64_t http_content_length(const char *value)
{
    int64_t length = *value != '\0' ? 0 : -1;
    for (const char *c = value; *c != '\0'; c++) {
        int digit = *c - '0';
        if (digit < 0 || digit > 9)
            return -1;
        length = length > (INT64_MAX - digit) / 10 ? INT64_MAX : length * 10 + digit;
    }
    return length;
}

static int read_length(struct http_request *request, const char *value)
{
    request->content_length = http_content_length(value);
    return ++request->lengths == 1 && request->content_length >= 0 ? 0 : 400;
}

static int read_coding(struct http_request *request, const char *value)
{
    if (++request->codings > 1 || *value == '\0')
        return 400;
    return is_word(value, strlen(value), "chunked") ? 0 : 501;
}

static int read_host(struct http_request *request, const char *value)
{
    return ++request->hosts == 1 && value[run_of(host_byte, value)] == '\0' ? 0 : 400;
}

static int read_expectation(struct http_request *request, const char *value)
{
    if (request->expects_continue || !is_word(value, strlen(value), "100-continue"))
        return 417;
    request->expects_continue = true;
    return 0;
}

/* A list of tokens, of which "close" alone matters here. */
static int read_connection(struct http_request *request, const char *value)
{
    while (*value != '\0') {
        size_t length = run_of(token_byte, value);
        if (is_word(value, length, "close"))
            request->keep_alive = false;
        value += length;
        value += *value != '\0' && length == 0;
    }
    return 0;
}

static int read_nothing(struct http_request *request, const char *value)
{
    (void)request, (void)value;
    return 0;
}

/* `frames`: it says where the request ends. In a trailer it would say so too late. */
struct known_field {
    const char *name;
    int (*read)(struct http_request *request, const char *value);
    bool frames;
};

static const struct known_field *known_field(const char *name, size_t length)
{
    static const struct known_field content_length = {"content-length", read_length, true};
    static const struct known_field coding = {"transfer-encoding", read_coding, true};
    static const struct known_field host = {"host", read_host, false};
    static const struct known_field expect = {"expect", read_expectation, false};
    static const struct known_field connection = {"connection", read_connection, false};
    static const struct known_field other = {"", read_nothing, false};
    const struct known_field *field = NULL;
    switch (length) {
    case sizeof "host" - 1:
        field = &host;
        break;
    case sizeof "expect" - 1:
        field = &expect;
        break;
    case sizeof "connection" - 1:
        field = &connection;
        break;
    case sizeof "content-length" - 1:
        field = &content_length;
        break;
    case sizeof "transfer-encoding" - 1:
        field = &coding;
        break;
    default:
        return &other;
    }
    return is_word(name, length, field->name) ? field : &other;
}

struct field {
    char *name;
    char *value;
    const struct known_field *known;
};

/* Splits the present line, and ends both parts with a NUL. */
static bool split_field(struct http_request *request, struct field *field)
{
    char *line = request->head + request->line;
    size_t name_length = run_of(token_byte, line);
    if (name_length == 0 || line[name_length] != ':')
        return false;
    field->name = line;
    field->known = known_field(line, name_length);
    line[name_length] = '\0';
    char *value = line + name_length + 1;
    while (is_blank(*value))
        value++;
    field->value = value;
    char *end = request->head + request->head_length - 1;
    /* Blanks behind a length are in order (RFC 9112, 5), but have been read as part of it. */
    if (field->known->frames)
        return end == value || !is_blank(end[-1]);
    while (end > value && is_blank(end[-1]))
        end--;
    *end = '\0';
    return true;
}

static bool add_field(struct http_request *request, char *name, char *value)
{
    struct header_list *headers = &request->headers;
    if (headers->count == headers->capacity) {
        size_t capacity = headers->capacity ? headers->capacity * 2 : FIELDS_FIRST_CAPACITY;
        struct header *items = realloc(headers->items, capacity * sizeof *items);
        if (items == NULL)
            return false;
        headers->items = items;
        headers->capacity = capacity;
    }
    headers->items[headers->count++] = (struct header){name, value};
    return true;
}

int http_head_field(struct http_request *request)
{
    struct field field;
    if (!split_field(request, &field))
        return 400;
    if (request->headers.count >= request->limits->header_count)
        return 431;
    if (!add_field(request, field.name, field.value))
        return 503;
    return field.known->read(request, field.value);
}

int http_head_end(struct http_request *request)
{
    if (request->hosts == 0 && !request->version_1_0)
        return 400;
    if (request->codings > 0 && (request->lengths > 0 || request->version_1_0))
        return 400;
    if (request->content_length > 0 &&
        (uint64_t)request->content_length > request->limits->body_bytes)
        return 413;
    return 0;
}

bool http_head_trailer(struct http_request *request)
{
    struct field field;
    return split_field(request, &field) && !field.known->frames;
}
