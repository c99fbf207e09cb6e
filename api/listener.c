#include "api/listener_private.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS_A_TURN = 128,
    SWEEP_MS = 500, /* how exactly deadlines are kept */
};

/* --- the listening socket --------------------------------------------------------- */

static bool resolve(const char *address, uint16_t port, struct addrinfo **info)
{
    char service[6];
    (void)snprintf(service, sizeof service, "%u", port);
    /* Numbers only, so that nothing is asked of the network, and nothing blocks. */
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
        .ai_socktype = SOCK_STREAM,
    };
    if (strcmp(address, "localhost") == 0)
        address = "127.0.0.1";
    return getaddrinfo(address, service, &hints, info) == 0;
}

static int bind_socket(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const int on = 1;
    bool ready = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (info->ai_family == AF_INET6)
        ready = ready && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    /* Handed on to the connections: an answer is one write, nothing is to be waited for. */
    ready = ready && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
    if (ready && bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static uint16_t bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t length = sizeof address;
    if (getsockname(fd, &address.any, &length) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static bool cannot_listen(const struct listener_config *config, const char *why,
                          struct error *error)
{
    bool bare_v6 = strchr(config->address, ':') != NULL && config->address[0] != '[';
    return error_set(error, bare_v6 ? "cannot listen on [%s]:%u: %s" : "cannot listen on %s:%u: %s",
                     config->address, config->port, why);
}

static bool open_socket(struct listener *listener, struct error *error)
{
    const struct listener_config *config = &listener->config;
    struct addrinfo *info = NULL;
    if (!resolve(config->address, config->port, &info))
        return cannot_listen(config, "not an IP address", error);
    listener->socket = bind_socket(info);
    int reason = errno;
    freeaddrinfo(info);
    if (listener->socket < 0)
        return cannot_listen(config, uv_strerror(-reason), error);
    listener->port = bound_port(listener->socket);
    return true;
}

/* --- serving ----------------------------------------------------------------------- */

uint64_t listener_now_us(const struct listener *listener)
{
    return ambient_steady_us(&listener->config.ambient);
}

static void end(struct listener *listener);

static void on_next_turn(uv_idle_t *idle)
{
    listener_run(idle->data);
}

void listener_make_ready(struct listener *listener, struct connection *connection)
{
    if (connection->queued || listener->closing)
        return;
    connection->queued = true;
    TAILQ_INSERT_TAIL(&listener->ready, connection, ready);
    listener->ready_count++;
    if (!listener->running && !uv_is_active((uv_handle_t *)&listener->next_turn))
        uv_idle_start(&listener->next_turn, on_next_turn);
}

void listener_unready(struct listener *listener, struct connection *connection)
{
    if (!connection->queued)
        return;
    connection->queued = false;
    TAILQ_REMOVE(&listener->ready, connection, ready);
    listener->ready_count--;
}

void listener_reap(struct listener *listener)
{
    if (listener->running)
        return;
    struct connection *connection;
    while ((connection = TAILQ_FIRST(&listener->closed)) != NULL) {
        TAILQ_REMOVE(&listener->closed, connection, all);
        connection_free(connection);
    }
}

/* What becomes ready meanwhile has its turn after the rest of the loop has had one: a peer that
   never pauses keeps nobody waiting. */
void listener_run(struct listener *listener)
{
    listener->running = true;
    listener->handshakes_left = LISTENER_HANDSHAKES_A_TURN;
    for (size_t left = listener->ready_count; left > 0 && !listener->closing; left--) {
        struct connection *connection = TAILQ_FIRST(&listener->ready);
        if (connection == NULL)
            break;
        listener_unready(listener, connection);
        connection_run(connection);
    }
    listener->running = false;
    listener_reap(listener);
    if (listener->closing)
        end(listener);
    else if (listener->ready_count == 0)
        uv_idle_stop(&listener->next_turn);
    else if (!uv_is_active((uv_handle_t *)&listener->next_turn))
        uv_idle_start(&listener->next_turn, on_next_turn);
}

/* While the handler has the request an edge is only noted. */
static void note_edge(struct listener *listener, struct connection *connection, uint32_t events)
{
    bool hung_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    connection->hung_up |= hung_up;
    connection->readable |= hung_up || (events & EPOLLIN) != 0;
    connection->writable |= hung_up || (events & EPOLLOUT) != 0;
    bool wants = connection->state == CONNECTION_SENDING ||
                 connection->state == CONNECTION_HANDSHAKE || connection->readable;
    if (connection->state != CONNECTION_HANDED && connection->state != CONNECTION_CLOSED && wants)
        listener_make_ready(listener, connection);
}

static void on_readiness(uv_poll_t *poll, int status, int what)
{
    (void)status;
    (void)what;
    struct listener *listener = poll->data;
    struct epoll_event events[EVENTS_A_TURN];
    listener->running = true; /* nothing is freed between an event and its connection's turn */
    int count = epoll_wait(listener->epoll, events, EVENTS_A_TURN, 0);
    for (int i = 0; i < count; i++)
        note_edge(listener, events[i].data.ptr, events[i].events);
    listener_run(listener);
}

static void on_sweep(uv_timer_t *timer)
{
    struct listener *listener = timer->data;
    struct connection *next;
    uint64_t now = listener_now_us(listener);
    for (struct connection *c = TAILQ_FIRST(&listener->connections); c != NULL; c = next) {
        next = TAILQ_NEXT(c, all);
        if (now >= c->deadline_us)
            connection_expire(c);
    }
    listener_reap(listener);
    listener_start_accepting(listener); /* where it waits for room: some may be made now */
}

void listener_settle(struct listener *listener)
{
    if (listener->connection_count == 0)
        uv_timer_stop(&listener->sweep);
    else if (!uv_is_active((uv_handle_t *)&listener->sweep))
        uv_timer_start(&listener->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

/* --- from new to closed ------------------------------------------------------------------ */

static void free_listener(struct listener *listener)
{
    void (*closed)(void *) = listener->on_closed;
    void *context = listener->closed_context;
    tls_unref(listener->config.tls);
    buffer_clear(&listener->answer);
    free(listener);
    if (closed != NULL)
        closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    if (--listener->handles == 0)
        free_listener(listener);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

static void end(struct listener *listener)
{
    struct connection *connection;
    listener_pause(listener);
    while ((connection = TAILQ_FIRST(&listener->connections)) != NULL)
        connection_close(connection);
    listener_reap(listener);
    close_handle(&listener->readiness); /* before its descriptor goes */
    close(listener->epoll);
    close_handle(&listener->next_turn);
    close_handle(&listener->sweep);
    close_handle(&listener->accept_pause);
}

/* The rest of the process needs descriptors too: the store, the client, the terminal. */
static size_t connections_allowed(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 2 < LISTENER_CONNECTIONS_MAX)
        return (size_t)files.rlim_cur / 2;
    return LISTENER_CONNECTIONS_MAX;
}

static void add_timer(struct listener *listener, uv_loop_t *loop, uv_timer_t *timer)
{
    uv_timer_init(loop, timer);
    timer->data = listener;
    listener->handles++;
}

static bool add_poll(struct listener *listener, uv_loop_t *loop, uv_poll_t *poll, int fd)
{
    if (uv_poll_init(loop, poll, fd) != 0)
        return false;
    poll->data = listener;
    listener->handles++;
    return true;
}

static bool join_loop(struct listener *listener, uv_loop_t *loop)
{
    if (!add_poll(listener, loop, &listener->readiness, listener->epoll))
        return false;
    if (!add_poll(listener, loop, &listener->accepting, listener->socket)) {
        close_handle(&listener->readiness);
        return false;
    }
    uv_idle_init(loop, &listener->next_turn);
    listener->next_turn.data = listener;
    listener->handles++;
    add_timer(listener, loop, &listener->sweep);
    add_timer(listener, loop, &listener->accept_pause);
    uv_poll_start(&listener->readiness, UV_READABLE, on_readiness);
    listener_start_accepting(listener);
    return true;
}

static struct listener *prepare(const struct listener_config *config)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return NULL;
    listener->config = *config;
    if (config->tls != NULL)
        (void)tls_ref(config->tls);
    listener->connection_limit = connections_allowed();
    listener->socket = -1;
    listener->epoll = -1;
    TAILQ_INIT(&listener->connections);
    TAILQ_INIT(&listener->ready);
    TAILQ_INIT(&listener->closed);
    buffer_init(&listener->answer, SIZE_MAX);
    return listener;
}

struct listener *listener_new(uv_loop_t *loop, const struct listener_config *config,
                              struct error *error)
{
    struct listener *listener = prepare(config);
    if (listener == NULL) {
        error_set(error, "cannot listen: out of memory");
        return NULL;
    }
    if (!open_socket(listener, error))
        goto failed;
    listener->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (listener->epoll < 0 || !join_loop(listener, loop)) {
        cannot_listen(config, "out of memory or descriptors", error);
        goto failed;
    }
    listener->config.address = NULL; /* the caller's */
    return listener;

failed:
    if (listener->epoll >= 0)
        close(listener->epoll);
    if (listener->socket >= 0)
        close(listener->socket);
    if (listener->handles == 0)
        free_listener(listener); /* else on_handle_closed() does */
    return NULL;
}

uint16_t listener_port(const struct listener *listener)
{
    return listener->port;
}

size_t listener_connections(const struct listener *listener)
{
    return listener->connection_count;
}

struct listener_counts listener_counts(const struct listener *listener)
{
    return listener->counts;
}

void listener_set_tls(struct listener *listener, struct tls *tls)
{
    struct tls *old = listener->config.tls;
    listener->config.tls = tls_ref(tls);
    tls_unref(old);
}

void listener_pause(struct listener *listener)
{
    if (listener->socket < 0)
        return;
    uv_timer_stop(&listener->accept_pause);
    close_handle(&listener->accepting);
    close(listener->socket);
    listener->socket = -1;
}

void listener_close(struct listener *listener, void (*closed)(void *context), void *context)
{
    if (listener->closing)
        return;
    listener->closing = true;
    listener->on_closed = closed;
    listener->closed_context = context;
    if (!listener->running)
        end(listener);
}

bool listener_raise_limit(void)
{
    struct rlimit files;
    const rlim_t need = (rlim_t)LISTENER_CONNECTIONS_MAX * 2;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return false;
    if (files.rlim_cur >= need)
        return true;
    files.rlim_cur = files.rlim_max < need ? files.rlim_max : need;
    return setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= need;
}
