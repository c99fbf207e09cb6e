#include "api/store_bridge.h"

#include "api/store_activity.h"
#include "api/store_event.h"
#include "api/store_private.h"

#include <stdlib.h>
#include <string.h>

/* --- statements: seldom enough that they are not kept ------------------------------- */

static sqlite3_stmt *prepare(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
    return statement;
}

static bool failed(struct store *store, const char *what, sqlite3_stmt *statement,
                   struct error *error)
{
    (void)store_failed(store, what, error);
    (void)sqlite3_finalize(statement);
    return false;
}

/* Unused parameters are not bound. */
static bool run(struct store *store, const char *sql, const char *text, int64_t one, int64_t two,
                struct error *error)
{
    sqlite3_stmt *statement = prepare(store, sql);
    if (statement == NULL)
        return failed(store, "write", NULL, error);
    int count = sqlite3_bind_parameter_count(statement);
    if (count > 0)
        store_bind_text(statement, 1, text);
    if (count > 1)
        (void)sqlite3_bind_int64(statement, 2, one);
    if (count > 2)
        (void)sqlite3_bind_int64(statement, 3, two);
    if (sqlite3_step(statement) != SQLITE_DONE)
        return failed(store, "write", statement, error);
    (void)sqlite3_finalize(statement);
    return true;
}

static bool end(struct store *store, bool done, struct error *error)
{
    if (done && store_commit(store, error))
        return true;
    store_rollback(store);
    return false;
}

/* --- pages -------------------------------------------------------------------------- */

static bool put_event(sqlite3_stmt *statement, const struct event *event, int64_t now_ms)
{
    bool raw = event->raw != NULL && event->raw_length <= STORE_BRIDGE_RAW_MAX;
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    store_bind_text(statement, 1, event->id);
    (void)sqlite3_bind_int64(statement, 2, event->sequence);
    store_bind_text(statement, 3, event->category);
    store_bind_text(statement, 4, event->type);
    store_bind_text(statement, 5, event->object_id);
    store_bind_text(statement, 6, event->object_status);
    (void)sqlite3_bind_int64(statement, 7, event->created_ms);
    (void)sqlite3_bind_int64(statement, 8, now_ms);
    if (raw)
        store_bind_blob(statement, 9, event->raw, event->raw_length);
    return sqlite3_step(statement) == SQLITE_DONE;
}

/* An event does not change once it is there; seen_ms is when it was first seen. */
static bool put_events(struct store *store, const struct event_list *page, int64_t now_ms,
                       struct error *error)
{
    sqlite3_stmt *statement = prepare(
        store, "INSERT OR IGNORE INTO bridge_events (id, sequence, category, type, object_id, "
               "object_status, created_ms, seen_ms, never_ms, raw) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)");
    if (statement == NULL)
        return failed(store, "write", NULL, error);
    for (size_t i = 0; i < page->count; i++)
        if (!put_event(statement, &page->items[i], now_ms))
            return failed(store, "write", statement, error);
    (void)sqlite3_finalize(statement);
    return true;
}

static bool put_place(struct store *store, const struct event_walk_place *place,
                      struct error *error)
{
    return !place->any || run(store,
                              "INSERT INTO bridge_place (id, bottom, newest_ms, oldest_ms) "
                              "VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET "
                              "bottom = ?1, newest_ms = ?2, oldest_ms = ?3",
                              place->bottom, place->newest_ms, place->oldest_ms, error);
}

static bool trim(struct store *store, int64_t now_ms, struct error *error)
{
    return run(store,
               "DELETE FROM bridge_events WHERE ?1 IS NULL AND never_ms = 0 AND created_ms < ?2",
               NULL, now_ms - EVENT_WALK_DEPTH_MS, 0, error) &&
           run(store,
               "DELETE FROM bridge_events WHERE ?1 IS NULL AND never_ms = 0 AND number IN "
               "(SELECT number FROM bridge_events WHERE never_ms = 0 "
               "ORDER BY created_ms DESC, sequence DESC LIMIT -1 OFFSET ?2)",
               NULL, STORE_BRIDGE_MAX, 0, error) &&
           run(store,
               "DELETE FROM bridge_events WHERE ?1 IS NULL AND never_ms <> 0 AND number IN "
               "(SELECT number FROM bridge_events WHERE never_ms <> 0 "
               "ORDER BY created_ms DESC, sequence DESC LIMIT -1 OFFSET ?2)",
               NULL, STORE_NEVER_MAX, 0, error);
}

