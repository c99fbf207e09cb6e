/*
 * What Enter opens: an endpoint, an event, a log entry, a delivery, or two events side by
 * side, as sections of lines that can be folded, walked and searched.
 *
 * A pure model: it owns copies of what it shows, knows no screen beyond its size, and
 * draws nothing (tui/inspector_view.h does). Lines are kept as where they are in the
 * content; what a line says is made when it is drawn or searched (tui/inspector_text.h),
 * so that a body of a megabyte costs no text but its own.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_H
#define BRIDGETOP_TUI_INSPECTOR_H

#include "api/buffer.h"
#include "api/contract.h"
#include "api/delivery.h"
#include "api/doctor.h"
#include "api/forward_store.h"
#include "api/reconcile.h"
#include "api/redact.h"
#include "tui/form.h"
#include "tui/json_diff.h"
#include "tui/json_tree.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inspector_kind {
    INSPECTOR_NONE, /* closed */
    INSPECTOR_ENDPOINT,
    INSPECTOR_EVENT, /* an upcoming one */
    INSPECTOR_LOG,   /* an entry of Bridge's log */
    INSPECTOR_DELIVERY,
    INSPECTOR_COMPARISON,
    INSPECTOR_TRACE,  /* the whole way of an event */
    INSPECTOR_OBJECT, /* all events of an object */
};

enum section_id {
    SECTION_SUMMARY,
    SECTION_VERIFICATION,
    SECTION_ATTEMPTS,
    SECTION_FORWARDED,
    SECTION_CATEGORIES,
    SECTION_KEY,
    SECTION_COMPARISON,
    SECTION_CHANGES,
    SECTION_OBJECT,
    SECTION_EVENT,   /* what else the event's JSON says */
    SECTION_PAYLOAD, /* a body that is no event of the usual shape */
    SECTION_RESPONSE,
    SECTION_ENTRY,
    SECTION_HEADERS,
    SECTION_RAW,
    SECTION_FINDINGS,
    SECTION_TIME_LINE,
    SECTION_CLAIMS,
    SECTION_ENDPOINTS,
    SECTION_KNOWN,
    SECTION_HISTORY,
    SECTION_COUNT
};

enum section_kind {
    SECTION_FIELDS,   /* label and value */
    SECTION_TREE,     /* JSON, or lines of text */
    SECTION_SIDES,    /* old and new, left and right */
    SECTION_HEX_DUMP, /* bytes */
};

enum {
    INSPECTOR_SECTIONS_MAX = 11,
    INSPECTOR_BODIES_MAX = 2,
    INSPECTOR_PART = 4096,        /* bytes of a value that one line shows; it goes on in the next */
    INSPECTOR_LINES_MAX = 400000, /* beyond it the rest is not shown, which is said */
    INSPECTOR_MATCHES_MAX = 10000, /* of a search */
    INSPECTOR_FIELDS_BYTES = 4 << 20,
    INSPECTOR_FOLDS_KEPT = 64, /* folded nodes that are remembered from event to event */
    INSPECTOR_TITLE_SIZE = 240,
    INSPECTOR_NAME_SIZE = 96,
    INSPECTOR_HEAD_SIZE = 160,
    INSPECTOR_HEAD_ROWS = 2,
    INSPECTOR_DEPTH_MAX = 16, /* what was opened one from the other; the first of them go */
};

struct inspector_section {
    enum section_id id;
    enum section_kind kind;
    uint32_t first, after; /* fields; nodes; rows; lines of a dump */
    uint32_t root;         /* tree: the node whose children they are, or JSON_TREE_NONE */
    uint32_t skip[2];      /* nodes that other sections show, or JSON_TREE_NONE */
    uint8_t body;
    uint16_t label_columns; /* of its widest label */
    const struct json_diff *diff;
    char note[80]; /* beside the name */
};

struct inspector_field {
    size_t label, value; /* offsets into the inspector's text */
    size_t label_length, value_length;
    enum role role;
    uint64_t id; /* what it tells of, the same when that is told anew; 0: nothing of the kind */
};

/* Bytes that are shown as a tree and as a dump. */
struct inspector_body {
    const char *bytes; /* of the event, the delivery or the log entry */
    size_t length;
    struct json_tree tree;
    struct redact_spans hidden; /* personal values; shown when they are asked for */
    bool all_hidden;            /* it was not judged */
    bool is_binary;             /* not JSON, and not text that can be read as it is */
};

