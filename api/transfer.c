#include "api/transfer.h"

#include "api/libcurl.h"
#include "api/transfer_easy.h"

#include <stdlib.h>
#include <string.h>

enum {
    ORIGINS_KEPT = 16,
    SPARE_CONNECTIONS = 1, /* to a host, for what is urgent and has waited */
    SPARE_AFTER_MS = 1000,
};

/* Whom connections go to. Kept after its last transfer, for what was learned of it. */
struct origin {
    struct origin *next;
    char *name;
    unsigned transfers; /* that point here */
    unsigned active;
    bool http2;
};

enum transfer_state {
    TRANSFER_WAITING, /* not yet given to libcurl */
    TRANSFER_ACTIVE,
    TRANSFER_FAILED, /* never will be; `error` waits to be delivered */
};

struct transfer {
    struct transfer *next;
    uint64_t handle;
    enum transfer_state state;
    bool urgent;
    bool may_use_spare; /* urgent, and has waited long enough */
    struct transfer_easy easy;
    struct origin *origin; /* NULL: failed before it was known */
    struct error error;
    transfer_done done;
    void *context;
};

struct transfer_pool {
    uv_loop_t *loop;
    CURLM *multi;
    unsigned connections_per_host;
    uv_timer_t timer;    /* libcurl's */
    uv_timer_t later;    /* delivers what failed before it began */
    uv_timer_t patience; /* runs while something urgent waits */
    unsigned open_handles;
    struct transfer *transfers; /* in the order in which they are to start */
    size_t transfer_count;
    struct origin *origins;
    uint64_t last_handle;
    bool broken;     /* libcurl gave up half way: `multi` is not to be used any more */
    bool abandoning; /* what it had is being told: nothing begins meanwhile */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* A socket that libcurl wants to be told about. */
struct watch {
    uv_poll_t poll;
    struct transfer_pool *pool;
    curl_socket_t socket;
    int events;
};

/* --- origins ----------------------------------------------------------------- */

static void origin_free(struct origin *origin)
{
    if (origin == NULL)
        return;
    free(origin->name);
    free(origin);
}

static void drop_idle_origins(struct transfer_pool *pool)
{
    size_t kept = 0;
    for (struct origin **at = &pool->origins; *at != NULL;) {
        struct origin *origin = *at;
        if (++kept > ORIGINS_KEPT && origin->transfers == 0) {
            *at = origin->next;
            origin_free(origin);
        } else {
            at = &origin->next;
        }
    }
}

static struct origin *origin_of(struct transfer_pool *pool, const char *name)
{
    for (struct origin *origin = pool->origins; origin != NULL; origin = origin->next)
        if (strcmp(origin->name, name) == 0)
            return origin;
    struct origin *origin = calloc(1, sizeof *origin);
    if (origin == NULL || (origin->name = strdup(name)) == NULL) {
        origin_free(origin);
        return NULL;
    }
    origin->next = pool->origins;
    pool->origins = origin;
    drop_idle_origins(pool);
    return origin;
}

static bool origin_has_room(const struct transfer_pool *pool, const struct origin *origin,
                            bool spare)
{
    unsigned room = origin->http2 ? TRANSFER_STREAMS_MAX : pool->connections_per_host;
    return origin->active < room + (spare ? SPARE_CONNECTIONS : 0);
}

/* --- starting ------------------------------------------------------------------ */

static void on_later(uv_timer_t *timer);

static void fail_later(struct transfer_pool *pool, struct transfer *transfer)
{
    transfer->state = TRANSFER_FAILED;
    /* Not 0: a timer that is set to 0 inside its own callback fires again in the same turn. */
    (void)uv_timer_start(&pool->later, on_later, 1, 0);
}

static bool renew(struct transfer_pool *pool);

static void activate(struct transfer_pool *pool, struct transfer *transfer)
{
    if (pool->broken && !renew(pool)) {
        error_set(&transfer->error, "cannot start a request (out of memory)");
        fail_later(pool, transfer);
        return;
    }
    CURLMcode code = curl_multi_add_handle(pool->multi, transfer->easy.curl);
    if (code != CURLM_OK) {
        error_set(&transfer->error, "cannot start a request (%s)", curl_multi_strerror(code));
        fail_later(pool, transfer);
        return;
    }
    transfer->state = TRANSFER_ACTIVE;
    transfer->origin->active++;
}

static void on_patience(uv_timer_t *timer);

static void start_waiting(struct transfer_pool *pool)
{
    bool somebody_waits = false;
    if (pool->abandoning)
        return;
    for (struct transfer *transfer = pool->transfers; transfer != NULL; transfer = transfer->next) {
        if (transfer->state != TRANSFER_WAITING)
            continue;
        if (origin_has_room(pool, transfer->origin, transfer->may_use_spare))
            activate(pool, transfer);
        else
            somebody_waits |= transfer->urgent && !transfer->may_use_spare;
    }
    if (somebody_waits && !uv_is_active((uv_handle_t *)&pool->patience))
        (void)uv_timer_start(&pool->patience, on_patience, SPARE_AFTER_MS, 0);
}

static void on_patience(uv_timer_t *timer)
{
    struct transfer_pool *pool = timer->data;
    for (struct transfer *transfer = pool->transfers; transfer != NULL; transfer = transfer->next)
        transfer->may_use_spare |= transfer->urgent && transfer->state == TRANSFER_WAITING;
    start_waiting(pool);
}

static void enqueue(struct transfer_pool *pool, struct transfer *transfer)
{
    struct transfer **at = &pool->transfers;
    while (*at != NULL && !(transfer->urgent && (*at)->state == TRANSFER_WAITING && !(*at)->urgent))
        at = &(*at)->next;
    transfer->next = *at;
    *at = transfer;
    pool->transfer_count++;
}

static bool prepare(struct transfer_pool *pool, struct transfer *transfer,
                    const struct transfer_request *request)
{
    if (pool->transfer_count >= TRANSFER_WAITING_MAX)
        return error_set(&transfer->error, "too many requests are waiting (%d)",
                         TRANSFER_WAITING_MAX);
    if (!transfer_easy_init(&transfer->easy, request, &transfer->error))
        return false;
    transfer->origin = origin_of(pool, transfer->easy.origin);
    if (transfer->origin == NULL ||
        curl_easy_setopt(transfer->easy.curl, CURLOPT_PRIVATE, transfer) != CURLE_OK)
        return error_set(&transfer->error, "out of memory");
    transfer->origin->transfers++;
    return true;
}

uint64_t transfer_start(struct transfer_pool *pool, const struct transfer_request *request,
                        transfer_done done, void *context)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return 0;
    transfer->handle = ++pool->last_handle;
    transfer->urgent = request->urgent;
    transfer->done = done;
    transfer->context = context;
    bool ready = prepare(pool, transfer, request);
    uint64_t handle = transfer->handle;
    enqueue(pool, transfer);
    if (ready)
        start_waiting(pool);
    else
        fail_later(pool, transfer);
    return handle;
}

