#include "tui/menu.h"

#include "tui/dialog.h"
#include "tui/key.h"
#include "tui/rows.h"
#include "tui/typed_line.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2 };

static int at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

static int width_of(const struct grid *grid, const char *text)
{
    return (int)text_width(text, strlen(text), grid->ascii);
}

static struct style on_row(enum role role, bool selected)
{
    struct style style = style_of(role);
    if (selected)
        style.bits = STYLE_SELECTED;
    return style;
}

/* --- the help --------------------------------------------------------------------- */

enum {
    HELP_KEYS = 14,
    HELP_KEYS_NARROW = 10,
    HELP_NARROW = 60,
    HELP_NAMES_FROM = 70,
    HELP_WIDTH_MAX = 130, /* of a row's words: names farther off are not read with them */
};

/* "  Tab           next pane                    next-pane" */
static void draw_help_row(const struct app *app, struct grid *grid, struct rect row,
                          const struct help_row *entry, bool selected)
{
    char label[KEYMAP_LABEL_SIZE];
    char why[KEYMAP_WHERE_SIZE];
    int keys = row.width < HELP_NARROW ? HELP_KEYS_NARROW : HELP_KEYS;
    bool able = state_why_not(app, entry->binding, app->help.from, why) == NULL;
    if (selected)
        grid_fill(grid, row, on_row(ROLE_NORMAL, true));
    int x = row.x + 1;
    int end = row.x + at_most(row.width, HELP_WIDTH_MAX) - 1;
    (void)keymap_label(&app->keymap, entry->binding, entry->place, label);
    int used =
        grid_text(grid, x, row.y, end - x, on_row(able ? ROLE_KEY : ROLE_DIM, selected), label);
    x += (used < keys ? keys : used) + GAP;
    if (row.width >= HELP_NAMES_FROM) {
        int width = width_of(grid, entry->binding->name);
        end -= width;
        (void)grid_text(grid, end, row.y, width, on_row(ROLE_DIM, selected), entry->binding->name);
        end -= GAP;
    }
    (void)grid_text(grid, x, row.y, end - x, on_row(able ? ROLE_NORMAL : ROLE_DIM, selected),
                    entry->binding->help);
}

static void draw_heading(struct grid *grid, struct rect row, const struct help_row *entry)
{
    char where[KEYMAP_WHERE_SIZE] = "";
    if (entry->place != 0)
        (void)keymap_where((unsigned)entry->place, where);
    (void)grid_printf(grid, row.x, row.y, row.width, style_of(ROLE_TITLE), "%s%s%s", entry->heading,
                      where[0] != '\0' ? ", in " : "", where);
}

static size_t count_actions(const struct help *help, size_t end)
{
    size_t count = 0;
    for (size_t i = 0; i < end && i < help->count; i++)
        count += help->rows[i].heading == NULL;
    return count;
}

void menu_draw_help(const struct app *app, struct grid *grid)
{
    const struct help *help = &app->help;
    struct rect body = app->layout.body;
    char title[80] = "Help";
    char note[48];
    if (help->filter.length > 0)
        (void)snprintf(title, sizeof title, "Help /%.60s", help->filter.text);
    (void)snprintf(note, sizeof note, "%zu of %zu", count_actions(help, help->cursor + 1),
                   count_actions(help, help->count));
    grid_fill(grid, body, style_of(ROLE_NORMAL));
    struct rect inside =
        widget_frame(grid, body, style_of(ROLE_BORDER_FOCUS), style_of(ROLE_TITLE), title, note);
    widget_scroll_bar(grid, (struct rect){body.x, inside.y, body.width, inside.height}, help->top,
                      help->count);
    if (help->count == 0)
        (void)grid_text(grid, inside.x + 1, inside.y, inside.width - 1, style_of(ROLE_DIM),
                        "no key, name or help has these words");
    for (int y = 0; y < inside.height && help->top + (size_t)y < help->count; y++) {
        size_t index = help->top + (size_t)y;
        struct rect row = {inside.x, inside.y + y, inside.width, 1};
        if (help->rows[index].heading != NULL)
            draw_heading(grid, row, &help->rows[index]);
        else
            draw_help_row(app, grid, row, &help->rows[index], index == help->cursor);
    }
}

bool menu_help_row_at(const struct app *app, int y, size_t *index)
{
    struct rect body = app->layout.body;
    if (y <= body.y || y >= body.y + body.height - 1)
        return false;
    *index = app->help.top + (size_t)(y - body.y - 1);
    return *index < app->help.count;
}

void menu_describe_selected(const struct app *app, char *text, size_t size)
{
    const struct help *help = &app->help;
    char why[KEYMAP_WHERE_SIZE];
    text[0] = '\0';
    if (help->count == 0)
        return;
    const struct binding *binding = help->rows[help->cursor].binding;
    char columns[ROWS_WORDS_SIZE];
    const char *argument = binding->action == ACTION_SORT
                               ? rows_column_words(app->focus, columns, sizeof columns)
                               : keymap_argument(binding);
    const char *reason = state_why_not(app, binding, help->from, why);
    (void)snprintf(text, size, ":%s%s%s · %s%s%s%s", binding->name, argument[0] != '\0' ? " " : "",
                   argument, binding->help, reason != NULL ? " (" : "",
                   reason != NULL ? reason : "", reason != NULL ? ")" : "");
}

/* --- the command prompt -------------------------------------------------------------- */

enum {
    LIST_ROWS = 10,
    NAMES_MAX = 24,
    NARROW = 60, /* columns below which a row tells one key, and little of the help */
    LIST_KEYS = 12,
    LIST_KEYS_NARROW = 6,
};

