/*
 * Drives the inspector in tests: opens payloads in it, and looks at what it shows.
 *
 * Each file of tests that includes this has a driver of its own.
 */
#ifndef BRIDGETOP_TESTS_INSPECTOR_DRIVER_H
#define BRIDGETOP_TESTS_INSPECTOR_DRIVER_H

#include "tests/unit/app_driver.h"
#include "tui/inspector_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static inline void set_up(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 100, .height = 40, .environment = ENVIRONMENT_DEMO});
}

static inline void tear_down(void)
{
    driver_stop(&driver);
}

static inline struct inspector *inspector(void)
{
    return &driver.app->inspector;
}

/* Opens pane 4's row with a body as the store gives it. */
static inline void load(const char *body, size_t length)
{
    const struct effect *effect = driver_effect(&driver, EFFECT_LOAD);
    cr_assert_not_null(effect, "nothing is asked of the store:\n%s", driver_screen(&driver));
    struct delivery delivery = {
        .id = effect->delivery_id, .body = (char *)body, .body_length = length};
    cr_assert(header_list_add(&delivery.headers, "Content-Type", "application/json"));
    driver_send(&driver, &(struct message){.kind = MESSAGE_LOADED,
                                           .delivery_id = delivery.id,
                                           .delivery = &delivery});
    header_list_clear(&delivery.headers);
}

static inline void open_body(const char *body)
{
    driver_keys(&driver, "4<enter>");
    load(body, strlen(body));
}

static inline void expect_path(const char *wanted)
{
    struct inspector_selection selection;
    bool selected = inspector_selected(inspector(), &selection);
    cr_expect(selected == (wanted != NULL), "%s", selection.path);
    if (wanted != NULL && selected)
        cr_expect_str_eq(selection.path, wanted);
}

/* Puts the cursor on the line that begins with (blanks and) this text. */
static inline void go_to(const char *text)
{
    driver_keys(&driver, "g");
    for (size_t line = 0; line < inspector()->line_count; line++) {
        static struct inspector_text said;
        char joined[512] = "";
        inspector_text_make(inspector(), line, &said);
        for (size_t s = 0; s < said.cells[0].count; s++)
            (void)snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%.*s",
                           (int)said.cells[0].segments[s].length, said.cells[0].segments[s].bytes);
        const char *from = joined;
        while (*from == ' ' || strncmp(from, "▾", strlen("▾")) == 0 ||
               strncmp(from, "▸", strlen("▸")) == 0)
            from += *from == ' ' ? 1 : strlen("▾");
        if (strncmp(from, text, strlen(text)) == 0)
            return;
        driver_keys(&driver, "j");
    }
    cr_assert_fail("no line begins with %s:\n%s", text, driver_screen(&driver));
}

static inline size_t count_marked(void)
{
    size_t marked = 0;
    (void)driver_screen(&driver);
    for (int i = 0; i < driver.grid.width * driver.grid.height; i++)
        marked += driver.grid.cells[i].style.role == ROLE_MATCH;
    return marked;
}

#define EVENT                                                                                      \
    "{\"event_id\":\"wh_1\",\"event_object\":{\"id\":\"tr_1\",\"a\":1,\"a\":1e400,"                \
    "\"source\":{\"payment_rail\":\"ach\",\"deep\":[{\"id\":\"needle\"}]},"                        \
    "\"text\":\"caf\\u00e9 \\/\"},\"event_object_changes\":{\"amount\":[\"12.50\",\"13.50\"]},"    \
    "\"unknown\":[true]}"

#endif
