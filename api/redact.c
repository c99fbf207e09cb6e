/* Walks a payload and says what of it is to be hidden.
 *
 * The walk takes any text: it follows strings, brackets and colons, which is all of JSON that
 * matters here. So a payload that is cut off or broken is hidden by the same code, and by the same
 * names, as a whole one. */
#include "api/redact_private.h"

#include "api/json_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- spans ------------------------------------------------------------------------- */

void redact_spans_clear(struct redact_spans *spans)
{
    free(spans->items);
    *spans = (struct redact_spans){0};
}

static bool spans_add(struct redact_spans *spans, struct redact_span span)
{
    if (spans->count == spans->capacity) {
        size_t capacity = spans->capacity > 0 ? 2 * spans->capacity : 16;
        struct redact_span *items = reallocarray(spans->items, capacity, sizeof *items);
        if (items == NULL)
            return false;
        spans->items = items;
        spans->capacity = capacity;
    }
    spans->items[spans->count++] = span;
    return true;
}

const struct redact_span *redact_span_at(const struct redact_spans *spans, size_t offset)
{
    size_t low = 0;
    size_t high = spans->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->items[middle].start + spans->items[middle].length <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < spans->count ? &spans->items[low] : NULL;
}

/* --- the walk ------------------------------------------------------------------------ */

/* What holds inside a container. */
struct level {
    bool object;
    bool begun;                /* an array's first element was met */
    bool tells;                /* a member says of which field the others tell */
    enum redact_kind deep;     /* everything below is this, but for what stays readable */
    enum redact_kind element;  /* scalars directly in an array are this */
    enum redact_kind siblings; /* a member or the first element says of which field the values tell,
                                  so these are this: `old`, `new`, `value`; all elements but it */
};

struct scratch;

struct walk {
    const char *text;
    size_t length;
    bool json;               /* well formed: a number's stand-in needs quotes */
    const uint32_t *outer;   /* inside a string: where each byte stands in the outer text */
    struct scratch *scratch; /* for strings inside; NULL inside one */
    struct redact_subjects subjects;
    size_t containers; /* met so far: where the next one's subject is */
    struct redact_spans *spans;
    struct level levels[JSON_DEPTH_MAX + 1]; /* filled as far as `depth`: all of it is 4 kB */
    size_t depth;
    size_t beyond;              /* levels deeper than that; they are like the last one */
    bool named;                 /* a name and its colon were just read */
    struct redact_name pending; /* how that name was judged */
    bool failed;
};

/* But for the subjects, whose memory is used again. */
static void begin_walk(struct walk *walk, const char *text, size_t length,
                       struct redact_spans *spans)
{
    walk->text = text;
    walk->length = length;
    walk->json = false;
    walk->outer = NULL;
    walk->scratch = NULL;
    walk->containers = 0;
    walk->spans = spans;
    walk->levels[0] = (struct level){0};
    walk->depth = 0;
    walk->beyond = 0;
    walk->named = false;
    walk->pending = (struct redact_name){0};
    walk->failed = false;
}

static struct level *top(struct walk *walk)
{
    return &walk->levels[walk->depth];
}

static void hide(struct walk *walk, size_t start, size_t end, enum redact_kind kind, bool quotes)
{
    if (walk->outer != NULL) {
        /* An escape stands for what may be several bytes: take all of it. */
        while (end < walk->length && walk->outer[end] == walk->outer[end - 1])
            end++;
        start = walk->outer[start];
        end = walk->outer[end];
    }
    struct redact_span span = {
        .start = (uint32_t)start,
        .length = (uint32_t)(end - start),
        .kind = (uint8_t)kind,
    };
    if (quotes && walk->json)
        span.quotes = walk->outer != NULL ? 2 : 1;
    if (span.length > 0 && !walk->failed)
        walk->failed = !spans_add(walk->spans, span);
}

/* Values by their shape, and those of `name=value` by the name: addresses of the web have them. */
static void hide_shapes(struct walk *walk, size_t start, size_t end, bool careful)
{
    const char *text = walk->text + start;
    size_t length = end - start;
    struct redact_span shape;
    struct redact_span member;
    bool shapes = redact_shape_next(text, length, 0, careful, &shape);
    bool members = redact_member_next(text, length, 0, careful, &member);
    while (shapes || members) {
        bool shape_first = shapes && (!members || shape.start < member.start);
        struct redact_span next = shape_first ? shape : member;
        size_t after = (size_t)next.start + next.length;
        /* A shape may have blanks, where a member ends: then it takes the member further. */
        while (!shape_first && shapes && shape.start < after) {
            size_t shape_end = (size_t)shape.start + shape.length;
            if (shape_end > after)
                after = redact_member_end(text, length, shape_end);
            shapes = redact_shape_next(text, length, shape_end, careful, &shape);
        }
        hide(walk, start + next.start, start + after, next.kind, false);
        if (shapes && shape.start < after)
            shapes = redact_shape_next(text, length, after, careful, &shape);
        if (members && member.start < after)
            members = redact_member_next(text, length, after, careful, &member);
    }
}

