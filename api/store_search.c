#include "api/store_search.h"

#include "api/delivery_query.h"
#include "api/segment.h"
#include "api/store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRAMS_LOOKED_UP = 24, /* of one word: more hardly make the candidates fewer */
    FEW_CANDIDATES = 2,   /* as good as reading them */
    ROWS_A_REPORT = 256,  /* read between two reports of progress */
};

/* What the index says of a term in one segment: rows that hold for certain, and rows that may. The
   others do not. */
struct bounds {
    struct row_set sure;
    struct row_set may;
};

/* A segment as its row in the store describes it. */
struct segment_row {
    bool there;
    bool complete;
    int64_t oldest_ms, newest_ms;
    int64_t smallest, largest;
    const void *facets;
    size_t facets_length;
};

struct searcher {
    struct store *store;
    const struct store_search *search;
    struct store_search_progress *progress;
    struct error *error;
    sqlite3_stmt *segment; /* stays on its row while the segment is searched */
    sqlite3_stmt *grams;
    int64_t segment_id;
    bool failed;
    bool stopped;
    struct bounds bounds[QUERY_TERMS_MAX];
};

static void fail(struct searcher *searcher)
{
    searcher->failed = true;
    (void)store_failed(searcher->store, "search", searcher->error);
}

static bool report(struct searcher *searcher)
{
    const struct store_search *search = searcher->search;
    if (search->progress != NULL && !search->progress(searcher->progress, search->context))
        searcher->stopped = true;
    return !searcher->stopped;
}

/* --- what the grams say ---------------------------------------------------------- */

static enum segment_found look_up(struct searcher *searcher, uint32_t gram, struct row_set *rows)
{
    sqlite3_stmt *statement = searcher->grams;
    int64_t low = (int64_t)((uint64_t)searcher->segment_id << 32);
    (void)sqlite3_bind_int64(statement, 1, low + gram);
    (void)sqlite3_bind_int64(statement, 2, low);
    int code = sqlite3_step(statement);
    enum segment_found found = SEGMENT_ABSENT;
    if (code == SQLITE_ROW)
        found = segment_find_gram(sqlite3_column_blob(statement, 1),
                                  (size_t)sqlite3_column_bytes(statement, 1),
                                  (uint32_t)sqlite3_column_int64(statement, 0), gram, rows);
    else if (code != SQLITE_DONE)
        fail(searcher);
    store_finish(statement);
    return found;
}

/* The order in which the grams of a word are looked up: first those that do not overlap. */
static size_t nth_gram(size_t count, size_t n)
{
    for (size_t start = 0; start < GRAM_BYTES; start++) {
        size_t here = count > start ? (count - start + GRAM_BYTES - 1) / GRAM_BYTES : 0;
        if (n < here)
            return start + n * GRAM_BYTES;
        n -= here;
    }
    return 0;
}

/* Rows that have all grams of the word. A gram that is damaged, or may have been left out, says
   nothing. */
static void rows_with_grams(struct searcher *searcher, const struct segment_row *segment,
                            struct query_text word, struct row_set *rows)
{
    row_set_fill(rows);
    if (word.length < GRAM_BYTES)
        return;
    size_t count = word.length - GRAM_BYTES + 1;
    for (size_t n = 0; n < count && n < GRAMS_LOOKED_UP && !searcher->failed; n++) {
        struct row_set with;
        const char *gram = word.bytes + nth_gram(count, n);
        enum segment_found found = look_up(searcher, segment_gram(gram), &with);
        if (found == SEGMENT_FOUND)
            row_set_and(rows, &with);
        else if (found == SEGMENT_ABSENT && segment->complete)
            *rows = (struct row_set){0};
        if (row_set_count(rows) <= (n + 1 < count ? FEW_CANDIDATES : 0))
            return;
    }
}

/* --- what the facets say ------------------------------------------------------------ */

struct facet_test {
    const struct query *query;
    const struct query_term *term;
    struct row_set rows;
};

static int number_in(const char *value, size_t length)
{
    int number = 0;
    for (size_t i = 0; i < length && i < 9; i++)
        number = 10 * number + (value[i] - '0');
    return number;
}

