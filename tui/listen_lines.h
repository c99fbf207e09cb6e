/*
 * The lines of `bridgetop listen`: what each delivery is told with. Only text is made here;
 * tui/listen_output.h writes it.
 *
 * As JSON each line is one object with a `kind`:
 *
 *   event      a delivery, as exports have it (api/export.h); one that is not genuine with
 *              `diagnosis`, a list of kind, shown, what, remedy (api/doctor.h), where the last
 *              diagnosis is LISTEN_DIAGNOSIS_PAUSE_MS ago
 *   repeat     id, event_id, attempts, answer_status, answer_ms: that event came again;
 *              received_at, endpoint, peer, target: of that attempt, null where it is not kept any
 *              more; answer_on_demand: true, where a person had chosen its answer
 *   left_out   count: lines that nobody read in time
 *
 * Otherwise an event is one line for a person, gated.
 */
#ifndef BRIDGETOP_TUI_LISTEN_LINES_H
#define BRIDGETOP_TUI_LISTEN_LINES_H

#include "api/buffer.h"
#include "api/delivery.h"
#include "api/inbox.h"
#include "api/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTEN_DIAGNOSIS_PAUSE_MS = 50 };

/* Zeroed but for what is set; all of it one thread's. */
struct listen_lines {
    const char *store_path;
    bool json;
    bool masked; /* as exports are, lines for a person as well */
    bool ascii;
    const char *const *key_files; /* given by hand: for diagnoses */
    size_t key_file_count;
    bool clock_known; /* how far this machine's clock is ahead of Bridge's: for diagnoses */
    int64_t clock_ahead_ms;

    struct store *store; /* opened when it is first read; the rest is private, too */
    int64_t next_diagnosis_ms;
};

/* Whether a line tells of headers and body: a summary will do otherwise. */
bool listen_lines_want_payload(const struct listen_lines *lines, const struct inbox_answer *answer);

/* Appends the line of a delivery that was answered so. False when memory is out: nothing is
   appended then. */
bool listen_lines_delivery(struct listen_lines *lines, struct buffer *to, struct delivery *delivery,
                           const struct inbox_answer *answer, int64_t steady_ms);

/* The same of a row, read from the store. False, too, when it is gone or cannot be read. */
bool listen_lines_row(struct listen_lines *lines, struct buffer *to, int64_t id,
                      const struct inbox_answer *answer, int64_t steady_ms);

void listen_lines_left_out(const struct listen_lines *lines, struct buffer *to, uint64_t count);

/* Closes the store, should it be open. */
void listen_lines_close(struct listen_lines *lines);

#endif
