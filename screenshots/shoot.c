/*
 * Takes pictures of a program in a terminal:
 *
 *   shoot [--size 120x36] [--scale 2] [--palette dark|light] [--title TEXT] [--env NAME=VALUE]
 *         STEPS -- PROGRAM [ARGS]
 *
 * Steps are carried out from left to right:
 *
 *   --wait TEXT     until the text is on the screen
 *   --gone TEXT     until it is not
 *   --quiet MS      until the program has written nothing for so long
 *   --pump MS       for so long
 *   --keys KEYS     types; \e \r \t \\ and \xNN as in C, and <up> <down> <left> <right> <home>
 *                   <end> <pgup> <pgdn> <enter> <esc> <tab> <s-tab> <backspace>
 *   --resize WxH
 *   --frame MS      a frame of the animation that is shown for so long
 *   --film MS       frames of what happens in so long
 *   --type KEYS     as --keys, one after the other, each filmed
 *   --animate FILE.png
 *                   the frames so far as an animated picture
 *   FILE.png        a picture; FILE.txt or -: the screen as text
 */
#include "screenshots/animation.h"
#include "screenshots/picture.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_USAGE = 2,
    ENVIRONMENT_MAX = 16,
    QUIET_LIMIT_MS = 30000,
    FILM_STEP_MS = 100, /* between two frames of a film */
    TYPED_MS = 130,     /* from key to key */
};

struct options {
    struct screen_options screen;
    const char *environment[ENVIRONMENT_MAX + 1];
    size_t environment_count;
    const char *title;
    double scale;
    const struct screen_palette *palette;
    struct animation *animation; /* the frames so far */
};

static _Noreturn void usage(const char *what)
{
    (void)fprintf(
        stderr,
        "shoot: %s\n"
        "usage: shoot [--size WxH] [--scale N] [--palette dark|light] [--title TEXT]\n"
        "             [--env NAME=VALUE]\n"
        "             [--wait TEXT] [--gone TEXT] [--quiet MS] [--pump MS] [--keys KEYS]\n"
        "             [--frame MS] [--film MS] [--type KEYS] [--animate FILE.png]\n"
        "             [--resize WxH] [FILE.png|FILE.txt|-]… -- PROGRAM [ARGS]\n",
        what);
    exit(EXIT_USAGE);
}

static void read_size(const char *text, int *width, int *height)
{
    char *end;
    *width = (int)strtol(text, &end, 10);
    *height = *end == 'x' ? (int)strtol(end + 1, &end, 10) : 0;
    if (*end != '\0' || *width < 1 || *height < 1)
        usage("a size is WxH");
}

static const struct screen_palette *read_palette(const char *name)
{
    if (strcmp(name, "dark") == 0)
        return &PICTURE_PALETTE;
    if (strcmp(name, "light") != 0)
        usage("a palette is dark or light");
    return &PICTURE_LIGHT_PALETTE;
}

/* An option that holds for the whole session. False when it is a step. */
static bool read_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--size") == 0)
        read_size(value, &options->screen.width, &options->screen.height);
    else if (strcmp(name, "--scale") == 0)
        options->scale = strtod(value, NULL);
    else if (strcmp(name, "--palette") == 0)
        options->palette = read_palette(value);
    else if (strcmp(name, "--title") == 0)
        options->title = value;
    else if (strcmp(name, "--env") == 0 && options->environment_count < ENVIRONMENT_MAX)
        options->environment[options->environment_count++] = value;
    else
        return false;
    return true;
}

/* --- keys ------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum screen_key key;
} NAMED[] = {
    {"<up>", SCREEN_UP},
    {"<down>", SCREEN_DOWN},
    {"<left>", SCREEN_LEFT},
    {"<right>", SCREEN_RIGHT},
    {"<home>", SCREEN_HOME},
    {"<end>", SCREEN_END},
    {"<pgup>", SCREEN_PAGE_UP},
    {"<pgdn>", SCREEN_PAGE_DOWN},
    {"<enter>", SCREEN_ENTER},
    {"<esc>", SCREEN_ESCAPE},
    {"<tab>", SCREEN_TAB},
    {"<s-tab>", SCREEN_SHIFT_TAB},
    {"<backspace>", SCREEN_BACKSPACE},
};

/* Presses the named key at the start of the text. Returns the length of its name, or 0. */
static size_t press_named(struct screen *screen, const char *text)
{
    for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++) {
        size_t length = strlen(NAMED[i].name);
        if (strncmp(text, NAMED[i].name, length) == 0)
            return screen_press(screen, NAMED[i].key) ? length : 0;
    }
    return 0;
}

/* The character that an escape after a backslash stands for, and how long the escape is. */
static char escaped(const char *text, size_t *length)
{
    *length = 1;
    switch (*text) {
    case 'e':
        return '\033';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'x': {
        char digits[3] = "";
        (void)snprintf(digits, sizeof digits, "%.2s", text + 1);
        *length = 1 + strlen(digits);
        return (char)strtol(digits, NULL, 16);
    }
    default:
        return *text;
    }
}

/* --- frames ---------------------------------------------------------------- */

static bool add_frame(struct screen *screen, const struct options *options, int ms)
{
    struct error error;
    cairo_surface_t *picture =
        picture_draw(screen, options->palette, options->title, options->scale);
    bool added = animation_add(options->animation, picture, ms, &error);
    cairo_surface_destroy(picture);
    if (!added)
        (void)fprintf(stderr, "shoot: %s\n", error.message);
    return added;
}

