/* The endpoint form: its fields scroll where they do not fit; what is wrong and the choices stay.
 */
#include "tui/dialog.h"

#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum {
    FORM_WIDTH = 74,
    LABEL = 12,
    LABEL_NARROW = 5,
    TWO_COLUMNS = 50, /* width from which categories stand in two */
};

/* Where the fields are drawn: lines of a page that may be longer than its window. */
struct page {
    struct grid *grid;
    struct rect window;
    int label;
    int top;
};

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

static bool shows(const struct page *page, int line)
{
    return line >= page->top && line < page->top + page->window.height;
}

static void draw_label(const struct page *page, int line, const char *text)
{
    if (shows(page, line))
        (void)grid_text(page->grid, page->window.x, page->window.y + line - page->top,
                        page->label - 1, style_of(ROLE_DIM), text);
}

static void draw_line(const struct page *page, int line, const struct line_edit *edit, bool focused)
{
    if (shows(page, line))
        line_edit_draw(edit, page->grid, page->window.x + page->label,
                       page->window.y + line - page->top, page->window.width - page->label,
                       ROLE_FIELD, focused);
}

static void draw_choice(struct grid *grid, int x, int y, int width, bool focused, bool on,
                        const char *on_sign, const char *off_sign, const char *text)
{
    char line[160];
    (void)snprintf(line, sizeof line, "%s %s", on ? on_sign : off_sign, text);
    struct style style = style_of(on ? ROLE_STRONG : ROLE_NORMAL);
    if (focused) {
        style.bits = STYLE_SELECTED;
        grid_fill(grid, (struct rect){x, y, width, 1}, style);
    }
    (void)grid_text(grid, x, y, width, style, line);
}

/* One choice of a page, in one of its columns. */
static void draw_option(const struct page *page, int line, int column, int columns, bool focused,
                        bool on, bool one_of, const char *text)
{
    if (!shows(page, line))
        return;
    int width = (page->window.width - page->label) / columns;
    int x = page->window.x + page->label + column * width;
    draw_choice(page->grid, x, page->window.y + line - page->top, columns > 1 ? width - 1 : width,
                focused, on, one_of ? "(*)" : "[x]", one_of ? "( )" : "[ ]", text);
}

/* --- where the fields are -------------------------------------------------------- */

struct places {
    int epoch, categories, other; /* first lines; the URL's is 0 */
    int columns;
    int category_lines;
    int lines; /* all of them */
};

static struct places place_fields(const struct endpoint_form *form, int width, bool roomy)
{
    int blank = roomy ? 1 : 0;
    struct places places = {.epoch = 1 + blank, .columns = width >= TWO_COLUMNS ? 2 : 1};
    places.categories = form->creating ? places.epoch + 2 + blank : places.epoch;
    places.category_lines = ((int)form->category_count + places.columns - 1) / places.columns;
    places.other = places.categories + places.category_lines;
    places.lines = places.other + 1;
    return places;
}

static int focused_line(const struct endpoint_form *form, const struct places *places)
{
    size_t index;
    if (endpoint_form_on_other(form))
        return places->other;
    if (endpoint_form_on_category(form, &index))
        return places->categories + (int)index % places->category_lines;
    if (endpoint_form_on_epoch(form))
        return places->epoch + (form->from_beginning ? 1 : 0);
    return 0;
}

static void draw_epoch(const struct endpoint_form *form, const struct page *page, int line)
{
    bool focused = endpoint_form_on_epoch(form);
    bool all = form->from_beginning;
    draw_label(page, line, page->label < LABEL ? "From" : "Events");
    draw_option(page, line, 0, 1, focused && !all, !all, true, "from now on (webhook_creation)");
    draw_option(page, line + 1, 0, 1, focused && all, all, true,
                "everything that ever happened (beginning_of_time)");
}

static void draw_fields(const struct endpoint_form *form, const struct page *page,
                        const struct places *places)
{
    bool brief = page->label < LABEL;
    draw_label(page, 0, "URL");
    draw_line(page, 0, &form->url, endpoint_form_on_url(form));
    if (form->creating)
        draw_epoch(form, page, places->epoch);
    size_t focus = 0;
    bool on_category = endpoint_form_on_category(form, &focus);
    draw_label(page, places->categories, brief ? "Cat." : "Categories");
    for (size_t i = 0; i < form->category_count; i++)
        draw_option(page, places->categories + (int)i % places->category_lines,
                    (int)i / places->category_lines, places->columns, on_category && focus == i,
                    form->ticked[i], false, form->categories[i]);
    draw_label(page, places->other, brief ? "More" : "Another");
    draw_line(page, places->other, &form->other, endpoint_form_on_other(form));
}

/* What is wrong, or that all is well. */
static void draw_state(const struct endpoint_form *form, struct grid *grid, struct rect line)
{
    const char *problem = endpoint_form_problem(form);
    enum role role = problem == NULL ? ROLE_GOOD : form->url.length == 0 ? ROLE_DIM : ROLE_WARN;
    if (problem == NULL)
        problem = "ready: Enter asks once more, and shows the request";
    (void)grid_text(grid, line.x, line.y, line.width, style_of(role), problem);
}

void dialog_draw_form(const struct app *app, struct grid *grid)
{
    enum { FIXED = 2 }; /* what is wrong, and the choices */
    const struct endpoint_form *form = &app->form;
    int width = at_most(FORM_WIDTH, grid->width - 4);
    struct places places = place_fields(form, width, true);
    int margin = places.lines + FIXED + 5 <= grid->height ? 1 : 0;
    if (margin == 0)
        places = place_fields(form, width, false);
    char title[80];
    if (form->creating)
        (void)snprintf(title, sizeof title, "New endpoint · %s", state_environment_name(app));
    else
        (void)snprintf(title, sizeof title, "Change %s · %s", form->webhook_id,
                       state_environment_name(app));
    struct rect inside = widget_dialog(grid, width, places.lines + FIXED + 3 * margin,
                                       style_of(ROLE_DIALOG_BORDER), title);
    inside.x++;
    inside.width -= 2;

    struct page page = {.grid = grid, .window = inside};
    page.label = width >= TWO_COLUMNS ? LABEL : LABEL_NARROW;
    page.window.y += margin;
    page.window.height -= FIXED + 3 * margin;
    page.top = (int)list_scroll(0, (size_t)focused_line(form, &places), (size_t)places.lines,
                                page.window.height);
    draw_fields(form, &page, &places);
    widget_scroll_bar(grid,
                      (struct rect){inside.x, page.window.y, inside.width + 3, page.window.height},
                      (size_t)page.top, (size_t)places.lines);
    int bottom = inside.y + inside.height - 1 - margin;
    draw_state(form, grid, (struct rect){inside.x, bottom - 1, inside.width, 1});
    dialog_draw_choices(app, grid, inside.x, bottom, inside.width, ACTION_SUBMIT, "go on",
                        "leave it", endpoint_form_problem(form) == NULL);
}
