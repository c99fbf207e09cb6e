/*
 * All that the dashboard knows and shows, as one struct.
 *
 * Changed only by app_update() (tui/app.h); views read it. Nothing here draws, does
 * I/O or asks a clock. Strings that come from outside are kept as they came:
 * the grid gates them when they are drawn.
 */
#ifndef BRIDGETOP_TUI_STATE_H
#define BRIDGETOP_TUI_STATE_H

#include "api/client.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/poller.h"
#include "api/query.h"
#include "api/store_search.h"
#include "tui/document.h"
#include "tui/export_state.h"
#include "tui/form.h"
#include "tui/glance.h"
#include "tui/history.h"
#include "tui/inspector.h"
#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/marks.h"
#include "tui/prompt.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STATE_LIVE_MAX = 2000,      /* arrivals that are kept on screen; the store keeps all */
    STATE_LIVE_DROP = 500,      /* so many of the oldest go at once when it is full */
    STATE_NAMES = 4096,         /* event types that are remembered by event id */
    STATE_LEARN_EVENTS = 200,   /* of the account, asked for their types */
    STATE_LEARN_MS = 60 * 1000, /* at most this often */
    STATE_PLANS = 8,            /* actions under way at once */
    SEND_QUEUE_MAX = 200,       /* marked events that one question sends */
    STATE_TEXT_MAX = 512,
    QUESTION_TEXT_MAX = 4096,
    STATE_FOUND_MAX = 2000, /* results of a search of the store that are kept, the newest */
};

/* --- what Bridge says ------------------------------------------------------- */

struct endpoint {
    struct webhook webhook;
    struct event_list upcoming;
    struct log_list logs; /* oldest first */
    size_t succeeded;     /* of the logs */
    int64_t seen_ms;      /* logs that are later are new */
    bool upcoming_known;
    bool logs_known;
    char upcoming_trouble[STATE_TEXT_MAX]; /* why they could not be asked; "" when they were */
    char logs_trouble[STATE_TEXT_MAX];
};

/* Which type an event has, learned from every list and delivery that names both. */
struct event_name {
    char id[CONTRACT_ID_MAX + 1];
    char type[80];
};

/* --- what arrived here ------------------------------------------------------ */

struct live_row {
    uint64_t serial;          /* identifies the row on screen */
    struct delivery delivery; /* a summary */
};

/* What a query finds in the store: pane 4 shows it instead of what arrived. */
struct found {
    bool open; /* pane 4 has a query that holds */
    bool searching;
    bool stale;            /* the rows are of the query before, until the first answer comes */
    bool whole;            /* all of the store has been searched: else there may be older ones */
    bool newer;            /* the search under way is for what arrived since the one before */
    bool again;            /* something has arrived since it began */
    uint64_t generation;   /* of the query: answers to another one are late */
    struct live_row *rows; /* STATE_FOUND_MAX of them, newest first; NULL until first needed */
    size_t count;
    size_t newer_count;           /* of them, from the search for newer ones */
    int64_t newest_id;            /* the store has been searched from here */
    int64_t oldest_id;            /* down to here */
    char trouble[STATE_TEXT_MAX]; /* why it could not be, or "" */
};

/* --- lists ------------------------------------------------------------------ */

enum { ROW_KEY_SIZE = 128, ROW_COLUMNS_MAX = 8 };

struct list {
    size_t *rows; /* indexes of what passes the filter, in order */
    size_t count;
    size_t capacity;
    char selected[ROW_KEY_SIZE]; /* identity of the row under the cursor; "" in an empty list */
    size_t cursor;               /* where it is in rows */
    size_t top;                  /* first row on screen */
    int widths[ROW_COLUMNS_MAX]; /* the widest text of each column among all rows */
    bool sorted;                 /* by a column's values; else rows are in the order of the data */
    bool reversed;
    size_t sort_column;
    struct line_edit filter;       /* `/`: words in the columns */
    struct line_edit query;        /* `f`: the filter language, as it is typed */
    struct query_error wrong;      /* what is wrong with it; message "" for nothing */
    char asked[LINE_EDIT_MAX + 1]; /* what of it holds: up to a term that is wrong */
    struct query parsed;           /* asked, read when the rows were last looked at */
    struct marks marks;            /* of rows that are there, whether they pass the filter or not */
    bool following;                /* logs: the cursor stays on the newest */
    size_t arrived_since;          /* while not following */
};