/* One of two events that are compared. */
struct inspector_side {
    char name[INSPECTOR_NAME_SIZE];
    char type[INSPECTOR_NAME_SIZE];
    int64_t at_ms; /* when it arrived, or was made; -1 unknown */
    bool arrived;  /* `verdict` is one */
    enum verdict verdict;
    int64_t delivery_id; /* it is on its way from the store; 0: it is here */
    char *bytes;
    size_t length;
};

#define INSPECTOR_HEADING UINT32_MAX /* item of a section's own line */
#define INSPECTOR_RUN                                                                              \
    ((uint16_t)0xFFFF) /* part of the line that stands for rows that are equal                     \
                        */

struct inspector_line {
    uint32_t item; /* a field, a node, a row of the diff, a line of the dump */
    uint16_t part; /* of a long value; of a row whose sides stand one below the other */
    uint16_t section;
};

struct inspector_match {
    struct inspector_line line;
    uint32_t cell; /* column of the line, and where in its text */
    uint32_t at;
};

struct inspector_find {
    bool typing;
    struct line_edit needle; /* empty: nothing is searched for */
    struct inspector_match *matches;
    size_t count, capacity;
    size_t current;               /* which one the cursor was put on */
    struct inspector_line origin; /* where the cursor was before the search was typed */
    bool more;                    /* there are more than INSPECTOR_MATCHES_MAX */
};

/* What is kept when another event takes the place of the one that is shown. */
struct inspector_memory {
    enum section_id section; /* that of the cursor */
    bool on_heading;
    size_t line_in_section;
    uint64_t field_id; /* of the field under it; 0: it is none, or has none */
    char path[JSON_TREE_PATH_SIZE];
    char folds[INSPECTOR_FOLDS_KEPT][JSON_TREE_PATH_SIZE];
    size_t fold_count;
};

struct trace_told; /* tui/told.h */
struct object_told;

struct inspector {
    enum inspector_kind kind;
    struct inspector *below; /* what this was opened from, to go back to; NULL: the list */
    size_t depth;            /* how many are below */
    char title[INSPECTOR_TITLE_SIZE];
    char gap[RECONCILE_WHY_SIZE + 32]; /* EVENT: why it is missing here, "" where it is not */
    bool list_followed;                /* the list behind followed the newest before this opened */
    bool zoomed;                       /* has the whole screen */
    bool loading;  /* a delivery's body and headers are on their way from the store */
    bool unmasked; /* personal values are shown */
    bool cut;      /* not everything is shown */
    int64_t delivery_id;
    struct webhook webhook;
    struct event event;
    struct log_entry log;
    struct delivery delivery;
    struct delivery next; /* takes its place once its body is there; id 0: none */
    struct inspector_side sides[2];
    int64_t attempt_asked; /* the attempt whose body is on its way from the store; 0: none */
    int64_t attempt;       /* the right side is its body, the left one that of the first; 0: none */
    struct forward_list forwards; /* of the delivery: what became of handing it on */
    struct trace_told *trace;
    struct object_told *object;
    struct doctor_report diagnosis; /* of the delivery; count 0: none, or not yet */

    struct inspector_section sections[INSPECTOR_SECTIONS_MAX];
    size_t section_count;
    uint32_t folded; /* bits of enum section_id */
    struct inspector_field *fields;
    size_t field_count, field_capacity;
    struct buffer text; /* of the fields */
    struct inspector_body bodies[INSPECTOR_BODIES_MAX];
    size_t body_count;
    struct json_diff diff; /* the changes, or the comparison */
    bool has_memory;       /* to be restored when the body is there */
    struct inspector_memory memory;

    char head[2][INSPECTOR_HEAD_ROWS][INSPECTOR_HEAD_SIZE]; /* of a comparison's columns */

    int width, height;     /* of its text, without the head */
    int head_rows;         /* above it, which stay */
    int names_width;       /* of the names in a diff */
    bool ascii, cut_lines; /* cut_lines: long lines are cut, not wrapped */
    struct inspector_line *lines;
    size_t line_count, line_capacity;
    size_t cursor; /* a line */
    size_t top;    /* the first line on screen, and which of its rows */
    int top_row;
    struct inspector_find find;
};

/* Zeroed is closed. Frees everything but what outlives a closing: zoom, wrapping, masking, folds of
   sections, and what is below. */
void inspector_close(struct inspector *inspector);
void inspector_clear(struct inspector *inspector);
void inspector_side_clear(struct inspector_side *side);

