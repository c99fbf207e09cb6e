#include "tui/runtime.h"

#include "api/client.h"
#include "api/inbox.h"
#include "api/keyring.h"
#include "api/listener.h"
#include "api/poller.h"
#include "api/sandbox.h"
#include "api/store.h"
#include "tui/app.h"
#include "tui/terminal.h"
#include "tui/view.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
    TICK_MS = 1000,
    FRAME_MS = 100,     /* at most this often for what arrives; keys are answered at once */
    BUSY_RETRY_MS = 30, /* the terminal has not taken the last frame yet */
    RECENT_ROWS = 500,  /* stored deliveries on screen at the start */
    DEMO_EVENTS_A_MINUTE = 24,
};

enum { SIGNALS = 6 };
static const int SIGNAL_NUMBERS[SIGNALS] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};

/* A plan's call under way: as many as the state has plans. */
struct pending_call {
    struct runtime *runtime;
    uint64_t plan; /* 0: unused */
};

struct runtime {
    const struct options *options;
    struct ambient ambient;
    uv_loop_t loop;
    struct app *app;
    struct grid grid;

    struct inbox *inbox;
    struct listener *listener;
    struct client *client;
    struct poller *poller;
    struct pending_call calls[STATE_PLANS];
    struct sandbox_thread *sandbox;
    char demo_folder[64]; /* "" unless a temporary store was made */
    char store_path[OPTIONS_PATH_MAX];
    uint64_t webhooks_seen; /* a digest of the endpoints that keys were made of */

    uv_signal_t signals[SIGNALS];
    uv_poll_t input;
    uv_timer_t tick;
    uv_timer_t frame;
    uv_prepare_t paint;
    bool dirty;  /* something changed that a frame would show */
    bool urgent; /* and a person waits for it */
    bool on_screen;
    bool quitting;
    uint64_t painted_us;
    struct error *error;
};

/* --- painting -------------------------------------------------------------------- */

static void on_frame_timer(uv_timer_t *timer);

static void paint_later(struct runtime *runtime, uint64_t ms)
{
    if (!uv_is_active((uv_handle_t *)&runtime->frame))
        uv_timer_start(&runtime->frame, on_frame_timer, ms, 0);
}

static void paint(struct runtime *runtime)
{
    uint64_t now_us = ambient_steady_us(&runtime->ambient);
    uint64_t since_ms = (now_us - runtime->painted_us) / 1000;
    if (!runtime->urgent && since_ms < FRAME_MS) {
        paint_later(runtime, FRAME_MS - since_ms);
        return;
    }
    view_draw(runtime->app, &runtime->grid);
    if (!terminal_show(&runtime->grid)) {
        paint_later(runtime, BUSY_RETRY_MS);
        return;
    }
    runtime->painted_us = now_us;
    runtime->dirty = runtime->urgent = false;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct runtime *runtime = prepare->data;
    if (runtime->dirty && runtime->on_screen && !uv_is_active((uv_handle_t *)&runtime->frame))
        paint(runtime);
    else if (runtime->urgent && runtime->on_screen) {
        uv_timer_stop(&runtime->frame);
        paint(runtime);
    }
}

static void on_frame_timer(uv_timer_t *timer)
{
    struct runtime *runtime = timer->data;
    if (runtime->dirty && runtime->on_screen)
        paint(runtime);
}

/* --- messages and effects ----------------------------------------------------------- */

static void carry_out(struct runtime *runtime, const struct effect *effect);

static void post(struct runtime *runtime, const struct message *message)
{
    struct effects effects = {0};
    struct message clock = {.kind = MESSAGE_TICK, .now_ms = ambient_wall_ms(&runtime->ambient)};
    app_update(runtime->app, &clock, &effects);
    app_update(runtime->app, message, &effects);
    runtime->dirty = true;
    for (size_t i = 0; i < effects.count; i++)
        carry_out(runtime, &effects.items[i]);
}

static void on_result(struct api_result *result, void *context)
{
    struct pending_call *call = context;
    struct message message = {.kind = MESSAGE_RESULT, .plan = call->plan, .result = result};
    call->plan = 0;
    post(call->runtime, &message);
}

