#include "api/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600, RETRY_PAUSE_MS = 10 };

/* MIGRATIONS[n] makes version n + 1 out of version n. A published one is never changed. */
static const char *const MIGRATIONS[STORE_SCHEMA_VERSION] = {
    "CREATE TABLE deliveries ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* an id is never given twice, also after deletion */
    "  received_ms INTEGER NOT NULL,"
    "  verdict INTEGER NOT NULL,"
    "  answer_status INTEGER NOT NULL,"
    "  sequence INTEGER NOT NULL," /* -1: absent */
    "  webhook_id TEXT,"
    "  event_id TEXT,"
    "  event_type TEXT,"
    "  object_id TEXT,"
    "  object_status TEXT,"
    "  peer TEXT NOT NULL,"
    "  method TEXT NOT NULL,"
    "  target TEXT NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  headers BLOB NOT NULL,"
    "  body BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE answer_times ("
    "  delivery_id INTEGER PRIMARY KEY,"
    "  answer_us INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE endpoints ("
    "  number INTEGER PRIMARY KEY," /* the order in which they were first seen */
    "  id TEXT NOT NULL UNIQUE,"
    "  url TEXT,"
    "  status TEXT,"
    "  categories BLOB NOT NULL,"
    "  public_key TEXT,"
    "  created_at TEXT,"
    "  first_seen_ms INTEGER NOT NULL,"
    "  last_seen_ms INTEGER NOT NULL,"
    "  retired_ms INTEGER" /* NULL: still there */
    ") STRICT;"
    "CREATE TABLE counts ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  deliveries INTEGER NOT NULL,"
    "  genuine INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO counts VALUES (1, 0, 0);",

    "CREATE TABLE search_segments ("
    "  id INTEGER PRIMARY KEY,"
    "  complete INTEGER NOT NULL," /* 0: a gram that is not there says nothing */
    "  oldest_ms INTEGER NOT NULL,"
    "  newest_ms INTEGER NOT NULL,"
    "  smallest INTEGER NOT NULL," /* bytes of a body */
    "  largest INTEGER NOT NULL,"
    "  facets BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE search_grams ("
    "  key INTEGER PRIMARY KEY,"
    "  grams BLOB NOT NULL"
    ") STRICT;",

    "ALTER TABLE answer_times RENAME TO delivery_notes;"
    "ALTER TABLE delivery_notes ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE deliveries ADD COLUMN event_key INTEGER;"
    "ALTER TABLE counts ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE counts ADD COLUMN refused_bytes INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE attempts ("
    "  delivery_id INTEGER NOT NULL,"
    "  number INTEGER NOT NULL," /* 2 and up: the first is the delivery itself */
    "  received_ms INTEGER NOT NULL,"
    "  peer TEXT NOT NULL,"
    "  target TEXT NOT NULL,"
    "  webhook_id TEXT,"
    "  signature TEXT," /* the header's value */
    "  answer_status INTEGER NOT NULL,"
    "  answer_us INTEGER NOT NULL," /* -1: not known */
    "  body BLOB,"
    "  PRIMARY KEY (delivery_id, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE event_keys_0 (key INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;"
    "CREATE TABLE event_keys_1 (key INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;"
    "CREATE TABLE event_keys_2 (key INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;"
    /* FAIL, not ABORT, which would have SQLite keep a copy of every page that an insert changes. */
    "CREATE TRIGGER genuine_have_keys BEFORE INSERT ON deliveries"
    "  WHEN (new.verdict = 0) <> (new.event_key IS NOT NULL) BEGIN"
    "  SELECT RAISE(FAIL, 'what is genuine has a key, and nothing else has');"
    " END;"
    "CREATE TRIGGER one_row_an_event BEFORE INSERT ON deliveries"
    "  WHEN new.event_key IS NOT NULL BEGIN"
    "  SELECT RAISE(FAIL, 'the event has a row')"
    "    WHERE EXISTS (SELECT 1 FROM event_keys_0 WHERE key = new.event_key)"
    "    OR EXISTS (SELECT 1 FROM event_keys_1 WHERE key = new.event_key)"
    "    OR EXISTS (SELECT 1 FROM event_keys_2 WHERE key = new.event_key);"
    " END;"
    "CREATE TRIGGER events_keep_keys AFTER INSERT ON deliveries"
    "  WHEN new.event_key IS NOT NULL BEGIN"
    "  INSERT INTO event_keys_0 VALUES (new.event_key, new.id);"
    " END;"
    "CREATE INDEX not_genuine ON deliveries (id) WHERE verdict <> 0;",

    "ALTER TABLE delivery_notes ADD COLUMN forwarded INTEGER;"     /* NULL: it was not */
    "ALTER TABLE delivery_notes ADD COLUMN answer_status INTEGER;" /* NULL: as in the row */
    "CREATE TABLE forwards ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* the order within a lane */
    "  delivery_id INTEGER NOT NULL,"
    "  attempt INTEGER NOT NULL," /* of the delivery */
    "  kind INTEGER NOT NULL,"
    "  lane INTEGER NOT NULL,"
    "  state INTEGER NOT NULL," /* 1: waits */
    "  queued_ms INTEGER NOT NULL,"
    "  next_ms INTEGER NOT NULL,"
    "  tries INTEGER NOT NULL DEFAULT 0,"
    "  failures INTEGER NOT NULL DEFAULT 0" /* of them: such as count against it */
    ") STRICT;"
    "CREATE INDEX forwards_of ON forwards (delivery_id);"
    "CREATE INDEX forwards_waiting ON forwards (id) WHERE state = 1;"
    "CREATE INDEX forwards_lanes ON forwards (lane, id) WHERE state = 1;"
    "CREATE TABLE forward_tries ("
    "  delivery_id INTEGER NOT NULL,"
    "  forward_id INTEGER NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  at_ms INTEGER NOT NULL,"
    "  took_us INTEGER NOT NULL,"
    "  status INTEGER NOT NULL," /* 0: there was no answer */
    "  error TEXT,"
    "  answer BLOB NOT NULL," /* its beginning */
    "  PRIMARY KEY (delivery_id, forward_id, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE forward_target ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  name TEXT,"
    "  trouble TEXT"
    ") STRICT;",

    ("ALTER TABLE delivery_notes ADD COLUMN on_demand INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE attempts ADD COLUMN on_demand INTEGER NOT NULL DEFAULT 0;"),

    "CREATE TABLE receiving ("
    "  id INTEGER PRIMARY KEY,"
    "  began_ms INTEGER NOT NULL,"
    "  until_ms INTEGER" /* NULL: it goes on, or was not ended */
    ") STRICT;",

    "CREATE TABLE activity ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  token INTEGER NOT NULL," /* by which the end of an action finds its beginning; 0: none */
    "  who INTEGER NOT NULL,"
    "  outcome INTEGER NOT NULL,"
    "  at_ms INTEGER NOT NULL,"
    "  since_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER NOT NULL," /* 0: under way */
    "  fields INTEGER NOT NULL,"
    "  webhook_id TEXT,"
    "  text TEXT NOT NULL,"
    "  before TEXT NOT NULL,"
    "  after TEXT NOT NULL"
    ") STRICT;",

    "CREATE TABLE bridge_events ("
    "  number INTEGER PRIMARY KEY,"
    "  id TEXT NOT NULL UNIQUE,"
    "  sequence INTEGER NOT NULL," /* -1: absent */
    "  category TEXT,"
    "  type TEXT,"
    "  object_id TEXT,"
    "  object_status TEXT,"
    "  created_ms INTEGER NOT NULL," /* -1: not known */
    "  seen_ms INTEGER NOT NULL,"
    "  never_ms INTEGER NOT NULL," /* when it was found never to have been delivered; 0: it was not
                                    */
    "  raw BLOB"
    ") STRICT;"
    "CREATE INDEX bridge_events_in_time ON bridge_events (created_ms);"
    "CREATE TABLE bridge_place ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  bottom TEXT NOT NULL,"
    "  newest_ms INTEGER NOT NULL,"
    "  oldest_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE bridge_here ("
    "  webhook_id TEXT PRIMARY KEY,"
    "  seen_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",

    /* What is genuine is not in it: it costs those rows nothing. */
    "CREATE INDEX claims ON deliveries (event_id) WHERE verdict <> 0;",

    "UPDATE counts SET refused_bytes = (SELECT ifnull(sum(" STORE_ROW_BYTES "), 0) "
    "FROM deliveries WHERE verdict <> 0);",
};

