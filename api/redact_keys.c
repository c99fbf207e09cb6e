/* Judges a name: takes it apart into words, whatever its style, and has them looked up. */
#include "api/redact_private.h"

#include "api/json_text.h"

#include <stdlib.h>
#include <string.h>

/* --- names in one style ------------------------------------------------------------ */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* lastFour, LastFour, IBANNumber, last4: a word begins where the kind of character changes. */
static bool begins_word(const char *name, size_t length, size_t i)
{
    char before = name[i - 1];
    char here = name[i];
    if (is_digit(here) != is_digit(before))
        return true;
    if (!is_upper(here))
        return false;
    bool lower_follows = i + 1 < length && is_lower(name[i + 1]);
    return !is_upper(before) || lower_follows;
}

static void split_words(struct redact_words *words, const char *name, size_t length)
{
    if (length > REDACT_NAME_MAX) {
        name += length - REDACT_NAME_MAX;
        length = REDACT_NAME_MAX;
    }
    words->length = 0;
    words->squeezed_length = 0;
    bool gap = false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool letter = is_upper(c) || is_lower(c) || is_digit(c);
        if (!letter) {
            gap = true;
            continue;
        }
        gap |= i > 0 && begins_word(name, length, i);
        if (gap && words->length > 0)
            words->joined[words->length++] = '_';
        gap = false;
        char lower = (char)(is_upper(c) ? c - 'A' + 'a' : c);
        words->joined[words->length++] = lower;
        words->squeezed[words->squeezed_length++] = lower;
    }
    words->joined[words->length] = '\0';
    words->squeezed[words->squeezed_length] = '\0';
}

/* --- matching --------------------------------------------------------------------- */

bool redact_words_end(const struct redact_words *words, const char *end, size_t length)
{
    return words->length > length &&
           memcmp(words->joined + words->length - length, end, length) == 0;
}

static struct redact_name judge_one(const char *name, size_t length)
{
    struct redact_words words;
    split_words(&words, name, length);
    struct redact_name judged = {0};
    const struct redact_row *row = words.length > 0 ? redact_row_find(&words) : NULL;
    if (row == NULL)
        return judged;
    judged.kind = row->kind;
    judged.deep = row->scope == REDACT_DEEP;
    judged.readable = row->scope == REDACT_READABLE;
    return judged;
}

static bool separates(char c)
{
    return c == '.' || c == '/' || c == '[' || c == ']';
}

/* A name may be a path: `address.city`, `/account/last_4`, `owners[0].email`. Its last part says
   what the value is, and a part before it may hide all that is below. */
struct redact_name redact_name_judge(const char *name, size_t length)
{
    enum { PARTS_MAX = 8 };
    struct redact_name judged = {0};
    struct redact_name above = {0};
    size_t parts = 0;
    size_t at = 0;
    while (at < length && parts < PARTS_MAX) {
        size_t end = at;
        while (end < length && !separates(name[end]))
            end++;
        bool index = end > at;
        for (size_t i = at; i < end; i++)
            index &= is_digit(name[i]);
        if (end > at && !(index && parts > 0)) {
            if (judged.kind != REDACT_NONE && judged.deep)
                above = judged;
            judged = judge_one(name + at, end - at);
            parts++;
        }
        at = end + 1;
    }
    if (at < length) /* more parts than anybody writes: by the end of it, and by what is above */
        judged = judge_one(name + at, length - at);
    if (judged.kind == REDACT_NONE && !judged.readable && above.kind != REDACT_NONE)
        return above;
    return judged;
}

struct redact_name redact_written_name_judge(const char *name, size_t length)
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

enum redact_kind redact_name_kind(const char *name, size_t length)
{
    return redact_name_judge(name, length).kind;
}

static bool is_one_of(const char *const *list, const char *word, size_t length)
{
    for (; *list != NULL; list++)
        if (length > 0 && (*list)[0] == word[0] && strncmp(*list, word, length) == 0 &&
            (*list)[length] == '\0')
            return true;
    return false;
}

bool redact_name_names_field(const char *name, size_t length)
{
    static const char *const names[] = {
        "field",   "fieldname",  "fieldpath",     "path",  "jsonpath", "pointer", "key",
        "keyname", "attribute",  "attributename", "name",  "property", "prop",    "propertyname",
        "column",  "columnname", "parameter",     "param", "label",    "type",    "kind",
        "id",      "fieldid",    "fieldtype",     NULL};
    enum { LONGEST = 16 };
    struct redact_words words;
    if (length > LONGEST)
        return false;
    split_words(&words, name, length);
    return is_one_of(names, words.squeezed, words.squeezed_length);
}

/* By its first word or its last: `old`, `oldValue`, `value_before`. */
bool redact_name_is_value(const char *name, size_t length)
{
    static const char *const values[] = {
        "old",   "new",    "before", "after", "from",     "to",       "previous", "prev", "current",
        "value", "values", "val",    "prior", "original", "updated",  "was",      "is",   "became",
        "now",   "then",   "lhs",    "rhs",   "left",     "right",    "content",  "data", "text",
        "input", "answer", "string", "next",  "oldvalue", "newvalue", NULL};
    struct redact_words words;
    split_words(&words, name, length);
    size_t first = strcspn(words.joined, "_");
    const char *last = strrchr(words.joined, '_');
    last = last != NULL ? last + 1 : words.joined;
    return is_one_of(values, words.joined, first) || is_one_of(values, last, strlen(last));
}

bool redact_name_lists_names(const char *name, size_t length)
{
    static const char *const lists[] = {"fields",       "categories", "types",    "due",
                                        "requirements", "required",   "missing",  "keys",
                                        "columns",      "names",      "features", "endorsements",
                                        "capabilities", "scopes",     "pending",  "issues",
                                        "path",         "reasons",    NULL};
    struct redact_words words;
    split_words(&words, name, length);
    const char *last = strrchr(words.joined, '_');
    last = last != NULL ? last + 1 : words.joined;
    return is_one_of(lists, last, strlen(last));
}

const char *redact_kind_name(enum redact_kind kind)
{
    static const char *const names[] = {
        [REDACT_NONE] = "",           [REDACT_NAME] = "name",
        [REDACT_ADDRESS] = "address", [REDACT_EMAIL] = "e-mail",
        [REDACT_PHONE] = "phone",     [REDACT_BIRTH] = "person",
        [REDACT_ACCOUNT] = "account", [REDACT_TAX] = "tax or document id",
        [REDACT_TEXT] = "free text",  [REDACT_SECRET] = "secret",
    };
    return names[kind];
}