/* What a scalar that stands here is, by the name it has or the list it is in. */
static enum redact_kind kind_here(struct walk *walk)
{
    const struct level *level = top(walk);
    if (!walk->named && level->element == REDACT_NONE && level->begun)
        return level->siblings;
    if (!walk->named)
        return level->element;
    if (walk->pending.kind != REDACT_NONE)
        return walk->pending.kind;
    return walk->pending.readable ? REDACT_NONE : level->deep;
}

/* --- containers ---------------------------------------------------------------------- */

/* What everything in a container is that begins here, but for what stays readable. */
static enum redact_kind deep_here(const struct walk *walk, const struct level *above)
{
    if (walk->named && walk->pending.kind != REDACT_NONE)
        return walk->pending.deep ? walk->pending.kind : REDACT_NONE;
    if (walk->named && walk->pending.readable)
        return REDACT_NONE;
    if (!above->object && above->begun && above->siblings != REDACT_NONE)
        return above->siblings;
    return above->deep;
}

static void open_container(struct walk *walk, bool object)
{
    struct level *above = top(walk);
    enum redact_kind subject = redact_subject(&walk->subjects, walk->containers++);
    if (walk->depth == JSON_DEPTH_MAX) {
        walk->named = false;
        walk->beyond++;
        return;
    }
    struct level level = {.object = object, .deep = deep_here(walk, above), .siblings = subject};
    bool by_name = walk->named && walk->pending.kind != REDACT_NONE;
    level.tells = object && subject != REDACT_NONE && !by_name;
    if (object && by_name) /* `account`: {"old": …, "new": …} */
        level.siblings = walk->pending.kind;
    else if (!object && walk->named && walk->pending.readable)
        level.siblings = REDACT_NONE;
    if (!object)
        level.element = by_name                          ? walk->pending.kind
                        : walk->named                    ? level.deep
                        : above->element != REDACT_NONE  ? above->element
                        : above->begun && !above->object ? above->siblings
                                                         : REDACT_NONE;
    above->begun = true;
    walk->named = false;
    walk->levels[++walk->depth] = level;
}

/* A bracket that closes nothing is passed over: then more stays hidden, not less. */
static void close_container(struct walk *walk, bool object)
{
    walk->named = false;
    if (walk->beyond > 0)
        walk->beyond--;
    else if (walk->depth > 0 && top(walk)->object == object)
        walk->depth--;
}

/* --- scalars --------------------------------------------------------------------------- */

static void string_value(struct walk *walk, size_t start, size_t end);

/* Whether the string that follows is a field's name in its own spelling, which stays to be read;
   `Bin` may be somebody's. */
static bool field_follows(const struct walk *walk, size_t at)
{
    while (at < walk->length && (redact_is_blank(walk->text[at]) || walk->text[at] == ':'))
        at++;
    if (at >= walk->length || walk->text[at] != '"')
        return false;
    const char *field = walk->text + at + 1;
    size_t length = redact_string_end(walk->text, walk->length, at + 1) - (at + 1);
    return length > 0 && strchr("/$.abcdefghijklmnopqrstuvwxyz", field[0]) != NULL &&
           redact_written_name_judge(field, length).kind != REDACT_NONE;
}

static void take_name(struct walk *walk, size_t start, size_t end)
{
    const struct level *level = top(walk);
    const char *name = walk->text + start;
    walk->named = true;
    walk->pending = redact_written_name_judge(name, end - start);
    if (!level->object || level->siblings == REDACT_NONE)
        return;
    if (redact_name_names_field(name, end - start)) {
        if (level->tells && field_follows(walk, end + 1))
            walk->pending = (struct redact_name){.readable = true};
    } else if (!walk->pending.readable && redact_name_is_value(name, end - start)) {
        walk->pending = (struct redact_name){.kind = level->siblings, .deep = true};
    }
}