bool store_put_bridge_page(struct store *store, const struct event_list *page,
                           const struct event_walk_place *place, int64_t now_ms,
                           struct error *error)
{
    if (!store_begin(store, error))
        return false;
    return end(store,
               (page == NULL || put_events(store, page, now_ms, error)) &&
                   put_place(store, place, error) && trim(store, now_ms, error),
               error);
}

bool store_load_bridge_place(struct store *store, struct event_walk_place *place,
                             struct error *error)
{
    *place = (struct event_walk_place){0};
    sqlite3_stmt *statement =
        prepare(store, "SELECT bottom, newest_ms, oldest_ms FROM bridge_place");
    int code = statement != NULL ? sqlite3_step(statement) : SQLITE_ERROR;
    if (code == SQLITE_ROW) {
        const char *bottom = (const char *)sqlite3_column_text(statement, 0);
        size_t length = bottom != NULL ? strlen(bottom) : 0;
        if (length < sizeof place->bottom && (length == 0 || contract_id_valid(bottom))) {
            memcpy(place->bottom, length > 0 ? bottom : "", length + 1);
            place->any = true;
            place->newest_ms = sqlite3_column_int64(statement, 1);
            place->oldest_ms = sqlite3_column_int64(statement, 2);
        }
    } else if (code != SQLITE_DONE) {
        return failed(store, "read", statement, error);
    }
    (void)sqlite3_finalize(statement);
    return true;
}

/* --- what is kept, and what has come ---------------------------------------------------- */

void bridge_events_clear(struct bridge_events *events)
{
    for (size_t i = 0; i < events->count; i++) {
        free((char *)events->items[i].id);
        free((char *)events->items[i].category);
        for (size_t j = 0; j < events->items[i].arrival_count; j++)
            free((char *)events->items[i].arrivals[j].webhook_id);
        free(events->items[i].arrivals);
    }
    free(events->items);
    string_list_clear(&events->categories);
    *events = (struct bridge_events){0};
}

int64_t bridge_events_from(const struct bridge_events *events, int64_t seen_from_ms, int64_t now_ms)
{
    int64_t from_ms = now_ms - EVENT_WALK_DEPTH_MS, oldest_ms = INT64_MAX;
    size_t within = 0;
    for (size_t i = 0; i < events->count; i++) {
        const struct reconcile_event *event = &events->items[i];
        within += event->created_ms >= from_ms;
        if (!event->never && event->created_ms < oldest_ms)
            oldest_ms = event->created_ms;
    }
    if (within >= STORE_BRIDGE_MAX && oldest_ms != INT64_MAX && oldest_ms > from_ms)
        from_ms = oldest_ms;
    return seen_from_ms > from_ms ? seen_from_ms : from_ms;
}

/* NULL stays NULL. */
static bool copy(const char **to, const unsigned char *from)
{
    *to = from != NULL ? strdup((const char *)from) : NULL;
    return *to != NULL || from == NULL;
}

static bool add_category(struct bridge_events *events, const char *category)
{
    return category == NULL || events->categories.count == STORE_SEEN_CATEGORIES_MAX ||
           string_list_has(&events->categories, category) ||
           string_list_add(&events->categories, category);
}

static bool add_event(struct bridge_events *events, sqlite3_stmt *statement)
{
    enum { GROW = 256 };
    if (events->count % GROW == 0) {
        struct reconcile_event *items =
            realloc(events->items, (events->count + GROW) * sizeof *items);
        if (items == NULL)
            return false;
        events->items = items;
    }
    struct reconcile_event *event = &events->items[events->count++];
    *event = (struct reconcile_event){
        .sequence = sqlite3_column_int64(statement, 2),
        .created_ms = sqlite3_column_int64(statement, 3),
        .never = sqlite3_column_int64(statement, 4) != 0,
    };
    return copy(&event->id, sqlite3_column_text(statement, 0)) && event->id != NULL &&
           copy(&event->category, sqlite3_column_text(statement, 1)) &&
           add_category(events, event->category);
}

/* --- what was sent by hand from here ----------------------------------------------- */

