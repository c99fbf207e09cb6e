#include "tests/e2e/session.h"

#include "tests/e2e/http.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define API_KEY "BRIDGE_API_KEY=sk-test-of-a-session"

enum { WIDTH = 120, HEIGHT = 40 };

/* --- begin and end --------------------------------------------------------- */

static void start_sandbox(struct session *session)
{
    char port[8], tunnel[128];
    (void)snprintf(port, sizeof port, "%u", (unsigned)session->api_port);
    (void)snprintf(tunnel, sizeof tunnel, SESSION_ORIGIN "=http://127.0.0.1:%u",
                   (unsigned)session->port);
    const char *more[] = {"--port", port, "--rate", "0",  "--quiet", "--tunnel",
                          tunnel,   NULL, NULL,     NULL, NULL};
    size_t count = 7;
    if (session->options.tunnel != NULL) {
        more[count++] = "--tunnel";
        more[count++] = session->options.tunnel;
    }
    if (session->options.demo)
        more[count] = "--demo";
    struct error error;
    session->sandbox = sandbox_client_start(&session->home, more, &error);
    cr_assert_not_null(session->sandbox, "%s", error.message);
}

void session_begin(struct session *session, struct session_options options)
{
    struct error error;
    *session = (struct session){.options = options, .held = {-1, -1}};
    cr_assert(child_home_make(&session->home, &error), "%s", error.message);
    session->held[0] = http_reserve_port(&session->port, &error);
    session->held[1] = http_reserve_port(&session->api_port, &error);
    cr_assert(session->held[0] >= 0 && session->held[1] >= 0, "%s", error.message);
    if (!options.listening_only)
        start_sandbox(session);
}

/* Whether the arguments say where the API is. */
static bool has_api_url(const char *const *arguments)
{
    for (; arguments != NULL && *arguments != NULL; arguments++)
        if (strcmp(*arguments, "--api-url") == 0)
            return true;
    return false;
}

void session_open_away(struct session *session, const char *const *more)
{
    char url[64], listen[32], store[192];
    const char *poll = session->options.poll != NULL ? session->options.poll : "1";
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v0", (unsigned)session->api_port);
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", (unsigned)session->port);
    (void)child_home_path(&session->home, "store.db", store, sizeof store);
    const char *program = child_program();
    cr_assert_not_null(program);
    bool has_api = !session->options.listening_only;
    const char *environment[4] = {"TZ=UTC"};
    size_t variables = 1;
    if (has_api)
        environment[variables++] = API_KEY;
    if (session->options.variable != NULL)
        environment[variables++] = session->options.variable;
    const char *argv[SESSION_ARGUMENTS_MAX + 1] = {program, "--listen", listen, "--db",
                                                   store,   "--poll",   poll};
    size_t count = 7;
    if (has_api && !has_api_url(more)) {
        argv[count++] = "--api-url";
        argv[count++] = url;
    }
    for (; more != NULL && *more != NULL && count < SESSION_ARGUMENTS_MAX; more++)
        argv[count++] = *more;
    struct screen_options options = {
        .argv = (char *const *)argv,
        .home = &session->home,
        .environment = environment,
        .term = session->options.term,
        .width = session->options.width > 0 ? session->options.width : WIDTH,
        .height = session->options.height > 0 ? session->options.height : HEIGHT,
    };
    struct error error;
    session->screen = screen_start(&options, &error);
    cr_assert_not_null(session->screen, "%s", error.message);
    cr_assert(session_shows(session, "1 Endpoints"));
}

void session_open(struct session *session, const char *const *more)
{
    session_open_away(session, more);
    cr_assert(session_shows(session, "API ok"));
}

void session_quit(struct session *session)
{
    struct error error = {""};
    cr_assert(screen_keys(session->screen, "q"));
    cr_assert_eq(screen_wait_exit(session->screen, SESSION_LIMIT_MS), 0);
    cr_expect(screen_is_whole(session->screen, &error), "%s", error.message);
    screen_free(session->screen);
    session->screen = NULL;
}

void session_end(struct session *session)
{
    screen_free(session->screen);
    session->screen = NULL;
    (void)sandbox_client_stop(session->sandbox);
    session->sandbox = NULL;
    for (size_t i = 0; i < 2; i++)
        if (session->held[i] > 0)
            (void)close(session->held[i]);
    session->held[0] = session->held[1] = -1;
    child_home_remove(&session->home);
}

