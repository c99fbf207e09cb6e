#include "tests/forward/application.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST_MAX = 64 * 1024, REFUSES_ONE_IN = 50, HANGS_UP_ONE_IN = 100 };

/* --- the child ------------------------------------------------------------------- */

static int notes = -1;
static atomic_uint_fast64_t random_state;

static uint64_t next_random(void)
{
    uint64_t now = atomic_fetch_add(&random_state, 0x9E3779B97F4A7C15u);
    now = (now ^ (now >> 30)) * 0xBF58476D1CE4E5B9u;
    return now ^ (now >> 31);
}

/* Reads one request whole; what follows it stays. False at the end of the connection. */
static bool read_request(int fd, char *request, size_t *length, size_t *whole)
{
    for (;;) {
        request[*length] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *header = end != NULL ? strcasestr(request, "\r\nContent-Length:") : NULL;
        if (header != NULL) {
            *whole = (size_t)(end - request) + 4 + strtoul(header + 17, NULL, 10);
            if (*length >= *whole)
                return true;
        }
        ssize_t got = recv(fd, request + *length, REQUEST_MAX - 1 - *length, 0);
        if (got <= 0)
            return false;
        *length += (size_t)got;
    }
}

/* One write of eight bytes at the end of a file is whole or is not. */
static bool note_event(const char *request)
{
    const char *id = strstr(request, "\"event_id\":\"wh_");
    char *end;
    if (id == NULL)
        return false;
    struct note note = {.object = (uint32_t)strtoul(id + 15, &end, 10)};
    if (*end != '_')
        return false;
    note.number = (uint32_t)strtoul(end + 1, &end, 10);
    return *end == '"' && write(notes, &note, sizeof note) == sizeof note;
}

static bool answer(int fd, const char *status)
{
    char text[128];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok", status);
    return send(fd, text, (size_t)length, MSG_NOSIGNAL) == length;
}

static bool serve_one(int fd, const char *request)
{
    uint64_t dice = next_random();
    if (dice % HANGS_UP_ONE_IN == 0)
        return false;
    if (dice / HANGS_UP_ONE_IN % REFUSES_ONE_IN == 0)
        return answer(fd, "503 Busy");
    return note_event(request) && answer(fd, "200 OK");
}

static void *serve(void *context)
{
    int fd = (int)(intptr_t)context;
    char *request = malloc(REQUEST_MAX);
    size_t length = 0, whole;
    while (request != NULL && read_request(fd, request, &length, &whole) &&
           serve_one(fd, request)) {
        memmove(request, request + whole, length - whole);
        length -= whole;
    }
    free(request);
    (void)close(fd);
    return NULL;
}

static void run(int listening)
{
    for (;;) {
        pthread_t thread;
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            (void)pthread_detach(thread);
        else
            (void)close(fd);
    }
}

/* --- its parent ---------------------------------------------------------------------- */

static int listen_on(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

bool application_start(struct application *application, uint64_t seed)
{
    int listening = listen_on(&application->port);
    int file = open(application->notes, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (listening < 0 || file < 0)
        return false;
    application->pid = fork();
    if (application->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        notes = file;
        atomic_store(&random_state, seed);
        run(listening);
    }
    (void)close(listening);
    (void)close(file);
    return application->pid > 0;
}

void application_kill(struct application *application)
{
    if (application->pid <= 0)
        return;
    (void)kill(application->pid, SIGKILL);
    (void)waitpid(application->pid, NULL, 0);
    application->pid = 0;
}

size_t application_count(const struct application *application)
{
    struct stat status;
    return stat(application->notes, &status) == 0 ? (size_t)status.st_size / sizeof(struct note)
                                                  : 0;
}

struct note *application_notes(const struct application *application, size_t *count)
{
    *count = application_count(application);
    struct note *items = calloc(*count + 1, sizeof *items);
    FILE *file = fopen(application->notes, "r");
    if (items == NULL || file == NULL || fread(items, sizeof *items, *count, file) != *count) {
        free(items);
        items = NULL;
    }
    if (file != NULL)
        (void)fclose(file);
    return items;
}
