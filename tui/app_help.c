/* The help: a document of every key, where it holds and what it does. */
#include "tui/app_private.h"

/* Its keys in the first of the places where it holds. */
static void help_row(const struct keymap *keymap, struct document *document,
                     const struct binding *binding, unsigned places)
{
    char label[KEYMAP_LABEL_SIZE];
    unsigned holds = binding->places & places;
    enum place first = (enum place)(holds & -holds);
    document_field(document, keymap_label(keymap, binding, first, label), ROLE_NORMAL,
                   binding->help);
}

/* A binding is told once: in the first section that has its place, or under "Everywhere". */
static void help_section(const struct keymap *keymap, struct document *document, const char *title,
                         unsigned places, unsigned told)
{
    document_heading(document, title);
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if ((KEYMAP[i].places & places) != 0 && (KEYMAP[i].places & told) == 0 &&
            KEYMAP[i].places != PLACE_ANYWHERE)
            help_row(keymap, document, &KEYMAP[i], places);
}

static void help_everywhere(const struct keymap *keymap, struct document *document)
{
    document_heading(document, "Everywhere");
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if (KEYMAP[i].places == PLACE_ANYWHERE)
            help_row(keymap, document, &KEYMAP[i], PLACE_ANYWHERE);
}

void help_lay_out(struct app *app)
{
    if (!app->help.open)
        return;
    struct document *document = &app->help.document;
    const struct keymap *keymap = &app->keymap;
    document_clear(document);
    help_section(keymap, document, "In the panes", PLACE_LISTS, 0);
    help_section(keymap, document, "In a detail view, and in this help", PLACE_PAGES, PLACE_LISTS);
    help_section(keymap, document, "In a question", PLACE_QUESTION | PLACE_TYPED, 0);
    help_section(keymap, document, "In a form", PLACE_FORM, 0);
    help_section(keymap, document, "In the filter line", PLACE_FILTER, 0);
    help_section(keymap, document, "In the find line", PLACE_FIND, 0);
    help_everywhere(keymap, document);
    document_wrap(document, app->layout.body.width - 4, app->ascii);
    if (app->help.top >= document->row_count)
        app->help.top = 0;
}

void help_open(struct app *app)
{
    app->help.open = true;
    app->help.top = 0;
    help_lay_out(app);
}

void help_close(struct app *app)
{
    app->help.open = false;
    document_clear(&app->help.document);
}