/* An event that Bridge was asked to send: one of its arrivals is that, if it comes in time. */
struct sent {
    char *webhook_id;
    char event_id[CONTRACT_ID_MAX + 1];
    int64_t at_ms, until_ms;
    bool found; /* it came */
};

struct sends {
    struct sent *items; /* by event, the oldest first */
    size_t count;
    bool failed; /* memory is out */
};

static bool add_sent(const struct activity *activity, void *context)
{
    enum { GROW = 64 };
    struct sends *sends = context;
    char event_id[CONTRACT_ID_MAX + 1];
    if (activity->webhook_id == NULL || !activity_sent_event(activity, event_id))
        return true;
    if (sends->count % GROW == 0) {
        struct sent *items = realloc(sends->items, (sends->count + GROW) * sizeof *items);
        sends->failed = items == NULL;
        if (sends->failed)
            return false;
        sends->items = items;
    }
    struct sent *sent = &sends->items[sends->count];
    *sent = (struct sent){.webhook_id = strdup(activity->webhook_id),
                          .at_ms = activity->at_ms,
                          .until_ms = activity->ended_ms < INT64_MAX - STORE_SENT_LATE_MS
                                          ? activity->ended_ms + STORE_SENT_LATE_MS
                                          : INT64_MAX};
    memcpy(sent->event_id, event_id, sizeof event_id);
    sends->failed = sent->webhook_id == NULL;
    sends->count += !sends->failed;
    return !sends->failed;
}

static int by_event(const void *a, const void *b)
{
    const struct sent *one = a, *other = b;
    int order = strcmp(one->event_id, other->event_id);
    return order != 0 ? order : (one->at_ms > other->at_ms) - (one->at_ms < other->at_ms);
}

static void sends_clear(struct sends *sends)
{
    for (size_t i = 0; i < sends->count; i++)
        free(sends->items[i].webhook_id);
    free(sends->items);
    *sends = (struct sends){0};
}

static bool load_sends(struct store *store, struct sends *sends, struct error *error)
{
    bool read = store_load_activity(store, 0, INT64_MAX, ACTIVITY_KEPT, add_sent, sends, error);
    if (read && sends->failed)
        read = error_set(error, "cannot read %s: out of memory", store->path);
    if (read && sends->count > 1)
        qsort(sends->items, sends->count, sizeof *sends->items, by_event);
    return read;
}

