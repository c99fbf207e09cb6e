#include "api/contract.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* --- categories ------------------------------------------------------------- */

const char *const CONTRACT_CATEGORIES[] = {
    "customer",
    "external_account",
    "kyc_link",
    "liquidation_address",
    "liquidation_address.drain",
    "static_memo.activity",
    "transfer",
    "virtual_account",
    "virtual_account.activity",
    "card_account",
    "card_transaction",
    "card_withdrawal",
    "posted_card_account_transaction",
    "shift4_base_deposit",
    "indexed_deposit",
    NULL,
};

bool contract_category_known(const char *category)
{
    for (size_t i = 0; category != NULL && CONTRACT_CATEGORIES[i] != NULL; i++)
        if (strcmp(category, CONTRACT_CATEGORIES[i]) == 0)
            return true;
    return false;
}

/* --- names ------------------------------------------------------------------- */

bool contract_id_valid(const char *id)
{
    if (id == NULL || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return false;
    size_t length = 0;
    for (; id[length] != '\0'; length++)
        if (length >= CONTRACT_ID_MAX || id[length] <= ' ' || id[length] > '~')
            return false;
    return length > 0;
}

const char *webhook_status_name(enum webhook_status status)
{
    switch (status) {
    case WEBHOOK_DISABLED:
        return "disabled";
    case WEBHOOK_ACTIVE:
        return "active";
    case WEBHOOK_DELETED:
        return "deleted";
    default:
        return "unknown";
    }
}

bool log_entry_succeeded(const struct log_entry *entry)
{
    return entry->status >= 200 && entry->status <= 299;
}

/* --- lists of strings ---------------------------------------------------------- */

bool string_list_add(struct string_list *list, const char *string)
{
    char **items = reallocarray(list->items, list->count + 1, sizeof *items);
    if (items == NULL)
        return false;
    list->items = items;
    items[list->count] = strdup(string);
    if (items[list->count] == NULL)
        return false;
    list->count++;
    return true;
}

bool string_list_has(const struct string_list *list, const char *string)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], string) == 0)
            return true;
    return false;
}

bool string_list_copy(struct string_list *to, const struct string_list *from)
{
    *to = (struct string_list){0};
    for (size_t i = 0; i < from->count; i++) {
        if (!string_list_add(to, from->items[i])) {
            string_list_clear(to);
            return false;
        }
    }
    return true;
}

void string_list_clear(struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct string_list){0};
}

/* --- copies ---------------------------------------------------------------------- */

/* Copies a string that may be absent. */
static bool copy_string(char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return *to != NULL || from == NULL;
}

/* Copies bytes that may hold NULs, and puts one behind them. */
static bool copy_bytes(char **to, const char *from, size_t length)
{
    *to = NULL;
    if (from == NULL)
        return true;
    *to = malloc(length + 1);
    if (*to == NULL)
        return false;
    memcpy(*to, from, length);
    (*to)[length] = '\0';
    return true;
}

bool webhook_copy(struct webhook *to, const struct webhook *from)
{
    *to = (struct webhook){.status = from->status};
    if (copy_string(&to->id, from->id) && copy_string(&to->url, from->url) &&
        copy_string(&to->status_text, from->status_text) &&
        copy_string(&to->public_key, from->public_key) &&
        string_list_copy(&to->categories, &from->categories) &&
        copy_string(&to->created_at, from->created_at))
        return true;
    webhook_clear(to);
    return false;
}

bool event_copy(struct event *to, const struct event *from)
{
    *to = (struct event){
        .created_ms = from->created_ms,
        .sequence = from->sequence,
        .raw_length = from->raw_length,
    };
    if (copy_string(&to->id, from->id) && copy_string(&to->developer_id, from->developer_id) &&
        copy_string(&to->category, from->category) && copy_string(&to->type, from->type) &&
        copy_string(&to->object_id, from->object_id) &&
        copy_string(&to->object_status, from->object_status) &&
        copy_string(&to->created_at, from->created_at) &&
        copy_bytes(&to->raw, from->raw, from->raw_length))
        return true;
    event_clear(to);
    return false;
}

bool log_entry_copy(struct log_entry *to, const struct log_entry *from)
{
    *to = (struct log_entry){
        .status = from->status,
        .created_ms = from->created_ms,
        .raw_length = from->raw_length,
    };
    if (copy_string(&to->status_text, from->status_text) &&
        copy_string(&to->event_id, from->event_id) &&
        copy_string(&to->response_body, from->response_body) &&
        copy_string(&to->created_at, from->created_at) &&
        copy_bytes(&to->raw, from->raw, from->raw_length))
        return true;
    log_entry_clear(to);
    return false;
}

static bool same_string(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a != NULL && b != NULL && a_length == b_length && memcmp(a, b, a_length) == 0;
}

bool webhook_equals(const struct webhook *a, const struct webhook *b)
{
    bool same =
        same_string(a->id, b->id) && same_string(a->url, b->url) && a->status == b->status &&
        same_string(a->status_text, b->status_text) && same_string(a->public_key, b->public_key) &&
        same_string(a->created_at, b->created_at) && a->categories.count == b->categories.count;
    for (size_t i = 0; same && i < a->categories.count; i++)
        same = same_string(a->categories.items[i], b->categories.items[i]);
    return same;
}

