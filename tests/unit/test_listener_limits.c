#include "tests/unit/listener_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void say_length(struct wire *client, size_t length)
{
    char head[100];
    (void)snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n",
                   length);
    wire_say(client, head);
}

Test(listener_limits, takes_a_body_of_the_limit_and_refuses_a_byte_more)
{
    struct server server;
    server_start(&server);
    char *body = malloc(LISTENER_BODY_MAX + 1);
    memset(body, 'x', LISTENER_BODY_MAX + 1);
    struct wire client;
    wire_connect(&client, &server);
    say_length(&client, LISTENER_BODY_MAX);
    wire_send(&client, body, LISTENER_BODY_MAX);
    cr_assert_eq(wire_next_status(&client), 200);
    cr_assert_eq(server.body_length, LISTENER_BODY_MAX);
    cr_assert(memcmp(server.body, body, LISTENER_BODY_MAX) == 0);

    say_length(&client, LISTENER_BODY_MAX + 1);
    cr_assert_eq(wire_next_status(&client), 413);
    WAIT_FOR(&server, wire_ended(&client));
    wire_close(&client);

    wire_connect(&client, &server);
    say_length(&client, LISTENER_BODY_MAX + 1);
    wire_send(&client, body, LISTENER_BODY_MAX + 1);
    cr_assert_eq(wire_next_status(&client), 413);
    wire_close(&client);
    cr_assert_eq(server.count, 1);
    free(body);
    server_stop(&server);
}

/* Sends chunks of 64 KiB, and the last one where `whole`. */
static void say_chunks(struct wire *client, size_t count, bool whole)
{
    enum { SIZE = 0x10000 };
    char *chunk = malloc(SIZE + 2);
    memset(chunk, 'x', SIZE);
    memcpy(&chunk[SIZE], "\r\n", 2);
    wire_say(client, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < count; i++) {
        wire_say(client, "10000\r\n");
        wire_send(client, chunk, SIZE + 2);
    }
    if (whole)
        wire_say(client, "0\r\n\r\n");
    free(chunk);
}

Test(listener_limits, bounds_a_body_in_chunks)
{
    const size_t most = LISTENER_BODY_MAX / 0x10000;
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    say_chunks(&client, most, true);
    cr_assert_eq(wire_next_status(&client), 200);
    cr_assert_eq(server.body_length, LISTENER_BODY_MAX);
    say_chunks(&client, most + 1, true);
    cr_assert_eq(wire_next_status(&client), 413);
    WAIT_FOR(&server, wire_ended(&client));
    wire_close(&client);

    wire_connect(&client, &server);
    say_chunks(&client, 20 * most, false); /* told after the first of them, not at the end */
    cr_assert_eq(wire_next_status(&client), 413);
    wire_close(&client);
    cr_assert_eq(server.count, 1);
    server_stop(&server);
}

