#include "api/json_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Texts with a NUL inside need their length counted by the compiler. */
struct text {
    const char *bytes;
    size_t length;
};
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct text VALID[] = {
    TEXT("null"),
    TEXT("true"),
    TEXT("false"),
    TEXT("0"),
    TEXT("-0"),
    TEXT("7"),
    TEXT("-12"),
    TEXT("0.5"),
    TEXT("-0.0e-0"),
    TEXT("1e5"),
    TEXT("1E+5"),
    TEXT("1.25e-300"),
    TEXT("1e400"),
    TEXT("123456789012345678901234567890"),
    TEXT("\"\""),
    TEXT("\"a\""),
    TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    TEXT("\"\\u0000\""),
    TEXT("\"\\u00e9\\u00E9\""),
    TEXT("\"\\ud83d\\ude00\""),
    TEXT("\"\\ud800\""),
    TEXT("\"\\udc00\\ud800\""),
    TEXT("\"\x7F\""),
    TEXT("\"\xC2\x80\""),
    TEXT("\"\xDF\xBF\""),
    TEXT("\"\xE0\xA0\x80\""),
    TEXT("\"\xED\x9F\xBF\""),
    TEXT("\"\xEE\x80\x80\""),
    TEXT("\"\xEF\xBF\xBF\""),
    TEXT("\"\xF0\x90\x80\x80\""),
    TEXT("\"\xF4\x8F\xBF\xBF\""),
    TEXT("[]"),
    TEXT("{}"),
    TEXT(" \t\r\n[ \t\r\n] \t\r\n"),
    TEXT("[1,2,3]"),
    TEXT("[null,true,false,\"\",0,{},[]]"),
    TEXT("{\"a\":1}"),
    TEXT("{\"\":0}"),
    TEXT("{\"a\":1,\"a\":2}"),
    TEXT("{ \"a\" : { \"b\" : [ ] } , \"c\" : null }"),
    TEXT("[[],[[]],{\"a\":[{}]}]"),
};

static const struct text INVALID[] = {
    TEXT(""),
    TEXT(" "),
    TEXT("\0"),
    TEXT("null\0"),
    TEXT("[]\0"),
    TEXT("\xEF\xBB\xBF{}"),
    TEXT("nul"),
    TEXT("nulL"),
    TEXT("True"),
    TEXT("truefalse"),
    TEXT("NaN"),
    TEXT("Infinity"),
    TEXT("-"),
    TEXT("-a"),
    TEXT("+1"),
    TEXT("01"),
    TEXT("-01"),
    TEXT(".5"),
    TEXT("1."),
    TEXT("1.e5"),
    TEXT("1e"),
    TEXT("1e+"),
    TEXT("1e5.5"),
    TEXT("0x10"),
    TEXT("1 2"),
    TEXT("--1"),
    TEXT("1_000"),
    TEXT("\xEF\xBC\x91"),
    TEXT("\""),
    TEXT("\"a"),
    TEXT("\"\\\""),
    TEXT("\"\\"),
    TEXT("\"\\x41\""),
    TEXT("\"\\'\""),
    TEXT("\"\\\0\""),
    TEXT("\"\\u\""),
    TEXT("\"\\u12\""),
    TEXT("\"\\u12g4\""),
    TEXT("\"\\u123"),
    TEXT("\"\\U0041\""),
    TEXT("\"a\nb\""),
    TEXT("\"\t\""),
    TEXT("\"\0\""),
    TEXT("\"\x1F\""),
    TEXT("\"\x80\""),
    TEXT("\"\xBF\""),
    TEXT("\"\xC0\xAF\""),
    TEXT("\"\xC1\xBF\""),
    TEXT("\"\xC3\""),
    TEXT("\"\xC3"),
    TEXT("\"\xE0\x9F\xBF\""),
    TEXT("\"\xE2\x82\""),
    TEXT("\"\xED\xA0\x80\""),
    TEXT("\"\xED\xBF\xBF\""),
    TEXT("\"\xF0\x8F\xBF\xBF\""),
    TEXT("\"\xF0\x9F\x98\""),
    TEXT("\"\xF4\x90\x80\x80\""),
    TEXT("\"\xF5\x80\x80\x80\""),
    TEXT("\"\xF8\x88\x80\x80\x80\""),
    TEXT("\"\xFE\""),
    TEXT("\"\xFF\""),
    TEXT("'a'"),
    TEXT("a"),
    TEXT("["),
    TEXT("]"),
    TEXT("[1"),
    TEXT("[1,"),
    TEXT("[1,]"),
    TEXT("[,1]"),
    TEXT("[,]"),
    TEXT("[1,,2]"),
    TEXT("[1 2]"),
    TEXT("[1}"),
    TEXT("[1]]"),
    TEXT("[\"a\":1]"),
    TEXT("{"),
    TEXT("}"),
    TEXT("{]"),
    TEXT("{\"a\""),
    TEXT("{\"a\":"),
    TEXT("{\"a\":1"),
    TEXT("{\"a\":1,"),
    TEXT("{\"a\":1,}"),
    TEXT("{,}"),
    TEXT("{\"a\"}"),
    TEXT("{\"a\":}"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\"::1}"),
    TEXT("{\"a\":1 \"b\":2}"),
    TEXT("{a:1}"),
    TEXT("{1:1}"),
    TEXT("{null:1}"),
    TEXT("{'a':1}"),
    TEXT("{\"a\":1}}"),
    TEXT("{\"a\":1]"),
    TEXT("{\"a\":1}#"),
    TEXT("[1]//"),
    TEXT("/**/[]"),
    TEXT("[\f]"),
    TEXT("[\xC2\xA0]"),
    TEXT("[]\xFF"),
};

