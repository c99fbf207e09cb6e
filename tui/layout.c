#include "tui/layout.h"

#include "api/contract.h"

#include <stdint.h>

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

static int at_least(int value, int limit)
{
    return value > limit ? value : limit;
}

enum { PANE_HEIGHT_MIN = 6, PANE_WIDTH_MIN = 30 };

static int between(int value, int least, int most)
{
    return at_least(at_most(value, most), least);
}

/* Where a border is: where it was dragged to, as far as both sides keep what they need. */
static int share_of(const struct layout_shares *shares, enum layout_border border, int size,
                    int best, int least, int most)
{
    int share = shares != NULL ? shares->at[border] : 0;
    return share > 0 ? between((int)((int64_t)share * size / LAYOUT_WHOLE), least, most) : best;
}

static void all_at_once(struct layout *layout, enum pane focus, size_t endpoints,
                        const struct layout_shares *shares)
{
    const struct rect body = layout->body;
    enum { FRAME_AND_HEAD = 3, ENDPOINT_ROWS_MIN = 4 };

    /* Endpoints get what they need up to a third, the middle shows all upcoming events that there
       can be, and the log that is read most gets the rest. */
    int wanted = FRAME_AND_HEAD + at_least((int)at_most((int)endpoints, 500), ENDPOINT_ROWS_MIN);
    int top = at_most(wanted, at_least(body.height / 3, FRAME_AND_HEAD + ENDPOINT_ROWS_MIN));
    top = share_of(shares, BORDER_ENDPOINTS, body.height, top, PANE_HEIGHT_MIN,
                   body.height - 2 * PANE_HEIGHT_MIN);
    int rest = body.height - top;
    int middle = at_least(rest * 2 / 5, at_most(FRAME_AND_HEAD + CONTRACT_UPCOMING, rest / 2));
    middle = share_of(shares, BORDER_LIVE, body.height, top + middle, top + PANE_HEIGHT_MIN,
                      body.height - PANE_HEIGHT_MIN) -
             top;
    int left = share_of(shares, BORDER_MIDDLE, body.width, body.width / 2, PANE_WIDTH_MIN,
                        body.width - PANE_WIDTH_MIN);

    layout->panes[PANE_ENDPOINTS] = (struct rect){body.x, body.y, body.width, top};
    layout->panes[PANE_UPCOMING] = (struct rect){body.x, body.y + top, left, middle};
    layout->panes[PANE_DELIVERIES] =
        (struct rect){body.x + left, body.y + top, body.width - left, middle};
    layout->panes[PANE_LIVE] =
        (struct rect){body.x, body.y + top + middle, body.width, body.height - top - middle};
    if (focus != PANE_GAPS)
        return;
    layout->panes[PANE_GAPS] = (struct rect){body.x, body.y + top, body.width, middle};
    layout->panes[PANE_UPCOMING] = layout->panes[PANE_DELIVERIES] = (struct rect){0};
}

/* The list keeps two fifths of the width, the inspector has the rest. */
static void place_inspector(struct layout *layout, enum pane focus, enum layout_inspector inspector,
                            const struct layout_shares *shares)
{
    enum { LIST_MIN = 50, LIST_MAX = 100 };
    const struct rect body = layout->body;
    layout->inspector = body;
    if (inspector == LAYOUT_ZOOMED || body.width < LAYOUT_BESIDE_WIDTH)
        return;
    int left = at_most(at_least(body.width * 2 / 5, LIST_MIN), LIST_MAX);
    left = share_of(shares, BORDER_INSPECTOR, body.width, left, PANE_WIDTH_MIN,
                    body.width - PANE_WIDTH_MIN);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        layout->panes[pane] = (struct rect){0};
    layout->panes[focus] = (struct rect){body.x, body.y, left, body.height};
    layout->inspector.x += left;
    layout->inspector.width -= left;
}

