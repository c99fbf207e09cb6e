#include "tui/pane.h"

#include "api/count.h"
#include "tui/rows.h"
#include "tui/rows_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FRAME_SIGNS = 9 }; /* corners, lines and blanks beside a frame's title and note */
enum { SUBJECT_MIN = 8 }; /* columns of a title's subject below which it is left out */
enum { FILTER_MIN = 12 }; /* columns that a filter has in a title, whatever the note takes */
enum { EMPTY_SIZE = STATE_TEXT_MAX + 256 }; /* of what stands where there are no rows */
enum { FILTER_SIZE = 2 * LINE_EDIT_MAX + 64, TITLE_SIZE = FILTER_SIZE + ROW_KEY_SIZE + 64 };

const struct pane_view *pane_view(enum pane pane)
{
    static const struct pane_view *const views[PANE_COUNT] = {
        [PANE_ENDPOINTS] = &PANE_ENDPOINTS_VIEW,
        [PANE_UPCOMING] = &PANE_UPCOMING_VIEW,
        [PANE_DELIVERIES] = &PANE_DELIVERIES_VIEW,
        [PANE_LIVE] = &PANE_LIVE_VIEW,
        [PANE_GAPS] = &PANE_GAPS_VIEW,
    };
    return views[pane];
}

void pane_subject_endpoint(const struct app *app, char *text, size_t size)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    (void)snprintf(text, size, "%s", endpoint != NULL ? endpoint->webhook.id : "");
}

const char *pane_empty_without_endpoint(const struct app *app)
{
    if (app->environment == ENVIRONMENT_NONE)
        return "No API key was given: only what arrives here is shown.";
    if (!app->endpoints_known)
        return app->health.failures > 0 ? "Bridge could not be asked: pane 1 says why."
                                        : "Waiting for Bridge's first answer…";
    return "Select an endpoint in pane 1.";
}

/* Leaves at most so many columns of a text, a sign at the end where something is missing. */
static void cut_to(char *text, size_t size, int columns, bool ascii)
{
    static const char SIGN[] = "…";
    size_t length = strlen(text);
    if (columns < 1 || text_width(text, length, ascii) <= (size_t)columns)
        return;
    size_t fits = text_fit(text, length, (size_t)columns - 1, ascii, NULL);
    if (fits + sizeof SIGN <= size)
        memcpy(text + fits, SIGN, sizeof SIGN);
}

/* "2 Upcoming · wep_1 · 3 marked /filter", in at most `room` columns: the subject gives way first,
   for the filter tells why rows are missing. */
static void title_of(const struct app *app, enum pane pane, int room, char *text, size_t size)
{
    const struct pane_view *view = pane_view(pane);
    const struct line_edit *filter = &app->lists[pane].filter;
    char subject[ROW_KEY_SIZE];
    char marked[32] = "";
    char end[FILTER_SIZE];
    view->subject(app, subject, sizeof subject);
    if (list_mark_count(app, pane) > 0)
        (void)snprintf(marked, sizeof marked, " · %zu marked", list_mark_count(app, pane));
    const char *asked = app->lists[pane].asked;
    (void)snprintf(end, sizeof end, "%s%s%s%s%s", marked, asked[0] != '\0' ? " · " : "", asked,
                   filter->length > 0 ? " /" : "", filter->text);
    int left = room - (int)(strlen("1  · ") + strlen(view->name));
    cut_to(end, sizeof end, left > FILTER_MIN ? left : FILTER_MIN, app->ascii);
    left -= (int)text_width(end, strlen(end), app->ascii);
    if (subject[0] == '\0' || left < SUBJECT_MIN)
        (void)snprintf(text, size, "%d %s%s", (int)pane + 1, view->name, end);
    else if ((int)strlen(subject) <= left)
        (void)snprintf(text, size, "%d %s · %s%s", (int)pane + 1, view->name, subject, end);
    else
        (void)snprintf(text, size, "%d %s · %.*s…%s", (int)pane + 1, view->name, left - 1, subject,
                       end);
}

static bool pane_flows(enum pane pane)
{
    return pane == PANE_DELIVERIES || pane == PANE_LIVE;
}

/* "37 of 1,000,000", "2,000+ of 1,000,000", "3 of 37 found", and in whole how far a search has
   come. */
