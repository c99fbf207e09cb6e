/* Every key of the table, pressed in the real program: it does what its scenario says. The unit
   tests press it in every place; here it is one place, and the way from the terminal to it. */
#include "tests/e2e/session.h"
#include "tests/key_scenarios.h"
#include "tui/key.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 4, QUIET_MS = 60, PICTURE_MAX = 64 * 1024, ARRIVALS = 3 };

#define LEAVES_SCREEN "\033[?1049l"

static struct session session;
static char first_id[CONTRACT_ID_MAX + 1];

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(every_key, .fini = tear_down, .timeout = 300);

/* --- typing ------------------------------------------------------------------------ */

static const struct {
    const char *name; /* in a scenario's keys */
    char32_t key;
    enum screen_key pressed;
} NAMED[] = {
    {"<enter>", KEYS_ENTER, SCREEN_ENTER},
    {"<esc>", KEYS_ESCAPE, SCREEN_ESCAPE},
    {"<tab>", KEYS_TAB, SCREEN_TAB},
    {"<shift-tab>", KEYS_SHIFT_TAB, SCREEN_SHIFT_TAB},
    {"<up>", KEYS_UP, SCREEN_UP},
    {"<down>", KEYS_DOWN, SCREEN_DOWN},
    {"<left>", KEYS_LEFT, SCREEN_LEFT},
    {"<right>", KEYS_RIGHT, SCREEN_RIGHT},
    {"<pgup>", KEYS_PAGE_UP, SCREEN_PAGE_UP},
    {"<pgdn>", KEYS_PAGE_DOWN, SCREEN_PAGE_DOWN},
    {"<home>", KEYS_HOME, SCREEN_HOME},
    {"<end>", KEYS_END, SCREEN_END},
    {"<bs>", KEYS_BACKSPACE, SCREEN_BACKSPACE},
    {"<insert>", KEYS_INSERT, SCREEN_INSERT},
    {"<delete>", KEYS_DELETE, SCREEN_DELETE},
};

enum { NAMED_COUNT = sizeof NAMED / sizeof NAMED[0] };

static void press(char32_t key)
{
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        if (NAMED[i].key != key)
            continue;
        cr_assert(screen_press(session.screen, NAMED[i].pressed));
        return;
    }
    cr_assert_lt(key, 0x80U, "key %#x: this test does not know how a terminal sends it",
                 (unsigned)key);
    char bytes[2] = {(char)key, '\0'};
    cr_assert(screen_keys(session.screen, bytes));
}

/* Presses what the text begins with; returns how long its name was. */
static size_t press_next(const char *text)
{
    static const char ID4[] = "<id4>";
    if (strncmp(text, ID4, sizeof ID4 - 1) == 0) {
        cr_assert(screen_keys(session.screen, first_id + strlen(first_id) - 4));
        return sizeof ID4 - 1;
    }
    for (size_t i = 0; i < NAMED_COUNT; i++) {
        size_t length = strlen(NAMED[i].name);
        if (strncmp(text, NAMED[i].name, length) == 0) {
            press(NAMED[i].key);
            return length;
        }
    }
    press((char32_t)(unsigned char)*text);
    return 1;
}

/* One after the other, so that a lone Esc is not taken for the start of a key. */
static void type(const char *keys)
{
    while (keys != NULL && *keys != '\0') {
        keys += press_next(keys);
        cr_assert(screen_wait_quiet(session.screen, QUIET_MS, SESSION_LIMIT_MS));
    }
}

/* --- looking ----------------------------------------------------------------------- */

static bool is_marked(int x, int y)
{
    struct screen_cell cell = screen_cell(session.screen, x, y);
    return !cell.default_background || cell.reverse;
}

/* The screen below the header, without what a clock changes: figures, and how wide they are; and
   what stands out of it, where in each row that begins and ends. */
static void picture(char out[PICTURE_MAX])
{
    int width, height;
    size_t length = 0;
    screen_size(session.screen, &width, &height);
    for (int y = 2; y < height; y++) {
        for (const char *c = screen_row(session.screen, y); *c != '\0'; c++)
            if (!isdigit((unsigned char)*c) && *c != ' ' && length < PICTURE_MAX - 2)
                out[length++] = *c;
        for (int x = 0; x < width; x++)
            if (is_marked(x, y) != (x > 0 && is_marked(x - 1, y)) && length + 8 < PICTURE_MAX)
                length += (size_t)snprintf(out + length, 8, ">%d", x);
        out[length++] = '\n';
    }
    out[length] = '\0';
}

static bool differs(struct screen *screen, const void *context)
{
    static char now[PICTURE_MAX];
    (void)screen;
    picture(now);
    return strcmp(now, context) != 0;
}

static bool was_sent(struct screen *screen, const void *context)
{
    return screen_sent(screen, context);
}

struct cursor {
    int x, y;
};

static bool cursor_moved(struct screen *screen, const void *context)
{
    const struct cursor *before = context;
    struct cursor now = {-1, -1};
    return screen_cursor(screen, &now.x, &now.y) && (now.x != before->x || now.y != before->y);
}

struct before {
    char picture[PICTURE_MAX];
    struct cursor cursor;
    bool has_cursor;
};

static bool changed(struct screen *screen, const void *context)
{
    const struct before *before = context;
    return differs(screen, before->picture) ||
           (before->has_cursor && cursor_moved(screen, &before->cursor));
}

