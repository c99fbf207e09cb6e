/* The whole interface as state in, screen text out. The expected screens are text files beside
   this one: read them when they change. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>

static void check(const char *name, struct driver_config config, const char *keys)
{
    struct driver driver;
    driver_start(&driver, &config);
    driver_keys(&driver, keys);
    driver_check_screen(&driver, name);
    driver_stop(&driver);
}

#define DEMO(w, h)                                                                                 \
    (struct driver_config)                                                                         \
    {                                                                                              \
        .width = (w), .height = (h), .environment = ENVIRONMENT_DEMO                               \
    }

Test(screens, all_panes_at_120x40)
{
    check("dashboard-120x40", DEMO(120, 40), "");
}

Test(screens, all_panes_at_300x100)
{
    check("dashboard-300x100", DEMO(300, 100), "4");
}

Test(screens, one_pane_at_80x24)
{
    check("endpoints-80x24", DEMO(80, 24), "");
    check("upcoming-80x24", DEMO(80, 24), "2");
    check("deliveries-80x24", DEMO(80, 24), "3");
    check("live-80x24", DEMO(80, 24), "4");
}

Test(screens, ascii_at_80x24)
{
    struct driver_config config = DEMO(80, 24);
    config.ascii = true;
    check("live-80x24-ascii", config, "4");
    check("help-80x24-ascii", config, "?");
}

Test(screens, smallest_and_too_small)
{
    check("endpoints-60x15", DEMO(60, 15), "");
    check("too-small-59x15", DEMO(59, 15), "");
    check("too-small-10x3", DEMO(10, 3), "");
}

Test(screens, nothing_known_yet)
{
    struct driver_config config = DEMO(80, 24);
    config.empty = true;
    check("empty-80x24", config, "");
    config.environment = ENVIRONMENT_NONE;
    check("listening-only-80x24", config, "");
}

Test(screens, production_at_120x40)
{
    struct driver_config config = DEMO(120, 40);
    config.environment = ENVIRONMENT_PRODUCTION;
    check("production-delete-120x40", config, "D");
}

Test(screens, questions)
{
    check("question-disable-80x24", DEMO(80, 24), "E");
    check("question-send-80x24", DEMO(80, 24), "2s");
    check("question-delete-80x24", DEMO(80, 24), "Dpa");
    check("question-delete-typed-80x24", DEMO(80, 24), "Dpay1");
}

Test(screens, forms)
{
    check("form-create-80x24", DEMO(80, 24), "chttps://hooks.example.org/new");
    check("form-create-category-80x24", DEMO(80, 24),
          "chttps://hooks.example.org/new<tab><tab> <tab> ");
    check("form-change-80x24", DEMO(80, 24), "jju");
    check("form-question-80x24", DEMO(80, 24), "u/2<enter>");
    check("form-create-60x15", DEMO(60, 15), "c");
}

Test(screens, details)
{
    check("detail-endpoint-80x24", DEMO(80, 24), "<enter>");
    check("detail-event-80x24", DEMO(80, 24), "2<enter>");
    check("detail-event-end-80x24", DEMO(80, 24), "2<enter>G");
    check("detail-event-exact-80x24", DEMO(80, 24), "2<enter>x");
    check("detail-log-80x24", DEMO(80, 24), "3k<enter>");
    check("detail-live-80x24", DEMO(80, 24), "4<enter>");
}

Test(screens, filter)
{
    check("filter-80x24", DEMO(80, 24), "/card");
    check("filter-none-80x24", DEMO(80, 24), "/nothing like it<enter>");
}

Test(screens, paused_log)
{
    struct driver driver;
    struct driver_config config = DEMO(120, 40);
    driver_start(&driver, &config);
    driver_keys(&driver, "4k");
    for (int i = 4; i < 30; i++)
        driver_arrive(&driver, i, VERDICT_GENUINE);
    driver_check_screen(&driver, "live-paused-120x40");
    driver_stop(&driver);
}