/* --- ending --------------------------------------------------------------------- */

static void unlink_transfer(struct transfer_pool *pool, struct transfer *transfer)
{
    for (struct transfer **at = &pool->transfers; *at != NULL; at = &(*at)->next) {
        if (*at == transfer) {
            *at = transfer->next;
            pool->transfer_count--;
            return;
        }
    }
}

/* Takes it away from libcurl and out of the list; the easy handle still answers questions. */
static void detach(struct transfer_pool *pool, struct transfer *transfer)
{
    if (transfer->state == TRANSFER_ACTIVE) {
        (void)curl_multi_remove_handle(pool->multi, transfer->easy.curl);
        transfer->origin->active--;
    }
    if (transfer->origin != NULL)
        transfer->origin->transfers--;
    unlink_transfer(pool, transfer);
}

static void transfer_free(struct transfer *transfer)
{
    transfer_easy_clear(&transfer->easy);
    free(transfer);
}

/* The transfer has been detached: whatever the callback does, it does not meet it again. */
static void deliver(struct transfer *transfer, struct transfer_result *result)
{
    transfer->done(result, transfer->context);
    header_list_clear(&result->headers);
    free(result->body);
    free(result->certificate.pem);
    transfer_free(transfer);
}

static void complete(struct transfer_pool *pool, CURL *curl, CURLcode code)
{
    struct transfer *transfer = NULL;
    (void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
    struct transfer_result result = {0};
    transfer_easy_result(&transfer->easy, code, &result);
    if (result.failure == TRANSFER_OK)
        transfer->origin->http2 = result.http2;
    detach(pool, transfer);
    deliver(transfer, &result);
}

static void on_later(uv_timer_t *timer)
{
    struct transfer_pool *pool = timer->data;
    struct transfer *failed = pool->transfers;
    while (failed != NULL && failed->state != TRANSFER_FAILED)
        failed = failed->next;
    if (failed == NULL)
        return;
    /* One a turn: its callback may start, cancel or close. */
    (void)uv_timer_start(&pool->later, on_later, 1, 0);
    struct transfer_result result = {.failure = TRANSFER_IMPOSSIBLE, .error = failed->error};
    detach(pool, failed);
    deliver(failed, &result);
}

/* Where libcurl runs out of memory half way it may watch neither the sockets of its transfers nor
   their time, does not say of which, and has tables that it divides by the size of, 0 (7.88). So
   they all end here, and the next one begins with another multi handle. */
static void abandon(struct transfer_pool *pool)
{
    struct transfer *transfer = pool->transfers;
    pool->broken = true;
    pool->abandoning = true;
    while (transfer != NULL) {
        if (transfer->state == TRANSFER_ACTIVE) {
            complete(pool, transfer->easy.curl, CURLE_OUT_OF_MEMORY);
            transfer = pool->transfers; /* none when the callback has closed the pool */
        } else {
            transfer = transfer->next;
        }
    }
    pool->abandoning = false;
}

/* After each call into libcurl, whatever it says about running handles: a
   transfer that timed out is reported here and nowhere else. */
static void drain(struct transfer_pool *pool, CURLMcode code)
{
    int left;
    CURLMsg *message;
    while (!pool->closing && (message = curl_multi_info_read(pool->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            complete(pool, message->easy_handle, message->data.result);
    if (code != CURLM_OK && !pool->closing)
        abandon(pool);
    if (!pool->closing)
        start_waiting(pool);
}

void transfer_cancel(struct transfer_pool *pool, uint64_t handle)
{
    if (pool->closing)
        return;
    struct transfer *transfer = pool->transfers;
    while (transfer != NULL && transfer->handle != handle)
        transfer = transfer->next;
    if (transfer == NULL)
        return;
    detach(pool, transfer);
    transfer_free(transfer);
    start_waiting(pool);
}

/* --- libcurl on the loop --------------------------------------------------------- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct transfer_pool *pool = watch->pool;
    int flags = 0;
    /* Readable too: an answer may lie in front of the error. */
    if (status < 0)
        flags = CURL_CSELECT_ERR | CURL_CSELECT_IN;
    else
        flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    int running;
    CURLMcode code = curl_multi_socket_action(pool->multi, watch->socket, flags, &running);
    /* libuv stops a poll handle that reports an error; libcurl may still want it. */
    if (status < 0 && !uv_is_closing((uv_handle_t *)poll))
        (void)uv_poll_start(poll, watch->events, on_poll);
    drain(pool, code);
}

static void on_timer(uv_timer_t *timer)
{
    struct transfer_pool *pool = timer->data;
    int running;
    drain(pool, curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running));
}

static void handle_closed(struct transfer_pool *pool)
{
    if (--pool->open_handles > 0)
        return;
    void (*closed)(void *context) = pool->closed;
    void *context = pool->closed_context;
    free(pool);
    if (closed != NULL)
        closed(context);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct transfer_pool *pool = watch->pool;
    free(watch);
    handle_closed(pool);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static struct watch *watch_new(struct transfer_pool *pool, curl_socket_t socket)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL || uv_poll_init_socket(pool->loop, &watch->poll, socket) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->pool = pool;
    watch->socket = socket;
    pool->open_handles++;
    (void)curl_multi_assign(pool->multi, socket, watch);
    return watch;
}

/* libcurl calls this one and the next from inside itself: they call nothing of it but
   curl_multi_assign(), which is made for here. */
static int on_socket_wanted(CURL *curl, curl_socket_t socket, int what, void *context,
                            void *socket_context)
{
    (void)curl;
    struct transfer_pool *pool = context;
    struct watch *watch = socket_context;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL)
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed); /* stops it at once */
        return 0;
    }
    if (watch == NULL)
        watch = watch_new(pool, socket);
    if (watch == NULL)
        return 0; /* a failure here would end the whole multi handle; this transfer times out */
    watch->events =
        (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    (void)uv_poll_start(&watch->poll, watch->events, on_poll);
    return 0;
}

