/*
 * A repository with some thousand commits, for tig to show.
 */
#ifndef BRIDGETOP_TESTS_BENCH_HISTORY_H
#define BRIDGETOP_TESTS_BENCH_HISTORY_H

#include "api/error.h"
#include "tests/e2e/child.h"

#include <stdbool.h>

/* Makes it at "history" below the home, with git. */
bool history_make(const struct child_home *home, struct error *error);

#endif
