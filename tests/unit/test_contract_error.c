#include "api/contract.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_line(int status, const char *body, const char *expected)
{
    char line[512];
    memset(line, 'x', sizeof line);
    contract_error_decode(status, body, strlen(body), line, sizeof line);
    cr_expect_str_eq(line, expected, "%s: %s", body, line);
}

Test(contract_error, the_documented_shapes_give_the_vendors_words)
{
    expect_line(401,
                "{\"code\":\"required\",\"location\":\"header\",\"name\":\"Api-Key\","
                "\"message\":\"Missing Api-Key header\"}",
                "401 Api-Key: Missing Api-Key header (required)");
    expect_line(400,
                "{\"code\":\"bad_customer_request\","
                "\"message\":\"fields missing from customer body.\",\"name\":\"first_name,ssn\"}",
                "400 first_name,ssn: fields missing from customer body. (bad_customer_request)");
    expect_line(500,
                "{\"errors\":[{\"code\":\"unexpected\","
                "\"message\":\"An expected error occurred, you may try again later\"}]}",
                "500 An expected error occurred, you may try again later (unexpected)");
    expect_line(400,
                "{\"code\":\"invalid_parameters\",\"source\":{\"location\":\"body\","
                "\"key\":{\"url\":\"must begin with https://\"}}}",
                "400 url: must begin with https:// (invalid_parameters)");
}

Test(contract_error, shapes_mix)
{
    expect_line(400,
                "{\"code\":\"invalid_parameters\",\"message\":\"resubmit these\",\"source\":"
                "{\"location\":\"body\",\"key\":{\"url\":\"missing\",\"event_epoch\":\"bad\"}}}",
                "400 url: missing; event_epoch: bad; resubmit these (invalid_parameters)");
    expect_line(
        400, "{\"errors\":[{\"source\":{\"key\":{\"url\":[\"a\",\"b\"]}}},{\"message\":\"no\"}]}",
        "400 url: [\"a\",\"b\"]");
    expect_line(404, "{\"message\":\"Webhook not found\"}", "404 Webhook not found");
    expect_line(404, "{\"code\":\"not_found\"}", "404 not found (not_found)");
    expect_line(400, "{\"name\":\"url\"}", "400 url: bad request");
    expect_line(400, "{\"code\":42,\"message\":true}", "400 true (42)");
    expect_line(500, "{\"errors\":[],\"message\":\"oops\"}", "500 oops");
    expect_line(500, "{\"errors\":[\"text\"],\"message\":\"oops\"}", "500 oops");
    expect_line(500, "{\"errors\":null,\"message\":\"oops\"}", "500 oops");
    expect_line(400, "{\"message\":\"m\",\"source\":{\"key\":{}}}", "400 m");
    expect_line(400, "{\"message\":\"m\",\"source\":{\"key\":\"url\"}}", "400 m");
    expect_line(400, "{\"message\":\"m\",\"source\":\"body\"}", "400 m");
}

