#include "api/schedule.h"

#include "api/backoff.h"

#include <stdlib.h>
#include <string.h>

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void schedule_init(struct schedule *schedule, int64_t interval_ms)
{
    *schedule = (struct schedule){
        .interval_ms = later_of(interval_ms, SCHEDULE_INTERVAL_MIN_MS),
        .burst_left = SCHEDULE_BURST,
    };
}

void schedule_clear(struct schedule *schedule)
{
    free(schedule->endpoints);
    *schedule = (struct schedule){0};
}

/* --- beats ------------------------------------------------------------------- */

void schedule_beat(struct schedule *schedule, int64_t every_ms, int64_t at_ms)
{
    schedule->beat_ms = every_ms;
    schedule->beat_at_ms = at_ms;
}

/* How long after the last beat that is. */
static int64_t past_beat(const struct schedule *schedule, int64_t ms)
{
    int64_t past = (ms - schedule->beat_at_ms) % schedule->beat_ms;
    return past < 0 ? past + schedule->beat_ms : past;
}

bool schedule_is_beat(const struct schedule *schedule, int64_t ms)
{
    return schedule->beat_ms > 0 && past_beat(schedule, ms) == 0;
}

static int64_t nearest_beat(const struct schedule *schedule, int64_t ms)
{
    if (schedule->beat_ms == 0)
        return ms;
    int64_t past = past_beat(schedule, ms);
    return ms - past + (2 * past >= schedule->beat_ms ? schedule->beat_ms : 0);
}

/* --- lanes ------------------------------------------------------------------- */

static int64_t lane_due(const struct schedule *schedule, const struct schedule_lane *lane,
                        int64_t period_ms)
{
    if (lane->in_flight)
        return SCHEDULE_NEVER;
    if (!lane->asked)
        return lane->not_before_ms;
    return later_of(nearest_beat(schedule, lane->answered_ms + period_ms), lane->not_before_ms);
}

/* As soon as may be, but not twice within the settling time: a key that is held down
   must not become requests at its repeat rate. */
static void lane_hurry(struct schedule_lane *lane)
{
    lane->again = lane->in_flight;
    if (lane->asked)
        lane->not_before_ms = lane->answered_ms + SCHEDULE_SETTLE_MS;
    lane->asked = false;
}

static void lane_succeeded(struct schedule_lane *lane, int64_t now_ms)
{
    bool again = lane->again;
    *lane = (struct schedule_lane){.asked = true, .answered_ms = now_ms};
    if (again)
        lane_hurry(lane);
}

static void lane_failed(struct schedule_lane *lane, int64_t first_ms, int64_t now_ms,
                        uint64_t random)
{
    lane->in_flight = false;
    lane->again = false;
    lane->asked = true;
    lane->answered_ms = now_ms;
    lane->failures++;
    lane->not_before_ms =
        now_ms + backoff_pause_ms(lane->failures, first_ms, SCHEDULE_OWN_MAX_MS, random);
}

static struct schedule_endpoint *find(const struct schedule *schedule, const char *id)
{
    for (size_t i = 0; i < schedule->count; i++)
        if (strcmp(schedule->endpoints[i].id, id) == 0)
            return &schedule->endpoints[i];
    return NULL;
}

static struct schedule_endpoint *focused(const struct schedule *schedule)
{
    if (schedule->focus[0] == '\0')
        return NULL;
    struct schedule_endpoint *endpoint = find(schedule, schedule->focus);
    return endpoint == NULL || endpoint->gone ? NULL : endpoint;
}

static struct schedule_lane *lane_of(struct schedule *schedule, const struct schedule_job *job)
{
    if (job->kind == SCHEDULE_LIST)
        return &schedule->list;
    struct schedule_endpoint *endpoint = find(schedule, job->id);
    if (endpoint == NULL)
        return NULL;
    return job->kind == SCHEDULE_UPCOMING ? &endpoint->upcoming : &endpoint->logs;
}

/* --- what is next ---------------------------------------------------------------- */

struct candidate {
    struct schedule_lane *lane; /* NULL: none */
    int64_t due_ms;
    bool wanted; /* somebody waits for it */
    struct schedule_job job;
};

static void consider(struct candidate *best, struct schedule_lane *lane, int64_t due_ms,
                     enum schedule_kind kind, const char *id)
{
    if (due_ms >= best->due_ms)
        return;
    best->lane = lane;
    best->due_ms = due_ms;
    best->job = (struct schedule_job){.kind = kind};
    memcpy(best->job.id, id, strlen(id) + 1);
}

