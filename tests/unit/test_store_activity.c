/* Whose doing a change of the endpoints was: each way for one to be ours, and for one that happens
   at the same time to be another's. */
#include "api/store_activity.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store *store;

static void open_store(void)
{
    place_make();
    store = place_open(STORE_WRITE);
}

static void close_store(void)
{
    store_close(store);
    place_remove();
}

TestSuite(store_activity, .init = open_store, .fini = close_store, .timeout = 60);

/* --- what Bridge says: endpoints as "id state url category" ------------------------------ */

static struct webhook webhook_of(const char *words)
{
    static char parts[8][4][64];
    static size_t next;
    char(*part)[64] = parts[next++ % 8];
    struct webhook webhook = {0};
    cr_assert_eq(sscanf(words, "%63s %63s %63s %63s", part[0], part[1], part[2], part[3]), 4);
    webhook.id = part[0];
    webhook.status_text = part[1];
    webhook.status = strcmp(part[1], "active") == 0 ? WEBHOOK_ACTIVE : WEBHOOK_DISABLED;
    webhook.url = part[2];
    cr_assert(string_list_add(&webhook.categories, part[3]));
    return webhook;
}

static void list_from(struct store *to, int64_t asked_ms, int64_t answered_ms, const char *one,
                      const char *other)
{
    struct error error = {0};
    struct webhook items[2];
    struct webhook_list list = {.items = items};
    if (one != NULL)
        items[list.count++] = webhook_of(one);
    if (other != NULL)
        items[list.count++] = webhook_of(other);
    cr_assert(store_put_list(to, &list,
                             &(struct list_times){.asked_ms = asked_ms, .answered_ms = answered_ms},
                             &error),
              "%s", error.message);
    for (size_t i = 0; i < list.count; i++)
        string_list_clear(&items[i].categories);
}

static void list(int64_t asked_ms, int64_t answered_ms, const char *one, const char *other)
{
    list_from(store, asked_ms, answered_ms, one, other);
}

static void note(const struct activity *activity, const char *answer, bool gone)
{
    struct error error = {0};
    struct activity_note item = {.activity = *activity, .gone = gone};
    struct activity_notes notes = {.items = &item, .count = 1};
    item.activity.who = ACTIVITY_OWN;
    item.activity.text = (char *)"ours";
    if (answer != NULL) {
        item.answered = true;
        item.answer = webhook_of(answer);
    }
    cr_assert(store_put_notes(store, &notes, activity->ended_ms, &error), "%s", error.message);
    string_list_clear(&item.answer.categories);
}

/* Ours: wep_1 is disabled, from the one moment to the other (0: not yet). */
static void disable(int64_t from_ms, int64_t to_ms, enum activity_outcome outcome,
                    const char *answer)
{
    struct activity activity = {
        .token = 7,
        .at_ms = from_ms,
        .fields = ACTIVITY_STATE,
        .webhook_id = (char *)"wep_1",
        .before = (char *)"state: active",
        .after = (char *)"state: disabled",
    };
    if (to_ms == 0 || from_ms != 0)
        note(&activity, NULL, false);
    if (to_ms == 0)
        return;
    activity.ended_ms = to_ms;
    activity.outcome = outcome;
    note(&activity, answer, false);
}

/* --- what was noted --------------------------------------------------------------------- */

static char rows[2048];

static bool add_row(const struct activity *row, void *context)
{
    (void)context;
    size_t at = strlen(rows);
    (void)snprintf(rows + at, sizeof rows - at, "%s%s\n", row->who == ACTIVITY_OWN ? "ours: " : "",
                   row->text);
    return true;
}

/* Newest first, a line each. */
static void expect(const char *lines)
{
    struct error error = {0};
    rows[0] = '\0';
    cr_assert(store_load_activity(store, 0, INT64_MAX, 100, add_row, NULL, &error), "%s",
              error.message);
    cr_expect_str_eq(rows, lines);
}