/* --- what is open ----------------------------------------------------------- */

/* A row of the help: an action, or the heading of the ones below it. */
struct help_row {
    const char *heading;           /* NULL: an action */
    const struct binding *binding; /* what it does */
    enum place place; /* where its keys are told; of a heading 0, or what it speaks of */
    bool holds;       /* in the place from where help was asked */
};

enum { HELP_HEADINGS_MAX = 16 };

struct help {
    bool open;
    bool filtering; /* the filter line has the keys */
    enum place from;
    struct line_edit filter;
    struct help_row rows[KEYMAP_ROWS_MAX + HELP_HEADINGS_MAX];
    size_t count;
    size_t cursor; /* on an action, unless there is none */
    size_t top;
};

enum plan_kind {
    PLAN_ENABLE,
    PLAN_DISABLE,
    PLAN_SEND,
    PLAN_DELETE,
    PLAN_CREATE,
    PLAN_CHANGE,
};

enum { PLAN_STEPS_MAX = 3 };

struct step {
    enum api_call call;
    enum webhook_status status; /* update: UNKNOWN leaves it */
    bool url;                   /* update: the plan's URL */
    bool categories;            /* update: the plan's categories */
};

/* An action at Bridge: one call, or a few in order. */
struct plan {
    uint64_t id; /* 0: unused */
    enum plan_kind kind;
    char webhook_id[CONTRACT_ID_MAX + 1];
    char event_id[CONTRACT_ID_MAX + 1];
    char url[LINE_EDIT_MAX + 1];
    char old_url[LINE_EDIT_MAX + 1]; /* change: what it takes the place of, or "" */
    bool from_beginning;
    struct string_list categories;
    struct step steps[PLAN_STEPS_MAX];
    size_t step_count;
    size_t step;
    bool queued;                   /* of the send queue: its result calls the next */
    bool restoring;                /* a step failed; the endpoint is being enabled again */
    char failure[STATE_TEXT_MAX];  /* why, while restoring */
    char progress[STATE_TEXT_MAX]; /* "503 …; next try in 4 s", or "" */
    int64_t since_ms;              /* of the progress */
};

/* Marked events on their way to endpoints, one call at a time. */
struct send_target {
    char webhook_id[CONTRACT_ID_MAX + 1];
    char event_id[CONTRACT_ID_MAX + 1];
    char key[ROW_KEY_SIZE]; /* of the row, which is unmarked once it is sent */
};

struct send_queue {
    bool running;
    bool stopping; /* the call under way is the last */
    enum pane pane;
    struct send_target items[SEND_QUEUE_MAX];
    size_t count;
    size_t next; /* the first that is not begun */
    size_t sent, failed, failed_in_a_row;
    char failure[STATE_TEXT_MAX]; /* of the first that failed */
};

struct question {
    bool open;
    bool queued;    /* about the send queue */
    bool exporting; /* about a file that is there */
    bool typed;     /* wants the id, or its last characters, before Enter counts */
    char title[160];
    char text[QUESTION_TEXT_MAX];
    size_t top;    /* the first of its lines that shows, where they do not fit */
    char verb[40]; /* what y does: "disable it" */
    char wanted[CONTRACT_ID_MAX + 1];
    struct line_edit answer;
    struct plan plan; /* what is done on yes */
};

/* What goes to the clipboard, chosen by one key. */
struct copy {
    bool open;           /* it is asked which */
    bool under_way;      /* and not to be changed */
    bool hidden;         /* something was masked */
    enum action what;    /* the last that was asked for */
    int64_t delivery_id; /* is on its way from the store; 0: none */
    struct buffer bytes;
};

enum tone { TONE_NONE, TONE_INFO, TONE_GOOD, TONE_WARN, TONE_BAD };

struct notice {
    enum tone tone;
    int64_t since_ms;
    char text[STATE_TEXT_MAX];
};

/* --- all of it -------------------------------------------------------------- */

enum environment {
    ENVIRONMENT_PRODUCTION,
    ENVIRONMENT_SANDBOX,
    ENVIRONMENT_DEMO,
    ENVIRONMENT_CUSTOM, /* --api-url: its host is shown */
    ENVIRONMENT_NONE,   /* listening only */
};

/* How times are shown. */
enum times { TIMES_LOCAL, TIMES_UTC, TIMES_RELATIVE };

