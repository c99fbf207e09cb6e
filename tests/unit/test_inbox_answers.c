/* Answers on demand: which deliveries get them, when they go out, and what is stored of it. */
#include "tests/unit/inbox_driver.h"

#include "api/inbox_private.h"
#include "api/store.h"
#include "tests/faulty_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHORT_MS = 150, LONG_MS = ANSWER_DELAY_MAX_MS };

TestSuite(inbox_answers, .init = house_set_up, .fini = house_tear_down, .timeout = 120);

static void order(int status, unsigned left, int64_t delay_ms)
{
    inbox_order_answers(house.inbox, &(struct answer_order){status, left, delay_ms});
}

static unsigned left(void)
{
    return inbox_ordered(house.inbox).left;
}

static void close_inbox(void)
{
    inbox_close(house.inbox, house_mark, &house.inbox_closed);
    RUN_UNTIL(house.inbox_closed);
    house.inbox = NULL;
}

/* With its attempts. */
static struct delivery load_all(int64_t id)
{
    struct delivery delivery = house_load(id);
    struct store *store = store_open(house.path, STORE_READ, NULL);
    cr_assert(store != NULL && store_load_attempts(store, &delivery, NULL));
    store_close(store);
    return delivery;
}

/* --- which ------------------------------------------------------------------------- */

Test(inbox_answers, the_next_so_many_are_answered_as_ordered_and_stored_as_always)
{
    order(500, 2, 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", "one"), 500);
    cr_expect_eq(left(), 1);
    cr_expect_eq(caller_post_with("", "not genuine"), 500);
    cr_expect_eq(left(), 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", "two"), 200);
    cr_expect_eq(caller_post_with("", "not genuine"), 400);
    RUN_UNTIL(house.seen_count == 4);
    static const struct {
        enum verdict verdict;
        int status;
        bool on_demand;
    } wanted[] = {{VERDICT_GENUINE, 500, true},
                  {VERDICT_NO_HEADER, 500, true},
                  {VERDICT_GENUINE, 200, false},
                  {VERDICT_NO_HEADER, 400, false}};
    for (size_t i = 0; i < 4; i++) {
        struct delivery got = house_load(house.seen[i].id);
        cr_expect_eq(got.verdict, wanted[i].verdict);
        cr_expect_eq(got.answer_status, wanted[i].status, "%zu: %d", i, got.answer_status);
        cr_expect_eq(got.on_demand, wanted[i].on_demand, "%zu", i);
        cr_expect_eq(house.seen[i].answer.status, wanted[i].status);
        cr_expect_eq(house.seen[i].answer.on_demand, wanted[i].on_demand);
        cr_expect_geq(house.seen[i].answer.answer_us, 0);
        delivery_clear(&got);
    }
    cr_expect_eq(house.answered_count, 0);
}

/* As Bridge does: what was not answered 200 comes again, and is the same event. */
Test(inbox_answers, what_comes_again_is_the_next_attempt_of_the_same_event)
{
    order(500, 2, 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 500);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 500);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 200);
    RUN_UNTIL(house.seen_count == 3);
    cr_expect_eq(house_count_rows(house.path), 1);
    cr_expect_eq(house.seen[2].answer.attempt, 3);
    cr_expect_eq(house.seen[2].answer.status, 200);
    cr_expect_not(house.seen[2].answer.on_demand);
    cr_expect_eq(house.seen[2].status, 500); /* the row's: of the first */
    struct delivery got = load_all(house.seen[0].id);
    cr_expect_eq(got.attempts, 3);
    cr_expect_eq(got.answer_status, 500);
    cr_expect(got.on_demand);
    cr_assert_eq(got.repeats.count, 2);
    cr_expect_eq(got.repeats.items[0].answer_status, 500);
    cr_expect(got.repeats.items[0].on_demand);
    cr_expect_eq(got.repeats.items[1].answer_status, 200);
    cr_expect_not(got.repeats.items[1].on_demand);
    delivery_clear(&got);
}

/* All in one batch, and it is the first that get them. */
Test(inbox_answers, count_and_order_hold_in_a_batch)
{
    enum { COUNT = 40, ORDERED = 7 };
    struct caller *callers[COUNT];
    order(503, ORDERED, 0);
    house_hold_thread();
    for (size_t i = 0; i < COUNT; i++) {
        callers[i] = caller_start_event(i);
        RUN_UNTIL(house.handled == i + 1);
    }
    cr_expect_eq(left(), 0);
    house_release_thread();
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), i < ORDERED ? 503 : 200, "%zu", i);
    RUN_UNTIL(house.seen_count == COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct delivery got = house_load(house.seen[i].id);
        cr_expect_eq(got.answer_status, i < ORDERED ? 503 : 200);
        delivery_clear(&got);
    }
}

