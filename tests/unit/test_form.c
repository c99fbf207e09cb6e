#include "tui/form.h"
#include "tui/key.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* --- a line of text ------------------------------------------------------------- */

static void type(struct line_edit *line, const char *text)
{
    for (; *text != '\0'; text++)
        cr_assert(line_edit_key(line, (char32_t)(unsigned char)*text));
}

Test(line_edit, inserts_at_the_cursor)
{
    struct line_edit line = {0};
    type(&line, "ac");
    cr_assert(line_edit_key(&line, KEYS_LEFT));
    type(&line, "b");
    cr_expect_str_eq(line.text, "abc");
    cr_expect_eq(line.cursor, 2U);
}

Test(line_edit, moves_and_erases_whole_characters)
{
    struct line_edit line = {0};
    type(&line, "a");
    cr_assert(line_edit_key(&line, U'é'));
    cr_assert(line_edit_key(&line, U'🙂'));
    cr_expect_str_eq(line.text, "aé🙂");
    cr_assert(line_edit_key(&line, KEYS_LEFT));
    cr_assert(line_edit_key(&line, KEYS_BACKSPACE));
    cr_expect_str_eq(line.text, "a🙂");
    cr_assert(line_edit_key(&line, KEYS_DELETE));
    cr_expect_str_eq(line.text, "a");
    cr_assert(line_edit_key(&line, KEYS_DELETE));
    cr_assert(line_edit_key(&line, KEYS_RIGHT));
    cr_assert(line_edit_key(&line, KEYS_BACKSPACE));
    cr_assert(line_edit_key(&line, KEYS_BACKSPACE));
    cr_expect_str_eq(line.text, "");
}

Test(line_edit, knows_the_shells_keys)
{
    struct line_edit line;
    line_edit_set(&line, "one two  ");
    cr_assert(line_edit_key(&line, KEYS_CTRL('W')));
    cr_expect_str_eq(line.text, "one ");
    cr_assert(line_edit_key(&line, KEYS_HOME));
    type(&line, "x");
    cr_assert(line_edit_key(&line, KEYS_END));
    type(&line, "y");
    cr_expect_str_eq(line.text, "xone y");
    cr_assert(line_edit_key(&line, KEYS_CTRL('U')));
    cr_expect_str_eq(line.text, "");
}

Test(line_edit, cuts_from_the_cursor_to_either_end)
{
    struct line_edit line;
    line_edit_set(&line, "one two");
    for (int i = 0; i < 3; i++)
        cr_assert(line_edit_key(&line, KEYS_LEFT));
    cr_assert(line_edit_key(&line, KEYS_CTRL('K')));
    cr_expect_str_eq(line.text, "one ");
    cr_assert(line_edit_undo(&line));
    cr_expect_str_eq(line.text, "one two");
    cr_assert(line_edit_key(&line, KEYS_CTRL('A')));
    for (int i = 0; i < 3; i++)
        cr_assert(line_edit_key(&line, KEYS_RIGHT));
    cr_assert(line_edit_key(&line, KEYS_CTRL('U')));
    cr_expect_str_eq(line.text, " two");
    cr_expect_eq(line.cursor, 0U);
    cr_assert(line_edit_key(&line, KEYS_CTRL('K')));
    cr_expect_str_eq(line.text, "");
    cr_assert(line_edit_key(&line, KEYS_CTRL('K')));
}

Test(line_edit, leaves_other_keys_alone)
{
    struct line_edit line = {0};
    cr_expect_not(line_edit_key(&line, KEYS_ENTER));
    cr_expect_not(line_edit_key(&line, KEYS_ESCAPE));
    cr_expect_not(line_edit_key(&line, KEYS_PAGE_UP));
    cr_expect_not(line_edit_key(&line, 0x7F));
    cr_expect_eq(line.length, 0U);
}

Test(line_edit, pastes_without_control_characters)
{
    struct line_edit line = {0};
    line_edit_paste(&line, "ht\r\ntp\033[x\x7f", 11);
    cr_expect_str_eq(line.text, "http[x");
}

Test(line_edit, stops_at_its_limit_on_a_whole_character)
{
    struct line_edit line = {0};
    for (size_t i = 0; i < LINE_EDIT_MAX - 1; i++)
        type(&line, "x");
    line_edit_paste(&line, "é", strlen("é"));
    cr_expect_eq(line.length, (size_t)LINE_EDIT_MAX - 1);
    type(&line, "yz");
    cr_expect_eq(line.length, (size_t)LINE_EDIT_MAX);
    cr_expect_eq(line.text[LINE_EDIT_MAX - 1], 'y');
    cr_expect_eq(line.text[LINE_EDIT_MAX], '\0');
}

