/*
 * What the lines of the inspector are put together from; for tui/inspector*.c only.
 */
#ifndef BRIDGETOP_TUI_INSPECTOR_PIECES_H
#define BRIDGETOP_TUI_INSPECTOR_PIECES_H

#include "tui/inspector_text.h"

enum {
    INSPECTOR_SIGN_WIDTH = 2, /* "▾ " */
    INSPECTOR_STEP = 2,       /* columns a level */
};

/* Formatted text that lives as long as `text`; "" when there is no room. */
const char *pieces_scratch(struct inspector_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Another column of the line. */
struct flow *pieces_cell(struct inspector_text *text, int x, int width, int indent, int hang);

/* The first place from `at` on where a character begins. */
size_t pieces_character(const char *bytes, size_t length, size_t at);

/* Bytes [from, to) of a body in one style, each hidden span of them as a mask. */
void pieces_bytes(const struct inspector *inspector, struct flow *flow, struct style style,
                  const struct inspector_body *body, size_t from, size_t to);

/* Whether some of these bytes are not shown. */
bool pieces_hidden(const struct inspector *inspector, const struct inspector_body *body,
                   size_t from, size_t to);

/* A value in one line's worth of text: scalars as they are, containers as what they begin with. */
void pieces_short(const struct inspector *inspector, struct flow *flow,
                  const struct inspector_body *body, const struct json_node *node, enum role role);

/* What a container begins with: `"payment_rail": "ach", "currency": "usd", …` */
void pieces_preview(const struct inspector *inspector, struct flow *flow,
                    const struct inspector_body *body, uint32_t node);

/* --- lines of some kinds -------------------------------------------------------------- */

void inspector_say_sides(const struct inspector *inspector, const struct inspector_line *line,
                         struct inspector_text *text); /* inspector_sides.c */
void inspector_say_bytes(const struct inspector *inspector, const struct inspector_line *line,
                         struct inspector_text *text); /* inspector_dump.c */

#endif
