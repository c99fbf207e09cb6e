#include "api/receiver_forward.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct receiver_forward {
    const struct receiver_config *config;
    void (*notice)(enum receiver_tone tone, const char *line, void *context);
    void *context;
    struct forwarder *forwarder;
    uv_fs_event_t calls;
    bool down; /* and was told */
    int open_handles;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- what is told ------------------------------------------------------------------ */

static void on_tried(const struct forward_report *report, void *context)
{
    struct receiver_forward *forward = context;
    if (forward->config->forwarded != NULL)
        forward->config->forwarded(report, forward->config->context);
}

/* That it is down, and that it is back: once each, not with each try. */
static void tell_in_words(struct receiver_forward *forward, const struct forwarder_state *state)
{
    char line[ERROR_MAX + 128];
    bool down = state->trouble != NULL;
    if (down == forward->down)
        return;
    forward->down = down;
    if (down)
        (void)snprintf(line, sizeof line, "%s: what is to be handed on waits", state->trouble);
    else
        (void)snprintf(line, sizeof line, "%s is there again", state->name);
    forward->notice(down ? RECEIVER_WARNS : RECEIVER_SAYS, line, forward->context);
}

static void on_changed(const struct forwarder_state *state, void *context)
{
    struct receiver_forward *forward = context;
    if (forward->config->forward_changed != NULL)
        forward->config->forward_changed(state, forward->config->context);
    tell_in_words(forward, state);
}

static void on_trouble(const char *line, void *context)
{
    struct receiver_forward *forward = context;
    char text[ERROR_MAX + 64];
    (void)snprintf(text, sizeof text, "nothing is handed on: %s", line != NULL ? line : "");
    forward->notice(line != NULL ? RECEIVER_WARNS : RECEIVER_SAYS,
                    line != NULL ? text : "deliveries are handed on again", forward->context);
}

/* --- the application's own answers -------------------------------------------------- */

/* One that is waited for. */
struct asked {
    struct inbox *inbox;
    struct inbox_item *item;
};

static void on_answer(const struct forward_answer *answer, void *context)
{
    struct asked *asked = context;
    inbox_answer(asked->inbox, asked->item, answer);
    free(asked);
}

bool receiver_forward_ask(struct receiver_forward *forward, struct inbox *inbox, int64_t forward_id,
                          struct inbox_item *item)
{
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL)
        return false;
    *asked = (struct asked){inbox, item};
    if (forwarder_await(forward->forwarder, forward_id, forward->config->forward_answer_ms,
                        on_answer, asked))
        return true;
    free(asked);
    return false;
}

/* --- calls from other processes ------------------------------------------------------- */

static void on_call(uv_fs_event_t *calls, const char *name, int events, int status)
{
    struct receiver_forward *forward = calls->data;
    (void)name;
    (void)events;
    if (status == 0)
        forwarder_look(forward->forwarder);
}

void receiver_forward_call(const char *store_path)
{
    char path[PATH_MAX];
    if (receiver_lock_path(store_path, path, sizeof path))
        (void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

void receiver_forward_nothing(const char *store_path)
{
    struct forward_target before = {0};
    struct store *store = store_open(store_path, STORE_WRITE, NULL);
    if (store != NULL && store_load_forward_target(store, &before, NULL) && before.name != NULL &&
        store_begin(store, NULL)) {
        if (!store_set_forward_target(store, &(struct forward_target){0}, NULL) ||
            !store_commit(store, NULL))
            store_rollback(store);
    }
    forward_target_clear(&before);
    store_close(store);
}

/* --- beginning and end ------------------------------------------------------------------ */

struct receiver_forward *receiver_forward_new(uv_loop_t *loop, const struct receiver_config *config,
                                              void (*notice)(enum receiver_tone tone,
                                                             const char *line, void *context),
                                              void *context, struct error *error)
{
    char path[PATH_MAX];
    struct receiver_forward *forward = calloc(1, sizeof *forward);
    if (forward == NULL) {
        (void)error_set(error, "out of memory");
        return NULL;
    }
    *forward = (struct receiver_forward){.config = config, .notice = notice, .context = context};
    struct forwarder_config forwarder = {
        .store_path = config->store_path,
        .to = config->forward,
        .ambient = config->ambient,
        .awaits = config->forward_answers,
        .tried = on_tried,
        .changed = on_changed,
        .trouble = on_trouble,
        .context = forward,
    };
    forward->forwarder = forwarder_new(loop, &forwarder, error);
    if (forward->forwarder == NULL) {
        free(forward);
        return NULL;
    }
    (void)uv_fs_event_init(loop, &forward->calls);
    forward->calls.data = forward;
    if (receiver_lock_path(config->store_path, path, sizeof path))
        (void)uv_fs_event_start(&forward->calls, on_call, path, 0);
    return forward;
}

struct forwarder *receiver_forward_forwarder(struct receiver_forward *forward)
{
    return forward->forwarder;
}

static void gone(struct receiver_forward *forward)
{
    if (--forward->open_handles > 0)
        return;
    void (*closed)(void *context) = forward->closed;
    void *context = forward->closed_context;
    free(forward);
    if (closed != NULL)
        closed(context);
}

static void calls_gone(uv_handle_t *handle)
{
    gone(handle->data);
}

static void forwarder_gone(void *context)
{
    gone(context);
}

void receiver_forward_close(struct receiver_forward *forward, void (*closed)(void *context),
                            void *context)
{
    forward->closed = closed;
    forward->closed_context = context;
    forward->open_handles = 2;
    uv_close((uv_handle_t *)&forward->calls, calls_gone);
    forwarder_close(forward->forwarder, forwarder_gone, forward);
}
