#include "api/sandbox_stories.h"

#include "api/sandbox_json.h"
#include "api/sandbox_objects.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUNNING_MAX = 12,
    EVENT_BYTES_MAX = 64 * 1024,
    STREAM_TALES = 1, /* which story goes on: a stream of random numbers of its own */
    STREAM_IDS = 2,
};

/* --- plots ------------------------------------------------------------------ */

struct step {
    const char *category;
    const char *change; /* what follows the category in event_type */
    const char *status;
    const char *before; /* the status that it had, where it changes */
};

enum { STEPS_MAX = 8 };

struct plot {
    unsigned weight; /* how often it is begun, among the others */
    struct step steps[STEPS_MAX];
};

#define CREATED  "created"
#define UPDATED  "updated"
#define MOVED    "updated.status_transitioned"
#define DELETED  "deleted"
#define CANCELED "canceled"

static const struct plot PLOTS[] = {
    {5,
     {{"transfer", CREATED, "awaiting_funds", NULL},
      {"transfer", MOVED, "funds_received", "awaiting_funds"},
      {"transfer", MOVED, "payment_submitted", "funds_received"},
      {"transfer", MOVED, "payment_processed", "payment_submitted"}}},
    {1,
     {{"transfer", CREATED, "awaiting_funds", NULL},
      {"transfer", MOVED, "funds_received", "awaiting_funds"},
      {"transfer", MOVED, "payment_submitted", "funds_received"},
      {"transfer", MOVED, "returned", "payment_submitted"}}},
    {1,
     {{"transfer", CREATED, "awaiting_funds", NULL},
      {"transfer", CANCELED, "canceled", "awaiting_funds"}}},
    {3,
     {{"kyc_link", CREATED, "not_started", NULL},
      {"customer", CREATED, "incomplete", NULL},
      {"kyc_link", MOVED, "under_review", "not_started"},
      {"customer", MOVED, "under_review", "incomplete"},
      {"kyc_link", MOVED, "approved", "under_review"},
      {"customer", MOVED, "active", "under_review"},
      {"external_account", CREATED, NULL, NULL}}},
    {1,
     {{"kyc_link", CREATED, "not_started", NULL},
      {"customer", CREATED, "incomplete", NULL},
      {"kyc_link", MOVED, "under_review", "not_started"},
      {"customer", MOVED, "under_review", "incomplete"},
      {"kyc_link", MOVED, "rejected", "under_review"},
      {"customer", MOVED, "rejected", "under_review"}}},
    {1,
     {{"external_account", CREATED, NULL, NULL},
      {"customer", UPDATED, "active", NULL},
      {"external_account", UPDATED, NULL, NULL},
      {"external_account", DELETED, "inactive", NULL}}},
    {4,
     {{"card_account", CREATED, "active", NULL},
      {"card_transaction", CREATED, "pending", NULL},
      {"card_transaction", MOVED, "approved", "pending"},
      {"card_transaction", MOVED, "settled", "approved"},
      {"posted_card_account_transaction", CREATED, "posted", NULL}}},
    {2,
     {{"card_transaction", CREATED, "pending", NULL},
      {"card_transaction", MOVED, "declined", "pending"}}},
    {1,
     {{"card_withdrawal", CREATED, "pending", NULL},
      {"card_withdrawal", MOVED, "payment_submitted", "pending"},
      {"card_withdrawal", MOVED, "payment_processed", "payment_submitted"},
      {"card_account", UPDATED, "active", NULL}}},
    {2,
     {{"virtual_account", CREATED, "activated", NULL},
      {"virtual_account.activity", CREATED, "funds_scheduled", NULL},
      {"virtual_account.activity", MOVED, "funds_received", "funds_scheduled"},
      {"virtual_account.activity", MOVED, "payment_submitted", "funds_received"},
      {"virtual_account.activity", MOVED, "payment_processed", "payment_submitted"}}},
    {2,
     {{"liquidation_address", CREATED, "active", NULL},
      {"liquidation_address.drain", CREATED, "funds_received", NULL},
      {"liquidation_address.drain", MOVED, "payment_submitted", "funds_received"},
      {"liquidation_address.drain", MOVED, "payment_processed", "payment_submitted"}}},
    {1,
     {{"static_memo.activity", CREATED, "funds_received", NULL},
      {"static_memo.activity", MOVED, "payment_processed", "funds_received"}}},
    {1,
     {{"shift4_base_deposit", CREATED, "pending", NULL},
      {"shift4_base_deposit", MOVED, "completed", "pending"}}},
    {1,
     {{"indexed_deposit", CREATED, "detected", NULL},
      {"indexed_deposit", MOVED, "confirmed", "detected"}}},
};