static void count_found(const struct app *app, bool whole, char *text, size_t size)
{
    const struct found *found = &app->found;
    char shown[COUNT_SIZE];
    char all[COUNT_SIZE];
    bool filtered = app->lists[PANE_LIVE].filter.length > 0;
    size_t count = filtered ? app->lists[PANE_LIVE].count : found->count;
    bool more = !filtered && !found->whole && !found->searching;
    int used =
        snprintf(text, size, "%s%s of %s%s", count_format(shown, sizeof shown, (int64_t)count),
                 more ? "+" : "",
                 count_format(all, sizeof all, filtered ? (int64_t)found->count : app->arrived),
                 filtered ? " found" : "");
    if (used < 0 || (size_t)used >= size)
        return;
    int64_t searched = found->newest_id - found->oldest_id + 1;
    if (found->trouble[0] != '\0')
        (void)snprintf(text + used, size - (size_t)used, ", then it failed");
    else if (whole && found->searching && !found->newer && found->newest_id > 0)
        (void)snprintf(text + used, size - (size_t)used, ", %d %% searched",
                       (int)(searched * 100 / found->newest_id));
}

/* "12", "3 of 12", "newest 500 of 660". */
static void count_of(const struct app *app, enum pane pane, bool whole, char *text, size_t size)
{
    const struct list *list = &app->lists[pane];
    char count[COUNT_SIZE];
    char total[COUNT_SIZE];
    char arrived[COUNT_SIZE];
    int64_t rows = (int64_t)rows_total(app, pane);
    count_format(count, sizeof count, (int64_t)list->count);
    count_format(total, sizeof total, rows);
    count_format(arrived, sizeof arrived, app->arrived);
    if (pane == PANE_LIVE && app->found.open)
        count_found(app, whole, text, size);
    else if (pane == PANE_LIVE && list->asked[0] != '\0')
        (void)snprintf(text, size, "searching…");
    else if (list->filter.length > 0 || list->asked[0] != '\0')
        (void)snprintf(text, size, "%s of %s", count, total);
    else if (pane == PANE_GAPS && app->gaps.total > app->gaps.count)
        (void)snprintf(text, size, "%s of %s", total,
                       count_format(count, sizeof count, (int64_t)app->gaps.total));
    else if (pane == PANE_LIVE && app->arrived > rows)
        (void)snprintf(text, size, "newest %s of %s", total, arrived);
    else
        (void)snprintf(text, size, "%s", total);
}

/* Why what a pane shows may be old, or "". */
static const char *trouble_of(const struct app *app, enum pane pane)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (endpoint != NULL && pane == PANE_UPCOMING)
        return endpoint->upcoming_trouble;
    if (endpoint != NULL && pane == PANE_DELIVERIES)
        return endpoint->logs_trouble;
    if (pane == PANE_ENDPOINTS && !app->endpoints_known && app->endpoint_count > 0)
        return "as last seen";
    return "";
}

/* The count; in whole for logs whether they follow the newest; and what is wrong before all that.
 */
static void note_of(const struct app *app, enum pane pane, bool whole, char *text, size_t size)
{
    const struct list *list = &app->lists[pane];
    const char *trouble = trouble_of(app, pane);
    size_t fresh = list->following ? list_new_count(app, pane) : list->arrived_since;
    char count[96];
    char news[COUNT_SIZE];
    count_of(app, pane, whole, count, sizeof count);
    count_format(news, sizeof news, (int64_t)fresh);
    if (trouble[0] != '\0')
        (void)snprintf(text, size, "! %.24s%s · %s", trouble, strlen(trouble) > 24 ? "…" : "",
                       count);
    else if (!pane_flows(pane) || !whole)
        (void)snprintf(text, size, "%s", count);
    else if (list->following && fresh > 0)
        (void)snprintf(text, size, "%s · %s new ▼ following", count, news);
    else if (list->following)
        (void)snprintf(text, size, "%s ▼ following", count);
    else
        (void)snprintf(text, size, "%s · paused, %s new since", count, news);
}

/* Where the value was drawn: in its cell, or over several lines in a room of its own. */
static void draw_matches(const struct needles *needles, struct grid *grid, struct rect row,
                         const struct table_layout *layout, const struct table_column *columns,
                         size_t column, const char *text, const struct rect *room)
{
    struct query_text whole = query_text_of(text);
    for (size_t i = 0; i < needles->count; i++) {
        size_t at = 0;
        for (size_t from = 0; query_find(whole, from, needles->items[i], &at);
             from = at + needles->items[i].length) {
            size_t length = needles->items[i].length;
            if (room != NULL)
                widget_paragraph_match(grid, *room, text, at, length);
            else
                table_match(grid, row, layout, columns, column, text, at, length);
        }
    }
}

