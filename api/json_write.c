#include "api/json_write.h"

#include "api/json_plain.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 sequence at `at`, and its code point; 0 when it is none. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (length == 0 || at[0] > 0xF4 || length > left)
        return 0;
    *code = length == 1 ? at[0] : at[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3FU);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return *code < least[length] || *code > 0x10FFFF || surrogate ? 0 : length;
}

bool json_is_utf8(const char *bytes, size_t length)
{
    uint32_t code;
    for (size_t at = json_ascii_run(bytes, length); at < length;
         at += json_ascii_run(bytes + at, length - at)) {
        size_t taken = decode((const unsigned char *)bytes + at, length - at, &code);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

static void write_escaped(struct buffer *to, uint32_t code)
{
    switch (code) {
    case '"':
        buffer_append(to, "\\\"", 2);
        break;
    case '\\':
        buffer_append(to, "\\\\", 2);
        break;
    case '\n':
        buffer_append(to, "\\n", 2);
        break;
    case '\r':
        buffer_append(to, "\\r", 2);
        break;
    case '\t':
        buffer_append(to, "\\t", 2);
        break;
    default:
        buffer_printf(to, "\\u%04x", (unsigned)code);
        break;
    }
}

static bool is_plain(uint32_t code)
{
    return code >= 0x20 && code != '"' && code != '\\' && (code < 0x7F || code > 0x9F);
}

void json_write_bytes(struct buffer *to, const char *bytes, size_t length)
{
    const unsigned char *in = (const unsigned char *)bytes;
    bool utf8 = json_is_utf8(bytes, length);
    size_t plain = 0; /* from here on, nothing is escaped so far */
    buffer_append(to, "\"", 1);
    for (size_t at = json_plain_run(bytes, length); at < length;
         at += json_plain_run(bytes + at, length - at)) {
        uint32_t code = in[at];
        size_t taken = utf8 ? decode(in + at, length - at, &code) : 1;
        if (!is_plain(code) || (!utf8 && code >= 0x80)) {
            buffer_append(to, bytes + plain, at - plain);
            write_escaped(to, code);
            plain = at + taken;
        }
        at += taken;
    }
    buffer_append(to, bytes + plain, length - plain);
    buffer_append(to, "\"", 1);
}

void json_write_string(struct buffer *to, const char *string)
{
    if (string == NULL)
        buffer_append(to, "null", 4);
    else
        json_write_bytes(to, string, strlen(string));
}

void json_write_base64(struct buffer *to, const char *bytes, size_t length)
{
    enum { GROUP = 3 * 256, ENCODED = 4 * 256 + 1 };
    unsigned char text[ENCODED];
    buffer_append(to, "\"", 1);
    for (size_t at = 0; at < length; at += GROUP) {
        size_t some = length - at < GROUP ? length - at : GROUP;
        int written = EVP_EncodeBlock(text, (const unsigned char *)bytes + at, (int)some);
        buffer_append(to, text, (size_t)written);
    }
    buffer_append(to, "\"", 1);
}
