#include "tests/terminal_emulator.h"

#include "tests/hostile.h"
#include "tui/clipboard.h"
#include "tui/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { ESCAPE = 0x1B, BELL = 0x07, STRING_MAX = 2 * CLIPBOARD_BASE64_MAX };

/* --- cells ------------------------------------------------------------------------------ */

static const struct emulator_cell BLANK = {.base = U' '};

bool emulator_init(struct emulator *emulator, int width, int height)
{
    *emulator = (struct emulator){.width = width, .height = height, .bottom = height - 1};
    size_t count = (size_t)width * (size_t)height;
    emulator->cells = calloc(count, sizeof *emulator->cells);
    for (size_t i = 0; emulator->cells != NULL && i < count; i++)
        emulator->cells[i] = BLANK;
    buffer_init(&emulator->string, STRING_MAX);
    buffer_init(&emulator->pieces, STRING_MAX);
    buffer_init(&emulator->title, TERMINAL_TITLE_MAX);
    buffer_init(&emulator->copied, CLIPBOARD_BASE64_MAX);
    return emulator->cells != NULL;
}

void emulator_free(struct emulator *emulator)
{
    buffer_clear(&emulator->string);
    buffer_clear(&emulator->pieces);
    buffer_clear(&emulator->title);
    buffer_clear(&emulator->copied);
    free(emulator->cells);
    emulator->cells = NULL;
}

static struct emulator_cell *cell_at(const struct emulator *emulator, int x, int y)
{
    return &emulator->cells[(size_t)y * (size_t)emulator->width + (size_t)x];
}

static void erase(struct emulator *emulator, int y, int from, int to)
{
    for (int x = from; x < to && x < emulator->width; x++)
        *cell_at(emulator, x, y) = BLANK;
}

