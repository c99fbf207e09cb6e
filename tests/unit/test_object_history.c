/* All events of one object: their order, what changed, steps back and jumps. */
#include "tui/object_history.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct object_history *history;

static void set_up(void)
{
    history = object_history_new();
    cr_assert_not_null(history);
}

static void tear_down(void)
{
    object_history_free(history);
}

TestSuite(object_history, .init = set_up, .fini = tear_down);

struct told {
    const char *id, *status, *was, *object;
    int64_t sequence, created_ms, received_ms;
};

static const char *body_of(const struct told *told, char body[1024])
{
    char was[200] = "";
    if (told->was != NULL)
        (void)snprintf(was, sizeof was, "\"event_object_changes\":{\"state\":[\"%s\",\"%s\"]},",
                       told->was, told->status);
    (void)snprintf(body, 1024, "{%s\"event_id\":\"%s\",\"event_object\":%s}", was, told->id,
                   told->object != NULL ? told->object : "{}");
    return body;
}

static void arrived(struct told told)
{
    char body[1024];
    struct delivery delivery = {.id = told.received_ms,
                                .received_ms = told.received_ms,
                                .event_id = (char *)told.id,
                                .event_type = (char *)"transfer.updated",
                                .object_status = (char *)told.status,
                                .sequence = told.sequence,
                                .attempts = 1};
    delivery.body = (char *)body_of(&told, body);
    delivery.body_length = strlen(body);
    cr_assert(object_history_add_delivery(history, &delivery));
}

static void bridge_told(struct told told)
{
    char body[1024];
    struct event event = {.id = (char *)told.id,
                          .type = (char *)"transfer.updated",
                          .object_status = (char *)told.status,
                          .sequence = told.sequence,
                          .created_ms = told.created_ms};
    event.raw = (char *)body_of(&told, body);
    event.raw_length = strlen(body);
    cr_assert(object_history_add_event(history, &event));
}

static void expect_order(const char *ids)
{
    char joined[200] = "";
    object_history_make(history);
    for (size_t i = 0; i < history->count; i++)
        (void)snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
                       i > 0 ? " " : "", history->events[i].event_id);
    cr_expect_str_eq(joined, ids);
}

Test(object_history, sequences_are_the_order_where_all_have_one)
{
    arrived((struct told){.id = "b", .sequence = 2, .received_ms = 10});
    arrived((struct told){.id = "c", .sequence = 3, .received_ms = 5});
    bridge_told((struct told){.id = "a", .sequence = 1, .created_ms = 99});
    bridge_told((struct told){.id = "b", .sequence = 2, .created_ms = 99}); /* it is there */
    expect_order("a b c");
    cr_expect(history->events[1].late, "c came before it");
    cr_expect_not(history->events[2].late);
    cr_expect_eq(history->events[0].received_ms, -1);
    cr_expect_eq(history->events[1].delivery.id, 10);
}

Test(object_history, else_times_are)
{
    bridge_told((struct told){.id = "b", .sequence = -1, .created_ms = 20});
    bridge_told((struct told){.id = "a", .sequence = 7, .created_ms = 10});
    arrived((struct told){.id = "c", .sequence = 1, .received_ms = 30});
    expect_order("a b c");
}

Test(object_history, says_what_changed_from_each_to_the_next)
{
    arrived(
        (struct told){.id = "a",
                      .sequence = 1,
                      .received_ms = 1,
                      .object = "{\"n\":1,\"source\":{\"rail\":\"ach\"},\"email\":\"a@b.de\"}"});
    arrived(
        (struct told){.id = "b",
                      .sequence = 2,
                      .received_ms = 2,
                      .object = "{\"n\":2,\"source\":{\"rail\":\"wire\"},\"email\":\"c@d.de\"}"});
    arrived(
        (struct told){.id = "c",
                      .sequence = 3,
                      .received_ms = 3,
                      .object = "{\"n\":2,\"source\":{\"rail\":\"wire\"},\"email\":\"c@d.de\"}"});
    arrived((struct told){.id = "d", .sequence = 4, .received_ms = 4, .object = "{\"n\":2}"});
    object_history_make(history);
    const struct object_event *b = &history->events[1];
    cr_expect_not(history->events[0].compared);
    cr_expect(b->compared);
    cr_assert_eq(b->change_count, 3);
    cr_expect_str_eq(b->changes[0].path, "n");
    cr_expect_str_eq(b->changes[0].old.text, "1");
    cr_expect_str_eq(b->changes[0].new.text, "2");
    cr_expect_str_eq(b->changes[1].path, "source.rail");
    cr_expect_str_eq(b->changes[1].new.text, "\"wire\"");
    cr_expect_not(b->changes[1].new.hidden);
    cr_expect(b->changes[2].old.hidden && b->changes[2].new.hidden, "an e-mail address");
    cr_expect(history->events[2].compared);
    cr_expect_eq(history->events[2].change_count, 0);
    cr_expect_eq(history->events[3].change_count, 2);
    cr_expect_str_eq(history->events[3].changes[0].new.text, "", "it is gone");
}

