#include "tests/unit/listener_driver.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

Test(listener, hands_over_a_request_as_it_came)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, client_answered(&client));
    cr_assert(strncmp(client.in, "HTTP/1.1 200 ", 13) == 0);
    cr_assert(client_received(&client, "Content-Type: text/plain\r\n"));
    cr_assert(client_received(&client, "\r\n\r\nok"));
    assert_golden(&server);
    cr_assert_eq(server.received_ms, DRIVER_WALL_MS);
    struct sockaddr_in own = {0};
    socklen_t own_length = sizeof own;
    getsockname(client.fd, (struct sockaddr *)&own, &own_length);
    char peer[40];
    (void)snprintf(peer, sizeof peer, "127.0.0.1:%u", ntohs(own.sin_port));
    cr_assert_str_eq(server.peer, peer);
    client_close(&client);
    server_stop(&server);
}

Test(listener, reads_a_request_that_comes_in_pieces)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    for (size_t cut = 1; cut < GOLDEN_LENGTH; cut++) {
        client_send(&client, GOLDEN, cut);
        server_turn(&server);
        server_turn(&server);
        client_send(&client, GOLDEN + cut, GOLDEN_LENGTH - cut);
        cr_assert_eq(client_next_status(&client), 200);
        cr_assert_eq(server.count, cut);
        assert_golden(&server);
    }
    client_close(&client);
    server_stop(&server);
}

Test(listener, answers_later)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    server.skipped_us += 1000000;
    const struct listener_request *request = exchange_request(server.held[0]);
    cr_assert_str_eq(request->target, "/hooks/a%20b?x=1&y");
    size_t length = 0;
    char *body = exchange_take_body(server.held[0], &length);
    cr_assert_eq(length, 12);
    cr_assert(memcmp(body, "{\"a\":\"\xc3\xa9\n\0\"}", 12) == 0);
    cr_assert_eq(request->body_length, 0);
    free(body);
    int64_t elapsed = exchange_respond(server.held[0], 503, "application/json", NULL, "{}", 2);
    cr_assert(elapsed >= 1000000 && elapsed < 1000000 + (int64_t)DRIVER_LIMIT_MS * 1000);
    cr_assert_eq(client_next_status(&client), 503);
    client_close(&client);
    server_stop(&server);
}

Test(listener, closes_with_exchanges_outstanding)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client clients[3];
    for (size_t i = 0; i < 3; i++) {
        client_connect(&clients[i], &server);
        client_send(&clients[i], GOLDEN, i < 2 ? GOLDEN_LENGTH : GOLDEN_LENGTH - 1);
    }
    WAIT_FOR(&server, server.held_count == 2);
    server_close(&server);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(client_next_status(&clients[i]), 0);
        cr_assert(client_ended(&clients[i]));
        client_close(&clients[i]);
    }
    server_stop(&server);
}

Test(listener, says_where_and_why_it_cannot_listen)
{
    struct server server;
    server_start(&server);
    struct error error = {0};
    struct listener_config config =
        server_config(&server, "127.0.0.1", listener_port(server.listener));
    cr_assert_null(listener_new(&server.loop, &config, &error));
    char expected[ERROR_MAX];
    (void)snprintf(expected, sizeof expected,
                   "cannot listen on 127.0.0.1:%u: address already in use", config.port);
    cr_assert_str_eq(error.message, expected);

    config = server_config(&server, "192.0.2.1", 8787);
    cr_assert_null(listener_new(&server.loop, &config, &error));
    cr_assert_str_eq(error.message, "cannot listen on 192.0.2.1:8787: address not available");

    config = server_config(&server, "example.com", 8787);
    cr_assert_null(listener_new(&server.loop, &config, &error));
    cr_assert_str_eq(error.message, "cannot listen on example.com:8787: not an IP address");

    config = server_config(&server, "2001:db8::1", 8787);
    cr_assert_null(listener_new(&server.loop, &config, &error));
    cr_assert_str_eq(error.message, "cannot listen on [2001:db8::1]:8787: address not available");
    server_stop(&server);
}

