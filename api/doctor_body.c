#include "api/buffer.h"
#include "api/doctor_private.h"
#include "api/json_rewrite.h"
#include "api/json_text.h"
#include "api/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

static const char PROXY[] = "Something between Bridge and here changes bodies: the signature is "
                            "over the exact bytes, so let "
                            "it pass them on as they are (no JSON parsing, no rewriting).";

static bool fits(struct doctor_trial *trial, const void *body, size_t length)
{
    return doctor_signer(trial, body, length, DOCTOR_FORM_KEYS_MAX) != NULL;
}

/* --- around it ----------------------------------------------------------------------- */

static bool ends_with(const struct doctor_case *patient, const char *end)
{
    size_t length = strlen(end);
    return patient->body_length >= length &&
           memcmp((const char *)patient->body + patient->body_length - length, end, length) == 0;
}

static bool try_line_end_added(struct doctor_trial *trial)
{
    static const char *const ENDS[] = {"\r\n", "\n", "\r"};
    const struct doctor_case *patient = trial->patient;
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        if (!ends_with(patient, ENDS[i]) ||
            !fits(trial, patient->body, patient->body_length - strlen(ENDS[i])))
            continue;
        doctor_add(trial->report, DOCTOR_NEWLINE_ADDED, true, PROXY,
                   "Without the line end that the body has at its end the signature fits: it was "
                   "added on the way.");
        return true;
    }
    return false;
}

/* The body with something before and behind it. */
static bool fits_between(struct doctor_trial *trial, const char *before, const char *behind)
{
    struct buffer body;
    buffer_init(&body, trial->patient->body_length + 8);
    bool good = buffer_append_string(&body, before) &&
                buffer_append(&body, trial->patient->body, trial->patient->body_length) &&
                buffer_append_string(&body, behind) && fits(trial, body.data, body.length);
    buffer_clear(&body);
    return good;
}

static bool try_line_end_taken(struct doctor_trial *trial)
{
    if (!fits_between(trial, "", "\n") && !fits_between(trial, "", "\r\n"))
        return false;
    doctor_add(trial->report, DOCTOR_NEWLINE_TAKEN, true, PROXY,
               "With a line end behind the body the signature fits: it was taken away.");
    return true;
}

static bool try_bom(struct doctor_trial *trial)
{
    static const char BOM[] = "\xef\xbb\xbf";
    enum { LENGTH = sizeof BOM - 1 };
    const struct doctor_case *patient = trial->patient;
    const char *body = patient->body;
    if (patient->body_length >= LENGTH && memcmp(body, BOM, LENGTH) == 0) {
        if (!fits(trial, body + LENGTH, patient->body_length - LENGTH))
            return false;
        doctor_add(trial->report, DOCTOR_BOM_ADDED, true, PROXY,
                   "Without the byte order mark before the body the signature fits: it was added.");
        return true;
    }
    if (!fits_between(trial, BOM, ""))
        return false;
    doctor_add(trial->report, DOCTOR_BOM_TAKEN, true, PROXY,
               "With a byte order mark before the body the signature fits: it was taken away.");
    return true;
}

