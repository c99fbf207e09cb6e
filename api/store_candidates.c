#include "api/store_candidates.h"

#include "api/segment.h"

#include <stdlib.h>
#include <string.h>

enum {
    GRAMS_LOOKED_UP = 24, /* of one word: more hardly make the candidates fewer */
    FEW_CANDIDATES = 2,   /* as good as reading them */
};

/* What the index says of a term in one segment: rows that hold for certain, and rows that may. The
   others do not. */
struct bounds {
    struct row_set sure;
    struct row_set may;
};

/* A segment as its row in the store describes it. */
struct segment_row {
    int64_t id;
    bool complete;
    int64_t oldest_ms, newest_ms;
    int64_t smallest, largest;
    const void *facets;
    size_t facets_length;
};

struct candidate_finder {
    struct store *store;
    const struct query *query;
    sqlite3_stmt *segment; /* stays on its row while the candidates are found */
    sqlite3_stmt *grams;
    sqlite3_stmt *answers; /* NULL where the query asks for none */
    struct error *error;   /* of the call under way */
    bool failed;
    uint8_t telling[QUERY_TERMS_MAX][QUERY_ANY_MAX]; /* which gram of a word left nothing last */
};

_Static_assert(GRAMS_LOOKED_UP <= UINT8_MAX, "as struct candidate_finder remembers them");

static bool asks_for_answers(const struct query *query)
{
    for (size_t i = 0; i < query->count; i++)
        if (query->terms[i].field == QUERY_ANSWER)
            return true;
    return false;
}

struct candidate_finder *candidate_finder_new(struct store *store, const struct query *query,
                                              struct error *error)
{
    struct candidate_finder *finder = calloc(1, sizeof *finder);
    if (finder == NULL) {
        (void)error_set(error, "cannot search %s: out of memory", store->path);
        return NULL;
    }
    finder->store = store;
    finder->query = query;
    finder->segment = store_prepare(store, LOAD_SEGMENT);
    finder->grams = store_prepare(store, LOAD_GRAMS);
    bool answers = asks_for_answers(query);
    finder->answers = answers ? store_prepare(store, LATE_ANSWERS) : NULL;
    if (finder->segment != NULL && finder->grams != NULL && (finder->answers != NULL || !answers))
        return finder;
    (void)store_failed(store, "search", error);
    free(finder);
    return NULL;
}

void candidate_finder_free(struct candidate_finder *finder)
{
    free(finder);
}

static void fail(struct candidate_finder *finder)
{
    finder->failed = true;
    (void)store_failed(finder->store, "search", finder->error);
}

/* --- what the grams say ---------------------------------------------------------- */

