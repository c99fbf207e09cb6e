/*
 * All that the dashboard knows and shows, as one struct.
 *
 * Changed only by app_update() (tui/app.h); views read it. Nothing here draws, does
 * I/O or asks a clock. Strings that come from outside are kept as they came:
 * the grid gates them when they are drawn.
 */
#ifndef BRIDGETOP_TUI_STATE_H
#define BRIDGETOP_TUI_STATE_H

#include "api/activity.h"
#include "api/answer_order.h"
#include "api/client.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/forwarder.h"
#include "api/poller.h"
#include "api/query.h"
#include "api/queue_trend.h"
#include "api/queue_watch.h"
#include "api/store_search.h"
#include "api/url_check.h"
#include "tui/document.h"
#include "tui/export_state.h"
#include "tui/form.h"
#include "tui/gaps.h"
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
#include <sys/types.h>

enum {
    STATE_LIVE_MAX = 2000,      /* arrivals that are kept on screen; the store keeps all */
    STATE_LIVE_DROP = 500,      /* so many of the oldest go at once when it is full */
    STATE_NAMES = 4096,         /* event types that are remembered by event id */
    STATE_LEARN_EVENTS = 200,   /* of the account, asked for their types */
    STATE_LEARN_MS = 60 * 1000, /* at most this often */
    TOLD_LEARN_MS = 5 * 1000,   /* the same where a person waits for it */
    STATE_PLANS = 8,            /* actions under way at once */
    SEND_QUEUE_MAX = 200,       /* marked events that one question sends */
    STATE_TEXT_MAX = 512,
    SAID_MAX = 200,             /* messages that are kept, the newest */
    ACTIVITY_LISTED_MAX = 2000, /* rows of the activity that are held, the newest */
    ACTIVITY_PAGE = 200,        /* are read at once */
    ACTIVITY_AGAIN = 64,        /* of the newest are read again: an action's end changes its row */
    NOTES_AN_UPDATE = 4,
    QUESTION_TEXT_MAX = 4096,
    STATE_FOUND_MAX = 2000, /* results of a search of the store that are kept, the newest */
};

/* --- what Bridge says ------------------------------------------------------- */