void layout_compute(struct layout *layout, int width, int height, enum pane focus, size_t endpoints,
                    enum layout_inspector inspector, const struct layout_shares *shares)
{
    *layout = (struct layout){0};
    if (width < LAYOUT_WIDTH_MIN || height < LAYOUT_HEIGHT_MIN) {
        layout->too_small = true;
        return;
    }
    bool narrow = width < LAYOUT_ONE_LINE_FOOTER;
    bool low = height < LAYOUT_LOW;
    int header = low ? 1 : 2;
    int footer = narrow && height >= LAYOUT_TWO_LINE_FOOTER ? 2 : 1;
    layout->tabs = width < LAYOUT_ALL_WIDTH || height < LAYOUT_ALL_HEIGHT;
    int tabs = layout->tabs && !low ? 1 : 0;
    int top = header + tabs;

    layout->header = (struct rect){0, 0, width, header};
    layout->tab_bar = (struct rect){0, header, width, tabs};
    layout->body = (struct rect){0, top, width, height - top - footer - 1};
    layout->status = (struct rect){0, height - footer - 1, width, 1};
    layout->footer = (struct rect){0, height - footer, width, footer};

    if (layout->tabs)
        layout->panes[focus] = layout->body;
    else
        all_at_once(layout, focus, endpoints, shares);
    if (inspector != LAYOUT_NO_INSPECTOR)
        place_inspector(layout, focus, inspector, shares);
}

int layout_list_height(const struct layout *layout, enum pane pane)
{
    return at_least(layout->panes[pane].height - 3, 1);
}

/* --- dragging ------------------------------------------------------------------ */

/* On the last cell of the one side, or the first of the other. */
static bool is_edge(int at, int border)
{
    return at == border || at == border - 1;
}

/* The pane between the others, the left one where there are two. */
static struct rect middle_of(const struct layout *layout)
{
    bool gaps = layout->panes[PANE_GAPS].width > 0;
    return layout->panes[gaps ? PANE_GAPS : PANE_UPCOMING];
}

bool layout_border_at(const struct layout *layout, int x, int y, enum layout_border *border)
{
    const struct rect *panes = layout->panes;
    if (layout->too_small || !rect_has(layout->body, x, y))
        return false;
    if (layout->inspector.width > 0) {
        *border = BORDER_INSPECTOR;
        return layout->inspector.x > layout->body.x && is_edge(x, layout->inspector.x);
    }
    if (layout->tabs)
        return false;
    if (is_edge(y, middle_of(layout).y))
        *border = BORDER_ENDPOINTS;
    else if (is_edge(y, panes[PANE_LIVE].y))
        *border = BORDER_LIVE;
    else if (panes[PANE_DELIVERIES].width > 0 && y > panes[PANE_UPCOMING].y &&
             y < panes[PANE_LIVE].y && is_edge(x, panes[PANE_DELIVERIES].x))
        *border = BORDER_MIDDLE;
    else
        return false;
    return true;
}

/* Rounded up, so that it comes out at the same cell again. */
static int share_at(int at, int size)
{
    return size > 0 ? between((at * LAYOUT_WHOLE + size - 1) / size, 1, LAYOUT_WHOLE) : 0;
}

void layout_drag(const struct layout *layout, enum layout_border border, int x, int y,
                 struct layout_shares *shares)
{
    struct rect body = layout->body;
    bool across = border == BORDER_MIDDLE || border == BORDER_INSPECTOR;
    bool both = border == BORDER_ENDPOINTS || border == BORDER_LIVE;
    if (both && layout->panes[PANE_LIVE].width > 0 && middle_of(layout).width > 0) {
        /* The other one stays where it is. */
        shares->at[BORDER_ENDPOINTS] = share_at(middle_of(layout).y - body.y, body.height);
        shares->at[BORDER_LIVE] = share_at(layout->panes[PANE_LIVE].y - body.y, body.height);
    }
    shares->at[border] =
        across ? share_at(x - body.x, body.width) : share_at(y - body.y, body.height);
}
