#include "tui/flow.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { TEXT_WIDTH_MIN = 8 };

void flow_init(struct flow *flow, int indent, int hang)
{
    flow->count = 0;
    flow->indent = indent;
    flow->hang = hang;
    flow->before = flow->after = NULL;
    flow->before_length = flow->after_length = 0;
}

void flow_add(struct flow *flow, struct style style, const char *bytes, size_t length)
{
    static const char MORE[] = "…";
    if (length == 0)
        return;
    if (flow->count == FLOW_SEGMENTS_MAX) {
        flow->segments[flow->count - 1] = (struct flow_segment){
            .bytes = MORE, .length = sizeof MORE - 1, .style = style_of(ROLE_DIM)};
        return;
    }
    flow->segments[flow->count++] =
        (struct flow_segment){.bytes = bytes, .length = (uint32_t)length, .style = style};
}

void flow_add_text(struct flow *flow, enum role role, const char *text)
{
    flow_add(flow, style_of(role), text, strlen(text));
}

void flow_add_name(struct flow *flow, struct style style, const char *name, size_t length,
                   const char *after)
{
    bool first = true;
    while (length > 0 && flow->count < FLOW_SEGMENTS_MAX) {
        size_t taken = 1;
        while (taken < length && strchr(after, name[taken - 1]) == NULL)
            taken++;
        if (flow->count + 1 == FLOW_SEGMENTS_MAX)
            taken = length;
        flow_add(flow, style, name, taken);
        flow->segments[flow->count - 1].breaks = !first;
        name += taken;
        length -= taken;
        first = false;
    }
}

/* --- rows ----------------------------------------------------------------------- */

static int indent_of(const struct flow *flow, bool continued, int width)
{
    int indent = flow->indent + (continued ? flow->hang : 0);
    if (indent <= width - TEXT_WIDTH_MIN)
        return indent;
    return continued ? 0 : indent < width / 4 ? indent : width / 4;
}

struct place {
    size_t segment;
    size_t byte;
};

/* Takes the next character's glyphs and returns their columns, 0 at the end: a stand-in
   (`<U+202E>`) is many glyphs of one character, and is not torn. */
static int next_character(struct text_gate *gate, bool *blank)
{
    struct glyph glyph;
    if (!text_gate_next(gate, &glyph))
        return 0;
    *blank = glyph.base == ' ';
    int width = glyph.width;
    while (gate->stand_in[gate->stand_in_at] != '\0' && text_gate_next(gate, &glyph))
        width += glyph.width;
    return width;
}

/* Where the row that begins at `from` ends. A blank before the column in which the next row would
   begin is no place to break: it gains nothing. */
static struct place row_end(const struct flow *flow, struct place from, bool continued, int width,
                            bool ascii)
{
    const int indent = indent_of(flow, continued, width);
    const int restart = indent_of(flow, true, width);
    int column = indent;
    struct place blank = from;
    bool has_blank = false;
    for (size_t s = from.segment; s < flow->count; s++) {
        const struct flow_segment *segment = &flow->segments[s];
        size_t start = s == from.segment ? from.byte : 0;
        if (segment->breaks && s > from.segment && column > restart) {
            blank = (struct place){s, 0};
            has_blank = true;
        }
        struct text_gate gate;
        text_gate_init(&gate, segment->bytes + start, segment->length - start, ascii);
        const unsigned char *begin = gate.next;
        while (true) {
            size_t byte = begin == NULL ? start : start + (size_t)(gate.next - begin);
            bool is_blank = false;
            int columns = next_character(&gate, &is_blank);
            if (columns == 0)
                break;
            if (column + columns > width && !is_blank && column > indent)
                return has_blank ? blank : (struct place){s, byte};
            column += columns;
            if (is_blank && column > restart) {
                blank = (struct place){s, start + (size_t)(gate.next - begin)};
                has_blank = true;
            }
        }
    }
    return (struct place){flow->count, 0};
}

static bool at_end(const struct flow *flow, struct place place)
{
    while (place.segment < flow->count && place.byte >= flow->segments[place.segment].length)
        place = (struct place){place.segment + 1, 0};
    return place.segment >= flow->count;
}

int flow_height(const struct flow *flow, int width, bool ascii, bool wrap)
{
    int rows = 0;
    struct place at = {0};
    if (!wrap)
        return 1;
    do {
        at = row_end(flow, at, rows > 0, width, ascii);
        rows++;
    } while (!at_end(flow, at) && rows < FLOW_ROWS_MAX);
    return rows;
}

/* --- finding -------------------------------------------------------------------- */

size_t needle_find(struct needle needle, const char *bytes, size_t length, size_t from)
{
    if (needle.length == 0 || needle.length > length)
        return SIZE_MAX;
    int first = tolower((unsigned char)needle.text[0]);
    size_t last = length - needle.length;
    for (size_t at = from; at <= last; at++)
        if (tolower((unsigned char)bytes[at]) == first &&
            strncasecmp(bytes + at, needle.text, needle.length) == 0)
            return at;
    return SIZE_MAX;
}

static size_t join_piece(char text[FLOW_TEXT_MAX], size_t length, const char *bytes, size_t more)
{
    size_t taken = more < FLOW_TEXT_MAX - length ? more : FLOW_TEXT_MAX - length;
    if (taken > 0)
        memcpy(text + length, bytes, taken);
    return length + taken;
}

/* The flow's text as one piece with what stands around it, as far as it fits; returns its length.
 *end is where the flow's own part ends. */
static size_t join(const struct flow *flow, char text[FLOW_TEXT_MAX], size_t *end)
{
    size_t length = join_piece(text, 0, flow->before, flow->before_length);
    for (size_t s = 0; s < flow->count; s++)
        length = join_piece(text, length, flow->segments[s].bytes, flow->segments[s].length);
    *end = length;
    return join_piece(text, length, flow->after, flow->after_length);
}