static void on_retrying(const char *line, void *context)
{
    struct pending_call *call = context;
    post(call->runtime,
         &(struct message){.kind = MESSAGE_RETRYING, .plan = call->plan, .text = line});
}

static void on_learned(struct api_result *result, void *context)
{
    /* Types are a convenience: without them the log shows a dash, and it is asked again later. */
    if (result->outcome == API_OK)
        post(context, &(struct message){.kind = MESSAGE_LEARNED, .events = &result->events});
}

static void learn_types(struct runtime *runtime)
{
    struct api_request request = {
        .call = API_LIST_EVENTS, .limit = STATE_LEARN_EVENTS, .attempts = 1};
    if (runtime->client != NULL)
        (void)client_call(runtime->client, &request, on_learned, NULL, runtime);
}

static void say(struct runtime *runtime, enum tone tone, const char *text)
{
    post(runtime, &(struct message){.kind = MESSAGE_SAY, .tone = tone, .text = text});
}

static void call_api(struct runtime *runtime, const struct effect *effect)
{
    struct pending_call *call = runtime->calls;
    while (call < runtime->calls + STATE_PLANS - 1 && call->plan != 0)
        call++;
    *call = (struct pending_call){.runtime = runtime, .plan = effect->plan};
    if (client_call(runtime->client, &effect->request, on_result, on_retrying, call) != 0)
        return;
    struct api_result failed = {.call = effect->request.call, .outcome = API_UNAVAILABLE};
    error_set(&failed.error, "out of memory");
    on_result(&failed, call);
}

/* Reading one delivery may touch the disk: on libuv's threads, with a connection of its own. */
struct load {
    uv_work_t work;
    struct runtime *runtime;
    int64_t id;
    bool found;
    struct delivery delivery;
    struct error error;
};

static void load_work(uv_work_t *work)
{
    struct load *load = work->data;
    struct store *store = store_open(load->runtime->store_path, STORE_READ, &load->error);
    load->found =
        store != NULL && store_load_delivery(store, load->id, &load->delivery, &load->error);
    store_close(store);
}

static void load_done(uv_work_t *work, int status)
{
    struct load *load = work->data;
    if (status == 0 && !load->runtime->quitting)
        post(load->runtime, &(struct message){.kind = MESSAGE_LOADED,
                                              .delivery = load->found ? &load->delivery : NULL,
                                              .text = load->error.message});
    delivery_clear(&load->delivery);
    free(load);
}

static void load_delivery(struct runtime *runtime, int64_t id)
{
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        say(runtime, TONE_BAD, "out of memory");
        return;
    }
    load->work.data = load;
    load->runtime = runtime;
    load->id = id;
    if (uv_queue_work(&runtime->loop, &load->work, load_work, load_done) != 0)
        free(load);
}

static void take_size(struct runtime *runtime)
{
    int width;
    int height;
    terminal_resize(&width, &height);
    (void)grid_resize(&runtime->grid, width, height);
    post(runtime, &(struct message){.kind = MESSAGE_RESIZE,
                                    .width = runtime->grid.width,
                                    .height = runtime->grid.height});
    runtime->urgent = true;
}

static void suspend(struct runtime *runtime)
{
    terminal_suspend();
    terminal_repaint();
    take_size(runtime);
}

static void quit(struct runtime *runtime);

static void carry_out(struct runtime *runtime, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_QUIT:
        quit(runtime);
        break;
    case EFFECT_SUSPEND:
        suspend(runtime);
        break;
    case EFFECT_REPAINT:
        terminal_repaint();
        take_size(runtime);
        break;
    case EFFECT_FOCUS:
        if (runtime->poller != NULL)
            poller_focus(runtime->poller,
                         effect->webhook_id[0] != '\0' ? effect->webhook_id : NULL);
        break;
    case EFFECT_REFRESH:
        if (runtime->poller != NULL)
            poller_refresh(runtime->poller);
        break;
    case EFFECT_FORGET:
        if (runtime->poller != NULL)
            poller_forget(runtime->poller, effect->webhook_id);
        break;
    case EFFECT_LEARN:
        learn_types(runtime);
        break;
    case EFFECT_CALL:
        call_api(runtime, effect);
        break;
    case EFFECT_LOAD:
        load_delivery(runtime, effect->delivery_id);
        break;
    }
}

