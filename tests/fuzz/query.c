/*
 * The filter language: a query that is printed and read again is the same, an error says where it
 * is, and what matches is what its terms say one by one.
 */
#include "tests/fuzz/fuzz.h"

#include "api/contract.h"
#include "api/delivery_query.h"
#include "api/query.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NOW_S = 1714672099 };
static const int64_t NOW_MS = (int64_t)NOW_S * 1000 + 465;

static const enum query_scope SCOPES[] = {QUERY_ENDPOINTS, QUERY_UPCOMING, QUERY_DELIVERIES,
                                          QUERY_ARRIVALS};

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    (void)setenv("TZ", "UTC", 1); /* dates are local */
    tzset();
    return 0;
}

/* --- printing ----------------------------------------------------------------- */

struct text {
    char bytes[8 * QUERY_TEXT_MAX];
    size_t length;
};

static void put(struct text *to, const char *bytes, size_t length)
{
    FUZZ_CHECK(length < sizeof to->bytes - to->length);
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

static void put_string(struct text *to, const char *string)
{
    put(to, string, strlen(string));
}

static void put_quoted(struct text *to, struct query_text value)
{
    put_string(to, "\"");
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] == '"' || value.bytes[i] == '\\')
            put_string(to, "\\");
        put(to, value.bytes + i, 1);
    }
    put_string(to, "\"");
}

static const char *field_name(enum query_field field, enum query_scope scope)
{
    if (field == QUERY_ANSWER && scope == QUERY_DELIVERIES)
        return "status";
    for (size_t i = 0; i < QUERY_FIELDS_COUNT; i++)
        if (QUERY_FIELDS[i].field == field)
            return QUERY_FIELDS[i].name;
    fuzz_failed(__FILE__, __LINE__, "a term's field is one of the table");
}

/* Statuses are those that there are; sizes beyond a billion are written in kB or MB. False where a
   bound has no such form. */
static bool put_bound(struct text *to, const char *comparison, int64_t bound, bool status)
{
    static const char *const units[] = {"", "kB", "MB"};
    char number[64];
    if (status && (bound < 100 || bound > 599))
        return false;
    for (size_t unit = 0; unit < 3 && bound >= 0; unit++, bound /= 1000) {
        if (bound <= 1000000000) {
            (void)snprintf(number, sizeof number, "%s%" PRId64 "%s", comparison, bound,
                           units[unit]);
            put_string(to, number);
            return true;
        }
        if (bound % 1000 != 0)
            return false;
    }
    return false;
}

/* False for what has no form of its own: moments that are no whole second. */
static bool put_range(struct text *to, const struct query_term *term)
{
    bool status = term->field == QUERY_ANSWER;
    if (term->field == QUERY_TIME)
        return false;
    if (term->low == term->high)
        return put_bound(to, "", term->low, status);
    if (status && term->low % 100 == 0 && term->high == term->low + 99) {
        char hundreds[8];
        (void)snprintf(hundreds, sizeof hundreds, "%dxx", (int)(term->low / 100));
        put_string(to, hundreds);
        return true;
    }
    if (term->high == INT64_MAX)
        return put_bound(to, ">=", term->low, status) || put_bound(to, ">", term->low - 1, status);
    return put_bound(to, "<=", term->high, status) || put_bound(to, "<", term->high + 1, status);
}

static void put_verdicts(struct text *to, unsigned verdicts)
{
    const char *comma = "";
    for (enum verdict verdict = VERDICT_GENUINE; verdict <= VERDICT_FUTURE; verdict++) {
        if ((verdicts >> verdict & 1) == 0)
            continue;
        put_string(to, comma);
        put_quoted(to, query_text_of(verdict_name(verdict)));
        comma = ",";
    }
}

static bool put_term(struct text *to, const struct query *query, const struct query_term *term,
                     enum query_scope scope)
{
    if (term->inverted)
        put_string(to, "!");
    if (term->field != QUERY_WORD) {
        put_string(to, field_name(term->field, scope));
        put_string(to, ":");
    }
    if (term->kind == QUERY_IS_RANGE)
        return put_range(to, term);
    if (term->kind == QUERY_IS_VERDICT) {
        put_verdicts(to, term->verdicts);
        return true;
    }
    for (size_t i = 0; i < term->any_count; i++) {
        if (i > 0)
            put_string(to, ",");
        put_quoted(to, query_value(query, term, i));
    }
    return true;
}

