/* What the sandbox delivers to a real listener, checked with the real verification; and the demo.
 */
#include "api/signing.h"
#include "tests/unit/sandbox_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(sandbox_delivery, .init = world_open_plain, .fini = world_close);
TestSuite(sandbox_demo, .fini = world_close);

/* --- deliveries --------------------------------------------------------- */

Test(sandbox_delivery, deliveries_are_signed_and_in_order)
{
    char id[CONTRACT_ID_MAX + 1];
    world_create("https://hooks.example.com/in?x=1", "active", id);
    for (int i = 0; i < 5; i++)
        world_happen("transfer");
    world_await_logs(id, 5);
    cr_assert_eq(world.received_count, 5);
    for (size_t i = 0; i < 5; i++) {
        struct event event = {0};
        cr_expect_eq(world_judge(&world.received[i], id), VERDICT_GENUINE);
        cr_expect_str_eq(world.received[i].content_type, "application/json");
        cr_expect_str_eq(world.received[i].target, "/in?x=1");
        cr_assert(event_decode(world.received[i].body, world.received[i].length, &event, NULL));
        cr_expect_eq(event.sequence, (int64_t)i + 1);
        event_clear(&event);
    }
    struct log_list logs = world_logs(id);
    cr_expect(log_entry_succeeded(&logs.items[0]));
    cr_expect_str_eq(logs.items[0].response_body, "said");
    log_list_clear(&logs);
}

Test(sandbox_delivery, a_refused_delivery_is_tried_again_with_a_new_signature)
{
    char id[CONTRACT_ID_MAX + 1];
    world.answers[0] = 500;
    world_create("https://hooks.example.com/in", "active", id);
    world_happen("transfer");
    world_happen("customer");
    world_await_logs(id, 1);
    cr_expect_eq(world.received_count, 1, "the second waits for the first");
    world.ahead_ms += 2000;
    world_await_logs(id, 3);
    cr_assert_eq(world.received_count, 3);
    cr_expect_str_eq(world.received[1].body, world.received[0].body);
    cr_expect_str_neq(world.received[1].signature, world.received[0].signature);
    cr_expect_eq(world_judge(&world.received[1], id), VERDICT_GENUINE);
    cr_expect_not_null(strstr(world.received[2].body, "\"event_category\":\"customer\""));
    struct log_list logs = world_logs(id);
    cr_expect_eq(logs.items[2].status, 500);
    log_list_clear(&logs);
}

Test(sandbox_delivery, a_send_is_delivered_to_a_disabled_endpoint)
{
    char id[CONTRACT_ID_MAX + 1], path[128], body[128];
    world_create("https://hooks.example.com/in", "disabled", id);
    cJSON *event = world_ask(201, "POST", "/sandbox/events", "{}");
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s/send", id);
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}",
                   cJSON_GetObjectItem(event, "event_id")->valuestring);
    cJSON_Delete(event);
    world_tell(200, "POST", path, body);
    cr_expect_eq(world.received_count, 0, "not immediate");
    world.ahead_ms += 1000;
    world_await_logs(id, 1);
    cr_assert_eq(world.received_count, 1);
    cr_expect_eq(world_judge(&world.received[0], id), VERDICT_GENUINE);
}

Test(sandbox_delivery, deliveries_go_wrong_on_demand)
{
    static const struct {
        const char *how;
        enum verdict verdict;
    } cases[] = {
        {"wrong_key", VERDICT_WRONG_SIGNATURE},
        {"stale", VERDICT_STALE},
        {"single_hash", VERDICT_WRONG_SIGNATURE},
        {"tampered", VERDICT_WRONG_SIGNATURE},
        {"official", VERDICT_GENUINE},
    };
    char id[CONTRACT_ID_MAX + 1], path[128], body[64];
    world_create("https://hooks.example.com/in", "active", id);
    (void)snprintf(path, sizeof path, "/sandbox/webhooks/%s", id);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(body, sizeof body, "{\"sign_with\":\"%s\"}", cases[i].how);
        world_tell(200, "PUT", path, body);
        world_happen("transfer");
        world_await_logs(id, i + 1);
        cr_assert_eq(world.received_count, i + 1);
        cr_expect_eq(world_judge(&world.received[i], id), cases[i].verdict, "%s", cases[i].how);
        struct event event = {0};
        cr_expect(event_decode(world.received[i].body, world.received[i].length, &event, NULL));
        event_clear(&event);
    }
    world_tell(400, "PUT", path, "{\"sign_with\":\"crayon\"}");
    world_tell(400, "PUT", path, "{\"fail_share\":1.5}");
}

