/*
 * How the parts of redact.h talk to each other; for api/redact*.c only.
 */
#ifndef BRIDGETOP_API_REDACT_PRIVATE_H
#define BRIDGETOP_API_REDACT_PRIVATE_H

#include "api/redact.h"

/* --- redact_keys.c ----------------------------------------------------------- */

struct redact_name {
    enum redact_kind kind;
    bool deep;     /* hides the members of an object under it as well */
    bool readable; /* stays readable, also inside something hidden */
    bool changes;  /* its members or elements say what changed */
};

struct redact_name redact_name_judge(const char *name, size_t length);

/* Whether a member of that name names the field that its siblings tell about: `field`, `path`. */
bool redact_name_names_field(const char *name, size_t length);

/* Whether a member of that name is such a value: `old`, `new`, `value`. */
bool redact_name_is_change(const char *name, size_t length);

/* --- redact_shapes.c --------------------------------------------------------- */

/* The first value of a known shape at or after `from`. False when there is none. `careful`: no runs
   of digits, which ids may be. */
bool redact_shape_next(const char *text, size_t length, size_t from, bool careful,
                       struct redact_span *span);

#endif
