#include "api/query.h"

#include "api/query_numbers.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX = 16 }; /* no field's name is longer */

static const char TEXT_WANTED[] = "a word, or words in quotes";

enum {
    EVENTS = QUERY_UPCOMING | QUERY_DELIVERIES | QUERY_ARRIVALS,
    ALL = EVENTS | QUERY_ENDPOINTS
};

const struct query_field_info QUERY_FIELDS[] = {
    {"type", QUERY_TYPE, EVENTS, TEXT_WANTED, "type:transfer"},
    {"category", QUERY_CATEGORY, ALL, TEXT_WANTED, "category:customer"},
    {"status", QUERY_STATUS, ALL, TEXT_WANTED, "status:payment_processed"},
    {"endpoint", QUERY_ENDPOINT, QUERY_ARRIVALS, TEXT_WANTED, "endpoint:wep_1"},
    {"id", QUERY_ID, ALL, TEXT_WANTED, "id:wh_8Kk"},
    {"object", QUERY_OBJECT, QUERY_UPCOMING | QUERY_ARRIVALS, TEXT_WANTED, "object:3f2a"},
    {"path", QUERY_PATH, QUERY_ARRIVALS, TEXT_WANTED, "path:/hooks/one"},
    {"url", QUERY_URL, QUERY_ENDPOINTS, TEXT_WANTED, "url:example.com"},
    {"from", QUERY_FROM, QUERY_ARRIVALS, TEXT_WANTED, "from:203.0.113.7"},
    {"reason", QUERY_REASON, QUERY_ARRIVALS, TEXT_WANTED, "reason:window"},
    {"verdict", QUERY_VERDICT, QUERY_ARRIVALS, "a verdict like verified, stale or not-genuine",
     "verdict:stale,future"},
    {"answer", QUERY_ANSWER, QUERY_ARRIVALS, "a status like 200, 4xx or >=400", "answer:4xx"},
    {"size", QUERY_SIZE, QUERY_UPCOMING | QUERY_ARRIVALS, "a size like >1kB or <=500", "size:>1kB"},
    {"since", QUERY_TIME, EVENTS, "a span like 2h, or a date like 2026-11-20", "since:2h"},
    {"until", QUERY_TIME, EVENTS, "a span like 2h, or a date like 2026-11-20", "until:2026-11-20"},
};

const size_t QUERY_FIELDS_COUNT = sizeof QUERY_FIELDS / sizeof QUERY_FIELDS[0];

/* --- characters -------------------------------------------------------------- */

