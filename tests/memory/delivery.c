#include "tests/memory/memory.h"

#include "api/inbox.h"
#include "api/listener.h"
#include "api/signing.h"
#include "api/store.h"

#include "tests/memory/allocator.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, RECOVERY_MS = 15000, ROWS_MAX = 8 };

#define NOW_MS INT64_C(1700000000000)

static const char BODY[] =
    "{\"api_version\":\"v0\",\"event_id\":\"wh_1\",\"event_category\":\"transfer\","
    "\"event_type\":\"transfer.created\",\"event_object_id\":\"tr_1\",\"event_object_status\":"
    "\"awaiting_funds\",\"event_sequence\":3,\"event_object\":{\"amount\":\"12.50\"}}";

static struct keyring *keyring;
static char request[4096];
static size_t request_length;

/* One run. */
static struct {
    char directory[64];
    char path[128];
    uv_loop_t loop;
    struct inbox *inbox;
    struct listener *listener;
    bool inbox_closed, listener_closed;
    int fd;
    char answer[1024];
    size_t answer_length;
    bool answered;
} house;

static int64_t now_ms(void *context)
{
    (void)context;
    return NOW_MS;
}

static struct ambient clock_that_stands(void)
{
    struct ambient ambient = ambient_system();
    ambient.wall_ms = now_ms;
    return ambient;
}

void memory_delivery_begin(void)
{
    struct error error = {0};
    struct signing_key *key = signing_key_from_seed(1, &error);
    char *header = key != NULL ? signing_key_sign(key, NOW_MS, BODY, strlen(BODY)) : NULL;
    keyring = keyring_new();
    if (header == NULL || keyring == NULL ||
        !keyring_add(keyring, "wep_1", "https://example.com/hooks", signing_key_public_pem(key),
                     &error))
        abort();
    request_length = (size_t)snprintf(request, sizeof request,
                                      "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                                      "Connection: close\r\nX-Webhook-Signature: %s\r\n\r\n%s",
                                      strlen(BODY), header, BODY);
    free(header);
    signing_key_free(key);
}

void memory_delivery_end(void)
{
    keyring_unref(keyring);
}

/* --- the sender, who asks for no memory ---------------------------------------------------- */

static void connect_and_send(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(listener_port(house.listener)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    house.answer_length = 0;
    house.answer[0] = '\0';
    house.answered = false;
    house.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (house.fd < 0 || connect(house.fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(house.fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length)
        memory_wrong("nothing could be sent");
}

static bool is_answered(void)
{
    ssize_t got = recv(house.fd, house.answer + house.answer_length,
                       sizeof house.answer - 1 - house.answer_length, MSG_DONTWAIT);
    if (got > 0)
        house.answer_length += (size_t)got;
    house.answer[house.answer_length] = '\0';
    house.answered |= got == 0 || (got < 0 && errno != EAGAIN);
    return house.answered;
}

/* The status, 0 where the connection was closed without an answer; -1: neither came in time. */
static int post(int64_t patience_ms)
{
    connect_and_send();
    bool answered = memory_turn_until(&house.loop, is_answered, patience_ms);
    (void)close(house.fd);
    if (!answered)
        return -1;
    return strncmp(house.answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(house.answer + 9, NULL, 10) : 0;
}

/* --- opening and closing ------------------------------------------------------------------- */

static void mark(void *context)
{
    *(bool *)context = true;
}

static bool open_house(void)
{
    struct error error = {0};
    struct inbox_config config = {
        .store_path = house.path, .ambient = clock_that_stands(), .window_ms = 10 * 60 * 1000};
    struct listener_config listen = {
        .address = "127.0.0.1", .ambient = clock_that_stands(), .handler = inbox_handle};
    house.inbox = inbox_new(&house.loop, &config, &error);
    if (house.inbox != NULL) {
        inbox_set_keys(house.inbox, keyring);
        listen.context = house.inbox;
        house.listener = listener_new(&house.loop, &listen, &error);
    }
    if (house.listener == NULL && error.message[0] == '\0')
        memory_wrong("a failure without a word");
    return house.listener != NULL;
}

static bool is_inbox_closed(void)
{
    return house.inbox_closed;
}

static void close_house(void)
{
    if (house.inbox != NULL) {
        inbox_close(house.inbox, mark, &house.inbox_closed);
        if (!memory_turn_until(&house.loop, is_inbox_closed, RECOVERY_MS))
            memory_wrong("the inbox does not close");
    }
    if (house.listener != NULL)
        listener_close(house.listener, mark, &house.listener_closed);
    (void)uv_run(&house.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&house.loop) != 0)
        memory_wrong("something is left on the loop");
}

/* --- what is there ---------------------------------------------------------------------------- */

struct rows {
    int64_t ids[ROWS_MAX];
    size_t count;
};

static bool take_row(const struct delivery *summary, void *context)
{
    struct rows *rows = context;
    if (rows->count < ROWS_MAX)
        rows->ids[rows->count++] = summary->id;
    return true;
}

static void check_row(struct store *store, int64_t id)
{
    struct error error = {0};
    struct delivery delivery = {0};
    if (!store_load_delivery(store, id, &delivery, &error)) {
        memory_wrong(error.message);
        return;
    }
    if (delivery.verdict != VERDICT_GENUINE)
        memory_wrong("what is genuine is kept as not genuine");
    if (delivery.body_length != strlen(BODY) || memcmp(delivery.body, BODY, strlen(BODY)) != 0)
        memory_wrong("other bytes are kept");
    const char *signature = header_list_find(&delivery.headers, "X-Webhook-Signature");
    if (signature == NULL || strstr(request, signature) == NULL)
        memory_wrong("other headers are kept");
    if (delivery.event_id == NULL || strcmp(delivery.event_id, "wh_1") != 0 ||
        delivery.event_type == NULL || delivery.object_id == NULL ||
        delivery.object_status == NULL || delivery.sequence != 3 || delivery.webhook_id == NULL)
        memory_wrong("the event was not read");
    delivery_clear(&delivery);
}

static void check_store(bool accepted)
{
    struct error error = {0};
    struct rows rows = {0};
    struct store *store = store_open(house.path, STORE_READ, &error);
    if (store == NULL && !accepted)
        return;
    if (store == NULL ||
        !store_recent_deliveries(store, INT64_MAX, ROWS_MAX, take_row, &rows, &error))
        memory_wrong(error.message);
    if (rows.count != (accepted ? 1 : rows.count))
        memory_wrong("acknowledged, and not kept as one row");
    for (size_t i = 0; i < rows.count; i++)
        check_row(store, rows.ids[i]);
    store_close(store);
}

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

/* --- a run ---------------------------------------------------------------------------------------
 */

bool memory_delivery(long nth, bool ever)
{
    memset(&house, 0, sizeof house);
    strcpy(house.directory, "/tmp/bridgetop-memory-XXXXXX");
    if (mkdtemp(house.directory) == NULL)
        abort();
    memory_loop_init(&house.loop);
    (void)snprintf(house.path, sizeof house.path, "%s/store.db", house.directory);

    allocator_arm(nth, ever);
    bool opened = open_house();
    int status = opened ? post(PATIENCE_MS) : 0;
    bool failed = allocator_disarm();

    if (status != 200 && status != 503 && status != 0)
        memory_wrong(status < 0 ? "no answer" : house.answer);
    if (!failed && status != 200)
        memory_wrong("no 200 though nothing failed");
    if (opened && status != 200 && post(RECOVERY_MS) != 200)
        memory_wrong("no 200 when there is memory again");
    close_house();
    check_store(opened);
    (void)nftw(house.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return failed;
}