#define ACTIVE   "wep_1 active https://x transfer"
#define DISABLED "wep_1 disabled https://x transfer"

Test(store_activity, a_new_store_finds_no_endpoint_new)
{
    list(10, 20, ACTIVE, NULL);
    expect("");
}

Test(store_activity, what_others_do_is_noted_once)
{
    struct store *second = place_open(STORE_WRITE);
    list(10, 20, ACTIVE, NULL);
    list(30, 40, DISABLED, "wep_2 active https://z customer");
    list_from(second, 31, 41, DISABLED, "wep_2 active https://z customer");
    expect("wep_2 is new, active, for https://z\nwep_1 was active and is disabled\n");
    list_from(second, 50, 60, DISABLED, NULL);
    list(51, 61, DISABLED, NULL);
    expect("wep_2 is no longer there, it was active, for https://z\n"
           "wep_2 is new, active, for https://z\nwep_1 was active and is disabled\n");
    store_close(second);
}

static bool keep_row(const struct activity *row, void *context)
{
    return activity_copy(context, row) && false;
}

Test(store_activity, what_happened_while_nobody_looked_has_since_when)
{
    struct activity row = {0};
    list(10, 20, ACTIVE, NULL);
    list(900000, 900040, DISABLED, NULL);
    cr_assert(store_load_activity(store, 0, INT64_MAX, 1, keep_row, &row, NULL));
    cr_expect_eq(row.at_ms, 900040);
    cr_expect_eq(row.since_ms, 20);
    cr_expect_str_eq(row.before, "state: active");
    cr_expect_str_eq(row.after, "state: disabled");
    activity_clear(&row);
}

Test(store_activity, our_own_change_is_ours_whenever_a_list_shows_it)
{
    list(10, 20, ACTIVE, NULL);
    disable(100, 0, ACTIVITY_UNDER_WAY, NULL);
    list(110, 120, DISABLED, NULL); /* Bridge has done it, its answer is on the way */
    disable(0, 130, ACTIVITY_DONE, DISABLED);
    list(125, 140, ACTIVE, NULL); /* asked for before, and old */
    list(150, 160, DISABLED, NULL);
    expect("ours: ours\n");
}

Test(store_activity, the_same_change_is_anothers_right_after)
{
    list(10, 20, ACTIVE, NULL);
    disable(100, 130, ACTIVITY_DONE, DISABLED);
    list(131, 140, ACTIVE, NULL);
    expect("wep_1 was disabled and is active\nours: ours\n");
}

Test(store_activity, of_another_endpoint_it_is_anothers_meanwhile)
{
    list(10, 20, ACTIVE, "wep_2 active https://z customer");
    disable(100, 0, ACTIVITY_UNDER_WAY, NULL);
    list(110, 120, ACTIVE, "wep_2 disabled https://z customer");
    expect("wep_2 was active and is disabled\nours: ours\n");
}

Test(store_activity, another_field_in_the_answer_is_anothers)
{
    list(10, 20, ACTIVE, NULL);
    disable(100, 130, ACTIVITY_DONE, "wep_1 disabled https://x customer");
    expect("wep_1 now has the category customer; no longer has the category transfer\n"
           "ours: ours\n");
}

Test(store_activity, what_an_action_without_an_answer_led_to_is_ours)
{
    list(10, 20, ACTIVE, NULL);
    disable(100, 130, ACTIVITY_UNCERTAIN, NULL);
    list(140, 150, "wep_1 disabled https://x customer", NULL);
    expect("wep_1 now has the category customer; no longer has the category transfer\n"
           "ours: ours; Bridge shows it done\n");
    list(160, 170, ACTIVE, NULL);
    list(180, 190, DISABLED, NULL); /* it is over: this is another's */
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM activity"), 4);
}

