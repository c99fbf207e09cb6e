/*
 * A dashboard at work: the sandbox, the program in a terminal before it, and its listener behind
 * the sandbox's tunnel. For tests that press keys and look at what Bridge was asked.
 *
 * Events happen on demand only, so that what is on the screen stands still. A session that cannot
 * start fails the test.
 */
#ifndef BRIDGETOP_TESTS_E2E_SESSION_H
#define BRIDGETOP_TESTS_E2E_SESSION_H

#include "tests/e2e/child.h"
#include "tests/e2e/sandbox_client.h"
#include "tests/e2e/screen.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the sandbox's tunnel leads to the listener. */
#define SESSION_ORIGIN "https://hooks.example.com"

enum { SESSION_LIMIT_MS = SCREEN_LIMIT_MS, SESSION_ARGUMENTS_MAX = 16 };

struct session_options {
    bool demo;            /* begin with the demo's endpoints and their past */
    bool listening_only;  /* no sandbox and no API key; session_open_away() needs --public-key */
    const char *tunnel;   /* one more: "https://x.example=http://127.0.0.1:9"; or NULL */
    int width, height;    /* 0: 120×40, all panes at once */
    const char *term;     /* NULL: xterm-256color */
    const char *variable; /* one more of the dashboard's environment, "NAME=value"; NULL: none */
    const char *poll;     /* seconds between polls; NULL: 1, the least */
};

struct session {
    struct session_options options;
    struct child_home home;
    struct sandbox_client *sandbox;
    struct screen *screen;
    uint16_t port;     /* of the listener */
    uint16_t api_port; /* of the sandbox */
    int held[2];       /* so that no other process is given those ports */
};

/* The sandbox alone: endpoints can be made before the dashboard sees them. */
void session_begin(struct session *session, struct session_options options);

/* The dashboard, and waits for the API's first answer. `more` (ends with NULL; NULL is fine) are
   arguments that follow, and win over, those of the session. */
void session_open(struct session *session, const char *const *more);

/* The same, without waiting for more than the first frame. */
void session_open_away(struct session *session, const char *const *more);

/* Presses q, and expects that it ends well and leaves the terminal whole. */
void session_quit(struct session *session);

void session_end(struct session *session); /* whatever is left of it; twice is fine */

/* Creates an endpoint at this path of SESSION_ORIGIN. */
void session_endpoint(struct session *session, const char *path, bool active,
                      char id[CONTRACT_ID_MAX + 1]);

/* An event that happens now; its id. */
void session_event(struct session *session, const char *category, char id[CONTRACT_ID_MAX + 1]);

/* The API goes away, and comes back empty, at the same port. */
void session_api_stop(struct session *session);
void session_api_start(struct session *session);

/* --- keys and what they show ----------------------------------------------- */

/* Presses keys, then waits until the text is shown, or gone. False, with a report, if not. */
bool session_keys_show(struct session *session, const char *keys, const char *text);
bool session_press_shows(struct session *session, enum screen_key key, const char *text);
bool session_keys_hide(struct session *session, const char *keys, const char *text);
bool session_press_hides(struct session *session, enum screen_key key, const char *text);
bool session_shows(struct session *session, const char *text);
bool session_shows_row(struct session *session, const char *a, const char *b);

/* Waits until a log has so many rows and follows the newest, whether or not some are still new:
   "3 ▼ following", "3 · 2 new ▼ following". */
bool session_follows(struct session *session, const char *title, size_t count);

/* Waits until the row under the bar of the pane in focus has the text. */
bool session_selects(struct session *session, const char *text);

/* That row now, "" if there is none. Valid until the next call. */
const char *session_selected(struct session *session);

/* --- what Bridge was asked -------------------------------------------------- */

/* The requests on record that change something, in order, each as the sandbox recorded it. The
   caller deletes the array. Those of the test count too: forget them first. */
cJSON *session_changes(struct session *session);

/* Waits for one more poll of the list, then: how many changes are on record? */
int session_changes_after_poll(struct session *session);

/* Whether a recorded request has this method, this path exactly, this body as JSON (NULL: none),
   and an Idempotency-Key if and only if it is a POST. Prints what differs. */
bool session_is_request(const cJSON *request, const char *method, const char *path,
                        const char *body);

/* Waits until there is a change, then whether it is this one, and the only one. */
bool session_only_change(struct session *session, const char *method, const char *path,
                         const char *body);

const char *session_idempotency_key(const cJSON *request); /* "" for none */
int session_status(const cJSON *request);                  /* what the sandbox answered */

/* "/v0/webhooks/ID" and what follows, in `out`; returns out. */
enum { SESSION_PATH_SIZE = 128 };
const char *session_path(char out[SESSION_PATH_SIZE], const char *webhook_id, const char *rest);

#endif