struct endpoint {
    struct webhook webhook;
    struct event_list upcoming;
    struct log_list logs; /* oldest first */
    size_t succeeded;     /* of the logs */
    struct queue_watch queue;
    struct queue_trend trend; /* of the queue, while it is asked for */
    int64_t seen_ms;          /* logs that are later are new */
    int64_t logs_ms;          /* when logs and upcoming events were answered last */
    int64_t upcoming_ms;
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
    int64_t again_ms;         /* when it came again while this program looked; 0: it did not */
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
    int64_t late_id;              /* and is to be once more from here; 0: no */
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

/* What is found at an endpoint's URL while the question about it is open. */
struct url_look {
    bool open;
    bool asked;  /* the URL is being asked, or was */
    uint64_t id; /* of that check: reports of another one are late */
    bool done;
    struct url_report report;
};

struct question {
    bool open;
    bool queued;    /* about the send queue */
    bool exporting; /* about a file that is there */
    bool leaving;   /* about what is typed in the form */
    bool replaying; /* about what is handed on again */
    bool key_shown; /* about the key that replays are signed with: yes copies it */
    bool typed;     /* wants the id, or its last characters, before Enter counts */
    char title[160];
    char text[QUESTION_TEXT_MAX];
    size_t top;    /* the first of its lines that shows, where they do not fit */
    char verb[40]; /* what y does: "disable it" */
    char no[40];   /* what n does, "" for "leave it" */
    char wanted[CONTRACT_ID_MAX + 1];
    struct line_edit answer;
    struct plan plan; /* what is done on yes */
    struct url_look look;
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
    bool answer; /* to a key: the next key has it pass */
    int64_t since_ms;
    char text[STATE_TEXT_MAX];
};

/* What the status line said, and what is cut wherever else it shows. */
struct said {
    int64_t at_ms;
    enum tone tone;
    char text[STATE_TEXT_MAX];
};

/* A ring: messages are numbered from 0 on, and never again. */
struct said_log {
    struct said items[SAID_MAX];
    uint64_t total; /* ever: the next one's number */
};

/* A page of messages: of what was said, or of the activity. */
struct messages {
    bool open;
    uint64_t selected; /* number */
    int skipped;       /* of its lines, above the page: it is longer than that */
    bool filtering;    /* the filter's line has the keys */
    struct line_edit filter;
};

/* What was done to the endpoints, as the store has it. */
struct activity_log {
    struct messages page;   /* its numbers are indexes of items */
    bool sides;             /* the selected row shows before and after */
    struct activity *items; /* oldest first */
    size_t count;
    size_t capacity;
    bool asked;                                  /* the newest are here, or on their way */
    bool whole;                                  /* and there are none before */
    bool asking_older;                           /* these are on their way */
    int64_t told_id;                             /* rows above are news */
    struct activity_note notes[NOTES_AN_UPDATE]; /* of this update, for the store */
    size_t note_count;
};

/* --- all of it -------------------------------------------------------------- */

enum environment {
    ENVIRONMENT_PRODUCTION,
    ENVIRONMENT_SANDBOX,
    ENVIRONMENT_DEMO,
    ENVIRONMENT_CUSTOM, /* --api-url: its host is shown */
    ENVIRONMENT_NONE,   /* listening only */
};

/* Who receives deliveries for the store. */
enum receiving_how {
    RECEIVING_NOT,    /* nobody is to */
    RECEIVING_HERE,   /* this program, at its address */
    RECEIVING_THERE,  /* another process */
    RECEIVING_NOBODY, /* another process did, and has left */
};

struct receiving {
    enum receiving_how how;
    char address[96]; /* "127.0.0.1:8787", "https://[::]:8787"; "" where it is not known */
    pid_t pid;        /* of the other process, 0 where it is not known */
    bool exposed;     /* other machines reach it, without TLS */
    bool tls;
    struct answer_order order; /* how it answers what arrives next; none left: as always */
    int tls_days;              /* until its certificate ends */
};

/* Whom deliveries are handed on to, by whoever receives. */
struct forwarding {
    char name[FORWARD_NAME_MAX];  /* "127.0.0.1:3000"; "": nobody */
    char trouble[STATE_TEXT_MAX]; /* why it cannot be reached, or "" */
    int64_t waiting;              /* at most FORWARD_WAITING_COUNTED */
};

enum { REPLAY_KEY_SIZE = 1024 }; /* the public half of an RSA-2048 key takes 452 bytes */

/* What is to be handed on once more. */
struct replay_state {
    enum forward_kind kind;
    int64_t ids[SEND_QUEUE_MAX];
    size_t count;
    size_t genuine;    /* of them */
    int64_t oldest_ms; /* when the oldest of them arrived */
    char named[400];   /* "wh_1 (transfer.created) and 3 more" */
    bool key_asked;    /* the key is on its way, for a question */
    bool key_only;     /* which shows nothing else */
    char key[REPLAY_KEY_SIZE];
};

/* How times are shown. */
enum times { TIMES_LOCAL, TIMES_UTC, TIMES_RELATIVE };

struct app {
    struct keymap keymap;
    enum environment environment;
    char api_host[128];
    struct receiving receiving;
    struct forwarding forwarding;
    struct replay_state replay;
    int64_t now_ms;
    int width, height;
    bool read_only;
    bool masked; /* personal and banking data is hidden: on screen, in copies, in exports */
    bool ascii;
    bool dragging; /* the mouse has hold of a border */
    enum layout_border dragged;
    int grabbed_x, grabbed_y; /* where; it stays until the mouse is elsewhere */
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
    int64_t told_learn_ms;  /* the same for a trace or a history */
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
    bool acting;    /* what is done now answers a key, a paste or the mouse */
    bool filtering; /* the filter line of the pane in focus has the keys */
    bool querying;  /* its query line has */
    bool form_open;
    bool sent_failed; /* what was sent is what the next form begins with */
    struct list lists[PANE_COUNT];
    struct history filters;
    struct history queries;
    struct inspector inspector;
    uint64_t lookup_serial;
    struct copy copy;
    struct help help;
    struct prompt prompt;
    struct endpoint_form form;
    struct endpoint_form sent; /* as it was when its plan began */
    uint64_t sent_plan;        /* that plan; 0 for none */
    struct question question;
    uint64_t look_serial;
    struct plan plans[STATE_PLANS];
    uint64_t plan_serial;
    struct send_queue sending;
    struct export_dialog export_dialog;
    struct export_job exporting;
    struct notice notice;
    struct said_log said;
    struct messages messages;
    struct activity_log activity;
    struct gaps gaps; /* what is missing: pane 5 */
    uint64_t heard;   /* deliveries that came, repeats included, since the start */
};

/* Whether somebody receives now who hands on. */
bool state_hands_on(const struct app *app);

/* The endpoint under the cursor of pane 1, or NULL. */
struct endpoint *state_selected_endpoint(const struct app *app);
struct endpoint *state_find_endpoint(const struct app *app, const char *id);

/* The endpoints whose rows are on screen now, at most `most`; returns how many. */
size_t state_visible_endpoints(const struct app *app, const char **ids, size_t most);

/* The selected row of the other panes, or NULL. */
const struct event *state_selected_upcoming(const struct app *app);
const struct log_entry *state_selected_log(const struct app *app);
const struct live_row *state_selected_live(const struct app *app);
const struct gap_row *state_selected_gap(const struct app *app);

/* The rows of pane 4, oldest first: what arrived, or what its query found. */
size_t state_live_count(const struct app *app);
const struct live_row *state_live_row(const struct app *app, size_t index);

/* The number of what is looked up in the store for what the inspector shows; 0: nothing. */
uint64_t state_looks_up(const struct app *app);

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

/* The number of the oldest message that is kept (`total` when there is none), and one by number. */
uint64_t said_first(const struct said_log *said);
const struct said *said_at(const struct said_log *said, uint64_t number);

/* The place of a pane that has the keys. */
enum place state_pane_place(enum pane pane);

/* Who has the keys now. */
enum place state_place(const struct app *app);

/* The key of an action of the pane in focus, for a sentence: "Esc", or ":clear" where none is
   bound. Returns `text`. */
const char *state_pane_key(const struct app *app, enum action action, char text[KEYMAP_LABEL_SIZE]);

/* Of the deliveries that Bridge logged, of all endpoints: how many in a hundred succeeded, rounded
   down. -1 when none is known. */
int state_delivered_percent(const struct app *app);

/* What every action says that would change something while nothing may be changed. */
#define STATE_READ_ONLY "read-only: nothing is changed at Bridge"

/* What zoom says where the inspector lies over the panes: it has no more to take. */
#define STATE_ZOOMED "it has the whole screen already"

/* Why an action would do nothing in a place: "only in a form". NULL: it holds there. `text` may
   be used for the answer. */
const char *state_why_not(const struct app *app, const struct binding *binding, enum place place,
                          char text[KEYMAP_WHERE_SIZE]);

/* Where deliveries could be sent by hand: "http://127.0.0.1:8787", of the listener or the usual
 * one. */
const char *state_receiver_url(const struct app *app, char text[128]);

/* "PRODUCTION", "SANDBOX", "DEMO", the host, "LISTENING ONLY". */
const char *state_environment_name(const struct app *app);

#endif
