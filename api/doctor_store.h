/*
 * The doctor (doctor.h) with what a store knows: the keys of all endpoints that were ever seen,
 * those that are gone included, and of key files given by hand. Blocks, as the store does.
 */
#ifndef BRIDGETOP_API_DOCTOR_STORE_H
#define BRIDGETOP_API_DOCTOR_STORE_H

#include "api/delivery.h"
#include "api/doctor.h"
#include "api/error.h"
#include "api/store.h"

#include <stdbool.h>
#include <stddef.h>

/* Examines a whole delivery. Key files that cannot be read now are left out.
   `clock_ahead_ms`: how far this machine's clock is ahead of Bridge's, NULL where that is not
   known. False when the store cannot be read. */
bool doctor_examine_stored(struct store *store, const struct delivery *delivery,
                           const char *const *key_files, size_t key_file_count,
                           const int64_t *clock_ahead_ms, struct doctor_report *report,
                           struct error *error);

#endif
