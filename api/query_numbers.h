/*
 * The values of the filter language that are not texts: statuses, sizes, times. Private to the
 * query. Each fills the term's range and returns false for what it cannot read. Values come with
 * small letters.
 */
#ifndef BRIDGETOP_API_QUERY_NUMBERS_H
#define BRIDGETOP_API_QUERY_NUMBERS_H

#include "api/query.h"

/* 200, 4xx, >=400. */
bool query_read_status(struct query_text text, struct query_term *term);

/* >1kb, <=2mb, 500; 1 kB is 1000 bytes, as in the lists. */
bool query_read_size(struct query_text text, struct query_term *term);

/* 2h, 1d12h, today, yesterday, 10:00, 2026-11-20, 2026-11-20t10:00[:30][z]. `until`: the range
   ends there (a day, a minute at its own end); else it begins there. */
bool query_read_time(struct query_text text, bool until, int64_t now_ms, struct query_term *term);

#endif