Test(listener, serves_many_requests_on_one_connection)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    for (size_t i = 0; i < 5; i++)
        client_send(&client, GOLDEN, GOLDEN_LENGTH);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(client_next_status(&client), 200);
    cr_assert_eq(server.count, 5);
    cr_assert_eq(listener_connections(server.listener), 1);
    client_say(&client, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    cr_assert_eq(client_next_status(&client), 200);
    WAIT_FOR(&server, client_ended(&client));
    client_close(&client);
    server_stop(&server);
}

Test(listener, drops_without_an_answer)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_DROP;
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(client_next_status(&client), 0);
    cr_assert_eq(client.length, 0);
    client_close(&client);

    server.reply = REPLY_LATER;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    exchange_drop(server.held[0]);
    cr_assert_eq(client_next_status(&client), 0);
    cr_assert_eq(client.length, 0);
    client_close(&client);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}

Test(listener, ends_when_closed_from_within_the_handler)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_CLOSE_LISTENER;
    struct client clients[2];
    for (size_t i = 0; i < 2; i++)
        client_connect(&clients[i], &server);
    for (size_t i = 0; i < 2; i++)
        client_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.closed);
    cr_assert_eq(server.count, 1);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(client_next_status(&clients[i]), 0);
        client_close(&clients[i]);
    }
    server_stop(&server);
}

Test(listener, sends_the_answers_that_were_given_just_before_it_closes)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client clients[20];
    for (size_t i = 0; i < 20; i++) {
        client_connect(&clients[i], &server);
        client_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
    }
    WAIT_FOR(&server, server.held_count == 20);
    for (size_t i = 0; i < 20; i++)
        server_respond(&server, server.held[i]);
    server_close(&server);
    for (size_t i = 0; i < 20; i++) {
        cr_assert_eq(client_next_status(&clients[i]), 200);
        client_close(&clients[i]);
    }
    server_stop(&server);
}

Test(listener, serves_many_connections_at_once)
{
    enum { COUNT = 300 };
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    static struct client clients[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        client_connect(&clients[i], &server);
        client_send(&clients[i], GOLDEN, GOLDEN_LENGTH / 2);
        server_turn(&server);
    }
    for (size_t i = 0; i < COUNT; i++)
        client_send(&clients[i], GOLDEN + GOLDEN_LENGTH / 2, GOLDEN_LENGTH - GOLDEN_LENGTH / 2);
    WAIT_FOR(&server, server.held_count == COUNT);
    cr_assert_eq(listener_connections(server.listener), COUNT);
    for (size_t i = COUNT; i > 0; i--)
        server_respond(&server, server.held[i - 1]);
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(client_next_status(&clients[i]), 200);
        client_close(&clients[i]);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}

Test(listener, outlives_peers_that_go_before_their_answer)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client client;
    for (size_t i = 0; i < 3; i++) {
        client_connect(&client, &server);
        client_send(&client, GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, server.held_count == i + 1);
        const struct linger reset = {.l_onoff = 1};
        if (i == 1)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        client_close(&client);
        server_turn(&server);
    }
    cr_assert_eq(listener_connections(server.listener), 3);
    cr_assert_str_eq(exchange_request(server.held[1])->method, "POST");
    server_respond(&server, server.held[0]);
    server_respond(&server, server.held[1]);
    exchange_drop(server.held[2]);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}

Test(listener, forgets_a_peer_that_goes_in_the_midst_of_a_request)
{
    struct server server;
    server_start(&server);
    for (size_t cut = 0; cut < GOLDEN_LENGTH; cut += 5) {
        struct client client;
        client_connect(&client, &server);
        client_send(&client, GOLDEN, cut);
        WAIT_FOR(&server, listener_connections(server.listener) == 1);
        client_close(&client);
        WAIT_FOR(&server, listener_connections(server.listener) == 0);
    }
    cr_assert_eq(server.count, 0);
    server_stop(&server);
}

