#include "api/curl.h"

#include "api/http_request.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>
#include <uchar.h>

#define NEXT_LINE " \\\n    "

enum { BASE64_LINE = 57 }; /* bytes in a line of 76 characters (RFC 2045, 6.8) */

/* --- what may stand in a command as it is -------------------------------------------- */

/* Beyond ASCII: what is drawn left to right, each by itself. Marks, right-to-left text, what is
   invisible and what two terminals draw differently is not among them. */
static const struct {
    char32_t first, last;
} LETTERS[] = {
    {0x00A1, 0x00AC},                   /* Latin, without the soft hyphen */
    {0x00AE, 0x02AF}, {0x0370, 0x0482}, /* Greek, Cyrillic */
    {0x048A, 0x052F}, {0x1E00, 0x1FFF}, /* Latin and Greek with accents */
    {0x2010, 0x2027},                   /* dashes, quotes */
    {0x20A0, 0x20C0},                   /* currencies */
    {0x3041, 0x3096},                   /* kana */
    {0x30A1, 0x30FA}, {0x4E00, 0x9FFF}, /* Han */
    {0xAC00, 0xD7A3},                   /* Hangul */
};

static bool is_letter(char32_t character)
{
    for (size_t i = 0; i < sizeof LETTERS / sizeof *LETTERS; i++)
        if (character <= LETTERS[i].last)
            return character >= LETTERS[i].first;
    return false;
}

/* The bytes of the letter beyond ASCII that begins here, or 0. */
static size_t letter_length(const unsigned char *at, size_t length)
{
    size_t count = (at[0] & 0xE0) == 0xC0 ? 2 : (at[0] & 0xF0) == 0xE0 ? 3 : 0;
    if (count == 0 || count > length)
        return 0;
    char32_t character = at[0] & (0x7FU >> count);
    for (size_t i = 1; i < count; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        character = character << 6 | (at[i] & 0x3FU);
    }
    if (character < (count == 2 ? 0x80U : 0x800U)) /* an overlong form */
        return 0;
    return is_letter(character) ? count : 0;
}

/* Newlines are text. */
static bool is_text(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length;
    while (at < end) {
        size_t step = 1;
        if (*at >= 0x80)
            step = letter_length(at, (size_t)(end - at));
        else if ((*at < ' ' && *at != '\n') || *at == 0x7F)
            return false;
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

/* --- words ------------------------------------------------------------------------------ */

/* Means nothing to a shell, wherever it stands in a word. */
static bool is_bare(char c)
{
    return c != '\0' && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-_./:,@%+",
                               c) != NULL;
}

static bool all_bare(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_bare(bytes[i]))
            return false;
    return length > 0;
}

static void append_quoted(struct buffer *to, const char *bytes, size_t length)
{
    (void)buffer_append_string(to, "'");
    while (length > 0) {
        const char *quote = memchr(bytes, '\'', length);
        size_t part = quote != NULL ? (size_t)(quote - bytes) : length;
        (void)buffer_append(to, bytes, part);
        if (quote == NULL)
            break;
        (void)buffer_append_string(to, "'\\''");
        bytes += part + 1;
        length -= part + 1;
    }
    (void)buffer_append_string(to, "'");
}

/* printf's format is made of octal escapes but for what is harmless in there, also where a shell
   looks for `!` in double quotes. It does not begin with a dash. A command substitution drops
   newlines at the end, so they come behind it. */
static void append_printed(struct buffer *to, const char *bytes, size_t length)
{
    size_t printed = length;
    while (printed > 0 && bytes[printed - 1] == '\n')
        printed--;
    (void)buffer_append_string(to, "\"$(printf '");
    for (size_t i = 0; i < printed; i++) {
        bool plain = bytes[i] == ' ' || (is_bare(bytes[i]) && bytes[i] != '%' && bytes[i] != '-');
        if (plain)
            (void)buffer_append(to, &bytes[i], 1);
        else
            (void)buffer_printf(to, "\\%03o", (unsigned)(unsigned char)bytes[i]);
    }
    (void)buffer_append_string(to, "')\"");
    if (printed < length)
        append_quoted(to, bytes + printed, length - printed);
}

void curl_quote(struct buffer *to, const char *bytes, size_t length)
{
    if (all_bare(bytes, length))
        (void)buffer_append(to, bytes, length);
    else if (is_text(bytes, length))
        append_quoted(to, bytes, length);
    else
        append_printed(to, bytes, length);
}

static void append_option(struct buffer *to, const char *option, const char *value)
{
    (void)buffer_printf(to, "%s ", option);
    curl_quote(to, value, strlen(value));
}

/* --- the parts of the request -------------------------------------------------------------- */

