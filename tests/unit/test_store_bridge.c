/* What is kept of Bridge's events, and what this store has of them. */
#include "api/store_activity.h"
#include "api/store_bridge.h"
#include "api/store_periods.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR INT64_C(3600000)
#define NOW  INT64_C(1700000000000)

static struct store *store;
static struct bridge_events events;

static void open_store(void)
{
    place_make();
    store = place_open(STORE_WRITE);
}

static void close_store(void)
{
    bridge_events_clear(&events);
    store_close(store);
    place_remove();
}

TestSuite(store_bridge, .init = open_store, .fini = close_store, .timeout = 60);

static void put_page(const char *id, int64_t created_ms, int64_t now_ms)
{
    struct error error = {0};
    char raw[128];
    (void)snprintf(raw, sizeof raw,
                   "{\"event_id\":\"%s\",\"event_category\":\"transfer\","
                   "\"event_type\":\"transfer.created\",\"extra\":1}",
                   id);
    struct event event = {.id = (char *)id,
                          .category = (char *)"transfer",
                          .type = (char *)"transfer.created",
                          .sequence = 7,
                          .created_ms = created_ms,
                          .raw = raw,
                          .raw_length = strlen(raw)};
    struct event_list page = {.items = &event, .count = 1};
    struct event_walk_place at = {
        .any = true, .newest_ms = created_ms, .oldest_ms = created_ms, .bottom = "wh_bottom"};
    cr_assert(store_put_bridge_page(store, &page, &at, now_ms, &error), "%s", error.message);
}

static void load(void)
{
    struct error error = {0};
    bridge_events_clear(&events);
    cr_assert(store_load_bridge_events(store, &events, &error), "%s", error.message);
}

static void receive(const char *event_id, const char *webhook_id, int64_t received_ms)
{
    struct delivery delivery = place_delivery("{}", 2, VERDICT_GENUINE);
    free(delivery.event_id);
    free(delivery.webhook_id);
    delivery.event_id = strdup(event_id);
    delivery.webhook_id = webhook_id != NULL ? strdup(webhook_id) : NULL;
    delivery.received_ms = received_ms;
    place_begin(store);
    (void)place_insert(store, &delivery);
    place_commit(store);
    delivery_clear(&delivery);
}

static void expect_arrival(size_t event, size_t at, const char *webhook_id, int64_t received_ms,
                           int64_t count, int64_t by_hand)
{
    const struct reconcile_arrival *arrival = &events.items[event].arrivals[at];
    cr_assert_lt(at, events.items[event].arrival_count);
    if (webhook_id != NULL)
        cr_expect_str_eq(arrival->webhook_id, webhook_id);
    else
        cr_expect_null(arrival->webhook_id);
    cr_expect_eq(arrival->received_ms, received_ms);
    cr_expect_eq(arrival->count, count);
    cr_expect_eq(arrival->by_hand, by_hand);
}

Test(store_bridge, events_come_back_newest_first_with_what_the_store_has)
{
    put_page("wh_1", NOW - 3 * HOUR, NOW);
    put_page("wh_2", NOW - 2 * HOUR, NOW);
    put_page("wh_2", NOW - 2 * HOUR, NOW); /* once more */
    receive("wh_1", "wep_1", NOW - HOUR);
    receive("wh_1", "wep_1", NOW - HOUR / 2);
    load();
    cr_assert_eq(events.count, 2);
    cr_expect_str_eq(events.items[0].id, "wh_2");
    cr_expect_not(events.items[0].stored);
    cr_expect(events.items[1].stored);
    cr_assert_eq(events.items[1].arrival_count, 1);
    expect_arrival(1, 0, "wep_1", NOW - HOUR, 2, 0);
    cr_expect_eq(events.items[1].sequence, 7);
    cr_expect_eq(events.categories.count, 1);
    cr_expect_str_eq(events.categories.items[0], "transfer");
}