/* A subject of nothing but this value: the term is evaluated as for a row. */
static void test_facet(const char *value, size_t length, const struct row_set *rows, void *context)
{
    struct facet_test *test = context;
    struct query_subject subject = {0};
    if (test->term->field == QUERY_ANSWER)
        subject.answer = number_in(value, length);
    else if (test->term->field == QUERY_VERDICT)
        subject.verdict = length == 1 && (unsigned char)value[0] <= VERDICT_FUTURE
                              ? (enum verdict)value[0]
                              : VERDICT_WRONG_SIGNATURE;
    else if (test->term->field == QUERY_CATEGORY)
        subject.fields[QUERY_CATEGORY] =
            (struct query_text){value, strcspn(value, ".") < length ? strcspn(value, ".") : length};
    else
        subject.fields[test->term->field] = (struct query_text){value, length};
    if (query_term_holds(test->query, test->term, &subject))
        row_set_or(&test->rows, rows);
}

static bool facet_of(enum query_field field, enum segment_facet *facet)
{
    switch (field) {
    case QUERY_TYPE:
    case QUERY_CATEGORY:
        *facet = FACET_TYPE;
        return true;
    case QUERY_STATUS:
        *facet = FACET_STATUS;
        return true;
    case QUERY_ENDPOINT:
        *facet = FACET_ENDPOINT;
        return true;
    case QUERY_PATH:
        *facet = FACET_PATH;
        return true;
    case QUERY_VERDICT:
        *facet = FACET_VERDICT;
        return true;
    case QUERY_ANSWER:
        *facet = FACET_ANSWER;
        return true;
    default:
        return false;
    }
}

/* --- bounds of a term ------------------------------------------------------------------ */

static void nothing(struct bounds *bounds)
{
    *bounds = (struct bounds){0};
}

static void everything(struct bounds *bounds)
{
    row_set_fill(&bounds->sure);
    row_set_fill(&bounds->may);
}

static void unknown(struct bounds *bounds)
{
    nothing(bounds);
    row_set_fill(&bounds->may);
}

/* A number of which the segment knows the lowest and the highest. */
static void bounds_of_range(const struct query_term *term, int64_t lowest, int64_t highest,
                            struct bounds *bounds)
{
    if (highest < term->low || lowest > term->high)
        nothing(bounds);
    else if (lowest >= term->low && highest <= term->high)
        everything(bounds);
    else
        unknown(bounds);
}

static bool bounds_of_facet(const struct searcher *searcher, const struct segment_row *segment,
                            const struct query_term *term, struct bounds *bounds)
{
    enum segment_facet facet;
    struct query_term plain = *term;
    plain.inverted = false;
    struct facet_test test = {.query = searcher->search->query, .term = &plain};
    if (!facet_of(term->field, &facet) ||
        segment_each_facet(segment->facets, segment->facets_length, facet, test_facet, &test) !=
            SEGMENT_FOUND)
        return false;
    bounds->sure = bounds->may = test.rows;
    return true;
}

/* Only a row itself tells whether its grams stand in a word's order. */
static void bounds_of_text(struct searcher *searcher, const struct segment_row *segment,
                           const struct query_term *term, struct bounds *bounds)
{
    const struct query *query = searcher->search->query;
    nothing(bounds);
    for (size_t i = 0; i < term->any_count && !searcher->failed; i++) {
        struct row_set rows;
        rows_with_grams(searcher, segment, query_value(query, term, i), &rows);
        row_set_or(&bounds->may, &rows);
    }
}

static void bounds_of_term(struct searcher *searcher, const struct segment_row *segment,
                           const struct query_term *term, struct bounds *bounds)
{
    if (term->field == QUERY_TIME)
        bounds_of_range(term, segment->oldest_ms, segment->newest_ms, bounds);
    else if (term->field == QUERY_SIZE)
        bounds_of_range(term, segment->smallest, segment->largest, bounds);
    else if (bounds_of_facet(searcher, segment, term, bounds))
        ;
    else if (term->kind == QUERY_IS_TEXT)
        bounds_of_text(searcher, segment, term, bounds);
    else
        unknown(bounds);
    if (!term->inverted)
        return;
    struct bounds turned;
    everything(&turned);
    row_set_remove(&turned.sure, &bounds->may);
    row_set_remove(&turned.may, &bounds->sure);
    *bounds = turned;
}

