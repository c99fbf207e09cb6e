#include "api/activity.h"

#include "api/buffer.h"
#include "api/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SHOWN = 8, NAMED_MAX = 4, GROW = 8 };

void activity_clear(struct activity *activity)
{
    free(activity->webhook_id);
    free(activity->text);
    free(activity->before);
    free(activity->after);
    *activity = (struct activity){0};
}

/* NULL stays NULL. */
static bool copy(char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return *to != NULL || from == NULL;
}

bool activity_copy(struct activity *to, const struct activity *from)
{
    *to = *from;
    to->webhook_id = to->text = to->before = to->after = NULL;
    bool copied = copy(&to->webhook_id, from->webhook_id) && copy(&to->text, from->text) &&
                  copy(&to->before, from->before) && copy(&to->after, from->after);
    if (!copied)
        activity_clear(to);
    return copied;
}

/* --- sides ------------------------------------------------------------------- */

static const char *or_none(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : "none";
}

/* A newline in a value would be taken for the end of a line of the side. */
static void on_one_line(char *text, size_t length)
{
    for (size_t i = 0; text != NULL && i < length; i++)
        if (text[i] == '\n')
            text[i] = ' ';
}

static void add_value(struct buffer *buffer, const char *name, const char *value)
{
    size_t from = buffer->length + (buffer->length > 0);
    (void)buffer_printf(buffer, "%s%s: %.*s%s", buffer->length > 0 ? "\n" : "", name,
                        ACTIVITY_VALUE_MAX, or_none(value),
                        strlen(or_none(value)) > ACTIVITY_VALUE_MAX ? "…" : "");
    if (!buffer->failed)
        on_one_line(buffer->data + from, buffer->length - from);
}

static void add_categories(struct buffer *buffer, const struct string_list *categories)
{
    char line[48];
    struct buffer text;
    buffer_init(&text, ACTIVITY_VALUE_MAX);
    for (size_t i = 0; i < categories->count; i++)
        (void)buffer_printf(&text, "%s%s", i > 0 ? ", " : "", categories->items[i]);
    (void)snprintf(line, sizeof line, "%zu, too long to be kept", categories->count);
    add_value(buffer, "categories", text.failed ? line : text.data);
    buffer_clear(&text);
}

static bool add_key(struct buffer *buffer, const char *key)
{
    unsigned char digest[SHA256_BYTES];
    char text[2 * DIGEST_SHOWN + 16] = "SHA-256 ";
    if (key == NULL) {
        add_value(buffer, "key", NULL);
        return true;
    }
    if (!sha256(key, strlen(key), digest))
        return false;
    for (size_t i = 0; i < DIGEST_SHOWN; i++)
        (void)snprintf(text + strlen(text), 3, "%02x", digest[i]);
    add_value(buffer, "key", text);
    return true;
}

static const char *state_of(const struct webhook *webhook)
{
    return webhook->status_text != NULL ? webhook->status_text
                                        : webhook_status_name(webhook->status);
}

char *activity_side(const struct webhook *webhook, unsigned fields)
{
    struct buffer buffer;
    bool made = true;
    buffer_init(&buffer, ACTIVITY_SIDE_MAX);
    if (webhook != NULL && (fields & ACTIVITY_STATE) != 0)
        add_value(&buffer, "state", state_of(webhook));
    if (webhook != NULL && (fields & ACTIVITY_URL) != 0)
        add_value(&buffer, "URL", webhook->url);
    if (webhook != NULL && (fields & ACTIVITY_CATEGORIES) != 0)
        add_categories(&buffer, &webhook->categories);
    if (webhook != NULL && (fields & ACTIVITY_KEY) != 0)
        made = add_key(&buffer, webhook->public_key);
    char *side = made ? buffer_take(&buffer, NULL) : NULL;
    buffer_clear(&buffer);
    return side;
}

