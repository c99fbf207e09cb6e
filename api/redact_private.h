/*
 * How the parts of redact.h talk to each other; for api/redact*.c only.
 */
#ifndef BRIDGETOP_API_REDACT_PRIVATE_H
#define BRIDGETOP_API_REDACT_PRIVATE_H

#include "api/redact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- redact_table.c ---------------------------------------------------------- */

enum redact_scope {
    REDACT_DEEP,     /* the value, and all that is inside it */
    REDACT_SHALLOW,  /* the value, and elements of a list; what has names of its own is judged by
                        them */
    REDACT_READABLE, /* stays, also inside something that is hidden */
};

struct redact_row {
    const char *pattern;
    enum redact_kind kind;
    enum redact_scope scope;
};

/* A longer name is judged by its end, which says what it is. */
enum { REDACT_NAME_MAX = 96 };

/* A name in one style, in lower case. */
struct redact_words {
    char joined[2 * REDACT_NAME_MAX + 1]; /* "last_4" */
    size_t length;
    char squeezed[REDACT_NAME_MAX + 1]; /* "last4" */
    size_t squeezed_length;
};

/* What the table says of a name; NULL: nothing. In time of the name's length. */
const struct redact_row *redact_row_find(const struct redact_words *words);

/* --- redact_keys.c ----------------------------------------------------------- */

/* Whether they end like this, and begin with something else. */
bool redact_words_end(const struct redact_words *words, const char *end, size_t length);

struct redact_name {
    enum redact_kind kind;
    bool deep;     /* hides the members of an object under it as well */
    bool readable; /* stays readable, also inside something hidden */
};

struct redact_name redact_name_judge(const char *name, size_t length);

/* The same for a name as it is written in JSON, without its quotes. */
struct redact_name redact_written_name_judge(const char *name, size_t length);

/* Whether a member of that name names the field that its siblings tell about: `field`, `path`. */
bool redact_name_names_field(const char *name, size_t length);

/* Whether a member of that name is what is told about it: `old`, `new`, `value`. */
bool redact_name_is_value(const char *name, size_t length);

/* Whether a list of that name has names of fields in it: `missing_fields`, `requirements_due`. */
bool redact_name_lists_names(const char *name, size_t length);

/* --- redact_subjects.c ------------------------------------------------------- */

/* What the values in each container are, by a field that the container itself names: a member,
   {"field": "email", "old": …}, or the first element of a list, ["email", old, new]. One byte for
   each of them, in the order in which they begin. Zeroed: none. */
struct redact_subjects {
    uint8_t *kinds; /* enum redact_kind */
    size_t count, capacity;
};

/* In one pass ahead of the walk, for the name may stand behind its values. False when memory is
   out. Overwrites what was found before. */
bool redact_subjects_find(struct redact_subjects *subjects, const char *text, size_t length);
enum redact_kind redact_subject(const struct redact_subjects *subjects, size_t container);
void redact_subjects_clear(struct redact_subjects *subjects);

/* How any text is read, broken JSON as well. */
bool redact_is_blank(char c);
size_t redact_string_end(const char *text, size_t length, size_t start);
bool redact_colon_follows(const char *text, size_t length, size_t at);
size_t redact_bare_end(const char *text, size_t length, size_t at);

/* --- redact_query.c ---------------------------------------------------------- */

/* The first value at or after `from` that is to be hidden by its name in `name=value`, as queries
   and forms have them, or by what it says without its percent encoding. False: there is none. */
bool redact_member_next(const char *text, size_t length, size_t from, bool careful,
                        struct redact_span *span);

/* Where the value that has the byte `at` ends, if it has no quotes. */
size_t redact_member_end(const char *text, size_t length, size_t at);

/* --- redact_shapes.c --------------------------------------------------------- */

/* The first value of a known shape at or after `from`. False when there is none. `careful`: no runs
   of digits, which ids may be. */
bool redact_shape_next(const char *text, size_t length, size_t from, bool careful,
                       struct redact_span *span);

#endif
