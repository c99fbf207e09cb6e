#include "tui/pace.h"

#include <criterion/criterion.h>

enum { START_MS = 1000, LARGE = 5000 };

/* One that answered to its first question. */
static struct pace answering(void)
{
    struct pace pace = {0};
    pace_asked(&pace, START_MS);
    pace_answered(&pace);
    return pace;
}

Test(pace, some_bytes_need_no_question)
{
    struct pace pace = answering();
    pace_sent(&pace, PACE_BYTES - 1);
    cr_expect_not(pace_is_due(&pace, START_MS));
    cr_expect_not(pace_is_behind(&pace, START_MS));
    pace_sent(&pace, 1);
    cr_expect(pace_is_due(&pace, START_MS));
    cr_expect_not(pace_is_behind(&pace, START_MS), "only once it was asked");
}

Test(pace, a_question_is_waited_for_and_asked_once)
{
    struct pace pace = answering();
    pace_sent(&pace, LARGE);
    pace_asked(&pace, START_MS);
    cr_expect(pace_is_behind(&pace, START_MS + 1));
    cr_expect_not(pace_is_due(&pace, START_MS + 1));
    pace_answered(&pace);
    cr_expect_not(pace_is_behind(&pace, START_MS + 2));
    cr_expect_eq(pace.awaited, 0);
    cr_expect_not(pace_is_due(&pace, START_MS + 2), "nothing was sent since");
}

Test(pace, who_never_answered_is_never_waited_for)
{
    struct pace pace = {0};
    pace_sent(&pace, LARGE);
    cr_expect(pace_is_due(&pace, START_MS));
    pace_asked(&pace, START_MS);
    cr_expect_not(pace_is_behind(&pace, START_MS));
    pace_sent(&pace, LARGE);
    cr_expect_not(pace_is_due(&pace, START_MS + PACE_GIVE_UP_MS - 1), "nor asked twice");
    pace_answered(&pace);
    pace_asked(&pace, START_MS);
    cr_expect(pace_is_behind(&pace, START_MS), "but from its first answer on");
}

/* In the time that a slow line needs for what stands before it, and some. */
Test(pace, a_lost_answer_is_asked_for_again)
{
    enum { LINE_MS = PACE_WAIT_MS + LARGE * 1000 / PACE_BYTES_A_SECOND };
    struct pace pace = answering();
    pace_sent(&pace, LARGE);
    pace_asked(&pace, START_MS);
    cr_expect_not(pace_is_due(&pace, START_MS + LINE_MS - 1));
    cr_expect(pace_is_due(&pace, START_MS + LINE_MS));
    pace_asked(&pace, START_MS + LINE_MS);
    cr_expect(pace_is_behind(&pace, START_MS + LINE_MS));
    cr_expect_eq(pace.awaited, 2);
    pace_answered(&pace);
    cr_expect_not(pace_is_behind(&pace, START_MS + LINE_MS), "one is enough");
    pace_sent(&pace, LARGE);
    pace_asked(&pace, START_MS + LINE_MS);
    cr_expect_eq(pace.awaited, 1, "the other is not waited for any more");
}

Test(pace, who_stops_answering_is_given_up)
{
    struct pace pace = answering();
    pace_asked(&pace, START_MS);
    uint64_t now_ms = START_MS;
    for (; pace_is_behind(&pace, now_ms) && now_ms < 2 * PACE_GIVE_UP_MS; now_ms += 10)
        if (pace_is_due(&pace, now_ms))
            pace_asked(&pace, now_ms);
    cr_expect_eq(now_ms, START_MS + PACE_GIVE_UP_MS);
    cr_expect_leq(pace.awaited, PACE_GIVE_UP_MS / PACE_WAIT_MS + 1);
    pace_answered(&pace);
    pace_asked(&pace, now_ms);
    cr_expect(pace_is_behind(&pace, now_ms), "until it answers again");
}
