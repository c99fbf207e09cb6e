/* Walks a payload and says what of it is to be hidden.
 *
 * The walk takes any text: it follows strings, brackets and colons, which is all of JSON that
 * matters here. So a payload that is cut off or broken is hidden by the same code, and by the same
 * names, as a whole one. */
#include "api/redact_private.h"

#include "api/buffer.h"
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
    bool changes;              /* its members or elements say what changed */
    bool looked;               /* inside an element of such a list: no second look */
    enum redact_kind deep;     /* everything below is this, but for what stays readable */
    enum redact_kind element;  /* scalars directly in an array are this */
    enum redact_kind siblings; /* its old and new values are this: a sibling names the field */
};

struct scratch;

struct walk {
    const char *text;
    size_t length;
    bool json;               /* well formed: a number's stand-in needs quotes */
    const size_t *outer;     /* inside a string: where each byte stands in the outer text */
    struct scratch *scratch; /* for strings inside; NULL inside one */
    struct redact_spans *spans;
    struct level levels[JSON_DEPTH_MAX + 1];
    size_t depth;
    size_t beyond;              /* levels deeper than that; they are like the last one */
    bool named;                 /* a name and its colon were just read */
    struct redact_name pending; /* how that name was judged */
    bool failed;
};

static struct level *top(struct walk *walk)
{
    return &walk->levels[walk->depth];
}

static void hide(struct walk *walk, size_t start, size_t end, enum redact_kind kind, bool quotes)
{
    struct redact_span span = {.start = start, .length = end - start, .kind = kind};
    if (walk->outer != NULL) {
        /* An escape stands for what may be several bytes: take all of it. */
        while (end < walk->length && walk->outer[end] == walk->outer[end - 1])
            end++;
        span.start = walk->outer[start];
        span.length = walk->outer[end] - span.start;
    }
    if (quotes && walk->json)
        span.quotes = walk->outer != NULL ? 2 : 1;
    if (span.length > 0 && !walk->failed)
        walk->failed = !spans_add(walk->spans, span);
}

static void hide_shapes(struct walk *walk, size_t start, size_t end, bool careful)
{
    struct redact_span span;
    size_t from = 0;
    while (redact_shape_next(walk->text + start, end - start, from, careful, &span)) {
        hide(walk, start + span.start, start + span.start + span.length, span.kind, false);
        from = span.start + span.length;
    }
}

/* What a scalar that stands here is, by the name it has or the list it is in. */
static enum redact_kind kind_here(struct walk *walk)
{
    const struct level *level = top(walk);
    if (!walk->named)
        return level->element;
    if (walk->pending.kind != REDACT_NONE)
        return walk->pending.kind;
    return walk->pending.readable ? REDACT_NONE : level->deep;
}

/* --- containers ---------------------------------------------------------------------- */

static enum redact_kind named_field(const char *text, size_t length);

