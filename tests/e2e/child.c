#include "tests/e2e/child.h"

#include "api/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ENVIRONMENT_MAX = 64, NOT_STARTED = 127, REMOVE_DESCRIPTORS = 16 };

const char *child_program(void)
{
    static char path[4096];
    const char *name = getenv("BRIDGETOP_BIN");
    if (name == NULL || strlen(name) >= sizeof path || realpath(name, path) == NULL) {
        (void)fprintf(stderr, "BRIDGETOP_BIN does not name the program under test: %s\n",
                      name == NULL ? "it is not set" : name);
        return NULL;
    }
    return path;
}

int64_t child_clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t child_clock_ms(void)
{
    return child_clock_ns() / 1000000;
}

/* --- home ----------------------------------------------------------------- */

bool child_home_make(struct child_home *home, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(home->path, sizeof home->path, "%s/bridgetop-test-XXXXXX",
                          parent == NULL || parent[0] != '/' ? "/tmp" : parent);
    if (length < 0 || (size_t)length >= sizeof home->path || mkdtemp(home->path) == NULL) {
        home->path[0] = '\0';
        return error_set(error, "cannot make a temporary folder: %s", strerror(errno));
    }
    return true;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void child_home_remove(struct child_home *home)
{
    if (home->path[0] != '\0')
        (void)nftw(home->path, remove_entry, REMOVE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    home->path[0] = '\0';
}

const char *child_home_path(const struct child_home *home, const char *name, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/%s", home->path, name);
    return out;
}

bool child_home_write(const struct child_home *home, const char *name, const void *bytes,
                      size_t length, struct error *error)
{
    char path[256];
    FILE *file = fopen(child_home_path(home, name, path, sizeof path), "we");
    if (file == NULL)
        return error_set(error, "cannot write %s: %s", path, strerror(errno));
    bool written = fwrite(bytes, 1, length, file) == length;
    if (fclose(file) != 0 || !written)
        return error_set(error, "cannot write %s", path);
    return true;
}

/* --- environment ---------------------------------------------------------- */

static bool same_name(const char *entry, const char *other)
{
    size_t length = strcspn(entry, "=");
    return strncmp(entry, other, length) == 0 && other[length] == '=';
}

/* Adds "name=value", or replaces it. A list that is full or out of memory is left as it is. */
static bool set(char **environment, const char *name, const char *value)
{
    char *entry = NULL;
    if (asprintf(&entry, "%s=%s", name, value) < 0)
        return false;
    size_t at = 0;
    while (environment[at] != NULL && !same_name(entry, environment[at]))
        at++;
    if (at == ENVIRONMENT_MAX) {
        free(entry);
        return false;
    }
    free(environment[at]);
    environment[at] = entry;
    return true;
}

static bool set_entry(char **environment, const char *entry)
{
    char name[64];
    size_t length = strcspn(entry, "=");
    if (length >= sizeof name || entry[length] != '=')
        return false;
    memcpy(name, entry, length);
    name[length] = '\0';
    return set(environment, name, entry + length + 1);
}

/* The sanitizers of an instrumented program report where these say. */
static bool set_sanitizers(char **environment)
{
    static const char *const NAMES[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"};
    bool ok = true;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const char *value = getenv(NAMES[i]);
        if (value != NULL)
            ok = set(environment, NAMES[i], value) && ok;
    }
    return ok;
}

char **child_environment(const struct child_home *home, const char *term, const char *const *more)
{
    char **environment = calloc(ENVIRONMENT_MAX + 1, sizeof *environment);
    if (environment == NULL)
        return NULL;
    char state[256];
    bool ok = set(environment, "PATH", "/usr/local/bin:/usr/bin:/bin") &&
              set(environment, "HOME", home->path) && set(environment, "TMPDIR", home->path) &&
              set(environment, "XDG_STATE_HOME",
                  child_home_path(home, ".local/state", state, sizeof state)) &&
              set(environment, "LANG", "C.UTF-8") &&
              (term == NULL || set(environment, "TERM", term)) && set_sanitizers(environment);
    for (; ok && more != NULL && *more != NULL; more++)
        ok = set_entry(environment, *more);
    if (!ok) {
        child_environment_free(environment);
        return NULL;
    }
    return environment;
}

void child_environment_free(char **environment)
{
    if (environment == NULL)
        return;
    for (size_t i = 0; environment[i] != NULL; i++)
        free(environment[i]);
    free(environment);
}

/* --- life ------------------------------------------------------------------ */

static const char *value_of(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    }
    return NULL;
}

_Noreturn void child_become(const char *directory, char *const *argv, char *const *environment)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL);
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    if (chdir(directory) != 0)
        _exit(NOT_STARTED);
    const char *path = value_of(environment, "PATH");
    if (path != NULL)
        (void)setenv("PATH", path, 1); /* where execvpe() looks */
    (void)execvpe(argv[0], argv, environment);
    (void)dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(NOT_STARTED);
}

