/* Searches off the loop: what is answered when. The clock is the test's, and so is the pace of the
   search's thread. */
#include "api/store.h"
#include "tests/bench/store_fill.h"
#include "tui/search.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROWS = 900, LIMIT_MS = 20 * 1000 };

static char directory[64];
static char path[128];

static struct {
    uv_loop_t loop;
    uv_timer_t limit;
    struct search *search;
    bool late;

    uv_mutex_t lock;
    uv_cond_t answered;
    uint64_t now_us;
    uint64_t step_us;     /* by which the clock goes on when it is looked at */
    unsigned first_looks; /* before the first answer must have come */
    unsigned looks;

    size_t answers;
    size_t rows;
    size_t first_rows;
    bool first_searched;
    bool searched;
    bool whole;
} world;

static int64_t wall_ms(void *context)
{
    (void)context;
    return 1714672099465;
}

/* Looked at by the search's thread alone, about once a row: from `first_looks` on it is held until
   the first answer has come, so that an answer cannot wait until all is found. */
static uint64_t steady_us(void *context)
{
    (void)context;
    uv_mutex_lock(&world.lock);
    world.now_us += world.step_us;
    if (++world.looks >= world.first_looks)
        while (world.answers == 0 && !world.late &&
               uv_cond_timedwait(&world.answered, &world.lock, UINT64_C(1000000) * LIMIT_MS) == 0)
            ;
    uint64_t now_us = world.now_us;
    uv_mutex_unlock(&world.lock);
    return now_us;
}

static uint64_t random_u64(void *context)
{
    (void)context;
    return 4;
}

static void end(void)
{
    search_close(world.search);
    uv_close((uv_handle_t *)&world.limit, NULL);
}

static void on_answer(const struct message *message, void *context)
{
    (void)context;
    uv_mutex_lock(&world.lock);
    if (world.answers++ == 0) {
        world.first_rows = message->found_count;
        world.first_searched = message->searched;
    }
    world.rows += message->found_count;
    uv_cond_signal(&world.answered);
    uv_mutex_unlock(&world.lock);
    if (!message->searched)
        return;
    cr_expect_null(message->text, "%s", message->text);
    world.searched = true;
    world.whole = message->whole;
    end();
}

static void on_limit(uv_timer_t *timer)
{
    (void)timer;
    world.late = true;
    end();
}

static int remove_entry(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status;
    (void)flag;
    (void)at;
    return remove(name);
}

static void set_up(void)
{
    struct error error = {0};
    strcpy(directory, "/tmp/bridgetop-search-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/store.db", directory);
    struct store_fill fill = {.seed = 3, .rows = ROWS, .newest_ms = wall_ms(NULL), .step_ms = 1000};
    cr_assert(store_fill(path, &fill, &error), "%s", error.message);
    cr_assert_eq(uv_mutex_init(&world.lock), 0);
    cr_assert_eq(uv_cond_init(&world.answered), 0);
    cr_assert_eq(uv_loop_init(&world.loop), 0);
    (void)uv_timer_init(&world.loop, &world.limit);
    (void)uv_timer_start(&world.limit, on_limit, LIMIT_MS, 0);
    struct search_config config = {
        .store_path = path,
        .ambient = {.wall_ms = wall_ms, .steady_us = steady_us, .random_u64 = random_u64},
        .answer = on_answer};
    world.search = search_new(&world.loop, &config);
    cr_assert_not_null(world.search);
}

static void tear_down(void)
{
    cr_expect_eq(uv_loop_close(&world.loop), 0);
    uv_cond_destroy(&world.answered);
    uv_mutex_destroy(&world.lock);
    (void)nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(search, .init = set_up, .fini = tear_down, .timeout = 60);

/* Ends once everything has been searched. */
static void search_for(const char *query, uint64_t step_us, unsigned first_looks)
{
    world.step_us = step_us;
    world.first_looks = first_looks;
    search_begin(world.search, 1, query, 0, 0);
    (void)uv_run(&world.loop, UV_RUN_DEFAULT);
    cr_expect_not(world.late);
    cr_expect(world.searched && world.whole);
}

Test(search, a_page_is_answered_before_the_rest_is_found)
{
    search_for("amount", 0, SEARCH_PAGE + 40);
    cr_expect_not(world.first_searched);
    cr_expect_geq(world.first_rows, SEARCH_PAGE);
    cr_expect_lt(world.first_rows, ROWS / 2);
    cr_expect_gt(world.rows, ROWS / 2);
}

Test(search, one_row_is_answered_when_a_page_takes_too_long)
{
    search_for("amount", SEARCH_FIRST_MS * 1000, 5);
    cr_expect_not(world.first_searched);
    cr_expect_geq(world.first_rows, 1u);
    cr_expect_lt(world.first_rows, 8u);
    cr_expect_gt(world.rows, ROWS / 2);
}

Test(search, nothing_is_no_hurry_to_answer)
{
    search_for("none_of_them_has_this", SEARCH_FIRST_MS * 1000, UINT_MAX);
    cr_expect_eq(world.answers, 1u); /* fewer looks at the clock than SEARCH_ANSWER_MS has steps */
    cr_expect(world.first_searched);
    cr_expect_eq(world.rows, 0u);
}
