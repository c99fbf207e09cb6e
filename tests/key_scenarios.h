/*
 * What each action does, told so that a test can press its keys and look: one table for the unit
 * tests, which press every key in every place where it holds, and for the end-to-end tests, which
 * press every key in the real program.
 *
 * A binding without a scenario fails both, and so does a scenario whose key changes nothing that
 * it names: what is expected must not hold before the key, and must hold after it.
 *
 * An action that no key is assigned to is done by its name, through the prompt.
 *
 * Keys are written as in tests/unit/app_driver.h; "<id4>" types the last four characters of the
 * first endpoint's id.
 */
#ifndef BRIDGETOP_TESTS_KEY_SCENARIOS_H
#define BRIDGETOP_TESTS_KEY_SCENARIOS_H

#include "tui/keymap.h"

enum key_outcome {
    KEY_LEADS_TO, /* another place, one of `to` */
    KEY_CHANGES,  /* what is seen of lists, pages or forms, in place */
    KEY_SHOWS,    /* `text`, at least for a moment */
    KEY_STAYS,    /* nothing: it is there already */
    KEY_COPIES,   /* and says so with `text`, once that is done */
    KEY_REPAINTS,
    KEY_SUSPENDS,
    KEY_QUITS,
};

struct key_scenario {
    enum action action;
    unsigned places;
    const char *first;    /* keys at the start, in the endpoints' pane, before going to the place */
    const char *then;     /* keys in the place */
    const char *argument; /* of an action without a key, which is typed into the prompt */
    enum key_outcome outcome;
    unsigned to;
    const char *text;
    int width; /* of the screen where it shows; 0: it always does */
};

/* The scenario of an action in a place, or NULL. */
const struct key_scenario *key_scenario_find(enum action action, enum place place);

/* The n-th of all of them, NULL after the last. */
const struct key_scenario *key_scenario_at(size_t index);

/* The keys that lead from the endpoints' pane to a place, NULL for one that is not known here. */
const char *key_scenario_way(enum place place);

#endif
