/* What the doctor says of a terminal. */
#include "tui/terminal_check.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(terminal_check);

static struct check_line lines[TERMINAL_CHECK_LINES_MAX];
static size_t count;

static void look(struct terminal_facts facts)
{
    count = terminal_check_lines(&facts, lines);
}

static void expect(const char *what, enum check_tone tone, const char *words)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].what, what) != 0)
            continue;
        cr_expect_eq(lines[i].tone, tone, "%s is %s: %s", what, check_tone_name(lines[i].tone),
                     lines[i].text);
        cr_expect_not_null(strstr(lines[i].text, words), "%s: %s", what, lines[i].text);
        cr_expect_eq(lines[i].remedy[0] != '\0', tone != CHECK_OK, "%s", lines[i].remedy);
        return;
    }
    cr_assert_fail("no line of %s", what);
}

static struct terminal_facts good(void)
{
    return (struct terminal_facts){.there = true,
                                   .term = "xterm-256color",
                                   .utf8 = true,
                                   .colors = 256,
                                   .width = 120,
                                   .height = 40};
}

Test(terminal_check, a_good_one_is_well)
{
    look(good());
    cr_expect_eq(count, TERMINAL_CHECK_LINES_MAX);
    expect("terminal", CHECK_OK, "xterm-256color");
    expect("size", CHECK_OK, "120 columns, 40 lines: all panes at once");
    expect("characters", CHECK_OK, "UTF-8");
    expect("colours", CHECK_OK, "256");
    expect("clipboard", CHECK_OK, "OSC 52");
}

Test(terminal_check, none_is_no_fault)
{
    look((struct terminal_facts){0});
    cr_expect_eq(count, 1);
    expect("terminal", CHECK_OK, "not looked at");
}

Test(terminal_check, an_unknown_type_is_bad)
{
    struct terminal_facts facts = good();
    error_set(&facts.trouble, "unknown terminal type 'foo' (TERM)");
    look(facts);
    cr_expect_eq(count, 1);
    expect("terminal", CHECK_BAD, "unknown terminal type 'foo'");
}

Test(terminal_check, sizes_are_judged)
{
    struct terminal_facts facts = good();
    facts.width = 80;
    facts.height = 24;
    look(facts);
    expect("size", CHECK_OK, "one pane at a time");
    facts.width = 39;
    look(facts);
    expect("size", CHECK_BAD, "too small");
    facts = good();
    facts.height = 9;
    look(facts);
    expect("size", CHECK_BAD, "too small");
}

Test(terminal_check, poor_ones_are_told)
{
    struct terminal_facts facts = good();
    facts.utf8 = false;
    facts.colors = 0;
    facts.term = "linux";
    look(facts);
    expect("characters", CHECK_WARN, "no UTF-8");
    expect("colours", CHECK_OK, "none");
    expect("clipboard", CHECK_OK, "writes a file");
    facts.no_color = true;
    look(facts);
    expect("colours", CHECK_OK, "NO_COLOR");
}

Test(terminal_check, multiplexers_have_a_hint)
{
    struct terminal_facts facts = good();
    facts.tmux = "/tmp/tmux-0/default,1,0";
    facts.term = "tmux-256color";
    look(facts);
    expect("clipboard", CHECK_OK, "set-clipboard on");
    facts.tmux = NULL;
    facts.sty = "1.pts-0";
    facts.term = "screen";
    look(facts);
    expect("clipboard", CHECK_OK, "through screen");
}

/* Under the tests there is no terminal. */
Test(terminal_check, the_facts_of_this_process_can_be_had)
{
    cr_assert_eq(setenv("TERM", "no-such-terminal", 1), 0);
    struct terminal_facts facts = terminal_facts();
    cr_expect_str_eq(facts.term, "no-such-terminal");
    cr_assert_eq(unsetenv("TERM"), 0);
    facts = terminal_facts();
    cr_expect_str_eq(facts.trouble.message, "TERM is not set");
}
