/*
 * What `bridgetop listen` says of itself: lines for people on standard error, and on standard
 * output that it listens and that it has stopped, with --json as objects of their own kind (README,
 * "What it writes").
 */
#ifndef BRIDGETOP_TUI_LISTEN_SAY_H
#define BRIDGETOP_TUI_LISTEN_SAY_H

#include "api/ambient.h"
#include "api/buffer.h"
#include "tui/listen_output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listen_voice {
    struct ambient ambient;
    struct listen_output *output; /* NULL: nobody reads yet, or any more */
    bool json;
    bool ascii;
};

struct listen_ready {
    const char *address;
    uint16_t port;
    const char *store_path;
    size_t keys;
    bool tls;
    int tls_days;        /* until the certificate ends */
    const char *forward; /* whom to; NULL: nothing is handed on */
};

/* A line on standard error. Nobody's slowness there holds the loop: what is not taken at once is
   left out. */
void listen_complain(bool ascii, const char *message);

/* The same, and as an object of that kind where that is what is read. */
void listen_tell(const struct listen_voice *voice, const char *kind, const char *message);

void listen_say_ready(const struct listen_voice *voice, const struct listen_ready *ready);
void listen_say_stopped(const struct listen_voice *voice, const char *reason, int64_t received,
                        int64_t verified);

/* {"kind":"KIND","at":"…" and whatever is put behind it; the end writes it, and clears the line. */
void listen_begin_object(struct buffer *line, const struct listen_voice *voice, const char *kind);
void listen_end_object(const struct listen_voice *voice, struct buffer *line);

enum { LISTEN_LINE_SIZE = 8192 };

#endif
