/* The sandbox from outside: its API and control room over HTTP, faults, start and end. */
#include "tests/unit/sandbox_world.h"

#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(sandbox, .init = world_open_plain, .fini = world_close);

/* --- the API and its record --------------------------------------------- */

Test(sandbox, every_api_request_is_on_record_and_no_control_request)
{
    char id[CONTRACT_ID_MAX + 1];
    world_create("https://hooks.example.com/a", "disabled", id);
    world_tell(404, "GET", "/v0/nowhere?x=1", NULL);
    world_tell(200, "PUT", "/sandbox/faults", "{\"kind\":\"none\"}");
    cJSON *record = world_ask(200, "GET", "/sandbox/requests", NULL);
    cJSON *data = cJSON_GetObjectItem(record, "data");
    cr_assert_eq(cJSON_GetArraySize(data), 3);
    cJSON *first = cJSON_GetArrayItem(data, 0);
    cJSON *last = cJSON_GetArrayItem(data, 2);
    cr_expect_str_eq(cJSON_GetObjectItem(first, "method")->valuestring, "POST");
    cr_expect_str_eq(cJSON_GetObjectItem(first, "path")->valuestring, "/v0/webhooks");
    cr_expect_eq(cJSON_GetObjectItem(first, "status")->valueint, 201);
    cr_expect_not_null(strstr(cJSON_GetObjectItem(first, "body")->valuestring, "event_epoch"));
    cr_expect_eq(strncmp(cJSON_GetObjectItem(first, "idempotency_key")->valuestring, "key-", 4), 0);
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(last, "idempotency_key")));
    cr_expect_str_eq(cJSON_GetObjectItem(last, "path")->valuestring, "/v0/nowhere?x=1");
    cr_expect_eq(cJSON_GetObjectItem(last, "status")->valueint, 404);
    cJSON_Delete(record);
    world_tell(200, "DELETE", "/sandbox/requests", NULL);
    record = world_ask(200, "GET", "/sandbox/requests", NULL);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(record, "data")), 0);
    cJSON_Delete(record);
}

Test(sandbox, creations_that_overlap_are_each_done_once)
{
    static const char a[] = "{\"url\":\"https://a.example\",\"event_epoch\":\"webhook_creation\"}";
    static const char b[] = "{\"url\":\"https://b.example\",\"event_epoch\":\"webhook_creation\"}";
    struct reply replies[4];
    world_begin(&replies[0], "POST", "/v0/webhooks", a, "one");
    world_begin(&replies[1], "POST", "/v0/webhooks", a, "one");
    world_begin(&replies[2], "POST", "/v0/webhooks", b, "two");
    world_begin(&replies[3], "GET", "/v0/webhook_events", NULL, NULL);
    for (size_t i = 0; i < 4; i++)
        run_until(&world.loop, &replies[i].done);
    cr_expect_eq(replies[0].status, 201);
    cr_expect_eq(replies[2].status, 201);
    cr_expect_eq(replies[3].status, 200);
    cr_expect_str_eq(replies[0].body, replies[1].body);
    for (size_t i = 0; i < 4; i++)
        free(replies[i].body);
    cJSON *list = world_ask(200, "GET", "/v0/webhooks", NULL);
    cr_expect_eq(cJSON_GetObjectItem(list, "count")->valueint, 2);
    cJSON_Delete(list);
}

/* --- faults ------------------------------------------------------------- */

static struct reply meet(const char *fault)
{
    world_tell(200, "PUT", "/sandbox/faults", fault);
    return world_ask_keyed("GET", "/v0/webhooks", NULL, NULL);
}

static void expect_well(void)
{
    world_tell(200, "GET", "/v0/webhooks", NULL);
}

Test(sandbox, a_429_names_the_pause)
{
    struct reply reply = meet("{\"kind\":\"429\",\"retry_after\":7}");
    cr_expect_eq(reply.status, 429);
    cr_expect_str_eq(reply.retry_after, "7");
    cr_expect_not_null(strstr(reply.body, "rate_limited"));
    free(reply.body);
    expect_well();
}

Test(sandbox, a_500_has_the_documented_shape)
{
    struct reply reply = meet("{\"kind\":\"500\",\"count\":1,\"path\":\"/webhooks\"}");
    cr_expect_eq(reply.status, 500);
    cr_expect_not_null(strstr(reply.body, "{\"errors\":[{\"code\":\"unexpected\""));
    free(reply.body);
    expect_well();
}

Test(sandbox, a_proxy_answers_html)
{
    struct reply reply = meet("{\"kind\":\"html\",\"path\":\"/v0/webhooks\"}");
    cr_expect_eq(reply.status, 502);
    cr_expect_eq(strncmp(reply.content_type, "text/html", 9), 0);
    cr_expect_eq(strncmp(reply.body, "<html>", 6), 0);
    free(reply.body);
    expect_well();
}

Test(sandbox, a_connection_is_dropped_without_an_answer)
{
    /* Twice: libcurl itself repeats a request whose kept-alive connection ended before a byte. */
    struct reply reply = meet("{\"kind\":\"drop\",\"count\":2}");
    cr_expect_eq(reply.failure, TRANSFER_BROKEN);
    free(reply.body);
    expect_well();
    cJSON *record = world_ask(200, "GET", "/sandbox/requests", NULL);
    cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(record, "data"), 0);
    cr_expect_eq(cJSON_GetObjectItem(first, "status")->valueint, 0);
    cJSON_Delete(record);
}

Test(sandbox, a_slow_answer_is_right_but_late)
{
    struct reply reply = meet("{\"kind\":\"slow\",\"delay_ms\":150}");
    cr_expect_eq(reply.status, 200);
    cr_expect_geq(reply.elapsed_us, 149000);
    free(reply.body);
}

