/* Looking events and objects up in a real store, on a loop. */
#include "tui/lookup.h"

#include "api/store_event.h"
#include "tests/unit/store_driver.h"
#include "tui/object_history.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uv_loop_t loop;
static struct lookup *lookup;
static struct store *store;
static struct event_record *record;
static struct object_history *history;
static char object_id[OBJECT_ID_SIZE];
static size_t answers, ended;
static uint64_t number;
static char trouble[ERROR_MAX];

static void on_answer(const struct message *message, void *context)
{
    (void)context;
    answers++;
    number = message->search;
    if (message->text != NULL)
        (void)snprintf(trouble, sizeof trouble, "%s", message->text);
    if (message->kind == MESSAGE_TRACED) {
        ended++;
        if (message->record != NULL) {
            record = *message->record;
            *message->record = NULL;
        }
        return;
    }
    ended += message->searched;
    if (message->object_id != NULL)
        (void)snprintf(object_id, sizeof object_id, "%s", message->object_id);
    if (*message->history != NULL) {
        object_history_free(history);
        history = *message->history;
        *message->history = NULL;
    }
}

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
    cr_assert_eq(uv_loop_init(&loop), 0);
    struct lookup_config config = {
        .store_path = place.path, .ambient = ambient_system(), .answer = on_answer};
    lookup = lookup_new(&loop, &config);
    cr_assert_not_null(lookup);
}

static void tear_down(void)
{
    lookup_close(lookup);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&loop), 0);
    if (record != NULL)
        event_record_clear(record);
    free(record);
    object_history_free(history);
    store_close(store);
    place_remove();
}

TestSuite(lookup, .init = set_up, .fini = tear_down, .timeout = 60);

static void put(const char *event_id, const char *object, const char *status, int sequence)
{
    char body[300];
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\",\"event_object\":{\"n\":%d}}", event_id,
                   sequence);
    struct delivery delivery = place_delivery(body, strlen(body), VERDICT_GENUINE);
    delivery.event_id = strdup(event_id);
    delivery.object_id = strdup(object);
    delivery.object_status = strdup(status);
    delivery.sequence = sequence;
    place_begin(store);
    (void)place_insert(store, &delivery);
    place_commit(store);
    delivery_clear(&delivery);
}

static void wait_for_end(void)
{
    for (size_t before = ended; ended == before;)
        cr_assert_neq(uv_run(&loop, UV_RUN_ONCE), 0, "nothing more will come");
}

Test(lookup, an_event)
{
    put("wh_1", "tr_1", "new", 1);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 7, .event_id = "wh_1"});
    wait_for_end();
    cr_expect_eq(number, 7);
    cr_assert_not_null(record);
    cr_expect(record->found);
    cr_expect_str_eq(record->delivery.object_id, "tr_1");
}

Test(lookup, a_receiver_that_is_gone_received_up_to_its_last_row)
{
    int64_t began_ms = 0;
    put("wh_1", "tr_1", "new", 1);
    cr_assert(store_begin_period(store, &began_ms, PLACE_TIME_MS - 5, NULL));
    lookup_begin(lookup, &(struct lookup_wanted){.number = 1, .event_id = "wh_1"});
    wait_for_end();
    cr_assert_eq(record->period_count, 1);
    cr_expect_eq(record->periods[0].until_ms, PLACE_TIME_MS, "nobody has the store's lock");
}

/* Ids are what they are in the filter language's quotes, too. */
Test(lookup, all_events_of_an_object_and_no_others)
{
    static const char OBJECT[] = "odd \"id\" \\ of:tr,1";
    put("wh_1", OBJECT, "new", 1);
    put("wh_2", "odd \"id\" \\ of:tr,12", "new", 2); /* it begins so */
    put("wh_3", OBJECT, "paid", 3);
    struct event told = {.id = (char *)"wh_2b",
                         .object_id = (char *)OBJECT,
                         .sequence = 2,
                         .created_ms = 1,
                         .raw = (char *)"{}",
                         .raw_length = 2};
    struct event_list bridge = {.items = &told, .count = 1};
    lookup_begin(lookup, &(struct lookup_wanted){
                             .number = 1, .event_id = "", .object_id = OBJECT, .bridge = &bridge});
    wait_for_end();
    cr_assert_not_null(history);
    cr_assert_eq(history->count, 3);
    cr_expect_str_eq(history->events[0].event_id, "wh_1");
    cr_expect_str_eq(history->events[1].event_id, "wh_2b");
    cr_expect_str_eq(history->events[2].event_id, "wh_3");
    cr_expect_str_eq(history->events[2].delivery.peer, "203.0.113.7:51234");
}

Test(lookup, the_object_of_an_event)
{
    put("wh_1", "tr_1", "new", 1);
    put("wh_2", "tr_1", "paid", 2);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 1, .event_id = "wh_2", .object_id = ""});
    wait_for_end();
    cr_expect_str_eq(object_id, "tr_1");
    cr_assert_not_null(history);
    cr_expect_eq(history->count, 2);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 2, .event_id = "wh_9", .object_id = ""});
    wait_for_end();
    cr_expect_str_eq(object_id, "", "nobody knows it");
}

Test(lookup, of_many_the_newest)
{
    char id[16];
    place_begin(store);
    for (int i = 0; i < OBJECT_EVENTS_MAX + 5; i++) {
        (void)snprintf(id, sizeof id, "wh_%d", i);
        struct delivery delivery = place_delivery("{}", 2, VERDICT_GENUINE);
        delivery.event_id = strdup(id);
        delivery.object_id = strdup("tr_1");
        delivery.sequence = i;
        (void)place_insert(store, &delivery);
        delivery_clear(&delivery);
    }
    place_commit(store);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 1, .event_id = "", .object_id = "tr_1"});
    wait_for_end();
    cr_assert_eq(history->count, OBJECT_EVENTS_MAX);
    cr_expect(history->more);
    cr_expect_str_eq(history->events[0].event_id, "wh_5");
}

Test(lookup, a_later_one_takes_the_place_of_the_one_before)
{
    put("wh_1", "tr_1", "new", 1);
    put("wh_2", "tr_1", "new", 2);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 1, .event_id = "wh_1"});
    lookup_begin(lookup, &(struct lookup_wanted){.number = 2, .event_id = "wh_2"});
    wait_for_end();
    cr_expect_eq(number, 2);
    cr_expect_eq(answers, 1);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 3, .event_id = "wh_2"});
    (void)uv_run(&loop, UV_RUN_NOWAIT); /* it may have begun, or even ended */
    size_t before = answers;
    lookup_stop(lookup);
    lookup_close(lookup);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    lookup = NULL;
    cr_expect_eq(answers, before, "what was stopped does not answer");
}

Test(lookup, a_store_that_is_not_there)
{
    struct lookup_config config = {
        .store_path = "/nonexistent/store.db", .ambient = ambient_system(), .answer = on_answer};
    lookup_close(lookup);
    lookup = lookup_new(&loop, &config);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 1, .event_id = "wh_1"});
    wait_for_end();
    cr_expect_null(record);
    cr_expect(strstr(trouble, "/nonexistent/store.db") != NULL, "%s", trouble);
    lookup_begin(lookup, &(struct lookup_wanted){.number = 1, .event_id = "", .object_id = "a"});
    wait_for_end();
    cr_expect_null(history);
}
