/* Lists: what passes the filter, and a cursor that follows its row, not a row number. */
#include "tui/app_private.h"
#include "tui/rows.h"
#include "tui/sort.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool flows(enum pane pane)
{
    return pane == PANE_DELIVERIES || pane == PANE_LIVE;
}

static bool append_row(struct list *list, size_t index)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        size_t *rows = realloc(list->rows, capacity * sizeof *rows);
        if (rows == NULL)
            return false;
        list->rows = rows;
        list->capacity = capacity;
    }
    list->rows[list->count++] = index;
    return true;
}

/* Columns are as wide as what they hold; measured as rows come, so that drawing need not look at
   rows that are not on screen, and the table does not move while one scrolls. Nor does it while one
   reads and rows arrive: what these need is measured when the log is followed again. */
static void measure(struct app *app, enum pane pane, size_t index)
{
    struct list *list = &app->lists[pane];
    struct row_cell cell;
    for (size_t column = 0; column < rows_columns(pane); column++) {
        rows_cell(app, pane, index, column, &cell);
        int width = (int)text_width(cell.text, strlen(cell.text), app->ascii);
        if (width > list->widths[column])
            list->widths[column] = width;
    }
}

void list_measure(struct app *app, enum pane pane)
{
    memset(app->lists[pane].widths, 0, sizeof app->lists[pane].widths);
    size_t total = rows_total(app, pane);
    for (size_t i = 0; i < total; i++)
        measure(app, pane, i);
}

static void remember_cursor(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    if (list->cursor < list->count)
        rows_key(app, pane, list->rows[list->cursor], list->selected);
    else
        list->selected[0] = '\0';
}

static bool row_is_selected(const struct app *app, enum pane pane, size_t row)
{
    const struct list *list = &app->lists[pane];
    char key[ROW_KEY_SIZE];
    rows_key(app, pane, list->rows[row], key);
    return strcmp(key, list->selected) == 0;
}

/* Two rows may claim one identity (the API's data is what it is): the one where the cursor was
   is preferred, else moving on would throw it back. */
static void find_cursor(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    if (list->count == 0) {
        list->cursor = 0;
        return;
    }
    if (list->following) {
        list->cursor = list->count - 1;
        return;
    }
    if (list->selected[0] != '\0') {
        if (list->cursor < list->count && row_is_selected(app, pane, list->cursor))
            return;
        for (size_t row = 0; row < list->count; row++) {
            if (row_is_selected(app, pane, row)) {
                list->cursor = row;
                return;
            }
        }
    }
    if (list->cursor >= list->count)
        list->cursor = list->count - 1;
}

void list_scroll_into_view(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    size_t height = (size_t)layout_list_height(&app->layout, pane);
    if (app->layout.panes[pane].width == 0)
        return; /* not shown: comes into view when it is */
    if (list->cursor < list->top)
        list->top = list->cursor;
    if (list->cursor >= list->top + height)
        list->top = list->cursor - height + 1;
    if (list->top + height > list->count)
        list->top = list->count > height ? list->count - height : 0;
}

/* Marks of rows that are gone go with them: nothing is sent or exported that is not there. */
static void keep_marks(struct app *app, enum pane pane)
{
    struct marks kept = {0};
    char key[ROW_KEY_SIZE];
    for (size_t i = 0; list_mark_next(app, pane, &i); i++) {
        rows_key(app, pane, i, key);
        (void)marks_put(&kept, key);
    }
    marks_clear(&app->lists[pane].marks);
    app->lists[pane].marks = kept;
}

void list_sync(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    list->count = 0;
    list_measure(app, pane);
    keep_marks(app, pane);
    size_t line = list->cursor > list->top ? list->cursor - list->top : 0;
    size_t total = rows_total(app, pane);
    find_read(app, pane);
    for (size_t i = 0; i < total; i++)
        if (find_passes(app, pane, i))
            if (!append_row(list, i))
                break;
    sort_rows(app, pane, list->rows, list->count);
    find_cursor(app, pane);
    remember_cursor(app, pane);
    /* The row that a person looks at stays on its line when others come or go above it. */
    list->top = list->cursor > line ? list->cursor - line : 0;
    list_scroll_into_view(app, pane);
}

/* What a person looks at stays where it is. */
static void move_last_row_to(struct list *list, size_t place)
{
    size_t last = list->count - 1;
    size_t index = list->rows[last];
    memmove(list->rows + place + 1, list->rows + place, (last - place) * sizeof *list->rows);
    list->rows[place] = index;
    if (last > 0 && place <= list->cursor) {
        list->cursor++;
        list->top++;
    }
}

void list_changed(struct app *app, enum pane pane, size_t index)
{
    measure(app, pane, index);
}

void list_appended(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    size_t index = rows_total(app, pane) - 1;
    if (list->following || !flows(pane))
        measure(app, pane, index);
    if (!find_passes(app, pane, index))
        return;
    size_t place = sort_place(app, pane, list->rows, list->count, index);
    if (!append_row(list, index))
        return;
    if (list->sorted)
        move_last_row_to(list, place);
    if (list->following)
        list->cursor = list->count - 1;
    else
        list->arrived_since++;
    remember_cursor(app, pane);
    list_scroll_into_view(app, pane);
}

