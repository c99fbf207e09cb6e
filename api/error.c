#include "api/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { UTF8_SEQUENCE_MAX = 4 };

/* How many bytes the UTF-8 sequence that begins with `lead` has; 1 for what begins none. */
static size_t sequence_length(unsigned char lead)
{
    if (lead >= 0xF0)
        return 4;
    if (lead >= 0xE0)
        return 3;
    return lead >= 0xC0 ? 2 : 1;
}

/* Takes off a character whose end was cut away. Bytes that were not UTF-8 before stay. */
static void trim_cut_character(char *text)
{
    size_t length = strlen(text);
    for (size_t back = 1; back < UTF8_SEQUENCE_MAX && back <= length; back++) {
        unsigned char byte = (unsigned char)text[length - back];
        if ((byte & 0xC0) == 0x80)
            continue;
        if (sequence_length(byte) > back)
            text[length - back] = '\0';
        return;
    }
}

/* Formats beside the error first: the arguments may be its own message. */
__attribute__((format(printf, 2, 0))) static void format_line(char line[ERROR_MAX],
                                                              const char *format, va_list args)
{
    int length = vsnprintf(line, ERROR_MAX, format, args);
    if (length < 0)
        line[0] = '\0';
    if (length >= ERROR_MAX)
        trim_cut_character(line);
}

bool error_set(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return false;
    char line[ERROR_MAX];
    va_list args;
    va_start(args, format);
    format_line(line, format, args);
    va_end(args);
    memcpy(error->message, line, strlen(line) + 1);
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return false;
    char prefix[ERROR_MAX];
    va_list args;
    va_start(args, format);
    format_line(prefix, format, args);
    va_end(args);
    return error_set(error, "%s: %s", prefix, error->message);
}