/* --- what the API says ----------------------------------------------------------------- */

static uint64_t digest(uint64_t hash, const char *text)
{
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u; /* FNV-1a */
    return (hash ^ 0xFF) * 0x100000001b3u;
}

static uint64_t digest_webhooks(const struct webhook_list *list)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < list->count; i++) {
        const struct webhook *webhook = &list->items[i];
        hash = digest(hash, webhook->id);
        hash = digest(hash, webhook->url);
        hash = digest(hash, webhook->status_text);
        hash = digest(hash, webhook->public_key);
        for (size_t c = 0; c < webhook->categories.count; c++)
            hash = digest(hash, webhook->categories.items[c]);
    }
    return hash;
}

/* The keys that deliveries are checked with: those of the endpoints, and the one given by hand. */
static void set_keys(struct runtime *runtime, const struct webhook_list *list)
{
    struct keyring *keyring = keyring_new();
    if (keyring == NULL)
        return;
    struct error error;
    char line[ERROR_MAX + 64];
    if (runtime->options->public_key != NULL &&
        !keyring_add(keyring, NULL, NULL, runtime->options->public_key, &error))
        say(runtime, TONE_WARN, error.message);
    for (size_t i = 0; i < list->count; i++) {
        const struct webhook *webhook = &list->items[i];
        if (webhook->public_key == NULL ||
            keyring_add(keyring, webhook->id, webhook->url, webhook->public_key, &error))
            continue;
        (void)snprintf(line, sizeof line, "the key of %s cannot be used: %s", webhook->id,
                       error.message);
        say(runtime, TONE_WARN, line);
    }
    inbox_set_keys(runtime->inbox, keyring);
    keyring_unref(keyring);
}

static void on_webhooks(const struct webhook_list *list, void *context)
{
    struct runtime *runtime = context;
    uint64_t now = digest_webhooks(list);
    if (now != runtime->webhooks_seen) {
        runtime->webhooks_seen = now;
        set_keys(runtime, list);
        inbox_remember_webhooks(runtime->inbox, list);
    }
    post(runtime, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = list});
}

static void on_upcoming(const char *webhook_id, const struct event_list *list, void *context)
{
    post(context,
         &(struct message){.kind = MESSAGE_UPCOMING, .webhook_id = webhook_id, .events = list});
}

static void on_logs(const char *webhook_id, const struct log_list *list, void *context)
{
    post(context, &(struct message){.kind = MESSAGE_LOGS, .webhook_id = webhook_id, .logs = list});
}

static void on_health(const struct api_health *health, void *context)
{
    post(context, &(struct message){.kind = MESSAGE_HEALTH, .health = health});
}

static void on_failed(enum api_call call, const char *webhook_id, const char *text, void *context)
{
    (void)call;
    post(context,
         &(struct message){.kind = MESSAGE_FAILED, .webhook_id = webhook_id, .text = text});
}

/* --- what arrives here -------------------------------------------------------------------- */

static void on_arrived(const struct delivery *summary, void *context)
{
    post(context, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = summary});
}

static void on_trouble(const char *text, void *context)
{
    post(context, &(struct message){.kind = MESSAGE_STORING, .text = text});
}

/* --- the terminal and signals -------------------------------------------------------------- */

