#include "tui/object_history.h"

#include "api/redact.h"
#include "tui/json_diff.h"
#include "tui/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object_history *object_history_new(void)
{
    struct object_history *history = calloc(1, sizeof *history);
    if (history == NULL)
        return NULL;
    history->events = calloc(OBJECT_EVENTS_MAX, sizeof *history->events);
    if (history->events != NULL)
        return history;
    free(history);
    return NULL;
}

static void event_free(struct object_event *event)
{
    free(event->event_id);
    free(event->type);
    free(event->status);
    free(event->was);
    delivery_clear(&event->delivery);
    event_clear(&event->bridge);
    free(event->changes);
    free(event->body);
    *event = (struct object_event){0};
}

void object_history_free(struct object_history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->count; i++)
        event_free(&history->events[i]);
    free(history->events);
    free(history);
}

/* --- taking in ------------------------------------------------------------------- */

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static bool has(const struct object_history *history, const char *event_id)
{
    for (size_t i = 0; i < history->count; i++)
        if (strcmp(history->events[i].event_id, event_id) == 0)
            return true;
    return false;
}

/* Another place, with the payload as far as there is room for it; NULL: none, or no memory. */
static struct object_event *add(struct object_history *history, const char *event_id,
                                const char *body, size_t length)
{
    if (history->count == OBJECT_EVENTS_MAX) {
        history->more = true;
        return NULL;
    }
    struct object_event *event = &history->events[history->count];
    *event = (struct object_event){.event_id = copy(event_id), .received_ms = -1};
    if (event->event_id == NULL)
        return NULL;
    history->count++;
    if (body == NULL || length > OBJECT_BYTES_MAX - history->bytes)
        return event;
    event->body = malloc(length + 1);
    if (event->body == NULL)
        return event;
    memcpy(event->body, body, length);
    event->body[length] = '\0';
    event->body_length = length;
    history->bytes += length;
    return event;
}

bool object_history_add_delivery(struct object_history *history, const struct delivery *delivery)
{
    struct event told = {0};
    bool is_event = false;
    if (delivery->event_id == NULL || has(history, delivery->event_id))
        return true;
    struct object_event *event =
        add(history, delivery->event_id, delivery->body, delivery->body_length);
    if (event == NULL)
        return false;
    event->type = copy(delivery->event_type);
    event->status = copy(delivery->object_status);
    event->sequence = delivery->sequence;
    event->received_ms = delivery->received_ms;
    event->created_ms = -1;
    (void)delivery_copy_summary(&event->delivery, delivery); /* else it cannot be opened */
    if (delivery->body != NULL &&
        event_decode_if_one(delivery->body, delivery->body_length, &told, &is_event) && is_event)
        event->created_ms = told.created_ms;
    event_clear(&told);
    return true;
}

bool object_history_add_event(struct object_history *history, const struct event *told)
{
    if (has(history, told->id))
        return true;
    struct object_event *event = add(history, told->id, told->raw, told->raw_length);
    if (event == NULL)
        return false;
    event->type = copy(told->type);
    event->status = copy(told->object_status);
    event->sequence = told->sequence;
    event->created_ms = told->created_ms;
    (void)event_copy(&event->bridge, told); /* else it cannot be opened */
    return true;
}

/* --- their order ------------------------------------------------------------------ */

static int64_t time_of(const struct object_event *event)
{
    return event->created_ms >= 0 ? event->created_ms : event->received_ms;
}

static int compare_times(const struct object_event *a, const struct object_event *b)
{
    if (time_of(a) != time_of(b))
        return time_of(a) < time_of(b) ? -1 : 1;
    return strcmp(a->event_id, b->event_id);
}

static int by_time(const void *a, const void *b)
{
    return compare_times(a, b);
}

static int by_sequence(const void *a, const void *b)
{
    const struct object_event *one = a, *other = b;
    if (one->sequence != other->sequence)
        return one->sequence < other->sequence ? -1 : 1;
    return compare_times(one, other);
}

