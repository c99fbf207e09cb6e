/* Sentences and screens name the keys that are bound, whatever they are; an action without a key is
   told by its name. */
#include "tests/key_scenarios.h"
#include "tests/unit/app_driver.h"
#include "tui/key.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 110, HEIGHT = 40 };

static struct keymap usual;

/* Every row has a letter of its own that no text of the program has. */
static char32_t letter_of(const struct binding *binding)
{
    enum { FIRST = 0x100 }; /* Latin Extended-A and -B: one column each, none combines */
    return (char32_t)(FIRST + (binding - KEYMAP));
}

/* Ctrl-C keeps its key, as in the configuration file. */
static void rebind(struct keymap *keymap)
{
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        for (size_t bit = 0; bit < KEYMAP_PLACES; bit++)
            if ((KEYMAP[row].places >> bit & 1) != 0 && strcmp(KEYMAP[row].name, "quit-now") != 0) {
                memset(keymap->keys[row][bit], 0, sizeof keymap->keys[row][bit]);
                keymap->keys[row][bit][0] = letter_of(&KEYMAP[row]);
            }
}

static void start(struct driver *driver, bool empty)
{
    driver_start(driver, &(struct driver_config){.width = WIDTH,
                                                 .height = HEIGHT,
                                                 .environment = ENVIRONMENT_SANDBOX,
                                                 .empty = empty});
    keymap_init(&usual);
    rebind(&driver->app->keymap);
}

/* Presses what does the same as the usual key would; what is text stays text. */
static void press(struct driver *driver, char32_t key)
{
    const struct binding *binding = keymap_find(&usual, state_place(driver->app), key);
    if (binding != NULL && key != KEYS_CTRL('C'))
        key = letter_of(binding);
    driver_send(driver, &(struct message){.kind = MESSAGE_KEY, .key = key});
}

/* Keys in their usual names, as in tests/unit/app_driver.h. */
static void type(struct driver *driver, const char *keys)
{
    static const struct {
        const char *name;
        char32_t key;
    } NAMED[] = {
        {"<enter>", KEYS_ENTER}, {"<esc>", KEYS_ESCAPE}, {"<tab>", KEYS_TAB},
        {"<up>", KEYS_UP},       {"<down>", KEYS_DOWN},
    };
    while (keys != NULL && *keys != '\0') {
        char32_t key = (unsigned char)*keys;
        size_t length = 1;
        for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++)
            if (strncmp(keys, NAMED[i].name, strlen(NAMED[i].name)) == 0) {
                key = NAMED[i].key;
                length = strlen(NAMED[i].name);
            }
        press(driver, key);
        keys += length;
    }
}

/* --- no screen names a key that is not bound ---------------------------------------------- */

static const char *named_key_in(const char *text)
{
    static const char *const NAMES[] = {"Esc",  "Space", "Enter", "Tab",      "PgUp", "PgDn",
                                        "Home", "Ctrl-", "↑",     "↓",        "←",    "→",
                                        "Del ", "Shift", "arrow", "Backspace"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strstr(text, NAMES[i]) != NULL && strcmp(NAMES[i], "Ctrl-") != 0)
            return NAMES[i];
    return NULL;
}

/* A word of one character that is a key in some list or in the inspector: "press y", "m hides".
   Articles and pronouns are not meant. */
static bool has_lone_key(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        bool begins = at == text || at[-1] == ' ' || at[-1] == '(';
        bool ends = at[1] == ' ' || at[1] == ')' || at[1] == '\0';
        if (begins && ends && *at != 'a' && *at != 'I' && !isdigit((unsigned char)*at) &&
            (unsigned char)*at < 0x80 &&
            (keymap_find(&usual, PLACE_LIVE, (char32_t)*at) != NULL ||
             keymap_find(&usual, PLACE_DETAIL, (char32_t)*at) != NULL))
            return true;
    }
    return false;
}

static void check(struct driver *driver, const char *when)
{
    const char *screen = driver_screen(driver);
    const char *name = named_key_in(screen);
    cr_expect_null(name, "%s: \"%s\" is no key now:\n%s", when, name, screen);
    cr_expect_not(has_lone_key(driver->app->notice.text), "%s: \"%s\"", when,
                  driver->app->notice.text);
}

