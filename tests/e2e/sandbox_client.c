#include "tests/e2e/sandbox_client.h"

#include "tests/e2e/http.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_API_KEY "Api-Key: sk-test-of-the-test"
#define ADDRESS      "127.0.0.1:"

enum { ARGUMENTS_MAX = 32, START_MS = 20000, STOP_MS = 10000, ASK_AGAIN_MS = 50 };

struct sandbox_client {
    pid_t pid;
    int out;
    char origin[64]; /* http://127.0.0.1:N */
    char api[80];
    unsigned posts; /* so that each has an Idempotency-Key of its own */
};

/* --- start and end --------------------------------------------------------- */

static bool find_address(const char *said, char *origin, size_t size)
{
    const char *at = strstr(said, ADDRESS);
    if (at == NULL)
        return false;
    const char *digits = at + strlen(ADDRESS);
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || digits[length] == '\0')
        return false; /* more digits may come */
    (void)snprintf(origin, size, "http://" ADDRESS "%.*s", (int)length, digits);
    return true;
}

/* Reads what the server says until an address is in it. */
static bool read_address(struct sandbox_client *client, struct error *error)
{
    char said[4096] = "";
    size_t length = 0;
    int64_t until = child_clock_ms() + START_MS;
    while (!find_address(said, client->origin, sizeof client->origin)) {
        struct pollfd out = {.fd = client->out, .events = POLLIN};
        int64_t left = until - child_clock_ms();
        if (left <= 0 || length == sizeof said - 1 || poll(&out, 1, (int)left) <= 0)
            return error_set(error, "the sandbox named no address: %s", said);
        ssize_t count = read(client->out, said + length, sizeof said - 1 - length);
        if (count <= 0)
            return error_set(error, "the sandbox ended at once: %s", said);
        length += (size_t)count;
        said[length] = '\0';
    }
    (void)snprintf(client->api, sizeof client->api, "%s/v0", client->origin);
    return true;
}

static bool start_child(struct sandbox_client *client, const struct child_home *home,
                        const char *const *more, struct error *error)
{
    const char *program = child_program();
    if (program == NULL)
        return error_set(error, "no program under test");
    const char *argv[ARGUMENTS_MAX] = {program, "sandbox", "--port", "0"};
    for (size_t i = 4; more != NULL && *more != NULL && i < ARGUMENTS_MAX - 1; i++)
        argv[i] = *more++;
    int ends[2];
    char **environment = child_environment(home, NULL, NULL);
    if (environment == NULL || pipe2(ends, O_CLOEXEC) != 0) {
        child_environment_free(environment);
        return error_set(error, "no pipe");
    }
    client->pid = fork();
    if (client->pid == 0) {
        if (dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(127);
        child_become(home->path, (char *const *)argv, environment);
    }
    (void)close(ends[1]);
    client->out = ends[0];
    child_environment_free(environment);
    return client->pid > 0 || error_set(error, "no process: %s", strerror(errno));
}

struct sandbox_client *sandbox_client_start(const struct child_home *home, const char *const *more,
                                            struct error *error)
{
    struct sandbox_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        (void)error_set(error, "out of memory");
        return NULL;
    }
    client->out = -1;
    if (!start_child(client, home, more, error) || !read_address(client, error)) {
        (void)sandbox_client_stop(client);
        return NULL;
    }
    return client;
}

int sandbox_client_stop(struct sandbox_client *client)
{
    if (client == NULL)
        return 0;
    int code = -1;
    if (client->pid > 0) {
        (void)kill(client->pid, SIGTERM);
        if (!child_wait(client->pid, STOP_MS, &code))
            child_kill(client->pid);
    }
    if (client->out >= 0)
        (void)close(client->out);
    free(client);
    return code;
}

pid_t sandbox_client_pid(const struct sandbox_client *client)
{
    return client->pid;
}

const char *sandbox_client_url(const struct sandbox_client *client)
{
    return client->api;
}

/* --- any request ----------------------------------------------------------- */

int sandbox_client_ask(struct sandbox_client *client, const char *method, const char *path,
                       const char *json, cJSON **answer)
{
    if (answer != NULL)
        *answer = NULL;
    char url[512], idempotency[80];
    (void)snprintf(url, sizeof url, "%s%s", client->origin, path);
    (void)snprintf(idempotency, sizeof idempotency, "Idempotency-Key: test-%d-%u", (int)getpid(),
                   client->posts++);
    bool post = strcmp(method, "POST") == 0;
    const char *headers[] = {TEST_API_KEY, "Content-Type: application/json",
                             post ? idempotency : NULL, NULL};
    struct http_request request = {.method = method,
                                   .url = url,
                                   .headers = headers,
                                   .body = json,
                                   .body_length = json == NULL ? 0 : strlen(json)};
    struct http_answer got;
    struct error error;
    if (!http_ask(&request, &got, &error)) {
        (void)fprintf(stderr, "%s\n", error.message);
        return 0;
    }
    int status = got.status;
    if (answer != NULL)
        *answer = cJSON_Parse(got.body);
    if (status >= 400)
        (void)fprintf(stderr, "%s %s: %d %s\n", method, path, status, got.body);
    http_answer_clear(&got);
    return status;
}

static bool asked(struct sandbox_client *client, const char *method, const char *path,
                  const char *json)
{
    int status = sandbox_client_ask(client, method, path, json, NULL);
    return status >= 200 && status < 300;
}

/* --- the record of requests ------------------------------------------------ */

