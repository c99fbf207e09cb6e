#include "tui/input.h"

#include "tui/key.h"
#include "tui/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { BELL = 0x07, ESCAPE = 0x1B, DELETE = 0x7F };

void input_init(struct input *input)
{
    input->length = 0;
    input->pasting = false;
    input->skipping = INPUT_SKIPS_NOTHING;
    buffer_init(&input->paste, TERMINAL_PASTE_MAX);
}

void input_clear(struct input *input)
{
    buffer_clear(&input->paste);
    input_init(input);
}

unsigned char *input_space(struct input *input, size_t *room)
{
    *room = sizeof input->pending - input->length;
    return input->pending + input->length;
}

void input_filled(struct input *input, size_t count)
{
    input->length += count;
}

static void consume(struct input *input, size_t count)
{
    input->length -= count;
    memmove(input->pending, input->pending + count, input->length);
}

/* --- paste -------------------------------------------------------------- */

static const char PASTE_END[] = "\033[201~";
enum { PASTE_END_LENGTH = sizeof PASTE_END - 1 };

/* How many of the pending bytes belong to the paste for certain: up to the end mark, or to what may
   become one. */
static size_t paste_length(const struct input *input, bool *complete)
{
    const unsigned char *end = memmem(input->pending, input->length, PASTE_END, PASTE_END_LENGTH);
    *complete = end != NULL;
    if (*complete)
        return (size_t)(end - input->pending);
    for (size_t tail = PASTE_END_LENGTH - 1; tail > 0; tail--)
        if (tail <= input->length &&
            memcmp(input->pending + input->length - tail, PASTE_END, tail) == 0)
            return input->length - tail;
    return input->length;
}

static void keep_of_paste(struct input *input, size_t count)
{
    size_t room = input->paste.maximum - input->paste.length;
    buffer_append(&input->paste, input->pending, count < room ? count : room);
}

/* In place: \r\n and \r become \n, and what is not UTF-8 becomes `?`. Returns the new length. */
static size_t normalise(char *text, size_t length)
{
    size_t out = 0;
    for (size_t at = 0; at < length;) {
        char32_t character;
        size_t taken = text_decode(text + at, length - at, &character);
        if (character == '\r') {
            at += at + 1 < length && text[at + 1] == '\n' ? 2 : 1;
            text[out++] = '\n';
        } else if (taken == 0 || character == 0) {
            at++;
            text[out++] = '?';
        } else {
            memmove(text + out, text + at, taken);
            out += taken;
            at += taken;
        }
    }
    text[out] = '\0';
    return out;
}

/* Moves what is pending into the paste; true when that has completed it. A paste for which memory
   is out is dropped. */
static bool next_of_paste(struct input *input, struct terminal_event *event)
{
    bool complete;
    size_t count = paste_length(input, &complete);
    keep_of_paste(input, count);
    consume(input, complete ? count + PASTE_END_LENGTH : count);
    if (!complete)
        return false;
    input->pasting = false;
    size_t length;
    char *text = buffer_take(&input->paste, &length);
    if (text == NULL)
        return false;
    *event = (struct terminal_event){.kind = TERMINAL_PASTE, .paste = text};
    event->paste_length = normalise(text, length);
    return true;
}

/* --- escape sequences --------------------------------------------------- */

struct sequence {
    size_t length;  /* bytes to consume; 0: more must come first */
    bool undecided; /* it may also be the Esc key, with other keys behind it */
    char32_t key;   /* KEYS_NONE: none of ours */
    bool begins_paste;
    bool is_mouse;
    struct mouse mouse;
    enum input_skipping goes_on;     /* longer than is kept: the rest is to be skipped */
    enum terminal_event_kind answer; /* TERMINAL_NOTHING: it is none */
    uint16_t background[3];
};

static char32_t key_of_letter(unsigned char final)
{
    switch (final) {
    case 'A':
        return KEYS_UP;
    case 'B':
        return KEYS_DOWN;
    case 'C':
        return KEYS_RIGHT;
    case 'D':
        return KEYS_LEFT;
    case 'F':
        return KEYS_END;
    case 'H':
        return KEYS_HOME;
    case 'P':
    case 'Q':
    case 'R':
    case 'S':
        return KEYS_F1 + (char32_t)(final - 'P');
    case 'Z':
        return KEYS_SHIFT_TAB;
    default:
        return KEYS_NONE;
    }
}

/* VT220 editing keys, 7 and 8 are rxvt's; and its function keys, whose numbers leave some out where
   its keyboard had gaps. */
