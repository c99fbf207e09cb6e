#include "api/doctor.h"

#include "api/buffer.h"
#include "api/contract.h"
#include "api/json_rewrite.h"
#include "api/json_text.h"
#include "api/signing.h"
#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { NOW = 1700000000, SEED = 5, OTHER_SEED = 6 };
static const int64_t NOW_MS = INT64_C(1000) * NOW;

/* As Bridge would write it: with escapes, digits and characters that a rewriter changes. */
static const char BODY[] =
    "{\"api_version\":\"v0\",\"event_id\":\"wh_1\",\"event_type\":\"transfer.updated\","
    "\"event_object\":{\"id\":\"t_1\",\"note\":\"A \\u0026 B\",\"name\":\"Zo\xc3\xab\","
    "\"rate\":1.50,\"list\":[1,2,{}]},\"event_sequence\":7}";

static struct signing_key *own, *other;
static struct public_key *own_key, *other_key;
static struct doctor_key keys[3];
static struct header_list headers;
static struct doctor_report report;

static struct public_key *public_half(const struct signing_key *key)
{
    const char *pem = signing_key_public_pem(key);
    struct error error = {0};
    struct public_key *result = public_key_from_pem(pem, strlen(pem), &error);
    cr_assert_not_null(result, "%s", error.message);
    return result;
}

static void set_up(void)
{
    own = signing_key_from_seed(SEED, NULL);
    other = signing_key_from_seed(OTHER_SEED, NULL);
    cr_assert(own != NULL && other != NULL);
    own_key = public_half(own);
    other_key = public_half(other);
    keys[0] = (struct doctor_key){own_key, "wep_own", "https://a.example/own", false};
    keys[1] = (struct doctor_key){other_key, "wep_other", "https://a.example/other", false};
}

static void tear_down(void)
{
    header_list_clear(&headers);
    public_key_free(own_key);
    public_key_free(other_key);
    signing_key_free(own);
    signing_key_free(other);
}

TestSuite(doctor, .init = set_up, .fini = tear_down, .timeout = 60);

static struct doctor_case patient_with(const void *body, size_t length)
{
    return (struct doctor_case){.headers = &headers,
                                .target = "/own",
                                .body = body,
                                .body_length = length,
                                .received_ms = NOW_MS,
                                .window_ms = SIGNATURE_WINDOW_MS,
                                .keys = keys,
                                .key_count = 2};
}

static void add_header(const char *name, const char *value)
{
    cr_assert(header_list_add(&headers, name, value));
}

/* Signs `body` with `key` at `t_ms`, and puts the header there. */
static void sign(const struct signing_key *key, int64_t t_ms, const void *body, size_t length)
{
    char *value = signing_key_sign(key, t_ms, body, length);
    cr_assert_not_null(value);
    add_header(CONTRACT_SIGNATURE_HEADER, value);
    free(value);
}

static void examine(const void *body, size_t length)
{
    struct doctor_case patient = patient_with(body, length);
    doctor_examine(&patient, &report);
    cr_assert_gt(report.count, 0);
}

static void expect(enum doctor_kind kind, bool shown, const char *words)
{
    const struct doctor_finding *finding = &report.findings[0];
    cr_expect_eq(finding->kind, kind, "not %s but %s: %s", doctor_kind_name(kind),
                 doctor_kind_name(finding->kind), finding->what);
    cr_expect_eq(finding->shown, shown);
    cr_expect(strstr(finding->what, words) != NULL, "no \"%s\" in: %s", words, finding->what);
    cr_expect(kind == DOCTOR_NOTHING_WRONG || finding->remedy[0] != '\0');
}

/* Whatever else was done to it, a body with another letter is not explained by it. */
static void expect_not_claimed(const void *body, size_t length)
{
    char *changed = malloc(length + 1);
    cr_assert_not_null(changed);
    memcpy(changed, body, length);
    for (size_t i = 0; i < length; i++)
        if (changed[i] == 'w' || (i == length - 1))
            changed[i] ^= 1;
    struct doctor_case patient = patient_with(changed, length);
    doctor_examine(&patient, &report);
    cr_expect_not(report.findings[0].shown, "%s", report.findings[0].what);
    free(changed);
}