void session_endpoint(struct session *session, const char *path, bool active,
                      char id[CONTRACT_ID_MAX + 1])
{
    char url[256];
    (void)snprintf(url, sizeof url, SESSION_ORIGIN "%s", path);
    cr_assert(sandbox_client_create(session->sandbox, url, active, id));
}

void session_event(struct session *session, const char *category, char id[CONTRACT_ID_MAX + 1])
{
    cr_assert(sandbox_client_event(session->sandbox, category, id));
    cr_assert_str_not_empty(id);
}

void session_api_stop(struct session *session)
{
    int code = sandbox_client_stop(session->sandbox);
    session->sandbox = NULL;
    cr_assert_eq(code, 0);
}

void session_api_start(struct session *session)
{
    start_sandbox(session);
}

/* --- keys and what they show ----------------------------------------------- */

bool session_shows(struct session *session, const char *text)
{
    return screen_wait_text(session->screen, text, SESSION_LIMIT_MS);
}

bool session_shows_row(struct session *session, const char *a, const char *b)
{
    return screen_wait_row(session->screen, a, b, SESSION_LIMIT_MS);
}

struct followed {
    const char *title;
    size_t count;
};

static bool follows(struct screen *screen, const void *context)
{
    const struct followed *log = context;
    char seen[64];
    char fresh[64];
    (void)snprintf(seen, sizeof seen, " %zu ▼ following", log->count);
    (void)snprintf(fresh, sizeof fresh, " %zu · ", log->count);
    int y = screen_row_with(screen, log->title, NULL);
    const char *row = y < 0 ? "" : screen_row(screen, y);
    const char *title = strstr(row, log->title);
    if (title == NULL)
        return false;
    const char *count = strstr(title, fresh);
    return strstr(title, seen) != NULL ||
           (count != NULL && strstr(count, " new ▼ following") != NULL);
}

bool session_follows(struct session *session, const char *title, size_t count)
{
    const struct followed log = {title, count};
    return screen_wait_for(session->screen, follows, &log, "a log of so many rows that follows",
                           SESSION_LIMIT_MS);
}

bool session_keys_show(struct session *session, const char *keys, const char *text)
{
    return screen_keys(session->screen, keys) && session_shows(session, text);
}

bool session_press_shows(struct session *session, enum screen_key key, const char *text)
{
    return screen_press(session->screen, key) && session_shows(session, text);
}

bool session_keys_hide(struct session *session, const char *keys, const char *text)
{
    return screen_keys(session->screen, keys) &&
           screen_wait_no_text(session->screen, text, SESSION_LIMIT_MS);
}

bool session_press_hides(struct session *session, enum screen_key key, const char *text)
{
    return screen_press(session->screen, key) &&
           screen_wait_no_text(session->screen, text, SESSION_LIMIT_MS);
}

/* The bar under the selected row in 256 colours: number 24. */
static bool is_bar(const struct screen_cell *cell)
{
    static const uint8_t BAR[3] = {0, 95, 135};
    return !cell->default_background && memcmp(cell->background, BAR, sizeof BAR) == 0;
}

static bool has_bar(const struct screen *screen, int y, int width)
{
    for (int x = 0; x < width; x++) {
        struct screen_cell cell = screen_cell(screen, x, y);
        if (is_bar(&cell))
            return true;
    }
    return false;
}

/* A log that follows has a sign in its frame instead of a bar. */
static bool has_sign(struct screen *screen, int y)
{
    return strstr(screen_row(screen, y), "▶") != NULL;
}

/* From below: the tab in focus, above the pane, is marked in the same way. */
const char *session_selected(struct session *session)
{
    int width, height;
    screen_size(session->screen, &width, &height);
    for (int y = height - 1; y >= 0; y--)
        if (has_bar(session->screen, y, width) || has_sign(session->screen, y))
            return screen_row(session->screen, y);
    return "";
}

struct selection {
    struct session *session;
    const char *text;
};

static bool is_selected(struct screen *screen, const void *context)
{
    const struct selection *selection = context;
    (void)screen;
    return strstr(session_selected(selection->session), selection->text) != NULL;
}

bool session_selects(struct session *session, const char *text)
{
    char what[256];
    struct selection selection = {session, text};
    (void)snprintf(what, sizeof what, "the selected row to have \"%s\"", text);
    return screen_wait_for(session->screen, is_selected, &selection, what, SESSION_LIMIT_MS);
}

/* --- what Bridge was asked -------------------------------------------------- */

