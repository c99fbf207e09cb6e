/*
 * What each row of each pane says, column by column: the one source for drawing
 * and for filtering, so that a filter finds exactly what can be read.
 */
#ifndef BRIDGETOP_TUI_ROWS_H
#define BRIDGETOP_TUI_ROWS_H

#include "tui/state.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>

enum endpoint_column {
    ENDPOINT_STATE,
    ENDPOINT_ID,
    ENDPOINT_URL,
    ENDPOINT_CATEGORIES,
    ENDPOINT_LAST,
    ENDPOINT_RECENT,
    ENDPOINT_SHARE,
    ENDPOINT_COLUMNS
};

enum upcoming_column {
    UPCOMING_SEQUENCE,
    UPCOMING_TYPE,
    UPCOMING_OBJECT,
    UPCOMING_TIME,
    UPCOMING_ID,
    UPCOMING_COLUMNS
};

enum delivery_column {
    DELIVERY_TIME,
    DELIVERY_STATUS,
    DELIVERY_TYPE,
    DELIVERY_ID,
    DELIVERY_RESPONSE,
    DELIVERY_COLUMNS
};

enum live_column {
    LIVE_TIME,
    LIVE_VERDICT,
    LIVE_TYPE,
    LIVE_STATUS,
    LIVE_EVENT,
    LIVE_ENDPOINT,
    LIVE_SIZE,
    LIVE_ANSWER,
    LIVE_COLUMNS
};

enum gap_column {
    GAP_TIME,
    GAP_SEQUENCE,
    GAP_TYPE,
    GAP_OBJECT,
    GAP_ENDPOINT,
    GAP_REASON,
    GAP_ID,
    GAP_COLUMNS
};

enum { ROW_TEXT_MAX = 1024 };

struct row_cell {
    char text[ROW_TEXT_MAX]; /* not gated; cut to fit */
    enum role role;
};

/* How many rows a pane has before its filter: those of the selected endpoint in 2 and 3. */
size_t rows_total(const struct app *app, enum pane pane);
size_t rows_columns(enum pane pane);

/* All names of a pane as they are typed, "time|verified|type". Returns the text. */
enum { ROWS_WORDS_SIZE = 128 };
const char *rows_column_words(enum pane pane, char *text, size_t size);

/* "TYPE", and what the column head shows: "TIME UTC", "SEQ▲". */
const char *rows_column_name(enum pane pane, size_t column);
enum { ROW_TITLE_SIZE = 24 };
void rows_column_title(const struct app *app, enum pane pane, size_t column,
                       char title[ROW_TITLE_SIZE]);

/* What a column of numbers or times holds, for sorting: -1 when it is not known. False for a
   column of text. */
bool rows_value(const struct app *app, enum pane pane, size_t index, size_t column, int64_t *value);

/* Fills one cell of row `index` (before the filter). */
void rows_cell(const struct app *app, enum pane pane, size_t index, size_t column,
               struct row_cell *cell);

/* What identifies the row across refreshes. */
void rows_key(const struct app *app, enum pane pane, size_t index, char key[ROW_KEY_SIZE]);

/* Whether every word of the filter is somewhere in the row's columns, whatever its case. */
bool rows_match(const struct app *app, enum pane pane, size_t index, const char *filter);

/* "12 s", "3 min", "5 h", "2 d": how long, for tables. */
void rows_format_age(char *text, size_t size, int64_t age_ms);

/* "0.85 ms", "12 ms", "1.4 s"; "–" when negative. */
void rows_format_duration(char *text, size_t size, int64_t us);

/* "812 B", "1.3 kB". */
void rows_format_size(char *text, size_t size, size_t bytes);

/* "16:26:51" local time; "05-02 16:26" when it is not the day of now_ms. */
void rows_format_time(char *text, size_t size, int64_t ms, int64_t now_ms);

/* The same as T has chosen: local, UTC, or how long ago ("<10 s", "20 s", "5 h"). */
void rows_format_moment(char *text, size_t size, enum times times, int64_t ms, int64_t now_ms);

/* "16:26:51", "16:26:51 UTC": now. */
void rows_format_clock(char *text, size_t size, enum times times, int64_t now_ms);

#endif
