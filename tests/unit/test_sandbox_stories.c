/* The sandbox's events: the same from the same seed, readable as the contract says, and stories
   that hang together. */
#include "api/contract.h"
#include "api/json_text.h"
#include "api/sandbox_json.h"
#include "api/sandbox_stories.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START_MS = 1700000000 };

static struct sandbox_event next(struct sandbox_stories *stories, const char *category, int64_t n)
{
    struct sandbox_event event;
    cr_assert(
        sandbox_stories_next(stories, category, n, START_MS * INT64_C(1000) + n * 1000, &event));
    return event;
}

Test(sandbox_stories, one_seed_gives_one_run)
{
    struct sandbox_stories *one = sandbox_stories_new(7);
    struct sandbox_stories *two = sandbox_stories_new(7);
    struct sandbox_stories *other = sandbox_stories_new(8);
    int differ = 0;
    for (int64_t n = 1; n <= 300; n++) {
        struct sandbox_event a = next(one, NULL, n);
        struct sandbox_event b = next(two, NULL, n);
        struct sandbox_event c = next(other, NULL, n);
        cr_assert_str_eq(a.id, b.id);
        cr_assert_str_eq(a.json, b.json);
        differ += strcmp(a.json, c.json) != 0;
        sandbox_event_clear(&a);
        sandbox_event_clear(&b);
        sandbox_event_clear(&c);
    }
    cr_expect_eq(differ, 300);
    sandbox_stories_free(one);
    sandbox_stories_free(two);
    sandbox_stories_free(other);
}

Test(sandbox_stories, every_event_reads_as_the_contract_says)
{
    struct sandbox_stories *stories = sandbox_stories_new(1);
    unsigned bare = 0;
    for (int64_t n = 1; n <= 500; n++) {
        struct sandbox_event made = next(stories, NULL, n);
        struct event read = {0};
        struct error error;
        cr_assert(json_valid(made.json, made.length), "%s", made.json);
        cr_assert(event_decode(made.json, made.length, &read, &error), "%s", error.message);
        cr_expect_str_eq(read.id, made.id);
        cr_expect_str_eq(read.category, made.category);
        cr_expect(contract_category_known(read.category));
        cr_expect_eq(read.sequence, n);
        cr_expect_eq(read.created_ms, made.created_ms);
        cr_expect_not_null(read.object_id);
        cr_expect_not_null(read.developer_id);
        cr_expect_eq(strncmp(read.type, read.category, strlen(read.category)), 0);
        bare += strstr(made.json, "\"event_type\":\"created\"") != NULL;
        event_clear(&read);
        sandbox_event_clear(&made);
    }
    cr_expect_gt(bare, 0, "no event carries its type without the category");
    sandbox_stories_free(stories);
}

Test(sandbox_stories, each_category_can_be_asked_for)
{
    struct sandbox_stories *stories = sandbox_stories_new(3);
    for (size_t i = 0; CONTRACT_CATEGORIES[i] != NULL; i++) {
        struct sandbox_event event = next(stories, CONTRACT_CATEGORIES[i], (int64_t)i + 1);
        cr_expect_str_eq(event.category, CONTRACT_CATEGORIES[i]);
        sandbox_event_clear(&event);
    }
    sandbox_stories_free(stories);
}

Test(sandbox_stories, a_transfer_goes_from_awaiting_funds_to_payment_processed)
{
    static const char *const expected[] = {"awaiting_funds", "funds_received", "payment_submitted",
                                           "payment_processed"};
    struct sandbox_stories *stories = sandbox_stories_new(5);
    char *object_id = NULL;
    for (size_t i = 0; i < 4; i++) {
        struct sandbox_event made = next(stories, "transfer", (int64_t)i + 1);
        struct event read = {0};
        cr_assert(event_decode(made.json, made.length, &read, NULL));
        cr_expect_str_eq(read.object_status, expected[i]);
        if (i == 0)
            object_id = strdup(read.object_id);
        cr_expect_str_eq(read.object_id, object_id);
        cJSON *json = cJSON_Parse(made.json);
        cJSON *object = cJSON_GetObjectItem(json, "event_object");
        cJSON *state =
            cJSON_GetObjectItem(cJSON_GetObjectItem(json, "event_object_changes"), "state");
        cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "state")), expected[i]);
        cr_expect(cJSON_IsString(cJSON_GetObjectItem(object, "amount")));
        if (i > 0) {
            cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetArrayItem(state, 0)), expected[i - 1]);
            cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetArrayItem(state, 1)), expected[i]);
        } else {
            cr_expect_null(state);
        }
        cJSON_Delete(json);
        event_clear(&read);
        sandbox_event_clear(&made);
    }
    free(object_id);
    sandbox_stories_free(stories);
}

/* Whatever order the stories come in, an object's status never jumps: each change starts from the
   status that the object had last. */
Test(sandbox_stories, no_object_skips_a_state)
{
    enum { OBJECTS = 2000 };
    static char ids[OBJECTS][40], states[OBJECTS][32];
    size_t known = 0;
    struct sandbox_stories *stories = sandbox_stories_new(11);
    for (int64_t n = 1; n <= 1500; n++) {
        struct sandbox_event made = next(stories, NULL, n);
        cJSON *json = cJSON_Parse(made.json);
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(json, "event_object_id"));
        const char *now = cJSON_GetStringValue(cJSON_GetObjectItem(json, "event_object_status"));
        cJSON *change = cJSON_GetObjectItem(json, "event_object_changes");
        size_t at = 0;
        while (at < known && strcmp(ids[at], id) != 0)
            at++;
        const cJSON *field;
        cJSON_ArrayForEach(field, change)
        {
            cr_assert_eq(cJSON_GetArraySize(field), 2);
            if (strcmp(field->string, "updated_at") != 0)
                cr_expect_str_eq(states[at], cJSON_GetStringValue(cJSON_GetArrayItem(field, 0)));
        }
        if (at == known)
            (void)snprintf(ids[known++], sizeof ids[0], "%s", id);
        (void)snprintf(states[at], sizeof states[0], "%s", now ? now : "");
        cJSON_Delete(json);
        sandbox_event_clear(&made);
    }
    sandbox_stories_free(stories);
}

Test(sandbox_json, a_string_of_any_bytes_is_written_as_valid_json)
{
    struct buffer out;
    buffer_init(&out, 4096);
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    sandbox_json_bytes(&out, bytes, sizeof bytes);
    cr_expect(json_valid(out.data, out.length), "%s", out.data);
    buffer_clear(&out);
    sandbox_json_string(&out, "Zo\xC3\xAB \xF0\x9F\x92\xB3 \xED\xA0\x80 \xC0\xAF \xE2\x82");
    cr_expect(json_valid(out.data, out.length));
    cr_expect_not_null(strstr(out.data, "Zo\xC3\xAB \xF0\x9F\x92\xB3 \xEF\xBF\xBD"));
    buffer_clear(&out);
}
