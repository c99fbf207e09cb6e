/*
 * A listener under test and clients that speak bytes to it, on one loop and one thread.
 *
 * Nothing waits blindly: WAIT_FOR() turns the loop until a state is reached, and
 * fails the test when that takes too long.
 */
#ifndef BRIDGETOP_TESTS_LISTENER_DRIVER_H
#define BRIDGETOP_TESTS_LISTENER_DRIVER_H

#include "api/listener.h"

#include <criterion/criterion.h>
#include <stdbool.h>

enum {
    DRIVER_LIMIT_MS = 20 * 1000,
    DRIVER_HELD_MAX = 400,
    DRIVER_WALL_MS = 1700000000,
};

enum reply { REPLY_AT_ONCE, REPLY_LATER, REPLY_DROP, REPLY_CLOSE_LISTENER };

/* A server and what it was asked last. */
struct server {
    uv_loop_t loop;
    uv_timer_t tick; /* wakes the loop while a test waits */
    struct listener *listener;
    bool closed;
    uint64_t skipped_us;                       /* added to the steady clock */
    void (*clock_read)(struct server *server); /* called when the steady clock is read; or NULL */
    void *clock_context;

    enum reply reply;
    int status;
    const char *answer;
    size_t answer_length;
    const struct header_list *answer_headers;
    struct exchange *held[DRIVER_HELD_MAX]; /* REPLY_LATER */
    size_t held_count;

    size_t count; /* of requests */
    char method[32];
    char target[512];
    char peer[80];
    char via[80]; /* "" for none */
    int64_t received_ms;
    struct header_list headers;
    char *body; /* NUL-terminated */
    size_t body_length;
};

void server_start(struct server *server); /* on 127.0.0.1 */
void server_start_on(struct server *server, const char *address);

/* With what the wish has of TLS, allow and trust_proxy. */
void server_start_with(struct server *server, const char *address,
                       const struct listener_config *wish);
struct listener_config server_config(struct server *server, const char *address, uint16_t port);
void server_respond(struct server *server, struct exchange *exchange);
void server_turn(struct server *server); /* one turn of the loop, of a millisecond at most */
void server_close(struct server *server);
void server_stop(struct server *server); /* closes, and proves that nothing is left */

int64_t driver_now_ms(void);

#define WAIT_FOR(server, condition)                                                                \
    for (int64_t wait_end = driver_now_ms() + DRIVER_LIMIT_MS; !(condition); server_turn(server))  \
    cr_assert(driver_now_ms() < wait_end, "not reached: %s", #condition)

struct wire {
    struct server *server;
    char *in; /* what came and has not been read, NUL-terminated; NULL before the first byte */
    size_t length;
    int fd;
    bool ended;
};

void wire_connect(struct wire *client, struct server *server);
void wire_connect_to(struct wire *client, struct server *server, const char *address,
                     uint16_t port);
void wire_connect_from(struct wire *client, struct server *server, const char *from);
void wire_send(struct wire *client, const void *bytes, size_t length);
void wire_say(struct wire *client, const char *text);
bool wire_received(struct wire *client, const char *text);
bool wire_answered(struct wire *client);   /* with a whole answer */
bool wire_ended(struct wire *client);      /* by the server */
int wire_next_status(struct wire *client); /* takes one answer; 0: ended without one */
void wire_close(struct wire *client);

/* A request with a body that holds a NUL, and doubled fields. */
extern const char GOLDEN[];
extern const size_t GOLDEN_LENGTH;
void assert_golden(const struct server *server);

#endif