static char32_t key_of_number(long number)
{
    enum { F1 = 11, F12 = 24 };
    static const unsigned char FUNCTIONS[] = {1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 0, 11, 12};
    if (number >= F1 && number <= F12 && FUNCTIONS[number - F1] != 0)
        return KEYS_F1 + FUNCTIONS[number - F1] - 1U;
    switch (number) {
    case 1:
    case 7:
        return KEYS_HOME;
    case 2:
        return KEYS_INSERT;
    case 3:
        return KEYS_DELETE;
    case 4:
    case 8:
        return KEYS_END;
    case 5:
        return KEYS_PAGE_UP;
    case 6:
        return KEYS_PAGE_DOWN;
    default:
        return KEYS_NONE;
    }
}

/* Numbers end in `~`; rxvt ends them in `$`, `^` or `@` with Shift and Control. */
static bool ends_number(unsigned char final)
{
    return final == '~' || final == '$' || final == '^' || final == '@';
}

/* Bytes between `ESC [` and the final one (ECMA-48, 5.4), except rxvt's `$`, which is final. */
static bool is_csi_inner(unsigned char byte)
{
    return byte >= 0x20 && byte <= 0x3F && byte != '$';
}

static bool is_csi_final(unsigned char byte)
{
    return byte == '$' || (byte >= 0x40 && byte <= 0x7E);
}

/* "button;x;y" and M for pressed, m for released (SGR 1006). Shift, Alt and Control add 4, 8 and 16
   to the button, a move 32; 64 and 65 are the wheel. */
static bool decode_mouse(const unsigned char *text, size_t length, unsigned char final,
                         struct mouse *mouse)
{
    enum { MODIFIERS = 4 | 8 | 16, MOVED = 32, WHEEL_UP = 64, WHEEL_DOWN = 65, DIGITS_MAX = 5 };
    int numbers[3] = {0};
    size_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t begin = at;
        while (at < length && at - begin < DIGITS_MAX && isdigit(text[at]))
            numbers[i] = numbers[i] * 10 + (text[at++] - '0');
        if (at == begin || (i < 2 && (at == length || text[at++] != ';')))
            return false;
    }
    int button = numbers[0] & ~MODIFIERS;
    if (at != length || numbers[1] < 1 || numbers[2] < 1)
        return false;
    *mouse = (struct mouse){.x = numbers[1] - 1, .y = numbers[2] - 1};
    if (final == 'm')
        mouse->kind = MOUSE_RELEASE;
    else if (button == WHEEL_UP)
        mouse->kind = MOUSE_WHEEL_UP;
    else if (button == WHEEL_DOWN)
        mouse->kind = MOUSE_WHEEL_DOWN;
    else
        mouse->kind = button == MOVED ? MOUSE_DRAG : MOUSE_PRESS;
    return button == 0 || button == MOVED ||
           (final == 'M' && button >= WHEEL_UP && button <= WHEEL_DOWN);
}

static struct sequence decode_csi(const unsigned char *bytes, size_t length)
{
    enum { PASTE_BEGIN = 200 };
    size_t at = 2;
    while (at < length && is_csi_inner(bytes[at]))
        at++;
    if (at > INPUT_SEQUENCE_MAX)
        return (struct sequence){.length = at, .goes_on = INPUT_SKIPS_SEQUENCE};
    if (at == length)
        return (struct sequence){.undecided = at == 2};

    unsigned char final = bytes[at];
    if (final == '[' && at == 2) { /* the Linux console's first function keys: ESC [ [ A */
        bool known = length > 3 && bytes[3] >= 'A' && bytes[3] <= 'E';
        char32_t key = known ? KEYS_F1 + (char32_t)(bytes[3] - 'A') : (char32_t)KEYS_NONE;
        return (struct sequence){.length = length > 3 ? 4 : 0, .key = key};
    }
    if (!is_csi_final(final))
        return (struct sequence){.length = at}; /* broken off by something else */
    struct sequence sequence = {.length = at + 1};
    bool is_private = bytes[2] >= '<' && bytes[2] <= '?';
    if (is_private) {
        if (bytes[2] == '?' && final == 'c')
            sequence.answer = TERMINAL_ATTRIBUTES;
        else if (bytes[2] == '<' && (final == 'M' || final == 'm'))
            sequence.is_mouse = decode_mouse(bytes + 3, at - 3, final, &sequence.mouse);
        return sequence;
    }
    long number = strtol((const char *)bytes + 2, NULL, 10); /* ends at the final byte */
    if (final >= 'P' && final <= 'S' && number > 1)
        return sequence; /* no function key: a terminal's report of its cursor ends in R */
    if (!ends_number(final))
        sequence.key = key_of_letter(final);
    else if (final == '~' && number == PASTE_BEGIN)
        sequence.begins_paste = true;
    else
        sequence.key = key_of_number(number);
    return sequence;
}

