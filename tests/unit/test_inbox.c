#include "tests/unit/inbox_driver.h"

#include "api/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(inbox, .init = house_set_up, .fini = house_tear_down, .timeout = 120);

/* --- genuine ------------------------------------------------------------------ */

Test(inbox, a_row_is_on_disk_when_its_answer_comes)
{
    char *value = signer_sign(&house.signer, NOW_MS, EVENT, strlen(EVENT), false);
    char *line = caller_signature_line(value);
    struct caller *caller = caller_start("POST", "/hooks/one", line, EVENT, strlen(EVENT), true);
    caller_finish(caller);
    cr_expect_eq(caller_status(caller), 200, "%s", caller->answer);
    cr_expect_eq(caller->rows_when_answered, 1);
    cr_expect(caller_answer_has(caller, "Content-Type: application/json"));
    caller_free(caller);

    RUN_UNTIL(house.seen_count == 1);
    cr_expect_eq(house.seen[0].verdict, VERDICT_GENUINE);
    cr_expect_eq(house.seen[0].status, 200);
    cr_expect_geq(house.seen[0].answer_us, 0);
    cr_expect_str_eq(house.seen[0].webhook_id, "wep_1");
    cr_expect_str_eq(house.seen[0].event_id, "wh_1");
    free(line);
    free(value);
}

Test(inbox, what_came_is_stored_exactly)
{
    static const char body[] = "{\"a\":\0\"\xff\"}\r\n\0";
    size_t length = sizeof body - 1;
    char *value = signer_sign(&house.signer, NOW_MS, body, length, false);
    char *lines = NULL;
    cr_assert(asprintf(&lines,
                       "x-TWICE: one\r\nx-webhook-signature: %s\r\nX-Twice: two\r\nX-Empty:\r\n",
                       value) > 0);
    struct caller *caller = caller_start("POST", "/hooks/one?a=%20b", lines, body, length, false);
    cr_expect_eq(caller_finish_status(caller), 200);
    struct delivery got = house_load(house_last_seen()->id);
    cr_assert_eq(got.body_length, length);
    cr_expect_arr_eq(got.body, body, length);
    cr_expect_str_eq(got.target, "/hooks/one?a=%20b");
    cr_expect_str_eq(got.method, "POST");
    cr_expect(strncmp(got.peer, "127.0.0.1:", 10) == 0);
    cr_expect_eq(got.received_ms, NOW_MS);
    const char *names[] = {"Host",    "Connection",          "Content-Length",
                           "x-TWICE", "x-webhook-signature", "X-Twice",
                           "X-Empty"};
    cr_assert_eq(got.headers.count, 7);
    for (size_t i = 0; i < 7; i++)
        cr_expect_str_eq(got.headers.items[i].name, names[i]);
    cr_expect_str_eq(got.headers.items[3].value, "one");
    cr_expect_str_eq(got.headers.items[4].value, value);
    cr_expect_str_eq(got.headers.items[5].value, "two");
    cr_expect_str_eq(got.headers.items[6].value, "");
    delivery_clear(&got);
    free(lines);
    free(value);
}

Test(inbox, a_mebibyte_is_stored_exactly)
{
    char *body = house_noise(MEBIBYTE);
    cr_expect_eq(caller_finish_status(caller_start_genuine("/hooks/one", body, MEBIBYTE)), 200);
    struct delivery got = house_load(house_last_seen()->id);
    cr_assert_eq(got.body_length, (size_t)MEBIBYTE);
    cr_expect(memcmp(got.body, body, MEBIBYTE) == 0);
    delivery_clear(&got);
    free(body);
}

