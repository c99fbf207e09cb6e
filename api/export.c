#include "api/export.h"

#include "api/buffer.h"
#include "api/contract.h"
#include "api/curl.h"
#include "api/har.h"
#include "api/json_write.h"
#include "api/redact.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A body of 1 MiB whose every byte takes six, and its headers. */
enum { EXPORT_EVENT_MAX = 16 * 1024 * 1024 };

static const struct {
    const char *name, *title, *ending;
} FORMATS[EXPORT_FORMATS] = {
    [EXPORT_RAW] = {"raw", "raw body", ".json"},
    [EXPORT_JSONL] = {"jsonl", "JSON lines", ".jsonl"},
    [EXPORT_HAR] = {"har", "HAR 1.2", ".har"},
    [EXPORT_CURL] = {"curl", "curl script", ".sh"},
};

const char *export_format_name(enum export_format format)
{
    return FORMATS[format].name;
}

const char *export_format_title(enum export_format format)
{
    return FORMATS[format].title;
}

const char *export_format_ending(enum export_format format)
{
    return FORMATS[format].ending;
}

bool export_format_by_name(const char *name, size_t length, enum export_format *format)
{
    for (size_t i = 0; i < EXPORT_FORMATS; i++) {
        if (strlen(FORMATS[i].name) != length || memcmp(FORMATS[i].name, name, length) != 0)
            continue;
        *format = (enum export_format)i;
        return true;
    }
    return false;
}

/* --- masking ------------------------------------------------------------------ */

static bool mask_text(char **text)
{
    if (*text == NULL)
        return true;
    size_t length;
    char *masked = redact_copy(*text, strlen(*text), REDACT_PLAIN_TEXT, &length, NULL);
    free(*text);
    *text = masked;
    return masked != NULL;
}

static bool mask_headers(struct delivery *to, const struct delivery *from)
{
    for (size_t i = 0; i < from->headers.count; i++) {
        const struct header *header = &from->headers.items[i];
        char *value = redact_header_value(header->name, header->value);
        bool added = value != NULL && header_list_add(&to->headers, header->name, value);
        free(value);
        if (!added)
            return false;
    }
    return true;
}

static bool mask(struct delivery *to, const struct delivery *from)
{
    char *target = to->target != NULL ? redact_target(to->target) : NULL;
    if (to->target != NULL && target == NULL)
        return false;
    free(to->target);
    to->target = target;
    if (from->body != NULL) {
        to->body =
            redact_copy(from->body, from->body_length, REDACT_JSON_OR_TEXT, &to->body_length, NULL);
        if (to->body == NULL)
            return false;
    }
    return mask_text(&to->reason) && mask_text(&to->event_id) && mask_text(&to->event_type) &&
           mask_text(&to->object_id) && mask_text(&to->object_status) && mask_headers(to, from);
}

bool export_masked_copy(struct delivery *to, const struct delivery *from)
{
    if (!delivery_copy_summary(to, from))
        return false;
    if (mask(to, from))
        return true;
    delivery_clear(to);
    return false;
}

/* --- JSON lines --------------------------------------------------------------- */

static void field(struct buffer *to, const char *name, const char *value)
{
    buffer_printf(to, ",\"%s\":", name);
    json_write_string(to, value);
}

static void write_headers(struct buffer *to, const struct header_list *headers)
{
    buffer_append_string(to, ",\"headers\":[");
    for (size_t i = 0; i < headers->count; i++) {
        buffer_append_string(to, i > 0 ? ",[" : "[");
        json_write_string(to, headers->items[i].name);
        buffer_append_string(to, ",");
        json_write_string(to, headers->items[i].value);
        buffer_append_string(to, "]");
    }
    buffer_append_string(to, "]");
}

static void write_answer(struct buffer *to, int status, int64_t answer_us, bool on_demand)
{
    buffer_printf(to, ",\"answer_status\":%d,\"answer_ms\":", status);
    if (answer_us >= 0)
        buffer_printf(to, "%.3f", (double)answer_us / 1000.0);
    else
        buffer_append_string(to, "null");
    if (on_demand)
        buffer_append_string(to, ",\"answer_on_demand\":true");
}

static void write_repeats(struct buffer *to, const struct attempt_list *repeats)
{
    buffer_append_string(to, ",\"repeats\":[");
    for (size_t i = 0; i < repeats->count; i++) {
        const struct attempt *attempt = &repeats->items[i];
        char time[CONTRACT_TIME_SIZE];
        contract_time_format(attempt->received_ms, time);
        buffer_printf(to, "%s{\"number\":%" PRId64 ",\"received_at\":\"%s\"", i > 0 ? "," : "",
                      attempt->number, time);
        field(to, "endpoint", attempt->webhook_id);
        field(to, "peer", attempt->peer);
        field(to, "target", attempt->target);
        field(to, "signature", attempt->signature);
        write_answer(to, attempt->answer_status, attempt->answer_us, attempt->on_demand);
        buffer_append_string(to, "}");
    }
    buffer_append_string(to, "]");
}