/* What is signed with it is an endpoint's own: for a drill of who has its public key. */
Test(sandbox_delivery, the_private_key_of_an_endpoint_can_be_had)
{
    char id[CONTRACT_ID_MAX + 1], path[128];
    world_create("https://hooks.example.com/in", "active", id);
    (void)snprintf(path, sizeof path, "/sandbox/webhooks/%s/private_key", id);
    struct reply reply = world_ask_keyed("GET", path, NULL, NULL);
    cr_assert_eq(reply.status, 200);
    struct signing_key *key = signing_key_from_pem(reply.body, strlen(reply.body), NULL);
    cr_assert_not_null(key, "%s", reply.body);
    char *pem = reply.body;
    struct received own = {.body = (char *)"{}", .length = 2};
    char *value = signing_key_sign(key, world_now_ms(NULL), own.body, own.length);
    (void)snprintf(own.signature, sizeof own.signature, "%s", value);
    cr_expect_eq(world_judge(&own, id), VERDICT_GENUINE);
    free(value);
    /* Another one, from here on. */
    struct signing_key *second = signing_key_generate(NULL);
    free(pem);
    pem = signing_key_private_pem(second);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "private_key", pem);
    char *json = cJSON_PrintUnformatted(body);
    (void)snprintf(path, sizeof path, "/sandbox/webhooks/%s", id);
    world_tell(200, "PUT", path, json);
    cr_expect_eq(world_judge(&own, id), VERDICT_WRONG_SIGNATURE);
    world_happen("transfer");
    world_await_logs(id, 1);
    cr_expect_eq(world_judge(&world.received[0], id), VERDICT_GENUINE);
    world_tell(400, "PUT", path, "{\"private_key\":\"none\"}");
    cJSON_free(json);
    cJSON_Delete(body);
    free(pem);
    signing_key_free(second);
    signing_key_free(key);
    world_tell(404, "GET", "/sandbox/webhooks/wep_unknown/private_key", NULL);
}

Test(sandbox_delivery, a_broken_tunnel_answers_in_the_receivers_place)
{
    char id[CONTRACT_ID_MAX + 1], path[128];
    world_create("https://hooks.example.com/in", "active", id);
    (void)snprintf(path, sizeof path, "/sandbox/webhooks/%s", id);
    world_tell(200, "PUT", path, "{\"fail_share\":1}");
    world_happen("transfer");
    world_await_logs(id, 1);
    struct log_list logs = world_logs(id);
    cr_expect_eq(logs.items[0].status, 502);
    cr_expect_not_null(strstr(logs.items[0].response_body, "Bad Gateway"));
    cr_expect_eq(world.received_count, 0);
    log_list_clear(&logs);
}

Test(sandbox_delivery, an_origin_without_a_tunnel_is_not_found)
{
    char id[CONTRACT_ID_MAX + 1];
    world_create("https://elsewhere.example/in", "active", id);
    world_happen("transfer");
    world_await_logs(id, 1);
    struct log_list logs = world_logs(id);
    cr_expect_eq(logs.items[0].status, 0);
    cr_expect_str_eq(logs.items[0].status_text, "host not found");
    cr_expect_null(logs.items[0].response_body);
    log_list_clear(&logs);
}

static void turn_loop(void)
{
    world_tell(200, "GET", "/v0/webhooks", NULL);
}

static bool is_held(void)
{
    return world.silent != NULL;
}

