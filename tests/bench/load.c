#include "tests/bench/load.h"

#include "api/sandbox_stories.h"
#include "tests/e2e/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 8192, ANSWER_MAX = 2048, PACE_MS = 1, SEED = 7 };

/* Written by the generator, read here. */
struct shared {
    atomic_llong sent, stored, refused;
};

struct load {
    char *requests[LOAD_EVENTS];
    size_t lengths[LOAD_EVENTS];
    size_t next; /* for load_one() */
    struct shared *shared;
    pid_t pid; /* 0: none under way */
    int64_t started_ns;
};

/* --- the pool -------------------------------------------------------------------- */

static bool make_request(struct load *load, size_t index, const struct sender *sender,
                         const char *path, const struct sandbox_event *event)
{
    char *signature =
        sender_sign(sender, SENDER_GENUINE, event->created_ms, event->json, event->length);
    load->requests[index] = malloc(REQUEST_MAX);
    int total = -1;
    if (signature != NULL && load->requests[index] != NULL)
        total = snprintf(load->requests[index], REQUEST_MAX,
                         "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                         "application/json\r\nX-Webhook-Signature: %s\r\nContent-Length: "
                         "%zu\r\n\r\n%s",
                         path, signature, event->length, event->json);
    free(signature);
    load->lengths[index] = total > 0 && total < REQUEST_MAX ? (size_t)total : 0;
    return load->lengths[index] > 0;
}

static bool make_requests(struct load *load, const struct sender *sender, const char *path)
{
    struct sandbox_stories *stories = sandbox_stories_new(SEED);
    bool made = stories != NULL;
    for (size_t i = 0; made && i < LOAD_EVENTS; i++) {
        struct sandbox_event event = {0};
        made = sandbox_stories_next(stories, NULL, (int64_t)i + 1, (int64_t)time(NULL) * 1000,
                                    &event) &&
               make_request(load, i, sender, path, &event);
        sandbox_event_clear(&event);
    }
    sandbox_stories_free(stories);
    return made;
}

struct load *load_new(const struct sender *sender, const char *path, struct error *error)
{
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL)
        goto failed;
    load->shared =
        mmap(NULL, sizeof *load->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (load->shared == MAP_FAILED) {
        load->shared = NULL;
        goto failed;
    }
    if (!make_requests(load, sender, path))
        goto failed;
    return load;
failed:
    (void)error_set(error, "cannot make the events to send: out of memory");
    load_free(load);
    return NULL;
}

void load_free(struct load *load)
{
    if (load == NULL)
        return;
    (void)load_stop(load);
    for (size_t i = 0; i < LOAD_EVENTS; i++)
        free(load->requests[i]);
    if (load->shared != NULL)
        (void)munmap(load->shared, sizeof *load->shared);
    free(load);
}

/* --- connections ----------------------------------------------------------------- */

struct connection {
    int fd; /* -1: to be opened */
    bool busy;
    size_t request;
    size_t written;
    char answer[ANSWER_MAX];
    size_t length;
};

