/*
 * Drives the dashboard's state in tests: messages in, screen text out.
 *
 * The account is fixed: four endpoints, their events and logs, a few arrivals, at a
 * fixed time. Keys are given as text; "<enter>", "<esc>", "<tab>", "<up>" and so on
 * name the others.
 */
#ifndef BRIDGETOP_TESTS_APP_DRIVER_H
#define BRIDGETOP_TESTS_APP_DRIVER_H

#include "tui/app.h"
#include "tui/grid.h"

#include <stdbool.h>

enum { DRIVER_ACTIVITY = 3 }; /* the newest row of the activity */

#define DRIVER_NOW_MS INT64_C(1714672099465) /* 2024-05-02T17:48:19.465Z */

struct driver {
    struct app *app;
    struct effects effects; /* of the last message */
    struct grid grid;
};

struct driver_config {
    int width, height;
    bool ascii;
    enum environment environment;
    bool empty; /* nothing has been heard of Bridge yet */
};

void driver_start(struct driver *driver, const struct driver_config *config);
void driver_stop(struct driver *driver);

void driver_send(struct driver *driver, const struct message *message);
void driver_keys(struct driver *driver, const char *keys);
/* Pane 5 has a row of every reason. */
void driver_gaps(struct driver *driver);
void driver_paste(struct driver *driver, const char *text);
void driver_arrive(struct driver *driver, int number, enum verdict verdict);

/* Answers the call that the last keys led to. */
void driver_answer(struct driver *driver, enum api_outcome outcome, const char *error);

/* The effect of that kind among the last ones, or NULL. */
const struct effect *driver_effect(const struct driver *driver, enum effect_kind kind);

/* The screen as text, valid until the next call. */
const char *driver_screen(struct driver *driver);
bool driver_shows(struct driver *driver, const char *text);

#endif
