/* What an answer of the API says of key, API, clock, and of an endpoint. */
#include "api/api_check.h"
#include "tests/unit/vendor.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

#define NOW INT64_C(1700000000000)

TestSuite(api_check);

static struct check_line lines[API_CHECK_LINES_MAX > ENDPOINT_CHECK_LINES_MAX
                                   ? API_CHECK_LINES_MAX
                                   : ENDPOINT_CHECK_LINES_MAX];
static size_t count;

static void expect(const char *what, enum check_tone tone, const char *words)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].what, what) != 0)
            continue;
        cr_expect_eq(lines[i].tone, tone, "%s is %s: %s", what, check_tone_name(lines[i].tone),
                     lines[i].text);
        cr_expect_not_null(strstr(lines[i].text, words), "%s: %s", what, lines[i].text);
        cr_expect_eq(lines[i].remedy[0] != '\0', tone != CHECK_OK, "%s: %s", what, lines[i].remedy);
        return;
    }
    cr_assert_fail("no line of %s", what);
}

/* --- the account ----------------------------------------------------------------- */

static void look(enum api_outcome outcome, int status, int64_t latency_ms, int64_t date_ms)
{
    struct api_result result = {
        .outcome = outcome,
        .http_status = status,
        .latency_ms = latency_ms,
        .server_date_ms = date_ms,
    };
    if (outcome != API_OK)
        (void)snprintf(result.error.message, sizeof result.error.message, "what went wrong");
    count = api_check(&result, "api.example.com", NOW, lines);
}

Test(api_check, a_good_answer_is_well)
{
    look(API_OK, 200, 83, NOW - 500);
    expect("API key", CHECK_OK, "accepted");
    expect("API", CHECK_OK, "api.example.com answered in 83 ms");
    expect("clock", CHECK_OK, "within a second");
    look(API_OK, 200, 2500, NOW);
    expect("API", CHECK_WARN, "2500 ms");
}

Test(api_check, a_key_that_is_refused_is_no_fault_of_the_api)
{
    static const int STATUSES[] = {401, 403};
    for (size_t i = 0; i < 2; i++) {
        look(API_REFUSED, STATUSES[i], 12, NOW);
        expect("API key", CHECK_BAD, "refused: what went wrong");
        expect("API", CHECK_OK, "answered");
    }
}

Test(api_check, an_api_that_fails_says_nothing_of_the_key)
{
    look(API_UNAVAILABLE, 0, 0, -1);
    expect("API key", CHECK_WARN, "not known");
    expect("API", CHECK_BAD, "what went wrong");
    expect("clock", CHECK_WARN, "not compared");
    look(API_UNAVAILABLE, 503, 12, NOW);
    expect("API", CHECK_BAD, "what went wrong");
    expect("clock", CHECK_OK, "within");
    look(API_UNREADABLE, 200, 12, NOW);
    expect("API", CHECK_BAD, "what went wrong");
}

Test(api_check, a_clock_is_told_by_how_far_it_is_off)
{
    look(API_OK, 200, 0, NOW - 59 * SECOND);
    expect("clock", CHECK_OK, "within 59 s");
    look(API_OK, 200, 0, NOW - 2 * MINUTE);
    expect("clock", CHECK_WARN, "2 min ahead of Bridge's: at 10 min every delivery is stale");
    look(API_OK, 200, 0, NOW + 2 * MINUTE);
    expect("clock", CHECK_WARN, "behind Bridge's: at 10 min every delivery is of the future");
    look(API_OK, 200, 0, NOW - 6 * MINUTE);
    expect("clock", CHECK_BAD, "6 min ahead");
}

Test(api_check, without_a_key_nothing_is_asked)
{
    count = api_check_without_key(0, lines);
    expect("API key", CHECK_BAD, "BRIDGE_API_KEY is not set");
    expect("API", CHECK_WARN, "not asked");
    count = api_check_without_key(2, lines);
    expect("API key", CHECK_WARN, "the 2 given public keys");
}

/* --- an endpoint --------------------------------------------------------------------- */

static struct webhook webhook(enum webhook_status status)
{
    return (struct webhook){.id = "wep_1", .status = status, .status_text = "paused\n"};
}

static void examine(struct webhook webhook, const struct event_list *upcoming,
                    struct log_list *logs)
{
    count = endpoint_check(&webhook, upcoming, logs, NOW, lines);
}

