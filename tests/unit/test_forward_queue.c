/* Which delivery is handed on next, and what becomes of it. */
#include "api/forward_queue.h"
#include "api/keyring.h"
#include "api/signing_file.h"
#include "api/store_renew.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS INT64_C(1714672099465)

enum { MOST = 8 };

static struct store *store;
static struct forward_queue *queue;
static struct forward_item items[MOST];
static size_t count;
static int64_t now_ms;
static enum verdict verdict; /* of what arrives */

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
    queue = forward_queue_new(place.path);
    cr_assert_not_null(queue);
    now_ms = NOW_MS;
    verdict = VERDICT_GENUINE;
}

static void give_back(void)
{
    for (size_t i = 0; i < count; i++)
        forward_item_clear(&items[i]);
    count = 0;
}

static void tear_down(void)
{
    give_back();
    forward_queue_free(queue);
    store_close(store);
    place_remove();
}

TestSuite(forward_queue, .init = set_up, .fini = tear_down, .timeout = 60);

static int64_t arrive_with(const char *event_id, const char *object_id, const char *signature,
                           const char *body)
{
    struct delivery delivery = place_delivery(body, strlen(body), verdict);
    int64_t id;
    enum forward_state before;
    delivery.event_id = strdup(event_id);
    delivery.object_id = object_id != NULL ? strdup(object_id) : NULL;
    cr_assert(header_list_add(&delivery.headers, "Content-Type", "application/json"));
    cr_assert(header_list_add(&delivery.headers, "X-Webhook-Signature", signature));
    cr_assert(header_list_add(&delivery.headers, "X-Other", "kept"));
    place_begin(store);
    int64_t delivery_id = place_insert(store, &delivery);
    cr_assert(store_queue_forward(store, &delivery, now_ms, &id, &before, NULL));
    place_commit(store);
    delivery_clear(&delivery);
    return delivery_id;
}

static int64_t arrive(const char *event_id, const char *object_id)
{
    return arrive_with(event_id, object_id, "t=1,v0=A", "{}");
}

/* "1 3": the deliveries that are given out now. */
static const char *take(void)
{
    static char text[256];
    struct error error = {0};
    size_t at = 0;
    give_back();
    cr_assert(forward_queue_take(queue, now_ms, 7, items, MOST, &count, &error), "%s",
              error.message);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%" PRId64, i > 0 ? " " : "",
                               items[i].delivery_id);
    return text;
}

static struct forward_result result_of(const struct forward_item *item,
                                       enum forward_outcome outcome)
{
    return (struct forward_result){
        .id = item->id,
        .delivery_id = item->delivery_id,
        .lane = item->lane,
        .file = item->file,
        .outcome = outcome,
        .attempt = {.at_ms = now_ms,
                    .took_us = 1500,
                    .status = outcome == FORWARD_TAKEN     ? 200
                              : outcome == FORWARD_REFUSED ? 500
                                                           : 0,
                    .error = outcome == FORWARD_UNREACHED ? "cannot reach it" : NULL,
                    .answer = "ok",
                    .answer_length = 2},
    };
}

static struct forward_result finish(const struct forward_item *item, enum forward_outcome outcome)
{
    struct forward_result result = result_of(item, outcome);
    struct error error = {0};
    cr_assert(forward_queue_finish(queue, &result, 1, now_ms, 7, &error), "%s", error.message);
    return result;
}

static void begin_again(void)
{
    give_back();
    forward_queue_free(queue);
    queue = forward_queue_new(place.path);
}

/* --- order ------------------------------------------------------------------------ */

Test(forward_queue, one_object_goes_one_after_another)
{
    (void)arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_1");
    (void)arrive("wh_3", "obj_2");
    cr_expect_str_eq(take(), "1 3");
    struct forward_item first = items[0];
    items[0] = (struct forward_item){0};
    cr_expect_str_eq(take(), "");
    cr_expect_eq(finish(&first, FORWARD_TAKEN).state, FORWARD_DONE);
    cr_expect_str_eq(take(), "2");
    forward_item_clear(&first);
}

Test(forward_queue, what_comes_while_the_lane_is_busy_waits_behind)
{
    (void)arrive("wh_1", "obj_1");
    cr_expect_str_eq(take(), "1");
    struct forward_item first = items[0];
    items[0] = (struct forward_item){0};
    (void)arrive("wh_2", "obj_1");
    (void)arrive("wh_3", "obj_1");
    (void)arrive("wh_4", NULL);
    cr_expect_str_eq(take(), "4");
    (void)finish(&first, FORWARD_TAKEN);
    cr_expect_str_eq(take(), "2");
    (void)finish(&items[0], FORWARD_TAKEN);
    cr_expect_str_eq(take(), "3");
    forward_item_clear(&first);
}

