#include "api/api_check.h"

#include "api/duration.h"
#include "api/queue_watch.h"
#include "api/signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- the account --------------------------------------------------------------------- */

/* Whether the API said no to the key, and nothing else. */
static bool key_refused(const struct api_result *result)
{
    return result->http_status == 401 || result->http_status == 403;
}

static void say_key(const struct api_result *result, struct check_line *line)
{
    if (result->outcome == API_OK) {
        check_say(line, CHECK_OK, "API key", "accepted");
    } else if (key_refused(result)) {
        check_say(line, CHECK_BAD, "API key", "refused: %.200s", result->error.message);
        check_mend(line, "it belongs to the other environment (--sandbox or not), or was revoked: "
                         "make a new one in Bridge's dashboard");
    } else {
        check_say(line, CHECK_WARN, "API key", "given, and not known whether it is accepted");
        check_mend(line, "see API");
    }
}

static void say_api(const struct api_result *result, const char *host, struct check_line *line)
{
    enum { SLOW_MS = 2000 };
    if (result->outcome == API_OK || key_refused(result)) {
        bool slow = result->latency_ms >= SLOW_MS;
        check_say(line, slow ? CHECK_WARN : CHECK_OK, "API", "%.100s answered in %" PRId64 " ms",
                  host, result->latency_ms);
        if (slow)
            check_mend(line, "look at the network, and at a proxy in between (HTTPS_PROXY)");
    } else {
        check_say(line, CHECK_BAD, "API", "%.250s", result->error.message);
        check_mend(line, result->http_status == 0
                             ? "look at the network, the DNS, and a proxy in between (HTTPS_PROXY)"
                             : "wait, and look at Bridge's status page");
    }
}

static void say_clock(const struct api_result *result, int64_t now_ms, struct check_line *line)
{
    int64_t ahead_ms;
    char off[DURATION_SIZE];
    if (!api_result_clock_ahead(result, now_ms, &ahead_ms)) {
        check_say(line, CHECK_WARN, "clock", "not compared: no answer told the time");
        check_mend(line, "see API; or compare date -u with another clock");
        return;
    }
    int64_t distance_ms = ahead_ms < 0 ? -ahead_ms : ahead_ms;
    duration_format(distance_ms, off);
    if (distance_ms < CLOCK_WARN_MS) {
        check_say(line, CHECK_OK, "clock", "within %s of Bridge's",
                  distance_ms < 1500 ? "a second" : off);
        return;
    }
    check_say(line, distance_ms >= SIGNATURE_WINDOW_MS / 2 ? CHECK_BAD : CHECK_WARN, "clock",
              "%s %s Bridge's: at 10 min every delivery is %s", off,
              ahead_ms < 0 ? "behind" : "ahead of", ahead_ms < 0 ? "of the future" : "stale");
    check_mend(line, "set it: timedatectl set-ntp true");
}

size_t api_check(const struct api_result *result, const char *host, int64_t now_ms,
                 struct check_line lines[API_CHECK_LINES_MAX])
{
    say_key(result, &lines[0]);
    say_api(result, host, &lines[1]);
    say_clock(result, now_ms, &lines[2]);
    return API_CHECK_LINES_MAX;
}

size_t api_check_without_key(size_t key_files, struct check_line lines[API_CHECK_LINES_MAX])
{
    if (key_files > 0)
        check_say(&lines[0], CHECK_WARN, "API key",
                  "none: only what is signed with the %zu given public key%s is verified",
                  key_files, key_files == 1 ? "" : "s");
    else
        check_say(&lines[0], CHECK_BAD, "API key", "none: BRIDGE_API_KEY is not set");
    check_mend(&lines[0], "read -rs BRIDGE_API_KEY && export BRIDGE_API_KEY");
    check_say(&lines[1], CHECK_WARN, "API", "not asked, without a key");
    check_mend(&lines[1], "see API key");
    return 2;
}

/* --- an endpoint -------------------------------------------------------------------------- */

static void say_state(const struct webhook *webhook, struct check_line *line)
{
    switch (webhook->status) {
    case WEBHOOK_ACTIVE:
        check_say(line, CHECK_OK, "state", "active: Bridge delivers to it");
        break;
    case WEBHOOK_DISABLED:
        check_say(line, CHECK_OK, "state", "disabled: nothing is delivered by itself");
        break;
    default:
        check_say(line, CHECK_WARN, "state", "'%.60s', which is not known here",
                  webhook->status_text != NULL ? webhook->status_text : "");
        check_mend(line, "look it up in Bridge's documentation");
        break;
    }
}

static void say_public_key(const struct webhook *webhook, struct check_line *line)
{
    struct error error = {""};
    if (webhook->public_key == NULL) {
        check_say(line, CHECK_BAD, "key", "Bridge names no public key: nothing can be verified");
        check_mend(line, "ask Bridge, or create the endpoint anew");
        return;
    }
    struct public_key *key =
        public_key_from_pem(webhook->public_key, strlen(webhook->public_key), &error);
    if (key != NULL) {
        check_say(line, CHECK_OK, "key", "its public key can be used (RSA, %zu bits)",
                  8 * public_key_signature_length(key));
    } else {
        check_say(line, CHECK_BAD, "key", "its public key cannot be used: %.200s", error.message);
        check_mend(line, "ask Bridge, or create the endpoint anew");
    }
    public_key_free(key);
}

static enum check_tone queue_tone(enum queue_state state)
{
    switch (state) {
    case QUEUE_STUCK:
    case QUEUE_GIVEN_UP:
        return CHECK_BAD;
    case QUEUE_SLOW:
    case QUEUE_UNKNOWN:
        return CHECK_WARN;
    case QUEUE_EMPTY:
    case QUEUE_HELD:
    case QUEUE_FLOWS:
        break;
    }
    return CHECK_OK;
}

static void say_queue(const struct webhook *webhook, const struct event_list *upcoming,
                      struct log_list *logs, int64_t now_ms, struct check_line *line)
{
    char text[CHECK_TEXT_MAX];
    if (upcoming == NULL || logs == NULL) {
        check_say(line, CHECK_WARN, "queue", "not known: Bridge could not be asked");
        check_mend(line, "see API");
        return;
    }
    log_list_sort(logs);
    struct queue_watch watch = queue_watch_of(upcoming, logs);
    enum queue_state state = queue_state_of(&watch, webhook->status == WEBHOOK_ACTIVE, now_ms);
    queue_describe(&watch, state, now_ms, text, sizeof text);
    check_say(line, queue_tone(state), "queue", "%s", text);
    if (state == QUEUE_GIVEN_UP)
        check_mend(line,
                   "mend what fails, then send its first event by hand (s): that restarts it");
    else if (queue_tone(state) != CHECK_OK)
        check_mend(line, "see its answer below, and its deliveries (pane 3)");
}

size_t endpoint_check(const struct webhook *webhook, const struct event_list *upcoming,
                      struct log_list *logs, int64_t now_ms,
                      struct check_line lines[ENDPOINT_CHECK_LINES_MAX])
{
    say_state(webhook, &lines[0]);
    say_public_key(webhook, &lines[1]);
    say_queue(webhook, upcoming, logs, now_ms, &lines[2]);
    return ENDPOINT_CHECK_LINES_MAX;
}
