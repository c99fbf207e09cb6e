/* Finding in what the inspector says, folded or not. Bytes of the dump are searched where they are
   no text, else they are the payload once more; and where bytes were typed. */
#include "tui/inspector_private.h"

#include "tui/inspector_text.h"

#include <stdlib.h>
#include <string.h>

bool inspector_finds(const struct inspector *inspector)
{
    return inspector->find.needle.length > 0;
}

struct search {
    struct inspector *inspector;
    struct needle needle;
    struct byte_needles bytes; /* of the dump that is searched */
    size_t dumped;             /* where the last match in it ended */
};

static bool add_match(struct inspector_find *find, struct inspector_match match)
{
    if (find->count == INSPECTOR_MATCHES_MAX) {
        find->more = true;
        return false;
    }
    if (find->count == find->capacity) {
        size_t larger = find->capacity > 0 ? find->capacity * 2 : 64;
        struct inspector_match *moved = reallocarray(find->matches, larger, sizeof *moved);
        if (moved == NULL) {
            find->more = true;
            return false;
        }
        find->matches = moved;
        find->capacity = larger;
    }
    find->matches[find->count++] = match;
    return true;
}

static bool search_bytes(struct search *search, const struct inspector_line *line)
{
    const struct inspector *inspector = search->inspector;
    const struct inspector_body *body = &inspector->bodies[inspector->sections[line->section].body];
    size_t per_line = hex_dump_bytes(inspector->width);
    size_t start = line->item * per_line;
    if (line->item == 0) {
        byte_needles_read(&search->bytes, inspector, body);
        search->dumped = 0;
    }
    if (search->bytes.text.length == 0 && search->bytes.byte_count == 0)
        return true;
    while (true) {
        size_t length;
        size_t from = search->dumped > start ? search->dumped : start;
        size_t at =
            byte_needles_find(&search->bytes, inspector, body, from, start + per_line, &length);
        if (at == SIZE_MAX)
            return true;
        struct inspector_match match = {*line, 0, (uint32_t)(at - start)};
        if (!add_match(&search->inspector->find, match))
            return false;
        search->dumped = at + length;
    }
}

static bool search_line(const struct inspector_line *line, void *context)
{
    enum { MATCHES_IN_CELL = 256 };
    struct search *search = context;
    const struct inspector *inspector = search->inspector;
    struct inspector_text text;
    size_t places[MATCHES_IN_CELL];
    if (inspector->sections[line->section].kind == SECTION_HEX_DUMP &&
        line->item != INSPECTOR_HEADING)
        return search_bytes(search, line);
    inspector_text_of(inspector, line, &text);
    for (size_t cell = 0; cell < text.cell_count; cell++) {
        size_t count = flow_matches(&text.cells[cell], search->needle, places, MATCHES_IN_CELL);
        for (size_t i = 0; i < count; i++) {
            struct inspector_match match = {*line, (uint32_t)cell, (uint32_t)places[i]};
            if (!add_match(&search->inspector->find, match))
                return false;
        }
    }
    return true;
}

void inspector_search_again(struct inspector *inspector)
{
    struct inspector_find *find = &inspector->find;
    struct search search = {.inspector = inspector,
                            .needle = {find->needle.text, find->needle.length}};
    find->count = 0;
    find->more = false;
    if (search.needle.length > 0)
        inspector_each_line(inspector, search_line, &search);
    if (find->current >= find->count)
        find->current = 0;
}

/* Of a long line the row that the match is on. */
static void show_match(struct inspector *inspector, const struct inspector_match *match)
{
    struct inspector_text text;
    if (inspector->cursor >= inspector->line_count)
        return;
    inspector_text_make(inspector, inspector->cursor, &text);
    if (text.keeps || match->cell >= text.cell_count)
        return;
    int row =
        text.above + inspector_text_cell_row(inspector, &text, match->cell) +
        flow_row_of(&text.cells[match->cell], text.width[match->cell], inspector->ascii, match->at);
    inspector_show_row(inspector, row);
}

static void go_to_match(struct inspector *inspector)
{
    if (inspector->find.count == 0)
        return;
    const struct inspector_match *match = &inspector->find.matches[inspector->find.current];
    if (inspector->cut_lines)
        inspector->top_row = 0; /* the line of the match before is cut again */
    inspector_reveal(inspector, &match->line);
    show_match(inspector, match);
}

void inspector_begin_search(struct inspector *inspector)
{
    const struct inspector_line *at = inspector_line_at(inspector, inspector->cursor);
    inspector->find.typing = true;
    inspector->find.origin = (struct inspector_line){.item = INSPECTOR_HEADING};
    if (at != NULL)
        inspector->find.origin = *at;
}

void inspector_search(struct inspector *inspector)
{
    struct inspector_find *find = &inspector->find;
    inspector_search_again(inspector);
    find->current = 0;
    while (find->current < find->count &&
           inspector_compare_lines(&find->matches[find->current].line, &find->origin) < 0)
        find->current++;
    if (find->current == find->count)
        find->current = 0; /* behind the last one: around */
    if (find->count > 0) {
        go_to_match(inspector);
    } else if (inspector->line_count > 0) {
        inspector->top_row = inspector->cut_lines ? 0 : inspector->top_row;
        inspector_reveal(inspector, &find->origin);
    }
}

/* From where the cursor is now: it may have moved on since the last match. */
void inspector_next_match(struct inspector *inspector, int by)
{
    struct inspector_find *find = &inspector->find;
    const struct inspector_line *at = inspector_line_at(inspector, inspector->cursor);
    if (find->count == 0 || at == NULL)
        return;
    if (inspector_compare_lines(&find->matches[find->current].line, at) == 0) {
        find->current = (find->current + find->count + (size_t)by) % find->count;
    } else {
        size_t behind = 0;
        while (behind < find->count &&
               inspector_compare_lines(&find->matches[behind].line, at) <= 0)
            behind++;
        find->current = (behind + (by < 0 ? find->count - 1 : 0)) % find->count;
    }
    go_to_match(inspector);
}

void inspector_stop_finding(struct inspector *inspector)
{
    line_edit_set(&inspector->find.needle, "");
    inspector->find.typing = false;
    inspector->find.count = 0;
    inspector->find.more = false;
    if (inspector->cut_lines) {
        inspector->top_row = 0;
        inspector_scroll_into_view(inspector);
    }
}

void inspector_leave_search(struct inspector *inspector)
{
    inspector_stop_finding(inspector);
    if (inspector->line_count > 0)
        inspector_reveal(inspector, &inspector->find.origin);
}
