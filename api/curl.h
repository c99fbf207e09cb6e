/*
 * The curl command that sends a delivery again, exactly as it came.
 *
 * Pure: a delivery in, text for a POSIX shell out. What arrives when it is run is the same
 * method, the same target byte for byte, the same header fields in their order, none more and
 * none less, and the same body. Two things are curl's own: Host stands first, and a
 * Content-Length that is not true (of a body that was changed since) is counted anew.
 *
 *   curl --disable --globoff --noproxy '*' --path-as-is \
 *       --request POST --url http://127.0.0.1:8787/webhooks/wep_1 \
 *       --header 'Content-Type: application/json' \
 *       --header 'User-Agent:' \
 *       --data-raw '{"event_id":"wh_1"}'
 *
 * A header without a value keeps curl from sending one of its own (curl(1), --header).
 *
 * Whatever the delivery holds, the text is harmless: to a shell, since every word from outside
 * stands in single quotes or is made of characters that mean nothing there; to a terminal, since
 * it holds no control byte but the newline, and of other characters only letters and signs which
 * are drawn left to right, each by itself. Values with anything else come from printf's octal
 * escapes, bodies through `base64 -d`. Bodies that are longer than a word of a command may be on
 * Linux (MAX_ARG_STRLEN, 131,072 bytes) come through it, too.
 */
#ifndef BRIDGETOP_API_CURL_H
#define BRIDGETOP_API_CURL_H

#include "api/buffer.h"
#include "api/delivery.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CURL_TEXT_MAX = 64 * 1024,         /* bytes of a body as text; longer ones are base64 */
    CURL_COMMAND_MAX = 4 * 1024 * 1024 /* more than a delivery that the listener took can need */
};

/* Appends the command, and a newline. `base` is where it is sent: "http://127.0.0.1:8787", without
   a path. False when it does not fit or memory is out: the buffer has failed then. */
bool curl_command(struct buffer *to, const struct delivery *delivery, const char *base);

/* Appends one word for a POSIX shell: as it is, in single quotes, or from printf. Without NULs. */
void curl_quote(struct buffer *to, const char *bytes, size_t length);

#endif