/* --- rows --------------------------------------------------------------------------------- */

static void tell_found(struct searcher *searcher, struct delivery *summary)
{
    const struct store_search *search = searcher->search;
    summary->body = NULL; /* a summary: body_length stays */
    searcher->progress->found++;
    if (!search->found(summary, search->context) || searcher->progress->found >= search->limit)
        searcher->stopped = true;
}

/* The time to answer is in a table of its own: it is looked up for what is shown, not for what is
   passed over. */
static void tell_row(struct searcher *searcher, int64_t id)
{
    sqlite3_stmt *statement = store_prepare(searcher->store, LOAD_SUMMARY);
    if (statement == NULL) {
        fail(searcher);
        return;
    }
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct delivery summary = store_read_summary(statement);
        tell_found(searcher, &summary);
    } else if (code != SQLITE_DONE) {
        fail(searcher);
    }
    store_finish(statement);
}

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

static bool read_row(struct searcher *searcher, int64_t id, const bool *decided)
{
    sqlite3_stmt *statement = store_prepare(searcher->store, LOAD_SEARCHED);
    if (statement == NULL) {
        fail(searcher);
        return false;
    }
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    bool holds = false;
    if (code == SQLITE_ROW) {
        struct delivery delivery = store_read_searched(statement);
        holds = row_holds(searcher->search->query, &delivery, decided);
    } else if (code != SQLITE_DONE) {
        fail(searcher);
    }
    store_finish(statement);
    return holds;
}

/* --- with the index ------------------------------------------------------------------------ */

/* Reads the segment's row and stays on it. */
static bool read_segment(struct searcher *searcher, int64_t id, struct segment_row *segment)
{
    sqlite3_stmt *statement = searcher->segment;
    *segment = (struct segment_row){0};
    (void)sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *segment = (struct segment_row){
            .there = true,
            .complete = sqlite3_column_int(statement, 0) == 1,
            .oldest_ms = sqlite3_column_int64(statement, 1),
            .newest_ms = sqlite3_column_int64(statement, 2),
            .smallest = sqlite3_column_int64(statement, 3),
            .largest = sqlite3_column_int64(statement, 4),
            .facets = sqlite3_column_blob(statement, 5),
            .facets_length = (size_t)sqlite3_column_bytes(statement, 5),
        };
    else if (code != SQLITE_DONE)
        fail(searcher);
    return segment->there;
}

/* The rows that may match. What costs no look-up comes first: it may leave nothing to look up. */
static bool find_candidates(struct searcher *searcher, const struct segment_row *segment,
                            struct row_set *rows)
{
    const struct query *query = searcher->search->query;
    row_set_fill(rows);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < query->count && !searcher->failed; i++) {
            const struct query_term *term = &query->terms[i];
            bool cheap = term->field != QUERY_WORD;
            if (cheap != (pass == 0))
                continue;
            bounds_of_term(searcher, segment, term, &searcher->bounds[i]);
            row_set_and(rows, &searcher->bounds[i].may);
            if (row_set_empty(rows))
                return false;
        }
    return !searcher->failed;
}

static void take_candidate(struct searcher *searcher, int64_t id, unsigned row)
{
    const struct query *query = searcher->search->query;
    bool decided[QUERY_TERMS_MAX];
    bool all = true;
    for (size_t i = 0; i < query->count; i++) {
        decided[i] = row_set_has(&searcher->bounds[i].sure, row);
        all = all && decided[i];
    }
    if (all || read_row(searcher, id, decided))
        tell_row(searcher, id);
}

