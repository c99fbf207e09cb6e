/*
 * One HTTP exchange as a libcurl easy handle: options in, result or words for the failure out.
 *
 * Private to transfer.c, which gives it a loop.
 */
#ifndef BRIDGETOP_API_TRANSFER_EASY_H
#define BRIDGETOP_API_TRANSFER_EASY_H

#include "api/buffer.h"
#include "api/error.h"
#include "api/transfer.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct transfer_easy {
    CURL *curl;
    struct curl_slist *headers;
    struct buffer body;
    size_t header_bytes;
    bool headers_too_large;
    unsigned sends;
    int64_t timeout_ms;
    size_t answer_max;
    bool cut_answer;
    struct transfer_certificate certificate; /* as it was shown to one that inspects */
    size_t body_bytes;                       /* that came */
    char *host;                              /* "api.bridge.xyz" */
    char *origin; /* "https://api.bridge.xyz:443": what a connection can be shared for */
    char curl_error[CURL_ERROR_SIZE];
};

/* Prepares the handle. The struct must not move afterwards; clear it also when this failed. */
bool transfer_easy_init(struct transfer_easy *easy, const struct transfer_request *request,
                        struct error *error);

/* What came of it. The caller owns the result's headers, body and certificate. */
void transfer_easy_result(struct transfer_easy *easy, CURLcode code,
                          struct transfer_result *result);

/* Frees; header lines are erased first, for one of them is a secret. */
void transfer_easy_clear(struct transfer_easy *easy);

#endif
