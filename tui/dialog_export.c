/* The export dialog: what, as what, and where to. It fits 40 by 10. */
#include "tui/dialog.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum { EXPORT_WIDTH = 70, EXPORT_LABEL = 8, LINES = 5, BLANK_LINES = 3 };

static const char *what_text(const struct export_dialog *dialog, enum export_what what, char *text,
                             size_t size)
{
    size_t count = dialog->counts[what];
    switch (what) {
    case EXPORT_THIS:
        (void)snprintf(text, size, "this one");
        break;
    case EXPORT_MARKED:
        (void)snprintf(text, size, "the %zu marked", count);
        break;
    case EXPORT_SHOWN:
        (void)snprintf(text, size, "all %zu shown", count);
        break;
    case EXPORT_STORED:
        if (dialog->finds)
            (void)snprintf(text, size, "all found in the store");
        else
            (void)snprintf(text, size, "all %zu stored", count);
        break;
    case EXPORT_WHATS:
        break;
    }
    return text;
}

/* --- where things are ---------------------------------------------------------------- */

struct place_of {
    struct dialog_box box;
    struct rect fields[EXPORT_FIELDS]; /* right of their labels */
    struct rect note, choices;
};

static struct place_of place_export(const struct app *app)
{
    struct place_of place;
    int blank = dialog_lines_max(app) >= LINES + BLANK_LINES ? 1 : 0;
    place.box = dialog_box(app, EXPORT_WIDTH, LINES + blank * BLANK_LINES);
    struct rect inside = place.box.inside;
    struct rect line = {inside.x + EXPORT_LABEL, inside.y + blank, inside.width - EXPORT_LABEL, 1};
    for (enum export_field field = 0; field < EXPORT_FIELDS; field++, line.y++)
        place.fields[field] = line;
    place.note = line;
    place.choices = (struct rect){inside.x, inside.y + inside.height - 1 - blank, inside.width, 1};
    return place;
}

/* Choices side by side; where they do not fit, the chosen one between arrows. */
struct choices {
    char texts[EXPORT_FORMATS][32];
    int values[EXPORT_FORMATS];
    size_t count, chosen;
    bool all; /* side by side */
};

_Static_assert((int)EXPORT_WHATS <= (int)EXPORT_FORMATS, "struct choices is too small");

static struct choices choices_of(const struct export_dialog *dialog, enum export_field field,
                                 int width)
{
    enum { AROUND = 6, GAP = 2 };
    struct choices choices = {.count = 0};
    int needed = -GAP;
    int end = field == EXPORT_FIELD_WHAT ? EXPORT_WHATS : EXPORT_FORMATS;
    for (int value = 0; value < end; value++) {
        char *text = choices.texts[choices.count];
        bool what = field == EXPORT_FIELD_WHAT;
        if (what && dialog->counts[value] == 0)
            continue;
        if (what)
            (void)what_text(dialog, (enum export_what)value, text, sizeof choices.texts[0]);
        else
            (void)snprintf(text, sizeof choices.texts[0], "%s",
                           export_format_title((enum export_format)value));
        if (value == (what ? (int)dialog->what : (int)dialog->format))
            choices.chosen = choices.count;
        choices.values[choices.count++] = value;
        needed += (int)strlen(text) + AROUND;
    }
    choices.all = needed <= width;
    return choices;
}

/* "(*) this one", or "this one < 1/3 >"; "" for what does not show. */
static void choice_text(const struct choices *choices, size_t i, char text[64])
{
    bool on = i == choices->chosen;
    text[0] = '\0';
    if (choices->all)
        (void)snprintf(text, 64, "%s %s", on ? "(*)" : "( )", choices->texts[i]);
    else if (on)
        (void)snprintf(text, 64, "%s < %zu/%zu >", choices->texts[i], i + 1, choices->count);
}

enum { CHOICE_GAP = 2 };

/* --- drawing --------------------------------------------------------------------------- */

static void draw_choices(const struct export_dialog *dialog, struct grid *grid, struct rect line,
                         enum export_field field)
{
    struct choices choices = choices_of(dialog, field, line.width);
    int x = line.x;
    for (size_t i = 0; i < choices.count; i++) {
        char text[64];
        bool on = i == choices.chosen;
        struct style style = style_of(on ? ROLE_STRONG : ROLE_NORMAL);
        style.bits = on && dialog->field == field ? STYLE_SELECTED : 0;
        choice_text(&choices, i, text);
        if (text[0] != '\0')
            x += grid_text(grid, x, line.y, line.x + line.width - x, style, text) + CHOICE_GAP;
    }
}

static void draw_names(const struct export_dialog *dialog, struct grid *grid, struct rect line)
{
    const struct path_names *names = &dialog->completions;
    int end = line.x + line.width;
    int x = line.x;
    size_t first = dialog->completing ? dialog->chosen : 0;
    for (size_t i = first; i < names->count && x < end; i++) {
        struct style style = style_of(ROLE_NORMAL);
        style.bits = dialog->completing && i == dialog->chosen ? STYLE_SELECTED : 0;
        x += grid_text(grid, x, line.y, end - x, style, names->names[i]) + 2;
    }
    if (names->more && x < end)
        (void)grid_text(grid, x, line.y, end - x, style_of(ROLE_DIM), "and more");
}