/* Keys in application mode: ESC O A; the keypad's Enter is ESC O M. */
static struct sequence decode_ss3(const unsigned char *bytes, size_t length)
{
    if (length < 3)
        return (struct sequence){.undecided = true};
    if (bytes[2] < 0x40 || bytes[2] > 0x7E)
        return (struct sequence){.length = 1, .key = KEYS_ESCAPE};
    char32_t key = bytes[2] == 'M' ? (char32_t)KEYS_ENTER : key_of_letter(bytes[2]);
    return (struct sequence){.length = 3, .key = key};
}

/* --- operating system commands --- */

/* Whether `at` stands at the end of a command string: how long that is, 0 when something else has
   broken the string off there, -1 when the next byte decides. */
static int end_of_string(const unsigned char *at, size_t length)
{
    if (at[0] == BELL)
        return 1;
    if (at[0] != ESCAPE)
        return 0;
    if (length < 2)
        return -1;
    return at[1] == '\\' ? 2 : 0;
}

static bool is_string_byte(unsigned char byte)
{
    return byte >= 0x20 && byte != DELETE;
}

/* One to four hexadecimal digits, scaled to 16 bits as XParseColor(3) does it: f, ff, fff and ffff
   are the same. Returns how many there were, or 0. */
static size_t parse_channel(const unsigned char *text, size_t length, uint16_t *channel)
{
    enum { DIGITS_MAX = 4 };
    unsigned value = 0;
    unsigned maximum = 0;
    size_t digits = 0;
    while (digits < length && digits < DIGITS_MAX && isxdigit(text[digits])) {
        unsigned char digit = (unsigned char)tolower(text[digits++]);
        value = value * 16 + (unsigned)(isdigit(digit) ? digit - '0' : digit - 'a' + 10);
        maximum = maximum * 16 + 15;
    }
    if (digits > 0)
        *channel = (uint16_t)(value * 65535UL / maximum);
    return digits;
}

/* "rgb:rrrr/gggg/bbbb"; where terminals can be seen through, "rgba:" and a fourth. */
static bool parse_color(const unsigned char *text, size_t length, uint16_t color[3])
{
    static const char RGB[] = "rgb:";
    static const char RGBA[] = "rgba:";
    bool has_alpha = length >= sizeof RGBA - 1 && memcmp(text, RGBA, sizeof RGBA - 1) == 0;
    size_t at = has_alpha ? sizeof RGBA - 1 : sizeof RGB - 1;
    if (!has_alpha && (length < at || memcmp(text, RGB, at) != 0))
        return false;
    int channels = has_alpha ? 4 : 3;
    for (int i = 0; i < channels; i++) {
        uint16_t alpha;
        size_t digits = parse_channel(text + at, length - at, i < 3 ? &color[i] : &alpha);
        at += digits;
        if (digits == 0)
            return false;
        if (i < channels - 1 && (at == length || text[at++] != '/'))
            return false;
    }
    return at == length;
}

static void read_answer(struct sequence *sequence, const unsigned char *text, size_t length)
{
    static const char BACKGROUND[] = "11;";
    enum { NAME = sizeof BACKGROUND - 1 };
    if (length > NAME && memcmp(text, BACKGROUND, NAME) == 0 &&
        parse_color(text + NAME, length - NAME, sequence->background))
        sequence->answer = TERMINAL_BACKGROUND;
}

/* `ESC ] number ; text`, ended by BEL or `ESC \`: a terminal's answer. `ESC ]` alone is Alt-]. Once
   it is surely one it waits for its end as long as it takes: its hexadecimal digits must not be
   taken for keys. */
static struct sequence decode_osc(const unsigned char *bytes, size_t length)
{
    size_t at = 2;
    if (length == at)
        return (struct sequence){.undecided = true};
    if (!isdigit(bytes[at]))
        return (struct sequence){.length = 1, .key = KEYS_ESCAPE};
    while (at < length && isdigit(bytes[at]))
        at++;
    bool broken_off = at < length && is_string_byte(bytes[at]) && bytes[at] != ';';
    if (broken_off && at <= INPUT_SEQUENCE_MAX)
        return (struct sequence){.length = at}; /* by a key */
    while (at < length && is_string_byte(bytes[at]))
        at++;
    if (at > INPUT_SEQUENCE_MAX)
        return (struct sequence){.length = at, .goes_on = INPUT_SKIPS_STRING};
    int end = at < length ? end_of_string(bytes + at, length - at) : -1;
    if (end < 0)
        return (struct sequence){0};
    struct sequence sequence = {.length = at + (size_t)end};
    if (end > 0)
        read_answer(&sequence, bytes + 2, at - 2);
    return sequence;
}

