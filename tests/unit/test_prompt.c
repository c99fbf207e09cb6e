/* The command prompt as data: a line in, what it may become and what it asks for out. */
#include "tui/key.h"
#include "tui/prompt.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct prompt prompt;

static void stop(void)
{
    prompt_clear(&prompt);
}

TestSuite(prompt, .fini = stop);

static void type(const char *text)
{
    line_edit_set(&prompt.line, text);
    prompt_typed(&prompt);
}

/* The first matches as words, those that do not hold in brackets. */
static const char *matches(size_t most)
{
    static char text[1024];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < prompt.match_count && i < most; i++) {
        const struct prompt_match *match = &prompt.matches[i];
        char name[80];
        (void)snprintf(name, sizeof name, "%.*s",
                       match->choice != NULL ? (int)match->choice_length : 80,
                       match->choice != NULL ? match->choice : match->binding->name);
        at += (size_t)snprintf(text + at, sizeof text - at, match->holds ? "%s%s" : "%s(%s)",
                               i > 0 ? " " : "", name);
    }
    return text;
}

/* --- completion ------------------------------------------------------------------ */

Test(prompt, best_matches_first)
{
    static const struct {
        const char *line;
        const char *first;
    } rows[] = {
        {"refresh", "refresh"},
        {"ref", "refresh"},
        {"REF", "refresh"},
        {"pane", "pane next-pane previous-pane"},
        {"  pane", "pane next-pane previous-pane"},
        {"rfsh", "refresh"},
        {"ask bridge", ""},
        {"again n", ""},
        {"again", "refresh"}, /* by its help */
        {"go-on", "(go-on)"},
        {"xyzzy", ""},
        {"paen", "pane"},
        {"find", "query"},
        {"sort ", "time size"},
        {"sort s", "size"},
        {"sort -", "time size"},
        {"sort z", ""},
        {"pane l", "live"},
        {"pane zz", ""},
        {"theme ", "auto dark light contrast mono"},
        {"theme L", "light"},
        {"theme light ", "theme"},
        {"filter a word", "filter"},
        {"refresh ", "refresh"},
        {"xyzzy ", ""},
        {"answer ", "500 503 429 400 200 normal"},
        {"answer 42", "429"},
        {"answer 500 ", "x1 x2 x3 x5 x10 after"},
        {"answer 500 x3 a", "after"},
        {"answer 500 x3 after ", "1s 2s 5s 10s 30s 60s"},
        {"answer 500 after 2", "2s"},
    };
    (void)snprintf(prompt.columns, sizeof prompt.columns, "time|size");
    prompt_open(&prompt, PLACE_ENDPOINTS, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        type(rows[i].line);
        cr_expect_eq(strncmp(matches(8), rows[i].first, strlen(rows[i].first)), 0, "'%s': %s",
                     rows[i].line, matches(8));
        if (rows[i].first[0] == '\0')
            cr_expect_eq(prompt.match_count, 0U, "'%s': %s", rows[i].line, matches(8));
    }
}

/* A command that does not hold is no slip. */
Test(prompt, what_begins_as_typed_is_meant_wherever_it_holds)
{
    prompt_open(&prompt, PLACE_DETAIL, "");
    type("ena");
    cr_expect_str_eq(prompt.matches[0].binding->name, "send-again", "it has these letters");
    for (size_t i = 0; i < prompt.match_count; i++)
        cr_expect_str_neq(prompt.matches[i].binding->name, "send");
}

Test(prompt, every_name_is_there_and_those_that_hold_come_first)
{
    prompt_open(&prompt, PLACE_DETAIL, "");
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        bool found = false;
        for (size_t m = 0; m < prompt.match_count; m++)
            found |= strcmp(prompt.matches[m].binding->name, KEYMAP[i].name) == 0;
        cr_expect(found, "%s", KEYMAP[i].name);
    }
    for (size_t m = 1; m < prompt.match_count; m++)
        cr_expect(prompt.matches[m - 1].holds || !prompt.matches[m].holds);
    cr_expect(prompt.matches[0].holds);
    cr_expect_not(prompt.matches[prompt.match_count - 1].holds);
}

