/*
 * Text for the clipboard of the terminal that a person sits at: OSC 52, which works over SSH.
 *
 * Pure: bytes in, the sequence to send out. Inside tmux and screen the sequence is wrapped so that
 * they pass it on; tmux also gets it plain, for it takes either one or the other, as it is set up
 * (`allow-passthrough`, `set-clipboard`). What is sent is base64 between two fixed ends, so the
 * text itself cannot control the terminal. No answer ever tells whether the terminal took it.
 */
#ifndef BRIDGETOP_TUI_CLIPBOARD_H
#define BRIDGETOP_TUI_CLIPBOARD_H

#include "api/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CLIPBOARD_BASE64_MAX = 74992,                       /* xterm takes about 75,000 characters */
    CLIPBOARD_BYTES_MAX = CLIPBOARD_BASE64_MAX / 4 * 3, /* so many bytes of text */
    CLIPBOARD_SCREEN_CHUNK = 768,                       /* GNU screen: of one DCS, ends included */
};

enum clipboard_route {
    CLIPBOARD_NONE, /* the terminal cannot, or would show the sequence as text */
    CLIPBOARD_PLAIN,
    CLIPBOARD_TMUX,
    CLIPBOARD_SCREEN,
};

/* By the environment: TERM, TMUX and STY; each may be NULL. */
enum clipboard_route clipboard_route(const char *term, const char *tmux, const char *sty);

/* Appends the sequence that copies the bytes. False when there is no route, the bytes are none or
   too many, or memory is out. */
bool clipboard_sequence(enum clipboard_route route, const char *bytes, size_t length,
                        struct buffer *out);

#endif