Test(forward_queue, more_objects_than_it_knows_at_once_all_have_their_turn)
{
    char event[32], object[32];
    enum { OBJECTS = FORWARD_LANES_MAX + 50 };
    static bool seen[2 * OBJECTS + 1];
    for (int i = 0; i < 2 * OBJECTS; i++) {
        (void)snprintf(event, sizeof event, "wh_%d", i);
        (void)snprintf(object, sizeof object, "obj_%d", i % OBJECTS);
        (void)arrive(event, object);
    }
    size_t done = 0;
    while (take()[0] != '\0') {
        for (size_t i = 0; i < count; i++) {
            int64_t id = items[i].delivery_id;
            cr_assert(!seen[id], "twice: %d", (int)id);
            seen[id] = true;
            if (id > OBJECTS)
                cr_assert(seen[id - OBJECTS], "before the first of its object: %d", (int)id);
            (void)finish(&items[i], FORWARD_TAKEN);
            done++;
        }
    }
    cr_expect_eq(done, 2 * OBJECTS);
    cr_expect_eq(forward_queue_wait_ms(queue, now_ms), -1);
}

static void expect_wait(int64_t wait_ms)
{
    cr_expect_eq(forward_queue_wait_ms(queue, now_ms), wait_ms);
}

/* As many of them as are known at once do not keep the others. */
Test(forward_queue, objects_that_are_refused_hold_up_no_other)
{
    char event[32];
    for (int i = 0; i < FORWARD_LANES_MAX + 1; i++) {
        (void)snprintf(event, sizeof event, "wh_%d", i);
        (void)arrive(event, NULL);
    }
    for (size_t refused = 0; refused < FORWARD_LANES_MAX; refused += count) {
        (void)take();
        cr_assert_gt(count, 0);
        for (size_t i = 0; i < count; i++)
            (void)finish(&items[i], FORWARD_REFUSED);
    }
    (void)snprintf(event, sizeof event, "%d", FORWARD_LANES_MAX + 1);
    cr_expect_str_eq(take(), event);
}

Test(forward_queue, what_it_knows_of_objects_that_were_refused_is_bounded)
{
    char sql[512];
    (void)arrive("wh_1", NULL);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE forwards SET next_ms = %" PRId64 ";"
                   "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                   "INSERT INTO forwards (delivery_id, attempt, kind, lane, state, queued_ms, "
                   "next_ms) SELECT 1, 1, 0, i, 1, 0, %" PRId64 " FROM n;"
                   "INSERT INTO forwards (delivery_id, attempt, kind, lane, state, queued_ms, "
                   "next_ms) VALUES (1, 1, 0, 1, 1, 0, 0)",
                   now_ms + 1000, (int)FORWARD_LANES_KNOWN, now_ms + 60000);
    place_execute(store->db, sql);
    for (int i = 0; i <= FORWARD_LANES_KNOWN / FORWARD_LOOKED_AT; i++)
        cr_expect_str_eq(take(), "");
    expect_wait(1000); /* and does not look in vain */
    now_ms += 1000;
    cr_expect_str_eq(take(), "1");
    (void)finish(&items[0], FORWARD_TAKEN);
    expect_wait(0);
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(items[0].id, FORWARD_LANES_KNOWN + 1);
}

/* Anyone can send it, with any object's id. */
Test(forward_queue, what_is_not_genuine_holds_up_nothing_that_is)
{
    char event[32];
    verdict = VERDICT_WRONG_SIGNATURE;
    for (int i = 1; i <= MOST; i++) {
        (void)snprintf(event, sizeof event, "wh_%d", i);
        (void)arrive(event, "obj_1");
    }
    verdict = VERDICT_GENUINE;
    (void)arrive("wh_1", "obj_1");
    cr_expect_str_eq(take(), "1 2 9"); /* FORWARD_STRAY_LANES of them */
    cr_expect_eq(count, FORWARD_STRAY_LANES + 1);
}

Test(forward_queue, what_is_not_genuine_is_tried_once)
{
    verdict = VERDICT_STALE;
    int64_t id = arrive("wh_1", "obj_1");
    size_t queued;
    cr_expect_str_eq(take(), "1");
    struct forward_result result = finish(&items[0], FORWARD_UNREACHED);
    cr_expect_eq(result.state, FORWARD_WAITING); /* that was none */
    now_ms = result.next_ms;
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(finish(&items[0], FORWARD_REFUSED).state, FORWARD_GIVEN_UP);
    cr_assert(forward_queue_replay(queue, &id, 1, FORWARD_REPLAY, now_ms, &queued, NULL));
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(finish(&items[0], FORWARD_REFUSED).state, FORWARD_GIVEN_UP);
}

