/* What an export says: each format is read back by another reader. */
#include "api/buffer.h"
#include "api/export.h"
#include "api/json_text.h"
#include "api/json_write.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

static struct buffer out;

static void set_up(void)
{
    buffer_init(&out, 32 * 1024 * 1024);
}

static void tear_down(void)
{
    buffer_clear(&out);
}

TestSuite(export, .init = set_up, .fini = tear_down, .timeout = 20);

static bool keep(const void *bytes, size_t length, void *context)
{
    (void)context;
    return buffer_append(&out, bytes, length);
}

static const char BODY[] = "{\"event_id\":\"wh_1\",\"n\":12345678901234567890,\n"
                           "\"note\":\"\xC3\xBC\\u0000\",\"email\":\"ann@example.com\"}";

static struct delivery delivery_with(const char *body, size_t length)
{
    struct delivery delivery = {
        .id = 7,
        .received_ms = INT64_C(1714672099465),
        .peer = (char *)"127.0.0.1:5000",
        .method = (char *)"POST",
        .target = (char *)"/hooks/a?x=1%202&empty&y=%zz+",
        .body = (char *)body,
        .body_length = length,
        .verdict = VERDICT_GENUINE,
        .reason = (char *)"signed by wep_1",
        .webhook_id = (char *)"wep_1",
        .answer_status = 200,
        .answer_us = 1500,
        .event_id = (char *)"wh_1",
        .sequence = -1,
    };
    cr_assert(header_list_add(&delivery.headers, "Host", "hooks.example.com"));
    cr_assert(header_list_add(&delivery.headers, "X-Forwarded-Proto", "https"));
    cr_assert(header_list_add(&delivery.headers, "Content-Type", "application/json"));
    cr_assert(header_list_add(&delivery.headers, "Cookie", "a=1; b"));
    cr_assert(header_list_add(&delivery.headers, "X-Odd", "caf\xE9 \"\\\x9B"));
    return delivery;
}

static void export_times(enum export_format format, bool masked, const char *body, size_t length,
                         int times)
{
    struct exporter exporter = {
        .format = format, .masked = masked, .base = "http://127.0.0.1:8787", .write = keep};
    struct delivery delivery = delivery_with(body, length);
    cr_assert(export_begin(&exporter));
    for (int i = 0; i < times; i++)
        cr_assert(export_delivery(&exporter, &delivery));
    cr_assert(export_end(&exporter));
    cr_assert_eq(exporter.count, (size_t)times);
    header_list_clear(&delivery.headers);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text != NULL ? text : "(none)";
}

static cJSON *parse(const char *text, size_t length)
{
    cr_assert(json_valid(text, length), "not JSON: %.400s", text);
    cJSON *json = cJSON_ParseWithLength(text, length);
    cr_assert_not_null(json);
    return json;
}

Test(export, raw_is_the_exact_body)
{
    export_times(EXPORT_RAW, false, "a\0\xFF\n", 4, 1);
    cr_expect_eq(out.length, 4U);
    cr_expect_eq(memcmp(out.data, "a\0\xFF\n", 4), 0);
}

