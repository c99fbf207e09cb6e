#include "tests/unit/listener_driver.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

Test(listener, hands_over_a_request_as_it_came)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, wire_answered(&client));
    cr_assert(strncmp(client.in, "HTTP/1.1 200 ", 13) == 0);
    cr_assert(wire_received(&client, "Content-Type: text/plain\r\n"));
    cr_assert(wire_received(&client, "\r\n\r\nok"));
    assert_golden(&server);
    cr_assert_eq(server.received_ms, DRIVER_WALL_MS);
    struct sockaddr_in own = {0};
    socklen_t own_length = sizeof own;
    getsockname(client.fd, (struct sockaddr *)&own, &own_length);
    char peer[40];
    (void)snprintf(peer, sizeof peer, "127.0.0.1:%u", ntohs(own.sin_port));
    cr_assert_str_eq(server.peer, peer);
    wire_close(&client);
    server_stop(&server);
}

Test(listener, reads_a_request_that_comes_in_pieces)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    for (size_t cut = 1; cut < GOLDEN_LENGTH; cut++) {
        wire_send(&client, GOLDEN, cut);
        server_turn(&server);
        server_turn(&server);
        wire_send(&client, GOLDEN + cut, GOLDEN_LENGTH - cut);
        cr_assert_eq(wire_next_status(&client), 200);
        cr_assert_eq(server.count, cut);
        assert_golden(&server);
    }
    wire_close(&client);
    server_stop(&server);
}

Test(listener, answers_later)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
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
    cr_assert_eq(wire_next_status(&client), 503);
    wire_close(&client);
    server_stop(&server);
}

Test(listener, closes_with_exchanges_outstanding)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire clients[3];
    for (size_t i = 0; i < 3; i++) {
        wire_connect(&clients[i], &server);
        wire_send(&clients[i], GOLDEN, i < 2 ? GOLDEN_LENGTH : GOLDEN_LENGTH - 1);
    }
    WAIT_FOR(&server, server.held_count == 2);
    server_close(&server);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(wire_next_status(&clients[i]), 0);
        cr_assert(wire_ended(&clients[i]));
        wire_close(&clients[i]);
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
    struct wire client;
    wire_connect(&client, &server);
    for (size_t i = 0; i < 5; i++)
        wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(wire_next_status(&client), 200);
    cr_assert_eq(server.count, 5);
    cr_assert_eq(listener_connections(server.listener), 1);
    wire_say(&client, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    cr_assert_eq(wire_next_status(&client), 200);
    WAIT_FOR(&server, wire_ended(&client));
    wire_close(&client);
    server_stop(&server);
}

Test(listener, drops_without_an_answer)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_DROP;
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(wire_next_status(&client), 0);
    cr_assert_eq(client.length, 0);
    wire_close(&client);

    server.reply = REPLY_LATER;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    exchange_drop(server.held[0]);
    cr_assert_eq(wire_next_status(&client), 0);
    cr_assert_eq(client.length, 0);
    wire_close(&client);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}

Test(listener, ends_when_closed_from_within_the_handler)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_CLOSE_LISTENER;
    struct wire clients[2];
    for (size_t i = 0; i < 2; i++)
        wire_connect(&clients[i], &server);
    for (size_t i = 0; i < 2; i++)
        wire_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.closed);
    cr_assert_eq(server.count, 1);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(wire_next_status(&clients[i]), 0);
        wire_close(&clients[i]);
    }
    server_stop(&server);
}

Test(listener, sends_the_answers_that_were_given_just_before_it_closes)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire clients[20];
    for (size_t i = 0; i < 20; i++) {
        wire_connect(&clients[i], &server);
        wire_send(&clients[i], GOLDEN, GOLDEN_LENGTH);
    }
    WAIT_FOR(&server, server.held_count == 20);
    for (size_t i = 0; i < 20; i++)
        server_respond(&server, server.held[i]);
    server_close(&server);
    for (size_t i = 0; i < 20; i++) {
        cr_assert_eq(wire_next_status(&clients[i]), 200);
        wire_close(&clients[i]);
    }
    server_stop(&server);
}

