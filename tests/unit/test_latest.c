/* Work of which only the newest counts: who begins, who is told to stop, who answers. */
#include "tui/latest.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { LIMIT_S = 30 };

struct job {
    struct latest_job base;
    int number;
    bool stays; /* until it is cancelled */
    bool tells; /* once, before it goes on */
};

static uv_loop_t loop;
static struct latest latest;
static sem_t begun, told;
static atomic_int stopped; /* of them, by being cancelled */
static atomic_int freed;
static int answers[8], ends[8]; /* by number */
static bool closed;

static void wait_for(sem_t *semaphore)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LIMIT_S;
    cr_assert_eq(sem_timedwait(semaphore, &until), 0);
}

static void run(struct latest_job *base)
{
    struct job *job = (struct job *)base;
    (void)sem_post(&begun);
    if (job->tells) {
        latest_tell(base);
        wait_for(&told);
    }
    time_t until = time(NULL) + LIMIT_S;
    while (job->stays && !latest_is_cancelled(base) && time(NULL) < until)
        (void)sched_yield();
    stopped += latest_is_cancelled(base);
}

static void answer(struct latest_job *base, bool ended)
{
    struct job *job = (struct job *)base;
    answers[job->number]++;
    ends[job->number] += ended;
    (void)sem_post(&told);
}

static void free_job(struct latest_job *base)
{
    freed++;
    latest_job_clear(base);
    free(base);
}

static const struct latest_kind KIND = {.run = run, .answer = answer, .free = free_job};

static void set_up(void)
{
    cr_assert_eq(uv_loop_init(&loop), 0);
    cr_assert_eq(sem_init(&begun, 0, 0), 0);
    cr_assert_eq(sem_init(&told, 0, 0), 0);
    cr_assert(latest_init(&latest, &loop, &KIND));
}

static void on_closed(void *context)
{
    (void)context;
    closed = true;
}

static void tear_down(void)
{
    latest_close(&latest, on_closed, NULL);
    cr_expect_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_expect(closed);
    cr_expect_eq(uv_loop_close(&loop), 0);
}

TestSuite(latest, .init = set_up, .fini = tear_down, .timeout = 60);

static void begin(struct job wanted, uint64_t delay_ms)
{
    struct job *job = calloc(1, sizeof *job);
    cr_assert_not_null(job);
    *job = wanted;
    cr_assert(latest_job_init(&latest, &job->base));
    latest_begin(&latest, &job->base, delay_ms);
}

/* Until a job has ended, with its answer or without. */
static void turn_until_freed(int count)
{
    while (freed < count)
        (void)uv_run(&loop, UV_RUN_ONCE);
}

static void turn_until_begun(void)
{
    while (sem_trywait(&begun) != 0)
        (void)uv_run(&loop, UV_RUN_NOWAIT);
}

Test(latest, answers_in_parts_and_at_its_end)
{
    begin((struct job){.number = 1, .tells = true}, 0);
    turn_until_freed(1);
    cr_expect_eq(answers[1], 2);
    cr_expect_eq(ends[1], 1);
    cr_expect_eq(stopped, 0);
}

Test(latest, a_new_one_stops_the_one_before_which_answers_no_more)
{
    begin((struct job){.number = 1, .stays = true}, 0);
    turn_until_begun();
    begin((struct job){.number = 2}, 0);
    turn_until_freed(2);
    cr_expect_eq(stopped, 1);
    cr_expect_eq(answers[1], 0);
    cr_expect_eq(ends[2], 1);
}

Test(latest, what_is_typed_on_within_the_pause_never_begins)
{
    begin((struct job){.number = 1}, 1000 * 1000);
    begin((struct job){.number = 2}, 0);
    cr_expect_eq(freed, 1);
    turn_until_freed(2);
    cr_expect_eq(answers[1], 0);
    cr_expect_eq(ends[2], 1);
    begin((struct job){.number = 3}, 1000 * 1000);
    latest_cancel(&latest);
    cr_expect_eq(freed, 3);
}

Test(latest, closing_stops_what_runs)
{
    begin((struct job){.number = 1, .stays = true}, 0);
    turn_until_begun();
    latest_close(&latest, on_closed, NULL);
    turn_until_freed(1);
    cr_expect_eq(stopped, 1);
    cr_expect_eq(answers[1], 0);
    cr_expect_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_expect(closed);
    cr_assert(latest_init(&latest, &loop, &KIND)); /* for the end */
    closed = false;
}