Test(contract_error, without_vendors_words_the_status_speaks)
{
    const char *const bodies[] = {
        "",
        " ",
        "<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>",
        "null",
        "{}",
        "[]",
        "\"not found\"",
        "17",
        "{\"message\":\"\"}",
        "{\"message\":null,\"code\":null,\"name\":null}",
        "{\"message\":{\"a\":1}}",
        "{\"message\":\"cut off",
        "{\"message\":\"bad \xFF bytes\"}",
        "{\"errors\":[]}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        expect_line(404, bodies[i], "404 not found");
    expect_line(400, "", "400 bad request");
    expect_line(401, "", "401 the API key is missing or invalid");
    expect_line(403, "", "403 forbidden");
    expect_line(429, "", "429 too many requests");
    expect_line(500, "", "500 internal server error");
    expect_line(503, "", "503 service unavailable");
    expect_line(302, "", "302 redirected");
    expect_line(418, "", "418 refused");
    expect_line(599, "", "599 server error");
    expect_line(200, "", "200 unexpected answer");
    expect_line(0, "", "no answer");
    expect_line(-5, "", "no answer");
}

Test(contract_error, a_message_of_blanks_says_nothing)
{
    expect_line(0, "{\"message\":\"\x7f\"}", "no answer");
    expect_line(404, "{\"message\":\" \\n\",\"name\":\"\xe2\x80\xa8\",\"code\":\"\\u0085\"}",
                "404 not found");
}

Test(contract_error, no_body_at_all)
{
    char line[64];
    contract_error_decode(503, NULL, 0, line, sizeof line);
    cr_expect_str_eq(line, "503 service unavailable");
}

Test(contract_error, without_a_status_the_vendors_words_come_first)
{
    expect_line(0, "{\"name\":3}", "3: no answer");
    expect_line(0, "{\"message\":\"404 is what it said\"}", "404 is what it said");
}

Test(contract_error, binary_garbage_is_not_shown)
{
    unsigned char garbage[1024];
    uint32_t state = 12345;
    for (size_t i = 0; i < sizeof garbage; i++) {
        state = state * 1664525 + 1013904223;
        garbage[i] = (unsigned char)(state >> 24);
    }
    char line[128];
    contract_error_decode(502, (const char *)garbage, sizeof garbage, line, sizeof line);
    cr_expect_str_eq(line, "502 bad gateway");
}

Test(contract_error, one_line_without_controls)
{
    expect_line(400, "{\"message\":\"a\\nb\\r\\n\\tc\\u001b[31md\\u007fe\\u009bf\\u0085g\"}",
                "400 a b c [31md e f g");
    expect_line(400, "{\"message\":\"a\\u2028b\\u2029c\"}", "400 a b c");
    expect_line(400, "{\"message\":\"  \\n trimmed \\n \",\"code\":\"x\\ny\"}",
                "400 trimmed (x y)");
    expect_line(400, "{\"message\":\"a\\u0000b\"}",
                "400 a\xEF\xBF\xBD"
                "b");
    expect_line(400, "{\"source\":{\"key\":{\"u\\nrl\":\"rea\\u0007son\"}}}", "400 u rl: rea son");
    expect_line(400, "{\"message\":\"caf\xC3\xA9 \xE2\x82\xAC\"}", "400 caf\xC3\xA9 \xE2\x82\xAC");
}

/* Every size, in a block of exactly that size: never longer, always ended, no half character. */
Test(contract_error, fits_any_size)
{
    const char *body = "{\"message\":\"\xC3\xA9\xE2\x82\xAC \\ud83d\\ude00 end\",\"code\":\"c\"}";
    const char *whole = "400 \xC3\xA9\xE2\x82\xAC \xF0\x9F\x98\x80 end (c)";
    size_t before = 0;
    for (size_t size = 1; size <= strlen(whole) + 2; size++) {
        char *line = malloc(size);
        cr_assert_not_null(line);
        contract_error_decode(400, body, strlen(body), line, size);
        size_t length = strnlen(line, size);
        cr_assert_lt(length, size);
        cr_expect(strncmp(line, whole, length) == 0, "size %zu: %s", size, line);
        cr_expect_neq((unsigned char)whole[length] & 0xC0, 0x80, "size %zu cut a character", size);
        cr_expect_geq(length, before);
        before = length;
        free(line);
    }
    cr_expect_eq(before, strlen(whole));

    char untouched = 'x';
    contract_error_decode(400, body, strlen(body), &untouched, 0);
    cr_expect_eq(untouched, 'x');
}

Test(contract_error, a_huge_message_is_cut)
{
    size_t length = 1024 * 1024;
    char *body = malloc(length);
    cr_assert_not_null(body);
    memset(body, 'm', length);
    memcpy(body, "{\"message\":\"", 12);
    memcpy(body + length - 2, "\"}", 2);
    char line[100];
    contract_error_decode(400, body, length, line, sizeof line);
    free(body);
    cr_expect_eq(strlen(line), sizeof line - 1);
    cr_expect(strncmp(line, "400 mmm", 7) == 0);
}
