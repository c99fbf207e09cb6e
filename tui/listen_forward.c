#include "tui/listen_forward.h"

#include "api/contract.h"
#include "api/json_write.h"
#include "api/redact.h"
#include "tui/rows.h"
#include "tui/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(enum forward_kind kind)
{
    return kind == FORWARD_REPLAY ? "replay" : kind == FORWARD_RESIGNED ? "resigned" : "arrival";
}

static const char *state_name(enum forward_state state)
{
    return state == FORWARD_DONE ? "done" : state == FORWARD_GIVEN_UP ? "given_up" : "waiting";
}

void listen_forward_text(struct buffer *text, const struct forward_report *report, const char *name,
                         int64_t now_ms, bool ascii)
{
    const struct forward_try *attempt = report->attempt;
    char at[CONTRACT_TIME_SIZE];
    char took[24];
    char why[ERROR_MAX];
    contract_time_format(attempt->at_ms, at);
    rows_format_duration(took, sizeof took, attempt->took_us);
    buffer_printf(text, "%s forward %" PRId64 " to %s", at, report->delivery_id, name);
    if (report->kind != FORWARD_ARRIVAL)
        buffer_printf(text, " (%s)", kind_name(report->kind));
    if (attempt->status != 0) {
        buffer_printf(text, ": %d in %s", attempt->status, took);
    } else {
        const char *error = attempt->error != NULL ? attempt->error : "no answer";
        (void)text_gate_string(why, sizeof why, error, strlen(error), ascii);
        buffer_printf(text, ": %s", why);
    }
    if (attempt->number > 1)
        buffer_printf(text, ", try %" PRId64, attempt->number);
    if (report->state == FORWARD_GIVEN_UP)
        buffer_append_string(text, ", given up");
    else if (report->state == FORWARD_WAITING && report->next_ms > now_ms)
        buffer_printf(text, ", again in %" PRId64 " s", (report->next_ms - now_ms + 999) / 1000);
}

/* The beginning of it; what is not text is cut at the first byte that is not. */
static void json_answer(struct buffer *text, const struct forward_try *attempt, bool masked)
{
    char *hidden = NULL;
    const char *answer = attempt->answer != NULL ? attempt->answer : "";
    if (masked)
        hidden = redact_copy(answer, attempt->answer_length, REDACT_JSON_OR_TEXT, NULL, NULL);
    buffer_append_string(text, ",\"answer\":");
    json_write_string(text, !masked ? answer : hidden != NULL ? hidden : REDACT_MASK);
    free(hidden);
}

void listen_forward_json(struct buffer *text, const struct forward_report *report, const char *name,
                         bool masked)
{
    const struct forward_try *attempt = report->attempt;
    buffer_printf(text, ",\"id\":%" PRId64 ",\"attempt\":%" PRId64 ",\"what\":\"%s\",\"to\":",
                  report->delivery_id, report->delivery_attempt, kind_name(report->kind));
    json_write_string(text, name);
    buffer_printf(text, ",\"try\":%" PRId64 ",\"status\":", attempt->number);
    if (attempt->status != 0)
        buffer_printf(text, "%d", attempt->status);
    else
        buffer_append_string(text, "null");
    buffer_append_string(text, ",\"error\":");
    json_write_string(text, attempt->error);
    json_answer(text, attempt, masked);
    buffer_printf(text, ",\"ms\":%.3f,\"state\":\"%s\"", (double)attempt->took_us / 1000.0,
                  state_name(report->state));
}