static bool has_line(const char *side, const char *line, size_t length)
{
    for (const char *at = side; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, length) == 0 && (at[length] == '\0' || at[length] == '\n'))
            return true;
    }
    return false;
}

bool activity_covers(const char *wanted, const char *side)
{
    const char *line = side;
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        if (!has_line(wanted, line, length))
            return false;
        line += length + (line[length] == '\n');
    }
    return side[0] != '\0';
}

/* --- comparing ----------------------------------------------------------------- */

static bool same_text(const char *one, const char *other)
{
    return strcmp(one != NULL ? one : "", other != NULL ? other : "") == 0;
}

static bool all_in(const struct string_list *some, const struct string_list *all)
{
    for (size_t i = 0; i < some->count; i++)
        if (!string_list_has(all, some->items[i]))
            return false;
    return true;
}

static unsigned differences(const struct webhook *was, const struct webhook *is)
{
    unsigned fields = 0;
    if (!same_text(state_of(was), state_of(is)))
        fields |= ACTIVITY_STATE;
    if (!same_text(was->url, is->url))
        fields |= ACTIVITY_URL;
    if (!all_in(&was->categories, &is->categories) || !all_in(&is->categories, &was->categories))
        fields |= ACTIVITY_CATEGORIES;
    if (is->public_key != NULL && !same_text(was->public_key, is->public_key))
        fields |= ACTIVITY_KEY;
    return fields;
}

/* "; now with transfer, customer": the categories of one that the other has not. */
static void tell_categories(struct buffer *text, const char *words, const struct string_list *from,
                            const struct string_list *in)
{
    size_t told = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (string_list_has(in, from->items[i]))
            continue;
        if (told < NAMED_MAX)
            (void)buffer_printf(text, "%s%.100s", told == 0 ? words : ", ", from->items[i]);
        told++;
    }
    if (told > NAMED_MAX)
        (void)buffer_printf(text, " and %zu more", told - NAMED_MAX);
}

static void tell_change(struct buffer *text, const struct webhook *was, const struct webhook *is,
                        unsigned fields)
{
    const char *joint = " ";
    (void)buffer_append_string(text, is->id);
    if ((fields & ACTIVITY_STATE) != 0) {
        (void)buffer_printf(text, " was %.100s and is %.100s", or_none(state_of(was)),
                            or_none(state_of(is)));
        joint = "; ";
    }
    if ((fields & ACTIVITY_URL) != 0) {
        (void)buffer_printf(text, "%shad the URL %.300s and has %.300s", joint, or_none(was->url),
                            or_none(is->url));
        joint = "; ";
    }
    if ((fields & ACTIVITY_CATEGORIES) != 0) {
        char words[64];
        size_t before = text->length;
        (void)snprintf(words, sizeof words, "%snow has the category ", joint);
        tell_categories(text, words, &is->categories, &was->categories);
        (void)snprintf(words, sizeof words, "%sno longer has the category ",
                       text->length > before ? "; " : joint);
        tell_categories(text, words, &was->categories, &is->categories);
        joint = "; ";
    }
    if ((fields & ACTIVITY_KEY) != 0)
        (void)buffer_printf(text, "%shas another public key than before", joint);
}

static void tell(struct buffer *text, const struct webhook *was, const struct webhook *is,
                 unsigned fields)
{
    if (was == NULL)
        (void)buffer_printf(text, "%s is new, %.100s, for %.300s", is->id, or_none(state_of(is)),
                            or_none(is->url));
    else if (is == NULL)
        (void)buffer_printf(text, "%s is no longer there, it was %.100s, for %.300s", was->id,
                            or_none(state_of(was)), or_none(was->url));
    else
        tell_change(text, was, is, fields);
}

static const struct webhook *present(const struct webhook *webhook)
{
    return webhook != NULL && webhook->status != WEBHOOK_DELETED ? webhook : NULL;
}

