/* From a delivery's socket to its row on the screen: what is answered, what is shown, what stays.
   The tests' own sender signs some deliveries, right or wrong; the sandbox sends the others. */
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_FILE "key.pem"

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
    sender = NULL;
}

TestSuite(deliveries, .fini = tear_down, .timeout = 100);

/* A dashboard without an API key, which verifies with the sender's key. */
static void start_listening(int width, int height)
{
    static const char *const PUBLIC_KEY[] = {"--public-key", KEY_FILE, NULL};
    struct error error;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){
                                .listening_only = true, .width = width, .height = height});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, KEY_FILE, pem, strlen(pem), &error));
    session_open_away(&session, PUBLIC_KEY);
    cr_assert(session_shows(&session, "LISTENING ONLY"));
}

/* Sends it, and returns what was answered; the caller clears it. */
static struct http_answer deliver(enum sender_way way, const char *path, const char *body)
{
    struct http_answer answer;
    struct error error;
    cr_assert(sender_deliver(sender, way, session.port, path, body, &answer, &error), "%s",
              error.message);
    return answer;
}

/* --- answers and rows ------------------------------------------------------ */

#define EVENT                                                                                      \
    "{\"api_version\":\"v0\",\"event_id\":\"wh_sent\",\"event_category\":\"transfer\","            \
    "\"event_type\":\"transfer.created\",\"event_object_id\":\"tr_1\","                            \
    "\"event_object_status\":\"awaiting_funds\",\"event_object\":{\"id\":\"tr_1\"}}"

static const struct {
    enum sender_way way;
    int status;
    const char *path;
    const char *word;
} WAYS[] = {
    {SENDER_GENUINE, 200, "/is/genuine", "✓ verified"},
    {SENDER_TAMPERED, 400, "/is/tampered", "✗ not genuine"},
    {SENDER_SINGLE_HASH, 400, "/is/single-hashed", "✗ not genuine"},
    {SENDER_WRONG_KEY, 400, "/is/wrong-key", "✗ not genuine"},
    {SENDER_STALE, 400, "/is/expired", "✗ stale"},
    {SENDER_FUTURE, 400, "/is/ahead", "✗ future"},
    {SENDER_NO_HEADER, 400, "/is/without", "✗ no signature"},
    {SENDER_BAD_HEADER, 400, "/is/not-base64", "✗ malformed"},
    {SENDER_TWO_HEADERS, 400, "/is/twice", "✗ malformed"},
};

enum { WAY_COUNT = sizeof WAYS / sizeof WAYS[0] };

/* Any two refusals look the same from outside. */
static void expect_same_refusal(char **refusal, const struct http_answer *answer)
{
    if (*refusal == NULL)
        *refusal = strdup(answer->body);
    cr_expect_str_eq(answer->body, *refusal);
    cJSON *json = cJSON_Parse(answer->body);
    cr_expect(cJSON_IsObject(json), "%s", answer->body);
    cJSON_Delete(json);
}

Test(deliveries, each_gets_its_answer_and_its_row)
{
    char *refusal = NULL;
    start_listening(120, 60);
    for (size_t i = 0; i < WAY_COUNT; i++) {
        struct http_answer answer = deliver(WAYS[i].way, WAYS[i].path, EVENT);
        cr_expect_eq(answer.status, WAYS[i].status, "%s: %d", WAYS[i].path, answer.status);
        if (WAYS[i].status != 200)
            expect_same_refusal(&refusal, &answer);
        http_answer_clear(&answer);
        cr_expect(session_shows_row(&session, WAYS[i].path, WAYS[i].word));
    }
    free(refusal);
    cr_expect(session_shows(&session, "9 arrived, 8 refused"));
    cr_expect_eq(screen_row_with(session.screen, "✓", NULL),
                 screen_row_with(session.screen, "/is/genuine", NULL), "one is verified");

    /* What is not genuine stays so after a restart. */
    static const char *const PUBLIC_KEY[] = {"--public-key", KEY_FILE, NULL};
    session_quit(&session);
    session_open_away(&session, PUBLIC_KEY);
    for (size_t i = 0; i < WAY_COUNT; i++)
        cr_expect(session_shows_row(&session, WAYS[i].path, WAYS[i].word));
    cr_expect(session_shows(&session, "9 arrived, 8 refused"));
}

Test(deliveries, a_get_answers_health)
{
    char url[64];
    struct http_answer answer;
    struct error error;
    start_listening(0, 0);
    answer = deliver(SENDER_GENUINE, "/", EVENT);
    http_answer_clear(&answer);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/any/path", (unsigned)session.port);
    cr_assert(http_ask(&(struct http_request){.method = "GET", .url = url}, &answer, &error), "%s",
              error.message);
    cr_expect_eq(answer.status, 200);
    cJSON *json = cJSON_Parse(answer.body);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "service")), "bridgetop");
    cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(json, "stored")), 1);
    cJSON_Delete(json);
    http_answer_clear(&answer);
    cr_expect(session_shows(&session, "1 arrived, 0 refused"), "a question is no delivery");
}