/* A copy of exactly that size, so that AddressSanitizer sees a read behind the end. */
static char *exact_copy(const char *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    cr_assert_not_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

static bool valid(const char *bytes, size_t length)
{
    char *copy = exact_copy(bytes, length);
    bool result = json_valid(copy, length);
    free(copy);
    return result;
}

static bool valid_string(const char *text)
{
    return valid(text, strlen(text));
}

Test(json_text, takes_what_the_grammar_takes)
{
    for (size_t i = 0; i < sizeof VALID / sizeof VALID[0]; i++)
        cr_expect(valid(VALID[i].bytes, VALID[i].length), "valid text %zu: %s", i, VALID[i].bytes);
}

Test(json_text, refuses_what_the_grammar_refuses)
{
    for (size_t i = 0; i < sizeof INVALID / sizeof INVALID[0]; i++)
        cr_expect_not(valid(INVALID[i].bytes, INVALID[i].length), "invalid text %zu: %s", i,
                      INVALID[i].bytes);
}

Test(json_text, no_proper_prefix_of_a_container_is_a_text)
{
    const char *text = "{\"a\":[1.5e3,\"\\u00e9\xC3\xA9\",{\"b\":null}],\"c\":true}";
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length; cut++)
        cr_expect_not(valid(text, cut), "cut to %zu bytes", cut);
    cr_expect(valid(text, length));
}

/* --- tokens ----------------------------------------------------------------------- */

static void expect_token(struct json_scan *scan, enum json_kind kind, const char *spelled,
                         int depth)
{
    struct json_token token = json_scan_next(scan);
    cr_assert_eq(token.kind, kind, "kind %d where %s was expected", (int)token.kind, spelled);
    cr_assert_eq(token.depth, depth, "%s at depth %d", spelled, token.depth);
    cr_assert_eq(token.length, strlen(spelled), "%s is %zu long", spelled, token.length);
    cr_assert(memcmp(scan->text + token.start, spelled, token.length) == 0, "%s", spelled);
}

Test(json_text, spans_are_what_was_written)
{
    const char *text = " { \"k\\n\" : [ -1.50e+2 , \"\\u0041\" ] ,\"k\\n\":{\"x\":true},"
                       "\"n\":null,\"f\":false } ";
    struct json_scan scan;
    json_scan_init(&scan, text, strlen(text));
    expect_token(&scan, JSON_OBJECT_BEGIN, "{", 0);
    expect_token(&scan, JSON_KEY, "\"k\\n\"", 1);
    expect_token(&scan, JSON_ARRAY_BEGIN, "[", 1);
    expect_token(&scan, JSON_NUMBER, "-1.50e+2", 2);
    expect_token(&scan, JSON_STRING, "\"\\u0041\"", 2);
    expect_token(&scan, JSON_ARRAY_END, "]", 1);
    expect_token(&scan, JSON_KEY, "\"k\\n\"", 1);
    expect_token(&scan, JSON_OBJECT_BEGIN, "{", 1);
    expect_token(&scan, JSON_KEY, "\"x\"", 2);
    expect_token(&scan, JSON_TRUE, "true", 2);
    expect_token(&scan, JSON_OBJECT_END, "}", 1);
    expect_token(&scan, JSON_KEY, "\"n\"", 1);
    expect_token(&scan, JSON_NULL, "null", 1);
    expect_token(&scan, JSON_KEY, "\"f\"", 1);
    expect_token(&scan, JSON_FALSE, "false", 1);
    expect_token(&scan, JSON_OBJECT_END, "}", 0);
    expect_token(&scan, JSON_END, "", 0);
    expect_token(&scan, JSON_END, "", 0);
}

static struct json_token first_error(const char *text)
{
    struct json_scan scan;
    json_scan_init(&scan, text, strlen(text));
    struct json_token token;
    do
        token = json_scan_next(&scan);
    while (token.kind != JSON_ERROR && token.kind != JSON_END);
    struct json_token again = json_scan_next(&scan);
    cr_assert_eq(again.kind, token.kind);
    cr_assert_eq(again.start, token.start);
    return token;
}

