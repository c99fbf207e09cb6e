#include "tests/memory/memory.h"

#include "api/client.h"
#include "api/poller.h"
#include "api/sandbox.h"

#include "tests/memory/allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 2000, RECOVERY_MS = 15000, WEBHOOKS_MAX = 16, TEXT_MAX = 256 };

static struct sandbox_thread *sandbox;
static char base_url[64];

/* As they are, by the first run, in which nothing fails. */
static struct {
    size_t count;
    char ids[WEBHOOKS_MAX][TEXT_MAX];
    char urls[WEBHOOKS_MAX][TEXT_MAX];
    size_t logs;
} known;

/* One run. */
static struct {
    uv_loop_t loop;
    struct client *client;
    struct poller *poller;
    bool poller_closed, client_closed;
    bool webhooks, upcoming, logs;
    bool unwell;
} desk;

/* --- the other side ------------------------------------------------------------------------- */

/* Asked on the sandbox's thread. */
static int64_t sandbox_now_ms(void *context)
{
    struct ambient system = ambient_system();
    (void)context;
    allocator_exempt_thread();
    return ambient_wall_ms(&system);
}

void memory_poll_begin(void)
{
    struct error error = {0};
    struct sandbox_tunnel nowhere = {.origin = "https://hooks.example.com",
                                     .target = "http://127.0.0.1:1"};
    struct sandbox_config config = {.seed = 1,
                                    .demo = true,
                                    .tunnels = &nowhere,
                                    .tunnel_count = 1,
                                    .ambient = ambient_system()};
    config.ambient.wall_ms = sandbox_now_ms;
    sandbox = sandbox_thread_start(&config, &error);
    if (sandbox == NULL)
        abort();
    (void)snprintf(base_url, sizeof base_url, "http://127.0.0.1:%u/v0",
                   sandbox_thread_port(sandbox));
}

void memory_poll_end(void)
{
    sandbox_thread_stop(sandbox);
}

/* --- what is told ------------------------------------------------------------------------------
 */

static const char *text_of(const char *string)
{
    return string != NULL ? string : "";
}

static void on_webhooks(const struct webhook_list *list, void *context)
{
    (void)context;
    if (known.count == 0) {
        for (known.count = 0; known.count < list->count && known.count < WEBHOOKS_MAX;
             known.count++) {
            const struct webhook *webhook = &list->items[known.count];
            (void)snprintf(known.ids[known.count], TEXT_MAX, "%s", text_of(webhook->id));
            (void)snprintf(known.urls[known.count], TEXT_MAX, "%s", text_of(webhook->url));
        }
    }
    bool same = list->count == known.count && list->skipped == 0;
    for (size_t i = 0; same && i < known.count; i++)
        same = strcmp(text_of(list->items[i].id), known.ids[i]) == 0 &&
               strcmp(text_of(list->items[i].url), known.urls[i]) == 0 &&
               list->items[i].status != WEBHOOK_STATUS_UNKNOWN && list->items[i].public_key != NULL;
    if (!same)
        memory_wrong("other endpoints than there are");
    desk.webhooks = true;
    if (list->count > 0)
        poller_focus(desk.poller, list->items[0].id);
}

static bool is_known(const char *webhook_id)
{
    for (size_t i = 0; i < known.count; i++)
        if (strcmp(webhook_id, known.ids[i]) == 0)
            return true;
    return false;
}

static void on_upcoming(const char *webhook_id, const struct event_list *list, void *context)
{
    (void)context;
    if (!is_known(webhook_id) || list->skipped > 0)
        memory_wrong("another queue than there is");
    desk.upcoming |= strcmp(webhook_id, known.ids[0]) == 0;
}

/* A log only grows; those of other endpoints than the focused one may be asked for as well. */
static void on_logs(const char *webhook_id, const struct log_list *list, void *context)
{
    (void)context;
    bool focused = strcmp(webhook_id, known.ids[0]) == 0;
    if (!is_known(webhook_id) || list->skipped > 0 || (focused && list->count < known.logs))
        memory_wrong("another log than there is");
    if (focused)
        known.logs = list->count;
    desk.logs |= focused;
}

static void on_health(const struct api_health *health, void *context)
{
    (void)context;
    if (health->failures > 0 && health->message[0] == '\0')
        memory_wrong("a failure without a word");
    desk.unwell |= health->failures > 0;
}

static void on_failed(enum api_call call, const char *webhook_id, const char *message,
                      void *context)
{
    (void)call;
    (void)webhook_id;
    (void)message;
    (void)context;
    desk.unwell = true;
}

/* --- a run ---------------------------------------------------------------------------------------
 */

static bool all_told(void)
{
    return desk.webhooks && desk.upcoming && desk.logs;
}

static bool told_or_unwell(void)
{
    return all_told() || desk.unwell;
}

static bool open_desk(void)
{
    struct error error = {0};
    struct client_config client = {
        .base_url = base_url, .api_key = SANDBOX_API_KEY, .ambient = ambient_system()};
    struct poller_config poller = {.ambient = ambient_system(),
                                   .webhooks = on_webhooks,
                                   .upcoming = on_upcoming,
                                   .logs = on_logs,
                                   .health = on_health,
                                   .failed = on_failed};
    desk.client = client_new(&desk.loop, &client, &error);
    if (desk.client == NULL && error.message[0] == '\0')
        memory_wrong("a failure without a word");
    if (desk.client != NULL)
        desk.poller = poller_new(&desk.loop, desk.client, &poller);
    return desk.poller != NULL;
}

static void mark(void *context)
{
    *(bool *)context = true;
}

static bool is_poller_closed(void)
{
    return desk.poller_closed;
}

static void close_desk(void)
{
    if (desk.poller != NULL) {
        poller_close(desk.poller, mark, &desk.poller_closed);
        if (!memory_turn_until(&desk.loop, is_poller_closed, RECOVERY_MS))
            memory_wrong("the poller does not close");
    }
    if (desk.client != NULL)
        client_close(desk.client, mark, &desk.client_closed);
    (void)uv_run(&desk.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&desk.loop) != 0)
        memory_wrong("something is left on the loop");
}

bool memory_poll(long nth, bool ever)
{
    memset(&desk, 0, sizeof desk);
    memory_loop_init(&desk.loop);

    allocator_arm(nth, ever);
    bool opened = open_desk();
    if (opened)
        (void)memory_turn_until(&desk.loop, told_or_unwell, nth > 0 ? PATIENCE_MS : RECOVERY_MS);
    bool failed = allocator_disarm();

    if (opened && !all_told()) {
        if (!failed && desk.unwell)
            memory_wrong("told to be unwell though nothing failed");
        desk.webhooks = desk.upcoming = desk.logs = false;
        poller_refresh(desk.poller);
        if (!memory_turn_until(&desk.loop, all_told, RECOVERY_MS))
            memory_wrong("not all is told when there is memory again");
    }
    close_desk();
    return failed;
}
