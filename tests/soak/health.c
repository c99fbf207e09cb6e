#include "tests/soak/health.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENOUGH = 40, /* samples, to tell a trend */
    WARM = 480,  /* in the second quarter of fewer calls, caches and lists may still fill */
};

/* More than this in the last quarter is a leak, not noise: an absolute part, and a share. */
static const struct {
    const char *name;
    int64_t rise_cold, rise;
    int percent;
} FIGURES[HEALTH_FIGURES] = {
    [HEALTH_RSS_KB] = {"memory, kB", 8192, 2048, 10},
    [HEALTH_DESCRIPTORS] = {"descriptors", 3, 3, 0},
    [HEALTH_THREADS] = {"threads", 4, 4, 0},
};

const char *health_figure_name(enum health_figure figure)
{
    return FIGURES[figure].name;
}

static bool read_status(pid_t pid, int64_t figures[HEALTH_FIGURES])
{
    char path[64], line[256];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    figures[HEALTH_RSS_KB] = figures[HEALTH_THREADS] = -1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            figures[HEALTH_RSS_KB] = strtoll(line + 6, NULL, 10);
        else if (strncmp(line, "Threads:", 8) == 0)
            figures[HEALTH_THREADS] = strtoll(line + 8, NULL, 10);
    }
    if (file != NULL)
        (void)fclose(file);
    return figures[HEALTH_RSS_KB] >= 0 && figures[HEALTH_THREADS] > 0;
}

static bool count_descriptors(pid_t pid, int64_t *count)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    *count = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        *count += entry->d_name[0] != '.';
    if (folder != NULL)
        (void)closedir(folder);
    return folder != NULL;
}

static void keep_half(struct health *health)
{
    for (int i = 0; i < HEALTH_SAMPLES_MAX / 2; i++)
        memcpy(health->samples[i], health->samples[2 * i], sizeof health->samples[i]);
    health->count = HEALTH_SAMPLES_MAX / 2;
    health->every *= 2;
}

bool health_sample(struct health *health)
{
    int64_t figures[HEALTH_FIGURES];
    if (!read_status(health->pid, figures) ||
        !count_descriptors(health->pid, &figures[HEALTH_DESCRIPTORS]))
        return false;
    for (int i = 0; i < HEALTH_FIGURES; i++)
        if (figures[i] > health->highest[i])
            health->highest[i] = figures[i];
    if (health->every == 0)
        health->every = 1;
    if (--health->due > 0)
        return true;
    if (health->count == HEALTH_SAMPLES_MAX)
        keep_half(health);
    health->due = health->every;
    memcpy(health->samples[health->count++], figures, sizeof figures);
    return true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t median(const struct health *health, enum health_figure figure, int from, int to)
{
    int64_t values[HEALTH_SAMPLES_MAX];
    for (int i = from; i < to; i++)
        values[i - from] = health->samples[i][figure];
    if (to <= from)
        return 0;
    qsort(values, (size_t)(to - from), sizeof values[0], compare);
    return values[(to - from) / 2];
}

void health_medians(const struct health *health, enum health_figure figure, int64_t *early,
                    int64_t *late)
{
    int count = health->count;
    *early = median(health, figure, count / 4, count / 2);
    *late = median(health, figure, count - count / 4, count);
}

bool health_is_flat(const struct health *health, struct error *error)
{
    for (int i = 0; i < HEALTH_FIGURES; i++) {
        int64_t early, late;
        if (health->highest[i] > health->most[i])
            return error_set(error, "%s: %s came to %lld, and %lld is the limit", health->name,
                             FIGURES[i].name, (long long)health->highest[i],
                             (long long)health->most[i]);
        bool warm = health->count * health->every >= WARM;
        int64_t rise = warm ? FIGURES[i].rise : FIGURES[i].rise_cold;
        health_medians(health, (enum health_figure)i, &early, &late);
        if (health->count >= ENOUGH && late > early + rise + early * FIGURES[i].percent / 100)
            return error_set(error, "%s: %s rose from %lld to %lld", health->name, FIGURES[i].name,
                             (long long)early, (long long)late);
    }
    return true;
}
