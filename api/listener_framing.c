#include "api/listener_framing.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *text != '\0' && text[strspn(text, allowed)] == '\0';
}

/* The origin form, "/path?query". The others (a whole URL, an authority, "*") are for
   proxies and would let the target contradict Host. */
static bool is_path(const char *target)
{
    if (*target != '/')
        return false;
    for (const char *c = target; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return true;
}

static bool is_number(const char *value)
{
    const char *c = value;
    while (is_digit(*c))
        c++;
    return c > value && *c == '\0';
}

static bool is_host(const char *value)
{
    return strpbrk(value, " \t,/@") == NULL;
}

/* No control bytes but the tab (RFC 9110, 5.5). */
static bool is_value(const char *value)
{
    for (const char *c = value; *c != '\0'; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

static bool fields_acceptable(const struct header_list *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct header *field = &headers->items[i];
        if (!is_token(field->name) || !is_value(field->value))
            return false;
    }
    return true;
}

static bool host_acceptable(const struct header_list *headers, bool required)
{
    size_t count = header_list_count(headers, "Host");
    if (count == 0)
        return !required;
    return count == 1 && is_host(header_list_find(headers, "Host"));
}

static bool length_acceptable(const struct header_list *headers, bool chunks_known)
{
    size_t lengths = header_list_count(headers, "Content-Length");
    size_t codings = header_list_count(headers, "Transfer-Encoding");
    if (codings > 0)
        return chunks_known && codings == 1 && lengths == 0 &&
               strcasecmp(header_list_find(headers, "Transfer-Encoding"), "chunked") == 0;
    if (lengths > 0)
        return lengths == 1 && is_number(header_list_find(headers, "Content-Length"));
    return true;
}

bool framing_acceptable(const struct framing_head *head)
{
    bool modern = strcmp(head->version, "HTTP/1.1") == 0;
    if (!modern && strcmp(head->version, "HTTP/1.0") != 0)
        return false;
    return is_token(head->method) && is_path(head->target) && fields_acceptable(head->headers) &&
           host_acceptable(head->headers, modern) && length_acceptable(head->headers, modern);
}

int64_t framing_content_length(const struct header_list *headers)
{
    const char *value = header_list_find(headers, "Content-Length");
    if (value == NULL)
        return -1;
    int64_t length = 0;
    for (const char *c = value; is_digit(*c); c++) {
        int digit = *c - '0';
        if (length > (INT64_MAX - digit) / 10)
            return INT64_MAX;
        length = length * 10 + digit;
    }
    return length;
}
