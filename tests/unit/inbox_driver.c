#include "tests/unit/inbox_driver.h"

#include "api/store.h"
#include "tests/unit/known_key.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- keys, and signatures by the vendor's documentation ----------------------- */

/* Takes the key over. */
static struct signer signer_with(EVP_PKEY *key)
{
    struct signer signer = {.key = key};
    BIO *out = BIO_new(BIO_s_mem());
    cr_assert(signer.key != NULL && out != NULL && PEM_write_bio_PUBKEY(out, signer.key) == 1);
    char *bytes;
    long length = BIO_get_mem_data(out, &bytes);
    signer.pem = strndup(bytes, (size_t)length);
    BIO_free(out);
    return signer;
}

struct signer signer_new(void)
{
    return signer_with(EVP_RSA_gen(2048));
}

static struct signer signer_known(void)
{
    long length = 0;
    unsigned char *bytes = OPENSSL_hexstr2buf(KNOWN_KEY, &length);
    const unsigned char *at = bytes;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, length);
    OPENSSL_free(bytes);
    return signer_with(key);
}

void signer_free(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
    free(signer->pem);
}

char *signer_sign(const struct signer *signer, int64_t t_ms, const char *body, size_t length,
                  bool single)
{
    char *signed_bytes = malloc(length + 32);
    int prefix = snprintf(signed_bytes, 32, "%" PRId64 ".", t_ms);
    memcpy(signed_bytes + prefix, body, length);
    size_t total = (size_t)prefix + length;
    unsigned char digest[32];
    cr_assert(EVP_Digest(signed_bytes, total, digest, NULL, EVP_sha256(), NULL) == 1);

    unsigned char raw[256];
    size_t raw_length = sizeof raw;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const unsigned char *message = single ? (unsigned char *)signed_bytes : digest;
    cr_assert(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer->key) == 1);
    cr_assert(EVP_DigestSign(context, raw, &raw_length, message, single ? total : 32) == 1);
    EVP_MD_CTX_free(context);
    free(signed_bytes);

    char base64[400];
    EVP_EncodeBlock((unsigned char *)base64, raw, (int)raw_length);
    char *header = NULL;
    cr_assert(asprintf(&header, "t=%" PRId64 ",v0=%s", t_ms, base64) > 0);
    return header;
}

/* --- a gate that the inbox's second thread can be made to wait at ------------- */

/* The thread asks for the time when it begins to receive, when it writes endpoints, and when it
   looks at the store's bounds. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t loop_thread;
    bool shut;
    bool waiting;
    sigset_t blocked; /* in the thread, when it asked last */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int64_t wall(void *context)
{
    (void)context;
    if (!pthread_equal(pthread_self(), gate.loop_thread)) {
        pthread_mutex_lock(&gate.lock);
        (void)pthread_sigmask(SIG_BLOCK, NULL, &gate.blocked);
        gate.waiting = gate.shut;
        while (gate.shut)
            pthread_cond_wait(&gate.changed, &gate.lock);
        gate.waiting = false;
        pthread_mutex_unlock(&gate.lock);
    }
    return NOW_MS;
}

