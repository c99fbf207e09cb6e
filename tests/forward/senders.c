#include "tests/forward/senders.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SENDERS = 8, ANSWER_S = 20, AGAIN_MS = 20, REQUEST_MAX = 4096 };

struct sender {
    pthread_t thread;
    struct senders *all;
    uint32_t number;
    int fd;
};

struct senders {
    struct senders_config config;
    atomic_uint accepted;
    struct sender items[SENDERS];
};

static int64_t wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int connect_to(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = ANSWER_S};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Signed anew each time, as Bridge does. */
static int make_request(const struct sender *sender, uint32_t object, uint32_t number,
                        char request[REQUEST_MAX])
{
    char body[512];
    int length = snprintf(body, sizeof body,
                          "{\"api_version\":\"v0\",\"event_id\":\"wh_%u_%u\",\"event_category\":"
                          "\"transfer\",\"event_type\":\"transfer.updated\","
                          "\"event_object_id\":\"obj_%u\",\"event_object\":{\"id\":\"obj_%u\"},"
                          "\"event_sequence\":%u}",
                          object, number, object, object, number);
    char *signature = signing_key_sign(sender->all->config.key, wall_ms(), body, (size_t)length);
    if (signature == NULL)
        abort();
    int whole = snprintf(request, REQUEST_MAX,
                         "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                         "Content-Length: %d\r\nX-Webhook-Signature: %s\r\n\r\n%s",
                         length, signature, body);
    free(signature);
    return whole;
}

/* The receiver's answers are short, and come in one piece or are none. */
static bool is_accepted(struct sender *sender, const char *request, int length)
{
    char answer[1024];
    if (sender->fd < 0)
        sender->fd = connect_to(sender->all->config.port);
    ssize_t got = -1;
    if (sender->fd >= 0 && send(sender->fd, request, (size_t)length, MSG_NOSIGNAL) == length)
        got = recv(sender->fd, answer, sizeof answer - 1, 0);
    if (got <= 0) {
        if (sender->fd >= 0)
            (void)close(sender->fd);
        sender->fd = -1;
        return false;
    }
    answer[got] = '\0';
    bool last = strcasestr(answer, "Connection: close") != NULL;
    if (last) {
        (void)close(sender->fd);
        sender->fd = -1;
    }
    return strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
}

static void send_event(struct sender *sender, uint32_t object, uint32_t number)
{
    static const struct timespec again = {.tv_nsec = AGAIN_MS * 1000000};
    char request[REQUEST_MAX];
    while (!is_accepted(sender, request, make_request(sender, object, number, request)))
        (void)nanosleep(&again, NULL); /* as long as the receiver is away */
    atomic_fetch_add(&sender->all->accepted, 1);
}

static void *run(void *context)
{
    struct sender *sender = context;
    const struct senders_config *config = &sender->all->config;
    for (uint32_t number = 0; number < config->events; number++)
        for (uint32_t object = sender->number; object < config->objects; object += SENDERS)
            send_event(sender, object, number);
    if (sender->fd >= 0)
        (void)close(sender->fd);
    return NULL;
}

struct senders *senders_start(const struct senders_config *config)
{
    struct senders *senders = calloc(1, sizeof *senders);
    if (senders == NULL)
        return NULL;
    senders->config = *config;
    for (uint32_t i = 0; i < SENDERS; i++) {
        senders->items[i] = (struct sender){.all = senders, .number = i, .fd = -1};
        if (pthread_create(&senders->items[i].thread, NULL, run, &senders->items[i]) != 0)
            abort();
    }
    return senders;
}

uint32_t senders_accepted(const struct senders *senders)
{
    return atomic_load(&senders->accepted);
}

void senders_join(struct senders *senders)
{
    for (size_t i = 0; i < SENDERS; i++)
        (void)pthread_join(senders->items[i].thread, NULL);
    free(senders);
}