/* Signed was one body, received another. */
static void expect_body(const void *was, size_t was_length, const void *is, size_t is_length,
                        enum doctor_kind kind, const char *words)
{
    header_list_clear(&headers);
    sign(own, NOW_MS, was, was_length);
    examine(is, is_length);
    expect(kind, true, words);
    expect_not_claimed(is, is_length);
}

static void expect_text(const char *was, const char *is, enum doctor_kind kind, const char *words)
{
    expect_body(was, strlen(was), is, strlen(is), kind, words);
}

/* --- genuine --------------------------------------------------------------------------- */

Test(doctor, what_is_genuine_has_nothing)
{
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_NOTHING_WRONG, true, "genuine");
    cr_expect_eq(report.count, 1);
    cr_expect_eq(report.checks, 1);
}

Test(doctor, the_vendors_example_is_stale_and_nothing_else)
{
    struct vendor vendor = vendor_load();
    struct doctor_key key = {vendor.key, "wep_1", "https://a.example/", false};
    struct doctor_case patient = patient_with(vendor.body, vendor.body_length);
    add_header("x-webhook-signature", vendor.header);
    patient.keys = &key;
    patient.key_count = 1;
    doctor_examine(&patient, &report);
    cr_expect_eq(report.findings[0].kind, VENDOR_T < NOW_MS ? DOCTOR_STALE : DOCTOR_FUTURE);
    patient.window_ms = -1;
    doctor_examine(&patient, &report);
    expect(DOCTOR_NOTHING_WRONG, true, "genuine");
    public_key_free(vendor.key);
}

/* --- the header --------------------------------------------------------------------------- */

Test(doctor, a_header_that_is_not_there)
{
    add_header("Content-Type", "application/json");
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_NO_HEADER, true, "no X-Webhook-Signature");
}

Test(doctor, a_header_under_another_name)
{
    char *value = signing_key_sign(own, NOW_MS, BODY, sizeof BODY - 1);
    add_header("X-Forwarded-Signature", value);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_RENAMED_HEADER, true, "X-Forwarded-Signature holds one, and it fits");
    examine("{}", 2);
    expect(DOCTOR_RENAMED_HEADER, false, "X-Forwarded-Signature holds one.");
    free(value);
}

Test(doctor, a_doubled_header)
{
    sign(other, NOW_MS, "{}", 2);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_DOUBLED_HEADER, true, "comes 2 times; number 2 of them fits");
    header_list_clear(&headers);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_DOUBLED_HEADER, true, "each of them fits");
    examine("{}", 2);
    expect(DOCTOR_DOUBLED_HEADER, true, "none of them fits");
}

static void add_joined(const char *one, const char *between, const char *other_one)
{
    char value[2 * SIGNATURE_HEADER_MAX];
    (void)snprintf(value, sizeof value, "%s%s%s", one, between, other_one);
    header_list_clear(&headers);
    add_header(CONTRACT_SIGNATURE_HEADER, value);
}

/* As a proxy may write two headers of one name (RFC 9110, 5.3). */
Test(doctor, two_headers_joined_by_a_comma)
{
    char *right = signing_key_sign(own, NOW_MS, BODY, sizeof BODY - 1);
    char *wrong = signing_key_sign(other, NOW_MS, "{}", 2);
    add_joined(wrong, ", ", right);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_DOUBLED_HEADER, true,
           "holds 2 signatures, joined by commas; number 2 of them fits");
    add_joined(right, ",", right);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_DOUBLED_HEADER, true, "each of them fits");
    add_joined(wrong, ",\t", wrong);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_DOUBLED_HEADER, true, "none of them fits");

    add_joined("t=1", ", ", "t=2"); /* none that could be read */
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_MALFORMED_HEADER, true, "field 2 holds a blank");
    add_joined(right, ",", "v1=AAAA"); /* another field, not another header */
    examine(BODY, sizeof BODY - 1);
    cr_expect_neq(report.findings[0].kind, DOCTOR_DOUBLED_HEADER);
    free(right);
    free(wrong);
}