Test(listener, answers_a_peer_that_has_ended_its_side)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    shutdown(client.fd, SHUT_WR);
    cr_assert_eq(client_next_status(&client), 200);
    client_close(&client);
    server_stop(&server);
}

Test(listener, answers_head_without_a_body)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_say(&client, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    WAIT_FOR(&server, client_ended(&client));
    cr_assert(client_received(&client, "HTTP/1.1 200 "));
    cr_assert(client_received(&client, "Content-Length: 2\r\n"));
    cr_assert_str_eq(strstr(client.in, "\r\n\r\n"), "\r\n\r\n");
    cr_assert_str_eq(server.method, "HEAD");
    client_close(&client);
    server_stop(&server);
}

Test(listener, lets_a_sender_that_asks_go_on)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_say(&client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                        "Expect: 100-continue\r\n\r\n");
    cr_assert_eq(client_next_status(&client), 100);
    cr_assert_eq(server.count, 0);
    client_say(&client, "abc");
    cr_assert_eq(client_next_status(&client), 200);
    cr_assert_str_eq(server.body, "abc");

    client_say(&client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n"
                        "Expect: 100-continue\r\n\r\n");
    cr_assert_eq(client_next_status(&client), 413);
    WAIT_FOR(&server, client_ended(&client));
    client_close(&client);
    server_stop(&server);
}

Test(listener, sends_headers_and_large_answers_to_slow_readers)
{
    enum { LENGTH = 8 * 1024 * 1024 };
    struct server server;
    server_start(&server);
    struct header_list headers = {0};
    header_list_add(&headers, "Retry-After", "5");
    header_list_add(&headers, "X-Twice", "a");
    header_list_add(&headers, "X-Twice", "b");
    server.answer_headers = &headers;
    char *answer = malloc(LENGTH);
    for (size_t i = 0; i < LENGTH; i++)
        answer[i] = (char)('a' + i % 26);
    server.answer = answer;
    server.answer_length = LENGTH;
    server.status = 503;
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.count == 1);
    for (size_t i = 0; i < 10; i++)
        server_turn(&server);
    WAIT_FOR(&server, client_answered(&client));
    cr_assert(strncmp(client.in, "HTTP/1.1 503 ", 13) == 0);
    cr_assert(client_received(&client, "Retry-After: 5\r\n"));
    cr_assert(client_received(&client, "X-Twice: a\r\nX-Twice: b\r\n"));
    cr_assert(memcmp(client.in + client.length - LENGTH, answer, LENGTH) == 0);
    client_close(&client);
    free(answer);
    header_list_clear(&headers);
    server_stop(&server);
}

/* --- limits ---------------------------------------------------------------------- */

static void say_length(struct client *client, size_t length)
{
    char head[100];
    (void)snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n",
                   length);
    client_say(client, head);
}

Test(listener, takes_a_body_of_the_limit_and_refuses_a_byte_more)
{
    struct server server;
    server_start(&server);
    char *body = malloc(LISTENER_BODY_MAX + 1);
    memset(body, 'x', LISTENER_BODY_MAX + 1);
    struct client client;
    client_connect(&client, &server);
    say_length(&client, LISTENER_BODY_MAX);
    client_send(&client, body, LISTENER_BODY_MAX);
    cr_assert_eq(client_next_status(&client), 200);
    cr_assert_eq(server.body_length, LISTENER_BODY_MAX);
    cr_assert(memcmp(server.body, body, LISTENER_BODY_MAX) == 0);

    say_length(&client, LISTENER_BODY_MAX + 1);
    cr_assert_eq(client_next_status(&client), 413);
    WAIT_FOR(&server, client_ended(&client));
    client_close(&client);

    client_connect(&client, &server);
    say_length(&client, LISTENER_BODY_MAX + 1);
    client_send(&client, body, LISTENER_BODY_MAX + 1);
    cr_assert_eq(client_next_status(&client), 413);
    client_close(&client);
    cr_assert_eq(server.count, 1);
    free(body);
    server_stop(&server);
}