static bool has_repainted(struct screen *screen, const void *context)
{
    return screen_bytes(screen) >= *(const size_t *)context;
}

/* --- one key ----------------------------------------------------------------------- */

/* KEYS_NONE: by its name. */
static void act(const struct binding *binding, const struct key_scenario *scenario, char32_t key)
{
    char line[128];
    if (key != KEYS_NONE) {
        press(key);
        return;
    }
    (void)snprintf(line, sizeof line, ":%s %s", binding->name,
                   scenario->argument != NULL ? scenario->argument : "");
    cr_assert(screen_keys(session.screen, line));
    press(KEYS_ENTER);
}

static bool comes_true(const struct binding *binding, const struct key_scenario *scenario,
                       char32_t key)
{
    enum { REPAINT_BYTES = 800 }; /* a turn of the clock is a few */
    static struct before before;
    struct screen *screen = session.screen;
    size_t repainted = screen_bytes(screen) + REPAINT_BYTES;
    picture(before.picture);
    before.has_cursor = screen_cursor(screen, &before.cursor.x, &before.cursor.y);
    cr_expect(scenario->outcome != KEY_SHOWS || !screen_sent(screen, scenario->text));
    act(binding, scenario, key);
    switch (scenario->outcome) {
    case KEY_LEADS_TO:
    case KEY_CHANGES:
        return screen_wait_for(screen, changed, &before, "something to change", SESSION_LIMIT_MS);
    case KEY_SHOWS:
    case KEY_COPIES:
        return screen_wait_for(screen, was_sent, scenario->text, scenario->text, SESSION_LIMIT_MS);
    case KEY_STAYS:
        return screen_wait_quiet(screen, QUIET_MS, SESSION_LIMIT_MS) && !changed(screen, &before);
    case KEY_REPAINTS:
        return screen_wait_for(screen, has_repainted, &repainted, "a repaint", SESSION_LIMIT_MS);
    case KEY_SUSPENDS:
        /* Without a shell to go to it goes on at once; test_process.c stops it for good. */
        return screen_wait_for(screen, was_sent, LEAVES_SCREEN, "it to leave the screen",
                               SESSION_LIMIT_MS);
    case KEY_QUITS:
        return screen_wait_exit(screen, SESSION_LIMIT_MS) == 0;
    }
    return false;
}

/* By the header's rate, which a narrow one keeps longest. One of the demo's endpoints gets its
 * deliveries again and again: there may be more. */
static bool has_arrivals(struct screen *screen, const void *context)
{
    static const char ARRIVED[] = "/min";
    (void)context;
    const char *text = screen_text(screen), *at = strstr(text, ARRIVED);
    while (at != NULL && at > text && isdigit((unsigned char)at[-1]))
        at--;
    return at != NULL && strtol(at, NULL, 10) >= ARRIVALS;
}

/* The dashboard with rows in every pane. */
static void open_with_rows(int width)
{
    session.options.width = width > 0 ? width : 100;
    session.options.height = 26;
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "2 Upcoming", " 10"));
    cr_assert(session_shows_row(&session, "3 Deliveries", " 200"));
    cr_assert(screen_wait_for(session.screen, has_arrivals, NULL, "arrivals", SESSION_LIMIT_MS));
}

/* The first place where it holds. */
static enum place place_of(const struct binding *binding)
{
    return (enum place)(binding->places & -binding->places);
}

static void check(const struct binding *binding, char32_t key)
{
    char name[KEY_NAME_SIZE];
    enum place place = place_of(binding);
    const struct key_scenario *scenario = key_scenario_find(binding->action, place);
    cr_assert(scenario != NULL && key_scenario_way(place) != NULL,
              "\"%s\" has no scenario in tests/key_scenarios.c", binding->name);
    open_with_rows(scenario->width);
    type("1");
    type(scenario->first);
    type(key_scenario_way(place));
    type(scenario->then);
    cr_expect(comes_true(binding, scenario, key), "%s (\"%s\") does not do what its scenario says",
              key_name(key, name), binding->name);
    screen_free(session.screen);
    session.screen = NULL;
}

static void begin(void)
{
    cJSON *answer;
    char event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.demo = true, .poll = "3600"});
    cr_assert_eq(sandbox_client_ask(session.sandbox, "GET", "/v0/webhooks", NULL, &answer), 200);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "data"), 0);
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(first, "id"));
    cr_assert_not_null(id);
    (void)snprintf(first_id, sizeof first_id, "%s", id);
    cJSON_Delete(answer);

    /* Something arrives, and is in the store from then on. */
    session_open(&session, NULL);
    for (int i = 0; i < ARRIVALS; i++)
        session_event(&session, "transfer", event);
    cr_assert(screen_wait_for(session.screen, has_arrivals, NULL, "arrivals", SESSION_LIMIT_MS));
    session_quit(&session);
}

static void check_share(size_t share)
{
    size_t number = 0;
    begin();
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++)
            if ((k == 0 || KEYMAP[row].keys[k] != KEYS_NONE) && number++ % SHARES == share)
                check(&KEYMAP[row], KEYMAP[row].keys[k]);
}

Test(every_key, first_quarter)
{
    check_share(0);
}

Test(every_key, second_quarter)
{
    check_share(1);
}

Test(every_key, third_quarter)
{
    check_share(2);
}

Test(every_key, fourth_quarter)
{
    check_share(3);
}