/* One rule for all, else there is no order. */
static void sort(struct object_history *history)
{
    bool all_have_one = true;
    for (size_t i = 0; i < history->count; i++)
        all_have_one = all_have_one && history->events[i].sequence >= 0;
    qsort(history->events, history->count, sizeof *history->events,
          all_have_one ? by_sequence : by_time);
}

/* --- what changed ------------------------------------------------------------------- */

/* A payload that can be compared. */
struct payload {
    struct json_tree tree;
    struct redact_spans hidden;
    bool judged;
    uint32_t object; /* JSON_TREE_NONE: it has none */
};

static void payload_init(struct payload *payload, const struct object_event *event)
{
    *payload = (struct payload){.object = JSON_TREE_NONE};
    if (event->body == NULL || !json_tree_init(&payload->tree, event->body, event->body_length))
        return;
    payload->judged =
        redact_find(event->body, event->body_length, REDACT_JSON_OR_TEXT, &payload->hidden);
    if (payload->tree.is_json && !payload->tree.cut)
        payload->object = json_tree_member(&payload->tree, 0, "event_object");
}

static void payload_clear(struct payload *payload)
{
    json_tree_clear(&payload->tree);
    redact_spans_clear(&payload->hidden);
    *payload = (struct payload){.object = JSON_TREE_NONE};
}

static void take_value(struct object_value *value, const struct payload *payload, uint32_t at)
{
    if (at == JSON_TREE_NONE)
        return;
    const struct json_node *node = &payload->tree.nodes[at];
    const char *bytes = json_tree_bytes(&payload->tree, node->value);
    const struct redact_span *span = redact_span_at(&payload->hidden, node->value);
    size_t length = node->value_length < OBJECT_VALUE_MAX ? node->value_length : OBJECT_VALUE_MAX;
    while (length < node->value_length && length > 0 &&
           ((unsigned char)bytes[length] & 0xC0) == 0x80)
        length--; /* no half of a character */
    (void)snprintf(value->text, sizeof value->text, "%.*s%s", (int)length, bytes,
                   length < node->value_length ? "…" : "");
    value->hidden = !payload->judged ||
                    (span != NULL && span->start < (size_t)node->value + node->value_length);
}

/* A path from the top, without the name of the object itself. */
static void take_path(struct object_change *change, const struct json_diff *diff,
                      const struct json_diff_row *row)
{
    static const char OBJECT[] = "event_object.";
    char path[JSON_TREE_PATH_SIZE];
    (void)json_diff_path(diff, row, path, sizeof path);
    const char *from =
        strncmp(path, OBJECT, sizeof OBJECT - 1) == 0 ? path + sizeof OBJECT - 1 : path;
    (void)snprintf(change->path, sizeof change->path, "%.*s", OBJECT_PATH_MAX - 1, from);
}

static void compare(struct object_event *event, const struct payload *before,
                    const struct payload *now)
{
    struct json_diff diff = {0};
    if (before->object == JSON_TREE_NONE || now->object == JSON_TREE_NONE)
        return;
    json_diff_init(&diff, &before->tree, before->object, &now->tree, now->object);
    event->changes = calloc(OBJECT_CHANGES_MAX, sizeof *event->changes);
    event->compared = event->changes != NULL && !diff.cut;
    for (uint32_t i = 0; event->changes != NULL && i < diff.count; i++) {
        const struct json_diff_row *row = &diff.rows[i];
        if (row->equal)
            continue;
        if (event->change_count == OBJECT_CHANGES_MAX) {
            event->more_changes++;
            continue;
        }
        struct object_change *change = &event->changes[event->change_count++];
        take_path(change, &diff, row);
        take_value(&change->old, before, row->left);
        take_value(&change->new, now, row->right);
    }
    json_diff_clear(&diff);
}

