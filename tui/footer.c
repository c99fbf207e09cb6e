#include "tui/footer.h"

#include "tui/dialog.h"
#include "tui/key.h"

#include <string.h>

/* --- what comes first -------------------------------------------------------------- */

enum { FIRST_MAX = 24 };

/* What stands first in a place; the others follow in the order of the table. */
static const struct {
    unsigned places;
    enum action actions[FIRST_MAX];
} FIRST[] = {
    {PLACE_ENDPOINTS,
     {ACTION_OPEN, ACTION_ENABLE, ACTION_DISABLE, ACTION_SEND, ACTION_CREATE, ACTION_CHANGE,
      ACTION_FILTER, ACTION_PROMPT, ACTION_COPY, ACTION_NEXT_PANE, ACTION_DELETE, ACTION_QUERY,
      ACTION_MARK, ACTION_EXPORT, ACTION_SORT, ACTION_REFRESH}},
    {PLACE_UPCOMING,
     {ACTION_OPEN, ACTION_SEND, ACTION_COPY, ACTION_FILTER, ACTION_MARK, ACTION_PROMPT,
      ACTION_NEXT_PANE, ACTION_QUERY, ACTION_EXPORT, ACTION_COMPARE, ACTION_MASK, ACTION_SORT,
      ACTION_TIMES, ACTION_WRAP, ACTION_REFRESH}},
    {PLACE_DELIVERIES,
     {ACTION_OPEN, ACTION_FILTER, ACTION_COPY, ACTION_FOLLOW, ACTION_SEND, ACTION_PROMPT,
      ACTION_NEXT_PANE, ACTION_QUERY, ACTION_EXPORT, ACTION_MARK, ACTION_SORT, ACTION_TIMES,
      ACTION_WRAP, ACTION_MASK, ACTION_REFRESH}},
    {PLACE_LIVE,
     {ACTION_OPEN, ACTION_QUERY, ACTION_FILTER, ACTION_COPY, ACTION_FOLLOW, ACTION_PROMPT,
      ACTION_NEXT_PANE, ACTION_EXPORT, ACTION_MARK, ACTION_MASK, ACTION_SEND, ACTION_REPLAY,
      ACTION_SORT, ACTION_COMPARE, ACTION_TIMES, ACTION_WRAP}},
    {PLACE_GAPS,
     {ACTION_OPEN, ACTION_SEND, ACTION_MARK, ACTION_FILTER, ACTION_COPY, ACTION_PROMPT,
      ACTION_NEXT_PANE, ACTION_TRACE, ACTION_QUERY, ACTION_EXPORT, ACTION_SORT, ACTION_REFRESH,
      ACTION_MASK, ACTION_TIMES, ACTION_WRAP}},
    {PLACE_DETAIL,
     {ACTION_BACK, ACTION_TOGGLE_FOLD, ACTION_FIND, ACTION_COPY, ACTION_NEXT_EVENT,
      ACTION_PREVIOUS_EVENT, ACTION_NEXT_SECTION, ACTION_SEND, ACTION_REPLAY, ACTION_PROMPT,
      ACTION_EXPORT, ACTION_MASK, ACTION_ZOOM, ACTION_WRAP, ACTION_TIMES}},
    {PLACE_MESSAGES, {ACTION_BACK, ACTION_COPY, ACTION_FILTER}},
    {PLACE_ACTIVITY, {ACTION_BACK, ACTION_SIDES, ACTION_COPY, ACTION_FILTER}},
    {PLACE_LINES, {ACTION_SUBMIT, ACTION_DECLINE, ACTION_COMPLETE}},
};

static const enum action *first_of(enum place place)
{
    static const enum action NONE[FIRST_MAX] = {ACTION_NONE};
    for (size_t i = 0; i < sizeof FIRST / sizeof FIRST[0]; i++)
        if ((FIRST[i].places & (unsigned)place) != 0)
            return FIRST[i].actions;
    return NONE;
}

/* The way to more and the way out are always there, flush right. */
static bool goes_last(const struct binding *binding)
{
    return binding->action == ACTION_HELP || binding->action == ACTION_QUIT;
}

/* Of a question that shows whole there is no more. */
static bool has_more(const struct app *app)
{
    return app->question.top < dialog_question_hidden(app);
}

/* What would be refused takes no room (without an API key, or read-only), nor does what was left
   without a key: it has but its name, and the footer is of keys. */
static bool is_told(const struct app *app, const struct binding *binding, enum place place)
{
    char why[KEYMAP_WHERE_SIZE];
    bool reads_on = binding->action == ACTION_DOWN;
    if (reads_on && (place == PLACE_QUESTION || place == PLACE_TYPED) && !has_more(app))
        return false;
    return binding->footer != NULL && state_why_not(app, binding, place, why) == NULL &&
           (goes_last(binding) || keymap_keys(&app->keymap, binding, place)[0] != KEYS_NONE);
}