static int within(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void move_to(struct emulator *emulator, int x, int y)
{
    emulator->x = within(x, 0, emulator->width - 1);
    emulator->y = within(y, 0, emulator->height - 1);
    emulator->wraps = false;
}

/* Rows from `top` to the region's end go up, or down if `by` is negative. */
static void scroll(struct emulator *emulator, int top, int by)
{
    int rows = emulator->bottom - top + 1;
    int count = within(by < 0 ? -by : by, 0, rows);
    size_t row = (size_t)emulator->width * sizeof *emulator->cells;
    struct emulator_cell *first = cell_at(emulator, 0, top);
    struct emulator_cell *moved = first + (size_t)count * (size_t)emulator->width;
    if (by > 0)
        memmove(first, moved, (size_t)(rows - count) * row);
    else
        memmove(moved, first, (size_t)(rows - count) * row);
    int blank = by > 0 ? emulator->bottom - count + 1 : top;
    for (int y = blank; y < blank + count; y++)
        erase(emulator, y, 0, emulator->width);
}

static void line_feed(struct emulator *emulator)
{
    emulator->wraps = false;
    if (emulator->y == emulator->bottom)
        scroll(emulator, emulator->top, 1);
    else if (emulator->y < emulator->height - 1)
        emulator->y++;
}

static void reverse_line_feed(struct emulator *emulator)
{
    emulator->wraps = false;
    if (emulator->y == emulator->top)
        scroll(emulator, emulator->top, -1);
    else if (emulator->y > 0)
        emulator->y--;
}

/* Cells from the cursor on go right, or left if `by` is negative. */
static void shift(struct emulator *emulator, int by)
{
    int room = emulator->width - emulator->x;
    int count = within(by < 0 ? -by : by, 0, room);
    struct emulator_cell *here = cell_at(emulator, emulator->x, emulator->y);
    size_t kept = (size_t)(room - count) * sizeof *here;
    emulator->wraps = false;
    if (by > 0) {
        memmove(here + count, here, kept);
        erase(emulator, emulator->y, emulator->x, emulator->x + count);
    } else {
        memmove(here, here + count, kept);
        erase(emulator, emulator->y, emulator->width - count, emulator->width);
    }
}

/* --- trouble ------------------------------------------------------------------------------ */

static void complain(struct emulator *emulator, const char *what)
{
    size_t at = (size_t)snprintf(emulator->trouble, sizeof emulator->trouble, "%s:", what);
    for (size_t i = 0; i < emulator->pending_length && at + 4 < sizeof emulator->trouble; i++) {
        unsigned char byte = (unsigned char)emulator->pending[i];
        bool printable = byte > 0x20 && byte < 0x7F;
        at += (size_t)snprintf(emulator->trouble + at, sizeof emulator->trouble - at,
                               printable ? "%c" : "<%02X>", byte);
    }
}

/* --- characters ------------------------------------------------------------------------------ */

static void add_mark(struct emulator *emulator, char32_t mark)
{
    int x = emulator->wraps ? emulator->x : emulator->x - 1;
    if (x > 0 && cell_at(emulator, x, emulator->y)->base == 0)
        x--;
    if (x < 0) {
        complain(emulator, "a mark on nothing");
        return;
    }
    struct emulator_cell *cell = cell_at(emulator, x, emulator->y);
    size_t marks = 0;
    while (marks <= TEXT_MARKS_MAX && cell->marks[marks] != 0)
        marks++;
    if (marks > TEXT_MARKS_MAX)
        complain(emulator, "too many marks");
    else
        cell->marks[marks] = mark;
}

static void print(struct emulator *emulator, char32_t character)
{
    int width = wcwidth((wchar_t)character);
    if (width < 0) {
        complain(emulator, "a character without a width");
        return;
    }
    if (width == 0) {
        add_mark(emulator, character);
        return;
    }
    if (emulator->wraps) {
        emulator->x = 0;
        line_feed(emulator);
    }
    *cell_at(emulator, emulator->x, emulator->y) = (struct emulator_cell){.base = character};
    if (width == 2 && emulator->x + 1 < emulator->width)
        *cell_at(emulator, emulator->x + 1, emulator->y) = (struct emulator_cell){0};
    emulator->last = character;
    emulator->wraps = emulator->x + width >= emulator->width;
    emulator->x = within(emulator->x + width, 0, emulator->width - 1);
}

/* --- strings: titles, copies, questions ---------------------------------------------------------
 */

static bool may(const struct emulator *emulator, enum emulator_may what)
{
    return (emulator->may & (unsigned)what) != 0;
}

static bool is_exactly(const char *bytes, size_t length, const char *text)
{
    return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

/* Base64 with its padding, and nothing else. */
static bool is_base64(const char *text, size_t length)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < length - padding; i++)
        if (text[i] == '\0' || strchr(DIGITS, text[i]) == NULL)
            return false;
    return length > 0 && length % 4 == 0;
}

/* A whole OSC 52, from its ESC to its BEL. */
static bool take_copy(struct emulator *emulator, const char *bytes, size_t length)
{
    static const char START[] = "\033]52;c;";
    enum { HEAD = sizeof START - 1 };
    bool is_copy = length > HEAD + 1 && memcmp(bytes, START, HEAD) == 0 &&
                   bytes[length - 1] == BELL && is_base64(bytes + HEAD, length - HEAD - 1);
    if (!is_copy)
        return false;
    buffer_clear(&emulator->copied);
    emulator->copies++;
    return buffer_append(&emulator->copied, bytes + HEAD, length - HEAD - 1);
}

/* A whole OSC 2, ended by ESC \. Its text is fit for a terminal. */
static bool take_title(struct emulator *emulator, const char *bytes, size_t length)
{
    static const char START[] = "\033]2;";
    enum { HEAD = sizeof START - 1, END = 2 };
    bool is_title = length >= HEAD + END && memcmp(bytes, START, HEAD) == 0 &&
                    memcmp(bytes + length - END, "\033\\", END) == 0 && emulator->title_kept &&
                    hostile_find(bytes + HEAD, length - HEAD - END) == NULL;
    if (!is_title)
        return false;
    buffer_clear(&emulator->title);
    emulator->titles++;
    return buffer_append(&emulator->title, bytes + HEAD, length - HEAD - END);
}

static bool take_question(struct emulator *emulator, const char *bytes, size_t length)
{
    bool is_question = is_exactly(bytes, length, INPUT_ASK_BACKGROUND) ||
                       is_exactly(bytes, length, INPUT_ASK_ATTRIBUTES);
    emulator->questions += is_question;
    return is_question;
}