struct app {
    struct keymap keymap;
    enum environment environment;
    char api_host[128];
    char listener[80]; /* "127.0.0.1:8787", or "" for none */
    int64_t now_ms;
    int width, height;
    bool read_only;
    bool masked; /* personal and banking data is hidden: on screen, in copies, in exports */
    bool ascii;
    bool dragging; /* the mouse has hold of a border */
    enum layout_border dragged;
    enum theme theme; /* as it was chosen: THEME_AUTO is the one for the terminal's background */
    struct layout layout;
    struct layout_shares shares;
    enum times times;
    bool wrap; /* long values take as many lines as they need */

    struct api_health health;
    bool refreshing;
    bool endpoints_known; /* Bridge has named them; else they are as the store remembers them */
    size_t unreadable;    /* elements of Bridge's list that were no endpoints */
    struct endpoint *endpoints; /* in the order of the API */
    size_t endpoint_count;
    struct event_name names[STATE_NAMES];
    int64_t learn_after_ms; /* when types that are not known may be asked for again */

    struct live_row *live; /* oldest first */
    size_t live_count;
    uint64_t live_serial;
    uint64_t live_seen; /* rows of a later serial are new */
    size_t failures;    /* since a key was pressed */
    bool alert;         /* there are some that no alert was given for */
    int64_t alerted_ms;
    struct found found;
    int64_t arrived; /* in the store and since, whatever is on screen */
    int64_t genuine;
    struct glance glance;
    char storing_trouble[STATE_TEXT_MAX];

    enum pane focus;
    struct list lists[PANE_COUNT];
    bool filtering; /* the filter line of the pane in focus has the keys */
    bool form_open;
    bool querying; /* its query line has */
    struct history filters;
    struct history queries;
    struct inspector inspector;
    struct copy copy;
    struct help help;
    struct prompt prompt;
    struct endpoint_form form;
    struct question question;
    struct plan plans[STATE_PLANS];
    uint64_t plan_serial;
    struct send_queue sending;
    struct export_dialog export_dialog;
    struct export_job exporting;
    struct notice notice;
};

/* The endpoint under the cursor of pane 1, or NULL. */
struct endpoint *state_selected_endpoint(const struct app *app);
struct endpoint *state_find_endpoint(const struct app *app, const char *id);

/* The endpoints whose rows are on screen now, at most `most`; returns how many. */
size_t state_visible_endpoints(const struct app *app, const char **ids, size_t most);

/* The selected row of the other panes, or NULL. */
const struct event *state_selected_upcoming(const struct app *app);
const struct log_entry *state_selected_log(const struct app *app);
const struct live_row *state_selected_live(const struct app *app);

/* The rows of pane 4, oldest first: what arrived, or what its query found. */
size_t state_live_count(const struct app *app);
const struct live_row *state_live_row(const struct app *app, size_t index);

/* The event's type as far as it is known, or NULL. */
const char *state_event_type(const struct app *app, const char *event_id);
void state_learn_type(struct app *app, const char *event_id, const char *type);

/* Whether a row of the pane is marked (by its key, see rows_key()), and how many are. */
bool list_marked(const struct app *app, enum pane pane, const char *key);
size_t list_mark_count(const struct app *app, enum pane pane);

/* Walks the marked rows in the order of the data, those that the filter hides included: *index is
   the first marked row from *index on. False when there is none.
   for (size_t i = 0; list_mark_next(app, pane, &i); i++) */
bool list_mark_next(const struct app *app, enum pane pane, size_t *index);

/* Whether a log's row has not been seen yet, and how many such rows it has; see app_seen.c. */
bool list_row_new(const struct app *app, enum pane pane, size_t index);
size_t list_new_count(const struct app *app, enum pane pane);

/* For the window: "bridgetop · SANDBOX", and how much failed since a key was pressed. Not gated. */
void state_title(const struct app *app, char *text, size_t size);

/* Who has the keys now. */
enum place state_place(const struct app *app);

/* Of the deliveries that Bridge logged, of all endpoints: how many in a hundred succeeded, rounded
   down. -1 when none is known. */
int state_delivered_percent(const struct app *app);

/* Why an action would do nothing in a place: "only in a form". NULL: it holds there. `text` may
   be used for the answer. */
const char *state_why_not(const struct app *app, const struct binding *binding, enum place place,
                          char text[KEYMAP_WHERE_SIZE]);

/* "PRODUCTION", "SANDBOX", "DEMO", the host, "LISTENING ONLY". */
const char *state_environment_name(const struct app *app);

#endif