Test(store_bridge, the_place_comes_back)
{
    struct event_walk_place at;
    cr_assert(store_load_bridge_place(store, &at, NULL));
    cr_expect_not(at.any);
    put_page("wh_1", NOW - HOUR, NOW);
    cr_assert(store_load_bridge_place(store, &at, NULL));
    cr_expect(at.any);
    cr_expect_str_eq(at.bottom, "wh_bottom");
    cr_expect_eq(at.oldest_ms, NOW - HOUR);
}

Test(store_bridge, an_event_comes_back_as_bridge_has_it)
{
    struct event event;
    put_page("wh_1", NOW - HOUR, NOW);
    cr_assert(store_load_bridge_event(store, "wh_1", &event, NULL));
    cr_expect_not_null(strstr(event.raw, "\"extra\":1"));
    event_clear(&event);
    cr_expect_not(store_load_bridge_event(store, "wh_none", &event, NULL));
}

Test(store_bridge, what_bridge_no_longer_delivers_goes_but_for_what_never_was)
{
    put_page("wh_old", NOW - HOUR, NOW);
    put_page("wh_never", NOW - HOUR, NOW);
    load();
    struct gap gap = {.event = strcmp(events.items[0].id, "wh_never") == 0 ? 0 : 1,
                      .reason = GAP_GIVEN_UP};
    struct gap_list gaps = {.items = &gap, .count = 1};
    cr_assert(store_put_findings(store, &events, NULL, 0, &gaps, NOW + HOUR, NULL));
    load();
    cr_expect_not(events.items[0].never || events.items[1].never, "it is young");
    cr_assert(store_put_findings(store, &events, NULL, 0, &gaps, NOW + 48 * HOUR, NULL));
    put_page("wh_new", NOW + 60 * HOUR, NOW + 60 * HOUR);
    load();
    cr_assert_eq(events.count, 2);
    cr_expect_str_eq(events.items[1].id, "wh_never");
    cr_expect(events.items[1].never);
    receive("wh_never", "wep_1", NOW + 61 * HOUR); /* after all */
    load();
    cr_assert(store_put_findings(store, &events, NULL, 0, NULL, NOW + 61 * HOUR, NULL));
    load();
    cr_expect_not(events.items[1].never);
}

Test(store_bridge, an_endpoint_that_delivered_here_is_remembered)
{
    struct error error = {0};
    struct reconcile_endpoint endpoint = {.id = "wep_1", .since_ms = -1};
    cr_assert(store_load_endpoint_facts(store, &endpoint, &error), "%s", error.message);
    cr_expect_not(endpoint.here);
    cr_expect_eq(endpoint.since_ms, -1);
    put_page("wh_1", NOW - HOUR, NOW);
    receive("wh_1", "wep_1", NOW);
    load();
    cr_assert(store_put_findings(store, &events, &endpoint, 1, NULL, NOW, NULL));
    cr_expect(endpoint.here);
    endpoint.here = false;
    cr_assert(store_load_endpoint_facts(store, &endpoint, &error));
    cr_expect(endpoint.here);
}

/* What came before it was changed may have gone elsewhere, or not at all. */
Test(store_bridge, an_endpoint_is_owed_only_what_came_since_it_is_as_it_is)
{
    struct reconcile_endpoint endpoint = {.id = "wep_1", .since_ms = NOW - 9 * HOUR};
    struct webhook webhook = {
        .id = (char *)"wep_1", .url = (char *)"https://a", .status_text = (char *)"active"};
    struct webhook_list list = {.items = &webhook, .count = 1};
    cr_assert(store_put_webhooks(store, &list, NOW - 8 * HOUR, NULL));
    cr_assert(store_load_endpoint_facts(store, &endpoint, NULL));
    cr_expect_eq(endpoint.since_ms, NOW - 8 * HOUR, "first seen");
    webhook.status_text = (char *)"disabled";
    cr_assert(store_put_webhooks(store, &list, NOW - 7 * HOUR, NULL));
    cr_assert(store_load_endpoint_facts(store, &endpoint, NULL));
    cr_expect_eq(endpoint.since_ms, NOW - 8 * HOUR, "its state is no matter");
    webhook.url = (char *)"https://b";
    cr_assert(store_put_webhooks(store, &list, NOW - 6 * HOUR, NULL));
    cr_assert(store_load_endpoint_facts(store, &endpoint, NULL));
    cr_expect_eq(endpoint.since_ms, NOW - 6 * HOUR);
}