static int open_connection(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void drop(struct connection *connection)
{
    if (connection->fd >= 0)
        (void)close(connection->fd);
    *connection = (struct connection){.fd = -1};
}

/* Writes what the socket takes. */
static void write_some(struct load *load, struct connection *connection)
{
    size_t left = load->lengths[connection->request] - connection->written;
    ssize_t length = send(connection->fd, load->requests[connection->request] + connection->written,
                          left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (length > 0)
        connection->written += (size_t)length;
    else if (length == 0 || (errno != EAGAIN && errno != EINTR))
        drop(connection);
}

static void begin(struct load *load, struct connection *connection, uint16_t port)
{
    if (connection->fd < 0)
        connection->fd = open_connection(port);
    if (connection->fd < 0)
        return;
    connection->request = load->next++ % LOAD_EVENTS;
    connection->written = 0;
    connection->busy = true;
    atomic_fetch_add(&load->shared->sent, 1);
    write_some(load, connection);
}

/* Whether all of an answer is there: its head, and as many bytes as it says. */
static bool is_whole(const struct connection *connection)
{
    static const char LENGTH[] = "\r\ncontent-length:";
    const char *end = strstr(connection->answer, "\r\n\r\n");
    const char *length = strcasestr(connection->answer, LENGTH);
    if (end == NULL)
        return false;
    size_t head = (size_t)(end - connection->answer) + 4;
    size_t body =
        length != NULL && length < end ? strtoul(length + sizeof LENGTH - 1, NULL, 10) : 0;
    return connection->length >= head + body;
}

static void read_some(struct load *load, struct connection *connection)
{
    ssize_t length = recv(connection->fd, connection->answer + connection->length,
                          ANSWER_MAX - 1 - connection->length, MSG_DONTWAIT);
    if (length <= 0) {
        if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
            if (connection->busy)
                atomic_fetch_add(&load->shared->refused, 1);
            drop(connection);
        }
        return;
    }
    connection->length += (size_t)length;
    connection->answer[connection->length] = '\0';
    if (!is_whole(connection))
        return;
    bool stored = strncmp(connection->answer, "HTTP/1.1 200", 12) == 0;
    atomic_fetch_add(stored ? &load->shared->stored : &load->shared->refused, 1);
    connection->busy = false;
    connection->length = 0;
}

/* --- the generator --------------------------------------------------------------- */

static void begin_due(struct load *load, struct connection *connections, uint16_t port, int64_t due)
{
    for (size_t i = 0; i < LOAD_CONNECTIONS; i++) {
        if (atomic_load(&load->shared->sent) >= due)
            return;
        if (!connections[i].busy)
            begin(load, &connections[i], port);
    }
}

static _Noreturn void generate(struct load *load, uint16_t port, int rate)
{
    static struct connection connections[LOAD_CONNECTIONS];
    struct pollfd waits[LOAD_CONNECTIONS];
    int64_t start_ns = child_clock_ns();
    for (size_t i = 0; i < LOAD_CONNECTIONS; i++)
        connections[i].fd = -1;
    for (;;) {
        int64_t elapsed_us = (child_clock_ns() - start_ns) / 1000;
        begin_due(load, connections, port, elapsed_us * rate / 1000000);
        for (size_t i = 0; i < LOAD_CONNECTIONS; i++) {
            bool writes = connections[i].busy &&
                          connections[i].written < load->lengths[connections[i].request];
            waits[i] = (struct pollfd){.fd = connections[i].fd,
                                       .events = writes ? POLLIN | POLLOUT : POLLIN};
        }
        if (poll(waits, LOAD_CONNECTIONS, PACE_MS) <= 0)
            continue;
        for (size_t i = 0; i < LOAD_CONNECTIONS; i++) {
            if ((waits[i].revents & POLLOUT) != 0)
                write_some(load, &connections[i]);
            if ((waits[i].revents & ~POLLOUT) != 0 && connections[i].fd >= 0)
                read_some(load, &connections[i]);
        }
    }
}

bool load_start(struct load *load, uint16_t port, int rate, struct error *error)
{
    *load->shared = (struct shared){0};
    load->started_ns = child_clock_ns();
    pid_t parent = getpid();
    load->pid = fork();
    if (load->pid < 0) {
        load->pid = 0;
        return error_set(error, "no process: %s", strerror(errno));
    }
    if (load->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(EXIT_FAILURE);
        generate(load, port, rate);
    }
    return true;
}

struct load_result load_stop(struct load *load)
{
    if (load->pid == 0)
        return (struct load_result){0};
    struct load_result result = {
        .seconds = (double)(child_clock_ns() - load->started_ns) / 1e9,
        .sent = atomic_load(&load->shared->sent),
        .stored = atomic_load(&load->shared->stored),
        .refused = atomic_load(&load->shared->refused),
    };
    child_kill(load->pid);
    load->pid = 0;
    return result;
}

bool load_one(struct load *load, uint16_t port)
{
    struct connection connection = {.fd = -1};
    int64_t before = atomic_load(&load->shared->stored);
    int64_t until = child_clock_ms() + HTTP_TIMEOUT_MS;
    begin(load, &connection, port);
    while (connection.fd >= 0 && connection.busy && child_clock_ms() < until) {
        struct pollfd wait = {.fd = connection.fd, .events = POLLIN};
        if (poll(&wait, 1, HTTP_TIMEOUT_MS) > 0)
            read_some(load, &connection);
    }
    drop(&connection);
    return atomic_load(&load->shared->stored) == before + 1;
}
