/*
 * What the lines of a request's head mean. Private to http_request.c, which gathers them: the
 * present line is in `head` from `line` on and ends with a NUL.
 *
 * The numbers are 0, or the status that refuses the request.
 */
#ifndef BRIDGETOP_API_HTTP_REQUEST_HEAD_H
#define BRIDGETOP_API_HTTP_REQUEST_HEAD_H

#include "api/http_request.h"

int http_head_request_line(struct http_request *request);
int http_head_field(struct http_request *request);

/* What the fields say together. */
int http_head_end(struct http_request *request);

/* Whether the line is a field that may stand in a trailer. */
bool http_head_trailer(struct http_request *request);

#endif
