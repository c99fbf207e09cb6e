#include "api/count.h"
#include "tui/pane.h"
#include "tui/rows.h"

#include <stdio.h>

static const struct table_column COLUMNS[] = {
    [GAP_TIME] = {.minimum = 8, .maximum = 12, .priority = 1},
    [GAP_SEQUENCE] = {.minimum = 4, .maximum = 10, .priority = 5, .right = true},
    [GAP_TYPE] = {.minimum = 14, .maximum = 50, .priority = 2, .keep_both = true},
    [GAP_OBJECT] = {.minimum = 10, .maximum = 60, .priority = 6},
    [GAP_ENDPOINT] = {.minimum = 8, .maximum = 42, .priority = 3},
    [GAP_REASON] = {.minimum = 26, .maximum = 60, .priority = 0},
    [GAP_ID] = {.minimum = 8, .maximum = 42, .priority = 4},
};

static void moment(const struct app *app, int64_t ms, char *text, size_t size)
{
    rows_format_moment(text, size, app->times, ms, app->now_ms);
}

/* "3 missing since 09:12:00" */
static void subject(const struct app *app, char *text, size_t size)
{
    const struct gaps *gaps = &app->gaps;
    char from[48], missing[COUNT_SIZE];
    text[0] = '\0';
    if (!gaps->compared || gaps->events == 0)
        return;
    moment(app, gaps->from_ms, from, sizeof from);
    (void)snprintf(text, size, "%s missing %s %s%s",
                   count_format(missing, sizeof missing, (int64_t)gaps_missing(gaps)),
                   app->times == TIMES_RELATIVE ? "in the last" : "since", from,
                   gaps->whole ? "" : ", going on");
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* What was not held against the store, and what could not be. */
static void rest_of(const struct gaps *gaps, char *text, size_t size)
{
    char older[COUNT_SIZE];
    size_t unknown = gaps->here - gaps->judged;
    int used = 0;
    if (gaps->older > 0)
        used = snprintf(text, size, " %s %sevent%s %s older than what this store has.",
                        count_format(older, sizeof older, (int64_t)gaps->older),
                        gaps->events > 0 ? "more " : "", plural(gaps->older),
                        gaps->older == 1 ? "is" : "are");
    if (used < 0 || (size_t)used >= size)
        return;
    if (gaps->here == 0)
        (void)snprintf(text + used, size - (size_t)used,
                       " No endpoint has delivered here yet: nothing is owed.");
    else if (unknown > 0)
        (void)snprintf(text + used, size - (size_t)used,
                       " Of %zu endpoint%s the queue or the log is not known yet.", unknown,
                       plural(unknown));
}

static void all_is_well(const struct app *app, char *text, size_t size)
{
    const struct gaps *gaps = &app->gaps;
    char from[48], until[48], rest[256] = "", pages[48] = "", events[COUNT_SIZE];
    moment(app, gaps->from_ms, from, sizeof from);
    moment(app, gaps->until_ms, until, sizeof until);
    rest_of(gaps, rest, sizeof rest);
    if (!gaps->whole)
        (void)snprintf(pages, sizeof pages, " (%u page%s of the list so far)", gaps->pages,
                       gaps->pages == 1 ? "" : "s");
    const char *since = app->times == TIMES_RELATIVE ? "in the last" : "since";
    if (gaps->events == 0) {
        (void)snprintf(text, size,
                       "Nothing is missing %s %s%s: as of %s, no event of Bridge's list is as "
                       "young as that.%s",
                       since, from, pages, until, rest);
        return;
    }
    (void)snprintf(text, size,
                   "Nothing is missing %s %s%s. As of %s, %s event%s of Bridge's list %s compared: "
                   "each has come, waits in a queue, or is for nobody here.%s",
                   since, from, pages, until,
                   count_format(events, sizeof events, (int64_t)gaps->events), plural(gaps->events),
                   gaps->events == 1 ? "was" : "were", rest);
}

static void empty(const struct app *app, char *text, size_t size)
{
    const struct gaps *gaps = &app->gaps;
    if (app->environment == ENVIRONMENT_NONE)
        (void)snprintf(text, size,
                       "No API key was given: what Bridge has, and this store has not, cannot be "
                       "known.");
    else if (gaps->trouble[0] != '\0')
        (void)snprintf(text, size, "%s", gaps->trouble);
    else if (!gaps->compared && app->health.failures > 0)
        (void)snprintf(text, size, "Bridge could not be asked: pane 1 says why.");
    else if (!gaps->compared)
        (void)snprintf(text, size,
                       "Bridge's list of events is being held against its logs, its queues and "
                       "what has arrived here, a page at a time…");
    else if (gaps->seen == 0)
        (void)snprintf(text, size, "Bridge has no events of the last two days: nothing is owed.");
    else
        all_is_well(app, text, size);
}

const struct pane_view PANE_GAPS_VIEW = {
    .name = "Gaps",
    .columns = COLUMNS,
    .column_count = GAP_COLUMNS,
    .subject = subject,
    .empty = empty,
};