/* Sends chunks of 64 KiB, and the last one where `whole`. */
static void say_chunks(struct client *client, size_t count, bool whole)
{
    enum { SIZE = 0x10000 };
    char *chunk = malloc(SIZE + 2);
    memset(chunk, 'x', SIZE);
    memcpy(chunk + SIZE, "\r\n", 2);
    client_say(client, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < count; i++) {
        client_say(client, "10000\r\n");
        client_send(client, chunk, SIZE + 2);
    }
    if (whole)
        client_say(client, "0\r\n\r\n");
    free(chunk);
}

Test(listener, bounds_a_body_in_chunks)
{
    const size_t most = LISTENER_BODY_MAX / 0x10000;
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    say_chunks(&client, most, true);
    cr_assert_eq(client_next_status(&client), 200);
    cr_assert_eq(server.body_length, LISTENER_BODY_MAX);
    say_chunks(&client, most + 1, true);
    cr_assert_eq(client_next_status(&client), 413);
    WAIT_FOR(&server, client_ended(&client));
    client_close(&client);

    client_connect(&client, &server);
    say_chunks(&client, 6 * most, false);
    cr_assert_eq(client_next_status(&client), 0);
    client_close(&client);
    cr_assert_eq(server.count, 1);
    server_stop(&server);
}

Test(listener, bounds_all_bodies_together)
{
    enum { FULL = LISTENER_BODIES_MAX / LISTENER_BODY_MAX };
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    char *body = malloc(LISTENER_BODY_MAX);
    memset(body, 'x', LISTENER_BODY_MAX);
    static struct client clients[FULL];
    for (size_t i = 0; i < FULL; i++) {
        client_connect(&clients[i], &server);
        say_length(&clients[i], LISTENER_BODY_MAX);
        client_send(&clients[i], body, LISTENER_BODY_MAX);
        WAIT_FOR(&server, server.held_count == i + 1);
    }
    struct client late;
    client_connect(&late, &server);
    client_send(&late, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(client_next_status(&late), 503);
    client_close(&late);
    cr_assert_eq(server.count, FULL);

    size_t length = 0;
    free(exchange_take_body(server.held[0], &length));
    cr_assert_eq(length, LISTENER_BODY_MAX);
    client_connect(&late, &server);
    client_send(&late, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == FULL + 1);
    assert_golden(&server);
    for (size_t i = 0; i < server.held_count; i++)
        server_respond(&server, server.held[i]);
    cr_assert_eq(client_next_status(&late), 200);
    client_close(&late);
    for (size_t i = 0; i < FULL; i++) {
        cr_assert_eq(client_next_status(&clients[i]), 200);
        client_close(&clients[i]);
    }
    free(body);
    server_stop(&server);
}

static int status_with_headers(struct server *server, size_t count, size_t value_length)
{
    struct client client;
    client_connect(&client, server);
    client_say(&client, "GET / HTTP/1.1\r\nHost: h\r\n");
    char *value = calloc(1, value_length + 1);
    memset(value, 'v', value_length);
    for (size_t i = 0; i < count; i++) {
        client_say(&client, "X: ");
        client_say(&client, value);
        client_say(&client, "\r\n");
    }
    client_say(&client, "\r\n");
    int status = client_next_status(&client);
    free(value);
    client_close(&client);
    return status;
}

Test(listener, bounds_the_head)
{
    struct server server;
    server_start(&server);
    cr_assert_eq(status_with_headers(&server, HEADER_COUNT_MAX - 1, 10), 200);
    cr_assert_eq(server.headers.count, HEADER_COUNT_MAX);
    cr_assert_eq(status_with_headers(&server, HEADER_COUNT_MAX, 10), 431);
    cr_assert_eq(status_with_headers(&server, 3, 6000), 200);
    cr_assert_eq(status_with_headers(&server, 1, LISTENER_CONNECTION_MEMORY), 431);
    cr_assert_eq(server.count, 2);

    struct client client;
    client_connect(&client, &server);
    client_say(&client, "GET /");
    for (size_t i = 0; i < LISTENER_CONNECTION_MEMORY / 16; i++)
        client_say(&client, "0123456789abcdef");
    client_say(&client, " HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert_eq(client_next_status(&client), 414);
    client_close(&client);
    cr_assert_eq(server.count, 2);
    server_stop(&server);
}

Test(listener, ends_a_request_that_takes_too_long)
{
    struct server server;
    server_start(&server);
    struct client slow[3];
    const size_t cuts[3] = {4, 60, GOLDEN_LENGTH - 1}; /* in the first line, the head, the body */
    for (size_t i = 0; i < 3; i++) {
        client_connect(&slow[i], &server);
        client_send(&slow[i], GOLDEN, cuts[i]);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 3);
    server.skipped_us += (uint64_t)(LISTENER_REQUEST_MS + LISTENER_IDLE_S * 1000 - 100) * 1000;
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(client_next_status(&slow[i]), 408);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    for (size_t i = 0; i < 3; i++)
        client_close(&slow[i]);
    cr_assert_eq(server.count, 0);
    server_stop(&server);
}

static void send_last_byte(struct server *server)
{
    server->clock_read = NULL;
    struct client *client = server->clock_context;
    cr_assert_eq(send(client->fd, GOLDEN + GOLDEN_LENGTH - 1, 1, MSG_NOSIGNAL), 1);
}

Test(listener, does_not_hand_over_a_request_that_was_told_408)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH - 1);
    WAIT_FOR(&server, listener_connections(server.listener) == 1);
    for (size_t i = 0; i < 5; i++)
        server_turn(&server);
    /* The clock is read next when deadlines are looked at: the byte comes just before. */
    server.skipped_us += (uint64_t)(LISTENER_REQUEST_MS + 1) * 1000;
    server.clock_context = &client;
    server.clock_read = send_last_byte;
    cr_assert_eq(client_next_status(&client), 408);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert_eq(server.count, 0);
    client_close(&client);
    server_stop(&server);
}

