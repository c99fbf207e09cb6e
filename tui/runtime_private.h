/*
 * The runtime's insides, shared by tui/runtime.c (beginning and end), tui/runtime_loop.c (what
 * happens between) and tui/runtime_receive.c (where deliveries come from).
 */
#ifndef BRIDGETOP_TUI_RUNTIME_PRIVATE_H
#define BRIDGETOP_TUI_RUNTIME_PRIVATE_H

#include "api/ambient.h"
#include "api/client.h"
#include "api/follow.h"
#include "api/poller.h"
#include "api/receiver.h"
#include "api/sandbox.h"
#include "api/url_check.h"
#include "tui/app.h"
#include "tui/exit_code.h"
#include "tui/lookup.h"
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

    struct receiver *receiver;     /* one of these two while the loop runs and it is not quitting */
    struct follow *follow;         /* another process receives, or nobody */
    struct receiver_holder holder; /* who received when this began; pid 0: not known */
    bool takeover_failed;          /* and was told */
    int tls_days;                  /* that were told */
    enum tone early_tone;
    char early_notice[ERROR_MAX]; /* from before there was anything to show it on */
    struct client *client;        /* NULL: listening only */
    struct poller *poller;        /* beside the client */
    struct pending_call calls[STATE_PLANS];
    struct search *search;                   /* of the store */
    struct lookup *lookup;                   /* in it, for the inspector */
    struct sandbox_thread *sandbox;          /* the demo's */
    char demo_folder[OPTIONS_PATH_MAX - 16]; /* "" unless a temporary store was made */
    char store_path[OPTIONS_PATH_MAX];
    uint64_t webhooks_seen; /* a digest of the endpoints that Bridge named last */

    struct url_checker *checker; /* NULL until it is first needed */
    uint64_t look_id;            /* which check of the state's is under way */
    uint64_t look_handle;        /* 0: none */

    struct export_task *exporting; /* NULL: none */

    int64_t listed_ms; /* when the endpoints were asked for last; 0: they were not */
    int64_t noted_ms;  /* an action of ours was noted then: lists from before are compared again */
    int64_t tokens;    /* of our actions, unlike another program's */
    bool activity_reading;
    bool activity_again;    /* there may be more since that began */
    struct gaps_task *gaps; /* NULL: none, as without an API key */

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

/* Before anything is shown: receives, unless another process does for this store already, or nobody
   is to. */
enum exit_code runtime_receive(struct runtime *runtime);

/* The state is there, with the rows up to this one: from here on it is told what arrives, and who
   receives. */
bool runtime_receive_shown(struct runtime *runtime, int64_t newest_id);
void runtime_receive_webhooks(struct runtime *runtime, const struct webhook_list *list);

/* Answers what arrives next so, where this program receives. */
void runtime_receive_order(struct runtime *runtime, const struct answer_order *order);
void runtime_receive_note(struct runtime *runtime, const struct activity_note *note);
void runtime_receive_tick(struct runtime *runtime);

/* `closed` gets the runtime, on the loop or at once. */
void runtime_receive_close(struct runtime *runtime, void (*closed)(void *context));

/* Hands the state's copy to the terminal, or writes it to a file beside the store where that cannot
   take it (tui/runtime_copy.c). */
void runtime_copy(struct runtime *runtime);

/* The state's replay, and the key for those that are signed anew (tui/runtime_replay.c). */
void runtime_replay(struct runtime *runtime);
void runtime_replay_key(struct runtime *runtime);

/* What the state asks to be exported; stopping it removes what was written. Its end is a message,
   unless the program quits, for which the loop waits. */
void runtime_export(struct runtime *runtime);
void runtime_export_stop(struct runtime *runtime);
void runtime_complete_path(struct runtime *runtime);

/* The store's activity becomes messages (tui/runtime_activity.c): what is new, or a page of rows
   with ids below `before`. */
void runtime_activity_changed(struct runtime *runtime);
void runtime_activity_older(struct runtime *runtime, int64_t before);
/* Looks at a URL, in place of the one before; its end is a message. */
void runtime_look(struct runtime *runtime, uint64_t id, const char *url);
void runtime_look_close(struct runtime *runtime);

/* What is missing (tui/runtime_gaps.c): goes on with each tick, while Bridge answers and nothing
   that a person waits for is under way. The store is there. */
void runtime_gaps_start(struct runtime *runtime);
void runtime_gaps_tick(struct runtime *runtime);
void runtime_gaps_hurry(struct runtime *runtime);
void runtime_gaps_upcoming(struct runtime *runtime, const char *webhook_id,
                           const struct event_list *list);
void runtime_gaps_stop(struct runtime *runtime);

/* The state's theme, or the one for the terminal's background. */
void runtime_show_theme(const struct runtime *runtime);

/* The poller's and the search's configuration, with their callbacks into messages. */
struct poller_config runtime_poller_config(struct runtime *runtime);
struct search_config runtime_search_config(struct runtime *runtime);
struct lookup_config runtime_lookup_config(struct runtime *runtime);

/* The terminal has been started: keys, signals, ticks and frames from here on. False when
   its input cannot be waited for. */
bool runtime_watch(struct runtime *runtime);

#endif