/* curl cuts a URL at `#`, and would have to be told of much else: only what no reader of URLs
   touches goes into it. */
static bool goes_into_url(const char *target)
{
    return target[0] == '/' &&
           target[strspn(target, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "-_./:,@%+?=&")] == '\0';
}

static void append_url(struct buffer *to, const char *target, const char *base)
{
    struct buffer url;
    buffer_init(&url, CURL_COMMAND_MAX);
    bool in_url = goes_into_url(target);
    (void)buffer_printf(&url, "%s%s", base, in_url ? target : "/");
    append_option(to, " --url", url.data != NULL ? url.data : "");
    to->failed = to->failed || url.failed;
    buffer_clear(&url);
    if (!in_url)
        append_option(to, NEXT_LINE "--request-target", target);
}

/* A length that is not the body's, and a coding of a body that is not there, would break the
   request. */
static bool is_sent(const struct header *field, const struct delivery *delivery)
{
    if (strcasecmp(field->name, "Content-Length") == 0)
        return http_content_length(field->value) == (int64_t)delivery->body_length;
    if (strcasecmp(field->name, "Transfer-Encoding") == 0)
        return delivery->body_length > 0;
    return true;
}

static void append_header(struct buffer *to, const struct header *field)
{
    struct buffer line;
    buffer_init(&line, CURL_COMMAND_MAX);
    /* curl takes `Name;` for a field without a value, and `Name:` for one to be left out. */
    (void)buffer_printf(&line, field->value[0] == '\0' ? "%s;" : "%s: %s", field->name,
                        field->value);
    append_option(to, NEXT_LINE "--header", line.data != NULL ? line.data : "");
    to->failed = to->failed || line.failed;
    buffer_clear(&line);
}

/* What curl would add by itself. */
static const char *const OWN_HEADERS[] = {"Accept", "Content-Type", "Expect", "User-Agent"};

static void append_headers(struct buffer *to, const struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->headers.count; i++)
        if (is_sent(&delivery->headers.items[i], delivery))
            append_header(to, &delivery->headers.items[i]);
    for (size_t i = 0; i < sizeof OWN_HEADERS / sizeof *OWN_HEADERS; i++)
        if (header_list_find(&delivery->headers, OWN_HEADERS[i]) == NULL)
            (void)buffer_printf(to, NEXT_LINE "--header '%s:'", OWN_HEADERS[i]);
}

/* --- the body -------------------------------------------------------------------------------- */

enum body_form { BODY_NONE, BODY_TEXT, BODY_BASE64 };

static enum body_form form_of(const struct delivery *delivery)
{
    if (delivery->body_length == 0)
        return header_list_find(&delivery->headers, "Content-Length") != NULL ? BODY_TEXT
                                                                              : BODY_NONE;
    if (delivery->body_length > CURL_TEXT_MAX || !is_text(delivery->body, delivery->body_length))
        return BODY_BASE64;
    return BODY_TEXT;
}

static void append_base64(struct buffer *to, const char *bytes, size_t length)
{
    unsigned char line[BASE64_LINE / 3 * 4 + 1];
    while (length > 0) {
        size_t part = length < BASE64_LINE ? length : BASE64_LINE;
        int made = EVP_EncodeBlock(line, (const unsigned char *)bytes, (int)part);
        (void)buffer_append(to, line, (size_t)made);
        (void)buffer_append_string(to, "\n");
        bytes += part;
        length -= part;
    }
}

bool curl_command(struct buffer *to, const struct delivery *delivery, const char *base)
{
    enum body_form form = form_of(delivery);
    if (form == BODY_BASE64)
        (void)buffer_append_string(to, "base64 -d <<'END' | ");
    (void)buffer_append_string(to, "curl --disable --globoff --noproxy '*' --path-as-is" NEXT_LINE);
    append_option(to, "--request", delivery->method != NULL ? delivery->method : "POST");
    append_url(to, delivery->target != NULL ? delivery->target : "/", base);
    append_headers(to, delivery);
    if (form == BODY_TEXT) {
        /* Not --data-binary, which would read a file where the body begins with an @. */
        (void)buffer_append_string(to, NEXT_LINE "--data-raw ");
        append_quoted(to, delivery->body != NULL ? delivery->body : "", delivery->body_length);
    } else if (form == BODY_BASE64) {
        (void)buffer_append_string(to, NEXT_LINE "--data-binary @-");
    }
    (void)buffer_append_string(to, "\n");
    if (form == BODY_BASE64) {
        append_base64(to, delivery->body, delivery->body_length);
        (void)buffer_append_string(to, "END\n");
    }
    return !to->failed;
}