static size_t first_of(const struct sends *sends, const char *event_id)
{
    size_t low = 0, high = sends->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(sends->items[middle].event_id, event_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Each send is one arrival, the first after it. */
static bool is_by_hand(struct sends *sends, const char *event_id, const char *webhook_id,
                       int64_t received_ms)
{
    for (size_t i = first_of(sends, event_id); i < sends->count; i++) {
        struct sent *sent = &sends->items[i];
        if (strcmp(sent->event_id, event_id) != 0)
            break;
        if (sent->found || received_ms < sent->at_ms || received_ms > sent->until_ms ||
            (webhook_id != NULL && strcmp(webhook_id, sent->webhook_id) != 0))
            continue;
        sent->found = true;
        return true;
    }
    return false;
}

/* --- what has come of each --------------------------------------------------------- */

static struct reconcile_arrival *arrival_of(struct reconcile_event *event, const char *webhook_id)
{
    for (size_t i = 0; i < event->arrival_count; i++) {
        const char *other = event->arrivals[i].webhook_id;
        if (other == NULL || webhook_id == NULL ? other == webhook_id
                                                : strcmp(other, webhook_id) == 0)
            return &event->arrivals[i];
    }
    struct reconcile_arrival *arrivals =
        realloc(event->arrivals, (event->arrival_count + 1) * sizeof *arrivals);
    if (arrivals == NULL)
        return NULL;
    event->arrivals = arrivals;
    struct reconcile_arrival *arrival = &arrivals[event->arrival_count];
    *arrival = (struct reconcile_arrival){.received_ms = -1};
    if (!copy(&arrival->webhook_id, (const unsigned char *)webhook_id))
        return NULL;
    event->arrival_count++;
    return arrival;
}

/* Of a row whose columns begin with endpoint, time and answer. `first`: none of the same endpoint
   can have come before that is not known. */
static bool add_arrival(struct reconcile_event *event, struct sends *sends, sqlite3_stmt *row,
                        bool first)
{
    enum { TAKEN = 200 };
    const char *webhook_id = (const char *)sqlite3_column_text(row, 0);
    int64_t received_ms = sqlite3_column_int64(row, 1);
    struct reconcile_arrival *arrival = arrival_of(event, webhook_id);
    if (arrival == NULL)
        return false;
    arrival->count++;
    if (is_by_hand(sends, event->id, webhook_id, received_ms))
        arrival->by_hand++;
    else if (first && arrival->received_ms < 0)
        arrival->received_ms = received_ms;
    else
        arrival->again += arrival->taken;
    arrival->taken = arrival->taken || sqlite3_column_int(row, 2) == TAKEN;
    return true;
}

struct arrival_query {
    sqlite3_stmt *row;
    sqlite3_stmt *repeats; /* oldest first: those that are kept */
    struct sends sends;
};

/* Fills in the arrivals of the row `id`. False with SQLite's error, or when memory is out. */
static bool read_arrivals(struct reconcile_event *event, struct arrival_query *query, int64_t id,
                          bool *memory)
{
    (void)sqlite3_reset(query->row);
    (void)sqlite3_bind_int64(query->row, 1, id);
    if (sqlite3_step(query->row) != SQLITE_ROW)
        return true; /* it has just been deleted */
    event->stored = true;
    int64_t attempts = sqlite3_column_int64(query->row, 3);
    int64_t repeats = attempts > 1 ? attempts - 1 : 0;
    int64_t kept = sqlite3_column_int64(query->row, 4);
    event->unplaced = repeats > kept ? repeats - kept : 0;
    *memory = add_arrival(event, &query->sends, query->row, true);
    if (repeats == 0)
        return true;
    (void)sqlite3_reset(query->repeats);
    (void)sqlite3_bind_int64(query->repeats, 1, id);
    int code = SQLITE_DONE;
    while (*memory && (code = sqlite3_step(query->repeats)) == SQLITE_ROW)
        *memory = add_arrival(event, &query->sends, query->repeats, event->unplaced == 0);
    return !*memory || code == SQLITE_DONE;
}

static bool look_up(struct store *store, struct reconcile_event *event, struct arrival_query *query,
                    struct error *error)
{
    int64_t id;
    bool memory = true;
    if (!store_find_event(store, event->id, &id, error))
        return false;
    if (id == 0)
        return true;
    if (!read_arrivals(event, query, id, &memory))
        return store_failed(store, "read", error);
    return memory || error_set(error, "cannot read %s: out of memory", store->path);
}

static bool look_all_up(struct store *store, struct bridge_events *events, struct error *error)
{
    struct arrival_query query = {
        .row = prepare(store,
                       "SELECT d.webhook_id, d.received_ms, "
                       "ifnull(n.answer_status, d.answer_status), ifnull(n.attempts, 1), "
                       "CASE WHEN n.attempts > 1 THEN "
                       "(SELECT count(*) FROM attempts a WHERE a.delivery_id = d.id) ELSE 0 END "
                       "FROM deliveries d LEFT JOIN delivery_notes n ON n.delivery_id = d.id "
                       "WHERE d.id = ?1"),
        .repeats = prepare(store, "SELECT webhook_id, received_ms, answer_status "
                                  "FROM attempts WHERE delivery_id = ?1 ORDER BY number"),
    };
    bool read = query.row != NULL && query.repeats != NULL;
    if (!read)
        (void)store_failed(store, "read", error);
    read = read && load_sends(store, &query.sends, error);
    for (size_t i = 0; read && i < events->count; i++)
        read = look_up(store, &events->items[i], &query, error);
    sends_clear(&query.sends);
    (void)sqlite3_finalize(query.row);
    (void)sqlite3_finalize(query.repeats);
    return read;
}

/* Of a store from which rows were deleted the oldest that is left tells from when on all is there:
   ids begin at 1. */
static bool load_bounds(struct store *store, struct bridge_events *events, struct error *error)
{
    events->began_ms = INT64_MAX;
    events->kept_from_ms = INT64_MIN;
    sqlite3_stmt *statement = prepare(
        store, "SELECT (SELECT began_ms FROM receiving ORDER BY id LIMIT 1), "
               "(SELECT id FROM deliveries WHERE verdict = 0 ORDER BY id LIMIT 1), "
               "(SELECT received_ms FROM deliveries WHERE verdict = 0 ORDER BY id LIMIT 1), "
               "(SELECT deliveries FROM counts), "
               "(SELECT seq FROM sqlite_sequence WHERE name = 'deliveries')");
    if (statement == NULL || sqlite3_step(statement) != SQLITE_ROW)
        return failed(store, "read", statement, error);
    if (sqlite3_column_type(statement, 0) != SQLITE_NULL)
        events->began_ms = sqlite3_column_int64(statement, 0);
    int64_t rows = sqlite3_column_int64(statement, 3);
    int64_t ever = sqlite3_column_int64(statement, 4);
    if (ever > rows) /* some were deleted, at least of what is not genuine */
        events->kept_from_ms = sqlite3_column_type(statement, 1) != SQLITE_NULL
                                   ? sqlite3_column_int64(statement, 2)
                                   : INT64_MAX - RECONCILE_SLACK_MS;
    (void)sqlite3_finalize(statement);
    return true;
}

bool store_load_bridge_events(struct store *store, struct bridge_events *events,
                              struct error *error)
{
    *events = (struct bridge_events){0};
    sqlite3_stmt *statement =
        prepare(store, "SELECT id, category, sequence, created_ms, never_ms FROM bridge_events "
                       "ORDER BY created_ms DESC, sequence DESC, number DESC");
    if (statement == NULL)
        return failed(store, "read", NULL, error);
    int code;
    bool added = true;
    while (added && (code = sqlite3_step(statement)) == SQLITE_ROW)
        added = add_event(events, statement);
    if (added && code != SQLITE_DONE)
        return failed(store, "read", statement, error);
    (void)sqlite3_finalize(statement);
    bool read = (added || error_set(error, "cannot read %s: out of memory", store->path)) &&
                load_bounds(store, events, error) && look_all_up(store, events, error);
    if (!read)
        bridge_events_clear(events);
    return read;
}

static bool copy_text(char **to, const unsigned char *from)
{
    *to = from != NULL ? strdup((const char *)from) : NULL;
    return *to != NULL || from == NULL;
}

static bool read_event(sqlite3_stmt *statement, struct event *event)
{
    const char *raw = sqlite3_column_blob(statement, 0);
    if (raw != NULL && event_decode(raw, (size_t)sqlite3_column_bytes(statement, 0), event, NULL))
        return true;
    *event = (struct event){.sequence = sqlite3_column_int64(statement, 6),
                            .created_ms = sqlite3_column_int64(statement, 7)};
    return copy_text(&event->id, sqlite3_column_text(statement, 1)) &&
           copy_text(&event->category, sqlite3_column_text(statement, 2)) &&
           copy_text(&event->type, sqlite3_column_text(statement, 3)) &&
           copy_text(&event->object_id, sqlite3_column_text(statement, 4)) &&
           copy_text(&event->object_status, sqlite3_column_text(statement, 5));
}

bool store_load_bridge_event(struct store *store, const char *event_id, struct event *event,
                             struct error *error)
{
    *event = (struct event){0};
    sqlite3_stmt *statement =
        prepare(store, "SELECT raw, id, category, type, object_id, object_status, sequence, "
                       "created_ms FROM bridge_events WHERE id = ?1");
    if (statement == NULL)
        return failed(store, "read", NULL, error);
    store_bind_text(statement, 1, event_id);
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return failed(store, "read", statement, error);
    bool read = code == SQLITE_ROW && read_event(statement, event);
    (void)sqlite3_finalize(statement);
    if (!read)
        event_clear(event);
    return read || error_set(error, "cannot read %s of %s", event_id, store->path);
}

/* All of them are looked at, which are bounded. */
bool store_each_bridge_event(struct store *store, const char *object_id, size_t most,
                             bool (*each)(const struct event *event, void *context), void *context,
                             struct error *error)
{
    sqlite3_stmt *statement =
        prepare(store, "SELECT raw, id, category, type, object_id, object_status, sequence, "
                       "created_ms FROM bridge_events WHERE object_id = ?1 "
                       "ORDER BY created_ms DESC LIMIT ?2");
    int code = SQLITE_DONE;
    bool go_on = statement != NULL;
    if (statement == NULL)
        return store_failed(store, "read", error);
    store_bind_text(statement, 1, object_id);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)most);
    while (go_on && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct event event = {0};
        go_on = !read_event(statement, &event) || each(&event, context);
        event_clear(&event);
    }
    bool read = code == SQLITE_DONE || code == SQLITE_ROW || store_failed(store, "read", error);
    (void)sqlite3_finalize(statement);
    return read;
}