static bool list_goes_alone(const struct schedule *schedule)
{
    return schedule->failures > 0 || schedule->doubt;
}

static void consider_focused(struct schedule *schedule, struct candidate *best)
{
    int64_t interval = schedule->interval_ms;
    consider(best, &schedule->list, lane_due(schedule, &schedule->list, interval), SCHEDULE_LIST,
             "");
    if (list_goes_alone(schedule))
        return;
    struct schedule_endpoint *endpoint = focused(schedule);
    if (endpoint == NULL)
        return;
    consider(best, &endpoint->upcoming, lane_due(schedule, &endpoint->upcoming, interval),
             SCHEDULE_UPCOMING, endpoint->id);
    consider(best, &endpoint->logs, lane_due(schedule, &endpoint->logs, interval), SCHEDULE_LOGS,
             endpoint->id);
}

static int64_t background_pause_ms(const struct schedule *schedule)
{
    return later_of(SCHEDULE_BACKGROUND_MS, schedule->interval_ms / 5);
}

static void consider_behind(struct schedule *schedule, bool shown, int64_t period_ms,
                            struct candidate *best)
{
    const struct schedule_endpoint *in_focus = focused(schedule);
    for (size_t i = 0; i < schedule->count; i++) {
        struct schedule_endpoint *endpoint = &schedule->endpoints[i];
        if (endpoint->shown == shown && endpoint != in_focus && !endpoint->gone)
            consider(best, &endpoint->logs, lane_due(schedule, &endpoint->logs, period_ms),
                     SCHEDULE_LOGS, endpoint->id);
    }
    best->job.background = true;
}

static bool is_first(const struct schedule_lane *lane)
{
    return !lane->asked && lane->failures == 0;
}

/* Its own backoff holds all the same. */
static void consider_wanted(struct schedule *schedule, struct candidate *best)
{
    for (size_t i = 0; i < schedule->count; i++) {
        struct schedule_endpoint *endpoint = &schedule->endpoints[i];
        if (endpoint->gone)
            continue;
        if (endpoint->wants_logs && !endpoint->logs.in_flight)
            consider(best, &endpoint->logs, endpoint->logs.not_before_ms, SCHEDULE_LOGS,
                     endpoint->id);
        if (endpoint->wants_upcoming && !endpoint->upcoming.in_flight)
            consider(best, &endpoint->upcoming, endpoint->upcoming.not_before_ms, SCHEDULE_UPCOMING,
                     endpoint->id);
    }
    best->job.background = best->wanted = true;
}

static void consider_background(struct schedule *schedule, int64_t now_ms, struct candidate *best)
{
    if (list_goes_alone(schedule) || schedule->background_in_flight > 0)
        return;
    struct candidate wanted = {.due_ms = SCHEDULE_NEVER};
    consider_wanted(schedule, &wanted);
    if (wanted.lane != NULL && wanted.due_ms <= now_ms) {
        *best = wanted;
        return;
    }
    int64_t interval = schedule->interval_ms;
    struct candidate shown = {.due_ms = SCHEDULE_NEVER};
    struct candidate hidden = {.due_ms = SCHEDULE_NEVER};
    consider_behind(schedule, true, SCHEDULE_SHOWN_FACTOR * interval, &shown);
    if (shown.lane != NULL && is_first(shown.lane) && schedule->burst_left > 0) {
        *best = shown;
        return;
    }
    consider_behind(schedule, false, SCHEDULE_HIDDEN_FACTOR * interval, &hidden);
    /* Who is due when the pause is over is what counts, not who has been due for longest. */
    int64_t opens = later_of(schedule->background_due_ms, now_ms);
    *best = shown.due_ms <= opens || shown.due_ms <= hidden.due_ms ? shown : hidden;
    if (best->lane != NULL)
        best->due_ms = later_of(best->due_ms, schedule->background_due_ms);
}

static void give_out(struct schedule *schedule, const struct candidate *chosen, int64_t now_ms,
                     struct schedule_job *job)
{
    *job = chosen->job;
    chosen->lane->in_flight = true;
    struct schedule_endpoint *endpoint = find(schedule, job->id);
    if (endpoint != NULL && job->kind == SCHEDULE_LOGS)
        endpoint->wants_logs = false; /* whatever asks for it */
    else if (endpoint != NULL && job->kind == SCHEDULE_UPCOMING)
        endpoint->wants_upcoming = false;
    schedule->in_flight++;
    if (!job->background)
        return;
    if (now_ms < schedule->background_due_ms && !chosen->wanted)
        schedule->burst_left--;
    schedule->background_in_flight++;
    schedule->background_due_ms = nearest_beat(schedule, now_ms + background_pause_ms(schedule));
}