size_t flow_matches(const struct flow *flow, struct needle needle, size_t *places, size_t most)
{
    char text[FLOW_TEXT_MAX];
    size_t count = 0;
    size_t end;
    if (needle.length == 0)
        return 0;
    size_t length = join(flow, text, &end);
    for (size_t at = 0; count < most; at += needle.length) {
        at = needle_find(needle, text, length, at);
        if (at >= end) /* or SIZE_MAX */
            break;
        if (at >= flow->before_length)
            places[count++] = at - flow->before_length;
    }
    return count;
}

int flow_row_of(const struct flow *flow, int width, bool ascii, size_t at)
{
    struct place row = {0};
    for (int rows = 0; rows < FLOW_ROWS_MAX; rows++) {
        struct place next = row_end(flow, row, rows > 0, width, ascii);
        size_t ends = next.byte;
        for (size_t s = 0; s < next.segment; s++)
            ends += flow->segments[s].length;
        if (at < ends || at_end(flow, next))
            return rows;
        row = next;
    }
    return 0;
}

/* --- drawing -------------------------------------------------------------------- */

/* Draws bytes that are in one style, in ROLE_MATCH between the two offsets that count from their
   first one. Returns the columns used. */
static int draw_piece(struct grid *grid, int x, int y, int width,
                      const struct flow_segment *segment, size_t from, size_t to)
{
    if (to <= from || width <= 0)
        return 0;
    return grid_bytes(grid, x, y, width, segment->style, segment->bytes + from, to - from);
}

/* The flow's text and the match in it that is due. */
struct match_walk {
    const struct flow *flow;
    struct needle needle;
    size_t length; /* of the text; 0 when nothing is searched for */
    size_t next;   /* where the match begins; SIZE_MAX: none */
    char text[FLOW_TEXT_MAX];
};

static void walk_init(struct match_walk *walk, const struct flow *flow, struct needle needle)
{
    walk->flow = flow;
    walk->needle = needle;
    size_t end;
    walk->length = needle.length > 0 ? join(flow, walk->text, &end) : 0;
    walk->next = needle_find(needle, walk->text, walk->length, 0);
}

static void walk_to(struct match_walk *walk, size_t text_at)
{
    while (walk->next != SIZE_MAX && walk->next + walk->needle.length <= text_at)
        walk->next =
            needle_find(walk->needle, walk->text, walk->length, walk->next + walk->needle.length);
}

/* Draws [from, to) of a segment, of which byte 0 is `base` in the flow's text. */
static int draw_segment(struct match_walk *walk, struct grid *grid, int x, int y, int width,
                        size_t s, size_t base, size_t from, size_t to)
{
    const struct flow_segment *segment = &walk->flow->segments[s];
    struct flow_segment match = *segment;
    match.style = style_of(ROLE_MATCH);
    int used = 0;
    while (from < to) {
        walk_to(walk, base + from);
        size_t begin = walk->next == SIZE_MAX || walk->next >= base + to ? to
                       : walk->next > base + from                        ? walk->next - base
                                                                         : from;
        if (begin > from) {
            used += draw_piece(grid, x + used, y, width - used, segment, from, begin);
            from = begin;
            continue;
        }
        size_t end = walk->next + walk->needle.length - base;
        if (end > to)
            end = to;
        used += draw_piece(grid, x + used, y, width - used, &match, from, end);
        from = end;
    }
    return used;
}

/* Blanks at the end of a broken row are not drawn: they may stand beyond its width. */
static size_t without_blanks(const struct flow_segment *segment, size_t from, size_t to)
{
    while (to > from && segment->bytes[to - 1] == ' ')
        to--;
    return to;
}

static void draw_row(struct match_walk *walk, struct grid *grid, int x, int y, int width,
                     struct place from, struct place to, size_t base)
{
    const struct flow *flow = walk->flow;
    int end = x + width;
    bool ends = at_end(flow, to);
    for (size_t s = from.segment; s < flow->count && (s < to.segment || to.byte > 0); s++) {
        if (s > to.segment)
            break;
        const struct flow_segment *segment = &flow->segments[s];
        size_t first = s == from.segment ? from.byte : 0;
        size_t last = s == to.segment ? to.byte : segment->length;
        bool ends_row = s == to.segment || (s + 1 == to.segment && to.byte == 0);
        if (ends_row && !ends)
            last = without_blanks(segment, first, last);
        if (x >= end && last > first) {
            (void)grid_text(grid, end - 1, y, 1, segment->style, "…");
            return;
        }
        x += draw_segment(walk, grid, x, y, end - x, s, base, first, last);
        base += segment->length;
    }
}

void flow_draw(const struct flow *flow, struct grid *grid, struct rect rect, int from, bool wrap,
               struct needle needle)
{
    struct match_walk walk;
    walk_init(&walk, flow, needle);
    struct place at = {0};
    size_t base = flow->before_length; /* of the segment in which the row begins, in the text */
    for (int row = 0; row < from + rect.height && row < FLOW_ROWS_MAX; row++) {
        int indent = indent_of(flow, row > 0, rect.width);
        struct place next = wrap ? row_end(flow, at, row > 0, rect.width, grid->ascii)
                                 : (struct place){flow->count, 0};
        if (row >= from)
            draw_row(&walk, grid, rect.x + indent, rect.y + row - from, rect.width - indent, at,
                     next, base);
        for (size_t s = at.segment; s < next.segment; s++)
            base += flow->segments[s].length;
        at = next;
        if (at_end(flow, at))
            return;
    }
}