Test(listener, serves_many_connections_at_once)
{
    enum { COUNT = 300 };
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    static struct wire clients[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        wire_connect(&clients[i], &server);
        wire_send(&clients[i], GOLDEN, GOLDEN_LENGTH / 2);
        server_turn(&server);
    }
    for (size_t i = 0; i < COUNT; i++)
        wire_send(&clients[i], GOLDEN + GOLDEN_LENGTH / 2, GOLDEN_LENGTH - GOLDEN_LENGTH / 2);
    WAIT_FOR(&server, server.held_count == COUNT);
    cr_assert_eq(listener_connections(server.listener), COUNT);
    for (size_t i = COUNT; i > 0; i--)
        server_respond(&server, server.held[i - 1]);
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(wire_next_status(&clients[i]), 200);
        wire_close(&clients[i]);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    server_stop(&server);
}

Test(listener, outlives_peers_that_go_before_their_answer)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire client;
    for (size_t i = 0; i < 3; i++) {
        wire_connect(&client, &server);
        wire_send(&client, GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, server.held_count == i + 1);
        const struct linger reset = {.l_onoff = 1};
        if (i == 1)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        wire_close(&client);
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
        struct wire client;
        wire_connect(&client, &server);
        wire_send(&client, GOLDEN, cut);
        WAIT_FOR(&server, listener_connections(server.listener) == 1);
        wire_close(&client);
        WAIT_FOR(&server, listener_connections(server.listener) == 0);
    }
    cr_assert_eq(server.count, 0);
    server_stop(&server);
}

Test(listener, answers_a_peer_that_has_ended_its_side)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    shutdown(client.fd, SHUT_WR);
    cr_assert_eq(wire_next_status(&client), 200);
    wire_close(&client);
    server_stop(&server);
}

Test(listener, answers_head_without_a_body)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_say(&client, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    WAIT_FOR(&server, wire_ended(&client));
    cr_assert(wire_received(&client, "HTTP/1.1 200 "));
    cr_assert(wire_received(&client, "Content-Length: 2\r\n"));
    cr_assert_str_eq(strstr(client.in, "\r\n\r\n"), "\r\n\r\n");
    cr_assert_str_eq(server.method, "HEAD");
    wire_close(&client);
    server_stop(&server);
}

Test(listener, lets_a_sender_that_asks_go_on)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_say(&client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                      "Expect: 100-continue\r\n\r\n");
    cr_assert_eq(wire_next_status(&client), 100);
    cr_assert_eq(server.count, 0);
    wire_say(&client, "abc");
    cr_assert_eq(wire_next_status(&client), 200);
    cr_assert_str_eq(server.body, "abc");

    wire_say(&client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n"
                      "Expect: 100-continue\r\n\r\n");
    cr_assert_eq(wire_next_status(&client), 413);
    WAIT_FOR(&server, wire_ended(&client));
    wire_close(&client);
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
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.count == 1);
    for (size_t i = 0; i < 10; i++)
        server_turn(&server);
    WAIT_FOR(&server, wire_answered(&client));
    cr_assert(strncmp(client.in, "HTTP/1.1 503 ", 13) == 0);
    cr_assert(wire_received(&client, "Retry-After: 5\r\n"));
    cr_assert(wire_received(&client, "X-Twice: a\r\nX-Twice: b\r\n"));
    cr_assert(memcmp(client.in + client.length - LENGTH, answer, LENGTH) == 0);
    wire_close(&client);
    free(answer);
    header_list_clear(&headers);
    server_stop(&server);
}

Test(listener, takes_no_more_connections_when_paused)
{
    struct server server;
    server_start(&server);
    server.reply = REPLY_LATER;
    struct wire client;
    wire_connect(&client, &server);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
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
    WAIT_FOR(&server, wire_answered(&client));
    cr_assert(wire_received(&client, "Connection: close\r\n"));
    cr_assert_eq(wire_next_status(&client), 200);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    wire_close(&client);
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
    struct wire client;
    wire_connect_to(&client, &server, "::1", listener_port(server.listener));
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(wire_next_status(&client), 200);
    cr_assert(strncmp(server.peer, "[::1]:", 6) == 0, "%s", server.peer);
    wire_close(&client);
    server_stop(&server);
}
