/* What is handed on to an application, as the store keeps it. */
#include "api/forward_store.h"
#include "api/store_upkeep.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1714672099465)

static struct store *store;
static enum forward_state before; /* of the event that arrived last */

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
}

static void tear_down(void)
{
    store_close(store);
    place_remove();
}

TestSuite(forward_store, .init = set_up, .fini = tear_down, .timeout = 60);

/* An event of an object arrives; what is told of its forward. */
static int64_t arrive(const char *event_id, const char *object_id, int64_t *delivery_id)
{
    struct delivery delivery = place_delivery("{}", 2, VERDICT_GENUINE);
    struct error error = {0};
    int64_t id = -1;
    delivery.event_id = strdup(event_id);
    delivery.object_id = object_id != NULL ? strdup(object_id) : NULL;
    place_begin(store);
    (void)place_insert(store, &delivery);
    cr_assert(store_queue_forward(store, &delivery, NOW_MS, &id, &before, &error), "%s",
              error.message);
    place_commit(store);
    if (delivery_id != NULL)
        *delivery_id = delivery.id;
    delivery_clear(&delivery);
    return id;
}

static struct forward_list load(int64_t delivery_id)
{
    struct forward_list list;
    struct error error = {0};
    cr_assert(store_load_forwards(store, delivery_id, &list, &error), "%s", error.message);
    return list;
}

static int64_t waiting(void)
{
    int64_t count = -1;
    cr_assert(store_count_waiting(store, &count, NULL));
    return count;
}

Test(forward_store, a_delivery_that_is_not_handed_on_has_an_empty_list)
{
    struct forward_list list = load(place_store_one(store, "{}", VERDICT_GENUINE));
    cr_expect_eq(list.count, 0);
    forward_list_clear(&list);
    list = load(77);
    cr_expect_eq(list.count, 0);
    forward_list_clear(&list);
    cr_expect_eq(waiting(), 0);
}

Test(forward_store, what_is_queued_waits_without_tries)
{
    int64_t delivery_id;
    int64_t id = arrive("wh_1", "obj_1", &delivery_id);
    struct forward_list list = load(delivery_id);
    cr_assert_eq(list.count, 1);
    cr_expect_eq(list.items[0].id, id);
    cr_expect_eq(list.items[0].delivery_id, delivery_id);
    cr_expect_eq(list.items[0].attempt, 1);
    cr_expect_eq(list.items[0].kind, FORWARD_ARRIVAL);
    cr_expect_eq(list.items[0].state, FORWARD_WAITING);
    cr_expect_eq(list.items[0].queued_ms, NOW_MS);
    cr_expect_eq(list.items[0].tries_made, 0);
    cr_expect_eq(list.items[0].try_count, 0);
    cr_expect_eq(waiting(), 1);
    forward_list_clear(&list);
}

static enum forward_state noted(int64_t delivery_id)
{
    struct delivery delivery = {0};
    cr_assert(store_load_delivery(store, delivery_id, &delivery, NULL));
    enum forward_state state = delivery.forwarded;
    delivery_clear(&delivery);
    return state;
}

/* Whoever lists it says so before there was a try: a replay of what was taken waits, too. */
Test(forward_store, what_is_queued_is_noted_as_waiting_beside_the_delivery)
{
    int64_t delivery_id, id;
    (void)arrive("wh_1", "obj_1", &delivery_id);
    cr_expect_eq(noted(delivery_id), FORWARD_WAITING);
    place_execute(store->db, "UPDATE forwards SET state = 2;"
                             "UPDATE delivery_notes SET forwarded = 2");
    (void)arrive("wh_1", "obj_1", NULL);
    cr_expect_eq(noted(delivery_id), FORWARD_DONE);
    place_begin(store);
    cr_assert(store_queue_replay(store, delivery_id, FORWARD_REPLAY, NOW_MS, &id, NULL));
    place_commit(store);
    cr_expect_eq(noted(delivery_id), FORWARD_WAITING);
    cr_expect_eq(noted(place_store_one(store, "{}", VERDICT_GENUINE)), FORWARD_NONE);
}

Test(forward_store, a_transaction_that_is_undone_leaves_none)
{
    struct delivery delivery = place_delivery("{}", 2, VERDICT_GENUINE);
    int64_t id;
    place_begin(store);
    (void)place_insert(store, &delivery);
    cr_assert(store_queue_forward(store, &delivery, NOW_MS, &id, &before, NULL));
    store_rollback(store);
    cr_expect_eq(waiting(), 0);
    delivery_clear(&delivery);
}