enum { PLOT_COUNT = sizeof PLOTS / sizeof PLOTS[0] };

/* --- stories under way -------------------------------------------------------- */

struct story {
    const struct plot *plot;
    size_t at; /* the step that comes next */
    struct sandbox_cast cast;
    int64_t began_ms[STEPS_MAX]; /* when the object of each step came to be */
    int64_t last_ms;
};

struct sandbox_stories {
    struct sandbox_random tales;
    struct sandbox_random ids;
    char developer[SANDBOX_UUID_SIZE];
    struct story running[RUNNING_MAX];
    size_t count;
};

struct sandbox_stories *sandbox_stories_new(uint64_t seed)
{
    struct sandbox_stories *stories = calloc(1, sizeof *stories);
    if (stories == NULL)
        return NULL;
    stories->tales = sandbox_random_stream(seed, STREAM_TALES);
    stories->ids = sandbox_random_stream(seed, STREAM_IDS);
    sandbox_random_uuid(&stories->ids, stories->developer);
    return stories;
}

void sandbox_stories_free(struct sandbox_stories *stories)
{
    free(stories);
}

static bool is_over(const struct story *story)
{
    return story->at >= STEPS_MAX || story->plot->steps[story->at].category == NULL;
}

static struct story *begin_story(struct sandbox_stories *stories, const struct plot *plot,
                                 size_t at, int64_t now_ms)
{
    /* A full stage gives up its oldest story: some transfers never get their funds. */
    if (stories->count == RUNNING_MAX) {
        memmove(stories->running, stories->running + 1,
                (RUNNING_MAX - 1) * sizeof stories->running[0]);
        stories->count--;
    }
    struct story *story = &stories->running[stories->count++];
    *story = (struct story){.plot = plot, .at = at, .last_ms = now_ms};
    for (size_t i = 0; i < STEPS_MAX; i++)
        story->began_ms[i] = now_ms;
    sandbox_cast_draw(&story->cast, &stories->tales);
    return story;
}

static struct story *begin_any(struct sandbox_stories *stories, int64_t now_ms)
{
    unsigned total = 0;
    for (size_t i = 0; i < PLOT_COUNT; i++)
        total += PLOTS[i].weight;
    uint64_t drawn = sandbox_random_below(&stories->tales, total);
    size_t plot = 0;
    while (drawn >= PLOTS[plot].weight)
        drawn -= PLOTS[plot++].weight;
    return begin_story(stories, &PLOTS[plot], 0, now_ms);
}

/* Three times in four a story that has begun goes on. */
static struct story *pick_any(struct sandbox_stories *stories, int64_t now_ms)
{
    bool go_on = stories->count > 0 && sandbox_random_below(&stories->tales, 4) != 0;
    if (!go_on && stories->count < RUNNING_MAX)
        return begin_any(stories, now_ms);
    return &stories->running[sandbox_random_below(&stories->tales, stories->count)];
}

static struct story *pick_category(struct sandbox_stories *stories, const char *category,
                                   int64_t now_ms)
{
    for (size_t i = 0; i < stories->count; i++) {
        struct story *story = &stories->running[i];
        if (strcmp(story->plot->steps[story->at].category, category) == 0)
            return story;
    }
    for (size_t i = 0; i < PLOT_COUNT; i++)
        for (size_t at = 0; at < STEPS_MAX && PLOTS[i].steps[at].category != NULL; at++)
            if (strcmp(PLOTS[i].steps[at].category, category) == 0)
                return begin_story(stories, &PLOTS[i], at, now_ms);
    return NULL;
}

