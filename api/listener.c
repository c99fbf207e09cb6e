#include "api/listener.h"

#include "api/listener_connection.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPT_BATCH = 64,     /* then other handles of the loop have their turn */
    ACCEPT_PAUSE_MS = 500, /* after running out of descriptors or memory */
    SWEEP_MS = 1000,       /* how exactly deadlines are kept */
    LAST_RUNS = 3,
};

struct listener {
    struct listener_config config;
    struct MHD_Daemon *daemon;
    bool running; /* within MHD_run() */
    bool run_again;
    bool closing;

    int socket; /* -1 once paused */
    uint16_t port;
    uv_poll_t accepting;
    uv_timer_t accept_pause;

    uv_poll_t readiness; /* of libmicrohttpd's epoll descriptor */
    uv_idle_t next_turn; /* active: it goes on in the loop's next turn */
    uv_timer_t timeout;  /* when it wants to run next */
    uv_timer_t sweep;    /* runs while there are connections */
    struct connection *connections;
    size_t connection_count;
    size_t connection_limit;
    size_t body_bytes; /* of requests that have not been answered */

    unsigned handles; /* that the loop still knows */
    void (*closed)(void *context);
    void *closed_context;
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

/* --- libmicrohttpd on the loop ------------------------------------------------------ */

/* The rest of the process needs descriptors too: the store, the client, the terminal. */
static size_t connections_allowed(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 2 < LISTENER_CONNECTIONS_MAX)
        return (size_t)files.rlim_cur / 2;
    return LISTENER_CONNECTIONS_MAX;
}

/* Without a listening socket of its own: it would spin when accept() fails for want of
   descriptors while no connection is open. */
static bool start_daemon(struct listener *listener)
{
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)connection_read_target, listener},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)connection_complete, listener},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_notify, listener},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, LISTENER_CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)listener->connection_limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, LISTENER_IDLE_S, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
        connection_serve, listener, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return listener->daemon != NULL;
}

static void end(struct listener *listener);

static void on_timeout(uv_timer_t *timer);

void listener_run_soon(struct listener *listener)
{
    listener->run_again = true;
    if (!listener->running && !listener->closing)
        uv_timer_start(&listener->timeout, on_timeout, 0, 0);
}

static void on_next_turn(uv_idle_t *idle);

static void run(struct listener *listener)
{
    listener->run_again = false;
    listener->running = true;
    MHD_run(listener->daemon);
    listener->running = false;
    if (listener->closing) {
        end(listener);
        return;
    }
    MHD_UNSIGNED_LONG_LONG pause_ms = 0;
    bool later = MHD_get_timeout(listener->daemon, &pause_ms) == MHD_YES;
    uv_timer_stop(&listener->timeout);
    /* Not a timer of 0 ms: one that is set inside a timer's callback fires again in the same turn,
       so a peer that never pauses would keep everything else on the loop from its turn. */
    if (listener->run_again || (later && pause_ms == 0))
        uv_idle_start(&listener->next_turn, on_next_turn);
    else if (later)
        uv_timer_start(&listener->timeout, on_timeout, pause_ms, 0);
}

static void on_next_turn(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    run(idle->data);
}

static void on_timeout(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_readiness(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_sweep(uv_timer_t *timer)
{
    struct listener *listener = timer->data;
    uint64_t now = ambient_steady_us(&listener->config.ambient);
    for (struct connection *c = listener->connections; c != NULL; c = c->next)
        if (now >= c->deadline_us)
            connection_expire(c);
}

/* --- accepting ------------------------------------------------------------------------ */

static void on_connectable(uv_poll_t *poll, int status, int events);

static void start_accepting(struct listener *listener)
{
    if (!uv_is_active((uv_handle_t *)&listener->accepting))
        uv_poll_start(&listener->accepting, UV_READABLE, on_connectable);
}

static void on_accept_pause_over(uv_timer_t *timer)
{
    start_accepting(timer->data);
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
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int fd = accept4(listener->socket, (struct sockaddr *)&address, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        (void)MHD_add_connection(listener->daemon, fd, (struct sockaddr *)&address, length);
        return true;
    }
    if (errno == EAGAIN)
        return false;
    if (errno == EINTR || errno == ECONNABORTED)
        return true;
    pause_accepting(listener);
    return false;
}

static void on_connectable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct listener *listener = poll->data;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (listener->connection_count >= listener->connection_limit) {
            uv_poll_stop(&listener->accepting); /* until listener_remove() */
            break;
        }
        if (!accept_one(listener))
            break;
    }
    listener_run_soon(listener);
}

