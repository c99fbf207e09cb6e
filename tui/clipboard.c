#include "tui/clipboard.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool given(const char *value)
{
    return value != NULL && value[0] != '\0';
}

enum clipboard_route clipboard_route(const char *term, const char *tmux, const char *sty)
{
    static const char *const CANNOT[] = {"dumb", "linux", "vt", "ansi", "cons", "unknown", NULL};
    if (!given(term))
        return CLIPBOARD_NONE;
    for (const char *const *name = CANNOT; *name != NULL; name++)
        if (begins(term, *name))
            return CLIPBOARD_NONE;
    /* tmux in screen or screen in tmux: the inner one set TERM, but both may call themselves
       screen; tmux is met more often. */
    if (given(tmux) || begins(term, "tmux"))
        return CLIPBOARD_TMUX;
    return given(sty) ? CLIPBOARD_SCREEN : CLIPBOARD_PLAIN;
}

/* tmux: one DCS, in which every ESC is doubled. Ours has one, at its start. */
static void append_for_tmux(struct buffer *out, const char *sequence, size_t length)
{
    (void)buffer_append_string(out, "\033Ptmux;\033");
    (void)buffer_append(out, sequence, length);
    (void)buffer_append_string(out, "\033\\");
    (void)buffer_append(out, sequence, length);
}

/* screen takes what stands in a DCS as it is, but not much of it at once. */
static void append_for_screen(struct buffer *out, const char *sequence, size_t length)
{
    enum { ENDS = 4, ROOM = CLIPBOARD_SCREEN_CHUNK - ENDS };
    for (size_t at = 0; at < length; at += ROOM) {
        size_t count = length - at < ROOM ? length - at : ROOM;
        (void)buffer_append_string(out, "\033P");
        (void)buffer_append(out, sequence + at, count);
        (void)buffer_append_string(out, "\033\\");
    }
}

bool clipboard_sequence(enum clipboard_route route, const char *bytes, size_t length,
                        struct buffer *out)
{
    /* It ends with BEL: ESC \ would end the DCS around it. */
    static const char START[] = "\033]52;c;", END[] = "\a";
    if (route == CLIPBOARD_NONE || length == 0 || length > CLIPBOARD_BYTES_MAX)
        return false;
    char *sequence = malloc(sizeof START + CLIPBOARD_BASE64_MAX + sizeof END);
    if (sequence == NULL)
        return false;
    size_t at = sizeof START - 1;
    memcpy(sequence, START, at);
    at += (size_t)EVP_EncodeBlock((unsigned char *)sequence + at, (const unsigned char *)bytes,
                                  (int)length);
    memcpy(sequence + at, END, sizeof END);
    at += sizeof END - 1;
    if (route == CLIPBOARD_TMUX)
        append_for_tmux(out, sequence, at);
    else if (route == CLIPBOARD_SCREEN)
        append_for_screen(out, sequence, at);
    else
        (void)buffer_append(out, sequence, at);
    free(sequence);
    return !out->failed;
}