Test(doctor, a_malformed_header_with_its_place)
{
    static const struct {
        const char *value, *words;
    } CASES[] = {
        {"", "it is empty"},
        {"t=1", "v0 is missing"},
        {"v0=AAAA", "v0 holds 3 bytes"},
        {"t=12x,v0=AAAA", "t is not a whole number"},
        {"t=1,v0=!!!", "v0 is not canonical base64"},
        {"hello", "field 1 is not of the form"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        header_list_clear(&headers);
        add_header(CONTRACT_SIGNATURE_HEADER, CASES[i].value);
        examine(BODY, sizeof BODY - 1);
        expect(DOCTOR_MALFORMED_HEADER, true, CASES[i].words);
    }
}

/* The signature with each of its characters put through `change`. */
static void expect_loose(const char *from, const char *to)
{
    char *value = signing_key_sign(own, NOW_MS, BODY, sizeof BODY - 1);
    struct buffer changed;
    buffer_init(&changed, SIGNATURE_HEADER_MAX);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == *from && (*from != '=' || at > value + 20))
            buffer_append_string(&changed, to);
        else
            buffer_append(&changed, at, 1);
    }
    header_list_clear(&headers);
    add_header(CONTRACT_SIGNATURE_HEADER, changed.data);
    examine(BODY, sizeof BODY - 1);
    if (strcmp(changed.data, value) != 0)
        expect(DOCTOR_LOOSE_BASE64, true, "with allowances");
    examine("{}", 2);
    cr_expect_neq(report.findings[0].kind, DOCTOR_LOOSE_BASE64);
    buffer_clear(&changed);
    free(value);
}

Test(doctor, base64_that_is_not_strict)
{
    expect_loose("/", "_");
    expect_loose("+", "-");
    expect_loose("=", "");
    expect_loose("+", "%2B");
    expect_loose("/", "%2f");
    expect_loose("A", "A ");
    expect_loose(",", ";");
}

Test(doctor, a_signature_in_hexadecimal)
{
    struct signature signature;
    char hex[SIGNATURE_HEADER_MAX];
    char *value = signing_key_sign(own, NOW_MS, BODY, sizeof BODY - 1);
    cr_assert(signature_parse(value, &signature, NULL));
    int used = snprintf(hex, sizeof hex, "t=%s,v1=", signature.t_text);
    for (size_t i = 0; i < signature.length; i++)
        used += snprintf(hex + used, sizeof hex - (size_t)used, "%02x", signature.bytes[i]);
    add_header(CONTRACT_SIGNATURE_HEADER, hex);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_LOOSE_BASE64, true, "with allowances");
    free(value);
}

/* --- the time ------------------------------------------------------------------------------ */

Test(doctor, a_time_in_seconds)
{
    sign(own, NOW, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_SECONDS, true, "1700000000 would be 1700000000000");
}

/* "t=1700000000123,v0=…" → "t=1700000000,v0=…" */
static void sign_and_cut(const struct signing_key *key, int64_t t_ms)
{
    char *value = signing_key_sign(key, t_ms, BODY, sizeof BODY - 1);
    cr_assert_not_null(value);
    char *comma = strchr(value, ',');
    memmove(comma - 3, comma, strlen(comma) + 1);
    add_header(CONTRACT_SIGNATURE_HEADER, value);
    free(value);
}

Test(doctor, a_time_that_was_cut_to_seconds)
{
    sign_and_cut(own, NOW_MS + 7);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_SECONDS, true, "1700000000007 was signed: its last three digits are missing");
    cr_expect_eq(report.count, 1);
}

