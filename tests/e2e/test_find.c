/* The filter language in the real program: over a store that is larger than the list on screen. */
#include "api/store.h"
#include "tests/bench/store_fill.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STORED = 20000, FOUND_MAX = 2000 };

static struct session session;
static char store_path[256];

static void tear_down(void)
{
    session_end(&session);
}

TestSuite(find, .fini = tear_down, .timeout = 120);

/* Pane 4 in focus over the store. */
static void start(void)
{
    struct error error = {0};
    session_begin(&session, (struct session_options){.width = 120, .height = 30});
    (void)child_home_path(&session.home, "store.db", store_path, sizeof store_path);
    struct store_fill fill = {
        .seed = 7, .rows = STORED, .newest_ms = INT64_C(1714672099465), .step_ms = 1000};
    cr_assert(store_fill(store_path, &fill, &error), "%s", error.message);
    session_open(&session, (const char *const[]){"--db", store_path, NULL});
    cr_assert(session_keys_show(&session, "4", "4 Live"));
}

static void ask(const char *query)
{
    cr_assert(session_keys_show(&session, "f", "find"));
    cr_assert(screen_keys(session.screen, query));
    cr_assert(screen_press(session.screen, SCREEN_ENTER));
}

Test(find, what_is_older_than_the_list_is_found_and_opened)
{
    struct error error = {0};
    struct delivery oldest = {0};
    char query[CONTRACT_ID_MAX + 8];
    char title[CONTRACT_ID_MAX + 16];
    start();
    struct store *store = store_open(store_path, STORE_READ, &error);
    cr_assert_not_null(store, "%s", error.message);
    cr_assert(store_load_delivery(store, 1, &oldest, &error), "%s", error.message);
    store_close(store);
    (void)snprintf(query, sizeof query, "id:%s", oldest.event_id);
    (void)snprintf(title, sizeof title, "Arrived: %s", oldest.event_id);
    delivery_clear(&oldest);

    ask(query);
    cr_assert(session_shows_row(&session, "4 Live", "1 of 20,000"));
    cr_expect(session_press_shows(&session, SCREEN_ENTER, title));
}

Test(find, every_refused_one_is_counted)
{
    struct error error = {0};
    struct store_counts counts = {0};
    char words[64];
    start();
    struct store *store = store_open(store_path, STORE_READ, &error);
    cr_assert_not_null(store, "%s", error.message);
    cr_assert(store_counts(store, &counts, &error), "%s", error.message);
    store_close(store);
    int64_t refused = counts.deliveries - counts.genuine;
    cr_assert(refused > 0 && refused < FOUND_MAX, "%" PRId64, refused);

    (void)snprintf(words, sizeof words, "%" PRId64 " of 20,000", refused);
    if (refused >= 1000)
        (void)snprintf(words, sizeof words, "%" PRId64 ",%03" PRId64 " of 20,000", refused / 1000,
                       refused % 1000);
    ask("!verified");
    cr_expect(session_shows_row(&session, "4 Live", words));
    cr_expect(session_shows_row(&session, "4 Live", "!verified"));
    ask(" \"no such words\"");
    cr_expect(session_shows_row(&session, "4 Live", "0 of 20,000"));
}

Test(find, a_wrong_term_is_named_and_recent_ones_come_back)
{
    start();
    ask("type:card");
    cr_expect(session_shows_row(&session, "4 Live", "type:card"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "· type:card"));
    cr_assert(session_keys_show(&session, "f", "find"));
    cr_expect(session_keys_show(&session, "stat:x", "did you mean status?"));
    cr_expect(session_press_hides(&session, SCREEN_ESCAPE, "did you mean status?"));
    cr_assert(session_keys_show(&session, "f", "find"));
    cr_expect(session_press_shows(&session, SCREEN_UP, "find type:card"));
}

Test(find, what_arrives_joins_what_was_found)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.width = 120, .height = 30});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_keys_show(&session, "4", "4 Live"));
    ask("type:customer");
    session_event(&session, "transfer", event);
    session_event(&session, "customer", event);
    cr_expect(session_shows_row(&session, "4 Live", "1 of 2"));
    cr_expect(session_shows_row(&session, "✓ verified", "customer."));
    cr_expect_eq(screen_row_with(session.screen, "✓ verified  transfer.", NULL), -1);
}
