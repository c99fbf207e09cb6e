#include "api/json_value.h"

#include <stdlib.h>
#include <string.h>

static const struct json_value ABSENT = {.kind = JSON_END};

bool json_value_read(const char *text, size_t length, struct json_value *value, size_t *error_at)
{
    struct json_scan scan;
    json_scan_init(&scan, text, length);
    struct json_token token = json_scan_next(&scan);
    size_t value_length = json_scan_skip(&scan, token);
    struct json_token end = json_scan_next(&scan);
    if (end.kind != JSON_END) {
        *value = ABSENT;
        *error_at = end.start;
        return false;
    }
    *value = (struct json_value){token.kind, text + token.start, value_length};
    return true;
}

/* --- containers -------------------------------------------------------------- */

void json_walk_begin(struct json_scan *walk, struct json_value container)
{
    json_scan_init(walk, container.text, container.length);
    (void)json_scan_next(walk);
}

bool json_walk_next(struct json_scan *walk, struct json_value *name, struct json_value *value)
{
    *name = ABSENT;
    struct json_token token = json_scan_next(walk);
    if (token.kind == JSON_KEY) {
        *name = (struct json_value){JSON_KEY, walk->text + token.start, token.length};
        token = json_scan_next(walk);
    }
    size_t length = json_scan_leap(walk, token);
    if (length == 0) {
        *value = ABSENT;
        return false;
    }
    *value = (struct json_value){token.kind, walk->text + token.start, length};
    return true;
}

static bool name_is(struct json_value name, const char *wanted)
{
    size_t wanted_length = strlen(wanted);
    if (name.text == NULL)
        return false;
    if (name.length == wanted_length + 2 && memcmp(name.text + 1, wanted, wanted_length) == 0)
        return true;
    if (memchr(name.text, '\\', name.length) == NULL)
        return false;
    size_t length;
    char *decoded = json_string_decode(name.text, name.length, &length);
    bool same = decoded != NULL && length == wanted_length && memcmp(decoded, wanted, length) == 0;
    free(decoded);
    return same;
}

void json_fields_find(struct json_value object, struct json_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fields[i].value = ABSENT;
    if (object.kind != JSON_OBJECT_BEGIN)
        return;
    struct json_scan walk;
    struct json_value name;
    struct json_value value;
    json_walk_begin(&walk, object);
    while (json_walk_next(&walk, &name, &value))
        for (size_t i = 0; i < count; i++)
            if (name_is(name, fields[i].name))
                fields[i].value = value;
}

/* --- scalars -------------------------------------------------------------------- */

/* The longest beginning of at most `maximum` bytes that ends between characters. */
static size_t cut_utf8(const char *text, size_t length, size_t maximum)
{
    if (length <= maximum)
        return length;
    size_t cut = maximum;
    while (cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
        cut--;
    return cut;
}

/* What a C string can hold of decoded text: its NULs as U+FFFD, which are three bytes. */
static char *without_nuls(const char *text, size_t length)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t nuls = 0;
    for (size_t i = 0; i < length; i++)
        nuls += text[i] == '\0';
    char *clean = malloc(length + nuls * (sizeof replacement - 2) + 1);
    if (clean == NULL)
        return NULL;
    char *out = clean;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0')
            out = stpcpy(out, replacement);
        else
            *out++ = text[i];
    }
    *out = '\0';
    return clean;
}

static bool copy_cut(const char *text, size_t length, size_t maximum, char **copy)
{
    *copy = strndup(text, cut_utf8(text, length, maximum));
    return *copy != NULL;
}

static bool decode_string(struct json_value value, size_t maximum, char **text)
{
    size_t length;
    char *decoded = json_string_decode(value.text, value.length, &length);
    char *clean = decoded != NULL ? without_nuls(decoded, length) : NULL;
    free(decoded);
    if (clean == NULL)
        return false;
    bool copied = copy_cut(clean, strlen(clean), maximum, text);
    free(clean);
    return copied;
}

bool json_value_string(struct json_value value, size_t maximum, char **text)
{
    *text = NULL;
    switch (value.kind) {
    case JSON_STRING:
    case JSON_KEY:
        return decode_string(value, maximum, text);
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
        return copy_cut(value.text, value.length, maximum, text);
    default:
        return true;
    }
}

bool json_value_text(struct json_value value, size_t maximum, char **text)
{
    if (value.kind == JSON_OBJECT_BEGIN || value.kind == JSON_ARRAY_BEGIN)
        return copy_cut(value.text, value.length, maximum, text);
    return json_value_string(value, maximum, text);
}

bool json_value_integer(struct json_value value, int64_t *number)
{
    bool quoted = value.kind == JSON_STRING;
    if (!quoted && value.kind != JSON_NUMBER)
        return false;
    const char *at = value.text + quoted;
    const char *end = value.text + value.length - quoted;
    bool negative = at < end && *at == '-';
    at += negative;

    /* Gathered below zero, where there is room for INT64_MIN. */
    int64_t sum = 0;
    const char *first_digit = at;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, *at - '0', &sum))
            return false;
    if (at == first_digit || (!negative && sum == INT64_MIN))
        return false;
    if (at < end && *at == '.') {
        const char *first_zero = ++at;
        while (at < end && *at == '0')
            at++;
        if (at == first_zero)
            return false;
    }
    if (at != end)
        return false;
    *number = negative ? sum : -sum;
    return true;
}