Test(inbox, a_delivery_belongs_to_whose_key_made_it_else_to_its_path)
{
    struct signer other = signer_new();
    struct keyring *keyring = keyring_new();
    cr_assert(keyring_add(keyring, "wep_1", "https://a/hooks/one", other.pem, NULL));
    cr_assert(keyring_add(keyring, "wep_2", "https://a/hooks/one", house.signer.pem, NULL));
    inbox_set_keys(house.inbox, keyring);
    keyring_unref(keyring);

    cr_expect_eq(caller_post_genuine("/hooks/one", "a"), 200);
    cr_expect_str_eq(house_last_seen()->webhook_id, "wep_2");
    cr_expect_eq(caller_post_with("", "b"), 400);
    cr_expect_str_eq(house_last_seen()->webhook_id, "wep_1");
    cr_expect_eq(caller_post_genuine("/elsewhere", "c"), 200);
    cr_expect_str_eq(house_last_seen()->webhook_id, "wep_2");
    cr_expect_eq(caller_finish_status(caller_start("POST", "/elsewhere", "", "d", 1, false)), 400);
    cr_expect_str_eq(house_last_seen()->webhook_id, "");
    signer_free(&other);
}

/* --- not genuine -------------------------------------------------------------- */

/* Without the Date line, which is the only one that may differ. */
static char *comparable(const struct caller *caller)
{
    char *copy = strdup(caller->answer);
    char *date = strcasestr(copy, "\r\nDate:");
    if (date != NULL) {
        char *rest = strstr(date + 2, "\r\n");
        memmove(date, rest, strlen(rest) + 1);
    }
    return copy;
}

static void expect_refusal(char **first, const char *headers, const char *body,
                           enum verdict verdict)
{
    struct caller *caller = caller_start("POST", "/hooks/one", headers, body, strlen(body), true);
    caller_finish(caller);
    size_t expected = house.seen_count;
    cr_expect_eq(caller_status(caller), 400, "%s", caller->answer);
    cr_expect_eq(caller->rows_when_answered, (int64_t)expected, "not on disk");
    cr_expect_eq(house_last_seen()->verdict, verdict, "%s instead of %s",
                 verdict_name(house_last_seen()->verdict), verdict_name(verdict));
    char *answer = comparable(caller);
    caller_free(caller);
    struct delivery got = house_load(house_last_seen()->id);
    cr_expect_eq(got.verdict, verdict);
    cr_expect_eq(got.answer_status, 400);
    cr_expect_str_eq(got.body, body);
    cr_expect(got.reason[0] != '\0');
    delivery_clear(&got);
    if (*first == NULL) {
        *first = answer;
        return;
    }
    cr_expect_str_eq(answer, *first);
    free(answer);
}

static void expect_signed_refusal(char **first, int64_t t_ms, const char *signed_body,
                                  const char *sent_body, bool single, enum verdict verdict)
{
    char *value = signer_sign(&house.signer, t_ms, signed_body, strlen(signed_body), single);
    char *line = caller_signature_line(value);
    expect_refusal(first, line, sent_body, verdict);
    free(line);
    free(value);
}

Test(inbox, every_refusal_is_stored_and_looks_like_every_other)
{
    char *first = NULL;
    expect_refusal(&first, "", "none", VERDICT_NO_HEADER);
    expect_refusal(&first, CONTRACT_SIGNATURE_HEADER ": rubbish\r\n", "bad", VERDICT_BAD_HEADER);
    expect_refusal(&first, CONTRACT_SIGNATURE_HEADER ":\r\n", "empty", VERDICT_BAD_HEADER);
    expect_signed_refusal(&first, NOW_MS, "the body", "The body", false, VERDICT_WRONG_SIGNATURE);
    expect_signed_refusal(&first, NOW_MS, "one hash", "one hash", true, VERDICT_WRONG_SIGNATURE);
    expect_signed_refusal(&first, NOW_MS - SIGNATURE_WINDOW_MS - 1, "old", "old", false,
                          VERDICT_STALE);
    expect_signed_refusal(&first, NOW_MS + SIGNATURE_WINDOW_MS + 1, "early", "early", false,
                          VERDICT_FUTURE);

    struct keyring *none = keyring_new();
    inbox_set_keys(house.inbox, none);
    keyring_unref(none);
    expect_signed_refusal(&first, NOW_MS, "no key", "no key", false, VERDICT_NO_KEY);
    cr_expect(strstr(first, "Content-Length") != NULL);
    free(first);

    struct store *store = store_open(house.path, STORE_READ, NULL);
    struct store_counts counts = {0};
    cr_assert(store != NULL && store_counts(store, &counts, NULL));
    cr_expect_eq(counts.deliveries, 8);
    cr_expect_eq(counts.genuine, 0);
    store_close(store);
}