/* All keys of a match, or one; "" where it has none, or does not hold. */
static void keys_of(const struct app *app, const struct prompt_match *match, bool narrow,
                    char label[KEYMAP_LABEL_SIZE])
{
    const struct binding *binding = match->binding;
    enum place from = app->prompt.from;
    label[0] = '\0';
    if (!match->holds || keymap_keys(&app->keymap, binding, from)[0] == 0)
        return;
    if (narrow)
        (void)key_label(keymap_keys(&app->keymap, binding, from)[0], label);
    else
        (void)keymap_label(&app->keymap, binding, from, label);
}

static void name_of(const struct prompt_match *match, char *text, size_t size)
{
    if (match->choice != NULL)
        (void)snprintf(text, size, "%.*s", (int)match->choice_length, match->choice);
    else
        (void)snprintf(text, size, "%s", match->binding->name);
}

/* "  pane            :pane   go to a pane: endpoints|upcoming|deliveries|live" */
static void draw_match(const struct app *app, struct grid *grid, struct rect row,
                       const struct prompt_match *match, int names, bool selected)
{
    char name[80];
    char label[KEYMAP_LABEL_SIZE];
    char words[320];
    char why[KEYMAP_WHERE_SIZE];
    enum place from = app->prompt.from;
    const struct binding *binding = match->binding;
    const char *argument =
        binding->action == ACTION_SORT ? app->prompt.columns : keymap_argument(binding);
    const char *reason = state_why_not(app, binding, from, why);
    if (selected)
        grid_fill(grid, row, on_row(ROLE_NORMAL, true));
    name_of(match, name, sizeof name);
    int x = row.x + 1;
    int end = row.x + row.width - 1;
    (void)grid_text(grid, x, row.y, at_most(names, end - x),
                    on_row(reason == NULL ? ROLE_STRONG : ROLE_DIM, selected), name);
    x += names + GAP;
    if (match->choice != NULL)
        return;
    bool narrow = row.width < NARROW;
    int keys = narrow ? LIST_KEYS_NARROW : LIST_KEYS;
    keys_of(app, match, narrow, label);
    int used =
        grid_text(grid, x, row.y, end - x, on_row(reason ? ROLE_DIM : ROLE_KEY, selected), label);
    if (used > 0 || !narrow)
        x += (used < keys ? keys : used) + GAP;
    if (reason != NULL)
        (void)snprintf(words, sizeof words, "%s", reason);
    else
        (void)snprintf(words, sizeof words, "%s%s%s", binding->help,
                       argument[0] != '\0' ? ": " : "", argument);
    (void)grid_text(grid, x, row.y, end - x, on_row(reason ? ROLE_DIM : ROLE_NORMAL, selected),
                    words);
}

/* Where there is little room, a name that could not be run here is cut rather than the help of all
   that could. Those that hold are the first. */
static int widest_name(const struct prompt *prompt, struct grid *grid, bool narrow)
{
    int widest = 0;
    bool cut = narrow && prompt->match_count > 0 && prompt->matches[0].holds;
    for (size_t i = 0; i < prompt->match_count; i++) {
        char name[80];
        if (cut && !prompt->matches[i].holds)
            continue;
        name_of(&prompt->matches[i], name, sizeof name);
        int width = width_of(grid, name);
        widest = width > widest ? width : widest;
    }
    return at_most(widest, NAMES_MAX);
}

/* Lines of the list, which ends above the status line, within its frame. */
static int match_rows(const struct app *app)
{
    int room = app->layout.status.y - app->layout.body.y - 2;
    return at_most(at_most((int)app->prompt.match_count, LIST_ROWS), room);
}

bool menu_match_at(const struct app *app, int y, size_t *index)
{
    const struct prompt *prompt = &app->prompt;
    int rows = match_rows(app);
    int line = y - (app->layout.status.y - 1 - rows);
    if (line < 0 || line >= rows)
        return false;
    *index = list_scroll(0, prompt->chosen, prompt->match_count, rows) + (size_t)line;
    return true;
}

static void draw_matches(const struct app *app, struct grid *grid)
{
    const struct prompt *prompt = &app->prompt;
    int rows = match_rows(app);
    if (rows < 1)
        return;
    char note[48] = "";
    struct rect box = {0, app->layout.status.y - rows - 2, grid->width, rows + 2};
    if (prompt->completing)
        (void)snprintf(note, sizeof note, "%zu of %zu", prompt->chosen + 1, prompt->match_count);
    grid_fill(grid, box, style_of(ROLE_NORMAL));
    struct rect inside = widget_frame(grid, box, style_of(ROLE_DIALOG_BORDER), style_of(ROLE_TITLE),
                                      "Commands", note);
    size_t top = list_scroll(0, prompt->chosen, prompt->match_count, rows);
    widget_scroll_bar(grid, (struct rect){box.x, inside.y, box.width, inside.height}, top,
                      prompt->match_count);
    int names = widest_name(prompt, grid, inside.width < NARROW);
    for (int y = 0; y < rows; y++) {
        size_t index = top + (size_t)y;
        draw_match(app, grid, (struct rect){inside.x, inside.y + y, inside.width, 1},
                   &prompt->matches[index], names, prompt->completing && index == prompt->chosen);
    }
}

void menu_draw_prompt(const struct app *app, struct grid *grid)
{
    struct rect status = app->layout.status;
    struct typed_line typed;
    draw_matches(app, grid);
    grid_fill(grid, status, style_of(ROLE_NORMAL));
    if (typed_line_of(app, &typed))
        typed_line_draw(&typed, grid);
}
