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
