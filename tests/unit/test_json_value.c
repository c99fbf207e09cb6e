#include "api/json_value.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct json_value read_whole(const char *text)
{
    struct json_value value;
    size_t error_at;
    cr_assert(json_value_read(text, strlen(text), &value, &error_at), "%s", text);
    return value;
}

static void expect_spelled(struct json_value value, const char *spelled)
{
    cr_expect_eq(value.length, strlen(spelled), "%s", spelled);
    cr_expect(value.length == strlen(spelled) && memcmp(value.text, spelled, value.length) == 0,
              "%s", spelled);
}

Test(json_value, reads_one_value_and_all_of_it)
{
    struct json_value value = read_whole("  {\"a\" : [1] }\n");
    cr_expect_eq(value.kind, JSON_OBJECT_BEGIN);
    expect_spelled(value, "{\"a\" : [1] }");
    value = read_whole(" -1.5 ");
    cr_expect_eq(value.kind, JSON_NUMBER);
    expect_spelled(value, "-1.5");
}

Test(json_value, names_the_byte_that_is_not_json)
{
    const struct {
        const char *text;
        size_t at;
    } cases[] = {{"", 0}, {"<html>", 0}, {"{} x", 3}, {"[1,]", 3}, {"{\"a\":1", 6}, {"1 2", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_value value;
        size_t at = 99;
        cr_expect_not(json_value_read(cases[i].text, strlen(cases[i].text), &value, &at));
        cr_expect_eq(at, cases[i].at, "%s at %zu", cases[i].text, at);
        cr_expect_eq(value.kind, JSON_END);
        cr_expect_null(value.text);
    }
    struct json_value value;
    size_t at;
    cr_expect_not(json_value_read(NULL, 0, &value, &at));
}

Test(json_value, walks_what_is_directly_inside)
{
    struct json_scan walk;
    struct json_value name;
    struct json_value value;
    json_walk_begin(&walk, read_whole("{\"a\":{\"x\":1},\"b\" : [2, 3],\"a\":null}"));
    cr_assert(json_walk_next(&walk, &name, &value));
    expect_spelled(name, "\"a\"");
    expect_spelled(value, "{\"x\":1}");
    cr_assert(json_walk_next(&walk, &name, &value));
    expect_spelled(name, "\"b\"");
    expect_spelled(value, "[2, 3]");
    cr_assert(json_walk_next(&walk, &name, &value));
    expect_spelled(name, "\"a\"");
    cr_expect_eq(value.kind, JSON_NULL);
    cr_expect_not(json_walk_next(&walk, &name, &value));
    cr_expect_not(json_walk_next(&walk, &name, &value));

    json_walk_begin(&walk, read_whole("[1, \"two\"]"));
    cr_assert(json_walk_next(&walk, &name, &value));
    cr_expect_null(name.text);
    expect_spelled(value, "1");
    cr_assert(json_walk_next(&walk, &name, &value));
    expect_spelled(value, "\"two\"");
    cr_expect_not(json_walk_next(&walk, &name, &value));
}

Test(json_value, scalars_and_empty_containers_have_nothing_inside)
{
    const char *const texts[] = {"[]", "{}", "1", "\"a\"", "null", "true"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json_scan walk;
        struct json_value name;
        struct json_value value;
        json_walk_begin(&walk, read_whole(texts[i]));
        cr_expect_not(json_walk_next(&walk, &name, &value), "%s", texts[i]);
    }
}

Test(json_value, finds_fields_by_name)
{
    struct json_field fields[] = {
        {.name = "id"}, {.name = "none"}, {.name = "twice"}, {.name = ""}};
    struct json_value object =
        read_whole("{\"i\\u0064\":\"x\",\"ID\":1,\"deep\":{\"none\":1},\"twice\":1,\"id\\u0000\":2,"
                   "\"\":[],\"twice\":\"2\",\"idx\":3}");
    json_fields_find(object, fields, 4);
    expect_spelled(fields[0].value, "\"x\"");
    cr_expect_eq(fields[1].value.kind, JSON_END);
    cr_expect_null(fields[1].value.text);
    expect_spelled(fields[2].value, "\"2\"");
    expect_spelled(fields[3].value, "[]");
}

Test(json_value, fields_of_what_is_no_object_are_absent)
{
    struct json_field field = {.name = "a", .value = {JSON_NUMBER, "1", 1}};
    json_fields_find(read_whole("[\"a\",1]"), &field, 1);
    cr_expect_eq(field.value.kind, JSON_END);
}

static void expect_string(const char *json, size_t maximum, const char *expected)
{
    char *text = (char *)"unset";
    cr_assert(json_value_string(read_whole(json), maximum, &text));
    if (expected == NULL)
        cr_expect_null(text, "%s", json);
    else
        cr_expect_str_eq(text, expected, "%s", json);
    free(text);
}

Test(json_value, strings_and_scalars_become_text)
{
    expect_string("\"a\\nb\"", 100, "a\nb");
    expect_string("\"\"", 100, "");
    expect_string("12.50", 100, "12.50");
    expect_string("123456789012345678901234567890", 100, "123456789012345678901234567890");
    expect_string("true", 100, "true");
    expect_string("false", 100, "false");
    expect_string("null", 100, NULL);
    expect_string("{}", 100, NULL);
    expect_string("[1]", 100, NULL);
    expect_string("\"a\\u0000b\\u0000\"", 100,
                  "a\xEF\xBF\xBD"
                  "b\xEF\xBF\xBD");
}

Test(json_value, text_is_cut_between_characters)
{
    expect_string("\"abcdef\"", 3, "abc");
    expect_string("\"abc\"", 3, "abc");
    expect_string("\"ab\xC3\xA9\"", 3, "ab");
    expect_string("\"ab\xC3\xA9\"", 4, "ab\xC3\xA9");
    expect_string("\"\xF0\x9F\x98\x80\"", 3, "");
    expect_string("\"\\ud83d\\ude00x\"", 4, "\xF0\x9F\x98\x80");
    expect_string("\"a\\u0000\"", 3, "a");
    expect_string("\"abc\"", 0, "");
    expect_string("12345", 2, "12");
}

Test(json_value, containers_can_be_kept_as_written)
{
    char *text;
    cr_assert(json_value_text(read_whole(" { \"a\" :1 } "), 100, &text));
    cr_expect_str_eq(text, "{ \"a\" :1 }");
    free(text);
    cr_assert(json_value_text(read_whole("[\"\xC3\xA9\"]"), 3, &text));
    cr_expect_str_eq(text, "[\"");
    free(text);
    cr_assert(json_value_text(read_whole("\"s\""), 100, &text));
    cr_expect_str_eq(text, "s");
    free(text);
    cr_assert(json_value_text(read_whole("null"), 100, &text));
    cr_expect_null(text);
}

Test(json_value, integers_are_exact)
{
    const struct {
        const char *json;
        int64_t number;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"42", 42},
        {"-42", -42},
        {"\"42\"", 42},
        {"\"007\"", 7},
        {"7.0", 7},
        {"7.000", 7},
        {"9007199254740993", 9007199254740993},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t number = 77;
        cr_expect(json_value_integer(read_whole(cases[i].json), &number), "%s", cases[i].json);
        cr_expect_eq(number, cases[i].number, "%s", cases[i].json);
    }
}

Test(json_value, what_is_no_integer_is_refused)
{
    const char *const texts[] = {
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999999999999",
        "1e3",
        "1e400",
        "1.5",
        "7.01",
        "\"\"",
        "\"-\"",
        "\"+1\"",
        "\" 1\"",
        "\"1 \"",
        "\"0x10\"",
        "\"1.\"",
        "\"\\u0031\"",
        "\"timeout\"",
        "true",
        "null",
        "[1]",
        "{}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t number = 77;
        cr_expect_not(json_value_integer(read_whole(texts[i]), &number), "%s", texts[i]);
        cr_expect_eq(number, 77, "%s", texts[i]);
    }
}
