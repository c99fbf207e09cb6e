#include "api/listener_private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPT_BATCH = 64,     /* then other handles of the loop have their turn */
    ACCEPT_PAUSE_MS = 500, /* after running out of descriptors or memory */
};

static const uint64_t GRACE_US = (uint64_t)LISTENER_GRACE_MS * 1000;

/* --- room ---------------------------------------------------------------------------- */

/* Whether it may go when there is no room: it waits for its peer, and has done so for a while. */
static bool may_go(const struct connection *connection, uint64_t now_us)
{
    return connection->state != CONNECTION_HANDED && connection->state != CONNECTION_CLOSED &&
           now_us - connection->since_us >= GRACE_US;
}

/* The one that has kept us waiting for longest, of that peer where it is not NULL. */
static struct connection *slowest(const struct listener *listener, const struct peer *peer)
{
    struct connection *found = NULL;
    struct connection *c;
    uint64_t now_us = listener_now_us(listener);
    TAILQ_FOREACH(c, &listener->connections, all)
    if ((peer == NULL || c->peer == peer) && may_go(c, now_us) &&
        (found == NULL || c->since_us < found->since_us))
        found = c;
    return found;
}

/* So that slow ones, however many, keep nobody out. */
static bool make_room(struct listener *listener, const struct peer *peer)
{
    struct connection *connection = slowest(listener, peer);
    if (connection == NULL)
        return false;
    listener->counts.crowded_out++;
    connection_close(connection);
    return true;
}

/* --- who is let in --------------------------------------------------------------------- */

static bool allowed(const struct listener *listener, const struct sockaddr *address)
{
    const struct listener_config *config = &listener->config;
    struct ip_address ip;
    if (config->allow == NULL || config->allow->count == 0)
        return true;
    return ip_address_of(address, &ip) &&
           (cidr_list_contains(config->allow, &ip) || cidr_list_contains(config->trust_proxy, &ip));
}

/* A trusted proxy speaks for many. */
static bool address_has_room(struct listener *listener, const struct connection *connection)
{
    return connection->trusted ||
           connection->peer->connections <= LISTENER_CONNECTIONS_PER_ADDRESS_MAX ||
           make_room(listener, connection->peer);
}

static bool is_full(const struct listener *listener)
{
    return listener->connection_count >= listener->connection_limit;
}

static void take(struct listener *listener, int fd, const struct sockaddr *address)
{
    listener->counts.accepted++;
    if (!allowed(listener, address)) {
        listener->counts.not_allowed++;
        close(fd);
        return;
    }
    if (is_full(listener))
        (void)make_room(listener, NULL);
    struct connection *connection = connection_new(listener, fd, address);
    if (connection == NULL)
        return;
    TAILQ_INSERT_TAIL(&listener->connections, connection, all);
    listener->connection_count++;
    listener_settle(listener);
    if (address_has_room(listener, connection)) {
        listener_make_ready(listener, connection);
    } else {
        listener->counts.crowded_out++;
        connection_close(connection);
    }
}

/* --- the socket ---------------------------------------------------------------------------- */

static void on_connectable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    listener_accept(poll->data);
}

void listener_start_accepting(struct listener *listener)
{
    if (listener->socket >= 0 && !listener->closing &&
        !uv_is_active((uv_handle_t *)&listener->accept_pause) &&
        !uv_is_active((uv_handle_t *)&listener->accepting))
        uv_poll_start(&listener->accepting, UV_READABLE, on_connectable);
}

static void on_accept_pause_over(uv_timer_t *timer)
{
    listener_start_accepting(timer->data);
}

/* A socket stays readable while accept() fails for want of descriptors: without a pause the
   loop would spin. */
static void pause_accepting(struct listener *listener)
{
    uv_poll_stop(&listener->accepting);
    uv_timer_start(&listener->accept_pause, on_accept_pause_over, ACCEPT_PAUSE_MS, 0);
}

/* Whether there may be more to accept. */
static bool accept_one(struct listener *listener)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } address;
    socklen_t length = sizeof address;
    int fd = accept4(listener->socket, &address.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        take(listener, fd, &address.any);
        return true;
    }
    if (errno == EAGAIN)
        return false;
    if (errno == EINTR || errno == ECONNABORTED)
        return true;
    pause_accepting(listener);
    return false;
}

void listener_accept(struct listener *listener)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (is_full(listener) && slowest(listener, NULL) == NULL) {
            uv_poll_stop(&listener->accepting); /* until one is closed, or has waited longer */
            break;
        }
        if (!accept_one(listener))
            break;
    }
    listener_run(listener);
}