Test(inbox_answers, a_new_order_takes_the_place_of_the_one_before)
{
    order(500, 5, 0);
    order(429, 1, 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", "a"), 429);
    cr_expect_eq(caller_post_genuine("/hooks/one", "b"), 200);
    order(500, 5, 0);
    order(0, 0, 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", "c"), 200);
}

Test(inbox_answers, a_status_without_a_body_has_none)
{
    order(204, 1, 0);
    struct caller *caller = caller_start_genuine("/hooks/one", "a", 1);
    caller_finish(caller);
    cr_expect_eq(caller_status(caller), 204);
    cr_expect_not(caller_answer_has(caller, "on demand"));
    cr_expect_not(caller_answer_has(caller, "Content-Length"));
    caller_free(caller);
}

Test(inbox_answers, what_is_asked_besides_deliveries_takes_nothing_of_it)
{
    order(500, 1, 0);
    caller_expect_answer("GET", 200, "\"status\":\"ok\"");
    caller_expect_answer("PUT", 405, "method not allowed");
    cr_expect_eq(left(), 1);
}

/* A disk that is full: 503, whatever was ordered, and the order stands. */
Test(inbox_answers, what_could_not_be_stored_is_never_answered_as_ordered)
{
    house_close();
    cr_assert(faulty_vfs_install());
    house_open();
    house_set_key("wep_1", "https://example.com/hooks/one");
    order(200, 2, LONG_MS);
    faulty_vfs_fail(FAULTY_WRITE, 1, SQLITE_FULL, FAULTY_FOREVER);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 503);
    cr_expect_eq(caller_post_with("", "not genuine"), 503);
    RUN_UNTIL(left() == 2);
    cr_expect_gt(faulty_vfs_heal(), 0);
    order(500, 1, 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 500);
}

/* --- when -------------------------------------------------------------------------- */

Test(inbox_answers, an_answer_waits_and_nobody_waits_with_it)
{
    order(500, 1, LONG_MS);
    struct caller *slow = caller_start_genuine("/hooks/one", EVENT, strlen(EVENT));
    RUN_UNTIL(house.seen_count == 1); /* told of before it is answered */
    cr_expect_eq(house.seen[0].answer.answer_us, -1);
    cr_expect_eq(house.seen[0].answer.status, 500);
    cr_expect_eq(house.seen[0].answer_us, -1);
    cr_assert_eq(house.inbox->delayed.count, 1);
    cr_expect_null(house.inbox->delayed.first->delivery.body, "it may wait for long");
    cr_expect_eq(house.inbox->delayed.first->delivery.headers.count, 0);
    cr_expect_eq(caller_post_genuine("/hooks/one", "another"), 200);
    caller_expect_answer("GET", 200, "\"status\":\"ok\"");
    cr_expect_not(atomic_load(&slow->done));
    struct delivery got = house_load(house.seen[0].id);
    cr_expect_eq(got.answer_status, 500);
    cr_expect_eq(got.answer_us, -1);
    cr_expect(got.on_demand);
    delivery_clear(&got);
    order(0, 0, 0); /* normal again: what waits is let go */
    cr_expect_eq(caller_finish_status(slow), 500);
}

Test(inbox_answers, an_answer_goes_out_after_as_long_as_was_ordered)
{
    order(500, 2, SHORT_MS);
    uint64_t begun_ms = house_steady_ms();
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 500);
    cr_expect_geq(house_steady_ms() - begun_ms, SHORT_MS);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 500); /* its second attempt */
    RUN_UNTIL(house.answered_count == 2);
    for (size_t i = 0; i < 2; i++) {
        const struct answered *answered = &house.answered[i];
        cr_expect_eq(answered->id, house.seen[0].id);
        cr_expect_eq(answered->answer.attempt, (int64_t)i + 1);
        cr_expect_eq(answered->answer.status, 500);
        cr_expect(answered->answer.on_demand);
        cr_expect_geq(answered->answer.answer_us, SHORT_MS * 1000);
    }
    close_inbox();
    struct delivery got = load_all(house.seen[0].id);
    cr_expect_eq(got.answer_us, house.answered[0].answer.answer_us);
    cr_assert_eq(got.repeats.count, 1);
    cr_expect_eq(got.repeats.items[0].answer_us, house.answered[1].answer.answer_us);
    delivery_clear(&got);
}