/* --- connections ------------------------------------------------------------------------ */

const struct listener_config *listener_config(const struct listener *listener)
{
    return &listener->config;
}

bool listener_ending(const struct listener *listener)
{
    return listener->closing;
}

bool listener_draining(const struct listener *listener)
{
    return listener->socket < 0;
}

void listener_add(struct listener *listener, struct connection *connection)
{
    connection->next = listener->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    listener->connections = connection;
    if (listener->connection_count++ == 0)
        uv_timer_start(&listener->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

void listener_remove(struct listener *listener, struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        listener->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    listener->connection_count--;
    if (listener->closing)
        return;
    if (listener->connection_count == 0)
        uv_timer_stop(&listener->sweep);
    if (listener->socket >= 0 && !uv_is_active((uv_handle_t *)&listener->accept_pause))
        start_accepting(listener);
}

bool listener_borrow_bytes(struct listener *listener, size_t count)
{
    if (count > LISTENER_BODIES_MAX - listener->body_bytes)
        return false;
    listener->body_bytes += count;
    return true;
}

void listener_return_bytes(struct listener *listener, size_t count)
{
    listener->body_bytes -= count;
}

/* --- from new to closed ------------------------------------------------------------------ */

static void free_listener(struct listener *listener)
{
    void (*closed)(void *) = listener->closed;
    void *context = listener->closed_context;
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

/* libmicrohttpd must not be stopped with suspended connections. The runs let it close those,
   and send the answers that were given just before. */
static void stop_daemon(struct listener *listener)
{
    for (struct connection *c = listener->connections; c != NULL; c = c->next)
        connection_abandon(c);
    for (int i = 0; i < LAST_RUNS; i++)
        MHD_run(listener->daemon);
    MHD_stop_daemon(listener->daemon);
}

static void end(struct listener *listener)
{
    listener_pause(listener);
    close_handle(&listener->readiness); /* before its descriptor goes */
    stop_daemon(listener);
    close_handle(&listener->next_turn);
    close_handle(&listener->timeout);
    close_handle(&listener->sweep);
    close_handle(&listener->accept_pause);
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
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || !add_poll(listener, loop, &listener->readiness, info->epoll_fd))
        return false;
    if (!add_poll(listener, loop, &listener->accepting, listener->socket)) {
        close_handle(&listener->readiness);
        return false;
    }
    uv_idle_init(loop, &listener->next_turn);
    listener->next_turn.data = listener;
    listener->handles++;
    add_timer(listener, loop, &listener->timeout);
    add_timer(listener, loop, &listener->sweep);
    add_timer(listener, loop, &listener->accept_pause);
    uv_poll_start(&listener->readiness, UV_READABLE, on_readiness);
    start_accepting(listener);
    return true;
}

struct listener *listener_new(uv_loop_t *loop, const struct listener_config *config,
                              struct error *error)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        error_set(error, "cannot listen: out of memory");
        return NULL;
    }
    listener->config = *config;
    listener->connection_limit = connections_allowed();
    if (!open_socket(listener, error))
        goto free_listener;
    if (!start_daemon(listener)) {
        cannot_listen(config, "out of memory or descriptors", error);
        goto close_socket;
    }
    if (!join_loop(listener, loop)) {
        cannot_listen(config, "out of memory or descriptors", error);
        goto stop_daemon;
    }
    listener->config.address = NULL; /* the caller's */
    return listener;

stop_daemon:
    MHD_stop_daemon(listener->daemon);
close_socket:
    close(listener->socket);
    if (listener->handles > 0)
        return NULL; /* on_handle_closed() frees it */
free_listener:
    free(listener);
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
    listener->closed = closed;
    listener->closed_context = context;
    if (!listener->running)
        end(listener);
}
