#include "api/store_search.h"

#include "api/delivery_query.h"
#include "api/store_candidates.h"

#include <stdlib.h>

enum {
    GROUP_FIRST = 16, /* rows of the first group: about three pages of the store */
    GROUP_ROWS = 256, /* of every later one, at most: each has twice as many as the one before */
    GROUP_GAP = 32,   /* rows that are farther apart are not read together */
};

struct searcher {
    struct store *store;
    const struct store_search *search;
    struct store_search_progress *progress;
    struct error *error;
    struct candidate_finder *finder;
    struct candidates candidates; /* of the segment that is searched */
    size_t group_rows;
    struct delivery hits[GROUP_ROWS]; /* of a group, oldest first */
    size_t hit_count;
    bool failed;
    bool stopped;
};

static void fail(struct searcher *searcher)
{
    searcher->failed = true;
    (void)store_failed(searcher->store, "search", searcher->error);
}

static void out_of_memory(struct searcher *searcher)
{
    searcher->failed = true;
    (void)error_set(searcher->error, "cannot search %s: out of memory", searcher->store->path);
}

static bool goes_on(const struct searcher *searcher)
{
    return !searcher->failed && !searcher->stopped;
}

static void report(struct searcher *searcher)
{
    const struct store_search *search = searcher->search;
    if (search->progress != NULL && !search->progress(searcher->progress, search->context))
        searcher->stopped = true;
}

/* --- a row -------------------------------------------------------------------------------- */

/* Holds the terms about which nothing is known against the row. */
static bool row_holds(const struct query *query, const struct delivery *delivery,
                      const bool *decided)
{
    struct delivery_subject whole;
    delivery_subject(delivery, &whole);
    for (size_t i = 0; i < query->count; i++)
        if ((decided == NULL || !decided[i]) &&
            !query_term_holds(query, &query->terms[i], &whole.subject))
            return false;
    return true;
}

/* SQLite's row of a delivery, or NULL: it is gone, or reading failed. */
static sqlite3_stmt *row_of(struct searcher *searcher, enum statement which, int64_t id)
{
    sqlite3_stmt *statement = store_prepare(searcher->store, which);
    if (statement == NULL) {
        fail(searcher);
        return NULL;
    }
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return statement;
    if (code != SQLITE_DONE)
        fail(searcher);
    store_finish(statement);
    return NULL;
}

static unsigned row_in_segment(int64_t id)
{
    return (unsigned)((id - 1) % SEGMENT_ROWS);
}

static bool holds_as_read(struct searcher *searcher, int64_t id, const bool *decided)
{
    const struct candidates *candidates = &searcher->candidates;
    sqlite3_stmt *statement = row_of(searcher, LOAD_SEARCHED, id);
    if (statement == NULL)
        return false;
    struct delivery delivery = store_read_searched(statement);
    if (row_set_has(&candidates->late, row_in_segment(id)))
        delivery.answer_status = candidates->answers[row_in_segment(id)];
    bool holds = row_holds(searcher->search->query, &delivery, decided);
    store_finish(statement);
    return holds;
}

/* The time to answer is in a table of its own: it is looked up for what is shown, not for what is
   passed over. */
static void keep_hit(struct searcher *searcher, int64_t id)
{
    sqlite3_stmt *statement = row_of(searcher, LOAD_SUMMARY, id);
    if (statement == NULL)
        return;
    struct delivery summary = store_read_summary(statement);
    if (delivery_copy_summary(&searcher->hits[searcher->hit_count], &summary))
        searcher->hit_count++;
    else
        out_of_memory(searcher);
    store_finish(statement);
}

static void look_at(struct searcher *searcher, int64_t id)
{
    const struct query *query = searcher->search->query;
    unsigned row = row_in_segment(id);
    bool decided[QUERY_TERMS_MAX];
    bool all = true;
    for (size_t i = 0; i < query->count; i++) {
        decided[i] = row_set_has(&searcher->candidates.sure[i], row);
        all = all && decided[i];
    }
    if (all || holds_as_read(searcher, id, decided))
        keep_hit(searcher, id);
}

/* --- a group of rows -----------------------------------------------------------------------

   Results come newest first, but files are read forwards: a system reads ahead of who does that,
   and a disk answers one long read sooner than many short ones. So rows that lie close together are
   read in a group, oldest first, and told newest first. The first groups are small: what is found
   there is shown before the next is read. */

struct group {
    int64_t ids[GROUP_ROWS]; /* newest first */
    size_t count;
};

/* Takes candidates from `newest` down to `oldest`, ids of one segment. */
static void next_group(struct searcher *searcher, int64_t newest, int64_t oldest,
                       struct group *group)
{
    int64_t first = (newest - 1) / SEGMENT_ROWS * SEGMENT_ROWS + 1;
    size_t left = searcher->search->limit - searcher->progress->found;
    size_t room = searcher->group_rows < left ? searcher->group_rows : left;
    int row = (int)(newest - first);
    group->count = 0;
    while (group->count < room && (row = row_set_at_most(&searcher->candidates.rows, row)) >= 0) {
        int64_t id = first + row--;
        if (id < oldest || (group->count > 0 && group->ids[group->count - 1] - id > GROUP_GAP))
            break;
        group->ids[group->count++] = id;
    }
}

