/* The message log: what was said, and the page that shows it. */
#include "tui/app_private.h"
#include "tui/messages.h"
#include "tui/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void messages_add(struct app *app, enum tone tone, const char *text)
{
    struct said_log *said = &app->said;
    struct said *item = &said->items[said->total++ % SAID_MAX];
    item->at_ms = app->now_ms;
    item->tone = tone;
    (void)snprintf(item->text, sizeof item->text, "%s", text);
    if (app->messages.selected < said_first(said)) {
        app->messages.selected = said_first(said);
        app->messages.skipped = 0;
    }
}

void messages_add_trouble(struct app *app, const char *text)
{
    const struct said_log *said = &app->said;
    if (said->total == 0 || strcmp(said_at(said, said->total - 1)->text, text) != 0)
        messages_add(app, TONE_BAD, text);
}

static struct messages *page_of(struct app *app)
{
    return app->activity.page.open ? &app->activity.page : &app->messages;
}

void messages_open_page(struct messages *page)
{
    page->open = true;
    page->filtering = false;
    line_edit_set(&page->filter, "");
}

void messages_open(struct app *app)
{
    messages_open_page(&app->messages);
    messages_select(app, app->said.total);
}

void messages_select_in(struct messages *page, uint64_t number)
{
    page->selected = number;
    page->skipped = 0;
}

void messages_select(struct app *app, uint64_t number)
{
    uint64_t end = messages_end(app);
    messages_select_in(page_of(app), number < end ? number : end - (end > 0));
}

/* There may be none that passes. */
static bool has_selected(struct app *app)
{
    uint64_t selected = page_of(app)->selected;
    return selected < messages_end(app) && messages_pass(app, selected);
}

/* Lines of a message that is longer than the page, else to the next one. Returns how many lines
   further that is, 0 at the end. */
static int down(struct app *app)
{
    struct messages *page = page_of(app);
    if (!has_selected(app))
        return 0;
    int height = messages_height(app, page->selected);
    if (height - page->skipped > messages_page(app)) {
        page->skipped++;
        return 1;
    }
    uint64_t next = messages_next(app, page->selected + 1);
    if (next >= messages_end(app))
        return 0;
    height -= page->skipped;
    messages_select(app, next);
    return height;
}

static int up(struct app *app)
{
    struct messages *page = page_of(app);
    if (page->skipped > 0) {
        page->skipped--;
        return 1;
    }
    uint64_t previous = messages_previous(app, page->selected);
    if (previous >= messages_end(app))
        return 0;
    messages_select(app, previous);
    int height = messages_height(app, page->selected);
    int room = messages_page(app);
    page->skipped = height > room ? height - room : 0;
    return height - page->skipped;
}

static void move_page(struct app *app, int (*step)(struct app *app))
{
    int moved;
    for (int left = messages_page(app); left > 0; left -= moved) {
        moved = step(app);
        if (moved == 0)
            break;
    }
}

/* Gated, as on screen: nothing of it does anything in the terminal that it is pasted into. */
static void copy_selected(struct app *app, struct effects *effects)
{
    enum { STAND_IN = 4 }; /* as much longer a text may become */
    char words[MESSAGES_TEXT_MAX];
    char text[STAND_IN * MESSAGES_TEXT_MAX];
    if (!has_selected(app))
        return;
    messages_text(app, page_of(app)->selected, words);
    size_t at = 0;
    for (const char *line = words; line != NULL && at < sizeof text - 1;) {
        size_t length = app->activity.page.open ? strcspn(line, "\n") : strlen(line);
        at += text_gate_string(text + at, sizeof text - at, line, length, false);
        line = line[length] == '\n' ? line + length + 1 : NULL;
        if (line != NULL && at < sizeof text - 1)
            text[at++] = '\n';
    }
    text[at] = '\0';
    copy_message(app, text, effects);
}

/* What is selected stays, else the nearest one before it, else the first. */
void messages_typed(struct app *app, struct effects *effects)
{
    uint64_t selected = page_of(app)->selected;
    uint64_t nearest = messages_previous(app, selected + 1);
    if (nearest >= messages_end(app))
        nearest = messages_next(app, selected);
    if (nearest < messages_end(app) && nearest != selected)
        messages_select(app, nearest);
    if (app->activity.page.open)
        activity_ask_older(app, effects);
}

static void set_filter(struct app *app, const char *text, struct effects *effects)
{
    line_edit_set(&page_of(app)->filter, text);
    messages_typed(app, effects);
}

void messages_filter_act(struct app *app, enum action action, struct effects *effects)
{
    if (action == ACTION_DECLINE)
        set_filter(app, "", effects);
    if (action == ACTION_SUBMIT || action == ACTION_DECLINE)
        page_of(app)->filtering = false;
    else
        messages_act(app, action, effects);
}

void messages_act(struct app *app, enum action action, struct effects *effects)
{
    switch (action) {
    case ACTION_BACK:
        if (page_of(app)->filter.length > 0)
            set_filter(app, "", effects);
        else
            page_of(app)->open = false;
        break;
    case ACTION_FILTER:
        page_of(app)->filtering = true;
        break;
    case ACTION_COPY:
        copy_selected(app, effects);
        break;
    case ACTION_DOWN:
        (void)down(app);
        break;
    case ACTION_UP:
        (void)up(app);
        break;
    case ACTION_PAGE_DOWN:
        move_page(app, down);
        break;
    case ACTION_PAGE_UP:
        move_page(app, up);
        break;
    case ACTION_TOP:
        messages_select(app, messages_next(app, messages_first(app)));
        break;
    case ACTION_BOTTOM:
        messages_select(app, messages_previous(app, messages_end(app)));
        break;
    default:
        break;
    }
}