/* --- undo ---------------------------------------------------------------------------- */

Test(line_edit, undo_takes_words_back_and_redo_types_them_again)
{
    struct line_edit line = {0};
    cr_expect_not(line_edit_undo(&line));
    type(&line, "https://a.example/one two");
    static const char *const STEPS[] = {"https://a.example/one", "https://a.example", "https:/",
                                        "https:", ""};
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        cr_assert(line_edit_undo(&line));
        cr_expect_str_eq(line.text, STEPS[i]);
    }
    cr_expect_not(line_edit_undo(&line));
    for (int i = 0; i < 5; i++)
        cr_assert(line_edit_redo(&line));
    cr_expect_str_eq(line.text, "https://a.example/one two");
    cr_expect_eq(line.cursor, line.length);
    cr_expect_not(line_edit_redo(&line));
}

Test(line_edit, undo_brings_back_what_was_erased)
{
    struct line_edit line;
    line_edit_set(&line, "one two");
    cr_expect_not(line_edit_undo(&line), "what it began with stays");
    cr_assert(line_edit_key(&line, KEYS_CTRL('U')));
    line_edit_paste(&line, "new\nthing", 9);
    cr_expect_str_eq(line.text, "newthing");
    cr_assert(line_edit_key(&line, KEYS_BACKSPACE));
    cr_assert(line_edit_undo(&line));
    cr_expect_str_eq(line.text, "newthing");
    cr_assert(line_edit_undo(&line));
    cr_expect_str_eq(line.text, "");
    cr_assert(line_edit_undo(&line));
    cr_expect_str_eq(line.text, "one two");
    cr_assert(line_edit_redo(&line));
    type(&line, "x");
    cr_expect_not(line_edit_redo(&line), "after a change there is nothing to do again");
    cr_expect_str_eq(line.text, "x");
}

Test(line_edit, undo_of_what_is_elsewhere_is_another_step)
{
    struct line_edit line = {0};
    type(&line, "ab");
    cr_assert(line_edit_key(&line, KEYS_HOME));
    type(&line, "c");
    cr_expect_str_eq(line.text, "cab");
    cr_assert(line_edit_undo(&line));
    cr_expect_str_eq(line.text, "ab");
}

/* Whatever is done, in any order: undoing all and doing all again comes back to the same. */
Test(line_edit, undo_is_bounded_and_consistent)
{
    static struct line_edit line;
    uint32_t random = 7;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        switch (random >> 28) {
        case 0:
            (void)line_edit_key(&line, KEYS_BACKSPACE);
            break;
        case 1:
            (void)line_edit_key(&line, KEYS_LEFT);
            break;
        case 2:
            (void)line_edit_key(&line, KEYS_CTRL('W'));
            break;
        case 3:
            line_edit_paste(&line, "a longer text with blanks in it", random >> 8 & 31);
            break;
        case 4:
            (void)line_edit_undo(&line);
            break;
        case 5:
            (void)line_edit_redo(&line);
            break;
        case 6:
            (void)line_edit_key(&line, KEYS_HOME);
            break;
        default:
            (void)line_edit_key(&line, U'a' + (random >> 10) % 26);
            break;
        }
        cr_assert_leq(line.cursor, line.length);
        cr_assert_eq(strlen(line.text), line.length);
        cr_assert_leq(line.steps.done, line.steps.count);
        cr_assert_leq(line.steps.count, (size_t)LINE_EDIT_STEPS);
    }
    char now[LINE_EDIT_MAX + 1];
    while (line_edit_redo(&line))
        ;
    memcpy(now, line.text, sizeof now);
    int undone = 0;
    while (line_edit_undo(&line))
        undone++;
    cr_expect_gt(undone, 1);
    while (line_edit_redo(&line))
        undone--;
    cr_expect_eq(undone, 0);
    cr_expect_str_eq(line.text, now);
}

