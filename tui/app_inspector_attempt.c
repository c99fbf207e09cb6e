/* An attempt of an event whose body was another one than the first's: both side by side. */
#include "tui/app_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The attempt that a line of the section tells of: the first one is the delivery, then come those
   that are kept, the newest last. */
static const struct attempt *attempt_under_cursor(const struct inspector *inspector)
{
    const struct attempt_list *repeats = &inspector->delivery.repeats;
    if (inspector->kind != INSPECTOR_DELIVERY || inspector->cursor >= inspector->line_count)
        return NULL;
    const struct inspector_line *line = &inspector->lines[inspector->cursor];
    const struct inspector_section *section = &inspector->sections[line->section];
    if (section->id != SECTION_ATTEMPTS || line->item == INSPECTOR_HEADING ||
        section->after - line->item > repeats->count)
        return NULL;
    return &repeats->items[repeats->count - (section->after - line->item)];
}

bool app_inspector_open_attempt(struct app *app, struct effects *effects)
{
    struct inspector *inspector = &app->inspector;
    const struct attempt *attempt = attempt_under_cursor(inspector);
    if (attempt == NULL || attempt->body_length < 0)
        return false;
    struct effect *effect = app_effect(effects, EFFECT_LOAD);
    if (effect == NULL)
        return true;
    effect->delivery_id = inspector->delivery_id;
    effect->attempt = attempt->number;
    inspector->attempt_asked = attempt->number;
    return true;
}

static const struct attempt *attempt_of(const struct attempt_list *list, int64_t number)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].number == number)
            return &list->items[i];
    return NULL;
}

static bool fill_sides(struct inspector_side sides[2], const struct delivery *first,
                       const struct attempt *attempt, const struct delivery *loaded)
{
    for (size_t i = 0; i < 2; i++)
        (void)snprintf(sides[i].type, sizeof sides[i].type, "%s",
                       first->event_type != NULL ? first->event_type : "");
    (void)snprintf(sides[0].name, sizeof sides[0].name, "attempt 1");
    (void)snprintf(sides[1].name, sizeof sides[1].name, "attempt %" PRId64, attempt->number);
    sides[0].at_ms = first->received_ms;
    sides[1].at_ms = attempt->received_ms;
    return inspector_copy_bytes(first->body, first->body_length, &sides[0].bytes,
                                &sides[0].length) &&
           inspector_copy_bytes(loaded->body, loaded->body_length, &sides[1].bytes,
                                &sides[1].length);
}

void app_inspector_attempt_loaded(struct app *app, const struct message *message)
{
    struct inspector *inspector = &app->inspector;
    const struct attempt *attempt = attempt_of(&inspector->delivery.repeats, message->attempt);
    struct inspector_side sides[2] = {0};
    if (inspector->kind != INSPECTOR_DELIVERY || inspector->attempt_asked != message->attempt ||
        inspector->delivery_id != message->delivery_id || attempt == NULL)
        return; /* the answer to a question of before */
    inspector->attempt_asked = 0;
    if (message->delivery == NULL) {
        app_say(app, TONE_BAD, "%s", message->text);
        return;
    }
    if (!fill_sides(sides, &inspector->delivery, attempt, message->delivery)) {
        inspector_side_clear(&sides[0]);
        inspector_side_clear(&sides[1]);
        app_say(app, TONE_BAD, "the attempt could not be shown: out of memory");
        return;
    }
    char title[INSPECTOR_TITLE_SIZE];
    (void)snprintf(title, sizeof title, "Attempt %" PRId64 " of %s", attempt->number,
                   inspector->delivery.event_id != NULL ? inspector->delivery.event_id
                                                        : "a request without an event id");
    if (!app_inspector_begin(app)) {
        inspector_side_clear(&sides[0]);
        inspector_side_clear(&sides[1]);
        return;
    }
    inspector->kind = INSPECTOR_COMPARISON;
    inspector->attempt = message->attempt;
    memcpy(inspector->title, title, sizeof title);
    memcpy(inspector->sides, sides, sizeof sides);
    app_inspector_tell(app);
}
