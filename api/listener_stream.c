#include "api/listener_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static enum stream_result receive_plain(struct connection *connection, size_t *got)
{
    struct listener *listener = connection->listener;
    for (;;) {
        ssize_t count = recv(connection->fd, listener->received, sizeof listener->received, 0);
        if (count > 0) {
            *got = (size_t)count;
            /* A short read has emptied the socket: what comes next makes an edge. The end of the
               stream has had its edge already. */
            if (*got < sizeof listener->received && !connection->hung_up)
                connection->readable = false;
            return STREAM_DONE;
        }
        if (count == 0)
            return STREAM_ENDED;
        if (errno == EAGAIN) {
            connection->readable = false;
            return STREAM_WAITS;
        }
        if (errno != EINTR)
            return STREAM_ENDED;
    }
}

/* What TLS waits for need not be what was asked of it. */
static enum stream_result result_of(struct connection *connection, enum tls_result result)
{
    switch (result) {
    case TLS_DONE:
        return STREAM_DONE;
    case TLS_WANT_READ:
        connection->readable = false;
        return STREAM_WAITS;
    case TLS_WANT_WRITE:
        connection->writable = false;
        return STREAM_WAITS;
    case TLS_ENDED:
    case TLS_FAILED:
    case TLS_NOT_TLS:
        break;
    }
    return STREAM_ENDED;
}

enum stream_result connection_receive(struct connection *connection, size_t *got)
{
    struct listener *listener = connection->listener;
    if (connection->stream == NULL)
        return receive_plain(connection, got);
    return result_of(connection, tls_stream_read(connection->stream, listener->received,
                                                 sizeof listener->received, got));
}

static enum stream_result send_plain(struct connection *connection, const char *bytes,
                                     size_t length, size_t *sent)
{
    for (;;) {
        ssize_t count = send(connection->fd, bytes, length, MSG_NOSIGNAL);
        if (count >= 0) {
            *sent = (size_t)count;
            return STREAM_DONE;
        }
        if (errno == EAGAIN) {
            connection->writable = false;
            return STREAM_WAITS;
        }
        if (errno != EINTR)
            return STREAM_ENDED;
    }
}

enum stream_result connection_send(struct connection *connection, const char *bytes, size_t length,
                                   size_t *sent)
{
    if (connection->stream == NULL)
        return send_plain(connection, bytes, length, sent);
    return result_of(connection, tls_stream_write(connection->stream, bytes, length, sent));
}

enum stream_result connection_discard(struct connection *connection, size_t *got)
{
    return receive_plain(connection, got);
}

void connection_end_sending(struct connection *connection)
{
    if (connection->stream != NULL)
        tls_stream_end(connection->stream);
    (void)shutdown(connection->fd, SHUT_WR);
}

bool connection_register(struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = connection};
    if (!connection->registered)
        connection->registered =
            epoll_ctl(connection->listener->epoll, EPOLL_CTL_ADD, connection->fd, &event) == 0;
    return connection->registered;
}
