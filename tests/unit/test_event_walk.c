/* Which page of the account's events is asked for, and when. */
#include "api/event_walk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL = 5000 };

#define WALL INT64_C(1700000000000)
#define HOUR INT64_C(3600000)

static struct event_walk walk;
static int64_t now;
static char after[CONTRACT_ID_MAX + 1];

static void begin(const struct event_walk_place *place)
{
    now = 1000;
    event_walk_init(&walk, INTERVAL, place, now);
    cr_expect_not(event_walk_next(&walk, now, after), "not at once");
    now += EVENT_WALK_FIRST_MS;
}

static void expect_ask(const char *expected)
{
    cr_assert(event_walk_next(&walk, now, after));
    cr_expect_str_eq(after, expected);
    cr_expect_not(event_walk_next(&walk, now, after), "one at a time");
}

/* Events "wh_FIRST" down to "wh_LAST", one an hour: wh_1000 is of now. */
static void answer(int first, int last)
{
    struct event items[EVENT_WALK_PAGE];
    static char ids[EVENT_WALK_PAGE][16];
    struct event_list page = {.items = items};
    for (int i = first; i >= last; i--) {
        (void)snprintf(ids[page.count], sizeof ids[0], "wh_%d", i);
        items[page.count] =
            (struct event){.id = ids[page.count], .created_ms = WALL - (1000 - i) * (HOUR / 100)};
        page.count++;
    }
    event_walk_page(&walk, &page, now, WALL);
}

static void expect_pause(int64_t ms)
{
    cr_expect_not(event_walk_next(&walk, now + ms - 1, after));
    now += ms;
}

Test(event_walk, goes_back_page_by_page_to_the_end)
{
    begin(NULL);
    expect_ask("");
    answer(1000, 801);
    cr_expect_not(event_walk_is_whole(&walk));
    expect_pause(INTERVAL);
    expect_ask("wh_801");
    answer(800, 701); /* fewer than were asked for: the last */
    cr_expect(event_walk_is_whole(&walk));
    cr_expect_str_eq(walk.place.bottom, "");
    cr_expect_eq(walk.place.newest_ms, WALL);
    cr_expect_eq(walk.place.oldest_ms, WALL - 299 * (HOUR / 100));
}

Test(event_walk, the_next_pass_stops_where_it_meets_what_was_seen)
{
    begin(NULL);
    expect_ask("");
    answer(1000, 901);
    expect_pause(EVENT_WALK_PASS_FACTOR * INTERVAL);
    expect_ask("");
    answer(1100, 901);
    cr_expect(event_walk_is_whole(&walk));
    cr_expect_eq(walk.place.newest_ms, WALL + HOUR);
    expect_pause(EVENT_WALK_PASS_FACTOR * INTERVAL);
    expect_ask("");
}

Test(event_walk, no_deeper_than_is_needed)
{
    begin(NULL);
    for (int page = 0; page < 27; page++) { /* two hours each: 54 hours, and not more */
        expect_ask(page == 0 ? "" : after);
        answer(1000 - page * 200, 801 - page * 200);
        cr_expect_not(event_walk_is_whole(&walk), "page %d", page);
        (void)snprintf(after, sizeof after, "wh_%d", 801 - page * 200);
        char last[sizeof after];
        memcpy(last, after, sizeof after);
        expect_pause(INTERVAL);
        memcpy(after, last, sizeof after);
    }
    expect_ask(after);
    answer(-4400, -4599);
    cr_expect(event_walk_is_whole(&walk));
    expect_pause(EVENT_WALK_PASS_FACTOR * INTERVAL);
    expect_ask("");
}

Test(event_walk, goes_on_where_it_was_at_the_next_start)
{
    struct event_walk_place place = {
        .any = true, .newest_ms = WALL - HOUR, .oldest_ms = WALL - 3 * HOUR, .bottom = "wh_700"};
    begin(&place);
    expect_ask("");
    answer(1000, 801); /* down to two hours ago: it has met it */
    expect_pause(INTERVAL);
    expect_ask("wh_700");
    answer(699, 650);
    cr_expect(event_walk_is_whole(&walk));
    cr_expect_eq(walk.place.newest_ms, WALL);
    cr_expect_eq(walk.place.oldest_ms, WALL - 350 * (HOUR / 100));
}

