/*
 * What arrived, written for other tools: JSON lines and HAR are JSON and say what was there, and a
 * curl script is words for a shell that mean exactly the delivery's parts and run nothing else.
 * What is masked stays hidden in each of them.
 */
#include "tests/fuzz/fuzz.h"

#include "api/curl.h"
#include "api/export.h"
#include "api/json_text.h"
#include "api/json_value.h"

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECRET "Zq9planted7"
#define BASE   "http://127.0.0.1:8787"

/* --- a delivery ------------------------------------------------------------------ */

static void read_headers(struct fuzz_input *input, struct delivery *delivery)
{
    char *lines = (char *)fuzz_string(input);
    for (char *save = NULL, *line = strtok_r(lines, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char *colon = strchr(line, ':');
        if (colon != NULL)
            *colon = '\0';
        if (!header_list_add(&delivery->headers, line, colon != NULL ? colon + 1 : ""))
            return;
    }
}

/* Its strings are the input's, its headers its own. */
static struct delivery read_delivery(struct fuzz_input *input)
{
    struct delivery delivery = {
        .id = fuzz_byte(input),
        .received_ms = (int64_t)fuzz_byte(input) << 35,
        .verdict = fuzz_byte(input) % (VERDICT_FUTURE + 1),
        .answer_status = fuzz_byte(input) * 4,
        .answer_us = fuzz_byte(input) - 1,
        .sequence = fuzz_byte(input) - 1,
    };
    delivery.method = (char *)fuzz_string(input);
    delivery.target = (char *)fuzz_string(input);
    read_headers(input, &delivery);
    delivery.body = (char *)fuzz_part(input, &delivery.body_length);
    delivery.reason = (char *)fuzz_string(input);
    delivery.event_id = (char *)fuzz_string(input);
    delivery.peer = "127.0.0.1:5";
    return delivery;
}

static bool keep(const void *bytes, size_t length, void *context)
{
    return buffer_append(context, bytes, length);
}

static void export_all(struct buffer *to, enum export_format format, bool masked,
                       const struct delivery *delivery, int times)
{
    struct exporter exporter = {
        .format = format, .masked = masked, .base = BASE, .write = keep, .context = to};
    buffer_init(to, 1024 * 1024);
    FUZZ_CHECK(export_begin(&exporter));
    for (int i = 0; i < times; i++)
        FUZZ_CHECK(export_delivery(&exporter, delivery));
    FUZZ_CHECK(export_end(&exporter) && !to->failed);
}

/* --- JSON -------------------------------------------------------------------------- */

static struct json_value member(struct json_value object, const char *name)
{
    struct json_field field = {.name = name};
    json_fields_find(object, &field, 1);
    return field.value;
}

/* Not UTF-8 as a whole, a text is written as the characters of ISO 8859-1. */
static void check_string(struct json_value value, const char *bytes, size_t length)
{
    FUZZ_CHECK(value.kind == JSON_STRING);
    size_t decoded_length;
    char *decoded = json_string_decode(value.text, value.length, &decoded_length);
    FUZZ_CHECK(decoded != NULL);
    if (fuzz_is_utf8(bytes, length))
        FUZZ_CHECK(decoded_length == length && memcmp(decoded, bytes, length) == 0);
    free(decoded);
}

static void check_headers(struct json_value list, const struct header_list *headers)
{
    struct json_scan walk, inner;
    struct json_value name, pair, value;
    size_t count = 0;
    for (json_walk_begin(&walk, list); json_walk_next(&walk, &name, &pair); count++) {
        const struct header *header = &headers->items[count];
        FUZZ_CHECK(count < headers->count);
        json_walk_begin(&inner, pair);
        FUZZ_CHECK(json_walk_next(&inner, &name, &value));
        check_string(value, header->name, strlen(header->name));
        FUZZ_CHECK(json_walk_next(&inner, &name, &value));
        check_string(value, header->value, strlen(header->value));
    }
    FUZZ_CHECK(count == headers->count);
}

static struct json_value read_json(const char *text, size_t length)
{
    struct json_value whole;
    size_t error_at;
    FUZZ_CHECK(json_value_read(text, length, &whole, &error_at));
    cJSON *read = cJSON_ParseWithLength(text, length);
    FUZZ_CHECK(read != NULL);
    cJSON_Delete(read);
    return whole;
}

static void check_json_line(const struct delivery *delivery)
{
    struct buffer made;
    export_all(&made, EXPORT_JSONL, false, delivery, 1);
    FUZZ_CHECK(made.length > 0 &&
               memchr(made.data, '\n', made.length) == made.data + made.length - 1);
    struct json_value line = read_json(made.data, made.length - 1);
    check_string(member(line, "method"), delivery->method, strlen(delivery->method));
    check_string(member(line, "target"), delivery->target, strlen(delivery->target));
    check_string(member(line, "reason"), delivery->reason, strlen(delivery->reason));
    check_headers(member(line, "headers"), &delivery->headers);
    if (fuzz_is_utf8(delivery->body, delivery->body_length)) {
        check_string(member(line, "body"), delivery->body, delivery->body_length);
    } else {
        struct json_value body = member(line, "body_base64");
        size_t size = (delivery->body_length + 2) / 3 * 4;
        unsigned char *wanted = malloc(size + 1);
        FUZZ_CHECK(wanted != NULL);
        EVP_EncodeBlock(wanted, (const unsigned char *)delivery->body, (int)delivery->body_length);
        FUZZ_CHECK(body.length == size + 2 && memcmp(body.text + 1, wanted, size) == 0);
        free(wanted);
    }
    buffer_clear(&made);
}

static void check_har(const struct delivery *delivery)
{
    struct buffer made;
    export_all(&made, EXPORT_HAR, false, delivery, 2);
    struct json_value whole = read_json(made.data, made.length);
    struct json_scan walk;
    struct json_value name, entry;
    int count = 0;
    for (json_walk_begin(&walk, member(member(whole, "log"), "entries"));
         json_walk_next(&walk, &name, &entry); count++) {
        struct json_value request = member(entry, "request");
        check_string(member(request, "method"), delivery->method, strlen(delivery->method));
        if (fuzz_is_utf8(delivery->body, delivery->body_length))
            check_string(member(member(request, "postData"), "text"), delivery->body,
                         delivery->body_length);
    }
    FUZZ_CHECK(count == 2);
    buffer_clear(&made);
}

/* --- a shell's words ------------------------------------------------------------------ */

enum { WORDS_MAX = 4 * HEADER_COUNT_MAX };

struct script {
    const char *at;
    const char *end;
    char *words[WORDS_MAX];
    size_t lengths[WORDS_MAX];
    size_t count;
};

static bool takes(struct script *script, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(script->end - script->at) < length || memcmp(script->at, text, length) != 0)
        return false;
    script->at += length;
    return true;
}

