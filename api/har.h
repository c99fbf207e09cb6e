/*
 * A delivery as an entry of an HTTP archive, HAR 1.2
 * (http://www.softwareishard.com/blog/har-12-spec/).
 *
 * The request is the delivery's, the response is what it was answered here, of which the store
 * keeps the status and the time alone. A body that is not UTF-8 is base64, and its comment says so.
 * What HAR has no place for stands in members that begin with an underscore, as it asks.
 */
#ifndef BRIDGETOP_API_HAR_H
#define BRIDGETOP_API_HAR_H

#include "api/buffer.h"
#include "api/delivery.h"

/* What stands before the entries, which are separated by commas, and behind them. */
void har_begin(struct buffer *to);
void har_entry(struct buffer *to, const struct delivery *delivery);
void har_end(struct buffer *to);

#endif