/* Nothing fits it, but it is seen all the same. */
Test(doctor, a_time_in_seconds_that_does_not_fit)
{
    struct signing_key *stranger = signing_key_generate(NULL);
    sign_and_cut(stranger, NOW_MS + 7);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_SECONDS, false, "1700000000 has 10 digits");
    header_list_clear(&headers);
    sign(stranger, NOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    for (size_t i = 0; i < report.count; i++)
        cr_expect_neq(report.findings[i].kind, DOCTOR_SECONDS);
    signing_key_free(stranger);
}

Test(doctor, a_time_outside_the_window_and_by_how_much)
{
    sign(own, NOW_MS - SIGNATURE_WINDOW_MS - 90 * 1000, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_STALE, true, "1 min 30 s beyond the 10 min");
    header_list_clear(&headers);
    sign(own, NOW_MS + SIGNATURE_WINDOW_MS + 1500, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_FUTURE, true, "2 s beyond the 10 min");
    header_list_clear(&headers);
    sign(own, NOW_MS - SIGNATURE_WINDOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_NOTHING_WRONG, true, "");
}

Test(doctor, a_clock_that_is_wrong_and_one_that_is_not)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct doctor_case patient = patient_with(BODY, sizeof BODY - 1);
    sign(own, NOW_MS - HOUR_MS, BODY, sizeof BODY - 1);
    patient.clock_known = true;
    patient.clock_ahead_ms = HOUR_MS;
    doctor_examine(&patient, &report);
    expect(DOCTOR_CLOCK, true, "1 h ahead of Bridge's");
    cr_expect_eq(report.findings[1].kind, DOCTOR_STALE);
    patient.clock_ahead_ms = 100;
    doctor_examine(&patient, &report);
    expect(DOCTOR_STALE, true, "50 min beyond");
    cr_expect_eq(report.count, 1);
}

/* --- the key -------------------------------------------------------------------------------- */

Test(doctor, another_endpoints_key)
{
    sign(other, NOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_OTHER_KEY, true,
           "This is wep_other's signature, though it came to /own: its URL, "
           "https://a.example/other, points here too.");
}

Test(doctor, an_old_key)
{
    keys[1].retired = true;
    sign(other, NOW_MS, BODY, sizeof BODY - 1);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_OLD_KEY, true, "wep_other, an endpoint that is no longer there");
}

Test(doctor, any_key_is_expected_where_no_endpoint_has_the_path)
{
    struct doctor_case patient = patient_with(BODY, sizeof BODY - 1);
    patient.target = "/elsewhere";
    sign(other, NOW_MS, BODY, sizeof BODY - 1);
    doctor_examine(&patient, &report);
    expect(DOCTOR_NOTHING_WRONG, true, "");
}

Test(doctor, no_key_at_all)
{
    struct doctor_case patient = patient_with(BODY, sizeof BODY - 1);
    patient.key_count = 0;
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    doctor_examine(&patient, &report);
    expect(DOCTOR_NO_KEY, true, "No public key");
}

Test(doctor, a_signature_of_another_size)
{
    char header[SIGNATURE_HEADER_MAX] = "t=1700000000000,v0=";
    size_t used = strlen(header), digits = 512 / 3 * 4 + 3;
    memset(header + used, 'A', digits);
    header[used + digits] = '=';
    add_header(CONTRACT_SIGNATURE_HEADER, header);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_KEY_SIZE, false, "512 bytes");
    cr_expect_eq(report.checks, 0);
}

Test(doctor, a_key_that_is_not_known)
{
    struct doctor_case patient = patient_with(BODY, sizeof BODY - 1);
    patient.key_count = 1;
    sign(other, NOW_MS, BODY, sizeof BODY - 1);
    doctor_examine(&patient, &report);
    expect(DOCTOR_UNEXPLAINED, false, "No change that was tried");
    cr_expect_not(report.exhausted);
}

/* --- what was hashed -------------------------------------------------------------------------- */

