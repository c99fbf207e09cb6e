/* The endpoint form: its fields scroll where they do not fit. What it says of itself stands below
   them, on a low screen in the status line. */
#include "tui/dialog.h"

#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum {
    FORM_WIDTH = 86, /* the longest category fits */
    LABEL = 12,
    LABEL_NARROW = 5,
    NARROW = 48,    /* columns within the frame below which labels are short */
    BRIEF = 56,     /* columns of the screen below which it says less */
    LOW = 8,        /* lines within the frame below which it has fields alone */
    FOOT_LINES = 2, /* what it says, and the choices */
};

/* --- where the fields are -------------------------------------------------------- */

struct place_of {
    struct dialog_box box;
    struct rect window; /* of the fields' lines, which may be more */
    int label;
    int top; /* the first line that shows */

    int first[FORM_FIELDS]; /* lines of the fields */
    int columns;            /* of the categories */
    int category_lines;
    int lines; /* of all fields */

    struct rect says, choices; /* height 0: elsewhere */
};

static void place_fields(const struct endpoint_form *form, struct place_of *place, int blank)
{
    int line = 1 + blank;
    place->category_lines = ((int)form->category_count + place->columns - 1) / place->columns;
    place->first[FORM_URL] = 0;
    place->first[FORM_EPOCH] = line;
    line += form->creating ? 2 + blank : 0;
    place->first[FORM_CATEGORIES] = line;
    line += place->category_lines;
    place->first[FORM_OTHER] = line;
    place->lines = line + 1;
}

static int focused_line(const struct endpoint_form *form, const struct place_of *place)
{
    int line = place->first[form->field];
    if (form->field == FORM_CATEGORIES)
        line += (int)form->category % place->category_lines;
    else if (form->field == FORM_EPOCH)
        line += form->from_beginning ? 1 : 0;
    return line;
}

/* Blank lines are given up for room: first those at the edges, then those between fields. */
static void place_form(const struct app *app, struct place_of *place)
{
    const struct endpoint_form *form = &app->form;
    int most = dialog_lines_max(app);
    int foot = most >= LOW ? FOOT_LINES : 0;
    int blank = foot > 0 ? 1 : 0;
    int edge = blank;
    *place = (struct place_of){.columns = endpoint_form_columns(app->width)};
    place_fields(form, place, blank);
    if (place->lines + foot + blank + 2 * edge > most)
        edge = 0;
    if (place->lines + foot + blank > most) {
        blank = 0;
        place_fields(form, place, blank);
    }
    place->box = dialog_box(app, FORM_WIDTH, place->lines + foot + blank + 2 * edge);
    struct rect inside = place->box.inside;
    place->label = inside.width < NARROW ? LABEL_NARROW : LABEL;
    place->window = inside;
    place->window.y += edge;
    place->window.height -= foot + blank + 2 * edge;
    int bottom = inside.y + inside.height - edge;
    place->choices = (struct rect){inside.x, bottom - 1, inside.width, foot / FOOT_LINES};
    place->says = (struct rect){inside.x, bottom - 2, inside.width, foot / FOOT_LINES};
    place->top = (int)list_scroll(0, (size_t)focused_line(form, place), (size_t)place->lines,
                                  place->window.height);
}

/* A line of the fields on the screen, right of the labels; height 0 where it does not show. */
static struct rect line_at(const struct place_of *place, int line)
{
    struct rect window = place->window;
    bool shows = line >= place->top && line < place->top + window.height;
    return (struct rect){window.x + place->label, window.y + line - place->top,
                         window.width - place->label, shows ? 1 : 0};
}

/* A category in its column. */
static struct rect category_at(const struct place_of *place, size_t index)
{
    int column = (int)index / place->category_lines;
    struct rect rect =
        line_at(place, place->first[FORM_CATEGORIES] + (int)index % place->category_lines);
    int width = rect.width / place->columns;
    rect.x += column * width;
    rect.width = place->columns > 1 ? width - 1 : width;
    return rect;
}

