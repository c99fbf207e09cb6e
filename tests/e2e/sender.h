/*
 * A sender of deliveries that is not the product's own: it signs by the vendor's documentation
 * with OpenSSL alone, right, or wrong in one chosen way.
 */
#ifndef BRIDGETOP_TESTS_E2E_SENDER_H
#define BRIDGETOP_TESTS_E2E_SENDER_H

#include "api/error.h"
#include "tests/e2e/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sender;

struct sender *sender_new(struct error *error); /* with a fresh RSA-2048 key */
void sender_free(struct sender *sender);
const char *sender_public_pem(const struct sender *sender);

enum sender_way {
    SENDER_GENUINE,
    SENDER_TAMPERED,    /* the body is changed after signing */
    SENDER_SINGLE_HASH, /* the second hash is left out */
    SENDER_STALE,       /* signed well, an hour ago */
    SENDER_FUTURE,      /* signed well, an hour ahead */
    SENDER_WRONG_KEY,
    SENDER_NO_HEADER,
    SENDER_BAD_HEADER, /* not base64 */
    SENDER_TWO_HEADERS,
};

/* The header's value for this t, allocated. NULL for SENDER_NO_HEADER. */
char *sender_sign(const struct sender *sender, enum sender_way way, int64_t t_ms, const void *body,
                  size_t length);

/* Posts the body to 127.0.0.1. As http_ask() for the rest. */
bool sender_deliver(const struct sender *sender, enum sender_way way, uint16_t port,
                    const char *path, const char *body, struct http_answer *answer,
                    struct error *error);

#endif
