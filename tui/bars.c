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
