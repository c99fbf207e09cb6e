/*
 * An export in the state: what the dialog asks for, and the job that writes it.
 */
#ifndef BRIDGETOP_TUI_EXPORT_STATE_H
#define BRIDGETOP_TUI_EXPORT_STATE_H

#include "api/export.h"
#include "api/query.h"
#include "tui/form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPORT_NAMES_MAX = 64, EXPORT_NAME_SIZE = 256, EXPORT_FAILURE_SIZE = 256 };

enum export_what {
    EXPORT_THIS,
    EXPORT_MARKED,
    EXPORT_SHOWN,  /* what passes the pane's filter */
    EXPORT_STORED, /* everything in the store, or what the query finds there */
    EXPORT_WHATS
};

enum export_field { EXPORT_FIELD_WHAT, EXPORT_FIELD_FORMAT, EXPORT_FIELD_PATH, EXPORT_FIELDS };

/* What a path may be completed to. */
struct path_names {
    char names[EXPORT_NAMES_MAX][EXPORT_NAME_SIZE]; /* folders end with a slash; sorted */
    size_t count;
    bool more;
};

struct export_dialog {
    bool open;
    bool of_arrivals; /* else of what Bridge said: JSON alone */
    bool finds;       /* pane 4 has a query: what is stored is what it finds */
    enum export_field field;
    enum export_what what;
    enum export_format format;
    size_t counts[EXPORT_WHATS]; /* 0: not offered */
    bool named;                  /* the path was typed; else it follows the choices */
    struct line_edit path;
    bool path_judged; /* it was left, or was to be written to: that it is empty is told */
    bool writing;     /* closed, and what it asked for is being written */
    bool failed;      /* that failed: it comes back with what was typed */
    char failure[EXPORT_FAILURE_SIZE]; /* why it could not be written as it is here, or "" */
    struct path_names completions;
    bool asked; /* for completions of the path as it is */
    bool completing;
    size_t chosen; /* of the completions */
    size_t word;   /* where in the path the name begins that is completed */
};

/* JSON that is no arrival: an event, an entry of the log, an endpoint. */
struct export_record {
    char *id; /* may be NULL */
    char *json;
    size_t length;
};

/* Belongs to the state, which leaves it alone while the job runs. */
struct export_request {
    enum export_format format;
    bool masked;
    bool replace; /* what has the name already: it was asked for */
    bool folder;  /* a file each */
    char path[LINE_EDIT_MAX + 1];
    bool stored; /* by the query, else by ids, else the records */
    char query[QUERY_TEXT_MAX + 1];
    int64_t now_ms; /* from which the query counts back */
    int64_t *ids;
    size_t id_count;
    struct export_record *records;
    size_t record_count;
};

struct export_job {
    bool running;
    bool waited_for; /* no key has come since it began */
    bool stopping;
    int64_t since_ms;
    uint64_t done, total; /* total 0: not known yet */
    struct export_request request;
};

enum export_stage {
    EXPORT_RUNNING,
    EXPORT_DONE,
    EXPORT_EXISTS, /* text: what is there */
    EXPORT_STOPPED,
    EXPORT_FAILED, /* text: why */
};

/* What the job says of itself. */
struct export_report {
    enum export_stage stage;
    uint64_t done, total, bytes;
    const char *text;
};

/* "exporting 12,000 of 80,000 · Esc stops"; `stop_key` is the key that does. */
void export_describe(const struct export_job *job, const char *stop_key, char *text, size_t size);

/* Why the dialog cannot go on as it is, or NULL. */
const char *export_trouble(const struct export_dialog *dialog);

void export_request_clear(struct export_request *request);

#endif