_Static_assert((ACTIVITY_URL | ACTIVITY_CATEGORIES) == 6, "the statement says so in text");

bool store_load_endpoint_facts(struct store *store, struct reconcile_endpoint *endpoint,
                               struct error *error)
{
    sqlite3_stmt *statement =
        prepare(store, "SELECT (SELECT first_seen_ms FROM endpoints WHERE id = ?1), "
                       "(SELECT 1 FROM bridge_here WHERE webhook_id = ?1), "
                       "(SELECT max(max(at_ms, ended_ms)) FROM activity WHERE webhook_id = ?1 "
                       "AND fields & 6)");
    if (statement == NULL)
        return failed(store, "read", NULL, error);
    store_bind_text(statement, 1, endpoint->id);
    if (sqlite3_step(statement) != SQLITE_ROW)
        return failed(store, "read", statement, error);
    for (int column = 0; column <= 2; column += 2) /* NULL is read as 0 */
        if (sqlite3_column_int64(statement, column) > endpoint->since_ms &&
            sqlite3_column_type(statement, column) != SQLITE_NULL)
            endpoint->since_ms = sqlite3_column_int64(statement, column);
    endpoint->here = sqlite3_column_type(statement, 1) != SQLITE_NULL;
    (void)sqlite3_finalize(statement);
    return true;
}