static unsigned char fold(char character)
{
    unsigned char byte = (unsigned char)character;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static bool is_letter(char character)
{
    unsigned char small = fold(character);
    return (small >= 'a' && small <= 'z') || small == '_';
}

/* --- one term's text ------------------------------------------------------------ */

/* A term as it stands in the text: ["!"] [name ":"] value. */
struct raw_term {
    size_t start;
    size_t end;
    bool inverted;
    char name[NAME_MAX + 1]; /* small; "" for a word */
    size_t name_length;      /* as written, of any length */
    size_t value;            /* where it begins */
};

static size_t end_of_quotes(const char *text, size_t length, size_t at)
{
    for (at++; at < length && text[at] != '"'; at++)
        if (text[at] == '\\' && at + 1 < length)
            at++;
    return at < length ? at + 1 : length; /* what is still being typed has no end yet */
}

static size_t end_of_term(const char *text, size_t length, size_t at)
{
    while (at < length && !is_blank(text[at]))
        at = text[at] == '"' ? end_of_quotes(text, length, at) : at + 1;
    return at;
}

/* "https://…" is a word: what follows its colon is no value. */
static size_t length_of_name(const char *text, size_t at, size_t end)
{
    size_t length = 0;
    while (at + length < end && is_letter(text[at + length]))
        length++;
    size_t colon = at + length;
    if (length == 0 || colon == end || text[colon] != ':')
        return 0;
    return end - colon > 2 && text[colon + 1] == '/' && text[colon + 2] == '/' ? 0 : length;
}

static struct raw_term cut_term(const char *text, size_t length, size_t at)
{
    struct raw_term raw = {.start = at, .end = end_of_term(text, length, at)};
    raw.inverted = text[at] == '!';
    raw.value = at + raw.inverted;
    raw.name_length = length_of_name(text, raw.value, raw.end);
    for (size_t i = 0; i < raw.name_length && i < NAME_MAX; i++)
        raw.name[i] = (char)fold(text[raw.value + i]);
    if (raw.name_length > 0)
        raw.value += raw.name_length + 1;
    return raw;
}

/* --- what is wrong ---------------------------------------------------------------- */

struct parser {
    const char *text;
    enum query_scope scope;
    int64_t now_ms;
    struct query *query;
    struct query_error *error;
};

static void mark(struct parser *parser, size_t start, size_t end)
{
    parser->error->start = start;
    parser->error->length = end - start;
}

static bool wants(struct parser *parser, const struct raw_term *raw,
                  const struct query_field_info *info)
{
    mark(parser, raw->start, raw->end);
    (void)snprintf(parser->error->message, sizeof parser->error->message, "%s wants %s", info->name,
                   info->wants);
    return false;
}

static bool too_much(struct parser *parser, const struct raw_term *raw, const char *what)
{
    mark(parser, raw->start, raw->end);
    (void)snprintf(parser->error->message, sizeof parser->error->message, "too many %s", what);
    return false;
}

/* How many letters have to be changed, added or left out to make one of the other. */
static size_t distance(const char *one, const char *other)
{
    size_t row[NAME_MAX + 1];
    size_t width = strlen(other);
    for (size_t i = 0; i <= width; i++)
        row[i] = i;
    for (size_t y = 1; one[y - 1] != '\0'; y++) {
        size_t diagonal = row[0];
        row[0] = y;
        for (size_t x = 1; x <= width; x++) {
            size_t best = diagonal + (one[y - 1] != other[x - 1]);
            if (row[x] + 1 < best)
                best = row[x] + 1;
            if (row[x - 1] + 1 < best)
                best = row[x - 1] + 1;
            diagonal = row[x];
            row[x] = best;
        }
    }
    return row[width];
}

static const char *nearest_field(const struct raw_term *raw, enum query_scope scope)
{
    enum { FAR = 3 };
    const char *nearest = NULL;
    size_t best = FAR;
    for (size_t i = 0; i < QUERY_FIELDS_COUNT; i++) {
        if ((QUERY_FIELDS[i].scopes & (unsigned)scope) == 0)
            continue;
        size_t away = distance(raw->name, QUERY_FIELDS[i].name);
        if (strncmp(raw->name, QUERY_FIELDS[i].name, strlen(raw->name)) == 0)
            away = 0; /* a beginning of it */
        if (away < best && away < strlen(QUERY_FIELDS[i].name)) {
            best = away;
            nearest = QUERY_FIELDS[i].name;
        }
    }
    return nearest;
}

static void list_fields(char *text, size_t size, enum query_scope scope)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < QUERY_FIELDS_COUNT && at < size; i++)
        if ((QUERY_FIELDS[i].scopes & (unsigned)scope) != 0)
            at += (size_t)snprintf(text + at, size - at, "%s%s", at > 0 ? " " : "",
                                   QUERY_FIELDS[i].name);
}

static bool unknown_field(struct parser *parser, const struct raw_term *raw, bool elsewhere)
{
    size_t start = raw->start + raw->inverted;
    char fields[140];
    mark(parser, start, start + raw->name_length);
    list_fields(fields, sizeof fields, parser->scope);
    const char *nearest = elsewhere ? NULL : nearest_field(raw, parser->scope);
    const char *dots = raw->name_length > NAME_MAX ? "…" : "";
    if (nearest != NULL)
        (void)snprintf(parser->error->message, sizeof parser->error->message,
                       "unknown field %s%s: did you mean %s?", raw->name, dots, nearest);
    else
        (void)snprintf(parser->error->message, sizeof parser->error->message,
                       "%s %s%s: there are %s; a word with a colon goes in quotes",
                       elsewhere ? "this pane has no" : "unknown field", raw->name, dots, fields);
    return false;
}

/* --- texts --------------------------------------------------------------------------- */

/* Adds a byte to the value; the query's bytes are as many as its text's at most. */
static void put_byte(struct query *query, struct query_value *value, char byte)
{
    if (query->length == sizeof query->bytes)
        return;
    query->bytes[query->length++] = (char)fold(byte);
    value->length++;
}

static size_t read_quoted(struct parser *parser, size_t at, size_t end, struct query_value *value)
{
    for (at++; at < end && parser->text[at] != '"'; at++) {
        if (parser->text[at] == '\\' && at + 1 < end)
            at++;
        put_byte(parser->query, value, parser->text[at]);
    }
    return at + 1;
}