Test(store_activity, what_was_refused_is_not_ours)
{
    list(10, 20, ACTIVE, NULL);
    disable(100, 130, ACTIVITY_REFUSED, NULL);
    list(140, 150, DISABLED, NULL);
    expect("wep_1 was active and is disabled\nours: ours\n");
}

/* A program that was killed never notes the end. */
Test(store_activity, an_action_that_never_ended_does_not_hide_changes_for_ever)
{
    list(10, 20, ACTIVE, NULL);
    disable(100, 0, ACTIVITY_UNDER_WAY, NULL);
    list(200, 100 + ACTIVITY_LATE_MS + 1, DISABLED, NULL);
    expect("wep_1 was active and is disabled\nours: ours\n");
}

static struct activity creation(int64_t ended_ms, enum activity_outcome outcome)
{
    return (struct activity){
        .token = 9,
        .at_ms = 100,
        .ended_ms = ended_ms,
        .outcome = outcome,
        .fields = ACTIVITY_EXISTENCE,
        .webhook_id = (char *)(outcome == ACTIVITY_DONE ? "wep_2" : NULL),
        .before = (char *)"",
        .after = (char *)"state: disabled\nURL: https://new",
    };
}

#define CREATED "wep_2 disabled https://new transfer"

Test(store_activity, an_endpoint_of_ours_is_not_anothers)
{
    struct activity begun = creation(0, ACTIVITY_UNDER_WAY);
    struct activity ended = creation(130, ACTIVITY_DONE);
    list(10, 20, ACTIVE, NULL);
    note(&begun, NULL, false);
    list(110, 120, ACTIVE, CREATED);
    note(&ended, CREATED, false);
    list(105, 140, ACTIVE, NULL); /* old: it is kept */
    list(150, 160, ACTIVE, CREATED);
    expect("ours: ours\n");
    list(170, 180, ACTIVE, NULL);
    expect("wep_2 is no longer there, it was disabled, for https://new\nours: ours\n");
}

Test(store_activity, an_endpoint_whose_creation_got_no_answer_is_ours_once_it_shows)
{
    struct activity begun = creation(0, ACTIVITY_UNDER_WAY);
    struct activity ended = creation(130, ACTIVITY_UNCERTAIN);
    list(10, 20, ACTIVE, NULL);
    note(&begun, NULL, false);
    note(&ended, NULL, false);
    list(140, 150, ACTIVE, "wep_3 active https://else transfer");
    list(160, 170, ACTIVE, CREATED);
    expect("wep_3 is no longer there, it was active, for https://else\n"
           "wep_3 is new, active, for https://else\nours: ours; Bridge shows it done\n");
}

/* Lists go on naming it for a while. */
Test(store_activity, what_we_deleted_does_not_come_back)
{
    struct activity ended = {
        .token = 3,
        .at_ms = 100,
        .ended_ms = 130,
        .outcome = ACTIVITY_DONE,
        .fields = ACTIVITY_EXISTENCE,
        .webhook_id = (char *)"wep_1",
        .before = (char *)"state: active",
        .after = (char *)"",
    };
    list(10, 20, ACTIVE, "wep_2 active https://z customer");
    note(&ended, NULL, true);
    list(140, 150, ACTIVE, "wep_2 active https://z customer");
    list(160, 170, "wep_2 active https://z customer", NULL);
    expect("ours: ours\n");
}

Test(store_activity, the_newest_rows_are_kept)
{
    place_begin(store);
    place_execute(store->db,
                  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10050) "
                  "INSERT INTO activity SELECT i, 0, 0, 1, i, 0, 0, 1, NULL, 'row ' || i, '', '' "
                  "FROM n");
    place_commit(store);
    list(10, 20, ACTIVE, NULL);
    list(30, 40, DISABLED, NULL);
    cr_expect_eq(place_query(store->db, "SELECT count(*) FROM activity"), ACTIVITY_KEPT);
    cr_expect_eq(place_query(store->db, "SELECT max(id) FROM activity"), 10051);
}