/* What stands between strings and brackets: a number, a literal, or any text. */
static void bare_value(struct walk *walk, size_t start, size_t end)
{
    const char *text = walk->text;
    while (start < end && redact_is_blank(text[start]))
        start++;
    while (start < end && redact_is_blank(text[end - 1]))
        end--;
    size_t length = end - start;
    if (length == 0)
        return;
    bool literal = (length == 4 && memcmp(text + start, "true", 4) == 0) ||
                   (length == 5 && memcmp(text + start, "false", 5) == 0) ||
                   (length == 4 && memcmp(text + start, "null", 4) == 0);
    enum redact_kind kind = kind_here(walk);
    struct redact_span span;
    bool careful = walk->named && walk->pending.readable;
    top(walk)->begun = true;
    if (literal)
        return;
    if (kind != REDACT_NONE)
        hide(walk, start, end, kind, true);
    else if (!walk->json)
        hide_shapes(walk, start, end, careful);
    else if (redact_shape_next(text + start, length, 0, careful, &span))
        hide(walk, start, end, span.kind, true); /* a number is hidden whole */
}

/* --- strings in strings -------------------------------------------------------------------- */

static void walk_text(struct walk *walk);

struct scratch {
    char *decoded;
    uint32_t *outer; /* where each byte of it stands in what was written */
    size_t capacity;
    struct walk inner;
};

/* No escape is shorter than what it stands for, but the last step may write ahead of its end. */
static bool scratch_reserve(struct scratch *scratch, size_t length)
{
    enum { AHEAD = 5 };
    if (scratch->capacity >= length + AHEAD)
        return true;
    size_t capacity = 2 * length + AHEAD;
    char *decoded = realloc(scratch->decoded, capacity);
    if (decoded != NULL)
        scratch->decoded = decoded;
    uint32_t *outer = reallocarray(scratch->outer, capacity, sizeof *outer);
    if (outer != NULL)
        scratch->outer = outer;
    if (decoded == NULL || outer == NULL)
        return false;
    scratch->capacity = capacity;
    return true;
}

/* Whether something in it is a name. */
static bool has_names(const char *text, size_t length)
{
    const char *quote;
    size_t at = 0;
    while (at < length && (quote = memchr(text + at, '"', length - at)) != NULL) {
        size_t end = redact_string_end(text, length, (size_t)(quote - text) + 1);
        if (end < length && redact_colon_follows(text, length, end + 1))
            return true;
        at = end + 1;
    }
    return false;
}

/* A string with escapes: what it stands for is judged, and what is hidden is found again in what
   was written. */
static void escaped_string(struct walk *walk, size_t start, size_t end, bool careful)
{
    struct scratch *scratch = walk->scratch;
    const char *at = walk->text + start;
    const char *stop = walk->text + end;
    size_t length = 0;
    if (!scratch_reserve(scratch, end - start)) {
        walk->failed = true;
        return;
    }
    while (at < stop) {
        size_t written;
        uint32_t offset = (uint32_t)(at - walk->text);
        at += json_string_step(at, stop, scratch->decoded + length, &written);
        for (size_t i = 0; i < written; i++)
            scratch->outer[length + i] = offset;
        length += written;
    }
    scratch->outer[length] = (uint32_t)end;
    scratch->decoded[length] = '\0';

    struct walk *inner = &scratch->inner;
    begin_walk(inner, scratch->decoded, length, walk->spans);
    inner->outer = scratch->outer;
    const char *first = scratch->decoded + strspn(scratch->decoded, " \t\r\n");
    bool container = *first == '{' || *first == '[';
    inner->json = container && json_valid(scratch->decoded, length);
    if (inner->json || (container && has_names(scratch->decoded, length)))
        walk_text(inner); /* also where it was cut off, or is in another encoding */
    else
        hide_shapes(inner, 0, length, careful);
    walk->failed |= inner->failed;
}

static void string_value(struct walk *walk, size_t start, size_t end)
{
    enum redact_kind kind = kind_here(walk);
    bool careful = walk->named && walk->pending.readable;
    top(walk)->begun = true;
    if (kind != REDACT_NONE)
        hide(walk, start, end, kind, false);
    else if (walk->scratch != NULL && memchr(walk->text + start, '\\', end - start) != NULL)
        escaped_string(walk, start, end, careful);
    else
        hide_shapes(walk, start, end, careful);
}

/* --- any text -------------------------------------------------------------------------------- */

/* A string before a colon is a name; where a value is due (`"email":"a":`), which only broken text
   has, it is that as well. */
static size_t walk_string(struct walk *walk, size_t at)
{
    size_t end = redact_string_end(walk->text, walk->length, at + 1);
    bool name = end < walk->length && redact_colon_follows(walk->text, walk->length, end + 1);
    if (!name || walk->named || !top(walk)->object)
        string_value(walk, at + 1, end);
    walk->named = false;
    if (name)
        take_name(walk, at + 1, end);
    return end + 1;
}

