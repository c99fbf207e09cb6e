/* Finding in what the inspector says, folded or not. Bytes of the dump are not searched: they are
   the payload once more. */
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

static bool search_line(const struct inspector_line *line, void *context)
{
    enum { MATCHES_IN_CELL = 256 };
    struct search *search = context;
    const struct inspector *inspector = search->inspector;
    struct inspector_text text;
    size_t places[MATCHES_IN_CELL];
    if (inspector->sections[line->section].kind == SECTION_HEX_DUMP &&
        line->item != INSPECTOR_HEADING)
        return true;
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
    struct search search = {inspector, {find->needle.text, find->needle.length}};
    find->count = 0;
    find->more = false;
    if (search.needle.length > 0)
        inspector_each_line(inspector, search_line, &search);
    if (find->current >= find->count)
        find->current = 0;
}

static void go_to_match(struct inspector *inspector)
{
    if (inspector->find.count > 0)
        inspector_reveal(inspector, &inspector->find.matches[inspector->find.current].line);
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
    if (find->count > 0)
        go_to_match(inspector);
    else if (inspector->line_count > 0)
        inspector_reveal(inspector, &find->origin);
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
}

void inspector_leave_search(struct inspector *inspector)
{
    inspector_stop_finding(inspector);
    if (inspector->line_count > 0)
        inspector_reveal(inspector, &inspector->find.origin);
}
