/* Values that stand behind a name and `=`: in addresses of the web, in forms, in lines of a log.
 *
 * A name is looked for backwards from its `=`, no further than names go; a value is read once. So
 * the time is linear in the length. */
#include "api/redact_private.h"

#include <stdlib.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX and + in place; returns the new length. */
static size_t percent_decode(char *text, size_t length)
{
    size_t out = 0;
    for (size_t i = 0; i < length; i++) {
        int high = text[i] == '%' && length - i > 2 ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            text[out++] = (char)(high << 4 | low);
            i += 2;
        } else {
            text[out++] = (char)(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_-.[]%+", c) != NULL) || (unsigned char)c >= 0x80;
}

/* Where the name begins that ends at `end`; `end` itself where there is none. A longer one is
   judged by its end. */
static size_t name_start(const char *text, size_t end)
{
    enum { NAME_MAX = 3 * REDACT_NAME_MAX }; /* every byte of it encoded */
    size_t start = end;
    while (start > 0 && end - start < NAME_MAX && in_name(text[start - 1]))
        start--;
    return start;
}

struct value {
    size_t start, end; /* without its quotes: what stands for it is read as a value in its turn */
    size_t after;
};

size_t redact_member_end(const char *text, size_t length, size_t at)
{
    while (at < length && text[at] != '\0' && strchr("&;#\"<> \t\r\n", text[at]) == NULL)
        at++;
    return at;
}

static struct value value_at(const char *text, size_t length, size_t start)
{
    char quote = start < length ? text[start] : '\0';
    if (quote == '"' || quote == '\'') {
        const char *close = memchr(text + start + 1, quote, length - start - 1);
        size_t end = close != NULL ? (size_t)(close - text) : length;
        return (struct value){.start = start + 1, .end = end, .after = end + (close != NULL)};
    }
    size_t end = redact_member_end(text, length, start);
    return (struct value){.start = start, .end = end, .after = end};
}

static enum redact_kind name_kind(const char *name, size_t length)
{
    char decoded[3 * REDACT_NAME_MAX];
    memcpy(decoded, name, length);
    return redact_name_kind(decoded, percent_decode(decoded, length));
}

/* What the value is without its encoding, which may have been laid on twice: an address in a query
   has a query. */
static enum redact_kind value_kind(const char *value, size_t length, bool careful)
{
    if (memchr(value, '%', length) == NULL && memchr(value, '+', length) == NULL)
        return REDACT_NONE; /* its shape is found where it stands */
    char *decoded = malloc(length);
    if (decoded == NULL)
        return REDACT_SECRET;
    memcpy(decoded, value, length);
    enum redact_kind kind = REDACT_NONE;
    for (int layer = 0; layer < 2 && kind == REDACT_NONE; layer++) {
        struct redact_span span;
        length = percent_decode(decoded, length);
        if (redact_shape_next(decoded, length, 0, careful, &span))
            kind = span.kind;
        for (size_t i = 0; i < length && kind == REDACT_NONE; i++) {
            size_t start = decoded[i] == '=' ? name_start(decoded, i) : i;
            if (start < i && i + 1 < length && decoded[i + 1] != '&')
                kind = name_kind(decoded + start, i - start);
        }
    }
    free(decoded);
    return kind;
}

/* `a=b=c`: only the first `=` says where a value ends and has it looked into. */
bool redact_member_next(const char *text, size_t length, size_t from, bool careful,
                        struct redact_span *span)
{
    size_t read = from; /* values up to here were looked into */
    struct value value = {0};
    for (size_t at = from; at < length;) {
        const char *equals = memchr(text + at, '=', length - at);
        if (equals == NULL)
            return false;
        size_t name_end = (size_t)(equals - text);
        size_t name = name_start(text, name_end);
        size_t start = name_end + 1;
        bool inside = start < read;
        if (!inside) {
            value = value_at(text, length, start);
            read = value.after;
        } else if (start > value.start) {
            value.start = start;
        }
        enum redact_kind kind = REDACT_NONE;
        if (value.end > value.start)
            kind = name_kind(text + name, name_end - name);
        if (kind == REDACT_NONE && value.end > value.start && !inside)
            kind = value_kind(text + value.start, value.end - value.start, careful);
        if (kind != REDACT_NONE) {
            *span = (struct redact_span){
                .start = (uint32_t)value.start,
                .length = (uint32_t)(value.end - value.start),
                .kind = (uint8_t)kind,
            };
            return true;
        }
        at = start;
    }
    return false;
}
