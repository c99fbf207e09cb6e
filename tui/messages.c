#include "tui/messages.h"

#include "tui/rows.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>

enum { TIME_WIDTH = 8, MARGIN = 1, TIME_SIZE = 48 };

enum role messages_role(enum tone tone)
{
    static const enum role ROLES[] = {
        [TONE_NONE] = ROLE_NORMAL, [TONE_INFO] = ROLE_INFO, [TONE_GOOD] = ROLE_GOOD,
        [TONE_WARN] = ROLE_WARN,   [TONE_BAD] = ROLE_BAD,
    };
    return ROLES[tone];
}

/* Colour alone tells nothing. */
static const char *sign_of(enum tone tone)
{
    return tone == TONE_BAD ? "✗" : tone == TONE_WARN ? "!" : tone == TONE_GOOD ? "✓" : " ";
}

/* --- what is shown ------------------------------------------------------------------ */

static const struct messages *page_state(const struct app *app)
{
    return app->activity.page.open ? &app->activity.page : &app->messages;
}

uint64_t messages_first(const struct app *app)
{
    return app->activity.page.open ? 0 : said_first(&app->said);
}

uint64_t messages_end(const struct app *app)
{
    return app->activity.page.open ? app->activity.count : app->said.total;
}

static int64_t moment_of(const struct app *app, uint64_t number)
{
    return app->activity.page.open ? app->activity.items[number].at_ms
                                   : said_at(&app->said, number)->at_ms;
}

static enum tone tone_of(const struct app *app, uint64_t number)
{
    static const enum tone TONES[] = {
        [ACTIVITY_UNDER_WAY] = TONE_NONE,
        [ACTIVITY_DONE] = TONE_GOOD,
        [ACTIVITY_REFUSED] = TONE_BAD,
        [ACTIVITY_UNCERTAIN] = TONE_WARN,
    };
    if (!app->activity.page.open)
        return said_at(&app->said, number)->tone;
    const struct activity *row = &app->activity.items[number];
    return row->who == ACTIVITY_OTHERS ? TONE_INFO : TONES[row->outcome];
}

/* "before: state: active", the next lines below it. */
static void add_side(char text[MESSAGES_TEXT_MAX], const char *name, const char *side)
{
    size_t at = strlen(text);
    const char *line = side[0] != '\0' ? side : "nothing";
    while (at < MESSAGES_TEXT_MAX - 1) {
        size_t length = strcspn(line, "\n");
        int n = snprintf(text + at, MESSAGES_TEXT_MAX - at, "\n  %-6s  %.*s",
                         line == side || side[0] == '\0' ? name : "", (int)length, line);
        if (n < 0 || line[length] == '\0')
            return;
        at += (size_t)n;
        line += length + 1;
    }
}

static void activity_text(const struct app *app, uint64_t number, char text[MESSAGES_TEXT_MAX])
{
    enum { LITTLE_MS = 2 * 60 * 1000 }; /* about as long as it takes to see it */
    const struct activity *row = &app->activity.items[number];
    char since[TIME_SIZE + 16] = "";
    if (row->since_ms != 0 && row->at_ms - row->since_ms > LITTLE_MS) {
        char moment[TIME_SIZE];
        rows_format_moment(moment, sizeof moment, app->times, row->since_ms, app->now_ms);
        (void)snprintf(since, sizeof since, " (since %s)", moment);
    }
    (void)snprintf(text, MESSAGES_TEXT_MAX, "%s %.*s%s",
                   row->who == ACTIVITY_OWN ? "you:" : "others:", STATE_TEXT_MAX * 2, row->text,
                   since);
    if (!app->activity.sides || number != app->activity.page.selected)
        return;
    if (row->before[0] == '\0' && row->after[0] == '\0') {
        size_t at = strlen(text);
        (void)snprintf(text + at, MESSAGES_TEXT_MAX - at, "\n  no endpoint was changed");
        return;
    }
    add_side(text, "before", row->before);
    add_side(text, "after", row->after);
}

void messages_text(const struct app *app, uint64_t number, char text[MESSAGES_TEXT_MAX])
{
    if (app->activity.page.open)
        activity_text(app, number, text);
    else
        (void)snprintf(text, MESSAGES_TEXT_MAX, "%s", said_at(&app->said, number)->text);
}

/* --- where things stand ------------------------------------------------------------- */

static struct rect inside_of(const struct app *app)
{
    struct rect body = app->layout.body;
    return (struct rect){body.x + 1 + MARGIN, body.y + 1, body.width - 2 - 2 * MARGIN,
                         body.height - 2};
}

static void time_of(const struct app *app, uint64_t number, char text[TIME_SIZE])
{
    rows_format_moment(text, TIME_SIZE, app->times, moment_of(app, number), app->now_ms);
}

