/*
 * One thing that was looked at: whether it is well, in words, and how to mend it.
 */
#ifndef BRIDGETOP_API_CHECK_H
#define BRIDGETOP_API_CHECK_H

enum check_tone { CHECK_OK, CHECK_WARN, CHECK_BAD };

enum { CHECK_TEXT_MAX = 320 };

struct check_line {
    enum check_tone tone;
    char what[24];               /* "certificate" */
    char text[CHECK_TEXT_MAX];   /* how it is */
    char remedy[CHECK_TEXT_MAX]; /* what would mend it; "" where nothing has to be */
};

/* Fills it in. */
void check_say(struct check_line *line, enum check_tone tone, const char *what, const char *format,
               ...) __attribute__((format(printf, 4, 5)));
void check_mend(struct check_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "ok", "warn", "bad". */
const char *check_tone_name(enum check_tone tone);

#endif
