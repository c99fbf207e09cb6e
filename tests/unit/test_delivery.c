#include "api/delivery.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct delivery delivery_of(const char *body)
{
    struct delivery delivery = {.body = strdup(body), .body_length = strlen(body)};
    cr_assert_not_null(delivery.body);
    return delivery;
}

Test(delivery, reads_the_event_of_its_body)
{
    struct delivery delivery =
        delivery_of("{\"event_id\":\"wh_1\",\"event_category\":\"transfer\",\"event_type\":"
                    "\"updated\",\"event_object_id\":\"obj\",\"event_object_status\":\"done\","
                    "\"event_sequence\":12}");
    delivery_read_event(&delivery);
    cr_expect_str_eq(delivery.event_id, "wh_1");
    cr_expect_str_eq(delivery.event_type, "transfer.updated");
    cr_expect_str_eq(delivery.object_id, "obj");
    cr_expect_str_eq(delivery.object_status, "done");
    cr_expect_eq(delivery.sequence, 12);
    delivery_clear(&delivery);
}

static void expect_no_event(struct delivery *delivery)
{
    delivery_read_event(delivery);
    cr_expect_null(delivery->event_id);
    cr_expect_null(delivery->event_type);
    cr_expect_null(delivery->object_id);
    cr_expect_null(delivery->object_status);
    cr_expect_eq(delivery->sequence, -1);
}

Test(delivery, a_body_that_is_no_event_has_no_fields)
{
    const char *const bodies[] = {
        "",
        "{\"message\":\"Hello World!\"}",
        "not json",
        "[{\"event_id\":\"wh_1\"}]",
        "{\"event_id\":\"wh_1\"} trailing",
        "{\"event_id\":null,\"event_type\":\"updated\",\"event_sequence\":3}",
        "\xFF\xFE",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct delivery delivery = delivery_of(bodies[i]);
        expect_no_event(&delivery);
        delivery_clear(&delivery);
    }
    struct delivery empty = {0};
    expect_no_event(&empty);
}

Test(delivery, the_body_counts_to_its_length_not_to_a_nul)
{
    const char body[] = "{\"event_id\":\"wh_1\"}\0hidden";
    struct delivery delivery = {.body = malloc(sizeof body), .body_length = sizeof body};
    cr_assert_not_null(delivery.body);
    memcpy(delivery.body, body, sizeof body);
    expect_no_event(&delivery);
    delivery_clear(&delivery);
}

Test(delivery, reading_again_forgets_what_was_read)
{
    struct delivery delivery = delivery_of("{\"event_id\":\"wh_1\",\"event_object_id\":\"obj\"}");
    delivery_read_event(&delivery);
    free(delivery.body);
    delivery.body = strdup("{\"event_id\":\"wh_2\"}");
    cr_assert_not_null(delivery.body);
    delivery.body_length = strlen(delivery.body);
    delivery_read_event(&delivery);
    cr_expect_str_eq(delivery.event_id, "wh_2");
    cr_expect_null(delivery.object_id);
    delivery_clear(&delivery);
}

Test(delivery, a_summary_is_all_but_headers_and_body)
{
    struct delivery delivery = delivery_of("{\"event_id\":\"wh_1\",\"event_type\":\"t.updated\","
                                           "\"event_object_id\":\"o\",\"event_sequence\":4,"
                                           "\"event_object_status\":\"s\"}");
    size_t length = delivery.body_length;
    delivery.id = 7;
    delivery.received_ms = 1714672099465;
    delivery.peer = strdup("203.0.113.7:51234");
    delivery.method = strdup("POST");
    delivery.target = strdup("/hook?x=1");
    delivery.verdict = VERDICT_STALE;
    delivery.reason = strdup("too old");
    delivery.webhook_id = strdup("wep_1");
    delivery.answer_status = 400;
    delivery.answer_us = 815;
    cr_assert(header_list_add(&delivery.headers, "Host", "localhost"));
    delivery_read_event(&delivery);

    struct delivery summary;
    cr_assert(delivery_copy_summary(&summary, &delivery));
    delivery_clear(&delivery);
    cr_expect_null(delivery.event_id);
    cr_expect_null(delivery.body);
    cr_expect_eq(delivery.headers.count, 0);

    cr_expect_eq(summary.id, 7);
    cr_expect_eq(summary.received_ms, 1714672099465);
    cr_expect_str_eq(summary.peer, "203.0.113.7:51234");
    cr_expect_str_eq(summary.method, "POST");
    cr_expect_str_eq(summary.target, "/hook?x=1");
    cr_expect_eq(summary.headers.count, 0);
    cr_expect_null(summary.body);
    cr_expect_eq(summary.body_length, length);
    cr_expect_eq(summary.verdict, VERDICT_STALE);
    cr_expect_str_eq(summary.reason, "too old");
    cr_expect_str_eq(summary.webhook_id, "wep_1");
    cr_expect_eq(summary.answer_status, 400);
    cr_expect_eq(summary.answer_us, 815);
    cr_expect_str_eq(summary.event_id, "wh_1");
    cr_expect_str_eq(summary.event_type, "t.updated");
    cr_expect_str_eq(summary.object_id, "o");
    cr_expect_str_eq(summary.object_status, "s");
    cr_expect_eq(summary.sequence, 4);
    delivery_clear(&summary);
}

Test(delivery, a_bare_one_is_copied_too)
{
    struct delivery empty = {.answer_us = -1, .sequence = -1};
    struct delivery summary;
    cr_assert(delivery_copy_summary(&summary, &empty));
    cr_expect_null(summary.peer);
    cr_expect_null(summary.webhook_id);
    cr_expect_eq(summary.answer_us, -1);
    delivery_clear(&summary);
    delivery_clear(&summary);
}
