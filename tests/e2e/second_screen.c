#include "tests/e2e/second_screen.h"

#include "tui/text.h"

#include <stdio.h>
#include <string.h>

bool second_screen_init(struct second_screen *second, const struct screen *screen, unsigned may)
{
    int width, height;
    screen_size(screen, &width, &height);
    second->fed = 0;
    bool made = emulator_init(&second->emulator, width, height);
    second->emulator.may = may;
    return made;
}

void second_screen_free(struct second_screen *second)
{
    if (second->emulator.cells != NULL)
        emulator_free(&second->emulator);
}

/* As the screen has it: "" for a blank and for the right half of a wide one. */
static void cell_text(const struct emulator_cell *cell, char out[SCREEN_CELL_BYTES])
{
    size_t length = cell->base != 0 && cell->base != U' ' ? text_encode(cell->base, out) : 0;
    if (length == 0 && cell->marks[0] != 0)
        length = text_encode(U' ', out);
    for (size_t i = 0; i < TEXT_MARKS_MAX && cell->marks[i] != 0; i++)
        length += text_encode(cell->marks[i], out + length);
    out[length] = '\0';
}

static bool same_cell(const struct second_screen *second, const struct screen *screen, int x, int y)
{
    char here[SCREEN_CELL_BYTES], there[SCREEN_CELL_BYTES];
    cell_text(&second->emulator.cells[y * second->emulator.width + x], here);
    (void)screen_cell_text(screen, x, y, there);
    if (strcmp(there, " ") == 0)
        there[0] = '\0';
    if (strcmp(here, there) == 0)
        return true;
    (void)fprintf(stderr, "at %d,%d one emulator shows \"%s\", the other \"%s\"\n", x, y, here,
                  there);
    return false;
}

bool second_screen_takes(struct second_screen *second, const struct screen *screen)
{
    size_t length;
    const char *output = screen_output(screen, &length);
    bool allowed = emulator_feed(&second->emulator, output + second->fed, length - second->fed);
    second->fed = length;
    if (!allowed)
        (void)fprintf(stderr, "%s\n", second->emulator.trouble);
    return allowed;
}

bool second_screen_agrees(struct second_screen *second, const struct screen *screen)
{
    bool agrees = second_screen_takes(second, screen);
    for (int y = 0; y < second->emulator.height && agrees; y++)
        for (int x = 0; x < second->emulator.width && agrees; x++)
            agrees = same_cell(second, screen, x, y);
    return agrees;
}
