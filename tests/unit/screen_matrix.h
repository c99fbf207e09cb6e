/*
 * Screens as text files: each is drawn at every size that matters, in UTF-8 and in ASCII, and held
 * against tests/unit/screens/NAME.WIDTHxHEIGHT.txt or NAME.WIDTHxHEIGHT.ascii.txt.
 *
 *   SCREEN(help) { driver_keys(driver, "?"); }
 *   SCREEN(delete_in_production, .environment = ENVIRONMENT_PRODUCTION) { … }
 *
 * is a Criterion test `screens/help` that drives the fixed account of app_driver.h there; what
 * follows the name are fields of struct driver_config (sizes and ascii are the matrix's). A file of
 * that folder that belongs to no screen fails a test, too.
 *
 * Where a screen changed, the new ones are written for a person to read before they are kept:
 *
 *   BRIDGETOP_SCREENS_OUT=tests/unit/screens build/unit --filter 'screens/help'; git diff
 *
 * So that large screens stay small files, rows that repeat the row above are counted instead of
 * printed: "~ 62 more rows like it".
 */
#ifndef BRIDGETOP_TESTS_SCREEN_MATRIX_H
#define BRIDGETOP_TESTS_SCREEN_MATRIX_H

#include "tests/unit/app_driver.h"

#include <criterion/criterion.h>

struct matrix_screen {
    const char *name;
    struct driver_config config;
    void (*drive)(struct driver *driver);
    bool odd_sizes_only; /* checked by screen_check_at() of its own test */
    struct matrix_screen *next;
};

void matrix_register(struct matrix_screen *screen);

/* Draws it at every size, in both modes. */
void matrix_check(const struct matrix_screen *screen);

/* The same at one other size. */
void matrix_check_at(const struct matrix_screen *screen, int width, int height);

/* Declares the screen; its driving function follows. */
#define MATRIX_SCREEN(NAME, ONLY, ...)                                                             \
    static void drive_##NAME(struct driver *driver);                                               \
    static struct matrix_screen screen_##NAME = {                                                  \
        .name = #NAME, .config = {__VA_ARGS__}, .drive = drive_##NAME, .odd_sizes_only = (ONLY)};  \
    __attribute__((constructor)) static void register_##NAME(void)                                 \
    {                                                                                              \
        matrix_register(&screen_##NAME);                                                           \
    }

#define SCREEN(NAME, ...)                                                                          \
    MATRIX_SCREEN(NAME, false, .width = 0, ##__VA_ARGS__)                                          \
    Test(screens, NAME)                                                                            \
    {                                                                                              \
        matrix_check(&screen_##NAME);                                                              \
    }                                                                                              \
    static void drive_##NAME(struct driver *driver)

/* A screen that matters at one size of its own. */
#define SCREEN_AT(NAME, WIDTH, HEIGHT, ...)                                                        \
    MATRIX_SCREEN(NAME, true, .width = 0, ##__VA_ARGS__)                                           \
    Test(screens, NAME)                                                                            \
    {                                                                                              \
        matrix_check_at(&screen_##NAME, WIDTH, HEIGHT);                                            \
    }                                                                                              \
    static void drive_##NAME(struct driver *driver)

#endif
