#include "tests/crash/events.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SENDERS = 12, BODY_MAX = 20000, LARGE_ONE_IN = 16, AGAIN_ONE_IN = 8, ANSWER_S = 20 };
enum { SIGNED_FOR_S = 4 * 60 }; /* then a store of that age is still within the window */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* --- making them --------------------------------------------------------------------- */

/* RSA over the SHA-256 of "t." and the body, which is hashed once more inside. */
static bool sign(EVP_PKEY *key, const char *text, size_t length, char base64[400])
{
    unsigned char digest[32];
    unsigned char raw[256];
    size_t raw_length = sizeof raw;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL) == 1 &&
              EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, raw, &raw_length, digest, sizeof digest) == 1;
    EVP_MD_CTX_free(context);
    if (ok)
        (void)EVP_EncodeBlock((unsigned char *)base64, raw, (int)raw_length);
    return ok;
}

static char *make_body(size_t number, uint64_t *seed, size_t *length)
{
    size_t filling = next_random(seed) % (next_random(seed) % LARGE_ONE_IN == 0 ? BODY_MAX : 1500);
    char *body = malloc(filling + 200);
    if (body == NULL)
        return NULL;
    *length = (size_t)sprintf(body,
                              "{\"api_version\":\"v0\",\"event_id\":\"wh_%zu\",\"event_category\":"
                              "\"transfer\",\"event_type\":\"transfer.created\",\"x\":\"",
                              number);
    for (size_t i = 0; i < filling; i++)
        body[(*length)++] = (char)('a' + next_random(seed) % 26);
    memcpy(body + *length, "\"}", 3);
    *length += 2;
    return body;
}

/* Overwrites the request. */
static bool sign_event(struct event_to_send *event, EVP_PKEY *key, time_t now)
{
    char base64[400];
    char *signed_text = NULL;
    long long t_ms = (long long)now * 1000;
    int length = asprintf(&signed_text, "%lld.%s", t_ms, event->body);
    bool done = length > 0 && sign(key, signed_text, (size_t)length, base64);
    if (length >= 0)
        free(signed_text);
    free(event->request);
    event->request = NULL;
    length = done ? asprintf(&event->request,
                             "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                             "X-Webhook-Signature: t=%lld,v0=%s\r\n\r\n%s",
                             event->body_length, t_ms, base64, event->body)
                  : -1;
    event->request_length = length > 0 ? (size_t)length : 0;
    return length > 0;
}

static bool sign_all(struct events *events)
{
    bool done = true;
    events->signed_at = time(NULL);
    for (size_t i = 0; done && i < EVENTS; i++)
        done = sign_event(&events->items[i], events->key, events->signed_at);
    return done;
}

bool events_make(struct events *events, uint64_t seed)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *bytes;
    events->key = EVP_RSA_gen(2048);
    bool made = events->key != NULL && out != NULL && PEM_write_bio_PUBKEY(out, events->key) == 1;
    if (made) {
        long length = BIO_get_mem_data(out, &bytes);
        made = (events->pem = strndup(bytes, (size_t)length)) != NULL;
    }
    for (size_t i = 0; made && i < EVENTS; i++) {
        struct event_to_send *event = &events->items[i];
        made = (event->body = make_body(i, &seed, &event->body_length)) != NULL;
    }
    BIO_free(out);
    return made && sign_all(events);
}

void events_free(struct events *events)
{
    for (size_t i = 0; i < EVENTS; i++) {
        free(events->items[i].request);
        free(events->items[i].body);
    }
    free(events->pem);
    EVP_PKEY_free(events->key);
}

bool events_reset(struct events *events)
{
    atomic_store(&events->next, 0);
    for (size_t i = 0; i < EVENTS; i++)
        atomic_store(&events->items[i].accepted, 0);
    return time(NULL) - events->signed_at < SIGNED_FOR_S || sign_all(events);
}

/* --- sending them ------------------------------------------------------------------------ */

struct sender {
    pthread_t thread;
    struct senders *all;
    uint64_t seed;
};

struct senders {
    struct events *events;
    uint16_t port;
    atomic_int accepted;
    atomic_int alive;
    struct sender items[SENDERS];
};

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
        close(fd);
    return -1;
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* False when the connection is at its end. *accepted: the whole answer is there, and says so. */
static bool read_answer(int fd, bool *accepted)
{
    char answer[1024];
    size_t length = 0;
    *accepted = false;
    while (length < sizeof answer - 1) {
        ssize_t got = recv(fd, answer + length, sizeof answer - 1 - length, 0);
        if (got <= 0)
            return false;
        length += (size_t)got;
        answer[length] = '\0';
        char *body = strstr(answer, "\r\n\r\n");
        if (body == NULL || strchr(body + 4, '\n') == NULL)
            continue;
        *accepted = strncmp(answer, "HTTP/1.1 200 ", 13) == 0 &&
                    strcmp(body + 4, "{\"status\":\"stored\"}\n") == 0;
        return true;
    }
    return false;
}

static struct event_to_send *choose(struct events *events, uint64_t *seed)
{
    size_t sent = atomic_load(&events->next);
    if (sent > 0 && next_random(seed) % AGAIN_ONE_IN == 0)
        return &events->items[next_random(seed) % (sent < EVENTS ? sent : EVENTS)];
    size_t number = atomic_fetch_add(&events->next, 1);
    return number < EVENTS ? &events->items[number] : NULL;
}

static void *run(void *context)
{
    struct sender *sender = context;
    struct senders *all = sender->all;
    struct event_to_send *event;
    bool accepted;
    int fd = connect_to(all->port);
    while (fd >= 0 && (event = choose(all->events, &sender->seed)) != NULL &&
           send_all(fd, event->request, event->request_length) && read_answer(fd, &accepted)) {
        if (!accepted)
            continue;
        atomic_fetch_add(&event->accepted, 1);
        atomic_fetch_add(&all->accepted, 1);
    }
    if (fd >= 0)
        close(fd);
    atomic_fetch_sub(&all->alive, 1);
    return NULL;
}

struct senders *senders_start(struct events *events, uint16_t port, uint64_t seed)
{
    struct senders *senders = calloc(1, sizeof *senders);
    if (senders == NULL)
        abort();
    senders->events = events;
    senders->port = port;
    atomic_store(&senders->alive, SENDERS);
    for (size_t i = 0; i < SENDERS; i++) {
        senders->items[i].all = senders;
        senders->items[i].seed = next_random(&seed);
        if (pthread_create(&senders->items[i].thread, NULL, run, &senders->items[i]) != 0)
            abort();
    }
    return senders;
}

void senders_wait_for(const struct senders *senders, int accepted)
{
    static const struct timespec moment = {.tv_nsec = 50000};
    while (atomic_load(&senders->accepted) < accepted && atomic_load(&senders->alive) > 0)
        (void)nanosleep(&moment, NULL);
}

int senders_join(struct senders *senders)
{
    for (size_t i = 0; i < SENDERS; i++)
        (void)pthread_join(senders->items[i].thread, NULL);
    int accepted = atomic_load(&senders->accepted);
    free(senders);
    return accepted;
}
