#include "tui/layout.h"

#include "api/contract.h"

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

static int at_least(int value, int limit)
{
    return value > limit ? value : limit;
}

static void all_at_once(struct layout *layout, size_t endpoints)
{
    const struct rect body = layout->body;
    enum { FRAME_AND_HEAD = 3, ENDPOINT_ROWS_MIN = 4 };

    /* Endpoints get what they need up to a third, the middle shows all upcoming events that there
       can be, and the log that is read most gets the rest. */
    int wanted = FRAME_AND_HEAD + at_least((int)at_most((int)endpoints, 500), ENDPOINT_ROWS_MIN);
    int top = at_most(wanted, at_least(body.height / 3, FRAME_AND_HEAD + ENDPOINT_ROWS_MIN));
    int rest = body.height - top;
    int middle = at_least(rest * 2 / 5, at_most(FRAME_AND_HEAD + CONTRACT_UPCOMING, rest / 2));
    int left = body.width / 2;

    layout->panes[PANE_ENDPOINTS] = (struct rect){body.x, body.y, body.width, top};
    layout->panes[PANE_UPCOMING] = (struct rect){body.x, body.y + top, left, middle};
    layout->panes[PANE_DELIVERIES] =
        (struct rect){body.x + left, body.y + top, body.width - left, middle};
    layout->panes[PANE_LIVE] =
        (struct rect){body.x, body.y + top + middle, body.width, body.height - top - middle};
}

/* The list keeps two fifths of the width, the inspector has the rest. */
static void place_inspector(struct layout *layout, enum pane focus, enum layout_inspector inspector)
{
    enum { LIST_MIN = 50, LIST_MAX = 100 };
    const struct rect body = layout->body;
    layout->inspector = body;
    if (inspector == LAYOUT_ZOOMED || body.width < LAYOUT_BESIDE_WIDTH)
        return;
    int left = at_most(at_least(body.width * 2 / 5, LIST_MIN), LIST_MAX);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        layout->panes[pane] = (struct rect){0};
    layout->panes[focus] = (struct rect){body.x, body.y, left, body.height};
    layout->inspector.x += left;
    layout->inspector.width -= left;
}

void layout_compute(struct layout *layout, int width, int height, enum pane focus, size_t endpoints,
                    enum layout_inspector inspector)
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
        all_at_once(layout, endpoints);
    if (inspector != LAYOUT_NO_INSPECTOR)
        place_inspector(layout, focus, inspector);
}

int layout_list_height(const struct layout *layout, enum pane pane)
{
    return at_least(layout->panes[pane].height - 3, 1);
}