Test(store_bridge, nothing_new_writes_nothing)
{
    struct reconcile_endpoint endpoint = {.id = "wep_1", .here = true};
    put_page("wh_1", NOW - HOUR, NOW);
    receive("wh_1", "wep_1", NOW);
    load();
    int64_t before = sqlite3_total_changes64(store->db);
    cr_assert(store_put_findings(store, &events, &endpoint, 1, NULL, NOW, NULL));
    cr_expect_eq(sqlite3_total_changes64(store->db), before);
}

Test(store_bridge, the_bounds_are_those_of_the_rows_that_are_left)
{
    int64_t began_ms = 0;
    load();
    cr_expect_eq(events.began_ms, INT64_MAX);
    cr_expect_eq(events.kept_from_ms, INT64_MIN);
    cr_assert(store_begin_period(store, &began_ms, NOW - 9 * HOUR, NULL));
    receive("wh_1", "wep_1", NOW - 3 * HOUR);
    receive("wh_2", "wep_1", NOW - 2 * HOUR);
    load();
    cr_expect_eq(events.began_ms, NOW - 9 * HOUR);
    cr_expect_eq(events.kept_from_ms, INT64_MIN);
    place_execute(store->db, "DELETE FROM deliveries WHERE id = 1; "
                             "UPDATE counts SET deliveries = 1, genuine = 1");
    load();
    cr_expect_eq(events.kept_from_ms, NOW - 2 * HOUR);
    place_execute(store->db,
                  "DELETE FROM deliveries; UPDATE counts SET deliveries = 0, genuine = 0");
    load();
    cr_expect_gt(events.kept_from_ms, NOW);
}

Test(store_bridge, the_newest_events_are_kept)
{
    place_begin(store);
    place_execute(store->db,
                  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10100) "
                  "INSERT INTO bridge_events (id, sequence, created_ms, seen_ms, never_ms) "
                  "SELECT 'wh_n' || i, i, 1700000000000 + i, 0, 0 FROM n");
    place_commit(store);
    put_page("wh_1", NOW - HOUR, NOW);
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM bridge_events"), STORE_BRIDGE_MAX);
    cr_expect_eq(place_query(store->db, "SELECT min(sequence) FROM bridge_events"), 101);
    load(); /* the claim begins where they begin */
    cr_expect_eq(bridge_events_from(&events, NOW - HOUR, NOW + 10100), NOW + 101);
    events.items[STORE_BRIDGE_MAX - 1].never = true; /* what it was is compared no less */
    cr_expect_eq(bridge_events_from(&events, NOW - HOUR, NOW + 10100), NOW + 102);
}

Test(store_bridge, all_events_are_there_since_the_list_was_gone_through)
{
    put_page("wh_1", NOW - 3 * HOUR, NOW);
    load();
    cr_expect_eq(bridge_events_from(&events, NOW - 5 * HOUR, NOW), NOW - 5 * HOUR);
    /* What is too old goes, and what the list was gone through for is there no more. */
    cr_expect_eq(bridge_events_from(&events, NOW - 5 * HOUR, NOW + 100 * HOUR),
                 NOW + 100 * HOUR - EVENT_WALK_DEPTH_MS);
    bridge_events_clear(&events);
    cr_expect_eq(bridge_events_from(&events, NOW, NOW), NOW);
}

Test(store_bridge, what_came_is_counted_for_each_endpoint)
{
    put_page("wh_1", NOW - 3 * HOUR, NOW);
    receive("wh_1", "wep_1", NOW - 9000);
    receive("wh_1", "wep_2", NOW - 8000);
    receive("wh_1", NULL, NOW - 7000);
    receive("wh_1", "wep_2", NOW - 6000);
    load();
    cr_assert_eq(events.items[0].arrival_count, 3);
    expect_arrival(0, 0, "wep_1", NOW - 9000, 1, 0);
    expect_arrival(0, 1, "wep_2", NOW - 8000, 2, 0);
    expect_arrival(0, 2, NULL, NOW - 7000, 1, 0);
    cr_expect_eq(events.items[0].unplaced, 0);
    struct reconcile_endpoint endpoint = {.id = "wep_2", .since_ms = -1};
    cr_assert(store_put_findings(store, &events, &endpoint, 1, NULL, NOW, NULL));
    cr_expect(endpoint.here, "it came for it, if not first");
}