/* A whole line that gives way to another whole line fits; the oldest steps make room. */
Test(line_edit, undo_holds_the_largest_step)
{
    static char text[LINE_EDIT_MAX];
    memset(text, 'a', sizeof text);
    struct line_edit line = {0};
    type(&line, "b");
    line_edit_paste(&line, text, sizeof text - 1);
    cr_assert(line_edit_key(&line, KEYS_CTRL('U')));
    cr_expect_eq(line.length, 0U);
    cr_assert(line_edit_undo(&line));
    cr_expect_eq(line.length, (size_t)LINE_EDIT_MAX);
}

/* --- the endpoint form ------------------------------------------------------------ */

static const char *problem_of(const char *url)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    line_edit_set(&form.url, url);
    return endpoint_form_problem(&form);
}

Test(endpoint_form, says_what_is_wrong_with_a_url)
{
    cr_expect_str_eq(problem_of(""), "must begin with https://");
    cr_expect_str_eq(problem_of("http://a.example"), "must begin with https://");
    cr_expect_str_eq(problem_of("https://"), "a host is missing after https://");
    cr_expect_str_eq(problem_of("https:///path"), "a host is missing after https://");
    cr_expect_str_eq(problem_of("https://https://a.example"), "https:// stands there twice");
    cr_expect_null(problem_of("https://a.example/to?next=https://b.example"));
    cr_expect_not_null(problem_of("https://a.example/with blank"));
    cr_expect_not_null(problem_of("https://a.example/\xC3\xA9"));
    cr_expect_null(problem_of("https://a.example"));
    cr_expect_null(problem_of("HTTPS://a.example/hook?x=%20"));
}

static void webhook(struct webhook *hook)
{
    *hook = (struct webhook){
        .id = strdup("wep_1"), .url = strdup("https://a.example/hook"), .status = WEBHOOK_ACTIVE};
    cr_assert(string_list_add(&hook->categories, "transfer"));
    cr_assert(string_list_add(&hook->categories, "brand_new"));
}

Test(endpoint_form, changing_begins_with_what_is_there)
{
    struct webhook hook;
    struct endpoint_form form;
    struct string_list ticked = {0};
    webhook(&hook);
    endpoint_form_change(&form, &hook);
    cr_expect_str_eq(form.url.text, "https://a.example/hook");
    cr_expect(form.was_active);
    cr_expect_str_eq(endpoint_form_problem(&form), "nothing is changed yet");
    cr_assert(endpoint_form_ticked(&form, &ticked));
    cr_expect_eq(ticked.count, 2U);
    cr_expect(string_list_has(&ticked, "transfer"));
    cr_expect(string_list_has(&ticked, "brand_new"), "an unknown category is kept");
    string_list_clear(&ticked);
    webhook_clear(&hook);
}

Test(endpoint_form, knows_what_was_changed)
{
    struct webhook hook;
    struct endpoint_form form;
    webhook(&hook);
    endpoint_form_change(&form, &hook);
    cr_expect_eq(form.field, FORM_URL);
    endpoint_form_next(&form);
    cr_expect_eq(form.field, FORM_CATEGORIES);
    cr_expect_eq(form.category, 0U);
    endpoint_form_toggle(&form);
    cr_expect(endpoint_form_categories_changed(&form));
    cr_expect_not(endpoint_form_url_changed(&form));
    cr_expect_null(endpoint_form_problem(&form));
    cr_expect(endpoint_form_typed(&form));
    endpoint_form_toggle(&form);
    cr_expect_not_null(endpoint_form_problem(&form));
    cr_expect_not(endpoint_form_typed(&form));
    webhook_clear(&hook);
}

/* --- moving ---------------------------------------------------------------------------- */

Test(endpoint_form, fields_go_round_and_the_list_is_one)
{
    static const enum endpoint_field ROUND[] = {FORM_EPOCH, FORM_CATEGORIES, FORM_OTHER, FORM_URL};
    struct endpoint_form form;
    endpoint_form_create(&form);
    for (size_t i = 0; i < sizeof ROUND / sizeof *ROUND; i++) {
        endpoint_form_next(&form);
        cr_expect_eq(form.field, ROUND[i], "%zu", i);
    }
    for (size_t i = sizeof ROUND / sizeof *ROUND - 1; i > 0; i--) {
        endpoint_form_previous(&form);
        cr_expect_eq(form.field, ROUND[i - 1], "back to %zu", i);
    }
}

