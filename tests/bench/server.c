#include "tests/bench/server.h"

#include "tests/bench/cores.h"
#include "tests/e2e/child.h"
#include "tests/e2e/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { START_MS = 20000, STOP_MS = 20000, LOOK_MS = 2, ARGUMENTS_MAX = 16, PATH_SIZE = 512 };

struct server {
    pid_t pid;
    uint16_t port;
    int held; /* keeps the port ours */
    struct child_home home;
    char store[PATH_SIZE]; /* "": none of its own */
};

/* Arguments of bridgetop and of peer.js. */
static void write_arguments(const struct server *server, const struct server_plan *plan,
                            char address[32], const char *arguments[ARGUMENTS_MAX])
{
    size_t count = 0;
    bool node = plan->kind != SERVER_BRIDGETOP;
    const char *store = plan->store != NULL ? plan->store : server->store;
    (void)snprintf(address, 32, node ? "%.0s%u" : "%s:%u", "127.0.0.1", (unsigned)server->port);
    if (node) {
        arguments[count++] = "node";
        arguments[count++] = plan->peer;
        arguments[count++] = address;
        arguments[count++] = plan->public_key;
        arguments[count++] = plan->kind == SERVER_NODE ? "none" : store;
    } else {
        const char *own[] = {plan->program, "listen", "--json", "--config", "none",
                             "--listen",    address,  "--db",   store,      "--public-key"};
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            arguments[count++] = own[i];
        arguments[count++] = plan->public_key;
    }
    if (plan->certificate != NULL) {
        if (!node)
            arguments[count++] = "--tls-cert";
        arguments[count++] = plan->certificate;
        if (!node)
            arguments[count++] = "--tls-key";
        arguments[count++] = plan->certificate_key;
    }
    arguments[count] = NULL;
}

static bool start_child(struct server *server, const struct server_plan *plan, struct error *error)
{
    char address[32];
    const char *arguments[ARGUMENTS_MAX];
    write_arguments(server, plan, address, arguments);
    char **environment = child_environment(&server->home, NULL, NULL);
    if (environment == NULL)
        return error_set(error, "out of memory");
    server->pid = fork();
    if (server->pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        cores_use(plan->core);
        if (dup2(nowhere, STDOUT_FILENO) < 0)
            _exit(127);
        child_become(server->home.path, (char *const *)arguments, environment);
    }
    child_environment_free(environment);
    return server->pid > 0 || error_set(error, "no process: %s", strerror(errno));
}

static bool takes_connections(uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0;
    if (fd >= 0)
        (void)close(fd);
    return taken;
}

static bool wait_until_ready(struct server *server, const char *name, struct error *error)
{
    int64_t until = child_clock_ms() + START_MS;
    while (!takes_connections(server->port)) {
        int code;
        if (child_wait(server->pid, 0, &code)) {
            server->pid = 0;
            return error_set(error, "%s ended at once with %d", name, code);
        }
        if (child_clock_ms() > until)
            return error_set(error, "%s takes no connections", name);
        (void)poll(NULL, 0, LOOK_MS);
    }
    return true;
}

struct server *server_start(const struct server_plan *plan, struct error *error)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)error_set(error, "out of memory");
        return NULL;
    }
    server->held = http_reserve_port(&server->port, error);
    if (server->held < 0 || !child_home_make(&server->home, error))
        goto failed;
    if (plan->store == NULL)
        (void)child_home_path(&server->home, "store", server->store, sizeof server->store);
    if (start_child(server, plan, error) &&
        wait_until_ready(server, plan->kind == SERVER_BRIDGETOP ? "bridgetop" : "node", error))
        return server;
failed:
    (void)server_stop(server, NULL);
    return NULL;
}

pid_t server_pid(const struct server *server)
{
    return server->pid;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

bool server_stop(struct server *server, int64_t *bytes)
{
    int code = -1;
    struct stat info;
    if (server == NULL)
        return true;
    if (server->pid > 0) {
        (void)kill(server->pid, SIGTERM);
        if (!child_wait(server->pid, STOP_MS, &code))
            child_kill(server->pid);
    }
    if (bytes != NULL)
        *bytes = stat(server->store, &info) == 0 ? (int64_t)info.st_size : -1;
    child_home_remove(&server->home);
    if (server->held >= 0)
        (void)close(server->held);
    free(server);
    return code == 0;
}

bool server_has_node(void)
{
    struct child_home home;
    struct child_run run = {.code = -1};
    struct error error;
    char *argv[] = {(char *)"node", (char *)"--version", NULL};
    if (!child_home_make(&home, &error))
        return false;
    char **environment = child_environment(&home, NULL, NULL);
    if (environment != NULL)
        (void)child_run(argv, &home, environment, NULL, 0, START_MS, &run, &error);
    bool there = run.code == 0;
    child_run_clear(&run);
    child_environment_free(environment);
    child_home_remove(&home);
    return there;
}
