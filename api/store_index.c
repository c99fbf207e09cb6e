#include "api/store_index.h"

#include "api/delivery_query.h"
#include "api/segment.h"
#include "api/store_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { FACETS_BYTES_MAX = 1024 * 1024 };

enum index_statement {
    NEXT_SEGMENT,
    NEWEST_ROW,
    READ_ROWS,
    HAS_SEGMENT,
    DROP_GRAMS,
    PUT_GRAMS,
    PUT_SEGMENT,
    INDEX_STATEMENTS
};

static const char *const INDEX_SQL[INDEX_STATEMENTS] = {
    [NEXT_SEGMENT] = "SELECT max(ifnull((SELECT max(id) + 1 FROM search_segments), 0), "
                     "ifnull((SELECT (min(id) - 1) / 2048 FROM deliveries), 0))",
    [NEWEST_ROW] = "SELECT ifnull(max(id), 0) FROM deliveries",
    [READ_ROWS] = "SELECT " STORE_SEARCHED_COLUMNS " FROM deliveries d"
                  " WHERE d.id >= ?1 AND d.id < ?2 ORDER BY d.id",
    [HAS_SEGMENT] = "SELECT count(*) FROM search_segments WHERE id = ?1",
    [DROP_GRAMS] = "DELETE FROM search_grams WHERE key >= ?1 AND key < ?2",
    [PUT_GRAMS] = "INSERT OR REPLACE INTO search_grams (key, grams) VALUES (?1, ?2)",
    [PUT_SEGMENT] = "INSERT OR IGNORE INTO search_segments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

_Static_assert(SEGMENT_ROWS == 2048, "NEXT_SEGMENT says so in text");

enum phase { LOOKING, READING, WRITING };

struct store_index {
    struct store *store;
    sqlite3_stmt *statements[INDEX_STATEMENTS];
    enum phase phase;
    int64_t segment; /* that is being made, or comes next */
    struct segment_builder *builder;
    int64_t next_row;
    size_t text; /* where reading goes on within a row that is larger than a slice */
    size_t offset;
    bool begun; /* chunks of this segment are in the file */
    int64_t oldest_ms, newest_ms;
    int64_t smallest, largest;
};

/* --- from beginning to end ---------------------------------------------------- */

struct store_index *store_index_open(const char *path, struct error *error)
{
    struct store_index *index = calloc(1, sizeof *index);
    if (index == NULL) {
        (void)error_set(error, "cannot index %s: out of memory", path);
        return NULL;
    }
    index->store = store_open(path, STORE_WRITE, error);
    if (index->store == NULL) {
        free(index);
        return NULL;
    }
    char sql[80];
    (void)snprintf(sql, sizeof sql, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -%d",
                   STORE_INDEX_CACHE_KB);
    (void)sqlite3_exec(index->store->db, sql, NULL, NULL, NULL);
    (void)sqlite3_busy_timeout(index->store->db, 0);
    return index;
}

void store_index_close(struct store_index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < INDEX_STATEMENTS; i++)
        (void)sqlite3_finalize(index->statements[i]);
    segment_builder_free(index->builder);
    store_close(index->store);
    free(index);
}

int64_t store_index_end(const struct store_index *index)
{
    return index->segment * SEGMENT_ROWS + 1;
}

static sqlite3_stmt *prepare(struct store_index *index, enum index_statement which)
{
    sqlite3_stmt **statement = &index->statements[which];
    if (*statement == NULL)
        (void)sqlite3_prepare_v3(index->store->db, INDEX_SQL[which], -1, SQLITE_PREPARE_PERSISTENT,
                                 statement, NULL);
    return *statement;
}

static enum store_index_result give_up(struct store_index *index)
{
    segment_builder_free(index->builder);
    index->builder = NULL;
    index->phase = LOOKING;
    return STORE_INDEX_FAILED;
}

static enum store_index_result failed(struct store_index *index, const char *what,
                                      struct error *error)
{
    (void)store_failed(index->store, what, error);
    return give_up(index);
}

/* --- which segment -------------------------------------------------------------- */

static bool query_number(struct store_index *index, enum index_statement which, int64_t *number)
{
    sqlite3_stmt *statement = prepare(index, which);
    if (statement == NULL)
        return false;
    bool read = sqlite3_step(statement) == SQLITE_ROW;
    if (read)
        *number = sqlite3_column_int64(statement, 0);
    store_finish(statement);
    return read;
}