/* Before this nothing is asked, whatever is due. */
static int64_t opens_ms(const struct schedule *schedule)
{
    if (schedule->failures == 0)
        return schedule->floor_ms;
    return later_of(schedule->paused_until_ms, schedule->floor_ms);
}

int64_t schedule_retry_ms(const struct schedule *schedule)
{
    return schedule->failures == 0 ? SCHEDULE_NEVER : opens_ms(schedule);
}

bool schedule_next(struct schedule *schedule, int64_t now_ms, struct schedule_job *job,
                   int64_t *when_ms)
{
    *when_ms = SCHEDULE_NEVER;
    if (schedule->in_flight >= SCHEDULE_IN_FLIGHT_MAX)
        return false;
    struct candidate in_focus = {.due_ms = SCHEDULE_NEVER};
    struct candidate behind = {.due_ms = SCHEDULE_NEVER};
    consider_focused(schedule, &in_focus);
    consider_background(schedule, now_ms, &behind);
    const struct candidate *chosen = in_focus.due_ms <= now_ms ? &in_focus : &behind;
    int64_t opens = opens_ms(schedule);
    if (chosen->lane != NULL && chosen->due_ms <= now_ms && opens <= now_ms) {
        give_out(schedule, chosen, now_ms, job);
        return true;
    }
    *when_ms = later_of(earlier_of(in_focus.due_ms, behind.due_ms), opens);
    return false;
}

/* --- how it ended -------------------------------------------------------------------- */

static struct schedule_lane *take_back(struct schedule *schedule, const struct schedule_job *job)
{
    schedule->in_flight--;
    if (job->background)
        schedule->background_in_flight--;
    return lane_of(schedule, job);
}

void schedule_succeeded(struct schedule *schedule, const struct schedule_job *job, int64_t now_ms)
{
    struct schedule_lane *lane = take_back(schedule, job);
    if (lane != NULL)
        lane_succeeded(lane, now_ms);
    /* While there is trouble only the list is asked, and not before the pause is over; any
       other success was under way before it, and proves nothing. */
    if (job->kind != SCHEDULE_LIST)
        return;
    if (schedule->failures > 0 && now_ms < opens_ms(schedule)) {
        schedule->list.asked = false;
        return;
    }
    schedule->failures = 0;
    /* Unless this one, too, was under way when the doubt arose, and is asked again. */
    if (schedule->list.asked)
        schedule->doubt = false;
}

void schedule_cancelled(struct schedule *schedule, const struct schedule_job *job)
{
    struct schedule_lane *lane = take_back(schedule, job);
    if (lane != NULL) {
        lane->in_flight = false;
        lane->again = false;
    }
}

static void pause_all(struct schedule *schedule, const struct schedule_failure *failure,
                      int64_t now_ms, uint64_t random)
{
    schedule->failures++;
    int64_t pause = failure->slow ? backoff_pause_ms(schedule->failures, SCHEDULE_SLOW_FIRST_MS,
                                                     SCHEDULE_SLOW_MAX_MS, random)
                                  : backoff_pause_ms(schedule->failures, BACKOFF_FIRST_MS,
                                                     BACKOFF_MAX_MS, random);
    if (failure->retry_after_ms >= 0)
        schedule->floor_ms = later_of(schedule->floor_ms, now_ms + failure->retry_after_ms);
    schedule->paused_until_ms = now_ms + pause;
    /* The list goes first when the pause is over. */
    schedule->list.asked = false;
    schedule->list.not_before_ms = now_ms;
}

void schedule_failed(struct schedule *schedule, const struct schedule_job *job,
                     const struct schedule_failure *failure, int64_t now_ms, uint64_t random)
{
    struct schedule_lane *lane = take_back(schedule, job);
    if (lane != NULL)
        lane_failed(lane, schedule->interval_ms, now_ms, random);
    if (failure->cause == SCHEDULE_COMMON || job->kind == SCHEDULE_LIST) {
        pause_all(schedule, failure, now_ms, random);
    } else if (failure->cause != SCHEDULE_OWN) {
        schedule->doubt |= failure->cause == SCHEDULE_UNCLEAR;
        lane_hurry(&schedule->list);
    }
}

/* --- what changed ---------------------------------------------------------------------- */

static bool id_fits(const char *id)
{
    size_t length = strlen(id);
    return length > 0 && length < SCHEDULE_ID_SIZE;
}

static bool is_shown(const struct schedule *schedule, const char *id)
{
    for (size_t i = 0; i < schedule->shown_count; i++)
        if (strcmp(schedule->shown[i], id) == 0)
            return true;
    return false;
}

