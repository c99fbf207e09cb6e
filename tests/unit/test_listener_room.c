/* Who is let in, for whom there is room, and who has to go. */
#include "tests/unit/listener_driver.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void allow_descriptors(rlim_t count)
{
    struct rlimit files;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_max < count)
        cr_skip_test("this machine allows too few descriptors");
    files.rlim_cur = count;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
}

static size_t descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    cr_assert_not_null(folder);
    size_t count = 0;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static void skip_ms(struct server *server, uint64_t ms)
{
    server->skipped_us += ms * 1000;
}

static void expect_answer(struct server *server, const char *from)
{
    struct wire client;
    wire_connect_from(&client, server, from);
    wire_send(&client, GOLDEN, GOLDEN_LENGTH);
    cr_assert_eq(wire_next_status(&client), 200);
    wire_close(&client);
}

/* --- addresses ----------------------------------------------------------------------- */

Test(listener_room, closes_whoever_is_not_allowed)
{
    struct cidr_list allow = {0};
    struct server server;
    cr_assert(cidr_list_add(&allow, "127.0.0.8/30", NULL));
    cr_assert(cidr_list_add(&allow, "2001:db8::/32", NULL));
    server_start_with(&server, "127.0.0.1", &(struct listener_config){.allow = &allow});
    static const char *const strangers[] = {"127.0.0.1", "127.0.0.7", "127.0.0.12"};
    for (size_t i = 0; i < 3; i++) {
        struct wire client;
        wire_connect_from(&client, &server, strangers[i]);
        wire_send(&client, GOLDEN, GOLDEN_LENGTH);
        WAIT_FOR(&server, wire_ended(&client));
        cr_assert_eq(client.length, 0);
        wire_close(&client);
        cr_assert_eq(listener_counts(server.listener).not_allowed, i + 1);
    }
    cr_assert_eq(server.count, 0);
    expect_answer(&server, "127.0.0.8");
    expect_answer(&server, "127.0.0.11");
    cr_assert_eq(server.count, 2);
    cr_assert_eq(listener_counts(server.listener).accepted, 5);
    server_stop(&server);
    cidr_list_clear(&allow);
}

/* A request from there with these fields before the empty line. */
static int ask_with(struct server *server, const char *from, const char *fields)
{
    struct wire client;
    wire_connect_from(&client, server, from);
    wire_say(&client, "GET / HTTP/1.1\r\nHost: h\r\n");
    wire_say(&client, fields);
    wire_say(&client, "\r\n");
    int status = wire_next_status(&client);
    wire_close(&client);
    return status;
}

Test(listener_room, believes_trusted_proxies_alone)
{
    struct cidr_list trusted = {0};
    struct server server;
    cr_assert(cidr_list_add(&trusted, "127.0.0.9", NULL));
    cr_assert(cidr_list_add(&trusted, "10.0.0.0/8", NULL));
    server_start_with(&server, "127.0.0.1", &(struct listener_config){.trust_proxy = &trusted});

    cr_assert_eq(
        ask_with(&server, "127.0.0.9", "X-Forwarded-For: 1.2.3.4, 203.0.113.9, 10.1.1.1\r\n"), 200);
    cr_assert_str_eq(server.peer, "203.0.113.9");
    cr_assert(strncmp(server.via, "127.0.0.9:", 10) == 0, "%s", server.via);
    cr_assert_eq(ask_with(&server, "127.0.0.9", "X-Forwarded-For: [2001:db8::9]:1\r\n"), 200);
    cr_assert_str_eq(server.peer, "2001:db8::9");

    static const char *const unknown[] = {"", "X-Forwarded-For: \r\n", "X-Forwarded-For: evil\r\n",
                                          "X-Forwarded-For: 203.0.113.9, \x80\r\n"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(ask_with(&server, "127.0.0.9", unknown[i]), 200);
        cr_assert(strncmp(server.peer, "127.0.0.9:", 10) == 0, "%s", server.peer);
        cr_assert_str_eq(server.via, "");
    }
    cr_assert_eq(ask_with(&server, "127.0.0.1", "X-Forwarded-For: 203.0.113.9\r\n"), 200);
    cr_assert(strncmp(server.peer, "127.0.0.1:", 10) == 0, "%s", server.peer);
    cr_assert_str_eq(server.via, "");
    server_stop(&server);
    cidr_list_clear(&trusted);
}