Test(inbox, a_doubled_signature_header_is_refused_though_both_are_genuine)
{
    char *value = signer_sign(&house.signer, NOW_MS, "x", 1, false);
    char *lines = NULL;
    cr_assert(asprintf(&lines, "X-Webhook-Signature: %s\r\nx-webhook-signature: %s\r\n", value,
                       value) > 0);
    cr_expect_eq(caller_post_with(lines, "x"), 400);
    cr_expect_eq(house_last_seen()->verdict, VERDICT_BAD_HEADER);
    free(lines);
    free(value);
}

/* --- what is no delivery ------------------------------------------------------------------------
 */

Test(inbox, other_methods)
{
    caller_expect_answer("GET", 200,
                         "{\"service\":\"bridgetop\",\"status\":\"ok\",\"stored\":0,\"keys\":1}");
    cr_expect_eq(caller_post_genuine("/hooks/one", "x"), 200);
    caller_expect_answer("GET", 200, "\"stored\":1,");
    caller_expect_answer("HEAD", 200, "Content-Type: application/json");
    caller_expect_answer("PUT", 405, "Allow: GET, HEAD, POST");
    caller_expect_answer("DELETE", 405, "Allow: GET, HEAD, POST");
    caller_expect_answer("OPTIONS", 405, "Allow: GET, HEAD, POST");
    cr_expect_eq(house.seen_count, 1);
}

/* --- keys and endpoints ------------------------------------------------------- */

Test(inbox, keys_survive_a_restart)
{
    struct webhook webhooks[] = {
        {.id = "wep_0", .url = "https://a/zero", .public_key = "no key at all"},
        {.id = "wep_9", .url = "https://a/hooks/one", .public_key = house.signer.pem},
        {.id = "wep_10", .url = "https://a/ten"},
    };
    inbox_remember_webhooks(house.inbox, &(struct webhook_list){.items = webhooks, .count = 3},
                            NULL);
    house_close();
    house_open();
    caller_expect_answer("GET", 200, "\"keys\":1}");
    cr_expect_eq(caller_post_genuine("/hooks/one", "x"), 200);
    cr_expect_str_eq(house_last_seen()->webhook_id, "wep_9");
}

/* A fault on the thread must come to the handler that leaves the terminal whole. */
Test(inbox, its_thread_takes_no_signal_but_those_of_faults)
{
    house_remember("wep_9", "https://a/nine", house.signer.pem);
    house_close();
    sigset_t blocked = house_thread_blocks();
    cr_expect(sigismember(&blocked, SIGTERM) == 1);
    cr_expect(sigismember(&blocked, SIGWINCH) == 1);
    cr_expect(sigismember(&blocked, SIGSEGV) == 0);
    cr_expect(sigismember(&blocked, SIGBUS) == 0);
    house_open();
}

/* --- many at once ------------------------------------------------------------- */

Test(inbox, many_at_once_are_each_stored_once)
{
    enum { ROUNDS = 5, COUNT = 30, ALL = ROUNDS * COUNT };
    struct caller *callers[COUNT];
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < COUNT; i++)
            callers[i] = i % 3 == 0 ? caller_start("POST", "/hooks/one", "", "junk", 4, false)
                                    : caller_start_event(round * COUNT + i);
        for (size_t i = 0; i < COUNT; i++)
            cr_expect_eq(caller_finish_status(callers[i]), i % 3 == 0 ? 400 : 200);
    }
    RUN_UNTIL(house.seen_count == (size_t)ALL);
    cr_expect_eq(house_count_rows(house.path), ALL);
    for (size_t i = 1; i < house.seen_count; i++)
        cr_expect_gt(house.seen[i].id, house.seen[i - 1].id);
}

/* --- one event, many times ------------------------------------------------------ */

/* Sends the same request again and again over one connection, and counts the answers that are
   right. */
