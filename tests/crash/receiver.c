#include "tests/crash/receiver.h"

#include "api/inbox.h"
#include "api/listener.h"

#include "tests/faulty_vfs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the program ----------------------------------------------------------------- */

enum { LINE_SIZE = 64 * 1024 };

static void become_program(const char *program, const struct child_home *home, const char *path,
                           const char *key_path, int out, char *const *environment)
{
    const char *argv[] = {program,       "listen", "--json", "--config",     "none",   "--listen",
                          "127.0.0.1:0", "--db",   path,     "--public-key", key_path, NULL};
    if (dup2(out, STDOUT_FILENO) < 0)
        _exit(127);
    child_become(home->path, (char *const *)argv, environment);
}

/* The line that says on which port it is. */
static bool read_ready(struct receiver *receiver)
{
    static char line[LINE_SIZE];
    const char *port = NULL;
    while (port == NULL && fgets(line, sizeof line, receiver->output) != NULL)
        if (strstr(line, "\"kind\":\"ready\"") != NULL)
            port = strstr(line, "\"port\":");
    if (port != NULL)
        receiver->port = (uint16_t)strtoul(port + strlen("\"port\":"), NULL, 10);
    return port != NULL;
}

/* Until it is gone: its pipe never fills. */
static void *read_on(void *context)
{
    static char bytes[LINE_SIZE];
    while (fread(bytes, 1, sizeof bytes, context) > 0)
        ;
    return NULL;
}

bool receiver_start_program(struct receiver *receiver, const char *program,
                            const struct child_home *home, const char *path, const char *key_path)
{
    int out[2];
    char **environment = child_environment(home, NULL, NULL);
    if (environment == NULL || pipe2(out, O_CLOEXEC) != 0)
        return false;
    (void)fflush(NULL);
    receiver->pid = fork();
    if (receiver->pid == 0)
        become_program(program, home, path, key_path, out[1], environment);
    child_environment_free(environment);
    close(out[1]);
    receiver->output = fdopen(out[0], "re");
    return receiver->pid > 0 && receiver->output != NULL && read_ready(receiver) &&
           pthread_create(&receiver->reader, NULL, read_on, receiver->output) == 0;
}

bool receiver_kill(struct receiver *receiver)
{
    int status = 0;
    (void)kill(receiver->pid, SIGKILL);
    (void)waitpid(receiver->pid, &status, 0);
    (void)pthread_join(receiver->reader, NULL);
    (void)fclose(receiver->output);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* --- the other, whose power is cut: the child ------------------------------------- */

enum { WRITES_MAX = 40, PATIENCE_US = 300000 };

struct plug {
    int lost;
    uint64_t seed; /* of what comes to the disk by itself */
    int nth_write; /* after the signal, when it is cut */
};

static void gone(int lost, void *context)
{
    const struct plug *plug = context;
    _exit(write(plug->lost, &lost, sizeof lost) == sizeof lost ? 0 : 3);
}

/* In the midst of writing; where nothing is written any more, without that. */
static void *wait_for_cut(void *context)
{
    struct plug *plug = context;
    sigset_t set;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    (void)sigwait(&set, &signal);
    faulty_vfs_cut_power_at(plug->nth_write, plug->seed, gone, plug);
    (void)usleep(PATIENCE_US);
    gone(faulty_vfs_cut_power(plug->seed), plug);
    return NULL;
}

static void make_forgetful(struct plug *plug)
{
    sigset_t set;
    pthread_t thread;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (!faulty_vfs_install() || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
        pthread_create(&thread, NULL, wait_for_cut, plug) != 0)
        _exit(2);
    faulty_vfs_remember();
}

static void die(const struct error *error)
{
    (void)fprintf(stderr, "receiver: %s\n", error->message);
    _exit(2);
}

static void serve(const char *path, const char *pem, int port_end)
{
    static uv_loop_t loop;
    struct error error = {0};
    struct inbox_config inbox_config = {
        .store_path = path, .ambient = ambient_system(), .window_ms = -1};
    struct keyring *keyring = keyring_new();
    if (uv_loop_init(&loop) != 0 || keyring == NULL ||
        !keyring_add(keyring, NULL, NULL, pem, &error))
        die(&error);
    struct inbox *inbox = inbox_new(&loop, &inbox_config, &error);
    if (inbox == NULL)
        die(&error);
    inbox_set_keys(inbox, keyring);
    struct listener_config config = {.address = "127.0.0.1",
                                     .ambient = ambient_system(),
                                     .handler = inbox_handle,
                                     .context = inbox};
    struct listener *listener = listener_new(&loop, &config, &error);
    if (listener == NULL)
        die(&error);
    uint16_t port = listener_port(listener);
    if (write(port_end, &port, sizeof port) != sizeof port)
        _exit(2);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
}

/* --- and its parent ---------------------------------------------------------------------- */

bool receiver_start_forgetful(struct receiver *receiver, const char *path, const char *pem,
                              uint64_t seed, uint64_t moment)
{
    int port[2], lost[2];
    if (pipe(port) != 0)
        return false;
    if (pipe(lost) != 0)
        return false;
    (void)fflush(NULL);
    receiver->pid = fork();
    if (receiver->pid == 0) {
        struct plug plug = {
            .lost = lost[1], .seed = seed, .nth_write = 1 + (int)(moment % WRITES_MAX)};
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        make_forgetful(&plug);
        serve(path, pem, port[1]);
        _exit(0);
    }
    close(port[1]);
    close(lost[1]);
    receiver->lost = lost[0];
    bool started = receiver->pid > 0 &&
                   read(port[0], &receiver->port, sizeof receiver->port) == sizeof receiver->port;
    close(port[0]);
    return started;
}

int receiver_cut_power(struct receiver *receiver)
{
    int lost = -1;
    (void)kill(receiver->pid, SIGUSR1);
    (void)waitpid(receiver->pid, NULL, 0);
    if (read(receiver->lost, &lost, sizeof lost) != sizeof lost)
        lost = -1;
    close(receiver->lost);
    return lost;
}