Test(listener_room, asks_behind_a_proxy_whether_the_client_is_allowed)
{
    struct cidr_list trusted = {0};
    struct cidr_list allow = {0};
    struct server server;
    cr_assert(cidr_list_add(&trusted, "127.0.0.9", NULL));
    cr_assert(cidr_list_add(&allow, "203.0.113.0/24", NULL));
    server_start_with(&server, "127.0.0.1",
                      &(struct listener_config){.allow = &allow, .trust_proxy = &trusted});
    cr_assert_eq(ask_with(&server, "127.0.0.9", "X-Forwarded-For: 203.0.113.9\r\n"), 200);
    cr_assert_eq(server.count, 1);
    cr_assert_eq(ask_with(&server, "127.0.0.9", "X-Forwarded-For: 198.51.100.1\r\n"), 403);
    cr_assert_eq(ask_with(&server, "127.0.0.9", "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n"),
                 403);
    cr_assert_eq(ask_with(&server, "127.0.0.9", ""), 403);
    cr_assert_eq(ask_with(&server, "127.0.0.8", "X-Forwarded-For: 203.0.113.9\r\n"), 0);
    cr_assert_eq(server.count, 1);
    cr_assert_eq(listener_counts(server.listener).not_allowed, 4);
    server_stop(&server);
    cidr_list_clear(&allow);
    cidr_list_clear(&trusted);
}

/* --- room ---------------------------------------------------------------------------- */

enum { MOST = LISTENER_CONNECTIONS_PER_ADDRESS_MAX };

static void crowd(struct server *server, struct wire *clients, size_t count, const char *from)
{
    size_t before = listener_connections(server->listener);
    for (size_t i = 0; i < count; i++) {
        wire_connect_from(&clients[i], server, from);
        wire_send(&clients[i], GOLDEN, 1);
        if (i % 64 == 0)
            server_turn(server);
    }
    WAIT_FOR(server, listener_connections(server->listener) == before + count);
}

static void leave(struct wire *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_close(&clients[i]);
}

Test(listener_room, bounds_the_connections_of_an_address)
{
    static struct wire clients[MOST];
    struct server server;
    struct wire late;
    allow_descriptors(4096);
    server_start(&server);
    crowd(&server, clients, MOST, "127.0.0.2");

    wire_connect_from(&late, &server, "127.0.0.2");
    WAIT_FOR(&server, wire_ended(&late));
    wire_close(&late);
    cr_assert_eq(listener_counts(server.listener).crowded_out, 1);
    cr_assert_eq(listener_connections(server.listener), MOST);
    expect_answer(&server, "127.0.0.3");

    /* Who has been slow for a while has to go for the next of the same address. */
    skip_ms(&server, LISTENER_GRACE_MS);
    expect_answer(&server, "127.0.0.2");
    cr_assert_eq(listener_counts(server.listener).crowded_out, 2);
    WAIT_FOR(&server, wire_ended(&clients[0]));
    for (size_t i = 1; i < MOST; i++)
        cr_assert_not(wire_ended(&clients[i]));
    leave(clients, MOST);
    server_stop(&server);
}

