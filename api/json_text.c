#include "api/json_text.h"

#include "api/json_plain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum expectation {
    EXPECT_VALUE, /* 0: how a scan begins */
    EXPECT_VALUE_OR_END,
    EXPECT_KEY,
    EXPECT_KEY_OR_END,
    EXPECT_COLON,
    EXPECT_COMMA_OR_END,
    EXPECT_NOTHING, /* the top value is complete */
    EXPECT_FAILED,
};

void json_scan_init(struct json_scan *scan, const char *text, size_t length)
{
    *scan = (struct json_scan){.text = text, .length = length, .expect = EXPECT_VALUE};
}

/* --- where the scan is ----------------------------------------------------- */

static int peek(const struct json_scan *scan)
{
    return scan->position < scan->length ? (unsigned char)scan->text[scan->position] : -1;
}

static bool accept(struct json_scan *scan, char wanted)
{
    if (peek(scan) != wanted)
        return false;
    scan->position++;
    return true;
}

static void skip_space(struct json_scan *scan)
{
    for (;;) {
        int byte = peek(scan);
        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t')
            return;
        scan->position++;
    }
}

static bool in_object(const struct json_scan *scan)
{
    unsigned level = (unsigned)scan->depth - 1;
    return scan->depth > 0 && (scan->in_object[level / 8] >> (level % 8) & 1) != 0;
}

static void enter(struct json_scan *scan, bool object)
{
    unsigned level = (unsigned)scan->depth++;
    unsigned bit = 1U << (level % 8);
    unsigned bits = scan->in_object[level / 8];
    scan->in_object[level / 8] = (unsigned char)(object ? bits | bit : bits & ~bit);
}

/* After a value: its container goes on, or the text is complete. */
static void value_ended(struct json_scan *scan)
{
    scan->expect = scan->depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
}

static struct json_token token_from(const struct json_scan *scan, enum json_kind kind, size_t start)
{
    return (struct json_token){
        .kind = kind,
        .start = start,
        .length = scan->position - start,
        .depth = scan->depth,
    };
}

/* The position is at the byte that does not belong. */
static struct json_token fail(struct json_scan *scan)
{
    scan->expect = EXPECT_FAILED;
    return token_from(scan, JSON_ERROR, scan->position);
}

/* --- strings ----------------------------------------------------------------- */

/* Bytes of the well-formed UTF-8 sequence (Unicode, table 3-7: no overlong forms, no surrogates,
   nothing above U+10FFFF) of two or more bytes at `at`, or 0. */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xBF;
    size_t length = 0;

    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0)
            second_min = 0xA0;
        if (lead == 0xED)
            second_max = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0)
            second_min = 0x90;
        if (lead == 0xF4)
            second_max = 0x8F;
    }
    if (length == 0 || length > left || at[1] < second_min || at[1] > second_max)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

/* Reads four hexadecimal digits that end before `end`. */
static bool read_hex4(const char *at, const char *end, uint32_t *unit)
{
    if (end - at < 4)
        return false;
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char digit = at[i];
        uint32_t nibble;
        if (digit >= '0' && digit <= '9')
            nibble = (uint32_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            nibble = (uint32_t)(digit - 'a') + 10;
        else if (digit >= 'A' && digit <= 'F')
            nibble = (uint32_t)(digit - 'A') + 10;
        else
            return false;
        value = value << 4 | nibble;
    }
    *unit = value;
    return true;
}

/* At a backslash. Lone surrogates pass: RFC 8259 (8.2) leaves them to the reader. */
static bool scan_escape(struct json_scan *scan)
{
    size_t left = scan->length - scan->position;
    const char *at = scan->text + scan->position;
    uint32_t unit;
    if (left >= 2 && at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL) {
        scan->position += 2;
        return true;
    }
    if (left >= 6 && at[1] == 'u' && read_hex4(at + 2, at + left, &unit)) {
        scan->position += 6;
        return true;
    }
    return false;
}