bool activity_compare(const struct webhook *was, const struct webhook *is, unsigned except,
                      struct activity *activity)
{
    *activity = (struct activity){.who = ACTIVITY_OTHERS, .outcome = ACTIVITY_DONE};
    was = present(was);
    is = present(is);
    unsigned shown = ACTIVITY_ALL;
    if (was != NULL && is != NULL)
        activity->fields = shown = differences(was, is) & ~except;
    else if (was != NULL || is != NULL)
        activity->fields = ACTIVITY_EXISTENCE & ~except;
    if (activity->fields == 0)
        return true;
    struct buffer text;
    buffer_init(&text, ACTIVITY_SIDE_MAX);
    tell(&text, was, is, activity->fields);
    on_one_line(text.data, text.length);
    activity->webhook_id = strdup(is != NULL ? is->id : was->id);
    activity->text = buffer_take(&text, NULL);
    activity->before = activity_side(was, shown);
    activity->after = activity_side(is, shown);
    if (activity->webhook_id != NULL && activity->text != NULL && activity->before != NULL &&
        activity->after != NULL)
        return true;
    activity_clear(activity);
    return false;
}

/* --- notes ---------------------------------------------------------------------- */

static void note_clear(struct activity_note *note)
{
    activity_clear(&note->activity);
    webhook_clear(&note->answer);
}

static bool note_copy(struct activity_note *to, const struct activity_note *from)
{
    *to = (struct activity_note){.answered = from->answered, .gone = from->gone};
    if (activity_copy(&to->activity, &from->activity) &&
        (!from->answered || webhook_copy(&to->answer, &from->answer)))
        return true;
    note_clear(to);
    return false;
}

static bool make_room(struct activity_notes *notes)
{
    if (notes->count == ACTIVITY_NOTES_MAX) {
        note_clear(&notes->items[0]);
        notes->count--;
        memmove(notes->items, notes->items + 1, notes->count * sizeof *notes->items);
    }
    if (notes->count < notes->capacity)
        return true;
    size_t capacity = 2 * notes->capacity + GROW;
    struct activity_note *items = realloc(notes->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    notes->items = items;
    notes->capacity = capacity;
    return true;
}

bool activity_notes_add(struct activity_notes *notes, const struct activity_note *note)
{
    struct activity_note copied;
    if (!note_copy(&copied, note))
        return false;
    if (!make_room(notes)) {
        note_clear(&copied);
        return false;
    }
    notes->items[notes->count++] = copied;
    return true;
}

void activity_notes_join(struct activity_notes *notes, struct activity_notes *more)
{
    if (notes->items == NULL) {
        *notes = *more;
        *more = (struct activity_notes){0};
        return;
    }
    for (size_t i = 0; i < more->count; i++) {
        if (make_room(notes))
            notes->items[notes->count++] = more->items[i];
        else
            note_clear(&more->items[i]);
    }
    free(more->items);
    *more = (struct activity_notes){0};
}

void activity_notes_clear(struct activity_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        note_clear(&notes->items[i]);
    free(notes->items);
    *notes = (struct activity_notes){0};
}

/* --- sends ------------------------------------------------------------------------- */

bool activity_sent_event(const struct activity *activity, char event_id[CONTRACT_ID_MAX + 1])
{
    const char *text = activity->text;
    bool sent = activity->who == ACTIVITY_OWN && activity->fields == 0 && text != NULL &&
                (activity->outcome == ACTIVITY_DONE || activity->outcome == ACTIVITY_UNCERTAIN);
    if (!sent || (strncmp(text, "sent ", 5) != 0 && strncmp(text, "sending ", 8) != 0))
        return false;
    text = strchr(text, ' ') + 1;
    size_t length = strcspn(text, " ");
    if (length > CONTRACT_ID_MAX || strncmp(text + length, " to ", 4) != 0)
        return false;
    memcpy(event_id, text, length);
    event_id[length] = '\0';
    return contract_id_valid(event_id);
}