static enum segment_found look_up(struct candidate_finder *finder, int64_t segment, uint32_t gram,
                                  struct row_set *rows)
{
    sqlite3_stmt *statement = finder->grams;
    int64_t low = (int64_t)((uint64_t)segment << 32);
    (void)sqlite3_bind_int64(statement, 1, low + gram);
    (void)sqlite3_bind_int64(statement, 2, low);
    int code = sqlite3_step(statement);
    enum segment_found found = SEGMENT_ABSENT;
    if (code == SQLITE_ROW)
        found = segment_find_gram(sqlite3_column_blob(statement, 1),
                                  (size_t)sqlite3_column_bytes(statement, 1),
                                  (uint32_t)sqlite3_column_int64(statement, 0), gram, rows);
    else if (code != SQLITE_DONE)
        fail(finder);
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
   nothing. `telling` is which one to begin with, and is left with the one that left nothing: it
   mostly does so in the next segment, too. True when they are just the rows that have the word: in
   one of three bytes nothing else is in question. */
static bool rows_with_grams(struct candidate_finder *finder, const struct segment_row *segment,
                            struct query_text word, uint8_t *telling, struct row_set *rows)
{
    row_set_fill(rows);
    if (word.length < GRAM_BYTES)
        return false;
    size_t count = word.length - GRAM_BYTES + 1;
    bool exact = count == 1;
    size_t looked_up = count < GRAMS_LOOKED_UP ? count : GRAMS_LOOKED_UP;
    for (size_t i = 0; i < looked_up && !finder->failed; i++) {
        size_t n = (*telling + i) % looked_up;
        struct row_set with;
        const char *gram = word.bytes + nth_gram(count, n);
        enum segment_found found = look_up(finder, segment->id, segment_gram(gram), &with);
        if (found == SEGMENT_FOUND)
            row_set_and(rows, &with);
        else if (found == SEGMENT_ABSENT && segment->complete)
            *rows = (struct row_set){0};
        else
            exact = false;
        unsigned left = row_set_count(rows);
        if (left == 0)
            *telling = (uint8_t)n;
        if (left <= (i + 1 < looked_up ? FEW_CANDIDATES : 0))
            break;
    }
    return exact;
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

static enum verdict verdict_in(const char *value, size_t length)
{
    return length == 1 && (unsigned char)value[0] <= VERDICT_FUTURE ? (enum verdict)value[0]
                                                                    : VERDICT_WRONG_SIGNATURE;
}

/* A subject of nothing but this value: the term is evaluated as for a row. */
static void test_facet(const char *value, size_t length, const struct row_set *rows, void *context)
{
    struct facet_test *test = context;
    struct query_subject subject = {0};
    if (test->term->field == QUERY_ANSWER)
        subject.answer = number_in(value, length);
    else if (test->term->field == QUERY_VERDICT)
        subject.verdict = verdict_in(value, length);
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

/* --- what was answered later ---------------------------------------------------------- */

static void load_answers(struct candidate_finder *finder, int64_t segment,
                         struct candidates *candidates)
{
    sqlite3_stmt *statement = finder->answers;
    candidates->late = (struct row_set){0};
    if (statement == NULL)
        return;
    int64_t first = segment * SEGMENT_ROWS + 1;
    int code;
    (void)sqlite3_bind_int64(statement, 1, first);
    (void)sqlite3_bind_int64(statement, 2, first + SEGMENT_ROWS - 1);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        unsigned row = (unsigned)(sqlite3_column_int64(statement, 0) - first);
        row_set_add(&candidates->late, row);
        candidates->answers[row] = (uint16_t)sqlite3_column_int(statement, 1);
    }
    if (code != SQLITE_DONE)
        fail(finder);
    store_finish(statement);
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

static bool bounds_of_facet(const struct candidate_finder *finder,
                            const struct segment_row *segment, const struct query_term *term,
                            struct bounds *bounds)
{
    enum segment_facet facet;
    struct query_term plain = *term;
    plain.inverted = false;
    struct facet_test test = {.query = finder->query, .term = &plain};
    if (!facet_of(term->field, &facet) ||
        segment_each_facet(segment->facets, segment->facets_length, facet, test_facet, &test) !=
            SEGMENT_FOUND)
        return false;
    bounds->sure = bounds->may = test.rows;
    return true;
}

/* The facet tells what was stored: of rows that were answered later their answer does. */
static void correct_answers(const struct candidate_finder *finder, const struct query_term *term,
                            const struct candidates *candidates, struct bounds *bounds)
{
    struct query_term plain = *term;
    plain.inverted = false;
    row_set_remove(&bounds->sure, &candidates->late);
    row_set_remove(&bounds->may, &candidates->late);
    for (unsigned row = 0; row < SEGMENT_ROWS; row++) {
        struct query_subject subject = {.answer = candidates->answers[row]};
        if (row_set_has(&candidates->late, row) &&
            query_term_holds(finder->query, &plain, &subject)) {
            row_set_add(&bounds->sure, row);
            row_set_add(&bounds->may, row);
        }
    }
}

struct word_test {
    struct query_text word;
    enum segment_facet facet;
    struct row_set *sure;
};

static void test_word(const char *value, size_t length, const struct row_set *rows, void *context)
{
    struct word_test *test = context;
    struct query_text text = test->facet == FACET_VERDICT
                                 ? query_text_of(verdict_name(verdict_in(value, length)))
                                 : (struct query_text){value, length};
    size_t at;
    if (query_find(text, 0, test->word, &at))
        row_set_or(test->sure, rows);
}

/* Words are looked for in these columns as well: the rows of a value in which the word stands have
   it, whatever else they hold. */
static void add_sure_of_word(const struct segment_row *segment, struct query_text word,
                             struct row_set *sure)
{
    static const enum segment_facet FACETS[] = {FACET_TYPE, FACET_STATUS, FACET_ENDPOINT,
                                                FACET_PATH, FACET_VERDICT};
    for (size_t i = 0; i < sizeof FACETS / sizeof FACETS[0]; i++) {
        struct word_test test = {.word = word, .facet = FACETS[i], .sure = sure};
        (void)segment_each_facet(segment->facets, segment->facets_length, FACETS[i], test_word,
                                 &test);
    }
}

/* Else only a row itself tells whether its grams stand in the word's order. */
static void bounds_of_text(struct candidate_finder *finder, const struct segment_row *segment,
                           size_t index, struct bounds *bounds)
{
    const struct query_term *term = &finder->query->terms[index];
    nothing(bounds);
    for (size_t i = 0; i < term->any_count && !finder->failed; i++) {
        struct query_text word = query_value(finder->query, term, i);
        struct row_set rows;
        bool exact = rows_with_grams(finder, segment, word, &finder->telling[index][i], &rows);
        row_set_or(&bounds->may, &rows);
        if (term->field != QUERY_WORD)
            continue; /* it may stand in another column */
        if (exact)
            row_set_or(&bounds->sure, &rows);
        else if (row_set_count(&rows) > FEW_CANDIDATES)
            add_sure_of_word(segment, word, &bounds->sure);
    }
}

static void bounds_of_term(struct candidate_finder *finder, const struct segment_row *segment,
                           size_t index, const struct candidates *candidates, struct bounds *bounds)
{
    const struct query_term *term = &finder->query->terms[index];
    if (term->field == QUERY_TIME)
        bounds_of_range(term, segment->oldest_ms, segment->newest_ms, bounds);
    else if (term->field == QUERY_SIZE)
        bounds_of_range(term, segment->smallest, segment->largest, bounds);
    else if (bounds_of_facet(finder, segment, term, bounds))
        ;
    else if (term->kind == QUERY_IS_TEXT)
        bounds_of_text(finder, segment, index, bounds);
    else
        unknown(bounds);
    if (term->field == QUERY_ANSWER)
        correct_answers(finder, term, candidates, bounds);
    if (!term->inverted)
        return;
    struct bounds turned;
    everything(&turned);
    row_set_remove(&turned.sure, &bounds->may);
    row_set_remove(&turned.may, &bounds->sure);
    *bounds = turned;
}

/* --- a segment --------------------------------------------------------------------------- */

/* What costs no look-up comes first: it may leave nothing to look up. */
static void bounds_of_query(struct candidate_finder *finder, const struct segment_row *segment,
                            struct candidates *candidates)
{
    const struct query *query = finder->query;
    row_set_fill(&candidates->rows);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < query->count && !finder->failed; i++) {
            bool cheap = query->terms[i].field != QUERY_WORD;
            if (cheap != (pass == 0))
                continue;
            struct bounds bounds;
            bounds_of_term(finder, segment, i, candidates, &bounds);
            candidates->sure[i] = bounds.sure;
            row_set_and(&candidates->rows, &bounds.may);
            if (row_set_empty(&candidates->rows))
                return;
        }
}

enum candidates_found candidates_find(struct candidate_finder *finder, int64_t segment,
                                      struct candidates *candidates, struct error *error)
{
    sqlite3_stmt *statement = finder->segment;
    finder->error = error;
    finder->failed = false;
    load_answers(finder, segment, candidates);
    (void)sqlite3_bind_int64(statement, 1, segment);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct segment_row row = {
            .id = segment,
            .complete = sqlite3_column_int(statement, 0) == 1,
            .oldest_ms = sqlite3_column_int64(statement, 1),
            .newest_ms = sqlite3_column_int64(statement, 2),
            .smallest = sqlite3_column_int64(statement, 3),
            .largest = sqlite3_column_int64(statement, 4),
            .facets = sqlite3_column_blob(statement, 5),
            .facets_length = (size_t)sqlite3_column_bytes(statement, 5),
        };
        bounds_of_query(finder, &row, candidates);
    } else if (code == SQLITE_DONE) {
        memset(candidates->sure, 0, sizeof candidates->sure);
        row_set_fill(&candidates->rows);
    } else {
        fail(finder);
    }
    store_finish(statement);
    if (finder->failed)
        return CANDIDATES_FAILED;
    return code == SQLITE_ROW ? CANDIDATES_FOUND : CANDIDATES_UNKNOWN;
}