Test(listener_room, bounds_all_connections)
{
    enum { ALL = LISTENER_CONNECTIONS_MAX, ADDRESSES = (ALL + MOST - 1) / MOST };
    static struct wire clients[ALL];
    struct server server;
    struct wire late;
    char from[24];
    allow_descriptors(4096);
    server_start(&server);
    for (size_t i = 0; i < ADDRESSES; i++) {
        size_t left = ALL - i * MOST;
        (void)snprintf(from, sizeof from, "127.0.0.%zu", i + 2);
        crowd(&server, clients + i * MOST, left < MOST ? left : MOST, from);
    }
    cr_assert_eq(listener_connections(server.listener), ALL);

    wire_connect_from(&late, &server, "127.0.0.200");
    wire_send(&late, GOLDEN, GOLDEN_LENGTH);
    for (size_t i = 0; i < 10; i++)
        server_turn(&server);
    cr_assert_eq(listener_connections(server.listener), ALL);
    cr_assert_eq(server.count, 0, "it waits: none of them is slow yet");
    skip_ms(&server, LISTENER_GRACE_MS);
    cr_assert_eq(wire_next_status(&late), 200);
    cr_assert_eq(listener_counts(server.listener).crowded_out, 1);
    WAIT_FOR(&server, wire_ended(&clients[0]));
    wire_close(&late);
    leave(clients, ALL);
    server_stop(&server);
}

Test(listener_room, counts_no_trusted_proxy)
{
    static struct wire clients[MOST + 1];
    struct cidr_list trusted = {0};
    struct server server;
    allow_descriptors(4096);
    cr_assert(cidr_list_add(&trusted, "127.0.0.2", NULL));
    server_start_with(&server, "127.0.0.1", &(struct listener_config){.trust_proxy = &trusted});
    crowd(&server, clients, MOST + 1, "127.0.0.2");
    cr_assert_eq(listener_counts(server.listener).crowded_out, 0);
    leave(clients, MOST + 1);
    server_stop(&server);
    cidr_list_clear(&trusted);
}

Test(listener_room, lets_the_slowest_go_when_it_is_full)
{
    enum { LIMIT = 20 };
    struct wire clients[LIMIT];
    struct wire held;
    struct server server;
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    allow_descriptors(2UL * LIMIT); /* half of them are for connections */
    server_start(&server);
    allow_descriptors(before.rlim_cur);

    server.reply = REPLY_LATER;
    wire_connect(&held, &server);
    wire_send(&held, GOLDEN, GOLDEN_LENGTH);
    WAIT_FOR(&server, server.held_count == 1);
    crowd(&server, clients, LIMIT - 1, "127.0.0.1");
    server.reply = REPLY_AT_ONCE;
    skip_ms(&server, LISTENER_GRACE_MS);
    expect_answer(&server, "127.0.0.1");
    cr_assert_eq(listener_counts(server.listener).crowded_out, 1);
    WAIT_FOR(&server, wire_ended(&clients[0]));
    cr_assert_not(wire_ended(&clients[1]));

    /* Whose answer is being made has not kept anyone waiting. */
    server_respond(&server, server.held[0]);
    cr_assert_eq(wire_next_status(&held), 200);
    wire_close(&held);
    leave(clients, LIMIT - 1);
    server_stop(&server);
}

/* Full of fresh ones: the next waits until they are not fresh any more. */
Test(listener_room, lets_nobody_wait_for_ever)
{
    enum { LIMIT = 20 };
    struct wire clients[LIMIT];
    struct wire late;
    struct server server;
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    allow_descriptors(2UL * LIMIT);
    server_start(&server);
    allow_descriptors(before.rlim_cur);
    crowd(&server, clients, LIMIT, "127.0.0.1");
    wire_connect(&late, &server);
    wire_send(&late, GOLDEN, GOLDEN_LENGTH);
    for (size_t i = 0; i < 10; i++)
        server_turn(&server);
    cr_assert_eq(server.count, 0);
    skip_ms(&server, LISTENER_GRACE_MS);
    cr_assert_eq(wire_next_status(&late), 200);
    wire_close(&late);
    leave(clients, LIMIT);
    server_stop(&server);
}