/* --- statuses ------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t wanted = strlen(end);
    return length >= wanted && memcmp(text + length - wanted, end, wanted) == 0;
}

static bool is_string(const struct json_tree *tree, const struct json_node *node, const char *text)
{
    size_t length = strlen(text);
    return node->kind == JSON_NODE_STRING && node->value_length == length + 2 &&
           memcmp(json_tree_bytes(tree, node->value) + 1, text, length) == 0;
}

static char *string_of(const struct json_tree *tree, const struct json_node *node)
{
    if (node->kind != JSON_NODE_STRING || node->value_length < 2)
        return NULL;
    return strndup(json_tree_bytes(tree, node->value) + 1, node->value_length - 2);
}

/* What the event says that its status was before: of a changed field that is a status by its name
   and by its new value. */
static char *status_before(const struct payload *payload, const char *status)
{
    const struct json_tree *tree = &payload->tree;
    struct json_diff diff = {0};
    char *was = NULL;
    uint32_t changes = tree->count > 0 && tree->is_json && !tree->cut
                           ? json_tree_member(tree, 0, "event_object_changes")
                           : JSON_TREE_NONE;
    if (status == NULL || changes == JSON_TREE_NONE || !json_diff_changes(&diff, tree, changes))
        return NULL;
    for (uint32_t i = 0; i < diff.count && was == NULL; i++) {
        const struct json_diff_row *row = &diff.rows[i];
        char path[JSON_TREE_PATH_SIZE];
        if (row->odd || row->left == JSON_TREE_NONE || row->right == JSON_TREE_NONE ||
            !is_string(tree, &tree->nodes[row->right], status))
            continue;
        size_t length = json_diff_path(&diff, row, path, sizeof path);
        if (ends_with(path, length, "status") || ends_with(path, length, "state"))
            was = string_of(tree, &tree->nodes[row->left]);
    }
    json_diff_clear(&diff);
    return was;
}

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Whether the object had that status, and then another, before event `at`. */
static bool was_left(const struct object_history *history, size_t at, const char *status)
{
    bool had = false;
    for (size_t i = 0; i < at; i++) {
        const char *then = history->events[i].status;
        if (then == NULL)
            continue;
        if (had && strcmp(then, status) != 0)
            return true;
        had = had || strcmp(then, status) == 0;
    }
    return false;
}

static const char *status_of_last(const struct object_history *history, size_t at)
{
    while (at > 0)
        if (history->events[--at].status != NULL)
            return history->events[at].status;
    return NULL;
}

static void judge(struct object_history *history, size_t at)
{
    struct object_event *event = &history->events[at];
    const char *last = status_of_last(history, at);
    if (event->status != NULL && last != NULL && !same(event->status, last))
        event->back = was_left(history, at, event->status);
    event->jump = event->was != NULL && last != NULL && !same(event->was, last);
    for (size_t i = at + 1; i < history->count && event->received_ms >= 0 && !event->late; i++)
        event->late = history->events[i].received_ms >= 0 &&
                      history->events[i].received_ms < event->received_ms;
}

/* --- all of it ------------------------------------------------------------------------- */

void object_history_make(struct object_history *history)
{
    struct payload payloads[2];
    sort(history);
    for (size_t i = 0; i < history->count; i++) {
        struct object_event *event = &history->events[i];
        struct payload *now = &payloads[i % 2], *before = &payloads[(i + 1) % 2];
        payload_init(now, event);
        event->was = status_before(now, event->status);
        if (i > 0) {
            compare(event, before, now);
            payload_clear(before);
        }
    }
    if (history->count > 0)
        payload_clear(&payloads[(history->count - 1) % 2]);
    for (size_t i = 0; i < history->count; i++) {
        judge(history, i);
        free(history->events[i].body); /* what Bridge told of is kept by who has it */
        history->events[i].body = NULL;
    }
    history->bytes = 0;
}
