/*
 * What an error answer says, as one line for a person.
 */
#include "api/contract.h"
#include "api/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the line ------------------------------------------------------------------- */

/* Takes UTF-8 and keeps it whole and on one line: characters that do not fit end it, controls and
   line separators are blanks, and there is never more than one blank in a row. */
struct line {
    char *text;
    size_t size;
    size_t length;
    bool blank; /* one is due before the next character */
    bool full;
};

static size_t character_length(const char *at, size_t left)
{
    unsigned char lead = (unsigned char)*at;
    size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return length < left ? length : left;
}

/* C0, DEL and C1 controls, the blank itself, U+2028 and U+2029. */
static bool is_blank(const char *at, size_t length)
{
    const unsigned char *byte = (const unsigned char *)at;
    if (length == 1)
        return byte[0] <= ' ' || byte[0] == 0x7F;
    if (length == 2)
        return byte[0] == 0xC2 && byte[1] < 0xA0;
    return length == 3 && byte[0] == 0xE2 && byte[1] == 0x80 &&
           (byte[2] == 0xA8 || byte[2] == 0xA9);
}

static void put_character(struct line *line, const char *at, size_t length)
{
    bool blank = line->blank && line->length > 0;
    if (line->full || line->length + blank + length >= line->size) {
        line->full = true;
        return;
    }
    if (blank)
        line->text[line->length++] = ' ';
    line->blank = false;
    memcpy(line->text + line->length, at, length);
    line->length += length;
    line->text[line->length] = '\0';
}

static void put(struct line *line, const char *text)
{
    size_t length;
    for (size_t left = strlen(text); left > 0 && !line->full; left -= length, text += length) {
        length = character_length(text, left);
        if (is_blank(text, length))
            line->blank = true;
        else
            put_character(line, text, length);
    }
}

static void put_value(struct line *line, struct json_value value)
{
    char *text = NULL;
    if (json_value_text(value, CONTRACT_STRING_MAX, &text) && text != NULL)
        put(line, text);
    free(text);
}

/* --- the status --------------------------------------------------------------------- */

static const char *status_meaning(int status)
{
    switch (status) {
    case 400:
        return "bad request";
    case 401:
        return "the API key is missing or invalid";
    case 403:
        return "forbidden";
    case 404:
        return "not found";
    case 405:
        return "method not allowed";
    case 408:
        return "request timed out";
    case 409:
        return "conflict";
    case 413:
        return "request too large";
    case 415:
        return "unsupported media type";
    case 422:
        return "unprocessable request";
    case 429:
        return "too many requests";
    case 500:
        return "internal server error";
    case 502:
        return "bad gateway";
    case 503:
        return "service unavailable";
    case 504:
        return "gateway timed out";
    default:
        break;
    }
    switch (status / 100) {
    case 3:
        return "redirected";
    case 4:
        return "refused";
    case 5:
        return "server error";
    default:
        return "unexpected answer";
    }
}

/* --- the documented shapes ------------------------------------------------------------ */

static bool has_more_than_blanks(struct json_value value)
{
    char *text = NULL;
    bool more = false;
    if (json_value_text(value, CONTRACT_STRING_MAX, &text) && text != NULL) {
        const char *at = text;
        for (size_t left = strlen(text), length; left > 0 && !more; left -= length, at += length) {
            length = character_length(at, left);
            more = !is_blank(at, length);
        }
    }
    free(text);
    return more;
}

/* Whether there is something to say. */
static bool says_something(struct json_value value)
{
    switch (value.kind) {
    case JSON_STRING:
        return has_more_than_blanks(value);
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
        return true;
    default:
        return false;
    }
}

/* {"location":"body","key":{"url":"reason"}}: "url: reason", joined by semicolons. */
static bool put_source(struct line *line, struct json_value source)
{
    struct json_field key = {.name = "key"};
    struct json_scan walk;
    struct json_value name;
    struct json_value reason;
    bool any = false;
    json_fields_find(source, &key, 1);
    if (key.value.kind != JSON_OBJECT_BEGIN)
        return false;
    json_walk_begin(&walk, key.value);
    while (!line->full && json_walk_next(&walk, &name, &reason)) {
        put(line, any ? "; " : "");
        put_value(line, name);
        put(line, ": ");
        put_value(line, reason);
        any = true;
    }
    return any;
}

/* The first object of an array, else an absent value. */
static struct json_value first_object(struct json_value array)
{
    struct json_scan walk;
    struct json_value name;
    struct json_value element = {.kind = JSON_END};
    if (array.kind != JSON_ARRAY_BEGIN)
        return element;
    json_walk_begin(&walk, array);
    (void)json_walk_next(&walk, &name, &element);
    if (element.kind != JSON_OBJECT_BEGIN)
        element = (struct json_value){.kind = JSON_END};
    return element;
}

/* "reasons; name: message (code)", what there is of it. `meaning` stands in for the message where
   there are no reasons either. */
static void put_problem(struct line *line, struct json_value problem, const char *meaning)
{
    enum { CODE, NAME, MESSAGE, SOURCE, FIELDS };
    struct json_field fields[FIELDS] = {
        [CODE] = {.name = "code"},
        [NAME] = {.name = "name"},
        [MESSAGE] = {.name = "message"},
        [SOURCE] = {.name = "source"},
    };
    json_fields_find(problem, fields, FIELDS);

    bool reasons = put_source(line, fields[SOURCE].value);
    bool message = says_something(fields[MESSAGE].value);
    if (reasons && message)
        put(line, "; ");
    if (says_something(fields[NAME].value) && (message || !reasons)) {
        put_value(line, fields[NAME].value);
        put(line, ": ");
    }
    if (message)
        put_value(line, fields[MESSAGE].value);
    else if (!reasons)
        put(line, meaning);
    if (says_something(fields[CODE].value)) {
        put(line, " (");
        put_value(line, fields[CODE].value);
        put(line, ")");
    }
}

void contract_error_decode(int http_status, const char *body, size_t length, char *line,
                           size_t size)
{
    if (size == 0)
        return;
    struct line out = {.text = line, .size = size};
    line[0] = '\0';
    if (http_status > 0) {
        char number[16];
        (void)snprintf(number, sizeof number, "%d ", http_status);
        put(&out, number);
    }
    const char *meaning = http_status > 0 ? status_meaning(http_status) : "no answer";

    struct json_value root;
    size_t error_at;
    if (!json_value_read(body, length, &root, &error_at)) {
        put(&out, meaning);
        return;
    }
    struct json_field errors = {.name = "errors"};
    json_fields_find(root, &errors, 1);
    struct json_value first = first_object(errors.value);
    put_problem(&out, first.kind == JSON_OBJECT_BEGIN ? first : root, meaning);
}
