/*
 * Takes text from outside through every place of the dashboard that shows some: as endpoints,
 * events, logs, deliveries, errors, answers, pastes and typed keys, into panes, titles, notes,
 * header, status line, questions, forms, filters and detail views, laid out and exact.
 */
#ifndef BRIDGETOP_TESTS_HOSTILE_TOUR_H
#define BRIDGETOP_TESTS_HOSTILE_TOUR_H

#include "tests/unit/app_driver.h"

#include <stdbool.h>
#include <stddef.h>

/* The screen is drawn. `shows`: this place shows the text, if it can be shown at all. */
typedef void (*tour_visit)(struct driver *driver, const char *place, bool shows, void *context);

/* Strings of the state end at the first NUL or at CONTRACT_STRING_MAX, as decoding leaves them; a
   delivery's payload and a paste have all bytes. */
void tour_run(const struct driver_config *config, const char *bytes, size_t length,
              tour_visit visit, void *context);

#endif
