/* One event, one story: each contradiction is said, and not said where it only may be one. */
#include "tests/unit/trace_driver.h"

TestSuite(trace, .init = set_up, .fini = tear_down);

/* --- the line ------------ */

Test(trace, a_delivery_that_went_well_has_no_contradiction)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    arrived(2 * S);
    logged("200", 2 * S + 20);
    expect_silence();
    cr_assert_eq(trace.count, 3);
    static const enum trace_kind kinds[] = {TRACE_CREATED, TRACE_ARRIVED, TRACE_LOGGED};
    static const int64_t pauses[] = {-1, 2 * S - 1, 21};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(trace.entries[i].kind, kinds[i]);
        cr_expect_eq(trace.entries[i].pause_ms, pauses[i]);
    }
    cr_expect_str_eq(trace.entries[0].text, "created: transfer.updated, funds_received");
    cr_expect_str_eq(trace.entries[1].text, "arrived here: verified, answered 200 after 0.80 ms");
    cr_expect_str_eq(trace.entries[2].text, "Bridge to wep_1: 200");
    cr_expect_eq(trace.entries[1].pair, 2);
    cr_expect_eq(trace.entries[2].pair, 1);
    cr_expect_eq(trace.succeeded, 1);
}

Test(trace, a_clock_that_is_off_does_not_turn_the_line_round)
{
    known.clock_ahead_ms = -3 * MINUTE;
    periods[0] = (struct trace_period){T0 - HOUR, T0 + 7 * MINUTE};
    endpoints[0].logs_ms = T0 + 7 * MINUTE;
    known.now_ms = T0 + 7 * MINUTE;
    arrived_signed(2 * S - 3 * MINUTE, 2 * S - 1, 200, 800);
    logged("200", 2 * S + 20);
    expect_words(TRACE_CLOCK, "this machine's clock is about 3 min behind Bridge's: times of "
                              "arrivals are by this clock, and the line is in the order of "
                              "Bridge's");
    cr_expect_eq(trace.finding_count, 1);
    cr_expect_eq(trace.entries[0].kind, TRACE_CREATED);
    cr_expect_eq(trace.entries[1].kind, TRACE_ARRIVED);
    cr_expect_eq(trace.entries[1].told_ms, T0 + 2 * S - 3 * MINUTE);
    known.clock_ahead_ms = 4 * S;
    expect_not(TRACE_CLOCK);
}

/* The clocks' difference is known to about a second only, and tries follow within milliseconds. */
Test(trace, what_is_done_here_stands_beside_the_arrival)
{
    static const int64_t OFF[] = {-900, 0, 900, 3 * MINUTE};
    for (size_t i = 0; i < 4; i++) {
        header_list_clear(&first.headers);
        known.first = NULL;
        known.clock_ahead_ms = OFF[i] == 3 * MINUTE ? OFF[i] - 700 : 0;
        arrived_signed(2 * S + OFF[i], 2 * S - 40, 200, 800);
        arrived_signed(9 * S + OFF[i], 9 * S - 60, 200, 800);
        hand_on(FORWARD_DONE);
        tries[0].at_ms = T0 + 2 * S + OFF[i] + 11;
        tries[1].at_ms = T0 + 4 * S + OFF[i] + 11;
        known.claim_count = 0;
        claimed(9 * S + OFF[i] + 5);
        make();
        cr_assert_eq(trace.count, 6);
        static const enum trace_kind kinds[] = {TRACE_CREATED,   TRACE_ARRIVED, TRACE_FORWARDED,
                                                TRACE_FORWARDED, TRACE_ARRIVED, TRACE_CLAIMED};
        for (size_t j = 0; j < 6; j++)
            cr_expect_eq(trace.entries[j].kind, kinds[j], "%zu of %zu", j, i);
        cr_expect_eq(trace.entries[2].pause_ms, 11);
        cr_expect_eq(trace.entries[3].pause_ms, 2 * S);
        cr_expect_eq(trace.entries[5].at_ms, T0 + 9 * S - 60 + 5);
        handed_on.attempt = 2;
        tries[0].at_ms = T0 + 9 * S + OFF[i] + 11;
        tries[1].at_ms = T0 + 11 * S + OFF[i];
        make();
        cr_expect_eq(trace.entries[4].kind, TRACE_FORWARDED);
        cr_expect_eq(trace.entries[4].pause_ms, 11);
    }
}