/* --- what becomes of one -------------------------------------------------------------- */

Test(forward_queue, what_is_refused_is_tried_again_after_growing_pauses_and_then_given_up)
{
    int64_t id = arrive("wh_1", "obj_1");
    int64_t longest = 0;
    (void)arrive("wh_2", "obj_1");
    for (int i = 1; i <= FORWARD_FAILURES_MAX; i++) {
        cr_assert_str_eq(take(), "1", "try %d", i);
        struct forward_result result = finish(&items[0], FORWARD_REFUSED);
        cr_expect_eq(result.attempt.number, i);
        if (i == FORWARD_FAILURES_MAX) {
            cr_expect_eq(result.state, FORWARD_GIVEN_UP);
            break;
        }
        cr_assert_eq(result.state, FORWARD_WAITING);
        int64_t pause = result.next_ms - now_ms;
        cr_expect(pause >= FORWARD_PAUSE_FIRST_MS / 2 && pause <= FORWARD_PAUSE_MAX_MS);
        longest = pause > longest ? pause : longest;
        cr_expect_eq(forward_queue_wait_ms(queue, now_ms), pause);
        cr_expect_str_eq(take(), "");
        now_ms = result.next_ms;
    }
    cr_expect_gt(longest, FORWARD_PAUSE_MAX_MS / 2 - 1);
    cr_expect_str_eq(take(), "2"); /* the object goes on */
    struct forward_list list;
    cr_assert(store_load_forwards(store, id, &list, NULL));
    cr_expect_eq(list.items[0].state, FORWARD_GIVEN_UP);
    cr_expect_eq(list.items[0].tries_made, FORWARD_FAILURES_MAX);
    cr_expect_eq(list.items[0].tries[0].status, 500);
    cr_expect_str_eq(list.items[0].tries[0].answer, "ok");
    cr_expect_eq(list.items[0].tries[0].took_us, 1500);
    forward_list_clear(&list);
}

Test(forward_queue, not_being_reached_counts_for_nothing_until_two_days_have_passed)
{
    int64_t id = arrive("wh_1", "obj_1");
    for (int i = 0; i < 3 * FORWARD_TRIES_KEPT; i++) {
        cr_assert_str_eq(take(), "1");
        struct forward_result result = finish(&items[0], FORWARD_UNREACHED);
        cr_assert_eq(result.state, FORWARD_WAITING);
        cr_assert_gt(result.next_ms, now_ms);
        now_ms = result.next_ms;
    }
    struct forward_list list;
    cr_assert(store_load_forwards(store, id, &list, NULL));
    cr_expect_eq(list.items[0].tries_made, 3 * FORWARD_TRIES_KEPT);
    cr_expect_eq(list.items[0].try_count, FORWARD_TRIES_KEPT);
    cr_expect_eq(list.items[0].tries[0].number, 2 * FORWARD_TRIES_KEPT + 1);
    cr_expect_str_eq(list.items[0].tries[0].error, "cannot reach it");
    forward_list_clear(&list);
    now_ms = NOW_MS + FORWARD_UNREACHED_MS;
    cr_assert_str_eq(take(), "1");
    cr_expect_eq(finish(&items[0], FORWARD_UNREACHED).state, FORWARD_GIVEN_UP);
    cr_expect_str_eq(take(), "");
}

Test(forward_queue, what_is_hopeless_is_not_tried_again)
{
    (void)arrive("wh_1", "obj_1");
    (void)take();
    cr_expect_eq(finish(&items[0], FORWARD_HOPELESS).state, FORWARD_GIVEN_UP);
    now_ms += FORWARD_PAUSE_MAX_MS;
    cr_expect_str_eq(take(), "");
}

Test(forward_queue, a_clock_that_was_wrong_puts_nothing_off_for_long)
{
    (void)arrive("wh_1", "obj_1");
    place_execute(store->db, "UPDATE forwards SET next_ms = 9000000000000000");
    cr_expect_str_eq(take(), "");
    cr_expect_eq(forward_queue_wait_ms(queue, now_ms), FORWARD_PAUSE_MAX_MS);
    now_ms += FORWARD_PAUSE_MAX_MS;
    cr_expect_str_eq(take(), "1");
}

/* --- a new beginning -------------------------------------------------------------------- */

