#include "tests/unit/sandbox_world.h"

#include "tests/unit/http_script.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world world;

int64_t world_now_ms(void *context)
{
    struct ambient system = ambient_system();
    (void)context;
    return ambient_wall_ms(&system) + world.ahead_ms;
}

static void on_delivery(struct exchange *exchange, void *context)
{
    const struct listener_request *request = exchange_request(exchange);
    (void)context;
    cr_assert_lt(world.received_count, WORLD_DELIVERIES_MAX);
    int answer = world.answers[world.received_count];
    struct received *received = &world.received[world.received_count++];
    const char *signature = header_list_find(request->headers, CONTRACT_SIGNATURE_HEADER);
    const char *type = header_list_find(request->headers, "content-type");
    (void)snprintf(received->signature, sizeof received->signature, "%s", signature);
    (void)snprintf(received->content_type, sizeof received->content_type, "%s", type);
    (void)snprintf(received->target, sizeof received->target, "%s", request->target);
    received->body = exchange_take_body(exchange, &received->length);
    if (answer < 0)
        world.silent = exchange;
    else
        exchange_respond(exchange, answer ? answer : 200, "text/plain", NULL, "said", 4);
}

void world_open(struct sandbox_config config)
{
    struct error error = {0};
    cr_assert_eq(uv_loop_init(&world.loop), 0);
    world.ambient = ambient_system();
    world.ambient.wall_ms = world_now_ms;
    struct listener_config receiver = {
        .address = "127.0.0.1", .ambient = world.ambient, .handler = on_delivery};
    world.receiver = listener_new(&world.loop, &receiver, &error);
    cr_assert_not_null(world.receiver, "%s", error.message);
    (void)snprintf(world.target, sizeof world.target, "http://127.0.0.1:%u",
                   listener_port(world.receiver));
    struct sandbox_tunnel tunnel = {.origin = "https://hooks.example.com", .target = world.target};
    config.tunnels = &tunnel;
    config.tunnel_count = 1;
    config.ambient = world.ambient;
    config.seed = config.seed ? config.seed : 1;
    world.sandbox = sandbox_new(&world.loop, &config, &error);
    cr_assert_not_null(world.sandbox, "%s", error.message);
    world.pool = transfer_pool_new(&world.loop, 4, &error);
    cr_assert_not_null(world.pool);
}

void world_open_plain(void)
{
    world_open((struct sandbox_config){0});
}

void world_close(void)
{
    sandbox_close(world.sandbox, NULL, NULL);
    transfer_pool_close(world.pool, NULL, NULL);
    listener_close(world.receiver, NULL, NULL);
    run_dry(&world.loop);
    for (size_t i = 0; i < world.received_count; i++)
        free(world.received[i].body);
}

/* --- asking ------------------------------------------------------------- */

static void copy_header(const struct transfer_result *result, const char *name, char *to,
                        size_t size)
{
    const char *value = header_list_find(&result->headers, name);
    (void)snprintf(to, size, "%s", value ? value : "");
}

void world_on_reply(const struct transfer_result *result, void *context)
{
    struct reply *reply = context;
    reply->done = true;
    reply->failure = result->failure;
    reply->status = result->status;
    reply->elapsed_us = result->elapsed_us;
    reply->body = strdup(result->failure == TRANSFER_OK ? result->body : "");
    copy_header(result, "Content-Type", reply->content_type, sizeof reply->content_type);
    copy_header(result, "Retry-After", reply->retry_after, sizeof reply->retry_after);
}

