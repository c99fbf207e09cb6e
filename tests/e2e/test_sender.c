/* The tests' own signer against the product's verification: two readings of one document. */
#include "api/signature.h"
#include "tests/e2e/sender.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(sender, .timeout = 60);

#define BODY "{\"event_id\":\"wh_1\"}"

static enum verdict judge(const struct sender *sender, enum sender_way way, int64_t now_ms)
{
    struct error reason;
    const char *pem = sender_public_pem(sender);
    struct public_key *key = public_key_from_pem(pem, strlen(pem), &reason);
    cr_assert_not_null(key, "%s", reason.message);
    const struct public_key *const keys[] = {key};
    char *header = sender_sign(sender, way, now_ms, BODY, strlen(BODY));
    int index;
    enum verdict verdict = signature_verify(header, header == NULL ? 0 : 1, BODY, strlen(BODY),
                                            keys, 1, now_ms, SIGNATURE_WINDOW_MS, &index, &reason);
    free(header);
    public_key_free(key);
    return verdict;
}

Test(sender, signs_as_it_says)
{
    struct error error;
    struct sender *sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    cr_expect_eq(judge(sender, SENDER_GENUINE, now_ms), VERDICT_GENUINE);
    cr_expect_eq(judge(sender, SENDER_SINGLE_HASH, now_ms), VERDICT_WRONG_SIGNATURE);
    cr_expect_eq(judge(sender, SENDER_WRONG_KEY, now_ms), VERDICT_WRONG_SIGNATURE);
    cr_expect_eq(judge(sender, SENDER_BAD_HEADER, now_ms), VERDICT_BAD_HEADER);
    cr_expect_eq(judge(sender, SENDER_NO_HEADER, now_ms), VERDICT_NO_HEADER);
    sender_free(sender);
}

Test(sender, reserves_a_port)
{
    struct error error;
    uint16_t first = 0, second = 0;
    int held = http_reserve_port(&first, &error);
    int held_too = http_reserve_port(&second, &error);
    cr_assert(held >= 0 && held_too >= 0, "%s", error.message);
    cr_expect_neq(first, second);
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", first);
    struct http_answer answer;
    cr_expect_not(http_ask(&(struct http_request){.method = "GET", .url = url}, &answer, &error),
                  "nobody listens on a port that is only held");
    (void)close(held);
    (void)close(held_too);
}
