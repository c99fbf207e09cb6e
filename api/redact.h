/*
 * Which bytes of a payload are personal or banking data.
 *
 * Pure: bytes in, spans out. A payload is walked as JSON, and a value is hidden by the name it
 * stands under (the table in redact_table.c, the one place for names), also below it (an `address`
 * object hides all that is in it; so it is in event_object_changes, whose old and new values stand
 * under the changed field), by the name that stands beside it ({"field": "email", "old": …, "new":
 * …}, ["email", old, new]) and by that before its `=` in queries and forms. Whatever the name, and
 * in text that is not JSON, values are hidden by their shape: e-mail addresses, IBANs (checksum),
 * card numbers (Luhn), US social security numbers, telephone numbers in the + form, account
 * addresses of blockchains that begin with 0x. JSON inside a JSON string is walked as well, one
 * level deep. Text that stops being JSON half way is walked on by names, strings and brackets: what
 * a broken payload has under a name is hidden, too.
 *
 * What stays readable, so that a masked payload is still of use: ids of events and objects, types,
 * states, amounts, currencies, payment rails, times, true, false and null.
 *
 * Addresses on a blockchain are hidden: they are the account numbers of wallets, and lead to
 * everything these ever did. Hashes of transactions are the ids by which a payment is traced and
 * stay, although a look-up of one leads to the addresses.
 *
 * Time is linear in the length, whatever the text: a megabyte made to be slow takes 4 to 17 ms, so
 * it may be done on the loop. Memory is a span a value. What cannot be judged (memory is out) is
 * hidden whole by those who call.
 */
#ifndef BRIDGETOP_API_REDACT_H
#define BRIDGETOP_API_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum redact_kind {
    REDACT_NONE,
    REDACT_NAME,    /* of a person or a firm */
    REDACT_ADDRESS, /* postal, and where somebody is */
    REDACT_EMAIL,
    REDACT_PHONE,
    REDACT_BIRTH,   /* dates and places of birth, and what else describes a person */
    REDACT_ACCOUNT, /* accounts, cards, banks and their numbers, wallets */
    REDACT_TAX,     /* tax numbers and documents of identity */
    REDACT_TEXT,    /* what people wrote: memos, references, descriptions */
    REDACT_SECRET,  /* passwords, tokens, links that let somebody in */
};

/* Small, for a hostile megabyte has half a million, and memory that is touched for the first time
   costs more than the finding. */
struct redact_span {
    uint32_t start; /* the text of a string without its quotes, or a whole number */
    uint32_t length;
    uint8_t kind;   /* enum redact_kind */
    uint8_t quotes; /* what stands for it needs: 0 none, 1 quotes, 2 escaped ones */
};

/* In order, not overlapping, none empty. */
struct redact_spans {
    struct redact_span *items;
    size_t count;
    size_t capacity;
};

enum redact_syntax {
    REDACT_JSON_OR_TEXT, /* a payload: names where it is JSON, shapes everywhere */
    REDACT_PLAIN_TEXT,   /* shapes alone */
};

/* Finds what is to be hidden. False when memory is out or there are 4 GiB of it: then hide it all.
   `spans` is overwritten; clear it afterwards. */
bool redact_find(const char *bytes, size_t length, enum redact_syntax syntax,
                 struct redact_spans *spans);
void redact_spans_clear(struct redact_spans *spans);

/* The span that holds the byte at `offset`, or the first one after it; NULL when there is none. */
const struct redact_span *redact_span_at(const struct redact_spans *spans, size_t offset);

/* A copy in which REDACT_MASK stands for every span: bytes outside stay exactly as they are, and
   what was JSON is JSON. Strings become "***"; a number becomes the string "***", which no reader
   takes for an amount. Allocated and NUL-terminated; NULL when memory is out. *hidden (may be NULL)
   is the number of spans. */
#define REDACT_MASK "***"
char *redact_copy(const char *bytes, size_t length, enum redact_syntax syntax, size_t *copy_length,
                  size_t *hidden);

/* The same for the value of an HTTP header field: credentials and cookies are hidden whole, others
   by shape. The signature header stays. NULL when memory is out. */
char *redact_header_value(const char *name, const char *value);

/* The same for a request target: values of its query by name, everything by shape, also where it is
   percent-encoded. */
char *redact_target(const char *target);

/* What a value that stands under this name is; the name is as decoded, any case and style
   (`lastFour`, `last_4`, `LAST4`, and a path: `address.city`). REDACT_NONE: by shape alone. */
enum redact_kind redact_name_kind(const char *name, size_t length);

/* "name", "address", …: for people. */
const char *redact_kind_name(enum redact_kind kind);

#endif
