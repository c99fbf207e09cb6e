/* Finds of which field the values of a container tell, where the container says it itself.
 *
 * A list of names alone tells nothing of anybody: ["email", "phone_number"] is what is missing, or
 * has been asked for, and stays to be read. */
#include "api/redact_private.h"

#include "api/json_text.h"

#include <stdlib.h>
#include <string.h>

/* --- how any text is read ------------------------------------------------------------ */

bool redact_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_structure(char c)
{
    return c == '"' || c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']';
}

/* Where the string whose inside begins at `start` ends: at its quote, or at the end of the text. */
size_t redact_string_end(const char *text, size_t length, size_t start)
{
    size_t i = start;
    while (i < length && text[i] != '"')
        i += text[i] == '\\' && i + 1 < length ? 2 : 1;
    return i < length ? i : length;
}

bool redact_colon_follows(const char *text, size_t length, size_t at)
{
    while (at < length && redact_is_blank(text[at]))
        at++;
    return at < length && text[at] == ':';
}

size_t redact_bare_end(const char *text, size_t length, size_t at)
{
    while (at < length && !is_structure(text[at]))
        at++;
    return at;
}

/* --- containers ---------------------------------------------------------------------- */

struct open {
    size_t container;
    bool object;
    bool names;    /* the value that is due names the field */
    bool path;     /* a list whose elements do, for the object around it: ["address", "city"] */
    bool of_names; /* a list that is called one of names */
    bool spelled;  /* all elements so far are written like names */
    bool known;    /* and are known ones */
    size_t elements;
    enum redact_kind first; /* what the first element would say of the others */
};

struct look {
    struct redact_subjects *subjects;
    struct open levels[JSON_DEPTH_MAX + 1]; /* filled as far as `depth` */
    size_t depth;
    size_t beyond; /* levels deeper than that, which are passed over */
    bool lists_names;
};

static bool subjects_add(struct redact_subjects *subjects)
{
    if (subjects->count == subjects->capacity) {
        size_t capacity = subjects->capacity > 0 ? 2 * subjects->capacity : 64;
        uint8_t *kinds = realloc(subjects->kinds, capacity);
        if (kinds == NULL)
            return false;
        subjects->kinds = kinds;
        subjects->capacity = capacity;
    }
    subjects->kinds[subjects->count++] = REDACT_NONE;
    return true;
}

static void tell(struct look *look, const struct open *open, enum redact_kind kind)
{
    uint8_t *subject = &look->subjects->kinds[open->container];
    if (open->object && *subject == REDACT_NONE)
        *subject = (uint8_t)kind;
}

/* `bank_account`, not `Bank`: values are seldom written like this. */
static bool is_spelled_like_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') ||
              (i > 0 && ((c >= '0' && c <= '9') || c == '_' || c == '.'))))
            return false;
    }
    return length > 0;
}

static void take_element(struct open *open)
{
    open->elements++;
    open->spelled = false;
    open->known = false;
}

static void take_string(struct look *look, const char *text, size_t length)
{
    struct open *open = &look->levels[look->depth];
    if (look->depth == 0 || look->beyond > 0)
        return;
    if (open->object && !open->names)
        return;
    enum redact_kind kind = redact_written_name_judge(text, length).kind;
    if (open->object) {
        tell(look, open, kind);
        open->names = false;
        return;
    }
    if (open->path)
        tell(look, open - 1, kind);
    if (open->elements == 0)
        open->first = kind;
    open->elements++;
    open->spelled &= is_spelled_like_name(text, length);
    open->known &= kind != REDACT_NONE;
}

static bool open_container(struct look *look, bool object)
{
    if (!subjects_add(look->subjects))
        return false;
    if (look->depth == JSON_DEPTH_MAX) {
        look->beyond++;
        return true;
    }
    struct open *above = &look->levels[look->depth];
    struct open open = {
        .container = look->subjects->count - 1,
        .object = object,
        .path = !object && look->depth > 0 && above->object && above->names,
        .of_names = !object && look->lists_names,
        .spelled = true,
        .known = true,
    };
    above->names = false;
    take_element(above);
    look->lists_names = false;
    look->levels[++look->depth] = open;
    return true;
}

static void end_container(struct look *look)
{
    const struct open *open = &look->levels[look->depth--];
    bool names = open->spelled && (open->known || open->of_names);
    if (!open->object && !open->path && open->elements > 1 && !names)
        look->subjects->kinds[open->container] = (uint8_t)open->first;
}

static void close_container(struct look *look, bool object)
{
    if (look->beyond > 0)
        look->beyond--;
    else if (look->depth > 0 && look->levels[look->depth].object == object)
        end_container(look);
}

static void take_name(struct look *look, const char *name, size_t length)
{
    struct open *open = &look->levels[look->depth];
    open->names = look->beyond == 0 && redact_name_names_field(name, length);
    look->lists_names = false;
}

/* --- the look ahead --------------------------------------------------------------------- */

/* Only where a list follows: names are many, and lists few. */
static bool list_follows(const char *text, size_t length, size_t at)
{
    while (at < length && (redact_is_blank(text[at]) || text[at] == ':'))
        at++;
    return at < length && text[at] == '[';
}

static size_t look_at_string(struct look *look, const char *text, size_t length, size_t at)
{
    size_t end = redact_string_end(text, length, at + 1);
    const char *inside = text + at + 1;
    if (end < length && redact_colon_follows(text, length, end + 1)) {
        take_name(look, inside, end - at - 1);
        if (list_follows(text, length, end + 1))
            look->lists_names = redact_name_lists_names(inside, end - at - 1);
    } else {
        take_string(look, inside, end - at - 1);
    }
    return end + 1;
}

static size_t look_at_bare(struct look *look, const char *text, size_t length, size_t at)
{
    size_t end = redact_bare_end(text, length, at);
    while (at < end && redact_is_blank(text[at]))
        at++;
    if (at < end && look->beyond == 0)
        take_element(&look->levels[look->depth]);
    return end;
}

static bool look_through(struct look *look, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        switch (text[at]) {
        case '"':
            at = look_at_string(look, text, length, at);
            break;
        case '{':
        case '[':
            if (!open_container(look, text[at] == '{'))
                return false;
            at++;
            break;
        case '}':
        case ']':
            close_container(look, text[at] == '}');
            at++;
            break;
        case ',':
            look->levels[look->depth].names = false;
            look->lists_names = false;
            at++;
            break;
        case ':':
            at++;
            break;
        default:
            at = look_at_bare(look, text, length, at);
            break;
        }
    }
    while (look->depth > 0) /* what breaks off is judged by what there is */
        end_container(look);
    return true;
}

bool redact_subjects_find(struct redact_subjects *subjects, const char *text, size_t length)
{
    struct look look; /* filled as far as it goes */
    subjects->count = 0;
    look.subjects = subjects;
    look.levels[0] = (struct open){0};
    look.depth = 0;
    look.beyond = 0;
    look.lists_names = false;
    return look_through(&look, text, length);
}

enum redact_kind redact_subject(const struct redact_subjects *subjects, size_t container)
{
    return container < subjects->count ? subjects->kinds[container] : REDACT_NONE;
}

void redact_subjects_clear(struct redact_subjects *subjects)
{
    free(subjects->kinds);
    *subjects = (struct redact_subjects){0};
}
