/* Deliveries that are queued for an application, with themselves. */
#include "api/forward_store.h"
#include "api/store_private.h"
#include "tests/unit/inbox_driver.h"

#include <stdlib.h>

TestSuite(inbox_forward, .init = house_set_up, .fini = house_tear_down, .timeout = 60);

static void queue_from_now_on(enum inbox_queues queues)
{
    house_close();
    house.queues = queues;
    house_open();
    house_set_key("wep_1", "https://a/hooks/one");
}

static struct forward_list load(int64_t delivery_id)
{
    struct forward_list list;
    struct store *store = store_open(house.path, STORE_READ, NULL);
    cr_assert(store != NULL && store_load_forwards(store, delivery_id, &list, NULL));
    store_close(store);
    return list;
}

static size_t forwards_of(int64_t delivery_id)
{
    struct forward_list list = load(delivery_id);
    size_t count = list.count;
    forward_list_clear(&list);
    return count;
}

Test(inbox_forward, what_is_genuine_is_queued_when_it_is_answered)
{
    queue_from_now_on(INBOX_QUEUES_GENUINE);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    struct forward_list list = load(house_last_seen()->id);
    cr_assert_eq(list.count, 1);
    cr_expect_eq(list.items[0].state, FORWARD_WAITING);
    cr_expect_eq(list.items[0].queued_ms, NOW_MS);
    cr_expect_eq(house_last_seen()->forwarded, FORWARD_WAITING);
    forward_list_clear(&list);
    RUN_UNTIL(house.queued == 1);
    cr_expect_eq(caller_post_with("", EVENT), 400);
    cr_expect_eq(forwards_of(house_last_seen()->id), 0);
    cr_expect_eq(house_last_seen()->forwarded, FORWARD_NONE);
    cr_expect_eq(house.queued, 1);
}

Test(inbox_forward, a_repeat_of_what_waits_is_not_queued_again)
{
    queue_from_now_on(INBOX_QUEUES_GENUINE);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    cr_expect_eq(house_last_seen()->attempts, 2);
    cr_expect_eq(house_last_seen()->forwarded, FORWARD_WAITING);
    cr_expect_eq(forwards_of(house_last_seen()->id), 1);
}

Test(inbox_forward, what_is_not_genuine_is_queued_where_that_was_said)
{
    queue_from_now_on(INBOX_QUEUES_ALL);
    cr_expect_eq(caller_post_with("", EVENT), 400);
    cr_expect_eq(forwards_of(house_last_seen()->id), 1);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    cr_expect_eq(forwards_of(house_last_seen()->id), 1);
}

Test(inbox_forward, without_an_application_nothing_is)
{
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    cr_expect_eq(forwards_of(house_last_seen()->id), 0);
    cr_expect_eq(house.queued, 0);
}

/* --- answers of the application's own ------------------------------------------------- */

static struct inbox_item *asked;
static int64_t asked_forward;
static bool can_ask;

static bool on_ask(int64_t forward_id, struct inbox_item *item, void *context)
{
    (void)context;
    asked_forward = forward_id;
    asked = can_ask ? item : NULL;
    return can_ask;
}

static void ask_from_now_on(void)
{
    can_ask = true;
    house.ask = on_ask;
    queue_from_now_on(INBOX_QUEUES_GENUINE);
}

static void answer_with(const struct forward_answer *answer)
{
    struct inbox_item *item = asked;
    asked = NULL;
    inbox_answer(house.inbox, item, answer);
}

/* What the store says of an attempt. */
static int64_t stored_status(int64_t id)
{
    struct delivery delivery = house_load(id);
    int status = delivery.answer_status;
    delivery_clear(&delivery);
    return status;
}

Test(inbox_forward, the_applications_answer_goes_back_and_is_noted)
{
    ask_from_now_on();
    struct caller *caller = caller_start_event(1);
    RUN_UNTIL(asked != NULL);
    int64_t id = house_last_seen()->id;
    cr_expect_gt(asked_forward, 0);
    cr_expect_eq(house_last_seen()->answer_us, -1);
    answer_with(&(struct forward_answer){.kind = FORWARD_ANSWERED,
                                         .status = 418,
                                         .content_type = "text/plain",
                                         .body = "short and stout",
                                         .body_length = 15});
    caller_finish(caller);
    cr_expect_eq(caller_status(caller), 418);
    cr_expect(caller_answer_has(caller, "Content-Type: text/plain"));
    cr_expect(caller_answer_has(caller, "short and stout"));
    caller_free(caller);
    RUN_UNTIL(stored_status(id) == 418);
}

Test(inbox_forward, what_has_no_answer_is_a_gateways_failure)
{
    static const struct {
        enum forward_answer_kind kind;
        int status;
    } CASES[] = {{FORWARD_NO_ANSWER, 502}, {FORWARD_TOO_LATE, 504}, {FORWARD_ENDING, 503}};
    ask_from_now_on();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct caller *caller = caller_start_event(i + 1);
        RUN_UNTIL(asked != NULL);
        answer_with(&(struct forward_answer){.kind = CASES[i].kind, .body = ""});
        cr_expect_eq(caller_finish_status(caller), CASES[i].status);
    }
}

Test(inbox_forward, a_status_without_a_body_has_none)
{
    ask_from_now_on();
    struct caller *caller = caller_start_event(1);
    RUN_UNTIL(asked != NULL);
    answer_with(&(struct forward_answer){
        .kind = FORWARD_ANSWERED, .status = 204, .body = "none", .body_length = 4});
    caller_finish(caller);
    cr_expect_eq(caller_status(caller), 204);
    cr_expect_not(caller_answer_has(caller, "none"));
    caller_free(caller);
}

Test(inbox_forward, where_nobody_can_be_asked_the_sender_comes_again)
{
    ask_from_now_on();
    can_ask = false;
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 503);
    cr_expect_gt(asked_forward, 0);
    RUN_UNTIL(stored_status(house_last_seen()->id) == 503);
}

Test(inbox_forward, a_repeat_is_503_while_its_event_waits_and_200_once_it_was_taken)
{
    ask_from_now_on();
    struct caller *caller = caller_start_event(1);
    RUN_UNTIL(asked != NULL);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 503);
    answer_with(&(struct forward_answer){.kind = FORWARD_ANSWERED, .status = 200, .body = ""});
    cr_expect_eq(caller_finish_status(caller), 200);
    struct store *store = store_open(house.path, STORE_WRITE, NULL);
    cr_assert(store != NULL && sqlite3_exec(store->db, "UPDATE forwards SET state = 2", NULL, NULL,
                                            NULL) == SQLITE_OK);
    store_close(store);
    cr_expect_eq(caller_finish_status(caller_start_event(1)), 200);
    cr_expect_null(asked);
}

Test(inbox_forward, what_is_not_genuine_is_refused_without_asking)
{
    ask_from_now_on();
    cr_expect_eq(caller_post_with("", EVENT), 400);
    cr_expect_null(asked);
}