static int on_timer_wanted(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct transfer_pool *pool = context;
    if (timeout_ms < 0)
        return uv_timer_stop(&pool->timer);
    uv_update_time(pool->loop); /* the loop's time may lie before whatever took long just now */
    return uv_timer_start(&pool->timer, on_timer, (uint64_t)timeout_ms, 0);
}

/* --- the pool --------------------------------------------------------------------- */

static bool init_multi(struct transfer_pool *pool)
{
    pool->multi = curl_multi_init();
    if (pool->multi == NULL)
        return false;
    unsigned failed = 0;
    failed |= (unsigned)curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
    failed |= (unsigned)curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    failed |= (unsigned)curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    failed |= (unsigned)curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    failed |= (unsigned)curl_multi_setopt(pool->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                          (long)pool->connections_per_host + SPARE_CONNECTIONS);
    return failed == 0;
}

/* False when memory is still out; the old one stays. */
static bool renew(struct transfer_pool *pool)
{
    CURLM *old = pool->multi;
    if (!init_multi(pool)) {
        (void)curl_multi_cleanup(pool->multi);
        pool->multi = old;
        return false;
    }
    (void)curl_multi_cleanup(old); /* and the watches of its connections */
    pool->broken = false;
    return true;
}

static void timer_init(struct transfer_pool *pool, uv_timer_t *timer)
{
    (void)uv_timer_init(pool->loop, timer); /* cannot fail */
    timer->data = pool;
    pool->open_handles++;
}