/* A thousand of them at a byte a second; one of them is told 408 in the end. */
Test(listener_room, serves_others_while_a_thousand_are_slow)
{
    enum { SLOW = 1000, SECONDS = 9, MEMORY_MAX = 16 * 1024 * 1024 };
    static struct wire slow[SLOW];
    struct server server;
    allow_descriptors(4096);
    server_start(&server);
    size_t before = mallinfo2().uordblks;
    crowd(&server, slow, SLOW / 2, "127.0.0.2");
    crowd(&server, slow + SLOW / 2, SLOW / 2, "127.0.0.3");
    for (size_t second = 1; second < SECONDS; second++) {
        skip_ms(&server, 1000);
        for (size_t i = 0; i < SLOW; i++)
            cr_assert_eq(send(slow[i].fd, GOLDEN + second, 1, MSG_NOSIGNAL), 1);
        for (size_t i = 0; i < 5; i++)
            expect_answer(&server, "127.0.0.4");
    }
    cr_assert_eq(listener_connections(server.listener) >= SLOW, true);
    cr_assert_lt(mallinfo2().uordblks - before, (size_t)MEMORY_MAX);
    cr_assert_eq(server.count, 5 * (SECONDS - 1));
    skip_ms(&server, LISTENER_REQUEST_MS);
    for (size_t i = 0; i < SLOW; i++)
        cr_assert_eq(wire_next_status(&slow[i]), 408);
    cr_assert_eq(listener_counts(server.listener).timed_out, SLOW);
    leave(slow, SLOW);
    server_stop(&server);
}