static size_t read_value(struct parser *parser, size_t at, size_t end, bool commas,
                         struct query_value *value)
{
    *value = (struct query_value){.at = parser->query->length};
    while (at < end && !(commas && parser->text[at] == ',')) {
        if (parser->text[at] == '"')
            at = read_quoted(parser, at, end, value);
        else
            put_byte(parser->query, value, parser->text[at++]);
    }
    return at;
}

/* Values between commas; empty ones say nothing. False when there are too many. */
static bool read_values(struct parser *parser, const struct raw_term *raw, struct query_term *term)
{
    size_t at = raw->value;
    while (at < raw->end) {
        struct query_value value;
        at = read_value(parser, at, raw->end, raw->name_length > 0, &value) + 1;
        if (value.length == 0)
            continue;
        if (term->any_count == QUERY_ANY_MAX)
            return too_much(parser, raw, "values");
        term->any[term->any_count++] = value;
    }
    return true;
}

/* --- verdicts -------------------------------------------------------------------------- */

/* "not-genuine" and "not_genuine" are "not genuine". */
static bool same_words(struct query_text typed, const char *name)
{
    if (typed.length != strlen(name))
        return false;
    for (size_t i = 0; i < typed.length; i++) {
        char character = typed.bytes[i];
        if (character == '-' || character == '_')
            character = ' ';
        if (character != name[i])
            return false;
    }
    return true;
}

static bool read_verdicts(struct query *query, struct query_term *term)
{
    term->kind = QUERY_IS_VERDICT;
    for (size_t i = 0; i < term->any_count; i++) {
        unsigned found = 0;
        struct query_text typed = query_value(query, term, i);
        for (enum verdict verdict = VERDICT_GENUINE; verdict <= VERDICT_FUTURE; verdict++)
            if (same_words(typed, verdict_name(verdict)))
                found = 1u << verdict;
        if (same_words(typed, "genuine"))
            found = 1u << VERDICT_GENUINE;
        if (found == 0)
            return false;
        term->verdicts |= found;
    }
    return term->verdicts != 0;
}

/* --- terms -------------------------------------------------------------------------------- */

static const struct query_field_info *find_field(const struct raw_term *raw, enum query_scope scope,
                                                 bool *elsewhere)
{
    *elsewhere = false;
    for (size_t i = 0; raw->name_length <= NAME_MAX && i < QUERY_FIELDS_COUNT; i++) {
        if (strcmp(QUERY_FIELDS[i].name, raw->name) != 0)
            continue;
        if ((QUERY_FIELDS[i].scopes & (unsigned)scope) != 0)
            return &QUERY_FIELDS[i];
        *elsewhere = true;
    }
    return NULL;
}

/* In the delivery log the status is what an endpoint answered: a number, mostly. */
static bool takes_status(const struct parser *parser, const struct raw_term *raw,
                         enum query_field field)
{
    return field == QUERY_STATUS && parser->scope == QUERY_DELIVERIES && raw->value < raw->end &&
           strchr("0123456789<>", parser->text[raw->value]) != NULL;
}

static bool read_field(struct parser *parser, const struct raw_term *raw, struct query_term *term)
{
    bool elsewhere;
    const struct query_field_info *info = find_field(raw, parser->scope, &elsewhere);
    if (info == NULL)
        return unknown_field(parser, raw, elsewhere);
    term->field = takes_status(parser, raw, info->field) ? QUERY_ANSWER : info->field;
    if (!read_values(parser, raw, term))
        return false;
    struct query *query = parser->query;
    bool one = term->any_count == 1;
    bool read = term->any_count > 0;
    switch (term->field) {
    case QUERY_VERDICT:
        read = read && read_verdicts(query, term);
        break;
    case QUERY_ANSWER:
        read = one && query_read_status(query_value(query, term, 0), term);
        break;
    case QUERY_SIZE:
        read = one && query_read_size(query_value(query, term, 0), term);
        break;
    case QUERY_TIME:
        read = one && query_read_time(query_value(query, term, 0), info->name[0] == 'u',
                                      parser->now_ms, term);
        break;
    default:
        break;
    }
    return read || wants(parser, raw, info);
}

/* `verified` by itself is the verdict; in quotes it is a word. */
static bool is_verified(const struct parser *parser, const struct raw_term *raw)
{
    static const char word[] = "verified";
    size_t length = raw->end - raw->value;
    if (parser->scope != QUERY_ARRIVALS || length != sizeof word - 1)
        return false;
    for (size_t i = 0; i < length; i++)
        if (fold(parser->text[raw->value + i]) != (unsigned char)word[i])
            return false;
    return true;
}