Test(forward_queue, after_a_restart_only_what_was_under_way_comes_again)
{
    (void)arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_2");
    (void)arrive("wh_3", "obj_1");
    cr_expect_str_eq(take(), "1 2");
    (void)finish(&items[1], FORWARD_TAKEN);
    begin_again();
    cr_expect_str_eq(take(), "1");
    (void)finish(&items[0], FORWARD_TAKEN);
    begin_again();
    cr_expect_str_eq(take(), "3");
}

Test(forward_queue, a_pause_holds_over_a_restart)
{
    (void)arrive("wh_1", "obj_1");
    (void)take();
    struct forward_result result = finish(&items[0], FORWARD_REFUSED);
    begin_again();
    cr_expect_str_eq(take(), "");
    now_ms = result.next_ms;
    cr_expect_str_eq(take(), "1");
}

Test(forward_queue, results_that_cannot_be_written_are_given_once_more_and_nothing_is_lost)
{
    (void)arrive("wh_1", "obj_1");
    (void)arrive("wh_2", "obj_1");
    (void)take();
    struct forward_result result = result_of(&items[0], FORWARD_TAKEN);
    struct error error = {0};
    place_begin(store); /* another has the file for longer than it waits */
    cr_expect_not(forward_queue_finish(queue, &result, 1, now_ms, 7, &error));
    cr_expect(strstr(error.message, place.path) != NULL, "%s", error.message);
    store_rollback(store);
    cr_assert(forward_queue_finish(queue, &result, 1, now_ms, 7, &error), "%s", error.message);
    cr_expect_eq(result.state, FORWARD_DONE);
    cr_expect_str_eq(take(), "2");
}

Test(forward_queue, what_became_of_one_in_a_store_that_was_set_aside_says_nothing_of_the_new_one)
{
    struct store_news news;
    struct error error = {0};
    (void)arrive("wh_1", "obj_1");
    cr_expect_str_eq(take(), "1");
    struct forward_result old = result_of(&items[0], FORWARD_TAKEN);
    store_close(store);
    cr_assert(store_set_aside(place.path, NOW_MS, &news, &error), "%s", error.message);
    store = place_open(STORE_WRITE);
    (void)arrive("wh_9", "obj_9");
    /* The first to write finds that its file has gone. */
    cr_expect_not(forward_queue_finish(queue, &old, 1, now_ms, 7, &error));
    cr_assert(forward_queue_finish(queue, &old, 1, now_ms, 7, &error), "%s", error.message);
    cr_expect_eq(old.state, FORWARD_NONE);
    cr_expect_eq(place_query(store->db, "SELECT state FROM forwards"), FORWARD_WAITING);
    cr_expect_str_eq(take(), "1");
}

/* --- what is sent --------------------------------------------------------------------------- */

static const char *header(const char *name)
{
    const char *value = header_list_find(&items[0].headers, name);
    return value != NULL ? value : "";
}

Test(forward_queue, an_item_is_the_delivery_as_it_came)
{
    (void)arrive_with("wh_1", "obj_1", "t=1,v0=A", "{\"a\": 1}");
    cr_expect_str_eq(take(), "1");
    cr_expect_str_eq(items[0].target, "/hooks/bridge?x=1");
    cr_expect_str_eq(items[0].body, "{\"a\": 1}");
    cr_expect_eq(items[0].body_length, 8);
    cr_expect_eq(items[0].headers.count, 3);
    cr_expect_str_eq(header("X-Webhook-Signature"), "t=1,v0=A");
    cr_expect_str_eq(header("x-other"), "kept");
}

Test(forward_queue, a_repeat_has_its_own_signature_and_body)
{
    (void)arrive_with("wh_1", "obj_1", "t=1,v0=A", "{}");
    (void)take();
    (void)finish(&items[0], FORWARD_HOPELESS);
    (void)arrive_with("wh_1", "obj_1", "t=2,v0=B", "{ }");
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(items[0].attempt, 2);
    cr_expect_str_eq(header("X-Webhook-Signature"), "t=2,v0=B");
    cr_expect_str_eq(items[0].body, "{ }");
}

