/*
 * The runtime's insides, shared by tui/runtime.c (beginning and end) and tui/runtime_loop.c (what
 * happens between).
 */
#ifndef BRIDGETOP_TUI_RUNTIME_PRIVATE_H
#define BRIDGETOP_TUI_RUNTIME_PRIVATE_H

#include "api/ambient.h"
#include "api/client.h"
#include "api/inbox.h"
#include "api/listener.h"
#include "api/poller.h"
#include "api/sandbox.h"
#include "tui/app.h"
#include "tui/options.h"
#include "tui/search.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { RUNTIME_SIGNALS = 6 };

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
    void (*quit)(struct runtime *runtime); /* may be called more than once */

    struct inbox *inbox;       /* never NULL while the loop runs and it is not quitting */
    struct listener *listener; /* NULL: --listen none */
    struct client *client;     /* NULL: listening only */
    struct poller *poller;     /* beside the client */
    struct pending_call calls[STATE_PLANS];
    struct search *search;                   /* of the store */
    struct sandbox_thread *sandbox;          /* the demo's */
    char demo_folder[OPTIONS_PATH_MAX - 16]; /* "" unless a temporary store was made */
    char store_path[OPTIONS_PATH_MAX];
    uint64_t webhooks_seen; /* a digest of the endpoints that keys were made of */

    struct export_task *exporting; /* NULL: none */

    uv_signal_t signals[RUNTIME_SIGNALS];
    uv_poll_t input;
    uv_timer_t tick;
    uv_timer_t frame;
    uv_prepare_t paint;
    bool dirty;     /* something changed that a frame would show */
    bool urgent;    /* and a person waits for it */
    bool on_screen; /* the input handle is in use */
    bool quitting;
    uint64_t painted_us;
    struct error *error;
};

/* Gives the state one message and carries out what it answers. */
void runtime_post(struct runtime *runtime, const struct message *message);

/* Deliveries are checked with the keys of these endpoints, and the one given by hand. */
void runtime_set_keys(struct runtime *runtime, const struct webhook_list *list);

/* Hands the state's copy to the terminal, or writes it to a file beside the store where that cannot
   take it (tui/runtime_copy.c). */
void runtime_copy(struct runtime *runtime);

/* What the state asks to be exported; stopping it removes what was written. Its end is a message,
   unless the program quits, for which the loop waits. */
void runtime_export(struct runtime *runtime);
void runtime_export_stop(struct runtime *runtime);
void runtime_complete_path(struct runtime *runtime);

/* The state's theme, or the one for the terminal's background. */
void runtime_show_theme(const struct runtime *runtime);

/* The poller's and the inbox's configuration, with their callbacks into messages. */
struct poller_config runtime_poller_config(struct runtime *runtime);
struct inbox_config runtime_inbox_config(struct runtime *runtime);
struct search_config runtime_search_config(struct runtime *runtime);

/* The terminal has been started: keys, signals, ticks and frames from here on. False when
   its input cannot be waited for. */
bool runtime_watch(struct runtime *runtime);

#endif