/* --- drawing ------------------------------------------------------------------------ */

static void draw_label(const struct app *app, struct grid *grid, const struct place_of *place,
                       enum endpoint_field field, const char *text)
{
    bool wrong = endpoint_form_wrong(&app->form, field);
    struct rect line = line_at(place, place->first[field]);
    if (line.height > 0)
        (void)grid_text(grid, place->window.x, line.y, place->label - 1,
                        style_of(wrong ? ROLE_BAD : ROLE_DIM), text);
}

static void draw_line(const struct app *app, struct grid *grid, const struct place_of *place,
                      enum endpoint_field field, const struct line_edit *edit)
{
    struct rect line = line_at(place, place->first[field]);
    if (line.height == 0)
        return;
    line_edit_draw(edit, grid, line.x, line.y, line.width, ROLE_FIELD, app->form.field == field);
    if (endpoint_form_wrong(&app->form, field))
        line_edit_mark(edit, grid, line.x, line.y, line.width, 0, edit->length);
}

static void draw_option(struct grid *grid, struct rect rect, bool focused, bool on,
                        const char *signs, const char *text)
{
    struct style style = style_of(on ? ROLE_STRONG : ROLE_NORMAL);
    if (rect.height == 0)
        return;
    if (focused) {
        style.bits = STYLE_SELECTED;
        grid_fill(grid, rect, style);
    }
    (void)grid_printf(grid, rect.x, rect.y, rect.width, style, "%c%c%c %s", signs[0],
                      on ? signs[1] : ' ', signs[2], text);
}

static void draw_epoch(const struct app *app, struct grid *grid, const struct place_of *place)
{
    const struct endpoint_form *form = &app->form;
    bool focused = form->field == FORM_EPOCH;
    bool all = form->from_beginning;
    int line = place->first[FORM_EPOCH];
    draw_label(app, grid, place, FORM_EPOCH, place->label < LABEL ? "From" : "Events");
    draw_option(grid, line_at(place, line), focused && !all, !all, "(*)",
                "from now on (webhook_creation)");
    draw_option(grid, line_at(place, line + 1), focused && all, all, "(*)",
                "everything that ever happened (beginning_of_time)");
}

static void draw_fields(const struct app *app, struct grid *grid, const struct place_of *place)
{
    const struct endpoint_form *form = &app->form;
    bool brief = place->label < LABEL;
    bool in_list = form->field == FORM_CATEGORIES;
    draw_label(app, grid, place, FORM_URL, "URL");
    draw_line(app, grid, place, FORM_URL, &form->url);
    if (form->creating)
        draw_epoch(app, grid, place);
    draw_label(app, grid, place, FORM_CATEGORIES, brief ? "Cat." : "Categories");
    for (size_t i = 0; i < form->category_count; i++)
        draw_option(grid, category_at(place, i), in_list && form->category == i, form->ticked[i],
                    "[x]", form->categories[i]);
    draw_label(app, grid, place, FORM_OTHER, brief ? "More" : "Another");
    draw_line(app, grid, place, FORM_OTHER, &form->other);
}

static enum role say(const struct app *app, char *text, size_t size)
{
    static const enum role ROLES[] = {
        [ENDPOINT_FORM_HINT] = ROLE_DIM,
        [ENDPOINT_FORM_ADDS] = ROLE_INFO,
        [ENDPOINT_FORM_READY] = ROLE_GOOD,
        [ENDPOINT_FORM_WRONG] = ROLE_BAD,
    };
    char words[ENDPOINT_FORM_SAYS_SIZE];
    char key[KEYMAP_LABEL_SIZE];
    enum endpoint_form_tone tone = endpoint_form_says(&app->form, words);
    (void)keymap_key_label(&app->keymap, ACTION_SUBMIT, PLACE_FORM, key);
    if (tone == ENDPOINT_FORM_READY)
        (void)snprintf(text, size, "ready: %s asks once more%s", key,
                       app->width < BRIEF ? "" : ", and shows the request");
    else if (tone == ENDPOINT_FORM_ADDS)
        (void)snprintf(text, size, "%s adds the category that is typed", key);
    else
        (void)snprintf(text, size, "%s", words);
    return ROLES[tone];
}

