#include "tui/look.h"

#include <stdio.h>
#include <string.h>

const char *look_sign(enum check_tone tone, enum role *role)
{
    static const struct {
        const char *sign;
        enum role role;
    } TONES[] = {[CHECK_OK] = {"✓", ROLE_GOOD},
                 [CHECK_WARN] = {"!", ROLE_WARN},
                 [CHECK_BAD] = {"✗", ROLE_BAD}};
    *role = TONES[tone].role;
    return TONES[tone].sign;
}

static void add_report(const struct url_report *report, struct look_line *lines, size_t *count)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct check_line *from = &report->lines[i];
        struct look_line *line = &lines[(*count)++];
        const char *sign = look_sign(from->tone, &line->role);
        bool named = strcmp(from->what, "https") != 0; /* its words name it */
        (void)snprintf(line->text, sizeof line->text, "%s %s%s%s", sign, named ? from->what : "",
                       named ? ": " : "", from->text);
    }
}

/* One for each that will come, so that the frame seldom changes. */
static void add_awaited(struct look_line *lines, size_t *count)
{
    static const char *const AWAITED[URL_CHECK_LINES_MAX] = {"https", "certificate", "names",
                                                             "validity", "answer"};
    for (size_t i = 0; i < URL_CHECK_LINES_MAX; i++) {
        struct look_line *line = &lines[(*count)++];
        line->role = ROLE_DIM;
        (void)snprintf(line->text, sizeof line->text, "… %s", AWAITED[i]);
    }
}

/* What Bridge begins with once it is enabled. */
static void add_waiting(const struct endpoint *endpoint, struct look_line *line)
{
    size_t count = endpoint != NULL ? endpoint->upcoming.count : 0;
    line->role = ROLE_INFO;
    if (endpoint != NULL && endpoint->upcoming_trouble[0] != '\0') {
        line->role = ROLE_WARN;
        (void)snprintf(line->text, sizeof line->text, "! events waiting: could not be asked");
    } else if (endpoint == NULL || !endpoint->upcoming_known) {
        line->role = ROLE_DIM;
        (void)snprintf(line->text, sizeof line->text, "… events waiting");
    } else if (count >= CONTRACT_UPCOMING) {
        (void)snprintf(line->text, sizeof line->text, "· events waiting: %zu or more", count);
    } else {
        (void)snprintf(line->text, sizeof line->text, "· events waiting: %zu", count);
    }
}

size_t look_lines(const struct app *app, struct look_line lines[LOOK_LINES_MAX])
{
    const struct question *question = &app->question;
    const struct url_look *look = &question->look;
    size_t count = 0;
    if (!question->open || !look->open)
        return 0;
    if (look->done) {
        add_report(&look->report, lines, &count);
    } else if (look->asked) {
        add_awaited(lines, &count);
    } else {
        lines[count].role = ROLE_DIM;
        (void)snprintf(lines[count].text, sizeof lines[count].text,
                       app->environment == ENVIRONMENT_DEMO
                           ? "· in the demo the URL is not asked: it exists only here"
                           : "· the URL was not asked");
        count++;
    }
    add_waiting(state_find_endpoint(app, question->plan.webhook_id), &lines[count++]);
    if (look->done && url_report_tone(&look->report) == CHECK_BAD) {
        lines[count].role = ROLE_BAD;
        (void)snprintf(lines[count].text, sizeof lines[count].text,
                       "As it is, deliveries to this URL would fail.");
        count++;
    }
    return count;
}
