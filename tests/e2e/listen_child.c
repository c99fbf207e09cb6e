#include "tests/e2e/listen_child.h"

#include "api/buffer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 40, LOOK_MS = 20 };

struct listen_child {
    pid_t pid;
    int out;
    struct buffer said;
    size_t at; /* of what was waited for last: its end */
    char *line;
    uint16_t port;
    bool ended;
    int code;
};

static void become(const struct child_home *home, const char *const *argv, int out,
                   char *const *environment)
{
    char path[256];
    int err = open(child_home_path(home, "listen.err", path, sizeof path),
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(127);
    child_become(home->path, (char *const *)argv, environment);
}

struct listen_child *listen_child_begin(const struct child_home *home,
                                        const char *const *environment, const char *const *more)
{
    const char *argv[ARGUMENTS_MAX] = {child_program(), "listen",      "--db",     "store.db",
                                       "--listen",      "127.0.0.1:0", "--config", "none"};
    size_t count = 8;
    int ends[2];
    for (; more != NULL && *more != NULL && count < ARGUMENTS_MAX - 1; more++)
        argv[count++] = *more;
    struct listen_child *child = calloc(1, sizeof *child);
    char **all = child_environment(home, NULL, environment);
    cr_assert(child != NULL && all != NULL && argv[0] != NULL);
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    buffer_init(&child->said, CHILD_OUTPUT_MAX);
    child->pid = fork();
    if (child->pid == 0)
        become(home, argv, ends[1], all);
    cr_assert_gt(child->pid, 0);
    (void)close(ends[1]);
    child->out = ends[0];
    child_environment_free(all);
    return child;
}

struct listen_child *listen_child_start(const struct child_home *home,
                                        const char *const *environment, const char *const *more)
{
    struct listen_child *child = listen_child_begin(home, environment, more);
    const char *ready = listen_child_line(child, "\"kind\":\"ready\"");
    cr_assert_not_null(ready);
    const char *port = strstr(ready, "\"port\":");
    cr_assert_not_null(port);
    child->port = (uint16_t)strtoul(port + strlen("\"port\":"), NULL, 10);
    return child;
}

uint16_t listen_child_port(const struct listen_child *child)
{
    return child->port;
}

pid_t listen_child_pid(const struct listen_child *child)
{
    return child->pid;
}

/* Takes in what comes within the time. False at the end of the output. */
static bool take(struct listen_child *child, int ms)
{
    char bytes[65536];
    struct pollfd out = {.fd = child->out, .events = POLLIN};
    if (child->out < 0 || poll(&out, 1, ms) <= 0)
        return child->out >= 0;
    ssize_t length = read(child->out, bytes, sizeof bytes);
    if (length <= 0)
        return false;
    cr_assert(buffer_append(&child->said, bytes, (size_t)length));
    return true;
}

/* The first whole line after `at` that has the text. */
static const char *find(struct listen_child *child, const char *text)
{
    const char *line = child->said.data != NULL ? child->said.data + child->at : "";
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        free(child->line);
        child->line = strndup(line, (size_t)(end - line));
        if (strstr(child->line, text) == NULL)
            continue;
        child->at = (size_t)(end + 1 - child->said.data);
        return child->line;
    }
    return NULL;
}

const char *listen_child_line(struct listen_child *child, const char *text)
{
    int64_t until = child_clock_ms() + LISTEN_LIMIT_MS;
    for (;;) {
        const char *line = find(child, text);
        if (line != NULL)
            return line;
        if (!take(child, LOOK_MS) || child_clock_ms() > until)
            break;
    }
    const char *last = find(child, text);
    if (last == NULL)
        (void)fprintf(stderr, "no line with \"%s\" in:\n%s\n", text,
                      child->said.data != NULL ? child->said.data : "");
    return last;
}

size_t listen_child_count(struct listen_child *child, const char *text)
{
    size_t count = 0;
    const char *line = child->said.data != NULL ? child->said.data : "";
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const char *found = strstr(line, text);
        count += found != NULL && found < end;
    }
    return count;
}

void listen_child_close_output(struct listen_child *child)
{
    (void)close(child->out);
    child->out = -1;
}

int listen_child_wait(struct listen_child *child)
{
    int64_t until = child_clock_ms() + LISTEN_LIMIT_MS;
    if (child->ended)
        return child->code;
    while (child->out >= 0 && take(child, LOOK_MS) && child_clock_ms() < until)
        ;
    child->ended = child_wait(child->pid, LISTEN_LIMIT_MS, &child->code);
    return child->ended ? child->code : -1;
}

int listen_child_stop(struct listen_child *child, int signal_number)
{
    (void)kill(child->pid, signal_number);
    return listen_child_wait(child);
}

bool listen_child_complains(const struct child_home *home, const char *text)
{
    char path[256];
    static char said[65536];
    (void)child_home_path(home, "listen.err", path, sizeof path);
    for (int64_t until = child_clock_ms() + LISTEN_LIMIT_MS; child_clock_ms() < until;) {
        FILE *file = fopen(path, "re");
        size_t length = file != NULL ? fread(said, 1, sizeof said - 1, file) : 0;
        said[length] = '\0';
        if (file != NULL)
            (void)fclose(file);
        if (strstr(said, text) != NULL)
            return true;
        (void)poll(NULL, 0, LOOK_MS);
    }
    (void)fprintf(stderr, "\"%s\" is not in:\n%s\n", text, said);
    return false;
}

void listen_child_free(struct listen_child *child)
{
    if (child == NULL)
        return;
    if (!child->ended)
        child_kill(child->pid);
    if (child->out >= 0)
        (void)close(child->out);
    buffer_clear(&child->said);
    free(child->line);
    free(child);
}