Test(export, a_json_line_is_one_line_with_the_body_as_it_came)
{
    static const char PLAIN[] = "{\"n\":12345678901234567890,\n\"s\":\"\xC3\xBC\"}";
    export_times(EXPORT_JSONL, false, PLAIN, sizeof PLAIN - 1, 2);
    const char *end = strchr(out.data, '\n');
    cr_assert_not_null(end);
    cr_expect_eq((size_t)(end - out.data) * 2 + 2, out.length, "two equal lines");
    cJSON *line = parse(out.data, (size_t)(end - out.data));
    cr_expect_str_eq(text_of(line, "body"), PLAIN);
    cr_expect_str_eq(text_of(line, "received_at"), "2024-05-02T17:48:19.465Z");
    cr_expect_str_eq(text_of(line, "verdict"), "verified");
    cr_expect_str_eq(text_of(line, "endpoint"), "wep_1");
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(line, "event_type")));
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(line, "sequence")));
    cr_expect_null(cJSON_GetObjectItem(line, "masked"));
    const cJSON *headers = cJSON_GetObjectItem(line, "headers");
    cr_assert_eq(cJSON_GetArraySize(headers), 5);
    const cJSON *odd = cJSON_GetArrayItem(headers, 4);
    cr_expect_str_eq(cJSON_GetArrayItem(odd, 1)->valuestring, "caf\xC3\xA9 \"\\\xC2\x9B",
                     "bytes that are not UTF-8 are ISO 8859-1");
    for (size_t i = 0; i < out.length; i++)
        cr_expect((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n');
    cJSON_Delete(line);
}

Test(export, one_line_is_that_of_the_export)
{
    struct delivery delivery = delivery_with(BODY, sizeof BODY - 1);
    struct buffer line;
    for (int masked = 0; masked <= 1; masked++) {
        struct exporter exporter = {.format = EXPORT_JSONL, .masked = masked != 0, .write = keep};
        buffer_cut(&out, 0);
        buffer_init(&line, 64 * 1024);
        cr_assert(export_delivery(&exporter, &delivery));
        cr_assert(export_line(&line, &delivery, NULL, masked != 0));
        cr_expect_str_eq(line.data, out.data);
        size_t before = line.length;
        cr_assert(export_line(&line, &delivery, "event", masked != 0));
        cr_expect(strncmp(line.data + before, "{\"kind\":\"event\",\"id\":7,", 23) == 0);
        cr_expect_str_eq(line.data + before + 16, out.data + 1);

        line.maximum = line.length + 10; /* no room for another */
        before = line.length;
        cr_expect_not(export_line(&line, &delivery, "event", masked != 0));
        cr_expect_eq(line.length, before);
        cr_expect_not(line.failed);
        buffer_clear(&line);
    }
    delivery.body = NULL;
    header_list_clear(&delivery.headers);
}

Test(export, a_body_that_is_not_utf8_is_base64)
{
    static const char BYTES[] = {'a', 0, (char)0xC3, (char)0x28, (char)0xFF};
    export_times(EXPORT_JSONL, false, BYTES, sizeof BYTES, 1);
    cJSON *line = parse(out.data, out.length);
    cr_expect_str_eq(text_of(line, "body_base64"), "YQDDKP8=");
    cr_expect_null(cJSON_GetObjectItem(line, "body"));
    cJSON_Delete(line);
}

Test(export, long_bodies_are_whole_in_base64)
{
    enum { LENGTH = 100001 };
    static char bytes[LENGTH];
    static unsigned char back[LENGTH + 8];
    for (size_t i = 0; i < LENGTH; i++)
        bytes[i] = (char)(i * 131 >> 3 | 0x80);
    json_write_base64(&out, bytes, LENGTH);
    int length = EVP_DecodeBlock(back, (unsigned char *)out.data + 1, (int)out.length - 2);
    cr_assert_geq(length, LENGTH);
    cr_expect_eq(memcmp(back, bytes, LENGTH), 0);
}

Test(export, a_har_has_what_its_specification_wants)
{
    export_times(EXPORT_HAR, false, BODY, sizeof BODY - 1, 2);
    cJSON *har = parse(out.data, out.length);
    const cJSON *log = cJSON_GetObjectItem(har, "log");
    cr_expect_str_eq(text_of(log, "version"), "1.2");
    cr_expect_str_eq(text_of(cJSON_GetObjectItem(log, "creator"), "name"), "bridgetop");
    const cJSON *entries = cJSON_GetObjectItem(log, "entries");
    cr_assert_eq(cJSON_GetArraySize(entries), 2);
    const cJSON *entry = cJSON_GetArrayItem(entries, 1);
    cr_expect_str_eq(text_of(entry, "startedDateTime"), "2024-05-02T17:48:19.465Z");
    cr_expect_float_eq(cJSON_GetObjectItem(entry, "time")->valuedouble, 1.5, 1e-9);
    const cJSON *request = cJSON_GetObjectItem(entry, "request");
    cr_expect_str_eq(text_of(request, "method"), "POST");
    cr_expect_str_eq(text_of(request, "url"),
                     "https://hooks.example.com/hooks/a?x=1%202&empty&y=%zz+");
    cr_expect_str_eq(text_of(request, "httpVersion"), "HTTP/1.1");
    cr_expect_eq(cJSON_GetObjectItem(request, "bodySize")->valueint, (int)sizeof BODY - 1);
    cr_expect_str_eq(text_of(cJSON_GetObjectItem(request, "postData"), "text"), BODY);
    cr_expect_str_eq(text_of(cJSON_GetObjectItem(request, "postData"), "mimeType"),
                     "application/json");
    const cJSON *query = cJSON_GetObjectItem(request, "queryString");
    cr_assert_eq(cJSON_GetArraySize(query), 3);
    cr_expect_str_eq(text_of(cJSON_GetArrayItem(query, 0), "value"), "1 2");
    cr_expect_str_eq(text_of(cJSON_GetArrayItem(query, 1), "name"), "empty");
    cr_expect_str_eq(text_of(cJSON_GetArrayItem(query, 2), "value"), "%zz ");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(request, "cookies")), 2);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(request, "headers")), 5);
    const cJSON *response = cJSON_GetObjectItem(entry, "response");
    cr_expect_eq(cJSON_GetObjectItem(response, "status")->valueint, 200);
    static const char *const OF_RESPONSE[] = {"statusText", "httpVersion", "cookies",
                                              "headers",    "content",     "redirectURL",
                                              "bodySize",   "headersSize"};
    for (size_t i = 0; i < sizeof OF_RESPONSE / sizeof *OF_RESPONSE; i++)
        cr_expect_not_null(cJSON_GetObjectItem(response, OF_RESPONSE[i]), "%s", OF_RESPONSE[i]);
    const cJSON *timings = cJSON_GetObjectItem(entry, "timings");
    cr_expect_float_eq(cJSON_GetObjectItem(timings, "wait")->valuedouble, 1.5, 1e-9);
    cr_expect_not_null(cJSON_GetObjectItem(timings, "send"));
    cr_expect_not_null(cJSON_GetObjectItem(timings, "receive"));
    cr_expect_not_null(cJSON_GetObjectItem(entry, "cache"));
    cJSON_Delete(har);
}

