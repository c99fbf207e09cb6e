/* What listen prints of a delivery that was handed on. */
#include "tui/listen_forward.h"

#include <criterion/criterion.h>

#define NOW_MS INT64_C(1714672099465)

static struct forward_try attempt = {.at_ms = NOW_MS,
                                     .number = 1,
                                     .took_us = 3500,
                                     .status = 200,
                                     .answer = "{\"email\":\"ada@example.com\"}",
                                     .answer_length = 27};
static struct forward_report report = {.forward_id = 9,
                                       .delivery_id = 7,
                                       .delivery_attempt = 1,
                                       .state = FORWARD_DONE,
                                       .attempt = &attempt};

static void expect_text(const char *expected)
{
    struct buffer text;
    buffer_init(&text, 4096);
    listen_forward_text(&text, &report, "127.0.0.1:3000", NOW_MS, false);
    cr_expect_str_eq(text.data, expected);
    buffer_clear(&text);
}

static void expect_json(const char *expected)
{
    struct buffer text;
    buffer_init(&text, 4096);
    listen_forward_json(&text, &report, "127.0.0.1:3000", true);
    cr_expect_str_eq(text.data, expected);
    buffer_clear(&text);
}

Test(listen_forward, what_was_taken)
{
    expect_text("2024-05-02T17:48:19.465Z forward 7 to 127.0.0.1:3000: 200 in 3.5 ms");
    expect_json(",\"id\":7,\"attempt\":1,\"what\":\"arrival\",\"to\":\"127.0.0.1:3000\",\"try\":1,"
                "\"status\":200,\"error\":null,\"answer\":\"{\\\"email\\\":\\\"***\\\"}\","
                "\"ms\":3.500,\"state\":\"done\"");
}

Test(listen_forward, what_is_tried_again)
{
    attempt = (struct forward_try){.at_ms = NOW_MS, .number = 3, .took_us = 900, .status = 503};
    report.state = FORWARD_WAITING;
    report.next_ms = NOW_MS + 3100;
    expect_text("2024-05-02T17:48:19.465Z forward 7 to 127.0.0.1:3000: 503 in 0.90 ms, try 3, "
                "again in 4 s");
}

Test(listen_forward, what_is_given_up_and_why)
{
    attempt = (struct forward_try){.at_ms = NOW_MS, .number = 20, .error = "cannot reach\x1b[2J"};
    report.state = FORWARD_GIVEN_UP;
    report.kind = FORWARD_RESIGNED;
    expect_text("2024-05-02T17:48:19.465Z forward 7 to 127.0.0.1:3000 (resigned): "
                "cannot reach^[[2J, try 20, given up");
    expect_json(
        ",\"id\":7,\"attempt\":1,\"what\":\"resigned\",\"to\":\"127.0.0.1:3000\",\"try\":20"
        ",\"status\":null,\"error\":\"cannot reach\\u001b[2J\",\"answer\":\"\",\"ms\":0.000,"
        "\"state\":\"given_up\"");
}