/* --- what came of it ------------------------------------------------------------------- */

/* Begins the transaction with the first thing to write. */
static bool note(struct store *store, const char *sql, const char *id, int64_t now_ms,
                 struct error *error)
{
    return (!sqlite3_get_autocommit(store->db) || store_begin(store, error)) &&
           run(store, sql, id, now_ms, 0, error);
}

static bool has_come(const struct bridge_events *events, const char *webhook_id)
{
    for (size_t i = 0; i < events->count; i++)
        for (size_t j = 0; j < events->items[i].arrival_count; j++) {
            const char *came_for = events->items[i].arrivals[j].webhook_id;
            if (came_for != NULL && strcmp(came_for, webhook_id) == 0)
                return true;
        }
    return false;
}

static bool put_here(struct store *store, const struct bridge_events *events,
                     struct reconcile_endpoint *endpoints, size_t count, int64_t now_ms,
                     struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (endpoints[i].here || !has_come(events, endpoints[i].id))
            continue;
        endpoints[i].here = true;
        if (!note(store, "INSERT OR IGNORE INTO bridge_here (webhook_id, seen_ms) VALUES (?1, ?2)",
                  endpoints[i].id, now_ms, error))
            return false;
    }
    return true;
}

static bool put_never(struct store *store, const struct bridge_events *events,
                      const struct gap_list *gaps, int64_t now_ms, struct error *error)
{
    bool put = true;
    for (size_t i = 0; put && gaps != NULL && i < gaps->count; i++) {
        const struct reconcile_event *event = &events->items[gaps->items[i].event];
        bool over =
            gap_is_missing(gaps->items[i].reason) && reconcile_is_over(event->created_ms, now_ms);
        if (over && !event->never && !event->stored)
            put = note(store, "UPDATE bridge_events SET never_ms = ?2 WHERE id = ?1", event->id,
                       now_ms, error);
    }
    for (size_t i = 0; put && i < events->count; i++)
        if (events->items[i].never && events->items[i].stored)
            put = note(store, "UPDATE bridge_events SET never_ms = 0 * ?2 WHERE id = ?1",
                       events->items[i].id, 0, error);
    return put;
}

bool store_put_findings(struct store *store, const struct bridge_events *events,
                        struct reconcile_endpoint *endpoints, size_t endpoint_count,
                        const struct gap_list *gaps, int64_t now_ms, struct error *error)
{
    bool put = put_here(store, events, endpoints, endpoint_count, now_ms, error) &&
               put_never(store, events, gaps, now_ms, error);
    return sqlite3_get_autocommit(store->db) ? put : end(store, put, error);
}
