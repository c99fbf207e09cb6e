/* What happens while the dashboard runs: callbacks become messages, effects become calls, and what
   changed is painted at most once a turn of the loop. */
#include "api/key_file.h"
#include "api/keyring.h"
#include "api/store.h"
#include "tui/hit.h"
#include "tui/runtime_private.h"
#include "tui/terminal.h"
#include "tui/view.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TICK_MS = 1000,
    FRAME_MS = 100,     /* at most this often for what arrives; keys are answered at once */
    BUSY_RETRY_MS = 30, /* the terminal has not taken the last frame yet */
};

/* --- painting -------------------------------------------------------------------- */

static void on_frame_timer(uv_timer_t *timer);

static void paint_later(struct runtime *runtime, uint64_t ms)
{
    if (!uv_is_active((uv_handle_t *)&runtime->frame))
        uv_timer_start(&runtime->frame, on_frame_timer, ms, 0);
}

/* What has a row on screen is asked more often than what has none. */
static void tell_what_is_shown(struct runtime *runtime)
{
    const char *ids[POLLER_SHOWN_MAX];
    if (runtime->poller != NULL)
        poller_show(runtime->poller, ids,
                    state_visible_endpoints(runtime->app, ids, POLLER_SHOWN_MAX));
}

static void paint(struct runtime *runtime)
{
    uint64_t now_us = ambient_steady_us(&runtime->ambient);
    uint64_t since_ms = (now_us - runtime->painted_us) / 1000;
    if (!runtime->urgent && since_ms < FRAME_MS) {
        paint_later(runtime, FRAME_MS - since_ms);
        return;
    }
    if (runtime->options->title) {
        char title[TERMINAL_TITLE_MAX];
        state_title(runtime->app, title, sizeof title);
        terminal_set_title(title);
    }
    view_draw(runtime->app, &runtime->grid);
    if (!terminal_show(&runtime->grid, now_us / 1000)) {
        paint_later(runtime, BUSY_RETRY_MS);
        return;
    }
    runtime->painted_us = now_us;
    runtime->dirty = runtime->urgent = false;
    tell_what_is_shown(runtime);
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

void runtime_post(struct runtime *runtime, const struct message *message)
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
    runtime_post(call->runtime, &message);
}

static void on_retrying(const char *line, void *context)
{
    struct pending_call *call = context;
    runtime_post(call->runtime,
                 &(struct message){.kind = MESSAGE_RETRYING, .plan = call->plan, .text = line});
}