/* --- the inspector ------------------------------------------------------- */

/* Numbers, blanks and escapes that a parser would print in another way. */
#define ODD_EVENT                                                                                  \
    "{ \"event_id\":\"wh_odd\",  \"event_type\" : \"transfer.updated\",\r\n"                       \
    "\t\"n\":12345678901234567890, \"amount\":1.50, \"e\":1E+2,\n"                                 \
    "  \"text\":\"caf\\u00e9 \xC3\xA9 \xE4\xB8\xAD\", \"n\":2 }  \n"

/* The bytes of one line of a hexadecimal dump ("000010  7b 22 …  |{"…|"); 0 for any other. */
static size_t read_hex_line(const char *row, unsigned char bytes[16])
{
    const char *at = row + strcspn(row, "0123456789abcdef");
    size_t digits = strspn(at, "0123456789abcdef");
    if (digits < 6 || strncmp(at + digits, "  ", 2) != 0)
        return 0;
    size_t count = 0;
    at += digits;
    while (count < 16) {
        at += strspn(at, " ");
        if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) || at[2] != ' ')
            break;
        bytes[count++] = (unsigned char)strtoul(at, NULL, 16);
        at += 2;
    }
    return count;
}

static size_t read_hex(unsigned char *bytes, size_t size)
{
    int height;
    size_t length = 0;
    screen_size(session.screen, NULL, &height);
    for (int y = 0; y < height && length + 16 <= size; y++)
        length += read_hex_line(screen_row(session.screen, y), bytes + length);
    return length;
}

Test(deliveries, the_inspector_shows_headers_payload_and_exact_bytes)
{
    unsigned char bytes[1024];
    start_listening(120, 90);
    struct http_answer answer = deliver(SENDER_GENUINE, "/odd?a=b", ODD_EVENT);
    cr_expect_eq(answer.status, 200);
    http_answer_clear(&answer);
    cr_assert(session_shows_row(&session, "/odd?a=b", "✓ verified"));
    cr_assert(screen_keys(session.screen, "4"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "─ Arrived: wh_odd"));
    cr_expect(session_shows_row(&session, "verdict", "✓ verified"));
    cr_expect(session_shows_row(&session, "request", "POST /odd?a=b"));
    cr_expect(session_shows_row(&session, "answered", "200 after"));
    cr_expect(session_shows_row(&session, "Host", "127.0.0.1:"));
    cr_expect(session_shows_row(&session, "Content-Type", "application/json"));
    cr_expect(session_shows_row(&session, "signature", "t="));
    cr_expect(session_shows(&session, "\"n\": 12345678901234567890"), "all digits");
    cr_expect(session_shows(&session, "\"amount\": 1.50"));
    cr_expect(session_shows(&session, "\"e\": 1E+2"));
    cr_expect(session_shows(&session, "\"n\": 2"), "the second of two of one name");

    cr_assert(screen_keys(session.screen, "G"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "|{ \"event_id\":\"wh|"));
    cr_assert(session_shows(&session, ":2 }  .|"), "the last line");
    size_t length = read_hex(bytes, sizeof bytes);
    cr_assert_eq(length, strlen(ODD_EVENT), "%zu bytes", length);
    cr_expect_eq(memcmp(bytes, ODD_EVENT, length), 0);
    cr_expect(session_press_hides(&session, SCREEN_ENTER, "|{ \"event_id\":\"wh|"));
}

/* Escaped as JSON wants it, so that fields hold it once they are read; and as bare bytes. */
#define HOSTILE_EVENT                                                                              \
    "{\"event_id\":\"wh_evil\",\"event_type\":\"\\u001b]0;owned\\u0007\xE2\x80\xAEpressword\","    \
    "\"event_object_status\":\"\\u001b[2Jgone\"}"
#define HOSTILE_BYTES                                                                              \
    "\x1b[2J\x1b]0;owned\x07\xE2\x80\xAE\xC2\x9B"                                                  \
    "31m not JSON \xFF\r\n\b"

