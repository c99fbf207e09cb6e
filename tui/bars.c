#include "tui/bars.h"

#include "tui/pane.h"
#include "tui/rows.h"

#include <stdio.h>
#include <string.h>

static int width_of(const struct app *app, const char *text)
{
    return (int)text_width(text, strlen(text), app->ascii);
}

/* --- tabs ------------------------------------------------------------------------- */

struct tab {
    int x, width;
    char text[80];
};

/* " 1 Endpoints 4 "; where there is little room, tabs that are not in focus have no name. */
static void tab_label(const struct app *app, enum pane pane, bool brief, char *text, size_t size)
{
    if (pane == app->focus) /* the pane below counts its rows */
        (void)snprintf(text, size, " %d %s ", (int)pane + 1, pane_view(pane)->name);
    else if (brief)
        (void)snprintf(text, size, " %d%s ", (int)pane + 1,
                       list_new_count(app, pane) > 0 ? "•" : "");
    else if (list_new_count(app, pane) > 0)
        (void)snprintf(text, size, " %d %s %zu new ", (int)pane + 1, pane_view(pane)->name,
                       list_new_count(app, pane));
    else
        (void)snprintf(text, size, " %d %s %zu ", (int)pane + 1, pane_view(pane)->name,
                       rows_total(app, pane));
}

static void lay_out_tabs(const struct app *app, struct tab tabs[PANE_COUNT])
{
    struct rect rect = app->layout.tab_bar;
    int needed = 1;
    for (enum pane pane = 0; pane < PANE_COUNT; pane++) {
        tab_label(app, pane, false, tabs[pane].text, sizeof tabs[pane].text);
        needed += width_of(app, tabs[pane].text) + 1;
    }
    int x = rect.x + 1;
    for (enum pane pane = 0; pane < PANE_COUNT; pane++) {
        tab_label(app, pane, needed > rect.width, tabs[pane].text, sizeof tabs[pane].text);
        tabs[pane].x = x;
        tabs[pane].width = width_of(app, tabs[pane].text);
        x += tabs[pane].width + 1;
    }
}

void bars_draw_tabs(const struct app *app, struct grid *grid)
{
    struct rect rect = app->layout.tab_bar;
    struct tab tabs[PANE_COUNT];
    if (rect.height == 0)
        return;
    lay_out_tabs(app, tabs);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++) {
        bool here = pane == app->focus;
        struct style style = style_of(here ? ROLE_TITLE : ROLE_DIM);
        if (here)
            style.bits = STYLE_SELECTED;
        (void)grid_text(grid, tabs[pane].x, rect.y, rect.width - tabs[pane].x, style,
                        tabs[pane].text);
    }
}

bool bars_tab_at(const struct app *app, int x, int y, enum pane *pane)
{
    struct tab tabs[PANE_COUNT];
    if (app->layout.tab_bar.height == 0 || y != app->layout.tab_bar.y)
        return false;
    lay_out_tabs(app, tabs);
    for (*pane = 0; *pane < PANE_COUNT; (*pane)++)
        if (x >= tabs[*pane].x && x < tabs[*pane].x + tabs[*pane].width)
            return true;
    return false;
}

/* --- the footer -------------------------------------------------------------------- */

struct slot {
    const struct binding *binding;
    int x, y, width;
};

enum { GAP = 2 };

static int slot_width(const struct app *app, const struct binding *binding)
{
    char label[KEYMAP_LABEL_SIZE];
    return width_of(app, keymap_label(&app->keymap, binding, state_place(app), label)) + 1 +
           width_of(app, binding->footer);
}

/* The way out and the way to more are always there, flush right. */
static bool goes_last(const struct binding *binding)
{
    return binding->action == ACTION_HELP || binding->action == ACTION_QUIT;
}

static bool in_footer(const struct app *app, const struct binding *binding)
{
    bool holds = (binding->places & (unsigned)state_place(app)) != 0 && binding->footer != NULL;
    return holds && (app->environment != ENVIRONMENT_NONE || !keymap_asks_bridge(binding->action));
}

/* Help and quit; returns where the room before them ends. */
static int lay_out_last(const struct app *app, struct slot *slots, size_t *count)
{
    struct rect rect = app->layout.footer;
    int end = rect.x + rect.width - 1;
    for (size_t i = KEYMAP_COUNT; i > 0; i--) {
        const struct binding *binding = &KEYMAP[i - 1];
        if (!in_footer(app, binding) || !goes_last(binding))
            continue;
        int width = slot_width(app, binding);
        end -= width;
        slots[(*count)++] = (struct slot){binding, end, rect.y + rect.height - 1, width};
        end -= GAP;
    }
    return end;
}

static size_t lay_out_footer(const struct app *app, struct slot slots[KEYMAP_ROWS_MAX])
{
    struct rect rect = app->layout.footer;
    int bottom = rect.y + rect.height - 1;
    size_t count = 0;
    int last_end = lay_out_last(app, slots, &count);
    int x = rect.x + 1;
    int y = rect.y;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *binding = &KEYMAP[i];
        if (!in_footer(app, binding) || goes_last(binding))
            continue;
        int width = slot_width(app, binding);
        if (y < bottom && x + width > rect.x + rect.width) {
            x = rect.x + 1;
            y++;
        }
        if (y == bottom && x + width > last_end)
            break;
        slots[count++] = (struct slot){binding, x, y, width};
        x += width + GAP;
    }
    return count;
}

void bars_draw_footer(const struct app *app, struct grid *grid)
{
    struct slot slots[KEYMAP_ROWS_MAX];
    size_t count = lay_out_footer(app, slots);
    grid_fill(grid, app->layout.footer, style_of(ROLE_FOOTER));
    for (size_t i = 0; i < count; i++) {
        char label[KEYMAP_LABEL_SIZE];
        int x = slots[i].x;
        int y = slots[i].y;
        (void)keymap_label(&app->keymap, slots[i].binding, state_place(app), label);
        x += grid_text(grid, x, y, grid->width - x, style_of(ROLE_KEY), label) + 1;
        (void)grid_text(grid, x, y, grid->width - x, style_of(ROLE_FOOTER),
                        slots[i].binding->footer);
    }
}

bool bars_key_at(const struct app *app, int x, int y, enum action *action)
{
    struct slot slots[KEYMAP_ROWS_MAX];
    size_t count = lay_out_footer(app, slots);
    for (size_t i = 0; i < count; i++) {
        if (y != slots[i].y || x < slots[i].x || x >= slots[i].x + slots[i].width)
            continue;
        *action = slots[i].binding->action;
        return true;
    }
    return false;
}
