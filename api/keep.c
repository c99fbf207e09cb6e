#include "api/keep.h"

#include <stddef.h>
#include <strings.h>

enum keep_kind { KEEP_COUNT, KEEP_AGE, KEEP_BYTES };

static const struct unit {
    const char *name;
    enum keep_kind kind;
    int64_t factor;
} UNITS[] = {
    {"", KEEP_COUNT, 1},
    {"s", KEEP_AGE, 1000},
    {"m", KEEP_AGE, INT64_C(60) * 1000},
    {"h", KEEP_AGE, INT64_C(60) * 60 * 1000},
    {"d", KEEP_AGE, INT64_C(24) * 60 * 60 * 1000},
    {"w", KEEP_AGE, INT64_C(7) * 24 * 60 * 60 * 1000},
    {"kb", KEEP_BYTES, 1000},
    {"mb", KEEP_BYTES, INT64_C(1000) * 1000},
    {"gb", KEEP_BYTES, INT64_C(1000) * 1000 * 1000},
    {"tb", KEEP_BYTES, INT64_C(1000) * 1000 * 1000 * 1000},
    {"kib", KEEP_BYTES, 1024},
    {"mib", KEEP_BYTES, INT64_C(1024) * 1024},
    {"gib", KEEP_BYTES, INT64_C(1024) * 1024 * 1024},
    {"tib", KEEP_BYTES, INT64_C(1024) * 1024 * 1024 * 1024},
};

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++)
        if (strcasecmp(UNITS[i].name, name) == 0)
            return &UNITS[i];
    return NULL;
}

/* Digits, and no more than KEEP_NUMBER_MAX: no product with a unit overflows for what is sensible.
 */
static bool take_number(const char **text, int64_t *number)
{
    *number = 0;
    const char *at = *text;
    while (*at >= '0' && *at <= '9' && *number <= KEEP_NUMBER_MAX)
        *number = 10 * *number + (*at++ - '0');
    bool taken = at != *text && *number > 0 && *number <= KEEP_NUMBER_MAX;
    *text = at;
    return taken;
}

bool keep_add(struct store_keep *keep, const char *text, struct error *error)
{
    int64_t number, product;
    const char *rest = text;
    const struct unit *unit = NULL;
    if (!take_number(&rest, &number) || (unit = find_unit(rest)) == NULL ||
        __builtin_mul_overflow(number, unit->factor, &product))
        return error_set(error, "\"%s\" is not an age (30d), a count (100000) or a size (2GB)",
                         text);
    int64_t *limit = unit->kind == KEEP_AGE     ? &keep->age_ms
                     : unit->kind == KEEP_BYTES ? &keep->bytes
                                                : &keep->count;
    if (*limit != 0)
        return error_set(error, "\"%s\": there is a limit of that kind already", text);
    *limit = product;
    return true;
}