/* What may be chosen, what went wrong or would, or what will come of it. */
static void draw_note(const struct app *app, struct grid *grid, struct rect line)
{
    const struct export_dialog *dialog = &app->export_dialog;
    const char *trouble = export_trouble(dialog);
    bool folder = dialog->format == EXPORT_RAW && dialog->what != EXPORT_THIS;
    bool unjudged = dialog->path.length == 0 && !dialog->path_judged;
    char text[120];
    enum role role = app->masked ? ROLE_INFO : ROLE_WARN;
    (void)snprintf(text, sizeof text, "%s%s", app->masked ? "masked" : "not masked",
                   folder ? "; a new folder, a file each" : ", readable by you alone");
    if (dialog->completions.count > 0)
        draw_names(dialog, grid, line);
    else if (dialog->failure[0] != '\0')
        (void)grid_text(grid, line.x, line.y, line.width, style_of(ROLE_BAD), dialog->failure);
    else if (trouble != NULL && !unjudged)
        (void)grid_text(grid, line.x, line.y, line.width, style_of(ROLE_WARN), trouble);
    else
        (void)grid_text(grid, line.x, line.y, line.width, style_of(role), text);
}

static struct dialog_choices keys_of(const struct export_dialog *dialog)
{
    return (struct dialog_choices){.confirm = ACTION_SUBMIT,
                                   .yes = "write it",
                                   .no = "leave it",
                                   .ready = export_trouble(dialog) == NULL};
}

void dialog_draw_export(const struct app *app, struct grid *grid)
{
    static const char *const LABELS[EXPORT_FIELDS] = {
        [EXPORT_FIELD_WHAT] = "what", [EXPORT_FIELD_FORMAT] = "as", [EXPORT_FIELD_PATH] = "file"};
    const struct export_dialog *dialog = &app->export_dialog;
    struct place_of place = place_export(app);
    widget_dialog(grid, place.box.frame, style_of(ROLE_DIALOG_BORDER), "Export");
    for (enum export_field field = 0; field < EXPORT_FIELDS; field++)
        (void)grid_text(grid, place.box.inside.x, place.fields[field].y, EXPORT_LABEL,
                        style_of(ROLE_DIM), LABELS[field]);
    draw_choices(dialog, grid, place.fields[EXPORT_FIELD_WHAT], EXPORT_FIELD_WHAT);
    draw_choices(dialog, grid, place.fields[EXPORT_FIELD_FORMAT], EXPORT_FIELD_FORMAT);
    struct rect path = place.fields[EXPORT_FIELD_PATH];
    line_edit_draw(&dialog->path, grid, path.x, path.y, path.width, ROLE_FIELD,
                   dialog->field == EXPORT_FIELD_PATH);
    draw_note(app, grid, place.note);
    struct dialog_choices keys = keys_of(dialog);
    dialog_draw_choices(app, grid, place.choices, &keys);
}

/* --- clicks ------------------------------------------------------------------------------ */

/* The choice on a column. Where one stands alone between arrows, it is the one that follows. */
static bool choice_at(const struct app *app, struct rect line, enum export_field field, int x,
                      size_t *value)
{
    struct choices choices = choices_of(&app->export_dialog, field, line.width);
    int left = line.x;
    for (size_t i = 0; i < choices.count; i++) {
        char text[64];
        choice_text(&choices, i, text);
        if (text[0] == '\0')
            continue;
        int width = (int)text_width(text, strlen(text), app->ascii);
        size_t meant = choices.all ? i : (i + 1) % choices.count;
        *value = (size_t)choices.values[meant];
        if (x >= left && x < left + width)
            return true;
        left += width + CHOICE_GAP;
    }
    return false;
}

struct hit dialog_export_at(const struct app *app, int x, int y)
{
    const struct export_dialog *dialog = &app->export_dialog;
    struct hit hit = {.kind = HIT_NOTHING};
    struct place_of place = place_export(app);
    struct dialog_choices keys = keys_of(dialog);
    if (rect_has(place.box.frame, x, y))
        hit.kind = HIT_DIALOG;
    if (dialog_choice_at(app, place.choices, &keys, x, y, &hit.action))
        hit.kind = HIT_KEY;
    for (enum export_field field = 0; field < EXPORT_FIELDS; field++) {
        struct rect line = place.fields[field];
        bool path = field == EXPORT_FIELD_PATH;
        if (!rect_has(line, x, y) || (!path && !choice_at(app, line, field, x, &hit.index)))
            continue;
        hit.kind = HIT_FIELD;
        hit.field = (int)field;
        hit.at = line_edit_byte_at(&dialog->path, line.width, x - line.x, app->ascii);
    }
    return hit;
}