void world_begin(struct reply *reply, const char *method, const char *path, const char *body,
                 const char *idempotency_key)
{
    char url[256];
    struct header_list headers = {0};
    *reply = (struct reply){0};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", sandbox_port(world.sandbox), path);
    header_list_add(&headers, "Api-Key", "a key");
    if (idempotency_key != NULL)
        header_list_add(&headers, "Idempotency-Key", idempotency_key);
    struct transfer_request request = {
        .method = method,
        .url = url,
        .headers = &headers,
        .body = body,
        .body_length = body ? strlen(body) : 0,
        .connect_timeout_ms = 5000,
        .timeout_ms = SCRIPT_LIMIT_MS - 1000,
        .answer_max = 1 << 24,
    };
    cr_assert_neq(transfer_start(world.pool, &request, world_on_reply, reply), 0);
    header_list_clear(&headers);
}

struct reply world_ask_keyed(const char *method, const char *path, const char *body,
                             const char *idempotency_key)
{
    struct reply reply;
    world_begin(&reply, method, path, body, idempotency_key);
    run_until(&world.loop, &reply.done);
    return reply;
}

cJSON *world_ask(int status, const char *method, const char *path, const char *body)
{
    char key[32];
    bool post = strcmp(method, "POST") == 0;
    (void)snprintf(key, sizeof key, "key-%u", world.posts++);
    struct reply reply = world_ask_keyed(method, path, body, post ? key : NULL);
    cr_assert_eq(reply.status, status, "%s %s: %d %s", method, path, reply.status, reply.body);
    cJSON *json = cJSON_Parse(reply.body);
    cr_assert_not_null(json, "%s", reply.body);
    free(reply.body);
    return json;
}

void world_tell(int status, const char *method, const char *path, const char *body)
{
    cJSON_Delete(world_ask(status, method, path, body));
}

void world_create(const char *url, const char *status, char id[CONTRACT_ID_MAX + 1])
{
    char body[256], path[128];
    (void)snprintf(body, sizeof body,
                   "{\"url\":\"%s\",\"event_epoch\":\"webhook_creation\","
                   "\"event_categories\":[]}",
                   url);
    cJSON *made = world_ask(201, "POST", "/v0/webhooks", body);
    (void)snprintf(id, CONTRACT_ID_MAX + 1, "%s",
                   cJSON_GetStringValue(cJSON_GetObjectItem(made, "id")));
    cJSON_Delete(made);
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s", id);
    (void)snprintf(body, sizeof body, "{\"status\":\"%s\"}", status);
    world_tell(200, "PUT", path, body);
}

void world_happen(const char *category)
{
    char body[64];
    (void)snprintf(body, sizeof body, "{\"category\":\"%s\"}", category);
    world_tell(201, "POST", "/sandbox/events", body);
}

struct log_list world_logs(const char *id)
{
    char path[128];
    struct log_list logs = {0};
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s/logs", id);
    struct reply reply = world_ask_keyed("GET", path, NULL, NULL);
    cr_assert(log_list_decode(reply.body, strlen(reply.body), &logs, NULL), "%s", reply.body);
    free(reply.body);
    return logs;
}

void world_await_logs(const char *id, size_t count)
{
    for (int turn = 0; turn < 2000; turn++) {
        struct log_list logs = world_logs(id);
        size_t have = logs.count;
        log_list_clear(&logs);
        if (have >= count)
            return;
    }
    cr_assert_fail("%zu attempts were never logged", count);
}

enum verdict world_judge(const struct received *received, const char *id)
{
    struct webhook_list list = {0};
    struct reply reply = world_ask_keyed("GET", "/v0/webhooks", NULL, NULL);
    cr_assert(webhook_list_decode(reply.body, strlen(reply.body), &list, NULL));
    free(reply.body);
    const char *pem = NULL;
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].id, id) == 0)
            pem = list.items[i].public_key;
    cr_assert_not_null(pem);
    struct public_key *key = public_key_from_pem(pem, strlen(pem), NULL);
    const struct public_key *keys[] = {key};
    enum verdict verdict =
        signature_verify(received->signature, 1, received->body, received->length, keys, 1,
                         world_now_ms(NULL), SIGNATURE_WINDOW_MS, NULL, NULL);
    public_key_free(key);
    webhook_list_clear(&list);
    return verdict;
}