Test(doctor, one_hash_instead_of_two)
{
    char *value = signing_key_sign_single_hash(own, NOW_MS, BODY, sizeof BODY - 1);
    add_header(CONTRACT_SIGNATURE_HEADER, value);
    examine(BODY, sizeof BODY - 1);
    expect(DOCTOR_SINGLE_HASH, true, "Bridge hashes twice");
    expect_not_claimed(BODY, sizeof BODY - 1);
    free(value);
}

/* --- the body ----------------------------------------------------------------------------------
 */

static char *with(const char *before, const char *text, const char *behind)
{
    char *result = NULL;
    cr_assert_gt(asprintf(&result, "%s%s%s", before, text, behind), 0);
    return result;
}

Test(doctor, line_ends_added_and_taken)
{
    char *lf = with("", BODY, "\n"), *crlf = with("", BODY, "\r\n");
    expect_text(BODY, lf, DOCTOR_NEWLINE_ADDED, "added on the way");
    expect_text(BODY, crlf, DOCTOR_NEWLINE_ADDED, "added on the way");
    expect_text(lf, BODY, DOCTOR_NEWLINE_TAKEN, "taken away");
    expect_text(crlf, BODY, DOCTOR_NEWLINE_TAKEN, "taken away");
    free(lf);
    free(crlf);
}

Test(doctor, a_byte_order_mark_and_blanks)
{
    char *marked = with("\xef\xbb\xbf", BODY, ""), *padded = with("  ", BODY, " \n\n");
    expect_text(BODY, marked, DOCTOR_BOM_ADDED, "byte order mark");
    expect_text(marked, BODY, DOCTOR_BOM_TAKEN, "byte order mark");
    expect_text(BODY, padded, DOCTOR_BLANKS_ADDED, "Without 5 blanks");
    free(marked);
    free(padded);
}

Test(doctor, line_ends_of_another_kind)
{
    static const char LF[] = "{\n\"event_id\":\"wh_1\",\n\"a\":1}\n",
                      CRLF[] = "{\r\n\"event_id\":\"wh_1\",\r\n\"a\":1}\r\n";
    expect_text(LF, CRLF, DOCTOR_LINE_ENDS, "as LF");
    expect_text(CRLF, LF, DOCTOR_LINE_ENDS, "as CR LF");
}

Test(doctor, another_character_set)
{
    static const char UTF8[] = "{\"event_id\":\"wh_1\",\"name\":\"Zo\xc3\xab\"}",
                      TWICE[] = "{\"event_id\":\"wh_1\",\"name\":\"Zo\xc3\x83\xc2\xab\"}",
                      LATIN[] = "{\"event_id\":\"wh_1\",\"name\":\"Zo\xeb\"}";
    expect_text(UTF8, TWICE, DOCTOR_CHARSET, "encoded it once more");
    expect_text(UTF8, LATIN, DOCTOR_CHARSET, "wrote it in ISO 8859-1");
}

Test(doctor, a_compressed_body)
{
    enum { GZIP = 16 + MAX_WBITS };
    unsigned char packed[1024];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)BODY,
                       .avail_in = sizeof BODY - 1,
                       .next_out = packed,
                       .avail_out = sizeof packed};
    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    examine(packed, stream.total_out);
    expect(DOCTOR_COMPRESSED, true, "something compressed it");
    header_list_clear(&headers);
    sign(own, NOW_MS, "{}", 2);
    add_header("Content-Encoding", "gzip");
    examine(packed, stream.total_out);
    expect(DOCTOR_COMPRESSED, false, "Content-Encoding says gzip");
}

/* Packed to a thousandth, it is not unpacked beyond the limit. */
Test(doctor, a_bomb_stays_packed)
{
    enum { LENGTH = 16 * 1024 * 1024 };
    char *zeros = calloc(1, LENGTH);
    uLongf packed_length = compressBound(LENGTH);
    unsigned char *packed = malloc(packed_length);
    cr_assert_eq(compress(packed, &packed_length, (unsigned char *)zeros, LENGTH), Z_OK);
    sign(own, NOW_MS, zeros, LENGTH);
    examine(packed, packed_length);
    cr_expect_neq(report.findings[0].kind, DOCTOR_COMPRESSED);
    free(packed);
    free(zeros);
}

