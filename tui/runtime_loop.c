/* What happens while the dashboard runs: callbacks become messages, effects become calls, and what
   changed is painted at most once a turn of the loop. */
#include "api/doctor_store.h"
#include "api/store.h"
#include "tui/hit.h"
#include "tui/runtime_private.h"
#include "tui/terminal.h"
#include "tui/view.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FRAME_MS = 100,     /* at most this often for what arrives; keys are answered at once */
    BUSY_RETRY_MS = 30, /* the terminal has not taken or not shown the last frame yet */
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
    if (!terminal_is_ready(now_us / 1000)) {
        paint_later(runtime, BUSY_RETRY_MS);
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
    if (runtime->app == NULL) /* it failed to start, and is ending */
        return;
    struct message clock = {.kind = MESSAGE_TICK, .now_ms = ambient_wall_ms(&runtime->ambient)};
    app_update(runtime->app, &clock, &effects);
    app_update(runtime->app, message, &effects);
    runtime->dirty |= !effects.still;
    if (runtime->lookup != NULL && state_looks_up(runtime->app) == 0)
        lookup_stop(runtime->lookup); /* nobody waits for it any more */
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
    int64_t attempt; /* its body alone; 0: the delivery */
    bool found;
    struct delivery delivery;
    bool clock_known;
    int64_t clock_ahead_ms;
    struct forward_list forwards;
    bool forwards_only;
    struct doctor_report diagnosis;
    struct error error;
};

static bool load_from(struct store *store, struct load *load)
{
    struct delivery *delivery = &load->delivery;
    if (load->attempt == 0 &&
        (!store_load_forwards(store, load->id, &load->forwards, &load->error) ||
         load->forwards_only))
        return false;
    if (load->attempt != 0)
        return store_load_attempt_body(store, load->id, load->attempt, &delivery->body,
                                       &delivery->body_length, &load->error);
    return store_load_delivery(store, load->id, delivery, &load->error) &&
           (delivery->attempts <= 1 || store_load_attempts(store, delivery, &load->error));
}

static void load_work(uv_work_t *work)
{
    struct load *load = work->data;
    struct store *store = store_open(load->runtime->store_path, STORE_READ, &load->error);
    load->found = store != NULL && load_from(store, load);
    store_close(store);
}

static void diagnose_work(uv_work_t *work)
{
    struct load *load = work->data;
    const struct receive_options *receive = &load->runtime->options->receive;
    struct store *store = store_open(load->runtime->store_path, STORE_READ, &load->error);
    load->found = store != NULL &&
                  doctor_examine_stored(
                      store, &load->delivery, (const char *const *)receive->key_files,
                      receive->key_file_count, load->clock_known ? &load->clock_ahead_ms : NULL,
                      &load->diagnosis, &load->error);
    store_close(store);
}

static void load_free(struct load *load)
{
    delivery_clear(&load->delivery);
    forward_list_clear(&load->forwards);
    free(load);
}

static void diagnose_done(uv_work_t *work, int status)
{
    struct load *load = work->data;
    if (status == 0 && load->found && !load->runtime->quitting)
        runtime_post(load->runtime, &(struct message){.kind = MESSAGE_DIAGNOSED,
                                                      .delivery_id = load->id,
                                                      .diagnosis = &load->diagnosis});
    load_free(load);
}

/* What is not genuine is shown first, and then looked into. */
static bool diagnose(struct load *load)
{
    const struct api_health *health = &load->runtime->app->health;
    load->clock_known = health->clock_known;
    load->clock_ahead_ms = health->clock_ahead_ms;
    return load->found && load->delivery.verdict != VERDICT_GENUINE &&
           uv_queue_work(&load->runtime->loop, &load->work, diagnose_work, diagnose_done) == 0;
}

static void load_done(uv_work_t *work, int status)
{
    struct load *load = work->data;
    if (status == 0 && !load->runtime->quitting && !load->forwards_only)
        runtime_post(load->runtime,
                     &(struct message){.kind = MESSAGE_LOADED,
                                       .delivery_id = load->id,
                                       .attempt = load->attempt,
                                       .delivery = load->found ? &load->delivery : NULL,
                                       .text = load->error.message});
    if (status == 0 && !load->runtime->quitting && load->attempt == 0)
        runtime_post(load->runtime, &(struct message){.kind = MESSAGE_FORWARDS,
                                                      .delivery_id = load->id,
                                                      .forwards = &load->forwards});
    if (status == 0 && !load->runtime->quitting && diagnose(load))
        return;
    load_free(load);
}

