/*
 * What a terminal sends, as keys, pastes and answers.
 *
 * Bytes go in as they are read, events come out. No I/O and no clock: the caller
 * says when it has waited long enough to know that an escape byte was the Esc
 * key and not the beginning of a sequence.
 *
 * The sequences are those of xterm, rxvt, the Linux console, screen and tmux in
 * both cursor key modes. One that is not known is swallowed whole: its tail must not be
 * taken for keys (Ctrl-Left ends in a D). What a key's modifiers add is ignored.
 */
#ifndef BRIDGETOP_TUI_INPUT_H
#define BRIDGETOP_TUI_INPUT_H

#include "api/buffer.h"
#include "tui/mouse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum {
    TERMINAL_PASTE_MAX = 65536, /* bytes; the rest of a longer paste is dropped */
    INPUT_PENDING_MAX = 4096,   /* bytes read but not decoded */
    INPUT_SEQUENCE_MAX = 64,    /* a longer escape sequence is not one */
};

enum terminal_event_kind {
    TERMINAL_NOTHING,
    TERMINAL_KEY,
    TERMINAL_PASTE,
    TERMINAL_MOUSE,
    TERMINAL_BACKGROUND, /* the answer to INPUT_ASK_BACKGROUND */
    TERMINAL_ATTRIBUTES, /* the answer to INPUT_ASK_ATTRIBUTES; what it says is not kept */
};

/* The background's colour (xterm's OSC 11). A terminal that does not know it stays silent. */
#define INPUT_ASK_BACKGROUND "\033]11;?\033\\"

/* Presses, releases and moves with a button held (1002), with coordinates of any size in digits
   (1006). In the order in which they are taken back, too. */
#define INPUT_MOUSE_ON  "\033[?1002h\033[?1006h"
#define INPUT_MOUSE_OFF "\033[?1006l\033[?1002l"

/* Primary device attributes: answered by all, and after what was asked before. */
#define INPUT_ASK_ATTRIBUTES "\033[c"

struct terminal_event {
    enum terminal_event_kind kind;
    char32_t key; /* tui/key.h */
    struct mouse mouse;
    char *paste; /* allocated, UTF-8 (other bytes and NUL are `?`), lines end in \n, at most
                    TERMINAL_PASTE_MAX bytes: the caller frees */
    size_t paste_length;
    uint16_t background[3]; /* red, green, blue: 0 to 65535 */
};

/* The rest of what is longer than is kept, up to its end. */
enum input_skipping {
    INPUT_SKIPS_NOTHING,
    INPUT_SKIPS_SEQUENCE, /* `ESC [`, parameters, a final byte */
    INPUT_SKIPS_STRING,   /* `ESC ]`, text, BEL or `ESC \` */
};

struct input {
    unsigned char pending[INPUT_PENDING_MAX];
    size_t length;
    bool pasting;
    enum input_skipping skipping;
    struct buffer paste;
};

void input_init(struct input *input);
void input_clear(struct input *input);

/* Where to read the next bytes to, and how many there is room for (never 0 after input_next() has
   returned anything but INPUT_EVENT). Then say how many came. */
unsigned char *input_space(struct input *input, size_t *room);
void input_filled(struct input *input, size_t count);

enum input_result {
    INPUT_NOTHING,   /* needs more bytes */
    INPUT_EVENT,     /* *event is set; there may be more */
    INPUT_UNDECIDED, /* Esc, or the beginning of a sequence: wait a little, then call with `waited`
                      */
};

enum input_result input_next(struct input *input, bool waited, struct terminal_event *event);

#endif