static void open_container(struct walk *walk, size_t at, bool object)
{
    struct level above = *top(walk);
    struct level level = {.object = object, .deep = above.deep, .looked = above.looked};
    if (walk->named && walk->pending.kind != REDACT_NONE)
        level.deep = walk->pending.deep ? walk->pending.kind : REDACT_NONE;
    else if (walk->named && walk->pending.readable)
        level.deep = REDACT_NONE;
    level.changes = walk->named && walk->pending.changes;
    if (!object) {
        level.element = walk->named && walk->pending.kind != REDACT_NONE ? walk->pending.kind
                        : walk->named                                    ? level.deep
                                                                         : above.element;
    } else if (above.changes && !above.looked) {
        level.looked = true;
        level.siblings = named_field(walk->text + at, walk->length - at);
    }
    walk->named = false;
    if (walk->depth == JSON_DEPTH_MAX) {
        walk->beyond++;
        return;
    }
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

/* A name: judged as it is decoded. */
static struct redact_name judge(const char *name, size_t length)
{
    if (memchr(name, '\\', length) == NULL)
        return redact_name_judge(name, length);
    size_t decoded_length;
    char *quoted = malloc(length + 2);
    char *decoded = NULL;
    if (quoted != NULL) {
        quoted[0] = '"';
        memcpy(quoted + 1, name, length);
        quoted[length + 1] = '"';
        decoded = json_string_decode(quoted, length + 2, &decoded_length);
    }
    struct redact_name judged = {.kind = REDACT_SECRET, .deep = true};
    if (decoded != NULL)
        judged = redact_name_judge(decoded, decoded_length);
    free(decoded);
    free(quoted);
    return judged;
}

static void take_name(struct walk *walk, size_t start, size_t end)
{
    const struct level *level = top(walk);
    const char *name = walk->text + start;
    walk->named = true;
    walk->pending = judge(name, end - start);
    if (level->siblings == REDACT_NONE)
        return;
    if (redact_name_is_change(name, end - start))
        walk->pending = (struct redact_name){.kind = level->siblings, .deep = true};
    else if (redact_name_names_field(name, end - start))
        walk->pending = (struct redact_name){.readable = true};
}

/* The field that an element of a list of changes is about: {"field": "email", "old": …}. */
static enum redact_kind named_field(const char *text, size_t length)
{
    struct json_scan scan;
    json_scan_init(&scan, text, length);
    bool names = false;
    for (;;) {
        struct json_token token = json_scan_next(&scan);
        const char *inside = text + token.start + 1;
        if (token.kind == JSON_ERROR || token.kind == JSON_END ||
            (token.kind == JSON_OBJECT_END && token.depth == 0))
            return REDACT_NONE;
        if (token.kind == JSON_STRING && names) {
            struct redact_name judged = judge(inside, token.length - 2);
            if (judged.kind != REDACT_NONE)
                return judged.kind;
        }
        names = token.kind == JSON_KEY && token.depth == 1 &&
                redact_name_names_field(inside, token.length - 2);
    }
}

/* What stands between strings and brackets: a number, a literal, or any text. */
static void bare_value(struct walk *walk, size_t start, size_t end)
{
    const char *text = walk->text;
    while (start < end && strchr(" \t\r\n", text[start]) != NULL && text[start] != '\0')
        start++;
    while (start < end && strchr(" \t\r\n", text[end - 1]) != NULL && text[end - 1] != '\0')
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
    size_t *outer; /* where each byte of it stands in what was written */
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
    size_t *outer = reallocarray(scratch->outer, capacity, sizeof *outer);
    if (outer != NULL)
        scratch->outer = outer;
    if (decoded == NULL || outer == NULL)
        return false;
    scratch->capacity = capacity;
    return true;
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
        size_t offset = (size_t)(at - walk->text);
        at += json_string_step(at, stop, scratch->decoded + length, &written);
        for (size_t i = 0; i < written; i++)
            scratch->outer[length + i] = offset;
        length += written;
    }
    scratch->outer[length] = end;
    scratch->decoded[length] = '\0';

    struct walk *inner = &scratch->inner;
    inner->text = scratch->decoded;
    inner->length = length;
    inner->outer = scratch->outer;
    inner->spans = walk->spans;
    inner->failed = false;
    const char *first = scratch->decoded + strspn(scratch->decoded, " \t\r\n");
    inner->json = (*first == '{' || *first == '[') && json_valid(scratch->decoded, length);
    if (inner->json) {
        inner->levels[0] = (struct level){0};
        inner->depth = 0;
        inner->beyond = 0;
        inner->named = false;
        walk_text(inner);
    } else {
        hide_shapes(inner, 0, length, careful);
    }
    walk->failed |= inner->failed;
}

static void string_value(struct walk *walk, size_t start, size_t end)
{
    enum redact_kind kind = kind_here(walk);
    bool careful = walk->named && walk->pending.readable;
    if (kind != REDACT_NONE)
        hide(walk, start, end, kind, false);
    else if (walk->scratch != NULL && memchr(walk->text + start, '\\', end - start) != NULL)
        escaped_string(walk, start, end, careful);
    else
        hide_shapes(walk, start, end, careful);
}

/* --- any text -------------------------------------------------------------------------------- */

/* Where the string whose inside begins at `start` ends: at its quote, or at the end of the text. */
static size_t string_end(const struct walk *walk, size_t start)
{
    size_t i = start;
    while (i < walk->length && walk->text[i] != '"')
        i += walk->text[i] == '\\' && i + 1 < walk->length ? 2 : 1;
    return i < walk->length ? i : walk->length;
}

static bool colon_follows(const struct walk *walk, size_t at)
{
    while (at < walk->length && strchr(" \t\r\n", walk->text[at]) != NULL && walk->text[at] != '\0')
        at++;
    return at < walk->length && walk->text[at] == ':';
}

static size_t bare_end(const struct walk *walk, size_t at)
{
    while (at < walk->length &&
           (walk->text[at] == '\0' || strchr("\"{}[],:", walk->text[at]) == NULL))
        at++;
    return at;
}

static size_t walk_string(struct walk *walk, size_t at)
{
    size_t end = string_end(walk, at + 1);
    if (end < walk->length && colon_follows(walk, end + 1)) {
        take_name(walk, at + 1, end);
        return end + 1;
    }
    string_value(walk, at + 1, end);
    walk->named = false;
    return end + 1;
}

static void walk_text(struct walk *walk)
{
    for (size_t at = 0; at < walk->length && !walk->failed;) {
        switch (walk->text[at]) {
        case '"':
            at = walk_string(walk, at);
            break;
        case '{':
        case '[':
            open_container(walk, at, walk->text[at] == '{');
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
            size_t end = bare_end(walk, at);
            bare_value(walk, at, end);
            at = end;
            break;
        }
        }
    }
}

