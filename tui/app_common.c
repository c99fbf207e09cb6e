/* What every part of app_update() uses: an effect, a line for the status line, the layout. */
#include "tui/app_private.h"

#include <stdarg.h>
#include <stdio.h>

struct effect *app_effect(struct effects *effects, enum effect_kind kind)
{
    if (effects->count == EFFECTS_MAX)
        return NULL;
    struct effect *effect = &effects->items[effects->count++];
    *effect = (struct effect){.kind = kind};
    return effect;
}

void app_say(struct app *app, enum tone tone, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(app->notice.text, sizeof app->notice.text, format, args);
    va_end(args);
    app->notice.tone = tone;
    app->notice.answer = app->acting;
    app->notice.since_ms = app->now_ms;
    if (tone != TONE_NONE)
        messages_add(app, tone, app->notice.text);
}

void app_lay_out(struct app *app)
{
    enum layout_inspector inspector = LAYOUT_NO_INSPECTOR;
    if (app->inspector.kind != INSPECTOR_NONE)
        inspector = app->inspector.zoomed ? LAYOUT_ZOOMED : LAYOUT_INSPECTOR;
    layout_compute(&app->layout, app->width, app->height, app->focus, app->endpoint_count,
                   inspector, &app->shares);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        list_scroll_into_view(app, pane);
}
