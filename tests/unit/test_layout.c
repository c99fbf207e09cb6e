#include "tui/layout.h"

#include <criterion/criterion.h>

static bool within(struct rect inner, int width, int height)
{
    return inner.x >= 0 && inner.y >= 0 && inner.x + inner.width <= width &&
           inner.y + inner.height <= height;
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

Test(layout, parts_never_overlap_or_leave_the_screen)
{
    for (int width = LAYOUT_WIDTH_MIN; width <= 400; width += 3) {
        for (int height = LAYOUT_HEIGHT_MIN; height <= 130; height++) {
            for (size_t endpoints = 0; endpoints <= 200; endpoints += 40) {
                struct layout layout;
                layout_compute(&layout, width, height, PANE_LIVE, endpoints, LAYOUT_NO_INSPECTOR,
                               NULL);
                cr_assert_not(layout.too_small);
                struct rect parts[] = {layout.header,   layout.tab_bar,  layout.status,
                                       layout.footer,   layout.panes[0], layout.panes[1],
                                       layout.panes[2], layout.panes[3]};
                for (size_t i = 0; i < 8; i++) {
                    cr_assert(within(parts[i], width, height), "%dx%d part %zu", width, height, i);
                    for (size_t j = 0; j < i; j++)
                        cr_assert_not(overlap(parts[i], parts[j]), "%dx%d: %zu and %zu", width,
                                      height, i, j);
                }
                if (layout.tabs)
                    continue;
                for (enum pane pane = 0; pane <= PANE_LIVE; pane++)
                    cr_assert_geq(layout.panes[pane].height, 6, "%dx%d pane %d", width, height,
                                  (int)pane);
            }
        }
    }
}

Test(layout, all_panes_where_there_is_room_else_one)
{
    struct layout layout;
    layout_compute(&layout, 120, 40, PANE_UPCOMING, 4, LAYOUT_NO_INSPECTOR, NULL);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        cr_expect_eq(layout.panes[pane].width > 0, pane != PANE_GAPS);
    layout_compute(&layout, 80, 24, PANE_UPCOMING, 4, LAYOUT_NO_INSPECTOR, NULL);
    for (enum pane pane = 0; pane < PANE_COUNT; pane++)
        cr_expect_eq(layout.panes[pane].width > 0, pane == PANE_UPCOMING);
    layout_compute(&layout, LAYOUT_WIDTH_MIN - 1, 24, PANE_UPCOMING, 4, LAYOUT_NO_INSPECTOR, NULL);
    cr_expect(layout.too_small);
    layout_compute(&layout, 80, LAYOUT_HEIGHT_MIN - 1, PANE_UPCOMING, 4, LAYOUT_NO_INSPECTOR, NULL);
    cr_expect(layout.too_small);
}

/* Borders and all else stay where they are. */
Test(layout, what_is_missing_takes_the_middle_while_it_has_the_focus)
{
    struct layout others, gaps;
    enum layout_border border;
    layout_compute(&others, 120, 40, PANE_LIVE, 4, LAYOUT_NO_INSPECTOR, NULL);
    layout_compute(&gaps, 120, 40, PANE_GAPS, 4, LAYOUT_NO_INSPECTOR, NULL);
    struct rect middle = gaps.panes[PANE_GAPS];
    cr_expect_eq(middle.width, 120);
    cr_expect_eq(middle.y, others.panes[PANE_UPCOMING].y);
    cr_expect_eq(middle.height, others.panes[PANE_UPCOMING].height);
    cr_expect_eq(gaps.panes[PANE_UPCOMING].width + gaps.panes[PANE_DELIVERIES].width, 0);
    cr_expect_eq(gaps.panes[PANE_LIVE].y, others.panes[PANE_LIVE].y);
    cr_expect(layout_border_at(&gaps, 10, middle.y, &border) && border == BORDER_ENDPOINTS);
    cr_expect(layout_border_at(&gaps, 10, gaps.panes[PANE_LIVE].y, &border) &&
              border == BORDER_LIVE);
    cr_expect_not(layout_border_at(&gaps, 60, middle.y + 3, &border), "nothing is beside it");
    struct layout_shares shares = {0};
    layout_drag(&gaps, BORDER_ENDPOINTS, 10, middle.y + 2, &shares);
    layout_compute(&gaps, 120, 40, PANE_GAPS, 4, LAYOUT_NO_INSPECTOR, &shares);
    cr_expect_eq(gaps.panes[PANE_GAPS].y, middle.y + 2);
    cr_expect_eq(gaps.panes[PANE_LIVE].y, others.panes[PANE_LIVE].y);
}

Test(layout, endpoints_get_what_they_need_up_to_a_third)
{
    struct layout few;
    struct layout many;
    layout_compute(&few, 120, 60, PANE_ENDPOINTS, 4, LAYOUT_NO_INSPECTOR, NULL);
    layout_compute(&many, 120, 60, PANE_ENDPOINTS, 200, LAYOUT_NO_INSPECTOR, NULL);
    cr_expect_eq(layout_list_height(&few, PANE_ENDPOINTS), 4);
    cr_expect_gt(layout_list_height(&many, PANE_ENDPOINTS), 4);
    cr_expect_leq(many.panes[PANE_ENDPOINTS].height, 60 / 3 + 1);
}
