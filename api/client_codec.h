/*
 * A call of the API as HTTP, and an answer as its result. No network, no time.
 *
 * Private to client.c.
 */
#ifndef BRIDGETOP_API_CLIENT_CODEC_H
#define BRIDGETOP_API_CLIENT_CODEC_H

#include "api/client.h"

#include <stdbool.h>
#include <stddef.h>

struct client_message {
    const char *method;
    char *path;           /* below the base URL, percent-encoded, with query */
    char *body;           /* JSON, or NULL */
    bool idempotency_key; /* whether it must carry one: PUT does not accept it */
};

/* False with a reason for a call that cannot be one: ids that are empty, too long
   or dots, missing fields, limits out of range. */
bool client_message_build(const struct api_request *request, struct client_message *message,
                          struct error *error);
void client_message_clear(struct client_message *message);

/* Reads the body of a 2xx answer into the result's field for that call. */
bool client_answer_decode(const char *body, size_t length, struct api_result *result,
                          struct error *error);

#endif