static const char *text_in(const cJSON *request, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(request, name));
    return value != NULL ? value : "";
}

cJSON *session_changes(struct session *session)
{
    cJSON *record = sandbox_client_requests(session->sandbox);
    cJSON *changes = cJSON_CreateArray();
    cJSON *list = cJSON_GetObjectItem(record, "data");
    cr_assert(cJSON_IsArray(list), "the sandbox keeps a record of requests");
    for (cJSON *request = list->child; request != NULL;) {
        cJSON *next = request->next;
        if (strcmp(text_in(request, "method"), "GET") != 0)
            cJSON_AddItemToArray(changes, cJSON_DetachItemViaPointer(list, request));
        request = next;
    }
    cJSON_Delete(record);
    return changes;
}

struct poll {
    struct sandbox_client *sandbox;
    int before;
};

static int lists_asked(struct sandbox_client *sandbox)
{
    cJSON *record = sandbox_client_requests(sandbox);
    int count = 0;
    const cJSON *request;
    cJSON_ArrayForEach(request, cJSON_GetObjectItem(record, "data"))
    {
        if (strcmp(text_in(request, "method"), "GET") == 0 &&
            strcmp(text_in(request, "path"), "/v0/webhooks") == 0)
            count++;
    }
    cJSON_Delete(record);
    return count;
}

static bool list_was_asked(struct screen *screen, const void *context)
{
    const struct poll *poll = context;
    (void)screen;
    return lists_asked(poll->sandbox) > poll->before;
}

/* Keys, and the requests they cause, go in order: what had been sent before this poll is there. */
int session_changes_after_poll(struct session *session)
{
    struct poll poll = {session->sandbox, lists_asked(session->sandbox)};
    cr_assert(screen_wait_for(session->screen, list_was_asked, &poll, "a poll of the list",
                              SESSION_LIMIT_MS));
    cJSON *changes = session_changes(session);
    int count = cJSON_GetArraySize(changes);
    cJSON_Delete(changes);
    return count;
}

static bool same_json(const char *sent, const char *expected)
{
    if (expected == NULL)
        return sent[0] == '\0';
    cJSON *one = cJSON_Parse(sent);
    cJSON *other = cJSON_Parse(expected);
    bool same = one != NULL && other != NULL && cJSON_Compare(one, other, true);
    cJSON_Delete(one);
    cJSON_Delete(other);
    return same;
}

bool session_is_request(const cJSON *request, const char *method, const char *path,
                        const char *body)
{
    const char *key = session_idempotency_key(request);
    bool same = strcmp(text_in(request, "method"), method) == 0 &&
                strcmp(text_in(request, "path"), path) == 0 &&
                same_json(text_in(request, "body"), body) &&
                (key[0] != '\0') == (strcmp(method, "POST") == 0);
    if (!same)
        (void)fprintf(stderr, "expected %s %s %s\nrecorded %s %s %s (Idempotency-Key: %s)\n",
                      method, path, body != NULL ? body : "", text_in(request, "method"),
                      text_in(request, "path"), text_in(request, "body"), key);
    return same;
}

static bool something_changed(struct screen *screen, const void *context)
{
    struct session *session = *(struct session *const *)context;
    (void)screen;
    cJSON *changes = session_changes(session);
    int count = cJSON_GetArraySize(changes);
    cJSON_Delete(changes);
    return count > 0;
}

bool session_only_change(struct session *session, const char *method, const char *path,
                         const char *body)
{
    if (!screen_wait_for(session->screen, something_changed, &session, "a request of change",
                         SESSION_LIMIT_MS))
        return false;
    cJSON *changes = session_changes(session);
    int count = cJSON_GetArraySize(changes);
    bool same = session_is_request(cJSON_GetArrayItem(changes, 0), method, path, body);
    if (count != 1)
        (void)fprintf(stderr, "%d changes are on record\n", count);
    cJSON_Delete(changes);
    return same && count == 1;
}

const char *session_idempotency_key(const cJSON *request)
{
    return text_in(request, "idempotency_key");
}

int session_status(const cJSON *request)
{
    double status = cJSON_GetNumberValue(cJSON_GetObjectItem(request, "status"));
    return status > 0 ? (int)status : 0;
}

const char *session_path(char out[SESSION_PATH_SIZE], const char *webhook_id, const char *rest)
{
    (void)snprintf(out, SESSION_PATH_SIZE, "/v0/webhooks/%s%s", webhook_id, rest);
    return out;
}