static void end_story(struct sandbox_stories *stories, struct story *story)
{
    size_t index = (size_t)(story - stories->running);
    memmove(story, story + 1, (stories->count - index - 1) * sizeof *story);
    stories->count--;
}

/* --- the event -------------------------------------------------------------------- */

/* Some answers of the vendor's name the type without its category; so do these two. */
static bool has_bare_type(const char *category)
{
    return strcmp(category, "external_account") == 0 || strcmp(category, "kyc_link") == 0;
}

static void write_type(struct buffer *out, const struct step *step)
{
    sandbox_json_name(out, "event_type");
    if (has_bare_type(step->category))
        buffer_printf(out, "\"%s\"", step->change);
    else
        buffer_printf(out, "\"%s.%s\"", step->category, step->change);
}

static void write_changes(struct buffer *out, const struct story *story, const struct step *step,
                          int64_t now_ms)
{
    if (strcmp(step->change, CREATED) == 0)
        return;
    sandbox_json_name(out, "event_object_changes");
    buffer_append_string(out, "{");
    if (step->before != NULL) {
        sandbox_json_name(out, sandbox_object_status_name(step->category));
        buffer_printf(out, "[\"%s\",\"%s\"]", step->before, step->status);
    }
    sandbox_json_name(out, "updated_at");
    buffer_append_string(out, "[");
    sandbox_json_time(out, story->last_ms);
    sandbox_json_next(out);
    sandbox_json_time(out, now_ms);
    buffer_append_string(out, "]}");
}

static void write_event(struct buffer *out, const struct sandbox_stories *stories,
                        const struct story *story, const struct sandbox_event *event)
{
    const struct step *step = &story->plot->steps[story->at];
    struct sandbox_scene scene = {
        .cast = &story->cast,
        .category = step->category,
        .status = step->status,
        .began_ms = story->began_ms[story->at],
        .now_ms = event->created_ms,
    };
    buffer_append_string(out, "{");
    sandbox_json_member(out, "api_version", "v0");
    sandbox_json_member(out, "event_id", event->id);
    sandbox_json_member(out, "event_developer_id", stories->developer);
    sandbox_json_member(out, "event_category", step->category);
    write_type(out, step);
    sandbox_json_member(out, "event_object_id", sandbox_cast_id(&story->cast, step->category));
    sandbox_json_member(out, "event_object_status", step->status);
    sandbox_json_name(out, "event_object");
    sandbox_object_write(out, &scene);
    write_changes(out, story, step, event->created_ms);
    sandbox_json_member_time(out, "event_created_at", event->created_ms);
    sandbox_json_member_integer(out, "event_sequence", event->sequence);
    buffer_append_string(out, "}");
}

/* A later step of the same object shows when that object came to be. */
static void note_beginning(struct story *story, int64_t now_ms)
{
    const struct step *steps = story->plot->steps;
    if (strcmp(steps[story->at].change, CREATED) != 0)
        return;
    for (size_t i = story->at; i < STEPS_MAX && steps[i].category != NULL; i++)
        if (strcmp(steps[i].category, steps[story->at].category) == 0)
            story->began_ms[i] = now_ms;
}

bool sandbox_stories_next(struct sandbox_stories *stories, const char *category, int64_t sequence,
                          int64_t now_ms, struct sandbox_event *event)
{
    struct story *story =
        category ? pick_category(stories, category, now_ms) : pick_any(stories, now_ms);
    if (story == NULL)
        return false;
    note_beginning(story, now_ms);
    *event = (struct sandbox_event){
        .category = story->plot->steps[story->at].category,
        .sequence = sequence,
        .created_ms = now_ms,
    };
    sandbox_random_id(&stories->ids, "wh_", event->id);

    struct buffer out;
    buffer_init(&out, EVENT_BYTES_MAX);
    write_event(&out, stories, story, event);
    event->json = buffer_take(&out, &event->length);

    story->last_ms = now_ms;
    story->at++;
    if (is_over(story))
        end_story(stories, story);
    return event->json != NULL;
}

void sandbox_event_clear(struct sandbox_event *event)
{
    free(event->json);
    *event = (struct sandbox_event){0};
}
