/*
 * Text that means harm to a terminal, or to whoever reads it there.
 *
 * One list for all tests: strings of control functions, of characters that hide or reorder
 * others, of bytes that are not UTF-8, and of sizes that nobody expects. Bytes with a length: NULs
 * are among them.
 */
#ifndef BRIDGETOP_TESTS_HOSTILE_H
#define BRIDGETOP_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

struct hostile {
    char name[48];
    char *bytes; /* and a NUL behind them */
    size_t length;
};

struct hostile_list {
    struct hostile *items;
    size_t count;
};

/* Builds the list, which takes some megabytes. False when memory is out. */
bool hostile_list_make(struct hostile_list *list);
void hostile_list_free(struct hostile_list *list);

/* Whether a character may reach a terminal out of untrusted text: no control, nothing that Unicode
   calls ignorable or a format or bidi control, no separator of lines, no surrogate, no
   noncharacter. Says so by Unicode's properties, not by what the program does. */
bool hostile_may_be_shown(char32_t character);

/* The first place in a line of text where what reaches the terminal may not, or NULL: all of it is
   well-formed UTF-8 of such characters. */
const char *hostile_find(const char *text, size_t length);

#endif