Test(listener_limits, bounds_all_bodies_together)
{
    enum { FULL = LISTENER_BODIES_MAX / LISTENER_BODY_MAX };
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    char *body = malloc(LISTENER_BODY_MAX);
    memset(body, 'x', LISTENER_BODY_MAX);
    static struct wire clients[FULL];
    for (size_t i = 0; i < FULL; i++) {
        wire_connect(&clients[i], &server);
        say_length(&clients[i], LISTENER_BODY_MAX);
        wire_send(&clients[i], body, LISTENER_BODY_MAX);
        WAIT_FOR(&server, server.held_count == i + 1);
    }
    struct wire late;
    wire_connect(&late, &server);
    wire_send(&late, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(wire_next_status(&late), 503);
    wire_close(&late);
    cr_assert_eq(server.count, FULL);

    size_t length = 0;
    free(exchange_take_body(server.held[0], &length));
    cr_assert_eq(length, LISTENER_BODY_MAX);
    wire_connect(&late, &server);
    wire_send(&late, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == FULL + 1);
    assert_golden(&server);
    for (size_t i = 0; i < server.held_count; i++)
        server_respond(&server, server.held[i]);
    cr_assert_eq(wire_next_status(&late), 200);
    wire_close(&late);
    for (size_t i = 0; i < FULL; i++) {
        cr_assert_eq(wire_next_status(&clients[i]), 200);
        wire_close(&clients[i]);
    }
    free(body);
    server_stop(&server);
}

static int status_with_headers(struct server *server, size_t count, size_t value_length)
{
    struct wire client;
    wire_connect(&client, server);
    wire_say(&client, "GET / HTTP/1.1\r\nHost: h\r\n");
    char *value = calloc(1, value_length + 1);
    memset(value, 'v', value_length);
    for (size_t i = 0; i < count; i++) {
        wire_say(&client, "X: ");
        wire_say(&client, value);
        wire_say(&client, "\r\n");
    }
    wire_say(&client, "\r\n");
    int status = wire_next_status(&client);
    free(value);
    wire_close(&client);
    return status;
}

Test(listener_limits, bounds_the_head)
{
    struct server server;
    server_start(&server);
    cr_assert_eq(status_with_headers(&server, HEADER_COUNT_MAX - 1, 10), 200);
    cr_assert_eq(server.headers.count, HEADER_COUNT_MAX);
    cr_assert_eq(status_with_headers(&server, HEADER_COUNT_MAX, 10), 431);
    cr_assert_eq(status_with_headers(&server, 3, 6000), 200);
    cr_assert_eq(status_with_headers(&server, 1, LISTENER_HEAD_MAX), 431);
    cr_assert_eq(server.count, 2);

    struct wire client;
    wire_connect(&client, &server);
    wire_say(&client, "GET /");
    for (size_t i = 0; i < LISTENER_HEAD_MAX / 16; i++)
        wire_say(&client, "0123456789abcdef");
    wire_say(&client, " HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert_eq(wire_next_status(&client), 414);
    wire_close(&client);
    cr_assert_eq(server.count, 2);
    server_stop(&server);
}

Test(listener_limits, ends_a_request_that_takes_too_long)
{
    struct server server;
    server_start(&server);
    struct wire slow[3];
    const size_t cuts[3] = {4, 60, GOLDEN_LENGTH - 1}; /* in the first line, the head, the body */
    for (size_t i = 0; i < 3; i++) {
        wire_connect(&slow[i], &server);
        wire_send(&slow[i], GOLDEN, cuts[i]);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 3);
    server.skipped_us += (uint64_t)(LISTENER_REQUEST_MS + LISTENER_IDLE_MS - 100) * 1000;
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(wire_next_status(&slow[i]), 408);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    for (size_t i = 0; i < 3; i++)
        wire_close(&slow[i]);
    cr_assert_eq(server.count, 0);
    server_stop(&server);
}

static void send_last_byte(struct server *server)
{
    server->clock_read = NULL;
    struct wire *client = server->clock_context;
    cr_assert_eq(send(client->fd, GOLDEN + GOLDEN_LENGTH - 1, 1, MSG_NOSIGNAL), 1);
}

Test(listener_limits, does_not_hand_over_a_request_that_was_told_408)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH - 1);
    WAIT_FOR(&server, listener_connections(server.listener) == 1);
    for (size_t i = 0; i < 5; i++)
        server_turn(&server);
    /* The clock is read next when deadlines are looked at: the byte comes just before. */
    server.skipped_us += (uint64_t)(LISTENER_REQUEST_MS + 1) * 1000;
    server.clock_context = &client;
    server.clock_read = send_last_byte;
    cr_assert_eq(wire_next_status(&client), 408);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert_eq(server.count, 0);
    wire_close(&client);
    server_stop(&server);
}

Test(listener_limits, lets_the_handler_take_its_time)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire waiting;
    struct wire slow;
    wire_connect(&waiting, &server);
    wire_send(&waiting, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    wire_connect(&slow, &server);
    wire_send(&slow, GOLDEN, 60);
    WAIT_FOR(&server, listener_connections(server.listener) == 2);
    server.skipped_us += (uint64_t)60 * 60 * 1000 * 1000;
    cr_assert_eq(wire_next_status(&slow), 408);
    server_respond(&server, server.held[0]);
    cr_assert_eq(wire_next_status(&waiting), 200);
    wire_close(&waiting);
    wire_close(&slow);
    server_stop(&server);
}

Test(listener_limits, ends_a_peer_that_does_not_read_its_answer)
{
    enum { LENGTH = 16 * 1024 * 1024 }; /* more than the sockets hold */
    struct server server;
    server_start(&server);
    char *answer = calloc(1, LENGTH);
    server.answer = answer;
    server.answer_length = LENGTH;
    struct wire client;
    wire_connect(&client, &server);
    cr_assert_eq(send(client.fd, GOLDEN, GOLDEN_LENGTH, MSG_NOSIGNAL), (ssize_t)GOLDEN_LENGTH);
    WAIT_FOR(&server, server.count == 1);
    server.skipped_us += (uint64_t)(LISTENER_REQUEST_MS + 1) * 1000;
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    wire_close(&client);
    free(answer);
    server_stop(&server);
}

Test(listener_limits, ends_silence)
{
    struct server server;
    server_start(&server);
    struct wire fresh;
    struct wire used;
    wire_connect(&fresh, &server);
    wire_connect(&used, &server);
    wire_send(&used, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(wire_next_status(&used), 200);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert(wire_ended(&fresh) && wire_ended(&used));
    cr_assert_eq(fresh.length, 0);
    wire_close(&fresh);
    wire_close(&used);
    server_stop(&server);
}

Test(listener_limits, does_not_wake_while_nobody_is_there)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(wire_next_status(&client), 200);
    cr_assert(uv_backend_timeout(&server.loop) >= 0);
    wire_close(&client);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    uv_timer_stop(&server.tick);
    uv_run(&server.loop, UV_RUN_NOWAIT);
    cr_assert_eq(uv_backend_timeout(&server.loop), -1);
    server_stop(&server);
}