Test(told_keys, no_screen_names_a_key_that_another_has_taken_over)
{
    const struct key_scenario *scenario;
    for (size_t i = 0; (scenario = key_scenario_at(i)) != NULL; i++)
        for (size_t bit = 0; bit < KEYMAP_PLACES; bit++) {
            enum place place = (enum place)(1U << bit);
            struct driver driver;
            if ((scenario->places >> bit & 1) == 0)
                continue;
            start(&driver, false);
            type(&driver, scenario->first);
            type(&driver, key_scenario_way(place));
            check(&driver, key_scenario_way(place));
            if (scenario->then == NULL || strstr(scenario->then, "<id4>") == NULL)
                type(&driver, scenario->then);
            cr_expect_eq(state_place(driver.app), place, "the way to %#x", (unsigned)place);
            press(&driver, letter_of(keymap_binding(scenario->action, place)));
            check(&driver, keymap_binding(scenario->action, place)->name);
            driver_stop(&driver);
        }
}

/* --- the sentences that name one ----------------------------------------------------------- */

struct sentence {
    bool empty; /* the account */
    const char *keys;
    enum action action;
    enum place place;
    const char *before, *after; /* the key's name */
};

static const struct sentence SENTENCES[] = {
    {false, "/zzz<enter>", ACTION_BACK, PLACE_ENDPOINTS, "matches the filter. ", " clears it."},
    {false, "4:mask<enter>", ACTION_MASK, PLACE_LIVE, "as they are; ", " hides them again"},
    {false, "2=", ACTION_MARK, PLACE_UPCOMING, "0 marked (", " marks)"},
    {false, "2<enter>n", ACTION_FIND, PLACE_DETAIL, "searched for: ", " finds text here"},
    {false, "2yp", ACTION_OPEN, PLACE_UPCOMING, "from the inspector: ", " opens it"},
    {false, "2 sy", ACTION_BACK, PLACE_UPCOMING, "to wep_pay1 (", " stops)"},
    {false, "2 sys", ACTION_BACK, PLACE_UPCOMING, "being sent: ", " stops that"},
    {false, "chttps://a.example", ACTION_SUBMIT, PLACE_FORM, "ready: ", " asks once more"},
    {false, "chttps://a.example<up>abc", ACTION_SUBMIT, PLACE_FORM, " ", " adds the category"},
    {false, "2x<enter>", ACTION_BACK, PLACE_UPCOMING, " · ", " stops"},
    {false, "2x<enter>x", ACTION_BACK, PLACE_UPCOMING, "being written: ", " in a pane stops it"},
};

static void tell(const struct sentence *sentence, bool bound)
{
    struct driver driver;
    char key[KEYMAP_LABEL_SIZE];
    char text[256];
    start(&driver, sentence->empty);
    const struct binding *binding = keymap_binding(sentence->action, sentence->place);
    size_t bit = (size_t)__builtin_ctz((unsigned)sentence->place);
    if (!bound)
        driver.app->keymap.keys[binding - KEYMAP][bit][0] = KEYS_NONE;
    type(&driver, sentence->keys);
    if (bound)
        (void)key_name(letter_of(binding), key);
    else
        (void)snprintf(key, sizeof key, ":%s", binding->name);
    (void)snprintf(text, sizeof text, "%s%s%s", sentence->before, key, sentence->after);
    cr_expect(driver_shows(&driver, text), "\"%s\" does not lead to \"%s\":\n%s", sentence->keys,
              text, driver_screen(&driver));
    driver_stop(&driver);
}

Test(told_keys, sentences_name_the_bound_key_else_the_action)
{
    for (size_t i = 0; i < sizeof SENTENCES / sizeof SENTENCES[0]; i++) {
        tell(&SENTENCES[i], true);
        tell(&SENTENCES[i], false);
    }
}

Test(told_keys, what_was_created_is_enabled_by_the_key_that_is_bound)
{
    struct driver driver;
    char key[KEY_NAME_SIZE];
    char text[80];
    start(&driver, false);
    type(&driver, "chttps://a.example<enter>y");
    driver_answer(&driver, API_OK, "");
    (void)snprintf(text, sizeof text, "disabled: %s enables it",
                   key_name(letter_of(keymap_binding(ACTION_ENABLE, PLACE_ENDPOINTS)), key));
    cr_expect(driver_shows(&driver, text), "%s", driver_screen(&driver));
    driver_stop(&driver);
}

