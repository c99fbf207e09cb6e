/* The export dialog: what is typed in it survives what goes wrong. */
#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct driver driver;

static void start(void)
{
    driver_start(&driver, &(struct driver_config){
                              .width = 100, .height = 30, .environment = ENVIRONMENT_SANDBOX});
}

static void stop(void)
{
    driver_stop(&driver);
}

TestSuite(app_export, .init = start, .fini = stop);

static struct export_dialog *dialog(void)
{
    return &driver.app->export_dialog;
}

static void report(enum export_stage stage, const char *text)
{
    struct export_report report = {.stage = stage, .text = text};
    driver_send(&driver, &(struct message){.kind = MESSAGE_EXPORT, .report = &report});
}

static void expect_line(const char *text)
{
    cr_expect(driver_shows(&driver, text), "'%s' is not on\n%s", text, driver_screen(&driver));
}

/* What a path may be completed to. */
static void complete(const char *first, const char *second)
{
    static struct path_names names;
    names = (struct path_names){.count = (size_t)(first != NULL) + (second != NULL)};
    if (first != NULL)
        (void)snprintf(names.names[0], sizeof names.names[0], "%s", first);
    if (second != NULL)
        (void)snprintf(names.names[1], sizeof names.names[1], "%s", second);
    driver_send(&driver, &(struct message){.kind = MESSAGE_PATHS, .paths = &names});
}

Test(app_export, what_cannot_be_written_comes_back_with_the_reason)
{
    driver_keys(&driver, "4x<down><right><right><down><ctrl-u>/no/where.har<enter>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_EXPORT));
    cr_expect_not(dialog()->open);
    report(EXPORT_FAILED, "cannot create /no/where.har: No such file or directory");
    cr_assert(dialog()->open);
    cr_expect_str_eq(dialog()->path.text, "/no/where.har");
    cr_expect_eq(dialog()->format, EXPORT_HAR);
    cr_expect_eq(dialog()->field, EXPORT_FIELD_PATH);
    expect_line("        cannot create /no/where.har: No such file");
    expect_line("nothing exported: cannot create");
    driver_keys(&driver, "<bs>");
    cr_expect_not(driver_shows(&driver, "        cannot create"), "another path may do");
    driver_keys(&driver, "<enter>");
    report(EXPORT_DONE, "");
    cr_expect_not(dialog()->open);
    driver_keys(&driver, "x");
    cr_expect_str_eq(dialog()->path.text, "wh_live3.json", "what was written is done");
}

Test(app_export, a_no_to_replacing_leads_back_to_the_dialog)
{
    driver_keys(&driver, "4x<up><ctrl-u>here.json<enter>");
    report(EXPORT_EXISTS, "a file");
    cr_assert(driver.app->question.open);
    driver_keys(&driver, "n");
    cr_expect(dialog()->open);
    cr_expect_str_eq(dialog()->path.text, "here.json");
    driver_keys(&driver, "<enter>");
    report(EXPORT_EXISTS, "a file");
    driver_keys(&driver, "y");
    cr_expect_not_null(driver_effect(&driver, EFFECT_EXPORT));
    report(EXPORT_DONE, "");
    cr_expect_not(dialog()->open);
}

Test(app_export, over_something_else_it_waits_until_it_is_asked_for)
{
    driver_keys(&driver, "4x<up><ctrl-u>/full/x.json<enter>/pay");
    report(EXPORT_FAILED, "no space left on device");
    cr_expect_not(dialog()->open, "a filter is being typed");
    driver_keys(&driver, "<esc>2x");
    cr_assert(dialog()->open);
    cr_expect_str_eq(dialog()->path.text, "/full/x.json");
    cr_expect_not(dialog()->of_arrivals, "it takes what is there now");
    expect_line("        no space left on device");
    driver_keys(&driver, "<esc>x");
    cr_expect_str_eq(dialog()->path.text, "wh_a1.json", "once");
}

Test(app_export, it_takes_no_key_that_was_meant_for_something_else)
{
    driver_keys(&driver, "4x<up><ctrl-u>/no/x.json<enter>j");
    report(EXPORT_FAILED, "no");
    cr_expect_not(dialog()->open);
    driver_keys(&driver, "x");
    cr_expect_str_eq(dialog()->path.text, "/no/x.json");
}

Test(app_export, a_command_does_not_open_it)
{
    driver_keys(&driver, "4:export har /no/x.har<enter>");
    report(EXPORT_FAILED, "cannot create /no/x.har");
    cr_expect_not(dialog()->open, "the prompt has the line");
}

Test(app_export, an_empty_path_is_told_once_it_was_left)
{
    driver_keys(&driver, "4x<up><ctrl-u>");
    cr_expect_not(driver_shows(&driver, "the file needs a name"));
    driver_keys(&driver, "<up>");
    expect_line("the file needs a name");
    driver_keys(&driver, "<esc>x<up><ctrl-u><enter>");
    expect_line("the file needs a name");
    cr_expect(dialog()->open);
}

Test(app_export, what_is_typed_over_the_choices_is_the_path)
{
    driver_keys(&driver, "4x/t");
    cr_expect_eq(dialog()->field, EXPORT_FIELD_PATH);
    cr_expect_str_eq(dialog()->path.text, "/t", "what was only suggested gives way");
    driver_keys(&driver, "<up> ");
    cr_expect_eq(dialog()->format, EXPORT_JSONL, "a blank chooses");
    driver_keys(&driver, "mp");
    cr_expect_str_eq(dialog()->path.text, "/tmp", "what was typed does not");
    driver_keys(&driver, "<esc>x");
    driver_paste(&driver, "/a/b.json");
    cr_expect_str_eq(dialog()->path.text, "/a/b.json");
}

Test(app_export, tab_goes_on_where_nothing_completes)
{
    driver_keys(&driver, "4x<tab><tab>");
    cr_expect_eq(dialog()->field, EXPORT_FIELD_PATH);
    driver_keys(&driver, "<tab>");
    cr_expect_not_null(driver_effect(&driver, EFFECT_COMPLETE_PATH));
    complete(NULL, NULL);
    cr_expect_eq(dialog()->field, EXPORT_FIELD_WHAT);
    driver_keys(&driver, "<up><tab>");
    complete("wh_live3.json.d/", NULL);
    cr_expect_str_eq(dialog()->path.text, "wh_live3.json.d/");
    cr_expect_eq(dialog()->field, EXPORT_FIELD_PATH, "it was completed");
    driver_keys(&driver, "<ctrl-u>e<tab>");
    complete("eins", "elf");
    driver_keys(&driver, "<tab>");
    cr_expect_str_eq(dialog()->path.text, "eins", "among several it goes round");
    driver_keys(&driver, "<ctrl-u><shift-tab>");
    cr_expect_eq(dialog()->field, EXPORT_FIELD_FORMAT, "back, where there are no completions");
}