static void take_quoted(struct script *script, struct buffer *word)
{
    const char *quote = memchr(script->at, '\'', (size_t)(script->end - script->at));
    FUZZ_CHECK(quote != NULL);
    FUZZ_CHECK(buffer_append(word, script->at, (size_t)(quote - script->at)));
    script->at = quote + 1;
}

/* Between the quotes of printf's format: three octal digits behind a backslash, or what is plain.
 */
static void take_printed(struct script *script, struct buffer *word)
{
    while (!takes(script, "'")) {
        FUZZ_CHECK(script->at < script->end);
        char byte = *script->at++;
        if (byte == '\\') {
            unsigned number = 0;
            for (int i = 0; i < 3; i++, script->at++) {
                FUZZ_CHECK(script->at < script->end && *script->at >= '0' && *script->at <= '7');
                number = number * 8 + (unsigned)(*script->at - '0');
            }
            FUZZ_CHECK(number > 0 && number <= 0xFF); /* a shell would drop a NUL */
            byte = (char)number;
        } else {
            FUZZ_CHECK(byte >= ' ' && byte < 0x7F && strchr("%\\`$\"!", byte) == NULL);
        }
        FUZZ_CHECK(buffer_append(word, &byte, 1));
    }
    FUZZ_CHECK(word->length == 0 || word->data[word->length - 1] != '\n'); /* would be dropped */
    FUZZ_CHECK(takes(script, ")\""));
}

/* One word; nothing in it but quotes and characters that mean nothing to a shell. */
static void take_word(struct script *script)
{
    struct buffer word;
    buffer_init(&word, 1024 * 1024);
    FUZZ_CHECK(script->count < WORDS_MAX);
    while (script->at < script->end && *script->at != ' ' && *script->at != '\n') {
        if (takes(script, "\"$(printf '"))
            take_printed(script, &word);
        else if (takes(script, "'"))
            take_quoted(script, &word);
        else if (takes(script, "\\'"))
            FUZZ_CHECK(buffer_append_string(&word, "'"));
        else {
            char byte = *script->at++;
            bool bare = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9') ||
                        (byte != '\0' && strchr("-_./:,@%+=", byte) != NULL);
            FUZZ_CHECK(bare);
            FUZZ_CHECK(buffer_append(&word, &byte, 1));
        }
    }
    script->words[script->count] = buffer_take(&word, &script->lengths[script->count]);
    FUZZ_CHECK(script->words[script->count] != NULL);
    script->count++;
}

static void take_words(struct script *script)
{
    while (!takes(script, "\n")) {
        FUZZ_CHECK(script->at < script->end);
        if (!takes(script, " \\\n    ") && !takes(script, " "))
            take_word(script);
    }
}

/* A here-document's base64, up to its end. */
static void take_base64(struct script *script, struct buffer *body)
{
    while (!takes(script, "END\n")) {
        const char *end = memchr(script->at, '\n', (size_t)(script->end - script->at));
        FUZZ_CHECK(end != NULL && end > script->at && end - script->at <= 76);
        unsigned char bytes[64];
        int count =
            EVP_DecodeBlock(bytes, (const unsigned char *)script->at, (int)(end - script->at));
        FUZZ_CHECK(count > 0);
        count -= end[-1] == '=';
        count -= end[-2] == '=';
        FUZZ_CHECK(buffer_append(body, bytes, (size_t)count));
        script->at = end + 1;
    }
}

