/*
 * The dashboard as messages in, effects out.
 *
 * Keys, answers, deliveries, resizes and clock ticks are messages; app_update()
 * changes the one state by them and returns effects as data: ask this, load
 * that, quit. A runtime carries them out. So the whole interface is tested
 * without a terminal, a network or a clock.
 */
#ifndef BRIDGETOP_TUI_APP_H
#define BRIDGETOP_TUI_APP_H

#include "tui/mouse.h"
#include "tui/state.h"

enum message_kind {
    MESSAGE_TICK,     /* now_ms */
    MESSAGE_RESIZE,   /* width, height */
    MESSAGE_KEY,      /* key */
    MESSAGE_MOUSE,    /* mouse, hit: what is drawn there */
    MESSAGE_PASTE,    /* text, length */
    MESSAGE_WEBHOOKS, /* webhooks; as_stored: what the store remembers, before the first answer */
    MESSAGE_UPCOMING, /* webhook_id, events */
    MESSAGE_LOGS,     /* webhook_id, logs */
    MESSAGE_LEARNED,  /* events: of the account, whatever endpoint */
    MESSAGE_HEALTH,   /* health */
    MESSAGE_FAILED, /* call, webhook_id (or NULL), text: one poll failed for a reason of its own */
    MESSAGE_RESULT, /* plan, result */
    MESSAGE_RETRYING, /* plan, text */
    MESSAGE_ARRIVED,  /* delivery: a summary, live */
    MESSAGE_STORED,   /* delivery: a summary from the store, older ones first */
    MESSAGE_LOADED,   /* delivery_id, delivery (NULL: text says why not) */
    MESSAGE_COPIED,   /* text: the file it is in, NULL: the clipboard; error: why it is not */
    MESSAGE_FOUND,    /* search, found, found_count, progress, searched; text: why it failed */
    MESSAGE_STORING,  /* text: storing fails; NULL: it works again */
    MESSAGE_EXPORT,   /* report: of the export under way */
    MESSAGE_PATHS,    /* paths: what the export's path may be completed to */
    MESSAGE_SAY,      /* tone, text: a line for the status line */
};

/* What it points to belongs to the sender, and is copied where it is kept. */
struct message {
    enum message_kind kind;
    int64_t now_ms;
    int width, height;
    char32_t key;
    struct mouse mouse;
    struct hit hit;
    const char *text;
    size_t length;
    const char *webhook_id;
    const struct webhook_list *webhooks;
    bool as_stored;
    enum api_call call;
    const struct event_list *events;
    const struct log_list *logs;
    const struct api_health *health;
    uint64_t plan;
    const struct api_result *result;
    const struct delivery *delivery;
    int64_t delivery_id;
    uint64_t search;
    const struct delivery *found; /* summaries, newest first: those since the last message */
    size_t found_count;
    const struct store_search_progress *progress;
    bool searched; /* the search has ended */
    bool whole;    /* and has seen all of the store */
    enum tone tone;
    const char *error;
    const struct export_report *report;
    const struct path_names *paths;
};

enum effect_kind {
    EFFECT_QUIT,
    EFFECT_SUSPEND,
    EFFECT_REPAINT,
    EFFECT_FOCUS,         /* webhook_id: shown now, "" for none */
    EFFECT_REFRESH,       /* ask the API now */
    EFFECT_FORGET,        /* webhook_id is gone */
    EFFECT_LEARN,         /* ask for the account's newest events: logs name some of unknown type */
    EFFECT_CALL,          /* plan, request */
    EFFECT_LOAD,          /* delivery_id */
    EFFECT_COPY,          /* the state's copy, until MESSAGE_COPIED */
    EFFECT_ALERT,         /* something failed: the bell, if that was asked for */
    EFFECT_SEARCH,        /* search, query, above, delay_ms: takes the place of any search before */
    EFFECT_EXPORT,        /* begin what exporting.request says */
    EFFECT_EXPORT_STOP,   /* and remove what is written of it */
    EFFECT_COMPLETE_PATH, /* of the export dialog: answered by MESSAGE_PATHS */
    EFFECT_THEME,         /* the state's theme was chosen */
};

struct effect {
    enum effect_kind kind;
    uint64_t plan;
    int64_t delivery_id;
    char webhook_id[CONTRACT_ID_MAX + 1];
    uint64_t search;
    const char *query;          /* the state's, likewise; "": search no more */
    int64_t above;              /* only deliveries with ids above */
    uint64_t delay_ms;          /* more may be typed, or arrive */
    struct api_request request; /* its strings belong to the state: carry it out before the next
                                   update */
};

enum { EFFECTS_MAX = 8 };

struct effects {
    struct effect items[EFFECTS_MAX];
    size_t count;
};

struct app_config {
    enum environment environment;
    const char *api_host; /* for ENVIRONMENT_CUSTOM */
    const char *listener; /* "127.0.0.1:8787", NULL: none */
    bool read_only;
    bool unmasked; /* payloads start readable */
    bool ascii;
    int64_t arrived; /* in the store at the start */
    int64_t genuine;
    int64_t now_ms;
    int width, height;
    enum theme theme;
    enum times times;
    const struct keymap *keymap; /* copied; NULL: the table's keys */
};

/* The struct is large: keep it on the heap. False when memory is out. */
bool app_init(struct app *app, const struct app_config *config);
void app_clear(struct app *app);

/* One message. Adds to `effects`, which the caller empties before. */
void app_update(struct app *app, const struct message *message, struct effects *effects);

#endif
