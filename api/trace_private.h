/*
 * What the parts of a trace share. Private to api/trace*.c.
 *
 *   trace.c           the time line: its entries
 *   trace_pairs.c     which of them are one attempt
 *   trace_missing.c   findings about attempts of which one half is missing
 *   trace_halves.c    findings about those of which both are there, and disagree
 *   trace_findings.c  all others, and what the trace rests on
 */
#ifndef BRIDGETOP_API_TRACE_PRIVATE_H
#define BRIDGETOP_API_TRACE_PRIVATE_H

#include "api/trace.h"

enum { TRACE_TIME_SIZE = 40, TRACE_TIMES_SIZE = 128 };

/* A time, or how long something took, of a file that anybody may have written: small enough to be
   reckoned with. */
int64_t trace_sane(int64_t time);

/* Of what arrived, the first or a repeat. */
int trace_answer_status(const struct trace_entry *entry);
int64_t trace_answer_us(const struct trace_entry *entry); /* -1: not known */
bool trace_on_demand(const struct trace_entry *entry);
const char *trace_signature(const struct trace_entry *entry);
const char *trace_endpoint_id(const struct trace_entry *entry); /* whose key made it, or NULL */

/* "handed on to the application". */
const char *trace_handing_on(enum forward_kind kind);
bool trace_waits_untried(const struct forward *forward);

/* Of two attempts in a log: whether they ended with the same word. */
bool trace_same_status(const struct log_entry *a, const struct log_entry *b);

/* How far ahead this machine's clock is of Bridge's; 0 where it is not known. */
int64_t trace_ahead_ms(const struct trace_known *known);

bool trace_says_time(const struct trace_known *known, int64_t ms, char text[TRACE_TIME_SIZE]);

/* "at 09:12:04"; of more than one, "3 times, 09:12:04 to 09:20:00". */
void trace_say_times(const struct trace_known *known, int64_t first_ms, int64_t last_ms,
                     size_t count, char text[TRACE_TIMES_SIZE]);

/* "0.85 ms", "12 s". */
void trace_say_answer(int64_t us, char text[TRACE_TIME_SIZE]);

/* "wep_1", whatever it is called. */
const char *trace_endpoint_name(const struct trace_known *known, size_t endpoint);

/* Adds a finding; the last ones are left out where there are TRACE_FINDINGS_MAX. */
void trace_find(struct trace *trace, enum trace_what what, enum trace_tone tone, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

int64_t trace_apart_ms(int64_t a, int64_t b); /* of two times */

/* Joins each attempt's entries, the nearest first. False when memory is out. */
bool trace_pair(struct trace *trace);

/* The entries are joined: what is to be said of them. */
void trace_find_missing(struct trace *trace, const struct trace_known *known);
void trace_find_disagreeing(struct trace *trace, const struct trace_known *known);
void trace_find_others(struct trace *trace, const struct trace_known *known);

/* False when memory is out. */
bool trace_note(struct trace *trace, const struct trace_known *known);

#endif