void list_move(struct app *app, enum pane pane, int64_t by)
{
    struct list *list = &app->lists[pane];
    if (list->count == 0)
        return;
    int64_t last = (int64_t)list->count - 1;
    int64_t to = (int64_t)list->cursor + by;
    to = to < 0 ? 0 : to > last ? last : to;
    seen_to_cursor(app, pane);
    if (to < (int64_t)list->cursor && list->following) {
        list->following = false;
        list->arrived_since = 0;
    }
    list->cursor = (size_t)to;
    remember_cursor(app, pane);
    seen_to_cursor(app, pane);
    list_scroll_into_view(app, pane);
}

void list_move_to_end(struct app *app, enum pane pane)
{
    list_move(app, pane, (int64_t)app->lists[pane].count);
    if (flows(pane) && !app->lists[pane].sorted)
        list_follow(app, pane);
}

void list_follow(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    if (!list->following)
        list_measure(app, pane);
    list->following = true;
    list->arrived_since = 0;
    if (list->sorted) { /* the newest are at the end of the order in which they came */
        list->sorted = false;
        list_sync(app, pane);
    }
    find_cursor(app, pane);
    remember_cursor(app, pane);
    list_scroll_into_view(app, pane);
}

void list_select_key(struct app *app, enum pane pane, const char *key)
{
    struct list *list = &app->lists[pane];
    size_t length = strnlen(key, sizeof list->selected - 1);
    memcpy(list->selected, key, length);
    list->selected[length] = '\0';
    find_cursor(app, pane);
    remember_cursor(app, pane);
    list_scroll_into_view(app, pane);
}

void list_mark(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    if (list->count == 0)
        return;
    if (marks_has(&list->marks, list->selected))
        marks_drop(&list->marks, list->selected);
    else if (!marks_put(&list->marks, list->selected))
        app_say(app, TONE_WARN, "%d rows are marked: there is no room for more", MARKS_MAX);
    list_move(app, pane, 1);
}

void list_mark_all(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    char key[ROW_KEY_SIZE];
    size_t unmarked = 0;
    for (size_t row = 0; row < list->count; row++) {
        rows_key(app, pane, list->rows[row], key);
        unmarked += !marks_has(&list->marks, key);
    }
    for (size_t row = 0; row < list->count; row++) {
        rows_key(app, pane, list->rows[row], key);
        if (unmarked == 0) {
            marks_drop(&list->marks, key);
        } else if (!marks_put(&list->marks, key)) {
            app_say(app, TONE_WARN, "%d rows are marked: there is no room for more", MARKS_MAX);
            return;
        }
    }
}

/* In a log that is in another order than its own there is nothing to follow. */
static void sort_changed(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    if (list->sorted && list->following) {
        list->following = false;
        list->arrived_since = 0;
    }
    list_sync(app, pane);
}

void list_sort_next(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    size_t next = list->sorted ? list->sort_column + 1 : 0;
    list->sorted = next < rows_columns(pane);
    list->sort_column = list->sorted ? next : 0;
    list->reversed = false;
    sort_changed(app, pane);
    if (!list->sorted)
        app_say(app, TONE_INFO, "in the order of the data again");
}

/* What is not sorted is turned round as a whole: logs have the newest first then. */
void list_sort_reverse(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    list->reversed = !list->sorted || !list->reversed;
    list->sorted = true;
    sort_changed(app, pane);
}

void list_sort_column(struct app *app, enum pane pane, size_t column)
{
    struct list *list = &app->lists[pane];
    list->reversed = list->sorted && list->sort_column == column && !list->reversed;
    list->sorted = true;
    list->sort_column = column;
    sort_changed(app, pane);
}

bool list_sort_by(struct app *app, enum pane pane, const char *name)
{
    struct list *list = &app->lists[pane];
    bool reversed = name[0] == '-';
    const char *wanted = name + reversed;
    size_t length = strlen(wanted);
    for (size_t column = 0; column < rows_columns(pane) && length > 0; column++) {
        if (strncasecmp(rows_column_name(pane, column), wanted, length) != 0)
            continue;
        list->sorted = true;
        list->sort_column = column;
        list->reversed = reversed;
        sort_changed(app, pane);
        return true;
    }
    return false;
}

static void start_over(struct app *app, enum pane pane)
{
    struct list *list = &app->lists[pane];
    marks_clear(&list->marks);
    list->selected[0] = '\0';
    list->cursor = list->top = list->arrived_since = 0;
    list->following = flows(pane) && !list->sorted;
    list_sync(app, pane);
}

void app_endpoint_selected(struct app *app, struct effects *effects)
{
    start_over(app, PANE_UPCOMING);
    start_over(app, PANE_DELIVERIES);
    const struct endpoint *endpoint = state_selected_endpoint(app);
    struct effect *effect = app_effect(effects, EFFECT_FOCUS);
    if (effect != NULL && endpoint != NULL)
        memcpy(effect->webhook_id, endpoint->webhook.id, strlen(endpoint->webhook.id) + 1);
}

void list_clear(struct list *list)
{
    free(list->rows);
    marks_clear(&list->marks);
    *list = (struct list){0};
}

void list_focus(struct app *app, enum pane pane)
{
    if (app->focus != pane) {
        seen_all(app, app->focus);
        app->filtering = app->querying = false;
    }
    app->focus = pane;
    app_lay_out(app);
}