/* tmux: ESC P tmux; and a sequence with its one ESC doubled. */
static bool take_for_tmux(struct emulator *emulator, const char *bytes, size_t length)
{
    static const char START[] = "\033Ptmux;\033";
    enum { HEAD = sizeof START - 1, END = 2 };
    return length > HEAD + END && memcmp(bytes, START, HEAD) == 0 &&
           memchr(bytes + HEAD + 1, ESCAPE, length - HEAD - END - 1) == NULL &&
           take_copy(emulator, bytes + HEAD, length - HEAD - END);
}

/* screen: pieces of a sequence, which is whole once its BEL has come. */
static bool take_for_screen(struct emulator *emulator, const char *bytes, size_t length)
{
    enum { ENDS = 4 };
    if (length <= ENDS || length > CLIPBOARD_SCREEN_CHUNK ||
        !buffer_append(&emulator->pieces, bytes + 2, length - ENDS))
        return false;
    const struct buffer *pieces = &emulator->pieces;
    if (pieces->data[pieces->length - 1] != BELL)
        return true;
    bool taken = take_copy(emulator, pieces->data, pieces->length);
    buffer_clear(&emulator->pieces);
    return taken;
}

static bool take_whole_string(struct emulator *emulator, const char *bytes, size_t length)
{
    if (bytes[1] == 'P')
        return (may(emulator, EMULATOR_COPY_TMUX) && take_for_tmux(emulator, bytes, length)) ||
               (may(emulator, EMULATOR_COPY_SCREEN) && take_for_screen(emulator, bytes, length));
    bool copies = may(emulator, EMULATOR_COPY) || may(emulator, EMULATOR_COPY_TMUX);
    return (copies && take_copy(emulator, bytes, length)) ||
           (may(emulator, EMULATOR_TITLE) && take_title(emulator, bytes, length)) ||
           (may(emulator, EMULATOR_ASK) && take_question(emulator, bytes, length));
}

static void begin_string(struct emulator *emulator)
{
    buffer_clear(&emulator->string);
    (void)buffer_append(&emulator->string, emulator->pending, emulator->pending_length);
    emulator->in_string = true;
    emulator->escaped = false;
}

/* An OSC ends with BEL or ESC \, a DCS with ESC \ alone. */
static void take_string_byte(struct emulator *emulator, char byte)
{
    struct buffer *string = &emulator->string;
    bool ends = emulator->escaped ? byte == '\\' : byte == BELL && string->data[1] == ']';
    emulator->escaped = byte == ESCAPE;
    if (!buffer_append(string, &byte, 1)) {
        complain(emulator, "a string without an end");
        return;
    }
    if (!ends)
        return;
    emulator->in_string = false;
    if (!take_whole_string(emulator, string->data, string->length)) {
        size_t kept =
            string->length < EMULATOR_SEQUENCE_MAX ? string->length : EMULATOR_SEQUENCE_MAX;
        memcpy(emulator->pending, string->data, kept);
        emulator->pending_length = kept;
        complain(emulator, "a string that is not allowed");
    }
}

/* --- control functions --------------------------------------------------------------------------
 */

/* Modes as the terminfo entries of xterm, tmux, linux and vt100 set them on the way in and out, and
   bracketed paste. */
static const char *const MODES[] = {
    "\033[?1049h", "\033[?1049l", "\033[22;0;0t", "\033[23;0;0t", "\033[?25l",   "\033[34h",
    "\033[?25h",   "\033[?12l",   "\033[?1c",     "\033[?0c",     "\033[?2004h", "\033[?2004l",
    "\033[?1002h", "\033[?1002l", "\033[?1006h",  "\033[?1006l",  "\033[4l",     "\033[?7h",
    "\033[?7l",    "\033(B",      "\033)0",
};

/* The title from before, onto the terminal's stack and back. */
static bool take_title_stack(struct emulator *emulator, const char *sequence)
{
    bool keeps = strcmp(sequence, "\033[22;2t") == 0 && !emulator->title_kept;
    bool brings = strcmp(sequence, "\033[23;2t") == 0 && emulator->title_kept;
    if (!may(emulator, EMULATOR_TITLE) || (!keeps && !brings))
        return false;
    emulator->title_kept = keeps;
    return true;
}