static void draw_row(const struct app *app, struct grid *grid, enum pane pane, size_t index,
                     struct rect row, const struct table_layout *layout,
                     const struct needles *needles)
{
    const struct pane_view *view = pane_view(pane);
    for (size_t column = 0; column < view->column_count; column++) {
        if (layout->width[column] == 0)
            continue;
        struct row_cell cell;
        rows_cell(app, pane, index, column, &cell);
        struct rect room = {row.x + layout->x[column], row.y, layout->width[column], row.height};
        bool wraps =
            widget_paragraph_height(cell.text, room.width, grid->ascii) > 1 && row.height > 1;
        if (wraps)
            (void)widget_paragraph(grid, room, style_of(cell.role), cell.text);
        else
            table_cell(grid, row, layout, view->columns, column, style_of(cell.role), cell.text);
        draw_matches(needles, grid, row, layout, view->columns, column, cell.text,
                     wraps ? &room : NULL);
    }
}

/* How many lines the row under the cursor needs for its longest value. */
static int wrapped_lines(const struct app *app, enum pane pane, const struct table_layout *layout)
{
    const struct list *list = &app->lists[pane];
    int lines = 1;
    for (size_t column = 0; column < layout->count && list->cursor < list->count; column++) {
        struct row_cell cell;
        if (layout->width[column] == 0)
            continue;
        rows_cell(app, pane, list->rows[list->cursor], column, &cell);
        int needed = widget_paragraph_height(cell.text, layout->width[column], app->ascii);
        if (needed > lines)
            lines = needed;
    }
    return lines;
}

/* Before the row, where the frame has a blank: whether it is marked, or new. */
static void draw_sign(const struct app *app, struct grid *grid, enum pane pane, size_t index, int x,
                      int y)
{
    char key[ROW_KEY_SIZE];
    rows_key(app, pane, index, key);
    if (list_marked(app, pane, key))
        grid_hline(grid, x, y, 1, style_of(ROLE_WARN), U'■');
    else if (list_row_new(app, pane, index))
        grid_hline(grid, x, y, 1, style_of(ROLE_INFO), U'•');
}

/* A column never takes more than its rows need; its minimum has room for ages that grow. */
static void fit_columns(const struct app *app, enum pane pane,
                        struct table_column columns[TABLE_COLUMNS_MAX],
                        char titles[TABLE_COLUMNS_MAX][ROW_TITLE_SIZE])
{
    const struct pane_view *view = pane_view(pane);
    const struct list *list = &app->lists[pane];
    for (size_t i = 0; i < view->column_count; i++) {
        columns[i] = view->columns[i];
        rows_column_title(app, pane, i, titles[i]);
        columns[i].title = titles[i];
        int title = (int)text_width(titles[i], strlen(titles[i]), app->ascii);
        bool special = strcmp(titles[i], rows_column_name(pane, i)) != 0;
        if (special && columns[i].minimum < title)
            columns[i].minimum = title; /* it says how the pane is sorted, or what times are */
        if (columns[i].maximum < columns[i].minimum)
            columns[i].maximum = columns[i].minimum;
        int needed = columns[i].minimum;
        if (needed < list->widths[i])
            needed = list->widths[i];
        if (columns[i].maximum > needed)
            columns[i].maximum = needed;
    }
}

struct table {
    struct table_column columns[TABLE_COLUMNS_MAX];
    char titles[TABLE_COLUMNS_MAX][ROW_TITLE_SIZE]; /* the columns point here */
    struct table_layout layout;
};

/* The column that the pane is sorted by shows, for its head is what says so: where it would be left
   out, another one is, and the one that matters most may be cut shorter than otherwise. */
