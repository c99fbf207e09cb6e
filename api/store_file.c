#include "api/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
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
};

/* A new directory entry is on disk only once its directory has been synced. Some file systems
   cannot, which is no reason to refuse them. */
static void sync_parent(const char *path)
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
            sync_parent(part);
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
        sync_parent(path);
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
    if (alone)
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
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA page_size = %d", STORE_PAGE_SIZE);
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

static bool migrate(sqlite3 *db, const char *path, struct error *error)
{
    struct identity identity = {0};
    if (execute(db, "BEGIN IMMEDIATE") != SQLITE_OK)
        return store_file_error(db, "write", path, error);
    bool done = read_identity(db, path, &identity, error) && check_identity(&identity, path, error);
    while (done && identity.version < STORE_SCHEMA_VERSION) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", (int)identity.version + 1);
        if (execute(db, MIGRATIONS[identity.version]) != SQLITE_OK || execute(db, sql) != SQLITE_OK)
            done = store_file_error(db, "write", path, error);
        identity.version++;
    }
    if (done && execute(db, "COMMIT") != SQLITE_OK)
        done = store_file_error(db, "write", path, error);
    if (!sqlite3_get_autocommit(db))
        (void)execute(db, "ROLLBACK");
    return done;
}

static bool prepare_for_writing(sqlite3 *db, const char *path, struct error *error)
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
    return identity.version == STORE_SCHEMA_VERSION || migrate(db, path, error);
}

static bool prepare_for_reading(sqlite3 *db, const char *path, struct error *error)
{
    struct identity identity = {0};
    if (!read_identity(db, path, &identity, error) || !check_identity(&identity, path, error))
        return false;
    if (identity.version < STORE_SCHEMA_VERSION)
        return error_set(error, "cannot read %s: no receiver has set it up for this version yet",
                         path);
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

sqlite3 *store_file_open(const char *path, enum store_mode mode, struct error *error)
{
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
            (mode == STORE_WRITE ? prepare_for_writing(db, path, error)
                                 : prepare_for_reading(db, path, error));
    free(name);
    if (ready)
        return db;
    (void)sqlite3_close(db);
    return NULL;
}
