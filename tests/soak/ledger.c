#include "tests/soak/ledger.h"

#include "api/contract.h"
#include "api/sha256.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1 << 12 };

struct entry {
    char id[CONTRACT_ID_MAX + 1]; /* "" is free */
    bool accepted;
    unsigned char digest[SHA256_BYTES]; /* of the body that was */
};

/* An open hash table, at most half full. */
struct ledger {
    pthread_mutex_t lock;
    struct entry *slots;
    size_t slot_count;
    struct ledger_counts counts;
};

static struct entry *new_slots(size_t count)
{
    struct entry *slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        abort();
    return slots;
}

struct ledger *ledger_new(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL || pthread_mutex_init(&ledger->lock, NULL) != 0)
        abort();
    ledger->slot_count = FIRST_SLOTS;
    ledger->slots = new_slots(FIRST_SLOTS);
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    (void)pthread_mutex_destroy(&ledger->lock);
    free(ledger->slots);
    free(ledger);
}

/* The entry of that id, or the free one where it would be. FNV-1a. */
static struct entry *find(struct entry *slots, size_t count, const char *id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = id; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    size_t slot = (size_t)hash & (count - 1);
    while (slots[slot].id[0] != '\0' && strcmp(slots[slot].id, id) != 0)
        slot = (slot + 1) & (count - 1);
    return &slots[slot];
}

static void grow(struct ledger *ledger)
{
    size_t count = 2 * ledger->slot_count;
    struct entry *slots = new_slots(count);
    for (size_t i = 0; i < ledger->slot_count; i++)
        if (ledger->slots[i].id[0] != '\0')
            *find(slots, count, ledger->slots[i].id) = ledger->slots[i];
    free(ledger->slots);
    ledger->slots = slots;
    ledger->slot_count = count;
}

static void note(struct ledger *ledger, const char *id, const char *body, size_t length, int status)
{
    if (2 * ledger->counts.events >= ledger->slot_count)
        grow(ledger);
    struct entry *entry = find(ledger->slots, ledger->slot_count, id);
    if (entry->id[0] == '\0') {
        (void)snprintf(entry->id, sizeof entry->id, "%s", id);
        ledger->counts.events++;
    }
    /* Not of every delivery: some are changed after they were signed, and refused. */
    if (status == 200 && !entry->accepted && !sha256(body, length, entry->digest))
        abort();
    ledger->counts.answers += status == 200;
    ledger->counts.refused += status != 200 && status != 0;
    ledger->counts.unanswered += status == 0;
    ledger->counts.accepted += status == 200 && !entry->accepted;
    entry->accepted |= status == 200;
}

/* Read without the product's own decoding: the sandbox writes it like this. */
static bool read_id(const char *body, size_t length, char id[CONTRACT_ID_MAX + 1])
{
    static const char MEMBER[] = "\"event_id\":\"";
    const char *at = memmem(body, length, MEMBER, sizeof MEMBER - 1);
    if (at == NULL)
        return false;
    at += sizeof MEMBER - 1;
    const char *end = memchr(at, '"', length - (size_t)(at - body));
    if (end == NULL || end == at || end - at > CONTRACT_ID_MAX)
        return false;
    memcpy(id, at, (size_t)(end - at));
    id[end - at] = '\0';
    return true;
}

void ledger_answered(struct ledger *ledger, const char *body, size_t length, int status)
{
    char id[CONTRACT_ID_MAX + 1];
    if (!read_id(body, length, id))
        return;
    (void)pthread_mutex_lock(&ledger->lock);
    note(ledger, id, body, length, status);
    (void)pthread_mutex_unlock(&ledger->lock);
}

struct ledger_counts ledger_counts(const struct ledger *ledger)
{
    struct ledger *mine = (struct ledger *)ledger; /* all of them are the heap's */
    (void)pthread_mutex_lock(&mine->lock);
    struct ledger_counts counts = ledger->counts;
    (void)pthread_mutex_unlock(&mine->lock);
    return counts;
}

/* --- against the store ------------------------------------------------------------- */

static bool check_row(const struct ledger *ledger, sqlite3_stmt *row, bool *stored,
                      struct error *error)
{
    const char *id = (const char *)sqlite3_column_text(row, 0);
    const void *body = sqlite3_column_blob(row, 1);
    unsigned char digest[SHA256_BYTES];
    const struct entry *entry =
        id != NULL ? find(ledger->slots, ledger->slot_count, id) : &(struct entry){0};
    if (entry->id[0] == '\0')
        return error_set(error, "the store has an event that was never sent: %s", id ? id : "none");
    if (body == NULL || !sha256(body, (size_t)sqlite3_column_bytes(row, 1), digest) ||
        (entry->accepted && memcmp(digest, entry->digest, sizeof digest) != 0))
        return error_set(error, "event %s is not stored as it was sent", id);
    bool *seen = &stored[entry - ledger->slots];
    if (*seen)
        return error_set(error, "event %s has two rows", id);
    *seen = true;
    return true;
}

static bool check_rows(const struct ledger *ledger, sqlite3 *db, bool *stored,
                       struct ledger_check *check, struct error *error)
{
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2(db,
                                  "SELECT event_id, body, ifnull(attempts, 1) FROM deliveries "
                                  "LEFT JOIN delivery_notes ON delivery_id = id WHERE verdict = 0",
                                  -1, &rows, NULL);
    bool right = code == SQLITE_OK;
    while (right && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        right = check_row(ledger, rows, stored, error);
        check->rows++;
        check->repeats += (size_t)sqlite3_column_int64(rows, 2) - 1;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        right = error_set(error, "cannot read the store: %s", sqlite3_errmsg(db));
    (void)sqlite3_finalize(rows);
    return right;
}

bool ledger_check(const struct ledger *ledger, const char *store_path, struct ledger_check *check,
                  struct error *error)
{
    sqlite3 *db = NULL;
    bool *stored = calloc(ledger->slot_count, sizeof *stored);
    *check = (struct ledger_check){0};
    if (stored == NULL)
        abort();
    bool right = sqlite3_open_v2(store_path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK ||
                 error_set(error, "cannot open the store: %s", sqlite3_errmsg(db));
    right = right && check_rows(ledger, db, stored, check, error);
    for (size_t i = 0; right && i < ledger->slot_count; i++)
        if (ledger->slots[i].accepted && !stored[i])
            right = error_set(error, "event %s was accepted, and is lost", ledger->slots[i].id);
    (void)sqlite3_close(db);
    free(stored);
    return right;
}
