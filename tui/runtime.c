#include "tui/runtime.h"

#include "api/store.h"
#include "api/store_activity.h"
#include "tui/runtime_private.h"
#include "tui/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RECENT_ROWS = 500, /* stored deliveries on screen at the start */
    DEMO_EVENTS_A_MINUTE = 24,
};

/* --- the end ----------------------------------------------------------------------------- */

static void close_handles(struct runtime *runtime)
{
    for (size_t i = 0; i < RUNTIME_SIGNALS; i++)
        uv_close((uv_handle_t *)&runtime->signals[i], NULL);
    if (runtime->on_screen)
        uv_close((uv_handle_t *)&runtime->input, NULL);
    uv_close((uv_handle_t *)&runtime->tick, NULL);
    uv_close((uv_handle_t *)&runtime->frame, NULL);
    uv_close((uv_handle_t *)&runtime->paint, NULL);
    runtime->on_screen = false;
}

static void receiving_ended(void *context)
{
    close_handles(context);
}

static void client_gone(void *context)
{
    struct runtime *runtime = context;
    runtime->client = NULL;
    runtime_receive_close(runtime, receiving_ended);
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
    search_close(runtime->search);
    lookup_close(runtime->lookup);
    runtime->search = NULL;
    runtime->lookup = NULL;
    runtime_export_stop(runtime);
    runtime_look_close(runtime);
    runtime_gaps_stop(runtime);
    terminal_stop();
    if (runtime->on_screen)
        uv_poll_stop(&runtime->input);
    uv_prepare_stop(&runtime->paint);
    if (runtime->poller != NULL)
        poller_close(runtime->poller, poller_gone, runtime);
    else
        poller_gone(runtime);
}

/* --- the beginning ----------------------------------------------------------------------- */

static void init_handles(struct runtime *runtime)
{
    for (size_t i = 0; i < RUNTIME_SIGNALS; i++) {
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
    char parent[OPTIONS_PATH_MAX / 2];
    size_t size = sizeof parent;
    if (uv_os_tmpdir(parent, &size) != 0)
        return error_set(runtime->error, "no folder for temporary files (TMPDIR)");
    (void)snprintf(runtime->demo_folder, sizeof runtime->demo_folder, "%s/bridgetop-demo-XXXXXX",
                   parent);
    if (mkdtemp(runtime->demo_folder) == NULL) {
        runtime->demo_folder[0] = '\0';
        return error_set(runtime->error, "cannot make a folder for the demo's store in %s: %s",
                         parent, strerror(errno));
    }
    (void)snprintf(runtime->store_path, sizeof runtime->store_path, "%s/demo.db",
                   runtime->demo_folder);
    return true;
}

static void remove_demo_store(struct runtime *runtime)
{
    if (runtime->demo_folder[0] == '\0')
        return;
    static const char *const endings[] = {"", "-wal", "-shm", ".receiver", ".replay-key.pem"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[OPTIONS_PATH_MAX + 24];
        (void)snprintf(path, sizeof path, "%s%s", runtime->store_path, endings[i]);
        (void)unlink(path);
    }
    (void)rmdir(runtime->demo_folder);
}

static bool start_sandbox(struct runtime *runtime, char *base_url, size_t size)
{
    char target[96] = "http://127.0.0.1:9"; /* without a listener, deliveries fail as they would */
    if (runtime->receiver != NULL)
        (void)snprintf(target, sizeof target, "http%s://127.0.0.1:%u",
                       runtime->options->receive.tls_certificate != NULL ? "s" : "",
                       (unsigned)receiver_port(runtime->receiver));
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
    struct poller_config poller = runtime_poller_config(runtime);
    runtime->poller = poller_new(&runtime->loop, runtime->client, &poller);
    if (runtime->poller == NULL)
        return error_set(runtime->error, "out of memory");
    runtime_gaps_start(runtime);
    /* What the store remembered is on screen already. */
    const struct endpoint *selected = state_selected_endpoint(runtime->app);
    if (selected != NULL)
        poller_focus(runtime->poller, selected->webhook.id);
    return true;
}

/* --- what the store remembers ------------------------------------------------------------ */

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

/* Before the first frame: the newest rows, the counts, the endpoints. */
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
              store_newest_activity(store, &config->activity_id, runtime->error) &&
              store_load_webhooks(store, &webhooks, runtime->error);
    store_close(store);
    config->arrived = counts.deliveries;
    config->genuine = counts.genuine;
    runtime->app = calloc(1, sizeof *runtime->app);
    ok = ok && runtime->app != NULL && app_init(runtime->app, config);
    if (ok && webhooks.count > 0)
        runtime_post(
            runtime,
            &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &webhooks, .as_stored = true});
    webhook_list_clear(&webhooks);
    return ok;
}

static bool start_app(struct runtime *runtime)
{
    struct app_config config = {
        .environment = runtime->options->environment,
        .api_host = runtime->options->api_host,
        .read_only = runtime->options->read_only,
        .theme = runtime->options->theme,
        .times = runtime->options->times,
        .keymap = &runtime->options->keymap,
        .unmasked = runtime->options->unmasked,
        .now_ms = ambient_wall_ms(&runtime->ambient),
        .width = 80,
        .height = 24,
    };
    struct recent *recent = calloc(1, sizeof *recent);
    if (recent == NULL)
        return error_set(runtime->error, "out of memory");
    bool ok = load_store(runtime, &config, recent);
    int64_t newest_id = recent->count > 0 ? recent->items[0].id : 0;
    for (size_t i = recent->count; i > 0; i--) {
        if (ok)
            runtime_post(runtime, &(struct message){.kind = MESSAGE_STORED,
                                                    .delivery = &recent->items[i - 1]});
        delivery_clear(&recent->items[i - 1]);
    }
    free(recent);
    return ok && runtime_receive_shown(runtime, newest_id);
}

static bool start_screen(struct runtime *runtime)
{
    if (!terminal_start(runtime->error))
        return false;
    runtime_show_theme(runtime);
    if (runtime->options->mouse && !terminal_use_mouse())
        runtime_post(runtime, &(struct message){.kind = MESSAGE_SAY,
                                                .tone = TONE_WARN,
                                                .text = "--mouse: this terminal (TERM) has none"});
    runtime->app->ascii = !terminal_is_utf8();
    if (!grid_init(&runtime->grid, runtime->app->width, runtime->app->height,
                   runtime->app->ascii)) {
        terminal_stop();
        return error_set(runtime->error, "out of memory");
    }
    if (!runtime_watch(runtime)) {
        terminal_stop();
        return error_set(runtime->error, "cannot wait for keys on this terminal");
    }
    return true;
}

static enum exit_code start(struct runtime *runtime, const char *api_key)
{
    if (!terminal_check(runtime->error))
        return EXIT_CODE_TERMINAL;
    if (!choose_store(runtime))
        return EXIT_CODE_STORE;
    enum exit_code received = runtime_receive(runtime);
    if (received != EXIT_CODE_OK)
        return received;
    struct search_config search = runtime_search_config(runtime);
    runtime->search = search_new(&runtime->loop, &search);
    struct lookup_config lookup = runtime_lookup_config(runtime);
    runtime->lookup = lookup_new(&runtime->loop, &lookup);
    if (runtime->search == NULL || runtime->lookup == NULL) {
        error_set(runtime->error, "out of memory");
        return EXIT_CODE_FAILED;
    }
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
    runtime->quit = quit;
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