Test(json_text, an_error_names_the_byte_and_stays)
{
    const struct {
        const char *text;
        size_t at;
    } cases[] = {
        {"", 0},         {"[1,]", 3},  {"{\"a\":01}", 6}, {"[tru]", 1},      {"\"ab\xFF\"", 3},
        {"\"a\\x\"", 2}, {"[1] 2", 4}, {"{\"a\" 1}", 5},  {"{\"a\":1,}", 7}, {"[1", 2},
        {"\"open", 5},   {"[}", 1},    {"{1:2}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_token token = first_error(cases[i].text);
        cr_expect_eq(token.kind, JSON_ERROR, "%s", cases[i].text);
        cr_expect_eq(token.start, cases[i].at, "%s at %zu", cases[i].text, token.start);
    }
}

/* --- depth ------------------------------------------------------------------------ */

static bool nested_valid(size_t levels, const char *open, const char *inside, const char *close)
{
    size_t open_length = strlen(open);
    size_t close_length = strlen(close);
    size_t length = levels * (open_length + close_length) + strlen(inside);
    char *text = malloc(length + 1);
    cr_assert_not_null(text);
    char *at = text;
    for (size_t i = 0; i < levels; i++, at += open_length)
        memcpy(at, open, open_length);
    memcpy(at, inside, strlen(inside));
    at += strlen(inside);
    for (size_t i = 0; i < levels; i++, at += close_length)
        memcpy(at, close, close_length);
    bool result = json_valid(text, length);
    free(text);
    return result;
}

Test(json_text, nesting_ends_at_the_limit)
{
    cr_expect(nested_valid(JSON_DEPTH_MAX, "[", "", "]"));
    cr_expect_not(nested_valid(JSON_DEPTH_MAX + 1, "[", "", "]"));
    cr_expect(nested_valid(JSON_DEPTH_MAX, "{\"a\":", "1", "}"));
    cr_expect_not(nested_valid(JSON_DEPTH_MAX + 1, "{\"a\":", "1", "}"));
    cr_expect(nested_valid(JSON_DEPTH_MAX / 2, "[{\"a\":", "1", "}]"));
    cr_expect_not(nested_valid(JSON_DEPTH_MAX / 2 + 1, "[{\"a\":", "1", "}]"));
    cr_expect_not(nested_valid(1000 * 1000, "[", "", "]"));
}

Test(json_text, each_level_remembers_what_it_is)
{
    cr_expect(valid_string("[{\"a\":[{\"b\":[]}]}]"));
    cr_expect_not(valid_string("[{\"a\":[{\"b\":[]}}]]"));
    /* A level that was an object before is an array now. */
    cr_expect(valid_string("[{},[1,2],{\"a\":1}]"));
    cr_expect_not(valid_string("[{},[\"a\":1]]"));
}

/* --- skipping --------------------------------------------------------------------- */

Test(json_text, skipping_gives_the_whole_value)
{
    const char *text = "[{\"a\":[1,{}]} , \"x\", [ ] ,12]";
    const char *const spelled[] = {"{\"a\":[1,{}]}", "\"x\"", "[ ]", "12"};
    struct json_scan scan;
    json_scan_init(&scan, text, strlen(text));
    cr_assert_eq(json_scan_next(&scan).kind, JSON_ARRAY_BEGIN);
    for (size_t i = 0; i < 4; i++) {
        struct json_token token = json_scan_next(&scan);
        size_t length = json_scan_skip(&scan, token);
        cr_assert_eq(length, strlen(spelled[i]));
        cr_assert(memcmp(text + token.start, spelled[i], length) == 0);
    }
    cr_assert_eq(json_scan_next(&scan).kind, JSON_ARRAY_END);
    cr_assert_eq(json_scan_next(&scan).kind, JSON_END);
}

/* Brackets and quotes in strings, escapes before them, all depths. */
Test(json_text, leaping_over_well_formed_text_is_skipping)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "[[],{},[{}]]",
        "{\"a]\":\"}\",\"b\":[\"\\\"]\",{\"\\\\\":\"\\\\\"}]}",
        " [ 1 , \"\xC3\xA9 ]\" , {\"long enough to be run through\" : \"{{{{{{{{{{{{\"} ] ",
        "\"]\"",
        "-1.5e3",
        "[\"\\u005D\",null,true,false]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json_scan skip, leap;
        json_scan_init(&skip, texts[i], strlen(texts[i]));
        json_scan_init(&leap, texts[i], strlen(texts[i]));
        cr_assert(json_valid(texts[i], strlen(texts[i])), "%s", texts[i]);
        size_t length = json_scan_skip(&skip, json_scan_next(&skip));
        cr_expect_eq(json_scan_leap(&leap, json_scan_next(&leap)), length, "%s", texts[i]);
        cr_expect_eq(json_scan_next(&leap).kind, JSON_END, "%s", texts[i]);
    }
}