/* At the opening quote; ends behind the closing one. */
static bool scan_string(struct json_scan *scan)
{
    scan->position++;
    for (;;) {
        const char *at = scan->text + scan->position;
        size_t left = scan->length - scan->position;
        size_t plain = json_plain_run(at, left);
        scan->position += plain;
        if (plain == left)
            return false;
        unsigned char byte = (unsigned char)at[plain];
        if (byte == '"') {
            scan->position++;
            return true;
        }
        if (byte == '\\') {
            if (!scan_escape(scan))
                return false;
        } else if (byte >= 0x80) {
            size_t sequence = utf8_sequence((const unsigned char *)at + plain, left - plain);
            if (sequence == 0)
                return false;
            scan->position += sequence;
        } else if (byte < 0x20) {
            return false;
        } else { /* DEL */
            scan->position++;
        }
    }
}

/* --- the other scalars -------------------------------------------------------- */

static bool scan_digits(struct json_scan *scan)
{
    size_t start = scan->position;
    for (int byte = peek(scan); byte >= '0' && byte <= '9'; byte = peek(scan))
        scan->position++;
    return scan->position > start;
}

static bool scan_number(struct json_scan *scan)
{
    (void)accept(scan, '-');
    if (!accept(scan, '0') && !scan_digits(scan))
        return false;
    if (accept(scan, '.') && !scan_digits(scan))
        return false;
    if (accept(scan, 'e') || accept(scan, 'E')) {
        if (!accept(scan, '+'))
            (void)accept(scan, '-');
        return scan_digits(scan);
    }
    return true;
}

static bool scan_word(struct json_scan *scan, const char *word)
{
    size_t length = strlen(word);
    if (scan->length - scan->position < length ||
        memcmp(scan->text + scan->position, word, length) != 0)
        return false;
    scan->position += length;
    return true;
}

/* --- tokens --------------------------------------------------------------------- */

static struct json_token next_key(struct json_scan *scan)
{
    size_t start = scan->position;
    if (peek(scan) != '"' || !scan_string(scan))
        return fail(scan);
    scan->expect = EXPECT_COLON;
    return token_from(scan, JSON_KEY, start);
}

static struct json_token open_container(struct json_scan *scan, bool object)
{
    if (scan->depth >= JSON_DEPTH_MAX)
        return fail(scan);
    size_t start = scan->position++;
    struct json_token token =
        token_from(scan, object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN, start);
    enter(scan, object);
    scan->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return token;
}

static struct json_token close_container(struct json_scan *scan)
{
    bool object = in_object(scan);
    size_t start = scan->position++;
    scan->depth--;
    value_ended(scan);
    return token_from(scan, object ? JSON_OBJECT_END : JSON_ARRAY_END, start);
}

static struct json_token next_value(struct json_scan *scan)
{
    size_t start = scan->position;
    enum json_kind kind;
    bool well_formed;

    switch (peek(scan)) {
    case '{':
        return open_container(scan, true);
    case '[':
        return open_container(scan, false);
    case '"':
        kind = JSON_STRING;
        well_formed = scan_string(scan);
        break;
    case 't':
        kind = JSON_TRUE;
        well_formed = scan_word(scan, "true");
        break;
    case 'f':
        kind = JSON_FALSE;
        well_formed = scan_word(scan, "false");
        break;
    case 'n':
        kind = JSON_NULL;
        well_formed = scan_word(scan, "null");
        break;
    default:
        kind = JSON_NUMBER;
        well_formed = scan_number(scan);
        break;
    }
    if (!well_formed)
        return fail(scan);
    value_ended(scan);
    return token_from(scan, kind, start);
}

/* Behind a complete value inside a container. */
static struct json_token next_sibling(struct json_scan *scan)
{
    if (peek(scan) == (in_object(scan) ? '}' : ']'))
        return close_container(scan);
    if (!accept(scan, ','))
        return fail(scan);
    skip_space(scan);
    return in_object(scan) ? next_key(scan) : next_value(scan);
}

struct json_token json_scan_next(struct json_scan *scan)
{
    if (scan->expect == EXPECT_FAILED)
        return fail(scan);
    skip_space(scan);
    switch (scan->expect) {
    case EXPECT_VALUE_OR_END:
        return peek(scan) == ']' ? close_container(scan) : next_value(scan);
    case EXPECT_KEY_OR_END:
        return peek(scan) == '}' ? close_container(scan) : next_key(scan);
    case EXPECT_COLON:
        if (!accept(scan, ':'))
            return fail(scan);
        skip_space(scan);
        return next_value(scan);
    case EXPECT_COMMA_OR_END:
        return next_sibling(scan);
    case EXPECT_NOTHING:
        return peek(scan) < 0 ? token_from(scan, JSON_END, scan->position) : fail(scan);
    default:
        return next_value(scan);
    }
}

