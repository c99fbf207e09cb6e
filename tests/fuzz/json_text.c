/*
 * The JSON scanner, and fields found with it.
 *
 * cJSON is more lenient, so what the scanner takes, cJSON takes as well, and reads the same strings
 * in it. Tokens come in order and nested, and a value that is skipped ends where its tokens do.
 */
#include "tests/fuzz/fuzz.h"

#include "api/json_text.h"
#include "api/json_value.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static bool begins(enum json_kind kind)
{
    return kind == JSON_OBJECT_BEGIN || kind == JSON_ARRAY_BEGIN;
}

static bool ends(enum json_kind kind)
{
    return kind == JSON_OBJECT_END || kind == JSON_ARRAY_END;
}

static void check_string(const char *quoted, size_t length)
{
    size_t decoded_length, stepped = 0;
    char *decoded = json_string_decode(quoted, length, &decoded_length);
    FUZZ_CHECK(decoded != NULL && decoded[decoded_length] == '\0');
    FUZZ_CHECK(fuzz_is_utf8(decoded, decoded_length) && decoded_length <= length);
    for (const char *at = quoted + 1, *end = quoted + length - 1; at < end;) {
        char out[4];
        size_t written;
        size_t taken = json_string_step(at, end, out, &written);
        FUZZ_CHECK(taken >= 1 && taken <= (size_t)(end - at) && written <= 4);
        FUZZ_CHECK(memcmp(decoded + stepped, out, written) == 0);
        stepped += written;
        at += taken;
    }
    FUZZ_CHECK(stepped == decoded_length);
    free(decoded);
}

/* The value that begins here ends, skipped, where its tokens end. `scan` is behind the token. */
static size_t check_skip(struct json_scan scan, struct json_token token)
{
    struct json_scan walk = scan;
    size_t skipped = json_scan_skip(&scan, token);
    struct json_token last = token;
    while (begins(token.kind) && !(ends(last.kind) && last.depth == token.depth) &&
           last.kind != JSON_ERROR && last.kind != JSON_END)
        last = json_scan_next(&walk);
    size_t walked = last.kind == JSON_ERROR ? 0 : last.start + last.length - token.start;
    FUZZ_CHECK(skipped == walked);
    FUZZ_CHECK(skipped == 0 || scan.position == walk.position);
    return skipped;
}

static bool check_tokens(const char *text, size_t length)
{
    enum { SKIPS_MAX = 32 }; /* each walks all that is inside: not for every value */
    struct json_scan scan;
    size_t at = 0;
    int depth = 0, skips = 0;
    json_scan_init(&scan, text, length);
    for (;;) {
        struct json_token token = json_scan_next(&scan);
        FUZZ_CHECK(token.start >= at && token.start <= length &&
                   token.length <= length - token.start);
        at = token.start + token.length;
        if (token.kind == JSON_ERROR || token.kind == JSON_END) {
            FUZZ_CHECK(json_scan_next(&scan).kind == token.kind);
            FUZZ_CHECK(token.kind == JSON_ERROR || depth == 0);
            return token.kind == JSON_END;
        }
        depth -= ends(token.kind);
        FUZZ_CHECK(token.depth == depth &&
                   depth < JSON_DEPTH_MAX + !(begins(token.kind) || ends(token.kind)));
        depth += begins(token.kind);
        FUZZ_CHECK(token.length > 0);
        if (token.kind == JSON_STRING || token.kind == JSON_KEY)
            check_string(text + token.start, token.length);
        if (skips++ < SKIPS_MAX && token.kind != JSON_KEY && !ends(token.kind))
            (void)check_skip(scan, token);
    }
}

/* cJSON ends a string at an escaped NUL. */
static void check_same_string(struct json_value value, const cJSON *item)
{
    size_t length;
    char *decoded = json_string_decode(value.text, value.length, &length);
    FUZZ_CHECK(decoded != NULL);
    bool halves = memmem(decoded, length, "\xEF\xBF\xBD", 3) != NULL;
    if (memchr(decoded, '\0', length) == NULL && !halves)
        FUZZ_CHECK(cJSON_IsString(item) && strcmp(item->valuestring, decoded) == 0);
    free(decoded);
}

static void check_same(struct json_value value, const cJSON *item)
{
    FUZZ_CHECK(cJSON_IsObject(item) == (value.kind == JSON_OBJECT_BEGIN) &&
               cJSON_IsArray(item) == (value.kind == JSON_ARRAY_BEGIN) &&
               cJSON_IsTrue(item) == (value.kind == JSON_TRUE) &&
               cJSON_IsFalse(item) == (value.kind == JSON_FALSE) &&
               cJSON_IsNull(item) == (value.kind == JSON_NULL));
    if (value.kind == JSON_STRING)
        check_same_string(value, item);
    int64_t number;
    if (value.kind == JSON_NUMBER && json_value_integer(value, &number))
        FUZZ_CHECK((double)number == item->valuedouble);
    struct json_scan walk;
    struct json_value name, inner;
    const cJSON *child = item->child;
    for (json_walk_begin(&walk, value); json_walk_next(&walk, &name, &inner); child = child->next) {
        FUZZ_CHECK(child != NULL && (name.kind == JSON_KEY) == cJSON_IsObject(item));
        check_same(inner, child);
    }
    FUZZ_CHECK(child == NULL || !begins(value.kind));
}

/* cJSON refuses a lone half of a surrogate pair, which the grammar allows. */
static bool has_surrogates(const char *text, size_t length)
{
    for (size_t i = 0; i + 3 < length; i++)
        if (text[i] == '\\' && text[i + 1] == 'u' && (text[i + 2] | 0x20) == 'd' &&
            text[i + 3] >= '8')
            return true;
    return false;
}

static void check_fields(const char *text, size_t length, const char *name)
{
    struct json_value value;
    size_t error_at = 0;
    if (!json_value_read(text, length, &value, &error_at)) {
        FUZZ_CHECK(error_at <= length);
        return;
    }
    struct json_field fields[] = {{.name = "id"}, {.name = name}};
    json_fields_find(value, fields, 2);
    for (size_t i = 0; i < 2; i++) {
        char *string, *whole;
        int64_t number;
        FUZZ_CHECK(json_value_string(fields[i].value, 16, &string));
        FUZZ_CHECK(string == NULL ||
                   (strlen(string) <= 16 && fuzz_is_utf8(string, strlen(string))));
        FUZZ_CHECK(json_value_text(fields[i].value, length + 4, &whole));
        FUZZ_CHECK(string == NULL || whole != NULL);
        (void)json_value_integer(fields[i].value, &number);
        free(string);
        free(whole);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    size_t text_length;
    fuzz_begin(&input, bytes, length);
    const char *text = fuzz_part(&input, &text_length);
    const char *name = fuzz_string(&input);
    bool valid = check_tokens(text, text_length);
    FUZZ_CHECK(json_valid(text, text_length) == valid);
    FUZZ_CHECK(!valid || fuzz_is_utf8(text, text_length));
    check_fields(text, text_length, name);
    if (valid && !has_surrogates(text, text_length)) {
        struct json_value value;
        size_t error_at;
        cJSON *read = cJSON_ParseWithLength(text, text_length);
        FUZZ_CHECK(read != NULL && json_value_read(text, text_length, &value, &error_at));
        check_same(value, read);
        cJSON_Delete(read);
    }
    fuzz_end(&input);
    return 0;
}