/* A mistaken caller gets nothing, from within the text. */
Test(json_text, leaping_ends_where_the_text_does)
{
    static const char *const texts[] = {"[", "[[]", "{\"a", "{\"a\\", "[\"\\\"", "[\"]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json_scan scan;
        char *text = strdup(texts[i]); /* where a sanitizer sees its end */
        json_scan_init(&scan, text, strlen(text));
        cr_expect_eq(json_scan_leap(&scan, json_scan_next(&scan)), 0, "%s", texts[i]);
        cr_expect_eq(json_scan_next(&scan).kind, JSON_ERROR, "%s", texts[i]);
        free(text);
    }
}

Test(json_text, skipping_into_an_error_gives_nothing)
{
    const char *texts[] = {"[1,[2,}", "[[1]", "{\"a\":", "x"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json_scan scan;
        json_scan_init(&scan, texts[i], strlen(texts[i]));
        cr_expect_eq(json_scan_skip(&scan, json_scan_next(&scan)), 0, "%s", texts[i]);
        cr_expect_eq(json_scan_next(&scan).kind, JSON_ERROR);
    }
}

Test(json_text, keys_and_ends_begin_no_value)
{
    const char *text = "{\"a\":1}";
    struct json_scan scan;
    json_scan_init(&scan, text, strlen(text));
    (void)json_scan_next(&scan);
    struct json_token key = json_scan_next(&scan);
    cr_assert_eq(key.kind, JSON_KEY);
    cr_expect_eq(json_scan_skip(&scan, key), 0);
    cr_assert_eq(json_scan_next(&scan).kind, JSON_NUMBER);
    struct json_token end = json_scan_next(&scan);
    cr_assert_eq(end.kind, JSON_OBJECT_END);
    cr_expect_eq(json_scan_skip(&scan, end), 0);
}

/* --- decoding --------------------------------------------------------------------- */

static void expect_decoded(const char *quoted, const char *bytes, size_t length)
{
    char *copy = exact_copy(quoted, strlen(quoted));
    size_t got = 0;
    char *decoded = json_string_decode(copy, strlen(quoted), &got);
    cr_assert_not_null(decoded);
    cr_expect_eq(got, length, "%s: %zu bytes", quoted, got);
    cr_expect(got == length && memcmp(decoded, bytes, length) == 0, "%s: %s", quoted, decoded);
    cr_expect_eq(decoded[got], '\0');
    free(decoded);
    free(copy);
}

#define DECODES(quoted, bytes) expect_decoded(quoted, bytes, sizeof(bytes) - 1)

Test(json_text, strings_are_decoded)
{
    DECODES("\"\"", "");
    DECODES("\"plain\"", "plain");
    DECODES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    DECODES("\"a\\u0000b\"", "a\0b");
    DECODES("\"\\u0041\\u00e9\\u20AC\\uFFFF\"", "A\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF");
    DECODES("\"\\u007f\\u0080\\u07ff\\u0800\"", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80");
    DECODES("\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80");
    DECODES("\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    DECODES("\"\xC3\xA9x\"", "\xC3\xA9x");
    DECODES("\"\\\\u0041\"", "\\u0041");
}

Test(json_text, half_a_surrogate_pair_is_replaced)
{
    DECODES("\"\\ud800\"", "\xEF\xBF\xBD");
    DECODES("\"\\udfff\"", "\xEF\xBF\xBD");
    DECODES("\"\\ud800x\"", "\xEF\xBF\xBDx");
    DECODES("\"\\ud800\\n\"", "\xEF\xBF\xBD\n");
    DECODES("\"\\ud800\\u0041\"", "\xEF\xBF\xBD"
                                  "A");
    DECODES("\"\\ude00\\ud83d\"", "\xEF\xBF\xBD\xEF\xBF\xBD");
    DECODES("\"\\ud83d\\ud83d\\ude00\"", "\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

/* Not tokens of the scanner, but a mistaken caller must not get more than a wrong string. */
Test(json_text, decoding_stays_inside_its_bytes)
{
    DECODES("", "");
    DECODES("\"\\u\\u\\u\\u\"", "uuuu");
    DECODES("\"\\u12\"", "u12");
    DECODES("\"\\ud83d\\ude\"", "\xEF\xBF\xBD"
                                "ude");
    DECODES("\"\\\"", "");
}

Test(json_text, decoding_does_not_need_the_length)
{
    char *decoded = json_string_decode("\"ab\"", 4, NULL);
    cr_assert_str_eq(decoded, "ab");
    free(decoded);
}