static void write_line(struct buffer *to, const struct delivery *delivery, const char *kind,
                       bool masked)
{
    char time[CONTRACT_TIME_SIZE];
    contract_time_format(delivery->received_ms, time);
    buffer_append_string(to, "{");
    if (kind != NULL)
        buffer_printf(to, "\"kind\":\"%s\",", kind);
    buffer_printf(to, "\"id\":%" PRId64 ",\"received_at\":\"%s\"", delivery->id, time);
    field(to, "verdict", verdict_name(delivery->verdict));
    field(to, "reason", delivery->reason);
    field(to, "endpoint", delivery->webhook_id);
    field(to, "peer", delivery->peer);
    field(to, "method", delivery->method);
    field(to, "target", delivery->target);
    write_headers(to, &delivery->headers);
    write_answer(to, delivery->answer_status, delivery->answer_us, delivery->on_demand);
    field(to, "event_id", delivery->event_id);
    field(to, "event_type", delivery->event_type);
    field(to, "object_id", delivery->object_id);
    field(to, "object_status", delivery->object_status);
    if (delivery->sequence >= 0)
        buffer_printf(to, ",\"sequence\":%" PRId64, delivery->sequence);
    else
        buffer_append_string(to, ",\"sequence\":null");
    buffer_printf(to, ",\"attempts\":%" PRId64, delivery->attempts > 0 ? delivery->attempts : 1);
    if (delivery->repeats.count > 0)
        write_repeats(to, &delivery->repeats);
    if (masked)
        buffer_append_string(to, ",\"masked\":true");
    const char *body = delivery->body != NULL ? delivery->body : "";
    size_t length = delivery->body != NULL ? delivery->body_length : 0;
    if (json_is_utf8(body, length)) {
        buffer_append_string(to, ",\"body\":");
        json_write_bytes(to, body, length);
    } else {
        buffer_append_string(to, ",\"body_base64\":");
        json_write_base64(to, body, length);
    }
    buffer_append_string(to, "}\n");
}

bool export_line(struct buffer *to, const struct delivery *delivery, const char *kind, bool masked)
{
    size_t before = to->length;
    struct delivery hidden = {0};
    bool made = !masked || export_masked_copy(&hidden, delivery);
    if (made)
        write_line(to, masked ? &hidden : delivery, kind, masked);
    made = made && !to->failed;
    if (!made)
        buffer_cut(to, before);
    delivery_clear(&hidden);
    return made;
}

/* --- the curl script ------------------------------------------------------------ */

static void write_command(struct buffer *to, const struct delivery *delivery, const char *base,
                          bool masked)
{
    char time[CONTRACT_TIME_SIZE];
    contract_time_format(delivery->received_ms, time);
    buffer_printf(to, "\n# arrived %s, %s%s\n", time, verdict_name(delivery->verdict),
                  masked ? "; masked: its signature does not fit any more" : "");
    to->failed = !curl_command(to, delivery, base) || to->failed;
}

/* --- all of it -------------------------------------------------------------------- */

static bool flush(struct exporter *exporter, struct buffer *made)
{
    bool ok = !made->failed &&
              (made->length == 0 || exporter->write(made->data, made->length, exporter->context));
    buffer_clear(made);
    return ok;
}

bool export_begin(struct exporter *exporter)
{
    struct buffer made;
    buffer_init(&made, EXPORT_EVENT_MAX);
    if (exporter->format == EXPORT_HAR)
        har_begin(&made);
    else if (exporter->format == EXPORT_CURL)
        buffer_append_string(&made, "#!/bin/sh\n");
    return flush(exporter, &made);
}

static bool write_delivery(struct exporter *exporter, const struct delivery *delivery)
{
    struct buffer made;
    buffer_init(&made, EXPORT_EVENT_MAX);
    switch (exporter->format) {
    case EXPORT_RAW:
        buffer_append(&made, delivery->body, delivery->body != NULL ? delivery->body_length : 0);
        break;
    case EXPORT_JSONL:
        write_line(&made, delivery, NULL, exporter->masked);
        break;
    case EXPORT_HAR:
        if (exporter->count > 0)
            buffer_append_string(&made, ",\n");
        har_entry(&made, delivery);
        break;
    case EXPORT_CURL:
        write_command(&made, delivery, exporter->base, exporter->masked);
        break;
    case EXPORT_FORMATS:
        break;
    }
    exporter->count++;
    return flush(exporter, &made);
}

bool export_delivery(struct exporter *exporter, const struct delivery *delivery)
{
    if (!exporter->masked)
        return write_delivery(exporter, delivery);
    struct delivery masked;
    bool ok = export_masked_copy(&masked, delivery) && write_delivery(exporter, &masked);
    delivery_clear(&masked);
    return ok;
}

bool export_end(struct exporter *exporter)
{
    struct buffer made;
    buffer_init(&made, EXPORT_EVENT_MAX);
    if (exporter->format == EXPORT_HAR)
        har_end(&made);
    return flush(exporter, &made);
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

/* In JSON, line ends stand between tokens alone. */
bool export_json(struct exporter *exporter, const char *json, size_t length)
{
    struct buffer made;
    char *masked = NULL;
    buffer_init(&made, EXPORT_EVENT_MAX);
    if (exporter->masked) {
        masked = redact_copy(json, length, REDACT_JSON_OR_TEXT, &length, NULL);
        json = masked;
    }
    bool lines = exporter->format != EXPORT_RAW;
    for (size_t at = 0; json != NULL && at < length;) {
        size_t run = 0;
        while (at + run < length && !(lines && ends_line(json[at + run])))
            run++;
        buffer_append(&made, json + at, run);
        at += run + (at + run < length);
    }
    if (lines)
        buffer_append_string(&made, "\n");
    bool ok = json != NULL;
    free(masked);
    exporter->count++;
    if (ok)
        return flush(exporter, &made);
    buffer_clear(&made);
    return false;
}