/* --- what stands in the place of rows ----------------------------------------------------------
 */

static void tell_health(struct driver *driver, const char *trouble, int64_t next_try_ms)
{
    struct api_health health = {.failures = 1, .next_try_ms = next_try_ms};
    (void)snprintf(health.message, sizeof health.message, "%s", trouble);
    driver_send(driver, &(struct message){.kind = MESSAGE_HEALTH, .health = &health});
}

Test(told_keys, an_account_without_endpoints_names_the_key_that_creates_one)
{
    struct driver driver;
    struct webhook_list none = {0};
    start(&driver, true);
    driver_send(&driver, &(struct message){.kind = MESSAGE_WEBHOOKS, .webhooks = &none});
    char text[80];
    char key[KEY_NAME_SIZE];
    (void)snprintf(text, sizeof text, "no webhook endpoints. %s creates one.",
                   key_name(letter_of(keymap_binding(ACTION_CREATE, PLACE_ENDPOINTS)), key));
    cr_expect(driver_shows(&driver, text), "%s", driver_screen(&driver));
    driver_stop(&driver);
}

/* The header cuts it; here it stands whole, with what to do. */
Test(told_keys, why_bridge_could_not_be_asked_can_be_read_whole)
{
    static const char WHY[] = "401 the API key is missing or invalid: Missing or invalid API key: "
                              "is BRIDGE_API_KEY the key of this environment?";
    struct driver driver;
    driver_start(&driver,
                 &(struct driver_config){
                     .width = 80, .height = 24, .environment = ENVIRONMENT_SANDBOX, .empty = true});
    tell_health(&driver, WHY, 0);
    cr_expect(driver_shows(&driver, "Bridge could not be asked: 401 the API key is missing"));
    cr_expect(driver_shows(&driver, "this environment?"), "%s", driver_screen(&driver));
    cr_expect(driver_shows(&driver, "R asks at once."));
    cr_expect_not(driver_shows(&driver, "see the line above"));
    cr_expect_not(driver_shows(&driver, "by itself"), "no try is planned");
    tell_health(&driver, WHY, DRIVER_NOW_MS + 8000);
    cr_expect(driver_shows(&driver, "It is asked again by itself; R asks at once."));
    driver_keys(&driver, "2");
    cr_expect(driver_shows(&driver, "pane 1 says why"), "%s", driver_screen(&driver));
    driver_send(&driver, &(struct message){.kind = MESSAGE_RESIZE, .width = 40, .height = 10});
    driver_keys(&driver, "1");
    cr_expect(driver_shows(&driver, "(M shows all of it)"), "%s", driver_screen(&driver));
    driver_keys(&driver, "M");
    cr_expect(driver_shows(&driver, "is BRIDGE_API_KEY"), "%s", driver_screen(&driver));
    tell_health(&driver, "cannot reach api.bridge.xyz:443 (timed out)", DRIVER_NOW_MS + 8000);
    driver_keys(&driver, "<esc>");
    cr_expect(driver_shows(&driver, "asks at once."), "%s", driver_screen(&driver));
    driver_stop(&driver);
}

/* --- from the inspector to a pane ------------------------------------------------------------- */

Test(told_keys, panes_are_reached_from_the_inspector)
{
    static const char *const KEYS[] = {"4", ":pane live<enter>", ":live<enter>", ":pane 4<enter>"};
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        struct driver driver;
        driver_start(&driver, &(struct driver_config){.width = WIDTH,
                                                      .height = HEIGHT,
                                                      .environment = ENVIRONMENT_SANDBOX});
        driver_keys(&driver, "3<enter>z");
        driver_keys(&driver, KEYS[i]);
        cr_expect_eq(state_place(driver.app), PLACE_LIVE, "%s:\n%s", KEYS[i],
                     driver_screen(&driver));
        cr_expect(driver.app->lists[PANE_DELIVERIES].following, "as it did before");
        driver_stop(&driver);
    }
}
