/*
 * Masking: what is hidden is hidden, and nothing else is touched.
 *
 * A secret of known text is planted beside the input under names that are hidden; it never comes
 * out, whatever stands around it. Outside of what is hidden a copy has the bytes as they were, JSON
 * stays JSON, and no mask leaves a part of a value to be found again. A copy of a copy may hide
 * more: a name with a mask in it (`x&email=***`) may end in another word than before, and a value
 * in which one took the place of blanks (`a=+1 202 555 0123;email=x`) is a longer one; but then it
 * hides whole values.
 */
#include "tests/fuzz/fuzz.h"

#include "api/json_text.h"
#include "api/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "Zq9Planted7"

static void check_spans(const char *text, size_t length, const struct redact_spans *spans)
{
    size_t at = 0;
    for (size_t i = 0; i < spans->count; i++) {
        const struct redact_span *span = &spans->items[i];
        FUZZ_CHECK(span->start >= at && span->length > 0 && span->start < length &&
                   span->length <= length - span->start);
        FUZZ_CHECK(span->kind > REDACT_NONE && span->kind <= REDACT_SECRET && span->quotes <= 2);
        at = span->start + span->length;
        FUZZ_CHECK(redact_span_at(spans, span->start) == span &&
                   redact_span_at(spans, at - 1) == span);
    }
    FUZZ_CHECK(redact_span_at(spans, at) == NULL);
    (void)text;
}

/* The copy is the text with a mask, in the quotes that it needs, for every span. */
static void check_copied(const char *text, size_t length, const struct redact_spans *spans,
                         const char *copy, size_t copy_length)
{
    static const char *const masks[] = {REDACT_MASK, "\"" REDACT_MASK "\"",
                                        "\\\"" REDACT_MASK "\\\""};
    size_t at = 0, out = 0;
    for (size_t i = 0; i <= spans->count; i++) {
        const struct redact_span *span = i < spans->count ? &spans->items[i] : NULL;
        size_t kept = (span != NULL ? span->start : length) - at;
        FUZZ_CHECK(kept <= copy_length - out && memcmp(copy + out, text + at, kept) == 0);
        out += kept;
        if (span == NULL)
            break;
        size_t mask = strlen(masks[span->quotes]);
        FUZZ_CHECK(mask <= copy_length - out && memcmp(copy + out, masks[span->quotes], mask) == 0);
        out += mask;
        at = span->start + span->length;
    }
    FUZZ_CHECK(out == copy_length && copy[out] == '\0');
}

/* JSON's own, within a string as well, and those of queries. */
static bool is_around_values(char c)
{
    return strchr("\"'{}[]:, \t\r\n\\=&?;#<>", c) != NULL;
}

static bool begins_value(const char *text, size_t at)
{
    return at == 0 || is_around_values(text[at - 1]);
}

static bool ends_value(const char *text, size_t length, size_t at)
{
    return at == length || is_around_values(text[at]);
}

/* Of what is hidden in a copy, each mask is all or none, or in a value that is hidden whole. */
static void check_masks(const char *copy, size_t length, enum redact_syntax syntax)
{
    static const size_t mask = sizeof REDACT_MASK - 1;
    struct redact_spans spans;
    FUZZ_CHECK(redact_find(copy, length, syntax, &spans));
    for (size_t i = 0; i < spans.count; i++) {
        size_t start = spans.items[i].start;
        size_t end = start + spans.items[i].length;
        bool exact = end - start == mask && memcmp(copy + start, REDACT_MASK, mask) == 0;
        if (!exact && memmem(copy + start, end - start, REDACT_MASK, mask) != NULL)
            FUZZ_CHECK(begins_value(copy, start) && ends_value(copy, length, end));
    }
    redact_spans_clear(&spans);
}