Test(sandbox_delivery, closing_abandons_what_is_under_way)
{
    char id[CONTRACT_ID_MAX + 1];
    struct reply late, created;
    world.answers[0] = -1;
    world_create("https://hooks.example.com/in", "active", id);
    world_happen("transfer");
    for (int turn = 0; turn < 2000 && !is_held(); turn++)
        turn_loop();
    cr_assert(is_held());
    world_tell(200, "PUT", "/sandbox/faults",
               "{\"kind\":\"slow\",\"delay_ms\":60000,\"path\":\"/webhook_events\"}");
    world_begin(&late, "GET", "/v0/webhook_events", NULL, NULL);
    world_begin(&created, "POST", "/v0/webhooks",
                "{\"url\":\"https://a.example\",\"event_epoch\":\"webhook_creation\"}", "one");
    for (int turn = 0; turn < 20; turn++)
        turn_loop();
    free(created.body); /* whether it was answered or not */
    created.body = NULL;
    cr_expect_not(late.done);
}

/* --- the demo ----------------------------------------------------------- */

static cJSON *demo_endpoints(uint64_t seed)
{
    world_open((struct sandbox_config){.demo = true, .seed = seed});
    cJSON *list = world_ask(200, "GET", "/v0/webhooks", NULL);
    cr_assert_eq(cJSON_GetObjectItem(list, "count")->valueint, 4);
    return list;
}

Test(sandbox_demo, every_pane_has_content_from_the_first_second)
{
    static const char *const statuses[] = {"active", "active", "disabled", "active"};
    cJSON *list = demo_endpoints(1);
    for (int i = 0; i < 4; i++) {
        const cJSON *webhook = cJSON_GetArrayItem(cJSON_GetObjectItem(list, "data"), i);
        const char *id = cJSON_GetObjectItem(webhook, "id")->valuestring;
        char path[128];
        cr_expect_str_eq(cJSON_GetObjectItem(webhook, "status")->valuestring, statuses[i]);
        (void)snprintf(path, sizeof path, "/v0/webhooks/%s/events", id);
        cJSON *events = world_ask(200, "GET", path, NULL);
        cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(events, "data")), 10, "%d", i);
        cJSON_Delete(events);
        struct log_list logs = world_logs(id);
        size_t good = 0;
        for (size_t n = 0; n < logs.count; n++)
            good += log_entry_succeeded(&logs.items[n]);
        cr_expect_gt(logs.count, 50, "endpoint %d has %zu attempts", i, logs.count);
        cr_expect_eq(good == logs.count, i == 0 || i == 2, "endpoint %d", i);
        log_list_clear(&logs);
    }
    cJSON_Delete(list);
}

Test(sandbox_demo, the_ledger_signs_with_a_key_that_is_not_its_own)
{
    cJSON *list = demo_endpoints(1);
    const cJSON *ledger = cJSON_GetArrayItem(cJSON_GetObjectItem(list, "data"), 3);
    const char *id = cJSON_GetObjectItem(ledger, "id")->valuestring;
    world.ahead_ms += 10000;
    size_t found = 0;
    for (int turn = 0; turn < 2000 && found == 0; turn++) {
        turn_loop();
        for (size_t i = 0; i < world.received_count; i++)
            if (strcmp(world.received[i].target, "/webhooks/ledger") == 0)
                found = i + 1;
    }
    cr_assert_gt(found, 0);
    cr_expect_eq(world_judge(&world.received[found - 1], id), VERDICT_WRONG_SIGNATURE);
    cJSON_Delete(list);
}

Test(sandbox_demo, one_seed_gives_the_same_endpoints_and_keys)
{
    cJSON *first = demo_endpoints(5);
    world_close();
    world = (struct world){0};
    cJSON *second = demo_endpoints(5);
    for (int i = 0; i < 4; i++) {
        const cJSON *a = cJSON_GetArrayItem(cJSON_GetObjectItem(first, "data"), i);
        const cJSON *b = cJSON_GetArrayItem(cJSON_GetObjectItem(second, "data"), i);
        cr_expect_str_eq(cJSON_GetObjectItem(a, "id")->valuestring,
                         cJSON_GetObjectItem(b, "id")->valuestring);
        cr_expect_str_eq(cJSON_GetObjectItem(a, "public_key")->valuestring,
                         cJSON_GetObjectItem(b, "public_key")->valuestring);
    }
    cJSON_Delete(first);
    cJSON_Delete(second);
}

Test(sandbox_demo, may_be_closed_while_its_keys_are_made)
{
    world_open((struct sandbox_config){.demo = true});
    cr_expect_gt(sandbox_port(world.sandbox), 0);
}