Test(doctor, json_that_was_written_again)
{
    static const struct {
        struct json_form was, is;
        const char *words;
    } CASES[] = {
        {{.layout = JSON_LAYOUT_COMPACT}, {.layout = JSON_LAYOUT_SPACED}, "without blanks"},
        {{.layout = JSON_LAYOUT_SPACED}, {.layout = JSON_LAYOUT_COMPACT}, "with blanks after"},
        {{.layout = JSON_LAYOUT_INDENT_2}, {.layout = JSON_LAYOUT_COMPACT}, "indented by two"},
        {{.layout = JSON_LAYOUT_COMPACT}, {.layout = JSON_LAYOUT_TAB}, "without blanks"},
        {{.escapes = JSON_ESCAPES_HTML}, {.escapes = JSON_ESCAPES_FEW}, "< > & escaped"},
        {{.escapes = JSON_ESCAPES_FEW}, {.escapes = JSON_ESCAPES_ASCII}, "with UTF-8"},
        {{.escapes = JSON_ESCAPES_ASCII}, {.escapes = JSON_ESCAPES_FEW}, "with \\u escapes"},
        {{.layout = JSON_LAYOUT_COMPACT, .escapes = JSON_ESCAPES_HTML},
         {.layout = JSON_LAYOUT_INDENT_4, .escapes = JSON_ESCAPES_ASCII},
         "without blanks, with < > & escaped"},
        {{.numbers = JSON_NUMBERS_SHORT}, {.numbers = JSON_NUMBERS_AS_SENT}, "with 1 for 1.0"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct buffer was, is;
        buffer_init(&was, 4096);
        buffer_init(&is, 4096);
        cr_assert(json_rewrite(BODY, sizeof BODY - 1, CASES[i].was, &was));
        cr_assert(json_rewrite(BODY, sizeof BODY - 1, CASES[i].is, &is));
        expect_body(was.data, was.length, is.data, is.length, DOCTOR_REENCODED, CASES[i].words);
        buffer_clear(&was);
        buffer_clear(&is);
    }
}

Test(doctor, members_that_were_sorted)
{
    static const char WAS[] =
        "{\"api_version\":\"v0\",\"event_id\":\"wh_1\",\"event_type\":\"a.b\","
        "\"event_object\":{\"a\":1,\"b\":2},\"event_sequence\":7}",
                      IS[] =
                          "{\"api_version\": \"v0\", \"event_id\": \"wh_1\", \"event_object\": "
                          "{\"a\": 1, \"b\": 2}, \"event_sequence\": 7, \"event_type\": \"a.b\"}";
    expect_text(WAS, IS, DOCTOR_REENCODED, "in Bridge's order");
}

Test(doctor, a_body_that_was_cut)
{
    char part[sizeof BODY];
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    for (size_t length = 1; length < sizeof BODY - 1; length++) {
        memcpy(part, BODY, length);
        if (json_valid(part, length) || (part[length - 1] & 0xc0) == 0xc0 ||
            (part[length - 1] >= '0' && part[length - 1] <= '9') || part[length - 1] == '.')
            continue; /* half a character, or half a number, is not for sure a cut */
        examine(part, length);
        expect(DOCTOR_TRUNCATED, false, "breaks off after");
    }
    add_header("Content-Length", "900");
    examine(BODY, 40);
    expect(DOCTOR_TRUNCATED, false, "Content-Length says 900 bytes, and 40 are here");
}

Test(doctor, bodies_that_are_empty_or_no_json)
{
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    examine("", 0);
    expect(DOCTOR_EMPTY_BODY, false, "empty");
    examine("<html>no</html>", 15);
    expect(DOCTOR_NOT_JSON, false, "not JSON");
}

/* More keys than it takes, and one of those left out made it. */
Test(doctor, keys_that_are_left_out_are_told)
{
    static struct doctor_key many[DOCTOR_KEYS_MAX + 1];
    for (size_t i = 0; i < DOCTOR_KEYS_MAX; i++)
        many[i] = keys[0];
    many[DOCTOR_KEYS_MAX] = (struct doctor_key){.key = other_key};
    many[DOCTOR_KEYS_MAX].retired = true;
    sign(other, NOW_MS, BODY, sizeof BODY - 1);
    struct doctor_case patient = patient_with(BODY, sizeof BODY - 1);
    patient.keys = many;
    patient.key_count = DOCTOR_KEYS_MAX + 1;
    doctor_examine(&patient, &report);
    expect(DOCTOR_UNEXPLAINED, false, "not all of them");
}

/* A large body of many strings: it ends, and says that it did not try all. */
Test(doctor, its_work_is_bounded)
{
    enum { LENGTH = 1024 * 1024 };
    static struct doctor_key many[DOCTOR_KEYS_MAX];
    char *body = malloc(LENGTH + 1);
    memset(body, ' ', LENGTH);
    body[0] = '[';
    for (size_t i = 1; i + 4 < LENGTH; i += 4)
        memcpy(body + i, "\"/\",", 4);
    memcpy(body + LENGTH - 3, "10]", 3);
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        many[i] = keys[i % 2];
    sign(own, NOW_MS, "{}", 2);
    struct doctor_case patient = patient_with(body, LENGTH);
    patient.keys = many;
    patient.key_count = sizeof many / sizeof *many;
    doctor_examine(&patient, &report);
    cr_expect(report.exhausted);
    cr_expect_leq(report.checks, DOCTOR_CHECKS_MAX);
    expect(DOCTOR_UNEXPLAINED, false, "not all of them");
    free(body);
}

Test(doctor, every_kind_has_a_name_of_its_own)
{
    for (int i = 0; i < DOCTOR_KINDS; i++)
        for (int j = 0; j < i; j++)
            cr_expect_str_neq(doctor_kind_name((enum doctor_kind)i),
                              doctor_kind_name((enum doctor_kind)j));
}

/* --- beside the verdict's reason ---------------------------------------------------- */

/* Whether the first finding says again what the verdict's reason did. */
static bool repeats_the_reason(size_t key_count)
{
    const struct public_key *const known[] = {own_key, other_key};
    size_t count = header_list_count(&headers, CONTRACT_SIGNATURE_HEADER);
    struct error reason = {0};
    struct doctor_case patient = patient_with(BODY, sizeof BODY - 1);
    patient.key_count = key_count;
    doctor_examine(&patient, &report);
    (void)signature_verify(header_list_find(&headers, CONTRACT_SIGNATURE_HEADER), count, BODY,
                           sizeof BODY - 1, known, key_count, NOW_MS, SIGNATURE_WINDOW_MS, NULL,
                           &reason);
    header_list_clear(&headers);
    return doctor_repeats(&report.findings[0], reason.message);
}

Test(doctor, knows_what_the_reason_already_says)
{
    cr_expect(repeats_the_reason(2), "no header: %s", report.findings[0].what);
    add_header(CONTRACT_SIGNATURE_HEADER, "t=1,v1=QUJD");
    cr_expect(repeats_the_reason(2), "malformed: %s", report.findings[0].what);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    cr_expect(repeats_the_reason(0), "no key: %s", report.findings[0].what);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    sign(own, NOW_MS, BODY, sizeof BODY - 1);
    cr_expect_not(repeats_the_reason(2), "which of them fit is new");
    sign(own, NOW_MS - 2 * SIGNATURE_WINDOW_MS, BODY, sizeof BODY - 1);
    cr_expect_not(repeats_the_reason(2), "by how much is new");
    cr_expect_not(doctor_repeats(&report.findings[0], NULL));
    cr_expect_not(doctor_repeats(&(struct doctor_finding){.what = ""}, ""));
    cr_expect_not(doctor_repeats(&(struct doctor_finding){.what = "."}, ""));
}