static bool is_word(const struct script *script, size_t at, const char *bytes, size_t length)
{
    return at < script->count && script->lengths[at] == length &&
           memcmp(script->words[at], bytes, length) == 0;
}

static void expect_word(const struct script *script, size_t *at, const char *string)
{
    FUZZ_CHECK(is_word(script, *at, string, strlen(string)));
    ++*at;
}

static void expect_headers(const struct script *script, size_t *at, const struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->headers.count; i++) {
        const struct header *header = &delivery->headers.items[i];
        char *line = NULL;
        FUZZ_CHECK(asprintf(&line, header->value[0] == '\0' ? "%s;" : "%s: %s", header->name,
                            header->value) > 0);
        bool framing = strcasecmp(header->name, "Content-Length") == 0 ||
                       strcasecmp(header->name, "Transfer-Encoding") == 0;
        if (framing && !is_word(script, *at + 1, line, strlen(line))) {
            free(line); /* it is left out where it is not true */
            continue;
        }
        expect_word(script, at, "--header");
        expect_word(script, at, line);
        free(line);
    }
    static const char *const own[] = {"Accept", "Content-Type", "Expect", "User-Agent"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        char line[32];
        if (header_list_find(&delivery->headers, own[i]) != NULL)
            continue;
        (void)snprintf(line, sizeof line, "%s:", own[i]);
        expect_word(script, at, "--header");
        expect_word(script, at, line);
    }
}

static void expect_url(const struct script *script, size_t *at, const char *target)
{
    char *url = NULL;
    FUZZ_CHECK(asprintf(&url, "%s%s", BASE, target) > 0);
    expect_word(script, at, "--url");
    if (is_word(script, *at, url, strlen(url))) {
        ++*at;
    } else {
        expect_word(script, at, BASE "/");
        expect_word(script, at, "--request-target");
        expect_word(script, at, target);
    }
    free(url);
}

static void check_command(const struct delivery *delivery)
{
    static struct script script;
    struct buffer made, body;
    buffer_init(&made, CURL_COMMAND_MAX);
    buffer_init(&body, CURL_COMMAND_MAX);
    FUZZ_CHECK(curl_command(&made, delivery, BASE));
    for (const char *line = made.data, *end = made.data + made.length; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        FUZZ_CHECK(next != NULL && fuzz_is_harmless(line, (size_t)(next - line)));
        line = next + 1;
    }
    script = (struct script){.at = made.data, .end = made.data + made.length};
    bool piped = takes(&script, "base64 -d <<'END' | ");
    take_words(&script);
    if (piped)
        take_base64(&script, &body);
    FUZZ_CHECK(script.at == script.end);

    static const char *const begins[] = {"curl", "--disable",    "--globoff", "--noproxy",
                                         "*",    "--path-as-is", "--request"};
    size_t at = 0;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        expect_word(&script, &at, begins[i]);
    expect_word(&script, &at, delivery->method);
    expect_url(&script, &at, delivery->target);
    expect_headers(&script, &at, delivery);
    if (piped) {
        expect_word(&script, &at, "--data-binary");
        expect_word(&script, &at, "@-");
        FUZZ_CHECK(body.length == delivery->body_length &&
                   memcmp(body.data, delivery->body, body.length) == 0);
    } else if (at < script.count) {
        expect_word(&script, &at, "--data-raw");
        FUZZ_CHECK(is_word(&script, at++, delivery->body, delivery->body_length));
    } else {
        FUZZ_CHECK(delivery->body_length == 0);
    }
    FUZZ_CHECK(at == script.count);
    for (size_t i = 0; i < script.count; i++)
        free(script.words[i]);
    buffer_clear(&body);
    buffer_clear(&made);
}

/* --- masking ----------------------------------------------------------------------------- */

static void check_masked(struct delivery *delivery)
{
    char *target = delivery->target;
    char *with = NULL;
    if (strchr(target, '#') != NULL ||
        !header_list_add(&delivery->headers, "Authorization", "Bearer " SECRET))
        return;
    FUZZ_CHECK(asprintf(&with, "%s%caccess_token=" SECRET, target,
                        strchr(target, '?') != NULL ? '&' : '?') > 0);
    delivery->target = with;
    for (enum export_format format = EXPORT_RAW; format < EXPORT_FORMATS; format++) {
        struct buffer made;
        export_all(&made, format, true, delivery, 1);
        FUZZ_CHECK(made.length == 0 ||
                   memmem(made.data, made.length, SECRET, strlen(SECRET)) == NULL);
        if (format == EXPORT_HAR)
            (void)read_json(made.data, made.length);
        buffer_clear(&made);
    }
    delivery->target = target;
    free(with);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    struct delivery delivery = read_delivery(&input);
    check_json_line(&delivery);
    check_har(&delivery);
    check_command(&delivery);
    if (memmem(bytes, length, SECRET, strlen(SECRET)) == NULL)
        check_masked(&delivery);
    header_list_clear(&delivery.headers);
    fuzz_end(&input);
    return 0;
}
