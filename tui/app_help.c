/* The help: the key table as a menu, the place it was asked from first. */
#include "tui/app_private.h"

#include <string.h>
#include <strings.h>

/* --- what is in it ------------------------------------------------------------- */

/* Everything is told once: in the first section that has its place. */
static const struct {
    const char *heading;
    unsigned places;
} SECTIONS[] = {
    {"In the panes", PLACE_LISTS},
    {"In the inspector", PLACE_DETAIL},
    {"In this help", PLACE_HELP | PLACE_HELP_FILTER},
    {"In the messages", PLACE_MESSAGES},
    {"In the activity", PLACE_ACTIVITY},
    {"In the filter line of messages and activity", PLACE_PAGE_FILTER},
    {"In the command prompt", PLACE_PROMPT},
    {"In the copy menu", PLACE_COPY},
    {"In the filter line", PLACE_FILTER},
    {"In the query line", PLACE_QUERY},
    {"In the find line", PLACE_FIND},
    {"In a form", PLACE_FORM},
    {"In the export dialog", PLACE_EXPORT},
    {"In a question", PLACE_QUESTION | PLACE_TYPED},
    {"Elsewhere", PLACE_ANYWHERE},
};

static const char BLANKS[] = " \t";

static bool has_word(const char *text, const char *word, size_t length)
{
    for (; *text != '\0'; text++)
        if (strncasecmp(text, word, length) == 0)
            return true;
    return false;
}

/* Every word of the filter is in the row's keys, its name or its help. */
static bool passes(const struct app *app, const struct help_row *row)
{
    char label[KEYMAP_LABEL_SIZE];
    (void)keymap_label(&app->keymap, row->binding, row->place, label);
    const char *at = app->help.filter.text;
    for (at += strspn(at, BLANKS); *at != '\0'; at += strspn(at, BLANKS)) {
        size_t length = strcspn(at, BLANKS);
        if (!has_word(label, at, length) && !has_word(row->binding->name, at, length) &&
            !has_word(row->binding->help, at, length))
            return false;
        at += length;
    }
    return true;
}

static enum place first_of(unsigned places)
{
    return (enum place)(places & -places);
}

static void add_section(struct app *app, const char *heading, unsigned places, unsigned told)
{
    struct help *help = &app->help;
    bool headed = false;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *binding = &KEYMAP[i];
        bool everywhere = binding->places == PLACE_ANYWHERE;
        if ((binding->places & places) == 0 || (binding->places & told) != 0 ||
            everywhere != (places == PLACE_ANYWHERE && told == 0))
            continue;
        struct help_row row = {.binding = binding,
                               .place = first_of(binding->places & places),
                               .holds = (binding->places & (unsigned)help->from) != 0};
        if (!passes(app, &row))
            continue;
        if (!headed)
            help->rows[help->count++] = (struct help_row){
                .heading = heading, .place = told == 0 && !everywhere ? help->from : 0};
        headed = true;
        help->rows[help->count++] = row;
    }
}

static void fill(struct app *app)
{
    unsigned told = (unsigned)app->help.from;
    app->help.count = 0;
    add_section(app, "Here", told, 0);
    for (size_t i = 0; i < sizeof SECTIONS / sizeof SECTIONS[0]; i++) {
        add_section(app, SECTIONS[i].heading, SECTIONS[i].places, told);
        told |= SECTIONS[i].places;
    }
    add_section(app, "Everywhere", PLACE_ANYWHERE, 0);
}

/* --- moving in it ----------------------------------------------------------------- */

static int64_t page_of(const struct app *app)
{
    int height = app->layout.body.height - 2; /* the frame */
    return height > 1 ? height : 1;
}

void help_show_cursor(struct app *app)
{
    struct help *help = &app->help;
    size_t page = (size_t)page_of(app);
    /* Its heading comes into view with the first action. */
    size_t first = help->cursor > 0 && help->rows[help->cursor - 1].heading != NULL
                       ? help->cursor - 1
                       : help->cursor;
    if (first < help->top)
        help->top = first;
    if (help->cursor >= help->top + page)
        help->top = help->cursor - page + 1;
    if (help->top + page > help->count)
        help->top = help->count > page ? help->count - page : 0;
}

/* To the action there, or the next one in the direction, or else the last one before. */
static void move_to(struct app *app, int64_t to, int direction)
{
    struct help *help = &app->help;
    int64_t last = (int64_t)help->count - 1;
    to = to > last ? last : to;
    to = to < 0 ? 0 : to;
    if (help->count > 0 && help->rows[to].heading != NULL)
        to += direction < 0 && to > 0 ? -1 : 1;
    help->cursor = help->count > 0 ? (size_t)to : 0;
    help_show_cursor(app);
}

static void move(struct app *app, enum action action)
{
    int64_t at = (int64_t)app->help.cursor;
    switch (action) {
    case ACTION_DOWN:
        move_to(app, at + 1, 1);
        break;
    case ACTION_UP:
        move_to(app, at - 1, -1);
        break;
    case ACTION_PAGE_DOWN:
        move_to(app, at + page_of(app), 1);
        break;
    case ACTION_PAGE_UP:
        move_to(app, at - page_of(app), -1);
        break;
    case ACTION_TOP:
        move_to(app, 0, 1);
        break;
    case ACTION_BOTTOM:
        move_to(app, (int64_t)app->help.count - 1, -1);
        break;
    default:
        break;
    }
}

/* --- opening, filtering, running ----------------------------------------------------- */

void help_open(struct app *app)
{
    struct help *help = &app->help;
    help->from = state_place(app);
    help->open = true;
    help->filtering = false;
    help->top = 0;
    line_edit_set(&help->filter, "");
    help_typed(app);
}

void help_typed(struct app *app)
{
    fill(app);
    app->help.top = 0;
    move_to(app, 0, 1);
}

static void clear_filter(struct app *app)
{
    app->help.filtering = false;
    line_edit_set(&app->help.filter, "");
    help_typed(app);
}

static void run_selected(struct app *app, struct effects *effects)
{
    struct help *help = &app->help;
    char why[KEYMAP_WHERE_SIZE];
    if (help->count == 0)
        return;
    const struct binding *binding = help->rows[help->cursor].binding;
    if (!help->rows[help->cursor].holds) {
        app_say(app, TONE_INFO, "':%s' does not hold here: %s", binding->name,
                state_why_not(app, binding, help->from, why));
        return;
    }
    help->open = false;
    (void)app_act(app, binding->action, NULL, effects);
}

void help_act(struct app *app, enum action action, struct effects *effects)
{
    struct help *help = &app->help;
    bool typing = help->filtering;
    switch (action) {
    case ACTION_FILTER:
        help->filtering = true;
        break;
    case ACTION_SUBMIT:
        help->filtering = false;
        if (!typing)
            run_selected(app, effects);
        break;
    case ACTION_DECLINE:
        clear_filter(app);
        break;
    case ACTION_BACK:
        if (help->filter.length > 0)
            clear_filter(app);
        else
            help->open = false;
        break;
    default:
        move(app, action);
        break;
    }
}
