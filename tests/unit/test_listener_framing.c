#include "tests/unit/http_shapes.h"
#include "tests/unit/listener_driver.h"

#include <stdio.h>
#include <string.h>

/* Sends a shape on a connection of its own and waits until the server has closed that.
   The status, or 0 when there was no answer. */
static int refusal_of(struct server *server, const struct http_shape *shape)
{
    struct wire client;
    wire_connect(&client, server);
    wire_send(&client, shape->bytes, http_shape_length(shape));
    int64_t begin = driver_now_ms();
    WAIT_FOR(server, wire_ended(&client));
    cr_assert(driver_now_ms() - begin < LISTENER_IDLE_MS, "%s: left open", shape->name);
    int status = wire_next_status(&client);
    wire_close(&client);
    return status;
}

Test(listener_framing, refuses_what_can_be_read_in_two_ways)
{
    struct server server;
    server_start(&server);
    size_t count = 0;
    for (const struct http_shape *shape = http_refused; shape->name != NULL; shape++) {
        int status = refusal_of(&server, shape);
        cr_assert_eq(status, shape->status, "%s: answered %d", shape->name, status);
        cr_assert_eq(server.count, 0, "%s: handed over", shape->name);
        cr_assert_eq(listener_counts(server.listener).refused, ++count, "%s", shape->name);
    }
    server_stop(&server);
}

Test(listener_framing, takes_what_can_be_read_in_one_way)
{
    struct server server;
    server_start(&server);
    size_t count = 0;
    for (const struct http_taken_shape *shape = http_taken; shape->name != NULL; shape++) {
        struct wire client;
        wire_connect(&client, &server);
        wire_say(&client, shape->bytes);
        cr_assert_eq(wire_next_status(&client), 200, "%s: refused", shape->name);
        cr_assert_str_eq(server.body, shape->body, "%s", shape->name);
        const char *value = header_list_find(&server.headers, "X");
        cr_assert(value == NULL || strpbrk(value, "\t") == NULL, "%s", shape->name);
        wire_close(&client);
        cr_assert_eq(server.count, ++count);
    }
    server_stop(&server);
}