static bool is_padding(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static bool try_trimmed(struct doctor_trial *trial)
{
    const char *start = trial->patient->body;
    const char *end = start + trial->patient->body_length;
    while (start < end && is_padding(*start))
        start++;
    while (end > start && is_padding(end[-1]))
        end--;
    size_t length = (size_t)(end - start);
    if (length == trial->patient->body_length || !fits(trial, start, length))
        return false;
    doctor_add(trial->report, DOCTOR_BLANKS_ADDED, true, PROXY,
               "Without %zu blanks, line ends or NULs around the body the signature fits.",
               trial->patient->body_length - length);
    return true;
}

/* --- its lines and characters ------------------------------------------------------ */

/* CR LF as LF, or LF as CR LF. */
static bool convert_lines(const struct doctor_case *patient, bool to_lf, struct buffer *to)
{
    const char *body = patient->body;
    for (size_t i = 0; i < patient->body_length && !to->failed; i++) {
        bool pair = body[i] == '\r' && i + 1 < patient->body_length && body[i + 1] == '\n';
        if (to_lf && pair)
            continue;
        if (!to_lf && body[i] == '\n' && (i == 0 || body[i - 1] != '\r'))
            buffer_append(to, "\r", 1);
        buffer_append(to, &body[i], 1);
    }
    return !to->failed && to->length > 0;
}

static bool try_line_ends(struct doctor_trial *trial)
{
    const struct doctor_case *patient = trial->patient;
    bool found = false;
    for (int to_lf = 0; to_lf < 2 && !found; to_lf++) {
        struct buffer body;
        buffer_init(&body, 2 * patient->body_length);
        found = memchr(patient->body, '\n', patient->body_length) != NULL &&
                convert_lines(patient, to_lf == 1, &body) && body.length != patient->body_length &&
                fits(trial, body.data, body.length);
        buffer_clear(&body);
        if (found)
            doctor_add(trial->report, DOCTOR_LINE_ENDS, true, PROXY,
                       "With its line ends as %s the signature fits: they were changed.",
                       to_lf == 1 ? "LF, not CR LF," : "CR LF, not LF,");
    }
    return found;
}

/* Each byte as the character of that number in UTF-8. */
static bool widen(const struct doctor_case *patient, struct buffer *to)
{
    const unsigned char *body = patient->body;
    for (size_t i = 0; i < patient->body_length && !to->failed; i++) {
        char utf8[] = {(char)(0xc0 | body[i] >> 6), (char)(0x80 | (body[i] & 0x3f))};
        if (body[i] < 0x80)
            buffer_append(to, &body[i], 1);
        else
            buffer_append(to, utf8, sizeof utf8);
    }
    return !to->failed && to->length > patient->body_length;
}

/* The other way; false where a character is none of the 256. */
static bool narrow(const struct doctor_case *patient, struct buffer *to)
{
    const unsigned char *body = patient->body;
    for (size_t i = 0; i < patient->body_length && !to->failed; i++) {
        unsigned char byte = body[i];
        if (byte >= 0x80) {
            if ((byte != 0xc2 && byte != 0xc3) || i + 1 == patient->body_length)
                return false;
            byte = (unsigned char)((byte & 3) << 6 | (body[++i] & 0x3f));
        }
        buffer_append(to, &byte, 1);
    }
    return !to->failed && to->length < patient->body_length;
}

static bool try_charset(struct doctor_trial *trial)
{
    const struct doctor_case *patient = trial->patient;
    struct buffer body;
    buffer_init(&body, 2 * patient->body_length);
    bool narrowed = narrow(patient, &body) && fits(trial, body.data, body.length);
    buffer_clear(&body);
    bool widened = !narrowed && widen(patient, &body) && fits(trial, body.data, body.length);
    buffer_clear(&body);
    if (narrowed)
        doctor_add(trial->report, DOCTOR_CHARSET, true, PROXY,
                   "The signature fits when the body's characters are written a byte each: "
                   "something took its UTF-8 for ISO 8859-1 and encoded it once more.");
    if (widened)
        doctor_add(trial->report, DOCTOR_CHARSET, true, PROXY,
                   "The signature fits when the body is written in UTF-8: something wrote it in "
                   "ISO 8859-1.");
    return narrowed || widened;
}

/* --- compressed ----------------------------------------------------------------------- */

static bool inflate_body(const struct doctor_case *patient, struct buffer *to)
{
    enum { EITHER_HEADER = 32, CHUNK = 16384 };
    unsigned char chunk[CHUNK];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)patient->body,
                       .avail_in = (unsigned)patient->body_length};
    if (inflateInit2(&stream, EITHER_HEADER + MAX_WBITS) != Z_OK)
        return false;
    int result = Z_OK;
    while (result == Z_OK && !to->failed) {
        stream.next_out = chunk;
        stream.avail_out = sizeof chunk;
        result = inflate(&stream, Z_NO_FLUSH);
        buffer_append(to, chunk, sizeof chunk - stream.avail_out);
    }
    (void)inflateEnd(&stream);
    return result == Z_STREAM_END && !to->failed && to->length > 0;
}

