/*
 * Where events go before retention deletes them: JSON lines (api/export.h) at the end of
 * FOLDER/bridgetop-20240502.jsonl, by the day (UTC) on which they are deleted. A file is readable
 * by its owner alone; no link is followed for it. Blocks until all is on disk.
 */
#ifndef BRIDGETOP_API_KEEP_EXPORT_H
#define BRIDGETOP_API_KEEP_EXPORT_H

#include "api/delivery.h"
#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct keep_export {
    FILE *file;
    char *name;
    off_t before; /* its length when this began */
};

/* Opens, or makes, the file of the day. The folder must be there. */
bool keep_export_begin(struct keep_export *export, const char *folder, int64_t now_ms,
                       struct error *error);
bool keep_export_add(struct keep_export *export, const struct delivery *delivery,
                     struct error *error);

/* `keep`: brings it to disk. Else, and where that fails, cuts off what was added. */
bool keep_export_end(struct keep_export *export, bool keep, struct error *error);

#endif
