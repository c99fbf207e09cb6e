/*
 * Verification: what is genuine is one of the few deliveries that were signed, byte for byte.
 *
 * Messages are signed once, at the start. An input edits one of them, header and body, or brings
 * both of its own; it never becomes genuine but by being what was signed.
 */
#include "tests/fuzz/fuzz.h"

#include "api/signature.h"
#include "api/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 4, NOW_MS = 1000000000, EDIT_BYTES = 4 };

static const char *const BODIES[MESSAGES] = {
    "", "{}", "{\"event_id\":\"wh_1\",\"event_object\":{\"amount\":\"1.00\"}}", "1000000000.{}\n"};

static struct public_key *ours, *other;
static char *headers[MESSAGES];   /* by our key */
static char *strangers[MESSAGES]; /* by another */
static char *singles[MESSAGES];   /* by our key, with the well-known mistake */

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    struct signing_key *key = signing_key_from_seed(1, NULL);
    struct signing_key *stranger = signing_key_from_seed(2, NULL);
    FUZZ_CHECK(key != NULL && stranger != NULL);
    const char *pem = signing_key_public_pem(key);
    ours = public_key_from_pem(pem, strlen(pem), NULL);
    pem = signing_key_public_pem(stranger);
    other = public_key_from_pem(pem, strlen(pem), NULL);
    FUZZ_CHECK(ours != NULL && other != NULL);
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t length = strlen(BODIES[i]);
        headers[i] = signing_key_sign(key, NOW_MS, BODIES[i], length);
        strangers[i] = signing_key_sign(stranger, NOW_MS, BODIES[i], length);
        singles[i] = signing_key_sign_single_hash(key, NOW_MS, BODIES[i], length);
        FUZZ_CHECK(headers[i] != NULL && strangers[i] != NULL && singles[i] != NULL);
    }
    signing_key_free(key);
    signing_key_free(stranger);
    return 0;
}

/* A copy in which some bytes are replaced, put in or left out. */
static char *edited(struct fuzz_input *input, const char *text, size_t *length)
{
    size_t edits = fuzz_byte(input) % (EDIT_BYTES + 1);
    char *copy = malloc(*length + edits + 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, text, *length);
    for (size_t i = 0; i < edits; i++) {
        unsigned char how = fuzz_byte(input);
        size_t at = (size_t)fuzz_byte(input) << 8 | fuzz_byte(input);
        at %= *length + 1;
        if (how % 3 == 0 && at < *length) {
            copy[at] = (char)fuzz_byte(input);
        } else if (how % 3 == 1) {
            memmove(copy + at + 1, copy + at, *length - at);
            copy[at] = (char)fuzz_byte(input);
            ++*length;
        } else if (at < *length) {
            memmove(copy + at, copy + at + 1, *length - at - 1);
            --*length;
        }
    }
    copy[*length] = '\0';
    return copy;
}

/* Whether it is what was signed, whatever stands around it in the header. */
static bool was_signed(const char *header, const char *body, size_t length, const char *const *by)
{
    struct signature signature, wanted;
    if (!signature_parse(header, &signature, NULL))
        return false;
    for (size_t i = 0; i < MESSAGES; i++) {
        FUZZ_CHECK(signature_parse(by[i], &wanted, NULL));
        if (strcmp(signature.t_text, wanted.t_text) == 0 && signature.length == wanted.length &&
            memcmp(signature.bytes, wanted.bytes, wanted.length) == 0 &&
            strlen(BODIES[i]) == length && memcmp(BODIES[i], body, length) == 0)
            return true;
    }
    return false;
}

struct judged {
    enum verdict verdict;
    int key;
    struct error reason;
};

static struct judged judge(const char *header, size_t count, const char *body, size_t length,
                           const struct public_key *const *keys, size_t key_count, int64_t now_ms)
{
    struct judged judged = {.key = -2};
    judged.verdict = signature_verify(header, count, body, length, keys, key_count, now_ms,
                                      SIGNATURE_WINDOW_MS, &judged.key, &judged.reason);
    FUZZ_CHECK(judged.reason.message[0] != '\0');
    FUZZ_CHECK(fuzz_is_harmless(judged.reason.message, strlen(judged.reason.message)));
    FUZZ_CHECK(judged.key >= -1 && judged.key < (int)key_count);
    bool by_a_key = judged.verdict == VERDICT_GENUINE || judged.verdict == VERDICT_STALE ||
                    judged.verdict == VERDICT_FUTURE;
    FUZZ_CHECK((judged.key >= 0) == by_a_key);
    return judged;
}

static enum verdict expected(bool by_a_key, int64_t now_ms)
{
    if (!by_a_key)
        return VERDICT_WRONG_SIGNATURE;
    if (now_ms - NOW_MS > SIGNATURE_WINDOW_MS)
        return VERDICT_STALE;
    return NOW_MS - now_ms > SIGNATURE_WINDOW_MS ? VERDICT_FUTURE : VERDICT_GENUINE;
}

/* `which`: with whose keys. Each costs some RSA. */
static void check(const char *header, const char *body, size_t length, int64_t now_ms, int which)
{
    struct signature signature;
    const struct public_key *both[] = {ours, other};
    bool readable = signature_parse(header, &signature, NULL);
    bool mine = was_signed(header, body, length, (const char *const *)headers);
    bool strange = was_signed(header, body, length, (const char *const *)strangers);

    if (which == 0) {
        struct judged judged = judge(header, 1, body, length, both, 1, now_ms);
        FUZZ_CHECK(judged.verdict == (readable ? expected(mine, now_ms) : VERDICT_BAD_HEADER));
        return;
    }
    struct judged judged = judge(header, 1, body, length, both, 2, now_ms);
    FUZZ_CHECK(judged.verdict ==
               (readable ? expected(mine || strange, now_ms) : VERDICT_BAD_HEADER));
    FUZZ_CHECK(judged.key == (mine ? 0 : strange ? 1 : -1) || !readable);
    FUZZ_CHECK(judge(header, 2, body, length, both, 2, now_ms).verdict == VERDICT_BAD_HEADER);
    FUZZ_CHECK(judge(NULL, 0, body, length, both, 2, now_ms).verdict == VERDICT_NO_HEADER);
    judged = judge(header, 1, body, length, both, 0, now_ms);
    FUZZ_CHECK(judged.verdict == (readable ? VERDICT_NO_KEY : VERDICT_BAD_HEADER));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length);
    unsigned char how = fuzz_byte(&input);
    int which = fuzz_byte(&input) % 4 == 0;
    char *const *by = (how & 3) == 0 ? strangers : (how & 3) == 1 ? singles : headers;
    const char *header = by[how >> 2 & 3];
    const char *body = BODIES[how >> 4 & 3];
    int64_t now_ms = NOW_MS + (int64_t)(int8_t)fuzz_byte(&input) * 10000;
    size_t header_length = strlen(header);
    size_t body_length = strlen(body);
    if (how >> 6 == 3) {
        header = fuzz_string(&input);
        body = fuzz_part(&input, &body_length);
        check(header, body, body_length, now_ms, which);
    } else {
        char *edited_header = edited(&input, header, &header_length);
        char *edited_body = edited(&input, body, &body_length);
        check(edited_header, edited_body, body_length, now_ms, which);
        free(edited_header);
        free(edited_body);
    }
    fuzz_end(&input);
    return 0;
}
