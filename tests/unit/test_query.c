#include "api/query.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW_MS INT64_C(1714672099465) /* 2024-05-02T17:48:19.465Z */

static struct query query; /* large */

static void utc(void)
{
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    tzset();
}

TestSuite(query, .init = utc);

static void parse(const char *text, enum query_scope scope)
{
    struct query_error error;
    bool parsed = query_parse(text, strlen(text), scope, NOW_MS, &query, &error);
    cr_assert(parsed, "%s: %s", text, error.message);
    cr_assert_eq(error.message[0], '\0');
}

/* --- one arrival to hold queries against --------------------------------------- */

static bool matches(const char *text)
{
    static const char body[] = "{\"event_object\":{\"amount\":\"12.50\",\"name\":\"ACME Ltd\"}}";
    const struct query_text texts[] = {query_text_of("transfer.updated"), query_text_of(body)};
    struct query_subject subject = {
        .fields = {[QUERY_TYPE] = query_text_of("transfer.updated"),
                   [QUERY_STATUS] = query_text_of("payment_processed"),
                   [QUERY_ENDPOINT] = query_text_of("wep_1"),
                   [QUERY_PATH] = query_text_of("/hooks/one"),
                   [QUERY_OBJECT] = query_text_of(NULL)},
        .texts = texts,
        .text_count = 2,
        .answer = 400,
        .size = 1300,
        .verdict = VERDICT_WRONG_SIGNATURE,
        .time_ms = NOW_MS - INT64_C(3600) * 1000,
    };
    parse(text, QUERY_ARRIVALS);
    return query_matches(&query, &subject);
}

