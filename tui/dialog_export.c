/* The export dialog: what, as what, and where to. It fits 40 by 10. */
#include "tui/dialog.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum { EXPORT_WIDTH = 72, EXPORT_LABEL = 8, LINES = 6 };

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

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

/* Choices side by side; where they do not fit, the chosen one between arrows. */
struct choices {
    char texts[4][32];
    size_t count, chosen;
};

static void draw_choices(struct grid *grid, struct rect line, const struct choices *choices,
                         bool focused)
{
    enum { AROUND = 6 };
    int needed = 0;
    for (size_t i = 0; i < choices->count; i++)
        needed += (int)strlen(choices->texts[i]) + AROUND;
    bool all = needed - 2 <= line.width;
    int x = line.x;
    for (size_t i = 0; i < choices->count; i++) {
        bool on = i == choices->chosen;
        char text[48];
        struct style style = style_of(on ? ROLE_STRONG : ROLE_NORMAL);
        style.bits = on && focused ? STYLE_SELECTED : 0;
        if (!on && !all)
            continue;
        if (all)
            (void)snprintf(text, sizeof text, "%s %s", on ? "(*)" : "( )", choices->texts[i]);
        else
            (void)snprintf(text, sizeof text, "%s < %zu/%zu >", choices->texts[i], i + 1,
                           choices->count);
        x += grid_text(grid, x, line.y, line.x + line.width - x, style, text) + 2;
    }
}

static struct rect row(struct grid *grid, struct rect inside, int y, const char *label)
{
    (void)grid_text(grid, inside.x, y, EXPORT_LABEL, style_of(ROLE_DIM), label);
    return (struct rect){inside.x + EXPORT_LABEL, y, inside.width - EXPORT_LABEL, 1};
}

static void draw_what(const struct export_dialog *dialog, struct grid *grid, struct rect line)
{
    struct choices choices = {.count = 0};
    for (enum export_what what = 0; what < EXPORT_WHATS; what++) {
        if (dialog->counts[what] == 0)
            continue;
        if (what == dialog->what)
            choices.chosen = choices.count;
        char *text = choices.texts[choices.count++];
        (void)what_text(dialog, what, text, sizeof choices.texts[0]);
    }
    draw_choices(grid, line, &choices, dialog->field == EXPORT_FIELD_WHAT);
}

static void draw_format(const struct export_dialog *dialog, struct grid *grid, struct rect line)
{
    struct choices choices = {.count = EXPORT_FORMATS, .chosen = dialog->format};
    for (size_t i = 0; i < EXPORT_FORMATS; i++)
        (void)snprintf(choices.texts[i], sizeof choices.texts[i], "%s",
                       export_format_title((enum export_format)i));
    draw_choices(grid, line, &choices, dialog->field == EXPORT_FIELD_FORMAT);
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

/* What may be chosen, what is wrong, or what will come of it. */
static void draw_note(const struct app *app, struct grid *grid, struct rect line)
{
    const struct export_dialog *dialog = &app->export_dialog;
    const char *trouble = export_trouble(dialog);
    bool folder = dialog->format == EXPORT_RAW && dialog->what != EXPORT_THIS;
    char text[120];
    if (dialog->completions.count > 0) {
        draw_names(dialog, grid, line);
        return;
    }
    if (trouble != NULL) {
        (void)grid_text(grid, line.x, line.y, line.width, style_of(ROLE_WARN), trouble);
        return;
    }
    (void)snprintf(text, sizeof text, "%s%s", app->masked ? "masked" : "not masked",
                   folder ? "; a new folder, a file each" : ", readable by you alone");
    (void)grid_text(grid, line.x, line.y, line.width, style_of(app->masked ? ROLE_INFO : ROLE_WARN),
                    text);
}

void dialog_draw_export(const struct app *app, struct grid *grid)
{
    const struct export_dialog *dialog = &app->export_dialog;
    int width = at_most(EXPORT_WIDTH, grid->width - 6);
    int blank = grid->height >= LINES + 8 ? 1 : 0;
    struct rect inside = widget_dialog(grid, width, LINES - 1 + 2 * blank + blank,
                                       style_of(ROLE_DIALOG_BORDER), "Export");
    inside.x++;
    inside.width -= 2;
    int y = inside.y + blank;
    draw_what(dialog, grid, row(grid, inside, y, "what"));
    draw_format(dialog, grid, row(grid, inside, y + 1, "as"));
    struct rect path = row(grid, inside, y + 2, "file");
    line_edit_draw(&dialog->path, grid, path.x, path.y, path.width, ROLE_FIELD,
                   dialog->field == EXPORT_FIELD_PATH);
    draw_note(app, grid, row(grid, inside, y + 3, ""));
    dialog_draw_choices(app, grid, inside.x, inside.y + inside.height - 1 - blank, inside.width,
                        ACTION_SUBMIT, "write it", "leave it", export_trouble(dialog) == NULL);
}