static void lay_out_table(const struct app *app, enum pane pane, int width, struct table *table)
{
    enum { STILL_TELLS = 8 };
    const struct list *list = &app->lists[pane];
    size_t count = pane_view(pane)->column_count;
    fit_columns(app, pane, table->columns, table->titles);
    table_lay_out(&table->layout, table->columns, count, width);
    if (!list->sorted || table->layout.width[list->sort_column] > 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (table->columns[i].priority == 1 && table->columns[i].minimum > STILL_TELLS)
            table->columns[i].minimum = STILL_TELLS;
    table->columns[list->sort_column].priority = 0;
    table->columns[list->sort_column].spare = false;
    table_lay_out(&table->layout, table->columns, count, width);
}

/* The cursor of a log that follows is on its newest row: a sign says so. A bar would have to be
   taken off one row and put on another for every one that arrives, which costs as much again as
   the row. */
static bool rides_newest(const struct app *app, enum pane pane)
{
    return app->lists[pane].following;
}

/* The row under the cursor may take more lines than one: those below move down, and where there is
   no room the ones above move up. */
struct window {
    int cursor_y; /* rows from the top */
    int lines;    /* that the row under the cursor takes */
    int up;
};

static struct window window_of(const struct app *app, enum pane pane,
                               const struct table_layout *layout, int height)
{
    const struct list *list = &app->lists[pane];
    struct window window = {
        .cursor_y = list->cursor >= list->top ? (int)(list->cursor - list->top) : 0,
        .lines = app->wrap ? wrapped_lines(app, pane, layout) : 1,
    };
    if (window.lines > height)
        window.lines = height;
    if (window.cursor_y + window.lines > height)
        window.up = window.cursor_y + window.lines - height;
    return window;
}

static int line_of_row(const struct window *window, int row)
{
    return row - window->up + (row > window->cursor_y ? window->lines - 1 : 0);
}

/* Of the pane as it is on screen: a frame and a blank on either side are not its columns'. */
static void lay_out_columns(const struct app *app, enum pane pane, struct table_layout *layout)
{
    struct table table = {.layout = {.count = 0}};
    lay_out_table(app, pane, app->layout.panes[pane].width - 4, &table);
    *layout = table.layout;
}

bool pane_head_at(const struct app *app, enum pane pane, int x, int y, size_t *column)
{
    struct rect rect = app->layout.panes[pane];
    struct table_layout layout;
    int left = x - rect.x - 2;
    bool found = false;
    if (y != rect.y + 1 || left < 0 || left >= rect.width - 4 || app->lists[pane].count == 0)
        return false;
    lay_out_columns(app, pane, &layout);
    for (size_t i = 0; i < layout.count; i++) {
        if (layout.width[i] == 0 || layout.x[i] > left)
            continue;
        *column = i;
        found = true;
    }
    return found;
}

bool pane_row_at(const struct app *app, enum pane pane, int y, size_t *row)
{
    enum { FRAME_AND_HEAD = 2 };
    const struct list *list = &app->lists[pane];
    struct rect rect = app->layout.panes[pane];
    int height = rect.height - FRAME_AND_HEAD - 1;
    int line = y - rect.y - FRAME_AND_HEAD;
    struct table_layout layout;
    if (line < 0 || line >= height)
        return false;
    lay_out_columns(app, pane, &layout);
    struct window window = window_of(app, pane, &layout, height);
    for (int i = 0; i < height + window.up && list->top + (size_t)i < list->count; i++) {
        int first = line_of_row(&window, i);
        if (line < first || line >= first + (i == window.cursor_y ? window.lines : 1))
            continue;
        *row = list->top + (size_t)i;
        return true;
    }
    return false;
}

static void draw_rows(const struct app *app, struct grid *grid, enum pane pane, struct rect inside)
{
    const struct list *list = &app->lists[pane];
    bool focused = app->focus == pane && app->inspector.kind == INSPECTOR_NONE;
    struct table table = {.layout = {.count = 0}};
    lay_out_table(app, pane, inside.width, &table);
    table_head(grid, (struct rect){inside.x, inside.y, inside.width, 1}, &table.layout,
               table.columns);

    struct needles needles;
    rows_needles(app, pane, &needles);
    struct rect body = {inside.x, inside.y + 1, inside.width, inside.height - 1};
    struct window window = window_of(app, pane, &table.layout, body.height);
    for (int i = 0; list->top + (size_t)i < list->count; i++) {
        int y = line_of_row(&window, i);
        if (y < 0)
            continue;
        if (y >= body.height)
            break;
        bool here = i == window.cursor_y;
        struct rect row = {body.x, body.y + y, body.width, here ? window.lines : 1};
        size_t index = list->rows[list->top + (size_t)i];
        draw_row(app, grid, pane, index, row, &table.layout, &needles);
        draw_sign(app, grid, pane, index, inside.x - 1, row.y);
        if (here && rides_newest(app, pane)) {
            if (focused)
                grid_hline(grid, inside.x - 2, row.y, 1, style_of(ROLE_BORDER_FOCUS), U'▶');
        } else if (here) {
            struct rect full = {inside.x - 1, row.y, inside.width + 2, window.lines};
            grid_mark(grid, full, (uint8_t)(STYLE_SELECTED | (focused ? 0 : STYLE_QUIET)));
        }
    }
}

/* What to say instead of what a query finds in the store. */
static void nothing_found(const struct app *app, char *text, size_t size)
{
    char key[KEYMAP_LABEL_SIZE];
    (void)keymap_key_label(&app->keymap, ACTION_BACK, PLACE_LIVE, key);
    if (app->found.trouble[0] != '\0')
        (void)snprintf(text, size, "%s", app->found.trouble);
    else if (app->found.searching)
        (void)snprintf(text, size, "Searching the store…");
    else
        (void)snprintf(text, size, "Nothing in the store matches. %s clears the query.", key);
}

/* What to say instead of rows. */
static void nothing(const struct app *app, enum pane pane, char *text, size_t size)
{
    const struct list *list = &app->lists[pane];
    char key[KEYMAP_LABEL_SIZE];
    if (pane == PANE_LIVE && app->found.open && app->found.count == 0)
        nothing_found(app, text, size);
    else if ((list->filter.length > 0 || list->asked[0] != '\0') && rows_total(app, pane) > 0)
        (void)snprintf(text, size, "Nothing here matches the filter. %s clears it.",
                       keymap_key_label(&app->keymap, ACTION_BACK, state_pane_place(pane), key));
    else
        pane_view(pane)->empty(app, text, size);
}

/* Whether what stands there is an error, which is in the messages, too. */
static bool tells_trouble(const struct app *app, enum pane pane)
{
    const struct endpoint *endpoint = state_selected_endpoint(app);
    if (pane == PANE_ENDPOINTS)
        return !app->endpoints_known && app->health.failures > 0;
    return endpoint != NULL && ((pane == PANE_UPCOMING && endpoint->upcoming_trouble[0] != '\0') ||
                                (pane == PANE_DELIVERIES && endpoint->logs_trouble[0] != '\0'));
}

/* Below a blank line, where there is room for one. */
static void draw_empty(const struct app *app, struct grid *grid, enum pane pane, struct rect inside)
{
    char text[EMPTY_SIZE];
    char key[KEYMAP_LABEL_SIZE];
    struct rect words = {inside.x + 1, inside.y, inside.width - 2, inside.height};
    nothing(app, pane, text, sizeof text);
    int lines = widget_paragraph_height(text, words.width, app->ascii);
    if (lines < words.height) {
        words.y++;
        words.height--;
    } else if (lines > words.height && tells_trouble(app, pane)) {
        words.height--;
        (void)grid_printf(grid, words.x, words.y + words.height, words.width, style_of(ROLE_DIM),
                          "(%s shows all of it)", state_pane_key(app, ACTION_MESSAGES, key));
    }
    (void)widget_paragraph(grid, words, style_of(ROLE_DIM), text);
}

/* Title and note for a frame so wide. Where there is no room for the whole note, the count alone.
 */
static void label(const struct app *app, enum pane pane, int width, char *title, size_t title_size,
                  char *note, size_t note_size)
{
    for (int whole = 1; whole >= 0; whole--) {
        note_of(app, pane, whole, note, note_size);
        int room = width - (int)text_width(note, strlen(note), app->ascii) - FRAME_SIGNS;
        title_of(app, pane, room, title, title_size);
        if ((int)text_width(title, strlen(title), app->ascii) <= room)
            return;
    }
}

void pane_draw(const struct app *app, struct grid *grid, enum pane pane)
{
    struct rect rect = app->layout.panes[pane];
    if (rect.width == 0)
        return;
    const struct list *list = &app->lists[pane];
    bool focused = app->focus == pane && app->inspector.kind == INSPECTOR_NONE;
    char title[TITLE_SIZE];
    char note[160];
    label(app, pane, rect.width, title, sizeof title, note, sizeof note);
    struct rect inside =
        widget_frame(grid, rect, style_of(focused ? ROLE_BORDER_FOCUS : ROLE_BORDER),
                     style_of(focused ? ROLE_TITLE : ROLE_DIM), title, note);

    /* A blank column on either side keeps text off the frame. */
    inside.x++;
    inside.width -= 2;
    if (list->count == 0) {
        draw_empty(app, grid, pane, inside);
        return;
    }
    draw_rows(app, grid, pane, inside);
    struct rect bar = {rect.x, inside.y + 1, rect.width, inside.height - 1};
    widget_scroll_bar(grid, bar, list->top, list->count);
}