static void search_segment(struct searcher *searcher, const struct segment_row *segment,
                           int64_t newest)
{
    int64_t first = searcher->segment_id * SEGMENT_ROWS + 1;
    struct row_set rows;
    int read = 0;
    if (find_candidates(searcher, segment, &rows)) {
        int row = newest - first < SEGMENT_ROWS ? (int)(newest - first) : SEGMENT_ROWS - 1;
        while (!searcher->failed && !searcher->stopped &&
               (row = row_set_at_most(&rows, row)) >= 0) {
            int64_t id = first + row;
            if (id <= searcher->search->above)
                break;
            take_candidate(searcher, id, (unsigned)row--);
            searcher->progress->oldest_id = id;
            if (++read % ROWS_A_REPORT == 0 && !searcher->stopped)
                (void)report(searcher);
        }
    }
    if (!searcher->failed && !searcher->stopped)
        searcher->progress->oldest_id = first;
}

/* --- without it --------------------------------------------------------------------------- */

/* From `newest` down to `oldest`, in parts: no read transaction is held for long. */
static void scan(struct searcher *searcher, int64_t newest, int64_t oldest)
{
    while (newest >= oldest && !searcher->failed && !searcher->stopped) {
        int64_t hits[ROWS_A_REPORT];
        size_t hit_count = 0;
        int64_t low = newest - ROWS_A_REPORT + 1 > oldest ? newest - ROWS_A_REPORT + 1 : oldest;
        sqlite3_stmt *statement = store_prepare(searcher->store, SCAN_SEARCHED);
        if (statement == NULL) {
            fail(searcher);
            return;
        }
        (void)sqlite3_bind_int64(statement, 1, low);
        (void)sqlite3_bind_int64(statement, 2, newest);
        int code;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
            struct delivery delivery = store_read_searched(statement);
            if (row_holds(searcher->search->query, &delivery, NULL))
                hits[hit_count++] = delivery.id;
        }
        if (code != SQLITE_DONE)
            fail(searcher);
        store_finish(statement);
        for (size_t i = 0; i < hit_count && !searcher->failed && !searcher->stopped; i++) {
            searcher->progress->oldest_id = hits[i];
            tell_row(searcher, hits[i]);
        }
        if (searcher->failed || searcher->stopped)
            return;
        searcher->progress->oldest_id = newest = low;
        newest--;
        (void)report(searcher);
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool newest_row(struct searcher *searcher, int64_t *id)
{
    sqlite3_stmt *statement = store_prepare(searcher->store, NEWEST_DELIVERY);
    bool read = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
    if (read)
        *id = sqlite3_column_int64(statement, 0);
    else
        fail(searcher);
    if (statement != NULL)
        store_finish(statement);
    return read;
}

static void search_all(struct searcher *searcher)
{
    int64_t newest = searcher->progress->newest_id;
    int64_t oldest = searcher->search->above + 1;
    while (newest >= oldest && !searcher->failed && !searcher->stopped) {
        struct segment_row segment;
        searcher->segment_id = (newest - 1) / SEGMENT_ROWS;
        int64_t first = searcher->segment_id * SEGMENT_ROWS + 1;
        if (read_segment(searcher, searcher->segment_id, &segment))
            search_segment(searcher, &segment, newest);
        store_finish(searcher->segment);
        if (searcher->failed)
            return;
        if (!segment.there)
            scan(searcher, newest, first > oldest ? first : oldest);
        if (!searcher->stopped)
            (void)report(searcher);
        newest = first - 1;
    }
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
    *searcher =
        (struct searcher){.store = store, .search = search, .progress = progress, .error = error};
    searcher->segment = store_prepare(store, LOAD_SEGMENT);
    searcher->grams = store_prepare(store, LOAD_GRAMS);
    if (searcher->segment == NULL || searcher->grams == NULL)
        fail(searcher);
    else if (newest_row(searcher, &progress->newest_id)) {
        progress->oldest_id = progress->newest_id + 1;
        search_all(searcher);
    }
    enum store_search_result result = searcher->failed    ? STORE_SEARCH_FAILED
                                      : searcher->stopped ? STORE_SEARCH_STOPPED
                                                          : STORE_SEARCH_WHOLE;
    free(searcher);
    return result;
}
