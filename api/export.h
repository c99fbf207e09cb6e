/*
 * What arrived, as text for other tools: the exact body, JSON lines, HAR 1.2, a curl script.
 *
 * Pure formatting: begin, each delivery in turn, end; what is made goes to a writer. One delivery
 * is in memory at a time.
 *
 * A JSON line is one object: id (of the store), received_at, verdict, reason, endpoint, peer,
 * method, target, headers (an array of [name, value], in order, doubled ones kept), answer_status,
 * answer_ms, event_id, event_type, object_id, object_status, sequence, attempts (how often the
 * event came), and `body`, the payload as a string, or `body_base64` where it is not UTF-8. Where a
 * delivery has its repeats with it, `repeats` is an array of number, received_at, endpoint, peer,
 * target, signature, answer_status, answer_ms. What is not known is null. `masked` is true, and
 * else absent, where personal and banking data was replaced (api/redact.h): headers and target
 * then, too. Masked deliveries do not verify any more.
 */
#ifndef BRIDGETOP_API_EXPORT_H
#define BRIDGETOP_API_EXPORT_H

#include "api/buffer.h"
#include "api/delivery.h"

#include <stdbool.h>
#include <stddef.h>

enum export_format { EXPORT_RAW, EXPORT_JSONL, EXPORT_HAR, EXPORT_CURL, EXPORT_FORMATS };

/* "raw", "jsonl", "har", "curl": for commands. */
const char *export_format_name(enum export_format format);
bool export_format_by_name(const char *name, size_t length, enum export_format *format);

/* "raw body", "JSON lines", "HAR 1.2", "curl script": for people. */
const char *export_format_title(enum export_format format);

/* ".json", ".jsonl", ".har", ".sh": what its files usually end with. */
const char *export_format_ending(enum export_format format);

struct exporter {
    enum export_format format;
    bool masked;
    const char *base; /* where curl sends: "http://127.0.0.1:8787" */

    /* False ends the export; the writer keeps why. */
    bool (*write)(const void *bytes, size_t length, void *context);
    void *context;

    size_t count; /* deliveries so far; begin with 0 */
};

/* Appends the JSON line of one delivery. `kind`: the object begins with that, as a member `kind`;
   NULL: it does not. A buffer that fails, or is told to be masked without memory, is cut back to
   what it held, and false. */
bool export_line(struct buffer *to, const struct delivery *delivery, const char *kind, bool masked);

/* False when the writer said so, or memory is out. */
bool export_begin(struct exporter *exporter);
bool export_delivery(struct exporter *exporter, const struct delivery *delivery);
bool export_end(struct exporter *exporter);

/* JSON that came from elsewhere as one line: white space that would end it is left out, and what is
   to be hidden is, where `masked`. */
bool export_json(struct exporter *exporter, const char *json, size_t length);

/* A copy with everything hidden that api/redact.h hides; clear it afterwards. False when memory
   is out: `to` is empty then. */
bool export_masked_copy(struct delivery *to, const struct delivery *from);

#endif