static bool read_word(struct parser *parser, const struct raw_term *raw, struct query_term *term)
{
    if (is_verified(parser, raw)) {
        term->field = QUERY_VERDICT;
        term->kind = QUERY_IS_VERDICT;
        term->verdicts = 1u << VERDICT_GENUINE;
        return true;
    }
    if (!read_values(parser, raw, term))
        return false;
    if (term->any_count > 0)
        return true;
    mark(parser, raw->start, raw->end);
    (void)snprintf(parser->error->message, sizeof parser->error->message, "%s",
                   raw->inverted ? "! wants a word or a field after it"
                                 : "there is nothing between the quotes");
    return false;
}

static bool read_term(struct parser *parser, const struct raw_term *raw)
{
    struct query *query = parser->query;
    if (query->count == QUERY_TERMS_MAX)
        return too_much(parser, raw, "terms");
    struct query_term *term = &query->terms[query->count++];
    *term = (struct query_term){.field = QUERY_WORD, .inverted = raw->inverted};
    return raw->name_length > 0 ? read_field(parser, raw, term) : read_word(parser, raw, term);
}

bool query_parse(const char *text, size_t length, enum query_scope scope, int64_t now_ms,
                 struct query *query, struct query_error *error)
{
    struct parser parser = {text, scope, now_ms, query, error};
    query->count = query->length = 0;
    *error = (struct query_error){0};
    if (length > QUERY_TEXT_MAX) {
        mark(&parser, QUERY_TEXT_MAX, length);
        (void)snprintf(error->message, sizeof error->message, "too long");
        return false;
    }
    for (size_t at = 0; at < length;) {
        if (is_blank(text[at])) {
            at++;
            continue;
        }
        struct raw_term raw = cut_term(text, length, at);
        if (!read_term(&parser, &raw)) {
            query->count = query->length = 0;
            return false;
        }
        at = raw.end;
    }
    return true;
}

/* --- evaluation ---------------------------------------------------------------------------- */

struct query_text query_value(const struct query *query, const struct query_term *term, size_t i)
{
    return (struct query_text){query->bytes + term->any[i].at, term->any[i].length};
}

struct query_text query_text_of(const char *string)
{
    return (struct query_text){string, string != NULL ? strlen(string) : 0};
}

static bool same_folded(const char *text, const char *small, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (fold(text[i]) != (unsigned char)small[i])
            return false;
    return true;
}

/* First and last byte are looked at before the rest: in JSON nearly all places fail there. */
bool query_find(struct query_text text, size_t from, struct query_text needle, size_t *at)
{
    if (text.bytes == NULL || needle.length == 0 || needle.length > text.length)
        return false;
    unsigned char first = (unsigned char)needle.bytes[0];
    unsigned char last = (unsigned char)needle.bytes[needle.length - 1];
    for (size_t i = from; i <= text.length - needle.length; i++) {
        if (fold(text.bytes[i]) != first || fold(text.bytes[i + needle.length - 1]) != last ||
            !same_folded(text.bytes + i, needle.bytes, needle.length))
            continue;
        *at = i;
        return true;
    }
    return false;
}

static bool stands_in(const struct query *query, const struct query_term *term,
                      struct query_text text)
{
    size_t at;
    for (size_t i = 0; i < term->any_count; i++)
        if (query_find(text, 0, query_value(query, term, i), &at))
            return true;
    return false;
}

static int64_t number_of(const struct query_subject *subject, enum query_field field)
{
    if (field == QUERY_ANSWER)
        return subject->answer;
    return field == QUERY_SIZE ? subject->size : subject->time_ms;
}

static bool holds(const struct query *query, const struct query_term *term,
                  const struct query_subject *subject)
{
    if (term->kind == QUERY_IS_VERDICT)
        return (term->verdicts >> subject->verdict & 1) != 0;
    if (term->kind == QUERY_IS_RANGE) {
        int64_t number = number_of(subject, term->field);
        return number >= term->low && number <= term->high;
    }
    if (term->field != QUERY_WORD)
        return stands_in(query, term, subject->fields[term->field]);
    for (size_t i = 0; i < subject->text_count; i++)
        if (stands_in(query, term, subject->texts[i]))
            return true;
    return false;
}

bool query_term_holds(const struct query *query, const struct query_term *term,
                      const struct query_subject *subject)
{
    return holds(query, term, subject) != term->inverted;
}

bool query_matches(const struct query *query, const struct query_subject *subject)
{
    for (size_t i = 0; i < query->count; i++)
        if (!query_term_holds(query, &query->terms[i], subject))
            return false;
    return true;
}