/* One that something kept and sent on says nothing of the clocks. */
Test(trace, what_is_not_genuine_does_not_stand_beside_what_was_long_on_its_way)
{
    arrived_signed(3 * MINUTE, 0, 200, 800);
    claimed(3 * MINUTE + S);
    make();
    cr_expect_eq(trace.entries[2].kind, TRACE_CLAIMED);
    cr_expect_eq(trace.entries[2].at_ms, T0 + 3 * MINUTE + S);
    known.clock_known = false; /* it may be all that is known of them */
    make();
    cr_expect_eq(trace.entries[2].at_ms, T0 + S);
}

Test(trace, entries_are_known_again_when_others_have_joined)
{
    arrived(2 * S);
    make();
    uint64_t id = trace.entries[1].id;
    logged("502", S);
    arrived(10 * S);
    make();
    cr_assert_eq(trace.entries[2].kind, TRACE_ARRIVED);
    cr_expect_eq(trace.entries[2].id, id);
    cr_expect_neq(trace.entries[3].id, id);
}

Test(trace, attempts_are_joined_each_with_its_own)
{
    /* One took long, and another was sent by hand meanwhile. */
    arrived_signed(0, 0, 200, 12 * S * 1000);
    arrived(5 * S);
    logged("200", 5 * S + 100);
    logged("timeout", 10 * S);
    make();
    for (size_t i = 0; i < trace.count; i++) {
        const struct trace_entry *entry = &trace.entries[i];
        if (entry->kind != TRACE_LOGGED)
            continue;
        cr_assert_neq(entry->pair, TRACE_NOBODY);
        cr_expect_eq(trace.entries[entry->pair].number, entry->log->status == 200 ? 2 : 1);
    }
}

Test(trace, an_entry_without_a_time_stands_last_and_says_nothing)
{
    arrived(S);
    logged("200", 2 * S);
    entries[0][0].created_ms = -1;
    expect_silence();
    cr_expect_eq(trace.entries[trace.count - 1].kind, TRACE_LOGGED);
    cr_expect_eq(trace.entries[trace.count - 1].pause_ms, -1);
}

Test(trace, a_log_of_the_same_event_without_end_is_bounded)
{
    for (int i = 0; i < LOGS_MAX; i++)
        logged("500", i * S);
    make();
    cr_expect_eq(trace.logged, TRACE_LOGGED_MAX);
    cr_expect_eq(trace.entries[trace.count - 1].told_ms, T0 + (LOGS_MAX - 1) * S);
}

Test(trace, times_that_cannot_be_are_no_trouble)
{
    static const int64_t ODD[] = {INT64_MIN, INT64_MAX, -1, 0};
    hand_on(FORWARD_WAITING);
    for (size_t i = 0; i < 16; i++) {
        header_list_clear(&first.headers);
        known.first = NULL;
        logs[0].count = 0;
        arrived_signed(S, 0, 200, 1);
        arrived_signed(S, 0, 200, 1);
        repeats[0].received_ms = ODD[(i + 1) % 4];
        repeats[0].signature = NULL;
        first.attempts = 5;
        first.received_ms = first.answer_us = ODD[i % 4];
        periods[0] = (struct trace_period){ODD[i / 4], ODD[i % 4]};
        known.kept_from_ms = ODD[(i + 1) % 4];
        tries[0].at_ms = tries[1].took_us = handed_on.next_ms = ODD[i / 4];
        known.claim_count = 0;
        claimed(S);
        claims[0].received_ms = ODD[i % 4];
        logged("200", S);
        make();
        cr_expect_geq(trace.count, 4);
    }
}

/* --- logged, and not here ------------ */

Test(trace, logged_200_and_nothing_here_is_another_receiver)
{
    logged("200", 4 * S);
    expect_words(TRACE_OTHER_RECEIVER,
                 "Bridge logged 200 at +4 s, nothing arrived here: another receiver answers at "
                 "this URL (https://a.example/b)");
    cr_expect_eq(trace.findings[0].tone, TRACE_BAD);
    arrived(5 * MINUTE); /* another attempt */
    logged("200", 5 * MINUTE + 5);
    expect_words(TRACE_OTHER_RECEIVER,
                 "Bridge logged 200 at +4 s, nothing arrived here: another receiver answers at "
                 "this URL (https://a.example/b)");
}