Test(export, a_har_of_nothing_is_one_too)
{
    export_times(EXPORT_HAR, false, "", 0, 0);
    cJSON *har = parse(out.data, out.length);
    cr_expect_eq(
        cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(har, "log"), "entries")), 0);
    cJSON_Delete(har);
}

Test(export, a_har_says_that_a_binary_body_is_base64)
{
    export_times(EXPORT_HAR, false, "\xFF\xFE", 2, 1);
    cJSON *har = parse(out.data, out.length);
    const cJSON *entry =
        cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetObjectItem(har, "log"), "entries"), 0);
    const cJSON *data = cJSON_GetObjectItem(cJSON_GetObjectItem(entry, "request"), "postData");
    cr_expect_str_eq(text_of(data, "text"), "//4=");
    cr_expect_str_eq(text_of(data, "comment"), "base64");
    cJSON_Delete(har);
}

Test(export, masking_hides_personal_data_in_every_format)
{
    for (enum export_format format = EXPORT_RAW; format < EXPORT_FORMATS; format++) {
        tear_down();
        set_up();
        export_times(format, true, BODY, sizeof BODY - 1, 1);
        cr_expect_null(strstr(out.data, "ann@example.com"), "%s", export_format_name(format));
        cr_expect_not_null(strstr(out.data, "***"), "%s", export_format_name(format));
        cr_expect_not_null(strstr(out.data, "wh_1"), "%s", export_format_name(format));
        tear_down();
        set_up();
        export_times(format, false, BODY, sizeof BODY - 1, 1);
        cr_expect_not_null(strstr(out.data, "ann@example.com"), "%s", export_format_name(format));
    }
}

Test(export, the_curl_script_begins_as_one_and_has_a_command_for_each)
{
    export_times(EXPORT_CURL, false, BODY, sizeof BODY - 1, 2);
    cr_expect_eq(strncmp(out.data, "#!/bin/sh\n", 10), 0);
    const char *first = strstr(out.data, "\ncurl ");
    cr_assert_not_null(first);
    cr_expect_not_null(strstr(first + 1, "\ncurl "));
    cr_expect_not_null(strstr(out.data, "# arrived 2024-05-02T17:48:19.465Z, verified\n"));
}

Test(export, json_from_elsewhere_becomes_one_line)
{
    struct exporter exporter = {.format = EXPORT_JSONL, .write = keep};
    static const char JSON[] = "{\r\n \"a\": [1,\n 2]\n}";
    cr_assert(export_json(&exporter, JSON, sizeof JSON - 1));
    cr_expect_str_eq(out.data, "{ \"a\": [1, 2]}\n");
}

static bool refuse(const void *bytes, size_t length, void *context)
{
    (void)bytes;
    (void)length;
    (void)context;
    return false;
}

Test(export, a_writer_that_refuses_ends_it)
{
    struct exporter exporter = {.format = EXPORT_JSONL, .write = refuse};
    struct delivery delivery = delivery_with("{}", 2);
    cr_expect_not(export_delivery(&exporter, &delivery));
    header_list_clear(&delivery.headers);
}

Test(export, utf8_is_told_from_what_is_not)
{
    static const char *const GOOD[] = {"", "a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    static const char *const BAD[] = {
        "\x80",         "\xC0\x80",         "\xC3", "\xE0\x80\x80",
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xF8\x88\x80\x80\x80"};
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        cr_expect(json_is_utf8(GOOD[i], strlen(GOOD[i])), "good %zu", i);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        cr_expect_not(json_is_utf8(BAD[i], strlen(BAD[i])), "bad %zu", i);
}
