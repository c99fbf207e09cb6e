#include "api/sandbox_json.h"

#include "api/contract.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* The length of the well-formed UTF-8 character at `bytes` (Unicode 15, table 3-7), or 0. */
static size_t utf8_character(const unsigned char *bytes, size_t left)
{
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (lead == 0xE0 && bytes[1] < 0xA0) || (lead == 0xF0 && bytes[1] < 0x90);
    bool surrogate = lead == 0xED && bytes[1] >= 0xA0;
    bool beyond = lead == 0xF4 && bytes[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

static void write_ascii(struct buffer *out, unsigned char character)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = character ? strchr(escaped, character) : NULL;
    if (found != NULL)
        buffer_printf(out, "\\%c", letters[found - escaped]);
    else if (character < 0x20 || character == 0x7F)
        buffer_printf(out, "\\u%04x", character);
    else
        buffer_append(out, &character, 1);
}

void sandbox_json_bytes(struct buffer *out, const char *bytes, size_t length)
{
    buffer_append_string(out, "\"");
    for (size_t at = 0; at < length;) {
        const unsigned char *here = (const unsigned char *)bytes + at;
        size_t width = utf8_character(here, length - at);
        if (width == 1)
            write_ascii(out, *here);
        else if (width > 1)
            buffer_append(out, here, width);
        else
            buffer_append_string(out, "\xEF\xBF\xBD");
        at += width ? width : 1;
    }
    buffer_append_string(out, "\"");
}

void sandbox_json_string(struct buffer *out, const char *text)
{
    if (text == NULL)
        buffer_append_string(out, "null");
    else
        sandbox_json_bytes(out, text, strlen(text));
}

void sandbox_json_time(struct buffer *out, int64_t ms)
{
    char text[CONTRACT_TIME_SIZE];
    contract_time_format(ms, text);
    buffer_printf(out, "\"%s\"", text);
}

void sandbox_json_next(struct buffer *out)
{
    if (out->length == 0)
        return;
    char last = out->data[out->length - 1];
    if (last != '{' && last != '[')
        buffer_append_string(out, ",");
}

void sandbox_json_name(struct buffer *out, const char *name)
{
    sandbox_json_next(out);
    sandbox_json_string(out, name);
    buffer_append_string(out, ":");
}

void sandbox_json_member(struct buffer *out, const char *name, const char *text)
{
    sandbox_json_name(out, name);
    sandbox_json_string(out, text);
}

void sandbox_json_member_time(struct buffer *out, const char *name, int64_t ms)
{
    sandbox_json_name(out, name);
    sandbox_json_time(out, ms);
}

void sandbox_json_member_integer(struct buffer *out, const char *name, int64_t number)
{
    sandbox_json_name(out, name);
    buffer_printf(out, "%" PRId64, number);
}