Test(sandbox, faults_meet_only_their_path_method_and_count)
{
    world_tell(200, "PUT", "/sandbox/faults",
               "{\"kind\":\"500\",\"count\":2,\"path\":\"/webhooks\",\"method\":\"DELETE\"}");
    expect_well();
    world_tell(200, "GET", "/v0/webhook_events", NULL);
    world_tell(500, "DELETE", "/v0/webhooks/wep_1", NULL);
    world_tell(500, "DELETE", "/v0/webhooks/wep_1", NULL);
    world_tell(404, "DELETE", "/v0/webhooks/wep_1", NULL);
    world_tell(200, "PUT", "/sandbox/faults", "{\"kind\":\"500\",\"count\":9}");
    world_tell(200, "DELETE", "/sandbox/faults", NULL);
    expect_well();
    world_tell(400, "PUT", "/sandbox/faults", "{\"kind\":\"teapot\"}");
    world_tell(400, "PUT", "/sandbox/faults", "{\"kind\":\"slow\",\"delay_ms\":-1}");
    world_tell(400, "PUT", "/sandbox/faults", "nonsense");
}

/* What idempotency is for: the request was carried out, and nobody heard of it. */
Test(sandbox, an_answer_can_be_lost_after_the_deed)
{
    static const char body[] =
        "{\"url\":\"https://a.example\",\"event_epoch\":\"webhook_creation\"}";
    world_tell(200, "PUT", "/sandbox/faults", "{\"kind\":\"drop\",\"count\":2,\"performed\":true}");
    struct reply lost = world_ask_keyed("POST", "/v0/webhooks", body, "same");
    cr_expect_eq(lost.failure, TRANSFER_BROKEN);
    struct reply again = world_ask_keyed("POST", "/v0/webhooks", body, "same");
    cr_expect_eq(again.status, 201);
    free(lost.body);
    free(again.body);
    cJSON *list = world_ask(200, "GET", "/v0/webhooks", NULL);
    cr_expect_eq(cJSON_GetObjectItem(list, "count")->valueint, 1);
    cJSON_Delete(list);
}

Test(sandbox, the_control_room_refuses_what_it_does_not_know)
{
    world_tell(404, "GET", "/sandbox", NULL);
    world_tell(404, "GET", "/sandboxes", NULL);
    world_tell(404, "PUT", "/sandbox/webhooks/wep_unknown", "{}");
    world_tell(400, "POST", "/sandbox/events", "{\"category\":\"teapot\"}");
    cJSON *event = world_ask(201, "POST", "/sandbox/events", NULL);
    cr_expect(cJSON_IsString(cJSON_GetObjectItem(event, "event_id")));
    cJSON_Delete(event);
}

/* --- start and end ------------------------------------------------------ */

Test(sandbox, a_port_in_use_is_refused)
{
    struct error error = {0};
    struct sandbox_config config = {.port = sandbox_port(world.sandbox),
                                    .ambient = ambient_system()};
    cr_expect_null(sandbox_new(&world.loop, &config, &error));
    cr_expect_not_null(strstr(error.message, "cannot listen on"), "%s", error.message);
    cr_expect_null(sandbox_thread_start(&config, &error));
    cr_expect_not_null(strstr(error.message, "cannot listen on"), "%s", error.message);
}

Test(sandbox, bad_tunnels_are_refused)
{
    struct error error = {0};
    struct sandbox_tunnel tunnel = {.origin = "http://a.example", .target = "http://127.0.0.1:1"};
    struct sandbox_config config = {
        .tunnels = &tunnel, .tunnel_count = 1, .ambient = ambient_system()};
    cr_expect_null(sandbox_new(&world.loop, &config, &error));
    config.tunnel_count = SANDBOX_TUNNELS_MAX + 1;
    cr_expect_null(sandbox_new(&world.loop, &config, &error));
    config = (struct sandbox_config){.demo = true, .ambient = ambient_system()};
    cr_expect_null(sandbox_new(&world.loop, &config, &error));
}

Test(sandbox_thread, serves_beside_the_callers_loop)
{
    struct error error = {0};
    struct sandbox_tunnel tunnel = {.origin = "https://a.example", .target = "http://127.0.0.1:1"};
    struct sandbox_config config = {.seed = 1,
                                    .events_per_minute = 600,
                                    .tunnels = &tunnel,
                                    .tunnel_count = 1,
                                    .demo = true,
                                    .ambient = ambient_system()};
    struct sandbox_thread *thread = sandbox_thread_start(&config, &error);
    cr_assert_not_null(thread, "%s", error.message);
    cr_expect_gt(sandbox_thread_port(thread), 0);

    uv_loop_t loop;
    struct reply reply = {0};
    struct header_list headers = {0};
    char url[128];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v0/webhooks", sandbox_thread_port(thread));
    cr_assert_eq(uv_loop_init(&loop), 0);
    header_list_add(&headers, "Api-Key", "a key");
    struct transfer_pool *pool = transfer_pool_new(&loop, 1, &error);
    struct transfer_request request = {.method = "GET",
                                       .url = url,
                                       .headers = &headers,
                                       .connect_timeout_ms = 5000,
                                       .timeout_ms = SCRIPT_LIMIT_MS - 1000,
                                       .answer_max = 1 << 20};
    transfer_start(pool, &request, world_on_reply, &reply);
    run_until(&loop, &reply.done);
    cr_expect_eq(reply.status, 200);
    cr_expect_not_null(strstr(reply.body, "{\"count\":4,"));
    free(reply.body);
    header_list_clear(&headers);
    transfer_pool_close(pool, NULL, NULL);
    run_dry(&loop);
    sandbox_thread_stop(thread);
    sandbox_thread_stop(NULL);
}