Test(listener, lets_the_handler_take_its_time)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client waiting;
    struct client slow;
    client_connect(&waiting, &server);
    client_send(&waiting, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    client_connect(&slow, &server);
    client_send(&slow, GOLDEN, 60);
    WAIT_FOR(&server, listener_connections(server.listener) == 2);
    server.skipped_us += (uint64_t)60 * 60 * 1000 * 1000;
    cr_assert_eq(client_next_status(&slow), 408);
    server_respond(&server, server.held[0]);
    cr_assert_eq(client_next_status(&waiting), 200);
    client_close(&waiting);
    client_close(&slow);
    server_stop(&server);
}

Test(listener, ends_a_peer_that_does_not_read_its_answer)
{
    enum { LENGTH = 16 * 1024 * 1024 }; /* more than the sockets hold */
    struct server server;
    server_start(&server);
    char *answer = calloc(1, LENGTH);
    server.answer = answer;
    server.answer_length = LENGTH;
    struct client client;
    client_connect(&client, &server);
    cr_assert_eq(send(client.fd, GOLDEN, GOLDEN_LENGTH, MSG_NOSIGNAL), (ssize_t)GOLDEN_LENGTH);
    WAIT_FOR(&server, server.count == 1);
    server.skipped_us += (uint64_t)(LISTENER_REQUEST_MS + 1) * 1000;
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    client_close(&client);
    free(answer);
    server_stop(&server);
}

