/* Questions: what is about to be done, and the keys for yes and no. What does not fit is scrolled;
   on a low screen the keys are in the status line. */
#include "tui/dialog.h"
#include "tui/look.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum { QUESTION_WIDTH = 62, KEY_WIDTH = 64, ROOM_FOR_CHOICES = 8 };

/* What is given up for room: blank lines around, those in the text, the line of choices. */
enum fit { ROOMY, SNUG, TIGHT, BARE };

struct place_of {
    struct dialog_box box;
    struct rect words;
    struct rect field; /* height 0: nothing is typed */
    struct rect choices;
    char text[QUESTION_TEXT_MAX];
    int text_height;
    int gap; /* between the text and what was found at the URL */
    struct look_line look[LOOK_LINES_MAX];
    size_t look_count;
    int text_lines; /* all of it */
};

static void copy_without_blank_lines(const char *from, char *to)
{
    for (; *from != '\0'; from++)
        if (from[0] != '\n' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
}

static void measure_words(const struct app *app, struct place_of *place, int width, enum fit fit)
{
    place->text_height = widget_paragraph_height(place->text, width, app->ascii);
    place->gap = place->look_count > 0 && fit < TIGHT ? 1 : 0;
    place->text_lines = place->text_height + place->gap;
    for (size_t i = 0; i < place->look_count; i++)
        place->text_lines += widget_paragraph_height(place->look[i].text, width, app->ascii);
}

/* A PEM key is to be read, and copied by the mouse, as its own lines. */
static int question_width(const struct question *question)
{
    return strstr(question->text, "\n-----BEGIN") != NULL ? KEY_WIDTH : QUESTION_WIDTH;
}

static void place_question(const struct app *app, struct place_of *place)
{
    const struct question *question = &app->question;
    int most = dialog_lines_max(app);
    int whole = question_width(question);
    int width = dialog_box(app, whole, most).inside.width;
    int typed = question->typed ? 1 : 0;
    enum fit fit = ROOMY;
    int lines, blank, choices;
    place->look_count = look_lines(app, place->look);
    for (;; fit++) {
        if (fit >= TIGHT)
            copy_without_blank_lines(question->text, place->text);
        else
            memcpy(place->text, question->text, sizeof place->text);
        measure_words(app, place, width, fit);
        choices = fit < BARE || most >= ROOM_FOR_CHOICES ? 1 : 0;
        blank = fit == ROOMY ? 1 : 0;
        lines = place->text_lines + typed + choices + blank * (2 + typed + choices);
        if (lines <= most || fit == BARE)
            break;
    }
    place->box = dialog_box(app, whole, lines);
    struct rect inside = place->box.inside;
    int bottom = inside.y + inside.height - blank;
    place->choices = (struct rect){inside.x, bottom - 1, inside.width, 1};
    bottom -= choices * (1 + blank);
    if (choices == 0)
        place->choices = (struct rect){1, app->layout.status.y, app->width - 2, 1};
    place->field = (struct rect){inside.x, bottom - 1, inside.width, typed};
    bottom -= typed * (1 + blank);
    place->words =
        (struct rect){inside.x, inside.y + blank, inside.width, bottom - inside.y - blank};
}

static int lines_hidden(const struct place_of *place)
{
    int hidden = place->text_lines - place->words.height;
    return hidden > 0 ? hidden : 0;
}

size_t dialog_question_hidden(const struct app *app)
{
    struct place_of place;
    place_question(app, &place);
    return (size_t)lines_hidden(&place);
}

size_t dialog_question_lines(const struct app *app)
{
    struct place_of place;
    place_question(app, &place);
    return place.words.height > 1 ? (size_t)place.words.height : 1;
}

static struct dialog_choices choices_of(const struct question *question)
{
    /* What is red may be out of sight where the screen is low. */
    bool red = question->look.done && url_report_tone(&question->look.report) == CHECK_BAD;
    bool ready = !question->typed || strcmp(question->answer.text, question->wanted) == 0;
    return (struct dialog_choices){
        .confirm = question->typed ? ACTION_SUBMIT : ACTION_CONFIRM,
        .yes = red                ? "enable it all the same"
               : !question->typed ? question->verb
               : ready            ? "delete it"
                                  : "(not yet)",
        .no = question->no[0] != '\0' ? question->no : "leave it",
        .ready = ready,
    };
}

/* What is to be typed. */
static void describe_typed(const struct question *question, int width, char *text, size_t size)
{
    bool whole = strcmp(question->wanted, question->plan.webhook_id) == 0;
    bool brief = width < QUESTION_WIDTH;
    if (whole)
        (void)snprintf(text, size, brief ? "Its id:" : "Type its id:");
    else
        (void)snprintf(text, size,
                       brief ? "Its last %zu characters:"
                             : "Type the last %zu characters of its id:",
                       strlen(question->wanted));
}

/* The field, behind the words. */
static struct rect field_of(const struct app *app, const struct place_of *place)
{
    char label[80];
    struct rect field = place->field;
    describe_typed(&app->question, field.width, label, sizeof label);
    int used = (int)text_width(label, strlen(label), app->ascii) + 1;
    int width = (int)strlen(app->question.wanted) + 4;
    field.x += used;
    field.width = width < field.width - used ? width : field.width - used;
    return field;
}

static void draw_typed(const struct app *app, struct grid *grid, const struct place_of *place)
{
    char label[80];
    struct rect line = place->field;
    struct rect field = field_of(app, place);
    describe_typed(&app->question, line.width, label, sizeof label);
    (void)grid_text(grid, line.x, line.y, line.width, style_of(ROLE_NORMAL), label);
    line_edit_draw(&app->question.answer, grid, field.x, field.y, field.width, ROLE_FIELD, true);
}

/* One paragraph, of which some lines may be above what shows; moves on to the next one's place. */
static void draw_part(struct grid *grid, struct rect *words, enum role role, const char *text,
                      int height, int *above)
{
    int skipped = *above < height ? *above : height;
    *above -= skipped;
    int drawn = height - skipped < words->height ? height - skipped : words->height;
    if (drawn <= 0)
        return;
    struct rect rect = {words->x, words->y, words->width, drawn};
    (void)widget_paragraph_from(grid, rect, style_of(role), text, skipped);
    words->y += drawn;
    words->height -= drawn;
}

static void draw_words(struct grid *grid, const struct place_of *place, int top)
{
    struct rect words = place->words;
    draw_part(grid, &words, ROLE_NORMAL, place->text, place->text_height, &top);
    draw_part(grid, &words, ROLE_NORMAL, "", place->gap, &top);
    for (size_t i = 0; i < place->look_count; i++) {
        const struct look_line *line = &place->look[i];
        int height = widget_paragraph_height(line->text, words.width, grid->ascii);
        draw_part(grid, &words, line->role, line->text, height, &top);
    }
}

void dialog_draw_question(const struct app *app, struct grid *grid)
{
    const struct question *question = &app->question;
    struct place_of place;
    place_question(app, &place);
    widget_dialog(grid, place.box.frame,
                  style_of(question->typed ? ROLE_DANGER : ROLE_DIALOG_BORDER), question->title);
    struct rect words = place.words;
    int hidden = lines_hidden(&place);
    int top = question->top < (size_t)hidden ? (int)question->top : hidden;
    draw_words(grid, &place, top);
    struct rect frame = place.box.frame;
    widget_scroll_bar(grid, (struct rect){frame.x, words.y, frame.width, words.height}, (size_t)top,
                      (size_t)place.text_lines);
    if (place.field.height > 0)
        draw_typed(app, grid, &place);
    struct dialog_choices choices = choices_of(question);
    dialog_draw_choices(app, grid, place.choices, &choices);
}

struct hit dialog_question_at(const struct app *app, int x, int y)
{
    struct hit hit = {.kind = HIT_NOTHING};
    struct place_of place;
    place_question(app, &place);
    struct dialog_choices choices = choices_of(&app->question);
    struct rect field = field_of(app, &place);
    if (dialog_choice_at(app, place.choices, &choices, x, y, &hit.action))
        hit.kind = HIT_KEY;
    else if (field.height > 0 && rect_has(field, x, y)) {
        hit.kind = HIT_FIELD;
        hit.at = line_edit_byte_at(&app->question.answer, field.width, x - field.x, app->ascii);
    } else if (rect_has(place.box.frame, x, y)) {
        hit.kind = HIT_DIALOG;
    }
    return hit;
}
