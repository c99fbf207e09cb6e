#include "tui/listen_lines.h"

#include "api/contract.h"
#include "api/doctor_store.h"
#include "api/export.h"
#include "api/json_write.h"
#include "tui/rows.h"
#include "tui/text.h"

#include <inttypes.h>
#include <string.h>

static void json_text(struct buffer *to, const char *name, const char *value)
{
    buffer_printf(to, ",\"%s\":", name);
    json_write_string(to, value);
}

/* `whole`: more is known of the attempt than how it was answered. */
static void json_repeat(struct buffer *to, const struct inbox_answer *answer,
                        const struct delivery *delivery, bool whole)
{
    char time[CONTRACT_TIME_SIZE];
    contract_time_format(delivery->received_ms, time);
    buffer_printf(to, "{\"kind\":\"repeat\",\"id\":%" PRId64, delivery->id);
    json_text(to, "event_id", delivery->event_id);
    json_text(to, "received_at", whole ? time : NULL);
    json_text(to, "endpoint", whole ? delivery->webhook_id : NULL);
    json_text(to, "peer", whole ? delivery->peer : NULL);
    json_text(to, "target", whole ? delivery->target : NULL);
    buffer_printf(to, ",\"attempts\":%" PRId64 ",\"answer_status\":%d,\"answer_ms\":%.3f%s}\n",
                  answer->attempt, answer->status, (double)answer->answer_us / 1000.0,
                  answer->on_demand ? ",\"answer_on_demand\":true" : "");
}

static void gated(struct buffer *to, const char *before, const char *value, bool ascii)
{
    char glyphs[512];
    if (value == NULL || value[0] == '\0')
        return;
    (void)text_gate_string(glyphs, sizeof glyphs, value, strlen(value), ascii);
    buffer_printf(to, "%s%s", before, glyphs);
}

static void plain_line(struct buffer *to, const struct inbox_answer *answer,
                       const struct delivery *delivery, bool ascii)
{
    char time[CONTRACT_TIME_SIZE];
    char size[24];
    char after[24];
    contract_time_format(delivery->received_ms, time);
    rows_format_size(size, sizeof size, delivery->body_length);
    rows_format_duration(after, sizeof after, answer->answer_us);
    buffer_printf(to, "%s %s", time, verdict_name(delivery->verdict));
    gated(to, " ", delivery->event_type, ascii);
    gated(to, " ", delivery->object_status, ascii);
    gated(to, " ", delivery->event_id, ascii);
    gated(to, " ", delivery->target, ascii);
    gated(to, " from ", delivery->peer, ascii);
    buffer_printf(to, " (%s, %d%s in %s)", size, answer->status,
                  answer->on_demand ? " on demand" : "", after);
    if (answer->attempt > 1)
        buffer_printf(to, " attempt %" PRId64, answer->attempt);
    if (delivery->verdict != VERDICT_GENUINE)
        gated(to, ": ", delivery->reason, ascii);
    buffer_append_string(to, "\n");
}

void listen_lines_left_out(const struct listen_lines *lines, struct buffer *to, uint64_t count)
{
    if (lines->json)
        buffer_printf(to, "{\"kind\":\"left_out\",\"count\":%" PRIu64 "}\n", count);
    else
        buffer_printf(to, "%" PRIu64 " line%s left out: nobody read them in time\n", count,
                      count == 1 ? "" : "s");
}

/* --- the store ------------------------------------------------------------------------------- */

static bool open_store(struct listen_lines *lines)
{
    if (lines->store == NULL)
        lines->store = store_open(lines->store_path, STORE_READ, NULL);
    return lines->store != NULL;
}

void listen_lines_close(struct listen_lines *lines)
{
    store_close(lines->store);
    lines->store = NULL;
}

static void swap(char **a, char **b)
{
    char *kept = *a;
    *a = *b;
    *b = kept;
}

/* What is told of a repeat is its event's row, which says when the first attempt came, from where
   and for whom. False where that of this one is not kept any more. */
static bool become_attempt(struct listen_lines *lines, struct delivery *delivery, int64_t number)
{
    if (!open_store(lines) || !store_load_attempt(lines->store, delivery, number, NULL)) {
        listen_lines_close(lines); /* it may have been set aside: the next look opens it anew */
        return false;
    }
    struct attempt *attempt = delivery->repeats.items;
    if (delivery->repeats.count == 0 || attempt->number != number)
        return false;
    delivery->received_ms = attempt->received_ms;
    swap(&delivery->peer, &attempt->peer);
    swap(&delivery->target, &attempt->target);
    swap(&delivery->webhook_id, &attempt->webhook_id);
    if (attempt->body_length >= 0)
        delivery->body_length = (size_t)attempt->body_length;
    return true;
}