struct repeater {
    pthread_t thread;
    uint16_t port;
    const char *request;
    size_t length;
    int times;
    int accepted;
    atomic_bool done;
};

static void *repeat(void *context)
{
    static const char right[] = "HTTP/1.1 200 ";
    static const char end[] = "{\"status\":\"stored\"}\n";
    struct repeater *repeater = context;
    int fd = house_connect(repeater->port);
    for (int i = 0; fd >= 0 && i < repeater->times; i++) {
        char answer[1024] = "";
        size_t length = 0;
        ssize_t got = send(fd, repeater->request, repeater->length, MSG_NOSIGNAL);
        while (got > 0 && strstr(answer, end) == NULL && length < sizeof answer - 1) {
            got = recv(fd, answer + length, sizeof answer - 1 - length, 0);
            length += got > 0 ? (size_t)got : 0;
        }
        repeater->accepted += strncmp(answer, right, strlen(right)) == 0;
    }
    if (fd >= 0)
        close(fd);
    atomic_store(&repeater->done, true);
    return NULL;
}

Test(inbox, ten_thousand_copies_of_one_event_are_one_row_and_each_is_accepted)
{
    enum { CONNECTIONS = 50, TIMES = 200, ALL = CONNECTIONS * TIMES };
    static struct repeater repeaters[CONNECTIONS];
    char *value = signer_sign(&house.signer, NOW_MS, EVENT, strlen(EVENT), false);
    char request[2048];
    int length = snprintf(request, sizeof request,
                          "POST /hooks/one HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                          "X-Webhook-Signature: %s\r\n\r\n%s",
                          strlen(EVENT), value, EVENT);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        repeaters[i] = (struct repeater){.port = listener_port(house.listener),
                                         .request = request,
                                         .length = (size_t)length,
                                         .times = TIMES};
        cr_assert_eq(pthread_create(&repeaters[i].thread, NULL, repeat, &repeaters[i]), 0);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        RUN_UNTIL(atomic_load(&repeaters[i].done));
        pthread_join(repeaters[i].thread, NULL);
        cr_expect_eq(repeaters[i].accepted, TIMES);
    }
    RUN_UNTIL(house.seen_count == (size_t)ALL);
    cr_expect_eq(house_count_rows(house.path), 1);
    for (size_t i = 0; i < house.seen_count; i++) {
        cr_expect_eq(house.seen[i].id, house.seen[0].id);
        cr_expect_eq(house.seen[i].attempts, (int64_t)i + 1);
        cr_expect_str_eq(house.seen[i].event_id, "wh_1");
    }
    struct delivery got = house_load(house.seen[0].id);
    cr_expect_eq(got.attempts, ALL);
    delivery_clear(&got);
    free(value);
}

Test(inbox, a_repeat_is_told_as_its_events_row)
{
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 200);
    cr_expect_eq(caller_post_with("", EVENT), 400); /* it claims to be the same */
    cr_expect_eq(caller_post_genuine("/hooks/one", EVENT), 200);
    RUN_UNTIL(house.seen_count == 3);
    cr_expect_eq(house.seen[0].attempts, 1);
    cr_expect_neq(house.seen[1].id, house.seen[0].id);
    cr_expect_eq(house.seen[1].attempts, 1);
    cr_expect_eq(house.seen[2].id, house.seen[0].id);
    cr_expect_eq(house.seen[2].attempts, 2);
    cr_expect_eq(house.seen[2].verdict, VERDICT_GENUINE);
    cr_expect_eq(house.seen[2].status, 200);
    cr_expect_str_eq(house.seen[0].newest_webhook_id, "");
    house_set_key("wep_2", "https://a/hooks/two");
    cr_expect_eq(caller_post_genuine("/hooks/two", EVENT), 200);
    RUN_UNTIL(house.seen_count == 4);
    cr_expect_str_eq(house.seen[3].webhook_id, house.seen[0].webhook_id, "whom the row is of");
    cr_expect_str_eq(house.seen[3].newest_webhook_id, "wep_2", "and for whom it came now");
}