static enum store_index_result look(struct store_index *index, struct error *error)
{
    int64_t newest;
    if (!query_number(index, NEXT_SEGMENT, &index->segment) ||
        !query_number(index, NEWEST_ROW, &newest))
        return failed(index, "read", error);
    if (index->segment < 0 || newest / SEGMENT_ROWS <= index->segment)
        return STORE_INDEX_IDLE;
    index->builder = segment_builder_new();
    if (index->builder == NULL) {
        (void)error_set(error, "cannot index %s: out of memory", index->store->path);
        return STORE_INDEX_FAILED;
    }
    index->phase = READING;
    index->next_row = store_index_end(index);
    index->text = index->offset = 0;
    index->begun = false;
    index->oldest_ms = index->smallest = INT64_MAX;
    index->newest_ms = index->largest = INT64_MIN;
    return STORE_INDEX_MORE;
}

/* --- reading rows ------------------------------------------------------------------ */

static void add_facet(struct store_index *index, unsigned row, enum segment_facet facet,
                      struct query_text value)
{
    if (value.bytes != NULL)
        segment_builder_facet(index->builder, row, facet, value.bytes, value.length);
}

static void add_facets(struct store_index *index, unsigned row, const struct query_subject *subject)
{
    char answer[16];
    char verdict = (char)subject->verdict;
    (void)snprintf(answer, sizeof answer, "%d", subject->answer);
    add_facet(index, row, FACET_TYPE, subject->fields[QUERY_TYPE]);
    add_facet(index, row, FACET_STATUS, subject->fields[QUERY_STATUS]);
    add_facet(index, row, FACET_ENDPOINT, subject->fields[QUERY_ENDPOINT]);
    add_facet(index, row, FACET_PATH, subject->fields[QUERY_PATH]);
    add_facet(index, row, FACET_VERDICT, (struct query_text){&verdict, 1});
    add_facet(index, row, FACET_ANSWER, query_text_of(answer));
}

static void widen(int64_t value, int64_t *low, int64_t *high)
{
    if (value < *low)
        *low = value;
    if (value > *high)
        *high = value;
}

/* Adds what the slice has room for; true when the row is done. */
static bool add_texts(struct store_index *index, unsigned row, const struct query_subject *subject,
                      size_t *room)
{
    for (; index->text < subject->text_count; index->text++, index->offset = 0) {
        struct query_text text = subject->texts[index->text];
        size_t left = text.length - index->offset;
        size_t length = left < *room ? left : *room;
        if (length > 0)
            segment_builder_text(index->builder, row, text.bytes + index->offset, length);
        *room -= length;
        if (length < left) { /* the next part begins with the last bytes of this one */
            index->offset += length > GRAM_BYTES ? length - (GRAM_BYTES - 1) : 0;
            return false;
        }
    }
    index->text = 0;
    return true;
}

static bool add_row(struct store_index *index, const struct delivery *delivery, size_t *room)
{
    struct delivery_subject whole;
    delivery_subject(delivery, &whole);
    unsigned row = (unsigned)((delivery->id - 1) % SEGMENT_ROWS);
    if (index->text == 0 && index->offset == 0) {
        add_facets(index, row, &whole.subject);
        widen(delivery->received_ms, &index->oldest_ms, &index->newest_ms);
        widen((int64_t)delivery->body_length, &index->smallest, &index->largest);
    }
    return add_texts(index, row, &whole.subject, room);
}

/* A row of which parts were read may have been deleted since, and this is another one. */
static void come_to(struct store_index *index, int64_t id)
{
    if (id != index->next_row)
        index->text = index->offset = 0;
    index->next_row = id;
}

static enum store_index_result end_reading(struct store_index *index, struct error *error)
{
    if (segment_builder_seal(index->builder)) {
        index->phase = WRITING;
        return STORE_INDEX_MORE;
    }
    (void)error_set(error, "cannot index %s: out of memory", index->store->path);
    return give_up(index);
}

static enum store_index_result read_rows(struct store_index *index, struct error *error)
{
    int64_t end = store_index_end(index) + SEGMENT_ROWS;
    if (index->next_row >= end)
        return end_reading(index, error);
    sqlite3_stmt *statement = prepare(index, READ_ROWS);
    if (statement == NULL)
        return failed(index, "read", error);
    (void)sqlite3_bind_int64(statement, 1, index->next_row);
    (void)sqlite3_bind_int64(statement, 2, end);
    size_t room = STORE_INDEX_SLICE_BYTES;
    int rows = 0;
    int code = SQLITE_ROW;
    while (room > 0 && rows++ < STORE_INDEX_SLICE_ROWS &&
           (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct delivery delivery = store_read_searched(statement);
        come_to(index, delivery.id);
        if (!add_row(index, &delivery, &room))
            break;
        index->next_row = delivery.id + 1;
    }
    if (code == SQLITE_DONE)
        index->next_row = end;
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        enum store_index_result result = failed(index, "read", error);
        store_finish(statement);
        return result;
    }
    store_finish(statement);
    return STORE_INDEX_MORE;
}