static void walk_text(struct walk *walk)
{
    walk->containers = 0;
    if (!redact_subjects_find(&walk->subjects, walk->text, walk->length)) {
        walk->failed = true;
        return;
    }
    for (size_t at = 0; at < walk->length && !walk->failed;) {
        switch (walk->text[at]) {
        case '"':
            at = walk_string(walk, at);
            break;
        case '{':
        case '[':
            open_container(walk, walk->text[at] == '{');
            at++;
            break;
        case '}':
        case ']':
            close_container(walk, walk->text[at] == '}');
            at++;
            break;
        case ',':
            walk->named = false;
            at++;
            break;
        case ':':
            at++;
            break;
        default: {
            size_t end = redact_bare_end(walk->text, walk->length, at);
            bare_value(walk, at, end);
            at = end;
            break;
        }
        }
    }
}

/* --- for those who ask --------------------------------------------------------------------------
 */

static void walk_whole(struct walk *walk, struct scratch *scratch)
{
    scratch->decoded = NULL;
    scratch->outer = NULL;
    scratch->capacity = 0;
    scratch->inner.subjects = (struct redact_subjects){0};
    walk->scratch = scratch;
    walk->json = json_valid(walk->text, walk->length);
    walk_text(walk);
    free(scratch->decoded);
    free(scratch->outer);
    redact_subjects_clear(&scratch->inner.subjects);
}

/* The walks are on the stack, some kilobytes, and are filled as far as they go: most texts are a
   header's value or an id. */
bool redact_find(const char *bytes, size_t length, enum redact_syntax syntax,
                 struct redact_spans *spans)
{
    struct walk walk;
    struct scratch scratch;
    *spans = (struct redact_spans){0};
    if (length >= UINT32_MAX)
        return false;
    walk.subjects = (struct redact_subjects){0};
    begin_walk(&walk, bytes, length, spans);
    if (syntax == REDACT_PLAIN_TEXT)
        hide_shapes(&walk, 0, length, false);
    else
        walk_whole(&walk, &scratch);
    redact_subjects_clear(&walk.subjects);
    if (walk.failed)
        redact_spans_clear(spans);
    return !walk.failed;
}

static const char *mask_of(const struct redact_span *span)
{
    static const char *const masks[] = {REDACT_MASK, "\"" REDACT_MASK "\"",
                                        "\\\"" REDACT_MASK "\\\""};
    return masks[span->quotes];
}

static char *put(char *to, const char *bytes, size_t length)
{
    if (length > 0) /* without a body, there may be no bytes */
        memcpy(to, bytes, length);
    return to + length;
}

/* A mask is longer than the shortest value: `[1,2]` under a hidden name grows fivefold. */
static char *write_masked(const char *bytes, size_t length, const struct redact_spans *spans,
                          size_t *copy_length)
{
    size_t size = length + 1;
    for (size_t i = 0; i < spans->count; i++)
        size += strlen(mask_of(&spans->items[i]));
    char *copy = malloc(size);
    if (copy == NULL)
        return NULL;
    char *to = copy;
    size_t at = 0;
    for (size_t i = 0; i < spans->count; i++) {
        const struct redact_span *span = &spans->items[i];
        to = put(to, bytes + at, span->start - at);
        to = put(to, mask_of(span), strlen(mask_of(span)));
        at = span->start + span->length;
    }
    to = put(to, bytes + at, length - at);
    *to = '\0';
    if (copy_length != NULL)
        *copy_length = (size_t)(to - copy);
    return copy;
}

char *redact_copy(const char *bytes, size_t length, enum redact_syntax syntax, size_t *copy_length,
                  size_t *hidden)
{
    struct redact_spans spans;
    if (!redact_find(bytes, length, syntax, &spans))
        return NULL;
    char *copy = write_masked(bytes, length, &spans, copy_length);
    if (hidden != NULL)
        *hidden = spans.count;
    redact_spans_clear(&spans);
    return copy;
}

/* --- what comes with a payload -------------------------------------------------------------------
 */

static bool header_is_secret(const char *name)
{
    static const char *const names[] = {
        "authorization", "proxy-authorization", "cookie",       "set-cookie", "api-key",
        "x-api-key",     "x-auth-token",        "x-csrf-token", NULL};
    for (const char *const *secret = names; *secret != NULL; secret++)
        if (strcasecmp(*secret, name) == 0)
            return true;
    return false;
}

char *redact_header_value(const char *name, const char *value)
{
    if (value[0] == '\0' || strcasecmp(name, "x-webhook-signature") == 0)
        return strdup(value);
    if (header_is_secret(name))
        return strdup(REDACT_MASK);
    return redact_copy(value, strlen(value), REDACT_PLAIN_TEXT, NULL, NULL);
}

char *redact_target(const char *target)
{
    return redact_copy(target, strlen(target), REDACT_PLAIN_TEXT, NULL, NULL);
}
