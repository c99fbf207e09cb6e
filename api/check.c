#include "api/check.h"

#include <stdarg.h>
#include <stdio.h>

void check_say(struct check_line *line, enum check_tone tone, const char *what, const char *format,
               ...)
{
    va_list arguments;
    *line = (struct check_line){.tone = tone};
    (void)snprintf(line->what, sizeof line->what, "%s", what);
    va_start(arguments, format);
    (void)vsnprintf(line->text, sizeof line->text, format, arguments);
    va_end(arguments);
}

void check_mend(struct check_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line->remedy, sizeof line->remedy, format, arguments);
    va_end(arguments);
}

const char *check_tone_name(enum check_tone tone)
{
    static const char *const NAMES[] = {
        [CHECK_OK] = "ok", [CHECK_WARN] = "warn", [CHECK_BAD] = "bad"};
    return NAMES[tone];
}