/* Some file systems cannot, which is no reason to refuse them. */
void store_file_sync_parent(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

static bool make_directories(const char *path, struct error *error)
{
    if (path[0] == '\0')
        return error_set(error, "cannot open the store: its file has no name");
    char *part = strdup(path);
    if (part == NULL)
        return error_set(error, "cannot create %s: out of memory", path);
    bool made = true;
    for (char *slash = part; made && (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
        *slash = '\0';
        if (mkdir(part, DIRECTORY_MODE) == 0)
            store_file_sync_parent(part);
        else if (errno != EEXIST)
            made = error_set(error, "cannot create the directory %s: %m", part);
    }
    free(part);
    return made;
}

/* Makes an empty file unless there is one. Never open(): POSIX drops all locks that a process has
   on a file when it closes any descriptor of it, those of its other connections included
   (sqlite.org/howtocorrupt.html, 2.2). SQLite gives -wal and -shm the file's own mode. */
static bool make_file(const char *path, struct error *error)
{
    if (mknod(path, S_IFREG | FILE_MODE, 0) == 0)
        store_file_sync_parent(path);
    else if (errno != EEXIST)
        return error_set(error, "cannot create %s: %m", path);
    return true;
}

/* Beside the file, SQLite makes its log: without permission it says little of what is wrong. */
static bool check_directory(const char *path, struct error *error)
{
    char *copy = strdup(path);
    bool writable = copy != NULL && access(dirname(copy), W_OK | X_OK) == 0;
    free(copy);
    return writable || error_set(error, "cannot write beside %s: %m", path);
}

static bool check_kind(const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error, "cannot open %s: %m", path);
    if (S_ISDIR(status.st_mode))
        return error_set(error, "cannot open %s: it is a directory", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, "cannot open %s: it is not a regular file", path);
    return true;
}

bool store_file_error(sqlite3 *db, const char *what, const char *path, struct error *error)
{
    int code = sqlite3_errcode(db) & 0xff;
    int system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(db) : 0;
    if (system == 0)
        return error_set(error, "cannot %s %s: %s", what, path, sqlite3_errmsg(db));
    errno = system;
    return error_set(error, "cannot %s %s: %s (%m)", what, path, sqlite3_errmsg(db));
}

static int execute(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int query_integer(sqlite3 *db, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    *value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    int finalized = sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : finalized;
}

struct identity {
    int64_t application_id;
    int64_t version;
    int64_t tables;
};

static bool query_identity(sqlite3 *db, struct identity *identity)
{
    return query_integer(db, "PRAGMA application_id", &identity->application_id) == SQLITE_OK &&
           query_integer(db, "PRAGMA user_version", &identity->version) == SQLITE_OK &&
           query_integer(db, "SELECT count(*) FROM sqlite_schema", &identity->tables) == SQLITE_OK;
}

/* In one transaction: between two queries another program may set the file up. */
static bool read_identity(sqlite3 *db, const char *path, struct identity *identity,
                          struct error *error)
{
    bool alone = sqlite3_get_autocommit(db);
    bool read = (!alone || execute(db, "BEGIN") == SQLITE_OK) && query_identity(db, identity);
    if (!read && (sqlite3_errcode(db) & 0xff) == SQLITE_NOTADB)
        (void)error_set(error, "%s is not a bridgetop store: it is left alone", path);
    else if (!read)
        (void)store_file_error(db, "read", path, error);
    if (alone && read) /* else the failure is still to be looked at: closing ends it */
        (void)execute(db, "ROLLBACK");
    return read;
}

static bool is_ours(const struct identity *identity)
{
    return identity->application_id == STORE_APPLICATION_ID;
}

/* An empty file is taken; what holds anything must be a store of ours. */
static bool check_identity(const struct identity *identity, const char *path, struct error *error)
{
    bool empty = identity->application_id == 0 && identity->version == 0 && identity->tables == 0;
    if (!is_ours(identity) && !empty)
        return error_set(error, "%s is another program's database: it is left alone", path);
    if (identity->version < 0 || identity->version > STORE_SCHEMA_VERSION)
        return error_set(error,
                         "%s was written by a newer bridgetop (schema %lld, this one reads %d): "
                         "it is left alone",
                         path, (long long)identity->version, STORE_SCHEMA_VERSION);
    return true;
}

/* Other programs may do the same at this moment: what was read before the transaction began is
   read again inside it. */
static bool mark_as_ours(sqlite3 *db, const char *path, struct error *error)
{
    struct identity identity = {0};
    char sql[80];
    (void)snprintf(sql, sizeof sql, "PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL",
                   STORE_PAGE_SIZE);
    if (execute(db, sql) != SQLITE_OK || execute(db, "BEGIN IMMEDIATE") != SQLITE_OK)
        return store_file_error(db, "write", path, error);
    bool ours = read_identity(db, path, &identity, error) && check_identity(&identity, path, error);
    if (ours && !is_ours(&identity)) {
        (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
        if (execute(db, sql) != SQLITE_OK)
            ours = store_file_error(db, "write", path, error);
    }
    if (ours && execute(db, "COMMIT") != SQLITE_OK)
        ours = store_file_error(db, "write", path, error);
    if (!sqlite3_get_autocommit(db))
        (void)execute(db, "ROLLBACK");
    return ours;
}

/* Changing the journal's mode needs the file alone for a moment and does not wait by itself. */
static bool use_write_ahead_log(sqlite3 *db, const char *path, struct error *error)
{
    int code = SQLITE_BUSY;
    bool on = false;
    for (int waited = 0; waited <= STORE_BUSY_MS; waited += RETRY_PAUSE_MS) {
        sqlite3_stmt *statement = NULL;
        code = sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
        if (code == SQLITE_OK)
            code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            on = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
        (void)sqlite3_finalize(statement);
        if ((code & 0xff) != SQLITE_BUSY)
            break;
        sqlite3_sleep(RETRY_PAUSE_MS);
    }
    if (code != SQLITE_ROW)
        return store_file_error(db, "write", path, error);
    if (!on)
        return error_set(error, "cannot use %s: its file system has no write-ahead log", path);
    return true;
}

bool store_file_raise(sqlite3 *db, const char *path, int64_t *from, struct error *error)
{
    struct identity identity = {0};
    if (!read_identity(db, path, &identity, error) || !check_identity(&identity, path, error))
        return false;
    *from = identity.version;
    for (int64_t version = identity.version; version < STORE_SCHEMA_VERSION; version++)
        if (execute(db, MIGRATIONS[version]) != SQLITE_OK)
            return store_file_error(db, "write", path, error);
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", STORE_SCHEMA_VERSION);
    return execute(db, sql) == SQLITE_OK || store_file_error(db, "write", path, error);
}

/* A file with nothing in it yet. */
static bool lay_out(sqlite3 *db, const char *path, struct error *error)
{
    int64_t from;
    if (execute(db, "BEGIN IMMEDIATE") != SQLITE_OK)
        return store_file_error(db, "write", path, error);
    bool done = store_file_raise(db, path, &from, error);
    if (done && execute(db, "COMMIT") != SQLITE_OK)
        done = store_file_error(db, "write", path, error);
    if (!sqlite3_get_autocommit(db))
        (void)execute(db, "ROLLBACK");
    return done;
}

static bool prepare_for_writing(sqlite3 *db, const char *path, int64_t *version,
                                struct error *error)
{
    struct identity identity = {0};
    if (sqlite3_db_readonly(db, "main") != 0)
        return error_set(error, "cannot write %s: it is read-only", path);
    if (!read_identity(db, path, &identity, error) || !check_identity(&identity, path, error))
        return false;
    if (!is_ours(&identity) && !mark_as_ours(db, path, error))
        return false;
    if (!use_write_ahead_log(db, path, error))
        return false;
    char sql[128]; /* FULL: a commit is on disk when it returns, not at the next checkpoint */
    (void)snprintf(sql, sizeof sql, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = %d",
                   STORE_LOG_KEEP);
    if (execute(db, sql) != SQLITE_OK)
        return store_file_error(db, "write", path, error);
    *version = identity.version > 0 ? identity.version : STORE_SCHEMA_VERSION;
    return identity.version > 0 || lay_out(db, path, error);
}

static bool prepare_for_reading(sqlite3 *db, const char *path, int64_t *version,
                                struct error *error)
{
    struct identity identity = {0};
    if (!read_identity(db, path, &identity, error) || !check_identity(&identity, path, error))
        return false;
    *version = identity.version;
    return true;
}

/* The file may come from anywhere: nothing in its schema may run functions of ours, or change
   what SQLite itself relies on. */
static bool configure(sqlite3 *db, const char *path, struct error *error)
{
    (void)sqlite3_busy_timeout(db, STORE_BUSY_MS);
    if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
        execute(db, "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON") != SQLITE_OK)
        return store_file_error(db, "open", path, error);
    return true;
}

/* Whether the file says of itself that it is ours (sqlite.org/fileformat2.html, 1.3), for one that
   SQLite cannot read any more. Read by SQLite's own descriptor: see make_file(). */
static bool says_it_is_ours(sqlite3 *db)
{
    enum { APPLICATION_ID_AT = 68 };
    static const char magic[] = "SQLite format 3";
    unsigned char head[APPLICATION_ID_AT + 4];
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file == NULL || file->pMethods == NULL ||
        file->pMethods->xRead(file, head, sizeof head, 0) != SQLITE_OK)
        return false;
    const unsigned char *id = head + APPLICATION_ID_AT;
    return memcmp(head, magic, sizeof magic) == 0 &&
           ((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]) ==
               STORE_APPLICATION_ID;
}

bool store_file_damaged(sqlite3 *db)
{
    int code = sqlite3_errcode(db) & 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

void store_file_close(sqlite3 *db, bool untouched)
{
    if (db != NULL && untouched)
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    /* SQLite does it for the last connection only, and a reader that closes last cannot. */
    else if (db != NULL && sqlite3_db_readonly(db, "main") == 0)
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_close(db);
}

/* Nobody asks how much memory SQLite uses, and counting it takes a lock at each allocation. Does
   nothing where SQLite is in use already. */
static void count_no_memory(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

sqlite3 *store_file_open(const char *path, enum store_mode mode, struct store_file_state *state,
                         struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, count_no_memory);
    *state = (struct store_file_state){0};
    if (mode == STORE_WRITE && (!make_directories(path, error) || !make_file(path, error)))
        return NULL;
    if (!check_kind(path, error) || (mode == STORE_WRITE && !check_directory(path, error)))
        return NULL;

    sqlite3 *db = NULL;
    char *name = NULL; /* never ":memory:" or a URI: begins with / or ./ */
    if (asprintf(&name, "%s%s", path[0] == '/' ? "" : "./", path) < 0) {
        (void)error_set(error, "cannot open %s: out of memory", path);
        return NULL;
    }
    int access = mode == STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int code =
        sqlite3_open_v2(name, &db, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    bool ready = code == SQLITE_OK || store_file_error(db, "open", path, error);
    ready = ready && configure(db, path, error) &&
            (mode == STORE_WRITE ? prepare_for_writing(db, path, &state->version, error)
                                 : prepare_for_reading(db, path, &state->version, error));
    free(name);
    if (ready)
        return db;
    state->damaged = db != NULL && store_file_damaged(db) && says_it_is_ours(db);
    store_file_close(db, state->damaged);
    return NULL;
}