/* Written without another delivery coming. */
Test(inbox_answers, the_time_of_a_late_answer_is_written_by_itself)
{
    order(500, 1, SHORT_MS);
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 500);
    RUN_UNTIL(house.answered_count == 1);
    struct delivery got = {0};
    RUN_UNTIL((delivery_clear(&got), got = house_load(house.seen[0].id), got.answer_us >= 0));
    cr_expect_eq(got.answer_us, house.answered[0].answer.answer_us);
    delivery_clear(&got);
}

/* The listener's limits are for peers that keep it waiting: here it is the other way round. */
Test(inbox_answers, answers_go_out_in_the_order_in_which_they_are_due)
{
    order(500, 1, 4 * SHORT_MS);
    struct caller *last = caller_start_event(1);
    RUN_UNTIL(house.seen_count == 1);
    order(501, 1, SHORT_MS);
    struct caller *first = caller_start_event(2);
    RUN_UNTIL(house.seen_count == 2);
    cr_expect_eq(caller_finish_status(first), 501);
    cr_expect_not(atomic_load(&last->done));
    cr_expect_eq(caller_finish_status(last), 500);
    cr_expect_eq(house.answered[0].id, house.seen[1].id);
    cr_expect_eq(house.answered[1].id, house.seen[0].id);
}

/* They are not genuine: to sign so many takes valgrind as long as the answers wait. */
Test(inbox_answers, more_than_there_is_room_for_are_answered_at_once)
{
    enum { MORE = 4, COUNT = INBOX_DELAYED_MAX + MORE };
    static struct caller *callers[COUNT];
    size_t waiting = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (left() == 0)
            order(500, ANSWER_COUNT_MAX, LONG_MS);
        callers[i] = caller_start("POST", "/hooks/one", "", "x", 1, false);
        RUN_UNTIL(house.seen_count == i + 1);
        waiting += house.seen[i].answer.answer_us < 0;
    }
    cr_expect_eq(waiting, INBOX_DELAYED_MAX);
    order(0, 0, 0);
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 500);
}

Test(inbox_answers, a_sender_that_does_not_wait_is_no_trouble)
{
    order(500, 1, LONG_MS);
    int fd = house_send_genuine();
    RUN_UNTIL(house.seen_count == 1);
    close(fd);
    cr_expect_eq(caller_post_genuine("/hooks/one", "y"), 200);
    order(0, 0, 0);
    RUN_UNTIL(house.answered_count == 1);
    RUN_UNTIL(listener_connections(house.listener) == 0);
}

/* --- the end ------------------------------------------------------------------------- */

Test(inbox_answers, closing_answers_what_waits_and_what_is_queued)
{
    enum { COUNT = 6 };
    struct caller *callers[COUNT];
    order(500, COUNT, LONG_MS);
    for (size_t i = 0; i < COUNT / 2; i++)
        callers[i] = caller_start_event(i);
    RUN_UNTIL(house.seen_count == COUNT / 2);
    house_hold_thread();
    for (size_t i = COUNT / 2; i < COUNT; i++)
        callers[i] = caller_start_event(i);
    RUN_UNTIL(house.handled == COUNT);
    inbox_close(house.inbox, house_mark, &house.inbox_closed);
    for (size_t i = 0; i < COUNT / 2; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 500);
    house_release_thread();
    RUN_UNTIL(house.inbox_closed);
    house.inbox = NULL;
    for (size_t i = COUNT / 2; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 500);
    cr_assert_eq(house.seen_count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct delivery got = house_load(house.seen[i].id);
        cr_expect_eq(got.answer_status, 500);
        cr_expect_geq(got.answer_us, 0);
        delivery_clear(&got);
    }
}

static void close_at_the_first(void)
{
    if (house.seen_count == 1)
        inbox_close(house.inbox, house_mark, &house.inbox_closed);
}

/* From within the telling of a batch of which some are to wait. */
Test(inbox_answers, closing_when_an_arrival_is_told_answers_what_came_with_it)
{
    enum { COUNT = 4 };
    struct caller *callers[COUNT];
    order(500, COUNT, LONG_MS);
    house.seeing = close_at_the_first;
    house_hold_thread();
    for (size_t i = 0; i < COUNT; i++)
        callers[i] = caller_start_event(i);
    RUN_UNTIL(house.handled == COUNT);
    house_release_thread();
    RUN_UNTIL(house.inbox_closed);
    house.inbox = NULL;
    for (size_t i = 0; i < COUNT; i++)
        cr_expect_eq(caller_finish_status(callers[i]), 500);
    cr_expect_eq(house.answered_count, COUNT);
}
