#include "api/heap.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 3, PIECES = 4096, PIECE = 1024 };

/* Not glibc's, where a sanitizer or valgrind hands memory out. */
static bool is_glibcs_malloc(void)
{
    void *piece = malloc(PIECE);
    bool counted = mallinfo2().uordblks > 0;
    free(piece);
    return counted;
}

static void *allocate(void *context)
{
    pthread_barrier_wait(context);
    return malloc(PIECE);
}

static size_t heaps(void)
{
    char *text = NULL;
    size_t length = 0, count = 0;
    FILE *file = open_memstream(&text, &length);
    cr_assert_not_null(file);
    cr_assert_eq(malloc_info(0, file), 0);
    cr_assert_eq(fclose(file), 0);
    for (const char *at = text; (at = strstr(at, "<heap ")) != NULL; at++)
        count++;
    free(text);
    return count;
}

/* More than there were; the threads all live at once. */
static size_t heaps_of_threads(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_t all;
    size_t before = heaps();
    cr_assert_eq(pthread_barrier_init(&all, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, allocate, &all), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *piece;
        cr_assert_eq(pthread_join(threads[i], &piece), 0);
        free(piece);
    }
    pthread_barrier_destroy(&all);
    return heaps() - before;
}

Test(heap, threads_have_their_own_by_themselves)
{
    if (!is_glibcs_malloc())
        cr_skip_test("another malloc");
    cr_expect_gt(heaps_of_threads(), 0U);
}

Test(heap, threads_share_one_when_told_to)
{
    heap_share();
    cr_expect_eq(heaps_of_threads(), 0U);
}

static size_t resident_bytes(void)
{
    char line[128] = "", *resident;
    FILE *file = fopen("/proc/self/statm", "re");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    (void)strtoul(line, &resident, 10); /* pages of addresses come first */
    return strtoul(resident, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* What is in use above it keeps it from going by itself. */
Test(heap, what_was_freed_goes_back)
{
    static char *pieces[PIECES];
    if (!is_glibcs_malloc())
        cr_skip_test("another malloc");
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = malloc(PIECE);
        cr_assert_not_null(pieces[i]);
        memset(pieces[i], 'x', PIECE);
    }
    for (size_t i = 0; i + 1 < PIECES; i++)
        free(pieces[i]);
    size_t before = resident_bytes();
    heap_give_back();
    size_t after = resident_bytes();
    cr_expect_leq(after + (size_t)PIECES * PIECE * 9 / 10, before, "%zu, and then %zu", before,
                  after);
    cr_expect_eq(pieces[PIECES - 1][PIECE - 1], 'x');
    free(pieces[PIECES - 1]);
}