static bool try_inflated(struct doctor_trial *trial)
{
    struct buffer body;
    buffer_init(&body, DOCTOR_INFLATED_MAX);
    bool found = trial->patient->body_length <= DOCTOR_INFLATED_MAX &&
                 inflate_body(trial->patient, &body) && fits(trial, body.data, body.length);
    size_t length = body.length;
    buffer_clear(&body);
    if (found)
        doctor_add(trial->report, DOCTOR_COMPRESSED, true, PROXY,
                   "Decompressed (%zu bytes) the body fits the signature: something compressed it.",
                   length);
    return found;
}

/* --- read and written again --------------------------------------------------------- */

static void say_form(struct doctor_trial *trial, struct json_form form)
{
    static const char *const LAYOUTS[JSON_LAYOUTS] = {"",
                                                      "without blanks",
                                                      "with blanks after : and ,",
                                                      "indented by two",
                                                      "indented by four",
                                                      "indented by tabs"};
    static const char *const ESCAPES[JSON_ESCAPES] = {
        "", "with UTF-8 where it has escapes", "with \\u escapes for what is not ASCII",
        "with \\u escapes and \\/", "with < > & escaped"};
    static const char *const NUMBERS[JSON_NUMBERS] = {"", "with 1 for 1.0"};
    static const char *const ORDERS[JSON_ORDERS] = {"", "with its members in Bridge's order"};
    const char *const parts[] = {LAYOUTS[form.layout], ESCAPES[form.escapes], NUMBERS[form.numbers],
                                 ORDERS[form.order]};
    char words[DOCTOR_LINE_SIZE / 2] = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t used = strlen(words);
        if (*parts[i] != '\0')
            (void)snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? ", " : "",
                           parts[i]);
    }
    doctor_add(trial->report, DOCTOR_REENCODED, true, PROXY,
               "Written %s, the body fits the signature: something read it as JSON and wrote it "
               "again.",
               words);
}

static bool try_form(struct doctor_trial *trial, struct json_form form)
{
    const struct doctor_case *patient = trial->patient;
    struct buffer body;
    buffer_init(&body, 8 * patient->body_length + 64);
    bool found = json_rewrite(patient->body, patient->body_length, form, &body) &&
                 (body.length != patient->body_length ||
                  memcmp(body.data, patient->body, body.length) != 0) &&
                 fits(trial, body.data, body.length);
    buffer_clear(&body);
    if (found)
        say_form(trial, form);
    return found;
}

/* The simplest change first: fewer of the four at a time. */
static int changes(struct json_form form)
{
    return (form.layout != JSON_LAYOUT_AS_SENT) + (form.escapes != JSON_ESCAPES_AS_SENT) +
           (form.numbers != JSON_NUMBERS_AS_SENT) + (form.order != JSON_ORDER_AS_SENT);
}

static bool try_forms(struct doctor_trial *trial)
{
    enum { FORMS = JSON_LAYOUTS * JSON_ESCAPES * JSON_NUMBERS * JSON_ORDERS };
    if (!json_valid(trial->patient->body, trial->patient->body_length))
        return false;
    for (int wanted = 1; wanted <= 4; wanted++) {
        for (int i = 0; i < FORMS && !trial->report->exhausted; i++) {
            struct json_form form = {
                .layout = (enum json_layout)(i % JSON_LAYOUTS),
                .escapes = (enum json_escapes)(i / JSON_LAYOUTS % JSON_ESCAPES),
                .numbers = (enum json_numbers)(i / JSON_LAYOUTS / JSON_ESCAPES % JSON_NUMBERS),
                .order = (enum json_order)(i / JSON_LAYOUTS / JSON_ESCAPES / JSON_NUMBERS),
            };
            bool means_nothing =
                form.order == JSON_ORDER_CONTRACT && form.layout == JSON_LAYOUT_AS_SENT;
            if (changes(form) == wanted && !means_nothing && try_form(trial, form))
                return true;
        }
    }
    return false;
}