Test(prompt, tab_goes_round_and_typing_ends_it)
{
    prompt_open(&prompt, PLACE_ENDPOINTS, "");
    type("theme ");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "theme auto");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "theme dark");
    prompt_complete(&prompt, -1);
    prompt_complete(&prompt, -1);
    cr_expect_str_eq(prompt.line.text, "theme mono");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "theme auto");
    type("s");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "send");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "sort");
    type("  the");
    prompt_complete(&prompt, -1);
    cr_expect_eq(strncmp(prompt.line.text, "  ", 2), 0);
    type("xyzzy");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "xyzzy");
    (void)snprintf(prompt.columns, sizeof prompt.columns, "time|size");
    type("sort -s");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "sort -size");
    type("filter some words");
    prompt_complete(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "filter some words", "words are not completed");
}

Test(prompt, what_can_only_be_meant_leads_on_to_what_follows)
{
    static const struct {
        const char *typed, *line, *next;
    } rows[] = {
        {"filt", "filter ", "filter "},
        {"the", "theme ", "theme auto"},
        {"theme li", "theme light", "theme light"},
        {"pane", "pane ", "pane endpoints"},
        {"exp", "export ", "export raw"},
        {"export h", "export har ", "export har "},
        {"fin", "query ", "query "},      /* by its other name */
        {"ref", "refresh", "refresh"},    /* takes nothing */
        {"sort", "sort", "sort-reverse"}, /* or this one */
        {"sort -s", "sort -size", "sort -size"},
    };
    (void)snprintf(prompt.columns, sizeof prompt.columns, "time|size");
    prompt_open(&prompt, PLACE_ENDPOINTS, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        type(rows[i].typed);
        prompt_complete(&prompt, 1);
        cr_expect_str_eq(prompt.line.text, rows[i].line, "'%s': '%s'", rows[i].typed,
                         prompt.line.text);
        prompt_complete(&prompt, 1);
        if (strcmp(rows[i].typed, "ref") != 0)
            cr_expect_str_eq(prompt.line.text, rows[i].next, "'%s': '%s'", rows[i].typed,
                             prompt.line.text);
    }
}

/* --- what is asked for -------------------------------------------------------------- */