Test(endpoint_form, lines_go_through_the_list)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    size_t lines = (form.category_count + 1) / 2;
    endpoint_form_down(&form, 2);
    cr_expect_eq(form.field, FORM_EPOCH);
    for (size_t i = 0; i < lines; i++) {
        endpoint_form_down(&form, 2);
        cr_expect_eq(form.field, FORM_CATEGORIES);
        cr_expect_eq(form.category, i);
    }
    endpoint_form_aside(&form, 1, 2);
    cr_expect_eq(form.category, form.category_count - 1, "the last column may be shorter");
    endpoint_form_aside(&form, 1, 2);
    cr_expect_eq(form.category, form.category_count - 1);
    endpoint_form_aside(&form, -1, 2);
    cr_expect_eq(form.category, form.category_count - 1 - lines);
    endpoint_form_aside(&form, -1, 2);
    cr_expect_lt(form.category, lines);
    form.category = lines - 1;
    endpoint_form_down(&form, 2);
    cr_expect_eq(form.field, FORM_OTHER);
    endpoint_form_up(&form, 2);
    cr_expect_eq(form.category, lines - 1, "from below one comes to the last");
    endpoint_form_next(&form);
    endpoint_form_previous(&form);
    cr_expect_eq(form.category, lines - 1, "the list remembers where it was left");
    for (size_t i = 0; i < lines; i++)
        endpoint_form_up(&form, 2);
    cr_expect_eq(form.field, FORM_EPOCH);
}

Test(endpoint_form, the_epoch_is_flipped)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    cr_expect_not(endpoint_form_toggle(&form), "a URL has no blank");
    endpoint_form_next(&form);
    cr_expect(endpoint_form_toggle(&form));
    cr_expect(form.from_beginning);
    endpoint_form_aside(&form, 1, 2);
    cr_expect_not(form.from_beginning);
}

Test(endpoint_form, a_click_goes_there)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    line_edit_set(&form.url, "https://a.example/");
    endpoint_form_point(&form, FORM_CATEGORIES, 3, 0);
    cr_expect(form.ticked[3]);
    cr_expect_eq(form.category, 3U);
    endpoint_form_point(&form, FORM_CATEGORIES, 3, 0);
    cr_expect_not(form.ticked[3]);
    endpoint_form_point(&form, FORM_CATEGORIES, 10000, 0);
    endpoint_form_point(&form, FORM_EPOCH, 1, 0);
    cr_expect(form.from_beginning);
    endpoint_form_point(&form, FORM_EPOCH, 1, 0);
    cr_expect(form.from_beginning, "it is chosen already");
    endpoint_form_point(&form, FORM_URL, 0, 5);
    cr_expect_eq(form.field, FORM_URL);
    cr_expect_eq(form.url.cursor, 5U);
}

/* --- what it says ------------------------------------------------------------------------ */

static const char *says(const struct endpoint_form *form, enum endpoint_form_tone tone)
{
    static char text[ENDPOINT_FORM_SAYS_SIZE];
    cr_expect_eq(endpoint_form_says(form, text), tone, "%s", text);
    return text;
}

Test(endpoint_form, nothing_is_wrong_before_it_is_typed)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_HINT), "where Bridge is to deliver: https://…");
    type(&form.url, "https:/");
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_HINT), "where Bridge is to deliver: https://…");
    cr_expect_not(endpoint_form_wrong(&form, FORM_URL));
    endpoint_form_next(&form);
    cr_expect(endpoint_form_wrong(&form, FORM_URL), "it was left");
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_WRONG), "URL: must begin with https://");
    endpoint_form_previous(&form);
    type(&form.url, "/");
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_WRONG), "URL: a host is missing after https://",
                     "from now on with every key");
    type(&form.url, "a.example");
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_READY), "");
}

/* What can only become worse is told in words, not marked. */
Test(endpoint_form, what_goes_wrong_is_told_while_it_is_typed)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    type(&form.url, "http:");
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_HINT), "must begin with https://");
    cr_expect_not(endpoint_form_wrong(&form, FORM_URL));
}

Test(endpoint_form, submitting_judges_all_and_goes_to_what_is_wrong)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    endpoint_form_next(&form);
    endpoint_form_next(&form);
    cr_expect_not(endpoint_form_submit(&form));
    cr_expect_eq(form.field, FORM_URL);
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_WRONG), "URL: must begin with https://");
    line_edit_set(&form.url, "https://a.example/");
    line_edit_set(&form.other, "has space");
    cr_expect_not(endpoint_form_submit(&form));
    cr_expect_eq(form.field, FORM_OTHER);
    line_edit_set(&form.other, "fine");
    cr_expect(endpoint_form_submit(&form), "it is added on the way");
    cr_expect_str_eq(form.categories[form.category_count - 1], "fine");
}

