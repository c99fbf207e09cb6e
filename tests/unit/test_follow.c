/* What another connection writes to a store is told within a moment. */
#include "api/follow.h"

#include "tests/unit/store_driver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SEEN_MAX = 8, PATIENT_MS = 20 * 1000 };

struct seen {
    int64_t id;
    int64_t attempts;
    char webhook_id[CONTRACT_ID_MAX + 1];
    char newest_webhook_id[CONTRACT_ID_MAX + 1];
};

static uv_loop_t loop;
static struct store *store;
static struct follow *follow;
static struct seen seen[SEEN_MAX];
static size_t seen_count;
static bool told_receiver;

static void copy(char to[CONTRACT_ID_MAX + 1], const char *from)
{
    (void)snprintf(to, CONTRACT_ID_MAX + 1, "%s", from != NULL ? from : "");
}

static void on_arrived(const struct delivery *summary, void *context)
{
    (void)context;
    cr_assert_lt(seen_count, SEEN_MAX);
    struct seen *one = &seen[seen_count++];
    one->id = summary->id;
    one->attempts = summary->attempts;
    copy(one->webhook_id, summary->webhook_id);
    copy(one->newest_webhook_id, summary->newest_webhook_id);
}

static void on_answered(int64_t id, int64_t answer_us, int status, void *context)
{
    (void)id, (void)answer_us, (void)status, (void)context;
}

static void on_forwarded(int64_t id, enum forward_state state, void *context)
{
    (void)id, (void)state, (void)context;
}

static void on_forward_changed(const struct forwarder_state *state, void *context)
{
    (void)state, (void)context;
}

static void on_counted(const struct store_counts *counts, void *context)
{
    (void)counts, (void)context;
}

static void on_receiver(enum receiver_lock_state state, const struct receiver_holder *holder,
                        void *context)
{
    (void)state, (void)holder, (void)context;
    told_receiver = true;
}

static void on_trouble(const char *line, void *context)
{
    (void)context;
    cr_expect_null(line, "%s", line);
}

static void on_too_late(uv_timer_t *timer)
{
    (void)timer;
    cr_assert(false, "nothing is told");
}

/* Runs until so many rows were told, and who receives. */
static void wait_for(size_t count)
{
    uv_timer_t limit;
    uv_timer_init(&loop, &limit);
    uv_timer_start(&limit, on_too_late, PATIENT_MS, 0);
    while (seen_count < count || !told_receiver)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void set_up(void)
{
    place_make();
    store = place_open(STORE_WRITE);
    cr_assert_eq(uv_loop_init(&loop), 0);
}

static void begin(void)
{
    struct follow_config config = {
        .store_path = place.path,
        .ambient = ambient_system(),
        .arrived = on_arrived,
        .answered = on_answered,
        .forwarded = on_forwarded,
        .forward_changed = on_forward_changed,
        .counted = on_counted,
        .receiver = on_receiver,
        .trouble = on_trouble,
    };
    follow = follow_new(&loop, &config);
    cr_assert_not_null(follow);
    wait_for(0);
}

static void tear_down(void)
{
    follow_close(follow, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&loop), 0);
    store_close(store);
    place_remove();
}

TestSuite(follow, .init = set_up, .fini = tear_down, .timeout = 60);

static int64_t put(const char *event_id, const char *webhook_id)
{
    struct error error = {0};
    struct delivery delivery = {
        .received_ms = INT64_C(1700000000000),
        .peer = (char *)"203.0.113.7:51234",
        .target = (char *)"/hooks",
        .webhook_id = (char *)webhook_id,
        .event_id = (char *)event_id,
        .body = (char *)"{}",
        .body_length = 2,
        .verdict = VERDICT_GENUINE,
        .answer_status = 200,
    };
    cr_assert(store_insert_delivery(store, &delivery, &error), "%s", error.message);
    return delivery.id;
}

Test(follow, what_comes_again_is_told_with_whom_it_came_for)
{
    begin();
    place_begin(store);
    int64_t id = put("wh_1", "wep_1");
    place_commit(store);
    wait_for(1);
    cr_expect_eq(seen[0].id, id);
    cr_expect_str_eq(seen[0].webhook_id, "wep_1");
    cr_expect_str_eq(seen[0].newest_webhook_id, "");

    place_begin(store);
    cr_expect_eq(put("wh_1", "wep_2"), id);
    place_commit(store);
    wait_for(2);
    cr_expect_eq(seen[1].id, id);
    cr_expect_eq(seen[1].attempts, 2);
    cr_expect_str_eq(seen[1].webhook_id, "wep_1", "as the row has it");
    cr_expect_str_eq(seen[1].newest_webhook_id, "wep_2");
}

Test(follow, so_is_what_came_twice_before_it_was_looked_at)
{
    begin();
    place_begin(store);
    (void)put("wh_1", "wep_1");
    (void)put("wh_1", "wep_2");
    (void)put("wh_2", "wep_2");
    place_commit(store);
    wait_for(2);
    cr_expect_eq(seen[0].attempts, 2);
    cr_expect_str_eq(seen[0].newest_webhook_id, "wep_2");
    cr_expect_eq(seen[1].attempts, 1);
    cr_expect_str_eq(seen[1].newest_webhook_id, "");
}
