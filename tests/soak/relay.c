#include "tests/soak/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { WORKERS = 4, MESSAGE_MAX = 128 * 1024, LIMIT_S = 20, LOOK_MS = 100 };

struct worker {
    struct relay *relay;
    pthread_t thread;
    uint64_t seed;
};

struct relay {
    struct ledger *ledger;
    int socket;
    uint16_t port, to;
    unsigned loses;
    atomic_size_t lost;
    atomic_bool stop;
    struct worker workers[WORKERS];
};

struct message {
    char bytes[MESSAGE_MAX + 1];
    size_t length;
    size_t head; /* with the empty line */
};

/* xorshift64 */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void limit(int fd)
{
    const struct timeval time = {.tv_sec = LIMIT_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

static bool is_whole(struct message *message)
{
    const char *end = strstr(message->bytes, "\r\n\r\n");
    const char *length = strcasestr(message->bytes, "\r\ncontent-length:");
    if (end == NULL)
        return false;
    message->head = (size_t)(end + 4 - message->bytes);
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return message->length >= message->head + body;
}

static bool receive(int fd, struct message *message)
{
    message->length = message->head = 0;
    message->bytes[0] = '\0';
    while (!is_whole(message)) {
        ssize_t got = message->length < MESSAGE_MAX ? recv(fd, message->bytes + message->length,
                                                           MESSAGE_MAX - message->length, 0)
                                                    : 0;
        if (got <= 0)
            return false;
        message->length += (size_t)got;
        message->bytes[message->length] = '\0';
    }
    return true;
}

static bool send_all(int fd, const struct message *message)
{
    size_t sent = 0;
    while (sent < message->length) {
        ssize_t some = send(fd, message->bytes + sent, message->length - sent, MSG_NOSIGNAL);
        if (some <= 0)
            return false;
        sent += (size_t)some;
    }
    return true;
}

/* The receiver's answer, or false. */
static bool ask(const struct relay *relay, const struct message *request, struct message *answer)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(relay->to),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    limit(fd);
    bool answered = connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
                    send_all(fd, request) && receive(fd, answer);
    (void)close(fd);
    return answered;
}

static void pass_on(struct worker *worker, int fd, struct message *request, struct message *answer)
{
    struct relay *relay = worker->relay;
    uint64_t chance = relay->loses > 0 ? next_random(&worker->seed) % relay->loses : 2;
    if (!receive(fd, request))
        return;
    int status = 0;
    atomic_fetch_add(&relay->lost, chance < 1);
    bool lost = chance < 1 && next_random(&worker->seed) % 2 == 0; /* before it arrives */
    if (!lost && ask(relay, request, answer))
        status = (int)strtol(answer->bytes + strlen("HTTP/1.1 "), NULL, 10);
    /* An answer counts as soon as the receiver has given it, whether the sandbox learns of it. */
    ledger_answered(relay->ledger, request->bytes + request->head, request->length - request->head,
                    status);
    if (status != 0 && chance >= 1)
        (void)send_all(fd, answer);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct relay *relay = worker->relay;
    struct message *request = malloc(sizeof *request), *answer = malloc(sizeof *answer);
    if (request == NULL || answer == NULL)
        abort();
    while (!atomic_load(&relay->stop)) {
        struct pollfd ready = {.fd = relay->socket, .events = POLLIN};
        int fd =
            poll(&ready, 1, LOOK_MS) == 1 ? accept4(relay->socket, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd < 0)
            continue;
        limit(fd);
        pass_on(worker, fd, request, answer);
        (void)close(fd);
    }
    free(request);
    free(answer);
    return NULL;
}

static uint16_t listen_on(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || bind(*fd, (const struct sockaddr *)&address, length) != 0 ||
        listen(*fd, SOMAXCONN) != 0 || getsockname(*fd, (struct sockaddr *)&address, &length) != 0)
        abort();
    return ntohs(address.sin_port);
}

struct relay *relay_start(struct ledger *ledger, uint16_t to, uint64_t seed, unsigned loses)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        abort();
    relay->ledger = ledger;
    relay->to = to;
    relay->loses = loses;
    relay->port = listen_on(&relay->socket);
    for (size_t i = 0; i < WORKERS; i++) {
        relay->workers[i] = (struct worker){.relay = relay, .seed = seed + i + 1};
        if (pthread_create(&relay->workers[i].thread, NULL, work, &relay->workers[i]) != 0)
            abort();
    }
    return relay;
}

uint16_t relay_port(const struct relay *relay)
{
    return relay->port;
}

size_t relay_lost(const struct relay *relay)
{
    return atomic_load(&relay->lost);
}

void relay_stop(struct relay *relay)
{
    if (relay == NULL)
        return;
    atomic_store(&relay->stop, true);
    for (size_t i = 0; i < WORKERS; i++)
        (void)pthread_join(relay->workers[i].thread, NULL);
    (void)close(relay->socket);
    free(relay);
}