/* --- why it is not genuine ------------------------------------------------------------------- */

/* Junk in a flood is not worth a doctor's time for each of it. */
static bool may_diagnose(struct listen_lines *lines, int64_t steady_ms)
{
    if (steady_ms < lines->next_diagnosis_ms)
        return false;
    lines->next_diagnosis_ms = steady_ms + LISTEN_DIAGNOSIS_PAUSE_MS;
    return true;
}

static void write_finding(struct buffer *to, const struct doctor_finding *finding)
{
    buffer_printf(to, "{\"kind\":\"%s\",\"shown\":%s,\"what\":", doctor_kind_name(finding->kind),
                  finding->shown ? "true" : "false");
    json_write_string(to, finding->what);
    buffer_append_string(to, ",\"remedy\":");
    json_write_string(to, finding->remedy);
    buffer_append_string(to, "}");
}

/* The store may have been set aside: the next look opens it anew. */
static bool examine(struct listen_lines *lines, const struct delivery *delivery,
                    struct doctor_report *report)
{
    bool examined =
        open_store(lines) &&
        doctor_examine_stored(lines->store, delivery, lines->key_files, lines->key_file_count,
                              lines->clock_known ? &lines->clock_ahead_ms : NULL, report, NULL);
    if (!examined)
        listen_lines_close(lines);
    return examined;
}

/* Into the event's line, which ends in "}\n" and has been written. */
static void add_diagnosis(struct listen_lines *lines, struct buffer *to,
                          const struct delivery *delivery, int64_t steady_ms)
{
    static const char END[] = "}\n";
    struct doctor_report report;
    if (delivery->verdict == VERDICT_GENUINE || !may_diagnose(lines, steady_ms) ||
        !examine(lines, delivery, &report))
        return;
    buffer_cut(to, to->length - (sizeof END - 1));
    buffer_append_string(to, ",\"diagnosis\":[");
    for (size_t i = 0; i < report.count; i++) {
        if (i > 0)
            buffer_append_string(to, ",");
        write_finding(to, &report.findings[i]);
    }
    buffer_append_string(to, "]");
    buffer_append_string(to, END);
}

/* --- all of it ------------------------------------------------------------------------------- */

bool listen_lines_want_payload(const struct listen_lines *lines, const struct inbox_answer *answer)
{
    return lines->json && answer->attempt <= 1;
}

/* A line without headers and body. */
static bool add_short(struct listen_lines *lines, struct buffer *to,
                      const struct delivery *delivery, const struct inbox_answer *answer,
                      bool whole)
{
    struct delivery shown = *delivery, hidden = {0};
    shown.headers = (struct header_list){0};
    shown.body = NULL;
    if (lines->masked && !export_masked_copy(&hidden, &shown))
        return false;
    const struct delivery *from = lines->masked ? &hidden : delivery;
    if (lines->json)
        json_repeat(to, answer, from, whole);
    else
        plain_line(to, answer, from, lines->ascii);
    delivery_clear(&hidden);
    return true;
}

bool listen_lines_delivery(struct listen_lines *lines, struct buffer *to, struct delivery *delivery,
                           const struct inbox_answer *answer, int64_t steady_ms)
{
    size_t before = to->length;
    bool again = answer->attempt > 1, whole = true, made;
    if (again) {
        whole = become_attempt(lines, delivery, answer->attempt);
    } else { /* what the file says of it may be written later */
        delivery->answer_us = answer->answer_us;
        delivery->answer_status = answer->status;
        delivery->on_demand = answer->on_demand;
    }
    if (again || !lines->json)
        made = add_short(lines, to, delivery, answer, whole);
    else
        made = export_line(to, delivery, "event", lines->masked);
    if (made && lines->json && !again)
        add_diagnosis(lines, to, delivery, steady_ms);
    made = made && !to->failed;
    if (!made)
        buffer_cut(to, before);
    return made;
}

bool listen_lines_row(struct listen_lines *lines, struct buffer *to, int64_t id,
                      const struct inbox_answer *answer, int64_t steady_ms)
{
    struct delivery delivery = {0};
    if (!open_store(lines) || !store_load_delivery(lines->store, id, &delivery, NULL)) {
        listen_lines_close(lines);
        return false;
    }
    bool made = listen_lines_delivery(lines, to, &delivery, answer, steady_ms);
    delivery_clear(&delivery);
    return made;
}