Test(api_check, states_are_told)
{
    examine(webhook(WEBHOOK_ACTIVE), NULL, NULL);
    expect("state", CHECK_OK, "active");
    expect("queue", CHECK_WARN, "could not be asked");
    examine(webhook(WEBHOOK_DISABLED), NULL, NULL);
    expect("state", CHECK_OK, "disabled");
    examine(webhook(WEBHOOK_STATUS_UNKNOWN), NULL, NULL);
    expect("state", CHECK_WARN, "'paused");
}

Test(api_check, keys_are_read)
{
    struct webhook one = webhook(WEBHOOK_ACTIVE);
    examine(one, NULL, NULL);
    expect("key", CHECK_BAD, "names no public key");
    one.public_key = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
    examine(one, NULL, NULL);
    expect("key", CHECK_BAD, "cannot be used: ");
    static char pem[VENDOR_BYTES_MAX];
    (void)vendor_read("vendor-public-key.pem", pem);
    one.public_key = pem;
    examine(one, NULL, NULL);
    expect("key", CHECK_OK, "can be used (RSA, 2048 bits)");
}

Test(api_check, queues_are_judged)
{
    struct event event = {.id = "wh_1", .created_ms = NOW - HOUR, .sequence = -1};
    struct log_entry entries[] = {
        {.event_id = "wh_1", .status = 500, .created_ms = NOW - 3 * MINUTE},
        {.event_id = "wh_1", .status = 500, .created_ms = NOW - MINUTE},
    };
    struct event_list upcoming = {.items = &event, .count = 0};
    struct log_list logs = {.items = entries, .count = 0};
    examine(webhook(WEBHOOK_ACTIVE), &upcoming, &logs);
    expect("queue", CHECK_OK, "empty");
    upcoming.count = 1;
    examine(webhook(WEBHOOK_DISABLED), &upcoming, &logs);
    expect("queue", CHECK_OK, "held");
    examine(webhook(WEBHOOK_ACTIVE), &upcoming, &logs);
    expect("queue", CHECK_WARN, "slow");
    logs.count = 2;
    examine(webhook(WEBHOOK_ACTIVE), &upcoming, &logs);
    expect("queue", CHECK_BAD, "stuck");
}

/* Bridge gives the newest attempt first. */
Test(api_check, a_log_is_read_in_the_order_of_time)
{
    struct event event = {.id = "wh_1", .created_ms = NOW - 4 * MINUTE, .sequence = -1};
    struct log_entry entries[] = {
        {.event_id = "wh_1", .status = 500, .created_ms = NOW - MINUTE},
        {.event_id = "wh_1", .status = 500, .created_ms = NOW - 2 * MINUTE},
        {.event_id = "wh_1", .status = 500, .created_ms = NOW - 3 * MINUTE},
    };
    struct event_list upcoming = {.items = &event, .count = 1};
    struct log_list logs = {.items = entries, .count = 3};
    examine(webhook(WEBHOOK_ACTIVE), &upcoming, &logs);
    expect("queue", CHECK_BAD, "failed 3 times in 3 min; the next attempt about now, ");
    /* They stand in order now. */
    entries[0].created_ms = NOW - 49 * (int64_t)HOUR;
    examine(webhook(WEBHOOK_ACTIVE), &upcoming, &logs);
    expect("queue", CHECK_BAD, "given up");
    entries[0].status = 200; /* by hand: what failed since counts */
    examine(webhook(WEBHOOK_ACTIVE), &upcoming, &logs);
    expect("queue", CHECK_BAD, "failed 2 times in 2 min; the next attempt in about 1 min, ");
}

Test(api_check, a_log_is_put_in_order_with_what_is_of_one_moment)
{
    struct log_entry entries[] = {{.status = 4, .created_ms = NOW},
                                  {.status = 3, .created_ms = NOW - 1},
                                  {.status = 2, .created_ms = NOW - 1},
                                  {.status = 1, .created_ms = NOW - 1}};
    struct log_list logs = {.items = entries, .count = 4};
    for (int turn = 0; turn < 2; turn++) { /* what is in order stays so */
        log_list_sort(&logs);
        for (int i = 0; i < 4; i++)
            cr_expect_eq(entries[i].status, i + 1);
    }
    logs.count = 0;
    log_list_sort(&logs);
    struct log_list none = {0};
    log_list_sort(&none);
}
