/* What of a payload is hidden, and what must stay. */
#include "api/redact.h"

#include "api/json_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expect_masked(const char *given, const char *wanted)
{
    size_t length;
    char *masked = redact_copy(given, strlen(given), REDACT_JSON_OR_TEXT, &length, NULL);
    cr_assert_not_null(masked);
    cr_expect_eq(length, strlen(masked));
    cr_expect_str_eq(masked, wanted, "given:  %s\nmasked: %s\nwanted: %s", given, masked, wanted);
    cr_expect(!json_valid(given, strlen(given)) || json_valid(masked, length), "%s", masked);
    free(masked);
}

static void expect_stays(const char *given)
{
    expect_masked(given, given);
}

/* --- names ------------------------------------------------------------------------- */

Test(redact, every_kind_is_found_by_its_name)
{
    static const struct {
        const char *name;
        enum redact_kind kind;
    } names[] = {
        {"name", REDACT_NAME},
        {"first_name", REDACT_NAME},
        {"business_legal_name", REDACT_NAME},
        {"account_owner_name", REDACT_NAME},
        {"bank_name", REDACT_NAME},
        {"beneficiary", REDACT_NAME},
        {"address", REDACT_ADDRESS},
        {"street_line_1", REDACT_ADDRESS},
        {"residential_address", REDACT_ADDRESS},
        {"postal_code", REDACT_ADDRESS},
        {"city", REDACT_ADDRESS},
        {"email", REDACT_EMAIL},
        {"email_address", REDACT_EMAIL},
        {"phone", REDACT_PHONE},
        {"phone_number", REDACT_PHONE},
        {"mobile_phone", REDACT_PHONE},
        {"birth_date", REDACT_BIRTH},
        {"date_of_birth", REDACT_BIRTH},
        {"dob", REDACT_BIRTH},
        {"account_number", REDACT_ACCOUNT},
        {"bank_account_number", REDACT_ACCOUNT},
        {"routing_number", REDACT_ACCOUNT},
        {"sender_bank_routing_number", REDACT_ACCOUNT},
        {"iban", REDACT_ACCOUNT},
        {"bic", REDACT_ACCOUNT},
        {"clabe", REDACT_ACCOUNT},
        {"pix_key", REDACT_ACCOUNT},
        {"card_number", REDACT_ACCOUNT},
        {"last_4", REDACT_ACCOUNT},
        {"expiry", REDACT_ACCOUNT},
        {"trace_number", REDACT_ACCOUNT},
        {"to_address", REDACT_ACCOUNT},
        {"ssn", REDACT_TAX},
        {"tax_id", REDACT_TAX},
        {"tax_identification_number", REDACT_TAX},
        {"passport_number", REDACT_TAX},
        {"deposit_message", REDACT_TEXT},
        {"memo", REDACT_TEXT},
        {"description", REDACT_TEXT},
        {"api_key", REDACT_SECRET},
        {"kyc_link", REDACT_SECRET},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect_eq(redact_name_kind(names[i].name, strlen(names[i].name)), names[i].kind,
                     "%s is %s", names[i].name,
                     redact_kind_name(redact_name_kind(names[i].name, strlen(names[i].name))));
}

Test(redact, a_name_is_known_in_every_style)
{
    static const char *const names[] = {
        "last_4",
        "last4",
        "Last4",
        "lastFour",
        "last-4",
        "LAST_4",
        "firstName",
        "FirstName",
        "FIRST_NAME",
        "first name",
        "firstname",
        "accountNumber",
        "AccountNo_number",
        "IBANNumber",
        "dateOfBirth",
        "cardLast4",
        "SSN",
        "eMail",
        "emailAddress",
        "postalCode",
        "account.last_4",
        "/account/last_4",
        "owners[0].email",
        "address.city",
        "address.country",
        "addresses[2].state",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect_neq(redact_name_kind(names[i], strlen(names[i])), REDACT_NONE, "%s", names[i]);
}

/* Where more than one row would do, the first counts, and an exact one before all. */
Test(redact, the_first_row_that_matches_a_name_counts)
{
    static const struct {
        const char *name;
        enum redact_kind kind;
    } names[] = {
        {"birth_status", REDACT_NONE},   /* *_status before birth_* */
        {"email_hash", REDACT_NONE},     /* *_hash before email_* */
        {"phone_name", REDACT_PHONE},    /* phone_* before *_name */
        {"name_number", REDACT_ACCOUNT}, /* *_number before name_* */
        {"event_name", REDACT_NONE},     /* itself before *_name */
        {"phone_number", REDACT_PHONE},  /* itself before *_number */
        {"x_event_name", REDACT_NAME},   /* *_name: the exact one is another name */
        {"eventname", REDACT_NONE},
        {"xphone", REDACT_NONE}, /* no wildcard without its `_` */
        {"x_phone", REDACT_PHONE},
        {"phone_", REDACT_PHONE},
        {"_name", REDACT_NAME},
        {"a_b_c_d_e_f_g_h_identification_number", REDACT_TAX},
        {"passport_a_b_c_d_e_f_g_h", REDACT_TAX},
        {"identification_numbe", REDACT_NONE},
        {"", REDACT_NONE},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect_eq(redact_name_kind(names[i].name, strlen(names[i].name)), names[i].kind, "%s",
                     names[i].name);
}

Test(redact, what_is_needed_to_read_an_event_stays)
{
    static const char *const names[] = {
        "id",           "event_id",     "event_object_id",  "event_developer_id",
        "customer_id",  "customerId",   "on_behalf_of",     "external_account_id",
        "type",         "account_type", "status",           "kyc_status",
        "state",        "event_type",   "event_category",   "event_object_status",
        "amount",       "final_amount", "currency",         "developer_fee",
        "payment_rail", "created_at",   "updated_at",       "event_sequence",
        "chain",        "country",      "active",           "liquidation_address_id",
        "event_object", "source",       "destination",      "event_object_changes",
        "api_version",  "exchange_fee", "transaction_hash", "destination_tx_hash",
        "code",         "message",      "requirements_due", "capabilities",
        "tax_amount",   "receipt",      "account_id",       "bank_account_id",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect_eq(redact_name_kind(names[i], strlen(names[i])), REDACT_NONE, "%s", names[i]);
}

Test(redact, values_are_hidden_and_every_other_byte_stays)
{
    expect_masked("{ \"id\" : \"cu_1\",\n\t\"email\":\"a@b.example\" , \"n\":1.50}",
                  "{ \"id\" : \"cu_1\",\n\t\"email\":\"***\" , \"n\":1.50}");
    expect_masked("{\"account_number\":12345678901234567890,\"amount\":\"12.50\"}",
                  "{\"account_number\":\"***\",\"amount\":\"12.50\"}");
    expect_masked("{\"first_name\":\"Zo\\u00eb\",\"last_name\":\"M\xc3\xbcller\"}",
                  "{\"first_name\":\"***\",\"last_name\":\"***\"}");
    expect_masked("{\"n\\u0061me\":\"x\"}", "{\"n\\u0061me\":\"***\"}");
    expect_masked("{\"name\":\"one\",\"name\":\"two\"}", "{\"name\":\"***\",\"name\":\"***\"}");
    expect_stays("{\"email\":null,\"phone\":\"\",\"name\":true,\"address\":{},\"iban\":[]}");
    expect_stays("");
    expect_stays("[]");
    expect_stays("null");
}

Test(redact, what_is_inside_a_hidden_name_is_hidden)
{
    expect_masked("{\"address\":{\"country\":\"DEU\",\"state\":null,\"lines\":[\"a\",[\"b\",3]]}}",
                  "{\"address\":{\"country\":\"***\",\"state\":null,\"lines\":[\"***\",[\"***\","
                  "\"***\"]]}}");
    expect_masked("{\"address\":{\"id\":\"adr_1\",\"type\":\"home\",\"line\":\"x\"}}",
                  "{\"address\":{\"id\":\"adr_1\",\"type\":\"home\",\"line\":\"***\"}}");
    expect_masked("{\"emails\":[\"a\",\"b\"],\"x\":[\"a\"]}",
                  "{\"emails\":[\"***\",\"***\"],\"x\":[\"a\"]}");
    expect_masked("{\"account\":{\"last_4\":\"1234\",\"checking_or_savings\":\"checking\"}}",
                  "{\"account\":{\"last_4\":\"***\",\"checking_or_savings\":\"checking\"}}");
    expect_masked("{\"a\":{\"address\":{\"b\":{\"c\":\"d\"}}},\"e\":\"f\"}",
                  "{\"a\":{\"address\":{\"b\":{\"c\":\"***\"}}},\"e\":\"f\"}");
    expect_masked("{\"owner\":\"Ann\",\"owners\":[{\"name\":\"Ann\",\"share\":25}]}",
                  "{\"owner\":\"***\",\"owners\":[{\"name\":\"***\",\"share\":25}]}");
}

Test(redact, what_a_merchant_sells_is_not_personal)
{
    expect_masked(
        "{\"merchant\":{\"name\":\"x\",\"mcc\":\"5411\",\"city\":\"Ulm\"},\"mcc\":5411}",
        "{\"merchant\":{\"name\":\"***\",\"mcc\":\"5411\",\"city\":\"***\"},\"mcc\":5411}");
    expect_stays("{\"merchant_category_code\":\"5411\"}");
}

Test(redact, changes_hide_old_and_new)
{
    expect_masked("{\"event_object_changes\":{\"email\":[\"a\",\"b\"],\"state\":[\"x\",\"y\"]}}",
                  "{\"event_object_changes\":{\"email\":[\"***\",\"***\"],\"state\":[\"x\",\"y\"]}"
                  "}");
    expect_masked("{\"event_object_changes\":{\"address.city\":[null,\"Berlin\"],"
                  "\"account.active\":[false,true]}}",
                  "{\"event_object_changes\":{\"address.city\":[null,\"***\"],"
                  "\"account.active\":[false,true]}}");
    expect_masked("{\"event_object_changes\":{\"address\":[{\"a\":\"b\"},{\"a\":\"c\"}]}}",
                  "{\"event_object_changes\":{\"address\":[{\"a\":\"***\"},{\"a\":\"***\"}]}}");
    expect_masked("{\"changes\":[{\"field\":\"last_name\",\"old\":\"A\",\"new\":\"B\"},"
                  "{\"old\":1,\"new\":2,\"field\":\"sequence\"},"
                  "{\"value\":{\"x\":\"Rue\"},\"path\":\"/address/street\",\"op\":\"replace\"}]}",
                  "{\"changes\":[{\"field\":\"last_name\",\"old\":\"***\",\"new\":\"***\"},"
                  "{\"old\":1,\"new\":2,\"field\":\"sequence\"},"
                  "{\"value\":{\"x\":\"***\"},\"path\":\"/address/street\",\"op\":\"replace\"}]}");
}

/* The name of the field may stand beside the values, before or behind them. */
Test(redact, values_are_hidden_by_the_name_beside_them)
{
    expect_masked("{\"log\":[{\"field\":\"last_name\",\"old\":\"Smith\",\"new\":\"Jones\"},"
                  "{\"from\":\"Smith\",\"to\":\"Jones\",\"attribute\":\"lastName\"}]}",
                  "{\"log\":[{\"field\":\"last_name\",\"old\":\"***\",\"new\":\"***\"},"
                  "{\"from\":\"***\",\"to\":\"***\",\"attribute\":\"lastName\"}]}");
    expect_masked("{\"name\":\"email\",\"value\":\"Zq9\"}",
                  "{\"name\":\"email\",\"value\":\"***\"}");
    expect_masked(
        "{\"key\":\"/address/city\",\"before\":\"Ulm\",\"after\":[\"Bonn\",{\"x\":7}]}",
        "{\"key\":\"/address/city\",\"before\":\"***\",\"after\":[\"***\",{\"x\":\"***\"}]}");
    expect_masked("{\"path\":[\"owners\",0,\"last_name\"],\"lhs\":\"Smith\",\"rhs\":\"Jones\"}",
                  "{\"path\":[\"owners\",0,\"last_name\"],\"lhs\":\"***\",\"rhs\":\"***\"}");
    expect_masked(
        "{\"type\":\"iban\",\"value_before\":12,\"newValue\":null,\"status\":\"ok\"}",
        "{\"type\":\"iban\",\"value_before\":\"***\",\"newValue\":null,\"status\":\"ok\"}");
    expect_masked("{\"account\":{\"old\":\"1\",\"new\":\"2\",\"type\":\"us\"}}",
                  "{\"account\":{\"old\":\"***\",\"new\":\"***\",\"type\":\"us\"}}");
    expect_masked("{\"a\":{\"field\":\"l\\u0061st_name\",\"b\":{\"old\":1},\"old\":\"Smith",
                  "{\"a\":{\"field\":\"l\\u0061st_name\",\"b\":{\"old\":1},\"old\":\"***");
    expect_stays("{\"field\":\"amount\",\"old\":\"1.00\",\"new\":\"2.00\"}");
    expect_stays("{\"type\":\"transfer\",\"from\":\"usd\",\"to\":\"eur\"}");
    /* Somebody may be called like a field. */
    expect_masked("{\"type\":\"email\",\"name\":\"ada\",\"value\":\"x\"}",
                  "{\"type\":\"email\",\"name\":\"***\",\"value\":\"***\"}");
    expect_masked("{\"owner\":{\"name\":\"pin\"},\"x\":{\"name\":\"Bin\",\"value\":1}}",
                  "{\"owner\":{\"name\":\"***\"},\"x\":{\"name\":\"***\",\"value\":\"***\"}}");
}

Test(redact, a_list_that_begins_with_a_field_hides_its_values)
{
    expect_masked("{\"audit\":[[\"last_name\",\"Smith\",\"Jones\"],[\"account_number\",12,null],"
                  "[\"amount\",\"1.00\",\"2.00\"]]}",
                  "{\"audit\":[[\"last_name\",\"***\",\"***\"],[\"account_number\",\"***\",null],"
                  "[\"amount\",\"1.00\",\"2.00\"]]}");
    expect_masked("[\"address\",{\"line\":\"x\",\"id\":\"a_1\"},[\"y\",[3]]]",
                  "[\"address\",{\"line\":\"***\",\"id\":\"a_1\"},[\"***\",[\"***\"]]]");
    expect_masked("{\"body\":\"[[\\\"email\\\",\\\"Zq9\\\",4]]\"}",
                  "{\"body\":\"[[\\\"email\\\",\\\"***\\\",\\\"***\\\"]]\"}");
    expect_masked("[[\"email\",\"Zq9", "[[\"email\",\"***");
    /* What is missing or asked for names nobody. */
    expect_stays("{\"x\":[\"email\",\"phone_number\",\"address.city\"]}");
    expect_stays("{\"requirements_due\":[\"last_name\",\"proof_of_funds\"]}");
    expect_stays("{\"event_categories\":[\"kyc_link\",\"transfer\"]}");
    expect_masked("{\"fields\":[\"last_name\",\"Smith\"]}", "{\"fields\":[\"last_name\",\"***\"]}");
}

Test(redact, queries_in_a_text_hide_their_values)
{
    expect_masked("{\"url\":\"https://x/?email=ada%40example.com&page=2\"}",
                  "{\"url\":\"https://x/?email=***&page=2\"}");
    expect_masked("[\"https://x/of/ada%40example.com/1\",\"/?u=ada%2540example.com#top\"]",
                  "[\"https://x/of/***/1\",\"/?u=***#top\"]");
    expect_masked("[\"/?next=%2Fa%3Ffirst_name%3DAda&b=%2B493090182000\"]",
                  "[\"/?next=***&b=***\"]");
    expect_masked("last_name=Smith&amount=12&city=New+York", "last_name=***&amount=12&city=***");
    expect_masked("[\"no user name='Ada L' found\",\"e\\u003dx name\\u003dAda\"]",
                  "[\"no user name='***' found\",\"e\\u003dx name\\u003d***\"]");
    expect_masked("{\"m\":\"x=1;iban=DE89 3704 0044 0532 0130 00\"}", "{\"m\":\"x=1;iban=***\"}");
    expect_stays("[\"https://x/?page=2&sort=created_at&q=\",\"a=b=c==\",\"t=1,v0=YWJj+ZGVm==\"]");
}

/* Without its quotes a mask would run into what stands behind. */
Test(redact, a_quoted_value_keeps_its_quotes)
{
    expect_masked("[\"name=\\\"Ada L\\\"text\"]", "[\"name=\\\"***\\\"text\"]");
    expect_stays("[\"name=\\\"***\\\"text\"]");
    expect_masked("[\"name='Ada\"]", "[\"name='***\"]");
    expect_masked("[\"x=\\\"a=b&name=Ada L\\\" y\"]", "[\"x=\\\"a=b&name=***\\\" y\"]");
    expect_stays("[\"name=\\\"\\\" name='\"]");
}

/* --- shapes ------------------------------------------------------------------------ */

Test(redact, shapes_are_found_wherever_they_stand)
{
    expect_masked("{\"x\":\"mail john.o'neil+1@mail.example.com, please\"}",
                  "{\"x\":\"mail ***, please\"}");
    expect_masked("[\"DE89 3704 0044 0532 0130 00 is it\",\"de89370400440532013000\"]",
                  "[\"*** is it\",\"***\"]");
    expect_masked("[\"4111 1111 1111 1111\",\"3782-822463-10005\",4111111111111111]",
                  "[\"***\",\"***\",\"***\"]");
    expect_masked("[\"078-05-1120\",\"+1 (555) 010-9999.\",\"+49 30 901820\"]",
                  "[\"***\",\"***.\",\"***\"]");
    expect_masked("[\"0x52908400098527886E0F7030069857D2E4169EE7\"]", "[\"***\"]");
    expect_masked("no JSON: zoe@m\xc3\xbcller.example, 4111111111111111!", "no JSON: ***, ***!");
    expect_masked("{\"id\":\"zoe@example.com\"}", "{\"id\":\"***\"}");
}

Test(redact, digits_that_follow_hide_no_number)
{
    expect_masked("[\"4111 1111 1111 1111 12/27\",\"4111 1111 1111 1111 55x\"]",
                  "[\"*** 12/27\",\"*** 55x\"]");
    expect_masked("[\"3782 822463 10005 1\",\"4111 1111 1111 1111 4111 1111 1111 1111\"]",
                  "[\"*** 1\",\"*** ***\"]");
    expect_masked("[\"+49 30 90182000 20261128\"]", "[\"*** 20261128\"]");
    expect_stays("[\"4111-1111-1111-1111-55\",\"+12345678.1234567890\"]");
}

Test(redact, what_only_looks_a_little_like_it_stays)
{
    expect_stays("[\"DE89370400440532013001\",\"XX89370400440532013000\"]");
    expect_stays("[\"4111111111111112\",\"1111111111111117\",\"411111111111\",4111111111111112]");
    expect_stays("[\"wh_4111111111111111\",\"4111111111111111.00\",\"-12\",\"1714672099465\"]");
    expect_stays("{\"id\":\"4111111111111111\",\"event_id\":4111111111111111}");
    expect_stays("[\"000-12-3456\",\"2024-05-02\",\"123-45-67890\",\"1-078-05-1120\"]");
    expect_stays("[\"2024-05-02T17:48:19.465+02:00\",\"+12345678.90\",\"+1234\"]");
    expect_stays("[\"0x8a7d0f2a6f5a3c1c7bb39bd1f3d0b5f2a9c1e3d4b5f60718293a4b5c6d7e8f90\"]");
    expect_stays("[\"@example.com\",\"a@b\",\"a@.com\",\"3e1f9a62-4111-1111-8111-111111111111\"]");
}

/* --- strings in strings ------------------------------------------------------------ */

Test(redact, escapes_hide_nothing_from_the_judge)
{
    expect_masked("[\"say\\njohn\\u0040example.com\\n\"]", "[\"say\\n***\\n\"]");
    expect_masked("[\"\\ud83d\\ude00@example.com x\"]", "[\"*** x\"]");
    expect_masked("{\"response_body\":\"{\\\"email\\\":\\\"x\\\",\\\"ok\\\":true,"
                  "\\\"account_number\\\":12}\"}",
                  "{\"response_body\":\"{\\\"email\\\":\\\"***\\\",\\\"ok\\\":true,"
                  "\\\"account_number\\\":\\\"***\\\"}\"}");
}

Test(redact, json_that_breaks_off_is_hidden_by_name)
{
    expect_masked("{\"id\":\"a\",\"email\":\"x", "{\"id\":\"a\",\"email\":\"***");
    expect_masked("{\"name\":\"Zoe\",\"address\":{\"city\":\"Ber",
                  "{\"name\":\"***\",\"address\":{\"city\":\"***");
    expect_masked("{\"name\": John Smith, \"id\": x1}", "{\"name\": ***, \"id\": x1}");
    expect_masked("{\"address\":{\"x\":\"y\"],\"z\":\"w\"}",
                  "{\"address\":{\"x\":\"***\"],\"z\":\"***\"}");
}

/* Found by tests/fuzz/redact.c: a string whose JSON was cut short, or in another encoding than
   UTF-8, was taken for prose. */
Test(redact, json_that_breaks_off_in_a_string_is_hidden_by_name)
{
    expect_masked("{\"body\":\"{\\\"account_number\\\":\\\"98\xff 76\\\",\\\"n\\\":1}\"}",
                  "{\"body\":\"{\\\"account_number\\\":\\\"***\\\",\\\"n\\\":1}\"}");
    expect_masked("{\"body\":\"[{\\\"ok\\\":1,\\\"first_name\\\":\\\"Zo\"}",
                  "{\"body\":\"[{\\\"ok\\\":1,\\\"first_name\\\":\\\"***\"}");
    expect_stays("{\"hint\":\"{see} \\\"below\\\", [x], name\"}");
}

/* Found by tests/fuzz/redact.c: what is hidden was taken for a part of the word behind it. */
Test(redact, a_shape_right_behind_a_hidden_one_is_hidden)
{
    expect_masked("zoe@example.com+1 202 555 0143", "******");
    expect_masked("{\"id\":\"zoe@example.com+1 202 555 0143\"}", "{\"id\":\"***+1 202 555 0143\"}");
}

/* Found by tests/fuzz/redact.c: what stood where a value is due was taken for a name. */
Test(redact, a_value_before_a_colon_is_hidden)
{
    expect_masked("{\"email\":\"Zq9\":", "{\"email\":\"***\":");
    expect_masked("{\"address\":[\"Zq9\":1]}", "{\"address\":[\"***\":***]}");
    expect_masked("{\"id\":\"email\":\"Zq9\"}", "{\"id\":\"email\":\"***\"}");
}

/* --- what comes with it -------------------------------------------------------------- */

Test(redact, headers)
{
    static const struct {
        const char *name, *value, *wanted;
    } headers[] = {
        {"Content-Type", "application/json", "application/json"},
        {"From", "Zoe <zoe@example.com>", "Zoe <***>"},
        {"authorization", "Bearer abc", "***"},
        {"Cookie", "a=b", "***"},
        {"X-Webhook-Signature", "t=1,v0=4111111111111111", "t=1,v0=4111111111111111"},
        {"X-Empty", "", ""},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char *value = redact_header_value(headers[i].name, headers[i].value);
        cr_expect_str_eq(value, headers[i].wanted);
        free(value);
    }
}

Test(redact, targets)
{
    static const struct {
        const char *target, *wanted;
    } targets[] = {
        {"/webhooks/payments", "/webhooks/payments"},
        {"/hook?name=Zoe&n=1;email=&x", "/hook?name=***&n=1;email=&x"},
        {"/hook?q=john%40example.com&first%5Fname=Zo%C3%AB", "/hook?q=***&first%5Fname=***"},
        {"/of/zoe@example.com/x?", "/of/***/x?"},
        {"/?zoe@example.com", "/?***"},
        {"/?a=%", "/?a=%"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        char *target = redact_target(targets[i].target);
        cr_expect_str_eq(target, targets[i].wanted);
        free(target);
    }
}

/* Hidden once more, nothing else would go. */
Test(redact, a_number_with_blanks_takes_the_member_it_ends_to_its_end)
{
    char *masked = redact_target("/a?email=zoe%+1 202 555 0143=1&b=2");
    cr_expect_str_eq(masked, "/a?email=***&b=2");
    free(masked);
}

Test(redact, a_span_is_found_by_its_offset)
{
    static const char text[] = "{\"name\":\"Zoe\",\"n\":1,\"city\":\"Ulm\"}";
    struct redact_spans spans;
    cr_assert(redact_find(text, strlen(text), REDACT_JSON_OR_TEXT, &spans));
    cr_assert_eq(spans.count, 2U);
    cr_expect_eq(redact_span_at(&spans, 0), &spans.items[0]);
    cr_expect_eq(redact_span_at(&spans, 9), &spans.items[0]);
    cr_expect_eq(redact_span_at(&spans, 11), &spans.items[0]);
    cr_expect_eq(redact_span_at(&spans, 12), &spans.items[1]);
    cr_expect_null(redact_span_at(&spans, strlen(text) - 1));
    cr_expect_eq(spans.items[1].kind, REDACT_ADDRESS);
    redact_spans_clear(&spans);
}

/* --- any bytes ------------------------------------------------------------------------- */

static unsigned random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % limit;
}

static size_t random_value(char *out, size_t at, size_t end, int depth)
{
    static const char *const scalars[] = {
        "\"zoe@example.com\"",
        "1",
        "-0.5e3",
        "true",
        "null",
        "\"\"",
        "\"a\\\"b\\\\\"",
        "\"\\u0041\\n4111111111111111\"",
        "4111111111111111",
        "\"{\\\"name\\\":[1,\\\"x\\\"]}\"",
        "\"\\ud83d\\ude00\"",
        "\"[\\\"\\\\u0041@b.example\\\"]\"",
    };
    static const char *const names[] = {"name", "id",      "address", "x",    "changes",    "field",
                                        "old",  "account", "type",    "iban", "\\u0065mail"};
    unsigned kind = random_below(depth > 6 || end - at < 400 ? 1 : 3);
    unsigned count = random_below(4);
    if (kind == 0) {
        const char *scalar = scalars[random_below(sizeof scalars / sizeof scalars[0])];
        memcpy(out + at, scalar, strlen(scalar));
        return at + strlen(scalar);
    }
    out[at++] = kind == 1 ? '{' : '[';
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            out[at++] = ',';
        if (kind == 1)
            at += (size_t)sprintf(
                out + at, " \"%s\" : ", names[random_below(sizeof names / sizeof names[0])]);
        at = random_value(out, at, end, depth + 1);
    }
    out[at++] = kind == 1 ? '}' : ']';
    return at;
}

/* The bytes outside the spans are those of the copy, in order. */
static void expect_outside_unchanged(const char *text, size_t length)
{
    struct redact_spans spans;
    size_t masked_length;
    size_t hidden;
    cr_assert(redact_find(text, length, REDACT_JSON_OR_TEXT, &spans));
    char *masked = redact_copy(text, length, REDACT_JSON_OR_TEXT, &masked_length, &hidden);
    cr_assert_not_null(masked);
    cr_expect_eq(hidden, spans.count);
    size_t at = 0;
    size_t out = 0;
    for (size_t i = 0; i <= spans.count; i++) {
        size_t start = i < spans.count ? spans.items[i].start : length;
        cr_assert_geq(start, at, "spans are in order");
        cr_assert_leq(start - at, masked_length - out);
        cr_assert(memcmp(text + at, masked + out, start - at) == 0);
        out += start - at;
        if (i == spans.count)
            break;
        cr_assert_gt(spans.items[i].length, 0U);
        cr_assert_leq(spans.items[i].length, length - start);
        at = start + spans.items[i].length;
        out += strlen(REDACT_MASK) + (size_t)2 * spans.items[i].quotes;
    }
    cr_expect_eq(out, masked_length);
    if (json_valid(text, length))
        cr_expect(json_valid(masked, masked_length), "%.*s\n%s", (int)length, text, masked);
    free(masked);
    redact_spans_clear(&spans);
}

Test(redact, random_json_stays_json_and_keeps_its_other_bytes)
{
    enum { ROUNDS = 4000, SIZE = 8192 };
    char text[SIZE];
    for (unsigned round = 0; round < ROUNDS; round++) {
        random_state = round;
        size_t length = random_value(text, 0, SIZE / 2, 0);
        cr_assert_lt(length, (size_t)SIZE);
        cr_assert(json_valid(text, length), "%.*s", (int)length, text);
        expect_outside_unchanged(text, length);
        /* The same cut off, and with a byte changed. */
        expect_outside_unchanged(text, random_below((unsigned)length + 1));
        text[random_below((unsigned)length)] = (char)random_below(256);
        expect_outside_unchanged(text, length);
    }
}

Test(redact, random_bytes_are_taken)
{
    char text[256];
    for (unsigned round = 0; round < 4000; round++) {
        random_state = round;
        size_t length = random_below(sizeof text);
        for (size_t i = 0; i < length; i++) {
            if (random_below(3) == 0)
                text[i] = (char)random_below(256);
            else
                text[i] = "\"{}[]:,@.+-0123 x\\u"[random_below(19)];
        }
        expect_outside_unchanged(text, length);
    }
}

static double seconds_for(const char *unit, size_t bytes)
{
    size_t unit_length = strlen(unit);
    char *text = malloc(bytes + 1);
    struct redact_spans spans;
    struct timespec before;
    struct timespec after;
    cr_assert_not_null(text);
    for (size_t i = 0; i < bytes; i++)
        text[i] = unit[i % unit_length];
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    cr_assert(redact_find(text, bytes, REDACT_JSON_OR_TEXT, &spans));
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    redact_spans_clear(&spans);
    free(text);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* Sixteen times the text takes about sixteen times as long, not 256 times; the factor 6 more is for
   a busy machine. */
Test(redact, time_grows_with_the_length)
{
    static const char *const units[] = {
        "@",
        "a@",
        "a",
        "[",
        "{\"a\":",
        "\"changes\":[{",
        "{\"field\":",
        "\\\"",
        "\"\\n\",",
        "DE89 ",
        "XK11 ",
        "\"q\":1,",
        "\"a.b.c.d.e.f.g.h.i\":",
        "\"a_1_a_1_a_1\":",
        "4111 ",
        "+1 ",
        "{\"x\":[1,2,{\"name\":\"\\u0041\"}]},",
        "0x",
        ".",
        "a.",
        "\"",
        "a=",
        "=\"",
        "?a='",
        "%40",
        "a%40b=%25+&",
        "[\"email\",",
        "{\"field\":\"email\",\"old\":1},",
        "{\"path\":[\"a\",",
    };
    enum { SMALL = 16 * 1024, FACTOR = 16 };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double one = seconds_for(units[i], SMALL);
        double many = seconds_for(units[i], (size_t)SMALL * FACTOR);
        cr_expect(many < 0.02 || many < one * FACTOR * 6, "%s: %.4f s, then %.4f s", units[i], one,
                  many);
    }
}

Test(redact, of_no_bytes_a_copy_is_empty)
{
    size_t length = 1, hidden = 1;
    char *copy = redact_copy(NULL, 0, REDACT_JSON_OR_TEXT, &length, &hidden);
    cr_assert_not_null(copy);
    cr_expect_str_eq(copy, "");
    cr_expect_eq(length, 0);
    cr_expect_eq(hidden, 0);
    free(copy);
}