/* --- writing ------------------------------------------------------------------------- */

static int64_t key_of(int64_t segment, uint32_t gram)
{
    return (int64_t)((uint64_t)segment << 32 | gram);
}

/* Another program may have made the segment meanwhile, and a program that ended halfway may have
   left some of it. */
static bool begin_segment(struct store_index *index, bool *there)
{
    sqlite3_stmt *has = prepare(index, HAS_SEGMENT);
    sqlite3_stmt *drop = prepare(index, DROP_GRAMS);
    if (has == NULL || drop == NULL)
        return false;
    (void)sqlite3_bind_int64(has, 1, index->segment);
    bool asked = sqlite3_step(has) == SQLITE_ROW;
    *there = asked && sqlite3_column_int64(has, 0) > 0;
    store_finish(has);
    if (!asked || *there)
        return asked;
    (void)sqlite3_bind_int64(drop, 1, key_of(index->segment, 0));
    (void)sqlite3_bind_int64(drop, 2, key_of(index->segment + 1, 0));
    index->begun = true;
    return store_run(drop);
}

static bool put_chunk(struct store_index *index, uint32_t first, const struct buffer *chunk)
{
    sqlite3_stmt *statement = prepare(index, PUT_GRAMS);
    if (statement == NULL || chunk->failed)
        return false;
    (void)sqlite3_bind_int64(statement, 1, key_of(index->segment, first));
    store_bind_blob(statement, 2, chunk->data, chunk->length);
    return store_run(statement);
}

static bool put_segment(struct store_index *index)
{
    sqlite3_stmt *statement = prepare(index, PUT_SEGMENT);
    struct buffer facets;
    buffer_init(&facets, FACETS_BYTES_MAX);
    segment_builder_facets(index->builder, &facets);
    bool put = statement != NULL && !facets.failed;
    if (put) {
        (void)sqlite3_bind_int64(statement, 1, index->segment);
        (void)sqlite3_bind_int(statement, 2, segment_builder_complete(index->builder));
        (void)sqlite3_bind_int64(statement, 3, index->oldest_ms);
        (void)sqlite3_bind_int64(statement, 4, index->newest_ms);
        (void)sqlite3_bind_int64(statement, 5, index->smallest);
        (void)sqlite3_bind_int64(statement, 6, index->largest);
        store_bind_blob(statement, 7, facets.data, facets.length);
        put = store_run(statement);
    }
    buffer_clear(&facets);
    return put;
}

/* Some chunks; after the last one the segment itself, which makes them count. */
static bool write_chunks(struct store_index *index, bool *done)
{
    struct buffer chunk;
    buffer_init(&chunk, SEGMENT_CHUNK_MAX);
    bool written = index->begun || begin_segment(index, done);
    for (int i = 0; written && !*done && i < STORE_INDEX_SLICE_CHUNKS; i++) {
        uint32_t first;
        chunk.length = 0;
        if (segment_builder_chunk(index->builder, &chunk, &first)) {
            written = put_chunk(index, first, &chunk);
        } else {
            written = put_segment(index);
            *done = true;
        }
    }
    buffer_clear(&chunk);
    return written;
}

static enum store_index_result write(struct store_index *index, struct error *error)
{
    bool done = false;
    if (!store_begin(index->store, error))
        return give_up(index);
    if (!write_chunks(index, &done) || !store_commit(index->store, error)) {
        enum store_index_result result = failed(index, "index", error);
        store_rollback(index->store);
        return result;
    }
    if (done) {
        (void)give_up(index); /* of the builder: it has done its work */
        index->segment++;
    }
    return STORE_INDEX_MORE;
}

enum store_index_result store_index_step(struct store_index *index, struct error *error)
{
    switch (index->phase) {
    case LOOKING:
        return look(index, error);
    case READING:
        return read_rows(index, error);
    case WRITING:
        return write(index, error);
    }
    return STORE_INDEX_IDLE;
}