Test(endpoint_form, what_is_not_changed_is_not_wrong_until_it_is_sent)
{
    struct webhook hook;
    struct endpoint_form form;
    webhook(&hook);
    endpoint_form_change(&form, &hook);
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_HINT), "nothing is changed yet");
    cr_expect_not(endpoint_form_submit(&form));
    cr_expect_str_eq(says(&form, ENDPOINT_FORM_WRONG), "nothing is changed yet");
    cr_expect_eq(form.field, FORM_URL);
    webhook_clear(&hook);
}

Test(endpoint_form, another_one_has_what_was_typed)
{
    struct webhook hook;
    static struct endpoint_form form, again;
    webhook(&hook);
    endpoint_form_change(&form, &hook);
    type(&form.url, "/2");
    endpoint_form_point(&form, FORM_CATEGORIES, 0, 0);
    line_edit_set(&form.other, "typed_too");
    cr_expect(endpoint_form_add_other(&form));
    line_edit_set(&form.other, "half");
    endpoint_form_change(&again, &hook);
    endpoint_form_retype(&again, &form);
    cr_expect_str_eq(again.url.text, "https://a.example/hook/2");
    cr_expect_str_eq(again.old_url, "https://a.example/hook");
    cr_expect_eq(memcmp(again.ticked, form.ticked, sizeof form.ticked), 0);
    cr_expect_str_eq(again.other.text, "half");
    webhook_clear(&hook);
}

/* A category that cannot be shown must not be lost by a change of the others. */
Test(endpoint_form, refuses_to_lose_categories_that_do_not_fit)
{
    struct webhook hook;
    struct endpoint_form form;
    webhook(&hook);
    char name[ENDPOINT_FORM_CATEGORY_SIZE + 10];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cr_assert(string_list_add(&hook.categories, name));
    endpoint_form_change(&form, &hook);
    endpoint_form_next(&form);
    endpoint_form_toggle(&form);
    cr_expect_not_null(endpoint_form_problem(&form));
    webhook_clear(&hook);
}

/* --- a category that is not in the list ------------------------------------------------- */

static void to_other(struct endpoint_form *form)
{
    endpoint_form_previous(form);
    cr_assert_eq(form->field, FORM_OTHER);
}

Test(endpoint_form, another_category_is_typed_and_added)
{
    static struct endpoint_form form;
    endpoint_form_create(&form);
    line_edit_set(&form.url, "https://a.example/");
    to_other(&form);
    cr_expect_not(endpoint_form_add_other(&form), "nothing is typed");
    size_t before = form.category_count;
    type(&form.other, "brand_new.thing");
    cr_expect_eq(endpoint_form_problem(&form), ENDPOINT_FORM_UNADDED);
    endpoint_form_toggle(&form);
    cr_expect_eq(form.category_count, before + 1);
    cr_expect(form.ticked[before]);
    cr_expect_str_eq(form.categories[before], "brand_new.thing");
    cr_expect_eq(form.field, FORM_OTHER, "for one more");
    cr_expect_eq(form.other.length, 0U);
    cr_expect_null(endpoint_form_problem(&form));
    cr_expect(endpoint_form_categories_changed(&form));
    type(&form.other, "transfer");
    cr_expect(endpoint_form_add_other(&form));
    cr_expect_eq(form.category_count, before + 1, "one of the list is ticked there");
}

Test(endpoint_form, another_category_is_checked_in_words)
{
    static struct endpoint_form form;
    endpoint_form_create(&form);
    line_edit_set(&form.url, "https://a.example/");
    to_other(&form);
    line_edit_set(&form.other, "has space");
    cr_expect_str_eq(endpoint_form_problem(&form),
                     "a category is letters, digits, _ - and . alone");
    cr_expect_not(endpoint_form_add_other(&form));
    char name[ENDPOINT_FORM_CATEGORY_SIZE + 1];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    line_edit_set(&form.other, name);
    cr_expect_str_eq(endpoint_form_problem(&form), "a category is not as long as that");
    for (int i = 0; form.category_count < ENDPOINT_FORM_CATEGORIES; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        line_edit_set(&form.other, name);
        cr_assert(endpoint_form_add_other(&form));
    }
    line_edit_set(&form.other, "one_more");
    cr_expect_str_eq(endpoint_form_problem(&form), "there is no room for one more category");
}
