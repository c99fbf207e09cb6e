/*
 * What Bridge would find at an endpoint's URL: https, the certificate and its chain, its names, its
 * days, and how the URL answers.
 *
 * One GET (RFC 9110, 9.2.1: it changes nothing), over a connection of its own, without any key.
 * Bridge delivers only to https URLs with a valid certificate (contract). Names are resolved and
 * sockets waited for off the loop's way (transfer.h), all within the limits below.
 *
 * A report is lines for a person. What they quote of certificates and answers is printable ASCII;
 * the URL's host is as it is in the URL.
 *
 * All of it belongs to the loop's thread, but for what is pure.
 */
#ifndef BRIDGETOP_API_URL_CHECK_H
#define BRIDGETOP_API_URL_CHECK_H

#include "api/ambient.h"
#include "api/check.h"
#include "api/error.h"
#include "api/transfer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    URL_CHECK_CONNECT_MS = 5 * 1000,
    URL_CHECK_MS = 10 * 1000,
    URL_CHECK_ANSWER_MAX = 4 * 1024, /* of the answer that is looked at */
    URL_CHECK_WARN_DAYS = 14,
    URL_CHECK_LINES_MAX = 5,
    URL_CHECK_CONNECTIONS = 4, /* to one host at a time */
};

struct url_report {
    struct check_line lines[URL_CHECK_LINES_MAX]; /* https, certificate, names, days, answer */
    size_t count;
    bool bridgetop; /* one answered */
};

/* --- pure --------------------------------------------------------------------------- */

/* Whether it can be asked at all; else the report says why. */
bool url_check_askable(const char *url, struct url_report *report);

/* What the result of a GET that inspects (transfer.h) means for deliveries to that URL. */
void url_check_report(const char *url, const struct transfer_result *result, int64_t now_ms,
                      struct url_report *report);

/* The worst of its lines. */
enum check_tone url_report_tone(const struct url_report *report);

/* --- on the loop --------------------------------------------------------------------- */

struct url_checker;

/* Once, on the loop, never before url_checker_ask() has returned. The report is the checker's. */
typedef void (*url_checked)(const struct url_report *report, void *context);

struct url_checker *url_checker_new(uv_loop_t *loop, const struct ambient *ambient,
                                    struct error *error);

/* A handle for url_checker_cancel(); 0 when memory is out, and then `done` is not called. */
uint64_t url_checker_ask(struct url_checker *checker, const char *url, url_checked done,
                         void *context);

/* The callback will not be called. An unknown handle is fine. */
void url_checker_cancel(struct url_checker *checker, uint64_t handle);

/* Cancels everything; `closed` (may be NULL) on the loop, once it is freed. NULL is not fine. */
void url_checker_close(struct url_checker *checker, void (*closed)(void *context), void *context);

#endif