size_t json_scan_skip(struct json_scan *scan, struct json_token token)
{
    switch (token.kind) {
    case JSON_STRING:
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        return token.length;
    case JSON_OBJECT_BEGIN:
    case JSON_ARRAY_BEGIN:
        break;
    default:
        return 0;
    }
    for (;;) {
        struct json_token next = json_scan_next(scan);
        if (next.kind == JSON_ERROR || next.kind == JSON_END)
            return 0;
        bool closes = next.kind == JSON_OBJECT_END || next.kind == JSON_ARRAY_END;
        if (closes && next.depth == token.depth)
            return next.start + next.length - token.start;
    }
}

/* Behind the quote that opens a string. Returns where the one that closes it is. */
static size_t string_end(const char *text, size_t length, size_t at)
{
    for (;;) {
        at += json_plain_run(text + at, length - at);
        if (at >= length || text[at] == '"')
            return at;
        at += text[at] == '\\' && length - at > 1 ? 2 : 1;
    }
}

size_t json_scan_leap(struct json_scan *scan, struct json_token token)
{
    if (token.kind != JSON_OBJECT_BEGIN && token.kind != JSON_ARRAY_BEGIN)
        return json_scan_skip(scan, token);
    size_t at = scan->position;
    for (unsigned open = 1; open > 0; at++) {
        if (at >= scan->length) {
            scan->position = scan->length;
            scan->expect = EXPECT_FAILED;
            return 0;
        }
        char byte = scan->text[at];
        if (byte == '"')
            at = string_end(scan->text, scan->length, at + 1);
        else if (byte == '{' || byte == '[')
            open++;
        else if (byte == '}' || byte == ']')
            open--;
    }
    scan->position = at;
    scan->depth = token.depth;
    value_ended(scan);
    return at - token.start;
}

bool json_valid(const char *text, size_t length)
{
    struct json_scan scan;
    json_scan_init(&scan, text, length);
    for (;;) {
        enum json_kind kind = json_scan_next(&scan).kind;
        if (kind == JSON_END || kind == JSON_ERROR)
            return kind == JSON_END;
    }
}

/* --- decoding --------------------------------------------------------------------- */

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    return out;
}

/* Reads the hexadecimal digits behind `\u` and, for the first half of a surrogate pair, the escape
   of the second. Returns the bytes read, 0 when there are no digits; a half without its other half
   is U+FFFD. */
static size_t read_unicode_escape(const char *at, const char *end, uint32_t *code)
{
    enum { REPLACEMENT = 0xFFFD };
    uint32_t first;
    uint32_t second;
    if (!read_hex4(at, end, &first))
        return 0;
    *code = first;
    if (first < 0xD800 || first > 0xDFFF)
        return 4;
    if (first <= 0xDBFF && end - at >= 10 && at[4] == '\\' && at[5] == 'u' &&
        read_hex4(at + 6, end, &second) && second >= 0xDC00 && second <= 0xDFFF) {
        *code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return 10;
    }
    *code = REPLACEMENT;
    return 4;
}

static char unescaped(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter; /* the quote, the backslash and the slash stand for themselves */
    }
}

size_t json_string_step(const char *at, const char *end, char out[4], size_t *written)
{
    *written = 1;
    *out = *at;
    if (*at != '\\' || end - at < 2)
        return 1;
    uint32_t code = 0;
    size_t digits = at[1] == 'u' ? read_unicode_escape(at + 2, end, &code) : 0;
    if (digits > 0)
        *written = (size_t)(put_utf8(out, code) - out);
    else
        *out = unescaped(at[1]);
    return 2 + digits;
}

char *json_string_decode(const char *quoted, size_t quoted_length, size_t *length)
{
    /* No escape is shorter than what it stands for: the quotes' two bytes are room for the NUL. */
    char *decoded = malloc(quoted_length + 1);
    if (decoded == NULL)
        return NULL;
    char *out = decoded;
    const char *at = quoted + (quoted_length >= 2);
    const char *end = quoted + quoted_length - (quoted_length >= 2);

    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (end - at < 2)
            break;
        size_t written;
        at += json_string_step(at, end, out, &written);
        out += written;
    }
    *out = '\0';
    if (length != NULL)
        *length = (size_t)(out - decoded);
    return decoded;
}
