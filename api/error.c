#include "api/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return false;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return false;
    char prefix[ERROR_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    char line[2 * ERROR_MAX + 4];
    (void)snprintf(line, sizeof line, "%s: %s", prefix, error->message);
    line[sizeof error->message - 1] = '\0';
    memcpy(error->message, line, strlen(line) + 1);
    return false;
}