static void limit_descriptors(rlim_t limit)
{
    struct rlimit files;
    cr_assert(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = limit;
    cr_assert(setrlimit(RLIMIT_NOFILE, &files) == 0);
}

Test(listener_limits, lets_connections_wait_beyond_its_limit)
{
    enum { LIMIT = 20, COUNT = 30 };
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    limit_descriptors(2UL * LIMIT); /* half of them are for connections */
    struct server server;
    server_start(&server);
    limit_descriptors(before.rlim_cur);
    server.reply = REPLY_LATER;
    struct wire clients[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        wire_connect(&clients[i], &server);
        wire_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
    }
    WAIT_FOR(&server, server.held_count == LIMIT);
    for (size_t i = 0; i < 10; i++)
        server_turn(&server);
    cr_assert_eq(listener_connections(server.listener), LIMIT);
    for (size_t i = 0; i < COUNT; i++) {
        WAIT_FOR(&server, server.held_count > i);
        server_respond(&server, server.held[i]);
        cr_assert_eq(wire_next_status(&clients[i]), 200);
        wire_close(&clients[i]);
    }
    server_stop(&server);
}

static void on_end_of_watch(uv_timer_t *timer)
{
    (void)timer;
}

/* How often the loop turns by itself in 300 ms. */
static int turns_alone(struct server *server)
{
    int turns = 0;
    uv_timer_stop(&server->tick);
    for (int64_t end = driver_now_ms() + 300; driver_now_ms() < end; turns++) {
        uv_update_time(&server->loop);
        uv_timer_start(&server->tick, on_end_of_watch, 300, 0);
        uv_run(&server->loop, UV_RUN_ONCE);
    }
    return turns;
}

Test(listener_limits, does_not_spin_while_answers_are_awaited)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire pipelining;
    struct wire gone;
    wire_connect(&pipelining, &server);
    wire_send(&pipelining, GOLDEN, GOLDEN_LENGTH);
    wire_send(&pipelining, GOLDEN, GOLDEN_LENGTH);
    wire_connect(&gone, &server);
    wire_send(&gone, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 2);
    wire_send(&pipelining, GOLDEN, GOLDEN_LENGTH);
    wire_close(&gone);
    cr_assert_lt(turns_alone(&server), 20);

    for (size_t i = 0; i < 4; i++) {
        WAIT_FOR(&server, server.held_count > i);
        server_respond(&server, server.held[i]);
    }
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(wire_next_status(&pipelining), 200);
    wire_close(&pipelining);
    server_stop(&server);
}

/* A peer that always has the next request ready must not keep the rest of the loop waiting: not the
   terminal, and not the answers that the inbox has ready. */
Test(listener_limits, gives_the_loop_its_turns_while_requests_keep_coming)
{
    enum { REQUESTS = 400, A_TURN_MAX = 40 };
    static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    const size_t length = sizeof request - 1;
    char all[REQUESTS * (sizeof request - 1)];
    for (size_t i = 0; i < REQUESTS; i++)
        memcpy(all + i * length, request, length);

    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, all, sizeof all);
    size_t most = 0;
    int64_t end = driver_now_ms() + DRIVER_LIMIT_MS;
    while (server.count < REQUESTS) {
        size_t before = server.count;
        server_turn(&server);
        most = server.count - before > most ? server.count - before : most;
        cr_assert_lt(driver_now_ms(), end);
    }
    cr_expect_leq(most, A_TURN_MAX, "%zu in one turn", most);
    wire_close(&client);
    server_stop(&server);
}

/* For good. Another process does it, because valgrind only pretends to limit the one that it runs:
   a connection beyond such a limit is accepted and closed, where the kernel leaves it waiting. */
static void limit_descriptors_from_outside(rlim_t limit)
{
    struct rlimit files;
    cr_assert(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = limit;
    pid_t limited = getpid();
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0)
        _exit(prlimit(limited, RLIMIT_NOFILE, &files, NULL) == 0 ? 0 : 1);
    int status = 0;
    cr_assert(waitpid(child, &status, 0) == child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(listener_limits, rests_when_descriptors_run_out)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    int last = dup(client.fd);
    cr_assert(last >= 0);
    limit_descriptors_from_outside((rlim_t)last + 1);
    /* The connection waits in the queue. Without a pause, each turn would end at once. */
    cr_assert_lt(turns_alone(&server), 20);
    cr_assert_eq(listener_connections(server.listener), 0);
    close(last);
    cr_assert_eq(wire_next_status(&client), 200);
    wire_close(&client);
    server_stop(&server);
}