static bool is_mode(const char *sequence)
{
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++)
        if (strcmp(sequence, MODES[i]) == 0)
            return true;
    return false;
}

/* Numbers apart by semicolons; those that are left out are 0. False for anything else. */
static bool read_numbers(const char *text, const char *end, int numbers[EMULATOR_NUMBERS_MAX])
{
    size_t count = 0;
    numbers[0] = 0;
    for (; text < end; text++) {
        if (*text == ';' && count + 1 < EMULATOR_NUMBERS_MAX)
            numbers[++count] = 0;
        else if (*text >= '0' && *text <= '9' && numbers[count] < 10000)
            numbers[count] = numbers[count] * 10 + (*text - '0');
        else
            return false;
    }
    return true;
}

static void erase_display(struct emulator *emulator, int what)
{
    bool all = what == 2;
    erase(emulator, emulator->y, all ? 0 : emulator->x, emulator->width);
    for (int y = all ? 0 : emulator->y + 1; y < emulator->height; y++)
        erase(emulator, y, 0, emulator->width);
}

static void set_region(struct emulator *emulator, const int numbers[EMULATOR_NUMBERS_MAX])
{
    emulator->top = within(numbers[0] - 1, 0, emulator->height - 1);
    emulator->bottom =
        numbers[1] > 0 ? within(numbers[1] - 1, 0, emulator->height - 1) : emulator->height - 1;
    move_to(emulator, 0, 0);
}

/* Where a number counts, 0 is 1. */
static bool obey(struct emulator *emulator, char final, const int numbers[EMULATOR_NUMBERS_MAX])
{
    int x = emulator->x;
    int y = emulator->y;
    int first = numbers[0] > 0 ? numbers[0] : 1;
    int second = numbers[1] > 0 ? numbers[1] : 1;
    switch (final) {
    case 'A':
        move_to(emulator, x, y - first);
        return true;
    case 'B':
        move_to(emulator, x, y + first);
        return true;
    case 'C':
        move_to(emulator, x + first, y);
        return true;
    case 'D':
        move_to(emulator, x - first, y);
        return true;
    case 'G':
        move_to(emulator, first - 1, y);
        return true;
    case 'd':
        move_to(emulator, x, first - 1);
        return true;
    case 'H':
        move_to(emulator, second - 1, first - 1);
        return true;
    case 'Z':
        move_to(emulator, (x - 1) / 8 * 8, y);
        return numbers[0] == 0;
    case 'J':
        erase_display(emulator, numbers[0]);
        return numbers[0] == 0 || numbers[0] == 2;
    case 'K':
        erase(emulator, y, numbers[0] == 1 ? 0 : x, numbers[0] == 1 ? x + 1 : emulator->width);
        return numbers[0] <= 1;
    case 'X':
        erase(emulator, y, x, x + first);
        return true;
    case '@':
        shift(emulator, first);
        return true;
    case 'P':
        shift(emulator, -first);
        return true;
    case 'L':
    case 'M':
        if (y >= emulator->top && y <= emulator->bottom)
            scroll(emulator, y, final == 'M' ? first : -first);
        return true;
    case 'S':
    case 'T':
        scroll(emulator, emulator->top, final == 'S' ? first : -first);
        return true;
    case 'b':
        for (int i = 0; i < within(first, 0, emulator->width); i++)
            print(emulator, emulator->last);
        return first <= emulator->width;
    case 'r':
        set_region(emulator, numbers);
        return true;
    case 'm':
        return true;
    default:
        return false;
    }
}

static bool take_plain_escape(struct emulator *emulator, const char *sequence)
{
    if (strcmp(sequence, "\033M") == 0) {
        reverse_line_feed(emulator);
    } else if (strcmp(sequence, "\0337") == 0) {
        emulator->saved_x = emulator->x;
        emulator->saved_y = emulator->y;
    } else if (strcmp(sequence, "\0338") == 0) {
        move_to(emulator, emulator->saved_x, emulator->saved_y);
    } else {
        return false;
    }
    return true;
}

