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
    MESSAGE_LOADED,   /* delivery_id, delivery (NULL: text says why not); attempt: its body alone */
    MESSAGE_DIAGNOSED,  /* delivery_id, diagnosis: why it is not genuine */
    MESSAGE_COPIED,     /* text: the file it is in, NULL: the clipboard; error: why it is not */
    MESSAGE_TRACED,     /* search, record (may be taken); text: why it could not be read */
    MESSAGE_HISTORY,    /* search, history (may be taken), object_id, searched, whole; text */
    MESSAGE_FOUND,      /* search, found, found_count, progress, searched; text: why it failed */
    MESSAGE_STORING,    /* text: storing fails; NULL: it works again */
    MESSAGE_EXPORT,     /* report: of the export under way */
    MESSAGE_PATHS,      /* paths: what the export's path may be completed to */
    MESSAGE_CHECKED,    /* check, url_report: what was found at a URL */
    MESSAGE_RECEIVING,  /* receiving: who receives deliveries */
    MESSAGE_ANSWERED,   /* delivery_id, answer_us, answer_status: an answer, known only now */
    MESSAGE_FORWARDING, /* forwarding: whom deliveries are handed on to, and how that is */
    MESSAGE_FORWARDED,  /* delivery_id, forwarded, report_of_try: what became of a try */
    MESSAGE_FORWARDS,   /* delivery_id, forwards: all that became of it */
    MESSAGE_REPLAY_KEY, /* text: the public half; NULL: error says why not */
    MESSAGE_REPLAYED,   /* count: of the state's replay; error: why none */
    MESSAGE_COUNTED,    /* arrived, genuine: rows that the store has */
    MESSAGE_ACTIVITY, /* activity, activity_count: rows, oldest first; older: before those that are
                         here, whole: there are none before these */
    MESSAGE_GAPS,     /* gaps: what is missing; the state takes it over */
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
    int64_t attempt; /* which one's body of that delivery it is; 0: the delivery itself */
    const struct doctor_report *diagnosis;
    uint64_t search;
    const struct delivery *found; /* summaries, newest first: those since the last message */
    size_t found_count;
    const struct store_search_progress *progress;
    struct event_record **record;
    struct object_history **history;
    const char *object_id;
    bool searched; /* the search has ended */
    bool whole;    /* and has seen all of the store */
    enum tone tone;
    const char *error;
    const struct export_report *report;
    const struct path_names *paths;
    const struct receiving *receiving;
    uint64_t check;
    const struct url_report *url_report;
    int64_t answer_us;
    int answer_status; /* 0: as it was */
    const struct forwarder_state *forwarding;
    enum forward_state forwarded;
    const struct forward_list *forwards;
    const struct forward_report *report_of_try; /* NULL: another process tried */
    size_t count;
    int64_t arrived;
    int64_t genuine;
    struct gaps *gaps;
    const struct activity *activity;
    size_t activity_count;
    bool older;
};

enum effect_kind {
    EFFECT_QUIT,
    EFFECT_SUSPEND,
    EFFECT_REPAINT,
    EFFECT_FOCUS,       /* webhook_id: shown now, "" for none */
    EFFECT_REFRESH,     /* ask the API now */
    EFFECT_FORGET,      /* webhook_id is gone */
    EFFECT_LEARN,       /* ask for the account's newest events: logs name some of unknown type */
    EFFECT_CALL,        /* plan, request */
    EFFECT_LOAD,        /* delivery_id, attempt */
    EFFECT_FORWARDS,    /* delivery_id: read what became of it: MESSAGE_FORWARDS */
    EFFECT_REPLAY_KEY,  /* read the key for replays, or make it: MESSAGE_REPLAY_KEY */
    EFFECT_REPLAY,      /* queue the state's replay: MESSAGE_REPLAYED */
    EFFECT_COPY,        /* the state's copy, until MESSAGE_COPIED */
    EFFECT_ALERT,       /* something failed: the bell, if that was asked for */
    EFFECT_SEARCH,      /* search, query, above, delay_ms: takes the place of any search before */
    EFFECT_LOOK_UP,     /* search, event_id, object_id, bridge, delay_ms (tui/lookup.h) */
    EFFECT_WANT,        /* logs and queue of webhook_id, "": of all endpoints; where they are old */
    EFFECT_EXPORT,      /* begin what exporting.request says */
    EFFECT_EXPORT_STOP, /* and remove what is written of it */
    EFFECT_COMPLETE_PATH, /* of the export dialog: answered by MESSAGE_PATHS */
    EFFECT_THEME,         /* the state's theme was chosen */
    EFFECT_CHECK_URL,     /* check, url: takes the place of any check before */
    EFFECT_ANSWER,        /* order: for what arrives here from now on */
    EFFECT_NOTE,          /* note: keep it in the store */
    EFFECT_ACTIVITY,      /* read rows of the activity below `above`; 0: what is new */
};

struct effect {
    enum effect_kind kind;
    uint64_t plan;
    int64_t delivery_id;
    int64_t attempt; /* the body of that one; 0: the delivery itself */
    char webhook_id[CONTRACT_ID_MAX + 1];
    uint64_t search;
    struct answer_order order;
    const char *event_id; /* the state's, until the next update; and so is what follows */
    const char *object_id;
    const struct event_list *bridge;
    const char *query;                /* the state's, likewise; "": search no more */
    int64_t above;                    /* only deliveries with ids above */
    const struct activity_note *note; /* the state's, likewise */
    uint64_t delay_ms;                /* more may be typed, or arrive */
    uint64_t check;
    const char *url;            /* the state's: carry it out before the next update */
    struct api_request request; /* its strings belong to the state: carry it out before the next
                                   update */
};

enum { EFFECTS_MAX = 8 };

struct effects {
    struct effect items[EFFECTS_MAX];
    size_t count;
    bool still; /* what a frame shows is as before, but for what goes with the clock */
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
    int64_t activity_id; /* the newest row of the activity at the start: what comes after is told */
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