Test(object_history, what_cannot_be_compared_is_not)
{
    arrived((struct told){.id = "a", .sequence = 1, .received_ms = 1});
    arrived((struct told){.id = "b", .sequence = 2, .received_ms = 2, .object = "{\"n\":"});
    object_history_make(history);
    cr_expect_not(history->events[1].compared);
}

Test(object_history, a_status_that_was_left_before_is_a_step_back)
{
    static const char *const STATUSES[] = {"new", "new", "paid", "new", "done", "paid", "paid"};
    static const bool BACK[] = {false, false, false, true, false, true, false};
    char ids[7][8];
    for (int i = 0; i < 7; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "e%d", i);
        arrived((struct told){
            .id = ids[i], .status = STATUSES[i], .sequence = i, .received_ms = i + 1});
    }
    object_history_make(history);
    for (int i = 0; i < 7; i++) {
        cr_expect_eq(history->events[i].back, BACK[i], "%d", i);
        cr_expect_not(history->events[i].jump);
    }
}

Test(object_history, a_status_that_nobody_told_of_is_a_jump)
{
    arrived((struct told){.id = "a", .status = "new", .sequence = 1, .received_ms = 1});
    arrived(
        (struct told){.id = "b", .status = "paid", .was = "new", .sequence = 2, .received_ms = 2});
    arrived(
        (struct told){.id = "c", .status = "done", .was = "sent", .sequence = 3, .received_ms = 3});
    arrived((struct told){.id = "d", .status = "done", .sequence = 4, .received_ms = 4});
    object_history_make(history);
    cr_expect_not(history->events[1].jump);
    cr_expect(history->events[2].jump);
    cr_expect_str_eq(history->events[2].was, "sent");
    cr_expect_not(history->events[3].jump);
}

Test(object_history, the_first_event_has_nothing_to_be_held_against)
{
    arrived(
        (struct told){.id = "b", .status = "paid", .was = "new", .sequence = 2, .received_ms = 2});
    object_history_make(history);
    cr_expect_not(history->events[0].jump);
    cr_expect_not(history->events[0].back);
}

Test(object_history, it_is_bounded)
{
    char id[16];
    for (int i = 0; i < OBJECT_EVENTS_MAX; i++) {
        (void)snprintf(id, sizeof id, "e%d", i);
        arrived((struct told){.id = id, .sequence = i, .received_ms = i + 1});
    }
    struct delivery one_more = {.id = 999, .event_id = (char *)"more"};
    cr_expect_not(history->more);
    cr_expect_not(object_history_add_delivery(history, &one_more));
    cr_expect(history->more);
    object_history_make(history);
    cr_expect_eq(history->count, OBJECT_EVENTS_MAX);
}

Test(object_history, large_payloads_are_not_kept_for_comparing)
{
    enum { LARGE = OBJECT_BYTES_MAX / 2 + 1 };
    char *body = malloc(LARGE + 1);
    memset(body, ' ', LARGE);
    memcpy(body, "{\"event_object\":{}}", 19);
    body[LARGE] = '\0';
    for (int i = 0; i < 3; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "e%d", i);
        struct delivery delivery = {
            .id = i + 1, .event_id = id, .sequence = i, .body = body, .body_length = LARGE};
        cr_assert(object_history_add_delivery(history, &delivery));
    }
    cr_expect_leq(history->bytes, OBJECT_BYTES_MAX);
    object_history_make(history);
    cr_expect_not(history->events[1].compared);
    cr_expect_eq(history->bytes, 0);
    free(body);
}
