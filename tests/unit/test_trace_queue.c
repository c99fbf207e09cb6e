/* What a trace says of queues, of the event itself, of answers on demand and of the application. */
#include "tests/unit/trace_driver.h"

TestSuite(trace_queue, .init = set_up, .fini = tear_down);

/* --- the queue ------------ */

Test(trace_queue, delivered_again_after_success)
{
    logged("200", S);
    arrived(S - 3);
    logged("200", MINUTE);
    arrived(MINUTE - 3);
    expect_words(TRACE_AGAIN_AFTER_SUCCESS,
                 "delivered to wep_1 at +1 s, and 1 time again: a send by hand leaves the event in "
                 "its queue, and comes once more itself");
    cr_expect_eq(trace.findings[0].tone, TRACE_PLAIN);
    entries[0][0].status = 500;
    expect_not(TRACE_AGAIN_AFTER_SUCCESS);
}

Test(trace_queue, queued_though_it_was_delivered)
{
    logged("200", S);
    arrived(S - 3);
    queue(0, "wh_1");
    expect_words(TRACE_QUEUED_AFTER_SUCCESS,
                 "Bridge logged a success at +1 s, and wep_1 has it in its queue still: it was "
                 "sent by hand, and comes once more by itself");
    endpoints[0].upcoming_ms = T0 + 5 * S; /* asked for too early */
    expect_not(TRACE_QUEUED_AFTER_SUCCESS);
}

Test(trace_queue, what_waits_behind_another_event)
{
    queue(0, "wh_0");
    queue(0, "wh_1");
    expect_words(TRACE_WAITS_BEHIND, "waits for wep_1 behind wh_0: number 2 of its queue");
    cr_expect_eq(trace.findings[0].tone, TRACE_PLAIN);
    logged_at(0, "wh_0", "500", S);
    expect_words(TRACE_WAITS_BEHIND,
                 "waits for wep_1 behind wh_0, which failed 1 time: number 2 of its queue");
    webhooks[0].status = WEBHOOK_DISABLED;
    expect_words(TRACE_HELD, "queued for wep_1, which is disabled: it is not delivered until that "
                             "is enabled, or it is sent by hand");
    cr_expect_null(find(TRACE_WAITS_BEHIND));
    webhooks[0].status = WEBHOOK_ACTIVE;
    expect_not(TRACE_HELD);
}

/* The log may be asked for later than the event was taken; what came here is known at once. */
Test(trace_queue, a_queue_of_before_is_not_told_as_of_now)
{
    static const char WAS[] = "was queued for wep_1 then: number 2 of what was next";
    queue(0, "wh_0");
    queue(0, "wh_1");
    endpoints[0].upcoming_ms = T0 + 9 * S;
    arrived(MINUTE);
    expect_not(TRACE_WAITS_BEHIND);
    cr_assert_eq(trace.count, 3);
    cr_expect_eq(trace.entries[1].kind, TRACE_QUEUED);
    cr_expect(trace.entries[1].past);
    cr_expect_str_eq(trace.entries[1].text, WAS);
    logged("timeout", MINUTE + 3 * S); /* Bridge does not hold it for taken */
    expect_words(TRACE_WAITS_BEHIND, "waits for wep_1 behind wh_0: number 2 of its queue");
    cr_expect_not(trace.entries[1].past);
    entries[0][0].status = 200;
    expect_not(TRACE_WAITS_BEHIND);
    cr_expect_str_eq(trace.entries[1].text, WAS);
    logs[0].count = 0;
    first.answer_status = 503;
    expect_words(TRACE_WAITS_BEHIND, "waits for wep_1 behind wh_0: number 2 of its queue");
    first.answer_status = 200;
    first.webhook_id = (char *)"wep_2"; /* another queue's */
    expect_words(TRACE_WAITS_BEHIND, "waits for wep_1 behind wh_0: number 2 of its queue");
    first.webhook_id = (char *)"wep_1";
    endpoints[0].upcoming_ms = T0 + MINUTE + 5 * S; /* Bridge may not have noted it yet */
    expect_not(TRACE_WAITS_BEHIND);
    endpoints[0].upcoming_ms = T0 + 2 * MINUTE;
    expect_words(TRACE_WAITS_BEHIND, "waits for wep_1 behind wh_0: number 2 of its queue");
    cr_expect_str_eq(trace.entries[2].text, "queued for wep_1: number 2 of what is next");
}