/* Puts what is open below: the inspector is empty then, with zoom, wrapping and masking as they
   were. False when memory is out. inspector_pop() frees what is open, and takes what is below back;
   false when nothing is. inspector_drop() frees what is below. */
bool inspector_push(struct inspector *inspector);
bool inspector_pop(struct inspector *inspector);
void inspector_drop(struct inspector *inspector);

/* A copy for the inspector to own; empty bytes give an allocated "". False when memory is out. */
bool inspector_copy_bytes(const char *bytes, size_t length, char **copy, size_t *copy_length);

/* --- content ------------------------------------------------------------------- */

/* Forgets the sections, to build them anew. The cursor stays where it is until lines are made. */
void inspector_begin(struct inspector *inspector);

/* A section of fields; then its fields. Values may be NULL, shown as a dash. */
void inspector_add_fields(struct inspector *inspector, enum section_id id);
void inspector_field(struct inspector *inspector, const char *label, enum role role,
                     const char *value);
void inspector_fieldf(struct inspector *inspector, const char *label, enum role role,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What the last field tells of. */
void inspector_field_of(struct inspector *inspector, uint64_t id);

/* What stands beside the last section's name. */
void inspector_note(struct inspector *inspector, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes that belong to the inspector's event, log entry, delivery or endpoint. False when there is
   no room or memory for them. */
bool inspector_add_body(struct inspector *inspector, const char *bytes, size_t length,
                        size_t *body);

/* A body as one section; as changes, object and the rest where it is an event's JSON; as bytes. */
void inspector_add_tree(struct inspector *inspector, enum section_id id, size_t body);
void inspector_add_event(struct inspector *inspector, size_t body);
void inspector_add_raw(struct inspector *inspector, size_t body);

/* The first body's JSON beside the second's. inspector_head() is what stands above its column
   where there is room. */
void inspector_add_comparison(struct inspector *inspector);
void inspector_head(struct inspector *inspector, size_t side, size_t row, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Which bytes of a body are not to be read unless `unmasked`; the spans are taken over. Until it is
   said, that is all of them. */
void inspector_hide(struct inspector *inspector, size_t body, struct redact_spans *spans);
bool inspector_body_hides(size_t offset, const void *body);
bool inspector_masks(const struct inspector *inspector); /* something is not shown */

/* Makes the lines for a size; to be called after the content or the size changed. */
void inspector_lay_out(struct inspector *inspector, int width, int height, bool ascii);

/* --- walking -------------------------------------------------------------------- */

void inspector_move(struct inspector *inspector, int64_t lines);
void inspector_page(struct inspector *inspector, int pages);
void inspector_move_to_end(struct inspector *inspector, bool bottom);
void inspector_next_section(struct inspector *inspector, int by);

/* Puts the cursor on the line that is shown on a row of the window, the head's counted. False when
 * there is none. */
bool inspector_point(struct inspector *inspector, int row);

/* h, l and Enter: the node or section under the cursor. H and L: all. */
void inspector_fold(struct inspector *inspector);
void inspector_unfold(struct inspector *inspector);
void inspector_toggle(struct inspector *inspector);
void inspector_fold_all(struct inspector *inspector, bool fold);

/* Keeps folds and the selected path; puts them back, as far as the content has them. */
void inspector_remember(struct inspector *inspector);
void inspector_recall(struct inspector *inspector);

/* --- finding (tui/inspector_find.c) ----------------------------------------------- */

/* Begins to type a search. As it is typed, the cursor goes to the first match from where it was,
   and back there when there is none. */
void inspector_begin_search(struct inspector *inspector);
void inspector_search(struct inspector *inspector);
void inspector_search_again(struct inspector *inspector); /* leaves the cursor alone */
bool inspector_finds(const struct inspector *inspector);
void inspector_next_match(struct inspector *inspector, int by);
void inspector_stop_finding(struct inspector *inspector);
void inspector_leave_search(
    struct inspector *inspector); /* the same while typing: the cursor goes back */

/* --- what is selected --------------------------------------------------------------- */

/* The node under the cursor. `path` is "" where it is a whole body or a line of text. */
struct inspector_selection {
    const struct inspector_body *body;
    const struct json_node *node;
    char path[JSON_TREE_PATH_SIZE];
};

/* What the field under the cursor tells of; 0: it is on none, or that has nothing of the kind. */
uint64_t inspector_selected_field(const struct inspector *inspector);

/* False when the cursor is on no node. */
bool inspector_selected(const struct inspector *inspector, struct inspector_selection *selection);

#endif