static bool same_value(struct query_text one, struct query_text other)
{
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

static void check_printed(const struct query *query, enum query_scope scope)
{
    static struct text text;
    static struct query again;
    struct query_error error;
    text.length = 0;
    for (size_t i = 0; i < query->count; i++) {
        put_string(&text, " ");
        if (!put_term(&text, query, &query->terms[i], scope))
            return;
    }
    if (text.length > QUERY_TEXT_MAX)
        return;
    FUZZ_CHECK(query_parse(text.bytes, text.length, scope, NOW_MS, &again, &error));
    FUZZ_CHECK(again.count == query->count);
    for (size_t i = 0; i < query->count; i++) {
        const struct query_term *one = &query->terms[i], *other = &again.terms[i];
        FUZZ_CHECK(one->field == other->field && one->kind == other->kind &&
                   one->inverted == other->inverted && one->verdicts == other->verdicts);
        if (one->kind == QUERY_IS_RANGE)
            FUZZ_CHECK(one->low == other->low && one->high == other->high);
        if (one->kind != QUERY_IS_TEXT)
            continue;
        FUZZ_CHECK(one->any_count == other->any_count);
        for (size_t n = 0; n < one->any_count; n++)
            FUZZ_CHECK(same_value(query_value(query, one, n), query_value(&again, other, n)));
    }
}

/* --- what it means ----------------------------------------------------------------- */

static int small(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* The plainest search there is. */
static bool stands_in(struct query_text text, struct query_text needle)
{
    for (size_t at = 0; text.bytes != NULL && needle.length <= text.length &&
                        at <= text.length - needle.length && needle.length > 0;
         at++) {
        size_t i = 0;
        while (i < needle.length && small(text.bytes[at + i]) == needle.bytes[i])
            i++;
        if (i == needle.length)
            return true;
    }
    return false;
}

static bool term_holds(const struct query *query, const struct query_term *term,
                       const struct query_subject *subject)
{
    bool holds = false;
    int64_t number = term->field == QUERY_ANSWER ? subject->answer
                     : term->field == QUERY_SIZE ? subject->size
                                                 : subject->time_ms;
    if (term->kind == QUERY_IS_RANGE)
        holds = number >= term->low && number <= term->high;
    else if (term->kind == QUERY_IS_VERDICT)
        holds = (term->verdicts >> subject->verdict & 1) != 0;
    else if (term->field == QUERY_WORD)
        for (size_t i = 0; i < subject->text_count; i++)
            holds = holds || stands_in(subject->texts[i], query_value(query, term, 0));
    else
        for (size_t i = 0; i < term->any_count; i++)
            holds = holds || stands_in(subject->fields[term->field], query_value(query, term, i));
    return holds != term->inverted;
}

static void check_matches(const struct query *query, const struct query_subject *subject)
{
    bool all = true;
    for (size_t i = 0; i < query->count; i++) {
        bool holds = term_holds(query, &query->terms[i], subject);
        FUZZ_CHECK(query_term_holds(query, &query->terms[i], subject) == holds);
        all = all && holds;
    }
    FUZZ_CHECK(query_matches(query, subject) == all);
}

static void check_find(struct query_text text, const struct query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        if (query->terms[i].any_count == 0)
            continue;
        size_t at = 0;
        struct query_text needle = query_value(query, &query->terms[i], 0);
        bool found = query_find(text, 0, needle, &at);
        FUZZ_CHECK(found == stands_in(text, needle));
        FUZZ_CHECK(!found || (at <= text.length && needle.length <= text.length - at));
    }
}

static void check_parsed(const struct query *query, size_t length)
{
    FUZZ_CHECK(query->count <= QUERY_TERMS_MAX && query->length <= length);
    for (size_t i = 0; i < query->count; i++) {
        const struct query_term *term = &query->terms[i];
        FUZZ_CHECK(term->any_count <= QUERY_ANY_MAX);
        FUZZ_CHECK(term->kind != QUERY_IS_TEXT || term->any_count > 0);
        for (size_t n = 0; n < term->any_count; n++)
            FUZZ_CHECK(term->any[n].length > 0 && term->any[n].at <= query->length &&
                       term->any[n].length <= query->length - term->any[n].at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct query query;
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    enum query_scope scope = SCOPES[fuzz_byte(&input) % 4];
    size_t text_length;
    const char *text = fuzz_part(&input, &text_length);
    struct query_error error = {.start = SIZE_MAX};
    if (query_parse(text, text_length, scope, NOW_MS, &query, &error)) {
        FUZZ_CHECK(text_length <= QUERY_TEXT_MAX);
        check_parsed(&query, text_length);
        check_printed(&query, scope);
        struct delivery delivery = {.received_ms = NOW_MS - fuzz_byte(&input) * 60000,
                                    .verdict = fuzz_byte(&input) % (VERDICT_FUTURE + 1),
                                    .answer_status = fuzz_byte(&input) * 4};
        delivery.event_type = (char *)fuzz_string(&input);
        delivery.target = (char *)fuzz_string(&input);
        delivery.reason = (char *)fuzz_string(&input);
        delivery.body = (char *)fuzz_part(&input, &delivery.body_length);
        struct delivery_subject subject;
        delivery_subject(&delivery, &subject);
        check_matches(&query, &subject.subject);
        check_find((struct query_text){delivery.body, delivery.body_length}, &query);
    } else {
        FUZZ_CHECK(query.count == 0 && error.message[0] != '\0');
        FUZZ_CHECK(error.start <= text_length && error.length <= text_length - error.start);
        FUZZ_CHECK(fuzz_is_utf8(error.message, strlen(error.message)));
    }
    fuzz_end(&input);
    return 0;
}