Test(event_walk, what_was_seen_too_long_ago_is_begun_anew)
{
    struct event_walk_place place = {.any = true,
                                     .newest_ms = WALL - 90 * HOUR,
                                     .oldest_ms = WALL - 99 * HOUR,
                                     .bottom = "wh_old"};
    begin(&place);
    expect_ask("");
    answer(1000, 901); /* all that there is, and not as far back */
    cr_expect(event_walk_is_whole(&walk));
    cr_expect_eq(walk.place.oldest_ms, WALL - HOUR + HOUR / 100);
}

Test(event_walk, a_failure_is_waited_out_and_gone_on_from)
{
    begin(NULL);
    expect_ask("");
    answer(1000, 801);
    expect_pause(INTERVAL);
    expect_ask("wh_801");
    event_walk_failed(&walk, 60 * 1000, false, now, 0);
    event_walk_hurry(&walk, now); /* not even then */
    expect_pause(60 * 1000);
    expect_ask("wh_801");
    event_walk_failed(&walk, -1, false, now, UINT64_MAX);
    cr_expect_not(event_walk_next(&walk, now + EVENT_WALK_RETRY_MS - 1, after));
    now += EVENT_WALK_RETRY_MAX_MS;
    expect_ask("wh_801");
    answer(800, 790);
    cr_expect(event_walk_is_whole(&walk));
}

Test(event_walk, a_page_that_is_refused_begins_anew)
{
    struct event_walk_place place = {
        .any = true, .newest_ms = WALL, .oldest_ms = WALL - HOUR, .bottom = "wh_gone"};
    begin(&place);
    expect_ask("");
    answer(1000, 801);
    expect_pause(INTERVAL);
    expect_ask("wh_801"); /* what is deeper of the two */
    event_walk_failed(&walk, -1, true, now, 0);
    now += EVENT_WALK_RETRY_MAX_MS;
    expect_ask("");
}

Test(event_walk, a_page_that_could_not_be_kept_is_asked_for_again)
{
    begin(NULL);
    expect_ask("");
    answer(1000, 801);
    event_walk_kept(&walk, &walk.place);
    expect_pause(INTERVAL);
    expect_ask("wh_801");
    answer(800, 701); /* the last */
    event_walk_lost(&walk, now, UINT64_MAX);
    cr_expect_not(event_walk_is_whole(&walk), "of what was not kept nothing is known");
    cr_expect_str_eq(walk.place.bottom, "wh_801");
    event_walk_hurry(&walk, now);
    cr_expect_not(event_walk_next(&walk, now + EVENT_WALK_RETRY_MS / 2, after));
    now += EVENT_WALK_RETRY_MS;
    expect_ask("");
    answer(1000, 801);
    event_walk_lost(&walk, now, UINT64_MAX);
    cr_expect_not(event_walk_next(&walk, now + EVENT_WALK_RETRY_MS, after), "it grows");
    now += 2 * EVENT_WALK_RETRY_MS;
    expect_ask("");
    answer(1000, 801);
    event_walk_kept(&walk, &walk.place);
    expect_pause(INTERVAL);
    expect_ask("wh_801");
}

Test(event_walk, a_person_need_not_wait_for_the_next_pass)
{
    begin(NULL);
    expect_ask("");
    answer(1000, 990);
    now += 1;
    event_walk_hurry(&walk, now);
    expect_ask("");
}

Test(event_walk, an_account_without_events_is_whole)
{
    begin(NULL);
    expect_ask("");
    event_walk_page(&walk, &(struct event_list){0}, now, WALL);
    cr_expect(event_walk_is_whole(&walk));
    cr_expect_not(walk.place.any);
}
