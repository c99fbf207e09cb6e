#include "api/contract.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading ---------------------------------------------------------------------------- */

static struct webhook read_webhook(const char *json)
{
    struct webhook webhook = {0};
    struct error error = {0};
    cr_assert(webhook_decode(json, strlen(json), &webhook, &error), "%s: %s", json, error.message);
    return webhook;
}

static struct event read_event(const char *json)
{
    struct event event = {0};
    struct error error = {0};
    cr_assert(event_decode(json, strlen(json), &event, &error), "%s: %s", json, error.message);
    return event;
}

static struct webhook_list read_webhooks(const char *json)
{
    struct webhook_list list = {0};
    struct error error = {0};
    cr_assert(webhook_list_decode(json, strlen(json), &list, &error), "%s: %s", json,
              error.message);
    return list;
}

static struct event_list read_events(const char *json)
{
    struct event_list list = {0};
    struct error error = {0};
    cr_assert(event_list_decode(json, strlen(json), &list, &error), "%s: %s", json, error.message);
    return list;
}

static struct log_list read_logs(const char *json)
{
    struct log_list list = {0};
    struct error error = {0};
    cr_assert(log_list_decode(json, strlen(json), &list, &error), "%s: %s", json, error.message);
    return list;
}

/* --- webhooks ---------------------------------------------------------------------------- */