static void on_input(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct runtime *runtime = poll->data;
    bool hung_up = status < 0;
    while (!hung_up && !runtime->quitting) {
        struct terminal_event event = terminal_read(&hung_up);
        if (event.kind == TERMINAL_NOTHING)
            break;
        if (event.kind == TERMINAL_KEY)
            post(runtime, &(struct message){.kind = MESSAGE_KEY, .key = event.key});
        else
            post(runtime, &(struct message){.kind = MESSAGE_PASTE,
                                            .text = event.paste,
                                            .length = event.paste_length});
        free(event.paste);
        runtime->urgent = true;
    }
    if (hung_up)
        quit(runtime);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct runtime *runtime = handle->data;
    switch (number) {
    case SIGWINCH:
        take_size(runtime);
        break;
    case SIGTSTP:
        suspend(runtime);
        break;
    case SIGCONT: /* stopped and continued from outside: the screen may be anything */
        terminal_repaint();
        take_size(runtime);
        break;
    default:
        quit(runtime);
        break;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct runtime *runtime = timer->data;
    post(runtime,
         &(struct message){.kind = MESSAGE_TICK, .now_ms = ambient_wall_ms(&runtime->ambient)});
}

/* --- the end ---------------------------------------------------------------------------------- */

static void close_handles(struct runtime *runtime)
{
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&runtime->signals[i], NULL);
    if (runtime->on_screen)
        uv_close((uv_handle_t *)&runtime->input, NULL);
    uv_close((uv_handle_t *)&runtime->tick, NULL);
    uv_close((uv_handle_t *)&runtime->frame, NULL);
    uv_close((uv_handle_t *)&runtime->paint, NULL);
    runtime->on_screen = false;
}

static void listener_gone(void *context)
{
    close_handles(context);
}

/* What arrived is answered and committed before the sockets close. */
static void inbox_gone(void *context)
{
    struct runtime *runtime = context;
    runtime->inbox = NULL;
    if (runtime->listener != NULL)
        listener_close(runtime->listener, listener_gone, runtime);
    else
        close_handles(runtime);
}

static void client_gone(void *context)
{
    struct runtime *runtime = context;
    runtime->client = NULL;
    if (runtime->listener != NULL)
        listener_pause(runtime->listener);
    if (runtime->inbox != NULL)
        inbox_close(runtime->inbox, inbox_gone, runtime);
    else
        inbox_gone(runtime);
}

static void poller_gone(void *context)
{
    struct runtime *runtime = context;
    runtime->poller = NULL;
    if (runtime->client != NULL)
        client_close(runtime->client, client_gone, runtime);
    else
        client_gone(runtime);
}

static void quit(struct runtime *runtime)
{
    if (runtime->quitting)
        return;
    runtime->quitting = true;
    terminal_stop();
    if (runtime->on_screen)
        uv_poll_stop(&runtime->input);
    uv_prepare_stop(&runtime->paint);
    if (runtime->poller != NULL)
        poller_close(runtime->poller, poller_gone, runtime);
    else
        poller_gone(runtime);
}

/* --- the beginning ------------------------------------------------------------------------------
 */

static void init_handles(struct runtime *runtime)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&runtime->loop, &runtime->signals[i]);
        runtime->signals[i].data = runtime;
    }
    uv_timer_init(&runtime->loop, &runtime->tick);
    uv_timer_init(&runtime->loop, &runtime->frame);
    uv_prepare_init(&runtime->loop, &runtime->paint);
    runtime->tick.data = runtime->frame.data = runtime->paint.data = runtime;
}

/* The demo keeps nothing: its store lies in a folder of its own that goes with it. */
static bool choose_store(struct runtime *runtime)
{
    if (runtime->options->store_path[0] != '\0') {
        (void)snprintf(runtime->store_path, sizeof runtime->store_path, "%s",
                       runtime->options->store_path);
        return true;
    }
    (void)snprintf(runtime->demo_folder, sizeof runtime->demo_folder, "/tmp/bridgetop-demo-XXXXXX");
    if (mkdtemp(runtime->demo_folder) == NULL) {
        runtime->demo_folder[0] = '\0';
        return error_set(runtime->error, "cannot make a folder for the demo's store in /tmp");
    }
    (void)snprintf(runtime->store_path, sizeof runtime->store_path, "%s/demo.db",
                   runtime->demo_folder);
    return true;
}

static void remove_demo_store(struct runtime *runtime)
{
    if (runtime->demo_folder[0] == '\0')
        return;
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[OPTIONS_PATH_MAX + 8];
        (void)snprintf(path, sizeof path, "%s%s", runtime->store_path, endings[i]);
        (void)unlink(path);
    }
    (void)rmdir(runtime->demo_folder);
}