bool doctor_try_bodies(struct doctor_trial *trial)
{
    if (trial->patient->body_length == 0)
        return false;
    return try_line_end_added(trial) || try_line_end_taken(trial) || try_bom(trial) ||
           try_trimmed(trial) || try_line_ends(trial) || try_charset(trial) ||
           try_inflated(trial) || try_forms(trial);
}

/* --- what is seen -------------------------------------------------------------------- */

/* JSON up to its last byte, and then it breaks off. */
static bool breaks_off(const char *body, size_t length)
{
    static const char *const WORDS[] = {"true", "false", "null"};
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, body, length);
    do
        token = json_scan_next(&scan);
    while (token.kind != JSON_END && token.kind != JSON_ERROR);
    if (token.kind == JSON_END || length == 0)
        return false;
    const char *rest = body + token.start, *end = body + length;
    if (rest >= end)
        return true;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strncmp(WORDS[i], rest, (size_t)(end - rest)) == 0)
            return true;
    enum { ESCAPE = 6 };
    if (*rest == '\\' && end - rest < ESCAPE)
        return true;
    if (*rest != '"')
        return false;
    for (rest++; rest < end && *rest != '"'; rest++)
        if (*rest == '\\' && rest + 1 < end)
            rest++;
    return rest >= end;
}

static void look_at_length(struct doctor_trial *trial)
{
    const struct doctor_case *patient = trial->patient;
    const char *given = header_list_find(patient->headers, "Content-Length");
    char *end = NULL;
    unsigned long long length = given != NULL ? strtoull(given, &end, 10) : 0;
    if (given != NULL && end != given && *end == '\0' && length != patient->body_length)
        doctor_add(trial->report, DOCTOR_TRUNCATED, false, PROXY,
                   "Content-Length says %llu bytes, and %zu are here.", length,
                   patient->body_length);
    else if (breaks_off(patient->body, patient->body_length))
        doctor_add(trial->report, DOCTOR_TRUNCATED, false,
                   "Look for a limit on the size of bodies between Bridge and here.",
                   "The body's JSON breaks off after %zu bytes: it looks cut.",
                   patient->body_length);
}

void doctor_look_at_body(struct doctor_trial *trial)
{
    const struct doctor_case *patient = trial->patient;
    struct doctor_report *report = trial->report;
    size_t before = report->count;
    const char *encoding = header_list_find(patient->headers, "Content-Encoding");
    if (patient->body_length == 0)
        doctor_add(
            report, DOCTOR_EMPTY_BODY, false,
            "A redirect turns a POST into a GET or drops its body: give Bridge the final URL.",
            "The body is empty.");
    else
        look_at_length(trial);
    if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
        doctor_add(report, DOCTOR_COMPRESSED, false, PROXY,
                   "Content-Encoding says %.32s: Bridge sends bodies as they are.", encoding);
    if (report->count == before && patient->body_length > 0 &&
        !json_valid(patient->body, patient->body_length))
        doctor_add(report, DOCTOR_NOT_JSON, false, PROXY,
                   "The body is not JSON, and what Bridge sends is.");
    if (report->count == before)
        doctor_add(
            report, DOCTOR_UNEXPLAINED, false,
            "Compare the body with the event as Bridge lists it, to see what was changed; or the "
            "sender has a key that is not known here.",
            "No change that was tried makes it fit (%zu checks with %zu key%s%s).", report->checks,
            trial->count, trial->count == 1 ? "" : "s",
            report->exhausted ? ", and not all of them" : "");
}