Test(trace_queue, what_fails_is_tried_again_for_two_days)
{
    queue(0, "wh_1");
    expect_silence();
    arrived(S);
    first.answer_status = 400;
    logged("400", S);
    logged("400", 3 * S);
    logged("400", 9 * S);
    arrived(3 * S);
    arrived(9 * S);
    repeats[0].answer_status = repeats[1].answer_status = 400;
    known.now_ms = T0 + 10 * S;
    expect_words(TRACE_TRIED_AGAIN,
                 "it failed 3 times for wep_1: Bridge tries again in about 17 s, "
                 "and gives it up in 1 d 23 h");
    known.now_ms = T0 + 49 * (int64_t)HOUR;
    expect_words(TRACE_GIVEN_UP,
                 "failed for two days: Bridge has given it up, and delivers nothing "
                 "to wep_1 until a send succeeds");
    cr_expect_null(find(TRACE_TRIED_AGAIN));
}

Test(trace_queue, what_failed_and_is_queued_no_more)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    logged("404", S);
    expect_words(TRACE_DROPPED, "failed 1 time for wep_1, and is not in its queue: Bridge does not "
                                "try again by itself; s sends it");
    logged("200", MINUTE);
    expect_not(TRACE_DROPPED);
    logs[0].count = 2;
    entries[0][0].created_ms = T0 + S / 2; /* the log may have lost a success */
    expect_not(TRACE_DROPPED);
    entries[0][0].created_ms = T0 - MINUTE;
    endpoints[0].upcoming_ms = T0 + 5 * S; /* asked too early */
    expect_not(TRACE_DROPPED);
    endpoints[0].upcoming_ms = T0 + 10 * MINUTE;
    for (int i = 0; i < CONTRACT_UPCOMING; i++)
        queue(0, "wh_other"); /* it may be behind these */
    expect_not(TRACE_DROPPED);
}

/* --- the event ------------ */

Test(trace_queue, an_event_that_no_endpoint_takes)
{
    event.category = (char *)"customer";
    expect_words(TRACE_NOBODY_TAKES, "no endpoint takes customer events: nobody is told of it");
    arrived(S);
    expect_not(TRACE_NOBODY_TAKES);
    known.first = NULL;
    event.category = (char *)"transfer";
    expect_not(TRACE_NOBODY_TAKES);
}

Test(trace_queue, an_event_without_any_attempt)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    expect_words(TRACE_NO_ATTEMPT,
                 "no attempt is in any log, nor is it among what comes next: more than 10 events "
                 "wait before it, or no endpoint was there when it happened");
    queue(0, "wh_1");
    expect_not(TRACE_NO_ATTEMPT);
    upcoming[0].count = 0;
    known.now_ms = T0 + 2 * S; /* it has only just happened */
    expect_silence();
    known.now_ms = T0 + 10 * MINUTE;
    endpoints[0].logs = NULL; /* not known yet */
    expect_silence();
}

Test(trace_queue, a_first_attempt_that_came_late)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    arrived(9 * MINUTE);
    logged("200", 9 * MINUTE);
    expect_words(TRACE_LATE_FIRST, "the first attempt came 9 min after the event: its queue was "
                                   "held up, or its endpoint disabled");
    entries[0][0].created_ms = T0 + MINUTE; /* earlier attempts may be lost */
    expect_not(TRACE_LATE_FIRST);
}

/* --- answers on demand, and the application ------------ */

Test(trace_queue, answers_on_demand_are_said_to_be)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    arrived(S);
    logged("500", S);
    first.answer_status = 500;
    first.on_demand = true;
    expect_words(TRACE_ON_DEMAND, "1 of the answers here was chosen on demand (:answer): what "
                                  "Bridge made of it is no accident");
    cr_expect_str_eq(trace.entries[1].text,
                     "arrived here: verified, answered 500 on demand after 0.80 ms");
    cr_expect_null(find(TRACE_ANSWER_CHANGED));
    first.on_demand = false;
    expect_not(TRACE_ON_DEMAND);
}

Test(trace_queue, what_the_application_has_not_taken)
{
    arrived(S);
    logged("200", S);
    hand_on(FORWARD_WAITING);
    expect_words(TRACE_NOT_TAKEN, "it is here, and the application has not taken it: it last gave "
                                  "no answer, after 2 tries, next at +8 s");
    cr_assert(trace.count == 5 && trace.entries != NULL);
    cr_expect_str_eq(trace.entries[3].text, "handed on to the application: 500 after 3.00 ms");
    cr_expect_str_eq(trace.entries[4].text,
                     "handed on to the application: no answer (connection refused)");
    cr_expect_eq(trace.entries[4].pause_ms, 2 * S);
    hand_on(FORWARD_GIVEN_UP);
    handed_on.try_count = 1;
    expect_words(TRACE_NOT_TAKEN, "it is here, and the application has not taken it: it last "
                                  "answered 500, after 2 tries, and it is given up");
    hand_on(FORWARD_DONE);
    expect_not(TRACE_NOT_TAKEN);
}