static bool start_inbox(struct runtime *runtime)
{
    struct inbox_config config = {
        .store_path = runtime->store_path,
        .ambient = runtime->ambient,
        .window_ms = SIGNATURE_WINDOW_MS,
        .arrived = on_arrived,
        .trouble = on_trouble,
        .context = runtime,
    };
    runtime->inbox = inbox_new(&runtime->loop, &config, runtime->error);
    return runtime->inbox != NULL;
}

static bool start_listener(struct runtime *runtime)
{
    if (!runtime->options->listen)
        return true;
    struct listener_config config = {
        .address = runtime->options->listen_address,
        .port = runtime->options->listen_port,
        .ambient = runtime->ambient,
        .handler = inbox_handle,
        .context = runtime->inbox,
    };
    runtime->listener = listener_new(&runtime->loop, &config, runtime->error);
    return runtime->listener != NULL;
}

static bool start_sandbox(struct runtime *runtime, char *base_url, size_t size)
{
    char target[96] = "http://127.0.0.1:9"; /* without a listener, deliveries fail as they would */
    if (runtime->listener != NULL)
        (void)snprintf(target, sizeof target, "http://127.0.0.1:%u",
                       (unsigned)listener_port(runtime->listener));
    struct sandbox_tunnel tunnel = {.origin = "https://hooks.example.com", .target = target};
    struct sandbox_config config = {
        .seed = 1,
        .events_per_minute = DEMO_EVENTS_A_MINUTE,
        .tunnels = &tunnel,
        .tunnel_count = 1,
        .demo = true,
        .ambient = runtime->ambient,
    };
    runtime->sandbox = sandbox_thread_start(&config, runtime->error);
    if (runtime->sandbox == NULL)
        return false;
    (void)snprintf(base_url, size, "http://127.0.0.1:%u/v0",
                   (unsigned)sandbox_thread_port(runtime->sandbox));
    return true;
}

static bool start_api(struct runtime *runtime, const char *api_key)
{
    char base_url[512];
    (void)snprintf(base_url, sizeof base_url, "%s", runtime->options->base_url);
    if (runtime->options->environment == ENVIRONMENT_NONE)
        return true;
    if (runtime->options->environment == ENVIRONMENT_DEMO) {
        if (!start_sandbox(runtime, base_url, sizeof base_url))
            return false;
        api_key = SANDBOX_API_KEY;
    }
    struct client_config client = {
        .base_url = base_url,
        .api_key = api_key,
        .read_only = runtime->options->read_only,
        .ambient = runtime->ambient,
    };
    runtime->client = client_new(&runtime->loop, &client, runtime->error);
    if (runtime->client == NULL)
        return false;
    struct poller_config poller = {
        .interval_ms = runtime->options->poll_ms,
        .ambient = runtime->ambient,
        .webhooks = on_webhooks,
        .upcoming = on_upcoming,
        .logs = on_logs,
        .health = on_health,
        .failed = on_failed,
        .context = runtime,
    };
    runtime->poller = poller_new(&runtime->loop, runtime->client, &poller);
    return runtime->poller != NULL || error_set(runtime->error, "out of memory");
}

/* --- what the store remembers
 * ---------------------------------------------------------------------- */

struct recent {
    struct delivery items[RECENT_ROWS];
    size_t count;
};

static bool keep_recent(const struct delivery *summary, void *context)
{
    struct recent *recent = context;
    return recent->count < RECENT_ROWS &&
           delivery_copy_summary(&recent->items[recent->count++], summary);
}

/* Before the first frame: the newest rows, the counts, and with a key given by hand the keys. */
static bool load_store(struct runtime *runtime, struct app_config *config, struct recent *recent)
{
    struct store *store = store_open(runtime->store_path, STORE_READ, runtime->error);
    if (store == NULL)
        return false;
    struct store_counts counts = {0};
    struct webhook_list webhooks = {0};
    bool ok = store_counts(store, &counts, runtime->error) &&
              store_recent_deliveries(store, INT64_MAX, RECENT_ROWS, keep_recent, recent,
                                      runtime->error) &&
              store_load_webhooks(store, &webhooks, runtime->error);
    store_close(store);
    config->arrived = counts.deliveries;
    config->genuine = counts.genuine;
    runtime->app = calloc(1, sizeof *runtime->app);
    ok = ok && runtime->app != NULL && app_init(runtime->app, config);
    if (ok && runtime->options->public_key != NULL)
        set_keys(runtime, &webhooks);
    webhook_list_clear(&webhooks);
    return ok;
}