Test(listener_room, keeps_nothing_of_connections_that_come_and_go)
{
    enum { ROUNDS = 200, AT_ONCE = 10 };
    struct server server;
    server_start(&server);
    expect_answer(&server, "127.0.0.1");
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    size_t descriptors_before = descriptors();
    for (size_t round = 0; round < ROUNDS; round++) {
        struct wire clients[AT_ONCE];
        for (size_t i = 0; i < AT_ONCE; i++) {
            const struct linger reset = {.l_onoff = 1};
            wire_connect(&clients[i], &server);
            wire_send(&clients[i], GOLDEN, (round * AT_ONCE + i) % (GOLDEN_LENGTH + 1));
            if (i % 2 == 0)
                setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        if (round % 3 == 0)
            server_turn(&server);
        leave(clients, AT_ONCE);
        server_turn(&server);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    cr_assert_eq(descriptors(), descriptors_before);
    expect_answer(&server, "127.0.0.1");
    server_stop(&server);
}

/* --- what one connection may do --------------------------------------------------------- */

Test(listener_room, bounds_the_requests_of_a_connection)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    for (size_t i = 0; i < LISTENER_REQUESTS_PER_CONNECTION_MAX + 50; i++)
        wire_say(&client, request);
    for (size_t i = 0; i < LISTENER_REQUESTS_PER_CONNECTION_MAX; i++) {
        if (i + 1 == LISTENER_REQUESTS_PER_CONNECTION_MAX) {
            WAIT_FOR(&server, wire_answered(&client));
            cr_assert(wire_received(&client, "Connection: close\r\n"));
        }
        cr_assert_eq(wire_next_status(&client), 200);
    }
    cr_assert_eq(wire_next_status(&client), 0);
    cr_assert_eq(server.count, LISTENER_REQUESTS_PER_CONNECTION_MAX);
    wire_close(&client);
    server_stop(&server);
}

Test(listener_room, serves_pipelined_requests_in_order_up_to_the_first_bad_one)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    wire_say(&client, "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n0\r\n\r\n"
                      "HEAD /3 HTTP/1.1\r\nHost: h\r\n\r\n"
                      "GET /4 HTTP/1.1\r\nHost : h\r\n\r\n"
                      "GET /5 HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert_eq(wire_next_status(&client), 200);
    cr_assert_eq(wire_next_status(&client), 200);
    WAIT_FOR(&server, wire_ended(&client));
    cr_assert(strncmp(client.in, "HTTP/1.1 200 ", 13) == 0);
    const char *refusal = strstr(client.in + 1, "HTTP/1.1 ");
    cr_assert_not_null(refusal);
    cr_assert(strncmp(refusal, "HTTP/1.1 400 ", 13) == 0, "%s", refusal);
    cr_assert_null(strstr(refusal + 1, "HTTP/1.1 "));
    cr_assert_eq(server.count, 3);
    cr_assert_str_eq(server.target, "/3");
    wire_close(&client);
    server_stop(&server);
}

Test(listener_room, serves_nothing_behind_a_request_that_closes)
{
    static const char *const closing[] = {
        "GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /1 HTTP/1.0\r\n\r\n",
        "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
    struct server server;
    server_start(&server);
    for (size_t i = 0; i < 3; i++) {
        struct wire client;
        wire_connect(&client, &server);
        wire_say(&client, closing[i]);
        wire_say(&client, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
        cr_assert_eq(wire_next_status(&client), 200);
        cr_assert_eq(wire_next_status(&client), 0);
        cr_assert_eq(server.count, i + 1);
        wire_close(&client);
    }
    server_stop(&server);
}

/* Were it closed with bytes unread, the answer would be lost to a reset. */
Test(listener_room, lets_a_refusal_be_read_while_its_body_is_still_sent)
{
    enum { LENGTH = 3 * 1024 * 1024 };
    struct server server;
    server_start(&server);
    char *body = calloc(1, LENGTH);
    for (size_t i = 0; i < 20; i++) {
        struct wire client;
        wire_connect(&client, &server);
        wire_say(&client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1073741824\r\n\r\n");
        wire_send(&client, body, LENGTH);
        cr_assert_eq(wire_next_status(&client), 413);
        wire_close(&client);
    }
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    free(body);
    server_stop(&server);
}

/* It may send as long as it likes: it is listened to for a second and four megabytes. */
Test(listener_room, does_not_listen_for_ever_to_whom_it_has_refused)
{
    struct server server;
    server_start(&server);
    struct wire silent;
    wire_connect(&silent, &server);
    wire_say(&silent, "nonsense\r\n");
    cr_assert_eq(wire_next_status(&silent), 400);
    cr_assert_eq(listener_connections(server.listener), 1);
    skip_ms(&server, LISTENER_LINGER_MS);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    wire_close(&silent);

    struct wire endless;
    char *bytes = calloc(1, LISTENER_LINGER_BYTES);
    wire_connect(&endless, &server);
    wire_say(&endless, "nonsense\r\n");
    for (size_t i = 0; i < 3 && !endless.ended; i++)
        wire_send(&endless, bytes, LISTENER_LINGER_BYTES);
    WAIT_FOR(&server, listener_connections(server.listener) == 0);
    wire_close(&endless);
    free(bytes);
    server_stop(&server);
}

Test(listener_room, ends_silence_after_the_idle_time_alone)
{
    struct server server;
    server_start(&server);
    struct wire client;
    wire_connect(&client, &server);
    WAIT_FOR(&server, listener_connections(server.listener) == 1);
    skip_ms(&server, LISTENER_IDLE_MS - 2000);
    wire_send(&client, GOLDEN, 1); /* begun: now the request's time counts */
    for (size_t i = 0; i < 5; i++)
        server_turn(&server);
    skip_ms(&server, LISTENER_REQUEST_MS - 2000);
    int64_t end = driver_now_ms() + 1200; /* two sweeps */
    while (driver_now_ms() < end)
        server_turn(&server);
    cr_assert_not(wire_ended(&client));
    wire_send(&client, GOLDEN + 1, GOLDEN_LENGTH - 1);
    cr_assert_eq(wire_next_status(&client), 200);
    skip_ms(&server, LISTENER_IDLE_MS);
    WAIT_FOR(&server, wire_ended(&client));
    cr_assert_eq(client.length, 0);
    wire_close(&client);
    server_stop(&server);
}