static void load_delivery(struct runtime *runtime, int64_t id, int64_t attempt, bool forwards_only)
{
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        say(runtime, TONE_BAD, "out of memory");
        return;
    }
    load->work.data = load;
    load->runtime = runtime;
    load->id = id;
    load->attempt = attempt;
    load->forwards_only = forwards_only;
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

/* Logs and queues, as far as they are old: of one endpoint, or of all. */
static void want(struct runtime *runtime, const char *webhook_id)
{
    const char *ids[POLLER_WANTED_MAX];
    size_t count = 0;
    if (webhook_id[0] != '\0')
        ids[count++] = webhook_id;
    for (size_t i = 0;
         webhook_id[0] == '\0' && i < runtime->app->endpoint_count && count < POLLER_WANTED_MAX;
         i++)
        ids[count++] = runtime->app->endpoints[i].webhook.id;
    if (runtime->poller != NULL)
        poller_want(runtime->poller, ids, count);
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
        runtime_gaps_hurry(runtime);
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
    case EFFECT_CHECK_URL:
        runtime_look(runtime, effect->check, effect->url);
        break;
    case EFFECT_ANSWER:
        runtime_receive_order(runtime, &effect->order);
        break;
    case EFFECT_NOTE:
        runtime_receive_note(runtime, effect->note);
        break;
    case EFFECT_ACTIVITY:
        if (effect->above == 0)
            runtime_activity_changed(runtime);
        else
            runtime_activity_older(runtime, effect->above);
        break;
    case EFFECT_LOAD:
        load_delivery(runtime, effect->delivery_id, effect->attempt, false);
        break;
    case EFFECT_REPLAY:
        runtime_replay(runtime);
        break;
    case EFFECT_REPLAY_KEY:
        runtime_replay_key(runtime);
        break;
    case EFFECT_FORWARDS:
        load_delivery(runtime, effect->delivery_id, 0, true);
        break;
    case EFFECT_LOOK_UP:
        if (runtime->lookup != NULL)
            lookup_begin(runtime->lookup, &(struct lookup_wanted){.number = effect->search,
                                                                  .event_id = effect->event_id,
                                                                  .object_id = effect->object_id,
                                                                  .bridge = effect->bridge,
                                                                  .delay_ms = effect->delay_ms});
        break;
    case EFFECT_WANT:
        want(runtime, effect->webhook_id);
        break;
    case EFFECT_SEARCH:
        if (runtime->search != NULL)
            search_begin(runtime->search, effect->search, effect->query, effect->above,
                         effect->delay_ms);
        break;
    }
}

/* --- what the API says ----------------------------------------------------------------- */

static void on_webhooks(const struct webhook_list *list, void *context)
{
    struct runtime *runtime = context;
    runtime_receive_webhooks(runtime, list);
    runtime_post(runtime, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = list});
}

static void on_upcoming(const char *webhook_id, const struct event_list *list, void *context)
{
    runtime_gaps_upcoming(context, webhook_id, list);
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

static void on_tick(uv_timer_t *timer);

/* With the wall clock's seconds, as the clock on the screen changes; a millisecond later, for
   timers may be as much too early. */
static void wait_for_tick(struct runtime *runtime)
{
    int64_t past_ms = ambient_wall_ms(&runtime->ambient) % POLLER_BEAT_MS;
    uv_update_time(&runtime->loop);
    uv_timer_start(&runtime->tick, on_tick, (uint64_t)(POLLER_BEAT_MS - past_ms + 1), 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct runtime *runtime = timer->data;
    runtime_post(runtime, &(struct message){.kind = MESSAGE_TICK,
                                            .now_ms = ambient_wall_ms(&runtime->ambient)});
    if (runtime->quitting)
        return;
    if (runtime->poller != NULL)
        poller_beat(runtime->poller);
    runtime_receive_tick(runtime);
    runtime_gaps_tick(runtime);
    if (runtime->app->activity.page.open) /* another program may write some, too */
        runtime_activity_changed(runtime);
    wait_for_tick(runtime);
}

/* --- for the beginning ------------------------------------------------------------------- */

struct poller_config runtime_poller_config(struct runtime *runtime)
{
    return (struct poller_config){
        .interval_ms = runtime->options->poll_ms,
        .beats = true,
        .ambient = runtime->ambient,
        .webhooks = on_webhooks,
        .upcoming = on_upcoming,
        .logs = on_logs,
        .health = on_health,
        .failed = on_failed,
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

struct lookup_config runtime_lookup_config(struct runtime *runtime)
{
    return (struct lookup_config){
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
    wait_for_tick(runtime);
    uv_prepare_start(&runtime->paint, on_prepare);
    take_size(runtime);
    return true;
}
