#include "tui/line_edit.h"

#include "tui/key.h"
#include "tui/text.h"

#include <ctype.h>
#include <string.h>

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static size_t before(const struct line_edit *line, size_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && continues(line->text[at]))
        at--;
    return at;
}

static size_t after(const struct line_edit *line, size_t at)
{
    if (at < line->length)
        at++;
    while (at < line->length && continues(line->text[at]))
        at++;
    return at;
}

/* --- what can be undone ---------------------------------------------------- */

static size_t size_of(const struct line_step *step)
{
    return (size_t)step->removed + step->inserted;
}

static size_t bytes_of(const struct line_steps *steps, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += size_of(&steps->items[i]);
    return bytes;
}

static void forget_oldest(struct line_steps *steps)
{
    size_t size = size_of(&steps->items[0]);
    memmove(steps->bytes, steps->bytes + size, sizeof steps->bytes - size);
    memmove(steps->items, steps->items + 1, (LINE_EDIT_STEPS - 1) * sizeof *steps->items);
    steps->count--;
    steps->done--;
}

/* A word is one step: it ends with a blank or a slash. */
static bool goes_on(const struct line_steps *steps, size_t at, const char *bytes)
{
    if (!steps->open || steps->done == 0 || strchr(" /", *bytes) != NULL)
        return false;
    const struct line_step *last = &steps->items[steps->done - 1];
    return at == (size_t)last->at + last->inserted;
}

static void keep_step(struct line_edit *line, struct line_step step, const char *inserted)
{
    struct line_steps *steps = &line->steps;
    steps->count = steps->done; /* what was undone is not done again after a change */
    bool more = step.removed == 0 && goes_on(steps, step.at, inserted);
    while (steps->count > 0 &&
           ((!more && steps->count == LINE_EDIT_STEPS) ||
            bytes_of(steps, steps->count) + size_of(&step) > sizeof steps->bytes))
        forget_oldest(steps);
    size_t end = bytes_of(steps, steps->count);
    if (size_of(&step) > sizeof steps->bytes || (more && steps->count == 0))
        return;
    memcpy(steps->bytes + end, line->text + step.at, step.removed);
    memcpy(steps->bytes + end + step.removed, inserted, step.inserted);
    if (more)
        steps->items[steps->count - 1].inserted += step.inserted;
    else
        steps->items[steps->count++] = step;
    steps->done = steps->count;
}

/* --- changes ------------------------------------------------------------------ */

static void put(struct line_edit *line, size_t at, size_t removed, const char *bytes,
                size_t inserted)
{
    memmove(line->text + at + inserted, line->text + at + removed, line->length - at - removed + 1);
    memcpy(line->text + at, bytes, inserted);
    line->length += inserted;
    line->length -= removed;
    line->cursor = at + inserted;
}

static bool change(struct line_edit *line, size_t at, size_t removed, const char *bytes,
                   size_t inserted)
{
    if (inserted > LINE_EDIT_MAX - (line->length - removed) || removed + inserted == 0)
        return false;
    keep_step(line, (struct line_step){(uint16_t)at, (uint16_t)removed, (uint16_t)inserted}, bytes);
    put(line, at, removed, bytes, inserted);
    return true;
}

static void erase(struct line_edit *line, size_t from, size_t to)
{
    (void)change(line, from, to - from, "", 0);
    line->steps.open = false;
}

static bool insert(struct line_edit *line, const char *bytes, size_t length)
{
    return change(line, line->cursor, 0, bytes, length);
}

bool line_edit_undo(struct line_edit *line)
{
    struct line_steps *steps = &line->steps;
    if (steps->done == 0)
        return false;
    const struct line_step *step = &steps->items[--steps->done];
    put(line, step->at, step->inserted, steps->bytes + bytes_of(steps, steps->done), step->removed);
    steps->open = false;
    return true;
}

bool line_edit_redo(struct line_edit *line)
{
    struct line_steps *steps = &line->steps;
    if (steps->done == steps->count)
        return false;
    const struct line_step *step = &steps->items[steps->done];
    put(line, step->at, step->removed, steps->bytes + bytes_of(steps, steps->done) + step->removed,
        step->inserted);
    steps->done++;
    return true;
}

void line_edit_set(struct line_edit *line, const char *text)
{
    *line = (struct line_edit){0};
    line_edit_paste(line, text, strlen(text));
    line->steps = (struct line_steps){0};
}

static size_t word_start(const struct line_edit *line)
{
    size_t at = line->cursor;
    while (at > 0 && isspace((unsigned char)line->text[at - 1]))
        at--;
    while (at > 0 && !isspace((unsigned char)line->text[at - 1]))
        at--;
    return at;
}

bool line_edit_types(char32_t key)
{
    return key >= 0x20 && key != 0x7F && key < KEYS_SPECIAL;
}

bool line_edit_key(struct line_edit *line, char32_t key)
{
    switch (key) {
    case KEYS_LEFT:
        line->cursor = before(line, line->cursor);
        return true;
    case KEYS_RIGHT:
        line->cursor = after(line, line->cursor);
        return true;
    case KEYS_HOME:
    case KEYS_CTRL('A'):
        line->cursor = 0;
        return true;
    case KEYS_END:
    case KEYS_CTRL('E'):
        line->cursor = line->length;
        return true;
    case KEYS_BACKSPACE:
        erase(line, before(line, line->cursor), line->cursor);
        return true;
    case KEYS_DELETE:
        erase(line, line->cursor, after(line, line->cursor));
        return true;
    case KEYS_CTRL('U'):
        erase(line, 0, line->cursor);
        return true;
    case KEYS_CTRL('K'):
        erase(line, line->cursor, line->length);
        return true;
    case KEYS_CTRL('W'):
        erase(line, word_start(line), line->cursor);
        return true;
    default:
        break;
    }
    if (!line_edit_types(key))
        return false;
    char bytes[4];
    (void)insert(line, bytes, text_encode(key, bytes));
    line->steps.open = true;
    return true;
}

/* All of it is one step. */
void line_edit_paste(struct line_edit *line, const char *text, size_t length)
{
    char clean[LINE_EDIT_MAX];
    size_t kept = 0;
    size_t at = 0;
    while (at < length) {
        size_t end = at + 1;
        while (end < length && continues(text[end]))
            end++;
        bool control = (unsigned char)text[at] < 0x20 || text[at] == 0x7F;
        if (!control && kept + (end - at) > LINE_EDIT_MAX - line->length)
            break;
        if (!control)
            memcpy(clean + kept, text + at, end - at);
        kept += control ? 0 : end - at;
        at = end;
    }
    line->steps.open = false;
    (void)insert(line, clean, kept);
}