Test(forward_store, one_object_is_one_lane)
{
    (void)arrive("wh_1", "obj_1", NULL);
    (void)arrive("wh_2", "obj_1", NULL);
    (void)arrive("wh_3", "obj_2", NULL);
    (void)arrive("wh_4", NULL, NULL);
    (void)arrive("wh_5", NULL, NULL);
    cr_expect_eq(place_query(store->db, "SELECT count(DISTINCT lane) FROM forwards"), 4);
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM forwards WHERE lane = "
                                        "(SELECT lane FROM forwards WHERE id = 1)"),
                 2);
}

Test(forward_store, a_repeat_is_queued_only_where_the_application_has_not_taken_its_event)
{
    int64_t delivery_id, same;
    cr_expect_gt(arrive("wh_1", "obj_1", &delivery_id), 0);
    cr_expect_eq(before, FORWARD_NONE);
    cr_expect_eq(arrive("wh_1", "obj_1", &same), 0);
    cr_expect_eq(before, FORWARD_WAITING);
    cr_expect_eq(same, delivery_id);
    place_execute(store->db, "UPDATE forwards SET state = 2");
    cr_expect_eq(arrive("wh_1", "obj_1", NULL), 0);
    cr_expect_eq(before, FORWARD_DONE);
    place_execute(store->db, "UPDATE forwards SET state = 3");
    cr_expect_gt(arrive("wh_1", "obj_1", NULL), 0); /* it was given up */
    struct forward_list list = load(delivery_id);
    cr_assert_eq(list.count, 2);
    cr_expect_eq(list.items[0].state, FORWARD_GIVEN_UP);
    cr_expect_eq(list.items[1].state, FORWARD_WAITING);
    cr_expect_eq(list.items[1].attempt, 4);
    forward_list_clear(&list);
}

static int64_t arrive_at(const char *webhook_id, const char *target)
{
    struct delivery delivery = place_delivery("{}", 2, VERDICT_GENUINE);
    int64_t id = -1;
    delivery.event_id = strdup("wh_1");
    delivery.webhook_id = webhook_id != NULL ? strdup(webhook_id) : NULL;
    free(delivery.target);
    delivery.target = strdup(target);
    place_begin(store);
    (void)place_insert(store, &delivery);
    cr_assert(store_queue_forward(store, &delivery, NOW_MS, &id, &before, NULL));
    place_commit(store);
    delivery_clear(&delivery);
    return id;
}

/* Bridge delivers it to each. */
Test(forward_store, what_came_to_another_endpoint_is_no_repeat)
{
    cr_expect_eq(arrive_at("wep_1", "/one"), 1);
    cr_expect_eq(arrive_at("wep_2", "/two"), 2);
    cr_expect_eq(before, FORWARD_NONE);
    cr_expect_eq(arrive_at("wep_1", "/one"), 0);
    cr_expect_eq(before, FORWARD_WAITING);
    cr_expect_eq(arrive_at("wep_1", "/moved"), 0); /* its URL is a new one */
    place_execute(store->db, "UPDATE forwards SET state = 2 WHERE id = 2");
    cr_expect_eq(arrive_at("wep_2", "/two?again=1"), 0);
    cr_expect_eq(before, FORWARD_DONE);
    cr_expect_eq(arrive_at("wep_3", "/two"), 3);
    place_execute(store->db, "DELETE FROM attempts"); /* they are not kept for ever */
    cr_expect_eq(arrive_at("wep_2", "/two"), 0);
}

Test(forward_store, where_no_endpoint_is_known_the_path_names_it)
{
    cr_expect_eq(arrive_at(NULL, "/one?a=1"), 1);
    cr_expect_eq(arrive_at(NULL, "/one?a=2"), 0);
    cr_expect_eq(arrive_at("wep_1", "/one"), 0);
    cr_expect_eq(arrive_at("wep_1", "/one/more"), 2);
    cr_expect_eq(arrive_at(NULL, "/on"), 3);
}

Test(forward_store, a_replay_is_another_forward_in_the_same_lane)
{
    int64_t delivery_id, id;
    (void)arrive("wh_1", "obj_1", &delivery_id);
    place_begin(store);
    cr_assert(store_queue_replay(store, delivery_id, FORWARD_RESIGNED, NOW_MS + 5, &id, NULL));
    cr_expect_eq(id, 2);
    cr_assert(store_queue_replay(store, 77, FORWARD_REPLAY, NOW_MS, &id, NULL));
    cr_expect_eq(id, 0);
    place_commit(store);
    struct forward_list list = load(delivery_id);
    cr_assert_eq(list.count, 2);
    cr_expect_eq(list.items[1].kind, FORWARD_RESIGNED);
    cr_expect_eq(list.items[1].queued_ms, NOW_MS + 5);
    forward_list_clear(&list);
    cr_expect_eq(place_query(store->db, "SELECT count(DISTINCT lane) FROM forwards"), 1);
}

