#include "tui/command.h"

#include "tui/text.h"

#include <getopt.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

void command_bad_option(int option, char **argv, struct error *error)
{
    enum { LETTERS_END = 128 };
    /* optopt is a short option's letter; of -h it is set for --help=x only. */
    if (option == ':')
        error_set(error, "option '%s' needs a value", argv[optind - 1]);
    else if (optopt != 0 && optopt < LETTERS_END && optopt != 'h')
        error_set(error, "unknown option '-%c'", optopt);
    else
        error_set(error, "unknown option '%s'", argv[optind - 1]);
}

bool command_is_ascii(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

bool command_print(FILE *to, const char *prefix, const char *line)
{
    enum { GROWTH = 8 }; /* "<U+202E>" of two bytes and more */
    size_t size = GROWTH * strlen(line) + 1;
    char *gated = malloc(size);
    if (gated == NULL)
        return false;
    (void)text_gate_string(gated, size, line, strlen(line), command_is_ascii());
    bool printed = fprintf(to, "%s%s\n", prefix, gated) >= 0 && fflush(to) == 0;
    free(gated);
    return printed;
}

void command_complain(const char *name, const char *message)
{
    (void)fprintf(stderr, "bridgetop %s: ", name);
    (void)command_print(stderr, "", message);
}

void command_complain_of_usage(const char *name, const char *message)
{
    command_complain(name, message);
    (void)fprintf(stderr, "Try 'bridgetop %s --help'.\n", name);
}