/* The application is down, and a forward before it is tried meanwhile. */
Test(trace_queue, what_waits_to_be_handed_on)
{
    static const char WAITS[] =
        "waits to be handed on to the application since +1.002 s: no try yet";
    arrived(S);
    logged("200", 2 * S);
    hand_on(FORWARD_WAITING);
    handed_on.tries_made = 0;
    handed_on.try_count = 0;
    handed_on.queued_ms = T0 + S + 2;
    expect_words(TRACE_NOT_TRIED, WAITS);
    cr_expect_eq(trace.findings[0].tone, TRACE_WARN);
    cr_expect_null(find(TRACE_NOT_TAKEN));
    cr_assert(trace.count == 4 && trace.entries != NULL);
    cr_expect_eq(trace.entries[3].kind, TRACE_WAITING);
    cr_expect_eq(trace.entries[3].told_ms, T0 + S + 2);
    cr_expect_eq(trace.entries[3].pause_ms, -1);
    cr_expect_str_eq(trace.entries[3].text,
                     "waits since then to be handed on to the application: no try yet");
    uint64_t id = trace.entries[3].id;
    logged("200", MINUTE);
    entries[0][1].created_ms = -1; /* without a time */
    known.now_ms = T0 + 3 * S;     /* it has only just come */
    expect_words(TRACE_NOT_TRIED, WAITS);
    cr_expect_eq(find(TRACE_NOT_TRIED)->tone, TRACE_PLAIN);
    cr_expect_eq(trace.entries[4].id, id, "it is the last one still");
    handed_on.state = FORWARD_GIVEN_UP;
    expect_not(TRACE_NOT_TRIED);
    hand_on(FORWARD_WAITING);
    expect_not(TRACE_NOT_TRIED);
}

Test(trace_queue, a_replay_that_waits_while_the_arrival_was_given_up)
{
    struct forward both[2];
    arrived(S);
    hand_on(FORWARD_GIVEN_UP);
    both[0] = handed_on;
    both[1] = (struct forward){.id = 2,
                               .attempt = 1,
                               .kind = FORWARD_REPLAY,
                               .state = FORWARD_WAITING,
                               .queued_ms = T0 + MINUTE};
    forwards = (struct forward_list){.items = both, .count = 2};
    expect_words(TRACE_NOT_TRIED,
                 "waits to be replayed to the application since +60 s: no try yet");
    cr_expect_str_eq(find(TRACE_NOT_TAKEN)->text,
                     "it is here, and the application has not taken it: it last gave no answer, "
                     "after 2 tries, and it is given up");
    both[0].state = FORWARD_DONE; /* it has it, whatever comes of the replay */
    expect_not(TRACE_NOT_TRIED);
    cr_expect_eq(trace.entries[trace.count - 1].kind, TRACE_WAITING);
}

/* --- several endpoints ------------ */

Test(trace_queue, each_endpoint_has_attempts_of_its_own)
{
    known.endpoint_count = 2;
    arrived(S);
    logged("200", S);
    logged_at(1, "wh_1", "200", S);
    make();
    cr_assert_eq(trace.finding_count, 1);
    cr_expect_str_eq(trace.findings[0].text,
                     "Bridge logged 200 at +1 s, nothing arrived here: another receiver answers at "
                     "this URL (https://b.example/b)");
    cr_assert_eq(trace.note_count, 4);
    cr_expect_str_eq(trace.notes[2].label, "wep_2");
    cr_expect_str_eq(trace.notes[2].text, "1 attempt of this event; its log has 1 entry since "
                                          "+1 s, asked for at +600 s");
    endpoints[1].logs = NULL;
    make();
    cr_expect_str_eq(trace.notes[2].text, "its log is not known yet");
}

Test(trace_queue, the_worst_is_said_first)
{
    logged("200", S);
    arrived(S);
    logged("200", MINUTE);
    queue(0, "wh_1");
    make();
    cr_assert_geq(trace.finding_count, 2);
    for (size_t i = 1; i < trace.finding_count; i++)
        cr_expect_leq(trace.findings[i - 1].tone, trace.findings[i].tone);
    cr_expect_eq(trace.findings[0].what, TRACE_OTHER_RECEIVER);
}