Test(trace, nothing_is_missed_before_the_store_began)
{
    periods[0].began_ms = T0 + MINUTE;
    logged("200", 4 * S);
    expect_words(TRACE_NOT_KNOWN_HERE,
                 "Bridge logged 200 at +4 s (wep_1); whether that arrived here is not known: no "
                 "receiver is known to have run for this store by then");
    cr_expect_null(find(TRACE_OTHER_RECEIVER));
    cr_expect_eq(trace.findings[0].tone, TRACE_PLAIN);
}

Test(trace, nothing_is_missed_while_no_receiver_ran)
{
    periods[0].until_ms = T0;
    periods[1] = (struct trace_period){T0 + MINUTE, T0 + 10 * MINUTE};
    known.period_count = 2;
    logged("502", 4 * S);
    logged("502", 8 * S);
    expect_words(TRACE_NOT_KNOWN_HERE,
                 "Bridge logged 502 2 times, +4 s to +8 s (wep_1); whether that arrived here is "
                 "not known: no receiver is known to have run for this store all the while");
    cr_expect_eq(trace.finding_count, 1);
}

Test(trace, nothing_is_missed_where_rows_were_deleted)
{
    known.kept_from_ms = T0 + MINUTE;
    logged("200", 4 * S);
    expect_words(TRACE_NOT_KNOWN_HERE,
                 "Bridge logged 200 at +4 s (wep_1); whether that arrived here is not known: what "
                 "came then may have been deleted since");
    known.kept_from_ms = T0 - MINUTE;
    expect_not(TRACE_NOT_KNOWN_HERE);
}

Test(trace, nothing_is_missed_among_attempts_that_are_not_kept)
{
    arrived(S);
    logged("200", S + 5);
    logged("200", 3 * MINUTE);
    arrived(5 * MINUTE);
    logged("200", 5 * MINUTE + 5);
    first.attempts = 9;
    repeats[0].number = 9;
    expect_not(TRACE_OTHER_RECEIVER);
    cr_expect_not_null(find(TRACE_NOT_KNOWN_HERE));
    cr_assert_not_null(find(TRACE_NOT_KEPT));
    cr_expect_str_eq(find(TRACE_NOT_KEPT)->text,
                     "it arrived 9 times; 7 of them are counted, and not kept");
    first.attempts = 2;
    expect_not(TRACE_NOT_KEPT);
    cr_expect_not_null(find(TRACE_OTHER_RECEIVER));
}

Test(trace, nothing_is_missed_before_the_store_was_read)
{
    known.stored = false;
    logged("200", 4 * S);
    expect_silence();
    cr_expect_str_eq(trace.notes[0].text, "being read…");
}

Test(trace, clocks_that_differ_are_allowed_for)
{
    /* The receiver began 90 s before by its clock, which is two minutes ahead. */
    known.clock_ahead_ms = 2 * MINUTE;
    periods[0].began_ms = T0 + 30 * S;
    logged("200", 4 * S);
    expect_not(TRACE_NOT_KNOWN_HERE);
    cr_expect_not_null(find(TRACE_OTHER_RECEIVER));
    known.clock_ahead_ms = 0;
    expect_not(TRACE_OTHER_RECEIVER);
}

Test(trace, an_attempt_that_was_never_answered_did_not_get_here)
{
    logged("connection refused", 4 * S);
    logged("timeout", 16 * S);
    make();
    const struct trace_finding *finding = find(TRACE_NOT_REACHED);
    cr_assert_not_null(finding);
    cr_expect_str_eq(finding->text,
                     "Bridge logged connection refused at +4 s, nothing arrived here: the way to "
                     "https://a.example/b is broken before it comes to this receiver");
    cr_expect_eq(trace.finding_count, 2);
    arrived_signed(3 * S, 3 * S, 200, 1);
    arrived_signed(15 * S, 15 * S, 200, 1);
    expect_not(TRACE_NOT_REACHED);
}