Test(contract_decode, a_webhook)
{
    struct webhook webhook = read_webhook(
        "{\"id\":\"wep_123\",\"url\":\"https://a.example/hook\",\"status\":\"active\","
        "\"public_key\":\"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n\","
        "\"event_categories\":[\"transfer\",\"something.new\"],\"created_at\":\"2024\","
        "\"unknown\":{\"id\":\"other\"}}");
    cr_expect_str_eq(webhook.id, "wep_123");
    cr_expect_str_eq(webhook.url, "https://a.example/hook");
    cr_expect_eq(webhook.status, WEBHOOK_ACTIVE);
    cr_expect_str_eq(webhook.status_text, "active");
    cr_expect_str_eq(webhook.public_key,
                     "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    cr_expect_eq(webhook.categories.count, 2);
    cr_expect(string_list_has(&webhook.categories, "something.new"));
    cr_expect_str_eq(webhook.created_at, "2024");
    webhook_clear(&webhook);
}

Test(contract_decode, a_key_with_two_characters_for_a_newline)
{
    struct webhook webhook = read_webhook("{\"id\":\"w\",\"public_key\":\"-----BEGIN PUBLIC "
                                          "KEY-----\\\\nAA\\\\nBB\\\\n\\n\\\\x\\\\\"}");
    cr_expect_str_eq(webhook.public_key, "-----BEGIN PUBLIC KEY-----\nAA\nBB\n\n\\x\\");
    webhook_clear(&webhook);
}

Test(contract_decode, an_id_is_enough_for_a_webhook)
{
    struct webhook webhook = read_webhook("{\"id\":\"w\"}");
    cr_expect_null(webhook.url);
    cr_expect_eq(webhook.status, WEBHOOK_STATUS_UNKNOWN);
    cr_expect_null(webhook.status_text);
    cr_expect_null(webhook.public_key);
    cr_expect_eq(webhook.categories.count, 0);
    webhook_clear(&webhook);

    webhook = read_webhook("{\"id\":\"w\",\"url\":null,\"status\":null,\"public_key\":null,"
                           "\"event_categories\":null,\"created_at\":null}");
    cr_expect_null(webhook.url);
    cr_expect_eq(webhook.status, WEBHOOK_STATUS_UNKNOWN);
    cr_expect_null(webhook.public_key);
    webhook_clear(&webhook);
}

Test(contract_decode, fields_of_another_kind_are_empty)
{
    struct webhook webhook = read_webhook("{\"id\":\"w\",\"url\":{\"a\":1},\"status\":7,"
                                          "\"event_categories\":[1,null,\"transfer\",[]]}");
    cr_expect_null(webhook.url);
    cr_expect_eq(webhook.status, WEBHOOK_STATUS_UNKNOWN);
    cr_expect_str_eq(webhook.status_text, "7");
    cr_expect_eq(webhook.categories.count, 1);
    webhook_clear(&webhook);
    webhook = read_webhook("{\"id\":\"w\",\"event_categories\":\"transfer\"}");
    cr_expect_eq(webhook.categories.count, 0);
    webhook_clear(&webhook);
}

Test(contract_decode, a_status_is_one_of_three_words)
{
    const struct {
        const char *json;
        enum webhook_status status;
    } cases[] = {
        {"{\"id\":\"w\",\"status\":\"disabled\"}", WEBHOOK_DISABLED},
        {"{\"id\":\"w\",\"status\":\"active\"}", WEBHOOK_ACTIVE},
        {"{\"id\":\"w\",\"status\":\"deleted\"}", WEBHOOK_DELETED},
        {"{\"id\":\"w\",\"status\":\"paused\"}", WEBHOOK_STATUS_UNKNOWN},
        {"{\"id\":\"w\",\"status\":\"unknown\"}", WEBHOOK_STATUS_UNKNOWN},
        {"{\"id\":\"w\",\"status\":\"\"}", WEBHOOK_STATUS_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook webhook = read_webhook(cases[i].json);
        cr_expect_eq(webhook.status, cases[i].status, "%s", cases[i].json);
        webhook_clear(&webhook);
    }
}

Test(contract_decode, the_last_of_two_fields_counts)
{
    struct webhook webhook = read_webhook(
        "{\"id\":\"first\",\"status\":\"active\",\"\\u0069d\":\"last\",\"status\":null}");
    cr_expect_str_eq(webhook.id, "last");
    cr_expect_eq(webhook.status, WEBHOOK_STATUS_UNKNOWN);
    webhook_clear(&webhook);
}

/* --- ids ------------------------------------------------------------------------------------ */

Test(contract_decode, without_an_id_there_is_nothing)
{
    const char *const texts[] = {
        "{}",
        "{\"id\":null}",
        "{\"id\":\"\"}",
        "{\"id\":42}",
        "{\"id\":[\"w\"]}",
        "{\"id\":\"1234567890123456789012345678901234567890123\"}",
        "{\"id\":\"w\\u0000x\"}",
        "{\"id\":\"..\"}",
        "{\"id\":\"a b\"}",
        "{\"id\":\"w\",\"id\":null}",
        "{\"ID\":\"w\"}",
        "{\"event_id\":\"w\"}",
        "null",
        "[]",
        "\"w\"",
        "[{\"id\":\"w\"}]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct webhook webhook = {0};
        struct error error = {0};
        cr_expect_not(webhook_decode(texts[i], strlen(texts[i]), &webhook, &error), "%s", texts[i]);
        cr_expect_null(webhook.id);
        cr_expect_str_eq(error.message, "expected a webhook, got JSON without its id");
    }
}

Test(contract_decode, an_event_is_named_by_event_id)
{
    struct event event = {0};
    struct error error = {0};
    const char *json = "{\"id\":\"wh_1\"}";
    cr_expect_not(event_decode(json, strlen(json), &event, &error));
    cr_expect_str_eq(error.message, "expected an event, got JSON without its id");
    event = read_event("{\"id\":\"other\",\"event_id\":\"wh_1\"}");
    cr_expect_str_eq(event.id, "wh_1");
    event_clear(&event);
}

Test(contract_decode, an_error_is_not_needed)
{
    struct webhook webhook = {0};
    struct webhook_list list = {0};
    cr_expect_not(webhook_decode("{}", 2, &webhook, NULL));
    cr_expect_not(webhook_list_decode("{}", 2, &list, NULL));
    cr_expect_not(webhook_list_decode("<", 1, &list, NULL));
}

/* --- events ----------------------------------------------------------------------------------- */

Test(contract_decode, an_event)
{
    const char *json =
        " {\"api_version\":\"v0\",\"event_id\":\"wh_t8TAhPPYrRV2v8Asi9ed3sw\","
        "\"event_developer_id\":\"dev\",\"event_category\":\"transfer\","
        "\"event_type\":\"transfer.updated.status_transitioned\",\"event_object_id\":\"obj\","
        "\"event_object_status\":\"payment_processed\",\"event_object\":{\"event_id\":\"inner\"},"
        "\"event_object_changes\":{\"state\":[\"a\",\"b\"]},"
        "\"event_created_at\":\"2024-05-02T17:48:19.465Z\",\"event_sequence\":9007199254740993} ";
    struct event event = read_event(json);
    cr_expect_str_eq(event.id, "wh_t8TAhPPYrRV2v8Asi9ed3sw");
    cr_expect_str_eq(event.developer_id, "dev");
    cr_expect_str_eq(event.category, "transfer");
    cr_expect_str_eq(event.type, "transfer.updated.status_transitioned");
    cr_expect_str_eq(event.object_id, "obj");
    cr_expect_str_eq(event.object_status, "payment_processed");
    cr_expect_str_eq(event.created_at, "2024-05-02T17:48:19.465Z");
    cr_expect_eq(event.created_ms, 1714672099465);
    cr_expect_eq(event.sequence, 9007199254740993);
    cr_expect_eq(event.raw_length, strlen(json) - 2);
    cr_expect(strncmp(event.raw, json + 1, event.raw_length) == 0);
    cr_expect_eq(event.raw[event.raw_length], '\0');
    event_clear(&event);
}

Test(contract_decode, an_event_with_nothing_but_an_id)
{
    struct event event = read_event("{\"event_id\":\"e\",\"event_object_status\":null,"
                                    "\"event_created_at\":null,\"event_sequence\":null}");
    cr_expect_null(event.type);
    cr_expect_null(event.object_status);
    cr_expect_null(event.created_at);
    cr_expect_eq(event.created_ms, -1);
    cr_expect_eq(event.sequence, -1);
    event_clear(&event);

    event = read_event("{\"event_id\":\"e\",\"event_created_at\":\"yesterday\"}");
    cr_expect_str_eq(event.created_at, "yesterday");
    cr_expect_eq(event.created_ms, -1);
    cr_expect_eq(event.sequence, -1);
    event_clear(&event);
}

Test(contract_decode, a_type_has_its_category_in_front)
{
    const struct {
        const char *fields;
        const char *type;
    } cases[] = {
        {"\"event_category\":\"transfer\",\"event_type\":\"updated\"", "transfer.updated"},
        {"\"event_category\":\"transfer\",\"event_type\":\"updated.status_transitioned\"",
         "transfer.updated.status_transitioned"},
        {"\"event_category\":\"transfer\",\"event_type\":\"transfer.updated\"", "transfer.updated"},
        {"\"event_category\":\"transfer\",\"event_type\":\"transferred\"", "transfer.transferred"},
        {"\"event_category\":\"transfer\",\"event_type\":\"transfer\"", "transfer"},
        {"\"event_category\":\"liquidation_address.drain\",\"event_type\":\"created\"",
         "liquidation_address.drain.created"},
        {"\"event_category\":\"liquidation_address.drain\","
         "\"event_type\":\"liquidation_address.drain.created\"",
         "liquidation_address.drain.created"},
        {"\"event_category\":\"virtual_account.activity\","
         "\"event_type\":\"virtual_account.created\"",
         "virtual_account.created"},
        {"\"event_category\":\"starship\",\"event_type\":\"starship.created\"", "starship.created"},
        {"\"event_category\":\"starship\",\"event_type\":\"created\"", "starship.created"},
        {"\"event_type\":\"updated\"", "updated"},
        {"\"event_category\":null,\"event_type\":\"updated\"", "updated"},
        {"\"event_category\":\"\",\"event_type\":\"updated\"", "updated"},
        {"\"event_category\":\"transfer\",\"event_type\":\"\"", ""},
        {"\"event_category\":\"transfer\"", NULL},
        {"\"event_category\":\"transfer\",\"event_type\":null", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[256];
        (void)snprintf(json, sizeof json, "{\"event_id\":\"e\",%s}", cases[i].fields);
        struct event event = read_event(json);
        if (cases[i].type == NULL)
            cr_expect_null(event.type, "%s", json);
        else
            cr_expect_str_eq(event.type, cases[i].type, "%s", json);
        event_clear(&event);
    }
}

Test(contract_decode, sequences_are_exact_or_absent)
{
    const struct {
        const char *written;
        int64_t sequence;
    } cases[] = {
        {"0", 0},
        {"12", 12},
        {"\"12\"", 12},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", -1},
        {"-5", -1},
        {"1e400", -1},
        {"-1e400", -1},
        {"1.5", -1},
        {"\"x\"", -1},
        {"{}", -1},
        {"true", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[128];
        (void)snprintf(json, sizeof json, "{\"event_id\":\"e\",\"event_sequence\":%s}",
                       cases[i].written);
        struct event event = read_event(json);
        cr_expect_eq(event.sequence, cases[i].sequence, "%s", json);
        event_clear(&event);
    }
}

Test(contract_decode, a_nul_in_a_string_hides_nothing)
{
    struct event event = read_event("{\"event_id\":\"e\",\"event_object_status\":\"a\\u0000b\"}");
    cr_expect_str_eq(event.object_status, "a\xEF\xBF\xBD"
                                          "b");
    event_clear(&event);
}

/* --- lists ---------------------------------------------------------------------------------------
 */

Test(contract_decode, lists_come_wrapped_or_bare)
{
    const char *const texts[] = {
        "{\"count\":2,\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}",
        "[{\"id\":\"a\"},{\"id\":\"b\"}]",
        " \n[ {\"id\":\"a\"} ,\t{\"id\":\"b\"} ] ",
        "{\"data\":[{\"id\":\"x\"}],\"count\":99,\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct webhook_list list = read_webhooks(texts[i]);
        cr_assert_eq(list.count, 2, "%s", texts[i]);
        cr_expect_eq(list.skipped, 0);
        cr_expect_str_eq(list.items[0].id, "a");
        cr_expect_str_eq(list.items[1].id, "b");
        webhook_list_clear(&list);
    }
}

Test(contract_decode, lists_may_be_empty)
{
    const char *const texts[] = {"[]", "{\"data\":[]}", "{\"count\":0,\"data\":[]}",
                                 "{\"count\":0,\"data\":null}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct webhook_list list = read_webhooks(texts[i]);
        cr_expect_eq(list.count, 0, "%s", texts[i]);
        cr_expect_eq(list.skipped, 0);
        webhook_list_clear(&list);
    }
}

Test(contract_decode, other_answers_are_no_empty_lists)
{
    const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "expected a list of webhooks, got nothing"},
        {"<html>", "expected a list of webhooks, got text that is not JSON (at byte 0)"},
        {"[{\"id\":\"a\"},]",
         "expected a list of webhooks, got text that is not JSON (at byte 12)"},
        {"[{\"id\":\"a\"}] x",
         "expected a list of webhooks, got text that is not JSON (at byte 13)"},
        {"[\"\xFF\"]", "expected a list of webhooks, got text that is not JSON (at byte 2)"},
        {"{}", "expected a list of webhooks, got JSON without an array of \"data\""},
        {"{\"count\":0}", "expected a list of webhooks, got JSON without an array of \"data\""},
        {"{\"message\":\"no\"}",
         "expected a list of webhooks, got JSON without an array of \"data\""},
        {"{\"data\":{\"id\":\"a\"}}",
         "expected a list of webhooks, got JSON without an array of \"data\""},
        {"null", "expected a list of webhooks, got JSON without an array of \"data\""},
        {"7", "expected a list of webhooks, got JSON without an array of \"data\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_list list = {0};
        struct error error = {0};
        cr_expect_not(webhook_list_decode(cases[i].text, strlen(cases[i].text), &list, &error));
        cr_expect_str_eq(error.message, cases[i].message);
        cr_expect_eq(list.count, 0);
        cr_expect_null(list.items);
    }
}

Test(contract_decode, bad_elements_are_skipped_and_counted)
{
    struct webhook_list list =
        read_webhooks("{\"data\":[null,{\"id\":\"a\"},{},[],7,\"b\",{\"id\":7},"
                      "{\"id\":\"1234567890123456789012345678901234567890123\",\"url\":\"u\"},"
                      "{\"id\":\"123456789012345678901234567890123456789012\"}]}");
    cr_assert_eq(list.count, 2);
    cr_expect_eq(list.skipped, 7);
    cr_expect_str_eq(list.items[0].id, "a");
    cr_expect_eq(strlen(list.items[1].id), CONTRACT_ID_MAX);
    cr_expect_null(list.items[1].url);
    webhook_list_clear(&list);
}

Test(contract_decode, each_element_keeps_its_own_bytes)
{
    const char *first = "{ \"event_id\" : \"a\", \"n\": 1.0e+2, \"n\": 12345678901234567890 }";
    const char *second = "{\"event_id\":\"b\",\"t\":\"\\u00e9\\/\xC3\xA9\"}";
    char json[256];
    (void)snprintf(json, sizeof json, "{\"data\":[ %s ,\n%s]}", first, second);
    struct event_list list = read_events(json);
    cr_assert_eq(list.count, 2);
    cr_expect_str_eq(list.items[0].raw, first);
    cr_expect_eq(list.items[0].raw_length, strlen(first));
    cr_expect_str_eq(list.items[1].raw, second);
    cr_expect_eq(list.items[1].raw_length, strlen(second));
    event_list_clear(&list);
}

/* --- limits -------------------------------------------------------------------------------------
 */

Test(contract_decode, a_list_ends_at_its_limit)
{
    enum { ELEMENTS = CONTRACT_LIST_MAX + 5 };
    char *json = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&json, &length);
    cr_assert_not_null(out);
    for (int i = 0; i < ELEMENTS; i++)
        (void)fprintf(out, "%c{\"event_id\":\"e%d\"}", i == 0 ? '[' : ',', i);
    (void)fprintf(out, "]");
    cr_assert_eq(fclose(out), 0);

    struct event_list list = {0};
    cr_assert(event_list_decode(json, length, &list, NULL));
    free(json);
    cr_expect_eq(list.count, CONTRACT_LIST_MAX);
    cr_expect_eq(list.skipped, 5);
    cr_expect_str_eq(list.items[0].id, "e0");
    cr_expect_str_eq(list.items[CONTRACT_LIST_MAX - 1].id, "e999");
    event_list_clear(&list);
}

Test(contract_decode, categories_end_at_their_limit)
{
    char *json = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&json, &length);
    cr_assert_not_null(out);
    (void)fprintf(out, "{\"id\":\"w\",\"event_categories\":[\"0\"");
    for (int i = 0; i < CONTRACT_LIST_MAX; i++)
        (void)fprintf(out, ",\"c\"");
    (void)fprintf(out, "]}");
    cr_assert_eq(fclose(out), 0);

    struct webhook webhook = {0};
    cr_assert(webhook_decode(json, length, &webhook, NULL));
    free(json);
    cr_expect_eq(webhook.categories.count, CONTRACT_LIST_MAX);
    webhook_clear(&webhook);
}

Test(contract_decode, a_long_string_is_cut_between_characters)
{
    const char *head = "[{\"response_body\":\"x";
    size_t characters = CONTRACT_STRING_MAX; /* of two bytes, and one before them */
    size_t length = strlen(head) + 2 * characters + 3;
    char *json = malloc(length);
    cr_assert_not_null(json);
    char *at = stpcpy(json, head);
    for (size_t i = 0; i < characters; i++, at += 2)
        memcpy(at, "\xC3\xA9", 2);
    memcpy(at, "\"}]", 3);

    struct log_list list = {0};
    cr_assert(log_list_decode(json, length, &list, NULL));
    free(json);
    cr_assert_eq(list.count, 1);
    const char *body = list.items[0].response_body;
    cr_expect_eq(strlen(body), CONTRACT_STRING_MAX - 1);
    cr_expect(strncmp(body, "x\xC3\xA9", 3) == 0);
    cr_expect(strcmp(body + strlen(body) - 2, "\xC3\xA9") == 0);
    cr_expect_eq(list.items[0].raw_length, length - 2);
    log_list_clear(&list);
}

Test(contract_decode, an_answer_that_nests_too_deep_is_refused)
{
    char json[1024] = "{\"event_id\":\"e\",\"event_object\":";
    char *at = json + strlen(json);
    memset(at, '[', 128);
    memset(at + 128, ']', 128);
    at[256] = '}';
    struct event event = {0};
    struct error error = {0};
    cr_expect_not(event_decode(json, strlen(json), &event, &error));
    cr_expect_null(event.id);
    cr_expect(strstr(error.message, "not JSON") != NULL);
}

/* --- logs ---------------------------------------------------------------------------------------
 */

Test(contract_decode, log_entries)
{
    struct log_list list = read_logs(
        "{\"count\":2,\"data\":[{\"status\":200,\"event_id\":\"wh_1\",\"response_body\":\"ok\","
        "\"created_at\":\"2024-05-02T17:48:19.465Z\"},{\"status\":\"500\",\"event_id\":\"wh_2\","
        "\"response_body\":\"\",\"created_at\":\"then\"}]}");
    cr_assert_eq(list.count, 2);
    cr_expect_eq(list.items[0].status, 200);
    cr_expect_str_eq(list.items[0].status_text, "200");
    cr_expect_str_eq(list.items[0].event_id, "wh_1");
    cr_expect_str_eq(list.items[0].response_body, "ok");
    cr_expect_eq(list.items[0].created_ms, 1714672099465);
    cr_expect_eq(list.items[0].raw[0], '{');
    cr_expect(log_entry_succeeded(&list.items[0]));
    cr_expect_eq(list.items[1].status, 500);
    cr_expect_str_eq(list.items[1].status_text, "500");
    cr_expect_str_eq(list.items[1].response_body, "");
    cr_expect_str_eq(list.items[1].created_at, "then");
    cr_expect_eq(list.items[1].created_ms, -1);
    cr_expect_not(log_entry_succeeded(&list.items[1]));
    log_list_clear(&list);
}

Test(contract_decode, a_log_status_is_a_code_or_words)
{
    const struct {
        const char *written;
        int status;
        const char *text;
    } cases[] = {
        {"204", 204, "204"},
        {"\"204\"", 204, "204"},
        {"200.0", 200, "200.0"},
        {"999", 999, "999"},
        {"1000", 0, "1000"},
        {"-1", 0, "-1"},
        {"4294967496", 0, "4294967496"},
        {"18446744073709551816", 0, "18446744073709551816"},
        {"1e400", 0, "1e400"},
        {"\"timeout\"", 0, "timeout"},
        {"\"200 OK\"", 0, "200 OK"},
        {"\"\"", 0, ""},
        {"true", 0, "true"},
        {"null", 0, NULL},
        {"{}", 0, NULL},
        {"[200]", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[128];
        (void)snprintf(json, sizeof json, "[{\"event_id\":\"e\",\"status\":%s}]", cases[i].written);
        struct log_list list = read_logs(json);
        cr_assert_eq(list.count, 1);
        cr_expect_eq(list.items[0].status, cases[i].status, "%s", json);
        if (cases[i].text == NULL)
            cr_expect_null(list.items[0].status_text, "%s", json);
        else
            cr_expect_str_eq(list.items[0].status_text, cases[i].text, "%s", json);
        log_list_clear(&list);
    }
}

Test(contract_decode, an_attempt_without_its_event_is_still_one)
{
    struct log_list list = read_logs("[{\"status\":500},{\"event_id\":null,\"status\":502},"
                                     "{\"event_id\":\"a b\",\"status\":503},{},{\"x\":1},null]");
    cr_assert_eq(list.count, 3);
    cr_expect_eq(list.skipped, 3);
    for (size_t i = 0; i < list.count; i++)
        cr_expect_null(list.items[i].event_id);
    cr_expect_eq(list.items[2].status, 503);
    log_list_clear(&list);
}

Test(contract_decode, a_response_body_of_json_is_kept_as_written)
{
    struct log_list list = read_logs("[{\"response_body\":{ \"a\" :1.0}},{\"response_body\":[]},"
                                     "{\"response_body\":true,\"event_id\":\"e\"}]");
    cr_assert_eq(list.count, 3);
    cr_expect_str_eq(list.items[0].response_body, "{ \"a\" :1.0}");
    cr_expect_str_eq(list.items[1].response_body, "[]");
    cr_expect_str_eq(list.items[2].response_body, "true");
    log_list_clear(&list);
}

/* --- messages ------------------------------------------------------------------------------------
 */

Test(contract_decode, a_message)
{
    const char *json = "{\"message\":\"queued\\u0021\"}";
    char *message = contract_message_decode(json, strlen(json));
    cr_assert_not_null(message);
    cr_expect_str_eq(message, "queued!");
    free(message);

    const char *const without[] = {"",  "{}", "{\"message\":null}", "{\"message\":\"\"}",
                                   "7", "[]", "{\"message\":{}}",   "<p>message</p>"};
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
        cr_expect_null(contract_message_decode(without[i], strlen(without[i])), "%s", without[i]);
}

/* --- bytes that were cut or changed on the way
 * --------------------------------------------------------- */

Test(contract_decode, every_cut_and_every_changed_byte_is_survived)
{
    const char *json =
        "{\"data\":[{\"event_id\":\"a\",\"event_type\":\"u\",\"event_category\":\"t\","
        "\"event_sequence\":12,\"event_created_at\":\"2024-05-02T17:48:19.465Z\","
        "\"event_object\":{\"k\":[1,\"\\ud83d\\ude00\",null]}},{\"event_id\":7}]}";
    size_t length = strlen(json);
    for (size_t cut = 0; cut < length; cut++) {
        char *text = strndup(json, cut);
        struct event_list list = {0};
        cr_assert_not_null(text);
        cr_expect_not(event_list_decode(text, cut, &list, NULL), "cut to %zu", cut);
        cr_expect_null(list.items);
        free(text);
    }
    static const char changes[] = {'\0', '"', '\\', '{', '}', '[', ']', ',', '9', '\x80', '\xFF'};
    size_t still_lists = 0;
    for (size_t at = 0; at < length; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            char *text = strndup(json, length);
            struct event_list list = {0};
            cr_assert_not_null(text);
            text[at] = changes[i];
            if (event_list_decode(text, length, &list, NULL)) {
                still_lists++;
                cr_expect_eq(list.count + list.skipped, 2);
            }
            event_list_clear(&list);
            free(text);
        }
    }
    cr_expect_gt(still_lists, 0);
}