static void on_learned(struct api_result *result, void *context)
{
    /* Types are a convenience: without them the log shows a dash, and it is asked again later. */
    if (result->outcome == API_OK)
        runtime_post(context,
                     &(struct message){.kind = MESSAGE_LEARNED, .events = &result->events});
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
    runtime_post(runtime, &(struct message){.kind = MESSAGE_SAY, .tone = tone, .text = text});
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
        runtime_post(load->runtime,
                     &(struct message){.kind = MESSAGE_LOADED,
                                       .delivery_id = load->id,
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

void runtime_show_theme(const struct runtime *runtime)
{
    enum theme theme = runtime->app->theme;
    terminal_set_theme(theme != THEME_AUTO ? theme : terminal_hinted_theme());
    if (theme == THEME_AUTO)
        terminal_ask_background();
}

static void take_size(struct runtime *runtime)
{
    int width;
    int height;
    terminal_resize(&width, &height);
    (void)grid_resize(&runtime->grid, width, height);
    runtime_post(runtime, &(struct message){.kind = MESSAGE_RESIZE,
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

static void carry_out(struct runtime *runtime, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_QUIT:
        runtime->quit(runtime);
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
    case EFFECT_ALERT:
        if (runtime->options->bell)
            terminal_ring();
        break;
    case EFFECT_THEME:
        runtime_show_theme(runtime);
        if (runtime->app->theme == THEME_AUTO)
            terminal_repaint(); /* the terminal is asked as its screen is taken */
        break;
    case EFFECT_COPY:
        runtime_copy(runtime);
        break;
    case EFFECT_EXPORT:
        runtime_export(runtime);
        break;
    case EFFECT_EXPORT_STOP:
        runtime_export_stop(runtime);
        break;
    case EFFECT_COMPLETE_PATH:
        runtime_complete_path(runtime);
        break;
    case EFFECT_LOAD:
        load_delivery(runtime, effect->delivery_id);
        break;
    case EFFECT_SEARCH:
        if (runtime->search != NULL)
            search_begin(runtime->search, effect->search, effect->query, effect->above,
                         effect->delay_ms);
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

void runtime_set_keys(struct runtime *runtime, const struct webhook_list *list)
{
    struct keyring *keyring = keyring_new();
    if (keyring == NULL)
        return;
    struct error error;
    char line[ERROR_MAX + 64];
    for (size_t i = 0; i < runtime->options->receive.key_file_count; i++) {
        char *pem = key_file_read(runtime->options->receive.key_files[i], &error);
        if (pem == NULL || !keyring_add(keyring, NULL, NULL, pem, &error))
            say(runtime, TONE_WARN, error.message);
        free(pem);
    }
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
        runtime_set_keys(runtime, list);
        inbox_remember_webhooks(runtime->inbox, list, NULL);
    } else if (runtime->app->storing_trouble[0] != '\0') {
        /* finds out whether storing works again */
        inbox_remember_webhooks(runtime->inbox, list, NULL);
    }
    runtime_post(runtime, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = list});
}

static void on_upcoming(const char *webhook_id, const struct event_list *list, void *context)
{
    runtime_post(context, &(struct message){
                              .kind = MESSAGE_UPCOMING, .webhook_id = webhook_id, .events = list});
}

static void on_logs(const char *webhook_id, const struct log_list *list, void *context)
{
    runtime_post(context,
                 &(struct message){.kind = MESSAGE_LOGS, .webhook_id = webhook_id, .logs = list});
}

static void on_health(const struct api_health *health, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_HEALTH, .health = health});
}

static void on_failed(enum api_call call, const char *webhook_id, const char *text, void *context)
{
    runtime_post(context,
                 &(struct message){
                     .kind = MESSAGE_FAILED, .call = call, .webhook_id = webhook_id, .text = text});
}

/* --- what arrives here -------------------------------------------------------------------- */

static void on_arrived(const struct delivery *summary, const struct inbox_answer *answer,
                       void *context)
{
    if (answer->attempt > 1) /* its row is there */
        return;
    runtime_post(context, &(struct message){.kind = MESSAGE_ARRIVED, .delivery = summary});
}

static void on_trouble(const char *text, void *context)
{
    runtime_post(context, &(struct message){.kind = MESSAGE_STORING, .text = text});
}

/* --- the terminal and signals -------------------------------------------------------------- */

/* A theme that was asked for stays. */
static void take_background(struct runtime *runtime, const uint16_t background[3])
{
    if (runtime->app->theme != THEME_AUTO)
        return;
    terminal_set_theme(theme_for_background(background));
    runtime->dirty = true;
}

static void take_mouse(struct runtime *runtime, const struct mouse *mouse)
{
    if (!runtime->options->mouse)
        return;
    struct message message = {.kind = MESSAGE_MOUSE, .mouse = *mouse};
    message.hit = hit_at(runtime->app, mouse->x, mouse->y);
    runtime_post(runtime, &message);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct runtime *runtime = poll->data;
    bool hung_up = status < 0;
    while (!hung_up && !runtime->quitting) {
        struct terminal_event event = terminal_read(&hung_up);
        if (event.kind == TERMINAL_NOTHING)
            break;
        if (event.kind == TERMINAL_BACKGROUND)
            take_background(runtime, event.background);
        else if (event.kind == TERMINAL_KEY)
            runtime_post(runtime, &(struct message){.kind = MESSAGE_KEY, .key = event.key});
        else if (event.kind == TERMINAL_MOUSE)
            take_mouse(runtime, &event.mouse);
        else
            runtime_post(runtime, &(struct message){.kind = MESSAGE_PASTE,
                                                    .text = event.paste,
                                                    .length = event.paste_length});
        free(event.paste);
        runtime->urgent = true;
    }
    if (hung_up)
        runtime->quit(runtime);
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
        runtime->quit(runtime);
        break;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct runtime *runtime = timer->data;
    runtime_post(runtime, &(struct message){.kind = MESSAGE_TICK,
                                            .now_ms = ambient_wall_ms(&runtime->ambient)});
}

/* --- for the beginning ------------------------------------------------------------------- */

struct poller_config runtime_poller_config(struct runtime *runtime)
{
    return (struct poller_config){
        .interval_ms = runtime->options->poll_ms,
        .ambient = runtime->ambient,
        .webhooks = on_webhooks,
        .upcoming = on_upcoming,
        .logs = on_logs,
        .health = on_health,
        .failed = on_failed,
        .context = runtime,
    };
}

struct inbox_config runtime_inbox_config(struct runtime *runtime)
{
    return (struct inbox_config){
        .store_path = runtime->store_path,
        .ambient = runtime->ambient,
        .window_ms = SIGNATURE_WINDOW_MS,
        .arrived = on_arrived,
        .trouble = on_trouble,
        .context = runtime,
    };
}

static void on_found(const struct message *message, void *context)
{
    struct runtime *runtime = context;
    if (runtime->quitting)
        return;
    runtime_post(runtime, message);
    runtime->urgent = true; /* a person waits for it */
}

struct search_config runtime_search_config(struct runtime *runtime)
{
    return (struct search_config){
        .store_path = runtime->store_path,
        .ambient = runtime->ambient,
        .answer = on_found,
        .context = runtime,
    };
}

bool runtime_watch(struct runtime *runtime)
{
    static const int numbers[RUNTIME_SIGNALS] = {SIGWINCH, SIGTERM, SIGHUP,
                                                 SIGINT,   SIGTSTP, SIGCONT};
    if (uv_poll_init(&runtime->loop, &runtime->input, terminal_input_fd()) != 0)
        return false;
    runtime->input.data = runtime;
    runtime->on_screen = true;
    uv_poll_start(&runtime->input, UV_READABLE, on_input);
    for (size_t i = 0; i < RUNTIME_SIGNALS; i++)
        uv_signal_start(&runtime->signals[i], on_signal, numbers[i]);
    uv_timer_start(&runtime->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&runtime->paint, on_prepare);
    take_size(runtime);
    return true;
}
