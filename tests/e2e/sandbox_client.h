/*
 * `bridgetop sandbox` as a child, and what a test asks of it: its API, and its control room
 * (api/sandbox.h), where every request that reached the API is on record.
 */
#ifndef BRIDGETOP_TESTS_E2E_SANDBOX_CLIENT_H
#define BRIDGETOP_TESTS_E2E_SANDBOX_CLIENT_H

#include "api/contract.h"
#include "api/error.h"
#include "tests/e2e/child.h"
#include "tests/e2e/screen.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct sandbox_client;

/* Starts `bridgetop sandbox --port 0` with `more` arguments (ends with NULL; NULL is fine), and
   returns once it has said where it listens. */
struct sandbox_client *sandbox_client_start(const struct child_home *home, const char *const *more,
                                            struct error *error);

/* Ends it with SIGTERM. Its exit code; -1 when it had to be killed. NULL is fine. */
int sandbox_client_stop(struct sandbox_client *client);

pid_t sandbox_client_pid(const struct sandbox_client *client);
const char *sandbox_client_url(const struct sandbox_client *client); /* http://127.0.0.1:N/v0 */

/* --- any request ----------------------------------------------------------- */

/* Asks the server for a path from its root ("/v0/webhooks", "/sandbox/requests"), with an API key
   that is the test's own. `json` is the body or NULL. *answer (may be NULL) is the caller's to
   delete, NULL when it is no JSON. Returns the status, 0 when there was no answer. */
int sandbox_client_ask(struct sandbox_client *client, const char *method, const char *path,
                       const char *json, cJSON **answer);

/* --- the record of requests ------------------------------------------------ */

/* How many requests are on record with this method, with `path` in their path, and with `body`
   (may be NULL) in their body. Those that the test itself made count too. */
int sandbox_client_count(struct sandbox_client *client, const char *method, const char *path,
                         const char *body);

/* Waits until there is one. The screen (may be NULL) is pumped meanwhile. Prints the record when
   the limit passes. */
bool sandbox_client_wait(struct sandbox_client *client, struct screen *screen, const char *method,
                         const char *path, const char *body, int limit_ms);

/* The record as the server gave it; the caller deletes it. */
cJSON *sandbox_client_requests(struct sandbox_client *client);
bool sandbox_client_forget(struct sandbox_client *client);

/* --- what happens ---------------------------------------------------------- */

bool sandbox_client_fault(struct sandbox_client *client, const char *json);
bool sandbox_client_sign_with(struct sandbox_client *client, const char *webhook_id,
                              const char *how);

/* Lets one event happen; its id if the server names it, else "". */
bool sandbox_client_event(struct sandbox_client *client, const char *category,
                          char id[CONTRACT_ID_MAX + 1]);

/* Creates an endpoint for all events from now on, and activates it if asked to. */
bool sandbox_client_create(struct sandbox_client *client, const char *url, bool active,
                           char id[CONTRACT_ID_MAX + 1]);

/* The state of an endpoint in words ("active"), "gone" when it is not listed. */
void sandbox_client_status(struct sandbox_client *client, const char *webhook_id, char out[32]);

#endif
