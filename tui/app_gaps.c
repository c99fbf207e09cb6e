/* What is missing: pane 5's rows, and how they go as events arrive. */
#include "tui/app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gaps_clear(struct gaps *gaps)
{
    for (size_t i = 0; i < gaps->count; i++)
        event_clear(&gaps->rows[i].event);
    free(gaps->rows);
    string_list_clear(&gaps->categories);
    *gaps = (struct gaps){0};
}

size_t gaps_missing(const struct gaps *gaps)
{
    size_t missing = 0;
    for (size_t i = 0; i < gaps->count; i++)
        missing += gap_is_missing(gaps->rows[i].reason);
    return missing;
}

/* In the status line, where nothing stands that a person waits for. */
static void tell(struct app *app, enum tone tone, const char *line)
{
    const struct notice *notice = &app->notice;
    messages_add(app, tone, line);
    if (notice->text[0] != '\0' && (notice->tone == TONE_BAD || notice->answer))
        return;
    app->notice = (struct notice){.tone = tone, .since_ms = app->now_ms};
    (void)snprintf(app->notice.text, sizeof app->notice.text, "%s", line);
}

static bool has(const struct gaps *gaps, const struct gap_row *row)
{
    for (size_t i = 0; i < gaps->count; i++)
        if (strcmp(gaps->rows[i].event.id, row->event.id) == 0 &&
            strcmp(gaps->rows[i].webhook_id, row->webhook_id) == 0 &&
            gap_is_missing(gaps->rows[i].reason) == gap_is_missing(row->reason))
            return true;
    return false;
}

/* How many of the missing were not known before. */
static size_t count_new(const struct gaps *now, const struct gaps *before)
{
    size_t news = 0;
    for (size_t i = 0; i < now->count; i++)
        news += gap_is_missing(now->rows[i].reason) && !has(before, &now->rows[i]);
    return news;
}

bool gaps_found(struct app *app, struct gaps *gaps)
{
    char line[STATE_TEXT_MAX];
    char key[KEYMAP_LABEL_SIZE];
    if (strcmp(gaps->trouble, app->gaps.trouble) != 0 && gaps->trouble[0] != '\0')
        messages_add_trouble(app, gaps->trouble);
    if (!gaps->compared) { /* what was found before still holds */
        bool shows = app->focus == PANE_GAPS || strcmp(app->gaps.trouble, gaps->trouble) != 0;
        (void)snprintf(app->gaps.trouble, sizeof app->gaps.trouble, "%s", gaps->trouble);
        if (gaps->until_ms != 0)
            app->gaps.until_ms = gaps->until_ms;
        gaps_clear(gaps);
        return shows;
    }
    size_t news = count_new(gaps, &app->gaps);
    size_t before = gaps_missing(&app->gaps), now = gaps_missing(gaps);
    if (news > 0) {
        const char *pane = state_pane_key(app, ACTION_PANE_5, key);
        (void)snprintf(line, sizeof line, "%zu event%s missing here that Bridge %s: %s shows %s",
                       news, news == 1 ? " is" : "s are", "has", pane, news == 1 ? "it" : "them");
        tell(app, TONE_WARN, line);
    } else if (now < before) { /* else a line that told of one arrival is the last that is said */
        (void)snprintf(line, sizeof line,
                       "compared again with Bridge: %zu fewer; still missing: %zu", before - now,
                       now);
        tell(app, TONE_GOOD, line);
    }
    gaps_clear(&app->gaps);
    app->gaps = *gaps;
    *gaps = (struct gaps){0};
    for (size_t i = 0; i < app->gaps.count; i++)
        if (app->gaps.rows[i].event.type != NULL)
            state_learn_type(app, app->gaps.rows[i].event.id, app->gaps.rows[i].event.type);
    list_sync(app, PANE_GAPS);
    return true;
}

static bool came_for(const struct delivery *delivery, const char *webhook_id)
{
    const char *newest = delivery->newest_webhook_id;
    return strcmp(delivery->webhook_id, webhook_id) == 0 ||
           (newest != NULL && strcmp(newest, webhook_id) == 0);
}

/* It may have come for another endpoint alone; where that is not known, it counts for all until the
   next comparison. */
static bool is_filled(const struct gap_row *row, const struct delivery *delivery)
{
    return gap_is_missing(row->reason) && strcmp(row->event.id, delivery->event_id) == 0 &&
           (delivery->webhook_id == NULL || row->webhook_id[0] == '\0' ||
            came_for(delivery, row->webhook_id));
}

void gaps_arrived(struct app *app, const struct delivery *delivery)
{
    struct gaps *gaps = &app->gaps;
    char line[STATE_TEXT_MAX];
    size_t kept = 0;
    size_t count = gaps->count;
    if (delivery->verdict != VERDICT_GENUINE || delivery->event_id == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        if (is_filled(&gaps->rows[i], delivery))
            event_clear(&gaps->rows[i].event);
        else
            gaps->rows[kept++] = gaps->rows[i];
    }
    if (kept == count)
        return;
    gaps->count = kept;
    gaps->total -= count - kept;
    list_sync(app, PANE_GAPS);
    (void)snprintf(line, sizeof line, "%.80s, which was missing, has arrived; still missing: %zu",
                   delivery->event_id, gaps_missing(gaps));
    tell(app, TONE_GOOD, line);
}