static void set_gate(bool shut)
{
    pthread_mutex_lock(&gate.lock);
    gate.shut = shut;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

sigset_t house_thread_blocks(void)
{
    pthread_mutex_lock(&gate.lock);
    sigset_t blocked = gate.blocked;
    pthread_mutex_unlock(&gate.lock);
    return blocked;
}

static bool gate_holds(void)
{
    pthread_mutex_lock(&gate.lock);
    bool waiting = gate.waiting;
    pthread_mutex_unlock(&gate.lock);
    return waiting;
}

static uint64_t steady(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t house_steady_ms(void)
{
    return steady(NULL) / 1000;
}

struct house house;

/* --- a listener, an inbox and a store ----------------------------------------- */

static void handle(struct exchange *exchange, void *inbox)
{
    house.handled++;
    inbox_handle(exchange, inbox);
}

static void on_answered(int64_t id, const struct inbox_answer *answer, void *context)
{
    (void)context;
    cr_assert(house.answered_count < ANSWERED_MAX);
    house.answered[house.answered_count++] = (struct answered){id, *answer};
}

static void on_arrived(struct delivery *delivery, const struct inbox_answer *answer, void *context)
{
    (void)context;
    cr_assert(house.seen_count < SEEN_MAX);
    bool whole = delivery->attempts == 1;
    cr_expect_eq(delivery->body != NULL, whole, "what is new is whole, a repeat a summary");
    cr_expect_eq(delivery->headers.count > 0, whole);
    struct seen *seen = &house.seen[house.seen_count++];
    *seen = (struct seen){
        .id = delivery->id,
        .verdict = delivery->verdict,
        .status = delivery->answer_status,
        .answer_us = delivery->answer_us,
        .attempts = delivery->attempts,
        .forwarded = delivery->forwarded,
        .answer = *answer,
    };
    if (delivery->webhook_id != NULL)
        (void)snprintf(seen->webhook_id, sizeof seen->webhook_id, "%s", delivery->webhook_id);
    if (delivery->newest_webhook_id != NULL)
        (void)snprintf(seen->newest_webhook_id, sizeof seen->newest_webhook_id, "%s",
                       delivery->newest_webhook_id);
    if (delivery->event_id != NULL)
        (void)snprintf(seen->event_id, sizeof seen->event_id, "%s", delivery->event_id);
    if (house.seeing != NULL)
        house.seeing();
}

static void on_trouble(const char *message, void *context)
{
    (void)context;
    if (message == NULL) {
        house.recoveries++;
        return;
    }
    house.troubles++;
    (void)snprintf(house.trouble, sizeof house.trouble, "%s", message);
}

static void on_notice(const char *line, void *context)
{
    (void)context;
    house.notices++;
    (void)snprintf(house.notice, sizeof house.notice, "%s", line);
}

static void on_removed(const struct inbox_stored *stored, void *context)
{
    (void)context;
    house.removals++;
    house.left = *stored;
}

static struct ambient test_ambient(void)
{
    return (struct ambient){.wall_ms = wall, .steady_us = steady};
}

static void on_queued(int64_t forward_id, void *context)
{
    (void)context;
    cr_expect_gt(forward_id, 0);
    house.queued++;
}

struct inbox *house_new_inbox(const char *path, struct error *error)
{
    struct inbox_config config = {
        .store_path = path,
        .ambient = test_ambient(),
        .window_ms = SIGNATURE_WINDOW_MS,
        .arrived = on_arrived,
        .answered = on_answered,
        .trouble = on_trouble,
        .keep = house.keep,
        .notice = on_notice,
        .removed = on_removed,
        .queues = house.queues,
        .queued = on_queued,
        .ask = house.ask,
    };
    return inbox_new(&house.loop, &config, error);
}

void house_open(void)
{
    struct error error = {0};
    gate.loop_thread = pthread_self();
    house.inbox = house_new_inbox(house.path, &error);
    cr_assert(house.inbox != NULL, "%s", error.message);
    struct listener_config config = {
        .address = "127.0.0.1",
        .ambient = test_ambient(),
        .handler = handle,
        .context = house.inbox,
    };
    house.listener = listener_new(&house.loop, &config, &error);
    cr_assert(house.listener != NULL, "%s", error.message);
}

void house_set_key(const char *webhook_id, const char *url)
{
    struct error error = {0};
    struct keyring *keyring = keyring_new();
    cr_assert(keyring_add(keyring, webhook_id, url, house.signer.pem, &error), "%s", error.message);
    inbox_set_keys(house.inbox, keyring);
    keyring_unref(keyring);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

/* A turn of the loop, of a few milliseconds at most: the timer repeats, because one that is due
   before the loop looks for events would leave nothing to end its wait. */
void house_turn(void)
{
    uv_timer_start(&house.tick, on_tick, 2, 2);
    uv_run(&house.loop, UV_RUN_ONCE);
}

void house_mark(void *context)
{
    *(bool *)context = true;
}

static void close_inbox(void)
{
    house.inbox_closed = false;
    inbox_close(house.inbox, house_mark, &house.inbox_closed);
    RUN_UNTIL(house.inbox_closed);
    house.inbox = NULL;
}

void house_close(void)
{
    if (house.inbox != NULL)
        close_inbox();
    house.listener_closed = false;
    listener_close(house.listener, house_mark, &house.listener_closed);
    RUN_UNTIL(house.listener_closed);
    house.listener = NULL;
}

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

void house_set_up(void)
{
    strcpy(house.directory, "/tmp/bridgetop-inbox-XXXXXX");
    cr_assert(mkdtemp(house.directory) != NULL);
    (void)snprintf(house.path, sizeof house.path, "%s/store.db", house.directory);
    uv_loop_init(&house.loop);
    uv_timer_init(&house.loop, &house.tick);
    house.signer = signer_known();
    house_open();
    house_set_key("wep_1", "https://example.com/hooks/one");
}

void house_tear_down(void)
{
    if (house.listener != NULL)
        house_close();
    signer_free(&house.signer);
    uv_close((uv_handle_t *)&house.tick, NULL);
    uv_run(&house.loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&house.loop), 0);
    (void)nftw(house.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- senders: a thread and a plain socket each -------------------------------- */

int64_t house_count_rows(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t count = -1;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT count(*) FROM deliveries", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

int house_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = LIMIT_MS / 1000};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int house_send_genuine(void)
{
    char *value = signer_sign(&house.signer, NOW_MS, "x", 1, false);
    char request[1024];
    int length = snprintf(request, sizeof request,
                          "POST /hooks/one HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                          "X-Webhook-Signature: %s\r\n\r\nx",
                          value);
    int fd = house_connect(listener_port(house.listener));
    cr_assert(fd >= 0 && send(fd, request, (size_t)length, 0) == length);
    free(value);
    return fd;
}

static void read_answer(struct caller *caller, int fd)
{
    ssize_t got;
    while (caller->answer_length < ANSWER_MAX - 1 &&
           (got = recv(fd, caller->answer + caller->answer_length,
                       ANSWER_MAX - 1 - caller->answer_length, 0)) > 0) {
        caller->answer_length += (size_t)got;
        if (caller->look)
            caller->rows_when_answered = house_count_rows(house.path);
        caller->look = false;
    }
}

static void *send_request(void *context)
{
    struct caller *caller = context;
    int fd = house_connect(caller->port);
    size_t sent = 0;
    ssize_t got;
    while (fd >= 0 && sent < caller->length &&
           (got = send(fd, caller->request + sent, caller->length - sent, MSG_NOSIGNAL)) > 0)
        sent += (size_t)got;
    if (fd >= 0) {
        read_answer(caller, fd);
        close(fd);
    }
    atomic_store(&caller->done, true);
    return NULL;
}

struct caller *caller_start(const char *method, const char *target, const char *headers,
                            const char *body, size_t length, bool look)
{
    struct caller *caller = calloc(1, sizeof *caller);
    char *head = NULL;
    int head_length = asprintf(&head,
                               "%s %s HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n"
                               "Content-Length: %zu\r\n%s\r\n",
                               method, target, length, headers);
    cr_assert(caller != NULL && head_length > 0);
    caller->port = listener_port(house.listener);
    caller->length = (size_t)head_length + length;
    caller->request = malloc(caller->length);
    memcpy(caller->request, head, (size_t)head_length);
    memcpy(caller->request + head_length, body, length);
    caller->look = look;
    free(head);
    cr_assert(pthread_create(&caller->thread, NULL, send_request, caller) == 0);
    return caller;
}

char *caller_signature_line(const char *value)
{
    char *line = NULL;
    cr_assert(asprintf(&line, CONTRACT_SIGNATURE_HEADER ": %s\r\n", value) > 0);
    return line;
}

struct caller *caller_start_genuine(const char *target, const char *body, size_t length)
{
    char *value = signer_sign(&house.signer, NOW_MS, body, length, false);
    char *line = caller_signature_line(value);
    struct caller *caller = caller_start("POST", target, line, body, length, false);
    free(line);
    free(value);
    return caller;
}

void caller_free(struct caller *caller)
{
    pthread_join(caller->thread, NULL);
    free(caller->request);
    free(caller);
}

int caller_status(const struct caller *caller)
{
    int status = 0;
    if (strncmp(caller->answer, "HTTP/1.1 ", 9) == 0)
        status = (int)strtol(caller->answer + 9, NULL, 10);
    return status;
}

bool caller_answer_has(const struct caller *caller, const char *text)
{
    return strcasestr(caller->answer, text) != NULL;
}

void caller_finish(struct caller *caller)
{
    RUN_UNTIL(atomic_load(&caller->done));
}

int caller_finish_status(struct caller *caller)
{
    caller_finish(caller);
    int status = caller_status(caller);
    caller_free(caller);
    return status;
}

int caller_post_genuine(const char *target, const char *body)
{
    return caller_finish_status(caller_start_genuine(target, body, strlen(body)));
}

int caller_post_with(const char *headers, const char *body)
{
    return caller_finish_status(
        caller_start("POST", "/hooks/one", headers, body, strlen(body), false));
}

const struct seen *house_last_seen(void)
{
    cr_assert(house.seen_count > 0);
    return &house.seen[house.seen_count - 1];
}

struct delivery house_load(int64_t id)
{
    struct error error = {0};
    struct delivery delivery = {0};
    struct store *store = store_open(house.path, STORE_READ, &error);
    cr_assert(store != NULL, "%s", error.message);
    cr_assert(store_load_delivery(store, id, &delivery, &error), "%s", error.message);
    store_close(store);
    return delivery;
}

char *house_event(size_t number)
{
    char *body = NULL;
    cr_assert(asprintf(&body,
                       "{\"api_version\":\"v0\",\"event_id\":\"wh_n%zu\","
                       "\"event_category\":\"transfer\",\"event_type\":\"transfer.created\"}",
                       number) > 0);
    return body;
}

char *house_noise(size_t length)
{
    char *bytes = malloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 31 + i / 251);
    return bytes;
}

void caller_expect_answer(const char *method, int status, const char *text)
{
    struct caller *caller = caller_start(method, "/any/path", "", "", 0, false);
    caller_finish(caller);
    cr_expect_eq(caller_status(caller), status, "%s %s", method, caller->answer);
    cr_expect(caller_answer_has(caller, text), "no %s in %s", text, caller->answer);
    caller_free(caller);
}

void house_remember(const char *id, const char *url, const char *key)
{
    struct webhook webhook = {
        .id = (char *)id, .url = (char *)url, .status = WEBHOOK_ACTIVE, .public_key = (char *)key};
    inbox_remember_webhooks(house.inbox, &(struct webhook_list){.items = &webhook, .count = 1},
                            NULL);
}

static bool thread_is_idle(void)
{
    struct inbox_turns before = {0};
    (void)inbox_is_alive(house.inbox, &before);
    struct inbox_turns after = before;
    return inbox_is_alive(house.inbox, &after) && after.verify == before.verify &&
           after.store == before.store;
}

/* It asks for the time at its beginning, too: it is to be held while it writes the endpoints, which
   are written then before anything that comes meanwhile. */
void house_hold_thread(void)
{
    RUN_UNTIL(thread_is_idle());
    set_gate(true);
    house_remember("wep_1", "https://example.com/hooks/one", house.signer.pem);
    RUN_UNTIL(gate_holds());
}

/* Asked as who has never seen the second thread, which is taken for alive then. */
static bool all_is_verified(void)
{
    struct inbox_turns before = {0};
    (void)inbox_is_alive(house.inbox, &before);
    struct inbox_turns after = {.verify = before.verify, .store = ~before.store};
    return inbox_is_alive(house.inbox, &after) && after.verify == before.verify;
}

void house_await_verdicts(void)
{
    RUN_UNTIL(all_is_verified());
}

void house_release_thread(void)
{
    house_await_verdicts();
    set_gate(false);
}

struct caller *caller_start_event(size_t number)
{
    char *body = house_event(number);
    struct caller *caller = caller_start_genuine("/hooks/one", body, strlen(body));
    free(body);
    return caller;
}