Test(prompt, lines_are_parsed)
{
    static const struct {
        const char *line;
        enum place from;
        enum action action; /* ACTION_NONE: refused */
        const char *rest;   /* the argument, or what the refusal says */
    } rows[] = {
        {"refresh", PLACE_LIVE, ACTION_REFRESH, NULL},
        {"  REFRESH  ", PLACE_LIVE, ACTION_REFRESH, NULL},
        {"ref", PLACE_LIVE, ACTION_REFRESH, NULL},
        {"pane live", PLACE_LIVE, ACTION_PANE, "live"},
        {"pane", PLACE_LIVE, ACTION_PANE, NULL},
        {"pane 1", PLACE_LIVE, ACTION_PANE, "1"},
        {"pane 4", PLACE_DETAIL, ACTION_PANE, "4"},
        {"pane 6", PLACE_LIVE, ACTION_NONE, "endpoints|upcoming|deliveries|live|gaps"},
        {"pane 12", PLACE_LIVE, ACTION_NONE, "endpoints|upcoming|deliveries|live"},
        {"theme light", PLACE_DETAIL, ACTION_THEME, "light"},
        {"theme", PLACE_DETAIL, ACTION_THEME, NULL},
        {"filter card  active", PLACE_LIVE, ACTION_FILTER, "card  active"},
        {"back", PLACE_DETAIL, ACTION_BACK, NULL},
        {"refrehs", PLACE_LIVE, ACTION_NONE, "did you mean ':refresh'?"},
        {"enbale", PLACE_LIVE, ACTION_NONE, "did you mean ':enable'?"},
        {"paen", PLACE_LIVE, ACTION_NONE, "no command ':paen': did you mean ':pane'?"},
        {"paen live", PLACE_DETAIL, ACTION_NONE, "did you mean ':pane'?"},
        {"zz", PLACE_LIVE, ACTION_NONE, "':help' lists"},
        {"find", PLACE_LIVE, ACTION_QUERY, NULL},
        {"find type:card", PLACE_ENDPOINTS, ACTION_QUERY, "type:card"},
        {"fin", PLACE_LIVE, ACTION_QUERY, NULL},
        {"find", PLACE_DETAIL, ACTION_FIND, NULL},
        {"xyzzyplugh", PLACE_LIVE, ACTION_NONE, "no command ':xyzzyplugh': ':help' lists"},
        {"p", PLACE_LIVE, ACTION_NONE, "may be "},
        {"p", PLACE_LIVE, ACTION_NONE, "previous-pane"},
        {"pane east", PLACE_LIVE, ACTION_NONE, "endpoints|upcoming|deliveries|live"},
        {"pane LIVE", PLACE_LIVE, ACTION_NONE, "':pane LIVE'"},
        {"theme blue", PLACE_LIVE, ACTION_NONE, "it takes auto|dark|light|contrast|mono"},
        {"refresh now", PLACE_LIVE, ACTION_NONE, "takes nothing behind it"},
        {"tick", PLACE_LIVE, ACTION_NONE, "':tick' holds only in a form"},
        {"enable", PLACE_DETAIL, ACTION_NONE, "holds only in the panes"},
        {"", PLACE_LIVE, ACTION_NONE, NULL},
        {"   ", PLACE_LIVE, ACTION_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prompt_command command;
        struct error error = {""};
        bool ok = prompt_parse(rows[i].line, rows[i].from, &command, &error);
        bool empty = rows[i].action == ACTION_NONE && rows[i].rest == NULL;
        cr_expect_eq(ok, empty || rows[i].action != ACTION_NONE, "'%s': %s", rows[i].line,
                     error.message);
        if (!ok) {
            cr_expect(rows[i].rest != NULL && strstr(error.message, rows[i].rest) != NULL,
                      "'%s': %s", rows[i].line, error.message);
            continue;
        }
        cr_expect_eq(command.binding == NULL, empty, "'%s'", rows[i].line);
        if (command.binding == NULL)
            continue;
        cr_expect_eq(command.binding->action, rows[i].action, "'%s'", rows[i].line);
        cr_expect((command.argument == NULL) == (rows[i].rest == NULL), "'%s'", rows[i].line);
        if (command.argument != NULL && rows[i].rest != NULL)
            cr_expect_str_eq(command.argument, rows[i].rest);
    }
}

Test(prompt, a_line_of_any_length_is_told_in_one_that_fits)
{
    static char line[LINE_EDIT_MAX + 1];
    memset(line, 'x', LINE_EDIT_MAX);
    struct prompt_command command;
    struct error error = {""};
    cr_expect_not(prompt_parse(line, PLACE_LIVE, &command, &error));
    cr_expect_lt(strlen(error.message), 200U);
    prompt_open(&prompt, PLACE_LIVE, line);
    cr_expect_eq(prompt.match_count, 0U);
    prompt_complete(&prompt, 1);
    memcpy(line, "pane ", 5);
    cr_expect_not(prompt_parse(line, PLACE_LIVE, &command, &error));
    cr_expect_lt(strlen(error.message), 200U);
}

/* --- history ------------------------------------------------------------------------- */

Test(prompt, history_comes_back_and_what_was_typed_too)
{
    prompt_remember(&prompt, "refresh");
    prompt_remember(&prompt, "pane live");
    prompt_open(&prompt, PLACE_LIVE, "th");
    prompt_recall(&prompt, 1);
    cr_expect_str_eq(prompt.line.text, "th");
    static const struct {
        int by;
        const char *line;
    } steps[] = {{-1, "pane live"}, {-1, "refresh"}, {-1, "refresh"},
                 {1, "pane live"},  {1, "th"},       {1, "th"}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        prompt_recall(&prompt, steps[i].by);
        cr_expect_str_eq(prompt.line.text, steps[i].line, "step %zu", i);
    }
}

Test(prompt, history_is_bounded_and_holds_a_line_once)
{
    char line[32];
    for (int i = 0; i < PROMPT_HISTORY_MAX + 5; i++) {
        (void)snprintf(line, sizeof line, "filter %d", i);
        prompt_remember(&prompt, line);
    }
    cr_expect_eq(prompt.history_count, (size_t)PROMPT_HISTORY_MAX);
    cr_expect_str_eq(prompt.history[0], "filter 5");
    prompt_remember(&prompt, "filter 50");
    cr_expect_eq(prompt.history_count, (size_t)PROMPT_HISTORY_MAX);
    cr_expect_str_eq(prompt.history[PROMPT_HISTORY_MAX - 1], "filter 50");
    cr_expect_str_eq(prompt.history[0], "filter 5");
}