static bool start_app(struct runtime *runtime)
{
    char listener[80] = "";
    const char *address = runtime->options->listen_address;
    if (runtime->listener != NULL)
        (void)snprintf(listener, sizeof listener,
                       strchr(address, ':') != NULL ? "[%s]:%u" : "%s:%u", address,
                       (unsigned)listener_port(runtime->listener));
    struct app_config config = {
        .environment = runtime->options->environment,
        .api_host = runtime->options->api_host,
        .listener = listener,
        .read_only = runtime->options->read_only,
        .now_ms = ambient_wall_ms(&runtime->ambient),
        .width = 80,
        .height = 24,
    };
    struct recent *recent = calloc(1, sizeof *recent);
    if (recent == NULL)
        return error_set(runtime->error, "out of memory");
    bool ok = load_store(runtime, &config, recent);
    for (size_t i = recent->count; i > 0; i--) {
        if (ok)
            post(runtime,
                 &(struct message){.kind = MESSAGE_STORED, .delivery = &recent->items[i - 1]});
        delivery_clear(&recent->items[i - 1]);
    }
    free(recent);
    return ok;
}

static bool start_screen(struct runtime *runtime)
{
    if (!terminal_start(runtime->error))
        return false;
    runtime->app->ascii = !terminal_is_utf8();
    if (!grid_init(&runtime->grid, runtime->app->width, runtime->app->height,
                   runtime->app->ascii)) {
        terminal_stop();
        return error_set(runtime->error, "out of memory");
    }
    if (uv_poll_init(&runtime->loop, &runtime->input, terminal_input_fd()) != 0) {
        terminal_stop();
        return error_set(runtime->error, "cannot wait for keys on this terminal");
    }
    runtime->input.data = runtime;
    runtime->on_screen = true;
    uv_poll_start(&runtime->input, UV_READABLE, on_input);
    for (size_t i = 0; i < SIGNALS; i++)
        uv_signal_start(&runtime->signals[i], on_signal, SIGNAL_NUMBERS[i]);
    uv_timer_start(&runtime->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&runtime->paint, on_prepare);
    take_size(runtime);
    return true;
}

static enum exit_code start(struct runtime *runtime, const char *api_key)
{
    if (!terminal_check(runtime->error))
        return EXIT_CODE_TERMINAL;
    if (!choose_store(runtime) || !start_inbox(runtime))
        return EXIT_CODE_STORE;
    if (!start_listener(runtime))
        return EXIT_CODE_LISTEN;
    if (!start_app(runtime))
        return EXIT_CODE_STORE;
    if (!start_api(runtime, api_key))
        return EXIT_CODE_FAILED;
    if (!start_screen(runtime))
        return EXIT_CODE_TERMINAL;
    return EXIT_CODE_OK;
}

enum exit_code runtime_run(const struct options *options, const char *api_key,
                           const struct ambient *ambient, struct error *error)
{
    struct runtime *runtime = calloc(1, sizeof *runtime);
    if (runtime == NULL || uv_loop_init(&runtime->loop) != 0) {
        free(runtime);
        error_set(error, "out of memory");
        return EXIT_CODE_FAILED;
    }
    runtime->options = options;
    runtime->ambient = *ambient;
    runtime->error = error;
    init_handles(runtime);
    enum exit_code code = start(runtime, api_key);
    if (code != EXIT_CODE_OK)
        quit(runtime);
    uv_run(&runtime->loop, UV_RUN_DEFAULT);
    uv_loop_close(&runtime->loop);
    sandbox_thread_stop(runtime->sandbox);
    remove_demo_store(runtime);
    grid_free(&runtime->grid);
    if (runtime->app != NULL)
        app_clear(runtime->app);
    free(runtime->app);
    free(runtime);
    return code;
}
