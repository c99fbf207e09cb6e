#include "api/json_rewrite.h"

#include "api/json_text.h"

#include <stdint.h>
#include <string.h>

struct writer {
    struct json_form form;
    struct buffer *to;
};

/* --- strings ---------------------------------------------------------------- */

static uint32_t code_point(const char *utf8, size_t length)
{
    static const unsigned char LEAD[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)utf8[0] & LEAD[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)utf8[i] & 0x3f);
    return code;
}

static void write_unicode(struct buffer *to, uint32_t code)
{
    enum { BEYOND = 0x10000, HIGH = 0xd800, LOW = 0xdc00 };
    if (code < BEYOND)
        buffer_printf(to, "\\u%04x", code);
    else
        buffer_printf(to, "\\u%04x\\u%04x", HIGH + ((code - BEYOND) >> 10),
                      LOW + ((code - BEYOND) & 0x3ff));
}

/* The short escape of a character that must have one, or 0. */
static char short_escape(uint32_t code)
{
    static const char OF[] = "\b\f\n\r\t\"\\", AS[] = "bfnrt\"\\";
    const char *at = code != 0 && code < 0x80 ? strchr(OF, (int)code) : NULL;
    if (at == NULL)
        return '\0';
    return AS[at - OF];
}

static bool needs_unicode(enum json_escapes escapes, uint32_t code)
{
    if (code < 0x20)
        return true;
    if (escapes == JSON_ESCAPES_ASCII || escapes == JSON_ESCAPES_SLASH)
        return code > 0x7e;
    return escapes == JSON_ESCAPES_HTML &&
           (code == '<' || code == '>' || code == '&' || code == 0x2028 || code == 0x2029);
}

/* A lone half of a surrogate pair has no UTF-8: its escape is kept. */
static bool is_lone_half(const char *at, size_t step, const char *utf8, size_t written)
{
    static const char REPLACEMENT[] = "\xef\xbf\xbd";
    return step == 6 && at[0] == '\\' && (at[2] == 'd' || at[2] == 'D') &&
           written == sizeof REPLACEMENT - 1 && memcmp(utf8, REPLACEMENT, written) == 0;
}

static void write_character(struct writer *writer, const char *at, size_t step, const char *utf8,
                            size_t length)
{
    uint32_t code = code_point(utf8, length);
    char escape = short_escape(code);
    if (is_lone_half(at, step, utf8, length))
        buffer_append(writer->to, at, step);
    else if (escape != '\0')
        buffer_printf(writer->to, "\\%c", escape);
    else if (code == '/' && writer->form.escapes == JSON_ESCAPES_SLASH)
        buffer_append_string(writer->to, "\\/");
    else if (needs_unicode(writer->form.escapes, code))
        write_unicode(writer->to, code);
    else
        buffer_append(writer->to, utf8, length);
}

static bool is_plain(char byte)
{
    return ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == ' ');
}

static void write_string(struct writer *writer, const char *quoted, size_t length)
{
    const char *at = quoted + 1, *end = quoted + length - 1;
    if (writer->form.escapes == JSON_ESCAPES_AS_SENT) {
        buffer_append(writer->to, quoted, length);
        return;
    }
    buffer_append(writer->to, "\"", 1);
    while (at < end && !writer->to->failed) {
        size_t run = 0;
        char utf8[4];
        while (at + run < end && is_plain(at[run]))
            run++;
        if (run > 0) {
            buffer_append(writer->to, at, run);
            at += run;
            continue;
        }
        /* json_string_step() goes byte by byte where nothing is escaped. */
        size_t step = 1, written = 1;
        utf8[0] = *at;
        if (*at == '\\') {
            step = json_string_step(at, end, utf8, &written);
        } else if ((unsigned char)*at >= 0xc0) {
            unsigned char lead = (unsigned char)*at;
            step = written = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
            memcpy(utf8, at, step); /* the scanner has seen that it is UTF-8 */
        }
        write_character(writer, at, step, utf8, written);
        at += step;
    }
    buffer_append(writer->to, "\"", 1);
}

/* --- numbers ----------------------------------------------------------------- */

/* With an exponent a number stays as it is. */
static void write_number(struct writer *writer, const char *text, size_t length)
{
    const char *point = memchr(text, '.', length);
    bool shorten = writer->form.numbers == JSON_NUMBERS_SHORT && point != NULL &&
                   memchr(text, 'e', length) == NULL && memchr(text, 'E', length) == NULL;
    while (shorten && text[length - 1] == '0')
        length--;
    if (shorten && text[length - 1] == '.')
        length--;
    buffer_append(writer->to, text, length);
}

/* --- layout -------------------------------------------------------------------- */

static int indent_of(enum json_layout layout)
{
    switch (layout) {
    case JSON_LAYOUT_INDENT_2:
        return 2;
    case JSON_LAYOUT_INDENT_4:
        return 4;
    case JSON_LAYOUT_TAB:
        return 1;
    default:
        return 0;
    }
}

static void new_line(struct writer *writer, int depth)
{
    int count = depth * indent_of(writer->form.layout);
    if (count == 0 && indent_of(writer->form.layout) == 0)
        return;
    buffer_append(writer->to, "\n", 1);
    for (int i = 0; i < count; i++)
        buffer_append(writer->to, writer->form.layout == JSON_LAYOUT_TAB ? "\t" : " ", 1);
}