Test(trace, a_502_without_an_arrival_is_what_stands_before_the_receiver)
{
    logged("502", 4 * S);
    logged("502", 14 * S);
    logged("502", 40 * S);
    expect_words(TRACE_STOOD_BEFORE,
                 "Bridge logged 502 3 times, +4 s to +40 s, nothing arrived here: what stands "
                 "before this receiver (a tunnel, a proxy) answered, and could not reach it");
    cr_expect_eq(trace.finding_count, 1, "%s", trace.findings[1].text);
    arrived(60 * S);
    logged("200", 60 * S);
    expect_words(TRACE_STOOD_BEFORE,
                 "Bridge logged 502 3 times, +4 s to +40 s, nothing arrived here: what stands "
                 "before this receiver (a tunnel, a proxy) answered, and could not reach it");
}

Test(trace, what_this_receiver_answers_without_keeping_is_not_another_one)
{
    logged("503", 4 * S);
    expect_words(TRACE_PERHAPS_OURS,
                 "Bridge logged 503 at +4 s, and nothing of it is found here: this receiver "
                 "answers so when it cannot store, or has too much to do; or what stands before it "
                 "does");
    static const char *const own[] = {"400", "405", "408", "413", "414", "431", "501", "505"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        logs[0].count = 0;
        logged(own[i], 4 * S);
        make();
        cr_expect_not_null(find(TRACE_PERHAPS_OURS), "%s", own[i]);
        cr_expect_eq(trace.finding_count, 1);
    }
}

Test(trace, any_other_answer_is_another_programs)
{
    logged("404", 4 * S);
    expect_words(TRACE_ANSWERED_ELSEWHERE,
                 "Bridge logged 404 at +4 s, nothing arrived here, and this receiver never "
                 "answers so: another program answers at https://a.example/b");
    arrived_signed(4 * S, 4 * S, 200, 1);
    expect_not(TRACE_ANSWERED_ELSEWHERE);
}

/* --- here, and logged otherwise ------------ */

Test(trace, an_answer_that_took_long_explains_a_time_out)
{
    arrived_signed(2 * S, 2 * S, 200, 12 * S * 1000);
    logged("timeout", 12 * S);
    expect_words(TRACE_TOOK_TOO_LONG, "arrived at +2 s and answered 200, yet Bridge logged a "
                                      "time-out (timeout): the answer took 12 s");
    cr_expect_eq(trace.finding_count, 1, "%s", trace.findings[1].text);
    first.answer_us = 900;
    expect_not(TRACE_TOOK_TOO_LONG);
}

/* The next attempt comes when the slow answer ends: its entry of the log is as near to that. */
Test(trace, a_time_out_is_that_of_the_attempt_before_the_next)
{
    arrived_signed(2 * S, 2 * S, 200, 12 * S * 1000);
    arrived_signed(14 * S + 2, 14 * S + 2, 200, 1200);
    logged("timeout", 12 * S + 100);
    logged("200", 14 * S);
    expect_words(TRACE_TOOK_TOO_LONG, "arrived at +2 s and answered 200, yet Bridge logged a "
                                      "time-out (timeout): the answer took 12 s");
    expect_not(TRACE_ANSWER_LOST);
}

Test(trace, an_answer_that_did_not_was_lost_on_its_way)
{
    arrived_signed(2 * S, 2 * S, 200, 900);
    logged("timeout", 12 * S);
    expect_words(TRACE_ANSWER_LOST, "arrived at +2 s and answered 200 after 0.90 ms, yet Bridge "
                                    "logged timeout: the answer was lost or held up on its way "
                                    "back");
    first.answer_us = -1;
    expect_words(TRACE_ANSWER_LOST, "arrived at +2 s and answered 200 after a time that is not "
                                    "known, yet Bridge logged timeout: the answer was lost or held "
                                    "up on its way back");
    entries[0][0] = (struct log_entry){.event_id = (char *)"wh_1",
                                       .status = 200,
                                       .status_text = (char *)"200",
                                       .created_ms = T0 + 3 * S};
    expect_not(TRACE_ANSWER_LOST);
}