bool event_equals(const struct event *a, const struct event *b)
{
    return same_bytes(a->raw, a->raw_length, b->raw, b->raw_length);
}

bool log_entry_equals(const struct log_entry *a, const struct log_entry *b)
{
    return same_bytes(a->raw, a->raw_length, b->raw, b->raw_length);
}

/* --- clearing ---------------------------------------------------------------------- */

void webhook_clear(struct webhook *webhook)
{
    free(webhook->id);
    free(webhook->url);
    free(webhook->status_text);
    free(webhook->public_key);
    string_list_clear(&webhook->categories);
    free(webhook->created_at);
    *webhook = (struct webhook){0};
}

void webhook_list_clear(struct webhook_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        webhook_clear(&list->items[i]);
    free(list->items);
    *list = (struct webhook_list){0};
}

bool webhook_list_copy(struct webhook_list *to, const struct webhook_list *from)
{
    *to = (struct webhook_list){.items = calloc(from->count + 1, sizeof *to->items)};
    while (to->items != NULL && to->count < from->count &&
           webhook_copy(&to->items[to->count], &from->items[to->count]))
        to->count++;
    if (to->items != NULL && to->count == from->count)
        return true;
    webhook_list_clear(to);
    return false;
}

static uint64_t digest(uint64_t hash, const char *text)
{
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u; /* FNV-1a */
    return (hash ^ 0xFF) * 0x100000001b3u;
}

uint64_t webhook_list_digest(const struct webhook_list *list)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < list->count; i++) {
        const struct webhook *webhook = &list->items[i];
        hash = digest(hash, webhook->id);
        hash = digest(hash, webhook->url);
        hash = digest(hash, webhook->status_text);
        hash = digest(hash, webhook->public_key);
        for (size_t c = 0; c < webhook->categories.count; c++)
            hash = digest(hash, webhook->categories.items[c]);
    }
    return hash;
}

void event_clear(struct event *event)
{
    free(event->id);
    free(event->developer_id);
    free(event->category);
    free(event->type);
    free(event->object_id);
    free(event->object_status);
    free(event->created_at);
    free(event->raw);
    *event = (struct event){0};
}

void event_list_clear(struct event_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        event_clear(&list->items[i]);
    free(list->items);
    *list = (struct event_list){0};
}

void log_entry_clear(struct log_entry *entry)
{
    free(entry->status_text);
    free(entry->event_id);
    free(entry->response_body);
    free(entry->created_at);
    free(entry->raw);
    *entry = (struct log_entry){0};
}

bool log_list_newest_first(const struct log_list *list)
{
    return list->count < 2 || list->items[0].created_ms >= list->items[list->count - 1].created_ms;
}

static int by_time(const void *a, const void *b)
{
    const struct log_entry *one = a;
    const struct log_entry *other = b;
    return (one->created_ms > other->created_ms) - (one->created_ms < other->created_ms);
}

/* qsort is a stable merge sort in glibc as long as memory allows. */
void log_list_sort(struct log_list *list)
{
    bool turn = log_list_newest_first(list);
    for (size_t i = 0; turn && i < list->count / 2; i++) {
        struct log_entry swap = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = swap;
    }
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, by_time);
}

void log_list_clear(struct log_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        log_entry_clear(&list->items[i]);
    free(list->items);
    *list = (struct log_list){0};
}

/* --- bodies of the calls -------------------------------------------------------------- */

/* Adds the categories as an array; NULL leaves them out. */
static bool add_categories(cJSON *body, const struct string_list *categories)
{
    if (categories == NULL)
        return true;
    cJSON *array = cJSON_AddArrayToObject(body, "event_categories");
    for (size_t i = 0; array != NULL && i < categories->count; i++) {
        cJSON *item = cJSON_CreateString(categories->items[i]);
        if (!cJSON_AddItemToArray(array, item)) {
            cJSON_Delete(item);
            return false;
        }
    }
    return array != NULL;
}

static bool add_string(cJSON *body, const char *name, const char *value)
{
    return value == NULL || cJSON_AddStringToObject(body, name, value) != NULL;
}

/* Prints and frees the body. */
static char *finish(cJSON *body, bool complete)
{
    char *text = complete ? cJSON_PrintUnformatted(body) : NULL;
    cJSON_Delete(body);
    return text;
}

char *webhook_create_encode(const char *url, const char *epoch,
                            const struct string_list *categories)
{
    cJSON *body = cJSON_CreateObject();
    return finish(body, add_string(body, "url", url) && add_string(body, "event_epoch", epoch) &&
                            add_categories(body, categories));
}

char *webhook_update_encode(const char *url, enum webhook_status status,
                            const struct string_list *categories)
{
    if (status == WEBHOOK_DELETED)
        return NULL;
    cJSON *body = cJSON_CreateObject();
    const char *word = status != WEBHOOK_STATUS_UNKNOWN ? webhook_status_name(status) : NULL;
    return finish(body, add_string(body, "url", url) && add_string(body, "status", word) &&
                            add_categories(body, categories));
}

char *event_send_encode(const char *event_id)
{
    cJSON *body = cJSON_CreateObject();
    return finish(body, add_string(body, "event_id", event_id));
}