Test(deliveries, hostile_text_does_not_reach_the_terminal)
{
    start_listening(160, 60);
    struct http_answer answer = deliver(SENDER_GENUINE, "/hostile/event", HOSTILE_EVENT);
    cr_expect_eq(answer.status, 200);
    http_answer_clear(&answer);
    answer = deliver(SENDER_NO_HEADER, "/hostile/bytes", HOSTILE_BYTES);
    cr_expect_eq(answer.status, 400);
    http_answer_clear(&answer);
    cr_assert(session_shows_row(&session, "/hostile/bytes", "✗ no signature"));
    cr_expect(session_shows_row(&session, "/hostile/event", "^[]0;owned^G<U+202E>"));

    cr_assert(screen_keys(session.screen, "4"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "─ Arrived: a request without"));
    cr_expect(session_shows(&session, "^[[2J^[]0;owned^G<U+202E><U+009B>31m not JSON"));
    cr_assert(session_keys_hide(&session, "q", "─ Arrived: "));
    cr_assert(screen_keys(session.screen, "k"));
    cr_assert(session_press_shows(&session, SCREEN_ENTER, "─ Arrived: wh_evil"));
    cr_expect(session_shows_row(&session, "object status", "^[[2Jgone"));

    cr_expect_not(screen_sent(session.screen, "\x1b]0;owned"));
    cr_expect_not(screen_sent(session.screen, "\xE2\x80\xAE"));
    cr_expect_not(screen_sent(session.screen, "\xC2\x9B"));
    cr_expect_str_eq(screen_title(session.screen), "");
}

/* --- with the sandbox ------------------------------------------------------- */

Test(deliveries, keys_of_the_store_verify_after_a_restart_while_the_api_is_away)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1], dead[64], known[16];
    struct error error;
    uint16_t nobody;
    int held = http_reserve_port(&nobody, &error); /* nobody listens there */
    cr_assert(held >= 0, "%s", error.message);
    session_begin(&session, (struct session_options){0});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "● active", id));
    session_quit(&session);

    (void)snprintf(dead, sizeof dead, "http://127.0.0.1:%u/v0", (unsigned)nobody);
    const char *const more[] = {"--api-url", dead, NULL};
    session_open_away(&session, more);
    cr_assert(session_shows_row(&session, "API fails", "cannot reach"));
    session_event(&session, "transfer", event);
    cr_expect(session_shows_row(&session, "✓ verified", "transfer.created"));
    (void)snprintf(known, sizeof known, "%s /here", id + strlen(id) - 4);
    cr_expect(session_shows_row(&session, "✓ verified", known), "its endpoint is known");
    cr_expect(screen_has(session.screen, "API fails"));
    session_quit(&session);

    /* And what arrived is there the next time. */
    session_open(&session, NULL);
    cr_expect(session_shows_row(&session, "✓ verified", "transfer.created"));
}

Test(deliveries, e_lets_the_queue_arrive_in_order)
{
    static const char *const CATEGORIES[] = {"transfer", "customer", "card_account", "kyc_link",
                                             "external_account"};
    enum { COUNT = sizeof CATEGORIES / sizeof CATEGORIES[0] };
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.width = 105, .height = 24});
    session_endpoint(&session, "/here", false, id);
    for (size_t i = 0; i < COUNT; i++)
        session_event(&session, CATEGORIES[i], event);
    session_open(&session, NULL);
    cr_assert(session_shows(&session, "○ disabled"));
    cr_assert(session_shows(&session, "2 Upcoming 5"));
    cr_assert(session_shows(&session, "0 arrived"));
    cr_assert(session_keys_show(&session, "e", "Enable endpoint"));
    cr_assert(session_keys_show(&session, "y", "is active: Bridge delivers to it"));
    cr_assert(session_keys_show(&session, "4", "┌─ 4 Live"));
    cr_assert(session_shows(&session, "5 arrived, 0 refused"));
    for (size_t i = 0; i < COUNT; i++) {
        char type[64];
        (void)snprintf(type, sizeof type, " %s", CATEGORIES[i]);
        cr_expect(session_shows_row(&session, type, "✓ verified"));
        cr_expect_eq(screen_row_with(session.screen, type, NULL),
                     screen_row_with(session.screen, " transfer", NULL) + (int)i, "%s", type);
    }
    cr_expect(session_keys_show(&session, "2", "No events wait"));
    cr_expect(session_shows(&session, "3 Deliveries 5"));
}

Test(deliveries, what_the_sandbox_signs_wrongly_is_refused_and_comes_again)
{
    char id[CONTRACT_ID_MAX + 1], event[CONTRACT_ID_MAX + 1];
    session_begin(&session, (struct session_options){.width = 160, .height = 50});
    session_endpoint(&session, "/here", true, id);
    session_open(&session, NULL);
    cr_assert(session_shows_row(&session, "● active", id));
    cr_assert(screen_keys(session.screen, "4"));
    cr_assert(sandbox_client_sign_with(session.sandbox, id, "single_hash"));
    session_event(&session, "transfer", event);
    cr_expect(session_shows_row(&session, "✗ not genuine", "transfer.created"));
    cr_expect(session_shows_row(&session, " 400 ", "delivery refused"), "as Bridge logs it");
    cr_assert(sandbox_client_sign_with(session.sandbox, id, "official"));
    cr_expect(session_shows_row(&session, "✓ verified", "transfer.created"), "the retry");
}
