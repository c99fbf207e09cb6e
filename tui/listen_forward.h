/*
 * What `bridgetop listen` prints of a delivery that was handed on. Pure.
 */
#ifndef BRIDGETOP_TUI_LISTEN_FORWARD_H
#define BRIDGETOP_TUI_LISTEN_FORWARD_H

#include "api/buffer.h"
#include "api/forwarder.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends a line for people, without its end; `name` is the application's. */
void listen_forward_text(struct buffer *text, const struct forward_report *report, const char *name,
                         int64_t now_ms, bool ascii);

/* Appends ,"member":value…, personal data in the answer hidden where `masked`. */
void listen_forward_json(struct buffer *text, const struct forward_report *report, const char *name,
                         bool masked);

#endif
