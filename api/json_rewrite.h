/*
 * Writes a JSON text anew as other programs would: their white space, their escapes, their numbers,
 * the order of their members. What a proxy does to a body when it reads it as JSON and writes it
 * again is undone by this, so that the doctor (doctor.h) can see whether the signature fits then.
 *
 * Values stay what they are. Names and strings are rewritten from their own bytes: nothing is lost
 * that a JSON reader would keep.
 */
#ifndef BRIDGETOP_API_JSON_REWRITE_H
#define BRIDGETOP_API_JSON_REWRITE_H

#include "api/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum json_layout {
    JSON_LAYOUT_AS_SENT,
    JSON_LAYOUT_COMPACT,  /* {"a":1,"b":[2,3]}: Ruby, JavaScript, Go */
    JSON_LAYOUT_SPACED,   /* {"a": 1, "b": [2, 3]}: Python */
    JSON_LAYOUT_INDENT_2, /* a member a line, empty containers as {} */
    JSON_LAYOUT_INDENT_4,
    JSON_LAYOUT_TAB,
    JSON_LAYOUTS
};

enum json_escapes {
    JSON_ESCAPES_AS_SENT,
    JSON_ESCAPES_FEW,   /* what must be: UTF-8 as it is */
    JSON_ESCAPES_ASCII, /* all that is not ASCII as \u00e9 */
    JSON_ESCAPES_SLASH, /* ASCII only, and \/: PHP */
    JSON_ESCAPES_HTML,  /* UTF-8, but < > & U+2028 U+2029 as \u003c: Rails, Go */
    JSON_ESCAPES
};

enum json_numbers {
    JSON_NUMBERS_AS_SENT,
    JSON_NUMBERS_SHORT, /* 1.50 as 1.5, 1.0 as 1: JavaScript, Go */
    JSON_NUMBERS
};

enum json_order {
    JSON_ORDER_AS_SENT,
    JSON_ORDER_CONTRACT, /* the event's own members in the order of the contract, others after */
    JSON_ORDERS
};

struct json_form {
    enum json_layout layout;
    enum json_escapes escapes;
    enum json_numbers numbers;
    enum json_order order;
};

/* Appends the text in that form. False when it is not JSON, or the buffer has failed. Where the
   layout is as sent, order is, too. */
bool json_rewrite(const char *text, size_t length, struct json_form form, struct buffer *to);

#endif