Test(forward_queue, what_came_to_another_endpoint_goes_to_its_own_path)
{
    struct delivery other = place_delivery("{}", 2, VERDICT_GENUINE);
    int64_t id;
    enum forward_state before;
    (void)arrive("wh_1", "obj_1");
    other.event_id = strdup("wh_1");
    other.object_id = strdup("obj_1");
    free(other.target);
    other.target = strdup("/hooks/other");
    cr_assert(header_list_add(&other.headers, "X-Webhook-Signature", "t=2,v0=B"));
    place_begin(store);
    (void)place_insert(store, &other);
    cr_assert(store_queue_forward(store, &other, now_ms, &id, &before, NULL));
    place_commit(store);
    delivery_clear(&other);
    cr_expect_str_eq(take(), "1");
    cr_expect_str_eq(items[0].target, "/hooks/bridge?x=1");
    (void)finish(&items[0], FORWARD_TAKEN);
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(items[0].attempt, 2);
    cr_expect_str_eq(items[0].target, "/hooks/other");
    cr_expect_str_eq(header("X-Webhook-Signature"), "t=2,v0=B");
}

Test(forward_queue, a_replay_is_what_came_last)
{
    size_t queued;
    int64_t id = arrive_with("wh_1", "obj_1", "t=1,v0=A", "{}");
    (void)take();
    (void)finish(&items[0], FORWARD_TAKEN);
    (void)arrive_with("wh_1", "obj_1", "t=2,v0=B", "{}");
    cr_expect_str_eq(take(), "");
    cr_assert(forward_queue_replay(queue, &id, 1, FORWARD_REPLAY, now_ms, &queued, NULL));
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(items[0].kind, FORWARD_REPLAY);
    cr_expect_str_eq(header("X-Webhook-Signature"), "t=2,v0=B");
}

Test(forward_queue, a_replay_is_signed_anew_with_a_key_that_is_made_for_it)
{
    char path[200];
    struct stat status;
    size_t queued;
    bool absent;
    int64_t id = arrive_with("wh_1", "obj_1", "t=1,v0=A", "{\"event_id\":\"wh_1\"}");
    (void)take();
    (void)finish(&items[0], FORWARD_TAKEN);
    const int64_t ids[] = {id, 77};
    cr_assert(forward_queue_replay(queue, ids, 2, FORWARD_RESIGNED, now_ms, &queued, NULL));
    cr_expect_eq(queued, 1);
    cr_expect_str_eq(take(), "1");
    cr_expect_eq(items[0].kind, FORWARD_RESIGNED);
    cr_expect_str_eq(items[0].error.message, "");
    cr_expect_eq(header_list_count(&items[0].headers, "X-Webhook-Signature"), 1);
    cr_assert(forward_key_path(place.path, path, sizeof path));
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);

    struct signing_key *key = signing_file_read(path, &absent, NULL);
    cr_assert_not_null(key);
    struct keyring *keyring = keyring_new();
    static struct keyring_match match;
    int which = -1;
    cr_assert(keyring_add(keyring, NULL, NULL, signing_key_public_pem(key), NULL));
    keyring_match(keyring, "/", &match);
    cr_expect_eq(signature_verify(header("X-Webhook-Signature"), 1, items[0].body,
                                  items[0].body_length, match.keys, match.count, now_ms,
                                  SIGNATURE_WINDOW_MS, &which, NULL),
                 VERDICT_GENUINE);
    keyring_unref(keyring);
    signing_key_free(key);
}

Test(forward_queue, a_key_that_cannot_be_used_is_told_with_what_it_was_for)
{
    char path[200];
    size_t queued;
    int64_t id = arrive("wh_1", "obj_1");
    (void)take();
    (void)finish(&items[0], FORWARD_TAKEN);
    cr_assert(forward_key_path(place.path, path, sizeof path));
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL && fputs("no key", file) >= 0 && fclose(file) == 0);
    cr_assert(forward_queue_replay(queue, &id, 1, FORWARD_RESIGNED, now_ms, &queued, NULL));
    cr_expect_str_eq(take(), "1");
    cr_expect(strstr(items[0].error.message, path) != NULL, "%s", items[0].error.message);
    cr_expect_eq(finish(&items[0], FORWARD_HOPELESS).state, FORWARD_GIVEN_UP);
}

Test(forward_queue, the_newest_state_is_noted_beside_the_delivery)
{
    (void)arrive("wh_1", "obj_1");
    (void)take();
    (void)finish(&items[0], FORWARD_REFUSED);
    cr_expect_eq(place_query(store->db, "SELECT forwarded FROM delivery_notes"), FORWARD_WAITING);
    now_ms += FORWARD_PAUSE_MAX_MS;
    (void)take();
    (void)finish(&items[0], FORWARD_TAKEN);
    cr_expect_eq(place_query(store->db, "SELECT forwarded FROM delivery_notes"), FORWARD_DONE);
    cr_expect_eq(place_query(store->db, "SELECT answer_us FROM delivery_notes"), -1);
}