/* --- for those who ask --------------------------------------------------------------------------
 */

bool redact_find(const char *bytes, size_t length, enum redact_syntax syntax,
                 struct redact_spans *spans)
{
    *spans = (struct redact_spans){0};
    struct walk *walk = calloc(1, sizeof *walk);
    struct scratch *scratch = calloc(1, sizeof *scratch);
    bool found = walk != NULL && scratch != NULL;
    if (found) {
        *walk = (struct walk){.text = bytes, .length = length, .spans = spans, .scratch = scratch};
        if (syntax == REDACT_PLAIN_TEXT) {
            hide_shapes(walk, 0, length, false);
        } else {
            walk->json = json_valid(bytes, length);
            walk_text(walk);
        }
        found = !walk->failed;
    }
    if (scratch != NULL) {
        free(scratch->decoded);
        free(scratch->outer);
    }
    free(scratch);
    free(walk);
    if (!found)
        redact_spans_clear(spans);
    return found;
}

/* A mask is longer than the shortest value: `[1,2]` under a hidden name grows fivefold. */
static size_t masked_maximum(const struct redact_spans *spans, size_t length)
{
    return length + spans->count * sizeof "\\\"***\\\"";
}

char *redact_copy(const char *bytes, size_t length, enum redact_syntax syntax, size_t *copy_length,
                  size_t *hidden)
{
    static const char *const masks[] = {REDACT_MASK, "\"" REDACT_MASK "\"",
                                        "\\\"" REDACT_MASK "\\\""};
    struct redact_spans spans;
    if (!redact_find(bytes, length, syntax, &spans))
        return NULL;
    struct buffer copy;
    buffer_init(&copy, masked_maximum(&spans, length));
    size_t at = 0;
    for (size_t i = 0; i < spans.count; i++) {
        const struct redact_span *span = &spans.items[i];
        (void)buffer_append(&copy, bytes + at, span->start - at);
        (void)buffer_append_string(&copy, masks[span->quotes]);
        at = span->start + span->length;
    }
    if (length > at)
        (void)buffer_append(&copy, bytes + at, length - at);
    if (hidden != NULL)
        *hidden = spans.count;
    redact_spans_clear(&spans);
    return buffer_take(&copy, copy_length);
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

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX and + in place of `text`; returns the new length. */
static size_t percent_decode(char *text, size_t length)
{
    size_t out = 0;
    for (size_t i = 0; i < length; i++) {
        int high = text[i] == '%' && length - i > 2 ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            text[out++] = (char)(high << 4 | low);
            i += 2;
        } else {
            char c = text[i];
            if (c == '+')
                c = ' ';
            text[out++] = c;
        }
    }
    return out;
}

/* Whether a member of a query is to be hidden, by its name or by what it says. */
static bool hides_member(const char *member, size_t length)
{
    char *decoded = malloc(length + 1);
    if (decoded == NULL)
        return true;
    memcpy(decoded, member, length);
    const char *equals = memchr(member, '=', length);
    size_t name_length = equals != NULL ? (size_t)(equals - member) : 0;
    size_t value_at = equals != NULL ? name_length + 1 : 0;
    size_t value_length = percent_decode(decoded + value_at, length - value_at);
    struct redact_span span;
    bool hidden = redact_shape_next(decoded + value_at, value_length, 0, false, &span) ||
                  redact_shape_next(member, length, 0, false, &span) ||
                  redact_name_kind(decoded, percent_decode(decoded, name_length)) != REDACT_NONE;
    free(decoded);
    return hidden;
}

static void copy_query(struct buffer *copy, const char *query)
{
    for (;;) {
        size_t length = strcspn(query, "&;");
        const char *equals = memchr(query, '=', length);
        size_t name_length = equals != NULL ? (size_t)(equals - query) + 1 : 0;
        if (length > name_length && hides_member(query, length)) {
            (void)buffer_append(copy, query, name_length);
            (void)buffer_append_string(copy, REDACT_MASK);
        } else {
            (void)buffer_append(copy, query, length);
        }
        if (query[length] == '\0')
            return;
        (void)buffer_append(copy, query + length, 1);
        query += length + 1;
    }
}

char *redact_target(const char *target)
{
    size_t path_length = strcspn(target, "?");
    size_t length;
    char *path = redact_copy(target, path_length, REDACT_PLAIN_TEXT, &length, NULL);
    if (path == NULL)
        return NULL;
    struct buffer copy;
    buffer_init(&copy, length + 4 * strlen(target + path_length) + 1);
    (void)buffer_append(&copy, path, length);
    free(path);
    if (target[path_length] == '?') {
        (void)buffer_append_string(&copy, "?");
        copy_query(&copy, target + path_length + 1);
    }
    return buffer_take(&copy, NULL);
}