static bool film(struct screen *screen, const struct options *options, int ms)
{
    bool added = true;
    for (int left = ms; added && left > 0; left -= FILM_STEP_MS) {
        screen_pump(screen, FILM_STEP_MS);
        added = add_frame(screen, options, FILM_STEP_MS);
    }
    return added;
}

/* Options are given where each key is filmed, else NULL. */
static bool type_keys(struct screen *screen, const char *keys, const struct options *filmed)
{
    while (*keys != '\0') {
        size_t length = *keys == '<' ? press_named(screen, keys) : 0;
        if (length == 0) {
            char one[2] = {*keys, '\0'};
            length = 1;
            if (*keys == '\\' && keys[1] != '\0') {
                one[0] = escaped(keys + 1, &length);
                length++;
            }
            if (!screen_keys(screen, one))
                return false;
        }
        keys += length;
        if (filmed != NULL && !film(screen, filmed, TYPED_MS))
            return false;
    }
    return true;
}

/* --- steps ----------------------------------------------------------------- */

static bool write_text(struct screen *screen, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (file == NULL)
        return false;
    bool written = fputs(screen_text(screen), file) >= 0;
    return (file == stdout ? fflush(file) : fclose(file)) == 0 && written;
}

static bool write_picture(struct screen *screen, const struct options *options, const char *path)
{
    struct error error = {"cannot write it"};
    const char *dot = strrchr(path, '.');
    bool picture = dot != NULL && strcmp(dot, ".png") == 0;
    bool written = picture ? picture_write(screen, options->palette, options->title, options->scale,
                                           path, &error)
                           : write_text(screen, path);
    if (!written)
        (void)fprintf(stderr, "shoot: %s: %s\n", path, error.message);
    return written;
}

static bool write_animation(const struct options *options, const char *path)
{
    struct error error;
    if (animation_write(options->animation, path, &error))
        return true;
    (void)fprintf(stderr, "shoot: %s\n", error.message);
    return false;
}

static bool take_step(struct screen *screen, const struct options *options, const char *name,
                      const char *value)
{
    if (strcmp(name, "--wait") == 0)
        return screen_wait_text(screen, value, SCREEN_LIMIT_MS);
    if (strcmp(name, "--gone") == 0)
        return screen_wait_no_text(screen, value, SCREEN_LIMIT_MS);
    if (strcmp(name, "--quiet") == 0)
        return screen_wait_quiet(screen, (int)strtol(value, NULL, 10), QUIET_LIMIT_MS);
    if (strcmp(name, "--keys") == 0)
        return type_keys(screen, value, NULL);
    if (strcmp(name, "--type") == 0)
        return type_keys(screen, value, options);
    if (strcmp(name, "--frame") == 0)
        return add_frame(screen, options, (int)strtol(value, NULL, 10));
    if (strcmp(name, "--film") == 0)
        return film(screen, options, (int)strtol(value, NULL, 10));
    if (strcmp(name, "--animate") == 0)
        return write_animation(options, value);
    if (strcmp(name, "--pump") == 0)
        screen_pump(screen, (int)strtol(value, NULL, 10));
    else if (strcmp(name, "--resize") == 0) {
        int width, height;
        read_size(value, &width, &height);
        screen_resize(screen, width, height);
    } else
        usage("unknown option");
    return true;
}

static bool take_steps(struct screen *screen, const struct options *options, char **argument)
{
    for (; *argument != NULL; argument++) {
        if (strncmp(*argument, "--", 2) != 0) {
            if (!write_picture(screen, options, *argument))
                return false;
            continue;
        }
        struct options ignored = {0};
        const char *name = *argument++;
        if (!read_option(&ignored, name, *argument) && !take_step(screen, options, name, *argument))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.title = "", .scale = 2, .palette = &PICTURE_PALETTE};
    options.screen.environment = options.environment;
    int end = 1; /* of the steps */
    while (end < argc && strcmp(argv[end], "--") != 0) {
        if (strncmp(argv[end], "--", 2) == 0) {
            if (end + 1 >= argc || strcmp(argv[end + 1], "--") == 0)
                usage("an option lacks its value");
            (void)read_option(&options, argv[end], argv[end + 1]);
            end++;
        }
        end++;
    }
    if (end + 1 >= argc)
        usage("which program?");
    argv[end] = NULL;
    options.screen.argv = argv + end + 1;
    char program[PATH_MAX]; /* it starts in another folder */
    if (strchr(argv[end + 1], '/') != NULL && realpath(argv[end + 1], program) != NULL)
        argv[end + 1] = program;
    if (options.title[0] == '\0')
        options.title = basename(argv[end + 1]);

    struct error error = {"out of memory"};
    struct child_home home;
    options.animation = animation_new();
    if (options.animation == NULL || !child_home_make(&home, &error)) {
        (void)fprintf(stderr, "shoot: %s\n", error.message);
        return EXIT_FAILURE;
    }
    options.screen.home = &home;
    bool ok = false;
    struct screen *screen = screen_start(&options.screen, &error);
    if (screen == NULL) {
        (void)fprintf(stderr, "shoot: %s\n", error.message);
    } else {
        screen_set_palette(screen, options.palette);
        ok = take_steps(screen, &options, argv + 1);
    }
    screen_free(screen);
    child_home_remove(&home);
    animation_free(options.animation);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