/* Drop what is pending of what is too long; false while its end has not come. */

static bool skip_sequence(struct input *input)
{
    size_t at = 0;
    while (at < input->length && is_csi_inner(input->pending[at]))
        at++;
    bool ended = at < input->length;
    consume(input, at + (ended && is_csi_final(input->pending[at])));
    if (ended)
        input->skipping = INPUT_SKIPS_NOTHING;
    return ended;
}

static bool skip_string(struct input *input)
{
    size_t at = 0;
    while (at < input->length && is_string_byte(input->pending[at]))
        at++;
    int end = at < input->length ? end_of_string(input->pending + at, input->length - at) : -1;
    consume(input, at + (end > 0 ? (size_t)end : 0));
    if (end >= 0)
        input->skipping = INPUT_SKIPS_NOTHING;
    return end >= 0;
}

static struct sequence decode_escape(const unsigned char *bytes, size_t length)
{
    if (length < 2)
        return (struct sequence){.undecided = true};
    if (bytes[1] == '[')
        return decode_csi(bytes, length);
    if (bytes[1] == 'O')
        return decode_ss3(bytes, length);
    if (bytes[1] == ']')
        return decode_osc(bytes, length);
    return (struct sequence){.length = 1, .key = KEYS_ESCAPE};
}

/* --- characters --------------------------------------------------------- */

/* Whether the bytes are the beginning of a UTF-8 character whose rest has not come yet. */
static bool may_become_character(const unsigned char *bytes, size_t length)
{
    size_t whole = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || length >= whole)
        return false;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return false;
    return true;
}

static char32_t key_of_character(char32_t character)
{
    if (character == DELETE || character == '\b')
        return KEYS_BACKSPACE;
    if (character == '\n')
        return KEYS_ENTER;
    if (character >= 0x80 && character < 0xA0)
        return KEYS_NONE;
    return character;
}

static struct sequence decode_character(const unsigned char *bytes, size_t length)
{
    char32_t character;
    size_t taken = text_decode((const char *)bytes, length, &character);
    if (taken > 0)
        return (struct sequence){.length = taken, .key = key_of_character(character)};
    return (struct sequence){.length = may_become_character(bytes, length) ? 0 : 1};
}

/* False when there is nothing to report. */
static bool report(const struct sequence *sequence, struct terminal_event *event)
{
    if (sequence->answer != TERMINAL_NOTHING) {
        event->kind = sequence->answer;
        memcpy(event->background, sequence->background, sizeof event->background);
    } else if (sequence->is_mouse) {
        event->kind = TERMINAL_MOUSE;
        event->mouse = sequence->mouse;
    } else if (sequence->key != KEYS_NONE) {
        event->kind = TERMINAL_KEY;
        event->key = sequence->key;
    }
    return event->kind != TERMINAL_NOTHING;
}

enum input_result input_next(struct input *input, bool waited, struct terminal_event *event)
{
    *event = (struct terminal_event){.kind = TERMINAL_NOTHING};
    while (input->length > 0) {
        if (input->pasting) {
            if (next_of_paste(input, event))
                return INPUT_EVENT;
            if (input->pasting)
                return INPUT_NOTHING;
            continue;
        }
        if (input->skipping != INPUT_SKIPS_NOTHING) {
            bool ended =
                input->skipping == INPUT_SKIPS_STRING ? skip_string(input) : skip_sequence(input);
            if (!ended)
                return INPUT_NOTHING;
            continue;
        }
        struct sequence next = input->pending[0] == ESCAPE
                                   ? decode_escape(input->pending, input->length)
                                   : decode_character(input->pending, input->length);
        if (next.undecided && waited)
            next = (struct sequence){.length = 1, .key = KEYS_ESCAPE};
        if (next.undecided)
            return INPUT_UNDECIDED;
        if (next.length == 0)
            return INPUT_NOTHING;
        consume(input, next.length);
        input->pasting = next.begins_paste;
        input->skipping = next.goes_on;
        if (report(&next, event))
            return INPUT_EVENT;
    }
    return INPUT_NOTHING;
}