Test(forward_store, tries_come_oldest_first_with_what_was_answered)
{
    int64_t delivery_id;
    (void)arrive("wh_1", "obj_1", &delivery_id);
    place_execute(store->db,
                  "INSERT INTO forward_tries VALUES (1, 1, 2, 20, 300, 503, NULL, x'6f6f');"
                  "INSERT INTO forward_tries VALUES (1, 1, 1, 10, 100, 0, 'cannot reach it', x'');"
                  "UPDATE forwards SET tries = 2");
    struct forward_list list = load(delivery_id);
    cr_assert(list.count == 1 && list.items[0].try_count == 2);
    const struct forward_try *tries = list.items[0].tries;
    cr_expect_eq(tries[0].status, 0);
    cr_expect_str_eq(tries[0].error, "cannot reach it");
    cr_expect_str_eq(tries[0].answer, "");
    cr_expect_eq(tries[1].status, 503);
    cr_expect_eq(tries[1].at_ms, 20);
    cr_expect_eq(tries[1].took_us, 300);
    cr_expect_null(tries[1].error);
    cr_expect_str_eq(tries[1].answer, "oo");
    forward_list_clear(&list);
}

Test(forward_store, what_a_tampered_file_says_is_bounded)
{
    int64_t delivery_id;
    (void)arrive("wh_1", "obj_1", &delivery_id);
    place_execute(store->db,
                  "INSERT INTO forward_tries VALUES (1, 1, 1, 1, 1, 99999, NULL, zeroblob(9999));"
                  "UPDATE forwards SET kind = 77, state = 99");
    struct forward_list list = load(delivery_id);
    cr_assert(list.count == 1 && list.items[0].try_count == 1);
    cr_expect_eq(list.items[0].kind, FORWARD_ARRIVAL);
    cr_expect_eq(list.items[0].state, FORWARD_NONE);
    cr_expect_eq(list.items[0].tries[0].status, 999);
    cr_expect_eq(list.items[0].tries[0].answer_length, FORWARD_ANSWER_KEPT);
    forward_list_clear(&list);
}

Test(forward_store, what_retention_deletes_is_forgotten_whole)
{
    int64_t first, second;
    (void)arrive("wh_1", "obj_1", &first);
    (void)arrive("wh_2", "obj_1", &second);
    place_execute(store->db, "INSERT INTO forward_tries VALUES (1, 1, 1, 1, 1, 200, NULL, x'');"
                             "INSERT INTO forward_tries VALUES (2, 2, 1, 1, 1, 200, NULL, x'')");
    struct store_upkeep_config config = {.path = place.path, .keep = {.count = 1}};
    struct store_upkeep *upkeep = store_upkeep_open(&config, NULL);
    cr_assert_not_null(upkeep);
    while (store_upkeep_step(upkeep, NOW_MS, NULL) == STORE_UPKEEP_MORE)
        ;
    store_upkeep_close(upkeep);
    cr_expect_eq(place_query(store->db, "SELECT group_concat(id) FROM forwards"), second);
    cr_expect_eq(place_query(store->db, "SELECT group_concat(delivery_id) FROM forward_tries"),
                 second);
}

Test(forward_store, whom_it_goes_to_is_told_to_those_who_follow)
{
    struct forward_target target;
    cr_assert(store_load_forward_target(store, &target, NULL));
    cr_expect(target.name == NULL && target.trouble == NULL);
    struct forward_target app = {.name = "127.0.0.1:3000", .trouble = "connection refused"};
    cr_assert(store_begin(store, NULL) && store_set_forward_target(store, &app, NULL) &&
              store_commit(store, NULL));
    cr_assert(store_load_forward_target(store, &target, NULL));
    cr_expect_str_eq(target.name, "127.0.0.1:3000");
    cr_expect_str_eq(target.trouble, "connection refused");
    forward_target_clear(&target);
    cr_assert(store_begin(store, NULL) &&
              store_set_forward_target(store, &(struct forward_target){0}, NULL) &&
              store_commit(store, NULL));
    cr_assert(store_load_forward_target(store, &target, NULL));
    cr_expect_null(target.name);
}
