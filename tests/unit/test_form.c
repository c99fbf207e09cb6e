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
    size_t index;
    webhook(&hook);
    endpoint_form_change(&form, &hook);
    cr_expect(endpoint_form_on_url(&form));
    endpoint_form_move(&form, 1);
    cr_expect(endpoint_form_on_category(&form, &index));
    cr_expect_eq(index, 0U);
    endpoint_form_toggle(&form);
    cr_expect(endpoint_form_categories_changed(&form));
    cr_expect_not(endpoint_form_url_changed(&form));
    cr_expect_null(endpoint_form_problem(&form));
    endpoint_form_toggle(&form);
    cr_expect_not_null(endpoint_form_problem(&form));
    webhook_clear(&hook);
}

Test(endpoint_form, moves_round_and_flips_the_epoch)
{
    struct endpoint_form form;
    endpoint_form_create(&form);
    endpoint_form_move(&form, 1);
    cr_expect(endpoint_form_on_epoch(&form));
    endpoint_form_toggle(&form);
    cr_expect(form.from_beginning);
    endpoint_form_move(&form, -1);
    endpoint_form_move(&form, -1);
    size_t index;
    cr_expect(endpoint_form_on_other(&form));
    endpoint_form_move(&form, -1);
    cr_expect(endpoint_form_on_category(&form, &index));
    cr_expect_eq(index, form.category_count - 1);
    endpoint_form_move(&form, 1);
    endpoint_form_move(&form, 1);
    cr_expect(endpoint_form_on_url(&form));
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
    endpoint_form_move(&form, 1);
    endpoint_form_toggle(&form);
    cr_expect_not_null(endpoint_form_problem(&form));
    webhook_clear(&hook);
}

/* --- a category that is not in the list ------------------------------------------------- */

static void to_other(struct endpoint_form *form)
{
    endpoint_form_move(form, -1);
    cr_assert(endpoint_form_on_other(form));
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
    cr_expect_str_eq(endpoint_form_problem(&form), "Enter adds the category that is typed");
    endpoint_form_toggle(&form);
    cr_expect_eq(form.category_count, before + 1);
    cr_expect(form.ticked[before]);
    cr_expect_str_eq(form.categories[before], "brand_new.thing");
    cr_expect(endpoint_form_on_other(&form), "for one more");
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