Test(listener, ends_silence)
{
    struct server server;
    server_start(&server);
    struct client fresh;
    struct client used;
    client_connect(&fresh, &server);
    client_connect(&used, &server);
    client_send(&used, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(client_next_status(&used), 200);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert(client_ended(&fresh) && client_ended(&used));
    cr_assert_eq(fresh.length, 0);
    client_close(&fresh);
    client_close(&used);
    server_stop(&server);
}

Test(listener, does_not_wake_while_nobody_is_there)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(client_next_status(&client), 200);
    cr_assert(uv_backend_timeout(&server.loop) >= 0);
    client_close(&client);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    uv_timer_stop(&server.tick);
    uv_run(&server.loop, UV_RUN_NOWAIT);
    cr_assert_eq(uv_backend_timeout(&server.loop), -1);
    server_stop(&server);
}

Test(listener, takes_no_more_connections_when_paused)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    listener_pause(server.listener);
    listener_pause(server.listener);

    uint16_t port = listener_port(server.listener);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_neq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);

    server_respond(&server, server.held[0]);
    WAIT_FOR(&server, client_answered(&client));
    cr_assert(client_received(&client, "Connection: close\r\n"));
    cr_assert_eq(client_next_status(&client), 200);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    client_close(&client);
    server_stop(&server);
}

Test(listener, listens_on_ipv6)
{
    struct server server;
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool available = probe >= 0 && bind(probe, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    if (probe >= 0)
        close(probe);
    if (!available)
        cr_skip_test("this machine has no IPv6");
    server_start_on(&server, "::1");
    struct client client;
    client_connect_to(&client, &server, "::1", listener_port(server.listener));
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(client_next_status(&client), 200);
    cr_assert(strncmp(server.peer, "[::1]:", 6) == 0, "%s", server.peer);
    client_close(&client);
    server_stop(&server);
}

static void limit_descriptors(rlim_t limit)
{
    struct rlimit files;
    cr_assert(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = limit;
    cr_assert(setrlimit(RLIMIT_NOFILE, &files) == 0);
}

Test(listener, lets_connections_wait_beyond_its_limit)
{
    enum { LIMIT = 20, COUNT = 30 };
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    limit_descriptors(2 * LIMIT); /* half of them are for connections */
    struct server server;
    server_start(&server);
    limit_descriptors(before.rlim_cur);
    server.reply = REPLY_LATER;
    struct client clients[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        client_connect(&clients[i], &server);
        client_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
    }
    WAIT_FOR(&server, server.held_count == LIMIT);
    for (size_t i = 0; i < 10; i++)
        server_turn(&server);
    cr_assert_eq(listener_connections(server.listener), LIMIT);
    for (size_t i = 0; i < COUNT; i++) {
        WAIT_FOR(&server, server.held_count > i);
        server_respond(&server, server.held[i]);
        cr_assert_eq(client_next_status(&clients[i]), 200);
        client_close(&clients[i]);
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

Test(listener, does_not_spin_while_answers_are_awaited)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct client pipelining;
    struct client gone;
    client_connect(&pipelining, &server);
    client_send(&pipelining, GOLDEN, GOLDEN_LENGTH);
    client_send(&pipelining, GOLDEN, GOLDEN_LENGTH);
    client_connect(&gone, &server);
    client_send(&gone, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 2);
    client_send(&pipelining, GOLDEN, GOLDEN_LENGTH);
    client_close(&gone);
    cr_assert_lt(turns_alone(&server), 20);

    for (size_t i = 0; i < 4; i++) {
        WAIT_FOR(&server, server.held_count > i);
        server_respond(&server, server.held[i]);
    }
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(client_next_status(&pipelining), 200);
    client_close(&pipelining);
    server_stop(&server);
}

Test(listener, rests_when_descriptors_run_out)
{
    struct server server;
    server_start(&server);
    struct client client;
    client_connect(&client, &server);
    client_send(&client, GOLDEN, GOLDEN_LENGTH);
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    limit_descriptors((rlim_t)client.fd + 1);
    /* The connection waits in the queue. Without a pause, each turn would end at once. */
    cr_assert_lt(turns_alone(&server), 20);
    cr_assert_eq(listener_connections(server.listener), 0);
    limit_descriptors(before.rlim_cur);
    cr_assert_eq(client_next_status(&client), 200);
    client_close(&client);
    server_stop(&server);
}