struct transfer_pool *transfer_pool_new(uv_loop_t *loop, unsigned connections_per_host,
                                        struct error *error)
{
    if (!libcurl_load(error))
        return NULL;
    /* Counted by libcurl, and safe on several threads since 7.84. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(error, "cannot start libcurl");
        return NULL;
    }
    struct transfer_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    pool->loop = loop;
    pool->connections_per_host = connections_per_host;
    if (!init_multi(pool)) {
        error_set(error, "cannot start libcurl (out of memory)");
        (void)curl_multi_cleanup(pool->multi);
        free(pool);
        return NULL;
    }
    timer_init(pool, &pool->timer);
    timer_init(pool, &pool->later);
    timer_init(pool, &pool->patience);
    return pool;
}

void transfer_pool_close(struct transfer_pool *pool, void (*closed)(void *context), void *context)
{
    pool->closing = true;
    pool->closed = closed;
    pool->closed_context = context;
    while (pool->transfers != NULL) {
        struct transfer *transfer = pool->transfers;
        detach(pool, transfer);
        transfer_free(transfer);
    }
    while (pool->origins != NULL) {
        struct origin *origin = pool->origins;
        pool->origins = origin->next;
        origin_free(origin);
    }
    (void)curl_multi_cleanup(pool->multi); /* closes the watches of what was kept alive */
    uv_close((uv_handle_t *)&pool->timer, on_timer_closed);
    uv_close((uv_handle_t *)&pool->later, on_timer_closed);
    uv_close((uv_handle_t *)&pool->patience, on_timer_closed);
}
