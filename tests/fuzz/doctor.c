/*
 * The doctor, and JSON that is written anew.
 *
 * What is written anew is JSON of the same value, in whatever form, and the same form twice is the
 * same bytes. A body that was signed and then written in another form is found out by the doctor,
 * or it was not brought back by any form; but what nobody signed is never said to be shown.
 */
#include "tests/fuzz/fuzz.h"

#include "api/buffer.h"
#include "api/contract.h"
#include "api/doctor.h"
#include "api/json_rewrite.h"
#include "api/json_text.h"
#include "api/signing.h"

#include <stdlib.h>
#include <string.h>

enum { NOW_MS = 1700000000, GROWTH = 8 };

static struct signing_key *secret;
static struct public_key *public;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    secret = signing_key_from_seed(1, NULL);
    FUZZ_CHECK(secret != NULL);
    const char *pem = signing_key_public_pem(secret);
    public = public_key_from_pem(pem, strlen(pem), NULL);
    FUZZ_CHECK(public != NULL);
    return 0;
}

/* --- writing anew --------------------------------------------------------------- */

static struct json_form take_form(struct fuzz_input *input)
{
    unsigned number = fuzz_byte(input);
    return (struct json_form){
        .layout = (enum json_layout)(number % JSON_LAYOUTS),
        .escapes = (enum json_escapes)(number / JSON_LAYOUTS % JSON_ESCAPES),
        .numbers = (enum json_numbers)(number / JSON_LAYOUTS / JSON_ESCAPES % JSON_NUMBERS),
        .order = (enum json_order)(number / 128 % JSON_ORDERS),
    };
}

/* The text of a part ends without a NUL. */
static double number_of(const char *text, struct json_token token)
{
    char *copy = strndup(text + token.start, token.length);
    FUZZ_CHECK(copy != NULL);
    double number = strtod(copy, NULL);
    free(copy);
    return number;
}

static bool same_token(const char *one, struct json_token left, const char *two,
                       struct json_token right)
{
    if (left.kind != right.kind || left.depth != right.depth)
        return false;
    if (left.kind == JSON_NUMBER) { /* infinity is not less or greater than itself */
        double number = number_of(one, left), other = number_of(two, right);
        return !(number < other) && !(number > other);
    }
    if (left.kind != JSON_KEY && left.kind != JSON_STRING)
        return true;
    size_t length, other_length;
    char *text = json_string_decode(one + left.start, left.length, &length);
    char *other = json_string_decode(two + right.start, right.length, &other_length);
    bool same =
        text != NULL && other != NULL && length == other_length && memcmp(text, other, length) == 0;
    free(text);
    free(other);
    return same;
}

/* Token by token. */
static bool same_value(const char *one, size_t one_length, const char *two, size_t two_length)
{
    struct json_scan left, right;
    struct json_token token;
    json_scan_init(&left, one, one_length);
    json_scan_init(&right, two, two_length);
    do {
        token = json_scan_next(&left);
        if (!same_token(one, token, two, json_scan_next(&right)))
            return false;
    } while (token.kind != JSON_END && token.kind != JSON_ERROR);
    return true;
}

static void check_rewrite(const char *text, size_t length, struct json_form form,
                          struct buffer *once)
{
    struct buffer twice;
    bool valid = json_valid(text, length);
    bool ordered = form.order == JSON_ORDER_CONTRACT && form.layout != JSON_LAYOUT_AS_SENT;
    buffer_init(once, GROWTH * length + 64);
    buffer_init(&twice, GROWTH * GROWTH * length + 4096);
    bool written = json_rewrite(text, length, form, once);
    FUZZ_CHECK(valid || !written);
    if (written) {
        FUZZ_CHECK(json_valid(once->data, once->length));
        FUZZ_CHECK(ordered || same_value(text, length, once->data, once->length));
        FUZZ_CHECK(json_rewrite(once->data, once->length, form, &twice));
        FUZZ_CHECK(once->length == twice.length &&
                   memcmp(once->data, twice.data, once->length) == 0);
    } else {
        buffer_clear(once);
    }
    buffer_clear(&twice);
}

/* --- the doctor -------------------------------------------------------------------- */

static struct doctor_report examine(struct header_list *headers, const char *body, size_t length)
{
    static struct doctor_report report;
    const struct doctor_key key = {public, "wep_1", "https://a.example/x", false};
    const struct doctor_case patient = {.headers = headers,
                                        .target = "/x",
                                        .body = body,
                                        .body_length = length,
                                        .received_ms = NOW_MS,
                                        .window_ms = SIGNATURE_WINDOW_MS,
                                        .keys = &key,
                                        .key_count = 1};
    doctor_examine(&patient, &report);
    FUZZ_CHECK(report.count >= 1 && report.count <= DOCTOR_FINDINGS_MAX);
    FUZZ_CHECK(report.checks <= DOCTOR_CHECKS_MAX);
    for (size_t i = 0; i < report.count; i++)
        FUZZ_CHECK(report.findings[i].what[0] != '\0' &&
                   strcmp(doctor_kind_name(report.findings[i].kind), "unknown") != 0);
    return report;
}

/* Signed was the form, received the text. */
static void check_found(const char *text, size_t length, const struct buffer *form)
{
    struct header_list headers = {0};
    char *value = signing_key_sign(secret, NOW_MS, form->data, form->length);
    FUZZ_CHECK(value != NULL && header_list_add(&headers, CONTRACT_SIGNATURE_HEADER, value));
    struct doctor_report report = examine(&headers, text, length);
    bool same = form->length == length && memcmp(form->data, text, length) == 0;
    FUZZ_CHECK(same == (report.findings[0].kind == DOCTOR_NOTHING_WRONG));
    FUZZ_CHECK(report.findings[0].shown);
    header_list_clear(&headers);
    free(value);
}

static bool is_of_the_header(enum doctor_kind kind)
{
    return kind == DOCTOR_NO_HEADER || kind == DOCTOR_DOUBLED_HEADER ||
           kind == DOCTOR_MALFORMED_HEADER;
}

static void check_unsigned(struct fuzz_input *input, const char *text, size_t length)
{
    struct header_list headers = {0};
    for (int i = 0; i < 3 && input->left > 0; i++) {
        const char *name = fuzz_string(input), *value = fuzz_string(input);
        (void)header_list_add(&headers, name, value);
    }
    struct doctor_report report = examine(&headers, text, length);
    for (size_t i = 0; i < report.count; i++)
        FUZZ_CHECK(!report.findings[i].shown || is_of_the_header(report.findings[i].kind));
    header_list_clear(&headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    struct buffer form;
    size_t text_length;
    fuzz_begin(&input, bytes, length);
    struct json_form how = take_form(&input);
    bool sign = fuzz_byte(&input) % 16 == 0; /* signing is slow */
    const char *text = fuzz_part(&input, &text_length);
    check_rewrite(text, text_length, how, &form);
    if (sign && form.data != NULL && text_length > 0)
        check_found(text, text_length, &form);
    check_unsigned(&input, text, text_length);
    buffer_clear(&form);
    fuzz_end(&input);
    return 0;
}
