/*
 * Drives a schedule in tests: a clock that is set, jobs that are named in words.
 *
 * Each test file that includes this has a schedule and a clock of its own.
 */
#ifndef BRIDGETOP_TESTS_SCHEDULE_DRIVER_H
#define BRIDGETOP_TESTS_SCHEDULE_DRIVER_H

#include "api/schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { INTERVAL = 5000 };

/* Times begin anywhere; a steady clock's zero means nothing. */
static const int64_t T0 = 1000000;

static struct schedule plan;
static int64_t now;

static inline void set_up(void)
{
    now = T0;
    schedule_init(&plan, INTERVAL);
}

static inline void tear_down(void)
{
    schedule_clear(&plan);
}

/* Endpoints "w0", "w1" and so on, from `first` up to below `end`. */
static inline void set_endpoints(int first, int end)
{
    struct webhook_list list = {.count = (size_t)(end - first)};
    list.items = calloc(list.count + 1, sizeof *list.items);
    for (int i = first; i < end; i++)
        cr_assert_gt(asprintf(&list.items[i - first].id, "w%d", i), 0);
    cr_assert(schedule_set_endpoints(&plan, &list));
    for (size_t i = 0; i < list.count; i++)
        free(list.items[i].id);
    free(list.items);
}

/* The rows of "w0", "w1" and so on are on screen, from `first` up to below `end`. */
static inline void show(int first, int end)
{
    char names[SCHEDULE_SHOWN_MAX + 10][16];
    const char *ids[SCHEDULE_SHOWN_MAX + 10];
    for (int i = first; i < end; i++) {
        (void)snprintf(names[i - first], sizeof names[0], "w%d", i);
        ids[i - first] = names[i - first];
    }
    schedule_show(&plan, ids, (size_t)(end - first));
}

static inline void describe(const struct schedule_job *job, char *text, size_t size)
{
    const char *const kinds[] = {"list", "upcoming", "logs"};
    (void)snprintf(text, size, "%s%s%s%s", kinds[job->kind], job->id[0] ? " " : "", job->id,
                   job->background ? " behind" : "");
}

/* The next job now is this one: "list", "logs w3 behind", … */
static inline struct schedule_job expect_job(const char *expected)
{
    struct schedule_job job = {0};
    int64_t when = 0;
    cr_assert(schedule_next(&plan, now, &job, &when), "nothing, next in %ld", (long)(when - now));
    char text[256];
    describe(&job, text, sizeof text);
    cr_assert_str_eq(text, expected);
    return job;
}

/* Nothing now; the next may start so many milliseconds from now. */
static inline void expect_pause(int64_t pause)
{
    struct schedule_job job = {0};
    int64_t when = 0;
    bool some = schedule_next(&plan, now, &job, &when);
    char text[256];
    describe(&job, text, sizeof text);
    cr_assert(!some, "%s", text);
    cr_assert_eq(when, pause == SCHEDULE_NEVER ? SCHEDULE_NEVER : now + pause, "%ld",
                 (long)(when - now));
}

static inline void succeed(const struct schedule_job *job)
{
    schedule_succeeded(&plan, job, now);
}

/* Starts and ends it in no time. */
static inline void do_job(const char *expected)
{
    struct schedule_job job = expect_job(expected);
    succeed(&job);
}

/* With no random bits a pause is half of what it doubles to. */
static inline void fail(const struct schedule_job *job, enum schedule_cause cause,
                        int64_t retry_after)
{
    struct schedule_failure failure = {.cause = cause, .retry_after_ms = retry_after};
    schedule_failed(&plan, job, &failure, now, 0);
}

static inline void refuse_key(const struct schedule_job *job)
{
    struct schedule_failure failure = {
        .cause = SCHEDULE_COMMON, .slow = true, .retry_after_ms = -1};
    schedule_failed(&plan, job, &failure, now, 0);
}

#endif