/* Obeys the sequence that is pending, if it is whole. */
static void take_sequence(struct emulator *emulator)
{
    const char *sequence = emulator->pending;
    size_t length = emulator->pending_length;
    char last = sequence[length - 1];
    bool is_control = sequence[1] == '[';
    if (length < 2 || (is_control && (length < 3 || last < 0x40)))
        return;
    if (!is_control && last >= 0x20 && last < 0x30)
        return;

    bool is_string = sequence[1] == ']' || sequence[1] == 'P';
    if (is_string && (emulator->may & ~(unsigned)EMULATOR_BELL) != 0) {
        begin_string(emulator);
        emulator->pending_length = 0;
        return;
    }
    int numbers[EMULATOR_NUMBERS_MAX] = {0};
    bool obeyed = is_mode(sequence) || take_title_stack(emulator, sequence) ||
                  (may(emulator, EMULATOR_ASK) && take_question(emulator, sequence, length));
    if (!obeyed && is_control)
        obeyed = read_numbers(sequence + 2, sequence + length - 1, numbers) &&
                 obey(emulator, last, numbers);
    if (!obeyed)
        obeyed = take_plain_escape(emulator, sequence);
    if (!obeyed)
        complain(emulator, "not allowed");
    emulator->pending_length = 0;
}

/* SI is how linux and vt100 end a colour. */
static void take_control(struct emulator *emulator, char control)
{
    switch (control) {
    case '\b':
        move_to(emulator, emulator->x - 1, emulator->y);
        break;
    case '\t':
        move_to(emulator, (emulator->x / 8 + 1) * 8, emulator->y);
        break;
    case '\n':
        line_feed(emulator);
        break;
    case '\r':
        move_to(emulator, 0, emulator->y);
        break;
    case '\017':
        break;
    case BELL:
        emulator->bells++;
        if (may(emulator, EMULATOR_BELL))
            break;
        complain(emulator, "a bell");
        break;
    default:
        complain(emulator, "a control");
    }
    emulator->pending_length = 0;
}

static void take_character(struct emulator *emulator)
{
    enum { CHARACTER_MAX = 4 };
    char32_t character;
    if (text_decode(emulator->pending, emulator->pending_length, &character) > 0) {
        if (character >= 0x7F && character < 0xA0)
            complain(emulator, "a control");
        else
            print(emulator, character);
        emulator->pending_length = 0;
    } else if (emulator->pending_length == CHARACTER_MAX) {
        complain(emulator, "not UTF-8");
    }
}

static void take_byte(struct emulator *emulator, char byte)
{
    if (emulator->in_string) {
        take_string_byte(emulator, byte);
        return;
    }
    if (emulator->pending_length == EMULATOR_SEQUENCE_MAX) {
        complain(emulator, "too long");
        return;
    }
    bool inside = emulator->pending_length > 0;
    emulator->pending[emulator->pending_length++] = byte;
    emulator->pending[emulator->pending_length] = '\0';
    bool is_low = byte >= 0 && byte < 0x20;
    if (inside && is_low)
        complain(emulator, "a control inside");
    else if (emulator->pending[0] == '\033')
        take_sequence(emulator);
    else if (is_low)
        take_control(emulator, byte);
    else
        take_character(emulator);
}

bool emulator_feed(struct emulator *emulator, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && emulator->trouble[0] == '\0'; i++)
        take_byte(emulator, bytes[i]);
    return emulator->trouble[0] == '\0';
}

/* --- what it shows ------------------------------------------------------------------------------
 */

static bool same(const struct emulator_cell *shown, const struct glyph *glyph)
{
    return shown->base == glyph->base &&
           memcmp(shown->marks, glyph->marks, sizeof glyph->marks) == 0 &&
           shown->marks[TEXT_MARKS_MAX] == 0;
}

bool emulator_shows(const struct emulator *emulator, const struct grid *grid, int *x, int *y)
{
    for (*y = 0; *y < grid->height; ++*y)
        for (*x = 0; *x < grid->width; ++*x)
            if (!same(cell_at(emulator, *x, *y), &grid_cell(grid, *x, *y)->glyph))
                return false;
    return true;
}