Test(trace, another_answer_than_ours_was_changed_on_its_way)
{
    arrived_signed(2 * S, 2 * S, 200, 900);
    logged("502", 2 * S);
    expect_words(TRACE_ANSWER_CHANGED,
                 "arrived at +2 s and was answered 200 here, yet Bridge logged 502: something "
                 "between Bridge and this receiver gave another answer");
    logs[0].count = 0;
    logged("204", 2 * S);
    expect_not(TRACE_ANSWER_CHANGED);
}

Test(trace, what_was_refused_here_explains_a_400)
{
    claimed(4 * S);
    logged("400", 4 * S + 3);
    expect_words(TRACE_REFUSED_HERE,
                 "Bridge logged 400 at +4.003 s: what arrived here then was refused (not "
                 "genuine); open it for the reason");
    cr_expect_eq(trace.finding_count, 1, "it is no other claim, and nothing is missing");
    cr_expect_eq(trace.arrivals, 0, "and never counted");
    logs[0].count = 0;
    logged("200", 4 * S + 3);
    expect_words(TRACE_REFUSED_HERE,
                 "Bridge logged 200 at +4.003 s, while what arrived here then was refused with 400 "
                 "(not genuine): something in between answers by itself, and changes what it "
                 "hands on");
}

Test(trace, attempts_whose_halves_disagree_alike_are_told_once)
{
    for (size_t i = 0; i < 3; i++) {
        claimed((4 + 40 * (int64_t)i) * S);
        logged("400", (4 + 40 * (int64_t)i) * S);
    }
    expect_words(TRACE_REFUSED_HERE,
                 "Bridge logged 400 3 times, +4 s to +84 s: what arrived here then was refused "
                 "(not genuine); open one of them for the reason");
    cr_expect_eq(trace.finding_count, 1, "%s", trace.findings[1].text);
    claims[1].verdict = VERDICT_STALE;
    expect_words(TRACE_REFUSED_HERE,
                 "Bridge logged 400 2 times, +4 s to +84 s: what arrived here then was refused "
                 "(not genuine); open one of them for the reason");
    cr_assert_eq(trace.finding_count, 2, "another reason is told apart");
    cr_expect_str_eq(trace.findings[1].text,
                     "Bridge logged 400 at +44 s: what arrived here then was refused (stale); open "
                     "it for the reason");
}

Test(trace, answers_that_were_changed_or_lost_alike_are_told_once)
{
    for (int64_t i = 0; i < 3; i++) {
        arrived_signed((2 + 60 * i) * S, (2 + 60 * i) * S, 200, 900 + 1000 * i);
        logged("502", (2 + 60 * i) * S);
    }
    expect_words(TRACE_ANSWER_CHANGED,
                 "arrived 3 times, +2 s to +122 s, and was answered 200 here, yet Bridge logged "
                 "502: something between Bridge and this receiver gave another answer");
    cr_expect_eq(trace.finding_count, 1, "%s", trace.findings[1].text);
    entries[0][1].status = 503;
    entries[0][1].status_text = (char *)"503";
    make();
    cr_expect_eq(trace.finding_count, 2, "another status is told apart");
    for (size_t i = 0; i < 3; i++) {
        entries[0][i].status = 0;
        entries[0][i].status_text = (char *)"connection reset";
    }
    expect_words(TRACE_ANSWER_LOST,
                 "arrived 3 times, +2 s to +122 s, and answered 200 after up to 2.90 ms, yet "
                 "Bridge logged connection reset: the answer was lost or held up on its way back");
    cr_expect_eq(trace.finding_count, 1, "%s", trace.findings[1].text);
    for (size_t i = 0; i < 3; i++)
        entries[0][i].status_text = (char *)"timeout";
    first.answer_us = repeats[0].answer_us = INT64_C(6000) * S;
    repeats[1].answer_us = INT64_C(7000) * S;
    expect_words(TRACE_TOOK_TOO_LONG,
                 "arrived 3 times, +2 s to +122 s, and answered 200, yet Bridge logged a time-out "
                 "(timeout): the answer took up to 7 s");
}