static bool is_end(enum json_kind kind)
{
    return kind == JSON_OBJECT_END || kind == JSON_ARRAY_END;
}

static bool is_begin(enum json_kind kind)
{
    return kind == JSON_OBJECT_BEGIN || kind == JSON_ARRAY_BEGIN;
}

/* What stands between two tokens. */
static void write_between(struct writer *writer, enum json_kind before, struct json_token token,
                          int base)
{
    bool lines = indent_of(writer->form.layout) > 0;
    if (before == JSON_KEY) {
        bool blank = lines || writer->form.layout == JSON_LAYOUT_SPACED;
        buffer_append_string(writer->to, blank ? ": " : ":");
    } else if (is_end(token.kind)) {
        if (!is_begin(before))
            new_line(writer, base + token.depth);
    } else {
        if (!is_begin(before))
            buffer_append_string(writer->to,
                                 writer->form.layout == JSON_LAYOUT_SPACED ? ", " : ",");
        new_line(writer, base + token.depth);
    }
}

static void write_token(struct writer *writer, const char *text, struct json_token token)
{
    const char *at = text + token.start;
    if (token.kind == JSON_KEY || token.kind == JSON_STRING)
        write_string(writer, at, token.length);
    else if (token.kind == JSON_NUMBER)
        write_number(writer, at, token.length);
    else
        buffer_append(writer->to, at, token.length);
}

/* A value whose first byte stands `base` levels deep. */
static bool write_value(struct writer *writer, const char *text, size_t length, int base)
{
    struct json_scan scan;
    enum json_kind before = JSON_END;
    bool as_sent = writer->form.layout == JSON_LAYOUT_AS_SENT;
    size_t done = 0;
    json_scan_init(&scan, text, length);
    for (;;) {
        struct json_token token = json_scan_next(&scan);
        if (token.kind == JSON_ERROR || writer->to->failed)
            return false;
        if (as_sent) /* white space and punctuation as they are */
            buffer_append(writer->to, text + done,
                          (token.kind == JSON_END ? length : token.start) - done);
        if (token.kind == JSON_END)
            return !writer->to->failed;
        if (!as_sent && before != JSON_END)
            write_between(writer, before, token, base);
        write_token(writer, text, token);
        done = token.start + token.length;
        before = token.kind;
    }
}

/* --- order ------------------------------------------------------------------------ */

/* The contract's table of an event, "Calls". */
static const char *const MEMBERS[] = {
    "api_version",          "event_id",         "event_developer_id",  "event_category",
    "event_type",           "event_object_id",  "event_object_status", "event_object",
    "event_object_changes", "event_created_at", "event_sequence",
};
enum { KNOWN = sizeof MEMBERS / sizeof *MEMBERS, MEMBERS_MAX = 64 };

struct member {
    const char *key; /* with its quotes */
    size_t key_length;
    const char *value;
    size_t value_length;
};

static size_t rank_of(const struct member *member)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (strlen(MEMBERS[i]) == member->key_length - 2 &&
            memcmp(MEMBERS[i], member->key + 1, member->key_length - 2) == 0)
            return i;
    return KNOWN;
}

/* The members of the object that the text is. False when it is none, or has too many. */
static bool read_members(const char *text, size_t length, struct member members[MEMBERS_MAX],
                         size_t *count)
{
    struct json_scan scan;
    json_scan_init(&scan, text, length);
    if (json_scan_next(&scan).kind != JSON_OBJECT_BEGIN)
        return false;
    for (*count = 0;; (*count)++) {
        struct json_token key = json_scan_next(&scan);
        if (key.kind == JSON_OBJECT_END)
            return json_scan_next(&scan).kind == JSON_END;
        if (key.kind != JSON_KEY || *count == MEMBERS_MAX)
            return false;
        struct json_token value = json_scan_next(&scan);
        size_t whole = json_scan_skip(&scan, value);
        if (whole == 0)
            return false;
        members[*count] = (struct member){text + key.start, key.length, text + value.start, whole};
    }
}

static bool write_in_order(struct writer *writer, const char *text, size_t length)
{
    static const struct json_token KEY = {.kind = JSON_KEY, .depth = 1},
                                   VALUE = {.kind = JSON_NULL, .depth = 1},
                                   END = {.kind = JSON_OBJECT_END, .depth = 0};
    struct member members[MEMBERS_MAX];
    size_t count;
    enum json_kind before = JSON_OBJECT_BEGIN;
    if (!read_members(text, length, members, &count))
        return false;
    buffer_append(writer->to, "{", 1);
    for (size_t rank = 0; rank <= KNOWN; rank++) {
        for (size_t i = 0; i < count; i++) {
            if (rank_of(&members[i]) != rank)
                continue;
            write_between(writer, before, KEY, 0);
            write_string(writer, members[i].key, members[i].key_length);
            write_between(writer, JSON_KEY, VALUE, 0);
            if (!write_value(writer, members[i].value, members[i].value_length, 1))
                return false;
            before = JSON_NULL;
        }
    }
    write_between(writer, before, END, 0);
    return buffer_append(writer->to, "}", 1);
}

bool json_rewrite(const char *text, size_t length, struct json_form form, struct buffer *to)
{
    struct writer writer = {form, to};
    if (form.order == JSON_ORDER_CONTRACT && form.layout != JSON_LAYOUT_AS_SENT)
        return write_in_order(&writer, text, length);
    return write_value(&writer, text, length, 0);
}