static void add(const struct app *app, enum place place, const struct binding *binding,
                const struct binding **rows, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (rows[i] == binding)
            return;
    if (is_told(app, binding, place) && !goes_last(binding))
        rows[(*count)++] = binding;
}

/* What the footer could show, the best first. */
static size_t order(const struct app *app, enum place place,
                    const struct binding *rows[KEYMAP_ROWS_MAX])
{
    const enum action *first = first_of(place);
    size_t count = 0;
    for (size_t i = 0; i < FIRST_MAX && first[i] != ACTION_NONE; i++)
        for (size_t row = 0; row < KEYMAP_COUNT; row++)
            if (KEYMAP[row].action == first[i])
                add(app, place, &KEYMAP[row], rows, &count);
    for (size_t row = 0; row < KEYMAP_COUNT; row++)
        add(app, place, &KEYMAP[row], rows, &count);
    return count;
}

/* --- where it stands ----------------------------------------------------------------- */

struct slot {
    const struct binding *binding;
    int x, y, width;
};

struct slots {
    struct slot items[KEYMAP_ROWS_MAX];
    size_t count;
    bool all; /* nothing was left out */
};

enum { GAP = 2 };

static int width_of(const struct app *app, const char *text)
{
    return (int)text_width(text, strlen(text), app->ascii);
}

static int slot_width(const struct app *app, const struct binding *binding)
{
    char label[KEYMAP_LABEL_SIZE];
    return width_of(app, keymap_label(&app->keymap, binding, state_place(app), label)) + 1 +
           width_of(app, binding->footer);
}

static void put(struct slots *slots, const struct binding *binding, int x, int y, int width)
{
    slots->items[slots->count++] = (struct slot){binding, x, y, width};
}

/* Returns where the room before them ends. */
static int lay_out_last(const struct app *app, struct rect rect, struct slots *slots)
{
    int end = rect.x + rect.width - 1;
    for (size_t i = KEYMAP_COUNT; i > 0; i--) {
        const struct binding *binding = &KEYMAP[i - 1];
        if (!is_told(app, binding, state_place(app)) || !goes_last(binding))
            continue;
        int width = slot_width(app, binding);
        end -= width;
        put(slots, binding, end, rect.y + rect.height - 1, width);
        end -= GAP;
    }
    return end;
}

/* What does not fit where its turn comes is left out; a shorter one may still fit. */
static void lay_out_in(const struct app *app, struct rect rect, struct slots *slots)
{
    const struct binding *rows[KEYMAP_ROWS_MAX];
    int bottom = rect.y + rect.height - 1;
    *slots = (struct slots){.all = true};
    int last_end = lay_out_last(app, rect, slots);
    int x = rect.x + 1;
    int y = rect.y;
    size_t count = order(app, state_place(app), rows);
    for (size_t i = 0; i < count; i++) {
        int width = slot_width(app, rows[i]);
        if (y < bottom && x + width > rect.x + rect.width - 1) {
            x = rect.x + 1;
            y++;
        }
        if (x + width > (y == bottom ? last_end : rect.x + rect.width - 1)) {
            slots->all = false;
            continue;
        }
        put(slots, rows[i], x, y, width);
        x += width + GAP;
    }
}

static struct rect lay_out(const struct app *app, struct slots *slots)
{
    struct rect rect = app->layout.footer;
    lay_out_in(app, rect, slots);
    while (state_place(app) == PLACE_COPY && !slots->all && rect.y > app->layout.body.y + 1) {
        rect.y--;
        rect.height++;
        lay_out_in(app, rect, slots);
    }
    return rect;
}

struct rect footer_rect(const struct app *app)
{
    struct slots slots;
    return lay_out(app, &slots);
}

/* --- drawn, and found again ------------------------------------------------------------ */

void footer_draw(const struct app *app, struct grid *grid)
{
    struct slots slots;
    grid_fill(grid, lay_out(app, &slots), style_of(ROLE_FOOTER));
    for (size_t i = 0; i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        char label[KEYMAP_LABEL_SIZE];
        int x = slot->x;
        (void)keymap_label(&app->keymap, slot->binding, state_place(app), label);
        x += grid_text(grid, x, slot->y, grid->width - x, style_of(ROLE_KEY), label) + 1;
        (void)grid_text(grid, x, slot->y, grid->width - x, style_of(ROLE_FOOTER),
                        slot->binding->footer);
    }
}

bool footer_key_at(const struct app *app, int x, int y, enum action *action)
{
    struct slots slots;
    (void)lay_out(app, &slots);
    for (size_t i = 0; i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        if (y != slot->y || x < slot->x || x >= slot->x + slot->width)
            continue;
        *action = slot->binding->action;
        return true;
    }
    return false;
}