static void note_sent(const char *webhook_id, const char *text, enum activity_outcome outcome,
                      int64_t at_ms)
{
    struct activity_note item = {.activity = {.who = ACTIVITY_OWN,
                                              .outcome = outcome,
                                              .at_ms = at_ms,
                                              .ended_ms = at_ms + 500,
                                              .webhook_id = (char *)webhook_id,
                                              .text = (char *)text}};
    struct activity_notes notes = {.items = &item, .count = 1};
    cr_assert(store_put_notes(store, &notes, at_ms, NULL));
}

/* A retry comes for what was not answered 200; what comes after a 200 is something else. */
Test(store_bridge, what_came_after_a_200_is_counted)
{
    put_page("wh_1", NOW - 3 * HOUR, NOW);
    receive("wh_1", "wep_1", NOW - 9000);
    int64_t id = place_query(store->db, "SELECT max(id) FROM deliveries");
    for (int i = 1; i < 4; i++)
        receive("wh_1", "wep_1", NOW - 9000 + i);
    cr_assert(store_set_answer_status(store, id, 1, 500, NULL));
    cr_assert(store_set_answer_status(store, id, 2, 502, NULL));
    load();
    cr_expect_eq(events.items[0].arrivals[0].count, 4);
    cr_expect_eq(events.items[0].arrivals[0].again, 1);
    note_sent("wep_1", "sent wh_1 to wep_1", ACTIVITY_DONE, NOW);
    receive("wh_1", "wep_1", NOW + 100);
    load();
    cr_expect_eq(events.items[0].arrivals[0].by_hand, 1);
    cr_expect_eq(events.items[0].arrivals[0].again, 1);
}

/* The newest attempts are kept: of the others it is not known for whom they came. */
Test(store_bridge, what_is_not_kept_is_nobodys)
{
    put_page("wh_1", NOW - 3 * HOUR, NOW);
    for (int i = 0; i < STORE_ATTEMPTS_KEPT + 4; i++)
        receive("wh_1", i == 0 ? "wep_1" : "wep_2", NOW - 9000 + i);
    load();
    expect_arrival(0, 0, "wep_1", NOW - 9000, 1, 0);
    expect_arrival(0, 1, "wep_2", -1, STORE_ATTEMPTS_KEPT, 0);
    cr_expect_eq(events.items[0].unplaced, 3);
}

Test(store_bridge, what_was_sent_by_hand_is_known_by_the_activity)
{
    put_page("wh_1", NOW - 3 * HOUR, NOW);
    receive("wh_1", "wep_1", NOW - HOUR);
    note_sent("wep_1", "sent wh_1 to wep_1", ACTIVITY_DONE, NOW);
    note_sent("wep_2", "sending wh_1 to wep_2: not sure: timed out", ACTIVITY_UNCERTAIN, NOW);
    note_sent("wep_2", "sending wh_1 to wep_2: refused: 400", ACTIVITY_REFUSED, NOW);
    load();
    expect_arrival(0, 0, "wep_1", NOW - HOUR, 1, 0); /* it was before */
    receive("wh_1", "wep_2", NOW + 100);
    receive("wh_1", "wep_2", NOW + 200);
    receive("wh_1", "wep_1", NOW + 300);
    receive("wh_1", "wep_1", NOW + 2 * STORE_SENT_LATE_MS);
    note_sent("wep_1", "sent wh_1 to wep_1: ok", ACTIVITY_DONE, NOW + HOUR);
    receive("wh_1", "wep_1", NOW + HOUR + 500 + STORE_SENT_LATE_MS + 1); /* too late for that */
    load();
    expect_arrival(0, 0, "wep_1", NOW - HOUR, 4, 1);
    expect_arrival(0, 1, "wep_2", NOW + 200, 2, 1);
}