Test(trace, a_claim_does_not_stand_for_an_arrival)
{
    claimed(4 * S);
    logged("timeout", 5 * S);
    make();
    cr_expect_not_null(find(TRACE_NOT_REACHED));
    cr_assert_not_null(find(TRACE_CLAIMS));
    cr_expect_str_eq(find(TRACE_CLAIMS)->text, "1 delivery that names this event arrived and is "
                                               "not genuine: shown apart, and not counted");
    logs[0].count = 0;
    logged("400", MINUTE); /* long after */
    expect_not(TRACE_REFUSED_HERE);
    known.claim_count = 0;
    expect_not(TRACE_CLAIMS);
}

Test(trace, a_slow_answer_and_a_slow_way_are_told)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    arrived_signed(20 * S, 10 * S, 200, 7 * S * 1000);
    logged("200", 27 * S);
    expect_words(TRACE_SLOW_ANSWER, "the answer to what arrived at +20 s took 7 s: for Bridge that "
                                    "may be a time-out");
    cr_assert_not_null(find(TRACE_SLOW_WAY));
    cr_expect_str_eq(find(TRACE_SLOW_WAY)->text,
                     "what arrived at +20 s was signed 10 s before: it was long on its way, or "
                     "kept and sent on");
    known.clock_known = false; /* then it may be the clock */
    expect_not(TRACE_SLOW_WAY);
    known.clock_known = true;
    known.clock_ahead_ms = 10 * S;
    expect_not(TRACE_SLOW_WAY);
    first.answer_us = 4 * S * 1000;
    expect_not(TRACE_SLOW_ANSWER);
}

/* --- here, and not logged ------------ */

Test(trace, an_arrival_that_no_log_has)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    arrived(MINUTE);
    expect_words(TRACE_NOT_LOGGED,
                 "arrived here at +60 s, genuine, yet Bridge's log of wep_1 has no such attempt: "
                 "something on the way kept it and sent it on, or Bridge logs it late");
    logged("200", MINUTE + 3);
    expect_not(TRACE_NOT_LOGGED);
}

Test(trace, a_log_says_nothing_of_what_is_older_or_newer_than_it)
{
    arrived(MINUTE);
    logged_at(0, "wh_2", "200", 2 * MINUTE);
    expect_silence(); /* older than its oldest entry */
    logs[0].count = 0;
    make();
    cr_expect_not_null(find(TRACE_NOT_LOGGED), "an empty log, of the last minutes");
    known.now_ms = T0 + 3 * HOUR;
    expect_silence();
    known.now_ms = T0 + 10 * MINUTE;
    endpoints[0].logs_ms = T0 + MINUTE + 5 * S;
    expect_words(TRACE_NOT_LOGGED_YET,
                 "arrived here at +60 s, and Bridge's log of wep_1 has no such attempt yet: it was "
                 "asked for at +65 s");
    cr_expect_null(find(TRACE_NOT_LOGGED));
    endpoints[0].logs = NULL;
    expect_silence();
    first.webhook_id = (char *)"wep_gone";
    endpoints[0].logs = &logs[0];
    endpoints[0].logs_ms = T0 + 10 * MINUTE;
    expect_silence();
}

Test(trace, the_same_request_that_came_twice_is_told_by_its_signature)
{
    logged_at(0, "wh_0", "200", -MINUTE);
    arrived_signed(S, S, 200, 800);
    logged("200", S);
    arrived_signed(MINUTE, S, 200, 800);
    expect_words(TRACE_SAME_SIGNATURE,
                 "what arrived at +60 s has the signature of an attempt before it: one and the "
                 "same request came again, sent twice by something on the way, or by somebody who "
                 "has it");
    cr_expect_null(find(TRACE_NOT_LOGGED), "and nobody else sent it");
    (void)signature(1, T0 + MINUTE);
    logged("200", MINUTE);
    expect_not(TRACE_SAME_SIGNATURE);
}

Test(trace, another_body_is_told)
{
    arrived(S);
    arrived(MINUTE);
    repeats[0].body_length = 12;
    expect_words(TRACE_OTHER_BODY, "attempt 2 came with another body than the first, and genuine: "
                                   "Bridge says something else of the same event");
    repeats[0].body_length = -1;
    expect_not(TRACE_OTHER_BODY);
}
