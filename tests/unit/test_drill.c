#include "api/drill.h"

#include "api/contract.h"
#include "api/delivery.h"
#include "api/json_text.h"
#include "api/signature.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const int64_t NOW_MS = INT64_C(1700000000000);
static struct drill_keys keys;
static struct public_key *known;
static struct drill_request request;
static struct error error;

static void set_up(void)
{
    struct signing_key *own = signing_key_from_seed(1, &error);
    cr_assert_not_null(own, "%s", error.message);
    keys = (struct drill_keys){own, signing_key_from_seed(2, &error)};
    const char *pem = signing_key_public_pem(own);
    known = public_key_from_pem(pem, strlen(pem), &error);
    cr_assert(keys.wrong != NULL && known != NULL);
}

static void tear_down(void)
{
    drill_request_clear(&request);
    public_key_free(known);
    signing_key_free((struct signing_key *)(uintptr_t)keys.own);
    signing_key_free((struct signing_key *)(uintptr_t)keys.wrong);
}

TestSuite(drill, .init = set_up, .fini = tear_down);

static void make(enum drill_case which)
{
    drill_request_clear(&request);
    cr_assert(drill_make(which, &keys, NOW_MS, 7, &request, &error), "%s", error.message);
}

/* What a right handler says of it. */
static enum verdict judge(void)
{
    const struct public_key *const candidates[] = {known};
    return signature_verify(header_list_find(&request.headers, CONTRACT_SIGNATURE_HEADER),
                            header_list_count(&request.headers, CONTRACT_SIGNATURE_HEADER),
                            request.body, request.body_length, candidates, 1, NOW_MS,
                            SIGNATURE_WINDOW_MS, NULL, &error);
}

Test(drill, a_right_handler_does_all_that_it_should)
{
    static const enum verdict WANTED[DRILL_CASES] = {
        [DRILL_STALE] = VERDICT_STALE,
        [DRILL_CHANGED] = VERDICT_WRONG_SIGNATURE,
        [DRILL_WRONG_KEY] = VERDICT_WRONG_SIGNATURE,
        [DRILL_SINGLE_HASH] = VERDICT_WRONG_SIGNATURE,
        [DRILL_NO_HEADER] = VERDICT_NO_HEADER,
        [DRILL_DOUBLED_HEADER] = VERDICT_BAD_HEADER,
        [DRILL_MALFORMED_HEADER] = VERDICT_BAD_HEADER,
    };
    for (int i = 0; i < DRILL_CASES; i++) {
        enum drill_case which = (enum drill_case)i;
        make(which);
        enum verdict verdict = judge();
        cr_expect_eq(verdict, WANTED[i], "%s: %s", drill_name(which), error.message);
        cr_expect_eq(drill_wants_200(which), verdict == VERDICT_GENUINE, "%s", drill_name(which));
        cr_expect(json_valid(request.body, request.body_length), "%s", drill_name(which));
        cr_expect_str_eq(header_list_find(&request.headers, "content-type"), "application/json");
    }
}

static struct delivery event(enum drill_case which)
{
    make(which);
    struct delivery delivery = {.body = request.body, .body_length = request.body_length};
    cr_assert(delivery_read_event(&delivery));
    delivery.body = NULL;
    return delivery;
}

Test(drill, a_duplicate_is_the_same_event_and_others_are_others)
{
    struct delivery genuine = event(DRILL_GENUINE), again = event(DRILL_DUPLICATE),
                    late = event(DRILL_OUT_OF_ORDER), unknown = event(DRILL_UNKNOWN);
    cr_expect_str_eq(genuine.event_id, "wh_drill_0000000000000007_0");
    cr_expect_leq(strlen(genuine.event_id), CONTRACT_ID_MAX);
    cr_expect_str_eq(genuine.event_id, again.event_id);
    cr_expect_str_neq(genuine.event_id, late.event_id);
    cr_expect_lt(late.sequence, genuine.sequence);
    cr_expect_not(contract_category_known("drill_category_of_tomorrow"));
    cr_expect_str_eq(unknown.event_type, "drill_category_of_tomorrow.created");
    delivery_clear(&genuine);
    delivery_clear(&again);
    delivery_clear(&late);
    delivery_clear(&unknown);
}

Test(drill, the_large_one_is_large_and_the_slow_one_slow)
{
    make(DRILL_LARGE);
    cr_expect(request.body_length > DRILL_LARGE_BYTES - 200 && request.body_length < 1024 * 1024,
              "%zu", request.body_length);
    cr_expect_eq(request.bytes_a_s, 0);
    make(DRILL_SLOW);
    size_t seconds = request.body_length / request.bytes_a_s;
    cr_expect(seconds >= 2 && seconds <= 8, "%zu s", seconds);
}

Test(drill, answers_are_judged)
{
    char advice[DRILL_ADVICE_SIZE];
    for (int i = 0; i < DRILL_CASES; i++) {
        enum drill_case which = (enum drill_case)i;
        bool wants_200 = drill_wants_200(which);
        static const int STATUSES[] = {0, 100, 200, 201, 204, 302, 400, 401, 422, 500, 503};
        for (size_t s = 0; s < sizeof STATUSES / sizeof *STATUSES; s++) {
            int status = STATUSES[s];
            bool right = wants_200 ? status == 200 : status >= 400 && status < 500;
            cr_expect_eq(drill_judge(which, status, advice), right, "%s %d", drill_name(which),
                         status);
            cr_expect_eq(advice[0] == '\0', right, "%s %d: %s", drill_name(which), status, advice);
        }
    }
}

Test(drill, a_key_comes_back_from_its_pem)
{
    struct signing_key *key = signing_key_generate(&error);
    char *pem = signing_key_private_pem(key);
    struct signing_key *again = signing_key_from_pem(pem, strlen(pem), &error);
    cr_assert_not_null(again, "%s", error.message);
    cr_expect_str_eq(signing_key_public_pem(again), signing_key_public_pem(key));
    cr_expect_str_neq(signing_key_public_pem(key), signing_key_public_pem(keys.own));
    cr_expect_null(signing_key_from_pem("hello", 5, &error));
    cr_expect(strstr(error.message, "no private RSA key of 2048 bits") != NULL);
    const char *public_half = signing_key_public_pem(key);
    cr_expect_null(signing_key_from_pem(public_half, strlen(public_half), &error));
    free(pem);
    signing_key_free(key);
    signing_key_free(again);
}