static void check_text(const char *text, size_t length, enum redact_syntax syntax)
{
    struct redact_spans spans;
    size_t copy_length, hidden, again_length;
    FUZZ_CHECK(redact_find(text, length, syntax, &spans));
    check_spans(text, length, &spans);
    char *copy = redact_copy(text, length, syntax, &copy_length, &hidden);
    FUZZ_CHECK(copy != NULL && hidden == spans.count);
    check_copied(text, length, &spans, copy, copy_length);
    FUZZ_CHECK(syntax != REDACT_JSON_OR_TEXT || !json_valid(text, length) ||
               json_valid(copy, copy_length));
    char *again = redact_copy(copy, copy_length, syntax, &again_length, NULL);
    FUZZ_CHECK(again != NULL);
    bool same = again_length == copy_length && memcmp(again, copy, copy_length) == 0;
    if (!same && memmem(text, length, REDACT_MASK, strlen(REDACT_MASK)) == NULL)
        check_masks(copy, copy_length, syntax);
    free(again);
    free(copy);
    redact_spans_clear(&spans);
}

/* The input is a value, or the members before. */
static void check_planted(const char *text, size_t length, unsigned char which)
{
    static const struct {
        const char *before, *after;
    } forms[] = {
        {"{\"a\":", ",\"account_number\":\"" SECRET "\"}"},
        {"{\"first_name\":{\"b\":", ",\"c\":[\"" SECRET "\"]}}"},
        {"[", ",{\"event_object_changes\":{\"email\":[\"" SECRET "\",null]}}]"},
        {"{\"iban\":\"" SECRET "\",\"z\":", "}"},
        {"{\"email\":\"" SECRET "\"", ""}, /* it need not be JSON */
        {"{\"a\":1,\"address\":{\"x\":\"" SECRET "\"}}", ""},
    };
    enum { FORMS = sizeof forms / sizeof *forms, BROKEN = 4 };
    size_t form = which % FORMS;
    if (memchr(text, '\0', length) != NULL || (form < BROKEN && !json_valid(text, length)) ||
        memmem(text, length, SECRET, strlen(SECRET)) != NULL)
        return;
    char *whole = NULL;
    int whole_length =
        asprintf(&whole, "%s%.*s%s", forms[form].before, (int)length, text, forms[form].after);
    FUZZ_CHECK(whole_length > 0);
    size_t copy_length;
    char *copy = redact_copy(whole, (size_t)whole_length, REDACT_JSON_OR_TEXT, &copy_length, NULL);
    FUZZ_CHECK(copy != NULL && memmem(copy, copy_length, SECRET, strlen(SECRET)) == NULL);
    free(copy);
    free(whole);
}

static void check_header(const char *name, const char *value)
{
    char *masked = redact_header_value(name, value);
    FUZZ_CHECK(masked != NULL);
    char *again = redact_header_value(name, masked);
    FUZZ_CHECK(again != NULL);
    if (strcmp(again, masked) != 0 && strstr(value, REDACT_MASK) == NULL)
        check_masks(masked, strlen(masked), REDACT_PLAIN_TEXT);
    free(again);
    free(masked);
    masked = redact_header_value("Authorization", value);
    FUZZ_CHECK(masked != NULL && (value[0] == '\0' || strcmp(masked, REDACT_MASK) == 0));
    free(masked);
}

static void check_target(const char *target)
{
    char *masked = redact_target(target);
    FUZZ_CHECK(masked != NULL);
    char *again = redact_target(masked);
    FUZZ_CHECK(again != NULL);
    if (strcmp(again, masked) != 0 && strstr(target, REDACT_MASK) == NULL)
        check_masks(masked, strlen(masked), REDACT_PLAIN_TEXT);
    free(again);
    free(masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    unsigned char which = fuzz_byte(&input);
    size_t text_length;
    const char *text = fuzz_part(&input, &text_length);
    check_text(text, text_length, REDACT_JSON_OR_TEXT);
    check_text(text, text_length, REDACT_PLAIN_TEXT);
    check_planted(text, text_length, which);
    const char *name = fuzz_string(&input);
    const char *value = fuzz_string(&input);
    FUZZ_CHECK(redact_name_kind(name, strlen(name)) <= REDACT_SECRET);
    check_header(name, value);
    check_target(value);
    fuzz_end(&input);
    return 0;
}
