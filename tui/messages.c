#include "tui/messages.h"

#include "tui/rows.h"
#include "tui/widgets.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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

static bool has_word(const char *text, const char *word, size_t length)
{
    for (; *text != '\0'; text++)
        if (strncasecmp(text, word, length) == 0)
            return true;
    return false;
}

static const char *who_of(const struct activity *row)
{
    return row->who == ACTIVITY_OWN ? "you:" : "others:";
}

static bool has_word_at(const struct app *app, uint64_t number, const char *word, size_t length)
{
    if (!app->activity.page.open)
        return has_word(said_at(&app->said, number)->text, word, length);
    const struct activity *row = &app->activity.items[number];
    return has_word(row->text, word, length) || has_word(who_of(row), word, length) ||
           has_word(row->before, word, length) || has_word(row->after, word, length);
}

bool messages_pass(const struct app *app, uint64_t number)
{
    static const char BLANKS[] = " \t";
    const char *at = page_state(app)->filter.text;
    for (at += strspn(at, BLANKS); *at != '\0'; at += strspn(at, BLANKS)) {
        size_t length = strcspn(at, BLANKS);
        if (!has_word_at(app, number, at, length))
            return false;
        at += length;
    }
    return true;
}

uint64_t messages_next(const struct app *app, uint64_t from)
{
    uint64_t end = messages_end(app);
    while (from < end && !messages_pass(app, from))
        from++;
    return from < end ? from : end;
}

uint64_t messages_previous(const struct app *app, uint64_t before)
{
    uint64_t end = messages_end(app);
    before = before < end ? before : end; /* of none, one is selected all the same */
    while (before > messages_first(app))
        if (messages_pass(app, --before))
            return before;
    return end;
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
    (void)snprintf(text, MESSAGES_TEXT_MAX, "%s %.*s%s", who_of(row), STATE_TEXT_MAX * 2, row->text,
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
    uint64_t end = messages_end(app);
    uint64_t number = page.number = messages_next(app, page.number);
    for (; number < end && room > 0; number = messages_next(app, number + 1))
        room -= messages_height(app, number);
    if (room > 0)
        page.skipped = 0;
    while (room > 0 && (number = messages_previous(app, page.number)) < end) {
        int height = messages_height(app, number);
        page.number = number;
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
    if (messages_end(app) > messages_first(app))
        return "No line has these words. Esc clears the filter.";
    if (!app->activity.page.open)
        return "Nothing has been said yet.";
    if (!app->activity.whole)
        return "Reading the store…";
    return "Nothing has been done to the endpoints yet: what others change at Bridge will stand "
           "here, with before and after, and what you do from here, with how it ended.";
}

/* Those before a number. */
static int count_passing(const struct app *app, uint64_t before)
{
    int count = 0;
    for (uint64_t number = messages_first(app); number < before; number++)
        count += messages_pass(app, number);
    return count;
}

void messages_draw(const struct app *app, struct grid *grid)
{
    struct rect body = app->layout.body;
    struct rect room = inside_of(app);
    struct page page = page_of(app);
    char note[48] = "";
    char title[80];
    const struct line_edit *filter = &page_state(app)->filter;
    const char *name = app->activity.page.open ? "Activity" : "Messages";
    uint64_t end_number = messages_end(app);
    int all = count_passing(app, end_number);
    if (all > 0)
        (void)snprintf(note, sizeof note, "%d of %d",
                       count_passing(app, page_state(app)->selected) + 1, all);
    (void)snprintf(title, sizeof title, "%s%s%.60s", name, filter->length > 0 ? " /" : "",
                   filter->text);
    grid_fill(grid, body, style_of(ROLE_NORMAL));
    (void)widget_frame(grid, body, style_of(ROLE_BORDER_FOCUS), style_of(ROLE_TITLE), title, note);
    if (all == 0)
        (void)widget_paragraph(grid, room, style_of(ROLE_DIM), empty_text(app));
    int end = room.y + room.height;
    for (uint64_t number = page.number; number < end_number && room.y < end;
         number = messages_next(app, number + 1)) {
        room.height = end - room.y;
        room.y += draw_message(app, grid, room, number, page.skipped);
        page.skipped = 0;
    }
    room = inside_of(app);
    widget_scroll_bar(grid, (struct rect){body.x, room.y, body.width, room.height},
                      (size_t)count_passing(app, page.number), (size_t)all);
}

bool messages_at(const struct app *app, int y, uint64_t *number)
{
    struct rect room = inside_of(app);
    struct page page = page_of(app);
    int at = room.y - page.skipped;
    if (y < room.y || y >= room.y + room.height)
        return false;
    for (*number = page.number; *number < messages_end(app);
         *number = messages_next(app, *number + 1)) {
        at += messages_height(app, *number);
        if (y < at)
            return true;
    }
    return false;
}
