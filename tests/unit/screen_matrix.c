#include "tests/unit/screen_matrix.h"

#include "api/buffer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/unit/screens"

enum { NAME_MAX_BYTES = 128, FILE_MAX = 1 << 20, REPEATS_MIN = 4 };

static const struct {
    int width, height;
} SIZES[] = {{40, 10}, {80, 24}, {120, 40}, {300, 100}};

static struct matrix_screen *registered;

void matrix_register(struct matrix_screen *screen)
{
    screen->next = registered;
    registered = screen;
}

/* --- files ----------------------------------------------------------------------- */

static void file_name(char name[NAME_MAX_BYTES], const char *screen, int width, int height,
                      bool ascii)
{
    (void)snprintf(name, NAME_MAX_BYTES, "%s.%dx%d%s.txt", screen, width, height,
                   ascii ? ".ascii" : "");
}

static char *read_wanted(const char *name)
{
    char path[NAME_MAX_BYTES + 64];
    (void)snprintf(path, sizeof path, FOLDER "/%s", name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return strdup("(no such file)\n");
    char *text = calloc(1, FILE_MAX);
    cr_assert_not_null(text);
    size_t length = fread(text, 1, FILE_MAX - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return text;
}

static void leave_for_review(const char *name, const char *screen)
{
    const char *folder = getenv("BRIDGETOP_SCREENS_OUT");
    char path[512];
    if (folder == NULL)
        return;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file, "cannot write %s", path);
    (void)fputs(screen, file);
    cr_assert_eq(fclose(file), 0);
}

/* --- text ------------------------------------------------------------------------ */

static size_t line_length(const char *line)
{
    return strcspn(line, "\n") + 1;
}

/* Rows that repeat the row above are counted. */
static char *fold_rows(const char *text)
{
    struct buffer folded;
    buffer_init(&folded, FILE_MAX);
    while (*text != '\0') {
        size_t length = line_length(text), repeats = 0;
        const char *next = text + length;
        while (strncmp(next, text, length) == 0) {
            next += length;
            repeats++;
        }
        (void)buffer_append(&folded, text, length);
        if (repeats < REPEATS_MIN) {
            text += length;
            continue;
        }
        char count[48];
        (void)snprintf(count, sizeof count, "~ %zu more rows like it\n", repeats);
        (void)buffer_append_string(&folded, count);
        text = next;
    }
    (void)buffer_append(&folded, "", 1);
    cr_assert_not(folded.failed);
    size_t length;
    return buffer_take(&folded, &length);
}

static bool is_ascii(const char *text)
{
    while (*text != '\0')
        if ((unsigned char)*text++ >= 0x80)
            return false;
    return true;
}

/* --- the matrix ------------------------------------------------------------------ */

static void check_one(const struct matrix_screen *screen, int width, int height, bool ascii)
{
    struct driver_config config = screen->config;
    config.width = width;
    config.height = height;
    config.ascii = ascii;
    struct driver driver;
    driver_start(&driver, &config);
    screen->drive(&driver);

    char name[NAME_MAX_BYTES];
    file_name(name, screen->name, width, height, ascii);
    char *got = fold_rows(driver_screen(&driver));
    char *wanted = read_wanted(name);
    bool same = strcmp(wanted, got) == 0;
    if (!same)
        leave_for_review(name, got);
    cr_expect(same, "%s/%s differs.\nwanted:\n%s\ngot:\n%s", FOLDER, name, wanted, got);
    cr_expect(!ascii || is_ascii(got), "%s is not ASCII:\n%s", name, got);
    free(wanted);
    free(got);
    driver_stop(&driver);
}

void matrix_check_at(const struct matrix_screen *screen, int width, int height)
{
    check_one(screen, width, height, false);
    check_one(screen, width, height, true);
}

void matrix_check(const struct matrix_screen *screen)
{
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++)
        matrix_check_at(screen, SIZES[i].width, SIZES[i].height);
}

/* --- the folder ------------------------------------------------------------------ */

static const struct matrix_screen *screen_of(const char *file)
{
    size_t length = strcspn(file, ".");
    for (const struct matrix_screen *screen = registered; screen != NULL; screen = screen->next)
        if (strncmp(screen->name, file, length) == 0 && screen->name[length] == '\0')
            return screen;
    return NULL;
}

static bool is_checked(const struct matrix_screen *screen, const char *file)
{
    char name[NAME_MAX_BYTES];
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        for (int ascii = 0; ascii <= 1; ascii++) {
            file_name(name, screen->name, SIZES[i].width, SIZES[i].height, ascii == 1);
            if (strcmp(name, file) == 0)
                return true;
        }
    }
    return screen->odd_sizes_only;
}

Test(screens, every_file_is_of_a_screen)
{
    DIR *folder = opendir(FOLDER);
    cr_assert_not_null(folder, "run from the project's folder");
    size_t files = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        files++;
        const struct matrix_screen *screen = screen_of(entry->d_name);
        cr_expect(screen != NULL && is_checked(screen, entry->d_name),
                  FOLDER "/%s belongs to no screen: remove it", entry->d_name);
    }
    (void)closedir(folder);
    cr_expect_gt(files, 0U);
}