static bool are_shown(const struct schedule *schedule, const char *const *ids, size_t count)
{
    bool same = count == schedule->shown_count;
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(schedule->shown[i], ids[i]) == 0;
    return same;
}

void schedule_show(struct schedule *schedule, const char *const *ids, size_t count)
{
    if (are_shown(schedule, ids, count))
        return;
    schedule->shown_count = 0;
    for (size_t i = 0; i < count && schedule->shown_count < SCHEDULE_SHOWN_MAX; i++)
        if (id_fits(ids[i]))
            memcpy(schedule->shown[schedule->shown_count++], ids[i], strlen(ids[i]) + 1);
    for (size_t i = 0; i < schedule->count; i++)
        schedule->endpoints[i].shown = is_shown(schedule, schedule->endpoints[i].id);
}

bool schedule_set_endpoints(struct schedule *schedule, const struct webhook_list *list)
{
    struct schedule next = {.endpoints = calloc(list->count + 1, sizeof *next.endpoints)};
    if (next.endpoints == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const char *id = list->items[i].id;
        if (!id_fits(id) || find(&next, id) != NULL)
            continue;
        struct schedule_endpoint *endpoint = &next.endpoints[next.count++];
        const struct schedule_endpoint *known = find(schedule, id);
        if (known != NULL)
            *endpoint = *known;
        else
            memcpy(endpoint->id, id, strlen(id) + 1);
        endpoint->shown = is_shown(schedule, id);
    }
    free(schedule->endpoints);
    schedule->endpoints = next.endpoints;
    schedule->count = next.count;
    return true;
}

static void bring_forward(struct schedule_lane *lane, int64_t now_ms, int64_t from_ms)
{
    bool fresh = lane->asked && now_ms - lane->answered_ms <= SCHEDULE_FRESH_MS;
    if (fresh || lane->failures > 0)
        return;
    lane->asked = false;
    lane->not_before_ms = from_ms;
}

void schedule_focus(struct schedule *schedule, const char *id, int64_t now_ms)
{
    if (id == NULL || !id_fits(id))
        id = "";
    if (strcmp(schedule->focus, id) == 0)
        return;
    bool running = schedule->focus_moved && now_ms - schedule->focus_moved_ms < SCHEDULE_SETTLE_MS;
    schedule->focus_moved = true;
    schedule->focus_moved_ms = now_ms;
    memcpy(schedule->focus, id, strlen(id) + 1);
    struct schedule_endpoint *endpoint = focused(schedule);
    if (endpoint == NULL)
        return;
    int64_t from = running ? now_ms + SCHEDULE_SETTLE_MS : now_ms;
    bring_forward(&endpoint->upcoming, now_ms, from);
    bring_forward(&endpoint->logs, now_ms, from);
}

static bool is_old(const struct schedule_lane *lane, int64_t fresh_ms, int64_t now_ms)
{
    return !lane->in_flight && (!lane->asked || lane->answered_ms + fresh_ms <= now_ms);
}

void schedule_want(struct schedule *schedule, const char *const *ids, size_t count,
                   int64_t fresh_ms, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++) {
        struct schedule_endpoint *endpoint = find(schedule, ids[i]);
        if (endpoint == NULL)
            continue;
        endpoint->wants_logs |= is_old(&endpoint->logs, fresh_ms, now_ms);
        endpoint->wants_upcoming |= is_old(&endpoint->upcoming, fresh_ms, now_ms);
    }
}

void schedule_refresh(struct schedule *schedule, int64_t now_ms)
{
    if (schedule->failures > 0)
        schedule->paused_until_ms = now_ms;
    lane_hurry(&schedule->list);
    struct schedule_endpoint *in_focus = focused(schedule);
    if (in_focus != NULL) {
        lane_hurry(&in_focus->upcoming);
        lane_hurry(&in_focus->logs);
    }
    for (size_t i = 0; i < schedule->count; i++) {
        struct schedule_endpoint *endpoint = &schedule->endpoints[i];
        if (endpoint->shown && endpoint != in_focus && endpoint->logs.failures > 0)
            lane_hurry(&endpoint->logs);
    }
}

void schedule_forget(struct schedule *schedule, const char *id, int64_t now_ms)
{
    struct schedule_endpoint *endpoint = find(schedule, id);
    if (endpoint != NULL)
        endpoint->gone = true;
    schedule->list.again = schedule->list.in_flight;
    schedule->list.asked = false;
    schedule->list.not_before_ms = now_ms;
}