bool child_wait(pid_t pid, int limit_ms, int *code)
{
    int end = pidfd_open(pid, 0);
    if (end < 0)
        return false;
    struct pollfd wait = {.fd = end, .events = POLLIN};
    int64_t until = child_clock_ms() + limit_ms;
    int ready;
    do {
        int64_t left = until - child_clock_ms();
        ready = poll(&wait, 1, left > 0 ? (int)left : 0);
    } while (ready < 0 && errno == EINTR);
    (void)close(end);

    int status;
    if (ready != 1 || waitpid(pid, &status, 0) != pid)
        return false;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

void child_kill(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

/* --- run to the end, without a terminal ------------------------------------ */

struct pipes {
    int in[2], out[2], err[2];
};

static void close_end(int *end)
{
    if (*end >= 0)
        (void)close(*end);
    *end = -1;
}

static void close_pipes(struct pipes *pipes)
{
    int *ends[] = {pipes->in, pipes->out, pipes->err};
    for (size_t i = 0; i < 3; i++) {
        close_end(&ends[i][0]);
        close_end(&ends[i][1]);
    }
}

static bool open_pipes(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 &&
        pipe2(pipes->err, O_CLOEXEC) == 0)
        return true;
    close_pipes(pipes);
    return false;
}

static void take_ends(const struct pipes *pipes)
{
    if (dup2(pipes->in[0], STDIN_FILENO) < 0 || dup2(pipes->out[1], STDOUT_FILENO) < 0 ||
        dup2(pipes->err[1], STDERR_FILENO) < 0)
        _exit(NOT_STARTED);
}

/* One read into the buffer; closes the end at the end of the stream. */
static void read_into(int *end, struct buffer *buffer)
{
    char bytes[16384];
    ssize_t length = read(*end, bytes, sizeof bytes);
    if (length > 0)
        (void)buffer_append(buffer, bytes, (size_t)length);
    else if (length == 0 || (errno != EINTR && errno != EAGAIN))
        close_end(end);
}

static void write_from(int *end, const char **input, size_t *left)
{
    ssize_t length = write(*end, *input, *left);
    if (length > 0) {
        *input += length;
        *left -= (size_t)length;
    }
    if (*left == 0 || (length < 0 && errno != EINTR && errno != EAGAIN))
        close_end(end);
}

/* Until both outputs have ended, or the limit has passed. poll() skips a negative descriptor. */
static void exchange(struct pipes *pipes, const char *input, size_t left, int64_t until,
                     struct buffer *out, struct buffer *err)
{
    if (left == 0)
        close_end(&pipes->in[1]);
    while (pipes->out[0] >= 0 || pipes->err[0] >= 0) {
        int64_t rest = until - child_clock_ms();
        struct pollfd ends[] = {{.fd = pipes->out[0], .events = POLLIN},
                                {.fd = pipes->err[0], .events = POLLIN},
                                {.fd = pipes->in[1], .events = POLLOUT}};
        if (rest <= 0 || (poll(ends, 3, (int)rest) < 0 && errno != EINTR))
            return;
        if (ends[0].revents != 0)
            read_into(&pipes->out[0], out);
        if (ends[1].revents != 0)
            read_into(&pipes->err[0], err);
        if (ends[2].revents != 0)
            write_from(&pipes->in[1], &input, &left);
    }
}

bool child_run(char *const *argv, const struct child_home *home, char *const *environment,
               const void *input, size_t input_length, int limit_ms, struct child_run *run,
               struct error *error)
{
    *run = (struct child_run){.code = -1};
    struct pipes pipes;
    if (!open_pipes(&pipes))
        return error_set(error, "no pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        close_pipes(&pipes);
        return error_set(error, "no process: %s", strerror(errno));
    }
    if (pid == 0) {
        take_ends(&pipes);
        child_become(home->path, argv, environment);
    }
    close_end(&pipes.in[0]);
    close_end(&pipes.out[1]);
    close_end(&pipes.err[1]);
    (void)signal(SIGPIPE, SIG_IGN); /* it may end before it has read its input */
    (void)fcntl(pipes.in[1], F_SETFL, O_NONBLOCK);

    struct buffer out, err;
    buffer_init(&out, CHILD_OUTPUT_MAX);
    buffer_init(&err, CHILD_OUTPUT_MAX);
    int64_t until = child_clock_ms() + limit_ms;
    exchange(&pipes, input, input_length, until, &out, &err);
    close_pipes(&pipes);
    int64_t left = until - child_clock_ms();
    if (!child_wait(pid, left > 0 ? (int)left : 0, &run->code))
        child_kill(pid);
    run->out = buffer_take(&out, &run->out_length);
    run->err = buffer_take(&err, &run->err_length);
    if (run->out == NULL || run->err == NULL) {
        child_run_clear(run);
        return error_set(error, "%s wrote more than is read of it", argv[0]);
    }
    return true;
}

void child_run_clear(struct child_run *run)
{
    free(run->out);
    free(run->err);
    *run = (struct child_run){.code = -1};
}
