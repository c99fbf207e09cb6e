/* Any keys over any payload: a long random walk, the same every time. It finds what a sanitizer
   finds, and a cursor that left its lines. */
#include "tests/unit/app_driver.h"
#include "tui/key.h"
#include "tui/view.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 15000, BODY_MAX = 64 * 1024, ROOM = 512, DEEP = 6 };

struct walk {
    struct driver driver;
    uint64_t seed;
    char body[BODY_MAX + ROOM];
    size_t length;
};

/* A linear congruential generator (Knuth's MMIX constants): below `limit`. */
static unsigned pick(struct walk *walk, unsigned limit)
{
    walk->seed = walk->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(walk->seed >> 33) % limit;
}

static void put(struct walk *walk, const char *text)
{
    size_t length = strlen(text);
    if (walk->length + length < BODY_MAX) {
        memcpy(walk->body + walk->length, text, length);
        walk->length += length;
    }
}

static void put_value(struct walk *walk, int depth);

static void put_members(struct walk *walk, int depth)
{
    static const char *const KEYS[] = {"\"id\"", "\"state\"", "\"odd key\"",
                                       "\"\"",   "\"a.b\"",   "\"\\u0041\""};
    unsigned count = pick(walk, 5);
    for (unsigned i = 0; i < count; i++) {
        put(walk, i > 0 ? ", " : "");
        put(walk, KEYS[pick(walk, sizeof KEYS / sizeof *KEYS)]);
        put(walk, ": ");
        put_value(walk, depth + 1);
    }
}

static void put_string(struct walk *walk)
{
    put(walk, "\"");
    for (unsigned i = pick(walk, 20) == 0 ? 3000 : pick(walk, 30); i > 0; i--)
        put(walk, pick(walk, 3) > 0 ? "ab " : "\xE2\x80\xAE\xF0\x9F\x98\x80");
    put(walk, "\"");
}

static void put_value(struct walk *walk, int depth)
{
    static const char *const SCALARS[] = {"1e400", "null", "\"caf\\u00e9\"", "true", "[]", "{}"};
    unsigned kind = pick(walk, depth > DEEP ? 7 : 11);
    if (kind < 6) {
        put(walk, SCALARS[kind]);
    } else if (kind == 6) {
        put_string(walk);
    } else if (kind < 10) {
        put(walk, "{");
        put_members(walk, depth);
        put(walk, "}");
    } else {
        put(walk, "[");
        put_value(walk, depth + 1);
        put(walk, ",");
        put_value(walk, depth + 1);
        put(walk, "]");
    }
}

static void make_body(struct walk *walk)
{
    walk->length = 0;
    if (pick(walk, 8) == 0) {
        for (unsigned i = pick(walk, 5000); i > 0; i--)
            walk->body[walk->length++] = (char)pick(walk, 256);
        return;
    }
    put(walk, "{\"event_id\":\"wh_1\",\"event_object\":");
    put_value(walk, 0);
    put(walk, ",\"event_object_changes\":{\"state\":[");
    put_value(walk, 3);
    put(walk, ",");
    put_value(walk, 3);
    put(walk, pick(walk, 9) == 0 ? ",0]" : "]");
    if (pick(walk, 2) == 0) {
        put(walk, ",\"odd\":");
        put_value(walk, 3);
    }
    put(walk, "}}");
}

static void answer(struct walk *walk)
{
    const struct effect *effect = driver_effect(&walk->driver, EFFECT_LOAD);
    if (effect == NULL || pick(walk, 6) == 0)
        return; /* later, or never */
    make_body(walk);
    struct attempt repeats[] = {{.number = 2, .body_length = -1}, {.number = 3, .body_length = 9}};
    struct delivery delivery = {
        .id = effect->delivery_id, .body = walk->body, .body_length = walk->length};
    for (size_t i = 0; i < 2; i++)
        repeats[i].peer = repeats[i].target = (char *)"/";
    if (pick(walk, 2) == 0) {
        delivery.attempts = 3;
        delivery.repeats = (struct attempt_list){.items = repeats, .count = 2};
    }
    driver_send(&walk->driver, &(struct message){.kind = MESSAGE_LOADED,
                                                 .delivery_id = delivery.id,
                                                 .attempt = effect->attempt,
                                                 .delivery = pick(walk, 30) > 0 ? &delivery : NULL,
                                                 .text = "gone"});
}

/* Towards the last attempt, which has another body, and then into it; KEYS_NONE: it is elsewhere.
 */
static char32_t key_on_attempts(const struct inspector *inspector)
{
    if (inspector->kind != INSPECTOR_DELIVERY || inspector->cursor >= inspector->line_count)
        return KEYS_NONE;
    const struct inspector_line *line = &inspector->lines[inspector->cursor];
    const struct inspector_section *section = &inspector->sections[line->section];
    if (section->id != SECTION_ATTEMPTS)
        return KEYS_NONE;
    return line->item + 1 == section->after ? KEYS_ENTER : 'j';
}

static void step(struct walk *walk)
{
    static const char32_t KEYS[] = {'j',
                                    'k',
                                    'h',
                                    'l',
                                    'H',
                                    'L',
                                    'J',
                                    'K',
                                    'g',
                                    'G',
                                    'z',
                                    '/',
                                    'n',
                                    'N',
                                    'w',
                                    'T',
                                    't',
                                    'i',
                                    '=',
                                    ' ',
                                    '4',
                                    KEYS_TAB,
                                    KEYS_ENTER,
                                    KEYS_SHIFT_TAB,
                                    KEYS_ESCAPE,
                                    'd',
                                    '"',
                                    'e',
                                    KEYS_BACKSPACE,
                                    KEYS_PAGE_DOWN,
                                    KEYS_PAGE_UP};
    struct message message = {.kind = MESSAGE_KEY,
                              .key = KEYS[pick(walk, sizeof KEYS / sizeof *KEYS)]};
    if (walk->driver.app->inspector.kind == INSPECTOR_NONE && pick(walk, 2) == 0)
        message.key = KEYS_ENTER;
    char32_t towards = key_on_attempts(&walk->driver.app->inspector);
    if (towards != KEYS_NONE && pick(walk, 4) > 0)
        message.key = towards;
    if (pick(walk, 60) == 0)
        message = (struct message){.kind = MESSAGE_RESIZE,
                                   .width = 40 + (int)pick(walk, 200),
                                   .height = 10 + (int)pick(walk, 60)};
    driver_send(&walk->driver, &message);
}

Test(inspector_walk, any_keys_over_any_payload, .timeout = 120)
{
    static struct walk walk = {.seed = 7};
    driver_start(&walk.driver, &(struct driver_config){
                                   .width = 100, .height = 30, .environment = ENVIRONMENT_SANDBOX});
    driver_keys(&walk.driver, "4");
    int compared = 0;
    for (int i = 0; i < STEPS; i++) {
        const struct inspector *inspector = &walk.driver.app->inspector;
        struct inspector_selection selection;
        step(&walk);
        answer(&walk);
        cr_assert(inspector->line_count == 0 || inspector->cursor < inspector->line_count,
                  "step %d", i);
        (void)inspector_selected(inspector, &selection);
        compared += inspector->attempt != 0;
        if (i % 4 == 0)
            (void)driver_screen(&walk.driver);
    }
    cr_expect_gt(compared, 0, "attempts were opened, too");
    driver_stop(&walk.driver);
}
