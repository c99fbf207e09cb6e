#include "api/sandbox_http.h"

#include "api/json_text.h"
#include "api/sandbox_json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- answers ------------------------------------------------------------ */

void sandbox_answer_init(struct sandbox_answer *answer)
{
    *answer = (struct sandbox_answer){
        .status = 200,
        .content_type = "application/json; charset=utf-8",
        .retry_after_s = -1,
    };
    buffer_init(&answer->body, SANDBOX_ANSWER_MAX);
}

void sandbox_answer_clear(struct sandbox_answer *answer)
{
    buffer_clear(&answer->body);
    sandbox_answer_init(answer);
}

static struct buffer *begin_answer(struct sandbox_answer *answer, int status)
{
    sandbox_answer_clear(answer);
    answer->status = status;
    buffer_append_string(&answer->body, "{");
    return &answer->body;
}

void sandbox_answer_error(struct sandbox_answer *answer, int status, const char *code,
                          const char *message)
{
    struct buffer *out = begin_answer(answer, status);
    sandbox_json_member(out, "code", code);
    sandbox_json_member(out, "message", message);
    buffer_append_string(out, "}");
}

void sandbox_answer_header_missing(struct sandbox_answer *answer, int status, const char *name)
{
    struct buffer *out = begin_answer(answer, status);
    sandbox_json_member(out, "code", "required");
    sandbox_json_member(out, "location", "header");
    sandbox_json_member(out, "name", name);
    sandbox_json_name(out, "message");
    buffer_printf(out, "\"Missing %s header\"}", name);
}

void sandbox_answer_unexpected(struct sandbox_answer *answer)
{
    struct buffer *out = begin_answer(answer, 500);
    buffer_append_string(out,
                         "\"errors\":[{\"code\":\"unexpected\",\"message\":\"An expected error "
                         "occurred, you may try again later\"}]}");
}

void sandbox_answer_message(struct sandbox_answer *answer, int status, const char *message)
{
    struct buffer *out = begin_answer(answer, status);
    sandbox_json_member(out, "message", message);
    buffer_append_string(out, "}");
}

void sandbox_problem_add(struct sandbox_problems *problems, const char *name, const char *reason)
{
    if (problems->count == SANDBOX_PROBLEMS_MAX)
        return;
    problems->items[problems->count].name = name;
    problems->items[problems->count++].reason = reason;
}

void sandbox_answer_problems(struct sandbox_answer *answer, const struct sandbox_problems *problems)
{
    struct buffer *out = begin_answer(answer, 400);
    sandbox_json_member(out, "code", "invalid_parameters");
    sandbox_json_member(out, "message",
                        "Please resubmit the parameters that are missing or invalid");
    sandbox_json_name(out, "source");
    buffer_append_string(out, "{");
    sandbox_json_member(out, "location", problems->location);
    sandbox_json_name(out, "key");
    buffer_append_string(out, "{");
    for (size_t i = 0; i < problems->count; i++)
        sandbox_json_member(out, problems->items[i].name, problems->items[i].reason);
    buffer_append_string(out, "}}}");
}

/* --- paths and queries -------------------------------------------------- */

bool sandbox_path_matches(const char *target, const char *pattern, char *id, size_t size)
{
    size_t left = strcspn(target, "?#");
    while (*pattern == '/') {
        if (left == 0 || *target != '/')
            return false;
        target++, left--, pattern++;
        size_t have = strcspn(target, "/?#");
        size_t want = strcspn(pattern, "/");
        bool any = want == 1 && *pattern == '*';
        if (any && id != NULL)
            (void)snprintf(id, size, "%.*s", (int)have, target);
        if (any ? have == 0 : have != want || memcmp(target, pattern, want) != 0)
            return false;
        target += have, left -= have, pattern += want;
    }
    return left == 0;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    int lower = tolower((unsigned char)digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static void percent_decode(const char *text, size_t length, char *out, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < length && at + 1 < size; i++) {
        int high = text[i] == '%' && i + 2 < length ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0)
            i += 2;
        if (low < 0)
            out[at++] = text[i];
        else
            out[at++] = (char)(unsigned char)(high * 16 + low);
    }
    out[at] = '\0';
}

bool sandbox_query_value(const char *target, const char *name, char value[SANDBOX_QUERY_VALUE_SIZE])
{
    const char *at = strchr(target, '?');
    size_t name_length = strlen(name);
    while (at != NULL && *at != '\0') {
        at++;
        size_t length = strcspn(at, "&#");
        if (length > name_length && memcmp(at, name, name_length) == 0 && at[name_length] == '=') {
            percent_decode(at + name_length + 1, length - name_length - 1, value,
                           SANDBOX_QUERY_VALUE_SIZE);
            return true;
        }
        at = at[length] == '&' ? at + length : NULL;
    }
    return false;
}

/* --- bodies ------------------------------------------------------------- */

cJSON *sandbox_request_object(const struct sandbox_request *request, bool may_be_empty,
                              struct sandbox_answer *answer)
{
    if (request->body_length == 0 && may_be_empty)
        return cJSON_CreateObject();
    if (request->body_length > SANDBOX_BODY_MAX) {
        sandbox_answer_error(answer, 413, "too_large", "The body is too large");
        return NULL;
    }
    cJSON *body = NULL;
    if (json_valid(request->body, request->body_length))
        body = cJSON_ParseWithLength(request->body, request->body_length);
    if (cJSON_IsObject(body))
        return body;
    cJSON_Delete(body);
    sandbox_answer_error(answer, 400, "bad_request", "The body is not a JSON object");
    return NULL;
}

const char *sandbox_string_in(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}
