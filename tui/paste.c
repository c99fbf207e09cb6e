#include "tui/paste.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F;
}

static void add_line(struct pasted *pasted, const char *line, size_t length, bool join)
{
    if (pasted->lines++ > 0 && !join)
        return;
    size_t gap = pasted->lines > 1 ? 1 : 0;
    size_t room = LINE_EDIT_MAX - pasted->length;
    if (length + gap > room) {
        pasted->cut = true;
        length = room > gap ? room - gap : 0;
        while (length > 0 && ((unsigned char)line[length] & 0xC0) == 0x80)
            length--; /* whole characters */
    }
    if (length == 0)
        return;
    memset(pasted->text + pasted->length, ' ', gap);
    pasted->length += gap;
    for (size_t i = 0; i < length; i++)
        if (!is_control(line[i]))
            pasted->text[pasted->length++] = line[i] == '\t' ? ' ' : line[i];
}

void paste_read(struct pasted *pasted, const char *text, size_t length, bool join)
{
    size_t at = 0;
    pasted->length = pasted->lines = 0;
    pasted->cut = false;
    bool several = memchr(text, '\n', length) != NULL || memchr(text, '\r', length) != NULL;
    while (at < length) {
        size_t end = at;
        while (end < length && !ends_line(text[end]))
            end++;
        size_t next = end + 1;
        while (several && at < end && is_blank(text[at]))
            at++;
        while (several && at < end && is_blank(text[end - 1]))
            end--;
        if (at < end)
            add_line(pasted, text + at, end - at, join);
        at = next;
    }
}