/* In one transaction: between two, SQLite forgets what it has read whenever somebody wrote. */
static void read_group(struct searcher *searcher, const struct group *group)
{
    if (!store_run_plain(searcher->store, BEGIN_READ)) {
        fail(searcher);
        return;
    }
    for (size_t i = group->count; i > 0 && !searcher->failed; i--)
        look_at(searcher, group->ids[i - 1]);
    if (!store_run_plain(searcher->store, COMMIT) && !searcher->failed)
        fail(searcher);
}

static void tell_hits(struct searcher *searcher)
{
    const struct store_search *search = searcher->search;
    for (; searcher->hit_count > 0; searcher->hit_count--) {
        struct delivery *hit = &searcher->hits[searcher->hit_count - 1];
        if (goes_on(searcher)) {
            searcher->progress->oldest_id = hit->id;
            searcher->progress->found++;
            if (!search->found(hit, search->context) || searcher->progress->found >= search->limit)
                searcher->stopped = true;
        }
        delivery_clear(hit);
    }
}

/* Those of one segment. */
static void search_candidates(struct searcher *searcher, int64_t newest, int64_t oldest)
{
    struct group group;
    while (newest >= oldest && goes_on(searcher)) {
        next_group(searcher, newest, oldest, &group);
        if (group.count == 0)
            break;
        read_group(searcher, &group);
        tell_hits(searcher);
        if (!goes_on(searcher))
            break;
        searcher->progress->oldest_id = group.ids[group.count - 1];
        newest = searcher->progress->oldest_id - 1;
        if (group.count == searcher->group_rows && searcher->group_rows < GROUP_ROWS)
            searcher->group_rows *= 2;
        if (newest >= oldest)
            report(searcher);
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool read_id(struct searcher *searcher, enum statement which, int64_t *id)
{
    sqlite3_stmt *statement = store_prepare(searcher->store, which);
    bool read = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
    if (read)
        *id = sqlite3_column_int64(statement, 0);
    else
        fail(searcher);
    if (statement != NULL)
        store_finish(statement);
    return read;
}

static void search_segment(struct searcher *searcher, int64_t newest, int64_t oldest)
{
    int64_t segment = (newest - 1) / SEGMENT_ROWS;
    struct candidates *candidates = &searcher->candidates;
    if (candidates_find(searcher->finder, segment, candidates, searcher->error) ==
        CANDIDATES_FAILED) {
        searcher->failed = true;
        return;
    }
    search_candidates(searcher, newest, oldest);
    if (goes_on(searcher)) {
        searcher->progress->oldest_id = oldest;
        report(searcher);
    }
}

static void search_all(struct searcher *searcher)
{
    int64_t newest = searcher->progress->newest_id;
    int64_t above = searcher->search->above;
    int64_t oldest; /* what is older has been deleted */
    if (!read_id(searcher, OLDEST_DELIVERY, &oldest))
        return;
    if (oldest <= above)
        oldest = above + 1;
    while (newest >= oldest && goes_on(searcher)) {
        int64_t first = (newest - 1) / SEGMENT_ROWS * SEGMENT_ROWS + 1;
        search_segment(searcher, newest, first > oldest ? first : oldest);
        newest = first - 1;
    }
    if (goes_on(searcher) && searcher->progress->oldest_id > above + 1)
        searcher->progress->oldest_id = above + 1;
}

enum store_search_result store_search(struct store *store, const struct store_search *search,
                                      struct store_search_progress *progress, struct error *error)
{
    struct searcher *searcher = calloc(1, sizeof *searcher); /* too large for a thread's stack */
    *progress = (struct store_search_progress){0};
    if (searcher == NULL) {
        (void)error_set(error, "cannot search %s: out of memory", store->path);
        return STORE_SEARCH_FAILED;
    }
    searcher->store = store;
    searcher->search = search;
    searcher->progress = progress;
    searcher->error = error;
    searcher->group_rows = GROUP_FIRST;
    searcher->finder = candidate_finder_new(store, search->query, error);
    searcher->failed = searcher->finder == NULL;
    if (!searcher->failed && read_id(searcher, NEWEST_DELIVERY, &progress->newest_id)) {
        progress->oldest_id = progress->newest_id + 1;
        search_all(searcher);
    }
    enum store_search_result result = searcher->failed    ? STORE_SEARCH_FAILED
                                      : searcher->stopped ? STORE_SEARCH_STOPPED
                                                          : STORE_SEARCH_WHOLE;
    candidate_finder_free(searcher->finder);
    free(searcher);
    return result;
}
