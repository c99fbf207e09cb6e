#include "tests/bench/figures.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value)
{
    if (samples->count < SAMPLES_MAX)
        samples->items[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_percentile(struct samples *samples, double percent)
{
    if (samples->count == 0)
        return FIGURE_NONE;
    qsort(samples->items, samples->count, sizeof samples->items[0], compare);
    size_t rank = (size_t)ceil(percent / 100 * (double)samples->count);
    return samples->items[rank > 0 ? rank - 1 : 0];
}

/* The number after a name in one of /proc's files, or -1. */
static int64_t number_after(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    char line[256];
    int64_t number = -1;
    if (file == NULL)
        return -1;
    while (number < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            number = strtoll(line + strlen(name), NULL, 10);
    (void)fclose(file);
    return number;
}

/* Adds one thread: time on a core in nanoseconds is the first number of schedstat. */
static bool add_thread(const char *folder, const char *thread, struct usage *usage)
{
    char path[64 + NAME_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/%s/schedstat", folder, thread);
    int64_t ns = number_after(path, "");
    (void)snprintf(path, sizeof path, "%s/%s/status", folder, thread);
    int64_t switches = number_after(path, "voluntary_ctxt_switches:");
    if (ns < 0 || switches < 0)
        return false;
    usage->cpu_ms += (double)ns / 1e6;
    usage->wakeups += switches;
    return true;
}

bool usage_read(pid_t pid, struct usage *usage)
{
    char path[64];
    *usage = (struct usage){0};
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int64_t rss_kib = number_after(path, "VmRSS:");
    int64_t peak_kib = number_after(path, "VmHWM:");
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL || rss_kib < 0) {
        if (folder != NULL)
            (void)closedir(folder);
        return false;
    }
    usage->rss_mb = (double)rss_kib * 1024 / 1e6;
    usage->peak_mb = (double)peak_kib * 1024 / 1e6;
    size_t threads = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) && add_thread(path, entry->d_name, usage))
            threads++;
    (void)closedir(folder);
    return threads > 0;
}

static bool is_named(const char *folder, const char *thread, const char *name)
{
    char path[64 + NAME_MAX + 16], line[64];
    (void)snprintf(path, sizeof path, "%s/%s/comm", folder, thread);
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(line, sizeof line, file) != NULL;
    if (file != NULL)
        (void)fclose(file);
    line[read ? strcspn(line, "\n") : 0] = '\0';
    return strcmp(line, name) == 0;
}

double usage_of_threads(pid_t pid, const char *name)
{
    char path[64];
    struct usage usage = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) && is_named(path, entry->d_name, name))
            (void)add_thread(path, entry->d_name, &usage);
    if (folder != NULL)
        (void)closedir(folder);
    return usage.cpu_ms;
}