Test(query, finds)
{
    static const char *const texts[] = {
        "",
        "   ",
        "amount",
        "AMOUNT acme",
        "\"acme ltd\"",
        "\"acme ltd",
        "!bitcoin",
        "!\"acme  ltd\"",
        "type:transfer",
        "TYPE:Transfer",
        "type:customer,transfer",
        "type:\"transfer.upd\"",
        "!type:customer",
        "status:payment_processed",
        "endpoint:wep_1 path:/hooks",
        "!verified",
        "verdict:not-genuine",
        "verdict:stale,not_genuine",
        "verdict:\"not genuine\"",
        "!verdict:verified",
        "!\"verified\"", /* the word is nowhere */
        "answer:400",
        "answer:4xx",
        "answer:>=400",
        "answer:<401",
        "!answer:200",
        "size:>1kB",
        "size:>=1300",
        "size:<2k",
        "size:1300b",
        "since:2h",
        "since:1h",
        "since:1h30m",
        "until:30m",
        "since:today",
        "since:16:00",
        "until:16:48",
        "since:2024-05-02",
        "until:2024-05-02",
        "since:2024-05-02T16:48",
        "since:2024-05-02T16:48:19Z until:2024-05-02T16:48:19Z",
        "!since:10min",
        "!object:x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect(matches(texts[i]), "%s", texts[i]);
}

Test(query, passes_over)
{
    static const char *const texts[] = {
        "bitcoin",
        "!amount",
        "amount bitcoin",
        "\"ltd acme\"",
        "type:customer",
        "type:acme",
        "!type:customer,transfer",
        "status:processed_payment",
        "verified",
        "\"verified\"",
        "verdict:stale",
        "verdict:verified",
        "answer:200",
        "answer:5xx",
        "answer:<400",
        "size:<1300",
        "since:30m",
        "until:2h",
        "until:yesterday",
        "since:2024-05-03",
        "until:2024-05-01",
        "since:2024-05-02T16:49",
        "until:2024-05-02T16:47",
        "object:x",
        "reason:x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect_not(matches(texts[i]), "%s", texts[i]);
}

Test(query, dates_are_local_unless_they_say_otherwise)
{
    cr_assert_eq(setenv("TZ", "Etc/GMT-2", 1), 0); /* two hours ahead */
    tzset();
    parse("since:2024-05-02T10:00", QUERY_ARRIVALS);
    cr_expect_eq(query.terms[0].low, INT64_C(1714636800000));
    parse("since:2024-05-02T10:00Z", QUERY_ARRIVALS);
    cr_expect_eq(query.terms[0].low, INT64_C(1714644000000));
    parse("until:2024-05-02", QUERY_ARRIVALS);
    cr_expect_eq(query.terms[0].high, INT64_C(1714687200000) - 1);
}

Test(query, what_has_no_time_is_not_before_any)
{
    struct query_subject subject = {.time_ms = -1};
    parse("until:1h", QUERY_UPCOMING);
    cr_expect_not(query_matches(&query, &subject));
    parse("!until:1h", QUERY_UPCOMING);
    cr_expect(query_matches(&query, &subject));
}

Test(query, a_status_of_the_delivery_log_is_a_number_or_a_word)
{
    struct query_subject subject = {.fields[QUERY_STATUS] = query_text_of("timeout")};
    parse("status:timeout", QUERY_DELIVERIES);
    cr_expect(query_matches(&query, &subject));
    parse("status:<400", QUERY_DELIVERIES);
    cr_expect_not(query_matches(&query, &subject));
    subject.fields[QUERY_STATUS] = query_text_of("502");
    subject.answer = 502;
    parse("status:5xx", QUERY_DELIVERIES);
    cr_expect(query_matches(&query, &subject));
    parse("status:502", QUERY_DELIVERIES);
    cr_expect(query_matches(&query, &subject));
    parse("!status:200", QUERY_DELIVERIES);
    cr_expect(query_matches(&query, &subject));
}

Test(query, words_keep_what_is_no_field)
{
    static const struct {
        const char *text;
        const char *word;
    } cases[] = {{"https://a.example", "https://a.example"},
                 {"12:30", "12:30"},
                 {"a,b", "a,b"},
                 {":x", ":x"},
                 {"\"type:transfer\"", "type:transfer"},
                 {"\"a \\\"b\\\" c\\\\\"", "a \"b\" c\\"},
                 {"ab\"c d\"e", "abc de"},
                 {"\\x", "\\x"},
                 {"!!x", "!x"},
                 {"\xff\xc3\xbc", "\xff\xc3\xbc"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parse(cases[i].text, QUERY_ARRIVALS);
        cr_assert_eq(query.count, 1u, "%s", cases[i].text);
        struct query_text word = query_value(&query, &query.terms[0], 0);
        cr_expect_eq(query.terms[0].field, QUERY_WORD);
        cr_expect_eq(word.length, strlen(cases[i].word), "%s", cases[i].text);
        cr_expect_eq(memcmp(word.bytes, cases[i].word, word.length), 0, "%s", cases[i].text);
    }
}

/* --- errors ------------------------------------------------------------------------- */

Test(query, says_what_is_wrong_where)
{
    static const struct {
        const char *text;
        enum query_scope scope;
        size_t start, length;
        const char *words;
    } cases[] = {
        {"a stat:x", QUERY_ARRIVALS, 2, 4, "unknown field stat: did you mean status?"},
        {"!tpye:x", QUERY_ARRIVALS, 1, 4, "did you mean type?"},
        {"verdct:x", QUERY_ARRIVALS, 0, 6, "did you mean verdict?"},
        {"zzz:bar", QUERY_ARRIVALS, 0, 3, "unknown field zzz: there are type category"},
        {"verdict:stale", QUERY_DELIVERIES, 0, 7, "this pane has no verdict: there are type"},
        {"url:x", QUERY_ARRIVALS, 0, 3, "this pane has no url"},
        {"type:", QUERY_ARRIVALS, 0, 5, "type wants a word"},
        {"x !type:,,", QUERY_ARRIVALS, 2, 8, "type wants a word"},
        {"since:soon", QUERY_ARRIVALS, 0, 10,
         "since wants a span like 2h, or a date like 2026-11-20"},
        {"since:", QUERY_ARRIVALS, 0, 6, "since wants"},
        {"since:2h,3h", QUERY_ARRIVALS, 0, 11, "since wants"},
        {"until:2024-02-30", QUERY_ARRIVALS, 0, 16, "until wants"},
        {"since:25:00", QUERY_ARRIVALS, 0, 11, "since wants"},
        {"since:999999999w", QUERY_ARRIVALS, 0, 16, "since wants"},
        {"since:0s", QUERY_ARRIVALS, 0, 8, "since wants"},
        {"answer:ok", QUERY_ARRIVALS, 0, 9, "answer wants a status"},
        {"answer:2000", QUERY_ARRIVALS, 0, 11, "answer wants"},
        {"answer:700", QUERY_ARRIVALS, 0, 10, "answer wants"},
        {"answer:9xx", QUERY_ARRIVALS, 0, 10, "answer wants"},
        {"size:big", QUERY_ARRIVALS, 0, 8, "size wants a size"},
        {"size:>9999999999", QUERY_ARRIVALS, 0, 16, "size wants"},
        {"verdict:good", QUERY_ARRIVALS, 0, 12, "verdict wants a verdict like verified"},
        {"a !", QUERY_ARRIVALS, 2, 1, "! wants a word"},
        {"\"\"", QUERY_ARRIVALS, 0, 2, "nothing between the quotes"},
        {"type:a,b,c,d,e,f,g,h,i", QUERY_ARRIVALS, 0, 22, "too many values"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa:x", QUERY_ARRIVALS, 0, 29, "unknown field"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct query_error error;
        cr_expect_not(query_parse(cases[i].text, strlen(cases[i].text), cases[i].scope, NOW_MS,
                                  &query, &error),
                      "%s", cases[i].text);
        cr_expect_eq(error.start, cases[i].start, "%s: at %zu", cases[i].text, error.start);
        cr_expect_eq(error.length, cases[i].length, "%s: %zu long", cases[i].text, error.length);
        cr_expect(strstr(error.message, cases[i].words) != NULL, "%s: %s", cases[i].text,
                  error.message);
        cr_expect_eq(query.count, 0u);
    }
}

Test(query, terms_are_bounded)
{
    char text[QUERY_TEXT_MAX + 2];
    struct query_error error;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? 'x' : ' ';
    cr_expect(
        query_parse(text, 2 * (size_t)QUERY_TERMS_MAX, QUERY_ARRIVALS, NOW_MS, &query, &error));
    cr_expect_eq(query.count, (size_t)QUERY_TERMS_MAX);
    cr_expect_not(
        query_parse(text, 2 * (size_t)QUERY_TERMS_MAX + 1, QUERY_ARRIVALS, NOW_MS, &query, &error));
    cr_expect_str_eq(error.message, "too many terms");
    memset(text, 'x', sizeof text);
    cr_expect(query_parse(text, QUERY_TEXT_MAX, QUERY_ARRIVALS, NOW_MS, &query, &error));
    cr_expect_not(query_parse(text, QUERY_TEXT_MAX + 1, QUERY_ARRIVALS, NOW_MS, &query, &error));
    cr_expect_eq(error.start, (size_t)QUERY_TEXT_MAX);
}

/* Every example of the table is what it says. */
Test(query, examples_parse_in_their_panes)
{
    for (size_t i = 0; i < QUERY_FIELDS_COUNT; i++)
        for (unsigned scope = QUERY_ENDPOINTS; scope <= QUERY_ARRIVALS; scope <<= 1)
            if ((QUERY_FIELDS[i].scopes & scope) != 0)
                parse(QUERY_FIELDS[i].example, (enum query_scope)scope);
}

/* Any bytes are a query, or an error within the text: read to the end of neither. */
Test(query, takes_any_bytes)
{
    static const char alphabet[] = "!\":\\, \tatype:since:2hsize:>kverdict:\xff\xc3\x00\x1b-";
    unsigned random = 12345;
    for (int round = 0; round < 100000; round++) {
        char text[24];
        random = random * 1103515245u + 12345u;
        size_t length = random / 65536u % sizeof text;
        for (size_t i = 0; i < length; i++) {
            random = random * 1103515245u + 12345u;
            text[i] = alphabet[random / 65536u % (sizeof alphabet - 1)];
        }
        struct query_error error;
        char *exact = malloc(length + 1); /* for the address sanitizer */
        memcpy(exact, text, length);
        enum query_scope scope = (enum query_scope)(1 << round % 4);
        struct query_subject subject = {.time_ms = NOW_MS};
        if (query_parse(exact, length, scope, NOW_MS, &query, &error))
            (void)query_matches(&query, &subject);
        else
            cr_assert(error.length > 0 && error.start + error.length <= length &&
                      error.message[0] != '\0');
        free(exact);
    }
}

Test(query, finding_stays_within_its_text)
{
    size_t at;
    struct query_text text = {"xxabAB", 4};
    cr_expect(query_find(text, 0, query_text_of("ab"), &at) && at == 2);
    cr_expect_not(query_find(text, 3, query_text_of("ab"), &at));
    cr_expect_not(query_find(text, 0, query_text_of("xxaba"), &at));
    cr_expect_not(query_find(text, 0, query_text_of(""), &at));
    cr_expect_not(query_find(query_text_of(NULL), 0, query_text_of("a"), &at));
    cr_expect(query_find(query_text_of("A\xc3\x9c"), 0, query_text_of("a\xc3\x9c"), &at));
}