enum role dialog_form_status(const struct app *app, char *text, size_t size)
{
    struct place_of place;
    place_form(app, &place);
    text[0] = '\0';
    return place.says.height == 0 ? say(app, text, size) : ROLE_NORMAL;
}

static struct dialog_choices choices_of(const struct endpoint_form *form)
{
    return (struct dialog_choices){.confirm = ACTION_SUBMIT,
                                   .yes = "go on",
                                   .no = "leave it",
                                   .ready = endpoint_form_problem(form) == NULL};
}

void dialog_draw_form(const struct app *app, struct grid *grid)
{
    const struct endpoint_form *form = &app->form;
    struct place_of place;
    char title[80];
    char text[160];
    place_form(app, &place);
    if (form->creating)
        (void)snprintf(title, sizeof title, "New endpoint · %s", state_environment_name(app));
    else
        (void)snprintf(title, sizeof title, "Change %s · %s", form->webhook_id,
                       state_environment_name(app));
    struct rect frame = place.box.frame;
    widget_dialog(grid, frame, style_of(ROLE_DIALOG_BORDER), title);
    draw_fields(app, grid, &place);
    widget_scroll_bar(grid,
                      (struct rect){frame.x, place.window.y, frame.width, place.window.height},
                      (size_t)place.top, (size_t)place.lines);
    if (place.says.height == 0)
        return;
    struct dialog_choices choices = choices_of(form);
    enum role role = say(app, text, sizeof text);
    (void)grid_text(grid, place.says.x, place.says.y, place.says.width, style_of(role), text);
    dialog_draw_choices(app, grid, place.choices, &choices);
}

/* --- clicks -------------------------------------------------------------------------- */

/* The field, the choice or category in it, and the byte of its line. */
static bool field_at(const struct app *app, const struct place_of *place, int x, int y,
                     struct hit *hit)
{
    const struct endpoint_form *form = &app->form;
    for (size_t i = 0; i < form->category_count; i++) {
        if (!rect_has(category_at(place, i), x, y))
            continue;
        hit->field = FORM_CATEGORIES;
        hit->index = i;
        return true;
    }
    for (int option = 0; form->creating && option < 2; option++) {
        if (!rect_has(line_at(place, place->first[FORM_EPOCH] + option), x, y))
            continue;
        hit->field = FORM_EPOCH;
        hit->index = (size_t)option;
        return true;
    }
    for (enum endpoint_field field = 0; field < FORM_FIELDS; field++) {
        struct rect line = line_at(place, place->first[field]);
        bool other = field == FORM_OTHER;
        if ((!other && field != FORM_URL) || !rect_has(line, x, y))
            continue;
        hit->field = (int)field;
        hit->at = line_edit_byte_at(other ? &form->other : &form->url, line.width, x - line.x,
                                    app->ascii);
        return true;
    }
    return false;
}

struct hit dialog_form_at(const struct app *app, int x, int y)
{
    struct hit hit = {.kind = HIT_NOTHING};
    struct dialog_choices choices = choices_of(&app->form);
    struct place_of place;
    place_form(app, &place);
    if (rect_has(place.box.frame, x, y))
        hit.kind = HIT_DIALOG;
    if (field_at(app, &place, x, y, &hit))
        hit.kind = HIT_FIELD;
    else if (place.choices.height > 0 &&
             dialog_choice_at(app, place.choices, &choices, x, y, &hit.action))
        hit.kind = HIT_KEY;
    return hit;
}