/* What the oldest one needs: its day is told where it is another. */
static int time_width(const struct app *app)
{
    char text[TIME_SIZE];
    uint64_t first = messages_first(app);
    if (first == messages_end(app))
        return TIME_WIDTH;
    time_of(app, first, text);
    int width = (int)text_width(text, strlen(text), app->ascii);
    return width > TIME_WIDTH ? width : TIME_WIDTH;
}

/* "21:12:22 ✗ " stands before the words. */
static int indent_of(const struct app *app)
{
    return time_width(app) + 3;
}

int messages_page(const struct app *app)
{
    int height = inside_of(app).height;
    return height > 1 ? height : 1;
}

int messages_height(const struct app *app, uint64_t number)
{
    char text[MESSAGES_TEXT_MAX];
    messages_text(app, number, text);
    int height = widget_paragraph_height(text, inside_of(app).width - indent_of(app), app->ascii);
    return height > 1 ? height : 1;
}

/* The first message of the page, and how many of its lines are above it. */
struct page {
    uint64_t number;
    int skipped;
};

/* From the selected one on, unless all that follows it leaves room: then the page is filled with
   what is before. */
static struct page page_of(const struct app *app)
{
    const struct messages *state = page_state(app);
    struct page page = {state->selected, state->skipped};
    int room = messages_page(app) + page.skipped;
    for (uint64_t number = page.number; number < messages_end(app) && room > 0; number++)
        room -= messages_height(app, number);
    if (room > 0)
        page.skipped = 0;
    while (room > 0 && page.number > messages_first(app)) {
        int height = messages_height(app, --page.number);
        page.skipped = height > room ? height - room : 0;
        room -= height;
    }
    return page;
}

/* --- drawing ---------------------------------------------------------------------------- */

/* Returns how many lines it took. */
static int draw_message(const struct app *app, struct grid *grid, struct rect room, uint64_t number,
                        int skipped)
{
    struct rect words = room;
    char time[TIME_SIZE];
    char text[MESSAGES_TEXT_MAX];
    int indent = indent_of(app);
    enum tone tone = tone_of(app, number);
    enum role role = messages_role(tone);
    if (skipped == 0) {
        time_of(app, number, time);
        (void)grid_text(grid, room.x, room.y, room.width, style_of(ROLE_DIM), time);
        (void)grid_text(grid, room.x + indent - 2, room.y, 1, style_of(role), sign_of(tone));
    }
    messages_text(app, number, text);
    words.x += indent;
    words.width -= indent;
    int lines = widget_paragraph_from(grid, words, style_of(role), text, skipped);
    lines = lines > 1 ? lines : 1;
    if (number == page_state(app)->selected)
        grid_mark(grid, (struct rect){room.x - MARGIN, room.y, room.width + 2 * MARGIN, lines},
                  STYLE_SELECTED);
    return lines;
}

static const char *empty_text(const struct app *app)
{
    if (!app->activity.page.open)
        return "Nothing has been said yet.";
    if (!app->activity.whole)
        return "Reading the store…";
    return "Nothing has been done to the endpoints yet: what others change at Bridge will stand "
           "here, with before and after, and what you do from here, with how it ended.";
}

void messages_draw(const struct app *app, struct grid *grid)
{
    struct rect body = app->layout.body;
    struct rect room = inside_of(app);
    struct page page = page_of(app);
    char note[48] = "";
    uint64_t first = messages_first(app);
    uint64_t end_number = messages_end(app);
    if (end_number > first)
        (void)snprintf(note, sizeof note, "%d of %d", (int)(page_state(app)->selected - first) + 1,
                       (int)(end_number - first));
    grid_fill(grid, body, style_of(ROLE_NORMAL));
    (void)widget_frame(grid, body, style_of(ROLE_BORDER_FOCUS), style_of(ROLE_TITLE),
                       app->activity.page.open ? "Activity" : "Messages", note);
    if (end_number == first)
        (void)widget_paragraph(grid, room, style_of(ROLE_DIM), empty_text(app));
    int end = room.y + room.height;
    for (uint64_t number = page.number; number < end_number && room.y < end; number++) {
        room.height = end - room.y;
        room.y += draw_message(app, grid, room, number, page.skipped);
        page.skipped = 0;
    }
    room = inside_of(app);
    widget_scroll_bar(grid, (struct rect){body.x, room.y, body.width, room.height},
                      (size_t)(page.number - first), (size_t)(end_number - first));
}

bool messages_at(const struct app *app, int y, uint64_t *number)
{
    struct rect room = inside_of(app);
    struct page page = page_of(app);
    int at = room.y - page.skipped;
    if (y < room.y || y >= room.y + room.height)
        return false;
    for (*number = page.number; *number < messages_end(app); (*number)++) {
        at += messages_height(app, *number);
        if (y < at)
            return true;
    }
    return false;
}