/* A list, bare or in "data". */
static const cJSON *list_in(const cJSON *answer)
{
    return cJSON_IsArray(answer) ? answer : cJSON_GetObjectItem(answer, "data");
}

static const char *string_in(const cJSON *object, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return value == NULL ? "" : value;
}

/* The body of a recorded request as text, whether it is on record as text or as JSON. */
static bool body_has(const cJSON *request, const char *part)
{
    const cJSON *body = cJSON_GetObjectItem(request, "body");
    if (cJSON_IsString(body) || body == NULL)
        return strstr(string_in(request, "body"), part) != NULL;
    char *printed = cJSON_PrintUnformatted(body);
    bool found = printed != NULL && strstr(printed, part) != NULL;
    cJSON_free(printed);
    return found;
}

cJSON *sandbox_client_requests(struct sandbox_client *client)
{
    cJSON *answer = NULL;
    (void)sandbox_client_ask(client, "GET", "/sandbox/requests", NULL, &answer);
    return answer;
}

int sandbox_client_count(struct sandbox_client *client, const char *method, const char *path,
                         const char *body)
{
    cJSON *answer = sandbox_client_requests(client);
    int count = 0;
    const cJSON *request;
    cJSON_ArrayForEach(request, list_in(answer))
    {
        if (strcmp(string_in(request, "method"), method) == 0 &&
            strstr(string_in(request, "path"), path) != NULL &&
            (body == NULL || body_has(request, body)))
            count++;
    }
    cJSON_Delete(answer);
    return count;
}

static void print_record(struct sandbox_client *client)
{
    cJSON *answer = sandbox_client_requests(client);
    const cJSON *request;
    cJSON_ArrayForEach(request, list_in(answer))
    {
        char *line = cJSON_PrintUnformatted(request);
        (void)fprintf(stderr, "    %s\n", line == NULL ? "?" : line);
        cJSON_free(line);
    }
    cJSON_Delete(answer);
}

bool sandbox_client_wait(struct sandbox_client *client, struct screen *screen, const char *method,
                         const char *path, const char *body, int limit_ms)
{
    int64_t until = child_clock_ms() + limit_ms;
    while (sandbox_client_count(client, method, path, body) == 0) {
        if (child_clock_ms() >= until) {
            (void)fprintf(stderr, "waited for the request %s %s %s; the record:\n", method, path,
                          body == NULL ? "" : body);
            print_record(client);
            if (screen != NULL)
                screen_print(screen, "meanwhile");
            return false;
        }
        if (screen != NULL)
            screen_pump(screen, ASK_AGAIN_MS);
        else
            (void)poll(NULL, 0, ASK_AGAIN_MS);
    }
    return true;
}

bool sandbox_client_forget(struct sandbox_client *client)
{
    return asked(client, "DELETE", "/sandbox/requests", NULL);
}

/* --- what happens ---------------------------------------------------------- */

bool sandbox_client_fault(struct sandbox_client *client, const char *json)
{
    return asked(client, "PUT", "/sandbox/faults", json);
}

bool sandbox_client_sign_with(struct sandbox_client *client, const char *webhook_id,
                              const char *how)
{
    char path[128], json[64];
    (void)snprintf(path, sizeof path, "/sandbox/webhooks/%s", webhook_id);
    (void)snprintf(json, sizeof json, "{\"sign_with\":\"%s\"}", how);
    return asked(client, "PUT", path, json);
}

static void take_id(const cJSON *answer, const char *name, char id[CONTRACT_ID_MAX + 1])
{
    (void)snprintf(id, CONTRACT_ID_MAX + 1, "%s", string_in(answer, name));
}

bool sandbox_client_event(struct sandbox_client *client, const char *category,
                          char id[CONTRACT_ID_MAX + 1])
{
    char json[128];
    cJSON *answer;
    (void)snprintf(json, sizeof json, "{\"category\":\"%s\"}", category);
    int status = sandbox_client_ask(client, "POST", "/sandbox/events", json, &answer);
    take_id(answer, "event_id", id);
    cJSON_Delete(answer);
    return status >= 200 && status < 300;
}

bool sandbox_client_create(struct sandbox_client *client, const char *url, bool active,
                           char id[CONTRACT_ID_MAX + 1])
{
    char json[512], path[128];
    cJSON *answer;
    (void)snprintf(json, sizeof json,
                   "{\"url\":\"%s\",\"event_epoch\":\"webhook_creation\",\"event_categories\":[]}",
                   url);
    int status = sandbox_client_ask(client, "POST", "/v0/webhooks", json, &answer);
    take_id(answer, "id", id);
    cJSON_Delete(answer);
    if (status != 201 || id[0] == '\0')
        return false;
    (void)snprintf(path, sizeof path, "/v0/webhooks/%s", id);
    return !active || asked(client, "PUT", path, "{\"status\":\"active\"}");
}

void sandbox_client_status(struct sandbox_client *client, const char *webhook_id, char out[32])
{
    cJSON *answer;
    (void)sandbox_client_ask(client, "GET", "/v0/webhooks", NULL, &answer);
    (void)snprintf(out, 32, "gone");
    const cJSON *webhook;
    cJSON_ArrayForEach(webhook, list_in(answer))
    {
        if (strcmp(string_in(webhook, "id"), webhook_id) == 0)
            (void)snprintf(out, 32, "%s", string_in(webhook, "status"));
    }
    cJSON_Delete(answer);
}
