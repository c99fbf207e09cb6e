#include "tui/json_lines.h"

#include "api/buffer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The lines as a reader sees them. */
static char *shown(const struct json_lines *lines, const char *bytes)
{
    struct buffer out;
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < lines->line_count; i++) {
        const struct json_line *line = &lines->lines[i];
        buffer_printf(&out, "%*s", line->indent, "");
        for (size_t s = line->first_span; s < line->first_span + line->span_count; s++) {
            const struct json_span *span = &lines->spans[s];
            if (span->blank_before)
                buffer_append_string(&out, " ");
            buffer_append(&out, bytes + span->offset, span->length);
        }
        buffer_append_string(&out, "\n");
    }
    char *text = buffer_take(&out, NULL);
    cr_assert_not_null(text);
    return text;
}

static void check(const char *bytes, bool is_json, const char *expected)
{
    struct json_lines lines;
    cr_assert(json_lines_init(&lines, bytes, strlen(bytes)));
    cr_expect_eq(lines.is_json, is_json, "%s", bytes);
    cr_expect_not(lines.cut);
    char *text = shown(&lines, bytes);
    cr_expect_str_eq(text, expected, "got:\n%swanted:\n%s", text, expected);
    free(text);
    json_lines_clear(&lines);
    json_lines_clear(&lines);
}

Test(json_lines, one_member_a_line)
{
    check("{\"id\":\"wh_1\",\"n\":1,\"ok\":true,\"o\":{\"a\":[1,2]},\"z\":null}", true,
          "{\n"
          "  \"id\": \"wh_1\",\n"
          "  \"n\": 1,\n"
          "  \"ok\": true,\n"
          "  \"o\": {\n"
          "    \"a\": [\n"
          "      1,\n"
          "      2\n"
          "    ]\n"
          "  },\n"
          "  \"z\": null\n"
          "}\n");
}

Test(json_lines, empty_containers_stay_on_a_line)
{
    check("{\"a\":{},\"b\":[ ],\"c\":[{},[]]}", true,
          "{\n"
          "  \"a\": {},\n"
          "  \"b\": [],\n"
          "  \"c\": [\n"
          "    {},\n"
          "    []\n"
          "  ]\n"
          "}\n");
    check("[]", true, "[]\n");
}

Test(json_lines, white_space_of_the_sender_does_not_matter)
{
    check(" \r\n{ \"a\"\t:\n 1 ,\n\n\"b\" : [ 2 ] } \n", true,
          "{\n"
          "  \"a\": 1,\n"
          "  \"b\": [\n"
          "    2\n"
          "  ]\n"
          "}\n");
}

Test(json_lines, what_was_written_is_what_shows)
{
    check("{\"n\":12345678901234567890.10e+400,\"n\":-0,\"s\":\"\\u0000\\/,:{\\\"\"}", true,
          "{\n"
          "  \"n\": 12345678901234567890.10e+400,\n"
          "  \"n\": -0,\n"
          "  \"s\": \"\\u0000\\/,:{\\\"\"\n"
          "}\n");
}

Test(json_lines, scalars_are_lines)
{
    check("\"x\"", true, "\"x\"\n");
    check("17", true, "17\n");
}

Test(json_lines, what_is_not_json_is_split_at_newlines)
{
    check("", false, "");
    check("<html>\n\n<b>502</b>\r\n", false, "<html>\n\n<b>502</b>\n");
    check("{\"a\":1,}", false, "{\"a\":1,}\n");
    check("{} trailing", false, "{} trailing\n");
    check("\n", false, "\n");
}

Test(json_lines, colours_by_role)
{
    static const char BYTES[] = "{\"k\":[\"s\",1,false]}";
    static const enum role EXPECTED[] = {
        ROLE_NORMAL,      ROLE_JSON_KEY, ROLE_NORMAL,    ROLE_NORMAL, ROLE_JSON_STRING, ROLE_NORMAL,
        ROLE_JSON_NUMBER, ROLE_NORMAL,   ROLE_JSON_WORD, ROLE_NORMAL, ROLE_NORMAL};
    struct json_lines lines;
    cr_assert(json_lines_init(&lines, BYTES, sizeof BYTES - 1));
    cr_assert_eq(lines.span_count, sizeof EXPECTED / sizeof *EXPECTED);
    for (size_t i = 0; i < lines.span_count; i++)
        cr_expect_eq(lines.spans[i].role, EXPECTED[i], "span %zu", i);
    json_lines_clear(&lines);
}

/* Every byte that is not white space between tokens is in exactly one span, in order. */
Test(json_lines, spans_cover_the_text)
{
    static const char BYTES[] = "{ \"a b\" : [ 1 , { } , \"\\n\" ] }";
    struct json_lines lines;
    cr_assert(json_lines_init(&lines, BYTES, sizeof BYTES - 1));
    size_t at = 0;
    for (size_t i = 0; i < lines.span_count; i++) {
        cr_assert_geq(lines.spans[i].offset, at);
        for (; at < lines.spans[i].offset; at++)
            cr_expect_eq(BYTES[at], ' ');
        at += lines.spans[i].length;
    }
    cr_expect_eq(at, sizeof BYTES - 1);
    json_lines_clear(&lines);
}

static void check_cut(const char *unit, size_t count, const char *begin, const char *end, bool cut)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    buffer_append_string(&text, begin);
    for (size_t i = 0; i < count; i++)
        buffer_append_string(&text, unit);
    cr_assert(buffer_append_string(&text, end));
    struct json_lines lines;
    cr_assert(json_lines_init(&lines, text.data, text.length));
    cr_expect_eq(lines.cut, cut);
    cr_expect_eq(lines.line_count, JSON_LINES_MAX);
    json_lines_clear(&lines);
    buffer_clear(&text);
}

Test(json_lines, length_is_bounded)
{
    check_cut("0,", JSON_LINES_MAX - 3, "[", "0]", false);
    check_cut("0,", JSON_LINES_MAX - 2, "[", "0]", true);
    check_cut("0,", JSON_LINES_MAX, "[", "0]", true);
    check_cut("\n", JSON_LINES_MAX, "", "", false);
    check_cut("\n", JSON_LINES_MAX, "", "x", true);
}

/* --- exact to the byte --------------------------------------------------- */

static void check_hex(const char *bytes, size_t length, size_t line, const char *expected)
{
    char text[HEX_LINE_SIZE];
    cr_expect_eq(hex_line(text, bytes, length, line), strlen(expected));
    cr_expect_str_eq(text, expected);
}

Test(json_lines, hex_lines)
{
    static const char BYTES[] = "{\"a\":\"\xc3\xa9\"}\r\n\0\x1b\x7f~ more";
    size_t length = sizeof BYTES - 1;
    cr_expect_eq(hex_line_count(length), 2);
    check_hex(BYTES, length, 0,
              "000000  7b 22 61 22 3a 22 c3 a9  22 7d 0d 0a 00 1b 7f 7e |{\"a\":\"..\"}.....~|");
    check_hex(BYTES, length, 1, "000010  20 6d 6f 72 65                                   | more|");
    check_hex(BYTES, length, 2, "");
}

Test(json_lines, hex_line_count_at_the_edges)
{
    cr_expect_eq(hex_line_count(0), 0);
    cr_expect_eq(hex_line_count(1), 1);
    cr_expect_eq(hex_line_count(16), 1);
    cr_expect_eq(hex_line_count(17), 2);
    check_hex(NULL, 0, 0, "");
}
