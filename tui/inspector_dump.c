/* The raw bytes: a line of their dump, and finding in them. */
#include "tui/inspector_pieces.h"
#include "tui/inspector_private.h"

#include <string.h>

/* --- finding ------------------------------------------------------------------------ */

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Reads pairs of digits, with or without a blank between two. Returns how many, 0 where it is
   anything else; *spaced says whether there are blanks. */
static size_t read_pairs(const char *text, size_t length, unsigned char bytes[NEEDLE_BYTES_MAX],
                         bool *spaced)
{
    size_t count = 0;
    *spaced = false;
    for (size_t at = 0; at < length; at += 2) {
        if (at > 0 && text[at] == ' ') {
            *spaced = true;
            if (++at == length)
                break;
        }
        int high = hex_value(text[at]);
        int low = at + 1 < length ? hex_value(text[at + 1]) : -1;
        if (high < 0 || low < 0 || count == NEEDLE_BYTES_MAX)
            return 0;
        bytes[count++] = (unsigned char)(high << 4 | low);
    }
    return count;
}

void byte_needles_read(struct byte_needles *needles, const struct inspector *inspector,
                       const struct inspector_body *body)
{
    const struct line_edit *typed = &inspector->find.needle;
    bool spaced;
    *needles = (struct byte_needles){0};
    if (body->is_binary)
        needles->text = (struct needle){typed->text, typed->length};
    size_t count = read_pairs(typed->text, typed->length, needles->bytes, &spaced);
    if (body->is_binary || spaced)
        needles->byte_count = count;
}

static bool may_be_read(const struct inspector *inspector, const struct inspector_body *body,
                        size_t from, size_t length)
{
    return !pieces_hidden(inspector, body, from, from + length);
}

static size_t find_bytes(const struct byte_needles *needles, const struct inspector_body *body,
                         size_t from)
{
    if (needles->byte_count == 0 || from >= body->length)
        return SIZE_MAX;
    const char *found =
        memmem(body->bytes + from, body->length - from, needles->bytes, needles->byte_count);
    return found != NULL ? (size_t)(found - body->bytes) : SIZE_MAX;
}

/* As far as a match can reach that begins before `before`. */
static size_t reach(const struct inspector_body *body, size_t before, size_t length)
{
    return body->length - before > length ? before + length - 1 : body->length;
}

size_t byte_needles_find(const struct byte_needles *needles, const struct inspector *inspector,
                         const struct inspector_body *body, size_t from, size_t before,
                         size_t *length)
{
    if (before > body->length)
        before = body->length;
    struct inspector_body window = *body;
    while (from < before) {
        window.length = reach(body, before, needles->text.length);
        size_t text = needle_find(needles->text, window.bytes, window.length, from);
        window.length = reach(body, before, needles->byte_count);
        size_t bytes = find_bytes(needles, &window, from);
        size_t found = text < bytes ? text : bytes;
        if (found >= before)
            return SIZE_MAX;
        *length = text < bytes ? needles->text.length : needles->byte_count;
        if (may_be_read(inspector, body, found, *length))
            return found;
        from = found + 1;
    }
    return SIZE_MAX;
}

/* --- a line -------------------------------------------------------------------------- */

/* Which bytes of the line are part of a match, which may begin or end in another one. */
static void find_marked(const struct inspector *inspector, const struct inspector_body *body,
                        size_t start, size_t count, bool marked[HEX_DUMP_BYTES_MAX])
{
    struct byte_needles needles;
    size_t length = 0;
    byte_needles_read(&needles, inspector, body);
    size_t longest =
        needles.text.length > needles.byte_count ? needles.text.length : needles.byte_count;
    size_t from = start > longest ? start - longest : 0;
    while (longest > 0) {
        from = byte_needles_find(&needles, inspector, body, from, start + count, &length);
        if (from == SIZE_MAX)
            break;
        for (size_t at = from > start ? from : start; at < from + length && at < start + count;
             at++)
            marked[at - start] = true;
        from += length;
    }
}

/* Marks what stands for the bytes, and what is between two of them. */
static void paint(bool painted[HEX_DUMP_SIZE], const bool marked[HEX_DUMP_BYTES_MAX],
                  const struct hex_dump_place places[HEX_DUMP_BYTES_MAX], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!marked[i])
            continue;
        size_t end = (size_t)places[i].hex + places[i].hex_length;
        if (i + 1 < count && marked[i + 1])
            end = places[i + 1].hex;
        memset(painted + places[i].hex, true, end - places[i].hex);
        memset(painted + places[i].ascii, true, places[i].ascii_length);
    }
}

void inspector_say_bytes(const struct inspector *inspector, const struct inspector_line *line,
                         struct inspector_text *text)
{
    const struct inspector_section *section = &inspector->sections[line->section];
    const struct inspector_body *body = &inspector->bodies[section->body];
    size_t per_line = hex_dump_bytes(inspector->width);
    size_t start = line->item * per_line;
    char dump[HEX_DUMP_SIZE];
    struct hex_dump_place places[HEX_DUMP_BYTES_MAX];
    bool marked[HEX_DUMP_BYTES_MAX] = {false};
    bool painted[HEX_DUMP_SIZE] = {false};
    size_t length = hex_dump_line(dump, body->bytes, body->length, per_line, line->item,
                                  inspector->unmasked ? NULL : inspector_body_hides, body, places);
    if (start < body->length) {
        size_t count = body->length - start < per_line ? body->length - start : per_line;
        find_marked(inspector, body, start, count, marked);
        paint(painted, marked, places, count);
    }
    struct flow *flow = pieces_cell(text, 0, inspector->width, 0, 0);
    const char *shown = pieces_scratch(text, "%s", dump);
    for (size_t from = 0, to; from < length; from = to) {
        for (to = from; to < length && painted[to] == painted[from];)
            to++;
        flow_add(flow, style_of(painted[from] ? ROLE_MATCH : ROLE_NORMAL), shown + from, to - from);
    }
    text->keeps = true;
    text->marked = true;
}
