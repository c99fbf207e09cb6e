#include "tests/bench/watch.h"

#include <string.h>

enum { STEP_MS = 2 };

/* --- looking --------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 0x100000001b3u; /* FNV-1a */
}

static bool is_marked(const struct screen_cell *cell)
{
    return cell->reverse || !cell->default_background;
}

uint64_t watch_bars(struct screen *screen)
{
    uint64_t hash = 0xcbf29ce484222325u;
    int width, height;
    screen_size(screen, &width, &height);
    for (int y = 0; y < height; y++) {
        int marked = 0;
        for (int x = 0; x < width; x++) {
            struct screen_cell cell = screen_cell(screen, x, y);
            marked += is_marked(&cell);
        }
        if (marked > width / 2)
            hash = mix(hash, (uint64_t)y);
    }
    return hash;
}

uint64_t watch_all(struct screen *screen)
{
    uint64_t hash = watch_bars(screen);
    for (const char *c = screen_text(screen); *c != '\0'; c++)
        hash = mix(hash, (unsigned char)*c);
    return hash;
}

/* --- waiting --------------------------------------------------------------------- */

/* Takes in what there is until the program pauses; one that never does is left after the limit. */
static void until_pause(struct screen *screen)
{
    int64_t limit_ms = child_clock_ms() + WATCH_LIMIT_MS;
    while (screen_take(screen, WATCH_PAUSE_MS) && child_clock_ms() < limit_ms)
        ;
}

static struct watched since(const struct screen *screen, int64_t start_ns, size_t bytes)
{
    return (struct watched){.ms = (double)(screen_bytes_at_ns(screen) - start_ns) / 1e6,
                            .bytes = (double)(screen_bytes(screen) - bytes)};
}

struct watched watch_keys(struct screen *screen, const char *keys, watch_look look)
{
    until_pause(screen);
    uint64_t before = look(screen);
    size_t bytes = screen_bytes(screen);
    int64_t start_ns = child_clock_ns(), limit_ms = child_clock_ms() + WATCH_LIMIT_MS;
    if (!screen_keys(screen, keys))
        return (struct watched){FIGURE_NONE, FIGURE_NONE};
    while (child_clock_ms() < limit_ms) {
        bool more = screen_take(screen, STEP_MS);
        while (more)
            more = screen_take(screen, 0);
        if (look(screen) == before)
            continue;
        until_pause(screen);
        return since(screen, start_ns, bytes);
    }
    return (struct watched){FIGURE_NONE, FIGURE_NONE};
}

struct watched watch_start(struct screen *screen, int64_t started_ns, const char *text)
{
    if (!screen_wait_text(screen, text, SCREEN_LIMIT_MS))
        return (struct watched){FIGURE_NONE, FIGURE_NONE};
    until_pause(screen);
    return since(screen, started_ns, 0);
}

int watch_frames(struct screen *screen, int ms)
{
    int64_t until_ms = child_clock_ms() + ms;
    int frames = 0;
    while (child_clock_ms() < until_ms) {
        if (!screen_take(screen, STEP_MS))
            continue;
        frames++;
        until_pause(screen);
    }
    return frames;
}

/* The title says how many of all were found: "37 of 1,000,000"; without a query it is "newest 2000
   of 1000000". "0 of" is only how far the search has come. */
static bool shows_found(struct screen *screen)
{
    if (screen_has(screen, "Nothing in the store matches"))
        return true;
    int y = screen_row_with(screen, "4 Live \u00b7", NULL);
    const char *row = y >= 0 ? screen_row(screen, y) : "";
    return strstr(row, " of ") != NULL && strstr(row, " 0 of ") == NULL &&
           strstr(row, "newest ") == NULL;
}

double watch_query(struct screen *screen, const char *query)
{
    int64_t start_ns = child_clock_ns();
    int64_t limit_ns = start_ns + (int64_t)WATCH_LIMIT_MS * 1000000;
    bool typed = screen_keys(screen, query);
    while (typed && !shows_found(screen) && child_clock_ns() < limit_ns)
        (void)screen_take(screen, 1);
    return typed && shows_found(screen) ? (double)(screen_bytes_at_ns(screen) - start_ns) / 1e6
                                        : WATCH_LIMIT_MS;
}
